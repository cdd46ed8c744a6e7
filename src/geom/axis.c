/* axis.c - the arithmetic of one axis: padding, output size, and where no border is read. */
#include "geom/axis.h"
#include "base/size.h"
#include "base/status.h"
#include "geom/words.h"

const struct cc_axis_names cc_rows = {"rows",       "h",       "r",          "stride_h",
                                      "dilation_h", "pad_top", "pad_bottom", "anchor_shift_h"};
const struct cc_axis_names cc_columns = {"columns",    "w",        "s",         "stride_w",
                                         "dilation_w", "pad_left", "pad_right", "anchor_shift_w"};

/* Fields that only one extent reads must be 0 in the others, or a caller's wish would be lost. */
static clconv_status check_extent(const cc_axis *axis, clconv_extent extent)
{
    const struct cc_axis_names *const names = axis->names;
    if (extent != CLCONV_EXPLICIT && (axis->before || axis->after))
        return cc_fail(CLCONV_INVALID,
                       "%s is %d with extent %s, which pads by itself: set it to 0 or use extent "
                       "explicit",
                       axis->before ? names->before : names->after,
                       axis->before ? axis->before : axis->after,
                       cc_word_name(&cc_extents, (int)extent));
    if (extent != CLCONV_SAME && axis->anchor_shift)
        return cc_fail(CLCONV_INVALID,
                       "%s is %d with extent %s: the anchor is for extent same; move the padding "
                       "instead",
                       names->shift, axis->anchor_shift, cc_word_name(&cc_extents, (int)extent));
    return CLCONV_OK;
}

/* The filter tap on the output's own position; the filter is turned for a convolution. */
static clconv_status find_anchor(int64_t *anchor, const cc_axis *axis, bool flip)
{
    const int64_t given = (axis->filter - 1) / 2 + (int64_t)axis->anchor_shift;
    if (given < 0 || given >= axis->filter)
        return cc_fail(CLCONV_INVALID,
                       "%s is %d: it puts the anchor on tap %lld of a filter with %d %s; use %d to "
                       "%d",
                       axis->names->shift, axis->anchor_shift, (long long)given, axis->filter,
                       axis->names->axis, -((axis->filter - 1) / 2), axis->filter / 2);
    *anchor = flip ? axis->filter - 1 - given : given;
    return CLCONV_OK;
}

static clconv_status check_limits(const cc_axis *axis, int64_t reach, int64_t before, int64_t after)
{
    const struct cc_axis_names *const names = axis->names;
    if (reach > CC_AXIS_LIMIT)
        return cc_fail(CLCONV_INVALID,
                       "%s %d with %s %d: the filter reaches over %lld %s, at most 2^30 are "
                       "possible",
                       names->filter, axis->filter, names->dilation, axis->dilation,
                       (long long)reach, names->axis);
    const int64_t padded = axis->size + before + after;
    if (padded > CC_AXIS_LIMIT)
        return cc_fail(CLCONV_INVALID,
                       "%s %d with %s %lld and %s %lld: %lld padded %s, at most 2^30 are possible; "
                       "cut the image",
                       names->size, axis->size, names->before, (long long)before, names->after,
                       (long long)after, (long long)padded, names->axis);
    if (padded < reach)
        return cc_fail(CLCONV_INVALID,
                       "no output %s: the filter reaches over %lld (%s %d, %s %d), the padded "
                       "input has %lld (%s %d, %s %lld, %s %lld); pad more, use extent same or a "
                       "smaller filter",
                       names->axis, (long long)reach, names->filter, axis->filter, names->dilation,
                       axis->dilation, (long long)padded, names->size, axis->size, names->before,
                       (long long)before, names->after, (long long)after);
    return CLCONV_OK;
}

static int clamp(int64_t value, int most)
{
    return value < 0 ? 0 : value > most ? most : (int)value;
}

/* Output u reads u * stride - before up to that + reach - 1. */
static void find_inner(cc_axis *axis, int64_t reach)
{
    const int64_t last = axis->size - reach + axis->before; /* u * stride may be up to this */
    axis->inner_first = clamp(cc_ceil_div(axis->before, axis->stride), axis->output);
    axis->inner_behind = last < 0 ? 0 : clamp(last / axis->stride + 1, axis->output);
}

clconv_status cc_axis_resolve(cc_axis *axis, clconv_extent extent, bool flip)
{
    const int64_t reach = (int64_t)axis->dilation * (axis->filter - 1) + 1;
    int64_t before = axis->before, after = axis->after, anchor = 0;
    CC_TRY(check_extent(axis, extent));
    if (extent == CLCONV_SAME) {
        CC_TRY(find_anchor(&anchor, axis, flip));
        before = anchor * axis->dilation;
        after = reach - 1 - before;
    } else if (extent == CLCONV_FULL) {
        before = after = reach - 1;
    }
    CC_TRY(check_limits(axis, reach, before, after));
    axis->before = (int)before;
    axis->after = (int)after;
    axis->output = (int)((axis->size + before + after - reach) / axis->stride + 1);
    find_inner(axis, reach);
    return CLCONV_OK;
}
