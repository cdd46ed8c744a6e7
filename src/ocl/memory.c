/* memory.c - memory of a device, counted against a budget of our own.
 * Drivers promise memory that they do not have (clCreateBuffer succeeds, the first kernel fails):
 * so the sum is kept here, and a fresh buffer is touched before anybody relies on it. */
#include "ocl/internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Below this an allocation does not decide whether the machine lives. */
enum { LARGE = 16 << 20 };

/* Bytes that the machine can give without swapping; SIZE_MAX when it does not tell. */
static size_t machine_memory(void)
{
    char line[128];
    unsigned long long kib;
    size_t bytes = SIZE_MAX;
    FILE *file = fopen("/proc/meminfo", "re");
    if (!file)
        return bytes;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
            bytes = (size_t)kib * 1024;
    fclose(file);
    return bytes;
}

/* A processor's driver takes its buffers from malloc, lazily: what is too much would end the
 * process at the first write, not the allocation. */
static clconv_status check_machine(const cc_ocl *ocl, size_t bytes)
{
    if (!ocl->caps.is_cpu || bytes < LARGE)
        return CLCONV_OK;
    const size_t available = machine_memory();
    if (bytes <= available)
        return CLCONV_OK;
    return cc_fail(CLCONV_NO_MEMORY,
                   "%zu bytes do not fit: this machine has %zu bytes available; cut the work into "
                   "smaller pieces",
                   bytes, available);
}

static clconv_status check_size(const cc_ocl *ocl, size_t bytes)
{
    const clconv_device_info *info = &ocl->caps.info;
    if (bytes == 0)
        return cc_fail(CLCONV_INVALID, "a buffer of 0 bytes; OpenCL knows none, ask for 1 or more");
    if (bytes > info->max_buffer)
        return cc_fail(CLCONV_NO_MEMORY,
                       "%zu bytes in one buffer, but %s allows %" PRIu64
                       "; cut the work into smaller pieces",
                       bytes, info->id, info->max_buffer);
    return check_machine(ocl, bytes);
}

/* Takes bytes off the budget before the driver is asked, so that two threads cannot both pass. */
static clconv_status reserve(cc_ocl *ocl, size_t bytes)
{
    pthread_mutex_lock(&ocl->lock);
    const size_t used = ocl->memory_used;
    const bool fits = bytes <= ocl->memory_budget - used;
    if (fits)
        ocl->memory_used += bytes;
    pthread_mutex_unlock(&ocl->lock);
    if (fits)
        return CLCONV_OK;
    return cc_fail(CLCONV_NO_MEMORY,
                   "%zu bytes do not fit: %zu of the %zu bytes that %s gives us are in use; "
                   "destroy buffers or cut the work into smaller pieces",
                   bytes, used, ocl->memory_budget, ocl->caps.info.id);
}

static void unreserve(cc_ocl *ocl, size_t bytes)
{
    pthread_mutex_lock(&ocl->lock);
    ocl->memory_used -= bytes;
    pthread_mutex_unlock(&ocl->lock);
}

/* Writes the last byte: makes the driver find real memory now. Running out here is running out of
 * memory, not the loss of the device. */
static clconv_status touch(cc_ocl *ocl, cl_mem mem, size_t bytes)
{
    const cl_uchar zero = 0;
    cl_event event;
    cl_int execution = CL_COMPLETE;
    cl_int code =
        clEnqueueWriteBuffer(ocl->queue, mem, CL_TRUE, bytes - 1, 1, &zero, 0, NULL, &event);
    if (code == CL_SUCCESS) {
        code = clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(execution),
                              &execution, NULL);
        clReleaseEvent(event);
    }
    if (code == CL_SUCCESS && execution >= 0)
        return CLCONV_OK;
    return cc_cl_fail(ocl, code != CL_SUCCESS ? code : execution, CC_CL_CREATE,
                      "touching a new buffer of %zu bytes on %s", bytes, ocl->caps.info.id);
}

