/* selftest.c - no kernel variant is trusted on a driver before it has computed a small problem
 * exactly as the referee does, or within its bound where it transforms tiles. The verdict stands
 * for the code, not for the problem: its key is what was built, where. So the test does not shrink
 * with the problem (one pixel would prove nothing), and what it builds has to be what the plan
 * built. */
#include "plan/selftest.h"
#include "base/size.h"
#include "base/status.h"
#include "host/host.h"
#include <stdlib.h>
#include <string.h>

static const unsigned char POISON = 0xA5;

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

/* The problem: in channels of which the algorithm takes so many. */
static clconv_status test_choose(test *t, const clconv_plan *plan, cc_test_extent extent)
{
    const clconv_filter_kind filters = plan->algo->info.filters;
    const cc_facts facts = {.finite = true,
                            .rank_one = filters != CLCONV_FILTERS_ANY,
                            .exact = true,
                            .equal = filters == CLCONV_FILTERS_EQUAL,
                            .halves = true};
    const cc_problem problem = {&t->geom, &plan->context->caps, &facts};
    clconv_desc desc;
    char why[CC_WHY];

    for (int channels = plan->algo->keeps_whole ? CC_CHANNELS_DEEP : CC_CHANNELS_FEW;
         channels < CC_CHANNELS_OWN; channels++) {
        desc = cc_selftest_desc(&plan->geom, extent, (cc_test_channels)channels);
        CC_TRY(cc_geom_make(&t->geom, &desc));
        if (plan->algo->supports(&problem, why))
            return CLCONV_OK;
    }
    desc = cc_selftest_desc(&plan->geom, extent, CC_CHANNELS_OWN);
    return cc_geom_make(&t->geom, &desc);
}

/* Of each filter and channel: a row, and rows that are -1, 0 or 1 times it. */
static void outer_products(float *filters, const cc_geom *geom, uint32_t *seed)
{
    for (int64_t first = 0; first < geom->filter_count; first += (int64_t)geom->r * geom->s) {
        float *const matrix = filters + first;
        for (int j = 0; j < geom->s; j++)
            matrix[j] = (float)next_small(seed, -2, 5);
        for (int i = 1; i < geom->r; i++) {
            const float factor = (float)next_small(seed, -1, 3);
            for (int j = 0; j < geom->s; j++)
                matrix[(int64_t)i * geom->s + j] = factor * matrix[j];
        }
    }
}

/* Each filter and channel has one number for all taps: -2, -1, 1 or 2. */
static void equal_taps(float *filters, const cc_geom *geom, uint32_t *seed)
{
    const int64_t size = (int64_t)geom->r * geom->s;

    for (int64_t i = 0; i < geom->filter_count; i++)
        filters[i] = i % size ? filters[i - 1] : (float)next_small(seed, -2, 4);
    for (int64_t i = 0; i < geom->filter_count; i++)
        filters[i] += filters[i] >= 0 ? 1 : 0;
}

static void fill_filters(float *filters, const cc_geom *geom, clconv_filter_kind kind,
                         uint32_t *seed)
{
    if (kind == CLCONV_FILTERS_RANK_ONE)
        outer_products(filters, geom, seed);
    else if (kind == CLCONV_FILTERS_EQUAL)
        equal_taps(filters, geom, seed);
    else
        for (int64_t i = 0; i < geom->filter_count; i++)
            filters[i] = (float)next_small(seed, -2, 5);
}

/* Numbers of more than 11 bits, whose rest algorithms may multiply apart: of the input in channels
 * of even number, of the filters in the others, so that no two meet; sums stay exact. */
static void refine(test *t, uint32_t *seed)
{
    const cc_geom *const g = &t->geom;
    const int64_t area = (int64_t)g->r * g->s;

    for (int64_t i = 0; i < g->filter_count; i++)
        if (i / area % g->group_c % 2 == 1)
            t->filters[i] += (float)next_small(seed, -2, 5) * 0x1p-12f;
    for (int64_t n = 0; n < g->n; n++)
        for (int64_t c = 0; c < g->c; c++)
            for (int64_t i = 0; c % g->group_c % 2 == 0 && i < (int64_t)g->h * g->w; i++) {
                const int64_t at = n * g->x.n + c * g->x.c + i / g->w * g->x.h + i % g->w * g->x.w;
                const double whole = cc_load(g->x_type, t->x, at);
                cc_store(g->x_type, t->x, at, whole + next_small(seed, 0, 5) * 0x1p-12);
            }
}

static clconv_status test_make(test *t, const struct clconv_algo *algo)
{
    const clconv_filter_kind filters = algo->info.filters;
    uint32_t seed = 1;

    t->x = malloc((size_t)t->geom.x_bytes);
    t->y = malloc((size_t)t->geom.y_bytes);
    t->expected = malloc((size_t)t->geom.y_bytes);
    t->filters = malloc((size_t)t->geom.filter_count * sizeof *t->filters);
    t->bias = malloc((size_t)t->geom.k * sizeof *t->bias);
    if (!t->x || !t->y || !t->expected || !t->filters || !t->bias)
        return cc_fail(CLCONV_NO_MEMORY, "self-test: no memory for its arrays");
    for (int64_t i = 0; i < t->geom.x_elements; i++)
        cc_store(t->geom.x_type, t->x, i, next_small(&seed, 0, 5));
    fill_filters(t->filters, &t->geom, filters, &seed);
    if (algo->keeps_whole && t->geom.x_type == CLCONV_F32)
        refine(t, &seed);
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
                    cc_store(geom->y_type, t->expected, at + q * geom->y.w,
                             cc_epilogue(geom, sum[q]));
            }
    free(sum);
    return CLCONV_OK;
}

