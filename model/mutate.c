#include "model/mutate.h"

#include <string.h>

struct breeder {
    struct rulebook *rulebook;
    mutant_list *mutants;
    bool all;
    struct action *action;
    struct mutant base;            /* the rule that is being changed */
    struct term **outer, *inlined; /* the definition inside which it is changed */
};

static struct term *typed(struct breeder *breeder, enum term_op op, const struct type *type, struct span span,
                          struct term *a, struct term *b) {
    struct term *term = term_new(&breeder->rulebook->arena, op, span, a, b);
    term->type = type;
    return term;
}

static struct term *truth(struct breeder *breeder, struct span span, bool value) {
    struct term *term = typed(breeder, TERM_BOOL, &breeder->rulebook->bool_type, span, NULL, NULL);
    term->value = value;
    return term;
}

static struct term *negation(struct breeder *breeder, struct term *term) {
    return typed(breeder, TERM_NOT, &breeder->rulebook->bool_type, term->span, term, NULL);
}

static void add(struct breeder *breeder, enum mutation mutation, struct term **place, struct term *term) {
    struct mutant mutant = breeder->base;
    mutant.mutation = mutation;
    mutant.span = (*place)->span;
    mutant.outer = breeder->outer;
    mutant.inlined = breeder->inlined;
    mutant.place = place;
    mutant.term = term;
    vec_push(breeder->mutants, mutant);
}

static void add_effect(struct breeder *breeder, enum mutation mutation, struct effect *effect, struct effect inside) {
    struct mutant mutant = breeder->base;
    mutant.mutation = mutation;
    mutant.span = effect->span;
    mutant.effect = effect;
    mutant.inside = inside;
    vec_push(breeder->mutants, mutant);
}

/* The number there plus and minus one. */
static void move_by_one(struct breeder *breeder, struct term **place) {
    const struct type *type = &breeder->rulebook->int_type;
    struct term *term = *place, *one = typed(breeder, TERM_NUMBER, type, term->span, NULL, NULL);
    one->value = 1;
    add(breeder, MUTATION_PLUS, place, typed(breeder, TERM_ADD, type, term->span, term, one));
    add(breeder, MUTATION_MINUS, place, typed(breeder, TERM_SUB, type, term->span, term, one));
}

static bool compares_numbers(const struct term *term) {
    return term->op >= TERM_EQ && term->op <= TERM_GE && term->args[0]->type->form == TYPE_INT &&
           term->args[1]->type->form == TYPE_INT;
}

/* Every bound of a comparison of numbers in the term. */
static void move_bounds(struct breeder *breeder, struct term *term) {
    if (term == NULL)
        return;
    if (compares_numbers(term))
        move_by_one(breeder, &term->args[1]);
    if (term->op >= TERM_FORALL)
        move_bounds(breeder, term->args[1]);
    for (size_t i = 0; i < term->arg_count; i++)
        move_bounds(breeder, term->args[i]);
}

/* ---- definitions, written out ---- */

struct inlining {
    struct rulebook *rulebook;
    struct action *action;
    uint32_t *slots;               /* of the definition's variables: where they are now */
    struct term *const *arguments; /* of the definition, already copied; NULL outside of one */
    size_t argument_count;
};

static struct term *copy_term(const struct inlining *inlining, const struct term *term);

static struct term *copy_call(const struct inlining *inlining, const struct term *term) {
    struct arena *arena = &inlining->rulebook->arena;
    const struct definition *definition = term->definition;
    struct term **arguments = arena_alloc(arena, (term->arg_count + 1) * sizeof *arguments);
    for (size_t i = 0; i < term->arg_count; i++)
        arguments[i] = copy_term(inlining, term->args[i]);
    struct inlining inner = {inlining->rulebook, inlining->action, NULL, arguments, term->arg_count};
    inner.slots = arena_alloc(arena, (definition->frame + 1) * sizeof *inner.slots);
    for (uint32_t i = 0; i < definition->frame; i++)
        inner.slots[i] = inlining->action->frame++;
    return copy_term(&inner, definition->body);
}

