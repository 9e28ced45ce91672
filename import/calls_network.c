/* Elastic IPs and their associations; VPCs, subnets, groups, internet gateways; and all that is no
 * business of ours. */
#include <string.h>

#include "import/calls.h"

static const char *name(struct maker *maker, uint32_t object) { return name_of(maker->import, object); }

/* ---- aws_eip, aws_eip_association ---- */

struct place {
    uint32_t interface, instance, address;
    bool is_open; /* one of the addresses of the interface, it is not known which */
};

/* The private address is that of an interface, which is known after the apply only: of this one it is the primary one,
 * NULL, of another one the address that it is given. */
static const char *read_later_address(struct maker *maker, const char *path, struct place *place) {
    struct import *import = maker->import;
    struct target target = find_target(import, maker->id, path, RESOURCE_INTERFACE);
    bool is_primary = target.resource != NONE && strcmp(target.rest, ".private_ip") == 0;
    const struct resource *from = is_primary ? &import->resources.at[target.resource] : NULL;
    place->is_open = !is_primary;
    if (!is_primary || from->kind != RESOURCE_INTERFACE || from->new_object == place->interface)
        return NULL;
    bool is_given = jtree_count(value_at(from->after, "private_ips")) == 1;
    place->is_open = !is_given;
    return is_given ? text_at(from->after, "private_ips.0") : NULL;
}

/* Where it is to be associated; false: nowhere. */
static bool read_place(struct maker *maker, const char *interface_path, const char *instance_path,
                       const char *address_path, struct place *place) {
    struct import *import = maker->import;
    place->interface = linked(import, maker->id, interface_path, OBJECT_INTERFACE, false);
    place->instance = linked(import, maker->id, instance_path, OBJECT_INSTANCE, false);
    place->address = NONE;
    place->is_open = false;
    const char *text = text_at(import->resources.at[maker->id].after, address_path);
    if (place->interface != NONE && is_decided_later(import, maker->id, address_path))
        text = read_later_address(maker, address_path, place);
    uint32_t target = find_target(import, maker->id, instance_path, RESOURCE_INSTANCE).resource;
    /* of both, EC2 looks at the instance (ASA-P4): a computed interface may be that of the one before */
    if (text != NULL && target != NONE && import->resources.at[target].new_interface != NONE)
        place->interface = import->resources.at[target].new_interface;
    if (text != NULL && place->interface != NONE)
        place->address = address_object(import, object_at(import, place->interface)->subnet, text, false);
    return place->interface != NONE || place->instance != NONE;
}

static void associate(struct maker *maker, const char *what, uint32_t eip, const struct place *place, bool again) {
    const char *flag = again ? "yes" : "omitted";
    if (place->instance != NONE && place->address == NONE)
        add_step(maker, what,
                 text_of(maker, "AssociateAddress_by_instance(allocation: %s, instance: %s, allow_reassociation: %s)",
                         name(maker, eip), name(maker, place->instance), flag),
                 NULL, NULL);
    else
        add_step(
            maker, what,
            text_of(
                maker,
                "AssociateAddress_by_interface(allocation: %s, interface: %s, private_ip: %s, allow_reassociation: %s)",
                name(maker, eip), name(maker, place->interface), name(maker, place->address), flag),
            NULL, NULL);
    if (place->is_open) {
        establish(maker, "true");
        note(maker->import,
             "%s: which private address it takes is known after the apply only: followed as the primary one; whether "
             "another Elastic IP has the same is not asked",
             maker->import->resources.at[maker->id].address);
    }
}

static void disassociate(struct maker *maker, const char *what, uint32_t eip) {
    add_step(maker, what,
             text_of(maker, "DisassociateAddress(association: %s, form: association_id)", name(maker, eip)), NULL,
             NULL);
    ignore_answer(maker, "InvalidAssociationID.NotFound");
}

