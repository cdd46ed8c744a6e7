/* format.c - the text of a problem, in its shortest form. */
#include "base/number.h"
#include "base/status.h"
#include "base/text.h"
#include "geom/geom.h"
#include "geom/words.h"

static void add_number(cc_text *text, const char *before, double value)
{
    char number[CC_NUMBER];
    cc_number_format(number, value);
    cc_text_add(text, "%s%s", before, number);
}

/* "s2" for equal rows and columns, else "s2,1"; nothing for the default. */
static void add_pair(cc_text *text, const char *option, int rows, int columns, int fallback)
{
    if (rows == fallback && columns == fallback)
        return;
    if (rows == columns)
        cc_text_add(text, ":%s%d", option, rows);
    else
        cc_text_add(text, ":%s%d,%d", option, rows, columns);
}

static void add_padding(cc_text *text, const clconv_desc *d)
{
    if (d->pad_top == d->pad_bottom && d->pad_left == d->pad_right)
        add_pair(text, "p", d->pad_top, d->pad_left, 0);
    else
        cc_text_add(text, ":p%d,%d,%d,%d", d->pad_top, d->pad_bottom, d->pad_left, d->pad_right);
}

static void add_border(cc_text *text, const clconv_desc *d)
{
    if (d->border != CLCONV_CONSTANT)
        cc_text_add(text, ":%s", clconv_border_name(d->border));
    else if (d->border_value != 0)
        add_number(text, ":constant=", d->border_value);
}

/* One word where x and y agree. "s8" alone would be a stride, so these are always two. */
static void add_both(cc_text *text, const cc_words *words, int x, int y, bool always_two)
{
    if (x == 0 && y == 0)
        return;
    cc_text_add(text, ":%s", cc_word_name(words, x));
    if (x != y || always_two)
        cc_text_add(text, ">%s", cc_word_name(words, y));
}

static void add_strides(cc_text *text, const char *option, int64_t n, int64_t c, int64_t h,
                        int64_t w)
{
    if (n || c || h || w)
        cc_text_add(text, ":%s=%lld,%lld,%lld,%lld", option, (long long)n, (long long)c,
                    (long long)h, (long long)w);
}

static void add_activation(cc_text *text, const clconv_desc *d)
{
    if (d->activation == CLCONV_NONE)
        return;
    cc_text_add(text, ":%s", cc_word_name(&cc_activations, (int)d->activation));
    if (d->activation == CLCONV_LEAKY || d->activation == CLCONV_CLIP)
        add_number(text, "=", d->activation_a);
    if (d->activation == CLCONV_CLIP)
        add_number(text, ",", d->activation_b);
}

static void add_desc(cc_text *text, const clconv_desc *d)
{
    cc_text_add(text, "%dx%dx%dx%d:%dx%dx%d", d->n, d->c, d->h, d->w, d->k, d->r, d->s);
    add_pair(text, "s", d->stride_h, d->stride_w, 1);
    if (d->groups != 1)
        cc_text_add(text, ":g%d", d->groups);
    add_pair(text, "d", d->dilation_h, d->dilation_w, 1);
    if (d->operation == CLCONV_CONVOLUTION)
        cc_text_add(text, ":flip");
    add_padding(text, d);
    if (d->extent != CLCONV_EXPLICIT)
        cc_text_add(text, ":%s", cc_word_name(&cc_extents, (int)d->extent));
    add_pair(text, "anchor=", d->anchor_shift_h, d->anchor_shift_w, 0);
    add_border(text, d);
    add_both(text, &cc_types, (int)d->x_type, (int)d->y_type,
             d->x_type == CLCONV_S8 || d->x_type == CLCONV_S16);
    add_both(text, &cc_layouts, (int)d->x_layout, (int)d->y_layout, false);
    add_strides(text, "xs", d->x_stride_n, d->x_stride_c, d->x_stride_h, d->x_stride_w);
    add_strides(text, "ys", d->y_stride_n, d->y_stride_c, d->y_stride_h, d->y_stride_w);
    if (d->scale != 1)
        add_number(text, ":scale=", d->scale);
    if (d->offset != 0)
        add_number(text, ":offset=", d->offset);
    if (d->absolute)
        cc_text_add(text, ":abs");
    add_activation(text, d);
}

clconv_status clconv_desc_format(char **text, const clconv_desc *desc)
{
    cc_text out = {0};
    cc_geom g;
    if (!text)
        return cc_fail(CLCONV_INVALID, "text is NULL: give the address of a char *");
    CC_TRY(cc_geom_make(&g, desc));
    add_desc(&out, &g.desc);
    char *const s = cc_text_take(&out);
    if (!s)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for the text of a problem");
    *text = s;
    return CLCONV_OK;
}
