/* Grounding: terms become expressions over state variables, actions become calls and transitions.
 *
 * Parameters are bound one value at a time and conditions are tried as soon as all they need is bound, so
 * that arguments which can never be given are never enumerated further.  Beside its value every term has a
 * condition under which it has a meaning (well-definedness, as in Event-B); what does not simplify to true
 * becomes an obligation that the engines check in every reachable state. */
#include <assert.h>
#include <string.h>

#include "model/eval.h"
#include "model/system.h"

/* A term's meaning: one expression, or one for each member of a set or key of a map. */
struct value {
    const struct type *type;
    uint32_t count;
    const expr_id *at;
};

/* Instances of one obligation, collected until the end. */
struct demand {
    struct span span;
    const char *text;
    VEC(expr_id) instances;
};

struct write {
    uint32_t var, order;
    expr_id condition, value;
    struct span span;
};

struct lowering {
    struct system *system;
    struct exprs *exprs;
    struct diags *diags;
    struct arena scratch; /* values of one call */
    struct value *frame;
    const struct action *action;
    uint32_t *first_var; /* by field->index: variable of object 0, element 0; objects follow in steps of field->width */
    bool is_step, in_old;
    int32_t step_action;
    expr_id defined; /* under which everything lowered so far has a meaning */
    struct span defined_span;
    VEC(struct demand *) demands;
    VEC(struct write) writes;
    VEC(int32_t) digits; /* values of the bindings so far */
    uint64_t work;       /* terms lowered and values tried; bounded, so that hostile input ends */
    bool too_large;
};

static struct value lower(struct lowering *low, const struct term *term);

/* ---- values ---- */

static struct value single(struct lowering *low, const struct type *type, expr_id id) {
    return (struct value){type, 1, arena_copy(&low->scratch, &id, sizeof id)};
}

static expr_id scalar(struct lowering *low, const struct term *term) {
    struct value value = lower(low, term);
    assert(value.count == 1);
    return value.at[0];
}

static bool holds_bools(const struct type *type) {
    return type->form == TYPE_BOOL || type->form == TYPE_SET ||
           (type->form == TYPE_MAP && type->value->form == TYPE_BOOL);
}

static expr_id constant(struct lowering *low, const struct type *type, int32_t value) {
    return holds_bools(type) ? expr_bool(value != 0) : expr_int(low->exprs, value);
}

/* From here on everything has a meaning only if `condition` holds. */
static void demand_defined(struct lowering *low, expr_id condition) {
    low->defined = expr_and2(low->exprs, low->defined, condition);
}

/* Counts a piece of work.  False once there was too much: then everything ends quickly, with an error. */
static bool may_go_on(struct lowering *low) {
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
        at[i] = constant(low, type, first > 0 ? first : 0);
    return (struct value){type, width, at};
}

/* Lowers `term`; its own definedness counts only where `condition` holds. */
static expr_id lower_where(struct lowering *low, const struct term *term, expr_id condition) {
    expr_id outer = low->defined;
    low->defined = EXPR_TRUE;
    expr_id result = scalar(low, term);
    expr_id inner = expr_implies(low->exprs, condition, low->defined);
    low->defined = expr_and2(low->exprs, outer, inner);
    return result;
}

/* ---- obligations ---- */

static struct demand *find_demand(struct lowering *low, struct span span, const char *text) {
    for (size_t i = low->demands.count; i-- > 0;) {
        struct demand *demand = low->demands.at[i];
        if (demand->text == text && memcmp(&demand->span, &span, sizeof span) == 0)
            return demand;
    }
    struct demand *demand = arena_alloc(&low->system->arena, sizeof *demand);
    demand->span = span;
    demand->text = text;
    vec_push(&low->demands, demand);
    return demand;
}

static void oblige(struct lowering *low, struct span span, const char *text, expr_id holds) {
    if (holds == EXPR_TRUE)
        return;
    struct demand *demand = find_demand(low, span, text);
    if (demand->instances.count == 0 || demand->instances.at[demand->instances.count - 1] != holds)
        vec_push(&demand->instances, holds);
}

static const char text_undefined[] = "has no meaning: reads a field of none, a key outside a map, divides by zero, or "
                                     "'the' does not find exactly one";
