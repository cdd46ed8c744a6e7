/* matrix_units.c - the matrix product of implicit_gemm by the matrix units of NVIDIA's GPUs, in f32
 * from numbers in two parts, or in one where input and filters are halves. */
#include "algo/implicit_gemm.h"
#include "base/half.h"
#include "host/host.h"
#include <stdio.h>
#include <string.h>

/* What mma.sync with these fragments needs. */
enum { LEAST_CAPABILITY = 80 };

/* Channels of a step: 16 words of two, or 8 of one. Filters of a fragment, words of a work-item's.
 */
enum { DEPTH_HALVES = 32, DEPTH_TF32 = 8, FRAGMENT = 16, WARP = 32, WORDS = 4, WORDS_IN_ALL = 16 };
enum { LEAST_CHANNELS = 8, LEAST_FILTERS = 8 };

/* Of the FMA rate, by NVIDIA's papers: GPUs of data centres (A100, H100, their successors) multiply
 * 8 times as fast in tf32 and 16 times in f16, others as fast and twice; in f32 each product is
 * three. What is expected of loops that feed the units from local memory; not measured. */
static const double RATE_TF32 = 8, RATE_OTHERS_TF32 = 1, PRODUCTS_TF32 = 3;
static const double RATE_HALVES = 16, RATE_OTHERS_HALVES = 2;
static const double EFFICIENCY = 0.4;

/* A warp loads 8 words for 24 products of 32 filters by 32 outputs; 12 for 48 of 64 by 32. */
static const cc_implicit_shape SHAPES[] = {
    {16, 16, 8, 4, 1}, {8, 32, 8, 4, 1}, {8, 16, 8, 4, 0.9}, {16, 8, 8, 8, 0.9}};

/* Two steps of both, as cl/matrix_units.cl has them: 16 words each, and 8 outputs more. */
static int64_t operands(const cc_geom *geom, const cc_tile *tile)
{
    (void)geom;
    return 2 * WORDS_IN_ALL * (cc_implicit_outputs(tile) + 8 + cc_implicit_filters(tile)) *
           (int64_t)sizeof(uint32_t);
}

static double rate(const cc_caps *caps, double of_large, double of_others)
{
    static const int large[] = {80, 90, 100, 103};
    bool is_large = false;

    for (size_t i = 0; i < sizeof large / sizeof *large; i++)
        is_large = is_large || caps->nv_capability == large[i];
    return EFFICIENCY * (is_large ? of_large : of_others);
}

static double efficiency_halves(const cc_caps *caps)
{
    return rate(caps, RATE_HALVES, RATE_OTHERS_HALVES);
}

static double efficiency_tf32(const cc_caps *caps)
{
    return rate(caps, RATE_TF32, RATE_OTHERS_TF32) / PRODUCTS_TF32;
}

#define KIND(halves, channels, share)                                                              \
    {                                                                                              \
        .file = "matrix_units.cl", .kernel = "matrix_units", .options = " -D HALVES=" #halves,     \
        .depth = (channels), .least_channels = LEAST_CHANNELS, .least_filters = LEAST_FILTERS,     \
        .shapes = SHAPES, .shape_count = sizeof SHAPES / sizeof *SHAPES, .operands = operands,     \
        .efficiency = (share),                                                                     \
    }
static const cc_implicit_kind KIND_HALVES = KIND(1, DEPTH_HALVES, efficiency_halves);
static const cc_implicit_kind KIND_TF32 = KIND(0, DEPTH_TF32, efficiency_tf32);

/* Each number of these types is one of f16. */
static const cc_implicit_kind *kind_of(const cc_geom *geom)
{
    const clconv_type type = geom->x_type;
    return type == CLCONV_F16 || type == CLCONV_U8 || type == CLCONV_S8 ? &KIND_HALVES : &KIND_TF32;
}

static bool tile(cc_tile *tile, const cc_problem *problem, int i)
{
    double seconds;

    return cc_implicit_tile(tile, &seconds, problem, kind_of(problem->geom), i);
}

/* A step begins with zero: of 8 channels three instructions of 9 addends, of 32 two of 17, each cut
 * off at 2 u of the largest; and 12 u for the parts of numbers that are left out. Sums of steps
 * round as plain ones do. */
static double spread(const cc_geom *geom)
{
    (void)geom;
    return 80;
}

