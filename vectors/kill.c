#include "vectors/kill.h"

#include <string.h>

#include "model/relower.h"

typedef VEC(expr_id) expr_vec;

/* One action's calls as the rulebook has them. */
struct original {
    const struct action *action;
    VEC(uint32_t) calls;
    size_t checks;
    expr_vec defined;              /* of each call's checks, whatever the checks before say */
    VEC(transition_id) first, end; /* of each call */
    expr_vec succeeds;             /* each call: the service finds a choice */
};

/* One mutant of that action. */
struct breed {
    struct goals *goals;
    struct system *system;
    struct exprs *exprs;
    struct relowering *relowering;
    const struct original *original;
    const struct mutant *mutant;
    const struct check *checks; /* as in the rulebook, while the mutant's are in place */
    VEC(struct check) kept;
    size_t call;          /* of original->calls */
    const expr_id *holds; /* of the rulebook; likewise below */
    const expr_id *defined;
    expr_vec holds_now, defined_now; /* of the mutant */
    expr_vec kills, weak;
    update_list updates;
    bool is_exact;
    /* what one rule does in each transition of the action: rule_updates[rule_first[i] .. rule_first[i + 1]) */
    bool has_rule;
    size_t rule, rule_at;
    update_list rule_updates;
    VEC(size_t) rule_first;
};

static expr_id both(struct breed *breed, expr_id a, expr_id b) { return expr_and2(breed->exprs, a, b); }
static expr_id not(struct breed * breed, expr_id a) { return expr_not(breed->exprs, a); }

static void add(expr_vec *list, expr_id condition) {
    if (condition != EXPR_FALSE)
        vec_push(list, condition);
}

/* ---- responses ---- */

static bool share_code(const struct check *a, const struct check *b) {
    for (size_t i = 0; i < a->code_count; i++)
        for (size_t j = 0; j < b->code_count; j++)
            if (strcmp(a->codes[i], b->codes[j]) == 0)
                return true;
    return false;
}

/* Where the rulebook's first failing check is `first`: when is no code of the mutant's check as right?  Later checks
 * whose place is assumed give further codes, if they fail too. */
static expr_id is_wrong(struct breed *breed, size_t first, size_t mutants_check) {
    const struct action *action = breed->original->action;
    const struct check *answer = &action->checks.at[mutants_check];
    if (share_code(&breed->checks[first], answer))
        return EXPR_FALSE;
    expr_id wrong = EXPR_TRUE;
    for (size_t k = first + 1; k < breed->original->checks && wrong != EXPR_FALSE; k++)
        if (breed->checks[k].order == ORDER_ASSUMED && share_code(&breed->checks[k], answer) &&
            !is_dependent(&breed->goals->dependence, action, first, k))
            wrong = both(breed, wrong, expr_or2(breed->exprs, breed->holds[k], not(breed, breed->defined[k])));
    return wrong;
}

/* The rulebook fails at `first`; the mutant passed that and goes on. */
static void follow_mutant(struct breed *breed, size_t first, expr_id here) {
    for (size_t j = first + 1; j < breed->original->checks && here != EXPR_FALSE; j++) {
        expr_id holds = breed->holds_now.at[j], defined = breed->defined_now.at[j];
        add(&breed->weak, both(breed, here, not(breed, defined)));
        here = both(breed, here, defined);
        expr_id fails = both(breed, here, not(breed, holds));
        if (fails != EXPR_FALSE)
            add(&breed->kills, both(breed, fails, is_wrong(breed, first, j)));
        here = both(breed, here, holds);
    }
    add(&breed->kills, here);
}

/* The mutant fails at `first`; the rulebook passed that and goes on. */
static void follow_rulebook(struct breed *breed, size_t first, expr_id here) {
    for (size_t j = first + 1; j < breed->original->checks && here != EXPR_FALSE; j++) {
        expr_id fails = both(breed, here, not(breed, breed->holds[j]));
        if (fails != EXPR_FALSE)
            add(&breed->kills, both(breed, fails, is_wrong(breed, j, first)));
        here = both(breed, here, breed->holds[j]);
    }
    add(&breed->kills, both(breed, here, breed->original->succeeds.at[breed->call]));
}

/* Returns where both pass all checks. */
static expr_id compare_responses(struct breed *breed) {
    expr_id here = breed->system->calls.at[breed->original->calls.at[breed->call]].enabled;
    for (size_t i = 0; i < breed->original->checks && here != EXPR_FALSE; i++) {
        expr_id holds = breed->holds[i], now = breed->holds_now.at[i], defined = breed->defined_now.at[i];
        bool same_codes = breed->checks[i].codes == breed->original->action->checks.at[i].codes;
        if (holds != now) {
            add(&breed->weak, both(breed, here, not(breed, defined)));
            here = both(breed, here, defined);
            follow_mutant(breed, i, both(breed, here, both(breed, not(breed, holds), now)));
            follow_rulebook(breed, i, both(breed, here, both(breed, holds, not(breed, now))));
        }
        if (!same_codes) {
            expr_id fails = both(breed, here, both(breed, not(breed, holds), not(breed, now)));
            if (fails != EXPR_FALSE)
                add(&breed->kills, both(breed, fails, is_wrong(breed, i, i)));
        }
        here = both(breed, here, both(breed, holds, now));
    }
    return here;
}

