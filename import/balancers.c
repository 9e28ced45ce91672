/* Load balancers: an interface in each of their subnets, with the Elastic IP or the private address that they are given
 * for it.  In values they are as the resource aws_lb has them, also those of a template. */
#include <string.h>

#include "import/calls.h"

static bool has_type(const struct jtree *values, const char *type) {
    const char *given = text_at(values, "load_balancer_type");
    return strcmp(given == NULL ? "application" : given, type) == 0;
}

bool is_of_balancer(const struct import *import, uint32_t interface, uint32_t balancer) {
    for (size_t i = 0; interface != NONE && i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_MAPPING && import->objects.at[i].balancer == balancer &&
            import->objects.at[i].interface == interface)
            return true;
    return false;
}

static uint32_t add_mapping(struct import *import, uint32_t balancer, uint32_t subnet, bool exists) {
    const char *owner = object_at(import, balancer)->name;
    uint32_t mapping = object_new(import, OBJECT_MAPPING, arena_format(&import->arena, "%s_subnet", owner), exists);
    uint32_t interface = object_new(import, OBJECT_INTERFACE, arena_format(&import->arena, "%s_eni", owner), exists);
    object_at(import, mapping)->balancer = balancer;
    object_at(import, mapping)->subnet = subnet;
    need_subnet(import, mapping);
    object_at(import, interface)->subnet = object_at(import, mapping)->subnet;
    object_at(import, mapping)->makes = exists ? NONE : interface;
    if (exists) {
        object_at(import, mapping)->interface = interface;
        object_at(import, interface)->manager = "service";
        id_list groups = {0};
        for (size_t i = 0; i < object_at(import, balancer)->groups.count; i++)
            vec_push(&groups, object_at(import, balancer)->groups.at[i]);
        object_at(import, interface)->groups = groups;
    }
    return mapping;
}

/* Its interface in this subnet, as the Elastic IP tells it. */
static void hold_elastic_ip(struct import *import, uint32_t mapping, const char *allocation) {
    uint32_t interface = object_at(import, mapping)->interface, eip = object_at(import, mapping)->eip;
    uint32_t id = allocation == NULL ? NONE : resource_of_id(import, allocation);
    if (id != NONE && import->resources.at[id].kind == RESOURCE_EIP) { /* the association itself: place_eip() */
        const struct jtree *values = import->resources.at[id].before;
        external_known(import, OBJECT_INTERFACE, text_at(values, "network_interface"), interface);
        hold_address(import, interface, text_at(values, "private_ip"), true);
        hold_some_address(import, interface);
        return;
    }
    hold_some_address(import, interface);
    for (uint32_t i = 0; eip != NONE && i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_ADDRESS && import->objects.at[i].interface == interface)
            object_at(import, eip)->address = i;
}

static void place_mappings(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct jtree *values = before ? import->resources.at[id].before : import->resources.at[id].after;
    for (size_t i = 0; i < jtree_count(value_at(values, "subnet_mapping")); i++) {
        const char *path = arena_format(&import->arena, "subnet_mapping.%zu", i);
        uint32_t subnet = linked(import, id, arena_format(&import->arena, "%s.subnet_id", path), OBJECT_SUBNET, before);
        uint32_t eip = linked(import, id, arena_format(&import->arena, "%s.allocation_id", path), OBJECT_EIP, before);
        const char *text = text_at(values, arena_format(&import->arena, "%s.private_ipv4_address", path));
        uint32_t mapping = add_mapping(import, object, subnet, before);
        object_at(import, mapping)->eip = eip;
        uint32_t address = address_object(import, object_at(import, mapping)->subnet, text, !before);
        object_at(import, mapping)->address = address;
        if (!before)
            continue;
        hold_address(import, object_at(import, mapping)->interface, text, true);
        hold_elastic_ip(import, mapping, text_at(values, arena_format(&import->arena, "%s.allocation_id", path)));
    }
}

