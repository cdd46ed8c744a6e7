/* single.c - the public functions on single words and enumeration values. */
#include "base/number.h"
#include "base/status.h"
#include "cl/border.h"
#include "geom/words.h"
#include <string.h>

_Static_assert(BORDER_CONSTANT == CLCONV_CONSTANT && BORDER_REPLICATE == CLCONV_REPLICATE &&
                   BORDER_REFLECT == CLCONV_REFLECT && BORDER_REFLECT101 == CLCONV_REFLECT101 &&
                   BORDER_WRAP == CLCONV_WRAP,
               "the kernels count borders as the public header does");

enum { WORD = 80 };

/* A word, its length without "=...", and the numbers behind the =. */
typedef struct split_word {
    char word[WORD];
    bool has_numbers;
    double numbers[2];
    int count;
} split_word;

static clconv_status split(split_word *out, const char *what, const char *text, int most)
{
    const char *const equals = strchr(text, '=');
    const size_t length = equals ? (size_t)(equals - text) : strlen(text);
    *out = (split_word){0};
    if (length == 0 || length >= WORD)
        return cc_fail(CLCONV_INVALID, "%s '%.64s' is no word", what, text);
    memcpy(out->word, text, length);
    if (!equals)
        return CLCONV_OK;
    const char *s = equals;
    while (out->count < most && *s == (out->count ? ',' : '=')) {
        s++;
        if (!cc_number_parse(&out->numbers[out->count], &s))
            break;
        out->count++;
    }
    out->has_numbers = true;
    return *s || out->count == 0
               ? cc_fail(CLCONV_INVALID, "%s '%.64s': behind the = must stand %s", what, text,
                         most == 1 ? "one number" : "one number, or two with a comma between")
               : CLCONV_OK;
}

clconv_status clconv_border_parse(clconv_border *border, double *value, const char *word)
{
    split_word parts;
    int found;
    CC_NEED(border);
    CC_NEED(word);
    CC_TRY(split(&parts, "border", word, 1));
    CC_TRY(cc_word_parse(&found, &cc_borders, parts.word));
    if (found == CC_WORD_REFUSED)
        return cc_fail(CLCONV_INVALID,
                       "border 'mirror' means reflect101 (dcb|abcd|cba) in SciPy and reflect "
                       "(cba|abcd|dcb) in libvips and ImageMagick: write the one that is meant");
    if (parts.has_numbers && (found != CLCONV_CONSTANT || !value))
        return cc_fail(CLCONV_INVALID, "border '%.64s': a value belongs to constant alone", word);
    *border = (clconv_border)found;
    if (value)
        *value = parts.has_numbers ? parts.numbers[0] : 0;
    return CLCONV_OK;
}

/* Leaves a and b 0 where the word is alone: the defaults are the desc's. */
clconv_status clconv_activation_parse(clconv_activation *activation, double *a, double *b,
                                      const char *word)
{
    split_word parts;
    int found;
    CC_NEED(activation);
    CC_NEED(a);
    CC_NEED(b);
    CC_NEED(word);
    CC_TRY(split(&parts, "activation", word, 2));
    CC_TRY(cc_word_parse(&found, &cc_activations, parts.word));
    const int wanted = found == CLCONV_LEAKY ? 1 : found == CLCONV_CLIP ? 2 : 0;
    if (parts.has_numbers && parts.count != wanted)
        return cc_fail(CLCONV_INVALID,
                       "activation '%.64s' has %d numbers: leaky=A takes one, clip=A,B two, the "
                       "others none",
                       word, parts.count);
    if (parts.has_numbers && parts.numbers[0] == 0 && parts.numbers[1] == 0)
        return cc_fail(CLCONV_INVALID, "activation '%.64s': %s", word,
                       found == CLCONV_LEAKY ? "write relu instead" : "every output would be 0");
    *activation = (clconv_activation)found;
    *a = parts.numbers[0];
    *b = parts.numbers[1];
    return CLCONV_OK;
}

clconv_status clconv_type_parse(clconv_type *type, const char *word)
{
    int found;
    CC_NEED(type);
    CC_TRY(cc_word_parse(&found, &cc_types, word));
    *type = (clconv_type)found;
    return CLCONV_OK;
}

clconv_status clconv_layout_parse(clconv_layout *layout, const char *word)
{
    int found;
    CC_NEED(layout);
    CC_TRY(cc_word_parse(&found, &cc_layouts, word));
    *layout = (clconv_layout)found;
    return CLCONV_OK;
}

clconv_status clconv_extent_parse(clconv_extent *extent, const char *word)
{
    int found;
    CC_NEED(extent);
    CC_TRY(cc_word_parse(&found, &cc_extents, word));
    *extent = (clconv_extent)found;
    return CLCONV_OK;
}

const char *clconv_border_name(clconv_border border)
{
    return cc_word_name(&cc_borders, (int)border);
}

const char *clconv_type_name(clconv_type type)
{
    return cc_word_name(&cc_types, (int)type);
}

size_t clconv_type_size(clconv_type type)
{
    static const unsigned char bytes[] = {
        [CLCONV_F32] = 4, [CLCONV_F16] = 2, [CLCONV_F64] = 8, [CLCONV_U8] = 1,
        [CLCONV_S8] = 1,  [CLCONV_U16] = 2, [CLCONV_S16] = 2,
    };
    return (size_t)type < sizeof bytes ? bytes[type] : 0;
}

int64_t clconv_border_index(clconv_border border, int64_t i, int64_t n)
{
    return clconv_border_at((int)border, i, n);
}
