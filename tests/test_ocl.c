/* test_ocl.c - memory, programs and launches on a real driver: what works, and what is refused. */
#define _POSIX_C_SOURCE 200809L
#include "clfault.h"
#include "ocl_fixture.h"
#include "suite.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static ocl_fixture fixture;
static clconv_context *context;

static void set_up(void)
{
    fixture_set_up(&fixture);
    ck_assert_msg(fixture_open(&context, &fixture) == CLCONV_OK, "%s", clconv_last_error());
    ck_assert_ptr_nonnull(context->ocl);
}

static void tear_down(void)
{
    cc_context_release(context);
    fixture_tear_down(&fixture);
    ck_assert_msg(clfault_live() == 0, "alive: %s", clfault_live_kinds());
}

START_TEST(chain_runs_in_order)
{
    float result[FIXTURE_N];
    ck_assert_msg(fixture_work(context, result, 3) == CLCONV_OK, "%s", clconv_last_error());
    fixture_check_three(result);
}
END_TEST

START_TEST(events_between_first_and_last_are_released)
{
    float result[FIXTURE_N];
    const long before = clfault_live();
    ck_assert_int_eq(fixture_work(context, result, 20), CLCONV_OK);
    ck_assert_int_ge(clfault_events(), 20);
    ck_assert_msg(clfault_live() == before + 1, "alive: %s", clfault_live_kinds()); /* + program */
}
END_TEST

/* ---- memory ---- */

START_TEST(buffer_of_zero_bytes)
{
    cc_mem mem;
    ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, 0), CLCONV_INVALID);
    ck_assert_ptr_null(mem);
}
END_TEST

START_TEST(buffer_larger_than_the_device_allows)
{
    cc_mem mem;
    char number[32];
    const size_t most = (size_t)context->caps.info.max_buffer;
    snprintf(number, sizeof(number), "%zu", most);
    ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, most + 1), CLCONV_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), number));
    ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, SIZE_MAX), CLCONV_NO_MEMORY);
}
END_TEST

START_TEST(buffers_beyond_the_budget_and_again_after_release)
{
    enum { MOST = 64 };
    cc_mem mems[MOST];
    int count = 0;
    const size_t bytes = (size_t)context->caps.info.max_buffer / 2;
    while (count < MOST && cc_ocl_mem_create(&mems[count], context->ocl, bytes) == CLCONV_OK)
        count++;
    ck_assert_int_ge(count, 1);
    ck_assert_int_lt(count, MOST);
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "bytes do not fit"));
    ck_assert_uint_le((size_t)count * bytes, context->caps.info.memory);
    while (count > 0)
        cc_ocl_mem_release(context->ocl, mems[--count]);
    ck_assert_int_eq(cc_ocl_mem_create(&mems[0], context->ocl, bytes), CLCONV_OK);
    cc_ocl_mem_release(context->ocl, mems[0]);
}
END_TEST

/* On a processor, so that none of its rows waits for those of another (device/buffer.c). */
START_TEST(large_buffers_begin_apart)
{
    enum { LARGE = 4 << 20, PAGE = 4096 };
    clconv_buffer *first, *second, *small;
    char back[2] = "";
    ck_assert_int_eq(cc_buffer_create(&first, context, LARGE), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_create(&second, context, LARGE), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_create(&small, context, PAGE), CLCONV_OK);
    const bool apart = first->offset % PAGE != second->offset % PAGE;
    ck_assert_int_eq(apart, context->caps.is_cpu && context->caps.info.shares_memory);
    ck_assert_uint_eq(small->offset, 0);
    ck_assert_int_eq(cc_buffer_write(second, LARGE - 1, "!", 1), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_write(second, LARGE, "!", 1), CLCONV_INVALID);
    ck_assert_int_eq(cc_buffer_read(back, second, LARGE - 1, 1), CLCONV_OK);
    ck_assert_str_eq(back, "!");
    cc_buffer_release(first);
    cc_buffer_release(second);
    cc_buffer_release(small);
}
END_TEST

