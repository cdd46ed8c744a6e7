/* transfers.c - a large image from host memory through the device and back, against the rate at
 * which the device can transfer at most (pinned memory, the slower direction).
 *
 *     gpu_transfers [SIDE]    an image of SIDE x SIDE floats, by default 16384
 *
 * One after the other: write, run, read, each on its own. Streamed: clconv_run and streams of
 * several budgets; their results have to be those of the first bit for bit. */
#define _POSIX_C_SOURCE 200809L
#include "gpu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS = 3 };

struct image {
    clconv_desc desc;
    clconv_sizes sizes;
    float *filter;
    unsigned char *x, *y, *expected;
    double floor; /* seconds of the slower direction at the rate of pinned memory */
};

static double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void tell(const struct image *image, const char *what, double seconds)
{
    const double rate = (double)image->sizes.x_bytes / seconds;
    printf("  %-28s %8.1f ms, %6.2f GB/s in and as much out", what, seconds * 1e3, rate * 1e-9);
    if (image->floor > 0)
        printf(", %.0f %% of pinned transfers", 100 * image->floor / seconds);
    printf("\n");
}

/* ---- one after the other ---- */

static clconv_status run_apart(const struct image *image, clconv_context *context)
{
    clconv_buffer *x = NULL, *y = NULL;
    clconv_plan *plan = NULL;
    double best[3] = {0};
    clconv_status status =
        clconv_plan_create(&plan, context, &image->desc, image->filter, NULL, NULL);
    if (!status)
        status = clconv_buffer_create(&x, context, image->sizes.x_bytes);
    if (!status)
        status = clconv_buffer_create(&y, context, image->sizes.y_bytes);
    for (int i = 0; !status && i < RUNS; i++) {
        double at[4] = {clock_now()};
        status = clconv_buffer_write(x, 0, image->x, image->sizes.x_bytes);
        at[1] = clock_now();
        if (!status)
            status = clconv_plan_run(plan, x, y);
        at[2] = clock_now();
        if (!status)
            status = clconv_buffer_read(image->expected, y, 0, image->sizes.y_bytes);
        at[3] = clock_now();
        for (int j = 0; j < 3; j++)
            best[j] = i && best[j] < at[j + 1] - at[j] ? best[j] : at[j + 1] - at[j];
    }
    if (!status) {
        tell(image, "write", best[0]);
        tell(image, "run", best[1]);
        tell(image, "read", best[2]);
        tell(image, "one after the other", best[0] + best[1] + best[2]);
    }
    clconv_plan_destroy(plan);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return status;
}

/* ---- streamed ---- */

static clconv_status give(void *user, int first, int count, void *rows)
{
    const struct image *const image = user;
    const size_t row = image->sizes.x_bytes / (size_t)image->desc.h;
    memcpy(rows, image->x + (size_t)first * row, (size_t)count * row);
    return CLCONV_OK;
}

static clconv_status take(void *user, int first, int count, const void *rows)
{
    const struct image *const image = user;
    const size_t row = image->sizes.y_bytes / (size_t)image->sizes.p;
    memcpy(image->y + (size_t)first * row, rows, (size_t)count * row);
    return CLCONV_OK;
}

/* budget 0: clconv_run. */
static clconv_status run_once(struct image *image, clconv_context *context, size_t budget)
{
    const clconv_stream_options options = {.budget = budget};
    clconv_stream *stream = NULL;
    if (budget == 0)
        return clconv_run(context, &image->desc, image->x, image->filter, NULL, image->y);
    clconv_status status = clconv_stream_create(&stream, context, &image->desc, image->filter, NULL,
                                                give, image, &options);
    if (!status)
        status = clconv_stream_run(stream, take, image);
    clconv_stream_destroy(stream);
    return status;
}

static clconv_status run_streamed(struct image *image, clconv_context *context, size_t budget,
                                  bool *same)
{
    char what[64] = "clconv_run";
    double best = 0;
    memset(image->y, 0xff, image->sizes.y_bytes);
    for (int i = 0; i < RUNS; i++) {
        const double start = clock_now();
        const clconv_status status = run_once(image, context, budget);
        const double seconds = clock_now() - start;
        if (status)
            return status;
        best = i && best < seconds ? best : seconds;
    }
    if (budget)
        snprintf(what, sizeof what, "stream of %zu MiB", budget >> 20);
    tell(image, what, best);
    if (memcmp(image->y, image->expected, image->sizes.y_bytes) != 0) {
        printf("  %s: not the result of the whole image\n", what);
        *same = false;
    }
    return CLCONV_OK;
}

static clconv_status run_image(struct image *image, clconv_context *context, bool *same)
{
    static const size_t budgets[] = {0, 64u << 20, 256u << 20, 1024u << 20};
    clconv_status status = run_apart(image, context);
    for (size_t i = 0; !status && i < sizeof budgets / sizeof *budgets; i++)
        status = run_streamed(image, context, budgets[i], same);
    return status;
}

static bool make_image(struct image *image, int side, int taps, const clconv_ceilings *c)
{
    char text[128];
    unsigned state = 1;
    snprintf(text, sizeof text, "1x1x%dx%d:1x%dx%d:same:reflect101", side, side, taps, taps);
    if (clconv_desc_parse(&image->desc, text) || clconv_desc_output(&image->sizes, &image->desc)) {
        printf("%s\n", clconv_last_error());
        return false;
    }
    printf("%s\n", text);
    const double slower = c->to_pinned < c->from_pinned ? c->to_pinned : c->from_pinned;
    image->floor = slower > 0 ? (double)image->sizes.x_bytes / slower : 0;
    image->x = malloc(image->sizes.x_bytes);
    image->y = malloc(image->sizes.y_bytes);
    image->expected = malloc(image->sizes.y_bytes);
    image->filter = calloc(image->sizes.filter_count, sizeof(float));
    if (!image->x || !image->y || !image->expected || !image->filter) {
        printf("no memory for three images of %zu bytes\n", image->sizes.x_bytes);
        return false;
    }
    float *const x = (float *)(void *)image->x;
    for (size_t i = 0; i < image->sizes.x_bytes / sizeof *x; i++)
        x[i] = (float)((state = state * 1664525u + 1013904223u) >> 24) - 128;
    for (size_t i = 0; i < image->sizes.filter_count; i++)
        image->filter[i] = (float)(i % 7) / 16;
    return true;
}

static bool measure_image(clconv_context *context, int side, int taps, const clconv_ceilings *c)
{
    struct image image = {.x = NULL};
    bool right = make_image(&image, side, taps, c);
    if (right && run_image(&image, context, &right)) {
        printf("%s\n", clconv_last_error());
        right = false;
    }
    free(image.x);
    free(image.y);
    free(image.expected);
    free(image.filter);
    return right;
}

int main(int argc, char **argv)
{
    const int side = argc > 1 ? atoi(argv[1]) : 16384;
    struct gpu gpu;
    clconv_ceilings c;
    if (!gpu_open(&gpu))
        return GPU_NOT_HERE;
    if (clconv_context_measure(&c, gpu.clconv)) {
        printf("%s\n", clconv_last_error());
        return 1;
    }
    printf("to the device: %.2f GB/s pinned, %.2f pageable; back: %.2f pinned, %.2f pageable\n",
           c.to_pinned * 1e-9, c.to_pageable * 1e-9, c.from_pinned * 1e-9, c.from_pageable * 1e-9);
    const bool small = measure_image(gpu.clconv, side, 3, &c);
    const bool large = measure_image(gpu.clconv, side, 15, &c);
    gpu_close(&gpu);
    return small && large ? 0 : 1;
}
