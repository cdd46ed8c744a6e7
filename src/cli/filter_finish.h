/* filter_finish.h - what happens to pixels beside the convolution: colour is weighted with alpha,
 * light made linear, two sums become a length; and back. */
#ifndef CLI_FILTER_FINISH_H
#define CLI_FILTER_FINISH_H

#include "kernel.h"
#include "light.h"

struct filter_finish {
    int bands;
    bool has_alpha;            /* the last band */
    bool premultiply;          /* colour is multiplied by alpha before, and divided by it after */
    bool magnitude;            /* computed rows hold a pair of sums for each band */
    const struct light *light; /* NULL: as stored; else colour and alpha within 0 .. 1 */
    clconv_type input, computed, output;
    double alpha_white;          /* full cover in computed rows */
    struct kernel_result result; /* still to do: scale for lengths alone, offset, absolute */
};

/* Pixels as stored to what is summed, of type `computed`. */
void filter_prepare_row(const struct filter_finish *finish, const void *row, void *to,
                        size_t pixels);
/* Computed pixels to what is stored. */
void filter_finish_row(const struct filter_finish *finish, const void *row, void *to,
                       size_t pixels);

#endif
