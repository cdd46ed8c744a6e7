/* test_random.c - every algorithm x problems made at random: combinations of parameters at their
 * edges that the table does not have, always the same ones. */
#include "suite.h"
#include "sweep.h"

/* What a kernel is compiled for; what else a problem has is chosen at random. So some hundred
 * problems need a few dozen builds. */
static const struct variant {
    clconv_type x, y;
    clconv_border border;
    int r, s, stride_h, stride_w, dilation_h, dilation_w;
} variants[] = {
    {CLCONV_F32, CLCONV_F32, CLCONV_CONSTANT, 3, 3, 1, 1, 1, 1},
    {CLCONV_F32, CLCONV_F32, CLCONV_REPLICATE, 4, 1, 2, 1, 1, 3},
    {CLCONV_F32, CLCONV_F32, CLCONV_REFLECT, 1, 5, 1, 2, 1, 2},
    {CLCONV_F32, CLCONV_F32, CLCONV_REFLECT101, 5, 2, 3, 1, 2, 1},
    {CLCONV_F32, CLCONV_F32, CLCONV_WRAP, 2, 7, 1, 5, 3, 1},
    {CLCONV_U8, CLCONV_U8, CLCONV_REFLECT101, 3, 3, 1, 1, 1, 1},
    {CLCONV_U8, CLCONV_F32, CLCONV_CONSTANT, 2, 2, 2, 2, 1, 1},
    {CLCONV_S16, CLCONV_F16, CLCONV_WRAP, 1, 1, 3, 2, 4, 4},
    {CLCONV_F32, CLCONV_F32, CLCONV_CONSTANT, 1, 1, 1, 1, 1, 1},
    {CLCONV_F16, CLCONV_S8, CLCONV_REPLICATE, 7, 3, 1, 1, 1, 2},
    {CLCONV_F16, CLCONV_F16, CLCONV_CONSTANT, 3, 6, 4, 1, 1, 1},
    {CLCONV_U16, CLCONV_S16, CLCONV_REFLECT, 3, 4, 1, 1, 5, 1},
    {CLCONV_F64, CLCONV_U16, CLCONV_REFLECT101, 3, 3, 2, 2, 2, 2},
};
enum { VARIANTS = sizeof variants / sizeof *variants, RANDOM_PROBLEMS = 20 * VARIANTS };

static int one_of(uint64_t *state, const int *values, int count)
{
    return values[case_random(state, 0, count - 1)];
}
#define ONE_OF(state, ...)                                                                         \
    one_of((state), (const int[]){__VA_ARGS__}, (int)(sizeof(int[]){__VA_ARGS__} / sizeof(int)))

static void random_extent(clconv_desc *d, uint64_t *state)
{
    d->extent = (clconv_extent)case_random(state, CLCONV_EXPLICIT, CLCONV_FULL);
    if (d->extent == CLCONV_EXPLICIT) {
        d->pad_top = ONE_OF(state, 0, 1, 2, 11, 40);
        d->pad_bottom = ONE_OF(state, 0, 1, 3, 12);
        d->pad_left = ONE_OF(state, 0, 1, 2, 13, 70);
        d->pad_right = ONE_OF(state, 0, 1, 4, 9);
    }
    if (d->extent == CLCONV_SAME) {
        d->anchor_shift_h = case_random(state, 0, d->r - 1) - (d->r - 1) / 2;
        d->anchor_shift_w = case_random(state, 0, d->s - 1) - (d->s - 1) / 2;
    }
}

static void random_epilogue(clconv_desc *d, uint64_t *state)
{
    static const double scales[] = {0, 0.5, -2, 0.125, -0.25}, offsets[] = {0, 1, -3.5, 64};
    d->scale = scales[case_random(state, 0, 4)];
    d->offset = offsets[case_random(state, 0, 3)];
    d->absolute = case_random(state, 0, 1);
    d->activation = (clconv_activation)case_random(state, CLCONV_NONE, CLCONV_TANH);
    if (d->activation == CLCONV_LEAKY)
        d->activation_a = ONE_OF(state, 0, 2) / 8.0;
    if (d->activation == CLCONV_CLIP) {
        d->activation_a = ONE_OF(state, -5, 0, 3);
        d->activation_b = ONE_OF(state, 3, 100);
    }
}

