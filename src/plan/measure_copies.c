/* measure_copies.c - how fast an OpenCL device moves data: inside itself, and from and to the host.
 */
#include "base/clock.h"
#include "base/status.h"
#include "plan/measure.h"
#include <stdlib.h>
#include <string.h>

/* ---- copies ---- */

typedef struct copy_way { /* of copying: a kernel, vectors side by side, vectors of a work-item */
    const char *kernel;
    size_t vector_bytes, local, count;
    bool nontemporal;
} copy_way;

static const copy_way cpu_ways[] = {{"copy_16", 64, 1, 1024, false},
                                    {"copy_16", 64, 1, 1024, true},
                                    {"copy_4", 16, 64, 16, false},
                                    {0}};
static const copy_way gpu_ways[] = {{"copy_4", 16, 256, 1, false},
                                    {"copy_4", 16, 256, 4, false},
                                    {"copy_4", 16, 256, 4, true},
                                    {0}};

typedef struct copying { /* one size under way */
    cc_mem x, y;
    size_t bytes; /* of each */
    int runs;     /* of each way, whose median counts; 0: several, of which the fastest counts */
} copying;

static clconv_status copy_once(cc_elapsed *e, const cc_probe *b, const copying *c)
{
    cc_commands commands;
    const double start = cc_now();
    clconv_status status = cc_ocl_begin(&commands, b->ocl, NULL, NULL, 0);
    if (status == CLCONV_OK) {
        status = cc_ocl_copy(&commands, c->y, c->x, c->bytes);
        if (status == CLCONV_OK)
            status = cc_ocl_finish(&commands, &e->device);
        else
            cc_ocl_abandon(&commands);
    }
    e->host = cc_now() - start;
    return status;
}

/* Fewer vectors a work-item where there would be too few groups for the device. */
static uint32_t count_for(const cc_probe *b, const copy_way *w, size_t bytes)
{
    const size_t groups = (size_t)b->caps->info.compute_units * 4;
    size_t count = w->count;
    while (count > 1 && bytes / (w->vector_bytes * w->local * count) < groups)
        count /= 2;
    return (uint32_t)count;
}

static clconv_status copy_by(cc_elapsed *e, const cc_probe *b, const copying *c, const copy_way *w,
                             cc_kernel *kernel)
{
    const uint32_t count = w ? count_for(b, w, c->bytes) : 0;
    const cc_arg args[] = {CC_ARG(c->x), CC_ARG(c->y), CC_ARG(count)};
    if (!w)
        return copy_once(e, b, c);
    const cc_grid grid = cc_probe_line(c->bytes / (w->vector_bytes * w->local * count), w->local);
    return cc_probe_launch(e, b, kernel, &grid, args, 3);
}

/* w NULL: the driver's own copy. */
static clconv_status measure_way(double *rate, const cc_probe *b, const copying *c,
                                 const copy_way *w)
{
    cc_kernel *kernel = NULL;
    cc_samples samples;
    cc_elapsed e;
    clconv_status status = CLCONV_OK;
    if (w)
        status = cc_ocl_kernel_create(&kernel, b->ocl, w->nontemporal ? b->nontemporal : b->plain,
                                      w->kernel);
    if (status == CLCONV_OK)
        status = copy_by(&e, b, c, w, kernel);
    cc_samples_begin(&samples);
    while (status == CLCONV_OK && (c->runs ? samples.count < c->runs : cc_samples_want(&samples))) {
        status = copy_by(&e, b, c, w, kernel);
        cc_samples_add(&samples, b->device_clock ? e.device : e.host);
    }
    const double seconds = c->runs ? cc_samples_median(&samples) : cc_samples_least(&samples);
    if (status == CLCONV_OK && seconds > 0)
        *rate = 2 * (double)c->bytes / seconds;
    cc_ocl_kernel_release(kernel);
    return status;
}

/* Memory that nobody has written may not exist: a processor reads one page of zeros, again and
 * again from its first cache. */
static clconv_status write_input(const cc_probe *b, const copying *c)
{
    const copying back = {.x = c->y, .y = c->x, .bytes = c->bytes};
    cc_elapsed e;
    return copy_once(&e, b, &back);
}

