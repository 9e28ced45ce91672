/* Names and types, section by section.  Every term gets its type; open names become constants, objects, values,
 * variables. */
#include <string.h>

#include "model/checker.h"

static void check_constants(struct rulebook *rulebook, struct diags *diags) {
    for (size_t i = 0; i < rulebook->constants.count; i++) {
        struct constant *constant = rulebook->constants.at[i];
        if (constant->term == NULL)
            continue;
        /* later constants are not visible yet: hide them by shortening the list */
        size_t all = rulebook->constants.count;
        rulebook->constants.count = i;
        if (constant->term->op == TERM_BOOL) {
            constant->is_bool = true;
            constant->value = constant->term->value;
        } else {
            check_constant_int(rulebook, constant->term, diags, &constant->value);
        }
        rulebook->constants.count = all;
        for (size_t j = 0; j < rulebook->settings.count; j++) { /* so that others computed from it follow */
            char *end;
            const struct setting *setting = &rulebook->settings.at[j];
            long value = strtol(setting->value, &end, 10);
            if (strcmp(setting->name, constant->name) == 0 && *end == '\0' && end != setting->value &&
                value <= LIMIT_INTEGER && value >= -LIMIT_INTEGER && !constant->is_bool)
                constant->value = (int32_t)value;
        }
    }
}

static const struct {
    const char *word;
    bool value;
} flags[] = {{"true", true}, {"on", true}, {"yes", true}, {"false", false}, {"off", false}, {"no", false}};

/* Constants and variants; counts of kinds are read by scope.c. */
static void check_settings(struct rulebook *rulebook, struct diags *diags) {
    for (size_t i = 0; i < rulebook->settings.count; i++) {
        const struct setting *setting = &rulebook->settings.at[i];
        struct constant *constant = rulebook_constant(rulebook, setting->name);
        if (constant == NULL && rulebook_kind(rulebook, setting->name) == NULL) {
            diag_error(diags, setting->span, DIAG_BAD_SETTING, "no constant, variant or kind is called '%.60s'",
                       setting->name);
            VEC(const char *) names = {0};
            for (size_t j = 0; j < rulebook->constants.count; j++)
                vec_push(&names, rulebook->constants.at[j]->name);
            for (size_t j = 0; j < rulebook->kinds.count; j++)
                vec_push(&names, rulebook->kinds.at[j]->name);
            suggest(diags, setting->span, setting->name, names.at, names.count);
            vec_free(&names);
        } else if (constant != NULL && constant->is_bool) {
            bool known = false;
            for (size_t j = 0; j < ARRAY_SIZE(flags); j++)
                if (strcmp(setting->value, flags[j].word) == 0) {
                    constant->value = flags[j].value;
                    known = true;
                }
            if (!known)
                diag_error(diags, setting->span, DIAG_BAD_SETTING, "%s: expected 'on' or 'off', found '%.40s'",
                           setting->name, setting->value);
        } else {
            char *end;
            long value = strtol(setting->value, &end, 10);
            if (*end != '\0' || end == setting->value || value > LIMIT_INTEGER || value < -LIMIT_INTEGER)
                diag_error(diags, setting->span, DIAG_BAD_SETTING, "%s: expected a number, found '%.40s'",
                           setting->name, setting->value);
            else if (constant == NULL && value < 0)
                diag_error(diags, setting->span, DIAG_BAD_SETTING, "%s: expected a number of objects, found '%.40s'",
                           setting->name, setting->value);
        }
    }
}

static void check_kinds(struct rulebook *rulebook, struct diags *diags) {
    for (size_t i = 0; i < rulebook->kinds.count; i++) {
        struct kind *kind = rulebook->kinds.at[i];
        for (size_t j = 0; j < kind->fields.count; j++) {
            struct field *field = kind->fields.at[j];
            if (field->text == NULL)
                continue;
            field->type = check_type(rulebook, field->text,
                                     arena_format(&rulebook->arena, "%s.%s", kind->name, field->name), diags);
        }
    }
}

