/* Writes the spec that was understood.  Everything in it is a name that we made, a number, or a text in quotes. */
#include "import/emit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

static void write_comment(struct writer *writer, const char *text) {
    size_t column = 2;
    fputs("# ", writer->out);
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        if (column + length > 116 && column > 4) {
            fputs("\n#   ", writer->out);
            column = 4;
        }
        for (size_t i = 0; i < length; i++)
            fputc(iscntrl((unsigned char)text[i]) ? ' ' : text[i], writer->out);
        text += length;
        column += length + 1;
        if (*text == ' ') {
            fputc(' ', writer->out);
            text++;
        }
    }
    fputc('\n', writer->out);
}

void write_quoted(struct writer *writer, const char *text) {
    fputc('"', writer->out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(writer->out, "\\%c", *text);
        else
            fputc(iscntrl((unsigned char)*text) ? ' ' : *text, writer->out);
    }
    fputc('"', writer->out);
}

void write_text(struct writer *writer, const char *text) {
    size_t length = strlen(text);
    bool plain = isalpha((unsigned char)*text) && strstr(text, ": ") == NULL && strstr(text, " #") == NULL &&
                 strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-()[], ") == length;
    if (plain)
        fputs(text, writer->out);
    else
        write_quoted(writer, text);
}

/* ---- what is there ---- */

static const char *const kind_names[OBJECT_KINDS] = {"zone",
                                                     "vpc",
                                                     "internet_gateway",
                                                     "subnet",
                                                     "security_group",
                                                     "instance_type",
                                                     "instance",
                                                     "eni",
                                                     "address",
                                                     "eip",
                                                     "nat_gateway",
                                                     "prefix",
                                                     "ipv6_address",
                                                     "ipv6_prefix",
                                                     "load_balancer",
                                                     "subnet_mapping",
                                                     "launch_entry",
                                                     "vpc_cidr_block",
                                                     "subnet_cidr_block"};

static size_t count_kind(const struct import *import, enum object_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < import->objects.count; i++)
        count += import->objects.at[i].kind == kind;
    return count;
}

static bool calls(const struct import *import, const char *text) {
    for (size_t i = 0; i < import->steps.count; i++)
        if (strncmp(import->steps.at[i].call, text, strlen(text)) == 0)
            return true;
    return false;
}

static const char *object_name(const struct writer *writer, uint32_t id) { return writer->import->objects.at[id].name; }

static bool has_further(const struct import *import) {
    return count_kind(import, OBJECT_PREFIX) + count_kind(import, OBJECT_IPV6) +
               count_kind(import, OBJECT_IPV6_PREFIX) >
           0;
}

/* What the service would choose. */
static void write_choices(struct writer *writer, const struct ec2_object *object) {
    if (object->makes != NONE)
        fprintf(writer->out, ", makes: %s", object_name(writer, object->makes));
    if (object->picked != NONE)
        fprintf(writer->out, ", picks: %s", object_name(writer, object->picked));
}

static bool is_about_ipv6(const struct import *import) {
    for (size_t i = 0; import->is_template && i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_SUBNET && import->objects.at[i].has_ipv6)
            return true;
    return has_further(import);
}

static bool has_subnet_calls(const struct import *import) {
    return calls(import, "CreateSubnet") || calls(import, "DeleteSubnet") || calls(import, "DeleteVpc");
}

static bool has_vpc_calls(const struct import *import) {
    return calls(import, "CreateVpc") ||
           count_kind(import, OBJECT_CIDR_BLOCK) + count_kind(import, OBJECT_SUBNET_BLOCK) > 0;
}

#define BLOCK_BITS 4 /* the rulebook counts blocks of 16 addresses */

static uint32_t last_block(const struct ec2_object *object) {
    return (object->base >> BLOCK_BITS) + (UINT32_C(1) << (32 - BLOCK_BITS - object->prefix_bits)) - 1;
}

static void write_block(struct writer *writer, const struct ec2_object *object, const char *before) {
    fprintf(writer->out, "%sfirst_block: %u, last_block: %u", before, (unsigned)(object->base >> BLOCK_BITS),
            (unsigned)last_block(object));
}

