/* test_opencl_steady.c - a plan in steady use: what was built and allocated for the first run
 * serves all that follow, and new coefficients or sizes compile nothing. */
#include <clconv/opencl.h>

#include "allocfault.h"
#include "cases.h"
#include "clfault.h"
#include "device/device.h"
#include "suite.h"
#include "work.h"

static const char *const made[] = {
    "clCreateBuffer", "clCreateSubBuffer",         "clCreateKernel",  "clCreateProgramWithSource",
    "clBuildProgram", "clCreateProgramWithBinary", "clCreateContext", "clCreateCommandQueue"};
enum { MADE = sizeof made / sizeof *made };

/* CLBlast, under im2col, makes kernel objects in each call: there, what is built is counted. */
static long objects_made(const char *algorithm)
{
    long sum = 0;
    if (!strcmp(algorithm, "im2col"))
        return clfault_count("clBuildProgram");
    for (int i = 0; i < MADE; i++)
        sum += clfault_count(made[i]);
    return sum;
}

/* With filters that the algorithm does; NULL where it does not do the problem on this device. */
static clconv_plan *plan_by(work *w, clconv_context *context, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan *plan = NULL;
    work_fill_filters_for(w, algorithm, 8);
    const clconv_status status =
        clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, &options);
    ck_assert_msg(status == CLCONV_OK || status == CLCONV_UNSUPPORTED, "%s", clconv_last_error());
    return plan;
}

/* Whether the algorithm does any of the problems of a test. */
typedef bool attempt(clconv_context *context, const char *algorithm);

/* Every algorithm that runs on the device has to. Its context is the test's own, for what asks
 * which ones run builds kernels, too. On OpenCL: the host's workers take a row each from the heap.
 */
static void for_each_algorithm(attempt *attempted)
{
    case_algorithm list[CASE_ALGORITHMS];
    case_machine machine;
    case_open(&machine);
    const size_t count = case_algorithms(list, &machine, CASE_ALL);
    clconv_context *const context = open_default();
    for (size_t i = 0; i < count; i++)
        if (list[i].context != machine.host)
            ck_assert_msg(attempted(context, list[i].name),
                          "%s runs here, but does none of the problems", list[i].name);
    clconv_context_destroy(context);
    case_close(&machine);
}

/* A run that other runs have prepared for. */
static void run_again(clconv_plan *plan, const clconv_buffer *x, clconv_buffer *y,
                      const char *algorithm)
{
    const long before = objects_made(algorithm);
    allocfault_arm(1, true);
    const clconv_status status = clconv_plan_run(plan, x, y);
    allocfault_disarm();
    ck_assert_msg(status == CLCONV_OK, "%s: %s", algorithm, clconv_last_error());
    ck_assert_msg(!allocfault_fired(), "%s allocates in its second run", algorithm);
    ck_assert_msg(objects_made(algorithm) == before, "%s makes OpenCL objects in its second run",
                  algorithm);
}

/* The same on the caller's queue, with the caller's scratch memory. rusticl's clFinish does not
 * wait for what has been flushed: so by an event. */
static void enqueue_again(clconv_plan *plan, cl_command_queue queue, clconv_enqueue *args,
                          const char *algorithm)
{
    const long before = objects_made(algorithm);
    cl_event done = NULL;
    args->event = &done;
    allocfault_arm(1, true);
    const clconv_status status = clconv_plan_enqueue(plan, queue, args);
    allocfault_disarm();
    ck_assert_msg(status == CLCONV_OK, "%s: %s", algorithm, clconv_last_error());
    ck_assert_msg(!allocfault_fired(), "%s allocates when enqueued", algorithm);
    ck_assert_msg(objects_made(algorithm) == before, "%s makes OpenCL objects when enqueued",
                  algorithm);
    ck_assert_int_eq(clWaitForEvents(1, &done), CL_SUCCESS);
    clReleaseEvent(done);
}

static void check_output(work *w, const clconv_buffer *y)
{
    CHECK_OK(clconv_buffer_read(w->y, y, 0, w->sizes.y_bytes));
    ck_assert(work_is_right(w));
    work_poison(w);
}

