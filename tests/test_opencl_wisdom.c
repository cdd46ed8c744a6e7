/* test_opencl_wisdom.c - wisdom at work on a device: it decides which code runs, never what comes
 * out; and the tuner, which makes it. */
#define _POSIX_C_SOURCE 200809L
#include "plan/wisdom.h"
#include "suite.h"
#include "work.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char PROBLEM[] = "1x2x40x70:4x3x3:p1:wrap";

typedef struct place { /* a folder with a file of wisdom */
    char folder[64], file[96];
    work_log log;
} place;

static place *place_make(void)
{
    place *const p = calloc(1, sizeof *p);
    ck_assert_ptr_nonnull(p);
    pthread_mutex_init(&p->log.lock, NULL);
    folder_make(p->folder);
    snprintf(p->file, sizeof p->file, "%s/wisdom.txt", p->folder);
    return p;
}

static void place_free(place *p)
{
    folder_remove(p->folder);
    free(p);
}

static clconv_context *open_with(place *p, const char *tune)
{
    const clconv_context_options options = {
        .tune = tune, .log = work_log_take, .log_user = &p->log};
    clconv_context *context = NULL;
    CHECK_OK(clconv_context_create_with(&context, &options));
    return context;
}

/* NULL where there is no OpenCL device: nothing to choose, nothing to test. */
static clconv_context *open_device(place *p)
{
    clconv_context *const context = open_with(p, p->file);
    if (context->ocl)
        return context;
    clconv_context_destroy(context);
    return NULL;
}

static clconv_plan_info info_of(const clconv_plan *plan)
{
    clconv_plan_info info;
    CHECK_OK(clconv_plan_get_info(&info, plan));
    return info;
}

static void write_line(const place *p, const char *algorithm, const char *tile, const char *seconds)
{
    place *const other = place_make();
    clconv_context *const context = open_with(other, "off");
    const cc_wisdom *const w = context->wisdom;
    cc_text line = {0};
    cc_text_add(&line, "%s\t%s\t1x2x40x70:4x3x3:p1\t%s\t%s\t%s\n", w->device.id, w->device.driver,
                algorithm, tile, seconds);
    CHECK_OK(cc_wisdom_append(p->file, line.s));
    cc_text_free(&line);
    clconv_context_destroy(context);
    place_free(other);
}

START_TEST(wisdom_decides_and_off_does_not)
{
    place *const p = place_make();
    clconv_context *context = open_device(p);
    work w = work_make(PROBLEM, 7);
    if (context) {
        clconv_context_destroy(context);
        write_line(p, "direct", "-", "1e-9");
        context = open_with(p, p->file);
        clconv_plan *plan = plan_of(&w, context, NULL);
        ck_assert_str_eq(info_of(plan).algorithm, "direct");
        ck_assert(info_of(plan).estimate_seconds == 1e-9);
        CHECK_OK(work_run(&w, context, plan));
        ck_assert(work_is_right(&w));
        clconv_plan_destroy(plan);
        clconv_context_destroy(context);
        context = open_with(p, "off");
        plan = plan_of(&w, context, NULL);
        ck_assert(info_of(plan).estimate_seconds > 1e-9);
        clconv_plan_destroy(plan);
        clconv_context_destroy(context);
    }
    work_free(&w);
    place_free(p);
}
END_TEST

START_TEST(wisdom_that_is_not_possible_is_passed_over)
{
    place *const p = place_make();
    clconv_context *context = open_device(p);
    work w = work_make(PROBLEM, 8);
    if (context) {
        clconv_context_destroy(context);
        write_line(p, "tiled", "1x1/1/1x77x1/0", "1e-9");
        write_line(p, "direct", "-", "inf");
        write_line(p, "host", "-", "1e-9");
        context = open_with(p, p->file);
        clconv_plan *plan = plan_of(&w, context, NULL);
        ck_assert_str_ne(info_of(plan).algorithm, "direct");
        ck_assert_str_ne(info_of(plan).algorithm, "host");
        ck_assert(info_of(plan).estimate_seconds > 1e-9);
        ck_assert(work_log_has(&p->log, CLCONV_LOG_INFO, "tiled has no tile 1x1/1/1x77x1/0"));
        CHECK_OK(work_run(&w, context, plan));
        ck_assert(work_is_right(&w));
        clconv_plan_destroy(plan);
        plan = NULL;
        const clconv_plan_options forced = {.algorithm = "direct"};
        CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, w.bias, &forced),
                     CLCONV_UNSUPPORTED, "wrong when it was tuned", "--forget");
        clconv_context_destroy(context);
    }
    work_free(&w);
    place_free(p);
}
END_TEST

static clconv_status give_rows(void *user, int first, int count, void *rows)
{
    const work *const w = user;
    const clconv_desc *const d = &w->desc;
    for (int c = 0; c < d->c; c++)
        memcpy((float *)rows + (size_t)c * (size_t)count * (size_t)d->w,
               (const float *)(const void *)w->x +
                   ((size_t)c * (size_t)d->h + (size_t)first) * (size_t)d->w,
               (size_t)count * (size_t)d->w * sizeof(float));
    return CLCONV_OK;
}

