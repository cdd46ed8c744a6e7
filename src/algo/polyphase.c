/* polyphase.c - many filters: the input is brought into planes once, by the remainders of rows and
 * columns by the stride (cl/polyphase.h), from which all blocks of filters read it side by side,
 * without borders, whatever its type, layout and stride. */
#include "cl/polyphase.h"
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Share of the FMA peak, measured on PoCL. */
static const double EFFICIENCY = 0.92;
/* Operations that take as long as one element: brought into a plane by vectors, or one by one, and
 * stored. */
static const double FILLED = 25, GATHERED = 120, STORED = 25;

/* With fewer, what is brought into planes is used too seldom. */
enum { LEAST_FILTERS = 4 };
/* Problems of fewer operations share the code of the first block: another takes longer to build
 * than it could ever save. */
static const double SMALL_FLOPS = 1e6;

/* MOST_TAPS, ROWS and SPAN in the kernels. */
enum { MOST_TAPS = 64, ROWS = 8, SPAN = 4 };
/* Elements of the planes of one channel, and bytes of those of one image. */
enum { MOST_PLANE = 1 << 29 };
static const double MOST_BYTES = (double)(1 << 30);
/* Images are brought in together while their planes stay in the caches. */
static const double TOGETHER_BYTES = 8 << 20;

/* Vectors of outputs and filters of a block, one register each, for as many registers as lanes;
 * speed: of whole blocks, of the best one's, measured on PoCL. */
typedef struct block_shape {
    int vectors, filters;
    double speed;
} block_shape;
static const block_shape BLOCKS_32[] = {{3, 8, 1}, {2, 12, 0.97}, {4, 6, 0.97}, {1, 24, 0.9}};
static const block_shape BLOCKS_16[] = {{3, 4, 1}, {2, 6, 0.97}, {4, 3, 0.9}, {1, 12, 0.9}};
enum { BLOCKS = sizeof BLOCKS_32 / sizeof *BLOCKS_32 };

static clconv_phases phases_of(const cc_geom *geom)
{
    struct clconv_geom g;
    cc_geom_for_device(&g, geom, 0, 0);
    return clconv_phases_of(&g);
}

/* Sums of a plane, with those between its rows. */
static int64_t sums_of(const cc_geom *geom, const clconv_phases *phases)
{
    return (int64_t)(geom->p - 1) * phases->pitch + geom->q;
}

/* What of a block's work is needed, by its speed. */
static double value(const cc_geom *geom, const block_shape *b, int lanes)
{
    const clconv_phases phases = phases_of(geom);
    const int64_t sums = cc_round_up(sums_of(geom, &phases), b->vectors * lanes);
    return (double)geom->p * geom->q / (double)sums * geom->group_k /
           (double)cc_round_up(geom->group_k, b->filters) * b->speed;
}

static bool best_block(block_shape *best, const cc_problem *problem, int i)
{
    const block_shape *const blocks = problem->caps->lanes >= 16 ? BLOCKS_32 : BLOCKS_16;
    double values[BLOCKS];

    for (int at = 0; at < BLOCKS; at++)
        values[at] = value(problem->geom, &blocks[at], cc_lanes(problem->geom, problem->caps));
    if (problem->geom->flops < SMALL_FLOPS)
        values[0] = HUGE_VAL;
    const int at = cc_ranked(values, BLOCKS, i);
    if (at >= 0)
        *best = blocks[at];
    return at >= 0;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    block_shape b;

    if (!best_block(&b, problem, i))
        return false;
    *tile = (cc_tile){.local_q = 1,
                      .local_p = 1,
                      .lanes = cc_lanes(problem->geom, problem->caps),
                      .block_q = b.vectors,
                      .block_p = 1,
                      .block_k = b.filters};
    return true;
}

static double element_bytes(const cc_geom *geom)
{
    return geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
}

/* Bytes of the planes of one image. */
static double image_bytes(const cc_geom *geom)
{
    const clconv_phases phases = phases_of(geom);
    return (double)clconv_phases_size(&phases) * geom->c * element_bytes(geom);
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const clconv_phases phases = phases_of(geom);

    if (problem->caps->lanes == 1) {
        snprintf(why, CC_WHY, "made for devices with explicit vectors, this one has none");
        return false;
    }
    if (geom->group_k < LEAST_FILTERS) {
        snprintf(why, CC_WHY, "made for %d or more filters a group, here are %d", LEAST_FILTERS,
                 geom->group_k);
        return false;
    }
    if (geom->r * geom->s == 1) {
        snprintf(why, CC_WHY, "made for filters of several taps, this one is 1 x 1");
        return false;
    }
    if (geom->r > MOST_TAPS || geom->s > MOST_TAPS) {
        snprintf(why, CC_WHY, "made for filters up to %d x %d, this one is %d x %d", MOST_TAPS,
                 MOST_TAPS, geom->r, geom->s);
        return false;
    }
    if (clconv_phases_size(&phases) > MOST_PLANE || image_bytes(geom) > MOST_BYTES) {
        snprintf(why, CC_WHY,
                 "made for images that take up to %.0f bytes, %d elements a channel, here are %.0f "
                 "and %" PRId64,
                 MOST_BYTES, MOST_PLANE, image_bytes(geom), (int64_t)clconv_phases_size(&phases));
        return false;
    }
    return true;
}

