/* depthwise_channels.cl - one filter a channel where channels lie side by side: the lanes of a
 * vector are channels, so that rows, columns and strides are any. A work-item computes an area of
 * `band` rows by `width` columns of `channels` channels, PIXELS outputs of a row at a time.
 *
 * Filters are packed as [row][column][channel]. */
#include "vector.h"

#ifndef PIXELS
#define PIXELS 7
#endif
/* The most columns of a filter; algo/depthwise_channels.c says no to more. */
#ifndef MOST_COLUMNS
#define MOST_COLUMNS 64
#endif

/* chunks: of channels; the last one has what is left. */
typedef struct clconv_chunk {
    int band, width, channels, chunks;
} clconv_chunk;

/* Where a row of taps meets the input. columns: for each column of taps that of each output's
 * input, -1 for the border's constant; side_by_side: as the outputs are, all in the image. */
typedef struct clconv_columns {
    int columns[MOST_COLUMNS * PIXELS];
    bool side_by_side;
} clconv_columns;

static inline void set_columns(private clconv_columns *at, const clconv_geom *g, int q, int count)
{
    const int first = q * g->stride_w - g->pad_left;
    const int last = first + (count - 1) * g->stride_w + (g->s - 1) * g->dilation_w;
    at->side_by_side = count == PIXELS && first >= 0 && last < g->w;
#pragma unroll 1
    for (int j = 0; j < g->s; j++)
#pragma unroll 1
        for (int m = 0; m < PIXELS; m++) {
            const int iw = first + min(m, count - 1) * g->stride_w + j * g->dilation_w;
            at->columns[j * PIXELS + m] = clconv_border_at(g->border, iw, g->w);
        }
}

/* One tap; x: the row's first column. */
static inline void add_tap(VEC sum[PIXELS], VEC filter, global const X_T *x, bool side_by_side,
                           private const int *columns, const clconv_geom *g, VEC border)
{
    if (side_by_side) {
        global const X_T *const from = x + columns[0] * g->x_stride_w;
        const long step = g->stride_w * g->x_stride_w;
#pragma unroll
        for (int m = 0; m < PIXELS; m++)
            sum[m] = FMA(X_VLOAD(from + m * step), filter, sum[m]);
    } else {
#pragma unroll
        for (int m = 0; m < PIXELS; m++) {
            VEC value = border;
            if (columns[m] >= 0)
                value = X_VLOAD(x + columns[m] * g->x_stride_w);
            sum[m] = FMA(value, filter, sum[m]);
        }
    }
}

/* A vector of channels of `count` outputs of row p. x, y, filters: of its first channel; y: of the
 * first output. */
static inline void compute_pixels(global const X_T *x, global const ACC *filters, VEC bias,
                                  global Y_T *y, const clconv_geom *g, const clconv_epilogue *e,
                                  private const clconv_columns *at, int p, int count)
{
    const VEC border = (VEC)e->border_value;
    VEC sum[PIXELS];
#pragma unroll
    for (int m = 0; m < PIXELS; m++)
        sum[m] = 0;
#pragma unroll 1
    for (int i = 0; i < g->r; i++) {
        const int from = p * g->stride_h - g->pad_top + i * g->dilation_h;
        const int ih = clconv_border_at(g->border, from, g->h);
        global const ACC *const filter = filters + (long)i * g->s * g->k;
#pragma unroll 1
        for (int j = 0; j < g->s; j++) {
            const VEC tap = VLOAD(filter + (long)j * g->k);
            if (ih < 0)
#pragma unroll
                for (int m = 0; m < PIXELS; m++)
                    sum[m] = FMA(border, tap, sum[m]);
            else
                add_tap(sum, tap, x + ih * g->x_stride_h, at->side_by_side,
                        at->columns + j * PIXELS, g, border);
        }
    }
    if (IS_SIMPLE(g)) {
#pragma unroll
        for (int m = 0; m < PIXELS; m++)
            if (m < count)
                Y_VSTORE(finish_simply_vector(sum[m] + bias, g, e), y + m * g->y_stride_q);
        return;
    }
    ALIGNED ACC sums[PIXELS * LANES];
#pragma unroll
    for (int m = 0; m < PIXELS; m++)
        VSTORE(sum[m], sums + m * LANES);
#pragma unroll 1
    for (int m = 0; m < count; m++)
        Y_VSTORE(finish_vector(VLOAD(sums + m * LANES) + bias, g, e), y + m * g->y_stride_q);
}

/* Rows p to end_p - 1 of `count` outputs from column q on, of channels c to end_c - 1: the last
 * vector moves back so as not to overhang. */
APART void compute_rows(global const X_T *x, global const ACC *filters, global const ACC *bias,
                        global Y_T *y, const clconv_geom *geom, const clconv_epilogue *epilogue,
                        private clconv_columns *at, int n, int p, int end_p, int q, int count,
                        int c, int end_c)
{
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
    set_columns(at, g, q, count);
#pragma unroll 1
    for (; p < end_p; p++)
#pragma unroll 1
        for (int i = c; i < end_c; i += LANES) {
            const int k = min(i, end_c - LANES);
            compute_pixels(x + g->x_base + n * g->x_stride_n + k, filters + k, VLOAD(bias + k),
                           y + output_index(g, n, k, p, q), g, e, at, p, count);
        }
}

kernel void depthwise_channels(global const X_T *x, global const ACC *filters,
                               global const ACC *bias, global Y_T *y, const clconv_geom geom,
                               const clconv_epilogue e, const clconv_chunk chunk)
{
    const clconv_geom *const g = &geom;
    const int z = g->first_z + get_global_id(2), n = z / chunk.chunks, part = z % chunk.chunks;
    const int c = part * chunk.channels;
    const int end_c = part == chunk.chunks - 1 ? g->k : c + chunk.channels;
    const int p = g->first_p + get_global_id(1) * chunk.band;
    const int first_q = g->first_q + get_global_id(0) * chunk.width;
    const int end_q = min(first_q + chunk.width, g->q);
    clconv_columns at;

#pragma unroll 1
    for (int i = first_q; i < end_q; i += PIXELS) {
        const int q = max(first_q, min(i, end_q - PIXELS));
        compute_rows(x, filters, bias, y, g, &e, &at, n, p, min(p + chunk.band, g->p), q,
                     min(PIXELS, end_q - q), c, end_c);
    }
}
