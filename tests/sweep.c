/* sweep.c - every algorithm x a list of problems: exact on small integers, within the stated bounds
 * on real data, bit for bit when run again. */
#include "sweep.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEED = 20 };

typedef struct tally { /* of one algorithm */
    size_t run, no_f64, refused;
    char reason[512]; /* of the first refusal */
} tally;

/* One run, judged; expected: the naive result, or NULL when the data are real. False when the
 * algorithm does not do this problem. */
static bool run_and_judge(const case_algorithm *by, const case_data *data,
                          const unsigned char *expected)
{
    clconv_context *const context = by->context;
    const char *const algorithm = by->name;
    unsigned char *first = NULL, *second = NULL;
    clconv_check check;
    const clconv_status status = case_run(&first, context, data, algorithm, CASE_POISON);

    if (status == CLCONV_UNSUPPORTED)
        return false;
    if (status != CLCONV_OK) {
        case_complain(data, algorithm, "%s: %s", clconv_status_name(status), clconv_last_error());
        return true;
    }
    if (expected && !by->transforms) {
        if (memcmp(first, expected, data->sizes.y_bytes) != 0)
            case_complain(data, algorithm, "not exact on small integers");
    } else if (clconv_check_result(&check, &data->desc, algorithm, data->x, data->filters,
                                   data->bias, first) != CLCONV_OK) {
        case_complain(data, algorithm, "no check: %s", clconv_last_error());
    } else if (check.misses != 0) {
        case_complain(
            data, algorithm, "%llu of %llu miss; at %d,%d,%d,%d %.9g instead of %.9g, bound %.3g",
            (unsigned long long)check.misses, (unsigned long long)check.outputs, check.n, check.k,
            check.row, check.column, check.got, check.expected, check.bound_there);
    }
    /* Another poison: an output that is never written differs now. */
    if (case_run(&second, context, data, algorithm, CASE_OTHER_POISON) != CLCONV_OK)
        case_complain(data, algorithm, "the second run: %s", clconv_last_error());
    else if (!case_same(data, first, second))
        case_complain(data, algorithm, "two runs differ");
    free(first);
    free(second);
    return true;
}

static bool needs_f64(const clconv_desc *desc)
{
    return desc->x_type == CLCONV_F64 || desc->y_type == CLCONV_F64;
}

static void judge(tally *count, const case_machine *machine, const case_data *data,
                  const case_algorithm *algorithm, const unsigned char *expected)
{
    const bool no_f64 = algorithm->context == machine->device && !machine->has_f64;
    if (run_and_judge(algorithm, data, expected)) {
        count->run++;
    } else if (no_f64 && needs_f64(&data->desc)) {
        count->no_f64++;
    } else {
        if (count->refused++ == 0)
            snprintf(count->reason, sizeof count->reason, "%s", clconv_last_error());
        if (!case_fair_refusal(algorithm->name))
            case_complain(data, algorithm->name, "%s", clconv_last_error());
    }
}

/* The host and direct do every problem, the others most, specialised ones one in so many, or the
 * list tests nothing. */
enum { SPECIALISED = 50 };
static void check_tally(const tally *count, const case_algorithm *algorithm, size_t total)
{
    printf("%-8s ran %zu of %zu; %zu need f64, which the device has not; %zu refused%s%s\n",
           algorithm->name, count->run, total, count->no_f64, count->refused,
           count->refused ? ", the first: " : "", count->reason);
    ck_assert_uint_eq(count->run + count->no_f64 + count->refused, total);
    if (algorithm->specialised)
        ck_assert_uint_ge(count->run, total / SPECIALISED);
    else
        ck_assert_uint_le(count->refused * 10, algorithm->does_all ? 0 : total);
}

/* By the algorithms made for one kind of filters. */
static void judge_all(tally *counts, const case_machine *machine, const clconv_desc *desc,
                      const case_algorithm *algorithms, size_t count, enum cli_fill fill,
                      uint64_t seed, clconv_filter_kind kind)
{
    unsigned char *expected = NULL;
    case_data data;
    size_t last = count;

    for (size_t a = 0; a < count; a++)
        last = algorithms[a].filters == kind ? a : last;
    if (last == count)
        return;
    case_make_for(&data, desc, algorithms[last].name, fill, seed);
    if (fill == CLI_FILL_INTEGERS && cli_fill_exact(desc))
        expected = case_naive(&data);
    for (size_t a = 0; a < count; a++)
        if (algorithms[a].filters == kind)
            judge(&counts[a], machine, &data, &algorithms[a], expected);
    free(expected);
    case_free(&data);
}

void sweep(sweep_problem *problem, size_t total, enum cli_fill fill)
{
    const size_t step = fill == CLI_FILL_INTEGERS ? (case_step() + 3) / 4 : case_step();
    const size_t taken = (total + step - 1) / step;
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    tally counts[CASE_ALGORITHMS] = {0};

    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_ALL);
    for (size_t i = 0; i < total; i += step) {
        clconv_desc desc;
        problem(&desc, i);
        for (int kind = CLCONV_FILTERS_ANY; kind <= CLCONV_FILTERS_EQUAL; kind++)
            judge_all(counts, &machine, &desc, algorithms, count, fill, SEED + i / step,
                      (clconv_filter_kind)kind);
    }
    for (size_t a = 0; a < count; a++)
        check_tally(&counts[a], &algorithms[a], taken);
    case_close(&machine);
    case_no_complaints();
}

size_t sweep_exact(sweep_problem *problem, size_t total)
{
    size_t exact = 0;
    for (size_t i = 0; i < total; i++) {
        clconv_desc desc;
        problem(&desc, i);
        exact += cli_fill_exact(&desc);
    }
    return exact;
}
