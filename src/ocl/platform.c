/* platform.c - which OpenCL devices there are, best first, and what each says about itself. */
#include "ocl/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PLATFORMS = 32, MAX_DEVICES = 64 /* of one platform */ };

static bool ask(cc_query *query, cl_device_info what, size_t capacity, void *value, size_t *bytes)
{
    const cl_int code = clGetDeviceInfo(query->device, what, capacity, value, bytes);
    if (query->code == CL_SUCCESS)
        query->code = code;
    return code == CL_SUCCESS;
}

void cc_query_text(cc_query *query, cl_device_info what, char *out, size_t capacity)
{
    char text[16384]; /* drivers refuse a buffer that is too small instead of filling it */
    size_t bytes = 0;
    out[0] = '\0';
    if (!ask(query, what, sizeof(text) - 1, text, &bytes))
        return;
    text[bytes] = '\0';
    snprintf(out, capacity, "%s", text + strspn(text, " "));
    for (size_t n = strlen(out); n > 0 && out[n - 1] == ' '; n--)
        out[n - 1] = '\0';
}

/* Values come as 4 or 8 bytes; the machines that run OpenCL are little-endian. */
uint64_t cc_query_number(cc_query *query, cl_device_info what)
{
    uint64_t value = 0;
    return ask(query, what, sizeof(value), &value, NULL) ? value : 0;
}

static bool has_word(const char *list, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += n)
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

static clconv_device_kind kind_of(cl_device_type type)
{
    if (type & CL_DEVICE_TYPE_GPU)
        return CLCONV_DEVICE_GPU;
    return type & CL_DEVICE_TYPE_CPU ? CLCONV_DEVICE_CPU : CLCONV_DEVICE_ACCELERATOR;
}

static const char *kind_name(clconv_device_kind kind)
{
    static const char *const names[] = {"host", "cpu", "gpu", "accelerator"};
    return names[kind];
}

/* Discrete GPU, integrated GPU, accelerator, CPU; Clover behind all of them. */
static int rank_of(const clconv_device_info *info)
{
    const int clover = strcmp(info->platform, "Clover") == 0 ? 10 : 0;
    if (info->kind == CLCONV_DEVICE_GPU)
        return clover + info->shares_memory;
    return clover + (info->kind == CLCONV_DEVICE_ACCELERATOR ? 2 : 3);
}

/* Kernels are OpenCL C 1.2 and compiled where they run. */
static bool can_be_used(cc_query *query, const clconv_device_info *info)
{
    int major = 0, minor = 0;
    if (sscanf(info->version, "OpenCL %d.%d", &major, &minor) != 2 || major * 10 + minor < 12)
        return false;
    return cc_query_number(query, CL_DEVICE_AVAILABLE) &&
           cc_query_number(query, CL_DEVICE_COMPILER_AVAILABLE);
}

