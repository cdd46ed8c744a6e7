/* half.c - IEEE 754 binary16: 1 sign, 5 exponent (bias 15) and 10 fraction bits.
 *
 * Rounding is done on the bits of the double, once, so that it depends neither on the
 * floating-point environment nor on a detour over float (which would round twice). */
#include "base/half.h"
#include <math.h>
#include <string.h>

enum {
    HALF_INFINITY = 0x7c00,
    HALF_QUIET_NAN = 0x7e00,
    LOWEST_NORMAL = -14,  /* exponent of the smallest normal half */
    LOWEST_ROUNDED = -25, /* at least half the smallest subnormal, 2^-24 */
    FRACTION_DROPPED = 52 - 10,
};

double cc_half_to_double(uint16_t half)
{
    const double sign = half & 0x8000 ? -1.0 : 1.0;
    const int exponent = half >> 10 & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0x1f)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    if (exponent == 0)
        return sign * ldexp(fraction, -24);
    return sign * ldexp(fraction + 0x400, exponent - 25);
}

static uint64_t shift_half_to_even(uint64_t m, int shift)
{
    const uint64_t kept = m >> shift, rest = m & (((uint64_t)1 << shift) - 1);
    const uint64_t half = (uint64_t)1 << (shift - 1);
    return kept + (rest > half || (rest == half && (kept & 1)));
}

uint16_t cc_half_from_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const unsigned sign = (unsigned)(bits >> 63) << 15;
    const int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    const uint64_t mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    if (isnan(value))
        return (uint16_t)(sign | HALF_QUIET_NAN);
    if (exponent > 15)
        return (uint16_t)(sign | HALF_INFINITY);
    if (exponent < LOWEST_ROUNDED)
        return (uint16_t)sign;
    if (exponent < LOWEST_NORMAL) /* subnormal: the leading one becomes a fraction bit */
        return (uint16_t)(sign | shift_half_to_even(mantissa,
                                                    FRACTION_DROPPED + LOWEST_NORMAL - exponent));
    /* The leading one adds 1 to the exponent field, and a carry out of the fraction goes on into
     * it, up to infinity. */
    const uint64_t field = (uint64_t)(exponent - LOWEST_NORMAL) << 10;
    return (uint16_t)(sign | (field + shift_half_to_even(mantissa, FRACTION_DROPPED)));
}

bool cc_is_half(double value)
{
    return cc_half_to_double(cc_half_from_double(value)) == value;
}
