/* clfault.h - a layer between the program and OpenCL's loader that counts objects and calls and can
 * make a call fail. Linked into a test, its cl* functions stand before the loader's for every
 * library in the process (CLBlast too). */
#ifndef CLFAULT_H
#define CLFAULT_H

/* From now on, the n-th call (1 is the next) of those that can fail gives code and does not reach
 * the driver. Releases never fail: that would be a leak of the test's own making. */
void clfault_arm(long n, int code);

/* From now on, the n-th event that a command gives out ends with this negative status; so does,
 * with -14, every command that waits for it. The commands themselves run. */
void clfault_arm_event(long n, int code);

void clfault_disarm(void);
int clfault_fired(void);              /* since the last arm: the failure has been given */
const char *clfault_where(void);      /* the function that failed; "" for none */
long clfault_calls(void);             /* calls that can fail, since the program began */
long clfault_events(void);            /* events given out */
long clfault_count(const char *name); /* calls of one function: "clBuildProgram" */

/* References to contexts, queues, memory, programs, kernels and events that are not released. */
long clfault_live(void);
const char *clfault_live_kinds(void); /* "kernel 1, event 2"; valid until the next call */

#endif
