/* pixels.h - the image at both ends of a stream: rows given and taken, and how often. */
#ifndef PIXELS_H
#define PIXELS_H

#include "cases.h"

enum { PIXELS_ROWS = 1024 };

typedef struct pixels { /* where a stream's rows come from and go to */
    const case_data *data;
    int reads[PIXELS_ROWS]; /* times that each input row was asked for */
    int next_row;           /* of the input, while it is read in order */
    bool in_order;
    unsigned char *y;
    int rows_taken;
    int fail_row; /* source or sink fail when they meet it; -1: never */
    clconv_status failure;
} pixels;

/* y is malloc'd and poisoned; the caller frees it. */
pixels pixels_of(const case_data *data);

/* A stream that reads them; algorithm NULL: the chooser's. */
clconv_status pixels_stream(clconv_stream **stream, clconv_context *context, pixels *from,
                            const char *algorithm, size_t budget);
/* The least budget that such a stream can work in, which its refusal of less names. */
size_t pixels_least_budget(clconv_context *context, const case_data *data, const char *algorithm);

/* The sink of a run. */
clconv_status pixels_sink(void *user, int first, int count, const void *rows);
/* Run to the end; rows read. */
void pixels_push(clconv_stream *stream, pixels *to);
void pixels_pull(clconv_stream *stream, pixels *to, int first, int count);

#endif
