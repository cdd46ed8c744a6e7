/* bench_fill.c - the coefficients of a problem of a set. */
#include "bench_set.h"
#include "fill.h"
#include "kernel.h"
#include <stdio.h>

/* FNV-1a. */
uint64_t bench_seed(const char *problem)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *problem; problem++)
        hash = (hash ^ (unsigned char)*problem) * 0x100000001b3u;
    return hash;
}

/* Sums of integers would mostly saturate: positive coefficients with the sum 1 keep them inside. */
static void fill_at_random(float *filters, const clconv_desc *d, const clconv_sizes *sizes,
                           uint64_t seed)
{
    const size_t count = sizes->filter_count;
    const float taps = (float)(count / (size_t)(d->k ? d->k : 1));
    cli_fill_floats(filters, count, CLI_FILL_REAL, seed);
    if (d->x_type == CLCONV_F16)
        cli_fill_round(filters, count);
    if (cli_fill_is_image(d))
        cli_fill_same(filters, count, (size_t)d->k);
    if (d->y_type == CLCONV_F32 || d->y_type == CLCONV_F16 || d->y_type == CLCONV_F64)
        return;
    for (size_t i = 0; i < count; i++)
        filters[i] = (filters[i] + 1) / taps;
}

static clconv_status fill_by_kernel(float *filters, const struct bench_item *item,
                                    const clconv_sizes *sizes, char reason[BENCH_REASON])
{
    struct kernel kernel;
    clconv_status status = CLCONV_OK;
    if (!kernel_parse(&kernel, item->kernel)) {
        snprintf(reason, BENCH_REASON, "the kernel %s is wrong", item->kernel);
        status = CLCONV_INVALID;
    } else if (kernel.rows != item->desc.r || kernel.columns != item->desc.s || kernel.count != 1) {
        snprintf(reason, BENCH_REASON,
                 "the kernel %s has %d x %d taps%s, the problem asks for %d x %d", item->kernel,
                 kernel.rows, kernel.columns, kernel.count == 1 ? "" : " in two filters",
                 item->desc.r, item->desc.s);
        status = CLCONV_INVALID;
    }
    const size_t taps = (size_t)(kernel.rows * kernel.columns);
    for (size_t i = 0; status == CLCONV_OK && i < sizes->filter_count; i++)
        filters[i] = (float)kernel.taps[i % taps];
    kernel_free(&kernel);
    return status;
}

clconv_status bench_fill_filters(float *filters, const struct bench_item *item,
                                 const clconv_sizes *sizes, uint64_t seed,
                                 char reason[BENCH_REASON])
{
    if (item->kernel)
        return fill_by_kernel(filters, item, sizes, reason);
    fill_at_random(filters, &item->desc, sizes, seed);
    return CLCONV_OK;
}
