/* factors.c - the column and the row of filters of rank one.
 *
 * Of a matrix of rank one every row is a multiple of any other. Where the numbers allow it the row
 * is taken without rounding, divided by its greatest common divisor (floats are whole multiples of
 * a power of two, so they have one). Else both factors are the means of what all rows and columns
 * say, each weighted by the other factor: one step of the power iteration by which the largest
 * singular value is found, and exact to rounding because there is no other one. All terms of such a
 * mean have the same sign, so that small taps are met as closely as large ones. */
#include "geom/facts.h"
#include <math.h>

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

double cc_factors(float *column, float *row, const float *matrix, int r, int s)
{
    const int64_t at = largest(matrix, (int64_t)r * s);

    if (matrix[at] == 0) {
        for (int i = 0; i < r; i++)
            column[i] = 0;
        for (int j = 0; j < s; j++)
            row[j] = 0;
        return 0;
    }
    if (is_line(column, row, matrix, r, s))
        return 0;
    whole_factors(column, row, matrix, r, s, at);
    if (missed(column, row, matrix, r, s) == 0)
        return 0;
    mean_factors(column, row, matrix, r, s, at);
    return missed(column, row, matrix, r, s);
}
