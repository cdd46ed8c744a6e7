/* geom.c - from a desc to its geometry: the checks, the normal form, and the sizes. */
#include "geom/geom.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/geom.h"
#include "geom/axis.h"
#include "geom/strides.h"
#include "geom/words.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>

/* A default of 0 says that the field has none and 0 is a value of its own. */
static const struct int_field {
    const char *name;
    size_t offset;
    int lowest, fallback;
} int_fields[] = {
#define FIELD(name, lowest, fallback)                                                              \
    {                                                                                              \
#name, offsetof(clconv_desc, name), lowest, fallback                                       \
    }
    FIELD(n, 1, 1),         FIELD(c, 1, 1),          FIELD(h, 1, 0),
    FIELD(w, 1, 0),         FIELD(k, 1, 1),          FIELD(r, 1, 0),
    FIELD(s, 1, 0),         FIELD(groups, 1, 1),     FIELD(stride_h, 1, 1),
    FIELD(stride_w, 1, 1),  FIELD(dilation_h, 1, 1), FIELD(dilation_w, 1, 1),
    FIELD(pad_top, 0, 0),   FIELD(pad_bottom, 0, 0), FIELD(pad_left, 0, 0),
    FIELD(pad_right, 0, 0),
#undef FIELD
};

static clconv_status check_ints(clconv_desc *d)
{
    for (size_t i = 0; i < sizeof int_fields / sizeof *int_fields; i++) {
        const struct int_field *const field = &int_fields[i];
        int *const value = (int *)(void *)((char *)d + field->offset);
        if (*value == 0)
            *value = field->fallback;
        if (*value < field->lowest)
            return cc_fail(CLCONV_INVALID, "%s is %d: must be %d or more%s", field->name, *value,
                           field->lowest, field->fallback ? ", or 0 for the default 1" : "");
    }
    if (d->c % d->groups || d->k % d->groups)
        return cc_fail(CLCONV_INVALID,
                       "groups is %d: must divide the channels (c = %d) and the filters (k = %d)",
                       d->groups, d->c, d->k);
    if (d->absolute != 0 && d->absolute != 1)
        return cc_fail(CLCONV_INVALID, "absolute is %d: must be 0 or 1", d->absolute);
    return CLCONV_OK;
}

static clconv_status check_enum(const char *field, const cc_words *words, int value)
{
    if (cc_word_known(words, value))
        return CLCONV_OK;
    return cc_fail(CLCONV_INVALID, "%s is %d, which is no %s: use a constant of clconv_%s", field,
                   value, words->what, words->what);
}

static clconv_status check_enums(const clconv_desc *d)
{
    CC_TRY(check_enum("extent", &cc_extents, (int)d->extent));
    CC_TRY(check_enum("border", &cc_borders, (int)d->border));
    CC_TRY(check_enum("operation", &cc_operations, (int)d->operation));
    CC_TRY(check_enum("x_type", &cc_types, (int)d->x_type));
    CC_TRY(check_enum("y_type", &cc_types, (int)d->y_type));
    CC_TRY(check_enum("x_layout", &cc_layouts, (int)d->x_layout));
    CC_TRY(check_enum("y_layout", &cc_layouts, (int)d->y_layout));
    return check_enum("activation", &cc_activations, (int)d->activation);
}

static clconv_status check_activation(clconv_desc *d)
{
    const double a = d->activation_a, b = d->activation_b;
    const char *const name = cc_word_name(&cc_activations, (int)d->activation);
    if (d->activation == CLCONV_CLIP) {
        if (a == 0 && b == 0)
            d->activation_b = 6;
        else if (!(a <= b))
            return cc_fail(CLCONV_INVALID,
                           "activation clip from activation_a %g to activation_b %g: the first "
                           "must not be above the second",
                           a, b);
        return CLCONV_OK;
    }
    if (b != 0 || (a != 0 && d->activation != CLCONV_LEAKY))
        return cc_fail(CLCONV_INVALID,
                       "activation_%c is %g, but activation %s has none: set it to 0",
                       b != 0 ? 'b' : 'a', b != 0 ? b : a, name);
    if (!isfinite(a))
        return cc_fail(CLCONV_INVALID, "activation_a is %g: the slope of leaky must be finite", a);
    if (d->activation == CLCONV_LEAKY && a == 0)
        d->activation_a = 0.01;
    return CLCONV_OK;
}

static clconv_status check_values(clconv_desc *d)
{
    if (!isfinite(d->scale))
        return cc_fail(CLCONV_INVALID, "scale is %g: must be finite", d->scale);
    if (!isfinite(d->offset))
        return cc_fail(CLCONV_INVALID, "offset is %g: must be finite", d->offset);
    if (d->border != CLCONV_CONSTANT && d->border_value != 0)
        return cc_fail(CLCONV_INVALID,
                       "border_value is %g with border %s: only border constant has a value; set "
                       "it to 0",
                       d->border_value, clconv_border_name(d->border));
    if (d->scale == 0)
        d->scale = 1;
    return check_activation(d);
}

