/* Where things are that the input does not place: what nobody knows must not make a rule fail. */
#include <string.h>

#include "import/objects.h"

/* No rule is to fail because we do not know where something is: it is where its partner is. */
static void agree(struct import *import, uint32_t one, uint32_t other) {
    if (one == NONE || other == NONE)
        return;
    struct ec2_object *a = object_at(import, one), *b = object_at(import, other);
    if (a->kind == OBJECT_SUBNET && b->kind == OBJECT_SUBNET && a->zone_known != b->zone_known) {
        a->zone = b->zone = a->zone_known ? a->zone : b->zone;
        a->zone_known = b->zone_known = true;
    }
    if (a->kind != b->kind && a->vpc_known != b->vpc_known) {
        a->vpc = b->vpc = a->vpc_known ? a->vpc : b->vpc;
        a->vpc_known = b->vpc_known = true;
    }
}

static uint32_t subnet_of(struct import *import, uint32_t object) {
    return object == NONE ? NONE : object_at(import, object)->subnet;
}

void agree_on_places(struct import *import) {
    for (uint32_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        if (resource->change == CHANGE_DELETE ||
            (resource->new_object == NONE && resource->kind != RESOURCE_ATTACHMENT))
            continue;
        uint32_t mine = subnet_of(import, resource->new_object);
        id_list groups = {0};
        if (resource->kind == RESOURCE_INTERFACE) {
            linked_groups(import, i, "security_groups", false, &groups);
            agree(import, mine, subnet_of(import, linked(import, i, "attachment.0.instance", OBJECT_INSTANCE, false)));
        } else if (resource->kind == RESOURCE_INSTANCE) {
            linked_groups(import, i, "vpc_security_group_ids", false, &groups);
            for (size_t k = 0; k < jtree_count(value_at(resource->after, "network_interface")); k++)
                agree(import, mine,
                      subnet_of(import,
                                linked(import, i,
                                       arena_format(&import->arena, "network_interface.%zu.network_interface_id", k),
                                       OBJECT_INTERFACE, false)));
        } else if (resource->kind == RESOURCE_ATTACHMENT) {
            agree(import, subnet_of(import, linked(import, i, "network_interface_id", OBJECT_INTERFACE, false)),
                  subnet_of(import, linked(import, i, "instance_id", OBJECT_INSTANCE, false)));
        }
        for (size_t k = 0; k < groups.count; k++)
            agree(import, mine, groups.at[k]);
        vec_free(&groups);
    }
}

/* The only object of this kind, or one that stands for what we do not know. */
static uint32_t only_object(struct import *import, enum object_kind kind, const char *otherwise, uint32_t world) {
    uint32_t only = NONE, count = 0;
    if (import->worlds.count > 1 && world != NONE)
        otherwise = arena_format(&import->arena, "%s_%u", otherwise, (unsigned)world + 1);
    import->world = world;
    for (uint32_t i = 0; i < import->objects.count; i++)
        if (import->objects.at[i].kind == kind && same_world(import->objects.at[i].world, world)) {
            only = i;
            count++;
        }
    uint32_t known = name_map_get(&import->objects_by_name, otherwise);
    if (count != 1 && known != NONE && import->objects.at[known].kind == kind)
        return known;
    return count == 1 ? only : object_new(import, kind, otherwise, true);
}

void fill_unknown_places(struct import *import) {
    for (uint32_t i = 0; i < import->objects.count; i++) {
        enum object_kind kind = import->objects.at[i].kind;
        if ((kind == OBJECT_SUBNET || kind == OBJECT_GROUP || kind == OBJECT_CIDR_BLOCK) &&
            import->objects.at[i].vpc == NONE) {
            uint32_t vpc = only_object(import, OBJECT_VPC, "some_vpc", import->objects.at[i].world);
            object_at(import, i)->vpc = vpc;
        }
        if (kind == OBJECT_SUBNET && import->objects.at[i].zone == NONE) {
            uint32_t zone = only_object(import, OBJECT_ZONE, "some_zone", import->objects.at[i].world);
            object_at(import, i)->zone = zone;
        }
    }
    for (uint32_t i = 0; i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_VPC)
            default_group(import, i);
}

/* A VPC that was there before may have a gateway that the plan does not manage; a gateway whose VPC is not to be found
 * may be that of any. */
