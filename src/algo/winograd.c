/* winograd.c - 3 x 3 filters with 4 or 2.25 times fewer multiplications: F(4 x 4, 3 x 3) and
 * F(2 x 2, 3 x 3) (Winograd; Lavin and Gray 2015), see cl/winograd.h.
 *
 * Blocks of tiles are transformed to the workspace, multiplied with the transformed filters and
 * transformed back. The workspace holds as many blocks as stay in a cache, so that a large image
 * takes several rounds. */
#include "algo/winograd.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/geom.h"
#include <inttypes.h>
#include <stdio.h>

/* Channels that a work-item transforms, blocks of tiles that it multiplies at most: CHANNELS and
 * BLOCKS in cl/winograd_vectors.cl. */
enum { CHANNELS = 8, BLOCKS = 4 };
/* Work-items that a compute unit is to have at least. */
enum { SHARE = 4 };
/* What the workspace holds at least is one block; of more channels it would be too large. */
enum { MOST_CHANNELS = 1 << 14 };
/* Bytes of the workspace. */
static const double WORKSPACE_CPU = 4 << 20, WORKSPACE_GPU = 64 << 20;

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const int lanes = problem->caps->lanes, local = lanes > 1 ? 1 : CC_WINOGRAD_LOCAL;
    cc_winograd_shape b;

    if (!cc_winograd_shape_at(&b, problem, i))
        return false;
    *tile = (cc_tile){.local_q = local,
                      .local_p = local,
                      .lanes = lanes,
                      .block_q = b.tiles,
                      .block_p = 1,
                      .block_k = b.filters,
                      .step = b.step};
    return true;
}

/* Values that cancel are added: measured less than a third of it. */
static double spread(const cc_geom *geom)
{
    (void)geom;
    return 128;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;

    if (geom->r != 3 || geom->s != 3 || cc_geom_is_stepped(geom)) {
        snprintf(why, CC_WHY,
                 "made for 3 x 3 filters, stride 1, dilation 1, this one is %d x %d, stride %d x "
                 "%d, dilation %d x %d",
                 geom->r, geom->s, geom->stride_h, geom->stride_w, geom->dilation_h,
                 geom->dilation_w);
        return false;
    }
    if (geom->acc_type != CLCONV_F32) {
        snprintf(why, CC_WHY, "made for arithmetic in f32, this one is in f64");
        return false;
    }
    if (geom->c > MOST_CHANNELS || geom->k > MOST_CHANNELS) {
        snprintf(why, CC_WHY, "made for up to %d channels and filters, this one has %d and %d",
                 MOST_CHANNELS, geom->c, geom->k);
        return false;
    }
    if (problem->caps->lanes == 1 &&
        problem->caps->info.max_group < (uint64_t)CC_WINOGRAD_LOCAL * CC_WINOGRAD_LOCAL) {
        snprintf(why, CC_WHY, "the driver allows %llu work-items a group at most, it needs %d",
                 (unsigned long long)problem->caps->info.max_group,
                 CC_WINOGRAD_LOCAL * CC_WINOGRAD_LOCAL);
        return false;
    }
    return true;
}

/* Of the workspace, for a block: what is transformed, and on a GPU the products. */
static double block_bytes(const cc_geom *geom, int step, const cc_winograd_blocks *s, int lanes)
{
    const int planes = geom->c + (lanes > 1 ? 0 : geom->k);
    return (double)(cc_winograd_points(step) * s->room * planes) * sizeof(float);
}

/* Enough for any shape of block, for it is asked before one is chosen. */
static size_t workspace(const cc_problem *problem)
{
    const int lanes = problem->caps->lanes;
    const double limit = problem->caps->is_cpu ? WORKSPACE_CPU : WORKSPACE_GPU;
    double most = 0;
    cc_winograd_shape b;

    for (int i = 0; cc_winograd_shape_at(&b, problem, i); i++) {
        const cc_winograd_blocks s = cc_winograd_split(problem->geom, b.step, b.tiles, lanes);
        const double one = block_bytes(problem->geom, b.step, &s, lanes);
        const double needed = one * (double)s.blocks;
        const double bytes = needed > limit ? (one > limit ? one : limit) : needed;
        most = bytes > most ? bytes : most;
    }
    return (size_t)most;
}

/* Operations that an input between others takes, and how many times as long all of it where groups
 * have next to no channels to be summed in between; measured on PoCL. */
static const double GATHERED = 360, FEW_CHANNELS = 4;

