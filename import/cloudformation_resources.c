/* What each type of resource has: the values that Terraform has for the same thing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/cloudformation.h"

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

/* A list of what stands under `field` in each item; what is not known has its name. */
static void put_items(struct made *made, const char *to, const struct jtree *items, const char *field) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < jtree_count(items); i++) {
        const struct jtree *item = jtree_at(items, i);
        const struct jtree *value =
            jtree_type(item) == JTREE_OBJECT && marked_unknown(item) == NULL ? jtree_get(item, field) : item;
        const char *text = jtree_string(value) != NULL ? jtree_string(value) : marked_unknown(value);
        jtree_add(list, jtree_text(text == NULL ? field : text));
    }
    jtree_put(made->values, to, list);
}

/* What is there already has its addresses in a set, and one of them as the primary. */
static void put_addresses(struct made *made, const struct jtree *list) {
    struct jtree *all = jtree_list();
    for (size_t i = 0; i < jtree_count(list); i++)
        jtree_add(all, jtree_text(jtree_string(jtree_at(list, i))));
    put_text(made, "private_ip", jtree_at(list, 0));
    jtree_put(made->values, "private_ips", all);
}

static bool is_ipv4(const char *text) {
    unsigned parts[4];
    char rest;
    return strspn(text, "0123456789.") == strlen(text) &&
           sscanf(text, "%3u.%3u.%3u.%3u%c", &parts[0], &parts[1], &parts[2], &parts[3], &rest) == 4 &&
           parts[0] < 256 && parts[1] < 256 && parts[2] < 256 && parts[3] < 256;
}

/* What EC2 refuses of the request itself, in the words of specs/ec2/interfaces.yaml; NULL: nothing. */
static const char *interface_form(const struct jtree *from, const struct jtree *addresses) {
    static const char *const counts[] = {"SecondaryPrivateIpAddressCount", "Ipv4PrefixCount"};
    const struct jtree *given = jtree_get(from, "PrivateIpAddresses");
    size_t primaries = jtree_get(from, "PrivateIpAddress") != NULL, kinds = 0;
    for (size_t i = 0; i < jtree_count(given); i++) {
        const char *flag = text_at(jtree_at(given, i), "Primary");
        primaries += flag != NULL && strcmp(flag, "true") == 0;
    }
    for (size_t i = 0; i < jtree_count(addresses); i++)
        if (!is_ipv4(jtree_string(jtree_at(addresses, i))))
            return "bad_address";
    if (primaries > 1)
        return "two_primaries";
    kinds += jtree_count(addresses) > 1;
    kinds += jtree_count(jtree_get(from, "Ipv4Prefixes")) > 0;
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        kinds += text_at(from, counts[i]) != NULL && strcmp(text_at(from, counts[i]), "0") != 0;
    return kinds > 1 ? "list_and_count" : NULL;
}

static void read_interface(struct made *made, const struct jtree *from) {
    static const struct {
        const char *property, *to;
    } counts[] = {{"SecondaryPrivateIpAddressCount", "private_ips_count"},
                  {"InterfaceType", "interface_type"},
                  {"Ipv6AddressCount", "ipv6_address_count"},
                  {"Ipv4PrefixCount", "ipv4_prefix_count"},
                  {"Ipv6PrefixCount", "ipv6_prefix_count"}};
    struct jtree *list = jtree_list();
    read_addresses(made, from, list);
    bool any = jtree_count(list) > 0;
    const char *form = interface_form(from, list);
    const char *count = text_at(from, "Ipv6AddressCount");
    if (form == NULL && jtree_count(jtree_get(from, "Ipv6Addresses")) > 0 && count != NULL && strcmp(count, "0") != 0)
        form = "ipv6_list_and_count";
    if (made->template->is_old)
        put_addresses(made, list);
    else if (form != NULL)
        jtree_put(made->values, "create_form", jtree_text(form));
    jtree_put(made->values, "private_ip_list_enabled", jtree_bool(any));
    jtree_put(made->values, "private_ip_list", list);
    link_to(made, "subnet_id", jtree_get(from, "SubnetId"));
    link_all(made, "security_groups", jtree_get(from, "GroupSet"));
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
        put_text(made, counts[i].to, jtree_get(from, counts[i].property));
    put_flag(made, "source_dest_check", jtree_get(from, "SourceDestCheck"));
    put_items(made, "ipv6_addresses", jtree_get(from, "Ipv6Addresses"), "Ipv6Address");
    put_items(made, "ipv4_prefixes", jtree_get(from, "Ipv4Prefixes"), "Ipv4Prefix");
    put_items(made, "ipv6_prefixes", jtree_get(from, "Ipv6Prefixes"), "Ipv6Prefix");
}

