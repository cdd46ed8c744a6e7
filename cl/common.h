/* common.h - what every kernel shares: element types, loads and stores, borders, the epilogue.
 *
 * Options (each has a default, so that every .cl file compiles on its own):
 *   X_TYPE, Y_TYPE  storage of input and output: TYPE_ values below, those of clconv_type
 *   ACC_F64         1: arithmetic in double, else in float
 *   HAS_FMA         1: the device has fma() in hardware speed
 */
#ifndef CLCONV_COMMON_H
#define CLCONV_COMMON_H

#include "declared.h"

#include "border.h"
#include "geom.h"

#define TYPE_F32 0
#define TYPE_F16 1
#define TYPE_F64 2
#define TYPE_U8  3
#define TYPE_S8  4
#define TYPE_U16 5
#define TYPE_S16 6

#ifndef X_TYPE
#define X_TYPE TYPE_F32
#endif
#ifndef Y_TYPE
#define Y_TYPE TYPE_F32
#endif
#ifndef ACC_F64
#define ACC_F64 0
#endif
#ifndef HAS_FMA
#define HAS_FMA 1
#endif

/* A large part of a kernel, compiled once: PoCL, for which alone CLCONV_DECLARES is defined
 * (src/ocl/program.c), makes three functions of a kernel, calls one, and inlines all of the kernel
 * in each. Such a part may hold no barrier and not ask which work-item it is. Local memory it gets
 * only where that is an argument of the kernel: the address of an array that the kernel declares
 * would be a constant in the part, where PoCL does not look for it. A part that reads, between
 * stores of outputs, what it gets by address copies that: the compiler cannot know that the outputs
 * lie elsewhere. */
#ifdef CLCONV_DECLARES
#define APART static __attribute__((noinline))
#else
#define APART static inline
#endif

/* The compiler may not fuse on its own: the path inside the image and the path at its border have
 * to round alike, or a result would depend on how the image was cut. */
#pragma OPENCL FP_CONTRACT OFF

#if ACC_F64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double ACC;
#else
typedef float ACC;
#endif

#if HAS_FMA
#define FMA(a, b, c) fma((a), (b), (c))
#else
#define FMA(a, b, c) ((a) * (b) + (c))
#endif

#if X_TYPE == TYPE_F32
typedef float X_T;
#elif X_TYPE == TYPE_F16
typedef half X_T;
#elif X_TYPE == TYPE_F64
typedef double X_T;
#elif X_TYPE == TYPE_U8
typedef uchar X_T;
#elif X_TYPE == TYPE_S8
typedef char X_T;
#elif X_TYPE == TYPE_U16
typedef ushort X_T;
#else
typedef short X_T;
#endif

/* Element i (any integer type) of x as ACC. f16 goes through vload_half: no cl_khr_fp16 needed. */
#if X_TYPE == TYPE_F16
#define LOAD(x, i) ((ACC)vload_half((i), (x)))
#else
#define LOAD(x, i) ((ACC)(x)[i])
#endif

/* Rounds half to even where |v| < 2^22 (double: 2^51): the sum has no bits for a fraction. Drivers
 * for processors compute rint() in many steps. */
#if ACC_F64
#define ROUND_WHOLE 6755399441055744.0
#else
#define ROUND_WHOLE 12582912.0f
#endif

/* What an integer type whose values lie in low .. high stores for v, still as T, which is ACC or a
 * vector of it: half to even, saturated, NaN as 0. */
#define TO_INTEGER(T, low, high, v)                                                                \
    ((v) == (v) ? clamp((v), (T)(low), (T)(high)) + ROUND_WHOLE - ROUND_WHOLE : (T)0)

#define STORE_INTEGER(type, low, high, y, i, v) ((y)[i] = (type)TO_INTEGER(ACC, low, high, v))

#if Y_TYPE == TYPE_F32
typedef float Y_T;
#define STORE(y, i, v) ((y)[i] = (float)(v))
#elif Y_TYPE == TYPE_F16
typedef half Y_T;
#define STORE(y, i, v) vstore_half_rte((v), (i), (y))
#elif Y_TYPE == TYPE_F64
typedef double Y_T;
#define STORE(y, i, v) ((y)[i] = (v))
#elif Y_TYPE == TYPE_U8
typedef uchar Y_T;
#define STORE(y, i, v) STORE_INTEGER(uchar, 0, 255, y, i, v)
#elif Y_TYPE == TYPE_S8
typedef char Y_T;
#define STORE(y, i, v) STORE_INTEGER(char, -128, 127, y, i, v)
#elif Y_TYPE == TYPE_U16
typedef ushort Y_T;
#define STORE(y, i, v) STORE_INTEGER(ushort, 0, 65535, y, i, v)
#else
typedef short Y_T;
#define STORE(y, i, v) STORE_INTEGER(short, -32768, 32767, y, i, v)
#endif

