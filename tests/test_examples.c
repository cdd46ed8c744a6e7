/* test_examples.c - the worked examples that people learn convolution from, with the numbers that
 * stand in their books and courses: through clconv_run, and by every algorithm. */
#include "cases.h"
#include "suite.h"
#include <string.h>

enum { MOST = 64 }; /* elements of any array here */

typedef struct example {
    const char *problem;
    float x[MOST], filters[MOST], y[MOST];
} example;

#define ONE_TO_NINE                                                                                \
    {                                                                                              \
        1, 2, 3, 4, 5, 6, 7, 8, 9                                                                  \
    }
#define ZERO_TO_EIGHT                                                                              \
    {                                                                                              \
        0, 1, 2, 3, 4, 5, 6, 7, 8                                                                  \
    }
#define VERTICAL_EDGE                                                                              \
    {                                                                                              \
        1, 0, -1, 1, 0, -1, 1, 0, -1                                                               \
    }
/* clang-format off */
#define FIVE_BY_FIVE {1, 2, 3, 0, 1,                                                               \
                      0, 1, 2, 3, 1,                                                               \
                      1, 2, 1, 0, 0,                                                               \
                      2, 1, 0, 1, 2,                                                               \
                      0, 1, 2, 3, 1}
#define SIX_BY_SIX {3, 0, 1, 2, 7, 4,                                                              \
                    1, 5, 8, 9, 3, 1,                                                              \
                    2, 7, 2, 5, 1, 3,                                                              \
                    0, 1, 3, 1, 7, 8,                                                              \
                    4, 2, 1, 6, 2, 8,                                                              \
                    2, 4, 5, 2, 3, 9}
#define PICTURE {0, 1, 1, 1, 0, 0, 0,                                                              \
                 0, 0, 1, 1, 1, 0, 0,                                                              \
                 0, 0, 0, 1, 1, 1, 0,                                                              \
                 0, 0, 0, 1, 1, 0, 0,                                                              \
                 0, 0, 1, 1, 0, 0, 0,                                                              \
                 0, 1, 1, 0, 0, 0, 0,                                                              \
                 1, 1, 0, 0, 0, 0, 0}
#define ARITHMETIC {3, 3, 2, 1, 0,                                                                 \
                    0, 0, 1, 3, 1,                                                                 \
                    3, 1, 2, 2, 3,                                                                 \
                    2, 0, 0, 2, 2,                                                                 \
                    2, 0, 0, 0, 1}
/* clang-format on */
#define ARITHMETIC_FILTER                                                                          \
    {                                                                                              \
        0, 1, 2, 2, 2, 0, 0, 1, 2                                                                  \
    }

