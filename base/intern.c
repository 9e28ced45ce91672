#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"

static size_t find_slot(const struct intern *intern, const char *text, size_t length_bytes) {
    size_t mask = intern->slot_count - 1;
    size_t slot = hash_bytes(text, length_bytes) & mask;
    while (intern->slots[slot] != NULL &&
           (strncmp(intern->slots[slot], text, length_bytes) != 0 || intern->slots[slot][length_bytes] != '\0'))
        slot = (slot + 1) & mask;
    return slot;
}

static void grow(struct intern *intern) {
    const char **old = intern->slots;
    size_t old_count = intern->slot_count;
    intern->slot_count = old_count == 0 ? 16 : 2 * old_count;
    intern->slots = memory_resize(NULL, intern->slot_count * sizeof *intern->slots);
    memset(intern->slots, 0, intern->slot_count * sizeof *intern->slots);
    for (size_t i = 0; i < old_count; i++)
        if (old[i] != NULL)
            intern->slots[find_slot(intern, old[i], strlen(old[i]))] = old[i];
    free(old);
}

const char *intern_text(struct intern *intern, const char *text, size_t length_bytes) {
    const char *nul = memchr(text, '\0', length_bytes);
    if (nul != NULL)
        length_bytes = (size_t)(nul - text);
    if (2 * intern->count >= intern->slot_count)
        grow(intern);
    size_t slot = find_slot(intern, text, length_bytes);
    if (intern->slots[slot] == NULL) {
        intern->slots[slot] = arena_text(&intern->arena, text, length_bytes);
        intern->count++;
    }
    return intern->slots[slot];
}

const char *intern_string(struct intern *intern, const char *text) { return intern_text(intern, text, strlen(text)); }

void intern_clear(struct intern *intern) {
    free(intern->slots);
    arena_clear(&intern->arena);
    *intern = (struct intern){0};
}

unsigned edit_distance(const char *one, const char *other, unsigned limit) {
    unsigned row[65];
    size_t width = strlen(other);
    if (width >= sizeof row / sizeof *row)
        return limit;
    for (size_t j = 0; j <= width; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; one[i] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < width; j++) {
            unsigned replace = diagonal + (one[i] != other[j]);
            unsigned best = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
            diagonal = row[j + 1];
            row[j + 1] = replace < best ? replace : best;
        }
    }
    return row[width] < limit ? row[width] : limit;
}
