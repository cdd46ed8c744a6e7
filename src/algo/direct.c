/* direct.c - one output a work-item; any parameters, few variants: the algorithm to fall back on.
 */
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include <stdio.h>

/* Share of the FMA peak that it reaches: measured on PoCL, 3 x 3 to 17 x 17; expected of a GPU. */
static const double EFFICIENCY_CPU = 0.01, EFFICIENCY_GPU = 0.15;

/* Work-items of a group: GPUs run those of a row in step, also beyond the last column. */
enum { LOCAL_Q_CPU = 64, LOCAL_P_CPU = 1, LOCAL_Q_GPU = 32, LOCAL_P_GPU = 8 };

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    (void)problem;
    (void)why;
    return true;
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const bool cpu = problem->caps->is_cpu;
    const double columns = cpu ? geom->q : (double)cc_round_up(geom->q, LOCAL_Q_GPU);
    const double efficiency = cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    return cc_roofline(problem->caps, geom->flops * columns / geom->q / efficiency, geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const bool cpu = plan->context->caps.is_cpu;
    const size_t local[3] = {cpu ? LOCAL_Q_CPU : LOCAL_Q_GPU, cpu ? LOCAL_P_CPU : LOCAL_P_GPU, 1};

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
    .estimate = estimate,
    .plan = plan,
    .execute = execute,
};
