/* test_arrays.c - clconv_run on arrays of any strides, whole and through the strips it falls back
 * on. */
#include "cases.h"
#include "stream/stream.h"
#include "suite.h"
#include <string.h>

enum { SEED = 40 };

/* clconv_run, and the strips that it falls back on, take arrays of any strides and touch nothing
 * between their elements. */
static void arrays_are_the_plan(clconv_context *context, const case_data *data)
{
    unsigned char *const plan = case_must_run(context, data, NULL);
    unsigned char *const run = malloc(data->sizes.y_bytes), *const strips =
                                                                malloc(data->sizes.y_bytes);
    ck_assert(plan && run && strips);
    memset(run, CASE_POISON, data->sizes.y_bytes);
    memset(strips, CASE_POISON, data->sizes.y_bytes);
    ck_assert_msg(clconv_run(context, &data->desc, data->x, data->filters, data->bias, run) ==
                      CLCONV_OK,
                  "%s: %s", data->text, clconv_last_error());
    ck_assert_msg(cc_stream_arrays(context, &data->desc, data->x, data->filters, data->bias,
                                   strips) == CLCONV_OK,
                  "%s: %s", data->text, clconv_last_error());
    if (memcmp(plan, run, data->sizes.y_bytes) != 0)
        case_complain(data, NULL, "clconv_run is not the plan's run");
    if (memcmp(plan, strips, data->sizes.y_bytes) != 0)
        case_complain(data, NULL, "clconv_run by strips is not the plan's run");
    free(plan);
    free(run);
    free(strips);
}

START_TEST(arrays_of_any_strides)
{
    case_machine machine;
    case_open(&machine);
    for (size_t i = 0; i < case_problem_count; i++) {
        case_data data;
        case_parse(&data, case_problems[i], CLI_FILL_REAL, SEED);
        const bool f64 = data.desc.x_type == CLCONV_F64 || data.desc.y_type == CLCONV_F64;
        arrays_are_the_plan(machine.host, &data);
        if (machine.device && (!f64 || machine.has_f64))
            arrays_are_the_plan(machine.device, &data);
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* RGB with a gap behind each pixel: in strips the channels lie side by side, for which kernels have
 * other blocks. Chosen for the whole is the algorithm that has them. */
START_TEST(channels_with_a_gap_behind_them)
{
    case_machine machine;
    case_open(&machine);
    if (machine.device && machine.device->caps.lanes > 1) {
        case_data data;
        clconv_plan *plan;
        clconv_plan_info info;
        case_parse_for(&data, "1x3x64x300:3x31x31:s2:same:reflect101:g3:nhwc:xs=0,0,0,4", "box",
                       CLI_FILL_REAL, SEED);
        ck_assert_int_eq(
            clconv_plan_create(&plan, machine.device, &data.desc, data.filters, data.bias, NULL),
            CLCONV_OK);
        ck_assert_int_eq(clconv_plan_get_info(&info, plan), CLCONV_OK);
        ck_assert_str_eq(info.algorithm, "box");
        clconv_plan_destroy(plan);
        arrays_are_the_plan(machine.device, &data);
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* y over x, which begins so many bytes further on. */
static void run_over_input(clconv_context *context, const case_data *data, size_t offset,
                           const unsigned char *apart)
{
    unsigned char *const both = malloc(data->sizes.x_bytes + data->sizes.y_bytes + offset);
    ck_assert_ptr_nonnull(both);
    memcpy(both + offset, data->x, data->sizes.x_bytes);
    ck_assert_msg(clconv_run(context, &data->desc, both + offset, data->filters, data->bias,
                             both) == CLCONV_OK,
                  "%s", clconv_last_error());
    ck_assert_int_eq(memcmp(both, apart, data->sizes.y_bytes), 0);
    free(both);
}

/* Devices that share memory with the host are given the arrays themselves. */
START_TEST(output_over_input_is_as_apart)
{
    case_machine machine;
    case_data data;
    case_open(&machine);
    case_parse(&data, "1x1x40x70:1x5x5:same:reflect101", CLI_FILL_REAL, SEED);
    clconv_context *const contexts[] = {machine.host, machine.device};
    for (size_t c = 0; c < 2; c++)
        if (contexts[c]) {
            unsigned char *const apart = case_must_run(contexts[c], &data, NULL);
            run_over_input(contexts[c], &data, 0, apart);
            run_over_input(contexts[c], &data, 8, apart);
            free(apart);
        }
    case_free(&data);
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* The region of a large image does not fit as a whole, with all that lies between its rows. */
START_TEST(run_falls_back_on_strips)
{
    case_machine machine;
    case_data data;
    clconv_plan *plan;
    clconv_buffer *buffer;
    case_open(&machine);
    case_parse(&data, "2x1x9x7:1x3x3:same:wrap:xs=0,0,999,0:ys=0,0,777,0", CLI_FILL_REAL, SEED);
    unsigned char *const whole = case_must_run(machine.host, &data, NULL);
    unsigned char *const run = malloc(data.sizes.y_bytes);
    ck_assert_ptr_nonnull(run);
    memset(run, CASE_POISON, data.sizes.y_bytes);
    machine.host->caps.info.memory = 4096;
    ck_assert_int_eq(clconv_buffer_create(&buffer, machine.host, data.sizes.x_bytes),
                     CLCONV_NO_MEMORY);
    ck_assert_int_eq(
        clconv_plan_create(&plan, machine.host, &data.desc, data.filters, data.bias, NULL),
        CLCONV_OK);
    clconv_plan_destroy(plan);
    ck_assert_msg(clconv_run(machine.host, &data.desc, data.x, data.filters, data.bias, run) ==
                      CLCONV_OK,
                  "%s", clconv_last_error());
    ck_assert_int_eq(memcmp(whole, run, data.sizes.y_bytes), 0);
    free(whole);
    free(run);
    case_free(&data);
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* In strips, the second image is read after the first one's output has been written over it. */
START_TEST(strips_of_output_over_input_are_as_apart)
{
    case_machine machine;
    case_data data;
    case_open(&machine);
    case_parse(&data, "2x1x40x70:1x5x5:same:wrap:u8>f32", CLI_FILL_REAL, SEED);
    unsigned char *const apart = case_must_run(machine.host, &data, NULL);
    machine.host->caps.info.memory = 4096;
    run_over_input(machine.host, &data, 0, apart);
    free(apart);
    case_free(&data);
    case_close(&machine);
    case_no_complaints();
}
END_TEST

SUITE_MAIN("arrays", &arrays_of_any_strides, &channels_with_a_gap_behind_them,
           &output_over_input_is_as_apart, &run_falls_back_on_strips,
           &strips_of_output_over_input_are_as_apart)
