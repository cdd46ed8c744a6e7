/* implicit_gemm.cl - a convolution as the product of two matrices of which the second is never in
 * memory: filters by taps, and taps by outputs.
 *
 * A work-group computes a tile, OUTPUTS of FILTERS. In each step it has DEPTH channels under one
 * tap of both in local memory, and brings those of the next one there, which are loaded before and
 * stored behind the products. A work-item has ITEM_FILTERS x ITEM_OUTPUTS sums, in fours that lie
 * LOCAL_K and LOCAL_Q fours apart, so that neighbours load neighbouring fours; it loads the input
 * under one output, neighbours under neighbouring ones. Where tiles are too few to keep a device
 * busy, the steps of each are shared out among `parts` work-groups, and what they have summed up is
 * added by a second kernel, always in the same order. */
#include "implicit_gemm.h"

DEFINE_FINISH(ACC4, _four)

#define FOURS_OF_OUTPUTS (ITEM_OUTPUTS / 4)
#define SUMS             (ITEM_FILTERS * FOURS_OF_OUTPUTS)
/* What a work-item loads in a step: filters in fours, and of channels that lie so far apart. */
#define LOADED_FOURS  (DEPTH * FILTERS / 4 / ITEMS)
#define LOADED_INPUTS (DEPTH * OUTPUTS / ITEMS)
#define CHANNEL_STEP  (ITEMS / OUTPUTS)

typedef struct clconv_loaded {
    ACC4 filters[LOADED_FOURS];
    ACC inputs[LOADED_INPUTS];
} clconv_loaded;

/* filters: the work-item's first four of the step. Channels beyond the last count as zeros. */
static inline void load_step(clconv_loaded *loaded, const clconv_window *w,
                             global const ACC4 *filters, const clconv_geom *g, ACC border_value)
{
#pragma unroll
    for (int l = 0; l < LOADED_FOURS; l++)
        loaded->filters[l] = filters[l * ITEMS];
#pragma unroll
    for (int l = 0; l < LOADED_INPUTS; l++) {
        const int c = w->c + l * CHANNEL_STEP;
        const ACC value = LOAD(w->plane + min(c, g->group_c - 1) * g->x_stride_c, w->at);
        loaded->inputs[l] = c >= g->group_c ? 0 : w->is_constant ? border_value : value;
    }
}

static inline void keep_step(local ACC4 *filters, local ACC4 *inputs, const clconv_loaded *loaded,
                             int item)
{
#pragma unroll
    for (int l = 0; l < LOADED_FOURS; l++)
        filters[item + l * ITEMS] = loaded->filters[l];
#pragma unroll
    for (int l = 0; l < LOADED_INPUTS; l++)
        ((local ACC *)inputs)[item + l * ITEMS] = loaded->inputs[l];
}

/* filters, inputs: the work-item's first four. Unrolled, the loop over channels would take more
 * than 128 registers, and half of the work-groups would find room. */
static inline void add_step(ACC4 sum[ITEM_FILTERS][FOURS_OF_OUTPUTS], local const ACC4 *filters,
                            local const ACC4 *inputs)
{
#pragma unroll 1
    for (int d = 0; d < DEPTH; d++) {
        ACC4 input[FOURS_OF_OUTPUTS];
#pragma unroll
        for (int o = 0; o < FOURS_OF_OUTPUTS; o++)
            input[o] = inputs[d * (OUTPUTS / 4) + o * LOCAL_Q];
#pragma unroll
        for (int f = 0; f < ITEM_FILTERS; f += 4) {
            const ACC4 filter = filters[d * (FILTERS / 4) + f / 4 * LOCAL_K];
#pragma unroll
            for (int o = 0; o < FOURS_OF_OUTPUTS; o++) {
                sum[f][o] = FMA((ACC4)filter.x, input[o], sum[f][o]);
                sum[f + 1][o] = FMA((ACC4)filter.y, input[o], sum[f + 1][o]);
                sum[f + 2][o] = FMA((ACC4)filter.z, input[o], sum[f + 2][o]);
                sum[f + 3][o] = FMA((ACC4)filter.w, input[o], sum[f + 3][o]);
            }
        }
    }
}

/* Where sum i of a work-item lies in the tile: its filter, and the first of its four outputs. */
static inline int filter_of(int i, int item_k)
{
    const int f = i / FOURS_OF_OUTPUTS;
    return (f / 4 * LOCAL_K + item_k) * 4 + f % 4;
}

static inline int output_of(int i, int item_q)
{
    return (i % FOURS_OF_OUTPUTS * LOCAL_Q + item_q) * 4;
}

