/* conv.h - what `clconv conv` is asked for, and what it holds while it works. */
#ifndef CLI_CONV_H
#define CLI_CONV_H

#include "npy.h"
#include "window.h"

struct conv {
    const char *input, *filters, *bias, *output;
    const char *layout, *activation, *type, *device, *algorithm;
    struct cli_window window;
    int groups;
    bool verify;
};

struct conv_work { /* what a run of the command holds */
    clconv_desc desc;
    clconv_sizes sizes;
    struct cli_npy x, f, b;
    float *filters, *bias;
    void *y;
    clconv_context *context;
    clconv_plan *plan;
    clconv_plan_info info;
    double seconds;
};

/* Reads the arrays, completes the desc by their shapes, and makes room for the output. False after
 * a message. */
bool conv_load(struct conv_work *work, const struct conv *args);

#endif
