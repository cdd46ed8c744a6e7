/* state.c - filters and bias made ready for a plan: flipped, in the arithmetic type, on the device;
 * or, where its algorithm does not do them, another plan. */
#include "base/status.h"
#include "plan/internal.h"
#include <stdlib.h>
#include <string.h>

static void put(void *array, bool f64, size_t i, float value)
{
    if (f64)
        ((double *)array)[i] = value;
    else
        ((float *)array)[i] = value;
}

/* count values in the arithmetic type; zeros where from is NULL. */
static clconv_status upload(cc_mem *mem, const clconv_plan *plan, const float *from, size_t count)
{
    cc_ocl *const ocl = plan->context->ocl;
    const bool f64 = plan->geom.acc_type == CLCONV_F64;
    const size_t bytes = count * (f64 ? sizeof(double) : sizeof(float));
    void *const staging = calloc(1, bytes);
    clconv_status status;

    if (!staging)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for %zu bytes", bytes);
    for (size_t i = 0; from && i < count; i++)
        put(staging, f64, i, from[i]);
    status = cc_ocl_mem_create(mem, ocl, bytes);
    if (status == CLCONV_OK)
        status = cc_ocl_write(ocl, *mem, 0, staging, bytes);
    free(staging);
    return status;
}

/* As the kernels take them: turned by 180 degrees for a convolution, packed by the algorithm. */
static clconv_status prepare(float **out, size_t *out_count, const clconv_plan *plan,
                             const float *filters)
{
    const cc_geom *const geom = &plan->geom;
    const size_t count = (size_t)geom->filter_count, one = (size_t)geom->r * (size_t)geom->s;
    const size_t packed_count = plan->algo->pack ? plan->algo->packed_count(plan) : 0;
    float *const turned = malloc(count * sizeof *turned);
    float *const packed = plan->algo->pack ? malloc(packed_count * sizeof *packed) : NULL;

    if (!turned || (plan->algo->pack && !packed)) {
        free(turned);
        free(packed);
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for %zu floats", count + packed_count);
    }
    for (size_t i = 0; i < count; i++)
        turned[geom->flip ? i / one * one + (one - 1 - i % one) : i] = filters[i];
    if (plan->algo->pack) {
        plan->algo->pack(packed, plan, turned);
        free(turned);
    }
    *out = packed ? packed : turned;
    *out_count = packed ? packed_count : count;
    return CLCONV_OK;
}

static clconv_status to_device(cc_state *state, const clconv_plan *plan, const float *filters,
                               const float *bias)
{
    float *ready = NULL;
    size_t count = 0;
    clconv_status status = prepare(&ready, &count, plan, filters);

    if (status == CLCONV_OK)
        status = upload(&state->filters, plan, ready, count);
    free(ready);
    if (status == CLCONV_OK)
        status = upload(&state->bias, plan, bias, (size_t)plan->geom.k);
    return status;
}

static clconv_status to_host(cc_state *state, const clconv_plan *plan, const float *filters,
                             const float *bias)
{
    const size_t count = (size_t)plan->geom.filter_count, k = (size_t)plan->geom.k;

    state->host_filters = malloc(count * sizeof *filters);
    state->host_bias = calloc(k, sizeof *bias);
    if (!state->host_filters || !state->host_bias)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for %zu floats", count + k);
    memcpy(state->host_filters, filters, count * sizeof *filters);
    if (bias)
        memcpy(state->host_bias, bias, k * sizeof *bias);
    return CLCONV_OK;
}

clconv_status cc_state_create(cc_state **state, const clconv_plan *plan, const float *filters,
                              const float *bias)
{
    cc_state *const made = calloc(1, sizeof *made);
    clconv_status status;

    if (!made)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory");
    atomic_init(&made->references, 1);
    status = plan->context->ocl ? to_device(made, plan, filters, bias)
                                : to_host(made, plan, filters, bias);
    if (status != CLCONV_OK)
        cc_state_release(made, plan->context);
    else
        *state = made;
    return status;
}

/* By an algorithm that keeps the bound of a plain sum. */
clconv_status cc_state_stand_in(cc_state **state, const clconv_plan *plan, const float *filters,
                                const float *bias)
{
    cc_state *const made = calloc(1, sizeof *made);
    cc_text forbid = {0};
    clconv_plan_options options = {.workspace_limit = plan->workspace ? plan->workspace : 1,
                                   .strict = 1};
    clconv_status status;
    char *names;

    for (size_t i = 0; cc_algorithms[i]; i++)
        if (cc_algorithms[i]->error == CC_ERROR_FACTORS)
            cc_text_add(&forbid, "%s,", cc_algorithms[i]->info.name);
    cc_text_add(&forbid, "%s", plan->forbid ? plan->forbid : "");
    options.forbid = names = cc_text_take(&forbid);
    if (made && names) {
        atomic_init(&made->references, 1);
        status = cc_plan_create(&made->stand_in, plan->context, &plan->geom.desc, NULL, filters,
                                bias, &options);
    } else {
        status = cc_fail(CLCONV_NO_MEMORY, "filters: no memory");
    }
    free(names);
    if (status == CLCONV_OK)
        *state = made;
    else
        free(made);
    return status;
}

cc_state *cc_state_current(clconv_plan *plan)
{
    cc_state *state;

    pthread_mutex_lock(&plan->shared->lock);
    state = plan->shared->state;
    atomic_fetch_add(&state->references, 1);
    pthread_mutex_unlock(&plan->shared->lock);
    return state;
}

void cc_state_release(cc_state *state, clconv_context *context)
{
    if (!state || atomic_fetch_sub(&state->references, 1) != 1)
        return;
    cc_plan_destroy(state->stand_in);
    if (context->ocl) {
        cc_ocl_mem_release(context->ocl, state->filters);
        cc_ocl_mem_release(context->ocl, state->bias);
    }
    free(state->host_filters);
    free(state->host_bias);
    free(state);
}
