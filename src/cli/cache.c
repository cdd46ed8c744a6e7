/* cache.c - `clconv cache`: the folder with compiled kernels and the verdicts of their self-tests.
 */
#define _POSIX_C_SOURCE 200809L
#include "args.h"
#include "bench_set.h"
#include "cli.h"
#include "fill.h"
#include "guard.h"
#include "json.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct cache {
    const char *device;
    bool json;
};

static const struct cli_option options[] = {
    {"--device", "-d", CLI_TEXT, offsetof(struct cache, device), "DEVICE",
     "warm: for this device only; without it, for the best one"},
    {"--json", NULL, CLI_FLAG, offsetof(struct cache, json), NULL, "list: as JSON"},
    {0}};

/* Common layers and filters; what is missing here is built on its first use. */
static const char *const usual[] = {
    "1x1x256x256:1x3x3:same:reflect101",
    "1x1x256x256:1x5x5:same:reflect101",
    "1x1x256x256:1x7x7:same:reflect101",
    "1x3x256x256:3x3x3:same:reflect101:g3:u8:nhwc",
    "1x3x256x256:3x5x5:same:reflect101:g3:u8:nhwc",
    "1x64x56x56:64x3x3:p1",
    "1x64x56x56:64x1x1",
    "1x3x224x224:64x7x7:s2:p3",
    "1x144x56x56:144x3x3:p1:g144",
};

static int print_path(void)
{
    char *path = NULL;
    if (clconv_cache_path(&path) != CLCONV_OK)
        return cli_fail_library();
    cli_out("%s\n", path);
    clconv_free(path);
    return CLI_DONE;
}

static void date_of(char text[32], int64_t seconds)
{
    const time_t when = (time_t)seconds;
    struct tm parts;
    text[0] = '\0';
    if (localtime_r(&when, &parts))
        strftime(text, 32, "%Y-%m-%d %H:%M", &parts);
}

static void print_entry(void *user, const clconv_cache_entry *entry)
{
    char date[32];
    uint64_t *total = user;
    date_of(date, entry->modified);
    *total += entry->bytes;
    cli_out("%9llu  %s  %s%s\n", (unsigned long long)entry->bytes, date, entry->what,
            entry->damaged ? "  (damaged, will be rebuilt)" : "");
}

static void print_entry_json(void *user, const clconv_cache_entry *entry)
{
    (void)user;
    cli_json_open(NULL, '{');
    cli_json_text("file", entry->file);
    cli_json_text("what", entry->what);
    cli_json_integer("bytes", (int64_t)entry->bytes);
    cli_json_integer("modified", entry->modified);
    cli_json_bool("damaged", entry->damaged);
    cli_json_close('}');
}

static int print_list(bool json)
{
    uint64_t total = 0;
    if (json)
        cli_json_open(NULL, '[');
    if (clconv_cache_visit(json ? print_entry_json : print_entry, &total) != CLCONV_OK)
        return cli_fail_library();
    if (json)
        cli_json_close(']');
    else
        cli_out("%9llu  bytes in all\n", (unsigned long long)total);
    return CLI_DONE;
}

static int clear(void)
{
    size_t removed = 0;
    if (clconv_cache_clear(&removed) != CLCONV_OK)
        return cli_fail_library();
    removed += cli_clear_driver_cache();
    cli_say("%zu files removed", removed);
    return CLI_DONE;
}

/* Filters that the algorithm does, whether or not they are the problem's. */
static clconv_status fill_for(const clconv_algorithm_info *algorithm, float *filters,
                              const struct bench_item *item, const clconv_sizes *sizes,
                              const char *problem, char reason[BENCH_REASON])
{
    if (algorithm->filters != CLCONV_FILTERS_ANY) {
        cli_fill_filters(filters, &item->desc, algorithm->name, CLI_FILL_REAL, 1);
        return CLCONV_OK;
    }
    return bench_fill_filters(filters, item, sizes, bench_seed(problem), reason);
}

