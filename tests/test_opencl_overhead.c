/* test_opencl_overhead.c - what a plan costs on top of OpenCL: the time of its run, and of its
 * enqueue on the caller's queue, over that of the same kernels enqueued without it. */
#define _GNU_SOURCE
#include "opencl_own.h"
#include "suite.h"
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

/* Seconds. The least of many batches: whatever else runs can only add, and so more are tried on a
 * machine that is busy. */
static const double most_overhead = 5e-6;
enum { BATCHES = 400, MOST_BATCHES = 20000, BATCH = 10 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* What a plan launches; its kernels keep the arguments that it gave them. */
enum { MOST_LAUNCHES = 4 };
typedef struct launch {
    cl_kernel kernel;
    size_t global[3], local[3];
} launch;
static struct {
    bool on;
    cl_command_queue queue;
    int count;
    launch launches[MOST_LAUNCHES];
} notes;

/* Before the loader's, for what the library calls. */
cl_int CL_API_CALL clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel,
                                          cl_uint dimensions, const size_t *offset,
                                          const size_t *global, const size_t *local,
                                          cl_uint wait_count, const cl_event *waits,
                                          cl_event *event)
{
    static __typeof__(&clEnqueueNDRangeKernel) loaders;
    if (!loaders) {
        void *const found = dlsym(RTLD_NEXT, "clEnqueueNDRangeKernel");
        ck_assert_ptr_nonnull(found);
        memcpy(&loaders, &found, sizeof loaders);
    }
    if (notes.on) {
        ck_assert_int_lt(notes.count, MOST_LAUNCHES);
        ck_assert(dimensions == 3 && !offset);
        launch *const one = &notes.launches[notes.count++];
        notes.queue = queue;
        one->kernel = kernel;
        memcpy(one->global, global, sizeof one->global);
        memcpy(one->local, local, sizeof one->local);
    }
    return loaders(queue, kernel, dimensions, offset, global, local, wait_count, waits, event);
}

typedef struct contest {
    const own *o;
    work w;
    clconv_plan *plan;
    clconv_enqueue args;  /* of an enqueue */
    clconv_buffer *x, *y; /* of a run */
    int failed;           /* codes of calls; a check in a batch would take longer than they do */
} contest;

static void enqueue_by_plan(contest *c)
{
    c->failed |= (int)clconv_plan_enqueue(c->plan, c->o->queue, &c->args);
}

static void run_by_plan(contest *c)
{
    c->failed |= (int)clconv_plan_run(c->plan, c->x, c->y);
}

/* The launches that were noted, each after the one before; the event of the last. */
static cl_event launched(contest *c)
{
    cl_event last = NULL;
    for (int i = 0; i < notes.count; i++) {
        const launch *const one = &notes.launches[i];
        cl_event event = NULL;
        c->failed |= clEnqueueNDRangeKernel(notes.queue, one->kernel, 3, NULL, one->global,
                                            one->local, i > 0, i > 0 ? &last : NULL, &event);
        if (i > 0)
            c->failed |= clReleaseEvent(last);
        last = event;
    }
    return last;
}

static void enqueue_bare(contest *c)
{
    const cl_event last = launched(c);
    c->failed |= clFlush(notes.queue);
    c->failed |= clReleaseEvent(last);
}

static void run_bare(contest *c)
{
    const cl_event last = launched(c);
    c->failed |= clWaitForEvents(1, &last);
    c->failed |= clReleaseEvent(last);
}

static double seconds_of_one(contest *c, void (*act)(contest *))
{
    const double start = now();
    for (int i = 0; i < BATCH; i++)
        act(c);
    const double seconds = (now() - start) / BATCH;
    ck_assert_int_eq(c->failed, 0);
    CHECK_CL(clFinish(notes.queue));
    return seconds;
}

static void compare(contest *c, const char *what, void (*by_plan)(contest *),
                    void (*bare)(contest *))
{
    double plan = 1, kernels = 1;
    notes.count = 0;
    notes.on = true;
    by_plan(c);
    notes.on = false;
    for (int i = 0; i < BATCHES || (plan - kernels >= most_overhead && i < MOST_BATCHES); i++) {
        const double a = seconds_of_one(c, by_plan), b = seconds_of_one(c, bare);
        plan = a < plan ? a : plan;
        kernels = b < kernels ? b : kernels;
    }
    printf("%s of a plan %.2f us, of its %d kernels %.2f us\n", what, plan * 1e6, notes.count,
           kernels * 1e6);
    ck_assert_double_lt(plan - kernels, most_overhead);
}

static contest contest_make(const own *o, const char *algorithm)
{
    contest c = {.o = o, .w = work_make("1x1x8x8:4x3x3:same", 1)};
    clconv_plan_info info;
    c.plan = plan_by(o, &c.w, algorithm);
    ck_assert_ptr_nonnull(c.plan);
    CHECK_OK(clconv_plan_get_info(&info, c.plan));
    c.args.x = guarded(o, c.w.x, c.w.sizes.x_bytes);
    c.args.y = guarded(o, c.w.y, c.w.sizes.y_bytes);
    c.args.workspace = info.workspace ? guarded(o, NULL, info.workspace) : NULL;
    c.x = buffer_of(o->clconv, c.w.sizes.x_bytes);
    c.y = buffer_of(o->clconv, c.w.sizes.y_bytes);
    return c;
}

static void contest_free(contest *c)
{
    CHECK_CL(clReleaseMemObject(c->args.x));
    CHECK_CL(clReleaseMemObject(c->args.y));
    if (c->args.workspace)
        CHECK_CL(clReleaseMemObject(c->args.workspace));
    clconv_buffer_destroy(c->x);
    clconv_buffer_destroy(c->y);
    clconv_plan_destroy(c->plan);
    work_free(&c->w);
}

/* Of one kernel, and of several. */
static void compare_both(const char *algorithm, int least_kernels)
{
    own o = own_open();
    contest c = contest_make(&o, algorithm);
    printf("%s:\n", algorithm);
    compare(&c, "enqueue", enqueue_by_plan, enqueue_bare);
    compare(&c, "run", run_by_plan, run_bare);
    ck_assert_int_ge(notes.count, least_kernels);
    contest_free(&c);
    own_close(&o);
}

START_TEST(one_kernel_costs_little_more_than_bare)
{
    compare_both("direct", 1);
}
END_TEST

START_TEST(several_kernels_cost_little_more_than_bare)
{
    compare_both("winograd", 2);
}
END_TEST

SUITE_MAIN("opencl_overhead", &one_kernel_costs_little_more_than_bare,
           &several_kernels_cost_little_more_than_bare)
