/* box.c - filters whose taps are all equal: sums of windows, whose neighbours share most of their
 * work, so that an output hardly costs more for a larger filter. */
#include "algo/columns.h"
#include "base/size.h"
#include "base/status.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a work-item on processors: rows of outputs are summed together so often; columns that are
 * summed, at least. The rows of sums lie on its stack, rows * (BAND + CC_COLUMNS_REACH) numbers,
 * and where outputs are picked from them another BAND and a block. */
enum { REPEATS = 4, BAND = 1024 };

/* Share of the FMA peak, expected of a GPU; operations of one column of all that outputs are picked
 * from. */
static const double EFFICIENCY_ITEMS = 0.3, PICKED = 70;

/* Vectors summed together down the columns. */
enum { COLUMN_VECTORS = 8 };

/* The best guess first. On processors: vectors along a row, of 16 lanes (half of them where
 * registers are fewer), and output rows that share sums. On GPUs work-items along a row, outputs of
 * each along it, and rows. */
typedef struct vector_shape {
    int q, p;
} vector_shape;
static const vector_shape VECTOR_SHAPES[] = {{4, 16}, {4, 32}};
typedef struct item_shape {
    int local_q, q, p;
} item_shape;
static const item_shape ITEM_SHAPES[] = {{16, 8, 16}, {8, 4, 16}};
enum {
    VECTOR_SHAPES_COUNT = sizeof VECTOR_SHAPES / sizeof *VECTOR_SHAPES,
    ITEM_SHAPES_COUNT = sizeof ITEM_SHAPES / sizeof *ITEM_SHAPES
};

/* Vectors along a row: whole pixels where some are picked. A strip's channels may lie side by side
 * where the whole's do not, which its tile is for. */
static int vectors_along(const cc_tile *tile, const cc_geom *geom, int channels)
{
    return channels == 3 && geom->stride_w > 1 ? 3 : tile->block_q;
}

/* Columns that a work-item sums: whole blocks, and pixels. */
static int band(const cc_tile *tile, const cc_geom *geom, int channels)
{
    const int block = vectors_along(tile, geom, channels) * tile->lanes * channels;
    return (BAND + block - 1) / block * block;
}

/* And columns of its outputs; the formula of band in cl/box_columns.cl. */
static int outputs_of_band(const cc_tile *tile, const cc_geom *geom, int channels)
{
    return band(tile, geom, channels) / geom->stride_w / channels * channels;
}

static int tile_columns(const item_shape *shape)
{
    return shape->local_q * shape->q;
}

/* Columns under the outputs of a work-group's row on GPUs, without the reach of the last. */
static int64_t spread(const cc_geom *geom, const item_shape *shape)
{
    return (int64_t)(tile_columns(shape) - 1) * geom->stride_w + 1;
}

/* Local memory on GPUs; the formula of sums and out in cl/box_items.cl. */
static int64_t local_bytes(const cc_geom *geom, const item_shape *shape)
{
    const int64_t element = geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    const int64_t pitch = (spread(geom, shape) + cc_columns_most_reach(geom)) | 1;
    return shape->p * (pitch + tile_columns(shape) + 1) * element;
}

static bool fits(const cc_problem *problem, const item_shape *shape)
{
    return (uint64_t)(shape->local_q * shape->p) <= problem->caps->info.max_group &&
           cc_columns_fit(problem, local_bytes(problem->geom, shape));
}

/* Rows that share sums: the window of the last begins in that of the first; together in cl/box*. */
static int together(const cc_geom *geom, int most)
{
    const int sharing = (geom->r - 1) / geom->stride_h + 1;
    return sharing < most ? sharing : most;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const int widest = problem->caps->lanes;

    if (widest > 1 && i < VECTOR_SHAPES_COUNT) {
        const vector_shape *const shape = &VECTOR_SHAPES[i];
        *tile = (cc_tile){.local_q = 1,
                          .local_p = 1,
                          .lanes = cc_lanes(problem->geom, problem->caps),
                          .block_q = widest == 16 ? shape->q : shape->q / 2,
                          .block_p = shape->p,
                          .step = together(problem->geom, shape->p)};
        return true;
    }
    for (int at = 0; widest == 1 && at < ITEM_SHAPES_COUNT; at++) {
        const item_shape *const shape = &ITEM_SHAPES[at];
        if (!fits(problem, shape) || i-- > 0)
            continue;
        *tile = (cc_tile){.local_q = shape->local_q,
                          .local_p = shape->p,
                          .lanes = 1,
                          .block_q = shape->q,
                          .block_p = shape->p,
                          .step = together(problem->geom, shape->p)};
        return true;
    }
    return false;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    cc_tile best;

    if (cc_geom_is_dilated(geom)) {
        snprintf(why, CC_WHY, "made for taps without gaps, here is dilation %d x %d",
                 geom->dilation_h, geom->dilation_w);
        return false;
    }
    if (!cc_columns_supports(problem, tile(&best, problem, 0), why))
        return false;
    if (!problem->facts->equal)
        snprintf(why, CC_WHY,
                 "made for filters whose taps are all equal, those of filter k %d are not",
                 problem->facts->unequal_k);
    return problem->facts->equal;
}

/* As many operations at the peak of multiply-adds as an output takes: in vectors, from 1 x 9 to
 * 127 x 127 taps and strides up to 16 on PoCL, columns that do not lie side by side being read and
 * stored one by one, those between two outputs summed like these; else expected of a GPU, at a
 * share of its peak. */
