/* polyphase_planes.cl - brings the input into planes by the remainders of rows and columns: a
 * work-item writes ROWS rows of each plane of a channel. */
#include "vector.h"

#include "polyphase.h"
#include "shuffle.h"

#ifndef ROWS
#define ROWS 8
#endif

typedef struct __attribute__((packed)) acc_anywhere {
    VEC vector;
} acc_anywhere;

static inline void put(VEC v, global ACC *to)
{
    ((global acc_anywhere *)to)->vector = v;
}

/* Columns [i, end) of a plane's row, from a row of the image: whole vectors of what lies side by
 * side, or two apart. The next column. */
static inline int fill_vectors(global ACC *to, global const X_T *row, const clconv_geom *g, int iw,
                               int i, int end)
{
    if (g->x_stride_w != 1 || g->stride_w > 2)
        return i;
    if (g->stride_w == 1) {
#pragma unroll 1
        for (; i + LANES <= end; i += LANES)
            put(X_VLOAD(row + iw + i), to + i);
        return i;
    }
    /* The last element of the second vector is not one of these columns. */
#pragma unroll 1
    for (; i + LANES < end; i += LANES) {
        global const X_T *const from = row + iw + 2 * i;
        put(evens(X_VLOAD(from), X_VLOAD(from + LANES)), to + i);
    }
    return i;
}

/* A row of a plane: input columns iw, iw + stride_w, ... */
APART void fill_row(global ACC *to, global const X_T *row, const clconv_geom *g, int iw, int count,
                    ACC border_value)
{
    /* Columns before `first` lie left of the image, those from `last` on right of it. */
    const int first = iw < 0 ? min((-iw - 1) / g->stride_w + 1, count) : 0;
    const int inside = iw < g->w ? (g->w - 1 - iw) / g->stride_w + 1 : 0;
    const int last = clamp(inside, first, count);
    int i = 0;

#pragma unroll 1
    for (; i < first; i++)
        to[i] = load_mapped(row, 0, clconv_border_at(g->border, iw + i * g->stride_w, g->w), g,
                            border_value);
    i = fill_vectors(to, row, g, iw, i, last);
#pragma unroll 1
    for (; i < last; i++)
        to[i] = LOAD(row, (iw + i * g->stride_w) * g->x_stride_w);
#pragma unroll 1
    for (; i < count; i++)
        to[i] = load_mapped(row, 0, clconv_border_at(g->border, iw + i * g->stride_w, g->w), g,
                            border_value);
}

/* planes_at: where those of the launches' first image begin. */
kernel void polyphase_planes(global const X_T *x, global ACC *planes, const long planes_at,
                             const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const clconv_phases phases = clconv_phases_of(g);
    const int c = g->first_p + get_global_id(1), n = g->first_z + get_global_id(2);
    const int first = g->first_q + get_global_id(0) * ROWS;
    const long size = (long)phases.rows * phases.pitch;
    global const X_T *const from = x + g->x_base + n * g->x_stride_n + c * g->x_stride_c;
    global ACC *const to = planes + planes_at + ((long)n * g->c + c) * clconv_phases_size(&phases);

#pragma unroll 1
    for (int i = 0; i < ROWS * phases.down; i++) {
        const int a = i % phases.down, at = first + i / phases.down;
        if (at >= phases.rows)
            break;
        const int mapped = clconv_border_at(g->border, at * g->stride_h + a - g->pad_top, g->h);
        global ACC *row = to + a * phases.across * size + (long)at * phases.pitch;
#pragma unroll 1
        for (int b = 0; b < phases.across; b++, row += size)
            if (mapped < 0)
#pragma unroll 1
                for (int j = 0; j < phases.pitch; j++)
                    row[j] = e.border_value;
            else
                fill_row(row, from + mapped * g->x_stride_h, g, b - g->pad_left, phases.pitch,
                         e.border_value);
    }
}
