#include "solver/cone.h"

#include <stdlib.h>
#include <string.h>

struct marker {
    const struct system *system;
    bool *vars, *seen; /* by variable, by expression */
    bool changed;
};

/* Arguments come before their users, so one pass down marks everything below a root. */
static void mark(struct marker *marker, expr_id root) {
    const struct exprs *exprs = &marker->system->exprs;
    if (marker->seen[root])
        return;
    marker->seen[root] = true;
    VEC(expr_id) open = {0};
    vec_push(&open, root);
    while (open.count > 0) {
        expr_id id = open.at[--open.count];
        const struct expr *node = expr_get(exprs, id);
        if (node->op == OP_VAR && !marker->vars[node->payload]) {
            marker->vars[node->payload] = true;
            marker->changed = true;
        }
        for (uint32_t i = 0; i < node->count; i++) {
            expr_id argument = expr_args(exprs, id)[i];
            if (!marker->seen[argument])
                vec_push(&open, argument);
            marker->seen[argument] = true;
        }
    }
    vec_free(&open);
}

static void mark_transition(struct marker *marker, bool *kept, transition_id t) {
    const struct system *system = marker->system;
    const struct system_transition *transition = &system->transitions.at[t];
    for (uint32_t i = 0; i < transition->update_count; i++) {
        const struct system_update *update = &system->updates.at[transition->first_update + i];
        if (!marker->vars[update->var])
            continue;
        if (!kept[t])
            mark(marker, transition->guard);
        kept[t] = true;
        mark(marker, update->value);
    }
}

static bool reads_only(const struct system *system, expr_id root, const bool *vars) {
    struct marker marker = {.system = system};
    marker.vars = calloc(system->vars.count + 1, 1);
    marker.seen = calloc(system->exprs.nodes.count + 1, 1);
    if (marker.vars == NULL || marker.seen == NULL)
        out_of_memory(system->exprs.nodes.count);
    mark(&marker, root);
    bool only = true;
    for (size_t v = 0; v < system->vars.count && only; v++)
        only = !marker.vars[v] || vars[v];
    free(marker.vars);
    free(marker.seen);
    return only;
}

static void make_view(struct cone *cone, const struct system *system) {
    struct system *view = &cone->view;
    *view = *system;
    view->transitions.at = NULL;
    view->updates.at = NULL;
    view->obligations.at = NULL;
    view->properties.at = NULL;
    view->transitions.count = view->transitions.room = 0;
    view->updates.count = view->updates.room = 0;
    view->obligations.count = view->obligations.room = 0;
    view->properties.count = view->properties.room = 0;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        if (!cone->transitions[t])
            continue;
        struct system_transition transition = system->transitions.at[t];
        uint32_t first = transition.first_update, count = transition.update_count;
        transition.first_update = (uint32_t)view->updates.count;
        transition.update_count = 0;
        for (uint32_t i = first; i < first + count; i++)
            if (cone->vars[system->updates.at[i].var]) {
                vec_push(&view->updates, system->updates.at[i]);
                transition.update_count++;
            }
        vec_push(&view->transitions, transition);
    }
    for (size_t i = 0; i < system->obligations.count; i++)
        if (reads_only(system, system->obligations.at[i].holds, cone->vars))
            vec_push(&view->obligations, system->obligations.at[i]);
}

void cone_init(struct cone *cone, struct system *system, const expr_id *roots, size_t root_count) {
    struct marker marker = {.system = system};
    cone->vars = marker.vars = calloc(system->vars.count + 1, 1);
    cone->transitions = calloc(system->transitions.count + 1, 1);
    marker.seen = calloc(system->exprs.nodes.count + 1, 1);
    if (cone->vars == NULL || cone->transitions == NULL || marker.seen == NULL)
        out_of_memory(system->exprs.nodes.count);
    for (size_t i = 0; i < root_count; i++)
        mark(&marker, roots[i]);
    do {
        marker.changed = false;
        for (transition_id t = 0; t < system->transitions.count; t++)
            mark_transition(&marker, cone->transitions, t);
    } while (marker.changed);
    free(marker.seen);
    make_view(cone, system);
}

void cone_share(struct cone *cone, struct system *system) { system->exprs = cone->view.exprs; }

void cone_clear(struct cone *cone) {
    vec_free(&cone->view.transitions);
    vec_free(&cone->view.updates);
    vec_free(&cone->view.obligations);
    vec_free(&cone->view.properties);
    free(cone->vars);
    free(cone->transitions);
}
