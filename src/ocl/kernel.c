/* kernel.c - kernels of a program. Setting the arguments of a kernel that two threads share is
 * OpenCL's classic race, so every run has its own. */
#include "ocl/internal.h"
#include <stdio.h>
#include <stdlib.h>

/* Mesa 22.3 (rusticl) gives the width of its SIMD unit for the largest work-group of a kernel and
 * still runs larger ones: a limit that equals the preferred multiple is not believed. */
static cl_int group_limit(size_t *limit, const cc_ocl *ocl, cl_kernel kernel)
{
    size_t multiple = 0;
    cl_int code = clGetKernelWorkGroupInfo(kernel, ocl->device, CL_KERNEL_WORK_GROUP_SIZE,
                                           sizeof(*limit), limit, NULL);
    if (code == CL_SUCCESS)
        code = clGetKernelWorkGroupInfo(kernel, ocl->device,
                                        CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE,
                                        sizeof(multiple), &multiple, NULL);
    if (code == CL_SUCCESS && *limit == multiple)
        *limit = ocl->caps.info.max_group;
    return code;
}

static cl_int fill(cc_kernel *kernel, const cc_ocl *ocl, const cc_program *program,
                   const char *name)
{
    cl_int code;
    snprintf(kernel->name, sizeof(kernel->name), "%s", name);
    kernel->handle = clCreateKernel(cc_program_handle(program), name, &code);
    if (!kernel->handle)
        return code;
    code = clGetKernelInfo(kernel->handle, CL_KERNEL_NUM_ARGS, sizeof(kernel->arg_count),
                           &kernel->arg_count, NULL);
    return code == CL_SUCCESS ? group_limit(&kernel->max_group, ocl, kernel->handle) : code;
}

clconv_status cc_ocl_kernel_create(cc_kernel **out, cc_ocl *ocl, cc_program *program,
                                   const char *name)
{
    *out = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    cc_kernel *kernel = calloc(1, sizeof(*kernel));
    if (!kernel)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for kernel %s", name);
    const cl_int code = fill(kernel, ocl, program, name);
    if (code != CL_SUCCESS) {
        cc_ocl_kernel_release(kernel);
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "kernel %s on %s", name, ocl->caps.info.id);
    }
    *out = kernel;
    return CLCONV_OK;
}

clconv_status cc_ocl_kernel_max_group(size_t *work_items, cc_ocl *ocl, cc_program *program,
                                      const char *name)
{
    cc_kernel *kernel = NULL;
    CC_TRY(cc_ocl_kernel_create(&kernel, ocl, program, name));
    *work_items = kernel->max_group;
    cc_ocl_kernel_release(kernel);
    return CLCONV_OK;
}

void cc_ocl_kernel_release(cc_kernel *kernel)
{
    if (!kernel)
        return;
    if (kernel->handle)
        clReleaseKernel(kernel->handle);
    free(kernel);
}
