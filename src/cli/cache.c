/* cache.c - `clconv cache`: the folder with compiled kernels and the verdicts of their self-tests.
 */
#define _POSIX_C_SOURCE 200809L
#include "args.h"
#include "bench_set.h"
#include "cli.h"
#include "fill.h"
#include "filter_work.h"
#include "guard.h"
#include "image.h"
#include "json.h"
#include "preset.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct cache {
    const char *device, *kernel;
    bool json;
};

static const struct cli_option options[] = {
    {"--device", "-d", CLI_TEXT, offsetof(struct cache, device), "DEVICE",
     "warm: for this device only; without it, for the best one"},
    {"--kernel", "-k", CLI_TEXT, offsetof(struct cache, kernel), "KERNEL",
     "warm: for `clconv filter` with this one, on images in grey and colour"},
    {"--json", NULL, CLI_FLAG, offsetof(struct cache, json), NULL, "list: as JSON"},
    {0}};

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

/* ---- warm ---- */

/* Where nothing is named, beside each preset. */
static const char *const usual[] = {"resnet50", "mobilenet_v2", "vgg16"};

/* Sizes that have code or an algorithm of their own and are not those of the presets' examples. */
static const char *const other_sizes[] = {"box:15", "gaussian:1", "unsharp:0.6", "unsharp:1",
                                          "unsharp:1.2"};
enum { OTHER_SIZES = sizeof(other_sizes) / sizeof(*other_sizes) };

/* Small and of several megapixels, for the tiles may differ; grey, and in colour. */
static const struct image_info photographs[] = {
    {.width = 512, .height = 512, .bands = 1, .type = CLCONV_U8},
    {.width = 4000, .height = 3000, .bands = 1, .type = CLCONV_U8},
    {.width = 512, .height = 512, .bands = 3, .type = CLCONV_U8},
    {.width = 4000, .height = 3000, .bands = 3, .type = CLCONV_U8},
    {.width = 512, .height = 512, .bands = 1, .type = CLCONV_F32},
    {.width = 4000, .height = 3000, .bands = 1, .type = CLCONV_F32},
};
enum { PHOTOGRAPHS = sizeof(photographs) / sizeof(*photographs) };

/* Making a plan builds and tests the kernels that the library chooses. */
static int warm_plan(clconv_context *context, const clconv_desc *desc, const float *filters,
                     const float *bias, const char *name)
{
    clconv_plan *plan = NULL;
    const clconv_status status = clconv_plan_create(&plan, context, desc, filters, bias, NULL);
    clconv_plan_destroy(plan);
    return status == CLCONV_OK ? CLI_DONE : cli_fail("%s: %s", name, clconv_last_error());
}

/* As `clconv filter` has it. */
static int warm_image(clconv_context *context, const struct kernel *kernel,
                      const struct image_info *image, const char *argument)
{
    struct filter_work work;
    const struct filter_wishes wishes = {
        .border = CLCONV_REFLECT101,
        .stride = 1,
        .dilation = 1,
        .type = image->type,
        .result = kernel_result(kernel, image->type, image->type, false),
    };
    if (!filter_work_make(&work, kernel, image, &wishes))
        return CLI_FAILED;
    const int exit_status = warm_plan(context, &work.desc, work.filters, work.bias, argument);
    filter_work_free(&work);
    return exit_status;
}

static int warm_kernel(clconv_context *context, const char *argument)
{
    struct kernel kernel;
    int exit_status = CLI_DONE;
    const double start = cli_clock();
    if (!kernel_parse(&kernel, argument))
        return CLI_FAILED;
    for (int i = 0; exit_status == CLI_DONE && i < PHOTOGRAPHS; i++)
        exit_status = warm_image(context, &kernel, &photographs[i], argument);
    kernel_free(&kernel);
    if (exit_status == CLI_DONE)
        cli_say("%s: ready, %.2f s", argument, cli_clock() - start);
    return exit_status;
}

static int warm_presets(clconv_context *context)
{
    int worst = CLI_DONE;
    for (size_t i = 0; i < preset_count + OTHER_SIZES; i++) {
        const int status = warm_kernel(context, i < preset_count ? presets[i].example
                                                                 : other_sizes[i - preset_count]);
        worst = status > worst ? status : worst;
    }
    return worst;
}

/* For filters without structure, and for those of each kind that some algorithm is made for; an
 * item with a kernel has but one. */
