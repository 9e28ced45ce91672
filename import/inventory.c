/* Resources become objects of the rulebook: first one object for each, then what they are and where, at first. */
#include <stdlib.h>
#include <string.h>

#include "import/objects.h"

static enum object_kind kind_for(enum resource_kind kind) {
    switch (kind) {
    case RESOURCE_VPC:
    case RESOURCE_DEFAULT_VPC:
        return OBJECT_VPC;
    case RESOURCE_CIDR_BLOCK:
        return OBJECT_CIDR_BLOCK;
    case RESOURCE_SUBNET_BLOCK:
        return OBJECT_SUBNET_BLOCK;
    case RESOURCE_SUBNET:
    case RESOURCE_DEFAULT_SUBNET:
        return OBJECT_SUBNET;
    case RESOURCE_GATEWAY:
        return OBJECT_GATEWAY;
    case RESOURCE_GROUP:
        return OBJECT_GROUP;
    case RESOURCE_INTERFACE:
        return OBJECT_INTERFACE;
    case RESOURCE_EIP:
        return OBJECT_EIP;
    case RESOURCE_INSTANCE:
        return OBJECT_INSTANCE;
    case RESOURCE_NAT:
        return OBJECT_NAT;
    case RESOURCE_BALANCER:
        return OBJECT_BALANCER;
    case RESOURCE_OTHER:
    case RESOURCE_GATEWAY_ATTACHMENT:
    case RESOURCE_DEFAULT_GROUP:
    case RESOURCE_ATTACHMENT:
    case RESOURCE_GROUP_ATTACHMENT:
    case RESOURCE_ASSOCIATION:
    case RESOURCE_NAT_ASSOCIATION:
        break;
    }
    return OBJECT_KINDS;
}

/* Is it launched with interfaces that exist? */
static bool takes_interfaces(struct import *import, uint32_t id) {
    launch_item_list items = {0};
    launch_items(import, id, false, &items);
    bool any = items.count > 0;
    vec_free(&items);
    return any;
}

/* Every world has a default VPC. */
static const char *default_vpc_id(struct import *import) {
    return import->worlds.count < 2 || import->world == NONE
               ? "default_vpc"
               : arena_format(&import->arena, "default_vpc_%u", (unsigned)import->world + 1);
}

static bool is_refused(const struct resource *vpc) {
    const char *cidr = text_at(vpc->after, "cidr_block");
    uint32_t base, bits;
    return is_created(vpc->change) && cidr != NULL && cidr_form(cidr, &base, &bits) != NULL;
}

static void make_shell(struct import *import, uint32_t id) {
    struct resource *resource = &import->resources.at[id];
    enum object_kind kind = kind_for(resource->kind);
    if (kind == OBJECT_KINDS)
        return;
    import->world = resource->world;
    const char *name = plain_name(import, resource->address);
    bool replaced = is_created(resource->change) && is_destroyed(resource->change);
    /* a VPC, or a default subnet, is there at first: nothing is asked about its creation, unless that is refused */
    bool made =
        (kind == OBJECT_VPC && !is_refused(resource)) || resource->kind == RESOURCE_DEFAULT_SUBNET || resource->is_data;
    if (resource->deposed != NULL)
        name = plain_name(import, arena_format(&import->arena, "%s_deposed_%.20s", name, resource->deposed));
    if (resource->change != CHANGE_DELETE)
        resource->new_object = object_new(import, kind, name, made || !is_created(resource->change));
    if (replaced)
        name = arena_format(&import->arena, "%s_old", name);
    if (is_destroyed(resource->change))
        resource->old_object = object_new(import, kind, name, true);
    else if (!is_created(resource->change))
        resource->old_object = resource->new_object;
    external_known(import, kind, text_at(resource->before, "id"), resource->old_object);
    if (resource->kind == RESOURCE_DEFAULT_VPC)
        external_known(import, OBJECT_VPC, default_vpc_id(import), resource->new_object);
    if (kind == OBJECT_EIP)
        external_known(import, kind, text_at(resource->before, "allocation_id"), resource->old_object);
    if (kind == OBJECT_VPC) {
        default_group(import, resource->new_object);
        if (resource->old_object != resource->new_object)
            default_group(import, resource->old_object);
        external_known(import, OBJECT_GROUP, text_at(resource->before, "default_security_group_id"),
                       default_group(import, resource->old_object));
    }
}

