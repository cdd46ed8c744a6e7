/* border.h - where an index outside of an axis lies; plain C and OpenCL C at once, so that the host
 * and every kernel share one meaning. BORDER values are those of clconv_border in clconv.h. */
#ifndef CLCONV_BORDER_H
#define CLCONV_BORDER_H

#define BORDER_CONSTANT   0
#define BORDER_REPLICATE  1
#define BORDER_REFLECT    2
#define BORDER_REFLECT101 3
#define BORDER_WRAP       4

#ifdef __OPENCL_C_VERSION__
#define CLCONV_INDEX int
#else
#include <stdint.h>
#define CLCONV_INDEX int64_t
#endif

/* i modulo m in 0 .. m-1, also for negative i. */
static inline CLCONV_INDEX clconv_modulo(CLCONV_INDEX i, CLCONV_INDEX m)
{
    const CLCONV_INDEX rest = i % m;
    return rest < 0 ? rest + m : rest;
}

/* Index i of an axis of n elements: 0 .. n-1, or -1 where the border's value stands. The patterns
 * repeat for any distance; an axis of one element works under each border. */
static inline CLCONV_INDEX clconv_border_at(int border, CLCONV_INDEX i, CLCONV_INDEX n)
{
    CLCONV_INDEX period, m;
    if (i >= 0 && i < n)
        return i;
    if (border == BORDER_REPLICATE)
        return i < 0 ? 0 : n - 1;
    if (border == BORDER_WRAP)
        return clconv_modulo(i, n);
    if (border == BORDER_REFLECT) {
        period = 2 * n;
        m = clconv_modulo(i, period);
        return m < n ? m : period - 1 - m;
    }
    if (border == BORDER_REFLECT101) {
        if (n == 1)
            return 0;
        period = 2 * n - 2;
        m = clconv_modulo(i, period);
        return m < n ? m : period - m;
    }
    return -1;
}

#endif
