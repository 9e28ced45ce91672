#include "vectors/kill.h"

#include <string.h>

#include "model/relower.h"
#include "vectors/groups.h"

typedef VEC(expr_id) expr_vec;

/* One action's calls as the rulebook has them. */
struct original {
    const struct action *action;
    VEC(uint32_t) calls;
    size_t checks;
    expr_vec defined;                    /* of each call's checks, whatever the checks before say */
    expr_vec asked;                      /* likewise: the checks before hold */
    VEC(transition_id) first, end;       /* of each call */
    expr_vec succeeds;                   /* each call: the service finds a choice */
    VEC(transition_id) transitions;      /* of all calls */
    VEC(uint32_t) arguments, of_choices; /* where they begin in system->arguments: of each call, of each transition */
};

/* What becomes of a group of calls if one check is wrong there: the answer of the checks behind it. */
struct outlook {
    expr_id passes;  /* some call of the group comes to the check and ... the mutant, passing it, answers wrongly */
    expr_id unclear; /* ... has no meaning later */
    expr_id refuses; /* ... the mutant, failing at it, answers wrongly */
    expr_id asked;   /* the check is asked */
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
    struct groups calls; /* that the check cannot tell apart */
    VEC(struct outlook) outlooks;
    size_t check;              /* that the outlooks are about */
    struct groups transitions; /* that the effect cannot tell apart */
    size_t rule;               /* what it does in each group: rule_updates[rule_first[i] .. rule_first[i + 1]) */
    update_list rule_updates;
    VEC(size_t) rule_first;
    expr_vec fires; /* each group: some transition of it happens */
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
        if (holds != now) {
            add(&breed->weak, both(breed, here, not(breed, defined)));
            here = both(breed, here, defined);
            follow_mutant(breed, i, both(breed, here, both(breed, not(breed, holds), now)));
            follow_rulebook(breed, i, both(breed, here, both(breed, holds, not(breed, now))));
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

/* ---- successors, whatever is chosen ---- */

#define NOT_KNOWN INT32_MIN

/* What the guard says about single variables, "x == 3", into `old` or, with `forget`, out of it again. */
static void note_known(const struct exprs *exprs, expr_id guard, int32_t *old, bool forget) {
    bool is_and = expr_get(exprs, guard)->op == OP_AND;
    for (uint32_t i = 0; i < (is_and ? expr_get(exprs, guard)->count : 1); i++) {
        expr_id part = is_and ? expr_args(exprs, guard)[i] : guard;
        const struct expr *node = expr_get(exprs, part);
        int32_t value = node->op != OP_NOT;
        if (node->op == OP_NOT || (node->op == OP_EQ && expr_is_const(exprs, expr_args(exprs, part)[0], &value)))
            node = expr_get(exprs, expr_args(exprs, part)[node->op == OP_EQ]);
        if (node->op == OP_VAR)
            old[node->payload] = forget ? NOT_KNOWN : value;
    }
}

static int32_t constant(const struct exprs *exprs, expr_id id) {
    int32_t value;
    return expr_is_const(exprs, id, &value) ? value : NOT_KNOWN;
}

/* Does some variable plainly get different values, constants or, where it is left alone, its old one?  `old`: what both
 * guards say. */
static bool differ_plainly(const struct exprs *exprs, const int32_t *old, const struct system_update *a, size_t a_count,
                           const struct system_update *b, size_t b_count) {
    for (size_t i = 0, j = 0; i < a_count || j < b_count;) {
        bool in_a = i < a_count && (j == b_count || a[i].var <= b[j].var);
        bool in_b = j < b_count && (i == a_count || b[j].var <= a[i].var);
        uint32_t var = in_a ? a[i].var : b[j].var;
        int32_t one = in_a ? constant(exprs, a[i++].value) : old[var];
        int32_t other = in_b ? constant(exprs, b[j++].value) : old[var];
        if (one != NOT_KNOWN && other != NOT_KNOWN && one != other)
            return true;
    }
    return false;
}

/* Is the state none of those to which the rulebook's other choices lead? */
static expr_id is_no_other(struct breed *breed, transition_id t, int32_t *old, expr_id *defined) {
    const struct system *system = breed->system;
    expr_vec others = {0};
    relower_effects(breed->relowering, t, RELOWER_ALL, &breed->updates, defined);
    for (transition_id r = breed->original->first.at[breed->call]; r < breed->original->end.at[breed->call]; r++) {
        const struct system_transition *other = &system->transitions.at[r];
        const struct system_update *updates = system->updates.at + other->first_update;
        note_known(breed->exprs, other->guard, old, false);
        note_known(breed->exprs, system->transitions.at[t].guard, old, false);
        bool differ =
            differ_plainly(breed->exprs, old, breed->updates.at, breed->updates.count, updates, other->update_count);
        note_known(breed->exprs, other->guard, old, true);
        if (differ)
            continue;
        expr_id same = is_same(breed, breed->updates.at, breed->updates.count, updates, other->update_count);
        vec_push(&others, expr_not(breed->exprs, both(breed, same, other->guard)));
    }
    note_known(breed->exprs, system->transitions.at[t].guard, old, true);
    expr_id result = expr_and(breed->exprs, others.at, others.count);
    vec_free(&others);
    return result;
}

/* Both answer ok: is each choice's state none of those that the rulebook allows? */
static void compare_exactly(struct breed *breed, expr_id here) {
    transition_id first = breed->original->first.at[breed->call], end = breed->original->end.at[breed->call];
    expr_vec none_fits = {0}, none_works = {0};
    int32_t *old = memory_resize(NULL, (breed->system->vars.count + 1) * sizeof *old);
    for (size_t i = 0; i < breed->system->vars.count; i++)
        old[i] = NOT_KNOWN;
    for (transition_id t = first; t < end; t++) {
        expr_id guard = breed->system->transitions.at[t].guard, defined;
        expr_id elsewhere = is_no_other(breed, t, old, &defined);
        vec_push(&none_fits, expr_implies(breed->exprs, guard, both(breed, defined, elsewhere)));
        vec_push(&none_works, expr_implies(breed->exprs, guard, expr_implies(breed->exprs, defined, elsewhere)));
    }
    expr_id any = breed->original->succeeds.at[breed->call];
    vec_push(&none_fits, here);
    vec_push(&none_fits, any);
    add(&breed->kills, expr_and(breed->exprs, none_fits.at, none_fits.count));
    vec_push(&none_works, here);
    vec_push(&none_works, any);
    add(&breed->weak, expr_and(breed->exprs, none_works.at, none_works.count));
    vec_free(&none_fits);
    vec_free(&none_works);
    free(old);
}

/* Both answer ok.  A choice counts as a kill if its state is not the one that the rulebook has for the same choice; the
 * mutant may have other choices, and the rulebook may reach that state by another. */
static void compare_successors(struct breed *breed, expr_id here) {
    const struct system *system = breed->system;
    for (transition_id t = breed->original->first.at[breed->call]; t < breed->original->end.at[breed->call]; t++) {
        expr_id defined;
        relower_effects(breed->relowering, t, RELOWER_ALL, &breed->updates, &defined);
        const struct system_transition *right = &system->transitions.at[t];
        expr_id elsewhere = not(breed, is_same(breed, breed->updates.at, breed->updates.count,
                                               system->updates.at + right->first_update, right->update_count));
        expr_id guard = both(breed, right->guard, here); /* where the checks are others */
        add(&breed->kills, both(breed, both(breed, guard, elsewhere), defined));
        add(&breed->weak, both(breed, guard, not(breed, defined)));
    }
}

/* ---- a mutant of an effect ---- */

/* What the rule does in each group of transitions, as the rulebook has it. */
static void read_rule(struct breed *breed, read_set reads) {
    const struct original *original = breed->original;
    size_t rule = breed->mutant->rule, count = original->transitions.count;
    bool is_new =
        groups_make(&breed->transitions, breed->system, original->action, true, reads, original->of_choices.at, count);
    if (!is_new && breed->rule == rule)
        return;
    breed->rule = rule;
    breed->rule_updates.count = breed->rule_first.count = 0;
    for (size_t g = 0; g < breed->transitions.count; g++) {
        expr_id defined;
        transition_id t = original->transitions.at[breed->transitions.first.at[g]];
        relower_effects(breed->relowering, t, rule, &breed->updates, &defined);
        vec_push(&breed->rule_first, breed->rule_updates.count);
        for (size_t i = 0; i < breed->updates.count; i++)
            vec_push(&breed->rule_updates, breed->updates.at[i]);
    }
    vec_push(&breed->rule_first, breed->rule_updates.count);
    if (!is_new)
        return;
    expr_vec *guards = memory_resize(NULL, (breed->transitions.count + 1) * sizeof *guards);
    memset(guards, 0, (breed->transitions.count + 1) * sizeof *guards);
    for (size_t i = 0; i < count; i++)
        vec_push(&guards[breed->transitions.group.at[i]],
                 breed->system->transitions.at[original->transitions.at[i]].guard);
    breed->fires.count = 0;
    for (size_t g = 0; g < breed->transitions.count; g++) {
        vec_push(&breed->fires, expr_or(breed->exprs, guards[g].at, guards[g].count));
        vec_free(&guards[g]);
    }
    free(guards);
}

static void compare_effect(struct breed *breed, struct mutant *mutant) {
    const struct action *action = breed->original->action;
    const struct effect *effect = action->effects.at[mutant->rule].effect;
    read_set reads = 0;
    reads_effect(action, effect, &reads);
    mutant_toggle(mutant);
    reads_effect(action, effect, &reads);
    mutant_toggle(mutant);
    read_rule(breed, reads);
    mutant_toggle(mutant);
    for (size_t g = 0; g < breed->transitions.count; g++) {
        expr_id defined, fires = breed->fires.at[g];
        size_t at = breed->rule_first.at[g], end = breed->rule_first.at[g + 1];
        transition_id t = breed->original->transitions.at[breed->transitions.first.at[g]];
        relower_effects(breed->relowering, t, mutant->rule, &breed->updates, &defined);
        expr_id same = is_same(breed, breed->updates.at, breed->updates.count, breed->rule_updates.at + at, end - at);
        add(&breed->kills, both(breed, fires, both(breed, not(breed, same), defined)));
        add(&breed->weak, both(breed, fires, not(breed, defined)));
    }
    mutant_toggle(mutant);
}

/* ---- a mutant of a check ---- */

static void use_call(struct breed *breed, size_t call) {
    const struct original *original = breed->original;
    breed->call = call;
    breed->holds = breed->system->check_conditions.at + breed->system->calls.at[original->calls.at[call]].checks;
    breed->defined = original->defined.at + call * original->checks;
}

/* The answers of one call if this check is wrong. */
static struct outlook look_ahead(struct breed *breed, size_t check) {
    struct outlook outlook = {.asked = breed->original->asked.at[breed->call * breed->original->checks + check]};
    expr_id here = outlook.asked;
    breed->holds_now.count = breed->defined_now.count = breed->kills.count = breed->weak.count = 0;
    for (size_t k = 0; k < breed->original->checks; k++) {
        vec_push(&breed->holds_now, breed->holds[k]);
        vec_push(&breed->defined_now, breed->defined[k]);
    }
    follow_mutant(breed, check, here);
    outlook.passes = expr_or(breed->exprs, breed->kills.at, breed->kills.count);
    outlook.unclear = expr_or(breed->exprs, breed->weak.at, breed->weak.count);
    breed->kills.count = 0;
    follow_rulebook(breed, check, here);
    outlook.refuses = expr_or(breed->exprs, breed->kills.at, breed->kills.count);
    breed->kills.count = breed->weak.count = 0;
    return outlook;
}

static void read_check(struct breed *breed, read_set reads) {
    const struct original *original = breed->original;
    size_t check = breed->mutant->rule;
    bool is_new = groups_make(&breed->calls, breed->system, original->action, false, reads, original->arguments.at,
                              original->calls.count);
    if (!is_new && breed->check == check)
        return;
    breed->check = check;
    size_t count = breed->calls.count;
    expr_vec *parts = memory_resize(NULL, (4 * count + 1) * sizeof *parts);
    memset(parts, 0, (4 * count + 1) * sizeof *parts);
    for (size_t c = 0; c < original->calls.count; c++) {
        use_call(breed, c);
        struct outlook one = look_ahead(breed, check);
        expr_vec *of = parts + 4 * breed->calls.group.at[c];
        add(&of[0], one.passes);
        add(&of[1], one.unclear);
        add(&of[2], one.refuses);
        add(&of[3], one.asked);
    }
    breed->outlooks.count = 0;
    for (size_t g = 0; g < count; g++) {
        expr_id any[4];
        for (size_t i = 0; i < 4; i++) {
            any[i] = expr_or(breed->exprs, parts[4 * g + i].at, parts[4 * g + i].count);
            vec_free(&parts[4 * g + i]);
        }
        vec_push(&breed->outlooks, ((struct outlook){any[0], any[1], any[2], any[3]}));
    }
    free(parts);
}

static void compare_codes(struct breed *breed, size_t check) {
    for (size_t c = 0; c < breed->original->calls.count; c++) {
        use_call(breed, c);
        expr_id asked = breed->original->asked.at[c * breed->original->checks + check];
        expr_id fails = both(breed, asked, not(breed, breed->holds[check]));
        if (fails != EXPR_FALSE)
            add(&breed->kills, both(breed, fails, is_wrong(breed, check, check)));
    }
}

static void compare_check(struct breed *breed, struct mutant *mutant) {
    const struct original *original = breed->original;
    const struct check *check = &original->action->checks.at[mutant->rule];
    if (mutant->mutation == MUTATION_CODE) {
        mutant_toggle(mutant);
        compare_codes(breed, mutant->rule);
        mutant_toggle(mutant);
        return;
    }
    read_set reads = 0;
    reads_term(original->action, check->require, &reads);
    mutant_toggle(mutant);
    reads_term(original->action, check->require, &reads);
    mutant_toggle(mutant);
    read_check(breed, reads);
    mutant_toggle(mutant);
    for (size_t g = 0; g < breed->calls.count; g++) {
        const struct outlook *outlook = &breed->outlooks.at[g];
        expr_id defined;
        use_call(breed, breed->calls.first.at[g]);
        expr_id holds = breed->holds[mutant->rule];
        expr_id now = relower_check(breed->relowering, original->calls.at[breed->call], mutant->rule, &defined);
        if (holds == now)
            continue;
        expr_id wrongly = both(breed, defined, both(breed, not(breed, holds), now));
        add(&breed->kills, both(breed, wrongly, outlook->passes));
        add(&breed->weak, both(breed, wrongly, outlook->unclear));
        add(&breed->weak, both(breed, outlook->asked, not(breed, defined)));
        expr_id refused = both(breed, defined, both(breed, holds, not(breed, now)));
        add(&breed->kills, both(breed, refused, outlook->refuses));
    }
    mutant_toggle(mutant);
}

/* ---- a mutant of a let, or of an effect once more ---- */

static void compare_call(struct breed *breed) {
    const struct original *original = breed->original;
    expr_id passed = EXPR_TRUE; /* the guards of the transitions say where the checks pass */
    if (breed->mutant->part == MUTANT_LET) {
        breed->holds_now.count = breed->defined_now.count = 0;
        for (size_t k = 0; k < original->checks; k++) {
            expr_id defined;
            vec_push(&breed->holds_now, relower_check(breed->relowering, original->calls.at[breed->call], k, &defined));
            vec_push(&breed->defined_now, defined);
        }
        passed = compare_responses(breed);
    }
    if (breed->is_exact)
        compare_exactly(breed, passed);
    else
        compare_successors(breed, passed);
}

static void look_at_mutant(struct breed *breed, struct goal *goal) {
    struct mutant *mutant = &breed->goals->mutants.at[goal->mutant];
    breed->mutant = mutant;
    breed->kills.count = breed->weak.count = 0;
    if (mutant->part == MUTANT_CHECK) {
        compare_check(breed, mutant);
    } else if (mutant->part == MUTANT_EFFECT && !breed->is_exact) {
        compare_effect(breed, mutant);
    } else {
        mutant_toggle(mutant);
        for (size_t c = 0; c < breed->original->calls.count; c++) {
            use_call(breed, c);
            compare_call(breed);
        }
        mutant_toggle(mutant);
    }
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
        vec_push(&original->arguments, system->calls.at[c].arguments);
        expr_vec guards = {0};
        for (transition_id i = first; i < t; i++)
            vec_push(&guards, system->transitions.at[i].guard);
        for (transition_id i = first; i < t; i++) {
            vec_push(&original->transitions, i);
            vec_push(&original->of_choices, system->transitions.at[i].arguments);
        }
        vec_push(&original->succeeds, expr_or(&system->exprs, guards.at, guards.count));
        vec_free(&guards);
        expr_id asked = system->calls.at[c].enabled;
        for (size_t k = 0; k < original->checks; k++) {
            expr_id defined;
            relower_check(relowering, c, k, &defined);
            vec_push(&original->defined, defined);
            vec_push(&original->asked, asked);
            asked = expr_and2(&system->exprs, asked, system->check_conditions.at[system->calls.at[c].checks + k]);
        }
    }
}

static void clear_original(struct original *original) {
    vec_free(&original->calls);
    vec_free(&original->first);
    vec_free(&original->end);
    vec_free(&original->defined);
    vec_free(&original->asked);
    vec_free(&original->transitions);
    vec_free(&original->arguments);
    vec_free(&original->of_choices);
    vec_free(&original->succeeds);
}

static void look_at_action(struct breed *breed, const struct action *action, const bool *only) {
    struct goals *goals = breed->goals;
    struct original original;
    read_original(&original, breed->system, breed->relowering, action);
    breed->original = &original;
    breed->rule = breed->check = SIZE_MAX;
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
    vec_free(&breed.outlooks);
    vec_free(&breed.fires);
    groups_clear(&breed.calls);
    groups_clear(&breed.transitions);
}
