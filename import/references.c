/* What an expression refers to.  The plan lists references from specific to general ("aws_eip.x[0].id", "aws_eip.x[0]",
 * "aws_eip.x"), each relative to its module; variables and outputs lead to other modules.  What locals and dynamic
 * blocks refer to is not in the file at all. */
#include "import/references.h"

#include <stdlib.h>
#include <string.h>

#define MOST_HOPS 60

static uint32_t block_of(struct search *search, const char *module_path, const struct address *address) {
    char text[1000];
    snprintf(text, sizeof text, "%s%s%s%s.%s", module_path, *module_path == '\0' ? "" : ".",
             address->is_data ? "data." : "", address->type, address->name);
    return name_map_get(&search->import->blocks_by_address, text);
}

static void follow_variable(struct search *search, struct context context, const char *name) {
    struct module *module = context.module;
    if (module->parent == NULL)
        return; /* of the root: a value */
    struct arena *arena = &search->import->arena;
    struct address parts = {.module = ""};
    if (context.instance != NULL && *context.instance != '\0')
        address_read(arena, context.instance, &parts);
    struct context outer = {module->parent, context.instance == NULL ? NULL : module_around(arena, context.instance),
                            parts.module_key, NULL, context.hops + 1};
    follow(search, outer, jtree_get(jtree_get(module->call, "expressions"), name));
    if (search->everything)
        follow(search, outer, jtree_get(module->call, "for_each_expression"));
}

static void follow_output(struct search *search, struct context context, const struct address *address) {
    char path[1000];
    snprintf(path, sizeof path, "%s%s%s", context.module->path, *context.module->path == '\0' ? "" : ".",
             address->module_path);
    uint32_t id = name_map_get(&search->import->modules_by_path, path);
    if (id == NONE)
        return;
    struct module *child = search->import->modules.at[id];
    struct context inner = {child, NULL, address->module_key, NULL, context.hops + 1};
    bool single =
        jtree_get(child->call, "count_expression") == NULL && jtree_get(child->call, "for_each_expression") == NULL;
    if (context.instance != NULL && (single || address->module_key.form != KEY_NONE))
        inner.instance = *context.instance == '\0'
                             ? address->module
                             : arena_format(&search->import->arena, "%s.%s", context.instance, address->module);
    struct address keyed; /* an output is mostly a list or map of what the instances are, by their keys */
    const char *text = arena_format(&search->import->arena, "x.y%s", address->rest);
    if (*address->rest == '[' && !search->is_paired && address_read(&search->import->arena, text, &keyed) &&
        keyed.key.form != KEY_NONE) {
        search->is_paired = search->by_output = true;
        search->pair = keyed.key;
    }
    const struct jtree *outputs = jtree_get(child->body, "outputs");
    for (const void *m = jtree_next(outputs, NULL); m != NULL; m = jtree_next(outputs, m))
        if (address->type == NULL || strcmp(jtree_name(m), address->type) == 0)
            follow(search, inner, jtree_get(jtree_value(m), "expression"));
}

/* `*shadow`: the last reference that named something; those that it begins with say the same less exactly. */
static void follow_reference(struct search *search, struct context context, const char *text, const char **shadow) {
    struct address address;
    size_t length = strlen(text);
    if (*shadow != NULL && strncmp(*shadow, text, length) == 0 && strchr(".[", (*shadow)[length]) != NULL)
        return;
    *shadow = text;
    if (!address_read(&search->import->arena, text, &address) || context.hops > MOST_HOPS)
        return;
    const char *id = arena_format(&search->import->arena, "%s|%s|%s", context.module->path,
                                  context.instance == NULL ? "*" : context.instance, text);
    if (name_map_get(&search->seen, id) != NONE)
        return;
    name_map_put(&search->seen, id, 0);
    if (*address.module != '\0') {
        follow_output(search, context, &address);
    } else if (strcmp(address.type, "var") == 0) {
        follow_variable(search, context, address.name);
    } else if (strcmp(address.type, "local") == 0) {
        search->hidden = arena_text(&search->import->arena, text, strcspn(text, "["));
    } else if (strcmp(address.type, "count") == 0 || strcmp(address.type, "each") == 0) {
        search->is_paired = true;
        search->pair = context.key;
        if (address.name != NULL && strcmp(address.name, "value") == 0 && context.block != NULL && !search->everything)
            follow(search, context, jtree_get(context.block->body, "for_each_expression"));
    } else if (address.name != NULL) {
        uint32_t block = block_of(search, context.module->path, &address);
        if (block != NONE)
            vec_push(&search->list, ((struct found){block, context.instance, address.key, address.rest}));
    }
}

