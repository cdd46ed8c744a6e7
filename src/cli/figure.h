/* figure.h - the parts of the figure of a small convolution, shared by the files that draw it.
 * Lengths are SVG units. */
#ifndef CLI_FIGURE_H
#define CLI_FIGURE_H

#include "explain.h"

enum {
    FIGURE_MARGIN = 28,
    FIGURE_TITLE = 16, /* size of titles and of the result's equation */
    FIGURE_SMALL = 13, /* size of the notes */
};

#define FIGURE_LINE   1.6       /* distance of lines in font sizes */
#define FIGURE_GLYPH  0.64      /* width of a digit in font sizes, in the widest usual font */
#define FIGURE_INK    "#20242c" /* text */
#define FIGURE_PALE   "#6b7484" /* notes, and values outside of the input */
#define FIGURE_ACCENT "#cf1f67" /* the marked window, its coefficients, its output */

struct colour {
    int r, g, b;
};

typedef struct explain_cell (*figure_cell_fn)(const struct explain *e, int row, int column);

struct panel {
    const char *name;
    int row, column, rows, columns; /* index of the first cell, and how many there are */
    figure_cell_fn cell;
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
    double cell;                 /* its side */
    double product, column;      /* size of the products, and the width of one */
    double width, height, below; /* of all; where the panels end */
    bool padded, negative;       /* there are cells outside of the input, or below 0 */
};

/* Three or four digits, where integers need no more; the text has the exact values. */
const char *figure_number(char text[EXPLAIN_NUMBER], double value);

/* Adds text with a true minus sign, and a dot for a product. */
void figure_typeset(struct cli_text *svg, const char *text);

void figure_text(const struct figure *f, double x, double y, double size, const char *colour,
                 const char *attributes, const char *text);
void figure_panel(const struct figure *f, const struct panel *panel);
/* A frame around some cells. */
void figure_outline(const struct figure *f, const struct panel *panel, int row, int column,
                    int rows, int columns, const char *attributes);
/* The marked window on the input, and the output it makes. */
void figure_window(const struct figure *f);
/* What stands below the panels: the products of the window, and notes. */
void figure_below(const struct figure *f);

#endif
