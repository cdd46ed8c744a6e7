/* fft_turn.h - eight rows of a strip of columns to and from the tile, in which they are points of
 * strips of rows. */
#ifndef CLCONV_FFT_TURN_H
#define CLCONV_FFT_TURN_H

#include "fft_image.h"

/* The tile: strips of LANES rows, in which each of the columns is a point. */
#define WIDTH                (TILE * INTERLEAVED)
#define TILE_AT(row, column) (((row) / LANES * WIDTH + (column)) * 2 * LANES + (row) % LANES)

/* A column's eight points lie in pieces that are no longer than a vector: piece n of those of LANES
 * columns, one behind the other in a[8]. */
#if LANES == 16
#if ACC_F64
typedef double8 piece;
#else
typedef float8 piece;
#endif
#define PIECE_LANES 8
INLINE piece get_piece(const VEC a[8], int n)
{
    return n % 2 ? a[n / 2].hi : a[n / 2].lo;
}
INLINE void set_piece(VEC a[8], int n, piece value)
{
    if (n % 2)
        a[n / 2].hi = value;
    else
        a[n / 2].lo = value;
}
#else
typedef VEC piece;
#define PIECE_LANES LANES
INLINE piece get_piece(const VEC a[8], int n)
{
    return a[n];
}
INLINE void set_piece(VEC a[8], int n, piece value)
{
    a[n] = value;
}
#endif
#define PIECES (8 * LANES / PIECE_LANES)
#define PIECE_AT(row, column, n)                                                                   \
    TILE_AT((row) + (n)*PIECE_LANES % 8, (column) + (n)*PIECE_LANES / 8)

/* 8 rows become LANES columns of 8, one behind the other, when it is done three times: the bits of
 * an element's number, of its row before those of its lane, move up by one, the first to the end.
 */
INLINE void rotate_bits(VEC out[8], const VEC in[8])
{
#pragma unroll
    for (int v = 0; v < 4; v++) {
        out[2 * v].even = in[v].lo;
        out[2 * v].odd = in[v + 4].lo;
        out[2 * v + 1].even = in[v].hi;
        out[2 * v + 1].odd = in[v + 4].hi;
    }
}

INLINE void rotate_bits_back(VEC out[8], const VEC in[8])
{
#pragma unroll
    for (int v = 0; v < 4; v++) {
        out[v].lo = in[2 * v].even;
        out[v].hi = in[2 * v + 1].even;
        out[v + 4].lo = in[2 * v].odd;
        out[v + 4].hi = in[2 * v + 1].odd;
    }
}

/* `row` is a multiple of eight. */
INLINE void turn_to(local ACC *tile, const VEC rows[8], int row, int column)
{
    VEC a[8], b[8];
    rotate_bits(a, rows);
    rotate_bits(b, a);
    rotate_bits(a, b);
#pragma unroll
    for (int n = 0; n < PIECES; n++)
        *(local piece *)(tile + PIECE_AT(row, column, n)) = get_piece(a, n);
}

INLINE void turn_from(VEC rows[8], local const ACC *tile, int row, int column)
{
    VEC a[8], b[8];
#pragma unroll
    for (int n = 0; n < PIECES; n++)
        set_piece(a, n, *(local const piece *)(tile + PIECE_AT(row, column, n)));
    rotate_bits_back(b, a);
    rotate_bits_back(a, b);
    rotate_bits_back(rows, a);
}

#endif
