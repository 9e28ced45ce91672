/* Terms and effects: every term gets its type. */
#include "model/checker.h"

bool check_mismatch(struct checker *checker, const struct term *term, const struct type *expected) {
    diag_error(checker->diags, term->span, DIAG_TYPE_MISMATCH, "expected %s, found %s",
               type_text(checker->rulebook, expected), type_text(checker->rulebook, term->type));
    return false;
}

bool check_as(struct checker *checker, struct term *term, const struct type *expected) {
    if (!check_term(checker, term, expected))
        return false;
    return type_same(term->type, expected) || check_mismatch(checker, term, expected);
}

bool check_bool(struct checker *checker, struct term *term) {
    return check_as(checker, term, &checker->rulebook->bool_type);
}

bool check_int(struct checker *checker, struct term *term) {
    return check_as(checker, term, &checker->rulebook->int_type);
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
    term->slot = checker_push(checker, term->name, term->domain.type);
    bool good = term->args[1] == NULL || check_bool(checker, term->args[1]);
    good = (is_number ? check_int(checker, term->args[0]) : check_bool(checker, term->args[0])) && good;
    checker_pop(checker);
    return good;
}

/* ---- operators ---- */

/* A name that only the other side of a comparison explains. */
static bool is_open(const struct checker *checker, const struct term *term) {
    if (term->op == TERM_NONE || (term->op == TERM_SET && (term->arg_count == 0 || is_open(checker, term->args[0]))))
        return true;
    bool is_local = !term->is_outer && (checker_find_variable(checker, term->name) != NULL ||
                                        checker_find_let(checker, term->name) != NULL);
    return term->op == TERM_NAME && !is_local && checker_find_definition(checker, term->name) == NULL;
}

