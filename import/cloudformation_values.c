/* The values of a stack's resources as Terraform has them for the same thing, and an expression where the value is what
 * a resource to come will give. */
#include <stdio.h>
#include <string.h>

#include "import/cloudformation.h"

/* CloudFormation's type, ours. */
static const struct {
    const char *type, *own;
} types[] = {{"AWS::EC2::VPC", "aws_vpc"},
             {"AWS::EC2::VPCCidrBlock", "aws_vpc_ipv4_cidr_block_association"},
             {"AWS::EC2::Subnet", "aws_subnet"},
             {"AWS::EC2::InternetGateway", "aws_internet_gateway"},
             {"AWS::EC2::VPCGatewayAttachment", "aws_internet_gateway_attachment"},
             {"AWS::EC2::SecurityGroup", "aws_security_group"},
             {"AWS::EC2::NetworkInterface", "aws_network_interface"},
             {"AWS::EC2::NetworkInterfaceAttachment", "aws_network_interface_attachment"},
             {"AWS::EC2::EIP", "aws_eip"},
             {"AWS::EC2::EIPAssociation", "aws_eip_association"},
             {"AWS::EC2::Instance", "aws_instance"},
             {"AWS::EC2::NatGateway", "aws_nat_gateway"},
             {"AWS::ElasticLoadBalancingV2::LoadBalancer", "aws_lb"}};

const char *own_type(const char *type) {
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

/* ---- blocks and parts ---- */

uint32_t block_number(struct stack *stack, const char *own, const char *name) {
    return name_map_get(&stack->import->blocks_by_address, key_of(stack->import, own, name));
}

uint32_t block_make(struct stack *stack, const char *own, const char *name) {
    struct import *import = stack->import;
    uint32_t known = block_number(stack, own, name);
    if (known != NONE)
        return known;
    struct block *block = arena_alloc(&import->arena, sizeof *block);
    *block = (struct block){.address = name, .type = own, .module = import->modules.at[0]};
    known = (uint32_t)import->blocks.count;
    name_map_put(&import->blocks_by_address, key_of(import, own, name), known);
    vec_push(&import->blocks, block);
    return known;
}

const char *physical_id(struct import *import, const char *name) {
    return arena_format(&import->arena, "stack/%s", name);
}

struct made made_begin(struct template *template, const char *name) {
    struct made made = {template, name, jtree_object(), jtree_object(), jtree_object()};
    struct import *import = template->import;
    vec_push(&import->trees, made.values);
    vec_push(&import->trees, made.unknown);
    if (template->is_old || !is_created(change_of(template->stack, name)))
        jtree_put(made.values, "id", jtree_text(physical_id(import, name)));
    else
        jtree_put(made.unknown, "id", jtree_bool(true));
    return made;
}

void made_finish(struct made *made, const char *own, const char *of) {
    struct stack *stack = made->template->stack;
    struct import *import = stack->import;
    const char *key = key_of(import, own, made->name);
    uint32_t id = name_map_get(&stack->parts_by_key, key);
    if (id == NONE) {
        id = (uint32_t)stack->parts.count;
        struct part part = {.name = made->name, .own = own, .of = of, .block = block_make(stack, own, made->name)};
        const char *declared = of == NULL ? made->name : of;
        part.change = change_of(stack, declared);
        part.at = place_text(import, made->template->file, declared);
        vec_push(&stack->parts, part);
        name_map_put(&stack->parts_by_key, key, id);
    }
    struct part *part = &stack->parts.at[id];
    struct jtree *body = jtree_object();
    jtree_put(body, "expressions", made->expressions);
    vec_push(&import->trees, body);
    if (made->template->is_old) {
        part->before = made->values;
    } else {
        part->after = made->values;
        part->unknown = made->unknown;
        import->blocks.at[part->block]->body = body;
    }
}

/* ---- links ---- */

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

void put_link(struct template *template, struct jtree *values, struct jtree *unknown, struct jtree *expressions,
              const char *to, const struct jtree *value) {
    const char *text = jtree_string(value), *resource = marked_resource(value);
    if (text == NULL)
        text = marked_unknown(value);
    if (resource != NULL && is_followed(template, resource)) {
        enum change change = change_of(template->stack, resource);
        if (template->is_old || !is_created(change)) {
            jtree_put(values, to, jtree_text(physical_id(template->import, resource)));
            return;
        }
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

void link_to(struct made *made, const char *to, const struct jtree *value) {
    put_link(made->template, made->values, made->unknown, made->expressions, to, value);
}

void link_all(struct made *made, const char *to, const struct jtree *value) {
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

void put_text(struct made *made, const char *to, const struct jtree *value) {
    if (jtree_string(value) != NULL)
        jtree_put(made->values, to, jtree_text(jtree_string(value)));
}

void put_flag(struct made *made, const char *to, const struct jtree *value) {
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
    uint32_t number = name_map_get(&made->template->stack->stand_in_numbers, name);
    unsigned a = 10, b = 255, c = 250, d = 0, prefix = 24;
    if (number == NONE) {
        number = made->template->stack->stand_ins++;
        name_map_put(&made->template->stack->stand_in_numbers, arena_text(&import->arena, name, strlen(name)), number);
    }
    const char *text = jtree_string(block);
    bool known = text != NULL && sscanf(text, "%3u.%3u.%3u.%3u/%2u", &a, &b, &c, &d, &prefix) == 5 && prefix <= 30;
    if (!known)
        a = 10, b = 255, c = 250, d = 0, prefix = 24;
    uint32_t size = UINT32_C(1) << (prefix == 0 ? 31 : 32 - prefix);
    uint32_t value = ((a << 24 | b << 16 | c << 8 | d) & ~(size - 1)) + size - 2 - (size > 8 ? number % (size - 6) : 0);
    jtree_free(block);
    const char *address =
        arena_format(&import->arena, "%u.%u.%u.%u", value >> 24, value >> 16 & 255, value >> 8 & 255, value & 255);
    note(import, "%s: the address %s is not given: taken to be %s, an address like any other of its subnet", made->name,
         name, address);
    return address;
}

const char *address_text(struct made *made, const struct jtree *value, const struct jtree *subnet) {
    const char *text = jtree_string(value), *name = marked_unknown(value), *resource = marked_resource(value);
    if (resource != NULL && !is_followed(made->template, resource)) /* a custom resource computes it */
        name = arena_format(&made->template->import->arena, "%s.%s", resource,
                            jtree_string(jtree_get(value, MARK_ATTRIBUTE)));
    if (text != NULL && *text != '\0')
        return text;
    return name == NULL ? NULL : stand_in(made, name, subnet);
}
