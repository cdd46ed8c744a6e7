/* measure_host.c - the ceilings of the host path: what C code as this compiler makes it can do, on
 * all cores. Nothing is pinned here, and a transfer is a copy by one core. */
#include "base/clock.h"
#include "base/status.h"
#include "host/host.h"
#include "plan/measure.h"
#include <stdlib.h>
#include <string.h>

/* The widest vector that the compiler was allowed to use. */
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif
typedef float vector __attribute__((vector_size(VECTOR_BYTES)));

enum { SUMS = 12, LANES = VECTOR_BYTES / sizeof(float), ROUNDS = 200000, TASKS_PER_CORE = 4 };
enum { TRANSFER_BYTES = 64 << 20, LAUNCHES = 9, SMALLER = 16 };
static const double flops_of_task = 2.0 * SUMS * LANES * ROUNDS;

/* ---- multiply-adds ---- */

static void multiply_add(void *user, int64_t i)
{
    vector *const results = user;
    const vector a = results[i] * 0.5f + 0.999f, b = results[i] + 0.001f; /* results are 0 */
    vector s[SUMS];
    for (int j = 0; j < SUMS; j++)
        s[j] = b * (float)j;
    for (int round = 0; round < ROUNDS; round++)
        for (int j = 0; j < SUMS; j++)
            s[j] = s[j] * a + b;
    for (int j = 1; j < SUMS; j++)
        s[0] += s[j];
    results[i] = s[0];
}

/* briefly: the rate now. */
static clconv_status sample_rates(cc_samples *samples, int tasks, bool briefly)
{
    vector *const results = aligned_alloc(sizeof(vector), (size_t)tasks * sizeof(vector));
    if (!results)
        return cc_fail(CLCONV_NO_MEMORY, "no memory to measure multiply-adds");
    cc_samples_begin(samples);
    while (briefly ? samples->count < CC_RATES_NOW : cc_samples_want(samples)) {
        memset(results, 0, (size_t)tasks * sizeof(vector));
        const double start = cc_now();
        cc_parallel_for(tasks, multiply_add, results);
        cc_samples_add(samples, cc_now() - start);
    }
    free(results);
    return CLCONV_OK;
}

static clconv_status measure_rate(clconv_ceilings *ceilings, int tasks)
{
    cc_samples samples;
    CC_TRY(sample_rates(&samples, tasks, false));
    ceilings->f32 = tasks * flops_of_task / cc_samples_least(&samples);
    ceilings->f32_lanes = LANES;
    return CLCONV_OK;
}

clconv_status cc_measure_host_rate(double *f32, clconv_context *context)
{
    const int tasks = context->caps.info.compute_units * TASKS_PER_CORE;
    cc_samples samples;
    CC_TRY(sample_rates(&samples, tasks, true));
    *f32 = tasks * flops_of_task / cc_samples_median(&samples);
    return CLCONV_OK;
}

/* ---- copies ---- */

typedef struct copying {
    unsigned char *to;
    const unsigned char *from;
    size_t piece; /* bytes of a task */
} copying;

static void copy_piece(void *user, int64_t i)
{
    const copying *const c = user;
    memcpy(c->to + (size_t)i * c->piece, c->from + (size_t)i * c->piece, c->piece);
}

/* Bytes a second, read and written, by as many calls as there are pieces. */
static double copy_rate(unsigned char *to, const unsigned char *from, size_t bytes, size_t pieces)
{
    copying c = {to, from, bytes / pieces};
    cc_samples samples;
    cc_parallel_for((int64_t)pieces, copy_piece, &c); /* pages, caches */
    cc_samples_begin(&samples);
    while (cc_samples_want(&samples)) {
        const double start = cc_now();
        cc_parallel_for((int64_t)pieces, copy_piece, &c);
        cc_samples_add(&samples, cc_now() - start);
    }
    return 2 * (double)bytes / cc_samples_least(&samples);
}

/* The C library stores past the caches in large calls only: a piece a core, or many small ones. */
static double best_copy(unsigned char *to, const unsigned char *from, size_t bytes, int cores)
{
    size_t pieces = 1;
    while (pieces < (size_t)cores)
        pieces *= 2;
    const double large = copy_rate(to, from, bytes, pieces);
    const double small = copy_rate(to, from, bytes, pieces * SMALLER);
    return large > small ? large : small;
}

static clconv_status measure_copies(clconv_ceilings *ceilings, const cc_caps *caps, int cores)
{
    for (int i = 0; i < CLCONV_COPIES; i++) {
        const size_t bytes = cc_copy_side(i);
        if (2 * bytes > caps->info.memory / 8)
            break;
        unsigned char *const from = malloc(bytes), *const to = malloc(bytes);
        if (from && to) {
            memset(from, 1, bytes);
            ceilings->copies[i] = best_copy(to, from, bytes, cores);
        }
        free(from);
        free(to);
    }
    return ceilings->copies[0] > 0
               ? CLCONV_OK
               : cc_fail(CLCONV_NO_MEMORY, "no memory to measure copies: not even %zu bytes",
                         2 * cc_copy_side(0));
}

static clconv_status measure_transfers(clconv_ceilings *ceilings)
{
    unsigned char *const there = malloc(TRANSFER_BYTES), *const here = malloc(TRANSFER_BYTES);
    clconv_status status = CLCONV_OK;
    if (there && here) {
        memset(here, 1, TRANSFER_BYTES);
        ceilings->to_pageable = copy_rate(there, here, TRANSFER_BYTES, 1) / 2;
        ceilings->from_pageable = copy_rate(here, there, TRANSFER_BYTES, 1) / 2;
    } else {
        status = cc_fail(CLCONV_NO_MEMORY, "no memory to measure transfers of %d bytes",
                         (int)TRANSFER_BYTES);
    }
    free(there);
    free(here);
    return status;
}

/* ---- launches ---- */

static void nothing(void *user, int64_t i)
{
    (void)user;
    (void)i;
}

static double launch_seconds(int tasks)
{
    cc_samples samples = {0};
    cc_parallel_for(tasks, nothing, NULL); /* the threads exist from now on */
    for (int i = 0; i < LAUNCHES; i++) {
        const double start = cc_now();
        cc_parallel_for(tasks, nothing, NULL);
        cc_samples_add(&samples, cc_now() - start);
    }
    return cc_samples_median(&samples);
}

clconv_status cc_measure_host(clconv_ceilings *ceilings, clconv_context *context)
{
    const int cores = context->caps.info.compute_units;
    ceilings->device_clock = 1; /* the host's own */
    ceilings->launch_seconds = launch_seconds(cores);
    CC_TRY(measure_rate(ceilings, cores * TASKS_PER_CORE));
    CC_TRY(measure_copies(ceilings, &context->caps, cores));
    return measure_transfers(ceilings);
}
