/* IPv6 addresses, and prefixes of both kinds, of an interface.  A launch or a creation asks for them in its own call;
 * the rulebook has calls of their own for them, made right behind it. */
#include <string.h>

#include "import/calls.h"

static const char *name(struct maker *maker, uint32_t object) { return name_of(maker->import, object); }

/* Lists of texts, and numbers of those that the service picks. */
static const struct further {
    enum object_kind kind;
    const char *list, *count, *assign, *unassign, *argument;
} table[] = {
    {OBJECT_IPV6, "ipv6_addresses", "ipv6_address_count", "AssignIpv6Addresses", "UnassignIpv6Addresses",
     "ipv6_address"},
    {OBJECT_IPV6_PREFIX, "ipv6_prefixes", "ipv6_prefix_count", "AssignIpv6Addresses_prefix",
     "UnassignIpv6Addresses_prefix", "block"},
    {OBJECT_PREFIX, "ipv4_prefixes", "ipv4_prefix_count", "AssignPrivateIpAddresses_prefix",
     "UnassignPrivateIpAddresses_prefix", "block"},
};

static void change(struct maker *maker, const struct further *further, const char *verb, uint32_t interface,
                   uint32_t object) {
    const char *form = further->kind == OBJECT_IPV6 ? ", form: well_formed" : "";
    bool assign = strcmp(verb, "assign") == 0;
    add_step(maker, text_of(maker, "%s %s", verb, object_at(maker->import, object)->name),
             text_of(maker, "%s(interface: %s, %s: %s%s)", assign ? further->assign : further->unassign,
                     name(maker, interface), further->argument, name(maker, object), form),
             NULL, NULL);
}

/* One that nobody names: an IPv6 one is as good as any other, an IPv4 block is the service's choice. */
static void assign_some(struct maker *maker, const struct further *further, uint32_t interface) {
    struct import *import = maker->import;
    uint32_t subnet = object_at(import, interface)->subnet;
    uint32_t object = further->kind == OBJECT_PREFIX
                          ? free_prefix(import, subnet)
                          : object_new(import, further->kind,
                                       text_of(maker, "%s_%s", object_at(import, interface)->name,
                                               further->kind == OBJECT_IPV6 ? "ipv6" : "ipv6_prefix"),
                                       true);
    if (object != NONE)
        object_at(import, object)->subnet = subnet;
    const char *form = further->kind == OBJECT_IPV6 ? ", form: well_formed" : "";
    const char *choice = further->kind == OBJECT_PREFIX ? "" : text_of(maker, " | assigned: %s", name(maker, object));
    add_step(maker, further->kind == OBJECT_IPV6 ? "assign an IPv6 address" : "assign a prefix",
             text_of(maker, "%s(interface: %s, %s: none%s%s)", further->assign, name(maker, interface),
                     further->argument, form, choice),
             NULL, NULL);
}

static bool has(const struct jtree *list, const char *text) {
    for (size_t i = 0; i < jtree_count(list); i++)
        if (jtree_string(jtree_at(list, i)) != NULL && strcmp(jtree_string(jtree_at(list, i)), text) == 0)
            return true;
    return false;
}

void further_calls(struct maker *maker, uint32_t interface, const struct jtree *before, const struct jtree *after) {
    struct import *import = maker->import;
    uint32_t subnet = object_at(import, interface)->subnet;
    for (size_t t = 0; t < ARRAY_SIZE(table); t++) {
        const struct further *further = &table[t];
        bool ordered = further->kind == OBJECT_IPV6 && truth_at(after, "ipv6_address_list_enabled", false);
        /* a list in order goes as a whole and comes again */
        const char *path = ordered ? "ipv6_address_list" : further->list;
        const struct jtree *old = value_at(before, path), *new = value_at(after, path);
        if (jtree_count(new) > 0 || (before != NULL && jtree_type(new) == JTREE_LIST)) {
            for (int gone = 1; gone >= 0; gone--)
                for (size_t i = 0; i < jtree_count(gone ? old : new); i++) {
                    const char *text = jtree_string(jtree_at(gone ? old : new, i));
                    uint32_t object = text == NULL || (!ordered && has(gone ? new : old, text))
                                          ? NONE
                                          : further_object(import, further->kind, subnet, text);
                    if (object != NONE)
                        change(maker, further, gone ? "unassign" : "assign", interface, object);
                }
            continue;
        }
        int64_t had = number_at(before, further->count, 0), wanted = number_at(after, further->count, 0);
        for (int64_t i = had; i < wanted && i < had + 100; i++)
            assign_some(maker, further, interface);
        if (wanted < had && after != NULL && value_at(after, further->count) != NULL)
            note(import, "%s: which of its addresses go as %s falls is not determined: not followed",
                 import->resources.at[maker->id].address, further->count);
    }
    if (truth_at(after, "enable_primary_ipv6", false))
        note(import, "%s: enable_primary_ipv6 is not followed", import->resources.at[maker->id].address);
}
