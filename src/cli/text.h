/* text.h - text that grows. Out of memory ends the command: it has nothing better to do then. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "cli.h"
#include <stdarg.h>

struct cli_text {
    char *data; /* zero-terminated once something was added; NULL before */
    size_t length, capacity;
};

void cli_text_add(struct cli_text *text, const char *format, ...) CLI_PRINTF(2, 3);
void cli_text_addv(struct cli_text *text, const char *format, va_list arguments) CLI_PRINTF(2, 0);
void cli_text_bytes(struct cli_text *text, const void *data, size_t bytes);
void cli_text_free(struct cli_text *text);

#endif
