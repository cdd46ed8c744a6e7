/* fill.h - pseudo-random inputs and filters, the same on every machine: for `verify`, `plan` and
 * the tests. */
#ifndef CLI_FILL_H
#define CLI_FILL_H

#include <clconv/clconv.h>
#include <stdbool.h>

enum cli_fill {
    CLI_FILL_INTEGERS, /* -4 .. 4, of unsigned types 0 .. 7; filters and biases -3 .. 3 */
    CLI_FILL_REAL,     /* floats in [-1, 1), integers over their whole range */
};

void cli_fill_input(void *x, clconv_type type, size_t count, enum cli_fill fill, uint64_t seed);
void cli_fill_floats(float *values, size_t count, enum cli_fill fill, uint64_t seed);

/* Interleaved colours, each filtered on its own; and the first of several filters for all of them,
 * as `clconv filter` has it. */
bool cli_fill_is_image(const clconv_desc *desc);
void cli_fill_same(float *filters, size_t count, size_t filter_count);

/* To numbers that f16 holds, as a network's that reads f16 are: floats in [-1, 1]. */
void cli_fill_round(float *filters, size_t count);

/* The filters of a problem, for this algorithm (NULL: for any): of the kind that it is made for;
 * whole numbers stay in -3 .. 3. Colours of an image have the same where the seed is even. */
void cli_fill_filters(float *filters, const clconv_desc *desc, const char *algorithm,
                      enum cli_fill fill, uint64_t seed);

/* True when the result of CLI_FILL_INTEGERS data (bias included) is the same in any order of
 * summation and stored without rounding that could differ: then every error has to be 0. */
bool cli_fill_exact(const clconv_desc *desc);

#endif
