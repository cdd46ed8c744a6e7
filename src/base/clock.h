/* clock.h - the monotonic clock. */
#ifndef CC_BASE_CLOCK_H
#define CC_BASE_CLOCK_H

double cc_now(void); /* seconds since some fixed moment */

#endif
