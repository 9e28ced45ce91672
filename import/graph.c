/* Which operation waits for which: the rules by which Terraform builds its apply graph, and those of CloudFormation.
 *
 * With the output of `terraform graph -plan` beside the plan, its nodes and edges are taken as they are.  Otherwise the
 * nodes are the operations and, so that "all instances of a block" is one edge and not thousands, five nodes for each
 * block: what it refers to is done; its creates and updates are done; both; its destroys are done; those of its
 * destroys that come first are done.
 *
 *  1. A create or update waits for those of all blocks that its own block refers to (of the one instance, where the
 *     key is written), and for what those refer to.
 *  2. A destroy waits for the destroys of everything that depended on it (prior state).
 *  3. Delete, then create: the create waits for its own delete.
 *  4. Create, then delete: the delete waits for its own create and for the creates and updates of everything that
 *     depends on it.
 *  5. What depended on something that is deleted (and not created first) is updated or created after the delete.
 *  6. What is updated, and not replaced, waits for the destroys of what depended on it (not of what was created first).
 *
 * A stack keeps rule 1.  What is deleted or replaced is deleted when every create and update is done, dependants first;
 * of the types that are replaced the other way round, the delete comes just before the create. */
#include <stdlib.h>
#include <string.h>

#include "import/shapes.h"

enum block_node { EXPANDED, MADE, BUILT, GONE, GONE_FIRST, BLOCK_NODES };

struct graph {
    struct import *import;
    size_t count;
    VEC(uint32_t) * waits; /* of each node */
    bool *late;            /* of each block: something that is created first depends on it */
};

static uint32_t block_node(const struct graph *graph, uint32_t block, enum block_node which) {
    return (uint32_t)graph->import->operations.count + BLOCK_NODES * block + (uint32_t)which;
}

static void add_edge(struct graph *graph, uint32_t from, uint32_t to) {
    if (from != to && from != NONE && to != NONE)
        vec_push(&graph->waits[from], to);
}

static void make_operations(struct import *import) {
    for (uint32_t i = 0; i < import->resources.count; i++) {
        struct resource *resource = &import->resources.at[i];
        if (is_created(resource->change) || resource->change == CHANGE_UPDATE) {
            resource->create = (uint32_t)import->operations.count;
            vec_push(&import->operations, ((struct operation){.resource = i}));
        }
        if (is_destroyed(resource->change)) {
            resource->destroy = (uint32_t)import->operations.count;
            vec_push(&import->operations, ((struct operation){.resource = i, .is_destroy = true}));
        }
    }
}

/* ---- blocks ---- */

/* Blocks, whether all of their instances are meant or one. */
static size_t wait_count(const struct block *block) { return block->waits.count + block->single.count; }

static uint32_t wait_at(const struct import *import, const struct block *block, size_t index) {
    return index < block->waits.count ? block->waits.at[index]
                                      : import->resources.at[block->single.at[index - block->waits.count]].block;
}

enum color { WHITE, GREY, BLACK };

static bool has_cycle(struct import *import, uint32_t id, enum color *colors) {
    struct block *block = import->blocks.at[id];
    if (colors[id] != WHITE)
        return colors[id] == GREY;
    colors[id] = GREY;
    for (size_t i = 0; i < wait_count(block); i++)
        if (has_cycle(import, wait_at(import, block, i), colors)) {
            import->place = block->place;
            import_error(import, "cyclic references: %s waits for %s, which waits for it", block->address,
                         import->blocks.at[wait_at(import, block, i)]->address);
            import->place.line = 0;
            return true;
        }
    colors[id] = BLACK;
    return false;
}

static bool reaches(const struct import *import, uint32_t from, uint32_t to, char *seen) {
    if (from == to)
        return true;
    if (seen[from])
        return false;
    seen[from] = 1;
    const struct block *block = import->blocks.at[from];
    for (size_t i = 0; i < wait_count(block); i++)
        if (reaches(import, wait_at(import, block, i), to, seen))
            return true;
    return false;
}

