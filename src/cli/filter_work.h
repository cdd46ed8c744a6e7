/* filter_work.h - from image, kernel and options to the convolution that is computed. */
#ifndef CLI_FILTER_WORK_H
#define CLI_FILTER_WORK_H

#include "image.h"
#include "kernel.h"

struct filter_wishes { /* of the command line */
    clconv_border border;
    double border_value;
    int stride, dilation;
    bool flip;
    clconv_type type; /* of the output */
    struct kernel_result result;
    struct image_ways ways; /* linear; premultiply follows from alpha and kernel */
    bool copy_alpha;
};

/* Every band is filtered on its own (groups = bands), interleaved as images are. A band of alpha
 * that is copied gets a filter with one tap that undoes scale and offset. */
struct filter_work {
    clconv_desc desc;      /* padding explicit, so that strips are cut from one formula */
    float *filters, *bias; /* bias NULL: none */
    bool copy_alpha;
    clconv_type type; /* of the rows that come out */
    bool magnitude;   /* y holds a pair of plain sums for each band; their length gets: */
    struct kernel_result result;
};

/* info: of the rows that come in. False after a message. */
bool filter_work_make(struct filter_work *work, const struct kernel *kernel,
                      const struct image_info *info, const struct filter_wishes *wishes);
void filter_work_free(struct filter_work *work);

/* Pairs of sums to values of the result: as many pixels as one row of it has columns. */
void filter_work_combine(const struct filter_work *work, const void *pairs, void *row, int columns);

#endif
