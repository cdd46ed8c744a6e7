/* test_opencl_misuse.c - what a program with its own OpenCL objects can do wrong, and what can go
 * wrong after it has enqueued. */
#include "clfault.h"
#include "opencl_own.h"
#include "suite.h"
#include <stdio.h>

static const char PROBLEM[] = "2x4x17x19:6x3x3:g2:p1:reflect101";

static void own_close_last(own *o)
{
    own_close(o);
    ck_assert_msg(clfault_live() == 0, "left over: %s", clfault_live_kinds());
}

/* One that is not in the program's context: of another platform, or a part of its own; or NULL. */
static cl_device_id strange_device(const own *o)
{
    const cl_device_partition_property by_count[] = {CL_DEVICE_PARTITION_EQUALLY, 1, 0};
    cl_platform_id platforms[16];
    cl_device_id devices[64];
    cl_uint platform_count = 0, count = 0;
    CHECK_CL(clGetPlatformIDs(16, platforms, &platform_count));
    for (cl_uint i = 0; i < platform_count && i < 16; i++)
        if (clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 64, devices, &count) == CL_SUCCESS)
            for (cl_uint j = 0; j < count && j < 64; j++)
                if (devices[j] != o->device)
                    return devices[j];
    return clCreateSubDevices(o->device, by_count, 64, devices, &count) == CL_SUCCESS ? devices[0]
                                                                                      : NULL;
}

START_TEST(wrong_context_handles)
{
    own o = own_open();
    clconv_context *context = NULL, *host = NULL;
    const clconv_context_options named = {.device = "host"};
    CHECK_FAILED(clconv_context_create_opencl(&context, o.context, o.device, &named),
                 CLCONV_INVALID, "device", "host");
    CHECK_FAILED(clconv_context_create_opencl(NULL, o.context, o.device, NULL), CLCONV_INVALID,
                 "context");
    CHECK_FAILED(clconv_context_create_opencl(&context, NULL, o.device, NULL), CLCONV_INVALID,
                 "cl_context");
    CHECK_FAILED(clconv_context_create_opencl(&context, o.context, NULL, NULL), CLCONV_INVALID,
                 "device");
    const cl_device_id strange = strange_device(&o);
    if (strange)
        CHECK_FAILED(clconv_context_create_opencl(&context, o.context, strange, NULL),
                     CLCONV_INVALID, "cl_device_id");
    ck_assert_ptr_null(context);
    CHECK_OK(clconv_context_create(&host, "host"));
    CHECK_FAILED(clconv_context_get_opencl(host, NULL, NULL), CLCONV_INVALID, "host");
    clconv_context_destroy(host);
    own_close_last(&o);
}
END_TEST

static void refuse_workspace_over_arrays(const own *o, clconv_plan *plan, const work *w)
{
    clconv_plan_info info;
    CHECK_OK(clconv_plan_get_info(&info, plan));
    const size_t x_bytes = w->sizes.x_bytes, y_bytes = w->sizes.y_bytes;
    const cl_mem all = guarded(o, NULL, info.workspace + x_bytes + y_bytes);
    clconv_enqueue args = {.x = all,
                           .y = all,
                           .workspace = all,
                           .y_offset = x_bytes,
                           .workspace_offset = x_bytes + y_bytes};
    args.workspace_offset -= 4;
    CHECK_FAILED(clconv_plan_enqueue(plan, o->queue, &args), CLCONV_INVALID, "workspace and y");
    args.workspace_offset = 0;
    args.x_offset = info.workspace - 4;
    args.y_offset = args.x_offset + x_bytes;
    CHECK_FAILED(clconv_plan_enqueue(plan, o->queue, &args), CLCONV_INVALID, "workspace and x");
    clReleaseMemObject(all);
}

