#include "findings/stop.h"

#include <string.h>

#include "model/eval.h"
#include "model/print.h"
#include "model/yaml.h"

/* Its call, and with `until` its end; the last line of the log is the failure. */
static size_t lines_of(const struct finding *finding, const struct plan_step *step) {
    size_t lines = 0;
    for (size_t i = 0; i + 1 < finding->log_count; i++)
        lines += finding->log[i].step == step;
    return lines;
}

bool stop_is_sent(const struct finding *finding) { return lines_of(finding, finding->outcome->step) > 0; }

const struct plan_step *stop_waits_for(const struct report *report, const struct finding *finding) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    const struct yaml *after = finding->outcome->step->after;
    for (size_t i = 0; after != NULL && i < after->count; i++)
        for (size_t k = 0; k < rulebook->plan.count; k++) {
            const struct plan_step *step = rulebook->plan.at[k];
            if (step->name == after->items[i]->text && lines_of(finding, step) < 1u + (step->waiter != NULL))
                return step;
        }
    return NULL;
}

static bool is_retried(const struct plan_step *step, const struct check *check) {
    for (size_t i = 0; step->retry != NULL && i < step->retry->count; i++)
        for (size_t k = 0; k < check->code_count; k++)
            if (strcmp(step->retry->items[i]->text, check->codes[k]) == 0)
                return true;
    return false;
}

void stop_find_retried(struct finding *finding) {
    const struct action *action = finding->outcome->step->action;
    size_t count = 0;
    if (action->base->when != NULL || action->choices.count > 0) /* it may be impossible for another reason */
        return;
    for (size_t i = 0; i < action->base->checks.count; i++) {
        const struct check *check = &action->base->checks.at[i];
        if (!is_retried(finding->outcome->step, check))
            continue;
        if (finding->check != NULL && strcmp(finding->check->codes[0], check->codes[0]) != 0) {
            finding->check = NULL; /* one of several */
            return;
        }
        finding->check = finding->check != NULL ? finding->check : check;
        count++;
    }
    finding->is_retried = finding->check != NULL;
    finding->rule = count == 1 ? finding->check->origin.id : NULL;
}

/* Is the value an argument, or a choice, of the call "Call(name: value, ... | name: value)"? */
static bool has_argument(const char *call, const char *value, size_t length) {
    for (const char *at = strstr(call, ": "); at != NULL; at = strstr(at + 2, ": "))
        if (strncmp(at + 2, value, length) == 0 && strchr(",) ", at[2 + length]) != NULL)
            return true;
    return false;
}

/* "* event(name: object)": is the object one of the call's? */
static bool is_about(const char *event, const char *call) {
    const char *value = strstr(event, ": ");
    return value != NULL && has_argument(call, value + 2, strcspn(value + 2, ",) "));
}

static const struct action *event_of(const struct report *report, const char *text) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    size_t length = strcspn(text, "(");
    for (size_t i = 0; i < rulebook->actions.count; i++) {
        const char *name = rulebook->actions.at[i]->name;
        if (strncmp(name, text, length) == 0 && name[length] == '\0')
            return rulebook->actions.at[i];
    }
    return NULL;
}

/* Does this transition of the whole system fail what the step's call began? */
static bool is_failure(const struct system *system, transition_id t, const char *call, const char **text) {
    const struct action *action = system_action(system, t);
    if (action->failure == NULL)
        return false;
    *text = print_call(system->rulebook, action, system->arguments.at + system->transitions.at[t].arguments, true);
    return is_about(*text, call);
}

/* The run of a step that can never be done may end before its call: then the call is made here, and what fails it. */
static const struct action *play_on(struct report *report, const struct finding *finding, const char *further[2]) {
    const struct system *system = report->verification->system;
    const struct plan_step *step = finding->outcome->step;
    const struct action *event = NULL;
    const char *call = NULL, *text = NULL;
    struct evaluator evaluator;
    struct arena scratch = {NULL};
    int32_t *next = arena_alloc(&scratch, (system->rulebook->state_width + 1) * sizeof *next);
    evaluator_init(&evaluator, system->rulebook);
    for (transition_id t = 0; t < system->transitions.count && call == NULL; t++)
        if (system_action(system, t) == step->action &&
            eval_step(&evaluator, step->action, system->arguments.at + system->transitions.at[t].arguments, true,
                      finding->outcome->end, next) == EVAL_OK)
            call = print_call(system->rulebook, step->action,
                              system->arguments.at + system->transitions.at[t].arguments, true);
    int32_t *after = arena_copy(&scratch, next, system->rulebook->state_width * sizeof *next);
    for (transition_id t = 0; t < system->transitions.count && call != NULL && event == NULL; t++)
        if (is_failure(system, t, call, &text) &&
            eval_step(&evaluator, system_action(system, t), system->arguments.at + system->transitions.at[t].arguments,
                      true, after, next) == EVAL_OK)
            event = system_action(system, t);
    evaluator_clear(&evaluator);
    arena_clear(&scratch);
    if (event != NULL) {
        further[0] = call;
        further[1] = arena_format(&report->arena, "* %s", text);
    }
    return event;
}

void stop_find_failure(struct report *report, struct finding *finding, const char *further[2]) {
    const struct step_outcome *outcome = finding->outcome;
    const struct action *failing = NULL;
    const char *call = NULL;
    for (size_t i = 0; i < outcome->call_count; i++) {
        if (finding->log[i].step == outcome->step) {
            call = outcome->calls[i];
            continue;
        }
        if (call == NULL || strncmp(outcome->calls[i], "* ", 2) != 0)
            continue;
        const struct action *event = event_of(report, outcome->calls[i] + 2);
        if (event != NULL && event->failure != NULL && is_about(outcome->calls[i], call))
            failing = event;
    }
    if (call == NULL && outcome->step->waiter != NULL)
        failing = play_on(report, finding, further);
    finding->check = failing != NULL ? failing->failure : NULL;
    finding->is_failure = failing != NULL;
    finding->rule = failing != NULL ? finding->check->origin.id : NULL;
}

const char *stop_text(struct report *report, const struct finding *finding) {
    const struct plan_step *other = stop_waits_for(report, finding);
    if (other != NULL)
        return arena_format(&report->arena, "it waits for %s, which is never done", step_words(other));
    if (!stop_is_sent(finding) && finding->outcome->step->waiter == NULL)
        return arena_format(&report->arena, "%s never gets through", finding->operation);
    return arena_format(&report->arena, "%s is accepted, but what the step waits for never comes", finding->operation);
}
