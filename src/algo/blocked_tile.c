/* blocked_tile.c - blocks of outputs for processors and for GPUs, ranked for a problem. */
#include "algo/blocked_tile.h"
#include "base/size.h"
#include <math.h>
#include <string.h>

/* Work-items of a group; vectors, rows, filters of a work-item's block; speed of whole blocks, of
 * the best one's: the more filters share what is loaded, the better. */
typedef struct shape {
    int local_q, local_p, q, p, k;
    double speed;
    bool usual; /* of all small problems with several filters, or with few */
} shape;

/* Explicit vectors: a block takes one register for each vector, 32 of AVX-512 or 16 of others being
 * enough for them, for what is loaded, and for a tap. Speeds as measured on PoCL. */
static const shape VECTORS_32[] = {
    {1, 1, 1, 3, 8, 1, true},      {1, 1, 2, 1, 12, 1, false},  {1, 1, 1, 1, 24, 1, false},
    {1, 1, 1, 1, 16, 0.95, false}, {1, 1, 3, 1, 8, 1, false},   {1, 1, 1, 4, 6, 0.9, false},
    {1, 1, 4, 4, 1, 0.6, true},    {1, 1, 3, 6, 1, 0.6, false}, {1, 1, 2, 8, 1, 0.55, false}};
static const shape VECTORS_16[] = {{1, 1, 1, 2, 6, 1, true},
                                   {1, 1, 2, 1, 6, 1, false},
                                   {1, 1, 1, 3, 4, 0.95, false},
                                   {1, 1, 4, 2, 1, 0.6, true},
                                   {1, 1, 1, 8, 1, 0.45, false}};

/* Work-items side by side: 32 or 64 sums for large outputs, fewer for small ones; more filters than
 * an item's are computed by items that share the input; one row where rows and columns are one.
 * Speeds as multiply-adds per value loaded let expect. */
static const shape ITEMS[] = {{32, 4, 2, 4, 8, 1, true},     {8, 4, 2, 4, 32, 1, false},
                              {16, 1, 4, 1, 32, 0.9, false}, {32, 4, 4, 8, 1, 0.7, false},
                              {32, 4, 2, 4, 1, 0.5, true},   {16, 8, 1, 2, 1, 0.3, false}};

enum {
    VECTORS_32_COUNT = sizeof VECTORS_32 / sizeof *VECTORS_32,
    VECTORS_16_COUNT = sizeof VECTORS_16 / sizeof *VECTORS_16,
    ITEMS_COUNT = sizeof ITEMS / sizeof *ITEMS,
    MOST = 9
};
_Static_assert(VECTORS_32_COUNT <= MOST && VECTORS_16_COUNT <= MOST && ITEMS_COUNT <= MOST,
               "room for the values of each table");

/* Problems of fewer flops share the code of the usual blocks: a variant takes longer to build than
 * it could ever save. */
static const double SMALL_FLOPS = 1e6;
enum { SEVERAL_FILTERS = 4 };

/* Of a block, at most, where work-items are side by side. */
enum { FILTERS_OF_ITEM = 8 };

/* Blocks that begin at any of several channels load taps that are not aligned. */
static const double ALIGNED_TAPS = 1.4;

/* Work-items that keep a compute unit of a GPU busy; with fewer it waits for memory. */
static const double BUSY = 256;

/* Taller blocks of vectors in code for any number of rows run out of registers. */
enum { MOST_ROWS_IN_LOOP = 4 };
static const double SPILLED = 0.45;

/* Lanes of devices with 32 registers; the most rows of sums, times vectors, that 32 registers, or
 * 16, hold beside what is loaded; how much faster blocks are that go down the image row by row, or
 * across. */
enum { WIDE = 16, SUMS_32 = 24, SUMS_16 = 12 };
static const double ROLLS = 1.2;

/* One filter on an image of one channel. */
static bool is_plane(const cc_geom *geom, const cc_caps *caps)
{
    return caps->lanes > 1 && geom->group_c == 1 && geom->group_k == 1 && geom->stride_h == 1;
}

bool cc_blocked_has_own_code(const cc_geom *geom, const cc_caps *caps, int channels)
{
    int largest = CC_BLOCKED_FIXED_SIZE;
    const bool usual = geom->r == geom->s && geom->r % 2 == 1 && geom->dilation_h == 1 &&
                       geom->dilation_w == channels && geom->stride_h == geom->stride_w &&
                       geom->stride_h <= CC_BLOCKED_FIXED_STRIDE;

    if (channels > 1)
        largest = CC_BLOCKED_FIXED_INTERLEAVED;
    else if (is_plane(geom, caps) && caps->lanes >= WIDE)
        largest = CC_BLOCKED_FIXED_PLANE;
    return usual && geom->r <= largest;
}