/* Numbers of the epilogue and the border, in the arithmetic type; by value, as cc_epilogue_arg. */
typedef struct clconv_epilogue {
    ACC scale, offset, a, b, border_value;
} clconv_epilogue;

/* Values of clconv_activation. */
#define ACTIVATION_RELU    1
#define ACTIVATION_LEAKY   2
#define ACTIVATION_CLIP    3
#define ACTIVATION_SIGMOID 4
#define ACTIVATION_TANH    5

/* activate(v): comparisons, not fmax, so that a NaN stays a NaN; activate_simply(v): those without
 * exp. finish(sum): from the sum with its bias to the value that is stored; finish_simply(sum):
 * where IS_SIMPLE(g), in few instructions. All for T, which is ACC or a vector of it. */
#define IS_SIMPLE(g) ((g)->activation <= ACTIVATION_CLIP)
#define DEFINE_FINISH(T, suffix)                                                                   \
    static inline T activate_simply##suffix(T v, int activation, ACC a, ACC b)                     \
    {                                                                                              \
        switch (activation) {                                                                      \
        case ACTIVATION_RELU:                                                                      \
            return v < (T)0 ? (T)0 : v;                                                            \
        case ACTIVATION_LEAKY:                                                                     \
            return v < (T)0 ? a * v : v;                                                           \
        case ACTIVATION_CLIP:                                                                      \
            return v < (T)a ? (T)a : (v > (T)b ? (T)b : v);                                        \
        default:                                                                                   \
            return v;                                                                              \
        }                                                                                          \
    }                                                                                              \
    static inline T activate##suffix(T v, int activation, ACC a, ACC b)                            \
    {                                                                                              \
        switch (activation) {                                                                      \
        case ACTIVATION_SIGMOID:                                                                   \
            return 1 / (1 + exp(-v));                                                              \
        case ACTIVATION_TANH:                                                                      \
            return tanh(v);                                                                        \
        default:                                                                                   \
            return activate_simply##suffix(v, activation, a, b);                                   \
        }                                                                                          \
    }                                                                                              \
    static inline T scaled##suffix(T sum, const clconv_geom *g, const clconv_epilogue *e)          \
    {                                                                                              \
        const T v = FMA(sum, (T)e->scale, (T)e->offset);                                           \
        return g->absolute ? fabs(v) : v;                                                          \
    }                                                                                              \
    static inline T finish_simply##suffix(T sum, const clconv_geom *g, const clconv_epilogue *e)   \
    {                                                                                              \
        return activate_simply##suffix(scaled##suffix(sum, g, e), g->activation, e->a, e->b);      \
    }                                                                                              \
    static inline T finish##suffix(T sum, const clconv_geom *g, const clconv_epilogue *e)          \
    {                                                                                              \
        return activate##suffix(scaled##suffix(sum, g, e), g->activation, e->a, e->b);             \
    }

DEFINE_FINISH(ACC, )

/* The input at row ih, column iw of a plane, both mapped by the border; -1 is the constant. */
static inline ACC load_mapped(global const X_T *plane, int ih, int iw, const clconv_geom *g,
                              ACC border_value)
{
    if (ih < 0 || iw < 0)
        return border_value;
    return LOAD(plane, ih * g->x_stride_h + iw * g->x_stride_w);
}

/* First element of channel 0 of the group that filter k of image n reads. */
static inline global const X_T *input_planes(global const X_T *x, const clconv_geom *g, int n,
                                             int k)
{
    return x + g->x_base + n * g->x_stride_n + (long)(k / g->group_k) * g->group_c * g->x_stride_c;
}

static inline long output_index(const clconv_geom *g, int n, int k, int p, int q)
{
    return g->y_base + n * g->y_stride_n + k * g->y_stride_k + p * g->y_stride_p +
           q * g->y_stride_q;
}

/* Whether the windows of output rows [p0, p1] and columns [q0, q1] lie inside the image. Outputs
 * beyond the last are left out: they are not computed, and their indices could pass 32 bits. */
static inline bool windows_inside(const clconv_geom *g, int p0, int p1, int q0, int q1)
{
    const int last_p = min(p1, g->p - 1), last_q = min(q1, g->q - 1);
    return p0 * g->stride_h >= g->pad_top && q0 * g->stride_w >= g->pad_left &&
           last_p * g->stride_h - g->pad_top + (g->r - 1) * g->dilation_h < g->h &&
           last_q * g->stride_w - g->pad_left + (g->s - 1) * g->dilation_w < g->w;
}

#endif
