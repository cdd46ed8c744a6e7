/* test_ocl_streams.c - strips on a device whose memory is apart from the host's: two at a time,
 * each copied there, computed and copied back on queues of their own. Drivers here share memory, so
 * the context is made to believe that its device does not. */
#include <clconv/opencl.h>

#include "clfault.h"
#include "device/device.h"
#include "strips.h"
#include "suite.h"
#include "work.h"
#include <string.h>

enum { SEED = 31, ENDLESS = 5000 };

static void open_apart(case_machine *machine)
{
    case_open(machine);
    machine->device->caps.info.shares_memory = 0;
}

START_TEST(strips_apart_are_the_whole_bit_for_bit)
{
    enum { EACH = 16 };
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    open_apart(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_ALL);
    const size_t step = EACH * case_step();
    for (size_t a = 0; a < count; a++) {
        size_t images = 0, refused = 0;
        if (algorithms[a].context == machine.host)
            continue;
        for (size_t first = a; first < a + step && refused == images; first++)
            strips_try(&algorithms[a], first % step, step, &images, &refused);
        ck_assert_uint_lt(refused, images);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* ---- both ends of a stream ---- */

static const char PROBLEM[] = "1x2x67x31:4x3x3:p1:wrap";

typedef struct scene {
    case_data data;
    clconv_context *context;
    unsigned char *whole;
    size_t budget; /* several strips, two at a time */
} scene;

static scene scene_open(const case_machine *machine)
{
    scene s = {.context = machine->device};
    case_parse(&s.data, PROBLEM, CLI_FILL_REAL, SEED);
    s.whole = case_must_run(s.context, &s.data, "direct");
    s.budget = 6 * pixels_least_budget(s.context, &s.data, "direct");
    return s;
}

static void scene_close(scene *s)
{
    free(s->whole);
    case_free(&s->data);
}

typedef struct sight { /* what a sink sees of the source and of the device */
    pixels image;
    long rows_read, kernels; /* at the first rows that it gets */
} sight;

static clconv_status look(void *user, int first, int count, const void *rows)
{
    sight *const seen = user;
    if (first == 0) {
        seen->rows_read = seen->image.next_row;
        seen->kernels = clfault_count("clEnqueueNDRangeKernel");
    }
    return pixels_sink(&seen->image, first, count, rows);
}

START_TEST(the_next_strip_is_on_its_way_when_one_is_taken)
{
    case_machine machine;
    clconv_stream *stream;
    clconv_stream_stats stats;
    open_apart(&machine);
    scene s = scene_open(&machine);
    sight seen = {.image = pixels_of(&s.data)};
    ck_assert_int_eq(pixels_stream(&stream, s.context, &seen.image, "direct", s.budget), CLCONV_OK);
    const long before = clfault_count("clEnqueueNDRangeKernel");
    CHECK_OK(clconv_stream_run(stream, look, &seen));
    CHECK_OK(clconv_stream_get_stats(&stats, stream));
    ck_assert_int_ge(stats.strips, 3);
    ck_assert_int_eq(stats.strips, (s.data.sizes.p + stats.strip_rows - 1) / stats.strip_rows);
    ck_assert(stats.device_seconds > 0);
    ck_assert_int_gt(seen.rows_read, stats.strip_rows + 2); /* 2: the filter's halo */
    ck_assert_int_eq(seen.kernels - before, 2);
    ck_assert(memcmp(s.whole, seen.image.y, s.data.sizes.y_bytes) == 0);
    clconv_stream_destroy(stream);
    free(seen.image.y);
    scene_close(&s);
    case_close(&machine);
}
END_TEST

START_TEST(each_row_is_read_once_by_two_strips)
{
    enum { WINDOW = 7 };
    case_machine machine;
    clconv_stream *stream;
    clconv_stream_stats stats;
    case_data data;
    open_apart(&machine);
    case_parse(&data, "1x1x67x31:1x7x7:same:reflect", CLI_FILL_REAL, SEED);
    const size_t least = pixels_least_budget(machine.device, &data, "direct");
    for (size_t budget = least; budget < 8 * least; budget += least / 2) {
        sight seen = {.image = pixels_of(&data)};
        ck_assert_int_eq(pixels_stream(&stream, machine.device, &seen.image, "direct", budget),
                         CLCONV_OK);
        CHECK_OK(clconv_stream_run(stream, look, &seen));
        CHECK_OK(clconv_stream_get_stats(&stats, stream));
        ck_assert(budget < 6 * least || seen.rows_read > stats.strip_rows + WINDOW);
        ck_assert(seen.image.in_order);
        for (int row = 0; row < data.desc.h; row++)
            ck_assert_int_eq(seen.image.reads[row], 1);
        clconv_stream_destroy(stream);
        free(seen.image.y);
    }
    case_free(&data);
    case_close(&machine);
}
END_TEST

START_TEST(two_strips_pulled_backwards_are_computed_once)
{
    case_machine machine;
    clconv_stream *stream;
    clconv_stream_stats stats;
    open_apart(&machine);
    scene s = scene_open(&machine);
    pixels image = pixels_of(&s.data);
    /* So much that the image is just more than one of the two. */
    const size_t budget = 5 * (s.data.sizes.x_bytes + s.data.sizes.y_bytes) * 3 / 5;
    ck_assert_int_eq(pixels_stream(&stream, s.context, &image, "direct", budget), CLCONV_OK);
    for (int row = s.data.sizes.p - 1; row >= 0; row--)
        pixels_pull(stream, &image, row, 1);
    CHECK_OK(clconv_stream_get_stats(&stats, stream));
    ck_assert_int_lt(stats.strip_rows, s.data.sizes.p);
    ck_assert_int_ge(2 * stats.strip_rows, s.data.sizes.p);
    ck_assert_int_eq(stats.strips, 2);
    ck_assert(memcmp(s.whole, image.y, s.data.sizes.y_bytes) == 0);
    clconv_stream_destroy(stream);
    free(image.y);
    scene_close(&s);
    case_close(&machine);
}
END_TEST

/* ---- failures ---- */

/* Output rows of the strips above the first one that needs an input row; each has a row more on
 * both sides, and the uppermost the last row, wrapped around. */
static int rows_without(int row, const case_data *data, int strip_rows)
{
    return row == 0 || row == data->desc.h - 1 ? 0 : (row - 1) / strip_rows * strip_rows;
}

/* The source is asked for a strip before it is needed: a failure is told when it is needed. */
START_TEST(a_source_that_fails_ahead_and_recovers)
{
    case_machine machine;
    clconv_stream *stream;
    clconv_stream_stats stats;
    open_apart(&machine);
    scene s = scene_open(&machine);
    for (int row = 0; row < s.data.desc.h; row++) {
        pixels from = pixels_of(&s.data), to = pixels_of(&s.data);
        from.failure = to.failure = CLCONV_IO;
        ck_assert_int_eq(pixels_stream(&stream, s.context, &from, "direct", s.budget), CLCONV_OK);
        from.fail_row = row;
        ck_assert_int_eq(clconv_stream_run(stream, pixels_sink, &to), CLCONV_IO);
        ck_assert_ptr_nonnull(strstr(clconv_last_error(), "the source gave"));
        CHECK_OK(clconv_stream_get_stats(&stats, stream));
        ck_assert_int_eq(to.rows_taken, rows_without(row, &s.data, stats.strip_rows));
        from.fail_row = -1;
        to.fail_row = row;
        to.rows_taken = 0;
        ck_assert_int_eq(clconv_stream_run(stream, pixels_sink, &to), CLCONV_IO);
        ck_assert_ptr_nonnull(strstr(clconv_last_error(), "the sink gave"));
        to.fail_row = -1;
        pixels_push(stream, &to);
        ck_assert(memcmp(s.whole, to.y, s.data.sizes.y_bytes) == 0);
        clconv_stream_destroy(stream);
        free(from.y);
        free(to.y);
    }
    scene_close(&s);
    case_close(&machine);
}
END_TEST

/* A stream from its making to its end, in a context of its own; y is what it was, or right. */
static clconv_status stream_once(const scene *s)
{
    pixels from = pixels_of(&s->data), to = pixels_of(&s->data);
    clconv_context *context = NULL;
    clconv_stream *stream = NULL;
    clconv_status status = clconv_context_create(&context, NULL);
    if (status == CLCONV_OK) {
        context->caps.info.shares_memory = 0;
        status = pixels_stream(&stream, context, &from, "direct", s->budget);
    }
    if (status == CLCONV_OK)
        status = clconv_stream_run(stream, pixels_sink, &to);
    ck_assert_msg(status != CLCONV_OK || memcmp(s->whole, to.y, s->data.sizes.y_bytes) == 0,
                  "wrong output after %s", clfault_where());
    clconv_stream_destroy(stream);
    clconv_context_destroy(context);
    free(from.y);
    free(to.y);
    return status;
}

static const int codes[] = {CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_RESOURCES,
                            CL_INVALID_COMMAND_QUEUE};

/* After an event that ends with a code that loses devices, the device is lost. What has failed
 * otherwise by the time the next command is to follow it is done again, if it was done ahead; a
 * copy back, behind which no command comes, is told of. */
static void judge(clconv_status status, int code, bool by_event, long n)
{
    const bool copy_back = !strcmp(clfault_where(), "clEnqueueReadBuffer");
    const bool making = strstr(clconv_last_error(), "touching a new buffer");
    bool fair = status != CLCONV_INVALID;
    if (!strcmp(clfault_where(), "clEnqueueUnmapMemObject")) /* when all has been done */
        fair = status == CLCONV_OK;
    else if (by_event && code != codes[0])
        fair = status == CLCONV_DEVICE_LOST || (status == CLCONV_NO_MEMORY && making);
    else if (by_event && copy_back)
        fair = status != CLCONV_OK;
    ck_assert_msg(fair && (status == CLCONV_OK || clconv_last_error()[0]),
                  "code %d, number %ld, %s: %s: %s", code, n, clfault_where(),
                  clconv_status_name(status), clconv_last_error());
}

static void fail_each(const scene *s, bool by_event, int code)
{
    const long live = clfault_live();
    bool fired = true;
    for (long n = 1; fired; n++) {
        ck_assert_int_lt(n, ENDLESS);
        (by_event ? clfault_arm_event : clfault_arm)(n, code);
        const clconv_status status = stream_once(s);
        fired = clfault_fired();
        clfault_disarm();
        ck_assert_msg(fired || status == CLCONV_OK, "%s", clconv_last_error());
        if (fired)
            judge(status, code, by_event, n);
        ck_assert_msg(clfault_live() == live, "code %d, number %ld, %s: left over: %s", code, n,
                      clfault_where(), clfault_live_kinds());
    }
}

START_TEST(every_call_and_event_of_two_strips)
{
    case_machine machine;
    open_apart(&machine);
    scene s = scene_open(&machine);
    for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
        fail_each(&s, false, codes[c]);
        fail_each(&s, true, codes[c]);
    }
    scene_close(&s);
    case_close(&machine);
}
END_TEST

SUITE_MAIN("ocl_streams", &the_next_strip_is_on_its_way_when_one_is_taken,
           &each_row_is_read_once_by_two_strips, &two_strips_pulled_backwards_are_computed_once,
           &a_source_that_fails_ahead_and_recovers, &every_call_and_event_of_two_strips,
           &strips_apart_are_the_whole_bit_for_bit)
