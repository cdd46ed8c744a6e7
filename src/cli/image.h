/* image.h - one face for images in files: PNM, PFM and .npy by plain.c, others by libvips in a
 * module (image_module.h), or not at all in a build without it.
 *
 * An image is read row by row and written by pulling rows out of what computes them, so that
 * neither is whole in memory: but for PNM as text and .npy in Fortran order, and for what libvips
 * cannot read so. */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include <clconv/clconv.h>
#include <stdbool.h>
#include <stddef.h>

struct cli_output; /* output.h */
struct image;

struct image_info {
    int width, height, bands; /* bands side by side */
    clconv_type type;
    bool has_alpha; /* the last band */
    bool is_srgb;   /* where no profile says otherwise */
};

/* random: rows will be asked for in any order. False after a message. */
bool image_open(struct image **image, const char *path, bool random);
const struct image_info *image_info(const struct image *image);
/* The embedded ICC profile, NULL when there is none. */
const void *image_profile(const struct image *image, size_t *bytes);
/* From any thread, one at a time. False after a message. */
bool image_read(struct image *image, int first, int count, void *rows);
void image_close(struct image *image); /* NULL is accepted */

/* What is written: pulled by rows(), which is called by one thread at a time, roughly in order:
 * never for rows more than image_reach before the last that was asked for. */
struct image_result {
    int width, height, bands;
    clconv_type type;
    bool (*rows)(void *user, int first, int count, void *to); /* false after a message */
    void *user;
};
int image_reach(const struct image *image); /* known after image_can_save */

/* The file's name in OUT, without "[options]" of libvips; malloc'd. */
char *image_target(const char *out);
/* Says why not, and the remedy, when the format of OUT cannot hold such an image; readies it for
 * that format otherwise. */
bool image_can_save(struct image *image, const char *out, clconv_type type);
/* Writes what can be saved to an output that has begun on image_target(out), without committing it.
 * False after a message; the output may be discarded then. */
bool image_save(struct image *image, const struct image_result *result, const char *out,
                struct cli_output *output);

/* "OUT: PNG holds u8 and u16, and the result is f32; ..."; returns false. */
bool image_wrong_type(const char *out, const char *format, const char *holds, clconv_type type);
/* The remedy where a format does not hold so many. */
#define IMAGE_MANY_BANDS ".tif and .npy hold any number"

#endif
