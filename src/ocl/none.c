/* none.c - ocl.h in a build without OpenCL: no devices, so nothing below open can be reached with
 * an open device; the functions that take one are here for the linker and refuse. */
#include "base/status.h"
#include "ocl/ocl.h"

static clconv_status refuse(void)
{
    return cc_fail(CLCONV_UNSUPPORTED,
                   "this build of clconv has no OpenCL; build it with CLCONV_OPENCL=ON");
}

void cc_ocl_prepare(const char *cache_dir)
{
    (void)cache_dir;
}

clconv_status cc_ocl_devices(clconv_device_info *devices, size_t capacity, size_t *count)
{
    (void)devices;
    (void)capacity;
    *count = 0;
    return CLCONV_OK;
}

void cc_ocl_diagnose(cc_text *text)
{
    cc_text_add(text, "This build of clconv has no OpenCL; it knows the host only.\n"
                      "Remedy: install OpenCL's headers and loader (Debian, Ubuntu: opencl-headers "
                      "ocl-icd-opencl-dev) and build with CLCONV_OPENCL=ON.\n");
}

clconv_status cc_ocl_open(cc_ocl **ocl, const char *id, const cc_ocl_options *options)
{
    (void)id;
    (void)options;
    *ocl = NULL;
    return refuse();
}

clconv_status cc_ocl_adopt(cc_ocl **ocl, void *cl_context, void *cl_device,
                           const cc_ocl_options *options)
{
    (void)cl_context;
    (void)cl_device;
    (void)options;
    *ocl = NULL;
    return refuse();
}

void cc_ocl_close(cc_ocl *ocl)
{
    (void)ocl;
}

const cc_caps *cc_ocl_caps(const cc_ocl *ocl)
{
    (void)ocl;
    return NULL;
}

void cc_ocl_handles(const cc_ocl *ocl, void **cl_context, void **cl_device)
{
    (void)ocl;
    *cl_context = *cl_device = NULL;
}

clconv_status cc_ocl_alive(const cc_ocl *ocl)
{
    (void)ocl;
    return refuse();
}

clconv_status cc_ocl_mem_over(cc_mem *mem, cc_ocl *ocl, void *memory, size_t bytes)
{
    (void)ocl;
    (void)memory;
    (void)bytes;
    *mem = NULL;
    return refuse();
}

clconv_status cc_ocl_settle(cc_ocl *ocl, cc_mem mem, size_t bytes)
{
    (void)ocl;
    (void)mem;
    (void)bytes;
    return refuse();
}

void cc_ocl_drain(cc_ocl *ocl)
{
    (void)ocl;
}

clconv_status cc_ocl_mem_create(cc_mem *mem, cc_ocl *ocl, size_t bytes)
{
    (void)ocl;
    (void)bytes;
    *mem = NULL;
    return refuse();
}

void cc_ocl_mem_release(cc_ocl *ocl, cc_mem mem)
{
    (void)ocl;
    (void)mem;
}

clconv_status cc_ocl_write(cc_ocl *ocl, cc_mem to, size_t offset, const void *from, size_t bytes)
{
    (void)ocl;
    (void)to;
    (void)offset;
    (void)from;
    (void)bytes;
    return refuse();
}

clconv_status cc_ocl_read(cc_ocl *ocl, void *to, cc_mem from, size_t offset, size_t bytes)
{
    (void)ocl;
    (void)to;
    (void)from;
    (void)offset;
    (void)bytes;
    return refuse();
}

clconv_status cc_ocl_mem_check(cc_ocl *ocl, cc_mem mem, const char *what, size_t offset,
                               size_t bytes)
{
    (void)ocl;
    (void)mem;
    (void)what;
    (void)offset;
    (void)bytes;
    return refuse();
}

clconv_status cc_ocl_pinned_create(cc_pinned *pinned, cc_ocl *ocl, size_t bytes)
{
    (void)ocl;
    (void)bytes;
    *pinned = (cc_pinned){0};
    return refuse();
}

clconv_status cc_ocl_pinned_release(cc_ocl *ocl, cc_pinned *pinned)
{
    (void)ocl;
    (void)pinned;
    return CLCONV_OK;
}

