/* clfault.c - see clfault.h. Each function of OpenCL is one line of a table below: INFO for what
 * gives a code, MAKE for what gives an object, ENQUEUE for what may give an event. */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include "clfault.h"
#include <CL/cl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPENDENT_FAILED = CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST };

/* ---- objects ---- */

#define KINDS(X) X(context) X(queue) X(mem) X(program) X(kernel) X(event)
#define X(name)  KIND_##name,
enum { KINDS(X) KIND_COUNT };
#undef X
#define X(name) #name,
static const char *const kind_names[] = {KINDS(X)};
#undef X
static atomic_long live[KIND_COUNT];

long clfault_live(void)
{
    long sum = 0;
    for (int i = 0; i < KIND_COUNT; i++)
        sum += labs(atomic_load(&live[i]));
    return sum;
}

const char *clfault_live_kinds(void)
{
    static char text[256];
    size_t length = 0;
    text[0] = '\0';
    for (int i = 0; i < KIND_COUNT; i++)
        if (atomic_load(&live[i]) != 0)
            length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %ld",
                                       length ? ", " : "", kind_names[i], atomic_load(&live[i]));
    return text;
}

/* ---- calls ---- */

enum { MAX_FUNCTIONS = 64 };
static struct {
    const char *name;
    long count;
} functions[MAX_FUNCTIONS];
static long calls, events, fail_call, fail_event; /* fail_...: the number of the one; 0: none */
static int fail_code, fired;
static const char *where = "";
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count_call(const char *name)
{
    int i = 0;
    while (i < MAX_FUNCTIONS - 1 && functions[i].name && strcmp(functions[i].name, name) != 0)
        i++;
    functions[i].name = name;
    functions[i].count++;
}

/* The code that this call has to fail with; 0 when it goes on to the driver. */
static int fate(const char *name)
{
    pthread_mutex_lock(&lock);
    count_call(name);
    const int code = ++calls == fail_call ? fail_code : 0;
    if (code) {
        fired = 1;
        where = name;
    }
    pthread_mutex_unlock(&lock);
    return code;
}

/* ---- events ---- */

/* Events that are to have failed, each with the references that keep it. */
enum { MAX_POISONED = 256 };
static struct {
    cl_event event;
    int code, references;
} poisoned[MAX_POISONED];

static int poison_of(cl_event event) /* under the lock */
{
    for (int i = 0; i < MAX_POISONED; i++)
        if (poisoned[i].references > 0 && poisoned[i].event == event)
            return poisoned[i].code;
    return 0;
}

static void poison(cl_event event, int code) /* under the lock */
{
    int i = 0;
    while (i < MAX_POISONED && poisoned[i].references > 0)
        i++;
    if (i == MAX_POISONED)
        abort();
    poisoned[i].event = event;
    poisoned[i].code = code;
    poisoned[i].references = 1;
}

static int waits_for_poison(cl_uint count, const cl_event *list)
{
    int found = 0;
    pthread_mutex_lock(&lock);
    for (cl_uint i = 0; i < count; i++)
        found = found || poison_of(list[i]);
    pthread_mutex_unlock(&lock);
    return found;
}

static void change_references(cl_event event, int by)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAX_POISONED; i++)
        if (poisoned[i].references > 0 && poisoned[i].event == event)
            poisoned[i].references += by;
    pthread_mutex_unlock(&lock);
}

static void give_event(const char *name, cl_event event, int dependent_failed)
{
    atomic_fetch_add(&live[KIND_event], 1);
    pthread_mutex_lock(&lock);
    if (++events == fail_event) {
        fired = 1;
        where = name;
        poison(event, fail_code);
    } else if (dependent_failed) {
        poison(event, DEPENDENT_FAILED);
    }
    pthread_mutex_unlock(&lock);
}

/* ---- the face of clfault.h ---- */

static void arm(long call, long event, int code)
{
    pthread_mutex_lock(&lock);
    fail_call = call ? calls + call : 0;
    fail_event = event ? events + event : 0;
    fail_code = code;
    fired = 0;
    where = "";
    pthread_mutex_unlock(&lock);
}

void clfault_arm(long n, int code)
{
    arm(n, 0, code);
}

void clfault_arm_event(long n, int code)
{
    arm(0, n, code);
}

void clfault_disarm(void)
{
    pthread_mutex_lock(&lock);
    fail_call = fail_event = 0;
    pthread_mutex_unlock(&lock);
}

int clfault_fired(void)
{
    return fired;
}

const char *clfault_where(void)
{
    return where;
}

long clfault_calls(void)
{
    return calls;
}

long clfault_events(void)
{
    return events;
}

long clfault_count(const char *name)
{
    for (int i = 0; i < MAX_FUNCTIONS && functions[i].name; i++)
        if (strcmp(functions[i].name, name) == 0)
            return functions[i].count;
    return 0;
}

/* ---- OpenCL ---- */

