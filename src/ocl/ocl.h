/* ocl.h - OpenCL for the layers above, without its headers: devices, memory, programs, commands.
 * Where clconv is built without OpenCL, none.c implements this file with zero devices. */
#ifndef CC_OCL_OCL_H
#define CC_OCL_OCL_H

#include "base/log.h"
#include "base/text.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _cl_mem *cc_mem; /* OpenCL's own handle types, so that callers' handles fit */
typedef struct _cl_command_queue *cc_queue;
typedef struct _cl_event *cc_event;

typedef struct cc_ocl cc_ocl;         /* one device opened: context, queue, programs, verdicts */
typedef struct cc_program cc_program; /* one file built with one set of options */
typedef struct cc_kernel cc_kernel;   /* one cl_kernel; used by one thread at a time */

/* What algorithms may ask about a device; for the host too (device/ fills it). */
typedef struct cc_caps {
    clconv_device_info info;
    bool is_host, is_cpu;    /* is_cpu: no real local memory */
    bool fma_f32;            /* CL_FP_FMA */
    bool has_gemm;           /* CLBlast in this build */
    int nv_capability;       /* compute capability of an NVIDIA device, 90 for 9.0; 0: another */
    int lanes;               /* f32 of a vector register, where explicit vectors pay; else 1 */
    int64_t launch_limit;    /* work-items of one launch: drivers count them in 32 signed bits */
    double flops, bandwidth; /* guesses for estimates: f32 FLOP/s, bytes/s */
    double launch_seconds;   /* cost of one kernel launch, a guess */
} cc_caps;

/* ---- devices ---- */

/* Before the process's first OpenCL call: points PoCL's own cache, which it loads code from, into
 * our private folder unless POCL_CACHE_DIR is set, and has it pin its threads to processors, if
 * these are all the process's own, unless POCL_AFFINITY is. cache_dir as in
 * clconv_context_options. */
void cc_ocl_prepare(const char *cache_dir);

/* All OpenCL devices, best first; *count is the number there is. OK with 0 when there is none. */
clconv_status cc_ocl_devices(clconv_device_info *devices, size_t capacity, size_t *count);
void cc_ocl_diagnose(cc_text *text);

typedef struct cc_ocl_options {
    cc_log log;
    const char *cache_dir, *cl_dir; /* as in clconv_context_options */
} cc_ocl_options;

/* id: an id of cc_ocl_devices. adopt: the caller's cl_context and cl_device_id, retained. */
clconv_status cc_ocl_open(cc_ocl **ocl, const char *id, const cc_ocl_options *options);
clconv_status cc_ocl_adopt(cc_ocl **ocl, void *cl_context, void *cl_device,
                           const cc_ocl_options *options);
/* Waits for what is enqueued and releases every OpenCL object. */
void cc_ocl_close(cc_ocl *ocl);
const cc_caps *cc_ocl_caps(const cc_ocl *ocl);
void cc_ocl_handles(const cc_ocl *ocl, void **cl_context, void **cl_device);

/* DEVICE_LOST once the device has failed. Every function below begins with this. */
clconv_status cc_ocl_alive(const cc_ocl *ocl);

/* ---- memory ---- */

/* Refused with the numbers beyond the device's largest buffer or our byte budget for the device. */
clconv_status cc_ocl_mem_create(cc_mem *mem, cc_ocl *ocl, size_t bytes);
void cc_ocl_mem_release(cc_ocl *ocl, cc_mem mem); /* NULL is accepted */
/* A caller's memory: of this context, and with `bytes` bytes from offset on; else INVALID. */
clconv_status cc_ocl_mem_check(cc_ocl *ocl, cc_mem mem, const char *what, size_t offset,
                               size_t bytes);
/* The caller's memory as memory of the device, for devices that share it with the host
 * (info.shares_memory): nothing is copied, and it has to live as long. What commands left there the
 * host sees after cc_ocl_settle, which blocks. */
clconv_status cc_ocl_mem_over(cc_mem *mem, cc_ocl *ocl, void *memory, size_t bytes);
clconv_status cc_ocl_settle(cc_ocl *ocl, cc_mem mem, size_t bytes);
/* Before that memory goes: runs have waited for their commands, but for what a command that failed
 * has left running; waits for that, whatever comes of it. */
void cc_ocl_drain(cc_ocl *ocl);
/* Blocking, on the context's own queue. */
clconv_status cc_ocl_write(cc_ocl *ocl, cc_mem to, size_t offset, const void *from, size_t bytes);
clconv_status cc_ocl_read(cc_ocl *ocl, void *to, cc_mem from, size_t offset, size_t bytes);

/* Host memory that the driver need not copy on its way to the device; data is for the host. */
typedef struct cc_pinned {
    cc_mem mem;
    void *data;
} cc_pinned;
clconv_status cc_ocl_pinned_create(cc_pinned *pinned, cc_ocl *ocl, size_t bytes);
/* Released in any case; {0} is accepted. A failure may be the first that tells of a lost device. */
clconv_status cc_ocl_pinned_release(cc_ocl *ocl, cc_pinned *pinned);

