/* What an update does to each resource: its properties before and after, and which of them can be changed in place.
 *
 * A resource is replaced if a property changes that can only be given at its creation, which is also so if the property
 * refers to a resource that is replaced.  The new one is made first; the old one is deleted when all updates have
 * succeeded.  A few types are replaced the other way round. */
#include <stdlib.h>
#include <string.h>

#include "import/cloudformation.h"

/* Source: the resource type schemas of the CloudFormation registry: createOnlyProperties,
 * conditionalCreateOnlyProperties, replacementStrategy (as of cfn-lint 1.51). */
static const struct replacement {
    const char *type, *always, *perhaps; /* properties, blanks around each */
    bool delete_first;                   /* replacementStrategy: delete_then_create */
} replacements[] = {
    {"AWS::EC2::VPC", " CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength ", " InstanceTenancy ", false},
    {"AWS::EC2::Subnet",
     " VpcId AvailabilityZone AvailabilityZoneId CidrBlock OutpostArn Ipv6Native Ipv4IpamPoolId Ipv4NetmaskLength "
     "Ipv6IpamPoolId Ipv6NetmaskLength ",
     " Ipv6CidrBlock ", false},
    {"AWS::EC2::VPCGatewayAttachment", " VpcId ", "", true},
    {"AWS::EC2::SecurityGroup", " GroupDescription GroupName VpcId ", "", false},
    {"AWS::EC2::NetworkInterface", " PrivateIpAddress InterfaceType SubnetId ", " EnablePrimaryIpv6 ", false},
    {"AWS::EC2::NetworkInterfaceAttachment", " DeviceIndex InstanceId NetworkInterfaceId ", "", true},
    {"AWS::EC2::EIP", " NetworkBorderGroup TransferAddress IpamPoolId Address ", "", false},
    {"AWS::EC2::EIPAssociation", " AllocationId NetworkInterfaceId InstanceId PrivateIpAddress EIP ", "", true},
    {"AWS::EC2::Instance",
     " AvailabilityZone CpuOptions ElasticGpuSpecifications ElasticInferenceAccelerators EnclaveOptions "
     "HibernationOptions HostResourceGroupArn ImageId Ipv6AddressCount Ipv6Addresses KeyName LaunchTemplate "
     "LicenseSpecifications NetworkInterfaces PlacementGroupName PrivateIpAddress SecurityGroups SubnetId ",
     " AdditionalInfo Affinity EbsOptimized HostId InstanceType KernelId RamdiskId Tenancy UserData "
     "BlockDeviceMappings ",
     false},
    {"AWS::EC2::NatGateway", " VpcId SubnetId ConnectivityType AllocationId PrivateIpAddress AvailabilityMode ", "",
     false},
    {"AWS::EC2::VPCCidrBlock",
     " Ipv6Pool VpcId AmazonProvidedIpv6CidrBlock Ipv6CidrBlock CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength "
     "Ipv6IpamPoolId Ipv6NetmaskLength Ipv6CidrBlockNetworkBorderGroup ",
     "", false},
    {"AWS::EC2::SubnetCidrBlock", " Ipv6CidrBlock SubnetId Ipv6IpamPoolId Ipv6NetmaskLength ", "", false},
    {"AWS::EC2::LaunchTemplate", " LaunchTemplateName ", "", false},
    {"AWS::ElasticLoadBalancingV2::LoadBalancer", " Name Type Scheme ", "", false},
};

static const struct replacement *replacement_of(const char *type) {
    for (size_t i = 0; i < ARRAY_SIZE(replacements); i++)
        if (strcmp(replacements[i].type, type) == 0)
            return &replacements[i];
    return NULL;
}

static bool lists(const char *names, const char *name) {
    char word[100];
    return snprintf(word, sizeof word, " %s ", name) < (int)sizeof word && strstr(names, word) != NULL;
}

/* ---- what is known already ---- */

bool is_another(enum change change) { return change == CHANGE_CREATE_DELETE || change == CHANGE_DELETE_CREATE; }

enum change change_of(const struct stack *stack, const char *name) {
    uint32_t id = name_map_get(&stack->numbers, name);
    return id == NONE ? CHANGE_CREATE : stack->changes.at[id];
}

