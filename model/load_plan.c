/* plan: API calls in a partial order.
 *
 * A step becomes an action of its own, a copy of the called one whose arguments are fixed.  It can happen once, when
 * the steps it comes after are done.  What is done is part of the state: the fields of one object of the kind
 * `plan_step` for each step.  With `until` a step is done only when its condition has been met, which is an event. */
#include <ctype.h>
#include <string.h>

#include "model/loader.h"

static struct term *name_term(struct loader *loader, const char *name, struct span span) {
    struct term *term = term_new(&loader->rulebook->arena, TERM_NAME, span, NULL, NULL);
    term->name = intern_string(&loader->rulebook->intern, name);
    return term;
}

/* STEP.done, STEP.sent */
static struct term *flag_term(struct loader *loader, const char *step, const char *field, struct span span) {
    struct term *object = name_term(loader, step, span),
                *term = term_new(&loader->rulebook->arena, TERM_FIELD, span, object, NULL);
    object->op = TERM_OBJECT; /* whatever else has this name; its number is not known yet */
    term->name = intern_string(&loader->rulebook->intern, field);
    return term;
}

static struct term *not_term(struct loader *loader, struct term *term) {
    return term_new(&loader->rulebook->arena, TERM_NOT, term->span, term, NULL);
}

/* `a` and `b`; either may be NULL. */
static struct term *and_term(struct loader *loader, struct term *a, struct term *b) {
    return a == NULL ? b : b == NULL ? a : term_new(&loader->rulebook->arena, TERM_AND, a->span, a, b);
}

static struct effect *raise_flag(struct loader *loader, const char *step, const char *field, struct span span) {
    struct arena *arena = &loader->rulebook->arena;
    struct effect *assign = arena_alloc(arena, sizeof *assign), *block = arena_alloc(arena, sizeof *block);
    assign->form = EFFECT_ASSIGN;
    assign->span = span;
    assign->target = flag_term(loader, step, field, span);
    assign->value = term_new(&loader->rulebook->arena, TERM_BOOL, span, NULL, NULL);
    assign->value->value = 1;
    block->form = EFFECT_IF; /* a block without a condition, as syntax_effect() makes them */
    block->span = span;
    block->body = arena_copy(arena, &assign, sizeof assign);
    block->body_count = 1;
    return block;
}

static void add_flag(struct loader *loader, struct kind *kind, const char *name) {
    struct arena *arena = &loader->rulebook->arena;
    struct field *field = arena_alloc(arena, sizeof *field);
    field->name = intern_string(&loader->rulebook->intern, name);
    field->kind = kind;
    field->text = arena_alloc(arena, sizeof *field->text);
    field->text->form = TYPE_BOOL;
    vec_push(&kind->fields, field);
}

static struct kind *step_kind(struct loader *loader, const struct yaml *section) {
    struct rulebook *rulebook = loader->rulebook;
    if (rulebook->step_kind != NULL)
        return rulebook->step_kind;
    struct kind *kind = arena_alloc(&rulebook->arena, sizeof *kind);
    kind->name = intern_string(&rulebook->intern, "plan_step");
    kind->span = section->span;
    kind->is_optional = true;
    kind->index = (uint32_t)rulebook->kinds.count;
    if (rulebook_kind(rulebook, kind->name) != NULL)
        diag_error(loader->diags, section->span, DIAG_DUPLICATE_NAME, "the kind 'plan_step' is that of a plan's steps");
    add_flag(loader, kind, "sent");
    add_flag(loader, kind, "done");
    vec_push(&rulebook->kinds, kind);
    rulebook->step_kind = kind;
    return kind;
}

static struct binding *find_binding(struct binding *const *bindings, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (bindings[i]->name == name)
            return bindings[i];
    return NULL;
}

static void suggest_binding(struct loader *loader, struct span span, const char *name, struct binding *const *bindings,
                            size_t count) {
    VEC(const char *) names = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&names, bindings[i]->name);
    suggest(loader->diags, span, name, names.at, names.count);
    vec_free(&names);
}

