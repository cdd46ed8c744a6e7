/* cache_dir.c - the folder of the cache: which one, whether it may be trusted, what is in it.
 * Drivers run the code that lies there, so a folder into which others can write is not used. */
#define _POSIX_C_SOURCE 200809L
#include "base/status.h"
#include "ocl/cache.h"
#include "ocl/cache_file.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *absolute(const char *variable)
{
    const char *const value = getenv(variable);
    return value && *value == '/' ? value : NULL; /* XDG: others are to be ignored */
}

/* *path: malloc'd without a slash at the end; NULL when the cache is switched off. */
static clconv_status choose(char **path, const char *dir)
{
    cc_text text = {0};
    *path = NULL;
    if (!dir)
        dir = getenv("CLCONV_CACHE_DIR");
    if (dir && !*dir)
        return CLCONV_OK;
    if (dir)
        cc_text_add(&text, "%s", dir);
    else if (absolute("XDG_CACHE_HOME"))
        cc_text_add(&text, "%s/clconv", absolute("XDG_CACHE_HOME"));
    else if (absolute("HOME"))
        cc_text_add(&text, "%s/.cache/clconv", absolute("HOME"));
    else
        return cc_fail(CLCONV_IO,
                       "no folder for the cache: set CLCONV_CACHE_DIR, XDG_CACHE_HOME or "
                       "HOME");
    *path = cc_text_take(&text);
    if (!*path)
        return cc_fail(CLCONV_NO_MEMORY, "no memory for the name of the cache");
    for (size_t n = strlen(*path); n > 1 && (*path)[n - 1] == '/'; n--)
        (*path)[n - 1] = '\0';
    return CLCONV_OK;
}

static clconv_status make_folders(char *path)
{
    for (char *at = path + 1;; at++) {
        const char end = *at;
        if (end != '/' && end != '\0')
            continue;
        *at = '\0';
        const bool failed = mkdir(path, 0700) != 0 && errno != EEXIST && errno != EISDIR;
        const clconv_status status =
            failed ? cc_fail(CLCONV_IO, "cache folder %s: %s", path, strerror(errno)) : CLCONV_OK;
        *at = end;
        if (failed || end == '\0')
            return status;
    }
}

static clconv_status check(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return cc_fail(CLCONV_IO, "cache folder %s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return cc_fail(CLCONV_IO, "cache folder %s is %s, not a folder; name the folder itself",
                       path, S_ISLNK(st.st_mode) ? "a link" : "a file");
    if (st.st_uid != geteuid())
        return cc_fail(CLCONV_IO, "cache folder %s belongs to user %u, not to us, %u", path,
                       (unsigned)st.st_uid, (unsigned)geteuid());
    if (st.st_mode & (S_IWGRP | S_IWOTH))
        return cc_fail(CLCONV_IO, "cache folder %s can be written by others: chmod go-w %s", path,
                       path);
    if (access(path, W_OK | X_OK) != 0)
        return cc_fail(CLCONV_IO, "cache folder %s: %s", path, strerror(errno));
    return CLCONV_OK;
}

clconv_status cc_cache_folder(char **path, const char *dir)
{
    CC_TRY(choose(path, dir));
    if (!*path)
        return CLCONV_OK;
    clconv_status status = make_folders(*path);
    if (status == CLCONV_OK)
        status = check(*path);
    if (status != CLCONV_OK) {
        free(*path);
        *path = NULL;
    }
    return status;
}

clconv_status cc_cache_open(cc_cache *cache, const char *dir, const cc_log *log)
{
    *cache = (cc_cache){.log = *log};
    const clconv_status status = cc_cache_folder(&cache->path, dir);
    if (status == CLCONV_NO_MEMORY)
        return status;
    if (status != CLCONV_OK)
        cc_log_say(log, CLCONV_LOG_WARNING, "no cache on disk: %s", clconv_last_error());
    return CLCONV_OK;
}

void cc_cache_close(cc_cache *cache)
{
    free(cache->path);
    cache->path = NULL;
}

clconv_status clconv_cache_path(char **path)
{
    CC_NEED(path);
    CC_TRY(cc_cache_folder(path, NULL));
    if (*path)
        return CLCONV_OK;
    return cc_fail(CLCONV_IO, "the cache is switched off: CLCONV_CACHE_DIR is empty");
}

static bool starts_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

static bool is_entry(const char *name)
{
    const size_t length = strlen(name), end = strlen(CC_CACHE_SUFFIX);
    return length > end && strcmp(name + length - end, CC_CACHE_SUFFIX) == 0 &&
           (starts_with(name, "program-") || starts_with(name, "verdict-"));
}

static int entries(const struct dirent *entry)
{
    return is_entry(entry->d_name);
}

static int everything_of_ours(const struct dirent *entry)
{
    return is_entry(entry->d_name) || starts_with(entry->d_name, CC_CACHE_TEMPORARY);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls each(user, path of the folder, name) for the files that the filter takes. */
static clconv_status walk(int (*filter)(const struct dirent *),
                          void (*each)(void *user, const char *folder, const char *name),
                          void *user)
{
    struct dirent **found;
    char *path;
    CC_TRY(cc_cache_folder(&path, NULL));
    if (!path)
        return CLCONV_OK;
    clconv_status status = CLCONV_OK;
    const int count = scandir(path, &found, filter, by_name);
    if (count < 0)
        status = cc_fail(CLCONV_IO, "cache folder %s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        each(user, path, found[i]->d_name);
        free(found[i]);
    }
    if (count >= 0)
        free(found);
    free(path);
    return status;
}

typedef struct cc_visitor {
    void (*visit)(void *user, const clconv_cache_entry *entry);
    void *user;
} cc_visitor;

static void visit_one(void *user, const char *folder, const char *name)
{
    const cc_visitor *const visitor = user;
    char path[4096];
    struct stat st;
    cc_cache_file file;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (lstat(path, &st) != 0)
        return;
    const bool sound = cc_cache_load(&file, path);
    const clconv_cache_entry entry = {.file = name,
                                      .what = sound ? file.what : "",
                                      .bytes = (uint64_t)st.st_size,
                                      .modified = st.st_mtime,
                                      .damaged = !sound};
    visitor->visit(visitor->user, &entry);
    if (sound)
        cc_cache_unload(&file);
}

clconv_status clconv_cache_visit(void (*visit)(void *user, const clconv_cache_entry *), void *user)
{
    CC_NEED(visit);
    cc_visitor visitor = {visit, user};
    return walk(entries, visit_one, &visitor);
}

static void remove_one(void *user, const char *folder, const char *name)
{
    char path[4096];
    size_t *const removed = user;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (unlink(path) == 0)
        ++*removed;
}

clconv_status clconv_cache_clear(size_t *removed)
{
    size_t count = 0;
    CC_TRY(walk(everything_of_ours, remove_one, &count));
    if (removed)
        *removed = count;
    return CLCONV_OK;
}
