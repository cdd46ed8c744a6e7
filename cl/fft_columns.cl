/* fft_columns.cl - a work-item computes two tiles of outputs, side by side, of one plane: their
 * inputs are the real and the imaginary part of one complex tile, which is transformed, multiplied
 * by the filter's spectrum, and transformed back. As filters are real, each part stays its own.
 *
 * The lanes of a vector are LANES transforms at once: of columns first, whose last pass turns the
 * points, then of rows, in place, and of columns again, whose first pass turns them back. Where
 * channels lie side by side, all are transformed in one: a tile is TILE pixels wide then. */
#include "fetch.h"
#include "fft_image.h"
#include "fft_turn.h"

/* Whether a sum goes over more than one channel: their products are added up. */
#ifndef SUMS
#define SUMS 0
#endif

/* Strips of columns read together: of floats a whole line of the nearest cache and more, for rows
 * that are a power of two apart push each other out of it; bytes are fewer, measured. */
#define TOGETHER ((int)sizeof(X_T) < 4 ? 1 : 4)

/* In local memory, which a work-group, being one work-item, has to itself: the tile, as strips of
 * LANES rows, in which each column is a point; strips of columns, in which each row is one; and, as
 * the tile lies, the sum of the products. */
#define POINTS (TILE / LANES * WIDTH)
#define LOCALS (2 * (POINTS * (1 + SUMS) + TOGETHER * TILE))

/* Floats of a filter's spectrum: for each LANES rows, each column, real parts, imaginary parts. */
#define SPECTRUM (2 * TILE * TILE)

/* The transform of the columns of both tiles, which begin at columns iw[0] and iw[1]. */
static inline void columns_forward(local ACC *tile, local VEC *strips, const source *s,
                                   const int *iw, const clconv_geom *g, ACC border_value,
                                   global const ACC *twiddles)
{
    for (int v0 = 0; v0 < WIDTH; v0 += TOGETHER * LANES) {
        bool lie[TOGETHER];
        for (int n = 0; n < TOGETHER; n++) {
            const int a = iw[0] + v0 + n * LANES, b = iw[1] + v0 + n * LANES;
            lie[n] = columns_lie(s, g, a) && columns_lie(s, g, b);
            if (!lie[n]) {
                stage(strips + 2 * TILE * n, s, g, a, border_value);
                stage(strips + 2 * TILE * n + 1, s, g, b, border_value);
            }
        }
#pragma unroll 1
        for (int j = 0; j < STEP_1; j++)
#pragma unroll 1
            for (int n = 0; n < TOGETHER; n++) {
                local VEC *const strip = strips + 2 * (TILE * n + j);
                VEC r[8], i[8];
                if (lie[n]) {
#pragma unroll
                    for (int b = 0; b < RADIX_1; b++) {
                        global const X_T *const from =
                            s->plane + s->row[j + b * STEP_1] + v0 + n * LANES;
                        r[b] = X_VLOAD(from + iw[0]), i[b] = X_VLOAD(from + iw[1]);
                    }
                } else {
                    get(RADIX_1, r, i, strip, STEP_1);
                }
                butterfly(RADIX_1, r, i);
                turn(RADIX_1, r, i, twiddles, j);
                put(RADIX_1, r, i, strip, STEP_1);
            }
        for (int n = 0; n < TOGETHER; n++) {
            local VEC *const strip = strips + 2 * TILE * n;
            FORWARD_MIDDLE(strip, 1, twiddles);
#pragma unroll 1
            for (int row = 0; row < TILE; row += 8) {
                VEC r[8], i[8];
                get(8, r, i, strip + 2 * row, 1);
                butterfly8(r, i);
                turn_to(tile, r, row, v0 + n * LANES);
                turn_to(tile + LANES, i, row, v0 + n * LANES);
            }
        }
    }
}

INLINE void times_spectrum(VEC r[8], VEC i[8], global const ACC *spectrum)
{
#pragma unroll
    for (int b = 0; b < 8; b++)
        multiply(&r[b], &i[b], VLOAD(spectrum + 2 * b * LANES),
                 VLOAD(spectrum + (2 * b + 1) * LANES));
}

