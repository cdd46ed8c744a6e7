/* image_novips.c - a build without libvips has no module for it. */
#include "image_module.h"

const struct image_module *image_module(const char *path, bool is_read)
{
    static const char suffixes[] =
        ".pgm, .ppm, .pfm and .npy, without [options] (this build has no libvips)";
    if (is_read)
        cli_say("%s: no image that is read here; without libvips these are %s", path, suffixes);
    else
        cli_say("%s: no format is known by this suffix; there are %s", path, suffixes);
    return NULL;
}
