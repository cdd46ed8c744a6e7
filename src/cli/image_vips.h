/* image_vips.h - what the two files on libvips share. */
#ifndef CLI_IMAGE_VIPS_H
#define CLI_IMAGE_VIPS_H

#include "image.h"
#include "plain.h"
#include <vips/vips.h>

struct image {
    const char *path;
    VipsImage *file; /* its pixels plain numbers of a type that the library has */
    struct image_info info;
    struct plain plain; /* open when is_plain; `file` is without pixels then, NULL until needed */
    bool is_plain;
};

/* Makes `file`, where it is not there yet. False after a message. */
bool image_vips_ready(struct image *image);

VipsBandFormat image_vips_format(clconv_type type); /* NOTSET for f16 */

/* libvips' error text as one line, and forgets it. Until the next call. */
const char *image_vips_reason(void);

/* image_limits_vips.c: false after a message when the image would fill memory. */
bool image_vips_within_limits(const struct image *image, const char *file_name);

#endif
