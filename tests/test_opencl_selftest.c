/* test_opencl_selftest.c - what the self-test proves: kernels that are wrong in one place only, and
 * problems that would not show it; and what it leaves to this test: stores past the caches. */
#include "lab.h"
#include "ocl/ocl.h"
#include "plan/internal.h"
#include "suite.h"
#include <stdio.h>
#include <string.h>

static const char PROBLEM[] = "1x2x21x22:3x3x3:p1:replicate";

/* Plans the problem with kernels of which one is edited, in a cache of its own. */
static clconv_status plan_edited(const char *problem, const char *algorithm, const char *file,
                                 const char *from, const char *to)
{
    lab l;
    work w = work_make(problem, 1);
    lab_make(&l);
    lab_edit(&l, file, from, to);
    lab_open(&l);
    const clconv_status status = lab_try(&l, &w, algorithm);
    lab_end(&l);
    work_free(&w);
    return status;
}

/* The kernel adds 1 to some of its outputs only. */
static void check_one_more_is_noticed(const char *problem, const char *algorithm, const char *file,
                                      const char *sum, const char *where)
{
    char from[64], to[128];
    snprintf(from, sizeof from, "%s + bias[k]", sum);
    snprintf(to, sizeof to, "%s + bias[k] + (%s)", sum, where);
    CHECK_FAILED(plan_edited(problem, algorithm, file, from, to), CLCONV_BUILD, "wrong results");
}

START_TEST(one_pixel_proves_a_kernel_for_every_image)
{
    check_one_more_is_noticed("1x1x1x1:1x1x1", "direct", "direct.cl", "sum", "p == 3 && q == 70");
    check_one_more_is_noticed("1x1x1x1:1x1x1", "direct", "direct.cl", "sum", "n == 1 && k == 4");
}
END_TEST

START_TEST(variant_of_a_long_filter_is_proved_itself)
{
    check_one_more_is_noticed("1x1x1x900:1x1x600", "tiled", "tiled.cl", "sum[m]", "S == 600");
}
END_TEST

START_TEST(variant_of_a_border_that_only_the_last_row_reads_is_proved_itself)
{
    check_one_more_is_noticed("1x1x200x9:1x3x3:s2:p0,1,0,0:reflect", "direct", "direct.cl", "sum",
                              "g.border == BORDER_REFLECT");
}
END_TEST

START_TEST(product_of_many_filters_is_proved_itself)
{
    const char *const problem = "1x3x20x20:200x3x3", *const sum = "sum + bias[k]";
    if (*cc_ocl_gemm_version())
        check_one_more_is_noticed(problem, "im2col", "im2col.cl", "sum", "k == 150");
    else
        CHECK_FAILED(plan_edited(problem, "im2col", "im2col.cl", sum, sum), CLCONV_UNSUPPORTED,
                     "CLBlast");
}
END_TEST

