/* test_problem.c - the text of a problem: what it says, what is refused, and that it comes back. */
#include "problem.h"
#include "suite.h"
#include <limits.h>
#include <math.h>

static const struct {
    const char *problem, *word; /* of the sentence that refuses it */
} wrong[] = {
    {"", "NxCxHxW"},
    {"1x1x4", "3 numbers, not 4"},
    {"1x1x4x4x4:1x3x3", "goes on"},
    {"1x1x4x4", "filters are missing"},
    {"1x1x4x4:1x3", "KxRxS"},
    {"1x1x4x4:1x3x3x3", "KxRxS"},
    {"1x1x4x4:1x3xA", "'1x3xA'"},
    {"0x1x4x4:1x3x3", "0 is out of range"},
    {"1x1x-4x4:1x3x3", "-4 is out of range"},
    {"1x1x4x2147483648:1x3x3", "2147483648 is out of range"},
    {"1x1x4x99999999999999999999:1x3x3", "whole numbers"},
    {" 1x1x4x4:1x3x3", "NxCxHxW"},
    {"1x1x4x4:1x3x3:", "option ''"},
    {"1x1x4x4:1x3x3:s0", "0 is out of range"},
    {"1x1x4x4:1x3x3:s1,2,3", "goes on"},
    {"1x1x4x4:1x3x3:s1:s1", "once"},
    {"1x1x4x4:1x3x3:same:full", "once"},
    {"1x1x4x4:1x3x3:zero:wrap", "once"},
    {"1x1x4x4:1x3x3:g-1", "-1 is out of range"},
    {"1x1x4x4:1x3x3:p1,2,3", "3 numbers"},
    {"1x1x4x4:1x3x3:p-1", "-1 is out of range"},
    {"1x1x4x4:1x3x3:p1.5", "goes on"},
    {"1x1x4x4:1x3x3:xs=1,2,3", "four"},
    {"1x1x4x4:1x3x3:xs=1,2,3,-4", "-4 is out of range"},
    {"1x1x4x4:1x3x3:scale=0", "scale 0"},
    {"1x1x4x4:1x3x3:scale=inf", "scale is inf"},
    {"1x1x4x4:1x3x3:scale=two", "'two'"},
    {"1x1x4x4:1x3x3:offset=nan", "offset is nan"},
    {"1x1x4x4:1x3x3:u8>float", "'float'"},
    {"1x1x4x4:1x3x3:u8>", "type ''"},
    {"1x1x4x4:1x3x3:clip=6,0", "clip"},
    {"1x1x4x4:1x3x3:leaky=nan", "finite"},
    {"1x1x4x4:1x3x3:absolute", "'absolute'"},
    {"1x1x4x4:1x3x3:same:p1", "pad_top is 1 with extent same"},
    {"1x1x4x4:1x3x3:valid:p0,0,0,2", "pad_right is 2"},
    {"1x1x4x4:1x3x3:anchor=1", "anchor_shift_h is 1 with extent explicit"},
    {"1x1x4x4:1x3x3:same:anchor=0,2", "anchor_shift_w is 2"},
    {"1x1x4x4:1x3x3:same:anchor=-2,0", "use -1 to 1"},
    {"1x1x4x4:1x5x3", "reaches over 5"},
    {"1x1x4x4:1x3x3:d2", "no output rows"},
    {"1x6x4x4:4x3x3:g4", "groups is 4"},
    {"1x6x4x4:4x3x3:g3", "k = 4"},
    {"1x1x1x1073741824:1x1x1:p0,1", "1073741826 padded columns"},
    {"1x1x1073741825x1:1x1x1", "2^30"},
    {"1x1x9x9:1x1x1073741825:full", "2^30"},
    {"1x1x9x9:1x3x3:full:d1,536870912", "filter reaches over 1073741825 columns"},
    {"1x1x9x9:1x1x1073741800:full", "padded columns"},
    {"2x1x1073741824x1073741824:1x1x1", "63 bits"},
    {"2147483647x1x65536x65536:1x1x1", "63 bits"},
    {"1x1x4x4:1x3x3:xs=0,0,9223372036854775807,0", "63 bits"},
    {"1x1x4x4:1x3x3:ys=0,0,9223372036854775807,0", "63 bits"},
    {"65536x1x1x1:32768x1x1", "2147483648 output planes"},
    {"1x32x65536x65536:1x8192x8192", "2^31 - 1"},
    {"1x1x5x5:1x3x3:ys=0,0,2,0", "y_stride_h is 2"},
    {"1x2x5x5:2x3x3:nhwc:ys=0,0,0,1", "overlap"},
    {"2x1x5x5:1x3x3:ys=8,0,0,0", "y_stride_n is 8"},
};

