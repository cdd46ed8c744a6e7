/* interleaved.h - channels that lie side by side, each with a filter of its own: seen as one row of
 * columns, in which the taps are INTERLEAVED times as far apart. */
#ifndef CLCONV_INTERLEAVED_H
#define CLCONV_INTERLEAVED_H

#include "common.h"

#ifndef INTERLEAVED
#define INTERLEAVED 1
#endif

/* Where column i of a row lies, by the border: -1 is its constant. */
static inline int column_at(const clconv_geom *g, int i)
{
    const int channel = clconv_modulo(i, INTERLEAVED);
    const int pixel = clconv_border_at(g->border, (i - channel) / INTERLEAVED, g->w / INTERLEAVED);
    return pixel < 0 ? -1 : pixel * INTERLEAVED + channel;
}

#endif
