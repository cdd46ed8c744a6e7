/* kernel.h - the KERNEL argument of `clconv filter`: a preset, rows of numbers, or a file.
 *
 *   gaussian:2.5               a preset with its parameters (preset.h)
 *   0,-1,0;-1,5,-1;0,-1,0      rows, with ';' between; values with commas or spaces between
 *   3x3+1+1:0,-1,0,...         ImageMagick: columns x rows, the origin, the values by rows
 *   @FILE                      libvips matrix, CSV or .npy */
#ifndef CLI_KERNEL_H
#define CLI_KERNEL_H

#include <clconv/clconv.h>
#include <stdbool.h>

struct preset; /* preset.h */

enum { KERNEL_SIDE = 4095 }; /* the most rows or columns; 64 MB of coefficients */

struct kernel {
    int rows, columns;
    int count;    /* filters: 1, or 2 whose results a and b give sqrt(a * a + b * b) */
    double *taps; /* count * rows * columns, as written */
    int anchor_row, anchor_column; /* the tap that lies on the output pixel */
    double scale, offset;          /* a libvips matrix has its own; else 1 and 0 */
    const struct preset *preset;   /* NULL: given by numbers */
};

/* False after a message that shows where the argument is wrong. */
bool kernel_parse(struct kernel *kernel, const char *argument);
void kernel_free(struct kernel *kernel);

/* Makes a kernel of zeros, the anchor in its middle; false after a message. */
bool kernel_make(struct kernel *kernel, int rows, int columns, int count);

double kernel_sum(const struct kernel *kernel); /* of one filter's taps */
/* The largest response of the first filter to a straight step from 0 to 1, along rows or columns.
 */
double kernel_step(const struct kernel *kernel);
/* The taps of each filter add up to 0: flat areas give 0. */
bool kernel_is_derivative(const struct kernel *kernel);

/* Divides the taps by their sum; false after a message when it is 0. */
bool kernel_normalize(struct kernel *kernel);

/* What becomes of the sums of an image of one type in an output of another, unless the user says
 * otherwise. Kernels in numbers: their own scale and offset. Presets, from u8 to u16 and back:
 * white becomes white. Those that take differences: in unsigned types scaled so that a step from
 * black to white just fits, with 0 in the middle (or, absolute, at 0); signed and floating types
 * hold the sums as they are. */
struct kernel_result {
    double scale, offset;
    bool absolute;
};
struct kernel_result kernel_result(const struct kernel *kernel, clconv_type from, clconv_type to,
                                   bool absolute);

#endif
