/* test_geom.c - output sizes, padding, strides in memory, limits, and what is refused. */
#include "cl/geom.h"
#include "problem.h"
#include "suite.h"
#include <limits.h>
#include <math.h>

START_TEST(published_networks_have_their_published_sizes)
{
    static const struct {
        const char *problem;
        int p, q;
        double multiplications;
    } cases[] = {
        {"1x3x224x224:64x3x3:p1", 224, 224, 86704128},           /* VGG conv1_1 */
        {"1x64x224x224:64x3x3:p1", 224, 224, 1849688064},        /* VGG conv1_2 */
        {"8x3x224x224:64x7x7:s2:p3", 112, 112, 8.0 * 118013952}, /* ResNet conv1 */
        {"1x64x56x56:64x1x1", 56, 56, 12845056},                 /* ResNet bottleneck */
        {"1x256x56x56:512x1x1:s2", 28, 28, 102760448},           /* ResNet projection */
        {"1x3x227x227:96x11x11:s4", 55, 55, 105415200},          /* AlexNet conv1 */
        {"1x96x27x27:256x5x5:p2:g2", 27, 27, 223948800},         /* AlexNet conv2 */
        {"1x1x32x32:6x5x5", 28, 28, 117600},                     /* LeNet-5 C1 */
        {"1x32x112x112:32x3x3:p1:g32", 112, 112, 3612672},       /* MobileNet, depthwise */
        {"1x64x112x112:64x3x3:s2:p1:g64", 56, 56, 1806336},      /* MobileNet, depthwise, stride */
        {"1x512x28x28:512x3x3:d2:p2", 28, 28, 1849688064},       /* DeepLab, dilated */
        {"1x3x299x299:32x3x3:s2", 149, 149, 19181664},           /* Inception v3 conv1 */
        {"1x1x4096x4096:1x31x31:same:reflect101", 4096, 4096, 961.0 * 4096 * 4096},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const clconv_desc d = parsed(cases[i].problem);
        clconv_sizes sizes;
        ck_assert_int_eq(clconv_desc_output(&sizes, &d), CLCONV_OK);
        ck_assert_int_eq(sizes.p, cases[i].p);
        ck_assert_int_eq(sizes.q, cases[i].q);
        ck_assert_msg(sizes.flops == 2 * cases[i].multiplications, "%s: %.0f multiplications",
                      cases[i].problem, sizes.flops / 2);
    }
}
END_TEST

START_TEST(sizes_of_memory_filters_and_traffic)
{
    const clconv_desc d = parsed("2x6x5x7:4x3x2:g2:u8>f32");
    clconv_sizes sizes;
    ck_assert_int_eq(clconv_desc_output(&sizes, &d), CLCONV_OK);
    ck_assert_int_eq(sizes.p, 3);
    ck_assert_int_eq(sizes.q, 6);
    ck_assert_uint_eq(sizes.x_bytes, 2 * 6 * 5 * 7);
    ck_assert_uint_eq(sizes.y_bytes, 2 * 4 * 3 * 6 * 4);
    ck_assert_uint_eq(sizes.filter_count, 4 * 3 * 3 * 2);
    ck_assert_uint_eq(sizes.bias_count, 4);
    ck_assert_double_eq(sizes.flops, 2.0 * (2 * 4 * 3 * 6) * (3 * 3 * 2));
    ck_assert_double_eq(sizes.bytes, 420 + 576 + 4 * 72);
}
END_TEST

/* Every output counted by hand: windows that fit, stepping through the padded axis. */
START_TEST(output_size_counts_the_windows_that_fit)
{
    for (int h = 1; h <= 9; h++)
        for (int r = 1; r <= 4; r++)
            for (int dilation = 1; dilation <= 3; dilation++)
                for (int stride = 1; stride <= 4; stride++)
                    for (int pads = 0; pads < 16; pads++) {
                        const clconv_desc d = {.h = h,
                                               .w = 1,
                                               .r = r,
                                               .s = 1,
                                               .stride_h = stride,
                                               .dilation_h = dilation,
                                               .pad_top = pads % 4,
                                               .pad_bottom = pads / 4};
                        int count = 0;
                        for (int top = -d.pad_top; top + dilation * (r - 1) < h + d.pad_bottom;
                             top += stride)
                            count++;
                        clconv_sizes sizes;
                        const clconv_status status = clconv_desc_output(&sizes, &d);
                        ck_assert_int_eq(status, count ? CLCONV_OK : CLCONV_INVALID);
                        ck_assert(status != CLCONV_OK || sizes.p == count);
                    }
}
END_TEST

