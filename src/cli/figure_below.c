/* figure_below.c - below the panels: the products of the marked window, and notes. */
#include "figure.h"
#include <stdio.h>
#include <string.h>

/* "4·(−1)": the input's value, and the coefficient in the window's colour. */
static void draw_product(const struct figure *f, double x, double y, struct explain_cell cell,
                         double tap)
{
    char text[EXPLAIN_NUMBER];
    cli_text_add(f->svg,
                 "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" text-anchor=\"middle\" "
                 "fill=\"%s\"%s>",
                 x, y, f->product, cell.outside ? FIGURE_PALE : FIGURE_INK,
                 cell.outside ? " font-style=\"italic\"" : "");
    figure_typeset(f->svg, figure_number(text, cell.value));
    cli_text_add(f->svg, " \xc2\xb7 <tspan fill=\"%s\" font-style=\"normal\">%s", FIGURE_ACCENT,
                 tap < 0 ? "(" : "");
    figure_typeset(f->svg, figure_number(text, tap));
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
    const double left =
        FIGURE_MARGIN + FIGURE_GLYPH * FIGURE_TITLE * (double)strlen(name) + f->product;
    figure_text(f, FIGURE_MARGIN, y, FIGURE_TITLE, FIGURE_ACCENT, "font-weight=\"600\"", name);
    for (int i = 0; i < e->filter.rows; i++, y += FIGURE_LINE * f->product) {
        for (int j = 0; j < e->filter.columns; j++) {
            const double x = left + f->column * j;
            if (i + j > 0)
                figure_text(f, x, y, f->product, FIGURE_PALE, "text-anchor=\"middle\"", "+");
            draw_product(f, x + f->column / 2, y,
                         explain_cell(e, row + i * e->dilation_h, column + j * e->dilation_w),
                         explain_tap(e, i, j));
        }
    }
    y -= FIGURE_LINE * f->product;
    snprintf(name, sizeof(name), "=  %s",
             figure_number(text, e->result[e->at_row * e->q + e->at_column]));
    figure_text(f, left + f->column * e->filter.columns, y, FIGURE_TITLE, FIGURE_ACCENT,
                "font-weight=\"600\"", name);
    return y;
}

static double draw_note(const struct figure *f, double y, struct cli_text *line)
{
    figure_text(f, FIGURE_MARGIN, y, FIGURE_SMALL, FIGURE_PALE, "", line->data);
    cli_text_free(line);
    return y + FIGURE_LINE * FIGURE_SMALL;
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

void figure_below(const struct figure *f)
{
    double y = draw_products(f, f->below + 2.6 * FIGURE_TITLE);
    y = draw_parameters(f, y + 2.4 * FIGURE_TITLE);
    draw_sizes(f, y);
}
