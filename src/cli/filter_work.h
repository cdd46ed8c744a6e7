/* filter_work.h - from image, kernel and options to the convolution that is computed. */
#ifndef CLI_FILTER_WORK_H
#define CLI_FILTER_WORK_H

#include "filter_finish.h"

struct filter_wishes { /* of the command line, where the kernel and the image leave them open */
    clconv_border border;
    double border_value;
    int stride, dilation;
    bool flip;
    clconv_type type; /* of the output */
    struct kernel_result result;
    const struct light *light; /* NULL: sums of values as they are stored */
};

/* Every band is filtered on its own (groups = bands), interleaved as images are.
 *
 * Alpha, where there is one: a kernel that takes differences copies it, by a filter of one tap.
 * Any other filters it too, divided by the sum of its taps, so that what is opaque stays so; colour
 * is premultiplied. */
struct filter_work {
    clconv_desc desc;      /* padding explicit, so that strips are cut from one formula */
    float *filters, *bias; /* bias NULL: none */
    bool prepared;         /* input rows go through filter_prepare_row */
    bool finished;         /* output rows go through filter_finish_row */
    struct filter_finish finish;
};

/* info: of the image. False after a message. */
bool filter_work_make(struct filter_work *work, const struct kernel *kernel,
                      const struct image_info *info, const struct filter_wishes *wishes);
void filter_work_free(struct filter_work *work);

#endif
