#include "model/eval.h"

#include <assert.h>
#include <string.h>

/* A value: one number, or one for each member of a set or key of a map. */
struct value {
    uint32_t count;
    int32_t *at;
};

struct walk {
    struct evaluator *evaluator;
    struct value *frame;
    const struct action *action; /* whose parameters the frame holds, for 'let' */
    const int32_t *state, *next; /* next: step properties only */
    int32_t step_action;         /* the value of 'action' */
    bool in_old, broken;
};

static struct value eval(struct walk *walk, const struct term *term);

void evaluator_init(struct evaluator *evaluator, struct rulebook *rulebook) {
    *evaluator = (struct evaluator){.rulebook = rulebook};
}

void evaluator_clear(struct evaluator *evaluator) { arena_clear(&evaluator->scratch); }

static struct value new_value(struct walk *walk, uint32_t count) {
    return (struct value){count, arena_alloc(&walk->evaluator->scratch, (count + 1) * sizeof(int32_t))};
}

static struct value single(struct walk *walk, int64_t number) {
    struct value value = new_value(walk, 1);
    value.at[0] = number > LIMIT_INTEGER ? LIMIT_INTEGER : number < -LIMIT_INTEGER ? -LIMIT_INTEGER : (int32_t)number;
    return value;
}

static void broken(struct walk *walk, struct span span, const char *text) {
    if (!walk->broken)
        walk->evaluator->problem = (struct eval_problem){span, text};
    walk->broken = true;
}

static int32_t number(struct walk *walk, const struct term *term) { return eval(walk, term).at[0]; }

/* ---- variables of quantifiers ---- */

static void domain_range(const struct domain *domain, int32_t *low, int32_t *high) {
    type_range(domain->type, low, high);
}

static bool in_domain(struct walk *walk, const struct domain *domain, int32_t value) {
    return domain->set == NULL || eval(walk, domain->set).at[value] != 0;
}

static void bind(struct walk *walk, uint32_t slot, int32_t value) { walk->frame[slot] = single(walk, value); }

static struct value eval_binder(struct walk *walk, const struct term *term) {
    int32_t low, high, found = -1;
    int64_t total = 0;
    bool is_sum = term->op == TERM_SUM;
    domain_range(&term->domain, &low, &high);
    for (int32_t value = low; value <= high && !walk->broken; value++) {
        if (!in_domain(walk, &term->domain, value))
            continue;
        bind(walk, term->slot, value);
        bool considered = term->args[1] == NULL || number(walk, term->args[1]) != 0;
        if (!considered) {
            total += term->op == TERM_FORALL; /* counts as true */
            continue;
        }
        int32_t body = number(walk, term->args[0]);
        total += is_sum ? body : body != 0;
        if (body != 0)
            found = value;
        if (term->op == TERM_FORALL && body == 0)
            total = INT32_MIN; /* one false is enough, but the others must have a meaning too */
    }
    if (term->op == TERM_FORALL)
        return single(walk, total >= 0);
    if (term->op == TERM_EXISTS)
        return single(walk, total > 0);
    if (term->op == TERM_UNIQUE)
        return single(walk, total == 1);
    if (term->op == TERM_THE) {
        if (total != 1)
            broken(walk, term->span, total == 0 ? "'the' finds nothing" : "'the' finds more than one");
        return single(walk, found < 0 ? 0 : found);
    }
    return single(walk, total);
}

/* ---- reading ---- */

static struct value eval_field(struct walk *walk, const struct term *term) {
    const struct field *field = term->field;
    const struct kind *kind = field->kind;
    int32_t object = number(walk, term->args[0]);
    struct value value = new_value(walk, field->width);
    if (object < 0 || (size_t)object >= kind->objects.count) {
        broken(walk, term->span, "reads a field of none");
        return value;
    }
    const int32_t *state = walk->next != NULL && !walk->in_old ? walk->next : walk->state;
    const int32_t *from = field->is_constant ? kind->objects.at[object].constants
                                             : state + kind->state_base + (uint32_t)object * kind->state_width;
    memcpy(value.at, from + field->offset, field->width * sizeof *value.at);
    return value;
}

