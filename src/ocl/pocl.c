/* pocl.c - living with PoCL, which keeps a cache of its own, loads shared objects from it, and
 * aborts the process when it cannot write a file or open one.
 * What is checked before PoCL is called: room for files, room on the disk. What cannot be: the
 * state of its cache (a damaged file there may abort it), and a disk that fills up meanwhile; the
 * command therefore works in a child process. */
#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity */
#include <sched.h>
#endif
#define _POSIX_C_SOURCE 200809L
#include "ocl/cache_file.h"
#include "ocl/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* PoCL 3.1 aborts where 10 more files can be opened and works where 11 can; a kernel leaves some 40
 * to 400 KiB in its cache. Both with room for what other threads take meanwhile. */
enum { NEEDED_FILES = 24 };
static const unsigned long long needed_disk = 16 << 20; /* bytes */

pthread_mutex_t *cc_ocl_environment(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    return &lock;
}

static void set_unless_set(const char *name, const char *value)
{
    pthread_mutex_lock(cc_ocl_environment());
    setenv(name, value, 0);
    pthread_mutex_unlock(cc_ocl_environment());
}

/* Whether the process has been given all processors there are. */
static bool has_all_processors(void)
{
#ifdef __linux__
    const long count = sysconf(_SC_NPROCESSORS_CONF);
    cpu_set_t set;
    bool all = count > 0 && count <= CPU_SETSIZE && sched_getaffinity(0, sizeof set, &set) == 0;
    for (int i = 0; all && i < count; i++)
        all = CPU_ISSET(i, &set);
    return all;
#else
    return false;
#endif
}

/* Linux wakes threads on the processor that wakes them: of short kernels, one core had all the
 * work. PoCL pins its threads to the first processors, as many as there are threads, whether the
 * process may have them or not. */
static void spread_threads(void)
{
    if (!getenv("POCL_MAX_PTHREAD_COUNT") && has_all_processors())
        set_unless_set("POCL_AFFINITY", "1");
}

static void set_pocl_cache(const char *cache_dir)
{
    char *folder;
    cc_text path = {0};
    if (getenv("POCL_CACHE_DIR") || cc_cache_folder(&folder, cache_dir) != CLCONV_OK || !folder)
        return;
    cc_text_add(&path, "%s/pocl", folder);
    if (!path.failed && (mkdir(path.s, 0700) == 0 || errno == EEXIST))
        set_unless_set("POCL_CACHE_DIR", path.s);
    cc_text_free(&path);
    free(folder);
}

void cc_ocl_prepare(const char *cache_dir)
{
    set_pocl_cache(cache_dir);
    spread_threads();
}

bool cc_pocl_caches(void)
{
    const char *const wanted = getenv("POCL_KERNEL_CACHE");
    return !wanted || strcmp(wanted, "0") != 0;
}

static int files_available(int wanted)
{
    int files[NEEDED_FILES], count = 0;
    while (count < wanted && (files[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    for (int i = 0; i < count; i++)
        close(files[i]);
    return count;
}

static clconv_status check_disk(const char *folder)
{
    struct statvfs disk;
    if (statvfs(folder, &disk) != 0)
        return CLCONV_OK; /* not there: PoCL makes it, or says why not */
    const unsigned long long room = (unsigned long long)disk.f_bavail * disk.f_frsize;
    if (room >= needed_disk)
        return CLCONV_OK;
    return cc_fail(CLCONV_IO,
                   "%llu bytes are free in %s, and PoCL needs %llu to compile; make room, or set "
                   "POCL_CACHE_DIR to a folder elsewhere",
                   room, folder, needed_disk);
}

clconv_status cc_pocl_check(const cc_ocl *ocl)
{
    if (!ocl->is_pocl)
        return CLCONV_OK;
    const int files = files_available(NEEDED_FILES);
    if (files < NEEDED_FILES)
        return cc_fail(CLCONV_IO,
                       "%d more files can be opened, and PoCL needs %d to compile; raise the limit "
                       "(ulimit -n) or close some",
                       files, NEEDED_FILES);
    const char *const folder = getenv("POCL_CACHE_DIR");
    return folder ? check_disk(folder) : CLCONV_OK;
}