static const char text_range[] = "assigns a value outside the field's range";
static const char text_conflict[] = "gives one field two different values";
static const char text_choice[] = "passes all checks and yet leaves the service nothing to choose";

/* Lowers a condition that stands alone, under `guard`. */
static expr_id lower_guarded(struct lowering *low, const struct term *term, expr_id guard) {
    low->defined = EXPR_TRUE;
    expr_id result = scalar(low, term);
    oblige(low, term->span, text_undefined, expr_implies(low->exprs, guard, low->defined));
    low->defined = EXPR_TRUE;
    return result;
}

/* ---- reading the state ---- */

static expr_id read_var(struct lowering *low, uint32_t var) {
    const struct system_var *v = &low->system->vars.at[var];
    bool next = low->is_step && !low->in_old;
    return next ? expr_next(low->exprs, var, v->low, v->high, v->is_bool)
                : expr_var(low->exprs, var, v->low, v->high, v->is_bool);
}

static uint32_t var_of(const struct lowering *low, const struct field *field, uint32_t object, uint32_t element) {
    return low->first_var[field->index] + object * field->width + element;
}

static expr_id read_field(struct lowering *low, const struct field *field, uint32_t object, uint32_t element) {
    const struct kind *kind = field->kind;
    if (field->is_constant)
        return constant(low, field->type, kind->objects.at[object].constants[field->offset + element]);
    if (low->first_var[field->index] == UINT32_MAX) /* sliced away: nothing that is kept depends on it */
        return constant(low, field->type, field->initial);
    return read_var(low, var_of(low, field, object, element));
}

static struct value lower_field(struct lowering *low, const struct term *term) {
    const struct field *field = term->field;
    size_t objects = field->kind->objects.count;
    expr_id base = scalar(low, term->args[0]);
    expr_id *result = arena_alloc(&low->scratch, (field->width + 1) * sizeof *result);
    demand_defined(low, objects == 0 ? EXPR_FALSE : expr_le(low->exprs, expr_int(low->exprs, 0), base));
    expr_id *values = arena_alloc(&low->scratch, (objects + 1) * sizeof *values);
    int32_t known;
    bool is_known = expr_is_const(low->exprs, base, &known) && known >= 0;
    for (uint32_t e = 0; e < field->width; e++) {
        if (objects == 0) {
            result[e] = constant(low, field->type, 0);
        } else if (is_known) {
            result[e] = read_field(low, field, (uint32_t)known, e);
        } else {
            for (uint32_t o = 0; o < objects; o++)
                values[o] = read_field(low, field, o, e);
            result[e] = expr_select(low->exprs, base, 0, values, objects);
        }
    }
    return (struct value){term->type, field->width, result};
}

static struct value lower_index(struct lowering *low, const struct term *term) {
    struct value map = lower(low, term->args[0]);
    expr_id key = scalar(low, term->args[1]);
    int32_t first, last;
    type_range(map.type->key, &first, &last);
    demand_defined(low, expr_le(low->exprs, expr_int(low->exprs, first), key));
    demand_defined(low, expr_le(low->exprs, key, expr_int(low->exprs, last)));
    if (map.count == 0)
        return single(low, term->type, constant(low, map.type, 0));
    return single(low, term->type, expr_select(low->exprs, key, first, map.at, map.count));
}

/* ---- variables of quantifiers ---- */

static void bind(struct lowering *low, uint32_t slot, const struct type *type, int32_t value) {
    low->frame[slot] = single(low, type, constant(low, type, value));
}

/* Is `value` a member (TRUE for kinds and ranges)? */
static expr_id membership(struct lowering *low, const struct domain *domain, int32_t value) {
    return domain->set == NULL ? EXPR_TRUE : lower(low, domain->set).at[value];
}

typedef VEC(expr_id) expr_list;

