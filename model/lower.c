/* Grounding: terms become expressions over state variables, actions become calls and transitions.
 *
 * Parameters are bound one value at a time and conditions are tried as soon as all they need is bound, so
 * that arguments which can never be given are never enumerated further. */
#include <string.h>

#include "model/eval.h"
#include "model/lowering.h"

enum { ASSUMING_ROUNDS = 8 };

/* ---- actions ---- */

/* Which of the parameters a term needs: the number of leading ones that must be bound. */
static size_t needs(const struct term *term, size_t parameter_count) {
    if (term == NULL)
        return 0;
    size_t most = 0;
    if (term->op == TERM_LOCAL && term->slot < parameter_count)
        most = term->slot + 1;
    if (term->op == TERM_LET)
        most = needs(term->binding->term, parameter_count);
    if (term->op >= TERM_FORALL) {
        size_t more = needs(term->domain.set, parameter_count);
        most = more > most ? more : most;
        more = needs(term->args[1], parameter_count);
        most = more > most ? more : most;
    }
    for (size_t i = 0; i < term->arg_count; i++) {
        size_t more = needs(term->args[i], parameter_count);
        most = more > most ? more : most;
    }
    return most;
}

/* The conjuncts of `term` that become decidable with the first `bound` parameters: is one of them false? */
static bool is_ruled_out(struct lowering *low, const struct term *term, size_t bound) {
    if (term == NULL)
        return false;
    if (term->op == TERM_AND)
        return is_ruled_out(low, term->args[0], bound) || is_ruled_out(low, term->args[1], bound);
    if (needs(term, low->action->parameters.count) != bound)
        return false;
    low->defined = EXPR_TRUE;
    bool is_false = lower_scalar(low, term) == EXPR_FALSE;
    low->defined = EXPR_TRUE;
    return is_false;
}

/* What a conjunct of `term` says the binding is: the value of a term that needs nothing but what is bound before. */
static bool find_fixed(struct lowering *low, const struct binding *binding, const struct term *term,
                       struct value *fixed) {
    if (term == NULL)
        return false;
    if (term->op == TERM_AND)
        return find_fixed(low, binding, term->args[0], fixed) || find_fixed(low, binding, term->args[1], fixed);
    if (term->op != TERM_EQ || term->args[0]->op != TERM_LOCAL || term->args[0]->slot != binding->slot ||
        needs(term->args[1], SIZE_MAX) > binding->slot)
        return false;
    low->defined = EXPR_TRUE;
    *fixed = lower_term(low, term->args[1]);
    low->defined = EXPR_TRUE;
    return true;
}

/* A constant, or a variable of which it is assumed that it keeps its initial value. */
static bool is_known(struct lowering *low, expr_id id, int32_t *value) {
    const struct expr *node = expr_get(low->exprs, id);
    if (expr_is_const(low->exprs, id, value))
        return true;
    if (node->op != OP_VAR || low->moves == NULL || low->action->step == NULL || low->moves[node->payload])
        return false;
    low->assumes = true;
    *value = low->system->vars.at[node->payload].initial;
    return true;
}

/* The values to try: one, if it is known which one it must be. */
static void digit_range(struct lowering *low, const struct binding *binding, const struct value *fixed, uint32_t digit,
                        int32_t *first, int32_t *last) {
    int32_t known;
    type_range(type_element(low->system->rulebook, binding->type), first, last);
    if (fixed == NULL || !is_known(low, fixed->at[digit], &known))
        return;
    *first = known > *first ? known : *first;
    *last = known < *last ? known : *last;
}

void lower_bind_digits(struct lowering *low, const struct binding *binding, size_t first_digit) {
    const struct type *element = type_element(low->system->rulebook, binding->type);
    expr_id *values = arena_alloc(&low->scratch, (binding->width + 1) * sizeof *values);
    for (uint32_t i = 0; i < binding->width; i++)
        values[i] = lower_constant(low, element, low->digits.at[first_digit + i]);
    low->frame[binding->slot] = (struct value){binding->type, binding->width, values};
}

struct call_context {
    uint32_t call;
    expr_id guard;
    expr_list fresh, complete; /* conditions on 'new' choices alone, on all choices; besides the guard */
};

