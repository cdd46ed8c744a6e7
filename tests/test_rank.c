/* test_rank.c - filters of rank one: which are taken for it, how exact their factors are, and what
 * a plan made for such a filter does with one of another rank. */
#include "base/status.h"
#include "cli/fill.h"
#include "geom/facts.h"
#include "suite.h"
#include "work.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 64 };

static cc_facts facts_of(const char *problem, const float *filters)
{
    clconv_desc desc;
    cc_geom geom;
    cc_facts facts;
    CHECK_OK(clconv_desc_parse(&desc, problem));
    CHECK_OK(cc_geom_make(&geom, &desc));
    CHECK_OK(cc_facts_make(&facts, &geom, filters));
    return facts;
}

/* ---- the coefficients ---- */

START_TEST(whole_numbers_have_whole_factors)
{
    static const float sobel[] = {-1, 0, 1, -2, 0, 2, -1, 0, 1};
    static const float scaled[] = {6, -12, 18, -4, 8, -12}, zeros[6] = {0};
    float column[3], row[3];
    ck_assert(cc_factors(column, row, sobel, 3, 3) == 0);
    ck_assert_mem_eq(column, ((float[]){1, 2, 1}), sizeof column);
    ck_assert_mem_eq(row, ((float[]){-1, 0, 1}), sizeof row);
    ck_assert(cc_factors(column, row, scaled, 2, 3) == 0);
    ck_assert_mem_eq(column, ((float[]){6, -4}), 2 * sizeof *column);
    ck_assert_mem_eq(row, ((float[]){1, -2, 3}), sizeof row);
    ck_assert(cc_factors(column, row, zeros, 2, 3) == 0);
    ck_assert(column[0] == 0 && row[2] == 0);
}
END_TEST

/* Whatever its taps are, down to those below the smallest normal number. */
START_TEST(line_is_its_own_factor)
{
    static const float taps[] = {0x1p-140f, 0.1f, 0, -0.3f, 0x1p-149f};
    float column[5], row[5];
    ck_assert(cc_factors(column, row, taps, 1, 5) == 0);
    ck_assert(column[0] == 1);
    ck_assert_mem_eq(row, taps, sizeof taps);
    ck_assert(cc_factors(column, row, taps, 5, 1) == 0);
    ck_assert(row[0] == 1);
    ck_assert_mem_eq(column, taps, sizeof taps);
}
END_TEST

START_TEST(equal_taps_have_exact_factors)
{
    float box[81];
    for (int i = 0; i < 81; i++)
        box[i] = 1.0f / 81;
    const cc_facts facts = facts_of("1x1x9x9:1x9x9", box);
    ck_assert(facts.rank_one && facts.exact);
}
END_TEST

/* Products of random numbers, rounded to float, of any size and of very unequal magnitudes: small
 * taps, too, are met within a few roundings of their own. */
START_TEST(rounded_products_are_rank_one)
{
    static float matrix[MOST * MOST], column[MOST], row[MOST], u[MOST], v[MOST];
    for (uint64_t seed = 1; seed < 400; seed++) {
        const int r = 1 + (int)(seed * 7 % MOST), s = 1 + (int)(seed * 13 % MOST);
        cli_fill_floats(u, (size_t)r, CLI_FILL_REAL, seed);
        cli_fill_floats(v, (size_t)s, CLI_FILL_REAL, seed + 1000);
        for (int i = 0; i < r; i++)
            for (int j = 0; j < s; j++)
                matrix[i * s + j] = u[i] * ldexpf(v[j], (int)(seed % 5) * (j - s / 2) / 4);
        ck_assert_msg(cc_factors(column, row, matrix, r, s) <= CC_FACTOR_ULPS, "%d x %d, seed %d",
                      r, s, (int)seed);
        for (int i = 0; i < r * s; i++)
            ck_assert_double_le(fabs((double)column[i / s] * (double)row[i % s] - matrix[i]),
                                CC_FACTOR_ULPS * 0x1p-24 * fabs(matrix[i]));
    }
}
END_TEST

/* A tap far smaller than the others counts as they do: an image may be zero but under it. */
START_TEST(small_tap_that_is_off_is_another_rank)
{
    float taps[9] = {1e-6f, 1e-3f, 1e-6f, 1e-3f, 1, 1e-3f, 1e-6f, 1e-3f, 1e-6f};
    ck_assert(facts_of("1x1x9x9:1x3x3", taps).rank_one);
    taps[0] *= 1.00001f;
    const cc_facts facts = facts_of("1x1x9x9:1x3x3", taps);
    ck_assert(!facts.rank_one && facts.odd_rank == 2);
}
END_TEST

