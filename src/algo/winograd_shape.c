/* winograd_shape.c - blocks of tiles and filters of the algorithm winograd, and what they cost. */
#include "algo/winograd.h"
#include "base/size.h"

/* Share of the FMA peak of the products, measured on PoCL; expected of a GPU. */
static const double EFFICIENCY_CPU = 0.65, EFFICIENCY_GPU = 0.4;
/* What a transform takes, in operations at the peak for each of its points: measured on PoCL. */
static const double INPUT_COST = 16, OUTPUT_COST = 46;
/* How fast filters come from memory, as a share of copies: measured on PoCL, on two processors. */
static const double READ_SPEED_CPU = 0.4, READ_SPEED_GPU = 1;

/* The sums of a block and what is loaded for one of them fill the registers: 32 of AVX-512, else
 * 16. */
static const cc_winograd_shape BLOCKS_OF_16[] = {{4, 14, 32}, {2, 14, 32}};
static const cc_winograd_shape BLOCKS_OF_8[] = {{4, 6, 16}, {2, 6, 16}};
static const cc_winograd_shape BLOCKS_OF_4[] = {{4, 4, 12}, {2, 4, 12}};
static const cc_winograd_shape BLOCKS_OF_ITEMS[] = {{4, CC_WINOGRAD_SIDE, CC_WINOGRAD_SIDE},
                                                    {2, CC_WINOGRAD_SIDE, CC_WINOGRAD_SIDE}};
enum { SHAPES = sizeof BLOCKS_OF_16 / sizeof *BLOCKS_OF_16 };

static const cc_winograd_shape *shapes(const cc_caps *caps)
{
    return caps->lanes == 1   ? BLOCKS_OF_ITEMS
           : caps->lanes < 8  ? BLOCKS_OF_4
           : caps->lanes < 16 ? BLOCKS_OF_8
                              : BLOCKS_OF_16;
}

int64_t cc_winograd_points(int step)
{
    return (int64_t)(step + 2) * (step + 2);
}

cc_winograd_blocks cc_winograd_split(const cc_geom *geom, int step, int most, int lanes)
{
    const int64_t tiles = geom->n * cc_ceil_div(geom->p, step) * cc_ceil_div(geom->q, step);
    const int64_t blocks = cc_ceil_div(tiles, most);

    if (lanes == 1)
        return (cc_winograd_blocks){blocks, most, most};
    /* As even as can be: there is code for any number of tiles. */
    return (cc_winograd_blocks){blocks, (int)cc_ceil_div(tiles, blocks), lanes};
}

double cc_winograd_cost(const cc_problem *problem, const cc_winograd_shape *b)
{
    const cc_geom *const geom = problem->geom;
    const double efficiency = problem->caps->is_cpu ? EFFICIENCY_CPU : EFFICIENCY_GPU;
    const cc_winograd_blocks s = cc_winograd_split(geom, b->step, b->tiles, problem->caps->lanes);
    const double tiles = (double)(s.blocks * s.tiles), room = (double)(s.blocks * s.room);
    const double filters = (double)(geom->groups * cc_round_up(geom->group_k, b->filters));
    const double multiplied = 2 * filters * geom->group_c * tiles / efficiency;
    /* Packed filters are read from memory once a run: of a small map that is what takes longest. */
    const double speed = problem->caps->is_cpu ? READ_SPEED_CPU : READ_SPEED_GPU;
    const double read = filters * geom->group_c * (double)sizeof(float) * problem->caps->flops /
                        (speed * problem->caps->bandwidth);
    const double products = multiplied > read ? multiplied : read;
    const double transforms = INPUT_COST * room * geom->c + OUTPUT_COST * tiles * geom->k;

    return (double)cc_winograd_points(b->step) * (products + transforms);
}

bool cc_winograd_shape_at(cc_winograd_shape *best, const cc_problem *problem, int i)
{
    const cc_winograd_shape *const all = shapes(problem->caps);
    double values[SHAPES];

    for (int at = 0; at < SHAPES; at++)
        values[at] = -cc_winograd_cost(problem, &all[at]);
    const int at = cc_ranked(values, SHAPES, i);
    if (at >= 0)
        *best = all[at];
    return at >= 0;
}
