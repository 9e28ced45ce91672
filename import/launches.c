/* What a launch says of its interfaces, in the instance's own blocks or in its launch template. */
#include <string.h>

#include "import/objects.h"

/* The template that is part of the plan; NONE if there is none, or it is not known. */
uint32_t launch_template(struct import *import, uint32_t instance) {
    const struct resource *resource = &import->resources.at[instance];
    if (resource->kind != RESOURCE_INSTANCE || jtree_count(value_at(resource->after, "launch_template")) == 0)
        return NONE;
    uint32_t found = find_target(import, instance, "launch_template.0.id", RESOURCE_OTHER).resource;
    if (found == NONE)
        found = find_target(import, instance, "launch_template.0.name", RESOURCE_OTHER).resource;
    const char *name = text_at(import->resources.at[instance].after, "launch_template.0.name");
    for (uint32_t i = 0; found == NONE && name != NULL && i < import->resources.count; i++) {
        const char *other = text_at(import->resources.at[i].after, "name");
        if (strcmp(import->resources.at[i].parts.type, "aws_launch_template") == 0 && other != NULL &&
            strcmp(name, other) == 0)
            found = i;
    }
    return found != NONE && strcmp(import->resources.at[found].parts.type, "aws_launch_template") == 0 ? found : NONE;
}

/* Adds the items of a block that name an interface; how many do not. */
static size_t add_entries(struct import *import, uint32_t id, const char *block, bool before, launch_item_list *list) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *items = value_at(before ? resource->before : resource->after, block);
    size_t others = 0;
    for (size_t i = 0; i < jtree_count(items); i++) {
        const char *path = arena_format(&import->arena, "%s.%zu.network_interface_id", block, i);
        const struct jtree *item = jtree_at(items, i);
        bool named = text_at(item, "network_interface_id") != NULL ||
                     (!before && jtree_truth(value_at(resource->unknown, path))) ||
                     strcmp(block, "network_interfaces") != 0;
        if (named)
            vec_push(list, ((struct launch_item){id, path, item, number_at(item, "device_index", 0),
                                                 number_at(item, "network_card_index", 0)}));
        others += !named;
    }
    return others;
}

void launch_items(struct import *import, uint32_t instance, bool before, launch_item_list *list) {
    add_entries(import, instance, "network_interface", before, list);
    add_entries(import, instance, "primary_network_interface", before, list);
    uint32_t template = before || list->count > 0 ? NONE : launch_template(import, instance);
    if (template == NONE)
        return;
    size_t others = add_entries(import, template, "network_interfaces", false, list);
    if (others > (list->count == 0))
        note(import, "%s: of the interfaces that its launch template %s makes, only one is followed",
             import->resources.at[instance].address, import->resources.at[template].address);
}

struct launch_source launch_source(struct import *import, uint32_t instance) {
    struct launch_source own = {instance, "subnet_id", "private_ip", "secondary_private_ips", "vpc_security_group_ids"};
    uint32_t template = launch_template(import, instance);
    const struct resource *resource = &import->resources.at[instance];
    if (template == NONE || text_at(resource->after, "subnet_id") != NULL ||
        jtree_get(jtree_get(import->blocks.at[resource->block]->body, "expressions"), "subnet_id") != NULL)
        return own;
    const struct jtree *items = value_at(import->resources.at[template].after, "network_interfaces");
    if (jtree_count(items) > 0)
        return (struct launch_source){template, "network_interfaces.0.subnet_id",
                                      "network_interfaces.0.private_ip_address", "network_interfaces.0.ipv4_addresses",
                                      "network_interfaces.0.security_groups"};
    return own;
}
