#include "import/objects.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

#define MOST_NAME_BYTES 56 /* a rulebook's names have 100, and we put words before and behind */

const char *plain_name(struct import *import, const char *address) {
    char *name = arena_text(&import->arena, address, strlen(address)), *to = name;
    for (const char *from = name; *from != '\0'; from++) {
        bool good = isalnum((unsigned char)*from) && (unsigned char)*from < 128;
        if (good)
            *to++ = *from;
        else if (to > name && to[-1] != '_')
            *to++ = '_';
    }
    while (to > name && to[-1] == '_')
        to--;
    *to = '\0';
    size_t length = strlen(name); /* the end tells more */
    if (length > MOST_NAME_BYTES) {
        name += length - MOST_NAME_BYTES;
        const char *word = strchr(name, '_');
        name = word != NULL && strlen(word) > 20 ? name + (word - name) + 1 : name;
    }
    return isalpha((unsigned char)*name) ? name : arena_format(&import->arena, "x%s", name);
}

const char *name_of(struct import *import, uint32_t object) {
    if (object == NONE)
        return "none";
    const char *name = import->objects.at[object].name;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0'
               ? name
               : arena_format(&import->arena, "'%s'", name);
}

void add_id(id_list *list, uint32_t id) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == id)
            return;
    if (id != NONE)
        vec_push(list, id);
}

/* ---- making and finding ---- */

struct ec2_object *object_at(struct import *import, uint32_t id) {
    return &import->objects.at[id];
}

uint32_t object_new(struct import *import, enum object_kind kind, const char *name, bool exists) {
    const char *free_name = name;
    for (unsigned i = 2; name_map_get(&import->objects_by_name, free_name) != NONE; i++)
        free_name = arena_format(&import->arena, "%s_%u", name, i);
    uint32_t id = (uint32_t)import->objects.count;
    struct ec2_object object = {.kind = kind, .name = free_name, .exists = exists};
    object.vpc = object.zone = object.subnet = object.instance = object.interface = object.eip = object.address = NONE;
    object.balancer = object.picked = object.makes = NONE;
    object.available = UINT32_MAX;
    object.world = import->world;
    vec_push(&import->objects, object);
    name_map_put(&import->objects_by_name, free_name, id);
    return id;
}

uint32_t zone_object(struct import *import, const char *name) {
    const char *key = arena_format(&import->arena, "zone %s", name);
    uint32_t known = name_map_get(&import->external_objects, key);
    if (known != NONE)
        return known;
    size_t good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    bool usual = isalpha((unsigned char)*name) && name[good] == '\0' && good <= MOST_NAME_BYTES;
    known = object_new(import, OBJECT_ZONE, usual ? name : plain_name(import, name), true);
    name_map_put(&import->external_objects, key, known);
    return known;
}

static const char *external_key(struct import *import, enum object_kind kind, const char *id) {
    return arena_format(&import->arena, "%d %s", (int)kind, id);
}

void external_known(struct import *import, enum object_kind kind, const char *id, uint32_t object) {
    if (id != NULL && object != NONE)
        name_map_put(&import->external_objects, external_key(import, kind, id), object);
}

static uint32_t unknown_subnet(struct import *import, const char *of) {
    return object_new(import, OBJECT_SUBNET, arena_format(&import->arena, "subnet_of_%s", of), true);
}

uint32_t external_object(struct import *import, enum object_kind kind, const char *id) {
    uint32_t known = name_map_get(&import->external_objects, external_key(import, kind, id));
    if (known != NONE)
        return known;
    known = object_new(import, kind, plain_name(import, id), true);
    external_known(import, kind, id, known);
    object_at(import, known)->has_ipv6 = true; /* of a subnet: for all we know */
    if (kind == OBJECT_INTERFACE || kind == OBJECT_INSTANCE) {
        uint32_t interface = known, subnet = unknown_subnet(import, import->objects.at[known].name);
        if (kind == OBJECT_INSTANCE) {
            interface = object_new(import, OBJECT_INTERFACE,
                                   arena_format(&import->arena, "%s_eth0", import->objects.at[known].name), true);
            object_at(import, interface)->instance = known;
            object_at(import, interface)->delete_on_termination = true;
            object_at(import, known)->subnet = subnet;
            object_at(import, known)->type = import->roomy_type;
            object_at(import, known)->interface = interface;
        }
        uint32_t address =
            object_new(import, OBJECT_ADDRESS,
                       arena_format(&import->arena, "%s_address", import->objects.at[interface].name), true);
        struct ec2_object *made = object_at(import, address);
        made->subnet = subnet;
        made->offset = 65000;
        made->interface = interface;
        made->primary = true;
        object_at(import, interface)->subnet = subnet;
        note(import, "%s is not in the plan: taken to exist, free for what the plan does with it", id);
    }
    return known;
}

