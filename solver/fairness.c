#include "solver/fairness.h"

/* First the calls of the system, of which those that are fair count; then the objects of processes. */
static size_t first_object(const struct system *system, const struct kind *kind) {
    size_t number = system->calls.count;
    for (size_t p = 0; p < system->rulebook->processes.count; p++) {
        const struct kind *other = system->rulebook->processes.at[p]->kind;
        if (other == kind)
            break;
        number += other->objects.count;
    }
    return number;
}

size_t fairness_count(const struct system *system) { return first_object(system, NULL); }

size_t fairness_of(const struct system *system, transition_id transition) {
    uint32_t number = system->transitions.at[transition].call;
    const struct system_call *call = &system->calls.at[number];
    const struct action *action = call->action;
    if (action->process != NULL && action->label == NULL)
        return FAIRNESS_NONE;    /* it may crash, and need not */
    if (action->process != NULL) /* its object is the first argument */
        return first_object(system, action->process->kind) + (size_t)system->arguments.at[call->arguments];
    return action->fair || action->step != NULL ? number : FAIRNESS_NONE;
}
