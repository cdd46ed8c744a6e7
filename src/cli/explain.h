/* explain.h - a small convolution laid open: what explain_text.c tells and explain_svg.c draws. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "kernel.h"
#include "text.h"

enum { EXPLAIN_SIDE = 16, EXPLAIN_NUMBER = 32 };

struct explain {
    struct kernel input, filter; /* rows, columns, taps */
    bool flip;
    int stride_h, stride_w, dilation_h, dilation_w;
    int pad_top, pad_bottom, pad_left, pad_right; /* resolved for every extent */
    clconv_extent extent;
    clconv_border border;
    double border_value;
    int p, q;              /* rows and columns of the result */
    double *result;        /* by the library */
    int at_row, at_column; /* the output whose window is marked in the figure */
};

struct explain_cell {
    double value;
    bool outside; /* of the input: the border's value */
};

/* The input at any row and column; those outside of it as the border has them. */
struct explain_cell explain_cell(const struct explain *e, int row, int column);

/* The coefficient at row i and column j of the window: the filter, turned if asked. */
double explain_tap(const struct explain *e, int i, int j);

/* The same as cells, and the result. */
struct explain_cell explain_filter_cell(const struct explain *e, int row, int column);
struct explain_cell explain_result_cell(const struct explain *e, int row, int column);

/* As people write it: integers whole, others with seven digits, which f32 coefficients have. */
const char *explain_number(char text[EXPLAIN_NUMBER], double value);

/* "floor((5 + 1 + 1 - 1 * (3 - 1) - 1) / 2) + 1 = 3" with the words for floor given. */
void explain_formula(struct cli_text *out, const char *open, const char *close,
                     const int numbers[6], int result);
/* Its numbers for rows or columns: size, the two paddings, dilation, filter size, stride. */
void explain_row_numbers(int numbers[6], const struct explain *e);
void explain_column_numbers(int numbers[6], const struct explain *e);

void explain_text(const struct explain *e); /* to stdout */
void explain_svg(struct cli_text *svg, const struct explain *e);

#endif