/* ---- launches ---- */

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
    put_text(made, "ipv6_address_count", jtree_get(entry, "Ipv6AddressCount"));
    put_items(made, "ipv6_addresses", jtree_get(entry, "Ipv6Addresses"), "Ipv6Address");
    put_flag(made, "associate_public_ip_address", jtree_get(entry, "AssociatePublicIpAddress"));
    if (text_at(entry, "SecondaryPrivateIpAddressCount") != NULL)
        note(made->template->import, "%s: SecondaryPrivateIpAddressCount of a launch is not followed", made->name);
}

static bool has_address(const struct jtree *entry) {
    return jtree_get(entry, "PrivateIpAddress") != NULL || jtree_get(entry, "PrivateIpAddresses") != NULL;
}

/* The launch makes several: each is made just before, as a resource of its own would be. */
static const char *read_further_interface(struct made *made, const struct jtree *entry, size_t index) {
    struct stack *stack = made->template->stack;
    struct import *import = stack->import;
    const char *own = "aws_network_interface", *name = arena_format(&import->arena, "%sEth%zu", made->name, index);
    while (declared_at(&stack->before, name) != NULL || declared_at(&stack->after, name) != NULL)
        name = arena_format(&import->arena, "%sx", name);
    struct made further = made_begin(made->template, name);
    read_interface(&further, entry);
    made_finish(&further, own, made->name);
    if (!made->template->is_old) {
        uint32_t number = block_number(stack, own, name);
        struct block *launch = import->blocks.at[block_number(stack, "aws_instance", made->name)],
                     *block = import->blocks.at[number];
        for (size_t i = 0; i < launch->waits.count; i++)
            vec_push(&block->waits, launch->waits.at[i]);
        vec_push(&launch->waits, number);
    }
    return name;
}

/* It is one call: no address that it leaves to the service is one that it names.  So those come first. */
static void read_further_interfaces(struct made *made, const struct jtree *entries, const char **names) {
    for (int named = 1; named >= 0; named--)
        for (size_t i = 0; i < jtree_count(entries); i++)
            if (!has_id(jtree_at(entries, i)) && has_address(jtree_at(entries, i)) == (named == 1))
                names[i] = read_further_interface(made, jtree_at(entries, i), i);
}

/* The id of what the launch makes itself. */
static void put_further(struct made *made, const char *name, struct jtree *one, struct jtree *open,
                        struct jtree *from) {
    struct arena *arena = &made->template->import->arena;
    if (made->template->is_old || !is_created(change_of(made->template->stack, made->name))) {
        jtree_put(one, "network_interface_id", jtree_text(physical_id(made->template->import, name)));
        return;
    }
    struct jtree *expression = jtree_object(), *list = jtree_list();
    jtree_add(list, jtree_text(arena_format(arena, "aws_network_interface.%s.id", name)));
    jtree_put(expression, "references", list);
    jtree_put(open, "network_interface_id", jtree_bool(true));
    jtree_put(from, "network_interface_id", expression);
}

