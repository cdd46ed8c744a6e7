/* internal.h - a stream, and what its files share. */
#ifndef CC_STREAM_INTERNAL_H
#define CC_STREAM_INTERNAL_H

#include "stream/stream.h"

/* Rows of the image as they stand in memory: dense, planes or interleaved. */
typedef struct cc_row_form {
    int64_t planes;    /* 1, or the channels of NCHW */
    int64_t row_bytes; /* of one row of one plane */
} cc_row_form;

struct clconv_stream {
    clconv_context *context;
    cc_geom image;      /* the whole */
    clconv_type x_type; /* of the strips: the image's, or a wider one that holds the border value */
    double budget;      /* bytes */
    int strip_p, strip_h; /* output and input rows of a strip */
    cc_row_form x, y;     /* of a strip; source: of what the source gives */
    cc_row_form source_form;
    clconv_plan *plan;
    clconv_buffer *x_buffer, *y_buffer; /* on the device, or the rows below themselves */
    bool is_lent;
    unsigned char *x_rows,
        *y_rows;                /* one strip on the host, planes strip_h and strip_p rows high */
    unsigned char *from_source; /* rows as the source gives them, at most strip_h */
    int64_t x_first; /* image row (any, also outside) of x_rows' first; valid when x_loaded */
    bool x_loaded;
    bool *have;  /* rows of the strip that are there already, while it is loaded */
    int y_first; /* output row of y_rows' first; -1: nothing computed */
    clconv_source_fn source;
    void *user;
    clconv_stream_stats stats;
};

/* rows.c: fills x_rows with image rows [first, first + strip_h), the border's rows included; reuses
 * what is there, so that a source in order is read in order and once. */
clconv_status cc_stream_load(clconv_stream *stream, int64_t first);

/* The type for strips in which the border's constant can stand as an element without being rounded
 * further than the arithmetic does. */
clconv_type cc_stream_type(const cc_geom *geom, bool on_host);

#endif
