/* columns.c - windows that are summed down the columns and then along the rows. */
#include "algo/columns.h"
#include <inttypes.h>
#include <stdio.h>

enum { MOST_CHANNELS = 4, LEAST_REACH = 8 };

/* On processors all columns are summed along the rows, and one in so many is an output. */
enum { MOST_STRIDE_W = 16, MOST_STRIDE_H = 1024 };

int cc_columns_channels(const cc_geom *geom, const cc_caps *caps)
{
    return cc_channels_together(geom, caps, MOST_CHANNELS);
}

cc_geom cc_columns_seen(const cc_geom *geom, const cc_caps *caps)
{
    return cc_columns_channels(geom, caps) > 1 ? cc_geom_interleaved(geom) : *geom;
}

int64_t cc_columns_reach(const cc_geom *seen)
{
    return (int64_t)(seen->s - 1) * seen->dilation_w;
}

int64_t cc_columns_most_reach(const cc_geom *seen)
{
    int64_t most = LEAST_REACH;

    while (most < cc_columns_reach(seen))
        most *= 2;
    return most;
}

static int64_t most_local_bytes(const cc_problem *problem)
{
    const int64_t local = (int64_t)problem->caps->info.local_memory;
    return local < CC_COLUMNS_LOCAL_BYTES ? local : CC_COLUMNS_LOCAL_BYTES;
}

bool cc_columns_fit(const cc_problem *problem, int64_t local_bytes)
{
    const int64_t most = most_local_bytes(problem);
    return cc_columns_reach(problem->geom) <= most && local_bytes <= most;
}

bool cc_columns_supports(const cc_problem *problem, bool fits, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    const cc_geom seen = cc_columns_seen(geom, problem->caps);

    if (geom->group_c != 1)
        snprintf(why, CC_WHY, "made for one channel a group, here are %d", geom->group_c);
    else if (geom->stride_h > MOST_STRIDE_H || geom->stride_w > MOST_STRIDE_W)
        snprintf(why, CC_WHY, "made for strides up to %d x %d, this one is %d x %d", MOST_STRIDE_H,
                 MOST_STRIDE_W, geom->stride_h, geom->stride_w);
    else if (problem->caps->lanes > 1 && cc_columns_reach(&seen) > CC_COLUMNS_REACH)
        snprintf(why, CC_WHY, "made for rows of up to %d taps, this one has %d",
                 (int)(CC_COLUMNS_REACH / seen.dilation_w) + 1, geom->s);
    else if (!fits)
        snprintf(why, CC_WHY,
                 "its sums under a row of %d taps, at stride %d, pass %" PRId64
                 " bytes of local memory, or a group %llu work-items",
                 geom->s, geom->stride_w, most_local_bytes(problem),
                 (unsigned long long)problem->caps->info.max_group);
    else
        return true;
    return false;
}
