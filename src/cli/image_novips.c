/* image_novips.c - images without libvips: PNM, PFM and .npy. */
#define _POSIX_C_SOURCE 200809L
#include "cli.h"
#include "image.h"
#include "output.h"
#include "plain.h"
#include <stdlib.h>
#include <string.h>

const char image_suffixes[] = ".pgm, .ppm, .pfm and .npy (this build has no libvips)";

enum { WRITE_BYTES = 1 << 22 }; /* computed between two writes */

struct image {
    struct plain plain;
    struct image_info info;
};

bool image_open(struct image **image, const char *path, bool random)
{
    (void)random; /* rows come in any order anyway */
    if (!image_file_there(path))
        return false;
    if (!plain_is(path)) {
        cli_say("%s: no image that is read here; without libvips these are %s", path,
                image_suffixes);
        return false;
    }
    struct image *const made = calloc(1, sizeof *made);
    if (!made) {
        cli_no_memory(sizeof *made);
        return false;
    }
    if (!plain_open(&made->plain, path)) {
        free(made);
        return false;
    }
    made->info = (struct image_info){.width = made->plain.width,
                                     .height = made->plain.height,
                                     .bands = made->plain.bands,
                                     .type = made->plain.type,
                                     .is_srgb = true};
    *image = made;
    return true;
}

const struct image_info *image_info(const struct image *image)
{
    return &image->info;
}

const void *image_profile(const struct image *image, size_t *bytes)
{
    (void)image;
    *bytes = 0;
    return NULL;
}

bool image_read(struct image *image, int first, int count, void *rows)
{
    return plain_read(&image->plain, first, count, rows);
}

int image_reach(const struct image *image)
{
    (void)image;
    return 0;
}

void image_close(struct image *image)
{
    if (image)
        plain_close(&image->plain);
    free(image);
}

char *image_target(const char *out)
{
    char *const copy = strdup(out);
    if (!copy)
        cli_no_memory(strlen(out));
    return copy;
}

bool image_can_save(const struct image *image, const char *out, clconv_type type)
{
    if (!plain_writes(out)) {
        cli_say("%s: no format is known by this suffix; there are %s", out, image_suffixes);
        return false;
    }
    return plain_can_hold(out, type, image->info.bands);
}

bool image_save(struct image *image, const struct image_result *result, const char *out,
                struct cli_output *output)
{
    struct plain_writer writer;
    const size_t bytes =
        (size_t)result->width * (size_t)result->bands * clconv_type_size(result->type);
    const int step = bytes < WRITE_BYTES ? (int)(WRITE_BYTES / bytes) : 1;
    unsigned char *const rows = malloc(bytes * (size_t)step);
    (void)image, (void)out;
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
