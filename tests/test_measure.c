/* test_measure.c - the ceilings of a device: plausible, and none of its work optimised away. */
#include "device/device.h"
#include "suite.h"
#include "work.h"
#include <math.h>

/* Beyond any processor or card: what is above was not computed, or not moved. */
static const double most_flops_of_unit = 2e12, most_bandwidth = 1e13, least_flops = 1e7,
                    least_bandwidth = 1e7, longest_launch = 0.1;

static void check_between(const char *what, double value, double least, double most)
{
    ck_assert_msg(value >= least && value <= most, "%s: %g is not within %g and %g", what, value,
                  least, most);
}

static void check_rate(const char *what, double rate, const clconv_device_info *info)
{
    /* A processor's core: 6 GHz, two units of 16 lanes, two operations each. */
    const double unit = info->kind == CLCONV_DEVICE_GPU ? most_flops_of_unit : 6e9 * 2 * 16 * 2;
    check_between(what, rate, least_flops, unit * info->compute_units);
}

static void check_ceilings(const clconv_context *context, const clconv_ceilings *c)
{
    clconv_device_info info;
    CHECK_OK(clconv_context_info(&info, context));
    check_rate("f32", c->f32, &info);
    ck_assert_msg((c->f16 > 0) == (info.has_f16 != 0), "f16: %g, has_f16 %d", c->f16, info.has_f16);
    for (int i = 0; i < CLCONV_COPIES && c->copies[i] > 0; i++)
        check_between("copies", c->copies[i], least_bandwidth, most_bandwidth);
    check_between("the first copy", c->copies[0], least_bandwidth, most_bandwidth);
    check_between("copy", c->copy, least_bandwidth, most_bandwidth);
    check_between("to the device", c->to_pageable, least_bandwidth, most_bandwidth);
    check_between("from the device", c->from_pageable, least_bandwidth, most_bandwidth);
    check_between("launch", c->launch_seconds, 0, longest_launch);
    ck_assert_msg((c->to_pinned > 0) == (info.kind != CLCONV_DEVICE_HOST), "to_pinned: %g",
                  c->to_pinned);
    ck_assert_msg((c->from_pinned > 0) == (info.kind != CLCONV_DEVICE_HOST), "from_pinned: %g",
                  c->from_pinned);
    ck_assert(c->device_clock == 0 || c->device_clock == 1);
    ck_assert_int_ge(c->f32_lanes, 1);
}

static void check_rate_now(clconv_context *context, const clconv_ceilings *ceilings)
{
    clconv_device_info info;
    double rate = 0;
    CHECK_OK(clconv_context_info(&info, context));
    CHECK_OK(clconv_context_measure_rate(&rate, context, ceilings));
    check_rate("the rate now", rate, &info);
}

/* Between large buffers, of which one may begin at another place of a page. */
static void check_copies_now(clconv_context *context, const clconv_ceilings *ceilings)
{
    enum { LARGE = 3 << 20, SMALL = 1 << 10 };
    clconv_device_info info;
    double rate = 42;
    clconv_buffer *const from = buffer_of(context, LARGE), *const to =
                                                               buffer_of(context, LARGE + 5);
    clconv_buffer *const small = buffer_of(context, SMALL);
    clconv_buffer *view = NULL;
    CHECK_OK(clconv_context_info(&info, context));
    CHECK_OK(clconv_buffer_view(&view, from, 0, LARGE));
    CHECK_FAILED(clconv_buffer_measure_copy(&rate, small, from, ceilings), CLCONV_INVALID,
                 "1024 and 3145728 bytes");
    CHECK_FAILED(clconv_buffer_measure_copy(&rate, to, view, ceilings), CLCONV_INVALID, "views");
    CHECK_FAILED(clconv_buffer_measure_copy(&rate, to, to, ceilings), CLCONV_INVALID, "another");
    CHECK_FAILED(clconv_buffer_measure_copy(&rate, to, NULL, ceilings), CLCONV_INVALID,
                 "from is NULL");
    ck_assert(rate == 42);
    if (info.kind == CLCONV_DEVICE_HOST) {
        CHECK_FAILED(clconv_buffer_measure_copy(&rate, to, from, ceilings), CLCONV_UNSUPPORTED,
                     "host");
    } else {
        unsigned char *const x = malloc(LARGE), *const y = malloc(LARGE);
        ck_assert(x && y);
        for (int i = 0; i < LARGE; i++)
            x[i] = (unsigned char)(i * 7 / 5);
        CHECK_OK(clconv_buffer_write(from, 0, x, LARGE));
        CHECK_OK(clconv_buffer_measure_copy(&rate, to, from, ceilings));
        check_between("copies now", rate, least_bandwidth, most_bandwidth);
        CHECK_OK(clconv_buffer_read(y, from, 0, LARGE)); /* unchanged */
        ck_assert_mem_eq(x, y, LARGE);
        free(x);
        free(y);
    }
    clconv_buffer_destroy(view);
    clconv_buffer_destroy(small);
    clconv_buffer_destroy(from);
    clconv_buffer_destroy(to);
}

