/* test_referee.c - the referee: textbook examples, a second and plainer computation, what a NaN
 * reaches, and the magnitude behind the error bounds. */
#include "host/host.h"
#include "problem.h"
#include "suite.h"
#include <math.h>

enum { MOST = 4096 }; /* elements of any array here */

/* Every output in y[n][k][p][q], dense, before the rounding to storage. */
static void referee(const cc_geom *g, const void *x, const float *filters, const float *bias,
                    double *y, double *magnitude)
{
    double *const scratch = malloc(cc_referee_scratch(g) * sizeof *scratch);
    ck_assert_ptr_nonnull(scratch);
    ck_assert_int_le(g->outputs, MOST);
    for (int64_t row = 0; row < g->outputs / g->q; row++) {
        const int p = (int)(row % g->p), k = (int)(row / g->p % g->k);
        double *const out = y + row * g->q;
        cc_referee_row(g, x, filters, bias, (int)(row / g->p / g->k), k, p, out,
                       magnitude ? magnitude + row * g->q : NULL, scratch);
        for (int q = 0; q < g->q; q++)
            out[q] = cc_epilogue(g, out[q]);
    }
    free(scratch);
}

static void check_example(const char *problem, const float *x, const float *filters,
                          const double *expected)
{
    const cc_geom g = geom_of(problem);
    double y[MOST];
    referee(&g, x, filters, NULL, y, NULL);
    for (int64_t i = 0; i < g.outputs; i++)
        ck_assert_msg(y[i] == expected[i], "%s: output %lld is %g, not %g", problem, (long long)i,
                      y[i], expected[i]);
}