void follow(struct search *search, struct context context, const struct jtree *expression) {
    const char *shadow = NULL;
    const struct jtree *references = jtree_get(expression, "references");
    if (context.hops > MOST_HOPS)
        return;
    for (size_t i = 0; i < jtree_count(references); i++)
        if (jtree_string(jtree_at(references, i)) != NULL)
            follow_reference(search, context, jtree_string(jtree_at(references, i)), &shadow);
    if (references == NULL) /* a block: look inside */
        for (const void *m = jtree_next(expression, NULL); m != NULL; m = jtree_next(expression, m))
            follow(search, context, jtree_value(m));
    if (jtree_type(expression) == JTREE_LIST)
        for (size_t i = 0; i < jtree_count(expression); i++)
            follow(search, context, jtree_at(expression, i));
}

/* ---- which resource an attribute means ---- */

void add_block(id_list *list, uint32_t id) {
    for (size_t i = 0; i < list->count; i++)
        if (list->at[i] == id)
            return;
    vec_push(list, id);
}

enum resource_kind kind_of_block(const struct import *import, const struct block *block) {
    return block->instances.count == 0 ? RESOURCE_OTHER : import->resources.at[block->instances.at[0]].kind;
}

uint32_t resource_of_id(const struct import *import, const char *id) {
    return name_map_get(&import->resources_by_id, id);
}

/* Is the value at this path unknown, or that of a part it belongs to? */
static bool is_unknown(const struct jtree *unknown, const char *path) {
    for (const char *end = path;; end++) {
        if (*end != '.' && *end != '\0')
            continue;
        char part[200];
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        if (truth_at(unknown, part, false))
            return true;
        if (*end == '\0')
            return false;
    }
}

/* The instance that `from` means by `found`; NONE if several can be meant. */
static uint32_t choose_instance(struct search *search, const struct resource *from, const struct found *found) {
    const struct import *import = search->import;
    const struct block *block = import->blocks.at[found->block];
    uint32_t only = NONE, paired = NONE, first = NONE;
    size_t count = 0;
    for (size_t i = 0; i < block->instances.count; i++) {
        const struct resource *other = &import->resources.at[block->instances.at[i]];
        if (found->instance != NULL && strcmp(found->instance, other->parts.module) != 0)
            continue;
        if (found->key.form != KEY_NONE && !key_equal(found->key, other->parts.key))
            continue;
        only = block->instances.at[i];
        first = first == NONE ? only : first;
        count++;
        bool by_module = found->instance == NULL && other->parts.module_key.form != KEY_NONE;
        if (search->is_paired && key_equal(search->pair, by_module ? other->parts.module_key : other->parts.key))
            paired = only;
    }
    if (found->key.form != KEY_NONE || count <= 1)
        return only;
    if (paired != NONE && search->by_output)
        note(search->import, "%s: it goes with %s, by the key behind the output that it refers to", from->address,
             import->resources.at[paired].address);
    if (paired == NONE && search->is_paired && !search->by_output && search->pair.form == KEY_NUMBER &&
        count > 0) { /* element() wraps around */
        for (size_t i = 0; i < block->instances.count; i++)
            if (import->resources.at[block->instances.at[i]].parts.key.number == search->pair.number % (int64_t)count)
                paired = block->instances.at[i];
        if (paired != NONE)
            note(search->import, "%s: it is a guess that it goes with %s: their numbers differ", from->address,
                 import->resources.at[paired].address);
    }
    return paired;
}

