/* words.c - the words of a problem's text for each enumeration, aliases included. */
#include "geom/words.h"
#include "base/status.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

static const struct cc_word border_words[] = {
    {"constant", CLCONV_CONSTANT},
    {"replicate", CLCONV_REPLICATE},
    {"reflect", CLCONV_REFLECT},
    {"reflect101", CLCONV_REFLECT101},
    {"wrap", CLCONV_WRAP},
    {"zero", CLCONV_CONSTANT},
    {"zeros", CLCONV_CONSTANT},
    {"fill", CLCONV_CONSTANT},
    {"black", CLCONV_CONSTANT},
    {"edge", CLCONV_REPLICATE},
    {"nearest", CLCONV_REPLICATE},
    {"clamp", CLCONV_REPLICATE},
    {"copy", CLCONV_REPLICATE},
    {"symmetric", CLCONV_REFLECT},
    {"reflect_101", CLCONV_REFLECT101},
    {"circular", CLCONV_WRAP},
    {"periodic", CLCONV_WRAP},
    {"tile", CLCONV_WRAP},
    {"repeat", CLCONV_WRAP},
    {"mirror", CC_WORD_REFUSED},
};
static const struct cc_word type_words[] = {
    {"f32", CLCONV_F32}, {"f16", CLCONV_F16}, {"f64", CLCONV_F64}, {"u8", CLCONV_U8},
    {"s8", CLCONV_S8},   {"u16", CLCONV_U16}, {"s16", CLCONV_S16},
};
static const struct cc_word layout_words[] = {{"nchw", CLCONV_NCHW}, {"nhwc", CLCONV_NHWC}};
static const struct cc_word extent_words[] = {
    {"explicit", CLCONV_EXPLICIT},
    {"same", CLCONV_SAME},
    {"valid", CLCONV_VALID},
    {"full", CLCONV_FULL},
};
static const struct cc_word operation_words[] = {
    {"correlation", CLCONV_CORRELATION},
    {"convolution", CLCONV_CONVOLUTION},
};
static const struct cc_word activation_words[] = {
    {"none", CLCONV_NONE}, {"relu", CLCONV_RELU},       {"leaky", CLCONV_LEAKY},
    {"clip", CLCONV_CLIP}, {"sigmoid", CLCONV_SIGMOID}, {"tanh", CLCONV_TANH},
};

#define WORDS(what, list)                                                                          \
    {                                                                                              \
        what, list, sizeof(list) / sizeof *(list)                                                  \
    }
const cc_words cc_borders = WORDS("border", border_words);
const cc_words cc_types = WORDS("type", type_words);
const cc_words cc_layouts = WORDS("layout", layout_words);
const cc_words cc_extents = WORDS("extent", extent_words);
const cc_words cc_operations = WORDS("operation", operation_words);
const cc_words cc_activations = WORDS("activation", activation_words);

const char *cc_word_name(const cc_words *words, int value)
{
    for (size_t i = 0; i < words->count; i++)
        if (words->list[i].value == value && value != CC_WORD_REFUSED)
            return words->list[i].word;
    return "?";
}

bool cc_word_known(const cc_words *words, int value)
{
    return cc_word_name(words, value)[0] != '?';
}

bool cc_word_find(int *value, const cc_words *words, const char *word, size_t length)
{
    for (size_t i = 0; i < words->count; i++) {
        const struct cc_word *const entry = &words->list[i];
        if (strlen(entry->word) == length && memcmp(entry->word, word, length) == 0)
            return *value = entry->value, true;
    }
    return false;
}

clconv_status cc_word_unknown(const char *what, const char *word, const char *const *names,
                              size_t count)
{
    const char *const near = cc_text_nearest(word, names, count);
    cc_text list = {0};
    for (size_t i = 0; i < count; i++)
        cc_text_add(&list, "%s%s", i ? " " : "", names[i]);
    char *const known = cc_text_take(&list);
    const clconv_status status =
        cc_fail(CLCONV_INVALID, "%s '%.64s' is unknown%s%s%s; known are: %s", what, word,
                near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "",
                known ? known : "(no memory to list them)");
    free(known);
    return status;
}

clconv_status cc_word_parse(int *value, const cc_words *words, const char *word)
{
    const char *names[sizeof border_words / sizeof *border_words]; /* the longest list */
    size_t count = 0;
    if (!word)
        return cc_fail(CLCONV_INVALID, "%s is NULL: give a word", words->what);
    if (cc_word_find(value, words, word, strlen(word)))
        return CLCONV_OK;
    for (size_t i = 0; i < words->count; i++)
        if (words->list[i].value != CC_WORD_REFUSED)
            names[count++] = words->list[i].word;
    return cc_word_unknown(words->what, word, names, count);
}
