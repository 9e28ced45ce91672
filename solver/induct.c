#include "solver/induct.h"

#include <string.h>

/* For the step relation: Z3's units, about a tenth of a second. */
#define RELATION_EFFORT 2000000
/* After so many questions the solver for single transitions is made anew. */
#define SPENT_MAX 100

typedef VEC(smt_lit) lit_list;

static void fill_still(struct induct *induct) {
    smt_free(induct->still);
    induct->still = search_solver(induct->limits, induct->seed);
    induct->still_facts.count = 0;
    induct->spent = 0;
}

void induct_init(struct induct *induct, struct system *system, const struct search *limits, unsigned seed) {
    *induct = (struct induct){.system = system, .limits = limits, .seed = seed};
    unroll_init(&induct->step, system, search_solver(limits, seed), false);
    unroll_step(&induct->step);
    fill_still(induct);
    induct->updates = memory_resize(NULL, (system->vars.count + 1) * sizeof *induct->updates);
    for (size_t var = 0; var < system->vars.count; var++)
        induct->updates[var] = EXPR_NONE;
}

void induct_clear(struct induct *induct) {
    unroll_clear(&induct->step);
    smt_free(induct->still);
    vec_free(&induct->facts);
    vec_free(&induct->step_facts);
    vec_free(&induct->still_facts);
    free(induct->updates);
    expr_map_clear(&induct->map);
}

size_t induct_add_fact(struct induct *induct, expr_id fact) {
    vec_push(&induct->facts, fact);
    return induct->facts.count - 1;
}

static smt_lit fact_literal(struct induct *induct, struct smt *smt, size_t fact) {
    smt_lit literal = smt_fresh(smt);
    smt_assert(smt, smt_implies(smt, literal, smt_expr(smt, 0, induct->facts.at[fact])));
    return literal;
}

static enum smt_answer ask(struct induct *induct, struct smt *smt, smt_lit question, const smt_lit *facts,
                           const bool *assumed, unsigned effort, bool *needed) {
    lit_list assumptions = {0};
    VEC(size_t) who = {0};
    for (size_t i = 0; i < induct->facts.count; i++)
        if (assumed[i]) {
            vec_push(&assumptions, facts[i]);
            vec_push(&who, i);
        }
    smt_lit asked = smt_fresh(smt);
    smt_assert(smt, smt_implies(smt, asked, question));
    vec_push(&assumptions, asked);
    enum smt_answer answer = smt_check(smt, assumptions.at, assumptions.count, effort);
    if (answer == SMT_UNKNOWN)
        induct->reason = smt_reason(smt);
    if (answer == SMT_UNSAT) {
        bool *core = memory_resize(NULL, assumptions.count);
        smt_core(smt, assumptions.at, assumptions.count, core);
        for (size_t i = 0; i < who.count; i++)
            needed[who.at[i]] = needed[who.at[i]] || core[i];
        free(core);
    }
    smt_assert(smt, smt_not(smt, asked));
    vec_free(&assumptions);
    vec_free(&who);
    if (smt_has_failed(smt)) {
        induct->reason = smt_reason(smt);
        return SMT_UNKNOWN;
    }
    return answer;
}

/* ---- transition by transition ----
 *
 * All ways of one part are one question: a question for each is four times slower (the solver looks at everything it
 * knows before each). */

static expr_id leaf_after(void *context, struct exprs *exprs, expr_id leaf) {
    const struct induct *induct = context;
    expr_id update = induct->updates[expr_get(exprs, leaf)->payload];
    return update == EXPR_NONE ? leaf : update;
}

static void set_updates(struct induct *induct, const struct system_transition *transition, bool is_set) {
    for (uint32_t i = 0; i < transition->update_count; i++) {
        const struct system_update *update = &induct->system->updates.at[transition->first_update + i];
        induct->updates[update->var] = is_set ? update->value : EXPR_NONE;
    }
}

static void begin_still(struct induct *induct) {
    if (induct->spent++ >= SPENT_MAX)
        fill_still(induct);
    for (size_t i = induct->still_facts.count; i < induct->facts.count; i++)
        vec_push(&induct->still_facts, fact_literal(induct, induct->still, i));
}

/* The part after the transition, where it is possible; false if it cannot be.  `reads`: by variable, whether the part
 * is about it.  Where nothing of it changes, it is as absent as before. */
static expr_id after_transition(struct induct *induct, const struct system_transition *transition, expr_id part,
                                const bool *reads) {
    struct exprs *exprs = &induct->system->exprs;
    bool touches = false;
    for (uint32_t i = 0; i < transition->update_count; i++)
        touches = touches || reads[induct->system->updates.at[transition->first_update + i].var];
    if (transition->guard == EXPR_FALSE || !touches)
        return EXPR_FALSE;
    set_updates(induct, transition, true);
    expr_map_reset(&induct->map);
    expr_id after = expr_rebuild(exprs, part, leaf_after, induct, &induct->map);
    set_updates(induct, transition, false);
    return after == part ? EXPR_FALSE : expr_and2(exprs, transition->guard, after);
}

