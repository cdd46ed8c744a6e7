/* implicit_gemm_tile.c - the sizes of a tile of implicit_gemm and matrix_units. */
#include "algo/implicit_gemm.h"
#include "base/size.h"

int cc_implicit_items(const cc_tile *tile)
{
    return tile->local_q * tile->local_p;
}

int cc_implicit_outputs(const cc_tile *tile)
{
    return tile->local_q * tile->block_q;
}

int cc_implicit_filters(const cc_tile *tile)
{
    return tile->local_p * tile->block_k;
}

int64_t cc_implicit_tiles(const cc_geom *geom, const cc_tile *tile)
{
    const int64_t outputs = (int64_t)geom->n * geom->p * geom->q;
    return cc_ceil_div(outputs, cc_implicit_outputs(tile)) * geom->groups *
           cc_ceil_div(geom->group_k, cc_implicit_filters(tile));
}

int64_t cc_implicit_steps(const cc_geom *geom, int depth)
{
    return (int64_t)geom->r * geom->s * cc_ceil_div(geom->group_c, depth);
}

int64_t cc_implicit_part_bytes(const cc_geom *geom, const cc_tile *tile)
{
    const int64_t outputs = (int64_t)cc_implicit_outputs(tile) * cc_implicit_filters(tile);
    return tile->block_p > 1 ? tile->block_p * outputs * (int64_t)clconv_type_size(geom->acc_type)
                             : 0;
}

size_t cc_implicit_packed_count(const struct clconv_plan *plan, int depth)
{
    const cc_geom *const geom = &plan->geom;
    return (size_t)(geom->groups * cc_round_up(geom->group_k, cc_implicit_filters(&plan->tile)) *
                    cc_implicit_steps(geom, depth) * depth);
}
