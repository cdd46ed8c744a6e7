/* allocfault.h - makes allocations of the library fail. Linked into a test with --wrap for malloc,
 * calloc, realloc, strdup, scandir and free, so that only calls from the test and from the
 * library's own files are seen, not those of drivers and of the C library. */
#ifndef ALLOCFAULT_H
#define ALLOCFAULT_H

#include <stdbool.h>

/* From now on the n-th allocation (1 is the next) gives NULL; with `on`, so do all behind it. */
void allocfault_arm(long n, bool on);
void allocfault_disarm(void);
bool allocfault_fired(void); /* since the last arm */

/* Blocks that were allocated and not freed. */
long allocfault_live(void);

#endif
