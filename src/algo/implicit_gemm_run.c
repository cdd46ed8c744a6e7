/* implicit_gemm_run.c - plans and launches of implicit_gemm and matrix_units. */
#include "algo/implicit_gemm.h"
#include "base/status.h"
#include "cl/geom.h"
#include <stdio.h>

/* Bytes of the workspace, for the parts of so many tiles at a time. */
static const double WORKSPACE = 16 << 20;

/* Of the kernel that adds parts. */
enum { LOCAL = 64 };

bool cc_implicit_supports(const cc_problem *problem, const cc_implicit_kind *kind, char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;
    double seconds;
    cc_tile best;

    if (geom->group_c < kind->least_channels || geom->group_k < kind->least_filters) {
        snprintf(why, CC_WHY,
                 "made for %d channels and %d filters a group or more, here are %d and %d",
                 kind->least_channels, kind->least_filters, geom->group_c, geom->group_k);
        return false;
    }
    if (!cc_implicit_tile(&best, &seconds, problem, kind, 0)) {
        snprintf(why, CC_WHY,
                 "the smallest tile does not fit in %llu bytes of local memory, or %llu work-items "
                 "a group at most",
                 (unsigned long long)problem->caps->info.local_memory,
                 (unsigned long long)problem->caps->info.max_group);
        return false;
    }
    return true;
}

static size_t workspace_of(const cc_geom *geom, const cc_tile *tile)
{
    const double one = (double)cc_implicit_part_bytes(geom, tile);
    const double all = one * (double)cc_implicit_tiles(geom, tile);
    return (size_t)(all < WORKSPACE ? all : WORKSPACE);
}

/* Enough for any tile, for it is asked before one is chosen. */
size_t cc_implicit_workspace(const cc_problem *problem, const cc_implicit_kind *kind)
{
    size_t most = 0;
    double seconds;
    cc_tile one;

    for (int i = 0; cc_implicit_tile(&one, &seconds, problem, kind, i); i++) {
        const size_t bytes = workspace_of(problem->geom, &one);
        most = bytes > most ? bytes : most;
    }
    return most;
}

clconv_status cc_implicit_plan(struct clconv_plan *plan, const cc_implicit_kind *kind)
{
    const cc_tile *const t = &plan->tile;
    const size_t local[3] = {(size_t)(t->local_q * t->local_p), 1, 1}, sums[3] = {LOCAL, 1, 1};
    char options[CC_OPTIONS];

    /* The tile may be that of a larger problem. */
    plan->workspace = workspace_of(&plan->geom, t);
    snprintf(options, sizeof options,
             "-D LOCAL_Q=%d -D LOCAL_K=%d -D ITEM_OUTPUTS=%d -D ITEM_FILTERS=%d -D DEPTH=%d%s",
             t->local_q, t->local_p, t->block_q, t->block_k, kind->depth, kind->options);
    snprintf(plan->shape, sizeof plan->shape,
             "tiles of %d filters x %d outputs in %d parts, %d x %d a work-item",
             cc_implicit_filters(t), cc_implicit_outputs(t), t->block_p, t->block_k, t->block_q);
    CC_TRY(cc_plan_kernel(plan, kind->file, kind->kernel, options, local, CC_GROUP_FIXED));
    if (t->block_p == 1)
        return CLCONV_OK;
    return cc_plan_kernel(plan, kind->file, "implicit_gemm_sum", options, sums, CC_GROUP_FREE);
}

/* Tiles of one round: what the workspace holds the parts of, and one launch may compute. */
static int64_t tiles_of_round(const struct clconv_plan *plan)
{
    const cc_tile *const t = &plan->tile;
    const int64_t bytes = cc_implicit_part_bytes(&plan->geom, t);
    const int64_t items = (int64_t)t->local_q * t->local_p * t->block_p;
    int64_t most = plan->context->caps.launch_limit / items;

    if (bytes > 0 && (int64_t)plan->workspace / bytes < most)
        most = (int64_t)plan->workspace / bytes;
    return most > 1 ? most : 1;
}

/* `count` tiles from `first` on. */
static clconv_status one_round(const struct clconv_plan *plan, cc_run *run,
                               const struct clconv_geom *g, int64_t first, int64_t count)
{
    const cc_tile *const t = &plan->tile;
    const size_t *const local = plan->kernels[0].local;
    const int64_t base = (int64_t)(run->workspace_offset / clconv_type_size(plan->geom.acc_type));
    const int32_t parts = t->block_p;
    const cc_mem parts_at =
        parts > 1 ? run->workspace : run->y; /* not touched where there are none */
    cc_epilogue_arg storage;
    const cc_arg epilogue = cc_epilogue_for_device(&storage, &plan->geom);
    const cc_arg products[] = {CC_ARG(run->x),
                               CC_ARG(run->state->filters),
                               CC_ARG(run->state->bias),
                               CC_ARG(run->y),
                               CC_ARG(parts_at),
                               CC_ARG(base),
                               CC_ARG(*g),
                               epilogue,
                               CC_ARG(first),
                               CC_ARG(parts)};
    const cc_arg sums[] = {CC_ARG(run->workspace), CC_ARG(base), CC_ARG(run->state->bias),
                           CC_ARG(run->y),         CC_ARG(*g),   epilogue,
                           CC_ARG(first),          CC_ARG(parts)};
    const cc_grid groups = {{(size_t)(count * parts) * local[0], 1, 1}, {local[0], 1, 1}};

    CC_TRY(cc_ocl_launch(&run->commands, run->slot->kernels[0], &groups, products,
                         sizeof products / sizeof *products));
    if (parts == 1)
        return CLCONV_OK;
    const int64_t outputs = count * cc_implicit_outputs(t) * cc_implicit_filters(t);
    const cc_grid each = {{(size_t)outputs, 1, 1}, {plan->kernels[1].local[0], 1, 1}};
    return cc_ocl_launch(&run->commands, run->slot->kernels[1], &each, sums,
                         sizeof sums / sizeof *sums);
}

clconv_status cc_implicit_execute(const struct clconv_plan *plan, cc_run *run)
{
    const int64_t tiles = cc_implicit_tiles(&plan->geom, &plan->tile);
    const int64_t most = tiles_of_round(plan);
    struct clconv_geom g;

    cc_geom_for_device(&g, &plan->geom, run->x_base, run->y_base);
    for (int64_t first = 0; first < tiles; first += most)
        CC_TRY(one_round(plan, run, &g, first, tiles - first < most ? tiles - first : most));
    return CLCONV_OK;
}
