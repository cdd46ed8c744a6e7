/* fft_passes.h - passes over points in local memory, LANES transforms side by side. */
#ifndef CLCONV_FFT_PASSES_H
#define CLCONV_FFT_PASSES_H

#include "vector.h"

#include "fft.h"

/* Points lie in memory as a vector of real parts and one of imaginary parts. */
INLINE void get(const int radix, VEC r[8], VEC i[8], local const VEC *from, int step)
{
#pragma unroll
    for (int b = 0; b < 8; b++)
        if (b < radix)
            r[b] = from[2 * b * step], i[b] = from[2 * b * step + 1];
}

INLINE void put(const int radix, const VEC r[8], const VEC i[8], local VEC *to, int step)
{
#pragma unroll
    for (int b = 0; b < 8; b++)
        if (b < radix)
            to[2 * b * step] = r[b], to[2 * b * step + 1] = i[b];
}

/* Of points that lie `step` apart. Back is forward with real and imaginary parts exchanged and the
 * twiddles first. */
INLINE void forward_first(local VEC *points, int step, global const ACC *twiddles)
{
#pragma unroll 1
    for (int j = 0; j < STEP_1; j++) {
        VEC r[8], i[8];
        get(RADIX_1, r, i, points + 2 * j * step, STEP_1 * step);
        butterfly(RADIX_1, r, i);
        turn(RADIX_1, r, i, twiddles, j);
        put(RADIX_1, r, i, points + 2 * j * step, STEP_1 * step);
    }
}

INLINE void back_last(local VEC *points, int step, global const ACC *twiddles)
{
#pragma unroll 1
    for (int j = 0; j < STEP_1; j++) {
        VEC r[8], i[8];
        get(RADIX_1, r, i, points + 2 * j * step, STEP_1 * step);
        turn(RADIX_1, i, r, twiddles, j);
        butterfly(RADIX_1, i, r);
        put(RADIX_1, r, i, points + 2 * j * step, STEP_1 * step);
    }
}

#if POINTS_2 > 8
#define FORWARD_MIDDLE(points, step, twiddles)                                                     \
    middle(points, step, twiddles + 2 * (TILE - POINTS_2), false)
#define BACK_MIDDLE(points, step, twiddles)                                                        \
    middle(points, step, twiddles + 2 * (TILE - POINTS_2), true)
#else
#define FORWARD_MIDDLE(points, step, twiddles)
#define BACK_MIDDLE(points, step, twiddles)
#endif

INLINE void middle(local VEC *points, int step, global const ACC *twiddles, const bool back)
{
#pragma unroll 1
    for (int block = 0; block < TILE; block += POINTS_2)
#pragma unroll 1
        for (int j = 0; j < STEP_2; j++) {
            local VEC *const at = points + 2 * (block + j) * step;
            VEC r[8], i[8];
            get(RADIX_2, r, i, at, STEP_2 * step);
            if (back) {
                turn(RADIX_2, i, r, twiddles, j);
                butterfly(RADIX_2, i, r);
            } else {
                butterfly(RADIX_2, r, i);
                turn(RADIX_2, r, i, twiddles, j);
            }
            put(RADIX_2, r, i, at, STEP_2 * step);
        }
}

#endif
