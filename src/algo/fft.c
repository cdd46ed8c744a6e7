/* fft.c - tiles of the image are transformed, multiplied by the spectrum of the filter, and
 * transformed back: for large filters, whose size then hardly matters.
 *
 * Of a tile of T x T inputs the (T - window + 1)^2 outputs are kept whose window does not wrap
 * around (overlap-save). Tiles begin at multiples of that, whatever the image was cut into. Two
 * tiles side by side are the two parts of one complex tile (cl/fft_columns.cl); what a tile reads
 * below the image's last window follows the border, right of it zeros, so that strips of rows
 * compute what the whole image would. */
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/fft_tile.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { LEAST_TILE = 32, MOST_TILE = 256, MOST_INTERLEAVED = 4 };

/* A tile has at least as many outputs along an axis. */
enum { LEAST_STEP = 16 };

static const double PI = 3.14159265358979323846;

/* Share of the FMA peak, of the flops of a transform as they are counted (5 N log2 N), measured on
 * PoCL; expected of a GPU. */
static const double EFFICIENCY_CPU = 0.22, EFFICIENCY_GPU = 0.2;

static int64_t window(int filter, int dilation)
{
    return (int64_t)(filter - 1) * dilation + 1;
}

/* Channels that lie side by side are computed together: a tile is as many times as wide. */
static int interleaved(const cc_geom *geom, const cc_caps *caps)
{
    const int c = geom->c;
    const bool dense = geom->x.c == 1 && geom->x.w == c && geom->y.c == 1 && geom->y.w == c;
    const bool together = caps->lanes > 1 && dense && geom->groups == c && geom->k == c &&
                          c <= MOST_INTERLEAVED &&
                          ((int64_t)geom->w + geom->pad_left + geom->pad_right) * c <= 1 << 30;
    return together ? c : 1;
}

/* The geometry as the kernels see it: channels that lie in one row are one. */
static cc_geom as_seen(const cc_geom *geom, int channels)
{
    cc_geom g = *geom;

    if (channels == 1)
        return g;
    g.groups = g.c = g.k = 1;
    g.w *= channels, g.q *= channels, g.pad_left *= channels, g.dilation_w *= channels;
    g.x.w = g.y.w = 1;
    return g;
}

static int columns(const cc_geom *geom, int size, int lanes)
{
    return FFT_STEP_Q(size, geom->s, geom->dilation_w, lanes);
}

/* Bytes of local memory; the formula of LOCALS in cl/fft_columns.cl. */
static int64_t local_bytes(const cc_problem *problem, int size)
{
    const int channels = interleaved(problem->geom, problem->caps);
    const int64_t buffers = problem->geom->group_c > 1 ? 2 : 1;
    return 2 * (int64_t)sizeof(float) * size * channels * (size + problem->caps->lanes) * buffers;
}

/* Multiply-adds as they are counted of the tiles of this size. */
static double flops(const cc_geom *geom, int size, int lanes)
{
    const double step_p = FFT_STEP_P(size, geom->r, geom->dilation_h);
    const double step_q = 2 * columns(geom, size, lanes);
    const double pairs = ceil(geom->p / step_p) * ceil(geom->q / step_q);
    const double points = (double)size * size;

    return pairs * geom->n * geom->k * points * (10 * log2(points) * (geom->group_c + 1) / 2);
}

static bool is_possible(const cc_problem *problem, int size)
{
    const cc_geom *const geom = problem->geom;
    return window(geom->r, geom->dilation_h) <= size - LEAST_STEP + 1 &&
           window(geom->s, geom->dilation_w) <= size - LEAST_STEP + 1 &&
           local_bytes(problem, size) <= (int64_t)problem->caps->info.local_memory;
}

/* The i-th best size, of equals the least; 0 behind the last. */
static int best_size(const cc_problem *problem, int i)
{
    for (int size = LEAST_TILE; size <= MOST_TILE; size *= 2) {
        const double mine = flops(problem->geom, size, problem->caps->lanes);
        int better = 0;
        for (int other = LEAST_TILE; other <= MOST_TILE; other *= 2) {
            const double its = flops(problem->geom, other, problem->caps->lanes);
            better += is_possible(problem, other) && (its < mine || (its <= mine && other < size));
        }
        if (is_possible(problem, size) && better == i)
            return size;
    }
    return 0;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    const int size = best_size(problem, i);

    if (size == 0)
        return false;
    *tile = (cc_tile){
        .local_q = 1,
        .local_p = 1,
        .lanes = problem->caps->lanes,
        .block_q = size,
        .block_p = size,
        .block_k = 1,
        .step = FFT_STEP_P(size, problem->geom->r, problem->geom->dilation_h),
    };
    return true;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const int64_t height = window(geom->r, geom->dilation_h);
    const int64_t width = window(geom->s, geom->dilation_w);
    const int most = MOST_TILE - LEAST_STEP + 1;

    if (problem->caps->lanes == 1) {
        snprintf(why, CC_WHY, "made for devices with explicit vectors, this one has none");
        return false;
    }
    if (geom->acc_type != CLCONV_F32) {
        snprintf(why, CC_WHY, "made for f32 arithmetic, this one is in f64");
        return false;
    }
    if (geom->stride_h != 1 || geom->stride_w != 1) {
        snprintf(why, CC_WHY, "made for stride 1, this one is %d x %d", geom->stride_h,
                 geom->stride_w);
        return false;
    }
    if (height > most || width > most) {
        snprintf(why, CC_WHY, "made for windows up to %d x %d, this one is %" PRId64 " x %" PRId64,
                 most, most, height, width);
        return false;
    }
    if (best_size(problem, 0) == 0) {
        snprintf(why, CC_WHY,
                 "a tile for a window of %" PRId64 " x %" PRId64 " does not fit in %" PRIu64
                 " bytes of local memory",
                 height, width, problem->caps->info.local_memory);
        return false;
    }
    return true;
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

    return cc_roofline(problem->caps,
                       flops(geom, best_size(problem, 0), problem->caps->lanes) / efficiency,
                       geom->bytes);
}

