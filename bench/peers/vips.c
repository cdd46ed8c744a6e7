/* vips.c - the peer libvips, from memory to memory.
 *
 * It repeats the edge beyond the image, whatever the problem says: the edges of its result are not
 * looked at. Its float arithmetic gives f32, which "float" rounds for integer types; "integer"
 * works on integers, in vectors where it can, with coefficients in steps of 2^-12. */
#include "peer.h"
#include <math.h>
#include <stdlib.h>
#include <vips/vips.h>

#include <vips/vector.h> /* needs the other one */

enum function { CONV, CONVSEP, GAUSSBLUR };

struct how {
    enum function function;
    VipsPrecision precision;
    bool vectors;
};

struct state {
    const struct peer_problem *problem;
    struct how how;
    VipsImage *x, *mask, *y;
};

static const double steps = 4096; /* of a coefficient, in integer arithmetic */

static VipsBandFormat format_of(clconv_type type)
{
    switch (type) {
    case CLCONV_F32:
        return VIPS_FORMAT_FLOAT;
    case CLCONV_F64:
        return VIPS_FORMAT_DOUBLE;
    case CLCONV_U8:
        return VIPS_FORMAT_UCHAR;
    case CLCONV_S8:
        return VIPS_FORMAT_CHAR;
    case CLCONV_U16:
        return VIPS_FORMAT_USHORT;
    case CLCONV_S16:
        return VIPS_FORMAT_SHORT;
    default:
        return VIPS_FORMAT_NOTSET;
    }
}

static const char *why_not(const struct peer_problem *problem, const struct how *how)
{
    const clconv_desc *const d = &problem->desc;
    const char *const why = peer_image_filter(problem);
    if (why)
        return why;
    if (d->x_type != d->y_type)
        return "compared with outputs of the input's type";
    if (how->precision == VIPS_PRECISION_INTEGER && d->x_type == CLCONV_F32)
        return "the image is no integer one";
    if (d->r % 2 == 0 || d->s % 2 == 0 || d->anchor_shift_h || d->anchor_shift_w)
        return "the anchor is its own";
    if (how->function == CONVSEP && (!problem->row || d->r != d->s))
        return "the filter has no known factors, or different ones";
    if (how->function == GAUSSBLUR && problem->sigma <= 0)
        return "no gaussian";
    return NULL;
}

/* One row of taps for CONVSEP, all of them else. */
static VipsImage *mask_of(const struct peer_problem *problem, const struct how *how)
{
    const clconv_desc *const d = &problem->desc;
    const int rows = how->function == CONVSEP ? 1 : d->r;
    const float *const taps = how->function == CONVSEP ? problem->row : problem->filters;
    const bool integer = how->precision == VIPS_PRECISION_INTEGER;
    VipsImage *const mask = vips_image_new_matrix(d->s, rows);
    if (!mask)
        return NULL;
    for (int i = 0; i < rows * d->s; i++)
        VIPS_MATRIX(mask, 0, 0)[i] = integer ? rint(taps[i] * steps) : taps[i];
    vips_image_set_double(mask, "scale", integer ? steps : 1);
    return mask;
}

static const char *prepare(const struct peer_problem *problem, const void *how, void **result)
{
    const clconv_desc *const d = &problem->desc;
    const char *const why = why_not(problem, how);
    if (why)
        return why;
    struct state *const s = calloc(1, sizeof *s);
    if (!s)
        return "no memory";
    *result = s;
    s->problem = problem;
    s->how = *(const struct how *)how;
    vips_vector_set_enabled(s->how.vectors);
    s->x = vips_image_new_from_memory(problem->x, problem->sizes.x_bytes, d->w, d->h, d->c,
                                      format_of(d->x_type));
    s->mask = mask_of(problem, &s->how);
    return s->x && s->mask ? NULL : peer_why("%s", vips_error_buffer());
}

