/* explain_svg.c - the figure of a small convolution: input, filter and result as coloured matrices
 * with their values, one window marked, and below it the products that make its output.
 *
 * Lengths are SVG units. All matrices have square cells of one size, so that the window on the
 * input can be compared with the filter by eye. */
#include "explain.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARGIN = 28,
    GAP = 54,   /* between panels; an operator stands in it */
    TITLE = 16, /* size of titles and of the result's equation */
    SMALL = 13, /* size of the notes */
    CELL_MIN = 28,
    CELL_USUAL = 46,
    CELL_MAX = 68,
    LABEL = 19,         /* size of the largest values */
    WIDTH_MIN = 520,    /* for the notes */
    PANELS_WIDE = 1500, /* all cells side by side; above, they shrink to CELL_MIN */
};

#define LINE   1.6       /* distance of lines in font sizes */
#define GLYPH  0.64      /* width of a digit in font sizes, in the widest usual font */
#define INK    "#20242c" /* text */
#define PALE   "#6b7484" /* notes, and values outside of the input */
#define ACCENT "#cf1f67" /* the marked window, its coefficients, and the output they make */

struct colour {
    int r, g, b;
};

static const struct colour blue = {112, 168, 228}, violet = {178, 152, 222},
                           green = {108, 194, 138}, orange = {246, 168, 92};

typedef struct explain_cell (*cell_fn)(const struct explain *e, int row, int column);

struct panel {
    const char *name;
    int row, column, rows, columns; /* index of the first cell, and how many there are */
    cell_fn cell;
    struct colour colour; /* of the largest positive value */
    double largest;       /* magnitude */
    size_t longest;       /* characters of its labels */
    double x, y, slot;    /* upper left corner; width with the title */
    double label;         /* size of the labels */
};

struct figure {
    struct cli_text *svg;
    const struct explain *e;
    struct panel panels[3];
    double cell, label;          /* side of a cell; size of the largest labels */
    double product, column;      /* size of the products, and the width of one */
    double width, height, below; /* of all; where the panels end */
    bool padded, negative;       /* there are cells outside of the input, or below 0 */
};

static struct explain_cell filter_cell(const struct explain *e, int row, int column)
{
    return (struct explain_cell){explain_tap(e, row, column), false};
}

static struct explain_cell result_cell(const struct explain *e, int row, int column)
{
    return (struct explain_cell){e->result[row * e->q + column], false};
}

/* ---- text ---- */

/* Three or four digits, where integers need no more; the text has the exact values. */
static const char *number(char text[EXPLAIN_NUMBER], double value)
{
    const double size = fabs(value);
    if (size < 1e6 && (size >= 1e4 || value == floor(value))) {
        snprintf(text, EXPLAIN_NUMBER, "%.0f", value == 0.0 ? 0.0 : value); /* not -0 */
    } else if (size < 1e6 && size >= 1e-3) {
        snprintf(text, EXPLAIN_NUMBER, "%.*g", size < 0.1 ? 3 : 4, value);
    } else { /* 1.50e+09 becomes 1.5e9 */
        snprintf(text, EXPLAIN_NUMBER, "%.2e", value);
        const int exponent = atoi(strchr(text, 'e') + 1);
        *strchr(text, 'e') = '\0';
        const double mantissa = strtod(text, NULL);
        snprintf(text, EXPLAIN_NUMBER, "%.3ge%d", mantissa, exponent);
    }
    return text;
}

/* Adds text with a true minus sign, and a dot for a product. */
static void typeset(struct cli_text *svg, const char *text)
{
    for (; *text; text++) {
        if (*text == '-')
            cli_text_add(svg, "\xe2\x88\x92");
        else if (*text == '*')
            cli_text_add(svg, "\xc2\xb7");
        else
            cli_text_bytes(svg, text, 1);
    }
}

static void text_at(const struct figure *f, double x, double y, double size, const char *colour,
                    const char *more, const char *text)
{
    cli_text_add(f->svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" fill=\"%s\" %s>", x, y,
                 size, colour, more);
    typeset(f->svg, text);
    cli_text_add(f->svg, "</text>\n");
}

/* ---- cells ---- */