/* The caller's words: what the called action names its own things is nothing to them. */
static void mark_outer(const struct action *action, struct term *term) {
    if (term == NULL)
        return;
    term->is_outer =
        term->op == TERM_NAME && (find_binding(action->parameters.at, action->parameters.count, term->name) != NULL ||
                                  find_binding(action->choices.at, action->choices.count, term->name) != NULL ||
                                  find_binding(action->lets.at, action->lets.count, term->name) != NULL);
    for (size_t i = 0; i < term->arg_count; i++)
        mark_outer(action, term->args[i]);
    if (term->op >= TERM_FORALL)
        mark_outer(action, term->args[1]); /* where, which is not counted */
    mark_outer(action, term->domain.name);
    mark_outer(action, term->domain.low);
    mark_outer(action, term->domain.high);
}

/* "allocation_id or public_ip", "an eni or none": what can stand for a parameter. */
static const char *type_text_words(const struct loader *loader, const struct type_text *text) {
    struct arena *arena = &loader->rulebook->arena;
    const char **values = text->values, *words = NULL;
    size_t count = text->value_count;
    for (size_t i = 0; text->form == TYPE_REF && i < loader->rulebook->enumerations.count; i++)
        if (strcmp(loader->rulebook->enumerations.at[i]->name, text->name) == 0) {
            values = loader->rulebook->enumerations.at[i]->values;
            count = loader->rulebook->enumerations.at[i]->count;
        }
    for (size_t i = 0; i < count; i++)
        words = i == 0 ? values[0] : arena_format(arena, "%s%s%s", words, i + 1 < count ? ", " : " or ", values[i]);
    if (words != NULL)
        return words;
    switch (text->form) {
    case TYPE_BOOL:
        return "true or false";
    case TYPE_INT:
        return "a number";
    case TYPE_REF:
        return arena_format(arena, "an object of kind %s%s", text->name, text->optional ? ", or none" : "");
    case TYPE_SET:
        return arena_format(arena, "a set of objects of kind %s", text->name);
    case TYPE_ENUM:
    case TYPE_MAP:
    case TYPE_ACTION:
        break;
    }
    return "a value";
}

struct term *loader_fix_arguments(struct loader *loader, struct action *action, const struct call_text *call) {
    struct term *condition = NULL;
    for (size_t i = 0; i < call->count; i++) {
        bool is_choice = i >= call->choices;
        struct binding *const *bindings = is_choice ? action->choices.at : action->parameters.at;
        size_t count = is_choice ? action->choices.count : action->parameters.count;
        struct binding *binding = find_binding(bindings, count, call->names[i]);
        if (binding == NULL) {
            diag_error(loader->diags, call->name_spans[i], DIAG_UNKNOWN_NAME, "'%s' has no %s '%.60s'", call->action,
                       is_choice ? "choice" : "parameter", call->names[i]);
            suggest_binding(loader, call->name_spans[i], call->names[i], bindings, count);
            continue;
        }
        struct span span = call->name_spans[i];
        mark_outer(action, call->values[i]);
        struct term *equal =
            term_new(&loader->rulebook->arena, TERM_EQ, span, name_term(loader, binding->name, span), call->values[i]);
        if (is_choice && binding->mode == BINDING_NEW && call->values[i]->op == TERM_NAME)
            binding->fixed = call->values[i]->name;
        if (is_choice)
            binding->term = and_term(loader, binding->term, equal);
        else
            condition = and_term(loader, condition, equal);
    }
    for (size_t p = 0; p < action->parameters.count; p++) {
        bool given = false;
        for (size_t i = 0; i < call->choices; i++)
            given = given || call->names[i] == action->parameters.at[p]->name;
        if (!given)
            diag_error(loader->diags, call->span, DIAG_MISSING_KEY,
                       "'%s' needs a value for its parameter '%s'; expected %s", call->action,
                       action->parameters.at[p]->name, type_text_words(loader, action->parameters.at[p]->text));
    }
    return condition;
}

/* The event that finds the step done. */
static void add_waiter(struct loader *loader, struct plan_step *step, struct term *until) {
    struct rulebook *rulebook = loader->rulebook;
    struct action *waiter = arena_alloc(&rulebook->arena, sizeof *waiter);
    struct span span = until->span;
    waiter->name = intern_string(&rulebook->intern, arena_format(&rulebook->arena, "%s_done", step->name));
    waiter->origin = (struct origin){.id = waiter->name, .span = span};
    waiter->by = BY_ENVIRONMENT;
    waiter->fair = true;
    waiter->base = waiter;
    waiter->step = step;
    waiter->is_waiter = true;
    step->waiter = waiter;
    waiter->when = and_term(loader,
                            and_term(loader, flag_term(loader, step->name, "sent", span),
                                     not_term(loader, flag_term(loader, step->name, "done", span))),
                            until);
    struct rule_effect rule = {{.id = waiter->name, .span = span}, raise_flag(loader, step->name, "done", span)};
    vec_push(&waiter->effects, rule);
    waiter->index = (uint32_t)rulebook->actions.count;
    vec_push(&rulebook->actions, waiter);
}

