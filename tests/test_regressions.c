/* test_regressions.c - defects that were found by reading, each under the name of its risk. */
#include "plan/plan.h"
#include "suite.h"
#include "work.h"
#include <float.h>
#include <math.h>
#include <stdio.h>

/* ---- clconv_check_result ---- */

static uint64_t misses(const char *problem, float x, float y)
{
    clconv_desc desc;
    clconv_check check;
    const float filter = 1;
    CHECK_OK(clconv_desc_parse(&desc, problem));
    CHECK_OK(clconv_check_result(&check, &desc, "direct", &x, &filter, NULL, &y));
    ck_assert_uint_eq(check.outputs, 1);
    return check.misses;
}

START_TEST(lost_infinity_is_a_miss)
{
    const char *const plain = "1x1x1x1:1x1x1", *const relu = "1x1x1x1:1x1x1:relu";
    ck_assert_uint_eq(misses(plain, INFINITY, INFINITY), 0);
    ck_assert_uint_eq(misses(plain, INFINITY, 5), 1);
    ck_assert_uint_eq(misses(plain, INFINITY, FLT_MAX), 1);
    ck_assert_uint_eq(misses(plain, INFINITY, -INFINITY), 1);
    ck_assert_uint_eq(misses(plain, INFINITY, NAN), 1);
    ck_assert_uint_eq(misses(plain, NAN, INFINITY), 1);
    ck_assert_uint_eq(misses(plain, NAN, NAN), 0);
    ck_assert_uint_eq(misses(relu, -INFINITY, 0), 0);
    ck_assert_uint_eq(misses(relu, -INFINITY, 5), 1);
    ck_assert_uint_eq(misses("1x1x1x1:1x1x1:tanh", -INFINITY, -1), 0);
    ck_assert_uint_eq(misses("1x1x1x1:1x1x1:sigmoid", INFINITY, 0.5F), 1);
}
END_TEST

/* Rows that lie a fraction apart: the last is among those that are looked at, whatever it rounds
 * to. */
START_TEST(last_of_some_rows_is_looked_at)
{
    enum { MOST = 300 };
    static float x[MOST], y[MOST];
    const float filter = 1;
    for (int rows = 9; rows <= MOST; rows++)
        for (int looked_at = 8; looked_at < rows; looked_at += 7) {
            char problem[64];
            clconv_desc desc;
            clconv_check check;
            snprintf(problem, sizeof problem, "1x1x%dx1:1x1x1", rows);
            CHECK_OK(clconv_desc_parse(&desc, problem));
            y[rows - 1] = 1;
            CHECK_OK(cc_check_some(&check, &desc, "direct", x, &filter, NULL, y, 2.0 * looked_at));
            ck_assert_msg(check.misses == 1, "%d of %d rows: %d misses", looked_at, rows,
                          (int)check.misses);
            y[rows - 1] = 0;
        }
}
END_TEST

/* In double precision factors that are not exact are not used: the bound is that of all taps. */
START_TEST(f64_filter_of_inexact_factors_has_the_bound_of_its_sum)
{
    static const char *const algorithms[] = {"direct", "separable"};
    clconv_desc desc;
    clconv_check check[2];
    double x[81] = {1}, y = 0;
    float filter[81];
    for (int i = 0; i < 81; i++)
        filter[i] = (0.1F + (float)(i / 9)) * (0.3F + (float)(i % 9));
    CHECK_OK(clconv_desc_parse(&desc, "1x1x9x9:1x9x9:f64"));
    for (int i = 0; i < 2; i++)
        CHECK_OK(clconv_check_result(&check[i], &desc, algorithms[i], x, filter, NULL, &y));
    ck_assert(check[0].bound_there > 0);
    ck_assert(check[0].bound_there == check[1].bound_there);
}
END_TEST

/* ---- problems and their text ---- */

START_TEST(separator_without_a_number_behind_it)
{
    static const char *const texts[] = {"1x1x5x5x:1x3x3", "1x1x5x5:1x3x3x", "1x1x5x5:1x3x3:s2,1,",
                                        "1x1x5x5:1x3x3:p1,2,3,4,", "1x1x5x5:1x3x3:xs=0,0,9,1,"};
    clconv_desc desc;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_FAILED(clconv_desc_parse(&desc, texts[i]), CLCONV_INVALID, "goes on");
}
END_TEST

START_TEST(coefficients_that_pass_64_bits_of_bytes)
{
    clconv_desc desc;
    CHECK_FAILED(clconv_desc_parse(&desc, "1x2147483647x1x1:2147483647x1x1"), CLCONV_INVALID,
                 "4611686014132420609", "2^60");
}
END_TEST

static clconv_status no_rows(void *user, int first, int count, void *rows)
{
    (void)user, (void)first, (void)count, (void)rows;
    return CLCONV_IO;
}

START_TEST(strip_that_passes_64_bits_of_bytes)
{
    const clconv_stream_options options = {.budget = SIZE_MAX};
    clconv_context *context = NULL;
    clconv_stream *stream = NULL;
    clconv_desc desc;
    /* A row of 2^38 bytes, of which one output needs 2^28. */
    CHECK_OK(
        clconv_desc_parse(&desc, "1x64x1x1073741824:64x2x1:g64:d268435455,1:p268435455,0,0,0"));
    float *const many = calloc(128, sizeof *many);
    ck_assert_ptr_nonnull(many);
    CHECK_OK(clconv_context_create(&context, "host"));
    CHECK_FAILED(clconv_stream_create(&stream, context, &desc, many, NULL, no_rows, NULL, NULL),
                 CLCONV_NO_MEMORY, "268435456 input rows", "budget");
    CHECK_FAILED(clconv_stream_create(&stream, context, &desc, many, NULL, no_rows, NULL, &options),
                 CLCONV_NO_MEMORY, "268435456 input rows", "budget");
    ck_assert_ptr_null(stream);
    clconv_context_destroy(context);
    free(many);
}
END_TEST

/* ---- arguments ---- */

START_TEST(nowhere_to_write_to)
{
    double v;
    clconv_activation activation;
    CHECK_FAILED(clconv_border_parse(NULL, &v, "wrap"), CLCONV_INVALID, "border", "NULL");
    CHECK_FAILED(clconv_type_parse(NULL, "u8"), CLCONV_INVALID, "type", "NULL");
    CHECK_FAILED(clconv_layout_parse(NULL, "nhwc"), CLCONV_INVALID, "layout", "NULL");
    CHECK_FAILED(clconv_extent_parse(NULL, "same"), CLCONV_INVALID, "extent", "NULL");
    CHECK_FAILED(clconv_activation_parse(NULL, &v, &v, "relu"), CLCONV_INVALID, "activation");
    CHECK_FAILED(clconv_activation_parse(&activation, NULL, &v, "relu"), CLCONV_INVALID, " a ");
    CHECK_FAILED(clconv_activation_parse(&activation, &v, NULL, "relu"), CLCONV_INVALID, " b ");
    CHECK_FAILED(clconv_cache_path(NULL), CLCONV_INVALID, "path", "NULL");
}
END_TEST

SUITE_MAIN("regressions", &lost_infinity_is_a_miss, &last_of_some_rows_is_looked_at,
           &f64_filter_of_inexact_factors_has_the_bound_of_its_sum,
           &separator_without_a_number_behind_it, &coefficients_that_pass_64_bits_of_bytes,
           &strip_that_passes_64_bits_of_bytes, &nowhere_to_write_to)
