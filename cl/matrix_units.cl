/* matrix_units.cl - the matrix product of implicit_gemm, computed by the matrix units of NVIDIA's
 * multiprocessors.
 *
 * Tiles, parts and windows are those of implicit_gemm.h; warps of 32 work-items multiply fragments
 * (mma.h). Where inputs and filters are halves, a word is two channels of them, and a step has two
 * planes of eight words. Else a word is tf32, 11 bits of a number's 24: there the second plane
 * holds what the first has cut off, and of the four products of two such sums the smallest is left
 * out. Sums of a step begin with zero and are added in f32, which rounds: the units cut off. */
#include "common.h"

/* 1: inputs and filters are halves. */
#ifndef HALVES
#define HALVES 0
#endif
#ifndef DEPTH
#define DEPTH (HALVES ? 32 : 8)
#endif
#include "implicit_gemm.h"
#include "mma.h"

DEFINE_FINISH(float4, _four)

#define WARP    32
#define WARPS_Q (LOCAL_Q / 4)
#define PLANE   8 /* words */
/* From word to word of the inputs; a warp reads four of them at eight outputs from 32 banks. */
#define PITCH        (OUTPUTS + 8)

#define KERNEL       matrix_units
#define FILTERS_T    uint4
#define STEP_FILTERS (2 * PLANE * FILTERS / 4)
#define INPUTS_T     uint
#define STEP_INPUTS  (2 * PLANE * PITCH)
#define CHANNELS     (HALVES ? 2 : 1) /* of a word */
/* Fragments. */
#define SUMS_K (ITEM_FILTERS / 2)
#define SUMS_Q (ITEM_OUTPUTS / 2)
#define SUMS   (SUMS_K * SUMS_Q)

/* What a work-item loads in a step: filters in fours, and words of inputs that lie so far apart. */
#define LOADED_FOURS (STEP_FILTERS / ITEMS)
#define LOADED_WORDS (DEPTH / CHANNELS * OUTPUTS / ITEMS)
#define WORD_STEP    (ITEMS / OUTPUTS)

typedef struct clconv_loaded {
    uint4 filters[LOADED_FOURS];
    float inputs[LOADED_WORDS][CHANNELS];
} clconv_loaded;

/* filters: the work-item's first four of the step. Channels beyond the last count as zeros. */
static inline void load_step(clconv_loaded *loaded, const clconv_window *w,
                             global const uint4 *filters, const clconv_geom *g, float border_value)
{
#pragma unroll
    for (int l = 0; l < LOADED_FOURS; l++)
        loaded->filters[l] = filters[l * ITEMS];
#pragma unroll
    for (int l = 0; l < LOADED_WORDS; l++)
#pragma unroll
        for (int i = 0; i < CHANNELS; i++) {
            const int c = w->c + l * WORD_STEP * CHANNELS + i;
            const float value = LOAD(w->plane + min(c, g->group_c - 1) * g->x_stride_c, w->at);
            loaded->inputs[l][i] = c >= g->group_c ? 0 : w->is_constant ? border_value : value;
        }
}

/* The nearest number that has 11 bits; those next to infinity, and no numbers, are cut off. */
static inline uint to_tf32(float v)
{
    const uint bits = as_uint(v);
    return (bits + ((bits & 0x7fffffff) < 0x7f7ff000 ? 0x1000 : 0)) & 0xffffe000;
}

static inline void keep_word(local uint *word, const float v[CHANNELS])
{
#if HALVES
    vstore_half(v[0], 0, (local half *)word);
    vstore_half(v[1], 1, (local half *)word);
#else
    word[0] = to_tf32(v[0]);
    word[PLANE * PITCH] = to_tf32(v[0] - as_float(to_tf32(v[0])));
#endif
}

static inline void keep_step(local uint4 *filters, local uint *inputs, const clconv_loaded *loaded,
                             int item)
{
#pragma unroll
    for (int l = 0; l < LOADED_FOURS; l++)
        filters[item + l * ITEMS] = loaded->filters[l];
#pragma unroll
    for (int l = 0; l < LOADED_WORDS; l++)
        keep_word(inputs + (item / OUTPUTS + l * WORD_STEP) * PITCH + item % OUTPUTS,
                  loaded->inputs[l]);
}

