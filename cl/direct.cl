/* direct.cl - one output a work-item, every parameter at run time: the kernel that does it all.
 *
 * A whole work-group decides which path it takes, so that the border costs the interior nothing:
 * inside the image no index is mapped or compared. Both paths add in the order channel, row, column
 * with the same rounding. */
#include "common.h"

static inline ACC sum_inside(global const X_T *x, global const ACC *f, const clconv_geom *g, int ih,
                             int iw)
{
    const long step_h = g->dilation_h * g->x_stride_h, step_w = g->dilation_w * g->x_stride_w;
    ACC sum = 0;
    x += ih * g->x_stride_h + iw * g->x_stride_w;
    for (int c = 0; c < g->group_c; c++, x += g->x_stride_c)
        for (int i = 0; i < g->r; i++)
            for (int j = 0; j < g->s; j++)
                sum = FMA(LOAD(x, i * step_h + j * step_w), *f++, sum);
    return sum;
}

static inline ACC sum_at_border(global const X_T *x, global const ACC *f, const clconv_geom *g,
                                int ih, int iw, ACC border_value)
{
    ACC sum = 0;
    for (int c = 0; c < g->group_c; c++, x += g->x_stride_c)
        for (int i = 0; i < g->r; i++) {
            const int row = clconv_border_at(g->border, ih + i * g->dilation_h, g->h);
            for (int j = 0; j < g->s; j++) {
                const int column = clconv_border_at(g->border, iw + j * g->dilation_w, g->w);
                sum = FMA(load_mapped(x, row, column, g, border_value), *f++, sum);
            }
        }
    return sum;
}

kernel void direct(global const X_T *x, global const ACC *filters, global const ACC *bias,
                   global Y_T *y, const clconv_geom g, const clconv_epilogue e)
{
    const int q = g.first_q + get_global_id(0), p = g.first_p + get_global_id(1);
    const int z = g.first_z + get_global_id(2);
    const int n = z / g.k, k = z % g.k;
    const int q0 = q - get_local_id(0), q1 = q0 + get_local_size(0) - 1;
    const int p0 = p - get_local_id(1), p1 = p0 + get_local_size(1) - 1;
    const int ih = p * g.stride_h - g.pad_top, iw = q * g.stride_w - g.pad_left;
    if (p >= g.p || q >= g.q)
        return;
    global const X_T *const planes = input_planes(x, &g, n, k);
    global const ACC *const filter = filters + (long)k * g.group_c * g.r * g.s;
    const ACC sum = windows_inside(&g, p0, p1, q0, q1)
                        ? sum_inside(planes, filter, &g, ih, iw)
                        : sum_at_border(planes, filter, &g, ih, iw, e.border_value);
    STORE(y, output_index(&g, n, k, p, q), finish(sum + bias[k], &g, &e));
}