START_TEST(rank_is_counted_and_the_filter_named)
{
    float filters[3 * 25] = {0};
    for (int i = 0; i < 25; i++)
        filters[i] = filters[25 + i] = (float)((i / 5 + 1) * (i % 5 - 2));
    for (int i = 0; i < 3; i++)
        filters[50 + 6 * i] = (float)(i + 1);
    cc_facts facts = facts_of("1x1x9x9:3x5x5", filters);
    ck_assert(facts.finite && !facts.rank_one);
    ck_assert_int_eq(facts.odd_k, 2);
    ck_assert_int_eq(facts.odd_rank, 3);
    filters[0] = NAN;
    facts = facts_of("1x1x9x9:3x5x5", filters);
    ck_assert(!facts.finite && !facts.rank_one);
    static float many[20 * 20];
    for (int i = 0; i < 20; i++)
        many[21 * i] = 1;
    ck_assert_int_eq(facts_of("1x1x30x30:1x20x20", many).odd_rank, CC_MOST_RANK + 1);
}
END_TEST

/* ---- plans ---- */

static const char PROBLEM[] = "2x3x17x40:3x3x5:g3:same:reflect101";

static void check_run(work *w, clconv_context *context, clconv_plan *plan)
{
    work_poison(w);
    CHECK_OK(work_run(w, context, plan));
    ck_assert(work_is_right(w));
}

static bool on_host(clconv_context *context)
{
    clconv_device_info info;
    CHECK_OK(clconv_context_info(&info, context));
    return info.kind == CLCONV_DEVICE_HOST;
}

