/* test_properties.c - what a convolution has to satisfy, without a referee: linearity, impulses,
 * shifts, and the ways in which one convolution is another. Bit for bit, for a result must not
 * depend on where in an image, a batch or an array an output lies. */
#include "cases.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

enum { SEED = 50 };

typedef void property_fn(clconv_context *context, const char *algorithm);

/* On every algorithm that the machine has. */
static void hold(property_fn *property)
{
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_GENERAL);
    for (size_t a = 0; a < count; a++)
        property(algorithms[a].context, algorithms[a].name);
    case_close(&machine);
    case_no_complaints();
}

static float *floats(case_data *data)
{
    return (float *)(void *)data->x;
}

static size_t x_count(const case_data *data)
{
    return data->sizes.x_bytes / clconv_type_size(data->desc.x_type);
}

static size_t y_count(const case_data *data)
{
    return data->sizes.y_bytes / clconv_type_size(data->desc.y_type);
}

static void expect_same(const case_data *data, const char *algorithm, const unsigned char *a,
                        const unsigned char *b, const char *law)
{
    if (a && b && !case_same(data, a, b))
        case_complain(data, algorithm, "%s does not hold", law);
}

/* f * (2 x + 3 z) = 2 (f * x) + 3 (f * z), on whole numbers. */
static void is_linear_in_the_image(clconv_context *context, const char *algorithm)
{
    static const char *const problems[] = {
        "2x3x11x13:4x3x3:p2",
        "1x3x11x13:4x5x2:same:reflect",
        "1x4x11x13:4x3x3:s2:d2:full:wrap:g2",
        "1x1x7x9:2x3x3:same:replicate:nhwc",
    };
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        case_data x, z, both;
        case_parse(&x, problems[i], CLI_FILL_INTEGERS, SEED);
        case_parse(&z, problems[i], CLI_FILL_INTEGERS, SEED + 9);
        case_parse(&both, problems[i], CLI_FILL_INTEGERS, SEED);
        memcpy(z.filters, x.filters, x.sizes.filter_count * sizeof *x.filters);
        memset(x.bias, 0, x.sizes.bias_count * sizeof *x.bias);
        memset(z.bias, 0, x.sizes.bias_count * sizeof *x.bias);
        memset(both.bias, 0, x.sizes.bias_count * sizeof *x.bias);
        for (size_t at = 0; at < x_count(&x); at++)
            floats(&both)[at] = 2 * floats(&x)[at] + 3 * floats(&z)[at];
        float *const of_x = (float *)(void *)case_must_run(context, &x, algorithm);
        float *const of_z = (float *)(void *)case_must_run(context, &z, algorithm);
        float *const of_both = (float *)(void *)case_must_run(context, &both, algorithm);
        for (size_t at = 0; of_x && of_z && of_both && at < y_count(&x); at++)
            of_x[at] = 2 * of_x[at] + 3 * of_z[at];
        expect_same(&x, algorithm, (unsigned char *)of_x, (unsigned char *)of_both, "linearity");
        free(of_x);
        free(of_z);
        free(of_both);
        case_free(&x);
        case_free(&z);
        case_free(&both);
    }
}

START_TEST(linearity)
{
    hold(is_linear_in_the_image);
}
END_TEST

/* A one in a black image: a correlation shows the filter turned, a convolution the filter. */
static void shows_its_filter(clconv_context *context, const char *algorithm)
{
    static const char *const problems[] = {"1x2x6x7:3x3x4:full", "1x2x6x7:3x3x4:full:flip",
                                           "1x2x6x7:3x1x5:full:flip", "1x2x6x7:3x6x6:full"};
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        case_data data;
        case_parse(&data, problems[i], CLI_FILL_REAL, SEED);
        const clconv_desc *const d = &data.desc;
        const int channel = 1, row = 2, column = 5;
        memset(data.x, 0, data.sizes.x_bytes);
        memset(data.bias, 0, data.sizes.bias_count * sizeof *data.bias);
        floats(&data)[case_x_index(d, 0, channel, row, column)] = 1;
        float *const y = (float *)(void *)case_must_run(context, &data, algorithm);
        for (int k = 0; y && k < d->k; k++)
            for (int p = 0; p < data.sizes.p; p++)
                for (int q = 0; q < data.sizes.q; q++) {
                    const int a = p - row, b = q - column; /* tap of the image of the filter */
                    const bool flip = d->operation == CLCONV_CONVOLUTION;
                    const int r = flip ? a : d->r - 1 - a, s = flip ? b : d->s - 1 - b;
                    const bool inside = r >= 0 && r < d->r && s >= 0 && s < d->s;
                    const float tap =
                        inside ? data.filters[((k * d->c + channel) * d->r + r) * d->s + s] : 0;
                    if (y[case_y_index(&data, 0, k, p, q)] != tap)
                        case_complain(&data, algorithm, "impulse: output %d,%d,%d is not the tap",
                                      k, p, q);
                }
        free(y);
        case_free(&data);
    }
}