static const example examples[] = {
    /* the two smallest */
    {"1x1x3x3:1x2x2", ONE_TO_NINE, {0, 1, 1, 0}, {6, 8, 12, 14}},
    {"1x1x3x3:1x2x2", ZERO_TO_EIGHT, {0, 1, 2, 3}, {19, 25, 37, 43}},
    /* edges of a picture with three rows of 1, 0, -1; then with stride 2 */
    {"1x1x5x5:1x3x3", FIVE_BY_FIVE, VERTICAL_EDGE, {-4, 2, 4}},
    {"1x1x5x5:1x3x3:s2", FIVE_BY_FIVE, VERTICAL_EDGE, {-4, 4}},
    {"1x1x6x6:1x3x3",
     SIX_BY_SIX,
     VERTICAL_EDGE,
     {-5, -4, 0, 8, -10, -2, 2, 3, 0, -2, -4, -7, -3, -2, -3, -16}},
    {"1x1x3x6:1x3x3",
     {10, 10, 10, 0, 0, 0, 10, 10, 10, 0, 0, 0, 10, 10, 10, 0, 0, 0},
     VERTICAL_EDGE,
     {0, 30, 30, 0}},
    {"1x1x4x4:1x3x3",
     {4, 5, 8, 7, 1, 8, 8, 8, 3, 6, 6, 4, 6, 5, 7, 8},
     {1, 4, 1, 1, 4, 3, 3, 3, 1},
     {122, 148, 126, 134}},
    {"1x1x7x7:1x3x3", PICTURE, {1, 0, 1, 0, 1, 0, 1, 0, 1}, {1, 4, 3, 4, 1, 1, 2, 4, 3, 3, 1, 2, 3,
                                                             4, 1, 1, 3, 3, 1, 1, 3, 3, 1, 1, 0}},
    /* the same picture by stride and padding */
    {"1x1x5x5:1x3x3", ARITHMETIC, ARITHMETIC_FILTER, {12, 12, 17, 10, 17, 19, 9, 6, 14}},
    {"1x1x5x5:1x3x3:s2:p1", ARITHMETIC, ARITHMETIC_FILTER, {6, 17, 3, 8, 17, 13, 6, 4, 4}},
    {"1x1x3x3:1x2x2:p1",
     ZERO_TO_EIGHT,
     {0, 1, 2, 3},
     {0, 3, 8, 4, 9, 19, 25, 10, 21, 37, 43, 16, 6, 7, 8, 0}},
    {"1x1x3x3:1x2x2:s3,2:p1", ZERO_TO_EIGHT, {0, 1, 2, 3}, {0, 8, 6, 8}},
    /* several channels; several filters */
    {"1x2x3x3:1x2x2",
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9},
     {0, 1, 2, 3, 1, 2, 3, 4},
     {56, 72, 104, 120}},
    {"1x2x3x3:3x2x2",
     {0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 9},
     {0, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 2, 3, 4, 5, 2, 3, 4, 5, 3, 4, 5, 6},
     {56, 72, 104, 120, 76, 100, 148, 172, 96, 128, 192, 224}},
    /* the mathematician's convolution; zero padding that keeps the size */
    {"1x1x3x3:1x3x3:same:flip",
     ONE_TO_NINE,
     {-1, -2, -1, 0, 0, 0, 1, 2, 1},
     {-13, -20, -17, -18, -24, -18, 13, 20, 17}},
    {"1x1x3x3:1x3x3:p1:flip",
     ONE_TO_NINE,
     {-1, -2, -1, 0, 0, 0, 1, 2, 1},
     {-13, -20, -17, -18, -24, -18, 13, 20, 17}},
    /* (1 + 2 t + 3 t^2) (4 + 5 t) = 4 + 13 t + 22 t^2 + 15 t^3 */
    {"1x1x1x3:1x1x2:full:flip", {1, 2, 3}, {4, 5}, {4, 13, 22, 15}},
};
enum { EXAMPLES = sizeof examples / sizeof *examples };

static void make(case_data *data, const example *from)
{
    case_parse(data, from->problem, CLI_FILL_INTEGERS, 1);
    ck_assert_uint_le(data->sizes.x_bytes, sizeof from->x);
    ck_assert_uint_le(data->sizes.y_bytes, sizeof from->y);
    ck_assert_uint_le(data->sizes.filter_count, MOST);
    memcpy(data->x, from->x, data->sizes.x_bytes);
    memcpy(data->filters, from->filters, data->sizes.filter_count * sizeof *data->filters);
    memset(data->bias, 0, data->sizes.bias_count * sizeof *data->bias);
}

static void check(const case_data *data, const char *algorithm, const example *of, const float *y)
{
    for (size_t i = 0; y && i < data->sizes.y_bytes / sizeof *y; i++)
        if (y[i] != of->y[i])
            case_complain(data, algorithm, "output %zu is %g, not %g", i, (double)y[i],
                          (double)of->y[i]);
}

START_TEST(in_one_call)
{
    case_machine machine;
    case_open(&machine);
    clconv_context *const contexts[] = {machine.host, machine.device};
    for (int i = 0; i < EXAMPLES; i++)
        for (int c = 0; c < 2; c++) {
            case_data data;
            float y[MOST];
            make(&data, &examples[i]);
            if (contexts[c]) {
                ck_assert_msg(clconv_run(contexts[c], &data.desc, data.x, data.filters, NULL, y) ==
                                  CLCONV_OK,
                              "%s: %s", data.text, clconv_last_error());
                check(&data, NULL, &examples[i], y);
            }
            case_free(&data);
        }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

START_TEST(by_every_algorithm)
{
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_GENERAL);
    for (int i = 0; i < EXAMPLES; i++)
        for (size_t a = 0; a < count; a++) {
            case_data data;
            make(&data, &examples[i]);
            float *const y =
                (float *)(void *)case_must_run(algorithms[a].context, &data, algorithms[a].name);
            check(&data, algorithms[a].name, &examples[i], y);
            free(y);
            case_free(&data);
        }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

SUITE_MAIN("examples", &in_one_call, &by_every_algorithm)