static void find_reads(const struct induct *induct, expr_id part, bool *reads) {
    const struct exprs *exprs = &induct->system->exprs;
    struct expr_cone cone;
    memset(reads, 0, induct->system->vars.count);
    expr_cone_init(&cone, exprs, part);
    for (size_t i = 0; i < cone.nodes.count; i++)
        if (expr_get(exprs, cone.nodes.at[i])->op == OP_VAR)
            reads[expr_get(exprs, cone.nodes.at[i])->payload] = true;
    expr_cone_clear(&cone);
}

static enum smt_answer ask_ways(struct induct *induct, const bool *assumed, const expr_id *ways, size_t count,
                                bool *needed) {
    lit_list some = {0};
    begin_still(induct);
    for (size_t i = 0; i < count; i++)
        vec_push(&some, smt_expr(induct->still, 0, ways[i]));
    smt_lit question = smt_or(induct->still, some.at, some.count);
    vec_free(&some);
    return ask(induct, induct->still, question, induct->still_facts.at, assumed, 0, needed);
}

/* The ways of one part, one for each transition that can have an effect on it; from the heap. */
static size_t find_ways(struct induct *induct, expr_id part, expr_id **ways) {
    bool *reads = memory_resize(NULL, induct->system->vars.count + 1);
    VEC(expr_id) list = {0};
    find_reads(induct, part, reads);
    for (transition_id t = 0; t < induct->system->transitions.count; t++) {
        expr_id way = after_transition(induct, &induct->system->transitions.at[t], part, reads);
        if (way != EXPR_FALSE)
            vec_push(&list, way);
    }
    free(reads);
    *ways = list.at;
    return list.count;
}

static enum smt_answer ask_part(struct induct *induct, const bool *assumed, expr_id part, bool *needed) {
    expr_id *ways = NULL;
    size_t count = find_ways(induct, part, &ways);
    enum smt_answer answer = count > 0 ? ask_ways(induct, assumed, ways, count, needed) : SMT_UNSAT;
    free(ways);
    return answer;
}

static size_t part_count(const struct exprs *exprs, expr_id bad) {
    return expr_get(exprs, bad)->op == OP_OR ? expr_get(exprs, bad)->count : 1;
}

static expr_id part_at(const struct exprs *exprs, expr_id bad, size_t i) {
    return expr_get(exprs, bad)->op == OP_OR ? expr_args(exprs, bad)[i] : bad;
}

expr_id induct_before(struct induct *induct, expr_id bad) {
    struct exprs *exprs = &induct->system->exprs;
    VEC(expr_id) all = {0};
    for (size_t i = 0; i < part_count(exprs, bad); i++) {
        expr_id *ways = NULL;
        size_t count = find_ways(induct, part_at(exprs, bad, i), &ways);
        for (size_t j = 0; j < count; j++)
            vec_push(&all, ways[j]);
        free(ways);
    }
    expr_id result = expr_or(exprs, all.at, all.count);
    vec_free(&all);
    return result;
}

static enum smt_answer ask_parts(struct induct *induct, const bool *assumed, expr_id bad, bool *needed) {
    const struct exprs *exprs = &induct->system->exprs;
    enum smt_answer answer = SMT_UNSAT;
    for (size_t i = 0; i < part_count(exprs, bad) && answer == SMT_UNSAT; i++)
        answer = ask_part(induct, assumed, part_at(exprs, bad, i), needed);
    return answer;
}

/* ---- questions ---- */

enum smt_answer induct_ask(struct induct *induct, const bool *assumed, expr_id bad, bool *needed) {
    struct smt *smt = induct->step.smt;
    for (size_t i = induct->step_facts.count; i < induct->facts.count; i++)
        vec_push(&induct->step_facts, fact_literal(induct, smt, i));
    enum smt_answer answer =
        ask(induct, smt, smt_expr(smt, 1, bad), induct->step_facts.at, assumed, RELATION_EFFORT, needed);
    if (answer != SMT_UNKNOWN || smt_is_over(smt))
        return answer;
    return ask_parts(induct, assumed, bad, needed);
}

enum smt_answer induct_excludes(struct induct *induct, const bool *assumed, expr_id bad) {
    bool *needed = memory_resize(NULL, induct->facts.count + 1);
    memset(needed, 0, induct->facts.count + 1);
    enum smt_answer answer = ask_ways(induct, assumed, &bad, 1, needed);
    free(needed);
    return answer;
}
