/* Terms become expressions over state variables.
 *
 * Beside its value every term has a condition under which it has a meaning (well-definedness, as in Event-B). */
#include <assert.h>
#include <string.h>

#include "model/lowering.h"

/* ---- values ---- */

static struct value single(struct lowering *low, const struct type *type, expr_id id) {
    return (struct value){type, 1, arena_copy(&low->scratch, &id, sizeof id)};
}

expr_id lower_scalar(struct lowering *low, const struct term *term) {
    struct value value = lower_term(low, term);
    assert(value.count == 1);
    return value.at[0];
}

bool type_holds_bools(const struct type *type) {
    return type->form == TYPE_BOOL || type->form == TYPE_SET ||
           (type->form == TYPE_MAP && type->value->form == TYPE_BOOL);
}

expr_id lower_constant(struct lowering *low, const struct type *type, int32_t value) {
    return type_holds_bools(type) ? expr_bool(value != 0) : expr_int(low->exprs, value);
}

void lower_demand(struct lowering *low, expr_id condition) {
    low->defined = expr_and2(low->exprs, low->defined, condition);
}

bool lower_may_go_on(struct lowering *low) {
    if (++low->work > LIMIT_WORK || low->exprs->overflow)
        low->too_large = true;
    return !low->too_large;
}

/* Some value of this type, to end with. */
static struct value constant_value(struct lowering *low, const struct type *type) {
    uint32_t width = type_width(type);
    int32_t first, last;
    type_range(type, &first, &last);
    expr_id *at = arena_alloc(&low->scratch, (width + 1) * sizeof *at);
    for (uint32_t i = 0; i < width; i++)
        at[i] = lower_constant(low, type, first > 0 ? first : 0);
    return (struct value){type, width, at};
}

/* Lowers `term`; its own definedness counts only where `condition` holds. */
static expr_id lower_where(struct lowering *low, const struct term *term, expr_id condition) {
    expr_id outer = low->defined;
    low->defined = EXPR_TRUE;
    expr_id result = lower_scalar(low, term);
    expr_id inner = expr_implies(low->exprs, condition, low->defined);
    low->defined = expr_and2(low->exprs, outer, inner);
    return result;
}

/* ---- reading the state ---- */

static expr_id read_var(struct lowering *low, uint32_t var) {
    const struct system_var *v = &low->system->vars.at[var];
    bool next = low->is_step && !low->in_old;
    return next ? expr_next(low->exprs, var, v->low, v->high, v->is_bool)
                : expr_var(low->exprs, var, v->low, v->high, v->is_bool);
}

uint32_t lower_var(const struct lowering *low, const struct field *field, uint32_t object, uint32_t element) {
    return low->first_var[field->index] + object * field->width + element;
}

expr_id lower_state(struct lowering *low, const struct field *field, uint32_t object, uint32_t element) {
    const struct kind *kind = field->kind;
    if (field->is_constant)
        return lower_constant(low, field->type, kind->objects.at[object].constants[field->offset + element]);
    if (low->first_var[field->index] ==
        UINT32_MAX) { /* fixed, or sliced away: then nothing that is kept depends on it */
        uint32_t slot = kind->state_base + object * kind->state_width + field->offset + element;
        return lower_constant(low, field->type, low->system->initial[slot]);
    }
    return read_var(low, lower_var(low, field, object, element));
}

static struct value lower_field(struct lowering *low, const struct term *term) {
    const struct field *field = term->field;
    size_t objects = field->kind->objects.count;
    expr_id base = lower_scalar(low, term->args[0]);
    expr_id *result = arena_alloc(&low->scratch, (field->width + 1) * sizeof *result);
    lower_demand(low, objects == 0 ? EXPR_FALSE : expr_le(low->exprs, expr_int(low->exprs, 0), base));
    expr_id *values = arena_alloc(&low->scratch, (objects + 1) * sizeof *values);
    int32_t known;
    bool is_known = expr_is_const(low->exprs, base, &known) && known >= 0;
    for (uint32_t e = 0; e < field->width; e++) {
        if (objects == 0) {
            result[e] = lower_constant(low, field->type, 0);
        } else if (is_known) {
            result[e] = lower_state(low, field, (uint32_t)known, e);
        } else {
            for (uint32_t o = 0; o < objects; o++)
                values[o] = lower_state(low, field, o, e);
            result[e] = expr_select(low->exprs, base, 0, values, objects);
        }
    }
    return (struct value){term->type, field->width, result};
}

