/* slots.c - a plan's pool of what one run needs for itself: kernel objects, for setting arguments
 * on a shared one is a race, and scratch memory. */
#include "base/status.h"
#include "plan/internal.h"
#include <stdlib.h>

static void slot_free(clconv_plan *plan, cc_slot *slot)
{
    for (unsigned i = 0; i < plan->kernel_count; i++)
        cc_ocl_kernel_release(slot->kernels[i]);
    if (plan->context->ocl)
        cc_ocl_mem_release(plan->context->ocl, slot->workspace);
    free(slot);
}

static cc_slot *pop(clconv_plan *plan)
{
    cc_slot *slot;

    pthread_mutex_lock(&plan->shared->lock);
    slot = plan->shared->idle;
    if (slot)
        plan->shared->idle = slot->next;
    pthread_mutex_unlock(&plan->shared->lock);
    return slot;
}

static clconv_status make_kernels(cc_slot *slot, const clconv_plan *plan)
{
    for (unsigned i = 0; i < plan->kernel_count; i++)
        CC_TRY(cc_ocl_kernel_create(&slot->kernels[i], plan->context->ocl, plan->kernels[i].program,
                                    plan->kernels[i].name));
    return CLCONV_OK;
}

clconv_status cc_slot_take(cc_slot **slot, clconv_plan *plan, bool with_workspace)
{
    cc_slot *taken = pop(plan);
    clconv_status status = CLCONV_OK;

    if (!taken) {
        taken = calloc(1, sizeof *taken);
        if (!taken)
            return cc_fail(CLCONV_NO_MEMORY, "no memory for a run of the plan");
        status = make_kernels(taken, plan);
    }
    if (status == CLCONV_OK && with_workspace && plan->workspace && !taken->workspace)
        status = cc_ocl_mem_create(&taken->workspace, plan->context->ocl, plan->workspace);
    if (status != CLCONV_OK)
        slot_free(plan, taken);
    else
        *slot = taken;
    return status;
}

void cc_slot_give_back(clconv_plan *plan, cc_slot *slot)
{
    pthread_mutex_lock(&plan->shared->lock);
    slot->next = plan->shared->idle;
    plan->shared->idle = slot;
    pthread_mutex_unlock(&plan->shared->lock);
}

void cc_slots_free(clconv_plan *plan)
{
    for (cc_slot *slot = plan->shared->idle, *next; slot; slot = next) {
        next = slot->next;
        slot_free(plan, slot);
    }
    plan->shared->idle = NULL;
}
