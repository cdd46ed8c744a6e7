/* npy.c - arrays in NumPy's .npy format: "\x93NUMPY", version, length of the header (2 bytes in
 * version 1, 4 bytes in 2 and 3, little endian), header, elements. */
#define _POSIX_C_SOURCE 200809L
#include "npy.h"
#include "cli.h"
#include "npy_header.h"
#include "output.h"
#include "text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* NumPy itself refuses headers above 10000 bytes; a header of plain numbers has some 120. */
enum { PREAMBLE = 8, HEADER_MAX = 65535, ALIGNMENT = 64 };

static const char magic[] = "\x93NUMPY";

static bool damaged(const char *path, const char *what)
{
    cli_fail("%s: %s", path, what);
    return false;
}

const char *cli_npy_shape(char *text, size_t bytes, const struct cli_npy *array)
{
    size_t used = (size_t)snprintf(text, bytes, "(");
    for (int i = 0; i < array->rank && used < bytes; i++)
        used += (size_t)snprintf(text + used, bytes - used, "%s%lld", i ? ", " : "",
                                 (long long)array->shape[i]);
    if (used < bytes)
        snprintf(text + used, bytes - used, array->rank == 1 ? ",)" : ")");
    return text;
}

/* The header's text, malloc'd; *start gets the offset of the elements. */
static char *read_header(FILE *file, int64_t file_bytes, const char *path, int64_t *start)
{
    unsigned char head[PREAMBLE + 4];
    if (fread(head, 1, PREAMBLE, file) != PREAMBLE || memcmp(head, magic, 6) != 0) {
        damaged(path, "no .npy file (it does not begin as one)");
        return NULL;
    }
    if (head[6] < 1 || head[6] > 3) {
        damaged(path, "a .npy version that is not 1, 2 or 3");
        return NULL;
    }
    const size_t wide = head[6] == 1 ? 2 : 4;
    if (fread(head + PREAMBLE, 1, wide, file) != wide) {
        damaged(path, "ends inside its header");
        return NULL;
    }
    uint32_t length = 0;
    for (size_t i = 0; i < wide; i++)
        length |= (uint32_t)head[PREAMBLE + i] << (8 * i);
    *start = (int64_t)(PREAMBLE + wide + length);
    if (*start > file_bytes) {
        damaged(path, "ends inside its header");
        return NULL;
    }
    if (length > HEADER_MAX) {
        damaged(path, "has a header of more than 65535 bytes, which no array needs");
        return NULL;
    }
    char *text = calloc(1, length + 1);
    if (!text) {
        cli_no_memory(length);
        return NULL;
    }
    if (fread(text, 1, length, file) != length || strlen(text) != length) {
        free(text);
        damaged(path, "has a header that is not text");
        return NULL;
    }
    return text;
}

static void swap_bytes(void *data, size_t count, int size)
{
    unsigned char *at = data;
    for (size_t i = 0; i < count; i++, at += size) {
        for (int a = 0, b = size - 1; a < b; a++, b--) {
            const unsigned char byte = at[a];
            at[a] = at[b];
            at[b] = byte;
        }
    }
}

/* From the order in which the first index runs fastest to the one in which the last does. */
static bool from_fortran(struct cli_npy *array)
{
    const size_t size = (size_t)array->size;
    size_t step[CLI_NPY_RANK], index[CLI_NPY_RANK] = {0}, from = 0, all = 1;
    char *turned = malloc(array->count * size);
    if (!turned) {
        cli_no_memory(array->count * size);
        return false;
    }
    for (int k = 0; k < array->rank; k++) {
        step[k] = all;
        all *= (size_t)array->shape[k];
    }
    for (size_t i = 0; i < array->count; i++) {
        memcpy(turned + i * size, (const char *)array->data + from * size, size);
        for (int k = array->rank - 1; k >= 0; k--) {
            from += step[k];
            if (++index[k] < (size_t)array->shape[k])
                break;
            from -= step[k] * index[k];
            index[k] = 0;
        }
    }
    free(array->data);
    array->data = turned;
    return true;
}

