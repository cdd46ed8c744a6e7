/* image_vips.c - the module for libvips: reading images as a stream of rows.
 *
 * Loaders that libvips holds unfit for untrusted files are blocked. */
#define _POSIX_C_SOURCE 200809L
#include "image_vips.h"
#include <stdlib.h>
#include <string.h>

enum { READ_ROWS = 16 }; /* at a time */

const struct image_host *image_host;

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

/* One thread of libvips asks for rows, in their order,
 * and another one writes: more would only wait for the strips, and buffer more rows meanwhile. What
 * libvips has to say about a file comes back as errors, for files have to be without damage; its
 * warnings on stderr are turned off. */
static bool start(const struct image_host *host)
{
    image_host = host;
    g_log_set_default_handler(no_message, NULL);
    if (VIPS_INIT("clconv") != 0) {
        image_host->say("libvips does not start: %s", image_vips_reason());
        return false;
    }
    vips_block_untrusted_set(TRUE);
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    return true;
}

static char *file_name(const char *path)
{
    char *const name = vips_filename_get_filename(path), *const copy = strdup(name);
    if (!copy)
        image_host->no_memory(strlen(name));
    g_free(name);
    return copy;
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

static void close_file(struct image_file *file)
{
    if (!file)
        return;
    g_clear_object(&file->pixels);
    free(file);
}

static struct image_file *new_file(const char *path)
{
    struct image_file *const file = calloc(1, sizeof *file);
    if (file)
        file->path = path;
    else
        image_host->no_memory(sizeof *file);
    return file;
}

static bool describe(struct image_file **made, const char *path, const struct image_info *info)
{
    struct image_file *const file = new_file(path);
    if (!file)
        return false;
    file->pixels = vips_image_new();
    vips_image_init_fields(file->pixels, info->width, info->height, info->bands,
                           image_vips_format(info->type), VIPS_CODING_NONE, meaning(info), 1, 1);
    if (vips_image_pipelinev(file->pixels, VIPS_DEMAND_STYLE_FATSTRIP, NULL) == 0) {
        *made = file;
        return true;
    }
    image_host->say("%s: %s", path, image_vips_reason());
    close_file(file);
    return false;
}

static bool read_header(struct image_file *file, bool random)
{
    file->pixels = vips_image_new_from_file(file->path, "access",
                                            random ? VIPS_ACCESS_RANDOM : VIPS_ACCESS_SEQUENTIAL,
                                            "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    if (file->pixels)
        return true;
    const char *const reason = image_vips_reason();
    if (strstr(reason, "operation is blocked") || strstr(reason, "not a known file format"))
        image_host->say(
            "%s: is no image, damaged, or of a format that is not read from unknown hands "
            "(libvips holds its loader unfit for that); convert it to PNG or TIFF",
            file->path);
    else
        image_host->say("%s: cannot be read as an image: %s", file->path, reason);
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
static bool make_numbers(struct image_file *file)
{
    VipsImage *made;
    if (!replace(&file->pixels, vips_image_decode(file->pixels, &made), &made))
        return false;
    const VipsBandFormat format = file->pixels->BandFmt;
    if (format == VIPS_FORMAT_COMPLEX || format == VIPS_FORMAT_DPCOMPLEX) {
        vips_error("clconv", "its pixels are complex numbers; save real and imaginary part apart");
        return false;
    }
    if (format != VIPS_FORMAT_INT && format != VIPS_FORMAT_UINT)
        return true;
    return replace(&file->pixels, vips_cast_double(file->pixels, &made, NULL), &made);
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
bool image_vips_has_alpha(VipsImage *in)
{
    const bool grey = in->Type == VIPS_INTERPRETATION_B_W || in->Type == VIPS_INTERPRETATION_GREY16;
    const int colours = grey ? 1 : in->Type == VIPS_INTERPRETATION_CMYK ? 4 : 3;
    return vips_image_hasalpha(in) && in->Bands == colours + 1;
}

static struct image_info info_of(VipsImage *in)
{
    return (struct image_info){.width = in->Xsize,
                               .height = in->Ysize,
                               .bands = in->Bands,
                               .type = type_of(in->BandFmt),
                               .has_alpha = image_vips_has_alpha(in),
                               .is_srgb = is_srgb(in)};
}

static bool one_page(const struct image_file *file)
{
    int pages;
    if (vips_image_get_page_height(file->pixels) < file->pixels->Ysize) {
        image_host->say(
            "%s: its pages are joined to one image, and a filter would mix them where they "
            "meet; name one page, as in %s[page=2]",
            file->path, "file.tif");
        return false;
    }
    pages = vips_image_get_n_pages(file->pixels);
    if (pages > 1 && !strchr(file->path, '['))
        image_host->say("%s: has %d pages; this is the first, another is named as in FILE[page=1]",
                        file->path, pages);
    return true;
}

static bool open_file(struct image_file **made, const char *path, const char *name, bool random,
                      struct image_info *info)
{
    struct image_file *const file = new_file(path);
    bool ok = file && read_header(file, random) && image_vips_within_limits(file, name);
    if (ok && !make_numbers(file)) {
        image_host->say("%s: %s", path, image_vips_reason());
        ok = false;
    }
    if (ok && one_page(file)) {
        *info = info_of(file->pixels);
        *made = file;
        return true;
    }
    close_file(file);
    return false;
}

static const void *profile(const struct image_file *file, size_t *bytes)
{
    const void *data = NULL;
    if (vips_image_get_typeof(file->pixels, VIPS_META_ICC_NAME) != 0 &&
        vips_image_get_blob(file->pixels, VIPS_META_ICC_NAME, &data, bytes) != 0)
        vips_error_clear();
    return data;
}

static bool read_rows(struct image_file *file, int first, int count, void *rows)
{
    const size_t bytes = VIPS_IMAGE_SIZEOF_LINE(file->pixels);
    VipsRegion *const region = vips_region_new(file->pixels);
    VipsRect area = {0, first, file->pixels->Xsize, 0};
    unsigned char *to = rows;
    bool ok = region != NULL;
    for (int left = count; ok && left > 0; left -= area.height, area.top += area.height) {
        area.height = left < READ_ROWS ? left : READ_ROWS;
        ok = vips_region_prepare(region, &area) == 0;
        for (int i = 0; ok && i < area.height; i++, to += bytes)
            memcpy(to, VIPS_REGION_ADDR(region, 0, area.top + i), bytes);
        if (!ok)
            image_host->say("%s: damaged or truncated near row %d of %d: %s", file->path, area.top,
                            file->pixels->Ysize, image_vips_reason());
    }
    if (region)
        g_object_unref(region);
    else
        image_host->say("%s: %s", file->path, image_vips_reason());
    return ok;
}

const struct image_module clconv_image_module = {
    .version = IMAGE_MODULE_VERSION,
    .start = start,
    .file_name = file_name,
    .open = open_file,
    .describe = describe,
    .close = close_file,
    .profile = profile,
    .read = read_rows,
    .can_save = image_vips_can_save,
    .reach = image_vips_reach,
    .save = image_vips_save,
};
