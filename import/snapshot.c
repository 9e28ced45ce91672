/* The account as it is: the output of `aws ec2 describe-...`, one call per file, recognised by its top key.
 *
 * Each thing becomes a resource that the plan does not change, with the values that Terraform would have for it, so
 * that everything behind treats both alike.  What the plan manages itself is known from there already. */
#include <string.h>

#include "import/shapes.h"

static const char *inside_list(const struct jtree *item, const char *list, const char *key) {
    return text_at(jtree_at(jtree_get(item, list), 0), key);
}

static void put(struct jtree *values, const char *name, const char *text) {
    if (text != NULL)
        jtree_put(values, name, jtree_text(text));
}

/* `path`: of each item of a list; the texts there. */
static struct jtree *texts(const struct jtree *list, const char *path) {
    struct jtree *result = jtree_list();
    for (size_t i = 0; i < jtree_count(list); i++)
        if (text_at(jtree_at(list, i), path) != NULL)
            jtree_add(result, jtree_text(text_at(jtree_at(list, i), path)));
    return result;
}

static void add(struct import *import, const char *type, const char *id, struct jtree *values) {
    vec_push(&import->trees, values);
    put(values, "id", id);
    if (id == NULL || resource_of_id(import, id) != NONE)
        return;
    struct resource resource = {.before = values, .after = values, .is_data = true};
    resource.parts = (struct address){.module = "", .module_path = "", .type = type, .name = id, .rest = ""};
    add_resource(import, id, type, &resource);
}

static struct jtree *start(void) { return jtree_object(); }

static void read_vpc(struct import *import, const struct jtree *item) {
    struct jtree *values = start(), *all = jtree_list();
    const struct jtree *given = jtree_get(item, "CidrBlockAssociationSet");
    put(values, "cidr_block", text_at(item, "CidrBlock"));
    for (size_t i = 0; i < jtree_count(given); i++) {
        const char *state = text_at(jtree_at(given, i), "CidrBlockState.State");
        struct jtree *one = jtree_object();
        if (state == NULL || strcmp(state, "associated") == 0)
            put(one, "cidr_block", text_at(jtree_at(given, i), "CidrBlock"));
        jtree_add(all, one);
    }
    jtree_put(values, "cidr_block_associations", all);
    add(import, "aws_vpc", text_at(item, "VpcId"), values);
}

static void read_subnet(struct import *import, const struct jtree *item) {
    struct jtree *values = start();
    put(values, "vpc_id", text_at(item, "VpcId"));
    put(values, "cidr_block", text_at(item, "CidrBlock"));
    put(values, "availability_zone", text_at(item, "AvailabilityZone"));
    put(values, "ipv6_cidr_block", inside_list(item, "Ipv6CidrBlockAssociationSet", "Ipv6CidrBlock"));
    if (jtree_type(jtree_get(item, "AvailableIpAddressCount")) == JTREE_NUMBER)
        jtree_put(values, "available", jtree_number(jtree_integer(jtree_get(item, "AvailableIpAddressCount"))));
    add(import, "aws_subnet", text_at(item, "SubnetId"), values);
}

static void read_group(struct import *import, const struct jtree *item) {
    struct jtree *values = start();
    const char *name = text_at(item, "GroupName");
    put(values, "vpc_id", text_at(item, "VpcId"));
    put(values, "name", name);
    bool is_default = name != NULL && strcmp(name, "default") == 0;
    add(import, is_default ? "aws_default_security_group" : "aws_security_group", text_at(item, "GroupId"), values);
}

static void read_gateway(struct import *import, const struct jtree *item) {
    struct jtree *values = start();
    put(values, "vpc_id", inside_list(item, "Attachments", "VpcId"));
    add(import, "aws_internet_gateway", text_at(item, "InternetGatewayId"), values);
}

