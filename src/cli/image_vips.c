/* image_vips.c - reading images through libvips, as a stream of rows.
 *
 * Loaders that libvips holds unfit for untrusted files are blocked; PNM is among them, so it is
 * read by plain.c. Only where it is to be written in another format, libvips is told what it is,
 * without its pixels: to start libvips takes longer than to filter a small image. */
#define _POSIX_C_SOURCE 200809L
#include "image_vips.h"
#include "cli.h"
#include <stdlib.h>
#include <string.h>

enum { READ_ROWS = 16 }; /* at a time */

const char image_suffixes[] =
    ".png, .jpg, .tif, .webp, .pgm, .ppm, .pfm, .npy and what else libvips writes";

static const struct format {
    clconv_type type;
    VipsBandFormat format;
} formats[] = {
    {CLCONV_U8, VIPS_FORMAT_UCHAR},   {CLCONV_S8, VIPS_FORMAT_CHAR},
    {CLCONV_U16, VIPS_FORMAT_USHORT}, {CLCONV_S16, VIPS_FORMAT_SHORT},
    {CLCONV_F32, VIPS_FORMAT_FLOAT},  {CLCONV_F64, VIPS_FORMAT_DOUBLE},
};

VipsBandFormat image_vips_format(clconv_type type)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].type == type)
            return formats[i].format;
    return VIPS_FORMAT_NOTSET;
}

static clconv_type type_of(VipsBandFormat format)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].format == format)
            return formats[i].type;
    return CLCONV_F64; /* 32-bit integers: exact in it */
}

/* Where the system has said why, libvips adds several lines that only repeat it. */
const char *image_vips_reason(void)
{
    static const char mark[] = "unix error: ";
    static char text[400];
    const char *const system = strstr(vips_error_buffer(), mark);
    const char *s = system ? system + strlen(mark) : vips_error_buffer();
    size_t used = 0;
    for (; *s && used + 3 < sizeof text && !(system && *s == '\n'); s++) {
        if (*s != '\n')
            text[used++] = *s;
        else if (s[1])
            used += (size_t)snprintf(text + used, sizeof text - used, "; ");
    }
    text[used] = '\0';
    vips_error_clear();
    return used ? text : "libvips gives no reason";
}

static void no_message(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer user)
{
    (void)domain, (void)level, (void)text, (void)user;
}

/* Once in a process; false after a message. One thread of libvips asks for rows, in their order,
 * and another one writes: more would only wait for the strips, and buffer more rows meanwhile. What
 * libvips has to say about a file comes back as errors, for files have to be without damage; its
 * warnings on stderr are turned off. */
static bool start(void)
{
    g_log_set_default_handler(no_message, NULL);
    if (VIPS_INIT("clconv") != 0) {
        cli_say("libvips does not start: %s", image_vips_reason());
        return false;
    }
    vips_block_untrusted_set(TRUE);
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    return true;
}

/* ---- opening ---- */

