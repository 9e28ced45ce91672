#include "wire/server.h"

#include <string.h>

#include "wire/server_internal.h"

#define MOST_PARAMETERS 2000
#define MOST_EVENTS 10000 /* at once; beyond it the rulebook's events feed each other */

/* ---- life ---- */

/* The values of the attributes that operations set: by kind, setting, object; from the heap. */
static int32_t *server_settings(const struct server *server) {
    VEC(int32_t) values = {0};
    vec_reserve(&values, 1);
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->settings.count; i++)
            for (size_t o = 0; o < kind->kind->objects.count; o++)
                vec_push(&values, kind->kind->objects.at[o].constants[kind->settings.at[i].field->offset]);
    }
    return values.at;
}

static void schedule(struct server *server);

struct server *server_new(struct rulebook *rulebook, const struct wire *wire, double latency_s, struct diags *diags) {
    size_t widest = 0, bytes = (rulebook->state_width + 1) * sizeof(int32_t);
    struct server *server = memory_resize(NULL, sizeof *server);
    *server = (struct server){.rulebook = rulebook, .wire = wire, .latency_s = latency_s};
    for (size_t i = 0; i < rulebook->actions.count; i++)
        if (action_width(rulebook->actions.at[i], true) > widest)
            widest = action_width(rulebook->actions.at[i], true);
    server->state = memory_resize(NULL, bytes);
    server->next = memory_resize(NULL, bytes);
    server->scratch = memory_resize(NULL, (widest + 1) * sizeof(int32_t));
    evaluator_init(&server->evaluator, rulebook);
    server->places = wire_places_new(wire, &server->evaluator);
    server->show = (struct wire_show){.wire = wire, .evaluator = &server->evaluator, .valuation = server->state};
    server_ids_init(server);
    server_views_init(server);
    if (!eval_initial(&server->evaluator, server->state)) {
        diag_error(diags, server->evaluator.problem.span, DIAG_INITIAL, "%s", server->evaluator.problem.text);
        server_free(server);
        return NULL;
    }
    server->first_settings = server_settings(server);
    server_ids_update(server, NULL);
    schedule(server);
    return server;
}

void server_free(struct server *server) {
    if (server == NULL)
        return;
    server_ids_clear(server);
    server_views_clear(server);
    evaluator_clear(&server->evaluator);
    arena_clear(&server->arena);
    vec_free(&server->pending);
    free(server->state);
    free(server->next);
    free(server->scratch);
    free(server->first_settings);
    free(server);
}

uint64_t server_changes(const struct server *server) { return server->changes; }

/* ---- steps ---- */

/* Has the scope made this object into something that no call makes: a spot instance, say? */
static bool is_odd(const struct server *server, const struct binding *choice, int32_t object) {
    const struct wire_kind *kind = wire_kind(server->wire, choice->type->kind);
    for (size_t m = 0; kind != NULL && m < kind->make.count; m++)
        if (kind->make.at[m].cannot != NULL &&
            wire_holds(&server->show, kind->make.at[m].condition, (uint32_t)object, UINT32_MAX))
            return true;
    return false;
}

/* Finds values for the choices from `index` on, the first that the service may take. */
static bool choose(struct server *server, const struct action *action, size_t index, int32_t *arguments,
                   int32_t *values) {
    if (index == action->choices.count)
        return eval_step(&server->evaluator, action, arguments, true, server->state, server->next) == EVAL_OK;
    const struct binding *choice = action->choices.at[index];
    int32_t low, high;
    type_range(type_element(server->rulebook, choice->type), &low, &high);
    bool is_new = choice->mode == BINDING_NEW;
    for (int32_t value = low; value <= high && choice->width == 1; value++) {
        values[0] = value;
        if (is_new && !server->takes_odd && is_odd(server, choice, value))
            continue;
        if (eval_choice(&server->evaluator, action, index, arguments, server->state) == EVAL_OK &&
            choose(server, action, index + 1, arguments, values + 1))
            return true;
    }
    return false;
}

/* The step becomes the present.  The old state stays in `next`. */
static void accept(struct server *server, const struct action *action, const int32_t *arguments) {
    int32_t *old = server->state;
    server_log_step(server, action, arguments, "ok", old, server->next);
    server->state = server->next;
    server->next = old;
    server->show.valuation = server->state;
    if (memcmp(old, server->state, server->rulebook->state_width * sizeof *old) == 0)
        return;
    server->changes++;
    server_ids_update(server, old);
    schedule(server);
}

/* ---- what happens by itself ---- */

