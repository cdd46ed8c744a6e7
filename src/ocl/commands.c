/* commands.c - a chain of launches on a queue, each waiting for the one before by its event, so
 * that the order holds on the caller's out-of-order queue too. Of the events the first and the last
 * are kept; when there is one command they are the same, owned once. A failure in the middle
 * reaches the last event, because each command depends on the one before. */
#include "ocl/internal.h"

enum { NO_PROFILING = CL_PROFILING_INFO_NOT_AVAILABLE };

clconv_status cc_ocl_queue_create(cc_queue *queue, cc_ocl *ocl)
{
    cl_int code;
    *queue = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    *queue = clCreateCommandQueue(ocl->context, ocl->device, CL_QUEUE_PROFILING_ENABLE, &code);
    if (*queue)
        return CLCONV_OK;
    return cc_cl_fail(ocl, code, CC_CL_CREATE, "a command queue on %s", ocl->caps.info.id);
}

void cc_ocl_queue_release(cc_queue queue)
{
    if (queue)
        clReleaseCommandQueue(queue);
}

clconv_status cc_ocl_queue_check(cc_ocl *ocl, cc_queue queue)
{
    cl_context context = NULL;
    cl_device_id device = NULL;
    cl_int code = clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(context), &context, NULL);
    if (code == CL_SUCCESS)
        code = clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof(device), &device, NULL);
    if (code == CL_INVALID_COMMAND_QUEUE) /* the caller's mistake, not the device's end */
        return cc_fail(CLCONV_INVALID, "the queue is not a cl_command_queue");
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "asking the caller's queue");
    if (context == ocl->context && device == ocl->device)
        return CLCONV_OK;
    return cc_fail(CLCONV_INVALID, "the queue belongs to another %s than the clconv context on %s",
                   context == ocl->context ? "device" : "cl_context", ocl->caps.info.id);
}

/* PoCL 3.1 accepts a command behind an event that has failed, and never ends it. */
static clconv_status check_waits(cc_ocl *ocl, const cl_event *waits, unsigned wait_count)
{
    for (unsigned i = 0; i < wait_count; i++) {
        cl_int execution = CL_COMPLETE;
        const cl_int code = clGetEventInfo(waits[i], CL_EVENT_COMMAND_EXECUTION_STATUS,
                                           sizeof(execution), &execution, NULL);
        if (code == CL_INVALID_EVENT)
            return cc_fail(CLCONV_INVALID, "event %u of the wait list is not a cl_event", i);
        if (code != CL_SUCCESS)
            return cc_cl_fail(ocl, code, CC_CL_CREATE, "asking event %u of the wait list", i);
        if (execution < 0)
            return cc_fail(CLCONV_DEVICE, "event %u of the wait list has failed: %s (%d)", i,
                           cc_cl_name(execution), (int)execution);
    }
    return CLCONV_OK;
}

clconv_status cc_ocl_begin(cc_commands *commands, cc_ocl *ocl, cc_queue queue,
                           const cc_event *waits, unsigned wait_count)
{
    *commands = (cc_commands){.ocl = ocl, .queue = queue ? queue : ocl->queue};
    CC_TRY(cc_ocl_alive(ocl));
    if ((wait_count > 0) != (waits != NULL))
        return cc_fail(CLCONV_INVALID, "wait_count is %u, but wait_list is %sNULL", wait_count,
                       waits ? "not " : "");
    commands->waits = waits;
    commands->wait_count = wait_count;
    return check_waits(ocl, waits, wait_count);
}

cc_wait_list cc_commands_waits(const cc_commands *commands)
{
    if (commands->last)
        return (cc_wait_list){1, &commands->last};
    return (cc_wait_list){commands->wait_count, commands->waits};
}

void cc_commands_add(cc_commands *commands, cl_event event)
{
    if (!commands->first)
        commands->first = event;
    else if (commands->last != commands->first)
        clReleaseEvent(commands->last);
    commands->last = event;
}

static void release_events(cc_commands *commands)
{
    if (commands->first)
        clReleaseEvent(commands->first);
    if (commands->last && commands->last != commands->first)
        clReleaseEvent(commands->last);
    commands->first = commands->last = NULL;
}

static clconv_status check_grid(const cc_ocl *ocl, const cc_kernel *kernel, const cc_grid *grid)
{
    const size_t limit = (size_t)ocl->caps.launch_limit;
    size_t items = 1, group = 1;
    for (int i = 0; i < 3; i++) {
        const size_t global = grid->global[i], local = grid->local[i];
        if (global == 0 || local == 0 || global % local != 0)
            return cc_fail(CLCONV_INVALID, "%s: %zu work-items in groups of %zu in dimension %d",
                           kernel->name, global, local, i);
        if (global > limit / items)
            return cc_fail(CLCONV_UNSUPPORTED,
                           "%s: %zu x %zu x %zu work-items in one launch, but %s takes %zu",
                           kernel->name, grid->global[0], grid->global[1], grid->global[2],
                           ocl->caps.info.id, limit);
        items *= global;
        group *= local;
    }
    if (group <= kernel->max_group)
        return CLCONV_OK;
    return cc_fail(CLCONV_UNSUPPORTED,
                   "%s: a work-group of %zu work-items, but %s allows %zu for this kernel",
                   kernel->name, group, ocl->caps.info.id, kernel->max_group);
}

static clconv_status set_args(cc_ocl *ocl, const cc_kernel *kernel, const cc_arg *args,
                              unsigned arg_count)
{
    if (arg_count != kernel->arg_count)
        return cc_fail(
            CLCONV_BUILD,
            "kernel %s takes %u arguments and is given %u; a folder of kernels has to be "
            "of this version, %s",
            kernel->name, (unsigned)kernel->arg_count, arg_count, clconv_version());
    for (unsigned i = 0; i < arg_count; i++) {
        const cl_int code = clSetKernelArg(kernel->handle, i, args[i].size, args[i].value);
        if (code != CL_SUCCESS)
            return cc_cl_fail(ocl, code, CC_CL_CREATE, "argument %u of kernel %s, %zu bytes", i,
                              kernel->name, args[i].size);
    }
    return CLCONV_OK;
}

