/* Resources of a template as the importer's own: the values that Terraform has for the same thing, and an expression
 * where the value is what another resource will give. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/cloudformation.h"

/* CloudFormation's type, ours. */
static const struct {
    const char *type, *own;
} types[] = {{"AWS::EC2::VPC", "aws_vpc"},
             {"AWS::EC2::Subnet", "aws_subnet"},
             {"AWS::EC2::InternetGateway", "aws_internet_gateway"},
             {"AWS::EC2::VPCGatewayAttachment", "aws_internet_gateway_attachment"},
             {"AWS::EC2::SecurityGroup", "aws_security_group"},
             {"AWS::EC2::NetworkInterface", "aws_network_interface"},
             {"AWS::EC2::NetworkInterfaceAttachment", "aws_network_interface_attachment"},
             {"AWS::EC2::EIP", "aws_eip"},
             {"AWS::EC2::EIPAssociation", "aws_eip_association"},
             {"AWS::EC2::Instance", "aws_instance"},
             {"AWS::EC2::NatGateway", "aws_nat_gateway"}};

struct made {
    struct template *template;
    const char *name;
    struct jtree *values, *unknown, *expressions;
};

static const char *own_type(const char *type) {
    for (size_t i = 0; type != NULL && i < ARRAY_SIZE(types); i++)
        if (strcmp(type, types[i].type) == 0)
            return types[i].own;
    return type == NULL ? "" : type;
}

static const char *type_named(const struct template *template, const char *name) {
    return text_at(jtree_get(jtree_get(template->tree, "Resources"), name), "Type");
}

static const char *key_of(struct import *import, const char *own, const char *name) {
    return arena_format(&import->arena, "%s.%s", own, name);
}

uint32_t block_named(const struct template *template, const char *name) {
    const char *type = type_named(template, name);
    return type == NULL
               ? NONE
               : name_map_get(&template->import->blocks_by_address, key_of(template->import, own_type(type), name));
}

static struct block *new_block(struct import *import, const char *name, const char *own) {
    struct block *block = arena_alloc(&import->arena, sizeof *block);
    *block = (struct block){.address = name, .type = own, .module = import->modules.at[0]};
    name_map_put(&import->blocks_by_address, key_of(import, own, name), (uint32_t)import->blocks.count);
    vec_push(&import->blocks, block);
    return block;
}

bool add_template_block(struct template *template, const char *name, const char *type) {
    struct arena *arena = &template->import->arena;
    type = own_type(type);
    new_block(template->import, arena_text(arena, name, strlen(name)), arena_text(arena, type, strlen(type)));
    return true;
}

static struct jtree *reference_to(struct template *template, const char *resource) {
    struct jtree *expression = jtree_object(), *list = jtree_list();
    const char *own = own_type(type_named(template, resource));
    jtree_add(list,
              jtree_text(arena_format(&template->import->arena, "%s.id", key_of(template->import, own, resource))));
    jtree_put(expression, "references", list);
    return expression;
}

static bool is_followed(struct template *template, const char *resource) {
    return strncmp(own_type(type_named(template, resource)), "aws_", 4) == 0;
}

/* A link: an id that is known, one that is only known by name, or that of a resource. */
static void put_link(struct template *template, struct jtree *values, struct jtree *unknown, struct jtree *expressions,
                     const char *to, const struct jtree *value) {
    const char *text = jtree_string(value), *resource = marked_resource(value);
    if (text == NULL)
        text = marked_unknown(value);
    if (resource != NULL && is_followed(template, resource)) {
        jtree_put(unknown, to, jtree_bool(true));
        jtree_put(expressions, to, reference_to(template, resource));
        return;
    }
    if (resource != NULL)
        text =
            arena_format(&template->import->arena, "%s.%s", resource, jtree_string(jtree_get(value, MARK_ATTRIBUTE)));
    if (text != NULL)
        jtree_put(values, to, jtree_text(text));
}

static void link_to(struct made *made, const char *to, const struct jtree *value) {
    put_link(made->template, made->values, made->unknown, made->expressions, to, value);
}