static void read_entries(struct made *made, const struct jtree *entries) {
    struct arena *arena = &made->template->import->arena;
    const char **names = arena_alloc(arena, (jtree_count(entries) + 1) * sizeof *names);
    read_further_interfaces(made, entries, names);
    struct jtree *values = jtree_list(), *unknown = jtree_list(), *expressions = jtree_list();
    for (size_t i = 0; i < jtree_count(entries); i++) {
        const struct jtree *entry = jtree_at(entries, i);
        struct jtree *one = jtree_object(), *open = jtree_object(), *from = jtree_object();
        const char *device = text_at(entry, "DeviceIndex"), *card = text_at(entry, "NetworkCardIndex"),
                   *ends = text_at(entry, "DeleteOnTermination");
        int64_t index = device == NULL ? (int64_t)i : strtoll(device, NULL, 10);
        jtree_put(one, "device_index", jtree_number(index));
        jtree_put(one, "network_card_index", jtree_number(card == NULL ? 0 : strtoll(card, NULL, 10)));
        jtree_put(one, "delete_on_termination",
                  jtree_bool(ends == NULL ? !has_id(entry) : strcmp(ends, "true") == 0 || strcmp(ends, "True") == 0));
        if (has_id(entry))
            put_link(made->template, one, open, from, "network_interface_id", jtree_get(entry, "NetworkInterfaceId"));
        else
            put_further(made, names[i], one, open, from);
        if (index == 0 && text_at(one, "network_interface_id") != NULL)
            jtree_put(made->values, "primary_network_interface_id", jtree_text(text_at(one, "network_interface_id")));
        jtree_add(values, one);
        jtree_add(unknown, open);
        jtree_add(expressions, from);
    }
    jtree_put(made->values, "network_interface", values);
    jtree_put(made->unknown, "network_interface", unknown);
    jtree_put(made->expressions, "network_interface", expressions);
}

/* What the launch template of the same stack says; NULL: there is none, or it is not known. */
static const struct jtree *launch_data(struct made *made, const struct jtree *launch) {
    const struct template *template = made->template;
    const char *resource = marked_resource(jtree_get(launch, "LaunchTemplateId")),
               *name = text_at(launch, "LaunchTemplateName");
    if (resource == NULL)
        resource = marked_resource(jtree_get(launch, "LaunchTemplateName"));
    const struct declared *found = resource == NULL ? NULL : declared_at(template, resource);
    for (size_t i = 0; found == NULL && name != NULL && i < template->declared.count; i++) {
        const char *other = text_at(template->declared.at[i].properties, "LaunchTemplateName");
        if (strcmp(template->declared.at[i].type, "AWS::EC2::LaunchTemplate") == 0 && other != NULL &&
            strcmp(other, name) == 0)
            found = &template->declared.at[i];
    }
    const struct jtree *data = found == NULL ? NULL : jtree_get(found->properties, "LaunchTemplateData");
    return jtree_type(data) == JTREE_OBJECT && marked_unknown(data) == NULL ? data : NULL;
}

/* The properties of the instance over those of its launch template. */
static struct jtree *merge_launch(const struct jtree *data, const struct jtree *own) {
    struct jtree *merged = copy_value(data), *entries = jtree_list();
    const struct jtree *given = jtree_get(data, "NetworkInterfaces");
    for (size_t i = 0; i < jtree_count(given); i++) {
        struct jtree *entry = copy_value(jtree_at(given, i));
        if (jtree_get(entry, "Groups") != NULL) /* another name for the same */
            jtree_put(entry, "GroupSet", copy_value(jtree_get(entry, "Groups")));
        jtree_add(entries, entry);
    }
    jtree_put(merged, "NetworkInterfaces", entries);
    for (const void *m = jtree_next(own, NULL); m != NULL; m = jtree_next(own, m))
        jtree_put(merged, jtree_name(m), copy_value(jtree_value(m)));
    return merged;
}

static bool has_any(const struct jtree *value, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (jtree_get(value, names[i]) != NULL)
            return true;
    return false;
}

