/* test_opencl_kernels.c - every kernel on problems so small that an interpreter can watch each of
 * its memory accesses (oclgrind.sh). One Check case a kernel, to be run by CK_RUN_CASE. Without the
 * self-tests of the plans, which take such an interpreter minutes. */
#include "cases.h"
#include "cl/geom.h"
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

/* For what is made for many channels and filters alone. The search for unset values passes over the
 * first and the fifth, done in parts: what one kernel leaves for the next is unset to it. */
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

/* With one of the tiles that the algorithm would try, by its number modulo theirs. What an
 * algorithm is not made for is left out. */
static void run(clconv_context *context, const char *text, const char *algorithm, int number)
{
    const struct clconv_algo *const algo = find(algorithm);
    case_data data;
    cc_geom geom;
    cc_facts facts;
    const cc_problem problem = {&geom, &context->caps, &facts};
    cc_tile tile;
    char why[CC_WHY];
    int tiles = 0;
    case_parse_for(&data, text, algorithm, CLI_FILL_INTEGERS, SEED);
    CHECK_OK(cc_geom_make(&geom, &data.desc));
    CHECK_OK(cc_facts_make(&facts, &geom, data.filters));
    if (!algo->supports(&problem, why)) {
        ck_assert(strstr(why, "made for") || strstr(why, "of local memory"));
        case_free(&data);
        return;
    }
    while (algo->tile && algo->tile(&tile, &problem, tiles))
        tiles++;
    if (tiles > 0)
        algo->tile(&tile, &problem, number % tiles);
    run_tile(context, &data, algo, tiles > 0 ? &tile : NULL);
    case_free(&data);
}

static bool possible(const case_machine *machine, const char *problem)
{
    return machine->device && (machine->has_f64 || !strstr(problem, "f64"));
}

/* In the forms for processors with long and short vectors and for GPUs, those that
 * CLCONV_TEST_LANES allows; in one launch and in many; of the problems each so-many-th, each form
 * others, that for GPUs, whose work-items share memory, twice as many. By algorithms for one kind
 * of filters, and where tiles are transformed, every other problem: there in the best tile, for
 * their kernels take seconds to build. */
