/* preset_make.c - the taps of each preset. */
#include "preset_make.h"
#include "cli.h"
#include <math.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

static bool from_3x3(struct kernel *kernel, const double taps[9])
{
    if (!kernel_make(kernel, 3, 3, 1))
        return false;
    memcpy(kernel->taps, taps, 9 * sizeof *taps);
    return true;
}

bool preset_identity(struct kernel *kernel, const double *numbers)
{
    (void)numbers;
    if (!kernel_make(kernel, 1, 1, 1))
        return false;
    kernel->taps[0] = 1;
    return true;
}

bool preset_box(struct kernel *kernel, const double *numbers)
{
    const int rows = (int)numbers[0];
    const int columns = numbers[1] > 0 ? (int)numbers[1] : rows;
    const double area = (double)rows * columns;
    if (rows != numbers[0] || (numbers[1] > 0 && columns != numbers[1])) {
        cli_say("box: rows and columns are whole numbers");
        return false;
    }
    if (!kernel_make(kernel, rows, columns, 1))
        return false;
    for (int i = 0; i < rows * columns; i++)
        kernel->taps[i] = 1 / area;
    return true;
}

/* value(squared distance from the middle) for every tap of a square kernel. */
static void fill_round(struct kernel *kernel, double sigma, double (*value)(double, double))
{
    const int n = kernel->columns;
    const double middle = (n - 1) / 2.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            kernel->taps[i * n + j] =
                value((i - middle) * (i - middle) + (j - middle) * (j - middle), sigma);
}

static double bell(double distance2, double sigma)
{
    return exp(-distance2 / (2 * sigma * sigma));
}

/* A radius of 3 sigma holds 99.7 % of a row's weight, below one step of 8 bits outside. */
static int size_for(double sigma, double radius)
{
    return 2 * (int)ceil(radius * sigma) + 1;
}

static bool make_gaussian(struct kernel *kernel, double sigma, int size)
{
    if (!kernel_make(kernel, size, size, 1))
        return false;
    fill_round(kernel, sigma, bell);
    return kernel_normalize(kernel);
}

bool preset_gaussian(struct kernel *kernel, const double *numbers)
{
    const int size = numbers[1] > 0 ? (int)numbers[1] : size_for(numbers[0], 3);
    if (numbers[1] > 0 && (size != numbers[1] || size % 2 == 0)) {
        cli_say("gaussian: SIZE %g has to be an odd whole number, so that a tap lies in the middle",
                numbers[1]);
        return false;
    }
    return make_gaussian(kernel, numbers[0], size);
}

/* Weight 1 on a segment through the middle, falling to 0 at one pixel from it. */
bool preset_motion(struct kernel *kernel, const double *numbers)
{
    static const double tiny = 1e-9; /* rounding of the cosine of 90 degrees */
    const double half = (numbers[0] - 1) / 2, angle = numbers[1] * pi / 180;
    const double dx = cos(angle), dy = -sin(angle); /* rows count downwards */
    const int reach_x = (int)ceil(half * fabs(dx) + 1 - tiny) - 1;
    const int reach_y = (int)ceil(half * fabs(dy) + 1 - tiny) - 1;
    if (!kernel_make(kernel, 2 * reach_y + 1, 2 * reach_x + 1, 1))
        return false;
    for (int y = -reach_y; y <= reach_y; y++)
        for (int x = -reach_x; x <= reach_x; x++) {
            const double along = fmax(-half, fmin(half, x * dx + y * dy));
            const double weight = 1 - hypot(x - along * dx, y - along * dy);
            kernel->taps[(y + reach_y) * kernel->columns + x + reach_x] =
                weight > tiny ? weight : 0;
        }
    return kernel_normalize(kernel);
}

bool preset_sharpen(struct kernel *kernel, const double *numbers)
{
    (void)numbers;
    return from_3x3(kernel, (const double[]){0, -1, 0, -1, 5, -1, 0, -1, 0});
}

/* image + AMOUNT * (image - gaussian) */
bool preset_unsharp(struct kernel *kernel, const double *numbers)
{
    const double amount = numbers[1];
    const int size = size_for(numbers[0], 3);
    if (!make_gaussian(kernel, numbers[0], size))
        return false;
    for (int i = 0; i < size * size; i++)
        kernel->taps[i] *= -amount;
    kernel->taps[size * size / 2] += 1 + amount;
    return true;
}

bool preset_emboss(struct kernel *kernel, const double *numbers)
{
    (void)numbers;
    return from_3x3(kernel, (const double[]){-2, -1, 0, -1, 1, 1, 0, 1, 2});
}

bool preset_laplacian(struct kernel *kernel, const double *numbers)
{
    if (numbers[0] != 4 && numbers[0] != 8) {
        cli_say("laplacian: neighbours are 4 or 8, not %g", numbers[0]);
        return false;
    }
    if (numbers[0] == 4)
        return from_3x3(kernel, (const double[]){0, 1, 0, 1, -4, 1, 0, 1, 0});
    return from_3x3(kernel, (const double[]){1, 1, 1, 1, -8, 1, 1, 1, 1});
}

static double laplacian_of_bell(double distance2, double sigma)
{
    const double s2 = sigma * sigma;
    return (distance2 - 2 * s2) / (s2 * s2) * bell(distance2, sigma) / (2 * pi * s2);
}

/* What sampling and the cut at the rim leave of the sum is spread over all taps, so that flat areas
 * give exactly 0. The Laplacian has longer tails than the bell: 4 sigma. */
bool preset_log(struct kernel *kernel, const double *numbers)
{
    const int size = size_for(numbers[0], 4);
    if (!kernel_make(kernel, size, size, 1))
        return false;
    fill_round(kernel, numbers[0], laplacian_of_bell);
    const double rest = kernel_sum(kernel) / ((double)size * size);
    for (int i = 0; i < size * size; i++)
        kernel->taps[i] -= rest;
    return true;
}

/* Differences of neighbours, smoothed across with weights a, b, a: along x, y or both. */
static bool gradient(struct kernel *kernel, double a, double b, bool x, bool y)
{
    const double along_x[9] = {-a, 0, a, -b, 0, b, -a, 0, a};
    const double along_y[9] = {-a, -b, -a, 0, 0, 0, a, b, a};
    if (!kernel_make(kernel, 3, 3, x && y ? 2 : 1))
        return false;
    memcpy(kernel->taps, x ? along_x : along_y, sizeof along_x);
    if (x && y)
        memcpy(kernel->taps + 9, along_y, sizeof along_y);
    return true;
}

#define GRADIENT(name, a, b)                                                                       \
    bool preset_##name##_x(struct kernel *kernel, const double *numbers)                           \
    {                                                                                              \
        (void)numbers;                                                                             \
        return gradient(kernel, a, b, true, false);                                                \
    }                                                                                              \
    bool preset_##name##_y(struct kernel *kernel, const double *numbers)                           \
    {                                                                                              \
        (void)numbers;                                                                             \
        return gradient(kernel, a, b, false, true);                                                \
    }                                                                                              \
    bool preset_##name##_magnitude(struct kernel *kernel, const double *numbers)                   \
    {                                                                                              \
        (void)numbers;                                                                             \
        return gradient(kernel, a, b, true, true);                                                 \
    }

GRADIENT(sobel, 1, 2)
GRADIENT(prewitt, 1, 1)
GRADIENT(scharr, 3, 10)
