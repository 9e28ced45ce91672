/* Open addressing with linear probing (Knuth, TAOCP vol. 3, 6.4, Algorithm L).
 * A slot holds id + 1 in its low half and the high half of the hash in its high half; the slot's place comes from
 * the top bits of that half, so the table grows without looking at the states.
 * Invariant: 4 * count <= 3 * slot_count, so every probe meets an empty slot. */
#define _GNU_SOURCE
#include "solver/state_set.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "base/limits.h"

struct state_set {
    size_t words, max_bytes, peak_bytes;
    uint64_t *slots;
    size_t slot_count; /* a power of two */
    unsigned shift;    /* 32 - log2(slot_count) */
    state_id count;
    uint64_t *states; /* row i is state i; address space is reserved, memory comes as it is touched */
    size_t reserved_bytes;
};

static size_t table_bytes(size_t slot_count) { return slot_count * sizeof(uint64_t); }

static void *map_zeroed(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (bytes >= (size_t)4 << 20)
        madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    return memory;
}

struct state_set *state_set_new(size_t words, size_t max_bytes) {
    struct state_set *set = calloc(1, sizeof *set);
    size_t slot_count = LIMIT_STATE_TABLE_FIRST;
    if (set == NULL || max_bytes < 2 * table_bytes(slot_count)) {
        free(set);
        return NULL;
    }
    set->words = words;
    set->max_bytes = max_bytes;
    set->slot_count = slot_count;
    set->shift = 32;
    for (size_t n = slot_count; n > 1; n /= 2)
        set->shift--;
    size_t most = (size_t)UINT32_MAX * words * sizeof(uint64_t);
    set->reserved_bytes = max_bytes < most ? max_bytes : most;
    set->slots = map_zeroed(table_bytes(slot_count));
    set->states = map_zeroed(set->reserved_bytes);
    while (set->states == NULL && set->reserved_bytes > (size_t)1 << 20) /* a machine that does not overcommit */
        set->states = map_zeroed(set->reserved_bytes /= 2);
    if (set->slots == NULL || set->states == NULL) {
        state_set_free(set);
        return NULL;
    }
    set->peak_bytes = state_set_bytes(set);
    return set;
}

void state_set_free(struct state_set *set) {
    if (set == NULL)
        return;
    if (set->slots != NULL)
        munmap(set->slots, table_bytes(set->slot_count));
    if (set->states != NULL)
        munmap(set->states, set->reserved_bytes);
    free(set);
}

size_t state_set_bytes(const struct state_set *set) {
    return table_bytes(set->slot_count) + (size_t)set->count * set->words * sizeof(uint64_t);
}

size_t state_set_peak_bytes(const struct state_set *set) {
    size_t now = state_set_bytes(set);
    return now > set->peak_bytes ? now : set->peak_bytes;
}

state_id state_set_count(const struct state_set *set) { return set->count; }

const uint64_t *state_set_get(const struct state_set *set, state_id id) {
    return set->states + (size_t)id * set->words;
}

#define GIVE_BACK_SLOTS ((size_t)1 << 19) /* 4 MiB: a multiple of any page size */

/* Slots keep their order when the table doubles, so the new one is touched, and takes memory, at the pace at which the
 * old one is given back: there is no moment at which both exist. */
static bool grow(struct state_set *set) {
    size_t new_count = 2 * set->slot_count,
           both = set->slot_count < GIVE_BACK_SLOTS ? set->slot_count : GIVE_BACK_SLOTS;
    size_t peak = state_set_bytes(set) - table_bytes(set->slot_count) + table_bytes(new_count) + table_bytes(both);
    if (peak > set->max_bytes || set->shift == 0)
        return false;
    uint64_t *slots = map_zeroed(table_bytes(new_count));
    if (slots == NULL)
        return false;
    set->peak_bytes = peak > set->peak_bytes ? peak : set->peak_bytes;
    unsigned shift = set->shift - 1;
    for (size_t i = 0; i < set->slot_count; i++) {
        if (i > 0 && i % GIVE_BACK_SLOTS == 0)
            madvise(set->slots + i - GIVE_BACK_SLOTS, table_bytes(GIVE_BACK_SLOTS), MADV_DONTNEED);
        if (set->slots[i] == 0)
            continue;
        size_t at = (size_t)(set->slots[i] >> 32) >> shift;
        while (slots[at] != 0)
            at = (at + 1) & (new_count - 1);
        slots[at] = set->slots[i];
    }
    munmap(set->slots, table_bytes(set->slot_count));
    set->slots = slots;
    set->slot_count = new_count;
    set->shift = shift;
    return true;
}