/* Is one of the interfaces that a launch is given not to be found? */
static bool hides_interfaces(struct import *import, uint32_t id) {
    launch_item_list items = {0};
    bool hidden = false;
    launch_items(import, id, false, &items);
    for (size_t i = 0; i < items.count; i++)
        hidden |= is_hidden(import, items.at[i].resource, items.at[i].path, OBJECT_INTERFACE);
    vec_free(&items);
    return hidden;
}

/* The interface that a launch makes by itself, or a NAT gateway. */
static void make_inner_interface(struct import *import, uint32_t id) {
    struct resource *resource = &import->resources.at[id];
    import->world = resource->world;
    bool nat = resource->kind == RESOURCE_NAT;
    const char *id_path = nat ? "network_interface_id" : "primary_network_interface_id", *suffix = nat ? "eni" : "eth0";
    for (int old = 1; old >= 0; old--) {
        uint32_t of = old ? resource->old_object : resource->new_object, *interface;
        interface = old ? &resource->old_interface : &resource->new_interface;
        if (of == NONE)
            continue;
        if (!old && of == resource->old_object) {
            *interface = resource->old_interface;
            continue;
        }
        const char *given = old ? text_at(resource->before, id_path) : NULL;
        uint32_t other = given == NULL ? NONE : resource_of_id(import, given);
        if (other != NONE && import->resources.at[other].kind == RESOURCE_INTERFACE) {
            *interface = import->resources.at[other].old_object;
            if (nat && *interface != NONE)
                object_at(import, *interface)->manager = "nat_gateway";
            continue;
        }
        if (!old && !nat && takes_interfaces(import, id)) { /* launched with interfaces that exist */
            if (!hides_interfaces(import, id))
                continue;
            note(import,
                 "%s: which interfaces it is launched with is not known; taken to be launched with one of its own",
                 resource->address);
        }
        const char *name = arena_format(&import->arena, "%s_%s", object_at(import, of)->name, suffix);
        uint32_t made = object_new(import, OBJECT_INTERFACE, name, old);
        resource = &import->resources.at[id];
        interface = old ? &resource->old_interface : &resource->new_interface;
        *interface = made;
        external_known(import, OBJECT_INTERFACE, given, made);
        object_at(import, made)->manager = nat ? "nat_gateway" : NULL;
        object_at(import, made)->delete_on_termination = !nat;
    }
}

/* ---- where things are ---- */

/* Terraform's configuration says nothing at this attribute: EC2 takes the default VPC. */
static bool says_nothing(const struct import *import, const struct resource *resource, const char *path) {
    const struct block *block = import->blocks.at[resource->block];
    return is_created(resource->change) && block->module != NULL && value_at(resource->after, path) == NULL &&
           jtree_get(jtree_get(block->body, "expressions"), path) == NULL;
}

static void put_in_default_vpc(struct import *import, uint32_t object) {
    uint32_t vpc = external_object(import, OBJECT_VPC, default_vpc_id(import));
    if (object_at(import, object)->vpc != NONE)
        return;
    object_at(import, object)->vpc = vpc;
    object_at(import, object)->vpc_known = true;
}

