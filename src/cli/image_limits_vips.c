/* image_limits_vips.c - files that say more than they can hold, and images that libvips can only
 * decode as a whole. Both would fill memory, whatever the strips do. */
#define _POSIX_C_SOURCE 200809L
#include "image_vips.h"
#include <string.h>
#include <sys/stat.h>

static const double small = 256e6, /* bytes that any machine can take */
    most_packed = 4096, /* pixel bytes in a byte of the file: deflate reaches 1032, LZW 2731 */
    most_at_once = 2e9; /* bytes that are decoded as a whole */

static double bytes_of(const VipsImage *image)
{
    return (double)VIPS_IMAGE_SIZEOF_LINE(image) * (double)image->Ysize;
}

/* Formats whose decoders hold the image, and interlaced PNG and progressive JPEG. */
static bool is_decoded_at_once(const VipsImage *image)
{
    static const char *const loaders[] = {"gif", "webp", "heif"};
    const char *loader = "";
    int interlaced = 0;
    if (vips_image_get_typeof(image, VIPS_META_LOADER) != 0)
        vips_image_get_string(image, VIPS_META_LOADER, &loader);
    for (size_t i = 0; i < sizeof loaders / sizeof loaders[0]; i++)
        if (strncmp(loader, loaders[i], strlen(loaders[i])) == 0)
            return true;
    static const char *const marks[] = {"interlaced", "jpeg-multiscan"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (vips_image_get_typeof(image, marks[i]) != 0 &&
            vips_image_get_int(image, marks[i], &interlaced) == 0 && interlaced)
            return true;
    return false;
}

bool image_vips_within_limits(const struct image_file *file, const char *name)
{
    const double bytes = bytes_of(file->pixels);
    struct stat about;
    if (bytes <= small)
        return true;
    if (stat(name, &about) == 0 && S_ISREG(about.st_mode) &&
        bytes > most_packed * (double)about.st_size) {
        image_host->say(
            "%s: not read: its header announces %d x %d pixels, %.3g GB, and no format packs "
            "that into a file of %.0f bytes",
            file->path, file->pixels->Xsize, file->pixels->Ysize, bytes / 1e9,
            (double)about.st_size);
        return false;
    }
    if (bytes > most_at_once && is_decoded_at_once(file->pixels)) {
        image_host->say(
            "%s: not read: an image of this format, or interlaced, is decoded as a whole, and "
            "its %.3g GB pass the %.0f GB allowed for that; convert it to TIFF, or to PNG or "
            "JPEG that is not interlaced",
            file->path, bytes / 1e9, most_at_once / 1e9);
        return false;
    }
    return true;
}
