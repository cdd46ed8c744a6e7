/* blocked_columns.cl - a work-item keeps ROWS x VECTORS vectors of outputs of one plane in
 * registers; the lanes of a vector are neighbouring columns.
 *
 * A row of the input is loaded once for all the output rows that need it. Where the image can be
 * read as it lies (floats side by side, no border in reach) the vectors come from it; else the row
 * is staged in private memory first: converted, gathered by its stride, continued by the border. So
 * the sums see rows of floats alone, and each adds in the order channel, row, column. */
#include "vector.h"

#include "blocked.h"
#include "fetch.h"
#include "order.h"
#include "staged.h"

/* Whether rows of the input can be added as they lie in memory. */
#define ADDS_INPUT (X_IS_ACC && STRIDE_W == 1)

/* Rows staged at a time: stores and loads close to each other would wait for each other. */
#if UNROLL_ROWS
#define STAGED_ROWS                 ROWS_IN
#define FOR_STAGED_ROWS(row, first) FOR_INPUT_ROWS(row, 0, ROWS_IN)
#else
#define STAGED_ROWS                 8
#define FOR_STAGED_ROWS(row, first) FOR_INPUT_ROWS(row, first, min(first + STAGED_ROWS, ROWS_IN))
#endif

/* The filters' taps, in order of row and column: of all FILTERS side by side; or, interleaved, for
 * each column of the block, from any channel on that blocks begin with. */
#if INTERLEAVED == 1
#define TAP_SIZE                   FILTERS
#define WEIGHT(filter, i, j, f, v) ((VEC)((filter)[((i)*S + (j)) * TAP_SIZE + (f)]))
#else
#define TAP_SIZE (COLUMNS % INTERLEAVED == 0 ? COLUMNS : COLUMNS + INTERLEAVED - 1)
#define WEIGHT(filter, i, j, f, v)                                                                 \
    (same ? (VEC)((filter)[((i)*S + (j)) * TAP_SIZE])                                              \
          : VLOAD((filter) + ((i)*S + (j)) * TAP_SIZE + (v)*LANES))

/* Whether the channels' taps are equal, so that one is read for all. */
static inline bool taps_are_same(global const ACC *filter, const clconv_geom *g)
{
    bool same = true;
    (void)g;
    for (int i = 0; i < R * S * INTERLEAVED; i++) {
        global const ACC *const tap = filter + i / INTERLEAVED * TAP_SIZE;
        same = same && tap[i % INTERLEAVED] == tap[0];
    }
    return same;
}
#endif

/* Adds input row `row` of the block, which begins at x, to the output rows of the mask. */
#define DEFINE_ADD_ROW(name, space)                                                                \
    static inline __attribute__((always_inline)) void name(                                        \
        int row, int mask, const bool same, VEC sum[FILTERS][ROWS][VECTORS], const clconv_geom *g, \
        space const ACC *x, global const ACC *filter)                                              \
    {                                                                                              \
        (void)same;                                                                                \
        FOR_TAPS(j)                                                                                \
        {                                                                                          \
            VEC value[VECTORS];                                                                    \
            _Pragma("unroll") for (int v = 0; v < VECTORS; v++) value[v] =                         \
                VLOAD(x + TAP_AT(j) + v * LANES);                                                  \
            _Pragma("unroll") for (int m = 0; m < ROWS; m++) if (mask >> m & 1)                    \
                _Pragma("unroll") for (int f = 0; f < FILTERS; f++) _Pragma(                       \
                    "unroll") for (int v = 0; v < VECTORS; v++) sum[f][m][v] =                     \
                    FMA(value[v], WEIGHT(filter, filter_row(g, row, m), j, f, v), sum[f][m][v]);   \
        }                                                                                          \
    }

DEFINE_ADD_ROW(add_row_global, global)
DEFINE_ADD_ROW(add_row_private, private)

/* Whether a block's input can be read as it lies. */
static inline bool readable(const clconv_geom *g, int ih, int iw)
{
    return g->x_stride_w == 1 && ih >= 0 && iw >= 0 && ih + ROWS_IN <= g->h &&
           iw + COLUMNS_IN <= g->w;
}