/* `holder`: the instance that says so, where the attachment does not; or NULL. */
static void add_interface(struct import *import, const struct jtree *item, const char *holder) {
    struct jtree *values = start();
    const struct jtree *attachment = jtree_get(item, "Attachment");
    const char *instance = text_at(attachment, "InstanceId");
    if (instance == NULL)
        instance = holder;
    put(values, "subnet_id", text_at(item, "SubnetId"));
    put(values, "vpc_id", text_at(item, "VpcId"));
    put(values, "availability_zone", text_at(item, "AvailabilityZone"));
    put(values, "private_ip", text_at(item, "PrivateIpAddress"));
    jtree_put(values, "private_ips", texts(jtree_get(item, "PrivateIpAddresses"), "PrivateIpAddress"));
    jtree_put(values, "ipv6_addresses", texts(jtree_get(item, "Ipv6Addresses"), "Ipv6Address"));
    jtree_put(values, "ipv4_prefixes", texts(jtree_get(item, "Ipv4Prefixes"), "Ipv4Prefix"));
    jtree_put(values, "ipv6_prefixes", texts(jtree_get(item, "Ipv6Prefixes"), "Ipv6Prefix"));
    jtree_put(values, "security_groups", texts(jtree_get(item, "Groups"), "GroupId"));
    jtree_put(values, "source_dest_check", jtree_bool(truth_at(item, "SourceDestCheck", true)));
    if (instance != NULL) {
        struct jtree *given = start(), *list = jtree_list();
        put(given, "instance", instance);
        jtree_put(given, "device_index", jtree_number(number_at(attachment, "DeviceIndex", 0)));
        jtree_put(given, "delete_on_termination", jtree_bool(truth_at(attachment, "DeleteOnTermination", false)));
        jtree_add(list, given);
        jtree_put(values, "attachment", list);
    } else if (truth_at(item, "RequesterManaged", false)) {
        jtree_put(values, "managed", jtree_bool(true));
    }
    add(import, "aws_network_interface", text_at(item, "NetworkInterfaceId"), values);
}

static void read_interface(struct import *import, const struct jtree *item) { add_interface(import, item, NULL); }

static void read_instance(struct import *import, const struct jtree *item) {
    const char *state = text_at(item, "State.Name");
    if (state != NULL && (strcmp(state, "terminated") == 0 || strcmp(state, "shutting-down") == 0))
        return;
    struct jtree *values = start();
    const struct jtree *interfaces = jtree_get(item, "NetworkInterfaces");
    put(values, "instance_type", text_at(item, "InstanceType"));
    put(values, "instance_state", state);
    put(values, "subnet_id", text_at(item, "SubnetId"));
    put(values, "private_ip", text_at(item, "PrivateIpAddress"));
    put(values, "availability_zone", text_at(item, "Placement.AvailabilityZone"));
    jtree_put(values, "vpc_security_group_ids", texts(jtree_get(item, "SecurityGroups"), "GroupId"));
    jtree_put(values, "source_dest_check", jtree_bool(truth_at(item, "SourceDestCheck", true)));
    for (size_t i = 0; i < jtree_count(interfaces); i++) {
        const struct jtree *interface = jtree_at(interfaces, i);
        if (number_at(interface, "Attachment.DeviceIndex", 0) == 0) {
            const char *owner = text_at(interface, "Association.IpOwnerId");
            put(values, "primary_network_interface_id", text_at(interface, "NetworkInterfaceId"));
            put(values, "public_ip", owner != NULL && strcmp(owner, "amazon") == 0 ? "automatic" : NULL);
        }
    }
    add(import, "aws_instance", text_at(item, "InstanceId"), values);
}

static void read_reservation(struct import *import, const struct jtree *item) {
    const struct jtree *instances = jtree_get(item, "Instances");
    for (size_t i = 0; i < jtree_count(instances); i++)
        read_instance(import, jtree_at(instances, i));
}

static void read_address(struct import *import, const struct jtree *item) {
    struct jtree *values = start();
    put(values, "allocation_id", text_at(item, "AllocationId"));
    put(values, "association_id", text_at(item, "AssociationId"));
    put(values, "network_interface", text_at(item, "NetworkInterfaceId"));
    put(values, "instance", text_at(item, "InstanceId"));
    put(values, "private_ip", text_at(item, "PrivateIpAddress"));
    put(values, "public_ipv4_pool", text_at(item, "PublicIpv4Pool"));
    add(import, "aws_eip", text_at(item, "AllocationId"), values);
}