static bool can_happen(struct server *server, const struct wire_event *event, uint32_t object) {
    server->scratch[0] = (int32_t)object;
    return eval_step(&server->evaluator, event->action, server->scratch, false, server->state, NULL) == EVAL_OK;
}

static bool is_pending(const struct server *server, const struct wire_event *event, uint32_t object) {
    for (size_t i = 0; i < server->pending.count; i++)
        if (server->pending.at[i].event == event && server->pending.at[i].object == object)
            return true;
    return false;
}

static void schedule(struct server *server) {
    for (size_t e = 0; e < server->wire->events.count; e++) {
        const struct wire_event *event = server->wire->events.at[e];
        if (event->see == NULL || !event->action->fair || event->action->parameters.count != 1)
            continue;
        for (uint32_t o = 0; o < event->see->type->kind->objects.count; o++)
            if (!is_pending(server, event, o) && can_happen(server, event, o))
                vec_push(&server->pending,
                         ((struct server_event){event, o, server->now_s + server->latency_s + event->delay_s}));
    }
}

static void let_happen(struct server *server) {
    for (size_t i = 0, rounds = 0; i < server->pending.count && rounds < MOST_EVENTS; rounds++) {
        struct server_event one = server->pending.at[i];
        if (one.due_s > server->now_s) {
            i++;
            continue;
        }
        server->pending.at[i] = server->pending.at[--server->pending.count];
        const struct action *action = one.event->action;
        if (can_happen(server, one.event, one.object) &&
            choose(server, action, 0, server->scratch, server->scratch + 1))
            accept(server, action, server->scratch);
        i = 0;
    }
}

/* What was to wait for a delay of its own happens now. */
static void hurry(struct server *server) {
    for (size_t i = 0; i < server->pending.count; i++)
        if (server->pending.at[i].event->delay_s > 0)
            server->pending.at[i].due_s = server->now_s;
    let_happen(server);
}

/* ---- answers ---- */

static const char *request_id(struct server *server) {
    uint64_t number = ++server->id_count;
    return arena_format(&server->arena, "%08x-0000-4000-8000-%012llx", (unsigned)(number >> 16 & 0xffffffff),
                        (unsigned long long)(number * UINT64_C(0x9e3779b97f4a7c15) & UINT64_C(0xffffffffffff)));
}

static struct server_answer error_answer(struct server *server, const char *code, const char *message) {
    wire_text out = {0};
    wire_answer_error(code, message, request_id(server), &out);
    return (struct server_answer){strcmp(code, "DryRunOperation") == 0 ? 412 : 400, out.at, out.count};
}

static struct server_answer good_answer(struct server *server, const struct wire_operation *operation,
                                        struct jtree *tree) {
    struct wire_type type = {WIRE_STRUCTURE, false, &operation->output};
    wire_text out = {0};
    wire_answer_begin(server->wire, operation, request_id(server), &out);
    wire_answer_value_xml(&type, tree, &out);
    wire_answer_end(operation, &out);
    jtree_free(tree);
    return (struct server_answer){200, out.at, out.count};
}

static struct server_answer description(struct server *server, const struct wire_kind *kind,
                                        const struct jtree *request) {
    const char *code, *message;
    wire_text out = {0};
    wire_answer_begin(server->wire, kind->describe, request_id(server), &out);
    if (server_describe(server, kind, request, &out, &code, &message)) {
        wire_answer_end(kind->describe, &out);
        return (struct server_answer){200, out.at, out.count};
    }
    vec_free(&out);
    return error_answer(server, code, message);
}

/* Puts the value at "Instances.0.InstanceId"; what is on the way and not there is made. */
static void put_at(struct jtree *tree, const struct wire_structure *structure, const char *path, struct jtree *value) {
    while (strchr(path, '.') != NULL) {
        char name[80];
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        const struct wire_member *member = wire_member(structure, name);
        struct jtree *inner = (struct jtree *)(uintptr_t)jtree_get(tree, name);
        if (inner == NULL) {
            inner = member->type.is_list ? jtree_list() : jtree_object();
            jtree_put(tree, name, inner);
        }
        path += length + 1;
        if (member->type.is_list) {
            size_t index = strtoul(path, NULL, 10);
            bool is_last = strchr(path, '.') == NULL;
            while (!is_last && jtree_count(inner) <= index)
                jtree_add(inner, jtree_object());
            if (is_last) {
                jtree_add(inner, value);
                return;
            }
            path = strchr(path, '.') + 1;
            inner = (struct jtree *)(uintptr_t)jtree_at(inner, index);
        }
        tree = inner;
        structure = member->type.structure;
    }
    jtree_put(tree, path, value);
}

