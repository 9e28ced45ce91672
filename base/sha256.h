/* base/sha256.h -- SHA-256 (FIPS 180-4), to name the exact text an answer is about. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>

void sha256_hex(const void *data, size_t bytes, char hex[65]);

#endif
