/* blocked.h - the block of outputs that a work-item of the blocked kernels keeps in registers:
 * which of its rows need which row of the input. */
#ifndef CLCONV_BLOCKED_H
#define CLCONV_BLOCKED_H

#ifndef STRIDE_W
#define STRIDE_W 1
#endif

#include "sizes.h"
/* Output rows of a block, and vectors of outputs in each (1 to 31 rows). */
#ifndef ROWS
#define ROWS 4
#endif
#ifndef VECTORS
#define VECTORS 2
#endif
/* Filters of a block: each with its own outputs of the same input. */
#ifndef FILTERS
#define FILTERS 1
#endif
/* 1: the loop over the input's rows is unrolled whole, and with it that over a filter's columns. */
#ifndef UNROLL_ROWS
#define UNROLL_ROWS 0
#endif
/* 1: a filter is so wide that its columns stay a loop, though their number is known: unrolled they
 * are more than a compiler takes. */
#ifndef LOOP_TAPS
#define LOOP_TAPS 0
#endif

/* What the rows of a block read: rows of the input, columns under one output. */
#define ROWS_IN  ((ROWS - 1) * STRIDE_H + (R - 1) * DILATION_H + 1)
#define WINDOW_W ((S - 1) * DILATION_W + 1)

#define ALL_ROWS ((1 << ROWS) - 1)

/* Row of the filter under which output row m of the block sees input row `row`, if it does. */
static inline int filter_row(const clconv_geom *g, int row, int m)
{
    (void)g;
    return (row - m * STRIDE_H) / DILATION_H;
}

/* A bit for each output row of the block that needs input row `row`. */
static inline int rows_that_need(const clconv_geom *g, int row)
{
    int mask = 0;
    (void)g;
#pragma unroll
    for (int m = 0; m < ROWS; m++) {
        const int distance = row - m * STRIDE_H;
        mask |= (distance >= 0 && distance < R * DILATION_H && distance % DILATION_H == 0) << m;
    }
    return mask;
}

/* FOR_INPUT_ROWS(row, first, end): a loop. ADD_INPUT_ROW(add, row, ...): calls
 * add(row, mask, ...), which adds the row to the output rows of the mask: to all that need it at
 * once where the compiler sees which they are, else to all or to pairs. */
#if UNROLL_ROWS
#define FOR_INPUT_ROWS(row, first, end) _Pragma("unroll") for (int row = first; row < end; row++)
#define FOR_TAPS(j)                     _Pragma("unroll") for (int j = 0; j < S; j++)
#define ADD_INPUT_ROW(add, row, ...)    add(row, rows_that_need(g, row), __VA_ARGS__)
#else
/* A row of one filter's outputs alone would keep too few sums under way. */
#define TOGETHER                        (FILTERS == 1 ? 2 : 1)
#define FOR_INPUT_ROWS(row, first, end) _Pragma("unroll 1") for (int row = first; row < end; row++)
#if LOOP_TAPS
#define FOR_TAPS(j) _Pragma("unroll 1") for (int j = 0; j < S; j++)
#else
#define FOR_TAPS(j) for (int j = 0; j < S; j++)
#endif
#define ADD_INPUT_ROW(add, row, ...)                                                               \
    do {                                                                                           \
        const int mask_ = rows_that_need(g, row);                                                  \
        if (mask_ == ALL_ROWS)                                                                     \
            add(row, ALL_ROWS, __VA_ARGS__);                                                       \
        else                                                                                       \
            _Pragma("unroll") for (int m_ = 0; m_ < ROWS; m_ += TOGETHER)                          \
            {                                                                                      \
                if (TOGETHER == 2 && (mask_ >> m_ & 3) == 3)                                       \
                    add(row, 3 << m_, __VA_ARGS__);                                                \
                else if (mask_ >> m_ & 1)                                                          \
                    add(row, 1 << m_, __VA_ARGS__);                                                \
                else if (TOGETHER == 2 && mask_ >> m_ & 2)                                         \
                    add(row, 2 << m_, __VA_ARGS__);                                                \
            }                                                                                      \
    } while (0)
#endif

#endif
