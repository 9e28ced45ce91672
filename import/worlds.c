/* Regions and accounts: resources of different providers, or with different values of `region`, never meet.  Which
 * provider configuration a resource has is in the configuration of its block (`provider_config_key`). */
#include <stdlib.h>
#include <string.h>

#include "import/shapes.h"

/* What decides whose account it is, as far as the plan shows it. */
static const char *account_of(struct import *import, const struct jtree *provider) {
    static const char *const keys[] = {"access_key", "profile", "assume_role", "allowed_account_ids",
                                       "shared_credentials_files"};
    const char *text = "";
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const struct jtree *value = value_at(jtree_get(provider, "expressions"), keys[i]);
        char *canonical = value == NULL ? NULL : jtree_canonical(value);
        if (canonical != NULL)
            text = arena_format(&import->arena, "%s|%s", text, canonical);
        free(canonical);
    }
    return text;
}

/* "module.m:aws.west" is, if it is not there itself, "aws.west". */
static const struct jtree *provider_of(const struct import *import, const struct block *block) {
    const struct jtree *all = value_at(import->tree, "configuration.provider_config");
    const char *key = text_at(block->body, "provider_config_key");
    const struct jtree *found = key == NULL ? NULL : jtree_get(all, key);
    if (found == NULL && key != NULL && strrchr(key, ':') != NULL)
        found = jtree_get(all, strrchr(key, ':') + 1);
    return found;
}

static const char *region_of(struct import *import, const struct resource *resource, const struct jtree *provider) {
    const char *own = text_at(resource->after, "region");
    own = own == NULL ? text_at(resource->before, "region") : own;
    const struct jtree *value = value_at(jtree_get(provider, "expressions"), "region");
    const char *constant = text_at(value, "constant_value"), *reference = jtree_string(value_at(value, "references.0"));
    if (own != NULL || constant != NULL)
        return own != NULL ? own : constant;
    if (reference != NULL && strncmp(reference, "var.", 4) == 0) { /* of the root module */
        const char *given = text_at(jtree_get(jtree_get(import->tree, "variables"), reference + 4), "value");
        return given != NULL ? given : reference;
    }
    return reference;
}

void find_worlds(struct import *import) {
    const char *names = "";
    for (size_t i = 0; i < import->resources.count; i++) {
        struct resource *resource = &import->resources.at[i];
        const struct block *block = import->blocks.at[resource->block];
        const struct jtree *provider = provider_of(import, block);
        const char *region = region_of(import, resource, provider);
        resource->world = NONE;
        if (strncmp(resource->parts.type, "aws_", 4) != 0 || (provider == NULL && region == NULL))
            continue;
        const char *key =
            arena_format(&import->arena, "%s%s", region == NULL ? "" : region, account_of(import, provider));
        resource->world = name_map_get(&import->worlds, key);
        if (resource->world != NONE)
            continue;
        const char *label = region != NULL ? region : text_at(block->body, "provider_config_key");
        resource->world = (uint32_t)import->worlds.count;
        name_map_put(&import->worlds, key, resource->world);
        names = arena_format(&import->arena, "%s%s%s", names, *names == '\0' ? "" : ", ",
                             label == NULL ? "another" : label);
    }
    if (import->worlds.count > 1)
        note(import,
             "resources of %zu regions or accounts (%s): each is a world of its own; only the order of the apply is "
             "common "
             "to them",
             import->worlds.count, names);
}

bool same_world(uint32_t one, uint32_t other) { return one == other || one == NONE || other == NONE; }
