/* processes: scripts and controllers that run beside each other.
 *
 * A process is a kind: its parameters are constants, its variables are state, and an object of it is one that runs.
 * The field `at` says which step is next, `done` or `failed` at the end.  A step becomes actions of the rulebook whose
 * condition is that it is the object's turn: the called action itself for the answer `ok`, and an event for each other
 * answer, which moves `at` and nothing else.  So engines know nothing of processes. */
#include <string.h>

#include "model/loader.h"

enum { RETRIES_MOST = 1000, STEPS_MOST = 2000 };

struct edge { /* between steps, by number; STEP_DONE and STEP_FAILED are no steps */
    size_t from, to;
};

struct author { /* of the process that is being read */
    struct loader *loader;
    struct process *process;
    const struct yaml *steps; /* a mapping: label, step */
    const struct yaml *item;  /* all of it */
    size_t step;              /* which one */
    VEC(struct edge) edges;
    bool counts; /* the step has a counter of retries */
};

static const char *const field_at = "at";

/* ---- terms that nobody wrote ---- */

static struct term *term_of(const struct author *author, enum term_op op, struct span span, struct term *a,
                            struct term *b) {
    return term_new(&author->loader->rulebook->arena, op, span, a, b);
}

static struct term *number_term(const struct author *author, struct span span, enum term_op op, int32_t value) {
    struct term *term = term_of(author, op, span, NULL, NULL);
    term->value = value;
    return term;
}

/* self.FIELD */
static struct term *own(const struct author *author, const char *field, struct span span) {
    struct term *self = term_of(author, TERM_NAME, span, NULL, NULL);
    self->name = intern_string(&author->loader->rulebook->intern, "self");
    struct term *term = term_of(author, TERM_FIELD, span, self, NULL);
    term->name = intern_string(&author->loader->rulebook->intern, field);
    return term;
}

static struct term *and_also(const struct author *author, struct term *a, struct term *b) {
    return a == NULL ? b : b == NULL ? a : term_of(author, TERM_AND, a->span, a, b);
}

/* `while`, for this action: once for each, because names are resolved in place. */
static struct term *is_alive(const struct author *author, const struct action *action) {
    struct term *alive = loader_term(author->loader, author->item, "while");
    if (author->process->alive == NULL) {
        author->process->alive = alive;
        author->process->alive_in = action;
    }
    return alive;
}

/* self.at == the step's label */
static struct term *turn(const struct author *author, size_t step) {
    struct span span = author->steps->keys[step]->span;
    struct term *label = number_term(author, span, TERM_ENUM, (int32_t)step); /* its type is that of `at` */
    return term_of(author, TERM_EQ, span, own(author, field_at, span), label);
}

static void add_effect(struct action *action, struct effect *effect) {
    if (effect != NULL)
        vec_push(&action->effects,
                 ((struct rule_effect){.origin = {.id = action->name, .span = effect->span}, .effect = effect}));
}

/* self.FIELD := value */
static void assign(const struct author *author, struct action *action, const char *field, struct term *value) {
    struct arena *arena = &author->loader->rulebook->arena;
    struct effect *assignment = arena_alloc(arena, sizeof *assignment), *block = arena_alloc(arena, sizeof *block);
    assignment->form = EFFECT_ASSIGN;
    assignment->span = value->span;
    assignment->target = own(author, field, value->span);
    assignment->value = value;
    block->form = EFFECT_IF; /* a block without a condition, as syntax_effect() makes them */
    block->span = value->span;
    block->body = arena_copy(arena, &assignment, sizeof assignment);
    block->body_count = 1;
    add_effect(action, block);
}

/* ---- fields ---- */

static const struct field *find_field(const struct kind *kind, const char *name) {
    for (size_t i = 0; i < kind->fields.count; i++)
        if (strcmp(kind->fields.at[i]->name, name) == 0)
            return kind->fields.at[i];
    return NULL;
}

static struct field *add_field(const struct author *author, const char *name, enum type_form form, struct span span) {
    struct rulebook *rulebook = author->loader->rulebook;
    struct kind *kind = author->process->kind;
    const struct field *old = find_field(kind, name);
    if (old != NULL)
        diag_error(author->loader->diags, old->span, DIAG_DUPLICATE_NAME,
                   "'%s' is a field that every process like this has", name);
    struct field *field = arena_alloc(&rulebook->arena, sizeof *field);
    field->name = intern_string(&rulebook->intern, name);
    field->kind = kind;
    field->span = span;
    field->text = arena_alloc(&rulebook->arena, sizeof *field->text);
    field->text->form = form;
    field->text->span = span;
    vec_push(&kind->fields, field);
    return field;
}

