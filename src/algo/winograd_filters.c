/* winograd_filters.c - filters of the algorithm winograd transformed and packed. */
#include "algo/winograd.h"
#include "base/size.h"
#include <string.h>

/* G of the transform of filters, G f G'. */
static const double TO_SIX[6][3] = {{1. / 4, 0, 0},
                                    {-1. / 6, -1. / 6, -1. / 6},
                                    {-1. / 6, 1. / 6, -1. / 6},
                                    {1. / 24, 1. / 12, 1. / 6},
                                    {1. / 24, -1. / 12, 1. / 6},
                                    {0, 0, 1}};
static const double TO_FOUR[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};

/* G f G' of one filter, a point every `pitch` floats. */
static void transform_filter(float *points_of_it, int64_t pitch, const float f[9], int side)
{
    const double(*const g)[3] = side == 6 ? TO_SIX : TO_FOUR;

    for (int i = 0; i < side; i++) {
        double row[3];
        for (int column = 0; column < 3; column++)
            row[column] = g[i][0] * (double)f[column] + g[i][1] * (double)f[3 + column] +
                          g[i][2] * (double)f[6 + column];
        for (int j = 0; j < side; j++)
            points_of_it[(i * side + j) * pitch] =
                (float)(row[0] * g[j][0] + row[1] * g[j][1] + row[2] * g[j][2]);
    }
}

int64_t cc_winograd_filter_blocks(const struct clconv_plan *plan)
{
    return plan->geom.groups * cc_ceil_div(plan->geom.group_k, plan->tile.block_k);
}

size_t cc_winograd_packed_count(const struct clconv_plan *plan)
{
    return (size_t)(cc_winograd_filter_blocks(plan) * cc_winograd_points(plan->tile.step) *
                    plan->geom.group_c * plan->tile.block_k);
}

void cc_winograd_pack(float *packed, const struct clconv_plan *plan, const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const int64_t blocks = cc_ceil_div(geom->group_k, plan->tile.block_k);
    const int64_t point_size = (int64_t)geom->group_c * plan->tile.block_k;

    memset(packed, 0, cc_winograd_packed_count(plan) * sizeof *packed);
    for (int k = 0; k < geom->k; k++) {
        const int in_group = k % geom->group_k;
        const int64_t block = k / geom->group_k * blocks + in_group / plan->tile.block_k;
        float *const to = packed + block * cc_winograd_points(plan->tile.step) * point_size +
                          in_group % plan->tile.block_k;
        for (int c = 0; c < geom->group_c; c++)
            transform_filter(to + (int64_t)c * plan->tile.block_k, point_size,
                             filters + ((int64_t)k * geom->group_c + c) * 9, plan->tile.step + 2);
    }
}