/* Widths depend on the number of objects, so this comes after the scope's names. */
static void place_fields(struct rulebook *rulebook, struct diags *diags) {
    uint64_t values = 0;
    for (size_t i = 0; i < rulebook->kinds.count; i++) {
        struct kind *kind = rulebook->kinds.at[i];
        for (size_t j = 0; j < kind->fields.count; j++) {
            struct field *field = kind->fields.at[j];
            uint32_t *total = field->is_constant ? &kind->constant_width : &kind->state_width;
            field->width = field->type == NULL ? 0 : type_width(field->type);
            field->offset = *total;
            field->index = rulebook->field_count++;
            *total += field->width;
            values += (uint64_t)field->width * kind->objects.count;
            if (values > LIMIT_STATE_VALUES) {
                diag_error(diags, field->span, DIAG_BAD_SCOPE, "more than %u values in a state", LIMIT_STATE_VALUES);
                return;
            }
        }
        kind->state_base = rulebook->state_width;
        rulebook->state_width += kind->state_width * (uint32_t)kind->objects.count;
    }
}

static void check_initial_values(struct rulebook *rulebook, struct diags *diags) {
    for (size_t i = 0; i < rulebook->kinds.count; i++)
        for (size_t j = 0; j < rulebook->kinds.at[i]->fields.count; j++) {
            struct field *field = rulebook->kinds.at[i]->fields.at[j];
            if (field->type == NULL || (field->is_constant && field->text->initial == NULL))
                continue;
            const struct type *element = type_element(rulebook, field->type);
            int32_t low, high;
            type_range(element, &low, &high);
            if (low > high && rulebook->kinds.at[i]->objects.count > 0 && field->width > 0)
                diag_error(diags, field->span, DIAG_BAD_SCOPE,
                           "the field '%s' must name an object, and the scope has none of that kind", field->name);
            field->initial = low;
            if (field->text->initial == NULL)
                continue;
            struct checker checker = {.rulebook = rulebook, .diags = diags, .only_constants = true};
            struct term *term = field->text->initial;
            int64_t value = 0;
            if (field->type->form == TYPE_SET) {
                if (check_as(&checker, term, field->type) && (term->op != TERM_SET || term->arg_count > 0))
                    diag_error(diags, term->span, DIAG_NOT_CONSTANT,
                               "the initial value of a set is {}; 'initially' can add members");
            } else if (check_as(&checker, term, element)) {
                bool known = term->op == TERM_ENUM || term->op == TERM_OBJECT || term->op == TERM_NONE;
                value = term->op == TERM_NONE ? -1 : term->value;
                if (!known && !term_fold(term, &value))
                    diag_error(diags, term->span, DIAG_NOT_CONSTANT, "the initial value must be a constant");
                else if (value < low || value > high)
                    diag_error(diags, term->span, DIAG_BAD_RANGE, "the initial value is outside the type");
            }
            field->initial = (int32_t)value;
            vec_free(&checker.variables);
        }
}

static bool check_bindings(struct checker *checker, struct action *action) {
    bool good = true;
    for (int pass = 0; pass < 2; pass++) {
        size_t count = pass == 0 ? action->parameters.count : action->choices.count;
        for (size_t i = 0; i < count; i++) {
            struct binding *binding = pass == 0 ? action->parameters.at[i] : action->choices.at[i];
            if (binding->text == NULL)
                return false;
            binding->type = check_type(checker->rulebook, binding->text,
                                       arena_format(&checker->rulebook->arena, "%s.%s", action->name, binding->name),
                                       checker->diags);
            if (binding->type == NULL)
                return false;
            if (binding->text->initial != NULL)
                diag_error(checker->diags, binding->text->initial->span, DIAG_BAD_CONTEXT,
                           "a parameter has no initial value");
            if (binding->mode == BINDING_NEW && (binding->type->form != TYPE_REF || binding->type->optional)) {
                diag_error(checker->diags, binding->span, DIAG_TYPE_MISMATCH, "'new' needs a kind");
                good = false;
            }
            good = check_shadowing(checker, binding->name, binding->span) && good;
            binding->width = type_width(binding->type);
            binding->slot = checker_push(checker, binding->name, binding->type);
            if (pass == 1 && binding->term != NULL) /* sees the parameters and earlier choices */
                good = check_bool(checker, binding->term) && good;
        }
        if (pass == 0) { /* 'let' and checks see the parameters only */
            checker->in_let = true;
            for (size_t i = 0; i < action->lets.count; i++) {
                struct binding *let = action->lets.at[i];
                if (!check_term(checker, let->term, NULL))
                    good = false;
                else
                    let->type = let->term->type;
            }
            checker->in_let = false;
            if (action->where != NULL)
                good = check_bool(checker, action->where) && good;
            if (action->when != NULL)
                good = check_bool(checker, action->when) && good;
            if (action->allow != NULL)
                good = check_bool(checker, action->allow) && good;
            if (action->establishes != NULL)
                good = check_bool(checker, action->establishes) && good;
            for (size_t i = 0; i < action->checks.count; i++)
                if (action->checks.at[i].require != NULL)
                    good = check_bool(checker, action->checks.at[i].require) && good;
        }
    }
    return good;
}