static void read_nat_gateway(struct import *import, const struct jtree *item) {
    const char *state = text_at(item, "State");
    if (state != NULL && strcmp(state, "available") != 0)
        return;
    struct jtree *values = start();
    put(values, "subnet_id", text_at(item, "SubnetId"));
    put(values, "connectivity_type", text_at(item, "ConnectivityType"));
    put(values, "allocation_id", inside_list(item, "NatGatewayAddresses", "AllocationId"));
    put(values, "network_interface_id", inside_list(item, "NatGatewayAddresses", "NetworkInterfaceId"));
    put(values, "private_ip", inside_list(item, "NatGatewayAddresses", "PrivateIp"));
    add(import, "aws_nat_gateway", text_at(item, "NatGatewayId"), values);
}

/* Without a call for the interfaces themselves, what the instances say of theirs. */
static void read_interfaces_of(struct import *import, const struct jtree *item) {
    const struct jtree *instances = jtree_get(item, "Instances");
    for (size_t i = 0; i < jtree_count(instances); i++) {
        const struct jtree *instance = jtree_at(instances, i), *list = jtree_get(instance, "NetworkInterfaces");
        for (size_t k = 0; k < jtree_count(list); k++) {
            add_interface(import, jtree_at(list, k), text_at(instance, "InstanceId"));
        }
    }
}

/* ---- quotas, limits ---- */

static void read_attribute(struct import *import, const struct jtree *item) {
    static const struct {
        const char *name;
        enum quota quota;
    } table[] = {{"vpc-max-elastic-ips", QUOTA_EIPS},
                 {"max-instances", QUOTA_INSTANCES},
                 {"vpc-max-security-groups-per-interface", QUOTA_GROUPS_PER_INTERFACE}};
    const char *name = text_at(item, "AttributeName");
    int64_t value = number_at(jtree_at(jtree_get(item, "AttributeValues"), 0), "AttributeValue", 0);
    for (size_t i = 0; name != NULL && i < ARRAY_SIZE(table); i++)
        if (strcmp(name, table[i].name) == 0 && value > 0)
            import->quotas[table[i].quota] = value;
}

/* aws service-quotas list-service-quotas */
static void read_quota(struct import *import, const struct jtree *item) {
    static const struct {
        const char *code;
        enum quota quota;
    } table[] = {{"L-0263D0A3", QUOTA_EIPS},
                 {"L-A4707A72", QUOTA_GATEWAYS},
                 {"L-FE5A380F", QUOTA_NATS},
                 {"L-DF5E4CA3", QUOTA_INTERFACES},
                 {"L-2AFB9258", QUOTA_GROUPS_PER_INTERFACE}};
    const char *code = text_at(item, "QuotaCode");
    int64_t value = number_at(item, "Value", 0);
    for (size_t i = 0; code != NULL && i < ARRAY_SIZE(table); i++)
        if (strcmp(code, table[i].code) == 0 && value > 0)
            import->quotas[table[i].quota] = value;
}

static int64_t within(int64_t value, int64_t least, int64_t most) {
    return value < least ? least : value > most ? most : value;
}

