/* bench_page.c - the benchmark as one HTML page that needs nothing else: the style is inside, the
 * figures are inline SVG, and no script runs. */
#include "bench_page.h"
#include "embedded.h"
#include <math.h>
#include <string.h>

static const double giga = 1e-9, mega = 1e-6, milli = 1e3;

void page_text(struct cli_text *page, const char *text)
{
    static const char special[] = "&<>\"";
    static const char *const escapes[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    for (; *text; text++) {
        const char *const found = strchr(special, *text);
        if (found)
            cli_text_add(page, "%s", escapes[found - special]);
        else
            cli_text_bytes(page, text, 1);
    }
}

int page_colour(const char *algorithm)
{
    int i = 0;
    while (clconv_algorithm((size_t)i) && strcmp(clconv_algorithm((size_t)i)->name, algorithm) != 0)
        i++;
    return i;
}

void page_seconds(struct cli_text *page, double seconds)
{
    const char *const unit = seconds >= 1 ? "s" : seconds >= 1e-3 ? "ms" : "us";
    const double value = seconds >= 1 ? seconds : seconds >= 1e-3 ? 1e3 * seconds : 1e6 * seconds;
    cli_text_add(page, "%.*f %s", value >= 100 ? 0 : value >= 10 ? 1 : 2, value, unit);
}

static void put_problem(struct cli_text *page, const struct bench_problem *p)
{
    page_text(page, p->text);
    if (p->item.kernel) {
        cli_text_add(page, " ");
        page_text(page, p->item.kernel);
    }
}

void page_tooltip(struct cli_text *page, const struct bench_problem *p,
                  const struct bench_result *r)
{
    if (*p->item.name) {
        page_text(page, p->item.name);
        cli_text_add(page, "\n");
    }
    put_problem(page, p);
    cli_text_add(page, "\n%s%s: ", r->algorithm, r->chosen ? " (chosen)" : "");
    page_seconds(page, r->time.median);
    cli_text_add(page, "\n%.4g GFLOP/s, %.4g GB/s, %.0f %% of the roof",
                 giga * p->sizes.flops / r->time.median, giga * p->sizes.bytes / r->time.median,
                 100 * p->roof_seconds / r->time.median);
    if (*r->shape) {
        cli_text_add(page, "\n");
        page_text(page, r->shape);
    }
    if (r->verdict == BENCH_WRONG)
        cli_text_add(page, "\nits result is WRONG");
}

static bool is_present(const struct bench_record *record, const char *algorithm)
{
    for (int i = 0; i < record->count; i++)
        for (int j = 0; j < record->problems[i].result_count; j++) {
            const struct bench_result *const r = &record->problems[i].results[j];
            if (r->outcome == BENCH_RAN && strcmp(r->algorithm, algorithm) == 0)
                return true;
        }
    return false;
}

void page_legend(struct cli_text *page, const struct bench_record *record)
{
    cli_text_add(page, "<div class=legend>");
    for (size_t i = 0; clconv_algorithm(i); i++)
        if (is_present(record, clconv_algorithm(i)->name))
            cli_text_add(page, "<span class=a%d><i></i>%s</span>",
                         page_colour(clconv_algorithm(i)->name), clconv_algorithm(i)->name);
    cli_text_add(page, "<span class=plain><i></i>chosen by the library</span>"
                       "<span class=plain><i class=hollow></i>not chosen</span></div>\n");
}

/* ---- head ---- */

static void put_style(struct cli_text *page)
{
    for (size_t i = 0; i < cli_embedded_count; i++)
        if (strcmp(cli_embedded[i].name, "page.css") == 0)
            cli_text_bytes(page, cli_embedded[i].bytes, cli_embedded[i].size);
}

static void put_head(struct cli_text *page, const struct bench_record *record)
{
    cli_text_add(page, "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n"
                       "<meta name=viewport content=\"width=device-width\">\n<title>clconv on ");
    page_text(page, record->device.name);
    cli_text_add(page, "</title>\n<style>\n");
    put_style(page);
    cli_text_add(page, "</style>\n<h1>");
    page_text(page, record->device.name);
    cli_text_add(page, "</h1>\n<p class=soft>");
    page_text(page, *record->device.platform ? record->device.platform : "the host");
    cli_text_add(page, ", driver ");
    page_text(page, record->device.driver);
    cli_text_add(page, ", %d compute units<br>host: ", record->device.compute_units);
    page_text(page, record->processor);
    cli_text_add(page, ", %d cores<br>clconv %s, %s</p>\n<p><code class=command>", record->cores,
                 clconv_version(), record->date);
    page_text(page, record->command_line);
    cli_text_add(page, "</code></p>\n");
}

/* ---- summary ---- */

CLI_PRINTF(3, 4)
static void card(struct cli_text *page, const char *what, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    cli_text_add(page, "<div class=card><b>");
    cli_text_addv(page, format, arguments);
    cli_text_add(page, "</b><span>%s</span></div>\n", what);
    va_end(arguments);
}

struct counts {
    int measured, right, wrong, failed;
    int best;    /* problems with a best algorithm */
    double logs; /* of the best's parts of the roof */
};

static struct counts count(const struct bench_record *record)
{
    struct counts c = {0, 0, 0, 0, 0, 0};
    for (int i = 0; i < record->count; i++) {
        const struct bench_problem *const p = &record->problems[i];
        const struct bench_result *const best = bench_best(p);
        for (int j = 0; j < p->result_count; j++) {
            const struct bench_result *const r = &p->results[j];
            c.measured += r->outcome == BENCH_RAN;
            c.failed += r->outcome == BENCH_FAILED;
            c.right += r->verdict == BENCH_RIGHT;
            c.wrong += r->verdict == BENCH_WRONG;
        }
        if (best && p->roof_seconds > 0) {
            c.best++;
            c.logs += log(p->roof_seconds / best->time.median);
        }
    }
    return c;
}

static void put_summary(struct cli_text *page, const struct bench_record *record)
{
    const struct counts c = count(record);
    const struct bench_regret regret = bench_regret(record, NULL);
    cli_text_add(page, "<div class=cards>\n");
    card(page, "measured, each an algorithm on a problem", "%d <small>on %d problems</small>",
         c.measured, record->count);
    if (c.best)
        card(page, "of the roof by the best algorithm, geometric mean", "%.0f <small>%%</small>",
             100 * exp(c.logs / c.best));
    if (regret.problems)
        card(page, "time of the chosen per best, geometric mean; worst", "%.3f <small>%.2f</small>",
             regret.mean, regret.worst);
    if (c.wrong || c.failed)
        card(page, "results <b class=wrong>wrong or failed</b>", "%d", c.wrong + c.failed);
    card(page, "results checked against the referee and right", "%d <small>of %d</small>", c.right,
         c.measured);
    cli_text_add(page, "</div>\n");
}

static void put_transfer(struct cli_text *page, const char *what, double pageable, double pinned)
{
    if (pinned > 0)
        card(page, what, "%.3g <small>GB/s;</small> %.3g", giga * pageable, giga * pinned);
    else
        card(page, what, "%.3g <small>GB/s</small>", giga * pageable);
}

static void put_ceilings(struct cli_text *page, const clconv_ceilings *c)
{
    cli_text_add(page, "<h2>What the device can do at most</h2>\n<p class=note>Measured by kernels "
                       "of clconv's own: multiply-adds in registers, the fastest of several plain "
                       "copies, transfers, empty launches.</p>\n<div class=cards>\n");
    card(page, "f32 multiply-adds", "%.4g <small>GFLOP/s</small>", giga * c->f32);
    if (c->f16 > 0)
        card(page, "f16 multiply-adds", "%.4g <small>GFLOP/s</small>", giga * c->f16);
    card(page, "copies in memory, read and written", "%.4g <small>GB/s</small>", giga * c->copy);
    put_transfer(page, "to the device; from pinned memory", c->to_pageable, c->to_pinned);
    put_transfer(page, "from the device; to pinned memory", c->from_pageable, c->from_pinned);
    card(page, "an empty kernel, launched and waited for", "%.3g <small>us</small>",
         1e6 * c->launch_seconds);
    cli_text_add(page, "</div>\n");
    page_copies(page, c);
    if (!c->device_clock)
        cli_text_add(page, "<p class=note>All seconds are the host's: the device's clock does not "
                           "agree with it.</p>\n");
}

/* ---- table ---- */

static void put_row(struct cli_text *page, const struct bench_problem *p,
                    const struct bench_result *r, bool first)
{
    static const char *const classes[] = {"soft", "right", "wrong"};
    static const char *const words[] = {"not checked", "right", "wrong"};
    static const char *const outcomes[] = {"", "not possible: ", "not run: ", "failed: "};
    cli_text_add(page, "<tr class=\"%s%s\"><td>", r->chosen ? "chosen " : "", first ? "first" : "");
    if (first) {
        cli_text_add(page, "<code>");
        put_problem(page, p);
        cli_text_add(page, "</code>");
    }
    cli_text_add(page, "<td class=left>%s", r->algorithm);
    if (r->outcome != BENCH_RAN) {
        cli_text_add(page, "<td class=\"left %s\" colspan=11>",
                     r->outcome == BENCH_FAILED ? "wrong" : "soft");
        cli_text_add(page, "%s", outcomes[r->outcome]);
        page_text(page, r->reason);
        cli_text_add(page, "\n");
        return;
    }
    cli_text_add(page,
                 "<td>%.1f<td>%.2f<td>%.4f<td>%.1f<td>%.4f<td>%.1f<td>%.1f<td>%.2f<td>%.1f<td>%.0f",
                 milli * r->plan_seconds, milli * r->first_seconds, milli * r->time.median,
                 bench_spread(r->time), milli * r->by_host.median, bench_spread(r->by_host),
                 giga * p->sizes.flops / r->time.median, giga * p->sizes.bytes / r->time.median,
                 mega * bench_pixels(p) / r->time.median, 100 * p->roof_seconds / r->time.median);
    cli_text_add(page, "<td class=\"left %s\">%s\n", classes[r->verdict], words[r->verdict]);
}

static void put_table(struct cli_text *page, const struct bench_record *record)
{
    cli_text_add(
        page,
        "<h2>Every measurement</h2>\n<p class=note>Medians; &plusmn; is half the distance "
        "of the quartiles. GFLOP/s count the direct method's operations, so that "
        "algorithms that need fewer may pass the roof.</p>\n<div class=panel>"
        "<table>\n<tr><th>problem<th class=left>algorithm<th>plan ms<th>first ms"
        "<th>median ms<th>&plusmn; %%<th>host ms<th>&plusmn; %%<th>GFLOP/s<th>GB/s<th>Mpixel/s"
        "<th>roof %%<th class=left>result\n");
    for (int i = 0; i < record->count; i++)
        for (int j = 0; j < record->problems[i].result_count; j++)
            put_row(page, &record->problems[i], &record->problems[i].results[j], j == 0);
    cli_text_add(page, "</table></div>\n");
}

void bench_page(struct cli_text *page, const struct bench_record *record)
{
    put_head(page, record);
    put_summary(page, record);
    put_ceilings(page, &record->ceilings);
    page_roofline(page, record);
    page_bars(page, record);
    put_table(page, record);
    cli_text_add(page, "</html>\n");
}
