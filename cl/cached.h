/* cached.h - what stays in a core's second cache; plain C and OpenCL C at once. Measured on a Xeon,
 * with 2 MiB, in f32. The library reads it, too: what is changed here needs a build. */
#ifndef CLCONV_CACHED_H
#define CLCONV_CACHED_H

/* Elements of input that stay while they are read for one block of filters after another: of those
 * that all cores read, and of those at one place, read by one work-item at a time. */
#define CACHED_ELEMENTS (192 << 10)
#define CACHED_PLACE    (48 << 10)

/* Whether the input of a group of filters does not; pixels: of a plane. Or its filters, of which so
 * many pixels are for each channel. */
#define EXCEEDS_CACHE(pixels, channels) ((pixels) > CACHED_ELEMENTS / (channels))

/* Blocks, side by side, that a work-item computes: so many, fewer where the input does not stay in
 * the cache; pixels: what a block reads of a channel. */
#define BLOCKS_SIDE_BY_SIDE 16
#define BLOCKS_CACHED(pixels, channels)                                                            \
    (CACHED_PLACE / (pixels) / (channels) >= BLOCKS_SIDE_BY_SIDE                                   \
         ? BLOCKS_SIDE_BY_SIDE                                                                     \
         : (int)(CACHED_PLACE / (pixels) / (channels)) + (CACHED_PLACE / (pixels) < (channels)))

#endif
