/* bench.c - `clconv bench`: how fast is this device, this driver, each algorithm, and how far from
 * what the device can do at most. */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include "args.h"
#include "cli.h"
#include "json.h"
#include "output.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct arguments {
    const char *device, *algorithm, *verify, *json, *html;
    bool chosen, csv, list_sets;
    int batch, repeats;
    double seconds, patience;
};

#define FIELD(name) offsetof(struct arguments, name)
static const struct cli_option options[] = {
    {"--device", "-d", CLI_TEXT, FIELD(device), "DEVICE", "any part of an id of `clconv devices`"},
    {"--algorithm", "-a", CLI_TEXT, FIELD(algorithm), "NAMES",
     "these only, with commas between; default: all of the device"},
    {"--chosen", NULL, CLI_FLAG, FIELD(chosen), NULL, "only the one that the library chooses"},
    {"--batch", NULL, CLI_INT, FIELD(batch), "N", "so many images instead of the problems' own"},
    {"--seconds", NULL, CLI_REAL, FIELD(seconds), "S", "for the runs of one measurement; 0.5"},
    {"--repeats", NULL, CLI_INT, FIELD(repeats), "N", "at most so many runs; default 100"},
    {"--patience", NULL, CLI_REAL, FIELD(patience), "S",
     "algorithms expected to take longer for one run are left out; default 10"},
    {"--verify", NULL, CLI_TEXT, FIELD(verify), "no|some|all",
     "against the referee; some, the default: problems up to 4 Gflop"},
    {"--csv", NULL, CLI_FLAG, FIELD(csv), NULL, "comma-separated values instead of the table"},
    {"--json", NULL, CLI_TEXT, FIELD(json), "FILE",
     "the record; - for stdout instead of the table"},
    {"--html", NULL, CLI_TEXT, FIELD(html), "FILE", "a page with figures"},
    {"--list-sets", NULL, CLI_FLAG, FIELD(list_sets), NULL, "the built-in sets of problems"},
    {0}};

struct session {
    struct arguments args;
    struct bench_wishes wishes;
    struct bench_items items;
    struct bench_record record;
    clconv_context *context;
    struct cli_output json, html;
    bool on_terminal, table;
};

/* ---- what is wanted ---- */

static bool read_algorithms(struct bench_wishes *wishes, const char *names)
{
    char name[64];
    for (size_t i = 0; i < BENCH_ALGORITHMS; i++)
        wishes->wanted[i] = !names;
    for (const char *at = names; at; at = strchr(at, ',')) {
        at += *at == ',';
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ","), at);
        if (!cli_algorithm_known(name))
            return false;
        for (size_t i = 0; clconv_algorithm(i) && i < BENCH_ALGORITHMS; i++)
            wishes->wanted[i] |= strcmp(clconv_algorithm(i)->name, name) == 0;
    }
    return true;
}

static bool read_verify(enum bench_verify *verify, const char *word)
{
    static const char *const words[] = {"no", "some", "all"};
    *verify = BENCH_VERIFY_SOME;
    for (int i = 0; word && i < 3; i++)
        if (strcmp(word, words[i]) == 0) {
            *verify = (enum bench_verify)i;
            return true;
        }
    return !word || cli_misuse("--verify %s: no, some or all", word) == CLI_DONE;
}

/* False after a message about the command line. */
static bool read_wishes(struct session *s)
{
    const struct arguments *const args = &s->args;
    s->wishes.seconds = args->seconds;
    s->wishes.patience = args->patience;
    s->wishes.repeats = args->repeats;
    s->wishes.chosen_only = args->chosen;
    s->table = !args->csv && !(args->json && strcmp(args->json, "-") == 0);
    if (args->chosen && args->algorithm)
        return cli_misuse("--chosen and --algorithm exclude each other"), false;
    if (args->csv && args->json && strcmp(args->json, "-") == 0)
        return cli_misuse("--csv and --json - both want stdout; give --json a FILE"), false;
    if (cli_given("--batch") && args->batch < 1)
        return cli_misuse("--batch %d: 1 or more", args->batch), false;
    if (args->seconds <= 0 || args->repeats < 1)
        return cli_misuse("--seconds is above 0, --repeats 1 or more"), false;
    return read_algorithms(&s->wishes, args->algorithm) &&
           read_verify(&s->wishes.verify, args->verify);
}

