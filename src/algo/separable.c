/* separable.c - filters that are a column times a row: r + s products an output instead of r * s,
 * in one pass over the image. */
#include "algo/columns.h"
#include "base/size.h"
#include "base/status.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Share of the FMA peak, measured on PoCL, 7 to 61 taps; expected of a GPU. An output costs as much
 * as so many operations besides those of its taps. */
static const double EFFICIENCY_CPU = 0.64, EFFICIENCY_GPU = 0.3, OUTPUT_COST = 17;
/* As many more where the columns that are outputs are picked from all that are summed. Taps with
 * gaps are loads, for no vector serves several; of channels side by side two, one of the taps. */
static const double PICKED = 55, GAPS = 2.2, GAPS_SIDE_BY_SIDE = 3.3;
/* A tap of a column that does not lie beside the next. */
static const double COLUMN_GATHERED = 250;

/* Of a work-item on processors: rows of outputs are computed together so often; columns that are
 * summed. The rows of sums lie on its stack, rows * (BAND + CC_COLUMNS_REACH) numbers, and where
 * outputs are picked from them another BAND and two blocks. */
enum { REPEATS = 8, BAND = 2048 };

/* Sums down the columns that 32 registers, or 16, hold beside what is loaded for them. */
enum { SUMS_32 = 18, SUMS_16 = 12 };

/* The best guess first. On processors: vectors along a row (three quarters of them where there are
 * three channels), and rows down the columns. On GPUs: the work-group, and columns and rows of a
 * work-item; the last is for strides, whose columns the others cannot hold. */
typedef struct vector_shape {
    int q, p;
} vector_shape;
static const vector_shape VECTOR_SHAPES[] = {{8, 6}, {8, 4}, {8, 8}};
typedef struct item_shape {
    int local_q, local_p, q, p;
} item_shape;
static const item_shape ITEM_SHAPES[] = {{32, 4, 2, 4}, {32, 8, 2, 4}, {32, 4, 2, 8},
                                         {64, 4, 1, 4}, {32, 4, 4, 4}, {32, 4, 1, 4}};
enum {
    VECTOR_SHAPES_COUNT = sizeof VECTOR_SHAPES / sizeof *VECTOR_SHAPES,
    ITEM_SHAPES_COUNT = sizeof ITEM_SHAPES / sizeof *ITEM_SHAPES
};

/* Vectors along a row: whole pixels. A strip's channels may lie side by side where the whole's do
 * not, which its tile is for. */
static int vectors_along(const cc_tile *tile, int channels)
{
    return channels == 3 ? tile->block_q / 4 * 3 : tile->block_q;
}

/* Columns that a work-item sums: whole blocks. */
static int band(const cc_tile *tile, int channels)
{
    const int block = vectors_along(tile, channels) * tile->lanes;
    return BAND / block * block;
}

/* And columns of its outputs; the formula of band in cl/separable_columns.cl. */
static int outputs_of_band(const struct clconv_plan *plan)
{
    const int channels = cc_columns_channels(&plan->geom, &plan->context->caps);
    return band(&plan->tile, channels) / plan->geom.stride_w / channels * channels;
}

/* Columns under the outputs of a work-group's row on GPUs, without the reach of the last. */
static int64_t spread(const cc_geom *seen, const item_shape *shape)
{
    return ((int64_t)shape->local_q * shape->q - 1) * seen->stride_w + 1;
}

/* Local memory on GPUs; the formula of TILE_P * PITCH in cl/separable_items.cl. */
static int64_t local_bytes(const cc_geom *seen, const item_shape *shape)
{
    const int64_t element = seen->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    return shape->local_p * shape->p * (spread(seen, shape) + cc_columns_most_reach(seen)) *
           element;
}

