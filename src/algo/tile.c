/* tile.c - what the choice of a tile has in common. */
#include "algo/algo.h"

int cc_lanes(const cc_geom *geom, const cc_caps *caps)
{
    return caps->lanes > 4 && geom->acc_type == CLCONV_F64 ? caps->lanes / 2 : caps->lanes;
}

int cc_ranked(const double *values, int count, int i)
{
    for (int at = 0; at < count; at++) {
        int better = 0;
        for (int other = 0; other < count; other++)
            better += values[other] > values[at] || (values[other] >= values[at] && other < at);
        if (better == i)
            return at;
    }
    return -1;
}

int cc_tile_count(const struct clconv_algo *algo, const cc_problem *problem)
{
    cc_tile tile;
    int count = 0;

    while (algo->tile && algo->tile(&tile, problem, count))
        count++;
    return count > 0 ? count : 1;
}
