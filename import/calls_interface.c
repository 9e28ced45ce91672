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

/* Can there be such a place?  If so, the rulebook is to have it. */
static bool is_place(struct maker *maker, int64_t card, int64_t device) {
    struct import *import = maker->import;
    if (card < 0 || card > 63 || device < 0 || device > 10000) {
        note(import, "%s: a device index or network card index that cannot be: not followed",
             import->resources.at[maker->id].address);
        return false;
    }
    import->last_card = card > import->last_card ? card : import->last_card;
    import->last_device = device > import->last_device ? device : import->last_device;
    return true;
}

static void attach(struct maker *maker, const char *what, uint32_t interface, uint32_t instance, int64_t card,
                   int64_t device) {
    if (!is_place(maker, card, device))
        return;
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
    if (form != NULL && strcmp(form, "ipv6_list_and_count") == 0) {
        const char *first = jtree_string(jtree_at(value_at(values, "ipv6_addresses"), 0));
        uint32_t address = further_object(import, OBJECT_IPV6, subnet, first == NULL ? "" : first);
        add_step(maker, NULL,
                 text_of(maker,
                         "CreateNetworkInterface_ipv6(subnet: %s, ipv6_address: %s, form: list_and_count | "
                         "interface: %s)",
                         name(maker, subnet), name(maker, address), name(maker, interface)),
                 status_is(maker, interface, "available"), NULL);
        return;
    }
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
    launch_item_list items = {0};
    bool good = true;
    launch_items(maker->import, maker->id, false, &items);
    for (size_t i = 0; i < items.count; i++) {
        const struct launch_item *item = &items.at[i];
        struct entry entry = {linked(maker->import, item->resource, item->path, OBJECT_INTERFACE, false), item->card,
                              item->device};
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
    vec_free(&items);
    return good && list->count > 0;
}

/* Of one interface, or of two at 0 and 1, the rulebook has forms of their own. */
static const char *launch_form_of(struct maker *maker, const char *type, const entry_list *entries) {
    const struct entry *first = &entries->at[0], *second = entries->count > 1 ? &entries->at[1] : NULL;
    bool usual = first->device == 0 && first->card == 0;
    if (usual && second == NULL)
        return text_of(maker, "RunInstances_existing_interface(type: %s, interface: %s, entry: plain", type,
                       name(maker, first->interface));
    if (usual && entries->count == 2 && second->device == 1 && second->card == 0)
        return text_of(maker, "RunInstances_two_existing_interfaces(type: %s, first: %s, second: %s", type,
                       name(maker, first->interface), name(maker, second->interface));
    return NULL;
}

static void launch_with_interfaces(struct maker *maker, uint32_t instance, const entry_list *entries) {
    struct import *import = maker->import;
    const char *type = text_of(maker, "'%s'", object_at(import, instance)->type);
    const char *call = launch_form_of(maker, type, entries);
    id_list objects = {0};
    for (size_t i = 0; call == NULL && i < entries->count; i++) {
        const struct entry *entry = &entries->at[i];
        if (!is_place(maker, entry->card, entry->device)) {
            vec_free(&objects);
            return;
        }
        uint32_t object = object_new(
            import, OBJECT_ENTRY,
            text_of(maker, "%s_entry_%lld", object_at(import, instance)->name, (long long)entry->device), true);
        object_at(import, object)->interface = entry->interface;
        object_at(import, object)->device = entry->device;
        object_at(import, object)->card = entry->card;
        vec_push(&objects, object);
    }
    if (call == NULL)
        call = text_of(maker, "RunInstances_entries(type: %s, entries: %s", type, set_of(import, &objects));
    add_step(maker, NULL, text_of(maker, "%s | instance: %s)", call, name(maker, instance)),
             status_is(maker, instance, "running"), NULL);
    vec_free(&objects);
}

/* A launch that is not well-formed, as `launch_form` has it (specs/ec2/launch.yaml): whatever else it says, it is
 * refused.  `given`: the interface that must not be given so, or NONE. */
static void launch_refused(struct maker *maker, const struct resource *resource, const char *form, uint32_t given) {
    struct import *import = maker->import;
    uint32_t instance = resource->new_object, subnet = object_at(import, instance)->subnet;
    const char *type = text_of(maker, "'%s'", object_at(import, instance)->type), *call;
    if (strcmp(form, "public_given") == 0) {
        call = text_of(maker,
                       "RunInstances_two_interfaces(type: %s, subnet: %s, second_subnet: %s, second_device: 1, "
                       "second_deletion: omitted, form: public_given | instance: %s)",
                       type, name(maker, subnet), name(maker, subnet), name(maker, instance));
    } else if (strncmp(form, "id_and_", strlen("id_and_")) == 0) {
        call = text_of(maker, "RunInstances_existing_interface(type: %s, interface: %s, entry: %s | instance: %s)",
                       type, name(maker, given), form, name(maker, instance));
    } else {
        call = text_of(maker,
                       "RunInstances_new_interface(type: %s, subnet: %s, private_ip: none, entry: %s | instance: %s)",
                       type, name(maker, subnet), form, name(maker, instance));
    }
    add_step(maker, NULL, call, status_is(maker, instance, "running"), NULL);
}

/* An interface that is there already, and is to end with the instance; NONE: there is none.  Of a template, the reader
 * says so in `launch_form`: there, new interfaces are objects, too. */
static uint32_t find_ending_interface(struct maker *maker) {
    launch_item_list items = {0};
    uint32_t found = NONE;
    launch_items(maker->import, maker->id, false, &items);
    for (size_t i = 0; i < items.count && found == NONE; i++)
        if (truth_at(items.at[i].values, "delete_on_termination", false))
            found = linked(maker->import, items.at[i].resource, items.at[i].path, OBJECT_INTERFACE, false);
    vec_free(&items);
    return found;
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
    uint32_t entry_interface = form == NULL && !import->is_template ? find_ending_interface(maker) : NONE;
    if (form != NULL || entry_interface != NONE) {
        const char *path = text_of(maker, "network_interface.%d.network_interface_id",
                                   (int)number_at(resource->after, "launch_entry", 0));
        bool has_id = form != NULL && strncmp(form, "id_and_", strlen("id_and_")) == 0;
        entry_interface = has_id ? linked(import, maker->id, path, OBJECT_INTERFACE, false) : entry_interface;
        launch_refused(maker, resource, form != NULL ? form : "id_and_deletion", entry_interface);
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
    struct launch_source source = launch_source(import, maker->id);
    const struct jtree *values = import->resources.at[source.resource].after;
    uint32_t template = launch_template(import, maker->id);
    linked_groups(import, source.resource, source.groups, false, &groups);
    if (groups.count == 0 && template != NONE)
        linked_groups(import, template, "vpc_security_group_ids", false, &groups);
    uint32_t address = address_object(import, subnet, text_at(values, source.address), true);
    id_list others = {0};
    const struct jtree *more = value_at(values, source.others);
    for (size_t i = 0; i < jtree_count(more); i++)
        add_id(&others, address_object(import, subnet, jtree_string(jtree_at(more, i)), true));
    const char *type = object_at(import, instance)->type, *given = set_of(import, &groups);
    const char *made = text_of(maker, "instance: %s, interface: %s", name(maker, instance), name(maker, interface));
    bool plain = others.count == 0 && (address == NONE || groups.count == 0);
    add_step(
        maker, NULL,
        plain
            ? text_of(maker, "RunInstances(type: '%s', subnet: %s, private_ip: %s, groups: %s, form: well_formed | %s)",
                      type, name(maker, subnet), name(maker, address), given, made)
            : text_of(maker,
                      "RunInstances_addresses(type: '%s', subnet: %s, private_ip: %s, others: %s, groups: %s | %s)",
                      type, name(maker, subnet), name(maker, address), set_of(import, &others), given, made),
        status_is(maker, instance, "running"), NULL);
    vec_free(&others);
    if (address == NONE)
        leave_address(maker, subnet, "primary_ip");
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
