/* test_plan_use.c - plans, buffers and contexts in use on whatever device is the default: new
 * filters, what is refused, and the order in which objects may die. */
#include "device/device.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>

static const char PROBLEM[] = "2x4x17x19:6x3x3:g2:p1:reflect101";

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

SUITE_MAIN("plan_use", &new_filters_and_no_bias_take_effect, &filters_are_copied, &a_run_is_timed,
           &null_arguments_are_named, &wrong_desc_leaves_no_plan, &buffers_too_small_by_one_byte,
           &buffer_of_another_context, &in_place_overlapping_and_misaligned_views,
           &transfers_and_views_stay_inside_their_buffer, &objects_may_die_in_any_order,
           &one_call_from_array_to_array)
