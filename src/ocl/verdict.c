/* verdict.c - what the self-tests found, remembered in the context and in the cache on disk. */
#include "ocl/internal.h"
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"failed", "passed"};

static const cc_verdict *find(const cc_ocl *ocl, const char *key) /* under the lock */
{
    const cc_verdict *verdict = ocl->verdicts;
    while (verdict && strcmp(verdict->key, key) != 0)
        verdict = verdict->next;
    return verdict;
}

static void remember(cc_ocl *ocl, const char *key, bool passed)
{
    pthread_mutex_lock(&ocl->lock);
    if (!find(ocl, key)) {
        const size_t bytes = strlen(key) + 1;
        cc_verdict *verdict = malloc(sizeof(*verdict) + bytes);
        if (verdict) { /* without memory the self-test runs once more */
            verdict->passed = passed;
            verdict->next = ocl->verdicts;
            memcpy(verdict->key, key, bytes);
            ocl->verdicts = verdict;
        }
    }
    pthread_mutex_unlock(&ocl->lock);
}

static bool from_disk(const cc_ocl *ocl, const char *key, bool *passed)
{
    void *payload;
    size_t bytes;
    if (!cc_cache_get(&ocl->cache, "verdict", key, &payload, &bytes))
        return false;
    bool known = false;
    for (int i = 0; i < 2; i++)
        if (bytes == strlen(words[i]) && memcmp(payload, words[i], bytes) == 0) {
            *passed = i == 1;
            known = true;
        }
    free(payload);
    return known;
}

bool cc_ocl_verdict_get(cc_ocl *ocl, const char *key, bool *passed)
{
    pthread_mutex_lock(&ocl->lock);
    const cc_verdict *verdict = find(ocl, key);
    if (verdict)
        *passed = verdict->passed;
    pthread_mutex_unlock(&ocl->lock);
    if (verdict)
        return true;
    if (!from_disk(ocl, key, passed))
        return false;
    remember(ocl, key, *passed);
    return true;
}

void cc_ocl_verdict_put(cc_ocl *ocl, const char *what, const char *key, bool passed)
{
    cc_text line = {0};
    remember(ocl, key, passed);
    cc_text_add(&line, "verdict %s: %s on %s", what, words[passed], ocl->caps.info.id);
    if (!line.failed)
        cc_cache_put(&ocl->cache, "verdict", line.s, key, words[passed], strlen(words[passed]));
    cc_text_free(&line);
}

void cc_verdicts_free(cc_ocl *ocl)
{
    while (ocl->verdicts) {
        cc_verdict *next = ocl->verdicts->next;
        free(ocl->verdicts);
        ocl->verdicts = next;
    }
}
