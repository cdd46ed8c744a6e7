/* blocked.c - a work-item keeps a block of outputs in registers, so that what it loads is used many
 * times: vectors of columns where explicit vectors pay, else one column a work-item. */
#include "algo/algo.h"
#include "algo/blocked_tile.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/cached.h"
#include <inttypes.h>
#include <stdio.h>

/* Share of the FMA peak, measured on PoCL, 3 x 3 to 31 x 31, and of blocks that go down the image
 * row by row or across it; expected of a GPU, of the fastest blocks: of those of one filter 0.4. */
static const double EFFICIENCY_CPU = 0.7, EFFICIENCY_IN_ROLL = 0.8, EFFICIENCY_GPU = 0.57;

/* Operations that take as long, measured on PoCL: to load an element for a row of one tap, where
 * the code is not made for this size; more where it is converted, staged, split from others by a
 * stride above 2, or gathered from between them. */
static const double LOADED = 14, CONVERTED = 22, STAGED = 30, SPLIT = 45, GATHERED = 190;
/* To convert it where blocks go down the image row by row, in registers; to finish an output and
 * store it, where a block has those of several maps. */
static const double CONVERTED_IN_ROLL = 2, STORED = 15;
/* A loaded vector is added to fewer sums: then loads take the time. Taps of columns are loads. */
static const double LEAST_REUSE = 2, TAPS_OF_COLUMNS = 2.2;
/* One filter of more than 3 x 3 taps whose taps lie apart, 5 x 5 to 31 x 31 as measured. */
static const double DILATED = 1.7;

/* Blocks that a work-item computes one below the other where they go across the image, as with 3
 * rows, where memory takes longer than arithmetic, and where they go down it, which makes rows at
 * the ends of a block cost more. */
enum { ROLLED_ACROSS = 2, ROLLED_DOWN = 8 };

/* The least code for windows up to a power of two. */
enum { LEAST_WINDOW = 8 };

/* A staged row lies on a work-item's stack, eight at a time. */
enum { STAGED_BYTES = 16 * 1024 };

/* Strides whose columns are brought in together and split; of larger ones, only those of the taps.
 */
enum { MOST_SPLIT_STRIDE = 16 };

/* What a block reads is far from what its indices can hold. */
enum { STRIDE_LIMIT = 1024, WINDOW_LIMIT = 1 << 16 };

/* Channels that lie side by side are computed together while the taps, one for each column, stay in
 * the nearest cache with all else; beyond that they are gathered one by one. */
enum { INTERLEAVED_LIMIT = 8, INTERLEAVED_TAPS = 121 };

/* Channels that are computed as one row of columns. */
static int interleaved(const cc_geom *geom, const cc_caps *caps)
{
    return geom->stride_w == 1 && (int64_t)geom->r * geom->s <= INTERLEAVED_TAPS
               ? cc_channels_together(geom, caps, INTERLEAVED_LIMIT)
               : 1;
}

/* The geometry as the kernels see it: rows and channels that lie in one row are one. */
static cc_geom as_seen(const cc_geom *geom, const cc_caps *caps)
{
    return interleaved(geom, caps) > 1 ? cc_geom_interleaved(geom) : cc_geom_one_row(geom);
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const cc_geom geom = as_seen(problem->geom, problem->caps);
    const int channels = interleaved(problem->geom, problem->caps);

    return cc_blocked_tile(tile, &geom, problem->caps, channels, i);
}

/* Whether blocks that could go down the image go across it. */
static bool goes_across(const cc_geom *seen)
{
    return seen->r == 3 && seen->x_type == seen->acc_type;
}

/* Blocks that a work-item computes one below the other. */
static int below(const cc_geom *seen, const cc_caps *caps, int channels, const cc_tile *tile)
{
    if (!cc_blocked_is_rolled(seen, caps, channels, tile))
        return 1;
    return goes_across(seen) ? ROLLED_ACROSS : ROLLED_DOWN;
}

/* Rows and columns of the input under a block: ROWS_IN of cl/blocked.h, COLUMNS_IN of cl/staged.h.
 */
static int64_t height_in(const cc_geom *seen, const cc_tile *tile)
{
    return (int64_t)(tile->block_p - 1) * seen->stride_h +
           (int64_t)(seen->r - 1) * seen->dilation_h + 1;
}

static int64_t width_in(const cc_geom *seen, const cc_tile *tile)
{
    return (int64_t)(tile->block_q * tile->lanes - 1) * seen->stride_w +
           (int64_t)(seen->s - 1) * seen->dilation_w + 1;
}

