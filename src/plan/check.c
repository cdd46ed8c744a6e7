/* check.c - a result against the referee, under the bounds that docs/accuracy.md states.
 *
 * With u the unit roundoff of the arithmetic (2^-24, f64: 2^-53), K products in a sum, S the sum of
 * their magnitudes and the bias: the sum is off by at most (K + 2) u S (Higham, Accuracy and
 * Stability, section 3.1). Where a sum of r products goes into one of s, each tap given by two
 * factors, r + s + CC_FACTOR_ULPS stands for K. Scale and activation carry that on, and their own
 * roundings, the storage type's and flushed denormals add to it. Where tiles are transformed, the
 * algorithm's spread times u ||w||_1 max|x| is added, x being the whole image. */
#include "base/status.h"
#include "host/host.h"
#include "plan/internal.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double U_F32 = 0x1p-24, U_F64 = 0x1p-53, U_F16 = 0x1p-11;
static const double F16_LEAST = 0x1p-25; /* half the least denormal of f16 */
/* Roundings of scale and offset: as numbers, of the product, of the sum. */
static const double EPILOGUE_ULPS = 4;
/* exp and tanh are within 3 and 5 ulp in OpenCL, a division within 2.5. */
static const double ACTIVATION_ULPS = 16;

typedef struct check_job {
    const cc_geom *geom;
    cc_error_model model;
    double spread;         /* 0: none */
    const double *largest; /* max|x| of each image, where there is a spread */
    const void *x, *y;
    const float *filters, *bias;
    pthread_mutex_t lock; /* guards what follows */
    clconv_check *check;
    bool out_of_memory;
    int64_t rows, checked; /* all there are, and how many of them are looked at */
} check_job;

static bool is_integer(clconv_type type)
{
    return type != CLCONV_F32 && type != CLCONV_F16 && type != CLCONV_F64;
}

/* How much the activation can stretch an error. */
static double slope(const cc_geom *geom)
{
    return geom->activation == CLCONV_LEAKY ? fmax(1, fabs(geom->activation_a)) : 1;
}

/* Roundings on the longest way from a tap and an input to the sum, but for the bias and a constant
 * border's value. */
static double products(const cc_geom *geom, cc_error_model model)
{
    return model == CC_ERROR_FACTORS ? (double)geom->r + geom->s + CC_FACTOR_ULPS
                                     : (double)geom->taps;
}

/* What the result may be off before it is stored. tile: ||w||_1 max|x|, or 0. */
static double arithmetic_bound(const check_job *job, double magnitude, double tile, double value)
{
    const cc_geom *const geom = job->geom;
    const bool f32 = geom->acc_type == CLCONV_F32 && job->model != CC_ERROR_REFEREE;
    const double u = f32 ? U_F32 : U_F64, flushed = f32 ? FLT_MIN : DBL_MIN;
    const double k = products(geom, job->model), scale = fabs(geom->scale);
    double bound = ((k + 2) * (u * magnitude + flushed) + job->spread * u * tile) * scale;

    if (geom->scale != 1 || geom->offset != 0)
        bound += EPILOGUE_ULPS * u * (scale * magnitude + fabs(geom->offset)) + flushed;
    bound *= slope(geom);
    if (geom->activation == CLCONV_SIGMOID || geom->activation == CLCONV_TANH)
        bound += ACTIVATION_ULPS * u * fabs(value) + flushed;
    return bound;
}

static double storage_bound(clconv_type type, double value)
{
    switch (type) {
    case CLCONV_F16:
        return U_F16 * fabs(value) + F16_LEAST;
    case CLCONV_F32:
        return U_F32 * fabs(value) + FLT_MIN;
    default:
        return U_F64 * fabs(value) + DBL_MIN;
    }
}

/* Rounds as storing does. */
static double stored(clconv_type type, double value)
{
    double memory; /* room for any type */
    cc_store(type, &memory, 0, value);
    return cc_load(type, &memory, 0);
}

typedef struct finding {
    double error, bound, ratio;
} finding;

/* Integers: exact, or one step where the value lies within the bound of a half. */
static finding judge_integer(clconv_type type, double got, double value, double bound)
{
    const double expected = stored(type, value);
    const double low = stored(type, -HUGE_VAL), high = stored(type, HUGE_VAL);
    const double inside = isnan(value) ? 0 : fmin(fmax(value, low), high);
    const double beyond = fmax(0, fabs(got - inside) - 0.5);

    return (finding){fabs(got - expected), bound, got == expected ? 0 : beyond / bound};
}

