/* fault.c - a deliberate write outside of memory: which codes come back, and what clconv says.
 *
 * The kernel runs in clconv's own OpenCL context, so the fault hits it as a fault of its own would.
 * Afterwards every clconv call has to succeed with right data or say DEVICE_LOST, and once lost the
 * context stays lost. Some drivers end the process instead (PoCL, with a signal). */
#include "gpu.h"
#include <stdio.h>
#include <string.h>

enum { SIDE = 64, PIXELS = SIDE * SIDE };

static const char kernels[] = "kernel void outside(global int *p)\n"
                              "{\n"
                              "    p[((long)1 << 40) + get_global_id(0)] = 1;\n"
                              "}\n";

struct work {
    clconv_plan *plan;
    clconv_buffer *x, *y;
};

static bool prepare(struct work *work, clconv_context *context)
{
    static const float filter[9] = {0, 0, 0, 0, 2, 0, 0, 0, 0};
    float image[PIXELS];
    clconv_desc desc;
    for (int i = 0; i < PIXELS; i++)
        image[i] = (float)i;
    if (clconv_desc_parse(&desc, "1x1x64x64:1x3x3:same") ||
        clconv_plan_create(&work->plan, context, &desc, filter, NULL, NULL) ||
        clconv_buffer_create(&work->x, context, sizeof image) ||
        clconv_buffer_create(&work->y, context, sizeof image) ||
        clconv_buffer_write(work->x, 0, image, sizeof image)) {
        printf("cannot prepare: %s\n", clconv_last_error());
        return false;
    }
    return true;
}

/* Runs and reads; false when the result is wrong or the status is neither OK nor DEVICE_LOST. */
static bool run(const struct work *work, const char *when, clconv_status *status)
{
    float result[PIXELS] = {0};
    const char *call = "clconv_plan_run";
    *status = clconv_plan_run(work->plan, work->x, work->y);
    if (*status == CLCONV_OK) {
        call = "clconv_buffer_read";
        *status = clconv_buffer_read(result, work->y, 0, sizeof result);
    }
    printf("%s: %s gives %s%s%s\n", when, call, clconv_status_name(*status), *status ? ": " : "",
           *status ? clconv_last_error() : "");
    if (*status != CLCONV_OK)
        return *status == CLCONV_DEVICE_LOST;
    for (int i = 0; i < PIXELS; i++)
        if (result[i] != 2 * (float)i) {
            printf("%s: pixel %d is %g instead of %g\n", when, i, (double)result[i], 2.0 * i);
            return false;
        }
    return true;
}

static void write_outside(const struct gpu *gpu)
{
    char log[GPU_LOG];
    cl_program program = gpu_build(gpu, kernels, log);
    cl_mem buffer = gpu_memory(gpu, NULL, 4096);
    if (!program || !buffer) {
        printf("the kernel cannot be run: %s\n", log);
        return;
    }
    printf("the write, at 4 TiB behind a buffer's start, until its event: %d\n",
           (int)gpu_launch(gpu, program, "outside", &buffer, 1, 64, 64, NULL));
    printf("clFinish once more: %d\n", (int)clFinish(gpu->queue));
    printf("clReleaseMemObject: %d\n", (int)clReleaseMemObject(buffer));
    printf("clReleaseProgram: %d\n", (int)clReleaseProgram(program));
}

/* Whether another context in the same process works afterwards: told, not judged. */
static void try_again(void)
{
    struct gpu gpu;
    struct work work = {NULL, NULL, NULL};
    clconv_status status;
    if (!gpu_open(&gpu))
        return;
    if (prepare(&work, gpu.clconv))
        (void)run(&work, "a new context", &status);
    clconv_plan_destroy(work.plan);
    clconv_buffer_destroy(work.x);
    clconv_buffer_destroy(work.y);
    gpu_close(&gpu);
}

int main(void)
{
    struct gpu gpu;
    struct work work = {NULL, NULL, NULL};
    clconv_status before, first, second;
    setvbuf(stdout, NULL, _IOLBF, 0); /* what comes before a signal is not lost */
    if (!gpu_open(&gpu))
        return GPU_NOT_HERE;
    if (!prepare(&work, gpu.clconv) || !run(&work, "before", &before) || before != CLCONV_OK)
        return 1;
    write_outside(&gpu);
    bool right = run(&work, "after", &first);
    right = run(&work, "and again", &second) && right;
    if (first == CLCONV_DEVICE_LOST && second != CLCONV_DEVICE_LOST)
        right = false;
    clconv_plan_destroy(work.plan);
    clconv_buffer_destroy(work.x);
    clconv_buffer_destroy(work.y);
    gpu_close(&gpu);
    try_again();
    printf("%s\n", !right               ? "WRONG: neither right results nor DEVICE_LOST for good"
                   : first == CLCONV_OK ? "the context survives, its results are right"
                                        : "DEVICE_LOST holds");
    return right ? 0 : 1;
}