static void add_transition(struct lowering *low, struct call_context *context, expr_id guard) {
    struct system *system = low->system;
    if (guard == EXPR_FALSE)
        return;
    if (system->transitions.count >= LIMIT_TRANSITIONS) {
        low->too_large = true;
        return;
    }
    struct system_transition transition = {.call = context->call, .guard = guard};
    transition.arguments = (uint32_t)system->arguments.count;
    for (size_t i = 0; i < low->digits.count; i++)
        vec_push(&system->arguments, low->digits.at[i]);
    for (size_t i = 0; i < low->action->effects.count; i++)
        lower_effect(low, low->action->effects.at[i].effect, guard, EXPR_TRUE);
    lower_updates(low, &transition);
    vec_push(&system->transitions, transition);
}

/* `chosen`: what the choices so far need besides the context's guard. */
static void enumerate_choices(struct lowering *low, struct call_context *context, size_t index, expr_id chosen,
                              expr_id fresh);

static void enumerate_choice_digits(struct lowering *low, struct call_context *context, size_t index, uint32_t digit,
                                    const struct value *fixed, expr_id chosen, expr_id fresh) {
    const struct binding *binding = low->action->choices.at[index];
    int32_t first, last;
    if (digit < binding->width) {
        digit_range(low, binding, fixed, digit, &first, &last);
        for (int32_t value = first; value <= last && lower_may_go_on(low); value++) {
            vec_push(&low->digits, value);
            enumerate_choice_digits(low, context, index, digit + 1, fixed, chosen, fresh);
            low->digits.count--;
        }
        return;
    }
    if (binding->mode == BINDING_NEW && !rulebook_is_free(low->action, binding, low->digits.at[low->digits.count - 1]))
        return;
    lower_bind_digits(low, binding, low->digits.count - binding->width);
    expr_id guard = expr_and2(low->exprs, context->guard, chosen);
    expr_id condition = binding->term == NULL ? EXPR_TRUE : lower_guarded(low, binding->term, guard);
    if (binding->mode == BINDING_NEW)
        fresh = expr_and2(low->exprs, fresh, condition);
    if (expr_and2(low->exprs, guard, condition) != EXPR_FALSE)
        enumerate_choices(low, context, index + 1, expr_and2(low->exprs, chosen, condition), fresh);
}

static void enumerate_choices(struct lowering *low, struct call_context *context, size_t index, expr_id chosen,
                              expr_id fresh) {
    if (index < low->action->choices.count) {
        const struct binding *binding = low->action->choices.at[index];
        struct value fixed = {0};
        bool is_fixed = find_fixed(low, binding, binding->term, &fixed);
        enumerate_choice_digits(low, context, index, 0, is_fixed ? &fixed : NULL, chosen, fresh);
        return;
    }
    vec_push(&context->fresh, fresh);
    vec_push(&context->complete, chosen);
    add_transition(low, context, expr_and2(low->exprs, context->guard, chosen));
}

/* `id` without the conjuncts that `supposed` has, too. */
static expr_id suppose(struct lowering *low, expr_id id, expr_id supposed) {
    const struct exprs *exprs = low->exprs;
    bool is_and = expr_get(exprs, id)->op == OP_AND, all = expr_get(exprs, supposed)->op == OP_AND;
    expr_list rest = {0};
    for (uint32_t i = 0; i < (is_and ? expr_get(exprs, id)->count : 1); i++) {
        expr_id part = is_and ? expr_args(exprs, id)[i] : id;
        bool known = part == supposed;
        for (uint32_t k = 0; all && !known && k < expr_get(exprs, supposed)->count; k++)
            known = expr_args(exprs, supposed)[k] == part;
        if (!known)
            vec_push(&rest, part);
    }
    expr_id result = expr_and(low->exprs, rest.at, rest.count);
    vec_free(&rest);
    return result;
}

/* If all checks hold and there is room for new objects, the service must find a choice. */
static void oblige_choice(struct lowering *low, struct call_context *context) {
    const struct action *action = low->action;
    bool free_choice = false;
    for (size_t i = 0; i < action->choices.count; i++)
        free_choice = free_choice || action->choices.at[i]->mode == BINDING_CHOICE;
    bool fresh_choice = false;
    for (size_t i = 0; i < action->choices.count; i++)
        fresh_choice = fresh_choice || action->choices.at[i]->mode == BINDING_NEW;
    if (!free_choice || action->by != BY_CLIENT)
        return;
    expr_id room = fresh_choice ? expr_or(low->exprs, context->fresh.at, context->fresh.count) : EXPR_TRUE;
    expr_id needed = expr_and2(low->exprs, context->guard, room);
    for (size_t i = 0; i < context->complete.count; i++)
        context->complete.at[i] = suppose(low, context->complete.at[i], needed);
    expr_id some = expr_or(low->exprs, context->complete.at, context->complete.count);
    lower_oblige(low, action->origin.span, obligation_choice, expr_implies(low->exprs, needed, some));
}

