/* separable.h - for filters that are a column times a row: the sums down the columns of a band of
 * the input, for ROWS output rows at once, so that a vector of the input is loaded once for all the
 * rows that need it. They go to rows that stay in the nearest cache. */
#ifndef CLCONV_SEPARABLE_H
#define CLCONV_SEPARABLE_H

#include "vector.h"

#include "interleaved.h"

/* Output rows that are computed together. */
#ifndef ROWS
#define ROWS 4
#endif
/* Vectors summed together: of outputs along a row, of columns down the window; multiples of the
 * channels where these do not divide LANES. */
#ifndef VECTORS
#define VECTORS 8
#endif
#ifndef COLUMN_VECTORS
#define COLUMN_VECTORS 4
#endif
/* Columns that a work-item sums, without the reach of the last output (a multiple of VECTORS *
 * LANES), and how often it computes ROWS rows of outputs. */
#ifndef BAND
#define BAND 2048
#endif
#ifndef REPEATS
#define REPEATS 8
#endif
/* The most columns that a window has beyond one, all channels counted; as in algo/columns.h. */
#ifndef MOST_REACH
#define MOST_REACH 512
#endif

/* Made for strides and dilations; not 0, it says which are beyond 1 (bits; algo/separable.c), for
 * each has a way of its own below. */
#ifndef STEPPED
#define STEPPED 0
#endif
#define STRIDE_H (STEPPED ? g->stride_h : 1)

#define R        (g->r)
#define S        (g->s)
#define REACH    ((S - 1) * g->dilation_w)
#define PITCH    (BAND + MOST_REACH)

/* A tap is one number, or a number for each column of PHASES vectors, which begin with channel 0;
 * algo/separable.c packs them so. same: the channels' taps are equal, and one is read for all. */
#define PHASES (LANES % INTERLEAVED == 0 ? 1 : INTERLEAVED)
#if INTERLEAVED == 1
#define TAP_SIZE               1
#define TAP(taps, phase, same) ((void)(phase), (void)(same), (VEC)((taps)[0]))
#define PHASE_OF(column)       0
#define CHANNEL_OF(column)     0
#else
#define TAP_SIZE (PHASES * LANES)
#define TAP(taps, phase, same)                                                                     \
    ((same) ? (VEC)((taps)[0]) : VLOAD((taps) + (phase) % PHASES * LANES))
#define PHASE_OF(column)   ((column) % PHASES * (LANES % PHASES) % PHASES)
#define CHANNEL_OF(column) ((column) % INTERLEAVED)
#endif

/* Whether all channels' sums are computed by the first one's taps: code of its own, which pays
 * where steps are one. */
#if STEPPED
#define USES_ONE(b) false
#else
#define USES_ONE(b) (INTERLEAVED == 1 || (b)->same)
#endif

/* What a work-item works on. */
typedef struct clconv_band {
    global const X_T *plane;
    global const ACC *column, *row; /* taps */
    global Y_T *y;                  /* of the plane */
    ACC bias[PHASES * LANES];
    int iw;          /* column of the input under the first output's first tap */
    int left, right; /* of the columns from there on: those in the image are left .. right - 1 */
    int count;       /* of all columns that the outputs need */
    bool same;       /* the channels' taps are equal */
} clconv_band;

/* Whether the taps of every channel are those of the first. */
static inline bool taps_are_same(global const ACC *taps, int count)
{
    bool same = true;
#pragma unroll 1
    for (int i = 0; i < count * INTERLEAVED; i++) {
        global const ACC *const tap = taps + i / INTERLEAVED * TAP_SIZE;
        same = same && tap[i % INTERLEAVED] == tap[0];
    }
    return same;
}

/* The sum of one column of the input, or of what the border has there, from row ih on. */
static inline ACC sum_column(const clconv_band *b, const clconv_geom *g, int ih, int i,
                             ACC border_value)
{
    const int iw = column_at(g, b->iw + i);
    ACC sum = 0;
#pragma unroll 1
    for (int t = 0; t < R; t++)
        sum = FMA(load_mapped(b->plane, clconv_border_at(g->border, ih + t * g->dilation_h, g->h),
                              iw, g, border_value),
                  b->column[t * TAP_SIZE + CHANNEL_OF(i)], sum);
    return sum;
}

/* The sums of `vectors` vectors of columns from i on, which lie in the image, for `rows` output
 * rows, whose windows begin at row ih and every STRIDE_H rows; rows: ROWS, or 1 where they share
 * none. */