START_TEST(problem_texts_that_are_wrong_are_refused_with_a_reason)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        clconv_desc d, before;
        memset(&d, 0x5a, sizeof d);
        memcpy(&before, &d, sizeof d);
        check_refused(clconv_desc_parse(&d, wrong[i].problem), wrong[i].problem, wrong[i].word);
        ck_assert_msg(strncmp(clconv_last_error(), "problem '", 9) == 0, "%s", clconv_last_error());
        ck_assert_mem_eq(&d, &before, sizeof d);
    }
}
END_TEST

START_TEST(text_is_in_its_shortest_form)
{
    static const char *const cases[][2] = {
        {"1x1x4x4:1x3x3:explicit:none:f32:nchw:s1:d1:g1:p0:zero", "1x1x4x4:1x3x3"},
        {"1x4x4x4:2x3x3:relu:abs:p1,1:wrap:g2:s2,2", "1x4x4x4:2x3x3:s2:g2:p1:wrap:abs:relu"},
        {"1x1x4x4:1x3x3:p1,1,2,2", "1x1x4x4:1x3x3:p1,2"},
        {"1x1x4x4:1x3x3:p1,2,1,1", "1x1x4x4:1x3x3:p1,2,1,1"},
        {"1x1x4x4:1x3x3:s8", "1x1x4x4:1x3x3:s8"},
        {"1x1x4x4:1x3x3:s8>s8", "1x1x4x4:1x3x3:s8>s8"},
        {"1x1x4x4:1x3x3:u8>u8", "1x1x4x4:1x3x3:u8"},
        {"1x1x4x4:1x3x3:f32>s16:nhwc>nchw", "1x1x4x4:1x3x3:f32>s16:nhwc>nchw"},
        {"1x1x4x4:1x3x3:xs=16,16,4,1", "1x1x4x4:1x3x3"},
        {"1x1x4x4:1x3x3:xs=40,40,10,1", "1x1x4x4:1x3x3:xs=0,0,10,0"},
        {"1x1x4x4:1x3x3:leaky:constant=-0", "1x1x4x4:1x3x3:leaky=0.01"},
        {"1x1x4x4:1x3x3:clip:scale=1:offset=-0", "1x1x4x4:1x3x3:clip=0,6"},
        {"1x1x4x4:1x3x3:scale=0.0039215686274509803:constant=nan",
         "1x1x4x4:1x3x3:constant=nan:scale=0.00392156862745098"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const clconv_desc d = parsed(cases[i][0]);
        char *text = NULL;
        ck_assert_int_eq(clconv_desc_format(&text, &d), CLCONV_OK);
        ck_assert_str_eq(text, cases[i][1]);
        clconv_free(text);
    }
}
END_TEST

START_TEST(zeros_of_a_desc_are_filled_in)
{
    const clconv_desc zeros = {.h = 8, .w = 8, .r = 3, .s = 3, .activation = CLCONV_CLIP};
    cc_geom g;
    ck_assert_int_eq(cc_geom_make(&g, &zeros), CLCONV_OK);
    ck_assert(g.desc.n == 1 && g.desc.c == 1 && g.desc.k == 1 && g.desc.groups == 1);
    ck_assert(g.desc.stride_h == 1 && g.desc.stride_w == 1 && g.desc.dilation_h == 1 &&
              g.desc.dilation_w == 1);
    ck_assert(g.desc.scale == 1 && g.desc.activation_a == 0 && g.desc.activation_b == 6);
    ck_assert(g.scale == 1 && g.activation_b == 6 && g.acc_type == CLCONV_F32);
    ck_assert(geom_of("1x1x4x4:1x3x3:f64>u8").acc_type == CLCONV_F64);
}
END_TEST

static uint64_t random_state = 20240229;

static int below(int n) /* 0 .. n-1 */
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)((random_state >> 33) % (unsigned)n);
}

static double any_number(void)
{
    double value;
    do {
        const uint64_t bits = (uint64_t)below(INT_MAX) << 33 ^ (uint64_t)below(INT_MAX) << 8;
        memcpy(&value, &bits, sizeof value);
    } while (!isfinite(value));
    return below(2) ? value : below(100) / 8.0;
}

