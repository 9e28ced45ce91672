/* PDR for all properties, one after another (solver/pdr.h): what one finds out serves the next.
 *
 * First what one-step induction shows of all targets together (Houdini, as in kinduction at k = 1): the rest has it
 * easier then.  Hard targets are left for later rounds, with more questions each.  In the end the whole invariant,
 * those targets and the clauses, is asked about again, part by part, of a fresh solver. */
#include <string.h>

#include "solver/induct.h"
#include "solver/pdr.h"
#include "solver/trace.h"

/* Questions for a target in the first round; twice as many in each further one. */
#define FIRST_QUESTIONS 400
/* Of the time, for finding; the rest is for asking again. */
#define SEARCH_SHARE 0.8
#define CERTIFY_SEED 7

struct proofs {
    struct run *run;
    struct search limits;
    target_list none; /* the search looks for nothing */
    target_list targets;
    struct pdr pdr;
    bool has_pdr;
    bool *is_lemma; /* by target: inductive together with the others */
    bool *is_left;  /* by target: not decided up to the depth limit */
    size_t part_count;
    bool is_checked, is_refuted; /* by a fresh solver */
    const char *reason;          /* why it ended without an answer */
};

/* ---- induction ---- */

/* Those whose proof relied on the target must be asked again. */
static void drop_lemma(struct proofs *proofs, size_t target, bool *is_asked, const bool *needs) {
    proofs->is_lemma[target] = false;
    for (size_t i = 0; i < proofs->targets.count; i++)
        if (needs[i * proofs->targets.count + target])
            is_asked[i] = false;
}

/* The largest set of targets that one step keeps absent, as far as the solver can say. */
static void keep_inductive(struct proofs *proofs, struct induct *induct, bool *needs) {
    size_t count = proofs->targets.count;
    bool *is_asked = memory_resize(NULL, count + 1);
    memset(is_asked, 0, count + 1);
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < count; i++) {
            if (!proofs->is_lemma[i] || is_asked[i])
                continue;
            again = is_asked[i] = true;
            memset(needs + i * count, 0, count);
            if (induct_ask(induct, proofs->is_lemma, proofs->targets.at[i].bad, needs + i * count) != SMT_UNSAT)
                drop_lemma(proofs, i, is_asked, needs);
        }
    }
    free(is_asked);
}

static void find_lemmas(struct proofs *proofs) {
    size_t count = proofs->targets.count;
    bool *needs = memory_resize(NULL, count * count + 1);
    struct induct induct;
    memset(needs, 0, count * count + 1);
    induct_init(&induct, proofs->run->system, &proofs->limits, 0);
    for (size_t i = 0; i < count; i++) {
        induct_add_fact(&induct, expr_not(&proofs->run->system->exprs, proofs->targets.at[i].bad));
        proofs->is_lemma[i] = proofs->targets.at[i].is_open;
    }
    keep_inductive(proofs, &induct, needs);
    for (size_t i = 0; i < count; i++) {
        proofs->targets.at[i].is_proved = proofs->is_lemma[i];
        if (proofs->is_lemma[i])
            pdr_add_lemma(&proofs->pdr, induct.facts.at[i]);
    }
    induct_clear(&induct);
    free(needs);
}

/* ---- the others ---- */

/* The targets that the initial state shows, or the last of the run. */
static void show_found(struct proofs *proofs, const struct trace *trace) {
    struct system *system = proofs->run->system;
    struct arena arena = {0};
    const char *problem = NULL;
    int32_t *valuations = trace_play(system, trace, &arena, &problem);
    if (valuations != NULL) {
        int32_t *state = memory_resize(NULL, (system->vars.count + 1) * sizeof *state);
        system_from_valuation(system, valuations + trace->steps.count * system->rulebook->state_width, state);
        targets_found(&proofs->targets, proofs->run, trace, state, "PDR; there may be a shorter run");
        free(state);
    } else {
        proofs->reason = "a run is not possible; this is an error in enimc, please report it";
    }
    free(valuations);
    arena_clear(&arena);
}

static bool is_wanted(const struct proofs *proofs, size_t target, bool obligations) {
    const struct target *it = &proofs->targets.at[target];
    return it->is_open && !it->is_proved && it->is_obligation == obligations;
}

