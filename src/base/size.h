/* size.h - arithmetic on sizes that says when it does not fit. */
#ifndef CC_BASE_SIZE_H
#define CC_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *out = a op b; false (and *out unchanged) when it does not fit in int64_t. */
static inline bool cc_mul(int64_t *out, int64_t a, int64_t b)
{
    int64_t r;
    return !__builtin_mul_overflow(a, b, &r) && (*out = r, true);
}

static inline bool cc_add(int64_t *out, int64_t a, int64_t b)
{
    int64_t r;
    return !__builtin_add_overflow(a, b, &r) && (*out = r, true);
}

static inline int64_t cc_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t cc_ceil_div(int64_t a, int64_t b) /* a >= 0, b > 0 */
{
    return a / b + (a % b != 0);
}

static inline int64_t cc_round_up(int64_t a, int64_t multiple)
{
    return cc_ceil_div(a, multiple) * multiple;
}

/* Of ranges of bytes, by where they begin: in one memory, or as addresses. */
static inline bool cc_overlap(uintptr_t a, size_t a_bytes, uintptr_t b, size_t b_bytes)
{
    return a < b ? b - a < a_bytes : a - b < b_bytes;
}

#endif
