/* opencl_own.c - see opencl_own.h. */
#define _POSIX_C_SOURCE 200809L
#include "opencl_own.h"
#include <check.h>
#include <string.h>
#include <time.h>

void check_cl(cl_int code, const char *call)
{
    ck_assert_msg(code == CL_SUCCESS, "%s: %d", call, (int)code);
}

own own_open(void)
{
    own o = {0};
    clconv_context *probe = NULL; /* for the device that CLCONV_DEVICE means */
    cl_command_queue_properties can = 0;
    cl_int code;
    CHECK_OK(clconv_context_create(&probe, NULL));
    CHECK_OK(clconv_context_get_opencl(probe, NULL, &o.device));
    clconv_context_destroy(probe);
    o.context = clCreateContext(NULL, 1, &o.device, NULL, NULL, &code);
    CHECK_CL(code);
    o.queue = clCreateCommandQueue(o.context, o.device, 0, &code);
    CHECK_CL(code);
    CHECK_CL(clGetDeviceInfo(o.device, CL_DEVICE_QUEUE_PROPERTIES, sizeof can, &can, NULL));
    if (can & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) {
        o.out_of_order = clCreateCommandQueue(o.context, o.device,
                                              CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
        CHECK_CL(code);
    }
    CHECK_OK(clconv_context_create_opencl(&o.clconv, o.context, o.device, NULL));
    return o;
}

void own_close(own *o)
{
    clconv_context_destroy(o->clconv);
    clReleaseCommandQueue(o->queue);
    if (o->out_of_order)
        clReleaseCommandQueue(o->out_of_order);
    clReleaseContext(o->context);
}

cl_mem guarded(const own *o, const void *content, size_t bytes)
{
    cl_int code;
    unsigned char *const all = malloc(bytes + 2 * GUARD);
    ck_assert_ptr_nonnull(all);
    memset(all, GUARD_BYTE, bytes + 2 * GUARD);
    if (content)
        memcpy(all + GUARD, content, bytes);
    const cl_mem mem = clCreateBuffer(o->context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR,
                                      bytes + 2 * GUARD, all, &code);
    CHECK_CL(code);
    free(all);
    return mem;
}

void read_guarded(const own *o, cl_mem mem, void *content, size_t bytes)
{
    cl_int code;
    unsigned char *const all = malloc(bytes + 2 * GUARD);
    const cl_command_queue queue = clCreateCommandQueue(o->context, o->device, 0, &code);
    CHECK_CL(code);
    ck_assert_ptr_nonnull(all);
    CHECK_CL(clEnqueueReadBuffer(queue, mem, CL_TRUE, 0, bytes + 2 * GUARD, all, 0, NULL, NULL));
    clReleaseCommandQueue(queue);
    for (size_t i = 0; i < GUARD; i++)
        ck_assert_msg(all[i] == GUARD_BYTE && all[GUARD + bytes + i] == GUARD_BYTE,
                      "the guard is overwritten, %zu bytes from an end of %zu", i, bytes);
    memcpy(content, all + GUARD, bytes);
    free(all);
}

clconv_plan *plan_by(const own *o, const work *w, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan *plan = NULL;
    const clconv_status status =
        clconv_plan_create(&plan, o->clconv, &w->desc, w->filters, w->bias, &options);
    ck_assert_msg(status == CLCONV_OK || status == CLCONV_UNSUPPORTED, "%s", clconv_last_error());
    return plan;
}

cl_int status_of(cl_event event)
{
    cl_int status = CL_QUEUED;
    CHECK_CL(
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL));
    return status;
}

void wait_and_release(cl_event event)
{
    CHECK_CL(clWaitForEvents(1, &event));
    ck_assert_int_eq(status_of(event), CL_COMPLETE);
    clReleaseEvent(event);
}

void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

size_t algorithms(const own *o, const work *w, const char *names[16])
{
    size_t count = 0;
    for (size_t i = 0; i < clconv_algorithm_count() && count < 16; i++) {
        clconv_plan *const plan =
            clconv_algorithm(i)->on_host ? NULL : plan_by(o, w, clconv_algorithm(i)->name);
        if (plan)
            names[count++] = clconv_algorithm(i)->name;
        clconv_plan_destroy(plan);
    }
    ck_assert_uint_ge(count, 2);
    return count;
}

void enqueue_once(const own *o, work *w, clconv_plan *plan, cl_command_queue queue,
                  bool own_workspace)
{
    const cl_mem x = guarded(o, w->x, w->sizes.x_bytes);
    const cl_mem y = guarded(o, NULL, w->sizes.y_bytes);
    clconv_plan_info info;
    CHECK_OK(clconv_plan_get_info(&info, plan));
    const cl_mem workspace =
        own_workspace && info.workspace ? guarded(o, NULL, info.workspace) : NULL;
    cl_event done = NULL;
    const clconv_enqueue args = {.x = x,
                                 .y = y,
                                 .x_offset = GUARD,
                                 .y_offset = GUARD,
                                 .workspace = workspace,
                                 .workspace_offset = workspace ? GUARD : 0,
                                 .event = &done};
    CHECK_OK(clconv_plan_enqueue(plan, queue, &args));
    wait_and_release(done);
    work_poison(w);
    read_guarded(o, y, w->y, w->sizes.y_bytes);
    ck_assert_msg(work_is_right(w), "%s", info.algorithm);
    if (workspace) {
        unsigned char *const scratch = malloc(info.workspace);
        ck_assert_ptr_nonnull(scratch);
        read_guarded(o, workspace, scratch, info.workspace);
        free(scratch);
        clReleaseMemObject(workspace);
    }
    clReleaseMemObject(x);
    clReleaseMemObject(y);
}
