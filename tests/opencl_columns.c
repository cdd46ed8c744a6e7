/* opencl_columns.c - see opencl_columns.h. */
#include "opencl_columns.h"
#include "cl/geom.h"
#include "plan/internal.h"
#include "work.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

unsigned char *columns_run(clconv_context *context, const case_data *data)
{
    columns c;
    columns_open(&c, context, data);
    const int64_t positions = (int64_t)c.geom.n * c.geom.p * c.geom.q;
    for (int32_t group = 0; group < c.geom.groups; group++)
        for (int64_t first = 0; first < positions; first += COLUMNS)
            one_product(&c, data, group, first);
    unsigned char *const y = malloc(data->sizes.y_bytes);
    ck_assert_ptr_nonnull(y);
    CHECK_OK(cc_ocl_read(c.ocl, y, c.y, 0, data->sizes.y_bytes));
    columns_close(&c);
    return y;
}
