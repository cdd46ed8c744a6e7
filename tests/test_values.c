/* test_values.c - single values on every algorithm: where a NaN or an infinity goes, how integers
 * round and saturate, how f16 is stored. */
#include "base/half.h"
#include "cases.h"
#include "host/host.h"
#include "suite.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 60 };

typedef void value_fn(clconv_context *context, const char *algorithm, bool has_f64);

/* On every algorithm that the machine has. */
static void hold(value_fn *test)
{
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_GENERAL);
    for (size_t a = 0; a < count; a++)
        test(algorithms[a].context, algorithms[a].name,
             algorithms[a].context == machine.host || machine.has_f64);
    case_close(&machine);
    case_no_complaints();
}

/* Whether output (p, q) has row, column of the input in its window. */
static bool reads(const clconv_desc *d, int pad, int p, int q, int row, int column)
{
    for (int i = 0; i < d->r; i++)
        for (int j = 0; j < d->s; j++)
            if (clconv_border_index(d->border, p - pad + i, d->h) == row &&
                clconv_border_index(d->border, q - pad + j, d->w) == column)
                return true;
    return false;
}

/* One value that is not finite: outputs are not finite exactly where their window has it, taps of 0
 * included, and in the channels that read it. */
static void spreads_as_far_as_its_window(clconv_context *context, const char *algorithm,
                                         bool has_f64)
{
    static const double values[] = {NAN, INFINITY, -INFINITY};
    static const char *const types[] = {"f32", "f16>f32", "f64"};
    /* At the end of a row and beside other planes, into which vectors may reach. */
    static const char *const sizes[] = {"1x4x5x6:2x3x3:p3:g2", "1x4x7x6:4x3x3:p1:g4"};
    enum { ROW = 1, COLUMN = 5, CHANNEL = 2 };
    for (int border = CLCONV_CONSTANT; border <= CLCONV_WRAP; border++)
        for (int i = 0; i < 18; i++) {
            char problem[80];
            case_data data;
            snprintf(problem, sizeof problem, "%s:%s:%s", sizes[i / 9],
                     clconv_border_name((clconv_border)border), types[i / 3 % 3]);
            case_parse(&data, problem, CLI_FILL_INTEGERS, SEED);
            const clconv_desc *const d = &data.desc;
            data.filters[22] = 0; /* the middle tap that meets CHANNEL, of either problem */
            cc_store(d->x_type, data.x, case_x_index(d, 0, CHANNEL, ROW, COLUMN), values[i % 3]);
            unsigned char *const y = d->x_type != CLCONV_F64 || has_f64
                                         ? case_must_run(context, &data, algorithm)
                                         : NULL;
            for (int k = 0; y && k < d->k; k++)
                for (int p = 0; p < data.sizes.p; p++)
                    for (int q = 0; q < data.sizes.q; q++) {
                        const bool poisoned = k * d->groups / d->k == CHANNEL * d->groups / d->c &&
                                              reads(d, d->pad_top, p, q, ROW, COLUMN);
                        const double got = cc_load(d->y_type, y, case_y_index(&data, 0, k, p, q));
                        if (!isfinite(got) != poisoned)
                            case_complain(&data, algorithm, "%g at %d,%d,%d with %g in the input",
                                          got, k, p, q, values[i % 3]);
                    }
            free(y);
            case_free(&data);
        }
}

START_TEST(what_is_not_finite_poisons_what_reads_it)
{
    hold(spreads_as_far_as_its_window);
}
END_TEST

/* Not finite around the image: exactly the outputs whose window leaves it. */
static void spreads_from_the_border(clconv_context *context, const char *algorithm, bool has_f64)
{
    static const char *const problems[] = {"1x1x5x70:1x3x3:same:constant=nan",
                                           "1x1x5x70:1x3x3:same:constant=inf:u8>f32",
                                           "1x3x8x20:3x3x3:same:constant=nan:g3"};
    (void)has_f64;
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        case_data data;
        case_parse(&data, problems[i], CLI_FILL_INTEGERS, SEED);
        float *const y = (float *)(void *)case_must_run(context, &data, algorithm);
        const int h = data.sizes.p, w = data.sizes.q;
        for (int p = 0; y && p < data.desc.k * h; p++)
            for (int q = 0; q < w; q++) {
                const bool leaves = p % h == 0 || q == 0 || p % h == h - 1 || q == w - 1;
                if (isfinite(y[p * w + q]) == leaves)
                    case_complain(&data, algorithm, "%g at %d,%d", (double)y[p * w + q], p, q);
            }
        free(y);
        case_free(&data);
    }
}

