/* why.c - why a machine has the OpenCL devices that it has, in words: the loader in use, the file
 * of each vendor and whether the library it names loads, what the platforms say, the remedy. */
#define _GNU_SOURCE /* dladdr */
#include "ocl/internal.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char standard_folder[] = "/etc/OpenCL/vendors";

typedef struct cc_findings {
    cc_text *text;
    int vendors, broken, silent; /* vendor files; that do not load; platforms without a device */
    int devices;
} cc_findings;

static const char *variable(const char *name)
{
    const char *const value = getenv(name);
    return value && *value ? value : NULL;
}

static void say_loader(cc_findings *f)
{
    Dl_info info;
    void *const library = dlopen("libOpenCL.so.1", RTLD_LAZY | RTLD_NOLOAD);
    void *const symbol = library ? dlsym(library, "clGetPlatformIDs") : NULL;
    const bool known = symbol && dladdr(symbol, &info) != 0;
    cc_text_add(f->text, "Loader: %s\n", known ? info.dli_fname : "libOpenCL, linked in");
    if (library)
        dlclose(library);
}

static void say_library(cc_findings *f, const char *library)
{
    f->vendors++;
    /* Not unloaded again: drivers do not survive that. */
    void *const handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        f->broken++;
        cc_text_add(f->text, "%s does not load: %s\n", library, dlerror());
    } else if (!dlsym(handle, "clGetExtensionFunctionAddress") &&
               !dlsym(handle, "clIcdGetPlatformIDsKHR")) {
        f->broken++;
        cc_text_add(f->text, "%s loads, but is not a driver for OpenCL\n", library);
    } else {
        cc_text_add(f->text, "%s loads\n", library);
    }
}

static void say_vendor_file(cc_findings *f, const char *path)
{
    char line[1024] = "";
    FILE *file = fopen(path, "re");
    cc_text_add(f->text, "  %s: ", path);
    if (!file || !fgets(line, sizeof(line), file)) {
        f->vendors++;
        f->broken++;
        cc_text_add(f->text, "%s\n", file ? "is empty" : strerror(errno));
    } else {
        line[strcspn(line, " \t\r\n")] = '\0';
        say_library(f, line);
    }
    if (file)
        fclose(file);
}

static int vendor_files(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".icd") == 0;
}

static void say_folder(cc_findings *f, const char *folder)
{
    struct dirent **found;
    char path[4096];
    cc_text_add(f->text, "Vendor files in %s:\n", folder);
    const int count = scandir(folder, &found, vendor_files, alphasort);
    if (count <= 0)
        cc_text_add(f->text, "  none%s%s\n", count < 0 ? ": " : "",
                    count < 0 ? strerror(errno) : "");
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, found[i]->d_name);
        say_vendor_file(f, path);
        free(found[i]);
    }
    if (count >= 0)
        free(found);
}

/* The rules of ocl-icd: OCL_ICD_VENDORS is a folder, a vendor file or a library, and goes before
 * OPENCL_VENDOR_PATH, a folder. */
static void say_vendors(cc_findings *f)
{
    char path[4096];
    struct stat st;
    const char *const vendors = variable("OCL_ICD_VENDORS");
    const char *const given = variable("OPENCL_VENDOR_PATH");
    const char *const folder = given ? given : standard_folder;
    if (given)
        cc_text_add(f->text, "OPENCL_VENDOR_PATH is set to %s\n", given);
    if (!vendors) {
        say_folder(f, folder);
        return;
    }
    cc_text_add(f->text, "OCL_ICD_VENDORS is set to %s\n", vendors);
    const size_t length = strlen(vendors);
    if (stat(vendors, &st) == 0 && S_ISDIR(st.st_mode)) {
        say_folder(f, vendors);
    } else if (length > 4 && strcmp(vendors + length - 4, ".icd") == 0) {
        snprintf(path, sizeof(path), "%s/%s", folder, vendors);
        say_vendor_file(f, !strchr(vendors, '/') && access(path, F_OK) == 0 ? path : vendors);
    } else {
        cc_text_add(f->text, "  ");
        say_library(f, vendors);
    }
}

