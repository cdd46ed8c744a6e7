/* polyphase_sums.cl - from the planes of polyphase.h: a work-item keeps FILTERS x VECTORS vectors
 * of sums in registers, whose lanes are outputs side by side in the planes, whatever row they are
 * in. Each value that is loaded is used for all filters, each tap for all vectors. Sums between two
 * rows are computed and not stored. */
#include "vector.h"

#include "fetch.h"
#include "order.h"
#include "polyphase.h"
#include "shuffle.h"

#ifndef FILTERS
#define FILTERS 8
#endif
#ifndef VECTORS
#define VECTORS 3
#endif
/* Blocks that a work-item computes one after another. */
#ifndef SPAN
#define SPAN 4
#endif
/* The most rows, and columns, of a filter; algo/polyphase.c says no to more. */
#ifndef MOST_TAPS
#define MOST_TAPS 64
#endif

#define BLOCK (VECTORS * LANES)

/* Where the input of a tap's row, and of its column, begins in a channel's planes. */
typedef struct clconv_taps {
    int row[MOST_TAPS], column[MOST_TAPS];
} clconv_taps;

static inline void set_taps(private clconv_taps *taps, const clconv_geom *g,
                            const clconv_phases *phases)
{
    const int size = phases->rows * phases->pitch;
#pragma unroll 1
    for (int i = 0; i < g->r; i++) {
        const int down = i * g->dilation_h;
        taps->row[i] =
            down % g->stride_h * phases->across * size + down / g->stride_h * phases->pitch;
    }
#pragma unroll 1
    for (int j = 0; j < g->s; j++) {
        const int across = j * g->dilation_w;
        taps->column[j] = across % g->stride_w * size + across / g->stride_w;
    }
}

/* x: what lies under the block's first output and tap in the first channel. */
APART void add_block(private ACC *sums, global const ACC *x, global const ACC *tap,
                     const clconv_geom *g, private const clconv_taps *taps, long size)
{
    VEC sum[FILTERS][VECTORS];
#pragma unroll
    for (int i = 0; i < FILTERS * VECTORS; i++)
        sum[i / VECTORS][i % VECTORS] = 0;
#pragma unroll 1
    for (int c = 0; c < g->group_c; c++, x += size)
#pragma unroll 1
        for (int i = 0; i < g->r; i++) {
            global const ACC *const row = x + taps->row[i];
#pragma unroll 1
            for (int j = 0; j < g->s; j++, tap += FILTERS) {
                global const ACC *const values = row + taps->column[j];
                VEC value[VECTORS];
                FETCH(values + size, BLOCK, FIRST_CACHE); /* hardware does not foresee channels */
#pragma unroll
                for (int v = 0; v < VECTORS; v++)
                    value[v] = VLOAD(values + v * LANES);
#pragma unroll
                for (int f = 0; f < FILTERS; f++)
#pragma unroll
                    for (int v = 0; v < VECTORS; v++)
                        sum[f][v] = FMA(value[v], (VEC)(tap[f]), sum[f][v]);
            }
        }
#pragma unroll
    for (int i = 0; i < FILTERS * VECTORS; i++)
        VSTORE(sum[i / VECTORS][i % VECTORS], sums + i * LANES);
}

/* Where a vector of outputs begins: it may go on in the next rows. */
typedef struct clconv_start {
    int p, q;
    long at; /* in the map */
} clconv_start;

/* What of a vector is output, one by one. */
static inline void store_lanes(VEC v, global Y_T *y, clconv_start from, int pitch,
                               const clconv_geom *g)
{
    ACC lane[LANES];
    VSTORE(v, lane);
    int l = 0;
#pragma unroll 1
    while (l < LANES && from.p < g->p) {
        const int end = min(LANES, l + max(0, g->q - from.q));
        global Y_T *const row = y + from.p * g->y_stride_p;
#pragma unroll 1
        for (; l < end; l++, from.q++)
            STORE(row, from.q * g->y_stride_q, lane[l]);
        l += pitch - from.q;
        from.q = 0, from.p++;
    }
}