INLINE void add(VEC r[8], VEC i[8], local const VEC *sum)
{
#pragma unroll
    for (int b = 0; b < 8; b++)
        r[b] += sum[2 * b], i[b] += sum[2 * b + 1];
}

/* Asks for rows [first, end) of what the next tiles read, `wide` columns of each from `next` on. */
static inline void fetch_rows(const source *s, int first, int end, long next, int wide)
{
#pragma unroll 1
    for (int row = first; row < end; row++)
#pragma unroll 1
        for (int i = 0; i < wide; i += CACHE_LINE / (int)sizeof(X_T))
            FETCH(s->plane + s->row[row] + next + i, 1, SECOND_CACHE);
}

/* The transform of the rows and the product, whose first pass back follows at once; where a sum
 * goes over channels, the product is added to those before it instead. */
static inline void rows_forward(local VEC *tile, local VEC *sum, bool is_first,
                                global const ACC *spectra, global const ACC *twiddles,
                                const source *s, long next, int wide)
{
    for (int strip = 0; strip < TILE / LANES; strip++)
        for (int channel = 0; channel < INTERLEAVED; channel++) {
            const int row = strip * LANES + channel * LANES / INTERLEAVED;
            const int end = strip * LANES + (channel + 1) * LANES / INTERLEAVED;
            const int first = 2 * (strip * WIDTH + channel);
            global const ACC *const spectrum =
                spectra + 2 * (channel * TILE + strip * LANES) * TILE;
            forward_first(tile + first, INTERLEAVED, twiddles);
            FORWARD_MIDDLE(tile + first, INTERLEAVED, twiddles);
#pragma unroll 1
            for (int block = 0; block < TILE; block += 8) {
                const int at = first + 2 * block * INTERLEAVED;
                VEC r[8], i[8];
                fetch_rows(s, row + (end - row) * block / TILE,
                           row + (end - row) * (block + 8) / TILE, next, wide);
                get(8, r, i, tile + at, INTERLEAVED);
                butterfly8(r, i);
                times_spectrum(r, i, spectrum + 2 * block * LANES);
                if (!SUMS)
                    butterfly8(i, r);
                else if (!is_first)
                    add(r, i, sum + at);
                put(8, r, i, sum + at, INTERLEAVED);
            }
        }
}

/* What is left of the way back. */
static inline void rows_back(local VEC *sum, global const ACC *twiddles)
{
    for (int strip = 0; strip < TILE / LANES; strip++)
        for (int channel = 0; channel < INTERLEAVED; channel++) {
            local VEC *const points = sum + 2 * (strip * WIDTH + channel);
#pragma unroll 1
            for (int block = 0; SUMS && block < TILE; block += 8) {
                VEC r[8], i[8];
                get(8, r, i, points + 2 * block, 1);
                butterfly8(i, r);
                put(8, r, i, points + 2 * block, 1);
            }
            BACK_MIDDLE(points, INTERLEAVED, twiddles);
            back_last(points, INTERLEAVED, twiddles);
        }
}

/* The last pass of a strip of columns, whose outputs are those from q on: those of the second tile
 * lie `columns` further on. */
static inline void columns_back_last(local VEC *strip, const target *t, const clconv_geom *g,
                                     const clconv_epilogue *e, int q, global const ACC *twiddles)
{
    const VEC bias_a = VLOAD(t->bias + q % INTERLEAVED);
    const VEC bias_b = VLOAD(t->bias + (q + t->columns) % INTERLEAVED);
    global Y_T *const a = t->y + output_index(g, t->n, t->k, t->p0, q), *const b = a + t->columns;
    const bool streams = g->y_stride_p % LANES == 0 && Y_STREAMS(g, a) && Y_STREAMS(g, b);
#pragma unroll 1
    for (int j = 0; j < STEP_1; j++) {
        VEC r[8], i[8];
        get(RADIX_1, r, i, strip + 2 * j, STEP_1);
        turn(RADIX_1, i, r, twiddles, j);
        butterfly(RADIX_1, i, r);
#pragma unroll
        for (int m = 0; m < RADIX_1; m++) {
            const int row = j + m * STEP_1;
            if (row < t->rows) {
                store_whole(r[m], a + row * g->y_stride_p, streams, bias_a, e);
                store_whole(i[m], b + row * g->y_stride_p, streams, bias_b, e);
            }
        }
    }
}

