/* filter_verify.c - a strip of the output against the referee, in the memory of a strip.
 *
 * The rows that the strip reads are put together as an image of their own, whose convolution
 * without vertical padding is the strip. The border's rows are written out as rows; only those of
 * a constant stay padding, for its value need not be one that a row can hold. */
#include "filter_verify.h"
#include "cli.h"
#include <stdint.h>
#include <stdlib.h>

/* Where the rows of a window lie: `inside` of them from image row `first` on, and padding around
 * (constant border) or mapped rows (all others). */
struct window {
    int64_t begin, end; /* image rows, also outside of the image; end is behind the last */
};

static clconv_desc strip_desc(const clconv_desc *whole, struct window *w)
{
    clconv_desc desc = *whole;
    desc.pad_top = desc.pad_bottom = 0;
    if (whole->border == CLCONV_CONSTANT) {
        desc.pad_top = w->begin < 0 ? (int)-w->begin : 0;
        desc.pad_bottom = w->end > whole->h ? (int)(w->end - whole->h) : 0;
        w->begin += desc.pad_top;
        w->end -= desc.pad_bottom;
    }
    desc.h = (int)(w->end - w->begin);
    return desc;
}

/* Consecutive rows of the image are read together. */
static bool gather(unsigned char *rows, const clconv_desc *whole, const struct window *w,
                   struct filter_input *input)
{
    for (int64_t i = w->begin; i < w->end;) {
        const int64_t row = clconv_border_index(whole->border, i, whole->h);
        int64_t count = 1;
        while (i + count < w->end && i >= 0 && i + count < whole->h)
            count++;
        if (filter_input_read(input, (int)row, (int)count,
                              rows + (size_t)(i - w->begin) * input->row_bytes) != CLCONV_OK)
            return false;
        i += count;
    }
    return true;
}

static void add(clconv_check *worst, const clconv_check *strip, int first)
{
    const uint64_t misses = worst->misses + strip->misses;
    const uint64_t outputs = worst->outputs + strip->outputs;
    const double error =
        strip->largest_error > worst->largest_error ? strip->largest_error : worst->largest_error;
    if (!worst->outputs || strip->largest_ratio > worst->largest_ratio) {
        *worst = *strip;
        worst->row += first;
    }
    worst->misses = misses;
    worst->outputs = outputs;
    worst->largest_error = error;
}

bool filter_verify(clconv_check *worst, struct filter_input *input, const char *algorithm,
                   int first, int count, const void *y)
{
    const struct filter_work *const work = input->work;
    const clconv_desc *const whole = &work->desc;
    struct window w;
    clconv_check check;
    w.begin = (int64_t)first * whole->stride_h - whole->pad_top;
    w.end = w.begin + (int64_t)(count - 1) * whole->stride_h +
            (int64_t)whole->dilation_h * (whole->r - 1) + 1;
    const clconv_desc desc = strip_desc(whole, &w);
    unsigned char *const x = malloc((size_t)desc.h * input->row_bytes);
    if (!x) {
        cli_no_memory((size_t)desc.h * input->row_bytes);
        return false;
    }
    bool ok = gather(x, whole, &w, input);
    if (ok && clconv_check_result(&check, &desc, algorithm, x, work->filters, work->bias, y) !=
                  CLCONV_OK) {
        cli_say("--verify: %s", clconv_last_error());
        ok = false;
    }
    if (ok)
        add(worst, &check, first);
    free(x);
    return ok;
}
