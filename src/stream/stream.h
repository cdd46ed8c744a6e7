/* stream.h - one image of any height, in strips of rows. */
#ifndef CC_STREAM_STREAM_H
#define CC_STREAM_STREAM_H

#include "plan/plan.h"

/* whole: the problem that the image is a part of (NULL: it is no part), as of cc_plan_create. */
clconv_status cc_stream_create(clconv_stream **stream, clconv_context *context,
                               const clconv_desc *desc, const clconv_desc *whole,
                               const float *filters, const float *bias, clconv_source_fn source,
                               void *user, const clconv_stream_options *options);
clconv_status cc_stream_read(clconv_stream *stream, int first, int count, void *rows);
clconv_status cc_stream_run(clconv_stream *stream, clconv_sink_fn sink, void *user);
void cc_stream_stats(clconv_stream_stats *stats, const clconv_stream *stream);
void cc_stream_destroy(clconv_stream *stream);

/* Host arrays of any layout and size through streams, image by image: for what does not fit on the
 * device as a whole. */
clconv_status cc_stream_arrays(clconv_context *context, const clconv_desc *desc, const void *x,
                               const float *filters, const float *bias, void *y);

#endif