static bool order_blocks(struct import *import) {
    size_t count = import->blocks.count;
    enum color *colors = arena_alloc(&import->arena, (count + 1) * sizeof *colors);
    for (uint32_t i = 0; i < count; i++)
        if (has_cycle(import, i, colors))
            return false;
    char *seen = arena_alloc(&import->arena, count + 1);
    for (uint32_t i = 0; i < count; i++)
        for (size_t k = 0; k < import->blocks.at[i]->guesses.count; k++) {
            memset(seen, 0, count);
            if (!reaches(import, import->blocks.at[i]->guesses.at[k], i, seen))
                vec_push(&import->blocks.at[i]->waits, import->blocks.at[i]->guesses.at[k]);
        }
    return true;
}

/* ---- edges ---- */

static uint32_t block_of_dependency(struct import *import, const struct jtree *item) {
    struct address address;
    const char *text = jtree_string(item);
    if (text == NULL || !address_read(&import->arena, text, &address) || address.name == NULL)
        return NONE;
    const char *path = *address.module_path == '\0' ? "" : arena_format(&import->arena, "%s.", address.module_path);
    return name_map_get(
        &import->blocks_by_address,
        arena_format(&import->arena, "%s%s%s.%s", path, address.is_data ? "data." : "", address.type, address.name));
}

/* What a resource depended on when it was made; without a record, what its block refers to now. */
static void old_dependencies(struct import *import, const struct resource *resource, id_list *list) {
    list->count = 0;
    const struct block *block = import->blocks.at[resource->block];
    for (size_t i = 0; i < jtree_count(resource->depends); i++) {
        uint32_t id = block_of_dependency(import, jtree_at(resource->depends, i));
        if (id != NONE && id != resource->block)
            vec_push(list, id);
    }
    for (size_t i = 0; jtree_type(resource->depends) != JTREE_LIST && i < wait_count(block); i++)
        vec_push(list, wait_at(import, block, i));
}

static void add_block_edges(struct graph *graph) {
    struct import *import = graph->import;
    for (uint32_t b = 0; b < import->blocks.count; b++) {
        const struct block *block = import->blocks.at[b];
        uint32_t expanded = block_node(graph, b, EXPANDED), built = block_node(graph, b, BUILT);
        for (size_t w = 0; w < block->waits.count; w++) /* rule 1 */
            add_edge(graph, expanded, block_node(graph, block->waits.at[w], BUILT));
        for (size_t w = 0; w < block->single.count; w++) {
            const struct resource *other = &import->resources.at[block->single.at[w]];
            add_edge(graph, expanded, other->create);
            add_edge(graph, expanded, block_node(graph, other->block, EXPANDED));
        }
        add_edge(graph, built, expanded); /* what does nothing itself passes on */
        add_edge(graph, built, block_node(graph, b, MADE));
        for (size_t i = 0; i < block->instances.count; i++) {
            uint32_t create = import->resources.at[block->instances.at[i]].create;
            add_edge(graph, block_node(graph, b, MADE), create);
            if (create != NONE)
                add_edge(graph, create, expanded);
        }
    }
}

static void find_late(struct graph *graph) {
    struct import *import = graph->import;
    id_list list = {0};
    for (size_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        if (resource->change != CHANGE_CREATE_DELETE)
            continue;
        old_dependencies(import, resource, &list);
        for (size_t k = 0; k < list.count; k++)
            graph->late[list.at[k]] = true;
    }
    vec_free(&list);
}

static bool is_late(const struct graph *graph, const struct resource *resource) {
    return resource->change == CHANGE_CREATE_DELETE || resource->deposed != NULL || /* made by create_before_destroy */
           (resource->change == CHANGE_DELETE && graph->late[resource->block]);
}

