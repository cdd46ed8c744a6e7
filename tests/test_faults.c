/* test_faults.c - whole convolutions in which each OpenCL call, and each event, fails once: a
 * status and a sentence, nothing left alive, no wrong result that claims to be right. */
#define _GNU_SOURCE
#include <clconv/opencl.h>

#include "clfault.h"
#include "suite.h"
#include "work.h"
#include <dlfcn.h>
#include <stdio.h>

static const int codes[] = {CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES,
                            CL_OUT_OF_HOST_MEMORY, CL_INVALID_COMMAND_QUEUE};
static const char PROBLEM[] = "1x2x18x19:4x3x3:g2:p1:wrap";
enum { CODES = sizeof codes / sizeof *codes, ENDLESS = 5000 };

/* ---- what the caller does with OpenCL, past the shim: only clconv's own calls are to fail ---- */

static void *real(const char *name)
{
    void *const function = dlsym(RTLD_NEXT, name);
    ck_assert_ptr_nonnull(function);
    return function;
}
#define REAL(name)                                                                                 \
    __typeof__(&name) real_##name;                                                                 \
    {                                                                                              \
        void *const found = real(#name);                                                           \
        memcpy(&real_##name, &found, sizeof found);                                                \
    }

static cl_command_queue caller_queue(clconv_context *context)
{
    REAL(clCreateCommandQueue)
    cl_context cl = NULL;
    cl_device_id device = NULL;
    CHECK_OK(clconv_context_get_opencl(context, &cl, &device));
    const cl_command_queue queue = real_clCreateCommandQueue(cl, device, 0, NULL);
    ck_assert_ptr_nonnull(queue);
    return queue;
}

static clconv_status enqueue_and_wait(clconv_context *context, clconv_plan *plan,
                                      const clconv_buffer *x, const clconv_buffer *y)
{
    REAL(clWaitForEvents)
    REAL(clReleaseCommandQueue)
    const cl_command_queue queue = caller_queue(context);
    cl_event event = NULL;
    clconv_enqueue args = {.event = &event};
    CHECK_OK(clconv_buffer_get_opencl(x, &args.x, &args.x_offset));
    CHECK_OK(clconv_buffer_get_opencl(y, &args.y, &args.y_offset));
    const clconv_status status = clconv_plan_enqueue(plan, queue, &args);
    ck_assert((status == CLCONV_OK) == (event != NULL));
    if (event) {
        ck_assert_int_eq(real_clWaitForEvents(1, &event), CL_SUCCESS);
        clReleaseEvent(event);
    }
    real_clReleaseCommandQueue(queue);
    return status;
}

/* ---- the work ---- */

typedef struct scene {
    work work;
    clconv_context_options options; /* of the context to be opened */
    const char *algorithm;
    bool enqueue;
    clconv_context *open; /* not NULL: taken instead of a new one */
} scene;

static clconv_status rows_of(void *user, int first, int count, void *rows)
{
    const work *const w = user;
    const size_t row = (size_t)w->desc.w * sizeof(float);
    for (size_t c = 0; c < (size_t)w->desc.c; c++)
        memcpy((unsigned char *)rows + c * (size_t)count * row,
               w->x + (c * (size_t)w->desc.h + (size_t)first) * row, (size_t)count * row);
    return CLCONV_OK;
}

/* y is what it was, or right. */
static void judge_output(work *w, clconv_status status, const char *stage)
{
    const bool right = work_is_right(w), untouched = work_is_poisoned(w);
    ck_assert_msg(status == CLCONV_OK ? right : right || untouched, "%s, %s at %s: wrong output",
                  stage, clconv_status_name(status), clfault_where());
    work_poison(w);
}

static clconv_status run_plan(scene *s, clconv_context *context, clconv_plan *plan)
{
    work *const w = &s->work;
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status = clconv_buffer_create(&x, context, w->sizes.x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, context, w->sizes.y_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(x, 0, w->x, w->sizes.x_bytes);
    if (status == CLCONV_OK)
        status = s->enqueue ? enqueue_and_wait(context, plan, x, y) : clconv_plan_run(plan, x, y);
    if (status == CLCONV_OK)
        status = clconv_buffer_read(w->y, y, 0, w->sizes.y_bytes);
    judge_output(w, status, s->enqueue ? "enqueue" : "run");
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return status;
}

static clconv_status stream_all(scene *s, clconv_context *context)
{
    work *const w = &s->work;
    clconv_stream *stream = NULL;
    const clconv_stream_options options = {.plan.algorithm = s->algorithm};
    clconv_status status =
        clconv_stream_create(&stream, context, &w->desc, w->filters, w->bias, rows_of, w, &options);
    if (status == CLCONV_OK)
        status = clconv_stream_read(stream, 0, w->sizes.p, w->y);
    judge_output(w, status, "stream");
    clconv_stream_destroy(stream);
    return status;
}

static clconv_status whole(scene *s)
{
    const clconv_plan_options options = {.algorithm = s->algorithm};
    work *const w = &s->work;
    clconv_context *context = s->open;
    clconv_plan *plan = NULL;
    clconv_status status = context ? CLCONV_OK : clconv_context_create_with(&context, &s->options);
    if (status == CLCONV_OK)
        status = clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, &options);
    if (status == CLCONV_OK)
        status = run_plan(s, context, plan);
    if (status == CLCONV_OK)
        status = clconv_plan_set_filters(plan, w->filters, w->bias);
    if (status == CLCONV_OK)
        status = run_plan(s, context, plan);
    if (status == CLCONV_OK)
        status = stream_all(s, context);
    clconv_plan_destroy(plan);
    if (!s->open)
        clconv_context_destroy(context);
    return status;
}

/* ---- failing ---- */

static void judge_status(clconv_status status, int code, long n)
{
    char at[128];
    snprintf(at, sizeof at, "code %d, number %ld, %s", code, n, clfault_where());
    switch (status) {
    case CLCONV_OK:
        return;
    case CLCONV_NO_MEMORY:
    case CLCONV_DEVICE:
    case CLCONV_DEVICE_LOST:
    case CLCONV_NO_DEVICE:
        break;
    case CLCONV_INVALID: /* the caller's queue says of itself that it is none */
        if (code == CL_INVALID_COMMAND_QUEUE && !strcmp(clfault_where(), "clGetCommandQueueInfo"))
            break;
        /* fall through */
    default:
        ck_abort_msg("%s: %s: %s", at, clconv_status_name(status), clconv_last_error());
    }
    ck_assert_msg(clconv_last_error()[0], "%s: %s without a sentence", at,
                  clconv_status_name(status));
}

/* Arms the n-th of what `arm` counts until the work is done before it is reached. */
static void fail_each(scene *s, void (*arm)(long n, int code), int code, long at_least)
{
    const long live = clfault_live();
    long n = 0;
    bool fired = true;
    while (fired) {
        ck_assert_int_lt(++n, ENDLESS);
        work_poison(&s->work);
        arm(n, code);
        const clconv_status status = whole(s);
        fired = clfault_fired();
        clfault_disarm();
        judge_status(status, code, n);
        ck_assert_msg(fired || status == CLCONV_OK, "%s", clconv_last_error());
        if (arm == clfault_arm_event)
            ck_assert_msg(!fired || status != CLCONV_OK, "event %ld of %s failed unseen", n,
                          clfault_where());
        ck_assert_msg(clfault_live() == live, "code %d, number %ld, %s: left over: %s", code, n,
                      clfault_where(), clfault_live_kinds());
    }
    ck_assert_int_gt(n, at_least);
}

/* The id of the default device, so that a failure is not hidden by another device's success. */
static char device_id[192];

static scene scene_make(const char *problem, const char *algorithm, bool enqueue)
{
    clconv_context *context = NULL;
    clconv_device_info info;
    CHECK_OK(clconv_context_create(&context, NULL));
    CHECK_OK(clconv_context_info(&info, context));
    clconv_context_destroy(context);
    ck_assert_int_ne(info.kind, CLCONV_DEVICE_HOST);
    snprintf(device_id, sizeof device_id, "%s", info.id);
    scene s = {.work = work_make(problem, 1),
               .options.device = device_id,
               .algorithm = algorithm,
               .enqueue = enqueue};
    return s;
}

START_TEST(every_call_with_an_algorithm_of_one_kernel)
{
    static const char *const algorithms[] = {"direct", "tiled"};
    for (int i = 0; i < 2; i++) {
        scene s = scene_make(PROBLEM, algorithms[i], i == 1);
        CHECK_OK(whole(&s)); /* the cache on disk is warm */
        for (int c = 0; c < CODES; c++)
            fail_each(&s, clfault_arm, codes[c], 50);
        work_free(&s.work);
    }
}
END_TEST

START_TEST(every_call_of_the_self_test)
{
    scene s = scene_make(PROBLEM, "direct", false);
    s.options.cache_dir = ""; /* no verdict, no binaries */
    fail_each(&s, clfault_arm, CL_OUT_OF_RESOURCES, 50);
    work_free(&s.work);
}
END_TEST

START_TEST(best_device_fails_and_the_host_takes_over)
{
    scene s = scene_make(PROBLEM, NULL, false);
    CHECK_OK(whole(&s));
    s.options.device = NULL;
    fail_each(&s, clfault_arm, CL_OUT_OF_HOST_MEMORY, 50);
    work_free(&s.work);
}
END_TEST

START_TEST(every_event)
{
    static const char *const algorithms[] = {"direct", "tiled"};
    for (int i = 0; i < 2; i++) {
        scene s = scene_make(PROBLEM, algorithms[i], false);
        for (int c = 0; c < CODES; c++)
            fail_each(&s, clfault_arm_event, codes[c], 5);
        work_free(&s.work);
    }
}
END_TEST

/* A chain of kernels through CLBlast, which compiles its own anew in every context: one context is
 * kept until it is lost. */
static void fail_each_of_a_chain(scene *s, void (*arm)(long n, int code), int code)
{
    bool fired = true;
    for (long n = 1; fired; n++) {
        ck_assert_int_lt(n, ENDLESS);
        if (!s->open) {
            CHECK_OK(clconv_context_create_with(&s->open, &s->options));
            CHECK_OK(whole(s));
        }
        const long open = clfault_live();
        arm(n, code);
        const clconv_status status = whole(s);
        fired = clfault_fired();
        clfault_disarm();
        judge_status(status, code, n);
        ck_assert_msg(fired || status == CLCONV_OK, "%s", clconv_last_error());
        ck_assert_msg(clfault_live() == open, "code %d, number %ld, %s: left over: %s", code, n,
                      clfault_where(), clfault_live_kinds());
        if (status == CLCONV_DEVICE_LOST) {
            clconv_context_destroy(s->open);
            s->open = NULL;
            ck_assert_msg(clfault_live() == 0, "left over: %s", clfault_live_kinds());
        }
    }
}

static bool has(const scene *s, const char *algorithm)
{
    scene trial = *s;
    trial.algorithm = algorithm;
    const clconv_status status = whole(&trial);
    ck_assert_msg(status == CLCONV_OK || status == CLCONV_UNSUPPORTED, "%s", clconv_last_error());
    return status == CLCONV_OK;
}

START_TEST(every_call_and_event_of_a_chain)
{
    scene s = scene_make("1x2x18x19:4x3x3:p1:wrap", "im2col", false);
    if (has(&s, "im2col")) { /* a build with CLBlast */
        for (int c = 0; c < CODES; c++) {
            s.enqueue = c % 2 == 1; /* by a run and by an enqueue in turns */
            fail_each_of_a_chain(&s, clfault_arm, codes[c]);
            s.enqueue = false;
            fail_each_of_a_chain(&s, clfault_arm_event, codes[c]);
        }
        clconv_context_destroy(s.open);
    }
    work_free(&s.work);
}
END_TEST

/* ---- after the loss ---- */

START_TEST(lost_device_is_not_asked_again)
{
    scene s = scene_make(PROBLEM, "direct", false);
    work *const w = &s.work;
    clconv_context *context = NULL;
    clconv_plan *plan = NULL, *no_plan = NULL;
    clconv_buffer *x = NULL, *y = NULL, *none = NULL;
    clconv_stream *no_stream = NULL;
    CHECK_OK(clconv_context_create_with(&context, &s.options));
    CHECK_OK(clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, NULL));
    CHECK_OK(clconv_buffer_create(&x, context, w->sizes.x_bytes));
    CHECK_OK(clconv_buffer_create(&y, context, w->sizes.y_bytes));
    const cl_command_queue queue = caller_queue(context);
    clconv_enqueue args = {0};
    size_t offset;
    CHECK_OK(clconv_buffer_get_opencl(x, &args.x, &offset));
    CHECK_OK(clconv_buffer_get_opencl(y, &args.y, &offset));
    clfault_arm_event(1, CL_OUT_OF_RESOURCES);
    CHECK_FAILED(clconv_plan_run(plan, x, y), CLCONV_DEVICE_LOST, "CL_OUT_OF_RESOURCES");
    clfault_disarm();

    const long calls = clfault_calls();
    const clconv_status later[] = {
        clconv_plan_run(plan, x, y),
        clconv_plan_enqueue(plan, queue, &args),
        clconv_plan_set_filters(plan, w->filters, w->bias),
        clconv_buffer_create(&none, context, 64),
        clconv_buffer_write(x, 0, w->x, 4),
        clconv_buffer_read(w->y, y, 0, 4),
        clconv_plan_create(&no_plan, context, &w->desc, w->filters, w->bias, NULL),
        clconv_stream_create(&no_stream, context, &w->desc, w->filters, w->bias, rows_of, w, NULL),
        clconv_run(context, &w->desc, w->x, w->filters, w->bias, w->y),
    };
    for (size_t i = 0; i < sizeof later / sizeof *later; i++)
        ck_assert_msg(later[i] == CLCONV_DEVICE_LOST, "call %zu: %s", i,
                      clconv_status_name(later[i]));
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "create a new one"));
    ck_assert(work_is_poisoned(w));
    REAL(clReleaseCommandQueue)
    real_clReleaseCommandQueue(queue);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    ck_assert_int_eq(clfault_calls(), calls);
    ck_assert_msg(clfault_live() == 0, "left over: %s", clfault_live_kinds());
    CHECK_OK(whole(&s)); /* a new context works */
    work_free(w);
}
END_TEST

SUITE_MAIN("faults", &every_call_with_an_algorithm_of_one_kernel, &every_call_of_the_self_test,
           &best_device_fails_and_the_host_takes_over, &every_event,
           &every_call_and_event_of_a_chain, &lost_device_is_not_asked_again)
