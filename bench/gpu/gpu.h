/* gpu.h - what the programs of bench/gpu share: the OpenCL device that clconv chooses (environment
 * CLCONV_DEVICE), kernels from text, and how a trial is told.
 *
 * They print findings, one a line, and end with 0, with 1 when something is wrong, or with
 * GPU_NOT_HERE when the device is not one for them. */
#ifndef GPU_H
#define GPU_H

#include <clconv/opencl.h>
#include <stdbool.h>

enum { GPU_NOT_HERE = 77, GPU_LOG = 4096 };

struct gpu {
    clconv_context *clconv;
    cl_context context;
    cl_device_id device;
    cl_command_queue queue; /* in order, with times */
    bool is_nvidia;
};

/* False after a line that says why not. */
bool gpu_open(struct gpu *gpu);
void gpu_close(struct gpu *gpu);

/* A text of the device; "" where it has none. Valid until the next call. */
const char *gpu_text(const struct gpu *gpu, cl_device_info what);

/* NULL when it does not compile; then the first lines of the compiler's words are in log. */
cl_program gpu_build(const struct gpu *gpu, const char *source, char log[GPU_LOG]);

/* Memory of the device with a copy of data, or with nothing in it; NULL when there is none. */
cl_mem gpu_memory(const struct gpu *gpu, const void *data, size_t bytes);

/* Launches with buffers as the arguments, `items` work-items in groups of `group`, and waits.
 * *seconds, unless NULL: by the device's clock. An error code of OpenCL. */
cl_int gpu_launch(const struct gpu *gpu, cl_program program, const char *kernel,
                  const cl_mem *buffers, cl_uint count, size_t items, size_t group,
                  double *seconds);

#endif
