/* test_opencl_embedding.c - clconv inside a program that has its own OpenCL context, queues and
 * memory. */
#define _POSIX_C_SOURCE 200809L
#include <clconv/opencl.h>

#include "clfault.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>
#include <time.h>

static const char PROBLEM[] = "2x4x17x19:6x3x3:g2:p1:reflect101";
enum { GUARD = 64, GUARD_BYTE = 0x5A };

#define CHECK_CL(call) check_cl((call), #call)
static void check_cl(cl_int code, const char *call)
{
    ck_assert_msg(code == CL_SUCCESS, "%s: %d", call, (int)code);
}

/* ---- the program around clconv ---- */

typedef struct own {
    cl_context context;
    cl_device_id device;
    cl_command_queue queue, out_of_order; /* the second is NULL where the device has none */
    clconv_context *clconv;
} own;

static own own_open(void)
{
    own o = {0};
    clconv_context *probe = NULL; /* for the device that CLCONV_DEVICE means */
    cl_command_queue_properties can = 0;
    cl_int code;
    CHECK_OK(clconv_context_create(&probe, NULL));
    CHECK_OK(clconv_context_get_opencl(probe, NULL, &o.device));
    clconv_context_destroy(probe);
    o.context = clCreateContext(NULL, 1, &o.device, NULL, NULL, &code);
    CHECK_CL(code);
    o.queue = clCreateCommandQueue(o.context, o.device, 0, &code);
    CHECK_CL(code);
    CHECK_CL(clGetDeviceInfo(o.device, CL_DEVICE_QUEUE_PROPERTIES, sizeof can, &can, NULL));
    if (can & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) {
        o.out_of_order = clCreateCommandQueue(o.context, o.device,
                                              CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
        CHECK_CL(code);
    }
    CHECK_OK(clconv_context_create_opencl(&o.clconv, o.context, o.device, NULL));
    return o;
}

static void own_close(own *o)
{
    clconv_context_destroy(o->clconv);
    clReleaseCommandQueue(o->queue);
    if (o->out_of_order)
        clReleaseCommandQueue(o->out_of_order);
    clReleaseContext(o->context);
}

static void own_close_last(own *o)
{
    own_close(o);
    ck_assert_msg(clfault_live() == 0, "left over: %s", clfault_live_kinds());
}

/* Memory with a guard on each side. */
static cl_mem guarded(const own *o, const void *content, size_t bytes)
{
    cl_int code;
    unsigned char *const all = malloc(bytes + 2 * GUARD);
    ck_assert_ptr_nonnull(all);
    memset(all, GUARD_BYTE, bytes + 2 * GUARD);
    if (content)
        memcpy(all + GUARD, content, bytes);
    const cl_mem mem = clCreateBuffer(o->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                      bytes + 2 * GUARD, all, &code);
    CHECK_CL(code);
    free(all);
    return mem;
}

/* Reads what lies between the guards, on a queue of its own; the guards have to be whole. */
static void read_guarded(const own *o, cl_mem mem, void *content, size_t bytes)
{
    cl_int code;
    unsigned char *const all = malloc(bytes + 2 * GUARD);
    const cl_command_queue queue = clCreateCommandQueue(o->context, o->device, 0, &code);
    CHECK_CL(code);
    ck_assert_ptr_nonnull(all);
    CHECK_CL(clEnqueueReadBuffer(queue, mem, CL_TRUE, 0, bytes + 2 * GUARD, all, 0, NULL, NULL));
    clReleaseCommandQueue(queue);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert_msg(all[i] == GUARD_BYTE && all[GUARD + bytes + i] == GUARD_BYTE,
                      "the guard is overwritten, %zu bytes from an end of %zu", i, bytes);
    memcpy(content, all + GUARD, bytes);
    free(all);
}

static clconv_plan *plan_by(const own *o, const work *w, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan *plan = NULL;
    const clconv_status status =
        clconv_plan_create(&plan, o->clconv, &w->desc, w->filters, w->bias, &options);
    ck_assert_msg(status == CLCONV_OK || status == CLCONV_UNSUPPORTED, "%s", clconv_last_error());
    return plan;
}

static cl_int status_of(cl_event event)
{
    cl_int status = CL_QUEUED;
    CHECK_CL(
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL));
    return status;
}

