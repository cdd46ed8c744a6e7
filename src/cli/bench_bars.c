/* bench_bars.c - for each problem, its algorithms as bars: how much of the roof each one reaches.
 */
#include "bench_page.h"
#include <math.h>
#include <string.h>

static const double giga = 1e-9;

/* The scale of all bars: the whole roof, or what passes it. */
static double largest_part(const struct bench_record *record)
{
    double most = 1;
    for (int i = 0; i < record->count; i++) {
        const struct bench_problem *const p = &record->problems[i];
        for (int j = 0; j < p->result_count; j++)
            if (p->results[j].outcome == BENCH_RAN && p->results[j].time.median > 0)
                most = fmax(most, p->roof_seconds / p->results[j].time.median);
    }
    return most;
}

static void put_bar(struct cli_text *page, const struct bench_problem *p,
                    const struct bench_result *r, double scale)
{
    const double part = p->roof_seconds / r->time.median;
    cli_text_add(page, "<span class=\"name a%d%s\">%s</span><span class=\"track a%d\" title=\"",
                 page_colour(r->algorithm), r->chosen ? " chosen" : "", r->algorithm,
                 page_colour(r->algorithm));
    page_tooltip(page, p, r);
    cli_text_add(page,
                 "\"><i style=\"--w:%.2f%%\"></i><u style=\"--full:%.2f%%\"></u></span>"
                 "<span class=\"number%s\">",
                 100 * part / scale, 100 / scale, r->chosen ? " chosen" : "");
    page_seconds(page, r->time.median);
    cli_text_add(page, "</span><span class=\"number soft\">%.4g GFLOP/s</span>",
                 giga * p->sizes.flops / r->time.median);
    if (r->verdict == BENCH_WRONG)
        cli_text_add(page, "<span class=\"number wrong\">wrong</span>\n");
    else
        cli_text_add(page, "<span class=\"number soft\">%.*f %%</span>\n", part < 0.1 ? 1 : 0,
                     100 * part);
}

static void put_problem(struct cli_text *page, const struct bench_problem *p, double scale)
{
    cli_text_add(page, "<div class=problem><div class=title><b>");
    page_text(page, *p->item.name ? p->item.name : p->text);
    cli_text_add(page, "</b>");
    if (*p->item.name) {
        cli_text_add(page, "<code class=soft>");
        page_text(page, p->text);
        cli_text_add(page, "</code>");
    }
    if (p->item.kernel) {
        cli_text_add(page, "<code class=soft>");
        page_text(page, p->item.kernel);
        cli_text_add(page, "</code>");
    }
    cli_text_add(page, "<span class=soft>roof ");
    page_seconds(page, p->roof_seconds);
    cli_text_add(page, ", %s</span></div>\n", p->memory_bound ? "memory" : "arithmetic");
    if (*p->reason) {
        cli_text_add(page, "<span class=\"why wrong\">");
        page_text(page, p->reason);
        cli_text_add(page, "</span>\n");
    }
    for (int i = 0; i < p->result_count; i++)
        if (p->results[i].outcome == BENCH_RAN && p->results[i].time.median > 0)
            put_bar(page, p, &p->results[i], scale);
    cli_text_add(page, "</div>\n");
}

void page_bars(struct cli_text *page, const struct bench_record *record)
{
    const double scale = largest_part(record);
    const char *set = NULL;
    cli_text_add(page, "<h2>Problems</h2>\n<p class=note>Bars are parts of the roof, the upright "
                       "line is all of it; bold is what the library chooses.</p>\n");
    for (int i = 0; i < record->count; i++) {
        const struct bench_problem *const p = &record->problems[i];
        if (!set || strcmp(set, p->item.set) != 0) {
            cli_text_add(page, "%s<div class=panel>", set ? "</div>\n" : "");
            set = p->item.set;
            if (*set) {
                cli_text_add(page, "<h3>");
                page_text(page, set);
                cli_text_add(page, "</h3>\n");
            }
        }
        put_problem(page, p, scale);
    }
    cli_text_add(page, "%s", set ? "</div>\n" : "");
}
