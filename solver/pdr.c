#include "solver/pdr.h"

#include <assert.h>
#include <string.h>

/* After so many temporary clauses the solver is made anew: they slow it down. */
#define SPENT_MAX 1500
/* Literals that could not be dropped before generalisation gives up, each time in a row. */
#define DROP_FAILURES 12

/* ---- the solver ---- */

static smt_lit literal_in(struct pdr *pdr, literal_id id, uint32_t frame) {
    return smt_expr(pdr->step.smt, frame, pdr->literals.at.at[id].holds);
}

static void literals_grow(struct pdr *pdr) {
    while (pdr->now.count < pdr->literals.at.count) {
        literal_id id = (literal_id)pdr->now.count;
        smt_lit now = literal_in(pdr, id, 0);
        vec_push(&pdr->now, now);
        vec_push(&pdr->next, literal_in(pdr, id, 1));
        vec_push(&pdr->absent, smt_not(pdr->step.smt, now));
    }
}

static smt_lit clause_now(struct pdr *pdr, const struct cube *cube) {
    VEC(smt_lit) some = {0};
    literals_grow(pdr);
    for (size_t i = 0; i < cube->count; i++)
        vec_push(&some, pdr->absent.at[cube->at[i]]);
    smt_lit result = smt_or(pdr->step.smt, some.at, some.count);
    vec_free(&some);
    return result;
}

static void assert_clause(struct pdr *pdr, const struct pdr_clause *clause) {
    struct smt *smt = pdr->step.smt;
    smt_lit holds =
        clause->bad == EXPR_NONE ? clause_now(pdr, &clause->cube) : smt_not(smt, smt_expr(smt, 0, clause->bad));
    if (clause->level != PDR_ALWAYS)
        holds = smt_implies(pdr->step.smt, pdr->active.at[clause->level], holds);
    smt_assert(pdr->step.smt, holds);
}

static void assert_initial(struct pdr *pdr) {
    struct cube initial = {0};
    for (uint32_t var = 0; var < pdr->system->vars.count; var++)
        cube_add_exact(&initial, &pdr->literals, var, pdr->initial[var]);
    literals_grow(pdr);
    for (size_t i = 0; i < initial.count; i++)
        smt_assert(pdr->step.smt, smt_implies(pdr->step.smt, pdr->active.at[0], pdr->now.at[initial.at[i]]));
    free(initial.at);
}

static void solver_fill(struct pdr *pdr) {
    pdr->now.count = pdr->next.count = pdr->absent.count = 0;
    unroll_init(&pdr->step, pdr->system, search_solver(pdr->limits, 0), false);
    pdr->step.may_rest = true;
    unroll_step(&pdr->step);
    for (size_t i = 0; i < pdr->active.count; i++)
        pdr->active.at[i] = smt_fresh(pdr->step.smt);
    assert_initial(pdr);
    for (size_t i = 0; i < pdr->lemmas.count; i++)
        smt_assert(pdr->step.smt, smt_expr(pdr->step.smt, 0, pdr->lemmas.at[i]));
    for (size_t i = 0; i < pdr->clauses.count; i++)
        if (!pdr->clauses.at[i].is_dead)
            assert_clause(pdr, &pdr->clauses.at[i]);
    pdr->spent = 0;
}

static void level_new(struct pdr *pdr) {
    vec_push(&pdr->active, smt_fresh(pdr->step.smt));
    pdr->top = (uint32_t)pdr->active.count - 1;
}

void pdr_init(struct pdr *pdr, struct system *system, const struct search *limits) {
    *pdr = (struct pdr){.system = system, .limits = limits, .max_level = limits->run->budget.max_depth};
    literals_init(&pdr->literals, system);
    lift_init(&pdr->lift, system, &pdr->literals);
    induct_init(&pdr->induct, system, limits, 0);
    pdr->initial = memory_resize(NULL, (system->vars.count + 1) * sizeof *pdr->initial);
    system_from_valuation(system, system->initial, pdr->initial);
    vec_push(&pdr->active, SMT_TRUE);
    solver_fill(pdr);
    level_new(pdr);
}

