/* test_streams.c - images in strips: bit for bit what one plan over the whole gives, whatever the
 * budget, pulled in any order or pushed; rows asked for once; callbacks that fail. */
#include "cases.h"
#include "suite.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 30, READS = 1024 };

typedef struct image { /* where a stream's rows come from and go to */
    const case_data *data;
    int reads[READS]; /* times that each input row was asked for */
    int next_row;     /* of the input, while it is read in order */
    bool in_order;
    unsigned char *y;
    int rows_taken;
    int fail_row; /* source or sink fail when they meet it; -1: never */
    clconv_status failure;
} image;

/* Copies rows between `count` rows on their own and an image of `height` rows. */
static void copy_rows(unsigned char *pixels, int height, int channels, int columns,
                      clconv_layout layout, clconv_type type, int first, int count,
                      unsigned char *rows, bool into_pixels)
{
    const size_t planes = layout == CLCONV_NHWC ? 1 : (size_t)channels;
    const size_t row =
        (size_t)columns * (layout == CLCONV_NHWC ? (size_t)channels : 1) * clconv_type_size(type);
    for (size_t plane = 0; plane < planes; plane++) {
        unsigned char *const there = pixels + (plane * (size_t)height + (size_t)first) * row;
        unsigned char *const here = rows + plane * (size_t)count * row;
        memcpy(into_pixels ? there : here, into_pixels ? here : there, (size_t)count * row);
    }
}

static int or_one(int value)
{
    return value ? value : 1;
}

static clconv_status source(void *user, int first, int count, void *rows)
{
    image *const from = user;
    const clconv_desc *const d = &from->data->desc;

    ck_assert_int_ge(first, 0);
    ck_assert_int_ge(count, 1);
    ck_assert_int_le(first + count, d->h);
    from->in_order = from->in_order && first == from->next_row;
    from->next_row = first + count;
    for (int i = first; i < first + count && i < READS; i++)
        from->reads[i]++;
    if (from->fail_row >= first && from->fail_row < first + count)
        return from->failure;
    copy_rows(from->data->x, d->h, or_one(d->c), d->w, d->x_layout, d->x_type, first, count, rows,
              false);
    return CLCONV_OK;
}

static void put_rows(image *to, int first, int count, const void *rows)
{
    const clconv_desc *const d = &to->data->desc;
    unsigned char *const copy = (unsigned char *)(uintptr_t)rows;
    copy_rows(to->y, to->data->sizes.p, or_one(d->k), to->data->sizes.q, d->y_layout, d->y_type,
              first, count, copy, true);
}

static clconv_status sink(void *user, int first, int count, const void *rows)
{
    image *const to = user;
    ck_assert_int_eq(first, to->rows_taken);
    to->rows_taken += count;
    if (to->fail_row >= first && to->fail_row < first + count)
        return to->failure;
    put_rows(to, first, count, rows);
    return CLCONV_OK;
}

static image image_of(const case_data *data)
{
    image made = {.data = data, .in_order = true, .fail_row = -1};
    made.y = malloc(data->sizes.y_bytes);
    ck_assert_ptr_nonnull(made.y);
    memset(made.y, CASE_POISON, data->sizes.y_bytes);
    return made;
}

static clconv_status open_stream(clconv_stream **stream, clconv_context *context, image *from,
                                 const char *algorithm, size_t budget)
{
    const clconv_stream_options options = {.budget = budget, .plan = case_force(algorithm)};
    return clconv_stream_create(stream, context, &from->data->desc, from->data->filters,
                                from->data->bias, source, from, &options);
}

/* The least budget that a stream can work in, which its refusal of less names. */
static size_t least_budget(clconv_context *context, const case_data *data, const char *algorithm)
{
    image from = {.data = data, .fail_row = -1};
    clconv_stream *stream;
    const char *number;

    ck_assert_int_eq(open_stream(&stream, context, &from, algorithm, 1), CLCONV_NO_MEMORY);
    ck_assert_ptr_null(stream);
    number = strstr(clconv_last_error(), "in all ");
    ck_assert_msg(number != NULL, "%s", clconv_last_error());
    return strtoull(number + strlen("in all "), NULL, 10);
}

