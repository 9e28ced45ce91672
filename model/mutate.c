#include "model/mutate.h"

struct breeder {
    struct rulebook *rulebook;
    mutant_list *mutants;
    struct mutant base; /* the rule that is being changed */
};

static struct term *typed(struct breeder *breeder, enum term_op op, const struct type *type, struct span span,
                          struct term *a, struct term *b) {
    struct term *term = term_new(&breeder->rulebook->arena, op, span, a, b);
    term->type = type;
    return term;
}

static void add(struct breeder *breeder, enum mutation mutation, struct term **place, struct term *replacement) {
    struct mutant mutant = breeder->base;
    mutant.mutation = mutation;
    mutant.span = (*place)->span;
    mutant.place = place;
    mutant.replacement = replacement;
    vec_push(breeder->mutants, mutant);
}

static void negate(struct breeder *breeder, struct term **place) {
    struct term *term = *place;
    add(breeder, MUTATION_NEGATE, place,
        typed(breeder, TERM_NOT, &breeder->rulebook->bool_type, term->span, term, NULL));
}

/* The number there plus and minus one. */
static void move_by_one(struct breeder *breeder, struct term **place) {
    struct term *term = *place,
                *one = typed(breeder, TERM_NUMBER, &breeder->rulebook->int_type, term->span, NULL, NULL);
    one->value = 1;
    const struct type *type = &breeder->rulebook->int_type;
    add(breeder, MUTATION_PLUS, place, typed(breeder, TERM_ADD, type, term->span, term, one));
    add(breeder, MUTATION_MINUS, place, typed(breeder, TERM_SUB, type, term->span, term, one));
}

static bool compares_numbers(const struct term *term) {
    return term->op >= TERM_EQ && term->op <= TERM_GE && term->args[0]->type->form == TYPE_INT &&
           term->args[1]->type->form == TYPE_INT;
}

/* Every bound of a comparison of numbers in the condition. */
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

static void change_check(struct breeder *breeder, struct check *check) {
    struct term *yes = typed(breeder, TERM_BOOL, &breeder->rulebook->bool_type, check->require->span, NULL, NULL);
    yes->value = 1;
    add(breeder, MUTATION_DROP, &check->require, yes);
    negate(breeder, &check->require);
    move_bounds(breeder, check->require);
}

static void change_effect(struct breeder *breeder, struct effect *effect) {
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *target = effect->target;
        if (target->type->form == TYPE_BOOL)
            negate(breeder, &effect->value);
        else if (target->type->form == TYPE_INT)
            move_by_one(breeder, &effect->value);
        return;
    }
    if (effect->condition != NULL) {
        negate(breeder, &effect->condition);
        move_bounds(breeder, effect->condition);
    }
    for (size_t i = 0; i < effect->body_count; i++)
        change_effect(breeder, effect->body[i]);
    for (size_t i = 0; i < effect->otherwise_count; i++)
        change_effect(breeder, effect->otherwise[i]);
}

void mutants_list(struct rulebook *rulebook, mutant_list *mutants) {
    struct breeder breeder = {.rulebook = rulebook, .mutants = mutants};
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        struct action *action = rulebook->actions.at[a];
        for (size_t k = 0; action->is_allowed && action->process == NULL && k < action->checks.count; k++) {
            struct check *check = &action->checks.at[k];
            breeder.base = (struct mutant){.action = action, .is_check = true, .rule = k, .origin = &check->origin};
            change_check(&breeder, check);
        }
        for (size_t e = 0; action->is_allowed && action->process == NULL && e < action->effects.count; e++) {
            struct rule_effect *rule = &action->effects.at[e];
            breeder.base = (struct mutant){.action = action, .rule = e, .origin = &rule->origin};
            struct mutant dropped = breeder.base;
            dropped.span = rule->effect->span;
            dropped.effect = rule->effect; /* a block: syntax_effect() wraps every text in one */
            vec_push(mutants, dropped);
            change_effect(&breeder, rule->effect);
        }
    }
}

void mutant_toggle(struct mutant *mutant) {
    if (mutant->place != NULL) {
        struct term *kept = *mutant->place;
        *mutant->place = mutant->replacement;
        mutant->replacement = kept;
    } else {
        size_t kept = mutant->effect->body_count;
        mutant->effect->body_count = mutant->body_count;
        mutant->body_count = kept;
    }
}

const char *mutation_text(enum mutation mutation) {
    static const char *const texts[] = {"dropped", "negated", "+1", "-1"};
    return texts[mutation];
}
