/* fft.h - transforms of TILE points, LANES of them side by side in private memory. */
#ifndef CLCONV_FFT_H
#define CLCONV_FFT_H

#include "fft_tile.h"
#include "vector.h"

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

/* In place, in order. */
INLINE void butterfly4(VEC r[4], VEC i[4])
{
    dft4(r, i, r[0], i[0], r[1], i[1], r[2], i[2], r[3], i[3]);
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

/* (r, i) times (wr, wi). */
INLINE void multiply(private VEC *r, private VEC *i, VEC wr, VEC wi)
{
    const VEC product = *r * wr;
    const VEC rest = *r * wi;
    *r = FMA(-*i, wi, product);
    *i = FMA(*i, wr, rest);
}

/* A pass over blocks of m points: forward the twiddles come last, back first, and where blocks have
 * no more than RADIX points there are none. Back is forward with real and imaginary parts
 * exchanged. */
#define DEFINE_PASS(NAME, RADIX, BACK)                                                             \
    INLINE void NAME(private VEC *re, private VEC *im, const int m, global const ACC *twiddles)    \
    {                                                                                              \
        const int l = m / RADIX;                                                                   \
        _Pragma("unroll 1") for (int block = 0; block < TILE; block += m)                          \
            _Pragma("unroll 1") for (int j = 0; j < l; j++)                                        \
        {                                                                                          \
            global const ACC *const w = twiddles + 2 * (RADIX - 1) * j;                            \
            VEC r[RADIX], i[RADIX];                                                                \
            _Pragma("unroll") for (int b = 0; b < RADIX; b++)                                      \
            {                                                                                      \
                r[b] = re[block + j + b * l];                                                      \
                i[b] = im[block + j + b * l];                                                      \
            }                                                                                      \
            if (!BACK)                                                                             \
                butterfly##RADIX(r, i);                                                            \
            if (l > 1)                                                                             \
                _Pragma("unroll") for (int b = 1; b < RADIX; b++)                                  \
                    multiply(&r[b], &i[b], (VEC)w[2 * b - 2], (VEC)w[2 * b - 1]);                  \
            if (BACK)                                                                              \
                butterfly##RADIX(r, i);                                                            \
            _Pragma("unroll") for (int b = 0; b < RADIX; b++)                                      \
            {                                                                                      \
                re[block + j + b * l] = r[b];                                                      \
                im[block + j + b * l] = i[b];                                                      \
            }                                                                                      \
        }                                                                                          \
    }

DEFINE_PASS(forward4, 4, 0)
DEFINE_PASS(forward8, 8, 0)
DEFINE_PASS(back4, 4, 1)
DEFINE_PASS(back8, 8, 1)

/* Points of a block before each pass. */
#define POINTS_1 TILE
#define POINTS_2 (POINTS_1 / FFT_RADIX(POINTS_1))
#define POINTS_3 (POINTS_2 / FFT_RADIX(POINTS_2))

#define PASS(way, m, twiddles)                                                                     \
    if (FFT_RADIX(m) == 8)                                                                         \
        way##8(re, im, m, twiddles);                                                               \
    else                                                                                           \
        way##4(re, im, m, twiddles)

static inline void transform(private VEC *re, private VEC *im, global const ACC *twiddles)
{
    PASS(forward, POINTS_1, twiddles);
    PASS(forward, POINTS_2, twiddles + 2 * (POINTS_1 - POINTS_2));
#if POINTS_3 > 1
    PASS(forward, POINTS_3, twiddles + 2 * (POINTS_1 - POINTS_3));
#endif
}

/* Times TILE. */
static inline void transform_back(private VEC *im, private VEC *re, global const ACC *twiddles)
{
#if POINTS_3 > 1
    PASS(back, POINTS_3, twiddles + 2 * (POINTS_1 - POINTS_3));
#endif
    PASS(back, POINTS_2, twiddles + 2 * (POINTS_1 - POINTS_2));
    PASS(back, POINTS_1, twiddles);
}

/* What turns 2 * LANES / 2 rows into columns when it is done log2(LANES) times: the halves of two
 * rows that are LANES / 2 apart, element by element. */
INLINE void interleave(VEC out[LANES], const VEC in[LANES])
{
#pragma unroll
    for (int i = 0; i < LANES / 2; i++) {
        out[2 * i].even = in[i].lo;
        out[2 * i].odd = in[i + LANES / 2].lo;
        out[2 * i + 1].even = in[i].hi;
        out[2 * i + 1].odd = in[i + LANES / 2].hi;
    }
}

/* Rows to columns. */
INLINE void transpose(VEC a[LANES])
{
    VEC b[LANES];
    interleave(b, a);
    interleave(a, b);
#if LANES == 8
    interleave(b, a);
#pragma unroll
    for (int i = 0; i < LANES; i++)
        a[i] = b[i];
#elif LANES == 16
    interleave(b, a);
    interleave(a, b);
#endif
}

#endif
