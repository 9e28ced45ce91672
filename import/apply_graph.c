/* The graph that `terraform graph` prints beside the plan.  Of a plan file (`-plan=FILE`) its nodes are operations, and
 * the order is exact; otherwise they are blocks, and it says which block refers to which.  Either way it shows what
 * stands behind locals and dynamic blocks, which the plan in JSON does not. */
#include <stdlib.h>
#include <string.h>

#include "import/dot.h"
#include "import/shapes.h"

static const char again[] = "make both of one plan: 'terraform show -json FILE' and 'terraform graph -plan=FILE'";

enum role { ROLE_NONE, ROLE_BUILD, ROLE_DESTROY, ROLE_BLOCK };

struct node_role {
    enum role role;
    uint32_t resource, block; /* or NONE */
};

struct apply_graph {
    struct dot dot;
    uint32_t file;
    bool is_exact;
    struct node_role *roles;
    id_list *nodes_of_block;
    size_t block_count, resource_count; /* of the plan: a snapshot adds more later */
    uint32_t *build, *destroy;          /* of each resource: its node */
};

bool read_apply_graph(struct import *import, const char *path) {
    size_t bytes;
    uint32_t plan = import->file;
    struct apply_graph *graph = arena_alloc(&import->arena, sizeof *graph);
    import->file = graph->file = diags_add_file(import->diags, path, NULL, 0);
    char *text = read_whole_file(import, path, &bytes);
    bool good = text != NULL;
    if (good) {
        import->diags->files.at[graph->file].text = text; /* for the line of a diagnostic */
        import->diags->files.at[graph->file].bytes = strlen(text);
        import->graph = graph;
        if (strlen(text) < bytes)
            import_error(import, "a NUL character stands in the graph; expected DOT, the output of 'terraform graph'");
        else if (text[strspn(text, " \t\r\n")] == '\0')
            import_error(import, "the graph is empty; expected DOT, the output of 'terraform graph -plan=FILE'");
        else
            dot_read(&graph->dot, import->diags, graph->file, text);
        good = !diags_failed(import->diags);
    }
    import->file = plan;
    return good;
}

void free_apply_graph(struct apply_graph *graph) {
    if (graph == NULL)
        return;
    dot_clear(&graph->dot);
    for (size_t i = 0; i < graph->block_count; i++)
        vec_free(&graph->nodes_of_block[i]);
    free(graph->nodes_of_block);
}

/* ---- what the nodes are ---- */

/* "[root] aws_eip.x[0] (destroy)": the address, and what stands in brackets behind it ("" for nothing). */
static const char *split_name(struct arena *arena, const char *name, const char **remark) {
    if (strncmp(name, "[root] ", 7) == 0)
        name += 7;
    size_t length = strlen(name);
    *remark = "";
    if (length == 0 || name[length - 1] != ')')
        return name;
    for (size_t i = length - 1; i > 0; i--)
        if (name[i] == '(' && name[i - 1] == ' ') {
            *remark = arena_text(arena, name + i + 1, length - i - 2);
            return arena_text(arena, name, i - 1);
        }
    return name;
}

static bool is_reference_word(const char *type) {
    static const char *const words[] = {"var", "local", "output", "check", "provider", "meta", "path", "terraform"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(type, words[i]) == 0)
            return true;
    return false;
}

/* The old object of a resource that is created first gets its key when the graph is made. */
static uint32_t destroyed(const struct import *import, const char *address, const char *remark) {
    const char *key = strncmp(remark, "destroy deposed ", 16) == 0 ? remark + 16 : NULL;
    uint32_t id = name_map_get(&import->resources_by_address, address);
    for (uint32_t i = 0; key != NULL && i < import->resources.count; i++)
        if (import->resources.at[i].deposed != NULL && strcmp(import->resources.at[i].deposed, key) == 0 &&
            strcmp(import->resources.at[i].address, address) == 0)
            return i;
    if (id == NONE || !is_destroyed(import->resources.at[id].change) ||
        (key != NULL && import->resources.at[id].change != CHANGE_CREATE_DELETE))
        return NONE;
    return id;
}

