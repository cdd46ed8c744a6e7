/* context.c - contexts: which device a name means, and the life of an opened one. */
#define _POSIX_C_SOURCE 200809L
#include "base/status.h"
#include "device/device.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct cc_candidates {
    clconv_device_info *devices; /* of OpenCL */
    size_t count;
} cc_candidates;

static bool contains(const char *id, const char *part)
{
    const size_t length = strlen(part);
    for (; *id; id++)
        if (strncasecmp(id, part, length) == 0)
            return true;
    return false;
}

static clconv_status list(cc_candidates *candidates, const char *cache_dir)
{
    enum { MAX = 64 };
    *candidates = (cc_candidates){0};
    cc_ocl_prepare(cache_dir);
    candidates->devices = calloc(MAX, sizeof(*candidates->devices));
    if (!candidates->devices)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a list of devices");
    const clconv_status status = cc_ocl_devices(candidates->devices, MAX, &candidates->count);
    if (candidates->count > MAX)
        candidates->count = MAX;
    return status;
}

static clconv_status no_device(const char *name, const cc_candidates *candidates)
{
    cc_caps host;
    cc_text known = {0};
    for (size_t i = 0; i < candidates->count; i++)
        cc_text_add(&known, "\"%s\", ", candidates->devices[i].id);
    cc_host_caps(&host);
    cc_text_add(&known, "\"%s\"", host.info.id);
    const clconv_status status =
        cc_fail(CLCONV_NO_DEVICE, "no device has \"%s\" in its id; there are %s", name,
                known.failed ? "others" : known.s);
    cc_text_free(&known);
    return status;
}

static void use_host(clconv_context *context)
{
    context->ocl = NULL;
    cc_host_caps(&context->caps);
}

static clconv_status open_ocl(clconv_context *context, const char *id,
                              const clconv_context_options *options)
{
    const cc_ocl_options ocl_options = {context->log, options->cache_dir, options->cl_dir};
    CC_TRY(cc_ocl_open(&context->ocl, id, &ocl_options));
    context->caps = *cc_ocl_caps(context->ocl);
    return CLCONV_OK;
}

static clconv_status open_named(clconv_context *context, const char *name,
                                const clconv_context_options *options)
{
    cc_candidates candidates;
    cc_caps host;
    if (strcasecmp(name, "host") == 0) { /* no driver is touched */
        use_host(context);
        return CLCONV_OK;
    }
    clconv_status status = list(&candidates, options->cache_dir);
    size_t i = 0;
    while (i < candidates.count && !contains(candidates.devices[i].id, name))
        i++;
    cc_host_caps(&host);
    if (status == CLCONV_OK && i < candidates.count) {
        status = open_ocl(context, candidates.devices[i].id, options);
    } else if (contains(host.info.id, name)) {
        use_host(context);
        status = CLCONV_OK;
    } else if (status == CLCONV_OK) {
        status = no_device(name, &candidates);
    }
    free(candidates.devices);
    return status;
}

/* The best that works; a driver that fails costs a warning, and the host always works. */
static void open_best(clconv_context *context, const clconv_context_options *options)
{
    cc_candidates candidates;
    if (list(&candidates, options->cache_dir) != CLCONV_OK)
        cc_log_say(&context->log, CLCONV_LOG_WARNING, "OpenCL is of no use: %s",
                   clconv_last_error());
    bool opened = false;
    for (size_t i = 0; i < candidates.count && !opened; i++) {
        opened = open_ocl(context, candidates.devices[i].id, options) == CLCONV_OK;
        if (!opened)
            cc_log_say(&context->log, CLCONV_LOG_WARNING, "%s is passed over: %s",
                       candidates.devices[i].id, clconv_last_error());
    }
    free(candidates.devices);
    if (opened)
        return;
    cc_log_say(&context->log, CLCONV_LOG_WARNING,
               "no OpenCL device can be used, the host computes instead; clconv_device_diagnose "
               "says why");
    use_host(context);
}

static clconv_status create(clconv_context **context, const clconv_context_options *options)
{
    *context = calloc(1, sizeof(**context));
    if (!*context)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a context");
    atomic_init(&(*context)->references, 1);
    atomic_init(&(*context)->large_buffers, 0);
    (*context)->log = (cc_log){options->log, options->log_user};
    return CLCONV_OK;
}

static clconv_status keep_or_free(clconv_context **out, clconv_context *context,
                                  clconv_status status)
{
    if (status == CLCONV_OK)
        *out = context;
    else
        free(context);
    return status;
}

clconv_status cc_context_open(clconv_context **out, const clconv_context_options *options)
{
    const char *const environment = getenv("CLCONV_DEVICE");
    clconv_context *context;
    clconv_status status = CLCONV_OK;
    *out = NULL;
    CC_TRY(create(&context, options));
    if (options->device) {
        status = open_named(context, options->device, options);
    } else if (environment && *environment) {
        status = open_named(context, environment, options);
        if (status == CLCONV_NO_DEVICE)
            cc_fail_in(status, "CLCONV_DEVICE");
    } else {
        open_best(context, options);
    }
    return keep_or_free(out, context, status);
}

clconv_status cc_context_adopt(clconv_context **out, void *cl_context, void *cl_device,
                               const clconv_context_options *options)
{
    clconv_context *context;
    *out = NULL;
    if (options->device)
        return cc_fail(CLCONV_INVALID,
                       "the device is the caller's cl_device_id, but device \"%s\" "
                       "is named too; leave it NULL",
                       options->device);
    CC_TRY(create(&context, options));
    const cc_ocl_options ocl_options = {context->log, options->cache_dir, options->cl_dir};
    const clconv_status status = cc_ocl_adopt(&context->ocl, cl_context, cl_device, &ocl_options);
    if (status == CLCONV_OK)
        context->caps = *cc_ocl_caps(context->ocl);
    return keep_or_free(out, context, status);
}

void cc_context_retain(clconv_context *context)
{
    atomic_fetch_add(&context->references, 1);
}

void cc_context_release(clconv_context *context)
{
    if (!context || atomic_fetch_sub(&context->references, 1) > 1)
        return;
    if (context->ocl)
        cc_ocl_close(context->ocl);
    if (context->wisdom)
        context->wisdom_free(context->wisdom);
    free(context);
}
