/* test_ocl_queue.c - inside an application that has its own OpenCL context and queues: what is
 * retained, what waits for what; and matrix products in the middle of a chain. */
#define _POSIX_C_SOURCE 200809L
#include "clfault.h"
#include "ocl_fixture.h"
#include <clconv/opencl.h>
#include <string.h>
#include <time.h>

static ocl_fixture fixture;
static clconv_context *context;
static cl_context theirs; /* of the context */
static cl_device_id device;
static cl_command_queue unordered; /* out of order, without profiling */
static cl_event gate;              /* the caller's: work begins when it is set */
static cc_program *program;
static cc_kernel *turn;
static cc_mem mem;

static void set_up(void)
{
    float start[FIXTURE_N];
    void *handles[2];
    cl_int code;
    fixture_set_up(&fixture);
    ck_assert_msg(fixture_open(&context, &fixture) == CLCONV_OK, "%s", clconv_last_error());
    cc_ocl_handles(context->ocl, &handles[0], &handles[1]);
    theirs = handles[0];
    device = handles[1];
    unordered = clCreateCommandQueue(theirs, device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    if (!unordered) /* an in-order queue then: the order still has to hold across the gate */
        unordered = clCreateCommandQueue(theirs, device, 0, &code);
    gate = clCreateUserEvent(theirs, &code);
    ck_assert_int_eq(cc_ocl_program(&program, context->ocl, "turn.cl", ""), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_kernel_create(&turn, context->ocl, program, "turn"), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_mem_create(&mem, context->ocl, sizeof(start)), CLCONV_OK);
    for (int i = 0; i < FIXTURE_N; i++)
        start[i] = (float)i;
    ck_assert_int_eq(cc_ocl_write(context->ocl, mem, 0, start, sizeof(start)), CLCONV_OK);
}

static void tear_down(void)
{
    clReleaseEvent(gate);
    clReleaseCommandQueue(unordered);
    cc_ocl_mem_release(context->ocl, mem);
    cc_ocl_kernel_release(turn);
    cc_ocl_program_release(context->ocl, program);
    cc_context_release(context);
    fixture_tear_down(&fixture);
    ck_assert_msg(clfault_live() == 0, "alive: %s", clfault_live_kinds());
}

static void launch(cc_commands *commands)
{
    const float add = 0.5F;
    const cc_arg args[] = {CC_ARG(mem), CC_ARG(add), {FIXTURE_GROUP * sizeof(float), NULL}};
    const cc_grid grid = {{FIXTURE_N, 1, 1}, {FIXTURE_GROUP, 1, 1}};
    ck_assert_int_eq(cc_ocl_launch(commands, turn, &grid, args, 3), CLCONV_OK);
}

static cl_int status_of(cl_event event)
{
    cl_int status = CL_COMPLETE;
    ck_assert_int_eq(
        clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL),
        CL_SUCCESS);
    return status;
}

static void open_gate_and_wait_for(cl_event event)
{
    const struct timespec while_it_would_run = {.tv_nsec = 100000000};
    nanosleep(&while_it_would_run, NULL);
    ck_assert_int_ne(status_of(event), CL_COMPLETE); /* it has to wait for the gate */
    ck_assert_int_eq(clSetUserEventStatus(gate, CL_COMPLETE), CL_SUCCESS);
    ck_assert_int_eq(clWaitForEvents(1, &event), CL_SUCCESS);
    clReleaseEvent(event);
}

START_TEST(chain_on_an_unordered_queue_waits_and_keeps_its_order)
{
    cc_commands commands;
    cl_event done = NULL;
    float result[FIXTURE_N];
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, unordered, &gate, 1), CLCONV_OK);
    for (int i = 0; i < 3; i++)
        launch(&commands);
    ck_assert_int_eq(cc_ocl_hand_over(&commands, &done), CLCONV_OK);
    open_gate_and_wait_for(done);
    ck_assert_int_eq(cc_ocl_read(context->ocl, result, mem, 0, sizeof(result)), CLCONV_OK);
    fixture_check_three(result);
}
END_TEST

START_TEST(empty_chain_hands_over_an_event_behind_the_wait_list)
{
    cc_commands commands;
    cl_event done = NULL;
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, unordered, &gate, 1), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_hand_over(&commands, &done), CLCONV_OK);
    open_gate_and_wait_for(done);
}
END_TEST

START_TEST(event_that_nobody_wants_is_released)
{
    cc_commands commands;
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, unordered, NULL, 0), CLCONV_OK);
    launch(&commands);
    launch(&commands);
    ck_assert_int_eq(cc_ocl_hand_over(&commands, NULL), CLCONV_OK);
    ck_assert_int_eq(clFinish(unordered), CL_SUCCESS);
}
END_TEST

