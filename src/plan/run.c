/* run.c - one run of a plan: on buffers and waiting, or on the caller's queue. */
#include "base/clock.h"
#include "base/size.h"
#include "base/status.h"
#include "plan/internal.h"
#include <inttypes.h>

static clconv_status check_buffer(const clconv_plan *plan, const char *what,
                                  const clconv_buffer *buffer, int64_t need, clconv_type type)
{
    if (buffer->context != plan->context)
        return cc_fail(CLCONV_INVALID, "%s: the buffer belongs to another context than the plan",
                       what);
    if ((uint64_t)buffer->bytes < (uint64_t)need)
        return cc_fail(CLCONV_INVALID, "%s: the buffer has %zu bytes, the plan needs %" PRId64,
                       what, buffer->bytes, need);
    const clconv_buffer *whole = buffer;
    while (whole->parent)
        whole = whole->parent;
    const size_t offset = buffer->offset - whole->offset;
    if (offset % clconv_type_size(type))
        return cc_fail(CLCONV_INVALID,
                       "%s: the view's offset of %zu bytes is no multiple of an element of %zu",
                       what, offset, clconv_type_size(type));
    return CLCONV_OK;
}

/* Whether two ranges of bytes of one memory have a byte in common. */
static clconv_status refuse_overlap(const char *what, const char *other)
{
    return cc_fail(CLCONV_INVALID,
                   "%s and %s overlap in one memory; a convolution cannot be done in place, take "
                   "another",
                   what, other);
}

static clconv_status check_buffers(const clconv_plan *plan, const clconv_buffer *x,
                                   const clconv_buffer *y)
{
    const cc_geom *const geom = &plan->geom;

    CC_TRY(check_buffer(plan, "x", x, geom->x_bytes, geom->x_type));
    CC_TRY(check_buffer(plan, "y", y, geom->y_bytes, geom->y_type));
    if (x->mem == y->mem && x->host == y->host &&
        cc_overlap(x->offset, (size_t)geom->x_bytes, y->offset, (size_t)geom->y_bytes))
        return refuse_overlap("x", "y");
    return CLCONV_OK;
}

static clconv_status run_on_host(double *seconds, clconv_plan *plan, const cc_state *state,
                                 const clconv_buffer *x, clconv_buffer *y)
{
    cc_run run = {.state = state, .host_x = x->host + x->offset, .host_y = y->host + y->offset};
    const double start = cc_now();
    const clconv_status status = plan->algo->execute(plan, &run);

    if (seconds && status == CLCONV_OK)
        *seconds = cc_now() - start;
    return status;
}

static clconv_status run_on_device(double *seconds, clconv_plan *plan, const cc_state *state,
                                   const clconv_buffer *x, clconv_buffer *y)
{
    cc_run run = {.state = state,
                  .x = x->mem,
                  .y = y->mem,
                  .x_base = (int64_t)(x->offset / clconv_type_size(plan->geom.x_type)),
                  .y_base = (int64_t)(y->offset / clconv_type_size(plan->geom.y_type))};
    cc_slot *slot = NULL;
    clconv_status status;

    CC_TRY(cc_slot_take(&slot, plan, true));
    run.slot = slot;
    run.workspace = slot->workspace;
    status = cc_ocl_begin(&run.commands, plan->context->ocl, NULL, NULL, 0);
    if (status == CLCONV_OK) {
        status = plan->algo->execute(plan, &run);
        if (status == CLCONV_OK)
            status = cc_ocl_finish(&run.commands, seconds);
        else
            cc_ocl_abandon(&run.commands);
    }
    cc_slot_give_back(plan, slot);
    return status;
}

clconv_status cc_plan_run(double *seconds, clconv_plan *plan, const clconv_buffer *x,
                          clconv_buffer *y)
{
    cc_state *state;
    clconv_status status;

    CC_TRY(check_buffers(plan, x, y));
    state = cc_state_current(plan);
    if (state->stand_in)
        status = cc_plan_run(seconds, state->stand_in, x, y);
    else if (plan->context->ocl)
        status = run_on_device(seconds, plan, state, x, y);
    else
        status = run_on_host(seconds, plan, state, x, y);
    cc_state_release(state, plan->context);
    return status;
}