/* ---- links ---- */

uint32_t default_group(struct import *import, uint32_t vpc) {
    if (vpc == NONE)
        return NONE;
    for (uint32_t i = 0; i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_GROUP && import->objects.at[i].is_default &&
            import->objects.at[i].vpc == vpc)
            return i;
    uint32_t group =
        object_new(import, OBJECT_GROUP, arena_format(&import->arena, "%s_default_group", import->objects.at[vpc].name),
                   import->objects.at[vpc].exists);
    object_at(import, group)->vpc = vpc;
    object_at(import, group)->vpc_known = true;
    object_at(import, group)->is_default = true;
    return group;
}

static enum resource_kind resource_for(enum object_kind kind) {
    switch (kind) {
    case OBJECT_VPC:
        return RESOURCE_VPC;
    case OBJECT_GATEWAY:
        return RESOURCE_GATEWAY;
    case OBJECT_SUBNET:
        return RESOURCE_SUBNET;
    case OBJECT_GROUP:
        return RESOURCE_GROUP;
    case OBJECT_INSTANCE:
        return RESOURCE_INSTANCE;
    case OBJECT_INTERFACE:
        return RESOURCE_INTERFACE;
    case OBJECT_EIP:
        return RESOURCE_EIP;
    case OBJECT_NAT:
        return RESOURCE_NAT;
    case OBJECT_BALANCER:
        return RESOURCE_BALANCER;
    case OBJECT_ZONE:
    case OBJECT_TYPE:
    case OBJECT_ADDRESS:
    case OBJECT_PREFIX:
    case OBJECT_IPV6:
    case OBJECT_IPV6_PREFIX:
    case OBJECT_CIDR_BLOCK:
    case OBJECT_SUBNET_BLOCK:
    case OBJECT_MAPPING:
    case OBJECT_ENTRY:
    case OBJECT_KINDS:
        break;
    }
    return RESOURCE_OTHER;
}

/* The primary interface of an instance that is launched with interfaces that exist. */
static uint32_t launched_with(struct import *import, const struct resource *resource) {
    uint32_t id = (uint32_t)(resource - import->resources.at), found = NONE;
    if (resource->kind != RESOURCE_INSTANCE)
        return NONE;
    launch_item_list items = {0};
    launch_items(import, id, false, &items);
    for (size_t i = 0; i < items.count && found == NONE; i++) {
        uint32_t other = items.at[i].device != 0
                             ? NONE
                             : find_target(import, items.at[i].resource, items.at[i].path, RESOURCE_INTERFACE).resource;
        if (other != NONE && import->resources.at[other].kind == RESOURCE_INTERFACE)
            found = import->resources.at[other].new_object;
    }
    vec_free(&items);
    return found;
}

/* From the object of a resource to one of the kind that is wanted: the VPC of a subnet, the interface of an instance.
 */
static uint32_t led_on(struct import *import, const struct resource *resource, bool old, enum object_kind kind) {
    uint32_t main = old && resource->old_object != NONE ? resource->old_object : resource->new_object;
    uint32_t interface = old && resource->old_object != NONE ? resource->old_interface : resource->new_interface;
    if (main == NONE)
        main = resource->old_object, interface = resource->old_interface;
    if (main == NONE)
        return NONE;
    const struct ec2_object *object = object_at(import, main);
    if (object->kind == kind)
        return main;
    if (kind == OBJECT_INTERFACE)
        return interface != NONE ? interface : launched_with(import, resource);
    if (kind == OBJECT_VPC)
        return object->kind == OBJECT_SUBNET || object->kind == OBJECT_GROUP || object->kind == OBJECT_GATEWAY ||
                       object->kind == OBJECT_CIDR_BLOCK
                   ? object->vpc
                   : NONE;
    if (kind == OBJECT_GROUP && object->kind == OBJECT_VPC)
        return default_group(import, main);
    if (kind == OBJECT_SUBNET)
        return object->subnet;
    if (kind == OBJECT_INSTANCE && object->kind == OBJECT_INTERFACE)
        return object->instance;
    return NONE;
}

