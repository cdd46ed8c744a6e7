/* bench_run.c - one problem: its data, and each algorithm on it, planned, run, checked. */
#include "bench.h"
#include "cli.h"
#include "fill.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A measurement has at least so many samples, one where a single run takes very long. */
enum { LEAST_SAMPLES = 3 };
static const double very_long = 10; /* budgets */
/* Runs before the samples, in budgets: clocks and caches settle. */
static const double warm_up_part = 0.1;
/* What the referee is asked to compute unless all is to be checked; a second or two. */
static const double cheap_flops = 4e9;

struct bench_work { /* the data of one problem */
    const struct bench_problem *problem;
    const struct bench_wishes *wishes;
    clconv_context *context;
    void *x, *y; /* y: for the result, when it is checked */
    float *filters;
    clconv_buffer *x_there, *y_there;
    const clconv_ceilings *ceilings;
    bool verify;
};

/* ---- data ---- */

static clconv_status make_data(struct bench_work *work, char reason[512])
{
    const clconv_desc *const d = &work->problem->item.desc;
    const clconv_sizes *const s = &work->problem->sizes;
    const uint64_t seed = bench_seed(work->problem->text);
    work->x = malloc(s->x_bytes);
    work->y = work->verify ? malloc(s->y_bytes) : NULL;
    work->filters = malloc(s->filter_count * sizeof(*work->filters));
    if (!work->x || !work->filters || (work->verify && !work->y)) {
        snprintf(reason, 512, "no memory for %zu bytes of input, %zu of output", s->x_bytes,
                 s->y_bytes);
        return CLCONV_NO_MEMORY;
    }
    cli_fill_input(work->x, d->x_type, s->x_bytes / clconv_type_size(d->x_type), CLI_FILL_REAL,
                   seed);
    return bench_fill_filters(work->filters, &work->problem->item, s, seed + 1, reason);
}

