/* clconv.c - the public entry points: check arguments, call down. Geometry, words, the cache and
 * the list of algorithms answer for themselves in their own layers. */
#include "base/size.h"
#include "base/status.h"
#include "plan/wisdom.h"
#include "stream/stream.h"
#include <stdlib.h>

#define CC_TEXT_OF(x) #x
#define CC_VERSION(major, minor, patch)                                                            \
    CC_TEXT_OF(major) "." CC_TEXT_OF(minor) "." CC_TEXT_OF(patch)

const char *clconv_version(void)
{
    return CC_VERSION(CLCONV_VERSION_MAJOR, CLCONV_VERSION_MINOR, CLCONV_VERSION_PATCH);
}

void clconv_free(void *text)
{
    free(text);
}

clconv_status clconv_device_list(clconv_device_info *devices, size_t capacity, size_t *count)
{
    CC_NEED(count);
    if (capacity)
        CC_NEED(devices);
    return cc_device_list(devices, capacity, count);
}

clconv_status clconv_device_diagnose(char **text)
{
    cc_text made = {0};

    CC_NEED(text);
    cc_ocl_diagnose(&made);
    *text = cc_text_take(&made);
    return *text ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for the diagnosis");
}

clconv_status clconv_context_create(clconv_context **context, const char *device)
{
    const clconv_context_options options = {.device = device};
    return clconv_context_create_with(context, &options);
}

clconv_status clconv_context_create_with(clconv_context **context,
                                         const clconv_context_options *options)
{
    const clconv_context_options none = {0};

    CC_NEED(context);
    *context = NULL;
    options = options ? options : &none;
    CC_TRY(cc_context_open(context, options));
    return cc_wisdom_open(context, options);
}

void clconv_context_destroy(clconv_context *context)
{
    cc_context_release(context);
}

clconv_status clconv_context_info(clconv_device_info *info, const clconv_context *context)
{
    CC_NEED(info);
    CC_NEED(context);
    *info = context->caps.info;
    return CLCONV_OK;
}

clconv_status clconv_context_measure(clconv_ceilings *ceilings, clconv_context *context)
{
    CC_NEED(ceilings);
    CC_NEED(context);
    return cc_measure(ceilings, context);
}

clconv_status clconv_context_measure_rate(double *f32, clconv_context *context,
                                          const clconv_ceilings *ceilings)
{
    CC_NEED(f32);
    CC_NEED(context);
    CC_NEED(ceilings);
    return cc_measure_rate(f32, context, ceilings);
}

clconv_status clconv_buffer_create(clconv_buffer **buffer, clconv_context *context, size_t bytes)
{
    CC_NEED(buffer);
    *buffer = NULL;
    CC_NEED(context);
    return cc_buffer_create(buffer, context, bytes);
}

clconv_status clconv_buffer_measure_copy(double *rate, clconv_buffer *to, const clconv_buffer *from,
                                         const clconv_ceilings *ceilings)
{
    CC_NEED(rate);
    CC_NEED(to);
    CC_NEED(from);
    CC_NEED(ceilings);
    return cc_measure_copy(rate, to, from, ceilings);
}

clconv_status clconv_buffer_view(clconv_buffer **view, clconv_buffer *buffer, size_t offset,
                                 size_t bytes)
{
    CC_NEED(view);
    *view = NULL;
    CC_NEED(buffer);
    return cc_buffer_view(view, buffer, offset, bytes);
}

clconv_status clconv_buffer_write(clconv_buffer *buffer, size_t offset, const void *from,
                                  size_t bytes)
{
    CC_NEED(buffer);
    CC_NEED(from);
    return cc_buffer_write(buffer, offset, from, bytes);
}

clconv_status clconv_buffer_read(void *to, const clconv_buffer *buffer, size_t offset, size_t bytes)
{
    CC_NEED(to);
    CC_NEED(buffer);
    return cc_buffer_read(to, buffer, offset, bytes);
}

