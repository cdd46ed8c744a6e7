/* fft.c - tiles of the image are transformed, multiplied by the spectrum of the filter, and
 * transformed back: for large filters, whose size then hardly matters.
 *
 * Of a tile of T x T inputs the (T - window + 1)^2 outputs are kept whose window does not wrap
 * around (overlap-save). Tiles begin at multiples of that, whatever the image was cut into. Two
 * tiles side by side are the two parts of one complex tile (cl/fft_columns.cl); what a tile reads
 * below the image's last window follows the border, right of it zeros, so that strips of rows
 * compute what the whole image would. */
#include "algo/fft.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/fft_tile.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* Sizes of tiles: of work-items with vectors, and of work-groups without, in the 32 KiB of local
 * memory that every GPU has. */
enum { LEAST_TILE = 64, MOST_TILE = CC_FFT_MOST_TILE, LEAST_GROUP_TILE = 32, MOST_GROUP_TILE = 64 };

/* A group has so many work-items for each row of its tile, fewer where the device wants it. */
enum { ITEMS_OF_ROW = 4 };

enum { MOST_INTERLEAVED = 4 };

/* A tile has at least as many outputs along an axis. */
enum { LEAST_STEP = 16 };

/* Spectra of more filters than these take seconds to make, and longer to read than other ways to
 * compute. */
enum { MOST_SPECTRA_MIB = 512 };

/* Share of the FMA peak, of the flops of a transform as they are counted (5 N log2 N): of vectors,
 * by the tile's size, measured on PoCL; of work-groups expected on a GPU. */
static double efficiency(const cc_caps *caps, int size)
{
    if (caps->lanes == 1)
        return 0.1;
    return size <= 64 ? 0.45 : size <= 128 ? 0.42 : 0.37;
}

/* Values of the spectra of all filters over size^2. */
static double spectra_count(const cc_geom *geom, int size)
{
    return 2.0 * size * size * geom->k * geom->group_c;
}

static double most_spectra_bytes(const cc_caps *caps)
{
    return fmin(MOST_SPECTRA_MIB * 1048576.0, (double)caps->info.max_buffer);
}

static int64_t window(int filter, int dilation)
{
    return (int64_t)(filter - 1) * dilation + 1;
}

/* Channels that lie side by side are computed together: a tile is as many times as wide. */
static int interleaved(const cc_geom *geom, const cc_caps *caps)
{
    return cc_channels_together(geom, caps, MOST_INTERLEAVED);
}

/* With the outputs of every window: all of a tile are computed. */
static cc_geom with_all(const cc_geom *geom)
{
    cc_geom all = *geom;
    all.p = (geom->p - 1) * geom->stride_h + 1;
    all.q = (geom->q - 1) * geom->stride_w + 1;
    return all;
}

static int columns(const cc_geom *geom, int size, int lanes)
{
    return FFT_STEP_Q(size, geom->s, geom->dilation_w, lanes);
}

/* Strips of columns that are read together, at most. */
enum { TOGETHER = 4 };

/* Bytes of local memory: those of cl/fft_items.cl; what cl/fft_columns.cl is given, TOGETHER strips
 * of columns at most. */
static int64_t local_bytes(const cc_problem *problem, int size)
{
    if (problem->caps->lanes == 1)
        return 2 * (int64_t)sizeof(float) * size * size;
    const int channels = interleaved(problem->geom, problem->caps);
    const int64_t tiles = problem->geom->group_c > 1 ? 2 : 1;
    return 2 * (int64_t)sizeof(float) * size *
           (channels * size * tiles + TOGETHER * problem->caps->lanes);
}

/* Flops at the FMA peak, as measured on PoCL: to pick one of all outputs where they are a stride
 * apart; to gather one of the inputs under them where columns do not lie side by side. */
static const double PICKED = 70, GATHERED = 1200;

