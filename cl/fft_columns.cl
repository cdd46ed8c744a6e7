/* fft_columns.cl - a work-item computes two tiles of outputs, side by side, of one plane: their
 * inputs are the real and the imaginary part of one complex tile, which is transformed, multiplied
 * by the filter's spectrum, and transformed back. As filters are real, each part stays its own.
 *
 * The lanes of a vector are LANES transforms at once: of columns first, whose last pass turns the
 * points, then of rows, in place, and of columns again, whose first pass turns them back. Where
 * channels lie side by side, all are transformed in one: a tile is TILE pixels wide then. */
#include "fft_image.h"
#include "fft_turn.h"

/* Whether a sum goes over more than one channel: their products are added up. */
#ifndef SUMS
#define SUMS 0
#endif

#include "fft_rows.h"

/* Strips of columns read together: of floats a whole line of the nearest cache and more, for rows
 * that are a power of two apart push each other out of it; bytes are fewer, measured. */
#define TOGETHER ((int)sizeof(X_T) < 4 ? 1 : 4)

/* In local memory, which a work-group, being one work-item, has to itself (local_bytes of
 * src/algo/fft.c): the tile, as strips of LANES rows, in which each column is a point; where sums
 * go over channels, as the tile lies, the sum of the products; strips of columns, in which each row
 * is a point. */
#define POINTS (TILE / LANES * WIDTH)

/* Outputs of a tile. */
#define STEP_Q(g) (FFT_STEP_Q(TILE, (g)->s, (g)->dilation_w / INTERLEAVED, LANES) * INTERLEAVED)
#define STEP_P(g) FFT_STEP_P(TILE, (g)->r, (g)->dilation_h)

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

APART void compute_tiles(local VEC *memory, global const X_T *x, global const ACC *filters,
                         global const ACC *bias, global Y_T *y, const clconv_geom *geom,
                         const clconv_epilogue *epilogue, int z, int p0, int q0)
{
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
    local VEC *const tile = memory, *const sum = memory + SUMS * 2 * POINTS;
    local VEC *const strip = sum + 2 * POINTS;
    const int step_q = STEP_Q(g), n = z / g->k, k = z % g->k;
    const int iw[2] = {q0 - g->pad_left, q0 - g->pad_left + step_q};
    global const ACC *spectrum = filters + FFT_TWIDDLES(TILE) + (long)k * g->group_c * SPECTRUM;
    source s;
    target t;

    s.plane = input_planes(x, g, n, k);
    s.end = g->q + (g->s - 1) * g->dilation_w - g->pad_left;
    find_rows(&s, g, p0);
    for (int c = 0; c < g->group_c; c++) {
        columns_forward((local ACC *)tile, strip, &s, iw, g, e->border_value, filters);
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
    t.rows = min(STEP_P(g), g->p - p0);
    t.columns = step_q;
    t.is_plain = !STRIDED && g->y_stride_q == 1 && !g->absolute && g->activation == 0;
    for (int i = 0; i < LANES + INTERLEAVED - 1; i++)
        t.bias[i] = bias[k + i % INTERLEAVED];
    columns_back((local const ACC *)sum, strip, &t, g, e, q0, filters);
}

kernel void fft_columns(global const X_T *x, global const ACC *filters, global const ACC *bias,
                        global Y_T *y, const clconv_geom g, const clconv_epilogue e,
                        local VEC *memory)
{
    compute_tiles(memory, x, filters, bias, y, &g, &e, g.first_z + get_group_id(2),
                  g.first_p + get_group_id(1) * STEP_P(&g),
                  g.first_q + get_group_id(0) * 2 * STEP_Q(&g));
}
