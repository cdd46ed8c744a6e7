/* test_context.c - devices by name, the environment, the log, and who speaks when nothing is found.
 */
#define _POSIX_C_SOURCE 200809L
#include "device/device.h"
#include "suite.h"
#include "work.h"
#include <ctype.h>
#include <stdio.h>

enum { MAX = 64 };

static size_t list(clconv_device_info devices[MAX])
{
    size_t count = 0;
    CHECK_OK(clconv_device_list(devices, MAX, &count));
    ck_assert_uint_ge(count, 1);
    ck_assert_uint_le(count, MAX);
    return count;
}

/* The id of the device that this name opens; "" when none does. */
static void opened_by(char id[sizeof(((clconv_device_info *)0)->id)], const char *name)
{
    clconv_context *context = NULL;
    clconv_device_info info;
    id[0] = '\0';
    if (clconv_context_create(&context, name) != CLCONV_OK)
        return;
    CHECK_OK(clconv_context_info(&info, context));
    strcpy(id, info.id);
    clconv_context_destroy(context);
}

START_TEST(host_is_the_last_device_and_always_there)
{
    clconv_device_info devices[MAX], two[2];
    size_t count = list(devices), again = 0;
    ck_assert_int_eq(devices[count - 1].kind, CLCONV_DEVICE_HOST);
    for (size_t i = 0; i + 1 < count; i++)
        ck_assert_int_ne(devices[i].kind, CLCONV_DEVICE_HOST);
    CHECK_OK(clconv_device_list(NULL, 0, &again));
    ck_assert_uint_eq(again, count);
    memset(two, 0, sizeof two);
    CHECK_OK(clconv_device_list(two, 1, &again));
    ck_assert_uint_eq(again, count);
    ck_assert_str_eq(two[0].id, devices[0].id);
    ck_assert_str_eq(two[1].id, ""); /* not behind its capacity */
    CHECK_FAILED(clconv_device_list(NULL, 3, &again), CLCONV_INVALID, "devices is NULL");
    CHECK_FAILED(clconv_device_list(devices, 3, NULL), CLCONV_INVALID, "count is NULL");
}
END_TEST

START_TEST(every_id_opens_its_own_device)
{
    clconv_device_info devices[MAX];
    const size_t count = list(devices);
    char id[sizeof devices[0].id], loud[sizeof devices[0].id];
    for (size_t i = 0; i < count; i++) {
        opened_by(id, devices[i].id);
        ck_assert_msg(strcmp(id, devices[i].id) == 0, "'%s' opens '%s': %s", devices[i].id, id,
                      clconv_last_error());
        for (size_t c = 0; c < sizeof loud; c++)
            loud[c] = (char)toupper((unsigned char)devices[i].id[c]);
        opened_by(id, loud);
        ck_assert_str_eq(id, devices[i].id);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(devices[i].id, devices[j].id);
    }
}
END_TEST

START_TEST(part_of_an_id_opens_the_first_that_has_it)
{
    clconv_device_info devices[MAX];
    const size_t count = list(devices);
    char id[sizeof devices[0].id], part[8];
    for (size_t i = 0; i < count; i++) {
        snprintf(part, sizeof part, "%s", devices[i].id + strlen(devices[i].id) / 2);
        size_t first = 0;
        while (!strstr(devices[first].id, part))
            first++;
        opened_by(id, part);
        ck_assert_msg(strcmp(id, devices[first].id) == 0, "'%s' opens '%s', not '%s'", part, id,
                      devices[first].id);
    }
    opened_by(id, NULL);
    ck_assert_str_ne(id, "");
}
END_TEST

START_TEST(unknown_device_lists_those_there_are)
{
    clconv_device_info devices[MAX];
    const size_t count = list(devices);
    clconv_context *context = NULL;
    CHECK_FAILED(clconv_context_create(&context, "voodoo2"), CLCONV_NO_DEVICE, "\"voodoo2\"");
    ck_assert_ptr_null(context);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strstr(clconv_last_error(), devices[i].id), "'%s' is not in: %s",
                      devices[i].id, clconv_last_error());
}
END_TEST

START_TEST(call_beats_environment_beats_best)
{
    clconv_device_info devices[MAX];
    const size_t count = list(devices);
    const char *const before = getenv("CLCONV_DEVICE");
    char *const kept = before ? strdup(before) : NULL;
    clconv_context *context = NULL;
    char id[sizeof devices[0].id];

    setenv("CLCONV_DEVICE", "host", 1);
    opened_by(id, NULL);
    ck_assert_str_eq(id, devices[count - 1].id);
    opened_by(id, devices[0].id);
    ck_assert_str_eq(id, devices[0].id);
    setenv("CLCONV_DEVICE", "voodoo2", 1);
    CHECK_FAILED(clconv_context_create(&context, NULL), CLCONV_NO_DEVICE, "CLCONV_DEVICE",
                 "voodoo2");
    ck_assert_ptr_null(context);
    setenv("CLCONV_DEVICE", "", 1);
    opened_by(id, NULL);
    ck_assert_str_eq(id, devices[0].id);
    unsetenv("CLCONV_DEVICE");
    opened_by(id, NULL);
    ck_assert_str_eq(id, devices[0].id);
    if (kept)
        setenv("CLCONV_DEVICE", kept, 1);
    free(kept);
}
END_TEST

START_TEST(host_opens_without_a_driver)
{
    clconv_context *context = NULL;
    unsetenv("POCL_CACHE_DIR"); /* what is set before the first OpenCL call stays unset */
    CHECK_OK(clconv_context_create(&context, "Host"));
    ck_assert_ptr_null(context->ocl);
    ck_assert_ptr_null(getenv("POCL_CACHE_DIR"));
    clconv_context_destroy(context);
}
END_TEST

START_TEST(cache_that_cannot_be_used_costs_a_warning)
{
    work_log log = WORK_LOG;
    clconv_context *context = NULL;
    const clconv_context_options options = {
        .log = work_log_take, .log_user = &log, .cache_dir = "/dev/null/cache"};
    work w = work_make("1x1x9x9:1x3x3", 1);
    CHECK_OK(clconv_context_create_with(&context, &options));
    if (context->ocl)
        ck_assert_msg(work_log_has(&log, CLCONV_LOG_WARNING, "/dev/null"), "%s", log.text);
    CHECK_OK(work_do(&w, context, NULL));
    ck_assert(work_is_right(&w));
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

START_TEST(diagnosis_says_something)
{
    char *text = NULL;
    CHECK_OK(clconv_device_diagnose(&text));
    ck_assert_ptr_nonnull(text);
    ck_assert_str_ne(text, "");
    clconv_free(text);
    CHECK_FAILED(clconv_device_diagnose(NULL), CLCONV_INVALID, "text is NULL");
}
END_TEST

SUITE_MAIN("context", &host_is_the_last_device_and_always_there, &every_id_opens_its_own_device,
           &part_of_an_id_opens_the_first_that_has_it, &unknown_device_lists_those_there_are,
           &call_beats_environment_beats_best, &host_opens_without_a_driver,
           &cache_that_cannot_be_used_costs_a_warning, &diagnosis_says_something)
