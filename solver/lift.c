#include "solver/lift.h"

#include <assert.h>
#include <string.h>

/* The cone of all roots. */
static void grow(struct lift *lift) {
    size_t bytes = lift->system->exprs.nodes.count * sizeof *lift->marks;
    if (lift->cone.exprs != NULL)
        expr_cone_clear(&lift->cone);
    expr_cone_init_all(&lift->cone, &lift->system->exprs, lift->roots.at, lift->roots.count);
    lift->marks = memory_resize(lift->marks, bytes);
    memset(lift->marks, 0, bytes);
    lift->epoch = 0;
}

void lift_init(struct lift *lift, struct system *system, struct literals *literals) {
    *lift = (struct lift){.system = system, .literals = literals};
    vec_push(&lift->roots, EXPR_TRUE);
    for (size_t i = 0; i < system->transitions.count; i++)
        vec_push(&lift->roots, system->transitions.at[i].guard);
    for (size_t i = 0; i < system->updates.count; i++)
        vec_push(&lift->roots, system->updates.at[i].value);
    lift->updates = memory_resize(NULL, (system->vars.count + 1) * sizeof *lift->updates);
    for (size_t var = 0; var < system->vars.count; var++)
        lift->updates[var] = EXPR_NONE;
    grow(lift);
}

void lift_add(struct lift *lift, expr_id condition) {
    vec_push(&lift->roots, condition);
    grow(lift);
}

void lift_clear(struct lift *lift) {
    vec_free(&lift->roots);
    expr_cone_clear(&lift->cone);
    free(lift->marks);
    free(lift->updates);
    vec_free(&lift->tasks);
}

void lift_look(struct lift *lift, const int32_t *state) {
    lift->state = state;
    expr_cone_value(&lift->cone, state, NULL);
}

bool lift_holds(const struct lift *lift, expr_id condition) { return lift->cone.values[condition] != 0; }

/* ---- one level down ---- */

static int32_t value_of(const struct lift *lift, expr_id id) { return lift->cone.values[id]; }

static void demand(struct lift *lift, expr_id id, enum demand what, int32_t value) {
    vec_push(&lift->tasks, ((struct lift_task){id, what, value}));
}

static void exact(struct lift *lift, expr_id id) { demand(lift, id, DEMAND_EXACT, 0); }

static bool is_marked(const struct lift *lift, expr_id id) { return lift->marks[id] == lift->epoch; }

static bool is_leaf(const struct lift *lift, expr_id id) {
    const struct exprs *exprs = &lift->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    if (node->op == OP_NOT)
        node = expr_get(exprs, expr_args(exprs, id)[0]);
    return node->op == OP_VAR || node->op == OP_EQ;
}

/* The part that costs least: one that is explained already, a plain one, any. */
static expr_id choose(const struct lift *lift, const expr_id *args, uint32_t count, bool wanted) {
    expr_id best = EXPR_NONE;
    int best_rank = 0;
    for (uint32_t i = 0; i < count; i++) {
        if ((value_of(lift, args[i]) != 0) != wanted)
            continue;
        int rank = is_marked(lift, args[i]) ? 3 : is_leaf(lift, args[i]) ? 2 : 1;
        if (rank > best_rank) {
            best = args[i];
            best_rank = rank;
        }
    }
    assert(best != EXPR_NONE);
    return best;
}

/* So many of the flags with this value, explained ones first. */
static void choose_many(struct lift *lift, const expr_id *args, uint32_t count, bool wanted, int64_t needed) {
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < count && needed > 0; i++)
            if ((value_of(lift, args[i]) != 0) == wanted && is_marked(lift, args[i]) == (pass == 0)) {
                exact(lift, args[i]);
                needed--;
            }
}

static void explain_comparison(struct lift *lift, expr_id low, expr_id high, bool holds) {
    int32_t a = value_of(lift, low), b = value_of(lift, high);
    int32_t border;
    const struct exprs *exprs = &lift->system->exprs;
    if (holds) {
        border = expr_is_const(exprs, low, &border) ? a : b;
        demand(lift, low, DEMAND_MOST, border);
        demand(lift, high, DEMAND_LEAST, border);
    } else { /* low > high */
        border = expr_is_const(exprs, low, &border) ? a - 1 : b;
        demand(lift, low, DEMAND_LEAST, border + 1);
        demand(lift, high, DEMAND_MOST, border);
    }
}

