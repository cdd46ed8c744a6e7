/* box.h - for filters whose taps are all equal: the sums down the columns of a band of the input.
 *
 * All windows of `together` output rows have the input rows from `common`, where the last of these
 * windows begins, to R - 1 in common: each is a sum of the rows above, found upwards, and one that
 * goes on downwards from row `common`. They go to rows that stay in the nearest caches. */
#ifndef CLCONV_BOX_H
#define CLCONV_BOX_H

#include "vector.h"

#include "interleaved.h"
#include "sizes.h"

/* The most output rows that share sums; as in algo/box.c. */
#ifndef ROWS
#define ROWS 16
#endif
/* Vectors summed together: of outputs along a row, of columns down the window. */
#ifndef VECTORS
#define VECTORS 4
#endif
#ifndef COLUMN_VECTORS
#define COLUMN_VECTORS 8
#endif
/* Columns that a work-item sums, without the reach of the last output (a multiple of VECTORS *
 * LANES and of the channels), and how often it computes `together` rows of outputs. */
#ifndef BAND
#define BAND 1024
#endif
#ifndef REPEATS
#define REPEATS 4
#endif
/* The most columns that a window has beyond one, all channels counted; as in algo/columns.h. */
#ifndef MOST_REACH
#define MOST_REACH 512
#endif

/* Whether outputs are a stride apart along the rows, and picked from the sums of all columns. */
#ifndef PICKED
#define PICKED 0
#endif

#define REACH ((S - 1) * INTERLEAVED)
/* Vectors of a block, with those that hold the last taps of a window of LANES taps. */
#define BLOCK (VECTORS + INTERLEAVED)
#define PITCH (BAND + MOST_REACH + (BLOCK + 2) * LANES)
/* Where in a row of sums those of the border's constant lie, for columns of each channel. */
#define BLANK        (PITCH - LANES)
#define BLANK_FOR(i) (BLANK + ((i) + INTERLEAVED - BLANK % INTERLEAVED) % INTERLEAVED)

/* What a work-item works on. The numbers are of columns, from any channel on. */
typedef struct clconv_band {
    global const X_T *plane;
    ACC power[LANES + INTERLEAVED - 1], number[LANES + INTERLEAVED - 1];
    ACC bias[LANES + INTERLEAVED - 1];
    int iw;          /* column of the input under the first output's first tap */
    int left, right; /* of the columns from there on: those in the image are left .. right - 1 */
    int count;       /* of all columns that the outputs need */
} clconv_band;

#if INTERLEAVED == 1
#define AT_COLUMN(numbers, i) ((void)(i), (VEC)((numbers)[0]))
#else
#define AT_COLUMN(numbers, i) VLOAD((numbers) + (i) % INTERLEAVED)
#endif

/* Where columns lie in a row of the input; -1: where the border's constant stands. */
typedef struct clconv_columns {
    int at[LANES];
} clconv_columns;

static inline VEC gather(const clconv_columns *columns, global const X_T *row, const clconv_geom *g,
                         ACC border_value)
{
    ACC lane[LANES];
#pragma unroll 1
    for (int l = 0; l < LANES; l++)
        lane[l] = columns->at[l] < 0 ? border_value : LOAD(row, columns->at[l] * g->x_stride_w);
    return VLOAD(lane);
}

/* Adds row ih of the input to the sums: columns from i on, or one vector of `columns`. */
static inline __attribute__((always_inline)) void
add_row(const int vectors, const clconv_columns *columns, VEC sum[COLUMN_VECTORS],
        const VEC power[COLUMN_VECTORS], const clconv_band *b, const clconv_geom *g, int ih, int i,
        ACC border_value)
{
    const int mapped = clconv_border_at(g->border, ih, g->h);
    global const X_T *const row = b->plane + (mapped < 0 ? 0 : mapped * g->x_stride_h);
    if (mapped < 0) {
#pragma unroll
        for (int v = 0; v < COLUMN_VECTORS && v < vectors; v++)
            sum[v] = FMA((VEC)border_value, power[v], sum[v]);
    } else if (columns) {
        sum[0] = FMA(gather(columns, row, g, border_value), power[0], sum[0]);
    } else {
#pragma unroll
        for (int v = 0; v < COLUMN_VECTORS && v < vectors; v++)
            sum[v] = FMA(X_VLOAD(row + b->iw + i + v * LANES), power[v], sum[v]);
    }
}

