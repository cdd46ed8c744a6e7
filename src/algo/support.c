/* support.c - what the algorithms share: build options, launches over the output, estimates. */
#include "algo/algo.h"
#include "base/size.h"
#include "base/status.h"
#include "cl/geom.h"
#include <stdio.h>
#include <stdlib.h>

/* What a processor's caches hold is moved so many times as fast. */
static const double CACHED_BYTES = 16 << 20, CACHED_SPEED = 3;

double cc_roofline(const cc_caps *caps, double flops, double bytes)
{
    const double compute = flops / caps->flops, move = bytes / caps->bandwidth;

    if (caps->is_cpu)
        return caps->launch_seconds + compute + move / (bytes <= CACHED_BYTES ? CACHED_SPEED : 1);
    return caps->launch_seconds + (compute > move ? compute : move);
}

int cc_channels_together(const cc_geom *geom, const cc_caps *caps, int most)
{
    return caps->lanes > 1 && cc_geom_is_interleaved(geom) && geom->c <= most ? geom->c : 1;
}

bool cc_reads_border(const cc_geom *geom)
{
    return geom->inner_p0 > 0 || geom->inner_q0 > 0 || geom->inner_p1 < geom->p ||
           geom->inner_q1 < geom->q;
}

void cc_plan_options(char options[CC_OPTIONS], const cc_geom *geom, const cc_caps *caps,
                     cc_touched touched)
{
    snprintf(options, CC_OPTIONS, "-D X_TYPE=%d -D Y_TYPE=%d -D ACC_F64=%d -D HAS_FMA=%d",
             touched & CC_TOUCHES_X ? geom->x_type : CLCONV_F32,
             touched & CC_TOUCHES_Y ? geom->y_type : CLCONV_F32, geom->acc_type == CLCONV_F64,
             geom->acc_type == CLCONV_F64 || caps->fma_f32);
}

/* The work-group that kernel i gets: the driver may allow less than the device does. */
static clconv_status fit_group(struct clconv_plan *plan, unsigned i, cc_group group)
{
    size_t *const local = plan->kernels[i].local;
    size_t limit;

    CC_TRY(cc_ocl_kernel_max_group(&limit, plan->context->ocl, plan->kernels[i].program,
                                   plan->kernels[i].name));
    if (limit > plan->context->caps.info.max_group)
        limit = plan->context->caps.info.max_group;
    if (group == CC_GROUP_FIXED && local[0] * local[1] * local[2] > limit)
        return cc_fail(
            CLCONV_UNSUPPORTED,
            "the driver runs kernel %s with %zu work-items a group at most, it needs %zu",
            plan->kernels[i].name, limit, local[0] * local[1] * local[2]);
    while (local[0] * local[1] * local[2] > limit)
        local[local[1] > 1 ? 1 : 0] /= 2;
    return CLCONV_OK;
}

static clconv_status name_code(struct clconv_plan *plan, const char *file, const char *name,
                               const char *options)
{
    cc_text code = {0};

    cc_text_add(&code, "%s%s: %s %s\n", plan->code ? plan->code : plan->library, file, name,
                options);
    free(plan->code);
    plan->code = cc_text_take(&code);
    return plan->code ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for a plan");
}

clconv_status cc_plan_kernel(struct clconv_plan *plan, const char *file, const char *name,
                             const char *options, const size_t local[3], cc_group group)
{
    return cc_plan_partial(plan, file, name, options, local, group, CC_TOUCHES_BOTH);
}

clconv_status cc_plan_partial(struct clconv_plan *plan, const char *file, const char *name,
                              const char *options, const size_t local[3], cc_group group,
                              cc_touched touched)
{
    char types[CC_OPTIONS], all[2 * CC_OPTIONS];
    const unsigned i = plan->kernel_count;

    cc_plan_options(types, &plan->geom, &plan->context->caps, touched);
    snprintf(all, sizeof all, "%s%s%s", types, *options ? " " : "", options);
    CC_TRY(name_code(plan, file, name, all));
    if (plan->names_only)
        return CLCONV_OK;
    CC_TRY(cc_ocl_program(&plan->kernels[i].program, plan->context->ocl, file, all));
    plan->kernels[i].name = name;
    for (int d = 0; d < 3; d++)
        plan->kernels[i].local[d] = local[d];
    plan->kernel_count++;
    return fit_group(plan, i, group);
}

cc_arg cc_epilogue_for_device(cc_epilogue_arg *storage, const cc_geom *geom)
{
    const double v[] = {geom->scale, geom->offset, geom->activation_a, geom->activation_b,
                        geom->border_value};
    const size_t count = sizeof v / sizeof *v;

    for (size_t i = 0; i < count; i++)
        if (geom->acc_type == CLCONV_F64)
            storage->f64[i] = v[i];
        else
            storage->f32[i] = (float)v[i];
    return (cc_arg){geom->acc_type == CLCONV_F64 ? sizeof storage->f64 : sizeof storage->f32,
                    storage};
}

clconv_status cc_launch_groups(const struct clconv_plan *plan, cc_run *run, unsigned i,
                               const int64_t groups[3], const int tile[2], struct clconv_geom *g,
                               const cc_arg *args, unsigned count)
{
    const size_t *const local = plan->kernels[i].local;
    const int64_t limit = plan->context->caps.launch_limit / (int64_t)(local[0] * local[1]);
    /* Groups of one launch in each dimension. */
    const int64_t qs = cc_least(groups[0], limit), ps = cc_least(groups[1], limit / qs);
    const int64_t zs = cc_least(groups[2], limit / qs / ps);

    for (int64_t z = 0; z < groups[2]; z += zs)
        for (int64_t row = 0; row < groups[1]; row += ps)
            for (int64_t column = 0; column < groups[0]; column += qs) {
                const cc_grid grid = {{(size_t)cc_least(qs, groups[0] - column) * local[0],
                                       (size_t)cc_least(ps, groups[1] - row) * local[1],
                                       (size_t)cc_least(zs, groups[2] - z)},
                                      {local[0], local[1], 1}};
                g->first_z = (int32_t)z;
                g->first_p = (int32_t)(row * tile[1]);
                g->first_q = (int32_t)(column * tile[0]);
                CC_TRY(cc_ocl_launch(&run->commands, run->slot->kernels[i], &grid, args, count));
            }
    return CLCONV_OK;
}

clconv_status cc_launch_outputs(const struct clconv_plan *plan, cc_run *run, const cc_geom *geom,
                                unsigned i, int tile_q, int tile_p)
{
    const int block_k = plan->tile.block_k > 1 ? plan->tile.block_k : 1;
    const int64_t groups[3] = {cc_ceil_div(geom->q, tile_q), cc_ceil_div(geom->p, tile_p),
                               (int64_t)geom->n * geom->groups *
                                   cc_ceil_div(geom->group_k, block_k)};
    struct clconv_geom g;
    cc_epilogue_arg epilogue;
    const cc_arg args[] = {CC_ARG(run->x),
                           CC_ARG(run->state->filters),
                           CC_ARG(run->state->bias),
                           CC_ARG(run->y),
                           CC_ARG(g),
                           cc_epilogue_for_device(&epilogue, geom),
                           {plan->local_memory, NULL}};
    const unsigned count = sizeof args / sizeof *args;

    cc_geom_for_device(&g, geom, run->x_base, run->y_base);
    return cc_launch_groups(plan, run, i, groups, (int[]){tile_q, tile_p}, &g, args,
                            plan->local_memory > 0 ? count : count - 1);
}