/* ---- successors ---- */

static expr_id old_value(struct breed *breed, uint32_t var) {
    const struct system_var *v = &breed->system->vars.at[var];
    return expr_var(breed->exprs, var, v->low, v->high, v->is_bool);
}

/* Where do these updates lead to the same state?  Both are in the order of variables. */
static expr_id is_same(struct breed *breed, const struct system_update *a, size_t a_count,
                       const struct system_update *b, size_t b_count) {
    expr_vec same = {0};
    for (size_t i = 0, j = 0; i < a_count || j < b_count;) {
        bool in_a = i < a_count && (j == b_count || a[i].var <= b[j].var);
        bool in_b = j < b_count && (i == a_count || b[j].var <= a[i].var);
        uint32_t var = in_a ? a[i].var : b[j].var;
        expr_id one = in_a ? a[i++].value : old_value(breed, var);
        expr_id other = in_b ? b[j++].value : old_value(breed, var);
        expr_id equal = expr_eq(breed->exprs, one, other);
        if (equal != EXPR_TRUE)
            vec_push(&same, equal);
        if (equal == EXPR_FALSE)
            break;
    }
    expr_id result = expr_and(breed->exprs, same.at, same.count);
    vec_free(&same);
    return result;
}

/* What the rule does in each transition of the action, as the rulebook has it. */
static void read_rule(struct breed *breed, size_t rule) {
    const struct original *original = breed->original;
    if (breed->has_rule && breed->rule == rule)
        return;
    breed->has_rule = true;
    breed->rule = rule;
    breed->rule_updates.count = breed->rule_first.count = 0;
    for (size_t c = 0; c < original->calls.count; c++)
        for (transition_id t = original->first.at[c]; t < original->end.at[c]; t++) {
            expr_id defined;
            relower_effects(breed->relowering, t, rule, &breed->updates, &defined);
            vec_push(&breed->rule_first, breed->rule_updates.count);
            for (size_t i = 0; i < breed->updates.count; i++)
                vec_push(&breed->rule_updates, breed->updates.at[i]);
        }
    vec_push(&breed->rule_first, breed->rule_updates.count);
}

/* Is the state none of those to which the rulebook's other choices lead? */
static expr_id is_no_other(struct breed *breed, transition_id t, expr_id *defined) {
    const struct system *system = breed->system;
    expr_vec others = {0};
    relower_effects(breed->relowering, t, RELOWER_ALL, &breed->updates, defined);
    for (transition_id r = breed->original->first.at[breed->call]; r < breed->original->end.at[breed->call]; r++) {
        const struct system_transition *other = &system->transitions.at[r];
        expr_id same = is_same(breed, breed->updates.at, breed->updates.count, system->updates.at + other->first_update,
                               other->update_count);
        vec_push(&others, expr_not(breed->exprs, both(breed, same, other->guard)));
    }
    expr_id result = expr_and(breed->exprs, others.at, others.count);
    vec_free(&others);
    return result;
}

/* Both answer ok.  Without is_exact a choice counts as a kill if its state is not the one that the rulebook has for the
 * same choice; the mutant may have other choices, and the rulebook may reach that state by another. */
static void compare_successors(struct breed *breed, expr_id here) {
    transition_id first = breed->original->first.at[breed->call], end = breed->original->end.at[breed->call];
    size_t rule = breed->mutant->part == MUTANT_EFFECT ? breed->mutant->rule : RELOWER_ALL;
    expr_vec none_fits = {0}, none_works = {0}, some = {0};
    for (transition_id t = first; t < end; t++) {
        expr_id guard = breed->system->transitions.at[t].guard, defined;
        size_t at = breed->rule_first.at[breed->rule_at], to = breed->rule_first.at[breed->rule_at + 1];
        breed->rule_at++;
        relower_effects(breed->relowering, t, rule, &breed->updates, &defined);
        expr_id elsewhere =
            not(breed, is_same(breed, breed->updates.at, breed->updates.count, breed->rule_updates.at + at, to - at));
        if (breed->is_exact) {
            elsewhere = is_no_other(breed, t, &defined);
            vec_push(&none_fits, expr_implies(breed->exprs, guard, both(breed, defined, elsewhere)));
            vec_push(&none_works, expr_implies(breed->exprs, guard, expr_implies(breed->exprs, defined, elsewhere)));
            vec_push(&some, guard);
            continue;
        }
        if (here != EXPR_TRUE) /* where the checks are others */
            guard = both(breed, guard, here);
        if (elsewhere != EXPR_FALSE)
            add(&breed->kills, both(breed, both(breed, guard, elsewhere), defined));
        if (defined != EXPR_TRUE)
            add(&breed->weak, both(breed, guard, not(breed, defined)));
    }
    if (breed->is_exact) {
        expr_id any = expr_or(breed->exprs, some.at, some.count);
        vec_push(&none_fits, here);
        vec_push(&none_fits, any);
        add(&breed->kills, expr_and(breed->exprs, none_fits.at, none_fits.count));
        vec_push(&none_works, here);
        vec_push(&none_works, any);
        add(&breed->weak, expr_and(breed->exprs, none_works.at, none_works.count));
    }
    vec_free(&none_fits);
    vec_free(&none_works);
    vec_free(&some);
}

