/* box_items.cl - filters whose taps are all equal, for devices that run work-items side by side
 * (GPUs): a work-group sums the columns of the windows of its outputs into local memory, and along
 * the rows then. Nothing is subtracted, for what was added before would leave its rounding, or its
 * NaN, behind.
 *
 * Windows of neighbours, few enough that the last begins in the first one, have those from where
 * the last begins in common: each is a sum of the elements before these, found upwards, and one
 * that goes on downwards from there. Taps are a power of two times a number, as in box_columns.cl.
 */
#include "common.h"

#include "sizes.h"

/* The most output rows that share sums (as in algo/box.c), outputs of a work-item along one, and
 * work-items along one. */
#ifndef ROWS
#define ROWS 16
#endif
#ifndef RUN
#define RUN 8
#endif
#ifndef RUNS
#define RUNS 16
#endif
/* The most columns that a window has beyond one; as in algo/columns.c. */
#ifndef MOST_REACH
#define MOST_REACH 8
#endif

/* Columns under the outputs of a row, without the reach of the last: more where these are a stride
 * apart. */
#ifndef SPREAD
#define SPREAD (RUNS * RUN)
#endif

/* The work-group and its outputs. Odd pitches: rows lie in different banks of the memory. */
#define ITEMS     (ROWS * RUNS)
#define TILE_Q    (RUNS * RUN)
#define PITCH     ((SPREAD + MOST_REACH) | 1)
#define OUT_PITCH (TILE_Q + 1)

/* The sums of the column of the input at iw for `rows` of `together` output rows, the first being
 * ih. */
static inline void sum_column(local ACC *sums, global const X_T *plane, const clconv_geom *g,
                              ACC power, int ih, int iw, int together, int rows, ACC border_value)
{
    const int mapped = clconv_border_at(g->border, iw, g->w);
    ACC sum = 0;
#define ADD_ROW(t)                                                                                 \
    sum = FMA(                                                                                     \
        load_mapped(plane, clconv_border_at(g->border, ih + (t), g->h), mapped, g, border_value),  \
        power, sum)
    for (int p = together - 2; p >= 0; p--) {
        for (int t = (p + 1) * STRIDE_H - 1; t >= p * STRIDE_H; t--)
            ADD_ROW(t);
        sums[p * PITCH] = sum;
    }
    sum = 0;
    for (int p = 0, t = (together - 1) * STRIDE_H; p < rows; p++) {
        for (; t < R + p * STRIDE_H; t++)
            ADD_ROW(t);
        sums[p * PITCH] = p < together - 1 ? sums[p * PITCH] + sum : sum;
    }
#undef ADD_ROW
}

/* The sums of S elements from each STRIDE_W-th of x on, `count` of them. */
static inline void sum_windows(local ACC *out, local const ACC *x, const clconv_geom *g, int count)
{
    ACC sum = 0;
    for (int i = count - 2; i >= 0; i--) {
        for (int t = (i + 1) * STRIDE_W - 1; t >= i * STRIDE_W; t--)
            sum += x[t];
        out[i] = sum;
    }
    sum = 0;
    for (int i = 0, t = (count - 1) * STRIDE_W; i < count; i++) {
        for (; t < S + i * STRIDE_W; t++)
            sum += x[t];
        out[i] = i < count - 1 ? out[i] + sum : sum;
    }
}

kernel __attribute__((reqd_work_group_size(RUNS, ROWS, 1))) void
box_items(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
          const clconv_geom geom, const clconv_epilogue e)
{
    local ACC sums[ROWS * PITCH], out[ROWS * OUT_PITCH];
    const clconv_geom *const g = &geom;
    const int item = get_local_id(1) * RUNS + get_local_id(0);
    /* Rows, as in algo/box.c, and columns of outputs whose windows share elements. */
    const int together = min(ROWS, (R - 1) / STRIDE_H + 1);
    const int beside = min(RUN, (S - 1) / STRIDE_W + 1);
    const int q0 = g->first_q + get_group_id(0) * TILE_Q;
    const int p0 = g->first_p + get_group_id(1) * together;
    const int z = g->first_z + get_global_id(2), n = z / g->k, k = z % g->k;
    const int rows = min(together, g->p - p0);
    const ACC power = filters[2 * k], number = filters[2 * k + 1];
    global const X_T *const plane = input_planes(x, g, n, k);

    for (int i = item; i < SPREAD + S - 1; i += ITEMS)
        sum_column(sums + i, plane, g, power, p0 * STRIDE_H - g->pad_top,
                   q0 * STRIDE_W - g->pad_left + i, together, rows, e.border_value);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item % ROWS < rows)
        for (int first = 0; first < RUN; first += beside) {
            const int at = item / ROWS * RUN + first;
            sum_windows(out + item % ROWS * OUT_PITCH + at,
                        sums + item % ROWS * PITCH + at * STRIDE_W, g, min(beside, RUN - first));
        }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item; i < rows * TILE_Q; i += ITEMS) {
        const int p = i / TILE_Q, q = i % TILE_Q;
        if (q0 + q < g->q)
            STORE(y, output_index(g, n, k, p0 + p, q0 + q),
                  finish(FMA(out[p * OUT_PITCH + q], number, bias[k]), g, &e));
    }
}