static void bad_node(struct import *import, uint32_t node, const char *what) {
    const struct dot_node *at = &import->graph->dot.nodes.at[node];
    diag_error(import->diags, at->span, DIAG_IMPORT, "%.300s: %s; %s", at->name, what, again);
}

static void find_role(struct import *import, uint32_t node) {
    struct apply_graph *graph = import->graph;
    struct node_role *role = &graph->roles[node];
    struct address parts;
    const char *remark, *address = split_name(&import->arena, graph->dot.nodes.at[node].name, &remark);
    *role = (struct node_role){ROLE_NONE, NONE, NONE};
    if (!address_read(&import->arena, address, &parts) || parts.name == NULL || is_reference_word(parts.type) ||
        *parts.rest != '\0')
        return;
    const char *path =
        arena_format(&import->arena, "%s%s%s%s.%s", parts.module_path, *parts.module_path == '\0' ? "" : ".",
                     parts.is_data ? "data." : "", parts.type, parts.name);
    role->block = name_map_get(&import->blocks_by_address, path);
    if (strncmp(remark, "destroy", 7) == 0) {
        role->role = ROLE_DESTROY;
        role->resource = destroyed(import, address, remark);
        if (role->resource == NONE)
            bad_node(import, node, "the plan destroys no such thing");
    } else if (strcmp(remark, "expand") == 0 || strcmp(remark, "prepare state") == 0) {
        role->role = ROLE_BLOCK;
    } else if (*remark == '\0') {
        role->role = ROLE_BUILD;
        role->resource = name_map_get(&import->resources_by_address, address);
        if (role->block == NONE && !parts.is_data)
            bad_node(import, node, "the plan has no such resource");
    }
}

/* Nodes that are operations: something is destroyed, or instances stand beside their block. */
static bool has_operations(const struct import *import) {
    const struct apply_graph *graph = import->graph;
    bool blocks = false, instances = false, plain = false;
    for (size_t i = 0; i < graph->dot.nodes.count; i++) {
        const char *name = graph->dot.nodes.at[i].name;
        if (graph->roles[i].role == ROLE_DESTROY)
            return true;
        blocks |= graph->roles[i].role == ROLE_BLOCK;
        plain |= graph->roles[i].role == ROLE_BUILD;
        instances |= graph->roles[i].role == ROLE_BUILD && *name != '\0' && name[strlen(name) - 1] == ']';
    }
    return instances || (blocks && plain);
}

static bool check_operations(struct import *import) {
    struct apply_graph *graph = import->graph;
    uint32_t first = NONE;
    size_t missing = 0;
    bool destroy = false;
    for (uint32_t i = 0; i < import->resources.count; i++) {
        const struct resource *resource = &import->resources.at[i];
        bool built = is_created(resource->change) || resource->change == CHANGE_UPDATE;
        bool no_build = built && graph->build[i] == NONE;
        bool no_destroy = is_destroyed(resource->change) && graph->destroy[i] == NONE;
        missing += (size_t)no_build + (size_t)no_destroy;
        if (first == NONE && (no_build || no_destroy))
            first = i, destroy = !no_build;
    }
    if (first == NONE)
        return true;
    diag_error(import->diags, (struct span){graph->file, 0, 0, 0}, DIAG_IMPORT,
               "the graph does not belong to the plan: it has no node for %zu operation%s, the first is to %s %s; %s",
               missing, missing == 1 ? "" : "s",
               destroy                                               ? "destroy"
               : import->resources.at[first].change == CHANGE_UPDATE ? "update"
                                                                     : "create",
               import->resources.at[first].address, again);
    return false;
}

