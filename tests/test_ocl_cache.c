/* test_ocl_cache.c - the cache on disk: what is taken from it, what is not believed, and which
 * folder is not used. */
#define _POSIX_C_SOURCE 200809L
#include "clfault.h"
#include "ocl/cache_file.h"
#include "ocl_fixture.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ocl_fixture fixture;

static void set_up(void)
{
    fixture_set_up(&fixture);
}

static void tear_down(void)
{
    unsetenv("CLCONV_CACHE_DIR");
    fixture_tear_down(&fixture);
    ck_assert_msg(clfault_live() == 0, "alive: %s", clfault_live_kinds());
}

/* Programs compiled from source while turn.cl does its work on a new context. */
static unsigned builds(const char *options)
{
    clconv_context *context;
    cc_program *program;
    float result[FIXTURE_N];
    ck_assert_int_eq(fixture_open(&context, &fixture), CLCONV_OK);
    ck_assert_msg(fixture_work(context, result, 3) == CLCONV_OK, "%s", clconv_last_error());
    fixture_check_three(result);
    if (options) {
        ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "turn.cl", options), CLCONV_OK);
        cc_ocl_program_release(context->ocl, program);
    }
    const unsigned count = cc_ocl_builds(context->ocl);
    cc_context_release(context);
    return count;
}

static int is_program(const struct dirent *entry)
{
    return strncmp(entry->d_name, "program-", 8) == 0;
}

/* The path of the i-th of `expected` programs in the cache. */
static void program_path(char path[600], int i, int expected)
{
    struct dirent **found;
    const int count = scandir(fixture.cache, &found, is_program, alphasort);
    ck_assert_int_eq(count, expected);
    snprintf(path, 600, "%s/%s", fixture.cache, found[i]->d_name);
    for (int j = 0; j < count; j++)
        free(found[j]);
    free(found);
}

static void read_file(const char *path, cc_text *text)
{
    int c;
    FILE *const file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    while ((c = getc(file)) != EOF)
        cc_text_add_bytes(text, &(char){(char)c}, 1);
    fclose(file);
}

static void write_file(const char *path, const char *bytes, size_t count)
{
    FILE *const file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(second_context_compiles_nothing)
{
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_uint_eq(builds(NULL), 0);
}
END_TEST

START_TEST(other_options_and_other_text_are_other_programs)
{
    ck_assert_uint_eq(builds("-D A=1"), 2);
    ck_assert_uint_eq(builds("-D A=2"), 1);
    fixture_write(fixture.cl, "twice.h", "float twice(float x)\n{\n    return x + x;\n}\n");
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_uint_eq(builds("-D A=1"), 1);
    ck_assert_uint_eq(builds("-D A=1"), 0);
}
END_TEST

/* Every eighth of the file, so that magic, lengths, key, digest and payload are all hit. */
START_TEST(flipped_bit_anywhere)
{
    char path[600];
    cc_text file = {0};
    ck_assert_uint_eq(builds(NULL), 1);
    program_path(path, 0, 1);
    read_file(path, &file);
    static const size_t header[] = {0, 16, 24, 32, 40, 71, 72, 80};
    for (size_t i = 0; i < 16; i++) {
        const size_t at = i < 8 ? header[i] : (file.length - 1) * (i - 7) / 8;
        file.s[at] ^= 0x10;
        write_file(path, file.s, file.length);
        file.s[at] ^= 0x10;
        ck_assert_msg(builds(NULL) == 1, "byte %zu of %zu", at, file.length);
        ck_assert_uint_eq(builds(NULL), 0);
    }
    cc_text_free(&file);
}
END_TEST

START_TEST(truncated_and_longer)
{
    char path[600];
    cc_text file = {0};
    ck_assert_uint_eq(builds(NULL), 1);
    program_path(path, 0, 1);
    read_file(path, &file);
    cc_text_add_bytes(&file, "", 1);
    const size_t lengths[] = {0, 1, 71, 72, file.length / 2, file.length - 2, file.length};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        write_file(path, file.s, lengths[i]);
        ck_assert_msg(builds(NULL) == 1, "%zu bytes of %zu", lengths[i], file.length - 1);
        ck_assert_uint_eq(builds(NULL), 0);
    }
    ck_assert_ptr_nonnull(strstr(fixture.log, "damaged"));
    cc_text_free(&file);
}
END_TEST

START_TEST(sound_file_under_the_name_of_another_key)
{
    char first[600], second[600];
    ck_assert_uint_eq(builds("-D A=1"), 2);
    program_path(first, 0, 2);
    program_path(second, 1, 2);
    ck_assert_int_eq(rename(first, second), 0);
    ck_assert_uint_eq(builds("-D A=1"), 2);
    ck_assert_uint_eq(builds("-D A=1"), 0);
}
END_TEST

