/* facts.c - what algorithms may know of the coefficients; the rank of filters. */
#include "geom/facts.h"
#include "base/half.h"
#include "base/status.h"
#include <math.h>
#include <stdlib.h>

static const double U = 0x1p-24;

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

static void find_unequal(cc_facts *facts, const cc_geom *geom, const float *filters)
{
    const int64_t size = (int64_t)geom->r * geom->s;

    facts->equal = facts->finite;
    for (int64_t i = 0; i < geom->filter_count && facts->equal; i++) {
        facts->equal = filters[i] == filters[i / size * size];
        facts->unequal_k = (int)(i / geom->taps);
    }
}

static bool are_same(const cc_geom *geom, const float *filters)
{
    bool same = true;
    for (int64_t i = geom->taps; i < geom->filter_count && same; i++)
        same = filters[i] == filters[i - geom->taps];
    return same;
}

static bool are_halves(const cc_geom *geom, const float *filters)
{
    bool halves = true;
    for (int64_t i = 0; i < geom->filter_count && halves; i++)
        halves = cc_is_half((double)filters[i]);
    return halves;
}

clconv_status cc_facts_make(cc_facts *facts, const cc_geom *geom, const float *filters)
{
    const int64_t size = (int64_t)geom->r * geom->s;
    const bool lines = geom->r == 1 || geom->s == 1; /* they are of rank one, and there are many */
    const size_t both = (size_t)geom->r + (size_t)geom->s;
    float *const column = malloc(both * sizeof *column), *const row = column + geom->r;
    clconv_status status = CLCONV_OK;

    if (!column)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for %zu floats", both);
    *facts = (cc_facts){.finite = true, .rank_one = true, .exact = true};
    for (int64_t i = 0; i < geom->filter_count && facts->finite; i++)
        facts->finite = isfinite(filters[i]);
    facts->rank_one = facts->exact = facts->finite;
    for (int64_t i = 0; !lines && i < geom->filter_count / size && facts->rank_one; i++) {
        const float *const matrix = filters + i * size;
        const double missed = cc_factors(column, row, matrix, geom->r, geom->s);
        facts->rank_one = missed <= CC_FACTOR_ULPS;
        facts->exact = facts->exact && missed == 0;
        if (!facts->rank_one) {
            facts->odd_k = (int)(i / geom->group_c);
            status = count_rank(&facts->odd_rank, matrix, geom->r, geom->s);
        }
    }
    free(column);
    find_unequal(facts, geom, filters);
    facts->same = are_same(geom, filters);
    facts->halves = are_halves(geom, filters);
    return status;
}