static uint32_t object_of(struct import *import, struct target target, enum object_kind kind) {
    if (target.resource != NONE && (target.id == NULL || import->resources.at[target.resource].kind != RESOURCE_OTHER))
        return led_on(import, &import->resources.at[target.resource], target.id != NULL, kind);
    return target.id != NULL ? external_object(import, kind, target.id) : NONE;
}

#define MOST_STEPS 8

/* `aws_network_interface_attachment.a.network_interface_id`: what stands there means the same. */
static uint32_t linked_through(struct import *import, uint32_t resource, const char *path, enum object_kind kind,
                               unsigned steps) {
    struct target target = find_target(import, resource, path, resource_for(kind));
    uint32_t object = object_of(import, target, kind);
    if (object != NONE || target.resource == NONE || target.id != NULL)
        return object;
    char attribute[200];
    size_t length = 0;
    for (const char *at = target.rest + (*target.rest == '.'); *at != '\0' && length + 1 < sizeof attribute; at++)
        if (*at != ']')
            attribute[length++] = *at == '[' ? '.' : *at;
    attribute[length] = '\0';
    if (length > 0 && steps < MOST_STEPS && strcmp(attribute, "id") != 0)
        object = linked_through(import, target.resource, attribute, kind, steps + 1);
    if (object == NONE)
        note(import, "%s: %s is %s%s, from which nothing is known: not followed",
             import->resources.at[resource].address, path, import->resources.at[target.resource].address, target.rest);
    return object;
}

uint32_t linked(struct import *import, uint32_t resource, const char *path, enum object_kind kind, bool before) {
    if (!before)
        return linked_through(import, resource, path, kind, 0);
    const char *id = text_at(import->resources.at[resource].before, path);
    if (id == NULL)
        return NONE;
    uint32_t known = name_map_get(&import->external_objects, external_key(import, kind, id));
    return known != NONE ? known : object_of(import, (struct target){resource_of_id(import, id), id, "", false}, kind);
}

void linked_groups(struct import *import, uint32_t resource, const char *path, bool before, id_list *list) {
    linked_set(import, resource, path, OBJECT_GROUP, before, list);
}

void linked_set(struct import *import, uint32_t resource, const char *path, enum object_kind kind, bool before,
                id_list *list) {
    target_list targets = {0};
    if (before) {
        const struct jtree *ids = value_at(import->resources.at[resource].before, path);
        for (size_t i = 0; i < jtree_count(ids); i++)
            if (jtree_string(jtree_at(ids, i)) != NULL)
                vec_push(&targets, ((struct target){resource_of_id(import, jtree_string(jtree_at(ids, i))),
                                                    jtree_string(jtree_at(ids, i)), "", false}));
    } else {
        find_targets(import, resource, path, resource_for(kind), &targets);
    }
    for (size_t i = 0; i < targets.count; i++) {
        uint32_t member = object_of(import, targets.at[i], kind);
        add_id(list, member);
        if (member == NONE && targets.at[i].resource != NONE && !before)
            note(import, "%s: one of its %s is %s%s, from which nothing is known: not followed",
                 import->resources.at[resource].address, path, import->resources.at[targets.at[i].resource].address,
                 targets.at[i].rest);
    }
    vec_free(&targets);
}

bool is_hidden(struct import *import, uint32_t resource, const char *path, enum object_kind kind) {
    return find_target(import, resource, path, resource_for(kind)).hidden;
}

/* ---- addresses ---- */

