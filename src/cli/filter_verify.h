/* filter_verify.h - a strip of the output against the referee. */
#ifndef CLI_FILTER_VERIFY_H
#define CLI_FILTER_VERIFY_H

#include "filter_input.h"
#include "filter_work.h"

/* Output rows [first, first + count), in y as the stream computed them; adds to *worst. False after
 * a message when it cannot be told; misses are no failure. */
bool filter_verify(clconv_check *worst, const struct filter_work *work, const char *algorithm,
                   struct filter_input *input, int first, int count, const void *y);

#endif