static clconv_status check_memory(const clconv_plan *plan, const cc_enqueue *args)
{
    cc_ocl *const ocl = plan->context->ocl;
    const size_t x_bytes = (size_t)plan->geom.x_bytes, y_bytes = (size_t)plan->geom.y_bytes;

    CC_TRY(cc_ocl_mem_check(ocl, args->x, "x", args->x_offset, x_bytes));
    CC_TRY(cc_ocl_mem_check(ocl, args->y, "y", args->y_offset, y_bytes));
    if (args->x == args->y && cc_overlap(args->x_offset, x_bytes, args->y_offset, y_bytes))
        return refuse_overlap("x", "y");
    if (!args->workspace)
        return CLCONV_OK;
    CC_TRY(cc_ocl_mem_check(ocl, args->workspace, "workspace", args->workspace_offset,
                            plan->workspace));
    if (args->workspace == args->x &&
        cc_overlap(args->workspace_offset, plan->workspace, args->x_offset, x_bytes))
        return refuse_overlap("workspace", "x");
    if (args->workspace == args->y &&
        cc_overlap(args->workspace_offset, plan->workspace, args->y_offset, y_bytes))
        return refuse_overlap("workspace", "y");
    return CLCONV_OK;
}

static clconv_status check_enqueue(const clconv_plan *plan, const cc_enqueue *args)
{
    const size_t x_size = clconv_type_size(plan->geom.x_type);
    const size_t y_size = clconv_type_size(plan->geom.y_type);
    const size_t acc_size = clconv_type_size(plan->geom.acc_type);

    if (!plan->context->ocl)
        return cc_fail(CLCONV_INVALID, "the plan is one of the device 'host', which has no queue; "
                                       "use clconv_plan_run");
    if (!args->x || !args->y || !args->queue)
        return cc_fail(CLCONV_INVALID, "queue, x and y must not be NULL");
    if (args->x_offset % x_size || args->y_offset % y_size || args->workspace_offset % acc_size)
        return cc_fail(CLCONV_INVALID,
                       "offsets %zu of x, %zu of y, %zu of the workspace have to be multiples of "
                       "%zu, %zu and %zu bytes",
                       args->x_offset, args->y_offset, args->workspace_offset, x_size, y_size,
                       acc_size);
    return check_memory(plan, args);
}

/* The slot's kernels are free again once enqueued, for OpenCL has copied their arguments. Memory
 * that is released while commands use it lives until they are done. */
static clconv_status enqueue(clconv_plan *plan, const cc_state *state, const cc_enqueue *args)
{
    cc_ocl *const ocl = plan->context->ocl;
    cc_run run = {.state = state,
                  .x = args->x,
                  .y = args->y,
                  .workspace = args->workspace,
                  .workspace_offset = args->workspace_offset};
    cc_mem own_workspace = NULL;
    cc_slot *slot = NULL;
    clconv_status status = CLCONV_OK;

    run.x_base = (int64_t)(args->x_offset / clconv_type_size(plan->geom.x_type));
    run.y_base = (int64_t)(args->y_offset / clconv_type_size(plan->geom.y_type));
    CC_TRY(cc_slot_take(&slot, plan, false));
    run.slot = slot;
    if (!args->workspace && plan->workspace) {
        status = cc_ocl_mem_create(&own_workspace, ocl, plan->workspace);
        run.workspace = own_workspace;
        run.workspace_offset = 0;
    }
    if (status == CLCONV_OK)
        status = cc_ocl_begin(&run.commands, ocl, args->queue, args->waits, args->wait_count);
    if (status == CLCONV_OK) {
        status = plan->algo->execute(plan, &run);
        if (status == CLCONV_OK && args->chain)
            status = cc_ocl_flush(&run.commands);
        else if (status == CLCONV_OK)
            status = cc_ocl_hand_over(&run.commands, args->event);
        if (status != CLCONV_OK)
            cc_ocl_abandon(&run.commands);
        else if (args->chain)
            *args->chain = run.commands;
    }
    cc_ocl_mem_release(ocl, own_workspace);
    cc_slot_give_back(plan, slot);
    return status;
}

clconv_status cc_plan_enqueue(clconv_plan *plan, const cc_enqueue *args)
{
    cc_state *state;
    clconv_status status;

    CC_TRY(check_enqueue(plan, args));
    if (!args->chain) /* then the queue is a caller's */
        CC_TRY(cc_ocl_queue_check(plan->context->ocl, args->queue));
    state = cc_state_current(plan);
    status = state->stand_in ? cc_plan_enqueue(state->stand_in, args) : enqueue(plan, state, args);
    cc_state_release(state, plan->context);
    return status;
}
