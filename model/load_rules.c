/* Actions and properties: from YAML to the rulebook. */
#include <string.h>

#include "model/loader.h"

static const char *const plan_questions[] = {"every"};
static const char *const orders[] = {"documented", "observed", "assumed"};

static struct binding *new_binding(struct loader *loader, enum binding_mode mode, const struct yaml *key) {
    struct binding *binding = arena_alloc(&loader->rulebook->arena, sizeof *binding);
    binding->mode = mode;
    binding->name = key->text;
    binding->span = key->span;
    return binding;
}

static void load_parameters(struct loader *loader, struct action *action, const struct yaml *map) {
    if (map == NULL || !loader_has_shape(loader, map, YAML_MAP, "parameters"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (!loader_is_name(loader, map->keys[i], false, "a parameter"))
            continue;
        struct binding *binding = new_binding(loader, BINDING_PARAMETER, map->keys[i]);
        binding->text = syntax_type(&loader->syntax, map->items[i]);
        vec_push(&action->parameters, binding);
    }
}

/* choose: { a: { from: address, where: "..." }, e: { new: eni } } */
static void load_choices(struct loader *loader, struct action *action, const struct yaml *map) {
    if (map == NULL || !loader_has_shape(loader, map, YAML_MAP, "choose"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        const struct yaml *item = map->items[i];
        if (!loader_is_name(loader, map->keys[i], false, "a choice") ||
            !loader_has_shape(loader, item, YAML_MAP, "a choice"))
            continue;
        CHECK_KEYS(loader, item, "a choice", "from", "new", "where", "about");
        const struct yaml *from = yaml_get(item, "from"), *fresh = yaml_get(item, "new");
        if ((from == NULL) == (fresh == NULL)) {
            diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "a choice needs one of 'from' and 'new'");
            continue;
        }
        struct binding *binding = new_binding(loader, from != NULL ? BINDING_CHOICE : BINDING_NEW, map->keys[i]);
        binding->text = syntax_type(&loader->syntax, from != NULL ? from : fresh);
        binding->term = loader_term(loader, item, "where");
        vec_push(&action->choices, binding);
    }
}

static void load_lets(struct loader *loader, struct action *action, const struct yaml *map) {
    if (map == NULL || !loader_has_shape(loader, map, YAML_MAP, "let"))
        return;
    for (size_t i = 0; i < map->count; i++) {
        if (!loader_is_name(loader, map->keys[i], false, "a 'let'"))
            continue;
        struct binding *binding = new_binding(loader, BINDING_LET, map->keys[i]);
        binding->term = syntax_term(&loader->syntax, map->items[i]);
        vec_push(&action->lets, binding);
    }
}

/* A code, or a list of them. */
static void load_codes(struct loader *loader, struct check *check, const struct yaml *codes) {
    size_t count = codes->kind == YAML_LIST ? codes->count : 1;
    check->codes = arena_alloc(&loader->rulebook->arena, count * sizeof *check->codes + 1);
    for (size_t i = 0; i < count; i++) {
        const struct yaml *code = codes->kind == YAML_LIST ? codes->items[i] : codes;
        if (loader_has_shape(loader, code, YAML_TEXT, "an error code"))
            check->codes[check->code_count++] = code->text;
    }
    if (check->code_count == 0)
        diag_error(loader->diags, codes->span, DIAG_MISSING_KEY, "expected at least one error code");
}

static void load_check(struct loader *loader, struct action *action, const struct yaml *item, enum order order) {
    if (!loader_has_shape(loader, item, YAML_MAP, "a check"))
        return;
    CHECK_KEYS(loader, item, "a check", "id", "require", "else", "source", "confidence", "order", "about",
               "capability");
    struct check check = {.origin = loader_origin(loader, item, NULL, item->span)};
    if (check.origin.id == NULL)
        check.origin.id = arena_format(&loader->rulebook->arena, "%s.%zu", action->name, action->checks.count + 1);
    check.require = loader_term(loader, item, "require");
    check.order = (enum order)loader_choice(loader, item, "order", orders, ARRAY_SIZE(orders), (int)order);
    const struct yaml *codes = yaml_get(item, "else");
    if (yaml_get(item, "require") == NULL || codes == NULL) {
        diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "a check needs 'require' and 'else'");
        return;
    }
    load_codes(loader, &check, codes);
    vec_push(&action->checks, check);
}

