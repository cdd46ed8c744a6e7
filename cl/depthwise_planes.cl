/* depthwise_planes.cl - one filter a channel: a work-item computes an area of `band` rows by
 * `width` columns of outputs with ROWS vectors in registers, in one plane after another, for small
 * planes are many. What it reads lies in the image (depthwise_direct.h), or is brought into its
 * memory first, continued by the border: there vectors may read and stage beyond a row of the area
 * where that is overwritten later or never looked at. */
#include "depthwise.h"

#if UNROLL_ROWS
#include "depthwise_direct.h"
#else
#define direct_planes(a, g, k, end_k) 0
#define compute_planes(x, filters, bias, y, a, g, e, n, k, end, end_k)
#endif

/* Elements of the work-item's memory, a multiple of LANES; as in algo/depthwise.c. */
#ifndef STAGED
#define STAGED 4096
#endif

/* Sizes of an area, the planes of a work-item, the pitch of the columns of one remainder modulo the
 * stride, which lie side by side in a staged row, and how much of STAGED is needed. */
typedef struct clconv_shape {
    int band, width, planes, pitch, staged, unused;
} clconv_shape;

/* Where column i of a staged row lies, and the column of the first output under tap j. */
static inline int staged_at(const clconv_area *a, int i)
{
    return i % STRIDE_W * a->pitch + i / STRIDE_W;
}
#define TAP_AT(j) staged_at(a, (j)*DILATION_W)

/* Columns i to end - 1 of a row, that is of what the border lets lie there. */
static inline void stage_mapped(private ACC *to, global const X_T *row, const clconv_area *a,
                                const clconv_geom *g, int i, int end, ACC border_value)
{
#pragma unroll 1
    for (; i < end; i++)
        to[staged_at(a, i)] =
            load_mapped(row, 0, clconv_border_at(g->border, a->iw + i, g->w), g, border_value);
}

/* A row of the input; elements before and from its first on that belong to the image's memory. */
typedef struct clconv_row {
    global const X_T *x;
    long before, readable;
} clconv_row;

/* Columns `at` to at + LANES - 1 of a row, the border's constant beyond the image. */
static inline VEC load_columns(const clconv_row *row, int at, const clconv_geom *g,
                               ACC border_value)
{
    if (g->x_stride_w == 1 && at >= 0 && at + LANES <= g->w)
        return X_VLOAD(row->x + at);
    if (g->x_stride_w == 1 && at >= -row->before && at + LANES <= row->readable) {
        return lanes_inside(g, at) ? X_VLOAD(row->x + at) : (VEC)border_value;
    }
    ACC lane[LANES];
#pragma unroll 1
    for (int l = 0; l < LANES; l++)
        lane[l] =
            at + l < 0 || at + l >= g->w ? border_value : LOAD(row->x, (at + l) * g->x_stride_w);
    return VLOAD(lane);
}

/* Whole vectors; where the border is not a constant, its columns once more. */
static inline void stage_row(private ACC *to, const clconv_row *row, const clconv_area *a,
                             const clconv_geom *g, ACC border_value)
{
#pragma unroll 1
    for (int i = 0; i < a->columns_in; i += STRIDE_W * LANES) {
        const VEC v = load_columns(row, a->iw + i, g, border_value);
#if STRIDE_W == 1
        VSTORE(v, to + i);
#else
        const VEC u = load_columns(row, a->iw + i + LANES, g, border_value);
        VSTORE(evens(v, u), to + staged_at(a, i));
        VSTORE(odds(v, u), to + staged_at(a, i + 1));
#endif
    }
    if (g->border == BORDER_CONSTANT)
        return;
    stage_mapped(to, row->x, a, g, 0, a->first, border_value);
    stage_mapped(to, row->x, a, g, a->last, a->columns_in, border_value);
}

/* first: row 0 of the plane. */
APART void stage_area(private ACC *staged, const clconv_row *first, const clconv_area *a,
                      const clconv_geom *g, ACC border_value)
{
    const int rows_in = (a->rows - 1) * STRIDE_H + (R - 1) * DILATION_H + 1;
#pragma unroll 1
    for (int i = 0; i < rows_in; i++, staged += STRIDE_W * a->pitch) {
        const int ih = clconv_border_at(g->border, a->ih + i, g->h);
        if (ih >= 0) {
            const long at = ih * g->x_stride_h;
            const clconv_row row = {first->x + at, first->before + at, first->readable - at};
            stage_row(staged, &row, a, g, border_value);
        } else {
#pragma unroll 1
            for (int j = 0; j < STRIDE_W * a->pitch; j += LANES)
                VSTORE((VEC)border_value, staged + j);
        }
    }
}

