/* Operations become steps: one call each, in the order in which the provider makes them. */
#include "import/calls.h"

#include <stdarg.h>
#include <string.h>

const char *text_of(struct maker *maker, const char *format, ...) {
    char text[4000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return arena_text(&maker->import->arena, text, strlen(text));
}

const char *set_of(struct import *import, const id_list *ids) {
    const char *text = "{";
    for (size_t i = 0; i < ids->count; i++)
        text = arena_format(&import->arena, "%s%s%s", text, i == 0 ? "" : ", ", name_of(import, ids->at[i]));
    return arena_format(&import->arena, "%s}", text);
}

#define MOST_STEP_BYTES 88 /* of 100; a number may follow, and "_done" */

void add_step(struct maker *maker, const char *what, const char *call, const char *until, const char *retry) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    struct operation *operation = &import->operations.at[maker->operation];
    const char *name = text_of(maker, "%s_%s", maker->verb, plain_name(import, resource->address));
    if (resource->deposed != NULL)
        name = plain_name(import, text_of(maker, "%s_deposed_%.20s", name, resource->deposed));
    if (what != NULL)
        name = text_of(maker, "%s_%s", name, plain_name(import, what));
    const char *free_name = name;
    if (strlen(name) > MOST_STEP_BYTES)
        free_name = name = text_of(maker, "%.*s", MOST_STEP_BYTES, name);
    for (unsigned i = 2; name_map_get(&import->steps_by_name, free_name) != NONE; i++)
        free_name = text_of(maker, "%s_%u", name, i);
    name_map_put(&import->steps_by_name, free_name, 0);
    const char *deposed = resource->deposed == NULL ? "" : text_of(maker, ", deposed %s", resource->deposed);
    struct step step = {.name = free_name, .call = call, .until = until, .retry = retry, .operation = maker->operation};
    step.about = what == NULL ? text_of(maker, "%s (%s%s)", resource->address, maker->verb, deposed)
                              : text_of(maker, "%s (%s%s, %s)", resource->address, maker->verb, deposed, what);
    if (operation->step_count++ == 0)
        operation->first_step = (uint32_t)import->steps.count;
    vec_push(&import->steps, step);
}

void ignore_answer(struct maker *maker, const char *code) {
    maker->import->steps.at[maker->import->steps.count - 1].ignore = code;
}

void establish(struct maker *maker, const char *condition) {
    maker->import->steps.at[maker->import->steps.count - 1].establishes = condition;
}

void leave_address(struct maker *maker, uint32_t subnet, const char *choice) {
    struct step *step = &maker->import->steps.at[maker->import->steps.count - 1];
    step->picks = choice;
    step->subnet = subnet;
    object_at(maker->import, subnet)->automatic++;
}

/* Addresses that no call names are as good as each other: in a subnet with none but those, which of them the service
 * picks makes no difference to any response.  So each step gets one of its own, and the schedules are the only choice.
 */
static void settle_addresses(struct import *import) {
    for (uint32_t s = 0; s < import->objects.count; s++) {
        const struct ec2_object *subnet = &import->objects.at[s];
        bool same = subnet->kind == OBJECT_SUBNET && subnet->automatic > 0;
        id_list free_addresses = {0};
        for (uint32_t i = 0; same && i < import->objects.count; i++) {
            const struct ec2_object *address = &import->objects.at[i];
            if (address->kind != OBJECT_ADDRESS || address->subnet != s)
                continue;
            same = !address->asked;
            if (address->interface == NONE)
                vec_push(&free_addresses, i);
        }
        size_t next = 0;
        for (uint32_t i = 0; same && free_addresses.count == subnet->automatic && i < import->objects.count; i++)
            if (import->objects.at[i].picks && import->objects.at[i].subnet == s)
                object_at(import, i)->picked = free_addresses.at[next++];
        for (size_t i = 0; same && free_addresses.count == subnet->automatic && i < import->steps.count; i++) {
            struct step *step = &import->steps.at[i];
            if (step->picks == NULL || step->subnet != s)
                continue;
            step->call = arena_format(&import->arena, "%.*s%s%s: %s)", (int)strlen(step->call) - 1, step->call,
                                      strchr(step->call, '|') == NULL ? " | " : ", ", step->picks,
                                      name_of(import, free_addresses.at[next++]));
        }
        vec_free(&free_addresses);
    }
}