static clconv_status resolve_axes(cc_geom *g)
{
    const clconv_desc *const d = &g->desc;
    cc_axis rows = {.names = &cc_rows,
                    .size = d->h,
                    .filter = d->r,
                    .stride = d->stride_h,
                    .dilation = d->dilation_h,
                    .before = d->pad_top,
                    .after = d->pad_bottom,
                    .anchor_shift = d->anchor_shift_h};
    cc_axis columns = {.names = &cc_columns,
                       .size = d->w,
                       .filter = d->s,
                       .stride = d->stride_w,
                       .dilation = d->dilation_w,
                       .before = d->pad_left,
                       .after = d->pad_right,
                       .anchor_shift = d->anchor_shift_w};
    g->flip = d->operation == CLCONV_CONVOLUTION;
    CC_TRY(cc_axis_resolve(&rows, d->extent, g->flip));
    CC_TRY(cc_axis_resolve(&columns, d->extent, g->flip));
    g->p = rows.output;
    g->q = columns.output;
    g->pad_top = rows.before;
    g->pad_bottom = rows.after;
    g->pad_left = columns.before;
    g->pad_right = columns.after;
    g->inner_p0 = rows.inner_first;
    g->inner_p1 = rows.inner_behind;
    g->inner_q0 = columns.inner_first;
    g->inner_q1 = columns.inner_behind;
    return CLCONV_OK;
}

static clconv_status resolve_memory(cc_geom *g)
{
    clconv_desc *const d = &g->desc;
    cc_tensor x = {
        "x",  d->n,        d->c,      d->h,
        d->w, d->x_layout, d->x_type, {d->x_stride_n, d->x_stride_c, d->x_stride_h, d->x_stride_w},
        {0},  0,           0};
    cc_tensor y = {
        "y",  d->n,        d->k,      g->p,
        g->q, d->y_layout, d->y_type, {d->y_stride_n, d->y_stride_c, d->y_stride_h, d->y_stride_w},
        {0},  0,           0};
    CC_TRY(cc_tensor_resolve(&x));
    CC_TRY(cc_tensor_resolve(&y));
    CC_TRY(cc_tensor_check_overlap(&y));
    d->x_stride_n = x.normal.n, d->x_stride_c = x.normal.c;
    d->x_stride_h = x.normal.h, d->x_stride_w = x.normal.w;
    d->y_stride_n = y.normal.n, d->y_stride_c = y.normal.c;
    d->y_stride_h = y.normal.h, d->y_stride_w = y.normal.w;
    g->x = x.strides;
    g->y = y.strides;
    g->x_elements = x.elements;
    g->y_elements = y.elements;
    g->x_bytes = x.bytes;
    g->y_bytes = y.bytes;
    return CLCONV_OK;
}

/* Kernels count the planes of the output and the taps of a filter in 32 bits. */
static clconv_status count_work(cc_geom *g)
{
    const int64_t planes = (int64_t)g->n * g->k, filter_taps = (int64_t)g->r * g->s;
    if (planes > INT_MAX)
        return cc_fail(CLCONV_INVALID,
                       "n * k is %d * %d = %lld output planes, at most 2^31 - 1 are possible; cut "
                       "the batch",
                       g->n, g->k, (long long)planes);
    if (!cc_mul(&g->taps, filter_taps, g->group_c) || g->taps > INT_MAX)
        return cc_fail(CLCONV_INVALID,
                       "(c / groups) * r * s is %d * %d * %d taps in one filter, at most 2^31 - 1 "
                       "are possible; use a smaller filter or more groups",
                       g->group_c, g->r, g->s);
    g->filter_count = g->k * g->taps;                          /* both below 2^31 */
    if (g->filter_count > INT64_MAX / (int64_t)sizeof(double)) /* as which a device may hold them */
        return cc_fail(CLCONV_INVALID,
                       "k * (c / groups) * r * s is %lld coefficients, at most 2^60 - 1 are "
                       "possible; use smaller or fewer filters",
                       (long long)g->filter_count);
    /* Fits: y's elements do, and no two share a place. */
    g->outputs = planes * g->p * g->q;
    g->flops = 2.0 * (double)g->outputs * (double)g->taps;
    g->bytes = (double)g->n * g->c * g->h * g->w * (double)clconv_type_size(g->x_type) +
               (double)g->outputs * (double)clconv_type_size(g->y_type) +
               (double)g->filter_count * (double)sizeof(float);
    return CLCONV_OK;
}