static void run_twice(work *w, clconv_context *context, clconv_plan *plan, const char *algorithm)
{
    clconv_plan_info info;
    cl_context cl;
    cl_device_id device;
    clconv_enqueue args = {0};
    CHECK_OK(clconv_plan_get_info(&info, plan));
    CHECK_OK(clconv_context_get_opencl(context, &cl, &device));
    clconv_buffer *const x = buffer_of(context, w->sizes.x_bytes);
    clconv_buffer *const y = buffer_of(context, w->sizes.y_bytes);
    clconv_buffer *const scratch = info.workspace ? buffer_of(context, info.workspace) : NULL;
    const cl_command_queue queue = clCreateCommandQueue(cl, device, 0, NULL);
    ck_assert_ptr_nonnull(queue);
    CHECK_OK(clconv_buffer_get_opencl(x, &args.x, &args.x_offset));
    CHECK_OK(clconv_buffer_get_opencl(y, &args.y, &args.y_offset));
    if (scratch)
        CHECK_OK(clconv_buffer_get_opencl(scratch, &args.workspace, &args.workspace_offset));
    CHECK_OK(clconv_buffer_write(x, 0, w->x, w->sizes.x_bytes));
    CHECK_OK(clconv_plan_run(plan, x, y));
    run_again(plan, x, y, algorithm);
    check_output(w, y);
    CHECK_OK(clconv_buffer_write(y, 0, w->y, w->sizes.y_bytes));
    enqueue_again(plan, queue, &args, algorithm);
    check_output(w, y);
    clReleaseCommandQueue(queue);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_buffer_destroy(scratch);
}

static bool runs_twice(clconv_context *context, const char *algorithm)
{
    static const char *const problems[] = {"1x16x18x19:16x3x3:g2:p1:wrap", "1x3x9x8:17x1x1",
                                           "2x3x20x21:3x5x5:g3:same:nhwc"};
    bool any = false;
    for (size_t p = 0; p < sizeof problems / sizeof *problems; p++) {
        work w = work_make(problems[p], 3);
        clconv_plan *const plan = plan_by(&w, context, algorithm);
        if (plan)
            run_twice(&w, context, plan, algorithm);
        any = any || plan;
        clconv_plan_destroy(plan);
        work_free(&w);
    }
    return any;
}

START_TEST(runs_after_the_first_make_nothing)
{
    for_each_algorithm(runs_twice);
}
END_TEST

/* An algorithm's is the first that it does. A tile is an option of the build, and chosen by size:
 * both problems of a pair are such that every device, whatever its vectors, chooses the same. So
 * the small ones have less than a million operations, images for winograd a multiple of its tiles,
 * and pointwise's of its blocks; the tiles of implicit_gemm are larger than the images. */
static const struct {
    const char *first, *second;
} pairs[] = {{"1x3x57x70:3x5x5:g3:same:reflect", "2x2x58x80:2x5x5:g2:same:reflect"},
             {"1x8x7x8:16x3x5:same", "2x16x5x6:24x4x3:same"},
             {"1x2x72x80:4x3x3:p1", "2x3x60x52:5x3x3:p1"},
             {"1x3x7x20:32x1x1", "2x5x14x15:64x1x1"}};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static void change_filters(work *w, clconv_context *context, clconv_plan *plan,
                           const char *algorithm)
{
    CHECK_OK(work_run(w, context, plan)); /* CLBlast compiles at its first product */
    const long before = clfault_count("clBuildProgram");
    for (unsigned seed = 20; seed < 23; seed++) {
        work_fill_filters_for(w, algorithm, seed);
        CHECK_OK(clconv_plan_set_filters(plan, w->filters, w->bias));
        CHECK_OK(work_run(w, context, plan));
        ck_assert(work_is_right(w));
    }
    ck_assert_msg(clfault_count("clBuildProgram") == before, "%s compiles for filters", algorithm);
}

static bool changes_filters(clconv_context *context, const char *algorithm)
{
    bool does = false;
    for (size_t p = 0; p < PAIRS && !does; p++) {
        work w = work_make(pairs[p].first, 4);
        clconv_plan *const plan = plan_by(&w, context, algorithm);
        does = plan;
        if (plan)
            change_filters(&w, context, plan, algorithm);
        clconv_plan_destroy(plan);
        work_free(&w);
    }
    return does;
}

