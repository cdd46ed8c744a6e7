/* staged.h - a row of the input brought into a work-item's memory as ACC: converted, its columns
 * side by side whatever their stride, continued by the border. DILATION_W and the padding count
 * columns, of interleaved channels as of others. */
#ifndef CLCONV_STAGED_H
#define CLCONV_STAGED_H

#include "interleaved.h"
#include "shuffle.h"

#define COLUMNS    (VECTORS * LANES)
#define COLUMNS_IN ((COLUMNS - 1) * STRIDE_W + WINDOW_W)
/* The most columns that a window may have. */
#ifndef MOST_WINDOW_W
#define MOST_WINDOW_W 8
#endif
/* A staged row: its columns by their remainder modulo the stride, so that the columns of one tap
 * lie side by side; algo/blocked.c computes its size in the same way. */
#define PHASES    (STRIDE_W < MOST_WINDOW_W ? STRIDE_W : MOST_WINDOW_W)
#define PITCH     (COLUMNS + (MOST_WINDOW_W - 1) / STRIDE_W)
#define TAP_AT(j) ((j)*DILATION_W % STRIDE_W * PITCH + (j)*DILATION_W / STRIDE_W)

/* Whether whole lines are brought in and split, where STRIDE_W is above 1: not where few of their
 * columns are needed. */
#ifndef SPLIT
#define SPLIT 1
#endif

/* Columns [iw, iw + count) of a row, that is of what the border lets lie there, from i on. */
static inline int stage_mapped(private ACC *staged, global const X_T *row, const clconv_geom *g,
                               int iw, int i, int end, ACC border_value)
{
#pragma unroll 1
    for (; i < end; i++)
        staged[i] = load_mapped(row, 0, column_at(g, iw + i), g, border_value);
    return end;
}

/* The same for columns in the image, side by side: whole vectors, the last over the one before. */
static inline int stage_vectors(private ACC *staged, global const X_T *row, int i, int end)
{
    if (end - i < LANES) {
#pragma unroll 1
        for (; i < end; i++)
            staged[i] = LOAD(row, i);
        return end;
    }
    for (; i < end - LANES; i += LANES)
        VSTORE(X_VLOAD(row + i), staged + i);
    VSTORE(X_VLOAD(row + end - LANES), staged + end - LANES);
    return end;
}

/* Columns [iw, iw + count) of a row, and zeros behind them up to `length`. */
static inline void stage_line(private ACC *line, global const X_T *row, const clconv_geom *g,
                              int iw, int count, int length, ACC border_value)
{
    int i = 0;
    if (g->x_stride_w == 1) {
        const int first = clamp(-iw, 0, count), last = clamp(g->w - iw, first, count);
        i = stage_mapped(line, row, g, iw, 0, first, border_value);
        i = stage_vectors(line, row + iw, i, last);
    }
    i = stage_mapped(line, row, g, iw, i, count, border_value);
#pragma unroll 1
    for (; i < length; i++)
        line[i] = 0;
}

#if STRIDE_W > 1 && SPLIT
/* n elements, LANES at least, from every other place, and n from the places between. */
static inline void halve(private ACC *even, private ACC *odd, private const ACC *line, int n)
{
    for (int next = 0; next < n; next += LANES) {
        const int i = min(next, n - LANES);
        const VEC a = VLOAD(line + 2 * i), b = VLOAD(line + 2 * i + LANES);
        VSTORE(evens(a, b), even + i);
        VSTORE(odds(a, b), odd + i);
    }
}

/* A line by the remainders of its columns. */
static inline void split(private ACC *staged, private const ACC *line)
{
#if STRIDE_W == 2 && PHASES == 2
    halve(staged, staged + PITCH, line, PITCH);
#elif STRIDE_W == 4 && PHASES == 4
    ALIGNED ACC twos[4 * PITCH];
    halve(twos, twos + 2 * PITCH, line, 2 * PITCH);
    halve(staged, staged + 2 * PITCH, twos, PITCH);
    halve(staged + PITCH, staged + 3 * PITCH, twos + 2 * PITCH, PITCH);
#else
#pragma unroll 1
    for (int i = 0; i < PITCH; i++)
#pragma unroll
        for (int phase = 0; phase < PHASES; phase++)
            staged[phase * PITCH + i] = line[i * STRIDE_W + phase];
#endif
}
#endif

/* Columns [iw, iw + count) of input row ih, count being what the block's outputs need. */
static inline void stage_row(private ACC *staged, global const X_T *plane, const clconv_geom *g,
                             int ih, int iw, int count, ACC border_value)
{
    const int mapped = clconv_border_at(g->border, ih, g->h);
    global const X_T *const row = plane + mapped * g->x_stride_h;
    if (mapped < 0) {
#pragma unroll 1
        for (int i = 0; i < PHASES * PITCH; i++)
            staged[i] = border_value;
        return;
    }
#if STRIDE_W == 1
    if (g->x_stride_w == 1 && iw >= 0 && iw + COLUMNS_IN <= g->w)
        stage_vectors(staged, row + iw, 0, COLUMNS_IN);
    else
        stage_line(staged, row, g, iw, count, COLUMNS_IN, border_value);
#elif SPLIT
    ALIGNED ACC line[STRIDE_W * PITCH];
    stage_line(line, row, g, iw, count, STRIDE_W * PITCH, border_value);
    split(staged, line);
#else
    for (int phase = 0; phase < PHASES; phase++)
#pragma unroll 1
        for (int i = 0; i * STRIDE_W < COLUMNS_IN; i++) {
            const int at = i * STRIDE_W + phase;
            staged[phase * PITCH + i] =
                at < count ? load_mapped(row, 0, column_at(g, iw + at), g, border_value) : 0;
        }
#endif
}

#endif
