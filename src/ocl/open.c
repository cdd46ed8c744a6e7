/* open.c - one device opened: its OpenCL context and queue, its capabilities, and its end. */
#define _POSIX_C_SOURCE 200809L
#include "ocl/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Vendors by PCI number; what to ask NVIDIA's drivers (cl_nv_device_attribute_query). */
enum { NVIDIA = 0x10de, CAPABILITY_MAJOR = 0x4000, CAPABILITY_MINOR = 0x4001 };

/* Guesses for estimates, by what the driver tells: f32 operations of a compute unit in one cycle
 * (fused multiply-adds count two), bytes a second, seconds a launch. */
typedef struct cc_speed {
    cl_uint vendor; /* 0: any other */
    double flops_per_cycle;
} cc_speed;

static const cc_speed gpu_speeds[] = {
    {NVIDIA, 256}, /* 128 lanes */
    {0x1002, 128}, /* AMD: 64 lanes */
    {0x8086, 16},  /* Intel: 8 lanes of an execution unit */
    {0, 64},
};

static const double cpu_fma_ports = 2; /* x86 since Haswell, Zen, and ARM's larger cores */
static const double cpu_bandwidth = 50e9, shared_gpu_bandwidth = 50e9, gpu_bandwidth = 400e9;
static const double cpu_launch = 20e-6, gpu_launch = 10e-6;
static const double mhz_when_unknown = 1000;

