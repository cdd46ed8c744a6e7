/* verify.c - `clconv verify`: each algorithm on each device against the referee.
 *
 * Every problem runs twice: on small integers with a bias, where nearly every result has to be
 * exact, and on random data without one, held to the bound of docs/accuracy.md. */
#include "verify.h"
#include "args.h"
#include "cli.h"
#include "fill.h"
#include "json.h"
#include "progress.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *device, *algorithm;
    bool all, shapes, json;
};

static const struct cli_option options[] = {
    {"--all", NULL, CLI_FLAG, offsetof(struct arguments, all), NULL,
     "the built-in list: each parameter at its edges and in pairs"},
    {"--device", "-d", CLI_TEXT, offsetof(struct arguments, device), "DEVICE",
     "this one only: any part of an id of `clconv devices`"},
    {"--algorithm", "-a", CLI_TEXT, offsetof(struct arguments, algorithm), "NAME", "this one only"},
    {"--shapes", NULL, CLI_FLAG, offsetof(struct arguments, shapes), NULL,
     "each algorithm in every shape of its tiles, not in the best one alone"},
    {"--json", NULL, CLI_FLAG, offsetof(struct arguments, json), NULL, "as JSON, every single run"},
    {0}};

static const char *const list[] = {
#define PROBLEM(text) text,
#include "problems.inc"
#undef PROBLEM
};

enum { LISTED = sizeof(list) / sizeof(*list), ALGORITHMS = 64 };

struct tally { /* of one algorithm on one device */
    int passed, impossible, wrong;
    double largest_ratio;
};

struct verify {
    const struct arguments *args;
    const char *const *problems;
    int count;
    struct progress progress;
    bool wrong; /* anything, anywhere */
};

static const char *fill_name(enum cli_fill fill)
{
    return fill == CLI_FILL_INTEGERS ? "integers" : "random";
}

static void print_json(const struct verify_run *run)
{
    static const char *const words[] = {"passed", "impossible", "missed", "failed"};
    cli_json_open(NULL, '{');
    cli_json_text("problem", run->problem);
    cli_json_text("device", run->device);
    cli_json_text("algorithm", run->algorithm);
    if (run->tile > 0)
        cli_json_integer("tile", run->tile);
    cli_json_text("data", fill_name(run->fill));
    cli_json_text("verdict", words[run->verdict]);
    if (run->verdict == VERIFY_IMPOSSIBLE || run->verdict == VERIFY_FAILED) {
        cli_json_text("reason", run->reason);
    } else {
        cli_json_bool("exact", run->exact);
        cli_json_real("error", run->check.largest_error);
        cli_json_real("ratio", run->check.largest_ratio);
        cli_json_integer("misses", (int64_t)run->check.misses);
        cli_json_integer("outputs", (int64_t)run->check.outputs);
    }
    cli_json_close('}');
}

static void print_row(const struct verify_run *run)
{
    char error[CLI_ERROR_TEXT];
    cli_error_text(error, &run->check);
    cli_out("  %-14s ", run->algorithm);
    if (run->tile > 0)
        cli_out("tile %-3d ", run->tile);
    cli_out("%-9s ", fill_name(run->fill));
    if (run->verdict == VERIFY_IMPOSSIBLE)
        cli_out("not possible: %s\n", run->reason);
    else if (run->verdict == VERIFY_FAILED)
        cli_out("FAILED: %s\n", run->reason);
    else
        cli_out("%-6s %s, in %llu outputs%s\n", run->verdict == VERIFY_MISSED ? "WRONG" : "right",
                error, (unsigned long long)run->check.outputs,
                run->exact ? "; has to be exact" : "");
}

/* What a person needs to go on: the numbers, and one line that does it again. */
static void print_miss(const struct verify_run *run)
{
    const clconv_check *c = &run->check;
    char tile[24] = "";
    if (run->tile > 0)
        snprintf(tile, sizeof(tile), ", tile %d,", run->tile);
    if (run->verdict == VERIFY_MISSED)
        cli_say("%s by %s%s on %s, %s data: y[%d][%d][%d][%d] is %.9g instead of %.9g",
                run->problem, run->algorithm, tile, run->device, fill_name(run->fill), c->n, c->k,
                c->row, c->column, c->got, c->expected);
    else
        cli_say("%s by %s%s on %s, %s data: %s", run->problem, run->algorithm, tile, run->device,
                fill_name(run->fill), run->reason);
    cli_say("again: clconv verify '%s' --device '%s' --algorithm %s%s", run->problem, run->device,
            run->algorithm, run->tile > 0 ? " --shapes" : "");
}

static void count(struct tally *tally, const struct verify_run *run)
{
    tally->passed += run->verdict == VERIFY_PASSED;
    tally->impossible += run->verdict == VERIFY_IMPOSSIBLE;
    tally->wrong += run->verdict == VERIFY_MISSED || run->verdict == VERIFY_FAILED;
    if (run->check.largest_ratio > tally->largest_ratio)
        tally->largest_ratio = run->check.largest_ratio;
}

static void report(struct verify *v, struct tally *tally, const struct verify_run *run)
{
    const bool wrong = run->verdict == VERIFY_MISSED || run->verdict == VERIFY_FAILED;
    count(tally, run);
    v->wrong = v->wrong || wrong;
    if (v->args->json)
        print_json(run);
    else if (v->count == 1)
        print_row(run);
    if (wrong)
        print_miss(run);
}

