/* parse.c - a desc from the text of a problem.
 *
 * The text is cut at its colons; two tuples of sizes come first, then options in any order. An
 * option is a letter with numbers behind it (s2,1), a key with numbers (xs=...), or a word of one
 * of the enumerations; which one it is, a single table says. */
#include "base/number.h"
#include "base/status.h"
#include "geom/geom.h"
#include "geom/words.h"
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
    TOKEN = 160
}; /* characters between two colons; the longest, xs= with four 64-bit numbers,
      has 86 */

/* Reads up to most numbers with separator between; the whole of text. */
static clconv_status parse_list(int64_t *out, int *count, int most, const char *text,
                                char separator, int64_t lowest, int64_t highest)
{
    const char *s = text;
    for (*count = 0;; s++) {
        int64_t v;
        if (!cc_number_parse_int(&v, &s))
            return cc_fail(CLCONV_INVALID,
                           "'%s' is no list of up to %d whole numbers with '%c' "
                           "between",
                           text, most, separator);
        if (v < lowest || v > highest)
            return cc_fail(CLCONV_INVALID, "%lld is out of range: must be %lld to %lld",
                           (long long)v, (long long)lowest, (long long)highest);
        out[(*count)++] = v;
        if (*s != separator || *count == most)
            break;
    }
    if (*s)
        return cc_fail(CLCONV_INVALID, "'%s' goes on after %d numbers with '%s'", text, *count, s);
    return CLCONV_OK;
}

/* One number for rows and columns alike, or two. */
static clconv_status parse_pair(int *rows, int *columns, const char *text, int lowest)
{
    int64_t v[2];
    int count;
    CC_TRY(parse_list(v, &count, 2, text, ',', lowest, INT_MAX));
    *rows = (int)v[0];
    *columns = (int)v[count - 1];
    return CLCONV_OK;
}

static clconv_status parse_strides(int64_t *n, int64_t *c, int64_t *h, int64_t *w, const char *text)
{
    int64_t v[4];
    int count;
    CC_TRY(parse_list(v, &count, 4, text, ',', 0, INT64_MAX));
    if (count != 4)
        return cc_fail(CLCONV_INVALID, "'%s' has %d strides: give four, n,c,h,w, 0 for dense", text,
                       count);
    *n = v[0], *c = v[1], *h = v[2], *w = v[3];
    return CLCONV_OK;
}

static clconv_status parse_value(double *value, const char *text)
{
    const char *s = text;
    if (!cc_number_parse(value, &s) || *s)
        return cc_fail(CLCONV_INVALID, "'%s' is no number", text);
    return CLCONV_OK;
}

static clconv_status set_stride(clconv_desc *d, const char *text)
{
    return parse_pair(&d->stride_h, &d->stride_w, text, 1);
}

static clconv_status set_dilation(clconv_desc *d, const char *text)
{
    return parse_pair(&d->dilation_h, &d->dilation_w, text, 1);
}

static clconv_status set_padding(clconv_desc *d, const char *text)
{
    int64_t v[4];
    int count;
    CC_TRY(parse_list(v, &count, 4, text, ',', 0, INT_MAX));
    if (count == 3)
        return cc_fail(
            CLCONV_INVALID,
            "'%s' has 3 numbers: give 1 (all), 2 (rows, columns) or 4 (top, bottom, left, right)",
            text);
    d->pad_top = (int)v[0];
    d->pad_bottom = (int)v[count == 4 ? 1 : 0];
    d->pad_left = (int)v[count == 4 ? 2 : count - 1];
    d->pad_right = (int)v[count - 1];
    return CLCONV_OK;
}

static clconv_status set_groups(clconv_desc *d, const char *text)
{
    int64_t v;
    int count;
    CC_TRY(parse_list(&v, &count, 1, text, ',', 1, INT_MAX));
    d->groups = (int)v;
    return CLCONV_OK;
}

