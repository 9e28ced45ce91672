/* Values of the mapping: literals, references, terms, structures, lists. */
#include <string.h>

#include "model/sections.h"
#include "wire/reader.h"

static struct wire_value *value_new(struct wire_reader *reader, enum wire_form form, struct span span) {
    struct wire_value *value = arena_alloc(&reader->rulebook->arena, sizeof *value);
    value->form = form;
    value->span = span;
    return value;
}

/* ---- terms ---- */

static struct definition *read_term(struct wire_reader *reader, const struct yaml *text) {
    static const char *const names[] = {"it", "up"};
    if (reader->it == NULL) {
        diag_error(reader->diags, text->span, DIAG_BAD_CONTEXT,
                   "a term is about an object; here only parameters have names ('$interface')");
        return NULL;
    }
    const struct kind *kinds[] = {reader->it->kind, reader->up == NULL ? NULL : reader->up->kind};
    return define_term(reader->rulebook, text, names, kinds, reader->up == NULL ? 1 : 2, reader->diags);
}

struct definition *wire_read_term(struct wire_reader *reader, const struct yaml *map, const char *key) {
    const struct yaml *node = yaml_get(map, key);
    return node == NULL || !wire_shape(reader, node, YAML_TEXT, key) ? NULL : read_term(reader, node);
}

struct definition *wire_read_condition(struct wire_reader *reader, const struct yaml *map, const char *key) {
    struct definition *term = wire_read_term(reader, map, key);
    if (term == NULL || term->body->type->form == TYPE_BOOL)
        return term;
    diag_error(reader->diags, yaml_get(map, key)->span, DIAG_TYPE_MISMATCH, "%s: expected a condition", key);
    return NULL;
}

/* Can values of this type stand in a place of that type? */
static bool is_for(struct wire_reader *reader, const struct type *type, const struct wire_type *place, bool has_table,
                   struct span span) {
    bool good = place->is_list || place->scalar == WIRE_STRUCTURE ? false
                : type->form == TYPE_BOOL                         ? place->scalar == WIRE_BOOLEAN || has_table
                : type->form == TYPE_INT
                    ? place->scalar == WIRE_INTEGER || place->scalar == WIRE_STRING /* its digits */
                : type->form == TYPE_ENUM ? place->scalar == WIRE_STRING || has_table
                : type->form == TYPE_REF  ? place->scalar == WIRE_STRING && type->kind != NULL
                                          : false;
    if (!good)
        diag_error(reader->diags, span, DIAG_TYPE_MISMATCH, "the member holds another type than this value");
    return good;
}

static const struct wire_kind *kind_of(struct wire_reader *reader, const struct type *type, struct span span) {
    const struct wire_kind *kind =
        type->form == TYPE_REF || type->form == TYPE_SET ? wire_kind(reader->wire, type->kind) : NULL;
    if (kind == NULL)
        diag_error(reader->diags, span, DIAG_UNKNOWN_NAME, "no kind of kinds.yaml has ids for this value%s%s",
                   type->kind != NULL && (type->form == TYPE_REF || type->form == TYPE_SET) ? ": " : "",
                   type->form == TYPE_REF || type->form == TYPE_SET ? type->kind->name : "");
    return kind;
}

/* The first id of the kind of a term that is an object. */
static bool find_id(struct wire_reader *reader, struct wire_value *value, const struct type *type) {
    if (type->form != TYPE_REF)
        return true;
    const struct wire_kind *kind = kind_of(reader, type, value->span);
    value->id = kind == NULL || kind->ids.count == 0 ? NULL : &kind->ids.at[0];
    return value->id != NULL;
}

/* ---- references: "$name", "$name.id", "$name or nothing" ---- */

static bool read_profile(struct wire_reader *reader, struct wire_value *value, const char *key) {
    value->subject = WIRE_PROFILE;
    value->text = key;
    if (yaml_get(reader->wire->profile, key) != NULL)
        return true;
    diag_error(reader->diags, value->span, DIAG_UNKNOWN_NAME, "the profile of kinds.yaml has no '%.60s'", key);
    return false;
}

const struct binding *wire_read_binding(struct wire_reader *reader, const char *name, size_t length, struct span span) {
    const struct action *action = reader->action;
    for (size_t i = 0; i < action->parameters.count + action->choices.count; i++) {
        const struct binding *binding =
            i < action->parameters.count ? action->parameters.at[i] : action->choices.at[i - action->parameters.count];
        if (strlen(binding->name) == length && memcmp(binding->name, name, length) == 0)
            return binding;
    }
    diag_error(reader->diags, span, DIAG_UNKNOWN_NAME, "%s has no parameter or choice '%.*s'", action->name,
               (int)(length < 60 ? length : 60), name);
    return NULL;
}

