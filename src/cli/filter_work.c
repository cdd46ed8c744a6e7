/* filter_work.c - from image, kernel and options to the convolution that is computed. */
#include "filter_work.h"
#include "cli.h"
#include "pixels.h"
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The anchor lies on every stride-th pixel, beginning with the first. False after a message when a
 * window passes the sizes that a convolution can have. */
static bool pad_axis(int *before, int *after, int n, int taps, int anchor,
                     const struct filter_wishes *wishes)
{
    const int64_t outputs = ((int64_t)n + wishes->stride - 1) / wishes->stride;
    const int64_t window = (int64_t)wishes->dilation * (taps - 1) + 1;
    const int64_t lead = (int64_t)wishes->dilation * (wishes->flip ? taps - 1 - anchor : anchor);
    const int64_t rest = (outputs - 1) * wishes->stride + window - n - lead;
    if (window > INT_MAX / 2) {
        cli_say("--dilation %d spreads %d taps over %lld pixels; at most %d are possible",
                wishes->dilation, taps, (long long)window, INT_MAX / 2);
        return false;
    }
    *before = (int)lead;
    *after = rest > 0 ? (int)rest : 0;
    return true;
}

static bool make_desc(struct filter_work *work, const struct kernel *kernel,
                      const struct image_info *info, const struct filter_wishes *wishes)
{
    const struct filter_finish *const finish = &work->finish;
    work->desc = (clconv_desc){
        .c = info->bands,
        .h = info->height,
        .w = info->width,
        .k = info->bands * kernel->count,
        .r = kernel->rows,
        .s = kernel->columns,
        .groups = info->bands,
        .stride_h = wishes->stride,
        .stride_w = wishes->stride,
        .dilation_h = wishes->dilation,
        .dilation_w = wishes->dilation,
        .border = wishes->border,
        .border_value =
            wishes->light ? light_value(wishes->light, wishes->border_value) : wishes->border_value,
        .operation = wishes->flip ? CLCONV_CONVOLUTION : CLCONV_CORRELATION,
        .x_type = work->prepared ? finish->computed : info->type,
        .y_type = work->finished ? finish->computed : wishes->type,
        .x_layout = CLCONV_NHWC,
        .y_layout = CLCONV_NHWC,
        .scale = finish->magnitude ? 1 : wishes->result.scale,
        .offset = work->finished ? 0 : wishes->result.offset,
        .absolute = !work->finished && wishes->result.absolute,
    };
    return pad_axis(&work->desc.pad_top, &work->desc.pad_bottom, info->height, kernel->rows,
                    kernel->anchor_row, wishes) &&
           pad_axis(&work->desc.pad_left, &work->desc.pad_right, info->width, kernel->columns,
                    kernel->anchor_column, wishes);
}

static bool is_unsigned(clconv_type type)
{
    return type == CLCONV_U8 || type == CLCONV_U16;
}

/* Returns alpha of the output per alpha of what is summed. */
static double make_finish(struct filter_work *work, const struct kernel *kernel,
                          const struct image_info *info, const struct filter_wishes *wishes)
{
    struct filter_finish *const finish = &work->finish;
    const double white_in = pixels_most(info->type), white_out = pixels_most(wishes->type);
    const bool stretches = is_unsigned(info->type) && is_unsigned(wishes->type);
    const double unit = wishes->light ? white_out : stretches ? white_out / white_in : 1;
    finish->bands = info->bands;
    finish->has_alpha = info->has_alpha;
    finish->premultiply = info->has_alpha && !kernel_is_derivative(kernel);
    finish->magnitude = kernel->count == 2;
    finish->light = wishes->light;
    finish->input = info->type;
    finish->computed = info->type == CLCONV_F64 ? CLCONV_F64 : CLCONV_F32;
    finish->output = wishes->type;
    finish->alpha_white = wishes->light ? unit : unit * white_in;
    finish->result = wishes->result;
    if (!finish->magnitude)
        finish->result.scale = 1; /* done by the convolution */
    if (wishes->light)
        finish->result.offset /= white_out;
    work->prepared = finish->light || finish->premultiply;
    work->finished = work->prepared || finish->magnitude;
    return unit;
}

/* Beyond the border all bands are one number, which colours times alpha and alpha are but for
 * nothing and for opaque white. */
static bool border_is_possible(const struct filter_work *work, const struct image_info *info,
                               const struct filter_wishes *wishes)
{
    const double white = pixels_most(info->type), value = wishes->border_value;
    if (!work->finish.premultiply || wishes->border != CLCONV_CONSTANT || !(fabs(value) > 0) ||
        fabs(value - white) <= 0)
        return true;
    cli_say("--border-value %g: beyond an image with alpha there can be nothing (0) or opaque "
            "white (%g); take another border, or flatten the image first",
            value, white);
    return false;
}

static bool fill_filters(struct filter_work *work, const struct kernel *kernel)
{
    const size_t taps = (size_t)kernel->rows * (size_t)kernel->columns;
    const size_t bytes = (size_t)work->desc.k * taps * sizeof *work->filters;
    work->filters = malloc(bytes);
    if (!work->filters) {
        cli_no_memory(bytes);
        return false;
    }
    for (size_t k = 0; k < (size_t)work->desc.k; k++)
        for (size_t i = 0; i < taps; i++)
            work->filters[k * taps + i] = (float)kernel->taps[k % (size_t)kernel->count * taps + i];
    return true;
}

static bool fill_alpha(struct filter_work *work, const struct kernel *kernel, double unit)
{
    const clconv_desc *const d = &work->desc;
    const size_t taps = (size_t)kernel->rows * (size_t)kernel->columns;
    const size_t anchor =
        (size_t)kernel->anchor_row * (size_t)kernel->columns + (size_t)kernel->anchor_column;
    const size_t first = (size_t)(d->k - kernel->count); /* filter of the last band */
    float *const alpha = work->filters + first * taps;
    if (work->finish.premultiply) {
        const double factor = unit / (kernel_sum(kernel) * d->scale);
        for (size_t i = 0; i < taps; i++)
            alpha[i] = (float)(kernel->taps[i] * factor);
        return true;
    }
    memset(alpha, 0, (size_t)kernel->count * taps * sizeof *alpha);
    alpha[anchor] = (float)(unit / d->scale);
    if (d->offset == 0)
        return true;
    work->bias = calloc((size_t)d->k, sizeof *work->bias); /* undoes the offset */
    if (!work->bias) {
        cli_no_memory((size_t)d->k * sizeof *work->bias);
        return false;
    }
    work->bias[first] = (float)(-d->offset / d->scale);
    return true;
}

bool filter_work_make(struct filter_work *work, const struct kernel *kernel,
                      const struct image_info *info, const struct filter_wishes *wishes)
{
    *work = (struct filter_work){0};
    if (info->bands > INT_MAX / kernel->count) {
        cli_say("%d bands are too many", info->bands);
        return false;
    }
    const double unit = make_finish(work, kernel, info, wishes);
    if (border_is_possible(work, info, wishes) && make_desc(work, kernel, info, wishes) &&
        fill_filters(work, kernel) && (!info->has_alpha || fill_alpha(work, kernel, unit)))
        return true;
    filter_work_free(work);
    return false;
}

void filter_work_free(struct filter_work *work)
{
    free(work->filters);
    free(work->bias);
    work->filters = work->bias = NULL;
}