static void say_devices(cc_findings *f, cl_platform_id platform)
{
    enum { MAX = 64 };
    cl_device_id ids[MAX];
    cl_uint count = 0;
    cc_device device;
    bool usable;
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MAX, ids, &count);
    if (code != CL_SUCCESS || count == 0) {
        f->silent++;
        cc_text_add(f->text, "    no device (%s)\n", cc_cl_name(code));
        return;
    }
    for (cl_uint i = 0; i < count && i < MAX; i++) {
        if (cc_cl_describe(&device, platform, ids[i], &usable) != CLCONV_OK) {
            cc_text_add(f->text, "    a device that does not answer: %s\n", clconv_last_error());
            continue;
        }
        f->devices += usable;
        cc_text_add(f->text, "    %s, %s, driver %s%s\n", device.info.id, device.info.version,
                    device.info.driver,
                    usable ? ""
                           : "; not usable: it is not available, has no compiler or is older than "
                             "OpenCL 1.2");
    }
}

static void say_platforms(cc_findings *f)
{
    enum { MAX = 32 };
    cl_platform_id platforms[MAX];
    cl_uint count = 0;
    char name[256], version[256];
    const cl_int code = clGetPlatformIDs(MAX, platforms, &count);
    cc_text_add(f->text, "Platforms that the loader gives:\n");
    if (code != CL_SUCCESS || count == 0) {
        cc_text_add(f->text, "  none: clGetPlatformIDs says %s (%d)\n", cc_cl_name(code),
                    (int)code);
        return;
    }
    for (cl_uint i = 0; i < count && i < MAX; i++) {
        snprintf(name, sizeof(name), "?");
        snprintf(version, sizeof(version), "?");
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
        clGetPlatformInfo(platforms[i], CL_PLATFORM_VERSION, sizeof(version), version, NULL);
        cc_text_add(f->text, "  %s, %s\n", name, version);
        say_devices(f, platforms[i]);
    }
}

/* A GPU that this user may not open looks to its driver as if it were not there. */
static void say_locked_gpus(cc_findings *f)
{
    static const char *const patterns[] = {"/dev/dri/renderD*", "/dev/nvidia[0-9]*", "/dev/kfd"};
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        glob_t found;
        if (glob(patterns[i], 0, NULL, &found) != 0)
            continue;
        for (size_t j = 0; j < found.gl_pathc; j++)
            if (access(found.gl_pathv[j], R_OK | W_OK) != 0)
                cc_text_add(
                    f->text,
                    "Remedy: this user may not open %s (%s); add the user to the group that "
                    "owns it (render or video) and log in again\n",
                    found.gl_pathv[j], strerror(errno));
        globfree(&found);
    }
}

static void say_remedies(cc_findings *f)
{
    if (f->broken > 0)
        cc_text_add(f->text, "Remedy: reinstall the package of a driver that does not load, or "
                             "remove its vendor file\n");
    if (f->devices == 0 && (variable("OCL_ICD_VENDORS") || variable("OPENCL_VENDOR_PATH")))
        cc_text_add(f->text,
                    "Remedy: unset OCL_ICD_VENDORS and OPENCL_VENDOR_PATH, so that the "
                    "drivers in %s are found\n",
                    standard_folder);
    if (f->devices == 0)
        cc_text_add(f->text, "Remedy: install a driver (Debian, Ubuntu): pocl-opencl-icd for any "
                             "processor, intel-opencl-icd for Intel GPUs, mesa-opencl-icd for AMD "
                             "GPUs, nvidia-opencl-icd (Ubuntu: libnvidia-compute-<version>) for "
                             "NVIDIA GPUs\n");
    if (f->silent > 0 && !variable("RUSTICL_ENABLE"))
        cc_text_add(f->text, "Note: Mesa's rusticl gives its devices only when it is told to: "
                             "RUSTICL_ENABLE=radeonsi, iris or llvmpipe\n");
    say_locked_gpus(f);
    if (f->devices > 0 && f->broken == 0)
        cc_text_add(f->text, "%d OpenCL device%s can be used\n", f->devices,
                    f->devices == 1 ? "" : "s");
}

void cc_ocl_diagnose(cc_text *text)
{
    cc_findings findings = {.text = text};
    cc_ocl_prepare(NULL);
    say_loader(&findings);
    say_vendors(&findings);
    say_platforms(&findings);
    say_remedies(&findings);
}
