/* Applying the mapping: what is sent, and what a description shows. */
#include <string.h>

#include "wire/wire.h"

#define NOBODY UINT32_MAX

/* Whom names mean. */
struct place {
    const struct wire_show *show;
    const struct action *action; /* NULL: about objects */
    const int32_t *arguments;
    uint32_t it, up;
    bool has_failed; /* a reference that must have a value has none */
};

static struct jtree *build(struct place *place, const struct wire_value *value, const struct wire_type *type);

static struct jtree *scalar(const struct wire_type *type, const char *text) {
    if (type->scalar == WIRE_INTEGER)
        return jtree_number(strtol(text, NULL, 10));
    if (type->scalar == WIRE_BOOLEAN)
        return jtree_bool(strcmp(text, "true") == 0);
    return jtree_text(text);
}

static const char *number_text(struct rulebook *rulebook, int64_t number) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return intern_string(&rulebook->intern, text);
}

/* ---- terms ---- */

static bool term_value(const struct wire_show *show, const struct definition *term, uint32_t it, uint32_t up,
                       int32_t *value) {
    const uint32_t objects[] = {it, up};
    int32_t values[1] = {0};
    if (type_width(term->body->type) != 1 || !define_values(show->evaluator, term, objects, show->valuation, values))
        return false;
    *value = values[0];
    return true;
}

bool wire_holds(const struct wire_show *show, const struct definition *condition, uint32_t it, uint32_t up) {
    int32_t value;
    return condition == NULL || (term_value(show, condition, it, up, &value) && value != 0);
}

static const char *id_text(const struct wire_show *show, const struct wire_id *id, uint32_t object) {
    int32_t other;
    if (id->from == NULL)
        return show->names.text(show->names.context, id, object);
    if (!term_value(show, id->from, object, NOBODY, &other) || other < 0)
        return NULL;
    const struct wire_kind *kind = wire_kind(show->wire, id->from->body->type->kind);
    return kind == NULL ? NULL : id_text(show, &kind->ids.at[0], (uint32_t)other);
}

static struct jtree *build_term(struct place *place, const struct wire_value *value, const struct wire_type *type) {
    const struct wire_show *show = place->show;
    struct rulebook *rulebook = show->wire->rulebook;
    const struct type *of = value->term->body->type;
    int32_t number;
    if (!term_value(show, value->term, place->it, place->up, &number))
        return NULL;
    if (of->form == TYPE_REF) {
        const char *text = number < 0 ? NULL : id_text(show, value->id, (uint32_t)number);
        return text == NULL ? NULL : jtree_text(text);
    }
    const char *text = of->form == TYPE_INT ? number_text(rulebook, number) : value_text(rulebook, of, number);
    const struct yaml *as = value->as == NULL ? NULL : yaml_get(value->as, text);
    if (as == NULL && value->fallback != NULL)
        return build(place, value->fallback, type);
    return scalar(type, as != NULL ? as->text : text);
}

/* ---- references ---- */

size_t wire_offset(const struct action *action, const struct binding *binding) {
    size_t offset = 0;
    for (size_t i = 0; i < action->parameters.count + action->choices.count; i++) {
        const struct binding *one =
            i < action->parameters.count ? action->parameters.at[i] : action->choices.at[i - action->parameters.count];
        if (one == binding)
            break;
        offset += one->width;
    }
    return offset;
}

const char *wire_reference(const struct wire_show *show, const struct action *action, const struct wire_value *value,
                           const int32_t *arguments) {
    if (value->subject == WIRE_PROFILE)
        return show->names.profile(show->names.context, value->text);
    const struct type *type = value->binding->type;
    int32_t number = arguments[wire_offset(action, value->binding)];
    if (value->id != NULL)
        return number < 0 ? NULL : id_text(show, value->id, (uint32_t)number);
    if (type->form == TYPE_ENUM) {
        const char *text = wire_enum_text(show->wire, type, number);
        return strcmp(text, "nothing") == 0 ? NULL : text;
    }
    if (type->form == TYPE_BOOL)
        return number != 0 ? "true" : "false";
    return number_text(show->wire->rulebook, number);
}

/* The members of a set. */
static struct jtree *build_set(struct place *place, const struct wire_value *value) {
    struct jtree *list = jtree_list();
    const int32_t *members = place->arguments + wire_offset(place->action, value->binding);
    for (uint32_t i = 0; i < value->binding->width; i++)
        if (members[i] != 0) {
            const char *text = id_text(place->show, value->id, i);
            jtree_add(list, jtree_text(text));
        }
    if (jtree_count(list) > 0)
        return list;
    place->has_failed = place->has_failed || value->otherwise == NULL;
    jtree_free(list);
    return NULL;
}

static struct jtree *build_reference(struct place *place, const struct wire_value *value,
                                     const struct wire_type *type) {
    const char *text;
    if (value->subject == WIRE_IT)
        text = id_text(place->show, value->id, value->text != NULL ? place->up : place->it);
    else if (value->subject == WIRE_BINDING && value->binding->type->form == TYPE_SET)
        return build_set(place, value);
    else
        text = wire_reference(place->show, place->action, value, place->arguments);
    if (text == NULL) {
        place->has_failed = place->has_failed || (value->subject != WIRE_IT && value->otherwise == NULL);
        return NULL;
    }
    return value->otherwise != NULL && strcmp(value->otherwise, text) == 0 ? NULL : scalar(type, text);
}

/* ---- structures and lists ---- */

