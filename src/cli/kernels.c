/* kernels.c - `clconv kernels`: the presets, and what a kernel is in numbers. */
#include "args.h"
#include "cli.h"
#include "json.h"
#include "kernel.h"
#include "preset.h"
#include <stdio.h>
#include <string.h>

struct kernels {
    bool json;
};

static const struct cli_option options[] = {
    {"--json", NULL, CLI_FLAG, offsetof(struct kernels, json), NULL, "as JSON"}, {0}};

static const char *const class_names[] = {"mean", "sharpen", "signed", "magnitude"};

/* ---- the list ---- */

static void list(void)
{
    char usage[64];
    for (size_t i = 0; i < preset_count; i++) {
        preset_usage(usage, sizeof usage, &presets[i]);
        cli_out("%-27s%s\n", usage, presets[i].what);
    }
    cli_out("\n`clconv kernels %s` shows the taps of one, its scale and its type.\n",
            presets[1].example);
}

static void list_json(void)
{
    char usage[64];
    cli_json_open(NULL, '[');
    for (size_t i = 0; i < preset_count; i++) {
        const struct preset *const preset = &presets[i];
        preset_usage(usage, sizeof usage, preset);
        cli_json_open(NULL, '{');
        cli_json_text("name", preset->name);
        cli_json_text("usage", usage);
        cli_json_text("example", preset->example);
        cli_json_text("what", preset->what);
        cli_json_text("class", class_names[preset->kind]);
        cli_json_open("parameters", '[');
        for (int n = 0; n < PRESET_NUMBERS && preset->numbers[n].name; n++) {
            const struct preset_number *const number = &preset->numbers[n];
            cli_json_open(NULL, '{');
            cli_json_text("name", number->name);
            cli_json_real("lowest", number->lowest);
            cli_json_real("highest", number->highest);
            cli_json_bool("optional", number->optional);
            cli_json_close('}');
        }
        cli_json_close(']');
        cli_json_close('}');
    }
    cli_json_close(']');
}

/* ---- one kernel ---- */

static const struct result_row {
    clconv_type type;
    bool absolute;
} result_rows[] = {
    {CLCONV_U8, false}, {CLCONV_U8, true},   {CLCONV_U16, false},
    {CLCONV_U16, true}, {CLCONV_S16, false}, {CLCONV_F32, false},
};
enum { RESULT_ROWS = sizeof result_rows / sizeof result_rows[0] };

static double tap(const struct kernel *kernel, int filter, int row, int column)
{
    return kernel
        ->taps[((size_t)filter * (size_t)kernel->rows + (size_t)row) * (size_t)kernel->columns +
               (size_t)column];
}

static int width_of_taps(const struct kernel *kernel)
{
    const size_t count = (size_t)kernel->count * (size_t)kernel->rows * (size_t)kernel->columns;
    int width = 0;
    for (size_t i = 0; i < count; i++) {
        const int length = snprintf(NULL, 0, "%.5g", kernel->taps[i]);
        width = length > width ? length : width;
    }
    return width;
}

static double rounded_sum(const struct kernel *kernel)
{
    return kernel_is_derivative(kernel) ? 0 : kernel_sum(kernel);
}

static void show_taps(const struct kernel *kernel)
{
    const int width = width_of_taps(kernel);
    for (int f = 0; f < kernel->count; f++) {
        for (int i = 0; i < kernel->rows; i++) {
            for (int j = 0; j < kernel->columns; j++)
                cli_out("  %*.5g", width, tap(kernel, f, i, j));
            cli_out("\n");
        }
        cli_out("\n");
    }
}

