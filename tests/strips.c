/* strips.c - images in strips against one plan over the whole, pulled in any order or pushed. */
#include "strips.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 30 };

static void pulled_in_order(clconv_stream *stream, pixels *to)
{
    for (int row = 0; row < to->data->sizes.p; row += 3)
        pixels_pull(stream, to, row, to->data->sizes.p - row < 3 ? to->data->sizes.p - row : 3);
}

static void pulled_backwards(clconv_stream *stream, pixels *to)
{
    for (int row = to->data->sizes.p - 1; row >= 0; row--)
        pixels_pull(stream, to, row, 1);
}

static void pulled_at_random(clconv_stream *stream, pixels *to)
{
    uint64_t state = SEED;
    pulled_backwards(stream, to);
    memset(to->y, CASE_POISON, to->data->sizes.y_bytes);
    for (int i = 0; i < 8; i++) {
        const int first = case_random(&state, 0, to->data->sizes.p - 1);
        pixels_pull(stream, to, first, case_random(&state, 1, to->data->sizes.p - first));
    }
    pulled_in_order(stream, to);
}

/* Each opens its own stream, drains it in one way, and compares. */
static void compare(clconv_context *context, const case_data *data, const char *algorithm,
                    size_t budget, const unsigned char *whole,
                    void (*drain)(clconv_stream *stream, pixels *to), const char *how)
{
    pixels image = pixels_of(data);
    clconv_stream *stream = NULL;
    clconv_stream_stats stats;

    const clconv_status status = pixels_stream(&stream, context, &image, algorithm, budget);
    if (status == CLCONV_UNSUPPORTED && strstr(clconv_last_error(), "tiles of")) {
        ck_assert(case_is_specialised(algorithm)); /* one of its tiles is larger */
    } else if (status != CLCONV_OK) {
        case_complain(data, algorithm, "budget %zu: %s", budget, clconv_last_error());
    } else {
        drain(stream, &image);
        ck_assert_int_eq(clconv_stream_get_stats(&stats, stream), CLCONV_OK);
        ck_assert_str_eq(stats.algorithm, algorithm);
        ck_assert_int_ge(stats.strips * stats.strip_rows, data->sizes.p);
        if (memcmp(whole, image.y, data->sizes.y_bytes) != 0)
            case_complain(data, algorithm, "strips of %d rows, %s, are not the whole",
                          stats.strip_rows, how);
    }
    clconv_stream_destroy(stream);
    free(image.y);
}

static bool is_dense_image(const clconv_desc *d)
{
    return d->n == 1 && !d->x_stride_c && !d->x_stride_h && !d->x_stride_w && !d->y_stride_c &&
           !d->y_stride_h && !d->y_stride_w;
}

bool strips_are_the_whole(clconv_context *context, const case_data *data, const char *algorithm)
{
    unsigned char *whole;
    const clconv_status status = case_run(&whole, context, data, algorithm, CASE_POISON);
    if (status == CLCONV_UNSUPPORTED && case_fair_refusal(algorithm))
        return false;
    if (status != CLCONV_OK) {
        case_complain(data, algorithm, "%s", clconv_last_error());
        return true;
    }
    const size_t least = pixels_least_budget(context, data, algorithm);
    compare(context, data, algorithm, least, whole, pixels_push, "pushed");
    compare(context, data, algorithm, least * 2, whole, pulled_in_order, "pulled in order");
    compare(context, data, algorithm, least * 3, whole, pulled_at_random, "pulled at random");
    compare(context, data, algorithm, 0, whole, pixels_push, "pushed");
    free(whole);
    return true;
}

/* Every step-th problem from number `first` on. */
void strips_try(const case_algorithm *algorithm, size_t first, size_t step, size_t *images,
                size_t *refused)
{
    for (size_t i = first; i < case_problem_count; i += step) {
        case_data data;
        case_parse_for(&data, case_problems[i], algorithm->name, CLI_FILL_REAL, SEED + i);
        if (is_dense_image(&data.desc)) {
            ++*images;
            *refused += !strips_are_the_whole(algorithm->context, &data, algorithm->name);
        }
        case_free(&data);
    }
}
