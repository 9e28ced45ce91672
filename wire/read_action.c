/* Actions and events of the mapping. */
#include <string.h>

#include "wire/reader.h"

/* The value of a parameter as `with` and `unmapped` write it. */
static bool read_fixed(struct wire_reader *reader, const struct binding *binding, const struct yaml *text,
                       int32_t *value) {
    const struct type *type = binding->type;
    if (type->form == TYPE_REF || type->form == TYPE_SET) {
        *value = -1;
        if (strcmp(text->text, "none") == 0)
            return true;
        diag_error(reader->diags, text->span, DIAG_UNKNOWN_NAME, "expected 'none', found '%.60s'", text->text);
        return false;
    }
    int32_t low, high;
    type_range(type, &low, &high);
    for (int32_t i = low; i <= high; i++) {
        *value = i;
        if (strcmp(value_text(reader->rulebook, type, i), text->text) == 0)
            return true;
    }
    diag_error(reader->diags, text->span, DIAG_UNKNOWN_NAME, "'%.60s' is no value of '%s'", text->text, binding->name);
    return false;
}

static void read_form(struct wire_reader *reader, struct wire_action *action, const struct yaml *node) {
    if (!wire_shape(reader, node, YAML_MAP, "a form"))
        return;
    WIRE_KEYS(reader, node, "a form", "with", "send", "arbitrary");
    struct wire_call_form form = {0};
    const struct yaml *with = yaml_get(node, "with"), *send = yaml_get(node, "send"),
                      *any = yaml_get(node, "arbitrary");
    if (send == NULL) {
        diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "expected 'send'");
        return;
    }
    for (size_t i = 0; with != NULL && wire_shape(reader, with, YAML_MAP, "with") && i < with->count; i++) {
        const char *name = with->keys[i]->text;
        struct wire_with one = {wire_read_binding(reader, name, strlen(name), with->keys[i]->span), 0};
        if (one.binding != NULL && wire_shape(reader, with->items[i], YAML_TEXT, name) &&
            read_fixed(reader, one.binding, with->items[i], &one.value))
            vec_push(&form.with, one);
    }
    for (size_t i = 0; any != NULL && wire_shape(reader, any, YAML_LIST, "arbitrary") && i < any->count; i++)
        if (wire_shape(reader, any->items[i], YAML_TEXT, "arbitrary")) {
            const char *name = any->items[i]->text;
            const struct binding *binding = wire_read_binding(reader, name, strlen(name), any->items[i]->span);
            if (binding != NULL)
                vec_push(&form.arbitrary, binding);
        }
    if (action->operation == NULL) {
        diag_error(reader->diags, node->span, DIAG_UNKNOWN_NAME, "shapes.yaml has no operation for %s",
                   action->action->name);
    } else if (wire_shape(reader, send, YAML_MAP, "send")) {
        form.send = wire_read_members(reader, send, &action->operation->input);
    }
    vec_push(&action->forms, form);
}

/* { parameter: reason }, or { parameter: { value: reason } } */
static void read_unmapped(struct wire_reader *reader, struct wire_action *action, const struct yaml *node) {
    for (size_t i = 0; wire_shape(reader, node, YAML_MAP, "unmapped") && i < node->count; i++) {
        const struct yaml *item = node->items[i];
        const char *name = node->keys[i]->text;
        const struct binding *binding = wire_read_binding(reader, name, strlen(name), node->keys[i]->span);
        if (binding == NULL)
            continue;
        if (item->kind == YAML_TEXT)
            vec_push(&action->unmapped, ((struct wire_unmapped){binding, 0, true, item->text}));
        for (size_t j = 0; item->kind == YAML_MAP && j < item->count; j++) {
            int32_t value;
            if (wire_shape(reader, item->items[j], YAML_TEXT, "a reason") &&
                read_fixed(reader, binding, item->keys[j], &value))
                vec_push(&action->unmapped, ((struct wire_unmapped){binding, value, false, item->items[j]->text}));
        }
    }
}