static bool says_block(const struct import *import, const struct ec2_object *vpc) {
    return vpc->has_block && has_subnet_calls(import);
}

/* A VPC has IPv6, for all we know. */
static bool says_ipv6(const struct import *import, const struct ec2_object *vpc) {
    return !vpc->lacks_ipv6 && is_about_ipv6(import) && (has_subnet_calls(import) || has_vpc_calls(import));
}

static void write_attributes(struct writer *writer, const struct ec2_object *object) {
    FILE *out = writer->out;
    switch (object->kind) {
    case OBJECT_SUBNET:
        fprintf(out, "vpc: %s, zone: %s", object_name(writer, object->vpc), object_name(writer, object->zone));
        fprintf(out, ", last_offset: %u",
                object->prefix_bits == 0 ? 65535 : (unsigned)((UINT64_C(1) << (32 - object->prefix_bits)) - 1));
        if (object->has_block && object->vpc_known && has_subnet_calls(writer->import))
            fprintf(out, ", first_block: %u", (unsigned)(object->base >> BLOCK_BITS));
        if (object->has_ipv6 && is_about_ipv6(writer->import))
            fputs(", has_ipv6: true", out);
        return;
    case OBJECT_GROUP:
        fprintf(out, "vpc: %s", object_name(writer, object->vpc));
        if (object->is_default)
            fputs(", is_default: true", out);
        if (object->number != 0)
            fprintf(out, ", name: %u", object->number);
        return;
    case OBJECT_ADDRESS:
        fprintf(out, "subnet: %s, offset: %u", object_name(writer, object->subnet), object->offset);
        for (size_t i = 0; i < writer->import->objects.count; i++) { /* the block it lies in */
            const struct ec2_object *block = &writer->import->objects.at[i];
            if (block->kind == OBJECT_PREFIX && block->subnet == object->subnet &&
                object->offset - block->offset < 16 && object->offset >= block->offset)
                fprintf(out, ", block: %s", block->name);
        }
        return;
    case OBJECT_PREFIX:
    case OBJECT_IPV6:
    case OBJECT_IPV6_PREFIX:
    case OBJECT_SUBNET_BLOCK:
        fprintf(out, "subnet: %s", object_name(writer, object->subnet));
        return;
    case OBJECT_NAT:
        fprintf(out, "subnet: %s", object_name(writer, object->subnet));
        write_choices(writer, object);
        return;
    case OBJECT_BALANCER:
        fprintf(out, "family: %s", object->family);
        if (object->internet_facing)
            fputs(", internet_facing: true", out);
        if (object->is_protected)
            fputs(", deletion_protection: true", out);
        for (size_t i = 0; i < object->groups.count; i++)
            fprintf(out, "%s%s%s", i == 0 ? ", groups: [" : ", ", object_name(writer, object->groups.at[i]),
                    i + 1 == object->groups.count ? "]" : "");
        return;
    case OBJECT_MAPPING:
        fprintf(out, "balancer: %s, subnet: %s", object_name(writer, object->balancer),
                object_name(writer, object->subnet));
        if (object->eip != NONE)
            fprintf(out, ", eip: %s", object_name(writer, object->eip));
        if (object->address != NONE)
            fprintf(out, ", private_ip: %s", object_name(writer, object->address));
        write_choices(writer, object);
        return;
    case OBJECT_ENTRY:
        fprintf(out, "interface: %s, device: %lld", object_name(writer, object->interface), (long long)object->device);
        if (object->card != 0)
            fprintf(out, ", card: %lld", (long long)object->card);
        return;
    case OBJECT_EIP:
        if (object->own_pool)
            fputs("own_pool: true", out);
        return;
    case OBJECT_VPC:
        if (says_block(writer->import, object))
            write_block(writer, object, "");
        if (says_ipv6(writer->import, object))
            fprintf(out, "%shas_ipv6: true", says_block(writer->import, object) ? ", " : "");
        return;
    case OBJECT_CIDR_BLOCK:
        fprintf(out, "vpc: %s", object_name(writer, object->vpc));
        if (object->has_block && object->vpc_known)
            write_block(writer, object, ", ");
        if (object->has_ipv6)
            fputs(", ipv6: true", out);
        return;
    case OBJECT_ZONE:
    case OBJECT_GATEWAY:
    case OBJECT_TYPE:
    case OBJECT_INSTANCE:
    case OBJECT_INTERFACE:
    case OBJECT_KINDS:
        return;
    }
}

