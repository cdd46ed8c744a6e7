/* geom.h - the arithmetic of one convolution: what a desc means, with every default filled in.
 * The only place where output sizes, padding, strides in memory, flops and bytes are computed. */
#ifndef CC_GEOM_GEOM_H
#define CC_GEOM_GEOM_H

#include <clconv/clconv.h>
#include <stdbool.h>

typedef struct cc_strides {
    int64_t n, c, h, w; /* elements; of y: n, k, p, q */
} cc_strides;

typedef struct cc_geom {
    clconv_desc desc; /* normal form: defaults filled in, extent as asked */
    int n, c, h, w, k, r, s, p, q;
    int groups, group_c, group_k; /* group_c = c / groups channels, group_k = k / groups filters */
    int stride_h, stride_w, dilation_h, dilation_w;
    int pad_top, pad_bottom, pad_left, pad_right; /* resolved for every extent */
    clconv_border border;
    double border_value;
    bool flip;
    clconv_type x_type, y_type;
    clconv_type acc_type; /* F64 when x or y is f64, else F32 */
    cc_strides x, y;
    int64_t x_elements, y_elements; /* from the first to behind the last that is used */
    int64_t x_bytes, y_bytes;
    int64_t taps;         /* group_c * r * s: products in one output */
    int64_t filter_count; /* k * taps */
    int64_t outputs;      /* n * k * p * q */
    double flops, bytes;
    double scale, offset;
    bool absolute;
    clconv_activation activation;
    double activation_a, activation_b;
    /* Outputs whose window lies inside the image, so that no border is read:
     * rows [inner_p0, inner_p1), columns [inner_q0, inner_q1); empty when first >= second. */
    int inner_p0, inner_p1, inner_q0, inner_q1;
} cc_geom;

/* Checks desc and resolves it. INVALID names the field, its value and the remedy. */
clconv_status cc_geom_make(cc_geom *geom, const clconv_desc *desc);

/* The same convolution over an image of one row, where rows do not matter: a 1 x 1 filter with
 * stride 1 over rows that follow each other without a gap. Else as it is. */
cc_geom cc_geom_one_row(const cc_geom *geom);

/* Whether taps lie apart; whether they or the windows do. */
bool cc_geom_is_dilated(const cc_geom *geom);
bool cc_geom_is_stepped(const cc_geom *geom);

/* Whether channels lie side by side, each with a filter of its own, so that they can be seen as one
 * row of columns; and that geometry: one channel whose taps are c columns apart, the padding
 * counted in columns too. The stride still counts pixels. */
bool cc_geom_is_interleaved(const cc_geom *geom);
cc_geom cc_geom_interleaved(const cc_geom *geom);

/* The geometry of a launch for the kernels (cl/geom.h); bases in elements. */
struct clconv_geom;
void cc_geom_for_device(struct clconv_geom *out, const cc_geom *geom, int64_t x_base,
                        int64_t y_base);

#endif
