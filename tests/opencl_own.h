/* opencl_own.h - a program with its own OpenCL context, queues and memory, around clconv. */
#ifndef OPENCL_OWN_H
#define OPENCL_OWN_H

#include <clconv/opencl.h>

#include "work.h"

enum { GUARD = 64, GUARD_BYTE = 0x5A };

#define CHECK_CL(call) check_cl((call), #call)
void check_cl(cl_int code, const char *call);

typedef struct own {
    cl_context context;
    cl_device_id device;
    cl_command_queue queue, out_of_order; /* the second is NULL where the device has none */
    clconv_context *clconv;
} own;

own own_open(void);
void own_close(own *o);

/* Memory with a guard on each side. */
cl_mem guarded(const own *o, const void *content, size_t bytes);
/* Reads what lies between the guards, on a queue of its own; the guards have to be whole. */
void read_guarded(const own *o, cl_mem mem, void *content, size_t bytes);

/* NULL where the device does not do it. */
clconv_plan *plan_by(const own *o, const work *w, const char *algorithm);
/* The algorithms of OpenCL devices that this build can run. */
size_t algorithms(const own *o, const work *w, const char *names[16]);

/* One run on the queue, between guards; own_workspace: with scratch memory of the caller's. */
void enqueue_once(const own *o, work *w, clconv_plan *plan, cl_command_queue queue,
                  bool own_workspace);

cl_int status_of(cl_event event);
void wait_and_release(cl_event event);
void pause_ms(long ms);

#endif
