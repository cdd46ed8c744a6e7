/* npy_convert.c - which elements of NumPy are elements of a desc, and any number as f32. */
#include "cli.h"
#include "npy.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool cli_npy_type(clconv_type *type, const struct cli_npy *array, const char *path)
{
    static const struct {
        char kind;
        int size;
        clconv_type type;
    } known[] = {{'f', 2, CLCONV_F16}, {'f', 4, CLCONV_F32}, {'f', 8, CLCONV_F64},
                 {'u', 1, CLCONV_U8},  {'i', 1, CLCONV_S8},  {'u', 2, CLCONV_U16},
                 {'i', 2, CLCONV_S16}};
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (known[i].kind == array->kind && known[i].size == array->size) {
            *type = known[i].type;
            return true;
        }
    }
    cli_fail("%s holds %c%d, which is computed on in no type here; save it as %s", path,
             array->kind, array->size,
             array->kind == 'b' ? "bytes: np.save(file, x.astype('u1'))"
                                : "f4 (exact up to 2^24) or f8: np.save(file, x.astype('f4'))");
    return false;
}

/* IEEE 754 binary16. */
static double from_half(uint16_t bits)
{
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 0    ? ldexp(fraction, -24)
                   : exponent == 31 ? (fraction ? NAN : INFINITY)
                                    : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -value : value;
}

/* Element i as f32; *lost is set when that is not the same number. */
static float element(const struct cli_npy *array, size_t i, bool *lost)
{
    const void *data = array->data;
    const bool is_float = array->kind == 'f', is_signed = array->kind == 'i';
    double value;
    if (array->size == 8 && !is_float) { /* does not fit in a double either */
        const float near =
            is_signed ? (float)((const int64_t *)data)[i] : (float)((const uint64_t *)data)[i];
        *lost |= is_signed
                     ? (double)near >= 0x1p63 || (int64_t)near != ((const int64_t *)data)[i]
                     : (double)near >= 0x1p64 || (uint64_t)near != ((const uint64_t *)data)[i];
        return near;
    }
    switch (array->size) {
    case 1:
        value = is_signed ? ((const int8_t *)data)[i] : ((const uint8_t *)data)[i];
        break;
    case 2:
        value = is_float    ? from_half(((const uint16_t *)data)[i])
                : is_signed ? ((const int16_t *)data)[i]
                            : ((const uint16_t *)data)[i];
        break;
    case 4:
        value = is_float    ? (double)((const float *)data)[i]
                : is_signed ? (double)((const int32_t *)data)[i]
                            : (double)((const uint32_t *)data)[i];
        break;
    default:
        value = ((const double *)data)[i];
    }
    *lost |= (double)(float)value != value && !isnan(value);
    return (float)value;
}

bool cli_npy_floats(float **values, const struct cli_npy *array, const char *path)
{
    bool lost = false;
    float *made = malloc(array->count * sizeof(*made));
    if (!made) {
        cli_no_memory(array->count * sizeof(*made));
        return false;
    }
    for (size_t i = 0; i < array->count; i++)
        made[i] = element(array, i, &lost);
    if (lost)
        cli_say("%s holds %c%d; coefficients are f32, so some of them were rounded", path,
                array->kind, array->size);
    *values = made;
    return true;
}
