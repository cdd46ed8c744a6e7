/* implicit_gemm.h - what implicit_gemm and matrix_units share: matrix products of filters by taps
 * and taps by outputs, of which the second matrix is made in local memory, a step at a time.
 *
 * In a cc_tile of them local_q and local_p are work-items along outputs and along filters, block_q
 * and block_k outputs and filters of each, and block_p is in how many parts a sum is made, each by
 * a work-group of its own. */
#ifndef CC_ALGO_IMPLICIT_GEMM_H
#define CC_ALGO_IMPLICIT_GEMM_H

#include "algo/algo.h"

/* Work-items of a group along outputs and along filters; outputs and filters of each. */
typedef struct cc_implicit_shape {
    int local_q, local_k, outputs, filters;
    double speed; /* expected, of the best one's */
} cc_implicit_shape;
enum { CC_IMPLICIT_SHAPES = 4 }; /* at most */

/* What the algorithms differ in. */
typedef struct cc_implicit_kind {
    const char *file, *kernel, *options; /* of every plan; more come from the tile */
    int depth;                           /* channels of a step, all under one tap */
    int least_channels, least_filters;   /* of a group: with fewer, most of a tile would be zeros */
    const cc_implicit_shape *shapes;     /* the best first */
    int shape_count;
    /* Bytes of local memory that a tile takes beside the places of its outputs. */
    int64_t (*operands)(const cc_geom *geom, const cc_tile *tile);
    double (*efficiency)(const cc_caps *caps); /* share of the device's FMA rate, all units busy */
} cc_implicit_kind;

/* Of a work-group. */
int cc_implicit_items(const cc_tile *tile);
int cc_implicit_outputs(const cc_tile *tile);
int cc_implicit_filters(const cc_tile *tile);

/* Tiles of a problem, those of all filters of the same outputs following each other; steps of each.
 */
int64_t cc_implicit_tiles(const cc_geom *geom, const cc_tile *tile);
int64_t cc_implicit_steps(const cc_geom *geom, int depth);

/* Bytes that the parts of one tile take; 0 where it is one. */
int64_t cc_implicit_part_bytes(const cc_geom *geom, const cc_tile *tile);

/* Filters of a plan, those of whole tiles and steps included. */
size_t cc_implicit_packed_count(const struct clconv_plan *plan, int depth);

/* The i-th best, of equals the first, and how long the problem is expected to take in it; false
 * behind the last. */
bool cc_implicit_tile(cc_tile *tile, double *seconds, const cc_problem *problem,
                      const cc_implicit_kind *kind, int i);

/* What an algorithm's functions of these names do, by its kind. */
bool cc_implicit_supports(const cc_problem *problem, const cc_implicit_kind *kind,
                          char why[CC_WHY]);
size_t cc_implicit_workspace(const cc_problem *problem, const cc_implicit_kind *kind);
clconv_status cc_implicit_plan(struct clconv_plan *plan, const cc_implicit_kind *kind);
clconv_status cc_implicit_execute(const struct clconv_plan *plan, cc_run *run);

#endif
