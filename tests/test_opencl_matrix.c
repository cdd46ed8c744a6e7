/* test_opencl_matrix.c - matrix_units where there are none: its kernel with an instruction that is
 * emulated (mma_emulated.h), and what becomes of it where the compiler or the device
 * is another. What remains to be shown on an NVIDIA GPU is the one instruction of cl/mma.h. */
#include "cases.h"
#include "lab.h"
#include "plan/internal.h"
#include "suite.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SEED = 90, CAPABILITY = 90 };

static const char NAME[] = "matrix_units";
extern const struct clconv_algo cc_algo_matrix_units;

/* With a step of so many or fewer two thirds of the problems, with a longer one the others. */
enum { FEW = 4 };

/* Those of every tile, some of them in several parts: of at least so many shapes. */
enum { IN_TF32 = 0, IN_HALVES = 7, SHAPES = 4 };

/* Of some the sums are made in parts. Numbers of u16 and s16 take two parts in tf32. */
static const char *const problems[] = {
    "1x150x2x5:9x1x1:tanh",
    "2x18x7x9:20x3x2:s2,1:d1,2:same:reflect101:g2:nhwc:abs",
    "1x9x5x40:70x3x3:p2:constant=0.1:scale=0.5:offset=3",
    "2x8x9x17:8x1x2:full:wrap:flip:leaky=0.25",
    "1x300x1x3:9x1x1:u16",
    "2x34x5x6:130x2x2:same:replicate:f16",
    "1x20x6x11:9x3x3:p1:constant=2:u8>f32",
    "1x600x2x2:8x1x1:s8>s8:clip=-9,90",
    "1x9x3x21:17x3x3:p2:wrap:s16>s16",
};
enum { PROBLEMS = sizeof problems / sizeof *problems };

/* Kernels whose instruction is emulated, on a device that is said to be NVIDIA's; with loops as
 * loops, for compilers take minutes for so many barriers, and PoCL's has crashed. */
static void open_emulated(lab *l)
{
    char command[512];
    lab_make(l);
    snprintf(command, sizeof command,
             "cp '%s/tests/mma_emulated.h' '%s/mma.h' && "
             "sed -i 's/#pragma unroll$/#pragma unroll 1/' '%s/matrix_units.cl' "
             "'%s/implicit_gemm_kernel.h'",
             getenv("CLCONV_SOURCE"), l->cl, l->cl, l->cl);
    ck_assert_int_eq(system(command), 0);
    lab_edit(l, "implicit_gemm_kernel.h", "local FILTERS_T filters_of[2][STEP_FILTERS];",
             "local uint4 filters_of[2 + MMA_WORDS * ITEMS / 4 / STEP_FILTERS + 1][STEP_FILTERS];\n"
             "local uint *const mma_room = (local uint *)filters_of[2];");
    lab_edit(l, "matrix_units.cl", "inline void add_step(",
             "inline void add_step(local uint *mma_room, int mma_item, ");
    lab_edit(l, "implicit_gemm_kernel.h", "add_step(sum, filters_of",
             "add_step(mma_room, item, sum, filters_of");
}

static void open_nvidia(lab *l)
{
    lab_open(l);
    l->context->caps.nv_capability = CAPABILITY;
    l->context->caps.lanes = 1;
}

static void check_result(const case_data *data, const unsigned char *y)
{
    clconv_check check;
    CHECK_OK(clconv_check_result(&check, &data->desc, NAME, data->x, data->filters, data->bias, y));
    if (check.misses != 0)
        case_complain(data, NAME, "%d outputs miss", (int)check.misses);
}

static void run_tile(const lab *l, const case_data *data, const cc_tile *tile, bool exact)
{
    work w = {.desc = data->desc,
              .sizes = data->sizes,
              .x = data->x,
              .filters = data->filters,
              .bias = data->bias,
              .y = malloc(data->sizes.y_bytes)};
    unsigned char *const expected = case_naive(data);
    clconv_plan *plan;
    ck_assert_ptr_nonnull(w.y);
    work_poison(&w);
    CHECK_OK(cc_plan_create_as(&plan, l->context, &data->desc, data->filters, data->bias,
                               &cc_algo_matrix_units, tile));
    CHECK_OK(work_run(&w, l->context, plan));
    if (exact && memcmp(w.y, expected, data->sizes.y_bytes) != 0)
        case_complain(data, NAME, "not exact, %s", plan->shape);
    check_result(data, w.y);
    clconv_plan_destroy(plan);
    free(expected);
    free(w.y);
}

