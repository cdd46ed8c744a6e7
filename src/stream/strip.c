/* strip.c - strips on their way: loaded, computed, and back on the host.
 *
 * Where device and host share memory there is one, computed where it lies. Elsewhere there are two,
 * and each direction of copying has a queue of its own beside that of the kernels: while the device
 * computes one strip, its neighbours are read from the source and given to the sink, and copied. */
#include "base/status.h"
#include "stream/internal.h"
#include <stdlib.h>

static size_t x_bytes(const clconv_stream *s)
{
    return (size_t)(s->strip_h * cc_row_bytes(&s->x));
}

static size_t y_bytes(const clconv_stream *s)
{
    return (size_t)(s->strip_p * cc_row_bytes(&s->y));
}

static void drop_buffers(cc_strip *strip)
{
    cc_buffer_release(strip->x);
    cc_buffer_release(strip->y);
    strip->x = strip->y = NULL;
}

/* ---- where device and host share memory, or the device is the host ---- */

/* Buffers over the rows, anew for each strip, so that the device sees what has been written there
 * since. */
static clconv_status lend(const clconv_stream *s, cc_strip *strip)
{
    drop_buffers(strip);
    CC_TRY(cc_buffer_over(&strip->x, s->context, strip->x_rows, x_bytes(s)));
    return cc_buffer_over(&strip->y, s->context, strip->y_rows, y_bytes(s));
}

static clconv_status make_buffers(const clconv_stream *s, cc_strip *strip)
{
    drop_buffers(strip);
    CC_TRY(cc_buffer_create(&strip->x, s->context, x_bytes(s)));
    return cc_buffer_create(&strip->y, s->context, y_bytes(s));
}

/* A driver that does not take the rows as they lie gets copies. */
static clconv_status allocate_shared(clconv_stream *s, cc_strip *strip)
{
    strip->x_rows = malloc(x_bytes(s));
    strip->y_rows = malloc(y_bytes(s));
    if (!strip->x_rows || !strip->y_rows)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for strips of %d rows (%zu bytes)", s->strip_h,
                       x_bytes(s) + y_bytes(s));
    s->is_lent = lend(s, strip) == CLCONV_OK;
    return s->is_lent ? CLCONV_OK : make_buffers(s, strip);
}

static clconv_status compute_shared(clconv_stream *s, cc_strip *strip)
{
    double seconds = 0;
    CC_TRY(s->is_lent ? lend(s, strip) : cc_buffer_write(strip->x, 0, strip->x_rows, x_bytes(s)));
    CC_TRY(cc_plan_run(&seconds, s->plan, strip->x, strip->y));
    s->stats.device_seconds += seconds;
    return cc_buffer_read(strip->y_rows, strip->y, 0, y_bytes(s));
}

/* ---- where memory is apart ---- */

/* The device's memory, whose size is checked, comes first. */
static clconv_status allocate_apart(const clconv_stream *s, cc_strip *strip)
{
    cc_ocl *const ocl = s->context->ocl;
    CC_TRY(make_buffers(s, strip));
    CC_TRY(cc_ocl_pinned_create(&strip->x_pinned, ocl, x_bytes(s)));
    CC_TRY(cc_ocl_pinned_create(&strip->y_pinned, ocl, y_bytes(s)));
    strip->x_rows = strip->x_pinned.data;
    strip->y_rows = strip->y_pinned.data;
    return CLCONV_OK;
}

static clconv_status prepare_queues(clconv_stream *s)
{
    cc_ocl *const ocl = s->context->ocl;
    CC_TRY(cc_ocl_queue_create(&s->queue_in, ocl));
    CC_TRY(cc_ocl_queue_create(&s->queue_run, ocl));
    CC_TRY(cc_ocl_queue_create(&s->queue_out, ocl));
    return s->plan->workspace ? cc_ocl_mem_create(&s->workspace, ocl, s->plan->workspace)
                              : CLCONV_OK;
}

static clconv_status copy_in(const clconv_stream *s, cc_strip *strip)
{
    CC_TRY(cc_ocl_begin(&strip->in, s->context->ocl, s->queue_in, NULL, 0));
    CC_TRY(cc_ocl_copy_in(&strip->in, strip->x->mem, strip->x_rows, x_bytes(s)));
    return cc_ocl_flush(&strip->in);
}