/* Making a plan with each algorithm builds and tests its kernels. */
static int warm_one(clconv_context *context, const struct bench_item *item, const char *problem)
{
    clconv_sizes sizes;
    char reason[BENCH_REASON];
    if (clconv_desc_output(&sizes, &item->desc) != CLCONV_OK)
        return cli_fail_library();
    float *filters = malloc(sizes.filter_count * sizeof(*filters));
    if (!filters)
        return cli_no_memory(sizes.filter_count * sizeof(*filters));
    const double start = cli_clock();
    int ready = 0, exit_status = CLI_DONE;
    for (size_t i = 0; exit_status != CLI_FAILED && clconv_algorithm(i); i++) {
        const clconv_plan_options only = {.algorithm = clconv_algorithm(i)->name};
        clconv_plan *plan = NULL;
        if (fill_for(clconv_algorithm(i), filters, item, &sizes, problem, reason) != CLCONV_OK) {
            exit_status = cli_fail("%s: %s", problem, reason);
            break;
        }
        const clconv_status status =
            clconv_plan_create(&plan, context, &item->desc, filters, NULL, &only);
        ready += status == CLCONV_OK;
        if (status != CLCONV_OK && status != CLCONV_UNSUPPORTED)
            exit_status = cli_fail("%s, %s: %s", problem, only.algorithm, clconv_last_error());
        clconv_plan_destroy(plan);
    }
    free(filters);
    cli_say("%s: %d algorithms ready, %.2f s", problem, ready, cli_clock() - start);
    return exit_status;
}

static int warm_all(const char *device, const struct bench_items *items)
{
    clconv_context *context = NULL;
    int worst = CLI_DONE;
    if (cli_context(&context, device) != CLCONV_OK)
        return cli_fail_library();
    for (int i = 0; i < items->count; i++) {
        char *problem = NULL;
        const int status = clconv_desc_format(&problem, &items->items[i].desc) == CLCONV_OK
                               ? warm_one(context, &items->items[i], problem)
                               : cli_fail_library();
        worst = status > worst ? status : worst;
        clconv_free(problem);
    }
    clconv_context_destroy(context);
    return worst;
}

static int warm(const char *device, char **words, int count)
{
    const int all = count ? count : (int)(sizeof(usual) / sizeof(*usual));
    struct bench_items items = {0};
    bool ok = true;
    for (int i = 0; ok && i < all; i++)
        ok = bench_set_add(&items, count ? words[i] : usual[i], 0);
    const int status = ok ? warm_all(device, &items) : CLI_MISUSE;
    for (int i = 0; i < items.count; i++)
        bench_item_free(&items.items[i]);
    free(items.items);
    return status;
}

static int run(int argc, char **argv)
{
    static const char *const verbs[] = {"path", "list", "clear", "warm"};
    struct cache args = {0};
    int words;
    if (!cli_args(&args, options, argc, argv, 1, CLI_ANY_WORDS, &words))
        return CLI_MISUSE;
    const char *verb = argv[1];
    if (strcmp(verb, "warm") == 0)
        return warm(args.device, argv + 2, words - 1);
    if (words > 1)
        return cli_misuse("'%s' is one word too many", argv[2]);
    if (strcmp(verb, "path") == 0)
        return print_path();
    if (strcmp(verb, "list") == 0)
        return print_list(args.json);
    if (strcmp(verb, "clear") == 0)
        return clear();
    const char *near = cli_nearest(verb, verbs, 4);
    return cli_misuse("cache knows path, list, clear and warm, not %s%s%s%s", verb,
                      near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

const struct cli_command cli_cache = {
    "cache",
    "Show, empty or fill the folder of compiled kernels",
    "path|list|clear|warm [PROBLEM|SET|FILE...] [--device DEVICE] [--json]",
    options,
    "path   prints the folder: CLCONV_CACHE_DIR, else clconv in XDG_CACHE_HOME or ~/.cache\n"
    "list   what is in it; damaged files are named, and are rebuilt rather than used\n"
    "clear  removes what clconv made there, and PoCL's own cache in it, and nothing else\n"
    "       (wisdom, see `clconv help tune`, stays)\n"
    "warm   builds the kernels of these problems ahead, or those of usual sizes; a SET or FILE is\n"
    "       one of `clconv bench`\n\n"
    "examples:\n"
    "  clconv cache list\n"
    "  clconv cache warm 8x3x224x224:64x7x7:s2:p3:relu\n"
    "  clconv cache warm resnet50 --device nvidia\n",
    run};
