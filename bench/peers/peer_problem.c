/* peer_problem.c - a line of a problem set: its parts, its data, and what its result should be. */
#include "peer.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LOOKED_AT = 300, PROBLEM_TEXT = 512 };

/* Of the sum of |x| * |w|: Winograd transforms and transforms of Fourier stay far below. */
static const double tolerance_float = 1e-4;
/* Of an integer result: another rounding of ties, and the fixed-point coefficients of OpenCV's
 * GaussianBlur (1.2 seen). */
static const double tolerance_steps = 1.5;

/* splitmix64 of Steele, Lea and Flood. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* In [-1, 1). */
static double unit(uint64_t *state)
{
    return ldexp((double)(next(state) >> 40), -23) - 1.0;
}

static double load(const void *data, size_t i, clconv_type type)
{
    switch (type) {
    case CLCONV_F32:
        return ((const float *)data)[i];
    case CLCONV_F64:
        return ((const double *)data)[i];
    case CLCONV_U8:
        return ((const uint8_t *)data)[i];
    case CLCONV_S8:
        return ((const int8_t *)data)[i];
    case CLCONV_U16:
        return ((const uint16_t *)data)[i];
    case CLCONV_S16:
        return ((const int16_t *)data)[i];
    default:
        return NAN;
    }
}

static void fill_input(struct peer_problem *problem)
{
    const size_t bytes = problem->sizes.x_bytes;
    uint64_t state = 1;
    if (problem->desc.x_type == CLCONV_F32)
        for (size_t i = 0; i < bytes / sizeof(float); i++)
            ((float *)problem->x)[i] = (float)unit(&state);
    else if (problem->desc.x_type == CLCONV_F64)
        for (size_t i = 0; i < bytes / sizeof(double); i++)
            ((double *)problem->x)[i] = unit(&state);
    else
        for (size_t i = 0; i < bytes; i++)
            ((uint8_t *)problem->x)[i] = (uint8_t)next(&state);
}

static bool is_float(clconv_type type)
{
    return type == CLCONV_F32 || type == CLCONV_F64 || type == CLCONV_F16;
}

/* Results of integer types shall lie in the middle of their range, not at its ends: means. */
static void fill_random(struct peer_problem *problem)
{
    const clconv_desc *const d = &problem->desc;
    const size_t taps = (size_t)(d->c / d->groups) * (size_t)d->r * (size_t)d->s;
    const bool mean = !is_float(d->y_type), same = d->groups == d->c && d->x_layout == CLCONV_NHWC;
    uint64_t state = 2;
    for (size_t k = 0; k < (size_t)d->k; k++) {
        float *const f = problem->filters + k * taps;
        double sum = 0;
        if (same)
            state = 2;
        for (size_t i = 0; i < taps; i++) {
            f[i] = (float)(mean ? unit(&state) + 1 : unit(&state));
            sum += f[i];
        }
        for (size_t i = 0; mean && i < taps; i++)
            f[i] = (float)(f[i] / sum);
    }
}

/* One axis of a gaussian (sigma above 0) or of a box: n taps with the sum 1. */
static void fill_axis(float *taps, int n, double sigma)
{
    const double middle = (n - 1) / 2.0;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += sigma > 0 ? exp(-(i - middle) * (i - middle) / (2 * sigma * sigma)) : 1;
    for (int i = 0; i < n; i++)
        taps[i] =
            (float)((sigma > 0 ? exp(-(i - middle) * (i - middle) / (2 * sigma * sigma)) : 1) /
                    sum);
}

static const char *fill_kernel(struct peer_problem *problem, const char *kernel)
{
    const clconv_desc *const d = &problem->desc;
    if (!strncmp(kernel, "gaussian:", 9))
        problem->sigma = atof(kernel + 9);
    else if (!strncmp(kernel, "box:", 4))
        problem->box = true;
    else
        return peer_why("of kernels the peers know gaussian:SIGMA and box:SIZE, not %s", kernel);
    problem->column = malloc((size_t)d->r * sizeof(float));
    problem->row = malloc((size_t)d->s * sizeof(float));
    if (!problem->column || !problem->row)
        return "no memory";
    fill_axis(problem->column, d->r, problem->sigma);
    fill_axis(problem->row, d->s, problem->sigma);
    for (size_t i = 0; i < problem->sizes.filter_count; i++)
        problem->filters[i] =
            problem->column[i / (size_t)d->s % (size_t)d->r] * problem->row[i % (size_t)d->s];
    return NULL;
}