static double guess_flops(cc_query *query, const clconv_device_info *info)
{
    const double cycles = 1e6 * (info->clock_mhz ? info->clock_mhz : mhz_when_unknown);
    const double units = info->compute_units ? info->compute_units : 1;
    if (info->kind == CLCONV_DEVICE_CPU) {
        const double lanes = (double)cc_query_number(query, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
        return units * cycles * 2 * cpu_fma_ports * (lanes >= 1 ? lanes : 1);
    }
    const cl_uint vendor = (cl_uint)cc_query_number(query, CL_DEVICE_VENDOR_ID);
    const cc_speed *speed = gpu_speeds;
    while (speed->vendor != 0 && speed->vendor != vendor)
        speed++;
    return units * cycles * speed->flops_per_cycle;
}

/* A driver that does not know the question is no failure. */
static int nv_capability_of(cc_query *query)
{
    cc_query own = {query->device, CL_SUCCESS};
    uint64_t major, minor;

    if (cc_query_number(query, CL_DEVICE_VENDOR_ID) != NVIDIA)
        return 0;
    major = cc_query_number(&own, CAPABILITY_MAJOR);
    minor = cc_query_number(&own, CAPABILITY_MINOR);
    return own.code == CL_SUCCESS ? (int)(10 * major + minor) : 0;
}

/* Drivers that make vectors of work-items themselves (GPUs, llvmpipe) say 1. */
static int lanes_of(cc_query *query)
{
    const uint64_t lanes = cc_query_number(query, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
    return lanes >= 16 ? 16 : lanes >= 8 ? 8 : lanes >= 4 ? 4 : 1;
}

static clconv_status fill_caps(cc_ocl *ocl, const cc_device *device)
{
    cc_query query = {device->device, CL_SUCCESS};
    cc_caps *const caps = &ocl->caps;
    caps->info = device->info;
    caps->is_host = false;
    caps->is_cpu = device->info.kind == CLCONV_DEVICE_CPU;
    caps->fma_f32 = (cc_query_number(&query, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_FMA) != 0;
    caps->lanes = lanes_of(&query);
    caps->nv_capability = nv_capability_of(&query);
    caps->has_gemm = cc_ocl_gemm_version()[0] != '\0';
    caps->flops = guess_flops(&query, &device->info);
    caps->bandwidth = caps->is_cpu                 ? cpu_bandwidth
                      : device->info.shares_memory ? shared_gpu_bandwidth
                                                   : gpu_bandwidth;
    caps->launch_seconds = caps->is_cpu ? cpu_launch : gpu_launch;
    caps->launch_limit = INT32_MAX;
    if (query.code != CL_SUCCESS)
        return cc_cl_fail(ocl, query.code, CC_CL_CREATE, "asking %s what it can do", caps->info.id);
    return CLCONV_OK;
}

/* What of the machine decides over the code that a compiler makes: part of every key. */
static clconv_status make_identity(cc_ocl *ocl)
{
    char version[256] = "";
    cc_text text = {0};
    const clconv_device_info *info = &ocl->caps.info;
    const cl_int code =
        clGetPlatformInfo(ocl->platform, CL_PLATFORM_VERSION, sizeof(version) - 1, version, NULL);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "asking %s for its version", info->platform);
    cc_text_add(&text, "clconv %s\nplatform %s, %s\ndevice %s, %s\ndriver %s\n", clconv_version(),
                info->platform, version, info->name, info->version, info->driver);
    ocl->identity = cc_text_take(&text);
    return ocl->identity ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for a context");
}

/* An eighth stays free for the driver itself, for programs, and for other processes. */
static size_t budget_for(const clconv_device_info *info)
{
    return (size_t)(info->memory - info->memory / 8);
}

/* Of kernels in place of those inside the library. */
static clconv_status take_folder(cc_ocl *ocl, const char *dir)
{
    struct stat about;
    if (stat(dir, &about) != 0 || !S_ISDIR(about.st_mode))
        return cc_fail(CLCONV_IO,
                       "there is no folder '%s' to take kernels from; set CLCONV_CL_DIR "
                       "(options.cl_dir) to a copy of cl/, or leave it out",
                       dir);
    ocl->cl_dir = strdup(dir);
    return ocl->cl_dir ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for a context");
}

static clconv_status set_up(cc_ocl *ocl, const cc_device *device, const cc_ocl_options *options)
{
    const char *const dir = options->cl_dir ? options->cl_dir : getenv("CLCONV_CL_DIR");
    ocl->platform = device->platform;
    ocl->device = device->device;
    ocl->log = options->log;
    ocl->is_pocl = strcmp(device->info.platform, "Portable Computing Language") == 0;
    ocl->keeps_binaries = ocl->is_pocl && cc_pocl_caches();
    ocl->memory_budget = budget_for(&device->info);
    CC_TRY(fill_caps(ocl, device));
    if (dir && *dir)
        CC_TRY(take_folder(ocl, dir));
    CC_TRY(make_identity(ocl));
    CC_TRY(cc_cache_open(&ocl->cache, options->cache_dir, &options->log));
    CC_TRY(cc_pocl_check(ocl));

    if (!ocl->context) {
        cl_int code;
        const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                    (cl_context_properties)ocl->platform, 0};
        ocl->context = clCreateContext(properties, 1, &ocl->device, NULL, NULL, &code);
        if (!ocl->context)
            return cc_cl_fail(ocl, code, CC_CL_CREATE, "opening %s", ocl->caps.info.id);
    }
    return cc_ocl_queue_create(&ocl->queue, ocl);
}

static clconv_status create(cc_ocl **ocl)
{
    *ocl = calloc(1, sizeof(**ocl));
    if (!*ocl)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a context");
    pthread_mutex_init(&(*ocl)->lock, NULL);
    pthread_cond_init(&(*ocl)->built, NULL);
    return CLCONV_OK;
}

static clconv_status finish_opening(cc_ocl **out, cc_ocl *ocl, clconv_status status)
{
    if (status == CLCONV_OK) {
        *out = ocl;
        cc_log_say(&ocl->log, CLCONV_LOG_DEBUG, "opened %s, driver %s", ocl->caps.info.id,
                   ocl->caps.info.driver);
    } else {
        cc_ocl_close(ocl);
    }
    return status;
}

clconv_status cc_ocl_open(cc_ocl **out, const char *id, const cc_ocl_options *options)
{
    cc_device *devices;
    size_t count, i = 0;
    cc_ocl *ocl;
    *out = NULL;
    CC_TRY(cc_cl_enumerate(&devices, &count));
    while (i < count && strcmp(devices[i].info.id, id) != 0)
        i++;
    clconv_status status =
        i < count ? create(&ocl) : cc_fail(CLCONV_NO_DEVICE, "there is no device \"%s\"", id);
    if (status == CLCONV_OK)
        status = finish_opening(out, ocl, set_up(ocl, &devices[i], options));
    free(devices);
    return status;
}

static clconv_status check_belongs(cl_context context, cl_device_id device)
{
    cl_device_id devices[256];
    size_t bytes = 0;
    const cl_int code =
        clGetContextInfo(context, CL_CONTEXT_DEVICES, sizeof(devices), devices, &bytes);
    if (code != CL_SUCCESS)
        return cc_cl_fail(NULL, code, CC_CL_CREATE, "asking the caller's cl_context");
    for (size_t i = 0; i < bytes / sizeof(devices[0]); i++)
        if (devices[i] == device)
            return CLCONV_OK;
    return cc_fail(CLCONV_INVALID, "the cl_device_id is not one of the %zu of this cl_context",
                   bytes / sizeof(devices[0]));
}

static clconv_status adopt(cc_ocl *ocl, cl_context context, cl_device_id id,
                           const cc_ocl_options *options)
{
    cl_platform_id platform;
    cc_device device;
    bool usable;
    CC_TRY(check_belongs(context, id));
    cl_int code = clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL);
    if (code != CL_SUCCESS)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "asking the caller's cl_device_id");
    CC_TRY(cc_cl_describe(&device, platform, id, &usable));
    if (!usable)
        return cc_fail(CLCONV_UNSUPPORTED,
                       "%s (%s) is not available, older than OpenCL 1.2 or without a compiler",
                       device.info.id, device.info.version);
    code = clRetainContext(context);
    if (code == CL_SUCCESS)
        ocl->context = context;
    return code == CL_SUCCESS
               ? set_up(ocl, &device, options)
               : cc_cl_fail(ocl, code, CC_CL_CREATE, "retaining the caller's cl_context");
}

