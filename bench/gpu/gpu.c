/* gpu.c - opening the device, building, launching. */
#include "gpu.h"
#include <stdio.h>
#include <string.h>

const char *gpu_text(const struct gpu *gpu, cl_device_info what)
{
    static char text[16384];
    if (clGetDeviceInfo(gpu->device, what, sizeof text, text, NULL))
        text[0] = 0;
    return text;
}

bool gpu_open(struct gpu *gpu)
{
    clconv_device_info info;
    cl_int error = CL_SUCCESS;
    *gpu = (struct gpu){.queue = NULL};
    if (clconv_context_create(&gpu->clconv, NULL) || clconv_context_info(&info, gpu->clconv) ||
        clconv_context_get_opencl(gpu->clconv, &gpu->context, &gpu->device)) {
        printf("no OpenCL device: %s\n", clconv_last_error());
        gpu_close(gpu);
        return false;
    }
    gpu->queue = clCreateCommandQueue(gpu->context, gpu->device, CL_QUEUE_PROFILING_ENABLE, &error);
    printf("device: %s, driver %s\n", info.id, info.driver);
    if (error)
        printf("no queue: error %d\n", (int)error);
    gpu->is_nvidia = strstr(gpu_text(gpu, CL_DEVICE_VENDOR), "NVIDIA") != NULL;
    return !error;
}

void gpu_close(struct gpu *gpu)
{
    if (gpu->queue)
        clReleaseCommandQueue(gpu->queue);
    clconv_context_destroy(gpu->clconv);
}

cl_program gpu_build(const struct gpu *gpu, const char *source, char log[GPU_LOG])
{
    char whole[16 * GPU_LOG];
    cl_int error;
    cl_program program = clCreateProgramWithSource(gpu->context, 1, &source, NULL, &error);
    log[0] = 0;
    if (error == CL_SUCCESS)
        error = clBuildProgram(program, 1, &gpu->device, "", NULL, NULL);
    if (error == CL_SUCCESS)
        return program;
    snprintf(log, GPU_LOG, "error %d, and no words", (int)error);
    if (program && clGetProgramBuildInfo(program, gpu->device, CL_PROGRAM_BUILD_LOG, sizeof whole,
                                         whole, NULL) == CL_SUCCESS)
        snprintf(log, GPU_LOG, "%.*s", GPU_LOG - 1, whole);
    if (program)
        clReleaseProgram(program);
    return NULL;
}

cl_mem gpu_memory(const struct gpu *gpu, const void *data, size_t bytes)
{
    union {
        const void *in;
        void *out;
    } host = {data}; /* OpenCL only reads it */
    return clCreateBuffer(gpu->context, CL_MEM_READ_WRITE | (data ? CL_MEM_COPY_HOST_PTR : 0),
                          bytes, host.out, NULL);
}

static double seconds_of(cl_event event)
{
    cl_ulong start = 0, end = 0;
    clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start, &start, NULL);
    clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end, &end, NULL);
    return (double)(end - start) * 1e-9;
}

cl_int gpu_launch(const struct gpu *gpu, cl_program program, const char *kernel,
                  const cl_mem *buffers, cl_uint count, size_t items, size_t group, double *seconds)
{
    cl_int error, status = CL_SUCCESS;
    cl_event event = NULL;
    cl_kernel k = clCreateKernel(program, kernel, &error);
    for (cl_uint i = 0; error == CL_SUCCESS && i < count; i++)
        error = clSetKernelArg(k, i, sizeof buffers[i], &buffers[i]);
    if (error == CL_SUCCESS)
        error = clEnqueueNDRangeKernel(gpu->queue, k, 1, NULL, &items, &group, 0, NULL, &event);
    if (error == CL_SUCCESS)
        error = clFinish(gpu->queue);
    if (event && error == CL_SUCCESS) { /* clFinish succeeds after failures, too */
        error =
            clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL);
        error = error == CL_SUCCESS && status < 0 ? status : error;
    }
    if (seconds && error == CL_SUCCESS)
        *seconds = seconds_of(event);
    if (event)
        clReleaseEvent(event);
    if (k)
        clReleaseKernel(k);
    return error;
}