static void find_padding(struct peer_problem *problem)
{
    const clconv_desc *const d = &problem->desc;
    const int rows = d->dilation_h * (d->r - 1) + 1, columns = d->dilation_w * (d->s - 1) + 1;
    problem->pad_top = d->pad_top;
    problem->pad_left = d->pad_left;
    if (d->extent == CLCONV_SAME) {
        problem->pad_top = ((d->r - 1) / 2 + d->anchor_shift_h) * d->dilation_h;
        problem->pad_left = ((d->s - 1) / 2 + d->anchor_shift_w) * d->dilation_w;
    } else if (d->extent == CLCONV_FULL) {
        problem->pad_top = rows - 1;
        problem->pad_left = columns - 1;
    }
    problem->pad_bottom = (problem->sizes.p - 1) * d->stride_h + rows - d->h - problem->pad_top;
    problem->pad_right = (problem->sizes.q - 1) * d->stride_w + columns - d->w - problem->pad_left;
}

/* What no peer is asked for, since all would need a pass of their own. */
static const char *not_plain(const clconv_desc *d)
{
    if (d->scale != 1 || d->offset != 0 || d->absolute || d->activation != CLCONV_NONE)
        return "the peers are compared without scale, offset, abs and activation";
    if (d->operation != CLCONV_CORRELATION)
        return "the peers are compared without flip";
    if (d->x_type == CLCONV_F16 || d->y_type == CLCONV_F16)
        return "the peers are compared without f16";
    return NULL;
}

static size_t elements(const clconv_desc *d, int channels, int rows, int columns)
{
    return (size_t)d->n * (size_t)channels * (size_t)rows * (size_t)columns;
}

static const char *parse(struct peer_problem *problem, const char *text)
{
    char word[PROBLEM_TEXT];
    const size_t length = strcspn(text, " \t");
    clconv_desc *const d = &problem->desc;
    if (length >= sizeof word)
        return "the problem's text is too long";
    memcpy(word, text, length);
    word[length] = 0;
    if (clconv_desc_parse(d, word) || clconv_desc_output(&problem->sizes, d))
        return peer_why("%s", clconv_last_error());
    if (d->scale == 0)
        d->scale = 1;
    if (problem->sizes.x_bytes != elements(d, d->c, d->h, d->w) * clconv_type_size(d->x_type) ||
        problem->sizes.y_bytes !=
            elements(d, d->k, problem->sizes.p, problem->sizes.q) * clconv_type_size(d->y_type))
        return "the peers are compared on dense arrays";
    return not_plain(d);
}

const char *peer_problem_make(struct peer_problem *problem, const char *text)
{
    const char *kernel = text + strcspn(text, " \t");
    *problem = (struct peer_problem){.text = text};
    const char *why = parse(problem, text);
    if (why)
        return why;
    kernel += strspn(kernel, " \t");
    find_padding(problem);
    problem->x = malloc(problem->sizes.x_bytes);
    problem->y = malloc(problem->sizes.y_bytes);
    problem->filters = malloc(problem->sizes.filter_count * sizeof(float));
    if (!problem->x || !problem->y || !problem->filters)
        return "no memory";
    fill_input(problem);
    if (kernel[0])
        return fill_kernel(problem, kernel);
    fill_random(problem);
    return NULL;
}

void peer_problem_free(struct peer_problem *problem)
{
    free(problem->x);
    free(problem->y);
    free(problem->filters);
    free(problem->column);
    free(problem->row);
}

static size_t place(clconv_layout layout, const size_t size[3], size_t n, size_t c, size_t h,
                    size_t w)
{
    return layout == CLCONV_NCHW ? ((n * size[0] + c) * size[1] + h) * size[2] + w
                                 : ((n * size[1] + h) * size[2] + w) * size[0] + c;
}