static struct value lower_the(struct lowering *low, const struct term *term, const expr_list *conditions,
                              int32_t first) {
    expr_id one =
        expr_eq(low->exprs, expr_count(low->exprs, conditions->at, conditions->count), expr_int(low->exprs, 1));
    if (conditions->count == 0) {
        demand_defined(low, EXPR_FALSE);
        return single(low, term->type, expr_int(low->exprs, 0));
    }
    demand_defined(low, one);
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
    for (int32_t value = first; value <= last && may_go_on(low); value++) {
        expr_id considered = membership(low, &term->domain, value);
        bind(low, term->slot, term->domain.type, value);
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
        inner[i] = lower(low, term->args[i]);
        inner[i].type = definition->types[i];
    }
    low->frame = inner;
    low->action = NULL;
    struct value result = lower(low, definition->body);
    low->frame = outer;
    low->action = action;
    return result;
}

static struct value lower_let(struct lowering *low, const struct term *term) {
    struct value *inner = arena_alloc(&low->scratch, (low->action->frame + 1) * sizeof *inner), *outer = low->frame;
    memcpy(inner, outer, low->action->parameters.count * sizeof *inner);
    low->frame = inner;
    struct value result = lower(low, term->binding->term);
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
    struct value item = lower(low, term->args[0]);
    const struct term *set = term->args[1];
    expr_list cases = {0};
    if (set->op == TERM_SET) {
        for (size_t i = 0; i < set->arg_count; i++)
            vec_push(&cases, equal(low, item, lower(low, set->args[i])));
    } else {
        struct value members = lower(low, set);
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
        expr_id item = scalar(low, term->args[i]);
        demand_defined(low, expr_le(low->exprs, expr_int(low->exprs, 0), item));
        for (uint32_t j = 0; j < count; j++)
            members[j] = expr_or2(low->exprs, members[j], expr_eq(low->exprs, item, expr_int(low->exprs, (int32_t)j)));
    }
    return (struct value){term->type, count, members};
}

static struct value lower_sets(struct lowering *low, const struct term *term) {
    struct value a = lower(low, term->args[0]), b = lower(low, term->args[1]);
    expr_id *members = arena_alloc(&low->scratch, (a.count + 1) * sizeof *members);
    for (uint32_t i = 0; i < a.count; i++)
        members[i] = term->op == TERM_ADD ? expr_or2(low->exprs, a.at[i], b.at[i])
                                          : expr_and2(low->exprs, a.at[i], expr_not(low->exprs, b.at[i]));
    return (struct value){term->type, a.count, members};
}

static expr_id lower_arithmetic(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    expr_id a = scalar(low, term->args[0]), b = term->arg_count > 1 ? scalar(low, term->args[1]) : EXPR_FALSE;
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
        demand_defined(low, expr_not(exprs, expr_eq(exprs, b, expr_int(exprs, 0))));
        return expr_binary(exprs, term->op == TERM_DIV ? OP_DIV : OP_MOD, a, b);
    }
}

static expr_id lower_comparison(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    if (term->op == TERM_EQ || term->op == TERM_NE || term->op == TERM_IFF) {
        struct value a = lower(low, term->args[0]);
        expr_id same = equal(low, a, lower(low, term->args[1]));
        return term->op == TERM_NE ? expr_not(exprs, same) : same;
    }
    expr_id a = scalar(low, term->args[0]), b = scalar(low, term->args[1]);
    if (term->op == TERM_LE)
        return expr_le(exprs, a, b);
    if (term->op == TERM_GE)
        return expr_le(exprs, b, a);
    return term->op == TERM_LT ? expr_not(exprs, expr_le(exprs, b, a)) : expr_not(exprs, expr_le(exprs, a, b));
}

static struct value lower_if(struct lowering *low, const struct term *term) {
    expr_id condition = scalar(low, term->args[0]), outer = low->defined;
    low->defined = EXPR_TRUE;
    struct value yes = lower(low, term->args[1]);
    expr_id yes_defined = low->defined;
    low->defined = EXPR_TRUE;
    struct value no = lower(low, term->args[2]);
    expr_id no_defined = low->defined;
    low->defined = outer;
    demand_defined(low, expr_ite(low->exprs, condition, yes_defined, no_defined));
    expr_id *parts = arena_alloc(&low->scratch, (yes.count + 1) * sizeof *parts);
    for (uint32_t i = 0; i < yes.count; i++)
        parts[i] = expr_ite(low->exprs, condition, yes.at[i], no.at[i]);
    return (struct value){term->type, yes.count, parts};
}

