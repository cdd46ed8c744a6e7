/* bench_compare.c - `clconv bench compare`: two records, measurement by measurement.
 *
 * A measurement is one algorithm on one problem; the runs of its record lie around their median,
 * and half of them between the quartiles. A change counts as one, and is not taken for noise, where
 * these two ranges of A and B are apart. */
#include "args.h"
#include "bench.h"
#include "cli.h"
#include "json.h"
#include "json_read.h"
#include "quantile.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    double limit;
    bool json;
};

static const struct cli_option options[] = {
    {"--limit", NULL, CLI_REAL, offsetof(struct arguments, limit), "RATIO",
     "largest time of B per time of A; default 1.10"},
    {"--json", NULL, CLI_FLAG, offsetof(struct arguments, json), NULL, "as JSON"},
    {0}};

struct record {
    const char *path, *clock;
    struct json *json;
};

enum change { SAME, FASTER, SLOWER }; /* SAME: within the noise */
static const char *const change_words[] = {"same", "faster", "slower"};

struct totals {
    int count, changes[3], above, only_a, only_b;
    double logs, worst;
};

/* ---- records ---- */

static bool open_record(struct record *record, const char *path)
{
    record->path = path;
    record->json = json_read_file(path);
    if (!record->json)
        return false;
    if (strcmp(json_text(record->json, "schema", ""), "clconv-bench") != 0) {
        cli_say("%s: this is no record of `clconv bench --json`", path);
        return false;
    }
    const double version = json_number(record->json, "version", 0);
    if (version != 1) {
        cli_say("%s: a record of version %g; this clconv reads version 1", path, version);
        return false;
    }
    record->clock = json_text(record->json, "clock", "device");
    return true;
}

/* The samples of a measurement by the clock that counts; 0 when it did not run. */
static int samples_of(double **values, const struct record *record, const struct json *algorithm)
{
    const bool host = strcmp(record->clock, "host") == 0;
    const struct json *const list =
        json_member(algorithm, host ? "host_seconds" : "device_seconds");
    int count = 0, i = 0;
    *values = NULL;
    for (const struct json *v = list ? list->first : NULL; v; v = v->next)
        count += v->kind == JSON_NUMBER && v->number > 0;
    if (count == 0)
        return 0;
    *values = malloc((size_t)count * sizeof(**values));
    if (!*values) {
        cli_no_memory((size_t)count * sizeof(**values));
        return 0;
    }
    for (const struct json *v = list->first; v; v = v->next)
        if (v->kind == JSON_NUMBER && v->number > 0)
            (*values)[i++] = v->number;
    return count;
}

static bool quartiles(struct quartiles *q, const struct record *record,
                      const struct json *algorithm)
{
    double *values;
    const int count = samples_of(&values, record, algorithm);
    *q = quartiles_of(values, count);
    free(values);
    return count > 0;
}

static bool same_text(const struct json *a, const struct json *b, const char *key)
{
    return strcmp(json_text(a, key, ""), json_text(b, key, "")) == 0;
}

static const struct json *list_of(const struct json *object, const char *key)
{
    const struct json *const list = json_member(object, key);
    return list && list->kind == JSON_ARRAY ? list->first : NULL;
}

/* The measurement of this problem and algorithm in another record that ran there; NULL: none. */
static const struct json *find(const struct record *record, const struct json *problem,
                               const struct json *algorithm)
{
    for (const struct json *p = list_of(record->json, "problems"); p; p = p->next) {
        if (!same_text(p, problem, "problem") || !same_text(p, problem, "kernel"))
            continue;
        for (const struct json *a = list_of(p, "algorithms"); a; a = a->next)
            if (same_text(a, algorithm, "algorithm") && list_of(a, "host_seconds"))
                return a;
    }
    return NULL;
}

/* ---- one change ---- */

static enum change change_of(const struct quartiles *a, const struct quartiles *b)
{
    if (b->low > a->high)
        return SLOWER;
    return b->high < a->low ? FASTER : SAME;
}

static void print(const struct arguments *args, const struct json *problem,
                  const struct json *algorithm, const struct quartiles *a,
                  const struct quartiles *b)
{
    const char *const text = json_text(problem, "problem", "?");
    const char *const kernel = json_text(problem, "kernel", "");
    const char *const name = json_text(algorithm, "algorithm", "?");
    const enum change change = change_of(a, b);
    const double ratio = b->median / a->median;
    if (!args->json) {
        cli_out("%10.4f %10.4f %7.3f  %-6s %c %-14s %s%s%s\n", 1e3 * a->median, 1e3 * b->median,
                ratio, change_words[change], change == SLOWER && ratio > args->limit ? '!' : ' ',
                name, text, *kernel ? " " : "", kernel);
        return;
    }
    cli_json_open(NULL, '{');
    cli_json_text("problem", text);
    cli_json_text("kernel", kernel);
    cli_json_text("algorithm", name);
    cli_json_real("a_seconds", a->median);
    cli_json_real("b_seconds", b->median);
    cli_json_real("ratio", ratio);
    cli_json_text("change", change_words[change]);
    cli_json_bool("above_limit", change == SLOWER && ratio > args->limit);
    cli_json_close('}');
}