START_TEST(wrong_enqueues_are_refused_and_enqueue_nothing)
{
    own o = own_open(), other = own_open();
    work w = work_make(PROBLEM, 8);
    clconv_plan *const plan = plan_by(&o, &w, NULL), *const scratch = plan_by(&o, &w, "im2col");
    const size_t x_bytes = w.sizes.x_bytes, y_bytes = w.sizes.y_bytes;
    const cl_mem x = guarded(&o, w.x, x_bytes), y = guarded(&o, NULL, y_bytes);
    const cl_mem strange = guarded(&other, NULL, x_bytes + y_bytes);
    const cl_mem both = guarded(&o, NULL, x_bytes + y_bytes);
    cl_event event = NULL;
    const struct {
        clconv_enqueue args;
        const char *word, *also;
    } cases[] = {
        {{.x = NULL, .y = y}, "x", "NULL"},
        {{.x = x, .y = NULL}, "y", "NULL"},
        {{.x = strange, .y = y}, "x", "context"},
        {{.x = x, .y = strange}, "y", "context"},
        {{.x = x, .y = y, .x_offset = 2 * GUARD + 4}, "x", "bytes"},
        {{.x = x, .y = y, .y_offset = 2 * GUARD + 4}, "y", "bytes"},
        {{.x = x, .y = y, .x_offset = SIZE_MAX - 3}, "x", "bytes"},
        {{.x = x, .y = y, .x_offset = 2}, "2", "multiples"},
        {{.x = x, .y = y, .y_offset = 7}, "7", "multiples"},
        {{.x = x, .y = y, .wait_count = 1}, "wait_count", "NULL"},
        {{.x = x, .y = y, .wait_list = &event}, "wait_count", "not NULL"},
        {{.x = both, .y = both, .y_offset = x_bytes - 4}, "overlap", "y"},
        {{.x = both, .y = both}, "overlap", "y"},
    };
    const long before = clfault_events();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_FAILED(clconv_plan_enqueue(plan, o.queue, &cases[i].args), CLCONV_INVALID,
                     cases[i].word, cases[i].also);
    const clconv_enqueue right = {.x = x, .y = y};
    CHECK_FAILED(clconv_plan_enqueue(NULL, o.queue, &right), CLCONV_INVALID, "plan");
    CHECK_FAILED(clconv_plan_enqueue(plan, o.queue, NULL), CLCONV_INVALID, "args");
    CHECK_FAILED(clconv_plan_enqueue(plan, NULL, &right), CLCONV_INVALID, "queue");
    CHECK_FAILED(clconv_plan_enqueue(plan, other.queue, &right), CLCONV_INVALID, "queue");
    if (scratch)
        CHECK_FAILED(clconv_plan_enqueue(scratch, o.queue,
                                         &(clconv_enqueue){.x = x, .y = y, .workspace = both}),
                     CLCONV_INVALID, "workspace", "bytes");
    if (scratch)
        refuse_workspace_over_arrays(&o, scratch, &w);
    ck_assert_int_eq(clfault_events(), before);
    CHECK_OK(clconv_plan_enqueue(plan, o.queue, &(clconv_enqueue){.x = x, .y = y}));
    CHECK_CL(clFinish(o.queue));
    clconv_plan_destroy(plan);
    clconv_plan_destroy(scratch);
    clReleaseMemObject(x);
    clReleaseMemObject(y);
    clReleaseMemObject(both);
    clReleaseMemObject(strange);
    own_close(&other);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

START_TEST(plan_of_the_host_has_no_queue)
{
    own o = own_open();
    work w = work_make(PROBLEM, 9);
    clconv_context *host = NULL;
    clconv_plan *plan = NULL;
    const cl_mem x = guarded(&o, w.x, w.sizes.x_bytes), y = guarded(&o, NULL, w.sizes.y_bytes);
    CHECK_OK(clconv_context_create(&host, "host"));
    CHECK_OK(clconv_plan_create(&plan, host, &w.desc, w.filters, NULL, NULL));
    CHECK_FAILED(clconv_plan_enqueue(plan, o.queue, &(clconv_enqueue){.x = x, .y = y}),
                 CLCONV_INVALID, "host", "clconv_plan_run");
    clconv_plan_destroy(plan);
    clconv_context_destroy(host);
    clReleaseMemObject(x);
    clReleaseMemObject(y);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

/* ---- failures that arrive later ---- */

typedef struct arrays {
    cl_mem x, y;
    cl_event begin, done;
    clconv_enqueue args;
} arrays;

/* For a run that waits for a.begin. */
static void arrays_make(arrays *a, const own *o, const work *w)
{
    cl_int code;
    *a = (arrays){.x = guarded(o, w->x, w->sizes.x_bytes), .y = guarded(o, NULL, w->sizes.y_bytes)};
    a->begin = clCreateUserEvent(o->context, &code);
    CHECK_CL(code);
    a->args = (clconv_enqueue){.x = a->x,
                               .y = a->y,
                               .x_offset = GUARD,
                               .y_offset = GUARD,
                               .wait_count = 1,
                               .wait_list = &a->begin,
                               .event = &a->done};
}

static void arrays_free(arrays *a)
{
    clReleaseMemObject(a->x);
    clReleaseMemObject(a->y);
    clReleaseEvent(a->begin);
}

/* clconv's context did nothing wrong: it works on. */
static void check_works(const own *o, work *w, clconv_plan *plan)
{
    work_poison(w);
    CHECK_OK(work_run(w, o->clconv, plan));
    ck_assert(work_is_right(w));
}

/* PoCL 3.1 would take the command and never end it. */
START_TEST(event_that_has_failed_already)
{
    own o = own_open();
    work w = work_make(PROBLEM, 10);
    const char *names[16];
    const size_t count = algorithms(&o, &w, names);
    for (size_t i = 0; i < count; i++) {
        clconv_plan *const plan = plan_by(&o, &w, names[i]);
        arrays a;
        arrays_make(&a, &o, &w);
        CHECK_CL(clSetUserEventStatus(a.begin, CL_OUT_OF_RESOURCES));
        CHECK_FAILED(clconv_plan_enqueue(plan, o.queue, &a.args), CLCONV_DEVICE, "event 0",
                     "wait list", "CL_OUT_OF_RESOURCES");
        ck_assert_ptr_null(a.done);
        arrays_free(&a);
        check_works(&o, &w, plan);
        clconv_plan_destroy(plan);
    }
    own_close_last(&o);
    work_free(&w);
}
END_TEST

/* One command only: PoCL 3.1 aborts when an event fails on which a chain depends whose inner events
 * are released. */
START_TEST(event_that_fails_later)
{
    own o = own_open();
    work w = work_make(PROBLEM, 11);
    clconv_plan *const plan = plan_by(&o, &w, "direct");
    arrays a;
    arrays_make(&a, &o, &w);
    CHECK_OK(clconv_plan_enqueue(plan, o.queue, &a.args));
    CHECK_CL(clSetUserEventStatus(a.begin, CL_OUT_OF_RESOURCES));
    ck_assert_int_ne(clWaitForEvents(1, &a.done), CL_SUCCESS);
    ck_assert_int_lt(status_of(a.done), 0);
    clReleaseEvent(a.done);
    arrays_free(&a);
    check_works(&o, &w, plan);
    clconv_plan_destroy(plan);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

/* Whichever command of the chain fails, the caller's event says so. */
START_TEST(every_failed_command_reaches_the_callers_event)
{
    own o = own_open();
    work w = work_make(PROBLEM, 12);
    const char *names[16];
    const size_t count = algorithms(&o, &w, names);
    for (size_t i = 0; i < count; i++) {
        clconv_plan *const plan = plan_by(&o, &w, names[i]);
        enqueue_once(&o, &w, plan, o.queue, false);
        clconv_plan_info info;
        CHECK_OK(clconv_plan_get_info(&info, plan));
        const long first = info.workspace ? 2 : 1; /* behind the touch of scratch memory */
        for (long n = first;; n++) {
            arrays a;
            arrays_make(&a, &o, &w);
            CHECK_CL(clSetUserEventStatus(a.begin, CL_COMPLETE));
            clfault_arm_event(n, CL_OUT_OF_RESOURCES);
            CHECK_OK(clconv_plan_enqueue(plan, o.queue, &a.args));
            clfault_disarm();
            const bool fired = clfault_fired();
            clWaitForEvents(1, &a.done);
            ck_assert_msg((status_of(a.done) < 0) == fired, "%s, event %ld of %s: %d", names[i], n,
                          clfault_where(), (int)status_of(a.done));
            clReleaseEvent(a.done);
            arrays_free(&a);
            if (!fired) {
                ck_assert_int_gt(n, first);
                break;
            }
        }
        check_works(&o, &w, plan);
        clconv_plan_destroy(plan);
    }
    own_close_last(&o);
    work_free(&w);
}
END_TEST

SUITE_MAIN("opencl_misuse", &wrong_context_handles, &wrong_enqueues_are_refused_and_enqueue_nothing,
           &plan_of_the_host_has_no_queue, &event_that_has_failed_already, &event_that_fails_later,
           &every_failed_command_reaches_the_callers_event)
