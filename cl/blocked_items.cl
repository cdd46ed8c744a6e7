/* blocked_items.cl - a work-item keeps FILTERS x ROWS x VECTORS outputs in registers; neighbouring
 * work-items compute neighbouring columns, so that together they read and write whole rows.
 *
 * The form for devices that run work-items side by side (GPUs). A work-group brings the input under
 * its outputs into local memory, converted and continued by the border, a channel and so many rows
 * of the filter at a time as fit (SHARED); without (SHARED 0) each work-item loads what it needs.
 * A filter's values are the same for all of a group and loaded four at a time. All ways add in the
 * order channel, row, column. */
#include "common.h"

#include "blocked.h"

/* The work-group: along columns, rows, and blocks of filters, which read the same input. */
#ifndef LOCAL_Q
#define LOCAL_Q 32
#endif
#ifndef LOCAL_P
#define LOCAL_P 4
#endif
#ifndef LOCAL_K
#define LOCAL_K 1
#endif
/* Elements of local memory. */
#ifndef SHARED
#define SHARED 3072
#endif

#define BLOCK  (FILTERS * ROWS * VECTORS)
#define TILE_Q (LOCAL_Q * VECTORS)
#define TILE_P (LOCAL_P * ROWS)
/* The input under the tile; algo/blocked.c computes it in the same way. */
#define TILE_H ((TILE_P - 1) * STRIDE_H + (R - 1) * DILATION_H + 1)
#define TILE_W ((TILE_Q - 1) * STRIDE_W + WINDOW_W)

#include "blocked_taps.h"

#if SHARED > 0
DEFINE_ADD_ROW(add_row, SHARED_VALUE)

/* Input rows [ih, ih + height) and columns [iw, iw + TILE_W) into local memory. */
static inline void share(local ACC *tile, global const X_T *plane, const clconv_geom *g, int ih,
                         int iw, int height, ACC border_value)
{
    const bool inside = ih >= 0 && iw >= 0 && ih + height <= g->h && iw + TILE_W <= g->w;
    for (int i = get_local_id(1); i < height; i += LOCAL_P * LOCAL_K) {
        const int row = inside ? ih + i : clconv_border_at(g->border, ih + i, g->h);
        local ACC *const to = tile + i * TILE_W;
        if (inside) {
            global const X_T *const from = plane + row * g->x_stride_h + iw * g->x_stride_w;
            for (int j = get_local_id(0); j < TILE_W; j += LOCAL_Q)
                to[j] = LOAD(from, j * g->x_stride_w);
        } else {
            for (int j = get_local_id(0); j < TILE_W; j += LOCAL_Q)
                to[j] = load_mapped(plane, row, clconv_border_at(g->border, iw + j, g->w), g,
                                    border_value);
        }
    }
}

/* One channel, in parts of the filter's rows whose input fits: r of *g is the part's, then again
 * that of the filter (where R is given all fit). */
static inline void add_channel(local ACC *tile, global const X_T *plane, clconv_geom *g, int ih,
                               int iw, bool needed, ACC sum[FILTERS][ROWS][VECTORS],
                               global const ACC *filter, ACC border_value)
{
    const int most = (SHARED / TILE_W - (TILE_P - 1) * STRIDE_H - 1) / DILATION_H + 1, all = R;
    const int first_shared = get_local_id(1) % LOCAL_P * ROWS * STRIDE_H * TILE_W;
    const clconv_place at = {tile + first_shared + get_local_id(0) * STRIDE_W, TILE_W, 0, 0, 0, 0};

    for (int first = 0; first < all; first += most) {
        g->r = min(most, all - first);
        barrier(CLK_LOCAL_MEM_FENCE);
        share(tile, plane, g, ih + first * DILATION_H, iw, TILE_H, border_value);
        barrier(CLK_LOCAL_MEM_FENCE);
        if (needed)
            FOR_INPUT_ROWS(row, 0, ROWS_IN)
        add_row(&at, row, sum, g, filter + first * ROW_PITCH);
    }
    g->r = all;
}
#else
DEFINE_ADD_ROW(add_row_inside, INSIDE_VALUE)
DEFINE_ADD_ROW(add_row_border, mapped_value)
#endif

