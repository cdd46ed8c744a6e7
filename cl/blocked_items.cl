/* blocked_items.cl - a work-item keeps ROWS x VECTORS outputs of one plane in registers;
 * neighbouring work-items compute neighbouring columns, so that together they read and write whole
 * rows.
 *
 * The form for devices that run work-items side by side (GPUs): no private memory but the sums, no
 * local memory. A whole work-group decides whether it meets the border; both ways add in the order
 * channel, row, column. */
#include "common.h"

#include "blocked.h"

/* The work-group. */
#ifndef LOCAL_Q
#define LOCAL_Q 32
#endif
#ifndef LOCAL_P
#define LOCAL_P 4
#endif

#define TILE_Q (LOCAL_Q * VECTORS)
#define TILE_P (LOCAL_P * ROWS)

/* Adds input row `row` of the block to the output rows of the mask. ih, iw: the input under the
 * work-item's first output. */
#define DEFINE_ADD_ROW(name, value_at)                                                             \
    static inline void name(int row, int mask, ACC sum[ROWS][VECTORS], global const X_T *plane,    \
                            const clconv_geom *g, int ih, int iw, global const ACC *filter,        \
                            ACC border_value)                                                      \
    {                                                                                              \
        FOR_TAPS(j)                                                                                \
        {                                                                                          \
            ACC value[VECTORS];                                                                    \
            _Pragma("unroll") for (int v = 0; v < VECTORS; v++) value[v] = value_at(               \
                plane, ih + row, iw + j * DILATION_W + v * LOCAL_Q * STRIDE_W, g, border_value);   \
            _Pragma("unroll") for (int m = 0; m < ROWS; m++) if (mask >> m & 1)                    \
            {                                                                                      \
                const ACC weight = filter[filter_row(g, row, m) * S + j];                          \
                _Pragma("unroll") for (int v = 0; v < VECTORS; v++) sum[m][v] =                    \
                    FMA(value[v], weight, sum[m][v]);                                              \
            }                                                                                      \
        }                                                                                          \
    }

#define INSIDE_VALUE(plane, ih, iw, g, border_value)                                               \
    ((void)border_value, LOAD(plane, (ih) * (g)->x_stride_h + (iw) * (g)->x_stride_w))

static inline ACC mapped_value(global const X_T *plane, int ih, int iw, const clconv_geom *g,
                               ACC border_value)
{
    return load_mapped(plane, clconv_border_at(g->border, ih, g->h),
                       clconv_border_at(g->border, iw, g->w), g, border_value);
}

DEFINE_ADD_ROW(add_row_inside, INSIDE_VALUE)
DEFINE_ADD_ROW(add_row_border, mapped_value)

kernel __attribute__((reqd_work_group_size(LOCAL_Q, LOCAL_P, 1))) void
blocked_items(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
              const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const int tile_q = g->first_q + get_group_id(0) * TILE_Q;
    const int tile_p = g->first_p + get_group_id(1) * TILE_P;
    const int q0 = tile_q + get_local_id(0), p0 = tile_p + get_local_id(1) * ROWS;
    const int z = g->first_z + get_global_id(2);
    const int n = z / g->k, k = z % g->k;
    const int ih = p0 * STRIDE_H - g->pad_top, iw = q0 * STRIDE_W - g->pad_left;
    /* Of the whole tile, overhanging outputs included: they are computed, though not stored. */
    const bool inside =
        tile_p * STRIDE_H >= g->pad_top && tile_q * STRIDE_W >= g->pad_left &&
        tile_p * STRIDE_H - g->pad_top + (TILE_P - 1) * STRIDE_H + (R - 1) * DILATION_H < g->h &&
        tile_q * STRIDE_W - g->pad_left + (TILE_Q - 1) * STRIDE_W + WINDOW_W <= g->w;
    global const X_T *plane = input_planes(x, g, n, k);
    global const ACC *filter = filters + (long)k * g->group_c * R * S;
    ACC sum[ROWS][VECTORS];

#pragma unroll
    for (int m = 0; m < ROWS; m++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            sum[m][v] = 0;
    for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, filter += R * S) {
        if (inside) {
            FOR_INPUT_ROWS(row, 0, ROWS_IN)
            ADD_INPUT_ROW(add_row_inside, row, sum, plane, g, ih, iw, filter, e.border_value);
        } else {
            FOR_INPUT_ROWS(row, 0, ROWS_IN)
            ADD_INPUT_ROW(add_row_border, row, sum, plane, g, ih, iw, filter, e.border_value);
        }
    }
#pragma unroll
    for (int m = 0; m < ROWS; m++)
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const int p = p0 + m, q = q0 + v * LOCAL_Q;
            if (p < g->p && q < g->q)
                STORE(y, output_index(g, n, k, p, q), finish(sum[m][v] + bias[k], g, &e));
        }
}