static clconv_status make_buffers(struct bench_work *work)
{
    const clconv_sizes *const s = &work->problem->sizes;
    clconv_status status = clconv_buffer_create(&work->x_there, work->context, s->x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&work->y_there, work->context, s->y_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_write(work->x_there, 0, work->x, s->x_bytes);
    return status;
}

static void free_work(struct bench_work *work)
{
    clconv_buffer_destroy(work->x_there);
    clconv_buffer_destroy(work->y_there);
    free(work->x);
    free(work->y);
    free(work->filters);
}

/* ---- one algorithm ---- */

static clconv_status run_once(double *host, double *device, const struct bench_work *work,
                              clconv_plan *plan)
{
    const double start = cli_clock();
    const clconv_status status = clconv_plan_run_timed(device, plan, work->x_there, work->y_there);
    *host = cli_clock() - start;
    return status;
}

/* As fine as any clock here: records need no more digits. */
static double to_nanoseconds(double seconds)
{
    return round(1e9 * seconds) / 1e9;
}

static bool add_sample(struct bench_result *result, double host, double device)
{
    const size_t bytes = ((size_t)result->host.count + 1) * sizeof(double);
    double *const h = realloc(result->host.values, bytes);
    if (h)
        result->host.values = h;
    double *const d = realloc(result->device.values, bytes);
    if (d)
        result->device.values = d;
    if (!h || !d) {
        cli_no_memory(bytes);
        return false;
    }
    h[result->host.count++] = to_nanoseconds(host);
    d[result->device.count++] = to_nanoseconds(device);
    return true;
}

static bool is_enough(const struct bench_wishes *wishes, int count, double begun)
{
    if (count >= wishes->repeats)
        return true;
    return count >= LEAST_SAMPLES && cli_clock() - begun >= wishes->seconds;
}

/* Runs that are not counted; the times of the last one. */
static clconv_status warm_up(double *host, double *device, const struct bench_work *work,
                             clconv_plan *plan)
{
    const double begun = cli_clock();
    do {
        const clconv_status status = run_once(host, device, work, plan);
        if (status != CLCONV_OK)
            return status;
    } while (cli_clock() - begun < warm_up_part * work->wishes->seconds);
    return CLCONV_OK;
}

/* 0 where it cannot be measured. */
static double rate_now(const struct bench_work *work)
{
    double f32 = 0;
    (void)clconv_context_measure_rate(&f32, work->context, work->ceilings);
    return f32;
}

/* 0 where memory does not bound the problem, too. What the output held is lost. */
static double copies_now(const struct bench_work *work)
{
    double rate = 0;
    if (work->problem->memory_bound)
        (void)clconv_buffer_measure_copy(&rate, work->y_there, work->x_there, work->ceilings);
    return rate;
}

static double mean_of(double before, double after)
{
    return before > 0 && after > 0 ? (before + after) / 2 : 0;
}

static clconv_status take_samples(struct bench_result *result, const struct bench_work *work,
                                  clconv_plan *plan)
{
    const struct bench_wishes *const wishes = work->wishes;
    double host = 0, device = 0;
    const double before = rate_now(work), copies_before = copies_now(work);
    clconv_status status = warm_up(&host, &device, work, plan);
    const double begun = cli_clock();
    if (status == CLCONV_OK && host > very_long * wishes->seconds)
        status = add_sample(result, host, device) ? CLCONV_OK : CLCONV_NO_MEMORY;
    else
        while (status == CLCONV_OK && !is_enough(wishes, result->host.count, begun)) {
            status = run_once(&host, &device, work, plan);
            if (status == CLCONV_OK && !add_sample(result, host, device))
                status = CLCONV_NO_MEMORY;
        }
    if (status != CLCONV_OK)
        return status;
    result->copies_beside = mean_of(copies_before, copies_now(work));
    result->f32_beside = mean_of(before, rate_now(work));
    return CLCONV_OK;
}

/* Outputs that nothing writes are found: NaN in floating types, else the largest value. */
static clconv_status poison(const struct bench_work *work)
{
    if (!work->verify)
        return CLCONV_OK;
    memset(work->y, 0xff, work->problem->sizes.y_bytes);
    return clconv_buffer_write(work->y_there, 0, work->y, work->problem->sizes.y_bytes);
}

/* After copies may have taken the output's place. */
static clconv_status compute_anew(const struct bench_work *work, clconv_plan *plan)
{
    double host, device;
    const clconv_status status = poison(work);
    return status == CLCONV_OK ? run_once(&host, &device, work, plan) : status;
}

static clconv_status check(struct bench_result *result, const struct bench_work *work)
{
    clconv_check found;
    if (!work->verify)
        return CLCONV_OK;
    clconv_status status =
        clconv_buffer_read(work->y, work->y_there, 0, work->problem->sizes.y_bytes);
    if (status == CLCONV_OK)
        status = clconv_check_result(&found, &work->problem->item.desc, result->algorithm, work->x,
                                     work->filters, NULL, work->y);
    if (status == CLCONV_OK) {
        result->verdict = found.misses > 0 ? BENCH_WRONG : BENCH_RIGHT;
        result->error_ratio = found.largest_ratio;
    }
    return status;
}

static clconv_status plan_timed(clconv_plan **plan, struct bench_result *result,
                                const struct bench_work *work, const char *algorithm)
{
    const clconv_plan_options options = {.algorithm = algorithm};
    clconv_plan_info info;
    const double start = cli_clock();
    clconv_status status = clconv_plan_create(plan, work->context, &work->problem->item.desc,
                                              work->filters, NULL, &options);
    result->plan_seconds = cli_clock() - start;
    if (status == CLCONV_OK)
        status = clconv_plan_get_info(&info, *plan);
    if (status == CLCONV_OK) {
        result->algorithm = info.algorithm;
        result->workspace = info.workspace;
        result->estimate_seconds = info.estimate_seconds;
        snprintf(result->shape, sizeof(result->shape), "%s", info.shape);
    }
    return status;
}

/* By the library's own estimate: an hour of something hopeless tells nobody anything. */
static bool is_skipped(struct bench_result *result, const struct bench_wishes *wishes,
                       const clconv_plan *plan)
{
    clconv_plan_info info;
    if (clconv_plan_get_info(&info, plan) != CLCONV_OK || info.estimate_seconds <= wishes->patience)
        return false;
    result->outcome = BENCH_SKIPPED;
    snprintf(result->reason, sizeof(result->reason),
             "a run would take about %.3g s, --patience is %g", info.estimate_seconds,
             wishes->patience);
    return true;
}

/* algorithm NULL: the one that the library chooses. */
static clconv_status measure(struct bench_result *result, const struct bench_work *work,
                             const char *algorithm)
{
    clconv_plan *plan = NULL;
    double device;
    clconv_status status = plan_timed(&plan, result, work, algorithm);
    const bool planned = status == CLCONV_OK;
    if (planned && is_skipped(result, work->wishes, plan)) {
        clconv_plan_destroy(plan);
        return CLCONV_OK;
    }
    if (planned)
        status = poison(work);
    if (status == CLCONV_OK)
        status = run_once(&result->first_seconds, &device, work, plan);
    if (status == CLCONV_OK)
        status = take_samples(result, work, plan);
    if (status == CLCONV_OK && work->verify && work->problem->memory_bound)
        status = compute_anew(work, plan);
    bench_judge(result, work->ceilings->device_clock);
    if (status == CLCONV_OK)
        status = check(result, work);
    if (status != CLCONV_OK) {
        result->outcome =
            status == CLCONV_UNSUPPORTED && !planned ? BENCH_IMPOSSIBLE : BENCH_FAILED;
        snprintf(result->reason, sizeof(result->reason), "%s", clconv_last_error());
    }
    clconv_plan_destroy(plan);
    return status;
}

/* ---- all algorithms ---- */

/* Asked last, so that it does not build kernels whose making is to be timed. */
static void mark_chosen(struct bench_problem *problem, const struct bench_work *work)
{
    struct bench_result chosen = {.algorithm = NULL};
    clconv_plan *plan = NULL;
    if (plan_timed(&plan, &chosen, work, NULL) == CLCONV_OK)
        for (int i = 0; i < problem->result_count; i++)
            problem->results[i].chosen = problem->results[i].algorithm == chosen.algorithm ||
                                         !strcmp(problem->results[i].algorithm, chosen.algorithm);
    clconv_plan_destroy(plan);
}

static clconv_status measure_all(struct bench_problem *problem, const struct bench_work *work,
                                 bool on_host, void (*progress)(void *, const char *), void *user)
{
    clconv_status status = CLCONV_OK;
    for (size_t i = 0; clconv_algorithm(i) && i < BENCH_ALGORITHMS; i++) {
        const clconv_algorithm_info *const a = clconv_algorithm(i);
        struct bench_result *const result = &problem->results[problem->result_count];
        if (!work->wishes->wanted[i] || (a->on_host != 0) != on_host)
            continue;
        progress(user, a->name);
        result->algorithm = a->name;
        problem->result_count++;
        status = measure(result, work, a->name);
        if (status == CLCONV_DEVICE_LOST)
            return status;
    }
    mark_chosen(problem, work);
    return CLCONV_OK;
}

static clconv_status measure_chosen(struct bench_problem *problem, const struct bench_work *work,
                                    void (*progress)(void *, const char *), void *user)
{
    struct bench_result *const result = &problem->results[0];
    progress(user, "the chosen one");
    result->algorithm = "?";
    problem->result_count = 1;
    const clconv_status status = measure(result, work, NULL);
    result->chosen = status == CLCONV_OK;
    return status;
}

clconv_status bench_run(struct bench_problem *problem, const struct bench_record *record,
                        const struct bench_wishes *wishes, clconv_context *context,
                        void (*progress)(void *user, const char *algorithm), void *user)
{
    struct bench_work work = {
        .problem = problem,
        .wishes = wishes,
        .context = context,
        .ceilings = &record->ceilings,
        .verify = wishes->verify == BENCH_VERIFY_ALL ||
                  (wishes->verify == BENCH_VERIFY_SOME && problem->sizes.flops <= cheap_flops)};
    problem->results = calloc(BENCH_ALGORITHMS, sizeof(*problem->results));
    if (!problem->results)
        cli_no_memory(BENCH_ALGORITHMS * sizeof(*problem->results));
    clconv_status status = problem->results ? make_data(&work, problem->reason) : CLCONV_NO_MEMORY;
    if (status == CLCONV_OK) {
        status = make_buffers(&work);
        if (status != CLCONV_OK)
            snprintf(problem->reason, sizeof(problem->reason), "%s", clconv_last_error());
    }
    if (status == CLCONV_OK)
        status = wishes->chosen_only
                     ? measure_chosen(problem, &work, progress, user)
                     : measure_all(problem, &work, record->device.kind == CLCONV_DEVICE_HOST,
                                   progress, user);
    free_work(&work);
    return status;
}
