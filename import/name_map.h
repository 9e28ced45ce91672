/* import/name_map.h -- texts to ids.  The texts belong to somebody who lives longer. */
#ifndef IMPORT_NAME_MAP_H
#define IMPORT_NAME_MAP_H

#include <stddef.h>
#include <stdint.h>

struct name_map {
    struct name_slot *slots; /* open addressing; at least a quarter is empty */
    size_t slot_count, count;
};

uint32_t name_map_get(const struct name_map *map, const char *name);    /* UINT32_MAX if it is not there */
void name_map_put(struct name_map *map, const char *name, uint32_t id); /* the first one stays */
void name_map_clear(struct name_map *map);

#endif
