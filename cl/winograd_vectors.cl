/* winograd_vectors.cl - tiles transformed and multiplied in vectors.
 *
 * The first kernel transforms blocks of up to TILES tiles, a tile a lane, to V[block][group][point]
 * [channel of the group][LANES] in the workspace. The second multiplies several blocks with FILTERS
 * filters, a filter a lane, keeps the products M[block][vector of filters][tile][point][LANES] in
 * private memory, and transforms them back: a map has any number of tiles, but filters come in
 * whole vectors mostly. */
#include "vector.h"

#include "cached.h"
#include "fetch.h"
#include "shuffle.h"

#include "winograd.h"

/* Tiles of a block at most: LANES or less, and even. */
#ifndef TILES
#define TILES 14
#endif
/* Vectors of filters that share what is loaded. */
#ifndef VECTORS
#define VECTORS 2
#endif
/* Blocks that a work-item multiplies with its filters, at most. */
#ifndef BLOCKS
#define BLOCKS 4
#endif
/* Channels that a work-item transforms. */
#ifndef CHANNELS
#define CHANNELS 8
#endif

#define FILTERS (VECTORS * LANES)

/* Filters that do not stay in a cache are asked for so many channels ahead; measured on a Xeon. */
enum { FILTERS_AHEAD = 32 };

DEFINE_TRANSFORMS(VEC)

#include "winograd_staged.h"

#include "winograd_back.h"

typedef struct __attribute__((packed)) global_vec {
    VEC vector;
} global_vec;
#define GSTORE(v, p) (((global global_vec *)(p))->vector = (v))

/* B' of the columns of staged tiles, to the points of v. */
static inline void transform_columns(global ACC *v, long point_size, private const ACC *staged)
{
#pragma unroll 1
    for (int j = 0; j < TILE; j++) {
        VEC d[TILE];
#pragma unroll
        for (int i = 0; i < TILE; i++)
            d[i] = VLOAD(staged + (i * TILE + j) * PITCH);
        transform_input(d);
#pragma unroll
        for (int i = 0; i < TILE; i++)
            GSTORE(d[i], v + (i * TILE + j) * point_size);
    }
}

/* Channels [first_c, end_c) of a block whose tiles begin with number `tile`, to v. */
APART void transform_block(global ACC *v, global const X_T *x, const clconv_geom *g,
                           ACC border_value, long tile, int tiles, int first_c, int end_c)
{
    const tile_place begin = place_of(g, tile);

    for (int c = first_c; c < end_c; c++) {
        const int group = c / g->group_c, in_group = c % g->group_c;
        ALIGNED ACC staged[POINTS * PITCH];
        tile_place at = begin;
        int filled = 0;
        while (filled < tiles && at.n < g->n) {
            const int count = min(tiles - filled, tiles_across(g) - at.column);
            stage_tiles(staged + filled, x, g->x_base + at.n * g->x_stride_n + c * g->x_stride_c, g,
                        &at, count, border_value);
            filled += count;
            to_next_row(&at, g);
        }
        transform_columns(v + ((long)group * POINTS * g->group_c + in_group) * LANES,
                          (long)g->group_c * LANES, staged);
    }
}

/* The sums over channels of one point, v[channel][LANES] times u[channel][FILTERS]; `tiles` is a
 * constant. */
static inline __attribute__((always_inline)) void multiply(const int tiles, private ACC *m,
                                                           global const ACC *v, global const ACC *u,
                                                           int channels, bool is_far)
{
    VEC sum[TILES][VECTORS];
#pragma unroll
    for (int i = 0; i < TILES * VECTORS; i++)
        sum[i / VECTORS][i % VECTORS] = 0;
#pragma unroll 1
    for (int c = 0; c < channels; c++, v += LANES, u += FILTERS) {
        VEC filter[VECTORS];
        if (is_far)
            FETCH(u + FILTERS_AHEAD * FILTERS, FILTERS, FIRST_CACHE);
#pragma unroll
        for (int i = 0; i < VECTORS; i++)
            filter[i] = VLOAD(u + i * LANES);
#pragma unroll
        for (int i = 0; i < TILES * VECTORS; i++)
            if (i / VECTORS < tiles)
                sum[i / VECTORS][i % VECTORS] =
                    FMA((VEC)(v[i / VECTORS]), filter[i % VECTORS], sum[i / VECTORS][i % VECTORS]);
    }
#pragma unroll
    for (int i = 0; i < TILES * VECTORS; i++)
        if (i / VECTORS < tiles)
            VSTORE(sum[i / VECTORS][i % VECTORS],
                   m + (i % VECTORS * TILES + i / VECTORS) * POINTS * LANES);
}

