/* image_save_vips.c - the module for libvips: writing images, by pulling their rows. */
#define _POSIX_C_SOURCE 200809L
#include "image_vips.h"
#include <stdlib.h>
#include <string.h>

/* TIFF's offsets have 32 bits; what is written beyond the pixels stays far below the rest. */
static const double tiff_most = 4e9;

struct save {
    const struct image_result *result;
    GMutex lock;
    bool failed; /* after a message */
    unsigned char *row;
};

/* ---- what a format can hold ---- */

/* The saver for a file of that name, to be released; NULL after a message. */
static VipsForeignSaveClass *saver_of(const char *name, const char *out)
{
    const char *const saver = vips_foreign_find_save(name);
    const GType type = saver ? g_type_from_name(saver) : 0;
    vips_error_clear();
    if (!type) {
        image_host->say(
            "%s: no format is known by this suffix; there are .png, .jpg, .tif, .webp, .pgm, "
            ".ppm, .pfm, .npy and what else libvips writes",
            out);
        return NULL;
    }
    return g_type_class_ref(type);
}

static const char *nickname(VipsForeignSaveClass *saver)
{
    return VIPS_OBJECT_CLASS(saver)->nickname;
}

/* "PNG" of the saver "pngsave" */
static void format_name(char text[16], VipsForeignSaveClass *saver)
{
    g_snprintf(text, 16, "%s", nickname(saver));
    char *const end = strstr(text, "save");
    if (end)
        *end = '\0';
    for (char *s = text; *s; s++)
        *s = g_ascii_toupper(*s);
}

/* libvips writes TIFF of f64 and cannot read it. */
static bool holds(VipsForeignSaveClass *saver, clconv_type type)
{
    const VipsBandFormat format = image_vips_format(type);
    if (type == CLCONV_F64 && strcmp(nickname(saver), "tiffsave") == 0)
        return false;
    return format != VIPS_FORMAT_NOTSET && saver->format_table[format] == format;
}

static bool holds_type(VipsForeignSaveClass *saver, const char *out, clconv_type type)
{
    static const clconv_type all[] = {CLCONV_U8,  CLCONV_S8,  CLCONV_U16,
                                      CLCONV_S16, CLCONV_F32, CLCONV_F64};
    char name[16], list[80] = "";
    if (holds(saver, type))
        return true;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (holds(saver, all[i])) {
            g_strlcat(list, *list ? ", " : "", sizeof list);
            g_strlcat(list, image_host->type_name(all[i]), sizeof list);
        }
    format_name(name, saver);
    return image_host->wrong_type(out, name, list, type);
}

static bool is_one_of(VipsForeignSaveClass *saver, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(nickname(saver), *names) == 0)
            return true;
    return false;
}

/* libvips drops bands that a saver does not take, and turns CMYK into something else. */
static bool holds_bands(VipsForeignSaveClass *saver, const struct image_file *file, const char *out)
{
    static const char *const any[] = {"tiffsave", "vipssave", "rawsave",
                                      "fitssave", "jp2ksave", NULL};
    const VipsInterpretation space = file->pixels->Type;
    const int bands = file->pixels->Bands;
    char name[16];
    format_name(name, saver);
    if (is_one_of(saver, any))
        return true;
    if (space == VIPS_INTERPRETATION_CMYK && strcmp(nickname(saver), "jpegsave") != 0) {
        image_host->say("%s: %s holds no CMYK, which the image is; .tif and .jpg do", out, name);
        return false;
    }
    if ((space == VIPS_INTERPRETATION_MULTIBAND && bands > 2) ||
        bands > (space == VIPS_INTERPRETATION_CMYK ? 5 : 4)) {
        image_host->say("%s: %s holds grey or colour, with alpha or without, and the result has %d "
                        "bands; " IMAGE_MANY_BANDS,
                        out, name, bands);
        return false;
    }
    return true;
}

bool image_vips_can_save(const struct image_file *file, const char *out, clconv_type type)
{
    char *const name = vips_filename_get_filename(out);
    VipsForeignSaveClass *const saver = saver_of(name, out);
    bool ok = false;
    if (saver && strcmp(nickname(saver), "dzsave") == 0)
        image_host->say(
            "%s: a pyramid of tiles is a folder, not a file; write .tif and convert that", out);
    else if (saver)
        ok = holds_type(saver, out, type) && holds_bands(saver, file, out);
    if (ok && image_vips_has_alpha(file->pixels) && strcmp(nickname(saver), "jpegsave") == 0)
        image_host->say("%s: JPEG has no alpha: the image is laid on black; [background=255] at "
                        "the end of the name makes it white",
                        out);
    if (saver)
        g_type_class_unref(saver);
    g_free(name);
    return ok;
}