/* Locals and dynamic blocks hide what they refer to: the only block of the right type, in the module or in the plan. */
static uint32_t only_candidate(const struct import *import, const struct resource *from, enum resource_kind wanted) {
    for (int in_module = 1; in_module >= 0; in_module--) {
        uint32_t found = NONE;
        size_t count = 0;
        for (uint32_t b = 0; b < import->blocks.count; b++) {
            const struct block *block = import->blocks.at[b];
            if (kind_of_block(import, block) != wanted || import->resources.at[block->instances.at[0]].is_data ||
                import->resources.at[block->instances.at[0]].change == CHANGE_DELETE ||
                !same_world(import->resources.at[block->instances.at[0]].world, from->world))
                continue;
            if (in_module && strcmp(import->resources.at[block->instances.at[0]].parts.module, from->parts.module) != 0)
                continue;
            found = b;
            count++;
        }
        if (count == 1)
            return found;
        if (count > 1)
            return NONE;
    }
    return NONE;
}

static void note_hidden(struct import *import, const struct block *here, const char *path, const char *what) {
    const char *name = strrchr(path, '.') == NULL ? path : strrchr(path, '.') + 1;
    if (import->graph != NULL)
        note(import,
             "%s: %s comes from %s, which the plan does not show, and by the graph it can be several things: not "
             "followed. Write '%s = TYPE.NAME.id' there",
             here->address, path, what, name);
    else if (import->is_template)
        note(import, "%s: %s comes from %s, which the template does not show: not followed", here->address, path, what);
    else
        note(import,
             "%s: %s comes from %s, which the plan does not show: not followed. Add --graph with the output of "
             "'terraform graph -plan=FILE', or write '%s = TYPE.NAME.id' there",
             here->address, path, what, name);
}

/* By the graph: the only block of the right type that is referred to, in between or not; NONE if there are several. */
static uint32_t candidate_behind(struct import *import, uint32_t block, const char *local, enum resource_kind wanted,
                                 bool direct) {
    id_list list = {0};
    uint32_t only = NONE;
    size_t count = 0;
    blocks_behind(import, block, local, direct, &list);
    for (size_t i = 0; i < list.count; i++)
        if (kind_of_block(import, import->blocks.at[list.at[i]]) == wanted)
            only = list.at[i], count++;
    vec_free(&list);
    return count == 1 ? only : NONE;
}

/* A dynamic block with as many entries as the other block has instances: one for each of them. */
static uint32_t one_of_entries(struct import *import, const struct resource *from, const char *path, uint32_t other) {
    const struct block *block = import->blocks.at[other];
    size_t length = strcspn(path, ".");
    const struct jtree *entries = value_at(from->after, arena_text(&import->arena, path, length));
    size_t index = path[length] == '.' ? strtoul(path + length + 1, NULL, 10) : SIZE_MAX;
    if (jtree_count(entries) != block->instances.count || index >= block->instances.count)
        return NONE;
    note(import, "%s: its %s blocks come from a dynamic block; which of them means which instance of %s is a guess",
         from->address, arena_text(&import->arena, path, length), block->address);
    return block->instances.at[index];
}

/* What an interface is attached to, or with, has its id, too: the id may come from there, and that is waited for. */
static void guess_carriers(struct import *import, uint32_t here, uint32_t settled) {
    for (uint32_t b = 0; b < import->blocks.count; b++) {
        const struct block *block = import->blocks.at[b];
        bool carries = false;
        for (size_t i = 0; i < block->waits.count; i++)
            carries |= block->waits.at[i] == settled;
        enum resource_kind kind = kind_of_block(import, block);
        if (carries && b != here && (kind == RESOURCE_INSTANCE || kind == RESOURCE_ATTACHMENT))
            add_block(&import->blocks.at[here]->guesses, b);
    }
}

