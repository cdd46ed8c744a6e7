/* test_plan.c - plans, buffers and contexts on whatever device is the default: choosing,
 * explaining, new filters, what is refused, and the order in which objects may die. */
#include "device/device.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>

static const char PROBLEM[] = "2x4x17x19:6x3x3:g2:p1:reflect101";

static clconv_context *open_default(void)
{
    clconv_context *context = NULL;
    CHECK_OK(clconv_context_create(&context, NULL));
    return context;
}

static clconv_plan *plan_of(const work *w, clconv_context *context,
                            const clconv_plan_options *options)
{
    clconv_plan *plan = NULL;
    CHECK_OK(clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, options));
    return plan;
}

static clconv_buffer *buffer_of(clconv_context *context, size_t bytes)
{
    clconv_buffer *buffer = NULL;
    CHECK_OK(clconv_buffer_create(&buffer, context, bytes));
    return buffer;
}

static const char *chosen(const clconv_plan *plan)
{
    clconv_plan_info info;
    CHECK_OK(clconv_plan_get_info(&info, plan));
    return info.algorithm;
}

/* Whether the context's device is the kind of device that the algorithm runs on. */
static bool on_this_device(const clconv_context *context, const clconv_algorithm_info *algorithm)
{
    clconv_device_info info;
    CHECK_OK(clconv_context_info(&info, context));
    return algorithm->on_host == (info.kind == CLCONV_DEVICE_HOST);
}

/* ---- choosing ---- */

START_TEST(forced_algorithm_is_taken)
{
    work w = work_make(PROBLEM, 1);
    clconv_context *const context = open_default();
    const clconv_algorithm_info *algorithm;
    int ran = 0;
    for (size_t i = 0; (algorithm = clconv_algorithm(i)) != NULL; i++) {
        const clconv_plan_options options = {.algorithm = algorithm->name};
        clconv_plan *plan = NULL;
        const clconv_status status =
            clconv_plan_create(&plan, context, &w.desc, w.filters, w.bias, &options);
        if (!on_this_device(context, algorithm)) {
            CHECK_FAILED(status, CLCONV_UNSUPPORTED, algorithm->name, "device");
            ck_assert_ptr_null(plan);
            continue;
        }
        if (status == CLCONV_UNSUPPORTED) /* im2col in a build without CLBlast */
            continue;
        CHECK_OK(status);
        ck_assert_str_eq(chosen(plan), algorithm->name);
        work_poison(&w);
        CHECK_OK(work_run(&w, context, plan));
        ck_assert_msg(work_is_right(&w), "%s", algorithm->name);
        clconv_plan_destroy(plan);
        ran++;
    }
    ck_assert_int_gt(ran, 0);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(list_of_algorithms_ends)
{
    const size_t count = clconv_algorithm_count();
    ck_assert_uint_ge(count, 4);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_ne(clconv_algorithm(i)->idea, "");
    ck_assert_ptr_null(clconv_algorithm(count));
    ck_assert_ptr_null(clconv_algorithm(SIZE_MAX));
}
END_TEST

START_TEST(forbidding_goes_on_until_none_is_left)
{
    work w = work_make(PROBLEM, 2);
    clconv_context *const context = open_default();
    char forbidden[256] = "";
    clconv_plan_options options = {.forbid = forbidden};
    clconv_plan *plan = NULL;
    size_t taken = 0;
    while (clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, &options) == CLCONV_OK) {
        const char *const name = chosen(plan);
        ck_assert_msg(!strstr(forbidden, name), "%s is taken in spite of %s", name, forbidden);
        strcat(strcat(forbidden, *forbidden ? "," : ""), name);
        clconv_plan_destroy(plan);
        ck_assert_uint_le(++taken, clconv_algorithm_count());
    }
    ck_assert_uint_gt(taken, 0);
    CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, &options),
                 CLCONV_UNSUPPORTED, "2x4x17x19:6x3x3",
                 "host: ", "direct: ", "tiled: ", "im2col: ", "forbidden");
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(unknown_names_are_refused_with_the_nearest)
{
    work w = work_make(PROBLEM, 3);
    clconv_context *const context = open_default();
    clconv_plan *plan = NULL;
    const struct {
        clconv_plan_options options;
        const char *word, *hint;
    } cases[] = {
        {{.algorithm = "tild"}, "'tild'", "did you mean 'tiled'"},
        {{.algorithm = "quantum"}, "'quantum'", "clconv_algorithm()"},
        {{.algorithm = ""}, "''", "clconv_algorithm()"},
        {{.algorithm = "direct,tiled"}, "'direct,tiled'", "options.algorithm"},
        {{.algorithm = "direc"}, "'direc'", "did you mean 'direct'"},
        {{.algorithm = "directs"}, "'directs'", "did you mean 'direct'"},
        {{.forbid = "tiled,im2co"}, "'im2co'", "did you mean 'im2col'"},
        {{.forbid = "tiled,,direct"}, "''", "options.forbid"},
        {{.forbid = "a name that is much longer than any name could ever be"}, "a name", "forbid"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_FAILED(
            clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, &cases[i].options),
            CLCONV_INVALID, cases[i].word, cases[i].hint);
        ck_assert_ptr_null(plan);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(workspace_limit_sets_algorithms_aside)
{
    work w = work_make(PROBLEM, 4);
    clconv_context *const context = open_default();
    const clconv_plan_options one_byte = {.workspace_limit = 1};
    clconv_plan *plan = plan_of(&w, context, &one_byte);
    clconv_plan_info info;
    CHECK_OK(clconv_plan_get_info(&info, plan));
    ck_assert_uint_eq(info.workspace, 0);
    clconv_plan_destroy(plan);

    const clconv_plan_options none = {.algorithm = "im2col"};
    if (clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, &none) == CLCONV_OK) {
        char numbers[64];
        CHECK_OK(clconv_plan_get_info(&info, plan));
        clconv_plan_destroy(plan);
        const clconv_plan_options exact = {.algorithm = "im2col",
                                           .workspace_limit = info.workspace};
        clconv_plan_destroy(plan_of(&w, context, &exact));
        const clconv_plan_options less = {.algorithm = "im2col",
                                          .workspace_limit = info.workspace - 1};
        snprintf(numbers, sizeof numbers, "%zu bytes passes the limit of %zu", info.workspace,
                 info.workspace - 1);
        CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, &less),
                     CLCONV_UNSUPPORTED, "im2col", numbers);
    }
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* ---- explaining ---- */