static clconv_desc any_desc(void)
{
    const int groups = 1 + below(3);
    clconv_desc d = {
        .n = below(3),
        .c = groups * (1 + below(3)),
        .h = 1 + below(40),
        .w = 1 + below(40),
        .k = groups * (1 + below(3)),
        .r = 1 + below(6),
        .s = 1 + below(6),
        .groups = groups,
        .stride_h = below(4),
        .stride_w = below(4),
        .dilation_h = below(3),
        .dilation_w = below(3),
        .extent = (clconv_extent)below(4),
        .border = (clconv_border)below(5),
        .operation = (clconv_operation)below(2),
        .x_type = (clconv_type)below(7),
        .y_type = (clconv_type)below(7),
        .x_layout = (clconv_layout)below(2),
        .y_layout = (clconv_layout)below(2),
        .scale = any_number(),
        .offset = any_number(),
        .absolute = below(2),
        .activation = (clconv_activation)below(6),
    };
    int *const pads[] = {&d.pad_top, &d.pad_bottom, &d.pad_left, &d.pad_right};
    for (int i = 0; i < 4; i++)
        *pads[i] = d.extent == CLCONV_EXPLICIT ? below(4) : 0;
    if (d.extent == CLCONV_SAME) {
        d.anchor_shift_h = below(3) - 1;
        d.anchor_shift_w = below(3) - 1;
    }
    if (d.border == CLCONV_CONSTANT)
        d.border_value = below(9) ? any_number() : INFINITY;
    if (d.activation == CLCONV_LEAKY || d.activation == CLCONV_CLIP)
        d.activation_a = -any_number();
    if (d.activation == CLCONV_CLIP)
        d.activation_b = any_number();
    if (below(2))
        d.x_stride_h = 300 + below(100);
    if (below(3) == 0)
        d.x_stride_n = (int64_t)1 << (20 + below(30));
    if (below(3) == 0)
        d.y_stride_n = (int64_t)1 << (20 + below(30));
    return d;
}

START_TEST(parse_of_format_gives_the_desc_back)
{
    int valid = 0;
    for (int i = 0; i < 5000; i++) {
        const clconv_desc d = any_desc();
        clconv_desc back;
        cc_geom g;
        char *text, *again;
        const char *differs = NULL;
        if (cc_geom_make(&g, &d) != CLCONV_OK)
            continue;
        valid++;
        ck_assert_int_eq(clconv_desc_format(&text, &d), CLCONV_OK);
        ck_assert_msg(clconv_desc_parse(&back, text) == CLCONV_OK, "%s", clconv_last_error());
        ck_assert_int_eq(clconv_desc_format(&again, &back), CLCONV_OK);
        ck_assert_str_eq(text, again);
#define SAME(field) differs = back.field == g.desc.field ? differs : #field
        SAME(n), SAME(c), SAME(h), SAME(w), SAME(k), SAME(r), SAME(s), SAME(groups);
        SAME(stride_h), SAME(stride_w), SAME(dilation_h), SAME(dilation_w), SAME(extent);
        SAME(pad_top), SAME(pad_bottom), SAME(pad_left), SAME(pad_right);
        SAME(anchor_shift_h), SAME(anchor_shift_w), SAME(border), SAME(border_value);
        SAME(operation), SAME(x_type), SAME(y_type), SAME(x_layout), SAME(y_layout);
        SAME(x_stride_n), SAME(x_stride_c), SAME(x_stride_h), SAME(x_stride_w);
        SAME(y_stride_n), SAME(y_stride_c), SAME(y_stride_h), SAME(y_stride_w);
        SAME(scale), SAME(offset), SAME(absolute), SAME(activation);
        SAME(activation_a), SAME(activation_b);
#undef SAME
        ck_assert_msg(!differs, "%s of %s", differs, text);
        clconv_free(text);
        clconv_free(again);
    }
    ck_assert_int_gt(valid, 2000); /* or the loop above tests little */
}
END_TEST

/* Whatever the text is, parse returns; with the sanitizers on, it also stays inside its memory. */
START_TEST(damaged_text_never_crashes)
{
    static const char seed[] = "8x3x224x224:64x7x7:s2:p3:constant=0.5:u8>s16:clip=0,6:xs=0,0,9,0";
    int accepted = 0;
    for (int i = 0; i < 20000; i++) {
        char text[sizeof seed + 8];
        clconv_desc d;
        strcpy(text, seed);
        for (int j = below(4); j >= 0; j--) {
            const int at = below((int)sizeof seed);
            if (below(2))
                text[at] = (char)(1 + below(255));
            else
                memmove(text + at, text + at + 1, sizeof seed - (size_t)at);
            text[sizeof seed - 1] = '\0';
        }
        accepted += clconv_desc_parse(&d, text) == CLCONV_OK;
    }
    ck_assert_int_gt(accepted, 200);
    ck_assert_int_lt(accepted, 16000);
}
END_TEST

SUITE_MAIN("problem", &problem_texts_that_are_wrong_are_refused_with_a_reason,
           &text_is_in_its_shortest_form, &zeros_of_a_desc_are_filled_in,
           &parse_of_format_gives_the_desc_back, &damaged_text_never_crashes)
