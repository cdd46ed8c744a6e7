/* status.c - status names and the thread's error sentence, the library's only mutable state. */
#include "base/status.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SENTENCE = 4096 }; /* the longest: why no driver builds any of the algorithms */

static _Thread_local char sentence[SENTENCE];

const char *clconv_status_name(clconv_status status)
{
    static const char *const names[] = {
#define NAME(name, text) #name,
        CLCONV_STATUSES(NAME)
#undef NAME
    };
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "?";
}

const char *clconv_last_error(void)
{
    return sentence;
}

/* Shows where a sentence was cut, rather than ending it as if it were whole. */
static void set_sentence(const char *text, int length)
{
    static const char cut[] = "...";
    if (length < 0)
        text = "an error whose sentence could not be formatted";
    snprintf(sentence, sizeof sentence, "%s", text);
    if (length >= SENTENCE)
        memcpy(sentence + SENTENCE - sizeof cut, cut, sizeof cut);
}

clconv_status cc_fail(clconv_status status, const char *format, ...)
{
    char text[SENTENCE]; /* the arguments may point into the sentence that is set */
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    set_sentence(text, length);
    return status;
}

clconv_status cc_fail_in(clconv_status status, const char *where)
{
    return cc_fail(status, "%s: %s", where, sentence);
}
