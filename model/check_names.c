/* What a name means, and the variables of quantifiers. */
#include "model/checker.h"

const struct variable *checker_find_variable(const struct checker *checker, const char *name) {
    for (size_t i = checker->variables.count; i-- > 0;)
        if (checker->variables.at[i].name == name)
            return &checker->variables.at[i];
    return NULL;
}

struct binding *checker_find_let(const struct checker *checker, const char *name) {
    for (size_t i = 0; checker->action != NULL && !checker->in_let && i < checker->action->lets.count; i++)
        if (checker->action->lets.at[i]->name == name)
            return checker->action->lets.at[i];
    return NULL;
}

struct definition *checker_find_definition(const struct checker *checker, const char *name) {
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
    term->type = type_new(checker->rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
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

bool check_name(struct checker *checker, struct term *term, const struct type *expected) {
    const struct variable *variable = term->is_outer ? NULL : checker_find_variable(checker, term->name);
    if (variable != NULL) {
        term->op = TERM_LOCAL;
        term->slot = variable->slot;
        term->type = variable->type;
        return true;
    }
    struct binding *let = term->is_outer ? NULL : checker_find_let(checker, term->name);
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
    if (checker_find_definition(checker, term->name) != NULL) {
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

uint32_t checker_push(struct checker *checker, const char *name, const struct type *type) {
    uint32_t slot = checker->frame++;
    if (checker->frame > checker->frame_high)
        checker->frame_high = checker->frame;
    vec_push(&checker->variables, ((struct variable){name, type, slot}));
    return slot;
}

void checker_pop(struct checker *checker) {
    checker->variables.count--;
    checker->frame--;
}

bool check_domain(struct checker *checker, struct domain *domain) {
    struct rulebook *rulebook = checker->rulebook;
    if (domain->low != NULL) {
        struct type type = {.form = TYPE_INT};
        if (!check_constant_int(rulebook, domain->low, checker->diags, &type.low) ||
            !check_constant_int(rulebook, domain->high, checker->diags, &type.high))
            return false;
        domain->type = type_new(rulebook, type); /* an empty range is fine: forall over nothing */
        return true;
    }
    if (domain->name != NULL) {
        const char *name = domain->name->name;
        const struct kind *kind = rulebook_kind(rulebook, name);
        const struct enumeration *enumeration = rulebook_enumeration(rulebook, name);
        bool shadowed = checker_find_variable(checker, name) != NULL || checker_find_let(checker, name) != NULL;
        if (!shadowed && kind != NULL) {
            domain->type = kind->type;
            return true;
        }
        if (!shadowed && enumeration != NULL) {
            domain->type = type_new(rulebook, (struct type){.form = TYPE_ENUM, .enumeration = enumeration});
            return true;
        }
        if (!shadowed && checker_find_definition(checker, name) == NULL) {
            diag_error(checker->diags, domain->name->span, DIAG_UNKNOWN_TYPE,
                       "no kind, enumeration or set is called '%s'", name);
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

bool check_shadowing(struct checker *checker, const char *name, struct span span) {
    if (checker_find_variable(checker, name) == NULL && checker_find_let(checker, name) == NULL)
        return true;
    diag_error(checker->diags, span, DIAG_DUPLICATE_NAME, "the variable '%s' hides another of the same name", name);
    return false;
}