START_TEST(impulse_gives_the_filter_back)
{
    hold(shows_its_filter);
}
END_TEST

/* Rolled around both axes, an image that wraps gives its output, rolled. */
static void follows_a_roll(clconv_context *context, const char *algorithm)
{
    enum { DOWN = 5, RIGHT = 38 };
    case_data here, there;
    case_parse(&here, "1x2x21x71:3x5x4:same:wrap", CLI_FILL_REAL, SEED);
    case_parse(&there, "1x2x21x71:3x5x4:same:wrap", CLI_FILL_REAL, SEED);
    const int h = here.desc.h, w = here.desc.w;
    for (int c = 0; c < here.desc.c; c++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++)
                floats(&there)[case_x_index(&here.desc, 0, c, (i + DOWN) % h, (j + RIGHT) % w)] =
                    floats(&here)[case_x_index(&here.desc, 0, c, i, j)];
    const float *const y = (float *)(void *)case_must_run(context, &here, algorithm);
    const float *const rolled = (float *)(void *)case_must_run(context, &there, algorithm);
    unsigned differ = 0;
    for (int k = 0; y && rolled && k < here.desc.k; k++)
        for (int p = 0; p < h; p++)
            for (int q = 0; q < w; q++)
                differ += y[case_y_index(&here, 0, k, p, q)] !=
                          rolled[case_y_index(&here, 0, k, (p + DOWN) % h, (q + RIGHT) % w)];
    if (differ != 0)
        case_complain(&here, algorithm, "rolled: %u outputs differ", differ);
    free((void *)(uintptr_t)y);
    free((void *)(uintptr_t)rolled);
    case_free(&here);
    case_free(&there);
}

START_TEST(shift_around_the_edges)
{
    hold(follows_a_roll);
}
END_TEST

/* A window on a larger image gives the part of its output that no border touches. */
static void follows_a_cut(clconv_context *context, const char *algorithm)
{
    case_data whole, part;
    case_parse(&whole, "1x2x40x90:2x3x5:same:reflect101", CLI_FILL_REAL, SEED);
    case_parse(&part, "1x2x30x61:2x3x5:valid", CLI_FILL_REAL, SEED);
    enum { TOP = 7, LEFT = 19 };
    for (int c = 0; c < part.desc.c; c++)
        for (int i = 0; i < part.desc.h; i++)
            for (int j = 0; j < part.desc.w; j++)
                floats(&part)[case_x_index(&part.desc, 0, c, i, j)] =
                    floats(&whole)[case_x_index(&whole.desc, 0, c, TOP + i, LEFT + j)];
    const float *const all = (float *)(void *)case_must_run(context, &whole, algorithm);
    const float *const cut = (float *)(void *)case_must_run(context, &part, algorithm);
    unsigned differ = 0;
    for (int k = 0; all && cut && k < part.desc.k; k++)
        for (int p = 0; p < part.sizes.p; p++)
            for (int q = 0; q < part.sizes.q; q++)
                differ += cut[case_y_index(&part, 0, k, p, q)] !=
                          all[case_y_index(&whole, 0, k, TOP + 1 + p, LEFT + 2 + q)];
    if (differ != 0)
        case_complain(&part, algorithm, "cut out of a larger image: %u outputs differ", differ);
    free((void *)(uintptr_t)all);
    free((void *)(uintptr_t)cut);
    case_free(&whole);
    case_free(&part);
}

START_TEST(shift_in_the_interior)
{
    hold(follows_a_cut);
}
END_TEST

static void is_correlation_turned(clconv_context *context, const char *algorithm)
{
    case_data flipped, turned;
    case_parse(&flipped, "1x3x9x8:4x3x4:p2:flip", CLI_FILL_REAL, SEED);
    case_parse(&turned, "1x3x9x8:4x3x4:p2", CLI_FILL_REAL, SEED);
    const size_t taps = (size_t)(flipped.desc.r * flipped.desc.s);
    for (size_t i = 0; i < flipped.sizes.filter_count; i++)
        turned.filters[i / taps * taps + (taps - 1 - i % taps)] = flipped.filters[i];
    unsigned char *const a = case_must_run(context, &flipped, algorithm);
    unsigned char *const b = case_must_run(context, &turned, algorithm);
    expect_same(&flipped, algorithm, a, b, "convolution = correlation with the filter turned");
    free(a);
    free(b);
    case_free(&flipped);
    case_free(&turned);
}

START_TEST(convolution_is_correlation_turned)
{
    hold(is_correlation_turned);
}
END_TEST