/* One round over those still open.  False if it is over. */
static bool decide_round(struct proofs *proofs, bool obligations, uint64_t questions) {
    struct pdr *pdr = &proofs->pdr;
    for (size_t i = 0; i < proofs->targets.count; i++) {
        if (!is_wanted(proofs, i, obligations) || proofs->is_left[i])
            continue;
        enum pdr_answer answer = pdr_decide(pdr, proofs->targets.at[i].bad, questions);
        proofs->targets.at[i].is_proved = answer == PDR_ABSENT;
        if (answer == PDR_FOUND)
            show_found(proofs, &pdr->trace);
        proofs->is_left[i] = answer == PDR_UNKNOWN && strcmp(pdr->reason, "depth limit") == 0;
        if (answer == PDR_UNKNOWN && smt_is_over(pdr->step.smt))
            proofs->reason = search_explain(&proofs->limits, pdr->reason, &proofs->run->system->rulebook->arena);
        if (proofs->reason != NULL || proofs->run->breakage.is_broken)
            return false;
        search_show(&proofs->limits, pdr->top);
    }
    return true;
}

static bool has_open(const struct proofs *proofs, bool obligations) {
    for (size_t i = 0; i < proofs->targets.count; i++)
        if (is_wanted(proofs, i, obligations) && !proofs->is_left[i])
            return true;
    return false;
}

/* Obligations first: while one is open, no proof means anything. */
static void decide(struct proofs *proofs) {
    for (int what = 0; what < 2; what++)
        for (uint64_t questions = FIRST_QUESTIONS; has_open(proofs, what == 0); questions *= 2)
            if (!decide_round(proofs, what == 0, questions))
                return;
}

/* ---- certificates ---- */

/* The invariant: what excludes the targets and the clauses, each with its own question. */
static void find_parts(struct proofs *proofs, expr_id **parts) {
    struct exprs *exprs = &proofs->run->system->exprs;
    VEC(expr_id) list = {0};
    for (size_t i = 0; i < proofs->targets.count; i++)
        if (proofs->is_lemma[i])
            vec_push(&list, expr_not(exprs, proofs->targets.at[i].bad));
    for (size_t i = 0; i < proofs->pdr.clauses.count; i++)
        if (proofs->pdr.clauses.at[i].level == PDR_ALWAYS && !proofs->pdr.clauses.at[i].is_dead)
            vec_push(&list, pdr_clause_expr(&proofs->pdr, &proofs->pdr.clauses.at[i]));
    proofs->part_count = list.count;
    *parts = list.at;
}

static bool holds_at_first(const struct proofs *proofs, const expr_id *parts) {
    struct expr_cone cone;
    bool result = true;
    if (proofs->part_count == 0)
        return true;
    expr_cone_init_all(&cone, &proofs->run->system->exprs, parts, proofs->part_count);
    expr_cone_value(&cone, proofs->pdr.initial, NULL);
    for (size_t i = 0; i < proofs->part_count; i++)
        result = result && cone.values[parts[i]] != 0;
    expr_cone_clear(&cone);
    return result;
}

/* In a solver that has seen nothing else: the parts hold at first, each step keeps them, and they exclude what is said
 * to be proved. */
static void certify(struct proofs *proofs) {
    expr_id *parts = NULL;
    struct exprs *exprs = &proofs->run->system->exprs;
    struct induct induct;
    find_parts(proofs, &parts);
    induct_init(&induct, proofs->run->system, &proofs->limits, CERTIFY_SEED);
    bool *all = memory_resize(NULL, proofs->part_count + 1), *needed = memory_resize(NULL, proofs->part_count + 1);
    memset(all, true, proofs->part_count + 1);
    memset(needed, 0, proofs->part_count + 1);
    for (size_t i = 0; i < proofs->part_count; i++)
        induct_add_fact(&induct, parts[i]);
    enum smt_answer answer = holds_at_first(proofs, parts) ? SMT_UNSAT : SMT_SAT;
    for (size_t i = 0; i < proofs->targets.count && answer == SMT_UNSAT; i++)
        if (proofs->targets.at[i].is_proved)
            answer = induct_excludes(&induct, all, proofs->targets.at[i].bad);
    for (size_t i = 0; i < proofs->part_count && answer == SMT_UNSAT; i++)
        answer = induct_ask(&induct, all, expr_not(exprs, parts[i]), needed);
    proofs->is_checked = answer == SMT_UNSAT;
    proofs->is_refuted = answer == SMT_SAT;
    if (answer == SMT_UNKNOWN && proofs->reason == NULL)
        proofs->reason = search_explain(&proofs->limits, induct.reason, &proofs->run->system->rulebook->arena);
    induct_clear(&induct);
    free(parts);
    free(all);
    free(needed);
}