static struct value lower_index(struct lowering *low, const struct term *term) {
    struct value map = lower_term(low, term->args[0]);
    expr_id key = lower_scalar(low, term->args[1]);
    int32_t first, last;
    type_range(map.type->key, &first, &last);
    lower_demand(low, expr_le(low->exprs, expr_int(low->exprs, first), key));
    lower_demand(low, expr_le(low->exprs, key, expr_int(low->exprs, last)));
    if (map.count == 0)
        return single(low, term->type, lower_constant(low, map.type, 0));
    return single(low, term->type, expr_select(low->exprs, key, first, map.at, map.count));
}

/* ---- variables of quantifiers ---- */

void lower_bind(struct lowering *low, uint32_t slot, const struct type *type, int32_t value) {
    low->frame[slot] = single(low, type, lower_constant(low, type, value));
}

expr_id lower_membership(struct lowering *low, const struct domain *domain, int32_t value) {
    return domain->set == NULL ? EXPR_TRUE : lower_term(low, domain->set).at[value];
}

static struct value lower_the(struct lowering *low, const struct term *term, const expr_list *conditions,
                              int32_t first) {
    expr_id one =
        expr_eq(low->exprs, expr_count(low->exprs, conditions->at, conditions->count), expr_int(low->exprs, 1));
    if (conditions->count == 0) {
        lower_demand(low, EXPR_FALSE);
        return single(low, term->type, expr_int(low->exprs, 0));
    }
    lower_demand(low, one);
    expr_id result = expr_int(low->exprs, first + (int32_t)conditions->count - 1);
    for (size_t i = conditions->count - 1; i-- > 0;)
        result = expr_ite(low->exprs, conditions->at[i], expr_int(low->exprs, first + (int32_t)i), result);
    return single(low, term->type, result);
}

static struct value lower_binder(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    int32_t first, last;
    type_range(term->domain.type, &first, &last);
    expr_list bodies = {0};
    for (int32_t value = first; value <= last && lower_may_go_on(low); value++) {
        expr_id considered = lower_membership(low, &term->domain, value);
        lower_bind(low, term->slot, term->domain.type, value);
        if (term->args[1] != NULL && considered != EXPR_FALSE)
            considered = expr_and2(exprs, considered, lower_where(low, term->args[1], considered));
        expr_id body = EXPR_FALSE;
        if (considered != EXPR_FALSE)
            body = lower_where(low, term->args[0], considered);
        else if (term->op == TERM_SUM)
            continue;
        if (term->op == TERM_FORALL)
            body = expr_implies(exprs, considered, body);
        else if (term->op == TERM_SUM)
            body = expr_ite(exprs, considered, body, expr_int(exprs, 0));
        else
            body = expr_and2(exprs, considered, body);
        vec_push(&bodies, body);
    }
    struct value result;
    if (term->op == TERM_THE)
        result = lower_the(low, term, &bodies, first);
    else if (term->op == TERM_FORALL)
        result = single(low, term->type, expr_and(exprs, bodies.at, bodies.count));
    else if (term->op == TERM_EXISTS)
        result = single(low, term->type, expr_or(exprs, bodies.at, bodies.count));
    else if (term->op == TERM_SUM)
        result = single(low, term->type, expr_add(exprs, bodies.at, bodies.count));
    else if (term->op == TERM_COUNT)
        result = single(low, term->type, expr_count(exprs, bodies.at, bodies.count));
    else
        result =
            single(low, term->type, expr_eq(exprs, expr_count(exprs, bodies.at, bodies.count), expr_int(exprs, 1)));
    vec_free(&bodies);
    return result;
}

/* ---- abbreviations ---- */

static struct value lower_call(struct lowering *low, const struct term *term) {
    const struct definition *definition = term->definition;
    size_t slots = definition->frame > term->arg_count ? definition->frame : term->arg_count;
    struct value *inner = arena_alloc(&low->scratch, (slots + 1) * sizeof *inner), *outer = low->frame;
    const struct action *action = low->action;
    for (size_t i = 0; i < term->arg_count; i++) {
        inner[i] = lower_term(low, term->args[i]);
        inner[i].type = definition->types[i];
    }
    const struct meaning *known = meanings_find(low, definition, inner, term->arg_count);
    if (known != NULL) {
        lower_demand(low, known->defined);
        const expr_id *at = low->meanings.parts.at + known->first_value;
        return (struct value){known->type, known->value_count,
                              arena_copy(&low->scratch, at, known->value_count * sizeof *at)};
    }
    struct value *arguments = arena_copy(&low->scratch, inner, (term->arg_count + 1) * sizeof *inner);
    expr_id defined = low->defined;
    low->defined = EXPR_TRUE;
    low->frame = inner;
    low->action = NULL;
    struct value result = lower_term(low, definition->body);
    low->frame = outer;
    low->action = action;
    if (!low->too_large)
        meanings_add(low, definition, arguments, term->arg_count, result, low->defined);
    low->defined = expr_and2(low->exprs, defined, low->defined);
    return result;
}