/* Tiles that are not the best guess, each some kernels to compile; rows of a strip. */
enum { SECOND = 1, TRIED = 2, STRIP = 8 };

/* Tiles that only wisdom can name: strips run the code of the whole. */
START_TEST(strips_take_the_tile_that_wisdom_has_for_the_whole)
{
    place *const p = place_make();
    clconv_context *context = open_device(p);
    work w = work_make(PROBLEM, 9);
    int tiles = 0;
    for (size_t a = 0; context && cc_algorithms[a]; a++) {
        const struct clconv_algo *const algo = cc_algorithms[a];
        cc_geom geom;
        cc_tile tile;
        char why[CC_WHY], text[CC_TILE_TEXT];
        CHECK_OK(cc_geom_make(&geom, &w.desc));
        const cc_facts facts = {.finite = true, .odd_rank = 2};
        const cc_problem problem = {&geom, &context->caps, &facts};
        if (algo->info.on_host || !algo->tile || !algo->supports(&problem, why))
            continue;
        for (int i = SECOND; i < SECOND + TRIED && algo->tile(&tile, &problem, i); i++, tiles++) {
            clconv_stream *stream = NULL;
            clconv_plan *plan = NULL;
            const clconv_stream_options options = {.budget = 20000};
            if (tile.step > STRIP)
                continue; /* no strip within the budget: another algorithm does those */
            cc_wisdom_tile(text, &tile);
            CHECK_OK(cc_wisdom_learn(context, "1x2x40x70:4x3x3:p1", algo->info.name, text,
                                     1e-9 / (1 + tiles), false));
            plan = plan_of(&w, context, NULL);
            CHECK_OK(clconv_stream_create(&stream, context, &w.desc, w.filters, w.bias, give_rows,
                                          &w, &options));
            CHECK_OK(work_run(&w, context, plan));
            ck_assert_msg(work_is_right(&w), "%s, tile %s", algo->info.name, text);
            ck_assert(!memcmp(&plan->tile, &tile, sizeof tile));
            work_poison(&w);
            CHECK_OK(clconv_stream_read(stream, 0, 40, w.y));
            ck_assert_msg(work_is_right(&w), "%s, tile %s, in strips", algo->info.name, text);
            clconv_stream_stats stats;
            CHECK_OK(clconv_stream_get_stats(&stats, stream));
            ck_assert_str_eq(stats.algorithm, algo->info.name);
            ck_assert_int_gt(stats.strips, 1);
            clconv_stream_destroy(stream);
            clconv_plan_destroy(plan);
        }
    }
    ck_assert(!context || tiles > 0);
    clconv_context_destroy(context);
    work_free(&w);
    place_free(p);
}
END_TEST

/* ---- the tuner ---- */

typedef struct witness {
    int steps, begun, measured, known, cancel_at;
} witness;

static int watch(void *user, const clconv_tune_step *step)
{
    witness *const seen = user;
    seen->steps++;
    seen->begun += step->outcome == CLCONV_TUNE_BEGINS;
    seen->measured += step->outcome == CLCONV_TUNE_MEASURED;
    seen->known += step->outcome == CLCONV_TUNE_KNOWN;
    ck_assert_ptr_nonnull(step->why);
    if (step->outcome == CLCONV_TUNE_MEASURED)
        ck_assert(step->seconds > 0 && isfinite(step->seconds));
    ck_assert(step->outcome != CLCONV_TUNE_WRONG);
    return seen->begun == seen->cancel_at && step->outcome != CLCONV_TUNE_BEGINS;
}

static void count_lines(void *user, const clconv_wisdom *line)
{
    ck_assert(!line->problem || !line->shipped || line->like);
    *(int *)user += line->problem && !line->shipped;
}

START_TEST(tuning_is_cancelled_resumed_and_forgotten)
{
    place *const p = place_make();
    clconv_context *context = open_device(p);
    const clconv_desc desc = parsed(PROBLEM);
    if (context) {
        witness first = {.cancel_at = 1}, second = {.cancel_at = -1}, third = {.cancel_at = -1};
        clconv_tune_options options = {.progress = watch, .user = &first};
        clconv_tuning tuning = {.measured = 77};
        int lines = 0;
        size_t removed = 0;
        CHECK_FAILED(clconv_tune(&tuning, context, &desc, NULL, &options), CLCONV_CANCELLED,
                     "cancelled");
        ck_assert_int_eq(tuning.measured, 77);
        ck_assert_int_eq(first.steps, 2);
        options.user = &second;
        CHECK_OK(clconv_tune(&tuning, context, &desc, NULL, &options));
        ck_assert_int_gt(second.measured, 0);
        ck_assert_int_gt(tuning.measured, 0);
        ck_assert(tuning.seconds > 0 && tuning.algorithm && tuning.expected);
        clconv_context_destroy(context);
        context = open_with(p, p->file); /* from the file */
        options.user = &third;
        CHECK_OK(clconv_tune(&tuning, context, &desc, NULL, &options));
        ck_assert_int_eq(tuning.measured, 0);
        ck_assert_int_gt(third.known, 0);
        CHECK_OK(clconv_wisdom_visit(context, count_lines, &lines));
        ck_assert_int_eq(lines, third.known);
        CHECK_OK(clconv_wisdom_forget(context, &desc, &removed));
        ck_assert_uint_eq(removed, (size_t)lines);
        lines = 0;
        CHECK_OK(clconv_wisdom_visit(context, count_lines, &lines));
        ck_assert_int_eq(lines, 0);
        clconv_context_destroy(context);
    }
    place_free(p);
}
END_TEST

