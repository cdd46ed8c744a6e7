/* test_plan.c - plans on whatever device is the default: which algorithm is chosen, and how a plan
 * explains that. */
#include "algo/algo.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>

static const char PROBLEM[] = "2x4x17x19:6x3x3:g2:p1:reflect101";

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

START_TEST(what_no_plan_can_have_is_refused_with_the_nearest)
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
        {{.tile = 3}, "options.tile is 3", "options.algorithm"},
        {{.algorithm = "direct", .tile = -1}, "options.tile is -1", "from 1 on"},
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

START_TEST(tiles_are_taken_by_number)
{
    work w = work_make(PROBLEM, 5);
    clconv_context *const context = open_default();
    clconv_plan_options options = {.algorithm = "tiled"};
    clconv_plan *plan = NULL;
    int tiles = -1;
    if (context->caps.is_host) {
        CHECK_FAILED(clconv_plan_tiles(&tiles, context, &w.desc, w.filters, "tiled"),
                     CLCONV_UNSUPPORTED, "tiled", "OpenCL");
        ck_assert_int_eq(tiles, -1);
    } else {
        CHECK_OK(clconv_plan_tiles(&tiles, context, &w.desc, w.filters, "direct"));
        ck_assert_int_eq(tiles, 1);
        CHECK_OK(clconv_plan_tiles(&tiles, context, &w.desc, w.filters, "tiled"));
        ck_assert_int_gt(tiles, 1);
    }
    for (options.tile = 1; options.tile <= tiles; options.tile++) {
        plan = plan_of(&w, context, &options);
        const cc_problem problem = {&plan->geom, &context->caps, &plan->facts};
        cc_tile its = {0};
        ck_assert(plan->algo->tile(&its, &problem, options.tile - 1));
        ck_assert_int_eq(memcmp(&its, &plan->tile, sizeof its), 0);
        work_poison(&w);
        CHECK_OK(work_run(&w, context, plan));
        ck_assert_msg(work_is_right(&w), "tile %d", options.tile);
        clconv_plan_destroy(plan);
    }
    if (tiles > 0) {
        char number[64];
        snprintf(number, sizeof number, "has %d tiles for this problem, and tile %d", tiles,
                 options.tile);
        CHECK_FAILED(clconv_plan_create(&plan, context, &w.desc, w.filters, w.bias, &options),
                     CLCONV_UNSUPPORTED, "tiled", number);
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

/* What the estimates choose on devices of these numbers; none is needed. */
static const cc_caps large_gpu = {.fma_f32 = true,
                                  .lanes = 1,
                                  .launch_limit = INT32_MAX,
                                  .flops = 57e12,
                                  .bandwidth = 2.6e12,
                                  .launch_seconds = 5e-6,
                                  .info = {.kind = CLCONV_DEVICE_GPU,
                                           .compute_units = 132,
                                           .max_group = 1024,
                                           .local_memory = 48 << 10}};
static const cc_caps two_cores = {
    .is_cpu = true,
    .fma_f32 = true,
    .lanes = 16,
    .launch_limit = INT32_MAX,
    .flops = 240e9,
    .bandwidth = 26e9,
    .launch_seconds = 2e-5,
    .info = {
        .kind = CLCONV_DEVICE_CPU, .compute_units = 2, .max_group = 4096, .local_memory = 1 << 20}};

static const char *expected_on(const cc_caps *caps, const char *problem)
{
    const cc_facts facts = {.finite = true};
    const char *best = NULL;
    double least = 0;
    clconv_desc desc;
    cc_geom geom;
    char why[CC_WHY];

    CHECK_OK(clconv_desc_parse(&desc, problem));
    CHECK_OK(cc_geom_make(&geom, &desc));
    for (size_t i = 0; cc_algorithms[i]; i++) {
        const cc_problem p = {&geom, caps, &facts};
        if (cc_algorithms[i]->info.on_host || !cc_algorithms[i]->supports(&p, why))
            continue;
        const double seconds = cc_algorithms[i]->estimate(&p);
        if (!best || seconds < least) {
            best = cc_algorithms[i]->info.name;
            least = seconds;
        }
    }
    return best;
}

START_TEST(gpus_multiply_matrices_where_channels_are_many_and_maps_small)
{
    static const char *const many[] = {"1x1024x14x14:512x1x1", "1x256x28x28:256x3x3:s2:p1",
                                       "16x512x7x7:2048x1x1", "1x128x28x28:160x5x5:p2"};
    static const char *const few[] = {"1x1x4096x4096:1x7x7:same", "1x3x224x224:64x7x7:s2:p3",
                                      "1x8x1024x1024:8x3x3:p1:s2"};
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        ck_assert_str_eq(expected_on(&large_gpu, many[i]), "implicit_gemm");
    for (size_t i = 0; i < sizeof few / sizeof *few; i++)
        ck_assert_str_eq(expected_on(&large_gpu, few[i]), "blocked");
}
END_TEST

/* As measured on PoCL: 1.8 ms instead of 3.0. */
START_TEST(processors_choose_by_taps_and_channels)
{
    ck_assert_str_eq(expected_on(&two_cores, "1x3x224x224:64x3x3:p1"), "polyphase");
    ck_assert_str_eq(expected_on(&two_cores, "1x1x4096x4096:1x7x7:same"), "blocked");
    ck_assert_str_eq(expected_on(&two_cores, "1x64x56x56:64x3x3:p1"), "winograd");
    ck_assert_str_eq(expected_on(&two_cores, "1x3x512x512:6x3x3:same:g3:u8:nhwc"), "blocked");
}
END_TEST

SUITE_MAIN("plan", &processors_choose_by_taps_and_channels,
           &gpus_multiply_matrices_where_channels_are_many_and_maps_small,
           &forced_algorithm_is_taken, &list_of_algorithms_ends,
           &forbidding_goes_on_until_none_is_left,
           &what_no_plan_can_have_is_refused_with_the_nearest, &tiles_are_taken_by_number,
           &workspace_limit_sets_algorithms_aside, &explanation_is_json_with_every_algorithm,
           &json_check_refuses_what_is_not_json,
           &explanation_in_words_gives_a_reason_or_an_estimate)
