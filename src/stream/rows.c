/* rows.c - the input rows of a strip. Above and below the image the border's rows are written out
 * as rows, so that every strip is the same problem (no vertical padding) and one plan serves all.
 */
#include "base/status.h"
#include "host/host.h"
#include "stream/internal.h"
#include <string.h>

clconv_type cc_stream_type(const cc_geom *geom, bool on_host)
{
    const double value = geom->border_value, kept = cc_kept(geom->x_type, value);

    if (geom->border != CLCONV_CONSTANT)
        return geom->x_type;
    if (kept == value || (value != value && kept != kept))
        return geom->x_type;
    if (on_host)
        return CLCONV_F64; /* the referee takes the constant in double precision */
    return geom->acc_type;
}

static unsigned char *row_at(const clconv_stream *s, const cc_strip *strip, int64_t plane,
                             int64_t row)
{
    return strip->x_rows + (plane * s->strip_h + row) * s->x.row_bytes;
}

/* Takes the rows that the strip loaded last, which may be this one, and the one from `first` on
 * have in common. */
static void take_common(clconv_stream *s, cc_strip *strip, int64_t first, bool *have)
{
    const cc_strip *const last = s->loaded;
    const int64_t by = last ? first - last->x_first : s->strip_h;
    const int64_t kept = s->strip_h - (by < 0 ? -by : by);

    for (int64_t i = 0; i < s->strip_h; i++)
        have[i] = i + by >= 0 && i + by < s->strip_h;
    if (kept <= 0)
        return;
    for (int64_t plane = 0; plane < s->x.planes; plane++)
        memmove(row_at(s, strip, plane, by < 0 ? -by : 0), row_at(s, last, plane, by < 0 ? 0 : by),
                (size_t)(kept * s->x.row_bytes));
}

static void convert_rows(clconv_stream *s, cc_strip *strip, int64_t strip_row, int64_t count)
{
    const int64_t elements =
        s->source_form.row_bytes / (int64_t)clconv_type_size(s->image.x_type) * count;

    for (int64_t plane = 0; plane < s->x.planes; plane++) {
        const unsigned char *const from = s->from_source + plane * count * s->source_form.row_bytes;
        unsigned char *const to = row_at(s, strip, plane, strip_row);
        if (s->x_type == s->image.x_type)
            memcpy(to, from, (size_t)(count * s->x.row_bytes));
        else
            for (int64_t i = 0; i < elements; i++)
                cc_store(s->x_type, to, i, cc_load(s->image.x_type, from, i));
    }
}

static clconv_status read_source(clconv_stream *s, cc_strip *strip, int64_t image_row,
                                 int64_t strip_row, int64_t count)
{
    const bool at_once = s->x_type == s->image.x_type && s->x.planes == 1;
    const clconv_status status =
        s->source(s->user, (int)image_row, (int)count,
                  at_once ? row_at(s, strip, 0, strip_row) : s->from_source);

    if (status != CLCONV_OK)
        return cc_fail(status, "the source gave %s for rows %d to %d of the input",
                       clconv_status_name(status), (int)image_row, (int)(image_row + count - 1));
    if (!at_once)
        convert_rows(s, strip, strip_row, count);
    return CLCONV_OK;
}

/* Rows inside the image that the strip does not have yet, in runs. */
static clconv_status load_inside(clconv_stream *s, cc_strip *strip, int64_t first, bool *have)
{
    for (int64_t i = 0; i < s->strip_h;) {
        int64_t end = i;
        while (end < s->strip_h && !have[end] && first + end >= 0 && first + end < s->image.h)
            have[end++] = true;
        if (end > i)
            CC_TRY(read_source(s, strip, first + i, i, end - i));
        i = end > i ? end : i + 1;
    }
    return CLCONV_OK;
}

static void fill_row(const clconv_stream *s, cc_strip *strip, int64_t strip_row)
{
    const int64_t elements = s->x.row_bytes / (int64_t)clconv_type_size(s->x_type);

    for (int64_t plane = 0; plane < s->x.planes; plane++)
        for (int64_t i = 0; i < elements; i++)
            cc_store(s->x_type, row_at(s, strip, plane, strip_row), i, s->image.border_value);
}

static clconv_status load_outside(clconv_stream *s, cc_strip *strip, int64_t first,
                                  const bool *have)
{
    for (int64_t i = 0; i < s->strip_h; i++) {
        const int64_t mapped = clconv_border_index(s->image.border, first + i, s->image.h);
        if (have[i])
            continue;
        if (mapped < 0)
            fill_row(s, strip, i);
        else if (mapped >= first && mapped < first + s->strip_h)
            for (int64_t plane = 0; plane < s->x.planes; plane++)
                memcpy(row_at(s, strip, plane, i), row_at(s, strip, plane, mapped - first),
                       (size_t)s->x.row_bytes);
        else
            CC_TRY(read_source(s, strip, mapped, i, 1));
    }
    return CLCONV_OK;
}

clconv_status cc_stream_load(clconv_stream *s, cc_strip *strip, int64_t first)
{
    take_common(s, strip, first, s->have);
    s->loaded = NULL;
    CC_TRY(load_inside(s, strip, first, s->have));
    CC_TRY(load_outside(s, strip, first, s->have));
    strip->x_first = first;
    s->loaded = strip;
    return CLCONV_OK;
}
