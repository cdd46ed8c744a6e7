/* clblast.c - the peer CLBlast: convgemm, a convolution as a matrix product, on the OpenCL device
 * that clconv chooses (environment CLCONV_DEVICE). */
#include "peer.h"
#include <clconv/opencl.h>
#include <stdlib.h>

#include <clblast_c.h> /* after opencl.h, which says the version of OpenCL */

struct state {
    const struct peer_problem *problem;
    clconv_context *context;
    cl_command_queue queue;
    cl_mem x, filters, y;
};

static const char *why_not(const struct peer_problem *problem)
{
    const clconv_desc *const d = &problem->desc;
    if (d->x_type != CLCONV_F32 || d->y_type != CLCONV_F32)
        return "compared in f32 only";
    if (d->groups != 1)
        return "no groups";
    if (d->x_layout != CLCONV_NCHW || d->y_layout != CLCONV_NCHW)
        return "NCHW only";
    /* It counts the outputs from the padding, the same on both sides. */
    if ((d->h + 2 * problem->pad_top - d->dilation_h * (d->r - 1) - 1) / d->stride_h + 1 !=
            problem->sizes.p ||
        (d->w + 2 * problem->pad_left - d->dilation_w * (d->s - 1) - 1) / d->stride_w + 1 !=
            problem->sizes.q)
        return "the same padding on both sides only";
    return peer_zero_padding(problem);
}

static cl_mem device_copy(cl_context context, const void *data, size_t bytes)
{
    union {
        const void *in;
        void *out;
    } host = {data}; /* OpenCL only reads it */
    return clCreateBuffer(context, CL_MEM_READ_WRITE | (data ? CL_MEM_COPY_HOST_PTR : 0), bytes,
                          host.out, NULL);
}

static const char *prepare(const struct peer_problem *problem, const void *how, void **result)
{
    const char *why = why_not(problem);
    cl_context context;
    cl_device_id device;
    (void)how;
    if (why)
        return why;
    struct state *const s = calloc(1, sizeof *s);
    if (!s)
        return "no memory";
    *result = s;
    s->problem = problem;
    if (clconv_context_create(&s->context, NULL) ||
        clconv_context_get_opencl(s->context, &context, &device))
        return peer_why("%s", clconv_last_error());
    s->queue = clCreateCommandQueue(context, device, 0, NULL);
    s->x = device_copy(context, problem->x, problem->sizes.x_bytes);
    s->filters =
        device_copy(context, problem->filters, problem->sizes.filter_count * sizeof(float));
    s->y = device_copy(context, NULL, problem->sizes.y_bytes);
    return s->queue && s->x && s->filters && s->y ? NULL : "no memory on the device";
}

static const char *run(void *state)
{
    struct state *const s = state;
    const clconv_desc *const d = &s->problem->desc;
    const CLBlastStatusCode status = CLBlastSconvgemm(
        CLBlastKernelModeCrossCorrelation, (size_t)d->c, (size_t)d->h, (size_t)d->w, (size_t)d->r,
        (size_t)d->s, (size_t)s->problem->pad_top, (size_t)s->problem->pad_left,
        (size_t)d->stride_h, (size_t)d->stride_w, (size_t)d->dilation_h, (size_t)d->dilation_w,
        (size_t)d->k, (size_t)d->n, s->x, 0, s->filters, 0, s->y, 0, &s->queue, NULL);
    if (status != CLBlastSuccess)
        return peer_why("CLBlast's status %d", (int)status);
    return clFinish(s->queue) == CL_SUCCESS ? NULL : "the queue fails";
}

static void finish(void *state, void *y)
{
    struct state *const s = state;
    if (!s)
        return;
    if (y && clEnqueueReadBuffer(s->queue, s->y, CL_TRUE, 0, s->problem->sizes.y_bytes, y, 0, NULL,
                                 NULL))
        ((unsigned char *)y)[0] ^= 1; /* what is not read shall not pass for a result */
    const cl_mem memory[] = {s->x, s->filters, s->y};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        if (memory[i])
            clReleaseMemObject(memory[i]);
    if (s->queue)
        clReleaseCommandQueue(s->queue);
    clconv_context_destroy(s->context);
    free(s);
}

static const char *version(void)
{
    clconv_device_info info = {.driver = ""};
    clconv_context *context = NULL;
    if (clconv_context_create(&context, NULL) == CLCONV_OK)
        (void)clconv_context_info(&info, context);
    clconv_context_destroy(context);
    return peer_why("CLBlast " PEER_CLBLAST_VERSION " on %s", info.id);
}

static const struct peer_variant variants[] = {{"convgemm", NULL, prepare, run, finish}};

int main(int argc, char **argv)
{
    const struct peer clblast = {"clblast", version, variants, 1, .inside_only = false};
    return peer_main(argc, argv, &clblast);
}