/* Of filters of one tap; measured on a Xeon. Of one vector, the filters' loads take the time. */
enum { CHANNELS_AHEAD = 8 };

/* Where a block's input comes from and its output goes to. */
typedef struct clconv_block {
    global const X_T *planes;  /* channel 0 of the group */
    global const ACC *filters; /* of channel 0 */
    global const ACC *bias;    /* of the first filter */
    global Y_T *y;
    int n, k, filters_left; /* image, first filter, and how many the block has: FILTERS at most */
    bool same;              /* interleaved: the channels' taps are equal */
    ACC bias_of_column[LANES + INTERLEAVED - 1]; /* interleaved, from a pixel's first channel on */
} clconv_block;

/* The bias of filter f of the block; interleaved: of columns q to q + LANES - 1. */
#if INTERLEAVED == 1
#define BIAS(b, f, q) ((VEC)((b)->bias[f]))
#else
#define BIAS(b, f, q) VLOAD((b)->bias_of_column + (q) % INTERLEAVED)
#endif

/* A whole block whose sums need no more than scale and offset goes straight from the registers. */
static inline void store_whole(const VEC sum[FILTERS][ROWS][VECTORS], const clconv_block *b,
                               const clconv_geom *g, const clconv_epilogue *e, int p0, int q0)
{
#pragma unroll
    for (int f = 0; f < FILTERS; f++)
#pragma unroll
        for (int m = 0; m < ROWS; m++) {
            if (f >= b->filters_left || p0 + m >= g->p)
                continue;
            global Y_T *const y = b->y + output_index(g, b->n, b->k + f, p0 + m, q0);
            const bool streams = Y_STREAMS(g, y);
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const VEC biased = sum[f][m][v] + BIAS(b, f, q0 + v * LANES);
                const VEC value = FMA(biased, (VEC)e->scale, (VEC)e->offset);
                if (streams)
                    Y_STREAM(value, y + v * LANES);
                else
                    Y_VSTORE(value, y + v * LANES);
            }
        }
}

/* Any other, by way of memory, so that one text finishes all vectors: columns from `skipped` on. */
static inline void store_part(const VEC sum[FILTERS][ROWS][VECTORS], const clconv_block *b,
                              const clconv_geom *g, const clconv_epilogue *e, int p0, int q0,
                              int skipped, int columns)
{
    ALIGNED ACC sums[FILTERS * ROWS * COLUMNS + LANES - 1]; /* a vector may begin at the last */
    VSTORE((VEC)0, sums + FILTERS * ROWS * COLUMNS - 1);
#pragma unroll
    for (int i = 0; i < FILTERS * ROWS * VECTORS; i++)
        VSTORE(sum[i / (ROWS * VECTORS)][i / VECTORS % ROWS][i % VECTORS], sums + i * LANES);
#pragma unroll 1
    for (int i = 0; i < b->filters_left * ROWS; i++) {
        const int f = i / ROWS, p = p0 + i % ROWS;
        const long at = output_index(g, b->n, b->k + f, p, q0);
#pragma unroll 1
        for (int q = 0; q < columns && p < g->p; q += LANES) {
            const VEC biased = VLOAD(sums + i * COLUMNS + skipped + q) + BIAS(b, f, q0 + q);
            const VEC value = finish_vector(biased, g, e);
            if (g->y_stride_q == 1 && q + LANES <= columns) {
                Y_VSTORE(value, b->y + at + q);
            } else {
                ACC lane[LANES];
                VSTORE(value, lane);
#pragma unroll 1
                for (int l = 0; l < min(LANES, columns - q); l++)
                    STORE(b->y, at + (q + l) * g->y_stride_q, lane[l]);
            }
        }
    }
}

/* Whether nothing but scale and offset stands between a whole block's sums and its outputs. */
static inline bool is_plain(const clconv_geom *g)
{
    return g->y_stride_q == 1 && g->activation == 0 && !g->absolute;
}