/* In u ||w||_1 max|x|. */
static double spread(const cc_geom *geom)
{
    (void)geom;
    return 64 * 2 * log2(MOST_TILE);
}

static clconv_status plan(struct clconv_plan *plan)
{
    const size_t local[3] = {1, 1, 1};
    const int size = plan->tile.block_q;
    char options[CC_OPTIONS];

    snprintf(options, sizeof options, "-D TILE=%d -D LANES=%d -D INTERLEAVED=%d -D SUMS=%d", size,
             plan->tile.lanes, interleaved(&plan->geom, &plan->context->caps),
             plan->geom.group_c > 1);
    snprintf(plan->shape, sizeof plan->shape,
             "two tiles of %d x %d a work-item in vectors of %d, %d x %d outputs of each", size,
             size, plan->tile.lanes, FFT_STEP_P(size, plan->geom.r, plan->geom.dilation_h),
             columns(&plan->geom, size, plan->tile.lanes));
    return cc_plan_kernel(plan, "fft_columns.cl", "fft_columns", options, local, CC_GROUP_FIXED);
}

/* packed: twiddles (cl/fft_tile.h), then for each filter and channel its spectrum over size^2,
 * conjugate: [rows by lanes][column][real, imaginary][lane]. */
static size_t packed_count(const struct clconv_plan *plan)
{
    const size_t size = (size_t)plan->tile.block_q;
    return FFT_TWIDDLES(size) + (size_t)plan->geom.k * (size_t)plan->geom.group_c * 2 * size * size;
}

static void pack_twiddles(float *packed, int size)
{
    for (int m = size, l; m > 1; m = l) {
        l = m / FFT_RADIX(m);
        for (int j = 0; j < l; j++)
            for (int b = 1; b < m / l; b++) {
                const double angle = -2 * PI * b * j / m;
                *packed++ = (float)cos(angle);
                *packed++ = (float)sin(angle);
            }
    }
}

/* The frequency that a transform leaves at this place. */
static int frequency_at(int place, int size)
{
    int frequency = 0, weight = 1;

    for (int m = size, l; m > 1; m = l) {
        l = m / FFT_RADIX(m);
        frequency += place / l * weight;
        weight *= m / l;
        place %= l;
    }
    return frequency;
}

typedef struct spectrum {
    int size;
    double cosine[MOST_TILE], sine[MOST_TILE]; /* of multiples of 2 pi / size */
} spectrum;

/* sum += value * exp(2 pi i turns / size) */
static void add_turned(double sum[2], const spectrum *s, const double value[2], int turns)
{
    const int at = turns % s->size;
    sum[0] += value[0] * s->cosine[at] - value[1] * s->sine[at];
    sum[1] += value[0] * s->sine[at] + value[1] * s->cosine[at];
}

/* One column of a filter's spectrum: by definition, for it is made once. */
static void pack_column(float *packed, const cc_geom *geom, const spectrum *s, const float *filter,
                        int column, int lanes)
{
    const int x_frequency = frequency_at(column, s->size);
    double rows[MOST_TILE][2];

    for (int i = 0; i < geom->r; i++) {
        rows[i][0] = rows[i][1] = 0;
        for (int j = 0; j < geom->s; j++) {
            const double tap[2] = {(double)filter[i * geom->s + j], 0};
            add_turned(rows[i], s, tap, j * geom->dilation_w * x_frequency);
        }
    }
    for (int row = 0; row < s->size; row++) {
        const int y_frequency = frequency_at(row, s->size);
        float *const to = packed + 2 * ((row / lanes * s->size + column) * lanes) + row % lanes;
        double sum[2] = {0, 0};
        for (int i = 0; i < geom->r; i++)
            add_turned(sum, s, rows[i], i * geom->dilation_h * y_frequency);
        to[0] = (float)(sum[0] / s->size / s->size);
        to[lanes] = (float)(sum[1] / s->size / s->size);
    }
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int size = plan->tile.block_q, lanes = plan->tile.lanes;
    spectrum s = {.size = size};

    for (int i = 0; i < size; i++) {
        s.cosine[i] = cos(2 * PI * i / size);
        s.sine[i] = sin(2 * PI * i / size);
    }
    for (size_t i = 0; i < packed_count(plan); i++)
        packed[i] = 0;
    pack_twiddles(packed, size);
    packed += FFT_TWIDDLES(size);
    for (int64_t i = 0; i < (int64_t)geom->k * geom->group_c; i++)
        for (int column = 0; column < size; column++)
            pack_column(packed + i * 2 * size * size, geom, &s, filters + i * geom->r * geom->s,
                        column, lanes);
}

static clconv_status execute(const struct clconv_plan *plan, cc_run *run)
{
    const cc_geom *const geom = &plan->geom;
    const int channels = interleaved(geom, &plan->context->caps), size = plan->tile.block_q;
    const cc_geom seen = as_seen(geom, channels);

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
    .workspace = workspace,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = execute,
};