/* From near white for 0 to the panel's colour for its largest value; negative ones in orange. */
static void shade(char text[16], const struct panel *panel, double value)
{
    const int white = 248;
    const struct colour full = value < 0 ? orange : panel->colour;
    const double part = value == 0 ? 0 : 0.15 + 0.85 * fabs(value) / panel->largest;
    snprintf(text, 16, "#%02x%02x%02x", (unsigned)lround(white + part * (full.r - white)) & 0xff,
             (unsigned)lround(white + part * (full.g - white)) & 0xff,
             (unsigned)lround(white + part * (full.b - white)) & 0xff);
}

static double cell_x(const struct figure *f, const struct panel *panel, int column)
{
    return panel->x + f->cell * (column - panel->column);
}

static double cell_y(const struct figure *f, const struct panel *panel, int row)
{
    return panel->y + f->cell * (row - panel->row);
}

static void draw_cell(const struct figure *f, const struct panel *panel, int row, int column)
{
    const struct explain_cell cell = panel->cell(f->e, row, column);
    const double x = cell_x(f, panel, column), y = cell_y(f, panel, row);
    char label[EXPLAIN_NUMBER], fill[16];
    number(label, cell.value);
    shade(fill, panel, cell.value);
    cli_text_add(f->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" "
                 "stroke=\"%s\"/>\n",
                 x, y, f->cell, f->cell, cell.outside ? "url(#outside)" : fill,
                 cell.outside ? "#d5d9e1" : "#ffffff");
    text_at(f, x + f->cell / 2, y + f->cell / 2 + 0.36 * panel->label, panel->label,
            cell.outside ? PALE : INK,
            cell.outside ? "text-anchor=\"middle\" font-style=\"italic\""
                         : "text-anchor=\"middle\"",
            label);
}

static void outline(const struct figure *f, const struct panel *panel, int row, int column,
                    int rows, int columns, const char *style)
{
    cli_text_add(
        f->svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" %s/>\n",
        cell_x(f, panel, column), cell_y(f, panel, row), columns * f->cell, rows * f->cell, style);
}

static void draw_panel(const struct figure *f, const struct panel *panel)
{
    char title[64];
    const bool input = panel == &f->panels[0], filter = panel == &f->panels[1];
    snprintf(title, sizeof(title), "%s %d \xc3\x97 %d%s", panel->name,
             input ? f->e->input.rows : panel->rows, input ? f->e->input.columns : panel->columns,
             filter && f->e->flip ? ", turned" : "");
    text_at(f, panel->x + f->cell * panel->columns / 2, panel->y - 12, TITLE, INK,
            "text-anchor=\"middle\" font-weight=\"600\"", title);
    for (int i = panel->row; i < panel->row + panel->rows; i++) {
        for (int j = panel->column; j < panel->column + panel->columns; j++)
            draw_cell(f, panel, i, j);
    }
}

/* ---- the marked window ---- */

#define THICK "stroke=\"" ACCENT "\" stroke-width=\"3\" rx=\"3\""

/* The coefficient that falls on a cell, small in its lower right corner. */
static void draw_weight(const struct figure *f, int row, int column, double tap)
{
    char label[EXPLAIN_NUMBER], text[EXPLAIN_NUMBER + 4];
    const struct panel *panel = &f->panels[0];
    snprintf(text, sizeof(text), "\xc3\x97%s", number(label, tap));
    const double size =
        fmin(0.25 * f->cell, (f->cell - 8) / GLYPH / (double)(f->panels[1].longest + 1));
    if (size >= 6)
        text_at(f, cell_x(f, panel, column + 1) - 4, cell_y(f, panel, row + 1) - 4, size, ACCENT,
                "text-anchor=\"end\" font-weight=\"600\"", text);
}

static void draw_window(const struct figure *f)
{
    const struct explain *e = f->e;
    const struct panel *input = &f->panels[0];
    const int row = e->at_row * e->stride_h - e->pad_top;
    const int column = e->at_column * e->stride_w - e->pad_left;
    const bool dilated = e->dilation_h > 1 || e->dilation_w > 1;
    for (int i = 0; i < e->filter.rows; i++) {
        for (int j = 0; j < e->filter.columns; j++) {
            const int y = row + i * e->dilation_h, x = column + j * e->dilation_w;
            draw_weight(f, y, x, explain_tap(e, i, j));
            if (dilated)
                outline(f, input, y, x, 1, 1, "stroke=\"" ACCENT "\" stroke-width=\"2\" rx=\"2\"");
        }
    }
    outline(f, input, row, column, (e->filter.rows - 1) * e->dilation_h + 1,
            (e->filter.columns - 1) * e->dilation_w + 1,
            dilated ? "stroke=\"" ACCENT "\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\""
                    : THICK);
    outline(f, &f->panels[1], 0, 0, e->filter.rows, e->filter.columns,
            "stroke=\"" ACCENT "\" stroke-width=\"1.5\" rx=\"3\"");
    outline(f, &f->panels[2], e->at_row, e->at_column, 1, 1, THICK);
}

