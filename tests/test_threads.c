/* test_threads.c - threads on one plan, on one context, and on contexts of their own. */
#define _POSIX_C_SOURCE 200809L
#include "device/device.h"
#include "suite.h"
#include "work.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { THREADS = 4, ROUNDS = 15 };
static const char PROBLEM[] = "2x4x23x29:6x3x3:g2:p1:reflect101";

/* Check's assertions jump, which only its own thread may: others count, and keep the first word. */
typedef struct worker {
    pthread_t thread;
    clconv_context *context;
    clconv_plan *plan;
    const work *problems; /* one or two that x, y and the results are of */
    int index, wrong;
    atomic_bool *stop;
    char error[512];
} worker;

static void complain(worker *w, const char *what)
{
    if (!w->error[0])
        snprintf(w->error, sizeof w->error, "thread %d: %s: %s", w->index, what,
                 clconv_last_error());
}

static bool good(worker *w, clconv_status status, const char *what)
{
    if (status != CLCONV_OK)
        complain(w, what);
    return status == CLCONV_OK;
}

/* THREADS of them at once, each with a copy of `common`; nobody has anything to complain about. */
static void run_all(worker workers[THREADS], const worker *common, void *(*body)(void *))
{
    int started = 0;
    for (; started < THREADS; started++) {
        workers[started] = *common;
        workers[started].index = started;
        if (pthread_create(&workers[started].thread, NULL, body, &workers[started]) != 0)
            break;
    }
    for (int i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    ck_assert_int_eq(started, THREADS);
    for (int i = 0; i < THREADS; i++) {
        ck_assert_msg(!workers[i].error[0], "%s", workers[i].error);
        ck_assert_msg(workers[i].wrong == 0, "thread %d: %d wrong results", i, workers[i].wrong);
    }
}

/* One run on buffers of the thread's own; its result has to be one of the problems'. */
static void run_once(worker *w, clconv_buffer *x, clconv_buffer *y, unsigned char *result)
{
    const work *const one = &w->problems[0], *const two = &w->problems[1];
    if (!good(w, clconv_plan_run(w->plan, x, y), "run") ||
        !good(w, clconv_buffer_read(result, y, 0, one->sizes.y_bytes), "read"))
        return;
    w->wrong += !work_is_result(one, result) && !work_is_result(two, result);
}

static void *run_often(void *user)
{
    worker *const w = user;
    const work *const problem = &w->problems[0];
    clconv_buffer *x = NULL, *y = NULL;
    unsigned char *const result = malloc(problem->sizes.y_bytes);
    bool ready = result != NULL;
    ready = ready && good(w, clconv_buffer_create(&x, w->context, problem->sizes.x_bytes), "x") &&
            good(w, clconv_buffer_create(&y, w->context, problem->sizes.y_bytes), "y") &&
            good(w, clconv_buffer_write(x, 0, problem->x, problem->sizes.x_bytes), "write");
    for (int round = 0; ready && (w->stop ? !atomic_load(w->stop) : round < ROUNDS); round++)
        run_once(w, x, y, result);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    free(result);
    return NULL;
}

/* Calls test(context, plan, problems) with every algorithm of the default device and of the host.
 */
static void with_every_plan(void (*test)(const worker *common, work problems[2]))
{
    static const char *const devices[] = {NULL, "host"};
    for (size_t d = 0; d < 2; d++) {
        worker common = {0};
        CHECK_OK(clconv_context_create(&common.context, devices[d]));
        for (size_t i = 0; i < clconv_algorithm_count(); i++) {
            work problems[2] = {work_make(PROBLEM, 1), work_make(PROBLEM, 1)};
            const clconv_plan_options options = {.algorithm = clconv_algorithm(i)->name};
            common.problems = problems;
            if (clconv_plan_create(&common.plan, common.context, &problems[0].desc,
                                   problems[0].filters, problems[0].bias, &options) == CLCONV_OK)
                test(&common, problems);
            clconv_plan_destroy(common.plan);
            work_free(&problems[0]);
            work_free(&problems[1]);
        }
        clconv_context_destroy(common.context);
    }
}

static void run_at_once(const worker *common, work problems[2])
{
    worker workers[THREADS];
    (void)problems;
    run_all(workers, common, run_often);
}

START_TEST(one_plan_in_all_threads)
{
    with_every_plan(run_at_once);
}
END_TEST

/* Thread 0 changes the filters to and fro; the others see one set or the other, never a mixture. */
static void *run_or_change(void *user)
{
    worker *const w = user;
    if (w->index > 0)
        return run_often(w);
    for (int round = 0; round < 4 * ROUNDS; round++) {
        const work *const now = &w->problems[round % 2 == 0];
        good(w, clconv_plan_set_filters(w->plan, now->filters, now->bias), "set_filters");
    }
    atomic_store(w->stop, true);
    return NULL;
}

static void change_at_once(const worker *common, work problems[2])
{
    worker workers[THREADS];
    atomic_bool stop = false;
    worker all = *common;
    all.stop = &stop;
    work_fill_filters(&problems[1], 99);
    ck_assert_mem_ne(problems[0].expected, problems[1].expected, problems[0].sizes.y_bytes);
    run_all(workers, &all, run_or_change);
}

START_TEST(filters_change_while_others_run)
{
    with_every_plan(change_at_once);
}
END_TEST

/* A plan made for filters of rank one, while another algorithm comes and goes for the others. */
START_TEST(rank_of_filters_changes_while_others_run)
{
    static const char problem[] = "2x3x23x29:3x3x5:g3:same:reflect101";
    const clconv_plan_options separable = {.algorithm = "separable"};
    work problems[2] = {work_make(problem, 1), work_make(problem, 1)};
    worker common = {.problems = problems};
    CHECK_OK(clconv_context_create(&common.context, NULL));
    work_fill_filters_for(&problems[0], "separable", 7);
    if (common.context->ocl) {
        common.plan = plan_of(&problems[0], common.context, &separable);
        change_at_once(&common, problems);
    }
    clconv_plan_destroy(common.plan);
    clconv_context_destroy(common.context);
    work_free(&problems[0]);
    work_free(&problems[1]);
}
END_TEST

static void *open_and_close(void *user)
{
    worker *const w = user;
    const work *const problem = &w->problems[0];
    unsigned char *const result = malloc(problem->sizes.y_bytes);
    for (int round = 0; result && round < 3; round++) {
        clconv_context *context = NULL;
        if (good(w, clconv_context_create(&context, NULL), "open") &&
            good(w,
                 clconv_run(context, &problem->desc, problem->x, problem->filters, problem->bias,
                            result),
                 "run"))
            w->wrong += !work_is_result(problem, result);
        clconv_context_destroy(context);
    }
    free(result);
    return NULL;
}

START_TEST(contexts_open_and_close_at_once)
{
    worker workers[THREADS];
    work problem = work_make(PROBLEM, 2);
    const worker common = {.problems = &problem};
    run_all(workers, &common, open_and_close);
    work_free(&problem);
}
END_TEST

static void *plan_and_run(void *user)
{
    worker *const w = user;
    const work *const problem = &w->problems[0];
    w->plan = NULL;
    if (good(w,
             clconv_plan_create(&w->plan, w->context, &problem->desc, problem->filters,
                                problem->bias, NULL),
             "plan"))
        run_often(w);
    clconv_plan_destroy(w->plan);
    return NULL;
}

START_TEST(plans_of_one_kind_are_built_once)
{
    worker workers[THREADS];
    work problems[2] = {work_make("1x3x23x29:4x3x3:same:wrap", 3), work_make("1x3x23x29:4x3x3", 3)};
    const clconv_context_options uncached = {.cache_dir = ""};
    worker common = {.problems = problems};
    CHECK_OK(clconv_context_create_with(&common.context, &uncached));
    run_all(workers, &common, plan_and_run);
    if (common.context->ocl)
        ck_assert_uint_eq(cc_ocl_builds(common.context->ocl), 1);
    clconv_context_destroy(common.context);
    work_free(&problems[0]);
    work_free(&problems[1]);
}
END_TEST

/* The last handle goes in any thread: whoever it is takes the context along. */
static void *destroy_one(void *user)
{
    worker *const w = user;
    clconv_buffer *buffer = NULL;
    good(w, clconv_buffer_create(&buffer, w->context, 64), "buffer");
    clconv_context_destroy(w->index == 0 ? w->context : NULL);
    clconv_plan_destroy(w->index == 1 ? w->plan : NULL);
    clconv_buffer_destroy(buffer);
    return NULL;
}

START_TEST(last_handle_goes_in_any_thread)
{
    work problem = work_make(PROBLEM, 4);
    for (int round = 0; round < 5; round++) {
        worker workers[THREADS];
        worker common = {.problems = &problem};
        CHECK_OK(clconv_context_create(&common.context, round % 2 ? "host" : NULL));
        CHECK_OK(clconv_plan_create(&common.plan, common.context, &problem.desc, problem.filters,
                                    NULL, NULL));
        clconv_plan *guard = NULL; /* so that no thread creates on a context that is gone */
        CHECK_OK(
            clconv_plan_create(&guard, common.context, &problem.desc, problem.filters, NULL, NULL));
        run_all(workers, &common, destroy_one);
        clconv_plan_destroy(guard);
    }
    work_free(&problem);
}
END_TEST

static void *fail_alone(void *user)
{
    worker *const w = user;
    char text[32], words[32];
    if (clconv_last_error()[0])
        complain(w, "an error of another thread");
    for (int round = 0; round < 200; round++) {
        clconv_desc desc;
        snprintf(text, sizeof text, "1x1x%dx%d:oops", w->index + 1, round + 1);
        snprintf(words, sizeof words, "1x1x%dx%d:oops", w->index + 1, round + 1);
        if (clconv_desc_parse(&desc, text) != CLCONV_INVALID || !strstr(clconv_last_error(), words))
            complain(w, words);
    }
    return NULL;
}

START_TEST(every_thread_has_its_own_error)
{
    worker workers[THREADS];
    const worker common = {0};
    clconv_desc desc;
    CHECK_FAILED(clconv_desc_parse(&desc, "of the main thread"), CLCONV_INVALID, "main");
    run_all(workers, &common, fail_alone);
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "of the main thread"));
}
END_TEST

SUITE_MAIN("threads", &one_plan_in_all_threads, &filters_change_while_others_run,
           &rank_of_filters_changes_while_others_run, &contexts_open_and_close_at_once,
           &plans_of_one_kind_are_built_once, &last_handle_goes_in_any_thread,
           &every_thread_has_its_own_error)
