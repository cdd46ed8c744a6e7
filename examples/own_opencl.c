/* own_opencl.c - clconv inside a program that has its own OpenCL context, queue and memory.
 *
 * An image is written, blurred, and its edges taken; four commands on the program's queue, which
 * may run out of order, tied together by events alone. Between the two convolutions nothing is
 * copied to the host and nobody waits. */
#include <clconv/opencl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { H = 200, W = 300, PIXELS = H * W };
static const size_t BYTES = PIXELS * sizeof(float);

static const float binomial[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1};
static const float sobel_x[9] = {-1, 0, 1, -2, 0, 2, -1, 0, 1};

static const clconv_desc blur = {.h = H,
                                 .w = W,
                                 .r = 3,
                                 .s = 3,
                                 .extent = CLCONV_SAME,
                                 .border = CLCONV_REFLECT101,
                                 .scale = 1.0 / 16};
static const clconv_desc edges = {
    .h = H, .w = W, .r = 3, .s = 3, .extent = CLCONV_SAME, .border = CLCONV_REFLECT101};

typedef struct program { /* what such a program has anyway */
    cl_context context;
    cl_device_id device;
    cl_command_queue queue;
    cl_mem image, blurred, result;
} program;

static void fail(const char *what, int code)
{
    fprintf(stderr, "own_opencl: %s (%d): %s\n", what, code, clconv_last_error());
    exit(1);
}

static void check_cl(const char *what, cl_int code)
{
    if (code != CL_SUCCESS)
        fail(what, code);
}

static void check(const char *what, clconv_status status)
{
    if (status != CLCONV_OK)
        fail(what, (int)status);
}

static void open_device(program *own)
{
    cl_platform_id platforms[16];
    cl_uint count = 0;
    cl_int code;
    check_cl("clGetPlatformIDs", clGetPlatformIDs(16, platforms, &count));
    for (cl_uint i = 0; i < count && i < 16 && own->device == NULL; i++)
        if (clGetDeviceIDs(platforms[i], CL_DEVICE_TYPE_ALL, 1, &own->device, NULL) != CL_SUCCESS)
            own->device = NULL;
    if (own->device == NULL)
        fail("no OpenCL device", CL_DEVICE_NOT_FOUND);
    own->context = clCreateContext(NULL, 1, &own->device, NULL, NULL, &code);
    check_cl("clCreateContext", code);
    own->queue = clCreateCommandQueue(own->context, own->device,
                                      CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    if (code != CL_SUCCESS) /* a device without such queues: in order is right too */
        own->queue = clCreateCommandQueue(own->context, own->device, 0, &code);
    check_cl("clCreateCommandQueue", code);
    own->image = clCreateBuffer(own->context, CL_MEM_READ_WRITE, BYTES, NULL, &code);
    check_cl("clCreateBuffer", code);
    own->blurred = clCreateBuffer(own->context, CL_MEM_READ_WRITE, BYTES, NULL, &code);
    check_cl("clCreateBuffer", code);
    own->result = clCreateBuffer(own->context, CL_MEM_READ_WRITE, BYTES, NULL, &code);
    check_cl("clCreateBuffer", code);
}

static void close_device(program *own)
{
    clReleaseMemObject(own->image);
    clReleaseMemObject(own->blurred);
    clReleaseMemObject(own->result);
    clReleaseCommandQueue(own->queue);
    clReleaseContext(own->context);
}

static void filter(const program *own, clconv_context *context, const float *image, float *result)
{
    clconv_plan *blur_plan = NULL, *edges_plan = NULL;
    cl_event written, blurred, done, read;
    check("blur plan", clconv_plan_create(&blur_plan, context, &blur, binomial, NULL, NULL));
    check("edges plan", clconv_plan_create(&edges_plan, context, &edges, sobel_x, NULL, NULL));
    const clconv_enqueue first = {.x = own->image,
                                  .y = own->blurred,
                                  .wait_count = 1,
                                  .wait_list = &written,
                                  .event = &blurred};
    const clconv_enqueue second = {.x = own->blurred,
                                   .y = own->result,
                                   .wait_count = 1,
                                   .wait_list = &blurred,
                                   .event = &done};

    check_cl("write", clEnqueueWriteBuffer(own->queue, own->image, CL_FALSE, 0, BYTES, image, 0,
                                           NULL, &written));
    check("blur", clconv_plan_enqueue(blur_plan, own->queue, &first));
    check("edges", clconv_plan_enqueue(edges_plan, own->queue, &second));
    clconv_plan_destroy(blur_plan); /* what is enqueued goes on */
    clconv_plan_destroy(edges_plan);
    check_cl("read", clEnqueueReadBuffer(own->queue, own->result, CL_FALSE, 0, BYTES, result, 1,
                                         &done, &read));
    check_cl("clWaitForEvents", clWaitForEvents(1, &read)); /* the only wait */
    clReleaseEvent(written);
    clReleaseEvent(blurred);
    clReleaseEvent(done);
    clReleaseEvent(read);
}

/* The same on the host; the largest difference. */
static double compare(const float *image, const float *result)
{
    float *blurred = malloc(BYTES), *expected = malloc(BYTES);
    clconv_context *host = NULL;
    double largest = 0;
    if (blurred == NULL || expected == NULL)
        fail("out of memory", 0);
    check("host", clconv_context_create(&host, "host"));
    check("blur on the host", clconv_run(host, &blur, image, binomial, NULL, blurred));
    check("edges on the host", clconv_run(host, &edges, blurred, sobel_x, NULL, expected));
    for (int i = 0; i < PIXELS; i++)
        largest = fmax(largest, fabs((double)result[i] - (double)expected[i]));
    clconv_context_destroy(host);
    free(blurred);
    free(expected);
    return largest;
}

int main(void)
{
    static float image[PIXELS], result[PIXELS];
    program own = {0};
    clconv_context *context = NULL;
    for (int i = 0; i < PIXELS; i++)
        image[i] = (float)((i % W) * (i / W) % 251) / 250;
    open_device(&own);
    check("context", clconv_context_create_opencl(&context, own.context, own.device, NULL));
    filter(&own, context, image, result);
    clconv_context_destroy(context);
    close_device(&own);
    const double largest = compare(image, result);
    printf("%d x %d pixels, blurred and edges taken on the program's own queue; "
           "largest difference from the host %.2g\n",
           W, H, largest);
    return largest < 1e-5 ? 0 : 1;
}
