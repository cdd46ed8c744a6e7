/* test_base.c - statuses and sentences, text, numbers, sizes, SHA-256, binary16, log, clock. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/half.h"
#include "base/log.h"
#include "base/number.h"
#include "base/sha256.h"
#include "base/size.h"
#include "base/status.h"
#include "base/text.h"
#include "suite.h"
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(every_status_has_its_name)
{
    ck_assert_str_eq(clconv_status_name(CLCONV_OK), "OK");
    ck_assert_str_eq(clconv_status_name(CLCONV_DEVICE_LOST), "DEVICE_LOST");
    ck_assert_str_eq(clconv_status_name(CLCONV_CANCELLED), "CANCELLED");
    ck_assert_str_eq(clconv_status_name((clconv_status)(CLCONV_CANCELLED + 1)), "?");
    ck_assert_str_eq(clconv_status_name((clconv_status)-1), "?");
}
END_TEST

START_TEST(sentence_is_set_and_put_in_place)
{
    ck_assert_str_eq(clconv_last_error(), "");
    ck_assert_int_eq(cc_fail(CLCONV_INVALID, "h is %d", -3), CLCONV_INVALID);
    ck_assert_str_eq(clconv_last_error(), "h is -3");
    ck_assert_int_eq(cc_fail_in(CLCONV_IO, "strip 7"), CLCONV_IO);
    ck_assert_str_eq(clconv_last_error(), "strip 7: h is -3");
}
END_TEST

START_TEST(sentence_too_long_shows_its_cut)
{
    cc_fail(CLCONV_INVALID, "%5000d", 1);
    const char *const sentence = clconv_last_error();
    ck_assert_uint_lt(strlen(sentence), 5000);
    ck_assert_str_eq(sentence + strlen(sentence) - 3, "...");
}
END_TEST

static void *other_thread(void *seen)
{
    *(bool *)seen = clconv_last_error()[0] != '\0';
    cc_fail(CLCONV_IO, "of the other thread");
    return NULL;
}

START_TEST(sentence_belongs_to_its_thread)
{
    bool seen = true;
    pthread_t thread;
    cc_fail(CLCONV_IO, "of this thread");
    ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, &seen), 0);
    pthread_join(thread, NULL);
    ck_assert(!seen);
    ck_assert_str_eq(clconv_last_error(), "of this thread");
}
END_TEST

START_TEST(text_grows_and_is_taken)
{
    cc_text text = {0};
    for (int i = 0; i < 5000; i++)
        cc_text_add(&text, "%d,", i % 10);
    cc_text_add_bytes(&text, "end|not this", 3);
    ck_assert_uint_eq(text.length, 10003);
    char *s = cc_text_take(&text);
    ck_assert_ptr_null(text.s);
    ck_assert_uint_eq(strlen(s), 10003);
    ck_assert_int_eq(memcmp(s, "0,1,2,", 6), 0);
    ck_assert_str_eq(s + 9998, "9,end");
    free(s);
    s = cc_text_take(&text);
    ck_assert_str_eq(s, "");
    free(s);
}
END_TEST

START_TEST(text_remembers_a_failed_allocation)
{
    cc_text text = {0};
    cc_text_add(&text, "before");
    cc_text_add_bytes(&text, "", SIZE_MAX / 2);
    ck_assert(text.failed);
    cc_text_add(&text, "after");
    ck_assert_ptr_null(cc_text_take(&text));
    ck_assert(!text.failed);
}
END_TEST

START_TEST(json_text_is_always_valid)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", "\"\""},
        {"a\"b\\c\n\t\x01", "\"a\\\"b\\\\c\\n\\u0009\\u0001\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x99\x82\""},
        {"\xff|\xc3", "\"\\ufffd|\\ufffd\""},                     /* no start; cut short */
        {"\x80", "\"\\ufffd\""},                                  /* continuation alone */
        {"\xc0\xaf", "\"\\ufffd\\ufffd\""},                       /* overlong / */
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""},            /* surrogate */
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}, /* above U+10FFFF */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cc_text text = {0};
        cc_text_add_json(&text, cases[i].in);
        char *const s = cc_text_take(&text);
        ck_assert_str_eq(s, cases[i].out);
        free(s);
    }
}
END_TEST

