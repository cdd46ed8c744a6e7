/* fft.h - what the passes of a transform of TILE points (fft_tile.h) do to the points they take
 * together. VEC, of which a point has a real and an imaginary part, is defined by who includes it.
 */
#ifndef CLCONV_FFT_H
#define CLCONV_FFT_H

#include "fft_tile.h"

#ifndef TILE
#define TILE 64
#endif

#define SQRT_HALF ((ACC)0.70710678118654752)

#define INLINE    static inline __attribute__((always_inline))

/* y[0..3] = the transform of x0 .. x3. */
INLINE void dft4(VEC yr[4], VEC yi[4], VEC r0, VEC i0, VEC r1, VEC i1, VEC r2, VEC i2, VEC r3,
                 VEC i3)
{
    const VEC sr = r0 + r2, si = i0 + i2, dr = r0 - r2, di = i0 - i2;
    const VEC tr = r1 + r3, ti = i1 + i3, ur = r1 - r3, ui = i1 - i3;
    yr[0] = sr + tr, yi[0] = si + ti;
    yr[1] = dr + ui, yi[1] = di - ur;
    yr[2] = sr - tr, yi[2] = si - ti;
    yr[3] = dr - ui, yi[3] = di + ur;
}

INLINE void butterfly8(VEC r[8], VEC i[8])
{
    VEC er[4], ei[4], or [4], oi[4];
    dft4(er, ei, r[0], i[0], r[2], i[2], r[4], i[4], r[6], i[6]);
    dft4(or, oi, r[1], i[1], r[3], i[3], r[5], i[5], r[7], i[7]);
    const VEC c = (VEC)SQRT_HALF;
    const VEC s1 = or [1] + oi[1], d1 = oi[1] - or [1], s3 = or [3] + oi[3], d3 = oi[3] - or [3];
    r[0] = er[0] + or [0], i[0] = ei[0] + oi[0];
    r[4] = er[0] - or [0], i[4] = ei[0] - oi[0];
    r[2] = er[2] + oi[2], i[2] = ei[2] - or [2];
    r[6] = er[2] - oi[2], i[6] = ei[2] + or [2];
    r[1] = FMA(c, s1, er[1]), i[1] = FMA(c, d1, ei[1]);
    r[5] = FMA(-c, s1, er[1]), i[5] = FMA(-c, d1, ei[1]);
    r[3] = FMA(c, d3, er[3]), i[3] = FMA(-c, s3, ei[3]);
    r[7] = FMA(-c, d3, er[3]), i[7] = FMA(c, s3, ei[3]);
}

/* In place, in order. */
INLINE void butterfly(const int radix, VEC r[8], VEC i[8])
{
    if (radix == 8)
        butterfly8(r, i);
    else
        dft4(r, i, r[0], i[0], r[1], i[1], r[2], i[2], r[3], i[3]);
}

/* (r, i) times (wr, wi). */
INLINE void multiply(VEC *r, VEC *i, VEC wr, VEC wi)
{
    const VEC product = *r * wr;
    const VEC rest = *r * wi;
    *r = FMA(-*i, wi, product);
    *i = FMA(*i, wr, rest);
}

/* By the twiddles of the j-th of the points that a pass takes together. */
INLINE void turn(const int radix, VEC r[8], VEC i[8], global const ACC *twiddles, int j)
{
    global const ACC *const w = twiddles + 2 * (radix - 1) * j;
#pragma unroll
    for (int b = 1; b < 8; b++)
        if (b < radix)
            multiply(&r[b], &i[b], (VEC)w[2 * b - 2], (VEC)w[2 * b - 1]);
}

/* The passes: the first over the whole, of radix RADIX_1; the last over blocks of 8 points, which
 * has no twiddles; and, where that leaves some, one over blocks of POINTS_2 between them. */
#define RADIX_1  FFT_RADIX(TILE)
#define STEP_1   (TILE / RADIX_1)
#define POINTS_2 STEP_1
#define RADIX_2  FFT_RADIX(POINTS_2)
#define STEP_2   (POINTS_2 / RADIX_2)

#endif