/* Of a plan's step, if nothing is sliced away: what has no meaning does not hold. */
static expr_id lower_established(struct lowering *low) {
    const struct action *action = low->action;
    if (action->establishes == NULL || action->step == NULL || low->system->slice.dropped_fields > 0)
        return EXPR_TRUE;
    low->defined = EXPR_TRUE;
    expr_id holds = lower_scalar(low, action->establishes);
    holds = expr_and2(low->exprs, low->defined, holds);
    low->defined = EXPR_TRUE;
    return holds;
}

static void lower_call_with_arguments(struct lowering *low) {
    struct system *system = low->system;
    const struct action *action = low->action;
    struct exprs *exprs = low->exprs;
    const struct term *conditions[] = {action->where, action->allow, action->when};
    expr_id guard = EXPR_TRUE;
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
        if (conditions[i] != NULL && guard != EXPR_FALSE)
            guard = expr_and2(exprs, guard, lower_guarded(low, conditions[i], guard));
    if (guard == EXPR_FALSE)
        return;
    struct system_call call = {.action = action, .enabled = guard, .establishes = lower_established(low)};
    call.arguments = (uint32_t)system->arguments.count;
    for (size_t i = 0; i < low->digits.count; i++)
        vec_push(&system->arguments, low->digits.at[i]);
    call.checks = (uint32_t)system->check_conditions.count;
    for (size_t i = 0; i < action->checks.count; i++) {
        expr_id holds = lower_guarded(low, action->checks.at[i].require, guard);
        vec_push(&system->check_conditions, holds);
        guard = expr_and2(exprs, guard, holds);
    }
    vec_push(&system->calls, call);
    if (guard == EXPR_FALSE)
        return;
    struct call_context context = {.call = (uint32_t)system->calls.count - 1, .guard = guard};
    enumerate_choices(low, &context, 0, EXPR_TRUE, EXPR_TRUE);
    oblige_choice(low, &context);
    vec_free(&context.fresh);
    vec_free(&context.complete);
}

static void enumerate_parameters(struct lowering *low, size_t index);

static void enumerate_digits(struct lowering *low, size_t index, uint32_t digit, const struct value *fixed) {
    const struct binding *binding = low->action->parameters.at[index];
    int32_t first, last;
    if (digit == binding->width) {
        lower_bind_digits(low, binding, low->digits.count - binding->width);
        enumerate_parameters(low, index + 1);
        return;
    }
    digit_range(low, binding, fixed, digit, &first, &last);
    for (int32_t value = first; value <= last && lower_may_go_on(low); value++) {
        vec_push(&low->digits, value);
        enumerate_digits(low, index, digit + 1, fixed);
        low->digits.count--;
    }
}

static void enumerate_parameters(struct lowering *low, size_t index) {
    const struct action *action = low->action;
    if (low->too_large || low->exprs->overflow)
        return;
    if (is_ruled_out(low, action->where, index) || is_ruled_out(low, action->allow, index))
        return;
    if (index == action->parameters.count) {
        lower_call_with_arguments(low);
        arena_clear(&low->scratch); /* values of outer bindings are made again below */
        size_t at = 0;
        low->frame = arena_alloc(&low->scratch, (action->frame + 1) * sizeof *low->frame);
        for (size_t i = 0; i < action->parameters.count; i++) {
            lower_bind_digits(low, action->parameters.at[i], at);
            at += action->parameters.at[i]->width;
        }
        return;
    }
    const struct binding *binding = action->parameters.at[index];
    struct value fixed = {0};
    bool is_fixed = find_fixed(low, binding, action->allow, &fixed);
    expr_list kept = {0}; /* the scratch arena is cleared on the way */
    for (uint32_t i = 0; is_fixed && i < fixed.count; i++)
        vec_push(&kept, fixed.at[i]);
    fixed.at = kept.at;
    enumerate_digits(low, index, 0, is_fixed ? &fixed : NULL);
    vec_free(&kept);
}

