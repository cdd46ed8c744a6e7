/* measure.h - the ceilings of a device and of the host: what their two files share. */
#ifndef CC_PLAN_MEASURE_H
#define CC_PLAN_MEASURE_H

#include "plan/plan.h"

/* Samples of one measurement: taken until there are `most`, or `least` and the time is up. */
typedef struct cc_samples {
    double values[9];
    int count;
    double begun; /* by cc_now */
} cc_samples;

/* Whether seconds by the device's clock can be believed, beside those of the same runs by the
 * host's.
 */
bool cc_clocks_agree(double host, double device);

void cc_samples_begin(cc_samples *samples);
bool cc_samples_want(const cc_samples *samples); /* one more */
void cc_samples_add(cc_samples *samples, double value);
double cc_samples_median(cc_samples *samples); /* orders them; 0 when there are none */
double cc_samples_least(cc_samples *samples);

/* Bytes of each of the two sides of the copy of this index. */
size_t cc_copy_side(int i);

/* ---- OpenCL devices ---- */

typedef struct cc_probe {
    cc_ocl *ocl;
    const cc_caps *caps;
    cc_program *plain, *nontemporal; /* nontemporal NULL: not on this driver */
    bool device_clock;
} cc_probe;

typedef struct cc_elapsed { /* seconds */
    double host, device;
} cc_elapsed;

/* One launch, waited for. */
clconv_status cc_probe_launch(cc_elapsed *e, const cc_probe *b, cc_kernel *kernel,
                              const cc_grid *grid, const cc_arg *args, unsigned arg_count);
cc_grid cc_probe_line(size_t groups, size_t local);
/* Which failures only mean that a kernel does not exist here. */
bool cc_probe_lacks_way(clconv_status status);

/* The programs of measure.cl; released by cc_probe_release whatever this returns. */
clconv_status cc_probe_build(cc_probe *b);
void cc_probe_release(const cc_probe *b);

clconv_status cc_probe_copies(clconv_ceilings *ceilings, const cc_probe *b);
clconv_status cc_probe_transfers(clconv_ceilings *ceilings, const cc_probe *b);

/* ---- all of it ---- */

clconv_status cc_measure_host(clconv_ceilings *ceilings, clconv_context *context);
clconv_status cc_measure_device(clconv_ceilings *ceilings, clconv_context *context);

/* ---- the rates of f32 and of copies now: the median of so many short runs ---- */

enum { CC_RATES_NOW = 3 };
clconv_status cc_measure_host_rate(double *f32, clconv_context *context);
clconv_status cc_measure_device_copy(double *rate, clconv_context *context, cc_mem to, cc_mem from,
                                     size_t bytes, bool device_clock);
clconv_status cc_measure_device_rate(double *f32, clconv_context *context,
                                     const clconv_ceilings *ceilings);
/* INVALID: they are not of this device. */
clconv_status cc_fail_ceilings(const clconv_ceilings *ceilings, const clconv_context *context);

#endif
