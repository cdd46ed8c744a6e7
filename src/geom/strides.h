/* strides.h - where the elements of x and y lie in memory. */
#ifndef CC_GEOM_STRIDES_H
#define CC_GEOM_STRIDES_H

#include "geom/geom.h"

typedef struct cc_tensor {
    const char *name;   /* "x" */
    int64_t n, c, h, w; /* elements along each dimension */
    clconv_layout layout;
    clconv_type type;
    cc_strides strides;      /* in: 0 for dense; out: filled in */
    cc_strides normal;       /* out: 0 where the stride is the dense one */
    int64_t elements, bytes; /* out: from the first to behind the last that is used */
} cc_tensor;

clconv_status cc_tensor_resolve(cc_tensor *tensor);

/* INVALID when two elements share a place. Strides as resolved. */
clconv_status cc_tensor_check_overlap(const cc_tensor *tensor);

#endif
