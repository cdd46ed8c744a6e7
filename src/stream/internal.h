/* internal.h - a stream, and what its files share. */
#ifndef CC_STREAM_INTERNAL_H
#define CC_STREAM_INTERNAL_H

#include "stream/stream.h"

/* Rows of the image as they stand in memory: dense, planes or interleaved. */
typedef struct cc_row_form {
    int64_t planes;    /* 1, or the channels of NCHW */
    int64_t row_bytes; /* of one row of one plane */
} cc_row_form;

static inline int64_t cc_row_bytes(const cc_row_form *form)
{
    return form->planes * form->row_bytes;
}

/* A strip, from the source to the sink: its rows on the host, planes strip_h and strip_p high, and
 * memory of the device, which is the rows themselves where host and device share it. */
typedef struct cc_strip {
    unsigned char *x_rows, *y_rows;
    cc_pinned x_pinned, y_pinned; /* the rows, where memory is apart */
    clconv_buffer *x, *y;
    int64_t x_first; /* image row (any, also outside) of x_rows' first */
    int first;       /* output row of y_rows' first; -1: nothing is or will be there */
    bool is_flying;  /* y_rows are on their way */
    cc_commands in, run, out;
} cc_strip;

enum { CC_STRIPS = 2 };

struct clconv_stream {
    clconv_context *context;
    cc_geom image;      /* the whole */
    clconv_type x_type; /* of the strips: the image's, or a wider one that holds the border value */
    double budget;      /* bytes */
    int strip_p, strip_h; /* output and input rows of a strip */
    cc_row_form x, y;     /* of a strip; source: of what the source gives */
    cc_row_form source_form;
    clconv_plan *plan;
    bool is_apart; /* the device's memory from the host's */
    bool is_lent;  /* the rows of strips are the device's buffers */
    int strip_count;
    cc_strip strips[CC_STRIPS];
    const cc_strip *served;                  /* last; NULL: none */
    cc_queue queue_in, queue_run, queue_out; /* where memory is apart, and the plan's workspace */
    cc_mem workspace;
    unsigned char *from_source; /* rows as the source gives them, at most strip_h */
    const cc_strip *loaded;     /* last, whose input rows the next may have, too; NULL: none */
    bool *have;                 /* rows of the strip that are there already, while it is loaded */
    int next;                   /* output row that comes next when all are read in order */
    clconv_source_fn source;
    void *user;
    clconv_stream_stats stats;
};

/* rows.c: fills the strip's x_rows with image rows [first, first + strip_h), the border's rows
 * included; reuses what was loaded last, so that a source in order is read in order and once. */
clconv_status cc_stream_load(clconv_stream *stream, cc_strip *strip, int64_t first);

/* The type for strips in which the border's constant can stand as an element without being rounded
 * further than the arithmetic does. */
clconv_type cc_stream_type(const cc_geom *geom, bool on_host);

/* ---- strip.c ---- */

/* strip_count of them. What a failure leaves, cc_strips_free takes, as all else. */
clconv_status cc_strips_allocate(clconv_stream *stream);
void cc_strips_free(clconv_stream *stream);

/* Loads the strip of the output rows from `first` on, and sees to it that they are computed;
 * the strip is of any state before. */
clconv_status cc_strip_begin(clconv_stream *stream, cc_strip *strip, int first);
/* Its y_rows are there then. */
clconv_status cc_strip_finish(clconv_stream *stream, cc_strip *strip);

#endif