static struct value eval_index(struct walk *walk, const struct term *term) {
    struct value map = eval(walk, term->args[0]);
    int32_t low, high, key = number(walk, term->args[1]);
    type_range(term->args[0]->type->key, &low, &high);
    if (key < low || key > high) {
        broken(walk, term->span, "the key is outside the map");
        return single(walk, 0);
    }
    return single(walk, map.at[key - low]);
}

static struct value eval_call(struct walk *walk, const struct term *term) {
    struct walk inner = *walk;
    size_t slots = term->definition->frame > term->arg_count ? term->definition->frame : term->arg_count;
    inner.frame = arena_alloc(&walk->evaluator->scratch, (slots + 1) * sizeof *inner.frame);
    inner.action = NULL;
    for (size_t i = 0; i < term->arg_count; i++)
        inner.frame[i] = eval(walk, term->args[i]);
    inner.broken = walk->broken;
    struct value value = eval(&inner, term->definition->body);
    walk->broken = inner.broken;
    return value;
}

/* A 'let' sees the parameters, nothing else. */
static struct value eval_let(struct walk *walk, const struct term *term) {
    struct walk inner = *walk;
    inner.frame = arena_alloc(&walk->evaluator->scratch, (walk->action->frame + 1) * sizeof *inner.frame);
    memcpy(inner.frame, walk->frame, walk->action->parameters.count * sizeof *inner.frame);
    struct value value = eval(&inner, term->binding->term);
    walk->broken = inner.broken;
    return value;
}

/* ---- operators ---- */

static bool same(struct value a, struct value b) {
    assert(a.count == b.count);
    return a.count == 0 || memcmp(a.at, b.at, a.count * sizeof *a.at) == 0;
}

static struct value eval_in(struct walk *walk, const struct term *term) {
    struct value item = eval(walk, term->args[0]);
    const struct term *set = term->args[1];
    if (set->op != TERM_SET) {
        struct value members = eval(walk, set);
        if (item.at[0] < 0 || (uint32_t)item.at[0] >= members.count)
            return single(walk, 0); /* none is in no set */
        return single(walk, members.at[item.at[0]]);
    }
    bool found = false;
    for (size_t i = 0; i < set->arg_count; i++)
        found = same(item, eval(walk, set->args[i])) || found;
    return single(walk, found);
}

static struct value eval_set(struct walk *walk, const struct term *term) {
    struct value set = new_value(walk, (uint32_t)term->type->kind->objects.count);
    for (size_t i = 0; i < term->arg_count; i++) {
        int32_t member = number(walk, term->args[i]);
        if (member < 0)
            broken(walk, term->args[i]->span, "none cannot be a member of a set");
        else
            set.at[member] = 1;
    }
    return set;
}

static struct value eval_sets(struct walk *walk, const struct term *term) {
    struct value a = eval(walk, term->args[0]), b = eval(walk, term->args[1]);
    struct value set = new_value(walk, a.count);
    for (uint32_t i = 0; i < a.count; i++)
        set.at[i] = term->op == TERM_ADD ? a.at[i] || b.at[i] : a.at[i] && !b.at[i];
    return set;
}

static struct value eval_arithmetic(struct walk *walk, const struct term *term) {
    int64_t a = number(walk, term->args[0]), b = term->arg_count > 1 ? number(walk, term->args[1]) : 0;
    switch ((int)term->op) {
    case TERM_NEGATE:
        return single(walk, -a);
    case TERM_ADD:
        return single(walk, a + b);
    case TERM_SUB:
        return single(walk, a - b);
    case TERM_MUL:
        return single(walk, a * b);
    case TERM_MIN:
        return single(walk, a < b ? a : b);
    case TERM_MAX:
        return single(walk, a > b ? a : b);
    default:
        if (b == 0)
            broken(walk, term->span, "divides by zero");
        return single(walk, b == 0 ? 0 : term->op == TERM_DIV ? a / b : a % b);
    }
}