void pdr_clear(struct pdr *pdr) {
    unroll_clear(&pdr->step);
    lift_clear(&pdr->lift);
    induct_clear(&pdr->induct);
    literals_clear(&pdr->literals);
    for (size_t i = 0; i < pdr->clauses.count; i++)
        free(pdr->clauses.at[i].cube.at);
    vec_free(&pdr->clauses);
    vec_free(&pdr->lemmas);
    vec_free(&pdr->active);
    vec_free(&pdr->now);
    vec_free(&pdr->next);
    vec_free(&pdr->absent);
    vec_free(&pdr->trace.steps);
    free(pdr->initial);
}

void pdr_add_lemma(struct pdr *pdr, expr_id lemma) {
    vec_push(&pdr->lemmas, lemma);
    smt_assert(pdr->step.smt, smt_expr(pdr->step.smt, 0, lemma));
}

/* ---- questions ---- */

typedef VEC(smt_lit) lit_list;

static enum smt_answer ask(struct pdr *pdr, const lit_list *assumptions) {
    if (pdr->questions >= pdr->question_limit) {
        pdr->reason = "effort limit";
        return SMT_UNKNOWN;
    }
    pdr->questions++;
    enum smt_answer answer = smt_check(pdr->step.smt, assumptions->at, assumptions->count, 0);
    if (answer == SMT_UNKNOWN)
        pdr->reason = smt_reason(pdr->step.smt);
    return answer;
}

static void assume_level(struct pdr *pdr, uint32_t level, lit_list *assumptions) {
    for (uint32_t i = level; i < pdr->active.count; i++)
        vec_push(assumptions, pdr->active.at[i]);
}

/* Made anew between questions only: literals of before mean nothing after. */
static void refresh(struct pdr *pdr) {
    if (pdr->spent < SPENT_MAX)
        return;
    unroll_clear(&pdr->step);
    solver_fill(pdr);
}

/* Is there a state of the level, outside the cube, from which a step leads into it?  After SMT_UNSAT `needed` (if
 * asked for) are the literals of the cube after the step that mattered. */
static enum smt_answer ask_step(struct pdr *pdr, const struct cube *cube, uint32_t level, bool *needed) {
    lit_list assumptions = {0};
    refresh(pdr);
    literals_grow(pdr);
    smt_lit asked = smt_fresh(pdr->step.smt);
    smt_assert(pdr->step.smt, smt_implies(pdr->step.smt, asked, clause_now(pdr, cube)));
    for (size_t i = 0; i < cube->count; i++)
        vec_push(&assumptions, pdr->next.at[cube->at[i]]);
    vec_push(&assumptions, asked);
    if (level != PDR_ALWAYS)
        assume_level(pdr, level, &assumptions);
    enum smt_answer answer = ask(pdr, &assumptions);
    if (answer == SMT_UNSAT && needed != NULL) {
        bool *core = memory_resize(NULL, assumptions.count);
        smt_core(pdr->step.smt, assumptions.at, assumptions.count, core);
        memcpy(needed, core, cube->count * sizeof *needed);
        free(core);
        if (smt_has_failed(pdr->step.smt)) {
            pdr->reason = smt_reason(pdr->step.smt);
            answer = SMT_UNKNOWN;
        }
    }
    smt_assert(pdr->step.smt, smt_not(pdr->step.smt, asked));
    pdr->spent++;
    vec_free(&assumptions);
    return answer;
}

/* Is there a state of the level that is not bad, from which a step leads to a bad one? */
static enum smt_answer ask_bad(struct pdr *pdr, expr_id bad, expr_id before, uint32_t level) {
    lit_list assumptions = {0};
    refresh(pdr);
    struct smt *smt = pdr->step.smt;
    smt_lit asked = smt_fresh(smt);
    smt_assert(smt, smt_implies(smt, asked, smt_not(smt, smt_expr(smt, 0, bad))));
    smt_assert(smt, smt_implies(smt, asked, smt_expr(smt, 0, before)));
    vec_push(&assumptions, asked);
    assume_level(pdr, level, &assumptions);
    enum smt_answer answer = ask(pdr, &assumptions);
    smt_assert(smt, smt_not(smt, asked));
    pdr->spent++;
    vec_free(&assumptions);
    return answer;
}