static void show(const struct kernel *kernel, const char *argument)
{
    const struct preset *const preset = kernel->preset;
    cli_out("%s: %s%d rows x %d columns", argument, kernel->count > 1 ? "two filters of " : "",
            kernel->rows, kernel->columns);
    if (preset)
        cli_out("; %s", preset->what);
    cli_out("\n\n");
    show_taps(kernel);
    cli_out("sum %.6g; a straight step from 0 to 1 gives %.6g at most; anchor row %d, column %d, "
            "counted from 0\n\n",
            rounded_sum(kernel), kernel_step(kernel), kernel->anchor_row, kernel->anchor_column);
    cli_out("%-12s%12s%12s\n", "output", "scale", "offset");
    for (int i = 0; i < RESULT_ROWS; i++) {
        const struct result_row *const row = &result_rows[i];
        const struct kernel_result result =
            kernel_result(kernel, row->type, row->type, row->absolute);
        char name[16];
        snprintf(name, sizeof name, "%s%s", clconv_type_name(row->type),
                 row->absolute ? " --abs" : "");
        cli_out("%-12s%12.6g%12g\n", name, result.scale, result.offset);
    }
    cli_out("\nThe output has the input's type unless --type says otherwise.");
    if (preset)
        cli_out(" From u8 to u16, and back, white stays white. %s", preset_why(preset->kind));
    cli_out("\n");
}

static void show_json(const struct kernel *kernel, const char *argument)
{
    const struct preset *const preset = kernel->preset;
    cli_json_open(NULL, '{');
    cli_json_text("kernel", argument);
    if (preset) {
        cli_json_text("what", preset->what);
        cli_json_text("class", class_names[preset->kind]);
        cli_json_text("why", preset_why(preset->kind));
    }
    cli_json_integer("rows", kernel->rows);
    cli_json_integer("columns", kernel->columns);
    cli_json_integer("anchor_row", kernel->anchor_row);
    cli_json_integer("anchor_column", kernel->anchor_column);
    cli_json_real("sum", rounded_sum(kernel));
    cli_json_real("step", kernel_step(kernel));
    cli_json_open("filters", '[');
    for (int f = 0; f < kernel->count; f++) {
        cli_json_open(NULL, '[');
        for (int i = 0; i < kernel->rows; i++) {
            cli_json_open(NULL, '[');
            for (int j = 0; j < kernel->columns; j++)
                cli_json_real(NULL, tap(kernel, f, i, j));
            cli_json_close(']');
        }
        cli_json_close(']');
    }
    cli_json_close(']');
    cli_json_open("results", '[');
    for (int i = 0; i < RESULT_ROWS; i++) {
        const struct result_row *const row = &result_rows[i];
        const struct kernel_result result =
            kernel_result(kernel, row->type, row->type, row->absolute);
        cli_json_open(NULL, '{');
        cli_json_text("type", clconv_type_name(row->type));
        cli_json_bool("absolute", row->absolute);
        cli_json_real("scale", result.scale);
        cli_json_real("offset", result.offset);
        cli_json_close('}');
    }
    cli_json_close(']');
    cli_json_close('}');
}

static int run(int argc, char **argv)
{
    struct kernels args = {0};
    struct kernel kernel;
    int words;
    if (!cli_args(&args, options, argc, argv, 0, 1, &words))
        return CLI_MISUSE;
    if (!words) {
        (args.json ? list_json : list)();
        return CLI_DONE;
    }
    const bool ok = kernel_parse(&kernel, argv[1]);
    if (ok)
        (args.json ? show_json : show)(&kernel, argv[1]);
    kernel_free(&kernel);
    if (!ok)
        return argv[1][0] == '@' ? CLI_FAILED : CLI_MISUSE;
    return CLI_DONE;
}

const struct cli_command cli_kernels = {
    "kernels",
    "List the kernels that have names, or show one in numbers",
    "[KERNEL] [--json]",
    options,
    "KERNEL as in `clconv filter`: its taps, what they add up to, and what scale and offset its\n"
    "results get in which type, and why.\n\n"
    "examples:\n"
    "  clconv kernels\n"
    "  clconv kernels sobel:x\n"
    "  clconv kernels gaussian:1.5,7 --json\n",
    run};