static bool has_attributes(const struct import *import, const struct ec2_object *object) {
    return (object->kind == OBJECT_VPC && (says_block(import, object) || says_ipv6(import, object))) ||
           object->kind == OBJECT_SUBNET_BLOCK || object->kind == OBJECT_CIDR_BLOCK || object->kind == OBJECT_SUBNET ||
           object->kind == OBJECT_GROUP || object->kind == OBJECT_ADDRESS || object->kind == OBJECT_NAT ||
           object->kind == OBJECT_PREFIX || object->kind == OBJECT_IPV6 || object->kind == OBJECT_IPV6_PREFIX ||
           object->kind == OBJECT_BALANCER || object->kind == OBJECT_MAPPING || object->kind == OBJECT_ENTRY ||
           object->own_pool;
}

static void write_types(struct writer *writer) {
    struct import *import = writer->import;
    for (size_t i = 0; i < import->objects.count; i++)
        if (import->objects.at[i].kind == OBJECT_INSTANCE && import->objects.at[i].type != NULL)
            name_map_put(&import->types_used, import->objects.at[i].type, 0);
    if (import->own_types) { /* with their rows, as the catalog has them */
        fputs("  instance_type:\n", writer->out);
        size_t written = 0;
        for (size_t i = 0; i < import->types.count; i++)
            if (name_map_get(&import->types_used, import->types.at[i]) != NONE) {
                fprintf(writer->out, "    %s: %s\n", import->types.at[i], import->type_rows.at[i]);
                written++;
            }
        if (written > 0)
            return;
        fprintf(writer->out, "    %s: %s\n", import->types.at[0], import->type_rows.at[0]);
        return;
    }
    const char *separator = "[";
    fputs("  instance_type: ", writer->out);
    for (size_t i = 0; i < import->types.count; i++)
        if (name_map_get(&import->types_used, import->types.at[i]) != NONE) {
            fprintf(writer->out, "%s%s", separator, import->types.at[i]);
            separator = ", ";
        }
    if (*separator == '[')
        fprintf(writer->out, "[%s", import->roomy_type);
    fputs("]\n", writer->out);
}

static void write_scope(struct writer *writer) {
    static const bool is_optional[OBJECT_KINDS] = {
        [OBJECT_GATEWAY] = true, [OBJECT_EIP] = true,         [OBJECT_NAT] = true,         [OBJECT_PREFIX] = true,
        [OBJECT_IPV6] = true,    [OBJECT_IPV6_PREFIX] = true, [OBJECT_BALANCER] = true,    [OBJECT_MAPPING] = true,
        [OBJECT_ENTRY] = true,   [OBJECT_CIDR_BLOCK] = true,  [OBJECT_SUBNET_BLOCK] = true};
    struct import *import = writer->import;
    fputs("scope:\n", writer->out);
    for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++) {
        if (kind == OBJECT_TYPE) {
            write_types(writer);
            continue;
        }
        size_t count = count_kind(import, kind);
        if (count == 0 && is_optional[kind])
            continue;
        fprintf(writer->out, "  %s:%s\n", kind_names[kind], count == 0 ? " 0" : "");
        for (size_t i = 0; i < import->objects.count; i++)
            if (import->objects.at[i].kind == kind) {
                bool any = has_attributes(import, &import->objects.at[i]);
                fprintf(writer->out, "    %s: {%s", import->objects.at[i].name, any ? " " : "");
                write_attributes(writer, &import->objects.at[i]);
                fputs(any ? " }\n" : "}\n", writer->out);
            }
    }
}

/* ---- what it is like at first ---- */