static bool find_named_id(struct wire_reader *reader, struct wire_value *value, const struct wire_kind *kind,
                          const char *name) {
    value->id = name[0] == '\0' && kind->ids.count > 0 ? &kind->ids.at[0] : wire_id(kind, name);
    if (value->id == NULL)
        diag_error(reader->diags, value->span, DIAG_UNKNOWN_NAME, "a %s has no id '%.60s'", kind->name, name);
    return value->id != NULL;
}

static struct wire_value *read_reference(struct wire_reader *reader, const struct yaml *node,
                                         const struct wire_type *place) {
    struct wire_value *value = value_new(reader, WIRE_REFERENCE, node->span);
    const char *text = node->text + 1, *rest = strstr(text, " or ");
    size_t length = strcspn(text, ". ");
    if (rest != NULL)
        value->otherwise = intern_string(&reader->rulebook->intern, rest + 4);
    const char *dot = text[length] == '.' ? text + length + 1 : "";
    const char *name = intern_text(&reader->rulebook->intern, dot, strcspn(dot, " "));
    if (length == 7 && memcmp(text, "profile", 7) == 0)
        return read_profile(reader, value, name) ? value : NULL;
    if (reader->action == NULL) { /* about an object */
        bool is_it = length == 2 && memcmp(text, "it", 2) == 0, is_each = length == 4 && memcmp(text, "each", 4) == 0;
        const struct wire_kind *kind = is_it ? reader->it : is_each ? reader->each_of : NULL;
        value->subject = WIRE_IT;
        if (kind == NULL) {
            diag_error(reader->diags, node->span, DIAG_UNKNOWN_NAME, "expected $it or $profile.NAME, found '%.60s'",
                       node->text);
            return NULL;
        }
        if (is_each)
            value->text = "each";
        return find_named_id(reader, value, kind, name) ? value : NULL;
    }
    value->binding = wire_read_binding(reader, text, length, node->span);
    if (value->binding == NULL)
        return NULL;
    const struct type *type = value->binding->type;
    if (type->form == TYPE_SET && !place->is_list) {
        diag_error(reader->diags, node->span, DIAG_TYPE_MISMATCH, "'%s' is a set; expected a list for it",
                   value->binding->name);
        return NULL;
    }
    struct wire_type one = {place->scalar, type->form != TYPE_SET && place->is_list, place->structure};
    if (type->form == TYPE_REF || type->form == TYPE_SET) {
        const struct wire_kind *kind = kind_of(reader, type, node->span);
        if (kind == NULL || !find_named_id(reader, value, kind, name))
            return NULL;
        if (one.scalar != WIRE_STRING || one.is_list) {
            diag_error(reader->diags, node->span, DIAG_TYPE_MISMATCH, "an id is a string; the member is not");
            return NULL;
        }
        return value;
    }
    return is_for(reader, type, &one,
                  yaml_get(reader->wire->values, type->form == TYPE_ENUM ? type->enumeration->name : "") != NULL,
                  node->span)
               ? value
               : NULL;
}

/* ---- literals ---- */

static bool is_literal(struct wire_reader *reader, const struct yaml *node, const struct wire_type *place) {
    size_t digits = strspn(node->text, "0123456789");
    bool good = place->is_list                  ? false
                : place->scalar == WIRE_STRING  ? true
                : place->scalar == WIRE_INTEGER ? digits > 0 && digits < 10 && node->text[digits] == '\0'
                : place->scalar == WIRE_BOOLEAN ? strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0
                                                : false;
    if (!good)
        diag_error(reader->diags, node->span, DIAG_TYPE_MISMATCH, "the member expects %s, found '%.60s'",
                   place->is_list                  ? "a list"
                   : place->scalar == WIRE_INTEGER ? "a number"
                   : place->scalar == WIRE_BOOLEAN ? "true or false"
                                                   : "a structure",
                   node->text);
    return good;
}

static struct wire_value *read_text(struct wire_reader *reader, const struct yaml *node,
                                    const struct wire_type *place) {
    if (node->text[0] == '$')
        return read_reference(reader, node, place);
    if (node->text[0] == '=' && node->text[1] == ' ') {
        struct yaml term = *node;
        term.text += 2;
        term.offset += 2;
        struct wire_value *value = value_new(reader, WIRE_TERM, node->span);
        value->term = read_term(reader, arena_copy(&reader->rulebook->arena, &term, sizeof term));
        return value->term != NULL && is_for(reader, value->term->body->type, place, false, node->span) &&
                       find_id(reader, value, value->term->body->type)
                   ? value
                   : NULL;
    }
    struct wire_value *value = value_new(reader, WIRE_LITERAL, node->span);
    value->text = node->text;
    value->times = 1;
    return is_literal(reader, node, place) ? value : NULL;
}

