/* NAT gateways, public and private, and their further addresses. */
#include <string.h>

#include "import/calls.h"

static const char *name(struct maker *maker, uint32_t object) { return name_of(maker->import, object); }

static bool is_private(const struct jtree *values) {
    const char *connectivity = text_at(values, "connectivity_type");
    return connectivity != NULL && strcmp(connectivity, "private") == 0;
}

/* ---- further addresses: calls of their own, also where the creation asks for them in its own call ---- */

static void associate(struct maker *maker, const char *what, uint32_t gateway, uint32_t eip) {
    add_step(maker, what,
             text_of(maker, "AssociateNatGatewayAddress(gateway: %s, allocation: %s)", name(maker, gateway),
                     name(maker, eip)),
             text_of(maker, "not %s.associating", name(maker, gateway)), NULL);
    leave_address(maker, object_at(maker->import, gateway)->subnet, "private_ip");
}

static void disassociate(struct maker *maker, const char *what, uint32_t gateway, uint32_t eip) {
    add_step(maker, what,
             text_of(maker, "DisassociateNatGatewayAddress(gateway: %s, allocation: %s)", name(maker, gateway),
                     name(maker, eip)),
             text_of(maker, "%s.leaving == none", name(maker, gateway)), NULL);
}

static void assign(struct maker *maker, uint32_t gateway, uint32_t address) {
    add_step(maker,
             text_of(maker, "assign %s", address == NONE ? "an address" : object_at(maker->import, address)->name),
             text_of(maker, "AssignPrivateNatGatewayAddress(gateway: %s, private_ip: %s)", name(maker, gateway),
                     name(maker, address)),
             NULL, NULL);
    if (address == NONE)
        leave_address(maker, object_at(maker->import, gateway)->subnet, "assigned");
}

static void unassign(struct maker *maker, uint32_t gateway, uint32_t address) {
    add_step(maker, text_of(maker, "unassign %s", object_at(maker->import, address)->name),
             text_of(maker, "UnassignPrivateNatGatewayAddress(gateway: %s, private_ip: %s)", name(maker, gateway),
                     name(maker, address)),
             NULL, NULL);
}

static bool has(const id_list *list, uint32_t id) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == id)
            return true;
    return false;
}

/* Those that go first, then those that come. */
static void change_elastic_ips(struct maker *maker, uint32_t gateway, bool was_there) {
    struct import *import = maker->import;
    id_list old = {0}, new = {0};
    if (was_there)
        linked_set(import, maker->id, "secondary_allocation_ids", OBJECT_EIP, true, &old);
    linked_set(import, maker->id, "secondary_allocation_ids", OBJECT_EIP, false, &new);
    for (size_t i = 0; i < old.count; i++)
        if (!has(&new, old.at[i]))
            disassociate(maker, text_of(maker, "disassociate %s", object_at(import, old.at[i])->name), gateway,
                         old.at[i]);
    for (size_t i = 0; i < new.count; i++)
        if (!has(&old, new.at[i]))
            associate(maker, text_of(maker, "associate %s", object_at(import, new.at[i])->name), gateway, new.at[i]);
    if (was_there && new.count == 0 && is_hidden(import, maker->id, "secondary_allocation_ids", OBJECT_EIP))
        note(import, "%s: which secondary Elastic IPs it is to have is not known: not followed",
             import->resources.at[maker->id].address);
    vec_free(&old);
    vec_free(&new);
}

static void read_addresses(struct maker *maker, uint32_t subnet, const struct jtree *values, id_list *list) {
    const struct jtree *given = value_at(values, "secondary_private_ip_addresses");
    for (size_t i = 0; i < jtree_count(given); i++)
        add_id(list, address_object(maker->import, subnet, jtree_string(jtree_at(given, i)), true));
}