static expr_id lower_connective(struct lowering *low, const struct term *term) {
    expr_id a = scalar(low, term->args[0]);
    if (term->op == TERM_NOT)
        return expr_not(low->exprs, a);
    expr_id needed = term->op == TERM_OR ? expr_not(low->exprs, a) : a; /* is the right side looked at? */
    expr_id b = lower_where(low, term->args[1], needed);
    if (term->op == TERM_AND)
        return expr_and2(low->exprs, a, b);
    return term->op == TERM_OR ? expr_or2(low->exprs, a, b) : expr_implies(low->exprs, a, b);
}

static struct value lower(struct lowering *low, const struct term *term) {
    struct exprs *exprs = low->exprs;
    if (!may_go_on(low))
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
        struct value value = lower(low, term->args[0]);
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

/* ---- effects ---- */

static void write_value(struct lowering *low, const struct effect *effect, const struct field *field, uint32_t object,
                        uint32_t element, expr_id condition, expr_id value) {
    if (condition != EXPR_FALSE)
        vec_push(&low->writes, ((struct write){var_of(low, field, object, element), (uint32_t)low->writes.count,
                                               condition, value, effect->span}));
}

/* The part of first..last that the expression's range leaves: mostly one value, a parameter's. */
static void narrow(const struct exprs *exprs, expr_id id, int32_t *first, int32_t *last) {
    const struct expr *node = expr_get(exprs, id);
    if (node->is_bool)
        return;
    *first = node->low > *first ? node->low : *first;
    *last = node->high < *last ? node->high : *last;
}

static void lower_assign(struct lowering *low, const struct effect *effect, expr_id guard, expr_id condition) {
    struct exprs *exprs = low->exprs;
    const struct term *target = effect->target, *place = target->op == TERM_INDEX ? target->args[0] : target;
    const struct field *field = place->field;
    if (low->first_var[field->index] == UINT32_MAX)
        return; /* sliced away */
    expr_id path = expr_and2(exprs, guard, condition);
    low->defined = EXPR_TRUE;
    struct value value = lower(low, effect->value);
    expr_id base = scalar(low, place->args[0]);
    demand_defined(low, expr_le(exprs, expr_int(exprs, 0), base));
    int32_t first_key = 0, last_key = 0, first, last;
    expr_id key = EXPR_NONE;
    if (target->op == TERM_INDEX) {
        key = scalar(low, target->args[1]);
        type_range(field->type->key, &first_key, &last_key);
        demand_defined(low, expr_le(exprs, expr_int(exprs, first_key), key));
        demand_defined(low, expr_le(exprs, key, expr_int(exprs, last_key)));
    }
    int32_t first_written = first_key, last_written = last_key;
    oblige(low, effect->span, text_undefined, expr_implies(exprs, path, low->defined));
    low->defined = EXPR_TRUE;
    type_range(type_element(low->system->rulebook, field->type), &first, &last);
    for (uint32_t i = 0; i < value.count; i++) {
        const struct expr *node = expr_get(exprs, value.at[i]);
        if (!node->is_bool && (node->low < first || node->high > last)) {
            expr_id fits = expr_and2(exprs, expr_le(exprs, expr_int(exprs, first), value.at[i]),
                                     expr_le(exprs, value.at[i], expr_int(exprs, last)));
            oblige(low, effect->span, text_range, expr_implies(exprs, path, fits));
        }
    }
    int32_t from = 0, to = (int32_t)field->kind->objects.count - 1;
    narrow(exprs, base, &from, &to);
    if (key != EXPR_NONE)
        narrow(exprs, key, &first_written, &last_written);
    for (int32_t o = from; o <= to; o++) {
        expr_id here = expr_and2(exprs, condition, expr_eq(exprs, base, expr_int(exprs, o)));
        if (here == EXPR_FALSE)
            continue;
        if (key == EXPR_NONE)
            for (uint32_t e = 0; e < field->width; e++)
                write_value(low, effect, field, (uint32_t)o, e, here, value.at[e]);
        else
            for (int32_t k = first_written; k <= last_written; k++)
                write_value(low, effect, field, (uint32_t)o, (uint32_t)(k - first_key),
                            expr_and2(exprs, here, expr_eq(exprs, key, expr_int(exprs, k))), value.at[0]);
    }
}

static bool touches_vars(const struct lowering *low, const struct effect *effect) {
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *place = effect->target->op == TERM_INDEX ? effect->target->args[0] : effect->target;
        return low->first_var[place->field->index] != UINT32_MAX;
    }
    for (size_t i = 0; i < effect->body_count; i++)
        if (touches_vars(low, effect->body[i]))
            return true;
    for (size_t i = 0; i < effect->otherwise_count; i++)
        if (touches_vars(low, effect->otherwise[i]))
            return true;
    return false;
}

