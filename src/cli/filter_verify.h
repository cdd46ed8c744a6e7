/* filter_verify.h - a strip of the output against the referee. */
#ifndef CLI_FILTER_VERIFY_H
#define CLI_FILTER_VERIFY_H

#include "filter_input.h"

/* Output rows [first, first + count), in y as the stream computed them; adds to *worst. False after
 * a message when it cannot be told; misses are no failure. */
bool filter_verify(clconv_check *worst, struct filter_input *input, const char *algorithm,
                   int first, int count, const void *y);

#endif
