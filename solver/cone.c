#include "solver/cone.h"

#include <stdlib.h>
#include <string.h>

struct marker {
    const struct system *system;
    struct abstraction *abstraction;
    bool *vars, *seen; /* by variable, by expression */
    abstract_list found;
    bool changed;
};

static void mark(struct marker *marker, expr_id root) {
    if (marker->seen[root])
        return;
    marker->seen[root] = true;
    marker->found.count = 0;
    abstraction_vars(marker->abstraction, root, false, &marker->found);
    for (size_t i = 0; i < marker->found.count; i++) {
        marker->changed = marker->changed || !marker->vars[marker->found.at[i]];
        marker->vars[marker->found.at[i]] = true;
    }
}

static void mark_transition(struct marker *marker, bool *kept, transition_id t) {
    const struct system *system = marker->system;
    const struct system_transition *transition = &system->transitions.at[t];
    bool possible = marker->abstraction->base[transition->guard].high != 0;
    for (uint32_t i = 0; i < transition->update_count && possible; i++) {
        const struct system_update *update = &system->updates.at[transition->first_update + i];
        if (!marker->vars[update->var])
            continue;
        if (!kept[t])
            mark(marker, transition->guard);
        kept[t] = true;
        mark(marker, update->value);
    }
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
    view->obligations.count = view->obligations.room = 0; /* not asked here */
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
}

void cone_init(struct cone *cone, const struct system *system, struct abstraction *abstraction, const expr_id *roots,
               size_t root_count) {
    struct marker marker = {.system = system, .abstraction = abstraction};
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
    vec_free(&marker.found);
    make_view(cone, system);
}

void cone_clear(struct cone *cone) {
    vec_free(&cone->view.transitions);
    vec_free(&cone->view.updates);
    free(cone->vars);
    free(cone->transitions);
}