static void change_addresses(struct maker *maker, uint32_t gateway, const struct jtree *before,
                             const struct jtree *after) {
    uint32_t subnet = object_at(maker->import, gateway)->subnet;
    id_list old = {0}, new = {0};
    read_addresses(maker, subnet, before, &old);
    read_addresses(maker, subnet, after, &new);
    bool listed =
        before == NULL ? new.count > 0 : jtree_type(value_at(after, "secondary_private_ip_addresses")) == JTREE_LIST;
    for (size_t i = 0; listed && i < old.count; i++)
        if (!has(&new, old.at[i]))
            unassign(maker, gateway, old.at[i]);
    for (size_t i = 0; i < new.count; i++)
        if (!has(&old, new.at[i]))
            assign(maker, gateway, new.at[i]);
    int64_t had = number_at(before, "secondary_private_ip_address_count", 0);
    int64_t wanted = number_at(after, "secondary_private_ip_address_count", 0);
    for (int64_t i = had; !listed && i < wanted && i < had + 100; i++)
        assign(maker, gateway, NONE);
    if (!listed && wanted < had)
        note(maker->import,
             "%s: which addresses go as secondary_private_ip_address_count falls is not determined: not "
             "followed",
             maker->import->resources.at[maker->id].address);
    vec_free(&old);
    vec_free(&new);
}

/* ---- aws_nat_gateway ---- */

static void update(struct maker *maker, const struct resource *resource) {
    struct import *import = maker->import;
    if (is_private(resource->after)) {
        if (is_changed(import, resource, "secondary_private_ip_addresses") ||
            is_changed(import, resource, "secondary_private_ip_address_count"))
            change_addresses(maker, resource->new_object, resource->before, resource->after);
    } else if (is_changed(import, resource, "secondary_allocation_ids"))
        change_elastic_ips(maker, resource->new_object, true);
}

static void create(struct maker *maker, const struct resource *resource) {
    struct import *import = maker->import;
    uint32_t gateway = resource->new_object, subnet = object_at(import, gateway)->subnet;
    const struct jtree *values = resource->after;
    uint32_t eip = is_private(values) ? NONE : object_at(import, gateway)->eip;
    if (!is_private(values) && eip == NONE) {
        note(import, "%s: left out, because its Elastic IP is not known", resource->address);
        return;
    }
    uint32_t address = address_object(import, subnet, text_at(values, "private_ip"), true);
    if (address == NONE) {
        object_at(import, subnet)->automatic++;
        object_at(import, gateway)->picks = true;
    }
    add_step(maker, NULL,
             text_of(maker,
                     "CreateNatGateway(subnet: %s, allocation: %s, private_ip: %s, form: well_formed | gateway: %s)",
                     name(maker, subnet), name(maker, eip), name(maker, address), name(maker, gateway)),
             text_of(maker, "%s.status == available", name(maker, gateway)), NULL);
    if (is_private(values)) {
        change_addresses(maker, gateway, NULL, values);
        return;
    }
    change_elastic_ips(maker, gateway, false);
    if (jtree_count(value_at(values, "secondary_private_ip_addresses")) > 0)
        note(import,
             "%s: which of its secondary_private_ip_addresses goes with which Elastic IP is not followed, EC2 "
             "picks them",
             resource->address);
}

void nat_calls(struct maker *maker, bool is_destroy) {
    const struct resource *resource = &maker->import->resources.at[maker->id];
    if (is_destroy) {
        add_step(maker, NULL, text_of(maker, "DeleteNatGateway(gateway: %s)", name(maker, resource->old_object)),
                 text_of(maker, "%s.status == absent", name(maker, resource->old_object)), NULL);
        ignore_answer(maker, "NatGatewayNotFound");
    } else if (resource->change == CHANGE_UPDATE)
        update(maker, resource);
    else
        create(maker, resource);
}

/* ---- aws_nat_gateway_eip_association ---- */

void nat_association_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    const struct resource *resource = &import->resources.at[maker->id];
    uint32_t gateway = linked(import, maker->id, "nat_gateway_id", OBJECT_NAT, is_destroy);
    uint32_t eip = linked(import, maker->id, "allocation_id", OBJECT_EIP, is_destroy);
    if (!is_destroy && resource->change == CHANGE_UPDATE)
        return;
    if (gateway == NONE || eip == NONE)
        note(import, "%s: left out, because its NAT gateway or its Elastic IP is not known", resource->address);
    else if (is_destroy)
        disassociate(maker, NULL, gateway, eip);
    else
        associate(maker, NULL, gateway, eip);
}
