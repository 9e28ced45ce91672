/* Is everything of a rulebook mapped?  Nothing may be forgotten in silence, so that a new rule or a new form of a call
 * is either sent by vectors and understood by the server, or has its reason in actions.yaml. */
#include "wire/wire.h"

#include <string.h>

/* Does the value speak of the binding? */
static bool mentions(const struct wire_value *value, const struct binding *binding) {
    if (value == NULL)
        return false;
    if (value->binding == binding)
        return true;
    for (size_t i = 0; i < value->fields.count; i++)
        if (mentions(value->fields.at[i].value, binding))
            return true;
    for (size_t i = 0; i < value->items.count; i++)
        if (mentions(value->items.at[i], binding))
            return true;
    return false;
}

static const char *is_unmapped(const struct wire_action *action, const struct binding *binding, int32_t value) {
    for (size_t i = 0; i < action->unmapped.count; i++) {
        const struct wire_unmapped *one = &action->unmapped.at[i];
        if (one->binding == binding && (one->is_whole || one->value == value))
            return one->reason;
    }
    return NULL;
}

/* Some form is for this value of the parameter: it fixes it, or leaves it open and sends it (or says that it does not
 * matter). */
static bool has_form(const struct wire_action *action, const struct binding *binding, int32_t value) {
    for (size_t f = 0; f < action->forms.count; f++) {
        const struct wire_call_form *form = &action->forms.at[f];
        bool fixed = false, fits = false;
        for (size_t i = 0; i < form->with.count; i++)
            if (form->with.at[i].binding == binding) {
                fixed = true;
                fits = form->with.at[i].value == value;
            }
        if (fits || (!fixed && mentions(form->send, binding)))
            return true;
        for (size_t i = 0; i < form->arbitrary.count && !fixed; i++)
            if (form->arbitrary.at[i] == binding)
                return true;
    }
    return false;
}

/* Every form determines every parameter: by `with`, by what it sends, or by saying that it does not matter. */
static void check_form(const struct wire_action *action, const struct wire_call_form *form, struct diags *diags) {
    for (size_t p = 0; p < action->action->parameters.count; p++) {
        const struct binding *binding = action->action->parameters.at[p];
        bool known = mentions(form->send, binding);
        for (size_t i = 0; i < form->with.count; i++)
            known = known || form->with.at[i].binding == binding;
        for (size_t i = 0; i < form->arbitrary.count; i++)
            known = known || form->arbitrary.at[i] == binding;
        if (!known && (binding->type->form == TYPE_REF && !binding->type->optional))
            diag_error(diags, form->send->span, DIAG_MISSING_KEY,
                       "%s: this form does not say which %s it means; expected it in 'send', 'with' or 'arbitrary'",
                       action->action->name, binding->name);
    }
}

static void check_parameter(const struct wire *wire, const struct wire_action *action, const struct binding *binding,
                            struct diags *diags) {
    const struct type *type = binding->type;
    int32_t low = 0, high = 0;
    if (type->form == TYPE_ENUM || type->form == TYPE_BOOL)
        type_range(type, &low, &high);
    for (int32_t value = low; value <= high; value++) {
        const char *reason = is_unmapped(action, binding, value);
        bool sent = has_form(action, binding, value);
        const char *shown =
            type->form == TYPE_ENUM || type->form == TYPE_BOOL ? value_text(wire->rulebook, type, value) : "any value";
        if (!sent && reason == NULL)
            diag_error(diags, action->span, DIAG_MISSING_KEY,
                       "%s: parameter '%s' is neither sent nor said to be unmappable, for %s", action->action->name,
                       binding->name, shown);
        if (sent && reason != NULL)
            diag_error(diags, action->span, DIAG_DUPLICATE_NAME,
                       "%s: parameter '%s' is sent and said to be unmappable, for %s", action->action->name,
                       binding->name, shown);
    }
}

bool wire_check_complete(const struct wire *wire, struct diags *diags) {
    const struct rulebook *rulebook = wire->rulebook;
    for (size_t i = 0; i < wire->strangers.count; i++)
        diag_error(diags, wire->strangers.at[i]->span, DIAG_UNKNOWN_NAME, "the rulebook has no action or event '%.60s'",
                   wire->strangers.at[i]->text);
    for (size_t i = 0; i < rulebook->actions.count; i++) {
        const struct action *action = rulebook->actions.at[i];
        const struct wire_action *mapped = wire_action(wire, action);
        if (action->step != NULL || action->process != NULL)
            continue;
        if (action->by != BY_CLIENT) {
            if (wire_event(wire, action) == NULL)
                diag_error(diags, action->origin.span, DIAG_MISSING_KEY,
                           "actions.yaml does not say how the event '%s' is seen, or why it cannot be caused",
                           action->name);
            continue;
        }
        if (mapped == NULL) {
            diag_error(diags, action->origin.span, DIAG_MISSING_KEY, "actions.yaml does not map the action '%s'",
                       action->name);
            continue;
        }
        for (size_t p = 0; p < action->parameters.count; p++)
            check_parameter(wire, mapped, action->parameters.at[p], diags);
        for (size_t f = 0; f < mapped->forms.count; f++)
            check_form(mapped, &mapped->forms.at[f], diags);
        bool is_whole = mapped->forms.count > 0;
        for (size_t u = 0; u < mapped->unmapped.count; u++)
            is_whole = is_whole || mapped->unmapped.at[u].is_whole;
        if (!is_whole)
            diag_error(diags, mapped->span, DIAG_MISSING_KEY, "%s: no form of it is sent", action->name);
    }
    return !diags_failed(diags);
}