static void print_tallies(const struct tally *tallies)
{
    cli_out("  %-14s %7s %13s %6s  %s\n", "algorithm", "right", "not possible", "wrong",
            "largest error / allowed");
    for (size_t i = 0; clconv_algorithm(i) && i < ALGORITHMS; i++) {
        const struct tally *t = &tallies[i];
        if (t->passed + t->impossible + t->wrong > 0)
            cli_out("  %-14s %7d %13d %6d  %.3g\n", clconv_algorithm(i)->name, t->passed,
                    t->impossible, t->wrong, t->largest_ratio);
    }
}

/* One problem on both kinds of data, in one tile or in all; false when the device is lost. */
static bool run_problem(struct verify *v, struct tally *tally, clconv_context *context,
                        const struct verify_run *what)
{
    static const enum cli_fill fills[] = {CLI_FILL_INTEGERS, CLI_FILL_REAL};
    const int tiles = v->args->shapes ? verify_tiles(what, context) : 0;
    /* Where there is none, one run says why. */
    for (int tile = tiles > 0 ? 1 : 0; tile <= tiles; tile++)
        for (int i = 0; i < 2; i++) {
            struct verify_run run = *what;
            run.fill = fills[i];
            run.tile = tile;
            const clconv_status status = verify_run(&run, context);
            if (run.verdict == VERIFY_MISSED || run.verdict == VERIFY_FAILED)
                progress_end(&v->progress);
            report(v, tally, &run);
            if (status == CLCONV_DEVICE_LOST)
                return false;
            if (run.verdict == VERIFY_IMPOSSIBLE)
                break;
        }
    return true;
}

/* All problems by one algorithm; false when the device is lost. */
static bool run_algorithm(struct verify *v, struct tally *tally, clconv_context *context,
                          const clconv_device_info *device, const char *algorithm)
{
    for (int i = 0; i < v->count; i++) {
        const struct verify_run what = {
            .problem = v->problems[i], .device = device->id, .algorithm = algorithm};
        progress_show(&v->progress, (double)i / v->count);
        if (!run_problem(v, tally, context, &what))
            return false;
    }
    return true;
}

/* Each device's part of the listing goes out as soon as it is there. */
static bool run_device(struct verify *v, const char *id)
{
    struct tally tallies[ALGORITHMS] = {{0}};
    clconv_device_info device;
    clconv_context *context = NULL;
    if (cli_context(&context, id) != CLCONV_OK ||
        clconv_context_info(&device, context) != CLCONV_OK) {
        cli_fail_library();
        return false;
    }
    if (!v->args->json)
        cli_out("%s\n", device.id);
    bool alive = true;
    for (size_t i = 0; alive && clconv_algorithm(i) && i < ALGORITHMS; i++) {
        const clconv_algorithm_info *a = clconv_algorithm(i);
        const bool asked = !v->args->algorithm || strcmp(v->args->algorithm, a->name) == 0;
        if (asked && a->on_host == (device.kind == CLCONV_DEVICE_HOST))
            alive = run_algorithm(v, &tallies[i], context, &device, a->name);
    }
    progress_end(&v->progress);
    clconv_context_destroy(context);
    if (!v->args->json && v->count > 1)
        print_tallies(tallies);
    return cli_out_flush() && alive;
}

static bool run_devices(struct verify *v)
{
    enum { MOST = 64 };
    clconv_device_info *devices = calloc(MOST, sizeof(*devices));
    size_t found = 0;
    bool done = true;
    if (!devices) {
        cli_no_memory(MOST * sizeof(*devices));
        return false;
    }
    if (clconv_device_list(devices, MOST, &found) != CLCONV_OK) {
        cli_fail_library();
        done = false;
    }
    for (size_t i = 0; i < found && i < MOST && cli_out_flush(); i++)
        done = run_device(v, devices[i].id) && done;
    free(devices);
    return done;
}

static int run(int argc, char **argv)
{
    struct arguments args = {0};
    int words;
    if (!cli_args(&args, options, argc, argv, 0, CLI_ANY_WORDS, &words) ||
        !cli_algorithm_known(args.algorithm))
        return CLI_MISUSE;
    if (args.all == (words > 0))
        return cli_misuse("a PROBLEM is wanted, or --all");
    struct verify v = {.args = &args,
                       .problems = args.all ? list : (const char *const *)argv + 1,
                       .count = args.all ? LISTED : words};
    for (int i = 0; i < v.count; i++) {
        clconv_desc desc;
        clconv_sizes sizes;
        if (clconv_desc_parse(&desc, v.problems[i]) != CLCONV_OK ||
            clconv_desc_output(&sizes, &desc) != CLCONV_OK)
            return cli_misuse("%s", clconv_last_error());
    }
    progress_begin(&v.progress);
    if (args.json)
        cli_json_open(NULL, '[');
    const bool done = args.device ? run_device(&v, args.device) : run_devices(&v);
    if (args.json)
        cli_json_close(']');
    return done && !v.wrong ? CLI_DONE : CLI_FAILED;
}

const struct cli_command cli_verify = {
    "verify",
    "Compare each algorithm on each device with the referee",
    "PROBLEM...|--all [--device DEVICE] [--algorithm NAME] [--shapes] [--json]",
    options,
    "The referee is plain loops in double precision. Each problem runs on small integers, where "
    "the\n"
    "result has to be exact (but of algorithms that transform tiles), and on random data, where\n"
    "docs/accuracy.md says what is allowed. An\n"
    "algorithm that cannot do a problem is no failure. Exit status 1 when anything is wrong, with "
    "a\n"
    "line that does it again.\n\n"
    "examples:\n"
    "  clconv verify 8x3x64x64:16x7x7:s2:p3:relu\n"
    "  clconv verify --all --device host\n",
    run};