/* Through memory, for C knows no cast from dlsym's pointer to one to code. */
static void find_real(void *function, const char *name)
{
    void *const found = dlsym(RTLD_NEXT, name);
    if (!found) {
        fprintf(stderr, "clfault: the loader has no %s\n", name);
        abort();
    }
    memcpy(function, &found, sizeof(found));
}

#define REAL(name)                                                                                 \
    __typeof__(&name) real; /* the loader's function */                                            \
    find_real(&real, #name)

#define INFO(name, parameters, arguments)                                                          \
    cl_int CL_API_CALL name parameters                                                             \
    {                                                                                              \
        REAL(name);                                                                                \
        const cl_int code = fate(#name);                                                           \
        return code ? code : real arguments;                                                       \
    }

#define MAKE(type, kind, name, parameters, arguments)                                              \
    type CL_API_CALL name parameters                                                               \
    {                                                                                              \
        REAL(name);                                                                                \
        const cl_int code = fate(#name);                                                           \
        if (code && errcode_ret)                                                                   \
            *errcode_ret = code;                                                                   \
        type object = code ? NULL : real arguments;                                                \
        if (object)                                                                                \
            atomic_fetch_add(&live[KIND_##kind], 1);                                               \
        return object;                                                                             \
    }

#define ENQUEUE(name, parameters, arguments)                                                       \
    cl_int CL_API_CALL name parameters                                                             \
    {                                                                                              \
        REAL(name);                                                                                \
        cl_int code = fate(#name);                                                                 \
        if (code)                                                                                  \
            return code;                                                                           \
        const int failed = waits_for_poison(wait_count, waits);                                    \
        code = real arguments;                                                                     \
        if (code == CL_SUCCESS && event)                                                           \
            give_event(#name, *event, failed);                                                     \
        return code;                                                                               \
    }

#define REFERENCE(type, kind, name)                                                                \
    cl_int CL_API_CALL clRetain##name(type object)                                                 \
    {                                                                                              \
        REAL(clRetain##name);                                                                      \
        cl_int code = fate("clRetain" #name);                                                      \
        if (!code)                                                                                 \
            code = real(object);                                                                   \
        if (code == CL_SUCCESS)                                                                    \
            reference(KIND_##kind, (void *)object, 1);                                             \
        return code;                                                                               \
    }                                                                                              \
    cl_int CL_API_CALL clRelease##name(type object)                                                \
    {                                                                                              \
        REAL(clRelease##name);                                                                     \
        reference(KIND_##kind, (void *)object, -1);                                                \
        return real(object);                                                                       \
    }

static void reference(int kind, void *object, int by)
{
    atomic_fetch_add(&live[kind], by);
    if (kind == KIND_event)
        change_references(object, by);
}

REFERENCE(cl_context, context, Context)
REFERENCE(cl_command_queue, queue, CommandQueue)
REFERENCE(cl_mem, mem, MemObject)
REFERENCE(cl_program, program, Program)
REFERENCE(cl_kernel, kernel, Kernel)
REFERENCE(cl_event, event, Event)

#define QUERY size_t bytes, void *value, size_t *bytes_ret
#define ASK   what, bytes, value, bytes_ret
INFO(clGetPlatformIDs, (cl_uint n, cl_platform_id *ids, cl_uint *count), (n, ids, count))
INFO(clGetPlatformInfo, (cl_platform_id of, cl_platform_info what, QUERY), (of, ASK))
INFO(clGetDeviceIDs,
     (cl_platform_id of, cl_device_type type, cl_uint n, cl_device_id *ids, cl_uint *count),
     (of, type, n, ids, count))
INFO(clGetDeviceInfo, (cl_device_id of, cl_device_info what, QUERY), (of, ASK))
INFO(clGetContextInfo, (cl_context of, cl_context_info what, QUERY), (of, ASK))
INFO(clGetCommandQueueInfo, (cl_command_queue of, cl_command_queue_info what, QUERY), (of, ASK))
INFO(clGetMemObjectInfo, (cl_mem of, cl_mem_info what, QUERY), (of, ASK))
INFO(clGetProgramInfo, (cl_program of, cl_program_info what, QUERY), (of, ASK))
INFO(clGetProgramBuildInfo, (cl_program of, cl_device_id device, cl_program_build_info what, QUERY),
     (of, device, ASK))
INFO(clGetKernelInfo, (cl_kernel of, cl_kernel_info what, QUERY), (of, ASK))
INFO(clGetKernelWorkGroupInfo,
     (cl_kernel of, cl_device_id device, cl_kernel_work_group_info what, QUERY), (of, device, ASK))
INFO(clGetEventProfilingInfo, (cl_event of, cl_profiling_info what, QUERY), (of, ASK))
INFO(clSetKernelArg, (cl_kernel of, cl_uint i, size_t bytes, const void *value),
     (of, i, bytes, value))
INFO(clFlush, (cl_command_queue of), (of))
INFO(clFinish, (cl_command_queue of), (of))
INFO(clBuildProgram,
     (cl_program of, cl_uint n, const cl_device_id *devices, const char *options,
      void(CL_CALLBACK *done)(cl_program, void *), void *user),
     (of, n, devices, options, done, user))

MAKE(cl_context, context, clCreateContext,
     (const cl_context_properties *properties, cl_uint n, const cl_device_id *devices,
      void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *user,
      cl_int *errcode_ret),
     (properties, n, devices, notify, user, errcode_ret))
MAKE(cl_command_queue, queue, clCreateCommandQueue,
     (cl_context of, cl_device_id device, cl_command_queue_properties properties,
      cl_int *errcode_ret),
     (of, device, properties, errcode_ret))
MAKE(cl_mem, mem, clCreateBuffer,
     (cl_context of, cl_mem_flags flags, size_t bytes, void *host, cl_int *errcode_ret),
     (of, flags, bytes, host, errcode_ret))
MAKE(cl_mem, mem, clCreateSubBuffer,
     (cl_mem of, cl_mem_flags flags, cl_buffer_create_type type, const void *region,
      cl_int *errcode_ret),
     (of, flags, type, region, errcode_ret))
MAKE(cl_program, program, clCreateProgramWithSource,
     (cl_context of, cl_uint n, const char **strings, const size_t *lengths, cl_int *errcode_ret),
     (of, n, strings, lengths, errcode_ret))
MAKE(cl_program, program, clCreateProgramWithBinary,
     (cl_context of, cl_uint n, const cl_device_id *devices, const size_t *lengths,
      const unsigned char **binaries, cl_int *accepted, cl_int *errcode_ret),
     (of, n, devices, lengths, binaries, accepted, errcode_ret))
MAKE(cl_kernel, kernel, clCreateKernel, (cl_program of, const char *name, cl_int *errcode_ret),
     (of, name, errcode_ret))
MAKE(cl_event, event, clCreateUserEvent, (cl_context of, cl_int *errcode_ret), (of, errcode_ret))

#define WAITS cl_uint wait_count, const cl_event *waits, cl_event *event
#define WAIT  wait_count, waits, event
ENQUEUE(clEnqueueNDRangeKernel,
        (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
         const size_t *global, const size_t *local, WAITS),
        (queue, kernel, dimensions, offset, global, local, WAIT))
ENQUEUE(clEnqueueReadBuffer,
        (cl_command_queue queue, cl_mem mem, cl_bool block, size_t offset, size_t bytes, void *to,
         WAITS),
        (queue, mem, block, offset, bytes, to, WAIT))
ENQUEUE(clEnqueueWriteBuffer,
        (cl_command_queue queue, cl_mem mem, cl_bool block, size_t offset, size_t bytes,
         const void *from, WAITS),
        (queue, mem, block, offset, bytes, from, WAIT))
ENQUEUE(clEnqueueCopyBuffer,
        (cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
         size_t bytes, WAITS),
        (queue, from, to, from_offset, to_offset, bytes, WAIT))
ENQUEUE(clEnqueueUnmapMemObject, (cl_command_queue queue, cl_mem mem, void *data, WAITS),
        (queue, mem, data, WAIT))
ENQUEUE(clEnqueueMarkerWithWaitList, (cl_command_queue queue, WAITS), (queue, WAIT))
ENQUEUE(clEnqueueBarrierWithWaitList, (cl_command_queue queue, WAITS), (queue, WAIT))

void *CL_API_CALL clEnqueueMapBuffer(cl_command_queue queue, cl_mem mem, cl_bool block,
                                     cl_map_flags flags, size_t offset, size_t bytes, WAITS,
                                     cl_int *errcode_ret)
{
    REAL(clEnqueueMapBuffer);
    const cl_int code = fate("clEnqueueMapBuffer");
    if (code)
        return *errcode_ret = code, NULL;
    void *const data = real(queue, mem, block, flags, offset, bytes, WAIT, errcode_ret);
    if (data && event)
        give_event("clEnqueueMapBuffer", *event, waits_for_poison(wait_count, waits));
    return data;
}

cl_int CL_API_CALL clWaitForEvents(cl_uint count, const cl_event *list)
{
    REAL(clWaitForEvents);
    cl_int code = fate("clWaitForEvents");
    if (code)
        return code;
    code = real(count, list);
    return waits_for_poison(count, list) ? DEPENDENT_FAILED : code;
}

cl_int CL_API_CALL clGetEventInfo(cl_event of, cl_event_info what, QUERY)
{
    REAL(clGetEventInfo);
    cl_int code = fate("clGetEventInfo");
    if (code)
        return code;
    code = real(of, ASK);
    pthread_mutex_lock(&lock);
    const cl_int poison_code = poison_of(of);
    pthread_mutex_unlock(&lock);
    if (code == CL_SUCCESS && poison_code && what == CL_EVENT_COMMAND_EXECUTION_STATUS && value)
        memcpy(value, &poison_code, sizeof(poison_code));
    return code;
}