static void read_answers(struct wire_reader *reader, struct wire_action *action, const struct yaml *node) {
    if (action->operation == NULL || !wire_shape(reader, node, YAML_MAP, "answer"))
        return;
    for (size_t i = 0; i < node->count; i++) {
        const struct wire_member *member =
            wire_read_path(reader, &action->operation->output, node->keys[i]->text, node->keys[i]->span);
        if (member == NULL)
            continue;
        const char *last = strrchr(node->keys[i]->text, '.');
        struct wire_type place = member->type;
        if (last != NULL && strspn(last + 1, "0123456789") == strlen(last + 1))
            place.is_list = false; /* an item */
        struct wire_value *value = wire_read_value(reader, node->items[i], &place);
        if (value != NULL)
            vec_push(&action->answers, ((struct wire_answer){node->keys[i]->text, node->keys[i]->span, value}));
    }
}

static void read_action(struct wire_reader *reader, const struct yaml *key, const struct yaml *node) {
    const struct action *found = rulebook_action(reader->rulebook, key->text);
    if (found == NULL) {
        vec_push(&reader->wire->strangers, key);
        return;
    }
    if (!wire_shape(reader, node, YAML_MAP, key->text))
        return;
    WIRE_KEYS(reader, node, "an action", "forms", "answer", "unmapped", "ignore", "as");
    struct wire_action *action = arena_alloc(&reader->rulebook->arena, sizeof *action);
    const struct yaml *forms = yaml_get(node, "forms"), *ignore = yaml_get(node, "ignore");
    action->action = reader->action = found;
    action->span = key->span;
    action->operation =
        wire_operation(reader->wire, intern_text(&reader->rulebook->intern, key->text, strcspn(key->text, "_")));
    for (size_t i = 0; forms != NULL && wire_shape(reader, forms, YAML_LIST, "forms") && i < forms->count; i++)
        read_form(reader, action, forms->items[i]);
    for (size_t i = 0; ignore != NULL && wire_shape(reader, ignore, YAML_LIST, "ignore") && i < ignore->count; i++)
        if (wire_shape(reader, ignore->items[i], YAML_TEXT, "ignore") && action->operation != NULL &&
            wire_read_member(reader, &action->operation->input, ignore->items[i]->text, ignore->items[i]->span) != NULL)
            vec_push(&action->ignored, ignore->items[i]->text);
    if (yaml_get(node, "as") != NULL)
        action->as = wire_text(reader, node, "as");
    if (yaml_get(node, "unmapped") != NULL)
        read_unmapped(reader, action, yaml_get(node, "unmapped"));
    if (yaml_get(node, "answer") != NULL)
        read_answers(reader, action, yaml_get(node, "answer"));
    vec_push(&reader->wire->actions, action);
    reader->action = NULL;
}

void wire_read_actions(struct wire_reader *reader, const struct yaml *section) {
    for (size_t i = 0; section != NULL && wire_shape(reader, section, YAML_MAP, "actions") && i < section->count; i++)
        read_action(reader, section->keys[i], section->items[i]);
}

void wire_read_events(struct wire_reader *reader, const struct yaml *section) {
    for (size_t i = 0; section != NULL && wire_shape(reader, section, YAML_MAP, "events") && i < section->count; i++) {
        const struct yaml *key = section->keys[i], *node = section->items[i];
        const struct action *found = rulebook_action(reader->rulebook, key->text);
        if (found == NULL) {
            vec_push(&reader->wire->strangers, key);
            continue;
        }
        if (!wire_shape(reader, node, YAML_MAP, key->text))
            continue;
        WIRE_KEYS(reader, node, "an event", "see", "cause", "delay");
        struct wire_event *event = arena_alloc(&reader->rulebook->arena, sizeof *event);
        const char *see = wire_text(reader, node, "see");
        event->action = reader->action = found;
        event->cause = wire_text(reader, node, "cause");
        const char *delay = wire_text(reader, node, "delay");
        event->delay_s = delay == NULL ? 0 : (uint32_t)strtoul(delay, NULL, 10);
        if ((see == NULL) == (event->cause == NULL))
            diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "%s: expected either 'see' or 'cause'", key->text);
        else if (see != NULL)
            event->see = wire_read_binding(reader, see, strlen(see), node->span);
        vec_push(&reader->wire->events, event);
        reader->action = NULL;
    }
}
