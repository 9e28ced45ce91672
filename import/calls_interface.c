/* Interfaces, their attachments and groups; instances. */
#include <string.h>

#include "import/calls.h"

static const char *name(struct maker *maker, uint32_t object) { return name_of(maker->import, object); }

static const char *status_is(struct maker *maker, uint32_t object, const char *status) {
    return text_of(maker, "%s.status == %s", name(maker, object), status);
}

static void assign(struct maker *maker, uint32_t interface, uint32_t address) {
    add_step(
        maker, text_of(maker, "assign %s", address == NONE ? "an address" : object_at(maker->import, address)->name),
        text_of(maker,
                "AssignPrivateIpAddresses(interface: %s, private_ip: %s, allow_reassignment: false, form: well_formed)",
                name(maker, interface), name(maker, address)),
        NULL, NULL);
    if (address == NONE)
        leave_address(maker, object_at(maker->import, interface)->subnet, "assigned");
}

static void unassign(struct maker *maker, uint32_t interface, uint32_t address) {
    add_step(maker, text_of(maker, "unassign %s", object_at(maker->import, address)->name),
             text_of(maker, "UnassignPrivateIpAddresses(interface: %s, private_ip: %s, form: well_formed)",
                     name(maker, interface), name(maker, address)),
             NULL, NULL);
}

static void check_source(struct maker *maker, uint32_t interface, bool value) {
    add_step(maker, "source_dest_check",
             text_of(maker, "ModifyNetworkInterfaceAttribute_sourceDestCheck(interface: %s, value: %s)",
                     name(maker, interface), value ? "true" : "false"),
             NULL, NULL);
}

static void set_groups(struct maker *maker, uint32_t interface, const char *groups) {
    add_step(maker, "groups",
             text_of(maker, "ModifyNetworkInterfaceAttribute_groups(interface: %s, groups: %s)", name(maker, interface),
                     groups),
             NULL, NULL);
}

/* Groups that are not known are no longer the old ones. */
static void change_groups(struct maker *maker, uint32_t interface, const char *path) {
    struct import *import = maker->import;
    id_list groups = {0};
    linked_groups(import, maker->id, path, false, &groups);
    uint32_t subnet = object_at(import, interface)->subnet;
    if (groups.count == 0 && is_hidden(import, maker->id, path, OBJECT_GROUP))
        add_id(&groups, default_group(import, object_at(import, subnet)->vpc));
    if (groups.count > 0)
        set_groups(maker, interface, set_of(import, &groups));
    vec_free(&groups);
}

static void attach(struct maker *maker, const char *what, uint32_t interface, uint32_t instance, int64_t card,
                   int64_t device) {
    struct import *import = maker->import;
    if (card < 0 || card > 63 || device < 0 || device > 10000) {
        note(import, "%s: a device index or network card index that cannot be: not followed",
             import->resources.at[maker->id].address);
        return;
    }
    import->last_card = card > import->last_card ? card : import->last_card;
    import->last_device = device > import->last_device ? device : import->last_device;
    add_step(maker, what,
             text_of(maker, "AttachNetworkInterface(interface: %s, instance: %s, card: %lld, device_index: %lld)",
                     name(maker, interface), name(maker, instance), (long long)card, (long long)device),
             status_is(maker, interface, "in_use"), NULL);
}

/* The provider forces the detachment.  What a guest may go on to do with the device index then is not what an apply
 * is asked about; without force the same happens, but for that. */
static void detach(struct maker *maker, const char *what, uint32_t interface) {
    uint32_t instance = object_at(maker->import, interface)->instance;
    const char *until = status_is(maker, interface, "available");
    if (instance != NONE) /* what is waited for is the end of this attachment; there may be another one by then */
        until = text_of(maker, "%s or %s.instance != %s", until, name(maker, interface), name(maker, instance));
    add_step(maker, what,
             text_of(maker, "DetachNetworkInterface(attachment: %s, force: false)", name(maker, interface)), until,
             NULL);
    ignore_answer(maker, "InvalidAttachmentID.NotFound");
}