static clconv_status set_anchor(clconv_desc *d, const char *text)
{
    return parse_pair(&d->anchor_shift_h, &d->anchor_shift_w, text, INT_MIN);
}

static clconv_status set_x_strides(clconv_desc *d, const char *text)
{
    return parse_strides(&d->x_stride_n, &d->x_stride_c, &d->x_stride_h, &d->x_stride_w, text);
}

static clconv_status set_y_strides(clconv_desc *d, const char *text)
{
    return parse_strides(&d->y_stride_n, &d->y_stride_c, &d->y_stride_h, &d->y_stride_w, text);
}

static clconv_status set_scale(clconv_desc *d, const char *text)
{
    CC_TRY(parse_value(&d->scale, text));
    return d->scale == 0 ? cc_fail(CLCONV_INVALID, "scale 0 would make every output the offset")
                         : CLCONV_OK;
}

static clconv_status set_offset(clconv_desc *d, const char *text)
{
    return parse_value(&d->offset, text);
}

static clconv_status set_flip(clconv_desc *d, const char *text)
{
    (void)text;
    d->operation = CLCONV_CONVOLUTION;
    return CLCONV_OK;
}

static clconv_status set_absolute(clconv_desc *d, const char *text)
{
    (void)text;
    d->absolute = 1;
    return CLCONV_OK;
}

static clconv_status set_extent(clconv_desc *d, const char *text)
{
    return clconv_extent_parse(&d->extent, text);
}

static clconv_status set_border(clconv_desc *d, const char *text)
{
    return clconv_border_parse(&d->border, &d->border_value, text);
}

static clconv_status set_activation(clconv_desc *d, const char *text)
{
    return clconv_activation_parse(&d->activation, &d->activation_a, &d->activation_b, text);
}

/* "A" for both or "A>B". */
static clconv_status parse_both(int *x, int *y, const cc_words *words, const char *text)
{
    const char *const arrow = strchr(text, '>');
    char first[TOKEN];
    snprintf(first, sizeof first, "%.*s", (int)(arrow ? (size_t)(arrow - text) : strlen(text)),
             text);
    CC_TRY(cc_word_parse(x, words, first));
    return cc_word_parse(y, words, arrow ? arrow + 1 : first);
}

static clconv_status set_types(clconv_desc *d, const char *text)
{
    int x, y;
    CC_TRY(parse_both(&x, &y, &cc_types, text));
    d->x_type = (clconv_type)x;
    d->y_type = (clconv_type)y;
    return CLCONV_OK;
}

static clconv_status set_layouts(clconv_desc *d, const char *text)
{
    int x, y;
    CC_TRY(parse_both(&x, &y, &cc_layouts, text));
    d->x_layout = (clconv_layout)x;
    d->y_layout = (clconv_layout)y;
    return CLCONV_OK;
}

/* A key with "=" in it takes what follows, a single letter the digits that follow, a longer key
 * stands alone; an enumeration's option begins with one of its words. */
static const struct option {
    const char *key;
    const cc_words *words;
    clconv_status (*set)(clconv_desc *d, const char *text);
} options[] = {
    {"s", NULL, set_stride},       {"d", NULL, set_dilation},
    {"p", NULL, set_padding},      {"g", NULL, set_groups},
    {"flip", NULL, set_flip},      {NULL, &cc_extents, set_extent},
    {"anchor=", NULL, set_anchor}, {NULL, &cc_borders, set_border},
    {NULL, &cc_types, set_types},  {NULL, &cc_layouts, set_layouts},
    {"xs=", NULL, set_x_strides},  {"ys=", NULL, set_y_strides},
    {"scale=", NULL, set_scale},   {"offset=", NULL, set_offset},
    {"abs", NULL, set_absolute},   {NULL, &cc_activations, set_activation},
};
enum { OPTIONS = sizeof options / sizeof *options, NAMES = 64 };

