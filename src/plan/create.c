/* create.c - from a desc to a plan: resolve, choose, build, prove, pack. */
#include "base/status.h"
#include "plan/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes back what an algorithm's plan function and the runs left behind. */
static void clear_kernels(clconv_plan *plan)
{
    cc_slots_free(plan);
    for (unsigned i = 0; i < plan->kernel_count; i++)
        cc_ocl_program_release(plan->context->ocl, plan->kernels[i].program);
    plan->kernel_count = 0;
    free(plan->code);
    plan->code = NULL;
    plan->shape[0] = plan->library[0] = 0;
    plan->local_memory = 0;
}

void cc_plan_destroy(clconv_plan *plan)
{
    if (!plan)
        return;
    if (plan->shared) {
        clear_kernels(plan);
        cc_state_release(plan->shared->state, plan->context);
        pthread_mutex_destroy(&plan->shared->lock);
        free(plan->shared);
    }
    free(plan->choices);
    free(plan->forbid);
    cc_context_release(plan->context);
    free(plan);
}

/* A plan without an algorithm. */
static clconv_status begin(clconv_plan **plan, clconv_context *context, const clconv_desc *desc)
{
    clconv_plan *const made = calloc(1, sizeof *made);
    clconv_status status;

    if (!made)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a plan");
    made->context = context;
    cc_context_retain(context);
    made->shared = calloc(1, sizeof *made->shared);
    if (!made->shared || pthread_mutex_init(&made->shared->lock, NULL) != 0) {
        free(made->shared);
        made->shared = NULL;
        status = cc_fail(CLCONV_NO_MEMORY, "no memory for a plan");
    } else {
        status = cc_geom_make(&made->geom, desc);
    }
    if (status == CLCONV_OK)
        *plan = made;
    else
        cc_plan_destroy(made);
    return status;
}

/* tile NULL: the best guess for `whole`, which the plan's problem is a part of, so that its parts
 * run the code of the whole. */
static clconv_status prepare(clconv_plan *plan, const struct clconv_algo *algo, const cc_tile *tile,
                             const cc_geom *whole)
{
    const cc_problem problem = {&plan->geom, &plan->context->caps, &plan->facts};
    const cc_problem of_whole = {whole, &plan->context->caps, &plan->facts};

    plan->algo = algo;
    plan->tile = tile ? *tile : (cc_tile){0};
    if (!tile && algo->tile)
        algo->tile(&plan->tile, &of_whole, 0);
    plan->workspace = algo->workspace ? algo->workspace(&problem) : 0;
    plan->estimate = algo->estimate(&problem);
    return algo->plan(plan);
}

clconv_status cc_plan_create_as(clconv_plan **plan, clconv_context *context,
                                const clconv_desc *desc, const float *filters, const float *bias,
                                const struct clconv_algo *algo, const cc_tile *tile)
{
    clconv_plan *made = NULL;
    clconv_status status;

    CC_TRY(begin(&made, context, desc));
    status = cc_facts_make(&made->facts, &made->geom, filters);
    if (status == CLCONV_OK)
        status = prepare(made, algo, tile, &made->geom);
    if (status == CLCONV_OK)
        status = cc_state_create(&made->shared->state, made, filters, bias);
    if (status == CLCONV_OK)
        *plan = made;
    else
        cc_plan_destroy(made);
    return status;
}

clconv_status cc_plan_code(char **code, clconv_context *context, const clconv_desc *desc,
                           const struct clconv_algo *algo, const cc_tile *tile)
{
    clconv_plan *made = NULL;
    clconv_status status;

    CC_TRY(begin(&made, context, desc));
    made->names_only = true;
    status = prepare(made, algo, tile, &made->geom);
    if (status == CLCONV_OK) {
        *code = made->code;
        made->code = NULL;
    }
    cc_plan_destroy(made);
    return status;
}

/* Why an algorithm is set aside and the next one taken; anything else (no memory, a lost device)
 * ends the search. */
static bool is_of_the_algorithm(clconv_status status)
{
    return status == CLCONV_UNSUPPORTED || status == CLCONV_BUILD || status == CLCONV_DEVICE;
}

static void set_aside(clconv_plan *plan, cc_choice *choice)
{
    choice->possible = false;
    snprintf(choice->why, CC_WHY, "%s", clconv_last_error());
    cc_log_say(&plan->context->log, CLCONV_LOG_WARNING, "%s is set aside: %s",
               choice->algo->info.name, clconv_last_error());
    clear_kernels(plan);
}

/* BUILD or DEVICE when an algorithm would do it if its kernels or the driver did; UNSUPPORTED when
 * there is none. */