static void check_action(struct rulebook *rulebook, struct action *action, struct diags *diags) {
    struct checker checker = {.rulebook = rulebook, .diags = diags, .action = action};
    if (check_bindings(&checker, action))
        for (size_t i = 0; i < action->effects.count; i++)
            check_effect(&checker, action->effects.at[i].effect);
    action->frame = checker.frame_high;
    vec_free(&checker.variables);
}

/* allow: [Action, ...]  or  { Action: true | "condition on its parameters", ... } */
static void check_allow(struct rulebook *rulebook, const struct yaml *section, struct diags *diags) {
    struct syntax syntax = {&rulebook->arena, &rulebook->intern, diags};
    for (size_t i = 0; i < rulebook->actions.count; i++) {
        rulebook->actions.at[i]->is_allowed = false;
        rulebook->actions.at[i]->allow = NULL; /* a spec's list replaces that of a file it includes */
    }
    if (section->kind == YAML_TEXT)
        diag_error(diags, section->span, DIAG_WRONG_SHAPE,
                   "allow: expected a list or mapping of actions, found a text");
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *name = section->kind == YAML_MAP ? section->keys[i] : section->items[i];
        struct action *action = name->kind == YAML_TEXT ? rulebook_action(rulebook, name->text) : NULL;
        if (action == NULL) {
            diag_error(diags, name->span, DIAG_UNKNOWN_NAME, "no action is called '%.60s'",
                       name->kind == YAML_TEXT ? name->text : "?");
            VEC(const char *) names = {0};
            for (size_t j = 0; j < rulebook->actions.count; j++)
                vec_push(&names, rulebook->actions.at[j]->name);
            if (name->kind == YAML_TEXT)
                suggest(diags, name->span, name->text, names.at, names.count);
            vec_free(&names);
            continue;
        }
        action->is_allowed = true;
        if (section->kind == YAML_MAP)
            action->allow = syntax_term(&syntax, section->items[i]);
    }
}

static void check_property(struct rulebook *rulebook, struct property *property, struct diags *diags) {
    struct checker checker = {.rulebook = rulebook, .diags = diags, .is_step = property->form == PROPERTY_STEP};
    if (property->term != NULL)
        check_bool(&checker, property->term);
    if (property->from != NULL)
        check_bool(&checker, property->from);
    if (property->within_term != NULL &&
        check_constant_int(rulebook, property->within_term, diags, &property->within) &&
        (property->within < 0 || property->within > 200))
        diag_error(diags, property->within_term->span, DIAG_BAD_RANGE, "expected a number of calls from 0 to 200");
    if (property->action_text != NULL && strcmp(property->action_text->text, "all") != 0) {
        property->action = rulebook_action(rulebook, property->action_text->text);
        if (property->action == NULL)
            diag_error(diags, property->action_text->span, DIAG_UNKNOWN_NAME,
                       "no action is called '%.60s'; expected one or 'all'", property->action_text->text);
    }
    check_scenario(&checker, property);
    property->frame = checker.frame_high;
    vec_free(&checker.variables);
}

