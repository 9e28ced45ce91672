#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct arena_block {
    struct arena_block *before;
    size_t used, size;
    _Alignas(max_align_t) char data[];
};

static void abort_without_memory(size_t bytes) {
    (void)bytes;
    abort();
}

void (*out_of_memory)(size_t bytes) = abort_without_memory;

void *memory_resize(void *old, size_t bytes) {
    void *block = realloc(old, bytes == 0 ? 1 : bytes);
    if (block == NULL) {
        out_of_memory(bytes);
        abort();
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t bytes) {
    size_t align = _Alignof(max_align_t);
    bytes = (bytes + align - 1) / align * align;
    struct arena_block *block = arena->last;
    if (block == NULL || block->size - block->used < bytes) {
        size_t size = bytes > LIMIT_ARENA_BLOCK_BYTES ? bytes : LIMIT_ARENA_BLOCK_BYTES;
        block = memory_resize(NULL, sizeof *block + size);
        block->before = arena->last;
        block->used = 0;
        block->size = size;
        arena->last = block;
    }
    void *start = block->data + block->used;
    block->used += bytes;
    return memset(start, 0, bytes);
}

void *arena_copy(struct arena *arena, const void *source, size_t bytes) {
    return bytes == 0 ? NULL : memcpy(arena_alloc(arena, bytes), source, bytes);
}

char *arena_text(struct arena *arena, const char *text, size_t length_bytes) {
    char *copy = arena_alloc(arena, length_bytes + 1);
    if (length_bytes > 0)
        memcpy(copy, text, length_bytes);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void arena_reset(struct arena *arena) {
    struct arena_block *block = arena->last;
    while (block != NULL && block->before != NULL) { /* the oldest one */
        arena->last = block->before;
        free(block);
        block = arena->last;
    }
    if (block != NULL && block->size <= LIMIT_ARENA_BLOCK_BYTES)
        block->used = 0;
    else
        arena_clear(arena);
}

void arena_clear(struct arena *arena) {
    while (arena->last != NULL) {
        struct arena_block *block = arena->last;
        arena->last = block->before;
        free(block);
    }
}
