/* strides.c - where the elements of x and y lie in memory: dense defaults, extent, overlap. */
#include "geom/strides.h"
#include "base/size.h"
#include "base/status.h"
#include "geom/words.h"

enum { DIMENSIONS = 4 };

typedef struct dimension {
    const char *name;
    int64_t size, *stride, *normal;
} dimension;

/* The dimensions from the innermost of the layout to the outermost. */
static void from_inside(dimension out[DIMENSIONS], cc_tensor *t)
{
    const dimension n = {"n", t->n, &t->strides.n, &t->normal.n};
    const dimension c = {"c", t->c, &t->strides.c, &t->normal.c};
    const dimension h = {"h", t->h, &t->strides.h, &t->normal.h};
    const dimension w = {"w", t->w, &t->strides.w, &t->normal.w};
    const bool planes = t->layout == CLCONV_NCHW;
    out[0] = planes ? w : c;
    out[1] = planes ? h : w;
    out[2] = planes ? c : h;
    out[3] = n;
}

static clconv_status too_large(const cc_tensor *t)
{
    return cc_fail(CLCONV_INVALID,
                   "%s of %lld x %lld x %lld x %lld %s elements with strides %lld, %lld, %lld, "
                   "%lld does not fit in 63 bits; cut the batch or the image",
                   t->name, (long long)t->n, (long long)t->c, (long long)t->h, (long long)t->w,
                   clconv_type_name(t->type), (long long)t->strides.n, (long long)t->strides.c,
                   (long long)t->strides.h, (long long)t->strides.w);
}

clconv_status cc_tensor_resolve(cc_tensor *t)
{
    dimension dims[DIMENSIONS];
    int64_t dense = 1, elements = 1, span, bytes;
    from_inside(dims, t);
    for (int i = 0; i < DIMENSIONS; i++) {
        int64_t *const stride = dims[i].stride;
        if (*stride < 0)
            return cc_fail(CLCONV_INVALID,
                           "%s_stride_%s is %lld: must be 1 or more, or 0 for dense", t->name,
                           dims[i].name, (long long)*stride);
        *dims[i].normal = *stride == dense ? 0 : *stride;
        if (*stride == 0)
            *stride = dense;
        if (!cc_mul(&dense, *stride, dims[i].size) || !cc_mul(&span, *stride, dims[i].size - 1) ||
            !cc_add(&elements, elements, span))
            return too_large(t);
    }
    if (!cc_mul(&bytes, elements, (int64_t)clconv_type_size(t->type)) || (uint64_t)bytes > SIZE_MAX)
        return too_large(t);
    t->elements = elements;
    t->bytes = bytes;
    return CLCONV_OK;
}

/* Sorted by stride, each dimension must step over all that lies inside of it. */
clconv_status cc_tensor_check_overlap(const cc_tensor *tensor)
{
    cc_tensor copy = *tensor;
    dimension dims[DIMENSIONS];
    int64_t span = 0; /* from the first to the last element of the dimensions so far */
    from_inside(dims, &copy);
    for (int done = 0; done < DIMENSIONS; done++) {
        int least = done;
        for (int i = done; i < DIMENSIONS; i++)
            if (*dims[i].stride < *dims[least].stride)
                least = i;
        const dimension d = dims[least];
        dims[least] = dims[done];
        if (d.size == 1)
            continue;
        if (*d.stride <= span)
            return cc_fail(CLCONV_INVALID,
                           "%s_stride_%s is %lld: elements of the output would overlap; must be "
                           "more than %lld, or 0 for dense",
                           copy.name, d.name, (long long)*d.stride, (long long)span);
        span += *d.stride * (d.size - 1);
    }
    return CLCONV_OK;
}
