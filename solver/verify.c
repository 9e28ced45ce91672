#include "solver/verify.h"

#include <stdlib.h>
#include <string.h>

#include "solver/cone.h"
#include "solver/inquiry.h"
#include "solver/loss.h"
#include "solver/repair.h"
#include "solver/stubborn.h"

enum { ALL_SECONDS = 60, STEP_SECONDS = 20 }; /* for all questions and for one, if there is no time limit */

struct verifier {
    struct verification *verification;
    struct plan_proof proof;
    const struct budget *budget;
    struct timespec started, begun;
    uint64_t states;  /* looked at so far */
    size_t questions; /* that are left, at most; they share what is left of the limits */
    bool *concerned;  /* row i: see inquiry.concerned, of step i */
};

/* The next question's share of the time and the states that are left. */
static struct budget share(struct verifier *verifier) {
    struct budget own = *verifier->budget;
    bool is_limited = own.timeout_seconds > 0;
    double left = (is_limited ? own.timeout_seconds : ALL_SECONDS) - seconds_since(&verifier->started);
    left = left < 0.01 ? 0.01 : left;
    own.timeout_seconds = is_limited ? left / (double)verifier->questions : left < STEP_SECONDS ? left : STEP_SECONDS;
    if (own.max_states != 0) {
        uint64_t rest = own.max_states > verifier->states ? own.max_states - verifier->states : 0;
        own.max_states = rest / verifier->questions + 1;
    }
    verifier->questions -= verifier->questions > 1;
    clock_gettime(CLOCK_MONOTONIC, &verifier->begun);
    own.started = &verifier->begun;
    return own;
}

/* ---- a broken rulebook ---- */

/* What is not shown to hold by proofs is looked for in its own cone. */
static void ask_obligation(struct verifier *verifier, size_t number) {
    struct verification *verification = verifier->verification;
    struct plan_proof *proof = &verifier->proof;
    struct system *system = verification->system;
    expr_id bad = expr_not(&system->exprs, system->obligations.at[number].holds);
    uint64_t states = 0;
    if (localizer_excludes(proof->localizer, &proof->order, bad, &states))
        return;
    struct abstraction *abstraction = localizer_abstraction(proof->localizer);
    struct budget own = share(verifier);
    struct cone cone;
    struct stubborn_search search = {.goal = bad, .fine = EXPR_TRUE};
    cone_init(&cone, system, abstraction, &bad, 1);
    enum stubborn_end end = stubborn_run(&search, &cone.view, abstraction, &own);
    verifier->states += search.states;
    if (end == STUBBORN_GOAL) {
        verification->is_broken = true;
        verification->obligation = number;
        verification->broken_calls = inquiry_calls(verification, &cone.view, &search.trace);
        verification->broken_call_count = search.trace.steps.count;
    } else if (end == STUBBORN_LIMIT) {
        verification->undecided = arena_format(&verification->arena, "%s after %llu states", search.reason,
                                               (unsigned long long)search.states);
    }
    vec_free(&search.trace.steps);
    cone_clear(&cone);
}

/* ---- the steps ---- */

static void ask_step(struct verifier *verifier, size_t step) {
    struct verification *verification = verifier->verification;
    struct step_outcome outcome = {.step = verification->system->rulebook->plan.at[step],
                                   .states = verifier->proof.states[step]};
    if (!verifier->proof.settled[step]) {
        struct budget own = share(verifier);
        inquire(&(struct inquiry){.verification = verification,
                                  .proof = &verifier->proof,
                                  .budget = &own,
                                  .step = step,
                                  .concerned = verifier->concerned + step * verifier->proof.order.count},
                &outcome);
    }
    verifier->states += outcome.states;
    vec_push(&verification->outcomes, outcome);
}

static void repair(struct verifier *verifier, size_t step) {
    struct step_outcome *outcome = &verifier->verification->outcomes.at[step];
    if (outcome->verdict != STEP_FAILS_SOME && outcome->verdict != STEP_FAILS_EVERY)
        return;
    struct budget own = share(verifier);
    struct inquiry inquiry = {.verification = verifier->verification,
                              .proof = &verifier->proof,
                              .budget = &own,
                              .step = step,
                              .concerned = verifier->concerned + step * verifier->proof.order.count};
    if (outcome->verdict == STEP_FAILS_SOME)
        find_repairs(&inquiry, outcome);
    else
        find_argument(&inquiry, outcome);
}

/* One for each step, the surest: its pairs come one after the other. */
static void note_loss(struct verification *verification, const struct step_loss *loss) {
    static const int weights[] = {
        [STEP_SUCCEEDS] = 0, [STEP_UNKNOWN] = 1, [STEP_FAILS_SOME] = 2, [STEP_FAILS_EVERY] = 3};
    size_t count = verification->losses.count;
    struct step_loss *last = count > 0 ? &verification->losses.at[count - 1] : NULL;
    if (last == NULL || last->step != loss->step)
        vec_push(&verification->losses, *loss);
    else if (weights[loss->verdict] > weights[last->verdict])
        *last = *loss;
}

/* Pairs of steps, once it is known that there is no other trouble with the rulebook. */
static void ask_losses(struct verifier *verifier) {
    struct loss_search search;
    struct step_loss loss;
    loss_search_init(&search, &verifier->proof);
    verifier->questions = search.pairs.count + 1;
    for (size_t i = 0; i < search.pairs.count && !verifier->verification->is_broken; i++) {
        struct budget own = share(verifier);
        if (!loss_find(&search, i, verifier->verification, &own, &loss))
            continue;
        verifier->states += loss.states;
        note_loss(verifier->verification, &loss);
    }
    loss_search_clear(&search);
}

void verify_plan(struct verification *verification, struct system *system, const struct budget *budget) {
    struct verifier verifier = {.verification = verification, .budget = budget};
    clock_gettime(CLOCK_MONOTONIC, &verifier.started);
    *verification = (struct verification){.system = system};
    plan_proof_init(&verifier.proof, system);
    size_t n = verifier.proof.order.count;
    verifier.concerned = calloc(n * n + 1, 1);
    if (verifier.concerned == NULL)
        out_of_memory(n * n);
    verifier.questions = 2; /* a broken rulebook, repairs */
    for (size_t i = 0; i < n; i++)
        verifier.questions += !verifier.proof.settled[i];
    for (size_t i = 0; i < system->obligations.count && !verification->is_broken; i++)
        ask_obligation(&verifier, i);
    for (size_t i = 0; i < n && !verification->is_broken; i++)
        ask_step(&verifier, i);
    ask_losses(&verifier);
    verifier.questions = 1;
    for (size_t i = 0; i < verification->outcomes.count; i++)
        verifier.questions += verification->outcomes.at[i].verdict == STEP_FAILS_SOME;
    for (size_t i = 0; i < verification->outcomes.count; i++)
        repair(&verifier, i);
    free(verifier.concerned);
    plan_proof_clear(&verifier.proof);
    verification->seconds = seconds_since(&verifier.started);
}

void verification_clear(struct verification *verification) {
    for (size_t i = 0; i < verification->outcomes.count; i++)
        vec_free(&verification->outcomes.at[i].repairs);
    vec_free(&verification->outcomes);
    vec_free(&verification->losses);
    arena_clear(&verification->arena);
}