static void add_each(struct place *place, const struct wire_value *value, const struct wire_type *type,
                     struct jtree *list) {
    uint32_t count = (uint32_t)value->kind->kind->objects.count, it = place->it;
    for (int pass = value->first == NULL ? 1 : 0; pass < 2; pass++)
        for (uint32_t object = 0; object < count; object++) {
            if (!wire_holds(place->show, value->condition, object, it) ||
                (value->first != NULL && wire_holds(place->show, value->first, object, NOBODY) != (pass == 0)))
                continue;
            struct place inner = *place;
            inner.it = object;
            inner.up = it;
            struct jtree *item = build(&inner, value->show, type);
            if (item != NULL)
                jtree_add(list, item);
        }
}

static struct jtree *build_list(struct place *place, const struct wire_value *value, const struct wire_type *type) {
    struct wire_type one = {type->scalar, false, type->structure};
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < value->items.count; i++) {
        const struct wire_value *item = value->items.at[i];
        if (item->form == WIRE_EACH) {
            add_each(place, item, &one, list);
            continue;
        }
        struct jtree *inner = build(place, item, &one);
        if (inner != NULL)
            jtree_add(list, inner);
    }
    if (jtree_count(list) > 0 || value->items.count == 0)
        return list;
    jtree_free(list);
    return NULL;
}

static struct jtree *build_members(struct place *place, const struct wire_value *value) {
    struct jtree *object = jtree_object();
    for (size_t i = 0; i < value->fields.count; i++) {
        const struct wire_field *field = &value->fields.at[i];
        struct jtree *inner = build(place, field->value, &field->member->type);
        if (inner != NULL)
            jtree_put(object, field->member->name, inner);
    }
    return object;
}

static struct jtree *build_of(struct place *place, const struct wire_value *value, const struct wire_type *type) {
    struct place inner = *place;
    int32_t other;
    if (value->term != NULL) {
        if (!term_value(place->show, value->term, place->it, place->up, &other) || other < 0)
            return NULL;
        inner.up = place->it;
        inner.it = (uint32_t)other;
    }
    return build(&inner, value->show, type);
}

static struct jtree *build_literal(const struct wire_value *value, const struct wire_type *type) {
    if (value->times <= 1)
        return scalar(type, value->text);
    size_t length = strlen(value->text);
    char *text = memory_resize(NULL, length * value->times + 1);
    for (uint32_t i = 0; i < value->times; i++)
        memcpy(text + i * length, value->text, length);
    text[length * value->times] = '\0';
    struct jtree *tree = jtree_text(text);
    free(text);
    return tree;
}

static struct jtree *build(struct place *place, const struct wire_value *value, const struct wire_type *type) {
    if (value->form != WIRE_EACH && !wire_holds(place->show, value->condition, place->it, place->up))
        return NULL;
    switch (value->form) {
    case WIRE_LITERAL:
        return build_literal(value, type);
    case WIRE_REFERENCE:
        return build_reference(place, value, type);
    case WIRE_TERM:
        return build_term(place, value, type);
    case WIRE_MEMBERS:
        return build_members(place, value);
    case WIRE_LIST:
    case WIRE_EACH:
        return build_list(place, value, type);
    case WIRE_OF:
        return build_of(place, value, type);
    case WIRE_VIEW: {
        int32_t object = place->arguments[wire_offset(place->action, value->binding)];
        return object < 0
                   ? NULL
                   : wire_view(place->show, wire_kind(place->show->wire, value->binding->type->kind), (uint32_t)object);
    }
    }
    return NULL;
}

/* ---- the doors ---- */

struct jtree *wire_view(const struct wire_show *show, const struct wire_kind *kind, uint32_t object) {
    struct place place = {.show = show, .it = object, .up = NOBODY};
    return build_members(&place, kind->view);
}

struct jtree *wire_about(const struct wire_show *show, const struct wire_value *value, const struct wire_type *type,
                         uint32_t it, uint32_t up) {
    struct place place = {.show = show, .it = it, .up = up};
    return build(&place, value, type);
}

struct jtree *wire_answer_value(const struct wire_show *show, const struct wire_action *action,
                                const struct wire_value *value, const struct wire_type *type,
                                const int32_t *arguments) {
    struct place place = {.show = show, .action = action->action, .arguments = arguments, .it = NOBODY, .up = NOBODY};
    return build(&place, value, type);
}

static bool fits(const struct wire_action *action, const struct wire_call_form *form, const int32_t *arguments) {
    for (size_t i = 0; i < form->with.count; i++) {
        const struct wire_with *with = &form->with.at[i];
        const int32_t *values = arguments + wire_offset(action->action, with->binding);
        bool same = values[0] == with->value;
        if (with->binding->type->form == TYPE_SET) {
            same = true;
            for (uint32_t k = 0; k < with->binding->width; k++)
                same = same && values[k] == 0;
        }
        if (!same)
            return false;
    }
    return true;
}

struct jtree *wire_request(const struct wire_show *show, const struct wire_action *action, const int32_t *arguments,
                           const struct wire_call_form **used, const char **reason) {
    *reason = "no form of the mapping sends these arguments";
    for (size_t i = 0; i < action->unmapped.count; i++) {
        const struct wire_unmapped *one = &action->unmapped.at[i];
        if (one->is_whole || arguments[wire_offset(action->action, one->binding)] == one->value)
            *reason = one->reason;
    }
    for (size_t i = 0; i < action->forms.count; i++) {
        struct place place = {
            .show = show, .action = action->action, .arguments = arguments, .it = NOBODY, .up = NOBODY};
        if (!fits(action, &action->forms.at[i], arguments))
            continue;
        struct jtree *request = build_members(&place, action->forms.at[i].send);
        if (!place.has_failed) {
            if (used != NULL)
                *used = &action->forms.at[i];
            return request;
        }
        jtree_free(request);
    }
    return NULL;
}
