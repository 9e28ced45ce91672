/* What is wrong whatever the order is, although no call fails: findings that need no search. */
#include <stdarg.h>
#include <string.h>

#include "import/shapes.h"

void observe(struct import *import, const char *finding, uint32_t resource, const char *format, ...) {
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const struct resource *about = &import->resources.at[resource];
    for (size_t i = 0; i < import->observations.count; i++)
        if (strcmp(import->observations.at[i].resource, about->address) == 0 &&
            strcmp(import->observations.at[i].text, text) == 0)
            return;
    vec_push(&import->observations,
             ((struct import_observation){finding, about->address, arena_text(&import->arena, text, strlen(text)),
                                          about->at}));
}

/* ---- names that dangle ---- */

/* The resource that gives this public address up and does not get it back; NONE if there is none. */
static uint32_t find_former_holder(const struct import *import, const char *address) {
    uint32_t former = NONE;
    for (uint32_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        const char *before = text_at(resource->before, "public_ip"), *after = text_at(resource->after, "public_ip");
        if (resource->kind == RESOURCE_EIP && !resource->is_data && after != NULL && strcmp(after, address) == 0)
            return NONE; /* it stays */
        bool ends =
            is_destroyed(resource->change) && (resource->kind == RESOURCE_EIP || resource->kind == RESOURCE_INSTANCE);
        if (ends && before != NULL && strcmp(before, address) == 0 &&
            (former == NONE || resource->kind == RESOURCE_EIP))
            former = i;
    }
    return former;
}

void find_dangling_names(struct import *import) {
    for (uint32_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        if (resource->is_data || resource->deposed != NULL || resource->change == CHANGE_DELETE ||
            strcmp(resource->parts.type, "aws_route53_record") != 0)
            continue;
        const struct jtree *records = value_at(resource->after, "records");
        for (size_t k = 0; k < jtree_count(records); k++) {
            const char *address = jtree_string(jtree_at(records, k)), *name = text_at(resource->after, "name");
            uint32_t former = address == NULL ? NONE : find_former_holder(import, address);
            if (former != NONE)
                observe(import, "DNS-3", i, "%s still points to %s, which %s gives up",
                        name != NULL ? name : resource->address, address, import->resources.at[former].address);
        }
    }
}
