/* winograd.h - what the files of the algorithm winograd share: how tiles are shared out, how
 * filters are packed. */
#ifndef CC_ALGO_WINOGRAD_H
#define CC_ALGO_WINOGRAD_H

#include "algo/algo.h"

/* Outputs of a tile in one direction; tiles and filters of a block, at most. */
typedef struct cc_winograd_shape {
    int step, tiles, filters;
} cc_winograd_shape;

/* Of a GPU: LOCAL x LOCAL work-items, each with ITEM x ITEM products. */
enum { CC_WINOGRAD_LOCAL = 8, CC_WINOGRAD_ITEM = 4 };
enum { CC_WINOGRAD_SIDE = CC_WINOGRAD_LOCAL * CC_WINOGRAD_ITEM };

/* The i-th best, of equals the first; false behind the last. */
bool cc_winograd_shape_at(cc_winograd_shape *shape, const cc_problem *problem, int i);

/* Operations at the peak that the products take, and the transforms. */
double cc_winograd_cost(const cc_problem *problem, const cc_winograd_shape *shape);

/* Points of a transformed tile. */
int64_t cc_winograd_points(int step);

/* How the tiles of a problem are shared out, `most` a block. */
typedef struct cc_winograd_blocks {
    int64_t blocks;
    int tiles; /* of a block */
    int room;  /* of a block in the workspace, in tiles */
} cc_winograd_blocks;
cc_winograd_blocks cc_winograd_split(const cc_geom *geom, int step, int most, int lanes);

/* Blocks of filters, of all groups. */
int64_t cc_winograd_filter_blocks(const struct clconv_plan *plan);

/* packed[group][block of filters][point][channel][filter of the block], zeros where the last block
 * has fewer. */
size_t cc_winograd_packed_count(const struct clconv_plan *plan);
void cc_winograd_pack(float *packed, const struct clconv_plan *plan, const float *filters);

#endif