static void place_subnet(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *values = before ? resource->before : resource->after;
    const char *cidr = text_at(values, "cidr_block"), *zone = text_at(values, "availability_zone");
    uint32_t vpc = linked(import, id, "vpc_id", OBJECT_VPC, before);
    struct ec2_object *subnet = object_at(import, object);
    subnet->vpc = vpc;
    subnet->vpc_known = vpc != NONE;
    place_block(import, object, cidr);
    subnet = object_at(import, object);
    int64_t available = number_at(values, "available", -1);
    subnet->available = available < 0 || available > 65535 ? UINT32_MAX : (uint32_t)available;
    if (zone == NULL)
        zone = text_at(values, "availability_zone_id");
    if (zone != NULL) {
        uint32_t made = zone_object(import, zone);
        object_at(import, object)->zone = made;
        object_at(import, object)->zone_known = true;
    }
    if (resource->kind == RESOURCE_DEFAULT_SUBNET)
        put_in_default_vpc(import, object);
    object_at(import, object)->has_ipv6 =
        text_at(values, "ipv6_cidr_block") != NULL || truth_at(values, "has_ipv6", false) ||
        truth_at(values, "assign_ipv6_address_on_creation", false) || truth_at(values, "ipv6_native", false) ||
        (!before && any_unknown(value_at(resource->unknown, "ipv6_cidr_block")));
    object_at(import, object)->ipv6 = text_at(values, "ipv6_cidr_block");
}

static void place_group(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    uint32_t vpc = linked(import, id, "vpc_id", OBJECT_VPC, before);
    struct ec2_object *group = object_at(import, object);
    group->vpc = vpc;
    group->vpc_known = vpc != NONE;
    group->label = text_at(before ? resource->before : resource->after, "name");
    if (!before && says_nothing(import, resource, "vpc_id"))
        put_in_default_vpc(import, object);
}

void hold_address(struct import *import, uint32_t interface, const char *text, bool primary) {
    uint32_t address = address_object(import, object_at(import, interface)->subnet, text, false);
    if (address == NONE || object_at(import, address)->interface != NONE)
        return;
    object_at(import, address)->interface = interface;
    object_at(import, address)->primary = primary;
}

/* An existing interface has a primary address, also if we do not know which. */
void hold_some_address(struct import *import, uint32_t interface) {
    for (size_t i = 0; i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_ADDRESS && import->objects.at[i].interface == interface &&
            import->objects.at[i].primary)
            return;
    const char *name = arena_format(&import->arena, "%s_address", object_at(import, interface)->name);
    uint32_t address = object_new(import, OBJECT_ADDRESS, name, true);
    struct ec2_object *made = object_at(import, address);
    made->subnet = object_at(import, interface)->subnet;
    made->offset = 8;
    made->interface = interface;
    made->primary = true;
}

void need_subnet(struct import *import, uint32_t object) {
    if (object_at(import, object)->subnet != NONE)
        return;
    const char *name = arena_format(&import->arena, "subnet_of_%s", object_at(import, object)->name);
    uint32_t subnet = object_new(import, OBJECT_SUBNET, name, true);
    object_at(import, subnet)->has_ipv6 = true; /* for all we know */
    object_at(import, object)->subnet = subnet;
}

/* The IPv6 addresses and prefixes that an interface has. */
static void hold_further(struct import *import, uint32_t interface, const struct jtree *values) {
    static const struct {
        const char *path;
        enum object_kind kind;
    } lists[] = {
        {"ipv6_addresses", OBJECT_IPV6}, {"ipv4_prefixes", OBJECT_PREFIX}, {"ipv6_prefixes", OBJECT_IPV6_PREFIX}};
    for (size_t t = 0; t < ARRAY_SIZE(lists); t++)
        for (size_t i = 0; i < jtree_count(value_at(values, lists[t].path)); i++) {
            const char *text = jtree_string(jtree_at(value_at(values, lists[t].path), i));
            uint32_t subnet = object_at(import, interface)->subnet;
            uint32_t object = text == NULL ? NONE : further_object(import, lists[t].kind, subnet, text);
            if (object == NONE)
                continue;
            if (object_at(import, object)->interface == NONE)
                object_at(import, object)->interface = interface;
            if (lists[t].kind != OBJECT_PREFIX)
                object_at(import, subnet)->has_ipv6 = true;
        }
}

