/* test_opencl_overhead.c - what a plan costs on top of OpenCL: the time of an enqueue over that of
 * a bare kernel's, both on the caller's queue. */
#define _POSIX_C_SOURCE 200809L
#include "opencl_own.h"
#include "suite.h"
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

static cl_kernel bare_kernel(const own *o)
{
    static const char *const text =
        "kernel void bare(global float *y) { y[get_global_id(0)] = 1; }";
    cl_int code;
    const cl_program program =
        clCreateProgramWithSource(o->context, 1, (const char **)(uintptr_t)&text, NULL, &code);
    CHECK_CL(code);
    CHECK_CL(clBuildProgram(program, 1, &o->device, "", NULL, NULL));
    const cl_kernel kernel = clCreateKernel(program, "bare", &code);
    CHECK_CL(code);
    CHECK_CL(clReleaseProgram(program));
    return kernel;
}

typedef struct contest {
    const own *o;
    clconv_plan *plan;
    clconv_enqueue args;
    cl_kernel kernel;
} contest;

static void by_plan(contest *c)
{
    CHECK_OK(clconv_plan_enqueue(c->plan, c->o->queue, &c->args));
}

static void bare(contest *c)
{
    static const size_t global[3] = {64, 1, 1}, local[3] = {64, 1, 1};
    cl_event event;
    CHECK_CL(clSetKernelArg(c->kernel, 0, sizeof(cl_mem), &c->args.y));
    CHECK_CL(
        clEnqueueNDRangeKernel(c->o->queue, c->kernel, 3, NULL, global, local, 0, NULL, &event));
    CHECK_CL(clFlush(c->o->queue));
    CHECK_CL(clReleaseEvent(event));
}

static double seconds_of_one(contest *c, void (*act)(contest *))
{
    const double start = now();
    for (int i = 0; i < BATCH; i++)
        act(c);
    const double seconds = (now() - start) / BATCH;
    CHECK_CL(clFinish(c->o->queue));
    return seconds;
}

START_TEST(enqueue_costs_little_more_than_a_bare_kernel)
{
    own o = own_open();
    work w = work_make("1x1x8x8:1x3x3:same", 1);
    contest c = {.o = &o, .plan = plan_by(&o, &w, "direct"), .kernel = bare_kernel(&o)};
    double plan = 1, kernel = 1;
    ck_assert_ptr_nonnull(c.plan);
    c.args.x = guarded(&o, w.x, w.sizes.x_bytes);
    c.args.y = guarded(&o, w.y, w.sizes.y_bytes);
    for (int i = 0; i < BATCHES || (plan - kernel >= most_overhead && i < MOST_BATCHES); i++) {
        const double a = seconds_of_one(&c, by_plan), b = seconds_of_one(&c, bare);
        plan = a < plan ? a : plan;
        kernel = b < kernel ? b : kernel;
    }
    printf("an enqueue of a plan %.2f us, of a bare kernel %.2f us\n", plan * 1e6, kernel * 1e6);
    ck_assert_double_lt(plan - kernel, most_overhead);
    CHECK_CL(clReleaseMemObject(c.args.x));
    CHECK_CL(clReleaseMemObject(c.args.y));
    CHECK_CL(clReleaseKernel(c.kernel));
    clconv_plan_destroy(c.plan);
    work_free(&w);
    own_close(&o);
}
END_TEST

SUITE_MAIN("opencl_overhead", &enqueue_costs_little_more_than_a_bare_kernel)
