/* test_ocl_measure.c - measuring a device while calls of its driver fail: a status and a sentence,
 * and nothing left alive. */
#include "clfault.h"
#include "suite.h"
#include "work.h"
#include <CL/cl.h>

/* Through the programs and the transfers into the rates; a try begins anew each time. */
static const long places[] = {1,  2,  3,  5,  7,  9,  11, 13, 16, 19, 22,  25,  28,
                              32, 36, 40, 45, 50, 55, 60, 70, 80, 90, 144, 233, 377};
enum { PLACES = sizeof places / sizeof *places };

static void check_failure_at(long n, int code)
{
    clconv_context *const context = open_default();
    clconv_ceilings ceilings = {.f32 = 42};
    clfault_arm(n, code);
    const clconv_status status = clconv_context_measure(&ceilings, context);
    ck_assert_msg(clfault_fired(), "fewer than %ld calls", n);
    const char *const where = clfault_where();
    clfault_disarm();
    ck_assert_msg(status == CLCONV_OK || ceilings.f32 == 42, "%ld, %s: half a result", n, where);
    ck_assert_msg(status == CLCONV_OK || clconv_last_error()[0], "%ld, %s: no sentence", n, where);
    /* What only takes one of several ways away is no failure; the device's loss always is one. */
    ck_assert_msg(status != CLCONV_OK || code != CL_INVALID_COMMAND_QUEUE, "%ld, %s: not noticed",
                  n, where);
    clconv_context_destroy(context);
    ck_assert_msg(clfault_live() == 0, "%ld, %s: left: %s", n, where, clfault_live_kinds());
}

START_TEST(a_failing_call_leaves_nothing_behind)
{
    for (int i = 0; i < PLACES; i++) {
        check_failure_at(places[i], i % 2 ? CL_OUT_OF_HOST_MEMORY : CL_INVALID_COMMAND_QUEUE);
    }
}
END_TEST

START_TEST(a_rate_whose_calls_fail)
{
    enum { LAST = 24 }; /* the program, the kernel, memory, and into its launches */
    clconv_context *const measured = open_default();
    clconv_ceilings ceilings;
    CHECK_OK(clconv_context_measure(&ceilings, measured));
    clconv_context_destroy(measured);
    for (long n = 1; n <= LAST; n++) {
        clconv_context *const context = open_default();
        double rate = 42;
        clfault_arm(n, CL_INVALID_COMMAND_QUEUE);
        const clconv_status status = clconv_context_measure_rate(&rate, context, &ceilings);
        ck_assert_msg(clfault_fired(), "fewer than %ld calls", n);
        ck_assert_msg(status != CLCONV_OK && clconv_last_error()[0] && rate == 42, "%ld, %s", n,
                      clfault_where());
        clfault_disarm();
        clconv_context_destroy(context);
        ck_assert_msg(clfault_live() == 0, "%ld: left: %s", n, clfault_live_kinds());
    }
}
END_TEST

START_TEST(copies_whose_calls_fail)
{
    enum { LAST = 24, LARGE = 1 << 20 };
    const clconv_ceilings ceilings = {.f32 = 1e9, .f32_lanes = 4, .device_clock = 1};
    for (long n = 1; n <= LAST; n++) {
        clconv_context *const context = open_default();
        clconv_buffer *const x = buffer_of(context, LARGE), *const y = buffer_of(context, LARGE);
        double rate = 42;
        clfault_arm(n, CL_INVALID_COMMAND_QUEUE);
        const clconv_status status = clconv_buffer_measure_copy(&rate, y, x, &ceilings);
        ck_assert_msg(clfault_fired(), "fewer than %ld calls", n);
        ck_assert_msg(status != CLCONV_OK && clconv_last_error()[0] && rate == 42, "%ld, %s", n,
                      clfault_where());
        clfault_disarm();
        clconv_buffer_destroy(x);
        clconv_buffer_destroy(y);
        clconv_context_destroy(context);
        ck_assert_msg(clfault_live() == 0, "%ld: left: %s", n, clfault_live_kinds());
    }
}
END_TEST

SUITE_MAIN("ocl_measure", &a_failing_call_leaves_nothing_behind, &a_rate_whose_calls_fail,
           &copies_whose_calls_fail)
