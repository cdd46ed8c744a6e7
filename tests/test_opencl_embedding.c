/* test_opencl_embedding.c - clconv inside a program that has its own OpenCL context, queues and
 * memory. */
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
    work second = work_make("1x3x20x24:2x3x3:same:replicate", 5);
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
 * begun; a run keeps the filters that it was enqueued with. ranks: every second filters are of rank
 * one. */
static void many_in_flight(const own *o, const char *problem, const char *algorithm, bool ranks)
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
        runs[i] = work_make(problem, 100 + (unsigned)i);
        if (ranks && i % 2 == 0)
            work_fill_filters_for(&runs[i], "separable", (unsigned)i);
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
        many_in_flight(&o, PROBLEM, names[i], false);
    own_close_last(&o);
    work_free(&w);
}
END_TEST

/* Every second run is by another algorithm. */
START_TEST(runs_in_flight_keep_their_algorithm)
{
    own o = own_open();
    many_in_flight(&o, "1x3x13x40:3x3x5:g3:same:wrap", "separable", true);
    own_close_last(&o);
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

/* On a processor it is asked for with room to begin apart first, which the driver refuses here. */
START_TEST(large_buffer_that_fits_only_without_room_to_begin_apart)
{
    enum { LARGE = 1 << 20 };
    clconv_context *const context = open_default();
    clconv_buffer *const first = buffer_of(context, LARGE);
    clconv_buffer *second = NULL;
    clconv_device_info info;
    cl_mem mem;
    size_t offset = 42, bytes = 0;
    CHECK_OK(clconv_context_info(&info, context));
    clfault_arm(1, CL_MEM_OBJECT_ALLOCATION_FAILURE);
    const clconv_status status = clconv_buffer_create(&second, context, LARGE);
    ck_assert_str_eq(clfault_where(), "clCreateBuffer");
    clfault_disarm();
    if (info.kind == CLCONV_DEVICE_CPU && info.shares_memory) {
        CHECK_OK(status);
        CHECK_OK(clconv_buffer_get_opencl(second, &mem, &offset));
        ck_assert_int_eq(clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof bytes, &bytes, NULL), 0);
        ck_assert_uint_eq(offset, 0);
        ck_assert_uint_eq(bytes, LARGE);
    } else {
        ck_assert_int_eq(status, CLCONV_NO_MEMORY);
    }
    clconv_buffer_destroy(second);
    clconv_buffer_destroy(first);
    clconv_context_destroy(context);
    ck_assert_int_eq(clfault_live(), 0);
}
END_TEST

SUITE_MAIN("opencl_embedding", &callers_context_is_retained_and_given_back,
           &every_algorithm_on_the_callers_queues, &nothing_begins_before_the_wait_list,
           &plan_and_context_may_die_before_the_work_begins, &two_plans_in_a_chain,
           &runs_in_flight_keep_their_filters, &runs_in_flight_keep_their_algorithm,
           &buffers_of_clconv_in_the_callers_commands,
           &large_buffer_that_fits_only_without_room_to_begin_apart)
