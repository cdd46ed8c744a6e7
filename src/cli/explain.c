/* explain.c - `clconv explain`: a small convolution step by step, for people who are learning it.
 *
 * The result comes from the library, the steps from the input, the filter and the border's rule;
 * the two are compared before anything is shown. */
#include "explain.h"
#include "kernel_text.h"
#include "output.h"
#include "window.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *input, *filter, *at, *svg;
    struct cli_window window;
};

#define FIELD(name) offsetof(struct arguments, name)

static const struct cli_option options[] = {
    {"--input", "-i", CLI_TEXT, FIELD(input), "ROWS", "the image: '1 2 3; 4 5 6; 7 8 9'"},
    {"--filter", "-f", CLI_TEXT, FIELD(filter), "KERNEL",
     "rows as above, or any KERNEL of `clconv filter`"},
    CLI_WINDOW_OPTIONS(struct arguments, window),
    {"--svg", NULL, CLI_TEXT, FIELD(svg), "FILE", "draw a figure of it"},
    {"--at", NULL, CLI_TEXT, FIELD(at), "ROW,COLUMN",
     "the output whose window the figure marks; default: one that shows most"},
    {0}};

struct explain_cell explain_cell(const struct explain *e, int row, int column)
{
    const int h = e->input.rows, w = e->input.columns;
    const int64_t r = clconv_border_index(e->border, row, h);
    const int64_t c = clconv_border_index(e->border, column, w);
    const bool outside = row < 0 || row >= h || column < 0 || column >= w;
    const bool constant = r < 0 || c < 0;
    const struct explain_cell cell = {constant ? e->border_value : e->input.taps[r * w + c],
                                      outside};
    return cell;
}

double explain_tap(const struct explain *e, int i, int j)
{
    const int r = e->filter.rows, s = e->filter.columns;
    const int at = e->flip ? (r - 1 - i) * s + (s - 1 - j) : i * s + j;
    return (double)(float)e->filter.taps[at];
}

struct explain_cell explain_filter_cell(const struct explain *e, int row, int column)
{
    return (struct explain_cell){explain_tap(e, row, column), false};
}

struct explain_cell explain_result_cell(const struct explain *e, int row, int column)
{
    return (struct explain_cell){e->result[row * e->q + column], false};
}

const char *explain_number(char text[EXPLAIN_NUMBER], double value)
{
    if (value == 0.0)
        return "0";
    snprintf(text, EXPLAIN_NUMBER, value == floor(value) && fabs(value) < 1e15 ? "%.0f" : "%.7g",
             value);
    return text;
}

void explain_formula(struct cli_text *out, const char *open, const char *close,
                     const int numbers[6], int result)
{
    cli_text_add(out, "%s(%d + %d + %d - %d * (%d - 1) - 1) / %d%s + 1 = %d", open, numbers[0],
                 numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], close, result);
}

void explain_row_numbers(int numbers[6], const struct explain *e)
{
    const int all[6] = {e->input.rows, e->pad_top,     e->pad_bottom,
                        e->dilation_h, e->filter.rows, e->stride_h};
    memcpy(numbers, all, sizeof(all));
}

void explain_column_numbers(int numbers[6], const struct explain *e)
{
    const int all[6] = {e->input.columns, e->pad_left,       e->pad_right,
                        e->dilation_w,    e->filter.columns, e->stride_w};
    memcpy(numbers, all, sizeof(all));
}

/* ---- what is asked for ---- */

static bool small(const struct kernel *matrix, const char *option)
{
    if (matrix->rows <= EXPLAIN_SIDE && matrix->columns <= EXPLAIN_SIDE)
        return true;
    cli_misuse("%s has %d x %d values; up to %d x %d can be followed by eye, `clconv conv` takes "
               "any size",
               option, matrix->rows, matrix->columns, EXPLAIN_SIDE, EXPLAIN_SIDE);
    return false;
}

static bool matrices(struct explain *e, const struct arguments *args)
{
    struct kernel_text text = {
        .name = "--input", .text = args->input, .at = args->input, .fields = ",", .rows = ";"};
    if (!args->input || !args->filter) {
        cli_misuse("--input and --filter are needed");
        return false;
    }
    if (!kernel_text_rows(&e->input, &text) || !kernel_parse(&e->filter, args->filter))
        return false;
    if (e->filter.count != 1 || e->filter.scale != 1.0 || e->filter.offset != 0.0) {
        cli_misuse("--filter %s: a single filter without a scale is wanted", args->filter);
        return false;
    }
    return small(&e->input, "--input") && small(&e->filter, "--filter");
}

