/* box_columns.cl - filters whose taps are all equal: sums of windows, which share most of their
 * work with their neighbours. Nothing is subtracted, for what was added before would leave its
 * rounding, or its NaN, behind.
 *
 * Down the columns see box.h. Along the rows a window is whole * LANES + rest taps: the vectors
 * that lie LANES taps apart are added (`all`, with one more of them `more`), and LANES neighbours
 * of these are summed by doubling, the first `rest` of them from `more`.
 *
 * Where outputs are a stride apart, they are picked from the sums of all columns.
 *
 * A tap is a power of two times a number below 1. Inputs are multiplied by the power, which is
 * exact and keeps sums from overflowing before they are multiplied by the number. */
#include "box.h"

#include "pick.h"
#include "shuffle.h"
#include "store.h"

#define IN_BLOCK(v) ((v) < BLOCK ? (v) : BLOCK - 1)

/* x[v] moved down by n columns; n is a literal. */
#define MOVED(x, v, n)                                                                             \
    SHIFTED(x[IN_BLOCK((v) + (n) / LANES)], x[IN_BLOCK((v) + (n) / LANES + 1)], (n) % LANES)
#define ADD_MOVED(to, one, other, n)                                                               \
    _Pragma("unroll") for (int v = 0; v < BLOCK; v++) to[v] = one[v] + MOVED(other, v, n)

/* From sums of n taps to those of 2 n; the first rest % n of mixed are of more. */
#define DOUBLE(n)                                                                                  \
    if ((rest & (n)) != 0)                                                                         \
        ADD_MOVED(mixed, more, mixed, (n)*INTERLEAVED);                                            \
    else if ((others & (n)) != 0)                                                                  \
        ADD_MOVED(mixed, mixed, all, (n)*INTERLEAVED);                                             \
    if (rest >= 2 * (n))                                                                           \
        ADD_MOVED(more, more, more, (n)*INTERLEAVED);                                              \
    if (others >= 2 * (n))                                                                         \
    ADD_MOVED(all, all, all, (n)*INTERLEAVED)

static inline void sum_row(VEC sum[VECTORS], private const ACC *sums, const clconv_geom *g)
{
    const int whole = S / LANES, rest = S % LANES, others = whole > 0 ? LANES - 1 - rest : 0;
    VEC all[BLOCK], more[BLOCK], mixed[BLOCK];

#pragma unroll
    for (int v = 0; v < BLOCK; v++)
        all[v] = 0;
#pragma unroll 1
    for (int t = 0; t < whole; t++)
#pragma unroll
        for (int v = 0; v < BLOCK; v++)
            all[v] += VLOAD(sums + (v + t * INTERLEAVED) * LANES);
#pragma unroll
    for (int v = 0; v < BLOCK; v++) {
        mixed[v] = all[v];
        more[v] = all[v] + VLOAD(sums + (v + whole * INTERLEAVED) * LANES);
    }
    DOUBLE(1);
    DOUBLE(2);
#if LANES > 4
    DOUBLE(4);
#endif
#if LANES > 8
    DOUBLE(8);
#endif
#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        sum[v] = mixed[v];
}

kernel void box_columns(global const X_T *x, global const ACC *filters, global const ACC *bias,
                        global Y_T *y, const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const int together = min(ROWS, (R - 1) / STRIDE_H + 1);       /* as in algo/box.c */
    const int band = BAND / STRIDE_W / INTERLEAVED * INTERLEAVED; /* as in algo/box.c */
    const int first_p = g->first_p + get_global_id(1) * together * REPEATS;
    const int q0 = g->first_q + get_global_id(0) * band;
    const int z = g->first_z + get_global_id(2), n = z / g->k, k = z % g->k;
    const int columns = min(band, g->q - q0);
    /* Under these outputs, without the reach of the last. */
    const int spread = (columns / INTERLEAVED - 1) * STRIDE_W * INTERLEAVED + INTERLEAVED;
    ALIGNED ACC sums[ROWS * PITCH];
    clconv_band b;

    b.plane = input_planes(x, g, n, k);
    for (int i = 0; i < LANES + INTERLEAVED - 1; i++) {
        b.power[i] = filters[2 * (k + i % INTERLEAVED)];
        b.number[i] = filters[2 * (k + i % INTERLEAVED) + 1];
        b.bias[i] = bias[k + i % INTERLEAVED];
    }
    b.iw = q0 * STRIDE_W - g->pad_left;
    b.count = spread + REACH;
    b.left = clamp(-b.iw, 0, b.count);
    b.right = clamp(g->w - b.iw, b.left, b.count);
    const bool blank = g->border == BORDER_CONSTANT && b.right - b.left < b.count;
    /* The last block of outputs may overhang: what it sums there is not stored. */
    for (int i = b.count; i < min(b.count + (BLOCK + 1) * LANES, PITCH); i++)
        for (int p = 0; p < ROWS; p++)
            sums[p * PITCH + i] = 0;
#pragma unroll 1
    for (int p0 = first_p; p0 < min(first_p + together * REPEATS, g->p); p0 += together) {
        const int ih = p0 * STRIDE_H - g->pad_top, rows = min(together, g->p - p0);
        sum_inside(sums, &b, g, ih, together, rows, e.border_value);
        if (blank)
            sum_vector(sums, &b, g, ih, BLANK, true, together, rows, e.border_value);
        sum_outside(sums, &b, g, ih, 0, b.left, together, rows, e.border_value);
        sum_outside(sums, &b, g, ih, b.right, b.count, together, rows, e.border_value);
#pragma unroll 1
        for (int p = 0; p < rows; p++) {
            VEC sum[VECTORS];
#if PICKED
            ALIGNED ACC picked[BAND + VECTORS * LANES];
#pragma unroll 1
            for (int i = 0; i < spread; i += VECTORS * LANES) {
                sum_row(sum, sums + p * PITCH + i, g);
                pick(picked, sum, g, i, spread);
            }
#endif
#pragma unroll 1
            for (int q = 0; q < columns; q += VECTORS * LANES) {
#if PICKED
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    sum[v] = VLOAD(picked + q + v * LANES);
#else
                sum_row(sum, sums + p * PITCH + q, g);
#endif
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    sum[v] = FMA(sum[v], AT_COLUMN(b.number, q + v * LANES),
                                 AT_COLUMN(b.bias, q + v * LANES));
                store_sums(sum, g, &e, y + output_index(g, n, k, p0 + p, q0 + q), columns - q);
            }
        }
    }
}
