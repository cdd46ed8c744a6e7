/* test_words.c - borders, and the words of every enumeration. */
#include "problem.h"
#include "suite.h"
#include <math.h>

/* The axis as it looks from index -before on, v where the constant stands. */
static void check_pattern(clconv_border border, const char *axis, int before, const char *expected)
{
    const int64_t n = (int64_t)strlen(axis);
    for (int i = 0; expected[i]; i++) {
        const int64_t at = clconv_border_index(border, i - before, n);
        ck_assert_msg(at >= -1 && at < n, "%s of %s: %lld", clconv_border_name(border), axis,
                      (long long)at);
        ck_assert_msg((at < 0 ? 'v' : axis[at]) == expected[i], "%s of %s: place %d is not %c",
                      clconv_border_name(border), axis, i - before, expected[i]);
    }
}

START_TEST(border_patterns_are_those_of_the_header)
{
    check_pattern(CLCONV_CONSTANT, "abcd", 3, "vvvabcdvvv");
    check_pattern(CLCONV_REPLICATE, "abcd", 3, "aaaabcdddd");
    check_pattern(CLCONV_REFLECT, "abcd", 3, "cbaabcddcb");
    check_pattern(CLCONV_REFLECT101, "abcd", 3, "dcbabcdcba");
    check_pattern(CLCONV_WRAP, "abcd", 3, "bcdabcdabc");
}
END_TEST

START_TEST(border_larger_than_the_image_repeats)
{
    check_pattern(CLCONV_CONSTANT, "ab", 5, "vvvvvabvvvvv");
    check_pattern(CLCONV_REPLICATE, "ab", 5, "aaaaaabbbbbb");
    check_pattern(CLCONV_REFLECT, "ab", 6, "baabbaabbaabba");
    check_pattern(CLCONV_REFLECT101, "ab", 5, "bababababab");
    check_pattern(CLCONV_REFLECT101, "abc", 7, "bcbabcbabcbabcbab");
    check_pattern(CLCONV_WRAP, "abc", 7, "cabcabcabcabcabca");
}
END_TEST

START_TEST(border_of_one_pixel_is_that_pixel)
{
    check_pattern(CLCONV_CONSTANT, "a", 3, "vvvavvv");
    check_pattern(CLCONV_REPLICATE, "a", 3, "aaaaaaa");
    check_pattern(CLCONV_REFLECT, "a", 3, "aaaaaaa");
    check_pattern(CLCONV_REFLECT101, "a", 3, "aaaaaaa");
    check_pattern(CLCONV_WRAP, "a", 3, "aaaaaaa");
}
END_TEST

/* Walking outwards step by step, with a direction that turns at the ends, gives what the formula
 * says in one step. */
START_TEST(border_formula_equals_a_walk)
{
    for (int64_t n = 1; n <= 9; n++) {
        int64_t reflect = 0, direction = 1, reflect101 = 0, direction101 = 1;
        for (int64_t i = 0; i < 100; i++) {
            ck_assert_int_eq(clconv_border_index(CLCONV_REFLECT, i, n), reflect);
            ck_assert_int_eq(clconv_border_index(CLCONV_REFLECT, -1 - i, n), reflect);
            ck_assert_int_eq(clconv_border_index(CLCONV_REFLECT101, i, n), reflect101);
            ck_assert_int_eq(clconv_border_index(CLCONV_REFLECT101, -i, n), reflect101);
            if (reflect + direction < 0 || reflect + direction >= n)
                direction = -direction; /* the end is read twice */
            else
                reflect += direction;
            if (n > 1 && (reflect101 + direction101 < 0 || reflect101 + direction101 >= n))
                direction101 = -direction101;
            reflect101 += n > 1 ? direction101 : 0;
        }
    }
}
END_TEST