/* Columns and rows of the outputs of a work-group; the kernel computes as many. */
static int columns(const cc_geom *seen, const cc_tile *tile)
{
    const int64_t pixels = height_in(seen, tile) * width_in(seen, tile);
    int span = 1;

    if (tile->lanes > 1)
        span = EXCEEDS_CACHE((int64_t)seen->h * seen->w, seen->group_c)
                   ? BLOCKS_CACHED(pixels, seen->group_c)
                   : BLOCKS_SIDE_BY_SIDE;
    return span * tile->local_q * tile->block_q * tile->lanes;
}

static int rows(const cc_tile *tile)
{
    return tile->local_p * tile->block_p;
}

/* The most columns that a window may have, in the code for this one. */
static int64_t most_window(const cc_geom *geom, bool is_fixed)
{
    const int64_t window = (int64_t)(geom->s - 1) * geom->dilation_w + 1;
    int64_t most = LEAST_WINDOW;

    while (most < window)
        most *= 2;
    return is_fixed ? window : most;
}

/* Bytes of a staged row; the formula of PHASES * PITCH in cl/blocked_columns.cl. */
static int64_t staged_bytes(const cc_geom *geom, const cc_tile *tile, bool is_fixed)
{
    const int64_t element = geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    const int64_t window = most_window(geom, is_fixed);
    const int64_t phases = geom->stride_w < window ? geom->stride_w : window;
    return phases * (tile->block_q * tile->lanes + (window - 1) / geom->stride_w) * element;
}

/* Elements of local memory for work-items side by side: those of a tile's input with all rows of
 * the filter, else as many rows as fit; 0: not even one. The formulas of cl/blocked_items.cl. Two
 * sizes, for each makes other code; the smaller one lets more groups run at a time. */
static int shared_elements(const cc_geom *geom, const cc_tile *tile, const cc_caps *caps)
{
    enum { LARGE = 32 << 10, SMALL = 12 << 10 };
    const int64_t element = geom->acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    const int64_t width = (int64_t)(tile->local_q * tile->block_q - 1) * geom->stride_w +
                          (int64_t)(geom->s - 1) * geom->dilation_w + 1;
    const int64_t least = (int64_t)(tile->local_p * tile->block_p - 1) * geom->stride_h + 1;
    const int64_t height = least + (int64_t)(geom->r - 1) * geom->dilation_h;

    if (geom->r * (int64_t)geom->s == 1)
        return 0;
    if (width * height * element <= SMALL && caps->info.local_memory >= SMALL)
        return (int)(SMALL / element);
    if (width * (cc_blocked_has_own_code(geom, caps, 1) ? height : least) * element <= LARGE &&
        caps->info.local_memory >= LARGE)
        return (int)(LARGE / element);
    return 0;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom seen = as_seen(problem->geom, problem->caps), *const geom = &seen;
    cc_tile best;
    const int64_t height = (int64_t)(geom->r - 1) * geom->dilation_h;
    const int64_t width = (int64_t)(geom->s - 1) * geom->dilation_w;
    const bool is_fixed =
        cc_blocked_has_own_code(geom, problem->caps, interleaved(problem->geom, problem->caps));

    if (geom->stride_h > STRIDE_LIMIT || geom->stride_w > STRIDE_LIMIT) {
        snprintf(why, CC_WHY, "made for strides up to %d, this one is %d x %d", STRIDE_LIMIT,
                 geom->stride_h, geom->stride_w);
        return false;
    }
    if (height >= WINDOW_LIMIT || width >= WINDOW_LIMIT) {
        snprintf(why, CC_WHY, "made for windows up to %d x %d, this one is %" PRId64 " x %" PRId64,
                 WINDOW_LIMIT, WINDOW_LIMIT, height + 1, width + 1);
        return false;
    }
    if (!tile(&best, problem, 0)) {
        snprintf(why, CC_WHY,
                 "the driver allows %llu work-items a group at most, too few for any block",
                 (unsigned long long)problem->caps->info.max_group);
        return false;
    }
    if (best.lanes > 1 && staged_bytes(geom, &best, is_fixed) > STAGED_BYTES) {
        snprintf(why, CC_WHY,
                 "a row under %d outputs takes %" PRId64 " bytes, more than %d (filter %d x %d, "
                 "stride %d, dilation %d)",
                 best.block_q * best.lanes, staged_bytes(geom, &best, is_fixed), STAGED_BYTES,
                 geom->r, geom->s, geom->stride_w, geom->dilation_w);
        return false;
    }
    return true;
}