bool read_ipv4(const char *text, uint32_t *value) {
    *value = 0;
    for (int part = 0; part < 4; part++) {
        unsigned number = 0, digits = 0;
        for (; isdigit((unsigned char)*text) && digits < 4; text++, digits++)
            number = 10 * number + (unsigned)(*text - '0');
        if (digits == 0 || digits > 3 || number > 255 || *text != (part < 3 ? '.' : '\0'))
            return false;
        *value = *value << 8 | number;
        text += part < 3;
    }
    return true;
}

static bool has_address(const struct ec2_object *subnet, uint32_t value) {
    return subnet->prefix_bits != 0 && (value ^ subnet->base) >> (32 - subnet->prefix_bits) == 0;
}

static uint32_t address_at(struct import *import, uint32_t subnet, uint32_t offset, const char *name) {
    const char *key = arena_format(&import->arena, "%u/%u", subnet, offset);
    uint32_t known = name_map_get(&import->addresses, key);
    if (known != NONE)
        return known;
    known = object_new(import, OBJECT_ADDRESS, name, true);
    object_at(import, known)->subnet = subnet;
    object_at(import, known)->offset = offset;
    name_map_put(&import->addresses, key, known);
    return known;
}

/* For an address that lies in no subnet of the input: another one at the same place. */
static uint32_t subnet_around(struct import *import, uint32_t subnet, const char *text) {
    uint32_t vpc = object_at(import, subnet)->vpc, zone = object_at(import, subnet)->zone;
    uint32_t home =
        object_new(import, OBJECT_SUBNET, arena_format(&import->arena, "around_%s", plain_name(import, text)), true);
    struct ec2_object *around = object_at(import, home);
    around->vpc = vpc, around->zone = zone, around->vpc_known = around->zone_known = true;
    return home;
}

uint32_t address_object(struct import *import, uint32_t subnet, const char *text, bool asked) {
    uint32_t value;
    if (subnet == NONE || text == NULL || !read_ipv4(text, &value))
        return NONE;
    uint32_t home = subnet, id;
    const struct ec2_object *place = object_at(import, subnet);
    if (place->prefix_bits == 0) {
        uint32_t offset = (value & 0xffff) <= 3 || (value & 0xffff) == 0xffff ? 8 : value & 0xffff;
        id = address_at(import, subnet, offset, text);
    } else {
        if (!has_address(place, value)) { /* it belongs elsewhere: a finding */
            home = NONE;
            for (uint32_t i = 0; i < import->objects.count && home == NONE; i++)
                if (import->objects.at[i].kind == OBJECT_SUBNET && import->objects.at[i].vpc == place->vpc &&
                    has_address(&import->objects.at[i], value))
                    home = i;
        }
        if (home == NONE) {
            home = subnet_around(import, subnet, text);
            object_at(import, home)->base = value & 0xffffff00;
            object_at(import, home)->prefix_bits = 24;
        }
        id = address_at(import, home, value - object_at(import, home)->base, text);
    }
    object_at(import, id)->asked |= asked;
    return id;
}

/* ---- IPv6 addresses, prefixes ---- */

#define BLOCK 16 /* addresses of an IPv4 prefix */

static uint32_t prefix_at(struct import *import, uint32_t subnet, uint32_t offset, const char *name) {
    const char *key = arena_format(&import->arena, "%u/%u/28", subnet, offset);
    uint32_t known = name_map_get(&import->addresses, key);
    if (known != NONE)
        return known;
    known = object_new(import, OBJECT_PREFIX, name, true);
    object_at(import, known)->subnet = subnet;
    object_at(import, known)->offset = offset;
    name_map_put(&import->addresses, key, known);
    return known;
}

/* Is an IPv6 address, or the start of a prefix, outside a block?  What cannot be read is not. */
static bool lies_outside(const char *block, const char *text) {
    unsigned char base[16], address[16];
    char start[64];
    if (block == NULL || strchr(block, '/') == NULL)
        return false;
    snprintf(start, sizeof start, "%.*s", (int)strcspn(block, "/"), block);
    if (inet_pton(AF_INET6, start, base) != 1)
        return false;
    snprintf(start, sizeof start, "%.*s", (int)strcspn(text, "/"), text);
    if (inet_pton(AF_INET6, start, address) != 1)
        return false;
    long bits = strtol(strchr(block, '/') + 1, NULL, 10);
    for (long i = 0; i < bits && i < 128; i++)
        if ((base[i / 8] ^ address[i / 8]) >> (7 - i % 8) & 1)
            return true;
    return false;
}

