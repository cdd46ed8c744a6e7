/* box_items.cl - filters whose taps are all equal, for devices that run work-items side by side
 * (GPUs): a work-group sums the columns of the windows of its outputs into local memory, and along
 * the rows then. Nothing is subtracted, for what was added before would leave its rounding, or its
 * NaN, behind.
 *
 * Windows of m neighbours, m being at most their own size, have elements m - 1 to size - 1 in
 * common: window i is a sum of elements i to m - 2, found upwards, and one that goes on downwards
 * from element m - 1. Taps are a power of two times a number, as in box_columns.cl. */
#include "common.h"

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

/* The work-group and its outputs. Odd pitches: rows lie in different banks of the memory. */
#define ITEMS     (ROWS * RUNS)
#define TILE_Q    (RUNS * RUN)
#define PITCH     (TILE_Q + MOST_REACH + 1)
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
    for (int t = together - 2; t >= 0; t--) {
        ADD_ROW(t);
        sums[t * PITCH] = sum;
    }
    sum = 0;
    for (int t = together - 1; t < g->r - 1; t++)
        ADD_ROW(t);
    for (int p = 0; p < rows; p++) {
        ADD_ROW(g->r - 1 + p);
        sums[p * PITCH] = p < together - 1 ? sums[p * PITCH] + sum : sum;
    }
#undef ADD_ROW
}

/* The sums of `size` neighbours from each of the first `count` of x on, count being at most size.
 */
static inline void sum_windows(local ACC *out, local const ACC *x, int size, int count)
{
    ACC sum = 0;
    for (int t = count - 2; t >= 0; t--) {
        sum += x[t];
        out[t] = sum;
    }
    sum = 0;
    for (int t = count - 1; t < size - 1; t++)
        sum += x[t];
    for (int i = 0; i < count; i++) {
        sum += x[size - 1 + i];
        out[i] = i < count - 1 ? out[i] + sum : sum;
    }
}

kernel __attribute__((reqd_work_group_size(RUNS, ROWS, 1))) void
box_items(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
          const clconv_geom geom, const clconv_epilogue e)
{
    local ACC sums[ROWS * PITCH], out[ROWS * OUT_PITCH];
    const clconv_geom *const g = &geom;
    const int item = get_local_id(1) * RUNS + get_local_id(0), together = min(ROWS, g->r);
    const int q0 = g->first_q + get_group_id(0) * TILE_Q;
    const int p0 = g->first_p + get_group_id(1) * together;
    const int z = g->first_z + get_global_id(2), n = z / g->k, k = z % g->k;
    const int rows = min(together, g->p - p0);
    const ACC power = filters[2 * k], number = filters[2 * k + 1];
    global const X_T *const plane = input_planes(x, g, n, k);

    for (int i = item; i < TILE_Q + g->s - 1; i += ITEMS)
        sum_column(sums + i, plane, g, power, p0 - g->pad_top, q0 - g->pad_left + i, together, rows,
                   e.border_value);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item % ROWS < rows)
        for (int first = 0; first < RUN; first += g->s) {
            const int at = item / ROWS * RUN + first;
            sum_windows(out + item % ROWS * OUT_PITCH + at, sums + item % ROWS * PITCH + at, g->s,
                        min(g->s, RUN - first));
        }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = item; i < rows * TILE_Q; i += ITEMS) {
        const int p = i / TILE_Q, q = i % TILE_Q;
        if (q0 + q < g->q)
            STORE(y, output_index(g, n, k, p0 + p, q0 + q),
                  finish(FMA(out[p * OUT_PITCH + q], number, bias[k]), g, &e));
    }
}
