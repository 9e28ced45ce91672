/* vectors/slug.h -- names for vectors and files that stay the same from run to run: [a-z0-9-]{4,80}. */
#ifndef VECTORS_SLUG_H
#define VECTORS_SLUG_H

#include <stdbool.h>

#define SLUG_MAX 80
#define SLUG_BYTES (SLUG_MAX + 1)

/* "AttachNetworkInterface ATT-P1" becomes "attach-network-interface-att-p1".  A text that is too long is cut and
 * ends with a part of its hash; one that is too short gets "vector-" in front. */
void slug_make(const char *text, char slug[SLUG_BYTES]);
/* Adds a part of the hash of `text` to the slug, for two texts with one slug. */
void slug_distinguish(char slug[SLUG_BYTES], const char *text);
bool slug_is_good(const char *slug);

#endif