static void write_groups(struct writer *writer, const struct ec2_object *object) {
    fputs("; ", writer->out);
    fprintf(writer->out, "%s.groups := {", object->name);
    for (size_t i = 0; i < object->groups.count; i++)
        fprintf(writer->out, "%s%s", i == 0 ? "" : ", ", name_of(writer->import, object->groups.at[i]));
    if (object->groups.count == 0)
        fputs(name_of(writer->import, default_group(writer->import, writer->import->objects.at[object->subnet].vpc)),
              writer->out);
    fputs("}", writer->out);
}

static bool carries_eip(const struct import *import, uint32_t instance) {
    for (size_t i = 0; i < import->objects.count; i++) {
        uint32_t address = import->objects.at[i].kind == OBJECT_EIP ? import->objects.at[i].address : NONE;
        uint32_t interface = address == NONE ? NONE : import->objects.at[address].interface;
        if (interface != NONE && import->objects.at[interface].instance == instance)
            return true;
    }
    return false;
}

static void write_interface(struct writer *writer, uint32_t id) {
    struct import *import = writer->import;
    const struct ec2_object *eni = &import->objects.at[id];
    const char *name = name_of(import, id);
    bool attached = eni->manager != NULL || eni->instance != NONE;
    fprintf(writer->out, "%s.status := %s; %s.subnet := %s", name, attached ? "in_use" : "available", name,
            name_of(import, eni->subnet));
    if (eni->manager != NULL)
        fprintf(writer->out, "; %s.manager := %s", name, eni->manager);
    if (eni->manager == NULL || eni->groups.count > 0)
        write_groups(writer, eni);
    if (eni->instance != NONE)
        fprintf(writer->out, "; %s.instance := %s; %s.device := %lld; %s.delete_on_termination := %s", name,
                name_of(import, eni->instance), name, (long long)eni->device, name,
                eni->delete_on_termination ? "true" : "false");
    if (eni->no_source_dest_check)
        fprintf(writer->out, "; %s.source_dest_check := false", name);
}

static void write_instance(struct writer *writer, uint32_t id) {
    struct import *import = writer->import;
    const struct ec2_object *instance = &import->objects.at[id];
    const char *name = name_of(import, id);
    fprintf(writer->out, "%s.status := %s; %s.type := '%s'; %s.subnet := %s", name,
            instance->stopped ? "stopped" : "running", name, instance->type, name, name_of(import, instance->subnet));
    if (instance->is_protected)
        fprintf(writer->out, "; %s.termination_protected := true", name);
    if (instance->public_ip && !carries_eip(import, id))
        fprintf(writer->out, "; %s.gets_public_ip := true; %s.public_ip := %s", name, name,
                instance->stopped ? "false" : "true");
}

static bool says_something(const struct ec2_object *object) {
    switch (object->kind) {
    case OBJECT_VPC:
    case OBJECT_SUBNET:
    case OBJECT_GROUP:
        return !object->exists;
    case OBJECT_CIDR_BLOCK:
    case OBJECT_SUBNET_BLOCK:
        return object->exists;
    case OBJECT_GATEWAY:
        return !object->exists || object->vpc != NONE;
    case OBJECT_INSTANCE:
    case OBJECT_INTERFACE:
    case OBJECT_EIP:
    case OBJECT_NAT:
    case OBJECT_BALANCER:
        return object->exists;
    case OBJECT_ADDRESS:
    case OBJECT_PREFIX:
    case OBJECT_IPV6:
    case OBJECT_IPV6_PREFIX:
    case OBJECT_MAPPING:
        return object->interface != NONE;
    case OBJECT_ZONE:
    case OBJECT_TYPE:
    case OBJECT_ENTRY:
    case OBJECT_KINDS:
        break;
    }
    return false;
}