START_TEST(border_far_outside_does_not_overflow)
{
    const int64_t far = (int64_t)1 << 60, n = (int64_t)1 << 40;
    ck_assert_int_eq(clconv_border_index(CLCONV_WRAP, far + 5, n), 5);
    ck_assert_int_eq(clconv_border_index(CLCONV_WRAP, -far - 5, n), n - 5);
    ck_assert_int_eq(clconv_border_index(CLCONV_REFLECT, -far - 1, n), 0);
    ck_assert_int_eq(clconv_border_index(CLCONV_REPLICATE, far, n), n - 1);
    ck_assert_int_eq(clconv_border_index(CLCONV_CONSTANT, -far, n), -1);
}
END_TEST

START_TEST(border_words_and_their_aliases)
{
    static const struct {
        const char *words;
        clconv_border border;
    } cases[] = {
        {"constant zero zeros fill black", CLCONV_CONSTANT},
        {"replicate edge nearest clamp copy", CLCONV_REPLICATE},
        {"reflect symmetric", CLCONV_REFLECT},
        {"reflect101 reflect_101", CLCONV_REFLECT101},
        {"wrap circular periodic tile repeat", CLCONV_WRAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[64], *rest = words;
        strcpy(words, cases[i].words);
        for (char *word; (word = strtok(rest, " ")); rest = NULL) {
            clconv_border border = (clconv_border)99;
            double value = 7;
            ck_assert_int_eq(clconv_border_parse(&border, &value, word), CLCONV_OK);
            ck_assert_int_eq(border, cases[i].border);
            ck_assert_double_eq(value, 0);
            if (!rest)
                continue;
            ck_assert_str_eq(clconv_border_name(border), word);
        }
    }
    ck_assert_str_eq(clconv_border_name((clconv_border)5), "?");
    ck_assert_str_eq(clconv_border_name((clconv_border)-1), "?");
}
END_TEST

START_TEST(border_value_belongs_to_constant)
{
    clconv_border border = CLCONV_WRAP;
    double value = 7;
    ck_assert_int_eq(clconv_border_parse(&border, &value, "constant=-2.5"), CLCONV_OK);
    ck_assert(border == CLCONV_CONSTANT && value == -2.5);
    ck_assert_int_eq(clconv_border_parse(&border, &value, "fill=nan"), CLCONV_OK);
    ck_assert(isnan(value));
    ck_assert_int_eq(clconv_border_parse(&border, NULL, "wrap"), CLCONV_OK);
    check_refused(clconv_border_parse(&border, NULL, "constant=1"), "constant=1", "value");
    check_refused(clconv_border_parse(&border, &value, "wrap=1"), "wrap=1", "constant");
    check_refused(clconv_border_parse(&border, &value, "constant="), "constant=", "number");
    check_refused(clconv_border_parse(&border, &value, "constant=1,2"), "constant=1,2", "number");
    check_refused(clconv_border_parse(&border, &value, "constant=1x"), "constant=1x", "number");
    ck_assert(border == CLCONV_WRAP && isnan(value));
}
END_TEST

START_TEST(mirror_is_refused_with_both_meanings)
{
    clconv_border border;
    double value;
    clconv_desc d;
    check_refused(clconv_border_parse(&border, &value, "mirror"), "mirror", "SciPy");
    ck_assert_ptr_nonnull(strstr(clconv_last_error(), "libvips"));
    check_refused(clconv_desc_parse(&d, "1x1x4x4:1x3x3:same:mirror"), "mirror", "reflect101");
}
END_TEST

START_TEST(unknown_words_get_the_nearest_one)
{
    clconv_border border;
    clconv_type type;
    clconv_layout layout;
    clconv_extent extent;
    clconv_activation activation;
    clconv_desc d;
    double a, b;
    check_refused(clconv_border_parse(&border, &a, "relfect"), "relfect", "'reflect'?");
    check_refused(clconv_border_parse(&border, &a, "zzz"), "zzz", "constant replicate reflect");
    check_refused(clconv_border_parse(&border, &a, ""), "empty", "border");
    check_refused(clconv_border_parse(&border, &a, NULL), "NULL", "border");
    check_refused(clconv_type_parse(&type, "u81"), "u81", "'u8'?");
    check_refused(clconv_type_parse(&type, "float"), "float", "f32 f16 f64");
    check_refused(clconv_type_parse(&type, NULL), "NULL", "type");
    check_refused(clconv_layout_parse(&layout, "nhcw"), "nhcw", "nchw");
    check_refused(clconv_extent_parse(&extent, "sane"), "sane", "'same'?");
    check_refused(clconv_activation_parse(&activation, &a, &b, "sigmoyd"), "sigmoyd", "'sigmoid'?");
    check_refused(clconv_desc_parse(&d, "1x1x4x4:1x3x3:replicat"), "replicat", "'replicate'?");
    check_refused(clconv_desc_parse(&d, "1x1x4x4:1x3x3:scael=2"), "scael=2", "'scale='?");
}
END_TEST

START_TEST(names_of_types_layouts_and_extents)
{
    static const char *const names[] = {"f32", "f16", "f64", "u8", "s8", "u16", "s16"};
    static const size_t sizes[] = {4, 2, 8, 1, 1, 2, 2};
    clconv_layout layout;
    clconv_extent extent;
    for (int i = 0; i < 7; i++) {
        clconv_type type = (clconv_type)99;
        ck_assert_int_eq(clconv_type_parse(&type, names[i]), CLCONV_OK);
        ck_assert_int_eq(type, i);
        ck_assert_str_eq(clconv_type_name(type), names[i]);
        ck_assert_uint_eq(clconv_type_size(type), sizes[i]);
    }
    ck_assert_str_eq(clconv_type_name((clconv_type)7), "?");
    ck_assert_uint_eq(clconv_type_size((clconv_type)7), 0);
    ck_assert_uint_eq(clconv_type_size((clconv_type)-1), 0);
    ck_assert(clconv_layout_parse(&layout, "nhwc") == CLCONV_OK && layout == CLCONV_NHWC);
    ck_assert(clconv_extent_parse(&extent, "explicit") == CLCONV_OK && extent == CLCONV_EXPLICIT);
    ck_assert(clconv_extent_parse(&extent, "full") == CLCONV_OK && extent == CLCONV_FULL);
}
END_TEST

START_TEST(activation_words_carry_their_numbers)
{
    static const struct {
        const char *word;
        clconv_activation activation;
        double a, b;
    } cases[] = {
        {"none", CLCONV_NONE, 0, 0},
        {"relu", CLCONV_RELU, 0, 0},
        {"leaky", CLCONV_LEAKY, 0, 0},
        {"leaky=-0.25", CLCONV_LEAKY, -0.25, 0},
        {"clip", CLCONV_CLIP, 0, 0},
        {"clip=0,6", CLCONV_CLIP, 0, 6},
        {"clip=-1,inf", CLCONV_CLIP, -1, INFINITY},
        {"tanh", CLCONV_TANH, 0, 0},
        {"sigmoid", CLCONV_SIGMOID, 0, 0},
    };
    static const char *const wrong[] = {"relu=1",     "leaky=",   "leaky=1,2", "clip=1",
                                        "clip=1,2,3", "clip=0,0", "leaky=0",   "=3"};
    clconv_activation activation;
    double a, b;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        a = b = 7;
        ck_assert_int_eq(clconv_activation_parse(&activation, &a, &b, cases[i].word), CLCONV_OK);
        ck_assert_int_eq(activation, cases[i].activation);
        ck_assert(a == cases[i].a && b == cases[i].b);
    }
    a = b = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_refused(clconv_activation_parse(&activation, &a, &b, wrong[i]), wrong[i],
                      "activation");
    ck_assert(activation == CLCONV_SIGMOID && a == 7 && b == 7);
}
END_TEST

SUITE_MAIN("words", &border_patterns_are_those_of_the_header, &border_larger_than_the_image_repeats,
           &border_of_one_pixel_is_that_pixel, &border_formula_equals_a_walk,
           &border_far_outside_does_not_overflow, &border_words_and_their_aliases,
           &border_value_belongs_to_constant, &mirror_is_refused_with_both_meanings,
           &unknown_words_get_the_nearest_one, &names_of_types_layouts_and_extents,
           &activation_words_carry_their_numbers)
