/* threads.c - two threads run one plan at once, each with buffers of its own. */
#include <clconv/clconv.h>
#include <pthread.h>
#include <stdio.h>

enum { H = 64, W = 64, THREADS = 2, RUNS = 20 };

struct job {
    clconv_context *context;
    clconv_plan *plan;
    float value; /* of every pixel of this thread's images */
    int wrong;
    char error[256]; /* the library keeps its error sentence per thread: taken along */
};

static clconv_status run_often(struct job *job, clconv_buffer *x, clconv_buffer *y)
{
    static const float filter_sum = 16;
    float image[H * W], result[H * W];
    for (int run = 0; run < RUNS; run++) {
        const float value = job->value + (float)run;
        for (int i = 0; i < H * W; i++)
            image[i] = value;
        clconv_status status = clconv_buffer_write(x, 0, image, sizeof image);
        if (status == CLCONV_OK)
            status = clconv_plan_run(job->plan, x, y);
        if (status == CLCONV_OK)
            status = clconv_buffer_read(result, y, 0, sizeof result);
        if (status != CLCONV_OK)
            return status;
        for (int i = 0; i < H * W; i++)
            job->wrong += result[i] != value * filter_sum;
    }
    return CLCONV_OK;
}

static void *work(void *user)
{
    struct job *job = user;
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status = clconv_buffer_create(&x, job->context, H * W * sizeof(float));
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, job->context, H * W * sizeof(float));
    if (status == CLCONV_OK)
        status = run_often(job, x, y);
    if (status != CLCONV_OK)
        snprintf(job->error, sizeof job->error, "%s", clconv_last_error());
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return NULL;
}

/* 0 when every thread got its own right results. */
static int run_threads(clconv_context *context, clconv_plan *plan)
{
    pthread_t threads[THREADS];
    struct job jobs[THREADS] = {{0}};
    int started = 0, failed = 0;
    for (; started < THREADS; started++) {
        jobs[started].context = context;
        jobs[started].plan = plan;
        jobs[started].value = (float)(1000 * started);
        if (pthread_create(&threads[started], NULL, work, &jobs[started]) != 0) {
            fprintf(stderr, "threads: cannot start thread %d\n", started);
            failed = 1;
            break;
        }
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
        if (jobs[i].error[0] != '\0')
            fprintf(stderr, "threads: thread %d: %s\n", i, jobs[i].error);
        failed |= jobs[i].error[0] != '\0' || jobs[i].wrong != 0;
        printf("thread %d: %d runs, %d wrong outputs\n", i, RUNS, jobs[i].wrong);
    }
    return failed;
}

int main(void)
{
    const float binomial[9] = {1, 2, 1, 2, 4, 2, 1, 2, 1};
    const clconv_desc blur = {
        .h = H, .w = W, .r = 3, .s = 3, .extent = CLCONV_SAME, .border = CLCONV_REFLECT101};
    clconv_context *context = NULL;
    clconv_plan *plan = NULL;
    int failed = 1;
    if (clconv_context_create(&context, NULL) == CLCONV_OK &&
        clconv_plan_create(&plan, context, &blur, binomial, NULL, NULL) == CLCONV_OK)
        failed = run_threads(context, plan);
    else
        fprintf(stderr, "threads: %s\n", clconv_last_error());
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    return failed;
}