/* 0..high */
static void add_counter(const struct author *author, const char *name, int32_t high, struct span span) {
    struct field *field = add_field(author, name, TYPE_INT, span);
    field->text->low = number_term(author, span, TERM_NUMBER, 0);
    field->text->high = number_term(author, span, TERM_NUMBER, high);
}

/* The labels, then `done` and `failed`. */
static void add_program_counter(const struct author *author) {
    struct rulebook *rulebook = author->loader->rulebook;
    const struct yaml *steps = author->steps;
    struct field *field = add_field(author, field_at, TYPE_ENUM, steps->span);
    field->text->value_count = steps->count + 2;
    field->text->values = arena_alloc(&rulebook->arena, (steps->count + 2) * sizeof *field->text->values);
    field->text->value_spans = arena_alloc(&rulebook->arena, (steps->count + 2) * sizeof *field->text->value_spans);
    for (size_t i = 0; i < steps->count + 2; i++) {
        field->text->values[i] = i < steps->count
                                     ? steps->keys[i]->text
                                     : intern_string(&rulebook->intern, i == steps->count ? "done" : "failed");
        field->text->value_spans[i] = i < steps->count ? steps->keys[i]->span : steps->span;
    }
    author->process->at = field;
}

/* ---- actions ---- */

static struct binding *self_parameter(const struct author *author) {
    struct rulebook *rulebook = author->loader->rulebook;
    struct binding *self = arena_alloc(&rulebook->arena, sizeof *self);
    self->mode = BINDING_PARAMETER;
    self->name = intern_string(&rulebook->intern, "self");
    self->span = author->steps->keys[author->step]->span;
    self->text = arena_alloc(&rulebook->arena, sizeof *self->text);
    self->text->form = TYPE_REF;
    self->text->span = self->span;
    self->text->name = author->process->kind->name;
    return self;
}

/* Every answer of every call is an action, so there may not be too many. */
static bool may_add(const struct author *author) {
    struct loader *loader = author->loader;
    if (++loader->declared == LIMIT_DECLARATIONS + 1)
        diag_error(loader->diags, author->steps->keys[author->step]->span, DIAG_TOO_LARGE,
                   "more than %d declarations, with an action for each answer of each call", LIMIT_DECLARATIONS);
    return loader->declared <= LIMIT_DECLARATIONS;
}

/* What all actions of a step have in common: whose it is, its turn, where it goes on. */
static void own_action(struct author *author, struct action *action, const char *answer, size_t next) {
    const struct yaml *key = author->steps->keys[author->step];
    action->process = author->process;
    action->label = key->text;
    action->answer = answer;
    action->fair = true;
    vec_push(&action->parameters, NULL);
    memmove(action->parameters.at + 1, action->parameters.at,
            (action->parameters.count - 1) * sizeof *action->parameters.at);
    action->parameters.at[0] = self_parameter(author);
    assign(author, action, field_at, number_term(author, key->span, TERM_ENUM, (int32_t)next));
    if (next != author->step && author->counts)
        assign(author, action, arena_format(&author->loader->rulebook->arena, "%s_tries", key->text),
               number_term(author, key->span, TERM_NUMBER, 0));
    vec_push(&author->edges, ((struct edge){author->step, next}));
}

/* Something that the process does without a call. */
static struct action *add_event(struct author *author, const char *what, struct term *condition, size_t next) {
    struct rulebook *rulebook = author->loader->rulebook;
    const struct yaml *key = author->steps->keys[author->step];
    struct action *action = arena_alloc(&rulebook->arena, sizeof *action);
    action->name = intern_string(
        &rulebook->intern, arena_format(&rulebook->arena, "%s.%s %s", author->process->kind->name, key->text, what));
    action->origin = (struct origin){.id = action->name, .span = key->span};
    action->by = BY_ENVIRONMENT;
    action->base = action;
    action->is_allowed = true;
    action->index = (uint32_t)rulebook->actions.count;
    vec_push(&rulebook->actions, action);
    own_action(author, action, what, next);
    action->when = and_also(author, and_also(author, turn(author, author->step), is_alive(author, action)), condition);
    return action;
}