static void add_old_edges(struct graph *graph, bool with_flags) {
    struct import *import = graph->import;
    id_list list = {0};
    for (size_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        if (resource->destroy != NONE) {
            add_edge(graph, block_node(graph, resource->block, GONE), resource->destroy);
            if (!is_late(graph, resource))
                add_edge(graph, block_node(graph, resource->block, GONE_FIRST), resource->destroy);
        }
        if (resource->change == CHANGE_DELETE_CREATE)
            add_edge(graph, resource->create, resource->destroy); /* rule 3 */
        if (resource->change == CHANGE_CREATE_DELETE)
            add_edge(graph, resource->destroy, resource->create); /* rule 4 */
        uint32_t current =
            resource->deposed == NULL ? NONE : name_map_get(&import->resources_by_address, resource->address);
        if (current != NONE)
            add_edge(graph, resource->destroy, import->resources.at[current].create);
        if (resource->before == NULL)
            continue;
        old_dependencies(import, resource, &list);
        for (size_t k = 0; k < list.count; k++) {
            const struct block *other = import->blocks.at[list.at[k]];
            for (size_t n = 0; n < other->instances.count && resource->destroy != NONE; n++) /* rule 2 */
                add_edge(graph, import->resources.at[other->instances.at[n]].destroy,
                         block_node(graph, resource->block, GONE));
            for (size_t n = 0; n < other->instances.count && resource->destroy != NONE; n++) { /* rule 6 */
                const struct resource *target = &import->resources.at[other->instances.at[n]];
                if (target->destroy == NONE && with_flags && !is_late(graph, resource))
                    add_edge(graph, target->create, resource->destroy);
            }
            if (resource->create != NONE && with_flags)
                add_edge(graph, resource->create, block_node(graph, list.at[k], GONE_FIRST));
            for (size_t n = 0; n < other->instances.count && resource->create != NONE; n++) /* rule 4 */
                if (is_late(graph, &import->resources.at[other->instances.at[n]]))
                    add_edge(graph, import->resources.at[other->instances.at[n]].destroy, resource->create);
        }
    }
    for (uint32_t b = 0; b < import->blocks.count; b++) /* rule 4, dependants by the configuration */
        for (size_t w = 0; w < wait_count(import->blocks.at[b]); w++) {
            const struct block *other = import->blocks.at[wait_at(import, import->blocks.at[b], w)];
            for (size_t n = 0; n < other->instances.count; n++)
                if (is_late(graph, &import->resources.at[other->instances.at[n]]))
                    add_edge(graph, import->resources.at[other->instances.at[n]].destroy, block_node(graph, b, MADE));
        }
    vec_free(&list);
}

/* ---- stacks ---- */

static void add_stack_edges(struct graph *graph) {
    struct import *import = graph->import;
    uint32_t updated = (uint32_t)graph->count - 1; /* all creates and updates are done */
    for (size_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        const struct block *block = import->blocks.at[resource->block];
        add_edge(graph, updated, resource->create);
        if (resource->destroy == NONE)
            continue;
        add_edge(graph, block_node(graph, resource->block, GONE), resource->destroy);
        if (resource->change == CHANGE_DELETE_CREATE) {
            add_edge(graph, resource->create, resource->destroy);
            for (size_t w = 0; w < block->waits.count; w++)
                add_edge(graph, resource->destroy, block_node(graph, block->waits.at[w], BUILT));
        } else {
            add_edge(graph, resource->destroy, updated);
        }
    }
    for (uint32_t b = 0; b < import->blocks.count; b++) {
        const struct block *block = import->blocks.at[b];
        for (size_t w = 0; w < block->old_waits.count; w++) {
            const struct block *other = import->blocks.at[block->old_waits.at[w]];
            add_edge(graph, block_node(graph, block->old_waits.at[w], GONE_FIRST), block_node(graph, b, GONE));
            add_edge(graph, block_node(graph, block->old_waits.at[w], GONE_FIRST), block_node(graph, b, GONE_FIRST));
            for (size_t n = 0; n < other->instances.count; n++)
                if (import->resources.at[other->instances.at[n]].change != CHANGE_DELETE_CREATE)
                    add_edge(graph, import->resources.at[other->instances.at[n]].destroy,
                             block_node(graph, block->old_waits.at[w], GONE_FIRST));
        }
    }
}

/* ---- who comes before whom ---- */

