#include "vectors/goals.h"

#include <assert.h>
#include <string.h>

#include "vectors/goal_conditions.h"
#include "vectors/kill.h"

const char *goal_form_text(enum goal_form form) {
    static const char *const texts[] = {
#define GOAL(name, text) text,
        GOALS
#undef GOAL
    };
    return texts[form];
}

const struct origin *goal_origin(const struct goals *goals, const struct goal *goal) {
    switch (goal->form) {
    case GOAL_FIRST:
    case GOAL_ALONE:
    case GOAL_BOUNDARY:
        return &goal->action->checks.at[goal->check].origin;
    case GOAL_ATOM:
    case GOAL_EFFECT:
    case GOAL_MUTANT:
        return goals->mutants.at[goal->mutant].origin;
    case GOAL_OK:
    case GOAL_CODE:
    case GOAL_ARGUMENT:
    case GOAL_NO_CHANGE:
    case GOAL_REPEATED:
    case GOAL_UNHURT:
    case GOAL_FORMS:
        break;
    }
    return NULL;
}

size_t goals_find(const struct goals *goals, const struct action *action, enum goal_form form, size_t check) {
    size_t first = goals->first[action->index];
    assert(first < goals->end[action->index] && action->by == BY_CLIENT);
    return form == GOAL_OK ? first : first + 1 + 2 * check + (form == GOAL_ALONE);
}

/* ---- which goals there are ---- */

/* Ids of rules are the author's; two of one action may have the same. */
static const char *check_name(struct goals *goals, const struct action *action, size_t check) {
    const char *id = action->checks.at[check].origin.id;
    for (size_t i = 0; i < action->checks.count; i++)
        if (i != check && strcmp(action->checks.at[i].origin.id, id) == 0)
            return arena_format(&goals->arena, "%s-%zu", id, check + 1);
    return id;
}

static const char *effect_name(struct goals *goals, const struct action *action, size_t effect) {
    const char *id = action->effects.at[effect].origin.id;
    bool unique = true;
    for (size_t i = 0; i < action->effects.count; i++)
        unique = unique && (i == effect || strcmp(action->effects.at[i].origin.id, id) != 0);
    for (size_t i = 0; i < action->checks.count; i++)
        unique = unique && strcmp(action->checks.at[i].origin.id, id) != 0;
    return unique ? id : arena_format(&goals->arena, "%s-effect-%zu", id, effect + 1);
}

static void add_checks(struct goals *goals, const struct action *action) {
    struct goal goal = {.action = action, .condition = EXPR_FALSE, .weak = EXPR_FALSE, .span = action->origin.span};
    goal.id = arena_format(&goals->arena, "%s/ok", action->name);
    vec_push(&goals->list, goal);
    for (goal.check = 0; goal.check < action->checks.count; goal.check++)
        for (goal.form = GOAL_FIRST; goal.form <= GOAL_ALONE; goal.form++) {
            goal.span = action->checks.at[goal.check].origin.span;
            goal.id = arena_format(&goals->arena, "%s/%s/%s", action->name, check_name(goals, action, goal.check),
                                   goal_form_text(goal.form));
            vec_push(&goals->list, goal);
        }
}

static void add_codes(struct goals *goals, const struct action *action) {
    struct goal goal = {.form = GOAL_CODE, .action = action, .span = action->origin.span};
    for (size_t k = 0; k < action->checks.count; k++) {
        bool is_new = true;
        goal.code = action->checks.at[k].codes[0];
        for (size_t i = 0; i < k; i++)
            is_new = is_new && strcmp(action->checks.at[i].codes[0], goal.code) != 0;
        if (!is_new)
            continue;
        goal.id = arena_format(&goals->arena, "%s/code/%s", action->name, goal.code);
        vec_push(&goals->list, goal);
    }
}

static void add_argument(struct goals *goals, struct goal goal, const struct binding *binding, const char *what) {
    goal.id = arena_format(&goals->arena, "%s/argument/%s=%s", goal.action->name, binding->name, what);
    vec_push(&goals->list, goal);
}

