/* log.h - the caller's log callback, handed down through the layers. */
#ifndef CC_BASE_LOG_H
#define CC_BASE_LOG_H

#include <clconv/clconv.h>

typedef struct cc_log {
    clconv_log_fn fn; /* NULL: silence */
    void *user;
} cc_log;

void cc_log_say(const cc_log *log, clconv_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