/* A list of links: security groups. */
static void link_all(struct made *made, const char *to, const struct jtree *value) {
    struct jtree *known = jtree_list(), *references = jtree_list(), *expression = jtree_object();
    bool open = false, is_list = jtree_type(value) == JTREE_LIST;
    for (size_t i = 0; value != NULL && i < (is_list ? jtree_count(value) : 1); i++) {
        struct jtree *values = jtree_object(), *unknown = jtree_object(), *one = jtree_object();
        put_link(made->template, values, unknown, one, "x", is_list ? jtree_at(value, i) : value);
        if (jtree_get(values, "x") != NULL)
            jtree_add(known, jtree_text(jtree_string(jtree_get(values, "x"))));
        if (jtree_get(one, "x") != NULL) {
            open = true;
            jtree_add(references, jtree_text(text_at(one, "x.references.0")));
        }
        jtree_free(values);
        jtree_free(unknown);
        jtree_free(one);
    }
    if (jtree_count(known) > 0)
        jtree_put(made->values, to, known);
    else
        jtree_free(known);
    jtree_put(expression, "references", references);
    if (open) {
        jtree_put(made->unknown, to, jtree_bool(true));
        jtree_put(made->expressions, to, expression);
    } else {
        jtree_free(expression);
    }
}

static void put_text(struct made *made, const char *to, const struct jtree *value) {
    if (jtree_string(value) != NULL)
        jtree_put(made->values, to, jtree_text(jtree_string(value)));
}

static void put_flag(struct made *made, const char *to, const struct jtree *value) {
    const char *text = jtree_string(value);
    if (text != NULL)
        jtree_put(made->values, to, jtree_bool(strcmp(text, "true") == 0 || strcmp(text, "True") == 0));
}

/* ---- addresses ---- */

/* An address that is only known by name: any will do that nothing else has, the same for the same name. */
static const char *stand_in(struct made *made, const char *name, const struct jtree *subnet) {
    struct import *import = made->template->import;
    const char *home = marked_resource(subnet);
    const struct jtree *body = home == NULL ? NULL : jtree_get(jtree_get(made->template->tree, "Resources"), home);
    struct jtree *block = evaluate(made->template, value_at(body, "Properties.CidrBlock"));
    uint32_t number = name_map_get(&made->template->stand_in_numbers, name);
    unsigned a = 10, b = 255, c = 250, d = 0, prefix = 24;
    if (number == NONE) {
        number = made->template->stand_ins++;
        name_map_put(&made->template->stand_in_numbers, arena_text(&import->arena, name, strlen(name)), number);
    }
    const char *text = jtree_string(block);
    bool known = text != NULL && sscanf(text, "%3u.%3u.%3u.%3u/%2u", &a, &b, &c, &d, &prefix) == 5 && prefix <= 30;
    if (!known)
        a = 10, b = 255, c = 250, d = 0, prefix = 24;
    uint32_t size = UINT32_C(1) << (prefix == 0 ? 31 : 32 - prefix);
    uint32_t value = (a << 24 | b << 16 | c << 8 | d) + size - 2 - (size > 8 ? number % (size - 6) : 0);
    jtree_free(block);
    const char *address =
        arena_format(&import->arena, "%u.%u.%u.%u", value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
    note(import, "%s: the address %s is not given: taken to be %s, an address like any other of its subnet", made->name,
         name, address);
    return address;
}

/* NULL if the service picks it. */
static const char *address_text(struct made *made, const struct jtree *value, const struct jtree *subnet) {
    const char *text = jtree_string(value), *name = marked_unknown(value), *resource = marked_resource(value);
    if (resource != NULL && !is_followed(made->template, resource)) /* a custom resource computes it */
        name = arena_format(&made->template->import->arena, "%s.%s", resource,
                            jtree_string(jtree_get(value, MARK_ATTRIBUTE)));
    if (text != NULL && *text != '\0')
        return text;
    return name == NULL ? NULL : stand_in(made, name, subnet);
}

/* The fields that an interface has alike in a resource of its own and in a launch; the primary address first. */
static void read_addresses(struct made *made, const struct jtree *from, struct jtree *list) {
    const struct jtree *given = jtree_get(from, "PrivateIpAddresses"), *subnet = jtree_get(from, "SubnetId");
    const char *primary = address_text(made, jtree_get(from, "PrivateIpAddress"), subnet);
    if (primary != NULL)
        jtree_add(list, jtree_text(primary));
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < jtree_count(given); i++) {
            const char *flag = text_at(jtree_at(given, i), "Primary");
            bool is_primary = flag != NULL && strcmp(flag, "true") == 0;
            const char *text = address_text(made, jtree_get(jtree_at(given, i), "PrivateIpAddress"), subnet);
            if (text != NULL && is_primary == (first == 1))
                jtree_add(list, jtree_text(text));
        }
}