#define MULTIPLY(count)                                                                            \
    case (count) / 2:                                                                              \
        multiply(min(count, TILES), m, v, u, channels, is_far);                                    \
        break;

/* One body for each even number of tiles. */
static inline void multiply_block(int tiles, private ACC *m, global const ACC *v,
                                  global const ACC *u, int channels, bool is_far)
{
    switch ((tiles + 1) / 2) {
        MULTIPLY(2)
        MULTIPLY(4)
#if TILES > 4
        MULTIPLY(6)
#endif
#if TILES > 6
        MULTIPLY(8)
        MULTIPLY(10)
        MULTIPLY(12)
        MULTIPLY(14)
#endif
    }
}

/* Outputs of `blocks` blocks, which v begins with and whose tiles begin with number `tile`, of the
 * filters in block `at` of them. */
APART void multiply_blocks(global const ACC *v, global const ACC *filters, global const ACC *bias,
                           global Y_T *y, const clconv_geom *geom, const clconv_epilogue *epilogue,
                           long tile, int tiles, int blocks, int at)
{
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
    /* Groups of filters, and blocks of FILTERS in each; the filters are packed by blocks. */
    const int filter_blocks = (g->group_k + FILTERS - 1) / FILTERS;
    const int group = at / filter_blocks, in_group = at % filter_blocks * FILTERS;
    const int k = group * g->group_k + in_group;
    const long point_size = (long)g->group_c * LANES, block_size = (long)POINTS * g->c * LANES;
    const bool is_far = EXCEEDS_CACHE((long)POINTS * g->k, g->group_c);
    global const ACC *const u = filters + (long)at * POINTS * g->group_c * FILTERS;
    ALIGNED ACC m[BLOCKS * VECTORS * TILES * POINTS * LANES];

    v += group * POINTS * point_size;
#pragma unroll 1
    for (int point = 0; point < POINTS; point++)
#pragma unroll 1
        for (int b = 0; b < blocks; b++)
            multiply_block(tiles, m + (b * VECTORS * TILES * POINTS + point) * LANES,
                           v + b * block_size + point * point_size,
                           u + (long)point * g->group_c * FILTERS, g->group_c, is_far);
#pragma unroll 1
    for (int b = 0; b < blocks; b++) {
        const tile_place place = place_of(g, tile + b * tiles);
#pragma unroll 1
        for (int i = 0; i < VECTORS; i++)
            finish_block(m + (b * VECTORS + i) * TILES * POINTS * LANES, y, g, e, bias,
                         k + i * LANES, min(LANES, g->group_k - in_group - i * LANES), &place,
                         tiles);
    }
}

/* first: the block with which the launch, and the workspace, begin; tiles: those of a block. */
kernel void winograd_input(global const X_T *x, global ACC *workspace, const long base,
                           const clconv_geom g, const clconv_epilogue e, const long first,
                           const int tiles)
{
    const int first_c = get_global_id(0) * CHANNELS;
    transform_block(workspace + base + get_global_id(1) * (long)POINTS * g.c * LANES, x, &g,
                    e.border_value, (first + get_global_id(1)) * tiles, tiles, first_c,
                    min(first_c + CHANNELS, g.c));
}

/* blocks: those of the launch; per_item: those of a work-item, BLOCKS at most. */
kernel void winograd_output(global const ACC *workspace, const long base, global const ACC *filters,
                            global const ACC *bias, global Y_T *y, const clconv_geom g,
                            const clconv_epilogue e, const long first, const int tiles,
                            const int blocks, const int per_item)
{
    const int block = get_global_id(1) * per_item;
    multiply_blocks(workspace + base + block * (long)POINTS * g.c * LANES, filters, bias, y, &g, &e,
                    (first + block) * tiles, tiles, min(per_item, blocks - block),
                    get_global_id(0));
}