enum { LIMIT = 2 * EXPLAIN_SIDE }; /* of the padding on one side */

/* ---- the result, and the steps that have to lead to it ---- */

/* Padding before and behind an axis, as docs/semantics.md has it for each extent. */
static void resolve(int *before, int *behind, const struct explain *e, int size, int taps,
                    int anchor, int dilation, int stride, int outputs)
{
    const int reach = dilation * (taps - 1);
    if (e->extent == CLCONV_VALID) {
        *before = *behind = 0;
    } else if (e->extent == CLCONV_FULL) {
        *before = *behind = reach;
    } else if (e->extent == CLCONV_SAME) {
        const int last = (outputs - 1) * stride + reach + 1 - size;
        *before = dilation * (e->flip ? taps - 1 - anchor : anchor);
        *behind = last > *before ? last - *before : 0;
    }
}

/* The input under tap (i, j) of the window of an output. */
static struct explain_cell window_cell(const struct explain *e, int row, int column, int i, int j)
{
    return explain_cell(e, row * e->stride_h - e->pad_top + i * e->dilation_h,
                        column * e->stride_w - e->pad_left + j * e->dilation_w);
}

static bool agrees(const struct explain *e, int row, int column)
{
    double sum = 0, magnitude = 0;
    for (int i = 0; i < e->filter.rows; i++) {
        for (int j = 0; j < e->filter.columns; j++) {
            const struct explain_cell x = window_cell(e, row, column, i, j);
            const double product = x.value * explain_tap(e, i, j);
            sum += product;
            magnitude += fabs(product);
        }
    }
    const int taps = e->filter.rows * e->filter.columns;
    const double result = e->result[row * e->q + column];
    if (!isfinite(sum)) /* of a border that is not */
        return isnan(sum) ? isnan(result) : result == sum;
    return fabs(sum - result) <= taps * DBL_EPSILON * magnitude;
}

static bool check(const struct explain *e)
{
    for (int i = 0; i < e->p; i++) {
        for (int j = 0; j < e->q; j++) {
            if (!agrees(e, i, j)) {
                cli_fail("the steps and the library differ at y[%d][%d]; please report it", i, j);
                return false;
            }
        }
    }
    return true;
}

static bool by_library(struct explain *e, const clconv_desc *d)
{
    clconv_context *context = NULL;
    float filters[EXPLAIN_SIDE * EXPLAIN_SIDE];
    for (int i = 0; i < d->r * d->s; i++)
        filters[i] = (float)e->filter.taps[i];
    const bool done = cli_context(&context, "host") == CLCONV_OK &&
                      clconv_run(context, d, e->input.taps, filters, NULL, e->result) == CLCONV_OK;
    if (!done)
        cli_fail_library();
    clconv_context_destroy(context);
    return done;
}

/* An exit status. */
static int solve(struct explain *e, clconv_desc *d)
{
    clconv_sizes sizes;
    d->h = e->input.rows;
    d->w = e->input.columns;
    d->r = e->filter.rows;
    d->s = e->filter.columns;
    d->x_type = d->y_type = CLCONV_F64;
    if (d->extent == CLCONV_SAME) {
        d->anchor_shift_h = e->filter.anchor_row - (d->r - 1) / 2;
        d->anchor_shift_w = e->filter.anchor_column - (d->s - 1) / 2;
    }
    if (clconv_desc_output(&sizes, d) != CLCONV_OK)
        return cli_misuse("%s", clconv_last_error());
    e->p = sizes.p;
    e->q = sizes.q;
    e->stride_h = d->stride_h;
    e->stride_w = d->stride_w;
    e->dilation_h = d->dilation_h;
    e->dilation_w = d->dilation_w;
    e->extent = d->extent;
    e->flip = d->operation == CLCONV_CONVOLUTION;
    e->border = d->border;
    e->border_value = d->border_value;
    e->pad_top = d->pad_top;
    e->pad_bottom = d->pad_bottom;
    e->pad_left = d->pad_left;
    e->pad_right = d->pad_right;
    resolve(&e->pad_top, &e->pad_bottom, e, d->h, d->r, e->filter.anchor_row, d->dilation_h,
            d->stride_h, e->p);
    resolve(&e->pad_left, &e->pad_right, e, d->w, d->s, e->filter.anchor_column, d->dilation_w,
            d->stride_w, e->q);
    if (e->pad_top > LIMIT || e->pad_bottom > LIMIT || e->pad_left > LIMIT || e->pad_right > LIMIT)
        return cli_misuse("a padding of %d, %d, %d, %d can no longer be followed by eye; up to %d",
                          e->pad_top, e->pad_bottom, e->pad_left, e->pad_right, LIMIT);
    e->result = malloc((size_t)e->p * (size_t)e->q * sizeof(*e->result));
    if (!e->result)
        return cli_no_memory(sizes.y_bytes);
    return by_library(e, d) && check(e) ? CLI_DONE : CLI_FAILED;
}