/* Flops at the FMA peak that take as long as tiles of this size. */
static double work(const cc_problem *problem, int size)
{
    const cc_geom all = with_all(problem->geom), *const geom = &all;
    const double step_p = FFT_STEP_P(size, geom->r, geom->dilation_h);
    const double step_q = 2 * columns(geom, size, problem->caps->lanes);
    const double pairs = ceil(geom->p / step_p) * ceil(geom->q / step_q);
    const double points = (double)size * size, planes = (double)geom->n * geom->k;
    const bool vectors = problem->caps->lanes > 1;
    const bool is_picked = vectors && (geom->stride_h > 1 || geom->stride_w > 1);
    const bool is_gathered = vectors && geom->x.w != 1 && interleaved(geom, problem->caps) == 1;
    const double each = (is_picked ? PICKED : 0) + (is_gathered ? GATHERED * geom->group_c : 0);

    return pairs * planes * points * (5 * log2(points) * (geom->group_c + 1)) /
               efficiency(problem->caps, size) +
           (double)geom->p * geom->q * planes * each;
}

static int least_size(const cc_caps *caps)
{
    return caps->lanes > 1 ? LEAST_TILE : LEAST_GROUP_TILE;
}

static int most_size(const cc_caps *caps)
{
    return caps->lanes > 1 ? MOST_TILE : MOST_GROUP_TILE;
}

static bool is_possible(const cc_problem *problem, int size)
{
    const cc_geom *const geom = problem->geom;
    const clconv_device_info *const info = &problem->caps->info;
    return window(geom->r, geom->dilation_h) <= size - LEAST_STEP + 1 &&
           window(geom->s, geom->dilation_w) <= size - LEAST_STEP + 1 &&
           local_bytes(problem, size) <= (int64_t)info->local_memory &&
           spectra_count(geom, size) * sizeof(float) <= most_spectra_bytes(problem->caps) &&
           (problem->caps->lanes > 1 || (uint64_t)size <= info->max_group);
}

/* The i-th best size, of equals the least; 0 behind the last. */
static int best_size(const cc_problem *problem, int i)
{
    const int least = least_size(problem->caps), most = most_size(problem->caps);

    for (int size = least; size <= most; size *= 2) {
        const double mine = work(problem, size);
        int better = 0;
        for (int other = least; other <= most; other *= 2) {
            const double its = work(problem, other);
            better += is_possible(problem, other) && (its < mine || (its <= mine && other < size));
        }
        if (is_possible(problem, size) && better == i)
            return size;
    }
    return 0;
}

/* Work-items of a group. */
static int items(const cc_caps *caps, int size)
{
    int n = caps->lanes > 1 ? 1 : ITEMS_OF_ROW * size;

    while ((uint64_t)n > caps->info.max_group)
        n /= 2;
    return n;
}

/* Rows of outputs after which one lies again in the first row of a tile. */
static int rows_to_begin_at(int size, const cc_geom *geom)
{
    const int step = FFT_STEP_P(size, geom->r, geom->dilation_h);
    int a = step, b = geom->stride_h; /* their greatest common divisor, by Euclid */

    while (b > 0) {
        const int rest = a % b;
        a = b, b = rest;
    }
    return step / a;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const int size = best_size(problem, i);

    if (size == 0)
        return false;
    *tile = (cc_tile){
        .local_q = items(problem->caps, size),
        .local_p = 1,
        .lanes = problem->caps->lanes,
        .block_q = size,
        .block_p = size,
        .block_k = 1,
        .step = rows_to_begin_at(size, problem->geom),
    };
    return true;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const int64_t height = window(geom->r, geom->dilation_h);
    const int64_t width = window(geom->s, geom->dilation_w);
    const int most = most_size(problem->caps) - LEAST_STEP + 1;

    if (problem->caps->lanes == 1 && problem->caps->is_cpu) {
        snprintf(why, CC_WHY, "made for GPUs, and for processors with explicit vectors");
        return false;
    }
    if (geom->acc_type != CLCONV_F32) {
        snprintf(why, CC_WHY, "made for f32 arithmetic, this one is in f64");
        return false;
    }
    if (height > most || width > most) {
        snprintf(why, CC_WHY, "made for windows up to %d x %d, this one is %" PRId64 " x %" PRId64,
                 most, most, height, width);
        return false;
    }
    const double bytes = spectra_count(geom, least_size(problem->caps)) * sizeof(float);
    if (bytes > most_spectra_bytes(problem->caps)) {
        snprintf(why, CC_WHY,
                 "made for spectra up to %.0f bytes, those of %d x %d filters take %.0f",
                 most_spectra_bytes(problem->caps), geom->k, geom->group_c, bytes);
        return false;
    }
    if (best_size(problem, 0) == 0) {
        snprintf(why, CC_WHY,
                 "made for tiles in local memory: one for a window of %" PRId64 " x %" PRId64
                 " does not fit in %" PRIu64 " bytes and %" PRIu64 " work-items",
                 height, width, problem->caps->info.local_memory, problem->caps->info.max_group);
        return false;
    }
    return true;
}