/* ---- aws_network_interface ---- */

/* The explicit addresses, the primary one first. */
static void read_addresses(struct maker *maker, uint32_t subnet, const struct jtree *values, id_list *list) {
    struct import *import = maker->import;
    bool ordered = truth_at(values, "private_ip_list_enabled", false);
    const struct jtree *given = value_at(values, ordered ? "private_ip_list" : "private_ips");
    for (size_t i = 0; i < jtree_count(given); i++)
        add_id(list, address_object(import, subnet, jtree_string(jtree_at(given, i)), true));
    if (list->count == 0)
        add_id(list, address_object(import, subnet, text_at(values, "private_ip"), true));
    if (list->count > 1 && !ordered)
        observe(import, "ADR-5", maker->id,
                "private_ips is a set: which of its addresses becomes the primary one is not determined; taken to be "
                "%s here",
                object_at(import, list->at[0])->name);
}

/* Is one of the addresses none, as "10.0.1.300" or two in one text? */
static bool has_bad_address(const struct jtree *values) {
    static const char *const paths[] = {"private_ips", "private_ip_list"};
    uint32_t value;
    for (size_t p = 0; p < ARRAY_SIZE(paths); p++) {
        const struct jtree *given = value_at(values, paths[p]);
        for (size_t i = 0; i < jtree_count(given); i++)
            if (jtree_string(jtree_at(given, i)) != NULL && !read_ipv4(jtree_string(jtree_at(given, i)), &value))
                return true;
    }
    return false;
}

static void attach_given(struct maker *maker, uint32_t interface) {
    struct import *import = maker->import;
    const struct jtree *given = value_at(import->resources.at[maker->id].after, "attachment");
    for (size_t i = 0; i < jtree_count(given); i++) {
        uint32_t instance =
            linked(import, maker->id, text_of(maker, "attachment.%zu.instance", i), OBJECT_INSTANCE, false);
        if (instance != NONE)
            attach(maker, "attach", interface, instance, number_at(jtree_at(given, i), "network_card_index", 0),
                   number_at(jtree_at(given, i), "device_index", 0));
    }
}

static void create_interface(struct maker *maker, const struct jtree *values) {
    struct import *import = maker->import;
    uint32_t interface = import->resources.at[maker->id].new_object, subnet = object_at(import, interface)->subnet;
    const char *form = text_at(values, "create_form");
    if (form == NULL && !import->is_template && has_bad_address(values))
        form = "bad_address";
    if (form != NULL) { /* not well-formed (specs/ec2/interfaces.yaml): whatever else it says, it is refused */
        add_step(maker, NULL,
                 text_of(maker,
                         "CreateNetworkInterface(subnet: %s, private_ip: none, groups: {}, form: %s | interface: %s)",
                         name(maker, subnet), form, name(maker, interface)),
                 status_is(maker, interface, "available"), NULL);
        return;
    }
    id_list groups = {0}, addresses = {0};
    linked_groups(import, maker->id, "security_groups", false, &groups);
    read_addresses(maker, subnet, values, &addresses);
    uint32_t primary = addresses.count > 0 ? addresses.at[0] : NONE;
    const char *type = text_at(values, "interface_type");
    bool efa = type != NULL && strcmp(type, "efa") == 0 && primary == NONE && groups.count == 0;
    int64_t extra = addresses.count > 1 ? 0 : number_at(values, "private_ips_count", 0);
    if (addresses.count == 2 && groups.count == 0) {
        add_step(
            maker, NULL,
            text_of(maker, "CreateNetworkInterface_list(subnet: %s, private_ip: %s, secondary: %s | interface: %s)",
                    name(maker, subnet), name(maker, primary), name(maker, addresses.at[1]), name(maker, interface)),
            status_is(maker, interface, "available"), NULL);
    } else {
        add_step(maker, NULL,
                 text_of(maker,
                         "CreateNetworkInterface(subnet: %s, private_ip: %s, groups: %s, form: %s | interface: %s)",
                         name(maker, subnet), name(maker, primary), set_of(import, &groups),
                         efa ? "efa" : "well_formed", name(maker, interface)),
                 status_is(maker, interface, "available"), NULL);
        if (primary == NONE)
            leave_address(maker, subnet, "primary_ip");
        for (size_t i = 1; i < addresses.count; i++)
            assign(maker, interface, addresses.at[i]);
    }
    for (int64_t i = 0; i < extra && i < 100; i++)
        assign(maker, interface, NONE);
    if (!truth_at(values, "source_dest_check", true))
        check_source(maker, interface, false);
    further_calls(maker, interface, NULL, values);
    attach_given(maker, interface);
    vec_free(&groups);
    vec_free(&addresses);
}