static struct jtree *answer_tree(struct server *server, const struct wire_match *match) {
    struct jtree *tree = jtree_object();
    const struct wire_action *action = match->action;
    for (size_t i = 0; i < action->answers.count; i++) {
        const struct wire_answer *answer = &action->answers.at[i];
        struct wire_type place = {WIRE_STRING, answer->value->form == WIRE_LIST, NULL};
        struct jtree *value = wire_answer_value(&server->show, action, answer->value, &place, match->arguments);
        if (value != NULL)
            put_at(tree, &action->operation->output, answer->path, value);
    }
    return tree;
}

/* ---- calls ---- */

/* Tries what the request may mean.  `false`: it cannot be that; the next may. */
static bool try_match(struct server *server, struct wire_match *match, const char **unknown, bool is_describe,
                      struct server_answer *answer) {
    const struct action *action = match->action->action;
    if (!server_find_objects(server, match, unknown))
        return false;
    size_t tries = 1;
    for (size_t i = 0; i < match->form->arbitrary.count; i++) {
        const struct binding *binding = match->form->arbitrary.at[i];
        size_t count = binding->type->form != TYPE_REF
                           ? 1
                           : binding->type->kind->objects.count + (binding->type->optional ? 1 : 0);
        if (count == 0)
            return false;
        tries = count > tries ? count : tries;
    }
    enum eval_outcome outcome = EVAL_DISABLED;
    for (size_t n = 0; n < tries && outcome == EVAL_DISABLED; n++) { /* any object will do, if it may be asked for */
        for (size_t i = 0; i < match->form->arbitrary.count; i++) {
            const struct binding *binding = match->form->arbitrary.at[i];
            size_t count = binding->type->form == TYPE_REF ? binding->type->kind->objects.count : 0;
            if (binding->type->form == TYPE_REF && binding->type->optional) /* none, too */
                match->arguments[wire_offset(action, binding)] =
                    n == 0 || count == 0 ? -1 : (int32_t)((n - 1 + i) % count);
            else if (binding->type->form == TYPE_REF)
                match->arguments[wire_offset(action, binding)] =
                    (int32_t)((n + i) % count); /* two of one kind differ */
        }
        outcome = eval_step(&server->evaluator, action, match->arguments, false, server->state, server->next);
    }
    if (outcome == EVAL_DISABLED)
        return false;
    if (outcome == EVAL_ERROR) {
        const struct check *check = &action->checks.at[server->evaluator.failed_check];
        server_log_step(server, action, match->arguments, check->codes[0], server->state, NULL);
        *answer = error_answer(server, check->codes[0],
                               arena_format(&server->arena, "%s%s%s (rule %s)", action->name,
                                            check->origin.about != NULL ? ": " : "",
                                            check->origin.about != NULL ? check->origin.about : "", check->origin.id));
        return true;
    }
    if (is_describe)
        return false; /* no rule is against it */
    int32_t *choices = match->arguments + action_width(action, false);
    bool can = outcome == EVAL_OK && choose(server, action, 0, match->arguments, choices);
    for (int attempt = 0; attempt < 2 && !can && outcome == EVAL_OK; attempt++) {
        if (attempt == 0) /* records of what is over go sooner where room is needed */
            hurry(server);
        server->takes_odd = attempt == 1;
        can = eval_step(&server->evaluator, action, match->arguments, false, server->state, server->next) == EVAL_OK &&
              choose(server, action, 0, match->arguments, choices);
    }
    server->takes_odd = false;
    if (!can) {
        *answer = error_answer(server, "InsufficientCapacity",
                               "The scope of the served rulebook has no object left for this call");
        return true;
    }
    accept(server, action, match->arguments);
    server_adopt(server, match, server->next);
    *answer = good_answer(server, match->action->operation, answer_tree(server, match));
    return true;
}

