/* arrays.c - host arrays of any layout and size through streams, image by image. */
#include "base/size.h"
#include "base/status.h"
#include "stream/internal.h"
#include <stdlib.h>
#include <string.h>

typedef struct array { /* one image of x or y in the caller's memory */
    unsigned char *bytes;
    clconv_layout layout; /* of the dense rows a stream deals in */
    cc_strides strides;   /* elements */
    size_t element;       /* bytes */
    int channels, columns;
} array;

/* Copies rows between the caller's strides and dense rows, in the direction that `out` says. */
static void copy_rows(const array *a, int first, int count, unsigned char *dense, bool out)
{
    const bool nhwc = a->layout == CLCONV_NHWC;
    const int64_t plane = nhwc ? 1 : (int64_t)count * a->columns;
    const int64_t pixel = nhwc ? a->channels : 1, row = (int64_t)a->columns * pixel;
    const bool runs = pixel == 1 && a->strides.w == 1;

    for (int c = 0; c < a->channels; c++)
        for (int h = 0; h < count; h++)
            for (int w = 0; w < a->columns; w += runs ? a->columns : 1) {
                const size_t bytes = a->element * (runs ? (size_t)a->columns : 1);
                unsigned char *const here =
                    dense + (size_t)(c * plane + h * row + w * pixel) * a->element;
                unsigned char *const there =
                    a->bytes + (size_t)(c * a->strides.c + (int64_t)(first + h) * a->strides.h +
                                        w * a->strides.w) *
                                   a->element;
                memcpy(out ? there : here, out ? here : there, bytes);
            }
}

static clconv_status from_array(void *user, int first, int count, void *rows)
{
    copy_rows(user, first, count, rows, false);
    return CLCONV_OK;
}

static clconv_status to_array(void *user, int first, int count, const void *rows)
{
    copy_rows(user, first, count, (unsigned char *)(uintptr_t)rows, true);
    return CLCONV_OK;
}

/* Image by image, strip by strip: x is read after y has been written to. */
static clconv_status run_images(clconv_context *context, const cc_geom *g, const void *x,
                                const float *filters, const float *bias, void *y)
{
    const size_t x_size = clconv_type_size(g->x_type), y_size = clconv_type_size(g->y_type);
    clconv_desc one = g->desc;
    clconv_status status = CLCONV_OK;

    one.n = 1;
    one.x_stride_n = one.x_stride_c = one.x_stride_h = one.x_stride_w = 0;
    one.y_stride_n = one.y_stride_c = one.y_stride_h = one.y_stride_w = 0;
    for (int n = 0; n < g->n && status == CLCONV_OK; n++) {
        array from = {(unsigned char *)(uintptr_t)x + (size_t)(n * g->x.n) * x_size,
                      one.x_layout,
                      g->x,
                      x_size,
                      g->c,
                      g->w};
        array to = {(unsigned char *)y + (size_t)(n * g->y.n) * y_size,
                    one.y_layout,
                    g->y,
                    y_size,
                    g->k,
                    g->q};
        clconv_stream *stream = NULL;
        status = cc_stream_create(&stream, context, &one, &g->desc, filters, bias, from_array,
                                  &from, NULL);
        if (status == CLCONV_OK)
            status = cc_stream_run(stream, to_array, &to);
        cc_stream_destroy(stream);
    }
    return status;
}

clconv_status cc_stream_arrays(clconv_context *context, const clconv_desc *desc, const void *x,
                               const float *filters, const float *bias, void *y)
{
    cc_geom g;
    clconv_status status;
    void *copy;

    CC_TRY(cc_geom_make(&g, desc));
    if (!cc_overlap((uintptr_t)x, (size_t)g.x_bytes, (uintptr_t)y, (size_t)g.y_bytes))
        return run_images(context, &g, x, filters, bias, y);
    copy = malloc((size_t)g.x_bytes);
    if (!copy)
        return cc_fail(CLCONV_NO_MEMORY,
                       "x and y overlap, and there is no memory for a copy of x, %zu bytes, to "
                       "compute in strips; let them lie apart",
                       (size_t)g.x_bytes);
    memcpy(copy, x, (size_t)g.x_bytes);
    status = run_images(context, &g, copy, filters, bias, y);
    free(copy);
    return status;
}