/* Behind a JSON value at s; NULL when there is none. */
static const char *json_value(const char *s);

static const char *json_string(const char *s)
{
    if (*s++ != '"')
        return NULL;
    for (; *s != '"'; s++) {
        if ((unsigned char)*s < ' ')
            return NULL;
        if (*s == '\\' && !strchr("\"\\/bfnrtu", *++s))
            return NULL;
    }
    return s + 1;
}

static const char *json_list(const char *s, char end, bool with_keys)
{
    if (*s == end)
        return s + 1;
    for (;; s++) {
        if (with_keys && (!(s = json_string(s)) || *s++ != ':'))
            return NULL;
        s = json_value(s);
        if (!s || *s == end)
            return s ? s + 1 : NULL;
        if (*s != ',')
            return NULL;
    }
}

static const char *json_number(const char *s)
{
    const char *const start = s += *s == '-';
    while (*s && strchr("0123456789.eE+-", *s))
        s++;
    return start < s && *start >= '0' && *start <= '9' ? s : NULL;
}

static const char *json_value(const char *s)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*s == '{' || *s == '[')
        return json_list(s + 1, *s == '{' ? '}' : ']', *s == '{');
    if (*s == '"')
        return json_string(s);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(s, words[i], strlen(words[i])) == 0)
            return s + strlen(words[i]);
    return json_number(s);
}

static int times(const char *text, const char *words)
{
    int count = 0;
    for (; (text = strstr(text, words)) != NULL; text++)
        count++;
    return count;
}

