/* light.c - from stored values to linear light and back, by tables. */
#include "light.h"
#include "cli.h"
#include "pixels.h"
#include <math.h>
#include <stdlib.h>

enum { HINTS = 4096 };

struct light {
    int bands, curves; /* curves: bands without alpha */
    clconv_type type;  /* of the input */
    size_t codes_in, codes_out;
    struct light_curve curve[LIGHT_CURVES];
    double *in[LIGHT_CURVES];    /* light of each stored value */
    double *edges[LIGHT_CURVES]; /* edges[i]: the light between the stored values i and i + 1 */
    size_t hints[LIGHT_CURVES][HINTS + 1]; /* how many edges lie at or below i / HINTS */
};

/* IEC 61966-2-1 */
const struct light_curve light_srgb = {.kind = LIGHT_FORMULA,
                                       .g = 2.4,
                                       .a = 1 / 1.055,
                                       .b = 0.055 / 1.055,
                                       .c = 1 / 12.92,
                                       .d = 0.04045};

double light_of(const struct light_curve *curve, double stored)
{
    if (curve->kind == LIGHT_FORMULA)
        return stored < curve->d ? curve->c * stored + curve->f
                                 : pow(fmax(curve->a * stored + curve->b, 0), curve->g) + curve->e;
    const double at = fmax(stored, 0) * (double)(curve->count - 1); /* a border may be below 0 */
    const size_t i = at >= (double)(curve->count - 1) ? curve->count - 2 : (size_t)at;
    const unsigned char *const t = curve->table + 2 * i;
    const double low = 256.0 * t[0] + t[1], high = 256.0 * t[2] + t[3];
    return (low + (high - low) * (at - (double)i)) / 65535;
}

/* Curves never fall; where a damaged profile's does, the value before stands. */
static double *tabulate(const struct light_curve *curve, size_t count, double first, double most)
{
    double *const table = malloc(count * sizeof *table);
    double last = 0;
    for (size_t i = 0; table && i < count; i++) {
        const double v = light_of(curve, ((double)i + first) / most);
        last = v > last ? v : last;
        table[i] = last;
    }
    return table;
}

static bool make_tables(struct light *light, double most_in, double most_out)
{
    for (int i = 0; i < light->curves; i++) {
        light->in[i] = tabulate(&light->curve[i], light->codes_in, 0, most_in);
        light->edges[i] = tabulate(&light->curve[i], light->codes_out - 1, 0.5, most_out);
        if (!light->in[i] || !light->edges[i])
            return cli_no_memory((light->codes_in + light->codes_out) * sizeof(double)), false;
        for (size_t h = 0, e = 0; h <= HINTS; h++) {
            while (e < light->codes_out - 1 && light->edges[i][e] <= (double)h / HINTS)
                e++;
            light->hints[i][h] = e;
        }
    }
    return true;
}

static bool find_curves(struct light *light, const struct image *image, const char *name)
{
    const struct image_info *const info = image_info(image);
    size_t bytes;
    const unsigned char *const profile = image_profile(image, &bytes);
    const bool integer = info->type == CLCONV_U8 || info->type == CLCONV_U16;
    if (!integer || (!profile && !info->is_srgb) ||
        (light->curves != 1 && light->curves != LIGHT_CURVES)) {
        cli_say("%s: --linear needs to know how light is stored: in u8 or u16, one or three bands, "
                "sRGB or with a profile; this image has %d band%s of %s%s",
                name, info->bands, info->bands == 1 ? "" : "s", clconv_type_name(info->type),
                profile ? "" : " and no profile");
        return false;
    }
    for (int i = 0; i < light->curves; i++)
        light->curve[i] = light_srgb;
    return !profile || light_from_profile(light->curve, light->curves, profile, bytes, name);
}

bool light_open(struct light **made, const struct image *image, const char *name,
                clconv_type output)
{
    struct light *const light = calloc(1, sizeof *light);
    const struct image_info *const info = image_info(image);
    const double most_in = pixels_most(info->type), most_out = pixels_most(output);
    if (!light)
        return cli_no_memory(sizeof *light), false;
    light->bands = info->bands;
    light->curves = info->bands - info->has_alpha;
    light->codes_in = (size_t)most_in + 1;
    light->codes_out = (size_t)most_out + 1;
    if (!find_curves(light, image, name) || !make_tables(light, most_in, most_out)) {
        light_close(light);
        return false;
    }
    *made = light;
    return true;
}

void light_close(struct light *light)
{
    for (int i = 0; light && i < light->curves && i < LIGHT_CURVES; i++) {
        free(light->in[i]);
        free(light->edges[i]);
    }
    free(light);
}

void light_in(const struct light *light, double *values, size_t n)
{
    for (size_t i = 0; i < n; i += (size_t)light->bands)
        for (int band = 0; band < light->curves; band++)
            values[i + (size_t)band] = light->in[band][(size_t)values[i + (size_t)band]];
}

/* How many edges lie at or below the value: the stored value whose light is nearest. */
static size_t code_of(const struct light *light, int band, double value)
{
    const double *const edges = light->edges[band];
    if (!(value > 0))
        return 0;
    if (value >= 1)
        return light->codes_out - 1;
    const size_t hint = (size_t)(value * HINTS);
    size_t low = light->hints[band][hint], high = light->hints[band][hint + 1];
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (edges[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void light_out(const struct light *light, double *values, size_t n)
{
    for (size_t i = 0; i < n; i += (size_t)light->bands)
        for (int band = 0; band < light->curves; band++)
            values[i + (size_t)band] = (double)code_of(light, band, values[i + (size_t)band]);
}

double light_value(const struct light *light, double stored)
{
    return light_of(&light->curve[0], stored / (double)(light->codes_in - 1));
}
