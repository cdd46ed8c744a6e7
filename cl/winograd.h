/* winograd.h - the transforms of F(STEP x STEP, 3 x 3) and the numbering of tiles.
 *
 * A tile of TILE x TILE inputs d gives STEP x STEP outputs of one channel and filter f as
 * A'[(G f G') * (B' d B)]A, the product in the middle being point by point (Winograd; Lavin and
 * Gray 2015). Summing over channels comes before A, so the products of a point are those of
 * matrices. G f G' is made by algo/winograd.c. Tiles lie side by side over rows, columns and
 * images, the first at output (0, 0). */
#ifndef CLCONV_WINOGRAD_H
#define CLCONV_WINOGRAD_H

/* Outputs of a tile in either direction: 4 or 2. */
#ifndef STEP
#define STEP 4
#endif
#define TILE   (STEP + 2)
#define POINTS (TILE * TILE)

/* One direction, of T, which is ACC or a vector of it: transform_input is B' (in place),
 * transform_output is A' (STEP results at the front). */
#if STEP == 4
#define DEFINE_TRANSFORMS(T)                                                                       \
    static inline __attribute__((always_inline)) void transform_input(T d[TILE])                   \
    {                                                                                              \
        const T first = FMA((T)4, d[0], FMA((T)-5, d[2], d[4]));                                   \
        const T last = FMA((T)4, d[1], FMA((T)-5, d[3], d[5]));                                    \
        const T even = FMA((T)-4, d[2], d[4]), odd = FMA((T)-4, d[1], d[3]);                       \
        const T even2 = d[4] - d[2], odd2 = 2 * (d[3] - d[1]);                                     \
        d[0] = first;                                                                              \
        d[1] = even + odd;                                                                         \
        d[2] = even - odd;                                                                         \
        d[3] = even2 + odd2;                                                                       \
        d[4] = even2 - odd2;                                                                       \
        d[5] = last;                                                                               \
    }                                                                                              \
    static inline __attribute__((always_inline)) void transform_output(T m[TILE])                  \
    {                                                                                              \
        const T sum = m[1] + m[2], difference = m[1] - m[2];                                       \
        const T sum2 = m[3] + m[4], difference2 = m[3] - m[4];                                     \
        m[0] = m[0] + sum + sum2;                                                                  \
        m[1] = FMA((T)2, difference2, difference);                                                 \
        m[2] = FMA((T)4, sum2, sum);                                                               \
        m[3] = FMA((T)8, difference2, difference) + m[5];                                          \
    }
#else
#define DEFINE_TRANSFORMS(T)                                                                       \
    static inline __attribute__((always_inline)) void transform_input(T d[TILE])                   \
    {                                                                                              \
        const T first = d[0] - d[2], last = d[1] - d[3];                                           \
        const T sum = d[1] + d[2], difference = d[2] - d[1];                                       \
        d[0] = first;                                                                              \
        d[1] = sum;                                                                                \
        d[2] = difference;                                                                         \
        d[3] = last;                                                                               \
    }                                                                                              \
    static inline __attribute__((always_inline)) void transform_output(T m[TILE])                  \
    {                                                                                              \
        m[0] = m[0] + m[1] + m[2];                                                                 \
        m[1] = m[1] - m[2] - m[3];                                                                 \
    }
#endif

/* Where a tile lies: its image, its row and column among the tiles. */
typedef struct tile_place {
    int n, row, column;
} tile_place;

static inline int tiles_across(const clconv_geom *g)
{
    return (g->q + STEP - 1) / STEP;
}

static inline int tiles_down(const clconv_geom *g)
{
    return (g->p + STEP - 1) / STEP;
}

static inline tile_place place_of(const clconv_geom *g, long tile)
{
    const long row = tile / tiles_across(g);
    tile_place at;
    at.n = (int)min(row / tiles_down(g), (long)g->n);
    at.row = (int)(row % tiles_down(g));
    at.column = (int)(tile % tiles_across(g));
    return at;
}

/* The first tile of the next row, be it of the next image. */
static inline void to_next_row(tile_place *at, const clconv_geom *g)
{
    at->column = 0;
    if (++at->row == tiles_down(g)) {
        at->row = 0;
        at->n++;
    }
}

#endif