/* Is one of the answers of this check in a list of codes?  `codes` may be NULL. */
static bool answers_one(const struct check *check, const struct yaml *codes) {
    for (size_t i = 0; codes != NULL && i < codes->count; i++)
        for (size_t k = 0; codes->items[i]->kind == YAML_TEXT && k < check->code_count; k++)
            if (strcmp(check->codes[k], codes->items[i]->text) == 0)
                return true;
    return false;
}

static void check_codes(struct loader *loader, const struct action *action, const struct yaml *codes, const char *key) {
    if (codes == NULL || !loader_has_shape(loader, codes, YAML_LIST, key))
        return;
    for (size_t i = 0; i < codes->count; i++) {
        struct yaml one = {.kind = YAML_LIST, .items = &codes->items[i], .count = 1};
        bool known = !loader_has_shape(loader, codes->items[i], YAML_TEXT, "an error code");
        for (size_t c = 0; !known && c < action->checks.count; c++)
            known = answers_one(&action->checks.at[c], &one);
        if (!known)
            diag_error(loader->diags, codes->items[i]->span, DIAG_UNKNOWN_NAME, "'%s' never answers %.60s",
                       action->base->name, codes->items[i]->text);
    }
}

struct action *loader_called(struct loader *loader, const struct call_text *call) {
    const struct rulebook *rulebook = loader->rulebook;
    struct action *base = rulebook_action(rulebook, call->action);
    if (base != NULL && base->by == BY_CLIENT && base->step == NULL && base->process == NULL)
        return base;
    diag_error(loader->diags, call->span, DIAG_UNKNOWN_NAME, "no client's action is called '%.60s'", call->action);
    VEC(const char *) names = {0};
    for (size_t i = 0; i < rulebook->actions.count; i++)
        if (rulebook->actions.at[i]->by == BY_CLIENT)
            vec_push(&names, rulebook->actions.at[i]->name);
    suggest(loader->diags, call->span, call->action, names.at, names.count);
    vec_free(&names);
    return NULL;
}

/* What the checks in front of number `end` require whose answers are ignored; NULL for nothing. */
static struct term *unless_ignored(struct loader *loader, const struct action *action, const struct yaml *ignored,
                                   size_t end) {
    const struct yaml *checks = yaml_get(action->text, "checks");
    struct term *all = NULL;
    for (size_t c = 0; c < end; c++)
        if (answers_one(&action->checks.at[c], ignored))
            all = and_term(loader, all, loader_term(loader, checks->items[c], "require"));
    return all;
}

/* What a check requires, if the call has not ended with an ignored answer in front of it. */
static struct term *requirement(struct loader *loader, const struct action *action, const struct yaml *ignored,
                                size_t c) {
    struct term *require = loader_term(loader, yaml_get(action->text, "checks")->items[c], "require");
    struct term *reached = unless_ignored(loader, action, ignored, c);
    return reached == NULL || require == NULL
               ? require
               : term_new(&loader->rulebook->arena, TERM_IMPLIES, require->span, reached, require);
}

/* Who calls again as long as the answer is one of these codes calls, in effect, when it is none of them: a call that is
 * refused changes nothing. */
static void retry_on(struct loader *loader, struct action *action, const struct yaml *codes,
                     const struct yaml *ignored) {
    for (size_t c = 0; c < action->checks.count; c++)
        if (answers_one(&action->checks.at[c], codes) && !answers_one(&action->checks.at[c], ignored))
            action->when = and_term(loader, action->when, requirement(loader, action, ignored, c));
}