START_TEST(largest_buffer_can_be_had_though_others_begin_apart)
{
    const size_t most = (size_t)context->caps.info.max_buffer;
    clconv_buffer *before, *largest;
    cc_mem mem;
    ck_assert_int_eq(cc_buffer_create(&before, context, 1 << 20), CLCONV_OK);
    const clconv_status status = cc_ocl_mem_create(&mem, context->ocl, most);
    cc_ocl_mem_release(context->ocl, mem);
    ck_assert_int_eq(cc_buffer_create(&largest, context, most), status);
    cc_buffer_release(largest);
    cc_buffer_release(before);
}
END_TEST

START_TEST(transfers_at_the_edges_of_views)
{
    clconv_buffer *buffer, *view, *inner;
    char back[16] = "";
    ck_assert_int_eq(cc_buffer_create(&buffer, context, 100), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_view(&view, buffer, 40, 20), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_view(&inner, view, 10, 10), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_write(inner, 5, "last!", 5), CLCONV_OK);
    ck_assert_int_eq(cc_buffer_write(inner, 6, "last!", 5), CLCONV_INVALID);
    ck_assert_int_eq(cc_buffer_read(back, inner, SIZE_MAX, 2), CLCONV_INVALID);
    ck_assert_int_eq(cc_buffer_view(&(clconv_buffer *){NULL}, view, 11, 10), CLCONV_INVALID);
    cc_buffer_release(buffer); /* the windows keep it */
    cc_buffer_release(view);
    ck_assert_int_eq(cc_buffer_read(back, inner, 5, 5), CLCONV_OK);
    ck_assert_str_eq(back, "last!");
    ck_assert_int_eq(cc_buffer_read(back, inner, 10, 0), CLCONV_OK);
    cc_buffer_release(inner);
}
END_TEST

/* ---- programs ---- */

static const char *error_of(const char *file, const char *options)
{
    cc_program *program;
    ck_assert_int_eq(cc_ocl_program(&program, context->ocl, file, options), CLCONV_BUILD);
    ck_assert_ptr_null(program);
    return clconv_last_error();
}

START_TEST(build_error_names_file_and_line)
{
    fixture_write(fixture.cl, "wrong.h", "#include \"twice.h\"\n\n\nint f(void) { return no; }\n");
    fixture_write(fixture.cl, "late.cl",
                  "#include \"twice.h\"\n  #  include \"twice.h\" // again\n"
                  "__kernel void k(__global int *o)\n{\n    *o = no;\n}\n");
    fixture_write(fixture.cl, "early.cl", "// text\n#include \"wrong.h\"\n");
    ck_assert_ptr_nonnull(strstr(error_of("late.cl", ""), "late.cl:5"));
    ck_assert_ptr_nonnull(strstr(error_of("early.cl", ""), "wrong.h:4"));
}
END_TEST

START_TEST(missing_files_and_names_outside_of_the_folder)
{
    cc_program *program;
    fixture_write(fixture.cl, "a.cl", "\n\n#include \"absent.h\"\n");
    fixture_write(fixture.cl, "b.cl", "#include \"../cl/twice.h\"\n");
    ck_assert_ptr_nonnull(strstr(error_of("a.cl", ""), "a.cl:3"));
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "absent.h"));
    ck_assert_ptr_nonnull(strstr(error_of("b.cl", ""), "b.cl:1"));
    ck_assert_ptr_nonnull(strstr(error_of("none.cl", ""), "none.cl"));
    ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "../x.cl", ""), CLCONV_INVALID);
}
END_TEST

START_TEST(program_that_failed_is_tried_again_when_mended)
{
    cc_program *program;
    fixture_write(fixture.cl, "c.cl", "__kernel void k(__global int *o) { *o = no; }\n");
    error_of("c.cl", "");
    fixture_write(fixture.cl, "c.cl", "__kernel void k(__global int *o) { *o = 1; }\n");
    ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "c.cl", ""), CLCONV_OK);
    cc_ocl_program_release(context->ocl, program);
}
END_TEST

static void *want_program(void *got)
{
    cc_program **const program = got;
    cc_kernel *kernel = NULL;
    clconv_status status = cc_ocl_program(program, context->ocl, "turn.cl", "-D SHARED=1");
    if (status == CLCONV_OK) /* what is given has to be ready */
        status = cc_ocl_kernel_create(&kernel, context->ocl, *program, "turn");
    cc_ocl_kernel_release(kernel);
    return (void *)(intptr_t)status;
}

