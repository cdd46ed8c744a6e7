/* conv_load.c - the arrays of `clconv conv`: from files to a complete desc. */
#include "conv.h"
#include <limits.h>
#include <stdlib.h>

static bool fits_int(const struct cli_npy *array, const char *path)
{
    for (int i = 0; i < array->rank; i++) {
        if (array->shape[i] > INT_MAX) {
            cli_fail("%s: %lld in one dimension is more than 2^31 - 1; cut it", path,
                     (long long)array->shape[i]);
            return false;
        }
    }
    return true;
}

static bool input_shape(clconv_desc *d, const struct cli_npy *x, const char *path)
{
    char shape[160];
    if (x->rank < 2 || x->rank > 4) {
        cli_fail("%s has shape %s; HW, CHW or NCHW is wanted (HWC or NHWC with --layout "
                 "nhwc)",
                 path, cli_npy_shape(shape, sizeof(shape), x));
        return false;
    }
    const int64_t *s = x->shape + (x->rank == 4); /* channels, rows and columns, or HWC */
    const bool nhwc = x->rank > 2 && d->x_layout == CLCONV_NHWC;
    d->n = x->rank == 4 ? (int)x->shape[0] : 1;
    d->c = x->rank == 2 ? 1 : (int)s[nhwc ? 2 : 0];
    d->h = (int)(x->rank == 2 ? x->shape[0] : s[nhwc ? 0 : 1]);
    d->w = (int)(x->rank == 2 ? x->shape[1] : s[nhwc ? 1 : 2]);
    return true;
}

/* RS filters every channel on its own: as many groups and filters as channels. */
static bool filter_shape(clconv_desc *d, const struct cli_npy *f, const struct conv *args)
{
    char shape[160];
    const int64_t *rs = f->shape + f->rank - 2;
    cli_npy_shape(shape, sizeof(shape), f);
    if (f->rank != 2 && f->rank != 4) {
        cli_fail("%s has shape %s; RS or KCRS is wanted: use f.reshape(K, C, R, S)", args->filters,
                 shape);
        return false;
    }
    d->r = (int)rs[0];
    d->s = (int)rs[1];
    d->k = f->rank == 2 ? d->c : (int)f->shape[0];
    d->groups = cli_given("--groups") ? args->groups : f->rank == 2 ? d->c : 1;
    if (f->rank == 2 && d->groups != d->c) {
        cli_fail("%s is one RS filter for each of %d channels; --groups %d needs KCRS",
                 args->filters, d->c, d->groups);
        return false;
    }
    if (f->rank == 4 && f->shape[1] * d->groups != d->c) {
        cli_fail("%s has shape %s, filters over %lld channels, but %s has %d channels in %d "
                 "group%s; --groups %lld may be meant, or --layout",
                 args->filters, shape, (long long)f->shape[1], args->input, d->c, d->groups,
                 d->groups == 1 ? "" : "s",
                 (long long)(d->c % f->shape[1] ? 1 : d->c / f->shape[1]));
        return false;
    }
    return true;
}

static bool make_filters(struct conv_work *w, const struct conv *args)
{
    if (!cli_npy_floats(&w->filters, &w->f, args->filters))
        return false;
    const size_t one = w->f.count, all = w->sizes.filter_count;
    if (all == one)
        return true;
    float *more = realloc(w->filters, all * sizeof(*more));
    if (!more) {
        cli_no_memory(all * sizeof(*more));
        return false;
    }
    for (size_t i = one; i < all; i++)
        more[i] = more[i - one];
    w->filters = more;
    return true;
}

static bool make_bias(struct conv_work *w, const struct conv *args)
{
    char shape[160];
    if (!args->bias)
        return true;
    if (!cli_npy_read(&w->b, args->bias))
        return false;
    if (w->b.rank > 1 || w->b.count != w->sizes.bias_count) {
        cli_fail("%s has shape %s; %zu numbers are wanted, one for each filter", args->bias,
                 cli_npy_shape(shape, sizeof(shape), &w->b), w->sizes.bias_count);
        return false;
    }
    return cli_npy_floats(&w->bias, &w->b, args->bias);
}

bool conv_load(struct conv_work *w, const struct conv *args)
{
    if (!cli_npy_read(&w->x, args->input) || !cli_npy_type(&w->desc.x_type, &w->x, args->input) ||
        !fits_int(&w->x, args->input) || !input_shape(&w->desc, &w->x, args->input) ||
        !cli_npy_read(&w->f, args->filters) || !fits_int(&w->f, args->filters) ||
        !filter_shape(&w->desc, &w->f, args))
        return false;
    if (!args->type)
        w->desc.y_type = w->x.kind == 'f' ? w->desc.x_type : CLCONV_F32;
    if (clconv_desc_output(&w->sizes, &w->desc) != CLCONV_OK) {
        cli_fail_library();
        return false;
    }
    w->y = malloc(w->sizes.y_bytes);
    if (!w->y) {
        cli_no_memory(w->sizes.y_bytes);
        return false;
    }
    return make_filters(w, args) && make_bias(w, args);
}
