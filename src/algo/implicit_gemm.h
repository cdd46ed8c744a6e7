/* implicit_gemm.h - what the files of the algorithm implicit_gemm share: the sizes of its tiles,
 * how filters are packed.
 *
 * In a cc_tile of it local_q and local_p are work-items along outputs and along filters, block_q
 * and block_k outputs and filters of each, and block_p is in how many parts a sum is made, each by
 * a work-group of its own. */
#ifndef CC_ALGO_IMPLICIT_GEMM_H
#define CC_ALGO_IMPLICIT_GEMM_H

#include "algo/algo.h"

/* Channels of a step. */
enum { CC_IMPLICIT_DEPTH = 8 };

/* Of a work-group. */
int cc_implicit_items(const cc_tile *tile);
int cc_implicit_outputs(const cc_tile *tile);
int cc_implicit_filters(const cc_tile *tile);

/* Tiles of a problem, those of all filters of the same outputs following each other; steps of each:
 * channels under one tap. */
int64_t cc_implicit_tiles(const cc_geom *geom, const cc_tile *tile);
int64_t cc_implicit_steps(const cc_geom *geom);

/* Bytes that the parts of one tile take; 0 where it is one. */
int64_t cc_implicit_part_bytes(const cc_geom *geom, const cc_tile *tile);

/* Bytes of local memory, for two steps of both operands and the places of the outputs, as
 * cl/implicit_gemm.cl has it. */
int64_t cc_implicit_local_bytes(const cc_geom *geom, const cc_tile *tile);

/* packed[group][block of filters][row][column][channel][filter of the block], zeros for channels
 * that whole steps have more, and where the last block of a group has fewer filters. */
size_t cc_implicit_packed_count(const struct clconv_plan *plan);
void cc_implicit_pack(float *packed, const struct clconv_plan *plan, const float *filters);

/* The i-th best, of equals the first, and how long the problem is expected to take in it; false
 * behind the last. */
bool cc_implicit_tile(cc_tile *tile, double *seconds, const cc_problem *problem, int i);

#endif