void assume_gateways(struct import *import) {
    bool matters = false, hidden = false;
    for (uint32_t i = 0; i < import->resources.count; i++) {
        if (import->resources.at[i].kind == RESOURCE_GATEWAY ||
            import->resources.at[i].kind == RESOURCE_GATEWAY_ATTACHMENT)
            hidden |= is_hidden(import, i, "vpc_id", OBJECT_VPC);
        matters |= import->resources.at[i].kind == RESOURCE_EIP || import->resources.at[i].kind == RESOURCE_NAT ||
                   import->resources.at[i].kind == RESOURCE_ASSOCIATION ||
                   import->resources.at[i].kind == RESOURCE_BALANCER;
    }
    for (uint32_t v = 0; matters && !import->knows_gateways && v < import->objects.count; v++) {
        bool managed = import->objects.at[v].kind != OBJECT_VPC;
        for (uint32_t i = 0; i < import->resources.count && !managed; i++) {
            const struct resource *resource = &import->resources.at[i];
            if (resource->kind == RESOURCE_VPC && !hidden && resource->new_object == v && is_created(resource->change))
                managed = true;
            else if (resource->kind == RESOURCE_GATEWAY || resource->kind == RESOURCE_GATEWAY_ATTACHMENT)
                managed = linked(import, i, "vpc_id", OBJECT_VPC, false) == v ||
                          linked(import, i, "vpc_id", OBJECT_VPC, true) == v;
        }
        if (managed)
            continue;
        uint32_t gateway = object_new(import, OBJECT_GATEWAY,
                                      arena_format(&import->arena, "%s_gateway", import->objects.at[v].name), true);
        object_at(import, gateway)->vpc = v;
        note(import, "%s: taken to have an internet gateway already, %s", import->objects.at[v].name,
             hidden ? "because that of the plan may be its own" : "the plan makes none");
    }
}

/* Two groups of a VPC with one name exclude each other. */
void number_names(struct import *import) {
    uint32_t next = 1;
    for (uint32_t i = 0; i < import->objects.count; i++)
        for (uint32_t k = 0; k < i && import->objects.at[i].kind == OBJECT_GROUP && import->objects.at[i].label != NULL;
             k++) {
            struct ec2_object *one = object_at(import, i), *other = object_at(import, k);
            if (other->kind != OBJECT_GROUP || other->vpc != one->vpc || other->label == NULL ||
                strcmp(one->label, other->label) != 0 || next > 99)
                continue;
            other->number = other->number == 0 ? next++ : other->number;
            one->number = other->number;
        }
}

static size_t most_in_a_world(const struct import *import, enum object_kind kind) {
    size_t most = 0;
    for (uint32_t w = 0; w < import->worlds.count; w++) {
        size_t count = 0;
        for (size_t i = 0; i < import->objects.count; i++)
            count += import->objects.at[i].kind == kind && same_world(import->objects.at[i].world, w);
        most = count > most ? count : most;
    }
    return most;
}

/* How many there are in the end. */
static size_t count_kept(const struct import *import, enum object_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < import->resources.count; i++) {
        uint32_t object = import->resources.at[i].new_object;
        count += object != NONE && import->objects.at[object].kind == kind;
    }
    return count;
}

/* A quota that the input does not tell is the usual one.  If that is too small for what is to be there in the end, it
 * stays so, but the findings say "unless"; where nobody would try that without a larger one, or has more by now, it is
 * taken to have been raised. */
void assume_quotas(struct import *import) {
    static const struct {
        enum quota quota;
        enum object_kind kind;
        const char *what;
        size_t usual;
        const char *code; /* where every account has that quota at first, for the whole Region; otherwise NULL */
    } table[] = {{QUOTA_EIPS, OBJECT_EIP, "Elastic IPs", 5, "AddressLimitExceeded"},
                 {QUOTA_GATEWAYS, OBJECT_GATEWAY, "internet gateways", 5, "InternetGatewayLimitExceeded"},
                 {QUOTA_INSTANCES, OBJECT_INSTANCE, "instances", 20, NULL},
                 {QUOTA_NATS, OBJECT_NAT, "NAT gateways", 5, NULL}};
    for (size_t t = 0; t < ARRAY_SIZE(table); t++) {
        size_t count = 0, there = 0;
        for (size_t i = 0; i < import->objects.count; i++)
            if (import->objects.at[i].kind == table[t].kind) {
                count++;
                there += import->objects.at[i].exists;
            }
        if (import->worlds.count > 1 && count > table[t].usual &&
            most_in_a_world(import, table[t].kind) <= table[t].usual) {
            import->quotas[table[t].quota] = (int64_t)count; /* of all worlds together */
            continue;
        }
        if (import->quotas[table[t].quota] != 0 || count <= table[t].usual)
            continue;
        if (table[t].kind == OBJECT_EIP && import->knows_addresses && there <= table[t].usual) {
            note(import,
                 "the quota of Elastic IPs is taken to be the usual one, %zu: add the output of 'aws ec2 "
                 "describe-account-attributes' if it was raised",
                 table[t].usual);
            continue;
        }
        if (table[t].code != NULL && import->worlds.count < 2 && there <= table[t].usual &&
            count_kept(import, table[t].kind) > table[t].usual && count <= 2 * table[t].usual) {
            vec_push(
                &import->doubts,
                ((struct doubt){table[t].code, arena_format(&import->arena, "unless the quota of %zu %s was raised",
                                                            table[t].usual, table[t].what)}));
            continue;
        }
        import->quotas[table[t].quota] = (int64_t)count;
        note(import,
             "there can be %zu %s at a time, and usually the quota is %zu: taken to be large enough; the output of "
             "'aws ec2 describe-account-attributes' or 'aws service-quotas list-service-quotas' tells",
             count, table[t].what, table[t].usual);
    }
}