START_TEST(abandon_does_not_wait_for_what_the_caller_holds_back)
{
    cc_commands commands;
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, unordered, &gate, 1), CLCONV_OK);
    launch(&commands);
    launch(&commands);
    cc_ocl_abandon(&commands);
    ck_assert_int_eq(clSetUserEventStatus(gate, CL_COMPLETE), CL_SUCCESS);
    ck_assert_int_eq(clFinish(unordered), CL_SUCCESS);
}
END_TEST

START_TEST(queue_without_a_clock)
{
    cc_commands commands;
    double seconds = 7;
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, unordered, NULL, 0), CLCONV_OK);
    launch(&commands);
    ck_assert_int_eq(cc_ocl_finish(&commands, &seconds), CLCONV_OK);
    ck_assert_double_lt(seconds, 1); /* rusticl has a clock on every queue */
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, NULL, NULL, 0), CLCONV_OK);
    launch(&commands);
    launch(&commands);
    ck_assert_int_eq(cc_ocl_finish(&commands, &seconds), CLCONV_OK);
    ck_assert_double_gt(seconds, 0);
}
END_TEST

START_TEST(queue_and_wait_list_that_do_not_fit)
{
    cc_commands commands;
    cl_int code;
    cl_context another = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    cl_command_queue queue = clCreateCommandQueue(another, device, 0, &code);
    ck_assert_int_eq(cc_ocl_queue_check(context->ocl, queue), CLCONV_INVALID);
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, NULL, &gate, 0), CLCONV_INVALID);
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, NULL, NULL, 1), CLCONV_INVALID);
    clReleaseCommandQueue(queue);
    clReleaseContext(another);
}
END_TEST

START_TEST(adopted_handles_are_retained_and_given_back)
{
    const clconv_context_options named = {.device = "any"};
    const clconv_context_options options = {.cache_dir = "", .cl_dir = fixture.cl};
    clconv_context *adopted;
    float result[FIXTURE_N];
    cl_int code;
    int not_of_it;
    cl_context mine = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    ck_assert_int_eq(cc_context_adopt(&adopted, mine, device, &named), CLCONV_INVALID);
    ck_assert_int_eq(cc_context_adopt(&adopted, NULL, device, &options), CLCONV_INVALID);
    ck_assert_int_eq(cc_context_adopt(&adopted, mine, NULL, &options), CLCONV_INVALID);
    ck_assert_int_eq(cc_context_adopt(&adopted, mine, &not_of_it, &options), CLCONV_INVALID);
    ck_assert_ptr_null(adopted);
    ck_assert_int_eq(cc_context_adopt(&adopted, mine, device, &options), CLCONV_OK);
    clReleaseContext(mine);
    ck_assert_int_eq(fixture_work(adopted, result, 3), CLCONV_OK);
    fixture_check_three(result);
    cc_context_release(adopted);
}
END_TEST

/* ---- matrix products ---- */

enum { M = 5, NN = 7, K = 3, GAP = 11 }; /* GAP: elements before each matrix */

static void fill(float *a, float *b, float *c)
{
    for (int i = 0; i < M * K; i++)
        a[GAP + i] = (float)(i % 5 - 2);
    for (int i = 0; i < K * NN; i++)
        b[GAP + i] = (float)(i % 7 - 3);
    for (int i = 0; i < GAP + M * NN; i++)
        c[i] = 1e30F; /* beta is 0: what is there must not matter */
}

static void check_product(const float *a, const float *b, const float *c)
{
    for (int i = 0; i < M; i++)
        for (int j = 0; j < NN; j++) {
            float sum = 0;
            for (int l = 0; l < K; l++)
                sum += a[GAP + i * K + l] * b[GAP + l * NN + j];
            ck_assert_float_eq(c[GAP + i * NN + j], sum);
        }
    for (int i = 0; i < GAP; i++)
        ck_assert_float_eq(c[i], 1e30F);
}

/* Three matrices behind each other in one memory; the product on a queue, behind the gate or not.
 * Looks at the result only after success. */