static int warm_item(clconv_context *context, const struct bench_item *item, const char *problem)
{
    clconv_sizes sizes;
    char reason[BENCH_REASON];
    bool is_done[CLCONV_FILTERS_EQUAL + 1] = {false};
    int exit_status = CLI_DONE;
    if (clconv_desc_output(&sizes, &item->desc) != CLCONV_OK)
        return cli_fail_library();
    float *filters = malloc(sizes.filter_count * sizeof(*filters));
    if (!filters)
        return cli_no_memory(sizes.filter_count * sizeof(*filters));
    const double start = cli_clock();
    if (bench_fill_filters(filters, item, &sizes, bench_seed(problem), reason) != CLCONV_OK)
        exit_status = cli_fail("%s: %s", problem, reason);
    else
        exit_status = warm_plan(context, &item->desc, filters, NULL, problem);
    for (size_t i = 0; exit_status == CLI_DONE && !item->kernel && clconv_algorithm(i); i++) {
        const clconv_algorithm_info *const algorithm = clconv_algorithm(i);
        if (algorithm->filters == CLCONV_FILTERS_ANY || is_done[algorithm->filters])
            continue;
        is_done[algorithm->filters] = true;
        cli_fill_filters(filters, &item->desc, algorithm->name, CLI_FILL_REAL, 0);
        exit_status = warm_plan(context, &item->desc, filters, NULL, problem);
    }
    free(filters);
    if (exit_status == CLI_DONE)
        cli_say("%s: ready, %.2f s", problem, cli_clock() - start);
    return exit_status;
}

static int warm_items(clconv_context *context, const struct bench_items *items)
{
    int worst = CLI_DONE;
    for (int i = 0; i < items->count; i++) {
        char *problem = NULL;
        const int status = clconv_desc_format(&problem, &items->items[i].desc) == CLCONV_OK
                               ? warm_item(context, &items->items[i], problem)
                               : cli_fail_library();
        worst = status > worst ? status : worst;
        clconv_free(problem);
    }
    return worst;
}

static int warm(const struct cache *args, char **words, int count)
{
    const bool all = count == 0 && !args->kernel;
    const int sets = (int)(sizeof(usual) / sizeof(*usual));
    struct bench_items items = {0};
    clconv_context *context = NULL;
    bool ok = true;
    int exit_status = CLI_MISUSE;
    for (int i = 0; ok && i < (all ? sets : count); i++)
        ok = bench_set_add(&items, all ? usual[i] : words[i], 0);
    if (ok && cli_context(&context, args->device) != CLCONV_OK)
        exit_status = cli_fail_library();
    else if (ok) {
        const int of_kernels = all            ? warm_presets(context)
                               : args->kernel ? warm_kernel(context, args->kernel)
                                              : CLI_DONE;
        const int of_items = warm_items(context, &items);
        exit_status = of_kernels > of_items ? of_kernels : of_items;
    }
    clconv_context_destroy(context);
    for (int i = 0; i < items.count; i++)
        bench_item_free(&items.items[i]);
    free(items.items);
    return exit_status;
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
        return warm(&args, argv + 2, words - 1);
    if (args.kernel)
        return cli_misuse("--kernel belongs to `cache warm`, not to `cache %s`", verb);
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
    "path|list [--json]|clear\n"
    "       clconv cache warm [PROBLEM|SET|FILE...] [--kernel KERNEL] [--device DEVICE]",
    options,
    "path   prints the folder: CLCONV_CACHE_DIR, else clconv in XDG_CACHE_HOME or ~/.cache\n"
    "list   what is in it; damaged files are named, and are rebuilt rather than used\n"
    "clear  removes what clconv made there, and PoCL's own cache in it, and nothing else\n"
    "       (wisdom, see `clconv help tune`, stays)\n"
    "warm   builds the kernels ahead that the library chooses for these problems, a SET or FILE\n"
    "       being one of `clconv bench`, and for `clconv filter` with KERNEL; without either, "
    "with\n"
    "       each preset, and for the sets resnet50, mobilenet_v2 and vgg16\n\n"
    "examples:\n"
    "  clconv cache list\n"
    "  clconv cache warm\n"
    "  clconv cache warm --kernel gaussian:2.5\n"
    "  clconv cache warm 8x3x224x224:64x7x7:s2:p3:relu\n"
    "  clconv cache warm resnet50 --device nvidia\n",
    run};