clconv_status cc_ocl_copy(cc_commands *commands, cc_mem to, cc_mem from, size_t bytes)
{
    (void)commands;
    (void)to;
    (void)from;
    (void)bytes;
    return refuse();
}

clconv_status cc_ocl_copy_in(cc_commands *commands, cc_mem to, const void *from, size_t bytes)
{
    (void)commands;
    (void)to;
    (void)from;
    (void)bytes;
    return refuse();
}

clconv_status cc_ocl_copy_out(cc_commands *commands, void *to, cc_mem from, size_t bytes)
{
    (void)commands;
    (void)to;
    (void)from;
    (void)bytes;
    return refuse();
}

clconv_status cc_ocl_program(cc_program **program, cc_ocl *ocl, const char *file,
                             const char *options)
{
    (void)ocl;
    (void)file;
    (void)options;
    *program = NULL;
    return refuse();
}

void cc_ocl_program_release(cc_ocl *ocl, cc_program *program)
{
    (void)ocl;
    (void)program;
}

const char *cc_ocl_program_key(const cc_program *program)
{
    (void)program;
    return "";
}

unsigned cc_ocl_builds(const cc_ocl *ocl)
{
    (void)ocl;
    return 0;
}

clconv_status cc_ocl_kernel_max_group(size_t *work_items, cc_ocl *ocl, cc_program *program,
                                      const char *name)
{
    (void)ocl;
    (void)program;
    (void)name;
    *work_items = 0;
    return refuse();
}

clconv_status cc_ocl_kernel_create(cc_kernel **kernel, cc_ocl *ocl, cc_program *program,
                                   const char *name)
{
    (void)ocl;
    (void)program;
    (void)name;
    *kernel = NULL;
    return refuse();
}

void cc_ocl_kernel_release(cc_kernel *kernel)
{
    (void)kernel;
}

bool cc_ocl_verdict_get(cc_ocl *ocl, const char *key, bool *passed)
{
    (void)ocl;
    (void)key;
    (void)passed;
    return false;
}

void cc_ocl_verdict_put(cc_ocl *ocl, const char *what, const char *key, bool passed)
{
    (void)ocl;
    (void)what;
    (void)key;
    (void)passed;
}

clconv_status cc_ocl_queue_create(cc_queue *queue, cc_ocl *ocl)
{
    (void)ocl;
    *queue = NULL;
    return refuse();
}

void cc_ocl_queue_release(cc_queue queue)
{
    (void)queue;
}

clconv_status cc_ocl_queue_check(cc_ocl *ocl, cc_queue queue)
{
    (void)ocl;
    (void)queue;
    return refuse();
}

clconv_status cc_ocl_begin(cc_commands *commands, cc_ocl *ocl, cc_queue queue,
                           const cc_event *waits, unsigned wait_count)
{
    *commands = (cc_commands){.ocl = ocl, .queue = queue, .waits = waits, .wait_count = wait_count};
    return refuse();
}

clconv_status cc_ocl_launch(cc_commands *commands, cc_kernel *kernel, const cc_grid *grid,
                            const cc_arg *args, unsigned arg_count)
{
    (void)commands;
    (void)kernel;
    (void)grid;
    (void)args;
    (void)arg_count;
    return refuse();
}

clconv_status cc_ocl_gemm(cc_commands *commands, const cc_gemm *gemm)
{
    (void)commands;
    (void)gemm;
    return refuse();
}

const char *cc_ocl_gemm_version(void)
{
    return "";
}

clconv_status cc_ocl_flush(cc_commands *commands)
{
    (void)commands;
    return refuse();
}

clconv_status cc_ocl_finish(cc_commands *commands, double *seconds)
{
    (void)commands;
    if (seconds)
        *seconds = 0;
    return refuse();
}

clconv_status cc_ocl_hand_over(cc_commands *commands, cc_event *event)
{
    (void)commands;
    if (event)
        *event = NULL;
    return refuse();
}

void cc_ocl_await(const cc_commands *commands)
{
    (void)commands;
}

void cc_ocl_discard(cc_commands *commands)
{
    (void)commands;
}

void cc_ocl_abandon(cc_commands *commands)
{
    (void)commands;
}
