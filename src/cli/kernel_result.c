/* kernel_result.c - what becomes of the sums of a kernel in the output. */
#include "kernel.h"
#include "pixels.h"
#include "preset.h"
#include <math.h>

/* The taps on either side of a straight step, for each place where it can lie; all: their sum. */
static double step_across(const double *taps, int lines, int line_stride, int count, int stride,
                          double all)
{
    double sum = 0, largest = 0;
    for (int i = 0; i < lines; i++) {
        for (int j = 0; j < count; j++)
            sum += taps[i * line_stride + j * stride];
        largest = fmax(largest, fmax(fabs(sum), fabs(all - sum)));
    }
    return largest;
}

double kernel_step(const struct kernel *kernel)
{
    const int rows = kernel->rows, columns = kernel->columns;
    const double sum = kernel_sum(kernel);
    return fmax(step_across(kernel->taps, rows, columns, columns, 1, sum),
                step_across(kernel->taps, columns, 1, rows, columns, sum));
}

static bool is_unsigned(clconv_type type)
{
    return type == CLCONV_U8 || type == CLCONV_U16;
}

struct kernel_result kernel_result(const struct kernel *kernel, clconv_type from, clconv_type to,
                                   bool absolute)
{
    const bool differences = kernel->preset && kernel->preset->kind >= PRESET_SIGNED;
    const bool white_to_white = kernel->preset && is_unsigned(from) && is_unsigned(to);
    const double white = white_to_white ? pixels_most(to) / pixels_most(from) : 1;
    const double step = kernel_step(kernel) / white;
    if (!differences || !is_unsigned(to))
        return (struct kernel_result){kernel->scale * white, kernel->offset, absolute};
    if (absolute || kernel->preset->kind == PRESET_MAGNITUDE)
        return (struct kernel_result){1 / step, 0, absolute};
    return (struct kernel_result){1 / (2 * step), (pixels_most(to) + 1) / 2, false};
}
