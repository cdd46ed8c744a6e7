/* fft_items.cl - fft_columns.cl for GPUs: a work-group computes two tiles of outputs, side by side,
 * in local memory. In each pass a work-item takes points of some columns or rows, its neighbours
 * those of the columns or rows beside them; the spectrum lies as the last pass takes it. */
#include "common.h"

#define VEC ACC
#include "fft.h"

/* Work-items of a group: TILE times a power of two up to TILE / 8. */
#ifndef ITEMS
#define ITEMS 64
#endif

/* What a work-item does in a pass: the line, a column or a row, and the first of its points. */
#define FOR_POINTS(line, first, count)                                                             \
    for (int unit_ = get_local_id(0), line = unit_ % TILE, first = unit_ / TILE; first < (count);  \
         first += ITEMS / TILE)

/* Where the point of a row and a column lies: neighbours of either way are in different banks. */
#define AT(row, column) ((row)*TILE + ((column) ^ (row) % 32))

/* Floats of a filter's spectrum: for each column, real parts of all rows, imaginary parts. */
#define SPECTRUM (2 * TILE * TILE)

typedef struct points {
    local ACC *re, *im;
} points;

#define DEFINE_GET_PUT(suffix, AT_)                                                                \
    INLINE void get##suffix(const int radix, ACC r[8], ACC i[8], const points *p, int line,        \
                            int first, const int step)                                             \
    {                                                                                              \
        _Pragma("unroll") for (int b = 0; b < 8; b++) if (b < radix)                               \
        {                                                                                          \
            r[b] = p->re[AT_(first + b * step, line)];                                             \
            i[b] = p->im[AT_(first + b * step, line)];                                             \
        }                                                                                          \
    }                                                                                              \
    INLINE void put##suffix(const int radix, const ACC r[8], const ACC i[8], const points *p,      \
                            int line, int first, const int step)                                   \
    {                                                                                              \
        _Pragma("unroll") for (int b = 0; b < 8; b++) if (b < radix)                               \
        {                                                                                          \
            p->re[AT_(first + b * step, line)] = r[b];                                             \
            p->im[AT_(first + b * step, line)] = i[b];                                             \
        }                                                                                          \
    }
#define AT_TURNED(column, row) AT(row, column)
DEFINE_GET_PUT(_column, AT)
DEFINE_GET_PUT(_row, AT_TURNED)

/* Where the inputs of both tiles come from: the row and the columns where they begin, the last row
 * of the tile that is needed, for which those below stand, too, and the column behind the last that
 * is, from which on there are zeros. */
typedef struct source {
    global const X_T *plane;
    int ih, last, iw[2], end;
} source;

INLINE ACC load(const source *s, const clconv_geom *g, int ih, int iw, ACC border_value)
{
    if (iw >= s->end)
        return 0;
    return load_mapped(s->plane, ih, clconv_border_at(g->border, iw, g->w), g, border_value);
}

