/* clconv_opencl.c - the public entry points of opencl.h. */
#include <clconv/opencl.h>

#include "base/status.h"
#include "plan/wisdom.h"

clconv_status clconv_context_create_opencl(clconv_context **context, cl_context cl_context,
                                           cl_device_id device,
                                           const clconv_context_options *options)
{
    const clconv_context_options none = {0};

    CC_NEED(context);
    *context = NULL;
    options = options ? options : &none;
    CC_TRY(cc_context_adopt(context, cl_context, device, options));
    return cc_wisdom_open(context, options);
}

clconv_status clconv_context_get_opencl(clconv_context *context, cl_context *cl_context,
                                        cl_device_id *device)
{
    void *context_handle = NULL, *device_handle = NULL;

    CC_NEED(context);
    if (!context->ocl)
        return cc_fail(CLCONV_INVALID, "the device 'host' has no OpenCL handles");
    cc_ocl_handles(context->ocl, &context_handle, &device_handle);
    if (cl_context)
        *cl_context = context_handle;
    if (device)
        *device = device_handle;
    return CLCONV_OK;
}

clconv_status clconv_buffer_get_opencl(const clconv_buffer *buffer, cl_mem *mem, size_t *offset)
{
    CC_NEED(buffer);
    CC_NEED(mem);
    CC_NEED(offset);
    if (!buffer->context->ocl)
        return cc_fail(CLCONV_INVALID, "a buffer of the device 'host' has no OpenCL memory");
    *mem = buffer->mem;
    *offset = buffer->offset;
    return CLCONV_OK;
}

clconv_status clconv_plan_enqueue(clconv_plan *plan, cl_command_queue queue,
                                  const clconv_enqueue *args)
{
    CC_NEED(plan);
    CC_NEED(args);
    return cc_plan_enqueue(plan, &(cc_enqueue){
                                     .queue = queue,
                                     .x = args->x,
                                     .y = args->y,
                                     .workspace = args->workspace,
                                     .x_offset = args->x_offset,
                                     .y_offset = args->y_offset,
                                     .workspace_offset = args->workspace_offset,
                                     .waits = args->wait_list,
                                     .wait_count = args->wait_count,
                                     .event = args->event,
                                 });
}