static struct term *copy_term(const struct inlining *inlining, const struct term *term) {
    bool inside = inlining->arguments != NULL;
    if (inside && term->op == TERM_LOCAL && term->slot < inlining->argument_count)
        return inlining->arguments[term->slot];
    if (term->op == TERM_CALL)
        return copy_call(inlining, term);
    struct arena *arena = &inlining->rulebook->arena;
    struct term *copy = arena_copy(arena, term, sizeof *term);
    if (inside && (term->op == TERM_LOCAL || term->op >= TERM_FORALL))
        copy->slot = inlining->slots[term->slot];
    size_t count = term->op >= TERM_FORALL ? 2 : term->arg_count;
    copy->args = arena_alloc(arena, (count + 1) * sizeof *copy->args);
    for (size_t i = 0; i < count; i++)
        copy->args[i] = term->args[i] == NULL ? NULL : copy_term(inlining, term->args[i]);
    if (term->op >= TERM_FORALL && term->domain.set != NULL)
        copy->domain.set = copy_term(inlining, term->domain.set);
    return copy;
}

struct term *term_inline(struct rulebook *rulebook, struct action *action, const struct term *term) {
    struct inlining inlining = {.rulebook = rulebook, .action = action};
    return copy_term(&inlining, term);
}

/* ---- conditions, atom by atom ---- */

/* What a whole condition being stuck would repeat. */
enum whole { PART, WHOLE, WHOLE_NEGATED, BOTH_KNOWN };

static bool is_flag(const struct breeder *breeder, const struct type *type) {
    return type->form == TYPE_BOOL ||
           (type->form == TYPE_ENUM && rulebook_enumeration(breeder->rulebook, "flag") == type->enumeration);
}

/* Is it about an argument of the call that is a flag? */
static bool asks_flag(const struct breeder *breeder, const struct term *term) {
    if (term->op == TERM_LOCAL)
        for (size_t i = 0; i < breeder->action->parameters.count; i++)
            if (breeder->action->parameters.at[i]->slot == term->slot && is_flag(breeder, term->type))
                return true;
    bool asks = false;
    for (size_t i = 0; i < term->arg_count && term->op < TERM_FORALL; i++)
        asks = asks || asks_flag(breeder, term->args[i]);
    return asks;
}

/* The value after this one. */
static void change_value(struct breeder *breeder, struct term **place) {
    const struct term *term = *place;
    if (term->op != TERM_ENUM || term->type->enumeration->count < 2)
        return;
    struct term *other = typed(breeder, TERM_ENUM, term->type, term->span, NULL, NULL);
    other->value = (term->value + 1) % (int32_t)term->type->enumeration->count;
    add(breeder, MUTATION_VALUE, place, other);
}

static void change_members(struct breeder *breeder, struct term *term) {
    struct term *set = term->args[1];
    for (size_t i = 0; set->op == TERM_SET && set->arg_count > 1 && i < set->arg_count; i++) {
        struct term *less = typed(breeder, TERM_SET, set->type, set->args[i]->span, NULL, NULL);
        less->args = arena_alloc(&breeder->rulebook->arena, set->arg_count * sizeof *less->args);
        for (size_t j = 0; j < set->arg_count; j++)
            if (j != i)
                less->args[less->arg_count++] = set->args[j];
        add(breeder, MUTATION_MEMBER, &term->args[1], less);
        breeder->mutants->at[breeder->mutants->count - 1].span = set->args[i]->span;
    }
}

static void change_conditions(struct breeder *breeder, struct term **place, enum whole whole);

static void change_atom(struct breeder *breeder, struct term **place, enum whole whole) {
    struct term *term = *place;
    if (term->op == TERM_BOOL)
        return;
    if (whole != WHOLE && whole != BOTH_KNOWN)
        add(breeder, MUTATION_TRUE, place, truth(breeder, term->span, true));
    if (whole != WHOLE_NEGATED && whole != BOTH_KNOWN)
        add(breeder, MUTATION_FALSE, place, truth(breeder, term->span, false));
    if (whole == PART && asks_flag(breeder, term))
        add(breeder, MUTATION_INVERT, place, negation(breeder, term));
    if (term->op == TERM_EQ || term->op == TERM_NE) {
        change_value(breeder, &term->args[0]);
        change_value(breeder, &term->args[1]);
    } else if (term->op == TERM_IN) {
        change_members(breeder, term);
    }
    for (size_t i = 0; term->op != TERM_CALL && i < term->arg_count; i++)
        if (term->args[i]->type->form != TYPE_BOOL)
            change_conditions(breeder, &term->args[i], PART);
}

