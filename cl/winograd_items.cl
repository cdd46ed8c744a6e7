/* winograd_items.cl - tiles transformed by one work-item each, multiplied in local memory.
 *
 * Three kernels: blocks of TILES tiles to V[block][group][point][channel of the group][tile] in the
 * workspace; for each point the product with FILTERS filters, to M[block][point][filter][tile]; and
 * back. */
#include "common.h"

#include "winograd.h"

/* Work-group of the products: LOCAL x LOCAL work-items, each with ITEM_TILES x ITEM_FILTERS of
 * them; DEPTH channels are in local memory at a time. */
#ifndef LOCAL
#define LOCAL 8
#endif
#ifndef ITEM_TILES
#define ITEM_TILES 4
#endif
#ifndef ITEM_FILTERS
#define ITEM_FILTERS 4
#endif
#ifndef DEPTH
#define DEPTH 8
#endif

#define TILES   (LOCAL * ITEM_TILES)
#define FILTERS (LOCAL * ITEM_FILTERS)

DEFINE_TRANSFORMS(ACC)

/* first: the block with which the launch, and the workspace, begin. */
kernel void winograd_input(global const X_T *x, global ACC *workspace, const long base,
                           const clconv_geom g, const clconv_epilogue e, const long first)
{
    const int in_launch = get_global_id(0), c = get_global_id(1);
    const int block = in_launch / TILES, tile = in_launch % TILES;
    const tile_place at = place_of(&g, first * TILES + in_launch);
    const int ih = at.row * STEP - g.pad_top, iw = at.column * STEP - g.pad_left;
    global const X_T *const plane = x + g.x_base + at.n * g.x_stride_n + c * g.x_stride_c;
    global ACC *const v = workspace + base + (long)block * POINTS * g.c * TILES +
                          ((long)(c / g.group_c) * POINTS * g.group_c + c % g.group_c) * TILES +
                          tile;
    ACC d[TILE][TILE];
    if (c >= g.c)
        return;
    for (int j = 0; j < TILE; j++) {
        const int column = clconv_border_at(g.border, iw + j, g.w);
        ACC line[TILE];
        for (int i = 0; i < TILE; i++)
            line[i] = at.n < g.n ? load_mapped(plane, clconv_border_at(g.border, ih + i, g.h),
                                               column, &g, e.border_value)
                                 : 0;
        transform_input(line);
        for (int i = 0; i < TILE; i++)
            d[i][j] = line[i];
    }
    for (int i = 0; i < TILE; i++) {
        transform_input(d[i]);
        for (int j = 0; j < TILE; j++)
            v[(long)(i * TILE + j) * g.group_c * TILES] = d[i][j];
    }
}

/* M at workspace + products; a work-group for each point, each FILTERS filters of a group, each
 * block. */
kernel void winograd_products(global ACC *workspace, const long base, const long products,
                              global const ACC *filters, const clconv_geom g)
{
    local ACC v_part[DEPTH][TILES], u_part[DEPTH][FILTERS];
    const int tile = get_local_id(0), filter = get_local_id(1), item = filter * LOCAL + tile;
    const int point = get_group_id(0), at = get_group_id(1), block = get_group_id(2);
    const int blocks = (g.group_k + FILTERS - 1) / FILTERS;
    const int group = at / blocks, in_group = at % blocks * FILTERS;
    global const ACC *const v =
        workspace + base +
        ((long)block * POINTS * g.c + ((long)group * POINTS + point) * g.group_c) * TILES;
    global const ACC *const u = filters + ((long)at * POINTS + point) * g.group_c * FILTERS;
    global ACC *const m = workspace + products +
                          ((long)block * POINTS + point) * g.k * (long)TILES +
                          ((long)group * g.group_k + in_group) * TILES;
    ACC sum[ITEM_FILTERS][ITEM_TILES];

    for (int i = 0; i < ITEM_FILTERS * ITEM_TILES; i++)
        sum[i / ITEM_TILES][i % ITEM_TILES] = 0;
    for (int c = 0; c < g.group_c; c += DEPTH) {
        const int depth = min(DEPTH, g.group_c - c);
        for (int i = item; i < depth * TILES; i += LOCAL * LOCAL)
            v_part[i / TILES][i % TILES] = v[(long)c * TILES + i];
        for (int i = item; i < depth * FILTERS; i += LOCAL * LOCAL)
            u_part[i / FILTERS][i % FILTERS] = u[(long)c * FILTERS + i];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int d = 0; d < depth; d++)
#pragma unroll
            for (int i = 0; i < ITEM_FILTERS * ITEM_TILES; i++)
                sum[i / ITEM_TILES][i % ITEM_TILES] =
                    FMA(v_part[d][tile + i % ITEM_TILES * LOCAL],
                        u_part[d][filter + i / ITEM_TILES * LOCAL],
                        sum[i / ITEM_TILES][i % ITEM_TILES]);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int i = 0; i < ITEM_FILTERS; i++)
        for (int j = 0; j < ITEM_TILES; j++)
            if (in_group + filter + i * LOCAL < g.group_k)
                m[(long)(filter + i * LOCAL) * TILES + tile + j * LOCAL] = sum[i][j];
}

kernel void winograd_output(global const ACC *workspace, const long products,
                            global const ACC *bias, global Y_T *y, const clconv_geom g,
                            const clconv_epilogue e, const long first)
{
    const int in_launch = get_global_id(0), k = get_global_id(1);
    const int block = in_launch / TILES, tile = in_launch % TILES;
    const tile_place at = place_of(&g, first * TILES + in_launch);
    const int p = at.row * STEP, q = at.column * STEP;
    global const ACC *const m =
        workspace + products + ((long)block * POINTS * g.k + k) * TILES + tile;
    ACC d[STEP][TILE];
    if (k >= g.k || at.n >= g.n)
        return;
    for (int j = 0; j < TILE; j++) {
        ACC line[TILE];
        for (int i = 0; i < TILE; i++)
            line[i] = m[(long)(i * TILE + j) * g.k * TILES];
        transform_output(line);
        for (int i = 0; i < STEP; i++)
            d[i][j] = line[i];
    }
    for (int i = 0; i < STEP; i++) {
        transform_output(d[i]);
        for (int j = 0; j < STEP; j++)
            if (p + i < g.p && q + j < g.q)
                STORE(y, output_index(&g, at.n, k, p + i, q + j),
                      finish(d[i][j] + bias[k], &g, &e));
    }
}