START_TEST(the_default_device_has_plausible_ceilings)
{
    clconv_context *const context = open_default();
    clconv_ceilings ceilings;
    CHECK_OK(clconv_context_measure(&ceilings, context));
    check_ceilings(context, &ceilings);
    check_rate_now(context, &ceilings);
    check_copies_now(context, &ceilings);
    clconv_context_destroy(context);
}
END_TEST

START_TEST(the_host_has_plausible_ceilings)
{
    clconv_context *context = NULL;
    clconv_ceilings ceilings;
    CHECK_OK(clconv_context_create(&context, "host"));
    CHECK_OK(clconv_context_measure(&ceilings, context));
    check_ceilings(context, &ceilings);
    check_rate_now(context, &ceilings);
    check_copies_now(context, &ceilings);
    ck_assert_int_eq(ceilings.device_clock, 1);
    clconv_context_destroy(context);
}
END_TEST

START_TEST(what_is_missing_is_named_and_nothing_changes)
{
    clconv_context *const context = open_default();
    clconv_ceilings ceilings = {.f32 = 42};
    CHECK_FAILED(clconv_context_measure(NULL, context), CLCONV_INVALID, "ceilings is NULL");
    CHECK_FAILED(clconv_context_measure(&ceilings, NULL), CLCONV_INVALID, "context is NULL");
    ck_assert(ceilings.f32 == 42);
    CHECK_FAILED(clconv_context_measure_rate(NULL, context, &ceilings), CLCONV_INVALID,
                 "f32 is NULL");
    CHECK_FAILED(clconv_context_measure_rate(&ceilings.f32, NULL, &ceilings), CLCONV_INVALID,
                 "context is NULL");
    CHECK_FAILED(clconv_context_measure_rate(&ceilings.f32, context, NULL), CLCONV_INVALID,
                 "ceilings is NULL");
    ck_assert(ceilings.f32 == 42);
    clconv_context_destroy(context);
}
END_TEST

/* They say how long to compute, and how. */
START_TEST(a_rate_by_ceilings_that_nothing_measured)
{
    clconv_context *const context = open_default();
    const clconv_ceilings wrong[] = {{.f32 = 1e9},
                                     {.f32_lanes = 4},
                                     {.f32 = NAN, .f32_lanes = 4},
                                     {.f32 = INFINITY, .f32_lanes = 4}};
    double rate = 42;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_FAILED(clconv_context_measure_rate(&rate, context, &wrong[i]), CLCONV_INVALID,
                     "clconv_context_measure");
    ck_assert(rate == 42);
    clconv_context_destroy(context);
}
END_TEST

SUITE_MAIN("measure", &the_default_device_has_plausible_ceilings, &the_host_has_plausible_ceilings,
           &what_is_missing_is_named_and_nothing_changes, &a_rate_by_ceilings_that_nothing_measured)
