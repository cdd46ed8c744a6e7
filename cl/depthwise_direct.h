/* depthwise_direct.h - planes that are read where they lie, by filters of a known size: vectors
 * read beyond a row, into memory of other rows and planes, of which the border's constant takes the
 * place. So it is not for what lies at the beginning or the end of an image, around which memory
 * may not be the image's, nor for blocks of which many rows lie outside. Sums are those of the
 * staged way, bit for bit. */
#ifndef CLCONV_DEPTHWISE_DIRECT_H
#define CLCONV_DEPTHWISE_DIRECT_H

#include "depthwise.h"

/* Vectors of the input under a vector of outputs: one a tap, or two for two taps. */
#if STRIDE_W == 1
#define READ       S
#define READ_AT(i) (i)
#else
#define READ       ((S + 1) / 2 * 2)
#define READ_AT(i) ((i) / 2 * 2 + (i) % 2 * LANES)
#endif

/* So many rows of a block's input at its top, and at its bottom, may lie outside the image. */
#define ROWS_OUTSIDE ((R - 1) / 2)

/* Planes from k on, before end_k, that can be read so; there may be none. */
static inline int direct_planes(const clconv_area *a, const clconv_geom *g, int k, int end_k)
{
    const int behind = a->ih + (a->rows - 1) * STRIDE_H + R;
    const int first_h = max(0, a->ih), end_h = min(g->h, behind);
    const int end_w = a->iw + (max(a->columns, LANES) - 1) * STRIDE_W + S + LANES * STRIDE_W;
    const long all = (g->c - 1) * g->x_stride_c + (g->h - 1) * g->x_stride_h + g->w;
    int end = end_k;
    if (g->border != BORDER_CONSTANT || g->x_stride_w != 1 || a->rows < ROWS ||
        a->ih < -ROWS_OUTSIDE || behind > g->h + ROWS_OUTSIDE ||
        k * g->x_stride_c + first_h * g->x_stride_h + a->iw < 0)
        return 0;
    while (end > k && (end - 1) * g->x_stride_c + (end_h - 1) * g->x_stride_h + end_w > all)
        end--;
    return end - k;
}

/* What each tap of a row meets; x: the first tap's column under the first output. */
static inline void take_row(VEC taps[S], bool there, global const X_T *x, const MASK inside[READ],
                            VEC border)
{
    VEC v[READ];
#pragma unroll
    for (int i = 0; i < READ; i++)
        v[i] = border;
    if (there)
#pragma unroll
        for (int i = 0; i < READ; i++)
            v[i] = inside[i] ? X_VLOAD(x + READ_AT(i)) : border;
#pragma unroll
    for (int j = 0; j < S; j++)
#if STRIDE_W == 1
        taps[j] = v[j];
#else
        taps[j] = j % 2 ? odds(v[j - 1], v[j]) : evens(v[j], v[j + 1]);
#endif
}

/* The block at input row ih; x as above, in that row. */
static inline __attribute__((always_inline)) void sum_block(VEC sum[ROWS], global const X_T *x,
                                                            const clconv_geom *g, int ih,
                                                            const MASK inside[READ], VEC border,
                                                            const VEC filter[R * S])
{
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        sum[m] = 0;
#pragma unroll
    for (int i = 0; i < ROWS_IN; i++) {
        const bool there =
            (i >= ROWS_OUTSIDE || ih + i >= 0) && (i < ROWS_IN - ROWS_OUTSIDE || ih + i < g->h);
        VEC taps[S];
        take_row(taps, there, x + i * g->x_stride_h, inside, border);
#pragma unroll
        for (int j = 0; j < S; j++)
#pragma unroll
            for (int m = 0; m < ROWS; m++)
                if (rows_that_need(g, i) >> m & 1)
                    sum[m] = FMA(taps[j], filter[filter_row(g, i, m) * S + j], sum[m]);
    }
}

/* Planes k to end - 1 of image n, which x begins with; end_k as for target_of. */
APART void compute_planes(global const X_T *x, global const ACC *filters, global const ACC *bias,
                          global Y_T *y, const clconv_area *area, const clconv_geom *geom,
                          const clconv_epilogue *epilogue, int n, int k, int end, int end_k)
{
    const clconv_area own_area = *area, *const a = &own_area;
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
#pragma unroll 1
    for (; k < end; k++) {
        const clconv_target t = target_of(y, bias, a, g, n, k, end_k);
        VEC filter[R * S];
#pragma unroll
        for (int i = 0; i < R * S; i++)
            filter[i] = filters[(long)k * R * S + i];
#pragma unroll 1
        for (int i = 0; i < a->rows; i += ROWS) {
            const int row = min(i, a->rows - ROWS), ih = a->ih + row * STRIDE_H;
#pragma unroll 1
            for (int j = 0; j < a->columns; j += LANES) {
                const int column = max(0, min(j, a->columns - LANES));
                const int iw = a->iw + column * STRIDE_W;
                VEC sum[ROWS];
                MASK inside[READ];
#pragma unroll
                for (int l = 0; l < READ; l++)
                    inside[l] = lanes_inside(g, iw + READ_AT(l));
                sum_block(sum, x + k * g->x_stride_c + ih * g->x_stride_h + iw, g, ih, inside,
                          (VEC)e->border_value, filter);
                store_block(sum, &t, g, e, row, column, ROWS, a->columns);
            }
        }
    }
}

#endif
