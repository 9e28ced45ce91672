/* base/arena.h -- memory that lives as long as one stage.
 *
 * Everything a stage builds is freed by one arena_clear().  Blocks are zeroed.
 * When the machine has no memory left the handler below is called; it must not return. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *last;
};

void *arena_alloc(struct arena *arena, size_t bytes);                         /* zeroed, aligned for anything */
void *arena_copy(struct arena *arena, const void *source, size_t bytes);      /* NULL if `bytes` is 0 */
char *arena_text(struct arena *arena, const char *text, size_t length_bytes); /* adds the final NUL */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_clear(struct arena *arena);
/* The same, for an arena that is filled again at once: a block is kept for it. */
void arena_reset(struct arena *arena);

/* Out of memory, for small things; cli/ and the tests may replace it. */
extern void (*out_of_memory)(size_t bytes);
/* realloc() that never returns NULL for `bytes` > 0. */
void *memory_resize(void *old, size_t bytes);

#endif
