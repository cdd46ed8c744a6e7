/* verify_run.c - one run of one algorithm on one problem, compared with the referee. */
#include "cli.h"
#include "verify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED_INPUT = 1, SEED_FILTERS = 2, SEED_BIAS = 3 };

struct arrays {
    void *x, *y;
    float *filters, *bias; /* bias NULL: none */
};

static bool fill(struct arrays *a, const clconv_desc *d, const clconv_sizes *s,
                 const struct verify_run *run)
{
    const enum cli_fill how = run->fill;
    a->x = malloc(s->x_bytes);
    a->y = malloc(s->y_bytes);
    a->filters = malloc(s->filter_count * sizeof(*a->filters));
    a->bias = how == CLI_FILL_INTEGERS ? malloc(s->bias_count * sizeof(*a->bias)) : NULL;
    if (!a->x || !a->y || !a->filters || (how == CLI_FILL_INTEGERS && !a->bias))
        return false;
    memset(a->y, 0xff, s->y_bytes); /* NaN: an output that is never written is seen */
    cli_fill_input(a->x, d->x_type, s->x_bytes / clconv_type_size(d->x_type), how, SEED_INPUT);
    cli_fill_filters(a->filters, d, run->algorithm, how, SEED_FILTERS);
    if (a->bias)
        cli_fill_floats(a->bias, s->bias_count, how, SEED_BIAS);
    return true;
}

static void free_arrays(struct arrays *a)
{
    free(a->x);
    free(a->y);
    free(a->filters);
    free(a->bias);
}

static clconv_status run_plan(clconv_plan *plan, clconv_context *context, const clconv_sizes *s,
                              const struct arrays *a)
{
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status = clconv_buffer_create(&x, context, s->x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, context, s->y_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(x, 0, a->x, s->x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(y, 0, a->y, s->y_bytes);
    if (status == CLCONV_OK)
        status = clconv_plan_run(plan, x, y);
    if (status == CLCONV_OK)
        status = clconv_buffer_read(a->y, y, 0, s->y_bytes);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return status;
}

/* The verdict on outputs that are there. */
static enum verify_verdict judge(const struct verify_run *run)
{
    const bool missed = run->check.misses > 0 || (run->exact && run->check.largest_error != 0.0);
    return missed ? VERIFY_MISSED : VERIFY_PASSED;
}

/* Whether its results are within a bound on small integers too, not exact. */
static bool transforms(const char *algorithm)
{
    for (size_t i = 0; i < clconv_algorithm_count(); i++)
        if (strcmp(clconv_algorithm(i)->name, algorithm) == 0)
            return clconv_algorithm(i)->transforms;
    return false;
}

clconv_status verify_run(struct verify_run *run, clconv_context *context)
{
    const clconv_plan_options only = {.algorithm = run->algorithm, .tile = run->tile};
    struct arrays a = {0};
    clconv_desc desc;
    clconv_sizes sizes;
    clconv_plan *plan = NULL;
    bool planned = false;
    clconv_status status = clconv_desc_parse(&desc, run->problem);
    if (status == CLCONV_OK)
        status = clconv_desc_output(&sizes, &desc);
    if (status == CLCONV_OK && !fill(&a, &desc, &sizes, run)) {
        free_arrays(&a);
        run->verdict = VERIFY_FAILED;
        snprintf(run->reason, sizeof(run->reason),
                 "no memory for %zu bytes of input, %zu of output", sizes.x_bytes, sizes.y_bytes);
        return CLCONV_NO_MEMORY;
    }
    if (status == CLCONV_OK) {
        run->exact =
            run->fill == CLI_FILL_INTEGERS && cli_fill_exact(&desc) && !transforms(run->algorithm);
        status = clconv_plan_create(&plan, context, &desc, a.filters, a.bias, &only);
        planned = status == CLCONV_OK;
    }
    if (status == CLCONV_OK)
        status = run_plan(plan, context, &sizes, &a);
    if (status == CLCONV_OK)
        status =
            clconv_check_result(&run->check, &desc, run->algorithm, a.x, a.filters, a.bias, a.y);
    if (status == CLCONV_OK) {
        run->verdict = judge(run);
    } else {
        run->verdict = status == CLCONV_UNSUPPORTED && !planned ? VERIFY_IMPOSSIBLE : VERIFY_FAILED;
        snprintf(run->reason, sizeof(run->reason), "%s", clconv_last_error());
    }
    clconv_plan_destroy(plan);
    free_arrays(&a);
    return status;
}

int verify_tiles(const struct verify_run *run, clconv_context *context)
{
    clconv_desc desc;
    clconv_sizes sizes;
    int tiles = 0;
    if (clconv_desc_parse(&desc, run->problem) != CLCONV_OK ||
        clconv_desc_output(&sizes, &desc) != CLCONV_OK)
        return 0;
    float *const filters = malloc(sizes.filter_count * sizeof(*filters));
    if (filters) {
        cli_fill_filters(filters, &desc, run->algorithm, run->fill, SEED_FILTERS);
        (void)clconv_plan_tiles(&tiles, context, &desc, filters, run->algorithm);
    }
    free(filters);
    return tiles;
}
