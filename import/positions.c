/* Where the resources of a template stand: line and column of each logical id. */
#include <string.h>

#include "import/shapes.h"

static const char *key_of(struct import *import, uint32_t file, const char *name) {
    return arena_format(&import->arena, "%u %s", file, name);
}

void place_resource(struct import *import, const char *name, uint32_t line, uint32_t column) {
    name_map_put(&import->places_by_name, key_of(import, import->file, name), (uint32_t)import->places.count);
    vec_push(&import->places, ((struct span){import->file, line, column, 1}));
}

struct span place_of(struct import *import, uint32_t file, const char *name) {
    uint32_t id = name_map_get(&import->places_by_name, key_of(import, file, name));
    return id == NONE ? (struct span){file, 0, 0, 0} : import->places.at[id];
}

const char *place_text(struct import *import, uint32_t file, const char *name) {
    struct span place = place_of(import, file, name);
    return place.line == 0
               ? NULL
               : arena_format(&import->arena, "%s:%u:%u", import->diags->files.at[file].path, place.line, place.column);
}

void place_json_resources(struct import *import, const char *text) {
    const char *line_start = text;
    uint32_t line = 1;
    unsigned depth = 0;
    bool inside = false;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\n') {
            line++;
            line_start = at + 1;
        } else if (*at == '{' || *at == '[') {
            depth++;
        } else if (*at == '}' || *at == ']') {
            depth--;
        } else if (*at == '"') {
            const char *end = at + 1;
            while (*end != '"' && *end != '\0')
                end += *end == '\\' && end[1] != '\0' ? 2 : 1;
            if (*end == '\0')
                return;
            bool is_key = end[1 + strspn(end + 1, " \t\r\n")] == ':';
            size_t length = (size_t)(end - at) - 1;
            if (is_key && depth == 1)
                inside = length == strlen("Resources") && strncmp(at + 1, "Resources", length) == 0;
            else if (is_key && depth == 2 && inside)
                place_resource(import, arena_text(&import->arena, at + 1, length), line,
                               (uint32_t)(at - line_start) + 1);
            at = end;
        }
    }
}