static bool fits(const cc_problem *problem, const item_shape *shape)
{
    return (uint64_t)(shape->local_q * shape->local_p) <= problem->caps->info.max_group &&
           cc_columns_fit(problem, local_bytes(problem->geom, shape));
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const int widest = problem->caps->lanes;

    if (widest > 1 && i < VECTOR_SHAPES_COUNT) {
        const vector_shape *const shape = &VECTOR_SHAPES[i];
        *tile = (cc_tile){.local_q = 1,
                          .local_p = 1,
                          .lanes = cc_lanes(problem->geom, problem->caps),
                          .block_q = shape->q,
                          .block_p = shape->p};
        return true;
    }
    for (int at = 0; widest == 1 && at < ITEM_SHAPES_COUNT; at++) {
        const item_shape *const shape = &ITEM_SHAPES[at];
        if (!fits(problem, shape) || i-- > 0)
            continue;
        *tile = (cc_tile){.local_q = shape->local_q,
                          .local_p = shape->local_p,
                          .lanes = 1,
                          .block_q = shape->q,
                          .block_p = shape->p};
        return true;
    }
    return false;
}

static bool does_coefficients(const cc_geom *geom, const cc_facts *facts, char why[CC_WHY])
{
    if (!facts->finite)
        snprintf(why, CC_WHY, "made for finite coefficients");
    else if (!facts->rank_one && facts->odd_rank > CC_MOST_RANK)
        snprintf(why, CC_WHY, "made for filters of rank one, filter k %d has a higher rank",
                 facts->odd_k);
    else if (!facts->rank_one)
        snprintf(why, CC_WHY, "made for filters of rank one, filter k %d has rank %d", facts->odd_k,
                 facts->odd_rank);
    else if (geom->acc_type == CLCONV_F64 && !facts->exact)
        snprintf(why, CC_WHY, "in f64 made for filters that are a column times a row exactly");
    else
        return true;
    return false;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    cc_tile best;

    return cc_columns_supports(problem, tile(&best, problem, 0), why) &&
           does_coefficients(problem->geom, problem->facts, why);
}

/* Operations, at the peak of multiply-adds, of an output and of the columns beside it that are
 * none: in vectors. */
static double cost_in_vectors(const cc_geom *seen, const cc_geom *geom, int channels)
{
    const double gaps = !cc_geom_is_dilated(geom) ? 1 : channels > 1 ? GAPS_SIDE_BY_SIDE : GAPS;
    const double taps = 2 * ((double)geom->r + (double)geom->s) * gaps;
    const double gathered = seen->x.w == 1 ? 0 : COLUMN_GATHERED * geom->r;
    return geom->stride_w * (taps + OUTPUT_COST + gathered + (geom->stride_w > 1 ? PICKED : 0));
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    const double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    const cc_geom seen = cc_columns_seen(geom, problem->caps);
    cc_tile best;
    tile(&best, problem, 0);
    const bool vectors = best.lanes > 1;
    const int64_t columns = (int64_t)seen.q * (vectors ? geom->stride_w : 1);
    const int channels = cc_columns_channels(geom, problem->caps);
    const int block = vectors_along(&best, channels) * best.lanes;
    const double used = (double)columns / (double)cc_round_up(columns, block);
    const double cost =
        vectors ? cost_in_vectors(&seen, geom, channels)
                : 2 * ((double)geom->r * geom->stride_w + (double)geom->s) + OUTPUT_COST;

    return cc_roofline(problem->caps, (double)geom->outputs / used * cost / efficiency,
                       geom->bytes);
}

/* Which are beyond 1, and whether windows share rows: each has a way of its own in the kernel, and
 * is proved by itself. */
static int steps(const cc_geom *geom)
{
    return (geom->stride_w > 1) | (geom->r > 1 && geom->dilation_h > 1) << 1 |
           (geom->s > 1 && geom->dilation_w > 1) << 2 | (geom->stride_h > 1) << 3 |
           (geom->stride_h > 1 && geom->stride_h >= geom->r) << 4;
}

