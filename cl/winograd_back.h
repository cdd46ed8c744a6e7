/* winograd_back.h - products transformed back, a filter a lane, then turned to rows of outputs and
 * stored. */
#ifndef CLCONV_WINOGRAD_BACK_H
#define CLCONV_WINOGRAD_BACK_H

/* Tiles whose rows of outputs are a vector. */
#define ACROSS (LANES / STEP)
/* Columns of a row of outputs of a block, where tiles come by ACROSS and a vector may begin at the
 * last. */
#define ROW_SIZE ((TILES + ACROSS - 1) / ACROSS * LANES + LANES)

/* A'(m)A of a tile: STEP rows of `columns`, a vector for each column. */
static inline void transform_back(private ACC *columns, private const ACC *m)
{
    VEC turned[STEP * TILE];
#pragma unroll
    for (int j = 0; j < TILE; j++) {
        VEC d[TILE];
#pragma unroll
        for (int i = 0; i < TILE; i++)
            d[i] = VLOAD(m + (i * TILE + j) * LANES);
        transform_output(d);
#pragma unroll
        for (int i = 0; i < STEP; i++)
            turned[i * TILE + j] = d[i];
    }
#pragma unroll
    for (int i = 0; i < STEP; i++) {
        transform_output(turned + i * TILE);
#pragma unroll
        for (int j = 0; j < STEP; j++)
            VSTORE(turned[i * TILE + j], columns + (i * LANES + j) * LANES);
    }
}

/* LANES columns of LANES filters to rows of the filters, ROW_SIZE apart. Each turn moves the
 * highest bit of an element's place to the lowest. */
static inline void transpose(private ACC *rows, private const ACC *columns)
{
    VEC a[LANES], b[LANES];
#pragma unroll
    for (int i = 0; i < LANES; i++)
        a[i] = VLOAD(columns + i * LANES);
#pragma unroll
    for (int turned = 1; turned < LANES; turned *= 2) {
#pragma unroll
        for (int i = 0; i < LANES / 2; i++) {
            b[2 * i] = turns_low(a[i], a[i + LANES / 2]);
            b[2 * i + 1] = turns_high(a[i], a[i + LANES / 2]);
        }
#pragma unroll
        for (int i = 0; i < LANES; i++)
            a[i] = b[i];
    }
#pragma unroll
    for (int i = 0; i < LANES; i++)
        VSTORE(a[i], rows + i * ROW_SIZE);
}

/* Columns of one row of outputs to y. */
static inline void store_row(private const ACC *row, global Y_T *y, const clconv_geom *g,
                             const clconv_epilogue *e, ACC bias, int columns)
{
#pragma unroll 1
    for (int i = 0; i < columns; i += LANES) {
        /* The last vector moves back so as not to overhang. */
        const int q = columns >= LANES ? min(i, columns - LANES) : i;
        const VEC value = finish_vector(VLOAD(row + q) + (VEC)bias, g, e);
        if (g->y_stride_q == 1 && columns >= LANES) {
            Y_VSTORE(value, y + q);
        } else {
            ACC lane[LANES];
            VSTORE(value, lane);
#pragma unroll 1
            for (int l = 0; l < min(LANES, columns - q); l++)
                STORE(y, (q + l) * g->y_stride_q, lane[l]);
        }
    }
}

/* Rows [row][filter of LANES] of outputs of the tiles from `first` on, of filter k to y. */
static inline void store_tiles(private const ACC *rows, global Y_T *y, const clconv_geom *g,
                               const clconv_epilogue *e, ACC bias, int k, const tile_place *first,
                               int tiles)
{
    tile_place at = *first; /* rusticl does not copy a struct that is passed by value */
    int done = 0;
    while (done < tiles && at.n < g->n) {
        const int count = min(tiles - done, tiles_across(g) - at.column);
        const int p = at.row * STEP, q = at.column * STEP;
        for (int i = 0; i < min(STEP, g->p - p); i++)
            store_row(rows + i * LANES * ROW_SIZE + done * STEP,
                      y + output_index(g, at.n, k, p + i, q), g, e, bias,
                      min(count * STEP, g->q - q));
        done += count;
        to_next_row(&at, g);
    }
}

/* Products [tile][point] of a vector of filters, of which there are `filters`, to outputs. */
static inline void finish_block(private const ACC *m, global Y_T *y, const clconv_geom *g,
                                const clconv_epilogue *e, global const ACC *bias, int k,
                                int filters, const tile_place *first, int tiles)
{
    ALIGNED ACC rows[STEP * LANES * ROW_SIZE];
#pragma unroll 1
    for (int t = 0; t < tiles; t += ACROSS) {
        ALIGNED ACC columns[STEP * LANES * LANES];
        if (tiles - t < ACROSS)
#pragma unroll 1
            for (int i = 0; i < STEP * LANES; i++)
                VSTORE((VEC)0, columns + i * LANES);
#pragma unroll 1
        for (int i = 0; i < min(ACROSS, tiles - t); i++)
            transform_back(columns + i * STEP * LANES, m + (t + i) * POINTS * LANES);
#pragma unroll 1
        for (int i = 0; i < STEP; i++)
            transpose(rows + i * LANES * ROW_SIZE + t * STEP, columns + i * LANES * LANES);
    }
#pragma unroll 1
    for (int f = 0; f < filters; f++)
        store_tiles(rows + f * ROW_SIZE, y, g, e, bias[k + f], k + f, first, tiles);
}

#endif