/* The sums of `vectors` vectors of columns from i on for `rows` of `together` output rows, the
 * first being ih: first upwards, then downwards. */
static inline __attribute__((always_inline)) void
sum_columns(const int vectors, const clconv_columns *columns, private ACC *sums,
            const clconv_band *b, const clconv_geom *g, int ih, int i, int together, int rows,
            ACC border_value)
{
    const int common = (together - 1) * STRIDE_H;
    int p = together - 2, next = common - STRIDE_H; /* output row, and where its sum is complete */
    VEC power[COLUMN_VECTORS], sum[COLUMN_VECTORS];

#pragma unroll
    for (int v = 0; v < COLUMN_VECTORS && v < vectors; v++) {
        power[v] = AT_COLUMN(b->power, i + v * LANES);
        sum[v] = 0;
    }
#pragma unroll 1
    for (int turn = 0; turn < R + (rows - 1) * STRIDE_H; turn++) {
        const bool up = turn < common;
        const int t = up ? common - 1 - turn : turn;
        if (turn == common) {
            p = 0, next = R - 1;
#pragma unroll
            for (int v = 0; v < COLUMN_VECTORS && v < vectors; v++)
                sum[v] = 0;
        }
        add_row(vectors, columns, sum, power, b, g, ih + t, i, border_value);
        if (t != next)
            continue;
      private
        ACC *const to = sums + p * PITCH + i;
        if (up || p == together - 1)
#pragma unroll
            for (int v = 0; v < COLUMN_VECTORS && v < vectors; v++)
                VSTORE(sum[v], to + v * LANES);
        else
#pragma unroll
            for (int v = 0; v < COLUMN_VECTORS && v < vectors; v++)
                VSTORE(VLOAD(to + v * LANES) + sum[v], to + v * LANES);
        p += up ? -1 : 1;
        next += up ? -STRIDE_H : STRIDE_H;
    }
}

/* Those of one vector, which may lie anywhere; blank: of the border's constant. */
APART void sum_vector(private ACC *sums, const clconv_band *b, const clconv_geom *g, int ih, int i,
                      bool blank, int together, int rows, ACC border_value)
{
    const bool inside = g->x_stride_w == 1 && i >= b->left && i + LANES <= b->right;
    clconv_columns columns;
    for (int l = 0; l < LANES; l++)
        columns.at[l] = inside || blank ? -1 : column_at(g, b->iw + i + l);
    sum_columns(1, inside ? 0 : &columns, sums, b, g, ih, i, together, rows, border_value);
}

/* Those in the image: whole vectors, the last over the one before. */
APART void sum_inside(private ACC *sums, const clconv_band *b, const clconv_geom *g, int ih,
                      int together, int rows, ACC border_value)
{
    int i = b->left;
#pragma unroll 1
    for (; i + COLUMN_VECTORS * LANES <= b->right && g->x_stride_w == 1;
         i += COLUMN_VECTORS * LANES)
        sum_columns(COLUMN_VECTORS, 0, sums, b, g, ih, i, together, rows, border_value);
#pragma unroll 1
    for (; i < b->right; i += LANES)
        sum_vector(sums, b, g, ih, max(b->left, min(i, b->right - LANES)), false, together, rows,
                   border_value);
}

/* Those beyond the image: most are columns of the image that are summed already. */
APART void sum_outside(private ACC *sums, const clconv_band *b, const clconv_geom *g, int ih,
                       int first, int end, int together, int rows, ACC border_value)
{
    int done = first;
#pragma unroll 1
    for (int i = first; i < end; i++) {
        const int iw = column_at(g, b->iw + i), at = iw < 0 ? BLANK_FOR(i) : iw - b->iw;
        if (iw < 0 || (at >= b->left && at < b->right)) {
#pragma unroll 1
            for (int p = 0; p < rows; p++)
                sums[p * PITCH + i] = sums[p * PITCH + at];
        } else if (i >= done) {
            sum_vector(sums, b, g, ih, i, false, together, rows, border_value);
            done = i + LANES;
        }
    }
}

#endif
