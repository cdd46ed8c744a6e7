/* opencl.h - clconv inside an application that has its own OpenCL context, queues and memory. */
#ifndef CLCONV_OPENCL_H
#define CLCONV_OPENCL_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>

#include <clconv/clconv.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A clconv context over the caller's. Both handles are retained until the clconv context is gone.
 * The device must belong to the context. options->device must be NULL; options may be NULL. */
CLCONV_API clconv_status clconv_context_create_opencl(clconv_context **context,
                                                      cl_context cl_context, cl_device_id device,
                                                      const clconv_context_options *options);

/* The handles of a context, not retained; either pointer may be NULL. INVALID on the host. */
CLCONV_API clconv_status clconv_context_get_opencl(clconv_context *context, cl_context *cl_context,
                                                   cl_device_id *device);

/* The memory behind a buffer, not retained, and the buffer's byte offset in it. */
CLCONV_API clconv_status clconv_buffer_get_opencl(const clconv_buffer *buffer, cl_mem *mem,
                                                  size_t *offset);

typedef struct clconv_enqueue {
    cl_mem x, y;               /* of the plan's context */
    size_t x_offset, y_offset; /* bytes, multiples of the element's size */
    cl_mem workspace;          /* clconv_plan_info.workspace bytes from the offset on, used until */
    size_t workspace_offset;   /*   the event; NULL: allocated by this call when one is needed */
    cl_uint wait_count;        /* the work begins after these events */
    const cl_event *wait_list;
    cl_event *event; /* out, may be NULL: complete when y is; the caller releases it */
} clconv_enqueue;

/* Enqueues a run on the caller's queue (in order or out of order) and returns without waiting.
 * x, y and workspace may be released after the call as OpenCL allows; the plan may be destroyed.
 * Errors of the enqueued commands arrive in the event's status. */
CLCONV_API clconv_status clconv_plan_enqueue(clconv_plan *plan, cl_command_queue queue,
                                             const clconv_enqueue *args);

#ifdef __cplusplus
}
#endif
#endif
