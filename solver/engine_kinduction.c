/* k-induction (Sheeran, Singh, Stalmarck, FMCAD 2000), all targets together.
 *
 * What bounded search cannot violate in k - 1 steps is tried at k: a run of k steps between different states, anywhere,
 * whose first k states violate none of the set: can the last violate one of it?  Who can leaves the set, until none can
 * (Houdini: Flanagan and Leino, FME 2001).  The rest then holds: the nearest violation of any of them would be the end
 * of a shortest run, which repeats no state.  Obligations of the rulebook are in the set like properties: they
 * strengthen the others, and while one is open, no proof means anything.
 *
 * Each proof is asked again of a fresh solver, together with just those others that it is said to need. */
#include <string.h>

#include "solver/unroll.h"

/* Without --max-depth. */
#define K_MAX 40
#define CERTIFY_SEED 7

/* What is known of a target beyond `is_open`. */
struct candidate {
    bool in_set;
    uint32_t k;      /* proved k-inductive; 0: not */
    bool is_checked; /* a fresh solver says so, too */
    bool *needs;     /* by target: what its last proof assumed; NULL: it needs to be asked */
    smt_lit *good;   /* by target, in the lane of this one: assume it, and the target is absent before the last frame */
    bool is_refuted; /* the certifier disagrees */
};

struct induction {
    struct run *run;
    struct search search;
    target_list targets;
    struct unroll lanes[SEARCH_LANES];
    struct candidate *candidates; /* by target */
    uint32_t k;
    const char *reason; /* why it ended without an answer */
};

static bool is_unproved(const struct induction *in, size_t i) {
    return in->targets.at[i].is_open && in->candidates[i].k == 0;
}

static bool is_possible(const struct induction *in, size_t i) {
    return in->targets.at[i].is_open; /* proved ones stay open: search has not found them */
}

/* ---- the step ---- */

static smt_lit absent(struct unroll *lane, uint32_t frame, expr_id bad) {
    return smt_not(lane->smt, smt_expr(lane->smt, frame, bad));
}

/* One frame more; the frame before it satisfies what is assumed. */
static void deepen_lane(struct induction *in, size_t index) {
    struct unroll *lane = &in->lanes[index];
    struct candidate *first = &in->candidates[index];
    for (size_t j = 0; j < in->targets.count; j++)
        if (is_possible(in, j))
            smt_assert(lane->smt,
                       smt_implies(lane->smt, first->good[j], absent(lane, lane->depth, in->targets.at[j].bad)));
    unroll_step(lane);
    smt_assert(lane->smt, unroll_is_new(lane));
}

static size_t lane_of(const struct induction *in, size_t target) { return target % in->search.lane_count; }

/* Can the last state be as bad as this, if the marked ones hold before?  Adds to `needed`. */
static enum smt_answer ask_part(struct induction *in, size_t lane_index, expr_id part, const bool *assumed,
                                bool *needed) {
    struct unroll *lane = &in->lanes[lane_index];
    smt_lit bad = smt_expr(lane->smt, lane->depth, part);
    if (bad == SMT_FALSE)
        return SMT_UNSAT;
    VEC(smt_lit) assumptions = {0};
    VEC(size_t) who = {0};
    for (size_t j = 0; j < in->targets.count; j++)
        if (assumed[j]) {
            vec_push(&assumptions, in->candidates[lane_index].good[j]);
            vec_push(&who, j);
        }
    smt_lit asked = smt_fresh(lane->smt);
    smt_assert(lane->smt, smt_implies(lane->smt, asked, bad));
    vec_push(&assumptions, asked);
    enum smt_answer answer = smt_check(lane->smt, assumptions.at, assumptions.count, 0);
    if (answer == SMT_UNKNOWN)
        in->reason = search_explain(&in->search, smt_reason(lane->smt), &in->run->system->rulebook->arena);
    if (answer == SMT_UNSAT) {
        bool *core = memory_resize(NULL, assumptions.count);
        smt_core(lane->smt, assumptions.at, assumptions.count, core);
        for (size_t i = 0; i < who.count; i++)
            needed[who.at[i]] = needed[who.at[i]] || core[i];
        free(core);
    }
    smt_assert(lane->smt, smt_not(lane->smt, asked)); /* done with it */
    vec_free(&assumptions);
    vec_free(&who);
    return answer;
}