/* Columns, rows and planes apart by more than they need. */
static void random_memory(clconv_desc *d, uint64_t *state)
{
    d->x_layout = (clconv_layout)case_random(state, CLCONV_NCHW, CLCONV_NHWC);
    d->y_layout = (clconv_layout)case_random(state, CLCONV_NCHW, CLCONV_NHWC);
    if (case_random(state, 0, 2) == 0)
        d->x_stride_w = (d->x_layout == CLCONV_NHWC ? d->c : 1) + case_random(state, 0, 2);
    if (case_random(state, 0, 2) == 0)
        d->y_stride_w = (d->y_layout == CLCONV_NHWC ? d->k : 1) + case_random(state, 0, 2);
    if (case_random(state, 0, 2) == 0) /* rows: more than the padded output is wide */
        d->y_stride_h = 300 * (d->y_stride_w ? d->y_stride_w : 8) + case_random(state, 0, 99);
    if (case_random(state, 0, 2) == 0)
        d->x_stride_h = d->w * (d->x_stride_w ? d->x_stride_w : 8) + case_random(state, 0, 99);
}

static clconv_desc random_desc(size_t variant, uint64_t *state)
{
    const struct variant *const v = &variants[variant];
    const int groups = ONE_OF(state, 1, 1, 2, 3);
    clconv_desc d = {
        .n = ONE_OF(state, 1, 1, 2, 3),
        .c = groups * ONE_OF(state, 1, 2, 5),
        .k = groups * ONE_OF(state, 1, 2, 3, 5),
        .h = ONE_OF(state, 1, 2, 3, 7, 8, 9, 16, 31, 33),
        .w = ONE_OF(state, 1, 2, 3, 7, 15, 16, 17, 63, 64, 65, 130),
        .r = v->r,
        .s = v->s,
        .groups = groups,
        .stride_h = v->stride_h,
        .stride_w = v->stride_w,
        .dilation_h = v->dilation_h,
        .dilation_w = v->dilation_w,
        .border = v->border,
        .operation = (clconv_operation)case_random(state, 0, 1),
        .x_type = v->x,
        .y_type = v->y,
    };
    static const double values[] = {0, 1, -2.5, 0.1};
    if (d.border == CLCONV_CONSTANT)
        d.border_value = values[case_random(state, 0, 3)];
    if (v->r * v->s == 1) { /* as many filters as fill vectors, channels as make several steps */
        d.k = groups * ONE_OF(state, 1, 16, 33);
        d.c = groups * ONE_OF(state, 2, 9, 20);
    }
    random_extent(&d, state);
    random_epilogue(&d, state);
    random_memory(&d, state);
    return d;
}

/* Number i of one fixed sequence, wherever it is asked for; those that are INVALID (no output at
 * all) are passed over. */
static void at_random(clconv_desc *desc, size_t i)
{
    uint64_t state = 7919 * (i + 1);
    clconv_sizes sizes;
    do
        *desc = random_desc(i % VARIANTS, &state);
    while (clconv_desc_output(&sizes, desc) != CLCONV_OK);
}

START_TEST(random_problems_are_exact_on_small_integers)
{
    sweep(at_random, RANDOM_PROBLEMS, CLI_FILL_INTEGERS);
}
END_TEST

START_TEST(random_problems_are_within_bounds_on_real_data)
{
    sweep(at_random, RANDOM_PROBLEMS, CLI_FILL_REAL);
}
END_TEST

/* Otherwise "exact" above says little. */
START_TEST(half_of_the_problems_are_exact)
{
    ck_assert_uint_ge(sweep_exact(at_random, RANDOM_PROBLEMS) * 2, RANDOM_PROBLEMS);
}
END_TEST

SUITE_MAIN("random", &half_of_the_problems_are_exact, &random_problems_are_exact_on_small_integers,
           &random_problems_are_within_bounds_on_real_data)
