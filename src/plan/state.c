/* state.c - filters and bias made ready for a plan: flipped, in the arithmetic type, on the device.
 */
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

static clconv_status upload(cc_mem *mem, const clconv_plan *plan, const float *from, size_t count,
                            size_t turn) /* each run of `turn` values is reversed */
{
    cc_ocl *const ocl = plan->context->ocl;
    const bool f64 = plan->geom.acc_type == CLCONV_F64;
    const size_t bytes = count * (f64 ? sizeof(double) : sizeof(float));
    void *const staging = calloc(1, bytes);
    clconv_status status;

    if (!staging)
        return cc_fail(CLCONV_NO_MEMORY, "filters: no memory for %zu bytes", bytes);
    for (size_t i = 0; from && i < count; i++)
        put(staging, f64, i / turn * turn + (turn - 1 - i % turn), from[i]);
    status = cc_ocl_mem_create(mem, ocl, bytes);
    if (status == CLCONV_OK)
        status = cc_ocl_write(ocl, *mem, 0, staging, bytes);
    free(staging);
    return status;
}

static clconv_status to_device(cc_state *state, const clconv_plan *plan, const float *filters,
                               const float *bias)
{
    const cc_geom *const geom = &plan->geom;
    const size_t count = (size_t)geom->filter_count, one = (size_t)geom->r * (size_t)geom->s;
    cc_mem *const mem = &state->filters;

    if (geom->flip) {
        CC_TRY(upload(mem, plan, filters, count, one));
    } else {
        CC_TRY(upload(mem, plan, filters, count, 1));
    }
    return upload(&state->bias, plan, bias, (size_t)geom->k, 1);
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
    if (context->ocl) {
        cc_ocl_mem_release(context->ocl, state->filters);
        cc_ocl_mem_release(context->ocl, state->bias);
    }
    free(state->host_filters);
    free(state->host_bias);
    free(state);
}