/* ---- generalisation ---- */

static bool has_initial(const struct pdr *pdr, const struct cube *cube) {
    return cube_has(cube, &pdr->literals, pdr->initial);
}

/* Keeps the literals that are needed, and one that excludes the initial state. */
static void shrink(struct pdr *pdr, struct cube *cube, const bool *needed) {
    size_t kept = 0;
    bool excludes = false;
    literal_id spare = UINT32_MAX;
    for (size_t i = 0; i < cube->count; i++) {
        bool is_false = !literal_is_true(&pdr->literals, cube->at[i], pdr->initial);
        if (needed[i]) {
            excludes = excludes || is_false;
            cube->at[kept++] = cube->at[i];
        } else if (is_false && spare == UINT32_MAX) {
            spare = cube->at[i];
        }
    }
    cube->count = kept;
    if (!excludes) {
        assert(spare != UINT32_MAX);
        vec_push(cube, spare);
        cube_sort(cube);
    }
}

static void copy_without(const struct pdr *pdr, struct cube *to, const struct cube *from, size_t at, bool whole_var) {
    uint32_t var = pdr->literals.at.at[from->at[at]].var;
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        if (i != at && !(whole_var && pdr->literals.at.at[from->at[i]].var == var))
            vec_push(to, from->at[i]);
}

/* Without the literal at `at` (or all of its variable), if no state of the level leads there then. */
static enum smt_answer try_without(struct pdr *pdr, struct cube *cube, uint32_t level, size_t at, bool whole_var) {
    struct cube smaller = {0};
    copy_without(pdr, &smaller, cube, at, whole_var);
    enum smt_answer answer = SMT_SAT;
    if (smaller.count > 0 && !has_initial(pdr, &smaller)) {
        bool *needed = memory_resize(NULL, smaller.count);
        answer = ask_step(pdr, &smaller, level, needed);
        if (answer == SMT_UNSAT) {
            shrink(pdr, &smaller, needed);
            cube_copy(cube, &smaller);
        }
        free(needed);
    }
    free(smaller.at);
    return answer;
}

/* Drops what can be dropped; first whole variables, then single values. */
static bool generalise(struct pdr *pdr, struct cube *cube, uint32_t level) {
    for (int pass = 0; pass < 2; pass++) {
        size_t failures = 0;
        for (size_t at = cube->count; at-- > 0 && failures < DROP_FAILURES;) {
            if (at >= cube->count)
                at = cube->count - 1;
            uint32_t var = pdr->literals.at.at[cube->at[at]].var;
            bool is_last = at + 1 == cube->count || pdr->literals.at.at[cube->at[at + 1]].var != var;
            bool is_single = is_last && (at == 0 || pdr->literals.at.at[cube->at[at - 1]].var != var);
            if (pass == 0 ? !is_last : is_single)
                continue;
            enum smt_answer answer = try_without(pdr, cube, level, at, pass == 0);
            if (answer == SMT_UNKNOWN)
                return false;
            failures = answer == SMT_SAT ? failures + 1 : 0;
        }
    }
    return true;
}

/* ---- levels ---- */

static void add_clause(struct pdr *pdr, const struct cube *cube, uint32_t level) {
    for (size_t i = 0; i < pdr->clauses.count; i++) {
        struct pdr_clause *other = &pdr->clauses.at[i];
        if (!other->is_dead && other->bad == EXPR_NONE && other->level <= level && cube_within(&other->cube, cube))
            other->is_dead = true;
    }
    struct pdr_clause clause = {.bad = EXPR_NONE, .level = level};
    cube_copy(&clause.cube, cube);
    vec_push(&pdr->clauses, clause);
    assert_clause(pdr, &clause);
}

static bool is_blocked(const struct pdr *pdr, const struct cube *cube, uint32_t level) {
    for (size_t i = 0; i < pdr->clauses.count; i++) {
        const struct pdr_clause *clause = &pdr->clauses.at[i];
        if (!clause->is_dead && clause->bad == EXPR_NONE && clause->level >= level && cube_within(cube, &clause->cube))
            return true;
    }
    return false;
}