/* Filters of random numbers that f16 holds, where products are made of such. */
static void make_data(case_data *data, const char *text, enum cli_fill fill)
{
    case_parse(data, text, fill, SEED);
    if (fill == CLI_FILL_REAL && clconv_type_size(data->desc.x_type) < sizeof(float))
        cli_fill_round(data->filters, data->sizes.filter_count);
}

/* In one of its tiles, or all (compilers take seconds for each); launches whole and cut. */
static void run_problem(const lab *l, int number, enum cli_fill fill, bool every_tile)
{
    case_data data;
    cc_geom geom;
    cc_facts facts;
    const cc_problem problem = {&geom, &l->context->caps, &facts};
    char why[CC_WHY];
    cc_tile tile;
    make_data(&data, problems[number], fill);
    CHECK_OK(cc_geom_make(&geom, &data.desc));
    CHECK_OK(cc_facts_make(&facts, &geom, data.filters));
    ck_assert_msg(cc_algo_matrix_units.supports(&problem, why), "%s", why);
    const int tiles = cc_tile_count(&cc_algo_matrix_units, &problem);
    ck_assert_int_ge(tiles, SHAPES);
    for (int i = 0; i < (every_tile ? tiles : 1); i++) {
        ck_assert(cc_algo_matrix_units.tile(&tile, &problem, (number + i) % tiles));
        l->context->caps.launch_limit = (number + i) % 2 ? INT32_MAX : 512;
        run_tile(l, &data, &tile, fill == CLI_FILL_INTEGERS && cli_fill_exact(&data.desc));
    }
    case_free(&data);
}

START_TEST(whole_numbers_are_exact_and_any_within_the_bound)
{
    lab l;
    open_emulated(&l);
    open_nvidia(&l);
    const bool all = case_step() == 1;
    for (int i = 0; i < (int)PROBLEMS; i++) {
        if (!all && (i % 3 == 0) != (case_step() > FEW))
            continue;
        const bool every_tile = all && (i == IN_TF32 || i == IN_HALVES);
        run_problem(&l, i, CLI_FILL_INTEGERS, every_tile);
        run_problem(&l, i, CLI_FILL_REAL, every_tile);
    }
    lab_end(&l);
    case_no_complaints();
}
END_TEST

/* Runs a plan of the problem, self-test and all. */
static void run_forced(const lab *l, case_data *data, unsigned char *y)
{
    work w = {.desc = data->desc, .sizes = data->sizes, .x = data->x, .y = y};
    const clconv_plan_options options = {.algorithm = NAME};
    clconv_plan *plan;
    CHECK_OK(
        clconv_plan_create(&plan, l->context, &data->desc, data->filters, data->bias, &options));
    CHECK_OK(work_run(&w, l->context, plan));
    clconv_plan_destroy(plan);
}

/* The NaN that NVIDIA's arithmetic makes has all bits set that are cut off. */
START_TEST(no_number_stays_none_and_the_largest_stay_finite)
{
    const uint32_t nan_bits = 0x7fffffff;
    case_data data;
    lab l;
    open_emulated(&l);
    open_nvidia(&l);
    case_parse(&data, "1x8x3x4:8x1x1", CLI_FILL_INTEGERS, SEED);
    float *const x = (float *)(void *)data.x;
    float *const y = malloc(data.sizes.y_bytes);
    ck_assert_ptr_nonnull(y);
    for (size_t i = 0; i < data.sizes.filter_count; i++)
        data.filters[i] = 0.0625f;
    memcpy(&x[0], &nan_bits, sizeof nan_bits);
    x[1] = FLT_MAX;
    x[2] = -FLT_MAX;
    run_forced(&l, &data, (unsigned char *)y);
    ck_assert(isnan(y[0]));
    ck_assert_float_eq_tol(y[1] / FLT_MAX, 0.0625f, 1e-6f);
    ck_assert_float_eq_tol(y[2] / FLT_MAX, -0.0625f, 1e-6f);
    free(y);
    case_free(&data);
    lab_end(&l);
}
END_TEST

