/* gemm_none.c - gemm.c in a build without CLBlast. */
#include "ocl/internal.h"

const char *cc_ocl_gemm_version(void)
{
    return "";
}

clconv_status cc_ocl_gemm(cc_commands *commands, const cc_gemm *gemm)
{
    (void)commands;
    (void)gemm;
    return cc_fail(CLCONV_UNSUPPORTED, "this build of clconv has no CLBlast");
}

void cc_gemm_close(cc_ocl *ocl)
{
    (void)ocl;
}