size_t clconv_buffer_size(const clconv_buffer *buffer)
{
    return buffer ? buffer->bytes : 0;
}

void clconv_buffer_destroy(clconv_buffer *buffer)
{
    cc_buffer_release(buffer);
}

clconv_status clconv_plan_create(clconv_plan **plan, clconv_context *context,
                                 const clconv_desc *desc, const float *filters, const float *bias,
                                 const clconv_plan_options *options)
{
    CC_NEED(plan);
    *plan = NULL;
    CC_NEED(context);
    CC_NEED(desc);
    CC_NEED(filters);
    return cc_plan_create(plan, context, desc, NULL, filters, bias, options);
}

clconv_status clconv_plan_tiles(int *tiles, clconv_context *context, const clconv_desc *desc,
                                const float *filters, const char *algorithm)
{
    CC_NEED(tiles);
    CC_NEED(context);
    CC_NEED(desc);
    CC_NEED(filters);
    CC_NEED(algorithm);
    return cc_plan_tiles(tiles, context, desc, filters, algorithm);
}

clconv_status clconv_plan_set_filters(clconv_plan *plan, const float *filters, const float *bias)
{
    CC_NEED(plan);
    CC_NEED(filters);
    return cc_plan_set_filters(plan, filters, bias);
}

clconv_status clconv_plan_run(clconv_plan *plan, const clconv_buffer *x, clconv_buffer *y)
{
    CC_NEED(plan);
    CC_NEED(x);
    CC_NEED(y);
    return cc_plan_run(NULL, plan, x, y);
}

clconv_status clconv_plan_run_timed(double *seconds, clconv_plan *plan, const clconv_buffer *x,
                                    clconv_buffer *y)
{
    CC_NEED(seconds);
    CC_NEED(plan);
    CC_NEED(x);
    CC_NEED(y);
    return cc_plan_run(seconds, plan, x, y);
}

clconv_status clconv_plan_get_info(clconv_plan_info *info, const clconv_plan *plan)
{
    CC_NEED(info);
    CC_NEED(plan);
    *info = (clconv_plan_info){plan->algo->info.name, plan->workspace, plan->estimate, plan->shape};
    return CLCONV_OK;
}

clconv_status clconv_plan_explain(char **text, const clconv_plan *plan, int json)
{
    CC_NEED(text);
    *text = NULL;
    CC_NEED(plan);
    return cc_plan_explain(text, plan, json != 0);
}

void clconv_plan_destroy(clconv_plan *plan)
{
    cc_plan_destroy(plan);
}

clconv_status clconv_stream_create(clconv_stream **stream, clconv_context *context,
                                   const clconv_desc *desc, const float *filters, const float *bias,
                                   clconv_source_fn source, void *user,
                                   const clconv_stream_options *options)
{
    CC_NEED(stream);
    *stream = NULL;
    CC_NEED(context);
    CC_NEED(desc);
    CC_NEED(filters);
    CC_NEED(source);
    return cc_stream_create(stream, context, desc, NULL, filters, bias, source, user, options);
}

clconv_status clconv_stream_read(clconv_stream *stream, int first, int count, void *rows)
{
    CC_NEED(stream);
    CC_NEED(rows);
    return cc_stream_read(stream, first, count, rows);
}

clconv_status clconv_stream_run(clconv_stream *stream, clconv_sink_fn sink, void *user)
{
    CC_NEED(stream);
    CC_NEED(sink);
    return cc_stream_run(stream, sink, user);
}

clconv_status clconv_stream_get_stats(clconv_stream_stats *stats, const clconv_stream *stream)
{
    CC_NEED(stats);
    CC_NEED(stream);
    cc_stream_stats(stats, stream);
    return CLCONV_OK;
}

void clconv_stream_destroy(clconv_stream *stream)
{
    cc_stream_destroy(stream);
}