/* Can the last state violate the target?  Each way to violate it is a question of its own. */
static enum smt_answer ask_step(struct induction *in, size_t target, const bool *assumed, bool *needed) {
    const struct exprs *exprs = &in->run->system->exprs;
    expr_id bad = in->targets.at[target].bad;
    bool is_or = expr_get(exprs, bad)->op == OP_OR;
    enum smt_answer answer = SMT_UNSAT;
    memset(needed, 0, in->targets.count * sizeof *needed);
    for (uint32_t i = 0; i < (is_or ? expr_get(exprs, bad)->count : 1) && answer == SMT_UNSAT; i++)
        answer = ask_part(in, lane_of(in, target), is_or ? expr_args(exprs, bad)[i] : bad, assumed, needed);
    return answer;
}

/* First with itself and the obligations only, so that the report names others only where they are needed. */
static enum smt_answer ask_candidate(struct induction *in, size_t target, bool *needed) {
    bool *assumed = memory_resize(NULL, in->targets.count);
    for (size_t j = 0; j < in->targets.count; j++)
        assumed[j] = in->candidates[j].in_set && (j == target || in->targets.at[j].is_obligation);
    enum smt_answer answer = ask_step(in, target, assumed, needed);
    if (answer == SMT_SAT) {
        for (size_t j = 0; j < in->targets.count; j++)
            assumed[j] = in->candidates[j].in_set;
        answer = ask_step(in, target, assumed, needed);
    }
    free(assumed);
    return answer;
}

/* The target leaves the set; who relied on it must be asked again. */
static void leave(struct induction *in, size_t target) {
    in->candidates[target].in_set = false;
    for (size_t j = 0; j < in->targets.count; j++) {
        struct candidate *other = &in->candidates[j];
        if (other->k == 0 && other->needs != NULL && other->needs[target]) {
            free(other->needs);
            other->needs = NULL;
        }
    }
}

/* One candidate that has no proof at this k; false if Z3 gives no answer. */
static bool settle(struct induction *in, size_t target) {
    bool *needed = memory_resize(NULL, in->targets.count);
    enum smt_answer answer = ask_candidate(in, target, needed);
    if (answer == SMT_UNSAT) {
        in->candidates[target].needs = needed;
        return true;
    }
    free(needed);
    if (answer == SMT_SAT)
        leave(in, target);
    return answer == SMT_SAT;
}

/* The largest set that is k-inductive; its members are proved. */
static bool try_k(struct induction *in) {
    for (size_t i = 0; i < in->targets.count; i++) {
        struct candidate *candidate = &in->candidates[i];
        candidate->in_set = is_possible(in, i);
        if (candidate->k == 0) {
            free(candidate->needs);
            candidate->needs = NULL;
        }
    }
    for (size_t left = 1; left > 0;) {
        left = 0;
        for (size_t i = 0; i < in->targets.count; i++) {
            struct candidate *candidate = &in->candidates[i];
            if (candidate->k != 0 || !candidate->in_set || candidate->needs != NULL)
                continue;
            left++;
            if (!settle(in, i))
                return false;
        }
    }
    for (size_t i = 0; i < in->targets.count; i++)
        if (in->candidates[i].in_set && in->candidates[i].k == 0) {
            in->candidates[i].k = in->k;
            in->targets.at[i].is_proved = true;
        }
    return true;
}

/* ---- the whole ---- */

/* Whether going on can help: a property is open, or one is proved and waits for the obligations. */
static bool is_undecided(const struct induction *in) {
    bool open_property = false, open_obligation = false, waiting = false;
    for (size_t i = 0; i < in->targets.count; i++) {
        bool is_obligation = in->targets.at[i].is_obligation;
        open_obligation = open_obligation || (is_obligation && is_unproved(in, i));
        open_property = open_property || (!is_obligation && is_unproved(in, i));
        waiting = waiting || (!is_obligation && in->candidates[i].k > 0);
    }
    return open_property || (waiting && open_obligation);
}

static void prove(struct induction *in) {
    uint32_t bound = in->run->budget.max_depth == UINT32_MAX ? K_MAX : in->run->budget.max_depth;
    for (in->k = 1;; in->k++) {
        if (!search_frame(&in->search)) {
            in->reason = in->search.reason;
            return;
        }
        search_show(&in->search, in->search.depth);
        if (in->run->breakage.is_broken) {
            in->reason = "the rulebook is broken";
            return;
        }
        if (in->k > bound) {
            in->reason = "depth limit";
            return;
        }
        for (size_t i = 0; i < in->search.lane_count; i++)
            deepen_lane(in, i);
        if (!is_undecided(in) || !try_k(in) || !is_undecided(in))
            return;
        search_deepen(&in->search);
    }
}

