/* json_read.c - a reader by recursive descent. */
#include "json_read.h"
#include "cli.h"
#include "text.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64, LARGEST_FILE = 1 << 29 };

struct reader {
    const char *begin, *at;
    const char *wrong; /* what is, where `at` stands; NULL: nothing */
    int depth;
};

void json_free(struct json *json)
{
    while (json) {
        struct json *const next = json->next;
        json_free(json->first);
        free(json->text);
        free(json->key);
        free(json);
        json = next;
    }
}

static bool fail(struct reader *r, const char *wrong)
{
    if (!r->wrong)
        r->wrong = wrong;
    return false;
}

static void skip_blanks(struct reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

static bool expect(struct reader *r, const char *word)
{
    const size_t length = strlen(word);
    if (strncmp(r->at, word, length) != 0)
        return fail(r, "a value is expected");
    r->at += length;
    return true;
}

/* Four hexadecimal digits behind \u. */
static bool read_unit(struct reader *r, unsigned *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        const int c = (unsigned char)*r->at;
        if (!isxdigit(c))
            return fail(r, "four hexadecimal digits are expected");
        *unit = *unit * 16 + (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
    }
    return true;
}

static void add_utf8(struct cli_text *text, unsigned code)
{
    if (code < 0x80)
        cli_text_add(text, "%c", (int)code);
    else if (code < 0x800)
        cli_text_add(text, "%c%c", (int)(0xc0 | code >> 6), (int)(0x80 | (code & 0x3f)));
    else if (code < 0x10000)
        cli_text_add(text, "%c%c%c", (int)(0xe0 | code >> 12), (int)(0x80 | (code >> 6 & 0x3f)),
                     (int)(0x80 | (code & 0x3f)));
    else
        cli_text_add(text, "%c%c%c%c", (int)(0xf0 | code >> 18), (int)(0x80 | (code >> 12 & 0x3f)),
                     (int)(0x80 | (code >> 6 & 0x3f)), (int)(0x80 | (code & 0x3f)));
}

static bool read_code(struct reader *r, struct cli_text *text)
{
    unsigned high, low;
    if (!read_unit(r, &high))
        return false;
    if (high == 0 || (high >= 0xdc00 && high < 0xe000))
        return fail(r, "this character cannot stand here");
    if (high >= 0xd800 && high < 0xdc00) {
        if (strncmp(r->at, "\\u", 2) != 0)
            return fail(r, "the second half of a character is expected");
        r->at += 2;
        if (!read_unit(r, &low))
            return false;
        if (low < 0xdc00 || low >= 0xe000)
            return fail(r, "the second half of a character is expected");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    add_utf8(text, high);
    return true;
}

static bool read_escape(struct reader *r, struct cli_text *text)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *const name = *r->at ? strchr(names, *r->at) : NULL;
    if (*r->at == 'u') {
        r->at++;
        return read_code(r, text);
    }
    if (!name)
        return fail(r, "an escape that JSON does not know");
    cli_text_bytes(text, &values[name - names], 1);
    r->at++;
    return true;
}

/* The text between quotes; NULL after a failure. */
static char *read_quoted(struct reader *r)
{
    struct cli_text text = {0};
    cli_text_bytes(&text, "", 0);
    if (*r->at != '"') {
        fail(r, "a quote is expected");
    } else {
        r->at++;
        while (!r->wrong && *r->at != '"') {
            const size_t plain = strcspn(r->at, "\"\\");
            for (size_t i = 0; i < plain; i++)
                if ((unsigned char)r->at[i] < 0x20)
                    fail(r, "a control character inside a text");
            cli_text_bytes(&text, r->at, plain);
            r->at += plain;
            if (*r->at == '\\') {
                r->at++;
                read_escape(r, &text);
            } else if (*r->at == '\0') {
                fail(r, "a text without an end");
            }
        }
        r->at += !r->wrong;
    }
    if (!r->wrong)
        return text.data;
    cli_text_free(&text);
    return NULL;
}

/* JSON's own form, which strtod would take more than. */
static bool read_number(struct reader *r, double *number)
{
    const char *at = r->at;
    at += *at == '-';
    const size_t whole = strspn(at, "0123456789");
    if (whole == 0 || (whole > 1 && *at == '0'))
        return fail(r, "a value is expected");
    at += whole;
    if (*at == '.') {
        const size_t digits = strspn(at + 1, "0123456789");
        if (digits == 0)
            return fail(r, "digits are expected behind the point");
        at += 1 + digits;
    }
    if (*at == 'e' || *at == 'E') {
        at += 1 + (at[1] == '-' || at[1] == '+');
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0)
            return fail(r, "digits are expected in the exponent");
        at += digits;
    }
    *number = strtod(r->at, NULL);
    r->at = at;
    return true;
}

