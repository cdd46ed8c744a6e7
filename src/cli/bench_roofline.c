/* bench_roofline.c - two figures of the page: every measurement under the roofs of the device, both
 * axes logarithmic, and what copies of each size reach. */
#include "bench_page.h"
#include <math.h>
#include <string.h>

static const double giga = 1e-9;

/* ---- axes ---- */

enum { WIDTH = 1100, HEIGHT = 580, LEFT = 74, RIGHT = 24, TOP = 18, BOTTOM = 52 };

struct axes { /* powers of ten */
    double x0, x1, y0, y1;
};

static double at_x(const struct axes *a, double intensity)
{
    return LEFT + (log10(intensity) - a->x0) / (a->x1 - a->x0) * (WIDTH - LEFT - RIGHT);
}

static double at_y(const struct axes *a, double rate)
{
    return HEIGHT - BOTTOM - (log10(rate) - a->y0) / (a->y1 - a->y0) * (HEIGHT - TOP - BOTTOM);
}

static double intensity_of(const struct bench_problem *p)
{
    return p->sizes.flops / p->sizes.bytes;
}

static void include(double *low, double *high, double value)
{
    *low = fmin(*low, log10(value));
    *high = fmax(*high, log10(value));
}

static double largest_copy(const clconv_ceilings *c)
{
    double best = 0;
    for (int i = 0; i < CLCONV_COPIES; i++)
        best = fmax(best, c->copies[i]);
    return best;
}

/* All points, the top of the roof, and where it begins to be flat. */
static struct axes axes_for(const struct bench_record *record)
{
    static const double margin = 0.15;
    const clconv_ceilings *const c = &record->ceilings;
    struct axes a = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    for (int i = 0; i < record->count; i++) {
        const struct bench_problem *const p = &record->problems[i];
        for (int j = 0; j < p->result_count; j++)
            if (p->results[j].outcome == BENCH_RAN && p->results[j].time.median > 0) {
                include(&a.x0, &a.x1, intensity_of(p));
                include(&a.y0, &a.y1, p->sizes.flops / p->results[j].time.median);
            }
    }
    include(&a.y0, &a.y1, fmax(c->f32, c->f16));
    include(&a.y0, &a.y1, c->f32 / 10);
    if (c->copy > 0) {
        include(&a.x0, &a.x1, 4 * c->f32 / c->copy);
        include(&a.x0, &a.x1, c->f32 / c->copy / 12);
    }
    return (struct axes){a.x0 - margin, a.x1 + margin, a.y0 - margin, a.y1 + margin};
}

static void put_line(struct cli_text *page, const char *class, double x0, double y0, double x1,
                     double y1)
{
    cli_text_add(page, "<line class=%s x1=%.1f y1=%.1f x2=%.1f y2=%.1f />\n", class, x0, y0, x1,
                 y1);
}

