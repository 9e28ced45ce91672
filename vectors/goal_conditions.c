#include "vectors/goal_conditions.h"

#include <string.h>

#include "model/relower.h"

struct conditions {
    struct goals *goals;
    struct system *system;
    struct exprs *exprs;
    struct relowering *relowering;
    VEC(expr_id) * ways; /* to show each goal, one for each call or transition */
    const struct system_transition *transition;
    transition_id next_transition; /* of has_answer() */
    expr_id *fails;                /* by action->index: some call of it does */
};

static void add_way(struct conditions *conditions, size_t goal, expr_id way) {
    if (way != EXPR_FALSE)
        vec_push(&conditions->ways[goal], way);
}

bool goal_has_argument(const struct goal *goal, const int32_t *arguments) {
    const struct action *action = goal->action;
    for (size_t i = 0; i < goal->parameter; i++)
        arguments += action->parameters.at[i]->width;
    int32_t members = 0;
    switch (goal->argument) {
    case ARGUMENT_VALUE:
        return *arguments == goal->value;
    case ARGUMENT_GIVEN:
        return (*arguments >= 0) == (goal->value != 0);
    case ARGUMENT_SIZE:
        for (uint32_t i = 0; i < action->parameters.at[goal->parameter]->width; i++)
            members += arguments[i];
        return members == goal->value;
    }
    return false;
}

static const char *preferred_code(const struct action *action, size_t check) {
    return action->checks.at[check].codes[0];
}

/* `fails`: the check is the first to fail there. */
static void add_failure(struct conditions *conditions, const struct system_call *call, size_t check, expr_id fails) {
    struct goals *goals = conditions->goals;
    const struct action *action = call->action;
    const int32_t *arguments = conditions->system->arguments.at + call->arguments;
    for (size_t g = goals->first[action->index]; g < goals->end[action->index]; g++) {
        const struct goal *goal = &goals->list.at[g];
        if ((goal->form == GOAL_CODE && strcmp(goal->code, preferred_code(action, check)) == 0) ||
            (goal->form == GOAL_ARGUMENT && !goal->succeeds && goal_has_argument(goal, arguments)))
            add_way(conditions, g, fails);
    }
}

static void add_asked(struct conditions *conditions, uint32_t number, size_t check, expr_id asked) {
    struct goals *goals = conditions->goals;
    const struct action *action = conditions->system->calls.at[number].action;
    for (size_t g = goals->first[action->index]; g < goals->end[action->index]; g++) {
        const struct goal *goal = &goals->list.at[g];
        if (goal->form != GOAL_BOUNDARY || goal->check != check)
            continue;
        struct mutant *in_place = &goals->mutants.at[goal->mutant];
        expr_id defined;
        mutant_toggle(in_place);
        expr_id holds = relower_check(conditions->relowering, number, check, &defined);
        mutant_toggle(in_place);
        add_way(conditions, g, expr_and2(conditions->exprs, asked, expr_and2(conditions->exprs, holds, defined)));
    }
}

/* It fails, or the scope has room for its success: a new object needs one that is absent. */
static expr_id has_answer(struct conditions *conditions, uint32_t number) {
    const struct system *system = conditions->system;
    const struct system_call *call = &system->calls.at[number];
    struct exprs *exprs = conditions->exprs;
    VEC(expr_id) answers = {0};
    vec_push(&answers,
             expr_not(exprs, expr_and(exprs, system->check_conditions.at + call->checks, call->action->checks.count)));
    transition_id *t = &conditions->next_transition; /* calls come in order */
    while (*t < system->transitions.count && system->transitions.at[*t].call < number)
        ++*t;
    for (; *t < system->transitions.count && system->transitions.at[*t].call == number; ++*t)
        vec_push(&answers, system->transitions.at[*t].guard);
    expr_id result = expr_or(exprs, answers.at, answers.count);
    vec_free(&answers);
    return result;
}

static void add_call(struct conditions *conditions, uint32_t number) {
    const struct system_call *call = &conditions->system->calls.at[number];
    const struct action *action = call->action;
    struct exprs *exprs = conditions->exprs;
    struct goals *goals = conditions->goals;
    size_t count = action->checks.count;
    const expr_id *holds = conditions->system->check_conditions.at + call->checks;
    expr_id passed = call->enabled, answered = has_answer(conditions, number);
    for (size_t k = 0; k < count && passed != EXPR_FALSE; k++) {
        add_asked(conditions, number, k, expr_and2(exprs, passed, answered));
        expr_id fails = expr_and2(exprs, passed, expr_not(exprs, holds[k]));
        if (fails != EXPR_FALSE) {
            add_way(conditions, goals_find(goals, action, GOAL_FIRST, k), fails);
            add_failure(conditions, call, k, fails);
        }
        expr_id alone = fails;
        for (size_t j = k + 1; j < count && alone != EXPR_FALSE; j++)
            if (!is_dependent(&goals->dependence, action, k, j))
                alone = expr_and2(exprs, alone, holds[j]);
        add_way(conditions, goals_find(goals, action, GOAL_ALONE, k), alone);
        passed = expr_and2(exprs, passed, holds[k]);
    }
}

static expr_id leaf_after(void *context, struct exprs *exprs, expr_id leaf) {
    const struct conditions *conditions = context;
    uint32_t var = (uint32_t)expr_get(exprs, leaf)->payload;
    for (uint32_t i = 0; i < conditions->transition->update_count; i++) {
        const struct system_update *update = &conditions->system->updates.at[conditions->transition->first_update + i];
        if (update->var == var)
            return update->value;
    }
    return leaf;
}

