/* fft_tile.h - how a tile of the algorithm fft is transformed; plain C and OpenCL C at once.
 *
 * A transform of TILE points goes in passes of radix 8 and 4, by decimation in frequency: a pass
 * cuts each of its blocks of m points into FFT_RADIX(m) blocks, with a twiddle for each point but
 * those of the first block, where a block is more than one point. So the points end in the order of
 * their reversed digits, in which the spectra of the filters are packed, and from which the passes
 * back, by decimation in time, begin: nothing is ever put in order. */
#ifndef CLCONV_FFT_TILE_H
#define CLCONV_FFT_TILE_H

/* TILE is 32, 64, 128 or 256: the last pass is one of radix 8. */
#define FFT_RADIX(m) ((m) == 8 || (m) == 64 ? 8 : 4)

/* Floats of the twiddles, which precede the spectra: at most two a point of each pass. */
#define FFT_TWIDDLES(tile) (4 * (tile))

/* Rows of outputs of a tile: those whose window does not wrap around its end. */
#define FFT_STEP_P(tile, filter, dilation) ((tile) - ((filter)-1) * (dilation))

/* Of a tile whose first row of outputs is p0, rows of inputs that no output reads where windows are
 * a stride apart: those of a strip of the image end before them. */
#define FFT_UNREAD(tile, filter, dilation, stride, p0)                                             \
    (((p0) + FFT_STEP_P(tile, filter, dilation) - 1) % (stride))

/* Columns: the same, in whole vectors where that leaves most of them. */
#define FFT_STEP_Q(tile, filter, dilation, lanes)                                                  \
    (FFT_STEP_P(tile, filter, dilation) >= 3 * (lanes)                                             \
         ? FFT_STEP_P(tile, filter, dilation) / (lanes) * (lanes)                                  \
         : FFT_STEP_P(tile, filter, dilation))

#endif