/* Lines at 1 to 9 of each power of ten, the powers with their value. */
static void put_grid(struct cli_text *page, const struct axes *a)
{
    for (int e = (int)floor(a->x0); e <= (int)ceil(a->x1); e++)
        for (int m = 1; m < 10; m++) {
            const double v = m * pow(10, e), x = at_x(a, v);
            if (log10(v) < a->x0 || log10(v) > a->x1)
                continue;
            put_line(page, m == 1 ? "grid" : "minor", x, TOP, x, HEIGHT - BOTTOM);
            if (m == 1)
                cli_text_add(page, "<text text-anchor=middle x=%.1f y=%d>%g</text>\n", x,
                             HEIGHT - BOTTOM + 18, v);
        }
    for (int e = (int)floor(a->y0); e <= (int)ceil(a->y1); e++)
        for (int m = 1; m < 10; m++) {
            const double v = m * pow(10, e), y = at_y(a, v);
            if (log10(v) < a->y0 || log10(v) > a->y1)
                continue;
            put_line(page, m == 1 ? "grid" : "minor", LEFT, y, WIDTH - RIGHT, y);
            if (m == 1)
                cli_text_add(page, "<text text-anchor=end x=%d y=%.1f>%g</text>\n", LEFT - 8, y + 4,
                             giga * v);
        }
    cli_text_add(page,
                 "<text class=axis text-anchor=middle x=%d y=%d>operations per byte of input, "
                 "filters and output</text>\n",
                 (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8);
    cli_text_add(page,
                 "<text class=axis text-anchor=middle transform=\"translate(16 %d) "
                 "rotate(-90)\">GFLOP/s</text>\n",
                 (TOP + HEIGHT - BOTTOM) / 2);
}

/* ---- roofs ---- */

/* The slope of a bandwidth up to the flat rate; its beginning is clipped to the axes. */
static void put_roof(struct cli_text *page, const struct axes *a, const char *class,
                     double bandwidth, double rate)
{
    const double first = fmax(pow(10, a->x0), pow(10, a->y0) / bandwidth);
    const double ridge = rate / bandwidth;
    cli_text_add(page, "<path class=%s d=\"M", class);
    if (first < ridge)
        cli_text_add(page, "%.1f %.1fL%.1f %.1fL", at_x(a, first), at_y(a, first * bandwidth),
                     at_x(a, ridge), at_y(a, rate));
    else
        cli_text_add(page, "%d %.1fL", LEFT, at_y(a, rate));
    cli_text_add(page, "%d %.1f", WIDTH - RIGHT, at_y(a, rate));
    if (strcmp(class, "under") == 0)
        cli_text_add(page, "V%dH%.1fz", HEIGHT - BOTTOM, fmax(at_x(a, first), LEFT));
    cli_text_add(page, "\" />\n");
}

/* On the slope, a little below its upper end. */
static void put_slope_name(struct cli_text *page, const struct axes *a, double bandwidth,
                           double rate, const char *what)
{
    const double first = fmax(pow(10, a->x0), pow(10, a->y0) / bandwidth);
    const double ridge = rate / bandwidth, x = pow(first, 0.55) * pow(ridge, 0.45);
    const double dx = at_x(a, 10 * x) - at_x(a, x), dy = at_y(a, x) - at_y(a, 10 * x);
    if (first < ridge)
        cli_text_add(page,
                     "<text class=roofname text-anchor=middle transform=\"translate(%.1f "
                     "%.1f) rotate(%.1f)\">%s %.3g GB/s</text>\n",
                     at_x(a, x), at_y(a, x * bandwidth) - 9, -atan2(dy, dx) * 180 / acos(-1), what,
                     giga * bandwidth);
}

static void put_roofs(struct cli_text *page, const struct axes *a, const clconv_ceilings *c)
{
    const double cache = largest_copy(c);
    if (c->copy <= 0)
        return;
    put_roof(page, a, "under", c->copy, c->f32);
    put_roof(page, a, "cache", cache, c->f32);
    put_roof(page, a, "roof", c->copy, c->f32);
    if (c->f16 > c->f32)
        put_roof(page, a, "cache", cache, c->f16);
    put_slope_name(page, a, c->copy, c->f32, "copies in memory");
    if (cache > 1.25 * c->copy)
        put_slope_name(page, a, cache, c->f32, "in caches");
    cli_text_add(page,
                 "<text class=roofname text-anchor=end x=%d y=%.1f>multiply-adds %.4g "
                 "GFLOP/s</text>\n",
                 WIDTH - RIGHT - 6, at_y(a, c->f32) - 8, giga * c->f32);
}

/* ---- points ---- */

static void put_dot(struct cli_text *page, const struct axes *a, const struct bench_problem *p,
                    const struct bench_result *r)
{
    cli_text_add(page, "<circle class=\"dot a%d%s%s\" cx=%.1f cy=%.1f r=%s><title>",
                 page_colour(r->algorithm), r->chosen ? " chosen" : "",
                 r->verdict == BENCH_WRONG ? " wrong" : "", at_x(a, intensity_of(p)),
                 at_y(a, p->sizes.flops / r->time.median), r->chosen ? "5.5" : "4");
    page_tooltip(page, p, r);
    cli_text_add(page, "</title></circle>\n");
}

static void put_dots(struct cli_text *page, const struct axes *a, const struct bench_record *record,
                     bool chosen)
{
    for (int i = 0; i < record->count; i++) {
        const struct bench_problem *const p = &record->problems[i];
        for (int j = 0; j < p->result_count; j++)
            if (p->results[j].outcome == BENCH_RAN && p->results[j].time.median > 0 &&
                p->results[j].chosen == chosen)
                put_dot(page, a, p, &p->results[j]);
    }
}

void page_roofline(struct cli_text *page, const struct bench_record *record)
{
    const struct axes a = axes_for(record);
    cli_text_add(page, "<h2>Roofline</h2>\n<p class=note>Each point is an algorithm on a problem; "
                       "the line is what memory (left) and arithmetic (right) allow. Operations "
                       "are those of the direct method: algorithms that need fewer may lie above. "
                       "Small problems stay in caches, up to the dashed line.</p>\n");
    cli_text_add(page, "<div class=panel>");
    page_legend(page, record);
    cli_text_add(page, "<svg viewBox=\"0 0 %d %d\" role=img aria-label=\"Roofline plot\">\n", WIDTH,
                 HEIGHT);
    put_grid(page, &a);
    put_roofs(page, &a, &record->ceilings);
    put_dots(page, &a, record, false);
    put_dots(page, &a, record, true);
    cli_text_add(page, "</svg></div>\n");
}

/* ---- copies ---- */

void page_copies(struct cli_text *page, const clconv_ceilings *ceilings)
{
    enum { COLUMN = 100, TALL = 130, ABOVE = 20, BELOW = 24, BAR = 64 };
    const double best = largest_copy(ceilings);
    if (best <= 0)
        return;
    cli_text_add(page,
                 "<div class=panel><p class=note>Copies by size (input and output together), "
                 "GB/s</p><svg viewBox=\"0 0 %d %d\" role=img aria-label=\"Copy bandwidth by "
                 "size\">\n",
                 COLUMN * CLCONV_COPIES, TALL + ABOVE + BELOW);
    for (int i = 0; i < CLCONV_COPIES; i++) {
        const double x = COLUMN * (i + 0.5), high = TALL * ceilings->copies[i] / best;
        const int size = i < 10 ? 1 << i : 1 << (i - 10);
        if (ceilings->copies[i] <= 0)
            continue;
        cli_text_add(page, "<rect class=column x=%.0f y=%.1f width=%d height=%.1f rx=3 />\n",
                     x - BAR / 2.0, ABOVE + TALL - high, BAR, high);
        cli_text_add(page, "<text class=value text-anchor=middle x=%.0f y=%.1f>%.3g</text>\n", x,
                     ABOVE + TALL - high - 5, giga * ceilings->copies[i]);
        cli_text_add(page, "<text text-anchor=middle x=%.0f y=%d>%d %s</text>\n", x,
                     ABOVE + TALL + 17, size, i < 10 ? "MiB" : "GiB");
    }
    cli_text_add(page, "</svg></div>\n");
}