START_TEST(nearest_word_is_found_and_a_far_one_is_not)
{
    static const char *const words[] = {"replicate", "reflect", "reflect101", "wrap", "same"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"reflect", "reflect"},
        {"relfect", "reflect"},
        {"reflct", "reflect"},
        {"REFLECT", "reflect"},
        {"warp", "wrap"},
        {"sane", "same"},
        {"sxxe", NULL},
        {"replikate", "replicate"},
        {"reflect102", "reflect101"},
        {"gaussian", NULL},
        {"", NULL},
        {"w", NULL},
        {"a word far longer than any that could be meant by somebody", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_pstr_eq(cc_text_nearest(cases[i].word, words, 5), cases[i].nearest);
}
END_TEST

START_TEST(numbers_read_back_what_was_written)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.1, "0.1"},
                 {1e300, "1e+300"},
                 {-2, "-2"},
                 {1.0 / 3, "0.3333333333333333"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {16777217, "16777217"},
                 {0.1 + 0.2, "0.30000000000000004"}};
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[CC_NUMBER];
        cc_number_format(text, cases[i].value);
        ck_assert_str_eq(text, cases[i].text);
    }
    for (int i = 0; i < 20000; i++) {
        char text[CC_NUMBER];
        double value, back;
        const char *s = text;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &seed, sizeof value);
        cc_number_format(text, value);
        ck_assert(cc_number_parse(&back, &s) && *s == '\0');
        ck_assert_msg(back == value || (isnan(back) && isnan(value)), "%s", text);
    }
}
END_TEST

/* A program embedding the library may have set a locale that writes 0,5. */
START_TEST(numbers_ignore_the_locale)
{
    char folder[] = "/tmp/clconv-locale-XXXXXX", path[64], command[128], text[CC_NUMBER];
    const char *s = "0.5,2";
    double value;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/de_DE", folder);
    snprintf(command, sizeof command, "localedef -i de_DE -f ISO-8859-1 %s", path);
    ck_assert_msg(system(command) == 0, "needs the package locales");
    setenv("LOCPATH", folder, 1);
    const char *const set = setlocale(LC_ALL, "de_DE");
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
    ck_assert_ptr_nonnull(set);
    snprintf(text, sizeof text, "%g", 0.5);
    ck_assert_str_eq(text, "0,5");

    cc_number_format(text, 0.5);
    ck_assert_str_eq(text, "0.5");
    ck_assert(cc_number_parse(&value, &s));
    ck_assert_double_eq(value, 0.5);
    ck_assert_str_eq(s, ",2");
    snprintf(text, sizeof text, "%g", 0.5);
    ck_assert_str_eq(text, "0,5");
}
END_TEST

START_TEST(numbers_that_are_none_are_refused)
{
    static const char *const reals[] = {"", " 1", "+1", "x", "-", "."};
    static const char *const integers[] = {
        "", " 1", "+1", "x", "-", "--1", "9223372036854775808", "-9223372036854775809"};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        const char *s = reals[i];
        double value = 7;
        ck_assert(!cc_number_parse(&value, &s));
        ck_assert(value == 7 && s == reals[i]);
    }
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        const char *s = integers[i];
        int64_t value = 7;
        ck_assert(!cc_number_parse_int(&value, &s));
        ck_assert(value == 7 && s == integers[i]);
    }
}
END_TEST

START_TEST(integers_reach_both_ends)
{
    const char *s = "-9223372036854775808x9223372036854775807";
    int64_t value;
    ck_assert(cc_number_parse_int(&value, &s));
    ck_assert(value == INT64_MIN && *s == 'x');
    s++;
    ck_assert(cc_number_parse_int(&value, &s));
    ck_assert(value == INT64_MAX && *s == '\0');
}
END_TEST

START_TEST(size_overflow_is_noticed)
{
    int64_t r = 5;
    ck_assert(!cc_mul(&r, (int64_t)1 << 32, (int64_t)1 << 31));
    ck_assert(!cc_add(&r, INT64_MAX, 1));
    ck_assert_int_eq(r, 5);
    ck_assert(cc_mul(&r, (int64_t)1 << 31, (int64_t)1 << 31) && r == (int64_t)1 << 62);
    ck_assert(cc_add(&r, INT64_MAX, -1) && r == INT64_MAX - 1);
    ck_assert_int_eq(cc_ceil_div(7, 3), 3);
    ck_assert_int_eq(cc_ceil_div(6, 3), 2);
    ck_assert_int_eq(cc_ceil_div(INT64_MAX, 2), INT64_MAX / 2 + 1);
    ck_assert_int_eq(cc_round_up(13, 8), 16);
}
END_TEST

/* FIPS 180-4's examples, and a message of a million letters fed in pieces of odd sizes. */
START_TEST(sha256_gives_the_published_digests)
{
    static const struct {
        const char *message, *digest;
        int repeat;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 1},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", 1},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
         "lmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1", 1},
        {"aaaaaaaaaaaaaaaaaaaaaaaaa",
         "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", 40000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t digest[CC_SHA256_BYTES];
        char hex[CC_SHA256_HEX];
        cc_sha256 sha;
        cc_sha256_begin(&sha);
        for (int j = 0; j < cases[i].repeat; j++)
            cc_sha256_add(&sha, cases[i].message, strlen(cases[i].message));
        cc_sha256_end(&sha, digest);
        cc_sha256_hex(hex, digest);
        ck_assert_str_eq(hex, cases[i].digest);
    }
}
END_TEST

