/* test_streams.c - images in strips: bit for bit what one plan over the whole gives, whatever the
 * budget, pulled in any order or pushed. */
#include "device/device.h"
#include "strips.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

enum { SEED = 30 };

START_TEST(strips_are_the_whole_bit_for_bit)
{
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_ALL), step = case_step();
    for (size_t a = 0; a < count; a++) {
        size_t images = 0, refused = 0;
        /* Of a part of the problems a specialised algorithm may do none: then another part. */
        for (size_t first = 0; first < step && refused == images; first++)
            strips_try(&algorithms[a], first, step, &images, &refused);
        printf("%-8s strips of %zu images, %zu refused\n", algorithms[a].name, images, refused);
        ck_assert_uint_ge(images * step, 300);
        if (algorithms[a].specialised)
            ck_assert_uint_lt(refused, images);
        else
            ck_assert_uint_le(refused * 5, images);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

static const char *chosen_for(clconv_context *context, const char *problem)
{
    clconv_plan_info info;
    clconv_plan *plan;
    case_data data;
    case_parse(&data, problem, CLI_FILL_REAL, SEED);
    ck_assert_int_eq(clconv_plan_create(&plan, context, &data.desc, data.filters, NULL, NULL),
                     CLCONV_OK);
    ck_assert_int_eq(clconv_plan_get_info(&info, plan), CLCONV_OK);
    clconv_plan_destroy(plan);
    case_free(&data);
    return info.algorithm;
}

/* Operations that a launch is to cost: two of them pay for the whole image, not for a strip. */
static const double LAUNCH_FLOPS = 17e6;

/* Where a strip on its own would be another algorithm's, the image decides. By a filter that no
 * algorithm with tiles of several rows does, for such a tile may not fit into the strip. */
START_TEST(strips_are_by_the_algorithm_of_the_whole)
{
    static const char problem[] = "1x16x40x64:64x3x2:same:reflect101";
    case_machine machine;
    case_data data;
    case_open(&machine);
    if (machine.device && machine.device->caps.has_gemm) {
        machine.device->caps.is_cpu = false; /* as if GEMM were fast */
        machine.device->caps.launch_seconds = LAUNCH_FLOPS / machine.device->caps.flops;
        machine.device->caps.bandwidth = 1e18;
        const char *const name = chosen_for(machine.device, problem);
        ck_assert_str_ne(name, chosen_for(machine.device, "1x16x3x64:64x3x2:p0,0,0,1:reflect101"));
        case_parse(&data, problem, CLI_FILL_REAL, SEED);
        unsigned char *const whole = case_must_run(machine.device, &data, NULL);
        pixels image = pixels_of(&data);
        clconv_stream *stream;
        clconv_stream_stats stats;
        const size_t least = pixels_least_budget(machine.device, &data, NULL);
        ck_assert_int_eq(pixels_stream(&stream, machine.device, &image, NULL, least), CLCONV_OK);
        pixels_push(stream, &image);
        ck_assert_int_eq(clconv_stream_get_stats(&stats, stream), CLCONV_OK);
        ck_assert_str_eq(stats.algorithm, name);
        ck_assert_int_eq(memcmp(whole, image.y, data.sizes.y_bytes), 0);
        clconv_stream_destroy(stream);
        free(image.y);
        free(whole);
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* The image's algorithm has tiles of 9 rows: a strip of fewer is another's, and so is a whole image
 * of fewer where a tile passes the budget. */
START_TEST(strips_lower_than_a_tile_are_by_another_algorithm)
{
    static const char *const problems[] = {"1x1x64x900:1x9x9:same:replicate",
                                           "1x1x3x900:1x9x9:same:replicate"};
    case_machine machine;
    case_open(&machine);
    for (int i = 0; machine.device && i < 2; i++) {
        case_data data;
        case_parse_for(&data, problems[i], "box", CLI_FILL_INTEGERS, SEED);
        unsigned char *const expected = case_naive(&data);
        pixels image = pixels_of(&data);
        clconv_stream *stream;
        clconv_stream_stats stats;
        const size_t least = pixels_least_budget(machine.device, &data, NULL);
        ck_assert_int_eq(pixels_stream(&stream, machine.device, &image, NULL, least * 3 / 2),
                         CLCONV_OK);
        pixels_push(stream, &image);
        ck_assert_int_eq(clconv_stream_get_stats(&stats, stream), CLCONV_OK);
        ck_assert_int_lt(stats.strip_rows, 9);
        ck_assert_str_ne(stats.algorithm, "box");
        ck_assert_int_eq(memcmp(expected, image.y, data.sizes.y_bytes), 0);
        clconv_stream_destroy(stream);
        free(image.y);
        free(expected);
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* Whether fft computes it in two strips and more, in a part of what a single one would take. */
static bool parts_are(clconv_context *context, const case_data *data, size_t parts,
                      const unsigned char *whole)
{
    const size_t budget = 3 * (data->sizes.x_bytes + data->sizes.y_bytes) / parts;
    pixels image = pixels_of(data);
    clconv_stream *stream;
    clconv_stream_stats stats = {.strips = 0};
    if (pixels_stream(&stream, context, &image, "fft", budget) == CLCONV_OK) {
        pixels_push(stream, &image);
        ck_assert_int_eq(clconv_stream_get_stats(&stats, stream), CLCONV_OK);
        if (memcmp(whole, image.y, data->sizes.y_bytes) != 0)
            case_complain(data, "fft", "strips of %d rows are not the whole", stats.strip_rows);
    } else {
        ck_assert_msg(strstr(clconv_last_error(), "tiles of"), "%s", clconv_last_error());
    }
    clconv_stream_destroy(stream);
    free(image.y);
    return stats.strips > 1;
}

/* A tile reads rows that none of its outputs needs, which are not in its strip, and they would
 * reach the outputs' last bits. */
START_TEST(tiles_at_strides_read_what_the_whole_does)
{
    static const char *const problems[] = {
        "1x1x700x64:1x5x5:s3,2:p2", "1x1x700x64:1x9x9:s4:p2:constant=inf",
        "1x3x600x40:3x31x7:s2:p3:reflect:g3:nhwc", "1x2x700x40:2x5x5:s4,1:same:wrap:g2"};
    case_machine machine;
    case_open(&machine);
    for (size_t i = 0; machine.device && i < sizeof problems / sizeof *problems; i++) {
        case_data data;
        int in_strips = 0;
        case_parse(&data, problems[i], CLI_FILL_REAL, SEED);
        unsigned char *whole;
        if (case_run(&whole, machine.device, &data, "fft", CASE_POISON) == CLCONV_OK)
            for (size_t parts = 2; parts < 8; parts++)
                in_strips += parts_are(machine.device, &data, parts, whole);
        else
            ck_assert_msg(case_fair_refusal("fft"), "%s", clconv_last_error());
        ck_assert_msg(!whole || in_strips > 0, "%s: never in strips", problems[i]);
        free(whole);
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* One strip's constant is an element like any other; whole, it is not. */
START_TEST(constants_that_the_input_type_cannot_hold)
{
    static const char *const problems[] = {
        "1x2x9x7:2x3x3:same:constant=0.1",        "1x2x9x7:2x3x3:same:constant=-2.5:u8",
        "1x2x9x7:2x3x3:same:constant=300:u8>f32", "1x2x9x7:2x3x3:same:constant=1e9:s16>f32:nhwc",
        "1x2x9x7:2x3x3:same:constant=0.1:f16",    "1x2x9x7:2x3x3:same:constant=70000:f16>f32",
        "1x2x9x7:2x3x3:same:constant=0.1:f64",    "1x2x9x7:2x3x3:same:constant=1e-50:f32",
        "1x2x9x7:2x3x3:same:constant=1e300:f64",  "1x2x9x7:2x3x3:full:s2:constant=0.3:u16",
        "1x2x9x7:2x3x3:same:constant=nan",        "1x2x9x7:2x3x3:same:constant=nan:u8>f32",
        "1x2x9x7:2x3x3:same:constant=inf",        "1x2x9x7:2x3x3:same:constant=-inf:s8>f32",
    };
    const size_t total = sizeof problems / sizeof *problems;
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_ALL);
    for (size_t a = 0; a < count; a++) {
        size_t run = 0;
        for (size_t i = 0; i < total; i++) {
            case_data data;
            case_parse_for(&data, problems[i], algorithms[a].name, CLI_FILL_REAL, SEED);
            run += strips_are_the_whole(algorithms[a].context, &data, algorithms[a].name);
            case_free(&data);
        }
        if (!algorithms[a].specialised)
            ck_assert_uint_ge(run, total - 2); /* two are f64 */
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

SUITE_MAIN("streams", &tiles_at_strides_read_what_the_whole_does, &strips_are_the_whole_bit_for_bit,
           &strips_are_by_the_algorithm_of_the_whole,
           &strips_lower_than_a_tile_are_by_another_algorithm,
           &constants_that_the_input_type_cannot_hold)
