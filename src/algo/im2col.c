/* im2col.c - windows become the columns of a matrix, which CLBlast's GEMM multiplies with the
 * filters.
 *
 * For each group and each COLUMNS output positions (over images, rows and columns alike):
 *   matrix[taps][COLUMNS], products[group_k][COLUMNS] = filters[group_k][taps] * matrix.
 * Every product of a plan has the same shape, so that a position's result does not depend on where
 * it lies among the others, and the workspace does not grow with the image. */
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/geom.h"
#include <inttypes.h>
#include <stdio.h>

/* Columns of one product: enough for GEMM to reach its speed, few enough to stay in a cache. */
enum { COLUMNS = 1024, LOCAL = 64 };

/* Share of the FMA peak that CLBlast's GEMM reaches (measured on PoCL; expected of a GPU), with the
 * rows of the product rounded up to its tiles. */
static const double EFFICIENCY_CPU = 0.035, EFFICIENCY_GPU = 0.5;
enum { GEMM_ROWS = 32 };

static size_t element(const cc_geom *geom)
{
    return geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    if (!problem->caps->has_gemm) {
        snprintf(why, CC_WHY, "this build has no CLBlast");
        return false;
    }
    if (problem->geom->taps > INT32_MAX / COLUMNS || problem->geom->group_k > INT32_MAX / COLUMNS) {
        snprintf(why, CC_WHY, "its matrices of %" PRId64 " taps and %d filters pass 2^31 elements",
                 problem->geom->taps, problem->geom->group_k);
        return false;
    }
    return true;
}

static size_t workspace(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    return ((size_t)geom->taps + (size_t)geom->group_k) * COLUMNS * element(geom);
}

static int64_t products(const cc_geom *geom)
{
    return geom->groups * cc_ceil_div((int64_t)geom->n * geom->p * geom->q, COLUMNS);
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    const double rounds = (double)products(geom);
    const double rows = (double)cc_round_up(geom->group_k, GEMM_ROWS);
    const double flops = 2.0 * rounds * COLUMNS * (double)geom->taps * rows;
    const double bytes = 2.0 * rounds * (double)workspace(problem);

    return cc_roofline(problem->caps, flops / efficiency, geom->bytes + bytes) +
           3 * rounds * problem->caps->launch_seconds;
}

static clconv_status plan(struct clconv_plan *plan)
{
    const size_t local[3] = {LOCAL, 1, 1};
    char options[CC_OPTIONS];

    snprintf(options, sizeof options, "-D COLUMNS=%d", COLUMNS);
    snprintf(plan->shape, sizeof plan->shape,
             "%" PRId64 " products of %d x %" PRId64 " by %" PRId64 " x %d", products(&plan->geom),
             plan->geom.group_k, plan->geom.taps, plan->geom.taps, COLUMNS);
    /* CLBlast goes different ways for small and large products. */
    snprintf(plan->library, sizeof plan->library, "%s: %s %d x %d x %" PRId64,
             cc_ocl_gemm_version(), plan->geom.acc_type == CLCONV_F64 ? "f64" : "f32",
             plan->geom.group_k, COLUMNS, plan->geom.taps);
    CC_TRY(
        cc_plan_partial(plan, "im2col.cl", "im2col", options, local, CC_GROUP_FREE, CC_TOUCHES_X));
    return cc_plan_partial(plan, "im2col.cl", "col2out", options, local, CC_GROUP_FREE,
                           CC_TOUCHES_Y);
}

/* One product: gather the windows, multiply, scatter the results. */
static clconv_status one_product(const struct clconv_plan *plan, cc_run *run,
                                 const struct clconv_geom *g, int32_t group, int64_t first)
{
    const cc_geom *const geom = &plan->geom;
    const size_t matrix = run->workspace_offset / element(geom);
    const size_t results = matrix + (size_t)geom->taps * COLUMNS;
    const size_t filters = (size_t)group * (size_t)geom->group_k * (size_t)geom->taps;
    const cc_gemm gemm = {geom->acc_type == CLCONV_F64,
                          (size_t)geom->group_k,
                          COLUMNS,
                          (size_t)geom->taps,
                          run->state->filters,
                          run->workspace,
                          run->workspace,
                          filters,
                          matrix,
                          results};
    const int64_t matrix_base = (int64_t)matrix, results_base = (int64_t)results;
    cc_epilogue_arg storage;
    const cc_arg epilogue = cc_epilogue_for_device(&storage, geom);
    const cc_arg gather[] = {
        CC_ARG(run->x), CC_ARG(run->workspace), CC_ARG(matrix_base), CC_ARG(*g),
        epilogue,       CC_ARG(group),          CC_ARG(first)};
    const cc_arg scatter[] = {
        CC_ARG(run->workspace), CC_ARG(results_base), CC_ARG(run->state->bias),
        CC_ARG(run->y),         CC_ARG(*g),           epilogue,
        CC_ARG(group),          CC_ARG(first)};
    const cc_grid taps = {{COLUMNS, (size_t)geom->taps, 1}, {plan->kernels[0].local[0], 1, 1}};
    const cc_grid outputs = {{COLUMNS, (size_t)geom->group_k, 1},
                             {plan->kernels[1].local[0], 1, 1}};

    CC_TRY(cc_ocl_launch(&run->commands, run->slot->kernels[0], &taps, gather,
                         sizeof gather / sizeof *gather));
    CC_TRY(cc_ocl_gemm(&run->commands, &gemm));
    return cc_ocl_launch(&run->commands, run->slot->kernels[1], &outputs, scatter,
                         sizeof scatter / sizeof *scatter);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom *const geom = &plan->geom;
    const int64_t positions = (int64_t)geom->n * geom->p * geom->q;
    struct clconv_geom g;

    cc_geom_for_device(&g, geom, run->x_base, run->y_base);
    for (int32_t group = 0; group < geom->groups; group++)
        for (int64_t first = 0; first < positions; first += COLUMNS)
            CC_TRY(one_product(plan, run, &g, group, first));
    return CLCONV_OK;
}

const struct clconv_algo cc_algo_im2col = {
    .info = {.name = "im2col",
             .idea = "windows gathered into a matrix and multiplied by CLBlast's GEMM"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .plan = plan,
    .execute = execute,
};
