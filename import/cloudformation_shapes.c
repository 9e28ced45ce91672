/* What the properties look like that are followed: a text, a list, a list of mappings. */
#include <string.h>

#include "import/cloudformation.h"

enum shape { SHAPE_TEXT, SHAPE_LIST, SHAPE_ITEMS };

static const struct {
    const char *type, *property;
    enum shape shape;
} shapes[] = {
    {"AWS::EC2::VPC", "CidrBlock", SHAPE_TEXT},
    {"AWS::EC2::VPCCidrBlock", "CidrBlock", SHAPE_TEXT},
    {"AWS::EC2::VPCCidrBlock", "VpcId", SHAPE_TEXT},
    {"AWS::EC2::VPCCidrBlock", "AmazonProvidedIpv6CidrBlock", SHAPE_TEXT},
    {"AWS::EC2::SubnetCidrBlock", "SubnetId", SHAPE_TEXT},
    {"AWS::EC2::SubnetCidrBlock", "Ipv6CidrBlock", SHAPE_TEXT},
    {"AWS::EC2::Subnet", "AssignIpv6AddressOnCreation", SHAPE_TEXT},
    {"AWS::EC2::Subnet", "Ipv6CidrBlock", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "Ipv6AddressCount", SHAPE_TEXT},
    {"AWS::EC2::Subnet", "CidrBlock", SHAPE_TEXT},
    {"AWS::EC2::Subnet", "VpcId", SHAPE_TEXT},
    {"AWS::EC2::Subnet", "AvailabilityZone", SHAPE_TEXT},
    {"AWS::EC2::SecurityGroup", "VpcId", SHAPE_TEXT},
    {"AWS::EC2::SecurityGroup", "GroupName", SHAPE_TEXT},
    {"AWS::EC2::VPCGatewayAttachment", "VpcId", SHAPE_TEXT},
    {"AWS::EC2::VPCGatewayAttachment", "InternetGatewayId", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "SubnetId", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "GroupSet", SHAPE_LIST},
    {"AWS::EC2::NetworkInterface", "PrivateIpAddress", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "PrivateIpAddresses", SHAPE_ITEMS},
    {"AWS::EC2::NetworkInterface", "SecondaryPrivateIpAddressCount", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "SourceDestCheck", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "InterfaceType", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterface", "Ipv6Addresses", SHAPE_LIST},
    {"AWS::EC2::NetworkInterfaceAttachment", "InstanceId", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterfaceAttachment", "NetworkInterfaceId", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterfaceAttachment", "DeviceIndex", SHAPE_TEXT},
    {"AWS::EC2::NetworkInterfaceAttachment", "DeleteOnTermination", SHAPE_TEXT},
    {"AWS::EC2::EIP", "InstanceId", SHAPE_TEXT},
    {"AWS::EC2::EIP", "PublicIpv4Pool", SHAPE_TEXT},
    {"AWS::EC2::EIPAssociation", "AllocationId", SHAPE_TEXT},
    {"AWS::EC2::EIPAssociation", "EIP", SHAPE_TEXT},
    {"AWS::EC2::EIPAssociation", "InstanceId", SHAPE_TEXT},
    {"AWS::EC2::EIPAssociation", "NetworkInterfaceId", SHAPE_TEXT},
    {"AWS::EC2::EIPAssociation", "PrivateIpAddress", SHAPE_TEXT},
    {"AWS::EC2::NatGateway", "SubnetId", SHAPE_TEXT},
    {"AWS::EC2::NatGateway", "AllocationId", SHAPE_TEXT},
    {"AWS::EC2::NatGateway", "ConnectivityType", SHAPE_TEXT},
    {"AWS::EC2::NatGateway", "PrivateIpAddress", SHAPE_TEXT},
    {"AWS::EC2::NatGateway", "SecondaryAllocationIds", SHAPE_LIST},
    {"AWS::EC2::NatGateway", "SecondaryPrivateIpAddresses", SHAPE_LIST},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "Type", SHAPE_TEXT},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme", SHAPE_TEXT},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "Subnets", SHAPE_LIST},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "SubnetMappings", SHAPE_ITEMS},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups", SHAPE_LIST},
    {"AWS::EC2::Instance", "SubnetId", SHAPE_TEXT},
    {"AWS::EC2::Instance", "InstanceType", SHAPE_TEXT},
    {"AWS::EC2::Instance", "PrivateIpAddress", SHAPE_TEXT},
    {"AWS::EC2::Instance", "SecurityGroupIds", SHAPE_LIST},
    {"AWS::EC2::Instance", "NetworkInterfaces", SHAPE_ITEMS},
    {"AWS::EC2::Instance", "SourceDestCheck", SHAPE_TEXT},
};

/* What no value is known for may be anything. */
static bool is_open(const struct jtree *value) {
    return value == NULL || marked_resource(value) != NULL || marked_unknown(value) != NULL;
}

static const char *found(const struct jtree *value) {
    switch (jtree_type(value)) {
    case JTREE_LIST:
        return "a list";
    case JTREE_OBJECT:
        return "a mapping";
    case JTREE_NONE:
    case JTREE_NULL:
    case JTREE_BOOL:
    case JTREE_NUMBER:
    case JTREE_TEXT:
        break;
    }
    return "a single value";
}

static bool has_shape(const struct jtree *value, enum shape shape) {
    if (is_open(value))
        return true;
    if (shape == SHAPE_TEXT)
        return jtree_type(value) == JTREE_TEXT;
    if (jtree_type(value) != JTREE_LIST)
        return false;
    for (size_t i = 0; shape == SHAPE_ITEMS && i < jtree_count(value); i++)
        if (jtree_type(jtree_at(value, i)) != JTREE_OBJECT)
            return false;
    return true;
}

bool check_shapes(struct template *template, const struct declared *declared) {
    static const char *const expected[] = {"a single value", "a list", "a list of mappings"};
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        if (strcmp(shapes[i].type, declared->type) != 0)
            continue;
        const struct jtree *value = jtree_get(declared->properties, shapes[i].property);
        if (has_shape(value, shapes[i].shape))
            continue;
        import_error(template->import, "resource %.100s: %s: expected %s, found %s%s", declared->name,
                     shapes[i].property, expected[shapes[i].shape], found(value),
                     jtree_type(value) == JTREE_LIST && shapes[i].shape == SHAPE_ITEMS ? " of something else" : "");
    }
    return !diags_failed(template->import->diags);
}