clconv_status cc_ocl_launch(cc_commands *commands, cc_kernel *kernel, const cc_grid *grid,
                            const cc_arg *args, unsigned arg_count)
{
    cc_ocl *const ocl = commands->ocl;
    const cc_wait_list waits = cc_commands_waits(commands);
    cl_event event;
    CC_TRY(cc_ocl_alive(ocl));
    CC_TRY(check_grid(ocl, kernel, grid));
    CC_TRY(set_args(ocl, kernel, args, arg_count));
    const cl_int code =
        clEnqueueNDRangeKernel(commands->queue, kernel->handle, 3, NULL, grid->global, grid->local,
                               waits.count, waits.events, &event);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "launching %s on %s", kernel->name,
                          ocl->caps.info.id);
    cc_commands_add(commands, event);
    return CLCONV_OK;
}

static clconv_status check_status(cc_ocl *ocl, cl_event event, const char *doing)
{
    cl_int execution = CL_COMPLETE;
    const cl_int code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(execution),
                                       &execution, NULL);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "asking for the end of %s %s", doing,
                          ocl->caps.info.id);
    if (execution < 0)
        return cc_cl_fail(ocl, execution, CC_CL_COMMAND, "%s %s", doing, ocl->caps.info.id);
    return CLCONV_OK;
}

/* The event's own code says more than that of the wait, which is -14 for all of them. */
static clconv_status wait_for(cc_ocl *ocl, cl_event event, const char *doing)
{
    const cl_int code = clWaitForEvents(1, &event);
    CC_TRY(check_status(ocl, event, doing));
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "waiting for %s %s", doing, ocl->caps.info.id);
    return CLCONV_OK;
}

clconv_status cc_cl_complete(cc_ocl *ocl, cl_event event, const char *doing)
{
    const clconv_status status = wait_for(ocl, event, doing);
    clReleaseEvent(event);
    return status;
}

/* By the device's clock; 0 where the queue keeps none. */
static clconv_status measure(const cc_commands *commands, double *seconds)
{
    cl_ulong start = 0, end = 0; /* ns */
    cl_int code = clGetEventProfilingInfo(commands->first, CL_PROFILING_COMMAND_START,
                                          sizeof(start), &start, NULL);
    if (code == CL_SUCCESS)
        code = clGetEventProfilingInfo(commands->last, CL_PROFILING_COMMAND_END, sizeof(end), &end,
                                       NULL);
    if (code == NO_PROFILING)
        return CLCONV_OK;
    if (code != CL_SUCCESS)
        return cc_cl_fail(commands->ocl, code, CC_CL_COMMAND, "reading the clock of %s",
                          commands->ocl->caps.info.id);
    *seconds = end > start ? 1e-9 * (double)(end - start) : 0;
    return CLCONV_OK;
}

static clconv_status complete(const cc_commands *commands, double *seconds)
{
    static const char doing[] = "running a kernel on";
    CC_TRY(wait_for(commands->ocl, commands->last, doing));
    if (commands->first != commands->last)
        CC_TRY(check_status(commands->ocl, commands->first, doing));
    return seconds ? measure(commands, seconds) : CLCONV_OK;
}

clconv_status cc_ocl_finish(cc_commands *commands, double *seconds)
{
    if (seconds)
        *seconds = 0;
    clconv_status status = cc_ocl_alive(commands->ocl);
    if (status == CLCONV_OK && commands->last)
        status = complete(commands, seconds);
    release_events(commands);
    return status;
}

/* An empty chain still owes its caller an event that comes after the wait list. */
static clconv_status mark(cc_commands *commands)
{
    cl_event event;
    const cl_int code =
        clEnqueueMarkerWithWaitList(commands->queue, commands->wait_count, commands->waits, &event);
    if (code != CL_SUCCESS)
        return cc_cl_fail(commands->ocl, code, CC_CL_COMMAND, "a marker on %s",
                          commands->ocl->caps.info.id);
    cc_commands_add(commands, event);
    return CLCONV_OK;
}

clconv_status cc_ocl_flush(cc_commands *commands)
{
    cc_ocl *const ocl = commands->ocl;
    CC_TRY(cc_ocl_alive(ocl));
    if (!commands->last)
        CC_TRY(mark(commands));
    const cl_int code = clFlush(commands->queue);
    if (code == CL_SUCCESS)
        return CLCONV_OK;
    return cc_cl_fail(ocl, code, CC_CL_COMMAND, "flushing the queue of %s", ocl->caps.info.id);
}

clconv_status cc_ocl_hand_over(cc_commands *commands, cc_event *event)
{
    const clconv_status status = cc_ocl_flush(commands);
    if (status == CLCONV_OK && event) {
        *event = commands->last;
        if (commands->first == commands->last)
            commands->first = NULL;
        commands->last = NULL;
    }
    release_events(commands);
    return status;
}

void cc_ocl_await(const cc_commands *commands)
{
    if (commands->last)
        clWaitForEvents(1, &commands->last);
}

void cc_ocl_discard(cc_commands *commands)
{
    cc_ocl_await(commands);
    release_events(commands);
}

void cc_ocl_abandon(cc_commands *commands)
{
    const cc_ocl *const ocl = commands->ocl;
    if (commands->queue == ocl->queue && atomic_load(&ocl->lost) == 0)
        cc_ocl_await(commands);
    release_events(commands);
}
