/* test_no_memory.c - every allocation of the library failing in turn, alone and with all behind it:
 * NO_MEMORY, or a right result without what was not had (a cache); no leak. */
#include "allocfault.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>

static const char PROBLEM[] = "1x2x18x19:4x3x3:g2:p1:wrap";
enum { ENDLESS = 5000 };

/* Check itself allocates: nothing is asserted before allocations work again. */
static const char *complaint;

static void demand(bool condition, const char *what)
{
    if (!condition && !complaint)
        complaint = what;
}

typedef clconv_status (*act)(work *w, const char *device);

static void try_each(act what, const char *device, long at_least)
{
    work w = work_make(PROBLEM, 1);
    work_poison(&w);
    CHECK_OK(what(&w, device)); /* drivers, caches and OpenMP have allocated what they keep */
    for (int on = 0; on < 2; on++) {
        bool fired = true;
        long n = 0;
        while (fired) {
            ck_assert_int_lt(++n, ENDLESS);
            work_poison(&w);
            const long live = allocfault_live();
            allocfault_arm(n, on);
            const clconv_status status = what(&w, device);
            allocfault_disarm();
            fired = allocfault_fired();
            ck_assert_msg(!complaint, "allocation %ld: %s: %s", n, complaint, clconv_last_error());
            if (status != CLCONV_OK)
                CHECK_FAILED(status, CLCONV_NO_MEMORY, "");
            ck_assert_msg(fired || status == CLCONV_OK, "%s", clconv_last_error());
            ck_assert_msg(allocfault_live() == live, "allocation %ld: %ld blocks left over: %s", n,
                          allocfault_live() - live, clconv_last_error());
        }
        ck_assert_int_gt(n, at_least);
    }
    work_free(&w);
}

static void demand_right(const work *w, clconv_status status)
{
    demand(status != CLCONV_OK || work_is_right(w), "wrong output");
}

static clconv_status texts(work *w, const char *device)
{
    char *text = NULL;
    clconv_desc d;
    clconv_status status = clconv_desc_format(&text, &w->desc);
    (void)device;
    if (status == CLCONV_OK)
        status = clconv_desc_parse(&d, text);
    clconv_free(text);
    if (status != CLCONV_OK)
        return status;
    text = NULL;
    status = clconv_device_diagnose(&text);
    demand((status == CLCONV_OK) == (text != NULL), "text without success, or none");
    clconv_free(text);
    return status;
}

static clconv_status plan_and_run(work *w, const char *device)
{
    clconv_context *context = NULL;
    clconv_plan *plan = NULL;
    clconv_status status = clconv_context_create(&context, device);
    if (status == CLCONV_OK)
        status = clconv_plan_create(&plan, context, &w->desc, w->filters, w->bias, NULL);
    if (status == CLCONV_OK)
        status = clconv_plan_set_filters(plan, w->filters, w->bias);
    if (status == CLCONV_OK) {
        status = work_run(w, context, plan);
        demand_right(w, status);
    }
    for (int json = 0; json < 2 && status == CLCONV_OK; json++) {
        char *text = NULL;
        status = clconv_plan_explain(&text, plan, json);
        demand((status == CLCONV_OK) == (text != NULL), "text without success, or none");
        clconv_free(text);
    }
    clconv_plan_destroy(plan);
    clconv_context_destroy(context);
    return status;
}

static clconv_status run_and_check(work *w, const char *device)
{
    clconv_context *context = NULL;
    clconv_check check;
    clconv_status status = clconv_context_create(&context, device);
    if (status == CLCONV_OK) {
        status = clconv_run(context, &w->desc, w->x, w->filters, w->bias, w->y);
        demand_right(w, status);
    }
    clconv_context_destroy(context);
    if (status == CLCONV_OK)
        status = clconv_check_result(&check, &w->desc, "host", w->x, w->filters, w->bias, w->y);
    demand(status != CLCONV_OK || (check.misses == 0 && check.outputs == 4 * 18 * 19), "misses");
    return status;
}

static clconv_status rows_of(void *user, int first, int count, void *rows)
{
    const work *const w = user;
    const size_t row = (size_t)w->desc.w * sizeof(float);
    for (size_t c = 0; c < (size_t)w->desc.c; c++)
        memcpy((unsigned char *)rows + c * (size_t)count * row,
               w->x + (c * (size_t)w->desc.h + (size_t)first) * row, (size_t)count * row);
    return CLCONV_OK;
}

static clconv_status count_rows(void *user, int first, int count, const void *rows)
{
    (void)rows;
    demand(*(int *)user == first, "rows out of order");
    *(int *)user += count;
    return CLCONV_OK;
}

static clconv_status stream(work *w, const char *device)
{
    clconv_context *context = NULL;
    clconv_stream *made = NULL;
    int rows = 0;
    clconv_status status = clconv_context_create(&context, device);
    if (status == CLCONV_OK)
        status =
            clconv_stream_create(&made, context, &w->desc, w->filters, w->bias, rows_of, w, NULL);
    if (status == CLCONV_OK) {
        status = clconv_stream_read(made, 0, w->sizes.p, w->y);
        demand_right(w, status);
    }
    if (status == CLCONV_OK)
        status = clconv_stream_run(made, count_rows, &rows);
    demand(status != CLCONV_OK || rows == w->sizes.p, "rows are missing");
    clconv_stream_destroy(made);
    clconv_context_destroy(context);
    return status;
}

START_TEST(texts_and_diagnosis)
{
    try_each(texts, NULL, 2); /* one of the text, one at least of the diagnosis */
}
END_TEST

START_TEST(plan_on_the_host)
{
    try_each(plan_and_run, "host", 20);
}
END_TEST

START_TEST(one_call_and_its_check_on_the_host)
{
    try_each(run_and_check, "host", 20);
}
END_TEST

START_TEST(stream_on_the_host)
{
    try_each(stream, "host", 10);
}
END_TEST

/* By its id: with NULL another device, in the end the host, would take over. */
static char device_id[192];

static const char *best_device(void)
{
    clconv_device_info info;
    size_t count;
    if (!getenv("CLCONV_DEVICE")) {
        CHECK_OK(clconv_device_list(&info, 1, &count));
        snprintf(device_id, sizeof device_id, "%s", info.id);
    } else {
        snprintf(device_id, sizeof device_id, "%s", getenv("CLCONV_DEVICE"));
    }
    return device_id;
}

START_TEST(plan_on_the_best_device)
{
    try_each(plan_and_run, best_device(), 20);
}
END_TEST

START_TEST(one_call_on_the_best_device)
{
    try_each(run_and_check, best_device(), 20);
}
END_TEST

START_TEST(stream_on_the_best_device)
{
    try_each(stream, best_device(), 20);
}
END_TEST

START_TEST(whatever_device_is_left)
{
    try_each(plan_and_run, NULL, 20);
}
END_TEST

SUITE_MAIN("no_memory", &texts_and_diagnosis, &plan_on_the_host,
           &one_call_and_its_check_on_the_host, &stream_on_the_host, &plan_on_the_best_device,
           &one_call_on_the_best_device, &stream_on_the_best_device, &whatever_device_is_left)