static bool close_graph(struct graph *graph, uint32_t *stuck) {
    struct import *import = graph->import;
    size_t operations = import->operations.count, words = operations / 64 + 1;
    uint64_t *rows = calloc(graph->count + 1, words * sizeof *rows);
    uint32_t *stack = calloc(graph->count + 1, sizeof *stack), *next = calloc(graph->count + 1, sizeof *next);
    char *colors = calloc(graph->count + 1, 1);
    if (rows == NULL || stack == NULL || next == NULL || colors == NULL)
        out_of_memory(graph->count * words * sizeof *rows);
    bool good = true;
    for (uint32_t start = 0; good && start < graph->count; start++) {
        size_t depth = 0;
        if (colors[start] == WHITE)
            stack[depth++] = start, colors[start] = GREY;
        while (good && depth > 0) {
            uint32_t node = stack[depth - 1];
            if (next[node] < graph->waits[node].count) {
                uint32_t other = graph->waits[node].at[next[node]++];
                if (colors[other] == GREY) {
                    good = false;
                    *stuck = node;
                } else if (colors[other] == WHITE) {
                    stack[depth++] = other, colors[other] = GREY;
                }
                continue;
            }
            for (size_t i = 0; i < graph->waits[node].count; i++) {
                uint32_t other = graph->waits[node].at[i];
                for (size_t w = 0; w < words; w++)
                    rows[node * words + w] |= rows[other * words + w];
                if (other < operations)
                    rows[node * words + other / 64] |= UINT64_C(1) << other % 64;
            }
            colors[node] = BLACK;
            depth--;
        }
    }
    if (good) {
        import->before = arena_copy(&import->arena, rows, (operations + 1) * words * sizeof *rows);
        import->row_words = words;
    }
    free(rows);
    free(stack);
    free(next);
    free(colors);
    return good;
}

bool comes_before(const struct import *import, uint32_t one, uint32_t other) {
    if (one == NONE || other == NONE)
        return false;
    return import->before[other * import->row_words + one / 64] >> one % 64 & 1;
}

static bool try_order(struct graph *graph, bool with_flags, uint32_t *stuck) {
    graph->count = graph->import->operations.count + BLOCK_NODES * graph->import->blocks.count + 1;
    graph->waits = arena_alloc(&graph->import->arena, (graph->count + 1) * sizeof *graph->waits);
    add_block_edges(graph);
    if (graph->import->is_template)
        add_stack_edges(graph);
    else
        add_old_edges(graph, with_flags);
    bool good = close_graph(graph, stuck);
    for (size_t i = 0; i < graph->count; i++)
        vec_free(&graph->waits[i]);
    return good;
}

/* The nodes and edges of the output of `terraform graph -plan`; an operation is the node behind its own there. */
static bool take_order(struct import *import) {
    struct graph graph = {.import = import};
    uint32_t operations = (uint32_t)import->operations.count, stuck = 0;
    graph.count = operations + apply_graph_count(import);
    graph.waits = arena_alloc(&import->arena, (graph.count + 1) * sizeof *graph.waits);
    for (uint32_t i = 0; i < apply_graph_count(import); i++) {
        const uint32_t *waits;
        size_t count;
        uint32_t operation = operation_of_node(import, i);
        waits_of_node(import, i, &waits, &count);
        add_edge(&graph, operations + i, operation);
        for (size_t k = 0; k < count; k++)
            vec_push(&graph.waits[operation == NONE ? operations + i : operation], operations + waits[k]);
    }
    bool good = close_graph(&graph, &stuck);
    for (size_t i = 0; i < graph.count; i++)
        vec_free(&graph.waits[i]);
    for (uint32_t i = 0; !good && i < apply_graph_count(import); i++)
        if (operations + i == stuck || (stuck < operations && operation_of_node(import, i) == stuck)) {
            node_in_circle(import, i);
            return false;
        }
    return good;
}

static const char *name_of_node(const struct import *import, uint32_t node) {
    if (node < import->operations.count)
        return import->resources.at[import->operations.at[node].resource].address;
    size_t block = (node - import->operations.count) / BLOCK_NODES;
    return block < import->blocks.count ? import->blocks.at[block]->address : "all that is deleted";
}

bool order_operations(struct import *import) {
    uint32_t stuck = 0;
    make_operations(import);
    if (has_exact_order(import))
        return take_order(import);
    if (!order_blocks(import))
        return false;
    struct graph graph = {.import = import};
    graph.late = arena_alloc(&import->arena, import->blocks.count + 1);
    find_late(&graph);
    /* rules 5 and 6 rest on a flag that the plan does not have: create_before_destroy of what is only deleted */
    if (try_order(&graph, true, &stuck))
        return true;
    uint32_t first = stuck;
    if (try_order(&graph, false, &stuck)) {
        note(import,
             "by Terraform's rules the operations may wait for each other in a circle, one of them on %s: 'terraform "
             "graph -plan=FILE' says 'Error: Cycle' then, and so does the apply",
             name_of_node(import, first));
        return true;
    }
    import_error(import, "the operations wait for each other in a circle, one of them on %s",
                 name_of_node(import, stuck));
    return false;
}