/* What stands behind a local or a dynamic block: by the graph, or because nothing else is of the right type. */
static struct target hidden_target(struct search *search, uint32_t resource, const char *path,
                                   enum resource_kind wanted, const char *local) {
    struct import *import = search->import;
    const struct resource *from = &import->resources.at[resource];
    struct block *here = import->blocks.at[from->block];
    const char *what = local == NULL ? "a dynamic block" : local;
    uint32_t only, sure = NONE;
    if (import->graph != NULL) {
        only = sure = candidate_behind(import, from->block, local, wanted, false);
        if (only == NONE)
            only = candidate_behind(import, from->block, local, wanted, true);
    } else {
        only = only_candidate(import, from, wanted);
        for (uint32_t b = 0; b < import->blocks.count; b++) /* it may wait for any that it can be: no race is made up */
            if (kind_of_block(import, import->blocks.at[b]) == wanted && (only == NONE || only == b))
                add_block(&here->guesses, b);
        if (only != NONE && wanted == RESOURCE_INTERFACE)
            guess_carriers(import, from->block, only);
    }
    if (only != NONE) {
        struct found found = {only, NULL, {KEY_NONE, 0, NULL}, ""};
        uint32_t chosen = import->graph == NULL ? NONE : only_instance_behind(import, resource, only);
        if (chosen == NONE)
            chosen = choose_instance(search, from, &found);
        if (chosen == NONE && local == NULL)
            chosen = one_of_entries(import, from, path, only);
        if (chosen != NONE && chosen != resource) {
            if (sure == NONE)
                note(import,
                     "%s: %s comes from %s, which the plan does not show; taken to be %s, the only one that %s%s",
                     here->address, path, what, import->blocks.at[only]->address,
                     import->graph == NULL ? "it can be" : "it refers to by itself",
                     import->graph == NULL && !import->is_template
                         ? "; --graph with the output of 'terraform graph -plan=FILE' tells"
                         : "");
            return (struct target){.resource = chosen, .rest = ""};
        }
    }
    note_hidden(import, here, path, what);
    return (struct target){.resource = NONE, .hidden = true, .rest = ""};
}

bool is_decided_later(const struct import *import, uint32_t id, const char *path) {
    const struct resource *resource = &import->resources.at[id];
    return is_unknown(resource->unknown, path) &&
           value_at(jtree_get(import->blocks.at[resource->block]->body, "expressions"), path) != NULL;
}

/* Paths at which all instances of a block can stand, groups aside. */
static bool is_set(const char *path) {
    return strcmp(path, "subnets") == 0 || strcmp(path, "secondary_allocation_ids") == 0;
}

void find_targets(struct import *import, uint32_t id, const char *path, enum resource_kind wanted, target_list *list) {
    const struct resource *resource = &import->resources.at[id];
    const struct jtree *value = value_at(resource->after, path);
    const struct block *block = import->blocks.at[resource->block];
    bool is_list = jtree_type(value) == JTREE_LIST, open = is_unknown(resource->unknown, path);
    for (size_t i = 0; i < (is_list ? jtree_count(value) : 1); i++) {
        char part[300];
        snprintf(part, sizeof part, is_list ? "%s.%zu" : "%s", path, i);
        const char *text = text_at(resource->after, part);
        if (text != NULL)
            vec_push(list, ((struct target){resource_of_id(import, text), text, "", false}));
        else
            open = open || is_unknown(resource->unknown, part);
    }
    const struct jtree *unknown_items = value_at(resource->unknown, path);
    for (size_t i = 0; i < jtree_count(unknown_items); i++)
        open = open || jtree_truth(jtree_at(unknown_items, i));
    if (!open || block->module == NULL)
        return;
    const struct jtree *expression = value_at(jtree_get(block->body, "expressions"), path);
    struct search search = {.import = import};
    if (expression == NULL) {
        /* in a block that is there: made by `dynamic`; otherwise the provider computes it */
        char outer[300];
        snprintf(outer, sizeof outer, "%.*s", (int)(strrchr(path, '.') == NULL ? 0 : strrchr(path, '.') - path), path);
        if (*outer != '\0' && jtree_type(value_at(resource->after, outer)) == JTREE_OBJECT)
            vec_push(list, hidden_target(&search, id, path, wanted, NULL));
        return;
    }
    struct context context = {block->module, resource->parts.module, resource->parts.key, block, 0};
    follow(&search, context, expression);
    for (size_t i = 0; i < search.list.count; i++) {
        const struct found *found = &search.list.at[i];
        uint32_t chosen = choose_instance(&search, resource, found);
        if (chosen != NONE && chosen != id) {
            vec_push(list, ((struct target){chosen, NULL, found->rest, false}));
        } else if (chosen == NONE && import->blocks.at[found->block]->instances.count > 0 &&
                   kind_of_block(import, import->blocks.at[found->block]) == wanted) {
            const struct block *several = import->blocks.at[found->block];
            bool all = wanted == RESOURCE_GROUP || is_set(path);
            for (size_t k = 0; all && k < several->instances.count; k++)
                vec_push(list, ((struct target){several->instances.at[k], NULL, found->rest, false}));
            if (!all) {
                note(import, "%s: %s is one of the instances of %s, and the plan does not show which: not followed",
                     resource->address, path, several->address);
                vec_push(list, ((struct target){.resource = NONE, .hidden = true, .rest = ""}));
            }
        }
    }
    if (search.list.count == 0 && search.hidden != NULL)
        vec_push(list, hidden_target(&search, id, path, wanted, search.hidden));
    vec_free(&search.list);
    name_map_clear(&search.seen);
}

