/* explain_text.c - a small convolution in words: sizes, matrices, and each placement. */
#include "explain.h"
#include <stdio.h>
#include <string.h>

enum { ALL_SHOWN = 100, ENDS_SHOWN = 10, PRODUCT = 3 * EXPLAIN_NUMBER };

/* The label of a cell: "[0]" outside of the input. */
static void label(char text[EXPLAIN_NUMBER + 2], struct explain_cell cell)
{
    char number[EXPLAIN_NUMBER];
    snprintf(text, EXPLAIN_NUMBER + 2, cell.outside ? "[%s]" : "%s",
             explain_number(number, cell.value));
}

typedef struct explain_cell (*cell_fn)(const struct explain *e, int row, int column);

static struct explain_cell given_filter_cell(const struct explain *e, int row, int column)
{
    return explain_filter_cell(e, e->flip ? e->filter.rows - 1 - row : row,
                               e->flip ? e->filter.columns - 1 - column : column);
}

/* Rows [row, row_end) and columns [column, column_end), right-aligned; a bracket stands in the
 * space between two columns. */
static void matrix(const struct explain *e, cell_fn cell, int row, int row_end, int column,
                   int column_end)
{
    char text[EXPLAIN_NUMBER + 2];
    int width = 1;
    for (int i = row; i < row_end; i++) {
        for (int j = column; j < column_end; j++) {
            const struct explain_cell c = cell(e, i, j);
            label(text, c);
            const int length = (int)strlen(text) - c.outside;
            width = length > width ? length : width;
        }
    }
    for (int i = row; i < row_end; i++) {
        for (int j = column; j < column_end; j++) {
            const struct explain_cell c = cell(e, i, j);
            label(text, c);
            cli_out("%*s%s", width + 2 + c.outside - (j > column && cell(e, i, j - 1).outside),
                    text, "");
        }
        cli_out("\n");
    }
}

static void describe(const struct explain *e)
{
    const bool padded = e->pad_top || e->pad_bottom || e->pad_left || e->pad_right;
    char number[EXPLAIN_NUMBER];
    cli_out("input: %d x %d\n", e->input.rows, e->input.columns);
    matrix(e, explain_cell, -e->pad_top, e->input.rows + e->pad_bottom, -e->pad_left,
           e->input.columns + e->pad_right);
    cli_out("\nfilter: %d x %d\n", e->filter.rows, e->filter.columns);
    matrix(e, given_filter_cell, 0, e->filter.rows, 0, e->filter.columns);
    if (e->flip) {
        cli_out("\nturned by 180 degrees, since this is convolution (without --flip: "
                "correlation)\n");
        matrix(e, explain_filter_cell, 0, e->filter.rows, 0, e->filter.columns);
    }
    cli_out("\nstride %d, %d; dilation %d, %d; padding: top %d, bottom %d, left %d, right %d\n",
            e->stride_h, e->stride_w, e->dilation_h, e->dilation_w, e->pad_top, e->pad_bottom,
            e->pad_left, e->pad_right);
    if (padded && e->border == CLCONV_CONSTANT)
        cli_out("values in [ ] lie outside of the input: the constant %s\n",
                explain_number(number, e->border_value));
    else if (padded)
        cli_out("values in [ ] lie outside of the input: border %s\n",
                clconv_border_name(e->border));
}

static void sizes(const struct explain *e)
{
    struct cli_text line = {0};
    int numbers[6];
    cli_out("\noutput size = floor((size + padding before + padding behind - dilation * (filter "
            "size - 1) - 1) / stride) + 1\n");
    cli_text_add(&line, "  rows:    ");
    explain_row_numbers(numbers, e);
    explain_formula(&line, "floor(", ")", numbers, e->p);
    cli_text_add(&line, "\n  columns: ");
    explain_column_numbers(numbers, e);
    explain_formula(&line, "floor(", ")", numbers, e->q);
    cli_out("%s\n", line.data);
    cli_text_free(&line);
}

/* "rows 0 to 2" or, dilated, "rows 0, 2, 4" */
static void range(const char *what, int first, int count, int step)
{
    cli_out("%s%s ", what, count > 1 ? "s" : "");
    if (step == 1 && count > 1) {
        cli_out("%d to %d", first, first + count - 1);
        return;
    }
    for (int i = 0; i < count; i++)
        cli_out("%s%d", i ? ", " : "", first + i * step);
}

/* "[0] * (-1)" */
static void product(char text[PRODUCT], const struct explain *e, int row, int column, int i, int j)
{
    char x[EXPLAIN_NUMBER + 2], number[EXPLAIN_NUMBER];
    const double tap = explain_tap(e, i, j);
    label(x, explain_cell(e, row + i * e->dilation_h, column + j * e->dilation_w));
    snprintf(text, PRODUCT, tap < 0 ? "%s * (%s)" : "%s * %s", x, explain_number(number, tap));
}

/* One line for each row of the window, so that every product stands where its tap does. */
static void placement(const struct explain *e, int p, int q)
{
    const int row = p * e->stride_h - e->pad_top, column = q * e->stride_w - e->pad_left;
    char text[PRODUCT], number[EXPLAIN_NUMBER];
    int width = 0;
    cli_out("\ny[%d][%d]: ", p, q);
    range("row", row, e->filter.rows, e->dilation_h);
    cli_out(", ");
    range("column", column, e->filter.columns, e->dilation_w);
    cli_out("\n");
    for (int i = 0; i < e->filter.rows; i++) {
        for (int j = 0; j < e->filter.columns; j++) {
            product(text, e, row, column, i, j);
            width = (int)strlen(text) > width ? (int)strlen(text) : width;
        }
    }
    for (int i = 0; i < e->filter.rows; i++) {
        for (int j = 0; j < e->filter.columns; j++) {
            product(text, e, row, column, i, j);
            cli_out("%s%*s", i + j == 0 ? "    " : j == 0 ? "  + " : " + ", width, text);
        }
        cli_out(i + 1 < e->filter.rows ? "\n" : " = %s\n",
                explain_number(number, e->result[p * e->q + q]));
    }
}

void explain_text(const struct explain *e)
{
    const int outputs = e->p * e->q;
    describe(e);
    sizes(e);
    for (int i = 0; i < outputs; i++) {
        if (outputs > ALL_SHOWN && i == ENDS_SHOWN) {
            cli_out("\n... %d more of the same kind ...\n", outputs - 2 * ENDS_SHOWN);
            i = outputs - ENDS_SHOWN;
        }
        placement(e, i / e->q, i % e->q);
    }
    cli_out("\nresult: %d x %d\n", e->p, e->q);
    matrix(e, explain_result_cell, 0, e->p, 0, e->q);
}