/* { value, accept, times, absent } */
static struct wire_value *read_accepting(struct wire_reader *reader, const struct yaml *node,
                                         const struct wire_type *place) {
    WIRE_KEYS(reader, node, "a value", "value", "accept", "times", "absent");
    const struct yaml *inner = yaml_get(node, "value");
    struct wire_value *value = wire_shape(reader, inner, YAML_TEXT, "value") ? read_text(reader, inner, place) : NULL;
    const char *accept = wire_text(reader, node, "accept"), *times = wire_text(reader, node, "times");
    if (value == NULL)
        return NULL;
    if (times != NULL && (value->times = (uint32_t)strtoul(times, NULL, 10)) - 1u >= 100000u) {
        diag_error(reader->diags, yaml_get(node, "times")->span, DIAG_BAD_RANGE, "expected a number from 1 to 100000");
        value->times = 1;
    }
    value->may_be_absent = wire_text(reader, node, "absent") != NULL;
    if (accept != NULL) {
        value->accept = memory_resize(NULL, sizeof *value->accept);
        int failed = regcomp(value->accept, accept, REG_EXTENDED | REG_NOSUB);
        char why[80];
        if (failed != 0) {
            regerror(failed, value->accept, why, sizeof why);
            diag_error(reader->diags, yaml_get(node, "accept")->span, DIAG_SYNTAX, "no regular expression: %s", why);
            free(value->accept);
            value->accept = NULL;
        } else {
            vec_push(&reader->wire->patterns, value->accept);
        }
    }
    return value;
}

/* ---- about objects ---- */

static struct wire_value *read_is(struct wire_reader *reader, const struct yaml *node, const struct wire_type *place) {
    WIRE_KEYS(reader, node, "a value", "is", "if", "as", "otherwise", "lingers");
    const struct yaml *inner = yaml_get(node, "is"), *as = yaml_get(node, "as"), *other = yaml_get(node, "otherwise");
    if (!wire_shape(reader, inner, YAML_TEXT, "is") || (as != NULL && !wire_shape(reader, as, YAML_MAP, "as")))
        return NULL;
    bool is_term = inner->text[0] != '$' && !inner->quoted ? true : inner->text[0] != '$';
    bool is_literal_text = strcmp(inner->text, "true") == 0 || strcmp(inner->text, "false") == 0;
    struct wire_value *value;
    if (is_term && !is_literal_text) {
        value = value_new(reader, WIRE_TERM, node->span);
        value->term = read_term(reader, inner);
        if (value->term == NULL || !is_for(reader, value->term->body->type, place, as != NULL, inner->span) ||
            !find_id(reader, value, value->term->body->type))
            return NULL;
        value->as = as;
    } else {
        value = read_text(reader, inner, place);
    }
    if (value == NULL)
        return NULL;
    value->condition = wire_read_condition(reader, node, "if");
    value->lingers = yaml_get(node, "lingers") != NULL;
    if (other != NULL)
        value->fallback = wire_read_value(reader, other, place);
    return value;
}

static struct wire_value *read_inner(struct wire_reader *reader, const struct yaml *node, const struct wire_type *place,
                                     const struct wire_kind *kind, struct wire_value *value, bool is_each) {
    const struct wire_kind *it = reader->it, *up = reader->up;
    const struct yaml *show = yaml_get(node, "show");
    if (show == NULL) {
        diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "expected 'show'");
        return NULL;
    }
    if (kind != it || is_each) {
        reader->up = it;
        reader->it = kind;
    }
    if (is_each) {
        value->condition = wire_read_condition(reader, node, "where");
        value->kind = kind;
    }
    struct wire_type one = {place->scalar, false, place->structure};
    value->show = wire_read_value(reader, show, &one);
    reader->up = NULL;
    if (is_each)
        value->first = wire_read_condition(reader, node, "first");
    reader->it = it;
    reader->up = up;
    return value->show == NULL ? NULL : value;
}