/* filters, inputs: the work-item's in the warp's first fragments. Fragments of one filter side by
 * side, so that no product waits for the one before. */
static inline void add_step(float4 sum[SUMS_K][SUMS_Q], local const uint4 *filters,
                            local const uint *inputs)
{
    uint2 first[SUMS_Q], second[SUMS_Q];
#pragma unroll
    for (int q = 0; q < SUMS_Q; q++) {
        first[q] = (uint2)(inputs[q * 8], inputs[q * 8 + 4 * PITCH]);
        second[q] = (uint2)(inputs[q * 8 + PLANE * PITCH], inputs[q * 8 + (PLANE + 4) * PITCH]);
    }
#pragma unroll
    for (int f = 0; f < SUMS_K; f++) {
        const uint4 filter = filters[f * WARP], rest = filters[STEP_FILTERS / 2 + f * WARP];
        float4 part[SUMS_Q];
#pragma unroll
        for (int q = 0; q < SUMS_Q; q++)
            part[q] = mma((float4)0, rest, HALVES ? second[q] : first[q]);
#if !HALVES
#pragma unroll
        for (int q = 0; q < SUMS_Q; q++)
            part[q] = mma(part[q], filter, second[q]);
#endif
#pragma unroll
        for (int q = 0; q < SUMS_Q; q++)
            sum[f][q] += mma(part[q], filter, first[q]);
    }
}

/* Where sum i of a work-item lies in the tile: the first of its two filters, eight apart, and of
 * its two outputs. */
static inline int filter_of(int i, int item)
{
    return (item / WARP / WARPS_Q * SUMS_K + i / SUMS_Q) * 16 + item % WARP / 4;
}

static inline int output_of(int i, int item)
{
    return (item / WARP % WARPS_Q * SUMS_Q + i % SUMS_Q) * 8 + item % 4 * 2;
}

/* y: of the tile's first filter; y_at: of the outputs in it, -1 behind the last. */
static inline void store_two(float2 v, global Y_T *y, local const long *y_at)
{
    if (y_at[0] >= 0)
        STORE(y, y_at[0], v.x);
    if (y_at[1] >= 0)
        STORE(y, y_at[1], v.y);
}

/* bias and y: of the tile's first filter, of which there are f_end. */
static inline void store(float4 sum[SUMS_K][SUMS_Q], global const float *bias, global Y_T *y,
                         local const long *y_at, const clconv_geom *g, const clconv_epilogue *e,
                         int f_end)
{
    const int item = get_local_id(0);
    float4 copy[SUMS];
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        copy[i] = sum[i / SUMS_Q][i % SUMS_Q];
        /* The code of exp once. */
#pragma unroll 1
    for (int i = 0; i < SUMS; i++) {
        const int f = filter_of(i, item);
        const float2 biases = (float2)(bias[min(f, f_end - 1)], bias[min(f + 8, f_end - 1)]);
        const float4 v = finish_four(copy[i] + biases.xxyy, g, e);
        if (f < f_end)
            store_two(v.xy, y + f * g->y_stride_k, y_at + output_of(i, item));
        if (f + 8 < f_end)
            store_two(v.zw, y + (f + 8) * g->y_stride_k, y_at + output_of(i, item));
    }
}

static inline void store_part(float4 sum[SUMS_K][SUMS_Q], global float *sums)
{
    const int item = get_local_id(0);
#pragma unroll
    for (int i = 0; i < SUMS; i++) {
        const float4 v = sum[i / SUMS_Q][i % SUMS_Q];
        global float *const at = sums + filter_of(i, item) * OUTPUTS + output_of(i, item);
        vstore2(v.xy, 0, at);
        vstore2(v.zw, 0, at + 8 * OUTPUTS);
    }
}

/* In the fragments of its warp. */
static inline int own_filters(int item)
{
    return item / WARP / WARPS_Q * SUMS_K * WARP + item % WARP;
}

static inline int own_inputs(int item)
{
    const int lane = item % WARP;
    return lane % 4 * PITCH + item / WARP % WARPS_Q * SUMS_Q * 8 + lane / 4;
}

/* All: a warp's work-items take part in each other's products. */
#define adds(tile, g, item) true

#include "implicit_gemm_kernel.h"
