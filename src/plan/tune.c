/* tune.c - one problem tuned: every algorithm in every tile proved, checked, timed, and the best of
 * each kept as wisdom. */
#include "plan/tune.h"
#include "base/clock.h"
#include "base/status.h"
#include "plan/measure.h"
#include "plan/wisdom.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A first run that takes so many times the best is not repeated; tiles come in the order of their
 * promise, and after so many of them in a row the rest is left out. */
static const double CLEARLY_SLOWER = 3;
enum { SLOW_IN_A_ROW = 2 };
/* By estimates, which are wrong by less than that. */
static const double HOPELESS = 20;
static const double DEFAULT_PATIENCE = 10; /* seconds */
/* What the referee is asked to compute of each candidate's result: a tenth of a second or two. */
static const double CHECK_FLOPS = 1e8;
static const double COMPARABLE = 1e-3; /* seconds of a run by the host's clock */
/* Seconds of runs that do not count: for so long the referee's threads may spin after their work,
 * on cores that the device needs (GCC's OpenMP). */
static const double SETTLE = 0.02;
static const unsigned char POISON = 0xff;

typedef struct tuner {
    clconv_context *context;
    const clconv_desc *desc;
    const float *filters; /* the caller's, or NULL */
    const clconv_tune_options *options;
    cc_geom geom;
    cc_wisdom_key key;
    clconv_plan shell; /* only its choices and the facts that they go by */
    cc_tune_data data; /* made when it is needed */
    clconv_tuning result;
    double best;                     /* of what is known so far */
    double best_as_read, like_scale; /* as the next call will read it, of a device like this one */
    bool clock_is_chosen, device_clock;
} tuner;

typedef struct candidate {
    const cc_choice *choice;
    const cc_tile *tile; /* NULL: it has none */
    char tile_text[CC_TILE_TEXT];
    clconv_tune_outcome outcome;
    double seconds;
    char why[CC_WHY];
} candidate;

static clconv_status tell(const tuner *t, const candidate *c)
{
    const clconv_tune_step step = {c->outcome, c->choice->algo->info.name, c->tile_text, c->why,
                                   c->seconds};

    if (t->options->progress && t->options->progress(t->options->user, &step) != 0)
        return cc_fail(CLCONV_CANCELLED, "tuning %s was cancelled by the caller", t->key.exact);
    return CLCONV_OK;
}

/* What concerns the candidate, and not the device or this process. */
static bool is_of_the_candidate(clconv_status status)
{
    return status == CLCONV_UNSUPPORTED || status == CLCONV_BUILD || status == CLCONV_DEVICE ||
           status == CLCONV_NO_MEMORY;
}

/* ---- one candidate ---- */

static clconv_status first_run(bool *right, const tuner *t, clconv_plan *plan)
{
    const size_t bytes = (size_t)t->geom.y_bytes;
    clconv_check check;

    memset(t->data.y, POISON, bytes);
    CC_TRY(cc_buffer_write(t->data.out, 0, t->data.y, bytes));
    CC_TRY(cc_plan_run(NULL, plan, t->data.in, t->data.out));
    CC_TRY(cc_buffer_read(t->data.y, t->data.out, 0, bytes));
    CC_TRY(cc_check_some(&check, t->desc, plan->algo->info.name, t->data.x, t->data.filters, NULL,
                         t->data.y, CHECK_FLOPS));
    *right = check.misses == 0;
    return CLCONV_OK;
}

/* By one clock for all candidates: the device's, but for what is over before the two can be
 * compared, and where it cannot be believed. */
static clconv_status run_timed(double *seconds, tuner *t, clconv_plan *plan)
{
    const double start = cc_now();
    double device = 0;

    CC_TRY(cc_plan_run(&device, plan, t->data.in, t->data.out));
    const double host = cc_now() - start;
    if (!t->clock_is_chosen)
        t->device_clock = host > COMPARABLE && cc_clocks_agree(host, device);
    t->clock_is_chosen = true;
    *seconds = t->device_clock ? device : host;
    return CLCONV_OK;
}

