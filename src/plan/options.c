/* options.c - what callers ask of a plan: checked, and held against an algorithm. */
#include "base/status.h"
#include "plan/internal.h"
#include <stdio.h>
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

clconv_status cc_options_check(const clconv_plan_options *options)
{
    const char *list = options->forbid;

    if (options->tile < 0 || (options->tile > 0 && !options->algorithm))
        return cc_fail(CLCONV_INVALID,
                       "options.tile is %d: a number from 1 on with options.algorithm, or 0",
                       options->tile);
    if (options->algorithm)
        CC_TRY(check_name("options.algorithm", options->algorithm, strlen(options->algorithm)));
    while (list && *list) {
        const size_t word = strcspn(list, ",");
        CC_TRY(check_name("options.forbid", list, word));
        list += word + (list[word] == ',');
    }
    return CLCONV_OK;
}

bool cc_options_allow(cc_choice *choice, const clconv_plan_options *options)
{
    const char *const name = choice->algo->info.name;

    if (options->workspace_limit && choice->workspace > options->workspace_limit)
        snprintf(choice->why, CC_WHY, "its workspace of %zu bytes passes the limit of %zu",
                 choice->workspace, options->workspace_limit);
    else if (options->algorithm && strcmp(options->algorithm, name) != 0)
        snprintf(choice->why, CC_WHY, "'%s' was asked for", options->algorithm);
    else if (listed(options->forbid, name))
        snprintf(choice->why, CC_WHY, "forbidden by the caller");
    else if (options->strict && choice->algo->info.transforms)
        snprintf(choice->why, CC_WHY,
                 "it transforms tiles or splits numbers, and the caller is strict");
    else
        return true;
    return false;
}

void cc_options_take_tile(cc_choice *choice, const cc_problem *problem, int number)
{
    const int count = cc_tile_count(choice->algo, problem);

    choice->measured = false;
    choice->estimate = choice->algo->estimate(problem);
    choice->possible = number <= count;
    choice->has_tile = choice->possible && choice->algo->tile &&
                       choice->algo->tile(&choice->tile, problem, number - 1);
    if (!choice->possible)
        snprintf(choice->why, CC_WHY,
                 "it has %d tile%s for this problem, and tile %d was asked for", count,
                 count == 1 ? "" : "s", number);
}