static void compare_one(struct totals *t, const struct arguments *args,
                        const struct record record[2], const struct json *problem,
                        const struct json *algorithm)
{
    struct quartiles a, b;
    if (!quartiles(&a, &record[0], algorithm))
        return;
    const struct json *const other = find(&record[1], problem, algorithm);
    if (!other || !quartiles(&b, &record[1], other)) {
        t->only_a++;
        return;
    }
    const enum change change = change_of(&a, &b);
    const double ratio = b.median / a.median;
    print(args, problem, algorithm, &a, &b);
    t->count++;
    t->changes[change]++;
    t->above += change == SLOWER && ratio > args->limit;
    t->logs += log(ratio);
    t->worst = fmax(t->worst, ratio);
}

/* ---- all of them ---- */

static int count_only_b(const struct record record[2])
{
    int count = 0;
    for (const struct json *p = list_of(record[1].json, "problems"); p; p = p->next)
        for (const struct json *a = list_of(p, "algorithms"); a; a = a->next)
            count += list_of(a, "host_seconds") && !find(&record[0], p, a);
    return count;
}

static void print_head(const struct record record[2])
{
    for (int i = 0; i < 2; i++) {
        const struct json *const device = json_member(record[i].json, "device");
        cli_out("%c  %s: %s, driver %s, %s, clconv %s\n", 'A' + i, record[i].path,
                json_text(device, "id", "?"), json_text(device, "driver", "?"),
                json_text(record[i].json, "date", "?"), json_text(record[i].json, "library", "?"));
    }
    cli_out("\n%10s %10s %7s  %-6s   %-14s %s\n", "A ms", "B ms", "B/A", "change", "algorithm",
            "problem");
}

static void print_end(const struct totals *t, const struct arguments *args)
{
    const double mean = exp(t->logs / t->count);
    if (args->json) {
        cli_json_close(']');
        cli_json_real("geometric_mean", mean);
        cli_json_real("worst", t->worst);
        cli_json_real("limit", args->limit);
        cli_json_integer("above_limit", t->above);
        cli_json_integer("only_in_a", t->only_a);
        cli_json_integer("only_in_b", t->only_b);
        cli_json_close('}');
        return;
    }
    cli_out("\n%d measurements: %d faster, %d slower, %d the same within the noise; geometric mean "
            "%.3f, worst %.3f\n",
            t->count, t->changes[FASTER], t->changes[SLOWER], t->changes[SAME], mean, t->worst);
    if (t->only_a || t->only_b)
        cli_out("%d only in A, %d only in B\n", t->only_a, t->only_b);
    if (t->above)
        cli_out("%d above the limit of %g (!)\n", t->above, args->limit);
}

static int compare(const struct arguments *args, const struct record record[2])
{
    struct totals t = {.only_b = count_only_b(record)};
    if (strcmp(record[0].clock, record[1].clock) != 0)
        return cli_misuse("%s has seconds of the %s's clock, %s of the %s's: no ratio of these "
                          "means anything",
                          record[0].path, record[0].clock, record[1].path, record[1].clock);
    if (!same_text(json_member(record[0].json, "device"), json_member(record[1].json, "device"),
                   "id"))
        cli_say("the records are of two devices");
    if (args->json) {
        cli_json_open(NULL, '{');
        cli_json_open("measurements", '[');
    } else {
        print_head(record);
    }
    for (const struct json *p = list_of(record[0].json, "problems"); p; p = p->next)
        for (const struct json *a = list_of(p, "algorithms"); a; a = a->next)
            compare_one(&t, args, record, p, a);
    print_end(&t, args);
    return t.above ? CLI_FAILED : CLI_DONE;
}

static bool have_common(const struct record record[2])
{
    struct quartiles q;
    for (const struct json *p = list_of(record[0].json, "problems"); p; p = p->next)
        for (const struct json *a = list_of(p, "algorithms"); a; a = a->next) {
            const struct json *const other = find(&record[1], p, a);
            if (other && quartiles(&q, &record[0], a) && quartiles(&q, &record[1], other))
                return true;
        }
    return false;
}

int bench_compare(int argc, char **argv)
{
    struct arguments args = {.limit = 1.10};
    struct record record[2] = {{0}};
    int status = CLI_MISUSE;
    if (!cli_args(&args, options, argc, argv, 2, 2, NULL))
        return CLI_MISUSE;
    if (args.limit < 1)
        return cli_misuse("--limit %g: 1 or more", args.limit);
    if (open_record(&record[0], argv[1]) && open_record(&record[1], argv[2])) {
        if (have_common(record))
            status = compare(&args, record);
        else
            status = cli_misuse("%s and %s have no measurement in common", argv[1], argv[2]);
    }
    json_free(record[0].json);
    json_free(record[1].json);
    return status;
}