/* What EC2 refuses of the request itself, in the words of specs/ec2/launch.yaml; NULL: nothing. */
static const char *launch_form(const struct jtree *from, const struct jtree *entries, size_t *entry) {
    static const char *const top[] = {"SubnetId", "SecurityGroupIds", "SecurityGroups", "PrivateIpAddress"};
    static const char *const own[] = {"SubnetId", "PrivateIpAddress", "PrivateIpAddresses", "GroupSet"};
    if (jtree_count(entries) == 0)
        return NULL;
    if (has_any(from, top, ARRAY_SIZE(top)))
        return "top_level_subnet";
    for (*entry = 0; *entry < jtree_count(entries); ++*entry) {
        const struct jtree *item = jtree_at(entries, *entry);
        const char *ends = text_at(item, "DeleteOnTermination");
        bool has_public = jtree_get(item, "AssociatePublicIpAddress") != NULL;
        if (has_public && jtree_count(entries) > 1)
            return "public_given";
        if (has_public && has_id(item))
            return "id_and_public";
        if (has_id(item) && has_any(item, own, ARRAY_SIZE(own)))
            return "id_and_subnet";
        if (has_id(item) && ends != NULL && strcmp(ends, "true") == 0)
            return "id_and_deletion";
    }
    return NULL;
}

static void read_instance(struct made *made, const struct jtree *from) {
    const struct jtree *launch = jtree_get(from, "LaunchTemplate"), *template = launch_data(made, launch);
    if (template != NULL) {
        struct jtree *merged = merge_launch(template, from);
        vec_push(&made->template->import->trees, merged);
        from = merged;
    } else if (launch != NULL) {
        note(made->template->import, "%s: what its LaunchTemplate says is not followed", made->name);
    }
    const struct jtree *entries = jtree_get(from, "NetworkInterfaces"), *data = jtree_get(from, "UserData");
    size_t entry = 0;
    const char *form = launch_form(from, entries, &entry);
    if (form != NULL && !made->template->is_old) { /* it is there, so it was not refused */
        jtree_put(made->values, "launch_form", jtree_text(form));
        jtree_put(made->values, "launch_entry", jtree_number((int64_t)entry));
    }
    put_text(made, "instance_type", jtree_get(from, "InstanceType"));
    put_text(made, "availability_zone", jtree_get(from, "AvailabilityZone"));
    put_flag(made, "source_dest_check", jtree_get(from, "SourceDestCheck"));
    put_flag(made, "disable_api_termination", jtree_get(from, "DisableApiTermination"));
    if (data != NULL) { /* only whether it changes matters */
        char *text = jtree_canonical(data);
        jtree_put(made->values, "user_data", jtree_text(text));
        free(text);
    }
    if (jtree_count(entries) == 0)
        read_own_interface(made, from, "SecurityGroupIds");
    else if (jtree_count(entries) == 1 && !has_id(jtree_at(entries, 0)))
        read_own_interface(made, jtree_at(entries, 0), "GroupSet");
    else
        read_entries(made, entries);
}

/* ---- Elastic IPs ---- */

static void read_association(struct made *made, const struct jtree *from) {
    const struct jtree *address = jtree_get(from, "PrivateIpAddress"), *eip = jtree_get(from, "EIP");
    const char *name = marked_unknown(address), *attribute = text_at(address, MARK_ATTRIBUTE);
    bool primary = attribute != NULL && strncmp(attribute, "Primary", 7) == 0;
    if ((name != NULL && strstr(name, ".SecondaryPrivateIpAddresses") != NULL) ||
        (marked_resource(address) != NULL && !primary)) {
        note(made->template->import,
             "%s: left out, because which address the service has picked for it is not followed", made->name);
        return;
    }
    link_to(made, "allocation_id", jtree_get(from, "AllocationId"));
    link_to(made, eip != NULL && jtree_string(eip) == NULL ? "allocation_id" : "public_ip", eip);
    link_to(made, "network_interface_id", jtree_get(from, "NetworkInterfaceId"));
    link_to(made, "instance_id", jtree_get(from, "InstanceId"));
    const char *text = address_text(made, address, NULL);
    if (text != NULL)
        jtree_put(made->values, "private_ip_address", jtree_text(text));
}

