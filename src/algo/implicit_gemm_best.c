/* implicit_gemm_best.c - tiles of the algorithm implicit_gemm, ranked by how long a problem is
 * expected to take in them. */
#include "algo/implicit_gemm.h"
#include "base/size.h"
#include <math.h>

/* Share of the FMA peak: expected of a GPU whose work-items never wait; measured on llvmpipe. */
static const double EFFICIENCY_GPU = 0.8, EFFICIENCY_CPU = 0.005;

/* The larger the block of a work-item, the more products for each value that it loads: 4 of local
 * memory for 64 of 8 x 8 are what an NVIDIA multiprocessor loads meanwhile. */
typedef struct shape {
    int local_q, local_k, outputs, filters;
    double speed; /* expected, of the best one's */
} shape;
static const shape SHAPES[] = {{16, 16, 8, 8, 1}, {16, 8, 8, 8, 0.95}, {16, 8, 4, 8, 0.8}};
/* Each in one part, and in several. */
enum { CANDIDATES = 2 * sizeof SHAPES / sizeof *SHAPES };

/* Two groups of the largest tile stay on a multiprocessor with 65536 registers at a time, 128 for
 * each work-item. Half of the time of so few work-items is waiting. */
static const double RESIDENT_ITEMS = 512, WAITING_ITEMS = 128;

/* Parts of a sum at most; steps that are worth a work-group of their own. */
enum { MOST_PARTS = 16, LEAST_STEPS = 8 };

/* Local memory that every GPU has. */
enum { LOCAL_BYTES = 32 << 10 };

/* The share of the device that so many work-groups keep busy: all its units have as many of them,
 * and enough work-items that some compute while others wait. */
static double busy(const cc_caps *caps, const cc_tile *tile, int64_t groups)
{
    const int64_t units = caps->info.compute_units > 0 ? (int64_t)caps->info.compute_units : 1;
    const int64_t rounds = cc_ceil_div(groups, units);
    const double resident = (double)rounds * cc_implicit_items(tile);
    const double at_a_time = resident < RESIDENT_ITEMS ? resident : RESIDENT_ITEMS;
    return (double)groups / (double)(rounds * units) * at_a_time / (at_a_time + WAITING_ITEMS);
}

/* Seconds that a problem takes in this tile, whose blocks have this speed. */
static double seconds_of(const cc_problem *problem, const cc_tile *tile, double speed)
{
    const cc_geom *const geom = problem->geom;
    const cc_caps *const caps = problem->caps;
    const int64_t tiles = cc_implicit_tiles(geom, tile);
    const int64_t steps = cc_round_up(cc_implicit_steps(geom), tile->block_p);
    const double products = (double)tiles * cc_implicit_outputs(tile) * cc_implicit_filters(tile) *
                            (double)steps * CC_IMPLICIT_DEPTH;
    const double efficiency = (caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU) * speed *
                              busy(caps, tile, tiles * tile->block_p);
    const double parts = (double)tiles * (double)cc_implicit_part_bytes(geom, tile);

    return cc_roofline(caps, 2 * products / efficiency, geom->bytes + 2 * parts) +
           (tile->block_p > 1 ? caps->launch_seconds : 0);
}

/* What can be chosen; tile.local_q 0: not on this device. */
typedef struct candidate {
    cc_tile tile;
    double seconds;
} candidate;

/* Wide blocks of doubles would not fit in registers. */
static bool is_possible(const cc_problem *problem, const cc_tile *tile)
{
    const clconv_device_info *const info = &problem->caps->info;
    const int64_t bytes = cc_implicit_local_bytes(problem->geom, tile);
    return (uint64_t)cc_implicit_items(tile) <= info->max_group && bytes <= LOCAL_BYTES &&
           (uint64_t)bytes <= info->local_memory &&
           (problem->geom->acc_type == CLCONV_F32 || tile->block_q < 8);
}

/* In one part, or in the number of several that takes the least time. */
static candidate candidate_of(const cc_problem *problem, const shape *s, bool several)
{
    const int64_t most = cc_implicit_steps(problem->geom) / LEAST_STEPS;
    const int first = several ? 2 : 1, last = !several            ? 1
                                              : most < MOST_PARTS ? (int)most
                                                                  : MOST_PARTS;
    candidate best = {.seconds = HUGE_VAL};

    for (int parts = first; parts <= last; parts++) {
        const cc_tile tile = {.local_q = s->local_q,
                              .local_p = s->local_k,
                              .lanes = 1,
                              .block_q = s->outputs,
                              .block_p = parts,
                              .block_k = s->filters};
        const double seconds = seconds_of(problem, &tile, s->speed);
        if (is_possible(problem, &tile) && seconds < best.seconds)
            best = (candidate){tile, seconds};
    }
    return best;
}

bool cc_implicit_tile(cc_tile *tile, double *seconds, const cc_problem *problem, int i)
{
    candidate all[CANDIDATES];
    double values[CANDIDATES];

    for (int at = 0; at < CANDIDATES; at++) {
        all[at] = candidate_of(problem, &SHAPES[at / 2], at % 2);
        values[at] = -all[at].seconds;
    }
    const int best = cc_ranked(values, CANDIDATES, i);
    if (best < 0 || all[best].tile.local_q == 0)
        return false;
    *tile = all[best].tile;
    *seconds = all[best].seconds;
    return true;
}
