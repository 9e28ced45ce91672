/* Names and types.  Every term gets its type; open names become constants, objects, values, variables. */
#include <string.h>

#include "model/sections.h"

struct variable {
    const char *name;
    const struct type *type;
    uint32_t slot;
};

struct checker {
    struct rulebook *rulebook;
    struct diags *diags;
    VEC(struct variable) variables; /* the innermost last */
    const struct action *action;    /* whose 'let's are visible, or NULL */
    uint32_t frame;                 /* slots in use */
    uint32_t frame_high;            /* most slots ever in use */
    uint32_t depth;                 /* terms around this one, also those around the definition it is in */
    uint32_t height;                /* the greatest depth so far, counting what stands in the definitions used */
    bool is_step, in_old, only_constants, in_let;
};

static bool check_term(struct checker *checker, struct term *term, const struct type *expected);

/* ---- types ---- */

uint32_t type_width(const struct type *type) {
    if (type->form == TYPE_SET)
        return (uint32_t)type->kind->objects.count;
    if (type->form == TYPE_MAP) {
        int32_t low, high;
        type_range(type->key, &low, &high);
        return high < low ? 0 : (uint32_t)(high - low + 1);
    }
    return 1;
}

const struct type *type_element(const struct rulebook *rulebook, const struct type *type) {
    return type->form == TYPE_SET ? &rulebook->bool_type : type->form == TYPE_MAP ? type->value : type;
}

void type_range(const struct type *type, int32_t *low, int32_t *high) {
    *low = 0;
    *high = 1;
    switch (type->form) {
    case TYPE_BOOL:
    case TYPE_SET:
    case TYPE_ACTION:
        break;
    case TYPE_INT:
        *low = type->low;
        *high = type->high;
        break;
    case TYPE_ENUM:
        *high = (int32_t)type->enumeration->count - 1;
        break;
    case TYPE_REF:
        *low = type->optional ? -1 : 0;
        *high = (int32_t)type->kind->objects.count - 1;
        break;
    case TYPE_MAP:
        type_range(type->value, low, high);
        break;
    }
}

static const char *type_text(struct rulebook *rulebook, const struct type *type) {
    struct arena *arena = &rulebook->arena;
    switch (type->form) {
    case TYPE_BOOL:
        return "a truth value";
    case TYPE_INT:
        return "a number";
    case TYPE_ENUM:
        return arena_format(arena, "a value of %s", type->enumeration->name);
    case TYPE_REF:
        if (type->kind == NULL)
            return "none";
        return arena_format(arena, "%s%s", type->optional ? "optional " : "", type->kind->name);
    case TYPE_SET:
        return type->kind == NULL ? "the empty set" : arena_format(arena, "a set of %s", type->kind->name);
    case TYPE_MAP:
        return "a map";
    case TYPE_ACTION:
        return "an action";
    }
    return "?";
}

static bool same_type(const struct type *a, const struct type *b) {
    if (a->form != b->form)
        return false;
    switch (a->form) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_ACTION:
        return true;
    case TYPE_ENUM:
        return a->enumeration == b->enumeration;
    case TYPE_REF:
    case TYPE_SET:
        return a->kind == b->kind || a->kind == NULL || b->kind == NULL;
    case TYPE_MAP:
        return same_type(a->key, b->key) && same_type(a->value, b->value) && type_width(a) == type_width(b);
    }
    return false;
}

static const struct type *make_type(struct rulebook *rulebook, struct type type) {
    return arena_copy(&rulebook->arena, &type, sizeof type);
}