static clconv_status compute(test *t, clconv_plan *small)
{
    clconv_context *const context = small->context;
    clconv_buffer *x = NULL, *y = NULL;
    clconv_status status = cc_buffer_create(&x, context, (size_t)t->geom.x_bytes);

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
    return status;
}

/* What was built, where: the code that a verdict is about. */
static char *code_of(const clconv_plan *plan)
{
    cc_text key = {0};

    /* The border is an argument, but each has its own way through the code. */
    const int border = cc_reads_border(&plan->geom) ? (int)plan->geom.border : -1;

    cc_text_add(&key, "selftest 8\n%s\n%s\nborder %d\n", plan->algo->info.name, plan->library,
                border);
    for (unsigned i = 0; i < plan->kernel_count; i++)
        cc_text_add(&key, "%s\n%s\n", plan->kernels[i].name,
                    cc_ocl_program_key(plan->kernels[i].program));
    return cc_text_take(&key);
}

/* Whether a plan of the test's problem would run the code of the plan under test. */
static clconv_status is_same_code(bool *same, const test *t, const clconv_plan *plan)
{
    char *code = NULL;

    CC_TRY(cc_plan_code(&code, plan->context, &t->geom.desc, plan->algo, &plan->tile));
    *same = !strcmp(code, plan->code);
    free(code);
    return CLCONV_OK;
}

static clconv_status judge(bool *passed, const test *t, const struct clconv_algo *algo)
{
    clconv_check check;

    if (!algo->spread || algo->keeps_whole) {
        *passed = !memcmp(t->y, t->expected, (size_t)t->geom.y_bytes);
        return CLCONV_OK;
    }
    CC_TRY(
        cc_check_result(&check, &t->geom.desc, algo->info.name, t->x, t->filters, t->bias, t->y));
    *passed = check.misses == 0;
    return CLCONV_OK;
}

static clconv_status run_filters(bool *passed, clconv_plan *small, test *t)
{
    CC_TRY(expect(t));
    CC_TRY(compute(t, small));
    return judge(passed, t, small->algo);
}

/* Without an activation, an argument, by which kernels with vectors store in another way. */
static clconv_status run_plain(bool *passed, clconv_plan *small, test *t)
{
    clconv_desc desc = t->geom.desc;

    desc.activation = CLCONV_NONE;
    desc.activation_a = 0;
    CC_TRY(cc_geom_make(&t->geom, &desc));
    small->geom = t->geom;
    memset(t->y, POISON, (size_t)t->geom.y_bytes);
    return run_filters(passed, small, t);
}

/* The first filter for all outputs: kernels may see that and take another way. */
static clconv_status run_one_filter(bool *passed, clconv_plan *small, test *t)
{
    for (int64_t i = t->geom.taps; i < t->geom.filter_count; i++)
        t->filters[i] = t->filters[i - t->geom.taps];
    memset(t->y, POISON, (size_t)t->geom.y_bytes);
    CC_TRY(cc_plan_set_filters(small, t->filters, t->bias));
    return run_filters(passed, small, t);
}

static clconv_status run_test(bool *passed, const clconv_plan *plan, test *t)
{
    clconv_plan *small = NULL;
    clconv_status status = test_make(t, plan->algo);

    if (status == CLCONV_OK)
        status = cc_plan_create_as(&small, plan->context, &t->geom.desc, t->filters, t->bias,
                                   plan->algo, &plan->tile);
    if (status == CLCONV_OK)
        status = run_filters(passed, small, t);
    if (status == CLCONV_OK && *passed && plan->context->caps.lanes > 1)
        status = run_plain(passed, small, t);
    if (status == CLCONV_OK && *passed &&
        (plan->algo->info.filters != CLCONV_FILTERS_ANY || plan->geom.x.w != 1))
        status = run_one_filter(passed, small, t);
    cc_plan_destroy(small);
    return status;
}

static clconv_status prove(bool *passed, const clconv_plan *plan)
{
    test t = {0};
    bool same = false;
    clconv_status status = CLCONV_OK;

    for (int extent = CC_TEST_REDUCED; extent < CC_TEST_EXTENTS && !same; extent++) {
        CC_TRY(test_choose(&t, plan, (cc_test_extent)extent));
        CC_TRY(is_same_code(&same, &t, plan));
    }
    if (!same)
        return cc_fail(CLCONV_BUILD, "its self-test cannot be built from the same code");
    status = run_test(passed, plan, &t);
    test_free(&t);
    return status;
}

clconv_status cc_selftest(const clconv_plan *plan)
{
    cc_ocl *const ocl = plan->context->ocl;
    clconv_status status = CLCONV_OK;
    bool passed = true;
    char *key;

    if (!ocl)
        return CLCONV_OK;
    key = code_of(plan);
    if (!key)
        return cc_fail(CLCONV_NO_MEMORY, "self-test: no memory for its key");
    if (!cc_ocl_verdict_get(ocl, key, &passed)) {
        status = prove(&passed, plan);
        if (status == CLCONV_OK)
            cc_ocl_verdict_put(ocl, plan->algo->info.name, key, passed);
    }
    free(key);
    if (status == CLCONV_OK && !passed)
        return cc_fail(CLCONV_BUILD, "it computes wrong results on this driver (%s)",
                       plan->context->caps.info.driver);
    return status;
}