/* One that the stack does not make is there; `ids`: of the parts, as they are now. */
static struct jtree *eip_of_id(struct stack *stack, struct name_map *ids, const char *id) {
    uint32_t known = name_map_get(ids, id);
    if (known != NONE)
        return strcmp(stack->parts.at[known].own, "aws_eip") == 0 ? stack->parts.at[known].before : NULL;
    struct import *import = stack->import;
    const char *name = arena_text(&import->arena, id, strlen(id));
    struct jtree *values = jtree_object();
    jtree_put(values, "id", jtree_text(name));
    vec_push(&import->trees, values);
    name_map_put(ids, name, (uint32_t)stack->parts.count);
    vec_push(&stack->parts, ((struct part){.name = name, .own = "aws_eip", .change = CHANGE_NONE, .before = values}));
    return values;
}

static void copy_text(struct jtree *to, const char *as, const struct jtree *from, const char *name) {
    if (text_at(from, name) != NULL)
        jtree_put(to, as, jtree_text(text_at(from, name)));
}

/* A network load balancer has an interface with the Elastic IP in each subnet for which it is given one. */
static void note_mappings(struct stack *stack, size_t index, struct name_map *ids) {
    struct import *import = stack->import;
    const struct jtree *given = value_at(stack->parts.at[index].before, "subnet_mapping");
    const char *id = physical_id(import, stack->parts.at[index].name);
    for (size_t i = 0; i < jtree_count(given); i++) {
        const char *allocation = text_at(jtree_at(given, i), "allocation_id");
        struct jtree *eip = allocation == NULL ? NULL : eip_of_id(stack, ids, allocation);
        if (eip == NULL)
            continue;
        jtree_put(eip, "association_id", jtree_text(id));
        jtree_put(eip, "network_interface", jtree_text(arena_format(&import->arena, "%s/eni%zu", id, i)));
    }
}

static void note_association(struct stack *stack, size_t index, struct name_map *ids) {
    struct import *import = stack->import;
    const char *own = stack->parts.at[index].own, *name = stack->parts.at[index].name;
    struct jtree *values = stack->parts.at[index].before;
    const char *allocation = text_at(values, "allocation_id");
    bool nat = strcmp(own, "aws_nat_gateway") == 0, alone = strcmp(own, "aws_eip") == 0;
    if (strcmp(own, "aws_lb") == 0)
        note_mappings(stack, index, ids);
    if (alone && text_at(values, "instance") != NULL)
        jtree_put(values, "association_id", jtree_text(physical_id(import, name)));
    if ((!nat && strcmp(own, "aws_eip_association") != 0) || allocation == NULL)
        return;
    struct jtree *eip = eip_of_id(stack, ids, allocation);
    if (eip == NULL)
        return;
    jtree_put(eip, "association_id", jtree_text(physical_id(import, name)));
    if (nat) {
        const char *interface = arena_format(&import->arena, "%s/eni", physical_id(import, name));
        jtree_put(values, "network_interface_id", jtree_text(interface));
        jtree_put(eip, "network_interface", jtree_text(interface));
    }
    copy_text(eip, "network_interface", values, nat ? "" : "network_interface_id");
    copy_text(eip, "instance", values, "instance_id");
    copy_text(eip, "private_ip", values, "private_ip_address");
}

void note_associations(struct stack *stack) {
    struct name_map ids = {0};
    size_t count = stack->parts.count;
    for (size_t i = 0; i < count; i++)
        if (text_at(stack->parts.at[i].before, "id") != NULL)
            name_map_put(&ids, text_at(stack->parts.at[i].before, "id"), (uint32_t)i);
    for (size_t i = 0; i < count; i++)
        if (stack->parts.at[i].before != NULL)
            note_association(stack, i, &ids);
    name_map_clear(&ids);
}

