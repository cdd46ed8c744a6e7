/* depthwise.c - one filter a channel, on small images: a work-item computes several planes, so that
 * none costs a launch of its own. Where channels lie side by side depthwise_channels.c has the
 * other form. */
#include "algo/depthwise.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/geom.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Multiply-adds that take as long, measured on PoCL, as what else a vector of outputs costs:
 * reading a vector of inputs, and the rest; the same of filters whose size is unknown, and of
 * planes that are staged, by their taps. An input between others costs as much as so many
 * operations. */
static const double READ = 2, BEGUN = 4, TAP_ANY = 12, TAP_STAGED = 3, GATHERED = 250;

/* Rows of areas narrower than the image lie apart: what a copy takes comes on top so many times. */
static const double NARROW = 1.5;

/* The sizes whose filters have code of their own, and the columns' strides that rows are sorted
 * for. */
enum { LEAST_FIXED_SIZE = 3, MOST_FIXED_SIZE = 7, MOST_STRIDE_W = 2 };

/* Rows of a block in registers; elements of a work-item's memory, on its stack; columns of an area
 * at most; the outputs that make a work-item worth its launch. */
enum { ROWS = 7, STAGED = 4096, WIDTH = 256, OUTPUTS = 8192 };

/* Work-items for each compute unit, so that all have the same to do. */
enum { SHARE = 8 };

/* Filters and indices so large are not thought of. */
enum { WINDOW_LIMIT = 1024, STRIDE_LIMIT = 1024 };

/* What a work-item computes: clconv_shape of cl/depthwise_planes.cl. */
typedef struct area_shape {
    int32_t band, width, planes, pitch, staged, unused;
} area_shape;

/* A vector of half the lanes takes less time where rows are so narrow: 0.85 to 0.9 on 7 x 7. */
static int lanes_for(const cc_geom *geom, const cc_caps *caps)
{
    const int lanes = cc_lanes(geom, caps);
    return lanes > 4 && geom->q <= lanes / 2 ? lanes / 2 : lanes;
}

static bool has_own_code(const cc_geom *geom)
{
    return geom->r == geom->s && geom->r % 2 == 1 && geom->r >= LEAST_FIXED_SIZE &&
           geom->r <= MOST_FIXED_SIZE && geom->dilation_h == 1 && geom->dilation_w == 1 &&
           geom->stride_h == geom->stride_w;
}

/* Whether most planes are read where they lie: direct_planes of cl/depthwise_direct.h. */
static bool is_direct(const cc_geom *geom)
{
    const int64_t behind = (int64_t)(geom->p - 1) * geom->stride_h + geom->r - geom->pad_top;
    const int outside = (geom->r - 1) / 2;
    return has_own_code(geom) && geom->border == CLCONV_CONSTANT && geom->x.w == 1 &&
           geom->p >= ROWS && geom->pad_top <= outside && behind <= (int64_t)geom->h + outside;
}

/* Of a staged row, for areas of this width. */
static int64_t pitch(const cc_geom *geom, int64_t width, int lanes)
{
    const int64_t columns = (width - 1) * geom->stride_w + (geom->s - 1) * geom->dilation_w + 1;
    return geom->stride_w == 1 ? columns : cc_ceil_div(columns, geom->stride_w) + lanes;
}

static int64_t rows_in(const cc_geom *geom, int64_t rows)
{
    return (rows - 1) * geom->stride_h + (int64_t)(geom->r - 1) * geom->dilation_h + 1;
}

/* The widest area of which ROWS rows fit, as high as fits; false where none is. Behind a row, and
 * so behind the last, a vector of each remainder modulo the stride may be touched. */
static bool make_shape(area_shape *shape, const cc_geom *geom, const cc_caps *caps)
{
    const int lanes = lanes_for(geom, caps);
    const int64_t most = STAGED - (geom->stride_w + 1) * lanes;
    const int64_t planes = (int64_t)geom->n * geom->k;
    int64_t width = cc_least(geom->q, WIDTH), row, fit, band;

    while (width > lanes && rows_in(geom, ROWS) * geom->stride_w * pitch(geom, width, lanes) > most)
        width = cc_ceil_div(width, 2);
    row = geom->stride_w * pitch(geom, width, lanes);
    if (rows_in(geom, ROWS) * row > most)
        return false;
    fit = (most / row - rows_in(geom, 1)) / geom->stride_h + 1;
    band = geom->p <= fit ? geom->p : fit / ROWS * ROWS;
    *shape = (area_shape){.band = (int32_t)band,
                          .width = (int32_t)width,
                          .pitch = (int32_t)pitch(geom, width, lanes)};
    shape->planes = (int32_t)cc_least(cc_ceil_div(OUTPUTS, band * width),
                                      cc_ceil_div(planes, SHARE * caps->info.compute_units));
    shape->staged = (int32_t)cc_round_up(rows_in(geom, band > ROWS ? band : ROWS) * row +
                                             (geom->stride_w + 1) * lanes - lanes,
                                         lanes);
    return true;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    if (cc_depthwise_takes_channels(problem->geom, problem->caps))
        *tile = cc_depthwise_channels_tile(problem->geom, problem->caps);
    else
        *tile = (cc_tile){.local_q = 1,
                          .local_p = 1,
                          .lanes = lanes_for(problem->geom, problem->caps),
                          .block_q = 1,
                          .block_p = ROWS,
                          .block_k = 1};
    return i == 0;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    area_shape shape;

    if (problem->caps->lanes == 1) {
        snprintf(why, CC_WHY, "made for devices with explicit vectors, this one has none");
        return false;
    }
    if (geom->group_c != 1 || geom->group_k != 1 || geom->groups == 1) {
        snprintf(why, CC_WHY,
                 "made for groups of one channel and one filter, here are %d of %d and %d",
                 geom->groups, geom->group_c, geom->group_k);
        return false;
    }
    if (cc_depthwise_takes_channels(geom, problem->caps))
        return true;
    if (geom->stride_w > MOST_STRIDE_W || geom->stride_h > STRIDE_LIMIT) {
        snprintf(why, CC_WHY, "made for strides up to %d x %d, this one is %d x %d", STRIDE_LIMIT,
                 MOST_STRIDE_W, geom->stride_h, geom->stride_w);
        return false;
    }
    if (rows_in(geom, 1) > WINDOW_LIMIT || pitch(geom, 1, 0) > WINDOW_LIMIT ||
        !make_shape(&shape, geom, problem->caps)) {
        snprintf(why, CC_WHY,
                 "made for windows of which %d rows fit in %d elements, this one is %" PRId64
                 " x %" PRId64,
                 ROWS, STAGED, rows_in(geom, 1), (int64_t)(geom->s - 1) * geom->dilation_w + 1);
        return false;
    }
    return true;
}

