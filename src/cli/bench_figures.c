/* bench_figures.c - what follows from the samples and the ceilings. */
#include "bench.h"
#include <math.h>
#include <string.h>

void bench_judge(struct bench_result *result, bool device_clock)
{
    result->by_host = quartiles_of(result->host.values, result->host.count);
    result->by_device = quartiles_of(result->device.values, result->device.count);
    result->time = device_clock ? result->by_device : result->by_host;
}

double bench_spread(struct quartiles of)
{
    return of.median > 0 ? 50 * (of.high - of.low) / of.median : 0;
}

/* Arithmetic is f32, and f16 storage may be computed in f16 units; f64 is never faster than f32. */
double bench_ceiling(const clconv_desc *desc, const clconv_ceilings *ceilings)
{
    return desc->x_type == CLCONV_F16 ? fmax(ceilings->f32, ceilings->f16) : ceilings->f32;
}

/* The fastest copy of at least so many bytes: what fits into a cache may be moved faster than
 * memory allows, and a small copy is bound by its launch. */
static double bandwidth_for(double bytes, const clconv_ceilings *ceilings)
{
    double best = 0;
    for (int i = CLCONV_COPIES - 1; i >= 0; i--) {
        best = fmax(best, ceilings->copies[i]);
        if (ldexp(1, 20 + i) <= bytes && best > 0)
            break;
    }
    return best;
}

void bench_roof(struct bench_problem *problem, const clconv_ceilings *ceilings)
{
    const double rate = bench_ceiling(&problem->item.desc, ceilings);
    const double bandwidth = bandwidth_for(problem->sizes.bytes, ceilings);
    const double compute = rate > 0 ? problem->sizes.flops / rate : 0;
    const double memory = bandwidth > 0 ? problem->sizes.bytes / bandwidth : 0;
    problem->memory_bound = memory > compute;
    problem->roof_seconds = fmax(memory, compute);
}

double bench_pixels(const struct bench_problem *problem)
{
    const double images = problem->item.desc.n ? problem->item.desc.n : 1;
    return images * problem->sizes.p * problem->sizes.q;
}

static bool counts(const struct bench_result *result)
{
    return result->outcome == BENCH_RAN && result->verdict != BENCH_WRONG &&
           result->time.median > 0;
}

const struct bench_result *bench_best(const struct bench_problem *problem)
{
    const struct bench_result *best = NULL;
    for (int i = 0; i < problem->result_count; i++) {
        const struct bench_result *const r = &problem->results[i];
        if (counts(r) && (!best || r->time.median < best->time.median))
            best = r;
    }
    return best;
}

const struct bench_result *bench_chosen(const struct bench_problem *problem)
{
    for (int i = 0; i < problem->result_count; i++)
        if (problem->results[i].chosen && counts(&problem->results[i]))
            return &problem->results[i];
    return NULL;
}

static int measured(const struct bench_problem *problem)
{
    int sum = 0;
    for (int i = 0; i < problem->result_count; i++)
        sum += counts(&problem->results[i]);
    return sum;
}

const double bench_loss_limit = 1.1;

double bench_loss(const struct bench_problem *problem)
{
    const struct bench_result *const best = bench_best(problem), *const chosen =
                                                                     bench_chosen(problem);
    return chosen && measured(problem) > 1 ? chosen->time.median / best->time.median : 0;
}

struct bench_regret bench_regret(const struct bench_record *record, const char *set)
{
    struct bench_regret regret = {0, 0, 0, NULL};
    double logs = 0;
    for (int i = 0; i < record->count; i++) {
        const struct bench_problem *const p = &record->problems[i];
        const double loss = bench_loss(p);
        if (loss == 0 || (set && strcmp(set, p->item.set) != 0))
            continue;
        logs += log(loss);
        regret.problems++;
        if (loss > regret.worst) {
            regret.worst = loss;
            regret.worst_problem = p;
        }
    }
    regret.mean = regret.problems ? exp(logs / regret.problems) : 0;
    return regret;
}

const char *bench_set_at(const struct bench_record *record, int i)
{
    const char *const set = record->problems[i].item.set;
    for (int before = 0; before < i; before++)
        if (strcmp(record->problems[before].item.set, set) == 0)
            return NULL;
    return set;
}
