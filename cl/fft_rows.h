/* fft_rows.h - the transforms of a tile's rows, for fft_columns.cl, and the product between them.
 */
#ifndef CLCONV_FFT_ROWS_H
#define CLCONV_FFT_ROWS_H

#include "fetch.h"
#include "fft_turn.h"

/* Floats of a filter's spectrum: for each LANES rows, each column, real parts, imaginary parts. */
#define SPECTRUM (2 * TILE * TILE)

INLINE void times_spectrum(VEC r[8], VEC i[8], global const ACC *spectrum)
{
#pragma unroll
    for (int b = 0; b < 8; b++)
        multiply(&r[b], &i[b], VLOAD(spectrum + 2 * b * LANES),
                 VLOAD(spectrum + (2 * b + 1) * LANES));
}

INLINE void add(VEC r[8], VEC i[8], local const VEC *sum)
{
#pragma unroll
    for (int b = 0; b < 8; b++)
        r[b] += sum[2 * b], i[b] += sum[2 * b + 1];
}

/* Asks for rows [first, end) of what the next tiles read, `wide` columns of each from `next` on. */
static inline void fetch_rows(const source *s, int first, int end, long next, int wide)
{
#pragma unroll 1
    for (int row = first; row < end; row++)
#pragma unroll 1
        for (int i = 0; i < wide; i += CACHE_LINE / (int)sizeof(X_T))
            FETCH(s->plane + s->row[row] + next + i, 1, SECOND_CACHE);
}

/* The transform of the rows and the product, whose first pass back follows at once; where a sum
 * goes over channels, the product is added to those before it instead. */
static inline void rows_forward(local VEC *tile, local VEC *sum, bool is_first,
                                global const ACC *spectra, global const ACC *twiddles,
                                const source *s, long next, int wide)
{
    for (int strip = 0; strip < TILE / LANES; strip++)
        for (int channel = 0; channel < INTERLEAVED; channel++) {
            const int row = strip * LANES + channel * LANES / INTERLEAVED;
            const int end = strip * LANES + (channel + 1) * LANES / INTERLEAVED;
            const int first = 2 * (strip * WIDTH + channel);
            global const ACC *const spectrum =
                spectra + 2 * (channel * TILE + strip * LANES) * TILE;
            forward_first(tile + first, INTERLEAVED, twiddles);
            FORWARD_MIDDLE(tile + first, INTERLEAVED, twiddles);
#pragma unroll 1
            for (int block = 0; block < TILE; block += 8) {
                const int at = first + 2 * block * INTERLEAVED;
                VEC r[8], i[8];
                fetch_rows(s, row + (end - row) * block / TILE,
                           row + (end - row) * (block + 8) / TILE, next, wide);
                get(8, r, i, tile + at, INTERLEAVED);
                butterfly8(r, i);
                times_spectrum(r, i, spectrum + 2 * block * LANES);
                if (!SUMS)
                    butterfly8(i, r);
                else if (!is_first)
                    add(r, i, sum + at);
                put(8, r, i, sum + at, INTERLEAVED);
            }
        }
}

/* What is left of the way back. */
static inline void rows_back(local VEC *sum, global const ACC *twiddles)
{
    for (int strip = 0; strip < TILE / LANES; strip++)
        for (int channel = 0; channel < INTERLEAVED; channel++) {
            local VEC *const points = sum + 2 * (strip * WIDTH + channel);
#pragma unroll 1
            for (int block = 0; SUMS && block < TILE; block += 8) {
                VEC r[8], i[8];
                get(8, r, i, points + 2 * block, 1);
                butterfly8(i, r);
                put(8, r, i, points + 2 * block, 1);
            }
            BACK_MIDDLE(points, INTERLEAVED, twiddles);
            back_last(points, INTERLEAVED, twiddles);
        }
}

#endif