/* What an allocation asks for beside the pool, and what is not followed of it. */
static void name_wishes(struct import *import, const struct resource *resource) {
    const char *group = text_at(resource->after, "network_border_group");
    const char *end = group == NULL ? NULL : strrchr(group, '-');
    if (text_at(resource->after, "address") != NULL)
        note(import, "%s: that it asks for the address %s is not followed", resource->address,
             text_at(resource->after, "address"));
    if (end != NULL && strlen(end) > 1 &&
        strspn(group, "abcdefghijklmnopqrstuvwxyz-") + strlen(end) - 1 < strlen(group))
        note(import, "%s: the network border group %s is not followed; it may be another than that of the subnet",
             resource->address, group); /* of a Region, there is a number at the end only */
}

void eip_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    struct place place;
    if (is_destroy) {
        if (!association_ends_before(import, resource->old_object, maker->operation))
            disassociate(maker, "disassociate", resource->old_object);
        add_step(
            maker, NULL,
            text_of(maker, "ReleaseAddress(allocation: %s, form: allocation_id)", name(maker, resource->old_object)),
            NULL, NULL);
        ignore_answer(maker, "InvalidAllocationID.NotFound");
        return;
    }
    uint32_t eip = resource->new_object;
    if (resource->change == CHANGE_UPDATE) {
        if (!is_changed(import, resource, "instance") && !is_changed(import, resource, "network_interface") &&
            !is_changed(import, resource, "associate_with_private_ip"))
            return;
        if (object_at(import, eip)->address != NONE && !association_ends_before(import, eip, maker->operation))
            disassociate(maker, "disassociate", eip);
    } else {
        name_wishes(import, resource);
        add_step(maker, NULL,
                 text_of(maker, "AllocateAddress(address: none, form: %s | allocation: %s)",
                         object_at(import, eip)->own_pool ? "own_pool" : "plain", name(maker, eip)),
                 NULL, NULL);
    }
    if (read_place(maker, "network_interface", "instance", "associate_with_private_ip", &place))
        associate(maker, "associate", eip, &place, false);
}

void association_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    uint32_t eip = linked(import, maker->id, "allocation_id", OBJECT_EIP, is_destroy);
    if (eip == NONE && !is_destroy) /* the older way */
        eip = linked(import, maker->id, "public_ip", OBJECT_EIP, false);
    if (eip == NONE || (!is_destroy && resource->change == CHANGE_UPDATE))
        return;
    struct place place;
    if (is_destroy) {
        if (!association_ends_before(import, eip, maker->operation))
            disassociate(maker, NULL, eip);
    } else if (read_place(maker, "network_interface_id", "instance_id", "private_ip_address", &place)) {
        if (import->is_template) /* specs/cloudformation/handlers.yaml */
            add_step(maker, "look", text_of(maker, "AssociateAddress_stack(allocation: %s)", name(maker, eip)), NULL,
                     NULL);
        associate(maker, NULL, eip, &place, truth_at(resource->after, "allow_reassociation", false));
    }
}

/* ---- VPCs, subnets, groups, internet gateways ---- */

/* On which a deletion is tried again.  Terraform's provider does so for a while; stacks are reported to end in
 * DELETE_FAILED instead (ministryofjustice/bootstrap-cfn#177, aws/eks-hybrid#703). */
static const char *deletion_retry(const struct maker *maker) {
    return maker->import->is_template ? NULL : "DependencyViolation";
}

static void attach_gateway(struct maker *maker, const char *what, uint32_t gateway, uint32_t vpc) {
    if (gateway != NONE && vpc != NONE)
        add_step(maker, what,
                 text_of(maker, "AttachInternetGateway(gateway: %s, vpc: %s)", name(maker, gateway), name(maker, vpc)),
                 NULL, NULL);
}

static void detach_gateway(struct maker *maker, const char *what, uint32_t gateway, uint32_t vpc) {
    if (gateway == NONE || vpc == NONE)
        return;
    add_step(maker, what,
             text_of(maker, "DetachInternetGateway(gateway: %s, vpc: %s)", name(maker, gateway), name(maker, vpc)),
             NULL, deletion_retry(maker));
    ignore_answer(maker, "Gateway.NotAttached");
}