/* ---- the system ---- */

static void add_vars(struct lowering *low) {
    struct system *system = low->system;
    struct rulebook *rulebook = system->rulebook;
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        for (size_t f = 0; f < kind->fields.count; f++) {
            const struct field *field = kind->fields.at[f];
            low->first_var[field->index] = UINT32_MAX;
            if (field->is_constant || !system->slice.fields[field->index] || system->slice.fixed[field->index])
                continue;
            low->first_var[field->index] = (uint32_t)system->vars.count;
            for (uint32_t o = 0; o < kind->objects.count; o++)
                for (uint32_t e = 0; e < field->width; e++) {
                    struct system_var var = {.field = field, .object = o, .element = e};
                    var.slot = kind->state_base + o * kind->state_width + field->offset + e;
                    type_range(type_element(rulebook, field->type), &var.low, &var.high);
                    var.is_bool = type_holds_bools(field->type);
                    var.initial = system->initial[var.slot];
                    const char *object = kind->objects.at[o].name;
                    if (field->type->form == TYPE_SET)
                        var.name = arena_format(&system->arena, "%s.%s[%s]", object, field->name,
                                                field->type->kind->objects.at[e].name);
                    else if (field->type->form == TYPE_MAP) {
                        int32_t first, last;
                        type_range(field->type->key, &first, &last);
                        var.name = arena_format(&system->arena, "%s.%s[%s]", object, field->name,
                                                value_text(rulebook, field->type->key, first + (int32_t)e));
                    } else
                        var.name = arena_format(&system->arena, "%s.%s", object, field->name);
                    vec_push(&system->vars, var);
                }
        }
    }
}

static void lower_action(struct lowering *low, const struct action *action) {
    low->action = action;
    low->frame = arena_alloc(&low->scratch, (action->frame + 1) * sizeof *low->frame);
    low->digits.count = 0;
    enumerate_parameters(low, 0);
    arena_clear(&low->scratch);
    low->action = NULL;
}

/* Can the update give the variable another value than it has initially, if so far none has? */
static bool moves_var(const struct system *system, uint32_t var, expr_id value) {
    const struct expr *node = expr_get(&system->exprs, value);
    if (node->op == OP_ITE)
        return moves_var(system, var, expr_args(&system->exprs, value)[1]) ||
               moves_var(system, var, expr_args(&system->exprs, value)[2]);
    if (node->op == OP_VAR)
        return (uint32_t)node->payload != var;
    return node->op != OP_CONST || node->payload != system->vars.at[var].initial;
}

/* Marks what moves; true if it was assumed of some of it that it does not. */
static bool find_moves(struct lowering *low) {
    const struct system *system = low->system;
    bool found = false;
    for (size_t u = 0; u < system->updates.count; u++) {
        const struct system_update *update = &system->updates.at[u];
        if (low->moves[update->var] || !moves_var(system, update->var, update->value))
            continue;
        low->moves[update->var] = true;
        found = true;
    }
    return found;
}

static void start_again(struct lowering *low) {
    struct system *system = low->system;
    exprs_clear(&system->exprs);
    exprs_init(&system->exprs);
    meanings_clear(&low->meanings);
    system->arguments.count = system->calls.count = system->check_conditions.count = 0;
    system->transitions.count = system->updates.count = 0;
    for (size_t i = 0; i < low->demands.count; i++)
        vec_free(&low->demands.at[i]->instances);
    low->demands.count = 0;
    low->work = 0;
    low->assumes = false;
}

/* A step's argument may be a set that depends on the state (`e.groups + {g}`): 2^n possible values, most of which no
 * state ever asks for.  So its members are taken for what they are initially, unless something that was lowered
 * changes them; then all is lowered again, until what was assumed is true of all that was lowered.  By induction it is
 * true of all reachable states. */
static void lower_actions(struct lowering *low, bool whole) {
    const struct system *system = low->system;
    low->moves = whole ? arena_alloc(&low->system->arena, system->vars.count + 1) : NULL;
    if (whole)
        memset(low->moves, 0, system->vars.count + 1);
    for (int round = 0;; round++) {
        if (round == ASSUMING_ROUNDS)
            low->moves = NULL;
        for (size_t i = 0; i < system->rulebook->actions.count; i++)
            if (system->slice.actions[i])
                lower_action(low, system->rulebook->actions.at[i]);
        if (!low->assumes || low->too_large || low->exprs->overflow || !find_moves(low))
            return;
        start_again(low);
    }
}