static struct server_answer answer_request(struct server *server, const struct wire_operation *operation,
                                           const struct jtree *request) {
    struct server_answer answer = {0};
    wire_matches matches = {0};
    const struct wire_kind *kind = server_described(server, operation);
    const char *code = NULL;
    bool answered = false;
    wire_match(server->wire, operation, request, &server->arena, &matches);
    for (size_t i = 0; i < matches.count && !answered; i++) {
        const char *unknown;
        answered = try_match(server, &matches.at[i], &unknown, kind != NULL, &answer);
        if (!answered && unknown != NULL && code == NULL)
            code = unknown;
    }
    wire_matches_clear(&matches);
    if (answered)
        return answer;
    if (kind != NULL)
        return description(server, kind, request);
    struct jtree *set = code == NULL ? server_set(server, operation, request, &code) : NULL;
    if (set != NULL)
        return good_answer(server, operation, set);
    if (code != NULL)
        return error_answer(server, code, "The ID does not exist");
    return error_answer(server, "InvalidParameterValue",
                        "The served rulebook has no rule for this combination of parameters and values");
}

struct server_answer server_call(struct server *server, const char *form, size_t bytes, double now_s) {
    struct server_answer answer;
    wire_parameters list = {0};
    arena_reset(&server->arena);
    server->now_s = now_s > server->now_s ? now_s : server->now_s;
    let_happen(server);
    bool good = wire_parse_form(form, bytes, MOST_PARAMETERS, &server->arena, &list);
    const char *name = good ? wire_parameter_get(&list, "Action") : NULL, *unknown;
    const struct wire_operation *operation = name == NULL ? NULL : wire_operation(server->wire, name);
    struct jtree *request = operation == NULL ? NULL : wire_request_read(&operation->input, &list, &unknown);
    if (!good)
        answer = error_answer(server, "MalformedQueryString", "The query string cannot be read");
    else if (name == NULL)
        answer = error_answer(server, "MissingAction", "The request must contain the parameter Action");
    else if (operation == NULL)
        answer =
            error_answer(server, "InvalidAction",
                         arena_format(&server->arena, "The action %.100s is not valid for this web service", name));
    else if (request == NULL)
        answer = error_answer(server, "UnknownParameter",
                              arena_format(&server->arena,
                                           "The parameter %.200s is not recognized, or not modelled, or its "
                                           "value is of another type",
                                           unknown));
    else
        answer = answer_request(server, operation, request);
    jtree_free(request);
    vec_free(&list);
    return answer;
}

/* ---- the state as JSON ---- */

/* Every attribute that some operation sets, in one list. */
static struct jtree *constants_json(const struct server *server) {
    struct jtree *list = jtree_list();
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->settings.count; i++)
            for (size_t o = 0; o < kind->kind->objects.count; o++)
                jtree_add(list,
                          jtree_bool(kind->kind->objects.at[o].constants[kind->settings.at[i].field->offset] != 0));
    }
    return list;
}

static void load_constants(struct server *server, const struct jtree *list) {
    size_t at = 0;
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->settings.count; i++)
            for (size_t o = 0; o < kind->kind->objects.count; o++)
                kind->kind->objects.at[o].constants[kind->settings.at[i].field->offset] =
                    jtree_truth(jtree_at(list, at++));
    }
}

struct jtree *server_save(const struct server *server) {
    struct jtree *file = jtree_object(), *values = jtree_list(), *ids = jtree_list(), *places = jtree_list();
    for (uint32_t i = 0; i < server->rulebook->state_width; i++)
        jtree_add(values, jtree_number(server->state[i]));
    for (size_t k = 0; k < server->wire->kinds.count; k++) {
        const struct wire_kind *kind = server->wire->kinds.at[k];
        for (size_t i = 0; i < kind->ids.count; i++)
            for (uint32_t o = 0; o < kind->kind->objects.count; o++) {
                const struct server_id *slot = server_id(server, &kind->ids.at[i], o);
                bool is_block =
                    kind->ids.at[i].form != NULL && strcmp(kind->ids.at[i].form, "cidr4") == 0 && kind->exists != NULL;
                if (slot->text == NULL && !is_block)
                    continue;
                struct jtree *one = jtree_object();
                jtree_put(one, "kind", jtree_text(kind->name));
                jtree_put(one, "id", jtree_text(kind->ids.at[i].name));
                jtree_put(one, "object", jtree_number(o));
                jtree_put(one, "text",
                          jtree_text(is_block ? wire_place_text(server->places, &kind->ids.at[i], o) : slot->text));
                jtree_put(one, "key", jtree_number(slot->key));
                jtree_add(is_block ? places : ids, one);
            }
    }
    jtree_put(file, "format", jtree_text("enimc-server-state"));
    jtree_put(file, "rulebook_sha256", jtree_text(server->rulebook->sha256));
    jtree_put(file, "id_count", jtree_number((int64_t)server->id_count));
    jtree_put(file, "ids", ids);
    jtree_put(file, "places", places);
    jtree_put(file, "state", values);
    jtree_put(file, "constants", constants_json(server));
    return file;
}