/* ---- the figure ---- */

/* How much the window of an output shows: products that are not 0, a sum that is not, a border. */
static int shows(const struct explain *e, int row, int column)
{
    int products = 0, outside = 0;
    for (int i = 0; i < e->filter.rows; i++) {
        for (int j = 0; j < e->filter.columns; j++) {
            const struct explain_cell x = window_cell(e, row, column, i, j);
            products += x.value * explain_tap(e, i, j) != 0.0;
            outside += x.outside;
        }
    }
    return 4 * products + 2 * (e->result[row * e->q + column] != 0.0) + (outside > 0);
}

/* The output that --at names, else the first of those that show most. */
static bool choose_window(struct explain *e, const char *at)
{
    int v[2] = {0, 0}, most = -1;
    if (at && cli_integers(v, "2", "--at", at) == 0)
        return false;
    for (int i = 0; !at && i < e->p * e->q; i++) {
        const int much = shows(e, i / e->q, i % e->q);
        if (much > most) {
            most = much;
            v[0] = i / e->q;
            v[1] = i % e->q;
        }
    }
    e->at_row = v[0];
    e->at_column = v[1];
    if (v[0] >= 0 && v[0] < e->p && v[1] >= 0 && v[1] < e->q)
        return true;
    cli_misuse("--at %s: the result has rows 0 to %d and columns 0 to %d", at, e->p - 1, e->q - 1);
    return false;
}

static bool draw(const struct explain *e, const char *path)
{
    struct cli_text svg = {0};
    struct cli_output output;
    explain_svg(&svg, e);
    const bool done = cli_output_begin(&output, path) &&
                      cli_output_write(&output, svg.data, svg.length) && cli_output_commit(&output);
    cli_text_free(&svg);
    return done;
}

static int run(int argc, char **argv)
{
    struct arguments args = {0};
    struct explain e = {0};
    clconv_desc desc = {0};
    int status = CLI_MISUSE;
    if (cli_args(&args, options, argc, argv, 0, 0, NULL) && matrices(&e, &args) &&
        cli_window_read(&desc, &args.window))
        status = solve(&e, &desc);
    if (status == CLI_DONE && !choose_window(&e, args.at))
        status = CLI_MISUSE;
    if (status == CLI_DONE && args.svg && !draw(&e, args.svg))
        status = CLI_FAILED;
    if (status == CLI_DONE)
        explain_text(&e);
    kernel_free(&e.input);
    kernel_free(&e.filter);
    free(e.result);
    return status;
}

const struct cli_command cli_explain = {
    "explain",
    "Show a small convolution step by step, with a figure",
    "--input ROWS --filter KERNEL [OPTION...] [--svg FILE]",
    options,
    "Every placement of the filter with its products and their sum; of more than 100 outputs the\n"
    "first and the last ten. Values in [ ] lie outside of the input: the border's. Input and\n"
    "filter may have up to 16 x 16 values.\n\n"
    "examples:\n"
    "  clconv explain --input '1 2 3; 4 5 6; 7 8 9' --filter '0 1; 1 0' --svg figure.svg\n"
    "  clconv explain --input '1 2 3; 4 5 6; 7 8 9' --filter sharpen --extent same \\\n"
    "      --border replicate\n",
    run};