/* An answer that is taken for success: nothing changes, and the step is done. */
static void ignore_answers(struct loader *loader, struct action *action, const struct yaml *ignored) {
    struct arena *arena = &loader->rulebook->arena;
    bool any = false;
    for (size_t c = 0; c < action->checks.count; c++) {
        struct check *check = &action->checks.at[c];
        any |= answers_one(check, ignored);
        if (any && !answers_one(check, ignored))
            check->require = requirement(loader, action, ignored, c);
    }
    if (any && action->choices.count > 0)
        diag_error(loader->diags, ignored->span, DIAG_BAD_CONTEXT,
                   "'%s' has choices of the service; only answers of calls without can be ignored", action->base->name);
    for (size_t i = 0; any && i < action->effects.count; i++) {
        struct effect *guard = arena_alloc(arena, sizeof *guard);
        guard->form = EFFECT_IF;
        guard->span = action->effects.at[i].effect->span;
        guard->condition = unless_ignored(loader, action, ignored, action->checks.count);
        guard->body = arena_copy(arena, &action->effects.at[i].effect, sizeof guard);
        guard->body_count = 1;
        action->effects.at[i].effect = guard;
    }
    for (size_t c = 0; any && c < action->checks.count; c++)
        if (answers_one(&action->checks.at[c], ignored)) {
            struct term *fine = term_new(arena, TERM_BOOL, ignored->span, NULL, NULL);
            fine->value = 1;
            action->checks.at[c].require = fine;
        }
}

static struct action *called_action(struct loader *loader, const struct yaml *text, struct call_text *call) {
    if (!syntax_call(&loader->syntax, text, call))
        return NULL;
    if (call->response != NULL)
        diag_error(loader->diags, call->response_span, DIAG_BAD_CONTEXT,
                   "a plan does not say how its calls are answered");
    return loader_called(loader, call);
}

/* What a step without a call does: it waits for others, so that one name stands for all of them. */
static struct action *nothing(struct loader *loader, const struct yaml *key) {
    static const struct yaml empty = {.kind = YAML_MAP};
    struct action *action = arena_alloc(&loader->rulebook->arena, sizeof *action);
    action->name = key->text;
    action->origin = (struct origin){.id = key->text, .span = key->span};
    action->text = &empty;
    return action;
}

/* A number from 1 on, behind the last colon of the first `length` bytes; that colon is where it ends then. */
static uint32_t take_number(const char *text, size_t *length) {
    uint32_t number = 0, weight = 1;
    size_t i = *length;
    for (; i > 0 && isdigit((unsigned char)text[i - 1]) && *length - i < 9; i--, weight *= 10)
        number += weight * (uint32_t)(text[i - 1] - '0');
    if (i == 0 || text[i - 1] != ':')
        return 0;
    *length = i - 1;
    return number;
}

/* at: FILE:LINE:COLUMN */
static void load_place(struct loader *loader, struct plan_step *step, const struct yaml *item) {
    const struct yaml *at = yaml_get(item, "at");
    if (at == NULL || !loader_has_shape(loader, at, YAML_TEXT, "at"))
        return;
    size_t length = strlen(at->text);
    step->at_column = take_number(at->text, &length);
    step->at_line = step->at_column > 0 ? take_number(at->text, &length) : 0;
    if (step->at_line == 0 || length == 0)
        diag_error(loader->diags, at->span, DIAG_WRONG_SHAPE, "expected FILE:LINE:COLUMN, found '%.60s'", at->text);
    else
        step->at_path = arena_text(&loader->rulebook->arena, at->text, length);
}