static inline __attribute__((always_inline)) void
sum_columns(const int rows, const int vectors, const bool same, private ACC *sums,
            const clconv_band *b, const clconv_geom *g, int ih, int i, int phase, ACC border_value)
{
    global const X_T *const x = b->plane + b->iw + i;
    const int last = (rows - 1) * STRIDE_H, step = rows > 1 ? 1 : g->dilation_h;
    VEC sum[ROWS][COLUMN_VECTORS];

#pragma unroll
    for (int m = 0; m < ROWS; m++)
#pragma unroll
        for (int v = 0; v < COLUMN_VECTORS; v++)
            sum[m][v] = 0;
#pragma unroll 1
    for (int t = 0; t < R + last; t++) {
        const int mapped = clconv_border_at(g->border, ih + t * step, g->h);
        global const ACC *const tap = b->column + t * TAP_SIZE;
        VEC value[COLUMN_VECTORS];
#pragma unroll
        for (int v = 0; v < COLUMN_VECTORS; v++)
            value[v] = border_value;
        if (mapped >= 0)
#pragma unroll
            for (int v = 0; v < COLUMN_VECTORS; v++)
                if (v < vectors)
                    value[v] = X_VLOAD(x + mapped * g->x_stride_h + v * LANES);
        if (t >= last && t < R) {
#pragma unroll
            for (int m = 0; m < rows; m++)
#pragma unroll
                for (int v = 0; v < COLUMN_VECTORS; v++)
                    sum[m][v] = FMA(value[v], TAP(tap - m * STRIDE_H * TAP_SIZE, phase + v, same),
                                    sum[m][v]);
        } else {
#pragma unroll
            for (int m = 0; m < rows; m++)
                if (t >= m * STRIDE_H && t < R + m * STRIDE_H)
#pragma unroll
                    for (int v = 0; v < COLUMN_VECTORS; v++)
                        sum[m][v] =
                            FMA(value[v], TAP(tap - m * STRIDE_H * TAP_SIZE, phase + v, same),
                                sum[m][v]);
        }
    }
#pragma unroll
    for (int m = 0; m < rows; m++)
#pragma unroll
        for (int v = 0; v < COLUMN_VECTORS; v++)
            if (v < vectors)
                VSTORE(sum[m][v], sums + m * PITCH + i + v * LANES);
}

/* Whole vectors, the last over the one before. */
static inline __attribute__((always_inline)) void sum_vectors(const int rows, private ACC *sums,
                                                              const clconv_band *b,
                                                              const clconv_geom *g, int ih,
                                                              ACC border_value)
{
    int i = b->left;
#pragma unroll 1
    for (; i + COLUMN_VECTORS * LANES <= b->right; i += COLUMN_VECTORS * LANES)
        if (USES_ONE(b))
            sum_columns(rows, COLUMN_VECTORS, true, sums, b, g, ih, i, 0, border_value);
        else
            sum_columns(rows, COLUMN_VECTORS, false, sums, b, g, ih, i, 0, border_value);
#pragma unroll 1
    for (; i < b->right; i += LANES) {
        const int at = min(i, b->right - LANES);
        sum_columns(rows, 1, false, sums, b, g, ih, at, PHASE_OF(at), border_value);
    }
}

/* Those in the image, for ROWS output rows. */
APART void sum_inside(private ACC *sums, const clconv_band *b, const clconv_geom *g, int ih,
                      ACC border_value)
{
    if (b->right - b->left < LANES || g->x_stride_w != 1) {
#pragma unroll 1
        for (int i = b->left; i < b->right; i++)
#pragma unroll 1
            for (int m = 0; m < ROWS; m++)
                sums[m * PITCH + i] = sum_column(b, g, ih + m * STRIDE_H, i, border_value);
        return;
    }
#if STEPPED
    if (g->dilation_h > 1 || g->stride_h >= R) {
#pragma unroll 1
        for (int m = 0; m < ROWS; m++)
            sum_vectors(1, sums + m * PITCH, b, g, ih + m * STRIDE_H, border_value);
        return;
    }
#endif
    sum_vectors(ROWS, sums, b, g, ih, border_value);
}

/* Those beyond the image: most are columns of the image that are summed already. */
APART void sum_outside(private ACC *sums, const clconv_band *b, const clconv_geom *g, int ih,
                       int first, int end, ACC border_value)
{
#pragma unroll 1
    for (int i = first; i < end; i++) {
        const int iw = column_at(g, b->iw + i), at = iw - b->iw;
        const bool summed = iw >= 0 && at >= b->left && at < b->right;
#pragma unroll 1
        for (int m = 0; m < ROWS; m++)
            sums[m * PITCH + i] = summed ? sums[m * PITCH + at]
                                         : sum_column(b, g, ih + m * STRIDE_H, i, border_value);
    }
}

#endif