/* A snapshot says of an interface where its subnet is. */
static void place_by_interface(struct import *import, uint32_t id, uint32_t subnet) {
    const char *zone = text_at(import->resources.at[id].before, "availability_zone");
    uint32_t vpc = linked(import, id, "vpc_id", OBJECT_VPC, true);
    if (vpc != NONE && object_at(import, subnet)->vpc == NONE) {
        object_at(import, subnet)->vpc = vpc;
        object_at(import, subnet)->vpc_known = true;
    }
    if (zone != NULL && object_at(import, subnet)->zone == NONE) {
        uint32_t made = zone_object(import, zone);
        object_at(import, subnet)->zone = made;
        object_at(import, subnet)->zone_known = true;
    }
}

static void place_interface(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    uint32_t subnet = linked(import, id, "subnet_id", OBJECT_SUBNET, before);
    object_at(import, object)->subnet = subnet;
    need_subnet(import, object);
    if (!before)
        return;
    place_by_interface(import, id, object_at(import, object)->subnet);
    const char *primary = text_at(resource->before, "private_ip");
    hold_address(import, object, primary, true);
    const struct jtree *others = value_at(resource->before, "private_ips");
    for (size_t i = 0; i < jtree_count(others); i++) {
        const char *text = jtree_string(jtree_at(others, i));
        hold_address(import, object, text, primary == NULL && i == 0);
    }
    hold_some_address(import, object);
    hold_further(import, object, resource->before);
    id_list groups = {0};
    linked_groups(import, id, "security_groups", true, &groups);
    object_at(import, object)->groups = groups;
    object_at(import, object)->no_source_dest_check = !truth_at(resource->before, "source_dest_check", true);
    uint32_t instance = linked(import, id, "attachment.0.instance", OBJECT_INSTANCE, true);
    if (instance != NONE) {
        object_at(import, object)->instance = instance;
        object_at(import, object)->device = number_at(resource->before, "attachment.0.device_index", 0);
        object_at(import, object)->delete_on_termination =
            truth_at(resource->before, "attachment.0.delete_on_termination", false);
    }
    if (truth_at(resource->before, "managed", false) && object_at(import, object)->manager == NULL)
        object_at(import, object)->manager = "service";
}

static const char *type_of(struct import *import, const struct resource *resource, const struct jtree *values) {
    const char *type = text_at(values, "instance_type");
    if (type != NULL && name_map_get(&import->types_seen, type) != NONE)
        return type;
    if (type != NULL)
        note(import, "%s: the rulebook does not know the instance type %s; its limits are not checked",
             resource->address, type);
    else
        note(import, "%s: the instance type is not known; its limits are not checked", resource->address);
    return import->roomy_type;
}

