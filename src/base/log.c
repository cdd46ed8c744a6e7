/* log.c - the caller's log callback. */
#include "base/log.h"
#include <stdarg.h>
#include <stdio.h>

void cc_log_say(const cc_log *log, clconv_log_level level, const char *format, ...)
{
    char sentence[2048]; /* a compiler's message is cut rather than allocated for */
    va_list args;
    if (!log || !log->fn)
        return;
    va_start(args, format);
    const int length = vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (length >= 0)
        log->fn(log->user, level, sentence);
}