/* ---- certificates ---- */

/* Everything the proof of a target needs, directly or not, itself included. */
static void close_needs(const struct induction *in, size_t target, bool *needs) {
    memset(needs, 0, in->targets.count * sizeof *needs);
    needs[target] = true;
    for (bool grows = true; grows;) {
        grows = false;
        for (size_t i = 0; i < in->targets.count; i++)
            for (size_t j = 0; needs[i] && j < in->targets.count; j++)
                if (in->candidates[i].needs != NULL && in->candidates[i].needs[j] && !needs[j])
                    needs[j] = grows = true;
    }
}

/* In a solver that has seen nothing else: no violation in the first k states, and none after k good ones. */
static enum smt_answer certify_half(struct induction *in, size_t target, const bool *needs, bool is_base) {
    struct unroll run;
    uint32_t k = in->candidates[target].k;
    expr_id bad = in->targets.at[target].bad;
    unroll_init(&run, in->run->system, search_solver(&in->search, CERTIFY_SEED), is_base);
    VEC(smt_lit) violations = {0};
    for (uint32_t frame = 0;; frame++) {
        if (is_base || frame == k)
            vec_push(&violations, smt_expr(run.smt, frame, bad));
        if (frame == (is_base ? k - 1 : k))
            break;
        for (size_t j = 0; !is_base && j < in->targets.count; j++)
            if (needs[j])
                smt_assert(run.smt, absent(&run, frame, in->targets.at[j].bad));
        unroll_step(&run);
        if (!is_base)
            smt_assert(run.smt, unroll_is_new(&run));
        else if (smt_check(run.smt, NULL, 0, 0) == SMT_UNSAT)
            break; /* no run is so long */
    }
    enum smt_answer answer = SMT_UNSAT;
    for (size_t i = 0; i < violations.count && answer == SMT_UNSAT; i++) {
        smt_lit asked = smt_fresh(run.smt);
        smt_assert(run.smt, smt_implies(run.smt, asked, violations.at[i]));
        answer = smt_check(run.smt, &asked, 1, 0);
    }
    if (answer == SMT_UNKNOWN)
        in->reason = search_explain(&in->search, smt_reason(run.smt), &in->run->system->rulebook->arena);
    vec_free(&violations);
    unroll_clear(&run);
    return answer;
}

static void certify(struct induction *in) {
    bool *needs = memory_resize(NULL, in->targets.count + 1);
    for (size_t i = 0; i < in->targets.count; i++) {
        struct candidate *candidate = &in->candidates[i];
        if (candidate->k == 0)
            continue;
        close_needs(in, i, needs);
        enum smt_answer base = certify_half(in, i, needs, true);
        enum smt_answer step = base == SMT_UNSAT ? certify_half(in, i, needs, false) : base;
        candidate->is_checked = step == SMT_UNSAT;
        candidate->is_refuted = step == SMT_SAT;
    }
    free(needs);
}

/* ---- answers ---- */

static const char *method_of(const struct induction *in, size_t target, struct arena *arena) {
    uint32_t k = in->candidates[target].k;
    const char *text = k == 1 ? "inductive" : arena_format(arena, "%u-induction", k);
    const char *joint = " together with ";
    bool *needs = memory_resize(NULL, in->targets.count + 1);
    close_needs(in, target, needs);
    for (size_t i = 0; i < in->targets.count; i++)
        if (needs[i] && i != target && !in->targets.at[i].is_obligation) {
            const char *name = in->run->results.at[in->targets.at[i].index].property->name;
            text = arena_format(arena, "%s%s%s", text, joint, name);
            joint = ", ";
        }
    free(needs);
    return text;
}

/* The obligation that is still open, or what else a proof rests on and was not checked again; or NULL. */
static const struct target *open_ground(const struct induction *in, size_t target) {
    const struct target *open = NULL, *unchecked = NULL;
    bool *needs = memory_resize(NULL, in->targets.count + 1);
    close_needs(in, target, needs);
    for (size_t i = 0; i < in->targets.count; i++) {
        if (!needs[i] && !in->targets.at[i].is_obligation)
            continue;
        if (in->candidates[i].k == 0)
            open = &in->targets.at[i];
        else if (!in->candidates[i].is_checked)
            unchecked = &in->targets.at[i];
    }
    free(needs);
    return open != NULL ? open : unchecked;
}

