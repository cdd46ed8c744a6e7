/* fft_image.h - strips of a tile's columns, from the image and to the output. */
#ifndef CLCONV_FFT_IMAGE_H
#define CLCONV_FFT_IMAGE_H

#include "fft.h"

/* Channels that lie side by side, each with a filter of its own: seen as one row of columns, in
 * which the taps are INTERLEAVED times as far apart. */
#ifndef INTERLEAVED
#define INTERLEAVED 1
#endif

/* LANES columns of a tile, real or imaginary parts. */
typedef struct strip {
    VEC re[TILE], im[TILE];
} strip;

/* One tile: the column in the image where it begins, and the one behind the last it needs. */
typedef struct source {
    global const X_T *plane;
    int ih, iw, end;
} source;

/* Where column i of a row lies, by the border: -1 is its constant. */
static inline int column_at(const clconv_geom *g, int i)
{
    const int channel = clconv_modulo(i, INTERLEAVED);
    const int pixel = clconv_border_at(g->border, (i - channel) / INTERLEAVED, g->w / INTERLEAVED);
    return pixel < 0 ? -1 : pixel * INTERLEAVED + channel;
}

/* Columns v to v + LANES of the tile. */
static inline void load(private VEC *to, const source *s, const clconv_geom *g, int v,
                        ACC border_value)
{
    const int iw = s->iw + v, count = clamp(s->end - iw, 0, LANES);
    const bool inside = g->x_stride_w == 1 && iw >= 0 && iw + LANES <= g->w && count == LANES;
    int at[LANES];
    if (!inside)
        for (int l = 0; l < count; l++)
            at[l] = column_at(g, iw + l);
#pragma unroll 1
    for (int i = 0; i < TILE; i++) {
        const int ih = clconv_border_at(g->border, s->ih + i, g->h);
        global const X_T *const row = s->plane + ih * g->x_stride_h;
        if (inside && ih >= 0) {
            to[i] = X_VLOAD(row + iw);
        } else {
            ACC lane[LANES];
#pragma unroll 1
            for (int l = 0; l < LANES; l++)
                lane[l] = l >= count            ? 0
                          : ih < 0 || at[l] < 0 ? border_value
                                                : LOAD(row, at[l] * g->x_stride_w);
            to[i] = VLOAD(lane);
        }
    }
}

/* Where outputs go to. */
typedef struct target {
    global Y_T *y;
    int n, k, p0, rows, columns;
    ACC bias[LANES + INTERLEAVED - 1]; /* of a pixel's first channel on */
} target;

/* Columns v to v + LANES of the outputs of the tile that begins at q0 and has `columns`. */
static inline void store(private const VEC *from, const target *t, const clconv_geom *g,
                         const clconv_epilogue *e, int q0, int v)
{
    const int columns = min(t->columns, g->q - q0), count = min(LANES, columns - v), q = q0 + v;
    const VEC bias = VLOAD(t->bias + q % INTERLEAVED);
    if (count <= 0)
        return;
    const bool streams = g->y_stride_q == 1 && count == LANES &&
                         Y_STREAMS(g, t->y + output_index(g, t->n, t->k, t->p0, q)) &&
                         g->y_stride_p % LANES == 0;
#pragma unroll 1
    for (int i = 0; i < t->rows; i++) {
        const VEC value = finish_vector(from[i] + bias, g, e);
        const long at = output_index(g, t->n, t->k, t->p0 + i, q);
        if (streams) {
            Y_STREAM(value, t->y + at);
        } else if (g->y_stride_q == 1 && count == LANES) {
            Y_VSTORE(value, t->y + at);
        } else {
            ACC lane[LANES];
            VSTORE(value, lane);
#pragma unroll 1
            for (int l = 0; l < count; l++)
                STORE(t->y, at + l * g->y_stride_q, lane[l]);
        }
    }
}

#endif
