/* axis.h - the arithmetic of one axis (rows or columns) of a convolution. */
#ifndef CC_GEOM_AXIS_H
#define CC_GEOM_AXIS_H

#include <clconv/clconv.h>
#include <stdbool.h>

/* A padded axis and the reach of a filter: kernels index an axis in 32 bits, and the period of the
 * border reflect is twice its size. */
#define CC_AXIS_LIMIT ((int64_t)1 << 30)

typedef struct cc_axis {
    const struct cc_axis_names {
        const char *axis, *size, *filter, *stride, *dilation, *before, *after, *shift;
    } * names;
    int size, filter, stride, dilation; /* all 1 or more */
    int before, after;                  /* padding: in, as the desc has it; out, resolved */
    int anchor_shift;
    int output;                    /* out */
    int inner_first, inner_behind; /* out: outputs whose window reads no border */
} cc_axis;

extern const struct cc_axis_names cc_rows, cc_columns;

clconv_status cc_axis_resolve(cc_axis *axis, clconv_extent extent, bool flip);

#endif