START_TEST(border_that_is_not_finite)
{
    hold(spreads_from_the_border);
}
END_TEST

/* A coefficient or a bias that is not finite: all outputs of its filter, none of another. */
static void spreads_over_its_filter(clconv_context *context, const char *algorithm, bool has_f64)
{
    (void)has_f64;
    for (int of_bias = 0; of_bias < 2; of_bias++) {
        case_data data;
        case_parse(&data, "2x2x7x9:3x3x3:same:reflect", CLI_FILL_REAL, SEED);
        if (of_bias)
            data.bias[1] = NAN;
        else
            data.filters[18 + 7] = NAN;
        float *const y = (float *)(void *)case_must_run(context, &data, algorithm);
        for (int i = 0; y && i < 2 * 3 * 63; i++)
            if (isnan(y[i]) != (i / 63 % 3 == 1))
                case_complain(&data, algorithm, "%g at %d", (double)y[i], i);
        free(y);
        case_free(&data);
    }
}

START_TEST(coefficient_that_is_not_finite)
{
    hold(spreads_over_its_filter);
}
END_TEST

/* The same image through a filter of one tap: y is x, stored as y_type. */
static unsigned char *stored_as(clconv_context *context, const char *algorithm, case_data *data,
                                clconv_type type, const float *values, int count)
{
    const clconv_desc desc = {.h = 1, .w = count, .r = 1, .s = 1, .y_type = type};
    case_make(data, &desc, CLI_FILL_INTEGERS, SEED);
    data->filters[0] = 1;
    data->bias[0] = 0;
    memcpy(data->x, values, (size_t)count * sizeof *values);
    return case_must_run(context, data, algorithm);
}

typedef struct integer_case {
    float value;
    int u8, s8, u16, s16;
} integer_case;

static const integer_case integer_cases[] = {
    {NAN, 0, 0, 0, 0},
    {-NAN, 0, 0, 0, 0},
    {INFINITY, 255, 127, 65535, 32767},
    {-INFINITY, 0, -128, 0, -32768},
    {FLT_MAX, 255, 127, 65535, 32767},
    {-FLT_MAX, 0, -128, 0, -32768},
    {3e9f, 255, 127, 65535, 32767},
    {-3e9f, 0, -128, 0, -32768},
    {0.0f, 0, 0, 0, 0},
    {-0.0f, 0, 0, 0, 0},
    {0.49999997f, 0, 0, 0, 0},
    {0.5f, 0, 0, 0, 0},
    {0.50000006f, 1, 1, 1, 1},
    {1.5f, 2, 2, 2, 2},
    {2.5f, 2, 2, 2, 2},
    {3.5f, 4, 4, 4, 4},
    {-0.5f, 0, 0, 0, 0},
    {-0.50000006f, 0, -1, 0, -1},
    {-1.5f, 0, -2, 0, -2},
    {-2.5f, 0, -2, 0, -2},
    {126.5f, 126, 126, 126, 126},
    {127.5f, 128, 127, 128, 128},
    {128.0f, 128, 127, 128, 128},
    {-128.5f, 0, -128, 0, -128},
    {-129.5f, 0, -128, 0, -130},
    {254.5f, 254, 127, 254, 254},
    {255.5f, 255, 127, 256, 256},
    {256.0f, 255, 127, 256, 256},
    {32766.5f, 255, 127, 32766, 32766},
    {32767.5f, 255, 127, 32768, 32767},
    {-32768.5f, 0, -128, 0, -32768},
    {-32769.0f, 0, -128, 0, -32768},
    {65534.5f, 255, 127, 65534, 32767},
    {65535.5f, 255, 127, 65535, 32767},
    {65536.0f, 255, 127, 65535, 32767},
};
enum { INTEGER_CASES = sizeof integer_cases / sizeof *integer_cases };

static int expected_of(const integer_case *one, clconv_type type)
{
    return type == CLCONV_U8    ? one->u8
           : type == CLCONV_S8  ? one->s8
           : type == CLCONV_U16 ? one->u16
                                : one->s16;
}