bool is_same(const struct jtree *one, const struct jtree *other) {
    if (jtree_type(one) != jtree_type(other))
        return jtree_type(one) <= JTREE_NULL && jtree_type(other) <= JTREE_NULL;
    switch (jtree_type(one)) {
    case JTREE_NONE:
    case JTREE_NULL:
        return true;
    case JTREE_BOOL:
        return jtree_truth(one) == jtree_truth(other);
    case JTREE_NUMBER:
        return jtree_integer(one) == jtree_integer(other);
    case JTREE_TEXT:
        return strcmp(jtree_string(one), jtree_string(other)) == 0;
    case JTREE_LIST:
        for (size_t i = 0; i < jtree_count(one) && jtree_count(one) == jtree_count(other); i++)
            if (!is_same(jtree_at(one, i), jtree_at(other, i)))
                return false;
        return jtree_count(one) == jtree_count(other);
    case JTREE_OBJECT:
        for (const void *m = jtree_next(one, NULL); m != NULL; m = jtree_next(one, m))
            if (!is_same(jtree_value(m), jtree_get(other, jtree_name(m))))
                return false;
        for (const void *m = jtree_next(other, NULL); m != NULL; m = jtree_next(other, m))
            if (!is_same(jtree_value(m), jtree_get(one, jtree_name(m))))
                return false;
        return true;
    }
    return false;
}

bool is_changed(const struct import *import, const struct resource *resource, const char *path) {
    const struct jtree *body = import->blocks.at[resource->block]->body, *after = value_at(resource->after, path);
    if (after == NULL && body != NULL && jtree_get(jtree_get(body, "expressions"), path) == NULL &&
        jtree_truth(value_at(resource->unknown, path)))
        return false; /* the provider will know, and the configuration does not say */
    return any_unknown(value_at(resource->unknown, path)) || !is_same(value_at(resource->before, path), after);
}

/* ---- what is over by then ---- */

static bool is_terminated_before(struct import *import, uint32_t instance, uint32_t operation) {
    for (size_t i = 0; i < import->resources.count; i++)
        if (import->resources.at[i].kind == RESOURCE_INSTANCE && import->resources.at[i].old_object == instance &&
            comes_before(import, import->resources.at[i].destroy, operation))
            return true;
    return false;
}

bool attachment_ends_before(struct import *import, uint32_t interface, uint32_t operation) {
    uint32_t instance = object_at(import, interface)->instance;
    if (instance == NONE || is_terminated_before(import, instance, operation))
        return true;
    for (uint32_t i = 0; i < import->resources.count; i++)
        if (import->resources.at[i].kind == RESOURCE_ATTACHMENT &&
            comes_before(import, import->resources.at[i].destroy, operation) &&
            linked(import, i, "network_interface_id", OBJECT_INTERFACE, true) == interface)
            return true;
    return false;
}

/* Does a NAT gateway have the Elastic IP in the end? */
static bool keeps_elastic_ip(struct import *import, uint32_t gateway, uint32_t eip) {
    id_list list = {0};
    add_id(&list, object_at(import, import->resources.at[gateway].new_object)->eip);
    linked_set(import, gateway, "secondary_allocation_ids", OBJECT_EIP, false, &list);
    bool found = false;
    for (size_t i = 0; i < list.count; i++)
        found |= list.at[i] == eip;
    vec_free(&list);
    return found;
}