/* ---- targets ---- */

static bool is_word(const char *text) {
    static const char *const words[] = {"next", "retry", "done", "fail", "failed"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

/* The number of the step that a target names; the steps' count for done, one more for failed. */
static size_t target(const struct author *author, const struct yaml *node, size_t otherwise) {
    size_t count = author->steps->count;
    if (node == NULL || !loader_has_shape(author->loader, node, YAML_TEXT, "the label of a step"))
        return otherwise;
    if (strcmp(node->text, "next") == 0)
        return author->step + 1;
    if (strcmp(node->text, "retry") == 0)
        return author->step;
    if (strcmp(node->text, "done") == 0)
        return count;
    if (strcmp(node->text, "fail") == 0)
        return count + 1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(author->steps->keys[i]->text, node->text) == 0)
            return i;
    diag_error(author->loader->diags, node->span, DIAG_UNKNOWN_NAME,
               "no step is called '%.60s'; expected a label, next, retry, done or fail", node->text);
    VEC(const char *) names = {0};
    for (size_t i = 0; i < count; i++)
        vec_push(&names, author->steps->keys[i]->text);
    suggest(author->loader->diags, node->span, node->text, names.at, names.count);
    vec_free(&names);
    return otherwise;
}

static size_t target_of(const struct author *author, const struct yaml *map, const char *key) {
    return target(author, yaml_get(map, key), author->step + 1);
}

/* ---- steps without a call ---- */

/* A process assigns its own variables only. */
static void check_own(const struct author *author, const struct effect *effect) {
    if (effect->form == EFFECT_ASSIGN) {
        const struct term *place = effect->target->op == TERM_INDEX ? effect->target->args[0] : effect->target;
        bool mine = place->op == TERM_FIELD && place->args[0]->op == TERM_NAME &&
                    strcmp(place->args[0]->name, "self") == 0 && strcmp(place->name, field_at) != 0;
        if (!mine)
            diag_error(author->loader->diags, effect->target->span, DIAG_BAD_CONTEXT,
                       "a process sets its own variables only; expected 'self.' and a variable of '%s'",
                       author->process->kind->name);
    }
    for (size_t i = 0; i < effect->body_count; i++)
        check_own(author, effect->body[i]);
    for (size_t i = 0; i < effect->otherwise_count; i++)
        check_own(author, effect->otherwise[i]);
}

static void add_set(const struct author *author, struct action *action, const struct yaml *item) {
    const struct yaml *text = yaml_get(item, "set");
    struct effect *effect = text == NULL ? NULL : syntax_effect(&author->loader->syntax, text);
    if (effect != NULL)
        check_own(author, effect);
    add_effect(action, effect);
}

static void load_wait(struct author *author, const struct yaml *item) {
    CHECK_KEYS(author->loader, item, "a step with 'wait'", "about", "wait", "set", "then", "timeout");
    struct term *condition = loader_term(author->loader, item, "wait");
    struct action *action = add_event(author, "goes on", condition, target_of(author, item, "then"));
    add_set(author, action, item);
    if (author->step == 0)
        author->process->first_wait = action;
    if (yaml_get(item, "timeout") == NULL || condition == NULL)
        return;
    struct term *waits = loader_term(author->loader, item, "wait"); /* once more: names are resolved in place */
    if (waits != NULL)
        add_event(author, "gives up", term_of(author, TERM_NOT, waits->span, waits, NULL),
                  target_of(author, item, "timeout"));
}

static void load_if(struct author *author, const struct yaml *item) {
    CHECK_KEYS(author->loader, item, "a step with 'if'", "about", "if", "set", "then", "else");
    if (yaml_get(item, "then") == NULL && yaml_get(item, "else") == NULL)
        diag_error(author->loader->diags, item->span, DIAG_MISSING_KEY, "a step with 'if' needs 'then' or 'else'");
    struct term *condition = loader_term(author->loader, item, "if");
    if (condition == NULL)
        return;
    struct action *yes = add_event(author, "yes", condition, target_of(author, item, "then"));
    condition = loader_term(author->loader, item, "if"); /* once more: names are resolved in place */
    struct action *no = add_event(author, "no", term_of(author, TERM_NOT, condition->span, condition, NULL),
                                  target_of(author, item, "else"));
    add_set(author, yes, item);
    add_set(author, no, item);
}

static void load_set(struct author *author, const struct yaml *item) {
    CHECK_KEYS(author->loader, item, "a step with 'set'", "about", "set", "then");
    add_set(author, add_event(author, "set", NULL, target_of(author, item, "then")), item);
}

/* ---- calls ---- */

/* The code that a check answers with: of several that are as right, one that the step is ready for. */
static const char *code_of(const struct check *check, const struct yaml *on) {
    for (size_t i = 0; on != NULL && i < check->code_count; i++)
        if (yaml_get(on, check->codes[i]) != NULL)
            return check->codes[i];
    return check->codes[0];
}

/* The first check that fails answers with this code. */
static struct term *refusal(const struct author *author, const struct action *base, const struct yaml *on,
                            const char *code) {
    const struct yaml *checks = yaml_get(base->text, "checks");
    struct term *term = NULL;
    for (size_t i = base->checks.count; i-- > 0;) {
        const struct check *check = &base->checks.at[i];
        bool mine = strcmp(code_of(check, on), code) == 0;
        if (term == NULL && !mine)
            continue;
        struct span span = check->origin.span;
        struct term *passed = loader_term(author->loader, checks->items[i], "require"), *choice;
        if (passed == NULL)
            return NULL;
        choice = term_of(author, TERM_IF, span, NULL, NULL);
        choice->arg_count = 3;
        choice->args = arena_alloc(&author->loader->rulebook->arena, 3 * sizeof(struct term *));
        choice->args[0] = passed;
        choice->args[1] = term != NULL ? term : number_term(author, span, TERM_BOOL, 0);
        choice->args[2] = number_term(author, span, TERM_BOOL, mine);
        term = choice;
    }
    return term;
}

/* One answer of the step's call, or (code NULL) the answer ok. */
static struct action *add_call(struct author *author, const struct action *base, const struct yaml *text,
                               struct term *condition, const char *code, size_t next) {
    struct loader *loader = author->loader;
    struct rulebook *rulebook = loader->rulebook;
    const struct yaml *key = author->steps->keys[author->step];
    struct call_text call;
    if (!may_add(author) ||
        !syntax_call(&loader->syntax, text, &call)) /* once for each answer: names are resolved in place */
        return NULL;
    struct action *action = load_action_copy(loader, key, base);
    struct term *arguments = loader_fix_arguments(loader, action, &call);
    action->name =
        intern_string(&rulebook->intern, arena_format(&rulebook->arena, "%s.%s%s%s", author->process->kind->name,
                                                      key->text, code == NULL ? "" : " ", code == NULL ? "" : code));
    action->called = base;
    if (code != NULL) { /* nothing changes, and nothing is left to be decided */
        action->base = action;
        action->checks.count = action->choices.count = action->effects.count = 0;
    }
    own_action(author, action, code, next);
    struct term *mine = and_also(author, turn(author, author->step), is_alive(author, action));
    action->when = and_also(author, and_also(author, and_also(author, mine, arguments), action->when), condition);
    return action;
}

static bool answers(const struct action *action, const char *code) {
    for (size_t i = 0; i < action->checks.count; i++)
        for (size_t k = 0; k < action->checks.at[i].code_count; k++)
            if (strcmp(action->checks.at[i].codes[k], code) == 0)
                return true;
    return false;
}

/* `retry: n` of an item of `on`, or -1. */
static int32_t retries(const struct author *author, const struct yaml *item) {
    const struct yaml *node = item == NULL || item->kind != YAML_MAP ? NULL : yaml_get(item, "retry");
    if (node == NULL || !loader_has_shape(author->loader, node, YAML_TEXT, "retry"))
        return -1;
    char *end;
    long value = strtol(node->text, &end, 10);
    if (*end == '\0' && end != node->text && value >= 1 && value <= RETRIES_MOST)
        return (int32_t)value;
    diag_error(author->loader->diags, node->span, DIAG_BAD_RANGE,
               "retry: expected a number from 1 to %d, found '%.40s'", RETRIES_MOST, node->text);
    return -1;
}

/* Every code is one that the action answers, and the counter of retries is as large as it must be. */
static void check_on(struct author *author, const struct action *base, const struct yaml *on) {
    int32_t most = -1;
    for (size_t i = 0; i < on->count; i++) {
        const struct yaml *key = on->keys[i], *item = on->items[i];
        if (strcmp(key->text, "any") != 0 && !answers(base, key->text)) {
            diag_error(author->loader->diags, key->span, DIAG_UNKNOWN_NAME, "'%s' never answers %.60s", base->name,
                       key->text);
            VEC(const char *) codes = {0};
            for (size_t c = 0; c < base->checks.count; c++)
                vec_push(&codes, base->checks.at[c].codes[0]);
            suggest(author->loader->diags, key->span, key->text, codes.at, codes.count);
            vec_free(&codes);
        }
        if (item->kind == YAML_MAP) {
            CHECK_KEYS(author->loader, item, "an answer", "retry", "then");
            if (yaml_get(item, "retry") == NULL)
                diag_error(author->loader->diags, item->span, DIAG_MISSING_KEY,
                           "an answer needs a target, or 'retry' and how often");
            int32_t times = retries(author, item);
            most = times > most ? times : most;
        }
    }
    author->counts = most >= 0;
    const struct yaml *key = author->steps->keys[author->step];
    if (author->counts)
        add_counter(author, arena_format(&author->loader->rulebook->arena, "%s_tries", key->text), most, key->span);
}

/* What happens at an answer other than ok. */
static void add_refusal(struct author *author, const struct action *base, const struct yaml *item,
                        const struct yaml *on, const char *code) {
    const struct yaml *reply = on == NULL ? NULL : yaml_get(on, code), *text = yaml_get(item, "call");
    struct rulebook *rulebook = author->loader->rulebook;
    size_t failed = author->steps->count + 1;
    if (reply == NULL && on != NULL)
        reply = yaml_get(on, "any");
    int32_t times = retries(author, reply);
    if (reply == NULL || reply->kind != YAML_MAP) {
        add_call(author, base, text, refusal(author, base, on, code), code, target(author, reply, failed));
        return;
    }
    struct span span = reply->span;
    const char *tries = arena_format(&rulebook->arena, "%s_tries", author->steps->keys[author->step]->text);
    struct term *left =
        term_of(author, TERM_LT, span, own(author, tries, span), number_term(author, span, TERM_NUMBER, times));
    struct action *again =
        add_call(author, base, text, and_also(author, left, refusal(author, base, on, code)), code, author->step);
    if (again == NULL)
        return;
    assign(author, again, tries,
           term_of(author, TERM_ADD, span, own(author, tries, span), number_term(author, span, TERM_NUMBER, 1)));
    struct term *spent =
        term_of(author, TERM_GE, span, own(author, tries, span), number_term(author, span, TERM_NUMBER, times));
    struct action *last = add_call(author, base, text, and_also(author, spent, refusal(author, base, on, code)), code,
                                   target(author, yaml_get(reply, "then"), failed));
    if (last != NULL)
        last->name = intern_string(&rulebook->intern, arena_format(&rulebook->arena, "%s at last", last->name));
}

static void load_call(struct author *author, const struct yaml *item) {
    struct loader *loader = author->loader;
    const struct yaml *text = yaml_get(item, "call"), *on = yaml_get(item, "on");
    CHECK_KEYS(loader, item, "a step with 'call'", "about", "call", "on", "then");
    struct call_text call;
    if (!loader_has_shape(loader, text, YAML_TEXT, "call") || !syntax_call(&loader->syntax, text, &call))
        return;
    if (call.response != NULL)
        diag_error(loader->diags, call.response_span, DIAG_BAD_CONTEXT,
                   "what follows on an answer stands under 'on', and 'then' for ok");
    const struct action *base = loader_called(loader, &call);
    if (base == NULL)
        return;
    if (on != NULL && !loader_has_shape(loader, on, YAML_MAP, "on"))
        return;
    if (on != NULL)
        check_on(author, base, on);
    if (add_call(author, base, text, NULL, NULL, target_of(author, item, "then")) == NULL ||
        diags_failed(loader->diags)) /* or each error would be said for every answer */
        return;
    VEC(const char *) codes = {0};
    for (size_t i = 0; i < base->checks.count; i++) {
        const char *code = code_of(&base->checks.at[i], on);
        bool known = false;
        for (size_t k = 0; k < codes.count; k++)
            known = known || strcmp(codes.at[k], code) == 0;
        if (known)
            continue;
        vec_push(&codes, code);
        add_refusal(author, base, item, on, code);
    }
    vec_free(&codes);
}

/* ---- processes ---- */

static void load_step(struct author *author) {
    static const struct {
        const char *key;
        void (*load)(struct author *author, const struct yaml *item);
    } forms[] = {{"call", load_call}, {"wait", load_wait}, {"if", load_if}, {"set", load_set}};
    const struct yaml *key = author->steps->keys[author->step], *item = author->steps->items[author->step];
    if (is_word(key->text))
        diag_error(author->loader->diags, key->span, DIAG_BAD_NAME,
                   "'%s' cannot be the label of a step: the word says where to go on", key->text);
    if (!loader_is_name(author->loader, key, false, "a step") ||
        !loader_has_shape(author->loader, item, YAML_MAP, "a step"))
        return;
    loader_text(author->loader, item, "about");
    author->counts = false;
    size_t found = 0, form = 0;
    for (size_t i = ARRAY_SIZE(forms) - 1; i-- > 0;)
        if (yaml_get(item, forms[i].key) != NULL) {
            form = i;
            found++;
        }
    if (found == 0 && yaml_get(item, "set") != NULL) {
        form = ARRAY_SIZE(forms) - 1; /* the others but `call` may have it, too */
        found = 1;
    }
    if (found != 1)
        diag_error(author->loader->diags, key->span, DIAG_MISSING_KEY,
                   "a step of a process needs exactly one of: call, wait, if, set");
    else
        forms[form].load(author, item);
}

/* The value of a variable at the beginning: NULL after an error. */
static struct term *first_value(const struct author *author, const struct yaml *key, const struct yaml *text) {
    struct type_text *type = syntax_type(&author->loader->syntax, text); /* a copy of its own */
    if (type == NULL)
        return NULL;
    if (type->initial != NULL)
        return type->initial;
    if (type->form == TYPE_BOOL)
        return number_term(author, key->span, TERM_BOOL, 0);
    if (type->form == TYPE_INT)
        return type->low;
    if (type->form == TYPE_SET)
        return term_of(author, TERM_SET, key->span, NULL, NULL);
    if (type->form == TYPE_REF && type->optional)
        return term_of(author, TERM_NONE, key->span, NULL, NULL);
    if (type->form == TYPE_ENUM && type->value_count > 0)
        return number_term(author, key->span, TERM_ENUM, 0);
    diag_error(author->loader->diags, text->span, DIAG_MISSING_KEY,
               "which value has '%s' after a crash? Expected '%s = VALUE' here", key->text, text->text);
    return NULL;
}

/* At any point the process may lose all it knows and begin again, `most` times. */
static void load_crash(struct author *author, const struct yaml *item, const struct yaml *variables) {
    struct loader *loader = author->loader;
    if (!loader_has_shape(loader, item, YAML_MAP, "crash"))
        return;
    CHECK_KEYS(loader, item, "crash", "most", "then");
    const struct yaml *most = yaml_get(item, "most");
    if (most == NULL) {
        diag_error(loader->diags, item->span, DIAG_MISSING_KEY, "crash: 'most' says how often");
        return;
    }
    struct field *count = add_field(author, "crashes", TYPE_INT, most->span);
    count->text->low = number_term(author, most->span, TERM_NUMBER, 0);
    count->text->high = loader_term(loader, item, "most");
    struct term *high = loader_term(loader, item, "most");
    if (high == NULL || diags_failed(loader->diags))
        return;
    author->step = 0;
    author->counts = false;
    size_t steps = author->steps->count, next = target(author, yaml_get(item, "then"), 0);
    struct term *left = term_of(author, TERM_LT, high->span, own(author, "crashes", high->span), high);
    struct action *action = add_event(author, "crashes", left, next);
    action->fair = false;
    action->label = NULL;
    struct term *ended[2]; /* in place of its turn: anywhere but at the end */
    for (size_t i = 0; i < 2; i++)
        ended[i] = term_of(author, TERM_NE, high->span, own(author, field_at, high->span),
                           number_term(author, high->span, TERM_ENUM, (int32_t)(steps + i)));
    action->when = and_also(author, and_also(author, ended[0], ended[1]), left);
    assign(author, action, "crashes",
           term_of(author, TERM_ADD, high->span, own(author, "crashes", high->span),
                   number_term(author, high->span, TERM_NUMBER, 1)));
    for (size_t i = 0; variables != NULL && i < variables->count; i++) {
        struct term *value = first_value(author, variables->keys[i], variables->items[i]);
        if (value != NULL)
            assign(author, action, variables->keys[i]->text, value);
    }
    for (size_t i = 0; i < author->steps->count; i++) {
        const char *tries = arena_format(&loader->rulebook->arena, "%s_tries", author->steps->keys[i]->text);
        if (find_field(author->process->kind, tries) != NULL)
            assign(author, action, tries, number_term(author, high->span, TERM_NUMBER, 0));
    }
}

/* Labels that no way leads to, and whether one leads to `done`. */
static void follow(struct author *author) {
    size_t count = author->steps->count;
    bool *reached = arena_alloc(&author->loader->rulebook->arena, count + 2), changed = true;
    reached[0] = true;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < author->edges.count; i++)
            if (reached[author->edges.at[i].from] && !reached[author->edges.at[i].to])
                reached[author->edges.at[i].to] = changed = true;
    }
    size_t left = LIMIT_ERRORS;
    for (size_t i = 0; i < count && left > 0; i++)
        if (!reached[i] && left-- > 0)
            diag_warning(author->loader->diags, author->steps->keys[i]->span, DIAG_UNUSED,
                         "no step of '%s' leads to '%s'", author->process->kind->name, author->steps->keys[i]->text);
    author->process->can_end = reached[count];
}

