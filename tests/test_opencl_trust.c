/* test_opencl_trust.c - kernels are proved before they are used, built once, and replaced from a
 * folder: seen through plans. */
#define _XOPEN_SOURCE 700
#include "clfault.h"
#include "device/device.h"
#include "lab.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char PROBLEM[] = "1x2x21x22:3x3x3:p1:replicate";

static void close_clean(lab *l)
{
    lab_close(l);
    ck_assert_msg(clfault_live() == 0, "left over: %s", clfault_live_kinds());
}

static void end_clean(lab *l)
{
    close_clean(l);
    lab_end(l);
}

/* Every algorithm but direct and tiled, whose kernels these tests break. */
static const char *others(void)
{
    static char names[512];
    names[0] = '\0';
    for (size_t i = 0; i < clconv_algorithm_count(); i++) {
        const char *const name = clconv_algorithm(i)->name;
        if (strcmp(name, "direct") != 0 && strcmp(name, "tiled") != 0)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                     names[0] ? "," : "", name);
    }
    return names;
}

/* algorithm NULL: direct or tiled. */
static clconv_plan *plan_by(const lab *l, const work *w, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm,
                                         .forbid = algorithm ? NULL : others()};
    clconv_plan *plan = NULL;
    CHECK_OK(clconv_plan_create(&plan, l->context, &w->desc, w->filters, w->bias, &options));
    return plan;
}

static long launches(void)
{
    return clfault_count("clEnqueueNDRangeKernel");
}

static void check_right(const lab *l, work *w, clconv_plan *plan)
{
    work_poison(w);
    CHECK_OK(work_run(w, l->context, plan));
    ck_assert(work_is_right(w));
}

/* ---- proved once, built once ---- */

START_TEST(variant_is_built_and_proved_once)
{
    static const char *const same[] = {
        "1x2x21x22:3x3x3:p1:replicate", "1x2x90x100:3x3x3:p1:replicate",
        "4x6x13x11:8x3x3:g2:p1:replicate", "1x1x40x40:1x3x3:p1,2,0,1:replicate:flip:relu"};
    lab l;
    lab_make(&l);
    lab_open(&l);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        work w = work_make(same[i], (unsigned)i);
        const unsigned builds = cc_ocl_builds(l.context->ocl);
        const long before = launches();
        clconv_plan *const plan = plan_by(&l, &w, "tiled");
        ck_assert_uint_eq(cc_ocl_builds(l.context->ocl), i ? builds : 1);
        ck_assert_int_eq(launches() > before, i == 0); /* the self-test */
        check_right(&l, &w, plan);
        work_fill_filters(&w, 77);
        CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
        check_right(&l, &w, plan);
        ck_assert_uint_eq(cc_ocl_builds(l.context->ocl), 1);
        clconv_plan_destroy(plan);
        work_free(&w);
    }
    close_clean(&l);

    lab_open(&l); /* another context: the cache on disk knows it all */
    work w = work_make(PROBLEM, 1);
    const long before = launches();
    clconv_plan *const plan = plan_by(&l, &w, "tiled");
    ck_assert_uint_eq(cc_ocl_builds(l.context->ocl), 0);
    ck_assert_int_eq(launches(), before);
    check_right(&l, &w, plan);
    clconv_plan_destroy(plan);

    work other = work_make("1x2x21x22:3x5x3:p1:replicate", 1); /* another variant: both again */
    clconv_plan *const other_plan = plan_by(&l, &other, "tiled");
    ck_assert_uint_eq(cc_ocl_builds(l.context->ocl), 1);
    ck_assert_int_gt(launches(), before + 1);
    clconv_plan_destroy(other_plan);
    work_free(&other);
    work_free(&w);
    end_clean(&l);
}
END_TEST

START_TEST(without_a_cache_every_context_proves_anew)
{
    lab l;
    work w = work_make(PROBLEM, 2);
    lab_make(&l);
    l.cache[0] = '\0';
    for (int round = 0; round < 2; round++) {
        lab_open(&l);
        const long before = launches();
        CHECK_OK(lab_try(&l, &w, "direct"));
        ck_assert_uint_eq(cc_ocl_builds(l.context->ocl), 1);
        ck_assert_int_gt(launches(), before);
        close_clean(&l);
    }
    end_clean(&l);
    work_free(&w);
}
END_TEST

/* Whether a process of its own had to compile for a plan; it ends with 0 or 1, or 2 on failure. */
static int compiles_in_a_process(const lab *l, const work *w)
{
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        clconv_context *context = NULL;
        clconv_plan *plan = NULL;
        if (clconv_context_create_with(&context, &l->options) != CLCONV_OK ||
            clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, NULL) != CLCONV_OK)
            _exit(2);
        _exit(cc_ocl_builds(context->ocl) > 0 || launches() > 0);
    }
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "a process ended with %#x", (unsigned)status);
    return WEXITSTATUS(status);
}