static void place_instance(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *values = before ? resource->before : resource->after;
    uint32_t interface = before ? resource->old_interface : resource->new_interface;
    const char *zone = text_at(values, "availability_zone"), *state = text_at(resource->before, "instance_state");
    struct launch_source source = launch_source(import, id);
    uint32_t subnet = before ? linked(import, id, "subnet_id", OBJECT_SUBNET, true)
                             : linked(import, source.resource, source.subnet, OBJECT_SUBNET, false);
    launch_item_list items = {0};
    launch_items(import, id, before, &items);
    for (size_t i = 0; i < items.count; i++) {
        const struct launch_item *item = &items.at[i];
        uint32_t other = linked(import, item->resource, item->path, OBJECT_INTERFACE, before);
        if (other == NONE)
            continue;
        if (item->device == 0 && object_at(import, other)->subnet != NONE)
            subnet = object_at(import, other)->subnet;
        if (before) {
            object_at(import, other)->instance = object;
            object_at(import, other)->device = item->device;
            object_at(import, other)->delete_on_termination = truth_at(item->values, "delete_on_termination", false);
        }
    }
    vec_free(&items);
    uint32_t template = before ? NONE : launch_template(import, id);
    if (template != NONE && text_at(values, "instance_type") == NULL)
        values = import->resources.at[template].after;
    struct ec2_object *instance = object_at(import, object);
    instance->subnet = subnet;
    instance->type = type_of(import, resource, values);
    values = before ? resource->before : resource->after;
    bool templated = jtree_count(value_at(values, "launch_template")) > 0;
    if (templated && template != NONE) /* it may say nothing of interfaces either */
        templated = jtree_count(value_at(import->resources.at[template].after, "network_interfaces")) == 0 &&
                    !says_nothing(import, &import->resources.at[template], "network_interfaces");
    if (!before && templated && subnet == NONE)
        note(import,
             "%s: what it does not say itself comes from a launch template, whose network interfaces are not followed",
             resource->address);
    instance->stopped = before && state != NULL && strcmp(state, "stopped") == 0;
    instance->is_protected = before && truth_at(values, "disable_api_termination", false);
    instance->public_ip = before && text_at(values, "public_ip") != NULL;
    need_subnet(import, object);
    if (!before && subnet == NONE && interface != NONE && !takes_interfaces(import, id) &&
        says_nothing(import, resource, "subnet_id") &&
        (template != NONE ? !templated : says_nothing(import, resource, "launch_template")))
        put_in_default_vpc(import, object_at(import, object)->subnet);
    subnet = object_at(import, object)->subnet;
    if (zone != NULL && !object_at(import, subnet)->zone_known) {
        uint32_t made = zone_object(import, zone);
        object_at(import, subnet)->zone = made;
        object_at(import, subnet)->zone_known = true;
    }
    if (interface == NONE ||
        (before && import->objects.at[interface].instance != NONE && import->objects.at[interface].instance != object))
        return;
    object_at(import, interface)->subnet = subnet;
    if (!before)
        return;
    id_list groups = {0};
    linked_groups(import, id, "vpc_security_group_ids", true, &groups);
    if (object_at(import, interface)->groups.count == 0)
        object_at(import, interface)->groups = groups;
    else
        vec_free(&groups);
    object_at(import, interface)->instance = object;
    object_at(import, interface)->no_source_dest_check = !truth_at(values, "source_dest_check", true);
    hold_address(import, interface, text_at(values, "private_ip"), true);
    const struct jtree *more = value_at(values, "secondary_private_ips");
    for (size_t i = 0; i < jtree_count(more); i++)
        hold_address(import, interface, jtree_string(jtree_at(more, i)), false);
    hold_some_address(import, interface);
    hold_further(import, interface, values);
}

static void place(struct import *import, uint32_t id, bool before) {
    const struct resource *resource = &import->resources.at[id];
    uint32_t object = before ? resource->old_object : resource->new_object;
    import->world = resource->world;
    if (object == NONE || (!before && object == resource->old_object))
        return;
    if (resource->kind == RESOURCE_VPC)
        place_vpc(import, id, object, before);
    else if (resource->kind == RESOURCE_CIDR_BLOCK || resource->kind == RESOURCE_SUBNET_BLOCK)
        place_further_block(import, id, object, before);
    else if (resource->kind == RESOURCE_SUBNET || resource->kind == RESOURCE_DEFAULT_SUBNET)
        place_subnet(import, id, object, before);
    else if (resource->kind == RESOURCE_GROUP)
        place_group(import, id, object, before);
    else if (resource->kind == RESOURCE_INTERFACE)
        place_interface(import, id, object, before);
    else if (resource->kind == RESOURCE_INSTANCE)
        place_instance(import, id, object, before);
    else if (resource->kind == RESOURCE_NAT)
        place_nat(import, id, object, before);
    else if (resource->kind == RESOURCE_BALANCER)
        place_balancer(import, id, object, before);
    else if (resource->kind == RESOURCE_EIP)
        place_eip(import, id, object, before);
    else if (resource->kind == RESOURCE_GATEWAY && before) {
        uint32_t vpc = linked(import, id, "vpc_id", OBJECT_VPC, true);
        object_at(import, object)->vpc = vpc;
    }
}