START_TEST(threads_that_want_one_program_build_it_once)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    cc_program *programs[THREADS];
    void *status;
    const long builds = clfault_count("clBuildProgram");
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, want_program, &programs[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &status);
        ck_assert_int_eq((intptr_t)status, CLCONV_OK);
        ck_assert_ptr_eq(programs[i], programs[0]);
        cc_ocl_program_release(context->ocl, programs[i]);
    }
    ck_assert_int_eq(clfault_count("clBuildProgram"), builds + 1);
    ck_assert_uint_eq(cc_ocl_builds(context->ocl), 1);
}
END_TEST

/* ---- launches that cannot be right ---- */

static clconv_status try_launch(const cc_grid *grid, unsigned arg_count)
{
    cc_program *program;
    cc_kernel *kernel;
    cc_commands commands;
    cc_mem mem;
    const float add = 0;
    ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "turn.cl", ""), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_kernel_create(&kernel, context->ocl, program, "turn"), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, FIXTURE_N * sizeof(float)), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, NULL, NULL, 0), CLCONV_OK);
    const cc_arg args[] = {
        CC_ARG(mem), CC_ARG(add), {FIXTURE_GROUP * sizeof(float), NULL}, CC_ARG(add)};
    const clconv_status status = cc_ocl_launch(&commands, kernel, grid, args, arg_count);
    cc_ocl_abandon(&commands);
    cc_ocl_mem_release(context->ocl, mem);
    cc_ocl_kernel_release(kernel);
    cc_ocl_program_release(context->ocl, program);
    return status;
}

START_TEST(argument_count_differs_from_the_kernel)
{
    const cc_grid grid = {{FIXTURE_N, 1, 1}, {FIXTURE_GROUP, 1, 1}};
    ck_assert_int_eq(try_launch(&grid, 2), CLCONV_BUILD);
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "takes 3 arguments and is given 2"));
    ck_assert_int_eq(try_launch(&grid, 4), CLCONV_BUILD);
    ck_assert_int_eq(try_launch(&grid, 3), CLCONV_OK);
}
END_TEST

START_TEST(grids_that_no_device_takes)
{
    const cc_grid ragged = {{FIXTURE_N + 1, 1, 1}, {FIXTURE_GROUP, 1, 1}};
    const cc_grid empty = {{0, 1, 1}, {1, 1, 1}};
    const cc_grid wide = {{1 << 24, 1, 1}, {1 << 24, 1, 1}};
    const cc_grid endless = {{1 << 20, 1 << 20, 1 << 24}, {1, 1, 1}};
    ck_assert_int_eq(try_launch(&ragged, 3), CLCONV_INVALID);
    ck_assert_int_eq(try_launch(&empty, 3), CLCONV_INVALID);
    ck_assert_int_eq(try_launch(&wide, 3), CLCONV_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "16777216 work-items"));
    ck_assert_int_eq(try_launch(&endless, 3), CLCONV_UNSUPPORTED);
}
END_TEST

START_TEST(kernel_that_is_not_in_the_program)
{
    cc_program *program;
    cc_kernel *kernel;
    ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "turn.cl", ""), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_kernel_create(&kernel, context->ocl, program, "tern"), CLCONV_DEVICE);
    ck_assert_ptr_null(kernel);
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "tern"));
    cc_ocl_program_release(context->ocl, program);
}
END_TEST

int main(void)
{
    static const TTest **const tests[] = {
        &chain_runs_in_order,
        &events_between_first_and_last_are_released,
        &buffer_of_zero_bytes,
        &buffer_larger_than_the_device_allows,
        &buffers_beyond_the_budget_and_again_after_release,
        &large_buffers_begin_apart,
        &largest_buffer_can_be_had_though_others_begin_apart,
        &transfers_at_the_edges_of_views,
        &build_error_names_file_and_line,
        &missing_files_and_names_outside_of_the_folder,
        &program_that_failed_is_tried_again_when_mended,
        &threads_that_want_one_program_build_it_once,
        &argument_count_differs_from_the_kernel,
        &grids_that_no_device_takes,
        &kernel_that_is_not_in_the_program,
    };
    return fixture_run("ocl", tests, sizeof(tests) / sizeof(tests[0]), set_up, tear_down);
}
