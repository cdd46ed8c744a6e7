/* test_wisdom.c - wisdom as text: what is believed, what is skipped, who beats whom, and two
 * processes that write at once. No device is needed. */
#define _POSIX_C_SOURCE 200809L
#include "plan/wisdom.h"
#include "suite.h"
#include "work.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD CC_WISDOM_HEADER "\n"
#define MINE "pocl:cpu:thing\tversion 1\t"
#define LIKE "pocl:cpu:lanes 16\t*\t"

static const char PROBLEM[] = "1x1x64x64:1x3x3:p1";

/* A context of a device that does not exist. */
typedef struct bench {
    clconv_context context;
    cc_wisdom wisdom;
    work_log log;
} bench;

static bench *bench_make(void)
{
    bench *const b = calloc(1, sizeof *b);
    ck_assert_ptr_nonnull(b);
    pthread_mutex_init(&b->log.lock, NULL);
    pthread_mutex_init(&b->wisdom.lock, NULL);
    snprintf(b->wisdom.device.id, CC_DEVICE_TEXT, "pocl:cpu:thing");
    snprintf(b->wisdom.device.driver, CC_DEVICE_TEXT, "version 1");
    snprintf(b->wisdom.device.like, CC_DEVICE_TEXT, "pocl:cpu:lanes 16");
    b->context.caps = (cc_caps){.is_cpu = true,
                                .fma_f32 = true,
                                .lanes = 16,
                                .flops = 1e11,
                                .bandwidth = 1e10,
                                .launch_seconds = 1e-5,
                                .launch_limit = INT32_MAX};
    b->context.caps.info.max_group = 1024;
    b->context.caps.info.local_memory = 32768;
    b->wisdom.own = b->wisdom.like = b->context.caps;
    b->context.wisdom = &b->wisdom;
    b->context.log = (cc_log){work_log_take, &b->log};
    return b;
}

static void bench_free(bench *b)
{
    for (size_t i = 0; i < b->wisdom.count; i++)
        free(b->wisdom.lines[i].problem);
    free(b->wisdom.lines);
    free(b);
}

static void learn(bench *b, const char *text, bool shipped)
{
    char *const copy = malloc(strlen(text) + 1);
    ck_assert_ptr_nonnull(copy);
    strcpy(copy, text);
    CHECK_OK(cc_wisdom_read(&b->wisdom, &b->context.log, copy, "the file", shipped));
    free(copy);
}

static const struct clconv_algo *algorithm(const char *name)
{
    size_t i = 0;
    while (cc_algorithms[i] && strcmp(cc_algorithms[i]->info.name, name) != 0)
        i++;
    ck_assert_ptr_nonnull(cc_algorithms[i]);
    return cc_algorithms[i];
}

static const cc_facts of_filters = {.finite = true, .odd_rank = 2};

/* What is known of an algorithm on a problem. */
static cc_choice ask(bench *b, const char *name, const char *problem)
{
    cc_choice choice = {.algo = algorithm(name), .possible = true, .estimate = -1};
    const clconv_desc desc = parsed(problem);
    cc_wisdom_key key;
    cc_geom geom;
    CHECK_OK(cc_geom_make(&geom, &desc));
    CHECK_OK(cc_wisdom_key_make(&key, &geom));
    const cc_problem asked = {&geom, &b->context.caps, &of_filters};
    cc_wisdom_apply(&choice, &b->context, &asked, &key);
    cc_wisdom_key_free(&key);
    return choice;
}

static double seconds_of(bench *b, const char *name, const char *problem)
{
    const cc_choice choice = ask(b, name, problem);
    return choice.measured ? choice.estimate : 0;
}

START_TEST(a_line_replaces_an_estimate)
{
    bench *const b = bench_make();
    learn(b, HEAD MINE "1x1x64x64:1x3x3:p1\tdirect\t-\t1.5e-3\n", false);
    ck_assert(seconds_of(b, "direct", PROBLEM) == 1.5e-3);
    ck_assert(seconds_of(b, "tiled", PROBLEM) == 0);
    ck_assert(seconds_of(b, "direct", "1x1x64x65:1x3x3:p1") == 0);
    ck_assert(seconds_of(b, "direct", "1x1x64x64:1x3x3:p1:f16") == 0);
    ck_assert_str_eq(b->log.text, "");
    bench_free(b);
}
END_TEST