static bool has(const struct jtree *list, const char *text) {
    for (size_t i = 0; i < jtree_count(list); i++)
        if (jtree_string(jtree_at(list, i)) != NULL && strcmp(jtree_string(jtree_at(list, i)), text) == 0)
            return true;
    return false;
}

/* First what goes, then what comes: a list of addresses of this interface, `primary` aside.  `all`: of a list in order
 * everything goes and comes again, one by one. */
static void change_addresses(struct maker *maker, uint32_t interface, const struct jtree *before,
                             const struct jtree *after, const char *primary, bool all) {
    uint32_t subnet = object_at(maker->import, interface)->subnet;
    for (int gone = 1; gone >= 0; gone--) {
        const struct jtree *list = gone ? before : after, *other = gone ? after : before;
        for (size_t i = 0; i < jtree_count(list); i++) {
            const char *text = jtree_string(jtree_at(list, i));
            if (text == NULL || (!all && has(other, text)) || (primary != NULL && strcmp(text, primary) == 0))
                continue;
            uint32_t address = address_object(maker->import, subnet, text, true);
            if (address != NONE && gone)
                unassign(maker, interface, address);
            else if (address != NONE)
                assign(maker, interface, address);
        }
    }
}

static void update_interface(struct maker *maker, const struct resource *resource) {
    struct import *import = maker->import;
    uint32_t interface = resource->new_object;
    const struct jtree *before = resource->before, *after = resource->after;
    if (is_changed(import, resource, "attachment") &&
        (jtree_count(value_at(before, "attachment")) > 0 || jtree_count(value_at(after, "attachment")) > 0)) {
        if (jtree_count(value_at(before, "attachment")) > 0 &&
            !attachment_ends_before(import, interface, maker->operation))
            detach(maker, "detach", interface);
        attach_given(maker, interface);
    }
    bool ordered = truth_at(after, "private_ip_list_enabled", false);
    const char *path = ordered ? "private_ip_list" : "private_ips";
    bool is_known = jtree_type(value_at(after, path)) == JTREE_LIST && is_changed(import, resource, path);
    if (is_known)
        change_addresses(maker, interface, value_at(before, path), value_at(after, path), text_at(before, "private_ip"),
                         ordered);
    else
        for (int64_t i = number_at(before, "private_ips_count", 0);
             i < number_at(after, "private_ips_count", 0) && i < 100; i++)
            assign(maker, interface, NONE);
    if (!is_known && number_at(after, "private_ips_count", INT64_MAX) < number_at(before, "private_ips_count", 0))
        note(import, "%s: which of its addresses go as private_ips_count falls is not determined: not followed",
             resource->address);
    if (is_changed(import, resource, "security_groups"))
        change_groups(maker, interface, "security_groups");
    if (is_changed(import, resource, "source_dest_check"))
        check_source(maker, interface, truth_at(after, "source_dest_check", true));
    further_calls(maker, interface, before, after);
}

