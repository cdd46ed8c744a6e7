/* test_opencl_tune.c - the tuner and kernels that compute wrong results: they are told and never
 * timed, and the others go on. */
#include "lab.h"
#include "plan/wisdom.h"
#include "suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* More rows than the self-test's problem has, and one image where that has two. */
static const char PROBLEM[] = "1x1x90x100:1x3x3:p1";

/* All that are tried; the first, the faster by its estimate, is the broken one. */
static const char BROKEN[] = "tiled", OTHER[] = "direct";

typedef struct witness {
    clconv_tune_outcome outcome; /* of the broken one, in each of its tiles */
    const char *why;
    int broken, others;
} witness;

static int watch(void *user, const clconv_tune_step *step)
{
    witness *const seen = user;
    const bool is_broken = !strcmp(step->algorithm, BROKEN);
    if (step->outcome == CLCONV_TUNE_BEGINS)
        return 0;
    ck_assert_msg(step->outcome == (is_broken ? seen->outcome : CLCONV_TUNE_MEASURED),
                  "%s: outcome %d, %s", step->algorithm, (int)step->outcome, step->why);
    ck_assert_msg(!is_broken || strstr(step->why, seen->why), "%s", step->why);
    seen->broken += is_broken;
    seen->others += !is_broken;
    return 0;
}

/* Known to be wrong, without the time that it takes to try them. */
static void leave_out_the_rest(const lab *l)
{
    for (size_t i = 0; clconv_algorithm(i); i++) {
        const char *const name = clconv_algorithm(i)->name;
        if (strcmp(name, BROKEN) != 0 && strcmp(name, OTHER) != 0)
            CHECK_OK(cc_wisdom_learn(l->context, PROBLEM, name, "-", HUGE_VAL, false));
    }
}

static void count_lines(void *user, const clconv_wisdom *line)
{
    if (!line->problem || strcmp(line->algorithm, BROKEN) != 0)
        return;
    ck_assert(isinf(line->seconds));
    ++*(int *)user;
}

/* The kernel adds 1 to the sums where so; lines: of wisdom about it. */
static void tune_broken(const char *where, clconv_tune_outcome outcome, const char *why, int lines)
{
    witness seen = {.outcome = outcome, .why = why};
    const clconv_tune_options options = {.progress = watch, .user = &seen};
    char sum[64];
    clconv_tuning tuning;
    clconv_plan_info info;
    work w = work_make(PROBLEM, 1);
    lab l;
    lab_make(&l);
    snprintf(sum, sizeof sum, "sum[m] + bias[k] + (%s)", where);
    lab_edit(&l, "tiled.cl", "sum[m] + bias[k]", sum);
    lab_open(&l);
    leave_out_the_rest(&l);
    CHECK_OK(clconv_tune(&tuning, l.context, &w.desc, NULL, &options));
    ck_assert_int_gt(seen.broken, 0);
    ck_assert_int_eq(seen.others, 1);
    ck_assert_str_eq(tuning.algorithm, OTHER);
    ck_assert(tuning.seconds > 0 && isfinite(tuning.seconds));
    ck_assert(isfinite(tuning.expected_seconds));

    lab_close(&l);
    lab_open(&l); /* from the file */
    seen.broken = 0;
    CHECK_OK(clconv_wisdom_visit(l.context, count_lines, &seen.broken));
    ck_assert_int_eq(seen.broken, lines);
    clconv_plan *const plan = plan_of(&w, l.context, NULL);
    CHECK_OK(clconv_plan_get_info(&info, plan));
    ck_assert_str_eq(info.algorithm, OTHER);
    CHECK_OK(work_run(&w, l.context, plan));
    ck_assert(work_is_right(&w));
    clconv_plan_destroy(plan);
    lab_end(&l);
    work_free(&w);
}

/* Right on what is tuned, wrong on other problems of the same code. */
START_TEST(kernel_that_fails_its_self_test_is_not_timed)
{
    tune_broken("n == 1", CLCONV_TUNE_FAILED, "wrong results", 0);
}
END_TEST

/* Wrong where the self-test's small problem does not reach. */
START_TEST(kernel_that_passes_it_and_is_wrong_here_is_not_timed)
{
    tune_broken("p == 80", CLCONV_TUNE_WRONG, "the referee's", 1);
}
END_TEST

SUITE_MAIN("opencl_tune", &kernel_that_fails_its_self_test_is_not_timed,
           &kernel_that_passes_it_and_is_wrong_here_is_not_timed)