START_TEST(same_gives_ceil_of_size_by_stride)
{
    for (int h = 1; h <= 9; h++)
        for (int r = 1; r <= 6; r++)
            for (int stride = 1; stride <= 4; stride++) {
                const clconv_desc d = {.h = h,
                                       .w = h,
                                       .r = r,
                                       .s = r,
                                       .stride_h = stride,
                                       .stride_w = stride,
                                       .dilation_w = 2,
                                       .extent = CLCONV_SAME};
                clconv_sizes sizes;
                ck_assert_int_eq(clconv_desc_output(&sizes, &d), CLCONV_OK);
                ck_assert_int_eq(sizes.p, (h + stride - 1) / stride);
                ck_assert_int_eq(sizes.q, (h + stride - 1) / stride);
            }
}
END_TEST

START_TEST(same_puts_the_anchor_on_the_output)
{
    static const struct {
        const char *problem;
        int top, bottom, left, right;
    } cases[] = {
        {"1x1x9x9:1x3x5:same", 1, 1, 2, 2},
        {"1x1x9x9:1x4x2:same", 1, 2, 0, 1}, /* even: the anchor is (size - 1) / 2 */
        {"1x1x9x9:1x4x2:same:anchor=1", 2, 1, 1, 0},
        {"1x1x9x9:1x4x2:same:anchor=-1,0", 0, 3, 0, 1},
        {"1x1x9x9:1x4x2:same:flip", 2, 1, 1, 0}, /* turned, the tap lies on the other side */
        {"1x1x9x9:1x4x2:same:flip:anchor=1", 1, 2, 0, 1},
        {"1x1x9x9:1x4x2:same:d3,2", 3, 6, 0, 2},
        {"1x1x9x9:1x4x2:full:d3,2", 9, 9, 2, 2},
        {"1x1x9x9:1x4x2:valid", 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const cc_geom g = geom_of(cases[i].problem);
        ck_assert_msg(g.pad_top == cases[i].top && g.pad_bottom == cases[i].bottom &&
                          g.pad_left == cases[i].left && g.pad_right == cases[i].right,
                      "%s: %d %d %d %d", cases[i].problem, g.pad_top, g.pad_bottom, g.pad_left,
                      g.pad_right);
    }
}
END_TEST

START_TEST(inner_outputs_are_those_that_read_no_border)
{
    static const char *const problems[] = {
        "1x1x9x13:1x3x3:same",        "1x1x9x13:1x4x2:s2,3:p3,0", "1x1x9x13:1x3x5:full:d2",
        "1x1x3x3:1x5x5:same",         "1x1x9x13:1x1x1",           "1x1x9x13:1x1x1:p4",
        "1x1x9x13:1x3x3:s4:p0,9,7,0", "1x1x1x1:1x3x3:full",       "1x1x9x13:1x9x13",
        "1x1x5x5:1x3x3:p20:s7",
    };
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        const cc_geom g = geom_of(problems[i]);
        for (int p = 0; p < g.p; p++) {
            const int first = p * g.stride_h - g.pad_top;
            const int last = first + g.dilation_h * (g.r - 1);
            const bool inner = first >= 0 && last < g.h;
            ck_assert_msg(inner == (p >= g.inner_p0 && p < g.inner_p1), "%s: row %d", problems[i],
                          p);
        }
        for (int q = 0; q < g.q; q++) {
            const int first = q * g.stride_w - g.pad_left;
            const int last = first + g.dilation_w * (g.s - 1);
            const bool inner = first >= 0 && last < g.w;
            ck_assert_msg(inner == (q >= g.inner_q0 && q < g.inner_q1), "%s: column %d",
                          problems[i], q);
        }
        ck_assert(g.inner_p0 >= 0 && g.inner_p1 <= g.p && g.inner_q0 >= 0 && g.inner_q1 <= g.q);
    }
}
END_TEST