static void rounds_half_to_even(clconv_context *context, const char *algorithm, bool has_f64)
{
    float values[INTEGER_CASES];
    (void)has_f64;
    for (int i = 0; i < INTEGER_CASES; i++)
        values[i] = integer_cases[i].value;
    for (int t = CLCONV_U8; t <= CLCONV_S16; t++) {
        const clconv_type type = (clconv_type)t;
        case_data data;
        unsigned char *const y = stored_as(context, algorithm, &data, type, values, INTEGER_CASES);
        for (int i = 0; y && i < INTEGER_CASES; i++)
            if (cc_load(type, y, i) != expected_of(&integer_cases[i], type))
                case_complain(&data, algorithm, "%.9g is stored as %g, not %d", (double)values[i],
                              cc_load(type, y, i), expected_of(&integer_cases[i], type));
        free(y);
        case_free(&data);
    }
}

START_TEST(integers_saturate_and_round_half_to_even)
{
    hold(rounds_half_to_even);
}
END_TEST

/* Every f16 passes through unchanged, the least denormals too; NaN as some NaN, -0 as some 0. */
static void keeps_every_half(clconv_context *context, const char *algorithm, bool has_f64)
{
    enum { HALVES = 65536 };
    const clconv_desc desc = {
        .h = 256, .w = 256, .r = 1, .s = 1, .x_type = CLCONV_F16, .y_type = CLCONV_F16};
    case_data data;
    unsigned wrong = 0;
    (void)has_f64;
    case_make(&data, &desc, CLI_FILL_INTEGERS, SEED);
    data.filters[0] = 1;
    data.bias[0] = 0;
    for (int i = 0; i < HALVES; i++)
        ((uint16_t *)(void *)data.x)[i] = (uint16_t)i;
    uint16_t *const y = (uint16_t *)(void *)case_must_run(context, &data, algorithm);
    for (int i = 0; y && i < HALVES; i++) {
        const double in = cc_half_to_double((uint16_t)i), out = cc_half_to_double(y[i]);
        wrong += !(in == out || (isnan(in) && isnan(out)));
    }
    if (wrong != 0)
        case_complain(&data, algorithm, "%u of 65536 halves come back changed", wrong);
    free(y);
    case_free(&data);
}

START_TEST(every_half_is_kept)
{
    hold(keeps_every_half);
}
END_TEST

/* Half to even at each scale, underflow to denormals and 0, overflow to infinity. */
static void rounds_to_half(clconv_context *context, const char *algorithm, bool has_f64)
{
    static const struct {
        float value;
        uint16_t bits;
    } cases[] = {
        {65504.0f, 0x7bff},
        {65519.996f, 0x7bff},
        {65520.0f, 0x7c00},
        {-65519.996f, 0xfbff},
        {-65520.0f, 0xfc00},
        {1e30f, 0x7c00},
        {INFINITY, 0x7c00},
        {-INFINITY, 0xfc00},
        {0x1p-24f, 0x0001},
        {0x1p-25f, 0x0000},
        {0x1.000002p-25f, 0x0001},
        {0x1.8p-24f, 0x0002},
        {0x2.8p-24f, 0x0002},
        {-0x1.8p-24f, 0x8002},
        {0x1p-14f, 0x0400},
        {0x1.ff8p-15f, 0x03ff},
        {0x1.ffcp-15f, 0x0400},
        {0x1.ffbffep-15f, 0x03ff},
        {1.0f, 0x3c00},
        {0x1.002p0f, 0x3c00},
        {0x1.006p0f, 0x3c02},
        {0x1.002002p0f, 0x3c01},
        {2049.0f, 0x6800},
        {2051.0f, 0x6802},
        {0x1p-30f, 0x0000},
        {0.1f, 0x2e66},
        {-1.0f, 0xbc00},
    };
    enum { COUNT = sizeof cases / sizeof *cases };
    float values[COUNT];
    case_data data;
    (void)has_f64;
    for (int i = 0; i < COUNT; i++)
        values[i] = cases[i].value;
    uint16_t *const y =
        (uint16_t *)(void *)stored_as(context, algorithm, &data, CLCONV_F16, values, COUNT);
    for (int i = 0; y && i < COUNT; i++)
        if (y[i] != cases[i].bits)
            case_complain(&data, algorithm, "%a is stored as %04x, not %04x", (double)values[i],
                          y[i], cases[i].bits);
    free(y);
    case_free(&data);
}

START_TEST(floats_round_to_half)
{
    hold(rounds_to_half);
}
END_TEST

SUITE_MAIN("values", &what_is_not_finite_poisons_what_reads_it, &border_that_is_not_finite,
           &coefficient_that_is_not_finite, &integers_saturate_and_round_half_to_even,
           &every_half_is_kept, &floats_round_to_half)
