/* blocked_rolled.h - one small filter on an image that is read as it lies: here memory takes as
 * long as arithmetic. Where memory takes longer, blocks side by side go across the image, so that
 * rows are read and written from their beginning to their end, as copies are. Else they go down it
 * row by row: each row is loaded once, converted in registers, added to the R rows of sums that see
 * it, and the sums move up. What lies further right is asked for on the way. */
#ifndef CLCONV_BLOCKED_ROLLED_H
#define CLCONV_BLOCKED_ROLLED_H

/* Blocks of ROWS rows that are one block here; 1: the code is not for such a filter. */
#ifndef ROLLED
#define ROLLED 1
#endif
/* 1: they go across. */
#ifndef ACROSS
#define ACROSS 0
#endif

#if ROLLED > 1 /* then R and S are numbers */
#if ACROSS

/* What lies so many bytes further right comes from memory into the second cache (EPYC, Zen 4: 0.91
 * of the time). */
enum { RIGHT = 2048 };

/* The sums of the columns at x, row by row of the filter. */
static inline __attribute__((always_inline)) void
sum_columns(VEC sums[ROWS], global const X_T *x, const VEC taps[R * S], const clconv_geom *g)
{
#pragma unroll
    for (int m = 0; m < ROWS; m++)
        sums[m] = 0;
#pragma unroll
    for (int row = 0; row < ROWS_IN; row++)
#pragma unroll
        for (int j = 0; j < S; j++) {
            const VEC value = X_VLOAD(x + row * g->x_stride_h + j * DILATION_W);
#pragma unroll
            for (int m = 0; m < ROWS; m++)
                if (row >= m && row < m + R)
                    sums[m] = FMA(value, taps[(row - m) * S + j], sums[m]);
        }
}

static inline __attribute__((always_inline)) void
store_columns(const VEC values[ROWS], global Y_T *y, const bool streams, const clconv_geom *g)
{
#pragma unroll
    for (int m = 0; m < ROWS; m++) {
        if (streams)
            Y_STREAM(values[m], y + m * g->y_stride_p);
        else
            Y_VSTORE(values[m], y + m * g->y_stride_p);
    }
}

/* ROWS rows of `columns` outputs from p0 and q0 on, whose windows begin at x. Stores are a vector
 * late: where rows of input and output begin at the same place of a page, as those of 1024 floats
 * do, a load close behind a store looks to a processor as if it needed what was stored, and waits.
 */
static inline void compute_across(const clconv_block *b, const clconv_geom *g,
                                  const clconv_epilogue *e, global const X_T *x, int p0, int q0,
                                  int columns)
{
    global Y_T *const y = b->y + output_index(g, b->n, b->k, p0, q0);
    const bool streams = Y_STREAMS(g, y) && Y_STREAMS(g, y + g->y_stride_p);
    const VEC scale = (VEC)(e->scale), offset = (VEC)(e->offset);
    VEC taps[R * S], late[ROWS];

#pragma unroll
    for (int i = 0; i < R * S; i++)
        taps[i] = (VEC)(b->filters[i * TAP_SIZE]);
#pragma unroll 1
    for (int q = 0; q < columns; q += LANES, x += LANES) {
        VEC sums[ROWS];
#pragma unroll
        for (int row = R - 1; row < (streams ? ROWS_IN : 0); row++)
            FETCH(x + row * g->x_stride_h + RIGHT / sizeof(X_T), LANES, SECOND_CACHE);
        sum_columns(sums, x, taps, g);
        if (q > 0)
            store_columns(late, y + q - LANES, streams, g);
#pragma unroll
        for (int m = 0; m < ROWS; m++)
            late[m] = FMA(sums[m] + BIAS(b, 0, q0 + q), scale, offset);
    }
    store_columns(late, y + columns - LANES, streams, g);
}
#else

/* Hardware foresees no way down an image: rows below are asked for early enough to come from the
 * second cache into the first, and from memory into the second one what lies so many bytes further
 * right. As measured on a Xeon (Sapphire Rapids). */
enum { BELOW = 3, AHEAD = 512 };

/* Adds the row at x to the sums of R rows of outputs, the one furthest up first: for that one it is
 * the last row of the filter. */
static inline __attribute__((always_inline)) void
add_to_all(VEC sums[R][VECTORS], global const X_T *x, global const ACC *filter)
{
    /* Unrolled, all values and taps would be loaded first, and moved to memory. */
#pragma unroll 1
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
static inline void compute_down(const clconv_block *b, const clconv_geom *g,
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

/* Blocks side by side, from column q0 on and before `end`, that are whole and away from borders. */
static inline int blocks_inside(const clconv_block *b, const clconv_geom *g, int q0, int end)
{
    const int last = min(end, g->w - WINDOW_W + 1 + g->pad_left);
    const bool plain = b->same && g->x_stride_w == 1 && is_plain(g);
    return plain && q0 >= g->pad_left ? max(last - q0, 0) / COLUMNS : 0;
}
#endif

/* ROLLED blocks below each other from row p0 on, and as many as lie side by side from column q0 to
 * column `end`. */
APART void compute_blocks(const clconv_block *block, const clconv_geom *geom,
                          const clconv_epilogue *epilogue, int p0, int q0, int end)
{
    const clconv_block own_block = *block, *const b = &own_block;
    const clconv_geom own_geom = *geom, *const g = &own_geom;
    const clconv_epilogue own_epilogue = *epilogue, *const e = &own_epilogue;
#if ROLLED > 1
    const int bottom = min(p0 + ROWS * ROLLED, g->p);
    const int last = min(bottom, g->h - R + 1 + g->pad_top); /* row whose window passes the image */
    for (int p = p0, rows; p < bottom; p += rows) {
        const int ih = p - g->pad_top, whole = ih < 0 ? 0 : (last - p) / ROWS * ROWS;
        rows = ACROSS || whole <= 0 ? ROWS : whole;
        for (int q = q0, blocks; q < end; q += blocks * COLUMNS) {
            const int inside = whole > 0 ? blocks_inside(b, g, q, end) : 0;
            global const X_T *const x = b->planes + ih * g->x_stride_h + q - g->pad_left;
            blocks = ACROSS && inside > 0 ? inside : 1;
            for (int row = 0; inside == 0 && row < rows; row += ROWS)
                compute(b, g, e, p + row, q);
#if ACROSS
            if (inside > 0)
                compute_across(b, g, e, x, p, q, blocks * COLUMNS);
#else
            if (inside > 0)
                compute_down(b, g, e, x, p, q, rows);
#endif
        }
    }
#else
    for (; q0 < end; q0 += COLUMNS)
        compute(b, g, e, p0, q0);
#endif
}

#endif
