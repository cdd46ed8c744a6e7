/* text.c - text that grows, JSON strings, and the nearest of some words. */
#include "base/text.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for count more bytes and the terminator. */
static bool reserve(cc_text *text, size_t count)
{
    if (text->failed || count > SIZE_MAX / 4 - text->length)
        return text->failed = true, false;
    const size_t needed = text->length + count + 1;
    if (needed <= text->capacity)
        return true;
    const size_t capacity = needed < 64 ? 128 : 2 * needed;
    char *s = realloc(text->s, capacity);
    if (!s)
        return text->failed = true, false;
    text->s = s;
    text->capacity = capacity;
    return true;
}

void cc_text_add_bytes(cc_text *text, const char *bytes, size_t count)
{
    if (!reserve(text, count))
        return;
    memcpy(text->s + text->length, bytes, count);
    text->length += count;
    text->s[text->length] = '\0';
}

void cc_text_add(cc_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int count = vsnprintf(NULL, 0, format, args);
    if (count < 0)
        text->failed = true;
    if (count >= 0 && reserve(text, (size_t)count)) {
        vsnprintf(text->s + text->length, (size_t)count + 1, format, again);
        text->length += (size_t)count;
    }
    va_end(again);
    va_end(args);
}

char *cc_text_take(cc_text *text)
{
    cc_text_add_bytes(text, "", 0); /* so that nothing added is "" and not NULL */
    char *s = text->failed ? NULL : text->s;
    if (text->failed)
        free(text->s);
    *text = (cc_text){0};
    return s;
}

void cc_text_free(cc_text *text)
{
    free(text->s);
    *text = (cc_text){0};
}

/* The bytes of the UTF-8 sequence at s, 0 when it is not one: overlong forms, surrogates and what
 * lies above U+10FFFF count as damage. */
static size_t utf8_length(const unsigned char *s)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (length < 2)
        return length;
    if (s[0] > 0xf4)
        return 0;
    uint32_t code = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    return code < lowest[length] || code > 0x10ffff || surrogate ? 0 : length;
}

void cc_text_add_json(cc_text *text, const char *string)
{
    const unsigned char *s = (const unsigned char *)string;
    cc_text_add_bytes(text, "\"", 1);
    while (*s) {
        const size_t length = utf8_length(s);
        if (length == 0)
            cc_text_add(text, "\\ufffd");
        else if (*s == '"' || *s == '\\')
            cc_text_add(text, "\\%c", *s);
        else if (*s == '\n')
            cc_text_add(text, "\\n");
        else if (*s < 0x20 || *s == 0x7f)
            cc_text_add(text, "\\u%04x", (unsigned)*s);
        else
            cc_text_add_bytes(text, (const char *)s, length);
        s += length ? length : 1;
    }
    cc_text_add_bytes(text, "\"", 1);
}

enum { WORD = 48 }; /* longer words are no misspelling of any name we have */

static int least(int a, int b)
{
    return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b (Damerau and
 * Levenshtein, each letter touched once); a difference of case costs nothing. */
static int edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int rows[3][WORD + 1]; /* of the table: the one before the last, the last, this one */
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = (int)j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);
            row[j] = least(row[j], 1 + least(last[j], row[j - 1]));
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
                same_letter(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        int *const spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_length];
}

const char *cc_text_nearest(const char *word, const char *const *words, size_t count)
{
    const size_t length = strlen(word);
    const char *nearest = NULL;
    if (length > WORD)
        return NULL;
    int limit = length < 2 ? 0 : length < 5 ? 1 : (int)(length + 1) / 3;
    for (size_t i = 0; i < count; i++) {
        const size_t other = strlen(words[i]);
        const int distance = other > WORD ? WORD : edit_distance(word, length, words[i], other);
        if (distance <= limit) {
            nearest = words[i];
            limit = distance - 1;
        }
    }
    return nearest;
}
