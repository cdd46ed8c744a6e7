/* stream.c - one image of any height, in strips of rows that all are the same problem.
 *
 * A strip of `strip_p` output rows reads strip_h = (strip_p - 1) * stride + window input rows. The
 * last strip is moved up rather than made smaller. Each output is computed in one way wherever it
 * lies, or, by an algorithm that computes rows in tiles, wherever its tile lies: then strips begin
 * at multiples of the tile, and the last may reach below the output. So the result is bit for bit
 * that of the whole. */
#include "base/size.h"
#include "base/status.h"
#include "stream/internal.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const double DEFAULT_BUDGET = 64 << 20; /* bytes */
static const double LARGEST_BUDGET = 0x1p62;   /* below it every size fits in 63 bits */

void cc_stream_destroy(clconv_stream *s)
{
    if (!s)
        return;
    cc_strips_free(s);
    cc_plan_destroy(s->plan);
    cc_context_release(s->context);
    free(s->from_source);
    free(s->have);
    free(s);
}

static cc_row_form form(clconv_layout layout, clconv_type type, int64_t channels, int64_t columns)
{
    const int64_t size = (int64_t)clconv_type_size(type);
    return layout == CLCONV_NHWC ? (cc_row_form){1, columns * channels * size}
                                 : (cc_row_form){channels, columns * size};
}

static int64_t strip_h(const cc_geom *g, int64_t strip_p)
{
    return (strip_p - 1) * g->stride_h + (int64_t)g->dilation_h * (g->r - 1) + 1;
}

/* Bytes of all strips: inputs and outputs on the host and on the device, rows as the source gives
 * and as the sink takes them; where the device has no memory of its own, room is left for it. In
 * floating point, for a strip of a huge problem passes 64 bits. */
static double strip_bytes(const clconv_stream *s, int64_t strip_p)
{
    const double h = (double)strip_h(&s->image, strip_p), copies = 2.0 * s->strip_count;
    return h * (copies * (double)cc_row_bytes(&s->x) + (double)cc_row_bytes(&s->source_form)) +
           (double)strip_p * (copies + 1) * (double)cc_row_bytes(&s->y);
}

/* The most rows that the budget holds. */
static void cut_rows(clconv_stream *s)
{
    int64_t low = 1, high = s->image.p;
    while (low < high) {
        const int64_t middle = high - (high - low) / 2;
        if (strip_bytes(s, middle) <= s->budget)
            low = middle;
        else
            high = middle - 1;
    }
    s->strip_p = (int)low;
}

/* Two strips at a time, which are lower, unless most of what they read were read twice. */
static void cut_in_two(clconv_stream *s)
{
    const int one = s->strip_p;
    s->strip_count = CC_STRIPS;
    cut_rows(s);
    if (strip_bytes(s, 1) <= s->budget &&
        (int64_t)s->strip_p * s->image.stride_h >= strip_h(&s->image, 1))
        return;
    s->strip_count = 1;
    s->strip_p = one;
}

static clconv_status cut(clconv_stream *s, size_t asked)
{
    s->strip_count = 1;
    const double one = strip_bytes(s, 1);
    s->budget = fmin(LARGEST_BUDGET, asked ? (double)asked : fmax(DEFAULT_BUDGET, one));
    if (one > s->budget)
        return cc_fail(CLCONV_NO_MEMORY,
                       "one output row needs %" PRId64 " input rows, in all %.0f bytes, and the "
                       "stream's budget is %.0f; raise options.budget or make the image less wide",
                       strip_h(&s->image, 1), one, s->budget);
    cut_rows(s);
    if (s->is_apart && s->strip_p < s->image.p)
        cut_in_two(s);
    return CLCONV_OK;
}

/* Of what cut() found, whole tiles of `step` rows; one strip at a time where two do not hold one.
 * False where not even that fits: then nothing changes. */
static bool cut_at(clconv_stream *s, int step)
{
    const int count = s->strip_count, rows = s->strip_p;
    const int64_t all = cc_ceil_div(s->image.p, step);
    if (s->strip_p < step && s->strip_count > 1) {
        s->strip_count = 1;
        cut_rows(s);
    }
    const int64_t tiles = strip_bytes(s, all * step) <= s->budget ? all : s->strip_p / step;
    if (tiles > 0 && tiles * step <= INT32_MAX / s->image.stride_h) {
        s->strip_p = (int)tiles * step;
        return true;
    }
    s->strip_count = count;
    s->strip_p = rows;
    return false;
}

static clconv_desc strip_desc(clconv_stream *s)
{
    const cc_geom *const g = &s->image;
    clconv_desc d = g->desc;

    s->strip_h = (int)strip_h(g, s->strip_p);

    d.h = s->strip_h;
    d.extent = CLCONV_EXPLICIT;
    d.anchor_shift_h = d.anchor_shift_w = 0;
    d.pad_top = d.pad_bottom = 0;
    d.pad_left = g->pad_left;
    d.pad_right = g->pad_right;
    d.x_type = s->x_type;
    d.x_stride_n = d.x_stride_c = d.x_stride_h = d.x_stride_w = 0;
    d.y_stride_n = d.y_stride_c = d.y_stride_h = d.y_stride_w = 0;
    return d;
}