static bool has_room(struct state_set *set) {
    if (4 * ((size_t)set->count + 1) > 3 * set->slot_count && !grow(set))
        return false;
    size_t bytes = ((size_t)set->count + 1) * set->words * sizeof(uint64_t);
    return set->count < UINT32_MAX - 2 && bytes <= set->reserved_bytes &&
           table_bytes(set->slot_count) + bytes <= set->max_bytes;
}

/* The number of words is a constant where these are inlined for it. */
#define FOR_WORDS static inline __attribute__((always_inline))

FOR_WORDS bool equal(const uint64_t *one, const uint64_t *other, size_t words) {
    for (size_t i = 0; i < words; i++)
        if (one[i] != other[i])
            return false;
    return true;
}

/* The slot of `state`, or the empty slot where it belongs. */
FOR_WORDS size_t find_slot(const struct state_set *set, const uint64_t *state, uint32_t tag, size_t words) {
    size_t at = (size_t)tag >> set->shift, mask = set->slot_count - 1;
    for (;;) {
        uint64_t slot = set->slots[at];
        if (slot == 0 ||
            ((uint32_t)(slot >> 32) == tag && equal(set->states + ((size_t)(uint32_t)slot - 1) * words, state, words)))
            return at;
        at = (at + 1) & mask;
    }
}

/* Hashes a block and brings what the look-ups will need near. */
FOR_WORDS void prepare(const struct state_set *set, const uint64_t *states, size_t count, uint32_t *tags,
                       size_t words) {
    for (size_t i = 0; i < count; i++) {
        tags[i] = (uint32_t)(hash_words(states + i * words, words) >> 32);
        __builtin_prefetch(&set->slots[(size_t)tags[i] >> set->shift]);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t slot = set->slots[(size_t)tags[i] >> set->shift];
        if (slot != 0)
            __builtin_prefetch(set->states + ((size_t)(uint32_t)slot - 1) * words);
    }
}

FOR_WORDS bool add_block(struct state_set *set, const uint64_t *states, size_t count, state_id *ids, size_t words) {
    uint32_t tags[STATE_SET_BLOCK];
    prepare(set, states, count, tags, words);
    for (size_t i = 0; i < count; i++) {
        const uint64_t *state = states + i * words;
        size_t at = find_slot(set, state, tags[i], words);
        if (set->slots[at] == 0) {
            size_t slots_before = set->slot_count;
            if (!has_room(set))
                return false;
            if (slots_before != set->slot_count)
                at = find_slot(set, state, tags[i], words);
            memcpy(set->states + (size_t)set->count * words, state, words * sizeof *state);
            set->slots[at] = (uint64_t)tags[i] << 32 | ++set->count;
        }
        if (ids != NULL)
            ids[i] = (uint32_t)set->slots[at] - 1;
    }
    return true;
}

FOR_WORDS void find_block(const struct state_set *set, const uint64_t *states, size_t count, state_id *ids,
                          size_t words) {
    uint32_t tags[STATE_SET_BLOCK];
    prepare(set, states, count, tags, words);
    for (size_t i = 0; i < count; i++) {
        uint64_t slot = set->slots[find_slot(set, states + i * words, tags[i], words)];
        ids[i] = slot == 0 ? STATE_NONE : (uint32_t)slot - 1;
    }
}

bool state_set_add(struct state_set *set, const uint64_t *states, size_t count, state_id *ids) {
    if (set->words == 1)
        return add_block(set, states, count, ids, 1);
    if (set->words == 2)
        return add_block(set, states, count, ids, 2);
    return add_block(set, states, count, ids, set->words);
}

void state_set_find(const struct state_set *set, const uint64_t *states, size_t count, state_id *ids) {
    if (set->words == 1)
        find_block(set, states, count, ids, 1);
    else if (set->words == 2)
        find_block(set, states, count, ids, 2);
    else
        find_block(set, states, count, ids, set->words);
}
