/* text.h - text that grows. */
#ifndef CC_BASE_TEXT_H
#define CC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* {0} is empty. A failed allocation is remembered, later additions do nothing, take gives NULL:
 * one check at the end is enough. */
typedef struct cc_text {
    char *s;
    size_t length, capacity;
    bool failed;
} cc_text;

void cc_text_add(cc_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cc_text_add_bytes(cc_text *text, const char *bytes, size_t count);
void cc_text_add_json(cc_text *text, const char *string); /* quoted and escaped, UTF-8 kept */
char *cc_text_take(cc_text *text);                        /* the caller frees; text is {0} again */
void cc_text_free(cc_text *text);

/* Edit distance, for "did you mean"; the nearest of count words, NULL when none is near. */
const char *cc_text_nearest(const char *word, const char *const *words, size_t count);

#endif
