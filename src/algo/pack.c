/* pack.c - the order of filters that several algorithms take. */
#include "algo/algo.h"
#include "base/size.h"

size_t cc_pack_blocks_count(const cc_geom *geom, int block_k)
{
    return (size_t)(geom->groups * cc_round_up(geom->group_k, block_k) * geom->taps);
}

void cc_pack_blocks(float *packed, const cc_geom *geom, int block_k, const float *filters)
{
    for (int64_t group = 0; group < geom->groups; group++)
        for (int64_t first = 0; first < geom->group_k; first += block_k)
            for (int64_t tap = 0; tap < geom->taps; tap++)
                for (int64_t f = first; f < first + block_k; f++)
                    *packed++ = f < geom->group_k
                                    ? filters[(group * geom->group_k + f) * geom->taps + tap]
                                    : 0;
}