START_TEST(new_filters_compile_nothing)
{
    for_each_algorithm(changes_filters);
}
END_TEST

START_TEST(filters_of_another_rank_compile_once)
{
    work w = work_make("2x3x18x19:3x3x5:g3:p1:wrap", 4);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_by(&w, context, "separable");
    long before = 0;
    for (unsigned seed = 20; plan && seed < 26; seed++) {
        if (seed == 22)
            before = clfault_count("clBuildProgram");
        if (seed % 2 == 0)
            work_fill_filters_for(&w, "separable", seed);
        else
            work_fill_filters(&w, seed);
        CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
        CHECK_OK(work_run(&w, context, plan));
        ck_assert(work_is_right(&w));
    }
    ck_assert(!plan || clfault_count("clBuildProgram") == before);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

static void change_size(clconv_context *context, const char *problem, const char *algorithm)
{
    const long before = clfault_count("clBuildProgram");
    work w = work_make(problem, 6);
    clconv_plan *const plan = plan_by(&w, context, algorithm);
    ck_assert_msg(plan, "%s: %s", problem, clconv_last_error());
    CHECK_OK(work_run(&w, context, plan));
    ck_assert(work_is_right(&w));
    ck_assert_msg(clfault_count("clBuildProgram") == before, "%s compiles for a size", algorithm);
    clconv_plan_destroy(plan);
    work_free(&w);
}

/* But im2col, whose library compiles for a product of another size when it likes. */
static bool changes_size(clconv_context *context, const char *algorithm)
{
    bool does = !strcmp(algorithm, "im2col");
    for (size_t p = 0; p < PAIRS && !does; p++) {
        work w = work_make(pairs[p].first, 5);
        clconv_plan *const plan = plan_by(&w, context, algorithm);
        does = plan;
        if (plan)
            change_size(context, pairs[p].second, algorithm);
        clconv_plan_destroy(plan);
        work_free(&w);
    }
    return does;
}

START_TEST(another_size_compiles_nothing)
{
    for_each_algorithm(changes_size);
}
END_TEST

/* Writes of a plan's making and first run: its filters, and the touch of its scratch. */
static long writes_of_plan(const work *w, clconv_context *context, const clconv_buffer *x,
                           clconv_buffer *y)
{
    const long before = clfault_count("clEnqueueWriteBuffer");
    clconv_plan *plan = NULL;
    CHECK_OK(clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, NULL));
    CHECK_OK(clconv_plan_run(plan, x, y));
    clconv_plan_destroy(plan);
    return clfault_count("clEnqueueWriteBuffer") - before;
}

START_TEST(what_is_shared_is_not_copied_by_clconv)
{
    clconv_context *const context = open_default();
    clconv_device_info info;
    work w = work_make("1x3x57x70:3x5x5:g3:same:reflect", 7);
    clconv_buffer *const x = buffer_of(context, w.sizes.x_bytes);
    clconv_buffer *const y = buffer_of(context, w.sizes.y_bytes);
    CHECK_OK(clconv_context_info(&info, context));
    writes_of_plan(&w, context, x, y); /* self-tests write, too */
    const long writes = writes_of_plan(&w, context, x, y);
    const long written = clfault_count("clEnqueueWriteBuffer");
    const long read = clfault_count("clEnqueueReadBuffer");
    CHECK_OK(clconv_run(context, &w.desc, w.x, w.filters, w.bias, w.y));
    ck_assert(work_is_right(&w));
    if (info.shares_memory) {
        ck_assert_int_eq(clfault_count("clEnqueueWriteBuffer") - written, writes);
        ck_assert_int_eq(clfault_count("clEnqueueReadBuffer"), read);
    }
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

SUITE_MAIN("opencl_steady", &what_is_shared_is_not_copied_by_clconv,
           &runs_after_the_first_make_nothing, &new_filters_compile_nothing,
           &filters_of_another_rank_compile_once, &another_size_compiles_nothing)