/* Of a spec's own declarations: included rules serve others, too, and so does a file that asks nothing. */
static void warn_unused(const struct rulebook *rulebook, struct diags *diags) {
    size_t left = rulebook->properties.count > 0 ? LIMIT_ERRORS : 0;
    for (size_t i = 0; i < rulebook->constants.count && left > 0; i++) {
        const struct constant *constant = rulebook->constants.at[i];
        if (constant->is_used || constant->span.file != rulebook->main_file)
            continue;
        diag_warning(diags, constant->span, DIAG_UNUSED, "the %s '%s' is never used",
                     constant->is_variant ? "variant" : "constant", constant->name);
        left--;
    }
    for (size_t i = 0; i < rulebook->definitions.count && left > 0; i++) {
        const struct definition *definition = rulebook->definitions.at[i];
        if (definition->is_used || definition->signature.span.file != rulebook->main_file)
            continue;
        diag_warning(diags, definition->signature.span, DIAG_UNUSED, "the definition '%s' is never used",
                     definition->name);
        left--;
    }
}

/* The objects that steps make are theirs. */
static void reserve_objects(struct rulebook *rulebook) {
    for (size_t s = 0; s < rulebook->plan.count; s++) {
        const struct action *action = rulebook->plan.at[s]->action;
        for (size_t c = 0; c < action->choices.count; c++) {
            const struct binding *choice = action->choices.at[c];
            struct kind *kind = choice->fixed == NULL ? NULL : rulebook_kind(rulebook, choice->text->name);
            for (size_t i = 0; kind != NULL && i < kind->objects.count; i++)
                if (kind->objects.at[i].name == choice->fixed)
                    kind->objects.at[i].owner = rulebook->plan.at[s];
        }
    }
}

/* What a plan and processes call is allowed, as they say; without an `allow` clients call nothing else. */
static void allow_plan(struct rulebook *rulebook) {
    for (size_t i = 0; i < rulebook->actions.count && rulebook->plan.count + rulebook->processes.count > 0; i++) {
        struct action *action = rulebook->actions.at[i];
        if (action->step != NULL) {
            action->is_allowed = true;
            action->allow = action->is_waiter ? NULL : action->step->allow;
        } else if (action->process != NULL) {
            action->is_allowed = true;
        } else if (rulebook->allows.count == 0 && action->by == BY_CLIENT) {
            action->is_allowed = false;
        }
    }
}

bool check_rulebook(struct rulebook *rulebook, struct diags *diags) {
    for (size_t i = 0; i < rulebook->kinds.count; i++) {
        struct kind *kind = rulebook->kinds.at[i];
        kind->type = type_new(rulebook, (struct type){.form = TYPE_REF, .kind = kind});
        kind->optional_type = type_new(rulebook, (struct type){.form = TYPE_REF, .kind = kind, .optional = true});
        kind->set_type = type_new(rulebook, (struct type){.form = TYPE_SET, .kind = kind});
    }
    check_constants(rulebook, diags);
    check_settings(rulebook, diags);
    check_kinds(rulebook, diags);
    if (diags_failed(diags) || !scope_objects(rulebook, diags))
        return false;
    place_fields(rulebook, diags);
    if (diags_failed(diags))
        return false;
    check_initial_values(rulebook, diags);
    if (!scope_attributes(rulebook, diags))
        return false;
    struct checker checker = {.rulebook = rulebook, .diags = diags};
    for (size_t i = 0; i < rulebook->definitions.count; i++)
        check_definition(&checker, rulebook->definitions.at[i]);
    for (size_t i = 0; i < rulebook->allows.count; i++)
        check_allow(rulebook, rulebook->allows.at[i], diags);
    reserve_objects(rulebook);
    allow_plan(rulebook);
    for (size_t i = 0; i < rulebook->actions.count; i++)
        check_action(rulebook, rulebook->actions.at[i], diags);
    for (size_t i = 0; i < rulebook->properties.count; i++)
        check_property(rulebook, rulebook->properties.at[i], diags);
    for (size_t i = 0; i < rulebook->initially.count; i++) {
        check_effect(&checker, rulebook->initially.at[i]);
        rulebook->initial_frame = checker.frame_high;
    }
    vec_free(&checker.variables);
    if (!diags_failed(diags))
        warn_unused(rulebook, diags);
    return !diags_failed(diags);
}
