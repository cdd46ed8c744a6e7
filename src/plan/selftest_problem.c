/* selftest_problem.c - the small problem with which the code of a plan is proved. */
#include "base/size.h"
#include "plan/selftest.h"

/* Enough outputs for two tiles and a remainder in either direction; but for separable's and box's,
 * whose bands of a thousand columns and more would make each test a long one. */
enum { TEST_ROWS = 40, TEST_COLUMNS = 140 };
/* What most algorithms take at run time is tested with no more than this, so that a test takes no
 * longer for a large filter; an image of more rows or columns than TEST_SIZE has fewer outputs. */
enum { TEST_FILTER = 31, TEST_WINDOW = 128, TEST_STRIDE = 8, TEST_SIZE = 1024 };
/* Filters of more taps are tested with one channel a group: the test takes a second at most. */
enum { TEST_TAPS = 121 };
/* Channels and filters of a group; many: more than one step of those that take eight at a time. */
enum { FEW = 3, MANY = 9, DEEP = 33 };
/* Kernels for groups that lie side by side are made for so many at most, or need no more. */
enum { MOST_GROUPS = 16 };
/* Outputs where all channels and filters of a group are tested. */
enum { FEW_ROWS = 1, FEW_COLUMNS = 16 };

/* One axis: the filter, stride and dilation as they are, or reduced; the image large enough for the
 * outputs; padding where borders are read at all. */
typedef struct test_axis {
    int size, filter, stride, dilation, outputs;
    int pad, half; /* more than the filter, and as much as half of it */
} test_axis;

static test_axis make_axis(int filter, int stride, int dilation, int outputs, bool padded,
                           bool reduced)
{
    test_axis axis = {.filter = filter, .stride = stride, .dilation = dilation};
    int64_t window = (int64_t)dilation * (filter - 1) + 1;

    if (reduced && (filter > TEST_FILTER || window > TEST_WINDOW)) {
        axis.filter = (int)cc_least(filter, TEST_FILTER);
        axis.dilation = (int)cc_least(dilation, 2);
        window = (int64_t)axis.dilation * (axis.filter - 1) + 1;
    }
    if (reduced)
        axis.stride = (int)cc_least(stride, TEST_STRIDE);
    if (axis.stride > TEST_SIZE / outputs)
        outputs = axis.stride > TEST_SIZE ? 0 : TEST_SIZE / axis.stride;
    axis.size = (int)(axis.stride * outputs + window); /* one output more than `outputs` */
    axis.pad = padded ? (int)cc_least(window, TEST_FILTER) + 2 : 0;
    axis.half = padded ? (int)cc_least((window - 1) / 2, TEST_FILTER) : 0;
    axis.outputs = (int)((axis.size + 2 * axis.pad - window) / axis.stride) + 1;
    return axis;
}

/* Two images and two groups, or what an algorithm made for fewer takes; or all of one group. */
static void set_channels(clconv_desc *d, const cc_geom *geom, cc_test_extent extent,
                         cc_test_channels channels)
{
    const bool own = channels == CC_CHANNELS_OWN;
    const bool side_by_side =
        extent == CC_TEST_GROUPS || (extent == CC_TEST_REDUCED && own &&
                                     d->x_layout == CLCONV_NHWC && d->y_layout == CLCONV_NHWC);
    const int count = channels == CC_CHANNELS_MANY || channels == CC_CHANNELS_DEEP ? MANY
                      : (int64_t)d->r * d->s > TEST_TAPS                           ? 1
                                                                                   : FEW;

    d->n = extent == CC_TEST_WHOLE ? 1 : 2;
    d->groups = extent == CC_TEST_WHOLE ? 1
                : side_by_side          ? (int)cc_least(geom->groups, MOST_GROUPS)
                : own                   ? (int)cc_least(geom->groups, 2)
                                        : 2;
    if (extent == CC_TEST_WHOLE) {
        d->c = geom->group_c;
        d->k = geom->group_k;
    } else {
        const bool at_most_own = own || extent == CC_TEST_GROUPS;
        d->c = d->groups * (at_most_own                    ? (int)cc_least(geom->group_c, FEW)
                            : channels == CC_CHANNELS_DEEP ? DEEP
                                                           : count);
        d->k = d->groups * (at_most_own ? (int)cc_least(geom->group_k, FEW) : count);
    }
}

/* A stride of more than the elements need has the same in the test: 0 means as close as can be. */
static int64_t gap(int64_t stride, int64_t needed, int64_t needed_in_test)
{
    return stride > needed ? needed_in_test + 1 : 0;
}

/* Gaps between columns and between rows, for kernels may be made for elements without any. */
static void set_gaps(clconv_desc *d, const cc_geom *geom, int outputs)
{
    const bool x_last = d->x_layout == CLCONV_NHWC, y_last = d->y_layout == CLCONV_NHWC;
    const int64_t x_column = x_last ? d->c : 1, y_column = y_last ? d->k : 1;

    d->x_stride_w = gap(geom->x.w, x_last ? geom->c : 1, x_column);
    d->y_stride_w = gap(geom->y.w, y_last ? geom->k : 1, y_column);
    d->x_stride_h =
        gap(geom->x.h, geom->w * geom->x.w, d->w * (d->x_stride_w ? d->x_stride_w : x_column));
    d->y_stride_h =
        gap(geom->y.h, geom->q * geom->y.w, outputs * (d->y_stride_w ? d->y_stride_w : y_column));
}

clconv_desc cc_selftest_desc(const cc_geom *geom, cc_test_extent extent, cc_test_channels channels)
{
    const bool padded = cc_reads_border(geom), reduced = extent == CC_TEST_REDUCED;
    const bool few = extent == CC_TEST_WHOLE;
    const test_axis h = make_axis(geom->r, geom->stride_h, geom->dilation_h,
                                  few ? FEW_ROWS : TEST_ROWS, padded, reduced);
    const test_axis w = make_axis(geom->s, geom->stride_w, geom->dilation_w,
                                  few ? FEW_COLUMNS : TEST_COLUMNS, padded, reduced);
    clconv_desc d = {
        .h = h.size,
        .w = w.size,
        .r = h.filter,
        .s = w.filter,
        .stride_h = h.stride,
        .stride_w = w.stride,
        .dilation_h = h.dilation,
        .dilation_w = w.dilation,
        .pad_top = h.half,
        .pad_bottom = h.pad,
        .pad_left = w.pad,
        .pad_right = w.pad,
        .border = geom->border,
        .border_value = geom->border == CLCONV_CONSTANT ? 3 : 0,
        .operation = geom->desc.operation,
        .x_type = geom->x_type,
        .y_type = geom->y_type,
        .x_layout = geom->desc.x_layout,
        .y_layout = geom->desc.y_layout,
        /* Exact in every type, and with halves for integers to round. */
        .scale = 0.5,
        .offset = 1,
        .activation = CLCONV_LEAKY,
        .activation_a = 0.5,
    };

    set_channels(&d, geom, extent, channels);
    set_gaps(&d, geom, w.outputs);
    return d;
}
