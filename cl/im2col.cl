/* im2col.cl - the convolution as a matrix product: windows become columns, a GEMM multiplies them
 * with the filters of one group, the products become outputs.
 *
 * A column is one output position, counted over images, rows and columns; a launch handles COLUMNS
 * of them from `first` on, and those behind the last are filled with zeros, so that the GEMM always
 * has one shape and its result does not depend on how the image was cut. */
#include "common.h"

/* Columns of one matrix product. */
#ifndef COLUMNS
#define COLUMNS 1024
#endif

/* matrix[tap][column] at workspace + base; tap over channel, row and column of one filter of the
 * group. */
kernel void im2col(global const X_T *x, global ACC *workspace, const long base, const clconv_geom g,
                   const clconv_epilogue e, const int group, const long first)
{
    const int column = get_global_id(0), tap = get_global_id(1);
    const long at = first + column;
    const long position = at / g.q;
    const int q = at % g.q, p = position % g.p;
    const long n = position / g.p;
    const int i = tap / g.s % g.r, j = tap % g.s, c = tap / g.s / g.r;
    ACC value = 0;
    if (column >= COLUMNS)
        return;
    if (n < g.n) {
        const int row =
            clconv_border_at(g.border, p * g.stride_h - g.pad_top + i * g.dilation_h, g.h);
        const int col =
            clconv_border_at(g.border, q * g.stride_w - g.pad_left + j * g.dilation_w, g.w);
        global const X_T *plane = input_planes(x, &g, n, group * g.group_k) + c * g.x_stride_c;
        value = load_mapped(plane, row, col, &g, e.border_value);
    }
    workspace[base + (long)tap * COLUMNS + column] = value;
}

/* y from products[filter of the group][column] at workspace + base. */
kernel void col2out(global const ACC *workspace, const long base, global const ACC *bias,
                    global Y_T *y, const clconv_geom g, const clconv_epilogue e, const int group,
                    const long first)
{
    const int column = get_global_id(0), k = group * g.group_k + get_global_id(1);
    const long at = first + column;
    const long position = at / g.q;
    const int q = at % g.q, p = position % g.p;
    const long n = position / g.p;
    if (column >= COLUMNS || n >= g.n)
        return;
    const ACC sum = workspace[base + get_global_id(1) * COLUMNS + column];
    STORE(y, output_index(&g, n, k, p, q), finish(sum + bias[k], &g, &e));
}