void interface_calls(struct maker *maker, bool is_destroy) {
    const struct resource *resource = &maker->import->resources.at[maker->id];
    if (!is_destroy && resource->change == CHANGE_UPDATE) {
        update_interface(maker, resource);
    } else if (!is_destroy) {
        create_interface(maker, resource->after);
    } else {
        if (!attachment_ends_before(maker->import, resource->old_object, maker->operation))
            detach(maker, "detach", resource->old_object);
        add_step(maker, NULL,
                 text_of(maker, "DeleteNetworkInterface(interface: %s, form: well_formed)",
                         name(maker, resource->old_object)),
                 NULL, NULL);
        ignore_answer(maker, "InvalidNetworkInterfaceID.NotFound");
    }
}

/* ---- aws_network_interface_attachment, aws_network_interface_sg_attachment ---- */

void attachment_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    uint32_t interface = linked(import, maker->id, "network_interface_id", OBJECT_INTERFACE, is_destroy);
    uint32_t instance = linked(import, maker->id, "instance_id", OBJECT_INSTANCE, is_destroy);
    const struct jtree *values = import->resources.at[maker->id].after;
    bool in_place = !is_destroy && import->resources.at[maker->id].change == CHANGE_UPDATE; /* delete_on_termination */
    if (interface == NONE || instance == NONE || in_place)
        return;
    if (!is_destroy)
        attach(maker, NULL, interface, instance, number_at(values, "network_card_index", 0),
               number_at(values, "device_index", 0));
    else if (!attachment_ends_before(import, interface, maker->operation))
        detach(maker, NULL, interface);
}

void group_attachment_calls(struct maker *maker, bool is_destroy) {
    struct import *import = maker->import;
    uint32_t interface = linked(import, maker->id, "network_interface_id", OBJECT_INTERFACE, is_destroy);
    uint32_t group = linked(import, maker->id, "security_group_id", OBJECT_GROUP, is_destroy);
    if (interface == NONE || group == NONE)
        return;
    add_step(maker, NULL,
             text_of(maker, "ModifyNetworkInterfaceAttribute_groups(interface: %s, groups: %s.groups %c {%s})",
                     name(maker, interface), name(maker, interface), is_destroy ? '-' : '+', name(maker, group)),
             NULL, NULL);
    establish(maker, text_of(maker, is_destroy ? "not (%s in %s.groups)" : "%s in %s.groups", name(maker, group),
                             name(maker, interface)));
}

/* ---- aws_instance ---- */

struct entry {
    uint32_t interface;
    int64_t card, device;
};
typedef VEC(struct entry) entry_list;

static bool read_entries(struct maker *maker, entry_list *list) {
    static const char *const paths[] = {"network_interface", "primary_network_interface"};
    struct import *import = maker->import;
    const struct jtree *values = import->resources.at[maker->id].after;
    bool good = true;
    for (size_t p = 0; p < ARRAY_SIZE(paths); p++)
        for (size_t i = 0; i < jtree_count(value_at(values, paths[p])); i++) {
            const struct jtree *item = jtree_at(value_at(values, paths[p]), i);
            struct entry entry = {linked(import, maker->id, text_of(maker, "%s.%zu.network_interface_id", paths[p], i),
                                         OBJECT_INTERFACE, false),
                                  number_at(item, "network_card_index", 0), number_at(item, "device_index", 0)};
            if (entry.interface == NONE) {
                good = false;
                continue;
            }
            vec_push(list, entry); /* in the order of their indexes */
            for (size_t k = list->count - 1; k > 0 && list->at[k].device < list->at[k - 1].device; k--) {
                struct entry swapped = list->at[k];
                list->at[k] = list->at[k - 1];
                list->at[k - 1] = swapped;
            }
        }
    return good && list->count > 0;
}