/* The rows of one of its buffers, in which it may go from tile to tile. */
int image_vips_reach(const struct image_file *file)
{
    int width, height, lines;
    vips_get_tile_size(file->pixels, &width, &height, &lines);
    return lines;
}

/* ---- the result as an image that is computed when it is asked for ---- */

static int generate(VipsRegion *region, void *sequence, void *a, void *b, gboolean *stop)
{
    struct save *const save = a;
    const VipsRect *const r = &region->valid;
    const size_t pixel = VIPS_IMAGE_SIZEOF_PEL(region->im);
    const bool whole = r->left == 0 && r->width == region->im->Xsize;
    (void)sequence, (void)b, (void)stop;
    g_mutex_lock(&save->lock);
    for (int i = 0; !save->failed && i < r->height; i++) {
        VipsPel *const to = VIPS_REGION_ADDR(region, r->left, r->top + i);
        unsigned char *const row = whole ? to : save->row;
        save->failed = !save->result->rows(save->result->user, r->top + i, 1, row);
        if (!whole && !save->failed)
            memcpy(to, row + pixel * (size_t)r->left, pixel * (size_t)r->width);
    }
    const bool ok = !save->failed;
    g_mutex_unlock(&save->lock);
    return ok ? 0 : -1;
}

static VipsInterpretation meaning(VipsInterpretation before, clconv_type type)
{
    const bool wide = type == CLCONV_U16, narrow = type == CLCONV_U8;
    if (before == VIPS_INTERPRETATION_sRGB || before == VIPS_INTERPRETATION_RGB16)
        return wide ? VIPS_INTERPRETATION_RGB16 : narrow ? VIPS_INTERPRETATION_sRGB : before;
    if (before == VIPS_INTERPRETATION_B_W || before == VIPS_INTERPRETATION_GREY16)
        return wide ? VIPS_INTERPRETATION_GREY16 : narrow ? VIPS_INTERPRETATION_B_W : before;
    if (before == VIPS_INTERPRETATION_scRGB && (wide || narrow))
        return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
    return before;
}

/* Everything but size and pixels comes from the input: profile, resolution, orientation, ... */
static VipsImage *computed_image(struct save *save, const struct image_file *file)
{
    const struct image_result *const result = save->result;
    VipsImage *const out = vips_image_new();
    if (vips_image_pipelinev(out, VIPS_DEMAND_STYLE_FATSTRIP, file->pixels, NULL) == 0) {
        out->Xsize = result->width;
        out->Ysize = result->height;
        out->BandFmt = image_vips_format(result->type);
        out->Type = meaning(file->pixels->Type, result->type);
        if (vips_image_generate(out, NULL, generate, NULL, save, NULL) == 0)
            return out;
    }
    g_object_unref(out);
    return NULL;
}

/* ---- writing ---- */

/* "temporary.tif[compression=lzw]" for OUT "name.tif[compression=lzw]"; g_free it. */
static char *name_with_options(const VipsImage *image, const char *out, const char *temp)
{
    char *const options = vips_filename_get_options(out);
    const char *const saver = vips_foreign_find_save(temp);
    const double bytes = (double)VIPS_IMAGE_SIZEOF_LINE(image) * (double)image->Ysize;
    const bool big =
        saver && strstr(saver, "Tiff") && bytes > tiff_most && !strstr(options, "bigtiff");
    const size_t length = strlen(options);
    char *const inside = length > 2 ? g_strndup(options + 1, length - 2) : g_strdup("");
    char *const name =
        g_strdup_printf("%s%s%s%s%s%s", temp, big || *inside ? "[" : "", inside,
                        big && *inside ? "," : "", big ? "bigtiff" : "", big || *inside ? "]" : "");
    g_free(inside);
    g_free(options);
    return name;
}

static bool write_image(VipsImage *image, const char *out, const char *temp)
{
    char *const name = name_with_options(image, out, temp);
    const bool ok = vips_image_write_to_file(image, name, NULL) == 0;
    g_free(name);
    return ok;
}

bool image_vips_save(const struct image_file *file, const struct image_result *result,
                     const char *out, const char *temp)
{
    struct save save = {.result = result};
    g_mutex_init(&save.lock);
    VipsImage *const made = computed_image(&save, file);
    bool ok = made != NULL;
    if (ok) {
        const size_t bytes = VIPS_IMAGE_SIZEOF_LINE(made);
        save.row = malloc(bytes);
        save.failed = !save.row;
        if (save.failed)
            image_host->no_memory(bytes);
        ok = save.row && write_image(made, out, temp);
        g_object_unref(made);
    }
    if (!ok && !save.failed)
        image_host->say("%s: cannot be written: %s", out, image_vips_reason());
    vips_error_clear();
    free(save.row);
    g_mutex_clear(&save.lock);
    return ok;
}
