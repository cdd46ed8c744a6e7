/* program.c - programs of a context, each built once: from the cache on disk, else from source.
 * A thread that wants a program which another is building waits for it. Programs stay until the
 * context closes: the variants are few, and a new plan must not compile what an old one had. */
#define _POSIX_C_SOURCE 200809L
#include "base/sha256.h"
#include "ocl/internal.h"
#include <stdlib.h>
#include <string.h>

typedef enum cc_state { BUILDING, READY, FAILED } cc_state;

struct cc_program {
    struct cc_program *next;
    char *file, *options, *key;
    cl_program handle;
    int references; /* callers, and one for the context's table */
    cc_state state;
    clconv_status status; /* of a failed build, with its sentence, for those who waited */
    char *error;
};

static const char fixed_options[] = "-cl-std=CL1.2"; /* and never a relaxed arithmetic */
/* For PoCL, whose compiler is made to read Clang's header of all of OpenCL C for each program, from
 * a cache too: the header's guard, so that it is taken for read, and cl/declared.h in its place. */
#define DECLARES "CLCONV_DECLARES"
static const char own_declarations[] = "-D _OPENCL_H_ -D " DECLARES;

cl_program cc_program_handle(const cc_program *program)
{
    return program->handle;
}

const char *cc_ocl_program_key(const cc_program *program)
{
    return program->key;
}

unsigned cc_ocl_builds(const cc_ocl *ocl)
{
    return atomic_load(&ocl->builds);
}

static void drop(cc_program *program) /* under the lock */
{
    if (--program->references > 0)
        return;
    if (program->handle)
        clReleaseProgram(program->handle);
    free(program->file);
    free(program->options);
    free(program->key);
    free(program->error);
    free(program);
}

static void take_from_table(cc_ocl *ocl, cc_program *program) /* under the lock */
{
    cc_program **at = &ocl->programs;
    while (*at != program)
        at = &(*at)->next;
    *at = program->next;
    drop(program);
}

void cc_programs_free(cc_ocl *ocl)
{
    while (ocl->programs)
        take_from_table(ocl, ocl->programs);
}

void cc_ocl_program_release(cc_ocl *ocl, cc_program *program)
{
    if (!program)
        return;
    pthread_mutex_lock(&ocl->lock);
    drop(program);
    pthread_mutex_unlock(&ocl->lock);
}

/* The first lines of a log that name an error, or else its first lines, with "; " between. */
static void add_useful_lines(cc_text *out, const char *log, const char *word)
{
    enum { LINES = 3, LINE_BYTES = 300 };
    int added = 0;
    for (const char *line = log; *line && added < LINES; line += strspn(line, "\r\n")) {
        line += strspn(line, " \t");
        const size_t length = strcspn(line, "\r\n");
        const char *const hit = strstr(line, word);
        if (length > 0 && hit && hit < line + length)
            cc_text_add(out, "%s%.*s", added++ ? "; " : ": ",
                        (int)(length < LINE_BYTES ? length : LINE_BYTES), line);
        line += length;
    }
}

