/* facts.c - what a device says of itself, and whether it computes in `half` although it may not
 * list cl_khr_fp16. */
#include "gpu.h"
#include <stdio.h>
#include <string.h>

enum { WARP_SIZE_NV = 0x4003, MAJOR_NV = 0x4000, MINOR_NV = 0x4001, REGISTERS_NV = 0x4002 };
enum { ALL_C_VERSIONS = 0x1066 }; /* CL_DEVICE_OPENCL_C_ALL_VERSIONS of OpenCL 3.0 */

struct name_version { /* cl_name_version of OpenCL 3.0 */
    cl_uint version;  /* 10 bits major, 10 bits minor, 12 bits patch */
    char name[64];
};

static void print_texts(const struct gpu *gpu)
{
    static const struct {
        cl_device_info what;
        const char *name;
    } texts[] = {{CL_DEVICE_NAME, "name"},
                 {CL_DEVICE_VENDOR, "vendor"},
                 {CL_DEVICE_VERSION, "version"},
                 {CL_DEVICE_OPENCL_C_VERSION, "OpenCL C"},
                 {CL_DRIVER_VERSION, "driver"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        printf("%s: %s\n", texts[i].name, gpu_text(gpu, texts[i].what));
}

static void print_numbers(const struct gpu *gpu)
{
    static const struct {
        cl_device_info what;
        const char *name;
    } numbers[] = {{CL_DEVICE_GLOBAL_MEM_SIZE, "memory, bytes"},
                   {CL_DEVICE_MAX_MEM_ALLOC_SIZE, "largest buffer, bytes"},
                   {CL_DEVICE_LOCAL_MEM_SIZE, "local memory, bytes"},
                   {CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE, "constant memory, bytes"},
                   {CL_DEVICE_GLOBAL_MEM_CACHE_SIZE, "cache, bytes"},
                   {CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE, "cache line, bytes"},
                   {CL_DEVICE_MAX_COMPUTE_UNITS, "compute units"},
                   {CL_DEVICE_MAX_CLOCK_FREQUENCY, "clock, MHz"},
                   {CL_DEVICE_MAX_WORK_GROUP_SIZE, "largest work-group"},
                   {CL_DEVICE_MAX_PARAMETER_SIZE, "arguments, bytes"},
                   {CL_DEVICE_MEM_BASE_ADDR_ALIGN, "alignment, bits"},
                   {CL_DEVICE_PROFILING_TIMER_RESOLUTION, "clock's step, ns"},
                   {CL_DEVICE_HOST_UNIFIED_MEMORY, "shares memory with the host"},
                   {MAJOR_NV, "compute capability, major"},
                   {MINOR_NV, "compute capability, minor"},
                   {WARP_SIZE_NV, "warp"},
                   {REGISTERS_NV, "registers of a work-group"}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        cl_ulong value = 0; /* little endian: also for shorter numbers */
        if (clGetDeviceInfo(gpu->device, numbers[i].what, sizeof value, &value, NULL) == CL_SUCCESS)
            printf("%s: %llu\n", numbers[i].name, (unsigned long long)value);
    }
}

static void print_versions(const struct gpu *gpu)
{
    struct name_version versions[32];
    size_t bytes = 0;
    if (clGetDeviceInfo(gpu->device, ALL_C_VERSIONS, sizeof versions, versions, &bytes))
        return;
    printf("OpenCL C versions:");
    for (size_t i = 0; i < bytes / sizeof *versions; i++)
        printf(" %u.%u", versions[i].version >> 22, versions[i].version >> 12 & 1023);
    printf("\n");
}

static void print_extensions(const struct gpu *gpu)
{
    char list[16384];
    snprintf(list, sizeof list, "%s", gpu_text(gpu, CL_DEVICE_EXTENSIONS));
    for (char *word = strtok(list, " "); word; word = strtok(NULL, " "))
        printf("extension: %s\n", word);
}

/* ---- half ---- */

enum { HALVES = 40 }; /* (i / 8)^2 + 0.5 is exact in half below i = 45 */

static const char half_kernel[] =
    "kernel void trial(global const float *x, global float *y, global ushort *space)\n"
    "{\n"
    "    const size_t i = get_global_id(0);\n"
    "    global half *const h = (global half *)space;\n"
    "    vstore_half(x[i], i, h);\n"
    "    const half a = h[i];\n"
    "    h[i] = a * a + (half)0.5f;\n"
    "    y[i] = vload_half(i, h);\n"
    "}\n";

/* The number of wrong results, or -1. */
static int run_half(const struct gpu *gpu, cl_program program)
{
    float x[HALVES], y[HALVES] = {0};
    int wrong = 0;
    for (int i = 0; i < HALVES; i++)
        x[i] = (float)i / 8;
    cl_mem buffers[3] = {gpu_memory(gpu, x, sizeof x), gpu_memory(gpu, y, sizeof y),
                         gpu_memory(gpu, NULL, 2 * HALVES)};
    cl_int error = gpu_launch(gpu, program, "trial", buffers, 3, HALVES, 1, NULL);
    if (error == CL_SUCCESS)
        error = clEnqueueReadBuffer(gpu->queue, buffers[1], CL_TRUE, 0, sizeof y, y, 0, NULL, NULL);
    for (int i = 0; i < 3; i++)
        if (buffers[i])
            clReleaseMemObject(buffers[i]);
    for (int i = 0; i < HALVES; i++)
        wrong += y[i] != x[i] * x[i] + 0.5f;
    return error == CL_SUCCESS ? wrong : -1;
}

/* With the extension asked for, and without. False when it compiles and computes nonsense. */
static bool try_half(const struct gpu *gpu, bool enabled)
{
    char source[1024], log[GPU_LOG];
    snprintf(source, sizeof source, "%s%s",
             enabled ? "#pragma OPENCL EXTENSION cl_khr_fp16 : enable\n" : "", half_kernel);
    cl_program program = gpu_build(gpu, source, log);
    printf("half %s the extension enabled: ", enabled ? "with" : "without");
    if (!program) {
        printf("does not compile: %.*s\n", (int)strcspn(log, "\n"), log);
        return true;
    }
    const int wrong = run_half(gpu, program);
    clReleaseProgram(program);
    printf(wrong ? "compiles, %d of %d results wrong\n" : "right\n", wrong, HALVES);
    return wrong == 0;
}

int main(void)
{
    struct gpu gpu;
    if (!gpu_open(&gpu))
        return GPU_NOT_HERE;
    print_texts(&gpu);
    print_versions(&gpu);
    print_numbers(&gpu);
    print_extensions(&gpu);
    printf("cl_khr_fp16: %s\n",
           strstr(gpu_text(&gpu, CL_DEVICE_EXTENSIONS), "cl_khr_fp16") ? "listed" : "not listed");
    const bool with = try_half(&gpu, true), without = try_half(&gpu, false);
    gpu_close(&gpu);
    return with && without ? 0 : 1;
}
