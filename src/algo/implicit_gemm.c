/* implicit_gemm.c - the convolution as a matrix product whose second matrix is made in local
 * memory, a piece at a time: for GPUs, many channels and many filters. */
#include "algo/implicit_gemm.h"
#include "base/size.h"
#include <stdio.h>

enum { DEPTH = 8, LEAST_FILTERS = 8 };

/* Share of the FMA peak: expected of a GPU whose work-items never wait; measured on llvmpipe. */
static const double EFFICIENCY_GPU = 0.8, EFFICIENCY_CPU = 0.005;

/* The larger the block of a work-item, the more products for each value that it loads: 4 of local
 * memory for 64 of 8 x 8 are what an NVIDIA multiprocessor loads meanwhile. */
static const cc_implicit_shape SHAPES[] = {
    {16, 16, 8, 8, 1}, {16, 8, 8, 8, 0.95}, {16, 8, 4, 8, 0.8}};

/* Two steps of both, as cl/implicit_gemm.cl has them. */
static int64_t operands(const cc_geom *geom, const cc_tile *tile)
{
    return 2 * DEPTH * (cc_implicit_outputs(tile) + cc_implicit_filters(tile)) *
           (int64_t)clconv_type_size(geom->acc_type);
}

static double efficiency(const cc_caps *caps)
{
    return caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
}

static const cc_implicit_kind KIND = {
    .file = "implicit_gemm.cl",
    .kernel = "implicit_gemm",
    .options = "",
    .depth = DEPTH,
    .least_channels = DEPTH,
    .least_filters = LEAST_FILTERS,
    .shapes = SHAPES,
    .shape_count = sizeof SHAPES / sizeof *SHAPES,
    .operands = operands,
    .efficiency = efficiency,
};

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    double seconds;

    return cc_implicit_tile(tile, &seconds, problem, &KIND, i);
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    if (problem->caps->lanes > 1) {
        snprintf(why, CC_WHY, "made for GPUs, this device has vectors of %d lanes",
                 problem->caps->lanes);
        return false;
    }
    return cc_implicit_supports(problem, &KIND, why);
}

static size_t workspace(const cc_problem *problem)
{
    return cc_implicit_workspace(problem, &KIND);
}

static double estimate(const cc_problem *problem)
{
    double seconds;
    cc_tile best;

    cc_implicit_tile(&best, &seconds, problem, &KIND, 0);
    return seconds;
}

static clconv_status plan(struct clconv_plan *plan)
{
    return cc_implicit_plan(plan, &KIND);
}

static size_t packed_count(const struct clconv_plan *plan)
{
    return cc_implicit_packed_count(plan, DEPTH);
}

static float *pack_block(float *packed, const cc_geom *geom, const float *filters, int in_block,
                         int filters_of_block)
{
    const int64_t area = (int64_t)geom->r * geom->s;
    const int64_t channels = cc_round_up(geom->group_c, DEPTH);

    for (int64_t tap = 0; tap < area; tap++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t f = 0; f < filters_of_block; f++)
                *packed++ = f < in_block && c < geom->group_c
                                ? filters[f * geom->taps + c * area + tap]
                                : 0;
    return packed;
}

/* packed[group][block of filters][row][column][channel][filter of the block], zeros for channels
 * that whole steps have more, and where the last block of a group has fewer filters. */
static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int block = cc_implicit_filters(&plan->tile);

    for (int group = 0; group < geom->groups; group++)
        for (int first = 0; first < geom->group_k; first += block)
            packed = pack_block(
                packed, geom, filters + ((int64_t)group * geom->group_k + first) * geom->taps,
                geom->group_k - first < block ? geom->group_k - first : block, block);
}

const struct clconv_algo cc_algo_implicit_gemm = {
    .info = {.name = "implicit_gemm",
             .idea = "a matrix product whose windows are gathered in local memory, for GPUs"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = cc_implicit_execute,
};