static void gateway_calls(struct maker *maker, const struct resource *resource, bool is_destroy) {
    struct import *import = maker->import;
    uint32_t old_vpc = linked(import, maker->id, "vpc_id", OBJECT_VPC, true);
    if (is_destroy) {
        detach_gateway(maker, "detach", resource->old_object, old_vpc);
        add_step(maker, NULL, text_of(maker, "DeleteInternetGateway(gateway: %s)", name(maker, resource->old_object)),
                 NULL, deletion_retry(maker));
        ignore_answer(maker, "InvalidInternetGatewayID.NotFound");
        return;
    }
    uint32_t vpc = linked(import, maker->id, "vpc_id", OBJECT_VPC, false);
    if (resource->change != CHANGE_UPDATE)
        add_step(maker, NULL, text_of(maker, "CreateInternetGateway(| gateway: %s)", name(maker, resource->new_object)),
                 NULL, NULL);
    else if (old_vpc == vpc)
        return;
    else
        detach_gateway(maker, "detach", resource->new_object, old_vpc);
    attach_gateway(maker, "attach", resource->new_object, vpc);
}

void network_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    uint32_t object = is_destroy ? resource->old_object : resource->new_object;
    if (resource->kind == RESOURCE_GATEWAY) {
        gateway_calls(maker, resource, is_destroy);
    } else if (resource->kind == RESOURCE_GATEWAY_ATTACHMENT) {
        uint32_t gateway = linked(import, maker->id, "internet_gateway_id", OBJECT_GATEWAY, is_destroy);
        uint32_t vpc = linked(import, maker->id, "vpc_id", OBJECT_VPC, is_destroy);
        uint32_t old_gateway = linked(import, maker->id, "internet_gateway_id", OBJECT_GATEWAY, true);
        bool in_place = !is_destroy && resource->change == CHANGE_UPDATE;
        if (in_place && old_gateway != gateway)
            detach_gateway(maker, "detach", old_gateway, vpc);
        if (is_destroy)
            detach_gateway(maker, NULL, gateway, vpc);
        else if (!in_place || old_gateway != gateway)
            attach_gateway(maker, NULL, gateway, vpc);
    } else if (resource->change == CHANGE_UPDATE) {
        return; /* rules, tags, attributes */
    } else if (resource->kind == RESOURCE_SUBNET && is_destroy) {
        add_step(maker, NULL, text_of(maker, "DeleteSubnet(subnet: %s)", name(maker, object)), NULL,
                 deletion_retry(maker));
        ignore_answer(maker, "InvalidSubnetID.NotFound");
    } else if (resource->kind == RESOURCE_SUBNET) {
        create_subnet(maker, object);
    } else if (resource->kind == RESOURCE_GROUP && is_destroy) {
        add_step(maker, NULL, text_of(maker, "DeleteSecurityGroup(group: %s, form: group_id)", name(maker, object)),
                 NULL, deletion_retry(maker));
        ignore_answer(maker, "InvalidGroup.NotFound");
    } else if (resource->kind == RESOURCE_GROUP) {
        add_step(maker, NULL, text_of(maker, "CreateSecurityGroup(group: %s, form: well_formed)", name(maker, object)),
                 NULL, NULL);
    } else if (resource->kind == RESOURCE_VPC && is_destroy) {
        add_step(maker, NULL, text_of(maker, "DeleteVpc(vpc: %s)", name(maker, object)), NULL, deletion_retry(maker));
        ignore_answer(maker, "InvalidVpcID.NotFound");
    } else if (resource->kind == RESOURCE_VPC) {
        create_vpc(maker, object);
    }
}

/* ---- the rest ---- */