static void load_process(struct loader *loader, const struct yaml *key, const struct yaml *item) {
    struct rulebook *rulebook = loader->rulebook;
    CHECK_KEYS(loader, item, "a process", "about", "parameters", "variables", "while", "steps", "crash");
    const struct yaml *steps = yaml_get(item, "steps"), *variables = yaml_get(item, "variables");
    if (steps == NULL || (steps->kind == YAML_MAP && steps->count == 0)) {
        diag_error(loader->diags, key->span, DIAG_MISSING_KEY, "a process needs 'steps'");
        return;
    }
    if (!loader_has_shape(loader, steps, YAML_MAP, "steps"))
        return;
    if (steps->count > STEPS_MOST) {
        diag_error(loader->diags, steps->span, DIAG_TOO_LARGE, "a process of %zu steps; at most %d are allowed",
                   steps->count, STEPS_MOST);
        return;
    }
    struct process *process = arena_alloc(&rulebook->arena, sizeof *process);
    struct kind *kind = arena_alloc(&rulebook->arena, sizeof *kind);
    struct author author = {.loader = loader, .process = process, .steps = steps, .item = item};
    process->kind = kind;
    process->about = loader_text(loader, item, "about");
    kind->name = key->text;
    kind->span = key->span;
    kind->about = process->about;
    kind->process = process;
    kind->index = (uint32_t)rulebook->kinds.count;
    vec_push(&rulebook->kinds, kind);
    vec_push(&rulebook->processes, process);
    loader_fields(loader, kind, yaml_get(item, "parameters"), true);
    loader_fields(loader, kind, variables, false);
    add_program_counter(&author);
    for (author.step = 0; author.step < steps->count; author.step++)
        load_step(&author);
    if (yaml_get(item, "crash") != NULL)
        load_crash(&author, yaml_get(item, "crash"), variables);
    if (!diags_failed(loader->diags))
        follow(&author);
    vec_free(&author.edges);
}

void load_processes(struct loader *loader, const struct yaml *section) {
    if (!loader_has_shape(loader, section, YAML_MAP, "processes"))
        return;
    for (size_t i = 0; i < section->count; i++) {
        const struct yaml *key = section->keys[i];
        if (!loader_is_name(loader, key, false, "a process") ||
            !loader_has_shape(loader, section->items[i], YAML_MAP, "a process"))
            continue;
        const struct kind *old = rulebook_kind(loader->rulebook, key->text);
        if (old != NULL)
            loader_duplicate(loader, key->span, old->span, "the kind", key->text);
        else
            load_process(loader, key, section->items[i]);
    }
}
