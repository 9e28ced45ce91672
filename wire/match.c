#include "wire/match.h"

#include <string.h>

struct matcher {
    const struct wire *wire;
    struct arena *arena;
    struct wire_match *match;
};

static const char *text_of(const struct matcher *matcher, const struct jtree *node) {
    switch (jtree_type(node)) {
    case JTREE_TEXT:
        return jtree_string(node);
    case JTREE_BOOL:
        return jtree_truth(node) ? "true" : "false";
    case JTREE_NUMBER:
        return arena_format(matcher->arena, "%lld", (long long)jtree_integer(node));
    case JTREE_NONE:
    case JTREE_NULL:
    case JTREE_LIST:
    case JTREE_OBJECT:
        break;
    }
    return NULL;
}

static bool is_same(const struct wire_value *value, const char *expected, const char *text) {
    size_t length = strlen(expected), count = value->times == 0 ? 1 : value->times;
    if (strlen(text) != length * count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (memcmp(text + i * length, expected, length) != 0)
            return false;
    return true;
}

static bool match_text(struct matcher *matcher, const struct wire_value *value, const char *expected,
                       const struct jtree *node) {
    const char *text = text_of(matcher, node);
    if (node == NULL || text == NULL) {
        matcher->match->cost++;
        return node == NULL && value->may_be_absent;
    }
    if (expected != NULL && is_same(value, expected, text))
        return true;
    matcher->match->cost++;
    return value->accept != NULL && regexec(value->accept, text, 0, NULL, 0) == 0;
}

static void name_object(struct matcher *matcher, const struct wire_value *value, const char *text) {
    vec_push(&matcher->match->namings, ((struct wire_naming){value->binding, value->id, text}));
}

/* The value of a parameter that is no object. */
static bool read_plain(struct matcher *matcher, const struct wire_value *value, const char *text, int32_t *result) {
    const struct type *type = value->binding->type;
    int32_t low, high;
    type_range(type, &low, &high);
    if (type->form == TYPE_INT) {
        char *end;
        long number = strtol(text, &end, 10);
        *result = (int32_t)number;
        return end != text && *end == '\0' && number >= low && number <= high;
    }
    for (*result = low; *result <= high; ++*result) {
        const char *expected =
            type->form == TYPE_ENUM ? wire_enum_text(matcher->wire, type, *result) : (*result != 0 ? "true" : "false");
        if (strcmp(expected, text) == 0)
            return true;
    }
    return false;
}

static bool match_reference(struct matcher *matcher, const struct wire_value *value, const struct jtree *node) {
    if (value->subject == WIRE_PROFILE) {
        const struct yaml *given = yaml_get(matcher->wire->profile, value->text);
        return match_text(matcher, value, given == NULL ? NULL : given->text, node);
    }
    const struct type *type = value->binding->type;
    int32_t *argument = matcher->match->arguments + wire_offset(matcher->match->action->action, value->binding);
    if (node == NULL) {
        if (value->otherwise == NULL)
            return false;
        return value->id != NULL || read_plain(matcher, value, value->otherwise, argument);
    }
    if (type->form == TYPE_SET) {
        for (size_t i = 0; i < jtree_count(node); i++)
            name_object(matcher, value, jtree_string(jtree_at(node, i)));
        return jtree_type(node) == JTREE_LIST && (jtree_count(node) > 0 || value->otherwise != NULL);
    }
    const char *text = text_of(matcher, node);
    if (text == NULL)
        return false;
    if (value->id == NULL)
        return read_plain(matcher, value, text, argument);
    name_object(matcher, value, text);
    return true;
}

static bool match_value(struct matcher *matcher, const struct wire_value *value, const struct jtree *node);

static bool match_members(struct matcher *matcher, const struct wire_value *value, const struct jtree *node,
                          bool is_top) {
    if (node == NULL || jtree_type(node) != JTREE_OBJECT)
        return false;
    for (const void *m = jtree_next(node, NULL); m != NULL; m = jtree_next(node, m)) {
        bool known = false;
        for (size_t i = 0; i < value->fields.count; i++)
            known = known || strcmp(value->fields.at[i].member->name, jtree_name(m)) == 0;
        for (size_t i = 0; is_top && !known && i < matcher->match->action->ignored.count; i++)
            if (strcmp(matcher->match->action->ignored.at[i], jtree_name(m)) == 0) {
                known = true;
                matcher->match->cost++;
            }
        if (!known)
            return false;
    }
    for (size_t i = 0; i < value->fields.count; i++)
        if (!match_value(matcher, value->fields.at[i].value, jtree_get(node, value->fields.at[i].member->name)))
            return false;
    return true;
}

static bool match_value(struct matcher *matcher, const struct wire_value *value, const struct jtree *node) {
    switch (value->form) {
    case WIRE_LITERAL: /* false need not be said */
        if (node == NULL && value->accept == NULL && strcmp(value->text, "false") == 0) {
            matcher->match->cost++;
            return true;
        }
        return match_text(matcher, value, value->text, node);
    case WIRE_REFERENCE:
        return match_reference(matcher, value, node);
    case WIRE_MEMBERS:
        return match_members(matcher, value, node, false);
    case WIRE_LIST:
        if (jtree_count(node) != value->items.count)
            return false;
        for (size_t i = 0; i < value->items.count; i++)
            if (!match_value(matcher, value->items.at[i], jtree_at(node, i)))
                return false;
        return true;
    case WIRE_TERM:
    case WIRE_EACH:
    case WIRE_OF:
    case WIRE_VIEW:
        break; /* of descriptions only */
    }
    return false;
}

static bool match_form(struct matcher *matcher, const struct wire_action *action, const struct wire_call_form *form,
                       const struct jtree *request) {
    struct wire_match *match = matcher->match;
    match->action = action;
    match->form = form;
    match->arguments = arena_alloc(matcher->arena, (action_width(action->action, true) + 1) * sizeof(int32_t));
    for (size_t p = 0; p < action->action->parameters.count; p++) {
        const struct binding *binding = action->action->parameters.at[p];
        int32_t low, high;
        type_range(type_element(matcher->wire->rulebook, binding->type), &low, &high);
        if (binding->type->form == TYPE_REF)
            match->arguments[wire_offset(action->action, binding)] = -1;
        else if (binding->width == 1)
            match->arguments[wire_offset(action->action, binding)] = low;
    }
    for (size_t i = 0; i < form->with.count; i++)
        if (form->with.at[i].binding->type->form != TYPE_SET)
            match->arguments[wire_offset(action->action, form->with.at[i].binding)] = form->with.at[i].value;
    return match_members(matcher, form->send, request, true);
}

void wire_match(const struct wire *wire, const struct wire_operation *operation, const struct jtree *request,
                struct arena *arena, wire_matches *matches) {
    for (size_t a = 0; a < wire->actions.count; a++) {
        const struct wire_action *action = wire->actions.at[a];
        if (action->operation != operation)
            continue;
        for (size_t f = 0; f < action->forms.count; f++) {
            struct wire_match match = {0};
            struct matcher matcher = {wire, arena, &match};
            if (!match_form(&matcher, action, &action->forms.at[f], request)) {
                vec_free(&match.namings);
                continue;
            }
            size_t at = matches->count;
            vec_push(matches, match);
            for (; at > 0 && matches->at[at - 1].cost > match.cost; at--)
                matches->at[at] = matches->at[at - 1];
            matches->at[at] = match;
        }
    }
}

void wire_matches_clear(wire_matches *matches) {
    for (size_t i = 0; i < matches->count; i++)
        vec_free(&matches->at[i].namings);
    vec_free(matches);
}
