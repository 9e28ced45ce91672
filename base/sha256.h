/* base/sha256.h -- SHA-256 (FIPS 180-4), to name the exact text an answer is about. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t bytes;          /* added so far */
    unsigned char block[64]; /* the last bytes % 64 of them */
};

void sha256_init(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t bytes);
void sha256_end(struct sha256 *hash, char hex[65]); /* of all that was added; `hash` is spent */

void sha256_hex(const void *data, size_t bytes, char hex[65]);

#endif
