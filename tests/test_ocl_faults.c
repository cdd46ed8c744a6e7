/* test_ocl_faults.c - what is left of a context when calls of OpenCL, or its events, fail. */
#define _POSIX_C_SOURCE 200809L
#include "clfault.h"
#include "ocl_fixture.h"
#include <stdlib.h>
#include <string.h>

enum { OUT_OF_RESOURCES = -5, OUT_OF_HOST_MEMORY = -6, INVALID_COMMAND_QUEUE = -36 };

static ocl_fixture fixture;
static clconv_context *context;

static void set_up(void)
{
    fixture_set_up(&fixture);
    ck_assert_msg(fixture_open(&context, &fixture) == CLCONV_OK, "%s", clconv_last_error());
    ck_assert_ptr_nonnull(context->ocl);
}

static void tear_down(void)
{
    cc_context_release(context);
    fixture_tear_down(&fixture);
    ck_assert_msg(clfault_live() == 0, "alive: %s", clfault_live_kinds());
}

START_TEST(every_call_failing_in_turn)
{
    static const int codes[] = {-4, -5, -6, -36};
    float result[FIXTURE_N];
    clconv_context *own;
    cc_context_release(context);
    context = NULL;
    const long live = clfault_live();
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        int fired = 1;
        for (long n = 1; fired; n++) {
            clfault_arm(n, codes[i]);
            memset(result, 0xff, sizeof(result));
            clconv_status status = fixture_open(&own, &fixture);
            const bool on_host = status == CLCONV_OK && !own->ocl;
            if (status == CLCONV_OK && !on_host)
                status = fixture_work(own, result, 3);
            if (status == CLCONV_OK && !on_host)
                fixture_check_three(result);
            ck_assert_int_ne(status, CLCONV_INVALID);
            ck_assert(status == CLCONV_OK || clconv_last_error()[0]);
            cc_context_release(own);
            ck_assert_msg(clfault_live() == live, "code %d, call %ld, %s: alive: %s", codes[i], n,
                          clfault_where(), clfault_live_kinds());
            fired = clfault_fired();
            ck_assert(fired || (status == CLCONV_OK && !on_host));
            ck_assert_int_lt(n, 1000);
        }
    }
    clfault_disarm();
}
END_TEST

/* Of the touch of the new buffer, of the write, of three launches, of the read. */
enum { TOUCH = 1, WRITE, LAST_LAUNCH = 5, EVENTS };

START_TEST(every_event_failing_in_turn_loses_the_device_for_good)
{
    float result[FIXTURE_N];
    clconv_context *own;
    ck_assert_int_eq(fixture_work(context, result, 3), CLCONV_OK); /* turn.cl is cached now */
    for (long n = WRITE; n <= EVENTS; n++) {
        ck_assert_int_eq(fixture_open(&own, &fixture), CLCONV_OK);
        clfault_arm_event(n, OUT_OF_RESOURCES);
        ck_assert_int_eq(fixture_work(own, result, 3), CLCONV_DEVICE_LOST);
        ck_assert_int_eq(clfault_fired(), 1);
        clfault_disarm();
        if (n == WRITE || n >= LAST_LAUNCH) /* the event's own code, not the -14 of a wait */
            ck_assert_ptr_nonnull(strstr(clconv_last_error(), "CL_OUT_OF_RESOURCES (-5)"));
        const long calls = clfault_calls();
        ck_assert_int_eq(fixture_work(own, result, 3), CLCONV_DEVICE_LOST);
        ck_assert_ptr_nonnull(strstr(clconv_last_error(), "create a new one"));
        ck_assert_int_eq(cc_ocl_alive(own->ocl), CLCONV_DEVICE_LOST);
        cc_context_release(own);
        ck_assert_int_eq(clfault_calls(), calls); /* the driver is not asked again, at no time */
    }
    clfault_arm_event(EVENTS + 1, OUT_OF_RESOURCES);
    ck_assert_int_eq(fixture_work(context, result, 3), CLCONV_OK);
    ck_assert_int_eq(clfault_fired(), 0);
    clfault_disarm();
}
END_TEST

static clconv_status create_failing(size_t bytes, long call, int code)
{
    cc_mem mem;
    clfault_arm(call, code);
    const clconv_status status = cc_ocl_mem_create(&mem, context->ocl, bytes);
    ck_assert_int_eq(clfault_fired(), 1);
    ck_assert_ptr_null(mem);
    clfault_disarm();
    return status;
}

START_TEST(running_out_of_memory_is_not_the_loss_of_the_device)
{
    cc_mem mem;
    const size_t half = (size_t)context->caps.info.max_buffer / 2;
    for (int code = -6; code <= -4; code++) {
        for (int round = 0; round < 8; round++) /* and costs nothing of the budget */
            ck_assert_int_eq(create_failing(half, 1, code), CLCONV_NO_MEMORY);
        ck_assert_int_eq(create_failing(64, 2, code), CLCONV_NO_MEMORY); /* the touch */
        clfault_arm_event(TOUCH, code);
        ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, 64), CLCONV_NO_MEMORY);
        ck_assert_int_eq(clfault_fired(), 1);
        ck_assert_ptr_nonnull(strstr(clconv_last_error(), "touching"));
        clfault_disarm();
        ck_assert_int_eq(cc_ocl_alive(context->ocl), CLCONV_OK);
    }
    ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, half), CLCONV_OK);
    cc_ocl_mem_release(context->ocl, mem);
    ck_assert_int_eq(create_failing(64, 1, INVALID_COMMAND_QUEUE), CLCONV_DEVICE_LOST);
    ck_assert_int_eq(cc_ocl_alive(context->ocl), CLCONV_DEVICE_LOST);
}
END_TEST

START_TEST(drivers_that_fail_leave_the_host_with_a_warning)
{
    clconv_context *own;
    clfault_arm(1, OUT_OF_HOST_MEMORY);
    ck_assert_int_eq(fixture_open(&own, &fixture),
                     getenv("CLCONV_DEVICE") ? CLCONV_NO_MEMORY : CLCONV_OK);
    ck_assert_str_eq(clfault_where(), "clGetPlatformIDs");
    clfault_disarm();
    if (own) {
        ck_assert_ptr_null(own->ocl);
        ck_assert_ptr_nonnull(strstr(fixture.log, "warning: OpenCL is of no use"));
    }
    cc_context_release(own);

    const clconv_context_options host = {.device = "HOST"};
    const long calls = clfault_calls();
    ck_assert_int_eq(cc_context_open(&own, &host), CLCONV_OK);
    ck_assert_int_eq(clfault_calls(), calls); /* no driver is touched */
    cc_context_release(own);
}
END_TEST

int main(void)
{
    static const TTest **const tests[] = {
        &every_call_failing_in_turn,
        &every_event_failing_in_turn_loses_the_device_for_good,
        &running_out_of_memory_is_not_the_loss_of_the_device,
        &drivers_that_fail_leave_the_host_with_a_warning,
    };
    return fixture_run("ocl_faults", tests, sizeof(tests) / sizeof(tests[0]), set_up, tear_down);
}