static struct value eval(struct walk *walk, const struct term *term) {
    struct value a, b;
    switch (term->op) {
    case TERM_NUMBER:
    case TERM_BOOL:
    case TERM_ENUM:
    case TERM_OBJECT:
    case TERM_ACTION_NAME:
        return single(walk, term->value);
    case TERM_NONE:
        return single(walk, -1);
    case TERM_LOCAL:
        return walk->frame[term->slot];
    case TERM_LET:
        return eval_let(walk, term);
    case TERM_ACTION:
        return single(walk, walk->step_action);
    case TERM_FIELD:
        return eval_field(walk, term);
    case TERM_INDEX:
        return eval_index(walk, term);
    case TERM_CALL:
        return eval_call(walk, term);
    case TERM_OLD:
        walk->in_old = true;
        a = eval(walk, term->args[0]);
        walk->in_old = false;
        return a;
    case TERM_NOT:
        return single(walk, !number(walk, term->args[0]));
    case TERM_AND:
        return single(walk, number(walk, term->args[0]) && number(walk, term->args[1]));
    case TERM_OR:
        return single(walk, number(walk, term->args[0]) || number(walk, term->args[1]));
    case TERM_IMPLIES:
        return single(walk, !number(walk, term->args[0]) || number(walk, term->args[1]));
    case TERM_IFF:
    case TERM_EQ:
    case TERM_NE:
        a = eval(walk, term->args[0]);
        b = eval(walk, term->args[1]);
        return single(walk, same(a, b) == (term->op != TERM_NE));
    case TERM_LT:
        return single(walk, number(walk, term->args[0]) < number(walk, term->args[1]));
    case TERM_LE:
        return single(walk, number(walk, term->args[0]) <= number(walk, term->args[1]));
    case TERM_GT:
        return single(walk, number(walk, term->args[0]) > number(walk, term->args[1]));
    case TERM_GE:
        return single(walk, number(walk, term->args[0]) >= number(walk, term->args[1]));
    case TERM_IN:
        return eval_in(walk, term);
    case TERM_ADD:
    case TERM_SUB:
        return term->type->form == TYPE_SET ? eval_sets(walk, term) : eval_arithmetic(walk, term);
    case TERM_NEGATE:
    case TERM_MUL:
    case TERM_DIV:
    case TERM_MOD:
    case TERM_MIN:
    case TERM_MAX:
        return eval_arithmetic(walk, term);
    case TERM_IF:
        return eval(walk, term->args[number(walk, term->args[0]) ? 1 : 2]);
    case TERM_SET:
        return eval_set(walk, term);
    case TERM_FORALL:
    case TERM_EXISTS:
    case TERM_UNIQUE:
    case TERM_COUNT:
    case TERM_SUM:
    case TERM_THE:
        return eval_binder(walk, term);
    case TERM_NAME:
        break;
    }
    assert(false); /* a checked term is none of these */
    return (struct value){0};
}

/* ---- effects ---- */

struct writer {
    int32_t *next;
    bool *written; /* by an earlier assignment of this step */
};

static void assign(struct walk *walk, struct writer *writer, const struct effect *effect) {
    const struct term *target = effect->target;
    const struct term *place = target->op == TERM_INDEX ? target->args[0] : target;
    const struct field *field = place->field;
    const struct type *element = type_element(walk->evaluator->rulebook, field->type);
    int32_t object = number(walk, place->args[0]), low, high;
    struct value value = eval(walk, effect->value);
    if (object < 0) {
        broken(walk, target->span, "assigns to a field of none");
        return;
    }
    uint32_t at = field->kind->state_base + (uint32_t)object * field->kind->state_width + field->offset;
    if (target->op == TERM_INDEX) {
        int32_t key = number(walk, target->args[1]);
        type_range(field->type->key, &low, &high);
        if (key < low || key > high) {
            broken(walk, target->span, "the key is outside the map");
            return;
        }
        at += (uint32_t)(key - low);
    }
    type_range(element, &low, &high);
    for (uint32_t i = 0; i < value.count && !walk->broken; i++) {
        if (value.at[i] < low || value.at[i] > high)
            broken(walk, effect->span, "the value is outside the field's range");
        else if (writer->written[at + i] && writer->next[at + i] != value.at[i])
            broken(walk, effect->span, "two effects give one field different values");
        writer->next[at + i] = value.at[i];
        writer->written[at + i] = true;
    }
}

