/* light_icc.c - the tone curves of an ICC profile (ICC.1, tags rTRC gTRC bTRC kTRC). Nothing in the
 * profile is believed: each read is checked against its length. */
#include "cli.h"
#include "light.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

struct profile {
    const unsigned char *data;
    size_t bytes;
};

enum { SPACE = 16, TAGS = 128, TAG = 12, CURVE = 12, FIXED = 4 }; /* bytes */

static bool has(const struct profile *p, size_t offset, size_t bytes)
{
    return offset <= p->bytes && bytes <= p->bytes - offset;
}

static uint32_t u32(const struct profile *p, size_t at)
{
    const unsigned char *const d = p->data + at;
    return (uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3];
}

static uint32_t u16(const struct profile *p, size_t at)
{
    return (uint32_t)p->data[at] << 8 | p->data[at + 1];
}

static double fixed(const struct profile *p, size_t at)
{
    return (double)(int32_t)u32(p, at) / 65536;
}

/* The offset of a tag's data; false when there is none or it lies outside. */
static bool find(const struct profile *p, const char *name, size_t *offset, size_t *bytes)
{
    if (!has(p, TAGS, 4))
        return false;
    const uint32_t count = u32(p, TAGS);
    for (uint32_t i = 0; i < count; i++) {
        const size_t at = TAGS + 4 + (size_t)i * TAG;
        if (!has(p, at, TAG))
            return false;
        if (memcmp(p->data + at, name, 4) != 0)
            continue;
        *offset = u32(p, at + 4);
        *bytes = u32(p, at + 8);
        return has(p, *offset, *bytes) && *bytes >= CURVE;
    }
    return false;
}

/* Functions 0 to 4 of type 'para', brought to the one form of light_curve. */
static bool read_formula(struct light_curve *curve, const struct profile *p, size_t at,
                         size_t bytes)
{
    static const int counts[] = {1, 3, 4, 5, 7};
    const uint32_t kind = u16(p, at + 8);
    double v[7] = {0};
    if (kind > 4 || bytes < CURVE + (size_t)counts[kind] * FIXED)
        return false;
    for (int i = 0; i < counts[kind]; i++)
        v[i] = fixed(p, at + CURVE + (size_t)i * FIXED);
    *curve = (struct light_curve){.kind = LIGHT_FORMULA, .g = v[0], .a = 1};
    if (kind == 0)
        return true;
    curve->a = v[1];
    curve->b = v[2];
    if (kind <= 2) {
        curve->d = v[1] != 0 ? -v[2] / v[1] : 0;
        curve->e = curve->f = kind == 2 ? v[3] : 0;
        return true;
    }
    curve->c = v[3];
    curve->d = v[4];
    curve->e = v[5];
    curve->f = v[6];
    return true;
}

static bool read_curve(struct light_curve *curve, const struct profile *p, const char *name)
{
    size_t at, bytes;
    if (!find(p, name, &at, &bytes))
        return false;
    if (memcmp(p->data + at, "para", 4) == 0)
        return read_formula(curve, p, at, bytes);
    if (memcmp(p->data + at, "curv", 4) != 0)
        return false;
    const size_t count = u32(p, at + 8);
    if (count > (bytes - CURVE) / 2)
        return false;
    if (count > 1)
        *curve = (struct light_curve){
            .kind = LIGHT_TABLE, .table = p->data + at + CURVE, .count = count};
    else
        *curve = (struct light_curve){
            .kind = LIGHT_FORMULA, .g = count ? u16(p, at + CURVE) / 256.0 : 1, .a = 1};
    return true;
}

bool light_from_profile(struct light_curve curves[LIGHT_CURVES], int bands,
                        const unsigned char *profile, size_t bytes, const char *name)
{
    static const char *const rgb[] = {"rTRC", "gTRC", "bTRC"};
    const struct profile p = {profile, bytes};
    const char *const space = bands == 1 ? "GRAY" : "RGB ";
    bool ok = has(&p, SPACE, 4) && memcmp(profile + SPACE, space, 4) == 0;
    for (int i = 0; ok && i < bands; i++) {
        ok = read_curve(&curves[i], &p, bands == 1 ? "kTRC" : rgb[i]);
        const double white = ok ? light_of(&curves[i], 1) : 0;
        ok = ok && isfinite(white) && white > 0.5 && white < 2;
    }
    if (!ok)
        cli_say("%s: --linear: its profile gives no curve for each of its %d band%s; convert the "
                "image to sRGB first, or leave --linear out",
                name, bands, bands == 1 ? "" : "s");
    return ok;
}