static struct wire_value *read_each(struct wire_reader *reader, const struct yaml *node,
                                    const struct wire_type *place) {
    WIRE_KEYS(reader, node, "a list", "each", "where", "first", "show");
    const char *name = wire_text(reader, node, "each");
    const struct kind *kind = name == NULL ? NULL : rulebook_kind(reader->rulebook, name);
    const struct wire_kind *inner = kind == NULL ? NULL : wire_kind(reader->wire, kind);
    if (inner == NULL) {
        diag_error(reader->diags, node->span, DIAG_UNKNOWN_NAME, "'each': no kind of kinds.yaml is called '%.60s'",
                   name);
        return NULL;
    }
    return read_inner(reader, node, place, inner, value_new(reader, WIRE_EACH, node->span), true);
}

static struct wire_value *read_show(struct wire_reader *reader, const struct yaml *node,
                                    const struct wire_type *place) {
    WIRE_KEYS(reader, node, "a structure", "if", "of", "show");
    struct wire_value *value = value_new(reader, WIRE_OF, node->span);
    const struct wire_kind *kind = reader->it;
    value->condition = wire_read_condition(reader, node, "if");
    if (yaml_get(node, "of") != NULL) {
        value->term = wire_read_term(reader, node, "of");
        if (value->term == NULL || (kind = kind_of(reader, value->term->body->type, node->span)) == NULL)
            return NULL;
    }
    return read_inner(reader, node, place, kind, value, false);
}

/* ---- structures and lists ---- */

struct wire_value *wire_read_members(struct wire_reader *reader, const struct yaml *node,
                                     const struct wire_structure *structure) {
    struct wire_value *value = value_new(reader, WIRE_MEMBERS, node->span);
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        const struct wire_member *member =
            wire_read_member(reader, structure, node->keys[i]->text, node->keys[i]->span);
        struct wire_value *inner = member == NULL ? NULL : wire_read_value(reader, node->items[i], &member->type);
        good = inner != NULL && good;
        vec_push(&value->fields, ((struct wire_field){member, inner}));
    }
    vec_push(&reader->wire->values_made, value);
    return good ? value : NULL;
}

static struct wire_value *read_list(struct wire_reader *reader, const struct yaml *node,
                                    const struct wire_type *place) {
    if (!place->is_list) {
        diag_error(reader->diags, node->span, DIAG_TYPE_MISMATCH, "the member is no list");
        return NULL;
    }
    struct wire_value *value = value_new(reader, WIRE_LIST, node->span);
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml *item = node->items[i];
        struct wire_type one = {place->scalar, false, place->structure};
        struct wire_value *inner = item->kind == YAML_MAP && yaml_get(item, "each") != NULL
                                       ? read_each(reader, item, place)
                                       : wire_read_value(reader, item, &one);
        good = inner != NULL && good;
        vec_push(&value->items, inner);
    }
    vec_push(&reader->wire->values_made, value);
    return good ? value : NULL;
}

static struct wire_value *read_view(struct wire_reader *reader, const struct yaml *node) {
    WIRE_KEYS(reader, node, "a description", "view");
    const char *text = wire_text(reader, node, "view");
    struct wire_value *value = value_new(reader, WIRE_VIEW, node->span);
    if (text == NULL || text[0] != '$' || reader->action == NULL) {
        diag_error(reader->diags, node->span, DIAG_WRONG_SHAPE, "view: expected a parameter or choice ('$interface')");
        return NULL;
    }
    value->binding = wire_read_binding(reader, text + 1, strlen(text + 1), node->span);
    if (value->binding == NULL)
        return NULL;
    const struct wire_kind *kind = kind_of(reader, value->binding->type, node->span);
    if (kind != NULL && kind->describe == NULL) {
        diag_error(reader->diags, node->span, DIAG_MISSING_KEY, "kinds.yaml does not say how a %s is described",
                   kind->name);
        return NULL;
    }
    return kind == NULL ? NULL : value;
}

struct wire_value *wire_read_value(struct wire_reader *reader, const struct yaml *node, const struct wire_type *type) {
    if (node->kind == YAML_TEXT)
        return read_text(reader, node, type);
    if (node->kind == YAML_LIST)
        return read_list(reader, node, type);
    if (yaml_get(node, "value") != NULL)
        return read_accepting(reader, node, type);
    if (yaml_get(node, "is") != NULL)
        return read_is(reader, node, type);
    if (yaml_get(node, "show") != NULL)
        return read_show(reader, node, type);
    if (yaml_get(node, "view") != NULL)
        return read_view(reader, node);
    if (type->is_list || type->scalar != WIRE_STRUCTURE) {
        diag_error(reader->diags, node->span, DIAG_TYPE_MISMATCH, "the member is no structure");
        return NULL;
    }
    return wire_read_members(reader, node, type->structure);
}
