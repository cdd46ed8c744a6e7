/* fft_columns.cl - a work-item computes two tiles of outputs, side by side, of one plane: their
 * inputs are the real and the imaginary part of one complex tile, which is transformed, multiplied
 * by the filter's spectrum, and transformed back. As filters are real, each part stays its own.
 *
 * The lanes of a vector are LANES transforms at once: of columns first, then of rows, for which the
 * tile is turned; it stays so for the product, and is turned back for the columns. Where channels
 * lie side by side, all are transformed in one: a tile is TILE pixels wide then. */
#include "fft_image.h"

/* Whether a sum goes over more than one channel: their products are added up. */
#ifndef SUMS
#define SUMS 0
#endif

/* The tile in local memory, which a work-group, being one work-item, has to itself: for each column
 * its points along the other axis, PITCH apart so that columns do not fall into one set of the
 * cache, real parts before imaginary parts. */
#define WIDTH  (TILE * INTERLEAVED)
#define PITCH  (TILE + LANES)
#define PLANE  (WIDTH * PITCH)
#define LOCALS (2 * PLANE * (1 + SUMS))

/* A filter's spectrum: for each LANES rows, each column, real parts, imaginary parts. */
#define SPECTRUM (2 * TILE * TILE)

static inline void turn_to(local ACC *to, private const VEC *from)
{
#pragma unroll 1
    for (int i = 0; i < TILE; i += LANES) {
        VEC a[LANES];
#pragma unroll
        for (int l = 0; l < LANES; l++)
            a[l] = from[i + l];
        transpose(a);
#pragma unroll
        for (int l = 0; l < LANES; l++)
            *(local VEC *)(to + l * PITCH + i) = a[l];
    }
}

static inline void turn_from(private VEC *to, local const ACC *from)
{
#pragma unroll 1
    for (int i = 0; i < TILE; i += LANES) {
        VEC a[LANES];
#pragma unroll
        for (int l = 0; l < LANES; l++)
            a[l] = *(local const VEC *)(from + l * PITCH + i);
        transpose(a);
#pragma unroll
        for (int l = 0; l < LANES; l++)
            to[i + l] = a[l];
    }
}

/* The transform of the columns of both tiles. */
static inline void columns_forward(local ACC *tile, const source *a, const source *b,
                                   const clconv_geom *g, ACC border_value,
                                   global const ACC *twiddles)
{
    for (int v = 0; v < WIDTH; v += LANES) {
        strip s;
        load(s.re, a, g, v, border_value);
        load(s.im, b, g, v, border_value);
        transform(s.re, s.im, twiddles);
        turn_to(tile + v * PITCH, s.re);
        turn_to(tile + PLANE + v * PITCH, s.im);
    }
}

#define FOR_ROWS(channel, row)                                                                     \
    for (int channel = 0; channel < INTERLEAVED; channel++)                                        \
        for (int row = 0; row < TILE; row += LANES)

/* A strip of rows of one channel. */
static inline void get_rows(strip *s, local const ACC *tile, int channel, int row)
{
    local const ACC *const from = tile + channel * PITCH + row;
#pragma unroll 4
    for (int i = 0; i < TILE; i++) {
        s->re[i] = *(local const VEC *)(from + i * INTERLEAVED * PITCH);
        s->im[i] = *(local const VEC *)(from + i * INTERLEAVED * PITCH + PLANE);
    }
}

static inline void put_rows(local ACC *tile, const strip *s, int channel, int row)
{
    local ACC *const to = tile + channel * PITCH + row;
#pragma unroll 4
    for (int i = 0; i < TILE; i++) {
        *(local VEC *)(to + i * INTERLEAVED * PITCH) = s->re[i];
        *(local VEC *)(to + i * INTERLEAVED * PITCH + PLANE) = s->im[i];
    }
}

static inline void times_spectrum(strip *s, global const ACC *spectrum)
{
#pragma unroll 4
    for (int i = 0; i < TILE; i++, spectrum += 2 * LANES)
        multiply(&s->re[i], &s->im[i], VLOAD(spectrum), VLOAD(spectrum + LANES));
}