/* No OpenCL call before the fork: a child of a process that uses PoCL hangs. */
START_TEST(second_process_neither_compiles_nor_proves)
{
    lab l = {.log = WORK_LOG};
    work w = work_make(PROBLEM, 3);
    folder_make(l.folder);
    snprintf(l.cache, sizeof l.cache, "%s/cache", l.folder);
    l.options = (clconv_context_options){.cache_dir = l.cache};
    ck_assert_int_eq(clfault_calls(), 0);
    ck_assert_int_eq(compiles_in_a_process(&l, &w), 1);
    ck_assert_int_eq(compiles_in_a_process(&l, &w), 0);
    ck_assert_int_eq(clfault_calls(), 0);
    folder_remove(l.folder);
    work_free(&w);
}
END_TEST

/* ---- kernels from a folder ---- */

START_TEST(edited_kernel_is_the_one_that_runs)
{
    lab l;
    clconv_device_info info;
    work w = work_make("1x2x21x22:3x3x3:p1:replicate:relu", 4);
    lab_make(&l);
    lab_open(&l);
    work_poison(&w);
    CHECK_OK(work_do(&w, l.context, "direct"));
    ck_assert(work_is_right(&w));
    close_clean(&l);

    /* Wrong in a way that the self-test does not look at: it has another activation. */
    lab_edit(&l, "common.h", "(T)0 ? (T)0 : v;", "(T)0 ? (T)0 : 2 * v;");
    lab_open(&l);
    work_poison(&w);
    CHECK_OK(work_do(&w, l.context, "direct"));
    for (size_t i = 0; i < w.sizes.y_bytes / sizeof(float); i++)
        ck_assert_float_eq(((float *)w.y)[i], 2 * ((float *)w.expected)[i]);
    close_clean(&l);

    setenv("CLCONV_CL_DIR", "/nowhere", 1); /* the call's folder beats the environment's */
    lab_open(&l);
    CHECK_OK(lab_try(&l, &w, "direct"));
    CHECK_OK(clconv_context_info(&info, l.context));
    close_clean(&l);
    l.options.cl_dir = NULL;
    l.options.device = info.id; /* by name it is not passed over */
    CHECK_FAILED(clconv_context_create_with(&l.context, &l.options), CLCONV_IO,
                 "there is no folder '/nowhere'");
    setenv("CLCONV_CL_DIR", l.cl, 1);
    CHECK_OK(clconv_context_create_with(&l.context, &l.options));
    work_poison(&w);
    CHECK_OK(work_do(&w, l.context, "direct"));
    ck_assert(!work_is_right(&w));
    unsetenv("CLCONV_CL_DIR");
    end_clean(&l);
    work_free(&w);
}
END_TEST

/* What PoCL does not take from the kernels' own declarations, it takes from its header. */
START_TEST(declarations_that_do_not_fit)
{
    static const char SLOWLY[] = "builds with PoCL's own declarations alone";
    lab l;
    work w = work_make("1x2x21x22:3x3x3:p1:replicate:relu", 4);
    lab_make(&l);
    lab_open(&l);
    CHECK_OK(lab_try(&l, &w, "direct"));
    ck_assert(!work_log_has(&l.log, CLCONV_LOG_INFO, SLOWLY));
    lab_close(&l);
    lab_edit(&l, "declared.h", "MATHS_ exp(", "MATHS_ other(");
    lab_open(&l);
    work_poison(&w);
    CHECK_OK(work_do(&w, l.context, "direct"));
    ck_assert(work_is_right(&w));
    ck_assert_int_eq(work_log_has(&l.log, CLCONV_LOG_INFO, SLOWLY),
                     strstr(l.context->caps.info.platform, "Portable") != NULL);
    end_clean(&l);
    work_free(&w);
}
END_TEST

/* What a kernel that is of no use costs: the algorithm, with its reason everywhere. */
static void check_set_aside(lab *l, work *w, const char *algorithm, const char *reason)
{
    char words[128];
    char *text = NULL;
    clconv_plan_info info;
    CHECK_FAILED(lab_try(l, w, algorithm), CLCONV_BUILD, algorithm, reason, PROBLEM);
    clconv_plan *const plan = plan_by(l, w, NULL);
    CHECK_OK(clconv_plan_get_info(&info, plan));
    ck_assert_str_ne(info.algorithm, algorithm);
    check_right(l, w, plan);
    CHECK_OK(clconv_plan_explain(&text, plan, 0));
    snprintf(words, sizeof words, "\n  %s ", algorithm);
    const char *const line = strstr(text, words);
    ck_assert_msg(line, "%s", text);
    const char *const why = strstr(line, reason);
    ck_assert_msg(why && why < line + 1 + strcspn(line + 1, "\n"), "%s", text);
    snprintf(words, sizeof words, "%s is set aside", algorithm);
    ck_assert_msg(work_log_has(&l->log, CLCONV_LOG_WARNING, words), "%s", l->log.text);
    ck_assert_msg(work_log_has(&l->log, CLCONV_LOG_WARNING, reason), "%s", l->log.text);
    clconv_free(text);
    clconv_plan_destroy(plan);
}

