/* implicit_gemm_best.c - tiles of implicit_gemm and matrix_units, ranked by how long a problem is
 * expected to take in them. */
#include "algo/implicit_gemm.h"
#include "base/size.h"
#include <math.h>

/* Each in one part, and in several. */
enum { CANDIDATES = 2 * CC_IMPLICIT_SHAPES };

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
static double seconds_of(const cc_problem *problem, const cc_implicit_kind *kind,
                         const cc_tile *tile, double speed)
{
    const cc_geom *const geom = problem->geom;
    const cc_caps *const caps = problem->caps;
    const int64_t tiles = cc_implicit_tiles(geom, tile);
    const int64_t steps = cc_round_up(cc_implicit_steps(geom, kind->depth), tile->block_p);
    const double products = (double)tiles * cc_implicit_outputs(tile) * cc_implicit_filters(tile) *
                            (double)steps * kind->depth;
    const double efficiency =
        kind->efficiency(caps) * speed * busy(caps, tile, tiles * tile->block_p);
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
static bool is_possible(const cc_problem *problem, const cc_implicit_kind *kind,
                        const cc_tile *tile)
{
    const clconv_device_info *const info = &problem->caps->info;
    const int64_t bytes =
        kind->operands(problem->geom, tile) + cc_implicit_outputs(tile) * (int64_t)sizeof(int64_t);
    return (uint64_t)cc_implicit_items(tile) <= info->max_group && bytes <= LOCAL_BYTES &&
           (uint64_t)bytes <= info->local_memory &&
           (problem->geom->acc_type == CLCONV_F32 || tile->block_q < 8);
}

/* In one part, or in the number of several that takes the least time. */
static candidate candidate_of(const cc_problem *problem, const cc_implicit_kind *kind,
                              const cc_implicit_shape *s, bool several)
{
    const int64_t most = cc_implicit_steps(problem->geom, kind->depth) / LEAST_STEPS;
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
        const double seconds = seconds_of(problem, kind, &tile, s->speed);
        if (is_possible(problem, kind, &tile) && seconds < best.seconds)
            best = (candidate){tile, seconds};
    }
    return best;
}

bool cc_implicit_tile(cc_tile *tile, double *seconds, const cc_problem *problem,
                      const cc_implicit_kind *kind, int i)
{
    const int count = 2 * kind->shape_count;
    candidate all[CANDIDATES];
    double values[CANDIDATES];

    for (int at = 0; at < count; at++) {
        all[at] = candidate_of(problem, kind, &kind->shapes[at / 2], at % 2);
        values[at] = -all[at].seconds;
    }
    const int best = cc_ranked(values, count, i);
    if (best < 0 || all[best].tile.local_q == 0)
        return false;
    *tile = all[best].tile;
    *seconds = all[best].seconds;
    return true;
}
