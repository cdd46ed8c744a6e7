/* element.c - elements of every storage type, from and to double. */
#include "base/half.h"
#include "host/host.h"
#include <math.h>

void cc_load_row(clconv_type type, const void *array, int64_t first, int64_t stride, int64_t count,
                 double *out)
{
#define LOAD_ALL(ctype, convert)                                                                   \
    for (int64_t i = 0; i < count; i++)                                                            \
    out[i] = convert(((const ctype *)array)[first + i * stride])
    switch (type) {
    case CLCONV_F32:
        LOAD_ALL(float, (double));
        break;
    case CLCONV_F16:
        LOAD_ALL(uint16_t, cc_half_to_double);
        break;
    case CLCONV_F64:
        LOAD_ALL(double, (double));
        break;
    case CLCONV_U8:
        LOAD_ALL(uint8_t, (double));
        break;
    case CLCONV_S8:
        LOAD_ALL(int8_t, (double));
        break;
    case CLCONV_U16:
        LOAD_ALL(uint16_t, (double));
        break;
    case CLCONV_S16:
        LOAD_ALL(int16_t, (double));
        break;
    }
#undef LOAD_ALL
}

double cc_load(clconv_type type, const void *array, int64_t i)
{
    double value = 0;
    cc_load_row(type, array, i, 1, 1, &value);
    return value;
}

/* The nearest whole number, half to even, in the range of a type. */
static int to_integer(double v, int lowest, int highest)
{
    if (isnan(v))
        return 0;
    return v <= lowest ? lowest : v >= highest ? highest : (int)nearbyint(v);
}

void cc_store(clconv_type type, void *array, int64_t i, double v)
{
    switch (type) {
    case CLCONV_F32:
        ((float *)array)[i] = (float)v;
        break;
    case CLCONV_F16:
        ((uint16_t *)array)[i] = cc_half_from_double(v);
        break;
    case CLCONV_F64:
        ((double *)array)[i] = v;
        break;
    case CLCONV_U8:
        ((uint8_t *)array)[i] = (uint8_t)to_integer(v, 0, UINT8_MAX);
        break;
    case CLCONV_S8:
        ((int8_t *)array)[i] = (int8_t)to_integer(v, INT8_MIN, INT8_MAX);
        break;
    case CLCONV_U16:
        ((uint16_t *)array)[i] = (uint16_t)to_integer(v, 0, UINT16_MAX);
        break;
    case CLCONV_S16:
        ((int16_t *)array)[i] = (int16_t)to_integer(v, INT16_MIN, INT16_MAX);
        break;
    }
}

double cc_kept(clconv_type type, double value)
{
    double memory; /* room for any type */

    cc_store(type, &memory, 0, value);
    return cc_load(type, &memory, 0);
}