static void read_interface(struct made *made, const struct jtree *from) {
    struct jtree *list = jtree_list();
    read_addresses(made, from, list);
    bool any = jtree_count(list) > 0;
    jtree_put(made->values, "private_ip_list_enabled", jtree_bool(any));
    jtree_put(made->values, "private_ip_list", list);
    link_to(made, "subnet_id", jtree_get(from, "SubnetId"));
    link_all(made, "security_groups", jtree_get(from, "GroupSet"));
    put_text(made, "private_ips_count", jtree_get(from, "SecondaryPrivateIpAddressCount"));
    put_text(made, "interface_type", jtree_get(from, "InterfaceType"));
    put_text(made, "ipv6_address_count", jtree_get(from, "Ipv6AddressCount"));
    put_flag(made, "source_dest_check", jtree_get(from, "SourceDestCheck"));
}

/* ---- launches ---- */

static struct made begin(struct template *template, const char *name) {
    struct made made = {template, name, jtree_object(), jtree_object(), jtree_object()};
    jtree_put(made.unknown, "id", jtree_bool(true));
    return made;
}

static bool finish(struct made *made, const char *own, const id_list *waits) {
    struct import *import = made->template->import;
    struct block *block = import->blocks.at[name_map_get(&import->blocks_by_address, key_of(import, own, made->name))];
    struct jtree *body = jtree_object();
    jtree_put(body, "expressions", made->expressions);
    vec_push(&import->trees, made->values);
    vec_push(&import->trees, made->unknown);
    vec_push(&import->trees, body);
    block->body = body;
    for (size_t i = 0; i < waits->count; i++)
        vec_push(&block->waits, waits->at[i]);
    struct resource resource = {.change = CHANGE_CREATE, .after = made->values, .unknown = made->unknown};
    resource.parts = (struct address){.module = "", .module_path = "", .type = own, .name = made->name, .rest = ""};
    add_resource(import, block->address, own, &resource);
    return true;
}

static bool has_id(const struct jtree *entry) { return jtree_get(entry, "NetworkInterfaceId") != NULL; }

/* A launch that makes its only interface. */
static void read_own_interface(struct made *made, const struct jtree *entry, const char *groups) {
    struct jtree *list = jtree_list(), *more = jtree_list();
    read_addresses(made, entry, list);
    put_text(made, "private_ip", jtree_at(list, 0));
    for (size_t i = 1; i < jtree_count(list); i++)
        jtree_add(more, jtree_text(jtree_string(jtree_at(list, i))));
    jtree_put(made->values, "secondary_private_ips", more);
    jtree_free(list);
    link_to(made, "subnet_id", jtree_get(entry, "SubnetId"));
    link_all(made, "vpc_security_group_ids", jtree_get(entry, groups));
    put_flag(made, "associate_public_ip_address", jtree_get(entry, "AssociatePublicIpAddress"));
    if (text_at(entry, "SecondaryPrivateIpAddressCount") != NULL)
        note(made->template->import, "%s: SecondaryPrivateIpAddressCount of a launch is not followed", made->name);
}

