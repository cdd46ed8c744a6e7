/* fill.c - pseudo-random inputs and filters.
 *
 * Small integers make products and sums exact in any order, so that a result is right or wrong and
 * nothing between. cli_fill_exact follows the magnitude and the grain (the power of two that
 * divides every value) through the formula of clconv_desc: a value fits a format of b significant
 * bits when magnitude / grain is at most 2^b. */
#include "fill.h"
#include <math.h>
#include <string.h>

enum { INPUT_MAX = 4, INPUT_MAX_UNSIGNED = 7, FILTER_MAX = 3 };

/* splitmix64 of Steele, Lea and Flood: one multiplicative hash of a counter. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int between(uint64_t *state, int low, int high)
{
    return low + (int)(next(state) % (uint64_t)(high - low + 1));
}

/* In [-1, 1), a multiple of 2^-bits. */
static double unit(uint64_t *state, int bits)
{
    return ldexp((double)(next(state) >> (63 - bits)), -bits) - 1.0;
}

/* The bits of an f16 that holds value exactly; |value| in 0 or 2^-14 .. 2^11. */
static uint16_t half_bits(double value)
{
    int exponent;
    const double mantissa = frexp(fabs(value), &exponent); /* [0.5, 1) */
    const unsigned sign = value < 0 ? 0x8000u : 0;
    if (value == 0.0)
        return 0;
    return (uint16_t)(sign | ((unsigned)(exponent + 14) << 10) |
                      ((unsigned)ldexp(mantissa, 11) & 0x3ffu));
}

static void put(void *x, size_t i, clconv_type type, double value)
{
    switch (type) {
    case CLCONV_F32:
        ((float *)x)[i] = (float)value;
        break;
    case CLCONV_F16:
        ((uint16_t *)x)[i] = half_bits(value);
        break;
    case CLCONV_F64:
        ((double *)x)[i] = value;
        break;
    case CLCONV_U8:
        ((uint8_t *)x)[i] = (uint8_t)value;
        break;
    case CLCONV_S8:
        ((int8_t *)x)[i] = (int8_t)value;
        break;
    case CLCONV_U16:
        ((uint16_t *)x)[i] = (uint16_t)value;
        break;
    case CLCONV_S16:
        ((int16_t *)x)[i] = (int16_t)value;
        break;
    }
}

static bool is_unsigned(clconv_type type)
{
    return type == CLCONV_U8 || type == CLCONV_U16;
}

static double real_of(clconv_type type, uint64_t *state)
{
    switch (type) {
    case CLCONV_U8:
        return between(state, 0, UINT8_MAX);
    case CLCONV_S8:
        return between(state, INT8_MIN, INT8_MAX);
    case CLCONV_U16:
        return between(state, 0, UINT16_MAX);
    case CLCONV_S16:
        return between(state, INT16_MIN, INT16_MAX);
    case CLCONV_F16:
        return unit(state, 10);
    case CLCONV_F64:
        return unit(state, 52);
    default:
        return unit(state, 23);
    }
}

void cli_fill_input(void *x, clconv_type type, size_t count, enum cli_fill fill, uint64_t seed)
{
    uint64_t state = seed;
    for (size_t i = 0; i < count; i++) {
        if (fill == CLI_FILL_REAL)
            put(x, i, type, real_of(type, &state));
        else if (is_unsigned(type))
            put(x, i, type, between(&state, 0, INPUT_MAX_UNSIGNED));
        else
            put(x, i, type, between(&state, -INPUT_MAX, INPUT_MAX));
    }
}

void cli_fill_floats(float *values, size_t count, enum cli_fill fill, uint64_t seed)
{
    uint64_t state = seed;
    for (size_t i = 0; i < count; i++)
        values[i] = fill == CLI_FILL_REAL ? (float)unit(&state, 23)
                                          : (float)between(&state, -FILTER_MAX, FILTER_MAX);
}

bool cli_fill_is_image(const clconv_desc *d)
{
    enum { COLOURS = 4 };
    return d->x_layout == CLCONV_NHWC && d->c <= COLOURS && d->groups == d->c && d->k == d->c;
}

void cli_fill_same(float *filters, size_t count, size_t filter_count)
{
    const size_t taps = count / filter_count;
    for (size_t i = taps; i < count; i++)
        filters[i] = filters[i - taps];
}

static clconv_filter_kind kind_for(const char *algorithm)
{
    for (size_t i = 0; algorithm && clconv_algorithm(i); i++)
        if (!strcmp(clconv_algorithm(i)->name, algorithm))
            return clconv_algorithm(i)->filters;
    return CLCONV_FILTERS_ANY;
}

