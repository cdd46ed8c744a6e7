/* read.c - rows of the output, pulled or pushed: from the strip that holds them, while the one
 * below is on its way where there are two. */
#include "base/size.h"
#include "base/status.h"
#include "stream/internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* First output row of the strip for row p. */
static int first_for(const clconv_stream *s, int p)
{
    const int step = s->plan->tile.step > 1 ? s->plan->tile.step : 1;
    const int strip = p / s->strip_p * s->strip_p;
    const int64_t last = s->image.p > s->strip_p ? s->image.p - s->strip_p : 0;
    return (int)(strip < last ? strip : cc_round_up(last, step));
}

static bool holds(const clconv_stream *s, const cc_strip *strip, int row)
{
    return strip->first >= 0 && row >= strip->first && row - strip->first < s->strip_p;
}

/* One that is there rather than one that is on its way; NULL: neither. */
static cc_strip *holder(clconv_stream *s, int row)
{
    cc_strip *found = NULL;
    for (int i = 0; i < s->strip_count; i++)
        if (holds(s, &s->strips[i], row) && (!found || found->is_flying))
            found = &s->strips[i];
    return found;
}

/* Begins the strip below this one where rows are read in order. A failure is left to when that
 * strip is asked for. */
static void look_ahead(clconv_stream *s, const cc_strip *strip)
{
    const int64_t below = (int64_t)strip->first + s->strip_p;
    if (s->strip_count > 1 && holds(s, strip, s->next) && below < s->image.p &&
        !holder(s, (int)below))
        (void)cc_strip_begin(s, &s->strips[strip == &s->strips[0]], first_for(s, (int)below));
}

/* The strip with output row p, computed. A new one takes the place of what was not served last. */
static clconv_status fetch(cc_strip **strip, clconv_stream *s, int p)
{
    cc_strip *found = holder(s, p);
    if (!found) {
        found = &s->strips[s->strip_count > 1 && s->served == &s->strips[0]];
        CC_TRY(cc_strip_begin(s, found, first_for(s, p)));
    }
    if (found->is_flying)
        look_ahead(s, found);
    CC_TRY(cc_strip_finish(s, found));
    const int64_t below = (int64_t)found->first + s->strip_p;
    s->next = below < s->image.p ? (int)below : 0;
    s->served = *strip = found;
    return CLCONV_OK;
}

clconv_status cc_stream_read(clconv_stream *s, int first, int count, void *rows)
{
    if (first < 0 || count < 1 || count > s->image.p - first)
        return cc_fail(CLCONV_INVALID, "rows %d to %" PRId64 " are not all among the output's %d",
                       first, (int64_t)first + count - 1, s->image.p);
    for (int row = first, end = first + count; row < end;) {
        cc_strip *strip;
        CC_TRY(fetch(&strip, s, row));
        const int left = s->strip_p - (row - strip->first);
        const int here = left < end - row ? left : end - row;
        for (int64_t plane = 0; plane < s->y.planes; plane++)
            memcpy((unsigned char *)rows + (plane * count + row - first) * s->y.row_bytes,
                   strip->y_rows + (plane * s->strip_p + row - strip->first) * s->y.row_bytes,
                   (size_t)(here * s->y.row_bytes));
        row += here;
    }
    return CLCONV_OK;
}

clconv_status cc_stream_run(clconv_stream *s, clconv_sink_fn sink, void *user)
{
    const int p = s->image.p;
    unsigned char *const rows = malloc((size_t)(s->strip_p * cc_row_bytes(&s->y)));
    clconv_status status = CLCONV_OK;

    if (!rows)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for %d output rows", s->strip_p);
    for (int row = 0, count; row < p && status == CLCONV_OK; row += count) {
        count = p - row < s->strip_p ? p - row : s->strip_p;
        cc_strip *strip;
        status = fetch(&strip, s, row);
        const bool is_whole = status == CLCONV_OK && strip->first == row && count == s->strip_p;
        if (status == CLCONV_OK && !is_whole)
            status = cc_stream_read(s, row, count, rows);
        if (status != CLCONV_OK)
            break;
        status = sink(user, row, count, is_whole ? strip->y_rows : rows);
        if (status != CLCONV_OK)
            status = cc_fail(status, "the sink gave %s for rows %d to %d of the output",
                             clconv_status_name(status), row, row + count - 1);
    }
    free(rows);
    return status;
}