START_TEST(link_folder_and_pipe_in_place_of_an_entry)
{
    char path[600], elsewhere[600];
    struct stat st;
    ck_assert_uint_eq(builds(NULL), 1);
    program_path(path, 0, 1);
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", fixture.root);
    ck_assert_int_eq(rename(path, elsewhere), 0);
    ck_assert_int_eq(symlink(elsewhere, path), 0);
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_int_eq(lstat(path, &st), 0);
    ck_assert(S_ISREG(st.st_mode)); /* replaced, not followed */
    ck_assert_uint_eq(builds(NULL), 0);

    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_uint_eq(builds(NULL), 1); /* and works, though nothing can be written there */
    ck_assert_ptr_nonnull(strstr(fixture.log, "is not written"));
}
END_TEST

START_TEST(binary_that_the_driver_refuses)
{
    enum { INVALID_BINARY = -42, BUILD_FAILURE = -11 };
    clconv_context *context;
    cc_program *program;
    setenv("POCL_KERNEL_CACHE", "0", 1); /* then PoCL's binaries are kept as others' are */
    ck_assert_uint_eq(builds(NULL), 1);
    for (int n = 1; n <= 2; n++) { /* clCreateProgramWithBinary, clBuildProgram */
        ck_assert_int_eq(fixture_open(&context, &fixture), CLCONV_OK);
        clfault_arm(n, n == 1 ? INVALID_BINARY : BUILD_FAILURE);
        ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "turn.cl", ""), CLCONV_OK);
        clfault_disarm();
        ck_assert_str_eq(clfault_where(), n == 1 ? "clCreateProgramWithBinary" : "clBuildProgram");
        ck_assert_uint_eq(cc_ocl_builds(context->ocl), 1);
        ck_assert_ptr_nonnull(strstr(fixture.log, "compiling it anew"));
        cc_ocl_program_release(context->ocl, program);
        cc_context_release(context);
    }
}
END_TEST

/* ---- the folder ---- */