/* What the definition says that is called there. */
static void change_inside(struct breeder *breeder, struct term **place) {
    if (breeder->outer != NULL)
        return;
    struct term *inlined = term_inline(breeder->rulebook, breeder->action, *place);
    bool is_condition = inlined->type->form == TYPE_BOOL;
    if (is_condition) /* so that all of it, too, has a place */
        inlined = negation(breeder, negation(breeder, inlined));
    breeder->outer = place;
    breeder->inlined = inlined;
    if (is_condition)
        change_conditions(breeder, &inlined->args[0], BOTH_KNOWN);
    else
        for (size_t i = 0; i < (inlined->op >= TERM_FORALL ? 2 : inlined->arg_count); i++)
            if (inlined->args[i] != NULL)
                change_conditions(breeder, &inlined->args[i], PART);
    move_bounds(breeder, inlined);
    breeder->outer = NULL;
    breeder->inlined = NULL;
}

static void change_conditions(struct breeder *breeder, struct term **place, enum whole whole) {
    struct term *term = *place;
    switch ((int)term->op) {
    case TERM_NOT:
        if (whole == WHOLE || whole == WHOLE_NEGATED)
            whole = whole == WHOLE ? WHOLE_NEGATED : WHOLE;
        change_conditions(breeder, &term->args[0], whole);
        return;
    case TERM_AND:
    case TERM_OR:
    case TERM_IMPLIES:
    case TERM_IFF:
    case TERM_IF:
        for (size_t i = 0; i < term->arg_count; i++)
            change_conditions(breeder, &term->args[i], PART);
        return;
    case TERM_FORALL:
    case TERM_EXISTS:
    case TERM_UNIQUE:
    case TERM_COUNT:
    case TERM_SUM:
    case TERM_THE:
        for (size_t i = 0; i < 2; i++)
            if (term->args[i] != NULL)
                change_conditions(breeder, &term->args[i], PART);
        return;
    case TERM_CALL:
        if (term->type->form == TYPE_BOOL)
            change_atom(breeder, place, whole);
        change_inside(breeder, place);
        return;
    }
    if (term->type->form == TYPE_BOOL)
        change_atom(breeder, place, whole);
    else
        for (size_t i = 0; i < term->arg_count; i++)
            change_conditions(breeder, &term->args[i], PART);
}

/* ---- checks ---- */

static bool has_code(const struct check *check, const char *code) {
    for (size_t i = 0; i < check->code_count; i++)
        if (strcmp(check->codes[i], code) == 0)
            return true;
    return false;
}

/* The code of the next check with another one. */
static void change_code(struct breeder *breeder, struct check *check) {
    const struct action *action = breeder->action;
    const char **codes = arena_alloc(&breeder->rulebook->arena, sizeof *codes);
    codes[0] = has_code(check, "InternalError") ? "Unavailable" : "InternalError";
    for (size_t i = 1; i < action->checks.count; i++) {
        const struct check *other = &action->checks.at[(breeder->base.rule + i) % action->checks.count];
        if (!has_code(check, other->codes[0])) {
            codes[0] = other->codes[0];
            break;
        }
    }
    struct mutant mutant = breeder->base;
    mutant.mutation = MUTATION_CODE;
    mutant.span = check->origin.span;
    mutant.check = check;
    mutant.codes = codes;
    mutant.code_count = 1;
    vec_push(breeder->mutants, mutant);
}

static void change_check(struct breeder *breeder, struct check *check) {
    add(breeder, MUTATION_DROP, &check->require, truth(breeder, check->require->span, true));
    add(breeder, MUTATION_NEGATE, &check->require, negation(breeder, check->require));
    move_bounds(breeder, check->require);
    if (breeder->all) {
        change_code(breeder, check);
        change_conditions(breeder, &check->require, WHOLE);
    }
}

/* ---- effects ---- */

/* Do both agree in every field of the state that is one value? */
static struct term *are_alike(struct breeder *breeder, const struct kind *kind, struct term *a, struct term *b) {
    struct term *alike = truth(breeder, b->span, true);
    for (size_t i = 0; i < kind->fields.count; i++) {
        const struct field *field = kind->fields.at[i];
        if (field->is_constant || field->type->form == TYPE_SET || field->type->form == TYPE_MAP)
            continue;
        struct term *sides[2] = {a, b};
        for (size_t k = 0; k < 2; k++) {
            sides[k] = typed(breeder, TERM_FIELD, field->type, b->span, sides[k], NULL);
            sides[k]->field = field;
            sides[k]->name = field->name;
        }
        struct term *same = typed(breeder, TERM_EQ, &breeder->rulebook->bool_type, b->span, sides[0], sides[1]);
        alike = typed(breeder, TERM_AND, &breeder->rulebook->bool_type, b->span, alike, same);
    }
    return alike;
}

