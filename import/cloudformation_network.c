/* Load balancers of stacks; IPv6 blocks of their VPCs and subnets. */
#include <stdlib.h>
#include <string.h>

#include "import/cloudformation.h"

/* ---- load balancers ---- */

void read_balancer(struct made *made, const struct jtree *from) {
    static const struct {
        const char *property, *to;
        bool is_link;
    } fields[] = {{"SubnetId", "subnet_id", true},
                  {"AllocationId", "allocation_id", true},
                  {"PrivateIPv4Address", "private_ipv4_address", false}};
    const struct jtree *mappings = jtree_get(from, "SubnetMappings"),
                       *attributes = jtree_get(from, "LoadBalancerAttributes");
    const char *scheme = text_at(from, "Scheme");
    put_text(made, "load_balancer_type", jtree_get(from, "Type"));
    jtree_put(made->values, "internal", jtree_bool(scheme != NULL && strcmp(scheme, "internal") == 0));
    for (size_t i = 0; i < jtree_count(attributes); i++) {
        const char *key = text_at(jtree_at(attributes, i), "Key");
        if (key != NULL && strcmp(key, "deletion_protection.enabled") == 0)
            put_flag(made, "enable_deletion_protection", jtree_get(jtree_at(attributes, i), "Value"));
    }
    link_all(made, "security_groups", jtree_get(from, "SecurityGroups"));
    link_all(made, "subnets", jtree_get(from, "Subnets"));
    struct jtree *values = jtree_list(), *unknown = jtree_list(), *expressions = jtree_list();
    for (size_t i = 0; i < jtree_count(mappings); i++) {
        struct jtree *one = jtree_object(), *open = jtree_object(), *expression = jtree_object();
        for (size_t f = 0; f < ARRAY_SIZE(fields); f++) {
            const struct jtree *value = jtree_get(jtree_at(mappings, i), fields[f].property);
            if (fields[f].is_link)
                put_link(made->template, one, open, expression, fields[f].to, value);
            else if (address_text(made, value, NULL) != NULL)
                jtree_put(one, fields[f].to, jtree_text(address_text(made, value, NULL)));
        }
        jtree_add(values, one);
        jtree_add(unknown, open);
        jtree_add(expressions, expression);
    }
    jtree_put(made->values, "subnet_mapping", values);
    jtree_put(made->unknown, "subnet_mapping", unknown);
    jtree_put(made->expressions, "subnet_mapping", expressions);
}

/* ---- IPv6 ---- */

static bool is_true(const struct jtree *from, const char *name) {
    const char *text = text_at(from, name);
    return text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "True") == 0);
}

/* `ipv6_of_vpc`: a part of what the VPC has by then. */
void read_ipv6_block(struct made *made, const struct declared *declared) {
    static const char *const names[] = {"Ipv6CidrBlock", "Ipv6IpamPoolId", "Ipv6NetmaskLength", "Ipv6Pool"};
    const struct jtree *from = declared->properties;
    bool any = is_true(from, "Ipv6Native") || is_true(from, "AmazonProvidedIpv6CidrBlock");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        any |= jtree_get(from, names[i]) != NULL;
    bool subnet = strcmp(declared->type, "AWS::EC2::Subnet") == 0;
    const struct jtree *written = jtree_get(jtree_get(declared->body, "Properties"), "Ipv6CidrBlock");
    char *text = written == NULL ? NULL : jtree_canonical(written);
    jtree_put(made->values, subnet ? "has_ipv6" : "ipv6", jtree_bool(any));
    jtree_put(made->values, "ipv6_of_vpc",
              jtree_bool(subnet && any && text != NULL && strstr(text, "Ipv6CidrBlocks") != NULL));
    jtree_put(made->values, "assigns_ipv6", jtree_bool(is_true(from, "AssignIpv6AddressOnCreation")));
    free(text);
}