/* The launch makes several: each is made just before, as a resource of its own would be. */
static uint32_t read_further_interface(struct made *made, const struct jtree *entry, size_t index,
                                       const id_list *waits) {
    struct import *import = made->template->import;
    const char *name = arena_format(&import->arena, "%sEth%zu", made->name, index);
    while (name_map_get(&import->blocks_by_address, key_of(import, "aws_network_interface", name)) != NONE)
        name = arena_format(&import->arena, "%sx", name);
    struct made further = begin(made->template, name);
    uint32_t block = (uint32_t)import->blocks.count;
    new_block(import, name, "aws_network_interface");
    read_interface(&further, entry);
    finish(&further, "aws_network_interface", waits);
    return block;
}

static bool has_address(const struct jtree *entry) {
    return jtree_get(entry, "PrivateIpAddress") != NULL || jtree_get(entry, "PrivateIpAddresses") != NULL;
}

/* It is one call: no address that it leaves to the service is one that it names.  So those come first. */
static void read_further_interfaces(struct made *made, const struct jtree *entries, id_list *waits, uint32_t *blocks) {
    for (int named = 1; named >= 0; named--)
        for (size_t i = 0; i < jtree_count(entries); i++)
            if (!has_id(jtree_at(entries, i)) && has_address(jtree_at(entries, i)) == (named == 1)) {
                blocks[i] = read_further_interface(made, jtree_at(entries, i), i, waits);
                vec_push(waits, blocks[i]);
            }
}

/* `waits`: what the launch waits for; the interfaces made here are added. */
static void read_entries(struct made *made, const struct jtree *entries, id_list *waits) {
    struct arena *arena = &made->template->import->arena;
    uint32_t *blocks = arena_alloc(arena, (jtree_count(entries) + 1) * sizeof *blocks);
    read_further_interfaces(made, entries, waits, blocks);
    struct jtree *values = jtree_list(), *unknown = jtree_list(), *expressions = jtree_list();
    for (size_t i = 0; i < jtree_count(entries); i++) {
        const struct jtree *entry = jtree_at(entries, i);
        struct jtree *one = jtree_object(), *open = jtree_object(), *from = jtree_object();
        const char *device = text_at(entry, "DeviceIndex"), *card = text_at(entry, "NetworkCardIndex");
        jtree_put(one, "device_index", jtree_number(device == NULL ? (int64_t)i : strtoll(device, NULL, 10)));
        jtree_put(one, "network_card_index", jtree_number(card == NULL ? 0 : strtoll(card, NULL, 10)));
        if (has_id(entry)) {
            put_link(made->template, one, open, from, "network_interface_id", jtree_get(entry, "NetworkInterfaceId"));
        } else {
            struct jtree *expression = jtree_object(), *list = jtree_list();
            jtree_add(list, jtree_text(arena_format(arena, "aws_network_interface.%s.id",
                                                    made->template->import->blocks.at[blocks[i]]->address)));
            jtree_put(expression, "references", list);
            jtree_put(open, "network_interface_id", jtree_bool(true));
            jtree_put(from, "network_interface_id", expression);
        }
        jtree_add(values, one);
        jtree_add(unknown, open);
        jtree_add(expressions, from);
    }
    jtree_put(made->values, "network_interface", values);
    jtree_put(made->unknown, "network_interface", unknown);
    jtree_put(made->expressions, "network_interface", expressions);
}

static void read_instance(struct made *made, const struct jtree *from, id_list *waits) {
    const struct jtree *entries = jtree_get(from, "NetworkInterfaces");
    put_text(made, "instance_type", jtree_get(from, "InstanceType"));
    put_text(made, "availability_zone", jtree_get(from, "AvailabilityZone"));
    put_flag(made, "source_dest_check", jtree_get(from, "SourceDestCheck"));
    if (jtree_get(from, "LaunchTemplate") != NULL)
        note(made->template->import, "%s: what its LaunchTemplate says is not followed", made->name);
    if (jtree_count(entries) == 0)
        read_own_interface(made, from, "SecurityGroupIds");
    else if (jtree_count(entries) == 1 && !has_id(jtree_at(entries, 0)))
        read_own_interface(made, jtree_at(entries, 0), "GroupSet");
    else
        read_entries(made, entries, waits);
}