void place_balancer(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *values = before ? resource->before : resource->after;
    struct ec2_object *balancer = object_at(import, object);
    balancer->family = has_type(values, "network")   ? "network"
                       : has_type(values, "gateway") ? "gateway"
                                                     : "application";
    balancer->internet_facing = !has_type(values, "gateway") && !truth_at(values, "internal", false);
    balancer->is_protected = truth_at(values, "enable_deletion_protection", false);
    id_list groups = {0};
    linked_groups(import, id, "security_groups", before, &groups);
    object_at(import, object)->groups = groups;
    if (jtree_count(value_at(values, "subnet_mapping")) > 0) {
        place_mappings(import, id, object, before);
        return;
    }
    id_list subnets = {0};
    linked_set(import, id, "subnets", OBJECT_SUBNET, before, &subnets);
    for (size_t i = 0; i < subnets.count; i++) {
        uint32_t mapping = add_mapping(import, object, subnets.at[i], before);
        if (before)
            hold_some_address(import, object_at(import, mapping)->interface);
    }
    vec_free(&subnets);
}

void spread_balancers(struct import *import) {
    for (uint32_t i = 0; i < import->objects.count; i++) {
        uint32_t subnet = import->objects.at[i].kind == OBJECT_MAPPING ? import->objects.at[i].subnet : NONE;
        if (subnet == NONE)
            continue;
        for (size_t g = 0; g < import->objects.at[import->objects.at[i].balancer].groups.count; g++) {
            struct ec2_object *group =
                object_at(import, import->objects.at[import->objects.at[i].balancer].groups.at[g]);
            struct ec2_object *place = object_at(import, subnet);
            if (group->vpc_known != place->vpc_known) { /* where its partner is */
                group->vpc = place->vpc = group->vpc_known ? group->vpc : place->vpc;
                group->vpc_known = place->vpc_known = true;
            }
        }
        if (import->objects.at[subnet].zone != NONE)
            continue;
        import->world = import->objects.at[subnet].world;
        uint32_t zone = object_new(import, OBJECT_ZONE,
                                   arena_format(&import->arena, "zone_of_%s", import->objects.at[subnet].name), true);
        object_at(import, subnet)->zone = zone;
        object_at(import, subnet)->zone_known = true;
    }
    import->world = NONE;
}

/* ---- calls ---- */

static void create(struct maker *maker, uint32_t balancer) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    bool any = false;
    uint32_t vpc = NONE;
    for (uint32_t i = 0; i < import->objects.count; i++) {
        const struct ec2_object *mapping = &import->objects.at[i];
        if (mapping->kind != OBJECT_MAPPING || mapping->balancer != balancer)
            continue;
        any = true;
        vpc = object_at(import, mapping->subnet)->vpc;
        if (mapping->address == NONE) {
            object_at(import, mapping->subnet)->automatic++;
            object_at(import, i)->picks = true;
        }
    }
    if (!any || is_hidden(import, maker->id, "subnets", OBJECT_SUBNET)) {
        note(import, "%s: left out, because its subnets are not known", resource->address);
        return;
    }
    if (object_at(import, balancer)->groups.count == 0 &&
        strcmp(object_at(import, balancer)->family, "application") == 0)
        add_id(&object_at(import, balancer)->groups, default_group(import, vpc));
    add_step(maker, NULL, text_of(maker, "CreateLoadBalancer(balancer: %s)", name_of(import, balancer)),
             text_of(maker, "%s.status == active", name_of(import, balancer)), NULL);
}

void balancer_calls(struct maker *maker, bool is_destroy) {
    static const char *const in_place[] = {"subnets", "subnet_mapping", "security_groups"};
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    if (is_destroy) { /* the provider waits until its interfaces are gone */
        const char *name = name_of(import, resource->old_object);
        add_step(maker, NULL, text_of(maker, "DeleteLoadBalancer(balancer: %s)", name),
                 text_of(maker, "%s.status == absent", name), NULL);
        return;
    }
    if (resource->change != CHANGE_UPDATE) {
        create(maker, resource->new_object);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(in_place); i++)
        if (is_changed(import, resource, in_place[i]))
            note(import, "%s: that its %s change in place is not followed", resource->address, in_place[i]);
}
