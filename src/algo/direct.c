/* direct.c - one output a work-item; any parameters, few variants: the algorithm to fall back on.
 */
#include "algo/algo.h"
#include "base/status.h"
#include <stdio.h>

/* Share of the FMA peak that it reaches: measured on PoCL, 3 x 3 to 17 x 17; expected of a GPU. */
static const double EFFICIENCY_CPU = 0.01, EFFICIENCY_GPU = 0.15;

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    (void)problem;
    (void)why;
    return true;
}

static size_t workspace(const cc_problem *problem)
{
    (void)problem;
    return 0;
}

static double estimate(const cc_problem *problem)
{
    const double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    return cc_roofline(problem->caps, problem->geom->flops / efficiency, problem->geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const bool cpu = plan->context->caps.is_cpu;
    const size_t local[3] = {cpu ? 64 : 32, cpu ? 1 : 8, 1};

    CC_TRY(cc_plan_kernel(plan, "direct.cl", "direct", "", local, CC_GROUP_FREE));
    snprintf(plan->shape, sizeof plan->shape, "work-group %zu x %zu, one output a work-item",
             plan->kernels[0].local[0], plan->kernels[0].local[1]);
    return CLCONV_OK;
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const size_t *const local = plan->kernels[0].local;
    return cc_launch_outputs(plan, run, &plan->geom, 0, (int)local[0], (int)local[1]);
}

const struct clconv_algo cc_algo_direct = {
    .info = {.name = "direct", .idea = "one output a work-item, every parameter at run time"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .plan = plan,
    .execute = execute,
};