/* The gaussian is cut off behind the problem's last tap. */
static int gaussblur(struct state *s, VipsImage **result)
{
    const double sigma = s->problem->sigma, beyond = (s->problem->desc.s + 1) / 2.0 - 0.5;
    return vips_gaussblur(s->x, result, sigma, "precision", s->how.precision, "min_ampl",
                          exp(-beyond * beyond / (2 * sigma * sigma)), NULL);
}

static int apply(struct state *s, VipsImage **result)
{
    switch (s->how.function) {
    case CONV:
        return vips_conv(s->x, result, s->mask, "precision", s->how.precision, NULL);
    case CONVSEP:
        return vips_convsep(s->x, result, s->mask, "precision", s->how.precision, NULL);
    default:
        return gaussblur(s, result);
    }
}

/* Results of another type than the problem's are rounded on the way. */
static VipsImage *stored(VipsImage *image, VipsBandFormat format)
{
    VipsImage *rounded = NULL, *cast = NULL, *y = vips_image_new_memory();
    if (image->BandFmt != format &&
        (vips_rint(image, &rounded, NULL) || vips_cast(rounded, &cast, format, NULL)))
        VIPS_UNREF(y);
    if (y && vips_image_write(cast ? cast : image, y))
        VIPS_UNREF(y);
    VIPS_UNREF(rounded);
    VIPS_UNREF(cast);
    return y;
}

static const char *run(void *state)
{
    struct state *const s = state;
    VipsImage *result = NULL;
    VIPS_UNREF(s->y);
    if (apply(s, &result))
        return peer_why("%s", vips_error_buffer());
    s->y = stored(result, format_of(s->problem->desc.y_type));
    VIPS_UNREF(result);
    return s->y ? NULL : peer_why("%s", vips_error_buffer());
}

static void finish(void *state, void *y)
{
    struct state *const s = state;
    if (!s)
        return;
    if (y && s->y)
        memcpy(y, vips_image_get_data(s->y), s->problem->sizes.y_bytes);
    VIPS_UNREF(s->y);
    VIPS_UNREF(s->mask);
    VIPS_UNREF(s->x);
    vips_error_clear();
    free(s);
}

static const char *version(void)
{
    return peer_why("libvips %s, %d threads", vips_version_string(), vips_concurrency_get());
}

static const struct how conv_float = {CONV, VIPS_PRECISION_FLOAT, false},
                        conv_integer = {CONV, VIPS_PRECISION_INTEGER, false},
                        conv_vectors = {CONV, VIPS_PRECISION_INTEGER, true},
                        convsep_float = {CONVSEP, VIPS_PRECISION_FLOAT, false},
                        convsep_integer = {CONVSEP, VIPS_PRECISION_INTEGER, false},
                        convsep_vectors = {CONVSEP, VIPS_PRECISION_INTEGER, true},
                        blur_float = {GAUSSBLUR, VIPS_PRECISION_FLOAT, false},
                        blur_integer = {GAUSSBLUR, VIPS_PRECISION_INTEGER, false},
                        blur_vectors = {GAUSSBLUR, VIPS_PRECISION_INTEGER, true};

static const struct peer_variant variants[] = {
    {"conv:float", &conv_float, prepare, run, finish},
    {"conv:integer", &conv_integer, prepare, run, finish},
    {"conv:vectors", &conv_vectors, prepare, run, finish},
    {"convsep:float", &convsep_float, prepare, run, finish},
    {"convsep:integer", &convsep_integer, prepare, run, finish},
    {"convsep:vectors", &convsep_vectors, prepare, run, finish},
    {"gaussblur:float", &blur_float, prepare, run, finish},
    {"gaussblur:integer", &blur_integer, prepare, run, finish},
    {"gaussblur:vectors", &blur_vectors, prepare, run, finish},
};

int main(int argc, char **argv)
{
    const struct peer vips = {"vips", version, variants, sizeof variants / sizeof *variants,
                              .inside_only = true};
    if (VIPS_INIT(argv[0]))
        return 1;
    vips_cache_set_max(0); /* else the second run would be the first one's result */
    return peer_main(argc, argv, &vips);
}