static void wait_and_release(cl_event event)
{
    CHECK_CL(clWaitForEvents(1, &event));
    ck_assert_int_eq(status_of(event), CL_COMPLETE);
    clReleaseEvent(event);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

/* The algorithms of OpenCL devices that this build can run. */
static size_t algorithms(const own *o, const work *w, const char *names[16])
{
    size_t count = 0;
    for (size_t i = 0; i < clconv_algorithm_count() && count < 16; i++) {
        clconv_plan *const plan =
            clconv_algorithm(i)->on_host ? NULL : plan_by(o, w, clconv_algorithm(i)->name);
        if (plan)
            names[count++] = clconv_algorithm(i)->name;
        clconv_plan_destroy(plan);
    }
    ck_assert_uint_ge(count, 2);
    return count;
}

/* ---- tests ---- */

START_TEST(callers_context_is_retained_and_given_back)
{
    own o = own_open();
    work w = work_make(PROBLEM, 1);
    clconv_context_destroy(o.clconv);
    const long before = clfault_live();
    CHECK_OK(clconv_context_create_opencl(&o.clconv, o.context, o.device, NULL));
    ck_assert_int_gt(clfault_live(), before);
    cl_context context = NULL;
    cl_device_id device = NULL;
    CHECK_OK(clconv_context_get_opencl(o.clconv, &context, &device));
    ck_assert_ptr_eq(context, o.context);
    ck_assert_ptr_eq(device, o.device);
    clReleaseContext(o.context); /* clconv's reference is enough */
    CHECK_OK(work_do(&w, o.clconv, NULL));
    ck_assert(work_is_right(&w));
    clRetainContext(o.context);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

static void enqueue_once(const own *o, work *w, clconv_plan *plan, cl_command_queue queue,
                         bool own_workspace)
{
    const cl_mem x = guarded(o, w->x, w->sizes.x_bytes);
    const cl_mem y = guarded(o, NULL, w->sizes.y_bytes);
    clconv_plan_info info;
    CHECK_OK(clconv_plan_get_info(&info, plan));
    const cl_mem workspace =
        own_workspace && info.workspace ? guarded(o, NULL, info.workspace) : NULL;
    cl_event done = NULL;
    const clconv_enqueue args = {.x = x,
                                 .y = y,
                                 .x_offset = GUARD,
                                 .y_offset = GUARD,
                                 .workspace = workspace,
                                 .workspace_offset = workspace ? GUARD : 0,
                                 .event = &done};
    CHECK_OK(clconv_plan_enqueue(plan, queue, &args));
    wait_and_release(done);
    work_poison(w);
    read_guarded(o, y, w->y, w->sizes.y_bytes);
    ck_assert_msg(work_is_right(w), "%s", info.algorithm);
    if (workspace) {
        unsigned char *const scratch = malloc(info.workspace);
        ck_assert_ptr_nonnull(scratch);
        read_guarded(o, workspace, scratch, info.workspace);
        free(scratch);
        clReleaseMemObject(workspace);
    }
    clReleaseMemObject(x);
    clReleaseMemObject(y);
}

START_TEST(every_algorithm_on_the_callers_queues)
{
    own o = own_open();
    work w = work_make(PROBLEM, 2);
    const char *names[16];
    const size_t count = algorithms(&o, &w, names);
    const cl_command_queue queues[] = {o.queue, o.out_of_order};
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < 2 && queues[j]; j++)
            for (int own_workspace = 0; own_workspace < 2; own_workspace++) {
                clconv_plan *const plan = plan_by(&o, &w, names[i]);
                enqueue_once(&o, &w, plan, queues[j], own_workspace);
                clconv_plan_destroy(plan);
            }
    own_close_last(&o);
    work_free(&w);
}
END_TEST

/* With a wait list nothing begins before its event is set; the plan, the clconv context and the
 * caller's handles of the memory may be gone by then. */
static void wait_for_user_event(own *o, work *w, const char *algorithm, bool destroy_all)
{
    clconv_plan *const plan = plan_by(o, w, algorithm);
    const cl_mem x = guarded(o, w->x, w->sizes.x_bytes);
    const cl_mem y = guarded(o, NULL, w->sizes.y_bytes);
    cl_int code;
    const cl_event begin = clCreateUserEvent(o->context, &code);
    CHECK_CL(code);
    cl_event done = NULL;
    const clconv_enqueue args = {.x = x,
                                 .y = y,
                                 .x_offset = GUARD,
                                 .y_offset = GUARD,
                                 .wait_count = 1,
                                 .wait_list = &begin,
                                 .event = &done};
    const cl_command_queue queue = o->out_of_order ? o->out_of_order : o->queue;
    CHECK_OK(clconv_plan_enqueue(plan, queue, &args));
    if (destroy_all) {
        clconv_plan_destroy(plan);
        clconv_context_destroy(o->clconv);
        o->clconv = NULL;
        clReleaseMemObject(x);
    }
    pause_ms(30);
    ck_assert_int_ne(status_of(done), CL_COMPLETE);
    memset(w->expected, GUARD_BYTE, w->sizes.y_bytes);
    read_guarded(o, y, w->y, w->sizes.y_bytes);
    ck_assert_msg(work_is_right(w), "%s began before its wait list", algorithm);
    CHECK_CL(clSetUserEventStatus(begin, CL_COMPLETE));
    wait_and_release(done);
    clReleaseEvent(begin);
    read_guarded(o, y, w->y, w->sizes.y_bytes);
    work_fill_filters(w, 3); /* the same as they were made of: `expected` anew */
    ck_assert_msg(work_is_right(w), "%s", algorithm);
    clReleaseMemObject(y);
    if (!destroy_all) {
        clReleaseMemObject(x);
        clconv_plan_destroy(plan);
    }
}

START_TEST(nothing_begins_before_the_wait_list)
{
    own o = own_open();
    work w = work_make(PROBLEM, 3);
    const char *names[16];
    const size_t count = algorithms(&o, &w, names);
    for (size_t i = 0; i < count; i++)
        wait_for_user_event(&o, &w, names[i], false);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

START_TEST(plan_and_context_may_die_before_the_work_begins)
{
    work w = work_make(PROBLEM, 3);
    own o = own_open();
    const char *names[16];
    const size_t count = algorithms(&o, &w, names);
    own_close(&o);
    for (size_t i = 0; i < count; i++) {
        o = own_open();
        wait_for_user_event(&o, &w, names[i], true);
        own_close_last(&o);
    }
    work_free(&w);
}
END_TEST

/* y of the first is x of the second; events alone keep the order, nothing visits the host. */
START_TEST(two_plans_in_a_chain)
{
    own o = own_open();
    work first = work_make("1x2x20x24:3x3x3:same:wrap", 4);
    work second = work_make("1x3x20x24:2x5x4:same:replicate", 5);
    const char *names[16];
    const size_t count = algorithms(&o, &first, names);
    memcpy(second.x, first.expected, first.sizes.y_bytes);
    work_fill_filters(&second, 6);
    const cl_command_queue queue = o.out_of_order ? o.out_of_order : o.queue;
    for (size_t i = 0; i < count; i++) {
        clconv_plan *const a = plan_by(&o, &first, names[i]);
        clconv_plan *const b = plan_by(&o, &second, names[(i + 1) % count]);
        const cl_mem x = guarded(&o, first.x, first.sizes.x_bytes);
        const cl_mem between = guarded(&o, NULL, first.sizes.y_bytes);
        const cl_mem y = guarded(&o, NULL, second.sizes.y_bytes);
        cl_event one = NULL, two = NULL;
        CHECK_OK(clconv_plan_enqueue(
            a, queue,
            &(clconv_enqueue){
                .x = x, .y = between, .x_offset = GUARD, .y_offset = GUARD, .event = &one}));
        CHECK_OK(clconv_plan_enqueue(b, queue,
                                     &(clconv_enqueue){.x = between,
                                                       .y = y,
                                                       .x_offset = GUARD,
                                                       .y_offset = GUARD,
                                                       .wait_count = 1,
                                                       .wait_list = &one,
                                                       .event = &two}));
        clconv_plan_destroy(a);
        clconv_plan_destroy(b);
        clReleaseMemObject(x);
        clReleaseMemObject(between);
        wait_and_release(two);
        clReleaseEvent(one);
        read_guarded(&o, y, second.y, second.sizes.y_bytes);
        ck_assert_msg(work_is_right(&second), "%s, then %s", names[i], names[(i + 1) % count]);
        clReleaseMemObject(y);
    }
    own_close_last(&o);
    work_free(&first);
    work_free(&second);
}
END_TEST

/* Kernel objects, filters and scratch of a plan are shared by its runs in flight, none of which has
 * begun; a run keeps the filters that it was enqueued with. */
static void many_in_flight(const own *o, const char *algorithm)
{
    enum { RUNS = 6 };
    work runs[RUNS];
    cl_mem x[RUNS], y[RUNS];
    cl_event done[RUNS] = {NULL};
    cl_int code;
    const cl_event begin = clCreateUserEvent(o->context, &code);
    CHECK_CL(code);
    clconv_plan *plan = NULL;
    for (int i = 0; i < RUNS; i++) {
        runs[i] = work_make(PROBLEM, 100 + (unsigned)i);
        x[i] = guarded(o, runs[i].x, runs[i].sizes.x_bytes);
        y[i] = guarded(o, NULL, runs[i].sizes.y_bytes);
        if (i == 0)
            plan = plan_by(o, &runs[0], algorithm);
        else
            CHECK_OK(clconv_plan_set_filters(plan, runs[i].filters, runs[i].bias));
        const clconv_enqueue args = {.x = x[i],
                                     .y = y[i],
                                     .x_offset = GUARD,
                                     .y_offset = GUARD,
                                     .wait_count = 1,
                                     .wait_list = &begin,
                                     .event = &done[i]};
        CHECK_OK(clconv_plan_enqueue(plan, o->out_of_order ? o->out_of_order : o->queue, &args));
    }
    clconv_plan_destroy(plan);
    CHECK_CL(clSetUserEventStatus(begin, CL_COMPLETE));
    for (int i = 0; i < RUNS; i++) {
        wait_and_release(done[i]);
        read_guarded(o, y[i], runs[i].y, runs[i].sizes.y_bytes);
        ck_assert_msg(work_is_right(&runs[i]), "%s, run %d", algorithm, i);
        clReleaseMemObject(x[i]);
        clReleaseMemObject(y[i]);
        work_free(&runs[i]);
    }
    clReleaseEvent(begin);
}

START_TEST(runs_in_flight_keep_their_filters)
{
    own o = own_open();
    work w = work_make(PROBLEM, 100);
    const char *names[16];
    const size_t count = algorithms(&o, &w, names);
    for (size_t i = 0; i < count; i++)
        many_in_flight(&o, names[i]);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

START_TEST(buffers_of_clconv_in_the_callers_commands)
{
    own o = own_open();
    work w = work_make(PROBLEM, 7);
    clconv_plan *const plan = plan_by(&o, &w, "direct");
    clconv_buffer *both = NULL, *x = NULL, *y = NULL;
    cl_mem mem = NULL, y_mem = NULL;
    size_t x_offset = 0, y_offset = 0;
    CHECK_OK(clconv_buffer_create(&both, o.clconv, w.sizes.x_bytes + w.sizes.y_bytes));
    CHECK_OK(clconv_buffer_view(&x, both, 0, w.sizes.x_bytes));
    CHECK_OK(clconv_buffer_view(&y, both, w.sizes.x_bytes, w.sizes.y_bytes));
    CHECK_OK(clconv_buffer_get_opencl(x, &mem, &x_offset));
    CHECK_OK(clconv_buffer_get_opencl(y, &y_mem, &y_offset));
    ck_assert_ptr_eq(mem, y_mem);
    ck_assert_uint_eq(x_offset, 0);
    ck_assert_uint_eq(y_offset, w.sizes.x_bytes);
    CHECK_OK(clconv_buffer_write(x, 0, w.x, w.sizes.x_bytes));
    cl_event done = NULL; /* not clFinish: Mesa 22.3 does not wait for what is flushed already */
    const clconv_enqueue args = {.x = mem, .y = mem, .y_offset = y_offset, .event = &done};
    CHECK_OK(clconv_plan_enqueue(plan, o.queue, &args));
    wait_and_release(done);
    CHECK_OK(clconv_buffer_read(w.y, y, 0, w.sizes.y_bytes));
    ck_assert(work_is_right(&w));
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_buffer_destroy(both);
    clconv_plan_destroy(plan);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

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

SUITE_MAIN("opencl_embedding", &callers_context_is_retained_and_given_back,
           &every_algorithm_on_the_callers_queues, &nothing_begins_before_the_wait_list,
           &plan_and_context_may_die_before_the_work_begins, &two_plans_in_a_chain,
           &runs_in_flight_keep_their_filters, &buffers_of_clconv_in_the_callers_commands,
           &wrong_context_handles, &wrong_enqueues_are_refused_and_enqueue_nothing,
           &plan_of_the_host_has_no_queue, &event_that_has_failed_already, &event_that_fails_later,
           &every_failed_command_reaches_the_callers_event)
