/* transfer.c - copies that are commands of a chain, and host memory that drivers need not copy, or
 * copy at full speed. */
#include "ocl/internal.h"

/* The command becomes the chain's last, if it was taken. */
static clconv_status add(cc_commands *commands, cl_int code, cl_event event, const char *way,
                         size_t bytes)
{
    if (code != CL_SUCCESS)
        return cc_cl_fail(commands->ocl, code, CC_CL_COMMAND, "copying %zu bytes %s %s", bytes, way,
                          commands->ocl->caps.info.id);
    cc_commands_add(commands, event);
    return CLCONV_OK;
}

clconv_status cc_ocl_copy(cc_commands *commands, cc_mem to, cc_mem from, size_t bytes)
{
    const cc_wait_list waits = cc_commands_waits(commands);
    cl_event event = NULL;
    CC_TRY(cc_ocl_alive(commands->ocl));
    const cl_int code = clEnqueueCopyBuffer(commands->queue, from, to, 0, 0, bytes, waits.count,
                                            waits.events, &event);
    return add(commands, code, event, "on", bytes);
}

clconv_status cc_ocl_copy_in(cc_commands *commands, cc_mem to, const void *from, size_t bytes)
{
    const cc_wait_list waits = cc_commands_waits(commands);
    cl_event event = NULL;
    CC_TRY(cc_ocl_alive(commands->ocl));
    const cl_int code = clEnqueueWriteBuffer(commands->queue, to, CL_FALSE, 0, bytes, from,
                                             waits.count, waits.events, &event);
    return add(commands, code, event, "to", bytes);
}

clconv_status cc_ocl_copy_out(cc_commands *commands, void *to, cc_mem from, size_t bytes)
{
    const cc_wait_list waits = cc_commands_waits(commands);
    cl_event event = NULL;
    CC_TRY(cc_ocl_alive(commands->ocl));
    const cl_int code = clEnqueueReadBuffer(commands->queue, from, CL_FALSE, 0, bytes, to,
                                            waits.count, waits.events, &event);
    return add(commands, code, event, "from", bytes);
}

clconv_status cc_ocl_mem_over(cc_mem *mem, cc_ocl *ocl, void *memory, size_t bytes)
{
    cl_int code;
    *mem = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    *mem =
        clCreateBuffer(ocl->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, memory, &code);
    if (*mem)
        return CLCONV_OK;
    return cc_cl_fail(ocl, code, CC_CL_CREATE, "a buffer over %zu bytes of the host's on %s", bytes,
                      ocl->caps.info.id);
}

static clconv_status unmap(cc_ocl *ocl, cl_mem mem, void *data)
{
    cl_event event = NULL;
    const cl_int code = clEnqueueUnmapMemObject(ocl->queue, mem, data, 0, NULL, &event);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "unmapping memory of %s", ocl->caps.info.id);
    return cc_cl_complete(ocl, event, "unmapping memory of");
}

clconv_status cc_ocl_settle(cc_ocl *ocl, cc_mem mem, size_t bytes)
{
    cl_event event = NULL;
    cl_int code;
    CC_TRY(cc_ocl_alive(ocl));
    void *const data =
        clEnqueueMapBuffer(ocl->queue, mem, CL_TRUE, CL_MAP_READ, 0, bytes, 0, NULL, &event, &code);
    if (!data || code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "mapping %zu bytes of %s", bytes,
                          ocl->caps.info.id);
    const clconv_status status = cc_cl_complete(ocl, event, "mapping memory of");
    const clconv_status unmapped = unmap(ocl, mem, data);
    return status == CLCONV_OK ? unmapped : status;
}

void cc_ocl_drain(cc_ocl *ocl)
{
    cl_event event;
    if (!atomic_load(&ocl->failed))
        return;
    /* Not clFinish where there is a choice: rusticl's does not wait for what has been flushed. */
    if (clEnqueueMarkerWithWaitList(ocl->queue, 0, NULL, &event) != CL_SUCCESS) {
        clFinish(ocl->queue);
        return;
    }
    clWaitForEvents(1, &event);
    clReleaseEvent(event);
}

/* OpenCL's way to pinned memory: a buffer of the driver's choosing, mapped for as long as it lives.
 */
clconv_status cc_ocl_pinned_create(cc_pinned *pinned, cc_ocl *ocl, size_t bytes)
{
    cl_int code;
    *pinned = (cc_pinned){0};
    CC_TRY(cc_ocl_alive(ocl));
    const cl_mem mem =
        clCreateBuffer(ocl->context, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR, bytes, NULL, &code);
    if (!mem)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "%zu bytes of pinned memory for %s", bytes,
                          ocl->caps.info.id);
    void *const data = clEnqueueMapBuffer(ocl->queue, mem, CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0,
                                          bytes, 0, NULL, NULL, &code);
    if (!data || code != CL_SUCCESS) {
        clReleaseMemObject(mem);
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "mapping %zu bytes of pinned memory of %s",
                          bytes, ocl->caps.info.id);
    }
    *pinned = (cc_pinned){mem, data};
    return CLCONV_OK;
}

clconv_status cc_ocl_pinned_release(cc_ocl *ocl, cc_pinned *pinned)
{
    clconv_status status = CLCONV_OK;
    if (!pinned->mem)
        return CLCONV_OK;
    if (atomic_load(&ocl->lost) == 0)
        status = unmap(ocl, pinned->mem, pinned->data);
    clReleaseMemObject(pinned->mem);
    *pinned = (cc_pinned){0};
    return status;
}
