/* cache.c - entries of the cache on disk.
 * A file: cc_header, key, 0, what, 0, payload. Whatever does not fit exactly, or does not have the
 * SHA-256 that its header says, is taken for absent: drivers crash on damaged binaries. */
#define _POSIX_C_SOURCE 200809L
#include "ocl/cache.h"
#include "base/sha256.h"
#include "base/status.h"
#include "ocl/cache_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ENTRY_BYTES = 256 << 20 };

typedef struct cc_header {
    char magic[16];
    uint64_t key_bytes, what_bytes, payload_bytes; /* of this machine's byte order */
    uint8_t digest[CC_SHA256_BYTES];               /* of what lies before and behind it */
} cc_header;

static const char magic[16] = "clconv cache 1\n";

static void digest_of(uint8_t digest[CC_SHA256_BYTES], const cc_header *header, const void *body,
                      size_t bytes)
{
    cc_sha256 sha;
    cc_sha256_begin(&sha);
    cc_sha256_add(&sha, header, offsetof(cc_header, digest));
    cc_sha256_add(&sha, body, bytes);
    cc_sha256_end(&sha, digest);
}

static bool read_all(int fd, char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t got = read(fd, bytes, count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        count -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t done = write(fd, bytes, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        count -= (size_t)done;
    }
    return true;
}

static char *read_file(const char *path, size_t *count)
{
    struct stat st;
    char *bytes = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
        st.st_size >= (off_t)sizeof(cc_header) && st.st_size <= MAX_ENTRY_BYTES)
        bytes = malloc((size_t)st.st_size);
    if (bytes && !read_all(fd, bytes, (size_t)st.st_size)) {
        free(bytes);
        bytes = NULL;
    }
    close(fd);
    *count = bytes ? (size_t)st.st_size : 0;
    return bytes;
}

static bool is_sound(const char *bytes, size_t count)
{
    cc_header header;
    uint8_t digest[CC_SHA256_BYTES];
    const char *const body = bytes + sizeof(header);
    const size_t left = count - sizeof(header);
    memcpy(&header, bytes, sizeof(header));
    if (memcmp(header.magic, magic, sizeof(magic)) != 0)
        return false;
    if (header.key_bytes > left || header.what_bytes > left || header.payload_bytes > left ||
        header.key_bytes + 1 + header.what_bytes + 1 + header.payload_bytes != left)
        return false;
    digest_of(digest, &header, body, left);
    return memcmp(digest, header.digest, sizeof(digest)) == 0 && body[header.key_bytes] == '\0' &&
           body[header.key_bytes + 1 + header.what_bytes] == '\0';
}

bool cc_cache_load(cc_cache_file *file, const char *path)
{
    cc_header header;
    size_t count;
    char *const bytes = read_file(path, &count);
    if (!bytes || !is_sound(bytes, count)) {
        free(bytes);
        return false;
    }
    memcpy(&header, bytes, sizeof(header));
    file->bytes = bytes;
    file->key = bytes + sizeof(header);
    file->key_bytes = header.key_bytes;
    file->what = file->key + header.key_bytes + 1;
    file->payload = file->what + header.what_bytes + 1;
    file->payload_bytes = header.payload_bytes;
    return true;
}

void cc_cache_unload(cc_cache_file *file)
{
    free(file->bytes);
    *file = (cc_cache_file){0};
}

static char *path_of(const cc_cache *cache, const char *kind, const char *key)
{
    enum { DIGITS = 32 }; /* of the 64: names stay readable, and the key is compared whole */
    cc_sha256 sha;
    uint8_t digest[CC_SHA256_BYTES];
    char hex[CC_SHA256_HEX];
    cc_text path = {0};
    cc_sha256_begin(&sha);
    cc_sha256_add(&sha, key, strlen(key));
    cc_sha256_end(&sha, digest);
    cc_sha256_hex(hex, digest);
    cc_text_add(&path, "%s/%s-%.*s%s", cache->path, kind, DIGITS, hex, CC_CACHE_SUFFIX);
    return cc_text_take(&path);
}

bool cc_cache_get(const cc_cache *cache, const char *kind, const char *key, void **payload,
                  size_t *bytes)
{
    cc_cache_file file;
    *payload = NULL;
    *bytes = 0;
    char *const path = cache->path ? path_of(cache, kind, key) : NULL;
    if (!path)
        return false;
    const bool loaded = cc_cache_load(&file, path);
    if (!loaded && access(path, F_OK) == 0)
        cc_log_say(&cache->log, CLCONV_LOG_INFO, "cache file %s is damaged; it is made anew", path);
    free(path);
    if (!loaded)
        return false;
    if (file.key_bytes == strlen(key) && memcmp(file.key, key, file.key_bytes) == 0)
        *payload = malloc(file.payload_bytes + 1);
    if (*payload) {
        memcpy(*payload, file.payload, file.payload_bytes);
        *bytes = file.payload_bytes;
    }
    cc_cache_unload(&file);
    return *payload != NULL;
}

/* The whole file in memory, so that there is one write to fail. */
static void compose(cc_text *file, const char *what, const char *key, const void *payload,
                    size_t bytes)
{
    cc_text body = {0};
    cc_header header = {
        .key_bytes = strlen(key), .what_bytes = strlen(what), .payload_bytes = bytes};
    memcpy(header.magic, magic, sizeof(magic));
    cc_text_add_bytes(&body, key, strlen(key) + 1);
    cc_text_add_bytes(&body, what, strlen(what) + 1);
    cc_text_add_bytes(&body, payload, bytes);
    file->failed = body.failed;
    if (!body.failed) {
        digest_of(header.digest, &header, body.s, body.length);
        cc_text_add_bytes(file, (const char *)&header, sizeof(header));
        cc_text_add_bytes(file, body.s, body.length);
    }
    cc_text_free(&body);
}

static bool write_file(const char *path, const char *temporary, const cc_text *file, int fd)
{
    const bool written = write_all(fd, file->s, file->length) && fsync(fd) == 0;
    const bool closed = close(fd) == 0;
    if (written && closed && rename(temporary, path) == 0)
        return true;
    const int reason = errno;
    unlink(temporary);
    errno = reason;
    return false;
}

void cc_cache_put(const cc_cache *cache, const char *kind, const char *what, const char *key,
                  const void *payload, size_t bytes)
{
    cc_text file = {0}, temporary = {0};
    if (!cache->path)
        return;
    char *const path = path_of(cache, kind, key);
    compose(&file, what, key, payload, bytes);
    cc_text_add(&temporary, "%s/" CC_CACHE_TEMPORARY "XXXXXX", cache->path);
    if (path && !file.failed && !temporary.failed && file.length <= MAX_ENTRY_BYTES) {
        const int fd = mkstemp(temporary.s);
        if (fd < 0 || !write_file(path, temporary.s, &file, fd))
            cc_log_say(&cache->log, CLCONV_LOG_WARNING, "cache file %s is not written: %s", path,
                       strerror(errno));
    }
    cc_text_free(&file);
    cc_text_free(&temporary);
    free(path);
}
