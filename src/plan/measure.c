/* measure.c - the ceilings of a context: samples and medians; the rest differs by device. */
#include "plan/measure.h"
#include "base/clock.h"
#include "base/status.h"
#include <math.h>
#include <stdlib.h>

enum { LEAST = 3, MOST = sizeof(((cc_samples *)0)->values) / sizeof(double) };
static const double patience = 0.1; /* seconds for one measurement that has LEAST samples */

void cc_samples_begin(cc_samples *samples)
{
    *samples = (cc_samples){.begun = cc_now()};
}

bool cc_samples_want(const cc_samples *samples)
{
    return samples->count < LEAST ||
           (samples->count < MOST && cc_now() - samples->begun < patience);
}

void cc_samples_add(cc_samples *samples, double value)
{
    if (samples->count < MOST)
        samples->values[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double cc_samples_median(cc_samples *samples)
{
    const int n = samples->count;
    const double *const v = samples->values;
    if (n == 0)
        return 0;
    qsort(samples->values, (size_t)n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

double cc_samples_least(cc_samples *samples)
{
    return cc_samples_median(samples) > 0 ? samples->values[0] : 0;
}

size_t cc_copy_side(int i)
{
    return ((size_t)1 << 19) << i;
}

clconv_status cc_measure(clconv_ceilings *ceilings, clconv_context *context)
{
    clconv_ceilings found = {0};
    const clconv_status status =
        context->ocl ? cc_measure_device(&found, context) : cc_measure_host(&found, context);
    for (int i = 0; i < CLCONV_COPIES; i++)
        if (found.copies[i] > 0)
            found.copy = i > 0 && found.copies[i - 1] > found.copies[i] ? found.copies[i - 1]
                                                                        : found.copies[i];
    if (status == CLCONV_OK)
        *ceilings = found;
    return status;
}

clconv_status cc_fail_ceilings(const clconv_ceilings *ceilings, const clconv_context *context)
{
    return cc_fail(CLCONV_INVALID,
                   "ceilings->f32 is %g in vectors of %d, which nothing measured on %s; take the "
                   "ceilings from clconv_context_measure",
                   ceilings->f32, ceilings->f32_lanes, context->caps.info.id);
}

clconv_status cc_measure_rate(double *f32, clconv_context *context, const clconv_ceilings *ceilings)
{
    if (!isfinite(ceilings->f32) || ceilings->f32 <= 0 || ceilings->f32_lanes < 1)
        return cc_fail_ceilings(ceilings, context);
    return context->ocl ? cc_measure_device_rate(f32, context, ceilings)
                        : cc_measure_host_rate(f32, context);
}

clconv_status cc_measure_copy(double *rate, clconv_buffer *to, const clconv_buffer *from,
                              const clconv_ceilings *ceilings)
{
    enum { LEAST_BYTES = 1 << 20 };
    const size_t bytes = to->bytes < from->bytes ? to->bytes : from->bytes;
    clconv_context *const context = to->context;

    if (!isfinite(ceilings->f32) || ceilings->f32 <= 0)
        return cc_fail_ceilings(ceilings, context);
    if (context != from->context || to == from)
        return cc_fail(CLCONV_INVALID, "a copy is measured from one buffer to another of the same "
                                       "context");
    if (to->parent || from->parent)
        return cc_fail(CLCONV_INVALID, "views: copies are measured of whole buffers");
    if (bytes < LEAST_BYTES)
        return cc_fail(CLCONV_INVALID, "buffers of %zu and %zu bytes; give both %d or more",
                       to->bytes, from->bytes, LEAST_BYTES);
    if (!context->ocl)
        return cc_fail(CLCONV_UNSUPPORTED, "copies between buffers are not measured on the host");
    /* From where their memory begins: places in a page are the same to copies. */
    return cc_measure_device_copy(rate, context, to->mem, from->mem,
                                  bytes / LEAST_BYTES * LEAST_BYTES, ceilings->device_clock != 0);
}
