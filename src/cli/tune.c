/* tune.c - `clconv tune`: measures every algorithm in every tile on problems, and keeps what is
 * fastest as wisdom for the library's choice. */
#define _POSIX_C_SOURCE 200809L
#include "args.h"
#include "bench_set.h"
#include "cli.h"
#include "json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct arguments {
    const char *device;
    bool again, like, list, forget, list_sets, json;
    int batch;
    double patience;
};

#define FIELD(name) offsetof(struct arguments, name)
static const struct cli_option options[] = {
    {"--device", "-d", CLI_TEXT, FIELD(device), "DEVICE", "any part of an id of `clconv devices`"},
    {"--again", NULL, CLI_FLAG, FIELD(again), NULL,
     "measure also what is known already, but for what was wrong"},
    {"--batch", NULL, CLI_INT, FIELD(batch), "N", "so many images instead of the problems' own"},
    {"--patience", NULL, CLI_REAL, FIELD(patience), "S",
     "leave out what is expected to take longer for one run; default 10"},
    {"--like", NULL, CLI_FLAG, FIELD(like), NULL,
     "keep it for all devices like this one: same platform, kind, vectors"},
    {"--list", NULL, CLI_FLAG, FIELD(list), NULL, "show what is known about the device, and end"},
    {"--forget", NULL, CLI_FLAG, FIELD(forget), NULL,
     "forget what is known about these problems, or about the device, and end"},
    {"--json", NULL, CLI_FLAG, FIELD(json), NULL, "the table or the list as JSON"},
    {"--list-sets", NULL, CLI_FLAG, FIELD(list_sets), NULL, "the built-in sets of problems"},
    {0}};

struct session {
    struct arguments args;
    struct bench_items items;
    clconv_context *context;
    int at; /* which problem, from 1 */
    char *problem;
    bool on_terminal;
    double gains; /* sum of logarithms */
    int gained;   /* how many of them */
};

/* ---- one problem ---- */

static int show(void *user, const clconv_tune_step *step)
{
    const struct session *const s = user;
    if (s->on_terminal && step->outcome == CLCONV_TUNE_BEGINS)
        fprintf(stderr, "\r\033[K[%d/%d] %s: %s %s", s->at, s->items.count, s->problem,
                step->algorithm, step->tile);
    if (step->outcome == CLCONV_TUNE_WRONG) {
        if (s->on_terminal)
            fprintf(stderr, "\r\033[K");
        cli_say("warning: %s by %s, tile %s: %s", s->problem, step->algorithm, step->tile,
                step->why);
    }
    return 0;
}

static void print_head(void)
{
    cli_out("%10s %10s %6s  %-14s %-18s %5s  %s\n", "best ms", "untuned ms", "gain", "algorithm",
            "tile", "runs", "problem");
}

static void print_row(const struct session *s, const struct bench_item *item,
                      const clconv_tuning *t)
{
    cli_out("%10.4f ", 1e3 * t->seconds);
    if (t->expected_seconds > 0 && isfinite(t->expected_seconds))
        cli_out("%10.4f %6.2f", 1e3 * t->expected_seconds, t->expected_seconds / t->seconds);
    else
        cli_out("%10s %6s", "-", "-");
    cli_out("  %-14s %-18s %5d  %s%s%s%s%s\n", t->algorithm, t->tile, t->measured, s->problem,
            item->kernel ? " " : "", item->kernel ? item->kernel : "", *item->name ? "  # " : "",
            item->name);
}

static void put_row(const struct session *s, const struct bench_item *item, const clconv_tuning *t)
{
    cli_json_open(NULL, '{');
    cli_json_text("problem", s->problem);
    if (item->kernel)
        cli_json_text("kernel", item->kernel);
    cli_json_text("set", item->set);
    cli_json_text("name", item->name);
    cli_json_text("algorithm", t->algorithm);
    cli_json_text("tile", t->tile);
    cli_json_real("seconds", t->seconds);
    cli_json_text("untuned_algorithm", t->expected);
    if (t->expected_seconds > 0)
        cli_json_real("untuned_seconds", t->expected_seconds);
    cli_json_integer("measured", t->measured);
    cli_json_close('}');
}

