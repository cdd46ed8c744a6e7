/* plan.c - `clconv plan`: what would run for a problem, and why. */
#include "args.h"
#include "cli.h"
#include "fill.h"
#include <stdlib.h>

struct plan {
    const char *device, *algorithm;
    bool json;
};

static const struct cli_option options[] = {
    {"--device", "-d", CLI_TEXT, offsetof(struct plan, device), "DEVICE",
     "any part of an id of `clconv devices`"},
    {"--algorithm", "-a", CLI_TEXT, offsetof(struct plan, algorithm), "NAME", "force this one"},
    {"--json", NULL, CLI_FLAG, offsetof(struct plan, json), NULL, "as JSON"},
    {0}};

static int explain(const struct plan *args, clconv_context *context, const clconv_desc *desc,
                   const clconv_sizes *sizes)
{
    const clconv_plan_options wanted = {.algorithm = args->algorithm};
    clconv_plan *plan = NULL;
    char *text = NULL;
    float *filters = malloc(sizes->filter_count * sizeof(*filters));
    if (!filters)
        return cli_no_memory(sizes->filter_count * sizeof(*filters));
    cli_fill_filters(filters, desc, args->algorithm, CLI_FILL_REAL, 1);
    clconv_status status = clconv_plan_create(&plan, context, desc, filters, NULL, &wanted);
    if (status == CLCONV_OK)
        status = clconv_plan_explain(&text, plan, args->json);
    if (status == CLCONV_OK)
        cli_out("%s", text);
    else
        cli_fail_library();
    clconv_free(text);
    clconv_plan_destroy(plan);
    free(filters);
    return status == CLCONV_OK ? CLI_DONE : CLI_FAILED;
}

static int run(int argc, char **argv)
{
    struct plan args = {0};
    clconv_desc desc;
    clconv_sizes sizes;
    clconv_context *context = NULL;
    if (!cli_args(&args, options, argc, argv, 1, 1, NULL) || !cli_algorithm_known(args.algorithm))
        return CLI_MISUSE;
    if (clconv_desc_parse(&desc, argv[1]) != CLCONV_OK ||
        clconv_desc_output(&sizes, &desc) != CLCONV_OK)
        return cli_misuse("%s", clconv_last_error());
    if (cli_context(&context, args.device) != CLCONV_OK)
        return cli_fail_library();
    const int status = explain(&args, context, &desc, &sizes);
    clconv_context_destroy(context);
    return status;
}

const struct cli_command cli_plan = {
    "plan",
    "Show which algorithm would run for a problem, and why not the others",
    "PROBLEM [--device DEVICE] [--algorithm NAME] [--json]",
    options,
    "Every algorithm with its estimate and workspace, or the reason why it cannot; flops, bytes\n"
    "and the shape of the tiles. The kernels are built, and the coefficients are random: an\n"
    "algorithm made for filters of rank one (Gaussians, boxes) shows itself when --algorithm asks\n"
    "for it.\n\n"
    "examples:\n"
    "  clconv plan 1x64x56x56:64x3x3:p1\n"
    "  clconv plan 1x1x4096x4096:1x31x31:same:reflect101 --device host --json\n",
    run};
