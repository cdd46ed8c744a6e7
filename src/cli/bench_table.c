/* bench_table.c - what was measured, as a table for people and as comma-separated values. */
#include "bench.h"
#include "cli.h"
#include <math.h>
#include <string.h>

static const double giga = 1e-9, mega = 1e-6, milli = 1e3;

/* ---- for people ---- */

static double largest_copy(const clconv_ceilings *c)
{
    double best = 0;
    for (int i = 0; i < CLCONV_COPIES; i++)
        best = fmax(best, c->copies[i]);
    return best;
}

void bench_table_head(const struct bench_record *record)
{
    const clconv_ceilings *const c = &record->ceilings;
    cli_out("device    %s, driver %s\n", record->device.id, record->device.driver);
    cli_out("ceilings  %.4g GFLOP/s f32", giga * c->f32);
    if (c->f16 > 0)
        cli_out(", %.4g f16", giga * c->f16);
    cli_out("; copies %.4g GB/s, in caches up to %.4g; launch %.3g us\n", giga * c->copy,
            giga * largest_copy(c), 1e6 * c->launch_seconds);
    cli_out("          to the device %.3g GB/s", giga * c->to_pageable);
    if (c->to_pinned > 0)
        cli_out(", pinned %.3g", giga * c->to_pinned);
    cli_out("; from it %.3g", giga * c->from_pageable);
    if (c->from_pinned > 0)
        cli_out(", pinned %.3g", giga * c->from_pinned);
    cli_out("\n");
    if (!c->device_clock)
        cli_out("clock     the host's: the device's does not agree with it\n");
}

static const char *verdict_of(const struct bench_result *r)
{
    static const char *const words[] = {"not checked", "right", "WRONG"};
    return words[r->verdict];
}

static void print_result(const struct bench_problem *p, const struct bench_result *r)
{
    static const char *const outcomes[] = {"", "not possible: ", "not run: ", "FAILED: "};
    cli_out("%c %-14s ", r->chosen ? '*' : ' ', r->algorithm);
    if (r->outcome != BENCH_RAN) {
        cli_out("%s%s\n", outcomes[r->outcome], r->reason);
        return;
    }
    cli_out("%8.2f %8.2f %9.4f %5.1f %9.4f %5.1f %8.1f %7.2f %8.1f", milli * r->plan_seconds,
            milli * r->first_seconds, milli * r->time.median, bench_spread(r->time),
            milli * r->by_host.median, bench_spread(r->by_host),
            giga * p->sizes.flops / r->time.median, giga * p->sizes.bytes / r->time.median,
            mega * bench_pixels(p) / r->time.median);
    cli_out(" %6.1f  %s", 100 * p->roof_seconds / r->time.median, verdict_of(r));
    if (r->verdict != BENCH_UNCHECKED)
        cli_out(" %.2g", r->error_ratio);
    cli_out("\n");
}

void bench_table_problem(const struct bench_problem *p)
{
    cli_out("\n%s%s%s", p->text, p->item.kernel ? " " : "", p->item.kernel ? p->item.kernel : "");
    if (*p->item.name)
        cli_out("  # %s", p->item.name);
    cli_out("\n  %.4g Mflop, %.4g MB; at best %.4f ms, bound by %s\n", mega * p->sizes.flops,
            mega * p->sizes.bytes, milli * p->roof_seconds,
            p->memory_bound ? "memory" : "arithmetic");
    if (*p->reason) {
        cli_out("  FAILED: %s\n", p->reason);
        return;
    }
    cli_out("  %-14s %8s %8s %9s %5s %9s %5s %8s %7s %8s %6s  %s\n", "algorithm", "plan ms",
            "first ms", "median ms", "+-%", "host ms", "+-%", "GFLOP/s", "GB/s", "Mpixel/s",
            "roof%", "result");
    for (int i = 0; i < p->result_count; i++)
        print_result(p, &p->results[i]);
}

