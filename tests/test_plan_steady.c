/* test_plan_steady.c - a plan in steady use: what was built and allocated for the first run serves
 * all that follow, and new coefficients or sizes compile nothing. */
#include "allocfault.h"
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
    work_fill_filters(w, 8);
    work_fill_filters_for(w, algorithm, 8);
    const clconv_status status =
        clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, &options);
    ck_assert_msg(status == CLCONV_OK || status == CLCONV_UNSUPPORTED, "%s", clconv_last_error());
    return plan;
}

static void run_twice(work *w, clconv_context *context, clconv_plan *plan, const char *algorithm)
{
    clconv_buffer *const x = buffer_of(context, w->sizes.x_bytes);
    clconv_buffer *const y = buffer_of(context, w->sizes.y_bytes);
    CHECK_OK(clconv_buffer_write(x, 0, w->x, w->sizes.x_bytes));
    CHECK_OK(clconv_plan_run(plan, x, y));
    const long before = objects_made(algorithm);
    allocfault_arm(1, true);
    const clconv_status status = clconv_plan_run(plan, x, y);
    allocfault_disarm();
    ck_assert_msg(status == CLCONV_OK, "%s: %s", algorithm, clconv_last_error());
    ck_assert_msg(!allocfault_fired(), "%s allocates in its second run", algorithm);
    ck_assert_msg(objects_made(algorithm) == before, "%s makes OpenCL objects in its second run",
                  algorithm);
    CHECK_OK(clconv_buffer_read(w->y, y, 0, w->sizes.y_bytes));
    ck_assert(work_is_right(w));
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
}

/* On OpenCL: the host's workers take a row each from the heap. */
START_TEST(runs_after_the_first_make_nothing)
{
    static const char *const problems[] = {"1x2x18x19:4x3x3:g2:p1:wrap", "1x3x9x8:17x1x1",
                                           "2x3x20x21:3x5x5:g3:same:nhwc"};
    clconv_context *const context = open_default();
    int ran = 0;
    for (size_t p = 0; p < sizeof problems / sizeof *problems; p++) {
        work w = work_make(problems[p], 3);
        for (size_t i = 0; i < clconv_algorithm_count(); i++) {
            const char *const name = clconv_algorithm(i)->name;
            clconv_plan *const plan = plan_by(&w, context, name);
            ran += plan != NULL;
            if (!plan || clconv_algorithm(i)->on_host) {
                clconv_plan_destroy(plan);
                continue;
            }
            run_twice(&w, context, plan, name);
            clconv_plan_destroy(plan);
        }
        work_free(&w);
    }
    ck_assert_int_ge(ran, 3);
    clconv_context_destroy(context);
}
END_TEST

START_TEST(new_filters_compile_nothing)
{
    work w = work_make("1x2x18x19:4x3x3:g2:p1:wrap", 4);
    clconv_context *const context = open_default();
    for (size_t i = 0; i < clconv_algorithm_count(); i++) {
        clconv_plan *const plan = plan_by(&w, context, clconv_algorithm(i)->name);
        if (!plan)
            continue;
        CHECK_OK(work_run(&w, context, plan)); /* CLBlast compiles at its first product */
        const long before = clfault_count("clBuildProgram");
        for (unsigned seed = 20; seed < 23; seed++) {
            work_fill_filters(&w, seed);
            CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
            CHECK_OK(work_run(&w, context, plan));
            ck_assert(work_is_right(&w));
        }
        ck_assert_int_eq(clfault_count("clBuildProgram"), before);
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
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

/* Wide enough for the same tile; the algorithm is each one's turn. */
START_TEST(another_size_compiles_nothing)
{
    work first = work_make("1x1x320x400:1x5x5:same:reflect", 5);
    work second = work_make("2x3x281x533:3x5x5:g3:same:reflect", 6);
    clconv_context *const context = open_default();
    for (size_t i = 0; i < clconv_algorithm_count(); i++) {
        const char *const name = clconv_algorithm(i)->name;
        clconv_plan *const plan = plan_by(&first, context, name);
        if (!plan || clconv_algorithm(i)->on_host || !strcmp(name, "im2col")) {
            clconv_plan_destroy(plan); /* CLBlast compiles when it likes */
            continue;
        }
        const long before = clfault_count("clBuildProgram");
        clconv_plan *const other = plan_by(&second, context, name);
        ck_assert_ptr_nonnull(other);
        CHECK_OK(work_run(&second, context, other));
        ck_assert(work_is_right(&second));
        ck_assert_msg(clfault_count("clBuildProgram") == before, "%s compiles for a size", name);
        clconv_plan_destroy(other);
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&first);
    work_free(&second);
}
END_TEST

SUITE_MAIN("plan_steady", &runs_after_the_first_make_nothing, &new_filters_compile_nothing,
           &filters_of_another_rank_compile_once, &another_size_compiles_nothing)
