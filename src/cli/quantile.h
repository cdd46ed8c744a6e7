/* quantile.h - the order statistics that the benchmark tells. */
#ifndef CLI_QUANTILE_H
#define CLI_QUANTILE_H

struct quartiles {
    double low, median, high;
};

/* Of count >= 1 values, between neighbours by their distance: three values a < b < c have the
 * quartiles (a + b) / 2 and (b + c) / 2. All 0 when there are none. */
struct quartiles quartiles_of(const double *values, int count);

#endif
