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

/* Work-groups, and output rows a work-item computes, largest first: the first whose tile fits. */
typedef struct tile_shape {
    int local_q, local_p, rows;
} tile_shape;
static const tile_shape SHAPES_GPU[] = {{32, 8, 4}, {32, 8, 1}, {16, 8, 1}, {8, 8, 1}, {8, 4, 1}};
static const tile_shape SHAPES_CPU[] = {{64, 1, 8}, {32, 1, 8}, {16, 1, 4}, {8, 1, 1}};
enum { SHAPES_GPU_COUNT = 5, SHAPES_CPU_COUNT = 4 };

/* Input elements of the tile; the formula of TILE_H and TILE_W in cl/tiled.cl. */
static int64_t tile_elements(const cc_geom *geom, const tile_shape *shape)
{
    const int64_t rows = (int64_t)(shape->local_p * shape->rows - 1) * geom->stride_h +
                         (int64_t)(geom->r - 1) * geom->dilation_h + 1;
    const int64_t columns = (int64_t)(shape->local_q - 1) * geom->stride_w +
                            (int64_t)(geom->s - 1) * geom->dilation_w + 1;
    int64_t elements;
    return cc_mul(&elements, rows, columns) ? elements : INT64_MAX;
}

static int64_t tile_bytes(const cc_geom *geom, const tile_shape *shape)
{
    const int64_t element = geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    int64_t bytes;
    return cc_mul(&bytes, tile_elements(geom, shape), element) ? bytes : INT64_MAX;
}

static int64_t local_limit(const cc_caps *caps)
{
    return (int64_t)caps->info.local_memory < LOCAL_BYTES ? (int64_t)caps->info.local_memory
                                                          : LOCAL_BYTES;
}

/* NULL when none fits. */
static const tile_shape *choose_shape(const cc_geom *geom, const cc_caps *caps)
{
    const tile_shape *const shapes = caps->is_cpu ? SHAPES_CPU : SHAPES_GPU;
    const int count = caps->is_cpu ? SHAPES_CPU_COUNT : SHAPES_GPU_COUNT;

    for (int i = 0; i < count; i++)
        if ((uint64_t)shapes[i].local_q * (uint64_t)shapes[i].local_p <= caps->info.max_group &&
            tile_bytes(geom, &shapes[i]) <= local_limit(caps))
            return &shapes[i];
    return NULL;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const cc_caps *const caps = problem->caps;
    const tile_shape *const least =
        caps->is_cpu ? &SHAPES_CPU[SHAPES_CPU_COUNT - 1] : &SHAPES_GPU[SHAPES_GPU_COUNT - 1];

    if (choose_shape(geom, caps))
        return true;
    snprintf(why, CC_WHY,
             "the smallest tile takes %" PRId64 " bytes of local memory, %" PRId64
             " are to be had (filter %d x %d, stride %d x %d, dilation %d x %d)",
             tile_bytes(geom, least), local_limit(caps), geom->r, geom->s, geom->stride_h,
             geom->stride_w, geom->dilation_h, geom->dilation_w);
    return false;
}

static size_t workspace(const cc_problem *problem)
{
    (void)problem;
    return 0;
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    const tile_shape *const shape = choose_shape(geom, problem->caps);
    const int tile_p = shape->local_p * shape->rows;
    const double outputs = (double)shape->local_q * tile_p;
    const double tiles = (double)cc_ceil_div(geom->q, shape->local_q) *
                         (double)cc_ceil_div(geom->p, tile_p) * geom->n * geom->k;
    const double loads = (double)geom->group_c * (double)tile_elements(geom, shape);
    const double flops = tiles * (2 * outputs * (double)geom->taps + LOAD_FLOPS * loads);

    return cc_roofline(problem->caps, flops / efficiency, geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_geom *const geom = &plan->geom;
    const tile_shape *const shape = choose_shape(geom, &plan->context->caps);
    const size_t local[3] = {(size_t)shape->local_q, (size_t)shape->local_p, 1};
    char options[CC_OPTIONS];

    snprintf(options, sizeof options,
             "-D R=%d -D S=%d -D STRIDE_H=%d -D STRIDE_W=%d -D DILATION_H=%d -D DILATION_W=%d "
             "-D LOCAL_Q=%d -D LOCAL_P=%d -D ROWS=%d",
             geom->r, geom->s, geom->stride_h, geom->stride_w, geom->dilation_h, geom->dilation_w,
             shape->local_q, shape->local_p, shape->rows);
    snprintf(plan->shape, sizeof plan->shape,
             "tile of %d x %d outputs, work-group %d x %d, %" PRId64 " bytes of local memory",
             shape->local_q, shape->local_p * shape->rows, shape->local_q, shape->local_p,
             tile_bytes(geom, shape));
    return cc_plan_kernel(plan, "tiled.cl", "tiled", options, local, CC_GROUP_FIXED);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const tile_shape *const shape = choose_shape(&plan->geom, &plan->context->caps);
    return cc_launch_outputs(plan, run, 0, shape->local_q, shape->local_p * shape->rows);
}

const struct clconv_algo cc_algo_tiled = {
    .info = {"tiled", "a work-group shares a tile of the input, halo included, in local memory", 0},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .plan = plan,
    .execute = execute,
};