/* Images whose planes are made before their sums are. */
static int images_together(const cc_geom *geom)
{
    const double fit = TOGETHER_BYTES / image_bytes(geom);
    return fit < 1 ? 1 : fit < geom->n ? (int)fit : geom->n;
}

/* The last block of the last plane reads beyond it. */
static size_t workspace(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    cc_tile best;
    size_t most = 0;

    for (int i = 0; tile(&best, problem, i); i++)
        if (most < (size_t)(best.block_q * best.lanes))
            most = (size_t)(best.block_q * best.lanes);
    return (size_t)(images_together(geom) * image_bytes(geom)) + most * (size_t)element_bytes(geom);
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const double planes = image_bytes(geom) * geom->n;
    const double moved = geom->bytes + 2 * planes;
    const double filled = geom->x.w == 1 && geom->stride_w <= 2 ? FILLED : GATHERED;
    block_shape b;

    best_block(&b, problem, 0);
    const double useful = value(geom, &b, cc_lanes(geom, problem->caps));
    const double flops = geom->flops / useful / EFFICIENCY + filled * planes / element_bytes(geom) +
                         STORED * (double)geom->outputs;
    return problem->caps->launch_seconds + cc_roofline(problem->caps, flops, moved);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_tile *const t = &plan->tile;
    const size_t local[3] = {1, 1, 1};
    char options[CC_OPTIONS];

    snprintf(options, sizeof options, "-D LANES=%d -D ROWS=%d", t->lanes, ROWS);
    CC_TRY(cc_plan_partial(plan, "polyphase_planes.cl", "polyphase_planes", options, local,
                           CC_GROUP_FIXED, CC_TOUCHES_X));
    snprintf(options, sizeof options,
             "-D FILTERS=%d -D VECTORS=%d -D LANES=%d -D SPAN=%d -D MOST_TAPS=%d", t->block_k,
             t->block_q, t->lanes, SPAN, MOST_TAPS);
    snprintf(plan->shape, sizeof plan->shape, "%d filters x %d outputs a block in vectors of %d",
             t->block_k, t->block_q * t->lanes, t->lanes);
    return cc_plan_partial(plan, "polyphase_sums.cl", "polyphase_sums", options, local,
                           CC_GROUP_FIXED, CC_TOUCHES_Y);
}

static size_t packed_count(const struct clconv_plan *plan)
{
    return cc_pack_blocks_count(&plan->geom, plan->tile.block_k);
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    cc_pack_blocks(packed, &plan->geom, plan->tile.block_k, filters);
}

/* Images [first, first + count). */
static clconv_status run_images(const struct clconv_plan *plan, cc_run *run, int first, int count)
{
    const cc_geom *const geom = &plan->geom;
    const cc_tile *const t = &plan->tile;
    const clconv_phases phases = phases_of(geom);
    const int tile[2] = {SPAN * t->block_q * t->lanes, 1};
    const int64_t planes_at = (int64_t)(run->workspace_offset / (size_t)element_bytes(geom));
    const int64_t rows[3] = {cc_ceil_div(phases.rows, ROWS), geom->c, count};
    const int64_t blocks[3] = {cc_ceil_div(sums_of(geom, &phases), tile[0]), 1,
                               count * geom->groups * cc_ceil_div(geom->group_k, t->block_k)};
    struct clconv_geom g;
    cc_epilogue_arg storage;
    const cc_arg epilogue = cc_epilogue_for_device(&storage, geom);
    const cc_arg in[] = {CC_ARG(run->x), CC_ARG(run->workspace), CC_ARG(planes_at), CC_ARG(g),
                         epilogue};
    const cc_arg out[] = {CC_ARG(run->workspace),
                          CC_ARG(planes_at),
                          CC_ARG(run->state->filters),
                          CC_ARG(run->state->bias),
                          CC_ARG(run->y),
                          CC_ARG(g),
                          epilogue};

    cc_geom_for_device(&g, geom, run->x_base + first * geom->x.n, run->y_base + first * geom->y.n);
    CC_TRY(cc_launch_groups(plan, run, 0, rows, (int[]){ROWS, 1}, &g, in, sizeof in / sizeof *in));
    return cc_launch_groups(plan, run, 1, blocks, tile, &g, out, sizeof out / sizeof *out);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const int n = plan->geom.n, most = images_together(&plan->geom);

    for (int first = 0; first < n; first += most)
        CC_TRY(run_images(plan, run, first, n - first < most ? n - first : most));
    return CLCONV_OK;
}

const struct clconv_algo cc_algo_polyphase = {
    .info = {.name = "polyphase",
             .idea = "many filters: the input in planes by its remainders modulo the stride"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