START_TEST(sha256_does_not_depend_on_the_pieces)
{
    uint8_t message[300], whole[CC_SHA256_BYTES], pieces[CC_SHA256_BYTES];
    cc_sha256 sha;
    for (size_t length = 0; length < sizeof message; length++) {
        message[length] = (uint8_t)(length * 37);
        cc_sha256_begin(&sha);
        cc_sha256_add(&sha, message, length);
        cc_sha256_end(&sha, whole);
        cc_sha256_begin(&sha);
        cc_sha256_add(&sha, message, length / 3);
        cc_sha256_add(&sha, message + length / 3, length - length / 3);
        cc_sha256_end(&sha, pieces);
        ck_assert_mem_eq(whole, pieces, sizeof whole);
    }
}
END_TEST

/* A second way: the half's bits moved into a float's place, whose exponent counts from 127 instead
 * of 15: times 2^112, exact for subnormals too. */
static double half_by_float(unsigned half)
{
    const uint32_t bits = (half & 0x7fff) << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    value *= 0x1p112f;
    if ((half & 0x7c00) == 0x7c00)
        value = half & 0x3ff ? NAN : INFINITY;
    return half & 0x8000 ? -(double)value : (double)value;
}

START_TEST(every_half_becomes_its_double_and_comes_back)
{
    for (unsigned half = 0; half < 65536; half++) {
        const double value = cc_half_to_double((uint16_t)half), second = half_by_float(half);
        if (isnan(second)) {
            ck_assert(isnan(value));
            ck_assert(isnan(cc_half_to_double(cc_half_from_double(value))));
            continue;
        }
        ck_assert_msg(memcmp(&value, &second, sizeof value) == 0, "%04x: %g", half, value);
        ck_assert_uint_eq(cc_half_from_double(value), half);
    }
}
END_TEST

/* Between two neighbours the middle goes to the even one, and the doubles beside the middle to the
 * nearer one: rounding by way of float would take them for the middle. */
START_TEST(half_rounds_once_and_to_even)
{
    for (unsigned half = 0; half < 0x7c00; half++) {
        const double low = cc_half_to_double((uint16_t)half);
        const double high = half == 0x7bff ? 65536 : cc_half_to_double((uint16_t)(half + 1));
        const double middle = (low + high) / 2;
        const unsigned even = half + (half & 1);
        for (unsigned sign = 0; sign <= 0x8000; sign += 0x8000) {
            const double s = sign ? -1 : 1;
            ck_assert_uint_eq(cc_half_from_double(s * middle), sign | even);
            ck_assert_uint_eq(cc_half_from_double(s * nextafter(middle, 0)), sign | half);
            ck_assert_uint_eq(cc_half_from_double(s * nextafter(middle, 1e9)), sign | (half + 1));
        }
    }
    ck_assert_uint_eq(cc_half_from_double(1e300), 0x7c00);
    ck_assert_uint_eq(cc_half_from_double(-INFINITY), 0xfc00);
    ck_assert_uint_eq(cc_half_from_double(5e-324), 0);
    ck_assert_uint_eq(cc_half_from_double(-1e-300), 0x8000);
}
END_TEST

static void keep(void *user, clconv_log_level level, const char *sentence)
{
    snprintf(user, 64, "%d %s", (int)level, sentence);
}

START_TEST(log_reaches_the_callback_or_nobody)
{
    char said[64] = "";
    const cc_log log = {keep, said}, silence = {NULL, said};
    cc_log_say(&silence, CLCONV_LOG_WARNING, "unheard");
    cc_log_say(NULL, CLCONV_LOG_WARNING, "unheard");
    ck_assert_str_eq(said, "");
    cc_log_say(&log, CLCONV_LOG_DEBUG, "%d tiles", 12);
    ck_assert_str_eq(said, "2 12 tiles");
}
END_TEST

START_TEST(clock_counts_seconds_forward)
{
    const double before = cc_now();
    usleep(20000);
    const double passed = cc_now() - before;
    ck_assert(passed >= 0.02 && passed < 20);
}
END_TEST

SUITE_MAIN("base", &every_status_has_its_name, &sentence_is_set_and_put_in_place,
           &sentence_too_long_shows_its_cut, &sentence_belongs_to_its_thread,
           &text_grows_and_is_taken, &text_remembers_a_failed_allocation,
           &json_text_is_always_valid, &nearest_word_is_found_and_a_far_one_is_not,
           &numbers_read_back_what_was_written, &numbers_ignore_the_locale,
           &numbers_that_are_none_are_refused, &integers_reach_both_ends, &size_overflow_is_noticed,
           &sha256_gives_the_published_digests, &sha256_does_not_depend_on_the_pieces,
           &every_half_becomes_its_double_and_comes_back, &half_rounds_once_and_to_even,
           &log_reaches_the_callback_or_nobody, &clock_counts_seconds_forward)
