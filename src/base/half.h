/* half.h - IEEE 754 binary16 on the host, for storage only. */
#ifndef CC_BASE_HALF_H
#define CC_BASE_HALF_H

#include <stdbool.h>
#include <stdint.h>

double cc_half_to_double(uint16_t half);    /* exact */
uint16_t cc_half_from_double(double value); /* half to even; overflow to infinity; NaN stays NaN */
bool cc_is_half(double value);              /* a number of f16; not NaN */

#endif
