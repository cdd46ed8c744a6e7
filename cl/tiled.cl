/* tiled.cl - a work-group shares a tile of the input in local memory, the halo loaded once.
 *
 * A work-group computes LOCAL_Q x (LOCAL_P * ROWS) outputs of one plane; a work-item computes ROWS
 * of them, LOCAL_P rows apart, so that neighbours read neighbouring local memory. Per channel: load
 * the tile, wait, add up, wait. Only the load knows the border. */
#include "common.h"

#include "sizes.h"

/* The work-group, in work-items. */
#ifndef LOCAL_Q
#define LOCAL_Q 16
#endif
#ifndef LOCAL_P
#define LOCAL_P 8
#endif
/* Output rows a work-item computes. */
#ifndef ROWS
#define ROWS 2
#endif

/* Elements of the input that the tile may have: no less than those of the two lines behind. */
#ifndef TILE_ELEMENTS
#define TILE_ELEMENTS 1024
#endif
#define TILE_H ((LOCAL_P * ROWS - 1) * STRIDE_H + (R - 1) * DILATION_H + 1)
#define TILE_W ((LOCAL_Q - 1) * STRIDE_W + (S - 1) * DILATION_W + 1)

static inline void load_inside(local ACC *tile, global const X_T *x, const clconv_geom *g, int ih,
                               int iw, int lp, int lq)
{
    x += ih * g->x_stride_h + iw * g->x_stride_w;
    for (int i = lp; i < TILE_H; i += LOCAL_P)
        for (int j = lq; j < TILE_W; j += LOCAL_Q)
            tile[i * TILE_W + j] = LOAD(x, i * g->x_stride_h + j * g->x_stride_w);
}

static inline void load_at_border(local ACC *tile, global const X_T *x, const clconv_geom *g,
                                  int ih, int iw, int lp, int lq, ACC border_value)
{
    for (int i = lp; i < TILE_H; i += LOCAL_P) {
        const int row = clconv_border_at(g->border, ih + i, g->h);
        for (int j = lq; j < TILE_W; j += LOCAL_Q)
            tile[i * TILE_W + j] =
                load_mapped(x, row, clconv_border_at(g->border, iw + j, g->w), g, border_value);
    }
}

kernel __attribute__((reqd_work_group_size(LOCAL_Q, LOCAL_P, 1))) void
tiled(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
      const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    local ACC tile[TILE_ELEMENTS];
    const int lq = get_local_id(0), lp = get_local_id(1);
    const int q0 = g->first_q + get_group_id(0) * LOCAL_Q;
    const int p0 = g->first_p + get_group_id(1) * LOCAL_P * ROWS;
    const int z = g->first_z + get_group_id(2);
    const int n = z / g->k, k = z % g->k;
    const int ih = p0 * STRIDE_H - g->pad_top, iw = q0 * STRIDE_W - g->pad_left;
    const bool inside = ih >= 0 && iw >= 0 && ih + TILE_H <= g->h && iw + TILE_W <= g->w;
    global const X_T *plane = input_planes(x, g, n, k);
    global const ACC *f = filters + (long)k * g->group_c * R * S;
    ACC sum[ROWS];

    for (int m = 0; m < ROWS; m++)
        sum[m] = 0;
    for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, f += R * S) {
        if (inside)
            load_inside(tile, plane, g, ih, iw, lp, lq);
        else
            load_at_border(tile, plane, g, ih, iw, lp, lq, e.border_value);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int i = 0; i < R; i++)
            for (int j = 0; j < S; j++) {
                const ACC weight = f[i * S + j];
                const int at =
                    (lp * STRIDE_H + i * DILATION_H) * TILE_W + lq * STRIDE_W + j * DILATION_W;
                for (int m = 0; m < ROWS; m++)
                    sum[m] = FMA(tile[at + m * LOCAL_P * STRIDE_H * TILE_W], weight, sum[m]);
            }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int m = 0; m < ROWS; m++) {
        const int p = p0 + lp + m * LOCAL_P, q = q0 + lq;
        if (p < g->p && q < g->q)
            STORE(y, output_index(g, n, k, p, q), finish(sum[m] + bias[k], g, &e));
    }
}