static void launch_with_interfaces(struct maker *maker, uint32_t instance, const entry_list *entries) {
    const char *type = text_of(maker, "'%s'", object_at(maker->import, instance)->type);
    size_t rest = 1;
    if (entries->at[0].device != 0) {
        note(maker->import, "%s: no network_interface has device_index 0: not followed",
             maker->import->resources.at[maker->id].address);
        return;
    }
    if (entries->count > 1 && entries->at[1].device == 1 && entries->at[1].card == 0) {
        rest = 2;
        add_step(maker, NULL,
                 text_of(maker, "RunInstances_two_existing_interfaces(type: %s, first: %s, second: %s | instance: %s)",
                         type, name(maker, entries->at[0].interface), name(maker, entries->at[1].interface),
                         name(maker, instance)),
                 status_is(maker, instance, "running"), NULL);
    } else {
        add_step(maker, NULL,
                 text_of(maker, "RunInstances_existing_interface(type: %s, interface: %s, entry: plain | instance: %s)",
                         type, name(maker, entries->at[0].interface), name(maker, instance)),
                 status_is(maker, instance, "running"), NULL);
    }
    for (size_t i = rest; i < entries->count; i++) /* the launch does it; the rulebook has launches of two at most */
        attach(maker, text_of(maker, "interface %lld", (long long)entries->at[i].device), entries->at[i].interface,
               instance, entries->at[i].card, entries->at[i].device);
}

/* A launch that is not well-formed, as `launch_form` has it (specs/ec2/launch.yaml): whatever else it says, it is
 * refused. */
static void launch_refused(struct maker *maker, const struct resource *resource, const char *form) {
    struct import *import = maker->import;
    uint32_t instance = resource->new_object, subnet = object_at(import, instance)->subnet;
    const char *type = text_of(maker, "'%s'", object_at(import, instance)->type), *call;
    if (strcmp(form, "public_given") == 0) {
        call = text_of(maker,
                       "RunInstances_two_interfaces(type: %s, subnet: %s, second_subnet: %s, second_device: 1, "
                       "second_deletion: omitted, form: public_given | instance: %s)",
                       type, name(maker, subnet), name(maker, subnet), name(maker, instance));
    } else if (strncmp(form, "id_and_", strlen("id_and_")) == 0) {
        const char *path = text_of(maker, "network_interface.%d.network_interface_id",
                                   (int)number_at(resource->after, "launch_entry", 0));
        uint32_t interface = linked(import, maker->id, path, OBJECT_INTERFACE, false);
        call = text_of(maker, "RunInstances_existing_interface(type: %s, interface: %s, entry: %s | instance: %s)",
                       type, name(maker, interface), form, name(maker, instance));
    } else {
        call = text_of(maker,
                       "RunInstances_new_interface(type: %s, subnet: %s, private_ip: none, entry: %s | instance: %s)",
                       type, name(maker, subnet), form, name(maker, instance));
    }
    add_step(maker, NULL, call, status_is(maker, instance, "running"), NULL);
}

/* In another zone than its subnet's: whatever else the launch says, it is refused. */
static void launch_elsewhere(struct maker *maker, uint32_t instance, uint32_t interface) {
    struct import *import = maker->import;
    add_step(maker, NULL,
             text_of(maker,
                     "RunInstances(type: '%s', subnet: %s, private_ip: none, groups: {}, form: other_zone | instance: "
                     "%s, interface: %s)",
                     object_at(import, instance)->type, name(maker, object_at(import, instance)->subnet),
                     name(maker, instance), name(maker, interface)),
             status_is(maker, instance, "running"), NULL);
}