/* failure: CODE */
static void load_failure(struct loader *loader, struct action *action, const struct yaml *code) {
    if (code == NULL)
        return;
    if (action->by == BY_CLIENT)
        diag_error(loader->diags, code->span, DIAG_BAD_CONTEXT,
                   "'failure' is of events: with which code something ends that a call began; a call has 'checks'");
    struct check *failure = arena_alloc(&loader->rulebook->arena, sizeof *failure);
    failure->origin = action->origin;
    load_codes(loader, failure, code);
    action->failure = failure;
}

static void load_effects(struct loader *loader, struct action *action, const struct yaml *list) {
    if (list == NULL || !loader_has_shape(loader, list, YAML_LIST, "effects"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *item = list->items[i], *text = item;
        struct rule_effect effect = {.origin = loader_origin(loader, NULL, NULL, item->span)};
        if (item->kind == YAML_MAP && yaml_get(item, "do") != NULL) {
            CHECK_KEYS(loader, item, "an effect", "id", "do", "source", "confidence", "about", "capability");
            effect.origin = loader_origin(loader, item, NULL, item->span);
            text = yaml_get(item, "do");
        }
        if (effect.origin.id == NULL)
            effect.origin.id =
                arena_format(&loader->rulebook->arena, "%s.effect.%zu", action->name, action->effects.count + 1);
        effect.effect = syntax_effect(&loader->syntax, text);
        if (effect.effect != NULL)
            vec_push(&action->effects, effect);
    }
}

static struct action *load_action(struct loader *loader, const struct yaml *key, const struct yaml *item) {
    static const char *const agents[] = {"client", "service", "environment"};
    CHECK_KEYS(loader, item, "an action", "id", "by", "about", "source", "confidence", "capability", "order",
               "parameters", "where", "when", "let", "checks", "choose", "effects", "establishes", "fair", "failure");
    struct action *action = arena_alloc(&loader->rulebook->arena, sizeof *action);
    action->name = key->text;
    action->text = item;
    action->base = action;
    action->origin = loader_origin(loader, item, key->text, key->span);
    const char *outer = loader->capability;
    loader->capability = action->origin.capability;
    action->is_allowed = true;
    action->by = (enum agent)loader_choice(loader, item, "by", agents, ARRAY_SIZE(agents), BY_CLIENT);
    action->fair = loader_flag(loader, item, "fair");
    enum order order = (enum order)loader_choice(loader, item, "order", orders, ARRAY_SIZE(orders), ORDER_DOCUMENTED);
    load_parameters(loader, action, yaml_get(item, "parameters"));
    load_choices(loader, action, yaml_get(item, "choose"));
    load_lets(loader, action, yaml_get(item, "let"));
    action->where = loader_term(loader, item, "where");
    action->when = loader_term(loader, item, "when");
    const struct yaml *checks = yaml_get(item, "checks");
    if (checks != NULL && loader_has_shape(loader, checks, YAML_LIST, "checks"))
        for (size_t i = 0; i < checks->count; i++)
            load_check(loader, action, checks->items[i], order);
    if (checks != NULL && action->by != BY_CLIENT)
        diag_error(loader->diags, checks->span, DIAG_BAD_CONTEXT,
                   "only a client's action gets a response; use 'when' for the conditions of an event");
    load_failure(loader, action, yaml_get(item, "failure"));
    action->establishes = loader_term(loader, item, "establishes");
    if (action->establishes != NULL && action->by != BY_CLIENT)
        diag_error(loader->diags, yaml_get(item, "establishes")->span, DIAG_BAD_CONTEXT,
                   "'establishes' is what a client wants to last; an event wants nothing");
    load_effects(loader, action, yaml_get(item, "effects"));
    loader->capability = outer;
    action->index = (uint32_t)loader->rulebook->actions.count;
    vec_push(&loader->rulebook->actions, action);
    return action;
}

struct action *load_action_copy(struct loader *loader, const struct yaml *key, const struct action *action) {
    const char *outer = loader->capability;
    loader->capability = action->origin.capability;
    struct action *copy = load_action(loader, key, action->text);
    copy->base = action;
    copy->origin.id = action->origin.id;
    loader->capability = outer;
    return copy;
}

void load_actions(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "actions"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i];
        if (!loader_is_name(loader, key, false, "an action") ||
            !loader_has_shape(loader, section->items[i], YAML_MAP, "an action"))
            continue;
        struct action *old = rulebook_action(loader->rulebook, key->text);
        if (old != NULL)
            loader_duplicate(loader, key->span, old->origin.span, "the action", key->text);
        else
            load_action(loader, key, section->items[i]);
    }
}

