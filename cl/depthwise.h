/* depthwise.h - what the two ways of depthwise_planes.cl share: an area of outputs of one plane,
 * and how a block of ROWS vectors of it is stored.
 *
 * Vectors may store beyond a row of the area where that is overwritten later: rows, and planes, are
 * computed in their order. */
#ifndef CLCONV_DEPTHWISE_H
#define CLCONV_DEPTHWISE_H

#include "vector.h"

#include "blocked.h"
#include "shuffle.h"

/* What lies behind a row of the area in y: the next row of the plane, and of the next plane. */
#define FOLLOWED_BY_ROWS   1
#define FOLLOWED_BY_PLANES 2

typedef struct clconv_area {
    int p0, q0, rows, columns; /* outputs */
    int ih, iw, columns_in;    /* inputs under them */
    int first, last;           /* of these columns, those in the image */
    int pitch, followed;
} clconv_area;

/* As many as VEC has, and as wide; the numbers of its lanes. */
#if ACC_F64
#define MASK PASTE(long, LANES, )
constant long lane_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#else
#define MASK PASTE(int, LANES, )
constant int lane_numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#endif

/* The lanes of a vector from column `at` on that lie in the image. */
static inline MASK lanes_inside(const clconv_geom *g, int at)
{
    const MASK column = VLOAD(lane_numbers) + at;
    return column >= 0 && column < g->w;
}

/* Where the outputs of an area go to. writable: elements from y on that the work-item writes yet,
 * row by row. */
typedef struct clconv_target {
    global Y_T *y;
    long writable;
    ACC bias;
} clconv_target;

/* Of plane k; the work-item's last one is before end_k. */
static inline clconv_target target_of(global Y_T *y, global const ACC *bias, const clconv_area *a,
                                      const clconv_geom *g, int n, int k, int end_k)
{
    const long planes = a->followed == FOLLOWED_BY_PLANES ? end_k - k - 1 : 0;
    const clconv_target t = {y + output_index(g, n, k, a->p0, a->q0),
                             a->followed ? (planes * g->p + a->rows) * g->q : 0, bias[k]};
    return t;
}

static inline void store_row(VEC value, const clconv_target *t, const clconv_geom *g, int row,
                             int column, int columns)
{
    const long at = row * g->y_stride_p + column * g->y_stride_q;
    if (g->y_stride_q == 1 && (columns >= LANES || at + LANES <= t->writable)) {
        Y_VSTORE(value, t->y + at);
    } else {
        ACC lane[LANES];
        VSTORE(value, lane);
#pragma unroll 1
        for (int l = 0; l < min(LANES, columns); l++)
            STORE(t->y, at + l * g->y_stride_q, lane[l]);
    }
}

/* The first `rows` rows of a block at `row` and `column` of an area of so many columns. */
static inline __attribute__((always_inline)) void
store_block(const VEC sum[ROWS], const clconv_target *t, const clconv_geom *g,
            const clconv_epilogue *e, int row, int column, int rows, int columns)
{
    if (g->activation == 0 && !g->absolute) {
#pragma unroll
        for (int m = 0; m < ROWS; m++)
            if (m < rows)
                store_row(FMA(sum[m] + t->bias, (VEC)e->scale, (VEC)e->offset), t, g, row + m,
                          column, columns);
        return;
    }
    ALIGNED ACC sums[ROWS * LANES];
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        VSTORE(sum[m], sums + m * LANES);
#pragma unroll 1
    for (int m = 0; m < rows; m++)
        store_row(finish_vector(VLOAD(sums + m * LANES) + t->bias, g, e), t, g, row + m, column,
                  columns);
}

#endif