static bool is_above(const struct pdr_clause *clause, uint32_t level) {
    return !clause->is_dead && clause->level > level && clause->level != PDR_ALWAYS;
}

static bool level_is_empty(const struct pdr *pdr, uint32_t level) {
    for (size_t i = 0; i < pdr->clauses.count; i++)
        if (!pdr->clauses.at[i].is_dead && pdr->clauses.at[i].level == level)
            return false;
    return true;
}

/* Does a step from the level lead to where the clause fails? */
static enum smt_answer ask_clause(struct pdr *pdr, size_t index, uint32_t level) {
    struct pdr_clause clause = pdr->clauses.at[index]; /* asking does not add any */
    return clause.bad != EXPR_NONE ? ask_bad(pdr, clause.bad, clause.before, level)
                                   : ask_step(pdr, &clause.cube, level, NULL);
}

/* What is above the level was found with targets that are no more: what does not hold without them comes down.
 * SMT_UNSAT: nothing did. */
static enum smt_answer clean(struct pdr *pdr, uint32_t level) {
    enum smt_answer result = SMT_UNSAT;
    for (bool again = pdr->is_dirty; again;) {
        again = false;
        for (size_t i = 0; i < pdr->clauses.count; i++) {
            if (!is_above(&pdr->clauses.at[i], level))
                continue;
            enum smt_answer answer = ask_clause(pdr, i, level + 1);
            if (answer == SMT_UNKNOWN)
                return SMT_UNKNOWN;
            if (answer == SMT_SAT) {
                pdr->clauses.at[i].level = level;
                unroll_clear(&pdr->step); /* which has it above */
                solver_fill(pdr);
                result = SMT_SAT;
                again = true;
            }
        }
    }
    return result;
}

/* What is above the level is inductive: nothing leads out of it. */
static void make_invariant(struct pdr *pdr, uint32_t level) {
    for (size_t i = 0; i < pdr->clauses.count; i++)
        if (is_above(&pdr->clauses.at[i], level)) {
            pdr->clauses.at[i].level = PDR_ALWAYS;
            assert_clause(pdr, &pdr->clauses.at[i]);
        }
    pdr->top = level; /* the levels above have nothing left */
    pdr->active.count = level + 1;
}

static void clause_raise(struct pdr *pdr, size_t index) {
    pdr->clauses.at[index].level++;
    assert_clause(pdr, &pdr->clauses.at[index]);
}

/* Clauses go up as far as they hold.  SMT_UNSAT: a level has none left, its states are all there are. */
static enum smt_answer propagate(struct pdr *pdr) {
    for (uint32_t level = 1; level < pdr->top; level++) {
        for (size_t i = 0; i < pdr->clauses.count; i++) {
            if (pdr->clauses.at[i].is_dead || pdr->clauses.at[i].level != level)
                continue;
            enum smt_answer answer = ask_clause(pdr, i, level);
            if (answer == SMT_UNKNOWN)
                return SMT_UNKNOWN;
            if (answer == SMT_UNSAT)
                clause_raise(pdr, i);
        }
        if (!level_is_empty(pdr, level))
            continue;
        enum smt_answer answer = clean(pdr, level);
        if (answer == SMT_UNSAT)
            make_invariant(pdr, level);
        if (answer != SMT_SAT)
            return answer;
    }
    return SMT_SAT;
}

/* ---- blocking ---- */

/* States that lead to a bad one. */
struct duty {
    struct cube cube;
    uint32_t level;
    transition_id transition; /* into the cube of `next` */
    size_t next;              /* SIZE_MAX: into a bad state */
    bool is_done;
};

typedef VEC(struct duty) duty_list;

/* The lowest level first, of these the newest. */
static size_t duty_next(const duty_list *duties) {
    size_t best = SIZE_MAX;
    for (size_t i = duties->count; i-- > 0;)
        if (!duties->at[i].is_done && (best == SIZE_MAX || duties->at[i].level < duties->at[best].level))
            best = i;
    return best;
}