static void apply(struct walk *walk, struct writer *writer, const struct effect *effect) {
    const struct slice *slice = walk->evaluator->slice;
    if (walk->broken || (slice != NULL && !slice_keeps(slice, effect)))
        return;
    if (effect->form == EFFECT_ASSIGN) {
        assign(walk, writer, effect);
    } else if (effect->form == EFFECT_IF) {
        bool yes = effect->condition == NULL || number(walk, effect->condition) != 0;
        for (size_t i = 0; i < (yes ? effect->body_count : effect->otherwise_count); i++)
            apply(walk, writer, yes ? effect->body[i] : effect->otherwise[i]);
    } else {
        int32_t low, high;
        domain_range(&effect->domain, &low, &high);
        for (int32_t value = low; value <= high; value++) {
            if (!in_domain(walk, &effect->domain, value))
                continue;
            bind(walk, effect->slot, value);
            if (effect->condition != NULL && !number(walk, effect->condition))
                continue;
            for (size_t i = 0; i < effect->body_count; i++)
                apply(walk, writer, effect->body[i]);
        }
    }
}

/* ---- steps ---- */

size_t action_width(const struct action *action, bool with_choices) {
    size_t width = 0;
    for (size_t i = 0; i < action->parameters.count; i++)
        width += action->parameters.at[i]->width;
    for (size_t i = 0; with_choices && i < action->choices.count; i++)
        width += action->choices.at[i]->width;
    return width;
}

static struct walk begin(struct evaluator *evaluator, uint32_t frame, const int32_t *state) {
    arena_reset(&evaluator->scratch);
    struct walk walk = {.evaluator = evaluator, .state = state, .step_action = -1};
    walk.frame = arena_alloc(&evaluator->scratch, (frame + 1) * sizeof *walk.frame);
    return walk;
}

static const int32_t *bind_one(struct walk *walk, const struct binding *binding, const int32_t *arguments) {
    struct value value = new_value(walk, binding->width);
    memcpy(value.at, arguments, binding->width * sizeof *arguments);
    walk->frame[binding->slot] = value;
    return arguments + binding->width;
}

static void bind_parameters(struct walk *walk, const struct action *action, const int32_t *arguments) {
    walk->action = action;
    for (size_t i = 0; i < action->parameters.count; i++)
        arguments = bind_one(walk, action->parameters.at[i], arguments);
}

bool eval_initial(struct evaluator *evaluator, int32_t *valuation) {
    const struct rulebook *rulebook = evaluator->rulebook;
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        for (size_t o = 0; o < kind->objects.count; o++)
            for (size_t f = 0; f < kind->fields.count; f++)
                for (uint32_t e = 0; !kind->fields.at[f]->is_constant && e < kind->fields.at[f]->width; e++)
                    valuation[kind->state_base + o * kind->state_width + kind->fields.at[f]->offset + e] =
                        kind->fields.at[f]->initial;
    }
    size_t bytes = (rulebook->state_width + 1) * sizeof *valuation;
    int32_t *before = memory_resize(NULL, bytes);
    memcpy(before, valuation, rulebook->state_width * sizeof *valuation);
    struct walk walk = begin(evaluator, rulebook->initial_frame, before);
    struct writer writer = {valuation, arena_alloc(&evaluator->scratch, rulebook->state_width + 1)};
    for (size_t i = 0; i < rulebook->initially.count; i++)
        apply(&walk, &writer, rulebook->initially.at[i]);
    free(before);
    return !walk.broken;
}

enum eval_outcome eval_step(struct evaluator *evaluator, const struct action *action, const int32_t *arguments,
                            bool with_choices, const int32_t *valuation, int32_t *next) {
    struct walk walk = begin(evaluator, action->frame, valuation);
    bind_parameters(&walk, action, arguments);
    const struct term *conditions[] = {action->where, action->allow, action->when};
    for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
        if (conditions[i] != NULL && !number(&walk, conditions[i]))
            return walk.broken ? EVAL_BROKEN : EVAL_DISABLED;
    for (size_t i = 0; i < action->checks.count; i++)
        if (!number(&walk, action->checks.at[i].require)) {
            evaluator->failed_check = i;
            return walk.broken ? EVAL_BROKEN : EVAL_ERROR;
        }
    if (!with_choices)
        return walk.broken ? EVAL_BROKEN : EVAL_OK;
    const int32_t *chosen = arguments + action_width(action, false);
    for (size_t i = 0; i < action->choices.count; i++) { /* checks and earlier choices may use its slot for variables */
        if (action->choices.at[i]->mode == BINDING_NEW && !rulebook_is_free(action, action->choices.at[i], *chosen))
            return EVAL_DISABLED;
        chosen = bind_one(&walk, action->choices.at[i], chosen);
        if (action->choices.at[i]->term != NULL && !number(&walk, action->choices.at[i]->term))
            return walk.broken ? EVAL_BROKEN : EVAL_DISABLED;
    }
    uint32_t width = evaluator->rulebook->state_width;
    memcpy(next, valuation, width * sizeof *next);
    struct writer writer = {next, arena_alloc(&evaluator->scratch, width + 1)};
    for (size_t i = 0; i < action->effects.count; i++)
        apply(&walk, &writer, action->effects.at[i].effect);
    return walk.broken ? EVAL_BROKEN : EVAL_OK;
}

