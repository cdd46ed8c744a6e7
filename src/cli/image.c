/* image.c - what both builds do and say: formats without libvips, and files. */
#define _POSIX_C_SOURCE 200809L
#include "image.h"
#include "cli.h"
#include "pixels.h"
#include "plain.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char image_many_bands[] = ".tif and .npy hold any number";

enum { WRITE_BYTES = 1 << 22 }; /* computed between two writes */

bool image_file_there(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || access(path, R_OK) != 0) {
        cli_say("%s: %s", path, strerror(errno));
        return false;
    }
    if (S_ISREG(about.st_mode) && about.st_size == 0) {
        cli_say("%s: the file is empty", path);
        return false;
    }
    if (!S_ISREG(about.st_mode))
        cli_say("%s: %s", path,
                S_ISDIR(about.st_mode) ? "is a folder; name an image in it"
                                       : "is no file; write what comes from there to a file first");
    return S_ISREG(about.st_mode);
}

bool image_wrong_type(const char *out, const char *format, const char *holds, clconv_type type)
{
    const char *const name = clconv_type_name(type);
    if (type == CLCONV_U16)
        cli_say(
            "%s: %s holds %s, and the result is %s; give --type u8 (and, for a kernel in "
            "numbers on an image of 16 bits, --scale %.6g, 255 / 65535), or write a format that "
            "holds %s, such as .png, .tif or .npy",
            out, format, holds, name, pixels_most(CLCONV_U8) / pixels_most(CLCONV_U16), name);
    else
        cli_say("%s: %s holds %s, and the result is %s; give another --type (with --scale and "
                "--offset that bring the values into its range), or write a format that holds %s, "
                "such as %s.npy",
                out, format, holds, name, name, type == CLCONV_F64 ? "" : ".tif or ");
    return false;
}

/* Colours that are no integers are taken for light itself, as PFM has it. */
struct image_info image_plain_info(const struct plain *plain)
{
    const bool integer = plain->type == CLCONV_U8 || plain->type == CLCONV_U16;
    return (struct image_info){.width = plain->width,
                               .height = plain->height,
                               .bands = plain->bands,
                               .type = plain->type,
                               .is_srgb = plain->bands == 1 || (plain->bands == 3 && integer)};
}

bool image_save_plain(const struct image_result *result, struct cli_output *output)
{
    struct plain_writer writer;
    const size_t bytes =
        (size_t)result->width * (size_t)result->bands * clconv_type_size(result->type);
    const int step = bytes < WRITE_BYTES ? (int)(WRITE_BYTES / bytes) : 1;
    unsigned char *const rows = malloc(bytes * (size_t)step);
    if (!rows) {
        cli_no_memory(bytes * (size_t)step);
        return false;
    }
    bool ok =
        plain_begin(&writer, output, result->width, result->height, result->bands, result->type);
    for (int row = 0; ok && row < result->height; row += step) {
        const int left = result->height - row, count = left < step ? left : step;
        ok = result->rows(result->user, row, count, rows) && plain_write(&writer, row, count, rows);
    }
    free(rows);
    return ok;
}
