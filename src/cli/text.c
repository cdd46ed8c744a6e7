/* text.c - text that grows. */
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct cli_text *text, size_t more)
{
    const size_t need = text->length + more + 1;
    size_t capacity = text->capacity ? text->capacity : 256;
    if (need <= text->capacity)
        return;
    while (capacity < need)
        capacity *= 2;
    text->data = realloc(text->data, capacity);
    text->capacity = capacity;
    if (!text->data) {
        cli_no_memory(capacity);
        exit(CLI_FAILED);
    }
}

void cli_text_bytes(struct cli_text *text, const void *data, size_t bytes)
{
    reserve(text, bytes);
    if (bytes)
        memcpy(text->data + text->length, data, bytes);
    text->length += bytes;
    text->data[text->length] = '\0';
}

void cli_text_addv(struct cli_text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return;
    reserve(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
    text->length += (size_t)length;
}

void cli_text_add(struct cli_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cli_text_addv(text, format, arguments);
    va_end(arguments);
}

void cli_text_free(struct cli_text *text)
{
    free(text->data);
    memset(text, 0, sizeof(*text));
}
