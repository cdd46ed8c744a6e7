/* plan.h - choose an algorithm, prepare it, run it, explain it, check its result. */
#ifndef CC_PLAN_PLAN_H
#define CC_PLAN_PLAN_H

#include "algo/algo.h"

/* whole: the problem that desc is a part of (NULL: it is no part). The algorithm is chosen for the
 * whole, so that each part is computed as the whole would be. */
clconv_status cc_plan_create(clconv_plan **plan, clconv_context *context, const clconv_desc *desc,
                             const clconv_desc *whole, const float *filters, const float *bias,
                             const clconv_plan_options *options);
clconv_status cc_plan_tiles(int *tiles, clconv_context *context, const clconv_desc *desc,
                            const float *filters, const char *algorithm);
clconv_status cc_plan_set_filters(clconv_plan *plan, const float *filters, const float *bias);
clconv_status cc_plan_run(double *seconds, clconv_plan *plan, const clconv_buffer *x,
                          clconv_buffer *y);
clconv_status cc_plan_explain(char **text, const clconv_plan *plan, bool json);
void cc_plan_destroy(clconv_plan *plan);

/* For clconv_plan_enqueue, whose struct carries the same members but the last. */
typedef struct cc_enqueue {
    cc_queue queue;
    cc_mem x, y, workspace;
    size_t x_offset, y_offset, workspace_offset;
    const cc_event *waits;
    unsigned wait_count;
    cc_event *event;
    cc_commands *chain; /* not NULL: takes what was enqueued, which is to be finished by its owner;
                           event is NULL then */
} cc_enqueue;
clconv_status cc_plan_enqueue(clconv_plan *plan, const cc_enqueue *args);

/* Their results are unchanged when they fail. */
clconv_status cc_measure(clconv_ceilings *ceilings, clconv_context *context);
clconv_status cc_measure_copy(double *rate, clconv_buffer *to, const clconv_buffer *from,
                              const clconv_ceilings *ceilings);
clconv_status cc_measure_rate(double *f32, clconv_context *context,
                              const clconv_ceilings *ceilings);

clconv_status cc_check_result(clconv_check *check, const clconv_desc *desc, const char *algorithm,
                              const void *x, const float *filters, const float *bias,
                              const void *y);
/* Of as many rows as the referee does with about so many operations. */
clconv_status cc_check_some(clconv_check *check, const clconv_desc *desc, const char *algorithm,
                            const void *x, const float *filters, const float *bias, const void *y,
                            double flops);

clconv_status cc_tune(clconv_tuning *tuning, clconv_context *context, const clconv_desc *desc,
                      const float *filters, const clconv_tune_options *options);

#endif
