/* pointwise.c - filters of one tap on small maps, whose columns do not fill vectors: the lanes of a
 * vector are filters instead. */
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/geom.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Share of the FMA peak, measured on PoCL, of channels that begin up to NEAR elements apart: beyond
 * that they lie on other pages, and by each doubling arithmetic takes FURTHER more. To turn a
 * result back costs as much as STORE_FLOPS. */
static const double EFFICIENCY = 0.83, NEAR = 400, FURTHER = 0.2, STORE_FLOPS = 120;

/* Larger maps fill vectors of columns. */
enum { MOST_PIXELS = 1 << 16 };

/* Vectors of filters and outputs of a block, one register each, for as many registers as lanes;
 * speed: of whole blocks, of the best one's, measured on PoCL. */
typedef struct block_shape {
    int vectors, pixels;
    double speed;
} block_shape;
static const block_shape BLOCKS_32[] = {{2, 14, 1}, {2, 10, 0.97}, {3, 7, 0.95}};
static const block_shape BLOCKS_16[] = {{2, 5, 1}, {2, 4, 0.95}, {1, 7, 0.9}};
enum { BLOCKS = sizeof BLOCKS_32 / sizeof *BLOCKS_32 };

static int64_t pixels(const cc_geom *geom)
{
    return (int64_t)geom->p * geom->q;
}

/* What of a block's work is needed, by its speed. */
static double value(const cc_geom *geom, const block_shape *b, int lanes)
{
    return (double)pixels(geom) / (double)cc_round_up(pixels(geom), b->pixels) * geom->group_k /
           (double)cc_round_up(geom->group_k, b->vectors * lanes) * b->speed;
}

static bool best_block(block_shape *best, const cc_problem *problem, int i)
{
    const block_shape *const blocks = problem->caps->lanes >= 16 ? BLOCKS_32 : BLOCKS_16;
    double values[BLOCKS];

    for (int at = 0; at < BLOCKS; at++)
        values[at] = value(problem->geom, &blocks[at], cc_lanes(problem->geom, problem->caps));
    const int at = cc_ranked(values, BLOCKS, i);
    if (at >= 0)
        *best = blocks[at];
    return at >= 0;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const int lanes = cc_lanes(problem->geom, problem->caps);
    block_shape b;

    if (!best_block(&b, problem, i))
        return false;
    *tile = (cc_tile){.local_q = 1,
                      .local_p = 1,
                      .lanes = lanes,
                      .block_q = b.pixels,
                      .block_p = 1,
                      .block_k = b.vectors * lanes};
    return true;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;

    if (problem->caps->lanes == 1) {
        snprintf(why, CC_WHY, "made for devices with explicit vectors, this one has none");
        return false;
    }
    if (geom->r != 1 || geom->s != 1 || geom->pad_top != 0 || geom->pad_left != 0 ||
        geom->pad_bottom > 0 || geom->pad_right > 0) {
        snprintf(why, CC_WHY,
                 "made for 1 x 1 filters without padding, here are %d x %d and padding %d,%d,%d,%d",
                 geom->r, geom->s, geom->pad_top, geom->pad_left, geom->pad_bottom,
                 geom->pad_right);
        return false;
    }
    if (pixels(geom) > MOST_PIXELS || geom->group_k < cc_lanes(geom, problem->caps)) {
        snprintf(
            why, CC_WHY,
            "made for %d or more filters a group and maps of up to %d outputs, here are %d and "
            "%" PRId64,
            cc_lanes(geom, problem->caps), MOST_PIXELS, geom->group_k, pixels(geom));
        return false;
    }
    return true;
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    block_shape b;

    best_block(&b, problem, 0);
    const double useful = value(geom, &b, cc_lanes(geom, problem->caps));
    const double far = fmax(0, FURTHER * log2((double)geom->x.c / NEAR));
    const double flops = geom->flops / useful * (1 + far) + STORE_FLOPS * (double)geom->outputs;
    return cc_roofline(problem->caps, flops / EFFICIENCY, geom->bytes);
}

/* Whether outputs lie in rows, or their inputs are not side by side. */
static bool is_gathered(const cc_geom *seen)
{
    return seen->p != 1 || seen->x.w != 1 || seen->stride_w != 1;
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_geom seen = cc_geom_one_row(&plan->geom);
    const cc_tile *const t = &plan->tile;
    const size_t local[3] = {1, 1, 1};
    char options[CC_OPTIONS];

    snprintf(options, sizeof options, "-D PIXELS=%d -D VECTORS=%d -D LANES=%d -D GATHERED=%d",
             t->block_q, t->block_k / t->lanes, t->lanes, is_gathered(&seen));
    snprintf(plan->shape, sizeof plan->shape,
             "%d outputs of %d filters a work-item in vectors of %d filters", t->block_q,
             t->block_k, t->lanes);
    return cc_plan_kernel(plan, "pointwise_filters.cl", "pointwise_filters", options, local,
                          CC_GROUP_FIXED);
}

static size_t packed_count(const struct clconv_plan *plan)
{
    return cc_pack_blocks_count(&plan->geom, plan->tile.block_k);
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    cc_pack_blocks(packed, &plan->geom, plan->tile.block_k, filters);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom seen = cc_geom_one_row(&plan->geom);
    const cc_tile *const t = &plan->tile;
    struct clconv_geom g;
    cc_epilogue_arg epilogue;
    const cc_arg args[] = {CC_ARG(run->x),
                           CC_ARG(run->state->filters),
                           CC_ARG(run->state->bias),
                           CC_ARG(run->y),
                           CC_ARG(g),
                           cc_epilogue_for_device(&epilogue, &seen)};
    const int64_t groups[3] = {cc_ceil_div(pixels(&seen), t->block_q), 1,
                               seen.n * (int64_t)seen.groups *
                                   cc_ceil_div(seen.group_k, t->block_k)};

    cc_geom_for_device(&g, &seen, run->x_base, run->y_base);
    return cc_launch_groups(plan, run, 0, groups, (int[]){t->block_q, 1}, &g, args,
                            sizeof args / sizeof *args);
}

const struct clconv_algo cc_algo_pointwise = {
    .info = {.name = "pointwise",
             .idea = "1 x 1 filters on small maps: the lanes of a vector are filters"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
