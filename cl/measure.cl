/* measure.cl - what a device can do at most: multiply-adds in registers, and plain copies. The host
 * runs each in several widths and takes the best (src/plan/measure_device.c). */
#include "common.h"

/* 1: stores of copies pass the caches by, where the compiler has a way to say so */
#ifndef NONTEMPORAL
#define NONTEMPORAL 0
#endif
/* 1: multiply-adds in f16 too; needs cl_khr_fp16 */
#ifndef HALF
#define HALF 0
#endif

#if HALF
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#endif

#if NONTEMPORAL
#define MOVE(to, from) __builtin_nontemporal_store((from), &(to))
#else
#define MOVE(to, from) ((to) = (from))
#endif

/* Enough sums that do not wait for each other: two units with a latency of four to six cycles. The
 * values stay normal, and all lanes are stored, so that nothing can be left out. */
#define STEP12                                                                                     \
    s0 = FMA(s0, a, b), s1 = FMA(s1, a, b), s2 = FMA(s2, a, b), s3 = FMA(s3, a, b),                \
    s4 = FMA(s4, a, b), s5 = FMA(s5, a, b), s6 = FMA(s6, a, b), s7 = FMA(s7, a, b),                \
    s8 = FMA(s8, a, b), s9 = FMA(s9, a, b), s10 = FMA(s10, a, b), s11 = FMA(s11, a, b)

/* 48 multiply-adds of a vector each round. */
#define RATE(name, scalar, vector)                                                                 \
    kernel void name(global vector *y, const uint rounds, const float first, const float second)   \
    {                                                                                              \
        const vector a = (vector)((scalar)first), b = (vector)((scalar)second);                    \
        vector s0 = b, s1 = s0 + b, s2 = s1 + b, s3 = s2 + b, s4 = s3 + b, s5 = s4 + b;            \
        vector s6 = s5 + b, s7 = s6 + b, s8 = s7 + b, s9 = s8 + b, s10 = s9 + b, s11 = s10 + b;    \
        for (uint i = 0; i < rounds; i++) {                                                        \
            STEP12;                                                                                \
            STEP12;                                                                                \
            STEP12;                                                                                \
            STEP12;                                                                                \
        }                                                                                          \
        y[get_global_id(0)] = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;         \
    }

RATE(rate_1, float, float)
RATE(rate_4, float, float4)
RATE(rate_8, float, float8)
RATE(rate_16, float, float16)
#if HALF
RATE(half_1, half, half)
RATE(half_2, half, half2)
RATE(half_8, half, half8)
RATE(half_16, half, half16)
#endif

/* A work-group moves a piece of local size * count vectors; its work-items stand side by side. */
#define COPY(name, vector)                                                                         \
    kernel void name(global const vector *x, global vector *y, const uint count)                   \
    {                                                                                              \
        const size_t step = get_local_size(0);                                                     \
        const size_t first = get_group_id(0) * step * count + get_local_id(0);                     \
        for (uint i = 0; i < count; i++)                                                           \
            MOVE(y[first + i * step], x[first + i * step]);                                        \
    }

COPY(copy_4, float4)
COPY(copy_16, float16)

kernel void nothing(global float *y)
{
    if (get_global_id(0) > 0)
        y[0] = 0;
}