static void run_all(const char *algorithm)
{
    const bool transforms = find(algorithm)->spread;
    const int step = (int)case_step() * (transforms || find(algorithm)->info.filters ? 2 : 1);
    const char *const *const list = strcmp(algorithm, "implicit_gemm") == 0 ? many : problems;
    const int count = list == many ? MANY : PROBLEMS;
    const int lanes = case_setting("CLCONV_TEST_LANES", 16);
    static const struct {
        bool is_cpu;
        int lanes;
    } forms[] = {{true, 16}, {true, 4}, {false, 1}};
    case_machine machine;
    case_open(&machine);
    for (size_t form = 0; form < sizeof forms / sizeof *forms; form++) {
        const int every = forms[form].is_cpu || step == 1 ? step : step / 2;
        for (int i = (int)form % every; i < count; i += every)
            if (possible(&machine, list[i]) && forms[form].lanes <= lanes) {
                machine.device->caps.is_cpu = forms[form].is_cpu;
                machine.device->caps.lanes = forms[form].lanes;
                machine.device->caps.launch_limit = i / every % 3 ? INT32_MAX : 512;
                run(machine.device, list[i], algorithm, transforms ? 0 : i);
            }
    }
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

/* im2col.cl without CLBlast: the product in between is made here. */
enum { COLUMNS = 32 };

typedef struct columns {
    cc_ocl *ocl;
    cc_geom geom;
    struct clconv_geom g;
    cc_program *program;
    cc_kernel *gather, *scatter;
    cc_mem x, y, bias, workspace;
    double *matrix; /* room for the workspace in either arithmetic type */
    size_t element;
} columns;

static cc_mem upload(cc_ocl *ocl, const void *from, size_t bytes)
{
    cc_mem mem = NULL;
    CHECK_OK(cc_ocl_mem_create(&mem, ocl, bytes));
    CHECK_OK(cc_ocl_write(ocl, mem, 0, from, bytes));
    return mem;
}

static void columns_open(columns *c, clconv_context *context, const case_data *data)
{
    char options[CC_OPTIONS], with_columns[CC_OPTIONS + 32];
    const size_t k = data->sizes.bias_count;
    double bias[64];

    *c = (columns){.ocl = context->ocl};
    CHECK_OK(cc_geom_make(&c->geom, &data->desc));
    cc_geom_for_device(&c->g, &c->geom, 0, 0);
    c->element = c->geom.acc_type == CLCONV_F64 ? sizeof(double) : sizeof(float);
    cc_plan_options(options, &c->geom, &context->caps, CC_TOUCHES_BOTH);
    snprintf(with_columns, sizeof with_columns, "%s -D COLUMNS=%d", options, COLUMNS);
    CHECK_OK(cc_ocl_program(&c->program, c->ocl, "im2col.cl", with_columns));
    CHECK_OK(cc_ocl_kernel_create(&c->gather, c->ocl, c->program, "im2col"));
    CHECK_OK(cc_ocl_kernel_create(&c->scatter, c->ocl, c->program, "col2out"));
    ck_assert_uint_le(k, sizeof bias / sizeof *bias);
    for (size_t i = 0; i < k; i++)
        if (c->geom.acc_type == CLCONV_F64)
            bias[i] = (double)data->bias[i];
        else
            ((float *)(void *)bias)[i] = data->bias[i];
    c->bias = upload(c->ocl, bias, k * c->element);
    c->x = upload(c->ocl, data->x, data->sizes.x_bytes);
    const size_t elements = (size_t)(c->geom.taps + c->geom.group_k) * COLUMNS;
    c->matrix = malloc(elements * sizeof *c->matrix);
    ck_assert_ptr_nonnull(c->matrix);
    memset(c->matrix, CASE_POISON, elements * sizeof *c->matrix);
    CHECK_OK(cc_ocl_mem_create(&c->workspace, c->ocl, elements * c->element));
    unsigned char *const poison = malloc(data->sizes.y_bytes);
    ck_assert_ptr_nonnull(poison);
    memset(poison, CASE_POISON, data->sizes.y_bytes);
    c->y = upload(c->ocl, poison, data->sizes.y_bytes);
    free(poison);
}

static void columns_close(columns *c)
{
    cc_ocl_kernel_release(c->gather);
    cc_ocl_kernel_release(c->scatter);
    cc_ocl_program_release(c->ocl, c->program);
    cc_ocl_mem_release(c->ocl, c->x);
    cc_ocl_mem_release(c->ocl, c->y);
    cc_ocl_mem_release(c->ocl, c->bias);
    cc_ocl_mem_release(c->ocl, c->workspace);
    free(c->matrix);
}

static double *element_of(const columns *c, size_t i)
{
    return (double *)(void *)((char *)c->matrix + i * c->element);
}

static double get(const columns *c, size_t i)
{
    return c->element == sizeof(double) ? *element_of(c, i)
                                        : (double)*(float *)(void *)element_of(c, i);
}

static void put(columns *c, size_t i, double value)
{
    if (c->element == sizeof(double))
        *element_of(c, i) = value;
    else
        *(float *)(void *)element_of(c, i) = (float)value;
}

/* The filter as the kernels have it: turned for a convolution. */
static double tap_of(const columns *c, const case_data *data, size_t k, size_t tap)
{
    const size_t area = (size_t)(c->geom.r * c->geom.s), in_plane = tap % area;
    const size_t turned = c->geom.flip ? tap - in_plane + area - 1 - in_plane : tap;
    return (double)data->filters[k * (size_t)c->geom.taps + turned];
}

/* products[group_k][COLUMNS] = filters[group_k][taps] * matrix[taps][COLUMNS]. */
static void multiply(columns *c, const case_data *data, int32_t group)
{
    const size_t taps = (size_t)c->geom.taps, count = (size_t)c->geom.group_k;
    const size_t bytes = (taps + count) * COLUMNS * c->element;
    CHECK_OK(cc_ocl_read(c->ocl, c->matrix, c->workspace, 0, bytes));
    for (size_t k = 0; k < count; k++)
        for (size_t column = 0; column < COLUMNS; column++) {
            double sum = 0;
            for (size_t tap = 0; tap < taps; tap++)
                sum += tap_of(c, data, (size_t)group * count + k, tap) *
                       get(c, tap * COLUMNS + column);
            put(c, (taps + k) * COLUMNS + column, sum);
        }
    CHECK_OK(cc_ocl_write(c->ocl, c->workspace, 0, c->matrix, bytes));
}

static void launch(columns *c, cc_kernel *kernel, const cc_arg *args, unsigned count, size_t rows)
{
    const cc_grid grid = {{COLUMNS, rows, 1}, {8, 1, 1}};
    cc_commands commands;
    CHECK_OK(cc_ocl_begin(&commands, c->ocl, NULL, NULL, 0));
    CHECK_OK(cc_ocl_launch(&commands, kernel, &grid, args, count));
    CHECK_OK(cc_ocl_finish(&commands, NULL));
}

static void one_product(columns *c, const case_data *data, int32_t group, int64_t first)
{
    const int64_t matrix = 0, products = c->geom.taps * COLUMNS;
    cc_epilogue_arg storage;
    const cc_arg epilogue = cc_epilogue_for_device(&storage, &c->geom);
    const cc_arg gather[] = {CC_ARG(c->x), CC_ARG(c->workspace), CC_ARG(matrix), CC_ARG(c->g),
                             epilogue,     CC_ARG(group),        CC_ARG(first)};
    const cc_arg scatter[] = {CC_ARG(c->workspace), CC_ARG(products), CC_ARG(c->bias),
                              CC_ARG(c->y),         CC_ARG(c->g),     epilogue,
                              CC_ARG(group),        CC_ARG(first)};
    launch(c, c->gather, gather, sizeof gather / sizeof *gather, (size_t)c->geom.taps);
    multiply(c, data, group);
    launch(c, c->scatter, scatter, sizeof scatter / sizeof *scatter, (size_t)c->geom.group_k);
}

START_TEST(im2col)
{
    case_machine machine;
    case_open(&machine);
    for (int i = 0; i < PROBLEMS; i += (int)case_step())
        if (possible(&machine, problems[i])) {
            case_data data;
            columns c;
            case_parse(&data, problems[i], CLI_FILL_INTEGERS, SEED);
            columns_open(&c, machine.device, &data);
            const int64_t positions = (int64_t)c.geom.n * c.geom.p * c.geom.q;
            for (int32_t group = 0; group < c.geom.groups; group++)
                for (int64_t first = 0; first < positions; first += COLUMNS)
                    one_product(&c, &data, group, first);
            unsigned char *const y = malloc(data.sizes.y_bytes);
            ck_assert_ptr_nonnull(y);
            CHECK_OK(cc_ocl_read(c.ocl, y, c.y, 0, data.sizes.y_bytes));
            judge(&data, "im2col", y);
            free(y);
            columns_close(&c);
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
