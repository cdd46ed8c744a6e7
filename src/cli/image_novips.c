/* image_novips.c - images without libvips: PNM, PFM and .npy. */
#define _POSIX_C_SOURCE 200809L
#include "cli.h"
#include "image.h"
#include "plain.h"
#include <stdlib.h>
#include <string.h>

const char image_suffixes[] = ".pgm, .ppm, .pfm and .npy (this build has no libvips)";

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
    made->info = image_plain_info(&made->plain);
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

bool image_can_save(struct image *image, const char *out, clconv_type type)
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
    (void)image, (void)out;
    return image_save_plain(result, output);
}