/* Types, or beginnings of types, that touch no interface, address, Elastic IP, group, subnet or gateway. */
static const char *const harmless[] = {
    "null_", "random_", "tls_", "local_", "template_", "time_", "archive_", "external", "terraform_data", "http",
    "cloudinit_", "aws_iam_", "aws_s3_", "aws_s3control_", "aws_cloudwatch_", "aws_kms_", "aws_key_pair", "aws_route",
    "aws_ebs_", "aws_volume_attachment", "aws_sqs_", "aws_sns_", "aws_dynamodb_", "aws_ecr_", "aws_network_acl",
    "aws_default_network_acl", "aws_default_route_table", "aws_main_route_table_association", "aws_secretsmanager_",
    "aws_ssm_", "aws_acm_", "aws_cloudfront_", "aws_wafv2_", "aws_waf_", "aws_backup_", "aws_budgets_",
    "aws_cloudtrail", "aws_config_", "aws_flow_log", "aws_ami", "aws_snapshot", "aws_db_option_group",
    "aws_db_parameter_group", "aws_db_subnet_group", "aws_db_snapshot", "aws_neptune_cluster_snapshot",
    "aws_elasticache_subnet_group", "aws_elasticache_parameter_group", "aws_elasticsearch_domain_policy",
    "aws_kinesis_", "aws_cognito_", "aws_sfn_", "aws_lb_listener", "aws_lb_target_group", "aws_alb_listener",
    "aws_alb_target_group", "aws_lambda_permission", "aws_lambda_alias", "aws_lambda_layer_version",
    "aws_lambda_event_source_mapping", "aws_vpc_dhcp_options", "aws_placement_group", "aws_resourcegroups_",
    "aws_customer_gateway", "aws_vpn_gateway", "aws_egress_only_internet_gateway", "aws_launch_template",
    "aws_launch_configuration", "aws_guardduty_", "aws_inspector", "aws_xray_", "aws_glue_", "aws_athena_",
    "aws_events_", "aws_scheduler_", "aws_caller_identity", "aws_region", "aws_availability_zone", "aws_partition",
    /* their rules admit traffic; no call is refused because of those */
    "aws_vpc_security_group_egress_rule", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress",
    /* the same and more, as CloudFormation names them */
    "AWS::IAM::", "AWS::S3::", "AWS::Logs::", "AWS::CloudWatch::", "AWS::KMS::", "AWS::SNS::", "AWS::SQS::",
    "AWS::SSM::", "AWS::DynamoDB::", "AWS::Events::", "AWS::SecretsManager::", "AWS::CloudFormation::WaitCondition",
    "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::NetworkAcl",
    "AWS::EC2::SubnetNetworkAclAssociation", "AWS::EC2::DHCPOptions", "AWS::EC2::VPCDHCPOptionsAssociation",
    "AWS::EC2::LaunchTemplate", "AWS::EC2::KeyPair", "AWS::EC2::Volume", "AWS::EC2::FlowLog",
    "AWS::EC2::PlacementGroup", "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::Lambda::Permission"};

static bool is_harmless(const char *type) {
    for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
        if (strncmp(type, harmless[i], strlen(harmless[i])) == 0)
            return true;
    return false;
}

void name_the_rest(struct import *import) {
    struct name_map seen = {0};
    bool deletes_group = false;
    for (size_t i = 0; i < import->resources.count; i++)
        deletes_group |= import->resources.at[i].kind == RESOURCE_GROUP && is_destroyed(import->resources.at[i].change);
    for (size_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        const char *type = resource->parts.type;
        if (resource->kind != RESOURCE_OTHER || resource->change == CHANGE_NONE || is_harmless(type) ||
            name_map_get(&seen, type) != NONE)
            continue;
        name_map_put(&seen, type, 0);
        size_t count = 0;
        for (size_t k = i; k < import->resources.count; k++)
            count +=
                import->resources.at[k].change != CHANGE_NONE && strcmp(import->resources.at[k].parts.type, type) == 0;
        if (strstr(type, "security_group") == NULL)
            note(import, "%s (%zu): not followed; it may take interfaces, addresses or groups", type, count);
        else if (deletes_group)
            note(import,
                 "%s (%zu): rules of groups are not followed; one that names a group keeps it from being deleted", type,
                 count);
    }
    name_map_clear(&seen);
}
