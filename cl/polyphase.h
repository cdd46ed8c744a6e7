/* polyphase.h - the planes that polyphase computes from, plain C and OpenCL C at once.
 *
 * Of each channel there is a plane for each remainder of rows and of columns by the stride, its
 * phases: continued by the border, converted, with the rows of the output and those that windows
 * reach beyond them. Under one tap all outputs of a channel, row after row, lie side by side in one
 * plane; between two rows stand as many columns more as the windows reach. */
#ifndef CLCONV_POLYPHASE_H
#define CLCONV_POLYPHASE_H

#include "geom.h"

typedef struct clconv_phases {
    CLCONV_INT down, across; /* planes of a channel */
    CLCONV_INT rows, pitch;  /* of a plane */
} clconv_phases;

/* Indices of an axis that windows of outputs span. */
static inline CLCONV_INT clconv_window(CLCONV_INT filter, CLCONV_INT dilation)
{
    return (filter - 1) * dilation + 1;
}

static inline clconv_phases clconv_phases_of(const clconv_geom *g)
{
    const CLCONV_INT high = clconv_window(g->r, g->dilation_h);
    const CLCONV_INT wide = clconv_window(g->s, g->dilation_w);
    clconv_phases phases;

    phases.down = g->stride_h < high ? g->stride_h : high;
    phases.across = g->stride_w < wide ? g->stride_w : wide;
    phases.rows = g->p + (high - 1) / g->stride_h;
    phases.pitch = g->q + (wide - 1) / g->stride_w;
    return phases;
}

/* Elements of all planes of a channel. */
static inline CLCONV_LONG clconv_phases_size(const clconv_phases *phases)
{
    return (CLCONV_LONG)phases->down * phases->across * phases->rows * phases->pitch;
}

#endif
