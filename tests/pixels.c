/* pixels.c - the image at both ends of a stream. */
#include "pixels.h"
#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Copies rows between `count` rows on their own and an image of `height` rows. */
static void copy_rows(unsigned char *image, int height, int channels, int columns,
                      clconv_layout layout, clconv_type type, int first, int count,
                      unsigned char *rows, bool into_image)
{
    const size_t planes = layout == CLCONV_NHWC ? 1 : (size_t)channels;
    const size_t row =
        (size_t)columns * (layout == CLCONV_NHWC ? (size_t)channels : 1) * clconv_type_size(type);
    for (size_t plane = 0; plane < planes; plane++) {
        unsigned char *const there = image + (plane * (size_t)height + (size_t)first) * row;
        unsigned char *const here = rows + plane * (size_t)count * row;
        memcpy(into_image ? there : here, into_image ? here : there, (size_t)count * row);
    }
}

static clconv_status source(void *user, int first, int count, void *rows)
{
    pixels *const from = user;
    const clconv_desc *const d = &from->data->desc;

    ck_assert_int_ge(first, 0);
    ck_assert_int_ge(count, 1);
    ck_assert_int_le(first + count, d->h);
    from->in_order = from->in_order && first == from->next_row;
    from->next_row = first + count;
    for (int i = first; i < first + count && i < PIXELS_ROWS; i++)
        from->reads[i]++;
    if (from->fail_row >= first && from->fail_row < first + count)
        return from->failure;
    copy_rows(from->data->x, d->h, d->c, d->w, d->x_layout, d->x_type, first, count, rows, false);
    return CLCONV_OK;
}

static void put_rows(pixels *to, int first, int count, const void *rows)
{
    const clconv_desc *const d = &to->data->desc;
    unsigned char *const copy = (unsigned char *)(uintptr_t)rows;
    copy_rows(to->y, to->data->sizes.p, d->k, to->data->sizes.q, d->y_layout, d->y_type, first,
              count, copy, true);
}

clconv_status pixels_sink(void *user, int first, int count, const void *rows)
{
    pixels *const to = user;
    ck_assert_int_eq(first, to->rows_taken);
    to->rows_taken += count;
    if (to->fail_row >= first && to->fail_row < first + count)
        return to->failure;
    put_rows(to, first, count, rows);
    return CLCONV_OK;
}

pixels pixels_of(const case_data *data)
{
    pixels made = {.data = data, .in_order = true, .fail_row = -1};
    made.y = malloc(data->sizes.y_bytes);
    ck_assert_ptr_nonnull(made.y);
    memset(made.y, CASE_POISON, data->sizes.y_bytes);
    return made;
}

clconv_status pixels_stream(clconv_stream **stream, clconv_context *context, pixels *from,
                            const char *algorithm, size_t budget)
{
    const clconv_stream_options options = {.budget = budget, .plan = case_force(algorithm)};
    return clconv_stream_create(stream, context, &from->data->desc, from->data->filters,
                                from->data->bias, source, from, &options);
}

size_t pixels_least_budget(clconv_context *context, const case_data *data, const char *algorithm)
{
    pixels from = {.data = data, .fail_row = -1};
    clconv_stream *stream;
    const char *number;

    ck_assert_int_eq(pixels_stream(&stream, context, &from, algorithm, 1), CLCONV_NO_MEMORY);
    ck_assert_ptr_null(stream);
    number = strstr(clconv_last_error(), "in all ");
    ck_assert_msg(number != NULL, "%s", clconv_last_error());
    return strtoull(number + strlen("in all "), NULL, 10);
}

void pixels_push(clconv_stream *stream, pixels *to)
{
    to->rows_taken = 0;
    ck_assert_msg(clconv_stream_run(stream, pixels_sink, to) == CLCONV_OK, "%s",
                  clconv_last_error());
    ck_assert_int_eq(to->rows_taken, to->data->sizes.p);
}

void pixels_pull(clconv_stream *stream, pixels *to, int first, int count)
{
    const size_t row_bytes = to->data->sizes.y_bytes / (size_t)to->data->sizes.p;
    unsigned char *const rows = malloc((size_t)count * row_bytes);
    ck_assert_ptr_nonnull(rows);
    ck_assert_msg(clconv_stream_read(stream, first, count, rows) == CLCONV_OK, "%s",
                  clconv_last_error());
    put_rows(to, first, count, rows);
    free(rows);
}
