/* CIDR blocks of VPCs and subnets.  Which lies in which is for specs/ec2/vpcs.yaml to say: here they are read. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import/calls.h"

#define SMALLEST 28 /* prefix lengths that EC2 takes: vpc-ug vpc-cidr-blocks.md, subnet-sizing.md */
#define LARGEST 16

const char *cidr_form(const char *text, uint32_t *base, uint32_t *prefix_bits) {
    const char *slash = strchr(text, '/');
    char start[16], *end;
    if (slash == NULL || (size_t)(slash - text) >= sizeof start || !isdigit((unsigned char)slash[1]))
        return "malformed_cidr";
    memcpy(start, text, (size_t)(slash - text));
    start[slash - text] = '\0';
    unsigned long bits = strtoul(slash + 1, &end, 10);
    if (!read_ipv4(start, base) || *end != '\0' || end - slash > 3 || bits > 32)
        return "malformed_cidr";
    if (bits < LARGEST || bits > SMALLEST)
        return "out_of_range";
    *prefix_bits = (uint32_t)bits;
    *base &= ~((UINT32_C(1) << (32 - bits)) - 1); /* the canonical form, as EC2 makes it: botocore CreateSubnet */
    return NULL;
}

void place_block(struct import *import, uint32_t object, const char *cidr) {
    uint32_t base, bits;
    if (cidr == NULL || cidr_form(cidr, &base, &bits) != NULL)
        return;
    struct ec2_object *block = object_at(import, object);
    block->base = base;
    block->prefix_bits = bits;
    block->has_block = true;
}

static bool is_block_of(const struct ec2_object *object, const char *cidr) {
    uint32_t base, bits;
    return cidr_form(cidr, &base, &bits) == NULL && object->has_block && object->base == base &&
           object->prefix_bits == bits;
}

/* A further block that is there, and that no resource of the input makes. */
static void take_further(struct import *import, uint32_t vpc, const char *cidr) {
    for (size_t i = 0; i < import->objects.count; i++) {
        const struct ec2_object *known = &import->objects.at[i];
        if ((i == vpc || (known->kind == OBJECT_CIDR_BLOCK && known->vpc == vpc)) && is_block_of(known, cidr))
            return;
    }
    const char *name = arena_format(&import->arena, "%s_cidr_block", object_at(import, vpc)->name);
    uint32_t block = object_new(import, OBJECT_CIDR_BLOCK, name, true);
    object_at(import, block)->vpc = vpc;
    object_at(import, block)->vpc_known = true;
    place_block(import, block, cidr);
}

void place_vpc(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *values = before ? resource->before : resource->after;
    const struct jtree *all = value_at(values, "cidr_block_associations"); /* of a data source, or a snapshot */
    place_block(import, object, text_at(values, "cidr_block"));
    object_at(import, object)->knows_blocks = is_created(resource->change) || jtree_count(all) > 0;
    /* in a stack an AWS::EC2::VPCCidrBlock gives it one */
    object_at(import, object)->lacks_ipv6 = import->is_template && is_created(resource->change);
}

void place_further_block(struct import *import, uint32_t id, uint32_t object, bool before) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *values = before ? resource->before : resource->after;
    if (resource->kind == RESOURCE_SUBNET_BLOCK) {
        uint32_t subnet = linked(import, id, "subnet_id", OBJECT_SUBNET, before);
        object_at(import, object)->subnet = subnet;
        need_subnet(import, object);
        return;
    }
    uint32_t vpc = linked(import, id, "vpc_id", OBJECT_VPC, before);
    object_at(import, object)->has_ipv6 = truth_at(values, "ipv6", false);
    object_at(import, object)->vpc = vpc;
    object_at(import, object)->vpc_known = vpc != NONE;
    place_block(import, object, text_at(values, "cidr_block"));
}

void take_further_blocks(struct import *import) {
    for (uint32_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        const struct jtree *all = value_at(resource->before, "cidr_block_associations");
        for (size_t k = 0; resource->kind == RESOURCE_VPC && k < jtree_count(all); k++)
            if (text_at(jtree_at(all, k), "cidr_block") != NULL)
                take_further(import, import->resources.at[i].old_object, text_at(jtree_at(all, k), "cidr_block"));
    }
}

/* A VPC that was there before may have more blocks than its resource says. */
void doubt_blocks(struct import *import) {
    for (size_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        if (resource->kind != RESOURCE_SUBNET || !is_created(resource->change) || resource->new_object == NONE)
            continue;
        const struct ec2_object *vpc = object_at(import, object_at(import, resource->new_object)->vpc);
        if (!vpc->has_block || vpc->knows_blocks)
            continue;
        const char *text = arena_format(&import->arena, "unless %s has further CIDR blocks", vpc->name);
        vec_push(&import->doubts, ((struct doubt){"InvalidSubnet.Range", text}));
        return;
    }
}

/* ---- calls ---- */

static const char *form_of(struct maker *maker) {
    uint32_t base, bits;
    const char *cidr = text_at(maker->import->resources.at[maker->id].after, "cidr_block");
    const char *form = cidr == NULL ? NULL : cidr_form(cidr, &base, &bits);
    return form == NULL ? "well_formed" : form;
}

void create_vpc(struct maker *maker, uint32_t vpc) {
    if (object_at(maker->import, vpc)->exists)
        return;
    add_step(maker, NULL, text_of(maker, "CreateVpc(vpc: %s, form: %s)", name_of(maker->import, vpc), form_of(maker)),
             NULL, NULL);
}

void create_subnet(struct maker *maker, uint32_t subnet) {
    const struct jtree *values = maker->import->resources.at[maker->id].after;
    const char *name = name_of(maker->import, subnet);
    if (truth_at(values, "ipv6_of_vpc", false)) /* specs/cloudformation/handlers.yaml */
        add_step(maker, "properties", text_of(maker, "CreateSubnet_stack(subnet: %s)", name), NULL, NULL);
    add_step(maker, NULL, text_of(maker, "CreateSubnet(subnet: %s, form: %s)", name, form_of(maker)), NULL, NULL);
    if (truth_at(values, "assigns_ipv6", false))
        add_step(maker, "assign_ipv6_address_on_creation",
                 text_of(maker, "ModifySubnetAttribute_assignIpv6AddressOnCreation(subnet: %s, value: true)", name),
                 NULL, NULL);
}

void cidr_block_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    uint32_t object = is_destroy ? resource->old_object : resource->new_object;
    const char *name = name_of(import, object);
    if (resource->kind == RESOURCE_SUBNET_BLOCK && is_destroy) {
        add_step(maker, NULL, text_of(maker, "DisassociateSubnetCidrBlock(block: %s)", name), NULL, NULL);
        ignore_answer(maker, "InvalidSubnetCidrBlockAssociationID.NotFound");
    } else if (resource->kind == RESOURCE_SUBNET_BLOCK && is_created(resource->change)) {
        add_step(maker, NULL, text_of(maker, "AssociateSubnetCidrBlock(block: %s)", name),
                 text_of(maker, "%s.status == associated", name), NULL);
    } else if (is_destroy) {
        add_step(maker, NULL, text_of(maker, "DisassociateVpcCidrBlock(block: %s)", name), NULL, NULL);
        ignore_answer(maker, "InvalidVpcCidrBlockAssociationID.NotFound");
    } else if (is_created(resource->change)) {
        add_step(maker, NULL, text_of(maker, "AssociateVpcCidrBlock(block: %s, form: %s)", name, form_of(maker)),
                 text_of(maker, "%s.status == associated", name), NULL);
    }
}
