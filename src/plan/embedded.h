/* embedded.h - the files of wisdom/ as bytes; the build generates the table. */
#ifndef CC_PLAN_EMBEDDED_H
#define CC_PLAN_EMBEDDED_H

#include <stddef.h>

extern const struct cc_wisdom_shipped {
    const char *name; /* "pocl.txt" */
    const unsigned char *bytes;
    size_t size;
} cc_wisdom_shipped[];
extern const size_t cc_wisdom_shipped_count;

#endif
