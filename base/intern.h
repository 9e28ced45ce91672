/* base/intern.h -- every string once, so that equal strings are equal pointers. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct intern {
    struct arena arena;
    const char **slots;
    size_t slot_count, count;
};

/* The one copy of these bytes, with a final NUL; lives as long as `intern`. */
const char *intern_text(struct intern *intern, const char *text, size_t length_bytes);
const char *intern_string(struct intern *intern, const char *text);
void intern_clear(struct intern *intern);

/* How many single-character edits lead from one to the other (Levenshtein 1966); `limit` if more. */
unsigned edit_distance(const char *one, const char *other, unsigned limit);

#endif