static struct json *read_value(struct reader *r);

static struct json *read_item(struct reader *r, bool keyed, const struct json *parent)
{
    char *key = NULL;
    if (keyed) {
        skip_blanks(r);
        key = read_quoted(r);
        if (key && json_member(parent, key))
            fail(r, "a key that was there before");
        skip_blanks(r);
        if (!r->wrong && *r->at++ != ':') {
            r->at--;
            fail(r, "a colon is expected");
        }
    }
    struct json *const item = r->wrong ? NULL : read_value(r);
    if (item)
        item->key = key;
    else
        free(key);
    return item;
}

/* After the opening bracket. */
static void read_items(struct reader *r, struct json *parent, char end)
{
    struct json **last = &parent->first;
    skip_blanks(r);
    if (*r->at == end) {
        r->at++;
        return;
    }
    for (bool more = true; more && !r->wrong;) {
        *last = read_item(r, end == '}', parent);
        if (!*last)
            return;
        last = &(*last)->next;
        skip_blanks(r);
        more = *r->at == ',';
        if (!more && *r->at != end)
            fail(r, "a comma or the end of this list is expected");
        r->at += !r->wrong;
    }
}

static void read_kind(struct reader *r, struct json *json)
{
    switch (*r->at) {
    case '{':
    case '[':
        json->kind = *r->at == '{' ? JSON_OBJECT : JSON_ARRAY;
        if (r->depth++ >= DEEPEST)
            fail(r, "lists in lists, too deep");
        else
            read_items(r, json, *r->at++ == '{' ? '}' : ']');
        r->depth--;
        break;
    case '"':
        json->kind = JSON_TEXT;
        json->text = read_quoted(r);
        break;
    case 't':
        json->kind = JSON_TRUE;
        expect(r, "true");
        break;
    case 'f':
        json->kind = JSON_FALSE;
        expect(r, "false");
        break;
    case 'n':
        expect(r, "null");
        break;
    default:
        json->kind = JSON_NUMBER;
        read_number(r, &json->number);
    }
}

static struct json *read_value(struct reader *r)
{
    struct json *const json = calloc(1, sizeof(*json));
    skip_blanks(r);
    if (!json)
        fail(r, "no memory");
    else
        read_kind(r, json);
    if (!r->wrong)
        return json;
    json_free(json);
    return NULL;
}

static struct json *read_text(const char *path, const struct cli_text *text)
{
    struct reader r = {.begin = text->data, .at = text->data};
    struct json *json = read_value(&r);
    int line = 1;
    skip_blanks(&r);
    if (!r.wrong && r.at != text->data + text->length)
        fail(&r, "nothing more is expected");
    if (!r.wrong)
        return json;
    const char *start = r.begin;
    for (const char *c = r.begin; c < r.at; c++)
        if (*c == '\n') {
            line++;
            start = c + 1;
        }
    cli_say("%s: this is no JSON: line %d, column %d: %s", path, line, (int)(r.at - start) + 1,
            r.wrong);
    json_free(json);
    return NULL;
}

struct json *json_read_file(const char *path)
{
    struct cli_text text = {0};
    struct json *json = NULL;
    char piece[65536];
    size_t got;
    FILE *const file = fopen(path, "re");
    if (!file) {
        cli_say("%s: %s", path, strerror(errno));
        return NULL;
    }
    cli_text_bytes(&text, "", 0);
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0 && text.length <= LARGEST_FILE)
        cli_text_bytes(&text, piece, got);
    if (ferror(file))
        cli_say("%s: %s", path, strerror(errno));
    else if (text.length > LARGEST_FILE)
        cli_say("%s: too large for a record", path);
    else
        json = read_text(path, &text);
    fclose(file);
    cli_text_free(&text);
    return json;
}

const struct json *json_member(const struct json *object, const char *key)
{
    const struct json *item = object && object->kind == JSON_OBJECT ? object->first : NULL;
    while (item && strcmp(item->key, key) != 0)
        item = item->next;
    return item;
}

const char *json_text(const struct json *object, const char *key, const char *fallback)
{
    const struct json *const item = json_member(object, key);
    return item && item->kind == JSON_TEXT ? item->text : fallback;
}

double json_number(const struct json *object, const char *key, double fallback)
{
    const struct json *const item = json_member(object, key);
    return item && item->kind == JSON_NUMBER ? item->number : fallback;
}