static struct value lower_let(struct lowering *low, const struct term *term) {
    struct value *inner = arena_alloc(&low->scratch, (low->action->frame + 1) * sizeof *inner), *outer = low->frame;
    memcpy(inner, outer, low->action->parameters.count * sizeof *inner);
    low->frame = inner;
    struct value result = lower_term(low, term->binding->term);
    low->frame = outer;
    return result;
}

/* ---- operators ---- */

static expr_id equal(struct lowering *low, struct value a, struct value b) {
    assert(a.count == b.count);
    expr_list parts = {0};
    for (uint32_t i = 0; i < a.count; i++)
        vec_push(&parts, expr_eq(low->exprs, a.at[i], b.at[i]));
    expr_id result = expr_and(low->exprs, parts.at, parts.count);
    vec_free(&parts);
    return result;
}

static expr_id lower_in(struct lowering *low, const struct term *term) {
    struct value item = lower_term(low, term->args[0]);
    const struct term *set = term->args[1];
    expr_list cases = {0};
    if (set->op == TERM_SET) {
        for (size_t i = 0; i < set->arg_count; i++)
            vec_push(&cases, equal(low, item, lower_term(low, set->args[i])));
    } else {
        struct value members = lower_term(low, set);
        for (uint32_t i = 0; i < members.count; i++) {
            expr_id is_item = expr_eq(low->exprs, item.at[0], expr_int(low->exprs, (int32_t)i));
            vec_push(&cases, expr_and2(low->exprs, is_item, members.at[i]));
        }
    }
    expr_id result = expr_or(low->exprs, cases.at, cases.count);
    vec_free(&cases);
    return result;
}

static struct value lower_set(struct lowering *low, const struct term *term) {
    uint32_t count = (uint32_t)term->type->kind->objects.count;
    expr_id *members = arena_alloc(&low->scratch, (count + 1) * sizeof *members);
    for (size_t i = 0; i < term->arg_count; i++) {
        expr_id item = lower_scalar(low, term->args[i]);
        lower_demand(low, expr_le(low->exprs, expr_int(low->exprs, 0), item));
        for (uint32_t j = 0; j < count; j++)
            members[j] = expr_or2(low->exprs, members[j], expr_eq(low->exprs, item, expr_int(low->exprs, (int32_t)j)));
    }
    return (struct value){term->type, count, members};
}

static struct value lower_sets(struct lowering *low, const struct term *term) {
    struct value a = lower_term(low, term->args[0]), b = lower_term(low, term->args[1]);
    expr_id *members = arena_alloc(&low->scratch, (a.count + 1) * sizeof *members);
    for (uint32_t i = 0; i < a.count; i++)
        members[i] = term->op == TERM_ADD ? expr_or2(low->exprs, a.at[i], b.at[i])
                                          : expr_and2(low->exprs, a.at[i], expr_not(low->exprs, b.at[i]));
    return (struct value){term->type, a.count, members};
}

static expr_id lower_arithmetic(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    expr_id a = lower_scalar(low, term->args[0]),
            b = term->arg_count > 1 ? lower_scalar(low, term->args[1]) : EXPR_FALSE;
    switch ((int)term->op) {
    case TERM_NEGATE:
        return expr_negate(exprs, a);
    case TERM_ADD:
        return expr_add(exprs, (expr_id[]){a, b}, 2);
    case TERM_SUB:
        return expr_add(exprs, (expr_id[]){a, expr_negate(exprs, b)}, 2);
    case TERM_MUL:
        return expr_binary(exprs, OP_MUL, a, b);
    case TERM_MIN:
        return expr_ite(exprs, expr_le(exprs, a, b), a, b);
    case TERM_MAX:
        return expr_ite(exprs, expr_le(exprs, a, b), b, a);
    default:
        lower_demand(low, expr_not(exprs, expr_eq(exprs, b, expr_int(exprs, 0))));
        return expr_binary(exprs, term->op == TERM_DIV ? OP_DIV : OP_MOD, a, b);
    }
}

