/* kernel_file.c - kernels from files: libvips matrices, CSV, .npy. */
#include "kernel_text.h"
#include "npy.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MOST = 64 << 20 }; /* bytes: more than any kernel needs */

static bool ends_in(const char *path, const char *suffix)
{
    const size_t a = strlen(path), b = strlen(suffix);
    return a >= b && strcmp(path + a - b, suffix) == 0;
}

/* The whole file with a zero behind it; NULL after a message. */
static char *read_all(const char *path, size_t *length)
{
    FILE *const file = fopen(path, "rb");
    char *data = NULL;
    if (!file) {
        cli_say("%s: %s; after @ stands the name of a kernel file", path, strerror(errno));
        return NULL;
    }
    for (size_t capacity = 1 << 16; capacity <= FILE_MOST; capacity *= 4) {
        char *const larger = realloc(data, capacity + 1);
        if (!larger) {
            cli_no_memory(capacity);
            goto fail;
        }
        data = larger;
        rewind(file);
        *length = fread(data, 1, capacity, file);
        if (ferror(file)) {
            cli_say("%s: cannot be read: %s", path, strerror(errno));
            goto fail;
        }
        if (*length < capacity) {
            data[*length] = '\0';
            fclose(file);
            return data;
        }
    }
    cli_say("%s: more than %d MB is no kernel", path, FILE_MOST >> 20);
fail:
    free(data);
    fclose(file);
    return NULL;
}

static bool from_npy(struct kernel *kernel, const char *path)
{
    struct cli_npy array;
    char shape[128];
    float *values = NULL;
    size_t outer = 1;
    bool ok = false;
    if (!cli_npy_read(&array, path))
        return false;
    for (int i = 0; i + 2 < array.rank; i++)
        outer *= (size_t)array.shape[i];
    const int64_t columns = array.rank ? array.shape[array.rank - 1] : 1;
    const int64_t rows = array.rank > 1 ? array.shape[array.rank - 2] : 1;
    if (outer != 1 || rows > KERNEL_SIDE || columns > KERNEL_SIDE)
        cli_say("%s: an array of shape %s is no kernel; (rows, columns) up to %d is one", path,
                cli_npy_shape(shape, sizeof shape, &array), KERNEL_SIDE);
    else
        ok = kernel_make(kernel, (int)rows, (int)columns, 1) &&
             cli_npy_floats(&values, &array, path);
    for (size_t i = 0; ok && i < array.count; i++) {
        kernel->taps[i] = (double)values[i];
        if (values[i] - values[i] != 0) {
            cli_say("%s: element %zu is not a finite number", path, i);
            ok = false;
        }
    }
    free(values);
    cli_npy_free(&array);
    return ok;
}

static size_t count_words(const char *s)
{
    static const char between[] = " \t\r\n,";
    size_t count = 0;
    while (*(s += strspn(s, between))) {
        count++;
        s += strcspn(s, between);
    }
    return count;
}

/* The first line of a libvips matrix: columns, rows, scale, offset. Returns how many values it
 * has, 0 when this is no such line; `at` is behind it then. */
static int read_matrix_head(const struct kernel_text *text, double head[4], const char **at)
{
    const char *s = text->text;
    int count = 0;
    for (char *end; count < 4; count++, s = end) {
        s += strspn(s, " \t\r");
        head[count] = strtod(s, &end);
        if (end == s || *s == '\n')
            break;
    }
    s += strspn(s, " \t\r");
    *at = s;
    if (count < 2 || *s != '\n' || head[0] < 1 || head[1] < 1 || head[0] > KERNEL_SIDE ||
        head[1] > KERNEL_SIDE || head[0] != (int)head[0] || head[1] != (int)head[1])
        return 0;
    return count;
}

static bool from_matrix(struct kernel *kernel, struct kernel_text *text, const double head[4],
                        int given)
{
    if (!kernel_make(kernel, (int)head[1], (int)head[0], 1))
        return false;
    if (given > 2 && head[2] == 0)
        return kernel_text_wrong(text, text->text, "the scale (third number) must not be 0");
    kernel->scale = given > 2 ? 1 / head[2] : 1;
    kernel->offset = given > 3 ? head[3] : 0;
    return kernel_text_values(kernel, text);
}

/* A text whose first line announces as many values as follow is a matrix; .mat always is one and
 * .csv never. */
static bool from_text(struct kernel *kernel, const char *path, const char *data)
{
    struct kernel_text text = {.name = path, .text = data, .at = data, .fields = ",;", .rows = ""};
    const char *behind;
    double head[4];
    const int given = read_matrix_head(&text, head, &behind);
    if (!given && ends_in(path, ".mat"))
        return kernel_text_wrong(&text, data,
                                 "a matrix begins with its columns and rows, such as \"3 3\"");
    if (given && !ends_in(path, ".csv") &&
        (ends_in(path, ".mat") || (double)count_words(behind) == head[0] * head[1])) {
        text.at = behind;
        return from_matrix(kernel, &text, head, given);
    }
    return kernel_text_rows(kernel, &text);
}

bool kernel_from_file(struct kernel *kernel, const char *path)
{
    size_t length;
    bool ok = false;
    char *const data = read_all(path, &length);
    if (!data)
        return false;
    if (length >= 6 && memcmp(data, "\x93NUMPY", 6) == 0)
        ok = from_npy(kernel, path);
    else if (strlen(data) != length)
        cli_say("%s: neither text nor .npy; a kernel file is a libvips matrix, CSV or .npy", path);
    else
        ok = from_text(kernel, path, data);
    free(data);
    return ok;
}