START_TEST(wrong_scale_and_activation_are_noticed)
{
    CHECK_FAILED(plan_edited("1x1x9x9:1x3x3", "direct", "common.h", "(T)e->scale, (T)e->offset",
                             "(T)e->scale, (T)0"),
                 CLCONV_BUILD, "wrong results");
    CHECK_FAILED(plan_edited("1x1x9x9:1x3x3", "direct", "common.h", "a * v : v", "v : v"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

/* Each in few outputs or in one channel: the self-test is to see them all. */
START_TEST(every_kind_of_wrong_is_noticed)
{
    static const struct {
        const char *algorithm, *file, *from, *to;
    } wrongs[] = {
        {"direct", "direct.cl", "sum_inside(planes, filter, &g, ih, iw)",
         "sum_inside(planes, filter, &g, ih, iw) + (q == g.q / 2 && p == g.p / 2)"},
        {"direct", "direct.cl",
         "for (int c = 0; c < g->group_c; c++, x += g->x_stride_c)\n        "
         "for (int i = 0; i < g->r; i++)\n            for",
         "for (int c = 0; c < 1; c++)\n for (int i = 0; i < g->r; i++)\n            for"},
        {"tiled", "tiled.cl", "for (int j = 0; j < S; j++) {", "for (int j = 0; j < S - 1; j++) {"},
        {"tiled", "tiled.cl", "if (p < g->p && q < g->q)", "if (p < g->p - 1 && q < g->q)"},
        {"tiled", "tiled.cl", "clconv_border_at(g->border, ih + i, g->h)",
         "clconv_border_at(BORDER_WRAP, ih + i, g->h)"},
        {"im2col", "im2col.cl", "workspace[base + (long)tap * COLUMNS + column] = value;",
         "workspace[base + (long)tap * COLUMNS + column] = tap == 5 ? value / 2 : value;"},
    };
    lab l;
    work w = work_make(PROBLEM, 7);
    lab_make(&l);
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        lab_open(&l);
        const bool possible = lab_try(&l, &w, wrongs[i].algorithm) == CLCONV_OK;
        lab_close(&l);
        ck_assert(possible || !strcmp(wrongs[i].algorithm, "im2col")); /* without CLBlast */
        lab_edit(&l, wrongs[i].file, wrongs[i].from, wrongs[i].to);
        lab_open(&l);
        const clconv_status status = lab_try(&l, &w, wrongs[i].algorithm);
        ck_assert_msg(!possible || status == CLCONV_BUILD, "%s: %s", wrongs[i].to,
                      clconv_status_name(status));
        lab_close(&l);
        lab_edit(&l, wrongs[i].file, wrongs[i].to, wrongs[i].from);
    }
    lab_end(&l);
    work_free(&w);
}
END_TEST

/* Where there are vectors, results that need no activation are stored in another way; the rows of
 * small filters are summed in another, of planes, and of colours that have one filter. */
START_TEST(other_ways_of_vectors_are_noticed)
{
    static const char across[] = "sum_columns(sums, x, taps, g);",
                      across_wrong[] = "sum_columns(sums, x, taps, g), sums[0] += 1;",
                      down[] = "add_to_all(sums, x, b->filters);",
                      down_wrong[] = "add_to_all(sums, x, b->filters), sums[0][0] += 1;";
    static const struct {
        const char *problem, *from, *to;
    } planes[] = {
        {"1x1x21x22:1x3x3:p1:replicate", across, across_wrong},
        {"1x3x21x22:3x3x3:g3:nhwc", across, across_wrong},
        {"1x1x21x22:1x5x5:p1", down, down_wrong},
        {"1x1x120x120:1x7x7", down, down_wrong},
        {"1x3x9x9:3x5x5:g3:nhwc:wrap", down, down_wrong},
        {"1x1x90x120:1x11x11:u8", down, down_wrong},
    };
    enum { PLANES = sizeof planes / sizeof *planes, OF_FEW_REGISTERS = 2, WIDE = 16 };
    lab l;
    lab_make(&l);
    lab_open(&l);
    const int lanes = l.context->caps.lanes;
    lab_end(&l);
    if (lanes == 1)
        return;
    for (int i = 0; i < (lanes < WIDE ? OF_FEW_REGISTERS : PLANES); i++)
        CHECK_FAILED(plan_edited(planes[i].problem, "blocked", "blocked_rolled.h", planes[i].from,
                                 planes[i].to),
                     CLCONV_BUILD, "wrong results");
    CHECK_FAILED(plan_edited("1x3x21x22:3x3x3:g3:nhwc:u8", "blocked", "blocked_columns.cl",
                             "(same ? (VEC)((filter)[((i)*S + (j)) * TAP_SIZE])",
                             "(same ? (VEC)((filter)[((i)*S + (j)) * TAP_SIZE] + 1)"),
                 CLCONV_BUILD, "wrong results");
    CHECK_FAILED(plan_edited(PROBLEM, "blocked", "blocked_columns.cl",
                             "FMA(biased, (VEC)e->scale, (VEC)e->offset)",
                             "FMA(biased, (VEC)e->scale, (VEC)0)"),
                 CLCONV_BUILD, "wrong results");
}
END_TEST

/* How results are stored that are larger than caches, here of small images. By the offset they are
 * larger numbers than those of the self-test, which would notice else. Of the first three all
 * blocks lie inside. */
START_TEST(stores_past_the_caches)
{
    static const char large[] = "output_bytes(g) >= STREAMED_BYTES)", any[] = "true)",
                      wrong[] =
                          "true)\n#undef Y_STREAM\n#define Y_STREAM(v, y) (*(global VEC *)(y) = "
                          "(v) > (VEC)5000 ? (v) + (VEC)1 : (v))";
    static const struct {
        const char *algorithm, *problem;
    } runs[] = {
        {"blocked", "1x1x22x258:1x3x3:offset=8192"},
        {"blocked", "1x1x42x258:1x3x3:f64:offset=8192"},
        {"blocked", "2x1x68x196:1x5x5:u8>f32:offset=8192"},
        {"blocked", "1x2x21x192:3x3x3:same:offset=8192"},
        {"separable", "1x1x40x192:1x9x9:same:offset=8192"},
        {"box", "1x1x40x192:1x9x9:same:offset=8192"},
        {"fft", "1x1x200x256:1x15x15:same:offset=8192"},
    };
    lab l;
    lab_make(&l);
    lab_open(&l);
    const bool vectors = l.context->caps.lanes > 1, doubles = l.context->caps.info.has_f64;
    for (size_t i = 0; vectors && i < sizeof runs / sizeof *runs; i++) {
        if (strstr(runs[i].problem, "f64") && !doubles)
            continue;
        work w = work_make(runs[i].problem, 3);
        work_fill_filters_for(&w, runs[i].algorithm, 3);
        for (int is_wrong = 0; is_wrong < 2; is_wrong++) {
            const char *const to = is_wrong ? wrong : any;
            lab_close(&l);
            lab_edit(&l, "vector.h", large, to);
            lab_open(&l);
            work_poison(&w);
            CHECK_OK(work_do(&w, l.context, runs[i].algorithm));
            ck_assert_msg(work_is_right(&w) == !is_wrong, "%s, %s%s", runs[i].algorithm,
                          runs[i].problem, is_wrong ? ": none is stored past the caches" : "");
            lab_edit(&l, "vector.h", to, large);
        }
        work_free(&w);
    }
    lab_end(&l);
}
END_TEST

START_TEST(kernel_that_the_driver_refuses_leaves_the_others)
{
    const char *const kernel = "kernel void direct(", *const other = "kernel void indirect(";
    CHECK_FAILED(plan_edited("1x1x9x9:1x1x1", "direct", "direct.cl", kernel, other), CLCONV_DEVICE,
                 "direct: kernel direct");
    CHECK_OK(plan_edited("1x1x9x9:1x1x1", NULL, "direct.cl", kernel, other));
}
END_TEST

SUITE_MAIN("opencl_selftest", &one_pixel_proves_a_kernel_for_every_image,
           &variant_of_a_long_filter_is_proved_itself,
           &variant_of_a_border_that_only_the_last_row_reads_is_proved_itself,
           &product_of_many_filters_is_proved_itself, &wrong_scale_and_activation_are_noticed,
           &every_kind_of_wrong_is_noticed, &other_ways_of_vectors_are_noticed,
           &stores_past_the_caches, &kernel_that_the_driver_refuses_leaves_the_others)
