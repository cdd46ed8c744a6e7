/* implicit_gemm_filters.c - filters in the order in which implicit_gemm takes them. */
#include "algo/implicit_gemm.h"
#include "base/size.h"

size_t cc_implicit_packed_count(const struct clconv_plan *plan)
{
    const cc_geom *const geom = &plan->geom;
    return (size_t)(geom->groups * cc_round_up(geom->group_k, cc_implicit_filters(&plan->tile)) *
                    cc_implicit_steps(geom) * CC_IMPLICIT_DEPTH);
}

static void pack_block(float *packed, const cc_geom *geom, const float *filters, int in_block,
                       int filters_of_block)
{
    const int64_t area = (int64_t)geom->r * geom->s;
    const int64_t channels = cc_round_up(geom->group_c, CC_IMPLICIT_DEPTH);

    for (int64_t tap = 0; tap < area; tap++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t f = 0; f < filters_of_block; f++)
                *packed++ = f < in_block && c < geom->group_c
                                ? filters[f * geom->taps + c * area + tap]
                                : 0;
}

void cc_implicit_pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int block = cc_implicit_filters(&plan->tile);
    const int64_t size = cc_implicit_steps(geom) * CC_IMPLICIT_DEPTH * block;

    for (int group = 0; group < geom->groups; group++)
        for (int first = 0; first < geom->group_k; first += block, packed += size) {
            const int left = geom->group_k - first;
            pack_block(packed, geom,
                       filters + ((int64_t)group * geom->group_k + first) * geom->taps,
                       left < block ? left : block, block);
        }
}