clconv_status cc_ocl_adopt(cc_ocl **out, void *cl_context, void *cl_device,
                           const cc_ocl_options *options)
{
    cc_ocl *ocl;
    *out = NULL;
    if (!cl_context || !cl_device)
        return cc_fail(CLCONV_INVALID, "the %s is NULL",
                       cl_context ? "cl_device_id" : "cl_context");
    CC_TRY(create(&ocl));
    return finish_opening(out, ocl, adopt(ocl, cl_context, cl_device, options));
}

void cc_ocl_close(cc_ocl *ocl)
{
    if (ocl->queue && atomic_load(&ocl->lost) == 0)
        clFinish(ocl->queue);
    cc_gemm_close(ocl);
    cc_programs_free(ocl);
    cc_verdicts_free(ocl);
    cc_ocl_queue_release(ocl->queue);
    if (ocl->context)
        clReleaseContext(ocl->context);
    cc_cache_close(&ocl->cache);
    pthread_cond_destroy(&ocl->built);
    pthread_mutex_destroy(&ocl->lock);
    free(ocl->identity);
    free(ocl->cl_dir);
    free(ocl);
}

const cc_caps *cc_ocl_caps(const cc_ocl *ocl)
{
    return &ocl->caps;
}

void cc_ocl_handles(const cc_ocl *ocl, void **cl_context, void **cl_device)
{
    *cl_context = ocl->context;
    *cl_device = ocl->device;
}

clconv_status cc_ocl_alive(const cc_ocl *ocl)
{
    const int code = atomic_load(&ocl->lost);
    if (code == 0)
        return CLCONV_OK;
    return cc_fail(CLCONV_DEVICE_LOST,
                   "%s failed earlier with %s (%d); destroy its context and create a new one",
                   ocl->caps.info.id, cc_cl_name(code), code);
}