static clconv_status first_that_works(clconv_plan *plan, const cc_geom *whole)
{
    clconv_status reason = CLCONV_UNSUPPORTED;

    for (size_t i = 0; i < plan->choice_count && plan->choices[i].possible; i++) {
        cc_choice *const choice = &plan->choices[i];
        clconv_status status =
            prepare(plan, choice->algo, choice->has_tile ? &choice->tile : NULL, whole);
        if (choice->measured)
            plan->estimate = choice->estimate * plan->geom.flops / whole->flops;
        if (status == CLCONV_OK)
            status = cc_selftest(plan);
        if (status == CLCONV_OK)
            return CLCONV_OK;
        if (!is_of_the_algorithm(status))
            return status;
        set_aside(plan, choice);
        if (status != CLCONV_UNSUPPORTED)
            reason = status;
    }
    return reason;
}

/* One sentence with every algorithm's reason, or the one that was asked for. */
static clconv_status nothing_works(const clconv_plan *plan, const clconv_plan_options *options,
                                   clconv_status reason)
{
    const char *const asked = options ? options->algorithm : NULL;
    cc_text reasons = {0};
    char *problem = NULL;
    clconv_status status = clconv_desc_format(&problem, &plan->geom.desc);

    if (status != CLCONV_OK)
        return status;
    for (size_t i = 0; i < plan->choice_count; i++) {
        const cc_choice *const choice = &plan->choices[i];
        if (!asked || !strcmp(asked, choice->algo->info.name))
            cc_text_add(&reasons, "; %s: %s", choice->algo->info.name, choice->why);
    }
    status = cc_fail(reason, "no algorithm does %s on '%s'%s", problem, plan->context->caps.info.id,
                     reasons.s ? reasons.s : "");
    cc_text_free(&reasons);
    clconv_free(problem);
    return status;
}

/* What a plan that stands in for this one has to heed. */
static clconv_status keep_options(clconv_plan *plan, const clconv_plan_options *options)
{
    cc_text forbid = {0};

    if (!options || !options->forbid)
        return CLCONV_OK;
    cc_text_add(&forbid, "%s", options->forbid);
    plan->forbid = cc_text_take(&forbid);
    return plan->forbid ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for a plan");
}

clconv_status cc_plan_create(clconv_plan **plan, clconv_context *context, const clconv_desc *desc,
                             const clconv_desc *whole, const float *filters, const float *bias,
                             const clconv_plan_options *options)
{
    clconv_plan *made = NULL;
    cc_geom chosen_for;
    clconv_status status;

    CC_TRY(cc_geom_make(&chosen_for, whole ? whole : desc));
    CC_TRY(begin(&made, context, desc));
    status = keep_options(made, options);
    if (status == CLCONV_OK)
        status = cc_facts_make(&made->facts, &made->geom, filters);
    if (status == CLCONV_OK)
        status = cc_choose(made, &chosen_for, options);
    if (status == CLCONV_OK) {
        status = first_that_works(made, &chosen_for);
        if (is_of_the_algorithm(status))
            status = nothing_works(made, options, status);
    }
    if (status == CLCONV_OK)
        status = cc_state_create(&made->shared->state, made, filters, bias);
    if (status == CLCONV_OK)
        *plan = made;
    else
        cc_plan_destroy(made);
    return status;
}

clconv_status cc_plan_tiles(int *tiles, clconv_context *context, const clconv_desc *desc,
                            const float *filters, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan *made = NULL;
    clconv_status status;

    CC_TRY(begin(&made, context, desc));
    status = cc_facts_make(&made->facts, &made->geom, filters);
    if (status == CLCONV_OK)
        status = cc_choose(made, &made->geom, &options);
    if (status == CLCONV_OK && !made->choices[0].possible)
        status = nothing_works(made, &options, CLCONV_UNSUPPORTED);
    if (status == CLCONV_OK) {
        const cc_problem problem = {&made->geom, &context->caps, &made->facts};
        *tiles = cc_tile_count(made->choices[0].algo, &problem);
    }
    cc_plan_destroy(made);
    return status;
}

clconv_status cc_plan_set_filters(clconv_plan *plan, const float *filters, const float *bias)
{
    const cc_caps *const caps = &plan->context->caps;
    cc_state *fresh = NULL, *old;
    bool does = true;
    cc_facts facts;
    char why[CC_WHY];

    if (plan->algo->heeds_filters) {
        CC_TRY(cc_facts_make(&facts, &plan->geom, filters));
        does = plan->algo->supports(&(cc_problem){&plan->geom, caps, &facts}, why);
    }
    if (does)
        CC_TRY(cc_state_create(&fresh, plan, filters, bias));
    else
        CC_TRY(cc_state_stand_in(&fresh, plan, filters, bias));
    pthread_mutex_lock(&plan->shared->lock);
    old = plan->shared->state;
    plan->shared->state = fresh;
    pthread_mutex_unlock(&plan->shared->lock);
    cc_state_release(old, plan->context);
    return CLCONV_OK;
}
