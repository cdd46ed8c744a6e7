/* image_module.h - what the command and its module for libvips know of each other.
 *
 * Linking libvips and the hundred libraries behind it takes longer than to filter a small image, so
 * that they come with a module, which is loaded when a file first needs it. */
#ifndef CLI_IMAGE_MODULE_H
#define CLI_IMAGE_MODULE_H

#include "cli.h"
#include "image.h"

struct image_file; /* an image of libvips */

struct image_host { /* what the module uses of the command */
    void (*say)(const char *format, ...) CLI_PRINTF(1, 2);
    int (*no_memory)(size_t bytes);
    bool (*wrong_type)(const char *out, const char *format, const char *holds, clconv_type type);
    const char *(*type_name)(clconv_type type);
};

enum {
    IMAGE_MODULE_VERSION =
        (CLCONV_VERSION_MAJOR * 1000 + CLCONV_VERSION_MINOR) * 1000 + CLCONV_VERSION_PATCH
};

/* False after a message, as throughout. */
struct image_module {
    int version; /* IMAGE_MODULE_VERSION; first, whatever follows */
    bool (*start)(const struct image_host *host);
    /* The file's name in PATH, which may end in "[options]"; malloc'd. NULL after a message. */
    char *(*file_name)(const char *path);
    /* PATH with its options is used until close; name: its file. */
    bool (*open)(struct image_file **file, const char *path, const char *name, bool random,
                 struct image_info *info);
    /* An image without pixels, for what is read elsewhere and written by save. */
    bool (*describe)(struct image_file **file, const char *path, const struct image_info *info);
    void (*close)(struct image_file *file);
    /* image.h has these four. */
    const void *(*profile)(const struct image_file *file, size_t *bytes);
    bool (*read)(struct image_file *file, int first, int count, void *rows);
    bool (*can_save)(const struct image_file *file, const char *out, clconv_type type);
    int (*reach)(const struct image_file *file);
    /* Writes `temp`, in the format and with the options of OUT. */
    bool (*save)(const struct image_file *file, const struct image_result *result, const char *out,
                 const char *temp);
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct image_module clconv_image_module; /* the module's */

/* image_load.c, image_novips.c: the module, started. NULL after a message about the file that is to
 * be read or, else, written. */
const struct image_module *image_module(const char *path, bool is_read);

#endif
