/* winograd_staged.h - the windows of tiles side by side brought into a work-item's memory: rows of
 * the input, converted and continued by the border, then taken apart by their place in a tile. */
#ifndef CLCONV_WINOGRAD_STAGED_H
#define CLCONV_WINOGRAD_STAGED_H

/* Elements of a row under LANES tiles, all that is loaded of it. */
#define LINE ((LANES + 1) * STEP)
/* Tiles of a staged point: a vector may begin at the last one. */
#define PITCH (2 * LANES)

/* Behind the last element of x. */
static inline long elements_end(const clconv_geom *g)
{
    return g->x_base + (g->n - 1) * g->x_stride_n + (g->c - 1) * g->x_stride_c +
           (g->h - 1) * g->x_stride_h + (g->w - 1) * g->x_stride_w + 1;
}

/* Columns iw to iw + columns of the row at x[row], beyond them the image's or zeros: what a memory
 * holds by chance are often numbers so small that processors take a hundred times as long. */
static inline void stage_line(private ACC *line, global const X_T *x, long row,
                              const clconv_geom *g, int iw, int columns, ACC border_value)
{
    /* Columns [from, to) lie inside. */
    const int from = clamp(-iw, 0, columns), to = clamp(g->w - iw, from, columns);
    int at = columns;

#pragma unroll 1
    for (; at < LINE; at += LANES)
        VSTORE((VEC)0, line + at);
    at = from;
    if (g->x_stride_w == 1) {
        const long vectors_end = elements_end(g) - row - iw - LANES;
#pragma unroll 1
        for (; at < to && at <= vectors_end; at += LANES)
            VSTORE(X_VLOAD(x + row + iw + at), line + at);
    }
#pragma unroll 1
    for (; at < to; at++)
        line[at] = LOAD(x + row, (iw + at) * g->x_stride_w);
#pragma unroll 1
    for (at = 0; at < from; at++)
        line[at] =
            load_mapped(x + row, 0, clconv_border_at(g->border, iw + at, g->w), g, border_value);
#pragma unroll 1
    for (at = to; at < columns; at++)
        line[at] =
            load_mapped(x + row, 0, clconv_border_at(g->border, iw + at, g->w), g, border_value);
}

/* B' of the rows of the tiles in a line, to their points. */
static inline void transform_line(private ACC *staged, private const ACC *line)
{
    VEC d[TILE];
#if STEP == 4
    const VEC a = VLOAD(line), b = VLOAD(line + LANES);
    const VEC c = VLOAD(line + 2 * LANES), e = VLOAD(line + 3 * LANES);
    const VEC f = VLOAD(line + 4), h = VLOAD(line + 4 + LANES);
    const VEC i = VLOAD(line + 4 + 2 * LANES), k = VLOAD(line + 4 + 3 * LANES);
    d[0] = evens(evens(a, b), evens(c, e));
    d[1] = evens(odds(a, b), odds(c, e));
    d[2] = odds(evens(a, b), evens(c, e));
    d[3] = odds(odds(a, b), odds(c, e));
    d[4] = evens(evens(f, h), evens(i, k));
    d[5] = evens(odds(f, h), odds(i, k));
#else
    const VEC a = VLOAD(line), b = VLOAD(line + LANES);
    const VEC c = VLOAD(line + 2), e = VLOAD(line + 2 + LANES);
    d[0] = evens(a, b);
    d[1] = odds(a, b);
    d[2] = evens(c, e);
    d[3] = odds(c, e);
#endif
    transform_input(d);
#pragma unroll
    for (int j = 0; j < TILE; j++)
        VSTORE(d[j], staged + j * PITCH);
}

/* The windows of `count` tiles side by side, from `at` on, their rows transformed. */
static inline void stage_tiles(private ACC *staged, global const X_T *x, long plane,
                               const clconv_geom *g, const tile_place *at, int count,
                               ACC border_value)
{
    const int ih = at->row * STEP - g->pad_top, iw = at->column * STEP - g->pad_left;
    ALIGNED ACC lines[TILE][LINE + LANES];

#pragma unroll 1
    for (int i = 0; i < TILE; i++) {
        const int mapped = clconv_border_at(g->border, ih + i, g->h);
        if (mapped >= 0)
            stage_line(lines[i], x, plane + mapped * g->x_stride_h, g, iw, count * STEP + 2,
                       border_value);
        else
            for (int l = 0; l < LINE; l += LANES)
                VSTORE((VEC)border_value, lines[i] + l);
    }
#pragma unroll 1
    for (int i = 0; i < TILE; i++)
        transform_line(staged + i * TILE * PITCH, lines[i]);
}

#endif