static clconv_status product(cl_command_queue queue, bool gated)
{
    float all[3][64];
    cc_commands commands;
    cl_event done = NULL;
    cc_mem memory;
    fill(all[0], all[1], all[2]);
    CC_TRY(cc_ocl_mem_create(&memory, context->ocl, sizeof(all)));
    const cc_gemm gemm = {.m = M,
                          .n = NN,
                          .k = K,
                          .a = memory,
                          .b = memory,
                          .c = memory,
                          .a_offset = GAP,
                          .b_offset = 64 + GAP,
                          .c_offset = 128 + GAP};
    clconv_status status = cc_ocl_write(context->ocl, memory, 0, all, sizeof(all));
    if (status == CLCONV_OK)
        status = cc_ocl_begin(&commands, context->ocl, queue, gated ? &gate : NULL, gated);
    if (status == CLCONV_OK) {
        status = cc_ocl_gemm(&commands, &gemm);
        if (status != CLCONV_OK)
            cc_ocl_abandon(&commands);
        else if (!gated)
            status = cc_ocl_finish(&commands, NULL);
        else
            status = cc_ocl_hand_over(&commands, &done);
    }
    if (done)
        open_gate_and_wait_for(done);
    if (status == CLCONV_OK)
        status = cc_ocl_read(context->ocl, all, memory, 0, sizeof(all));
    if (status == CLCONV_OK)
        check_product(all[0], all[1], all[2]);
    cc_ocl_mem_release(context->ocl, memory);
    return status;
}

START_TEST(product_on_each_kind_of_queue)
{
    if (!context->caps.has_gemm) {
        ck_assert_int_eq(product(NULL, false), CLCONV_UNSUPPORTED);
        return;
    }
    ck_assert_msg(product(NULL, false) == CLCONV_OK, "%s", clconv_last_error());
    ck_assert_msg(product(unordered, true) == CLCONV_OK, "%s", clconv_last_error());
}
END_TEST

START_TEST(product_in_double_precision_or_refused)
{
    double ab[2] = {3, 5}, c = 0;
    cc_commands commands;
    cc_mem memory;
    ck_assert_int_eq(cc_ocl_mem_create(&memory, context->ocl, 3 * sizeof(double)), CLCONV_OK);
    ck_assert_int_eq(cc_ocl_write(context->ocl, memory, 0, ab, sizeof(ab)), CLCONV_OK);
    const cc_gemm gemm = {.f64 = true,
                          .m = 1,
                          .n = 1,
                          .k = 1,
                          .a = memory,
                          .b = memory,
                          .c = memory,
                          .b_offset = 1,
                          .c_offset = 2};
    ck_assert_int_eq(cc_ocl_begin(&commands, context->ocl, NULL, NULL, 0), CLCONV_OK);
    if (context->caps.has_gemm && context->caps.info.has_f64) {
        ck_assert_int_eq(cc_ocl_gemm(&commands, &gemm), CLCONV_OK);
        ck_assert_int_eq(cc_ocl_finish(&commands, NULL), CLCONV_OK);
        ck_assert_int_eq(cc_ocl_read(context->ocl, &c, memory, 16, sizeof(c)), CLCONV_OK);
        ck_assert_double_eq(c, 15);
    } else {
        ck_assert_int_eq(cc_ocl_gemm(&commands, &gemm), CLCONV_UNSUPPORTED);
        cc_ocl_abandon(&commands);
    }
    cc_ocl_mem_release(context->ocl, memory);
}
END_TEST

/* -4 leaves the device alive, so that one context and its compiled programs serve all rounds. */
START_TEST(every_call_of_a_product_failing_in_turn)
{
    int fired = context->caps.has_gemm;
    ck_assert(!fired || product(NULL, false) == CLCONV_OK);
    const long live = clfault_live();
    for (long n = 1; fired; n++) {
        clfault_arm(n, CL_MEM_OBJECT_ALLOCATION_FAILURE);
        const clconv_status status = product(NULL, false);
        fired = clfault_fired();
        ck_assert_msg(status == CLCONV_OK || status == CLCONV_NO_MEMORY ||
                          status == CLCONV_DEVICE, /* CLBlast has its own codes for some */
                      "call %ld, %s: %s", n, clfault_where(), clconv_last_error());
        ck_assert_msg(clfault_live() == live, "call %ld, %s: alive: %s", n, clfault_where(),
                      clfault_live_kinds());
        ck_assert(fired || status == CLCONV_OK);
    }
    clfault_disarm();
}
END_TEST

int main(void)
{
    static const TTest **const tests[] = {
        &chain_on_an_unordered_queue_waits_and_keeps_its_order,
        &empty_chain_hands_over_an_event_behind_the_wait_list,
        &event_that_nobody_wants_is_released,
        &abandon_does_not_wait_for_what_the_caller_holds_back,
        &queue_without_a_clock,
        &queue_and_wait_list_that_do_not_fit,
        &adopted_handles_are_retained_and_given_back,
        &product_on_each_kind_of_queue,
        &product_in_double_precision_or_refused,
        &every_call_of_a_product_failing_in_turn,
    };
    return fixture_run("ocl_queue", tests, sizeof(tests) / sizeof(tests[0]), set_up, tear_down);
}