static void pushed(clconv_stream *stream, image *to)
{
    to->rows_taken = 0;
    ck_assert_msg(clconv_stream_run(stream, sink, to) == CLCONV_OK, "%s", clconv_last_error());
    ck_assert_int_eq(to->rows_taken, to->data->sizes.p);
}

static void pull(clconv_stream *stream, image *to, int first, int count)
{
    const size_t row_bytes = to->data->sizes.y_bytes / (size_t)to->data->sizes.p;
    unsigned char *const rows = malloc((size_t)count * row_bytes);
    ck_assert_ptr_nonnull(rows);
    ck_assert_msg(clconv_stream_read(stream, first, count, rows) == CLCONV_OK, "%s",
                  clconv_last_error());
    put_rows(to, first, count, rows);
    free(rows);
}

static void pulled_in_order(clconv_stream *stream, image *to)
{
    for (int row = 0; row < to->data->sizes.p; row += 3)
        pull(stream, to, row, to->data->sizes.p - row < 3 ? to->data->sizes.p - row : 3);
}

static void pulled_backwards(clconv_stream *stream, image *to)
{
    for (int row = to->data->sizes.p - 1; row >= 0; row--)
        pull(stream, to, row, 1);
}

static void pulled_at_random(clconv_stream *stream, image *to)
{
    uint64_t state = SEED;
    pulled_backwards(stream, to);
    memset(to->y, CASE_POISON, to->data->sizes.y_bytes);
    for (int i = 0; i < 8; i++) {
        const int first = case_random(&state, 0, to->data->sizes.p - 1);
        pull(stream, to, first, case_random(&state, 1, to->data->sizes.p - first));
    }
    pulled_in_order(stream, to);
}

/* Each opens its own stream, drains it in one way, and compares. */
static void compare(clconv_context *context, const case_data *data, const char *algorithm,
                    size_t budget, const unsigned char *whole,
                    void (*drain)(clconv_stream *stream, image *to), const char *how)
{
    image pixels = image_of(data);
    clconv_stream *stream = NULL;
    clconv_stream_stats stats;

    if (open_stream(&stream, context, &pixels, algorithm, budget) != CLCONV_OK) {
        case_complain(data, algorithm, "budget %zu: %s", budget, clconv_last_error());
    } else {
        drain(stream, &pixels);
        ck_assert_int_eq(clconv_stream_get_stats(&stats, stream), CLCONV_OK);
        ck_assert_str_eq(stats.algorithm, algorithm);
        ck_assert_int_ge(stats.strips * stats.strip_rows, data->sizes.p);
        if (memcmp(whole, pixels.y, data->sizes.y_bytes) != 0)
            case_complain(data, algorithm, "strips of %d rows, %s, are not the whole",
                          stats.strip_rows, how);
    }
    clconv_stream_destroy(stream);
    free(pixels.y);
}

static bool is_dense_image(const clconv_desc *d)
{
    return or_one(d->n) == 1 && !d->x_stride_c && !d->x_stride_h && !d->x_stride_w &&
           !d->y_stride_c && !d->y_stride_h && !d->y_stride_w;
}

/* False when the algorithm does not do this problem, and its strips then neither. */
static bool strips_are_the_whole(clconv_context *context, const case_data *data,
                                 const char *algorithm)
{
    unsigned char *whole;
    const clconv_status status = case_run(&whole, context, data, algorithm, CASE_POISON);
    if (status == CLCONV_UNSUPPORTED)
        return false;
    if (status != CLCONV_OK) {
        case_complain(data, algorithm, "%s", clconv_last_error());
        return true;
    }
    const size_t least = least_budget(context, data, algorithm);
    compare(context, data, algorithm, least, whole, pushed, "pushed");
    compare(context, data, algorithm, least * 2, whole, pulled_in_order, "pulled in order");
    compare(context, data, algorithm, least * 3, whole, pulled_at_random, "pulled at random");
    compare(context, data, algorithm, 0, whole, pushed, "pushed");
    free(whole);
    return true;
}