static void add_arguments(struct goals *goals, struct rulebook *rulebook, const struct action *action) {
    struct goal goal = {.form = GOAL_ARGUMENT, .action = action, .span = action->origin.span};
    for (goal.parameter = 0; goal.parameter < action->parameters.count; goal.parameter++) {
        const struct binding *binding = action->parameters.at[goal.parameter];
        const struct type *type = binding->type;
        int32_t low, high;
        type_range(type, &low, &high);
        goal.argument = ARGUMENT_VALUE;
        if (type->form == TYPE_BOOL || type->form == TYPE_ENUM) {
            for (goal.value = low; goal.value <= high; goal.value++)
                add_argument(goals, goal, binding, value_text(rulebook, type, goal.value));
        } else if (type->form == TYPE_INT) {
            const char *const names[] = {"min", "min+1", "max"};
            const int32_t values[] = {low, low + 1, high};
            for (size_t i = 0; i < 3; i++)
                if (i == 0 || values[i] > values[i - 1]) {
                    goal.value = values[i];
                    add_argument(goals, goal, binding, names[i]);
                }
        } else if (type->form == TYPE_SET) {
            goal.argument = ARGUMENT_SIZE;
            for (goal.value = 0; goal.value <= 2; goal.value++)
                add_argument(goals, goal, binding, goal.value == 0 ? "empty" : goal.value == 1 ? "one" : "two");
        } else if (type->form == TYPE_REF && type->optional) {
            goal.argument = ARGUMENT_GIVEN;
            for (goal.value = 0; goal.value <= 1; goal.value++)
                add_argument(goals, goal, binding, goal.value == 0 ? "none" : "given");
        }
    }
}

/* ---- boundaries: the sides of each comparison of numbers in a check ---- */

struct fence {
    struct goals *goals;
    struct rulebook *rulebook;
    struct action *action;
    size_t check, number;
    VEC(const struct term *) binders; /* around the comparison */
};

static bool compares_numbers(const struct term *term) {
    return term->op >= TERM_EQ && term->op <= TERM_GE && term->args[0]->type->form == TYPE_INT &&
           term->args[1]->type->form == TYPE_INT;
}

/* "Somewhere in there the left side is the right side and so much more." */
static struct term *is_distant(struct fence *fence, const struct term *term, int32_t distance) {
    struct arena *arena = &fence->rulebook->arena;
    struct term *difference = term_new(arena, TERM_SUB, term->span, term->args[0], term->args[1]);
    struct term *number = term_new(arena, TERM_NUMBER, term->span, NULL, NULL);
    difference->type = number->type = &fence->rulebook->int_type;
    number->value = distance;
    struct term *result = term_new(arena, TERM_EQ, term->span, difference, number);
    result->type = &fence->rulebook->bool_type;
    for (size_t i = fence->binders.count; i-- > 0;) {
        struct term *exists = arena_copy(arena, fence->binders.at[i], sizeof *exists);
        exists->op = TERM_EXISTS;
        exists->type = &fence->rulebook->bool_type;
        exists->args = arena_alloc(arena, 2 * sizeof *exists->args);
        exists->args[0] = result;
        exists->args[1] = fence->binders.at[i]->args[1];
        exists->arg_count = 1;
        result = exists;
    }
    return result;
}

static void add_sides(struct fence *fence, const struct term *term) {
    struct goals *goals = fence->goals;
    struct check *check = &fence->action->checks.at[fence->check];
    struct goal goal = {
        .form = GOAL_BOUNDARY, .action = fence->action, .check = fence->check, .span = check->origin.span};
    fence->number++;
    for (goal.distance = -1; goal.distance <= 1; goal.distance++) {
        struct mutant in_place = {.action = fence->action, .part = MUTANT_CHECK, .rule = fence->check};
        in_place.place = &check->require;
        in_place.term = is_distant(fence, term, goal.distance);
        goal.mutant = goals->mutants.count;
        vec_push(&goals->mutants, in_place);
        goal.id = arena_format(&goals->arena, "%s/%s/boundary-%zu%s", fence->action->name,
                               check_name(goals, fence->action, fence->check), fence->number,
                               goal.distance < 0   ? "-below"
                               : goal.distance > 0 ? "-above"
                                                   : "-at");
        vec_push(&goals->list, goal);
    }
}