/* ---- answers ---- */

static const struct target *open_obligation(const struct proofs *proofs) {
    for (size_t i = 0; i < proofs->targets.count; i++)
        if (is_wanted(proofs, i, true))
            return &proofs->targets.at[i];
    return NULL;
}

static void answer_proved(struct proofs *proofs, size_t target, struct result *result) {
    const struct target *open = open_obligation(proofs);
    const struct system *system = proofs->run->system;
    enum property_form form = result->property->form;
    bool is_about_reaching = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE;
    result->method = proofs->is_lemma[target]
                         ? "inductive"
                         : arena_format(&result->arena, "PDR, an invariant of %zu parts", proofs->part_count);
    if (proofs->run->breakage.is_broken) {
        result->reason = "the rulebook is broken";
    } else if (proofs->is_refuted) {
        result->reason = "a fresh solver does not confirm the proof; this is an error in enimc, please report it";
    } else if (open != NULL) {
        const struct system_obligation *obligation = &system->obligations.at[open->index];
        result->reason = arena_format(&result->arena, "%s, but it is not proved that this is never reached: %s:%u %s",
                                      result->method, system->rulebook->files.at[obligation->span.file],
                                      obligation->span.line, obligation->text);
    } else if (!proofs->is_checked) {
        result->reason = arena_format(&result->arena, "%s, but that proof could not be checked again: %s",
                                      result->method, proofs->reason);
    } else {
        result->verdict = is_about_reaching ? VERDICT_UNREACHABLE : VERDICT_HOLDS;
        result->depth = 1;
    }
}

static void answer(struct proofs *proofs) {
    for (size_t i = 0; i < proofs->run->results.count; i++) {
        struct result *result = &proofs->run->results.at[i];
        result->engine = "pdr";
        if (!property_is_about_states(result->property->form))
            result->reason = "pdr does not decide this kind of property";
    }
    for (size_t i = 0; i < proofs->targets.count; i++) {
        const struct target *target = &proofs->targets.at[i];
        if (target->is_obligation || !target->is_open)
            continue;
        struct result *result = &proofs->run->results.at[target->index];
        if (target->is_proved)
            answer_proved(proofs, i, result);
        else
            result->reason = arena_format(&result->arena, "no proof up to level %u: %s", proofs->pdr.top,
                                          proofs->run->breakage.is_broken ? "the rulebook is broken"
                                          : proofs->is_left[i]            ? "depth limit"
                                          : proofs->reason != NULL        ? proofs->reason
                                                                          : "stopped");
    }
}

/* ---- the engine ---- */

static void pdr_run(struct run *run) {
    struct proofs proofs = {.run = run};
    struct trace nothing = {0};
    targets_find(&proofs.targets, run->system);
    search_init(&proofs.limits, run, &proofs.none);
    proofs.is_lemma = memory_resize(NULL, proofs.targets.count + 1);
    proofs.is_left = memory_resize(NULL, proofs.targets.count + 1);
    memset(proofs.is_left, 0, proofs.targets.count + 1);
    show_found(&proofs, &nothing); /* what the initial state shows */
    if (targets_are_open(&proofs.targets) && !run->breakage.is_broken) {
        double deadline_seconds = proofs.limits.deadline_seconds;
        proofs.limits.deadline_seconds *= SEARCH_SHARE;
        pdr_init(&proofs.pdr, run->system, &proofs.limits);
        proofs.has_pdr = true;
        find_lemmas(&proofs);
        decide(&proofs);
        proofs.limits.deadline_seconds = deadline_seconds;
        certify(&proofs);
    }
    answer(&proofs);
    search_show(&proofs.limits, proofs.pdr.top);
    run->stats.reason = proofs.reason;
    if (proofs.has_pdr)
        pdr_clear(&proofs.pdr);
    search_clear(&proofs.limits);
    vec_free(&proofs.targets);
    free(proofs.is_lemma);
    free(proofs.is_left);
}

const struct engine engine_pdr = {
    .name = "pdr",
    .summary = "property-directed reachability with Z3: proofs for any depth that find what they need",
    .run = pdr_run,
};