/* Multiply-adds' worth of a vector of outputs. */
static double cost(const cc_geom *geom)
{
    const double taps = (double)geom->r * geom->s;
    const double rows = (double)rows_in(geom, ROWS) / ROWS;
    const double reads = geom->stride_w == 1 ? geom->s : geom->s + cc_round_up(geom->s, 2);

    if (is_direct(geom))
        return taps + READ * rows * reads + BEGUN;
    return taps * (has_own_code(geom) ? TAP_STAGED : TAP_ANY);
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const int lanes = lanes_for(geom, problem->caps);
    const double used = (double)geom->q / (double)cc_round_up(geom->q, lanes);
    const double gathered = geom->x.w == 1 ? 0 : GATHERED * (double)geom->x_elements;
    area_shape shape;

    if (cc_depthwise_takes_channels(geom, problem->caps))
        return cc_depthwise_channels_estimate(problem);
    make_shape(&shape, geom, problem->caps);
    return cc_roofline(problem->caps, 2 * (double)geom->outputs * cost(geom) / used + gathered,
                       geom->bytes) +
           (shape.width < geom->q ? NARROW * cc_roofline(problem->caps, 0, geom->bytes) : 0);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_geom *const geom = &plan->geom;
    const cc_tile *const t = &plan->tile;
    const size_t local[3] = {1, 1, 1};
    char options[CC_OPTIONS], sizes[CC_SHAPE] = "";
    area_shape shape;

    if (cc_depthwise_is_channels(geom, t))
        return cc_depthwise_channels_plan(plan);
    make_shape(&shape, geom, &plan->context->caps);
    if (has_own_code(geom))
        snprintf(sizes, sizeof sizes,
                 "-D R=%d -D S=%d -D STRIDE_H=%d -D DILATION_H=1 -D DILATION_W=1 -D UNROLL_ROWS=1",
                 geom->r, geom->s, geom->stride_h);
    snprintf(options, sizeof options, "-D ROWS=%d -D LANES=%d -D STAGED=%d -D STRIDE_W=%d %s",
             t->block_p, t->lanes, STAGED, geom->stride_w, sizes);
    snprintf(plan->shape, sizeof plan->shape,
             "%d planes of %d x %d outputs a work-item in vectors of %d", shape.planes, shape.band,
             shape.width, t->lanes);
    return cc_plan_kernel(plan, "depthwise_planes.cl", "depthwise_planes", options, local,
                          CC_GROUP_FIXED);
}

static size_t packed_count(const struct clconv_plan *plan)
{
    return (size_t)plan->geom.filter_count;
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    if (cc_depthwise_is_channels(&plan->geom, &plan->tile))
        cc_depthwise_channels_pack(packed, &plan->geom, filters);
    else
        memcpy(packed, filters, (size_t)plan->geom.filter_count * sizeof *packed);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom *const geom = &plan->geom;
    struct clconv_geom g;
    cc_epilogue_arg epilogue;
    area_shape shape;

    if (cc_depthwise_is_channels(geom, &plan->tile))
        return cc_depthwise_channels_execute(plan, run);
    make_shape(&shape, geom, &plan->context->caps);
    cc_geom_for_device(&g, geom, run->x_base, run->y_base);
    const cc_arg args[] = {CC_ARG(run->x),
                           CC_ARG(run->state->filters),
                           CC_ARG(run->state->bias),
                           CC_ARG(run->y),
                           CC_ARG(g),
                           cc_epilogue_for_device(&epilogue, geom),
                           CC_ARG(shape)};
    const int64_t groups[3] = {cc_ceil_div(geom->q, shape.width), cc_ceil_div(geom->p, shape.band),
                               geom->n * cc_ceil_div(geom->k, shape.planes)};

    return cc_launch_groups(plan, run, 0, groups, (int[]){shape.width, shape.band}, &g, args,
                            sizeof args / sizeof *args);
}

const struct clconv_algo cc_algo_depthwise = {
    .info = {.name = "depthwise",
             .idea =
                 "one filter a channel: small planes one after another, or channels side by side"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
