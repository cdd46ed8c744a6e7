/* device.h - one face for the host and for OpenCL devices: contexts and buffers. */
#ifndef CC_DEVICE_DEVICE_H
#define CC_DEVICE_DEVICE_H

#include "ocl/ocl.h"
#include <stdatomic.h>

struct clconv_context {
    atomic_int references; /* the caller's handle, and one a plan, buffer or stream */
    cc_ocl *ocl;           /* NULL: the host */
    cc_caps caps;
    cc_log log;
    atomic_uint large_buffers; /* made so far */
    void *wisdom;              /* of plan/, which knows what it is; NULL: none */
    void (*wisdom_free)(void *wisdom);
};

struct clconv_buffer {
    clconv_context *context;
    clconv_buffer *parent; /* of a view */
    atomic_int references; /* the caller's handle, and one a view */
    size_t offset, bytes;  /* offset in mem or host, in bytes */
    cc_mem mem;            /* OpenCL */
    unsigned char *host;   /* host, or the caller's memory that is lent */
    bool is_lent;
};

clconv_status cc_context_open(clconv_context **context, const clconv_context_options *options);
clconv_status cc_context_adopt(clconv_context **context, void *cl_context, void *cl_device,
                               const clconv_context_options *options);
void cc_context_retain(clconv_context *context);
void cc_context_release(clconv_context *context); /* NULL is accepted */

/* A buffer that is the caller's memory, which has to live as long, on a device that shares memory
 * with the host: nothing is copied. Reading it whole to where it is lets the host see it. */
clconv_status cc_buffer_over(clconv_buffer **buffer, clconv_context *context, void *memory,
                             size_t bytes);
clconv_status cc_buffer_create(clconv_buffer **buffer, clconv_context *context, size_t bytes);
clconv_status cc_buffer_view(clconv_buffer **view, clconv_buffer *buffer, size_t offset,
                             size_t bytes);
clconv_status cc_buffer_write(clconv_buffer *buffer, size_t offset, const void *from, size_t bytes);
clconv_status cc_buffer_read(void *to, const clconv_buffer *buffer, size_t offset, size_t bytes);
void cc_buffer_release(clconv_buffer *buffer);

void cc_host_caps(cc_caps *caps);

/* Devices of both kinds, the host last. */
clconv_status cc_device_list(clconv_device_info *devices, size_t capacity, size_t *count);

#endif
