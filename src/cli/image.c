/* image.c - what image.h promises: PNM, PFM and .npy by plain.c, the rest by the module. */
#define _POSIX_C_SOURCE 200809L
#include "image.h"
#include "cli.h"
#include "image_module.h"
#include "output.h"
#include "pixels.h"
#include "plain.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
    const char *path;
    struct image_info info;
    bool is_plain, to_plain;           /* read, to be written, without the module */
    struct plain plain;                /* open when is_plain */
    const struct image_module *module; /* once it is needed */
    struct image_file *file;           /* its own; of a plain image without pixels */
};

enum { WRITE_BYTES = 1 << 22 }; /* computed between two writes */

static bool has_no_options(const char *path)
{
    cli_say("%s: this format has no [options]", path);
    return false;
}

/* PATH without "[options]", which PNM, PFM or .npy of that very name has not; malloc'd. NULL after
 * a message. */
static char *file_name(const char *path, bool is_read)
{
    const size_t length = strlen(path);
    const bool is_whole = is_read && plain_is(path);
    if (length > 0 && path[length - 1] == ']' && !is_whole) {
        const struct image_module *const module = image_module(path, is_read);
        return module ? module->file_name(path) : NULL;
    }
    char *const copy = strdup(path);
    if (!copy)
        cli_no_memory(length);
    return copy;
}

/* False after a message when there is no such file to read. */
static bool is_file(const char *path)
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
static struct image_info info_of(const struct plain *plain)
{
    const bool integer = plain->type == CLCONV_U8 || plain->type == CLCONV_U16;
    return (struct image_info){.width = plain->width,
                               .height = plain->height,
                               .bands = plain->bands,
                               .type = plain->type,
                               .is_srgb = plain->bands == 1 || (plain->bands == 3 && integer)};
}

static bool save_plain(const struct image_result *result, struct cli_output *output)
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

/* ---- opening ---- */

static bool open_plain(struct image *image, const char *name)
{
    if (strcmp(name, image->path) != 0)
        return has_no_options(image->path);
    image->is_plain = plain_open(&image->plain, image->path);
    if (image->is_plain)
        image->info = info_of(&image->plain);
    return image->is_plain;
}

static bool open_file(struct image *image, const char *name, bool random)
{
    image->module = image_module(image->path, true);
    return image->module &&
           image->module->open(&image->file, image->path, name, random, &image->info);
}

bool image_open(struct image **image, const char *path, bool random)
{
    struct image *const made = calloc(1, sizeof *made);
    char *const name = file_name(path, true);
    bool ok = made && name && is_file(name);
    if (!made)
        cli_no_memory(sizeof *made);
    if (ok) {
        made->path = path;
        ok = plain_is(name) ? open_plain(made, name) : open_file(made, name, random);
    }
    if (ok)
        *image = made;
    else
        image_close(made);
    free(name);
    return ok;
}

void image_close(struct image *image)
{
    if (!image)
        return;
    if (image->file)
        image->module->close(image->file);
    if (image->is_plain)
        plain_close(&image->plain);
    free(image);
}

const struct image_info *image_info(const struct image *image)
{
    return &image->info;
}

const void *image_profile(const struct image *image, size_t *bytes)
{
    *bytes = 0;
    return image->is_plain ? NULL : image->module->profile(image->file, bytes);
}

bool image_read(struct image *image, int first, int count, void *rows)
{
    return image->is_plain ? plain_read(&image->plain, first, count, rows)
                           : image->module->read(image->file, first, count, rows);
}

/* ---- writing ---- */

char *image_target(const char *out)
{
    return file_name(out, false);
}

static bool can_save_file(struct image *image, const char *out, clconv_type type)
{
    image->module = image_module(out, false);
    return image->module &&
           (image->file || image->module->describe(&image->file, image->path, &image->info)) &&
           image->module->can_save(image->file, out, type);
}

bool image_can_save(struct image *image, const char *out, clconv_type type)
{
    image->to_plain = plain_writes(out);
    if (image->to_plain)
        return plain_can_hold(out, type, image->info.bands);
    char *const name = image_target(out);
    const bool ok =
        name && (plain_writes(name) ? has_no_options(out) : can_save_file(image, out, type));
    free(name);
    return ok;
}

int image_reach(const struct image *image)
{
    return image->to_plain ? 0 : image->module->reach(image->file);
}

bool image_save(struct image *image, const struct image_result *result, const char *out,
                struct cli_output *output)
{
    return image->to_plain ? save_plain(result, output)
                           : image->module->save(image->file, result, out, output->temp);
}