static clconv_status measure_copy(double *best, const cc_probe *b, const copying *c)
{
    const copy_way *const ways = b->caps->is_cpu ? cpu_ways : gpu_ways;
    CC_TRY(measure_way(best, b, c, NULL));
    for (const copy_way *w = ways; w->kernel; w++) {
        double rate = 0;
        if (w->nontemporal && !b->nontemporal)
            continue;
        const clconv_status status = measure_way(&rate, b, c, w);
        if (status != CLCONV_OK && !cc_probe_lacks_way(status))
            return status;
        if (rate > *best)
            *best = rate;
    }
    return CLCONV_OK;
}

clconv_status cc_probe_copies(clconv_ceilings *ceilings, const cc_probe *b)
{
    const clconv_device_info *const info = &b->caps->info;
    for (int i = 0; i < CLCONV_COPIES; i++) {
        copying c = {.bytes = cc_copy_side(i)};
        if (c.bytes > info->max_buffer || 2 * c.bytes > info->memory / 4)
            break;
        clconv_status status = cc_ocl_mem_create(&c.x, b->ocl, c.bytes);
        if (status == CLCONV_OK)
            status = cc_ocl_mem_create(&c.y, b->ocl, c.bytes);
        if (status == CLCONV_OK)
            status = write_input(b, &c);
        if (status == CLCONV_OK)
            status = measure_copy(&ceilings->copies[i], b, &c);
        cc_ocl_mem_release(b->ocl, c.x);
        cc_ocl_mem_release(b->ocl, c.y);
        if (status == CLCONV_NO_MEMORY && i > 0) /* others use the device, too */
            break;
        CC_TRY(status);
    }
    return CLCONV_OK;
}

clconv_status cc_measure_device_copy(double *rate, clconv_context *context, cc_mem to, cc_mem from,
                                     size_t bytes, bool device_clock)
{
    cc_probe b = {.ocl = context->ocl, .caps = &context->caps, .device_clock = device_clock};
    const copying c = {.x = from, .y = to, .bytes = bytes, .runs = CC_RATES_NOW};
    double found = 0;
    clconv_status status = cc_probe_build(&b);
    if (status == CLCONV_OK)
        status = measure_copy(&found, &b, &c);
    cc_probe_release(&b);
    if (status == CLCONV_OK && found <= 0)
        return cc_fail(CLCONV_DEVICE, "copies took no time by the clock of %s",
                       context->caps.info.id);
    if (status == CLCONV_OK)
        *rate = found;
    return status;
}

/* ---- transfers ---- */

enum { TRANSFER_BYTES = 64 << 20 };

static clconv_status measure_transfer(double *to, double *from, const cc_probe *b, cc_mem mem,
                                      void *host, size_t bytes)
{
    cc_samples down, up;
    memset(host, 1, bytes);
    cc_samples_begin(&down);
    cc_samples_begin(&up);
    while (cc_samples_want(&down)) {
        double start = cc_now();
        CC_TRY(cc_ocl_write(b->ocl, mem, 0, host, bytes));
        cc_samples_add(&down, cc_now() - start);
        start = cc_now();
        CC_TRY(cc_ocl_read(b->ocl, host, mem, 0, bytes));
        cc_samples_add(&up, cc_now() - start);
    }
    *to = (double)bytes / cc_samples_median(&down);
    *from = (double)bytes / cc_samples_median(&up);
    return CLCONV_OK;
}

clconv_status cc_probe_transfers(clconv_ceilings *ceilings, const cc_probe *b)
{
    const size_t most = b->caps->info.max_buffer;
    const size_t bytes = most < TRANSFER_BYTES ? most : TRANSFER_BYTES;
    cc_mem mem = NULL;
    cc_pinned pinned = {0};
    clconv_status status = cc_ocl_mem_create(&mem, b->ocl, bytes);
    void *const pageable = status == CLCONV_OK ? malloc(bytes) : NULL;
    if (status == CLCONV_OK && !pageable)
        status = cc_fail(CLCONV_NO_MEMORY, "no memory to measure transfers of %zu bytes", bytes);
    if (status == CLCONV_OK)
        status = measure_transfer(&ceilings->to_pageable, &ceilings->from_pageable, b, mem,
                                  pageable, bytes);
    if (status == CLCONV_OK)
        status = cc_ocl_pinned_create(&pinned, b->ocl, bytes);
    if (status == CLCONV_OK)
        status = measure_transfer(&ceilings->to_pinned, &ceilings->from_pinned, b, mem, pinned.data,
                                  bytes);
    const clconv_status released = cc_ocl_pinned_release(b->ocl, &pinned);
    cc_ocl_mem_release(b->ocl, mem);
    free(pageable);
    return status == CLCONV_OK ? released : status;
}
