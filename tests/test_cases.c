/* test_cases.c - every algorithm x every problem of the table. */
#include "suite.h"
#include "sweep.h"
#include <stdlib.h>

static void of_table(clconv_desc *desc, size_t i)
{
    const clconv_status status = clconv_desc_parse(desc, case_problems[i]);
    ck_assert_msg(status == CLCONV_OK, "%s: %s", case_problems[i], clconv_last_error());
}

START_TEST(table_is_exact_on_small_integers)
{
    sweep(of_table, case_problem_count, CLI_FILL_INTEGERS);
}
END_TEST

START_TEST(table_is_within_bounds_on_real_data)
{
    sweep(of_table, case_problem_count, CLI_FILL_REAL);
}
END_TEST

/* Otherwise "exact" above says little. */
START_TEST(nearly_all_problems_are_exact)
{
    ck_assert_uint_ge(sweep_exact(of_table, case_problem_count) * 10, case_problem_count * 9);
}
END_TEST

/* What the tests above rely on: a wrong output, and one written beside its place, are noticed. */
START_TEST(judges_notice)
{
    case_data data;
    clconv_check check;
    case_parse(&data, "1x2x9x7:3x3x3:p1:ys=0,0,9,0", CLI_FILL_REAL, 1);
    unsigned char *const y = case_naive(&data);
    unsigned char *const other = case_naive(&data);
    ck_assert_int_eq(y[7 * 4], CASE_POISON); /* between two rows */
    ck_assert(case_same(&data, y, other));
    other[7 * 4] ^= 1;
    ck_assert(case_same(&data, y, other));
    ck_assert_int_eq(
        clconv_check_result(&check, &data.desc, "direct", data.x, data.filters, data.bias, y),
        CLCONV_OK);
    ck_assert_uint_eq(check.misses, 0);
    other[9 * 4 + 2] ^= 0x80; /* the lowest bit of an exponent */
    ck_assert(!case_same(&data, y, other));
    ck_assert_int_eq(
        clconv_check_result(&check, &data.desc, "direct", data.x, data.filters, data.bias, other),
        CLCONV_OK);
    ck_assert_uint_eq(check.misses, 1);
    free(y);
    free(other);
    case_free(&data);
}
END_TEST

SUITE_MAIN("cases", &judges_notice, &nearly_all_problems_are_exact,
           &table_is_exact_on_small_integers, &table_is_within_bounds_on_real_data)