static inline void columns_back(local const ACC *tile, local VEC *strip, const target *t,
                                const clconv_geom *g, const clconv_epilogue *e, int q0,
                                global const ACC *twiddles)
{
    for (int i = 0; i < t->columns; i += LANES) {
        /* The last vector of a tile moves back so as not to overhang it. */
        const int v = max(0, min(i, t->columns - LANES)), count = min(LANES, t->columns - v);
        const int q = q0 + v;
#pragma unroll 1
        for (int row = 0; row < TILE; row += 8) {
            VEC r[8], i[8];
            turn_from(r, tile, row, v);
            turn_from(i, tile + LANES, row, v);
            butterfly8(i, r);
            put(8, r, i, strip + 2 * row, 1);
        }
        BACK_MIDDLE(strip, 1, twiddles);
        if (t->is_plain && count == LANES && q + t->columns + LANES <= g->q) {
            columns_back_last(strip, t, g, e, q, twiddles);
        } else {
            back_last(strip, 1, twiddles);
            store_part(strip, t, g, e, q, min(count, g->q - q));
            store_part(strip + 1, t, g, e, q + t->columns, min(count, g->q - q - t->columns));
        }
    }
}

kernel void fft_columns(global const X_T *x, global const ACC *filters, global const ACC *bias,
                        global Y_T *y, const clconv_geom geom, const clconv_epilogue e)
{
    local VEC memory[LOCALS];
    local VEC *const tile = memory, *const sum = memory + SUMS * 2 * POINTS;
    local VEC *const strip = sum + 2 * POINTS;
    const clconv_geom *const g = &geom;
    const int step_q = FFT_STEP_Q(TILE, g->s, g->dilation_w / INTERLEAVED, LANES) * INTERLEAVED;
    const int step_p = FFT_STEP_P(TILE, g->r, g->dilation_h);
    const int p0 = g->first_p + get_group_id(1) * step_p;
    const int q0 = g->first_q + get_group_id(0) * 2 * step_q;
    const int z = g->first_z + get_group_id(2), n = z / g->k, k = z % g->k;
    const int iw[2] = {q0 - g->pad_left, q0 - g->pad_left + step_q};
    global const ACC *spectrum = filters + FFT_TWIDDLES(TILE) + (long)k * g->group_c * SPECTRUM;
    source s;
    target t;

    s.plane = input_planes(x, g, n, k);
    s.end = g->q + (g->s - 1) * g->dilation_w - g->pad_left;
    find_rows(&s, g, p0 - g->pad_top);
    for (int c = 0; c < g->group_c; c++) {
        columns_forward((local ACC *)tile, strip, &s, iw, g, e.border_value, filters);
        const bool is_last = c + 1 == g->group_c;
        const long next = is_last ? 2 * step_q - c * g->x_stride_c : g->x_stride_c;
        const int wide = is_last ? 2 * step_q : step_q + WIDTH;
        rows_forward(tile, sum, c == 0, spectrum, filters, &s, iw[0] + next,
                     g->x_stride_w == 1 ? wide : 0);
        s.plane += g->x_stride_c;
        spectrum += SPECTRUM;
    }
    rows_back(sum, filters);
    t.y = y;
    t.n = n;
    t.k = k;
    t.p0 = p0;
    t.rows = min(step_p, g->p - p0);
    t.columns = step_q;
    t.is_plain = g->y_stride_q == 1 && !g->absolute && g->activation == 0;
    for (int i = 0; i < LANES + INTERLEAVED - 1; i++)
        t.bias[i] = bias[k + i % INTERLEAVED];
    columns_back((local const ACC *)sum, strip, &t, g, &e, q0, filters);
}
