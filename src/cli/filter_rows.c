/* filter_rows.c - the filtered image as rows that are computed when they are asked for. */
#include "filter_rows.h"
#include "cli.h"
#include "filter_input.h"
#include "filter_verify.h"
#include <stdlib.h>
#include <string.h>

struct strip {
    int first;           /* output row, -1: empty */
    unsigned char *rows; /* of the result */
};

struct filter_rows {
    const struct filter_work *work;
    struct filter_input input;
    clconv_stream *stream;
    struct strip *strips; /* a ring: strip i is in i % strip_count */
    int strip_count, strip_rows;
    int height, width;       /* of the result */
    size_t row_bytes;        /* of the result */
    size_t computed_bytes;   /* of a row as the stream gives it */
    unsigned char *computed; /* a strip as the stream gives it, when it is still to be finished */
    bool verify, failed;
    clconv_check check;
    double verify_seconds;
    const char *algorithm;
    struct progress *progress;
};

static bool allocate(struct filter_rows *rows, int reach)
{
    const clconv_desc *const desc = &rows->work->desc;
    const size_t width = (size_t)rows->width, strip_rows = (size_t)rows->strip_rows;
    const int strips = (rows->height - 1) / rows->strip_rows + 1;
    const int within_reach = (reach + rows->strip_rows - 1) / rows->strip_rows + 1;
    rows->row_bytes = width * (size_t)desc->c * clconv_type_size(rows->work->finish.output);
    rows->computed_bytes = width * (size_t)desc->k * clconv_type_size(desc->y_type);
    rows->strip_count = strips < within_reach ? strips : within_reach;
    rows->strips = calloc((size_t)rows->strip_count, sizeof *rows->strips);
    for (int i = 0; rows->strips && i < rows->strip_count; i++) {
        rows->strips[i].first = -1;
        rows->strips[i].rows = malloc(rows->row_bytes * strip_rows);
        if (!rows->strips[i].rows)
            return cli_no_memory(rows->row_bytes * strip_rows), false;
    }
    if (rows->work->finished)
        rows->computed = malloc(rows->computed_bytes * strip_rows);
    if (!rows->strips || (rows->work->finished && !rows->computed))
        return cli_no_memory(rows->computed_bytes * strip_rows), false;
    return true;
}

static bool open_stream(struct filter_rows *rows, clconv_context *context, const char *algorithm)
{
    const struct filter_work *const work = rows->work;
    const clconv_stream_options options = {.plan = {.algorithm = algorithm}};
    clconv_stream_stats stats;
    clconv_sizes sizes;
    if (clconv_desc_output(&sizes, &work->desc) != CLCONV_OK ||
        clconv_stream_create(&rows->stream, context, &work->desc, work->filters, work->bias,
                             filter_input_read, &rows->input, &options) != CLCONV_OK ||
        clconv_stream_get_stats(&stats, rows->stream) != CLCONV_OK) {
        cli_say("%s", clconv_last_error());
        return false;
    }
    rows->height = sizes.p;
    rows->width = sizes.q;
    rows->strip_rows = stats.strip_rows;
    rows->algorithm = stats.algorithm;
    return true;
}

bool filter_rows_open(struct filter_rows **made, clconv_context *context,
                      const struct filter_work *work, struct image *image, const char *algorithm,
                      bool verify, struct progress *progress)
{
    struct filter_rows *const rows = calloc(1, sizeof *rows);
    if (!rows) {
        cli_no_memory(sizeof *rows);
        return false;
    }
    rows->work = work;
    rows->verify = verify;
    rows->progress = progress;
    if (!filter_input_open(&rows->input, image, work) || !open_stream(rows, context, algorithm) ||
        !allocate(rows, image_reach(image))) {
        filter_rows_close(rows);
        return false;
    }
    *made = rows;
    return true;
}

void filter_rows_close(struct filter_rows *rows)
{
    if (!rows)
        return;
    clconv_stream_destroy(rows->stream);
    for (int i = 0; rows->strips && i < rows->strip_count; i++)
        free(rows->strips[i].rows);
    free(rows->strips);
    free(rows->computed);
    filter_input_close(&rows->input);
    free(rows);
}

static bool verify(struct filter_rows *rows, int first, int count, const unsigned char *y)
{
    const double begun = cli_clock();
    const bool ok = filter_verify(&rows->check, &rows->input, rows->algorithm, first, count, y);
    rows->verify_seconds += cli_clock() - begun;
    return ok;
}

static bool compute(struct filter_rows *rows, struct strip *strip, int first)
{
    const struct filter_work *const work = rows->work;
    const int left = rows->height - first;
    const int count = left < rows->strip_rows ? left : rows->strip_rows;
    unsigned char *const y = work->finished ? rows->computed : strip->rows;
    strip->first = -1;
    filter_input_need(&rows->input, first, count);
    if (clconv_stream_read(rows->stream, first, count, y) != CLCONV_OK) {
        if (!rows->input.failed)
            cli_say("%s", clconv_last_error());
        return false;
    }
    if (rows->verify && !verify(rows, first, count, y))
        return false;
    if (work->finished)
        filter_finish_row(&work->finish, y, strip->rows, (size_t)count * (size_t)rows->width);
    strip->first = first;
    progress_show(rows->progress, (double)(first + count) / rows->height);
    return true;
}

bool filter_rows_read(void *user, int first, int count, void *to)
{
    struct filter_rows *const rows = user;
    unsigned char *at = to;
    for (int row = first; row < first + count && !rows->failed; row++) {
        const int number = row / rows->strip_rows;
        struct strip *const strip = &rows->strips[number % rows->strip_count];
        const int begin = number * rows->strip_rows;
        if (strip->first != begin)
            rows->failed = !compute(rows, strip, begin);
        if (!rows->failed)
            memcpy(at, strip->rows + (size_t)(row - begin) * rows->row_bytes, rows->row_bytes);
        at += rows->row_bytes;
    }
    return !rows->failed;
}

int filter_rows_height(const struct filter_rows *rows)
{
    return rows->height;
}

int filter_rows_width(const struct filter_rows *rows)
{
    return rows->width;
}

void filter_rows_report(struct filter_report *report, const struct filter_rows *rows)
{
    clconv_stream_get_stats(&report->stream, rows->stream);
    report->check = rows->check;
    report->verify_seconds = rows->verify_seconds;
}
