/* bench_record.c - the record of a benchmark as JSON, schema "clconv-bench" version 1: everything
 * that was measured, each sample included. docs/benchmarking.md describes it. */
#include "bench.h"
#include "cli.h"
#include "json.h"
#include <stdlib.h>

enum { SCHEMA_VERSION = 1 };

void bench_record_free(struct bench_record *record)
{
    for (int i = 0; i < record->count; i++) {
        struct bench_problem *const p = &record->problems[i];
        for (int j = 0; j < p->result_count; j++) {
            free(p->results[j].device.values);
            free(p->results[j].host.values);
        }
        free(p->results);
        clconv_free(p->text);
        bench_item_free(&p->item);
    }
    free(record->problems);
    free(record->command_line);
    *record = (struct bench_record){.count = 0};
}

static void put_device(const clconv_device_info *d)
{
    static const char *const kinds[] = {"host", "cpu", "gpu", "accelerator"};
    cli_json_open("device", '{');
    cli_json_text("id", d->id);
    cli_json_text("name", d->name);
    cli_json_text("platform", d->platform);
    cli_json_text("version", d->version);
    cli_json_text("driver", d->driver);
    cli_json_text("kind", kinds[d->kind]);
    cli_json_integer("compute_units", d->compute_units);
    cli_json_integer("clock_mhz", d->clock_mhz);
    cli_json_integer("memory", (int64_t)d->memory);
    cli_json_close('}');
}

static void put_ceilings(const clconv_ceilings *c)
{
    cli_json_open("ceilings", '{');
    cli_json_real("f32_flops_per_second", c->f32);
    cli_json_real("f16_flops_per_second", c->f16);
    cli_json_real("copy_bytes_per_second", c->copy);
    cli_json_reals("copies_from_1_MiB_doubling", c->copies, CLCONV_COPIES);
    cli_json_real("to_device_pinned", c->to_pinned);
    cli_json_real("to_device_pageable", c->to_pageable);
    cli_json_real("from_device_pinned", c->from_pinned);
    cli_json_real("from_device_pageable", c->from_pageable);
    cli_json_real("launch_seconds", c->launch_seconds);
    cli_json_close('}');
}

static void put_result(const struct bench_result *r)
{
    static const char *const outcomes[] = {"ran", "not possible", "not run", "failed"};
    static const char *const verdicts[] = {"not checked", "right", "wrong"};
    cli_json_open(NULL, '{');
    cli_json_text("algorithm", r->algorithm);
    cli_json_bool("chosen", r->chosen);
    cli_json_text("outcome", outcomes[r->outcome]);
    if (r->outcome != BENCH_RAN) {
        cli_json_text("reason", r->reason);
        cli_json_close('}');
        return;
    }
    cli_json_text("shape", r->shape);
    cli_json_integer("workspace", (int64_t)r->workspace);
    cli_json_real("estimate_seconds", r->estimate_seconds);
    cli_json_real("plan_seconds", r->plan_seconds);
    cli_json_real("first_seconds", r->first_seconds);
    cli_json_real("median_seconds", r->time.median);
    cli_json_reals("device_seconds", r->device.values, r->device.count);
    cli_json_reals("host_seconds", r->host.values, r->host.count);
    cli_json_real("f32_flops_per_second_beside", r->f32_beside);
    cli_json_real("copy_bytes_per_second_beside", r->copies_beside);
    cli_json_text("result", verdicts[r->verdict]);
    if (r->verdict != BENCH_UNCHECKED)
        cli_json_real("error_per_bound", r->error_ratio);
    cli_json_close('}');
}

static void put_problem(const struct bench_problem *p)
{
    cli_json_open(NULL, '{');
    cli_json_text("problem", p->text);
    if (p->item.kernel)
        cli_json_text("kernel", p->item.kernel);
    cli_json_text("set", p->item.set);
    cli_json_text("name", p->item.name);
    cli_json_real("flops", p->sizes.flops);
    cli_json_real("bytes", p->sizes.bytes);
    cli_json_integer("output_rows", p->sizes.p);
    cli_json_integer("output_columns", p->sizes.q);
    cli_json_real("roof_seconds", p->roof_seconds);
    if (*p->reason)
        cli_json_text("reason", p->reason);
    cli_json_open("algorithms", '[');
    for (int i = 0; i < p->result_count; i++)
        put_result(&p->results[i]);
    cli_json_close(']');
    cli_json_close('}');
}

static void put_figures(const struct bench_regret *regret)
{
    cli_json_integer("problems", regret->problems);
    cli_json_real("geometric_mean", regret->mean);
    cli_json_real("worst", regret->worst);
    cli_json_text("worst_problem", regret->worst_problem->text);
}

static void put_loss(const struct bench_problem *p)
{
    if (bench_loss(p) <= bench_loss_limit)
        return;
    cli_json_open(NULL, '{');
    cli_json_text("problem", p->text);
    if (p->item.kernel)
        cli_json_text("kernel", p->item.kernel);
    cli_json_real("loss", bench_loss(p));
    cli_json_text("chosen", bench_chosen(p)->algorithm);
    cli_json_text("best", bench_best(p)->algorithm);
    cli_json_close('}');
}

static void put_regret(const struct bench_record *record)
{
    const struct bench_regret all = bench_regret(record, NULL);
    if (!all.problems)
        return;
    cli_json_open("regret", '{');
    put_figures(&all);
    cli_json_open("sets", '[');
    for (int i = 0; i < record->count; i++) {
        const char *const set = bench_set_at(record, i);
        const struct bench_regret regret = bench_regret(record, set);
        if (!set || !*set || !regret.problems)
            continue;
        cli_json_open(NULL, '{');
        cli_json_text("set", set);
        put_figures(&regret);
        cli_json_close('}');
    }
    cli_json_close(']');
    cli_json_open("losing_over_10_percent", '[');
    for (int i = 0; i < record->count; i++)
        put_loss(&record->problems[i]);
    cli_json_close(']');
    cli_json_close('}');
}

void bench_json(const struct bench_record *record)
{
    cli_json_open(NULL, '{');
    cli_json_text("schema", "clconv-bench");
    cli_json_integer("version", SCHEMA_VERSION);
    cli_json_text("library", clconv_version());
    cli_json_text("date", record->date);
    cli_json_text("command", record->command_line);
    cli_json_text("processor", record->processor);
    cli_json_integer("cores", record->cores);
    put_device(&record->device);
    put_ceilings(&record->ceilings);
    cli_json_text("clock", record->ceilings.device_clock ? "device" : "host");
    cli_json_real("budget_seconds", record->seconds);
    cli_json_integer("most_samples", record->repeats);
    put_regret(record);
    cli_json_open("problems", '[');
    for (int i = 0; i < record->count; i++)
        put_problem(&record->problems[i]);
    cli_json_close(']');
    cli_json_close('}');
}
