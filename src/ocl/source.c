/* source.c - the text of a kernel: a file of cl/ with its includes put in place.
 * Files come from inside the library or from a folder. `#include "x.h"` is replaced by x.h the
 * first time and by nothing after that; `#line` keeps the driver's messages at the file and line
 * that a person can open. Conditions around an include are not looked at. */
#define _POSIX_C_SOURCE 200809L
#include "ocl/embedded.h"
#include "ocl/internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 32, MAX_NAME = 64, MAX_FILE_BYTES = 1 << 20 };

typedef struct cc_expansion {
    cc_text *out;
    const char *dir; /* NULL: inside the library */
    char seen[MAX_FILES][MAX_NAME];
    int count;
} cc_expansion;

static clconv_status read_embedded(cc_text *text, const char *name)
{
    for (size_t i = 0; i < cc_embedded_count; i++) {
        if (strcmp(cc_embedded[i].name, name) != 0)
            continue;
        cc_text_add_bytes(text, (const char *)cc_embedded[i].bytes, cc_embedded[i].size);
        return CLCONV_OK;
    }
    return cc_fail(CLCONV_BUILD, "there is no kernel file \"%s\" inside the library", name);
}

static clconv_status read_from(cc_text *text, const char *dir, const char *name)
{
    char part[4096], path[4096];
    size_t got;
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
        return cc_fail(CLCONV_INVALID, "the name of the kernel folder is too long: %.200s...", dir);
    FILE *file = fopen(path, "re");
    if (!file)
        return cc_fail(CLCONV_BUILD, "kernel file %s: %s", path, strerror(errno));
    while ((got = fread(part, 1, sizeof(part), file)) > 0 && text->length < MAX_FILE_BYTES)
        cc_text_add_bytes(text, part, got);
    const bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || text->length >= MAX_FILE_BYTES)
        return cc_fail(CLCONV_BUILD, "kernel file %s cannot be read or is longer than %d bytes",
                       path, MAX_FILE_BYTES);
    return CLCONV_OK;
}

/* The name in a line `#include "name"`; its length, 0 when the line is something else. */
static size_t include_name(const char **name, const char *line, size_t length)
{
    static const char word[] = "include";
    const char *const end = line + length;
    const char *at = line + strspn(line, " \t");
    if (*at++ != '#')
        return 0;
    at += strspn(at, " \t");
    if (strncmp(at, word, sizeof(word) - 1) != 0)
        return 0;
    at += sizeof(word) - 1;
    at += strspn(at, " \t");
    if (*at != '"')
        return 0;
    const char *const close = memchr(at + 1, '"', (size_t)(end - at) - 1);
    *name = at + 1;
    return close ? (size_t)(close - *name) : 0;
}

static bool seen_before(cc_expansion *expansion, const char *name)
{
    for (int i = 0; i < expansion->count; i++)
        if (strcmp(expansion->seen[i], name) == 0)
            return true;
    return false;
}

static clconv_status expand(cc_expansion *expansion, const char *name);

static clconv_status include(cc_expansion *expansion, const char *name, size_t length,
                             const char *from, int line)
{
    char copy[MAX_NAME], where[MAX_NAME + 16];
    if (length >= sizeof(copy) || memchr(name, '/', length))
        return cc_fail(CLCONV_BUILD,
                       "%s:%d: an include names a file of the same folder, not \"%.*s\"", from,
                       line, (int)length, name);
    memcpy(copy, name, length);
    copy[length] = '\0';
    if (seen_before(expansion, copy))
        return CLCONV_OK;
    const clconv_status status = expand(expansion, copy);
    snprintf(where, sizeof(where), "%s:%d", from, line);
    return status == CLCONV_OK ? status : cc_fail_in(status, where);
}

static clconv_status expand_text(cc_expansion *expansion, const char *file, const char *text)
{
    const char *name;
    int number = 1;
    cc_text_add(expansion->out, "#line 1 \"%s\"\n", file);
    for (const char *line = text; *line; number++) {
        const size_t length = strcspn(line, "\n");
        const size_t named = include_name(&name, line, length);
        if (named > 0) {
            CC_TRY(include(expansion, name, named, file, number));
            cc_text_add(expansion->out, "#line %d \"%s\"\n", number + 1, file);
        } else {
            cc_text_add_bytes(expansion->out, line, length);
            cc_text_add(expansion->out, "\n");
        }
        line += length + (line[length] == '\n');
    }
    return CLCONV_OK;
}

static clconv_status expand(cc_expansion *expansion, const char *name)
{
    cc_text text = {0};
    if (expansion->count == MAX_FILES)
        return cc_fail(CLCONV_BUILD, "a kernel of more than %d files", MAX_FILES);
    snprintf(expansion->seen[expansion->count++], MAX_NAME, "%s", name);
    clconv_status status =
        expansion->dir ? read_from(&text, expansion->dir, name) : read_embedded(&text, name);
    if (status == CLCONV_OK && text.failed)
        status = cc_fail(CLCONV_NO_MEMORY, "no memory for kernel file %s", name);
    if (status == CLCONV_OK)
        status = expand_text(expansion, name, text.s ? text.s : "");
    cc_text_free(&text);
    return status;
}

clconv_status cc_source_expand(cc_text *out, const char *cl_dir, const char *file)
{
    cc_expansion expansion = {.out = out, .dir = cl_dir};
    if (strchr(file, '/') || strlen(file) >= MAX_NAME)
        return cc_fail(CLCONV_INVALID, "a kernel file is named without a folder, not \"%s\"", file);
    CC_TRY(expand(&expansion, file));
    return out->failed ? cc_fail(CLCONV_NO_MEMORY, "no memory for the text of %s", file)
                       : CLCONV_OK;
}
