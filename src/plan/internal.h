/* internal.h - what the files of this folder share. */
#ifndef CC_PLAN_INTERNAL_H
#define CC_PLAN_INTERNAL_H

#include "plan/plan.h"
#include <pthread.h>

struct cc_plan_shared { /* the part of a plan that runs and set_filters change, under the lock */
    pthread_mutex_t lock;
    cc_state *state;
    cc_slot *idle;
};

/* choose.c: fills plan->choices as they are for geom, the possible ones first, by what wisdom knows
 * or the estimate. options may be NULL. */
clconv_status cc_choose(clconv_plan *plan, const cc_geom *geom, const clconv_plan_options *options);

/* options.c: INVALID for what no plan can have; whether a choice is what is asked for, else why not
 * in its `why`; the tile of this number for a choice, whatever is known of others. */
clconv_status cc_options_check(const clconv_plan_options *options);
bool cc_options_allow(cc_choice *choice, const clconv_plan_options *options);
void cc_options_take_tile(cc_choice *choice, const cc_problem *problem, int number);

/* create.c: a plan of one algorithm, without asking the chooser or the self-test. tile NULL: the
 * algorithm's best guess. */
clconv_status cc_plan_create_as(clconv_plan **plan, clconv_context *context,
                                const clconv_desc *desc, const float *filters, const float *bias,
                                const struct clconv_algo *algo, const cc_tile *tile);

/* The code that such a plan would run, as clconv_plan.code; builds nothing. */
clconv_status cc_plan_code(char **code, clconv_context *context, const clconv_desc *desc,
                           const struct clconv_algo *algo, const cc_tile *tile);

/* state.c: filters made ready; references are counted. */
clconv_status cc_state_create(cc_state **state, const clconv_plan *plan, const float *filters,
                              const float *bias);
/* One that another algorithm's plan runs, within the workspace of this one. */
clconv_status cc_state_stand_in(cc_state **state, const clconv_plan *plan, const float *filters,
                                const float *bias);
cc_state *cc_state_current(clconv_plan *plan); /* retained */
void cc_state_release(cc_state *state, clconv_context *context);

/* slots.c: what one run needs for itself. with_workspace: also the scratch memory. */
clconv_status cc_slot_take(cc_slot **slot, clconv_plan *plan, bool with_workspace);
void cc_slot_give_back(clconv_plan *plan, cc_slot *slot);
void cc_slots_free(clconv_plan *plan);

/* selftest.c: whether this plan's kernels compute exactly what the referee does, on a small problem
 * of the same variant; asked once, the verdict is kept. BUILD when they do not. */
clconv_status cc_selftest(const clconv_plan *plan);

#endif
