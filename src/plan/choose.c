/* choose.c - which algorithms can do a problem, and in which order to try them. */
#include "base/status.h"
#include "plan/internal.h"
#include "plan/wisdom.h"
#include <stdio.h>
#include <stdlib.h>

/* What holds for every algorithm of a device; true when this one may be asked at all. */
static bool device_allows(const struct clconv_algo *algo, const cc_problem *problem,
                          char why[CC_WHY])
{
    const cc_geom *const geom = problem->geom;

    if (algo->info.on_host != problem->caps->is_host) {
        snprintf(why, CC_WHY, "%s",
                 algo->info.on_host ? "runs on the device 'host' only"
                                    : "runs on OpenCL devices only");
        return false;
    }
    if (problem->caps->is_host)
        return true;
    if (geom->acc_type == CLCONV_F64 && !problem->caps->info.has_f64) {
        snprintf(why, CC_WHY, "the device has no f64 arithmetic; take f32, or the device 'host'");
        return false;
    }
    return true;
}

static void judge(cc_choice *choice, const cc_problem *problem, const clconv_plan_options *options)
{
    const struct clconv_algo *const algo = choice->algo;

    if (!device_allows(algo, problem, choice->why) || !algo->supports(problem, choice->why))
        return;
    choice->workspace = algo->workspace ? algo->workspace(problem) : 0;
    choice->estimate = algo->estimate(problem);
    choice->possible = !options || cc_options_allow(choice, options);
    choice->asked_for = options && options->algorithm && choice->possible;
}

/* Among the choices so far, behind those with the same estimate: the list's order decides. */
static void insert(cc_choice *choices, size_t count, const cc_choice *made)
{
    for (; count > 0 && made->possible; count--) {
        const cc_choice *const before = &choices[count - 1];
        if (before->possible && before->estimate <= made->estimate)
            break;
        choices[count] = *before;
    }
    choices[count] = *made;
}

clconv_status cc_choose(clconv_plan *plan, const cc_geom *geom, const clconv_plan_options *options)
{
    const cc_problem problem = {geom, &plan->context->caps, &plan->facts};
    const size_t count = clconv_algorithm_count();
    cc_wisdom_key key;

    if (options)
        CC_TRY(cc_options_check(options));
    plan->choices = calloc(count, sizeof *plan->choices);
    if (!plan->choices)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a table of %zu algorithms", count);
    plan->choice_count = count;
    CC_TRY(cc_wisdom_key_make(&key, geom));
    for (size_t i = 0; i < count; i++) {
        cc_choice choice = {.algo = cc_algorithms[i]};
        judge(&choice, &problem, options);
        cc_wisdom_apply(&choice, plan->context, &problem, &key);
        if (choice.possible && options && options->tile > 0)
            cc_options_take_tile(&choice, &problem, options->tile);
        insert(plan->choices, i, &choice);
    }
    cc_wisdom_key_free(&key);
    return CLCONV_OK;
}