START_TEST(a_class_has_no_border_epilogue_or_flip)
{
    bench *const b = bench_make();
    learn(b, HEAD MINE "1x1x64x64:1x3x3:p1\tdirect\t-\t0.5\n", false);
    ck_assert(seconds_of(b, "direct", "1x1x64x64:1x3x3:same:reflect101") == 0.5);
    ck_assert(seconds_of(b, "direct", "1x1x64x64:1x3x3:flip:p1:wrap:scale=2:abs:relu") == 0.5);
    ck_assert(seconds_of(b, "direct", "4x1x64x64:1x3x3:p1") == 2);
    learn(b, HEAD MINE "4x1x64x64:1x3x3:p1\tdirect\t-\t1\n", false);
    ck_assert(seconds_of(b, "direct", "4x1x64x64:1x3x3:p1") == 1);
    bench_free(b);
}
END_TEST

START_TEST(user_beats_shipped_and_later_beats_earlier)
{
    bench *const b = bench_make();
    learn(b,
          HEAD LIKE "1x1x64x64:1x3x3:p1\tdirect\t-\t4\n" LIKE "1x1x64x64:1x3x3:p1\tim2col\t-\t5\n",
          true);
    ck_assert(seconds_of(b, "direct", PROBLEM) == 4);
    learn(b, HEAD MINE "1x1x64x64:1x3x3:p1\tdirect\t-\t2\n", false);
    ck_assert(seconds_of(b, "direct", PROBLEM) == 2);
    ck_assert(seconds_of(b, "im2col", PROBLEM) == 5);
    learn(b, HEAD MINE "1x1x64x64:1x3x3:p1\tdirect\t-\t3\n", false);
    ck_assert(seconds_of(b, "direct", PROBLEM) == 3);
    bench_free(b);
}
END_TEST

/* A device of the same kind with twice the rate and bandwidth takes half the time. */
START_TEST(seconds_of_a_like_device_are_scaled)
{
    bench *const b = bench_make();
    learn(b,
          HEAD LIKE "-\tf32\t-\t5e10\n" LIKE "-\tcopy\t-\t5e9\n" LIKE "-\tlaunch\t-\t2e-5\n" LIKE
                    "1x1x64x64:1x3x3:p1\tdirect\t-\t4\n",
          true);
    ck_assert_double_eq_tol(seconds_of(b, "direct", PROBLEM), 2, 1e-9);
    ck_assert(b->wisdom.own.flops == 1e11);
    learn(b, HEAD MINE "-\tf32\t-\t2e11\n", false);
    ck_assert(b->wisdom.own.flops == 2e11);
    bench_free(b);
}
END_TEST

START_TEST(other_devices_and_drivers_do_not_count)
{
    bench *const b = bench_make();
    learn(b,
          HEAD "pocl:cpu:other\tversion 1\t1x1x64x64:1x3x3:p1\tdirect\t-\t1\n"
               "pocl:cpu:thing\tversion 2\t1x1x64x64:1x3x3:p1\tdirect\t-\t1\n"
               "pocl:cpu:lanes 8\t*\t1x1x64x64:1x3x3:p1\tdirect\t-\t1\n",
          false);
    ck_assert_uint_eq(b->wisdom.count, 0);
    ck_assert(seconds_of(b, "direct", PROBLEM) == 0);
    bench_free(b);
}
END_TEST