START_TEST(explanation_is_json_with_every_algorithm)
{
    work w = work_make(PROBLEM, 5);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_of(&w, context, NULL);
    char *text = NULL, name[128];
    CHECK_OK(clconv_plan_explain(&text, plan, 1));
    const char *const end = json_value(text);
    ck_assert_msg(end && strcmp(end, "\n") == 0, "not JSON: %s", text);
    ck_assert_int_eq(times(text, "\"chosen\":true"), 1);
    for (size_t i = 0; i < clconv_algorithm_count(); i++) {
        snprintf(name, sizeof name, "{\"name\":\"%s\"", clconv_algorithm(i)->name);
        const char *const entry = strstr(text, name);
        ck_assert_msg(entry, "%s is not in: %s", name, text);
        const size_t length = strcspn(entry, "}");
        const char *const why = strstr(entry, "\"why_not\":\""), *const estimate =
                                                                     strstr(entry, "estimate_sec");
        ck_assert_msg((why && why < entry + length) != (estimate && estimate < entry + length),
                      "%.*s", (int)length, entry);
        ck_assert_msg(!why || why > entry + length || why[strlen("\"why_not\":\"")] != '"',
                      "an empty reason: %.*s", (int)length, entry);
    }
    snprintf(name, sizeof name, "\"algorithm\":\"%s\"", chosen(plan));
    ck_assert_ptr_nonnull(strstr(text, name));
    ck_assert_ptr_nonnull(strstr(text, "\"output\":[2,6,17,19]"));
    clconv_free(text);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(json_check_refuses_what_is_not_json)
{
    static const char *const wrong[] = {"{\"a\":}", "{\"a\" 1}", "[1,]",     "\"open", "\"\\x\"",
                                        "[1 2]",    "inf",       "{\"a\":1", "nan",    "\"\n\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!json_value(wrong[i]), "%s", wrong[i]);
    const char *const right = "{\"a\":[1,-2.5e-3,{}],\"b\":\"\\\"\",\"c\":true}";
    ck_assert_ptr_eq(json_value(right), right + strlen(right));
}
END_TEST

START_TEST(explanation_in_words_gives_a_reason_or_an_estimate)
{
    work w = work_make(PROBLEM, 6);
    clconv_context *const context = open_default();
    const clconv_plan_options options = {.algorithm = context->ocl ? "direct" : "host"};
    clconv_plan *const plan = plan_of(&w, context, &options);
    char *text = NULL;
    CHECK_OK(clconv_plan_explain(&text, plan, 0));
    ck_assert_int_eq(times(text, "\n* "), 1);
    ck_assert_int_eq(times(text, " expected, workspace ") + times(text, " not: "),
                     (int)clconv_algorithm_count());
    if (context->ocl)
        ck_assert_ptr_nonnull(strstr(text, "'direct' was asked for"));
    ck_assert_ptr_nonnull(strstr(text, PROBLEM));
    ck_assert_ptr_nonnull(strstr(text, "2 x 6 x 17 x 19"));
    clconv_free(text);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* ---- filters ---- */

START_TEST(new_filters_and_no_bias_take_effect)
{
    work w = work_make("1x3x12x13:5x3x2:flip:p2,1", 7);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_of(&w, context, NULL);
    CHECK_OK(work_run(&w, context, plan));
    ck_assert(work_is_right(&w));
    for (unsigned seed = 70; seed < 73; seed++) {
        work_fill_filters(&w, seed);
        ck_assert(!work_is_right(&w));
        CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
        CHECK_OK(work_run(&w, context, plan));
        ck_assert(work_is_right(&w));
    }
    CHECK_OK(clconv_plan_set_filters(plan, w.filters, NULL));
    CHECK_OK(work_run(&w, context, plan));
    ck_assert(!work_is_right(&w));
    memset(w.bias, 0, w.sizes.bias_count * sizeof *w.bias);
    CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
    unsigned char *const without = malloc(w.sizes.y_bytes);
    ck_assert_ptr_nonnull(without);
    memcpy(without, w.y, w.sizes.y_bytes);
    CHECK_OK(work_run(&w, context, plan));
    ck_assert_mem_eq(without, w.y, w.sizes.y_bytes);
    free(without);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(filters_are_copied)
{
    work w = work_make(PROBLEM, 8);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_of(&w, context, NULL);
    memset(w.filters, 0, w.sizes.filter_count * sizeof *w.filters);
    memset(w.bias, 0, w.sizes.bias_count * sizeof *w.bias);
    CHECK_OK(work_run(&w, context, plan));
    ck_assert(work_is_right(&w));
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(a_run_is_timed)
{
    work w = work_make("1x1x200x200:1x9x9:same", 9);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_of(&w, context, NULL);
    clconv_buffer *const x = buffer_of(context, w.sizes.x_bytes);
    clconv_buffer *const y = buffer_of(context, w.sizes.y_bytes);
    double seconds = -1;
    CHECK_OK(clconv_buffer_write(x, 0, w.x, w.sizes.x_bytes));
    CHECK_OK(clconv_plan_run_timed(&seconds, plan, x, y));
    ck_assert_msg(seconds > 0 && seconds < 60, "%g", seconds);
    CHECK_OK(clconv_buffer_read(w.y, y, 0, w.sizes.y_bytes));
    ck_assert(work_is_right(&w));
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(null_arguments_are_named)
{
    work w = work_make(PROBLEM, 10);
    clconv_context *const context = open_default();
    clconv_plan *plan = plan_of(&w, context, NULL), *none = plan;
    clconv_buffer *buffer = buffer_of(context, w.sizes.x_bytes), *view = buffer;
    char *text = NULL;
    float value = 0;
    double seconds;
    const clconv_desc *const d = &w.desc;

    CHECK_FAILED(clconv_plan_create(NULL, context, d, w.filters, NULL, NULL), CLCONV_INVALID,
                 "plan is NULL");
    CHECK_FAILED(clconv_plan_create(&none, NULL, d, w.filters, NULL, NULL), CLCONV_INVALID,
                 "context is NULL");
    ck_assert_ptr_null(none);
    CHECK_FAILED(clconv_plan_create(&none, context, NULL, w.filters, NULL, NULL), CLCONV_INVALID,
                 "desc is NULL");
    CHECK_FAILED(clconv_plan_create(&none, context, d, NULL, NULL, NULL), CLCONV_INVALID,
                 "filters is NULL");
    CHECK_FAILED(clconv_plan_set_filters(plan, NULL, NULL), CLCONV_INVALID, "filters is NULL");
    CHECK_FAILED(clconv_plan_set_filters(NULL, w.filters, NULL), CLCONV_INVALID, "plan is NULL");
    CHECK_FAILED(clconv_plan_run(NULL, buffer, buffer), CLCONV_INVALID, "plan is NULL");
    CHECK_FAILED(clconv_plan_run(plan, NULL, buffer), CLCONV_INVALID, "x is NULL");
    CHECK_FAILED(clconv_plan_run(plan, buffer, NULL), CLCONV_INVALID, "y is NULL");
    CHECK_FAILED(clconv_plan_run_timed(NULL, plan, buffer, buffer), CLCONV_INVALID, "seconds");
    CHECK_FAILED(clconv_plan_run_timed(&seconds, NULL, buffer, buffer), CLCONV_INVALID, "plan");
    CHECK_FAILED(clconv_plan_explain(NULL, plan, 0), CLCONV_INVALID, "text is NULL");
    CHECK_FAILED(clconv_plan_explain(&text, NULL, 0), CLCONV_INVALID, "plan is NULL");
    CHECK_FAILED(clconv_plan_get_info(NULL, plan), CLCONV_INVALID, "info is NULL");
    CHECK_FAILED(clconv_buffer_create(NULL, context, 4), CLCONV_INVALID, "buffer is NULL");
    CHECK_FAILED(clconv_buffer_create(&view, NULL, 4), CLCONV_INVALID, "context is NULL");
    ck_assert_ptr_null(view);
    CHECK_FAILED(clconv_buffer_view(&view, NULL, 0, 4), CLCONV_INVALID, "buffer is NULL");
    CHECK_FAILED(clconv_buffer_write(buffer, 0, NULL, 4), CLCONV_INVALID, "from is NULL");
    CHECK_FAILED(clconv_buffer_write(NULL, 0, &value, 4), CLCONV_INVALID, "buffer is NULL");
    CHECK_FAILED(clconv_buffer_read(NULL, buffer, 0, 4), CLCONV_INVALID, "to is NULL");
    CHECK_FAILED(clconv_buffer_read(&value, NULL, 0, 4), CLCONV_INVALID, "buffer is NULL");
    CHECK_FAILED(clconv_context_create(NULL, "host"), CLCONV_INVALID, "context is NULL");
    CHECK_FAILED(clconv_context_info(NULL, context), CLCONV_INVALID, "info is NULL");
    CHECK_FAILED(clconv_run(NULL, d, w.x, w.filters, NULL, w.y), CLCONV_INVALID, "context");
    CHECK_FAILED(clconv_run(context, d, NULL, w.filters, NULL, w.y), CLCONV_INVALID, "x is NULL");
    CHECK_FAILED(clconv_run(context, d, w.x, w.filters, NULL, NULL), CLCONV_INVALID, "y is NULL");
    ck_assert_uint_eq(clconv_buffer_size(NULL), 0);
    clconv_plan_destroy(NULL);
    clconv_buffer_destroy(NULL);
    clconv_context_destroy(NULL);
    clconv_stream_destroy(NULL);
    clconv_free(NULL);
    clconv_buffer_destroy(buffer);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(wrong_desc_leaves_no_plan)
{
    work w = work_make(PROBLEM, 11);
    clconv_context *const context = open_default();
    clconv_plan *plan = NULL;
    w.desc.groups = 3;
    CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, NULL, NULL), CLCONV_INVALID,
                 "3");
    ck_assert_ptr_null(plan);
    CHECK_FAILED(clconv_run(context, &w.desc, w.x, w.filters, NULL, w.y), CLCONV_INVALID, "3");
    ck_assert(work_is_poisoned(&w));
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(buffers_too_small_by_one_byte)
{
    work w = work_make(PROBLEM, 12);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_of(&w, context, NULL);
    clconv_buffer *const x = buffer_of(context, w.sizes.x_bytes);
    clconv_buffer *const y = buffer_of(context, w.sizes.y_bytes);
    clconv_buffer *x_less = NULL, *y_less = NULL;
    char bytes[32];
    CHECK_OK(clconv_buffer_view(&x_less, x, 0, w.sizes.x_bytes - 1));
    CHECK_OK(clconv_buffer_view(&y_less, y, 0, w.sizes.y_bytes - 1));
    snprintf(bytes, sizeof bytes, "%zu", w.sizes.x_bytes);
    CHECK_FAILED(clconv_plan_run(plan, x_less, y), CLCONV_INVALID, "x: ", bytes);
    snprintf(bytes, sizeof bytes, "%zu", w.sizes.y_bytes);
    CHECK_FAILED(clconv_plan_run(plan, x, y_less), CLCONV_INVALID, "y: ", bytes);
    clconv_buffer_destroy(x_less);
    clconv_buffer_destroy(y_less);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(buffer_of_another_context)
{
    work w = work_make(PROBLEM, 13);
    clconv_context *const one = open_default(), *const two = open_default();
    clconv_plan *const plan = plan_of(&w, one, NULL);
    clconv_buffer *const x = buffer_of(one, w.sizes.x_bytes), *const y =
                                                                  buffer_of(one, w.sizes.y_bytes);
    clconv_buffer *const other = buffer_of(two, w.sizes.x_bytes + w.sizes.y_bytes);
    CHECK_FAILED(clconv_plan_run(plan, other, y), CLCONV_INVALID, "x: ", "another context");
    CHECK_FAILED(clconv_plan_run(plan, x, other), CLCONV_INVALID, "y: ", "another context");
    clconv_buffer_destroy(other);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    clconv_plan_destroy(plan);
    clconv_context_destroy(one);
    clconv_context_destroy(two);
    work_free(&w);
}
END_TEST

START_TEST(in_place_overlapping_and_misaligned_views)
{
    work w = work_make(PROBLEM, 14);
    clconv_context *const context = open_default();
    clconv_plan *const plan = plan_of(&w, context, NULL);
    const size_t x_bytes = w.sizes.x_bytes, y_bytes = w.sizes.y_bytes;
    clconv_buffer *const whole = buffer_of(context, x_bytes + y_bytes + 8);
    clconv_buffer *x = NULL, *overlapping = NULL, *y = NULL, *odd = NULL;
    CHECK_OK(clconv_buffer_view(&x, whole, 4, x_bytes));
    CHECK_OK(clconv_buffer_view(&overlapping, whole, x_bytes, y_bytes));
    CHECK_OK(clconv_buffer_view(&y, whole, x_bytes + 4, y_bytes));
    CHECK_OK(clconv_buffer_view(&odd, whole, x_bytes + 6, y_bytes));
    CHECK_FAILED(clconv_plan_run(plan, whole, whole), CLCONV_INVALID, "in place");
    CHECK_FAILED(clconv_plan_run(plan, x, overlapping), CLCONV_INVALID, "overlap");
    CHECK_FAILED(clconv_plan_run(plan, x, odd), CLCONV_INVALID, "multiple");
    CHECK_OK(clconv_buffer_write(x, 0, w.x, x_bytes));
    CHECK_OK(clconv_plan_run(plan, x, y)); /* side by side in one buffer is fine */
    CHECK_OK(clconv_buffer_read(w.y, whole, x_bytes + 4, y_bytes));
    ck_assert(work_is_right(&w));
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(overlapping);
    clconv_buffer_destroy(y);
    clconv_buffer_destroy(odd);
    clconv_buffer_destroy(whole);
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(transfers_and_views_stay_inside_their_buffer)
{
    clconv_context *const context = open_default();
    clconv_buffer *const buffer = buffer_of(context, 100);
    clconv_buffer *view = NULL, *inner = NULL;
    unsigned char bytes[100] = {0}, got[100];
    for (int i = 0; i < 100; i++)
        bytes[i] = (unsigned char)i;
    CHECK_FAILED(clconv_buffer_write(buffer, 1, bytes, 100), CLCONV_INVALID, "100");
    CHECK_FAILED(clconv_buffer_write(buffer, 101, bytes, 0), CLCONV_INVALID, "101");
    CHECK_FAILED(clconv_buffer_write(buffer, SIZE_MAX, bytes, 2), CLCONV_INVALID, "100");
    CHECK_FAILED(clconv_buffer_read(got, buffer, 2, SIZE_MAX), CLCONV_INVALID, "100");
    CHECK_FAILED(clconv_buffer_view(&view, buffer, 50, 51), CLCONV_INVALID, "100");
    CHECK_FAILED(clconv_buffer_view(&view, buffer, 50, SIZE_MAX - 10), CLCONV_INVALID, "100");
    CHECK_FAILED(clconv_buffer_view(&view, buffer, 50, 0), CLCONV_INVALID, "0 bytes");
    CHECK_FAILED(clconv_buffer_create(&view, context, 0), CLCONV_INVALID, "0 bytes");
    CHECK_FAILED(clconv_buffer_create(&view, context, SIZE_MAX), CLCONV_NO_MEMORY, "bytes");
    ck_assert_ptr_null(view);
    CHECK_OK(clconv_buffer_write(buffer, 0, bytes, 100));
    CHECK_OK(clconv_buffer_write(buffer, 100, bytes, 0));
    CHECK_OK(clconv_buffer_view(&view, buffer, 10, 50));
    CHECK_OK(clconv_buffer_view(&inner, view, 20, 30));
    ck_assert_uint_eq(clconv_buffer_size(inner), 30);
    CHECK_FAILED(clconv_buffer_read(got, inner, 0, 31), CLCONV_INVALID, "30");
    clconv_buffer_destroy(buffer); /* the views keep it alive */
    clconv_buffer_destroy(view);
    CHECK_OK(clconv_buffer_read(got, inner, 5, 25));
    ck_assert_mem_eq(got, bytes + 35, 25);
    CHECK_OK(clconv_buffer_write(inner, 0, bytes, 30));
    CHECK_OK(clconv_buffer_read(got, inner, 0, 30));
    ck_assert_mem_eq(got, bytes, 30);
    clconv_buffer_destroy(inner);
    clconv_context_destroy(context);
}
END_TEST

/* ---- life ---- */

static clconv_status rows_of(void *user, int first, int count, void *rows)
{
    const work *const w = user;
    const size_t row = (size_t)w->desc.w * sizeof(float);
    memcpy(rows, w->x + (size_t)first * row, (size_t)count * row);
    return CLCONV_OK;
}

START_TEST(objects_may_die_in_any_order)
{
    enum { CONTEXT, PLAN, X, Y, VIEW, STREAM, KINDS };
    work w = work_make("1x1x30x20:1x3x3:same:replicate", 15);
    for (int first = 0; first < KINDS; first++) {
        clconv_context *const context = open_default();
        clconv_plan *const plan = plan_of(&w, context, NULL);
        clconv_buffer *const x = buffer_of(context, w.sizes.x_bytes);
        clconv_buffer *const y = buffer_of(context, w.sizes.y_bytes);
        clconv_buffer *view = NULL;
        clconv_stream *stream = NULL;
        CHECK_OK(clconv_buffer_view(&view, x, 0, w.sizes.x_bytes));
        CHECK_OK(
            clconv_stream_create(&stream, context, &w.desc, w.filters, w.bias, rows_of, &w, NULL));
        clconv_context_destroy(context); /* everything else lives on its device */
        CHECK_OK(clconv_buffer_write(x, 0, w.x, w.sizes.x_bytes));
        work_poison(&w);
        CHECK_OK(clconv_plan_run(plan, view, y));
        CHECK_OK(clconv_buffer_read(w.y, y, 0, w.sizes.y_bytes));
        ck_assert(work_is_right(&w));
        work_poison(&w);
        CHECK_OK(clconv_stream_read(stream, 0, w.sizes.p, w.y));
        ck_assert(work_is_right(&w));
        for (int i = 0; i < KINDS; i++)
            switch ((first + i) % KINDS) {
            case PLAN:
                clconv_plan_destroy(plan);
                break;
            case X:
                clconv_buffer_destroy(x);
                break;
            case Y:
                clconv_buffer_destroy(y);
                break;
            case VIEW:
                clconv_buffer_destroy(view);
                break;
            case STREAM:
                clconv_stream_destroy(stream);
                break;
            default:
                break;
            }
    }
    work_free(&w);
}
END_TEST

START_TEST(one_call_from_array_to_array)
{
    /* Every second pixel of a wider array is written; what lies between is the caller's. */
    work w = work_make("1x2x9x10:3x3x3:p1:ys=0,0,0,2", 16);
    clconv_context *const context = open_default();
    work_poison(&w);
    CHECK_OK(clconv_run(context, &w.desc, w.x, w.filters, w.bias, w.y));
    ck_assert(work_is_right(&w));
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

SUITE_MAIN("plan", &forced_algorithm_is_taken, &list_of_algorithms_ends,
           &forbidding_goes_on_until_none_is_left, &unknown_names_are_refused_with_the_nearest,
           &workspace_limit_sets_algorithms_aside, &explanation_is_json_with_every_algorithm,
           &json_check_refuses_what_is_not_json,
           &explanation_in_words_gives_a_reason_or_an_estimate,
           &new_filters_and_no_bias_take_effect, &filters_are_copied, &a_run_is_timed,
           &null_arguments_are_named, &wrong_desc_leaves_no_plan, &buffers_too_small_by_one_byte,
           &buffer_of_another_context, &in_place_overlapping_and_misaligned_views,
           &transfers_and_views_stay_inside_their_buffer, &objects_may_die_in_any_order,
           &one_call_from_array_to_array)
