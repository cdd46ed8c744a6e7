/* test_opencl_kernels.c - every kernel but that of matrix_units on problems so small that an
 * interpreter can watch each of its memory accesses (oclgrind.sh). One Check case a kernel, to be
 * run by CK_RUN_CASE. Without the self-tests of the plans, which take such an interpreter minutes.
 */
#include "cases.h"
#include "opencl_columns.h"
#include "plan/internal.h"
#include "suite.h"
#include "work.h"
#include <stdio.h>
#include <string.h>

enum { SEED = 80 };

/* Each line of the kernels at least once: borders, paths inside and across, types, layouts. */
static const char *const problems[] = {
    "1x2x5x7:2x3x3:same:constant=2",
    "1x2x5x7:2x3x3:same:replicate",
    "1x2x5x7:2x3x3:same:reflect",
    "1x2x5x7:2x3x3:same:reflect101",
    "1x2x5x7:2x3x3:same:wrap",
    "1x1x1x1:1x3x3:p7:reflect101",
    "1x1x2x3:1x2x5:full:wrap:flip",
    "1x1x35x66:1x3x3:valid",
    "1x1x36x67:1x3x3:same:replicate",
    "2x4x6x5:4x2x3:s2,1:d1,2:full:g2:nhwc:xs=0,0,43,0:ys=0,0,90,7",
    "3x3x4x5:6x1x1:g3",
    "1x1x5x7:2x3x3:same:u8:scale=0.5:offset=3",
    "1x1x5x7:2x3x3:same:s8>s8:abs",
    "1x1x5x7:2x3x3:same:u16:relu",
    "1x1x5x7:2x3x3:same:s16>s16:leaky=0.25",
    "1x1x5x7:2x3x3:same:f16:clip=-3,9",
    "1x1x5x7:2x3x3:same:f64:sigmoid",
    "1x1x5x7:2x3x3:same:u8>f32:tanh",
    "1x3x6x20:13x3x2:same:replicate",
    "2x4x5x9:9x1x1:u8",
    "1x5x3x9:33x1x1:u8>f32:relu",
    "2x6x7x5:40x1x1:s2:g2:nhwc",
    "2x9x5x7:9x3x3:p1:g9",
    "1x3x9x37:3x3x3:s2:p1:replicate:g3:relu",
    "1x2x9x150:2x2x5:d2:full:wrap:g2:u8",
    "1x1x9x150:2x5x3:same:reflect101:u8",
    "2x3x7x70:3x3x5:g3:full:replicate:nhwc:u8",
    "1x2x6x40:2x1x4:g2:same:wrap:nhwc:abs",
    "3x4x9x10:10x3x3:same:reflect:g2:nhwc:u8",
    "1x9x3x21:17x3x3:p2",
    "1x3x9x13:8x3x3:s2:p1:reflect101:u8>f32",
    "1x3x5x6:13x3x3:s1,2147483647:p5",
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

/* For what is made for many channels and filters alone; the first and the fifth are done in parts.
 */
static const char *const many[] = {
    "1x130x1x3:9x1x1:tanh",
    "2x16x5x6:16x3x2:s2,1:d1,2:same:reflect101:g2:nhwc",
    "1x8x2x3:130x1x1:constant=2:p1:sigmoid",
    "1x8x5x9:8x2x1:same:replicate:u8:nhwc",
    "1x9x3x21:17x3x3:p2:wrap:f16:scale=0.5",
    "2x12x4x17:9x1x3:full:reflect",
    "1x8x9x17:8x1x2:full:wrap:f64",
};
enum { MANY = sizeof many / sizeof *many };

static const struct clconv_algo *find(const char *name)
{
    size_t i = 0;
    while (cc_algorithms[i] && strcmp(cc_algorithms[i]->info.name, name) != 0)
        i++;
    ck_assert_ptr_nonnull(cc_algorithms[i]);
    return cc_algorithms[i];
}

/* Exact, but for the activations that are not. */
static void judge(const case_data *data, const char *algorithm, const unsigned char *y)
{
    unsigned char *const expected = case_naive(data);
    clconv_check check;
    if (!find(algorithm)->spread && cli_fill_exact(&data->desc) &&
        memcmp(y, expected, data->sizes.y_bytes) != 0)
        case_complain(data, algorithm, "not exact");
    ck_assert_int_eq(
        clconv_check_result(&check, &data->desc, algorithm, data->x, data->filters, data->bias, y),
        CLCONV_OK);
    if (check.misses != 0)
        case_complain(data, algorithm, "%d outputs miss", (int)check.misses);
    free(expected);
}

/* In buffers without a byte to spare: what passes their ends is seen. */
static unsigned char *run_plan(clconv_context *context, clconv_plan *plan, const case_data *data)
{
    clconv_buffer *x, *y;
    unsigned char *const out = malloc(data->sizes.y_bytes);
    ck_assert_ptr_nonnull(out);
    memset(out, CASE_POISON, data->sizes.y_bytes);
    CHECK_OK(clconv_buffer_create(&x, context, data->sizes.x_bytes));
    CHECK_OK(clconv_buffer_create(&y, context, data->sizes.y_bytes));
    CHECK_OK(clconv_buffer_write(x, 0, data->x, data->sizes.x_bytes));
    CHECK_OK(clconv_buffer_write(y, 0, out, data->sizes.y_bytes));
    CHECK_OK(clconv_plan_run(plan, x, y));
    CHECK_OK(clconv_buffer_read(out, y, 0, data->sizes.y_bytes));
    clconv_buffer_destroy(x);
    clconv_buffer_destroy(y);
    return out;
}

static void run_tile(clconv_context *context, const case_data *data, const struct clconv_algo *algo,
                     const cc_tile *tile)
{
    clconv_plan *plan;
    const clconv_status status =
        cc_plan_create_as(&plan, context, &data->desc, data->filters, data->bias, algo, tile);
    if (status == CLCONV_UNSUPPORTED && case_fair_refusal(algo->info.name)) {
        printf("%s does not run here: %s\n", algo->info.name, clconv_last_error());
    } else {
        CHECK_OK(status);
        unsigned char *const y = run_plan(context, plan, data);
        judge(data, algo->info.name, y);
        free(y);
        clconv_plan_destroy(plan);
    }
}

/* A problem as an algorithm is asked about it. */
typedef struct question {
    case_data data;
    cc_geom geom;
    cc_facts facts;
    cc_problem problem;
} question;

static void ask(question *q, const clconv_context *context, const char *text, const char *algorithm)
{
    case_parse_for(&q->data, text, algorithm, CLI_FILL_INTEGERS, SEED);
    CHECK_OK(cc_geom_make(&q->geom, &q->data.desc));
    CHECK_OK(cc_facts_make(&q->facts, &q->geom, q->data.filters));
    q->problem = (cc_problem){&q->geom, &context->caps, &q->facts};
}

/* What an algorithm is not made for is left out, and by CLCONV_TEST_WORKSPACE=0 what one kernel
 * leaves for the next. */
static bool takes(const clconv_context *context, const char *text, const struct clconv_algo *algo)
{
    question q;
    char why[CC_WHY];
    ask(&q, context, text, algo->info.name);
    const bool supported = algo->supports(&q.problem, why);
    ck_assert(supported || strstr(why, "made for") || strstr(why, "of local memory"));
    const bool alone = !supported || !algo->workspace || algo->workspace(&q.problem) == 0;
    case_free(&q.data);
    return supported && (alone || case_setting("CLCONV_TEST_WORKSPACE", 1));
}

/* With one of the tiles that the algorithm would try, by its number modulo theirs. */
static void run(clconv_context *context, const char *text, const char *algorithm, int number)
{
    const struct clconv_algo *const algo = find(algorithm);
    question q;
    cc_tile tile;
    ask(&q, context, text, algorithm);
    const bool tiled =
        algo->tile && algo->tile(&tile, &q.problem, number % cc_tile_count(algo, &q.problem));
    run_tile(context, &q.data, algo, tiled ? &tile : NULL);
    case_free(&q.data);
}

static bool possible(const case_machine *machine, const char *problem)
{
    return machine->device && (machine->has_f64 || !strstr(problem, "f64"));
}

/* In the forms for processors with long and short vectors and for GPUs, those that
 * CLCONV_TEST_LANES allows; in one launch and in many; of the problems that the algorithm takes in
 * a form each so-many-th, each form others, that for GPUs, whose work-items share memory, twice as
 * many. By algorithms for one kind of filters, and where tiles are transformed, every other
 * problem: there in the best tile, for their kernels take seconds to build. */
static void run_all(const char *algorithm)
{
    const struct clconv_algo *const algo = find(algorithm);
    const int step = (int)case_step() * (algo->spread || algo->info.filters ? 2 : 1);
    const char *const *const list = strcmp(algorithm, "implicit_gemm") == 0 ? many : problems;
    const int count = list == many ? MANY : PROBLEMS;
    const int lanes = case_setting("CLCONV_TEST_LANES", 16);
    static const struct {
        bool is_cpu;
        int lanes;
    } forms[] = {{true, 16}, {true, 4}, {false, 1}};
    case_machine machine;
    int ran = 0;
    case_open(&machine);
    for (size_t form = 0; machine.device && form < sizeof forms / sizeof *forms; form++) {
        cc_caps *const caps = &machine.device->caps;
        const int every = forms[form].is_cpu || step == 1 ? step : step / 2;
        const char *taken[PROBLEMS];
        int n = 0;
        caps->is_cpu = forms[form].is_cpu;
        caps->lanes = forms[form].lanes;
        for (int i = 0; i < count && caps->lanes <= lanes; i++)
            if (possible(&machine, list[i]) && takes(machine.device, list[i], algo))
                taken[n++] = list[i];
        for (int i = n > 0 ? (int)form % every % n : 0; i < n; i += every, ran++) {
            caps->launch_limit = (i / every + (int)form) % 3 ? INT32_MAX : 512;
            run(machine.device, taken[i], algorithm, algo->spread ? 0 : i);
        }
    }
    ck_assert(ran > 0 || !machine.device || lanes < 16); /* some have but the forms with vectors */
    case_close(&machine);
    case_no_complaints();
}

/* Whose kernels take part; im2col has cases of its own. */
static const char *const algorithms[] = {
    "direct",    "tiled",     "blocked",   "separable",     "box",      "fft",
    "depthwise", "pointwise", "polyphase", "implicit_gemm", "winograd",
};
enum { ALGORITHMS = sizeof algorithms / sizeof *algorithms };

START_TEST(kernels)
{
    run_all(algorithms[_i]);
}
END_TEST

START_TEST(im2col)
{
    case_machine machine;
    case_open(&machine);
    for (int i = 0; i < PROBLEMS; i += (int)case_step())
        if (possible(&machine, problems[i])) {
            case_data data;
            case_parse(&data, problems[i], CLI_FILL_INTEGERS, SEED);
            unsigned char *const y = columns_run(machine.device, &data);
            judge(&data, "im2col", y);
            free(y);
            case_free(&data);
        }
    case_close(&machine);
    case_no_complaints();
}
END_TEST

/* With CLBlast's own kernels between ours. */
START_TEST(gemm)
{
    static const char *const few[] = {"1x2x5x7:3x3x3:same:wrap", "2x4x6x5:4x2x3:full:g2:u8>f32",
                                      "1x1x5x7:2x3x3:same:f64"};
    case_machine machine;
    case_open(&machine);
    for (size_t i = 0; i < sizeof few / sizeof *few; i++)
        if (possible(&machine, few[i]) && machine.device->caps.has_gemm)
            run(machine.device, few[i], "im2col", 0);
    case_close(&machine);
    case_no_complaints();
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test, int i)
{
    TCase *const tcase = tcase_create(name);
    tcase_add_loop_test(tcase, test, i, i + 1);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *const suite = suite_create("kernels");
    for (int i = 0; i < ALGORITHMS; i++)
        add(suite, algorithms[i], kernels, i);
    add(suite, "im2col", im2col, 0);
    add(suite, "gemm", gemm, 0);
    SRunner *const runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
