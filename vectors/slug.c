#include "vectors/slug.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"

enum { SLUG_MIN = 4, HASH_DIGITS = 8 };

static bool is_word(char c) { return isalnum((unsigned char)c) && (unsigned char)c < 128; }

/* Does a new word begin at `text[i]`, as in "attachNetwork", "EC2Thing", "VPCEndpoint"? */
static bool begins_word(const char *text, size_t i) {
    if (i == 0 || !isupper((unsigned char)text[i]) || !is_word(text[i - 1]))
        return false;
    return !isupper((unsigned char)text[i - 1]) || islower((unsigned char)text[i + 1]);
}

void slug_distinguish(char slug[SLUG_BYTES], const char *text) {
    char hash[65];
    sha256_hex(text, strlen(text), hash);
    size_t length = strlen(slug);
    if (length > SLUG_MAX - HASH_DIGITS - 1)
        length = SLUG_MAX - HASH_DIGITS - 1;
    while (length > 0 && slug[length - 1] == '-')
        length--;
    snprintf(slug + length, SLUG_BYTES - length, "-%.*s", HASH_DIGITS, hash);
}

void slug_make(const char *text, char slug[SLUG_BYTES]) {
    size_t length = 0;
    bool cut = false, gap = false;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (!is_word(text[i])) {
            gap = true;
            continue;
        }
        bool dash = length > 0 && (gap || begins_word(text, i));
        gap = false;
        if (length + dash + 1 > SLUG_MAX) {
            cut = true;
            break;
        }
        if (dash)
            slug[length++] = '-';
        slug[length++] = (char)tolower((unsigned char)text[i]);
    }
    slug[length] = '\0';
    if (length < SLUG_MIN) {
        char rest[SLUG_MIN + 1];
        memcpy(rest, slug, length + 1);
        snprintf(slug, SLUG_BYTES, length > 0 ? "vector-%s" : "vector", rest);
    }
    if (cut)
        slug_distinguish(slug, text);
}

bool slug_is_good(const char *slug) {
    size_t length = strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return slug[length] == '\0' && length >= SLUG_MIN && length <= SLUG_MAX;
}