START_TEST(odd_lines_are_skipped_and_said)
{
    static const char *const odd[] = {"nonsense",
                                      MINE,
                                      MINE "1x1x64x64:1x3x3:p1\tdirect\t-",
                                      MINE "x\tdirect\t-\t1\tmore",
                                      MINE "x\tdirect\t-\t-1",
                                      MINE "x\tdirect\t-\t0",
                                      MINE "x\tdirect\t-\tnan",
                                      MINE "x\tdirect\t-\t1s",
                                      MINE "x\t\t-\t1",
                                      MINE "-\tmagic\t-\t1",
                                      "\t\t\t\t\t",
                                      "\xff\xfe\x01",
                                      MINE "-\tf32\t-\tinf"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char text[512];
        bench *const b = bench_make();
        snprintf(text, sizeof text, "%s\n# a remark\n%s\n" MINE "%s\tdirect\t-\t1\n", HEAD, odd[i],
                 PROBLEM);
        learn(b, text, false);
        ck_assert_msg(seconds_of(b, "direct", PROBLEM) == 1, "behind '%s'", odd[i]);
        ck_assert_msg(b->wisdom.count == 1, "'%s' is believed", odd[i]);
        ck_assert_msg(work_log_has(&b->log, CLCONV_LOG_WARNING, "1 odd line is skipped"),
                      "'%s': %s", odd[i], b->log.text);
        bench_free(b);
    }
}
END_TEST

START_TEST(cut_and_foreign_files)
{
    static const char whole[] = HEAD MINE "1x1x64x64:1x3x3:p1\tdirect\t-\t1\n";
    static const char *const foreign[] = {"clconv wisdom 2\n" MINE "x\tdirect\t-\t1\n",
                                          "clconv wisdom 11\n", "\177ELF"};
    for (size_t length = 0; length < sizeof whole; length++) {
        char text[sizeof whole];
        bench *const b = bench_make();
        snprintf(text, length + 1, "%s", whole);
        learn(b, text, false);
        ck_assert(b->wisdom.count <= 1);
        bench_free(b);
    }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        bench *const b = bench_make();
        learn(b, foreign[i], false);
        ck_assert_uint_eq(b->wisdom.count, 0);
        ck_assert(work_log_has(&b->log, CLCONV_LOG_WARNING, "does not begin with"));
        bench_free(b);
    }
}
END_TEST

START_TEST(unknown_algorithms_and_tiles_are_ignored)
{
    bench *const b = bench_make();
    learn(b,
          HEAD MINE "1x1x64x64:1x3x3:p1\tteleport\t-\t1\n" MINE
                    "1x1x64x64:1x3x3:p1\tblocked\t1x1/16/99x99x99/0\t1\n" MINE
                    "1x1x64x64:1x3x3:p1\tdirect\t1x1/1/1x1x1/0\t1\n" MINE
                    "1x1x64x64:1x3x3:p1\ttiled\t-\t1\n",
          false);
    ck_assert(work_log_has(&b->log, CLCONV_LOG_INFO, "no algorithm 'teleport'"));
    ck_assert(seconds_of(b, "blocked", PROBLEM) == 0);
    ck_assert(work_log_has(&b->log, CLCONV_LOG_INFO, "blocked has no tile 1x1/16/99x99x99/0"));
    ck_assert(seconds_of(b, "direct", PROBLEM) == 0);
    ck_assert(seconds_of(b, "tiled", PROBLEM) == 0);
    bench_free(b);
}
END_TEST

START_TEST(every_tile_is_found_by_its_text)
{
    bench *const b = bench_make();
    const clconv_desc desc = parsed(PROBLEM);
    cc_geom geom;
    cc_tile tile;
    int found = 0;
    CHECK_OK(cc_geom_make(&geom, &desc));
    const cc_problem problem = {&geom, &b->context.caps, &of_filters};
    for (int i = 0; algorithm("blocked")->tile(&tile, &problem, i); i++, found++) {
        char line[512], text[CC_TILE_TEXT];
        cc_wisdom_tile(text, &tile);
        snprintf(line, sizeof line, HEAD MINE "%s\tblocked\t%s\t%d\n", PROBLEM, text, i + 1);
        learn(b, line, false);
        const cc_choice choice = ask(b, "blocked", PROBLEM);
        ck_assert(choice.measured && choice.estimate == i + 1);
        ck_assert(!memcmp(&choice.tile, &tile, sizeof tile));
    }
    ck_assert_int_ge(found, 3);
    bench_free(b);
}
END_TEST

START_TEST(what_was_wrong_is_not_possible)
{
    bench *const b = bench_make();
    learn(b, HEAD MINE "1x1x64x64:1x3x3:p1\tdirect\t-\tinf\n", false);
    const cc_choice choice = ask(b, "direct", PROBLEM);
    ck_assert(!choice.possible);
    ck_assert_ptr_nonnull(strstr(choice.why, "--forget"));
    bench_free(b);
}
END_TEST

