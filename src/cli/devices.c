/* devices.c - `clconv devices`: what there is to compute on, best first. */
#include "args.h"
#include "cli.h"
#include "json.h"
#include <stdlib.h>
#include <string.h>

struct devices {
    bool why, json;
};

static const struct cli_option options[] = {
    {"--why", NULL, CLI_FLAG, offsetof(struct devices, why), NULL,
     "why these and no others: loader, vendor files, libraries, and the remedy"},
    {"--json", NULL, CLI_FLAG, offsetof(struct devices, json), NULL, "as JSON"},
    {0}};

static const char *kind_name(clconv_device_kind kind)
{
    static const char *const names[] = {"host", "cpu", "gpu", "accelerator"};
    return names[kind];
}

static void print_json(const clconv_device_info *d)
{
    cli_json_open(NULL, '{');
    cli_json_text("id", d->id);
    cli_json_text("name", d->name);
    cli_json_text("platform", d->platform);
    cli_json_text("version", d->version);
    cli_json_text("driver", d->driver);
    cli_json_text("kind", kind_name(d->kind));
    cli_json_integer("compute_units", d->compute_units);
    cli_json_integer("clock_mhz", d->clock_mhz);
    cli_json_bool("shares_memory", d->shares_memory);
    cli_json_bool("f64", d->has_f64);
    cli_json_bool("f16", d->has_f16);
    cli_json_integer("memory", (int64_t)d->memory);
    cli_json_integer("max_buffer", (int64_t)d->max_buffer);
    cli_json_integer("max_group", (int64_t)d->max_group);
    cli_json_integer("local_memory", (int64_t)d->local_memory);
    cli_json_close('}');
}

static void print_row(const clconv_device_info *d, int width)
{
    cli_out("%-*s  %-11s %5d  %10.1f  %9.0f  %s%s  %s%s%s\n", width, d->id, kind_name(d->kind),
            d->compute_units, (double)d->memory / (1 << 30), (double)d->local_memory / 1024,
            d->has_f16 ? "f16" : "   ", d->has_f64 ? " f64" : "    ", d->version,
            *d->driver ? ", driver " : "", d->driver);
}

static void print_table(const clconv_device_info *devices, size_t count)
{
    int width = (int)strlen("device");
    for (size_t i = 0; i < count; i++)
        width = (int)strlen(devices[i].id) > width ? (int)strlen(devices[i].id) : width;
    cli_out("%-*s  %-11s %5s  %10s  %9s  %s  %s\n", width, "device", "kind", "units", "memory/GiB",
            "local/KiB", "adds", "version");
    for (size_t i = 0; i < count; i++)
        print_row(&devices[i], width);
}

static int list(bool json)
{
    size_t count = 0, capacity = 0;
    clconv_device_info *devices = NULL;
    clconv_status status = clconv_device_list(NULL, 0, &count);
    while (status == CLCONV_OK && count > capacity) {
        free(devices);
        capacity = count;
        devices = calloc(capacity, sizeof(*devices));
        if (!devices)
            return cli_no_memory(capacity * sizeof(*devices));
        status = clconv_device_list(devices, capacity, &count);
    }
    if (status == CLCONV_OK && json) {
        cli_json_open(NULL, '[');
        for (size_t i = 0; i < count; i++)
            print_json(&devices[i]);
        cli_json_close(']');
    } else if (status == CLCONV_OK) {
        print_table(devices, count);
    }
    free(devices);
    if (status == CLCONV_OK && count == 1)
        cli_say("no OpenCL device here; `clconv devices --why` tells why");
    return status == CLCONV_OK ? CLI_DONE : cli_fail_library();
}

static int why(bool json)
{
    char *text = NULL;
    if (clconv_device_diagnose(&text) != CLCONV_OK)
        return cli_fail_library();
    if (json) {
        cli_json_open(NULL, '{');
        cli_json_text("why", text);
        cli_json_close('}');
    } else {
        cli_out("%s", text);
    }
    clconv_free(text);
    return CLI_DONE;
}

static int run(int argc, char **argv)
{
    struct devices args = {0};
    if (!cli_args(&args, options, argc, argv, 0, 0, NULL))
        return CLI_MISUSE;
    return args.why ? why(args.json) : list(args.json);
}

const struct cli_command cli_devices = {
    "devices",
    "List the devices to compute on, best first",
    "[--why] [--json]",
    options,
    "The first column is what --device and CLCONV_DEVICE take; any part of it will do, the first\n"
    "device that matches is taken. `host` is the built-in C path, always there.\n\n"
    "examples:\n"
    "  clconv devices\n"
    "  clconv devices --why          # a GPU is missing from the list\n"
    "  clconv devices --json | jq -r '.[0].id'\n",
    run};