static void keep_trace(struct pdr *pdr, const duty_list *duties, size_t from) {
    pdr->trace.steps.count = 0;
    for (size_t i = from; i != SIZE_MAX; i = duties->at[i].next)
        vec_push(&pdr->trace.steps, duties->at[i].transition);
    pdr->trace.recovery = pdr->trace.steps.count;
}

/* The state of the model leads into the cube: that is a duty. */
static bool push_before(struct pdr *pdr, duty_list *duties, const struct cube *into, struct duty before) {
    int32_t *state = memory_resize(NULL, (pdr->system->vars.count + 1) * sizeof *state);
    smt_state(pdr->step.smt, 0, state);
    bool good = !smt_has_failed(pdr->step.smt);
    if (good) {
        lift_look(&pdr->lift, state);
        before.transition = lift_find(&pdr->lift, into);
        assert(before.transition != UINT32_MAX);
        lift_step(&pdr->lift, before.transition, into, &before.cube);
        vec_push(duties, before);
    } else {
        pdr->reason = smt_reason(pdr->step.smt);
    }
    free(state);
    return good;
}

/* A transition from here to a bad state. */
static transition_id find_bad(struct pdr *pdr, expr_id bad) {
    const struct system *system = pdr->system;
    int32_t *after = memory_resize(NULL, (system->vars.count + 1) * sizeof *after);
    struct expr_cone cone;
    transition_id found = UINT32_MAX;
    expr_cone_init(&cone, &system->exprs, bad);
    for (transition_id t = 0; t < system->transitions.count && found == UINT32_MAX; t++)
        if (lift_holds(&pdr->lift, system->transitions.at[t].guard)) {
            lift_after(&pdr->lift, t, after);
            found = expr_cone_value(&cone, after, NULL) != 0 ? t : UINT32_MAX;
        }
    expr_cone_clear(&cone);
    free(after);
    return found;
}

/* The state of the model leads to a bad one. */
static bool push_bad(struct pdr *pdr, duty_list *duties, expr_id bad, uint32_t level) {
    int32_t *state = memory_resize(NULL, (pdr->system->vars.count + 1) * sizeof *state);
    int32_t *after = memory_resize(NULL, (pdr->system->vars.count + 1) * sizeof *after);
    struct cube into = {0};
    smt_state(pdr->step.smt, 0, state);
    bool good = !smt_has_failed(pdr->step.smt);
    if (good) {
        struct duty first = {.level = level, .next = SIZE_MAX};
        lift_look(&pdr->lift, state);
        first.transition = find_bad(pdr, bad);
        assert(first.transition != UINT32_MAX);
        lift_after(&pdr->lift, first.transition, after);
        lift_look(&pdr->lift, after);
        lift_condition(&pdr->lift, bad, &into);
        lift_look(&pdr->lift, state);
        lift_step(&pdr->lift, first.transition, &into, &first.cube);
        vec_push(duties, first);
    } else {
        pdr->reason = smt_reason(pdr->step.smt);
    }
    free(state);
    free(after);
    free(into.at);
    return good;
}

/* No state of the level before leads into the cube: a clause, as general and as high as it goes. */
static bool exclude(struct pdr *pdr, struct duty *duty, bool *needed) {
    struct cube cube = {0};
    uint32_t level = duty->level;
    cube_copy(&cube, &duty->cube);
    shrink(pdr, &cube, needed);
    enum smt_answer answer = generalise(pdr, &cube, level - 1) ? SMT_UNSAT : SMT_UNKNOWN;
    while (answer == SMT_UNSAT && level < pdr->top) {
        answer = ask_step(pdr, &cube, level, NULL);
        if (answer == SMT_UNSAT)
            level++;
    }
    if (answer != SMT_UNKNOWN)
        add_clause(pdr, &cube, level);
    free(cube.at);
    if (level < pdr->top)
        duty->level = level + 1; /* asked again there: it is found sooner now than later */
    else
        duty->is_done = true;
    return answer != SMT_UNKNOWN;
}

