/* pointwise_filters.cl - filters of one tap, where the map is too small for vectors of its columns:
 * a work-item computes PIXELS outputs of VECTORS vectors of filters, whose lanes are the filters,
 * so that each input is broadcast and no lane is without use. */
#include "vector.h"

#include "fetch.h"
#include "order.h"

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

/* Filters are asked for so many channels ahead; measured on a Xeon. */
enum { FILTERS_AHEAD = 32 };

/* Element j of the inputs under a block. */
#if GATHERED
#define INPUT_AT(at, j) ((at)[j])
#else
#define INPUT_AT(at, j) ((void)(at), (j))
#endif

/* The sums of PIXELS outputs whose inputs lie at x_at from plane on. */
APART void add_block(private ACC *sums, global const X_T *plane, private const long *x_at,
                     const clconv_geom *g, global const ACC *tap)
{
    VEC sum[PIXELS][VECTORS];
#pragma unroll
    for (int i = 0; i < PIXELS * VECTORS; i++)
        sum[i / VECTORS][i % VECTORS] = 0;
#pragma unroll 1
    for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, tap += FILTERS) {
        VEC taps[VECTORS];
        FETCH(tap + FILTERS_AHEAD * FILTERS, FILTERS, FIRST_CACHE);
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
#pragma unroll
    for (int i = 0; i < PIXELS * VECTORS; i++)
        VSTORE(sum[i / VECTORS][i % VECTORS], sums + i * LANES);
}

/* The same for fewer outputs than a block, one after another. */
APART void add_few(private ACC *sums, global const X_T *plane, private const long *x_at,
                   const clconv_geom *g, global const ACC *tap, int count)
{
#pragma unroll 1
    for (int i = 0; i < count * VECTORS; i++) {
        VEC sum = 0;
#pragma unroll 1
        for (int c = 0; c < g->group_c; c++)
            sum = FMA((VEC)LOAD(plane, c * g->x_stride_c + x_at[i / VECTORS]),
                      VLOAD(tap + c * FILTERS + i % VECTORS * LANES), sum);
        VSTORE(sum, sums + i * LANES);
    }
}

/* y_at: of the outputs in their map. */
APART void store(private const ACC *sums, global Y_T *y, private const long *y_at,
                 const clconv_geom *g, int filters, int count)
{
#pragma unroll 1
    for (int f = 0; f < filters; f++, y += g->y_stride_k) {
        if (count == PIXELS)
#pragma unroll
            for (int j = 0; j < PIXELS; j++)
                STORE(y, y_at[j], sums[j * FILTERS + f]);
        else
#pragma unroll 1
            for (int j = 0; j < count; j++)
                STORE(y, y_at[j], sums[j * FILTERS + f]);
    }
}

kernel void pointwise_filters(global const X_T *x, global const ACC *filters,
                              global const ACC *bias, global Y_T *y, const clconv_geom geom,
                              const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const int blocks = (g->group_k + FILTERS - 1) / FILTERS, per_image = g->groups * blocks;
    const int3 place = place_of_item(g, blocks);
    const int z = g->first_z + place.z, n = z / per_image, block = z % per_image;
    const int in_group = block % blocks * FILTERS;
    const int k = block / blocks * g->group_k + in_group;
    const int filters_left = min(FILTERS, g->group_k - in_group);
    /* The last block moves back so as not to overhang the map. */
    const int count = min(PIXELS, g->p * g->q);
    const int first = min(g->first_q + place.x * PIXELS, g->p * g->q - count);
    global const X_T *const plane = input_planes(x, g, n, k);
    global const ACC *const tap = filters + (long)block * g->group_c * FILTERS;
    ALIGNED ACC sums[PIXELS * FILTERS], biases[FILTERS];
    long x_at[PIXELS], y_at[PIXELS];

#pragma unroll 1
    for (int j = 0; j < count; j++) {
        const int p = GATHERED ? (first + j) / g->q : 0, q = first + j - p * g->q;
        x_at[j] = p * g->stride_h * g->x_stride_h + q * g->stride_w * g->x_stride_w;
        y_at[j] = p * g->y_stride_p + q * g->y_stride_q;
    }
    if (count == PIXELS)
        add_block(sums, plane + (GATHERED ? 0 : first), x_at, g, tap);
    else
        add_few(sums, plane, x_at, g, tap, count);
#pragma unroll 1
    for (int f = 0; f < FILTERS; f++)
        biases[f] = bias[k + min(f, filters_left - 1)];
#pragma unroll 1
    for (int i = 0; i < count * VECTORS; i++)
        VSTORE(finish_vector(VLOAD(sums + i * LANES) + VLOAD(biases + i % VECTORS * LANES), g, &e),
               sums + i * LANES);
    store(sums, y + output_index(g, n, k, 0, 0), y_at, g, filters_left, count);
}