/* What is known of one image says how to choose for several, not that they are measured. */
START_TEST(batch_is_tuned_though_one_image_is)
{
    place *const p = place_make();
    clconv_context *context = open_device(p);
    clconv_desc desc = parsed(PROBLEM);
    if (context) {
        witness one = {.cancel_at = -1}, several = {.cancel_at = -1};
        clconv_tune_options options = {.progress = watch, .user = &one};
        clconv_tuning tuning;
        desc.n = 1;
        CHECK_OK(clconv_tune(&tuning, context, &desc, NULL, &options));
        options.user = &several;
        desc.n = 3;
        CHECK_OK(clconv_tune(&tuning, context, &desc, NULL, &options));
        ck_assert_int_eq(several.known, 0);
        ck_assert_int_gt(several.measured, 0);
        ck_assert_int_gt(tuning.measured, 0);
        clconv_context_destroy(context);
    }
    place_free(p);
}
END_TEST

/* The first candidate of each is enough: were the data or the check of a type wrong, it would be.
 */
START_TEST(integers_and_halves_are_tuned_as_well)
{
    static const char *const problems[] = {"1x3x20x30:3x3x3:g3:same:u8:nhwc", "1x2x20x20:2x1x1:f16",
                                           "1x1x20x30:1x3x3:s2:p1:u8>s16"};
    place *const p = place_make();
    clconv_context *const context = open_device(p);
    for (size_t i = 0; context && i < sizeof problems / sizeof *problems; i++) {
        const clconv_desc desc = parsed(problems[i]);
        witness seen = {.cancel_at = 1};
        const clconv_tune_options options = {.progress = watch, .user = &seen};
        clconv_tuning tuning;
        CHECK_FAILED(clconv_tune(&tuning, context, &desc, NULL, &options), CLCONV_CANCELLED,
                     "cancelled");
        ck_assert_int_eq(seen.measured, 1);
    }
    clconv_context_destroy(context);
    place_free(p);
}
END_TEST

START_TEST(ceilings_that_are_known_replace_guesses)
{
    place *const p = place_make();
    clconv_context *context = open_device(p);
    const clconv_ceilings ceilings = {.f32 = 3e9, .copy = 2e9, .launch_seconds = 0.25};
    if (context) {
        CHECK_OK(clconv_tune_ceilings(context, &ceilings, 0));
        clconv_context_destroy(context);
        context = open_with(p, p->file);
        ck_assert(context->caps.flops == 3e9);
        ck_assert(context->caps.bandwidth == 2e9);
        ck_assert(context->caps.launch_seconds == 0.25);
        clconv_context_destroy(context);
    }
    place_free(p);
}
END_TEST

START_TEST(nothing_to_tune_is_said)
{
    place *const p = place_make();
    clconv_context *host = NULL, *context = open_device(p);
    const clconv_desc desc = parsed(PROBLEM);
    clconv_desc wrong = desc;
    clconv_tuning tuning;
    wrong.k = -1;
    CHECK_OK(clconv_context_create(&host, "host"));
    CHECK_FAILED(clconv_tune(&tuning, host, &desc, NULL, NULL), CLCONV_INVALID, "nothing to tune");
    CHECK_FAILED(clconv_wisdom_forget(host, NULL, NULL), CLCONV_INVALID, "nothing to tune");
    CHECK_FAILED(clconv_tune(NULL, host, &desc, NULL, NULL), CLCONV_INVALID, "tuning is NULL");
    CHECK_FAILED(clconv_wisdom_visit(host, NULL, NULL), CLCONV_INVALID, "visit is NULL");
    if (context) {
        CHECK_FAILED(clconv_tune(&tuning, context, &wrong, NULL, NULL), CLCONV_INVALID, "k");
        clconv_context_destroy(context);
        context = open_with(p, "off");
        CHECK_FAILED(clconv_tune(&tuning, context, &desc, NULL, NULL), CLCONV_INVALID,
                     "CLCONV_TUNE");
        clconv_context_destroy(context);
    }
    clconv_context_destroy(host);
    place_free(p);
}
END_TEST

SUITE_MAIN("wisdom on a device", &wisdom_decides_and_off_does_not,
           &wisdom_that_is_not_possible_is_passed_over,
           &strips_take_the_tile_that_wisdom_has_for_the_whole,
           &tuning_is_cancelled_resumed_and_forgotten, &batch_is_tuned_though_one_image_is,
           &integers_and_halves_are_tuned_as_well, &ceilings_that_are_known_replace_guesses,
           &nothing_to_tune_is_said)
