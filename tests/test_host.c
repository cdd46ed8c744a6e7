/* test_host.c - elements of every type, parallel loops, the epilogue. */
#include "base/half.h"
#include "host/host.h"
#include "problem.h"
#include "suite.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

START_TEST(integers_round_half_to_even_and_saturate)
{
    static const struct {
        clconv_type type;
        double in, out;
    } cases[] = {
        {CLCONV_U8, 0.5, 0},
        {CLCONV_U8, 1.5, 2},
        {CLCONV_U8, 2.5, 2},
        {CLCONV_U8, 254.5, 254},
        {CLCONV_U8, 255.49, 255},
        {CLCONV_U8, 255.5, 255},
        {CLCONV_U8, 1e300, 255},
        {CLCONV_U8, -0.5, 0},
        {CLCONV_U8, -0.51, 0},
        {CLCONV_U8, -INFINITY, 0},
        {CLCONV_U8, NAN, 0},
        {CLCONV_S8, -128.4, -128},
        {CLCONV_S8, -129, -128},
        {CLCONV_S8, -0.5, 0},
        {CLCONV_S8, -1.5, -2},
        {CLCONV_S8, -2.5, -2},
        {CLCONV_S8, 127.5, 127},
        {CLCONV_S8, NAN, 0},
        {CLCONV_U16, 65534.5, 65534},
        {CLCONV_U16, 65535.5, 65535},
        {CLCONV_U16, -3, 0},
        {CLCONV_U16, INFINITY, 65535},
        {CLCONV_S16, 32767.5, 32767},
        {CLCONV_S16, -32768.5, -32768},
        {CLCONV_S16, 12345.5, 12346},
        {CLCONV_S16, -1e300, -32768},
        {CLCONV_S16, 0.49999999999999994, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *const memory = memset(malloc(16), -1, 16);
        cc_store(cases[i].type, memory, 1, cases[i].in);
        ck_assert_msg(cc_load(cases[i].type, memory, 1) == cases[i].out, "%s of %g",
                      clconv_type_name(cases[i].type), cases[i].in);
        free(memory);
    }
}
END_TEST

/* By way of float, this value would lie in the middle of two halves and go to the even one. */
START_TEST(floating_types_round_once)
{
    const double value = 1 + 0x1p-11 + 0x1p-40;
    uint16_t half;
    float single;
    double whole;
    cc_store(CLCONV_F16, &half, 0, value);
    ck_assert_uint_eq(half, 0x3c01);
    ck_assert_uint_eq(cc_half_from_double((float)value), 0x3c00);
    ck_assert_double_eq(cc_load(CLCONV_F16, &half, 0), 1 + 0x1p-10);
    cc_store(CLCONV_F32, &single, 0, 0.1);
    ck_assert(single == 0.1f && cc_load(CLCONV_F32, &single, 0) == 0.1f);
    cc_store(CLCONV_F64, &whole, 0, 0.1);
    ck_assert(cc_load(CLCONV_F64, &whole, 0) == 0.1);
    cc_store(CLCONV_F16, &half, 0, NAN);
    ck_assert(isnan(cc_load(CLCONV_F16, &half, 0)));
    cc_store(CLCONV_F16, &half, 0, -65520);
    ck_assert(cc_load(CLCONV_F16, &half, 0) == -INFINITY);
}
END_TEST

enum { BYTES = 40 };

START_TEST(elements_touch_their_own_bytes_alone)
{
    for (int type = CLCONV_F32; type <= CLCONV_S16; type++) {
        const size_t size = clconv_type_size((clconv_type)type);
        unsigned char *const memory = malloc(BYTES), before[BYTES];
        memset(memory, 0xa5, BYTES);
        memcpy(before, memory, BYTES);
        cc_store((clconv_type)type, memory, 2, 77);
        ck_assert_mem_eq(memory, before, 2 * size);
        ck_assert_mem_eq(memory + 3 * size, before, BYTES - 3 * size);
        ck_assert_double_eq(cc_load((clconv_type)type, memory, 2), 77);
        free(memory);
    }
}
END_TEST

START_TEST(rows_are_loaded_with_their_stride)
{
    for (int type = CLCONV_F32; type <= CLCONV_S16; type++) {
        void *const memory = malloc(20 * sizeof(double));
        double out[5] = {0};
        for (int i = 0; i < 20; i++)
            cc_store((clconv_type)type, memory, i, i + 1);
        cc_load_row((clconv_type)type, memory, 2, 4, 4, out);
        for (int i = 0; i < 4; i++)
            ck_assert_double_eq(out[i], 3 + 4 * i);
        ck_assert_double_eq(out[4], 0);
        free(memory);
    }
}
END_TEST

enum { CALLS = 10007 };

static void count_call(void *user, int64_t i)
{
    atomic_fetch_add(&((atomic_int *)user)[i], 1);
}

START_TEST(parallel_loop_calls_every_index_once)
{
    static atomic_int calls[CALLS];
    cc_parallel_for(0, count_call, NULL);
    cc_parallel_for(CALLS, count_call, calls);
    cc_parallel_for(1, count_call, calls);
    for (int i = 0; i < CALLS; i++)
        ck_assert_int_eq(calls[i], i == 0 ? 2 : 1);
}
END_TEST

START_TEST(epilogue_follows_the_header)
{
    static const struct {
        const char *options;
        double in, out;
    } cases[] = {
        {"", -3, -3},
        {":scale=2:offset=1", -3, -5},
        {":scale=2:offset=1:abs", -3, 5},
        {":abs:relu", -3, 3},
        {":relu", -3, 0},
        {":relu", 3, 3},
        {":leaky", -3, 0.01 * -3},
        {":leaky=0.5", -3, -1.5},
        {":leaky=0.5", 3, 3},
        {":clip", 7, 6},
        {":clip", -1, 0},
        {":clip=-2,2", -1, -1},
        {":clip=-2,2", -5, -2},
        {":sigmoid", 0, 0.5},
        {":sigmoid", -800, 0}, /* exp overflows */
        {":sigmoid", 2, 0.88079707797788243},
        {":tanh", 1, 0.76159415595576485},
        {":scale=-1:offset=10:clip=0,8", 1, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char problem[64];
        snprintf(problem, sizeof problem, "1x1x1x1:1x1x1%s", cases[i].options);
        const cc_geom g = geom_of(problem);
        ck_assert_msg(fabs(cc_epilogue(&g, cases[i].in) - cases[i].out) < 1e-15, "%s of %g: %.17g",
                      problem, cases[i].in, cc_epilogue(&g, cases[i].in));
        ck_assert_msg(isnan(cc_epilogue(&g, NAN)), "%s of NaN", problem);
    }
}
END_TEST

SUITE_MAIN("host", &integers_round_half_to_even_and_saturate, &floating_types_round_once,
           &elements_touch_their_own_bytes_alone, &rows_are_loaded_with_their_stride,
           &parallel_loop_calls_every_index_once, &epilogue_follows_the_header)