static bool check_comparison(struct checker *checker, struct term *term) {
    size_t first = is_open(checker, term->args[0]) && !is_open(checker, term->args[1]);
    struct term *known = term->args[first], *other = term->args[1 - first];
    term->type = &checker->rulebook->bool_type;
    if (!check_term(checker, known, NULL) || !check_term(checker, other, known->type))
        return false;
    return type_same(known->type, other->type) || check_mismatch(checker, other, known->type);
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
    const struct type *element =
        expected != NULL && expected->form == TYPE_SET && expected->kind != NULL ? expected->kind->type : NULL;
    for (size_t i = 0; i < term->arg_count; i++) {
        if (!check_term(checker, term->args[i], element))
            return false;
        if (term->args[i]->type->form != TYPE_REF || term->args[i]->type->kind == NULL) {
            diag_error(checker->diags, term->args[i]->span, DIAG_TYPE_MISMATCH, "a set consists of objects, found %s",
                       type_text(checker->rulebook, term->args[i]->type));
            return false;
        }
        if (element != NULL && !type_same(element, term->args[i]->type))
            return check_mismatch(checker, term->args[i], element);
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
        return check_mismatch(checker, known, term->type);
    return check_int(checker, other);
}

static bool check_field(struct checker *checker, struct term *term) {
    struct term *base = term->args[0];
    if (!check_term(checker, base, NULL))
        return false;
    if (base->type->form != TYPE_REF || base->type->kind == NULL) {
        diag_error(checker->diags, base->span, DIAG_TYPE_MISMATCH, "expected an object before '.%s', found %s",
                   term->name, type_text(checker->rulebook, base->type));
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
        diag_error(checker->diags, term->span, DIAG_NOT_CONSTANT, "the field '%s' changes; expected a constant",
                   term->name);
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

/* Everything that reads terms recurses, so what stands inside each other is bounded, definitions included. */
static bool check_height(struct checker *checker, const struct term *term, uint32_t height) {
    height += checker->depth;
    if (height <= LIMIT_TERM_HEIGHT) {
        checker->height = height > checker->height ? height : checker->height;
        return true;
    }
    diag_error(checker->diags, term->span, DIAG_TOO_LARGE,
               "more than %d operators and definitions inside each other; expected a simpler expression",
               LIMIT_TERM_HEIGHT);
    return false;
}

static bool check_call(struct checker *checker, struct term *term) {
    struct definition *definition = checker_find_definition(checker, term->name);
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
    if (!check_height(checker, term, definition->height))
        return false;
    checker->size += definition->size;
    if (definition->size > LIMIT_DEFINITION_SIZE) { /* whoever evaluates it would have to go through all of them */
        diag_error(checker->diags, term->span, DIAG_TOO_LARGE,
                   "'%s' has more than %u operators, with the definitions it uses; expected a simpler one", term->name,
                   LIMIT_DEFINITION_SIZE);
        return false;
    }
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
    if (!type_same(known->type, other->type))
        return check_mismatch(checker, other, known->type);
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

/* The object of a step, which the loader knows by name only. */
static bool find_step(const struct rulebook *rulebook, struct term *term) {
    const struct kind *kind = rulebook->step_kind;
    for (size_t i = 0; kind != NULL && i < kind->objects.count; i++)
        if (kind->objects.at[i].name == term->name) {
            term->value = (int32_t)i;
            term->type = kind->type;
            return true;
        }
    return false;
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
    case TERM_OBJECT: /* made by this pass, or by the loader: a step of the plan */
        return term->type != NULL || find_step(rulebook, term);
    case TERM_ENUM:
        if (term->type == NULL) /* a label, which the loader knows by number only */
            term->type = expected;
        return term->type != NULL;
    case TERM_LOCAL:
    case TERM_LET:
    case TERM_ACTION_NAME:
        return true; /* made by this pass, with a type */
    }
    return false;
}

bool check_term(struct checker *checker, struct term *term, const struct type *expected) {
    if (term == NULL)
        return false;
    if (term->type != NULL && term->op != TERM_NONE)
        return true; /* checked before, as a hint for its neighbour */
    checker->depth++;
    checker->size++;
    bool good = check_height(checker, term, 0) && check_by_form(checker, term, expected);
    checker->depth--;
    return good;
}

bool term_fold(const struct term *term, int64_t *value) {
    int64_t a = 0, b = 0;
    if (term->op == TERM_NUMBER || term->op == TERM_BOOL) {
        *value = term->value;
        return true;
    }
    bool known =
        term->arg_count >= 1 && term_fold(term->args[0], &a) && (term->arg_count < 2 || term_fold(term->args[1], &b));
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
    RESULT(MUL, a * b)
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
    if (good && !term_fold(term, &wide)) {
        diag_error(diags, term->span, DIAG_NOT_CONSTANT, "expected a number that is known before the system is built");
        good = false;
    }
    vec_free(&checker.variables);
    *value = (int32_t)wide;
    return good;
}

bool check_definition(struct checker *outer, struct definition *definition) {
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
        definition->types[i] = check_type(
            outer->rulebook, signature->types[i],
            arena_format(&outer->rulebook->arena, "%s.%s", definition->name, signature->parameters[i]), outer->diags);
        good = definition->types[i] != NULL && good;
        if (good && check_shadowing(&checker, signature->parameters[i], signature->parameter_spans[i]))
            checker_push(&checker, signature->parameters[i], definition->types[i]);
    }
    if (good && !check_term(&checker, definition->body, NULL))
        definition->body->type = NULL;
    definition->frame = checker.frame_high;
    definition->height = checker.height - outer->depth;
    definition->size = checker.size;
    definition->progress = DEFINITION_DONE;
    vec_free(&checker.variables);
    return good && definition->body->type != NULL;
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

bool check_effect(struct checker *checker, struct effect *effect) {
    bool good = true;
    switch (effect->form) {
    case EFFECT_ASSIGN:
        return check_target(checker, effect->target) && check_as(checker, effect->value, effect->target->type);
    case EFFECT_FOR:
        if (!check_domain(checker, &effect->domain) || !check_shadowing(checker, effect->name, effect->span))
            return false;
        effect->slot = checker_push(checker, effect->name, effect->domain.type);
        if (effect->condition != NULL)
            good = check_bool(checker, effect->condition);
        for (size_t i = 0; i < effect->body_count; i++)
            good = check_effect(checker, effect->body[i]) && good;
        checker_pop(checker);
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