static void explain_equality(struct lift *lift, expr_id one, expr_id other) {
    const struct exprs *exprs = &lift->system->exprs;
    int32_t a = value_of(lift, one), b = value_of(lift, other), constant;
    if (expr_get(exprs, one)->is_bool || a == b) {
        exact(lift, one);
        exact(lift, other);
    } else if (expr_is_const(exprs, one, &constant)) {
        demand(lift, other, DEMAND_NOT, a);
    } else {
        demand(lift, one, DEMAND_NOT, b);
        exact(lift, other);
    }
}

/* The argument that a SELECT takes its value from: outside the table, the outermost. */
static expr_id selected(const struct lift *lift, expr_id id) {
    const struct exprs *exprs = &lift->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    const expr_id *args = expr_args(exprs, id);
    int64_t place = (int64_t)value_of(lift, args[0]) - node->payload, last = (int64_t)node->count - 2;
    return args[1 + (place < 0 ? 0 : place > last ? last : place)];
}

static void explain_bool(struct lift *lift, expr_id id) {
    const struct exprs *exprs = &lift->system->exprs;
    const struct expr *node = expr_get(exprs, id);
    const expr_id *args = expr_args(exprs, id);
    bool value = value_of(lift, id) != 0;
    switch ((enum op)node->op) {
    case OP_CONST:
        break;
    case OP_VAR:
        cube_add(lift->cube, lift->literals, (uint32_t)node->payload, LITERAL_NOT, !value);
        break;
    case OP_NOT:
        exact(lift, args[0]);
        break;
    case OP_AND:
    case OP_OR:
        if (value == (node->op == OP_AND))
            for (uint32_t i = 0; i < node->count; i++)
                exact(lift, args[i]);
        else
            exact(lift, choose(lift, args, node->count, value));
        break;
    case OP_EQ:
        explain_equality(lift, args[0], args[1]);
        break;
    case OP_LE:
        explain_comparison(lift, args[0], args[1], value);
        break;
    case OP_ITE:
        exact(lift, args[0]);
        exact(lift, args[value_of(lift, args[0]) != 0 ? 1 : 2]);
        break;
    case OP_SELECT: /* of numbers only */
    case OP_NEXT:
    case OP_ADD:
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
    case OP_COUNT:
    case OP_LAST:
        assert(false); /* not Boolean, or not about one state */
        break;
    }
}

static void explain_var(struct lift *lift, uint32_t var, const struct lift_task *task) {
    const struct system_var *about = &lift->system->vars.at[var];
    int32_t here = lift->state[var];
    switch (task->demand) {
    case DEMAND_EXACT:
        cube_add_exact(lift->cube, lift->literals, var, here);
        break;
    case DEMAND_NOT:
        if (task->value >= about->low && task->value <= about->high)
            cube_add_other(lift->cube, lift->literals, var, task->value, here);
        break;
    case DEMAND_LEAST:
        cube_add(lift->cube, lift->literals, var, LITERAL_LEAST, task->value);
        break;
    case DEMAND_MOST:
        cube_add(lift->cube, lift->literals, var, LITERAL_MOST, task->value);
        break;
    }
}

static void explain_count(struct lift *lift, const struct lift_task *task, const struct expr *node,
                          const expr_id *args) {
    int32_t here = value_of(lift, task->id), n = (int32_t)node->count;
    bool above = task->demand == DEMAND_NOT && here > task->value,
         below = task->demand == DEMAND_NOT && here < task->value;
    if (task->demand == DEMAND_EXACT || task->demand == DEMAND_LEAST || above)
        choose_many(lift, args, node->count, true, task->demand == DEMAND_EXACT ? here : task->value + (above ? 1 : 0));
    if (task->demand == DEMAND_EXACT || task->demand == DEMAND_MOST || below)
        choose_many(lift, args, node->count, false,
                    n - (task->demand == DEMAND_EXACT ? here : task->value - (below ? 1 : 0)));
}

/* A sum of parts each at least (at most) as large as here. */
static void explain_sum(struct lift *lift, const struct lift_task *task, const struct expr *node, const expr_id *args) {
    bool bounded = task->demand == DEMAND_LEAST || task->demand == DEMAND_MOST;
    for (uint32_t i = 0; i < node->count; i++)
        demand(lift, args[i], bounded ? task->demand : DEMAND_EXACT, value_of(lift, args[i]));
}