enum eval_outcome eval_choice(struct evaluator *evaluator, const struct action *action, size_t index,
                              const int32_t *arguments, const int32_t *valuation) {
    struct walk walk = begin(evaluator, action->frame, valuation);
    const struct binding *choice = action->choices.at[index];
    bind_parameters(&walk, action, arguments);
    const int32_t *chosen = arguments + action_width(action, false), *own = chosen;
    for (size_t i = 0; i <= index; i++) {
        own = chosen;
        chosen = bind_one(&walk, action->choices.at[i], chosen);
    }
    if (choice->mode == BINDING_NEW && !rulebook_is_free(action, choice, *own))
        return EVAL_DISABLED;
    bool fits = choice->term == NULL || number(&walk, choice->term) != 0;
    return walk.broken ? EVAL_BROKEN : fits ? EVAL_OK : EVAL_DISABLED;
}

enum eval_outcome eval_check(struct evaluator *evaluator, const struct action *action, size_t index,
                             const int32_t *arguments, const int32_t *valuation) {
    struct walk walk = begin(evaluator, action->frame, valuation);
    bind_parameters(&walk, action, arguments);
    bool holds = number(&walk, action->checks.at[index].require) != 0;
    return walk.broken ? EVAL_BROKEN : holds ? EVAL_OK : EVAL_ERROR;
}

bool eval_established(struct evaluator *evaluator, const struct action *action, const int32_t *arguments,
                      const int32_t *valuation) {
    struct walk walk = begin(evaluator, action->frame, valuation);
    bind_parameters(&walk, action, arguments);
    bool holds = number(&walk, action->establishes) != 0;
    return holds && !walk.broken;
}

enum eval_outcome eval_condition(struct evaluator *evaluator, const struct term *term, uint32_t frame,
                                 const int32_t *valuation, const int32_t *next, const struct action *action,
                                 bool *value) {
    struct walk walk = begin(evaluator, frame, valuation);
    walk.next = next;
    walk.step_action = action == NULL ? -1 : (int32_t)action->base->index;
    *value = number(&walk, term) != 0;
    return walk.broken ? EVAL_BROKEN : EVAL_OK;
}

bool eval_values(struct evaluator *evaluator, const struct term *term, uint32_t frame, const int32_t *valuation,
                 int32_t *values) {
    struct walk walk = begin(evaluator, frame, valuation);
    struct value value = eval(&walk, term);
    memcpy(values, value.at, value.count * sizeof *values);
    return !walk.broken;
}

bool eval_defined(struct evaluator *evaluator, const struct definition *definition, const uint32_t *objects,
                  const int32_t *valuation, int32_t *values) {
    size_t count = definition->signature.count;
    struct walk walk = begin(evaluator, definition->frame > count ? definition->frame : (uint32_t)count, valuation);
    for (size_t i = 0; i < count; i++)
        walk.frame[i] = single(&walk, (int32_t)objects[i]);
    struct value value = eval(&walk, definition->body);
    memcpy(values, value.at, value.count * sizeof *values);
    return !walk.broken;
}

bool eval_effect(struct evaluator *evaluator, const struct effect *effect, uint32_t frame, int32_t *valuation) {
    size_t width = evaluator->rulebook->state_width;
    int32_t *before = memory_resize(NULL, (width + 1) * sizeof *before);
    memcpy(before, valuation, width * sizeof *before);
    struct walk walk = begin(evaluator, frame, before);
    struct writer writer = {valuation, arena_alloc(&evaluator->scratch, width + 1)};
    apply(&walk, &writer, effect);
    free(before);
    return !walk.broken;
}
