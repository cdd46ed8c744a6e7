/* ocl_fixture.c - see ocl_fixture.h. */
#define _XOPEN_SOURCE 700
#include "ocl_fixture.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reverses each group of GROUP elements, doubles them and adds `add`. */
static const char twice_h[] = "float twice(float x)\n{\n    return 2 * x;\n}\n";
static const char turn_cl[] = "#include \"twice.h\"\n"
                              "__kernel void turn(__global float *m, const float add,\n"
                              "                   __local float *group)\n"
                              "{\n"
                              "    const int i = get_global_id(0), l = get_local_id(0);\n"
                              "    group[l] = m[i];\n"
                              "    barrier(CLK_LOCAL_MEM_FENCE);\n"
                              "    m[i] = twice(group[get_local_size(0) - 1 - l]) + add;\n"
                              "}\n";

void fixture_set_up(ocl_fixture *fixture)
{
    const char *const folder = getenv("TMPDIR");
    memset(fixture, 0, sizeof(*fixture));
    snprintf(fixture->root, sizeof(fixture->root), "%s/clconv-test-XXXXXX",
             folder ? folder : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(fixture->root));
    snprintf(fixture->cl, sizeof(fixture->cl), "%s/cl", fixture->root);
    snprintf(fixture->cache, sizeof(fixture->cache), "%s/cache", fixture->root);
    ck_assert_int_eq(mkdir(fixture->cl, 0700), 0);
    fixture_write(fixture->cl, "twice.h", twice_h);
    fixture_write(fixture->cl, "turn.cl", turn_cl);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void fixture_tear_down(ocl_fixture *fixture)
{
    enum { OPEN_FOLDERS = 8 };
    ck_assert_int_eq(nftw(fixture->root, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_write(const char *folder, const char *name, const char *text)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void keep_log(void *user, clconv_log_level level, const char *sentence)
{
    static const char *const levels[] = {"warning", "info", "debug"};
    ocl_fixture *const fixture = user;
    const size_t length = strlen(fixture->log);
    snprintf(fixture->log + length, sizeof(fixture->log) - length, "%s: %s\n", levels[level],
             sentence);
}

clconv_status fixture_open(clconv_context **context, ocl_fixture *fixture)
{
    const clconv_context_options options = {
        .log = keep_log, .log_user = fixture, .cache_dir = fixture->cache, .cl_dir = fixture->cl};
    return cc_context_open(context, &options);
}

static clconv_status launch(cc_commands *commands, cc_kernel *kernel, const clconv_buffer *buffer)
{
    const float add = 0.5F;
    const cc_arg args[] = {CC_ARG(buffer->mem), CC_ARG(add), {FIXTURE_GROUP * sizeof(float), NULL}};
    const cc_grid grid = {{FIXTURE_N, 1, 1}, {FIXTURE_GROUP, 1, 1}};
    return cc_ocl_launch(commands, kernel, &grid, args, 3);
}

static clconv_status run_chain(cc_ocl *ocl, cc_kernel *kernel, const clconv_buffer *buffer,
                               int launches)
{
    cc_commands commands;
    clconv_status status = cc_ocl_begin(&commands, ocl, NULL, NULL, 0);
    for (int i = 0; i < launches && status == CLCONV_OK; i++)
        status = launch(&commands, kernel, buffer);
    if (status == CLCONV_OK)
        return cc_ocl_finish(&commands, NULL);
    cc_ocl_abandon(&commands);
    return status;
}

static clconv_status run_kernel(clconv_context *on, const clconv_buffer *buffer, int launches)
{
    cc_program *program;
    cc_kernel *kernel = NULL;
    CC_TRY(cc_ocl_program(&program, on->ocl, "turn.cl", ""));
    clconv_status status = cc_ocl_kernel_create(&kernel, on->ocl, program, "turn");
    if (status == CLCONV_OK)
        status = run_chain(on->ocl, kernel, buffer, launches);
    cc_ocl_kernel_release(kernel);
    cc_ocl_program_release(on->ocl, program);
    return status;
}

clconv_status fixture_work(clconv_context *on, float result[FIXTURE_N], int launches)
{
    float start[FIXTURE_N];
    clconv_buffer *buffer;
    for (int i = 0; i < FIXTURE_N; i++)
        start[i] = (float)i;
    CC_TRY(cc_buffer_create(&buffer, on, sizeof(start)));
    clconv_status status = cc_buffer_write(buffer, 0, start, sizeof(start));
    if (status == CLCONV_OK)
        status = run_kernel(on, buffer, launches);
    if (status == CLCONV_OK)
        status = cc_buffer_read(result, buffer, 0, sizeof(start));
    cc_buffer_release(buffer);
    return status;
}

void fixture_check_three(const float result[FIXTURE_N])
{
    for (int i = 0; i < FIXTURE_N; i++) {
        const int turned =
            i / FIXTURE_GROUP * FIXTURE_GROUP + FIXTURE_GROUP - 1 - i % FIXTURE_GROUP;
        ck_assert_float_eq(result[i], (((float)turned * 2 + 0.5F) * 2 + 0.5F) * 2 + 0.5F);
    }
}

int fixture_run_without_device(const char *name, const TTest **const *tests, size_t count,
                               void (*set_up)(void), void (*tear_down)(void))
{
    Suite *const suite = suite_create(name);
    TCase *const tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *const runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int fixture_run(const char *name, const TTest **const *tests, size_t count, void (*set_up)(void),
                void (*tear_down)(void))
{
    enum { SKIPPED = 77 };
    size_t devices = 0;
    cc_ocl_prepare(NULL);
    if (cc_ocl_devices(NULL, 0, &devices) != CLCONV_OK || devices == 0) {
        fprintf(stderr, "%s: there is no OpenCL device\n", name);
        return SKIPPED;
    }
    return fixture_run_without_device(name, tests, count, set_up, tear_down);
}
