/* filter_rows.h - the filtered image as rows that are computed when they are asked for.
 *
 * A strip is computed by the library's stream as soon as one of its rows is wanted; the last few
 * strips are kept, and of the input the rows that a strip reads, so that a file is read in order
 * and once. One thread at a time. */
#ifndef CLI_FILTER_ROWS_H
#define CLI_FILTER_ROWS_H

#include "filter_work.h"
#include "progress.h"

struct filter_rows;

struct filter_report { /* of what was computed so far */
    clconv_stream_stats stream;
    clconv_check check; /* the worst of all strips; outputs and misses of all together */
    double verify_seconds;
};

/* verify: each strip is compared with the referee. Everything given has to stay alive. False after
 * a message. */
bool filter_rows_open(struct filter_rows **rows, clconv_context *context,
                      const struct filter_work *work, struct image *image, const char *algorithm,
                      bool verify, struct progress *progress);
/* Rows [first, first + count) of the result, for image_result.rows; false after a message. */
bool filter_rows_read(void *rows, int first, int count, void *to);
int filter_rows_height(const struct filter_rows *rows);
int filter_rows_width(const struct filter_rows *rows);
void filter_rows_report(struct filter_report *report, const struct filter_rows *rows);
void filter_rows_close(struct filter_rows *rows); /* NULL is accepted */

#endif
