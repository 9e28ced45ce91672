/* The names and types of a scenario's steps. */
#include <string.h>

#include "model/checker.h"

static struct term **terms_new(struct checker *checker, size_t count) {
    return arena_alloc(&checker->rulebook->arena, (count + 1) * sizeof(struct term *));
}

static void suggest_binding(struct checker *checker, struct span span, const char *name,
                            struct binding *const *bindings, size_t count) {
    VEC(const char *) names = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&names, bindings[i]->name);
    suggest(checker->diags, span, name, names.at, names.count);
    vec_free(&names);
}

/* Puts the written values from..to in the order of the bindings. */
static void check_values(struct checker *checker, const struct call_text *call, size_t from, size_t to,
                         struct binding *const *bindings, size_t count, struct term **values, const char *what) {
    for (size_t i = from; i < to; i++) {
        size_t b = 0;
        while (b < count && bindings[b]->name != call->names[i])
            b++;
        if (b == count) {
            diag_error(checker->diags, call->name_spans[i], DIAG_UNKNOWN_NAME, "'%s' has no %s '%.60s'", call->action,
                       what, call->names[i]);
            suggest_binding(checker, call->name_spans[i], call->names[i], bindings, count);
        } else if (values[b] != NULL) {
            diag_error(checker->diags, call->name_spans[i], DIAG_DUPLICATE_NAME, "'%s' has two values", call->names[i]);
        } else if (bindings[b]->type != NULL && check_as(checker, call->values[i], bindings[b]->type)) {
            values[b] = call->values[i];
        }
    }
}

static bool has_code(const struct action *action, const char *code) {
    for (size_t k = 0; k < action->checks.count; k++)
        for (size_t i = 0; i < action->checks.at[k].code_count; i++)
            if (strcmp(action->checks.at[k].codes[i], code) == 0)
                return true;
    return false;
}

static void check_call(struct checker *checker, struct scenario_item *item) {
    const struct call_text *call = &item->call;
    const struct action *action = rulebook_action(checker->rulebook, call->action);
    if (action == NULL) {
        diag_error(checker->diags, call->span, DIAG_UNKNOWN_NAME, "no action is called '%.60s'", call->action);
        VEC(const char *) names = {0};
        for (size_t i = 0; i < checker->rulebook->actions.count; i++)
            vec_push(&names, checker->rulebook->actions.at[i]->name);
        suggest(checker->diags, call->span, call->action, names.at, names.count);
        vec_free(&names);
        return;
    }
    item->action = action;
    item->arguments = terms_new(checker, action->parameters.count);
    item->choices = terms_new(checker, action->choices.count);
    check_values(checker, call, 0, call->choices, action->parameters.at, action->parameters.count, item->arguments,
                 "parameter");
    check_values(checker, call, call->choices, call->count, action->choices.at, action->choices.count, item->choices,
                 "choice");
    for (size_t i = 0; i < action->parameters.count && !diags_failed(checker->diags); i++)
        if (item->arguments[i] == NULL)
            diag_error(checker->diags, call->span, DIAG_MISSING_KEY, "'%s' needs a value for its parameter '%s'",
                       action->name, action->parameters.at[i]->name);
    bool is_ok = call->response == NULL || strcmp(call->response, "ok") == 0;
    if (action->by == BY_CLIENT && call->response == NULL)
        diag_error(checker->diags, call->span, DIAG_MISSING_KEY, "a call needs its response: '-> ok' or an error code");
    else if (!is_ok && !has_code(action, call->response))
        diag_error(checker->diags, call->response_span, DIAG_UNKNOWN_NAME, "'%s' never answers '%.80s'", action->name,
                   call->response);
}

void check_scenario(struct checker *checker, struct property *property) {
    for (size_t i = 0; i < property->scenario.count; i++) {
        struct scenario_item *item = &property->scenario.at[i];
        if (item->given != NULL)
            check_effect(checker, item->given);
        if (item->expect != NULL)
            check_bool(checker, item->expect);
        if (item->given == NULL && item->expect == NULL)
            check_call(checker, item);
    }
}
