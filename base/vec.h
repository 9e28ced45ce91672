/* base/vec.h -- growable arrays, the only ones.
 *
 *     VEC(int) numbers = {0};
 *     vec_push(&numbers, 7);
 *     for (size_t i = 0; i < numbers.count; i++) use(numbers.at[i]);
 *     vec_free(&numbers);
 *
 * Pointers into `at` end with the next push. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"

#define VEC(type)                                                                                                      \
    struct {                                                                                                           \
        type *at;                                                                                                      \
        size_t count, room;                                                                                            \
    }

#define vec_reserve(vec, wanted)                                                                                       \
    ((wanted) <= (vec)->room                                                                                           \
         ? (void)0                                                                                                     \
         : (void)((vec)->room =                                                                                        \
                      (vec)->room * 2 < (size_t)(wanted) ? (size_t)(wanted) + LIMIT_VEC_FIRST : (vec)->room * 2,       \
                  (vec)->at = memory_resize((vec)->at, (vec)->room * sizeof *(vec)->at)))

#define vec_push(vec, item) (vec_reserve((vec), (vec)->count + 1), (void)((vec)->at[(vec)->count++] = (item)))

#define vec_free(vec) (free((vec)->at), (vec)->at = NULL, (void)((vec)->count = (vec)->room = 0))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof *(array))

#endif
