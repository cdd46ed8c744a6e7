/* kernel_text.c - rows of numbers, and ImageMagick's way to write them. */
#include "kernel_text.h"
#include "text.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 60 }; /* characters of a line shown on each side of a mistake */

static int line_number(const struct kernel_text *text, const char *at)
{
    int line = 1;
    for (const char *s = text->text; s < at; s++)
        line += *s == '\n';
    return line;
}

/* The line around `at`, and a mark under it. */
static void add_place(struct cli_text *out, const struct kernel_text *text, const char *at)
{
    const char *first = at, *last = at;
    int column = 0;
    while (first > text->text && first[-1] != '\n' && at - first < SHOWN)
        first--;
    while (*last && *last != '\n' && last - at < SHOWN)
        last++;
    cli_text_add(out, "\n  ");
    for (const char *s = first; s < last; s++) {
        const bool shown = (unsigned char)*s >= ' ' && *s != 127;
        cli_text_add(out, "%c", shown ? *s : ' ');
        column += s < at && ((unsigned char)*s & 0xC0) != 0x80; /* UTF-8: characters, not bytes */
    }
    cli_text_add(out, "\n  %*s^", column, "");
}

bool kernel_text_wrong(const struct kernel_text *text, const char *at, const char *format, ...)
{
    struct cli_text out = {0};
    va_list arguments;
    if (text->name)
        cli_text_add(&out, "%s: line %d: ", text->name, line_number(text, at));
    else
        cli_text_add(&out, "kernel: ");
    va_start(arguments, format);
    cli_text_addv(&out, format, arguments);
    va_end(arguments);
    add_place(&out, text, at);
    cli_say("%s", out.data);
    cli_text_free(&out);
    return false;
}

