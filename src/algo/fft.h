/* fft.h - what the files of the algorithm fft share. */
#ifndef CC_ALGO_FFT_H
#define CC_ALGO_FFT_H

#include "algo/algo.h"

enum { CC_FFT_MOST_TILE = 256 };

/* Fills `count` numbers, for tiles of size x size: twiddles (cl/fft_tile.h), then for each filter
 * and channel its spectrum over size^2, conjugate: [rows by lanes][column][real, imaginary][lane];
 * of work-groups, whose items take one column of all rows, as if there were a lane for each. */
void cc_fft_pack(float *packed, size_t count, const cc_geom *geom, int size, int lanes,
                 const float *filters);

#endif
