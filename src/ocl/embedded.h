/* embedded.h - the files of cl/ as bytes; the build generates the table. */
#ifndef CC_OCL_EMBEDDED_H
#define CC_OCL_EMBEDDED_H

#include <stddef.h>

extern const struct cc_embedded {
    const char *name; /* "direct.cl" */
    const unsigned char *bytes;
    size_t size;
} cc_embedded[];
extern const size_t cc_embedded_count;

#endif