/* Is `a` the object `b` or the one after it? */
static struct term *is_here_or_next(struct breeder *breeder, const struct kind *kind, struct term *a, struct term *b) {
    const struct type *truth_type = &breeder->rulebook->bool_type;
    struct term *found = typed(breeder, TERM_EQ, truth_type, b->span, a, b);
    for (size_t i = 0; i < kind->objects.count; i++) {
        struct term *pair[2];
        for (size_t k = 0; k < 2; k++) {
            struct term *object = typed(breeder, TERM_OBJECT, kind->type, b->span, NULL, NULL);
            object->value = (int32_t)((i + k) % kind->objects.count);
            pair[k] = typed(breeder, TERM_EQ, truth_type, b->span, k == 0 ? b : a, object);
        }
        struct term *both = typed(breeder, TERM_AND, truth_type, b->span, pair[0], pair[1]);
        found = typed(breeder, TERM_OR, truth_type, b->span, found, both);
    }
    return found;
}

/* The same assignment for every object of the kind, for every one like it, and for the next one. */
static void assign_to_all(struct breeder *breeder, struct effect *effect) {
    struct term *target = effect->target, *place = target->op == TERM_INDEX ? target->args[0] : target;
    struct term *object = place->args[0];
    if (place->field->kind->objects.count < 2)
        return;
    struct arena *arena = &breeder->rulebook->arena;
    struct term *each = typed(breeder, TERM_LOCAL, place->field->kind->type, object->span, NULL, NULL);
    each->slot = breeder->action->frame++;
    each->name = "each";
    struct term *field = arena_copy(arena, place, sizeof *place);
    field->args = arena_alloc(arena, sizeof *field->args);
    field->args[0] = each;
    struct effect *body = arena_copy(arena, effect, sizeof *effect);
    body->target = field;
    if (target->op == TERM_INDEX) {
        body->target = arena_copy(arena, target, sizeof *target);
        body->target->args = arena_alloc(arena, 2 * sizeof *field->args);
        body->target->args[0] = field;
        body->target->args[1] = target->args[1];
    }
    struct effect all = {.form = EFFECT_FOR, .span = effect->span, .name = each->name, .slot = each->slot};
    struct effect alike;
    all.domain.type = each->type;
    all.body = arena_copy(arena, &body, sizeof body);
    all.body_count = 1;
    add_effect(breeder, MUTATION_ALL, effect, all);
    alike = all;
    alike.condition = are_alike(breeder, place->field->kind, each, object);
    add_effect(breeder, MUTATION_ALIKE, effect, alike);
    struct effect next = all;
    next.condition = is_here_or_next(breeder, place->field->kind, each, object);
    add_effect(breeder, MUTATION_NEXT, effect, next);
}

static void change_assigned(struct breeder *breeder, struct effect *effect) {
    const struct type *type = effect->target->type;
    struct term *value = effect->value, *none;
    if (type->form == TYPE_REF && type->optional && value->op != TERM_NONE) {
        none = typed(breeder, TERM_NONE, value->type, value->span, NULL, NULL);
        none->type = type;
        add(breeder, MUTATION_VALUE, &effect->value, none);
    } else if (type->form == TYPE_SET && !(value->op == TERM_SET && value->arg_count == 0)) {
        add(breeder, MUTATION_VALUE, &effect->value, typed(breeder, TERM_SET, type, value->span, NULL, NULL));
    } else if (type->form == TYPE_ENUM) {
        change_value(breeder, &effect->value);
    }
    change_conditions(breeder, &effect->value, PART);
    move_bounds(breeder, effect->value);
    assign_to_all(breeder, effect);
}

static void change_domain(struct breeder *breeder, struct effect *effect) {
    struct effect all = *effect;
    if (effect->domain.set != NULL) {
        all.domain.set = NULL;
        add_effect(breeder, MUTATION_ALL, effect, all);
    }
}

/* `is_only`: leaving it out is leaving the whole rule out. */
static void change_effect(struct breeder *breeder, struct effect *effect, bool is_only) {
    if (breeder->all && !is_only)
        add_effect(breeder, MUTATION_DROP, effect, (struct effect){.form = EFFECT_IF, .span = effect->span});
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *target = effect->target;
        if (target->type->form == TYPE_BOOL)
            add(breeder, MUTATION_NEGATE, &effect->value, negation(breeder, effect->value));
        else if (target->type->form == TYPE_INT)
            move_by_one(breeder, &effect->value);
        if (breeder->all)
            change_assigned(breeder, effect);
        return;
    }
    if (breeder->all && effect->form == EFFECT_FOR)
        change_domain(breeder, effect);
    if (effect->condition != NULL) {
        add(breeder, MUTATION_NEGATE, &effect->condition, negation(breeder, effect->condition));
        move_bounds(breeder, effect->condition);
        if (breeder->all)
            change_conditions(breeder, &effect->condition, PART);
    }
    size_t count = effect->body_count + effect->otherwise_count;
    for (size_t i = 0; i < effect->body_count; i++)
        change_effect(breeder, effect->body[i], is_only && count == 1);
    for (size_t i = 0; i < effect->otherwise_count; i++)
        change_effect(breeder, effect->otherwise[i], false);
}