static void decide(struct stack *stack, const char *name, enum change change) {
    uint32_t id = name_map_get(&stack->numbers, name);
    if (id == NONE) {
        name_map_put(&stack->numbers, name, (uint32_t)stack->names.count);
        vec_push(&stack->names, name);
        vec_push(&stack->changes, change);
    } else {
        stack->changes.at[id] = change;
    }
}

/* ---- differences ---- */

/* Does the value rest on a resource that becomes another one? */
static bool rests_on_another(const struct stack *stack, const struct jtree *value) {
    const char *resource = marked_resource(value);
    if (resource != NULL)
        return is_another(change_of(stack, resource));
    for (size_t i = 0; jtree_type(value) == JTREE_LIST && i < jtree_count(value); i++)
        if (rests_on_another(stack, jtree_at(value, i)))
            return true;
    for (const void *m = jtree_type(value) == JTREE_OBJECT ? jtree_next(value, NULL) : NULL; m != NULL;
         m = jtree_next(value, m))
        if (rests_on_another(stack, jtree_value(m)))
            return true;
    return false;
}

static const struct jtree *primary_of(const struct jtree *addresses) {
    for (size_t i = 0; i < jtree_count(addresses); i++) {
        const char *flag = text_at(jtree_at(addresses, i), "Primary");
        if (flag != NULL && strcmp(flag, "true") == 0)
            return jtree_get(jtree_at(addresses, i), "PrivateIpAddress");
    }
    return NULL;
}

struct difference {
    struct stack *stack;
    const struct declared *before, *after;
    const struct replacement *table; /* NULL: of a type that is not followed */
    bool any, replaces;
};

static void compare_property(struct difference *difference, const char *name) {
    const struct jtree *before = jtree_get(difference->before->properties, name),
                       *after = jtree_get(difference->after->properties, name);
    if (is_same(before, after) && !rests_on_another(difference->stack, after))
        return;
    difference->any = true;
    if (difference->table == NULL)
        return;
    const char *type = difference->table->type;
    if (lists(difference->table->always, name))
        difference->replaces = true;
    else if (strcmp(type, "AWS::EC2::NetworkInterface") == 0 && strcmp(name, "PrivateIpAddresses") == 0)
        difference->replaces |= !is_same(primary_of(before), primary_of(after));
    else if (lists(difference->table->perhaps, name) && strcmp(type, "AWS::EC2::Instance") == 0)
        note(difference->stack->import,
             "%s: a change of %s replaces an instance whose root device is no EBS volume: taken to have one, so that "
             "it is stopped, changed and started",
             difference->after->name, name);
    else if (lists(difference->table->perhaps, name))
        note(difference->stack->import, "%s: a change of %s may replace it: taken to be made in place",
             difference->after->name, name);
}

static enum change compare(struct stack *stack, const struct declared *before, const struct declared *after) {
    struct difference difference = {stack, before, after, replacement_of(after->type), false, false};
    for (const void *m = jtree_next(after->properties, NULL); m != NULL; m = jtree_next(after->properties, m))
        compare_property(&difference, jtree_name(m));
    for (const void *m = jtree_next(before->properties, NULL); m != NULL; m = jtree_next(before->properties, m))
        if (jtree_get(after->properties, jtree_name(m)) == NULL)
            compare_property(&difference, jtree_name(m));
    if (difference.replaces)
        return difference.table->delete_first ? CHANGE_DELETE_CREATE : CHANGE_CREATE_DELETE;
    return difference.any ? CHANGE_UPDATE : CHANGE_NONE;
}

/* What a resource refers to is decided before it.  `seen`: of each declared resource; a circle is reported later. */
static void compare_one(struct stack *stack, size_t index, char *seen) {
    const struct declared *after = &stack->after.declared.at[index], *before = declared_at(&stack->before, after->name);
    if (seen[index])
        return;
    seen[index] = 1;
    for (size_t i = 0; i < after->waits.count; i++) {
        uint32_t other = name_map_get(&stack->after.declared_names, after->waits.at[i]);
        if (other != NONE)
            compare_one(stack, other, seen);
    }
    if (before != NULL)
        decide(stack, after->name, compare(stack, before, after));
}

