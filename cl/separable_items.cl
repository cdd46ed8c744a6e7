/* separable_items.cl - filters that are a column times a row, for devices that run work-items side
 * by side (GPUs): a work-group sums the columns of the windows of its outputs into local memory,
 * ROWS output rows a work-item so that what is loaded is used many times, and sums along these rows
 * then. */
#include "common.h"

/* The work-group. */
#ifndef LOCAL_Q
#define LOCAL_Q 32
#endif
#ifndef LOCAL_P
#define LOCAL_P 4
#endif
/* Outputs of a work-item: rows side by side, columns LOCAL_Q apart. */
#ifndef ROWS
#define ROWS 4
#endif
#ifndef COLUMNS
#define COLUMNS 2
#endif
/* The most columns that a window has beyond one; as in algo/columns.c. */
#ifndef MOST_REACH
#define MOST_REACH 8
#endif

/* Made for strides or dilations. */
#ifndef STEPPED
#define STEPPED 0
#endif
/* Columns under the outputs of a row, without the reach of the last. */
#ifndef SPREAD
#define SPREAD (LOCAL_Q * COLUMNS)
#endif

#define TILE_Q (LOCAL_Q * COLUMNS)
#define TILE_P (LOCAL_P * ROWS)
#define PITCH  (SPREAD + MOST_REACH)

#if STEPPED
/* The sums of the column of the input at iw for ROWS output rows, from row ih on. */
static inline void sum_column(local ACC *sums, global const X_T *plane, const clconv_geom *g,
                              global const ACC *column, int ih, int iw, ACC border_value)
{
    const int mapped = clconv_border_at(g->border, iw, g->w);
    for (int m = 0; m < ROWS; m++) {
        ACC sum = 0;
        for (int t = 0; t < g->r; t++) {
            const int at = ih + m * g->stride_h + t * g->dilation_h;
            sum = FMA(
                load_mapped(plane, clconv_border_at(g->border, at, g->h), mapped, g, border_value),
                column[t], sum);
        }
        sums[m * PITCH] = sum;
    }
}
#else
/* As above. A value is loaded once for all that need it. */
static inline void sum_column(local ACC *sums, global const X_T *plane, const clconv_geom *g,
                              global const ACC *column, int ih, int iw, ACC border_value)
{
    const int mapped = clconv_border_at(g->border, iw, g->w);
    ACC sum[ROWS];
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        sum[m] = 0;
    for (int t = 0; t < g->r + ROWS - 1; t++) {
        const ACC value =
            load_mapped(plane, clconv_border_at(g->border, ih + t, g->h), mapped, g, border_value);
#pragma unroll
        for (int m = 0; m < ROWS; m++)
            if (t >= m && t < g->r + m)
                sum[m] = FMA(value, column[t - m], sum[m]);
    }
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        sums[m * PITCH] = sum[m];
}
#endif

kernel __attribute__((reqd_work_group_size(LOCAL_Q, LOCAL_P, 1))) void
separable_items(global const X_T *x, global const ACC *filters, global const ACC *bias,
                global Y_T *y, const clconv_geom geom, const clconv_epilogue e)
{
    local ACC sums[TILE_P * PITCH];
    const clconv_geom *const g = &geom;
    const int lq = get_local_id(0), lp = get_local_id(1);
    const int q0 = g->first_q + get_group_id(0) * TILE_Q;
    const int p0 = g->first_p + get_group_id(1) * TILE_P + lp * ROWS;
    const int z = g->first_z + get_global_id(2), n = z / g->k, k = z % g->k;
    global const X_T *const plane = input_planes(x, g, n, k);
    global const ACC *const column = filters + (long)k * (g->r + g->s), *const row = column + g->r;

    for (int i = lq; i < SPREAD + (g->s - 1) * g->dilation_w; i += LOCAL_Q)
        sum_column(sums + lp * ROWS * PITCH + i, plane, g, column, p0 * g->stride_h - g->pad_top,
                   q0 * g->stride_w - g->pad_left + i, e.border_value);
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int m = 0; m < ROWS; m++)
        for (int c = 0; c < COLUMNS; c++) {
            const int p = p0 + m, q = q0 + lq + c * LOCAL_Q;
            local const ACC *const at =
                sums + (lp * ROWS + m) * PITCH + (lq + c * LOCAL_Q) * g->stride_w;
            ACC sum = 0;
            if (p >= g->p || q >= g->q)
                continue;
            for (int j = 0; j < g->s; j++)
                sum = FMA(at[j * g->dilation_w], row[j], sum);
            STORE(y, output_index(g, n, k, p, q), finish(sum + bias[k], g, &e));
        }
}