/* The share of the blocks along an axis that read no border. */
static double share_inside(int count, int first, int behind, int block)
{
    const double blocks = (double)cc_ceil_div(count, block);
    const double end = behind == count && count >= block ? blocks : behind / block;
    const double share = (end - (double)cc_ceil_div(first, block)) / blocks;
    return share > 0 ? share : 0;
}

/* Operations that take as long as it does to load the input into blocks of vectors. */
static double loads(const cc_geom *seen, const cc_caps *caps, int channels, const cc_tile *t,
                    bool is_rolled)
{
    const int columns_of = t->block_q * t->lanes;
    const int64_t under = (int64_t)(t->block_p - 1) * seen->stride_h + seen->r;
    const int64_t needed = (int64_t)t->block_p * seen->r;
    const double height = (double)(under < needed ? under : needed);
    const double width = (double)(columns_of - 1) * seen->stride_w + seen->s;
    const double blocks = (double)cc_ceil_div(seen->q, columns_of) *
                          (double)cc_ceil_div(seen->p, t->block_p) * seen->n * seen->groups *
                          (double)cc_ceil_div(seen->group_k, t->block_k);
    const bool converted = seen->x_type != CLCONV_F32 && seen->x_type != CLCONV_F64;
    const bool gathered = seen->x.w != 1 || seen->stride_w > MOST_SPLIT_STRIDE;
    const double staged = gathered                                   ? GATHERED
                          : seen->stride_w > CC_BLOCKED_FIXED_STRIDE ? SPLIT
                                                                     : STAGED;
    const double inside =
        seen->x.w != 1 || seen->stride_w > 1
            ? 0
            : share_inside(seen->q, seen->inner_q0 * channels, seen->inner_q1 * channels,
                           columns_of) *
                  share_inside(seen->p, seen->inner_p0, seen->inner_p1, t->block_p);
    const double conversion = is_rolled ? CONVERTED_IN_ROLL : CONVERTED;
    const double each = (cc_blocked_has_own_code(seen, caps, channels) ? 0 : LOADED / seen->s) +
                        (converted ? conversion : 0) + (1 - inside) * staged;

    return blocks * seen->group_c * height * width * each;
}

static double estimate(const cc_problem *problem)
{
    const cc_geom *const geom = problem->geom;
    double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    const cc_geom seen = as_seen(geom, problem->caps);
    const int channels = interleaved(geom, problem->caps);
    cc_tile best;

    tile(&best, problem, 0);
    double flops = geom->flops / cc_blocked_usefulness(&seen, &best);
    if (best.lanes > 1) {
        const double reuse =
            (double)best.block_k * best.block_p * seen.r / (best.block_p + seen.r - 1);
        flops *= reuse < LEAST_REUSE ? LEAST_REUSE / reuse : 1;
        const bool is_one = channels == 1 || problem->facts->same;
        const bool is_rolled =
            is_one && cc_blocked_is_rolled(&seen, problem->caps, channels, &best);
        flops *= is_one ? 1 : TAPS_OF_COLUMNS;
        flops *= best.block_k == 1 && cc_geom_is_dilated(geom) && geom->taps > 9 ? DILATED : 1;
        flops += loads(&seen, problem->caps, channels, &best, is_rolled);
        flops += best.block_k > 1 ? STORED * (double)geom->outputs : 0;
        efficiency = is_rolled ? EFFICIENCY_IN_ROLL : efficiency;
    } else if (!problem->caps->is_cpu) {
        flops /= cc_blocked_speed(&seen, problem->caps, &best);
    }
    return cc_roofline(problem->caps, flops / efficiency, geom->bytes);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_caps *const caps = &plan->context->caps;
    const cc_geom seen = as_seen(&plan->geom, caps), *const geom = &seen;
    const int channels = interleaved(&plan->geom, caps);
    const cc_tile *const t = &plan->tile;
    const bool vectors = t->lanes > 1, is_fixed = cc_blocked_has_own_code(geom, caps, channels);
    const int local_k = cc_blocked_local_k(t), filters = t->block_k / local_k;
    const size_t local[3] = {(size_t)t->local_q, (size_t)(t->local_p * local_k), 1};
    char options[CC_OPTIONS], form[CC_SHAPE], sizes[CC_SHAPE], steps[CC_SHAPE];

    if (vectors)
        snprintf(form, sizeof form,
                 "-D LANES=%d -D INTERLEAVED=%d -D MOST_WINDOW_W=%" PRId64 " -D SPLIT=%d", t->lanes,
                 channels, most_window(geom, is_fixed), geom->stride_w <= MOST_SPLIT_STRIDE);
    else
        snprintf(form, sizeof form, "-D LOCAL_Q=%d -D LOCAL_P=%d -D LOCAL_K=%d -D SHARED=%d",
                 t->local_q, t->local_p, local_k, shared_elements(geom, t, caps));
    sizes[0] = 0;
    if (is_fixed)
        snprintf(sizes, sizeof sizes,
                 "-D R=%d -D S=%d -D LOOP_TAPS=%d -D UNROLL_ROWS=%d -D ROLLED=%d -D ACROSS=%d",
                 geom->r, geom->s, geom->r > CC_BLOCKED_FIXED_INTERLEAVED,
                 (!vectors || t->block_k == 1) && geom->r <= CC_BLOCKED_FIXED_SIZE,
                 below(geom, caps, channels, t), goes_across(geom));
    steps[0] = 0;
    if (is_fixed || !vectors)
        snprintf(steps, sizeof steps, "-D STRIDE_H=%d -D DILATION_H=%d -D DILATION_W=%d",
                 geom->stride_h, geom->dilation_h, geom->dilation_w);
    snprintf(options, sizeof options,
             "-D ROWS=%d -D VECTORS=%d -D FILTERS=%d -D STRIDE_W=%d %s %s %s", t->block_p,
             t->block_q, filters, geom->stride_w, form, sizes, steps);
    snprintf(plan->shape, sizeof plan->shape,
             "%d filters x %d x %d outputs a work-item in vectors of %d, work-group %d x %d",
             filters, t->block_p, t->block_q * t->lanes, t->lanes, t->local_q,
             t->local_p * local_k);
    return cc_plan_kernel(plan, vectors ? "blocked_columns.cl" : "blocked_items.cl",
                          vectors ? "blocked_columns" : "blocked_items", options, local,
                          CC_GROUP_FIXED);
}

