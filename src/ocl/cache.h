/* cache.h - the private folder on disk: program binaries and self-test verdicts. Knows files, not
 * OpenCL. Every entry is one file: magic, full key, length, SHA-256, payload; written to a
 * temporary file, synced, renamed; whatever is odd about a file makes it absent. */
#ifndef CC_OCL_CACHE_H
#define CC_OCL_CACHE_H

#include "base/log.h"
#include "base/text.h"
#include <stdint.h>

/* A folder that is ours: created 0700, owned by us, not a link, not writable by others. */
typedef struct cc_cache {
    char *path; /* NULL: no cache on disk */
    cc_log log;
} cc_cache;

/* dir as in clconv_context_options.cache_dir. A folder that cannot be used gives a cache without a
 * path and a warning in the log, never a failure (NO_MEMORY apart). */
clconv_status cc_cache_open(cc_cache *cache, const char *dir, const cc_log *log);
void cc_cache_close(cc_cache *cache);

/* kind: "program" or "verdict"; what: one line for people; key: any text, kept whole in the file.
 * get: true and a malloc'd payload when there is a sound entry under exactly this key.
 * put: failures are logged, never fatal. */
bool cc_cache_get(const cc_cache *cache, const char *kind, const char *key, void **payload,
                  size_t *bytes);
void cc_cache_put(const cc_cache *cache, const char *kind, const char *what, const char *key,
                  const void *payload, size_t bytes);

#endif
