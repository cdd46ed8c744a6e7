/* implicit_gemm.h - the tiles of implicit_gemm and matrix_units: which outputs of which filters a
 * work-group computes, from where it reads the input under them, and how parts of sums are added.
 */
#ifndef CLCONV_IMPLICIT_GEMM_H
#define CLCONV_IMPLICIT_GEMM_H

#include "fours.h"

/* Work-items of a group along outputs and along filters; outputs and filters of each, in fours. */
#ifndef LOCAL_Q
#define LOCAL_Q 16
#endif
#ifndef LOCAL_K
#define LOCAL_K 8
#endif
#ifndef ITEM_OUTPUTS
#define ITEM_OUTPUTS 4
#endif
#ifndef ITEM_FILTERS
#define ITEM_FILTERS 8
#endif
/* Channels of a step; the filters are packed by them. */
#ifndef DEPTH
#define DEPTH 8
#endif

#define ITEMS   (LOCAL_Q * LOCAL_K)
#define OUTPUTS (LOCAL_Q * ITEM_OUTPUTS)
#define FILTERS (LOCAL_K * ITEM_FILTERS)
#define TILE    (OUTPUTS * FILTERS)

/* Outputs of a filter, counted over images, rows and columns. */
static inline long positions(const clconv_geom *g)
{
    return (long)g->n * g->p * g->q;
}

/* The tile of this number: of the same outputs, those of all filters follow each other. */
typedef struct clconv_tile {
    long output;  /* its first */
    int block;    /* of FILTERS, over all groups */
    int k;        /* its first filter */
    int in_group; /* the same, in its group */
} clconv_tile;

static inline clconv_tile tile_at(const clconv_geom *g, long number)
{
    const int of_group = (g->group_k + FILTERS - 1) / FILTERS, blocks = of_group * g->groups;
    clconv_tile tile;
    tile.output = number / blocks * OUTPUTS;
    tile.block = number % blocks;
    tile.in_group = tile.block % of_group * FILTERS;
    tile.k = tile.block / of_group * g->group_k + tile.in_group;
    return tile;
}

typedef struct clconv_output {
    int n, p, q;
} clconv_output;

static inline clconv_output output_at(const clconv_geom *g, long position)
{
    const long row = position / g->q;
    clconv_output output;
    output.n = row / g->p;
    output.p = row % g->p;
    output.q = position % g->q;
    return output;
}

/* The steps over the input: DEPTH channels under one tap, then the next channels, then the next
 * tap. */
static inline int blocks_of_channels(const clconv_geom *g)
{
    return (g->group_c + DEPTH - 1) / DEPTH;
}

static inline int steps_of(const clconv_geom *g)
{
    return g->r * g->s * blocks_of_channels(g);
}

/* The steps of one of the parts of a tile; the first of them may have a step more. */
typedef struct clconv_part {
    int begin, end;
} clconv_part;

static inline clconv_part part_at(const clconv_geom *g, int number, int parts)
{
    const int steps = steps_of(g), longer = steps % parts;
    clconv_part part;
    part.begin = number * (steps / parts) + min(number, longer);
    part.end = part.begin + steps / parts + (number < longer);
    return part;
}

/* Where the outputs of a tile lie in y, those of its first filter; -1 behind the last. */
static inline void find_outputs(local long *y_at, const clconv_geom *g, const clconv_tile *tile,
                                int item)
{
    if (item >= OUTPUTS)
        return;
    const clconv_output output = output_at(g, tile->output + item);
    y_at[item] = output.n < g->n ? output_index(g, output.n, tile->k, output.p, output.q) : -1;
}

/* What a work-item reads of the input: under one output, at the tap of the step. As little as can
 * be, for it takes registers all the time. */
typedef struct clconv_window {
    global const X_T *plane; /* of the group's first channel in the image */
    int ih, iw;              /* of the tap, before the border is looked at */
    int j;                   /* the tap's column */
    int c;                   /* the work-item's first channel of the step */
    long at;                 /* of the tap in a plane */
    bool is_constant;        /* the border's value stands there */
} clconv_window;

/* The border is looked at once a tap, not once a load. Inlined, so that a window lies in registers.
 */
static inline __attribute__((always_inline)) void find_tap(clconv_window *w, const clconv_geom *g)
{
    const int ih = clconv_border_at(g->border, w->ih, g->h);
    const int iw = clconv_border_at(g->border, w->iw, g->w);
    w->is_constant = ih < 0 || iw < 0;
    w->at = w->is_constant ? 0 : ih * g->x_stride_h + iw * g->x_stride_w;
}

/* That of filter k at this step; first_c: less than DEPTH. */
static inline __attribute__((always_inline)) void find_window(clconv_window *w, global const X_T *x,
                                                              const clconv_geom *g, int k,
                                                              long position, int first_c, int step)
{
    const clconv_output output = output_at(g, min(position, positions(g) - 1));
    const int tap = step / blocks_of_channels(g);
    w->plane = input_planes(x, g, output.n, k);
    w->j = tap % g->s;
    w->ih = output.p * g->stride_h - g->pad_top + tap / g->s * g->dilation_h;
    w->iw = output.q * g->stride_w - g->pad_left + w->j * g->dilation_w;
    w->c = step % blocks_of_channels(g) * DEPTH + first_c;
    find_tap(w, g);
}

static inline __attribute__((always_inline)) void to_next_step(clconv_window *w,
                                                               const clconv_geom *g)
{
    w->c += DEPTH;
    if (w->c / DEPTH * DEPTH < g->group_c)
        return;
    w->c %= DEPTH;
    w->iw += g->dilation_w;
    if (++w->j == g->s) {
        w->j = 0;
        w->iw -= g->s * g->dilation_w;
        w->ih += g->dilation_h;
    }
    find_tap(w, g);
}

/* One output a work-item: the sum of its parts. */
kernel void implicit_gemm_sum(global const ACC *workspace, const long base, global const ACC *bias,
                              global Y_T *y, const clconv_geom geom, const clconv_epilogue e,
                              const long first, const int parts)
{
    const clconv_geom *const g = &geom;
    const long number = get_global_id(0) / TILE;
    const int in_tile = get_global_id(0) % TILE, f = in_tile / OUTPUTS;
    const clconv_tile tile = tile_at(g, first + number);
    const clconv_output output = output_at(g, tile.output + in_tile % OUTPUTS);
    global const ACC *part = workspace + base + number * parts * TILE + in_tile;
    const int k = tile.k + f;
    ACC sum = 0;

    if (tile.in_group + f >= g->group_k || output.n >= g->n)
        return;
    for (int i = 0; i < parts; i++, part += TILE)
        sum += *part;
    STORE(y, output_index(g, output.n, k, output.p, output.q), finish(sum + bias[k], g, &e));
}

#endif