struct target find_target(struct import *import, uint32_t resource, const char *path, enum resource_kind wanted) {
    struct target best = {.resource = NONE, .rest = ""};
    target_list list = {0};
    find_targets(import, resource, path, wanted, &list);
    for (size_t i = 0; i < list.count; i++) /* of several, the one of the right kind */
        if (i == 0 || (list.at[i].resource != NONE && import->resources.at[list.at[i].resource].kind == wanted &&
                       (best.resource == NONE || import->resources.at[best.resource].kind != wanted)))
            best = list.at[i];
    vec_free(&list);
    return best;
}

void find_all_targets(struct import *import) {
    static const struct {
        enum resource_kind kind, wanted;
        const char *path;
    } links[] = {{RESOURCE_EIP, RESOURCE_INTERFACE, "network_interface"},
                 {RESOURCE_EIP, RESOURCE_INSTANCE, "instance"},
                 {RESOURCE_NAT_ASSOCIATION, RESOURCE_NAT, "nat_gateway_id"},
                 {RESOURCE_NAT_ASSOCIATION, RESOURCE_EIP, "allocation_id"},
                 {RESOURCE_ASSOCIATION, RESOURCE_EIP, "allocation_id"},
                 {RESOURCE_ASSOCIATION, RESOURCE_INTERFACE, "network_interface_id"},
                 {RESOURCE_ASSOCIATION, RESOURCE_INSTANCE, "instance_id"},
                 {RESOURCE_GROUP_ATTACHMENT, RESOURCE_INTERFACE, "network_interface_id"},
                 {RESOURCE_GROUP_ATTACHMENT, RESOURCE_GROUP, "security_group_id"},
                 {RESOURCE_GATEWAY, RESOURCE_VPC, "vpc_id"},
                 {RESOURCE_CIDR_BLOCK, RESOURCE_VPC, "vpc_id"},
                 {RESOURCE_SUBNET_BLOCK, RESOURCE_SUBNET, "subnet_id"},
                 {RESOURCE_GATEWAY_ATTACHMENT, RESOURCE_VPC, "vpc_id"},
                 {RESOURCE_GATEWAY_ATTACHMENT, RESOURCE_GATEWAY, "internet_gateway_id"}};
    for (uint32_t i = 0; i < import->resources.count; i++)
        for (size_t k = 0; k < ARRAY_SIZE(links); k++)
            if (import->resources.at[i].kind == links[k].kind && import->resources.at[i].change != CHANGE_DELETE)
                (void)find_target(import, i, links[k].path, links[k].wanted);
}