static const struct type *named_type(struct rulebook *rulebook, struct type_text *text, struct diags *diags) {
    const struct kind *kind = rulebook_kind(rulebook, text->name);
    const struct enumeration *enumeration = rulebook_enumeration(rulebook, text->name);
    if (kind != NULL)
        return text->form == TYPE_SET ? kind->set_type : text->optional ? kind->optional_type : kind->type;
    if (enumeration != NULL && text->form == TYPE_REF && !text->optional)
        return make_type(rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
    if (enumeration != NULL) {
        diag_error(diags, text->span, DIAG_UNKNOWN_TYPE, "'%s' needs a kind; '%s' is an enumeration",
                   text->optional ? "optional" : "set of", text->name);
        return NULL;
    }
    diag_error(diags, text->span, DIAG_UNKNOWN_TYPE, "no kind%s is called '%s'",
               text->form == TYPE_REF && !text->optional ? " or enumeration" : "", text->name);
    VEC(const char *) names = {0};
    vec_push(&names, "bool");
    for (size_t i = 0; i < rulebook->kinds.count; i++)
        vec_push(&names, rulebook->kinds.at[i]->name);
    for (size_t i = 0; i < rulebook->enumerations.count; i++)
        vec_push(&names, rulebook->enumerations.at[i]->name);
    suggest(diags, text->span, text->name, names.at, names.count);
    vec_free(&names);
    return NULL;
}

static const struct type *enum_type(struct rulebook *rulebook, struct type_text *text, const char *name,
                                    struct diags *diags) {
    struct enumeration *enumeration = arena_alloc(&rulebook->arena, sizeof *enumeration);
    enumeration->name = name;
    enumeration->span = text->span;
    enumeration->values = text->values;
    enumeration->count = text->value_count;
    for (size_t i = 0; i < text->value_count; i++)
        for (size_t j = 0; j < i; j++)
            if (text->values[i] == text->values[j]) {
                diag_error(diags, text->value_spans[i], DIAG_DUPLICATE_NAME, "the value '%s' is declared twice",
                           text->values[i]);
                return NULL;
            }
    vec_push(&rulebook->enumerations, enumeration);
    return make_type(rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
}

const struct type *check_type(struct rulebook *rulebook, struct type_text *text, const char *in_place_name,
                              struct diags *diags) {
    struct type type = {.form = text->form};
    switch (text->form) {
    case TYPE_BOOL:
        return &rulebook->bool_type;
    case TYPE_INT:
        if (!check_constant_int(rulebook, text->low, diags, &type.low) ||
            !check_constant_int(rulebook, text->high, diags, &type.high))
            return NULL;
        if (type.low > type.high) {
            diag_error(diags, text->span, DIAG_BAD_RANGE, "the range %d..%d is empty", type.low, type.high);
            return NULL;
        }
        return make_type(rulebook, type);
    case TYPE_ENUM:
        return enum_type(rulebook, text, in_place_name, diags);
    case TYPE_REF:
    case TYPE_SET:
        return named_type(rulebook, text, diags);
    case TYPE_MAP:
        type.key = check_type(rulebook, text->key, in_place_name, diags);
        type.value = type.key == NULL ? NULL : check_type(rulebook, text->value, in_place_name, diags);
        if (type.key == NULL || type.value == NULL)
            return NULL;
        if (type.key->form == TYPE_SET || type.key->form == TYPE_MAP || type.key->optional ||
            type.value->form == TYPE_SET || type.value->form == TYPE_MAP) {
            diag_error(diags, text->span, DIAG_TYPE_MISMATCH,
                       "a map goes from a range, kind or enumeration to a single value");
            return NULL;
        }
        if (type.key->form == TYPE_INT && (int64_t)type.key->high - type.key->low >= LIMIT_MAP_KEYS) {
            diag_error(diags, text->span, DIAG_BAD_RANGE, "a map of %lld keys; at most %d are allowed",
                       (long long)type.key->high - type.key->low + 1, LIMIT_MAP_KEYS);
            return NULL;
        }
        return make_type(rulebook, type);
    case TYPE_ACTION:
        break;
    }
    return NULL;
}

static bool mismatch(struct checker *checker, const struct term *term, const struct type *expected) {
    diag_error(checker->diags, term->span, DIAG_TYPE_MISMATCH, "expected %s, found %s",
               type_text(checker->rulebook, expected), type_text(checker->rulebook, term->type));
    return false;
}

static bool check_as(struct checker *checker, struct term *term, const struct type *expected) {
    if (!check_term(checker, term, expected))
        return false;
    return same_type(term->type, expected) || mismatch(checker, term, expected);
}

static bool check_bool(struct checker *checker, struct term *term) {
    return check_as(checker, term, &checker->rulebook->bool_type);
}

static bool check_int(struct checker *checker, struct term *term) {
    return check_as(checker, term, &checker->rulebook->int_type);
}

/* ---- names ---- */

static const struct variable *find_variable(const struct checker *checker, const char *name) {
    for (size_t i = checker->variables.count; i-- > 0;)
        if (checker->variables.at[i].name == name)
            return &checker->variables.at[i];
    return NULL;
}

static struct binding *find_let(const struct checker *checker, const char *name) {
    for (size_t i = 0; checker->action != NULL && !checker->in_let && i < checker->action->lets.count; i++)
        if (checker->action->lets.at[i]->name == name)
            return checker->action->lets.at[i];
    return NULL;
}

static struct definition *find_definition(const struct checker *checker, const char *name) {
    for (size_t i = 0; i < checker->rulebook->definitions.count; i++)
        if (checker->rulebook->definitions.at[i]->name == name)
            return checker->rulebook->definitions.at[i];
    return NULL;
}

static int32_t find_value(const struct enumeration *enumeration, const char *name) {
    for (size_t i = 0; i < enumeration->count; i++)
        if (enumeration->values[i] == name)
            return (int32_t)i;
    return -1;
}

static void unknown_name(struct checker *checker, const struct term *term) {
    diag_error(checker->diags, term->span, DIAG_UNKNOWN_NAME, "nothing is called '%s' here", term->name);
    VEC(const char *) names = {0};
    struct rulebook *rulebook = checker->rulebook;
    for (size_t i = 0; i < checker->variables.count; i++)
        vec_push(&names, checker->variables.at[i].name);
    for (size_t i = 0; checker->action != NULL && i < checker->action->lets.count; i++)
        vec_push(&names, checker->action->lets.at[i]->name);
    for (size_t i = 0; i < rulebook->constants.count; i++)
        vec_push(&names, rulebook->constants.at[i]->name);
    for (size_t i = 0; i < rulebook->definitions.count; i++)
        vec_push(&names, rulebook->definitions.at[i]->name);
    for (size_t i = 0; i < rulebook->kinds.count; i++)
        for (size_t j = 0; j < rulebook->kinds.at[i]->objects.count; j++)
            vec_push(&names, rulebook->kinds.at[i]->objects.at[j].name);
    for (size_t i = 0; i < rulebook->enumerations.count; i++)
        for (size_t j = 0; j < rulebook->enumerations.at[i]->count; j++)
            vec_push(&names, rulebook->enumerations.at[i]->values[j]);
    suggest(checker->diags, term->span, term->name, names.at, names.count);
    vec_free(&names);
}

static bool set_enum(struct checker *checker, struct term *term, const struct enumeration *enumeration, int32_t value) {
    term->op = TERM_ENUM;
    term->value = value;
    term->type = make_type(checker->rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
    return true;
}

static bool set_object(struct term *term, const struct kind *kind, size_t index) {
    term->op = TERM_OBJECT;
    term->value = (int32_t)index;
    term->type = kind->type;
    return true;
}

/* An object of `wanted`, or of any kind (NULL). */
static bool find_object_of(struct checker *checker, struct term *term, const struct kind *wanted, bool *ambiguous) {
    const struct kind *found_kind = NULL;
    size_t found = 0, count = 0;
    for (size_t i = 0; i < checker->rulebook->kinds.count; i++) {
        const struct kind *kind = checker->rulebook->kinds.at[i];
        if (wanted != NULL && wanted != kind)
            continue;
        for (size_t j = 0; j < kind->objects.count; j++)
            if (kind->objects.at[j].name == term->name) {
                found_kind = kind;
                found = j;
                count++;
            }
    }
    *ambiguous = count > 1;
    return count == 1 && set_object(term, found_kind, found);
}

/* One of another kind than expected is found, too: the types tell what is wrong. */
static bool find_object(struct checker *checker, struct term *term, const struct type *expected, bool *ambiguous) {
    bool hinted = expected != NULL && (expected->form == TYPE_REF || expected->form == TYPE_SET);
    return (hinted && expected->kind != NULL && find_object_of(checker, term, expected->kind, ambiguous)) ||
           find_object_of(checker, term, NULL, ambiguous);
}

/* Without a hint a value must belong to one enumeration only. */
static bool find_any_value(struct checker *checker, struct term *term, bool *ambiguous) {
    const struct enumeration *found = NULL;
    for (size_t i = 0; i < checker->rulebook->enumerations.count; i++)
        if (find_value(checker->rulebook->enumerations.at[i], term->name) >= 0) {
            *ambiguous = *ambiguous || found != NULL;
            found = checker->rulebook->enumerations.at[i];
        }
    return found != NULL && !*ambiguous && set_enum(checker, term, found, find_value(found, term->name));
}

static bool check_name(struct checker *checker, struct term *term, const struct type *expected) {
    const struct variable *variable = find_variable(checker, term->name);
    if (variable != NULL) {
        term->op = TERM_LOCAL;
        term->slot = variable->slot;
        term->type = variable->type;
        return true;
    }
    struct binding *let = find_let(checker, term->name);
    if (let != NULL) {
        if (let->type == NULL)
            return false;
        term->op = TERM_LET;
        term->binding = let;
        term->type = let->type;
        return true;
    }
    if (expected != NULL && expected->form == TYPE_ENUM && find_value(expected->enumeration, term->name) >= 0)
        return set_enum(checker, term, expected->enumeration, find_value(expected->enumeration, term->name));
    if (expected != NULL && expected->form == TYPE_ACTION) {
        const struct action *action = rulebook_action(checker->rulebook, term->name);
        if (action != NULL) {
            term->op = TERM_ACTION_NAME;
            term->value = (int32_t)action->index;
            term->type = &checker->rulebook->action_type;
            return true;
        }
    }
    if (find_definition(checker, term->name) != NULL) {
        term->op = TERM_CALL;
        return check_term(checker, term, expected);
    }
    struct constant *constant = rulebook_constant(checker->rulebook, term->name);
    if (constant != NULL) {
        constant->is_used = true;
        term->op = constant->is_bool ? TERM_BOOL : TERM_NUMBER;
        term->value = constant->value;
        term->type = constant->is_bool ? &checker->rulebook->bool_type : &checker->rulebook->int_type;
        return true;
    }
    bool ambiguous = false, ambiguous_value = false;
    if (find_object(checker, term, expected, &ambiguous) ||
        (!ambiguous && find_any_value(checker, term, &ambiguous_value)))
        return true;
    if (ambiguous || ambiguous_value)
        diag_error(checker->diags, term->span, DIAG_UNKNOWN_NAME,
                   "'%s' has several meanings here; compare it with something of a known type", term->name);
    else
        unknown_name(checker, term);
    return false;
}

/* ---- variables ---- */

static uint32_t push_variable(struct checker *checker, const char *name, const struct type *type) {
    uint32_t slot = checker->frame++;
    if (checker->frame > checker->frame_high)
        checker->frame_high = checker->frame;
    vec_push(&checker->variables, ((struct variable){name, type, slot}));
    return slot;
}

static void pop_variable(struct checker *checker) {
    checker->variables.count--;
    checker->frame--;
}

static bool check_domain(struct checker *checker, struct domain *domain) {
    struct rulebook *rulebook = checker->rulebook;
    if (domain->low != NULL) {
        struct type type = {.form = TYPE_INT};
        if (!check_constant_int(rulebook, domain->low, checker->diags, &type.low) ||
            !check_constant_int(rulebook, domain->high, checker->diags, &type.high))
            return false;
        domain->type = make_type(rulebook, type); /* an empty range is fine: forall over nothing */
        return true;
    }
    if (domain->name != NULL) {
        const char *name = domain->name->name;
        const struct kind *kind = rulebook_kind(rulebook, name);
        const struct enumeration *enumeration = rulebook_enumeration(rulebook, name);
        bool shadowed = find_variable(checker, name) != NULL || find_let(checker, name) != NULL;
        if (!shadowed && kind != NULL) {
            domain->type = kind->type;
            return true;
        }
        if (!shadowed && enumeration != NULL) {
            domain->type = make_type(rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
            return true;
        }
        if (!shadowed && find_definition(checker, name) == NULL) {
            diag_error(checker->diags, domain->name->span, DIAG_UNKNOWN_TYPE, "no kind, enumeration or set is called '%s'",
                       name);
            VEC(const char *) names = {0};
            for (size_t i = 0; i < rulebook->kinds.count; i++)
                vec_push(&names, rulebook->kinds.at[i]->name);
            suggest(checker->diags, domain->name->span, name, names.at, names.count);
            vec_free(&names);
            return false;
        }
        domain->set = domain->name;
    }
    if (!check_term(checker, domain->set, NULL))
        return false;
    if (domain->set->type->form != TYPE_SET || domain->set->type->kind == NULL) {
        diag_error(checker->diags, domain->set->span, DIAG_TYPE_MISMATCH, "expected a kind, a range or a set, found %s",
                   type_text(rulebook, domain->set->type));
        return false;
    }
    domain->type = domain->set->type->kind->type;
    return true;
}

static bool check_shadowing(struct checker *checker, const char *name, struct span span) {
    if (find_variable(checker, name) == NULL && find_let(checker, name) == NULL)
        return true;
    diag_error(checker->diags, span, DIAG_DUPLICATE_NAME, "the variable '%s' hides another of the same name", name);
    return false;
}

static bool check_binder(struct checker *checker, struct term *term) {
    struct rulebook *rulebook = checker->rulebook;
    bool is_number = term->op == TERM_SUM;
    if (!check_domain(checker, &term->domain) || !check_shadowing(checker, term->name, term->span))
        return false;
    term->type = is_number || term->op == TERM_COUNT ? &rulebook->int_type : &rulebook->bool_type;
    if (term->op == TERM_THE) {
        term->type = term->domain.type;
        if (term->type->form != TYPE_REF) {
            diag_error(checker->diags, term->span, DIAG_TYPE_MISMATCH, "'the' needs a kind to choose from");
            return false;
        }
    }
    term->slot = push_variable(checker, term->name, term->domain.type);
    bool good = term->args[1] == NULL || check_bool(checker, term->args[1]);
    good = (is_number ? check_int(checker, term->args[0]) : check_bool(checker, term->args[0])) && good;
    pop_variable(checker);
    return good;
}

/* ---- operators ---- */

/* A name that only the other side of a comparison explains. */
static bool is_open(const struct checker *checker, const struct term *term) {
    if (term->op == TERM_NONE || (term->op == TERM_SET && (term->arg_count == 0 || is_open(checker, term->args[0]))))
        return true;
    return term->op == TERM_NAME && find_variable(checker, term->name) == NULL && find_let(checker, term->name) == NULL &&
           find_definition(checker, term->name) == NULL;
}

static bool check_comparison(struct checker *checker, struct term *term) {
    size_t first = is_open(checker, term->args[0]) && !is_open(checker, term->args[1]);
    struct term *known = term->args[first], *other = term->args[1 - first];
    term->type = &checker->rulebook->bool_type;
    if (!check_term(checker, known, NULL) || !check_term(checker, other, known->type))
        return false;
    return same_type(known->type, other->type) || mismatch(checker, other, known->type);
}

static bool check_in(struct checker *checker, struct term *term) {
    struct term *item = term->args[0], *set = term->args[1];
    term->type = &checker->rulebook->bool_type;
    if (set->op == TERM_SET) { /* x in {a, b}: x == a or x == b, of any type */
        size_t i = 0;
        while (i < set->arg_count && is_open(checker, set->args[i]))
            i++;
        const struct type *hint = NULL;
        if (is_open(checker, item) && i < set->arg_count) {
            if (!check_term(checker, set->args[i], NULL))
                return false;
            hint = set->args[i]->type;
        }
        bool good = check_term(checker, item, hint);
        for (i = 0; good && i < set->arg_count; i++)
            good = check_as(checker, set->args[i], item->type);
        set->type = good ? item->type : NULL;
        return good;
    }
    if (!check_term(checker, set, NULL))
        return false;
    if (set->type->form != TYPE_SET) {
        diag_error(checker->diags, set->span, DIAG_TYPE_MISMATCH, "expected a set, found %s",
                   type_text(checker->rulebook, set->type));
        return false;
    }
    return check_as(checker, item, set->type->kind->type);
}

static bool check_set(struct checker *checker, struct term *term, const struct type *expected) {
    const struct type *element = expected != NULL && expected->form == TYPE_SET && expected->kind != NULL
                                     ? expected->kind->type
                                     : NULL;
    for (size_t i = 0; i < term->arg_count; i++) {
        if (!check_term(checker, term->args[i], element))
            return false;
        if (term->args[i]->type->form != TYPE_REF || term->args[i]->type->kind == NULL) {
            diag_error(checker->diags, term->args[i]->span, DIAG_TYPE_MISMATCH, "a set consists of objects, found %s",
                       type_text(checker->rulebook, term->args[i]->type));
            return false;
        }
        if (element != NULL && !same_type(element, term->args[i]->type))
            return mismatch(checker, term->args[i], element);
        element = term->args[i]->type->kind->type;
    }
    if (element == NULL) {
        diag_error(checker->diags, term->span, DIAG_TYPE_MISMATCH, "the empty set needs a place that tells its kind");
        return false;
    }
    term->type = element->kind->set_type;
    return true;
}

/* + and - are for numbers and for sets. */
static bool check_sum(struct checker *checker, struct term *term, const struct type *expected) {
    size_t first = is_open(checker, term->args[0]);
    struct term *known = term->args[first], *other = term->args[1 - first];
    const struct type *hint = expected != NULL && expected->form == TYPE_SET ? expected : NULL;
    if (!check_term(checker, known, hint))
        return false;
    if (known->type->form == TYPE_SET) {
        if (!check_as(checker, other, known->type))
            return false;
        term->type = known->type;
        return true;
    }
    term->type = &checker->rulebook->int_type;
    if (known->type->form != TYPE_INT)
        return mismatch(checker, known, term->type);
    return check_int(checker, other);
}

static bool check_field(struct checker *checker, struct term *term) {
    struct term *base = term->args[0];
    if (!check_term(checker, base, NULL))
        return false;
    if (base->type->form != TYPE_REF || base->type->kind == NULL) {
        diag_error(checker->diags, base->span, DIAG_TYPE_MISMATCH, "expected an object before '.%s', found %s", term->name,
                   type_text(checker->rulebook, base->type));
        return false;
    }
    const struct kind *kind = base->type->kind;
    for (size_t i = 0; i < kind->fields.count; i++)
        if (kind->fields.at[i]->name == term->name)
            term->field = kind->fields.at[i];
    if (term->field == NULL) {
        diag_error(checker->diags, term->span, DIAG_UNKNOWN_FIELD, "the kind '%s' has no field '%s'", kind->name,
                   term->name);
        VEC(const char *) names = {0};
        for (size_t i = 0; i < kind->fields.count; i++)
            vec_push(&names, kind->fields.at[i]->name);
        suggest(checker->diags, term->span, term->name, names.at, names.count);
        vec_free(&names);
        return false;
    }
    if (checker->only_constants && !term->field->is_constant) {
        diag_error(checker->diags, term->span, DIAG_NOT_CONSTANT, "the field '%s' changes; expected a constant", term->name);
        return false;
    }
    term->type = term->field->type;
    return term->type != NULL;
}

static bool check_index(struct checker *checker, struct term *term) {
    if (!check_term(checker, term->args[0], NULL))
        return false;
    const struct type *map = term->args[0]->type;
    if (map->form != TYPE_MAP) {
        diag_error(checker->diags, term->args[0]->span, DIAG_TYPE_MISMATCH, "expected a map before '[', found %s",
                   type_text(checker->rulebook, map));
        return false;
    }
    term->type = map->value;
    return check_as(checker, term->args[1], map->key);
}

static bool check_definition(struct checker *outer, struct definition *definition);

/* Everything that reads terms recurses, so what stands inside each other is bounded, definitions included. */
static bool fits(struct checker *checker, const struct term *term, uint32_t height) {
    height += checker->depth;
    if (height <= LIMIT_TERM_HEIGHT) {
        checker->height = height > checker->height ? height : checker->height;
        return true;
    }
    diag_error(checker->diags, term->span, DIAG_TOO_LARGE,
               "more than %d operators and definitions inside each other; expected a simpler expression", LIMIT_TERM_HEIGHT);
    return false;
}

static bool check_call(struct checker *checker, struct term *term) {
    struct definition *definition = find_definition(checker, term->name);
    if (definition == NULL) {
        diag_error(checker->diags, term->span, DIAG_UNKNOWN_NAME, "no definition is called '%s'", term->name);
        VEC(const char *) names = {0};
        for (size_t i = 0; i < checker->rulebook->definitions.count; i++)
            vec_push(&names, checker->rulebook->definitions.at[i]->name);
        suggest(checker->diags, term->span, term->name, names.at, names.count);
        vec_free(&names);
        return false;
    }
    definition->is_used = true;
    if (definition->progress == DEFINITION_ACTIVE) {
        diag_error(checker->diags, term->span, DIAG_RECURSION, "the definition '%s' uses itself", term->name);
        return false;
    }
    if (!check_definition(checker, definition))
        return false;
    if (!fits(checker, term, definition->height))
        return false;
    if (term->arg_count != definition->signature.count) {
        diag_error(checker->diags, term->span, DIAG_WRONG_ARGUMENTS, "'%s' takes %zu argument%s, found %zu", term->name,
                   definition->signature.count, definition->signature.count == 1 ? "" : "s", term->arg_count);
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < term->arg_count; i++)
        good = check_as(checker, term->args[i], definition->types[i]) && good;
    term->definition = definition;
    term->type = definition->body->type;
    return good;
}

static bool check_if(struct checker *checker, struct term *term, const struct type *expected) {
    bool good = check_bool(checker, term->args[0]);
    size_t first = is_open(checker, term->args[1]) ? 2 : 1;
    struct term *known = term->args[first], *other = term->args[3 - first];
    if (!good || !check_term(checker, known, expected) ||
        !check_as(checker, other, expected != NULL ? expected : known->type))
        return false;
    if (!same_type(known->type, other->type))
        return mismatch(checker, other, known->type);
    term->type = known->type;
    if (known->type->form == TYPE_REF) {
        const struct kind *kind = known->type->kind != NULL ? known->type->kind : other->type->kind;
        bool optional = known->type->optional || other->type->optional;
        term->type = kind == NULL ? known->type : optional ? kind->optional_type : kind->type;
    }
    return true;
}

static bool check_none(struct checker *checker, struct term *term, const struct type *expected) {
    term->type = &checker->rulebook->none_type;
    if (expected != NULL && expected->form == TYPE_REF && expected->kind != NULL)
        term->type = expected->kind->optional_type;
    return true;
}

static bool check_old(struct checker *checker, struct term *term) {
    if (!checker->is_step || checker->in_old) {
        diag_error(checker->diags, term->span, DIAG_BAD_CONTEXT, "'old' belongs to step properties, once");
        return false;
    }
    checker->in_old = true;
    bool good = check_term(checker, term->args[0], NULL);
    checker->in_old = false;
    term->type = term->args[0]->type;
    return good;
}

static bool check_numbers(struct checker *checker, struct term *term, const struct type *result) {
    bool good = true;
    for (size_t i = 0; i < term->arg_count; i++)
        good = check_int(checker, term->args[i]) && good;
    term->type = result;
    return good;
}

static bool check_bools(struct checker *checker, struct term *term) {
    bool good = true;
    for (size_t i = 0; i < term->arg_count; i++)
        good = check_bool(checker, term->args[i]) && good;
    term->type = &checker->rulebook->bool_type;
    return good;
}

static bool check_by_form(struct checker *checker, struct term *term, const struct type *expected) {
    const struct rulebook *rulebook = checker->rulebook;
    switch (term->op) {
    case TERM_NUMBER:
        term->type = &rulebook->int_type;
        return true;
    case TERM_BOOL:
        term->type = &rulebook->bool_type;
        return true;
    case TERM_NONE:
        return check_none(checker, term, expected);
    case TERM_NAME:
        return check_name(checker, term, expected);
    case TERM_ACTION:
        term->type = &rulebook->action_type;
        if (!checker->is_step)
            diag_error(checker->diags, term->span, DIAG_BAD_CONTEXT, "'action' belongs to step properties");
        return checker->is_step;
    case TERM_FIELD:
        return check_field(checker, term);
    case TERM_INDEX:
        return check_index(checker, term);
    case TERM_CALL:
        return check_call(checker, term);
    case TERM_OLD:
        return check_old(checker, term);
    case TERM_NOT:
    case TERM_AND:
    case TERM_OR:
    case TERM_IMPLIES:
    case TERM_IFF:
        return check_bools(checker, term);
    case TERM_EQ:
    case TERM_NE:
        return check_comparison(checker, term);
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE:
        return check_numbers(checker, term, &rulebook->bool_type);
    case TERM_IN:
        return check_in(checker, term);
    case TERM_ADD:
    case TERM_SUB:
        return check_sum(checker, term, expected);
    case TERM_NEGATE:
    case TERM_MUL:
    case TERM_DIV:
    case TERM_MOD:
    case TERM_MIN:
    case TERM_MAX:
        return check_numbers(checker, term, &rulebook->int_type);
    case TERM_IF:
        return check_if(checker, term, expected);
    case TERM_SET:
        return check_set(checker, term, expected);
    case TERM_FORALL:
    case TERM_EXISTS:
    case TERM_UNIQUE:
    case TERM_COUNT:
    case TERM_SUM:
    case TERM_THE:
        return check_binder(checker, term);
    case TERM_ENUM:
    case TERM_OBJECT:
    case TERM_LOCAL:
    case TERM_LET:
    case TERM_ACTION_NAME:
        return true; /* made by this pass, with a type */
    }
    return false;
}

static bool check_term(struct checker *checker, struct term *term, const struct type *expected) {
    if (term == NULL)
        return false;
    if (term->type != NULL && term->op != TERM_NONE)
        return true; /* checked before, as a hint for its neighbour */
    checker->depth++;
    bool good = fits(checker, term, 0) && check_by_form(checker, term, expected);
    checker->depth--;
    return good;
}

/* The value of a term without state and variables; false if it has none. */
static bool fold(const struct term *term, int64_t *value) {
    int64_t a = 0, b = 0;
    if (term->op == TERM_NUMBER || term->op == TERM_BOOL) {
        *value = term->value;
        return true;
    }
    bool known = term->arg_count >= 1 && fold(term->args[0], &a) && (term->arg_count < 2 || fold(term->args[1], &b));
    if (!known || term->arg_count > 2)
        return false;
#define RESULT(name, expression)                                                                                       \
    if (term->op == TERM_##name) {                                                                                     \
        *value = (expression);                                                                                         \
        return *value <= LIMIT_INTEGER && *value >= -LIMIT_INTEGER;                                                    \
    }
    RESULT(NEGATE, -a)
    RESULT(ADD, a + b)
    RESULT(SUB, a - b)
    RESULT(MUL, a *b)
    RESULT(MIN, a < b ? a : b)
    RESULT(MAX, a > b ? a : b)
    if (b != 0) {
        RESULT(DIV, a / b)
        RESULT(MOD, a % b)
    }
#undef RESULT
    return false;
}

bool check_constant_int(struct rulebook *rulebook, struct term *term, struct diags *diags, int32_t *value) {
    struct checker checker = {.rulebook = rulebook, .diags = diags, .only_constants = true};
    int64_t wide = 0;
    bool good = term != NULL && check_int(&checker, term);
    if (good && !fold(term, &wide)) {
        diag_error(diags, term->span, DIAG_NOT_CONSTANT, "expected a number that is known before the system is built");
        good = false;
    }
    vec_free(&checker.variables);
    *value = (int32_t)wide;
    return good;
}

/* ---- effects ---- */

static bool check_target(struct checker *checker, struct term *target) {
    if (!check_term(checker, target, NULL))
        return false;
    const struct term *field = target->op == TERM_INDEX ? target->args[0] : target;
    if (field->op == TERM_FIELD && !field->field->is_constant)
        return true;
    diag_error(checker->diags, target->span, DIAG_NOT_ASSIGNABLE, "%s; expected a state field of an object",
               field->op == TERM_FIELD ? "a constant attribute cannot change" : "this is not a place for a value");
    return false;
}

static bool check_effect(struct checker *checker, struct effect *effect) {
    bool good = true;
    switch (effect->form) {
    case EFFECT_ASSIGN:
        return check_target(checker, effect->target) && check_as(checker, effect->value, effect->target->type);
    case EFFECT_FOR:
        if (!check_domain(checker, &effect->domain) || !check_shadowing(checker, effect->name, effect->span))
            return false;
        effect->slot = push_variable(checker, effect->name, effect->domain.type);
        if (effect->condition != NULL)
            good = check_bool(checker, effect->condition);
        for (size_t i = 0; i < effect->body_count; i++)
            good = check_effect(checker, effect->body[i]) && good;
        pop_variable(checker);
        return good;
    case EFFECT_IF:
        if (effect->condition != NULL)
            good = check_bool(checker, effect->condition);
        for (size_t i = 0; i < effect->body_count; i++)
            good = check_effect(checker, effect->body[i]) && good;
        for (size_t i = 0; i < effect->otherwise_count; i++)
            good = check_effect(checker, effect->otherwise[i]) && good;
        return good;
    }
    return false;
}

/* ---- sections ---- */

static bool check_definition(struct checker *outer, struct definition *definition) {
    if (definition->progress == DEFINITION_DONE)
        return definition->body != NULL && definition->body->type != NULL;
    definition->progress = DEFINITION_ACTIVE;
    struct checker checker = {.rulebook = outer->rulebook,
                              .diags = outer->diags,
                              .depth = outer->depth,
                              .height = outer->depth,
                              .only_constants = outer->only_constants};
    const struct signature *signature = &definition->signature;
    definition->types = arena_alloc(&outer->rulebook->arena, (signature->count + 1) * sizeof *definition->types);
    bool good = definition->body != NULL;
    for (size_t i = 0; i < signature->count; i++) {
        definition->types[i] = check_type(outer->rulebook, signature->types[i],
                                          arena_format(&outer->rulebook->arena, "%s.%s", definition->name,
                                                       signature->parameters[i]),
                                          outer->diags);
        good = definition->types[i] != NULL && good;
        if (good && check_shadowing(&checker, signature->parameters[i], signature->parameter_spans[i]))
            push_variable(&checker, signature->parameters[i], definition->types[i]);
    }
    if (good && !check_term(&checker, definition->body, NULL))
        definition->body->type = NULL;
    definition->frame = checker.frame_high;
    definition->height = checker.height - outer->depth;
    definition->progress = DEFINITION_DONE;
    vec_free(&checker.variables);
    return good && definition->body->type != NULL;
}

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
                diag_error(diags, setting->span, DIAG_BAD_SETTING, "%s: expected a number, found '%.40s'", setting->name,
                           setting->value);
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
            if (field->type == NULL || field->is_constant)
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
                if (!known && !fold(term, &value))
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
            binding->slot = push_variable(checker, binding->name, binding->type);
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
        diag_error(diags, section->span, DIAG_WRONG_SHAPE, "allow: expected a list or mapping of actions, found a text");
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
    if (property->within_term != NULL && check_constant_int(rulebook, property->within_term, diags, &property->within) &&
        (property->within < 0 || property->within > 200))
        diag_error(diags, property->within_term->span, DIAG_BAD_RANGE, "expected a number of calls from 0 to 200");
    if (property->action_text != NULL && strcmp(property->action_text->text, "all") != 0) {
        property->action = rulebook_action(rulebook, property->action_text->text);
        if (property->action == NULL)
            diag_error(diags, property->action_text->span, DIAG_UNKNOWN_NAME, "no action is called '%.60s'; expected one or 'all'",
                       property->action_text->text);
    }
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
        diag_warning(diags, definition->signature.span, DIAG_UNUSED, "the definition '%s' is never used", definition->name);
        left--;
    }
}

bool check_rulebook(struct rulebook *rulebook, struct diags *diags) {
    for (size_t i = 0; i < rulebook->kinds.count; i++) {
        struct kind *kind = rulebook->kinds.at[i];
        kind->type = make_type(rulebook, (struct type){.form = TYPE_REF, .kind = kind});
        kind->optional_type = make_type(rulebook, (struct type){.form = TYPE_REF, .kind = kind, .optional = true});
        kind->set_type = make_type(rulebook, (struct type){.form = TYPE_SET, .kind = kind});
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