/* Slice i of `count` of a problem, as a problem of its own: bytes of x, y, filters and biases. */
static void is_its_slices(clconv_context *context, const char *algorithm, const char *problem,
                          const char *slice, int count, bool share_filters)
{
    case_data all, one;
    case_parse(&all, problem, CLI_FILL_REAL, SEED);
    unsigned char *const y = case_must_run(context, &all, algorithm);
    for (size_t i = 0; i < (size_t)count; i++) {
        const size_t of_filters = share_filters ? 0 : i;
        case_parse(&one, slice, CLI_FILL_REAL, SEED);
        memcpy(one.x, all.x + i * one.sizes.x_bytes, one.sizes.x_bytes);
        memcpy(one.filters, all.filters + of_filters * one.sizes.filter_count,
               one.sizes.filter_count * sizeof *one.filters);
        memcpy(one.bias, all.bias + of_filters * one.sizes.bias_count,
               one.sizes.bias_count * sizeof *one.bias);
        ck_assert_uint_eq(one.sizes.x_bytes * (size_t)count, all.sizes.x_bytes);
        ck_assert_uint_eq(one.sizes.y_bytes * (size_t)count, all.sizes.y_bytes);
        unsigned char *const part = case_must_run(context, &one, algorithm);
        if (y && part && memcmp(part, y + i * one.sizes.y_bytes, one.sizes.y_bytes) != 0)
            case_complain(&all, algorithm, "slice %zu of %d is not %s", i, count, slice);
        free(part);
        case_free(&one);
    }
    free(y);
    case_free(&all);
}

static void groups_are_alone(clconv_context *context, const char *algorithm)
{
    is_its_slices(context, algorithm, "1x6x9x8:9x3x3:p1:g3", "1x2x9x8:3x3x3:p1", 3, false);
    is_its_slices(context, algorithm, "1x4x9x8:8x3x3:p1:wrap:g4", "1x1x9x8:2x3x3:p1:wrap", 4,
                  false);
}

START_TEST(groups_are_separate_convolutions)
{
    hold(groups_are_alone);
}
END_TEST

static void images_are_alone(clconv_context *context, const char *algorithm)
{
    is_its_slices(context, algorithm, "5x2x9x8:3x3x3:p1", "1x2x9x8:3x3x3:p1", 5, true);
    is_its_slices(context, algorithm, "3x4x31x40:4x3x3:s2:same:reflect:g2",
                  "1x4x31x40:4x3x3:s2:same:reflect:g2", 3, true);
}

START_TEST(batch_is_separate_runs)
{
    hold(images_are_alone);
}
END_TEST

/* The same numbers side by side or plane by plane, of x, of y, and of both. */
static void is_any_layout(clconv_context *context, const char *algorithm)
{
    static const char *const layouts[] = {"nhwc", "nchw>nhwc", "nhwc>nchw"};
    case_data planes, mixed;
    case_parse(&planes, "2x6x11x13:4x3x3:s2,1:same:reflect101:g2", CLI_FILL_REAL, SEED);
    unsigned char *const y = case_must_run(context, &planes, algorithm);
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        char problem[80];
        unsigned differ = 0;
        snprintf(problem, sizeof problem, "%s:%s", planes.text, layouts[i]);
        case_parse(&mixed, problem, CLI_FILL_REAL, SEED);
        const clconv_desc *const d = &planes.desc;
        for (int at = 0; at < d->n * d->c * d->h * d->w; at++) {
            const int n = at / (d->c * d->h * d->w), c = at / (d->h * d->w) % d->c;
            const int h = at / d->w % d->h, w = at % d->w;
            floats(&mixed)[case_x_index(&mixed.desc, n, c, h, w)] = floats(&planes)[at];
        }
        unsigned char *const other = case_must_run(context, &mixed, algorithm);
        for (int at = 0; y && other && at < d->n * d->k * planes.sizes.p * planes.sizes.q; at++) {
            const int area = planes.sizes.p * planes.sizes.q;
            const int n = at / (d->k * area), k = at / area % d->k;
            const int p = at / planes.sizes.q % planes.sizes.p, q = at % planes.sizes.q;
            differ += memcmp(other + 4 * case_y_index(&mixed, n, k, p, q), y + 4 * at, 4) != 0;
        }
        if (differ != 0)
            case_complain(&mixed, algorithm, "%u outputs are not those of nchw", differ);
        free(other);
        case_free(&mixed);
    }
    free(y);
    case_free(&planes);
}

START_TEST(layouts_are_transpositions)
{
    hold(is_any_layout);
}
END_TEST

SUITE_MAIN("properties", &linearity, &impulse_gives_the_filter_back, &shift_around_the_edges,
           &shift_in_the_interior, &convolution_is_correlation_turned,
           &groups_are_separate_convolutions, &batch_is_separate_runs, &layouts_are_transpositions)