static bool check_blocks(struct import *import) {
    struct apply_graph *graph = import->graph;
    for (uint32_t b = 0; b < import->blocks.count; b++) {
        const struct block *block = import->blocks.at[b];
        if (block->module == NULL || strncmp(block->address, "data.", 5) == 0 ||
            strstr(block->address, ".data.") != NULL || graph->nodes_of_block[b].count > 0)
            continue;
        diag_error(import->diags, (struct span){graph->file, 0, 0, 0}, DIAG_IMPORT,
                   "the graph does not belong to the plan: it has no node for %s; %s", block->address, again);
        return false;
    }
    return true;
}

/* ---- what stands behind a node ---- */

struct walk {
    const struct import *import;
    char *seen;
    id_list stack;
};

/* All nodes behind the first ones on the stack; `direct`: not those behind other blocks. */
static void walk_on(struct walk *walk, uint32_t own_block, bool direct) {
    const struct apply_graph *graph = walk->import->graph;
    while (walk->stack.count > 0) {
        uint32_t node = walk->stack.at[--walk->stack.count];
        uint32_t block = graph->roles[node].block;
        if (direct && block != NONE && block != own_block)
            continue;
        for (size_t i = 0; i < graph->dot.nodes.at[node].to.count; i++) {
            uint32_t next = graph->dot.nodes.at[node].to.at[i];
            if (!walk->seen[next]) {
                walk->seen[next] = 1;
                vec_push(&walk->stack, next);
            }
        }
    }
}

static struct walk start_walk(const struct import *import) {
    struct walk walk = {.import = import, .seen = calloc(import->graph->dot.nodes.count + 1, 1)};
    if (walk.seen == NULL)
        out_of_memory(import->graph->dot.nodes.count);
    return walk;
}

static void end_walk(struct walk *walk) {
    free(walk->seen);
    vec_free(&walk->stack);
}

static void begin_at_block(struct walk *walk, uint32_t block) {
    const struct apply_graph *graph = walk->import->graph;
    const id_list *nodes = &graph->nodes_of_block[block < graph->block_count ? block : 0];
    for (size_t i = 0; block < graph->block_count && i < nodes->count; i++)
        if (graph->roles[nodes->at[i]].role != ROLE_DESTROY)
            vec_push(&walk->stack, nodes->at[i]);
}

/* The node of "local.x" in the module of a block. */
static uint32_t local_node(struct import *import, const struct block *block, const char *local) {
    static const char *const before[] = {"[root] ", ""}, *const behind[] = {" (expand)", ""};
    const char *path = block->module == NULL ? "" : block->module->path;
    for (size_t i = 0; i < ARRAY_SIZE(before); i++)
        for (size_t k = 0; k < ARRAY_SIZE(behind); k++) {
            uint32_t node =
                name_map_get(&import->graph->dot.by_name, arena_format(&import->arena, "%s%s%s%s%s", before[i], path,
                                                                       *path == '\0' ? "" : ".", local, behind[k]));
            if (node != NONE)
                return node;
        }
    return NONE;
}

void blocks_behind(struct import *import, uint32_t block, const char *local, bool direct, id_list *list) {
    struct apply_graph *graph = import->graph;
    struct walk walk = start_walk(import);
    uint32_t node = local == NULL ? NONE : local_node(import, import->blocks.at[block], local);
    if (node != NONE)
        vec_push(&walk.stack, node);
    else
        begin_at_block(&walk, block);
    walk_on(&walk, block, direct);
    for (uint32_t b = 0; b < graph->block_count; b++) {
        bool is_behind = false;
        for (size_t i = 0; b != block && i < graph->nodes_of_block[b].count && !is_behind; i++) {
            uint32_t other = graph->nodes_of_block[b].at[i];
            is_behind = walk.seen[other] && graph->roles[other].role != ROLE_DESTROY;
        }
        if (is_behind)
            vec_push(list, b);
    }
    end_walk(&walk);
}

