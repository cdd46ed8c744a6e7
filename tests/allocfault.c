/* allocfault.c - see allocfault.h. */
#define _POSIX_C_SOURCE 200809L
#include "allocfault.h"
#include <dirent.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void __real_free(void *block);
int __real_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **));
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);
int __wrap_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **));

static atomic_long count, live, first, last;
static atomic_bool fired;

void allocfault_arm(long n, bool on)
{
    atomic_store(&fired, false);
    atomic_store(&first, atomic_load(&count) + n);
    atomic_store(&last, on ? atomic_load(&first) + 1000000000L : atomic_load(&first));
}

void allocfault_disarm(void)
{
    atomic_store(&last, 0);
}

bool allocfault_fired(void)
{
    return atomic_load(&fired);
}

long allocfault_live(void)
{
    return atomic_load(&live);
}

static bool fails(void)
{
    const long n = atomic_fetch_add(&count, 1) + 1;
    const bool now = n >= atomic_load(&first) && n <= atomic_load(&last);
    if (now)
        atomic_store(&fired, true);
    return now;
}

static void *counted(void *block)
{
    if (block)
        atomic_fetch_add(&live, 1);
    return block;
}

void *__wrap_malloc(size_t bytes)
{
    return fails() ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t n, size_t bytes)
{
    return fails() ? NULL : counted(__real_calloc(n, bytes));
}

void *__wrap_realloc(void *block, size_t bytes)
{
    if (fails())
        return NULL;
    void *const made = __real_realloc(block, bytes);
    return block ? made : counted(made);
}

char *__wrap_strdup(const char *text)
{
    const size_t bytes = strlen(text) + 1;
    char *const copy = __wrap_malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

void __wrap_free(void *block)
{
    if (block)
        atomic_fetch_sub(&live, 1);
    __real_free(block);
}

/* Its list and the entries are the caller's to free. */
int __wrap_scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
                   int (*order)(const struct dirent **, const struct dirent **))
{
    const int found = __real_scandir(path, list, filter, order);
    if (found >= 0)
        atomic_fetch_add(&live, found + (*list != NULL));
    return found;
}