static VipsInterpretation meaning(const struct image_info *info)
{
    const bool wide = info->type == CLCONV_U16;
    if (!info->is_srgb)
        return info->bands == 3 ? VIPS_INTERPRETATION_scRGB : VIPS_INTERPRETATION_MULTIBAND;
    if (info->bands == 1)
        return wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
    return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

static bool open_plain(struct image *image, const char *name)
{
    if (strcmp(name, image->path) != 0)
        return cli_say("%s: this format has no [options]", image->path), false;
    image->is_plain = plain_open(&image->plain, image->path);
    if (image->is_plain)
        image->info = image_plain_info(&image->plain);
    return image->is_plain;
}

bool image_vips_ready(struct image *image)
{
    const struct image_info *const info = &image->info;
    if (image->file)
        return true;
    if (!start())
        return false;
    image->file = vips_image_new();
    vips_image_init_fields(image->file, info->width, info->height, info->bands,
                           image_vips_format(info->type), VIPS_CODING_NONE, meaning(info), 1, 1);
    if (vips_image_pipelinev(image->file, VIPS_DEMAND_STYLE_FATSTRIP, NULL) == 0)
        return true;
    cli_say("%s: %s", image->path, image_vips_reason());
    g_clear_object(&image->file);
    return false;
}

static bool open_file(struct image *image, bool random)
{
    image->file = vips_image_new_from_file(image->path, "access",
                                           random ? VIPS_ACCESS_RANDOM : VIPS_ACCESS_SEQUENTIAL,
                                           "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    if (image->file)
        return true;
    const char *const reason = image_vips_reason();
    if (strstr(reason, "operation is blocked") || strstr(reason, "not a known file format"))
        cli_say("%s: is no image, damaged, or of a format that is not read from unknown hands "
                "(libvips holds its loader unfit for that); convert it to PNG or TIFF",
                image->path);
    else
        cli_say("%s: cannot be read as an image: %s", image->path, reason);
    return false;
}

static bool replace(VipsImage **image, int status, VipsImage *const *made)
{
    if (status != 0)
        return false;
    g_object_unref(*image);
    *image = *made;
    return true;
}

/* Radiance and LABQ pixels become numbers, and 32-bit integers f64. */
static bool make_numbers(struct image *image)
{
    VipsImage *made;
    if (!replace(&image->file, vips_image_decode(image->file, &made), &made))
        return false;
    const VipsBandFormat format = image->file->BandFmt;
    if (format == VIPS_FORMAT_COMPLEX || format == VIPS_FORMAT_DPCOMPLEX) {
        vips_error("clconv", "its pixels are complex numbers; save real and imaginary part apart");
        return false;
    }
    if (format != VIPS_FORMAT_INT && format != VIPS_FORMAT_UINT)
        return true;
    return replace(&image->file, vips_cast_double(image->file, &made, NULL), &made);
}

static bool is_srgb(const VipsImage *image)
{
    switch (image->Type) {
    case VIPS_INTERPRETATION_sRGB:
    case VIPS_INTERPRETATION_B_W:
    case VIPS_INTERPRETATION_RGB16:
    case VIPS_INTERPRETATION_GREY16:
        return true;
    default:
        return false;
    }
}

/* libvips calls every band beyond the colours alpha; of more than one it cannot be told which. */
static bool has_alpha(VipsImage *in)
{
    const bool grey = in->Type == VIPS_INTERPRETATION_B_W || in->Type == VIPS_INTERPRETATION_GREY16;
    const int colours = grey ? 1 : in->Type == VIPS_INTERPRETATION_CMYK ? 4 : 3;
    return vips_image_hasalpha(in) && in->Bands == colours + 1;
}

static void look(struct image *image)
{
    VipsImage *const in = image->file;
    image->info = (struct image_info){.width = in->Xsize,
                                      .height = in->Ysize,
                                      .bands = in->Bands,
                                      .type = type_of(in->BandFmt),
                                      .has_alpha = has_alpha(in),
                                      .is_srgb = is_srgb(in)};
}

static bool one_page(const struct image *image)
{
    int pages;
    if (vips_image_get_page_height(image->file) < image->file->Ysize) {
        cli_say("%s: its pages are joined to one image, and a filter would mix them where they "
                "meet; name one page, as in %s[page=2]",
                image->path, "file.tif");
        return false;
    }
    pages = vips_image_get_n_pages(image->file);
    if (pages > 1 && !strchr(image->path, '['))
        cli_say("%s: has %d pages; this is the first, another is named as in FILE[page=1]",
                image->path, pages);
    return true;
}

static bool open_by_vips(struct image *image, const char *name, bool random)
{
    if (!start() || !open_file(image, random) || !image_vips_within_limits(image, name))
        return false;
    if (!make_numbers(image)) {
        cli_say("%s: %s", image->path, image_vips_reason());
        return false;
    }
    look(image);
    return one_page(image);
}

bool image_open(struct image **image, const char *path, bool random)
{
    struct image *const made = calloc(1, sizeof *made);
    char *const name = vips_filename_get_filename(path);
    bool ok = made && image_file_there(name);
    if (ok) {
        made->path = path;
        ok = plain_is(name) ? open_plain(made, name) : open_by_vips(made, name, random);
    }
    if (ok)
        *image = made;
    else
        image_close(made);
    g_free(name);
    return ok;
}

void image_close(struct image *image)
{
    if (!image)
        return;
    g_clear_object(&image->file);
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
    const void *profile = NULL;
    *bytes = 0;
    if (image->file && vips_image_get_typeof(image->file, VIPS_META_ICC_NAME) != 0 &&
        vips_image_get_blob(image->file, VIPS_META_ICC_NAME, &profile, bytes) != 0)
        vips_error_clear();
    return profile;
}

bool image_read(struct image *image, int first, int count, void *rows)
{
    if (image->is_plain)
        return plain_read(&image->plain, first, count, rows);
    const size_t bytes = VIPS_IMAGE_SIZEOF_LINE(image->file);
    VipsRegion *const region = vips_region_new(image->file);
    VipsRect area = {0, first, image->info.width, 0};
    unsigned char *to = rows;
    bool ok = region != NULL;
    for (int left = count; ok && left > 0; left -= area.height, area.top += area.height) {
        area.height = left < READ_ROWS ? left : READ_ROWS;
        ok = vips_region_prepare(region, &area) == 0;
        for (int i = 0; ok && i < area.height; i++, to += bytes)
            memcpy(to, VIPS_REGION_ADDR(region, 0, area.top + i), bytes);
        if (!ok)
            cli_say("%s: damaged or truncated near row %d of %d: %s", image->path, area.top,
                    image->info.height, image_vips_reason());
    }
    if (region)
        g_object_unref(region);
    else
        cli_say("%s: %s", image->path, image_vips_reason());
    return ok;
}