static bool read_problems(struct session *s, int words, char **word)
{
    static const char *const fallback = "quick";
    for (int i = 0; i < words; i++)
        if (!bench_set_add(&s->items, word[i], s->args.batch))
            return false;
    return words > 0 || bench_set_add(&s->items, fallback, s->args.batch);
}

/* A word as a shell takes it. */
static void add_word(struct cli_text *text, const char *word)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./,:=+@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        cli_text_add(text, " %s", word);
        return;
    }
    cli_text_add(text, " '");
    for (; *word; word++)
        cli_text_add(text, "%s%c", *word == '\'' ? "'\\'" : "", *word);
    cli_text_add(text, "'");
}

static char *command_line(int argc, char **argv)
{
    struct cli_text text = {0};
    cli_text_add(&text, "clconv");
    for (int i = 0; i < argc; i++)
        add_word(&text, argv[i]);
    return text.data;
}

/* ---- the work ---- */

static void fill_head(struct bench_record *record, const struct arguments *args)
{
    enum { MOST = 64 };
    const time_t now = time(NULL);
    struct tm utc;
    size_t count = 0;
    clconv_device_info *const devices = calloc(MOST, sizeof(*devices));
    strftime(record->date, sizeof(record->date), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    record->seconds = args->seconds;
    record->repeats = args->repeats;
    if (devices && clconv_device_list(devices, MOST, &count) == CLCONV_OK && count <= MOST) {
        snprintf(record->processor, sizeof(record->processor), "%s", devices[count - 1].name);
        record->cores = devices[count - 1].compute_units;
    }
    free(devices);
}

static void show(struct session *s, const char *what, const char *algorithm)
{
    if (s->on_terminal && algorithm)
        fprintf(stderr, "\r\033[K[%d/%d] %s: %s", s->record.count, s->items.count, what, algorithm);
    else if (s->on_terminal)
        fprintf(stderr, "\r\033[K%s", what);
}

static void show_algorithm(void *user, const char *algorithm)
{
    struct session *const s = user;
    show(s, s->record.problems[s->record.count - 1].text, algorithm);
}

static bool tell_problem(const struct session *s, const struct bench_problem *problem)
{
    if (s->table)
        bench_table_problem(problem);
    else if (s->args.csv)
        bench_csv_problem(problem);
    return !(s->table || s->args.csv) || cli_out_flush();
}

static bool is_wrong(const struct bench_problem *problem)
{
    bool wrong = *problem->reason;
    for (int i = 0; i < problem->result_count; i++) {
        const struct bench_result *const r = &problem->results[i];
        if (r->verdict == BENCH_WRONG)
            cli_say("%s by %s is wrong: `clconv verify` shows where", problem->text, r->algorithm);
        else if (r->outcome == BENCH_FAILED)
            cli_say("%s by %s: %s", problem->text, r->algorithm, r->reason);
        wrong = wrong || r->verdict == BENCH_WRONG || r->outcome == BENCH_FAILED;
    }
    if (*problem->reason)
        cli_say("%s: %s", problem->text, problem->reason);
    return wrong;
}

/* Every problem; false when something was wrong. */
static bool run_problems(struct session *s)
{
    struct bench_record *const record = &s->record;
    bool right = true, alive = true;
    for (int i = 0; alive && i < s->items.count; i++) {
        struct bench_problem *const problem = &record->problems[record->count++];
        problem->item = s->items.items[i];
        s->items.items[i] = (struct bench_item){.kernel = NULL}; /* the record's now */
        if (clconv_desc_format(&problem->text, &problem->item.desc) != CLCONV_OK ||
            clconv_desc_output(&problem->sizes, &problem->item.desc) != CLCONV_OK)
            return cli_fail_library() == CLI_DONE;
        bench_roof(problem, &record->ceilings);
        alive = bench_run(problem, record, &s->wishes, s->context, show_algorithm, s) !=
                CLCONV_DEVICE_LOST;
        show(s, "", NULL);
        right = !is_wrong(problem) && right;
        alive = tell_problem(s, problem) && alive;
    }
    return right && alive;
}

static bool save_text(struct cli_output *output, const struct cli_text *text)
{
    return cli_output_write(output, text->data, text->length) && cli_output_commit(output);
}

static bool save(struct session *s)
{
    struct cli_text json = {0}, page = {0};
    bool ok = true;
    if (s->args.json && strcmp(s->args.json, "-") == 0)
        bench_json(&s->record);
    else if (s->args.json) {
        cli_json_to(&json);
        bench_json(&s->record);
        cli_json_to(NULL);
        ok = save_text(&s->json, &json);
    }
    if (s->args.html) {
        bench_page(&page, &s->record);
        ok = save_text(&s->html, &page) && ok;
    }
    cli_text_free(&json);
    cli_text_free(&page);
    return ok;
}

static bool open_files(struct session *s)
{
    return (!s->args.json || strcmp(s->args.json, "-") == 0 ||
            cli_output_begin(&s->json, s->args.json)) &&
           (!s->args.html || cli_output_begin(&s->html, s->args.html));
}

static bool measure(struct session *s)
{
    struct bench_record *const record = &s->record;
    record->problems = calloc((size_t)s->items.count, sizeof(*record->problems));
    if (!record->problems)
        return cli_no_memory((size_t)s->items.count * sizeof(*record->problems)) == CLI_DONE;
    if (cli_context(&s->context, s->args.device) != CLCONV_OK ||
        clconv_context_info(&record->device, s->context) != CLCONV_OK)
        return cli_fail_library() == CLI_DONE;
    fill_head(record, &s->args);
    show(s, "measuring the device's ceilings", NULL);
    const clconv_status status = clconv_context_measure(&record->ceilings, s->context);
    show(s, "", NULL);
    if (status != CLCONV_OK)
        return cli_fail_library() == CLI_DONE;
    if (s->table)
        bench_table_head(record);
    else if (s->args.csv)
        bench_csv_head();
    const bool right = run_problems(s);
    if (s->table)
        bench_table_end(record);
    return save(s) && right;
}

static void end(struct session *s)
{
    cli_output_discard(&s->json);
    cli_output_discard(&s->html);
    clconv_context_destroy(s->context);
    bench_record_free(&s->record);
    for (int i = 0; i < s->items.count; i++)
        bench_item_free(&s->items.items[i]);
    free(s->items.items);
}

static int run(int argc, char **argv)
{
    struct session s = {.args = {.seconds = 0.5, .patience = 10, .repeats = 100},
                        .json = {.fd = -1, .slot = -1},
                        .html = {.fd = -1, .slot = -1}};
    int words, status = CLI_FAILED;
    if (argc > 1 && strcmp(argv[1], "compare") == 0)
        return bench_compare(argc - 1, argv + 1);
    s.record.command_line = command_line(argc, argv);
    s.on_terminal = isatty(STDERR_FILENO);
    if (!cli_args(&s.args, options, argc, argv, 0, CLI_ANY_WORDS, &words) || !read_wishes(&s)) {
        status = CLI_MISUSE;
    } else if (s.args.list_sets) {
        bench_set_list();
        status = CLI_DONE;
    } else if (!read_problems(&s, words, argv + 1)) {
        status = CLI_MISUSE;
    } else if (open_files(&s) && measure(&s)) {
        status = CLI_DONE;
    }
    end(&s);
    return status;
}

const struct cli_command cli_bench = {
    "bench",
    "Measure a device and its algorithms; compare two such measurements",
    "[PROBLEM|SET|FILE]... [OPTION...]\n       clconv bench compare A.json B.json [--limit 1.10]",
    options,
    "Measures what the device can do at most, then runs each algorithm on each problem. A SET is "
    "a\n"
    "built-in list of problems (--list-sets), a FILE one of the same form; without either: quick.\n"
    "plan ms: until the plan is ready, kernels from the cache on disk if they are there; first "
    "ms:\n"
    "the first run; median ms: of the runs, with half the distance of their quartiles, by the\n"
    "device's clock; host ms: the same runs by the host's. roof%: of what multiply-adds and "
    "copies\n"
    "of this device allow for the work of the problem done directly. * marks the algorithm that\n"
    "the library chooses; the regret at the end is its time per best time.\n\n"
    "compare: the time of B per time of A for each measurement. A change counts where the two\n"
    "ranges between quartiles are apart. Exit status 1 when one that counts is above --limit.\n\n"
    "Exit status 1 also when a result is wrong or a run fails. docs/benchmarking.md says how to\n"
    "measure well.\n\n"
    "examples:\n"
    "  clconv bench images --html images.html --json images.json\n"
    "  clconv bench resnet50 --batch 16 --chosen --device nvidia\n"
    "  clconv bench 1x1x4096x4096:1x5x5:same:reflect101 -a direct,tiled\n"
    "  clconv bench compare before.json after.json --limit 1.05\n",
    run};
