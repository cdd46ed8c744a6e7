/* test_regressions.c - defects that were found by reading, each under the name of its risk. */
#include "suite.h"
#include "work.h"
#include <float.h>
#include <math.h>

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

SUITE_MAIN("regressions", &lost_infinity_is_a_miss)
