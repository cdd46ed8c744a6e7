/* blocked_taps.h - how blocked_items adds a row of the input to the outputs of a work-item: the
 * values of the input, those of the filter four at a time. */
#ifndef CLCONV_BLOCKED_TAPS_H
#define CLCONV_BLOCKED_TAPS_H

#include "blocked.h"
#include "fours.h"

/* Filters of a work-group. */
#define ALONG_K (FILTERS * LOCAL_K)
/* Values of the filter from one column to the next, from one row to the next: of one filter, rows
 * of fours; of several, theirs side by side (a multiple of four). */
#define COLUMN_PITCH ALONG_K
#define ROW_PITCH    (ALONG_K > 1 || S < 4 ? S * ALONG_K : (S + 3) / 4 * 4)

typedef struct clconv_place { /* what a work-item reads: its first value */
    local const ACC *shared;
    int pitch;
    global const X_T *plane;
    int ih, iw;
    ACC border_value;
} clconv_place;

#define SHARED_VALUE(at, g, row, column) (at)->shared[(row) * (at)->pitch + (column)]
#define INSIDE_VALUE(at, g, row, column)                                                           \
    LOAD((at)->plane,                                                                              \
         ((at)->ih + (row)) * (g)->x_stride_h + ((at)->iw + (column)) * (g)->x_stride_w)

static inline ACC mapped_value(const clconv_place *at, const clconv_geom *g, int row, int column)
{
    return load_mapped(at->plane, clconv_border_at(g->border, at->ih + row, g->h),
                       clconv_border_at(g->border, at->iw + column, g->w), g, at->border_value);
}

/* Adds one tap's values to the output rows of the mask. */
static inline void add_tap(const ACC value[VECTORS], int row, int mask,
                           ACC sum[FILTERS][ROWS][VECTORS], const clconv_geom *g,
                           global const ACC *column)
{
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        if (mask >> m & 1) {
            global const ACC *const filter = column + filter_row(g, row, m) * ROW_PITCH;
            ACC weight[FILTERS];
#if FILTERS % 4 == 0
#pragma unroll
            for (int f = 0; f < FILTERS; f += 4) {
                const ACC4 four = *(global const ACC4 *)(filter + f);
                weight[f] = four.x, weight[f + 1] = four.y;
                weight[f + 2] = four.z, weight[f + 3] = four.w;
            }
#else
#pragma unroll
            for (int f = 0; f < FILTERS; f++)
                weight[f] = filter[f];
#endif
#pragma unroll
            for (int f = 0; f < FILTERS; f++)
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    sum[f][m][v] = FMA(value[v], weight[f], sum[f][m][v]);
        }
}

/* The same for four taps side by side, of one filter. */
static inline void add_four(const ACC value[4][VECTORS], int row, int mask,
                            ACC sum[FILTERS][ROWS][VECTORS], const clconv_geom *g,
                            global const ACC *column)
{
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        if (mask >> m & 1) {
            const ACC4 weight = *(global const ACC4 *)(column + filter_row(g, row, m) * ROW_PITCH);
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                sum[0][m][v] = FMA(value[0][v], weight.x, sum[0][m][v]);
                sum[0][m][v] = FMA(value[1][v], weight.y, sum[0][m][v]);
                sum[0][m][v] = FMA(value[2][v], weight.z, sum[0][m][v]);
                sum[0][m][v] = FMA(value[3][v], weight.w, sum[0][m][v]);
            }
        }
}

/* Adds input row `row` of the block to all its outputs that need it. */
#define DEFINE_ADD_ROW(name, VALUE)                                                                \
    static inline void name(const clconv_place *at, int row, ACC sum[FILTERS][ROWS][VECTORS],      \
                            const clconv_geom *g, global const ACC *filter)                        \
    {                                                                                              \
        const int mask = rows_that_need(g, row);                                                   \
        int j = mask ? 0 : S;                                                                      \
        if (FILTERS == 1)                                                                          \
            for (; j + 4 <= S; j += 4) {                                                           \
                ACC value[4][VECTORS];                                                             \
                _Pragma("unroll") for (int i = 0; i < 4 * VECTORS; i++)                            \
                    value[i / VECTORS][i % VECTORS] =                                              \
                        VALUE(at, g, row,                                                          \
                              (j + i / VECTORS) * DILATION_W + i % VECTORS * LOCAL_Q * STRIDE_W);  \
                add_four(value, row, mask, sum, g, filter + j);                                    \
            }                                                                                      \
        for (; j < S; j++) {                                                                       \
            ACC value[VECTORS];                                                                    \
            _Pragma("unroll") for (int v = 0; v < VECTORS; v++) value[v] =                         \
                VALUE(at, g, row, j * DILATION_W + v * LOCAL_Q * STRIDE_W);                        \
            add_tap(value, row, mask, sum, g, filter + j * COLUMN_PITCH);                          \
        }                                                                                          \
    }

#endif
