/* image_vips.h - what the files of the module for libvips share. */
#ifndef CLI_IMAGE_VIPS_H
#define CLI_IMAGE_VIPS_H

#include "image_module.h"
#include <vips/vips.h>

struct image_file {
    const char *path;
    VipsImage *pixels; /* plain numbers of a type that the library has */
};

extern const struct image_host *image_host;

VipsBandFormat image_vips_format(clconv_type type); /* NOTSET for f16 */

bool image_vips_has_alpha(VipsImage *image); /* as its last band */

/* libvips' error text as one line, and forgets it. Until the next call. */
const char *image_vips_reason(void);

/* image_limits_vips.c: false after a message when the image would fill memory. */
bool image_vips_within_limits(const struct image_file *file, const char *name);

/* image_save_vips.c, for the module's table. */
bool image_vips_can_save(const struct image_file *file, const char *out, clconv_type type);
int image_vips_reach(const struct image_file *file);
bool image_vips_save(const struct image_file *file, const struct image_result *result,
                     const char *out, const char *temp);

#endif