static void find_comparisons(struct fence *fence, const struct term *term) {
    if (term == NULL)
        return;
    if (compares_numbers(term))
        add_sides(fence, term);
    bool binds = term->op >= TERM_FORALL;
    if (binds) {
        find_comparisons(fence, term->domain.set);
        vec_push(&fence->binders, term);
        find_comparisons(fence, term->args[1]);
    }
    for (size_t i = 0; i < term->arg_count; i++)
        find_comparisons(fence, term->args[i]);
    fence->binders.count -= binds;
}

static void add_boundaries(struct goals *goals, struct rulebook *rulebook, struct action *action) {
    struct fence fence = {.goals = goals, .rulebook = rulebook, .action = action};
    for (fence.check = 0; fence.check < action->checks.count; fence.check++) {
        fence.number = 0;
        find_comparisons(&fence, term_inline(rulebook, action, action->checks.at[fence.check].require));
    }
    vec_free(&fence.binders);
}

static void add_calls(struct goals *goals, const struct action *action) {
    for (enum goal_form form = GOAL_NO_CHANGE; form <= GOAL_UNHURT; form++) {
        struct goal goal = {.form = form, .action = action, .span = action->origin.span};
        goal.id = arena_format(&goals->arena, "%s/%s", action->name, goal_form_text(form));
        vec_push(&goals->list, goal);
    }
}

/* "Attach/ATT-P1/true-2": the second place of this rule where the operator applies. */
static void add_mutant(struct goals *goals, size_t index) {
    const struct mutant *mutant = &goals->mutants.at[index];
    const struct action *action = mutant->action;
    size_t number = 1;
    for (size_t i = index; i-- > 0;) {
        const struct mutant *other = &goals->mutants.at[i];
        if (other->action != action || other->part != mutant->part || other->rule != mutant->rule)
            break;
        number += other->mutation == mutant->mutation;
    }
    const char *rule = mutant->part == MUTANT_CHECK ? check_name(goals, action, mutant->rule)
                       : mutant->part == MUTANT_EFFECT
                           ? effect_name(goals, action, mutant->rule)
                           : arena_format(&goals->arena, "let-%s", action->lets.at[mutant->rule]->name);
    bool is_stuck = mutant->mutation == MUTATION_TRUE || mutant->mutation == MUTATION_FALSE;
    struct goal goal = {.form = is_stuck                                                             ? GOAL_ATOM
                                : mutant->mutation == MUTATION_DROP && mutant->part == MUTANT_EFFECT ? GOAL_EFFECT
                                                                                                     : GOAL_MUTANT,
                        .action = action,
                        .mutant = index,
                        .span = mutant->span};
    goal.id = arena_format(&goals->arena, number == 1 ? "%s/%s/%s" : "%s/%s/%s-%zu", action->name, rule,
                           mutation_slug(mutant->mutation), number);
    vec_push(&goals->list, goal);
}

void goals_init(struct goals *goals, struct system *system) {
    struct rulebook *rulebook = system->rulebook;
    size_t bytes = (rulebook->actions.count + 1) * sizeof(size_t);
    *goals = (struct goals){.first = memory_resize(NULL, bytes), .end = memory_resize(NULL, bytes)};
    dependence_init(&goals->dependence, system);
    mutants_list(rulebook, MUTATIONS_ALL, &goals->mutants);
    size_t mutants = goals->mutants.count, m = 0;
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        struct action *action = rulebook->actions.at[a];
        goals->first[action->index] = goals->list.count;
        if (action->is_allowed && action->by == BY_CLIENT) {
            add_checks(goals, action);
            add_codes(goals, action);
            add_boundaries(goals, rulebook, action);
            add_arguments(goals, rulebook, action);
            add_calls(goals, action);
        }
        for (; m < mutants && goals->mutants.at[m].action == action; m++)
            add_mutant(goals, m);
        goals->end[action->index] = goals->list.count;
    }
    goal_conditions(goals, system);
    kill_conditions(goals, system, NULL);
}

void goals_clear(struct goals *goals) {
    vec_free(&goals->list);
    vec_free(&goals->mutants);
    free(goals->first);
    free(goals->end);
    dependence_clear(&goals->dependence);
    arena_clear(&goals->arena);
    *goals = (struct goals){0};
}