static void answer_proved(struct induction *in, size_t target, struct result *result) {
    enum property_form form = result->property->form;
    const struct target *open = open_ground(in, target);
    result->method = method_of(in, target, &result->arena);
    if (open == NULL) {
        bool is_about_reaching = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE;
        result->verdict = is_about_reaching ? VERDICT_UNREACHABLE : VERDICT_HOLDS;
        result->depth = in->candidates[target].k;
    } else if (open->is_obligation && !open->is_proved) {
        const struct system_obligation *obligation = &in->run->system->obligations.at[open->index];
        result->reason = arena_format(&result->arena, "%s, but it is not proved that this is never reached: %s:%u %s",
                                      result->method, in->run->system->rulebook->files.at[obligation->span.file],
                                      obligation->span.line, obligation->text);
    } else {
        result->reason =
            arena_format(&result->arena, "%s, but that proof could not be checked again%s%s", result->method,
                         in->reason != NULL ? ": " : "", in->reason != NULL ? in->reason : "");
    }
}

static void answer_open(struct induction *in, size_t target, struct result *result) {
    uint32_t tried = in->k - (in->reason != NULL && in->k > 0);
    if (in->candidates[target].is_refuted)
        result->reason = "a fresh solver does not confirm the proof; this is an error in enimc, please report it";
    else if (tried == 0)
        result->reason = arena_format(&result->arena, "not decided whether it is inductive: %s", in->reason);
    else if (in->reason == NULL)
        result->reason = arena_format(&result->arena, "not k-inductive up to k=%u", tried);
    else
        result->reason = arena_format(&result->arena, "not k-inductive up to k=%u: %s", tried, in->reason);
}

static void answer(struct induction *in) {
    for (size_t i = 0; i < in->run->results.count; i++) {
        struct result *result = &in->run->results.at[i];
        result->engine = "kinduction";
        if (result->verdict == VERDICT_UNKNOWN && result->reason == NULL)
            result->depth = in->search.depth;
        if (!property_is_about_states(result->property->form))
            result->reason = "kinduction does not decide this kind of property";
    }
    for (size_t i = 0; i < in->targets.count; i++) {
        if (in->targets.at[i].is_obligation || !in->targets.at[i].is_open)
            continue;
        struct result *result = &in->run->results.at[in->targets.at[i].index];
        if (in->candidates[i].k > 0 && !in->candidates[i].is_refuted)
            answer_proved(in, i, result);
        else
            answer_open(in, i, result);
    }
}

/* ---- the engine ---- */

static void induction_init(struct induction *in, struct run *run) {
    *in = (struct induction){.run = run};
    targets_find(&in->targets, run->system);
    search_init(&in->search, run, &in->targets);
    in->search.asks_simple = false; /* the step asks better */
    in->candidates = memory_resize(NULL, (in->targets.count + 1) * sizeof *in->candidates);
    memset(in->candidates, 0, (in->targets.count + 1) * sizeof *in->candidates);
    for (size_t i = 0; i < in->search.lane_count; i++) {
        struct candidate *first = &in->candidates[i];
        unroll_init(&in->lanes[i], run->system, search_solver(&in->search, 0), false);
        first->good = memory_resize(NULL, in->targets.count * sizeof *first->good);
        for (size_t j = 0; j < in->targets.count; j++)
            first->good[j] = smt_fresh(in->lanes[i].smt);
    }
}

static void induction_clear(struct induction *in) {
    for (size_t i = 0; i < in->search.lane_count; i++)
        unroll_clear(&in->lanes[i]);
    for (size_t i = 0; i < in->targets.count; i++) {
        free(in->candidates[i].needs);
        free(in->candidates[i].good);
    }
    free(in->candidates);
    search_clear(&in->search);
    vec_free(&in->targets);
}

static void kinduction_run(struct run *run) {
    struct induction in;
    induction_init(&in, run);
    if (targets_are_open(&in.targets))
        prove(&in);
    certify(&in);
    answer(&in);
    search_show(&in.search, in.search.depth);
    run->stats.reason = in.reason;
    induction_clear(&in);
}

const struct engine engine_kinduction = {
    .name = "kinduction",
    .summary = "k-induction with Z3: proofs for any depth, each checked twice",
    .run = kinduction_run,
};
