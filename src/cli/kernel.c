/* kernel.c - which kind of KERNEL argument it is, and what follows from the taps. */
#include "kernel.h"
#include "cli.h"
#include "kernel_text.h"
#include "preset.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Taps whose sum is below this part of their absolute sum add up to 0. */
static const double zero_sum = 1e-6;

bool kernel_make(struct kernel *kernel, int rows, int columns, int count)
{
    const size_t taps = (size_t)rows * (size_t)columns * (size_t)count;
    *kernel = (struct kernel){.rows = rows,
                              .columns = columns,
                              .count = count,
                              .anchor_row = (rows - 1) / 2,
                              .anchor_column = (columns - 1) / 2,
                              .scale = 1};
    if (rows < 1 || columns < 1 || rows > KERNEL_SIDE || columns > KERNEL_SIDE) {
        cli_say("kernel: %d x %d taps; 1 to %d rows and columns are possible", rows, columns,
                KERNEL_SIDE);
        return false;
    }
    kernel->taps = calloc(taps, sizeof *kernel->taps);
    if (!kernel->taps)
        cli_no_memory(taps * sizeof *kernel->taps);
    return kernel->taps != NULL;
}

void kernel_free(struct kernel *kernel)
{
    free(kernel->taps);
    kernel->taps = NULL;
}

static bool from_rows(struct kernel *kernel, const char *argument)
{
    struct kernel_text text = {.text = argument, .at = argument, .fields = ",", .rows = ";"};
    return kernel_text_rows(kernel, &text);
}

/* "nan" and "inf", which are refused as values rather than as presets. */
static bool begins_with_value(const char *argument)
{
    char *end;
    strtod(argument, &end);
    return end != argument && strchr(",; ", *end);
}

bool kernel_parse(struct kernel *kernel, const char *argument)
{
    *kernel = (struct kernel){0};
    if (argument[0] == '@')
        return kernel_from_file(kernel, argument + 1);
    if (isalpha((unsigned char)argument[0]) && !begins_with_value(argument))
        return preset_parse(kernel, argument);
    if (strchr(argument, 'x') && strspn(argument, "0123456789x+-") == strcspn(argument, ":"))
        return kernel_from_magick(kernel, argument);
    return from_rows(kernel, argument);
}

static double sum_of(const struct kernel *kernel, int filter, double (*part)(double))
{
    const size_t count = (size_t)kernel->rows * (size_t)kernel->columns;
    const double *const taps = kernel->taps + (size_t)filter * count;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += part(taps[i]);
    return sum;
}

static double as_it_is(double v)
{
    return v;
}

double kernel_sum(const struct kernel *kernel)
{
    return sum_of(kernel, 0, as_it_is);
}

bool kernel_is_derivative(const struct kernel *kernel)
{
    for (int i = 0; i < kernel->count; i++)
        if (fabs(sum_of(kernel, i, as_it_is)) > zero_sum * sum_of(kernel, i, fabs))
            return false;
    return true;
}

bool kernel_normalize(struct kernel *kernel)
{
    const double sum = kernel_sum(kernel);
    const size_t count = (size_t)kernel->rows * (size_t)kernel->columns;
    if (kernel_is_derivative(kernel)) {
        cli_say("--normalize: the taps of this kernel add up to 0, so there is no sum to divide "
                "by; leave --normalize out, or give --scale");
        return false;
    }
    for (size_t i = 0; i < count; i++)
        kernel->taps[i] /= sum;
    return true;
}
