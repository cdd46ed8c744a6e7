/* order.h - work-items in another order than that of their numbers, in which drivers run them: all
 * blocks of filters at one place before the next place, so that the input there is in caches. */
#ifndef CLCONV_ORDER_H
#define CLCONV_ORDER_H

#include "cached.h"
#include "common.h"

static inline bool exceeds_cache(const clconv_geom *g)
{
    return EXCEEDS_CACHE((long)g->h * g->w, g->group_c);
}

/* Blocks, side by side, each of which reads so many pixels of a channel. */
static inline int blocks_of_item(const clconv_geom *g, long pixels)
{
    return exceeds_cache(g) ? BLOCKS_CACHED(pixels, g->group_c) : BLOCKS_SIDE_BY_SIDE;
}

/* Column, row and plane of outputs, in units of what a work-item computes, where each group of
 * filters has so many blocks, each a plane. Input that stays in the cache is better shared by all
 * cores than filters are, and a launch of a part of the filters leaves the order as it is. */
static inline int3 place_of_item(const clconv_geom *g, int blocks)
{
    const int columns = get_global_size(0), rows = get_global_size(1), planes = get_global_size(2);
    const int3 at = (int3)(get_global_id(0), get_global_id(1), get_global_id(2));
    const int i = (at.z % blocks * rows + at.y) * columns + at.x;

    if (planes % blocks != 0 || !exceeds_cache(g))
        return at;
    return (int3)(i / blocks % columns, i / blocks / columns, at.z / blocks * blocks + i % blocks);
}

#endif