/* Every step whose turn it is passes all checks, and something can happen until all steps are done. */
static expr_id lower_plan(struct lowering *low) {
    const struct system *system = low->system;
    struct exprs *exprs = low->exprs;
    VEC(expr_id) good = {0}, done = {0}, possible = {0};
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        if (call->action->step == NULL || call->action->is_waiter)
            continue;
        expr_id passes = expr_and(exprs, system->check_conditions.at + call->checks, call->action->checks.count);
        vec_push(&good, expr_implies(exprs, call->enabled, passes));
    }
    const struct kind *kind = system->rulebook->step_kind;
    for (size_t f = 0; kind != NULL && f < kind->fields.count; f++)
        for (uint32_t o = 0; strcmp(kind->fields.at[f]->name, "done") == 0 && o < kind->objects.count; o++)
            vec_push(&done, lower_state(low, kind->fields.at[f], o, 0));
    for (size_t t = 0; t < system->transitions.count; t++)
        vec_push(&possible, system->transitions.at[t].guard);
    expr_id all_good = expr_and(exprs, good.at, good.count), all_done = expr_and(exprs, done.at, done.count);
    expr_id some = expr_or(exprs, possible.at, possible.count);
    vec_free(&good);
    vec_free(&done);
    vec_free(&possible);
    return expr_and2(exprs, all_good, expr_implies(exprs, expr_not(exprs, some), all_done));
}

static void lower_property(struct lowering *low, const struct property *property) {
    struct system_property target = {.property = property, .holds = EXPR_TRUE, .from = EXPR_TRUE};
    low->frame = arena_alloc(&low->scratch, (property->frame + 1) * sizeof *low->frame);
    if (property->form == PROPERTY_STEP) {
        lower_step(low, &target);
    } else if (property->form == PROPERTY_PLAN) {
        target.holds = lower_plan(low);
    } else {
        if (property->term != NULL)
            target.holds = lower_guarded(low, property->term, EXPR_TRUE);
        if (property->from != NULL)
            target.from = lower_guarded(low, property->from, EXPR_TRUE);
    }
    arena_clear(&low->scratch);
    vec_push(&low->system->properties, target);
}

static bool find_initial(struct system *system, struct diags *diags) {
    struct evaluator evaluator;
    evaluator_init(&evaluator, system->rulebook);
    system->initial = arena_alloc(&system->arena, (system->rulebook->state_width + 1) * sizeof *system->initial);
    bool good = eval_initial(&evaluator, system->initial);
    if (!good)
        diag_error(diags, evaluator.problem.span, DIAG_INITIAL, "the initial state is broken here: %s",
                   evaluator.problem.text);
    evaluator_clear(&evaluator);
    return good;
}

struct system *system_new(struct rulebook *rulebook, const struct property *const *properties, size_t property_count,
                          bool whole, struct diags *diags) {
    struct system *system = memory_resize(NULL, sizeof *system);
    *system = (struct system){.rulebook = rulebook};
    exprs_init(&system->exprs);
    slice_init(&system->slice, rulebook, properties, property_count, whole);
    if (!find_initial(system, diags)) {
        system_free(system);
        return NULL;
    }
    struct lowering low = {.system = system, .exprs = &system->exprs, .diags = diags, .defined = EXPR_TRUE};
    low.first_var = arena_alloc(&system->arena, (rulebook->field_count + 1) * sizeof *low.first_var);
    add_vars(&low);
    lower_actions(&low, whole);
    for (size_t i = 0; i < property_count; i++)
        if (properties[i]->form != PROPERTY_SCENARIO) /* the plain evaluator plays it */
            lower_property(&low, properties[i]);
    lower_obligations(&low);
    vec_free(&low.writes);
    vec_free(&low.digits);
    meanings_clear(&low.meanings);
    arena_clear(&low.scratch);
    if (low.too_large || system->exprs.overflow) {
        struct span whole_file = {0, 0, 0, 0};
        diag_error(diags, whole_file, DIAG_BAD_SCOPE,
                   "the system would be too large (%zu transitions, %zu expressions), or a number leaves +-%d; "
                   "expected a smaller scope",
                   system->transitions.count, system->exprs.nodes.count, LIMIT_INTEGER);
        system_free(system);
        return NULL;
    }
    system_check(system);
    return system;
}