static void print_regret(const char *name, const struct bench_regret *regret)
{
    const struct bench_item *const worst = &regret->worst_problem->item;
    cli_out("  %-14s %3d problem%s  geometric mean %.3f, worst %.3f  %s%s%s\n", name,
            regret->problems, regret->problems == 1 ? ": " : "s:", regret->mean, regret->worst,
            regret->worst_problem->text, worst->kernel ? " " : "",
            worst->kernel ? worst->kernel : "");
}

static void print_loss(const struct bench_problem *p)
{
    if (bench_loss(p) > bench_loss_limit)
        cli_out("  loses %.3f: %s%s%s, %s instead of %s\n", bench_loss(p), p->text,
                p->item.kernel ? " " : "", p->item.kernel ? p->item.kernel : "",
                bench_chosen(p)->algorithm, bench_best(p)->algorithm);
}

void bench_table_end(const struct bench_record *record)
{
    const struct bench_regret all = bench_regret(record, NULL);
    if (!all.problems)
        return;
    cli_out("\nregret of the choice, its time per best time:\n");
    for (int i = 0; i < record->count; i++) {
        const char *const set = bench_set_at(record, i);
        const struct bench_regret regret = bench_regret(record, set);
        if (set && *set && regret.problems)
            print_regret(set, &regret);
    }
    print_regret("all", &all);
    for (int i = 0; i < record->count; i++)
        print_loss(&record->problems[i]);
}

/* ---- comma-separated values, RFC 4180 ---- */

static void put_text(const char *text)
{
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (!quoted) {
        cli_out("%s", text);
        return;
    }
    cli_out("\"");
    for (; *text; text++)
        cli_out("%s%c", *text == '"' ? "\"" : "", *text);
    cli_out("\"");
}

void bench_csv_head(void)
{
    cli_out("set,name,problem,kernel,algorithm,chosen,outcome,samples,plan_seconds,first_seconds,"
            "median_seconds,low_quartile,high_quartile,device_seconds,host_seconds,"
            "host_low_quartile,host_high_quartile,gflops,gbytes_per_second,"
            "mpixels_per_second,roof_seconds,percent_of_roof,result,"
            "error_per_bound,shape,reason\n");
}

static void csv_figures(const struct bench_problem *p, const struct bench_result *r)
{
    if (r->outcome != BENCH_RAN) {
        cli_out(",,,,,,,,,,,,,%.9g,,,,", p->roof_seconds);
        return;
    }
    cli_out("%d,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,", r->host.count, r->plan_seconds,
            r->first_seconds, r->time.median, r->time.low, r->time.high, r->by_device.median,
            r->by_host.median, r->by_host.low, r->by_host.high);
    cli_out("%.6g,%.6g,%.6g,%.9g,%.6g,%s,", giga * p->sizes.flops / r->time.median,
            giga * p->sizes.bytes / r->time.median, mega * bench_pixels(p) / r->time.median,
            p->roof_seconds, 100 * p->roof_seconds / r->time.median, verdict_of(r));
    if (r->verdict != BENCH_UNCHECKED)
        cli_out("%.6g", r->error_ratio);
    cli_out(",");
}

void bench_csv_problem(const struct bench_problem *p)
{
    static const char *const outcomes[] = {"ran", "not possible", "not run", "failed"};
    for (int i = 0; i < p->result_count; i++) {
        const struct bench_result *const r = &p->results[i];
        const char *const head[] = {p->item.set, p->item.name, p->text,
                                    p->item.kernel ? p->item.kernel : "", r->algorithm};
        for (size_t j = 0; j < sizeof(head) / sizeof(*head); j++) {
            put_text(head[j]);
            cli_out(",");
        }
        cli_out("%d,%s,", r->chosen, outcomes[r->outcome]);
        csv_figures(p, r);
        put_text(r->shape);
        cli_out(",");
        put_text(r->reason);
        cli_out("\n");
    }
}