static void check_strides(const cc_strides *s, int64_t n, int64_t c, int64_t h, int64_t w)
{
    ck_assert_msg(s->n == n && s->c == c && s->h == h && s->w == w, "strides %lld %lld %lld %lld",
                  (long long)s->n, (long long)s->c, (long long)s->h, (long long)s->w);
}

START_TEST(strides_are_dense_in_the_layout_or_as_given)
{
    cc_geom g = geom_of("2x3x5x7:4x1x1:nchw>nhwc");
    check_strides(&g.x, 105, 35, 7, 1);
    check_strides(&g.y, 140, 1, 28, 4);
    ck_assert_int_eq(g.x_elements, 210);
    ck_assert_int_eq(g.y_elements, 280);

    g = geom_of("1x1x5x7:1x1x1:xs=0,0,100,0:f64"); /* a region of an image 100 wide */
    check_strides(&g.x, 500, 500, 100, 1);
    ck_assert_int_eq(g.x_elements, 407);
    ck_assert_int_eq(g.x_bytes, 407 * 8);

    g = geom_of("1x3x5x7:1x1x1:nhwc:xs=0,0,0,4"); /* three channels of four */
    check_strides(&g.x, 140, 1, 28, 4);
    ck_assert_int_eq(g.x_elements, 139);

    g = geom_of("2x1x5x7:1x1x1:ys=35,35,1,5"); /* columns side by side */
    check_strides(&g.y, 35, 35, 1, 5);
}
END_TEST

START_TEST(products_beyond_2_to_the_31_are_right)
{
    cc_geom g = geom_of("3x7x50000x60000:5x1x1:u8");
    ck_assert_int_eq(g.x_elements, 63000000000);
    ck_assert_int_eq(g.outputs, 45000000000);
    ck_assert_double_eq(g.flops, 2.0 * 45000000000 * 7);
    check_strides(&g.x, 21000000000, 3000000000, 60000, 1);

    g = geom_of("65536x1x1x65536:1x1x1:f64");
    ck_assert_int_eq(g.x_bytes, (int64_t)1 << 35);
    g = geom_of("1x65536x1x1:65536x1x1");
    ck_assert_int_eq(g.filter_count, (int64_t)1 << 32);
    g = geom_of("1x1x1x1073741822:1x1x1:p0,0,1,1:wrap");
    ck_assert_int_eq(g.q, 1 << 30);
}
END_TEST

START_TEST(device_geometry_carries_every_field)
{
    const cc_geom g = geom_of(
        "2x6x11x13:4x3x2:s2,3:g2:d2,1:p3,4,5,6:nchw>nhwc:abs:sigmoid:wrap:xs=9999,999,99,3");
    clconv_geom out;
    cc_geom_for_device(&out, &g, 17, 23);
    const int64_t wide[] = {17, 23, 9999, 999, 99, 3, g.y.n, 1, g.y.h, 4};
    const int32_t narrow[] = {2,
                              6,
                              11,
                              13,
                              4,
                              3,
                              2,
                              g.p,
                              g.q,
                              2,
                              3,
                              2,
                              2,
                              3,
                              2,
                              1,
                              3,
                              5,
                              0,
                              0,
                              0,
                              1,
                              CLCONV_SIGMOID,
                              CLCONV_WRAP};
    ck_assert_uint_eq(sizeof out, sizeof wide + sizeof narrow); /* no padding inside */
    ck_assert_mem_eq(&out, wide, sizeof wide);
    ck_assert_mem_eq(&out.n, narrow, sizeof narrow);
}
END_TEST

