/* Which blocks a block waits for: all that its expressions refer to, and what `depends_on` names. */
#include <string.h>

#include "import/references.h"

static void add_wait(struct import *import, struct block *block, uint32_t other) {
    if (import->blocks.at[other] != block)
        add_block(&block->waits, other);
}

/* A reference to one instance, `aws_eip.x["a"]`, is a wait for it alone, in every instance of its module. */
static void add_single_wait(struct import *import, struct block *block, const struct found *found) {
    const struct block *other = import->blocks.at[found->block];
    size_t count = 0;
    for (size_t i = 0; i < other->instances.count && other != block; i++)
        if (key_equal(found->key, import->resources.at[other->instances.at[i]].parts.key)) {
            add_block(&block->single, other->instances.at[i]);
            count++;
        }
    if (count == 0)
        add_wait(import, block, found->block);
}

/* `depends_on`: resources, or modules with everything in them. */
static void add_depends(struct import *import, struct block *block, const struct module *module,
                        const struct jtree *list) {
    for (size_t i = 0; i < jtree_count(list); i++) {
        const char *text = jtree_string(jtree_at(list, i));
        struct address address;
        if (text == NULL || !address_read(&import->arena, text, &address))
            continue;
        const char *full = *module->path == '\0' ? text : arena_format(&import->arena, "%s.%s", module->path, text);
        size_t length = strlen(full);
        for (uint32_t b = 0; b < import->blocks.count; b++) {
            const char *other = import->blocks.at[b]->address;
            if (strcmp(other, full) == 0 ||
                (address.type == NULL && strncmp(other, full, length) == 0 && other[length] == '.'))
                add_wait(import, block, b);
        }
    }
}

static void find_waits(struct import *import, struct block *block) {
    struct search search = {.import = import, .everything = true};
    struct context context = {block->module, NULL, {KEY_NONE, 0, NULL}, block, 0};
    follow(&search, context, jtree_get(block->body, "expressions"));
    follow(&search, context, jtree_get(block->body, "count_expression"));
    follow(&search, context, jtree_get(block->body, "for_each_expression"));
    for (size_t i = 0; i < search.list.count; i++)
        if (search.list.at[i].key.form == KEY_NONE)
            add_wait(import, block, search.list.at[i].block);
        else
            add_single_wait(import, block, &search.list.at[i]);
    vec_free(&search.list);
    name_map_clear(&search.seen);
    add_depends(import, block, block->module, jtree_get(block->body, "depends_on"));
    for (const struct module *m = block->module; m->parent != NULL; m = m->parent)
        add_depends(import, block, m->parent, jtree_get(m->call, "depends_on"));
}

/* Attributes whose links are followed one by one: find_targets(). */
static bool is_followed(const char *name) {
    static const char *const names[] = {"subnet_id",
                                        "vpc_id",
                                        "network_interface",
                                        "network_interface_id",
                                        "instance",
                                        "instance_id",
                                        "allocation_id",
                                        "nat_gateway_id",
                                        "security_groups",
                                        "security_group_id",
                                        "attachment",
                                        "vpc_security_group_ids",
                                        "internet_gateway_id",
                                        "subnet_mapping",
                                        "public_ip",
                                        "primary_network_interface"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* An attribute that nobody knows yet and that comes from a local: something is waited for, and we cannot see what. */
static void find_hidden_waits(struct import *import, struct block *block) {
    const struct jtree *expressions = jtree_get(block->body, "expressions");
    for (const void *m = jtree_next(expressions, NULL); m != NULL; m = jtree_next(expressions, m)) {
        struct search search = {.import = import};
        bool open = false;
        for (size_t i = 0; i < block->instances.count && !is_followed(jtree_name(m)); i++) {
            const struct resource *resource = &import->resources.at[block->instances.at[i]];
            open |= resource->change != CHANGE_NONE && any_unknown(jtree_get(resource->unknown, jtree_name(m)));
        }
        if (!open)
            continue;
        follow(&search, (struct context){block->module, NULL, {KEY_NONE, 0, NULL}, block, 0}, jtree_value(m));
        if (search.hidden != NULL) {
            note(import,
                 "%s: %s comes from %s, which the plan does not show: taken to wait for all that it can. --graph with "
                 "the output of 'terraform graph -plan=FILE' tells",
                 block->address, jtree_name(m), search.hidden);
            for (uint32_t b = 0; b < import->blocks.count; b++)
                if (kind_of_block(import, import->blocks.at[b]) != RESOURCE_OTHER && import->blocks.at[b] != block)
                    add_block(&block->guesses, b);
        }
        vec_free(&search.list);
        name_map_clear(&search.seen);
    }
}

bool read_references(struct import *import) {
    for (size_t i = 0; i < import->blocks.count; i++)
        if (import->blocks.at[i]->module != NULL) {
            find_waits(import, import->blocks.at[i]);
            if (import->graph == NULL && !import->is_template)
                find_hidden_waits(import, import->blocks.at[i]);
        }
    return true;
}
