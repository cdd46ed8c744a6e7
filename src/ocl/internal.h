/* internal.h - what the files of this folder share: the open device, its objects, and the meaning
 * of OpenCL's error codes. The one place, with opencl.h, where OpenCL's header comes in. */
#ifndef CC_OCL_INTERNAL_H
#define CC_OCL_INTERNAL_H

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/status.h"
#include "ocl/cache.h"
#include "ocl/ocl.h"

/* Memory that we allocated, counted against the budget until it is released. */
typedef struct cc_block {
    struct cc_block *next;
    cl_mem mem;
    size_t bytes;
} cc_block;

typedef struct cc_verdict {
    struct cc_verdict *next;
    bool passed;
    char key[];
} cc_verdict;

struct cc_ocl {
    cl_platform_id platform;
    cl_device_id device;
    cl_context context;
    cl_command_queue queue; /* in order, with profiling */
    cc_caps caps;
    cc_log log;
    cc_cache cache;
    char *cl_dir;   /* NULL: the files inside the library */
    char *identity; /* lines of a key: library, platform, device, driver */
    bool is_pocl;
    bool keeps_binaries; /* the driver, in a cache of its own that is as good as ours */
    atomic_int lost;     /* the OpenCL code that killed the device; 0 while it is alive */
    atomic_bool failed;  /* a command has, and others may be running still */
    atomic_uint builds;
    atomic_bool used_gemm;
    atomic_bool reads_header; /* PoCL: the kernels' own declarations of functions do not do */
    pthread_mutex_t lock;     /* guards what follows */
    pthread_cond_t built;     /* a program has left the state of being built */
    cc_program *programs;
    cc_verdict *verdicts;
    cc_block *blocks;
    size_t memory_used, memory_budget; /* bytes */
};

/* ---- error.c ---- */

/* What a code means depends on the call: creating an object may run out of memory, which leaves
 * the device alive; a command that runs out of resources has lost it. */
typedef enum cc_cl_call { CC_CL_CREATE, CC_CL_COMMAND } cc_cl_call;

enum { CC_CL_NO_PLATFORM = -1001 }; /* the loader's: no driver is installed */

const char *cc_cl_name(cl_int code); /* "CL_OUT_OF_RESOURCES"; "an unknown code" */

/* Sets the error sentence "<what>: <name> (<code>)", marks the device lost where the code says so,
 * returns the status. ocl is NULL while there is no device open that could be lost. */
clconv_status cc_cl_fail(cc_ocl *ocl, cl_int code, cc_cl_call call, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- platform.c ---- */

typedef struct cc_device {
    cl_platform_id platform;
    cl_device_id device;
    int rank; /* less is better */
    clconv_device_info info;
} cc_device;

/* Every usable device, best first; *devices is malloc'd. A driver that fails is passed over, and
 * fails this call only when nothing is left. */
clconv_status cc_cl_enumerate(cc_device **devices, size_t *count);
clconv_status cc_cl_describe(cc_device *device, cl_platform_id platform, cl_device_id id,
                             bool *usable);

/* Held while the environment may change: by us, and by drivers when they are first called. */
pthread_mutex_t *cc_ocl_environment(void);

/* Questions to a device; the code of the first that fails is kept, so that one check is enough. */
typedef struct cc_query {
    cl_device_id device;
    cl_int code;
} cc_query;
void cc_query_text(cc_query *query, cl_device_info what, char *out, size_t capacity);
uint64_t cc_query_number(cc_query *query, cl_device_info what);

/* ---- source.c ---- */

/* The text of a file of cl/ (or of the folder cl_dir) with its includes expanded. */
clconv_status cc_source_expand(cc_text *out, const char *cl_dir, const char *file);

/* ---- program.c, kernel.c ---- */

void cc_programs_free(cc_ocl *ocl);
cl_program cc_program_handle(const cc_program *program);

struct cc_kernel {
    cl_kernel handle;
    cl_uint arg_count;
    size_t max_group; /* work-items of a work-group */
    char name[64];
};

/* ---- commands.c ---- */

/* Waits for the event, reads its status, releases it. */
clconv_status cc_cl_complete(cc_ocl *ocl, cl_event event, const char *doing);

/* What the next command of the chain waits for. */
typedef struct cc_wait_list {
    cl_uint count;
    const cl_event *events;
} cc_wait_list;
cc_wait_list cc_commands_waits(const cc_commands *commands);
void cc_commands_add(cc_commands *commands, cl_event event); /* takes the event over */

/* ---- gemm.c, verdict.c, pocl.c ---- */

void cc_gemm_close(cc_ocl *ocl);
void cc_verdicts_free(cc_ocl *ocl);

/* PoCL aborts the process when it cannot write its cache or open files: finds that out before. */
clconv_status cc_pocl_check(const cc_ocl *ocl);
/* Whether its own cache is switched on. */
bool cc_pocl_caches(void);

#endif