static bool compare_all(struct stack *stack) {
    char *seen = arena_alloc(&stack->import->arena, stack->after.declared.count + 1);
    for (size_t i = 0; i < stack->after.declared.count; i++)
        compare_one(stack, i, seen);
    return !diags_failed(stack->import->diags);
}

/* ---- change sets ---- */

static enum change change_in_set(struct stack *stack, const struct jtree *change, const char *name) {
    const char *action = text_at(change, "Action"), *replacement = text_at(change, "Replacement");
    const struct declared *after = declared_at(&stack->after, name);
    if (action == NULL || strcmp(action, "Add") == 0 || strcmp(action, "Import") == 0)
        return CHANGE_CREATE;
    if (strcmp(action, "Remove") == 0)
        return CHANGE_DELETE;
    if (replacement != NULL && strcmp(replacement, "Conditional") == 0) {
        note(stack->import, "%s: the change set leaves open whether it is replaced: decided by its properties", name);
        return change_of(stack, name) == CHANGE_NONE ? CHANGE_UPDATE : change_of(stack, name);
    }
    if (replacement == NULL || strcmp(replacement, "True") != 0)
        return CHANGE_UPDATE;
    const struct replacement *table = after == NULL ? NULL : replacement_of(after->type);
    return table != NULL && table->delete_first ? CHANGE_DELETE_CREATE : CHANGE_CREATE_DELETE;
}

static bool follow_change_set(struct stack *stack) {
    struct import *import = stack->import;
    const struct jtree *changes = jtree_get(stack->change_set, "Changes");
    struct name_map seen = {0};
    for (size_t i = 0; i < jtree_count(changes); i++) {
        const struct jtree *change = jtree_get(jtree_at(changes, i), "ResourceChange");
        const char *name = text_at(change, "LogicalResourceId"), *action = text_at(change, "Action");
        if (change == NULL) /* of a hook, for example */
            continue;
        if (name == NULL || action == NULL) {
            import_error(import, "the change set: item %zu has no Action and LogicalResourceId", i);
            break;
        }
        name_map_put(&seen, name, 0);
        bool removed = strcmp(action, "Remove") == 0;
        if (!removed && declared_at(&stack->after, name) == NULL && !stack->after.transforms) {
            import_error(import, "the change set changes %.100s, which the template does not have", name);
            break;
        }
        if (removed && declared_at(&stack->before, name) == NULL)
            note(import, "%s is removed: not followed, because its template is not given (--previous)", name);
        else if (declared_at(&stack->after, name) != NULL || removed)
            decide(stack, name, change_in_set(stack, change, name));
        if (strcmp(action, "Modify") == 0 && stack->before.tree == stack->after.tree)
            note(import, "%s: what it is like before is not given (--previous): taken to be as after", name);
    }
    for (size_t i = 0; i < stack->names.count; i++)
        if (name_map_get(&seen, stack->names.at[i]) == NONE)
            stack->changes.at[i] = CHANGE_NONE;
    name_map_clear(&seen);
    return !diags_failed(import->diags);
}

/* ---- all of it ---- */

static bool same_types(struct stack *stack) {
    struct import *import = stack->import;
    for (size_t i = 0; i < stack->after.declared.count; i++) {
        const struct declared *after = &stack->after.declared.at[i], *before = declared_at(&stack->before, after->name);
        if (before == NULL || strcmp(before->type, after->type) == 0)
            continue;
        import->place = place_of(import, stack->after.file, after->name);
        import_error(import, "resource %.100s was %.60s and becomes %.60s: no update changes the Type of a resource",
                     after->name, before->type, after->type);
        import->place.line = 0;
    }
    return !diags_failed(import->diags);
}

bool find_changes(struct stack *stack) {
    for (size_t i = 0; i < stack->after.declared.count; i++)
        decide(stack, stack->after.declared.at[i].name,
               declared_at(&stack->before, stack->after.declared.at[i].name) == NULL ? CHANGE_CREATE : CHANGE_NONE);
    for (size_t i = 0; i < stack->before.declared.count; i++)
        if (declared_at(&stack->after, stack->before.declared.at[i].name) == NULL)
            decide(stack, stack->before.declared.at[i].name, CHANGE_DELETE);
    if (!same_types(stack) || !compare_all(stack))
        return false;
    return stack->change_set == NULL || follow_change_set(stack);
}