static void skip_blanks(struct kernel_text *text)
{
    while (*text->at == ' ' || *text->at == '\t' || *text->at == '\r')
        text->at++;
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static bool row_ends(const struct kernel_text *text)
{
    return !*text->at || *text->at == '\n' || is_one_of(*text->at, text->rows);
}

static bool value_ends(const struct kernel_text *text, const char *at)
{
    return !*at || isspace((unsigned char)*at) || is_one_of(*at, text->rows) ||
           is_one_of(*at, text->fields);
}

static bool is_hole(const struct kernel_text *text, const char *end)
{
    const size_t length = (size_t)(end - text->at);
    return text->holes && ((length == 1 && text->at[0] == '-') ||
                           (length == 3 && tolower((unsigned char)text->at[0]) == 'n' &&
                            tolower((unsigned char)text->at[1]) == 'a' &&
                            tolower((unsigned char)text->at[2]) == 'n'));
}

static bool read_number(struct kernel_text *text, double *value)
{
    const char *end = text->at;
    char *used;
    while (!value_ends(text, end))
        end++;
    if (end == text->at)
        return kernel_text_wrong(text, text->at, "a value is missing");
    *value = is_hole(text, end) ? 0 : strtod(text->at, &used);
    if (!is_hole(text, end) && used != end)
        return kernel_text_wrong(text, text->at, "\"%.*s\" is not a number",
                                 (int)(end - text->at > SHOWN ? SHOWN : end - text->at), text->at);
    if (!isfinite(*value) || fabs(*value) > 3.4e38)
        return kernel_text_wrong(text, text->at,
                                 "a value has to be a finite number within +-3.4e38");
    text->at = end;
    return true;
}

int kernel_text_value(struct kernel_text *text, double *value)
{
    skip_blanks(text);
    if (row_ends(text))
        return 0;
    if (!read_number(text, value))
        return -1;
    skip_blanks(text);
    if (!is_one_of(*text->at, text->fields))
        return 1;
    text->at++;
    skip_blanks(text);
    if (row_ends(text)) {
        kernel_text_wrong(text, text->at, "a value is missing");
        return -1;
    }
    return 1;
}

bool kernel_text_next_row(struct kernel_text *text)
{
    for (skip_blanks(text); *text->at && row_ends(text); skip_blanks(text))
        text->at++;
    return *text->at;
}

struct taps {
    double *values;
    size_t count, capacity;
};

static bool taps_add(struct taps *taps, double value)
{
    if (taps->count == taps->capacity) {
        const size_t capacity = taps->capacity ? 2 * taps->capacity : 64;
        double *const values = realloc(taps->values, capacity * sizeof *values);
        if (!values) {
            cli_no_memory(capacity * sizeof *values);
            return false;
        }
        taps->values = values;
        taps->capacity = capacity;
    }
    taps->values[taps->count++] = value;
    return true;
}

/* One row of values; the number of them, -1 after a message. */
static int read_row(struct kernel_text *text, struct taps *taps)
{
    double value;
    int count = 0, status;
    while ((status = kernel_text_value(text, &value)) > 0)
        if (++count > KERNEL_SIDE || !taps_add(taps, value)) {
            if (count > KERNEL_SIDE)
                kernel_text_wrong(text, text->at, "more than %d values in a row", KERNEL_SIDE);
            return -1;
        }
    return status < 0 ? -1 : count;
}

static bool take(struct kernel *kernel, const struct taps *taps, int rows, int columns)
{
    if (!kernel_make(kernel, rows, columns, 1))
        return false;
    memcpy(kernel->taps, taps->values, taps->count * sizeof *taps->values);
    return true;
}

bool kernel_text_rows(struct kernel *kernel, struct kernel_text *text)
{
    struct taps taps = {0};
    int rows = 0, columns = 0;
    bool ok = true;
    while (ok && kernel_text_next_row(text)) {
        const char *const first = text->at;
        const int count = read_row(text, &taps);
        ok = count >= 0;
        if (ok && rows && count != columns)
            ok = kernel_text_wrong(text, first, "row %d has %d value%s, row 1 has %d", rows + 1,
                                   count, count == 1 ? "" : "s", columns);
        if (ok && rows == KERNEL_SIDE)
            ok = kernel_text_wrong(text, first, "more than %d rows", KERNEL_SIDE);
        columns = count;
        rows++;
    }
    if (ok && !rows)
        ok = kernel_text_wrong(text, text->at, "there is not a single number");
    ok = ok && take(kernel, &taps, rows, columns);
    free(taps.values);
    return ok;
}

bool kernel_text_values(struct kernel *kernel, struct kernel_text *text)
{
    const size_t wanted = (size_t)kernel->rows * (size_t)kernel->columns;
    size_t count = 0;
    double value;
    while (kernel_text_next_row(text)) {
        int status;
        while ((status = kernel_text_value(text, &value)) > 0) {
            if (count == wanted)
                return kernel_text_wrong(text, text->at,
                                         "more values than the %d x %d that were announced",
                                         kernel->columns, kernel->rows);
            kernel->taps[count++] = value;
        }
        if (status < 0)
            return false;
    }
    if (count < wanted)
        return kernel_text_wrong(text, text->at, "%zu values, but %d columns x %d rows take %zu",
                                 count, kernel->columns, kernel->rows, wanted);
    return true;
}

/* "5x3+1-2:" with columns first; the end of it, or NULL. */
static const char *read_size(const char *s, int size[2], int origin[2], bool *has_origin)
{
    char *end;
    size[0] = (int)strtol(s, &end, 10);
    if (end == s || *end != 'x')
        return NULL;
    s = end + 1;
    size[1] = (int)strtol(s, &end, 10);
    if (end == s)
        return NULL;
    *has_origin = *end == '+' || *end == '-';
    for (int i = 0; *has_origin && i < 2; i++) {
        s = end;
        origin[i] = (int)strtol(s, &end, 10);
        if (end == s)
            return NULL;
    }
    return *end == ':' ? end + 1 : NULL;
}

bool kernel_from_magick(struct kernel *kernel, const char *argument)
{
    struct kernel_text text = {
        .text = argument, .at = argument, .fields = ",", .rows = "", .holes = true};
    int size[2], origin[2] = {0, 0};
    bool has_origin;
    text.at = read_size(argument, size, origin, &has_origin);
    if (!text.at)
        return kernel_text_wrong(&text, argument,
                                 "expected COLUMNSxROWS[+X+Y]:values, as in 3x3:0,-1,0,...");
    if (!kernel_make(kernel, size[1], size[0], 1))
        return false;
    if (has_origin) {
        kernel->anchor_column = origin[0];
        kernel->anchor_row = origin[1];
    }
    if (kernel->anchor_row < 0 || kernel->anchor_row >= size[1] || kernel->anchor_column < 0 ||
        kernel->anchor_column >= size[0])
        return kernel_text_wrong(&text, argument, "the origin +%d+%d lies outside of the %d x %d",
                                 origin[0], origin[1], size[0], size[1]);
    return kernel_text_values(kernel, &text);
}
