/* bench_page.h - what the parts of the page share. */
#ifndef CLI_BENCH_PAGE_H
#define CLI_BENCH_PAGE_H

#include "bench.h"
#include "text.h"

/* Text with &, <, > and quotes escaped. */
void page_text(struct cli_text *page, const char *text);

/* The colour of an algorithm, .a0 and so on of bench/page.css: the order of the build's table, so
 * that it is the same in every page. */
int page_colour(const char *algorithm);

/* "3.31 ms", "55.3 us": three digits and a unit. */
void page_seconds(struct cli_text *page, double seconds);

/* Name, problem, algorithm and figures in several lines: the tooltip of a point. */
void page_tooltip(struct cli_text *page, const struct bench_problem *problem,
                  const struct bench_result *result);

void page_legend(struct cli_text *page, const struct bench_record *record);

/* bench_roofline.c, bench_bars.c: the figures. */
void page_roofline(struct cli_text *page, const struct bench_record *record);
void page_copies(struct cli_text *page, const clconv_ceilings *ceilings);
void page_bars(struct cli_text *page, const struct bench_record *record);

#endif
