/* referee.c - one output row in double precision, the meaning that every algorithm is held to.
 *
 * For each channel and filter row, the one source row that the taps read is brought into scratch as
 * doubles, borders included; each tap then adds its coefficient times that row, shifted. So the
 * loop over outputs has no border check and the compiler vectorises it, and each output still adds
 * its products in the order c, i, j. */
#include "cl/border.h"
#include "host/host.h"
#include <math.h>

size_t cc_referee_scratch(const cc_geom *geom)
{
    return (size_t)geom->pad_left + (size_t)geom->w + (size_t)geom->pad_right;
}

/* Columns [first, behind) of a row, which lie beside the image. */
static void fill_border(const cc_geom *g, double *inside, int64_t first, int64_t behind)
{
    for (int64_t i = first; i < behind; i++) {
        const int64_t at = clconv_border_at((int)g->border, i, g->w);
        inside[i] = at < 0 ? g->border_value : inside[at];
    }
}

/* Row `row` of the padded axis h, with its borders to the left and right. */
static void load_padded_row(const cc_geom *g, const void *x, int n, int c, int64_t row,
                            double *padded)
{
    const int64_t from = clconv_border_at((int)g->border, row, g->h), width = g->w;
    double *const inside = padded + g->pad_left;
    if (from < 0) {
        for (int64_t i = -g->pad_left; i < width + g->pad_right; i++)
            inside[i] = g->border_value;
        return;
    }
    cc_load_row(g->x_type, x, n * g->x.n + c * g->x.c + from * g->x.h, g->x.w, width, inside);
    fill_border(g, inside, -g->pad_left, 0);
    fill_border(g, inside, width, width + g->pad_right);
}

static void add_tap(const cc_geom *g, double coefficient, const double *restrict x,
                    double *restrict sum)
{
    const int64_t count = g->q, stride = g->stride_w;
    if (stride == 1)
        for (int64_t q = 0; q < count; q++)
            sum[q] += coefficient * x[q];
    else
        for (int64_t q = 0; q < count; q++)
            sum[q] += coefficient * x[q * stride];
}

static void add_tap_magnitude(const cc_geom *g, double coefficient, const double *restrict x,
                              double *restrict magnitude)
{
    const int64_t count = g->q, stride = g->stride_w;
    const double weight = fabs(coefficient);
    for (int64_t q = 0; q < count; q++)
        magnitude[q] += weight * fabs(x[q * stride]);
}

/* taps: the filter's row as it is used; step -1 reads it backwards. */
static void add_filter_row(const cc_geom *g, const float *taps, int step, const double *padded,
                           double *sum, double *magnitude)
{
    for (int j = 0; j < g->s; j++) {
        const double coefficient = taps[(int64_t)step * j];
        const double *const x = padded + (int64_t)j * g->dilation_w;
        add_tap(g, coefficient, x, sum);
        if (magnitude)
            add_tap_magnitude(g, coefficient, x, magnitude);
    }
}

void cc_referee_row(const cc_geom *g, const void *x, const float *filters, const float *bias, int n,
                    int k, int p, double *sum, double *magnitude, double *scratch)
{
    const int first_c = k / g->group_k * g->group_c, step = g->flip ? -1 : 1;
    const int64_t area = (int64_t)g->r * g->s;
    for (int q = 0; q < g->q; q++)
        sum[q] = bias ? bias[k] : 0;
    for (int q = 0; magnitude && q < g->q; q++)
        magnitude[q] = fabs(sum[q]);
    for (int c = 0; c < g->group_c; c++) {
        const float *const filter = filters + k * g->taps + c * area;
        const float *const first_tap = g->flip ? filter + area - 1 : filter;
        for (int i = 0; i < g->r; i++) {
            const int64_t row = (int64_t)p * g->stride_h - g->pad_top + (int64_t)i * g->dilation_h;
            load_padded_row(g, x, n, first_c + c, row, scratch);
            add_filter_row(g, first_tap + (int64_t)step * i * g->s, step, scratch, sum, magnitude);
        }
    }
}
