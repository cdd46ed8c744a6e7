/* pixels.c - values of any type as doubles, a chunk at a time. */
#include "pixels.h"
#include <stdint.h>

double pixels_most(clconv_type type)
{
    switch (type) {
    case CLCONV_U8:
        return UINT8_MAX;
    case CLCONV_S8:
        return INT8_MAX;
    case CLCONV_U16:
        return UINT16_MAX;
    case CLCONV_S16:
        return INT16_MAX;
    default:
        return 1;
    }
}

#define LOAD(TYPE)                                                                                 \
    for (size_t i = 0; i < n; i++)                                                                 \
        to[i] = (double)((const TYPE *)row)[first + i];                                            \
    break

void pixels_load(double *to, clconv_type type, const void *row, size_t first, size_t n)
{
    switch (type) {
    case CLCONV_U8:
        LOAD(uint8_t);
    case CLCONV_S8:
        LOAD(int8_t);
    case CLCONV_U16:
        LOAD(uint16_t);
    case CLCONV_S16:
        LOAD(int16_t);
    case CLCONV_F64:
        LOAD(double);
    default:
        LOAD(float);
    }
}

/* Half to even without a call: beside this, a double has no room for a fraction. */
static double whole(double v)
{
    static const double no_fraction = 6755399441055744.0; /* 1.5 * 2^52 */
    return v + no_fraction - no_fraction;
}

/* Written so that a NaN, which fails every comparison, becomes 0. */
static double within(double v, double least, double most)
{
    return v >= most ? most : v > least ? v : v <= least ? least : 0;
}

#define STORE_FLOAT(TYPE)                                                                          \
    for (size_t i = 0; i < n; i++)                                                                 \
        ((TYPE *)row)[first + i] = (TYPE)values[i];                                                \
    break

#define STORE(TYPE, LEAST, MOST)                                                                   \
    for (size_t i = 0; i < n; i++)                                                                 \
        ((TYPE *)row)[first + i] = (TYPE)whole(within(values[i], LEAST, MOST));                    \
    break

void pixels_store(clconv_type type, void *row, size_t first, size_t n, const double *values)
{
    switch (type) {
    case CLCONV_U8:
        STORE(uint8_t, 0, UINT8_MAX);
    case CLCONV_S8:
        STORE(int8_t, INT8_MIN, INT8_MAX);
    case CLCONV_U16:
        STORE(uint16_t, 0, UINT16_MAX);
    case CLCONV_S16:
        STORE(int16_t, INT16_MIN, INT16_MAX);
    case CLCONV_F64:
        STORE_FLOAT(double);
    default:
        STORE_FLOAT(float);
    }
}