static void lower_effect(struct lowering *low, const struct effect *effect, expr_id guard, expr_id condition) {
    struct exprs *exprs = low->exprs;
    if (condition == EXPR_FALSE || !touches_vars(low, effect))
        return;
    expr_id path = expr_and2(exprs, guard, condition);
    if (effect->form == EFFECT_ASSIGN) {
        lower_assign(low, effect, guard, condition);
    } else if (effect->form == EFFECT_IF) {
        expr_id yes = effect->condition == NULL ? EXPR_TRUE : lower_guarded(low, effect->condition, path);
        for (size_t i = 0; i < effect->body_count; i++)
            lower_effect(low, effect->body[i], guard, expr_and2(exprs, condition, yes));
        for (size_t i = 0; i < effect->otherwise_count; i++)
            lower_effect(low, effect->otherwise[i], guard, expr_and2(exprs, condition, expr_not(exprs, yes)));
    } else {
        int32_t first, last;
        type_range(effect->domain.type, &first, &last);
        for (int32_t value = first; value <= last && may_go_on(low); value++) {
            low->defined = EXPR_TRUE;
            expr_id here = membership(low, &effect->domain, value);
            oblige(low, effect->span, text_undefined, expr_implies(exprs, path, low->defined));
            bind(low, effect->slot, effect->domain.type, value);
            here = expr_and2(exprs, condition, here);
            if (effect->condition != NULL && here != EXPR_FALSE)
                here = expr_and2(exprs, here, lower_guarded(low, effect->condition, expr_and2(exprs, guard, here)));
            for (size_t i = 0; i < effect->body_count; i++)
                lower_effect(low, effect->body[i], guard, here);
        }
    }
}

static int compare_writes(const void *one, const void *other) {
    const struct write *a = one, *b = other;
    if (a->var != b->var)
        return a->var < b->var ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* The new value of each variable; two writes of different values contradict each other. */
static void finish_updates(struct lowering *low, struct system_transition *transition) {
    struct exprs *exprs = low->exprs;
    struct system *system = low->system;
    if (low->writes.count > 1)
        qsort(low->writes.at, low->writes.count, sizeof *low->writes.at, compare_writes);
    transition->first_update = (uint32_t)system->updates.count;
    for (size_t i = 0; i < low->writes.count;) {
        size_t end = i;
        uint32_t var = low->writes.at[i].var;
        const struct system_var *v = &system->vars.at[var];
        expr_id old = expr_var(exprs, var, v->low, v->high, v->is_bool), value = old;
        for (; end < low->writes.count && low->writes.at[end].var == var; end++) {
            const struct write *write = &low->writes.at[end];
            value = expr_ite(exprs, write->condition, write->value, value);
            for (size_t j = i; j < end; j++) {
                const struct write *other = &low->writes.at[j];
                expr_id differ = expr_not(exprs, expr_eq(exprs, write->value, other->value));
                expr_id clash[] = {transition->guard, write->condition, other->condition, differ};
                oblige(low, write->span, text_conflict, expr_not(exprs, expr_and(exprs, clash, 4)));
            }
        }
        if (value != old)
            vec_push(&system->updates, ((struct system_update){var, value}));
        i = end;
    }
    transition->update_count = (uint32_t)system->updates.count - transition->first_update;
    low->writes.count = 0;
}

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
    bool is_false = scalar(low, term) == EXPR_FALSE;
    low->defined = EXPR_TRUE;
    return is_false;
}

static void bind_digits(struct lowering *low, const struct binding *binding, size_t first_digit) {
    const struct type *element = type_element(low->system->rulebook, binding->type);
    expr_id *values = arena_alloc(&low->scratch, (binding->width + 1) * sizeof *values);
    for (uint32_t i = 0; i < binding->width; i++)
        values[i] = constant(low, element, low->digits.at[first_digit + i]);
    low->frame[binding->slot] = (struct value){binding->type, binding->width, values};
}

