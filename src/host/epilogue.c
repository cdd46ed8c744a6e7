/* epilogue.c - what follows the sum of one output. NaN passes through every step. */
#include "host/host.h"
#include <math.h>

static double activate(const cc_geom *geom, double v)
{
    const double a = geom->activation_a, b = geom->activation_b;
    switch (geom->activation) {
    case CLCONV_NONE:
        return v;
    case CLCONV_RELU:
        return v < 0 ? 0 : v;
    case CLCONV_LEAKY:
        return v < 0 ? a * v : v;
    case CLCONV_CLIP:
        return v < a ? a : v > b ? b : v;
    case CLCONV_SIGMOID:
        return 1 / (1 + exp(-v));
    case CLCONV_TANH:
        return tanh(v);
    }
    return v;
}

double cc_epilogue(const cc_geom *geom, double sum_and_bias)
{
    const double v = sum_and_bias * geom->scale + geom->offset;
    return activate(geom, geom->absolute ? fabs(v) : v);
}
