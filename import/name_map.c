#include "import/name_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

struct name_slot {
    const char *name; /* NULL: empty */
    uint32_t id;
};

static struct name_slot *find(const struct name_map *map, const char *name) {
    size_t at = hash_bytes(name, strlen(name)) & (map->slot_count - 1);
    while (map->slots[at].name != NULL && strcmp(map->slots[at].name, name) != 0)
        at = (at + 1) & (map->slot_count - 1);
    return &map->slots[at];
}

uint32_t name_map_get(const struct name_map *map, const char *name) {
    if (map->slot_count == 0 || name == NULL)
        return UINT32_MAX;
    const struct name_slot *slot = find(map, name);
    return slot->name == NULL ? UINT32_MAX : slot->id;
}

static void grow(struct name_map *map) {
    struct name_map larger = {NULL, map->slot_count == 0 ? 16 : 2 * map->slot_count, map->count};
    larger.slots = memory_resize(NULL, larger.slot_count * sizeof *larger.slots);
    memset(larger.slots, 0, larger.slot_count * sizeof *larger.slots);
    for (size_t i = 0; i < map->slot_count; i++)
        if (map->slots[i].name != NULL)
            *find(&larger, map->slots[i].name) = map->slots[i];
    free(map->slots);
    *map = larger;
}

void name_map_put(struct name_map *map, const char *name, uint32_t id) {
    if (4 * map->count >= 3 * map->slot_count)
        grow(map);
    struct name_slot *slot = find(map, name);
    if (slot->name == NULL) {
        *slot = (struct name_slot){name, id};
        map->count++;
    }
}

void name_map_clear(struct name_map *map) {
    free(map->slots);
    *map = (struct name_map){NULL, 0, 0};
}