uint32_t further_object(struct import *import, enum object_kind kind, uint32_t subnet, const char *text) {
    char start[20] = "";
    uint32_t value = 0;
    if (kind == OBJECT_PREFIX) {
        snprintf(start, sizeof start, "%.*s", (int)strcspn(text, "/"), text);
        if (!read_ipv4(start, &value))
            return NONE;
        const struct ec2_object *place = object_at(import, subnet);
        uint32_t offset = (has_address(place, value) ? value - place->base : value & 0xffff) & ~(uint32_t)(BLOCK - 1);
        return prefix_at(import, subnet, offset, plain_name(import, arena_format(&import->arena, "prefix_%s", start)));
    }
    const char *key = arena_format(&import->arena, "%u|%s", subnet, text);
    uint32_t known = name_map_get(&import->addresses, key);
    if (known != NONE)
        return known;
    known = object_new(import, kind, plain_name(import, arena_format(&import->arena, "ipv6_%s", text)), true);
    object_at(import, known)->subnet = subnet;
    if (lies_outside(object_at(import, subnet)->ipv6, text)) { /* a finding */
        uint32_t home = subnet_around(import, subnet, text);
        object_at(import, home)->has_ipv6 = true;
        object_at(import, known)->subnet = home;
    }
    name_map_put(&import->addresses, key, known);
    return known;
}

uint32_t free_prefix(struct import *import, uint32_t subnet) {
    uint32_t bits = object_at(import, subnet)->prefix_bits;
    uint32_t last = bits == 0 ? 65535 : (uint32_t)((UINT64_C(1) << (32 - bits)) - 1);
    for (uint32_t offset = BLOCK; offset + BLOCK <= last; offset += BLOCK) {
        bool named = name_map_get(&import->addresses, arena_format(&import->arena, "%u/%u/28", subnet, offset)) != NONE;
        for (uint32_t i = 0; i < BLOCK && !named; i++)
            named = name_map_get(&import->addresses, arena_format(&import->arena, "%u/%u", subnet, offset + i)) != NONE;
        if (!named)
            return prefix_at(import, subnet, offset,
                             arena_format(&import->arena, "%s_prefix_%u", object_at(import, subnet)->name, offset));
    }
    return NONE;
}

void add_automatic_addresses(struct import *import) {
    for (uint32_t s = 0; s < import->objects.count; s++) {
        if (import->objects.at[s].kind != OBJECT_SUBNET || import->objects.at[s].automatic == 0)
            continue;
        const struct ec2_object subnet = import->objects.at[s];
        uint32_t last = subnet.prefix_bits == 0 ? 65535 : (uint32_t)((UINT64_C(1) << (32 - subnet.prefix_bits)) - 1);
        uint32_t offset = 4, room = subnet.available;
        for (uint32_t a = 0; room != UINT32_MAX && room > 0 && a < import->objects.count; a++)
            room -= import->objects.at[a].kind == OBJECT_ADDRESS && import->objects.at[a].subnet == s &&
                    import->objects.at[a].interface == NONE;
        for (uint32_t made = 0; made < subnet.automatic && made < room && offset < last; offset++) {
            if (name_map_get(&import->addresses, arena_format(&import->arena, "%u/%u", s, offset)) != NONE ||
                name_map_get(&import->addresses,
                             arena_format(&import->arena, "%u/%u/28", s, offset & ~(uint32_t)(BLOCK - 1))) != NONE)
                continue;
            uint32_t value = subnet.base + offset;
            const char *name = subnet.prefix_bits == 0 ? arena_format(&import->arena, "%s_%u", subnet.name, offset)
                                                       : arena_format(&import->arena, "%u.%u.%u.%u", value >> 24,
                                                                      value >> 16 & 255, value >> 8 & 255, value & 255);
            address_at(import, s, offset, name);
            made++;
        }
    }
}
