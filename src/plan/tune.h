/* tune.h - what the files of the tuner share. */
#ifndef CC_PLAN_TUNE_H
#define CC_PLAN_TUNE_H

#include "plan/internal.h"

typedef struct cc_tune_data {
    void *x, *y; /* y: for a result that is checked */
    float *filters;
    clconv_buffer *in, *out;
} cc_tune_data;

/* filters NULL: arbitrary ones. To be freed after a failure, too. */
clconv_status cc_tune_data_make(cc_tune_data *data, clconv_context *context, const cc_geom *geom,
                                const float *filters);
void cc_tune_data_free(cc_tune_data *data);

#endif