START_TEST(filters_of_another_rank_are_done_by_another)
{
    work w = work_make(PROBLEM, 3);
    clconv_context *const context = open_default();
    const clconv_plan_options separable = {.algorithm = "separable"};
    clconv_plan *plan = NULL;
    if (!on_host(context)) {
        CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, w.bias, &separable),
                     CLCONV_UNSUPPORTED, "made for filters of rank one", "filter k 0 has rank");
        work_fill_filters_for(&w, "separable", 5);
        plan = plan_of(&w, context, &separable);
        for (unsigned round = 0; round < 3; round++) {
            check_run(&w, context, plan);
            work_fill_filters(&w, round);
            CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
            check_run(&w, context, plan);
            work_fill_filters_for(&w, "separable", 5);
            CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
        }
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* What the caller forbade stays forbidden, and a failure leaves the old filters. */
START_TEST(stand_in_heeds_what_was_forbidden)
{
    work w = work_make(PROBLEM, 4), other = work_make(PROBLEM, 4);
    clconv_context *const context = open_default();
    char names[512] = "host";
    clconv_plan_options options = {.forbid = names};
    for (size_t i = 0, at = 4; clconv_algorithm(i); i++)
        if (clconv_algorithm(i)->filters == CLCONV_FILTERS_ANY && !clconv_algorithm(i)->on_host)
            at += (size_t)snprintf(names + at, sizeof names - at, ",%s", clconv_algorithm(i)->name);
    if (!on_host(context)) {
        work_fill_filters_for(&w, "separable", 5);
        clconv_plan *const plan = plan_of(&w, context, &options);
        CHECK_FAILED(clconv_plan_set_filters(plan, other.filters, NULL), CLCONV_UNSUPPORTED,
                     "forbidden", "rank one");
        check_run(&w, context, plan);
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
    work_free(&other);
}
END_TEST

/* What is done by the algorithm that stands in: held to the bound of a plain sum. */
START_TEST(other_filters_are_held_to_the_bound_of_their_sum)
{
    work w = work_make(PROBLEM, 4);
    clconv_check factored, plain;
    memcpy(w.y, w.expected, w.sizes.y_bytes);
    CHECK_OK(clconv_check_result(&factored, &w.desc, "separable", w.x, w.filters, w.bias, w.y));
    CHECK_OK(clconv_check_result(&plain, &w.desc, "direct", w.x, w.filters, w.bias, w.y));
    ck_assert(factored.bound_there == plain.bound_there);
    work_fill_filters_for(&w, "separable", 5);
    memcpy(w.y, w.expected, w.sizes.y_bytes);
    CHECK_OK(clconv_check_result(&factored, &w.desc, "separable", w.x, w.filters, w.bias, w.y));
    CHECK_OK(clconv_check_result(&plain, &w.desc, "direct", w.x, w.filters, w.bias, w.y));
    ck_assert(factored.bound_there != plain.bound_there);
    work_free(&w);
}
END_TEST

START_TEST(f64_takes_exact_factors_only)
{
    work w = work_make("1x1x9x9:1x3x3:f64", 6);
    clconv_context *const context = open_default();
    const clconv_plan_options separable = {.algorithm = "separable"};
    clconv_device_info info;
    clconv_plan *plan = NULL;
    CHECK_OK(clconv_context_info(&info, context));
    if (!on_host(context) && info.has_f64) {
        for (int i = 0; i < 9; i++)
            w.filters[i] = expf((float)(-(i / 3 - 1) * (i / 3 - 1))) *
                           expf((float)(-(i % 3 - 1) * (i % 3 - 1)));
        CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, &separable),
                     CLCONV_UNSUPPORTED, "in f64 made for");
        work_fill_filters_for(&w, "separable", 5);
        plan = plan_of(&w, context, &separable);
        check_run(&w, context, plan);
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* Channels side by side whose taps are equal: the kernels go another way. */
START_TEST(channels_of_one_filter)
{
    work w = work_make("2x3x17x170:3x3x5:g3:same:reflect101:nhwc:u8>f32", 3);
    clconv_context *const context = open_default();
    const clconv_plan_options separable = {.algorithm = "separable"};
    if (!on_host(context)) {
        work_fill_filters_for(&w, "separable", 5);
        for (int i = 0; i < 2 * 15; i++)
            w.filters[15 + i] = w.filters[i];
        CHECK_OK(work_do(&w, context, "direct"));
        memcpy(w.expected, w.y, w.sizes.y_bytes);
        clconv_plan *const plan = plan_of(&w, context, &separable);
        check_run(&w, context, plan);
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* ---- taps that are all equal ---- */

static clconv_plan *box_plan(work *w, clconv_context *context)
{
    const clconv_plan_options box = {.algorithm = "box"};
    work_fill_filters_for(w, "box", 5);
    return plan_of(w, context, &box);
}

START_TEST(first_filter_with_unequal_taps_is_named)
{
    float filters[3 * 6];
    for (int i = 0; i < 18; i++)
        filters[i] = (float)(i / 6);
    ck_assert(facts_of("1x1x9x9:3x2x3", filters).equal);
    filters[17] = 0;
    cc_facts facts = facts_of("1x1x9x9:3x2x3", filters);
    ck_assert(!facts.equal && facts.unequal_k == 2);
    filters[17] = NAN;
    ck_assert(!facts_of("1x1x9x9:3x2x3", filters).equal);
}
END_TEST

/* By one whose bound is that of a plain sum, also where separable would do them. */
START_TEST(filters_without_equal_taps_are_done_by_another)
{
    work w = work_make(PROBLEM, 3);
    clconv_context *const context = open_default();
    const clconv_plan_options box = {.algorithm = "box"};
    clconv_plan *plan = NULL;
    if (!on_host(context)) {
        CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, w.bias, &box),
                     CLCONV_UNSUPPORTED, "made for filters whose taps are all equal", "filter k 0");
        plan = box_plan(&w, context);
        for (unsigned round = 0; round < 2; round++) {
            check_run(&w, context, plan);
            work_fill_filters_for(&w, "separable", round);
            CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
            check_run(&w, context, plan);
            work_fill_filters_for(&w, "box", 5);
            CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
        }
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

static bool in_window(int p, int q, int row, int column, int size)
{
    return abs(p - row) <= size / 2 && abs(q - column) <= size / 2;
}

/* Also behind them, where what is subtracted again would leave a NaN, and before them. */
START_TEST(nan_reaches_the_sums_of_its_windows)
{
    enum { SIZE = 60, TAPS = 21, ROW = 31, COLUMN = 29 };
    work w = work_make("1x1x60x60:1x21x21:same", 7);
    clconv_context *const context = open_default();
    if (!on_host(context)) {
        clconv_plan *const plan = box_plan(&w, context);
        ((float *)(void *)w.x)[ROW * SIZE + COLUMN] = NAN;
        CHECK_OK(work_run(&w, context, plan));
        for (int i = 0; i < SIZE * SIZE; i++) {
            const float got = ((const float *)(const void *)w.y)[i];
            const float without = ((const float *)(const void *)w.expected)[i];
            if (in_window(i / SIZE, i % SIZE, ROW, COLUMN, TAPS))
                ck_assert(isnan(got));
            else
                ck_assert(got == without);
        }
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* Of numbers whose sum passes the range of floats, and of the least that are normal. */
START_TEST(means_of_large_and_small_numbers)
{
    static const float numbers[] = {1.6e38f, 1e-37f, -1.6e38f};
    work w = work_make("1x1x20x40:1x9x9", 7);
    clconv_context *const context = open_default();
    const clconv_plan_options box = {.algorithm = "box"};
    for (int i = 0; i < 81; i++)
        w.filters[i] = 1.0f / 81;
    w.bias[0] = 0;
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers && !on_host(context); n++) {
        clconv_plan *const plan = plan_of(&w, context, &box);
        for (size_t i = 0; i < w.sizes.x_bytes / sizeof(float); i++)
            ((float *)(void *)w.x)[i] = numbers[n];
        CHECK_OK(work_run(&w, context, plan));
        for (size_t i = 0; i < w.sizes.y_bytes / sizeof(float); i++)
            ck_assert_double_le(
                fabs((double)((const float *)(const void *)w.y)[i] / (double)numbers[n] - 1), 1e-5);
        clconv_plan_destroy(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

SUITE_MAIN("rank", &whole_numbers_have_whole_factors, &line_is_its_own_factor,
           &channels_of_one_filter, &equal_taps_have_exact_factors, &rounded_products_are_rank_one,
           &small_tap_that_is_off_is_another_rank, &rank_is_counted_and_the_filter_named,
           &filters_of_another_rank_are_done_by_another, &stand_in_heeds_what_was_forbidden,
           &other_filters_are_held_to_the_bound_of_their_sum, &f64_takes_exact_factors_only,
           &first_filter_with_unequal_taps_is_named,
           &filters_without_equal_taps_are_done_by_another, &nan_reaches_the_sums_of_its_windows,
           &means_of_large_and_small_numbers)
