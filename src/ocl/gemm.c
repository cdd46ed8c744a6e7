/* gemm.c - matrix products through CLBlast.
 * CLBlast takes no wait list, so a barrier puts its kernels behind the chain on any queue; its own
 * kernels wait for each other and its event is that of the last. A failure does not pass through a
 * barrier, so a marker joins what came before with the product: it fails when either does. CLBlast
 * keeps compiled programs of a
 * context in a cache of the process: emptied when a context that used it closes, so that none of
 * them outlives the context. The first product of a shape class compiles: its time tells that. */
#include "ocl/internal.h"
#include <clblast_c.h>

#ifndef CLCONV_CLBLAST_VERSION
#define CLCONV_CLBLAST_VERSION "of an unknown version"
#endif

const char *cc_ocl_gemm_version(void)
{
    return "CLBlast " CLCONV_CLBLAST_VERSION;
}

/* CLBlast passes OpenCL's codes on and has its own below -1000. */
static clconv_status gemm_failed(cc_ocl *ocl, const cc_gemm *gemm, int code)
{
    enum { LOWEST_OPENCL = -999 };
    if (code >= LOWEST_OPENCL)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "CLBlast, %zu x %zu x %zu", gemm->m, gemm->n,
                          gemm->k);
    if (code == CLBlastNoDoublePrecision)
        return cc_fail(CLCONV_UNSUPPORTED, "%s has no double precision", ocl->caps.info.id);
    const clconv_status status =
        code == CLBlastInsufficientMemoryTemp ? CLCONV_NO_MEMORY : CLCONV_DEVICE;
    return cc_fail(status, "CLBlast, %zu x %zu x %zu on %s: its error %d", gemm->m, gemm->n,
                   gemm->k, ocl->caps.info.id, code);
}

static int multiply(const cc_gemm *g, cl_command_queue queue, cl_event *event)
{
    const CLBlastLayout layout = CLBlastLayoutRowMajor;
    const CLBlastTranspose no = CLBlastTransposeNo;
    if (g->f64)
        return CLBlastDgemm(layout, no, no, g->m, g->n, g->k, 1.0, g->a, g->a_offset, g->k, g->b,
                            g->b_offset, g->n, 0.0, g->c, g->c_offset, g->n, &queue, event);
    return CLBlastSgemm(layout, no, no, g->m, g->n, g->k, 1.0F, g->a, g->a_offset, g->k, g->b,
                        g->b_offset, g->n, 0.0F, g->c, g->c_offset, g->n, &queue, event);
}

/* CLBlast fills a table of the process on first use, without a lock (database.cpp): until a product
 * has succeeded, threads come one by one, whatever their contexts. */
static int multiply_alone_at_first(const cc_gemm *g, cl_command_queue queue, cl_event *event)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static atomic_bool filled;
    if (atomic_load(&filled))
        return multiply(g, queue, event);
    pthread_mutex_lock(&lock);
    const int result = multiply(g, queue, event);
    if (result == CLBlastSuccess)
        atomic_store(&filled, true);
    pthread_mutex_unlock(&lock);
    return result;
}

/* The chain goes on from an event that fails when the barrier or the product did. */
static clconv_status join(cc_commands *commands, cl_event product)
{
    cc_ocl *const ocl = commands->ocl;
    const cl_event both[] = {commands->last, product};
    cl_event joined;
    const cl_int code = clEnqueueMarkerWithWaitList(commands->queue, 2, both, &joined);
    if (code != CL_SUCCESS) {
        cc_commands_add(commands, product);
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "a marker on %s", ocl->caps.info.id);
    }
    clReleaseEvent(product);
    cc_commands_add(commands, joined);
    return CLCONV_OK;
}

clconv_status cc_ocl_gemm(cc_commands *commands, const cc_gemm *gemm)
{
    cc_ocl *const ocl = commands->ocl;
    const cc_wait_list waits = cc_commands_waits(commands);
    cl_event barrier, product = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    const cl_int code =
        clEnqueueBarrierWithWaitList(commands->queue, waits.count, waits.events, &barrier);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_COMMAND, "a barrier on %s", ocl->caps.info.id);
    cc_commands_add(commands, barrier); /* the product's time counts from here */

    atomic_store(&ocl->used_gemm, true);
    const int result = multiply_alone_at_first(gemm, commands->queue, &product);
    const clconv_status status = product ? join(commands, product) : CLCONV_OK;
    return result == CLBlastSuccess ? status : gemm_failed(ocl, gemm, result);
}

void cc_gemm_close(cc_ocl *ocl)
{
    if (atomic_load(&ocl->used_gemm))
        CLBlastClearCache();
}
