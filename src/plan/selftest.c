/* selftest.c - no kernel variant is trusted on a driver before it has computed a small problem
 * exactly as the referee does. The verdict stands for the code, not for the problem: its key is
 * what was built, where. */
#include "base/size.h"
#include "base/status.h"
#include "host/host.h"
#include "plan/internal.h"
#include <stdlib.h>
#include <string.h>

/* Enough outputs for two tiles and a remainder in either direction. */
enum { TEST_ROWS = 40, TEST_COLUMNS = 140 };
/* Filters of more rows or columns than this are tested with fewer (they are run-time arguments in
 * every algorithm that takes such filters). */
enum { TEST_WINDOW = 512, TEST_FILTER = 31 };
static const unsigned char POISON = 0xA5;

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* One axis: the same filter, stride and dilation where they are moderate, on a small image. */
static void shrink_axis(int *size, int *filter, int *dilation, int *pad0, int *pad1, int stride,
                        int outputs)
{
    int window;

    if ((int64_t)*dilation * (*filter - 1) + 1 > TEST_WINDOW) {
        *filter = least(*filter, TEST_FILTER);
        *dilation = 1;
    }
    window = *dilation * (*filter - 1) + 1;
    *pad0 = least(*pad0, window + 2);
    *pad1 = least(*pad1, window + 2);
    *size = (int)(*size < (int64_t)stride * outputs + window ? *size
                                                             : (int64_t)stride * outputs + window);
    if (*size + *pad0 + *pad1 < window)
        *size = window;
}

static clconv_desc small_desc(const cc_geom *geom)
{
    const int groups = least(geom->groups, 2);
    clconv_desc d = {
        .n = least(geom->n, 2),
        .c = groups * least(geom->group_c, 3),
        .k = groups * least(geom->group_k, 3),
        .h = geom->h,
        .w = geom->w,
        .r = geom->r,
        .s = geom->s,
        .groups = groups,
        .stride_h = least(geom->stride_h, TEST_WINDOW),
        .stride_w = least(geom->stride_w, TEST_WINDOW),
        .dilation_h = geom->dilation_h,
        .dilation_w = geom->dilation_w,
        .pad_top = geom->pad_top,
        .pad_bottom = geom->pad_bottom,
        .pad_left = geom->pad_left,
        .pad_right = geom->pad_right,
        .border = geom->border,
        .border_value = geom->border == CLCONV_CONSTANT ? 3 : 0,
        .operation = geom->desc.operation,
        .x_type = geom->x_type,
        .y_type = geom->y_type,
        .x_layout = geom->desc.x_layout,
        .y_layout = geom->desc.y_layout,
    };

    shrink_axis(&d.h, &d.r, &d.dilation_h, &d.pad_top, &d.pad_bottom, d.stride_h, TEST_ROWS);
    shrink_axis(&d.w, &d.s, &d.dilation_w, &d.pad_left, &d.pad_right, d.stride_w, TEST_COLUMNS);
    return d;
}

typedef struct test {
    cc_geom geom;
    unsigned char *x, *y, *expected;
    float *filters, *bias;
} test;

static void test_free(test *t)
{
    free(t->x);
    free(t->y);
    free(t->expected);
    free(t->filters);
    free(t->bias);
}

/* Small whole numbers, from a generator whose only merit is that it never changes. */
static int next_small(uint32_t *seed, int least_value, int count)
{
    *seed = *seed * 1664525u + 1013904223u;
    return least_value + (int)((*seed >> 16) % (uint32_t)count);
}

static clconv_status test_make(test *t, const cc_geom *geom)
{
    const clconv_desc desc = small_desc(geom);
    uint32_t seed = 1;

    CC_TRY(cc_geom_make(&t->geom, &desc));
    t->x = malloc((size_t)t->geom.x_bytes);
    t->y = malloc((size_t)t->geom.y_bytes);
    t->expected = malloc((size_t)t->geom.y_bytes);
    t->filters = malloc((size_t)t->geom.filter_count * sizeof *t->filters);
    t->bias = malloc((size_t)t->geom.k * sizeof *t->bias);
    if (!t->x || !t->y || !t->expected || !t->filters || !t->bias)
        return cc_fail(CLCONV_NO_MEMORY, "self-test: no memory for its arrays");
    for (int64_t i = 0; i < t->geom.x_elements; i++)
        cc_store(t->geom.x_type, t->x, i, next_small(&seed, 0, 5));
    for (int64_t i = 0; i < t->geom.filter_count; i++)
        t->filters[i] = (float)next_small(&seed, -2, 5);
    for (int i = 0; i < t->geom.k; i++)
        t->bias[i] = (float)next_small(&seed, -3, 7);
    memset(t->y, POISON, (size_t)t->geom.y_bytes);
    memset(t->expected, POISON, (size_t)t->geom.y_bytes);
    return CLCONV_OK;
}

