/* npy_header.c - the header of a .npy file; its three entries in any order, nothing believed. */
#include "npy_header.h"
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 64 };

struct reader {
    const char *at, *path;
    bool descr, order, shape; /* seen */
};

static bool bad(const struct reader *r, const char *what)
{
    cli_fail("%s: its header %s; it is damaged or no .npy file", r->path, what);
    return false;
}

static void blanks(struct reader *r)
{
    while (*r->at == ' ' || *r->at == '\n' || *r->at == '\t')
        r->at++;
}

static bool skip(struct reader *r, char c)
{
    blanks(r);
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

/* 'text' or "text" */
static bool quoted(struct reader *r, char word[WORD])
{
    blanks(r);
    const char mark = *r->at;
    size_t length = 0;
    if (mark != '\'' && mark != '"')
        return false;
    for (r->at++; *r->at && *r->at != mark && length + 1 < WORD; r->at++)
        word[length++] = *r->at;
    word[length] = '\0';
    return *r->at == mark && r->at++;
}

static bool big_endian_machine(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 0;
}

static bool known_size(char kind, long size)
{
    if (kind == 'f')
        return size == 2 || size == 4 || size == 8;
    if (kind == 'b')
        return size == 1;
    return (kind == 'i' || kind == 'u') && (size == 1 || size == 2 || size == 4 || size == 8);
}

static bool unusable(const struct reader *r, const char *word, char kind)
{
    if (kind == 'O')
        cli_fail("%s holds Python objects (dtype '%s'), which are code rather than numbers and are "
                 "never loaded; save numbers: np.save(file, x.astype('f4'))",
                 r->path, word);
    else if (kind == 'c')
        cli_fail("%s holds complex numbers (dtype '%s'); save x.real and x.imag on their own",
                 r->path, word);
    else
        cli_fail("%s: dtype '%s' is no number type that is read here; save it with "
                 "x.astype('f4')",
                 r->path, word);
    return false;
}

/* "<f4": byte order, kind, bytes */
static bool parse_descr(struct reader *r, struct cli_npy *array)
{
    char word[WORD], *end = NULL;
    blanks(r);
    if (*r->at == '[' || *r->at == '(') {
        cli_fail("%s has a structured dtype (records of several fields); save one field: "
                 "np.save(file, x['field'])",
                 r->path);
        return false;
    }
    if (!quoted(r, word))
        return bad(r, "has no readable 'descr'");
    const char *type = word + (*word && strchr("<>=|", *word) != NULL);
    const char kind = *type;
    const long size = kind ? strtol(type + 1, &end, 10) : 0;
    if (!kind || end == type + 1 || *end || !known_size(kind, size))
        return unusable(r, word, kind);
    array->kind = kind;
    array->size = (int)size;
    array->swapped = size > 1 && *word == (big_endian_machine() ? '<' : '>');
    return true;
}

static bool parse_order(struct reader *r, struct cli_npy *array)
{
    blanks(r);
    array->fortran = strncmp(r->at, "True", 4) == 0;
    if (!array->fortran && strncmp(r->at, "False", 5) != 0)
        return bad(r, "has no readable 'fortran_order'");
    r->at += array->fortran ? 4 : 5;
    return true;
}

/* One extent; Python 2 wrote 3L. */
static bool parse_extent(struct reader *r, int64_t *extent)
{
    enum { DIGITS = 19 };
    int64_t value = 0;
    int digits = 0;
    blanks(r);
    if (*r->at == '-')
        return bad(r, "has a negative extent in 'shape'");
    for (; *r->at >= '0' && *r->at <= '9'; r->at++) {
        if (++digits >= DIGITS)
            return bad(r, "has an extent in 'shape' that passes 64 bits");
        value = value * 10 + (*r->at - '0');
    }
    if (digits == 0)
        return bad(r, "has no readable 'shape'");
    r->at += *r->at == 'L';
    *extent = value;
    return true;
}

static bool parse_shape(struct reader *r, struct cli_npy *array)
{
    array->rank = 0;
    if (!skip(r, '('))
        return bad(r, "has no readable 'shape'");
    while (!skip(r, ')')) {
        if (array->rank == CLI_NPY_RANK) {
            cli_fail("%s has more than %d dimensions; reshape it", r->path, CLI_NPY_RANK);
            return false;
        }
        if (!parse_extent(r, &array->shape[array->rank++]))
            return false;
        blanks(r);
        if (!skip(r, ',') && *r->at != ')')
            return bad(r, "has no readable 'shape'");
    }
    return true;
}

static bool parse_entry(struct reader *r, struct cli_npy *array)
{
    char key[WORD];
    if (!quoted(r, key) || !skip(r, ':'))
        return bad(r, "is no dictionary");
    bool *seen = strcmp(key, "descr") == 0           ? &r->descr
                 : strcmp(key, "fortran_order") == 0 ? &r->order
                 : strcmp(key, "shape") == 0         ? &r->shape
                                                     : NULL;
    if (!seen || *seen)
        return bad(r, seen ? "has an entry twice" : "has an entry that the format does not know");
    *seen = true;
    if (seen == &r->descr)
        return parse_descr(r, array);
    return seen == &r->order ? parse_order(r, array) : parse_shape(r, array);
}

/* Elements, with bytes below 2^62, so that sums of a few such sizes cannot wrap. */
static bool count_elements(struct cli_npy *array, const char *path)
{
    const int64_t limit = INT64_C(1) << 62;
    int64_t count = 1;
    for (int i = 0; i < array->rank; i++) {
        char shape[128];
        if (array->shape[i] == 0) {
            cli_fail("%s has no elements: its shape is %s", path,
                     cli_npy_shape(shape, sizeof(shape), array));
            return false;
        }
        if (count > limit / array->size / array->shape[i]) {
            cli_fail("%s: its shape %s passes 64 bits; the header is damaged", path,
                     cli_npy_shape(shape, sizeof(shape), array));
            return false;
        }
        count *= array->shape[i];
    }
    array->count = (size_t)count;
    return true;
}

bool cli_npy_header_parse(struct cli_npy *array, const char *text, const char *path)
{
    struct reader r = {.at = text, .path = path};
    if (!skip(&r, '{'))
        return bad(&r, "is no dictionary");
    while (!skip(&r, '}')) {
        if (!parse_entry(&r, array))
            return false;
        blanks(&r);
        if (!skip(&r, ',') && *r.at != '}')
            return bad(&r, "is no dictionary");
    }
    blanks(&r);
    if (*r.at != '\0')
        return bad(&r, "has text behind the dictionary");
    if (!r.descr || !r.order || !r.shape)
        return bad(&r, "lacks 'descr', 'fortran_order' or 'shape'");
    return count_elements(array, path);
}
