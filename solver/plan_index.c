#include "solver/plan_index.h"

#include <stdlib.h>
#include <string.h>

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

/* ---- the order of a plan ---- */

size_t plan_step_number(const struct rulebook *rulebook, const struct plan_step *step) {
    size_t number = 0;
    while (rulebook->plan.at[number] != step)
        number++;
    return number;
}

uint32_t plan_flag(const struct system *system, size_t step, const char *flag) {
    for (uint32_t v = 0; v < system->vars.count; v++)
        if (system->vars.at[v].field->kind == system->rulebook->step_kind && system->vars.at[v].object == step &&
            strcmp(system->vars.at[v].field->name, flag) == 0)
            return v;
    return UINT32_MAX;
}

bool plan_order_add(struct plan_order *order, size_t earlier, size_t later) {
    size_t n = order->count;
    if (earlier == later || order->before[later * n + earlier])
        return false;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; (a == earlier || order->before[a * n + earlier]) && b < n; b++)
            if (b == later || order->before[later * n + b])
                order->before[a * n + b] = true;
    return true;
}

void plan_order_init(struct plan_order *order, const struct rulebook *rulebook) {
    size_t n = order->count = rulebook->plan.count;
    order->before = zeroed(n * n, 1);
    for (size_t b = 0; b < n; b++) {
        const struct yaml *after = rulebook->plan.at[b]->after;
        for (size_t i = 0; after != NULL && i < after->count; i++)
            for (size_t a = 0; a < n; a++)
                if (rulebook->plan.at[a]->name == after->items[i]->text && !order->before[a * n + b])
                    plan_order_add(order, a, b);
    }
}

void plan_order_copy(struct plan_order *copy, const struct plan_order *order) {
    size_t n = copy->count = order->count;
    copy->before = zeroed(n * n, 1);
    memcpy(copy->before, order->before, n * n);
}

void plan_order_clear(struct plan_order *order) {
    free(order->before);
    order->before = NULL;
}

/* ---- who writes what ---- */

void plan_index_init(struct plan_index *index, const struct system *system) {
    size_t vars = system->vars.count, steps = system->rulebook->plan.count;
    *index = (struct plan_index){.system = system, .step_count = steps};
    index->writers = zeroed(vars, sizeof *index->writers);
    index->step_of = zeroed(system->transitions.count, sizeof *index->step_of);
    index->flag_of = zeroed(vars, sizeof *index->flag_of);
    index->done = zeroed(steps, sizeof *index->done);
    index->sent = zeroed(steps, sizeof *index->sent);
    index->calls = zeroed(steps, sizeof *index->calls);
    for (size_t i = 0; i < steps; i++)
        index->done[i] = index->sent[i] = UINT32_MAX;
    for (uint32_t v = 0; v < vars; v++) {
        const struct system_var *var = &system->vars.at[v];
        bool is_flag = var->field->kind == system->rulebook->step_kind;
        index->flag_of[v] = is_flag ? var->object : NO_STEP;
        if (is_flag)
            (strcmp(var->field->name, "done") == 0 ? index->done : index->sent)[var->object] = v;
    }
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        const struct action *action = system_action(system, t);
        index->step_of[t] = NO_STEP;
        for (uint32_t i = 0; i < transition->update_count; i++) {
            const struct system_update *update = &system->updates.at[transition->first_update + i];
            vec_push(&index->writers[update->var], ((struct plan_write){t, update->value}));
            if (action->step != NULL && index->flag_of[update->var] != NO_STEP)
                index->step_of[t] = index->flag_of[update->var];
        }
        if (index->step_of[t] != NO_STEP && !action->is_waiter)
            vec_push(&index->calls[index->step_of[t]], t);
    }
}

void plan_index_clear(struct plan_index *index) {
    for (size_t v = 0; index->system != NULL && v < index->system->vars.count; v++)
        vec_free(&index->writers[v]);
    for (size_t s = 0; s < index->step_count; s++)
        vec_free(&index->calls[s]);
    free(index->writers);
    free(index->step_of);
    free(index->flag_of);
    free(index->done);
    free(index->sent);
    free(index->calls);
}

bool plan_index_is_sent_first(const struct plan_index *index, size_t step) {
    return index->sent[step] != UINT32_MAX && index->writers[index->sent[step]].count > 0;
}
