/* Does a run refute a leads_to property?  The plain evaluator plays it and judges for itself what is enabled, and so
 * what is left out; it shares with the search only the list of what is fair. */
#include "solver/leads_to.h"

#include <stdlib.h>
#include <string.h>

#include "solver/fairness.h"

struct witness {
    const struct system *system;
    struct evaluator *evaluator;
    const struct property *property;
    const struct trace *trace;
    const int32_t *states;
};

static const int32_t *state_at(const struct witness *witness, size_t i) {
    return witness->states + i * witness->system->rulebook->state_width;
}

static bool meets(const struct witness *witness, const struct term *term, size_t i) {
    bool value = true;
    return term == NULL || (eval_condition(witness->evaluator, term, witness->property->frame, state_at(witness, i),
                                           NULL, NULL, &value) == EVAL_OK &&
                            value);
}

/* A calm time does not begin before the step behind this state. */
static bool is_disturbed(const struct witness *witness, size_t i) {
    return witness->property->calm && i < witness->trace->steps.count &&
           fairness_of(witness->system, witness->trace->steps.at[i]) == FAIRNESS_NONE;
}

/* The first state with P from which on, up to state `last`, none has Q; SIZE_MAX if there is none. */
static size_t waits_from(const struct witness *witness, size_t last) {
    size_t begun = SIZE_MAX;
    for (size_t i = last + 1; i-- > 0 && !meets(witness, witness->property->term, i) && !is_disturbed(witness, i);)
        if (meets(witness, witness->property->from, i))
            begun = i;
    return begun;
}

/* Sets the marks of all that is fair and enabled in the state. */
static void mark_enabled(const struct witness *witness, size_t i, bool *marks) {
    const struct system *system = witness->system;
    int32_t *next = memory_resize(NULL, (system->rulebook->state_width + 1) * sizeof *next);
    for (transition_id t = 0; t < system->transitions.count; t++) {
        size_t fair = fairness_of(system, t);
        if (fair != FAIRNESS_NONE && !marks[fair])
            marks[fair] = eval_step(witness->evaluator, system_action(system, t),
                                    system->arguments.at + system->transitions.at[t].arguments, true,
                                    state_at(witness, i), next) == EVAL_OK;
    }
    free(next);
}

/* Do the states from `first` on, with the steps between them, leave nothing fair out? */
static bool is_fair(const struct witness *witness, size_t first, size_t last) {
    size_t count = fairness_count(witness->system);
    bool *always = memory_resize(NULL, count + 1), *here = memory_resize(NULL, count + 1), fair = true;
    memset(always, true, count + 1);
    for (size_t i = first; i <= last; i++) {
        memset(here, false, count + 1);
        mark_enabled(witness, i, here);
        for (size_t j = 0; j < count; j++)
            always[j] = always[j] && here[j];
    }
    for (size_t i = first; i < last; i++) {
        size_t taken = fairness_of(witness->system, witness->trace->steps.at[i]);
        if (taken != FAIRNESS_NONE)
            always[taken] = false;
    }
    for (size_t j = 0; j < count; j++)
        fair = fair && !always[j];
    free(always);
    free(here);
    return fair;
}

/* Are both states the same, in all that the system knows? */
static bool is_loop(const struct witness *witness, size_t first, size_t last) {
    const struct system *system = witness->system;
    for (size_t v = 0; v < system->vars.count; v++)
        if (state_at(witness, first)[system->vars.at[v].slot] != state_at(witness, last)[system->vars.at[v].slot])
            return false;
    return first < last;
}

static uint32_t calls_between(const struct witness *witness, size_t first, size_t last) {
    uint32_t calls = 0;
    for (size_t i = first; i < last; i++)
        calls += system_action(witness->system, witness->trace->steps.at[i])->by == BY_CLIENT;
    return calls;
}

bool leads_to_confirm(const struct system *system, struct evaluator *evaluator, const struct property *property,
                      const struct trace *trace, const int32_t *states) {
    struct witness witness = {system, evaluator, property, trace, states};
    size_t count = trace->steps.count, turn = trace->recovery;
    bool limited = property->within_term != NULL;
    if (limited && count > 0) { /* too many calls; the last may meet Q, because it was made before */
        size_t begun = waits_from(&witness, count - 1);
        if (begun != SIZE_MAX && calls_between(&witness, begun, count) > (uint32_t)property->within)
            return true;
    }
    size_t begun = waits_from(&witness, count);
    if (begun == SIZE_MAX || begun > turn)
        return false;
    if (turn == count)
        return is_fair(&witness, count, count);
    return is_loop(&witness, turn, count) &&
           (is_fair(&witness, turn, count) || (limited && calls_between(&witness, turn, count) > 0));
}