static double cost(const cc_geom *seen, bool vectors)
{
    const double r = seen->r, s = seen->s, rows = together(seen, VECTOR_SHAPES[0].p);
    const double rows_read = (r + (rows - 1) * seen->stride_h) / rows;

    if (vectors)
        return seen->stride_w *
                   (55 + 45 / rows + 9 * rows_read + 0.8 * s + (seen->stride_w > 1 ? PICKED : 0) +
                    (seen->x.w == 1 ? 0 : 250 * rows_read)) +
               (seen->y.w == 1 ? 0 : 150);
    return (56 + 4 * (seen->stride_w * rows_read + (s - 1) / ITEM_SHAPES[0].q)) / EFFICIENCY_ITEMS;
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const cc_geom seen = cc_columns_seen(geom, problem->caps);
    cc_tile best;

    tile(&best, problem, 0);
    const int channels = cc_columns_channels(geom, problem->caps);
    const int block = best.lanes > 1 ? vectors_along(&best, geom, channels) * best.lanes : 1;
    const int64_t columns = (int64_t)seen.q * (block > 1 ? seen.stride_w : 1);
    const double used = (double)columns / (double)cc_round_up(columns, block);
    return cc_roofline(problem->caps,
                       (double)geom->outputs / used * cost(&seen, problem->caps->lanes > 1),
                       geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_caps *const caps = &plan->context->caps;
    const cc_geom *const geom = &plan->geom, seen = cc_columns_seen(geom, caps);
    const int channels = cc_columns_channels(geom, caps);
    const cc_tile *const t = &plan->tile;
    const item_shape shape = {t->local_q, t->block_q, t->block_p};
    const size_t local[3] = {(size_t)t->local_q, (size_t)t->local_p, 1};
    char options[CC_OPTIONS], strides[CC_SHAPE];

    snprintf(strides, sizeof strides, "%s %s", geom->stride_h == 1 ? "-D STRIDE_H=1" : "",
             geom->stride_w == 1 ? "-D STRIDE_W=1" : "");
    if (t->lanes > 1) {
        snprintf(options, sizeof options,
                 "%s -D LANES=%d -D INTERLEAVED=%d -D ROWS=%d -D VECTORS=%d -D COLUMN_VECTORS=%d "
                 "-D BAND=%d -D REPEATS=%d -D MOST_REACH=%d -D PICKED=%d",
                 strides, t->lanes, channels, t->block_p, vectors_along(t, geom, channels),
                 COLUMN_VECTORS, band(t, geom, channels), REPEATS, CC_COLUMNS_REACH,
                 geom->stride_w > 1);
        snprintf(plan->shape, sizeof plan->shape,
                 "%d x %d outputs a work-item, %d rows together, in vectors of %d",
                 t->step * REPEATS, outputs_of_band(t, geom, channels), t->step, t->lanes);
    } else {
        snprintf(options, sizeof options,
                 "%s -D RUNS=%d -D ROWS=%d -D RUN=%d -D MOST_REACH=%" PRId64 " -D SPREAD=%" PRId64,
                 strides, t->local_q, t->block_p, t->block_q, cc_columns_most_reach(&seen),
                 spread(geom, &shape));
        snprintf(plan->shape, sizeof plan->shape,
                 "tile of %d x %d outputs, work-group %d x %d, %" PRId64 " bytes of local memory",
                 tile_columns(&shape), t->step, t->local_q, t->local_p, local_bytes(&seen, &shape));
    }
    return cc_plan_kernel(plan, t->lanes > 1 ? "box_columns.cl" : "box_items.cl",
                          t->lanes > 1 ? "box_columns" : "box_items", options, local,
                          CC_GROUP_FIXED);
}

/* packed[filter][a power of two, and a number]: their product is the tap. The number is below 1 in
 * magnitude, but where the power would leave the range of normal floats. */
static size_t packed_count(const struct clconv_plan *plan)
{
    return 2 * (size_t)plan->geom.k;
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    for (int64_t k = 0; k < plan->geom.k; k++) {
        const float tap = filters[k * plan->geom.taps];
        int exponent = -126;
        if (tap != 0)
            frexpf(tap, &exponent);
        exponent = exponent < -126 ? -126 : exponent > 127 ? 127 : exponent;
        packed[2 * k] = ldexpf(1, exponent);
        packed[2 * k + 1] = ldexpf(tap, -exponent);
    }
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_caps *const caps = &plan->context->caps;
    const cc_geom geom = cc_columns_seen(&plan->geom, caps);
    const cc_tile *const t = &plan->tile;
    const item_shape shape = {t->local_q, t->block_q, t->block_p};
    const int rows = together(&geom, t->block_p); /* a test's filter has fewer rows than t->step */
    const int channels = cc_columns_channels(&plan->geom, caps);

    if (t->lanes > 1)
        return cc_launch_outputs(plan, run, &geom, 0, outputs_of_band(t, &geom, channels),
                                 rows * REPEATS);
    return cc_launch_outputs(plan, run, &geom, 0, tile_columns(&shape), rows);
}

const struct clconv_algo cc_algo_box = {
    .info = {.name = "box",
             .idea = "filters whose taps are all equal: sums that neighbouring windows share",
             .filters = CLCONV_FILTERS_EQUAL},
    .error = CC_ERROR_FACTORS,
    .heeds_filters = true,
    .supports = supports,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