START_TEST(strips_are_the_whole_bit_for_bit)
{
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine);
    for (size_t a = 0; a < count; a++) {
        const char *const name = algorithms[a].name;
        size_t images = 0, refused = 0;
        for (size_t i = 0; i < case_problem_count; i++) {
            case_data data;
            case_parse(&data, case_problems[i], CLI_FILL_REAL, SEED + i);
            if (is_dense_image(&data.desc)) {
                images++;
                refused += !strips_are_the_whole(algorithms[a].context, &data, name);
            }
            case_free(&data);
        }
        printf("%-8s strips of %zu images, %zu refused\n", name, images, refused);
        ck_assert_uint_ge(images, 300);
        ck_assert_uint_le(refused * 5, images);
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
    const size_t count = case_algorithms(algorithms, &machine);
    for (size_t a = 0; a < count; a++) {
        size_t run = 0;
        for (size_t i = 0; i < total; i++) {
            case_data data;
            case_parse(&data, problems[i], CLI_FILL_REAL, SEED);
            run += strips_are_the_whole(algorithms[a].context, &data, algorithms[a].name);
            case_free(&data);
        }
        ck_assert_uint_ge(run, total - 2); /* two are f64 */
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

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
        const size_t least = least_budget(machine.host, &data, "host");
        for (size_t budget = least; budget < 8 * least; budget += least / 2) {
            image pixels = image_of(&data);
            clconv_stream *stream;
            ck_assert_int_eq(open_stream(&stream, machine.host, &pixels, "host", budget),
                             CLCONV_OK);
            pushed(stream, &pixels);
            if (!pixels.in_order)
                case_complain(&data, "host", "budget %zu: rows out of order", budget);
            for (int row = 0; row < data.desc.h; row++)
                if (pixels.reads[row] != 1)
                    case_complain(&data, "host", "budget %zu: row %d read %d times", budget, row,
                                  pixels.reads[row]);
            clconv_stream_destroy(stream);
            free(pixels.y);
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
    const size_t budget = 3 * least_budget(machine.host, &data, "host");
    for (int row = 0; row < data.desc.h; row++)
        for (size_t f = 0; f < sizeof failures / sizeof *failures; f++) {
            image from = image_of(&data), to = image_of(&data);
            from.failure = to.failure = failures[f];
            ck_assert_int_eq(open_stream(&stream, machine.host, &from, "host", budget), CLCONV_OK);
            from.fail_row = row;
            ck_assert_int_eq(clconv_stream_run(stream, sink, &to), failures[f]);
            ck_assert_ptr_nonnull(strstr(clconv_last_error(), "the source gave"));
            from.fail_row = -1;
            to.fail_row = row;
            to.rows_taken = 0;
            ck_assert_int_eq(clconv_stream_run(stream, sink, &to), failures[f]);
            ck_assert_ptr_nonnull(strstr(clconv_last_error(), "the sink gave"));
            to.fail_row = -1;
            pushed(stream, &to);
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
        image from = {.data = &data, .fail_row = -1};
        ck_assert_int_eq(open_stream(&stream, machine.host, &from, NULL, 0), CLCONV_INVALID);
        ck_assert_ptr_null(stream);
        case_free(&data);
    }
    case_parse(&data, "1x1x9x7:1x3x3:same", CLI_FILL_REAL, SEED);
    image from = {.data = &data, .fail_row = -1};
    ck_assert_int_eq(open_stream(&stream, machine.host, &from, NULL, 0), CLCONV_OK);
    ck_assert_int_eq(clconv_stream_read(stream, -1, 2, rows), CLCONV_INVALID);
    ck_assert_int_eq(clconv_stream_read(stream, 8, 2, rows), CLCONV_INVALID);
    ck_assert_int_eq(clconv_stream_read(stream, 3, 0, rows), CLCONV_INVALID);
    ck_assert_int_eq(clconv_stream_read(stream, 1, INT32_MAX, rows), CLCONV_INVALID);
    clconv_stream_destroy(stream);
    case_free(&data);
    case_close(&machine);
}
END_TEST

SUITE_MAIN("streams", &strips_are_the_whole_bit_for_bit, &constants_that_the_input_type_cannot_hold,
           &each_row_is_read_once_and_in_order, &callbacks_that_fail_and_recover,
           &what_is_no_stream_is_refused)
