/* pixels.h - values of any type as doubles, a chunk at a time. */
#ifndef CLI_PIXELS_H
#define CLI_PIXELS_H

#include <clconv/clconv.h>
#include <stddef.h>

/* Values [first, first + n) of a row; exact. Not for f16. */
void pixels_load(double *to, clconv_type type, const void *row, size_t first, size_t n);
/* Rounded half to even and saturated, a NaN as 0, where the type is an integer. */
void pixels_store(clconv_type type, void *row, size_t first, size_t n, const double *values);

/* The largest value of an integer type; 1 for floating types. */
double pixels_most(clconv_type type);

#endif