/* Vectors summed together down the columns: of three channels, as many of each. */
static int column_vectors(const cc_tile *tile, const cc_caps *caps, int channels)
{
    const int sums = caps->lanes == 16 ? SUMS_32 : SUMS_16;
    return channels == 3 ? 3 : sums / tile->block_p;
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_caps *const caps = &plan->context->caps;
    const cc_geom seen = cc_columns_seen(&plan->geom, caps);
    const int channels = cc_columns_channels(&plan->geom, caps);
    const cc_tile *const t = &plan->tile;
    const item_shape shape = {t->local_q, t->local_p, t->block_q, t->block_p};
    const size_t local[3] = {(size_t)t->local_q, (size_t)t->local_p, 1};
    char options[CC_OPTIONS];

    if (t->lanes > 1) {
        snprintf(options, sizeof options,
                 "-D LANES=%d -D INTERLEAVED=%d -D ROWS=%d -D VECTORS=%d -D COLUMN_VECTORS=%d "
                 "-D BAND=%d -D REPEATS=%d -D MOST_REACH=%d -D STEPPED=%d",
                 t->lanes, channels, t->block_p, vectors_along(t, channels),
                 column_vectors(t, caps, channels), band(t, channels), REPEATS, CC_COLUMNS_REACH,
                 steps(&plan->geom));
        snprintf(plan->shape, sizeof plan->shape,
                 "%d x %d outputs a work-item, %d rows together, in vectors of %d",
                 t->block_p * REPEATS, outputs_of_band(plan), t->block_p, t->lanes);
    } else {
        snprintf(options, sizeof options,
                 "-D LOCAL_Q=%d -D LOCAL_P=%d -D ROWS=%d -D COLUMNS=%d -D MOST_REACH=%" PRId64,
                 t->local_q, t->local_p, t->block_p, t->block_q, cc_columns_most_reach(&seen));
        if (cc_geom_is_stepped(&plan->geom))
            snprintf(options + strlen(options), sizeof options - strlen(options),
                     " -D STEPPED=1 -D SPREAD=%" PRId64, spread(&seen, &shape));
        snprintf(plan->shape, sizeof plan->shape,
                 "tile of %d x %d outputs, work-group %d x %d, %" PRId64 " bytes of local memory",
                 t->local_q * t->block_q, t->local_p * t->block_p, t->local_q, t->local_p,
                 local_bytes(&seen, &shape));
    }
    return cc_plan_kernel(plan, t->lanes > 1 ? "separable_columns.cl" : "separable_items.cl",
                          t->lanes > 1 ? "separable_columns" : "separable_items", options, local,
                          CC_GROUP_FIXED);
}

/* Numbers of one tap as the kernel takes it: one; or, where channels lie side by side, one for each
 * column of as many vectors as it takes for the channels to begin again. */
static int tap_size(const struct clconv_plan *plan)
{
    const int channels = cc_columns_channels(&plan->geom, &plan->context->caps);
    const int lanes = plan->tile.lanes;
    return channels == 1 ? 1 : lanes % channels == 0 ? lanes : lanes * channels;
}

/* packed[filter][tap of the column, then of the row]; where channels lie side by side, packed[tap
 * of the column, then of the row][column of the output], and behind it each channel's factors. */
static size_t packed_count(const struct clconv_plan *plan)
{
    const cc_geom *const geom = &plan->geom;
    const size_t both = (size_t)geom->r + (size_t)geom->s;
    const int size = tap_size(plan);
    return both * ((size > 1 ? (size_t)size : 0) + (size_t)geom->k);
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int64_t both = (int64_t)geom->r + geom->s;
    const int size = tap_size(plan);
    float *const factors = size > 1 ? packed + size * both : packed;

    for (int64_t k = 0; k < geom->k; k++)
        cc_factors(factors + k * both, factors + k * both + geom->r, filters + k * geom->taps,
                   geom->r, geom->s);
    for (int64_t tap = 0; size > 1 && tap < both; tap++)
        for (int i = 0; i < size; i++)
            *packed++ = factors[i % geom->k * both + tap];
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom geom = cc_columns_seen(&plan->geom, &plan->context->caps);
    const cc_tile *const t = &plan->tile;
    const bool vectors = t->lanes > 1;
    return cc_launch_outputs(plan, run, &geom, 0,
                             vectors ? outputs_of_band(plan) : t->local_q * t->block_q,
                             vectors ? t->block_p * REPEATS : t->local_p * t->block_p);
}

const struct clconv_algo cc_algo_separable = {
    .info = {.name = "separable",
             .idea = "filters that are a column times a row: down the columns, then along the rows",
             .filters = CLCONV_FILTERS_RANK_ONE},
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