/* "4·(−1)": the input's value, and the coefficient in the window's colour. */
static void draw_product(const struct figure *f, double x, double y, struct explain_cell cell,
                         double tap)
{
    char text[EXPLAIN_NUMBER];
    cli_text_add(f->svg,
                 "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"middle\" "
                 "fill=\"%s\"%s>",
                 x, y, f->product, cell.outside ? PALE : INK,
                 cell.outside ? " font-style=\"italic\"" : "");
    typeset(f->svg, number(text, cell.value));
    cli_text_add(f->svg, " \xc2\xb7 <tspan fill=\"%s\" font-style=\"normal\">%s", ACCENT,
                 tap < 0 ? "(" : "");
    typeset(f->svg, number(text, tap));
    cli_text_add(f->svg, "%s</tspan></text>\n", tap < 0 ? ")" : "");
}

/* One line for each row of the window; returns where the last line stands. */
static double draw_products(const struct figure *f, double y)
{
    const struct explain *e = f->e;
    char text[EXPLAIN_NUMBER], name[64];
    const int row = e->at_row * e->stride_h - e->pad_top;
    const int column = e->at_column * e->stride_w - e->pad_left;
    snprintf(name, sizeof(name), "y[%d][%d]  =", e->at_row, e->at_column);
    const double left = MARGIN + GLYPH * TITLE * (double)strlen(name) + f->product;
    text_at(f, MARGIN, y, TITLE, ACCENT, "font-weight=\"600\"", name);
    for (int i = 0; i < e->filter.rows; i++, y += LINE * f->product) {
        for (int j = 0; j < e->filter.columns; j++) {
            const double x = left + f->column * j;
            if (i + j > 0)
                text_at(f, x, y, f->product, PALE, "text-anchor=\"middle\"", "+");
            draw_product(f, x + f->column / 2, y,
                         explain_cell(e, row + i * e->dilation_h, column + j * e->dilation_w),
                         explain_tap(e, i, j));
        }
    }
    y -= LINE * f->product;
    snprintf(name, sizeof(name), "=  %s", number(text, e->result[e->at_row * e->q + e->at_column]));
    text_at(f, left + f->column * e->filter.columns, y, TITLE, ACCENT, "font-weight=\"600\"", name);
    return y;
}

/* ---- the notes below ---- */

static double draw_note(const struct figure *f, double y, struct cli_text *line)
{
    text_at(f, MARGIN, y, SMALL, PALE, "", line->data);
    cli_text_free(line);
    return y + LINE * SMALL;
}

static double draw_sizes(const struct figure *f, double y)
{
    struct cli_text line = {0};
    int numbers[6];
    cli_text_add(&line, "rows of the result: ");
    explain_row_numbers(numbers, f->e);
    explain_formula(&line, "\xe2\x8c\x8a", "\xe2\x8c\x8b", numbers, f->e->p);
    y = draw_note(f, y, &line);
    cli_text_add(&line, "columns: ");
    explain_column_numbers(numbers, f->e);
    explain_formula(&line, "\xe2\x8c\x8a", "\xe2\x8c\x8b", numbers, f->e->q);
    return draw_note(f, y, &line);
}

/* ", stride 2" or ", stride 2, 1" */
static void add_pair(struct cli_text *line, const char *name, int rows, int columns)
{
    cli_text_add(line, ", %s %d", name, rows);
    if (rows != columns)
        cli_text_add(line, ", %d", columns);
}

