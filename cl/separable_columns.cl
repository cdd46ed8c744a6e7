/* separable_columns.cl - filters that are a column times a row, in one pass over the image: a
 * work-item sums the columns of the window for ROWS rows of a band of the output, into rows that
 * stay in the nearest cache, and sums along these rows then.
 *
 * Down the columns, a vector of the input is loaded once for all the output rows that need it.
 * Along the rows, output vector v needs at tap j what output vector v + INTERLEAVED * t needs at
 * tap j - t * LANES: a vector loaded once serves up to SHARED taps. So the taps are added in the
 * order of their remainder modulo LANES, the same for every output; but where they have gaps, one
 * after the other. Where outputs are a stride apart, they are picked from the sums of all columns.
 */
#include "separable.h"

#include "pick.h"
#include "store.h"

/* The most taps that a vector is loaded for once. */
#define SHARED 4

/* Adds taps 0, LANES, ... , (taps - 1) * LANES. */
static inline __attribute__((always_inline)) void add_taps(const int taps, const bool same,
                                                           VEC sum[VECTORS], private const ACC *x,
                                                           global const ACC *tap)
{
#pragma unroll
    for (int i = 0; i < VECTORS + INTERLEAVED * (SHARED - 1); i++)
        if (i < VECTORS + INTERLEAVED * (taps - 1)) {
            const VEC value = VLOAD(x + i * LANES);
#pragma unroll
            for (int t = 0; t < SHARED; t++) {
                const int v = i - INTERLEAVED * t;
                if (t < taps && v >= 0 && v < VECTORS)
                    sum[v] = FMA(value, TAP(tap + t * LANES * TAP_SIZE, v, same), sum[v]);
            }
        }
}

static inline __attribute__((always_inline)) void sum_row(const bool same, VEC sum[VECTORS],
                                                          private const ACC *sums,
                                                          const clconv_geom *g,
                                                          global const ACC *row)
{
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        sum[v] = 0;
#if STEPPED
    if (g->dilation_w != INTERLEAVED) {
#pragma unroll 1
        for (int j = 0; j < S; j++)
            add_taps(1, same, sum, sums + j * g->dilation_w, row + j * TAP_SIZE);
        return;
    }
#endif
#pragma unroll 1
    for (int j = 0; j < min(S, LANES); j++) {
      private
        const ACC *x = sums + j * INTERLEAVED;
        global const ACC *tap = row + j * TAP_SIZE;
        int left = (S - j + LANES - 1) / LANES;
#pragma unroll 1
        for (; left >= SHARED; left -= SHARED) {
            add_taps(SHARED, same, sum, x, tap);
            x += SHARED * LANES * INTERLEAVED;
            tap += SHARED * LANES * TAP_SIZE;
        }
        if (left == 1)
            add_taps(1, same, sum, x, tap);
        else if (left == 2)
            add_taps(2, same, sum, x, tap);
        else if (left == 3)
            add_taps(3, same, sum, x, tap);
    }
}

/* A block of outputs, bias included, along the row whose sums begin at `sums`. */
static inline __attribute__((always_inline)) void
sum_block(VEC sum[VECTORS], const clconv_band *b, private const ACC *sums, const clconv_geom *g)
{
    if (USES_ONE(b))
        sum_row(true, sum, sums, g, b->row);
    else
        sum_row(false, sum, sums, g, b->row);
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        sum[v] += VLOAD(b->bias + v % PHASES * LANES);
}

kernel void separable_columns(global const X_T *x, global const ACC *filters,
                              global const ACC *bias, global Y_T *y, const clconv_geom geom,
                              const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const int first_p = g->first_p + get_global_id(1) * ROWS * REPEATS;
    const int band = BAND / g->stride_w / INTERLEAVED * INTERLEAVED; /* as in algo/separable.c */
    const int q0 = g->first_q + get_global_id(0) * band;
    const int z = g->first_z + get_global_id(2), n = z / g->k, k = z % g->k;
    const int columns = min(band, g->q - q0);
    /* Under these outputs, without the reach of the last. */
    const int spread = (columns / INTERLEAVED - 1) * g->stride_w * INTERLEAVED + INTERLEAVED;
    ALIGNED ACC sums[ROWS * PITCH];
    clconv_band b;

    b.plane = input_planes(x, g, n, k);
    b.column = filters + (long)k * (R + S) * TAP_SIZE;
    b.row = b.column + R * TAP_SIZE;
    b.same = taps_are_same(b.column, R + S);
    for (int i = 0; i < PHASES * LANES; i++)
        b.bias[i] = bias[k + i % INTERLEAVED];
    b.iw = q0 * g->stride_w - g->pad_left;
    b.count = spread + REACH;
    b.left = clamp(-b.iw, 0, b.count);
    b.right = clamp(g->w - b.iw, b.left, b.count);
    /* The last block of outputs may overhang: what it sums there is not stored. */
    for (int i = b.count; i < min(b.count + VECTORS * LANES, PITCH); i++)
        for (int m = 0; m < ROWS; m++)
            sums[m * PITCH + i] = 0;
#pragma unroll 1
    for (int p = first_p; p < min(first_p + ROWS * REPEATS, g->p); p += ROWS) {
        const int ih = p * g->stride_h - g->pad_top;
        sum_inside(sums, &b, g, ih, e.border_value);
        sum_outside(sums, &b, g, ih, 0, b.left, e.border_value);
        sum_outside(sums, &b, g, ih, b.right, b.count, e.border_value);
#pragma unroll 1
        for (int m = 0; m < min(ROWS, g->p - p); m++) {
            VEC sum[VECTORS];
#if STEPPED
            ALIGNED ACC picked[BAND + VECTORS * LANES];
#pragma unroll 1
            for (int i = 0; i < spread; i += VECTORS * LANES) {
                sum_block(sum, &b, sums + m * PITCH + i, g);
                pick(picked, sum, g, i, spread);
            }
#endif
#pragma unroll 1
            for (int q = 0; q < columns; q += VECTORS * LANES) {
#if STEPPED
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    sum[v] = VLOAD(picked + q + v * LANES);
#else
                sum_block(sum, &b, sums + m * PITCH + q, g);
#endif
                store_sums(sum, g, &e, y + output_index(g, n, k, p + m, q0 + q), columns - q);
            }
        }
    }
}
