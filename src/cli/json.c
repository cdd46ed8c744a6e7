/* json.c - JSON to stdout. */
#include "json.h"
#include "cli.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int depth;
static bool filled[64]; /* by depth: something stands before, so a comma is due */

static void quote(const char *text)
{
    cli_out("\"");
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            cli_out("\\%c", *c);
        else if (*c < 0x20)
            cli_out("\\u%04x", *c);
        else
            cli_out_bytes(c, 1);
    }
    cli_out("\"");
}

static void begin(const char *key)
{
    if (depth > 0)
        cli_out("%s\n%*s", filled[depth] ? "," : "", 2 * depth, "");
    filled[depth] = true;
    if (key) {
        quote(key);
        cli_out(": ");
    }
}

void cli_json_open(const char *key, char bracket)
{
    begin(key);
    cli_out("%c", bracket);
    depth++;
    filled[depth] = false;
}

void cli_json_close(char bracket)
{
    const bool was_filled = filled[depth];
    depth--;
    if (was_filled)
        cli_out("\n%*s", 2 * depth, "");
    cli_out("%c%s", bracket, depth == 0 ? "\n" : "");
    if (depth == 0)
        filled[0] = false;
}

void cli_json_text(const char *key, const char *text)
{
    begin(key);
    quote(text);
}

/* The fewest digits that give the same number back. */
void cli_json_real(const char *key, double value)
{
    char text[40];
    begin(key);
    if (!isfinite(value)) {
        cli_out("null");
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    cli_out("%s", text);
}

void cli_json_integer(const char *key, int64_t value)
{
    begin(key);
    cli_out("%lld", (long long)value);
}

void cli_json_bool(const char *key, bool value)
{
    begin(key);
    cli_out(value ? "true" : "false");
}