static clconv_status take_time(candidate *c, tuner *t, clconv_plan *plan)
{
    cc_samples samples;
    double seconds = 0;

    const double begun = cc_now();
    do
        CC_TRY(run_timed(&c->seconds, t, plan));
    while (cc_now() - begun < SETTLE);
    if (c->seconds > CLEARLY_SLOWER * t->best) {
        c->outcome = CLCONV_TUNE_SLOWER;
        return CLCONV_OK;
    }
    cc_samples_begin(&samples);
    while (cc_samples_want(&samples)) {
        CC_TRY(run_timed(&seconds, t, plan));
        cc_samples_add(&samples, seconds);
    }
    c->seconds = cc_samples_median(&samples);
    c->outcome = CLCONV_TUNE_MEASURED;
    return CLCONV_OK;
}

static clconv_status measure(candidate *c, tuner *t)
{
    clconv_plan *plan = NULL;
    bool right = true;
    clconv_status status = cc_plan_create_as(&plan, t->context, t->desc, t->data.filters, NULL,
                                             c->choice->algo, c->tile);

    if (status == CLCONV_OK)
        status = cc_selftest(plan);
    if (status == CLCONV_OK)
        status = first_run(&right, t, plan);
    if (status == CLCONV_OK && right)
        status = take_time(c, t, plan);
    if (status == CLCONV_OK && !right) {
        c->outcome = CLCONV_TUNE_WRONG;
        c->seconds = HUGE_VAL;
        snprintf(c->why, CC_WHY, "its result differs from the referee's");
    }
    cc_plan_destroy(plan);
    if (!is_of_the_candidate(status))
        return status;
    c->outcome = CLCONV_TUNE_FAILED;
    c->seconds = 0;
    snprintf(c->why, CC_WHY, "%s", clconv_last_error());
    return CLCONV_OK;
}

static clconv_status try_candidate(candidate *c, tuner *t)
{
    c->outcome = CLCONV_TUNE_BEGINS;
    CC_TRY(tell(t, c));
    if (!t->data.x)
        CC_TRY(cc_tune_data_make(&t->data, t->context, &t->geom, t->filters));
    CC_TRY(measure(c, t));
    t->result.measured++;
    return tell(t, c);
}

/* ---- one algorithm ---- */

static void note(tuner *t, const candidate *c, double as_read)
{
    if (c->outcome == CLCONV_TUNE_FAILED)
        return;
    if (as_read < t->best_as_read)
        t->best_as_read = as_read;
    if (!(c->seconds < t->best))
        return;
    t->best = t->result.seconds = c->seconds;
    t->result.algorithm = c->choice->algo->info.name;
    snprintf(t->result.tile, sizeof t->result.tile, "%s", c->tile_text);
}

/* Measured on this very problem; on a device like this one, where that is what is tuned. */
static bool is_known(const tuner *t, const cc_choice *choice)
{
    return choice->measured && choice->is_exact && (!choice->is_of_like || t->options->like) &&
           !t->options->again;
}

/* Why it is not worth a try, in c->why and c->outcome. */
static bool is_left_out(candidate *c, const tuner *t)
{
    const double patience = t->options->patience > 0 ? t->options->patience : DEFAULT_PATIENCE;
    const double expected = c->choice->estimate;

    c->outcome = CLCONV_TUNE_SKIPPED;
    if (expected > patience)
        snprintf(c->why, CC_WHY, "a run would take about %.3g s", expected);
    else if (expected > HOPELESS * t->best_as_read)
        snprintf(c->why, CC_WHY, "expected to take %.3g times the best",
                 expected / t->best_as_read);
    else
        return false;
    return true;
}

/* The best of its tiles. Those that could not run leave nothing behind: the next call tries them
 * again. */
