/* blocked_rolled.h - one small filter on an image that is read as it lies: here memory takes as
 * long as arithmetic. A block goes down the image row by row. Each row is loaded once, converted in
 * registers, added to the R rows of sums that see it, and the sums move up; what a block further
 * right needs is asked for on the way. */
#ifndef CLCONV_BLOCKED_ROLLED_H
#define CLCONV_BLOCKED_ROLLED_H

/* Blocks of ROWS rows that are one block here; 1: the code is not for such a filter. */
#ifndef ROLLED
#define ROLLED 1
#endif

#if ROLLED > 1 /* then R and S are numbers */

/* Hardware foresees no way down an image: rows below are asked for early enough to come from the
 * second cache into the first, and from memory into the second one what lies so many bytes further
 * right. As measured on a Xeon (Sapphire Rapids). */
enum { BELOW = 3, AHEAD = 512 };

/* Adds the row at x to the sums of R rows of outputs, the one furthest up first: for that one it is
 * the last row of the filter. */
static inline __attribute__((always_inline)) void
add_to_all(VEC sums[R][VECTORS], global const X_T *x, global const ACC *filter)
{
    /* More than three in a loop, and such as are converted: else all values and taps would be
     * loaded first, and moved to memory. */
#pragma unroll(S <= 3 && X_IS_ACC ? S : 1)
    for (int j = 0; j < S; j++) {
        VEC value[VECTORS];
#pragma unroll
        for (int v = 0; v < VECTORS; v++)
            value[v] = X_VLOAD(x + v * LANES + j * DILATION_W);
#pragma unroll
        for (int i = 0; i < R; i++)
#pragma unroll
            for (int v = 0; v < VECTORS; v++)
                sums[i][v] =
                    FMA(value[v], (VEC)(filter[((R - 1 - i) * S + j) * TAP_SIZE]), sums[i][v]);
    }
}

/* `rows` rows of outputs from p0 and q0 on, whose windows begin at x. Their sums need no more than
 * bias, scale and offset. */
static inline void compute_rolled(const clconv_block *b, const clconv_geom *g,
                                  const clconv_epilogue *e, global const X_T *x, int p0, int q0,
                                  int rows)
{
    global Y_T *y = b->y + output_index(g, b->n, b->k, p0, q0);
    const VEC scale = (VEC)(e->scale), offset = (VEC)(e->offset);
    VEC sums[R][VECTORS];

#pragma unroll
    for (int i = 0; i < R * VECTORS; i++)
        sums[i / VECTORS][i % VECTORS] = 0;
#pragma unroll 1
    for (int row = 0; row < rows + R - 1; row++, x += g->x_stride_h) {
        add_to_all(sums, x, b->filters);
        FETCH(x + BELOW * g->x_stride_h, COLUMNS_IN, FIRST_CACHE);
        FETCH(x + AHEAD / sizeof(X_T), COLUMNS_IN, SECOND_CACHE);
        if (row >= R - 1) {
            const bool streams = Y_STREAMS(g, y);
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const VEC value = FMA(sums[0][v] + BIAS(b, 0, q0 + v * LANES), scale, offset);
                if (streams)
                    Y_STREAM(value, y + v * LANES);
                else
                    Y_VSTORE(value, y + v * LANES);
            }
            y += g->y_stride_p;
        }
#pragma unroll
        for (int i = 0; i < R * VECTORS; i++)
            sums[i / VECTORS][i % VECTORS] =
                i < (R - 1) * VECTORS ? sums[i / VECTORS + 1][i % VECTORS] : (VEC)0;
    }
}

#endif

/* ROLLED blocks below each other: one where none reaches a border. */
APART void compute_rows(const clconv_block *block, const clconv_geom *geom,
                        const clconv_epilogue *epilogue, int p0, int q0)
{
    const clconv_block own_block = *block, *const b = &own_block;
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
#if ROLLED > 1
    const int end = min(p0 + ROWS * ROLLED, g->p), iw = q0 - g->pad_left;
    const int last = min(end, g->h - R + 1 + g->pad_top); /* row whose window passes the image */
    const bool inside = b->same && g->x_stride_w == 1 && iw >= 0 && iw + COLUMNS_IN <= g->w &&
                        q0 + COLUMNS <= g->q && is_plain(g);
    while (p0 < end) {
        const int ih = p0 - g->pad_top, rows = (last - p0) / ROWS * ROWS;
        if (inside && ih >= 0 && rows > 0)
            compute_rolled(b, g, e, b->planes + ih * g->x_stride_h + iw, p0, q0, rows);
        else
            compute(b, g, e, p0, q0);
        p0 += inside && ih >= 0 && rows > 0 ? rows : ROWS;
    }
#else
    compute(b, g, e, p0, q0);
#endif
}

#endif
