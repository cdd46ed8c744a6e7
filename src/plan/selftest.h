/* selftest.h - what the files of the self-test share. */
#ifndef CC_PLAN_SELFTEST_H
#define CC_PLAN_SELFTEST_H

#include "plan/internal.h"

/* How much of the plan's problem a test keeps. The least that makes the plan's code proves it. */
typedef enum cc_test_extent {
    CC_TEST_REDUCED, /* smaller filters and strides, few channels */
    CC_TEST_WINDOWS, /* filters and strides as they are: they are part of some kernels */
    CC_TEST_GROUPS,  /* and the number of groups */
    CC_TEST_WHOLE,   /* and all channels and filters of a group: a library may decide by them */
    CC_TEST_EXTENTS,
} cc_test_extent;

/* any_channels: with more channels and filters than the plan has, where the extent leaves that
 * open.
 */
clconv_desc cc_selftest_desc(const cc_geom *geom, cc_test_extent extent, bool any_channels);

#endif