/* A row as in the catalog of specs/ec2/instance_types.yaml; it takes the place of the one there. */
static void read_type(struct import *import, const struct jtree *item) {
    const char *name = text_at(item, "InstanceType"), *hypervisor = text_at(item, "Hypervisor"),
               *ena = text_at(item, "NetworkInfo.EnaSupport");
    const struct jtree *network = jtree_get(item, "NetworkInfo"), *cards = jtree_get(network, "NetworkCards");
    const char *architecture = jtree_string(value_at(item, "ProcessorInfo.SupportedArchitectures.0"));
    if (name == NULL || number_at(network, "MaximumNetworkInterfaces", 0) < 1 ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-")] != '\0' || strlen(name) > 60)
        return;
    int64_t enis = within(number_at(network, "MaximumNetworkInterfaces", 1), 1, 255),
            count = within(number_at(network, "MaximumNetworkCards", 1), 1, 64);
    bool xen = hypervisor != NULL && strcmp(hypervisor, "xen") == 0,
         arm = architecture != NULL && strcmp(architecture, "arm64") == 0;
    bool known_ena = ena != NULL && (strcmp(ena, "required") == 0 || strcmp(ena, "supported") == 0);
    const char *row =
        arena_format(&import->arena, "[%lld, %lld, %lld, %lld, %lld, true, %s, %s, %s, %s, %s, %s]", (long long)enis,
                     (long long)within(number_at(jtree_at(cards, 0), "MaximumNetworkInterfaces", enis), 1, 255),
                     (long long)count, (long long)within(number_at(network, "Ipv4AddressesPerInterface", 1), 1, 255),
                     (long long)within(number_at(network, "Ipv6AddressesPerInterface", 0), 0, 255),
                     xen                  ? "xen"
                     : hypervisor != NULL ? "nitro"
                                          : "unlisted",
                     truth_at(item, "BareMetal", false) ? "true" : "false", known_ena ? ena : "unsupported",
                     arm ? "arm64" : "x86_64", truth_at(network, "EfaSupported", false) ? "yes" : "no",
                     truth_at(network, "EnaSrdSupported", false) ? "yes" : "no");
    uint32_t known = name_map_get(&import->types_seen, name);
    if (known != NONE) {
        import->own_types |= strcmp(import->type_rows.at[known], row) != 0;
        import->type_rows.at[known] = row;
        return;
    }
    import->own_types = true;
    name_map_put(&import->types_seen, name, (uint32_t)import->types.count);
    vec_push(&import->types, name);
    vec_push(&import->type_rows, row);
}

/* ---- all of them ---- */

static const struct {
    const char *key;
    void (*read)(struct import *import, const struct jtree *item);
} parts[] = {{"Vpcs", read_vpc},
             {"Subnets", read_subnet},
             {"SecurityGroups", read_group},
             {"InternetGateways", read_gateway},
             {"NetworkInterfaces", read_interface},
             {"Reservations", read_interfaces_of},
             {"Reservations", read_reservation},
             {"Addresses", read_address},
             {"NatGateways", read_nat_gateway},
             {"AccountAttributes", read_attribute},
             {"Quotas", read_quota},
             {"InstanceTypes", read_type}};

const struct jtree *snapshot_content(const struct jtree *tree) {
    const struct jtree *data = jtree_get(tree, "data"); /* a recorded answer of the SDK */
    return jtree_type(data) == JTREE_OBJECT && jtree_get(tree, "status_code") != NULL ? data : tree;
}

bool is_snapshot(const struct jtree *content) {
    static const char *const others[] = {
        "RouteTables",           "NetworkAcls",     "AvailabilityZones", "Regions",      "Volumes",
        "VpcPeeringConnections", "TransitGateways", "VpnConnections",    "VpcEndpoints", "CustomerGateways",
        "VpnGateways",           "PrefixLists",     "DhcpOptions",       "KeyPairs"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (jtree_type(jtree_get(content, parts[i].key)) == JTREE_LIST)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) /* of no use here, but nothing wrong */
        if (jtree_type(jtree_get(content, others[i])) == JTREE_LIST)
            return true;
    return false;
}

/* Pages of which each says that there is another. */
static void check_pages(struct import *import, const char *key) {
    size_t pages = 0, last = 0;
    for (size_t s = 0; s < import->snapshots.count; s++) {
        const struct jtree *answer = import->snapshots.at[s];
        if (jtree_get(answer, key) == NULL)
            continue;
        pages++;
        last += text_at(answer, "NextToken") == NULL;
    }
    if (pages > 0 && last == 0)
        note(import,
             "%s: the last page of the output is missing: there is a NextToken, so the account has more of them", key);
}

void read_snapshots(struct import *import) {
    size_t count = import->snapshots.count;
    for (size_t p = 0; p < ARRAY_SIZE(parts); p++) {
        for (size_t s = 0; s < count; s++) {
            const struct jtree *list = jtree_get(import->snapshots.at[s], parts[p].key);
            for (size_t i = 0; i < jtree_count(list); i++)
                parts[p].read(import, jtree_at(list, i));
            import->knows_gateways |= list != NULL && parts[p].read == read_gateway;
            import->knows_addresses |= list != NULL && parts[p].read == read_address;
        }
        check_pages(import, parts[p].key);
    }
}
