/* blocked_tile.h - the blocks of outputs that are worth trying for the algorithm blocked. */
#ifndef CC_ALGO_BLOCKED_TILE_H
#define CC_ALGO_BLOCKED_TILE_H

#include "algo/algo.h"

/* The sizes of filters that have code of their own, where nothing else is unusual: 1, 3; 5 and 7
 * where interleaved channels have a tap to load for each column; up to 11 where blocks go down a
 * plane row by row, or across it. Unrolled whole are those up to 3, one filter at a time where
 * vectors are explicit: else taps would be loaded too early and moved to memory. All others share
 * code for windows up to a power of two. */
enum {
    CC_BLOCKED_FIXED_SIZE = 3,
    CC_BLOCKED_FIXED_INTERLEAVED = 7,
    CC_BLOCKED_FIXED_PLANE = 11,
    CC_BLOCKED_FIXED_STRIDE = 2
};

/* channels: those computed as one row. */
bool cc_blocked_has_own_code(const cc_geom *geom, const cc_caps *caps, int channels);

/* Whether a block can go down the image row by row, with the sums of all rows of the filter in
 * registers, or across it (cl/blocked_rolled.h): part of the code, so that the self-test has one
 * channel too. */
bool cc_blocked_is_rolled(const cc_geom *geom, const cc_caps *caps, int channels,
                          const cc_tile *tile);

/* The i-th best tile for a geometry as the kernels see it. */
bool cc_blocked_tile(cc_tile *tile, const cc_geom *geom, const cc_caps *caps, int channels, int i);

/* What of the blocks' work is needed, where they overhang the output and the groups of filters. */
double cc_blocked_usefulness(const cc_geom *geom, const cc_tile *tile);

/* Of blocks of work-items side by side: their speed, of the best one's, by the share of the device
 * that so many keep busy. */
double cc_blocked_speed(const cc_geom *geom, const cc_caps *caps, const cc_tile *tile);

/* Work-items of a group that compute the same outputs of other filters: block_k is theirs together.
 */
int cc_blocked_local_k(const cc_tile *tile);

#endif
