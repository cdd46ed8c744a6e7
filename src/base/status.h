/* status.h - how every function of the library reports failure. */
#ifndef CC_BASE_STATUS_H
#define CC_BASE_STATUS_H

#include <clconv/clconv.h>

/* Sets this thread's error sentence and returns status, so that `return cc_fail(...)` is one line.
 * The sentence names the object, the numbers and the remedy; no full stop, no newline. */
clconv_status cc_fail(clconv_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts words before the sentence that is set: "filters: ..."; returns status. */
clconv_status cc_fail_in(clconv_status status, const char *where);

/* Every fallible call in a chain: TRY(f(x)); returns on failure. */
#define CC_TRY(call)                                                                               \
    do {                                                                                           \
        clconv_status cc_try_status = (call);                                                      \
        if (cc_try_status != CLCONV_OK)                                                            \
            return cc_try_status;                                                                  \
    } while (0)

/* NULL where an object is needed: says which argument. */
#define CC_NEED(argument)                                                                          \
    do {                                                                                           \
        if (!(argument))                                                                           \
            return cc_fail(CLCONV_INVALID, "%s: the argument " #argument " is NULL", __func__);    \
    } while (0)

#endif