/* What the text cannot say. Each case is one field of a desc that is right without it. */
START_TEST(descs_that_are_wrong_are_refused_with_field_and_value)
{
#define WRONG(field, value, word)                                                                  \
    {                                                                                              \
        {.h = 4, .w = 4, .r = 3, .s = 3, .field = value}, word                                     \
    }
    static const struct {
        clconv_desc desc;
        const char *word;
    } cases[] = {
        {{.w = 4, .r = 3, .s = 3}, "h is 0"},
        {{.h = 4, .w = 4, .r = 3}, "s is 0"},
        WRONG(n, -1, "n is -1"),
        WRONG(c, -2, "c is -2"),
        WRONG(k, -3, "k is -3"),
        WRONG(groups, -1, "groups is -1"),
        WRONG(groups, 2, "groups is 2"),
        WRONG(stride_h, -1, "stride_h is -1: must be 1 or more, or 0 for the default 1"),
        WRONG(stride_w, INT_MIN, "stride_w is -2147483648"),
        WRONG(dilation_w, -1, "dilation_w is -1"),
        WRONG(pad_left, -1, "pad_left is -1"),
        WRONG(pad_top, INT_MAX, "2^30"),
        WRONG(dilation_h, INT_MAX, "2^30"),
        WRONG(extent, (clconv_extent)4, "extent is 4"),
        WRONG(border, (clconv_border)5, "border is 5"),
        WRONG(border, (clconv_border)-1, "border is -1"),
        WRONG(operation, (clconv_operation)2, "operation is 2"),
        WRONG(x_type, (clconv_type)7, "x_type is 7"),
        WRONG(y_type, (clconv_type)-7, "y_type is -7"),
        WRONG(x_layout, (clconv_layout)2, "x_layout is 2"),
        WRONG(y_layout, (clconv_layout)2, "y_layout is 2"),
        WRONG(activation, (clconv_activation)6, "activation is 6"),
        WRONG(absolute, 2, "absolute is 2"),
        WRONG(x_stride_w, -1, "x_stride_w is -1"),
        WRONG(y_stride_n, INT64_MIN, "y_stride_n is -9223372036854775808"),
        WRONG(scale, NAN, "scale is"),
        WRONG(scale, INFINITY, "scale is inf"),
        WRONG(offset, -INFINITY, "offset is -inf"),
        WRONG(activation_a, 1, "activation_a is 1"),
        WRONG(activation_b, NAN, "activation_b is"),
        {{.h = 4, .w = 4, .r = 3, .s = 3, .activation = CLCONV_LEAKY, .activation_b = 2}, "leaky"},
        {{.h = 4, .w = 4, .r = 3, .s = 3, .activation = CLCONV_CLIP, .activation_a = NAN}, "clip"},
        {{.h = 4, .w = 4, .r = 3, .s = 3, .border = CLCONV_WRAP, .border_value = 1},
         "border_value is 1 with border wrap"},
        {{.h = 4, .w = 4, .r = 3, .s = 3, .extent = CLCONV_SAME, .anchor_shift_h = INT_MAX},
         "anchor_shift_h is 2147483647"},
        {{.h = 4, .w = 4, .r = 3, .s = 3, .extent = CLCONV_SAME, .anchor_shift_w = INT_MIN},
         "anchor_shift_w is -2147483648"},
    };
#undef WRONG
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clconv_sizes sizes = {.p = 77};
        char *text = NULL;
        check_refused(clconv_desc_output(&sizes, &cases[i].desc), cases[i].word, cases[i].word);
        check_refused(clconv_desc_format(&text, &cases[i].desc), cases[i].word, cases[i].word);
        ck_assert(sizes.p == 77 && text == NULL);
    }
}
END_TEST

START_TEST(null_arguments_are_refused)
{
    const clconv_desc d = {.h = 4, .w = 4, .r = 3, .s = 3};
    clconv_desc out;
    clconv_sizes sizes;
    check_refused(clconv_desc_output(NULL, &d), "sizes", "NULL");
    check_refused(clconv_desc_output(&sizes, NULL), "desc", "NULL");
    check_refused(clconv_desc_parse(NULL, "1x1x4x4:1x3x3"), "desc", "NULL");
    check_refused(clconv_desc_parse(&out, NULL), "text", "NULL");
    check_refused(clconv_desc_format(NULL, &d), "text", "NULL");
}
END_TEST

SUITE_MAIN("geom", &published_networks_have_their_published_sizes,
           &sizes_of_memory_filters_and_traffic, &output_size_counts_the_windows_that_fit,
           &same_gives_ceil_of_size_by_stride, &same_puts_the_anchor_on_the_output,
           &inner_outputs_are_those_that_read_no_border,
           &strides_are_dense_in_the_layout_or_as_given, &products_beyond_2_to_the_31_are_right,
           &device_geometry_carries_every_field,
           &descs_that_are_wrong_are_refused_with_field_and_value, &null_arguments_are_refused)