static clconv_status allocate(cc_ocl *ocl, cc_block *block, size_t bytes)
{
    cl_int code;
    block->bytes = bytes;
    block->mem = clCreateBuffer(ocl->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (!block->mem)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "a buffer of %zu bytes on %s", bytes,
                          ocl->caps.info.id);
    const clconv_status status = touch(ocl, block->mem, bytes);
    if (status != CLCONV_OK)
        clReleaseMemObject(block->mem);
    return status;
}

clconv_status cc_ocl_mem_create(cc_mem *mem, cc_ocl *ocl, size_t bytes)
{
    *mem = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    CC_TRY(check_size(ocl, bytes));
    cc_block *block = malloc(sizeof(*block));
    if (!block)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a buffer");
    clconv_status status = reserve(ocl, bytes);
    if (status == CLCONV_OK) {
        status = allocate(ocl, block, bytes);
        if (status != CLCONV_OK)
            unreserve(ocl, bytes);
    }
    if (status != CLCONV_OK) {
        free(block);
        return status;
    }
    pthread_mutex_lock(&ocl->lock);
    block->next = ocl->blocks;
    ocl->blocks = block;
    pthread_mutex_unlock(&ocl->lock);
    *mem = block->mem;
    return CLCONV_OK;
}

/* Takes our block for mem off the list and its bytes off the budget. */
static cc_block *take_block(cc_ocl *ocl, cl_mem mem)
{
    pthread_mutex_lock(&ocl->lock);
    cc_block **at = &ocl->blocks;
    while (*at && (*at)->mem != mem)
        at = &(*at)->next;
    cc_block *const block = *at;
    if (block) {
        *at = block->next;
        ocl->memory_used -= block->bytes;
    }
    pthread_mutex_unlock(&ocl->lock);
    return block;
}

void cc_ocl_mem_release(cc_ocl *ocl, cc_mem mem)
{
    if (!mem)
        return;
    free(take_block(ocl, mem)); /* before the driver may give the handle to another thread */
    clReleaseMemObject(mem);
}

static clconv_status check_transfer(cc_ocl *ocl, cl_int code, cl_event event, const char *doing)
{
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "%s %s", doing, ocl->caps.info.id);
    return cc_cl_complete(ocl, event, doing);
}

clconv_status cc_ocl_write(cc_ocl *ocl, cc_mem to, size_t offset, const void *from, size_t bytes)
{
    cl_event event = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    if (bytes == 0)
        return CLCONV_OK;
    const cl_int code =
        clEnqueueWriteBuffer(ocl->queue, to, CL_TRUE, offset, bytes, from, 0, NULL, &event);
    return check_transfer(ocl, code, event, "writing to");
}

clconv_status cc_ocl_read(cc_ocl *ocl, void *to, cc_mem from, size_t offset, size_t bytes)
{
    cl_event event = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    if (bytes == 0)
        return CLCONV_OK;
    const cl_int code =
        clEnqueueReadBuffer(ocl->queue, from, CL_TRUE, offset, bytes, to, 0, NULL, &event);
    return check_transfer(ocl, code, event, "reading from");
}

clconv_status cc_ocl_mem_check(cc_ocl *ocl, cc_mem mem, const char *what, size_t offset,
                               size_t bytes)
{
    cl_context context = NULL;
    size_t size = 0;
    CC_TRY(cc_ocl_alive(ocl));
    cl_int code = clGetMemObjectInfo(mem, CL_MEM_CONTEXT, sizeof(context), &context, NULL);
    if (code == CL_SUCCESS)
        code = clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof(size), &size, NULL);
    if (code == CL_INVALID_MEM_OBJECT)
        return cc_fail(CLCONV_INVALID, "%s: not a cl_mem", what);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "%s: size of the memory", what);
    if (context != ocl->context)
        return cc_fail(CLCONV_INVALID, "%s: the cl_mem belongs to another OpenCL context", what);
    if (offset > size || bytes > size - offset)
        return cc_fail(CLCONV_INVALID, "%s: %zu bytes from offset %zu on pass the cl_mem's %zu",
                       what, bytes, offset, size);
    return CLCONV_OK;
}
