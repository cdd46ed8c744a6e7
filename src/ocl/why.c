/* why.c - why a machine has the OpenCL devices that it has, in words. */
#include "ocl/internal.h"

void cc_ocl_diagnose(cc_text *text)
{
    cc_device *devices;
    size_t count;
    if (cc_cl_enumerate(&devices, &count) != CLCONV_OK)
        cc_text_add(text, "%s\n", clconv_last_error());
}