void cli_fill_round(float *filters, size_t count)
{
    for (size_t i = 0; i < count; i++)
        filters[i] = floorf(filters[i] * 1024) / 1024;
}

void cli_fill_filters(float *filters, const clconv_desc *d, const char *algorithm,
                      enum cli_fill fill, uint64_t seed)
{
    const size_t r = (size_t)d->r, s = (size_t)d->s;
    const size_t count = (size_t)(d->k ? d->k : 1) * (size_t)(d->c ? d->c : 1) /
                         (size_t)(d->groups ? d->groups : 1) * r * s;
    uint64_t state = seed + 1;
    const clconv_filter_kind kind = kind_for(algorithm);
    cli_fill_floats(filters, count, fill, seed);
    if (d->x_type == CLCONV_F16)
        cli_fill_round(filters, count);
    for (size_t i = 0; kind == CLCONV_FILTERS_EQUAL && i < count; i++)
        filters[i] = filters[i / (r * s) * (r * s)];
    /* The first row stays; the others become multiples of it. */
    for (float *matrix = filters; kind == CLCONV_FILTERS_RANK_ONE && matrix < filters + count;
         matrix += r * s)
        for (size_t i = 1; i < r; i++) {
            const double factor = fill == CLI_FILL_REAL ? unit(&state, 23) : between(&state, -1, 1);
            for (size_t j = 0; j < s; j++)
                matrix[i * s + j] = (float)(factor * (double)matrix[j]);
        }
    if (cli_fill_is_image(d) && seed % 2 == 0)
        cli_fill_same(filters, count, (size_t)d->k);
}

struct span { /* of the values at one point of the formula */
    double magnitude, grain;
};

/* The largest power of two that divides value; 2^60 for 0, which every grain divides. */
static double grain_of(double value)
{
    int exponent;
    double mantissa = frexp(fabs(value), &exponent);
    if (value == 0.0)
        return ldexp(1.0, 60);
    while (mantissa != floor(mantissa)) {
        mantissa *= 2;
        exponent--;
    }
    return ldexp(1.0, exponent);
}

static bool fits(const struct span *span, int bits)
{
    return span->magnitude <= ldexp(span->grain, bits);
}

static struct span sum_of(const clconv_desc *d)
{
    const double taps = (double)(d->c ? d->c : 1) / (d->groups ? d->groups : 1) * d->r * d->s;
    const double border = d->border == CLCONV_CONSTANT ? d->border_value : 0.0;
    const double input = is_unsigned(d->x_type) ? INPUT_MAX_UNSIGNED : INPUT_MAX;
    const struct span span = {(taps * fmax(input, fabs(border)) + 1) * FILTER_MAX,
                              fmin(1.0, grain_of(border))};
    return span;
}

static bool power_of_two(double value)
{
    return value != 0.0 && grain_of(value) == fabs(value);
}

/* The significant bits of a floating type; integers hold what was rounded half to even. */
static int bits_of(clconv_type type, int arithmetic)
{
    return type == CLCONV_F16 ? 11 : type == CLCONV_F64 ? 53 : arithmetic;
}

bool cli_fill_exact(const clconv_desc *d)
{
    const bool wide = d->x_type == CLCONV_F64 || d->y_type == CLCONV_F64;
    const int arithmetic = wide ? 53 : 24;
    const double scale = d->scale == 0.0 ? 1.0 : d->scale;
    const double slope = d->activation_a == 0.0 ? 0.01 : d->activation_a;
    struct span span = sum_of(d);
    if (!fits(&span, arithmetic) || !power_of_two(scale))
        return false;
    span.magnitude = span.magnitude * fabs(scale) + fabs(d->offset);
    span.grain = fmin(span.grain * fabs(scale), grain_of(d->offset));
    if (!fits(&span, arithmetic))
        return false;
    if (d->activation == CLCONV_LEAKY) {
        if (!power_of_two(slope))
            return false;
        span.grain = fmin(span.grain, span.grain * fabs(slope));
        span.magnitude = fmax(span.magnitude, span.magnitude * fabs(slope));
    } else if (d->activation == CLCONV_CLIP) {
        const double upper =
            d->activation_a == 0.0 && d->activation_b == 0.0 ? 6.0 : d->activation_b;
        span.grain = fmin(span.grain, fmin(grain_of(d->activation_a), grain_of(upper)));
    } else if (d->activation != CLCONV_NONE && d->activation != CLCONV_RELU) {
        return false;
    }
    return fits(&span, bits_of(d->y_type, arithmetic));
}