static void explain_number(struct lift *lift, const struct lift_task *task) {
    const struct exprs *exprs = &lift->system->exprs;
    const struct expr *node = expr_get(exprs, task->id);
    const expr_id *args = expr_args(exprs, task->id);
    switch ((enum op)node->op) {
    case OP_CONST:
        break;
    case OP_VAR:
        explain_var(lift, (uint32_t)node->payload, task);
        break;
    case OP_ITE:
        exact(lift, args[0]);
        demand(lift, args[value_of(lift, args[0]) != 0 ? 1 : 2], task->demand, task->value);
        break;
    case OP_SELECT:
        exact(lift, args[0]);
        demand(lift, selected(lift, task->id), task->demand, task->value);
        break;
    case OP_COUNT:
        explain_count(lift, task, node, args);
        break;
    case OP_ADD:
        explain_sum(lift, task, node, args);
        break;
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
        exact(lift, args[0]);
        exact(lift, args[1]);
        break;
    case OP_NEXT:
    case OP_NOT:
    case OP_AND:
    case OP_OR:
    case OP_EQ:
    case OP_LE:
    case OP_LAST:
        assert(false);
        break;
    }
}

static void explain(struct lift *lift) {
    const struct exprs *exprs = &lift->system->exprs;
    while (lift->tasks.count > 0) {
        struct lift_task task = lift->tasks.at[--lift->tasks.count];
        bool is_bool = expr_get(exprs, task.id)->is_bool;
        if (is_marked(lift, task.id))
            continue; /* its exact value is explained */
        if (task.demand == DEMAND_EXACT)
            lift->marks[task.id] = lift->epoch;
        if (is_bool)
            explain_bool(lift, task.id);
        else
            explain_number(lift, &task);
    }
    cube_sort(lift->cube);
}

static void begin(struct lift *lift, struct cube *result) {
    lift->epoch++;
    lift->cube = result;
    lift->tasks.count = result->count = 0;
}

/* ---- questions ---- */

void lift_condition(struct lift *lift, expr_id condition, struct cube *result) {
    begin(lift, result);
    exact(lift, condition);
    explain(lift);
}

static void set_updates(struct lift *lift, const struct system_transition *transition, bool is_set) {
    for (uint32_t i = 0; i < transition->update_count; i++) {
        const struct system_update *update = &lift->system->updates.at[transition->first_update + i];
        lift->updates[update->var] = is_set ? update->value : EXPR_NONE;
    }
}

static int32_t next_value(const struct lift *lift, uint32_t var) {
    return lift->updates[var] == EXPR_NONE ? lift->state[var] : value_of(lift, lift->updates[var]);
}

void lift_after(struct lift *lift, transition_id transition, int32_t *after) {
    set_updates(lift, &lift->system->transitions.at[transition], true);
    for (uint32_t var = 0; var < lift->system->vars.count; var++)
        after[var] = next_value(lift, var);
    set_updates(lift, &lift->system->transitions.at[transition], false);
}

static bool leads_into(const struct lift *lift, const struct cube *into) {
    for (size_t i = 0; i < into->count; i++) {
        const struct literal *literal = &lift->literals->at.at[into->at[i]];
        if (!literal_admits(literal, next_value(lift, literal->var)))
            return false;
    }
    return true;
}

transition_id lift_find(struct lift *lift, const struct cube *into) {
    for (transition_id t = 0; t < lift->system->transitions.count; t++) {
        const struct system_transition *transition = &lift->system->transitions.at[t];
        if (!lift_holds(lift, transition->guard))
            continue;
        set_updates(lift, transition, true);
        bool leads = leads_into(lift, into);
        set_updates(lift, transition, false);
        if (leads)
            return t;
    }
    return UINT32_MAX;
}

void lift_step(struct lift *lift, transition_id transition, const struct cube *into, struct cube *result) {
    static const enum demand demands[] = {
        [LITERAL_NOT] = DEMAND_NOT, [LITERAL_LEAST] = DEMAND_LEAST, [LITERAL_MOST] = DEMAND_MOST};
    begin(lift, result);
    exact(lift, lift->system->transitions.at[transition].guard);
    explain(lift);
    set_updates(lift, &lift->system->transitions.at[transition], true);
    for (size_t i = 0; i < into->count; i++) {
        const struct literal *literal = &lift->literals->at.at[into->at[i]];
        expr_id update = lift->updates[literal->var];
        if (update == EXPR_NONE)
            vec_push(result, into->at[i]);
        else if (expr_get(&lift->system->exprs, update)->is_bool)
            exact(lift, update);
        else
            demand(lift, update, demands[literal->form], literal->value);
    }
    set_updates(lift, &lift->system->transitions.at[transition], false);
    explain(lift);
}