static expr_id lower_comparison(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    if (term->op == TERM_EQ || term->op == TERM_NE || term->op == TERM_IFF) {
        struct value a = lower_term(low, term->args[0]);
        expr_id same = equal(low, a, lower_term(low, term->args[1]));
        return term->op == TERM_NE ? expr_not(exprs, same) : same;
    }
    expr_id a = lower_scalar(low, term->args[0]), b = lower_scalar(low, term->args[1]);
    if (term->op == TERM_LE)
        return expr_le(exprs, a, b);
    if (term->op == TERM_GE)
        return expr_le(exprs, b, a);
    return term->op == TERM_LT ? expr_not(exprs, expr_le(exprs, b, a)) : expr_not(exprs, expr_le(exprs, a, b));
}

static struct value lower_if(struct lowering *low, const struct term *term) {
    expr_id condition = lower_scalar(low, term->args[0]), outer = low->defined;
    low->defined = EXPR_TRUE;
    struct value yes = lower_term(low, term->args[1]);
    expr_id yes_defined = low->defined;
    low->defined = EXPR_TRUE;
    struct value no = lower_term(low, term->args[2]);
    expr_id no_defined = low->defined;
    low->defined = outer;
    lower_demand(low, expr_ite(low->exprs, condition, yes_defined, no_defined));
    expr_id *parts = arena_alloc(&low->scratch, (yes.count + 1) * sizeof *parts);
    for (uint32_t i = 0; i < yes.count; i++)
        parts[i] = expr_ite(low->exprs, condition, yes.at[i], no.at[i]);
    return (struct value){term->type, yes.count, parts};
}

static expr_id lower_connective(struct lowering *low, const struct term *term) {
    expr_id a = lower_scalar(low, term->args[0]);
    if (term->op == TERM_NOT)
        return expr_not(low->exprs, a);
    expr_id needed = term->op == TERM_OR ? expr_not(low->exprs, a) : a; /* is the right side looked at? */
    expr_id b = lower_where(low, term->args[1], needed);
    if (term->op == TERM_AND)
        return expr_and2(low->exprs, a, b);
    return term->op == TERM_OR ? expr_or2(low->exprs, a, b) : expr_implies(low->exprs, a, b);
}

struct value lower_term(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    if (!lower_may_go_on(low))
        return constant_value(low, term->type);
    switch (term->op) {
    case TERM_NUMBER:
    case TERM_ENUM:
    case TERM_OBJECT:
    case TERM_ACTION_NAME:
        return single(low, term->type, expr_int(exprs, term->value));
    case TERM_BOOL:
        return single(low, term->type, expr_bool(term->value != 0));
    case TERM_NONE:
        return single(low, term->type, expr_int(exprs, -1));
    case TERM_LOCAL:
        return low->frame[term->slot];
    case TERM_LET:
        return lower_let(low, term);
    case TERM_ACTION:
        return single(low, term->type, expr_int(exprs, low->step_action));
    case TERM_FIELD:
        return lower_field(low, term);
    case TERM_INDEX:
        return lower_index(low, term);
    case TERM_CALL:
        return lower_call(low, term);
    case TERM_OLD: {
        low->in_old = true;
        struct value value = lower_term(low, term->args[0]);
        low->in_old = false;
        return value;
    }
    case TERM_NOT:
    case TERM_AND:
    case TERM_OR:
    case TERM_IMPLIES:
        return single(low, term->type, lower_connective(low, term));
    case TERM_IFF:
    case TERM_EQ:
    case TERM_NE:
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE:
        return single(low, term->type, lower_comparison(low, term));
    case TERM_IN:
        return single(low, term->type, lower_in(low, term));
    case TERM_ADD:
    case TERM_SUB:
        return term->type->form == TYPE_SET ? lower_sets(low, term)
                                            : single(low, term->type, lower_arithmetic(low, term));
    case TERM_NEGATE:
    case TERM_MUL:
    case TERM_DIV:
    case TERM_MOD:
    case TERM_MIN:
    case TERM_MAX:
        return single(low, term->type, lower_arithmetic(low, term));
    case TERM_IF:
        return lower_if(low, term);
    case TERM_SET:
        return lower_set(low, term);
    case TERM_FORALL:
    case TERM_EXISTS:
    case TERM_UNIQUE:
    case TERM_COUNT:
    case TERM_SUM:
    case TERM_THE:
        return lower_binder(low, term);
    case TERM_NAME:
        break;
    }
    assert(false); /* a checked term is none of these */
    return (struct value){0};
}
