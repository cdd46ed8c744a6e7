/* choose.c - which algorithms can do a problem, and in which order to try them. */
#include "base/status.h"
#include "plan/internal.h"
#include "plan/wisdom.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whether name is one of the names in list, which has commas between. */
static bool listed(const char *list, const char *name)
{
    const size_t length = strlen(name);
    while (list && *list) {
        const size_t word = strcspn(list, ",");
        if (word == length && !strncmp(list, name, length))
            return true;
        list += word + (list[word] == ',');
    }
    return false;
}

static bool known(const char *name, size_t length)
{
    for (size_t i = 0; cc_algorithms[i]; i++)
        if (strlen(cc_algorithms[i]->info.name) == length &&
            !strncmp(cc_algorithms[i]->info.name, name, length))
            return true;
    return false;
}

static clconv_status check_name(const char *what, const char *name, size_t length)
{
    const char *names[32], *nearest;
    char unknown[32];
    size_t count = 0;

    if (known(name, length))
        return CLCONV_OK;
    for (; cc_algorithms[count] && count < sizeof names / sizeof *names; count++)
        names[count] = cc_algorithms[count]->info.name;
    snprintf(unknown, sizeof unknown, "%.*s", (int)length, name);
    nearest = cc_text_nearest(unknown, names, count);
    return cc_fail(CLCONV_INVALID, "%s: there is no algorithm '%s'%s%s%s", what, unknown,
                   nearest ? "; did you mean '" : "; clconv_algorithm() lists them",
                   nearest ? nearest : "", nearest ? "'?" : "");
}

static clconv_status check_names(const clconv_plan_options *options)
{
    const char *list = options->forbid;

    if (options->algorithm)
        CC_TRY(check_name("options.algorithm", options->algorithm, strlen(options->algorithm)));
    while (list && *list) {
        const size_t word = strcspn(list, ",");
        CC_TRY(check_name("options.forbid", list, word));
        list += word + (list[word] == ',');
    }
    return CLCONV_OK;
}

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
    if (options && options->workspace_limit && choice->workspace > options->workspace_limit)
        snprintf(choice->why, CC_WHY, "its workspace of %zu bytes passes the limit of %zu",
                 choice->workspace, options->workspace_limit);
    else if (options && options->algorithm && strcmp(options->algorithm, algo->info.name) != 0)
        snprintf(choice->why, CC_WHY, "'%s' was asked for", options->algorithm);
    else if (options && listed(options->forbid, algo->info.name))
        snprintf(choice->why, CC_WHY, "forbidden by the caller");
    else if (options && options->strict && algo->info.transforms)
        snprintf(choice->why, CC_WHY,
                 "it transforms tiles or splits numbers, and the caller is strict");
    else
        choice->possible = true;
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
        CC_TRY(check_names(options));
    plan->choices = calloc(count, sizeof *plan->choices);
    if (!plan->choices)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a table of %zu algorithms", count);
    plan->choice_count = count;
    CC_TRY(cc_wisdom_key_make(&key, geom));
    for (size_t i = 0; i < count; i++) {
        cc_choice choice = {.algo = cc_algorithms[i]};
        judge(&choice, &problem, options);
        cc_wisdom_apply(&choice, plan->context, &problem, &key);
        insert(plan->choices, i, &choice);
    }
    cc_wisdom_key_free(&key);
    return CLCONV_OK;
}