/* ---- a mutant ---- */

static void compare_call(struct breed *breed) {
    const struct original *original = breed->original;
    uint32_t call = original->calls.at[breed->call];
    enum mutant_part part = breed->mutant->part;
    breed->holds = breed->system->check_conditions.at + breed->system->calls.at[call].checks;
    breed->defined = original->defined.at + breed->call * original->checks;
    breed->holds_now.count = breed->defined_now.count = 0;
    for (size_t k = 0; k < original->checks; k++) {
        expr_id holds = breed->holds[k], defined = breed->defined[k];
        if (part == MUTANT_LET || (part == MUTANT_CHECK && k == breed->mutant->rule))
            holds = relower_check(breed->relowering, call, k, &defined);
        vec_push(&breed->holds_now, holds);
        vec_push(&breed->defined_now, defined);
    }
    if (part == MUTANT_EFFECT) { /* the guards of the transitions say where the checks pass */
        compare_successors(breed, EXPR_TRUE);
        return;
    }
    expr_id passed = compare_responses(breed);
    if (part == MUTANT_LET)
        compare_successors(breed, passed);
}

static void look_at_mutant(struct breed *breed, struct goal *goal) {
    struct mutant *mutant = &breed->goals->mutants.at[goal->mutant];
    breed->mutant = mutant;
    breed->rule_at = 0;
    if (mutant->part != MUTANT_CHECK)
        read_rule(breed, mutant->part == MUTANT_EFFECT ? mutant->rule : RELOWER_ALL);
    breed->kills.count = breed->weak.count = 0;
    mutant_toggle(mutant);
    for (breed->call = 0; breed->call < breed->original->calls.count; breed->call++)
        compare_call(breed);
    mutant_toggle(mutant);
    goal->condition = expr_or(breed->exprs, breed->kills.at, breed->kills.count);
    goal->weak = expr_or(breed->exprs, breed->weak.at, breed->weak.count);
}

/* ---- an action ---- */

static void read_original(struct original *original, struct system *system, struct relowering *relowering,
                          const struct action *action) {
    *original = (struct original){.action = action, .checks = action->checks.count};
    transition_id t = 0;
    for (uint32_t c = 0; c < system->calls.count; c++) {
        transition_id first = t;
        while (t < system->transitions.count && system->transitions.at[t].call == c)
            t++;
        if (system->calls.at[c].action != action)
            continue;
        vec_push(&original->calls, c);
        vec_push(&original->first, first);
        vec_push(&original->end, t);
        expr_vec guards = {0};
        for (transition_id i = first; i < t; i++)
            vec_push(&guards, system->transitions.at[i].guard);
        vec_push(&original->succeeds, expr_or(&system->exprs, guards.at, guards.count));
        vec_free(&guards);
        for (size_t k = 0; k < original->checks; k++) {
            expr_id defined;
            relower_check(relowering, c, k, &defined);
            vec_push(&original->defined, defined);
        }
    }
}

static void clear_original(struct original *original) {
    vec_free(&original->calls);
    vec_free(&original->first);
    vec_free(&original->end);
    vec_free(&original->defined);
    vec_free(&original->succeeds);
}

static void look_at_action(struct breed *breed, const struct action *action, const bool *only) {
    struct goals *goals = breed->goals;
    struct original original;
    read_original(&original, breed->system, breed->relowering, action);
    breed->original = &original;
    breed->has_rule = false;
    breed->kept.count = 0;
    for (size_t k = 0; k < action->checks.count; k++)
        vec_push(&breed->kept, action->checks.at[k]);
    breed->checks = breed->kept.at;
    for (size_t g = goals->first[action->index]; g < goals->end[action->index]; g++)
        if (goal_is_mutant(&goals->list.at[g]) && (only == NULL || only[g]))
            look_at_mutant(breed, &goals->list.at[g]);
    clear_original(&original);
}

void kill_conditions(struct goals *goals, struct system *system, const bool *only) {
    struct breed breed = {.goals = goals, .system = system, .exprs = &system->exprs, .is_exact = only != NULL};
    breed.relowering = relowering_new(system);
    for (size_t a = 0; a < system->rulebook->actions.count; a++) {
        const struct action *action = system->rulebook->actions.at[a];
        if (goals->first[action->index] < goals->end[action->index])
            look_at_action(&breed, action, only);
    }
    relowering_free(breed.relowering);
    vec_free(&breed.kept);
    vec_free(&breed.holds_now);
    vec_free(&breed.defined_now);
    vec_free(&breed.kills);
    vec_free(&breed.weak);
    vec_free(&breed.updates);
    vec_free(&breed.rule_updates);
    vec_free(&breed.rule_first);
}