/* y_at: of the outputs in y, -1 behind the last. */
static inline void store_four(ACC4 v, global Y_T *y, local const long *y_at)
{
    if (y_at[0] >= 0)
        STORE(y, y_at[0], v.x);
    if (y_at[1] >= 0)
        STORE(y, y_at[1], v.y);
    if (y_at[2] >= 0)
        STORE(y, y_at[2], v.z);
    if (y_at[3] >= 0)
        STORE(y, y_at[3], v.w);
}

/* bias and y: of the tile's first filter, of which there are f_end. */
static inline void store(ACC4 sum[ITEM_FILTERS][FOURS_OF_OUTPUTS], global const ACC *bias,
                         global Y_T *y, local const long *y_at, const clconv_geom *g,
                         const clconv_epilogue *e, int f_end)
{
    const int item_q = get_local_id(0) % LOCAL_Q, item_k = get_local_id(0) / LOCAL_Q;

    if (IS_SIMPLE(g)) {
#pragma unroll
        for (int i = 0; i < SUMS; i++) {
            const int f = filter_of(i, item_k);
            if (f < f_end)
                store_four(finish_simply_four(
                               sum[i / FOURS_OF_OUTPUTS][i % FOURS_OF_OUTPUTS] + bias[f], g, e),
                           y + f * g->y_stride_k, y_at + output_of(i, item_q));
        }
        return;
    }
    /* The code of exp once. What is indexed by a variable lies in memory: not the sums themselves.
     */
    ACC4 copy[SUMS];
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        copy[i] = sum[i / FOURS_OF_OUTPUTS][i % FOURS_OF_OUTPUTS];
#pragma unroll 1
    for (int i = 0; i < SUMS; i++) {
        const int f = filter_of(i, item_k);
        if (f < f_end)
            store_four(finish_four(copy[i] + bias[f], g, e), y + f * g->y_stride_k,
                       y_at + output_of(i, item_q));
    }
}

/* Tiles from number `first` on, each in `parts` work-groups; the sums of several parts go to
 * workspace + base, [tile of the launch][part][filter][output]. */
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
implicit_gemm(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
              global ACC *workspace, const long base, const clconv_geom geom,
              const clconv_epilogue e, const long first, const int parts)
{
    local ACC4 filters_of[2][DEPTH * FILTERS / 4], inputs_of[2][DEPTH * OUTPUTS / 4];
    local long y_at[OUTPUTS];
    const clconv_geom *const g = &geom;
    const int item = get_local_id(0), item_q = item % LOCAL_Q, item_k = item / LOCAL_Q;
    const clconv_tile tile = tile_at(g, first + get_group_id(0) / parts);
    const clconv_part part = part_at(g, get_group_id(0) % parts, parts);
    const bool needed =
        tile.output + item_q * 4 < positions(g) && tile.in_group + item_k * 4 < g->group_k;
    global const ACC4 *filter =
        (global const ACC4 *)filters +
        ((long)tile.block * steps_of(g) + part.begin) * (DEPTH * FILTERS / 4) + item;
    ACC4 sum[ITEM_FILTERS][FOURS_OF_OUTPUTS];
    clconv_loaded loaded;
    clconv_window w;

    find_window(&w, x, g, tile.k, tile.output + item % OUTPUTS, item / OUTPUTS, part.begin);
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        sum[i / FOURS_OF_OUTPUTS][i % FOURS_OF_OUTPUTS] = 0;
    find_outputs(y_at, g, &tile, item);
    /* One turn more than steps: the first only loads. */
    for (int step = part.begin - 1; step < part.end; step++) {
        const bool more = step + 1 < part.end;
        if (more) {
            load_step(&loaded, &w, filter, g, e.border_value);
            filter += DEPTH * FILTERS / 4;
            to_next_step(&w, g);
        }
        if (step >= part.begin && needed)
            add_step(sum, filters_of[step & 1] + item_k, inputs_of[step & 1] + item_q);
        if (more)
            keep_step(filters_of[~step & 1], inputs_of[~step & 1], &loaded, item);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (parts == 1) {
        store(sum, bias + tile.k, y, y_at, g, &e, g->group_k - tile.in_group);
        return;
    }
    global ACC *const sums = workspace + base + (long)get_group_id(0) * TILE;
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        vstore4(sum[i / FOURS_OF_OUTPUTS][i % FOURS_OF_OUTPUTS], 0,
                sums + filter_of(i, item_k) * OUTPUTS + output_of(i, item_q));
}