static inline __attribute__((always_inline)) void
add_row(int row, int mask, VEC sum[ROWS], const clconv_geom *g, const clconv_area *a,
        private const ACC *x, global const ACC *filter)
{
    FOR_TAPS(j)
    {
        const VEC value = VLOAD(x + TAP_AT(j));
#pragma unroll
        for (int m = 0; m < ROWS; m++)
            if (mask >> m & 1)
                sum[m] = FMA(value, (VEC)(filter[filter_row(g, row, m) * S + j]), sum[m]);
    }
}

/* ROWS rows of one vector of columns, from `row` and `column` of the area on. */
static inline void compute(private const ACC *staged, const clconv_target *t, const clconv_area *a,
                           const clconv_geom *g, const clconv_epilogue *e, global const ACC *filter,
                           int row, int column)
{
    const int row_pitch = STRIDE_W * a->pitch;
  private
    const ACC *const x = staged + row * STRIDE_H * row_pitch + column;
    VEC sum[ROWS];

#pragma unroll
    for (int m = 0; m < ROWS; m++)
        sum[m] = 0;
    FOR_INPUT_ROWS(i, 0, ROWS_IN)
    ADD_INPUT_ROW(add_row, i, sum, g, a, x + i * row_pitch, filter);
    store_block(sum, t, g, e, row, column, min(ROWS, a->rows), a->columns);
}

/* The last vector of a row, and the last rows, move back so as not to overhang the area. */
APART void compute_area(private const ACC *staged, const clconv_target *target,
                        const clconv_area *area, const clconv_geom *geom,
                        const clconv_epilogue *epilogue, global const ACC *filter)
{
    const clconv_area own_area = *area, *const a = &own_area;
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
    const clconv_target own_target = *target, *const t = &own_target;
#pragma unroll 1
    for (int row = 0; row < a->rows; row += ROWS)
#pragma unroll 1
        for (int column = 0; column < a->columns; column += LANES)
            compute(staged, t, a, g, e, filter, max(0, min(row, a->rows - ROWS)),
                    max(0, min(column, a->columns - LANES)));
}

kernel void depthwise_planes(global const X_T *x, global const ACC *filters, global const ACC *bias,
                             global Y_T *y, const clconv_geom geom, const clconv_epilogue e,
                             const clconv_shape shape)
{
    const clconv_geom *const g = &geom;
    const int chunks = (g->k + shape.planes - 1) / shape.planes;
    const int z = g->first_z + get_global_id(2);
    const int n = z / chunks, first_k = z % chunks * shape.planes;
    const int end_k = min(first_k + shape.planes, g->k);
    const bool dense = g->y_stride_p == g->q && g->q <= shape.width;
    const bool joined = dense && shape.band >= g->p && g->y_stride_k == (long)g->p * g->q;
    ALIGNED ACC staged[STAGED];
    clconv_area a;

    a.p0 = g->first_p + get_global_id(1) * shape.band;
    a.q0 = g->first_q + get_global_id(0) * shape.width;
    a.rows = min(shape.band, g->p - a.p0);
    a.columns = min(shape.width, g->q - a.q0);
    a.ih = a.p0 * STRIDE_H - g->pad_top;
    a.iw = a.q0 * STRIDE_W - g->pad_left;
    a.columns_in = (a.columns - 1) * STRIDE_W + WINDOW_W;
    a.first = clamp(-a.iw, 0, a.columns_in);
    a.last = clamp(g->w - a.iw, a.first, a.columns_in);
    a.pitch = shape.pitch;
    a.followed = joined ? FOLLOWED_BY_PLANES : dense ? FOLLOWED_BY_ROWS : 0;
    /* What is never looked at is computed, too. */
#pragma unroll 1
    for (int i = 0; i < shape.staged; i += LANES)
        VSTORE((VEC)0, staged + i);
#pragma unroll 1
    for (int k = first_k; k < end_k; k++) {
        global const X_T *const image = x + g->x_base + n * g->x_stride_n;
        const long before = k * g->x_stride_c;
        const long last = (g->c - 1) * g->x_stride_c + (g->h - 1) * g->x_stride_h + g->w;
        const int direct = direct_planes(&a, g, k, end_k);
        if (direct > 0) {
            compute_planes(image, filters, bias, y, &a, g, &e, n, k, k + direct, end_k);
            k += direct - 1;
        } else {
            const clconv_row first = {image + before, before, last - before};
            const clconv_target t = target_of(y, bias, &a, g, n, k, end_k);
            stage_area(staged, &first, &a, g, e.border_value);
            compute_area(staged, &t, &a, g, &e, filters + (long)k * R * S);
        }
    }
}