static bool supports(const cc_problem *problem, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const cc_implicit_kind *const kind = kind_of(geom);

    if (problem->caps->nv_capability < LEAST_CAPABILITY) {
        snprintf(why, CC_WHY, "made for NVIDIA's GPUs of compute capability %d.%d or more",
                 LEAST_CAPABILITY / 10, LEAST_CAPABILITY % 10);
        return false;
    }
    if (geom->acc_type != CLCONV_F32) {
        snprintf(why, CC_WHY, "made for arithmetic in f32, this one is in f64");
        return false;
    }
    if (kind == &KIND_HALVES && !problem->facts->halves) {
        snprintf(why, CC_WHY, "made for coefficients that are numbers of f16, some are not");
        return false;
    }
    /* In another kind of number the strips of a stream would be written out, and summed. */
    if (kind == &KIND_HALVES && cc_kept(geom->x_type, geom->border_value) != geom->border_value) {
        snprintf(why, CC_WHY, "made for a border that the input's type holds, %g is none",
                 geom->border_value);
        return false;
    }
    return cc_implicit_supports(problem, kind, why);
}

static size_t workspace(const cc_problem *problem)
{
    return cc_implicit_workspace(problem, kind_of(problem->geom));
}

static double estimate(const cc_problem *problem)
{
    double seconds;
    cc_tile best;

    cc_implicit_tile(&best, &seconds, problem, kind_of(problem->geom), 0);
    return seconds;
}

static clconv_status plan(struct clconv_plan *plan)
{
    return cc_implicit_plan(plan, kind_of(&plan->geom));
}

/* Words of 32 bits; a float has room for one. */
static size_t packed_count(const struct clconv_plan *plan)
{
    const cc_implicit_kind *const kind = kind_of(&plan->geom);
    return cc_implicit_packed_count(plan, kind->depth) * WORDS_IN_ALL / (size_t)kind->depth;
}

/* As to_tf32() in cl/matrix_units.cl. */
static uint32_t to_tf32(float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    return (bits + ((bits & 0x7fffffff) < 0x7f7ff000 ? 0x1000 : 0)) & 0xffffe000;
}

static uint32_t rest_in_tf32(float value)
{
    const uint32_t bits = to_tf32(value);
    float first;

    memcpy(&first, &bits, sizeof first);
    return to_tf32(value - first);
}

/* One filter under one tap. */
typedef struct channels {
    const float *first; /* channel 0 */
    int64_t stride;
    int count; /* 0: a filter that there is not */
} channels;

static float at(const channels *from, int c)
{
    return c < from->count ? from->first[c * from->stride] : 0;
}

/* Word `word` of a plane of the step that begins with this channel. */
static uint32_t word_of(const channels *from, bool halves, int plane, int channel, int word)
{
    if (halves) {
        const int c = channel + plane * WORDS_IN_ALL + word * 2;
        const uint32_t low = cc_half_from_double((double)at(from, c));
        return low | (uint32_t)cc_half_from_double((double)at(from, c + 1)) << 16;
    }
    const float value = at(from, channel + word);
    return plane == 0 ? to_tf32(value) : rest_in_tf32(value);
}

/* packed[group][block of filters][row][column][step][plane][fragment of filters][work-item of the
 * warp][word], as cl/mma.h has it; zeros for channels that whole steps have more, and where the
 * last block of a group has fewer filters. */
static float *pack_step(float *packed, const struct clconv_plan *plan, const float *filters,
                        int in_block, int tap, int channel)
{
    const cc_geom *const geom = &plan->geom;
    const bool halves = kind_of(geom) == &KIND_HALVES;
    const int items = cc_implicit_filters(&plan->tile) / FRAGMENT * WARP;

    for (int plane = 0; plane < 2; plane++)
        for (int item = 0; item < items; item++)
            for (int i = 0; i < WORDS; i++) {
                const int f = item / WARP * FRAGMENT + item % WARP / 4 + i % 2 * 8;
                const channels from = {filters + f * geom->taps + tap, (int64_t)geom->r * geom->s,
                                       f < in_block ? geom->group_c : 0};
                const uint32_t word = word_of(&from, halves, plane, channel, item % 4 + i / 2 * 4);
                memcpy(packed++, &word, sizeof word);
            }
    return packed;
}

static void pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int block = cc_implicit_filters(&plan->tile), depth = kind_of(geom)->depth;

    for (int group = 0; group < geom->groups; group++)
        for (int first = 0; first < geom->group_k; first += block) {
            const int left = geom->group_k - first;
            const float *const from =
                filters + ((int64_t)group * geom->group_k + first) * geom->taps;
            for (int tap = 0; tap < geom->r * geom->s; tap++)
                for (int c = 0; c < geom->group_c; c += depth)
                    packed = pack_step(packed, plan, from, left, tap, c);
        }
}

const struct clconv_algo cc_algo_matrix_units = {
    .info = {.name = "matrix_units",
             .idea = "the product of implicit_gemm by the matrix units of NVIDIA's GPUs",
             .transforms = 1},
    .error = CC_ERROR_SUM,
    .spread = spread,
    .keeps_whole = true,
    .heeds_filters = true,
    .supports = supports,
    .workspace = workspace,
    .estimate = estimate,
    .tile = tile,
    .plan = plan,
    .packed_count = packed_count,
    .pack = pack,
    .execute = cc_implicit_execute,
};