/* Vector by vector of the sums. */
static inline void store_vectors(private const ACC *sums, global Y_T *y, global const ACC *bias,
                                 const clconv_geom *g, const clconv_epilogue *e, int first,
                                 int filters, int pitch)
{
#pragma unroll 1
    for (int v = 0; v < VECTORS; v++) {
        const int at = first + v * LANES, p = at / pitch;
        const clconv_start from = {p, at - p * pitch,
                                   p * g->y_stride_p + (at - p * pitch) * g->y_stride_q};
        const bool whole = from.q + LANES <= g->q && p < g->p && g->y_stride_q == 1;
        global Y_T *map = y;
#pragma unroll 1
        for (int f = 0; f < filters; f++, map += g->y_stride_k) {
            const VEC sum = VLOAD(sums + (f * VECTORS + v) * LANES) + (VEC)(bias[f]);
            const VEC value = finish_vector(sum, g, e);
            if (whole)
                Y_VSTORE(value, map + from.at);
            else
                store_lanes(value, map, from, pitch, g);
        }
    }
}

/* Outputs of a map before sum number i of its planes' order. */
static inline int outputs_before(int i, int pitch, const clconv_geom *g)
{
    const int p = i / pitch;
    return min(p * g->q + min(i - p * pitch, g->q), g->p * g->q);
}

/* Outputs [begin, end) of maps that lie row behind row, none shorter than a vector: these span two
 * rows at most. */
static inline void store_run(private const ACC *sums, global Y_T *y, global const ACC *bias,
                             const clconv_geom *g, const clconv_epilogue *e, int first, int filters,
                             int pitch, int begin, int end)
{
    const int gap = pitch - g->q;
#pragma unroll 1
    for (int i = begin; i < end; i += LANES) {
        const int at = min(i, end - LANES), p = at / g->q, in_row = (p + 1) * g->q - at;
      private
        const ACC *from = sums + at + p * gap - first;
        global Y_T *map = y + at;
#pragma unroll 1
        for (int f = 0; f < filters; f++, map += g->y_stride_k, from += BLOCK) {
            VEC sum = VLOAD(from);
            if (in_row < LANES)
                sum = first_lanes(sum, VLOAD(from + gap), in_row);
            Y_VSTORE(finish_vector(sum + (VEC)(bias[f]), g, e), map);
        }
    }
}

/* The sums of a block that begins at `first` in the planes' order. y: the first filter's map. */
APART void store_block(private const ACC *sums, global Y_T *y, global const ACC *bias,
                       const clconv_geom *g, const clconv_epilogue *e, int first, int filters,
                       int pitch)
{
    const int begin = outputs_before(first, pitch, g);
    const int end = outputs_before(first + BLOCK, pitch, g);
    if (g->y_stride_q == 1 && g->y_stride_p == g->q && g->q >= LANES && end - begin >= LANES)
        store_run(sums, y, bias, g, e, first, filters, pitch, begin, end);
    else
        store_vectors(sums, y, bias, g, e, first, filters, pitch);
}

kernel void polyphase_sums(global const ACC *planes, const long planes_at,
                           global const ACC *filters, global const ACC *bias, global Y_T *y,
                           const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    const clconv_phases phases = clconv_phases_of(g);
    const long size = clconv_phases_size(&phases);
    const int blocks = (g->group_k + FILTERS - 1) / FILTERS, per_image = g->groups * blocks;
    const int3 place = place_of_item(g, blocks);
    const int z = g->first_z + place.z, n = z / per_image, at = z % per_image;
    const int group = at / blocks, in_group = at % blocks * FILTERS;
    const int k = group * g->group_k + in_group, left = min(FILTERS, g->group_k - in_group);
    const int count = (g->p - 1) * phases.pitch + g->q;
    const int first = g->first_q + place.x * SPAN * BLOCK;
    global const ACC *const tap = filters + (long)at * g->group_c * g->r * g->s * FILTERS;
    global const ACC *const x =
        planes + planes_at + ((long)n * g->c + (long)group * g->group_c) * size;
    ALIGNED ACC sums[FILTERS * BLOCK];
    clconv_taps taps;

    set_taps(&taps, g, &phases);
#pragma unroll 1
    for (int o = first; o < min(first + SPAN * BLOCK, count); o += BLOCK) {
        add_block(sums, x + o, tap, g, &taps, size);
        store_block(sums, y + output_index(g, n, k, 0, 0), bias + k, g, &e, o, left, phases.pitch);
    }
}