static clconv_status expect(test *t)
{
    const cc_geom *const geom = &t->geom;
    double *const sum = malloc(((size_t)geom->q + cc_referee_scratch(geom)) * sizeof *sum);

    if (!sum)
        return cc_fail(CLCONV_NO_MEMORY, "self-test: no memory for a row");
    for (int n = 0; n < geom->n; n++)
        for (int k = 0; k < geom->k; k++)
            for (int p = 0; p < geom->p; p++) {
                const int64_t at = n * geom->y.n + k * geom->y.c + p * geom->y.h;
                cc_referee_row(geom, t->x, t->filters, t->bias, n, k, p, sum, NULL, sum + geom->q);
                for (int q = 0; q < geom->q; q++)
                    cc_store(geom->y_type, t->expected, at + q * geom->y.w, sum[q]);
            }
    free(sum);
    return CLCONV_OK;
}

static clconv_status compute(test *t, const clconv_plan *plan)
{
    clconv_context *const context = plan->context;
    clconv_plan *small = NULL;
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status =
        cc_plan_create_as(&small, context, &t->geom.desc, t->filters, t->bias, plan->algo);

    if (status == CLCONV_OK)
        status = cc_buffer_create(&x, context, (size_t)t->geom.x_bytes);
    if (status == CLCONV_OK)
        status = cc_buffer_create(&y, context, (size_t)t->geom.y_bytes);
    if (status == CLCONV_OK)
        status = cc_buffer_write(x, 0, t->x, (size_t)t->geom.x_bytes);
    if (status == CLCONV_OK)
        status = cc_buffer_write(y, 0, t->y, (size_t)t->geom.y_bytes);
    if (status == CLCONV_OK)
        status = cc_plan_run(NULL, small, x, y);
    if (status == CLCONV_OK)
        status = cc_buffer_read(t->y, y, 0, (size_t)t->geom.y_bytes);
    cc_buffer_release(x);
    cc_buffer_release(y);
    cc_plan_destroy(small);
    return status;
}

static clconv_status run_test(bool *passed, const clconv_plan *plan)
{
    test t = {0};
    clconv_status status = test_make(&t, &plan->geom);

    if (status == CLCONV_OK)
        status = expect(&t);
    if (status == CLCONV_OK)
        status = compute(&t, plan);
    *passed = status == CLCONV_OK && !memcmp(t.y, t.expected, (size_t)t.geom.y_bytes);
    test_free(&t);
    return status;
}

static char *verdict_key(const clconv_plan *plan)
{
    cc_text key = {0};

    cc_text_add(&key, "selftest 1\n%s\n%s\n", plan->algo->info.name, cc_ocl_gemm_version());
    for (unsigned i = 0; i < plan->kernel_count; i++)
        cc_text_add(&key, "%s\n%s\n", plan->kernels[i].name,
                    cc_ocl_program_key(plan->kernels[i].program));
    return cc_text_take(&key);
}

clconv_status cc_selftest(const clconv_plan *plan)
{
    cc_ocl *const ocl = plan->context->ocl;
    clconv_status status = CLCONV_OK;
    bool passed = true;
    char *key;

    if (!ocl)
        return CLCONV_OK;
    key = verdict_key(plan);
    if (!key)
        return cc_fail(CLCONV_NO_MEMORY, "self-test: no memory for its key");
    if (!cc_ocl_verdict_get(ocl, key, &passed)) {
        status = run_test(&passed, plan);
        if (status == CLCONV_OK)
            cc_ocl_verdict_put(ocl, plan->algo->info.name, key, passed);
    }
    free(key);
    if (status == CLCONV_OK && !passed)
        return cc_fail(CLCONV_BUILD, "it computes wrong results on this driver (%s)",
                       plan->context->caps.info.driver);
    return status;
}
