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

#define KERNEL       implicit_gemm
#define FILTERS_T    ACC4
#define STEP_FILTERS (DEPTH * FILTERS / 4)
#define INPUTS_T     ACC4
#define STEP_INPUTS  (DEPTH * OUTPUTS / 4)
#define CHANNELS     1
#define SUMS_K       ITEM_FILTERS
#define SUMS_Q       (ITEM_OUTPUTS / 4)
#define SUMS         (SUMS_K * SUMS_Q)
/* What a work-item loads in a step: filters in fours, and of channels that lie so far apart. */
#define LOADED_FOURS  (STEP_FILTERS / ITEMS)
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
static inline void add_step(ACC4 sum[SUMS_K][SUMS_Q], local const ACC4 *filters,
                            local const ACC4 *inputs)
{
#pragma unroll 1
    for (int d = 0; d < DEPTH; d++) {
        ACC4 input[SUMS_Q];
#pragma unroll
        for (int o = 0; o < SUMS_Q; o++)
            input[o] = inputs[d * (OUTPUTS / 4) + o * LOCAL_Q];
#pragma unroll
        for (int f = 0; f < ITEM_FILTERS; f += 4) {
            const ACC4 filter = filters[d * (FILTERS / 4) + f / 4 * LOCAL_K];
#pragma unroll
            for (int o = 0; o < SUMS_Q; o++) {
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
    const int f = i / SUMS_Q;
    return (f / 4 * LOCAL_K + item_k) * 4 + f % 4;
}

static inline int output_of(int i, int item_q)
{
    return (i % SUMS_Q * LOCAL_Q + item_q) * 4;
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
static inline void store(ACC4 sum[SUMS_K][SUMS_Q], global const ACC *bias, global Y_T *y,
                         local const long *y_at, const clconv_geom *g, const clconv_epilogue *e,
                         int f_end)
{
    const int item_q = get_local_id(0) % LOCAL_Q, item_k = get_local_id(0) / LOCAL_Q;

    if (IS_SIMPLE(g)) {
#pragma unroll
        for (int i = 0; i < SUMS; i++) {
            const int f = filter_of(i, item_k);
            if (f < f_end)
                store_four(finish_simply_four(sum[i / SUMS_Q][i % SUMS_Q] + bias[f], g, e),
                           y + f * g->y_stride_k, y_at + output_of(i, item_q));
        }
        return;
    }
    /* The code of exp once. What is indexed by a variable lies in memory: not the sums themselves.
     */
    ACC4 copy[SUMS];
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        copy[i] = sum[i / SUMS_Q][i % SUMS_Q];
#pragma unroll 1
    for (int i = 0; i < SUMS; i++) {
        const int f = filter_of(i, item_k);
        if (f < f_end)
            store_four(finish_four(copy[i] + bias[f], g, e), y + f * g->y_stride_k,
                       y_at + output_of(i, item_q));
    }
}

static inline void store_part(ACC4 sum[SUMS_K][SUMS_Q], global ACC *sums)
{
    const int item_q = get_local_id(0) % LOCAL_Q, item_k = get_local_id(0) / LOCAL_Q;
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        vstore4(sum[i / SUMS_Q][i % SUMS_Q], 0,
                sums + filter_of(i, item_k) * OUTPUTS + output_of(i, item_q));
}

static inline int own_filters(int item)
{
    return item / LOCAL_Q;
}

static inline int own_inputs(int item)
{
    return item % LOCAL_Q;
}

static inline bool adds(const clconv_tile *tile, const clconv_geom *g, int item)
{
    return tile->output + own_inputs(item) * 4 < positions(g) &&
           tile->in_group + own_filters(item) * 4 < g->group_k;
}

#include "implicit_gemm_kernel.h"
