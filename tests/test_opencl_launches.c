/* test_opencl_launches.c - work beyond what a device takes at once: launches are cut in columns,
 * rows and planes without a trace in the result, and sizes beyond 31 bits are refused with their
 * numbers or held in 64 bits. */
#include "cases.h"
#include "clfault.h"
#include "plan/plan.h"
#include "suite.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 70 };

/* Work-items of the plan's work-group, and outputs that a work-group computes; 0: the algorithm
 * refuses the problem. */
static int64_t group_of(clconv_context *context, const case_data *data, const char *algorithm)
{
    const clconv_plan_options options = case_force(algorithm);
    clconv_plan *plan;
    const clconv_status status =
        clconv_plan_create(&plan, context, &data->desc, data->filters, data->bias, &options);
    if (status == CLCONV_UNSUPPORTED)
        return 0;
    ck_assert_msg(status == CLCONV_OK, "%s", clconv_last_error());
    const size_t *const local = plan->kernels[0].local;
    const int64_t group = (int64_t)(local[0] * local[1] * local[2]);
    clconv_plan_destroy(plan);
    return group;
}

/* How many launches a run takes; the result has to be `whole`. */
static long launches_under(int64_t limit, clconv_context *context, const case_data *data,
                           const char *algorithm, const unsigned char *whole)
{
    cc_caps *const of_device = (cc_caps *)(uintptr_t)cc_ocl_caps(context->ocl);
    const int64_t before = of_device->launch_limit;
    unsigned char *y;

    /* What runs the kernels holds every launch to its own copy of the limit. */
    context->caps.launch_limit = of_device->launch_limit = limit;
    const long launches = clfault_count("clEnqueueNDRangeKernel");
    const clconv_status status = case_run(&y, context, data, algorithm, CASE_POISON);
    context->caps.launch_limit = of_device->launch_limit = before;
    if (status != CLCONV_OK)
        case_complain(data, algorithm, "at most %" PRId64 " work-items: %s", limit,
                      clconv_last_error());
    else if (memcmp(y, whole, data->sizes.y_bytes) != 0)
        case_complain(data, algorithm, "at most %" PRId64 " work-items: another result", limit);
    free(y);
    return clfault_count("clEnqueueNDRangeKernel") - launches;
}

/* One work-group a launch, then more of them: parts of rows, rows, planes at a time. */
static void cut(clconv_context *context, const case_data *data, const char *algorithm)
{
    static const int groups[] = {1, 2, 3, 5, 6, 7, 12, 35, 36, 100};
    const int64_t group = group_of(context, data, algorithm);
    unsigned char *const whole = case_must_run(context, data, algorithm);
    long least = 0, most = 0;
    for (size_t i = 0; whole && i < sizeof groups / sizeof *groups; i++) {
        const int64_t limit = groups[i] * group + (i % 2 == 1 ? group - 1 : 0);
        const long launches = launches_under(limit, context, data, algorithm, whole);
        most = i == 0 ? launches : most;
        least = launches;
        if (launches > most)
            case_complain(data, algorithm, "%ld launches under %" PRId64 ", %ld under less",
                          launches, limit, most);
    }
    if (whole && launches_under(INT32_MAX, context, data, algorithm, whole) != 1)
        case_complain(data, algorithm, "more than one launch where one is enough");
    ck_assert_int_ge(most, 20);
    ck_assert_int_lt(least, most);
    free(whole);
}

START_TEST(launches_are_cut_in_all_dimensions)
{
    static const char *const problems[] = {
        "2x3x37x330:4x3x3:same:reflect101",
        "1x2x5x700:3x3x3:s2,1:p1",
        "5x2x33x9:6x3x3:full:wrap:g2:nhwc",
    };
    static const char *const cut_by_plan[] = {"direct", "tiled"};
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_GENERAL);
    for (size_t a = 0; a < count; a++)
        for (size_t i = 0; i < 2 * sizeof problems / sizeof *problems; i++)
            if (!strcmp(algorithms[a].name, cut_by_plan[i % 2])) {
                case_data data;
                case_parse(&data, problems[i / 2], CLI_FILL_REAL, SEED);
                cut(algorithms[a].context, &data, algorithms[a].name);
                case_free(&data);
            }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* Inputs that exceed a cache are gone through in another order, in which what belongs to a launch
 * has to stay in it. */