/* One launch more than of other algorithms counts on tiny problems. */
static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const cc_caps *const caps = problem->caps;
    const double gathered =
        caps->lanes > 1 && geom->x.w != 1 ? GATHERED * (double)geom->x_elements : 0;
    cc_winograd_shape b;

    cc_winograd_shape_at(&b, problem, 0);
    const double few = caps->lanes > 1 && geom->group_c < FEW_CHANNELS ? FEW_CHANNELS : 1;
    return caps->launch_seconds +
           cc_roofline(caps, few * cc_winograd_cost(problem, &b) + gathered, geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_tile *const t = &plan->tile;
    const size_t one[3] = {1, 1, 1}, plane[3] = {CC_WINOGRAD_SIDE, 2, 1};
    const size_t square[3] = {(size_t)t->local_q, (size_t)t->local_p, 1};
    char options[CC_OPTIONS];

    snprintf(plan->shape, sizeof plan->shape, "F(%d x %d, 3 x 3), blocks of %d tiles x %d filters",
             t->step, t->step, t->block_q, t->block_k);
    if (t->lanes > 1) {
        snprintf(options, sizeof options,
                 "-D STEP=%d -D TILES=%d -D VECTORS=%d -D CHANNELS=%d -D BLOCKS=%d -D LANES=%d",
                 t->step, t->block_q, t->block_k / t->lanes, CHANNELS, BLOCKS, t->lanes);
        CC_TRY(cc_plan_partial(plan, "winograd_vectors.cl", "winograd_input", options, one,
                               CC_GROUP_FIXED, CC_TOUCHES_X));
        return cc_plan_partial(plan, "winograd_vectors.cl", "winograd_output", options, one,
                               CC_GROUP_FIXED, CC_TOUCHES_Y);
    }
    snprintf(options, sizeof options, "-D STEP=%d -D LOCAL=%d -D ITEM_TILES=%d -D ITEM_FILTERS=%d",
             t->step, t->local_q, CC_WINOGRAD_ITEM, CC_WINOGRAD_ITEM);
    CC_TRY(
        cc_plan_kernel(plan, "winograd_items.cl", "winograd_input", options, plane, CC_GROUP_FREE));
    CC_TRY(cc_plan_kernel(plan, "winograd_items.cl", "winograd_products", options, square,
                          CC_GROUP_FIXED));
    return cc_plan_kernel(plan, "winograd_items.cl", "winograd_output", options, plane,
                          CC_GROUP_FREE);
}

/* What one round of launches has in common. */
typedef struct launch_round {
    struct clconv_geom g;
    cc_epilogue_arg epilogue;
    int64_t v, m;   /* where the transformed tiles, and on a GPU the products, begin: floats */
    int64_t first;  /* block */
    int64_t blocks; /* of this round */
    int tiles;      /* of a block */
} launch_round;

static size_t whole_groups(int64_t items, size_t local)
{
    return (size_t)cc_round_up(items, (int64_t)local);
}

/* Blocks that a work-item multiplies: many, so that filters are read seldom, while all compute
 * units have enough work-items. */
static int blocks_of_item(const struct clconv_plan *plan, int64_t blocks)
{
    const int64_t wanted = (int64_t)SHARE * plan->context->caps.info.compute_units;
    int count = BLOCKS;

    while (count > 1 && cc_winograd_filter_blocks(plan) * cc_ceil_div(blocks, count) < wanted)
        count /= 2;
    return count;
}

static clconv_status round_of_vectors(const struct clconv_plan *plan, cc_run *run, launch_round *r)
{
    const cc_arg epilogue = cc_epilogue_for_device(&r->epilogue, &plan->geom);
    const int count = (int)r->blocks, of_item = blocks_of_item(plan, r->blocks);
    const cc_arg in[] = {CC_ARG(run->x), CC_ARG(run->workspace), CC_ARG(r->v),    CC_ARG(r->g),
                         epilogue,       CC_ARG(r->first),       CC_ARG(r->tiles)};
    const cc_arg out[] = {CC_ARG(run->workspace),
                          CC_ARG(r->v),
                          CC_ARG(run->state->filters),
                          CC_ARG(run->state->bias),
                          CC_ARG(run->y),
                          CC_ARG(r->g),
                          epilogue,
                          CC_ARG(r->first),
                          CC_ARG(r->tiles),
                          CC_ARG(count),
                          CC_ARG(of_item)};
    const cc_grid channels = {{(size_t)cc_ceil_div(plan->geom.c, CHANNELS), (size_t)r->blocks, 1},
                              {1, 1, 1}};
    const cc_grid filters = {
        {(size_t)cc_winograd_filter_blocks(plan), (size_t)cc_ceil_div(r->blocks, of_item), 1},
        {1, 1, 1}};

    CC_TRY(cc_ocl_launch(&run->commands, run->slot->kernels[0], &channels, in,
                         sizeof in / sizeof *in));
    return cc_ocl_launch(&run->commands, run->slot->kernels[1], &filters, out,
                         sizeof out / sizeof *out);
}