static finding judge_floating(clconv_type type, double got, double value, double bound)
{
    const double expected = stored(type, value);
    const double allowed = bound + storage_bound(type, value);

    if (got == expected || (isnan(got) && isnan(expected)))
        return (finding){isfinite(value) && isfinite(got) ? fabs(got - value) : 0, allowed, 0};
    if (isinf(expected) || isinf(got)) {
        /* Either side of the largest number is right when the bound reaches across it. */
        const bool across = isfinite(value) && (isinf(stored(type, value + bound)) ||
                                                isinf(stored(type, value - bound)));
        return (finding){HUGE_VAL, allowed, across && !isnan(got) ? 1 : HUGE_VAL};
    }
    if (isnan(got) || isnan(expected))
        return (finding){HUGE_VAL, allowed, HUGE_VAL};
    return (finding){fabs(got - value), allowed, fabs(got - value) / allowed};
}

static finding judge(const check_job *job, double got, double sum, double magnitude, double tile)
{
    const cc_geom *const geom = job->geom;
    const double value = cc_epilogue(geom, sum);
    /* An infinity or NaN in the window is exact: what it makes of the sum has no error. */
    const double bound = arithmetic_bound(job, isfinite(sum) ? magnitude : 0, tile, value);
    const double range = geom->acc_type == CLCONV_F32 ? FLT_MAX : DBL_MAX;

    /* A partial sum may have passed the range of the arithmetic, or an infinity or NaN lies in the
     * tile: nothing is promised there. */
    if ((isfinite(sum) && magnitude * fmax(1, fabs(geom->scale)) > range / 2) || !isfinite(tile))
        return (finding){0, HUGE_VAL, 0};
    return is_integer(geom->y_type) ? judge_integer(geom->y_type, got, value, bound)
                                    : judge_floating(geom->y_type, got, value, bound);
}

/* Of outputs that are equally far off the first is told, in whatever order they are looked at. */
static bool is_before(const int at[4], const clconv_check *check)
{
    const int other[4] = {check->n, check->k, check->row, check->column};
    int i = 0;
    while (i < 3 && at[i] == other[i])
        i++;
    return at[i] < other[i];
}

static void note(clconv_check *check, const cc_geom *geom, const finding *found, const int at[4],
                 double got, double sum)
{
    check->outputs++;
    check->misses += !(found->ratio <= 1);
    if (found->error > check->largest_error)
        check->largest_error = found->error;
    if (check->outputs > 1 && !(found->ratio > check->largest_ratio) &&
        !(found->ratio >= check->largest_ratio && is_before(at, check)))
        return;
    check->largest_ratio = found->ratio;
    check->bound_there = found->bound;
    check->n = at[0];
    check->k = at[1];
    check->row = at[2];
    check->column = at[3];
    check->got = got;
    check->expected = cc_epilogue(geom, sum);
}

/* ||w||_1 max|x| of filter k over image n. */
static double tile_magnitude(const check_job *job, int n, int k)
{
    const float *const filter = job->filters + (int64_t)k * job->geom->taps;
    double norm = 0;

    if (job->spread == 0)
        return 0;
    for (int64_t i = 0; i < job->geom->taps; i++)
        norm += fabs((double)filter[i]);
    return norm * job->largest[n];
}

static void check_row(void *user, int64_t turn)
{
    check_job *const job = user;
    const cc_geom *const geom = job->geom;
    /* The first and the last row, and others evenly between them. */
    const double step = job->checked > 1 ? (double)(job->rows - 1) / (double)(job->checked - 1) : 0;
    const int64_t i = job->checked == job->rows  ? turn
                      : turn == job->checked - 1 ? job->rows - 1
                                                 : (int64_t)((double)turn * step);
    const int p = (int)(i % geom->p), k = (int)(i / geom->p % geom->k);
    const int n = (int)(i / geom->p / geom->k);
    const int64_t at = n * geom->y.n + k * geom->y.c + p * geom->y.h;
    const size_t q = (size_t)geom->q;
    const double tile = tile_magnitude(job, n, k);
    double *const sum = malloc((2 * q + cc_referee_scratch(geom)) * sizeof *sum);

    if (sum)
        cc_referee_row(geom, job->x, job->filters, job->bias, n, k, p, sum, sum + q, sum + 2 * q);
    pthread_mutex_lock(&job->lock);
    job->out_of_memory |= !sum;
    for (size_t column = 0; sum && column < q; column++) {
        const double got = cc_load(geom->y_type, job->y, at + (int64_t)column * geom->y.w);
        const finding found = judge(job, got, sum[column], sum[q + column], tile);
        note(job->check, geom, &found, (int[]){n, k, p, (int)column}, got, sum[column]);
    }
    pthread_mutex_unlock(&job->lock);
    free(sum);
}