static void copy_fields(cc_geom *g)
{
    const clconv_desc *const d = &g->desc;
    g->n = d->n, g->c = d->c, g->h = d->h, g->w = d->w;
    g->k = d->k, g->r = d->r, g->s = d->s;
    g->groups = d->groups, g->group_c = d->c / d->groups, g->group_k = d->k / d->groups;
    g->stride_h = d->stride_h, g->stride_w = d->stride_w;
    g->dilation_h = d->dilation_h, g->dilation_w = d->dilation_w;
    g->border = d->border, g->border_value = d->border_value;
    g->x_type = d->x_type, g->y_type = d->y_type;
    g->acc_type = d->x_type == CLCONV_F64 || d->y_type == CLCONV_F64 ? CLCONV_F64 : CLCONV_F32;
    g->scale = d->scale, g->offset = d->offset, g->absolute = d->absolute;
    g->activation = d->activation;
    g->activation_a = d->activation_a, g->activation_b = d->activation_b;
}

clconv_status cc_geom_make(cc_geom *geom, const clconv_desc *desc)
{
    cc_geom g = {0};
    if (!desc)
        return cc_fail(CLCONV_INVALID, "desc is NULL: give a clconv_desc");
    g.desc = *desc;
    CC_TRY(check_ints(&g.desc));
    CC_TRY(check_enums(&g.desc));
    CC_TRY(check_values(&g.desc));
    copy_fields(&g);
    CC_TRY(resolve_axes(&g));
    CC_TRY(resolve_memory(&g));
    CC_TRY(count_work(&g));
    *geom = g;
    return CLCONV_OK;
}

clconv_status clconv_desc_output(clconv_sizes *sizes, const clconv_desc *desc)
{
    cc_geom g;
    if (!sizes)
        return cc_fail(CLCONV_INVALID, "sizes is NULL: give a clconv_sizes");
    CC_TRY(cc_geom_make(&g, desc));
    *sizes = (clconv_sizes){.p = g.p,
                            .q = g.q,
                            .x_bytes = (size_t)g.x_bytes,
                            .y_bytes = (size_t)g.y_bytes,
                            .filter_count = (size_t)g.filter_count,
                            .bias_count = (size_t)g.k,
                            .flops = g.flops,
                            .bytes = g.bytes};
    return CLCONV_OK;
}

cc_geom cc_geom_one_row(const cc_geom *geom)
{
    cc_geom g = *geom;
    if (g.r != 1 || g.s != 1 || g.p != g.h || g.q != g.w || g.stride_h != 1 || g.stride_w != 1 ||
        g.pad_top != 0 || g.pad_left != 0 || g.x.h != g.w * g.x.w || g.y.h != g.q * g.y.w ||
        (int64_t)g.h * g.w > 1 << 30)
        return g;
    g.w *= g.h, g.q *= g.p, g.inner_q1 = g.q;
    g.h = g.p = g.inner_p1 = 1;
    return g;
}

bool cc_geom_is_dilated(const cc_geom *geom)
{
    return geom->dilation_h > 1 || geom->dilation_w > 1;
}

bool cc_geom_is_stepped(const cc_geom *geom)
{
    return geom->stride_h > 1 || geom->stride_w > 1 || cc_geom_is_dilated(geom);
}

bool cc_geom_is_interleaved(const cc_geom *geom)
{
    const int c = geom->c;
    return c > 1 && geom->groups == c && geom->k == c && geom->x.c == 1 && geom->x.w == c &&
           geom->y.c == 1 && geom->y.w == c &&
           ((int64_t)geom->w + geom->pad_left + geom->pad_right) * c <= 1 << 30;
}

cc_geom cc_geom_interleaved(const cc_geom *geom)
{
    const int c = geom->c;
    cc_geom g = *geom;
    g.groups = g.c = g.k = 1;
    g.w *= c, g.q *= c, g.pad_left *= c;
    g.dilation_w = c * (g.s > 1 ? g.dilation_w : 1);
    g.x.w = g.y.w = 1;
    return g;
}

void cc_geom_for_device(struct clconv_geom *out, const cc_geom *g, int64_t x_base, int64_t y_base)
{
    *out = (struct clconv_geom){
        .x_base = x_base,
        .y_base = y_base,
        .x_stride_n = g->x.n,
        .x_stride_c = g->x.c,
        .x_stride_h = g->x.h,
        .x_stride_w = g->x.w,
        .y_stride_n = g->y.n,
        .y_stride_k = g->y.c,
        .y_stride_p = g->y.h,
        .y_stride_q = g->y.w,
        .n = g->n,
        .c = g->c,
        .h = g->h,
        .w = g->w,
        .k = g->k,
        .r = g->r,
        .s = g->s,
        .p = g->p,
        .q = g->q,
        .groups = g->groups,
        .group_c = g->group_c,
        .group_k = g->group_k,
        .stride_h = g->stride_h,
        .stride_w = g->stride_w,
        .dilation_h = g->dilation_h,
        .dilation_w = g->dilation_w,
        .pad_top = g->pad_top,
        .pad_left = g->pad_left,
        .absolute = g->absolute,
        .activation = (int)g->activation,
        .border = (int)g->border,
    };
}