uint32_t only_instance_behind(struct import *import, uint32_t resource, uint32_t block) {
    struct apply_graph *graph = import->graph;
    uint32_t only = NONE;
    if (!graph->is_exact || resource >= graph->resource_count || block >= graph->block_count ||
        graph->build[resource] == NONE)
        return NONE;
    struct walk walk = start_walk(import);
    vec_push(&walk.stack, graph->build[resource]);
    walk_on(&walk, NONE, false);
    size_t count = 0;
    for (size_t i = 0; i < graph->nodes_of_block[block].count; i++) {
        const struct node_role *role = &graph->roles[graph->nodes_of_block[block].at[i]];
        if (role->role == ROLE_BUILD && role->resource != NONE && walk.seen[graph->nodes_of_block[block].at[i]])
            only = role->resource, count++;
    }
    end_walk(&walk);
    return count == 1 ? only : NONE;
}

/* The waits of the blocks, as the graph has them. */
static void take_waits(struct import *import) {
    id_list direct = {0};
    for (uint32_t b = 0; b < import->blocks.count; b++) {
        struct block *block = import->blocks.at[b];
        if (import->graph->nodes_of_block[b].count == 0)
            continue;
        direct.count = 0;
        blocks_behind(import, b, NULL, true, &direct);
        for (size_t i = 0; i < direct.count; i++) {
            bool known = false;
            for (size_t k = 0; k < block->waits.count && !known; k++)
                known = block->waits.at[k] == direct.at[i];
            if (!known)
                vec_push(&block->waits, direct.at[i]);
        }
    }
    vec_free(&direct);
}

bool match_apply_graph(struct import *import) {
    struct apply_graph *graph = import->graph;
    size_t nodes = graph->dot.nodes.count, resources = import->resources.count;
    graph->roles = arena_alloc(&import->arena, (nodes + 1) * sizeof *graph->roles);
    graph->build = arena_alloc(&import->arena, (resources + 1) * sizeof *graph->build);
    graph->destroy = arena_alloc(&import->arena, (resources + 1) * sizeof *graph->destroy);
    graph->block_count = import->blocks.count;
    graph->resource_count = resources;
    graph->nodes_of_block = calloc(graph->block_count + 1, sizeof *graph->nodes_of_block);
    if (graph->nodes_of_block == NULL)
        out_of_memory((graph->block_count + 1) * sizeof *graph->nodes_of_block);
    for (size_t i = 0; i < resources; i++)
        graph->build[i] = graph->destroy[i] = NONE;
    for (uint32_t i = 0; i < nodes; i++) {
        find_role(import, i);
        const struct node_role *role = &graph->roles[i];
        if (role->block != NONE && role->role != ROLE_NONE)
            vec_push(&graph->nodes_of_block[role->block], i);
        if (role->resource != NONE)
            *(role->role == ROLE_DESTROY ? &graph->destroy[role->resource] : &graph->build[role->resource]) = i;
    }
    if (diags_failed(import->diags))
        return false;
    graph->is_exact = has_operations(import);
    if (graph->is_exact)
        return check_operations(import);
    if (!check_blocks(import))
        return false;
    take_waits(import);
    return true;
}

/* ---- the order ---- */

bool has_exact_order(const struct import *import) { return import->graph != NULL && import->graph->is_exact; }

size_t apply_graph_count(const struct import *import) { return import->graph->dot.nodes.count; }

uint32_t operation_of_node(const struct import *import, uint32_t node) {
    const struct node_role *role = &import->graph->roles[node];
    if (role->resource == NONE)
        return NONE;
    const struct resource *resource = &import->resources.at[role->resource];
    return role->role == ROLE_DESTROY ? resource->destroy : resource->create;
}

void waits_of_node(const struct import *import, uint32_t node, const uint32_t **list, size_t *count) {
    *list = import->graph->dot.nodes.at[node].to.at;
    *count = import->graph->dot.nodes.at[node].to.count;
}

void node_in_circle(struct import *import, uint32_t node) {
    const struct dot_node *at = &import->graph->dot.nodes.at[node];
    diag_error(import->diags, at->span, DIAG_IMPORT, "cyclic references: %.300s waits for itself", at->name);
}