/* Tiles of an algorithm are higher than a strip: another one, without tiles. */
static clconv_status plan_without(clconv_stream *s, const clconv_desc *whole, const float *filters,
                                  const float *bias, const clconv_plan_options *options,
                                  const char *algorithm, int step)
{
    clconv_plan_options other = *options;
    const clconv_desc desc = strip_desc(s);
    cc_text forbid = {0};
    clconv_status status;
    char *names;

    if (options->algorithm)
        return cc_fail(CLCONV_UNSUPPORTED,
                       "%s has tiles of %d rows, the strips that fit have %d; allow more memory",
                       algorithm, step, s->strip_p);
    cc_text_add(&forbid, "%s,%s", algorithm, options->forbid ? options->forbid : "");
    other.forbid = names = cc_text_take(&forbid);
    other.strict = 1;
    status = names ? cc_plan_create(&s->plan, s->context, &desc, whole, filters, bias, &other)
                   : cc_fail(CLCONV_NO_MEMORY, "no memory for a stream");
    free(names);
    return status;
}

/* The plan of a strip, in whole tiles if its algorithm has them. */
static clconv_status make_plan(clconv_stream *s, const clconv_desc *whole, const float *filters,
                               const float *bias, const clconv_plan_options *options)
{
    clconv_desc desc = strip_desc(s);
    const char *algorithm;
    int step;

    CC_TRY(cc_plan_create(&s->plan, s->context, &desc, whole, filters, bias, options));
    step = s->plan->tile.step;
    if (step <= 1 || s->strip_p % step == 0)
        return CLCONV_OK;
    algorithm = s->plan->algo->info.name;
    cc_plan_destroy(s->plan);
    s->plan = NULL;
    if (!cut_at(s, step))
        return plan_without(s, whole, filters, bias, options, algorithm, step);
    desc = strip_desc(s);
    return cc_plan_create(&s->plan, s->context, &desc, whole, filters, bias, options);
}

static clconv_status allocate(clconv_stream *s)
{
    s->from_source = malloc((size_t)(s->strip_h * cc_row_bytes(&s->source_form)));
    s->have = malloc((size_t)s->strip_h * sizeof *s->have);
    if (!s->from_source || !s->have)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for strips of %d rows", s->strip_h);
    return cc_strips_allocate(s);
}

static clconv_status check(const cc_geom *g, const clconv_desc *d)
{
    if (g->n != 1)
        return cc_fail(CLCONV_INVALID, "a stream is one image, n is %d; make a stream for each",
                       g->n);
    if (d->x_stride_n || d->x_stride_c || d->x_stride_h || d->x_stride_w || d->y_stride_n ||
        d->y_stride_c || d->y_stride_h || d->y_stride_w)
        return cc_fail(CLCONV_INVALID, "a stream's rows are dense; its strides have to be 0");
    return CLCONV_OK;
}

clconv_status cc_stream_create(clconv_stream **stream, clconv_context *context,
                               const clconv_desc *desc, const clconv_desc *whole,
                               const float *filters, const float *bias, clconv_source_fn source,
                               void *user, const clconv_stream_options *options)
{
    const clconv_stream_options none = {0};
    clconv_stream *const s = calloc(1, sizeof *s);
    clconv_status status;

    if (!s)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a stream");
    options = options ? options : &none;
    s->context = context;
    cc_context_retain(context);
    s->source = source;
    s->user = user;
    s->is_apart = context->ocl && !context->caps.info.shares_memory;
    status = cc_geom_make(&s->image, desc);
    if (status == CLCONV_OK)
        status = check(&s->image, desc);
    if (status == CLCONV_OK) {
        const cc_geom *const g = &s->image;
        s->x_type = cc_stream_type(g, !context->ocl);
        s->x = form(desc->x_layout, s->x_type, g->c, g->w);
        s->source_form = form(desc->x_layout, g->x_type, g->c, g->w);
        s->y = form(desc->y_layout, g->y_type, g->k, g->q);
        status = cut(s, options->budget);
    }
    if (status == CLCONV_OK)
        status = make_plan(s, whole ? whole : &s->image.desc, filters, bias, &options->plan);
    if (status == CLCONV_OK)
        status = allocate(s);
    if (status == CLCONV_OK)
        *stream = s;
    else
        cc_stream_destroy(s);
    return status;
}

void cc_stream_stats(clconv_stream_stats *stats, const clconv_stream *s)
{
    *stats = s->stats;
    stats->strip_rows = s->strip_p;
    stats->algorithm = s->plan->algo->info.name;
}