/* Strips of such an image are written out in f32: they would be summed otherwise than the whole. */
START_TEST(border_that_the_input_cannot_hold_is_refused)
{
    static const char *const borders[] = {"1x9x5x6:8x3x3:p1:constant=0.5:u8>f32",
                                          "1x9x5x6:8x3x3:p1:constant=0.1:f16"};
    lab l;
    open_emulated(&l);
    open_nvidia(&l);
    for (size_t i = 0; i < sizeof borders / sizeof *borders; i++) {
        work w = work_make(borders[i], 1);
        CHECK_FAILED(lab_try(&l, &w, NAME), CLCONV_UNSUPPORTED, "a border that");
        work_free(&w);
    }
    lab_end(&l);
}
END_TEST

/* The 11 bits of tf32 alone, of the input or of the filters. */
START_TEST(numbers_in_one_part_are_noticed)
{
    static const char *const rests[] = {"to_tf32(v[0] - as_float(to_tf32(v[0])))",
                                        "filters[STEP_FILTERS / 2 + f * WARP]"};
    work w = work_make("1x40x6x20:9x3x3:p1", 1);
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        lab l;
        open_emulated(&l);
        lab_edit(&l, "matrix_units.cl", rests[i], "0");
        open_nvidia(&l);
        CHECK_FAILED(lab_try(&l, &w, NAME), CLCONV_BUILD, "wrong results");
        lab_end(&l);
    }
    work_free(&w);
}
END_TEST

START_TEST(wrong_sums_are_noticed_by_the_self_test)
{
    work w = work_make("1x9x9x9:9x3x3:p1", 1);
    lab l;
    open_emulated(&l);
    lab_edit(&l, "matrix_units.cl", "lane % 4 * PITCH", "lane % 3 * PITCH");
    open_nvidia(&l);
    CHECK_FAILED(lab_try(&l, &w, NAME), CLCONV_BUILD, "wrong results");
    lab_end(&l);
    work_free(&w);
}
END_TEST

START_TEST(filters_that_are_no_halves_run_by_another_plan)
{
    work w = work_make("1x9x5x6:8x3x3:p1:f16>f32", 1);
    const clconv_plan_options options = {.algorithm = NAME};
    clconv_plan *plan;
    lab l;
    open_emulated(&l);
    open_nvidia(&l);
    CHECK_OK(clconv_plan_create(&plan, l.context, &w.desc, w.filters, w.bias, &options));
    CHECK_OK(work_run(&w, l.context, plan));
    ck_assert(work_is_right(&w));
    /* A half has 11 bits. */
    w.filters[0] += 0x1p-10f + 0x1p-12f;
    CHECK_OK(clconv_plan_set_filters(plan, w.filters, w.bias));
    CHECK_OK(work_run(&w, l.context, plan));
    clconv_check check;
    CHECK_OK(clconv_check_result(&check, &w.desc, "direct", w.x, w.filters, w.bias, w.y));
    ck_assert_int_eq(check.misses, 0);
    clconv_plan_destroy(plan);
    lab_end(&l);
    work_free(&w);
}
END_TEST

/* No other device is asked to compile it, nor is a problem planned otherwise because of it. */
START_TEST(other_devices_are_left_alone)
{
    work w = work_make("1x9x9x9:9x3x3:p1", 1);
    clconv_context *const context = open_default();
    if (context->caps.nv_capability == 0)
        CHECK_FAILED(work_do(&w, context, NAME), CLCONV_UNSUPPORTED, "made for NVIDIA's GPUs");
    clconv_context_destroy(context);
    work_free(&w);
}
END_TEST

/* The trial compile: a compiler that does not know the instruction leaves the other algorithms. */
START_TEST(compiler_without_the_instruction_leaves_the_others)
{
    work w = work_make("1x9x9x9:9x3x3:p1", 1);
    lab l;
    lab_make(&l);
    lab_edit(&l, "mma.h", "__asm__ volatile(", "no such keyword (");
    open_nvidia(&l);
    CHECK_FAILED(lab_try(&l, &w, NAME), CLCONV_BUILD, NAME);
    CHECK_OK(lab_try(&l, &w, NULL));
    lab_end(&l);
    work_free(&w);
}
END_TEST

SUITE_MAIN("opencl_matrix", &whole_numbers_are_exact_and_any_within_the_bound,
           &no_number_stays_none_and_the_largest_stay_finite,
           &border_that_the_input_cannot_hold_is_refused, &numbers_in_one_part_are_noticed,
           &wrong_sums_are_noticed_by_the_self_test,
           &filters_that_are_no_halves_run_by_another_plan, &other_devices_are_left_alone,
           &compiler_without_the_instruction_leaves_the_others)