static clconv_status compute(const clconv_stream *s, cc_strip *strip)
{
    const cc_enqueue args = {.queue = s->queue_run,
                             .x = strip->x->mem,
                             .y = strip->y->mem,
                             .workspace = s->workspace,
                             .waits = &strip->in.last,
                             .wait_count = 1,
                             .chain = &strip->run};
    return cc_plan_enqueue(s->plan, &args);
}

static clconv_status copy_out(const clconv_stream *s, cc_strip *strip)
{
    CC_TRY(cc_ocl_begin(&strip->out, s->context->ocl, s->queue_out, &strip->run.last, 1));
    CC_TRY(cc_ocl_copy_out(&strip->out, strip->y_rows, strip->y->mem, y_bytes(s)));
    return cc_ocl_flush(&strip->out);
}

static void discard(cc_strip *strip)
{
    cc_ocl_discard(&strip->in);
    cc_ocl_discard(&strip->run);
    cc_ocl_discard(&strip->out);
    strip->is_flying = false;
}

/* Waits for all that has begun. The first failure counts: what comes after fails for its sake. */
static clconv_status land(clconv_stream *s, cc_strip *strip)
{
    cc_commands *const chains[] = {&strip->in, &strip->run, &strip->out};
    clconv_status status = CLCONV_OK;
    double seconds = 0;

    for (int i = 0; i < 3; i++)
        cc_ocl_await(chains[i]); /* before one is found lost */
    for (int i = 0; i < 3 && status == CLCONV_OK; i++)
        if (chains[i]->last)
            status = cc_ocl_finish(chains[i], chains[i] == &strip->run ? &seconds : NULL);
    discard(strip);
    s->stats.device_seconds += seconds;
    return status;
}

static clconv_status take_off(clconv_stream *s, cc_strip *strip)
{
    clconv_status status = copy_in(s, strip);
    if (status == CLCONV_OK)
        status = compute(s, strip);
    if (status == CLCONV_OK)
        status = copy_out(s, strip);
    strip->is_flying = status == CLCONV_OK;
    if (status == CLCONV_OK)
        return CLCONV_OK;
    const clconv_status earlier = land(s, strip);
    return earlier == CLCONV_OK ? status : earlier;
}

/* ---- either ---- */

clconv_status cc_strips_allocate(clconv_stream *s)
{
    for (int i = 0; i < CC_STRIPS; i++)
        s->strips[i].first = -1;
    for (int i = 0; i < s->strip_count; i++)
        CC_TRY(s->is_apart ? allocate_apart(s, &s->strips[i]) : allocate_shared(s, &s->strips[i]));
    return s->is_apart ? prepare_queues(s) : CLCONV_OK;
}

void cc_strips_free(clconv_stream *s)
{
    cc_ocl *const ocl = s->context->ocl;
    for (int i = 0; i < CC_STRIPS; i++) {
        cc_strip *const strip = &s->strips[i];
        discard(strip);
        drop_buffers(strip);
        if (s->is_apart) {
            (void)cc_ocl_pinned_release(ocl, &strip->x_pinned);
            (void)cc_ocl_pinned_release(ocl, &strip->y_pinned);
        } else {
            free(strip->x_rows);
            free(strip->y_rows);
        }
    }
    cc_ocl_mem_release(ocl, s->workspace);
    cc_ocl_queue_release(s->queue_in);
    cc_ocl_queue_release(s->queue_run);
    cc_ocl_queue_release(s->queue_out);
}

clconv_status cc_strip_begin(clconv_stream *s, cc_strip *strip, int first)
{
    if (strip->is_flying)
        (void)land(s, strip); /* nobody asks for it any more */
    strip->first = -1;
    CC_TRY(cc_stream_load(s, strip, (int64_t)first * s->image.stride_h - s->image.pad_top));
    CC_TRY(s->is_apart ? take_off(s, strip) : compute_shared(s, strip));
    strip->first = first;
    s->stats.strips++;
    return CLCONV_OK;
}

clconv_status cc_strip_finish(clconv_stream *s, cc_strip *strip)
{
    const clconv_status status = strip->is_flying ? land(s, strip) : CLCONV_OK;
    if (status != CLCONV_OK)
        strip->first = -1;
    return status;
}