/* The transform of the rows, the product, and, where no other channel is to come, back again. */
static inline void rows(local ACC *tile, global const ACC *spectrum, global const ACC *twiddles)
{
    FOR_ROWS(channel, row)
    {
        strip s;
        get_rows(&s, tile, channel, row);
        transform(s.re, s.im, twiddles);
        times_spectrum(&s, spectrum + channel * SPECTRUM + row * 2 * TILE);
#if !SUMS
        transform_back(s.re, s.im, twiddles);
#endif
        put_rows(tile, &s, channel, row);
    }
}

/* Adds a channel's products to the sum of those before it. */
static inline void add_products(local ACC *sum, local const ACC *tile, bool is_first)
{
    for (int i = 0; i < 2 * PLANE; i += LANES) {
        local VEC *const to = (local VEC *)(sum + i);
        const VEC product = *(local const VEC *)(tile + i);
        *to = is_first ? product : *to + product;
    }
}

static inline void rows_back(local ACC *tile, global const ACC *twiddles)
{
    FOR_ROWS(channel, row)
    {
        strip s;
        get_rows(&s, tile, channel, row);
        transform_back(s.re, s.im, twiddles);
        put_rows(tile, &s, channel, row);
    }
}

static inline void columns_back(local const ACC *tile, const target *t, const clconv_geom *g,
                                const clconv_epilogue *e, int q0, global const ACC *twiddles)
{
    for (int i = 0; i < t->columns; i += LANES) {
        strip s;
        /* The last vector of a tile moves back so as not to overhang it. */
        const int v = max(0, min(i, t->columns - LANES));
        turn_from(s.re, tile + v * PITCH);
        turn_from(s.im, tile + PLANE + v * PITCH);
        transform_back(s.re, s.im, twiddles);
        store(s.re, t, g, e, q0, v);
        store(s.im, t, g, e, q0 + t->columns, v);
    }
}

kernel void fft_columns(global const X_T *x, global const ACC *filters, global const ACC *bias,
                        global Y_T *y, const clconv_geom geom, const clconv_epilogue e)
{
    local ACC tile[LOCALS] __attribute__((aligned(64)));
    const clconv_geom *const g = &geom;
    const int window_w = (g->s - 1) * g->dilation_w + 1;
    const int step_q = FFT_STEP_Q(TILE, g->s, g->dilation_w / INTERLEAVED, LANES) * INTERLEAVED;
    const int step_p = FFT_STEP_P(TILE, g->r, g->dilation_h);
    const int p0 = g->first_p + get_group_id(1) * step_p;
    const int q0 = g->first_q + get_group_id(0) * 2 * step_q;
    const int z = g->first_z + get_group_id(2), n = z / g->k, k = z % g->k;
    global const ACC *spectrum = filters + FFT_TWIDDLES(TILE) + (long)k * g->group_c * SPECTRUM;
    target t;
    source a, b;

    a.plane = b.plane = input_planes(x, g, n, k);
    a.ih = b.ih = p0 - g->pad_top;
    a.iw = q0 - g->pad_left;
    b.iw = a.iw + step_q;
    a.end = b.end = g->q + window_w - 1 - g->pad_left;
    for (int c = 0; c < g->group_c; c++) {
        columns_forward(tile, &a, &b, g, e.border_value, filters);
        rows(tile, spectrum, filters);
#if SUMS
        add_products(tile + 2 * PLANE, tile, c == 0);
        a.plane += g->x_stride_c;
        b.plane += g->x_stride_c;
        spectrum += SPECTRUM;
#endif
    }
#if SUMS
    rows_back(tile + 2 * PLANE, filters);
#endif
    t.y = y;
    t.n = n;
    t.k = k;
    t.p0 = p0;
    t.rows = min(step_p, g->p - p0);
    t.columns = step_q;
    for (int i = 0; i < LANES + INTERLEAVED - 1; i++)
        t.bias[i] = bias[k + i % INTERLEAVED];
    columns_back(tile + SUMS * 2 * PLANE, &t, g, &e, q0, filters);
}