START_TEST(folder_is_made_for_us_alone)
{
    struct stat st;
    char path[600];
    const mode_t mask = umask(0);
    builds(NULL);
    umask(mask);
    ck_assert_int_eq(stat(fixture.cache, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0700);
    program_path(path, 0, 1);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

static void expect_no_cache(const char *reason)
{
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_msg(strstr(fixture.log, reason) != NULL, "%s", fixture.log);
    fixture.log[0] = '\0';
}

START_TEST(folders_that_are_not_used)
{
    char elsewhere[600];
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", fixture.root);
    ck_assert_int_eq(mkdir(fixture.cache, 0700), 0);
    ck_assert_int_eq(chmod(fixture.cache, 0770), 0);
    expect_no_cache("can be written by others");
    ck_assert_int_eq(chmod(fixture.cache, 0702), 0);
    expect_no_cache("can be written by others");
    ck_assert_int_eq(rename(fixture.cache, elsewhere), 0);
    ck_assert_int_eq(chmod(elsewhere, 0700), 0);
    ck_assert_int_eq(symlink(elsewhere, fixture.cache), 0);
    expect_no_cache("a link");
    strcat(fixture.cache, "/");
    expect_no_cache("a link");
    fixture.cache[strlen(fixture.cache) - 1] = '\0';
    ck_assert_int_eq(unlink(fixture.cache), 0);
    fixture_write(fixture.root, "cache", "a file");
    expect_no_cache("a file");
    ck_assert_int_eq(unlink(fixture.cache), 0);
}
END_TEST

START_TEST(folder_of_somebody_else)
{
    if (geteuid() != 0) { /* only root can give a folder away; others find one of root's */
        snprintf(fixture.cache, sizeof(fixture.cache), "/usr/share");
        expect_no_cache("belongs to user");
        return;
    }
    ck_assert_int_eq(mkdir(fixture.cache, 0700), 0);
    ck_assert_int_eq(chown(fixture.cache, 65534, 65534), 0);
    expect_no_cache("belongs to user");
}
END_TEST

START_TEST(switched_off)
{
    fixture.cache[0] = '\0';
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_uint_eq(builds(NULL), 1);
    ck_assert_ptr_null(strstr(fixture.log, "warning"));
}
END_TEST

static void expect_folder(const char *expected)
{
    char *path = NULL;
    ck_assert_msg(cc_cache_folder(&path, NULL) == CLCONV_OK, "%s", clconv_last_error());
    ck_assert_str_eq(path, expected);
    free(path);
}

START_TEST(environment_names_the_folder)
{
    char expected[600], *path;
    const char *const home = getenv("HOME"), *const xdg = getenv("XDG_CACHE_HOME");
    char *const old_home = home ? strdup(home) : NULL, *const old_xdg = xdg ? strdup(xdg) : NULL;
    unsetenv("CLCONV_CACHE_DIR");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", fixture.root, 1);
    snprintf(expected, sizeof(expected), "%s/.cache/clconv", fixture.root);
    expect_folder(expected);
    setenv("XDG_CACHE_HOME", "not/absolute", 1); /* to be ignored, says XDG */
    expect_folder(expected);
    snprintf(expected, sizeof(expected), "%s/xdg", fixture.root);
    setenv("XDG_CACHE_HOME", expected, 1);
    strcat(expected, "/clconv");
    expect_folder(expected);
    setenv("CLCONV_CACHE_DIR", fixture.cache, 1);
    expect_folder(fixture.cache);
    setenv("CLCONV_CACHE_DIR", "", 1);
    ck_assert_int_eq(clconv_cache_path(&path), CLCONV_IO);
    unsetenv("CLCONV_CACHE_DIR");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    ck_assert_int_eq(clconv_cache_path(&path), CLCONV_IO);
    if (old_home)
        setenv("HOME", old_home, 1);
    if (old_xdg)
        setenv("XDG_CACHE_HOME", old_xdg, 1);
    free(old_home);
    free(old_xdg);
}
END_TEST

/* ---- the list of entries, verdicts ---- */

typedef struct visited {
    int programs, verdicts, damaged;
    char last[128];
} visited;

static void visit(void *user, const clconv_cache_entry *entry)
{
    visited *const seen = user;
    ck_assert_str_gt(entry->file, seen->last); /* in order of name */
    snprintf(seen->last, sizeof(seen->last), "%s", entry->file);
    seen->damaged += entry->damaged;
    seen->programs += strncmp(entry->what, "program turn.cl on ", 19) == 0;
    seen->verdicts += strncmp(entry->what, "verdict direct", 14) == 0;
    ck_assert_uint_gt(entry->bytes, 0);
    ck_assert_int_gt(entry->modified, 0);
}

START_TEST(verdicts_last_and_entries_are_listed_and_cleared)
{
    clconv_context *context;
    bool passed = false;
    visited seen = {0};
    size_t removed = 0;
    char path[600];
    setenv("CLCONV_CACHE_DIR", fixture.cache, 1);
    builds("-D A=1");
    ck_assert_int_eq(fixture_open(&context, &fixture), CLCONV_OK);
    ck_assert(!cc_ocl_verdict_get(context->ocl, "key 1", &passed));
    cc_ocl_verdict_put(context->ocl, "direct", "key 1", true);
    cc_ocl_verdict_put(context->ocl, "direct", "key 2", false);
    ck_assert(cc_ocl_verdict_get(context->ocl, "key 1", &passed) && passed);
    cc_context_release(context);
    ck_assert_int_eq(fixture_open(&context, &fixture), CLCONV_OK);
    ck_assert(cc_ocl_verdict_get(context->ocl, "key 2", &passed) && !passed);
    ck_assert(cc_ocl_verdict_get(context->ocl, "key 1", &passed) && passed);
    ck_assert(!cc_ocl_verdict_get(context->ocl, "key 3", &passed));
    cc_context_release(context);

    program_path(path, 0, 2);
    write_file(path, "x", 1);
    fixture_write(fixture.cache, "notes.txt", "not clconv's");
    ck_assert_int_eq(clconv_cache_visit(visit, &seen), CLCONV_OK);
    ck_assert_int_eq(seen.programs, 1);
    ck_assert_int_eq(seen.verdicts, 2);
    ck_assert_int_eq(seen.damaged, 1);
    fixture_write(fixture.cache, ".clconv-abc123", "left by a crash");
    ck_assert_int_eq(clconv_cache_clear(&removed), CLCONV_OK);
    ck_assert_uint_eq(removed, 5);
    snprintf(path, sizeof(path), "%s/notes.txt", fixture.cache);
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_int_eq(clconv_cache_clear(NULL), CLCONV_OK);
}
END_TEST

int main(void)
{
    static const TTest **const tests[] = {
        &second_context_compiles_nothing,
        &other_options_and_other_text_are_other_programs,
        &flipped_bit_anywhere,
        &truncated_and_longer,
        &sound_file_under_the_name_of_another_key,
        &link_folder_and_pipe_in_place_of_an_entry,
        &binary_that_the_driver_refuses,
        &folder_is_made_for_us_alone,
        &folders_that_are_not_used,
        &folder_of_somebody_else,
        &switched_off,
        &environment_names_the_folder,
        &verdicts_last_and_entries_are_listed_and_cleared,
    };
    return fixture_run("ocl_cache", tests, sizeof(tests) / sizeof(tests[0]), set_up, tear_down);
}
