/* fours.h - four values of the arithmetic type, as work-items side by side load them at once. */
#ifndef CLCONV_FOURS_H
#define CLCONV_FOURS_H

#include "common.h"

#if ACC_F64
typedef double4 ACC4;
#else
typedef float4 ACC4;
#endif

#endif