static double estimate(const cc_problem *problem)
{
    return cc_roofline(problem->caps, work(problem, best_size(problem, 0)), problem->geom->bytes);
}

/* In u ||w||_1 max|x|. */
static double spread(const cc_geom *geom)
{
    (void)geom;
    return 8 * 2 * log2(MOST_TILE);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const cc_tile *const t = &plan->tile;
    const cc_geom *const geom = &plan->geom;
    const size_t local[3] = {(size_t)t->local_q, 1, 1};
    const bool vectors = t->lanes > 1;
    char options[CC_OPTIONS];

    if (vectors) {
        const cc_problem problem = {geom, &plan->context->caps, &plan->facts};
        plan->local_memory = (size_t)local_bytes(&problem, t->block_q);
        snprintf(options, sizeof options,
                 "-D TILE=%d -D LANES=%d -D INTERLEAVED=%d -D SUMS=%d -D STRIDED=%d", t->block_q,
                 t->lanes, interleaved(geom, &plan->context->caps), geom->group_c > 1,
                 geom->stride_h > 1 || geom->stride_w > 1);
    } else {
        snprintf(options, sizeof options, "-D TILE=%d -D ITEMS=%d", t->block_q, t->local_q);
    }
    snprintf(plan->shape, sizeof plan->shape,
             "two tiles of %d x %d a work-group of %d in vectors of %d, %d x %d windows of each",
             t->block_q, t->block_q, t->local_q, t->lanes,
             FFT_STEP_P(t->block_q, geom->r, geom->dilation_h),
             columns(geom, t->block_q, t->lanes));
    return cc_plan_kernel(plan, vectors ? "fft_columns.cl" : "fft_items.cl",
                          vectors ? "fft_columns" : "fft_items", options, local, CC_GROUP_FIXED);
}

static size_t packed_count(const struct clconv_plan *plan)
{
    const int size = plan->tile.block_q;
    return (size_t)FFT_TWIDDLES(size) + (size_t)spectra_count(&plan->geom, size);
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const int size = plan->tile.block_q, lanes = plan->tile.lanes > 1 ? plan->tile.lanes : size;
    cc_fft_pack(packed, packed_count(plan), &plan->geom, size, lanes, filters);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom all = with_all(&plan->geom), *const geom = &all;
    const int channels = interleaved(geom, &plan->context->caps), size = plan->tile.block_q;
    const cc_geom seen = channels > 1 ? cc_geom_interleaved(geom) : *geom;

    return cc_launch_outputs(plan, run, &seen, 0,
                             2 * channels * columns(geom, size, plan->tile.lanes),
                             FFT_STEP_P(size, geom->r, geom->dilation_h));
}

const struct clconv_algo cc_algo_fft = {
    .info = {.name = "fft",
             .idea = "tiles are transformed, multiplied by the filter's spectrum, and transformed "
                     "back",
             .transforms = 1},
    .error = CC_ERROR_SUM,
    .spread = spread,
    .supports = supports,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
