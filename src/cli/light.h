/* light.h - from stored values to linear light and back, band by band.
 *
 * Sums of light commute with the matrices between colour spaces, so all that --linear needs of a
 * colour space is the curve of each band: that of an embedded ICC profile, else sRGB's. */
#ifndef CLI_LIGHT_H
#define CLI_LIGHT_H

#include "image.h"
#include <stddef.h>

struct light;

enum { LIGHT_CURVES = 3 };

struct light_curve {
    enum light_kind { LIGHT_FORMULA, LIGHT_TABLE } kind;
    /* x < d ? c * x + f : (a * x + b)^g + e */
    double g, a, b, c, d, e, f;
    const unsigned char *table; /* 16-bit values, high byte first; in the profile */
    size_t count;
};

extern const struct light_curve light_srgb;
double light_of(const struct light_curve *curve, double stored); /* 0 .. 1 to 0 .. 1 */

/* light_icc.c: the curves of a profile's `bands` (1 or 3) bands. False after a message that begins
 * with name. */
bool light_from_profile(struct light_curve curves[LIGHT_CURVES], int bands,
                        const unsigned char *profile, size_t bytes, const char *name);

/* For an image, and an output of the given type (u8 or u16). False after a message. */
bool light_open(struct light **light, const struct image *image, const char *name,
                clconv_type output);
void light_close(struct light *light); /* NULL is accepted */

/* In place: stored values of whole pixels to light, 0 .. 1; alpha, the last band, is left alone. */
void light_in(const struct light *light, double *values, size_t n);
/* And back, to the stored value that is nearest; what passes 0 .. 1 is cut off. */
void light_out(const struct light *light, double *values, size_t n);
/* A stored value that stands for no band in particular. */
double light_value(const struct light *light, double stored);

#endif