struct call_context {
    uint32_t call;
    expr_id guard;
    expr_list fresh, complete; /* conditions on 'new' choices alone, on all choices */
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
    finish_updates(low, &transition);
    vec_push(&system->transitions, transition);
}

static void enumerate_choices(struct lowering *low, struct call_context *context, size_t index, uint32_t digit,
                              expr_id guard, expr_id fresh);

static void enumerate_choice_digits(struct lowering *low, struct call_context *context, size_t index, uint32_t digit,
                                    expr_id guard, expr_id fresh) {
    const struct binding *binding = low->action->choices.at[index];
    int32_t first, last;
    if (digit < binding->width) {
        type_range(type_element(low->system->rulebook, binding->type), &first, &last);
        for (int32_t value = first; value <= last && may_go_on(low); value++) {
            vec_push(&low->digits, value);
            enumerate_choice_digits(low, context, index, digit + 1, guard, fresh);
            low->digits.count--;
        }
        return;
    }
    bind_digits(low, binding, low->digits.count - binding->width);
    expr_id condition = binding->term == NULL ? EXPR_TRUE : lower_guarded(low, binding->term, guard);
    if (binding->mode == BINDING_NEW)
        fresh = expr_and2(low->exprs, fresh, condition);
    guard = expr_and2(low->exprs, guard, condition);
    if (guard != EXPR_FALSE)
        enumerate_choices(low, context, index + 1, 0, guard, fresh);
}

static void enumerate_choices(struct lowering *low, struct call_context *context, size_t index, uint32_t digit,
                              expr_id guard, expr_id fresh) {
    if (index < low->action->choices.count) {
        enumerate_choice_digits(low, context, index, digit, guard, fresh);
        return;
    }
    vec_push(&context->fresh, fresh);
    vec_push(&context->complete, guard);
    add_transition(low, context, guard);
}

/* If all checks hold and there is room for new objects, the service must find a choice. */
static void oblige_choice(struct lowering *low, const struct call_context *context) {
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
    expr_id some = expr_or(low->exprs, context->complete.at, context->complete.count);
    expr_id needed = expr_and2(low->exprs, context->guard, room);
    oblige(low, action->origin.span, text_choice, expr_implies(low->exprs, needed, some));
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
    struct system_call call = {.action = action, .enabled = guard};
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
    enumerate_choices(low, &context, 0, 0, guard, EXPR_TRUE);
    oblige_choice(low, &context);
    vec_free(&context.fresh);
    vec_free(&context.complete);
}

