/* filter_input.c - a window of rows that moves down the input. */
#include "filter_input.h"
#include "cli.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STORED_ROWS = 16 }; /* made ready at a time */

bool filter_input_open(struct filter_input *input, struct image *image,
                       const struct filter_work *work)
{
    const struct image_info *const info = image_info(image);
    const size_t values = (size_t)info->width * (size_t)info->bands;
    *input = (struct filter_input){.image = image,
                                   .work = work,
                                   .direct = work->desc.border == CLCONV_WRAP,
                                   .file_bytes = values * clconv_type_size(info->type),
                                   .row_bytes = values * clconv_type_size(work->desc.x_type)};
    if (!work->prepared)
        return true;
    input->stored = malloc(STORED_ROWS * input->file_bytes);
    if (!input->stored)
        cli_no_memory(STORED_ROWS * input->file_bytes);
    return input->stored != NULL;
}

void filter_input_close(struct filter_input *input)
{
    free(input->stored);
    free(input->rows);
}

void filter_input_need(struct filter_input *input, int first, int count)
{
    const clconv_desc *const desc = &input->work->desc;
    const int64_t begin = (int64_t)first * desc->stride_h - desc->pad_top;
    const int64_t end = (int64_t)(first + count - 1) * desc->stride_h - desc->pad_top +
                        (int64_t)desc->dilation_h * (desc->r - 1);
    int64_t least = desc->h - 1;
    for (int64_t i = begin; i <= end; i++) {
        const int64_t row = clconv_border_index(desc->border, i, desc->h);
        if (row >= 0 && row < least)
            least = row;
    }
    input->keep_from = (int)least;
}

static bool read_ready(struct filter_input *input, int first, int count, unsigned char *to)
{
    if (!input->work->prepared)
        return image_read(input->image, first, count, to);
    for (int done = 0; done < count; done += STORED_ROWS) {
        const int here = count - done < STORED_ROWS ? count - done : STORED_ROWS;
        if (!image_read(input->image, first + done, here, input->stored))
            return false;
        filter_prepare_row(&input->work->finish, input->stored,
                           to + (size_t)done * input->row_bytes,
                           (size_t)here * (size_t)input->work->desc.w);
    }
    return true;
}

/* Drops what is not needed and makes room for rows up to `end`. */
static bool make_room(struct filter_input *input, int end)
{
    int drop = input->keep_from - input->first;
    drop = drop < 0 ? 0 : drop > input->count ? input->count : drop;
    if (drop > 0)
        memmove(input->rows, input->rows + (size_t)drop * input->row_bytes,
                (size_t)(input->count - drop) * input->row_bytes);
    input->first += drop;
    input->count -= drop;
    if (input->count == 0 && input->first < input->keep_from)
        input->first = input->keep_from;
    const int wanted = end - input->first;
    if (wanted <= input->capacity)
        return true;
    unsigned char *const larger = realloc(input->rows, (size_t)wanted * input->row_bytes);
    if (!larger) {
        cli_no_memory((size_t)wanted * input->row_bytes);
        return false;
    }
    input->rows = larger;
    input->capacity = wanted;
    return true;
}

static bool read_on(struct filter_input *input, int end)
{
    if (!make_room(input, end))
        return false;
    const int from = input->first + input->count;
    if (!read_ready(input, from, end - from, input->rows + (size_t)input->count * input->row_bytes))
        return false;
    input->count = end - input->first;
    return true;
}

clconv_status filter_input_read(void *user, int first, int count, void *rows)
{
    struct filter_input *const input = user;
    if (input->failed)
        return CLCONV_IO;
    if (input->direct || first < input->first) {
        input->failed = !read_ready(input, first, count, rows);
        return input->failed ? CLCONV_IO : CLCONV_OK;
    }
    if (input->keep_from > first)
        input->keep_from = first;
    if (first + count > input->first + input->count)
        input->failed = !read_on(input, first + count);
    if (input->failed)
        return CLCONV_IO;
    memcpy(rows, input->rows + (size_t)(first - input->first) * input->row_bytes,
           (size_t)count * input->row_bytes);
    return CLCONV_OK;
}
