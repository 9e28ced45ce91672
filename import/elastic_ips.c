/* Elastic IPs, and the NAT gateways that hold them, as they are and as they are to be. */
#include <string.h>

#include "import/objects.h"

void place_nat(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    uint32_t subnet = linked(import, id, "subnet_id", OBJECT_SUBNET, before);
    uint32_t eip = linked(import, id, "allocation_id", OBJECT_EIP, before);
    uint32_t interface = before ? resource->old_interface : resource->new_interface;
    object_at(import, object)->subnet = subnet;
    object_at(import, object)->eip = eip;
    need_subnet(import, object);
    object_at(import, interface)->subnet = object_at(import, object)->subnet;
    object_at(import, object)->interface = interface;
    object_at(import, object)->makes = before ? NONE : interface;
    if (!before)
        return;
    object_at(import, interface)->no_source_dest_check = true;
    hold_address(import, interface, text_at(resource->before, "private_ip"), true);
    hold_some_address(import, interface);
    const struct jtree *more = value_at(resource->before, "secondary_private_ip_addresses");
    for (size_t i = 0; i < jtree_count(more); i++)
        hold_address(import, interface, jtree_string(jtree_at(more, i)), false);
}

static uint32_t primary_of(struct import *import, uint32_t interface) {
    for (uint32_t i = 0; i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_ADDRESS && import->objects.at[i].interface == interface &&
            import->objects.at[i].primary)
            return i;
    return NONE;
}

void place_eip(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    const char *pool = text_at(before ? resource->before : resource->after, "public_ipv4_pool");
    object_at(import, object)->own_pool = pool != NULL && strcmp(pool, "amazon") != 0;
    if (!before || text_at(resource->before, "association_id") == NULL)
        return;
    uint32_t interface = linked(import, id, "network_interface", OBJECT_INTERFACE, true);
    uint32_t instance = interface == NONE ? linked(import, id, "instance", OBJECT_INSTANCE, true) : NONE;
    for (uint32_t i = 0; instance != NONE && interface == NONE && i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_INTERFACE && import->objects.at[i].instance == instance &&
            import->objects.at[i].device == 0)
            interface = i;
    if (interface == NONE)
        return;
    const char *text = text_at(resource->before, "private_ip");
    uint32_t address = address_object(import, object_at(import, interface)->subnet, text, false);
    if (address == NONE || object_at(import, address)->interface != interface)
        address = primary_of(import, interface);
    object_at(import, object)->address = address;
}