static const float one_to_nine[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

START_TEST(example_3x3_with_2x2)
{
    check_example("1x1x3x3:1x2x2", one_to_nine, (float[]){0, 1, 1, 0}, (double[]){6, 8, 12, 14});
    const float zero_to_eight[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    check_example("1x1x3x3:1x2x2", zero_to_eight, (float[]){0, 1, 2, 3},
                  (double[]){19, 25, 37, 43});
}
END_TEST

START_TEST(example_5x5_with_vertical_edge_filter)
{
    const float x[] = {1, 2, 3, 0, 1, 0, 1, 2, 3, 1, 1, 2, 1, 0, 0, 2, 1, 0, 1, 2, 0, 1, 2, 3, 1};
    const float edge[] = {1, 0, -1, 1, 0, -1, 1, 0, -1};
    check_example("1x1x5x5:1x3x3", x, edge, (double[]){-4, 2, 4, 0, 0, 0, 0, 0, 0});
    check_example("1x1x5x5:1x3x3:s2", x, edge, (double[]){-4, 4, 0, 0});
}
END_TEST

START_TEST(example_6x6_with_vertical_edge_filter)
{
    const float x[] = {3, 0, 1, 2, 7, 4, 1, 5, 8, 9, 3, 1, 2, 7, 2, 5, 1, 3,
                       0, 1, 3, 1, 7, 8, 4, 2, 1, 6, 2, 8, 2, 4, 5, 2, 3, 9};
    const float edge[] = {1, 0, -1, 1, 0, -1, 1, 0, -1};
    check_example("1x1x6x6:1x3x3", x, edge,
                  (double[]){-5, -4, 0, 8, -10, -2, 2, 3, 0, -2, -4, -7, -3, -2, -3, -16});
}
END_TEST

START_TEST(example_4x4_with_3x3)
{
    const float x[] = {4, 5, 8, 7, 1, 8, 8, 8, 3, 6, 6, 4, 6, 5, 7, 8};
    check_example("1x1x4x4:1x3x3", x, (float[]){1, 4, 1, 1, 4, 3, 3, 3, 1},
                  (double[]){122, 148, 126, 134});
}
END_TEST

START_TEST(example_7x7_picture_of_zeros_and_ones)
{
    const float x[] = {0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1,
                       1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0};
    check_example(
        "1x1x7x7:1x3x3", x, (float[]){1, 0, 1, 0, 1, 0, 1, 0, 1},
        (double[]){1, 4, 3, 4, 1, 1, 2, 4, 3, 3, 1, 2, 3, 4, 1, 1, 3, 3, 1, 1, 3, 3, 1, 1, 0});
}
END_TEST

START_TEST(example_5x5_with_stride_2_and_padding)
{
    const float x[] = {3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1};
    const float filter[] = {0, 1, 2, 2, 2, 0, 0, 1, 2};
    check_example("1x1x5x5:1x3x3", x, filter, (double[]){12, 12, 17, 10, 17, 19, 9, 6, 14});
    check_example("1x1x5x5:1x3x3:s2:p1", x, filter, (double[]){6, 17, 3, 8, 17, 13, 6, 4, 4});
}
END_TEST

START_TEST(example_true_convolution_with_zero_padding_keeps_the_size)
{
    const float sobel[] = {-1, -2, -1, 0, 0, 0, 1, 2, 1};
    const double expected[] = {-13, -20, -17, -18, -24, -18, 13, 20, 17};
    check_example("1x1x3x3:1x3x3:same:flip", one_to_nine, sobel, expected);
    check_example("1x1x3x3:1x3x3:p1:flip", one_to_nine, sobel, expected);
}
END_TEST

START_TEST(example_full_convolution_multiplies_polynomials)
{
    /* (1 + 2 t + 3 t^2) (4 + 5 t) = 4 + 13 t + 22 t^2 + 15 t^3 */
    check_example("1x1x1x3:1x1x2:full:flip", (float[]){1, 2, 3}, (float[]){4, 5},
                  (double[]){4, 13, 22, 15});
}
END_TEST

static uint64_t random_state = 7;

static int below(int n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)((random_state >> 33) % (unsigned)n);
}

/* The formula of the header, one output at a time: no rows, no scratch, no reading backwards. */
static double one_output(const cc_geom *g, const void *x, const float *filters, const float *bias,
                         const int at[4], double *magnitude)
{
    double sum = bias ? bias[at[1]] : 0;
    *magnitude = fabs(sum);
    for (int c = 0; c < g->group_c; c++)
        for (int i = 0; i < g->r; i++)
            for (int j = 0; j < g->s; j++) {
                const int fi = g->flip ? g->r - 1 - i : i, fj = g->flip ? g->s - 1 - j : j;
                const double f = filters[((at[1] * g->group_c + c) * g->r + fi) * g->s + fj];
                const int64_t row = clconv_border_index(
                    g->border, at[2] * g->stride_h - g->pad_top + i * g->dilation_h, g->h);
                const int64_t column = clconv_border_index(
                    g->border, at[3] * g->stride_w - g->pad_left + j * g->dilation_w, g->w);
                const int channel = at[1] / g->group_k * g->group_c + c;
                const double value = row < 0 || column < 0
                                         ? g->border_value
                                         : cc_load(g->x_type, x,
                                                   at[0] * g->x.n + channel * g->x.c +
                                                       row * g->x.h + column * g->x.w);
                sum += f * value;
                *magnitude += fabs(f * value);
            }
    return cc_epilogue(g, sum);
}

static clconv_desc any_desc(void)
{
    const int groups = 1 + below(3);
    clconv_desc d = {
        .n = 1 + below(2),
        .c = groups * (1 + below(3)),
        .h = 1 + below(8),
        .w = 1 + below(8),
        .k = groups * (1 + below(2)),
        .r = 1 + below(5),
        .s = 1 + below(5),
        .groups = groups,
        .stride_h = 1 + below(3),
        .stride_w = 1 + below(3),
        .dilation_h = 1 + below(3),
        .dilation_w = 1 + below(3),
        .extent = (clconv_extent)below(4),
        .border = (clconv_border)below(5),
        .operation = (clconv_operation)below(2),
        .x_type = (clconv_type)below(7),
        .x_layout = (clconv_layout)below(2),
        .absolute = below(2),
    };
    int *const pads[] = {&d.pad_top, &d.pad_bottom, &d.pad_left, &d.pad_right};
    for (int i = 0; i < 4; i++)
        *pads[i] = d.extent == CLCONV_EXPLICIT ? below(14) : 0;
    if (d.extent == CLCONV_SAME)
        d.anchor_shift_w = below(2);
    if (d.border == CLCONV_CONSTANT)
        d.border_value = below(9) - 4;
    if (below(2))
        d.x_stride_h = 30 + below(10);
    return d;
}

/* Small whole numbers: both computations are exact, so they must agree exactly. */
static void check_problem(const cc_geom *g)
{
    static double y[MOST], magnitude[MOST];
    void *const x = calloc(MOST, sizeof(double));
    float filters[MOST], bias[64];
    const bool biased = below(2), is_unsigned = g->x_type == CLCONV_U8 || g->x_type == CLCONV_U16;
    int at[4];
    ck_assert(g->x_elements <= MOST && g->filter_count <= MOST && g->k <= 64);
    for (int i = 0; i < g->x_elements; i++)
        cc_store(g->x_type, x, i, below(15) - (is_unsigned ? 0 : 7));
    for (int i = 0; i < g->filter_count; i++)
        filters[i] = (float)(below(11) - 5);
    for (int i = 0; i < g->k; i++)
        bias[i] = (float)(below(99) - 50);
    referee(g, x, filters, biased ? bias : NULL, y, magnitude);
    for (int i = 0; i < g->outputs; i++) {
        double expected_magnitude;
        at[3] = i % g->q;
        at[2] = i / g->q % g->p;
        at[1] = i / g->q / g->p % g->k;
        at[0] = i / g->q / g->p / g->k;
        const double expected =
            one_output(g, x, filters, biased ? bias : NULL, at, &expected_magnitude);
        if (y[i] != expected || magnitude[i] != expected_magnitude) {
            char *text;
            ck_assert_int_eq(clconv_desc_format(&text, &g->desc), CLCONV_OK);
            ck_abort_msg("%s: output %d is %g, not %g; magnitude %g, not %g", text, i, y[i],
                         expected, magnitude[i], expected_magnitude);
        }
    }
    free(x);
}

START_TEST(rows_equal_the_formula_one_output_at_a_time)
{
    int checked = 0;
    for (int i = 0; i < 3000; i++) {
        const clconv_desc d = any_desc();
        cc_geom g;
        if (cc_geom_make(&g, &d) != CLCONV_OK || g.outputs > MOST || g.x_elements > MOST)
            continue;
        check_problem(&g);
        checked++;
    }
    ck_assert_int_gt(checked, 1000);
}
END_TEST

static void check_poison(const char *problem, float poison, float coefficient)
{
    const cc_geom g = geom_of(problem);
    float x[81], filters[25];
    double y[MOST];
    for (int i = 0; i < 25; i++)
        filters[i] = coefficient;
    for (int i = 0; i < 81; i++)
        x[i] = 1;
    x[4 * 9 + 5] = poison;
    referee(&g, x, filters, NULL, y, NULL);
    for (int i = 0; i < g.outputs; i++) {
        bool reads = false;
        for (int t = 0; t < g.taps; t++) {
            const int row = i / g.q * g.stride_h - g.pad_top + t / g.s * g.dilation_h;
            const int column = i % g.q * g.stride_w - g.pad_left + t % g.s * g.dilation_w;
            reads |= clconv_border_index(g.border, row, 9) == 4 &&
                     clconv_border_index(g.border, column, 9) == 5;
        }
        ck_assert_msg(isfinite(y[i]) == !reads, "%s: output %d is %g", problem, i, y[i]);
    }
}

START_TEST(a_nan_or_infinity_reaches_exactly_the_windows_that_read_it)
{
    static const char *const problems[] = {
        "1x1x9x9:1x3x3:same",         "1x1x9x9:1x5x5:same:d2:wrap", "1x1x9x9:1x3x4:s2:p9:reflect",
        "1x1x9x9:1x4x3:full:flip:s3", "1x1x9x9:1x2x2:valid:d3",
    };
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        check_poison(problems[i], NAN, 1);
        check_poison(problems[i], NAN, 0); /* a coefficient of 0 multiplies too */
        check_poison(problems[i], INFINITY, 2);
        check_poison(problems[i], -INFINITY, 0);
    }
}
END_TEST

START_TEST(a_nan_as_border_value_reaches_the_outer_outputs_alone)
{
    const cc_geom g = geom_of("1x1x3x4:1x3x3:same:constant=nan");
    float x[12] = {0};
    const float filter[9] = {0};
    double y[12];
    referee(&g, x, filter, NULL, y, NULL);
    for (int i = 0; i < 12; i++)
        ck_assert_int_eq(!isnan(y[i]), i == 5 || i == 6);
}
END_TEST

SUITE_MAIN("referee", &example_3x3_with_2x2, &example_5x5_with_vertical_edge_filter,
           &example_6x6_with_vertical_edge_filter, &example_4x4_with_3x3,
           &example_7x7_picture_of_zeros_and_ones, &example_5x5_with_stride_2_and_padding,
           &example_true_convolution_with_zero_padding_keeps_the_size,
           &example_full_convolution_multiplies_polynomials,
           &rows_equal_the_formula_one_output_at_a_time,
           &a_nan_or_infinity_reaches_exactly_the_windows_that_read_it,
           &a_nan_as_border_value_reaches_the_outer_outputs_alone)