static void write_first_state(struct writer *writer, uint32_t id) {
    struct import *import = writer->import;
    const struct ec2_object *object = &import->objects.at[id];
    const char *name = name_of(import, id);
    fputs("  - \"", writer->out);
    if (object->kind == OBJECT_INTERFACE)
        write_interface(writer, id);
    else if (object->kind == OBJECT_INSTANCE)
        write_instance(writer, id);
    else if (!object->exists)
        fprintf(writer->out, "%s.status := absent", name);
    else if (object->kind == OBJECT_CIDR_BLOCK || object->kind == OBJECT_SUBNET_BLOCK)
        fprintf(writer->out, "%s.status := associated", name);
    else if (object->kind == OBJECT_GATEWAY)
        fprintf(writer->out, "%s.vpc := %s", name, name_of(import, object->vpc));
    else if (object->kind == OBJECT_ADDRESS || object->kind == OBJECT_PREFIX || object->kind == OBJECT_IPV6 ||
             object->kind == OBJECT_IPV6_PREFIX || object->kind == OBJECT_MAPPING)
        fprintf(writer->out, "%s.interface := %s%s%s%s", name, name_of(import, object->interface),
                object->primary ? "; " : "", object->primary ? name : "", object->primary ? ".primary := true" : "");
    else if (object->kind == OBJECT_NAT)
        fprintf(writer->out, "%s.status := available; %s.interface := %s; %s.eip := %s", name, name,
                name_of(import, object->interface), name, name_of(import, object->eip));
    else if (object->kind == OBJECT_BALANCER)
        fprintf(writer->out, "%s.status := active", name);
    else if (object->address != NONE)
        fprintf(writer->out, "%s.status := allocated; %s.address := %s", name, name, name_of(import, object->address));
    else
        fprintf(writer->out, "%s.status := allocated", name);
    fputs("\"\n", writer->out);
}

static void write_initially(struct writer *writer) {
    bool any = false;
    for (uint32_t i = 0; i < writer->import->objects.count; i++) {
        if (!says_something(&writer->import->objects.at[i]))
            continue;
        if (!any)
            fputs("\ninitially:\n", writer->out);
        any = true;
        write_first_state(writer, i);
    }
}

/* ---- settings, events ---- */

static const char *quota_name(enum quota quota) {
    static const char *const names[QUOTAS] = {
        [QUOTA_EIPS] = "ELASTIC_IPS_PER_REGION",      [QUOTA_GATEWAYS] = "INTERNET_GATEWAYS_PER_REGION",
        [QUOTA_INSTANCES] = "INSTANCES_PER_REGION",   [QUOTA_NATS] = "NAT_GATEWAYS_PER_ZONE",
        [QUOTA_INTERFACES] = "INTERFACES_PER_REGION", [QUOTA_GROUPS_PER_INTERFACE] = "SECURITY_GROUPS_PER_INTERFACE"};
    return names[quota];
}

static void write_settings(struct writer *writer) {
    struct import *import = writer->import;
    int64_t device = import->last_device > 1 ? import->last_device : 1;
    for (size_t i = 0; i < import->objects.count; i++)
        device = import->objects.at[i].device > device ? import->objects.at[i].device : device;
    fprintf(writer->out, "\nset:\n  LAST_DEVICE_INDEX: %lld\n", (long long)device);
    if (import->last_card > 0)
        fprintf(writer->out, "  LAST_CARD: %lld\n", (long long)import->last_card);
    for (enum quota i = 0; i < QUOTAS; i++)
        if (import->quotas[i] > 0 && (i != QUOTA_NATS || count_kind(import, OBJECT_NAT) > 0))
            fprintf(writer->out, "  %s: %lld\n", quota_name(i), (long long)import->quotas[i]);
}