static void fill_info(clconv_device_info *info, cc_query *query)
{
    char extensions[16384];
    cc_query_text(query, CL_DEVICE_NAME, info->name, sizeof(info->name));
    cc_query_text(query, CL_DEVICE_VERSION, info->version, sizeof(info->version));
    cc_query_text(query, CL_DRIVER_VERSION, info->driver, sizeof(info->driver));
    cc_query_text(query, CL_DEVICE_EXTENSIONS, extensions, sizeof(extensions));
    info->kind = kind_of(cc_query_number(query, CL_DEVICE_TYPE));
    info->compute_units = (int)cc_query_number(query, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = (int)cc_query_number(query, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->shares_memory = cc_query_number(query, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    info->has_f64 = has_word(extensions, "cl_khr_fp64");
    info->has_f16 = has_word(extensions, "cl_khr_fp16");
    info->memory = cc_query_number(query, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->max_buffer = cc_query_number(query, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->max_group = cc_query_number(query, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    info->local_memory = cc_query_number(query, CL_DEVICE_LOCAL_MEM_SIZE);
    snprintf(info->id, sizeof(info->id), "%.60s:%s:%.110s", info->platform, kind_name(info->kind),
             info->name);
}

clconv_status cc_cl_describe(cc_device *device, cl_platform_id platform, cl_device_id id,
                             bool *usable)
{
    cc_query query = {id, CL_SUCCESS};
    clconv_device_info *info = &device->info;
    *device = (cc_device){.platform = platform, .device = id};
    *usable = false;
    const cl_int code = clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof(info->platform) - 1,
                                          info->platform, NULL);
    if (code != CL_SUCCESS)
        return cc_cl_fail(NULL, code, CC_CL_CREATE, "asking an OpenCL platform for its name");
    fill_info(info, &query);
    device->rank = rank_of(info);
    *usable = can_be_used(&query, info);
    if (query.code != CL_SUCCESS)
        return cc_cl_fail(NULL, query.code, CC_CL_CREATE, "asking a device of %s what it is",
                          info->platform);
    return CLCONV_OK;
}

static int better_first(const void *left, const void *right)
{
    const cc_device *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank - b->rank;
    const int64_t speed_a = (int64_t)a->info.compute_units * a->info.clock_mhz;
    const int64_t speed_b = (int64_t)b->info.compute_units * b->info.clock_mhz;
    if (speed_a != speed_b)
        return speed_a > speed_b ? -1 : 1;
    return strcmp(a->info.id, b->info.id);
}

/* Two cards of one model: the second is called "...#2". */
static void make_ids_unique(cc_device *devices, size_t count)
{
    for (size_t i = count; i-- > 1;) {
        int same = 1;
        for (size_t j = 0; j < i; j++)
            same += strcmp(devices[i].info.id, devices[j].info.id) == 0;
        const size_t length = strlen(devices[i].info.id);
        if (same > 1)
            snprintf(devices[i].info.id + length, sizeof(devices[i].info.id) - length, "#%d", same);
    }
}

/* devices: room for MAX_DEVICES more. */
static clconv_status add_platform(cc_device *devices, size_t *count, cl_platform_id platform)
{
    cl_device_id ids[MAX_DEVICES];
    cl_uint found = 0;
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MAX_DEVICES, ids, &found);
    if (code == CL_DEVICE_NOT_FOUND)
        return CLCONV_OK;
    if (code != CL_SUCCESS)
        return cc_cl_fail(NULL, code, CC_CL_CREATE, "listing the devices of an OpenCL platform");

    clconv_status status = CLCONV_OK;
    for (cl_uint i = 0; i < found && i < MAX_DEVICES; i++) {
        bool usable = false;
        const clconv_status one = cc_cl_describe(&devices[*count], platform, ids[i], &usable);
        if (one != CLCONV_OK)
            status = one;
        else if (usable)
            ++*count;
    }
    return status;
}

static clconv_status enumerate(cc_device **devices, size_t *count)
{
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint found = 0;
    *devices = NULL;
    *count = 0;
    const cl_int code = clGetPlatformIDs(MAX_PLATFORMS, platforms, &found);
    if (code == CC_CL_NO_PLATFORM || (code == CL_SUCCESS && found == 0))
        return CLCONV_OK;
    if (code != CL_SUCCESS)
        return cc_cl_fail(NULL, code, CC_CL_CREATE, "listing the OpenCL platforms");
    found = found < MAX_PLATFORMS ? found : MAX_PLATFORMS;
    *devices = malloc(found * MAX_DEVICES * sizeof(**devices));
    if (!*devices)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for a list of devices");

    clconv_status status = CLCONV_OK;
    for (cl_uint i = 0; i < found; i++) {
        const clconv_status one = add_platform(*devices, count, platforms[i]);
        if (one != CLCONV_OK)
            status = one;
    }
    if (*count == 0) {
        free(*devices);
        *devices = NULL;
        return status;
    }
    qsort(*devices, *count, sizeof(**devices), better_first);
    make_ids_unique(*devices, *count);
    return CLCONV_OK;
}

clconv_status cc_cl_enumerate(cc_device **devices, size_t *count)
{
    pthread_mutex_lock(cc_ocl_environment());
    const clconv_status status = enumerate(devices, count);
    pthread_mutex_unlock(cc_ocl_environment());
    return status;
}

clconv_status cc_ocl_devices(clconv_device_info *infos, size_t capacity, size_t *count)
{
    cc_device *devices;
    CC_TRY(cc_cl_enumerate(&devices, count));
    for (size_t i = 0; i < *count && i < capacity; i++)
        infos[i] = devices[i].info;
    free(devices);
    return CLCONV_OK;
}