/* The call can be made again after the transition, and has an answer. */
static expr_id can_repeat(struct conditions *conditions, transition_id t) {
    const struct system *system = conditions->system;
    struct exprs *exprs = conditions->exprs;
    uint32_t call = system->transitions.at[t].call;
    struct expr_map map = {0};
    conditions->transition = &system->transitions.at[t];
    expr_id again = expr_rebuild(exprs, system->calls.at[call].enabled, leaf_after, conditions, &map);
    expr_id passes = expr_and(exprs, system->check_conditions.at + system->calls.at[call].checks,
                              system->calls.at[call].action->checks.count);
    expr_id answered = expr_not(exprs, expr_rebuild(exprs, passes, leaf_after, conditions, &map));
    transition_id r = t;
    while (r > 0 && system->transitions.at[r - 1].call == call)
        r--;
    for (; r < system->transitions.count && system->transitions.at[r].call == call; r++)
        answered = expr_or2(exprs, answered,
                            expr_rebuild(exprs, system->transitions.at[r].guard, leaf_after, conditions, &map));
    expr_map_clear(&map);
    return expr_and2(exprs, again, answered);
}

static expr_id changes_nothing(struct conditions *conditions, const struct system_transition *transition) {
    struct exprs *exprs = conditions->exprs;
    expr_id idle = EXPR_TRUE;
    for (uint32_t i = 0; i < transition->update_count && idle != EXPR_FALSE; i++) {
        const struct system_update *update = &conditions->system->updates.at[transition->first_update + i];
        const struct system_var *v = &conditions->system->vars.at[update->var];
        expr_id old = expr_var(exprs, update->var, v->low, v->high, v->is_bool);
        idle = expr_and2(exprs, idle, expr_eq(exprs, old, update->value));
    }
    return idle;
}

static void add_success(struct conditions *conditions, transition_id t) {
    const struct system_transition *transition = &conditions->system->transitions.at[t];
    const struct action *action = system_action(conditions->system, t);
    const int32_t *arguments = conditions->system->arguments.at + transition->arguments;
    struct goals *goals = conditions->goals;
    expr_id guard = transition->guard;
    add_way(conditions, goals_find(goals, action, GOAL_OK, 0), guard);
    for (size_t g = goals->first[action->index]; g < goals->end[action->index]; g++) {
        const struct goal *goal = &goals->list.at[g];
        if (goal->form == GOAL_ARGUMENT && goal_has_argument(goal, arguments))
            add_way(conditions, g, guard);
        else if (goal->form == GOAL_NO_CHANGE)
            add_way(conditions, g, expr_and2(conditions->exprs, guard, changes_nothing(conditions, transition)));
        else if (goal->form == GOAL_REPEATED)
            add_way(conditions, g, expr_and2(conditions->exprs, guard, can_repeat(conditions, t)));
        else if (goal->form == GOAL_UNHURT)
            add_way(conditions, g, expr_and2(conditions->exprs, guard, conditions->fails[action->index]));
    }
}

static bool is_asked(const struct goals *goals, const struct action *action) {
    return action->by == BY_CLIENT && goals->first[action->index] < goals->end[action->index];
}

/* An argument is to be given with success, if that is ever possible. */
static void demand_success(struct conditions *conditions) {
    struct goals *goals = conditions->goals;
    for (transition_id t = 0; t < conditions->system->transitions.count; t++) {
        const struct action *action = system_action(conditions->system, t);
        const int32_t *arguments = conditions->system->arguments.at + conditions->system->transitions.at[t].arguments;
        for (size_t g = goals->first[action->index]; is_asked(goals, action) && g < goals->end[action->index]; g++)
            if (goals->list.at[g].form == GOAL_ARGUMENT && goal_has_argument(&goals->list.at[g], arguments))
                goals->list.at[g].succeeds = true;
    }
}

/* Some call of the action fails. */
static expr_id fails_somehow(struct conditions *conditions, const struct action *action) {
    const struct goals *goals = conditions->goals;
    VEC(expr_id) some = {0};
    for (size_t k = 0; is_asked(goals, action) && k < action->checks.count; k++) {
        size_t g = goals_find(goals, action, GOAL_FIRST, k);
        for (size_t i = 0; i < conditions->ways[g].count; i++)
            vec_push(&some, conditions->ways[g].at[i]);
    }
    expr_id result = expr_or(conditions->exprs, some.at, some.count);
    vec_free(&some);
    return result;
}

void goal_conditions(struct goals *goals, struct system *system) {
    struct conditions conditions = {.goals = goals, .system = system, .exprs = &system->exprs};
    size_t bytes = (goals->list.count + 1) * sizeof *conditions.ways;
    conditions.ways = memory_resize(NULL, bytes);
    memset(conditions.ways, 0, bytes);
    conditions.relowering = relowering_new(system);
    demand_success(&conditions);
    for (uint32_t c = 0; c < system->calls.count; c++)
        if (is_asked(goals, system->calls.at[c].action))
            add_call(&conditions, c);
    conditions.fails = memory_resize(NULL, (system->rulebook->actions.count + 1) * sizeof *conditions.fails);
    for (size_t a = 0; a < system->rulebook->actions.count; a++)
        conditions.fails[system->rulebook->actions.at[a]->index] =
            fails_somehow(&conditions, system->rulebook->actions.at[a]);
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (is_asked(goals, system_action(system, t)))
            add_success(&conditions, t);
    for (size_t i = 0; i < goals->list.count; i++) {
        if (!goal_is_mutant(&goals->list.at[i]))
            goals->list.at[i].condition = expr_or(&system->exprs, conditions.ways[i].at, conditions.ways[i].count);
        vec_free(&conditions.ways[i]);
    }
    relowering_free(conditions.relowering);
    free(conditions.ways);
    free(conditions.fails);
}
