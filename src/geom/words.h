/* words.h - the words of a problem's text for each enumeration, aliases included. */
#ifndef CC_GEOM_WORDS_H
#define CC_GEOM_WORDS_H

#include <clconv/clconv.h>
#include <stdbool.h>

enum { CC_WORD_REFUSED = -1 }; /* a known word that has no one meaning */

typedef struct cc_words {
    const char *what; /* "border" */
    const struct cc_word {
        const char *word;
        int value; /* the first word with a value is its name */
    } * list;
    size_t count;
} cc_words;

extern const cc_words cc_borders, cc_types, cc_layouts, cc_extents, cc_operations, cc_activations;

const char *cc_word_name(const cc_words *words, int value); /* "?" if none */
bool cc_word_known(const cc_words *words, int value);

/* The value of the length characters at word; false when they are none of the words. */
bool cc_word_find(int *value, const cc_words *words, const char *word, size_t length);

/* The same; INVALID names the words that are known and the nearest one. */
clconv_status cc_word_parse(int *value, const cc_words *words, const char *word);

/* INVALID: word, as a what, is none of the names; they are listed, and the nearest proposed. */
clconv_status cc_word_unknown(const char *what, const char *word, const char *const *names,
                              size_t count);

#endif
