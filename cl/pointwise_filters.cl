/* pointwise_filters.cl - filters of one tap, where the map is too small for vectors of its columns:
 * a work-item computes PIXELS outputs of VECTORS vectors of filters, whose lanes are the filters,
 * so that each input is broadcast and no lane is without use. */
#include "vector.h"

/* Outputs of a filter, vectors of filters: all in registers. */
#ifndef PIXELS
#define PIXELS 10
#endif
#ifndef VECTORS
#define VECTORS 2
#endif
/* 1: outputs lie in rows, or their inputs are not side by side; else the map is one row. */
#ifndef GATHERED
#define GATHERED 0
#endif

#define FILTERS (VECTORS * LANES)

/* Element j of the inputs under a block. */
#if GATHERED
#define INPUT_AT(at, j) ((at)[j])
#else
#define INPUT_AT(at, j) (j)
#endif

/* at: of the block's outputs in their map. */
static inline void store(private const ACC *sums, global Y_T *y, private const long *at,
                         const clconv_geom *g, int filters)
{
#pragma unroll 1
    for (int f = 0; f < filters; f++, y += g->y_stride_k)
#pragma unroll
        for (int j = 0; j < PIXELS; j++)
            STORE(y, at[j], sums[j * FILTERS + f]);
}

kernel void pointwise_filters(global const X_T *x, global const ACC *filters,
                              global const ACC *bias, global Y_T *y, const clconv_geom geom,
                              const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const int blocks = (g->group_k + FILTERS - 1) / FILTERS, per_image = g->groups * blocks;
    const int n = get_global_id(2) / per_image, block = get_global_id(2) % per_image;
    const int in_group = block % blocks * FILTERS;
    const int k = block / blocks * g->group_k + in_group;
    const int filters_left = min(FILTERS, g->group_k - in_group);
    /* The last block moves back so as not to overhang the map. */
    const int first = min((int)get_global_id(0) * PIXELS, g->p * g->q - PIXELS);
    global const X_T *plane = input_planes(x, g, n, k);
    global const ACC *tap = filters + (long)block * g->group_c * FILTERS;
    VEC sum[PIXELS][VECTORS];
    ACC sums[PIXELS * FILTERS], biases[FILTERS];

    long x_at[PIXELS], y_at[PIXELS];
#pragma unroll 1
    for (int j = 0; j < PIXELS; j++) {
        const int p = GATHERED ? (first + j) / g->q : 0, q = first + j - p * g->q;
        x_at[j] = p * g->stride_h * g->x_stride_h + q * g->stride_w * g->x_stride_w;
        y_at[j] = p * g->y_stride_p + q * g->y_stride_q;
    }
    plane += GATHERED ? 0 : first;
#pragma unroll
    for (int i = 0; i < PIXELS * VECTORS; i++)
        sum[i / VECTORS][i % VECTORS] = 0;
#pragma unroll 1
    for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, tap += FILTERS) {
        VEC taps[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            taps[v] = VLOAD(tap + v * LANES);
#pragma unroll
        for (int j = 0; j < PIXELS; j++) {
            const VEC value = LOAD(plane, INPUT_AT(x_at, j));
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                sum[j][v] = FMA(value, taps[v], sum[j][v]);
        }
    }
#pragma unroll 1
    for (int f = 0; f < FILTERS; f++)
        biases[f] = bias[k + min(f, filters_left - 1)];
#pragma unroll
    for (int i = 0; i < PIXELS * VECTORS; i++)
        VSTORE(sum[i / VECTORS][i % VECTORS], sums + i * LANES);
#pragma unroll 1
    for (int i = 0; i < PIXELS * VECTORS; i++)
        VSTORE(finish_vector(VLOAD(sums + i * LANES) + VLOAD(biases + i % VECTORS * LANES), g, &e),
               sums + i * LANES);
    store(sums, y + output_index(g, n, k, 0, 0), y_at, g, filters_left);
}
