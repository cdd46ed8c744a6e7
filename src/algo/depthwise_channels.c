/* depthwise_channels.c - see depthwise.h. */
#include "algo/depthwise.h"
#include "base/size.h"
#include "cl/geom.h"
#include <stdio.h>

/* Multiply-adds of whole vectors that take as long, measured on PoCL, as a tap does in a vector of
 * outputs inside the image, at its left or right border, and as the rest of a vector. */
static const double TAP = 1.3, TAP_AT_BORDER = 2.5, BEGUN = 8;

/* Outputs of a row side by side in registers; columns of a filter, as in the kernel. */
enum { PIXELS = 7, MOST_COLUMNS = 64 };

/* Channels, and outputs, that make a work-item worth its launch; work-items for each compute unit,
 * so that all have the same to do. */
enum { CHANNELS = 256, OUTPUTS = 8192, SHARE = 8 };

/* The narrowest vector. */
enum { LEAST_LANES = 4 };

/* What a work-item computes: clconv_chunk of cl/depthwise_channels.cl. */
typedef struct chunk_shape {
    int32_t band, width, channels, chunks;
} chunk_shape;

bool cc_depthwise_takes_channels(const cc_geom *geom, const cc_caps *caps)
{
    return caps->lanes > 1 && geom->desc.x_layout == CLCONV_NHWC &&
           geom->desc.y_layout == CLCONV_NHWC && geom->x.c == 1 && geom->y.c == 1 &&
           geom->k >= LEAST_LANES && geom->s <= MOST_COLUMNS;
}

bool cc_depthwise_is_channels(const cc_geom *geom, const cc_tile *tile)
{
    return tile->block_k > 1 && geom->k >= tile->lanes;
}

static chunk_shape make_shape(const cc_geom *geom, const cc_caps *caps)
{
    const int chunks = geom->k > CHANNELS ? geom->k / CHANNELS : 1;
    const int channels = chunks > 1 ? CHANNELS : geom->k;
    const int64_t width = cc_least(geom->q, cc_round_up(cc_ceil_div(OUTPUTS, channels), PIXELS));
    const int64_t rows = (int64_t)geom->n * geom->p * chunks * cc_ceil_div(geom->q, width);
    const int64_t share = cc_ceil_div(rows, SHARE * caps->info.compute_units);
    const int64_t band = cc_least(cc_least(cc_ceil_div(OUTPUTS, width * channels), share), geom->p);
    return (chunk_shape){
        .band = (int32_t)band, .width = (int32_t)width, .channels = channels, .chunks = chunks};
}

double cc_depthwise_channels_estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const int lanes = cc_depthwise_channels_tile(geom, problem->caps).lanes;
    const double taps = (double)geom->r * geom->s;
    const double useful = (double)geom->k / (double)cc_round_up(geom->k, lanes) * geom->q /
                          (double)cc_round_up(geom->q, PIXELS);
    /* A block of which one output is at the border is there. */
    const int64_t blocks = cc_ceil_div(geom->q, PIXELS);
    const int64_t inside = geom->inner_q1 / PIXELS - cc_ceil_div(geom->inner_q0, PIXELS);
    const double at_border = inside > 0 ? 1 - (double)inside / (double)blocks : 1;
    const double each = taps * (TAP + (TAP_AT_BORDER - TAP) * at_border) + BEGUN;
    /* What is not multiplied takes a narrow vector as long as a wide one. */
    const double flops = 2 * (double)geom->outputs / useful * each * problem->caps->lanes / lanes;
    return cc_roofline(problem->caps, flops, geom->bytes);
}

cc_tile cc_depthwise_channels_tile(const cc_geom *geom, const cc_caps *caps)
{
    int lanes = cc_lanes(geom, caps);

    while (lanes > LEAST_LANES && lanes > geom->k)
        lanes /= 2;
    return (cc_tile){.local_q = 1,
                     .local_p = 1,
                     .lanes = lanes,
                     .block_q = PIXELS,
                     .block_p = 1,
                     .block_k = lanes};
}

clconv_status cc_depthwise_channels_plan(struct clconv_plan *plan)
{
    const cc_tile *const t = &plan->tile;
    const chunk_shape shape = make_shape(&plan->geom, &plan->context->caps);
    const size_t local[3] = {1, 1, 1};
    char options[CC_OPTIONS];

    snprintf(options, sizeof options, "-D PIXELS=%d -D LANES=%d -D MOST_COLUMNS=%d", t->block_q,
             t->lanes, MOST_COLUMNS);
    snprintf(plan->shape, sizeof plan->shape,
             "%d x %d outputs of %d channels a work-item in vectors of %d channels", shape.band,
             shape.width, shape.channels, t->lanes);
    return cc_plan_kernel(plan, "depthwise_channels.cl", "depthwise_channels", options, local,
                          CC_GROUP_FIXED);
}

void cc_depthwise_channels_pack(float *packed, const cc_geom *geom, const float *filters)
{
    for (int64_t tap = 0; tap < geom->taps; tap++)
        for (int64_t k = 0; k < geom->k; k++)
            *packed++ = filters[k * geom->taps + tap];
}

clconv_status cc_depthwise_channels_execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom *const geom = &plan->geom;
    const chunk_shape shape = make_shape(geom, &plan->context->caps);
    struct clconv_geom g;
    cc_epilogue_arg epilogue;
    const cc_arg args[] = {CC_ARG(run->x),
                           CC_ARG(run->state->filters),
                           CC_ARG(run->state->bias),
                           CC_ARG(run->y),
                           CC_ARG(g),
                           cc_epilogue_for_device(&epilogue, geom),
                           CC_ARG(shape)};
    const int64_t groups[3] = {cc_ceil_div(geom->q, shape.width), cc_ceil_div(geom->p, shape.band),
                               geom->n * (int64_t)shape.chunks};

    cc_geom_for_device(&g, geom, run->x_base, run->y_base);
    return cc_launch_groups(plan, run, 0, groups, (int[]){shape.width, shape.band}, &g, args,
                            sizeof args / sizeof *args);
}
