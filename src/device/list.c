/* list.c - every device, and what the host says about itself. */
#define _POSIX_C_SOURCE 200809L
#include "base/status.h"
#include "device/device.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Guesses for estimates: plain loops in double precision, one core. */
static const double core_flops = 1e9, core_bandwidth = 5e9;

/* "model name	: AMD EPYC" gives "AMD EPYC"; false when the line is about something else. */
static bool value_of(char *value, size_t capacity, const char *line, const char *name)
{
    const char *const colon = strchr(line, ':');
    if (strncmp(line, name, strlen(name)) != 0 || !colon)
        return false;
    const char *const start = colon + 1 + strspn(colon + 1, " \t");
    snprintf(value, capacity, "%.*s", (int)strcspn(start, "\n"), start);
    return true;
}

static void ask_processor(clconv_device_info *info)
{
    char line[256], mhz[32];
    double clock;
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(info->name, sizeof(info->name), "host");
    while (file && fgets(line, sizeof(line), file)) {
        value_of(info->name, sizeof(info->name), line, "model name");
        if (value_of(mhz, sizeof(mhz), line, "cpu MHz") && sscanf(mhz, "%lf", &clock) == 1)
            info->clock_mhz = (int)clock;
        if (line[0] == '\n') /* the first processor speaks for all */
            break;
    }
    if (file)
        fclose(file);
}

void cc_host_caps(cc_caps *caps)
{
    clconv_device_info *const info = &caps->info;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    *caps = (cc_caps){.is_host = true, .is_cpu = true, .lanes = 1};
    ask_processor(info);
    snprintf(info->id, sizeof(info->id), "host:host:%s", info->name);
    snprintf(info->driver, sizeof(info->driver), "clconv %s", clconv_version());
    info->kind = CLCONV_DEVICE_HOST;
    info->compute_units = cores > 0 ? (int)cores : 1;
    info->shares_memory = 1;
    info->has_f64 = 1;
    info->memory = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
    info->max_buffer = info->memory;
    info->max_group = 1;
    caps->flops = core_flops * info->compute_units;
    caps->bandwidth = core_bandwidth * info->compute_units;
}

clconv_status cc_device_list(clconv_device_info *devices, size_t capacity, size_t *count)
{
    cc_caps host;
    size_t found = 0;
    cc_ocl_prepare(NULL);
    if (cc_ocl_devices(devices, capacity, &found) != CLCONV_OK)
        found = 0; /* clconv_device_diagnose says why */
    cc_host_caps(&host);
    if (found < capacity)
        devices[found] = host.info;
    *count = found + 1;
    return CLCONV_OK;
}
