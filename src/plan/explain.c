/* explain.c - what the chooser saw, for people and for programs. */
#include "base/number.h"
#include "base/status.h"
#include "plan/internal.h"
#include <inttypes.h>
#include <string.h>

static void add_number(cc_text *text, const char *key, double value)
{
    char digits[CC_NUMBER];
    cc_number_format(digits, value);
    cc_text_add(text, "\"%s\":%s", key, digits);
}

typedef struct reason { /* for programs, and for people */
    const char *word, *words;
} reason;

/* What put the chosen algorithm first. */
static reason reason_of(const clconv_plan *plan)
{
    size_t i = 0;
    while (i + 1 < plan->choice_count && plan->choices[i].algo != plan->algo)
        i++;
    if (plan->choices[i].asked_for)
        return (reason){"caller", "the caller, who asked for it"};
    if (plan->choices[i].measured)
        return (reason){"wisdom", "wisdom: what was measured on this device or on its like"};
    return (reason){"estimate", "estimates"};
}

static void choice_as_json(cc_text *text, const clconv_plan *plan, const cc_choice *choice)
{
    cc_text_add(text, "{\"name\":\"%s\",\"chosen\":%s,\"possible\":%s", choice->algo->info.name,
                choice->algo == plan->algo ? "true" : "false", choice->possible ? "true" : "false");
    if (choice->possible) {
        cc_text_add(text, ",");
        add_number(text, "estimate_seconds", choice->estimate);
        cc_text_add(text, ",\"measured\":%s,\"workspace\":%zu", choice->measured ? "true" : "false",
                    choice->workspace);
    } else {
        cc_text_add(text, ",\"why_not\":");
        cc_text_add_json(text, choice->why);
    }
    cc_text_add(text, "}");
}

static void as_json(cc_text *text, const clconv_plan *plan, const char *problem)
{
    const cc_geom *const geom = &plan->geom;

    cc_text_add(text, "{\"problem\":\"%s\",\"device\":", problem);
    cc_text_add_json(text, plan->context->caps.info.id);
    cc_text_add(text, ",\"output\":[%d,%d,%d,%d],", geom->n, geom->k, geom->p, geom->q);
    add_number(text, "flops", geom->flops);
    cc_text_add(text, ",");
    add_number(text, "bytes", geom->bytes);
    cc_text_add(text, ",\"algorithm\":\"%s\",\"by\":\"%s\",\"shape\":", plan->algo->info.name,
                reason_of(plan).word);
    cc_text_add_json(text, plan->shape);
    cc_text_add(text, ",\"algorithms\":[");
    for (size_t i = 0; i < plan->choice_count; i++) {
        cc_text_add(text, i ? "," : "");
        choice_as_json(text, plan, &plan->choices[i]);
    }
    cc_text_add(text, "]}\n");
}

/* "231.2 Mflop" */
static void add_scaled(cc_text *text, double value, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P", "E"};
    size_t i = 0;

    for (; value >= 1000 && i + 1 < sizeof prefixes / sizeof *prefixes; i++)
        value /= 1000;
    cc_text_add(text, "%.4g %s%s", value, prefixes[i], unit);
}

static void as_words(cc_text *text, const clconv_plan *plan, const char *problem)
{
    const cc_geom *const geom = &plan->geom;

    cc_text_add(text, "problem    %s\n", problem);
    cc_text_add(text, "device     %s\n", plan->context->caps.info.id);
    cc_text_add(text, "output     %d x %d x %d x %d\n", geom->n, geom->k, geom->p, geom->q);
    cc_text_add(text, "work       ");
    add_scaled(text, geom->flops, "flop, ");
    add_scaled(text, geom->bytes, "B of input, filters and output\n");
    cc_text_add(text, "algorithm  %s: %s\n", plan->algo->info.name, plan->algo->info.idea);
    cc_text_add(text, "shape      %s\n", plan->shape);
    cc_text_add(text, "chosen by  %s\n", reason_of(plan).words);
    for (size_t i = 0; i < plan->choice_count; i++) {
        const cc_choice *const choice = &plan->choices[i];
        cc_text_add(text, "%s %-8s ", choice->algo == plan->algo ? "*" : " ",
                    choice->algo->info.name);
        if (choice->possible)
            cc_text_add(text, "%10.4g ms %s, workspace %zu bytes\n", choice->estimate * 1e3,
                        choice->measured ? "measured" : "expected", choice->workspace);
        else
            cc_text_add(text, "not: %s\n", choice->why);
    }
}

clconv_status cc_plan_explain(char **text, const clconv_plan *plan, bool json)
{
    cc_text made = {0};
    char *problem = NULL, *taken;

    CC_TRY(clconv_desc_format(&problem, &plan->geom.desc));
    if (json)
        as_json(&made, plan, problem);
    else
        as_words(&made, plan, problem);
    clconv_free(problem);
    taken = cc_text_take(&made);
    if (!taken)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for the plan's explanation");
    *text = taken;
    return CLCONV_OK;
}
