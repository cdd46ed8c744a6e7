/* implicit_gemm_kernel.h - the kernel of implicit_gemm and of matrix_units, which define before it:
 *
 *   KERNEL                   its name
 *   FILTERS_T, STEP_FILTERS  what the packed filters of a step are, and how many
 *   INPUTS_T, STEP_INPUTS    the same of the inputs in local memory
 *   CHANNELS                 of the input that a work-item loads side by side
 *   SUMS_K, SUMS_Q           sums of a work-item, in fours
 *   own_filters, own_inputs  where a work-item's begin in those of a step
 *   adds                     whether a work-item takes part in the products
 *   clconv_loaded            what of a step it holds in between
 *   load_step, keep_step, add_step, store, store_part */
#ifndef CLCONV_IMPLICIT_GEMM_KERNEL_H
#define CLCONV_IMPLICIT_GEMM_KERNEL_H

/* Tiles from number `first` on, each in `parts` work-groups; the sums of several parts go to
 * workspace + base, [tile of the launch][part][filter][output]. */
kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void
KERNEL(global const X_T *x, global const FILTERS_T *filters, global const ACC *bias, global Y_T *y,
       global ACC *workspace, const long base, const clconv_geom geom, const clconv_epilogue e,
       const long first, const int parts)
{
    local FILTERS_T filters_of[2][STEP_FILTERS];
    local INPUTS_T inputs_of[2][STEP_INPUTS];
    local long y_at[OUTPUTS];
    const clconv_geom *const g = &geom;
    const int item = get_local_id(0), at_filters = own_filters(item), at_inputs = own_inputs(item);
    const clconv_tile tile = tile_at(g, first + get_group_id(0) / parts);
    const clconv_part part = part_at(g, get_group_id(0) % parts, parts);
    const bool needed = adds(&tile, g, item);
    global const FILTERS_T *filter =
        filters + ((long)tile.block * steps_of(g) + part.begin) * STEP_FILTERS + item;
    ACC4 sum[SUMS_K][SUMS_Q];
    clconv_loaded loaded;
    clconv_window w;

    find_window(&w, x, g, tile.k, tile.output + item % OUTPUTS, item / OUTPUTS * CHANNELS,
                part.begin);
#pragma unroll
    for (int i = 0; i < SUMS; i++)
        sum[i / SUMS_Q][i % SUMS_Q] = 0;
    find_outputs(y_at, g, &tile, item);
    /* One turn more than steps: the first only loads. */
    for (int step = part.begin - 1; step < part.end; step++) {
        const bool more = step + 1 < part.end;
        if (more) {
            load_step(&loaded, &w, filter, g, e.border_value);
            filter += STEP_FILTERS;
            to_next_step(&w, g);
        }
        if (step >= part.begin && needed)
            add_step(sum, filters_of[step & 1] + at_filters, inputs_of[step & 1] + at_inputs);
        if (more)
            keep_step(filters_of[~step & 1], inputs_of[~step & 1], &loaded, item);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (parts == 1)
        store(sum, bias + tile.k, y, y_at, g, &e, g->group_k - tile.in_group);
    else
        store_part(sum, workspace + base + (long)get_group_id(0) * TILE);
}

#endif