clconv_status clconv_check_result(clconv_check *check, const clconv_desc *desc,
                                  const char *algorithm, const void *x, const float *filters,
                                  const float *bias, const void *y)
{
    CC_NEED(check);
    CC_NEED(desc);
    CC_NEED(algorithm);
    CC_NEED(x);
    CC_NEED(filters);
    CC_NEED(y);
    return cc_check_result(check, desc, algorithm, x, filters, bias, y);
}

clconv_status clconv_tune(clconv_tuning *tuning, clconv_context *context, const clconv_desc *desc,
                          const float *filters, const clconv_tune_options *options)
{
    const clconv_tune_options none = {0};

    CC_NEED(tuning);
    CC_NEED(context);
    CC_NEED(desc);
    return cc_tune(tuning, context, desc, filters, options ? options : &none);
}

clconv_status clconv_tune_ceilings(clconv_context *context, const clconv_ceilings *ceilings,
                                   int like)
{
    CC_NEED(context);
    CC_NEED(ceilings);
    return cc_wisdom_learn_ceilings(context, ceilings, like != 0);
}

clconv_status clconv_wisdom_visit(clconv_context *context,
                                  void (*visit)(void *user, const clconv_wisdom *line), void *user)
{
    CC_NEED(context);
    CC_NEED(visit);
    return cc_wisdom_visit(context, visit, user);
}

clconv_status clconv_wisdom_forget(clconv_context *context, const clconv_desc *desc,
                                   size_t *removed)
{
    CC_NEED(context);
    return cc_wisdom_forget(context, desc, removed);
}

/* The caller's memory itself where that can be, else a buffer, filled where `copied`. */
static clconv_status take(clconv_buffer **buffer, clconv_context *context, const void *memory,
                          size_t bytes, bool lent, bool copied)
{
    if (lent && cc_buffer_over(buffer, context, (void *)(uintptr_t)memory, bytes) == CLCONV_OK)
        return CLCONV_OK;
    CC_TRY(cc_buffer_create(buffer, context, bytes));
    return copied ? cc_buffer_write(*buffer, 0, memory, bytes) : CLCONV_OK;
}

/* The whole problem through buffers of the context. */
static clconv_status run_whole(clconv_context *context, const clconv_desc *desc, const void *x,
                               const float *filters, const float *bias, void *y)
{
    clconv_plan *plan = NULL;
    clconv_buffer *in = NULL, *out = NULL;
    clconv_status status = cc_plan_create(&plan, context, desc, NULL, filters, bias, NULL);
    const size_t x_bytes = status == CLCONV_OK ? (size_t)plan->geom.x_bytes : 0;
    const size_t y_bytes = status == CLCONV_OK ? (size_t)plan->geom.y_bytes : 0;
    /* Elements of y between those of the output belong to the caller: they make the round trip. */
    const bool gaps = status == CLCONV_OK && plan->geom.y_elements != plan->geom.outputs;

    const bool lent = context->caps.info.shares_memory &&
                      !cc_overlap((uintptr_t)x, x_bytes, (uintptr_t)y, y_bytes);

    if (status == CLCONV_OK)
        status = take(&in, context, x, x_bytes, lent, true);
    if (status == CLCONV_OK)
        status = take(&out, context, y, y_bytes, lent, gaps);
    if (status == CLCONV_OK)
        status = cc_plan_run(NULL, plan, in, out);
    if (status == CLCONV_OK)
        status = cc_buffer_read(y, out, 0, y_bytes);
    cc_buffer_release(in);
    cc_buffer_release(out);
    cc_plan_destroy(plan);
    return status;
}

clconv_status clconv_run(clconv_context *context, const clconv_desc *desc, const void *x,
                         const float *filters, const float *bias, void *y)
{
    clconv_status status;

    CC_NEED(context);
    CC_NEED(desc);
    CC_NEED(x);
    CC_NEED(filters);
    CC_NEED(y);
    status = run_whole(context, desc, x, filters, bias, y);
    return status == CLCONV_NO_MEMORY ? cc_stream_arrays(context, desc, x, filters, bias, y)
                                      : status;
}
