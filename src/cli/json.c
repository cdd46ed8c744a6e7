/* json.c - JSON to stdout or into a text. */
#include "json.h"
#include "cli.h"
#include "text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int depth;
static bool filled[64]; /* by depth: something stands before, so a comma is due */

static struct cli_text *target; /* NULL: stdout */

void cli_json_to(struct cli_text *text)
{
    target = text;
}

CLI_PRINTF(1, 2)
static void put(const char *format, ...)
{
    struct cli_text made = {0};
    va_list arguments;
    va_start(arguments, format);
    cli_text_addv(target ? target : &made, format, arguments);
    va_end(arguments);
    if (!target)
        cli_out_bytes(made.data, made.length);
    cli_text_free(&made);
}

/* Bytes of the character in UTF-8 that begins here; 0: of none. */
static int character_bytes(const unsigned char *c)
{
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000}; /* in so many bytes */
    const int bytes = *c < 0x80 ? 1 : *c >> 5 == 6 ? 2 : *c >> 4 == 14 ? 3 : *c >> 3 == 30 ? 4 : 0;
    unsigned long code = bytes > 1 ? *c & (0x7fu >> bytes) : *c;
    for (int i = 1; i < bytes; i++) {
        if (c[i] >> 6 != 2)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    return code < least[bytes] || code >> 11 == 0x1b || code > 0x10ffff ? 0 : bytes;
}

/* The name of a file may be no text: what is no UTF-8 becomes the replacement character. */
static void quote(const char *text)
{
    put("\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        const int bytes = character_bytes(c);
        if (bytes == 0)
            put("\\ufffd");
        else if (*c == '"' || *c == '\\')
            put("\\%c", *c);
        else if (*c < 0x20)
            put("\\u%04x", *c);
        else
            put("%.*s", bytes, (const char *)c);
        c += bytes > 1 ? bytes - 1 : 0;
    }
    put("\"");
}

static void begin(const char *key)
{
    if (depth > 0)
        put("%s\n%*s", filled[depth] ? "," : "", 2 * depth, "");
    filled[depth] = true;
    if (key) {
        quote(key);
        put(": ");
    }
}

void cli_json_open(const char *key, char bracket)
{
    begin(key);
    put("%c", bracket);
    depth++;
    filled[depth] = false;
}

void cli_json_close(char bracket)
{
    const bool was_filled = filled[depth];
    depth--;
    if (was_filled)
        put("\n%*s", 2 * depth, "");
    put("%c%s", bracket, depth == 0 ? "\n" : "");
    if (depth == 0)
        filled[0] = false;
}

void cli_json_text(const char *key, const char *text)
{
    begin(key);
    quote(text);
}

/* The fewest digits that give the same number back. */
static void put_real(double value)
{
    char text[40];
    if (!isfinite(value)) {
        put("null");
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    put("%s", text);
}

void cli_json_real(const char *key, double value)
{
    begin(key);
    put_real(value);
}

void cli_json_reals(const char *key, const double *values, int count)
{
    begin(key);
    put("[");
    for (int i = 0; i < count; i++) {
        put("%s", i ? ", " : "");
        put_real(values[i]);
    }
    put("]");
}

void cli_json_integer(const char *key, int64_t value)
{
    begin(key);
    put("%lld", (long long)value);
}

void cli_json_bool(const char *key, bool value)
{
    begin(key);
    put(value ? "true" : "false");
}
