/* Definitions with the same arguments mean the same.  Rules over many objects ask the same things of each of them again
 * and again, and each of these looks at all objects: without this, lowering is cubic where it need be square. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "model/lowering.h"

static bool is_next(const struct lowering *low) { return low->is_step && !low->in_old; }

static uint64_t hash_call(const struct lowering *low, const struct definition *definition) {
    return hash_word(hash_word((uint64_t)(uintptr_t)definition) ^ (uint64_t)(uint32_t)low->step_action << 1 ^
                     is_next(low));
}

static uint64_t hash_arguments(uint64_t hash, const struct value *arguments, size_t count) {
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < arguments[i].count; k++)
            hash = hash_word(hash ^ arguments[i].at[k]);
    return hash;
}

static bool is_same(const struct lowering *low, const struct meaning *meaning, const struct definition *definition,
                    const struct value *arguments, size_t count) {
    if (meaning->definition != definition || meaning->is_next != is_next(low) ||
        meaning->step_action != low->step_action)
        return false;
    const expr_id *part = low->meanings.parts.at + meaning->first_argument, *end = part + meaning->argument_count;
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < arguments[i].count; k++)
            if (part == end || *part++ != arguments[i].at[k])
                return false;
    return part == end;
}

const struct meaning *meanings_find(const struct lowering *low, const struct definition *definition,
                                    const struct value *arguments, size_t count) {
    const struct meanings *meanings = &low->meanings;
    uint64_t hash = hash_arguments(hash_call(low, definition), arguments, count);
    for (size_t slot = hash; meanings->slot_count > 0; slot++) {
        uint32_t number = meanings->slots[slot & (meanings->slot_count - 1)];
        if (number == 0)
            break;
        if (is_same(low, &meanings->all.at[number - 1], definition, arguments, count))
            return &meanings->all.at[number - 1];
    }
    return NULL;
}

static void put(struct meanings *meanings, uint64_t hash, uint32_t number) {
    size_t slot = hash & (meanings->slot_count - 1);
    while (meanings->slots[slot] != 0)
        slot = (slot + 1) & (meanings->slot_count - 1);
    meanings->slots[slot] = number;
}

static uint64_t hash_meaning(const struct meanings *meanings, const struct meaning *meaning) {
    uint64_t hash = hash_word(hash_word((uint64_t)(uintptr_t)meaning->definition) ^
                              (uint64_t)(uint32_t)meaning->step_action << 1 ^ meaning->is_next);
    struct value arguments = {NULL, meaning->argument_count, meanings->parts.at + meaning->first_argument};
    return hash_arguments(hash, &arguments, 1);
}

static void grow(struct meanings *meanings) {
    meanings->slot_count = meanings->slot_count == 0 ? 64 : meanings->slot_count * 2;
    meanings->slots = memory_resize(meanings->slots, meanings->slot_count * sizeof *meanings->slots);
    memset(meanings->slots, 0, meanings->slot_count * sizeof *meanings->slots);
    for (size_t i = 0; i < meanings->all.count; i++)
        put(meanings, hash_meaning(meanings, &meanings->all.at[i]), (uint32_t)i + 1);
}

void meanings_add(struct lowering *low, const struct definition *definition, const struct value *arguments,
                  size_t count, struct value value, expr_id defined) {
    struct meanings *meanings = &low->meanings;
    struct meaning meaning = {definition, is_next(low), low->step_action, .type = value.type, .defined = defined};
    meaning.first_argument = (uint32_t)meanings->parts.count;
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < arguments[i].count; k++)
            vec_push(&meanings->parts, arguments[i].at[k]);
    meaning.first_value = (uint32_t)meanings->parts.count;
    meaning.argument_count = meaning.first_value - meaning.first_argument;
    for (uint32_t k = 0; k < value.count; k++)
        vec_push(&meanings->parts, value.at[k]);
    meaning.value_count = value.count;
    vec_push(&meanings->all, meaning);
    if (meanings->all.count * 2 > meanings->slot_count)
        grow(meanings);
    else
        put(meanings, hash_meaning(meanings, &meaning), (uint32_t)meanings->all.count);
}

void meanings_clear(struct meanings *meanings) {
    vec_free(&meanings->all);
    vec_free(&meanings->parts);
    free(meanings->slots);
    *meanings = (struct meanings){0};
}