static void change_rule(struct breeder *breeder, struct rule_effect *rule) {
    /* a block: syntax_effect() wraps every text in one */
    struct effect nothing = *rule->effect;
    nothing.body_count = nothing.otherwise_count = 0;
    add_effect(breeder, MUTATION_DROP, rule->effect, nothing);
    change_effect(breeder, rule->effect, true);
}

static bool mentions(const struct term *term, const struct binding *let) {
    if (term == NULL)
        return false;
    bool found = term->op == TERM_LET && term->binding == let;
    if (term->op >= TERM_FORALL)
        found = found || mentions(term->domain.set, let) || mentions(term->args[1], let);
    for (size_t i = 0; i < term->arg_count && !found; i++)
        found = mentions(term->args[i], let);
    return found;
}

/* Does it decide which calls there are or what the service may choose? */
static bool steers(const struct action *action, const struct binding *let) {
    bool found = mentions(action->where, let) || mentions(action->when, let) || mentions(action->allow, let);
    for (size_t i = 0; i < action->choices.count; i++)
        found = found || mentions(action->choices.at[i]->term, let);
    return found;
}

static void change_let(struct breeder *breeder, struct binding *let) {
    change_conditions(breeder, &let->term, PART);
    move_bounds(breeder, let->term);
}

/* ---- all ---- */

static void change_action(struct breeder *breeder, struct action *action) {
    breeder->action = action;
    for (size_t k = 0; k < action->checks.count; k++) {
        struct check *check = &action->checks.at[k];
        breeder->base = (struct mutant){.action = action, .part = MUTANT_CHECK, .rule = k, .origin = &check->origin};
        change_check(breeder, check);
    }
    for (size_t e = 0; e < action->effects.count; e++) {
        struct rule_effect *rule = &action->effects.at[e];
        breeder->base = (struct mutant){.action = action, .part = MUTANT_EFFECT, .rule = e, .origin = &rule->origin};
        change_rule(breeder, rule);
    }
    for (size_t i = 0; breeder->all && i < action->lets.count; i++) {
        if (steers(action, action->lets.at[i]))
            continue;
        breeder->base = (struct mutant){.action = action, .part = MUTANT_LET, .rule = i};
        change_let(breeder, action->lets.at[i]);
    }
}

void mutants_list(struct rulebook *rulebook, enum mutation_set set, mutant_list *mutants) {
    struct breeder breeder = {.rulebook = rulebook, .mutants = mutants, .all = set == MUTATIONS_ALL};
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        struct action *action = rulebook->actions.at[a];
        if (action->is_allowed && action->process == NULL)
            change_action(&breeder, action);
    }
}

void mutant_toggle(struct mutant *mutant) {
    if (mutant->outer != NULL) {
        struct term *kept = *mutant->outer;
        *mutant->outer = mutant->inlined;
        mutant->inlined = kept;
    }
    if (mutant->place != NULL) {
        struct term *kept = *mutant->place;
        *mutant->place = mutant->term;
        mutant->term = kept;
    } else if (mutant->effect != NULL) {
        struct effect kept = *mutant->effect;
        *mutant->effect = mutant->inside;
        mutant->inside = kept;
    } else {
        const char **codes = mutant->check->codes;
        size_t count = mutant->check->code_count;
        mutant->check->codes = mutant->codes;
        mutant->check->code_count = mutant->code_count;
        mutant->codes = codes;
        mutant->code_count = count;
    }
}

const char *mutation_text(enum mutation mutation) {
    static const char *const texts[] = {
#define MUTATION(name, words, slug) words,
        MUTATIONS
#undef MUTATION
    };
    return texts[mutation];
}

const char *mutation_slug(enum mutation mutation) {
    static const char *const texts[] = {
#define MUTATION(name, words, slug) slug,
        MUTATIONS
#undef MUTATION
    };
    return texts[mutation];
}