static bool refuse(char *problem, size_t bytes, const char *why) {
    snprintf(problem, bytes, "%s", why);
    return false;
}

/* Every value within the range of its field? */
static bool is_state(const struct server *server, const struct jtree *values) {
    const struct rulebook *rulebook = server->rulebook;
    if (jtree_type(values) != JTREE_LIST || jtree_count(values) != rulebook->state_width)
        return false;
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        for (size_t f = 0; f < kind->fields.count; f++) {
            const struct field *field = kind->fields.at[f];
            int32_t low, high;
            if (field->is_constant)
                continue;
            type_range(type_element(rulebook, field->type), &low, &high);
            for (size_t o = 0; o < kind->objects.count; o++)
                for (uint32_t i = 0; i < field->width; i++) {
                    const struct jtree *value =
                        jtree_at(values, kind->state_base + o * kind->state_width + field->offset + i);
                    if (jtree_type(value) != JTREE_NUMBER || jtree_integer(value) < low || jtree_integer(value) > high)
                        return false;
                }
        }
    }
    return true;
}

static const struct wire_id *named_id(const struct server *server, const struct jtree *one) {
    const char *kind_name = jtree_string(jtree_get(one, "kind")), *name = jtree_string(jtree_get(one, "id"));
    const struct kind *kind = kind_name == NULL ? NULL : rulebook_kind(server->rulebook, kind_name);
    const struct wire_kind *found = kind == NULL ? NULL : wire_kind(server->wire, kind);
    const struct wire_id *id = found == NULL || name == NULL ? NULL : wire_id(found, name);
    int64_t object = jtree_integer(jtree_get(one, "object"));
    const char *text = jtree_string(jtree_get(one, "text"));
    return id != NULL && object >= 0 && object < (int64_t)kind->objects.count && text != NULL && strlen(text) < 300
               ? id
               : NULL;
}

bool server_load(struct server *server, const struct jtree *saved, char *problem, size_t problem_bytes) {
    const struct jtree *ids = jtree_get(saved, "ids"), *places = jtree_get(saved, "places");
    const char *format = jtree_string(jtree_get(saved, "format")),
               *hash = jtree_string(jtree_get(saved, "rulebook_sha256"));
    if (format == NULL || strcmp(format, "enimc-server-state") != 0)
        return refuse(problem, problem_bytes, "expected a state that 'enimc serve --state' wrote");
    if (hash == NULL || strcmp(hash, server->rulebook->sha256) != 0)
        return refuse(problem, problem_bytes, "it is the state of another rulebook; remove the file to begin anew");
    if (!is_state(server, jtree_get(saved, "state")))
        return refuse(problem, problem_bytes, "a value of the state is outside its range");
    for (size_t i = 0; i < jtree_count(ids) + jtree_count(places); i++) {
        bool is_place = i >= jtree_count(ids);
        const struct jtree *one = is_place ? jtree_at(places, i - jtree_count(ids)) : jtree_at(ids, i);
        uint32_t base, size;
        if (named_id(server, one) == NULL ||
            (is_place && !wire_place_block(jtree_string(jtree_get(one, "text")), &base, &size)))
            return refuse(problem, problem_bytes, "an id in it belongs to nothing");
    }
    for (uint32_t i = 0; i < server->rulebook->state_width; i++)
        server->state[i] = (int32_t)jtree_integer(jtree_at(jtree_get(saved, "state"), i));
    for (size_t i = 0; i < jtree_count(ids); i++) {
        const struct jtree *one = jtree_at(ids, i);
        struct server_id *slot =
            server_id(server, named_id(server, one), (uint32_t)jtree_integer(jtree_get(one, "object")));
        free(slot->text);
        slot->text = strdup(jtree_string(jtree_get(one, "text")));
        slot->key = (int32_t)jtree_integer(jtree_get(one, "key"));
    }
    for (size_t i = 0; i < jtree_count(places); i++) {
        const struct jtree *one = jtree_at(places, i);
        wire_place_move(server->places, named_id(server, one)->of, (uint32_t)jtree_integer(jtree_get(one, "object")),
                        jtree_string(jtree_get(one, "text")));
    }
    load_constants(server, jtree_get(saved, "constants"));
    server->id_count = (uint64_t)jtree_integer(jtree_get(saved, "id_count"));
    server->pending.count = 0;
    server->changes++;
    server_ids_update(server, NULL);
    schedule(server);
    return true;
}
