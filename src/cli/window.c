/* window.c - the options that say how a filter moves over its input. */
#include "window.h"

/* "A" or "A,B", 1 or more. */
static bool steps(int *rows, int *columns, const char *option, const char *text)
{
    int v[2] = {1, 1};
    const int count = text ? cli_integers(v, "1 2", option, text) : 2;
    *rows = v[0];
    *columns = count == 2 ? v[1] : v[0];
    if (count > 0 && (*rows < 1 || *columns < 1)) {
        cli_misuse("%s %s: 1 or more is wanted", option, text);
        return false;
    }
    return count > 0;
}

static bool padding(clconv_desc *d, const char *text)
{
    int v[4] = {0};
    const int count = text ? cli_integers(v, "1 2 4", "--padding", text) : 4;
    if (v[0] < 0 || v[1] < 0 || v[2] < 0 || v[3] < 0) {
        cli_misuse("--padding %s: 0 or more is wanted", text);
        return false;
    }
    d->pad_top = v[0];
    d->pad_bottom = count == 4 ? v[1] : v[0];
    d->pad_left = count == 4 ? v[2] : v[count == 2];
    d->pad_right = count == 4 ? v[3] : v[count == 2];
    return count > 0;
}

bool cli_window_read(clconv_desc *d, const struct cli_window *w)
{
    if (w->padding && w->extent) {
        cli_misuse("--padding and --extent exclude each other; extent has its own");
        return false;
    }
    if (w->extent && clconv_extent_parse(&d->extent, w->extent) != CLCONV_OK) {
        cli_misuse("--extent %s: %s", w->extent, clconv_last_error());
        return false;
    }
    if (w->border && clconv_border_parse(&d->border, &d->border_value, w->border) != CLCONV_OK) {
        cli_misuse("--border %s: %s", w->border, clconv_last_error());
        return false;
    }
    d->operation = w->flip ? CLCONV_CONVOLUTION : CLCONV_CORRELATION;
    return steps(&d->stride_h, &d->stride_w, "--stride", w->stride) &&
           steps(&d->dilation_h, &d->dilation_w, "--dilation", w->dilation) &&
           padding(d, w->padding);
}