/* Attachments that are resources of their own. */
static void place_attachment(struct import *import, uint32_t id) {
    const struct resource *resource = &import->resources.at[id];
    if (resource->before == NULL)
        return;
    if (resource->kind == RESOURCE_ATTACHMENT) {
        uint32_t interface = linked(import, id, "network_interface_id", OBJECT_INTERFACE, true);
        uint32_t instance = linked(import, id, "instance_id", OBJECT_INSTANCE, true);
        if (interface != NONE && instance != NONE) {
            object_at(import, interface)->instance = instance;
            object_at(import, interface)->device = number_at(resource->before, "device_index", 0);
            object_at(import, interface)->delete_on_termination =
                truth_at(resource->before, "delete_on_termination", false);
        }
    } else if (resource->kind == RESOURCE_GATEWAY_ATTACHMENT) {
        uint32_t gateway = linked(import, id, "internet_gateway_id", OBJECT_GATEWAY, true);
        uint32_t vpc = linked(import, id, "vpc_id", OBJECT_VPC, true);
        if (gateway != NONE)
            object_at(import, gateway)->vpc = vpc;
    }
}

/* An instance that is not in the plan got a primary interface; now we may know the right one. */
static void drop_spare_interfaces(struct import *import) {
    for (uint32_t i = 0; i < import->objects.count; i++) {
        const struct ec2_object *instance = &import->objects.at[i];
        uint32_t spare = instance->kind == OBJECT_INSTANCE ? instance->interface : NONE;
        for (uint32_t k = 0; spare != NONE && k < import->objects.count; k++) {
            const struct ec2_object *other = &import->objects.at[k];
            if (other->kind != OBJECT_INTERFACE || k == spare || other->instance != i || other->device != 0)
                continue;
            for (uint32_t a = 0; a < import->objects.count; a++)
                if (import->objects.at[a].kind == OBJECT_ADDRESS && import->objects.at[a].interface == spare)
                    object_at(import, a)->interface = NONE;
            object_at(import, spare)->exists = false;
            object_at(import, spare)->instance = NONE;
            object_at(import, i)->subnet = other->subnet;
            object_at(import, i)->interface = spare = NONE;
        }
    }
}

void make_objects(struct import *import) {
    for (uint32_t i = 0; i < import->resources.count; i++)
        make_shell(import, i);
    for (uint32_t i = 0; i < import->resources.count; i++)
        if (import->resources.at[i].kind == RESOURCE_INSTANCE || import->resources.at[i].kind == RESOURCE_NAT)
            make_inner_interface(import, i);
    for (uint32_t i = 0; i < import->resources.count; i++) {
        struct resource *resource = &import->resources.at[i];
        if (resource->kind != RESOURCE_DEFAULT_GROUP)
            continue;
        resource->new_object = default_group(import, linked(import, i, "vpc_id", OBJECT_VPC, false));
        resource->old_object = resource->new_object;
        external_known(import, OBJECT_GROUP, text_at(resource->before, "id"), resource->old_object);
    }
    static const enum resource_kind order[] = {RESOURCE_VPC,      RESOURCE_CIDR_BLOCK,   RESOURCE_DEFAULT_SUBNET,
                                               RESOURCE_SUBNET,   RESOURCE_SUBNET_BLOCK, RESOURCE_GROUP,
                                               RESOURCE_GATEWAY,  RESOURCE_BALANCER,     RESOURCE_INTERFACE,
                                               RESOURCE_INSTANCE, RESOURCE_NAT,          RESOURCE_EIP};
    for (size_t k = 0; k < ARRAY_SIZE(order); k++) {
        for (int before = 1; before >= 0; before--)
            for (uint32_t i = 0; i < import->resources.count; i++)
                if (import->resources.at[i].kind == order[k])
                    place(import, i, before);
    }
    for (uint32_t i = 0; i < import->resources.count; i++)
        place_attachment(import, i);
    import->world = NONE;
    take_further_blocks(import);
    drop_spare_interfaces(import);
    agree_on_places(import);
    agree_on_places(import); /* through a partner's partner */
    spread_balancers(import);
    fill_unknown_places(import);
    assume_gateways(import);
    number_names(import);
    find_all_targets(import);
}
