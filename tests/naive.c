/* naive.c - the formula of clconv.h written out once more, one output after the other. It shares
 * nothing with the library but the conversion of single elements: padding, borders, layouts and the
 * epilogue are its own, the plainest there are. */
#include "cases.h"
#include "host/host.h"
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int or_one(int value)
{
    return value ? value : 1;
}

static clconv_desc with_defaults(clconv_desc d)
{
    int *const fields[] = {&d.n,        &d.c,        &d.k,          &d.groups,
                           &d.stride_h, &d.stride_w, &d.dilation_h, &d.dilation_w};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        *fields[i] = or_one(*fields[i]);
    return d;
}

/* Padding before the first element. */
static int padding(const clconv_desc *d, int filter, int dilation, int pad, int shift)
{
    int anchor;
    switch (d->extent) {
    case CLCONV_SAME:
        anchor = (filter - 1) / 2 + shift;
        if (d->operation == CLCONV_CONVOLUTION)
            anchor = filter - 1 - anchor;
        return anchor * dilation;
    case CLCONV_FULL:
        return (filter - 1) * dilation;
    case CLCONV_VALID:
        return 0;
    default:
        return pad;
    }
}

/* Step by step towards the image, as the pictures in clconv.h show it. */
static int walk_inside(clconv_border border, int i, int n)
{
    while (i < 0 || i >= n)
        switch (border) {
        case CLCONV_REPLICATE:
            i = i < 0 ? 0 : n - 1;
            break;
        case CLCONV_REFLECT:
            i = i < 0 ? -1 - i : 2 * n - 1 - i;
            break;
        case CLCONV_REFLECT101:
            i = n == 1 ? 0 : i < 0 ? -i : 2 * n - 2 - i;
            break;
        case CLCONV_WRAP:
            i = i < 0 ? i + n : i - n;
            break;
        default:
            return -1;
        }
    return i;
}

typedef struct strides {
    int64_t n, c, h, w;
} strides;

static strides dense(clconv_layout layout, strides given, int c, int h, int w)
{
    strides s = given;
    if (layout == CLCONV_NCHW) {
        s.w = s.w ? s.w : 1;
        s.h = s.h ? s.h : w * s.w;
        s.c = s.c ? s.c : h * s.h;
        s.n = s.n ? s.n : c * s.c;
    } else {
        s.c = s.c ? s.c : 1;
        s.w = s.w ? s.w : c * s.c;
        s.h = s.h ? s.h : w * s.w;
        s.n = s.n ? s.n : h * s.h;
    }
    return s;
}

static double activated(const clconv_desc *d, double v)
{
    const bool default_clip = d->activation_a == 0 && d->activation_b == 0;
    switch (d->activation) {
    case CLCONV_RELU:
        return v > 0 ? v : 0;
    case CLCONV_LEAKY:
        return v < 0 ? (d->activation_a == 0 ? 0.01 : d->activation_a) * v : v;
    case CLCONV_CLIP:
        return fmin(fmax(v, d->activation_a), default_clip ? 6 : d->activation_b);
    case CLCONV_SIGMOID:
        return 1 / (1 + exp(-v));
    case CLCONV_TANH:
        return tanh(v);
    default:
        return v;
    }
}

static double one_output(const case_data *data, const clconv_desc *d, int n, int k, int p, int q)
{
    const strides x =
        dense(d->x_layout, (strides){d->x_stride_n, d->x_stride_c, d->x_stride_h, d->x_stride_w},
              d->c, d->h, d->w);
    const int top = padding(d, d->r, d->dilation_h, d->pad_top, d->anchor_shift_h);
    const int left = padding(d, d->s, d->dilation_w, d->pad_left, d->anchor_shift_w);
    const int channels = d->c / d->groups, first_c = k / (d->k / d->groups) * channels;
    double sum = 0;

    for (int c = 0; c < channels; c++)
        for (int i = 0; i < d->r; i++)
            for (int j = 0; j < d->s; j++) {
                const bool turn = d->operation == CLCONV_CONVOLUTION;
                const int fi = turn ? d->r - 1 - i : i, fj = turn ? d->s - 1 - j : j;
                const int h =
                    walk_inside(d->border, p * d->stride_h - top + i * d->dilation_h, d->h);
                const int w =
                    walk_inside(d->border, q * d->stride_w - left + j * d->dilation_w, d->w);
                const int64_t at = n * x.n + (first_c + c) * x.c + h * x.h + w * x.w;
                const double value =
                    h < 0 || w < 0 ? d->border_value : cc_load(d->x_type, data->x, at);
                sum += value * (double)data->filters[((k * channels + c) * d->r + fi) * d->s + fj];
            }
    sum = (sum + (double)data->bias[k]) * (d->scale == 0 ? 1 : d->scale) + d->offset;
    return activated(d, d->absolute ? fabs(sum) : sum);
}

unsigned char *case_naive(const case_data *data)
{
    const clconv_desc d = with_defaults(data->desc);
    const int rows = data->sizes.p, columns = data->sizes.q;
    const strides y =
        dense(d.y_layout, (strides){d.y_stride_n, d.y_stride_c, d.y_stride_h, d.y_stride_w}, d.k,
              rows, columns);
    unsigned char *const out = malloc(data->sizes.y_bytes);

    ck_assert_ptr_nonnull(out);
    memset(out, CASE_POISON, data->sizes.y_bytes);
    for (int n = 0; n < d.n; n++)
        for (int k = 0; k < d.k; k++)
            for (int p = 0; p < rows; p++)
                for (int q = 0; q < columns; q++)
                    cc_store(d.y_type, out, n * y.n + k * y.c + p * y.h + q * y.w,
                             one_output(data, &d, n, k, p, q));
    return out;
}
