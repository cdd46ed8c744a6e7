/* sizes.h - the sizes of a filter, given where the code is to be made for them, else arguments:
 * what is in the file has a clconv_geom *g at hand. */
#ifndef CLCONV_SIZES_H
#define CLCONV_SIZES_H

#ifndef R
#define R (g->r)
#endif
#ifndef S
#define S (g->s)
#endif
#ifndef STRIDE_H
#define STRIDE_H (g->stride_h)
#endif
#ifndef STRIDE_W
#define STRIDE_W (g->stride_w)
#endif
#ifndef DILATION_H
#define DILATION_H (g->dilation_h)
#endif
#ifndef DILATION_W
#define DILATION_W (g->dilation_w)
#endif

#endif
