/* plain.c - reading PNM, PFM and .npy as images. */
#define _POSIX_C_SOURCE 200809L
#include "plain.h"
#include "cli.h"
#include "npy.h"
#include "plain_text.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_MOST = 4096 }; /* bytes of a header, comments included */

static size_t row_bytes(const struct plain *plain)
{
    return (size_t)plain->width * (size_t)plain->bands * clconv_type_size(plain->type);
}

/* The first bytes of a regular file; their number, -1 when there is none. */
static ssize_t read_head(int fd, char head[HEAD_MOST + 1])
{
    const ssize_t length = pread(fd, head, HEAD_MOST, 0);
    head[length > 0 ? length : 0] = '\0';
    return length;
}

static bool is_npy(const char *head)
{
    return memcmp(head, "\x93NUMPY", 6) == 0;
}

static bool is_netpbm(const char *head)
{
    return head[0] == 'P' && head[1] && strchr("1234567Ff", head[1]) && strchr(" \t\r\n#", head[2]);
}

bool plain_is(const char *path)
{
    char head[HEAD_MOST + 1] = "";
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t length = fd < 0 ? -1 : read_head(fd, head);
    if (fd >= 0)
        close(fd);
    return length > 2 && (is_npy(head) || is_netpbm(head));
}

static bool is_image(const struct cli_npy *array, const char *path)
{
    char shape[128];
    if ((array->rank == 2 || array->rank == 3) && array->count > 0 &&
        array->shape[0] <= INT32_MAX && array->shape[1] <= INT32_MAX &&
        (array->rank == 2 || array->shape[2] <= INT32_MAX))
        return true;
    cli_say("%s: an array of shape %s is no image; (rows, columns) or (rows, columns, bands) is "
            "one, and `clconv conv` takes every other",
            path, cli_npy_shape(shape, sizeof shape, array));
    return false;
}

static bool from_npy(struct plain *plain)
{
    struct cli_npy array;
    if (!cli_npy_look(&array, plain->path) || !is_image(&array, plain->path) ||
        !cli_npy_type(&plain->type, &array, plain->path))
        return false;
    if (plain->type == CLCONV_F16) {
        cli_say("%s: images of f16 are not read; save it with x.astype('f4')", plain->path);
        return false;
    }
    plain->format = ".npy";
    plain->height = (int)array.shape[0];
    plain->width = (int)array.shape[1];
    plain->bands = array.rank == 3 ? (int)array.shape[2] : 1;
    plain->pixels = array.start;
    plain->swap = array.swapped;
    if (array.fortran && !cli_npy_read(&array, plain->path))
        return false;
    plain->memory = array.data;
    return true;
}

/* The header is there; the pixels have to be, too. */
static bool check_length(const struct plain *plain)
{
    struct stat about;
    const double wanted = (double)plain->pixels + (double)row_bytes(plain) * plain->height;
    if (fstat(plain->fd, &about) == 0 && (double)about.st_size >= wanted)
        return true;
    cli_say("%s: truncated: %d x %d pixels of %d bytes need %.0f bytes, and the file has %lld",
            plain->path, plain->width, plain->height,
            plain->bands * (int)clconv_type_size(plain->type), wanted, (long long)about.st_size);
    return false;
}

static bool from_netpbm(struct plain *plain, char *head)
{
    struct plain_head parsed;
    if (!plain_head_parse(&parsed, head, plain->path))
        return false;
    plain->format = parsed.is_pfm ? "PFM" : "PNM";
    plain->width = parsed.width;
    plain->height = parsed.height;
    plain->bands = parsed.bands;
    plain->largest = parsed.largest;
    plain->swap =
        parsed.is_pfm ? parsed.big_endian == plain_little_endian() : plain_little_endian();
    plain->upwards = parsed.is_pfm;
    plain->type = parsed.is_pfm ? CLCONV_F32 : parsed.largest > 255 ? CLCONV_U16 : CLCONV_U8;
    plain->pixels = parsed.length;
    if (parsed.is_text) {
        plain->memory = plain_text_pixels(plain);
        return plain->memory != NULL;
    }
    return check_length(plain);
}

bool plain_open(struct plain *plain, const char *path)
{
    char head[HEAD_MOST + 1];
    struct stat about;
    *plain = (struct plain){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (plain->fd < 0 || fstat(plain->fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        read_head(plain->fd, head) < 0) {
        cli_say("%s: %s", path, plain->fd < 0 ? strerror(errno) : "is no regular file");
        plain_close(plain);
        return false;
    }
    const bool ok = is_npy(head) ? from_npy(plain) : from_netpbm(plain, head);
    if (!ok)
        plain_close(plain);
    return ok;
}

void plain_close(struct plain *plain)
{
    if (plain->fd >= 0)
        close(plain->fd);
    free(plain->memory);
    *plain = (struct plain){.fd = -1};
}

static bool read_at(const struct plain *plain, void *to, size_t bytes, long long offset)
{
    char *at = to;
    while (bytes > 0) {
        const ssize_t n = pread(plain->fd, at, bytes, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            cli_say("%s: cannot be read: %s", plain->path,
                    n < 0 ? strerror(errno) : "it became shorter meanwhile");
            return false;
        }
        at += n;
        offset += n;
        bytes -= (size_t)n;
    }
    return true;
}

static void swap_bytes(unsigned char *data, size_t bytes, size_t size)
{
    for (size_t i = 0; i < bytes; i += size)
        for (size_t a = 0, b = size - 1; a < b; a++, b--) {
            const unsigned char keep = data[i + a];
            data[i + a] = data[i + b];
            data[i + b] = keep;
        }
}

/* Values 0 .. largest to 0 .. 255 or 65535, rounded; larger ones in a lying file become white. */
void plain_stretch(const struct plain *plain, void *rows, size_t values)
{
    const uint32_t largest = (uint32_t)plain->largest, white = largest > 255 ? 65535 : 255;
    if (largest == 0 || largest == white || plain->type == CLCONV_F32)
        return;
    for (size_t i = 0; i < values; i++) {
        uint8_t *const v8 = (uint8_t *)rows + i;
        uint16_t *const v16 = (uint16_t *)rows + i;
        const uint32_t v = plain->type == CLCONV_U8 ? *v8 : *v16;
        const uint32_t stretched = ((v < largest ? v : largest) * white + largest / 2) / largest;
        if (plain->type == CLCONV_U8)
            *v8 = (uint8_t)stretched;
        else
            *v16 = (uint16_t)stretched;
    }
}

static bool read_rows(const struct plain *plain, int first, int count, unsigned char *rows)
{
    const size_t bytes = row_bytes(plain);
    const size_t size = clconv_type_size(plain->type);
    if (!read_at(plain, rows, bytes * (size_t)count,
                 plain->pixels + (long long)bytes * (long long)first))
        return false;
    if (plain->swap && size > 1)
        swap_bytes(rows, bytes * (size_t)count, size);
    plain_stretch(plain, rows, bytes * (size_t)count / size);
    return true;
}

bool plain_read(const struct plain *plain, int first, int count, void *rows)
{
    const size_t bytes = row_bytes(plain);
    if (plain->memory && !plain->upwards) {
        memcpy(rows, plain->memory + bytes * (size_t)first, bytes * (size_t)count);
        return true;
    }
    if (!plain->upwards)
        return read_rows(plain, first, count, rows);
    for (int i = 0; i < count; i++)
        if (!read_rows(plain, plain->height - 1 - first - i, 1,
                       (unsigned char *)rows + bytes * (size_t)i))
            return false;
    return true;
}