static void launch(struct maker *maker, const struct resource *resource) {
    struct import *import = maker->import;
    uint32_t instance = resource->new_object, interface = resource->new_interface;
    uint32_t subnet = object_at(import, instance)->subnet;
    const char *form = text_at(resource->after, "launch_form");
    entry_list entries = {0};
    if (form != NULL) {
        launch_refused(maker, resource, form);
        return;
    }
    if (interface == NONE) {
        if (read_entries(maker, &entries))
            launch_with_interfaces(maker, instance, &entries);
        else
            note(import, "%s: the launch is left out, because its interfaces are not known", resource->address);
        vec_free(&entries);
        return;
    }
    const char *zone_name = text_at(resource->after, "availability_zone");
    uint32_t zone = zone_name == NULL ? NONE : zone_object(import, zone_name);
    if (zone != NONE && object_at(import, subnet)->zone_known && object_at(import, subnet)->zone != zone) {
        launch_elsewhere(maker, instance, interface);
        return;
    }
    id_list groups = {0};
    linked_groups(import, maker->id, "vpc_security_group_ids", false, &groups);
    uint32_t address = address_object(import, subnet, text_at(resource->after, "private_ip"), true);
    const char *type = text_of(maker, "'%s'", object_at(import, instance)->type);
    add_step(maker, NULL,
             text_of(maker,
                     "RunInstances(type: %s, subnet: %s, private_ip: %s, groups: %s, form: well_formed | instance: %s, "
                     "interface: %s)",
                     type, name(maker, subnet), name(maker, address), address == NONE ? set_of(import, &groups) : "{}",
                     name(maker, instance), name(maker, interface)),
             status_is(maker, instance, "running"), NULL);
    if (address == NONE)
        leave_address(maker, subnet, "primary_ip");
    if (address != NONE && groups.count > 0) /* the launch does both; the rulebook has a launch with one of them */
        set_groups(maker, interface, set_of(import, &groups));
    const struct jtree *more = value_at(resource->after, "secondary_private_ips");
    for (size_t i = 0; i < jtree_count(more); i++) {
        uint32_t other = address_object(import, subnet, jtree_string(jtree_at(more, i)), true);
        if (other != NONE)
            assign(maker, interface, other);
    }
    if (!truth_at(resource->after, "source_dest_check", true))
        check_source(maker, interface, false);
    further_calls(maker, interface, NULL, import->resources.at[maker->id].after);
    vec_free(&groups);
}

static void update_instance(struct maker *maker, const struct resource *resource) {
    struct import *import = maker->import;
    uint32_t instance = resource->new_object, interface = resource->new_interface;
    if (interface != NONE && is_changed(import, resource, "vpc_security_group_ids"))
        change_groups(maker, interface, "vpc_security_group_ids");
    if (interface != NONE && is_changed(import, resource, "source_dest_check"))
        check_source(maker, interface, truth_at(resource->after, "source_dest_check", true));
    if (interface != NONE && jtree_type(value_at(resource->after, "secondary_private_ips")) == JTREE_LIST &&
        is_changed(import, resource, "secondary_private_ips"))
        change_addresses(maker, interface, value_at(resource->before, "secondary_private_ips"),
                         value_at(resource->after, "secondary_private_ips"), text_at(resource->before, "private_ip"),
                         false);
    bool resize = is_changed(import, resource, "instance_type");
    if (!resize && !is_changed(import, resource, "user_data") && !is_changed(import, resource, "user_data_base64"))
        return;
    const char *type = text_at(resource->after, "instance_type");
    if (!object_at(import, instance)->stopped)
        add_step(maker, "stop", text_of(maker, "StopInstances(instance: %s, form: plain)", name(maker, instance)),
                 status_is(maker, instance, "stopped"), NULL);
    if (resize && type != NULL && name_map_get(&import->types_seen, type) != NONE)
        add_step(maker, "resize",
                 text_of(maker, "ModifyInstanceAttribute_instanceType(instance: %s, type: '%s', form: known)",
                         name(maker, instance), type),
                 NULL, NULL);
    if (resize && type != NULL)
        name_map_put(&import->types_used, type, 0);
    if (!object_at(import, instance)->stopped)
        add_step(maker, "start", text_of(maker, "StartInstances(instance: %s)", name(maker, instance)),
                 status_is(maker, instance, "running"), NULL);
}

void instance_calls(struct maker *maker, bool is_destroy) {
    const struct resource *resource = &maker->import->resources.at[maker->id];
    if (is_destroy) {
        add_step(maker, NULL, text_of(maker, "TerminateInstances(instance: %s)", name(maker, resource->old_object)),
                 text_of(maker, "%s.status in {terminated, absent}", name(maker, resource->old_object)), NULL);
        ignore_answer(maker, "InvalidInstanceID.NotFound");
    } else if (resource->change == CHANGE_UPDATE)
        update_instance(maker, resource);
    else
        launch(maker, resource);
}
