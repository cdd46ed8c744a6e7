/* sha256.h - SHA-256 (FIPS 180-4), for cache keys and for damage to cached files. */
#ifndef CC_BASE_SHA256_H
#define CC_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct cc_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
} cc_sha256;

enum { CC_SHA256_BYTES = 32, CC_SHA256_HEX = 65 };

void cc_sha256_begin(cc_sha256 *sha);
void cc_sha256_add(cc_sha256 *sha, const void *bytes, size_t count);
void cc_sha256_end(cc_sha256 *sha, uint8_t digest[CC_SHA256_BYTES]);
void cc_sha256_hex(char hex[CC_SHA256_HEX], const uint8_t digest[CC_SHA256_BYTES]);

#endif
