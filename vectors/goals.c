#include "vectors/goals.h"

#include <assert.h>
#include <string.h>

const char *goal_form_text(enum goal_form form) {
    static const char *const texts[] = {"ok", "first", "alone"};
    return texts[form];
}

const char *goal_response(const struct goal *goal) {
    return goal->form == GOAL_OK ? "ok" : goal->action->checks.at[goal->check].codes[0];
}

size_t goals_find(const struct goals *goals, const struct action *action, enum goal_form form, size_t check) {
    size_t first = goals->first[action->index];
    assert(first != SIZE_MAX);
    return form == GOAL_OK ? first : first + 1 + 2 * check + (form == GOAL_ALONE);
}

/* Ids of checks are the author's; two checks of one action may have the same. */
static const char *check_name(struct goals *goals, const struct action *action, size_t check) {
    const char *id = action->checks.at[check].origin.id;
    for (size_t i = 0; i < action->checks.count; i++)
        if (i != check && strcmp(action->checks.at[i].origin.id, id) == 0)
            return arena_format(&goals->arena, "%s-%zu", id, check + 1);
    return id;
}

static void add_goals_of(struct goals *goals, const struct action *action) {
    struct goal goal = {GOAL_OK, action, 0, arena_format(&goals->arena, "%s/ok", action->name), EXPR_FALSE};
    goals->first[action->index] = goals->list.count;
    vec_push(&goals->list, goal);
    for (size_t k = 0; k < action->checks.count; k++)
        for (goal.form = GOAL_FIRST; goal.form <= GOAL_ALONE; goal.form++) {
            goal.check = k;
            goal.id = arena_format(&goals->arena, "%s/%s/%s", action->name, check_name(goals, action, k),
                                   goal_form_text(goal.form));
            vec_push(&goals->list, goal);
        }
}

/* The ways to show each goal, one for each call or transition. */
typedef VEC(expr_id) ways;

static void add_way(ways *ways_of, size_t goal, expr_id way) {
    if (way != EXPR_FALSE)
        vec_push(&ways_of[goal], way);
}

static void add_call(struct goals *goals, struct system *system, const struct system_call *call, ways *ways_of) {
    const struct action *action = call->action;
    struct exprs *exprs = &system->exprs;
    size_t count = action->checks.count;
    const expr_id *holds = system->check_conditions.at + call->checks;
    expr_id passed = call->enabled;
    for (size_t k = 0; k < count && passed != EXPR_FALSE; k++) {
        expr_id fails = expr_and2(exprs, passed, expr_not(exprs, holds[k]));
        add_way(ways_of, goals_find(goals, action, GOAL_FIRST, k), fails);
        expr_id alone = fails;
        for (size_t j = k + 1; j < count && alone != EXPR_FALSE; j++)
            if (!is_dependent(&goals->dependence, action, k, j))
                alone = expr_and2(exprs, alone, holds[j]);
        add_way(ways_of, goals_find(goals, action, GOAL_ALONE, k), alone);
        passed = expr_and2(exprs, passed, holds[k]);
    }
}

void goals_init(struct goals *goals, struct system *system) {
    const struct rulebook *rulebook = system->rulebook;
    *goals = (struct goals){.first = memory_resize(NULL, (rulebook->actions.count + 1) * sizeof *goals->first)};
    dependence_init(&goals->dependence, system);
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        goals->first[action->index] = SIZE_MAX;
        if (action->by == BY_CLIENT && action->is_allowed)
            add_goals_of(goals, action);
    }
    size_t bytes = (goals->list.count + 1) * sizeof(ways);
    ways *ways_of = memory_resize(NULL, bytes);
    memset(ways_of, 0, bytes);
    for (size_t c = 0; c < system->calls.count; c++)
        if (goals->first[system->calls.at[c].action->index] != SIZE_MAX)
            add_call(goals, system, &system->calls.at[c], ways_of);
    for (transition_id t = 0; t < system->transitions.count; t++)
        if (goals->first[system_action(system, t)->index] != SIZE_MAX)
            add_way(ways_of, goals_find(goals, system_action(system, t), GOAL_OK, 0), system->transitions.at[t].guard);
    for (size_t i = 0; i < goals->list.count; i++) {
        goals->list.at[i].condition = expr_or(&system->exprs, ways_of[i].at, ways_of[i].count);
        vec_free(&ways_of[i]);
    }
    free(ways_of);
}

void goals_clear(struct goals *goals) {
    vec_free(&goals->list);
    free(goals->first);
    dependence_clear(&goals->dependence);
    arena_clear(&goals->arena);
    *goals = (struct goals){0};
}
