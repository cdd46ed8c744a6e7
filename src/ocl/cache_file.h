/* cache_file.h - one file of the cache, between the two files that implement cache.h. */
#ifndef CC_OCL_CACHE_FILE_H
#define CC_OCL_CACHE_FILE_H

#include <clconv/clconv.h>
#include <stdbool.h>

#define CC_CACHE_SUFFIX    ".clconv"
#define CC_CACHE_TEMPORARY ".clconv-" /* start of the name of a file that is being written */

typedef struct cc_cache_file {
    char *bytes; /* the whole file */
    const char *key, *what, *payload;
    size_t key_bytes, payload_bytes; /* without the terminators that follow key and what */
} cc_cache_file;

/* False when the file is absent, not a plain file of ours, or damaged in any way. */
bool cc_cache_load(cc_cache_file *file, const char *path);
void cc_cache_unload(cc_cache_file *file);

/* The folder of clconv_context_options.cache_dir, made and checked; malloc'd, NULL when the cache
 * is switched off; IO with the reason when it cannot be used. */
clconv_status cc_cache_folder(char **path, const char *dir);

#endif
