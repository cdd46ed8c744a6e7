/* vector.h - vectors of LANES elements, for kernels whose work-items compute several outputs: on
 * processors the drivers do not make vectors of work-items by themselves.
 *
 * VEC is ACC in LANES lanes. VLOAD loads it from ACC in any memory, VSTORE stores it to private
 * memory; X_VLOAD loads and converts input, Y_VSTORE converts and stores output, as LOAD and STORE
 * of common.h do. None of them asks for more alignment than an element has. */
#ifndef CLCONV_VECTOR_H
#define CLCONV_VECTOR_H

#include "common.h"

/* 4, 8 or 16. */
#ifndef LANES
#define LANES 16
#endif

#define PASTE_(a, b, c) a##b##c
#define PASTE(a, b, c)  PASTE_(a, b, c)

#if ACC_F64
#define VEC         PASTE(double, LANES, )
#define VEC_CONVERT PASTE(convert_double, LANES, )
#define VEC_BITS    PASTE(as_long, LANES, )
#else
#define VEC         PASTE(float, LANES, )
#define VEC_CONVERT PASTE(convert_float, LANES, )
#define VEC_BITS    PASTE(as_int, LANES, )
#endif
#define VLOAD(p) PASTE(vload, LANES, )(0, p)

/* An array of ACC whose vectors do not cross lines of the cache, for the stack begins anywhere. */
#define ALIGNED __attribute__((aligned(sizeof(VEC))))

/* A vector aligned as its elements are: some drivers' vstore goes element by element. */
typedef struct __attribute__((packed)) vec_anywhere {
    VEC vector;
} vec_anywhere;
#define VSTORE(v, p) (((private vec_anywhere *)(p))->vector = (v))

/* Whether x, and y, hold ACC itself. */
#define TYPE_ACC (ACC_F64 ? TYPE_F64 : TYPE_F32)
#define X_IS_ACC (X_TYPE == TYPE_ACC)
#define Y_IS_ACC (Y_TYPE == TYPE_ACC)

#if X_IS_ACC
#define X_VLOAD(x) VLOAD(x)
#elif X_TYPE == TYPE_F16
#define X_VLOAD(x) VEC_CONVERT(PASTE(vload_half, LANES, )(0, x))
#else
#define X_VLOAD(x) VEC_CONVERT(VLOAD(x))
#endif

#if Y_TYPE == TYPE_F16
#define Y_VSTORE(v, y) PASTE(vstore_half, LANES, _rte)(v, 0, y)
#else
#if Y_TYPE == TYPE_F32
#define Y_VEC(prefix) PASTE(prefix, float, LANES)
#define Y_CONVERT(v)  PASTE(convert_float, LANES, )(v)
#elif Y_TYPE == TYPE_F64
#define Y_VEC(prefix) PASTE(prefix, double, LANES)
#define Y_CONVERT(v)  PASTE(convert_double, LANES, )(v)
#elif Y_TYPE == TYPE_U8
#define Y_VEC(prefix) PASTE(prefix, uchar, LANES)
#define Y_CONVERT(v)  Y_VEC(convert_)(VEC_BITS(to_whole(v, 0, 255)))
#elif Y_TYPE == TYPE_S8
#define Y_VEC(prefix) PASTE(prefix, char, LANES)
#define Y_CONVERT(v)  Y_VEC(convert_)(VEC_BITS(to_whole(v, -128, 127)))
#elif Y_TYPE == TYPE_U16
#define Y_VEC(prefix) PASTE(prefix, ushort, LANES)
#define Y_CONVERT(v)  Y_VEC(convert_)(VEC_BITS(to_whole(v, 0, 65535)))
#else
#define Y_VEC(prefix) PASTE(prefix, short, LANES)
#define Y_CONVERT(v)  Y_VEC(convert_)(VEC_BITS(to_whole(v, -32768, 32767)))
#endif
/* As TO_INTEGER, but that ROUND_WHOLE stays: the lowest bits are the integer. Comparisons like
 * these are one instruction each, and NaN is not above 0. */
static inline VEC to_whole(VEC v, ACC low, ACC high)
{
    const VEC above = v > (VEC)low ? v : (VEC)low, inside = above < (VEC)high ? above : (VEC)high;
    return (low < 0 ? (v == v ? inside : (VEC)0) : inside) + ROUND_WHOLE;
}

typedef struct __attribute__((packed)) y_anywhere {
    Y_VEC() vector;
} y_anywhere;
#define Y_VSTORE(v, y) (((global y_anywhere *)(y))->vector = Y_CONVERT(v))
#endif

/* Y_STREAM stores past the caches, where the compiler can and y, aligned to a whole vector, holds
 * what VEC does: a result larger than the caches then costs no reading of the memory it replaces.
 */
#ifdef __has_builtin
#if __has_builtin(__builtin_nontemporal_store) && Y_IS_ACC
#define Y_STREAM(v, y)  __builtin_nontemporal_store(v, (global VEC *)(y))
#define Y_STREAMS(g, y) ((ulong)(y) % sizeof(VEC) == 0 && output_bytes(g) >= STREAMED_BYTES)
#endif
#endif
#ifndef Y_STREAM
#define Y_STREAM(v, y)  Y_VSTORE(v, y)
#define Y_STREAMS(g, y) false
#endif

/* Results at least this large: to keep part of them in a cache brings less than it costs. */
#define STREAMED_BYTES (12L << 20)

static inline long output_bytes(const clconv_geom *g)
{
    return (long)g->n * g->k * g->p * g->q * (long)sizeof(Y_T);
}

DEFINE_FINISH(VEC, _vector)

#endif
