/* base/hash.h -- one mixing function for every table. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* The finaliser of MurmurHash3's 64-bit variant (Appleby): a bijection, so single words never collide. */
static inline uint64_t hash_word(uint64_t word) {
    word ^= word >> 33;
    word *= UINT64_C(0xff51afd7ed558ccd);
    word ^= word >> 33;
    word *= UINT64_C(0xc4ceb9fe1a85ec53);
    return word ^ word >> 33;
}

static inline uint64_t hash_words(const uint64_t *words, size_t count) {
    uint64_t hash = hash_word(words[0]);
    for (size_t i = 1; i < count; i++)
        hash = hash_word(hash ^ (words[i] + UINT64_C(0x9e3779b97f4a7c15) * i));
    return hash;
}

static inline uint64_t hash_bytes(const char *bytes, size_t count) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ count;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash_word(hash);
}

#endif
