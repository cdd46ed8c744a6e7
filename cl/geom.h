/* geom.h - the geometry of one launch, shared by the host (C) and the kernels (OpenCL C).
 * Sizes are run-time arguments: nothing in here makes a kernel be compiled again.
 * Passed by value; the widest members come first and the others are even in number, so that no
 * compiler inserts padding. */
#ifndef CLCONV_GEOM_H
#define CLCONV_GEOM_H

#ifdef __OPENCL_C_VERSION__
#define CLCONV_LONG long
#define CLCONV_INT  int
#else
#include <stdint.h>
#define CLCONV_LONG int64_t
#define CLCONV_INT  int32_t
#endif

typedef struct clconv_geom {
    CLCONV_LONG x_base, y_base; /* first element of x and y in their memory, in elements */
    CLCONV_LONG x_stride_n, x_stride_c, x_stride_h, x_stride_w; /* elements */
    CLCONV_LONG y_stride_n, y_stride_k, y_stride_p, y_stride_q; /* elements */
    CLCONV_INT n, c, h, w;                                      /* input */
    CLCONV_INT k, r, s, p, q;                                   /* filters, output */
    CLCONV_INT groups, group_c, group_k;                        /* channels, filters of a group */
    CLCONV_INT stride_h, stride_w, dilation_h, dilation_w;
    CLCONV_INT pad_top, pad_left;
    /* Where this launch begins: plane of n * k, output row, output column. */
    CLCONV_INT first_z, first_p, first_q;
    CLCONV_INT absolute, activation, border; /* the values of clconv_activation, clconv_border */
} clconv_geom;

#endif