static bool read_elements(struct cli_npy *array, FILE *file, const char *path)
{
    const size_t bytes = array->count * (size_t)array->size;
    array->data = malloc(bytes);
    if (!array->data) {
        cli_no_memory(bytes);
        return false;
    }
    if (fread(array->data, 1, bytes, file) != bytes)
        return damaged(path, ferror(file) ? strerror(errno) : "ends before its last element");
    if (array->swapped)
        swap_bytes(array->data, array->count, array->size);
    return !array->fortran || array->rank < 2 || from_fortran(array);
}

static bool size_matches(const struct cli_npy *array, int64_t file_bytes, const char *path)
{
    const int64_t want = (int64_t)array->count * array->size;
    char shape[160];
    if (want == file_bytes - array->start)
        return true;
    cli_fail("%s: the header promises shape %s, %lld bytes, but %lld bytes follow it; the file is "
             "truncated or damaged",
             path, cli_npy_shape(shape, sizeof(shape), array), (long long)want,
             (long long)(file_bytes - array->start));
    return false;
}

static bool look(struct cli_npy *array, FILE *file, const char *path)
{
    struct stat about;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode))
        return damaged(path, "no regular file");
    char *text = read_header(file, about.st_size, path, &array->start);
    const bool parsed = text && cli_npy_header_parse(array, text, path);
    free(text);
    return parsed && size_matches(array, about.st_size, path);
}

static bool read_file(struct cli_npy *array, const char *path, bool with_elements)
{
    memset(array, 0, sizeof(*array));
    FILE *file = fopen(path, "rb");
    if (!file)
        return damaged(path, strerror(errno));
    const bool done =
        look(array, file, path) && (!with_elements || read_elements(array, file, path));
    fclose(file);
    if (!done)
        cli_npy_free(array);
    return done;
}

bool cli_npy_read(struct cli_npy *array, const char *path)
{
    return read_file(array, path, true);
}

bool cli_npy_look(struct cli_npy *array, const char *path)
{
    return read_file(array, path, false);
}

void cli_npy_free(struct cli_npy *array)
{
    free(array->data);
    array->data = NULL;
}

bool cli_npy_write_header(struct cli_output *output, clconv_type type, int rank,
                          const int64_t *shape)
{
    static const char kinds[] = {'f', 'f', 'f', 'u', 'i', 'u', 'i'}; /* by clconv_type */
    const uint16_t one = 1;
    const int size = (int)clconv_type_size(type);
    const char order = size == 1 ? '|' : *(const unsigned char *)&one ? '<' : '>';
    unsigned char preamble[PREAMBLE + 2] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    struct cli_npy about = {.rank = rank};
    struct cli_text head = {0};
    char text[160];
    memcpy(about.shape, shape, (size_t)rank * sizeof(*shape));
    cli_text_add(&head, "{'descr': '%c%c%d', 'fortran_order': False, 'shape': %s, }", order,
                 kinds[type], size, cli_npy_shape(text, sizeof(text), &about));
    while ((sizeof(preamble) + head.length + 1) % ALIGNMENT)
        cli_text_add(&head, " ");
    cli_text_add(&head, "\n");
    preamble[PREAMBLE] = (unsigned char)(head.length & 0xff);
    preamble[PREAMBLE + 1] = (unsigned char)(head.length >> 8);
    const bool done = cli_output_write(output, preamble, sizeof(preamble)) &&
                      cli_output_write(output, head.data, head.length);
    cli_text_free(&head);
    return done;
}

bool cli_npy_write(const char *path, clconv_type type, int rank, const int64_t *shape,
                   const void *data)
{
    struct cli_output output;
    size_t bytes = clconv_type_size(type);
    for (int i = 0; i < rank; i++)
        bytes *= (size_t)shape[i];
    return cli_output_begin(&output, path) && cli_npy_write_header(&output, type, rank, shape) &&
           cli_output_write(&output, data, bytes) && cli_output_commit(&output);
}
