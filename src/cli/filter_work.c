/* filter_work.c - from image, kernel and options to the convolution that is computed. */
#include "filter_work.h"
#include "cli.h"
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The anchor lies on every stride-th pixel, beginning with the first. False when a window passes
 * the sizes that a convolution can have. */
static bool pad_axis(int *before, int *after, int n, int taps, int anchor, bool flip, int stride,
                     int dilation)
{
    const int64_t outputs = ((int64_t)n + stride - 1) / stride;
    const int64_t window = (int64_t)dilation * (taps - 1) + 1;
    const int64_t lead = (int64_t)dilation * (flip ? taps - 1 - anchor : anchor);
    const int64_t rest = (outputs - 1) * stride + window - n - lead;
    if (window > INT_MAX / 2) {
        cli_say("--dilation %d spreads %d taps over %lld pixels; at most %d are possible", dilation,
                taps, (long long)window, INT_MAX / 2);
        return false;
    }
    *before = (int)lead;
    *after = rest > 0 ? (int)rest : 0;
    return true;
}

static bool make_desc(clconv_desc *desc, const struct kernel *kernel, const struct image_info *info,
                      const struct filter_wishes *wishes)
{
    const bool later = wishes->ways.linear || wishes->ways.premultiply;
    *desc = (clconv_desc){
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
        .border_value = wishes->border_value,
        .operation = wishes->flip ? CLCONV_CONVOLUTION : CLCONV_CORRELATION,
        .x_type = info->type,
        .y_type = later ? info->type : wishes->type,
        .x_layout = CLCONV_NHWC,
        .y_layout = CLCONV_NHWC,
        .scale = wishes->result.scale,
        .offset = later ? 0 : wishes->result.offset,
        .absolute = !later && wishes->result.absolute,
    };
    if (wishes->ways.linear)
        desc->border_value /= kernel_type_max(wishes->type);
    return pad_axis(&desc->pad_top, &desc->pad_bottom, desc->h, kernel->rows, kernel->anchor_row,
                    wishes->flip, wishes->stride, wishes->dilation) &&
           pad_axis(&desc->pad_left, &desc->pad_right, desc->w, kernel->columns,
                    kernel->anchor_column, wishes->flip, wishes->stride, wishes->dilation);
}

/* Two filters a band leave their plain sums, in f32, to be combined here. */
static void split_magnitude(struct filter_work *work)
{
    work->type = work->desc.y_type;
    work->result =
        (struct kernel_result){work->desc.scale, work->desc.offset, work->desc.absolute != 0};
    work->desc.scale = 1;
    work->desc.offset = 0;
    work->desc.absolute = 0;
    work->desc.y_type = work->desc.x_type == CLCONV_F64 ? CLCONV_F64 : CLCONV_F32;
}

static bool fill_filters(struct filter_work *work, const struct kernel *kernel)
{
    const clconv_desc *const d = &work->desc;
    const size_t taps = (size_t)kernel->rows * (size_t)kernel->columns;
    const size_t anchor =
        (size_t)kernel->anchor_row * (size_t)kernel->columns + (size_t)kernel->anchor_column;
    const size_t alpha = (size_t)(d->k - kernel->count); /* the filters of the last band */
    const size_t bytes = (size_t)d->k * taps * sizeof *work->filters;
    work->filters = malloc(bytes);
    work->bias = calloc((size_t)d->k, sizeof *work->bias);
    if (!work->filters || !work->bias) {
        cli_no_memory(bytes);
        return false;
    }
    for (size_t k = 0; k < (size_t)d->k; k++)
        for (size_t i = 0; i < taps; i++)
            work->filters[k * taps + i] = (float)kernel->taps[k % (size_t)kernel->count * taps + i];
    if (!work->copy_alpha)
        return true;
    memset(work->filters + alpha * taps, 0, (size_t)kernel->count * taps * sizeof *work->filters);
    work->filters[alpha * taps + anchor] = (float)(1 / d->scale);
    work->bias[alpha] = (float)(-d->offset / d->scale);
    return true;
}

bool filter_work_make(struct filter_work *work, const struct kernel *kernel,
                      const struct image_info *info, const struct filter_wishes *wishes)
{
    *work = (struct filter_work){.magnitude = kernel->count == 2, .copy_alpha = wishes->copy_alpha};
    if (info->bands > INT_MAX / kernel->count) {
        cli_say("%d bands are too many", info->bands);
        return false;
    }
    if (!make_desc(&work->desc, kernel, info, wishes))
        return false;
    work->type = work->desc.y_type;
    if (work->magnitude)
        split_magnitude(work);
    if (fill_filters(work, kernel))
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

enum { CHUNK = 512 };

/* sqrt(a * a + b * b), scaled, for n values from the first on; a copied alpha is left as it is. */
static void lengths(double *out, const struct filter_work *work, const void *pairs, size_t first,
                    size_t n)
{
    const size_t bands = (size_t)work->desc.c;
    for (size_t i = 0; i < n; i++) {
        const size_t at = 2 * (first + i);
        const bool wide = work->desc.y_type == CLCONV_F64;
        const double a = wide ? ((const double *)pairs)[at] : (double)((const float *)pairs)[at];
        const double b =
            wide ? ((const double *)pairs)[at + 1] : (double)((const float *)pairs)[at + 1];
        const double v = sqrt(a * a + b * b) * work->result.scale + work->result.offset;
        out[i] = work->result.absolute ? fabs(v) : v;
        if (work->copy_alpha && (first + i) % bands == bands - 1)
            out[i] = a;
    }
}

/* Half to even, without a call: added to this, a double has no room for a fraction. */
static double round_half_even(double v)
{
    static const double no_fraction = 6755399441055744.0; /* 1.5 * 2^52 */
    return v + no_fraction - no_fraction;
}

#define STORE(TYPE, LEAST, MOST)                                                                   \
    for (size_t i = 0; i < n; i++) {                                                               \
        const double v = values[i] > LEAST ? values[i] : LEAST;                                    \
        ((TYPE *)row)[first + i] = (TYPE)round_half_even(v < MOST ? v : MOST);                     \
    }                                                                                              \
    break

/* Saturates, as the library does; a NaN becomes 0. */
static void store(clconv_type type, void *row, size_t first, size_t n, double *values)
{
    for (size_t i = 0; i < n && type != CLCONV_F32 && type != CLCONV_F64; i++)
        if (isnan(values[i]))
            values[i] = 0;
    switch (type) {
    case CLCONV_U8:
        STORE(uint8_t, 0, UINT8_MAX);
    case CLCONV_S8:
        STORE(int8_t, INT8_MIN, INT8_MAX);
    case CLCONV_U16:
        STORE(uint16_t, 0, UINT16_MAX);
    case CLCONV_S16:
        STORE(int16_t, INT16_MIN, INT16_MAX);
    case CLCONV_F64:
        memcpy((double *)row + first, values, n * sizeof *values);
        break;
    default:
        for (size_t i = 0; i < n; i++)
            ((float *)row)[first + i] = (float)values[i];
        break;
    }
}

void filter_work_combine(const struct filter_work *work, const void *pairs, void *row, int columns)
{
    const size_t count = (size_t)columns * (size_t)work->desc.c;
    double values[CHUNK];
    for (size_t first = 0; first < count; first += CHUNK) {
        const size_t n = count - first < CHUNK ? count - first : CHUNK;
        lengths(values, work, pairs, first, n);
        store(work->type, row, first, n, values);
    }
}