static inline void columns_forward(const points *p, const source *s, const clconv_geom *g,
                                   ACC border_value, global const ACC *twiddles)
{
    FOR_POINTS(column, j, STEP_1)
    {
        ACC r[8], i[8];
#pragma unroll
        for (int b = 0; b < RADIX_1; b++) {
            const int ih = clconv_border_at(g->border, s->ih + min(j + b * STEP_1, s->last), g->h);
            r[b] = load(s, g, ih, s->iw[0] + column, border_value);
            i[b] = load(s, g, ih, s->iw[1] + column, border_value);
        }
        butterfly(RADIX_1, r, i);
        turn(RADIX_1, r, i, twiddles, j);
        put_column(RADIX_1, r, i, p, column, j, STEP_1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    FOR_POINTS(column, block, TILE / 8)
    {
        ACC r[8], i[8];
        get_column(8, r, i, p, column, block * 8, 1);
        butterfly8(r, i);
        put_column(8, r, i, p, column, block * 8, 1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* The products of a work-item, for each of its blocks of eight points of a row. */
#define BLOCKS (TILE / 8 * TILE / ITEMS)
typedef struct products {
    ACC r[BLOCKS][8], i[BLOCKS][8];
} products;

/* Adds those of one channel. */
static inline void rows_forward(products *sum, const points *p, global const ACC *spectrum,
                                global const ACC *twiddles)
{
    const int row = get_local_id(0) % TILE, first = get_local_id(0) / TILE;
    FOR_POINTS(line, j, STEP_1)
    {
        ACC r[8], i[8];
        get_row(RADIX_1, r, i, p, line, j, STEP_1);
        butterfly(RADIX_1, r, i);
        turn(RADIX_1, r, i, twiddles, j);
        put_row(RADIX_1, r, i, p, line, j, STEP_1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int n = 0; n < BLOCKS; n++) {
        const int block = 8 * (first + n * ITEMS / TILE);
        ACC r[8], i[8];
        get_row(8, r, i, p, row, block, 1);
        butterfly8(r, i);
#pragma unroll
        for (int b = 0; b < 8; b++) {
            global const ACC *const w = spectrum + 2 * (block + b) * TILE + row;
            multiply(&r[b], &i[b], w[0], w[TILE]);
            sum->r[n][b] += r[b];
            sum->i[n][b] += i[b];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

static inline void rows_back(const points *p, products *sum, global const ACC *twiddles)
{
    const int row = get_local_id(0) % TILE, first = get_local_id(0) / TILE;
#pragma unroll
    for (int n = 0; n < BLOCKS; n++) {
        butterfly8(sum->i[n], sum->r[n]);
        put_row(8, sum->r[n], sum->i[n], p, row, 8 * (first + n * ITEMS / TILE), 1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    FOR_POINTS(line, j, STEP_1)
    {
        ACC r[8], i[8];
        get_row(RADIX_1, r, i, p, line, j, STEP_1);
        turn(RADIX_1, i, r, twiddles, j);
        butterfly(RADIX_1, i, r);
        put_row(RADIX_1, r, i, p, line, j, STEP_1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
}

/* Where outputs go to: those of the second tile `columns` further on. */
typedef struct target {
    global Y_T *y;
    ACC bias;
    int n, k, p0, q0, rows, columns;
} target;

/* Of what every window would give, what windows a stride apart give; p and q of the geometry count
 * the former. */
INLINE void store(const target *t, const clconv_geom *g, const clconv_epilogue *e, int row, int q,
                  ACC sum)
{
    const int p = t->p0 + row;
    if (row < t->rows && q < g->q && p % g->stride_h == 0 && q % g->stride_w == 0)
        STORE(t->y, output_index(g, t->n, t->k, p / g->stride_h, q / g->stride_w),
              finish(sum + t->bias, g, e));
}

static inline void columns_back(const points *p, const target *t, const clconv_geom *g,
                                const clconv_epilogue *e, global const ACC *twiddles)
{
    FOR_POINTS(column, block, TILE / 8)
    {
        ACC r[8], i[8];
        get_column(8, r, i, p, column, block * 8, 1);
        butterfly8(i, r);
        put_column(8, r, i, p, column, block * 8, 1);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    FOR_POINTS(column, j, STEP_1)
    {
        ACC r[8], i[8];
        if (column >= t->columns)
            continue;
        get_column(RADIX_1, r, i, p, column, j, STEP_1);
        turn(RADIX_1, i, r, twiddles, j);
        butterfly(RADIX_1, i, r);
#pragma unroll
        for (int b = 0; b < RADIX_1; b++) {
            store(t, g, e, j + b * STEP_1, t->q0 + column, r[b]);
            store(t, g, e, j + b * STEP_1, t->q0 + t->columns + column, i[b]);
        }
    }
}

kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
fft_items(global const X_T *x, global const ACC *filters, global const ACC *bias, global Y_T *y,
          const clconv_geom geom, const clconv_epilogue e)
{
    local ACC re[TILE * TILE], im[TILE * TILE];
    const points p = {re, im};
    const clconv_geom *const g = &geom;
    const int step_q = FFT_STEP_Q(TILE, g->s, g->dilation_w, 1);
    const int step_p = FFT_STEP_P(TILE, g->r, g->dilation_h);
    const int p0 = g->first_p + get_group_id(1) * step_p;
    const int q0 = g->first_q + get_group_id(0) * 2 * step_q;
    const int z = g->first_z + get_group_id(2), n = z / g->k, k = z % g->k;
    global const ACC *spectrum = filters + FFT_TWIDDLES(TILE) + (long)k * g->group_c * SPECTRUM;
    source s = {input_planes(x, g, n, k),
                p0 - g->pad_top,
                TILE - 1 - FFT_UNREAD(TILE, g->r, g->dilation_h, g->stride_h, p0),
                {q0 - g->pad_left, q0 - g->pad_left + step_q},
                g->q + (g->s - 1) * g->dilation_w - g->pad_left};
    const target t = {y, bias[k], n, k, p0, q0, min(step_p, g->p - p0), step_q};
    products sum;

#pragma unroll
    for (int i = 0; i < BLOCKS; i++)
#pragma unroll
        for (int b = 0; b < 8; b++)
            sum.r[i][b] = sum.i[i][b] = 0;
    for (int c = 0; c < g->group_c; c++) {
        columns_forward(&p, &s, g, e.border_value, filters);
        rows_forward(&sum, &p, spectrum, filters);
        s.plane += g->x_stride_c;
        spectrum += SPECTRUM;
    }
    rows_back(&p, &sum, filters);
    columns_back(&p, &t, g, &e, filters);
}
