/* host.c - the referee as an algorithm: double accumulation, plain loops, every parameter. */
#include "host/host.h"
#include "algo/algo.h"
#include "base/status.h"
#include <stdio.h>
#include <stdlib.h>

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    (void)problem;
    (void)why;
    return true;
}

static double estimate(const cc_problem *problem)
{
    return cc_roofline(problem->caps, problem->geom->flops, problem->geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    snprintf(plan->shape, sizeof plan->shape, "one output row a task");
    return CLCONV_OK;
}

typedef struct rows_job {
    const struct clconv_plan *plan;
    const cc_run *run;
    atomic_int out_of_memory;
} rows_job;

static void row(void *user, int64_t i)
{
    rows_job *const job = user;
    const cc_geom *const geom = &job->plan->geom;
    const int p = (int)(i % geom->p), k = (int)(i / geom->p % geom->k);
    const int n = (int)(i / geom->p / geom->k);
    const int64_t at = n * geom->y.n + k * geom->y.c + p * geom->y.h;
    double *const sum = malloc(((size_t)geom->q + cc_referee_scratch(geom)) * sizeof *sum);

    if (!sum) {
        atomic_store(&job->out_of_memory, 1);
        return;
    }
    cc_referee_row(geom, job->run->host_x, job->run->state->host_filters,
                   job->run->state->host_bias, n, k, p, sum, NULL, sum + geom->q);
    for (int q = 0; q < geom->q; q++)
        cc_store(geom->y_type, job->run->host_y, at + q * geom->y.w, cc_epilogue(geom, sum[q]));
    free(sum);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom *const geom = &plan->geom;
    rows_job job = {plan, run, 0};

    cc_parallel_for((int64_t)geom->n * geom->k * geom->p, row, &job);
    if (atomic_load(&job.out_of_memory))
        return cc_fail(CLCONV_NO_MEMORY, "host: no memory for a row of %d sums", geom->q);
    return CLCONV_OK;
}

const struct clconv_algo cc_algo_host = {
    .info = {.name = "host",
             .idea = "plain loops in double precision on the processor: the referee",
             .on_host = 1},
    .error = CC_ERROR_REFEREE,
    .supports = supports,
    .estimate = estimate,
    .plan = plan,
    .execute = execute,
};
