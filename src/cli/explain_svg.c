/* explain_svg.c - the figure of a small convolution: input, filter and result as coloured matrices
 * with their values, one window marked, and below it the products that make its output.
 *
 * All matrices have square cells of one size, so that the window on the input can be compared with
 * the filter by eye. */
#include "figure.h"
#include <math.h>
#include <string.h>

enum {
    GAP = 54, /* between panels; an operator stands in it */
    CELL_MIN = 28,
    CELL_USUAL = 46,
    CELL_MAX = 68,
    LABEL = 19,         /* size of the largest values */
    WIDTH_MIN = 520,    /* for the notes */
    PANELS_WIDE = 1500, /* all cells side by side; above, they shrink to CELL_MIN */
};

static const struct colour blue = {112, 168, 228}, violet = {178, 152, 222},
                           green = {108, 194, 138};

static void measure_panel(struct figure *f, struct panel *panel)
{
    char label[EXPLAIN_NUMBER];
    for (int i = panel->row; i < panel->row + panel->rows; i++) {
        for (int j = panel->column; j < panel->column + panel->columns; j++) {
            const struct explain_cell cell = panel->cell(f->e, i, j);
            const size_t length = strlen(figure_number(label, cell.value));
            panel->longest = length > panel->longest ? length : panel->longest;
            panel->largest = fmax(panel->largest, fabs(cell.value));
            f->padded = f->padded || cell.outside;
            f->negative = f->negative || cell.value < 0;
        }
    }
}

/* Side by side, centred on one line; returns where they end on the right. */
static double place_panels(struct figure *f, double tall)
{
    const double title = FIGURE_GLYPH * FIGURE_TITLE * 17; /* "filter 3 x 3, turned" */
    double x = FIGURE_MARGIN;
    f->below = FIGURE_MARGIN + 2 * FIGURE_TITLE + tall;
    for (int i = 0; i < 3; i++) {
        struct panel *panel = &f->panels[i];
        const double wide = f->cell * panel->columns;
        panel->slot = fmax(wide, title);
        panel->x = x + (panel->slot - wide) / 2;
        panel->y = f->below - (tall + f->cell * panel->rows) / 2;
        panel->label = fmin(
            LABEL, fmin(0.38 * f->cell, (f->cell - 8) / FIGURE_GLYPH / (double)panel->longest));
        x += panel->slot + GAP;
    }
    return x - GAP;
}

static void measure(struct figure *f)
{
    size_t longest = 1;
    double tall = 0, columns = 0;
    for (int i = 0; i < 3; i++) {
        const struct panel *panel = &f->panels[i];
        measure_panel(f, &f->panels[i]);
        columns += panel->columns;
        longest = panel->longest > longest ? panel->longest : longest;
    }
    f->cell = fmax(CELL_USUAL, fmin(CELL_MAX, FIGURE_GLYPH * 13 * (double)longest + 8));
    f->cell = fmax(CELL_MIN, fmin(f->cell, PANELS_WIDE / columns));
    for (int i = 0; i < 3; i++)
        tall = fmax(tall, f->cell * f->panels[i].rows);
    const double right = place_panels(f, tall);
    const double characters = (double)(f->panels[0].longest + f->panels[1].longest + 6);
    f->product = f->e->filter.columns <= 8 ? FIGURE_TITLE : FIGURE_SMALL;
    f->column = FIGURE_GLYPH * f->product * characters;
    f->width =
        fmax(right + FIGURE_MARGIN, 2 * FIGURE_MARGIN + f->column * f->e->filter.columns + 240);
    f->width = fmax(f->width, WIDTH_MIN);
    const int notes = f->padded || f->negative ? 4 : 3;
    f->height = f->below + 5 * FIGURE_TITLE + FIGURE_LINE * f->product * (f->e->filter.rows - 1) +
                FIGURE_LINE * FIGURE_SMALL * (notes - 1) + FIGURE_MARGIN;
}

/* A star and an equals sign, drawn, for fonts differ in what they make of these two. */
static void draw_operators(const struct figure *f)
{
    static const char *const strokes[] = {"M0 -11V11M-9.5 -5.5L9.5 5.5M-9.5 5.5L9.5 -5.5",
                                          "M-11 -4.5H11M-11 4.5H11"};
    for (int i = 0; i < 2; i++) {
        const struct panel *panel = &f->panels[i];
        const double right = panel->x + (f->cell * panel->columns + panel->slot) / 2 + GAP / 2.0;
        const double middle = panel->y + f->cell * panel->rows / 2;
        cli_text_add(f->svg,
                     "<path transform=\"translate(%.1f %.1f)\" d=\"%s\" stroke=\"" FIGURE_INK
                     "\" stroke-width=\"2.6\" stroke-linecap=\"round\"/>\n",
                     right, middle, strokes[i]);
    }
}

void explain_svg(struct cli_text *svg, const struct explain *e)
{
    struct figure f = {
        .svg = svg,
        .e = e,
        .panels = {{"input", -e->pad_top, -e->pad_left, e->input.rows + e->pad_top + e->pad_bottom,
                    e->input.columns + e->pad_left + e->pad_right, explain_cell, blue, .label = 0},
                   {"filter", 0, 0, e->filter.rows, e->filter.columns, explain_filter_cell, violet,
                    .label = 0},
                   {"result", 0, 0, e->p, e->q, explain_result_cell, green, .label = 0}}};
    measure(&f);
    cli_text_add(svg,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                 "viewBox=\"0 0 %.0f %.0f\" font-family=\"Helvetica, Arial, sans-serif\">\n"
                 "<defs><pattern id=\"outside\" width=\"7\" height=\"7\" "
                 "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
                 "<rect width=\"7\" height=\"7\" fill=\"#f4f5f8\"/>"
                 "<rect width=\"2\" height=\"7\" fill=\"#e3e6ec\"/></pattern></defs>\n"
                 "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
                 f.width, f.height, f.width, f.height);
    for (int i = 0; i < 3; i++)
        figure_panel(&f, &f.panels[i]);
    draw_operators(&f);
    if (f.padded)
        figure_outline(&f, &f.panels[0], 0, 0, e->input.rows, e->input.columns,
                       "stroke=\"" FIGURE_INK "\" stroke-width=\"1.5\"");
    figure_window(&f);
    figure_below(&f);
    cli_text_add(svg, "</svg>\n");
}
