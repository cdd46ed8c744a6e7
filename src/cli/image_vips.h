/* image_vips.h - what the two files on libvips share. */
#ifndef CLI_IMAGE_VIPS_H
#define CLI_IMAGE_VIPS_H

#include "image.h"
#include "plain.h"
#include <vips/vips.h>

struct image {
    const char *path;
    VipsImage *file;  /* as opened; an alpha band included */
    VipsImage *ready; /* what is filtered */
    struct image_info info;
    struct plain plain; /* open when our own reader is behind `file` */
    bool is_plain;
};

VipsBandFormat image_vips_format(clconv_type type); /* NOTSET for f16 */

/* libvips' error text as one line, and forgets it. Until the next call. */
const char *image_vips_reason(void);

/* Replaces *image by what an operation has put into *made; false when its status says it failed. */
bool image_vips_step(VipsImage **image, int status, VipsImage *const *made);

/* Colour and alpha apart: each may be changed, then they are joined again. */
bool image_vips_split(VipsImage *image, VipsImage **colour, VipsImage **alpha);
bool image_vips_join(VipsImage **image, VipsImage *colour, VipsImage *alpha);

#endif
