/* quantile.c - medians and quartiles. */
#include "quantile.h"
#include "cli.h"
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(const double *sorted, int count, double part)
{
    const double place = part * (count - 1);
    const int i = (int)place;
    return i + 1 < count ? sorted[i] + (place - i) * (sorted[i + 1] - sorted[i]) : sorted[i];
}

struct quartiles quartiles_of(const double *values, int count)
{
    struct quartiles q = {0, 0, 0};
    const size_t bytes = (size_t)count * sizeof(*values);
    double *const sorted = count > 0 ? malloc(bytes) : NULL;
    if (!sorted)
        return q;
    memcpy(sorted, values, bytes);
    qsort(sorted, (size_t)count, sizeof(*sorted), by_value);
    q = (struct quartiles){at(sorted, count, 0.25), at(sorted, count, 0.5),
                           at(sorted, count, 0.75)};
    free(sorted);
    return q;
}