static clconv_status build_failed(cc_ocl *ocl, const cc_program *program, cl_program handle,
                                  cl_int code)
{
    cc_text sentence = {0};
    size_t bytes = 0;
    cc_text_add(&sentence, "%s does not build", program->file);
    if (code == CL_BUILD_PROGRAM_FAILURE) /* a driver that failed is not asked further */
        clGetProgramBuildInfo(handle, ocl->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    char *log = bytes > 0 ? calloc(1, bytes + 1) : NULL;
    if (log) {
        clGetProgramBuildInfo(handle, ocl->device, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
        cc_log_say(&ocl->log, CLCONV_LOG_DEBUG, "%s: %s", program->file, log);
        add_useful_lines(&sentence, log, strstr(log, "error") ? "error" : "");
        free(log);
    }
    cc_text_add(&sentence, "; with options \"%s\" on %s", program->options, ocl->caps.info.id);
    const clconv_status status =
        cc_cl_fail(ocl, code, CC_CL_CREATE, "%s", sentence.s ? sentence.s : program->file);
    cc_text_free(&sentence);
    return status;
}

static cl_int build(const cc_ocl *ocl, const cc_program *program, cl_program handle,
                    const char *declarations)
{
    cc_text options = {0};
    cc_text_add(&options, "%s %s %s", fixed_options, program->options, declarations);
    const cl_int code = options.failed
                            ? CL_OUT_OF_HOST_MEMORY
                            : clBuildProgram(handle, 1, &ocl->device, options.s, NULL, NULL);
    cc_text_free(&options);
    return code;
}

static clconv_status build_with(cc_ocl *ocl, cc_program *program, const char *source,
                                const char *declarations)
{
    cl_int code;
    cl_program handle = clCreateProgramWithSource(ocl->context, 1, &source, NULL, &code);
    if (!handle)
        return cc_cl_fail(ocl, code, CC_CL_CREATE, "making a program of %s", program->file);
    code = build(ocl, program, handle, declarations);
    if (code != CL_SUCCESS) {
        const clconv_status status = build_failed(ocl, program, handle, code);
        clReleaseProgram(handle);
        return status;
    }
    program->handle = handle;
    return CLCONV_OK;
}

static bool declares(cc_ocl *ocl, const char *source)
{
    return ocl->is_pocl && !atomic_load(&ocl->reads_header) && strstr(source, DECLARES);
}

/* A PoCL that has other names for these functions reads its header after all. */
static clconv_status build_from_source(cc_ocl *ocl, cc_program *program, const char *source)
{
    if (!declares(ocl, source))
        return build_with(ocl, program, source, "");
    const clconv_status status = build_with(ocl, program, source, own_declarations);
    if (status != CLCONV_BUILD)
        return status;
    CC_TRY(build_with(ocl, program, source, ""));
    atomic_store(&ocl->reads_header, true);
    cc_log_say(&ocl->log, CLCONV_LOG_INFO, "%s builds with PoCL's own declarations alone, slowly",
               program->file);
    return CLCONV_OK;
}

/* OK without a handle when the driver does not want the binary. */
static clconv_status build_from_binary(cc_ocl *ocl, cc_program *program, const void *payload,
                                       size_t bytes)
{
    const unsigned char *binary = payload;
    cl_int code, accepted = CL_SUCCESS;
    cl_program handle =
        clCreateProgramWithBinary(ocl->context, 1, &ocl->device, &bytes, &binary, &accepted, &code);
    if (handle && accepted != CL_SUCCESS)
        code = accepted;
    if (handle && code == CL_SUCCESS)
        code = build(ocl, program, handle, "");
    if (code == CL_SUCCESS) {
        program->handle = handle;
        return CLCONV_OK;
    }
    if (handle)
        clReleaseProgram(handle);
    const clconv_status status =
        cc_cl_fail(ocl, code, CC_CL_CREATE, "the cached binary of %s", program->file);
    cc_log_say(&ocl->log, CLCONV_LOG_INFO, "%s; compiling it anew", clconv_last_error());
    return status == CLCONV_DEVICE_LOST ? status : CLCONV_OK;
}

/* The binary for our device; a caller's context may hold several devices, each with its own. */
static cl_int get_binary(const cc_ocl *ocl, cl_program handle, unsigned char **binary,
                         size_t *bytes)
{
    enum { MAX_DEVICES = 64 };
    cl_device_id devices[MAX_DEVICES];
    size_t sizes[MAX_DEVICES], given = 0, mine = 0;
    unsigned char *binaries[MAX_DEVICES] = {NULL};
    cl_int code = clGetProgramInfo(handle, CL_PROGRAM_DEVICES, sizeof(devices), devices, &given);
    if (code == CL_SUCCESS)
        code = clGetProgramInfo(handle, CL_PROGRAM_BINARY_SIZES, sizeof(sizes), sizes, NULL);
    if (code != CL_SUCCESS)
        return code;
    const size_t count = given / sizeof(devices[0]);
    while (mine < count && devices[mine] != ocl->device)
        mine++;
    if (mine == count || sizes[mine] == 0)
        return CL_INVALID_BINARY;
    *bytes = sizes[mine];
    *binary = binaries[mine] = malloc(*bytes);
    if (!*binary)
        return CL_OUT_OF_HOST_MEMORY;
    return clGetProgramInfo(handle, CL_PROGRAM_BINARIES, count * sizeof(binaries[0]), binaries,
                            NULL);
}

/* In place of a binary that the driver keeps itself. PoCL, asked for one, would compile each kernel
 * once more, for work-groups of any size. */
static const char kept_by_driver[] = "kept in the driver's own cache\n";

/* A binary that cannot be had costs the next process a compilation, nothing more. */
static clconv_status save_binary(cc_ocl *ocl, const cc_program *program)
{
    cc_text what = {0};
    unsigned char *binary = NULL;
    size_t bytes = sizeof kept_by_driver;
    cl_int code = CL_SUCCESS;
    if (!ocl->cache.path)
        return CLCONV_OK;
    clconv_status status = CLCONV_OK;
    if (!ocl->keeps_binaries)
        code = get_binary(ocl, program->handle, &binary, &bytes);
    cc_text_add(&what, "program %s on %s", program->file, ocl->caps.info.id);
    if (code == CL_SUCCESS && !what.failed) {
        cc_cache_put(&ocl->cache, "program", what.s, program->key,
                     binary ? (const void *)binary : kept_by_driver, bytes);
    } else if (code != CL_SUCCESS) {
        status = cc_cl_fail(ocl, code, CC_CL_CREATE, "taking the binary of %s", program->file);
        cc_log_say(&ocl->log, CLCONV_LOG_INFO, "%s; it is not cached", clconv_last_error());
    }
    cc_text_free(&what);
    free(binary);
    return status == CLCONV_DEVICE_LOST ? status : CLCONV_OK;
}

static clconv_status make_key(const cc_ocl *ocl, cc_program *program, const cc_text *source)
{
    cc_sha256 sha;
    uint8_t digest[CC_SHA256_BYTES];
    char hex[CC_SHA256_HEX];
    cc_text key = {0};
    cc_sha256_begin(&sha);
    cc_sha256_add(&sha, source->s, source->length);
    cc_sha256_end(&sha, digest);
    cc_sha256_hex(hex, digest);
    cc_text_add(&key, "%sfile %s, SHA-256 %s\noptions %s %s%s%s\n", ocl->identity, program->file,
                hex, fixed_options, program->options, ocl->is_pocl ? " " : "",
                ocl->is_pocl ? own_declarations : "");
    program->key = cc_text_take(&key);
    return program->key ? CLCONV_OK : cc_fail(CLCONV_NO_MEMORY, "no memory for a program");
}

/* From what the cache on disk has; without a handle when that is of no use. */
static clconv_status build_from_cache(cc_ocl *ocl, cc_program *program, const char *source)
{
    void *payload;
    size_t bytes;
    clconv_status status = CLCONV_OK;
    if (!cc_cache_get(&ocl->cache, "program", program->key, &payload, &bytes))
        return CLCONV_OK;
    const bool is_kept = bytes == sizeof kept_by_driver && !memcmp(payload, kept_by_driver, bytes);
    if (!is_kept)
        status = build_from_binary(ocl, program, payload, bytes);
    else if (ocl->keeps_binaries)
        status = build_from_source(ocl, program, source);
    free(payload);
    return status;
}

static clconv_status build_any_way(cc_ocl *ocl, cc_program *program, const cc_text *source)
{
    CC_TRY(make_key(ocl, program, source));
    CC_TRY(cc_pocl_check(ocl));
    CC_TRY(build_from_cache(ocl, program, source->s));
    if (program->handle)
        return CLCONV_OK;
    CC_TRY(build_from_source(ocl, program, source->s));
    atomic_fetch_add(&ocl->builds, 1);
    return save_binary(ocl, program);
}

static clconv_status make(cc_ocl *ocl, cc_program *program)
{
    cc_text source = {0};
    clconv_status status = cc_source_expand(&source, ocl->cl_dir, program->file);
    if (status == CLCONV_OK)
        status = build_any_way(ocl, program, &source);
    cc_text_free(&source);
    return status;
}

/* A new entry with a reference for the caller and one for the table; NULL without memory. */
static cc_program *add_to_table(cc_ocl *ocl, const char *file, const char *options)
{
    cc_program *program = calloc(1, sizeof(*program));
    if (!program)
        return NULL;
    program->file = strdup(file);
    program->options = strdup(options);
    program->references = 1;
    if (!program->file || !program->options) {
        drop(program);
        return NULL;
    }
    program->references = 2;
    program->next = ocl->programs;
    ocl->programs = program;
    return program;
}

static cc_program *find(cc_ocl *ocl, const char *file, const char *options)
{
    cc_program *program = ocl->programs;
    while (program && (strcmp(program->file, file) != 0 || strcmp(program->options, options) != 0))
        program = program->next;
    return program;
}

/* Makes it and tells those who wait. Entered and left under the lock. */
static void make_for_all(cc_ocl *ocl, cc_program *program)
{
    pthread_mutex_unlock(&ocl->lock);
    const clconv_status status = make(ocl, program);
    pthread_mutex_lock(&ocl->lock);
    program->status = status;
    program->state = status == CLCONV_OK ? READY : FAILED;
    if (status != CLCONV_OK) {
        program->error = strdup(clconv_last_error());
        take_from_table(ocl, program);
    }
    pthread_cond_broadcast(&ocl->built);
}

clconv_status cc_ocl_program(cc_program **out, cc_ocl *ocl, const char *file, const char *options)
{
    *out = NULL;
    CC_TRY(cc_ocl_alive(ocl));
    pthread_mutex_lock(&ocl->lock);
    cc_program *program = find(ocl, file, options);
    if (program) {
        program->references++;
        while (program->state == BUILDING)
            pthread_cond_wait(&ocl->built, &ocl->lock);
    } else {
        program = add_to_table(ocl, file, options);
        if (program)
            make_for_all(ocl, program);
    }
    clconv_status status =
        program ? program->status : cc_fail(CLCONV_NO_MEMORY, "no memory for a program");
    if (status == CLCONV_OK)
        *out = program;
    else if (program) {
        cc_fail(status, "%s", program->error ? program->error : "a kernel failed to build");
        drop(program);
    }
    pthread_mutex_unlock(&ocl->lock);
    return status;
}