static void load_step(struct loader *loader, const struct yaml *key, const struct yaml *item) {
    struct rulebook *rulebook = loader->rulebook;
    CHECK_KEYS(loader, item, "a step", "about", "call", "after", "until", "retry", "ignore", "establishes", "resource",
               "at");
    const struct yaml *text = yaml_get(item, "call"), *after = yaml_get(item, "after");
    struct call_text call = {0};
    struct action *base = NULL;
    if (text == NULL && after == NULL) {
        diag_error(loader->diags, key->span, DIAG_MISSING_KEY, "a step needs its 'call'");
        return;
    }
    if (text == NULL)
        base = nothing(loader, key);
    else if ((base = called_action(loader, text, &call)) == NULL)
        return;
    struct plan_step *step = arena_alloc(&rulebook->arena, sizeof *step);
    step->name = key->text;
    step->span = key->span;
    step->about = loader_text(loader, item, "about");
    step->resource = loader_text(loader, item, "resource");
    load_place(loader, step, item);
    step->after = after;
    step->has_call = text != NULL;
    step->retry = yaml_get(item, "retry");
    struct action *action = load_action_copy(loader, key, base);
    step->action = action;
    action->step = step;
    size_t errors = loader->diags->error_count;
    check_codes(loader, action, step->retry, "retry");
    check_codes(loader, action, yaml_get(item, "ignore"), "ignore");
    if (loader->diags->error_count > errors)
        return;
    retry_on(loader, action, step->retry, yaml_get(item, "ignore"));
    ignore_answers(loader, action, yaml_get(item, "ignore"));
    if (yaml_get(item, "establishes") != NULL) {
        action->establishes = loader_term(loader, item, "establishes");
        mark_outer(action, action->establishes);
        step->establishes = true;
    }
    struct term *until = loader_term(loader, item, "until");
    const char *raised = until == NULL ? "done" : "sent";
    struct term *may = not_term(loader, flag_term(loader, step->name, raised, key->span));
    if (after != NULL && loader_has_shape(loader, after, YAML_LIST, "after"))
        for (size_t i = 0; i < after->count; i++)
            if (loader_has_shape(loader, after->items[i], YAML_TEXT, "the name of a step"))
                may = and_term(loader, may, flag_term(loader, after->items[i]->text, "done", after->items[i]->span));
    step->allow = and_term(loader, text == NULL ? NULL : loader_fix_arguments(loader, action, &call), may);
    struct rule_effect rule = {{.id = step->name, .span = key->span},
                               raise_flag(loader, step->name, raised, key->span)};
    vec_push(&action->effects, rule);
    if (until != NULL)
        add_waiter(loader, step, until);
    vec_push(&rulebook->plan, step);
}

static const struct plan_step *find_step(const struct rulebook *rulebook, const char *name) {
    for (size_t i = 0; i < rulebook->plan.count; i++)
        if (rulebook->plan.at[i]->name == name)
            return rulebook->plan.at[i];
    return NULL;
}

/* Every step must come after steps that are there, and none after itself. */
static void check_order(struct loader *loader) {
    struct rulebook *rulebook = loader->rulebook;
    VEC(const char *) names = {0};
    for (size_t i = 0; i < rulebook->plan.count; i++)
        vec_push(&names, rulebook->plan.at[i]->name);
    bool changed = true, good = true;
    for (size_t i = 0; i < rulebook->plan.count; i++) {
        const struct yaml *after = rulebook->plan.at[i]->after;
        for (size_t j = 0; after != NULL && j < after->count; j++)
            if (find_step(rulebook, after->items[j]->text) == NULL) {
                diag_error(loader->diags, after->items[j]->span, DIAG_UNKNOWN_NAME, "no step is called '%.60s'",
                           after->items[j]->text);
                suggest(loader->diags, after->items[j]->span, after->items[j]->text, names.at, names.count);
                good = false;
            }
    }
    while (changed && good) { /* take away what can be done, until nothing more can */
        changed = false;
        for (size_t i = 0; i < rulebook->plan.count; i++) {
            struct plan_step *step = rulebook->plan.at[i];
            bool ready = !step->is_ordered;
            for (size_t j = 0; ready && step->after != NULL && j < step->after->count; j++)
                ready = find_step(rulebook, step->after->items[j]->text)->is_ordered;
            changed = changed || ready;
            step->is_ordered = step->is_ordered || ready;
        }
    }
    for (size_t i = 0; i < rulebook->plan.count && good; i++)
        if (!rulebook->plan.at[i]->is_ordered) {
            diag_error(loader->diags, rulebook->plan.at[i]->span, DIAG_CYCLE, "the step '%s' comes after itself",
                       rulebook->plan.at[i]->name);
            good = false; /* one is enough */
        }
    vec_free(&names);
}

void load_plan(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "plan"))
        return;
    step_kind(loader, section);
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i];
        if (!loader_is_name(loader, key, false, "a step") ||
            !loader_has_shape(loader, section->items[i], YAML_MAP, "a step"))
            continue;
        const struct action *old = rulebook_action(loader->rulebook, key->text);
        if (old != NULL)
            loader_duplicate(loader, key->span, old->origin.span, "the action", key->text);
        else
            load_step(loader, key, section->items[i]);
    }
    if (!diags_failed(loader->diags))
        check_order(loader);
}