static double draw_parameters(const struct figure *f, double y)
{
    const struct explain *e = f->e;
    struct cli_text line = {0};
    char text[EXPLAIN_NUMBER];
    cli_text_add(&line, "%s",
                 e->flip ? "convolution (the filter is turned by 180 degrees)"
                         : "correlation (the filter as given)");
    add_pair(&line, "stride", e->stride_h, e->stride_w);
    if (e->dilation_h > 1 || e->dilation_w > 1)
        add_pair(&line, "dilation", e->dilation_h, e->dilation_w);
    y = draw_note(f, y, &line);
    if (f->padded) {
        cli_text_add(&line, "hatched: padding, border %s", clconv_border_name(e->border));
        if (e->border == CLCONV_CONSTANT)
            cli_text_add(&line, " %s", explain_number(text, e->border_value));
    }
    if (f->negative)
        cli_text_add(&line, "%sorange: negative", f->padded ? "; " : "");
    return line.length ? draw_note(f, y, &line) : y;
}

/* ---- measures ---- */

static void measure_panel(struct figure *f, struct panel *panel)
{
    char label[EXPLAIN_NUMBER];
    for (int i = panel->row; i < panel->row + panel->rows; i++) {
        for (int j = panel->column; j < panel->column + panel->columns; j++) {
            const struct explain_cell cell = panel->cell(f->e, i, j);
            const size_t length = strlen(number(label, cell.value));
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
    const double title = GLYPH * TITLE * 17; /* "filter 3 x 3, turned" */
    double x = MARGIN;
    f->below = MARGIN + 2 * TITLE + tall;
    for (int i = 0; i < 3; i++) {
        struct panel *panel = &f->panels[i];
        const double wide = f->cell * panel->columns;
        panel->slot = fmax(wide, title);
        panel->x = x + (panel->slot - wide) / 2;
        panel->y = f->below - (tall + f->cell * panel->rows) / 2;
        panel->label =
            fmin(LABEL, fmin(0.38 * f->cell, (f->cell - 8) / GLYPH / (double)panel->longest));
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
    f->cell = fmax(CELL_USUAL, fmin(CELL_MAX, GLYPH * 13 * (double)longest + 8));
    f->cell = fmax(CELL_MIN, fmin(f->cell, PANELS_WIDE / columns));
    for (int i = 0; i < 3; i++)
        tall = fmax(tall, f->cell * f->panels[i].rows);
    const double right = place_panels(f, tall);
    const double characters = (double)(f->panels[0].longest + f->panels[1].longest + 6);
    f->product = f->e->filter.columns <= 8 ? TITLE : SMALL;
    f->column = GLYPH * f->product * characters;
    f->width = fmax(right + MARGIN, 2 * MARGIN + f->column * f->e->filter.columns + 240);
    f->width = fmax(f->width, WIDTH_MIN);
    const int notes = f->padded || f->negative ? 4 : 3;
    f->height = f->below + 5 * TITLE + LINE * f->product * (f->e->filter.rows - 1) +
                LINE * SMALL * (notes - 1) + MARGIN;
}

static void draw_operators(const struct figure *f)
{
    static const char *const signs[] = {"\xe2\x88\x97", "="};
    for (int i = 0; i < 2; i++) {
        const struct panel *panel = &f->panels[i];
        const double right = panel->x + (f->cell * panel->columns + panel->slot) / 2 + GAP / 2.0;
        const double middle = panel->y + f->cell * panel->rows / 2;
        text_at(f, right, middle + 11, 32, INK, "text-anchor=\"middle\"", signs[i]);
    }
}

void explain_svg(struct cli_text *svg, const struct explain *e)
{
    struct figure f = {
        .svg = svg,
        .e = e,
        .panels = {
            {"input", -e->pad_top, -e->pad_left, e->input.rows + e->pad_top + e->pad_bottom,
             e->input.columns + e->pad_left + e->pad_right, explain_cell, blue, .label = 0},
            {"filter", 0, 0, e->filter.rows, e->filter.columns, filter_cell, violet, .label = 0},
            {"result", 0, 0, e->p, e->q, result_cell, green, .label = 0}}};
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
        draw_panel(&f, &f.panels[i]);
    draw_operators(&f);
    if (f.padded)
        outline(&f, &f.panels[0], 0, 0, e->input.rows, e->input.columns,
                "stroke=\"" INK "\" stroke-width=\"1.5\"");
    draw_window(&f);
    double y = draw_products(&f, f.below + 2.6 * TITLE);
    y = draw_parameters(&f, y + 2.4 * TITLE);
    draw_sizes(&f, y);
    cli_text_add(svg, "</svg>\n");
}