static enum pdr_answer work_off(struct pdr *pdr, duty_list *duties) {
    for (size_t index; (index = duty_next(duties)) != SIZE_MAX;) {
        struct duty *duty = &duties->at[index];
        if (duty->level == 0 || has_initial(pdr, &duty->cube)) {
            keep_trace(pdr, duties, index);
            return PDR_FOUND;
        }
        if (is_blocked(pdr, &duty->cube, duty->level)) {
            if (duty->level < pdr->top)
                duty->level++;
            else
                duty->is_done = true;
            continue;
        }
        bool *needed = memory_resize(NULL, duty->cube.count + 1);
        enum smt_answer answer = ask_step(pdr, &duty->cube, duty->level - 1, needed);
        struct duty before = {.level = duty->level - 1, .next = index};
        struct cube into = duty->cube; /* stays where it is */
        bool good = answer == SMT_SAT     ? push_before(pdr, duties, &into, before)
                    : answer == SMT_UNSAT ? exclude(pdr, duty, needed)
                                          : false;
        free(needed);
        if (!good)
            return PDR_UNKNOWN;
    }
    return PDR_ABSENT;
}

/* The state of the model leads to a bad one: it must not be reached. */
static enum pdr_answer block(struct pdr *pdr, expr_id bad, uint32_t level) {
    duty_list duties = {0};
    enum pdr_answer answer = push_bad(pdr, &duties, bad, level) ? work_off(pdr, &duties) : PDR_UNKNOWN;
    for (size_t i = 0; i < duties.count; i++)
        free(duties.at[i].cube.at);
    vec_free(&duties);
    return answer;
}

/* ---- the whole ---- */

/* Where the target is: among what holds up to a level; at first up to level 0. */
static size_t place_of(struct pdr *pdr, expr_id bad) {
    for (size_t i = 0; i < pdr->clauses.count; i++)
        if (pdr->clauses.at[i].bad == bad)
            return i;
    lift_add(&pdr->lift, bad);
    vec_push(&pdr->clauses, ((struct pdr_clause){.bad = bad, .before = induct_before(&pdr->induct, bad)}));
    return pdr->clauses.count - 1;
}

static enum pdr_answer found(struct pdr *pdr, size_t place) {
    pdr->clauses.at[place].is_dead = true;
    pdr->is_dirty = true;
    return PDR_FOUND;
}

enum pdr_answer pdr_decide(struct pdr *pdr, expr_id bad, uint64_t questions) {
    size_t place = place_of(pdr, bad);
    pdr->question_limit = pdr->questions + questions;
    lift_look(&pdr->lift, pdr->initial);
    if (lift_holds(&pdr->lift, bad)) {
        pdr->trace.steps.count = pdr->trace.recovery = 0;
        return found(pdr, place);
    }
    for (uint32_t level; (level = pdr->clauses.at[place].level) != PDR_ALWAYS;) {
        if (level == pdr->top && level == pdr->max_level) {
            pdr->reason = "depth limit";
            return PDR_UNKNOWN;
        }
        if (level == pdr->top) {
            level_new(pdr);
            if (propagate(pdr) == SMT_UNKNOWN)
                return PDR_UNKNOWN;
            continue;
        }
        enum smt_answer answer = ask_bad(pdr, bad, pdr->clauses.at[place].before, level);
        enum pdr_answer blocked = answer == SMT_SAT ? block(pdr, bad, level) : PDR_ABSENT;
        if (answer == SMT_UNKNOWN || blocked == PDR_UNKNOWN)
            return PDR_UNKNOWN;
        if (blocked == PDR_FOUND)
            return found(pdr, place);
        if (answer == SMT_UNSAT)
            clause_raise(pdr, place);
    }
    return PDR_ABSENT;
}

expr_id pdr_clause_expr(struct pdr *pdr, const struct pdr_clause *clause) {
    struct exprs *exprs = &pdr->system->exprs;
    VEC(expr_id) some = {0};
    if (clause->bad != EXPR_NONE)
        return expr_not(exprs, clause->bad);
    for (size_t i = 0; i < clause->cube.count; i++)
        vec_push(&some, expr_not(exprs, pdr->literals.at.at[clause->cube.at[i]].holds));
    expr_id result = expr_or(exprs, some.at, some.count);
    vec_free(&some);
    return result;
}
