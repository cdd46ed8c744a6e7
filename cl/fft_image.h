/* fft_image.h - rows of a tile from the image, and to the output. */
#ifndef CLCONV_FFT_IMAGE_H
#define CLCONV_FFT_IMAGE_H

#include "fft_passes.h"

/* Channels that lie side by side, each with a filter of its own: seen as one row of columns, in
 * which the taps are INTERLEAVED times as far apart. */
#ifndef INTERLEAVED
#define INTERLEAVED 1
#endif

/* Where the inputs of both tiles come from. */
typedef struct source {
    global const X_T *plane;
    long row[TILE]; /* where each row begins; -1: the border's constant */
    bool rows_lie;  /* in the image, all of them */
    int end;        /* the column behind the last that is needed */
} source;

/* p0: the tile's first row of outputs. */
static inline void find_rows(source *s, const clconv_geom *g, int p0)
{
    const int last = TILE - 1 - FFT_UNREAD(TILE, g->r, g->dilation_h, g->stride_h, p0);
    s->rows_lie = true;
    for (int i = 0; i < TILE; i++) {
        const int mapped = clconv_border_at(g->border, p0 - g->pad_top + min(i, last), g->h);
        s->row[i] = mapped < 0 ? -1 : mapped * g->x_stride_h;
        s->rows_lie &= mapped >= 0;
    }
}

/* Whether LANES columns from iw on can be read as they lie. */
static inline bool columns_lie(const source *s, const clconv_geom *g, int iw)
{
    return s->rows_lie && g->x_stride_w == 1 && iw >= 0 && iw + LANES <= min(g->w, s->end);
}

/* Where column i of a row lies, by the border: -1 is its constant. */
static inline int column_at(const clconv_geom *g, int i)
{
    const int channel = clconv_modulo(i, INTERLEAVED);
    const int pixel = clconv_border_at(g->border, (i - channel) / INTERLEAVED, g->w / INTERLEAVED);
    return pixel < 0 ? -1 : pixel * INTERLEAVED + channel;
}

/* Columns iw to iw + LANES, zeros from the end on, for one part of the points. */
static inline void stage(local VEC *to, const source *s, const clconv_geom *g, int iw,
                         ACC border_value)
{
    const int count = clamp(s->end - iw, 0, LANES);
    int at[LANES];
    for (int l = 0; l < count; l++)
        at[l] = column_at(g, iw + l);
#pragma unroll 1
    for (int i = 0; i < TILE; i++) {
        ACC lane[LANES];
#pragma unroll 1
        for (int l = 0; l < LANES; l++)
            lane[l] = l >= count ? 0
                      : s->row[i] < 0 || at[l] < 0
                          ? border_value
                          : LOAD(s->plane, s->row[i] + at[l] * g->x_stride_w);
        to[2 * i] = VLOAD(lane);
    }
}

/* Where outputs go to. */
typedef struct target {
    global Y_T *y;
    int n, k, p0, rows, columns;
    bool is_plain;                     /* no more than scale and offset, columns side by side */
    ACC bias[LANES + INTERLEAVED - 1]; /* of a pixel's first channel on */
} target;

/* Columns q to q + LANES of a row of outputs. */
INLINE void store_whole(VEC sum, global Y_T *y, bool streams, VEC bias, const clconv_epilogue *e)
{
    const VEC biased = sum + bias;
    const VEC value = FMA(biased, (VEC)e->scale, (VEC)e->offset);
    if (streams)
        Y_STREAM(value, y);
    else
        Y_VSTORE(value, y);
}

/* Made for strides: what every window would give is computed, and what windows a stride apart give
 * is stored. p and q of the geometry count the former. */
#ifndef STRIDED
#define STRIDED 0
#endif

#if STRIDED
/* Of columns q to q + count of row p, as every window would have them. */
static inline void store_strided(private const ACC *lane, const target *t, const clconv_geom *g,
                                 int p, int q, int count)
{
    int channel = q % INTERLEAVED, pixel = q / INTERLEAVED % g->stride_w;
    const long row = output_index(g, t->n, t->k, p / g->stride_h, 0);
    long at = row + (long)(q / INTERLEAVED / g->stride_w) * INTERLEAVED * g->y_stride_q;
#pragma unroll 1
    for (int l = 0; l < count; l++) {
        if (pixel == 0)
            STORE(t->y, at + channel * g->y_stride_q, lane[l]);
        if (++channel == INTERLEAVED) {
            channel = 0;
            if (++pixel == g->stride_w) {
                pixel = 0;
                at += INTERLEAVED * g->y_stride_q;
            }
        }
    }
}
#endif

/* Any outputs, from one part of the points: columns from `q` on, `count` of them. */
static inline void store_part(local const VEC *from, const target *t, const clconv_geom *g,
                              const clconv_epilogue *e, int q, int count)
{
    const VEC bias = VLOAD(t->bias + q % INTERLEAVED);
#pragma unroll 1
    for (int i = 0; i < t->rows && count > 0; i++) {
        ACC lane[LANES];
#if STRIDED
        if ((t->p0 + i) % g->stride_h != 0)
            continue;
        VSTORE(finish_vector(from[2 * i] + bias, g, e), lane);
        store_strided(lane, t, g, t->p0 + i, q, count);
#else
        const VEC value = finish_vector(from[2 * i] + bias, g, e);
        const long at = output_index(g, t->n, t->k, t->p0 + i, q);
        if (g->y_stride_q == 1 && count == LANES) {
            Y_VSTORE(value, t->y + at);
        } else {
            VSTORE(value, lane);
#pragma unroll 1
            for (int l = 0; l < count; l++)
                STORE(t->y, at + l * g->y_stride_q, lane[l]);
        }
#endif
    }
}

#endif