/* ---- Elastic IPs ---- */

static void read_association(struct made *made, const struct jtree *from) {
    const struct jtree *address = jtree_get(from, "PrivateIpAddress");
    const char *name = marked_unknown(address), *attribute = text_at(address, MARK_ATTRIBUTE);
    bool primary = attribute != NULL && strncmp(attribute, "Primary", 7) == 0;
    if ((name != NULL && strstr(name, ".SecondaryPrivateIpAddresses") != NULL) ||
        (marked_resource(address) != NULL && !primary)) {
        note(made->template->import,
             "%s: left out, because which address the service has picked for it is not followed", made->name);
        return;
    }
    link_to(made, "allocation_id", jtree_get(from, "AllocationId"));
    link_to(made, "public_ip", jtree_get(from, "EIP"));
    link_to(made, "network_interface_id", jtree_get(from, "NetworkInterfaceId"));
    link_to(made, "instance_id", jtree_get(from, "InstanceId"));
    const char *text = address_text(made, address, NULL);
    if (text != NULL)
        jtree_put(made->values, "private_ip_address", jtree_text(text));
}

bool add_template_resource(struct template *template, const char *name, const char *type, const struct jtree *from,
                           const id_list *waits) {
    struct arena *arena = &template->import->arena;
    const char *own = own_type(type);
    struct made made = begin(template, arena_text(arena, name, strlen(name)));
    id_list more = {0};
    for (size_t i = 0; i < waits->count; i++)
        vec_push(&more, waits->at[i]);
    link_to(&made, "vpc_id", jtree_get(from, "VpcId"));
    if (strcmp(own, "aws_vpc") == 0 || strcmp(own, "aws_subnet") == 0) {
        put_text(&made, "cidr_block", jtree_get(from, "CidrBlock"));
        put_text(&made, "availability_zone", jtree_get(from, "AvailabilityZone"));
    } else if (strcmp(own, "aws_internet_gateway_attachment") == 0) {
        link_to(&made, "internet_gateway_id", jtree_get(from, "InternetGatewayId"));
    } else if (strcmp(own, "aws_security_group") == 0) {
        put_text(&made, "name", jtree_get(from, "GroupName"));
    } else if (strcmp(own, "aws_network_interface") == 0) {
        read_interface(&made, from);
    } else if (strcmp(own, "aws_network_interface_attachment") == 0) {
        link_to(&made, "network_interface_id", jtree_get(from, "NetworkInterfaceId"));
        link_to(&made, "instance_id", jtree_get(from, "InstanceId"));
        put_text(&made, "device_index", jtree_get(from, "DeviceIndex"));
        put_text(&made, "network_card_index", jtree_get(from, "NetworkCardIndex"));
    } else if (strcmp(own, "aws_eip") == 0) {
        link_to(&made, "instance", jtree_get(from, "InstanceId"));
        put_text(&made, "public_ipv4_pool", jtree_get(from, "PublicIpv4Pool"));
    } else if (strcmp(own, "aws_eip_association") == 0) {
        read_association(&made, from);
    } else if (strcmp(own, "aws_nat_gateway") == 0) {
        link_to(&made, "subnet_id", jtree_get(from, "SubnetId"));
        link_to(&made, "allocation_id", jtree_get(from, "AllocationId"));
        put_text(&made, "connectivity_type", jtree_get(from, "ConnectivityType"));
        put_text(&made, "private_ip", jtree_get(from, "PrivateIpAddress"));
    } else if (strcmp(own, "aws_instance") == 0) {
        read_instance(&made, from, &more);
    }
    bool good = finish(&made, arena_text(arena, own, strlen(own)), &more);
    vec_free(&more);
    return good && !diags_failed(template->import->diags);
}