static void load_recoverable(struct loader *loader, struct property *property, const struct yaml *item) {
    const char *form = property_form_text(property->form);
    bool limited = property->form == PROPERTY_RECOVERABLE;
    if (!loader_has_shape(loader, item, YAML_MAP, form))
        return;
    if (limited)
        CHECK_KEYS(loader, item, form, "from", "to", "within");
    else
        CHECK_KEYS(loader, item, form, "from", "to", "within", "calm");
    property->calm = loader_flag(loader, item, "calm");
    property->from = loader_term(loader, item, "from");
    property->term = loader_term(loader, item, "to");
    property->within_term = loader_term(loader, item, "within");
    if (yaml_get(item, "to") == NULL || (limited && yaml_get(item, "within") == NULL))
        diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "'%s' needs 'to'%s", form,
                   limited ? " and 'within'" : "");
}

/* [ "Call(...) -> response", { given: effects }, { expect: condition }, ... ] */
static void load_scenario(struct loader *loader, struct property *property, const struct yaml *list) {
    if (!loader_has_shape(loader, list, YAML_LIST, "scenario"))
        return;
    bool began = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *item = list->items[i];
        struct scenario_item step = {.span = item->span, .text = item};
        const struct yaml *given = item->kind == YAML_MAP ? yaml_get(item, "given") : NULL;
        if (item->kind == YAML_MAP && (given != NULL || yaml_get(item, "expect") != NULL)) {
            CHECK_KEYS(loader, item, "an item of a scenario", "given", "expect");
            if (given != NULL && began)
                diag_error(loader->diags, given->span, DIAG_BAD_CONTEXT,
                           "'given' says how a scenario starts; move it up");
            else if (given != NULL)
                step.given = syntax_effect(&loader->syntax, given);
            step.expect = loader_term(loader, item, "expect");
        } else {
            began = true;
            if (!syntax_call(&loader->syntax, item, &step.call))
                continue;
        }
        vec_push(&property->scenario, step);
    }
    if (!began)
        diag_error(loader->diags, list->span, DIAG_MISSING_KEY, "a scenario needs at least one call");
}

static void load_property(struct loader *loader, const struct yaml *key, const struct yaml *item) {
    struct property *property = arena_alloc(&loader->rulebook->arena, sizeof *property);
    property->name = key->text;
    property->origin = loader_origin(loader, item, key->text, key->span);
    int found = 0;
    for (enum property_form form = PROPERTY_INVARIANT; form <= PROPERTY_LEADS_TO; form++) {
        const struct yaml *text = yaml_get(item, property_form_text(form));
        if (text == NULL)
            continue;
        found++;
        property->form = form;
        if (form == PROPERTY_DEADLOCK_FREE && !loader_flag(loader, item, "deadlock_free"))
            diag_error(loader->diags, text->span, DIAG_WRONG_SHAPE, "deadlock_free: expected 'true'");
        if (form == PROPERTY_LIVE && loader_has_shape(loader, text, YAML_TEXT, "live"))
            property->action_text = text;
        else if (form == PROPERTY_RECOVERABLE || form == PROPERTY_LEADS_TO)
            load_recoverable(loader, property, text);
        else if (form == PROPERTY_SCENARIO)
            load_scenario(loader, property, text);
        else if (form == PROPERTY_PLAN)
            loader_choice(loader, item, "plan", plan_questions, ARRAY_SIZE(plan_questions), 0);
        else if (form != PROPERTY_LIVE && form != PROPERTY_DEADLOCK_FREE)
            property->term = syntax_term(&loader->syntax, text);
    }
    CHECK_KEYS(loader, item, "a property", "id", "about", "source", "confidence", "capability", "invariant", "step",
               "reachable", "unreachable", "deadlock_free", "live", "recoverable", "scenario", "plan", "leads_to");
    if (found != 1)
        diag_error(loader->diags, key->span, DIAG_MISSING_KEY,
                   "a property needs exactly one of: invariant, step, reachable, unreachable, deadlock_free, live, "
                   "recoverable, scenario, plan, leads_to");
    vec_push(&loader->rulebook->properties, property);
}

void load_properties(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "properties"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i];
        if (!loader_is_name(loader, key, true, "a property") ||
            !loader_has_shape(loader, section->items[i], YAML_MAP, "a property"))
            continue;
        for (size_t j = 0; j < loader->rulebook->properties.count; j++)
            if (loader->rulebook->properties.at[j]->name == key->text)
                loader_duplicate(loader, key->span, loader->rulebook->properties.at[j]->origin.span, "the property",
                                 key->text);
        load_property(loader, key, section->items[i]);
    }
}
