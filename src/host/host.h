/* host.h - CPU building blocks: parallel loops, typed loads and stores, and the referee's rows. */
#ifndef CC_HOST_HOST_H
#define CC_HOST_HOST_H

#include "geom/geom.h"

/* Calls body(user, i) for i in 0 .. count-1 on all cores (OpenMP; in turn without it). */
void cc_parallel_for(int64_t count, void (*body)(void *user, int64_t i), void *user);

/* One element at index i of an array of a type, as a double; exact. */
double cc_load(clconv_type type, const void *array, int64_t i);

/* Stores v: floating types rounded once, integers half to even and saturated, NaN as 0. */
void cc_store(clconv_type type, void *array, int64_t i, double v);

/* The value as an element of this type keeps it. */
double cc_kept(clconv_type type, double value);

/* What follows the sum: bias, scale, offset, absolute, activation; not the rounding to storage. */
double cc_epilogue(const cc_geom *geom, double sum_and_bias);

/* count elements from index first on, stride apart, as doubles. */
void cc_load_row(clconv_type type, const void *array, int64_t first, int64_t stride, int64_t count,
                 double *out);

/* One output row (n, k, p) of the referee: sum[q] in double, bias included, as cc_epilogue takes
 * it; plain loops in the order c, i, j, every product taken, also with a coefficient of 0.
 * magnitude (or NULL) gets SUM |x||w| + |bias|, which the error bounds are made of. filters and
 * bias (NULL: none) are the caller's, as in clconv_plan_create. scratch holds
 * cc_referee_scratch(geom) doubles: one padded row. */
void cc_referee_row(const cc_geom *geom, const void *x, const float *filters, const float *bias,
                    int n, int k, int p, double *sum, double *magnitude, double *scratch);
size_t cc_referee_scratch(const cc_geom *geom);

#endif
