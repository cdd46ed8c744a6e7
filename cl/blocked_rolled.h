/* blocked_rolled.h - one filter of 3 x 3 on an image that is read as it lies: here memory takes as
 * long as arithmetic. A block goes down the image row by row. Each row is loaded once, added to the
 * three rows of sums that see it, and the sums move up; what a block further right needs is asked
 * for on the way. */
#ifndef CLCONV_BLOCKED_ROLLED_H
#define CLCONV_BLOCKED_ROLLED_H

/* Blocks of ROWS rows that are one block here; 1: the code is not for such a filter. */
#ifndef ROLLED
#define ROLLED 1
#endif

/* Bytes of a cache line; columns ahead, measured on an EPYC (Zen 4): beyond what hardware fetches
 * by itself. Into the second cache, for in the first one rows displace each other. */
enum { LINE = 64, AHEAD = 512, SECOND_CACHE = 2 };

/* Adds the row at x to the sums of three rows of outputs: for the one furthest up it is the last
 * row of the filter. */
static inline void add_to_three(VEC above[VECTORS], VEC here[VECTORS], VEC below[VECTORS],
                                global const ACC *x, global const ACC *filter)
{
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
        below[v] = 0;
#pragma unroll
        for (int j = 0; j < 3; j++) {
            const VEC value = VLOAD(x + v * LANES + j);
            below[v] = FMA(value, (VEC)(filter[j]), below[v]);
            here[v] = FMA(value, (VEC)(filter[3 + j]), here[v]);
            above[v] = FMA(value, (VEC)(filter[6 + j]), above[v]);
        }
    }
}

/* The outputs of `rows` rows at y, whose windows begin at x. Their sums need no more than bias,
 * scale and offset. */
static inline void compute_rolled(global Y_T *y, global const ACC *x, global const ACC *filter,
                                  ACC bias, const clconv_geom *g, const clconv_epilogue *e,
                                  int rows)
{
    const VEC scale = (VEC)(e->scale), offset = (VEC)(e->offset);
    VEC above[VECTORS], here[VECTORS], below[VECTORS];

#pragma unroll
    for (int v = 0; v < VECTORS; v++)
        above[v] = here[v] = 0;
#pragma unroll 1
    for (int row = 0; row < rows + 2; row++, x += g->x_stride_h) {
        add_to_three(above, here, below, x, filter);
#pragma unroll
        for (int i = 0; i < COLUMNS; i += LINE / (int)sizeof(ACC))
            PREFETCH(x + AHEAD + i, SECOND_CACHE);
        if (row >= 2) {
            const bool streams = Y_STREAMS(g, y);
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const VEC value = FMA(above[v] + (VEC)bias, scale, offset);
                if (streams)
                    Y_STREAM(value, y + v * LANES);
                else
                    Y_VSTORE(value, y + v * LANES);
            }
            y += g->y_stride_p;
        }
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            above[v] = here[v];
            here[v] = below[v];
        }
    }
}

#endif
