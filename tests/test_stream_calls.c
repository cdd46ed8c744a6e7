/* test_stream_calls.c - what a stream asks of its callbacks, what it makes of their failures, and
 * what it refuses. */
#include "pixels.h"
#include "suite.h"
#include <string.h>

enum { SEED = 30 };

/* In strips of any height, from the top down, an image is read from the top down and once. */
START_TEST(each_row_is_read_once_and_in_order)
{
    static const char *const problems[] = {
        "1x1x67x31:1x3x3:same:reflect101",
        "1x3x67x31:3x5x5:same:replicate:g3:u8:nhwc",
        "1x1x67x31:1x7x7:same:reflect",
        "1x1x67x31:1x9x9:same:constant=0.1:u8",
        "1x1x67x31:1x5x5:same:d2:reflect101",
        "1x1x67x31:1x5x5:s2:same:reflect101",
        "1x2x67x31:2x3x3:full",
        "1x1x67x31:1x3x3:valid",
    };
    case_machine machine;
    case_open(&machine);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        case_data data;
        case_parse(&data, problems[i], CLI_FILL_REAL, SEED);
        const size_t least = pixels_least_budget(machine.host, &data, "host");
        for (size_t budget = least; budget < 8 * least; budget += least / 2) {
            pixels image = pixels_of(&data);
            clconv_stream *stream;
            ck_assert_int_eq(pixels_stream(&stream, machine.host, &image, "host", budget),
                             CLCONV_OK);
            pixels_push(stream, &image);
            if (!image.in_order)
                case_complain(&data, "host", "budget %zu: rows out of order", budget);
            for (int row = 0; row < data.desc.h; row++)
                if (image.reads[row] != 1)
                    case_complain(&data, "host", "budget %zu: row %d read %d times", budget, row,
                                  image.reads[row]);
            clconv_stream_destroy(stream);
            free(image.y);
        }
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* A source or sink that fails at any row ends the run with its status; the stream works on. */
START_TEST(callbacks_that_fail_and_recover)
{
    static const clconv_status failures[] = {CLCONV_IO, CLCONV_CANCELLED, CLCONV_DEVICE_LOST};
    case_machine machine;
    case_data data;
    clconv_stream *stream;
    case_open(&machine);
    case_parse(&data, "1x2x23x9:3x3x3:same:reflect101", CLI_FILL_REAL, SEED);
    unsigned char *const whole = case_must_run(machine.host, &data, "host");
    const size_t budget = 3 * pixels_least_budget(machine.host, &data, "host");
    for (int row = 0; row < data.desc.h; row++)
        for (size_t f = 0; f < sizeof failures / sizeof *failures; f++) {
            pixels from = pixels_of(&data), to = pixels_of(&data);
            from.failure = to.failure = failures[f];
            ck_assert_int_eq(pixels_stream(&stream, machine.host, &from, "host", budget),
                             CLCONV_OK);
            from.fail_row = row;
            ck_assert_int_eq(clconv_stream_run(stream, pixels_sink, &to), failures[f]);
            ck_assert_ptr_nonnull(strstr(clconv_last_error(), "the source gave"));
            from.fail_row = -1;
            to.fail_row = row;
            to.rows_taken = 0;
            ck_assert_int_eq(clconv_stream_run(stream, pixels_sink, &to), failures[f]);
            ck_assert_ptr_nonnull(strstr(clconv_last_error(), "the sink gave"));
            to.fail_row = -1;
            pixels_push(stream, &to);
            if (memcmp(whole, to.y, data.sizes.y_bytes) != 0)
                case_complain(&data, "host", "after a failure at row %d", row);
            clconv_stream_destroy(stream);
            free(from.y);
            free(to.y);
        }
    free(whole);
    case_free(&data);
    case_close(&machine);
    case_no_complaints();
}
END_TEST

START_TEST(what_is_no_stream_is_refused)
{
    static const char *const problems[] = {"2x1x9x7:1x3x3:same", "1x1x9x7:1x3x3:xs=0,0,9,0",
                                           "1x1x9x7:1x3x3:ys=0,0,9,0"};
    case_machine machine;
    case_data data;
    clconv_stream *stream;
    unsigned char rows[64];
    case_open(&machine);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        case_parse(&data, problems[i], CLI_FILL_REAL, SEED);
        pixels from = {.data = &data, .fail_row = -1};
        ck_assert_int_eq(pixels_stream(&stream, machine.host, &from, NULL, 0), CLCONV_INVALID);
        ck_assert_ptr_null(stream);
        case_free(&data);
    }
    case_parse(&data, "1x1x9x7:1x3x3:same", CLI_FILL_REAL, SEED);
    pixels from = {.data = &data, .fail_row = -1};
    ck_assert_int_eq(pixels_stream(&stream, machine.host, &from, NULL, 0), CLCONV_OK);
    ck_assert_int_eq(clconv_stream_read(stream, -1, 2, rows), CLCONV_INVALID);
    ck_assert_int_eq(clconv_stream_read(stream, 8, 2, rows), CLCONV_INVALID);
    ck_assert_int_eq(clconv_stream_read(stream, 3, 0, rows), CLCONV_INVALID);
    ck_assert_int_eq(clconv_stream_read(stream, 1, INT32_MAX, rows), CLCONV_INVALID);
    clconv_stream_destroy(stream);
    case_free(&data);
    case_close(&machine);
}
END_TEST

SUITE_MAIN("stream_calls", &each_row_is_read_once_and_in_order, &callbacks_that_fail_and_recover,
           &what_is_no_stream_is_refused)