bool association_ends_before(struct import *import, uint32_t eip, uint32_t operation) {
    uint32_t address = object_at(import, eip)->address;
    if (address == NONE)
        return true;
    uint32_t interface = object_at(import, address)->interface;
    for (uint32_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        bool gone = comes_before(import, resource->destroy, operation);
        /* the same Elastic IP, associated again since: the old association is dead, the new one is another's */
        bool again = comes_before(import, resource->create, operation);
        if (resource->kind == RESOURCE_ASSOCIATION && (gone || again) &&
            linked(import, i, "allocation_id", OBJECT_EIP, gone) == eip)
            return true;
        if (resource->kind == RESOURCE_NAT_ASSOCIATION && gone &&
            linked(import, i, "allocation_id", OBJECT_EIP, true) == eip)
            return true;
        if (resource->kind == RESOURCE_NAT && again && resource->old_interface == interface && interface != NONE &&
            !keeps_elastic_ip(import, i, eip))
            return true; /* an update takes it away; a new gateway has another interface */
        if (!gone || interface == NONE)
            continue;
        if ((resource->kind == RESOURCE_NAT || resource->kind == RESOURCE_INSTANCE) &&
            resource->old_interface == interface &&
            (resource->kind == RESOURCE_NAT || object_at(import, interface)->delete_on_termination))
            return true;
        if (resource->kind == RESOURCE_INTERFACE && resource->old_object == interface)
            return true;
        if (resource->kind == RESOURCE_BALANCER && is_of_balancer(import, interface, resource->old_object))
            return true;
    }
    return false;
}

/* ---- all of them ---- */

void make_steps(struct import *import) {
    for (uint32_t i = 0; i < import->operations.count; i++) {
        struct operation *operation = &import->operations.at[i];
        const struct resource *resource = &import->resources.at[operation->resource];
        bool destroy = operation->is_destroy;
        import->world = resource->world;
        struct maker maker = {import, operation->resource, i,
                              destroy                        ? "delete"
                              : is_created(resource->change) ? "create"
                                                             : "update"};
        switch (resource->kind) {
        case RESOURCE_INTERFACE:
            interface_calls(&maker, destroy);
            break;
        case RESOURCE_ATTACHMENT:
            attachment_calls(&maker, destroy);
            break;
        case RESOURCE_GROUP_ATTACHMENT:
            group_attachment_calls(&maker, destroy);
            break;
        case RESOURCE_INSTANCE:
            instance_calls(&maker, destroy);
            break;
        case RESOURCE_EIP:
            eip_calls(&maker, destroy);
            break;
        case RESOURCE_ASSOCIATION:
            association_calls(&maker, destroy);
            break;
        case RESOURCE_NAT_ASSOCIATION:
            nat_association_calls(&maker, destroy);
            break;
        case RESOURCE_NAT:
            nat_calls(&maker, destroy);
            break;
        case RESOURCE_CIDR_BLOCK:
        case RESOURCE_SUBNET_BLOCK:
            cidr_block_calls(&maker, destroy);
            break;
        case RESOURCE_BALANCER:
            balancer_calls(&maker, destroy);
            break;
        case RESOURCE_VPC:
        case RESOURCE_SUBNET:
        case RESOURCE_GATEWAY:
        case RESOURCE_GATEWAY_ATTACHMENT:
        case RESOURCE_GROUP:
            network_calls(&maker, destroy);
            break;
        case RESOURCE_DEFAULT_VPC: /* these adopt what is there, and leave it when they go */
        case RESOURCE_DEFAULT_SUBNET:
        case RESOURCE_DEFAULT_GROUP: /* its rules do not matter here */
        case RESOURCE_OTHER:
            break;
        }
    }
    import->world = NONE;
    fill_unknown_places(import); /* of what was met on the way */
    add_automatic_addresses(import);
    settle_addresses(import);
    assume_quotas(import);
    doubt_blocks(import);
    name_the_rest(import);
}