/* ---- programs and kernels ---- */

/* file: "direct.cl" in cl/ (or in cl_dir); options: "-D R=3 ...". Builds once a context, from the
 * cache on disk where it can; retained for the caller. BUILD with the driver's log when it fails.
 */
clconv_status cc_ocl_program(cc_program **program, cc_ocl *ocl, const char *file,
                             const char *options);
void cc_ocl_program_release(cc_ocl *ocl, cc_program *program);
/* The text that says which code this is: library, source, options, platform, device, driver. */
const char *cc_ocl_program_key(const cc_program *program);
/* How many programs this context has compiled from source (not taken from the cache). */
unsigned cc_ocl_builds(const cc_ocl *ocl);

/* The most work-items a group of this kernel may have on this device, by its driver. */
clconv_status cc_ocl_kernel_max_group(size_t *work_items, cc_ocl *ocl, cc_program *program,
                                      const char *name);

clconv_status cc_ocl_kernel_create(cc_kernel **kernel, cc_ocl *ocl, cc_program *program,
                                   const char *name);
void cc_ocl_kernel_release(cc_kernel *kernel);

/* Self-test verdicts by key: remembered in the context and in the cache on disk. */
bool cc_ocl_verdict_get(cc_ocl *ocl, const char *key, bool *passed);
void cc_ocl_verdict_put(cc_ocl *ocl, const char *what, const char *key, bool passed);

/* ---- queues and commands: a chain of launches, each waiting for the one before ---- */

/* In order, with profiling, beside the context's own. */
clconv_status cc_ocl_queue_create(cc_queue *queue, cc_ocl *ocl);
void cc_ocl_queue_release(cc_queue queue); /* NULL is accepted */
/* A caller's queue: of this context and its device; else INVALID. */
clconv_status cc_ocl_queue_check(cc_ocl *ocl, cc_queue queue);

typedef struct cc_commands {
    cc_ocl *ocl;
    cc_queue queue;        /* the context's own, a stream's, or the caller's */
    const cc_event *waits; /* what the first command waits for */
    unsigned wait_count;
    cc_event first, last; /* owned */
} cc_commands;

typedef struct cc_arg {
    size_t size;
    const void *value;
} cc_arg;
#define CC_ARG(variable) ((cc_arg){sizeof(variable), &(variable)})

typedef struct cc_grid {
    size_t global[3], local[3]; /* global: multiples of local */
} cc_grid;

/* queue NULL: the context's own. */
clconv_status cc_ocl_begin(cc_commands *commands, cc_ocl *ocl, cc_queue queue,
                           const cc_event *waits, unsigned wait_count);
/* Sets all arguments, their count checked against the kernel's, and launches. */
clconv_status cc_ocl_launch(cc_commands *commands, cc_kernel *kernel, const cc_grid *grid,
                            const cc_arg *args, unsigned arg_count);
/* The driver's own copy from the beginning of one memory to that of another. */
clconv_status cc_ocl_copy(cc_commands *commands, cc_mem to, cc_mem from, size_t bytes);
/* From and to the host's memory, which has to stay as it is until the chain has ended. */
clconv_status cc_ocl_copy_in(cc_commands *commands, cc_mem to, const void *from, size_t bytes);
clconv_status cc_ocl_copy_out(cc_commands *commands, void *to, cc_mem from, size_t bytes);
/* C[m][n] = A[m][k] B[k][n], row-major and dense, offsets in elements; through CLBlast. */
typedef struct cc_gemm {
    bool f64;
    size_t m, n, k;
    cc_mem a, b, c;
    size_t a_offset, b_offset, c_offset;
} cc_gemm;
clconv_status cc_ocl_gemm(cc_commands *commands, const cc_gemm *gemm);
/* Text for verdict keys: "CLBlast" and its version where known; "" without it. */
const char *cc_ocl_gemm_version(void);

/* Lets the device begin, without waiting; a chain of nothing gets an event of its own. */
clconv_status cc_ocl_flush(cc_commands *commands);
/* Waits, reads the status of the events, releases them. seconds (or NULL): from the start of the
 * first command to the end of the last by the device's clock; 0 where the queue has no profiling.
 */
clconv_status cc_ocl_finish(cc_commands *commands, double *seconds);
/* Hands the last event to the caller (NULL: none wanted) and flushes, without waiting. */
clconv_status cc_ocl_hand_over(cc_commands *commands, cc_event *event);
/* Waits, whatever comes of it: also on a device that is lost, for what is left running there may
 * still write to the host's memory. */
void cc_ocl_await(const cc_commands *commands);
void cc_ocl_discard(cc_commands *commands); /* and releases the events */
/* After a failure in the middle: releases the events, having waited for what was enqueued on the
 * context's own queue. Not on the caller's: what they wait for may be up to this very thread. Nor
 * on a stream's: what follows there waits in order, and only the device's memory is written. */
void cc_ocl_abandon(cc_commands *commands);

#endif