static clconv_status tune_item(clconv_tuning *tuning, struct session *s,
                               const struct bench_item *item)
{
    const clconv_tune_options wishes = {.again = s->args.again,
                                        .like = s->args.like,
                                        .patience = s->args.patience,
                                        .progress = show,
                                        .user = s};
    char reason[BENCH_REASON] = "";
    clconv_sizes sizes;
    clconv_status status = clconv_desc_output(&sizes, &item->desc);
    float *const filters =
        status == CLCONV_OK ? malloc(sizes.filter_count * sizeof(*filters)) : NULL;
    if (status == CLCONV_OK && !filters) {
        cli_no_memory(sizes.filter_count * sizeof(*filters));
        return CLCONV_NO_MEMORY;
    }
    if (status == CLCONV_OK)
        status = bench_fill_filters(filters, item, &sizes, bench_seed(s->problem), reason);
    if (status == CLCONV_OK)
        status = clconv_tune(tuning, s->context, &item->desc, filters, &wishes);
    if (s->on_terminal)
        fprintf(stderr, "\r\033[K");
    if (status != CLCONV_OK)
        cli_say("%s: %s", s->problem, *reason ? reason : clconv_last_error());
    free(filters);
    return status;
}

/* ---- all of them ---- */

static bool tell(struct session *s, const struct bench_item *item, const clconv_tuning *t)
{
    if (t->expected_seconds > 0 && isfinite(t->expected_seconds)) {
        s->gains += log(t->expected_seconds / t->seconds);
        s->gained++;
    }
    if (s->args.json) {
        put_row(s, item, t);
        return true;
    }
    print_row(s, item, t);
    return cli_out_flush();
}

static int tune_problems(struct session *s)
{
    bool right = true, alive = true;
    if (s->args.json)
        cli_json_open(NULL, '[');
    else
        print_head();
    for (int i = 0; alive && i < s->items.count; i++) {
        clconv_tuning tuning;
        s->at = i + 1;
        if (clconv_desc_format(&s->problem, &s->items.items[i].desc) != CLCONV_OK)
            return cli_fail_library();
        const clconv_status status = tune_item(&tuning, s, &s->items.items[i]);
        right = right && status == CLCONV_OK;
        if (status == CLCONV_OK)
            alive = tell(s, &s->items.items[i], &tuning);
        alive = alive && status != CLCONV_DEVICE_LOST && status != CLCONV_IO;
        clconv_free(s->problem);
        s->problem = NULL;
    }
    if (s->args.json)
        cli_json_close(']');
    else if (s->gained)
        cli_out("\nuntuned time per best time, over %d problem%s measured now: geometric mean "
                "%.3f\n",
                s->gained, s->gained == 1 ? "" : "s", exp(s->gains / s->gained));
    return right && alive ? CLI_DONE : CLI_FAILED;
}

/* Estimates are made of the device's ceilings: measured once, and used from the next opening on. */
static bool learn_ceilings(struct session *s)
{
    clconv_ceilings ceilings = {0};
    if (clconv_tune_ceilings(s->context, &ceilings, s->args.like) != CLCONV_OK)
        return cli_fail_library() == CLI_DONE;
    if (s->on_terminal)
        fprintf(stderr, "\r\033[Kmeasuring the device's ceilings");
    clconv_status status = clconv_context_measure(&ceilings, s->context);
    if (s->on_terminal)
        fprintf(stderr, "\r\033[K");
    if (status == CLCONV_OK)
        status = clconv_tune_ceilings(s->context, &ceilings, s->args.like);
    if (status != CLCONV_OK)
        return cli_fail_library() == CLI_DONE;
    clconv_context_destroy(s->context);
    s->context = NULL;
    return cli_context(&s->context, s->args.device) == CLCONV_OK || cli_fail_library() == CLI_DONE;
}

/* ---- what is known ---- */

struct search { /* for ceilings of the kind that is wanted */
    bool like, found;
};

static void note_ceiling(void *user, const clconv_wisdom *line)
{
    struct search *const search = user;
    search->found |= !line->problem && !line->shipped && (line->like != 0) == search->like;
}

static void print_line(void *user, const clconv_wisdom *line)
{
    ++*(int *)user;
    if (line->problem)
        cli_out("%12.6g ms  %-14s %-18s %s%s\n", 1e3 * line->seconds, line->algorithm, line->tile,
                line->problem, line->shipped ? "  (shipped)" : "");
    else
        cli_out("%12.6g     ceiling: %s%s\n", line->seconds, line->algorithm,
                line->shipped ? "  (shipped)" : "");
}

static void put_line(void *user, const clconv_wisdom *line)
{
    ++*(int *)user;
    cli_json_open(NULL, '{');
    if (line->problem)
        cli_json_text("problem", line->problem);
    cli_json_text(line->problem ? "algorithm" : "ceiling", line->algorithm);
    if (line->problem)
        cli_json_text("tile", line->tile);
    cli_json_real(line->problem ? "seconds" : "value", line->seconds);
    cli_json_bool("shipped", line->shipped);
    cli_json_close('}');
}