/* Columns of a tap, where channels are interleaved; the formula of TAP_SIZE in the kernel. */
static int64_t tap_columns(const cc_tile *tile, int channels)
{
    const int columns_of_block = tile->block_q * tile->lanes;
    return columns_of_block % channels == 0 ? columns_of_block : columns_of_block + channels - 1;
}

/* Columns of a packed row of one filter: work-items side by side load them four at a time. */
static int64_t packed_columns(const cc_geom *geom, const cc_tile *tile)
{
    const bool fours = tile->lanes == 1 && tile->block_k == 1 && geom->s >= 4;
    return fours ? cc_round_up(geom->s, 4) : geom->s;
}

/* packed[group][block of filters][channel][row][column][filter of the block], zeros where the last
 * block has fewer and behind the columns; interleaved: packed[row][column][column of the output].
 */
static size_t packed_count(const struct clconv_plan *plan)
{
    const cc_geom *const geom = &plan->geom;
    const int channels = interleaved(geom, &plan->context->caps);

    if (channels > 1)
        return (size_t)(geom->taps * tap_columns(&plan->tile, channels));
    return cc_pack_blocks_count(geom, plan->tile.block_k) / (size_t)geom->s *
           (size_t)packed_columns(geom, &plan->tile);
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int64_t taps = geom->taps, columns = packed_columns(geom, &plan->tile);
    const int channels = interleaved(geom, &plan->context->caps);

    if (channels > 1) {
        for (int64_t tap = 0; tap < taps; tap++)
            for (int64_t i = 0; i < tap_columns(&plan->tile, channels); i++)
                *packed++ = filters[i % channels * taps + tap];
    } else if (columns > geom->s) {
        for (int64_t row = 0; row < geom->k * taps / geom->s; row++)
            for (int64_t column = 0; column < columns; column++)
                *packed++ = column < geom->s ? filters[row * geom->s + column] : 0;
    } else {
        cc_pack_blocks(packed, geom, plan->tile.block_k, filters);
    }
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_caps *const caps = &plan->context->caps;
    const cc_geom geom = as_seen(&plan->geom, caps);
    const int blocks = below(&geom, caps, interleaved(&plan->geom, caps), &plan->tile);
    return cc_launch_outputs(plan, run, &geom, 0, columns(&geom, &plan->tile),
                             rows(&plan->tile) * blocks);
}

const struct clconv_algo cc_algo_blocked = {
    .info = {.name = "blocked", .idea = "a work-item keeps a block of outputs in registers"},
    .error = CC_ERROR_SUM,
    .supports = supports,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