/* Where the option's argument begins in token; NULL when token is another option. */
static const char *match(const struct option *option, const char *token)
{
    int value;
    if (option->words)
        return cc_word_find(&value, option->words, token, strcspn(token, "=>")) ? token : NULL;
    const size_t length = strlen(option->key);
    if (strncmp(token, option->key, length) != 0)
        return NULL;
    const char *const rest = token + length;
    if (option->key[length - 1] == '=')
        return rest;
    if (length == 1)
        return (!*rest || isdigit((unsigned char)*rest) || *rest == '-') && !strchr(rest, '>')
                   ? rest
                   : NULL;
    return *rest ? NULL : rest;
}

static clconv_status unknown_option(const char *token)
{
    const char *names[NAMES];
    size_t count = 0;
    for (int i = 0; i < OPTIONS; i++) {
        const cc_words *const words = options[i].words;
        if (!words)
            names[count++] = options[i].key;
        for (size_t j = 0; words && j < words->count; j++)
            if (words->list[j].value != CC_WORD_REFUSED)
                names[count++] = words->list[j].word;
    }
    return cc_word_unknown("option", token, names, count);
}

static clconv_status parse_option(clconv_desc *d, unsigned *seen, const char *token)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        const char *const argument = match(&options[i], token);
        if (!argument)
            continue;
        if (*seen & 1u << i)
            return cc_fail(CLCONV_INVALID, "option '%s': %s was given before; give it once", token,
                           options[i].words ? options[i].words->what : options[i].key);
        *seen |= 1u << i;
        const clconv_status status = options[i].set(d, argument);
        if (status == CLCONV_OK || options[i].words)
            return status;
        char where[TOKEN + 16];
        snprintf(where, sizeof where, "option '%s'", token);
        return cc_fail_in(status, where);
    }
    return unknown_option(token);
}

/* Field i of the text: two tuples, then options. */
static clconv_status parse_token(clconv_desc *d, unsigned *seen, int i, const char *token)
{
    int64_t v[4];
    int count;
    if (i > 1)
        return parse_option(d, seen, token);
    const int wanted = i == 0 ? 4 : 3;
    clconv_status status = parse_list(v, &count, wanted, token, 'x', 1, INT_MAX);
    if (status == CLCONV_OK && count != wanted)
        status = cc_fail(CLCONV_INVALID, "'%s' has %d numbers, not %d", token, count, wanted);
    if (status != CLCONV_OK)
        return cc_fail_in(status, i == 0 ? "input NxCxHxW" : "filters KxRxS");
    if (i == 0)
        d->n = (int)v[0], d->c = (int)v[1], d->h = (int)v[2], d->w = (int)v[3];
    else
        d->k = (int)v[0], d->r = (int)v[1], d->s = (int)v[2];
    return CLCONV_OK;
}

static clconv_status parse(cc_geom *g, const char *text)
{
    clconv_desc d = {0};
    unsigned seen = 0;
    const char *s = text;
    int fields = 0;
    for (;; s++, fields++) {
        const size_t length = strcspn(s, ":");
        char token[TOKEN];
        if (length >= TOKEN)
            return cc_fail(CLCONV_INVALID, "'%.32s...' is longer than any option", s);
        memcpy(token, s, length);
        token[length] = '\0';
        CC_TRY(parse_token(&d, &seen, fields, token));
        s += length;
        if (!*s)
            break;
    }
    if (fields < 1)
        return cc_fail(CLCONV_INVALID, "the filters are missing: write NxCxHxW:KxRxS");
    return cc_geom_make(g, &d);
}

clconv_status clconv_desc_parse(clconv_desc *desc, const char *text)
{
    cc_geom g;
    if (!desc || !text)
        return cc_fail(CLCONV_INVALID, "%s is NULL", desc ? "text" : "desc");
    const clconv_status status = parse(&g, text);
    if (status != CLCONV_OK) {
        char where[TOKEN];
        snprintf(where, sizeof where, "problem '%.128s'", text);
        return cc_fail_in(status, where);
    }
    *desc = g.desc;
    return CLCONV_OK;
}