static inline __attribute__((always_inline)) void compute_by(const bool same, const clconv_block *b,
                                                             const clconv_geom *g,
                                                             const clconv_epilogue *e, int p0,
                                                             int q0)
{
    /* The last block of a row moves back so as not to overhang it, and stores what is its own. */
    const int columns = min(COLUMNS, g->q - q0);
    const int back = INTERLEAVED == 1 && g->q >= COLUMNS ? COLUMNS - columns : 0;
    const int ih = p0 * STRIDE_H - g->pad_top, iw = (q0 - back) * STRIDE_W - g->pad_left;
    global const X_T *plane = b->planes;
    global const ACC *filter = b->filters + q0 % INTERLEAVED;
    VEC sum[FILTERS][ROWS][VECTORS];

#pragma unroll
    for (int i = 0; i < FILTERS * ROWS * VECTORS; i++)
        sum[i / (ROWS * VECTORS)][i / VECTORS % ROWS][i % VECTORS] = 0;
#if ADDS_INPUT
    if (readable(g, ih, iw)) {
        for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, filter += R * S * TAP_SIZE) {
            global const ACC *const x = plane + ih * g->x_stride_h + iw;
            if (R * S == 1 ? VECTORS > 1 : false)
                FETCH(x + CHANNELS_AHEAD * g->x_stride_c, COLUMNS, FIRST_CACHE);
            FOR_INPUT_ROWS(row, 0, ROWS_IN)
            ADD_INPUT_ROW(add_row_global, row, same, sum, g, x + row * g->x_stride_h, filter);
        }
    } else
#endif
    {
        const int count = (back + columns - 1) * STRIDE_W + WINDOW_W;
        for (int c = 0; c < g->group_c; c++, plane += g->x_stride_c, filter += R * S * TAP_SIZE)
            for (int first = 0; first < ROWS_IN; first += STAGED_ROWS) {
                ALIGNED ACC staged[STAGED_ROWS][PHASES * PITCH];
#pragma unroll 1
                for (int i = 0; i < STAGED_ROWS && first + i < ROWS_IN; i++)
                    if (rows_that_need(g, first + i) != 0)
                        stage_row(staged[i], plane, g, ih + first + i, iw, count, e->border_value);
                FOR_STAGED_ROWS(row, first)
                ADD_INPUT_ROW(add_row_private, row, same, sum, g, staged[row - first], filter);
            }
    }
    if (columns == COLUMNS && is_plain(g))
        store_whole(sum, b, g, e, p0, q0);
    else
        store_part(sum, b, g, e, p0, q0, back, columns);
}

static inline void compute(const clconv_block *b, const clconv_geom *g, const clconv_epilogue *e,
                           int p0, int q0)
{
    if (INTERLEAVED > 1 && b->same)
        compute_by(true, b, g, e, p0, q0);
    else
        compute_by(false, b, g, e, p0, q0);
}

#include "blocked_rolled.h"

kernel void blocked_columns(global const X_T *x, global const ACC *filters, global const ACC *bias,
                            global Y_T *y, const clconv_geom geom, const clconv_epilogue e)
{
    const clconv_geom *const g = &geom;
    /* Groups of filters, and blocks of FILTERS in each; the filters are packed by blocks. */
    const int blocks = (g->group_k + FILTERS - 1) / FILTERS, per_image = g->groups * blocks;
    const int span = blocks_of_item(g, (long)ROWS_IN * COLUMNS_IN);
    const int3 place = place_of_item(g, blocks);
    const int p0 = g->first_p + place.y * ROWS * ROLLED;
    const int first_q = g->first_q + place.x * span * COLUMNS;
    const int z = g->first_z + place.z, n = z / per_image, at = z % per_image;
    const int in_group = at % blocks * FILTERS;
    const int k = at / blocks * g->group_k + in_group;
    clconv_block b;

    b.planes = input_planes(x, g, n, k);
    b.filters = filters + (long)at * g->group_c * R * S * TAP_SIZE;
    b.bias = bias + k;
    b.y = y;
    b.n = n;
    b.k = k;
    b.filters_left = min(FILTERS, g->group_k - in_group);
    b.same = true;
#if INTERLEAVED > 1
    b.same = taps_are_same(b.filters, g);
    for (int i = 0; i < LANES + INTERLEAVED - 1; i++)
        b.bias_of_column[i] = bias[i % INTERLEAVED];
#endif
    compute_blocks(&b, g, &e, p0, first_q, min(first_q + span * COLUMNS, g->q));
}
