/* tiled.c - a work-group shares a tile of the input in local memory, the halo loaded once. */
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include <inttypes.h>
#include <stdio.h>

/* Share of the FMA peak that it reaches in whole tiles: measured on PoCL, 3 x 3 to 17 x 17;
 * expected of a GPU. To bring an element into local memory costs about as much as LOAD_FLOPS of
 * them. */
static const double EFFICIENCY_CPU = 0.018, EFFICIENCY_GPU = 0.3, LOAD_FLOPS = 4;

/* Local memory a tile may take unless the device has less: more would keep a GPU's multiprocessor
 * from holding two work-groups. */
static const int64_t LOCAL_BYTES = 32 * 1024;

/* Largest first: the first that fits is the best guess. */
static const cc_tile TILES_GPU[] = {{.local_q = 32, .local_p = 8, .block_p = 4},
                                    {.local_q = 32, .local_p = 8, .block_p = 1},
                                    {.local_q = 16, .local_p = 8, .block_p = 1},
                                    {.local_q = 8, .local_p = 8, .block_p = 1},
                                    {.local_q = 8, .local_p = 4, .block_p = 1}};
static const cc_tile TILES_CPU[] = {{.local_q = 64, .local_p = 1, .block_p = 8},
                                    {.local_q = 32, .local_p = 1, .block_p = 8},
                                    {.local_q = 16, .local_p = 1, .block_p = 4},
                                    {.local_q = 8, .local_p = 1, .block_p = 1}};
enum {
    TILES_GPU_COUNT = sizeof TILES_GPU / sizeof *TILES_GPU,
    TILES_CPU_COUNT = sizeof TILES_CPU / sizeof *TILES_CPU
};

/* The size whose filters, moved by one, have code of their own; all others share it for tiles up to
 * a power of two. */
enum { FIXED_SIZE = 3, LEAST_ELEMENTS = 1024 };

static bool has_own_code(const cc_geom *geom)
{
    return geom->r == FIXED_SIZE && geom->s == FIXED_SIZE && geom->stride_h == 1 &&
           geom->stride_w == 1 && geom->dilation_h == 1 && geom->dilation_w == 1;
}

/* Input elements of the tile, TILE_H * TILE_W in cl/tiled.cl, or what the code has for them. */
static int64_t tile_elements(const cc_geom *geom, const cc_tile *tile)
{
    const int64_t rows = (int64_t)(tile->local_p * tile->block_p - 1) * geom->stride_h +
                         (int64_t)(geom->r - 1) * geom->dilation_h + 1;
    const int64_t columns = (int64_t)(tile->local_q - 1) * geom->stride_w +
                            (int64_t)(geom->s - 1) * geom->dilation_w + 1;
    int64_t elements;
    return cc_mul(&elements, rows, columns) ? elements : INT64_MAX;
}

static int64_t tile_capacity(const cc_geom *geom, const cc_tile *tile)
{
    const int64_t elements = tile_elements(geom, tile);
    int64_t capacity = LEAST_ELEMENTS;

    if (has_own_code(geom) || elements > LOCAL_BYTES)
        return elements;
    while (capacity < elements)
        capacity *= 2;
    return capacity;
}

static int64_t tile_bytes(const cc_geom *geom, const cc_tile *tile)
{
    const int64_t element = geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    int64_t bytes;
    return cc_mul(&bytes, tile_capacity(geom, tile), element) ? bytes : INT64_MAX;
}

static int64_t local_limit(const cc_caps *caps)
{
    return (int64_t)caps->info.local_memory < LOCAL_BYTES ? (int64_t)caps->info.local_memory
                                                          : LOCAL_BYTES;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const cc_caps *const caps = problem->caps;
    const cc_tile *const tiles = caps->is_cpu ? TILES_CPU : TILES_GPU;
    const int count = caps->is_cpu ? TILES_CPU_COUNT : TILES_GPU_COUNT;

    for (int at = 0; at < count; at++)
        if ((uint64_t)tiles[at].local_q * (uint64_t)tiles[at].local_p <= caps->info.max_group &&
            tile_bytes(problem->geom, &tiles[at]) <= local_limit(caps) && i-- == 0) {
            *tile = tiles[at];
            return true;
        }
    return false;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const cc_caps *const caps = problem->caps;
    const cc_tile *const least =
        caps->is_cpu ? &TILES_CPU[TILES_CPU_COUNT - 1] : &TILES_GPU[TILES_GPU_COUNT - 1];
    cc_tile best;

    if (tile(&best, problem, 0))
        return true;
    snprintf(why, CC_WHY,
             "the smallest tile takes %" PRId64 " bytes of local memory, %" PRId64
             " are to be had (filter %d x %d, stride %d x %d, dilation %d x %d)",
             tile_bytes(geom, least), local_limit(caps), geom->r, geom->s, geom->stride_h,
             geom->stride_w, geom->dilation_h, geom->dilation_w);
    return false;
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    cc_tile best;
    tile(&best, problem, 0);
    const int tile_p = best.local_p * best.block_p;
    const double outputs = (double)best.local_q * tile_p;
    const double tiles = (double)cc_ceil_div(geom->q, best.local_q) *
                         (double)cc_ceil_div(geom->p, tile_p) * geom->n * geom->k;
    const double loads = (double)geom->group_c * (double)tile_elements(geom, &best);
    const double flops = tiles * (2 * outputs * (double)geom->taps + LOAD_FLOPS * loads);

    return cc_roofline(problem->caps, flops / efficiency, geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_geom *const geom = &plan->geom;
    const cc_tile *const t = &plan->tile;
    const size_t local[3] = {(size_t)t->local_q, (size_t)t->local_p, 1};
    char options[CC_OPTIONS], sizes[CC_SHAPE] = "";

    if (has_own_code(geom))
        snprintf(sizes, sizeof sizes,
                 "-D R=%d -D S=%d -D STRIDE_H=1 -D STRIDE_W=1 -D DILATION_H=1 -D DILATION_W=1",
                 geom->r, geom->s);
    snprintf(options, sizeof options,
             "-D LOCAL_Q=%d -D LOCAL_P=%d -D ROWS=%d -D TILE_ELEMENTS=%" PRId64 " %s", t->local_q,
             t->local_p, t->block_p, tile_capacity(geom, t), sizes);
    snprintf(plan->shape, sizeof plan->shape,
             "tile of %d x %d outputs, work-group %d x %d, %" PRId64 " bytes of local memory",
             t->local_q, t->local_p * t->block_p, t->local_q, t->local_p, tile_bytes(geom, t));
    return cc_plan_kernel(plan, "tiled.cl", "tiled", options, local, CC_GROUP_FIXED);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_tile *const t = &plan->tile;
    return cc_launch_outputs(plan, run, &plan->geom, 0, t->local_q, t->local_p * t->block_p);
}

const struct clconv_algo cc_algo_tiled = {
    .info = {.name = "tiled",
             .idea = "a work-group shares a tile of the input, halo included, in local memory"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .execute = execute,
};
