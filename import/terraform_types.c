/* Values of a plan that cannot be: Terraform writes every attribute in the type of the provider's schema. */
#include <string.h>

#include "import/objects.h"

enum form { FORM_TEXT, FORM_TEXTS, FORM_BLOCKS };

static const char *const form_words[] = {"a text", "a list of texts", "a list of blocks"};

/* Of attributes that are followed.  One that has a form of its own in a resource type stands there with its kind. */
static const struct attribute {
    const char *name;
    enum resource_kind kind; /* RESOURCE_OTHER: any that is followed */
    enum form form;
} attributes[] = {
    {"subnet_id", RESOURCE_OTHER, FORM_TEXT},
    {"vpc_id", RESOURCE_OTHER, FORM_TEXT},
    {"cidr_block", RESOURCE_OTHER, FORM_TEXT},
    {"availability_zone", RESOURCE_OTHER, FORM_TEXT},
    {"instance_type", RESOURCE_OTHER, FORM_TEXT},
    {"allocation_id", RESOURCE_OTHER, FORM_TEXT},
    {"instance_id", RESOURCE_OTHER, FORM_TEXT},
    {"network_interface_id", RESOURCE_OTHER, FORM_TEXT},
    {"private_ip", RESOURCE_OTHER, FORM_TEXT},
    {"private_ips", RESOURCE_OTHER, FORM_TEXTS},
    {"private_ip_list", RESOURCE_OTHER, FORM_TEXTS},
    {"secondary_private_ips", RESOURCE_OTHER, FORM_TEXTS},
    {"ipv6_addresses", RESOURCE_OTHER, FORM_TEXTS},
    {"ipv4_prefixes", RESOURCE_OTHER, FORM_TEXTS},
    {"ipv6_prefixes", RESOURCE_OTHER, FORM_TEXTS},
    {"security_groups", RESOURCE_OTHER, FORM_TEXTS},
    {"vpc_security_group_ids", RESOURCE_OTHER, FORM_TEXTS},
    {"attachment", RESOURCE_INTERFACE, FORM_BLOCKS},
    {"network_interface", RESOURCE_INSTANCE, FORM_BLOCKS},
    {"network_interface", RESOURCE_EIP, FORM_TEXT},
};

static const char *type_words(enum jtree_type type) {
    switch (type) {
    case JTREE_TEXT:
        return "a text";
    case JTREE_NUMBER:
        return "a number";
    case JTREE_BOOL:
        return "true or false";
    case JTREE_LIST:
        return "a list";
    case JTREE_OBJECT:
        return "an object";
    case JTREE_NONE:
    case JTREE_NULL:
        break;
    }
    return "null";
}

static bool is_type(enum jtree_type found, enum jtree_type wanted) {
    return found == wanted || found == JTREE_NULL || found == JTREE_NONE; /* those: not known, or not given */
}

static bool check_attribute(struct import *import, const struct resource *resource, const struct attribute *attribute,
                            const struct jtree *value) {
    bool is_list = attribute->form != FORM_TEXT;
    enum jtree_type found = jtree_type(value);
    if (!is_type(found, is_list ? JTREE_LIST : JTREE_TEXT)) {
        import_error(import, "%s: '%s' is %s; expected %s", resource->address, attribute->name, type_words(found),
                     form_words[attribute->form]);
        return false;
    }
    for (size_t i = 0; found == JTREE_LIST && i < jtree_count(value); i++)
        if (!is_type(jtree_type(jtree_at(value, i)), attribute->form == FORM_TEXTS ? JTREE_TEXT : JTREE_OBJECT)) {
            import_error(import, "%s: item %zu of '%s' is %s; expected %s", resource->address, i + 1, attribute->name,
                         type_words(jtree_type(jtree_at(value, i))), form_words[attribute->form]);
            return false;
        }
    return true;
}

/* What EC2 would refuse at the creation is a finding; of what is there, it cannot be. */
static bool check_block(struct import *import, const struct resource *resource, const struct jtree *values) {
    const char *cidr = text_at(values, "cidr_block"), *form;
    uint32_t base, bits;
    if ((resource->kind != RESOURCE_SUBNET && resource->kind != RESOURCE_VPC) || cidr == NULL ||
        is_created(resource->change))
        return true;
    form = cidr_form(cidr, &base, &bits);
    if (form == NULL || strcmp(form, "malformed_cidr") != 0)
        return true;
    import_error(import, "%s: 'cidr_block' is '%.40s'; expected a CIDR block like 10.0.1.0/24", resource->address,
                 cidr);
    return false;
}

bool check_values(struct import *import, const struct resource *resource) {
    const struct jtree *both[] = {resource->before, resource->after};
    for (size_t v = 0; v < ARRAY_SIZE(both) && resource->kind != RESOURCE_OTHER; v++) {
        for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
            if ((attributes[i].kind == RESOURCE_OTHER || attributes[i].kind == resource->kind) &&
                !check_attribute(import, resource, &attributes[i], jtree_get(both[v], attributes[i].name)))
                return false;
        if (!check_block(import, resource, both[v]))
            return false;
    }
    return true;
}