/* The name of the one that the chooser would take of the two. */
static const char *first_choice(const lab *l, const work *w)
{
    clconv_plan_info info;
    clconv_plan *const plan = plan_by(l, w, NULL);
    CHECK_OK(clconv_plan_get_info(&info, plan));
    clconv_plan_destroy(plan);
    return info.algorithm;
}

START_TEST(kernel_that_does_not_build)
{
    lab l;
    work w = work_make(PROBLEM, 5);
    lab_make(&l);
    lab_open(&l);
    const char *const first = first_choice(&l, &w);
    close_clean(&l);
    char file[32], line[32];
    snprintf(file, sizeof file, "%s.cl", first);
    snprintf(line, sizeof line, "%s.cl:", first);
    lab_edit(&l, file, "#include \"common.h\"", "#include \"common.h\"\nthis is no OpenCL C;\n");
    lab_open(&l);
    check_set_aside(&l, &w, first, line);
    end_clean(&l);
    work_free(&w);
}
END_TEST

static long damaged, failed_verdicts;
static void count_failed(void *user, const clconv_cache_entry *entry)
{
    damaged += entry->damaged;
    failed_verdicts += strstr(entry->what, user) == entry->what;
}

START_TEST(kernel_that_computes_wrongly)
{
    lab l;
    work w = work_make(PROBLEM, 6);
    lab_make(&l);
    lab_edit(&l, "direct.cl", "finish(sum + bias[k], &g, &e)",
             "finish(sum + bias[k] + (p == 3), &g, &e)");
    lab_open(&l);
    check_set_aside(&l, &w, "direct", "wrong results");

    const long before = launches(); /* the context remembers */
    CHECK_FAILED(lab_try(&l, &w, "direct"), CLCONV_BUILD, "wrong results");
    ck_assert_int_eq(launches(), before);
    close_clean(&l);

    setenv("CLCONV_CACHE_DIR", l.cache, 1); /* and so does the disk */
    CHECK_OK(clconv_cache_visit(count_failed, (void *)(uintptr_t) "verdict direct: failed"));
    ck_assert_int_eq(failed_verdicts, 1);
    ck_assert_int_eq(damaged, 0);
    lab_open(&l);
    CHECK_FAILED(lab_try(&l, &w, "direct"), CLCONV_BUILD, "wrong results");
    ck_assert_int_eq(launches(), before);
    ck_assert_uint_eq(cc_ocl_builds(l.context->ocl), 0);
    close_clean(&l);

    lab_edit(&l, "direct.cl", " + (p == 3)", ""); /* mended: another code, another verdict */
    lab_open(&l);
    CHECK_OK(work_do(&w, l.context, "direct"));
    ck_assert(work_is_right(&w));
    end_clean(&l);
    work_free(&w);
}
END_TEST

START_TEST(kernel_with_other_arguments)
{
    lab l;
    work w = work_make(PROBLEM, 8);
    lab_make(&l);
    lab_edit(&l, "direct.cl", "global Y_T *y, const clconv_geom g, const clconv_epilogue e)",
             "global Y_T *y, const clconv_geom g, const clconv_epilogue e, int more)");
    lab_open(&l);
    check_set_aside(&l, &w, "direct", "arguments");
    end_clean(&l);
    work_free(&w);
}
END_TEST

START_TEST(no_kernel_works)
{
    lab l;
    work w = work_make(PROBLEM, 9);
    lab_make(&l);
    lab_edit(&l, "common.h", "#define TYPE_F32 0", "#define TYPE_F32 0\n#error of this test\n");
    lab_open(&l);
    CHECK_FAILED(lab_try(&l, &w, NULL), CLCONV_BUILD, "direct: ", "tiled: ", "host: ", "common.h");
    work_poison(&w);
    CHECK_FAILED(clconv_run(l.context, &w.desc, w.x, w.filters, w.bias, w.y), CLCONV_BUILD,
                 "common.h");
    ck_assert(work_is_poisoned(&w));
    end_clean(&l);
    work_free(&w);
}
END_TEST

SUITE_MAIN("opencl_trust", &second_process_neither_compiles_nor_proves,
           &variant_is_built_and_proved_once, &without_a_cache_every_context_proves_anew,
           &edited_kernel_is_the_one_that_runs, &declarations_that_do_not_fit,
           &kernel_that_does_not_build, &kernel_that_computes_wrongly, &kernel_with_other_arguments,
           &no_kernel_works)