static void enumerate_parameters(struct lowering *low, size_t index, uint32_t digit) {
    const struct action *action = low->action;
    if (low->too_large || low->exprs->overflow)
        return;
    if (digit == 0 && (is_ruled_out(low, action->where, index) || is_ruled_out(low, action->allow, index)))
        return;
    if (index == action->parameters.count) {
        lower_call_with_arguments(low);
        arena_clear(&low->scratch); /* values of outer bindings are made again below */
        size_t at = 0;
        low->frame = arena_alloc(&low->scratch, (action->frame + 1) * sizeof *low->frame);
        for (size_t i = 0; i < action->parameters.count; i++) {
            bind_digits(low, action->parameters.at[i], at);
            at += action->parameters.at[i]->width;
        }
        return;
    }
    const struct binding *binding = action->parameters.at[index];
    int32_t first, last;
    if (digit == binding->width) {
        bind_digits(low, binding, low->digits.count - binding->width);
        enumerate_parameters(low, index + 1, 0);
        return;
    }
    type_range(type_element(low->system->rulebook, binding->type), &first, &last);
    for (int32_t value = first; value <= last && may_go_on(low); value++) {
        vec_push(&low->digits, value);
        enumerate_parameters(low, index, digit + 1);
        low->digits.count--;
    }
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
            if (field->is_constant || !system->slice.fields[field->index])
                continue;
            low->first_var[field->index] = (uint32_t)system->vars.count;
            for (uint32_t o = 0; o < kind->objects.count; o++)
                for (uint32_t e = 0; e < field->width; e++) {
                    struct system_var var = {.field = field, .object = o, .element = e};
                    var.slot = kind->state_base + o * kind->state_width + field->offset + e;
                    type_range(type_element(rulebook, field->type), &var.low, &var.high);
                    var.is_bool = holds_bools(field->type);
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
    enumerate_parameters(low, 0, 0);
    arena_clear(&low->scratch);
    low->action = NULL;
}

/* The value of a variable after a transition. */
struct successor {
    const struct system *system;
    const struct system_transition *transition;
};

static expr_id successor_leaf(void *context, struct exprs *exprs, expr_id leaf) {
    const struct successor *successor = context;
    const struct expr node = *expr_get(exprs, leaf);
    if (node.op == OP_VAR)
        return leaf;
    for (uint32_t i = 0; i < successor->transition->update_count; i++) {
        const struct system_update *update = &successor->system->updates.at[successor->transition->first_update + i];
        if (update->var == (uint32_t)node.payload)
            return update->value;
    }
    return expr_var(exprs, (uint32_t)node.payload, node.low, node.high, node.is_bool);
}

static void lower_step(struct lowering *low, struct system_property *target) {
    struct system *system = low->system;
    struct exprs *exprs = low->exprs;
    const struct property *property = target->property;
    const struct action *lowered_for = NULL;
    expr_id holds = EXPR_TRUE, defined = EXPR_TRUE;
    target->violations = (uint32_t)system->step_violations.count;
    low->is_step = true;
    expr_id *map = NULL;
    size_t map_room = 0;
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        const struct action *action = system_action(system, t);
        if (action != lowered_for) {
            low->step_action = (int32_t)action->index;
            low->frame = arena_alloc(&low->scratch, (property->frame + 1) * sizeof *low->frame);
            low->defined = EXPR_TRUE;
            holds = scalar(low, property->term);
            defined = low->defined;
            arena_clear(&low->scratch);
            lowered_for = action;
        }
        if (exprs->nodes.count > map_room) {
            map_room = 2 * exprs->nodes.count;
            map = memory_resize(map, map_room * sizeof *map);
        }
        memset(map, 0xFF, exprs->nodes.count * sizeof *map);
        struct successor successor = {system, transition};
        expr_id after = expr_rebuild(exprs, holds, successor_leaf, &successor, map);
        expr_id meaning = expr_rebuild(exprs, defined, successor_leaf, &successor, map);
        oblige(low, property->term->span, text_undefined, expr_implies(exprs, transition->guard, meaning));
        vec_push(&system->step_violations, expr_and2(exprs, transition->guard, expr_not(exprs, after)));
    }
    free(map);
    low->is_step = false;
}

static void lower_property(struct lowering *low, const struct property *property) {
    struct system_property target = {.property = property, .holds = EXPR_TRUE, .from = EXPR_TRUE};
    low->frame = arena_alloc(&low->scratch, (property->frame + 1) * sizeof *low->frame);
    if (property->form == PROPERTY_STEP) {
        lower_step(low, &target);
    } else {
        if (property->term != NULL)
            target.holds = lower_guarded(low, property->term, EXPR_TRUE);
        if (property->from != NULL)
            target.from = lower_guarded(low, property->from, EXPR_TRUE);
    }
    arena_clear(&low->scratch);
    vec_push(&low->system->properties, target);
}

static void finish_obligations(struct lowering *low) {
    for (size_t i = 0; i < low->demands.count; i++) {
        struct demand *demand = low->demands.at[i];
        expr_id holds = expr_and(low->exprs, demand->instances.at, demand->instances.count);
        if (holds != EXPR_TRUE)
            vec_push(&low->system->obligations, ((struct system_obligation){demand->span, demand->text, holds}));
        vec_free(&demand->instances);
    }
    vec_free(&low->demands);
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
    for (size_t i = 0; i < rulebook->actions.count; i++)
        if (system->slice.actions[i])
            lower_action(&low, rulebook->actions.at[i]);
    for (size_t i = 0; i < property_count; i++)
        lower_property(&low, properties[i]);
    finish_obligations(&low);
    vec_free(&low.writes);
    vec_free(&low.digits);
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