/* Whatever is among the first f_end filters, m_end rows, q_end columns; y: the first of all. */
static inline void store(const ACC sum[FILTERS][ROWS][VECTORS], global const ACC *bias,
                         global Y_T *y, const clconv_geom *g, const clconv_epilogue *e, int f_end,
                         int m_end, int q_end)
{
    if (IS_SIMPLE(g)) {
#pragma unroll
        for (int i = 0; i < BLOCK; i++) {
            const int f = i / (ROWS * VECTORS), m = i / VECTORS % ROWS, q = i % VECTORS * LOCAL_Q;
            if (f < f_end && m < m_end && q < q_end)
                STORE(y, f * g->y_stride_k + m * g->y_stride_p + q * g->y_stride_q,
                      finish_simply(sum[f][m][i % VECTORS] + bias[f], g, e));
        }
        return;
    }
#pragma unroll 1
    for (int i = 0; i < BLOCK; i++) { /* the code of exp once, not BLOCK times */
        const int f = i / (ROWS * VECTORS), m = i / VECTORS % ROWS, q = i % VECTORS * LOCAL_Q;
        ACC value = 0;
#pragma unroll
        for (int j = 0; j < BLOCK; j++)
            value = i == j ? sum[j / (ROWS * VECTORS)][j / VECTORS % ROWS][j % VECTORS] : value;
        if (f < f_end && m < m_end && q < q_end)
            STORE(y, f * g->y_stride_k + m * g->y_stride_p + q * g->y_stride_q,
                  finish(value + bias[f], g, e));
    }
}

kernel __attribute__((reqd_work_group_size(LOCAL_Q, LOCAL_P *LOCAL_K, 1))) void
blocked_items(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
              const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const int tile_q = g->first_q + get_group_id(0) * TILE_Q;
    const int tile_p = g->first_p + get_group_id(1) * TILE_P;
    const int q0 = tile_q + get_local_id(0), p0 = tile_p + get_local_id(1) % LOCAL_P * ROWS;
    const int z = g->first_z + get_global_id(2), part_k = get_local_id(1) / LOCAL_P * FILTERS;
    /* Groups of filters, and blocks of ALONG_K in each; the filters are packed by blocks. */
    const int blocks = (g->group_k + ALONG_K - 1) / ALONG_K, per_image = g->groups * blocks;
    const int n = z / per_image, block = z % per_image,
              in_group = block % blocks * ALONG_K + part_k;
    const int first_k = block / blocks * g->group_k, k = first_k + in_group;
    const int ih = tile_p * STRIDE_H - g->pad_top, iw = tile_q * STRIDE_W - g->pad_left;
    const long channel = R * ROW_PITCH;
    global const X_T *plane = input_planes(x, g, n, first_k);
    global const ACC *filter = filters + (long)block * g->group_c * channel + part_k;
    const bool needed = p0 < g->p && q0 < g->q && in_group < g->group_k;
    ACC sum[FILTERS][ROWS][VECTORS];

#pragma unroll
    for (int i = 0; i < BLOCK; i++)
        sum[i / (ROWS * VECTORS)][i / VECTORS % ROWS][i % VECTORS] = 0;
#if SHARED > 0
    local ACC tile[SHARED];
    clconv_geom part = geom;
    for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, filter += channel)
        add_channel(tile, plane, &part, ih, iw, needed, sum, filter, e.border_value);
#else
    /* Of the whole tile, overhanging outputs included: they are computed, though not stored. */
    const bool inside = ih >= 0 && iw >= 0 && ih + TILE_H <= g->h && iw + TILE_W <= g->w;
    clconv_place at = {
        0, 0, plane, p0 * STRIDE_H - g->pad_top, q0 * STRIDE_W - g->pad_left, e.border_value};
    for (int c = 0; needed && c < g->group_c; c++, at.plane += g->x_stride_c, filter += channel) {
        if (inside) {
            FOR_INPUT_ROWS(row, 0, ROWS_IN)
            add_row_inside(&at, row, sum, g, filter);
        } else {
            FOR_INPUT_ROWS(row, 0, ROWS_IN)
            add_row_border(&at, row, sum, g, filter);
        }
    }
#endif
    store(sum, bias + k, y + output_index(g, n, k, p0, q0), g, &e, g->group_k - in_group, g->p - p0,
          g->q - q0);
}