static int list(const struct session *s)
{
    int lines = 0;
    if (s->args.json)
        cli_json_open(NULL, '[');
    if (clconv_wisdom_visit(s->context, s->args.json ? put_line : print_line, &lines) != CLCONV_OK)
        return cli_fail_library();
    if (s->args.json)
        cli_json_close(']');
    if (lines == 0)
        cli_say("nothing is known of this device; `clconv tune PROBLEM` measures it");
    return CLI_DONE;
}

static int forget(const struct session *s)
{
    size_t all = 0, removed = 0;
    clconv_status status = CLCONV_OK;
    if (s->items.count == 0)
        status = clconv_wisdom_forget(s->context, NULL, &all);
    for (int i = 0; status == CLCONV_OK && i < s->items.count; i++, all += removed)
        status = clconv_wisdom_forget(s->context, &s->items.items[i].desc, &removed);
    if (status != CLCONV_OK)
        return cli_fail_library();
    cli_say("%zu lines forgotten", all);
    return CLI_DONE;
}

/* ---- the command ---- */

static int work(struct session *s)
{
    struct search ceilings = {.like = s->args.like};
    if (cli_context(&s->context, s->args.device) != CLCONV_OK)
        return cli_fail_library();
    if (s->args.list)
        return list(s);
    if (s->args.forget)
        return forget(s);
    if (clconv_wisdom_visit(s->context, note_ceiling, &ceilings) != CLCONV_OK)
        return cli_fail_library();
    if ((s->args.again || !ceilings.found) && !learn_ceilings(s))
        return CLI_FAILED;
    return tune_problems(s);
}

static bool check(const struct arguments *args, int words)
{
    if (args->list && (args->forget || words > 0))
        return cli_misuse("--list takes no problems and no --forget"), false;
    if ((args->list || args->forget) && (args->again || args->like))
        return cli_misuse("--again and --like are for tuning, not for --list or --forget"), false;
    if (cli_given("--batch") && args->batch < 1)
        return cli_misuse("--batch %d: 1 or more", args->batch), false;
    if (cli_given("--patience") && args->patience <= 0)
        return cli_misuse("--patience is above 0"), false;
    if (words == 0 && !args->list && !args->forget && !args->list_sets)
        return cli_misuse("what is to be tuned? Name a PROBLEM, a SET or a FILE; --list-sets lists "
                          "the sets"),
               false;
    return true;
}

static int run(int argc, char **argv)
{
    struct session s = {.on_terminal = isatty(STDERR_FILENO)};
    int words, status = CLI_MISUSE;
    bool ok =
        cli_args(&s.args, options, argc, argv, 0, CLI_ANY_WORDS, &words) && check(&s.args, words);
    if (ok && s.args.list_sets) {
        bench_set_list();
        return CLI_DONE;
    }
    for (int i = 0; ok && i < words; i++)
        ok = bench_set_add(&s.items, argv[i + 1], s.args.batch);
    if (ok)
        status = work(&s);
    clconv_context_destroy(s.context);
    clconv_free(s.problem);
    for (int i = 0; i < s.items.count; i++)
        bench_item_free(&s.items.items[i]);
    free(s.items.items);
    return status;
}

const struct cli_command cli_tune = {
    "tune",
    "Measure which algorithm and shape of tiles is fastest, and remember it",
    "PROBLEM|SET|FILE... [--again] [--device DEVICE] [--json]\n"
    "       clconv tune --list\n"
    "       clconv tune --forget [PROBLEM|SET|FILE...]",
    options,
    "Tries each algorithm in each shape of its tiles: it has to pass its self-test and to agree\n"
    "with the referee on some rows, then the median of several runs counts. The best of each\n"
    "algorithm goes into a file of wisdom at once, and the library chooses by it from then on for\n"
    "the problems of the same class: the same but for border, epilogue, flip, and the number of\n"
    "images where that one is not known. The first time, the device's ceilings are measured, "
    "which\n"
    "estimates for all other problems are made of.\n\n"
    "What is known for this device and driver is not measured again, so that a run that was cut\n"
    "short goes on where it was. Nothing else should run meanwhile.\n\n"
    "The file is wisdom.txt in the folder of `clconv cache path`; CLCONV_TUNE names another one, "
    "or\n"
    "is \"off\": then estimates alone decide. `clconv plan` says what decided.\n\n"
    "A SET is a built-in list of problems (--list-sets), a FILE one of the same form. untuned ms "
    "is\n"
    "the time of what estimates choose.\n\n"
    "examples:\n"
    "  clconv tune 1x64x56x56:64x3x3:p1\n"
    "  clconv tune images resnet50 --device nvidia\n"
    "  clconv tune --list\n",
    run};