static void write_allow(struct writer *writer) {
    static const struct {
        const char *call, *event;
    } table[] = {{"CreateNetworkInterface", "creation_completes"},
                 {"RunInstances", "launch_completes"},
                 {"StartInstances", "launch_completes"},
                 {"RunInstances", "attach_completes"},
                 {"AttachNetworkInterface", "attach_completes"},
                 {"DetachNetworkInterface", "detach_completes"},
                 {"TerminateInstances", "termination_completes"},
                 {"StopInstances", "stop_completes"},
                 {"CreateNatGateway", "nat_gateway_ready"},
                 {"CreateNatGateway", "nat_gateway_fails_without_gateway"},
                 {"CreateNatGateway", "nat_gateway_fails_for_associated_eip"},
                 {"CreateNatGateway", "nat_gateway_fails_for_released_eip"},
                 {"CreateNatGateway", "nat_gateway_fails_in_full_subnet"},
                 {"AssociateNatGatewayAddress", "nat_gateway_associates"},
                 {"AssociateVpcCidrBlock", "cidr_block_associated"},
                 {"AssociateSubnetCidrBlock", "subnet_block_associated"},
                 {"DisassociateNatGatewayAddress", "nat_gateway_disassociates"},
                 {"DeleteNatGateway", "nat_gateway_deleted"},
                 {"CreateLoadBalancer", "load_balancer_takes_address"},
                 {"CreateLoadBalancer", "load_balancer_ready"},
                 {"CreateLoadBalancer", "load_balancer_fails"},
                 {"DeleteLoadBalancer", "load_balancer_deleted"}};
    const char *written[ARRAY_SIZE(table)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        bool known = !calls(writer->import, table[i].call);
        for (size_t k = 0; k < count; k++)
            known |= strcmp(written[k], table[i].event) == 0;
        if (known)
            continue;
        if (count == 0)
            fputs("\nallow:   # what happens by itself; the calls are those of the plan\n", writer->out);
        fprintf(writer->out, "  %s: \"true\"\n", table[i].event);
        written[count++] = table[i].event;
    }
    if (count == 0)
        fputs("\nallow: []\n", writer->out);
}

void import_write(const struct import *import, FILE *out) {
    struct writer writer = {(struct import *)(uintptr_t)import, out, {NULL}, NULL, 0};
    write_comment(&writer, arena_format(&writer.import->arena, "Imported from %s, %s.", import->path,
                                        import->tree == NULL  ? "an account"
                                        : import->is_template ? "a CloudFormation template"
                                                              : "a Terraform plan"));
    for (size_t i = 0; i < import->notes.count; i++)
        write_comment(&writer, arena_format(&writer.import->arena, "note: %s", import->notes.at[i]));
    for (size_t i = 0; i < import->observations.count; i++) {
        const struct import_observation *observation = &import->observations.at[i];
        write_comment(&writer, arena_format(&writer.import->arena, "%s: %s: %s", observation->finding,
                                            observation->resource, observation->text));
    }
    fprintf(out, "title: %s\n",
            import->tree == NULL  ? "EC2 account"
            : import->is_template ? "CloudFormation template"
                                  : "Terraform plan");
    fputs("include: [ec2/rulebook.yaml", out);
    if (calls(import, "CreateSecurityGroup") || calls(import, "DeleteSecurityGroup"))
        fputs(", ec2/security-groups.yaml", out);
    if (has_vpc_calls(import))
        fputs(", ec2/vpcs.yaml", out);
    else if (has_subnet_calls(import))
        fputs(", ec2/subnets.yaml", out);
    if (calls(import, "AssociateAddress_stack") || calls(import, "CreateSubnet_stack"))
        fputs(", cloudformation/handlers.yaml", out);
    if (calls(import, "RunInstances_entries") || calls(import, "RunInstances_addresses"))
        fputs(", ec2/launch-requests.yaml", out);
    if (count_kind(import, OBJECT_NAT) > 0)
        fputs(", ec2/nat-gateways.yaml", out);
    if (count_kind(import, OBJECT_BALANCER) > 0)
        fputs(", ec2/load-balancers.yaml", out);
    size_t blocks = count_kind(import, OBJECT_PREFIX) + count_kind(import, OBJECT_IPV6_PREFIX);
    if (count_kind(import, OBJECT_IPV6) + blocks > 0)
        fputs(", ec2/ipv6.yaml", out);
    if (blocks > 0)
        fputs(", ec2/prefixes.yaml", out);
    fputs("]\n", out);
    write_settings(&writer);
    fputc('\n', out);
    write_scope(&writer);
    write_initially(&writer);
    write_allow(&writer);
    if (import->tree == NULL)
        return;
    write_plan(&writer);
    fputs("\nproperties:\n  apply: { plan: every, about: every schedule of the apply ends without an error }\n", out);
}
