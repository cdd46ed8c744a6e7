/* figure_panel.c - matrices as coloured cells, and the window marked on them. */
#include "figure.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct colour orange = {246, 168, 92}; /* of the largest negative value */

/* Three or four digits, where integers need no more; the text has the exact values. */
const char *figure_number(char text[EXPLAIN_NUMBER], double value)
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
void figure_typeset(struct cli_text *svg, const char *text)
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

void figure_text(const struct figure *f, double x, double y, double size, const char *colour,
                 const char *more, const char *text)
{
    cli_text_add(f->svg, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%.1f\" fill=\"%s\" %s>", x, y,
                 size, colour, more);
    figure_typeset(f->svg, text);
    cli_text_add(f->svg, "</text>\n");
}

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
    figure_number(label, cell.value);
    shade(fill, panel, cell.value);
    cli_text_add(f->svg,
                 "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" "
                 "stroke=\"%s\"/>\n",
                 x, y, f->cell, f->cell, cell.outside ? "url(#outside)" : fill,
                 cell.outside ? "#d5d9e1" : "#ffffff");
    figure_text(f, x + f->cell / 2, y + f->cell / 2 + 0.36 * panel->label, panel->label,
                cell.outside ? FIGURE_PALE : FIGURE_INK,
                cell.outside ? "text-anchor=\"middle\" font-style=\"italic\""
                             : "text-anchor=\"middle\"",
                label);
}

void figure_outline(const struct figure *f, const struct panel *panel, int row, int column,
                    int rows, int columns, const char *style)
{
    cli_text_add(
        f->svg, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" %s/>\n",
        cell_x(f, panel, column), cell_y(f, panel, row), columns * f->cell, rows * f->cell, style);
}

void figure_panel(const struct figure *f, const struct panel *panel)
{
    char title[64];
    const bool input = panel == &f->panels[0], filter = panel == &f->panels[1];
    snprintf(title, sizeof(title), "%s %d \xc3\x97 %d%s", panel->name,
             input ? f->e->input.rows : panel->rows, input ? f->e->input.columns : panel->columns,
             filter && f->e->flip ? ", turned" : "");
    figure_text(f, panel->x + f->cell * panel->columns / 2, panel->y - 12, FIGURE_TITLE, FIGURE_INK,
                "text-anchor=\"middle\" font-weight=\"600\"", title);
    for (int i = panel->row; i < panel->row + panel->rows; i++) {
        for (int j = panel->column; j < panel->column + panel->columns; j++)
            draw_cell(f, panel, i, j);
    }
}

#define THICK "stroke=\"" FIGURE_ACCENT "\" stroke-width=\"3\" rx=\"3\""

/* The coefficient that falls on a cell, small in its lower right corner. */
static void draw_weight(const struct figure *f, int row, int column, double tap)
{
    char label[EXPLAIN_NUMBER], text[EXPLAIN_NUMBER + 4];
    const struct panel *panel = &f->panels[0];
    snprintf(text, sizeof(text), "\xc3\x97%s", figure_number(label, tap));
    const double size =
        fmin(0.25 * f->cell, (f->cell - 8) / FIGURE_GLYPH / (double)(f->panels[1].longest + 1));
    if (size >= 6)
        figure_text(f, cell_x(f, panel, column + 1) - 4, cell_y(f, panel, row + 1) - 4, size,
                    FIGURE_ACCENT, "text-anchor=\"end\" font-weight=\"600\"", text);
}

void figure_window(const struct figure *f)
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
                figure_outline(f, input, y, x, 1, 1,
                               "stroke=\"" FIGURE_ACCENT "\" stroke-width=\"2\" rx=\"2\"");
        }
    }
    figure_outline(f, input, row, column, (e->filter.rows - 1) * e->dilation_h + 1,
                   (e->filter.columns - 1) * e->dilation_w + 1,
                   dilated ? "stroke=\"" FIGURE_ACCENT
                             "\" stroke-width=\"1.5\" stroke-dasharray=\"6 4\""
                           : THICK);
    figure_outline(f, &f->panels[1], 0, 0, e->filter.rows, e->filter.columns,
                   "stroke=\"" FIGURE_ACCENT "\" stroke-width=\"1.5\" rx=\"3\"");
    figure_outline(f, &f->panels[2], e->at_row, e->at_column, 1, 1, THICK);
}
