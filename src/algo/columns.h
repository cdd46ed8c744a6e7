/* columns.h - what separable and box share, which sum down the columns of a window and then along
 * its rows. */
#ifndef CC_ALGO_COLUMNS_H
#define CC_ALGO_COLUMNS_H

#include "algo/algo.h"

/* By so many columns more than one may the window of an output reach, on processors; and bytes of
 * local memory for the sums under it on GPUs. */
enum { CC_COLUMNS_REACH = 512, CC_COLUMNS_LOCAL_BYTES = 32 * 1024 };

/* Channels side by side that have code of their own, else 1; and the geometry that kernels see. */
int cc_columns_channels(const cc_geom *geom, const cc_caps *caps);
cc_geom cc_columns_seen(const cc_geom *geom, const cc_caps *caps);

/* Columns that a window has beyond one; and the most of them in the code of a GPU for it. */
int64_t cc_columns_reach(const cc_geom *seen);
int64_t cc_columns_most_reach(const cc_geom *seen);

/* Whether a work-group's sums fit. */
bool cc_columns_fit(const cc_problem *problem, int64_t local_bytes);

/* fits: some tile does. */
bool cc_columns_supports(const cc_problem *problem, bool fits, char why[CC_WHY]);

#endif