/* max|x| of each image and of what its border may hold; infinite where one of them is not finite.
 */
static clconv_status find_largest(double **largest, const cc_geom *geom, const void *x)
{
    double *const row = malloc(((size_t)geom->n + (size_t)geom->w) * sizeof *row);
    double *const most = row + geom->w;

    if (!row)
        return cc_fail(CLCONV_NO_MEMORY, "check: no memory for %d values", geom->w);
    for (int n = 0; n < geom->n; n++) {
        most[n] = geom->border == CLCONV_CONSTANT ? fabs(geom->border_value) : 0;
        for (int64_t i = 0; i < (int64_t)geom->c * geom->h; i++) {
            cc_load_row(geom->x_type, x,
                        n * geom->x.n + i / geom->h * geom->x.c + i % geom->h * geom->x.h,
                        geom->x.w, geom->w, row);
            for (int w = 0; w < geom->w; w++)
                if (!(fabs(row[w]) <= most[n]))
                    most[n] = isfinite(row[w]) ? fabs(row[w]) : HUGE_VAL;
        }
    }
    memmove(row, most, (size_t)geom->n * sizeof *row);
    *largest = row;
    return CLCONV_OK;
}

/* How many rows the referee can do with so many operations; some at least. */
static int64_t rows_for(const cc_geom *geom, int64_t rows, double flops)
{
    enum { LEAST_ROWS = 8 };
    const double affordable = flops / geom->flops * (double)rows;

    if (affordable >= (double)rows || rows <= LEAST_ROWS)
        return rows;
    return affordable > LEAST_ROWS ? (int64_t)affordable : LEAST_ROWS;
}

/* Filters that an algorithm is not made for were summed by another one. */
static clconv_status find_model(cc_error_model *model, const struct clconv_algo *algo,
                                const cc_geom *geom, const float *filters)
{
    const bool f64 = geom->acc_type == CLCONV_F64;
    cc_facts facts;

    *model = algo->error;
    if (*model != CC_ERROR_FACTORS)
        return CLCONV_OK;
    CC_TRY(cc_facts_make(&facts, geom, filters));
    if (algo->info.filters == CLCONV_FILTERS_EQUAL ? !facts.equal
                                                   : !facts.rank_one || (f64 && !facts.exact))
        *model = CC_ERROR_SUM;
    return CLCONV_OK;
}

clconv_status cc_check_result(clconv_check *check, const clconv_desc *desc, const char *algorithm,
                              const void *x, const float *filters, const float *bias, const void *y)
{
    return cc_check_some(check, desc, algorithm, x, filters, bias, y, HUGE_VAL);
}

clconv_status cc_check_some(clconv_check *check, const clconv_desc *desc, const char *algorithm,
                            const void *x, const float *filters, const float *bias, const void *y,
                            double flops)
{
    clconv_check made = {0};
    cc_geom geom;
    check_job job = {.geom = &geom,
                     .x = x,
                     .y = y,
                     .filters = filters,
                     .bias = bias,
                     .lock = PTHREAD_MUTEX_INITIALIZER,
                     .check = &made};
    double *largest = NULL;
    size_t i = 0;

    CC_TRY(cc_geom_make(&geom, desc));
    while (cc_algorithms[i] && strcmp(cc_algorithms[i]->info.name, algorithm) != 0)
        i++;
    if (!cc_algorithms[i])
        return cc_fail(CLCONV_INVALID, "there is no algorithm '%s'; clconv_algorithm() lists them",
                       algorithm);
    CC_TRY(find_model(&job.model, cc_algorithms[i], &geom, filters));
    if (cc_algorithms[i]->spread) {
        CC_TRY(find_largest(&largest, &geom, x));
        job.spread = cc_algorithms[i]->spread(&geom);
        job.largest = largest;
    }
    job.rows = (int64_t)geom.n * geom.k * geom.p;
    job.checked = rows_for(&geom, job.rows, flops);
    cc_parallel_for(job.checked, check_row, &job);
    pthread_mutex_destroy(&job.lock);
    free(largest);
    if (job.out_of_memory)
        return cc_fail(CLCONV_NO_MEMORY, "check: no memory for a row of %d sums", geom.q);
    *check = made;
    return CLCONV_OK;
}