/* ---- all types ---- */

static void read_nat(struct made *made, const struct jtree *from) {
    const struct jtree *given = jtree_get(from, "SecondaryPrivateIpAddresses");
    link_to(made, "subnet_id", jtree_get(from, "SubnetId"));
    link_to(made, "allocation_id", jtree_get(from, "AllocationId"));
    link_all(made, "secondary_allocation_ids", jtree_get(from, "SecondaryAllocationIds"));
    put_text(made, "connectivity_type", jtree_get(from, "ConnectivityType"));
    put_text(made, "private_ip", jtree_get(from, "PrivateIpAddress"));
    put_text(made, "secondary_private_ip_address_count", jtree_get(from, "SecondaryPrivateIpAddressCount"));
    if (given == NULL)
        return;
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < jtree_count(given); i++) {
        const char *text = address_text(made, jtree_at(given, i), jtree_get(from, "SubnetId"));
        if (text != NULL)
            jtree_add(list, jtree_text(text));
    }
    jtree_put(made->values, "secondary_private_ip_addresses", list);
}

void read_declared(struct template *template, const struct declared *declared) {
    struct arena *arena = &template->import->arena;
    const char *own = own_type(declared->type), *ends;
    const struct jtree *from = declared->properties;
    struct made made = made_begin(template, arena_text(arena, declared->name, strlen(declared->name)));
    link_to(&made, "vpc_id", jtree_get(from, "VpcId"));
    if (strcmp(own, "aws_vpc") == 0 || strcmp(own, "aws_subnet") == 0 ||
        strcmp(own, "aws_vpc_ipv4_cidr_block_association") == 0) {
        put_text(&made, "cidr_block", jtree_get(from, "CidrBlock"));
        put_text(&made, "availability_zone", jtree_get(from, "AvailabilityZone"));
        read_ipv6_block(&made, declared);
    } else if (strcmp(own, "AWS::EC2::SubnetCidrBlock") == 0) {
        link_to(&made, "subnet_id", jtree_get(from, "SubnetId"));
    } else if (strcmp(own, "aws_internet_gateway_attachment") == 0) {
        link_to(&made, "internet_gateway_id", jtree_get(from, "InternetGatewayId"));
    } else if (strcmp(own, "aws_security_group") == 0) {
        put_text(&made, "name", jtree_get(from, "GroupName"));
    } else if (strcmp(own, "aws_network_interface") == 0) {
        read_interface(&made, from);
    } else if (strcmp(own, "aws_network_interface_attachment") == 0) {
        ends = text_at(from, "DeleteOnTermination");
        link_to(&made, "network_interface_id", jtree_get(from, "NetworkInterfaceId"));
        link_to(&made, "instance_id", jtree_get(from, "InstanceId"));
        put_text(&made, "device_index", jtree_get(from, "DeviceIndex"));
        put_text(&made, "network_card_index", jtree_get(from, "NetworkCardIndex"));
        jtree_put(made.values, "delete_on_termination", jtree_bool(ends == NULL || strcmp(ends, "false") != 0));
    } else if (strcmp(own, "aws_eip") == 0) {
        link_to(&made, "instance", jtree_get(from, "InstanceId"));
        put_text(&made, "public_ipv4_pool", jtree_get(from, "PublicIpv4Pool"));
    } else if (strcmp(own, "aws_eip_association") == 0) {
        read_association(&made, from);
    } else if (strcmp(own, "aws_nat_gateway") == 0) {
        read_nat(&made, from);
    } else if (strcmp(own, "aws_lb") == 0) {
        read_balancer(&made, from);
    } else if (strcmp(own, "aws_instance") == 0) {
        read_instance(&made, from);
    }
    made_finish(&made, arena_text(arena, own, strlen(own)), NULL);
}
