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

/* How many channels and filters a group has, where the extent leaves that open. */
typedef enum cc_test_channels {
    CC_CHANNELS_FEW,  /* whatever the plan has, for these are run-time arguments */
    CC_CHANNELS_MANY, /* for algorithms that are made for many */
    CC_CHANNELS_DEEP, /* more than a step of those that take 32 at a time */
    CC_CHANNELS_OWN,  /* no more than the plan */
} cc_test_channels;

clconv_desc cc_selftest_desc(const cc_geom *geom, cc_test_extent extent, cc_test_channels channels);

#endif
