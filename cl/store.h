/* store.h - a row of VECTORS vectors of sums, bias included, finished and stored. */
#ifndef CLCONV_STORE_H
#define CLCONV_STORE_H

#include "vector.h"

/* A whole row that needs no more than scale and offset goes straight from the registers. */
static inline void store_whole(const VEC sum[VECTORS], const clconv_geom *g,
                               const clconv_epilogue *e, global Y_T *y)
{
    const bool streams = Y_STREAMS(g, y);
    (void)g;
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        const VEC value = FMA(sum[v], (VEC)e->scale, (VEC)e->offset);
        if (streams)
            Y_STREAM(value, y + v * LANES);
        else
            Y_VSTORE(value, y + v * LANES);
    }
}

/* Any other, by way of memory, so that one text finishes all vectors. */
static inline void store_part(const VEC sum[VECTORS], const clconv_geom *g,
                              const clconv_epilogue *e, global Y_T *y, int columns)
{
    ALIGNED ACC sums[VECTORS * LANES];
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        VSTORE(sum[v], sums + v * LANES);
#pragma unroll 1
    for (int q = 0; q < columns; q += LANES) {
        const VEC value = finish_vector(VLOAD(sums + q), g, e);
        if (g->y_stride_q == 1 && q + LANES <= columns) {
            Y_VSTORE(value, y + q);
        } else {
            ACC lane[LANES];
            VSTORE(value, lane);
#pragma unroll 1
            for (int l = 0; l < min(LANES, columns - q); l++)
                STORE(y, (q + l) * g->y_stride_q, lane[l]);
        }
    }
}

/* The first of them, as many as there are columns left. */
static inline void store_sums(const VEC sum[VECTORS], const clconv_geom *g,
                              const clconv_epilogue *e, global Y_T *y, int columns)
{
    if (columns >= VECTORS * LANES && g->y_stride_q == 1 && g->activation == 0 && !g->absolute)
        store_whole(sum, g, e, y);
    else
        store_part(sum, g, e, y, min(columns, VECTORS * LANES));
}

#endif