/* ---- the file ---- */

enum { WRITERS = 3, LINES = 100 };

static void write_lines(const char *path, int writer)
{
    for (int i = 0; i < LINES; i++) {
        char line[256];
        snprintf(line, sizeof line, MINE "%dx1x64x64:1x3x3:p1\tdirect\t-\t%d\n",
                 writer * LINES + i + 1, i + 1);
        if (cc_wisdom_append(path, line) != CLCONV_OK)
            _exit(1);
    }
    _exit(0);
}

static bool is_of_writer_1(void *user, const char *line)
{
    (void)user;
    return strstr(line, "\t101x1") != NULL;
}

START_TEST(processes_that_write_at_once_lose_nothing)
{
    char folder[64], path[96], *text = NULL;
    size_t removed = 0;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/wisdom.txt", folder);
    for (int writer = 0; writer < WRITERS; writer++)
        if (fork() == 0)
            write_lines(path, writer);
    /* Rewritten in the meantime, as by --forget. */
    for (int tries = 0; removed == 0 && tries < 100000; tries++)
        CHECK_OK(cc_wisdom_rewrite(path, is_of_writer_1, NULL, &removed));
    ck_assert_uint_eq(removed, 1);
    for (int writer = 0; writer < WRITERS; writer++) {
        int status;
        ck_assert_int_ge(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    bench *const b = bench_make();
    CHECK_OK(cc_wisdom_load(&text, path));
    CHECK_OK(cc_wisdom_read(&b->wisdom, &b->context.log, text, path, false));
    free(text);
    ck_assert_str_eq(b->log.text, "");
    ck_assert_uint_eq(b->wisdom.count, WRITERS * LINES - 1);
    bench_free(b);
    folder_remove(folder);
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *const file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(a_line_that_was_cut_short_spoils_no_other)
{
    char folder[64], path[96], *text = NULL;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/wisdom.txt", folder);
    write_file(path, HEAD MINE "1x1x64x6");
    CHECK_OK(cc_wisdom_append(path, MINE "1x1x64x64:1x3x3:p1\tdirect\t-\t1\n"));
    bench *const b = bench_make();
    CHECK_OK(cc_wisdom_load(&text, path));
    learn(b, text, false);
    free(text);
    ck_assert(seconds_of(b, "direct", PROBLEM) == 1);
    bench_free(b);
    folder_remove(folder);
}
END_TEST

START_TEST(files_of_others_are_not_written_to)
{
    char folder[64], path[96], *text = NULL;
    size_t removed = 0;
    folder_make(folder);
    snprintf(path, sizeof path, "%s/wisdom.txt", folder);
    write_file(path, "clconv wisdom 2\nother\n");
    CHECK_FAILED(cc_wisdom_append(path, "x\n"), CLCONV_IO, path, "clconv wisdom 1");
    CHECK_FAILED(cc_wisdom_rewrite(path, is_of_writer_1, NULL, &removed), CLCONV_IO, path);
    CHECK_OK(cc_wisdom_load(&text, path));
    ck_assert_str_eq(text, "clconv wisdom 2\nother\n");
    free(text);
    CHECK_FAILED(cc_wisdom_append(folder, "x\n"), CLCONV_IO, folder);
    CHECK_FAILED(cc_wisdom_load(&text, folder), CLCONV_IO, folder);
    ck_assert_ptr_null(text);
    folder_remove(folder);
}
END_TEST

SUITE_MAIN("wisdom", &a_line_replaces_an_estimate, &a_class_has_no_border_epilogue_or_flip,
           &user_beats_shipped_and_later_beats_earlier, &seconds_of_a_like_device_are_scaled,
           &other_devices_and_drivers_do_not_count, &odd_lines_are_skipped_and_said,
           &cut_and_foreign_files, &unknown_algorithms_and_tiles_are_ignored,
           &every_tile_is_found_by_its_text, &what_was_wrong_is_not_possible,
           &processes_that_write_at_once_lose_nothing, &a_line_that_was_cut_short_spoils_no_other,
           &files_of_others_are_not_written_to)