bool cc_blocked_is_rolled(const cc_geom *geom, const cc_caps *caps, int channels,
                          const cc_tile *tile)
{
    return is_plane(geom, caps) && geom->r > 1 && tile->block_k == 1 &&
           geom->r * tile->block_q <= (caps->lanes >= WIDE ? SUMS_32 : SUMS_16) &&
           cc_blocked_has_own_code(geom, caps, channels);
}

double cc_blocked_usefulness(const cc_geom *geom, const cc_tile *tile)
{
    const int columns = tile->local_q * tile->block_q * tile->lanes;
    const int rows = tile->local_p * tile->block_p;
    return (double)geom->q / (double)cc_round_up(geom->q, columns) * geom->p /
           (double)cc_round_up(geom->p, rows) * geom->group_k /
           (double)cc_round_up(geom->group_k, tile->block_k);
}

static cc_tile tile_of(const shape *s, int lanes)
{
    return (cc_tile){.local_q = s->local_q,
                     .local_p = s->local_p,
                     .lanes = lanes,
                     .block_q = s->q,
                     .block_p = s->p,
                     .block_k = s->k};
}

int cc_blocked_local_k(const cc_tile *tile)
{
    const bool together = tile->lanes == 1 && tile->block_k > FILTERS_OF_ITEM;
    return together ? tile->block_k / FILTERS_OF_ITEM : 1;
}

static bool fits_group(const cc_tile *tile, const cc_caps *caps)
{
    return (uint64_t)(tile->local_q * tile->local_p * cc_blocked_local_k(tile)) <=
           caps->info.max_group;
}

/* The share of the device that the work-items keep busy. */
static double busy(const cc_geom *geom, const cc_caps *caps, const cc_tile *tile)
{
    const double outputs = (double)geom->n * geom->k * geom->p * geom->q;
    const double items = outputs / cc_blocked_usefulness(geom, tile) /
                         (tile->block_q * tile->block_p * tile->block_k) * cc_blocked_local_k(tile);
    const double wanted = BUSY * caps->info.compute_units;
    return items < wanted ? items / wanted : 1;
}

double cc_blocked_speed(const cc_geom *geom, const cc_caps *caps, const cc_tile *tile)
{
    double speed = 1;

    for (int at = 0; at < ITEMS_COUNT; at++) {
        const cc_tile one = tile_of(&ITEMS[at], 1);
        speed = memcmp(&one, tile, sizeof one) ? speed : ITEMS[at].speed;
    }
    return speed * busy(geom, caps, tile);
}

static double value(const shape *s, const cc_geom *geom, const cc_caps *caps, int channels,
                    const cc_tile *tile)
{
    const double useful = cc_blocked_usefulness(geom, tile);
    const bool aligned = channels > 1 && tile->block_q * tile->lanes % channels == 0;
    const bool spills =
        s->k == 1 && s->p > MOST_ROWS_IN_LOOP && !cc_blocked_has_own_code(geom, caps, channels);

    if (s->usual && geom->flops < SMALL_FLOPS && (s->k > 1) == (geom->group_k >= SEVERAL_FILTERS))
        return HUGE_VAL;
    if (tile->lanes > 1)
        return useful * s->speed * (aligned ? ALIGNED_TAPS : 1) * (spills ? SPILLED : 1) *
               (cc_blocked_is_rolled(geom, caps, channels, tile) ? ROLLS : 1);
    return useful * s->speed * busy(geom, caps, tile);
}

bool cc_blocked_tile(cc_tile *tile, const cc_geom *geom, const cc_caps *caps, int channels, int i)
{
    const int widest = caps->lanes;
    const int lanes = cc_lanes(geom, caps);
    const shape *const shapes = widest >= 16 ? VECTORS_32 : widest > 1 ? VECTORS_16 : ITEMS;
    const int count = widest >= 16 ? VECTORS_32_COUNT : widest > 1 ? VECTORS_16_COUNT : ITEMS_COUNT;
    cc_tile fitting[MOST];
    double values[MOST];
    int n = 0;

    for (int at = 0; at < count; at++) {
        const cc_tile one = tile_of(&shapes[at], lanes);
        if (!fits_group(&one, caps))
            continue;
        values[n] = value(&shapes[at], geom, caps, channels, &one);
        fitting[n++] = one;
    }
    const int best = cc_ranked(values, n, i);
    if (best >= 0)
        *tile = fitting[best];
    return best >= 0;
}
