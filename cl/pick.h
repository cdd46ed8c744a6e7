/* pick.h - outputs that are a stride apart, picked from the sums of all columns of a row. */
#ifndef CLCONV_PICK_H
#define CLCONV_PICK_H

#include "vector.h"

#include "interleaved.h"

/* Of a block of VECTORS vectors of sums, whole pixels, which begins at column `first` of `count`,
 * the pixels that are outputs. Block by block: from a whole row it takes up to a fifth longer. */
static inline void pick(private ACC *picked, const VEC sum[VECTORS], const clconv_geom *g,
                        int first, int count)
{
    ALIGNED ACC all[VECTORS * LANES];
    const int end = min(first + VECTORS * LANES, count) / INTERLEAVED;
    const int step = g->stride_w, start = first / INTERLEAVED;
  private
    ACC *const to = step == 1 ? picked + first : all;
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        VSTORE(sum[v], to + v * LANES);
    if (step == 1)
        return;
#pragma unroll 1
    for (int o = (start + step - 1) / step; o * step < end; o++)
#pragma unroll
        for (int c = 0; c < INTERLEAVED; c++)
            picked[o * INTERLEAVED + c] = all[(o * step - start) * INTERLEAVED + c];
}

#endif