START_TEST(large_inputs_come_out_whole_however_launches_are_cut)
{
    static const struct {
        const char *algorithm, *problem;
    } runs[] = {{"blocked", "2x24x96x97:26x3x3:p1"},      {"blocked", "1x260x28x29:30x1x1"},
                {"blocked", "2x50x66x67:20x3x3:g2:s2"},   {"pointwise", "2x260x28x29:40x1x1"},
                {"pointwise", "1x90x49x51:70x1x1:g2:s2"}, {"polyphase", "2x24x96x97:26x3x3:s2:p1"},
                {"polyphase", "1x50x66x127:20x3x3:g2"}};
    static const int64_t limits[] = {INT32_MAX, 1, 2, 3, 5, 8, 13};
    case_machine machine;
    case_open(&machine);
    for (size_t i = 0; machine.device && i < sizeof runs / sizeof *runs; i++) {
        case_data data;
        case_parse(&data, runs[i].problem, CLI_FILL_INTEGERS, SEED);
        if (group_of(machine.device, &data, runs[i].algorithm) != 1) {
            case_free(&data);
            continue;
        }
        unsigned char *const right = case_must_run(machine.host, &data, "host");
        for (size_t l = 0; right && l < sizeof limits / sizeof *limits; l++)
            launches_under(limits[l], machine.device, &data, runs[i].algorithm, right);
        free(right);
        case_free(&data);
    }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* The test above rests on this: a launch that is too large does not happen. */
START_TEST(launch_beyond_the_limit_is_refused)
{
    case_machine machine;
    case_data data;
    unsigned char *y;
    case_open(&machine);
    if (machine.device) {
        case_parse(&data, "1x1x64x640:1x3x3:same", CLI_FILL_REAL, SEED);
        ((cc_caps *)(uintptr_t)cc_ocl_caps(machine.device->ocl))->launch_limit = 1000;
        ck_assert_int_eq(case_run(&y, machine.device, &data, "direct", CASE_POISON),
                         CLCONV_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(clconv_last_error(), "takes 1000"));
        case_free(&data);
    }
    case_close(&machine);
}
END_TEST

/* Work-items of the plan's largest work-group; 0 where the algorithm refuses the problem. */
static size_t largest_group(clconv_context *context, const char *problem, const char *algorithm)
{
    const clconv_plan_options options = case_force(algorithm);
    clconv_plan *plan;
    case_data data;
    size_t most = 0;
    case_parse_for(&data, problem, algorithm, CLI_FILL_INTEGERS, SEED);
    const clconv_status status =
        clconv_plan_create(&plan, context, &data.desc, data.filters, data.bias, &options);
    /* Seen before anything is built, so that the chooser goes on to the next. */
    ck_assert_msg(status == CLCONV_OK || (status == CLCONV_UNSUPPORTED &&
                                          !strstr(clconv_last_error(), "the driver runs kernel")),
                  "%s", clconv_last_error());
    for (unsigned i = 0; status == CLCONV_OK && i < plan->kernel_count; i++) {
        const size_t *const local = plan->kernels[i].local;
        const size_t group = local[0] * local[1] * local[2];
        most = group > most ? group : most;
    }
    clconv_plan_destroy(status == CLCONV_OK ? plan : NULL);
    case_free(&data);
    return most;
}

/* A GPU of small groups gets small ones, or none. */
START_TEST(groups_larger_than_the_device_takes)
{
    static const char *const problems[] = {"1x1x40x150:1x3x3:same", "1x16x12x20:32x3x3:same",
                                           "1x16x12x20:32x1x1"};
    static const size_t limits[] = {32, 64};
    case_machine machine;
    case_open(&machine);
    int run = 0;
    for (size_t i = 0; machine.device && i < sizeof problems / sizeof *problems; i++)
        for (size_t a = 0; cc_algorithms[a]; a++) {
            const size_t most = limits[(i + a) % 2];
            machine.device->caps.is_cpu = false;
            machine.device->caps.lanes = 1;
            machine.device->caps.info.max_group = most;
            const char *const name = cc_algorithms[a]->info.name;
            const size_t group = largest_group(machine.device, problems[i], name);
            ck_assert_msg(group <= most, "%s: %zu work-items", name, group);
            run += group > 0;
        }
    ck_assert(!machine.device || run > 0);
    case_close(&machine);
}
END_TEST

static void refused(clconv_status got, clconv_status status, const char *word)
{
    ck_assert_msg(got == status, "%s: %s", clconv_status_name(got), clconv_last_error());
    ck_assert_msg(strstr(clconv_last_error(), word) != NULL, "'%s' is not in: %s", word,
                  clconv_last_error());
}

START_TEST(buffers_that_cannot_be_are_refused_in_bytes)
{
    case_machine machine;
    clconv_buffer *buffer;
    case_open(&machine);
    clconv_context *const contexts[] = {machine.host, machine.device};
    for (int i = 0; i < 2; i++)
        if (contexts[i]) {
            refused(clconv_buffer_create(&buffer, contexts[i], (size_t)1 << 45), CLCONV_NO_MEMORY,
                    "35184372088832");
            ck_assert_ptr_null(buffer);
            refused(clconv_buffer_create(&buffer, contexts[i], SIZE_MAX), CLCONV_NO_MEMORY,
                    "18446744073709551615");
        }
    case_close(&machine);
}
END_TEST

/* Plans need no memory for their images; what passes 31 bits is counted in 64. */
START_TEST(plans_of_any_size_count_in_64_bits)
{
    static const char *const problems[] = {"1x1x46342x46342:1x1x1:u8", "40x64x4096x4096:64x3x3:p1",
                                           "1x1x1000000x1000000:1x31x31:same:f16"};
    const float filters[64 * 64 * 9] = {0};
    case_machine machine;
    case_open(&machine);
    clconv_context *const contexts[] = {machine.host, machine.device};
    for (size_t i = 0; i < 2 * sizeof problems / sizeof *problems; i++) {
        clconv_desc desc;
        clconv_sizes sizes;
        clconv_plan *plan;
        clconv_buffer *small;
        char bytes[32];
        if (!contexts[i % 2])
            continue;
        ck_assert_int_eq(clconv_desc_parse(&desc, problems[i / 2]), CLCONV_OK);
        ck_assert_int_eq(clconv_desc_output(&sizes, &desc), CLCONV_OK);
        ck_assert_uint_gt(sizes.x_bytes, (size_t)1 << 31);
        ck_assert_msg(clconv_plan_create(&plan, contexts[i % 2], &desc, filters, NULL, NULL) ==
                          CLCONV_OK,
                      "%s: %s", problems[i / 2], clconv_last_error());
        ck_assert_int_eq(clconv_buffer_create(&small, contexts[i % 2], 4096), CLCONV_OK);
        snprintf(bytes, sizeof bytes, "needs %zu", sizes.x_bytes);
        refused(clconv_plan_run(plan, small, small), CLCONV_INVALID, bytes);
        clconv_buffer_destroy(small);
        clconv_plan_destroy(plan);
    }
    case_close(&machine);
}
END_TEST

START_TEST(more_planes_than_31_bits_are_refused)
{
    const clconv_desc desc = {.n = 65536, .k = 32768, .h = 1, .w = 1, .r = 1, .s = 1};
    const float *const filters = calloc(32768, sizeof *filters);
    case_machine machine;
    clconv_plan *plan;
    ck_assert_ptr_nonnull(filters);
    case_open(&machine);
    refused(clconv_plan_create(&plan, machine.host, &desc, filters, NULL, NULL), CLCONV_INVALID,
            "65536 * 32768 = 2147483648 output planes");
    ck_assert_ptr_null(plan);
    case_close(&machine);
    free((void *)(uintptr_t)filters);
}
END_TEST

/* Few elements, far apart: images, channels, rows and columns beyond 2^31 elements from the first,
 * in a buffer of as many bytes. */
static void reaches(clconv_context *context, const char *algorithm, const char *problem)
{
    const clconv_plan_options options = case_force(algorithm);
    case_data near;
    clconv_desc far;
    clconv_sizes sizes;
    clconv_plan *plan = NULL;
    clconv_buffer *x = NULL, *y = NULL;
    case_parse(&near, "2x2x3x4:2x3x3:p1:u8", CLI_FILL_INTEGERS, SEED);
    unsigned char *const expected = case_must_run(context, &near, algorithm);
    ck_assert_int_eq(clconv_desc_parse(&far, problem), CLCONV_OK);
    ck_assert_int_eq(clconv_desc_output(&sizes, &far), CLCONV_OK);
    ck_assert_uint_gt(sizes.x_bytes + sizes.y_bytes, (size_t)1 << 31);
    clconv_status status = clconv_buffer_create(&x, context, sizes.x_bytes);
    if (status == CLCONV_OK)
        status = clconv_buffer_create(&y, context, sizes.y_bytes);
    if (status != CLCONV_OK) {
        ck_assert_int_eq(status, CLCONV_NO_MEMORY);
        printf("%s by %s not run: %s\n", problem, algorithm, clconv_last_error());
    } else {
        ck_assert_msg(clconv_plan_create(&plan, context, &far, near.filters, near.bias, &options) ==
                          CLCONV_OK,
                      "%s", clconv_last_error());
        for (int i = 0; i < 2 * 2 * 3 * 4; i++)
            ck_assert_int_eq(clconv_buffer_write(
                                 x,
                                 (size_t)case_x_index(&far, i / 24, i / 12 % 2, i / 4 % 3, i % 4),
                                 near.x + i, 1),
                             CLCONV_OK);
        ck_assert_msg(clconv_plan_run(plan, x, y) == CLCONV_OK, "%s", clconv_last_error());
        const case_data of_y = {.desc = far, .sizes = sizes};
        for (int i = 0; i < 2 * 2 * 3 * 4; i++) {
            unsigned char got = 0;
            const int64_t at = case_y_index(&of_y, i / 24, i / 12 % 2, i / 4 % 3, i % 4);
            ck_assert_int_eq(clconv_buffer_read(&got, y, (size_t)at, 1), CLCONV_OK);
            if (got != expected[i])
                case_complain(&near, algorithm, "%s: output %d is %d, not %d", problem, i, got,
                              expected[i]);
        }
    }
    clconv_plan_destroy(plan);
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    free(expected);
    case_free(&near);
}

START_TEST(strides_beyond_31_bits)
{
    static const char *const problems[] = {
        "2x2x3x4:2x3x3:p1:u8:xs=2147483700,0,0,0",  "2x2x3x4:2x3x3:p1:u8:xs=12,2147483700,0,0",
        "2x2x3x4:2x3x3:p1:u8:xs=12,4,1100000000,0", "2x2x3x4:2x3x3:p1:u8:xs=6,3,1,720000000",
        "2x2x3x4:2x3x3:p1:u8:ys=2147483700,0,0,0",  "2x2x3x4:2x3x3:p1:u8:ys=12,2147483700,0,0",
        "2x2x3x4:2x3x3:p1:u8:ys=12,4,1100000000,0", "2x2x3x4:2x3x3:p1:u8:ys=6,3,1,720000000",
    };
    case_machine machine;
    case_algorithm algorithms[CASE_ALGORITHMS];
    case_open(&machine);
    const size_t count = case_algorithms(algorithms, &machine, CASE_GENERAL);
    for (size_t a = 0; a < count; a++)
        for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
            reaches(algorithms[a].context, algorithms[a].name, problems[i]);
    case_close(&machine);
    case_no_complaints();
}
END_TEST

SUITE_MAIN("launches", &launches_are_cut_in_all_dimensions,
           &large_inputs_come_out_whole_however_launches_are_cut,
           &launch_beyond_the_limit_is_refused, &groups_larger_than_the_device_takes,
           &buffers_that_cannot_be_are_refused_in_bytes, &plans_of_any_size_count_in_64_bits,
           &more_planes_than_31_bits_are_refused, &strides_beyond_31_bits)
