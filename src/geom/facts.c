/* facts.c - the rank of filters, and the factors of those of rank one.
 *
 * Of a matrix of rank one every row is a multiple of any other. Where the numbers allow it the row
 * is taken without rounding, divided by its greatest common divisor (floats are whole multiples of
 * a power of two, so they have one). Else both factors are the means of what all rows and columns
 * say, each weighted by the other factor: one step of the power iteration by which the largest
 * singular value is found, and exact to rounding because there is no other one. All terms of such a
 * mean have the same sign, so that small taps are met as closely as large ones. */
#include "geom/facts.h"
#include "base/status.h"
#include <math.h>
#include <stdlib.h>

static const double U = 0x1p-24;

/* The index of the largest magnitude. */
static int64_t largest(const float *values, int64_t count)
{
    int64_t at = 0;

    for (int64_t i = 1; i < count; i++)
        if (fabsf(values[i]) > fabsf(values[at]))
            at = i;
    return at;
}

/* Exact: so is fmodf. */
static float common_divisor(const float *values, int count)
{
    float a = 0;

    for (int i = 0; i < count; i++)
        for (float b = fabsf(values[i]), rest; b != 0; b = rest) {
            rest = fmodf(a, b);
            a = b;
        }
    return a;
}

/* By how much a column times a row misses the matrix, in u of the tap that is worst. */
static double missed(const float *column, const float *row, const float *matrix, int r, int s)
{
    double worst = 0;

    for (int i = 0; i < r; i++)
        for (int j = 0; j < s; j++) {
            const double tap = matrix[(int64_t)i * s + j];
            const double error = fabs((double)column[i] * (double)row[j] - tap);
            const bool hopeless = !isfinite(error) || (tap == 0 && error != 0);
            if (hopeless)
                return HUGE_VAL;
            if (error > worst * U * fabs(tap))
                worst = error / fabs(tap) / U;
        }
    return worst;
}

/* One row, or one column: it is its own factor. */
static bool is_line(float *column, float *row, const float *matrix, int r, int s)
{
    for (int i = 0; i < r; i++)
        column[i] = r > 1 ? matrix[i] : 1;
    for (int j = 0; j < s; j++)
        row[j] = r > 1 ? 1 : matrix[j];
    return r == 1 || s == 1;
}

static void whole_factors(float *column, float *row, const float *matrix, int r, int s, int64_t at)
{
    const float *const pivot_row = matrix + at / s * s;
    const float divisor = common_divisor(pivot_row, s);

    for (int j = 0; j < s; j++)
        row[j] = pivot_row[j] / divisor;
    for (int i = 0; i < r; i++)
        column[i] = matrix[(int64_t)i * s + at % s] / row[at % s];
}

static void mean_factors(float *column, float *row, const float *matrix, int r, int s, int64_t at)
{
    double squares = 0;

    for (int i = 0; i < r; i++) {
        column[i] = matrix[(int64_t)i * s + at % s];
        squares += (double)column[i] * (double)column[i];
    }
    for (int j = 0; j < s; j++) {
        double sum = 0;
        for (int i = 0; i < r; i++)
            sum += (double)matrix[(int64_t)i * s + j] * (double)column[i];
        row[j] = (float)(sum / squares);
    }
    squares = 0;
    for (int j = 0; j < s; j++)
        squares += (double)row[j] * (double)row[j];
    for (int i = 0; i < r; i++) {
        double sum = 0;
        for (int j = 0; j < s; j++)
            sum += (double)matrix[(int64_t)i * s + j] * (double)row[j];
        column[i] = (float)(sum / squares);
    }
}

bool cc_factors(float *column, float *row, const float *matrix, int r, int s)
{
    const int64_t at = largest(matrix, (int64_t)r * s);

    if (matrix[at] == 0) {
        for (int i = 0; i < r; i++)
            column[i] = 0;
        for (int j = 0; j < s; j++)
            row[j] = 0;
        return true;
    }
    if (is_line(column, row, matrix, r, s))
        return true;
    whole_factors(column, row, matrix, r, s, at);
    if (missed(column, row, matrix, r, s) == 0)
        return true;
    mean_factors(column, row, matrix, r, s, at);
    return missed(column, row, matrix, r, s) <= CC_FACTOR_ULPS;
}

/* The largest element's column times its row, divided by it, is taken away until nothing but
 * rounding is left: Gaussian elimination with complete pivoting, which shows the rank. */
static int rank_of(double *left, const float *matrix, int r, int s)
{
    const int64_t count = (int64_t)r * s;
    double limit = 0;

    for (int64_t i = 0; i < count; i++) {
        left[i] = matrix[i];
        limit = fmax(limit, CC_FACTOR_ULPS * U * fabs(left[i]));
    }
    for (int rank = 0; rank <= CC_MOST_RANK; rank++) {
        int64_t at = 0;
        for (int64_t i = 1; i < count; i++)
            if (fabs(left[i]) > fabs(left[at]))
                at = i;
        if (fabs(left[at]) <= limit)
            return rank;
        const double *const row = left + at / s * s, pivot = left[at];
        for (int64_t i = 0; i < r; i++) {
            const double factor = left[i * s + at % s] / pivot;
            for (int64_t j = 0; i != at / s && j < s; j++)
                left[i * s + j] -= factor * row[j];
        }
        for (int64_t j = 0; j < s; j++)
            left[at / s * s + j] = 0;
    }
    return CC_MOST_RANK + 1;
}

/* At least 2: it is not rank one, if only by the last bits of a small tap. */
static clconv_status count_rank(int *rank, const float *matrix, int r, int s)
{
    const int64_t count = (int64_t)r * s;
    double *left;

    *rank = CC_MOST_RANK + 1;
    if (count > CC_RANK_TAPS)
        return CLCONV_OK;
    left = malloc((size_t)count * sizeof *left);
    if (!left)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for the rank of %d x %d taps", r, s);
    *rank = rank_of(left, matrix, r, s);
    *rank = *rank > 2 ? *rank : 2;
    free(left);
    return CLCONV_OK;
}

clconv_status cc_facts_make(cc_facts *facts, const cc_geom *geom, const float *filters)
{
    const int64_t size = (int64_t)geom->r * geom->s;
    const size_t both = (size_t)geom->r + (size_t)geom->s;
    float *const column = malloc(both * sizeof *column), *const row = column + geom->r;
    clconv_status status = CLCONV_OK;

    if (!column)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for %zu floats", both);
    *facts = (cc_facts){.finite = true, .rank_one = true, .exact = true};
    for (int64_t i = 0; i < geom->filter_count && facts->finite; i++)
        facts->finite = isfinite(filters[i]);
    facts->rank_one = facts->exact = facts->finite;
    for (int64_t i = 0; i < geom->filter_count / size && facts->rank_one; i++) {
        const float *const matrix = filters + i * size;
        facts->rank_one = cc_factors(column, row, matrix, geom->r, geom->s);
        facts->exact =
            facts->exact && facts->rank_one && missed(column, row, matrix, geom->r, geom->s) == 0;
        if (!facts->rank_one) {
            facts->odd_k = (int)(i / geom->group_c);
            status = count_rank(&facts->odd_rank, matrix, geom->r, geom->s);
        }
    }
    free(column);
    return status;
}
