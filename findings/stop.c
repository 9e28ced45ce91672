#include "findings/stop.h"

#include <string.h>

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

const char *stop_text(struct report *report, const struct finding *finding) {
    const struct plan_step *other = stop_waits_for(report, finding);
    if (other != NULL)
        return arena_format(&report->arena, "it waits for %s, which is never done", step_words(other));
    return arena_format(&report->arena,
                        stop_is_sent(finding) ? "%s is accepted, but what the step waits for never comes"
                                              : "%s never gets through",
                        finding->operation);
}