static clconv_status round_of_items(const struct clconv_plan *plan, cc_run *run, launch_round *r)
{
    const cc_arg epilogue = cc_epilogue_for_device(&r->epilogue, &plan->geom);
    const cc_arg in[] = {CC_ARG(run->x), CC_ARG(run->workspace), CC_ARG(r->v), CC_ARG(r->g),
                         epilogue,       CC_ARG(r->first)};
    const cc_arg products_of[] = {CC_ARG(run->workspace), CC_ARG(r->v), CC_ARG(r->m),
                                  CC_ARG(run->state->filters), CC_ARG(r->g)};
    const cc_arg out[] = {CC_ARG(run->workspace), CC_ARG(r->m), CC_ARG(run->state->bias),
                          CC_ARG(run->y),         CC_ARG(r->g), epilogue,
                          CC_ARG(r->first)};
    const size_t *const local_in = plan->kernels[0].local, *const local = plan->kernels[1].local;
    const size_t *const local_out = plan->kernels[2].local;
    const size_t across = (size_t)(r->blocks * plan->tile.block_q);
    const cc_grid inputs = {{across, whole_groups(plan->geom.c, local_in[1]), 1},
                            {local_in[0], local_in[1], 1}};
    const cc_grid blocks = {{(size_t)cc_winograd_points(plan->tile.step) * local[0],
                             (size_t)cc_winograd_filter_blocks(plan) * local[1], (size_t)r->blocks},
                            {local[0], local[1], 1}};
    const cc_grid outputs = {{across, whole_groups(plan->geom.k, local_out[1]), 1},
                             {local_out[0], local_out[1], 1}};

    CC_TRY(
        cc_ocl_launch(&run->commands, run->slot->kernels[0], &inputs, in, sizeof in / sizeof *in));
    CC_TRY(cc_ocl_launch(&run->commands, run->slot->kernels[1], &blocks, products_of,
                         sizeof products_of / sizeof *products_of));
    return cc_ocl_launch(&run->commands, run->slot->kernels[2], &outputs, out,
                         sizeof out / sizeof *out);
}

/* Blocks of one round: what the workspace holds, and one launch may. */
static int64_t blocks_of_round(const struct clconv_plan *plan, const cc_winograd_blocks *s)
{
    const cc_geom *const geom = &plan->geom;
    const cc_tile *const t = &plan->tile;
    const int64_t held =
        (int64_t)((double)plan->workspace / block_bytes(geom, t->step, s, t->lanes));
    const int64_t group = t->local_q * t->local_p;
    const int64_t items =
        cc_winograd_filter_blocks(plan) * group * (t->lanes > 1 ? 1 : cc_winograd_points(t->step)) +
        (int64_t)(geom->c + geom->k) * (t->lanes > 1 ? 1 : s->tiles);
    const int64_t launched = plan->context->caps.launch_limit / items;
    const int64_t most = held < launched ? held : launched > 1 ? launched : 1;

    return t->lanes > 1 && most > BLOCKS ? most / BLOCKS * BLOCKS : most;
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom *const geom = &plan->geom;
    const cc_tile *const t = &plan->tile;
    const cc_winograd_blocks s = cc_winograd_split(geom, t->step, t->block_q, t->lanes);
    const int64_t most = blocks_of_round(plan, &s);
    launch_round r = {.v = (int64_t)(run->workspace_offset / sizeof(float)), .tiles = s.tiles};

    cc_geom_for_device(&r.g, geom, run->x_base, run->y_base);
    for (; r.first < s.blocks; r.first += most) {
        r.blocks = s.blocks - r.first < most ? s.blocks - r.first : most;
        r.m = r.v + r.blocks * cc_winograd_points(t->step) * s.tiles * geom->c;
        CC_TRY(t->lanes > 1 ? round_of_vectors(plan, run, &r) : round_of_items(plan, run, &r));
    }
    return CLCONV_OK;
}

const struct clconv_algo cc_algo_winograd = {
    .info = {.name = "winograd",
             .idea = "3 x 3 filters in transformed tiles: up to four times fewer multiplications",
             .transforms = 1},
    .error = CC_ERROR_SUM,
    .spread = spread,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = cc_winograd_packed_count,
    .pack = cc_winograd_pack,
    .execute = execute,
};