/* The sum of one output, and that of its absolute values. */
static double expected(const struct peer_problem *problem, size_t n, size_t k, size_t row,
                       size_t column, double *magnitude)
{
    const clconv_desc *const d = &problem->desc;
    const int channels = d->c / d->groups, first = (int)k / (d->k / d->groups) * channels;
    const size_t size[3] = {(size_t)d->c, (size_t)d->h, (size_t)d->w};
    const float *f = problem->filters + k * (size_t)(channels * d->r * d->s);
    double sum = 0;
    *magnitude = 0;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < d->r; i++)
            for (int j = 0; j < d->s; j++, f++) {
                const int64_t h = clconv_border_index(
                    d->border, (int64_t)row * d->stride_h - problem->pad_top + i * d->dilation_h,
                    d->h);
                const int64_t w = clconv_border_index(
                    d->border,
                    (int64_t)column * d->stride_w - problem->pad_left + j * d->dilation_w, d->w);
                const double x = h < 0 || w < 0
                                     ? d->border_value
                                     : load(problem->x,
                                            place(d->x_layout, size, n, (size_t)(first + c),
                                                  (size_t)h, (size_t)w),
                                            d->x_type);
                sum += x * *f;
                *magnitude += fabs(x * *f);
            }
    return sum;
}

/* What an integer type can hold of a value. */
static double saturated(double value, clconv_type type)
{
    switch (type) {
    case CLCONV_U8:
        return fmin(fmax(value, 0), UINT8_MAX);
    case CLCONV_S8:
        return fmin(fmax(value, INT8_MIN), INT8_MAX);
    case CLCONV_U16:
        return fmin(fmax(value, 0), UINT16_MAX);
    case CLCONV_S16:
        return fmin(fmax(value, INT16_MIN), INT16_MAX);
    default:
        return value;
    }
}

/* The i-th of the places that are looked at: corners first, the others at random. */
static size_t pick(uint64_t *state, int i, int bit, size_t size)
{
    if (i < 4)
        return i >> bit & 1 ? size - 1 : 0;
    return (size_t)(next(state) % size);
}

static bool inside(const struct peer_problem *problem, size_t row, size_t column)
{
    const clconv_desc *const d = &problem->desc;
    const int64_t top = (int64_t)row * d->stride_h - problem->pad_top;
    const int64_t left = (int64_t)column * d->stride_w - problem->pad_left;
    return top >= 0 && left >= 0 && top + (int64_t)d->dilation_h * (d->r - 1) < d->h &&
           left + (int64_t)d->dilation_w * (d->s - 1) < d->w;
}

double peer_problem_error(const struct peer_problem *problem, bool inside_only, bool *wrong)
{
    const clconv_desc *const d = &problem->desc;
    const size_t size[3] = {(size_t)d->k, (size_t)problem->sizes.p, (size_t)problem->sizes.q};
    uint64_t state = 3;
    double largest = 0;
    *wrong = false;
    for (int i = 0; i < LOOKED_AT; i++) {
        const size_t n = next(&state) % (size_t)d->n, k = next(&state) % size[0];
        const size_t row = pick(&state, i, 0, size[1]), column = pick(&state, i, 1, size[2]);
        double magnitude;
        if (inside_only && !inside(problem, row, column))
            continue;
        const double sum = saturated(expected(problem, n, k, row, column, &magnitude), d->y_type);
        const double got = load(problem->y, place(d->y_layout, size, n, k, row, column), d->y_type);
        const double error = fabs(got - sum);
        *wrong |= !(error <= (is_float(d->y_type) ? tolerance_float * magnitude : tolerance_steps));
        largest = error > largest || isnan(error) ? error : largest;
    }
    return largest;
}

const char *peer_image_filter(const struct peer_problem *problem)
{
    const clconv_desc *const d = &problem->desc;
    if (d->n != 1 || d->groups != d->c || d->k != d->c)
        return "filters every channel of one image by itself, nothing else";
    if (d->c > 1 && (d->x_layout != CLCONV_NHWC || d->y_layout != CLCONV_NHWC))
        return "channels of an image are interleaved";
    if (d->c > 4)
        return "images of up to four channels";
    if (d->stride_h != 1 || d->stride_w != 1 || d->dilation_h != 1 || d->dilation_w != 1)
        return "no strides and no dilation";
    if (problem->sizes.p != d->h || problem->sizes.q != d->w)
        return "output as large as the input only";
    return NULL;
}

const char *peer_zero_padding(const struct peer_problem *problem)
{
    const clconv_desc *const d = &problem->desc;
    if (problem->pad_top <= 0 && problem->pad_bottom <= 0 && problem->pad_left <= 0 &&
        problem->pad_right <= 0)
        return NULL;
    if (d->border == CLCONV_CONSTANT && d->border_value == 0)
        return NULL;
    return peer_why("zero padding only, not %s", clconv_border_name(d->border));
}