static clconv_status try_tiles(tuner *t, const cc_choice *choice)
{
    const cc_problem problem = {&t->geom, &t->context->caps, &t->shell.facts};
    const bool is_expected = !strcmp(choice->algo->info.name, t->result.expected);
    candidate best = {.seconds = 0};
    cc_tile tile;
    int slow = 0;

    for (int i = 0; slow < SLOW_IN_A_ROW; i++) {
        candidate c = {.choice = choice, .tile_text = "-"};
        if (choice->algo->tile ? !choice->algo->tile(&tile, &problem, i) : i > 0)
            break;
        if (choice->algo->tile) {
            c.tile = &tile;
            cc_wisdom_tile(c.tile_text, &tile);
        }
        CC_TRY(try_candidate(&c, t));
        slow = c.outcome == CLCONV_TUNE_SLOWER ? slow + 1 : 0;
        if (i == 0 && is_expected && isfinite(c.seconds))
            t->result.expected_seconds = c.seconds;
        if (c.seconds > 0 && (best.seconds == 0 || c.seconds < best.seconds))
            best = c;
        note(t, &c, c.seconds * t->like_scale);
    }
    if (best.seconds == 0)
        return CLCONV_OK;
    return cc_wisdom_learn(t->context, t->key.exact, choice->algo->info.name, best.tile_text,
                           best.seconds, t->options->like != 0);
}

static clconv_status try_algorithm(tuner *t, const cc_choice *choice)
{
    candidate c = {.choice = choice, .tile_text = "-"};

    if (is_known(t, choice)) {
        c.outcome = CLCONV_TUNE_KNOWN;
        c.seconds = choice->estimate;
        return tell(t, &c);
    }
    if (is_left_out(&c, t))
        return tell(t, &c);
    return try_tiles(t, choice);
}

/* ---- all of them ---- */

/* What is known before, and what estimates alone would choose. */
static void look_around(tuner *t)
{
    const cc_problem problem = {&t->geom, &t->context->caps, &t->shell.facts};
    double least = HUGE_VAL;

    t->best = t->best_as_read = HUGE_VAL;
    t->like_scale = t->options->like ? cc_wisdom_like_scale(t->context, &t->geom) : 1;
    for (size_t i = 0; i < t->shell.choice_count; i++) {
        const cc_choice *const choice = &t->shell.choices[i];
        candidate c = {.choice = choice, .tile_text = "-", .seconds = choice->estimate};
        const double estimate = choice->possible ? choice->algo->estimate(&problem) : HUGE_VAL;
        if (estimate < least) {
            least = estimate;
            t->result.expected = choice->algo->info.name;
        }
        if (!choice->possible || !is_known(t, choice))
            continue;
        if (choice->algo->tile)
            cc_wisdom_tile(c.tile_text, &choice->tile);
        note(t, &c, c.seconds);
    }
}

/* Of filters that are made up, nothing can be relied on, but that they are as those of a network in
 * f16 where the input is (tune_data.c). */
static clconv_status find_facts(tuner *t)
{
    t->shell.facts = (cc_facts){
        .finite = true, .odd_rank = CC_MOST_RANK + 1, .halves = t->geom.x_type == CLCONV_F16};
    return t->filters ? cc_facts_make(&t->shell.facts, &t->geom, t->filters) : CLCONV_OK;
}

static clconv_status tune(tuner *t)
{
    CC_TRY(cc_geom_make(&t->geom, t->desc));
    CC_TRY(find_facts(t));
    CC_TRY(cc_wisdom_key_make(&t->key, &t->geom));
    CC_TRY(cc_choose(&t->shell, &t->geom, NULL));
    look_around(t);
    for (size_t i = 0; i < t->shell.choice_count && t->shell.choices[i].possible; i++)
        CC_TRY(try_algorithm(t, &t->shell.choices[i]));
    if (!t->result.algorithm)
        return cc_fail(CLCONV_UNSUPPORTED, "no algorithm could be measured on %s", t->key.exact);
    return CLCONV_OK;
}

clconv_status cc_tune(clconv_tuning *tuning, clconv_context *context, const clconv_desc *desc,
                      const float *filters, const clconv_tune_options *options)
{
    tuner t = {.context = context,
               .desc = desc,
               .filters = filters,
               .options = options,
               .shell = {.context = context}};
    clconv_status status = cc_wisdom_check(context);

    if (status == CLCONV_OK)
        status = tune(&t);
    if (status == CLCONV_OK)
        *tuning = t.result;
    cc_tune_data_free(&t.data);
    cc_wisdom_key_free(&t.key);
    free(t.shell.choices);
    return status;
}
