#include "solver/run_log.h"

#include <string.h>

#include "model/eval.h"
#include "model/step_json.h"
#include "model/value_json.h"

struct player {
    struct rulebook *rulebook;
    struct evaluator evaluator;
    struct diags *diags;
    struct run_log *log;
    int32_t *state, *next, *arguments;
    bool has_begun;
    /* the piece that is being read */
    const char *text;
    size_t bytes;
    struct span span;
};

/* ---- pieces ---- */

/* The place of `quoted` in the piece, or its beginning. */
static struct span place_of(const struct player *player, const char *quoted) {
    struct span span = player->span;
    size_t length = strlen(quoted);
    for (size_t i = 0; i < player->bytes; i++) {
        if (player->text[i] == '"' && player->bytes - i >= length + 2 && player->text[i + length + 1] == '"' &&
            memcmp(player->text + i + 1, quoted, length) == 0) {
            span.length = (uint32_t)length + 2;
            return span;
        }
        span.column++;
        if (player->text[i] == '\n') {
            span.line++;
            span.column = 1;
        }
    }
    return player->span;
}

static bool fail(const struct player *player, const char *at, enum diag_code code, const char *text) {
    diag_error(player->diags, at == NULL ? player->span : place_of(player, at), code, "%s", text);
    return false;
}

/* Where the object that starts at `from` ends; `bytes` if it does not. */
static size_t end_of_object(const char *text, size_t from, size_t bytes) {
    size_t depth = 0;
    bool in_text = false;
    for (size_t i = from; i < bytes; i++) {
        if (in_text) {
            i += text[i] == '\\';
            in_text = i < bytes && text[i] != '"';
            continue;
        }
        in_text = text[i] == '"';
        depth += text[i] == '{';
        depth -= text[i] == '}';
        if (depth == 0)
            return i + 1;
    }
    return bytes;
}

/* ---- changes that no action makes ---- */

static const struct field *find_field(const struct player *player, const char *name, uint32_t *object) {
    const char *dot = strrchr(name, '.');
    size_t length = dot == NULL ? 0 : (size_t)(dot - name);
    for (size_t k = 0; dot != NULL && k < player->rulebook->kinds.count; k++) {
        const struct kind *kind = player->rulebook->kinds.at[k];
        for (*object = 0; *object < kind->objects.count; ++*object)
            for (size_t f = 0; strlen(kind->objects.at[*object].name) == length &&
                               memcmp(kind->objects.at[*object].name, name, length) == 0 && f < kind->fields.count;
                 f++)
                if (strcmp(kind->fields.at[f]->name, dot + 1) == 0)
                    return kind->fields.at[f];
    }
    return NULL;
}

/* At the beginning state fields change, later constant attributes; both then. */
static bool apply_changes(struct player *player, const struct jtree *changes, bool is_beginning) {
    if (jtree_type(changes) != JTREE_OBJECT)
        return fail(player, NULL, DIAG_TRACE, "expected 'changes', an object");
    for (const void *m = jtree_next(changes, NULL); m != NULL; m = jtree_next(changes, m)) {
        uint32_t object;
        const struct field *field = find_field(player, jtree_name(m), &object);
        if (field == NULL || (!field->is_constant && !is_beginning))
            return fail(player, jtree_name(m), DIAG_UNKNOWN_NAME,
                        is_beginning ? "the rulebook has no such object and field"
                                     : "the rulebook has no such object and constant attribute");
        const struct kind *kind = field->kind;
        int32_t *values = field->is_constant
                              ? kind->objects.at[object].constants + field->offset
                              : player->state + kind->state_base + object * kind->state_width + field->offset;
        if (!value_read(player->rulebook, field->type, jtree_get(jtree_value(m), "to"), values))
            return fail(player, jtree_name(m), DIAG_TYPE_MISMATCH, "expected 'to', a value of this field");
    }
    return true;
}

/* ---- judging ---- */

static void settle(struct player *player, struct run_judgement *judgement, enum verdict verdict,
                   const struct jtree *step) {
    judgement->verdict = verdict;
    judgement->step = player->log->steps;
    if (player->log->steps > 0) {
        judgement->span = player->span;
        judgement->shown = jtree_copy(step);
    }
}

/* After a step from `before` to `state`; `action` NULL: the beginning. */
static bool judge(struct player *player, const struct action *action, const int32_t *before, const struct jtree *step) {
    for (size_t i = 0; i < player->log->judgements.count; i++) {
        struct run_judgement *judgement = &player->log->judgements.at[i];
        const struct property *property = judgement->property;
        enum property_form form = property->form;
        bool is_step = form == PROPERTY_STEP, value = false;
        if (judgement->verdict == VERDICT_VIOLATED || judgement->verdict == VERDICT_REACHABLE ||
            (is_step && action == NULL))
            continue;
        if (form == PROPERTY_LIVE && property->action != NULL && action != NULL && action->base == property->action) {
            settle(player, judgement, VERDICT_REACHABLE, step);
            continue;
        }
        if (form != PROPERTY_INVARIANT && form != PROPERTY_REACHABLE && form != PROPERTY_UNREACHABLE && !is_step)
            continue;
        if (eval_condition(&player->evaluator, property->term, property->frame, is_step ? before : player->state,
                           is_step ? player->state : NULL, action, &value) == EVAL_BROKEN)
            return fail(player, NULL, DIAG_BROKEN,
                        arena_format(&player->diags->arena, "property '%s' after this step: %s", property->name,
                                     player->evaluator.problem.text));
        if (value == (form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE))
            settle(player, judgement, form == PROPERTY_REACHABLE ? VERDICT_REACHABLE : VERDICT_VIOLATED, step);
    }
    return true;
}

/* ---- steps ---- */

static bool read_arguments(struct player *player, const struct action *action, const struct jtree *given,
                           bool with_choices) {
    int32_t *values = player->arguments;
    size_t parameters = action->parameters.count, count = parameters + (with_choices ? action->choices.count : 0);
    if (jtree_type(given) != JTREE_OBJECT)
        return fail(player, NULL, DIAG_TRACE, "a step needs 'arguments', an object");
    for (const void *m = jtree_next(given, NULL); m != NULL; m = jtree_next(given, m)) {
        bool is_known = false;
        for (size_t i = 0; i < parameters + action->choices.count && !is_known; i++)
            is_known = strcmp((i < parameters ? action->parameters.at[i] : action->choices.at[i - parameters])->name,
                              jtree_name(m)) == 0;
        if (!is_known)
            return fail(
                player, jtree_name(m), DIAG_UNKNOWN_NAME,
                arena_format(&player->diags->arena, "'%s' has no parameter or choice of this name", action->name));
    }
    for (size_t i = 0; i < count; i++) {
        const struct binding *binding = i < parameters ? action->parameters.at[i] : action->choices.at[i - parameters];
        const struct jtree *value = jtree_get(given, binding->name);
        if (value == NULL)
            return fail(
                player, "arguments", DIAG_MISSING_KEY,
                arena_format(&player->diags->arena, "'%s' needs a value for '%s'", action->name, binding->name));
        if (!value_read(player->rulebook, binding->type, value, values))
            return fail(player, binding->name, DIAG_TYPE_MISMATCH,
                        arena_format(&player->diags->arena, "no value that '%s' of '%s' can have", binding->name,
                                     action->name));
        values += binding->width;
    }
    return true;
}

static bool has_code(const struct check *check, const char *code) {
    for (size_t i = 0; i < check->code_count; i++)
        if (strcmp(check->codes[i], code) == 0)
            return true;
    return false;
}

/* Is the code right where check `failed` is the first that fails? */
static bool is_answer(struct player *player, const struct action *action, size_t failed, const char *code) {
    bool good = has_code(&action->checks.at[failed], code);
    for (size_t k = failed + 1; k < action->checks.count && !good; k++)
        good = action->checks.at[k].order == ORDER_ASSUMED && has_code(&action->checks.at[k], code) &&
               eval_check(&player->evaluator, action, k, player->arguments, player->state) == EVAL_ERROR;
    return good;
}

/* Does the rulebook carry it out as the log says?  The next state is in `next`. */
static bool take(struct player *player, const struct action *action, const char *response) {
    bool is_ok = strcmp(response, "ok") == 0;
    struct arena *arena = &player->diags->arena;
    switch (eval_step(&player->evaluator, action, player->arguments, is_ok, player->state, player->next)) {
    case EVAL_OK:
        return is_ok || fail(player, "response", DIAG_TRACE,
                             arena_format(arena, "'%s' answers ok here, not %.100s", action->name, response));
    case EVAL_ERROR: {
        size_t failed = player->evaluator.failed_check;
        if (!is_ok && is_answer(player, action, failed, response))
            return true;
        return fail(player, "response", DIAG_TRACE,
                    arena_format(arena, "'%s' answers %s (%s) here, not %.100s", action->name,
                                 action->checks.at[failed].codes[0], action->checks.at[failed].origin.id, response));
    }
    case EVAL_DISABLED:
        return fail(player, "action", DIAG_TRACE,
                    arena_format(arena, "'%s' cannot happen here with these arguments", action->name));
    case EVAL_BROKEN:
        return fail(player, "action", DIAG_BROKEN, player->evaluator.problem.text);
    }
    return false;
}

static bool has_changed(struct player *player, const struct jtree *changes, bool is_ok) {
    struct jtree *own = is_ok ? changes_json(player->rulebook, player->state, player->next) : jtree_object();
    char *mine = jtree_canonical(own), *theirs = jtree_canonical(changes);
    bool same = strcmp(mine, theirs) == 0;
    if (!same)
        fail(player, "changes", DIAG_TRACE,
             arena_format(&player->diags->arena, "this step changes %.400s, as the rules say", mine));
    free(mine);
    free(theirs);
    jtree_free(own);
    return same;
}

static bool play_step(struct player *player, const struct jtree *step) {
    const char *name = jtree_string(jtree_get(step, "action")), *response = jtree_string(jtree_get(step, "response"));
    const struct action *action = name == NULL ? NULL : rulebook_action(player->rulebook, name);
    const struct jtree *changes = jtree_get(step, "changes");
    bool is_ok = response != NULL && strcmp(response, "ok") == 0;
    if (action == NULL)
        return fail(player, name == NULL ? NULL : name, DIAG_UNKNOWN_NAME,
                    name == NULL ? "expected a step with 'action', a text" : "no action is called that");
    if (response == NULL)
        return fail(player, NULL, DIAG_TRACE, "a step needs its 'response': ok, or an error code");
    if (!read_arguments(player, action, jtree_get(step, "arguments"), is_ok) || !take(player, action, response) ||
        (changes != NULL && !has_changed(player, changes, is_ok)))
        return false;
    player->log->steps++;
    player->log->calls += action->by == BY_CLIENT;
    player->log->refused += !is_ok;
    if (!is_ok)
        return true;
    int32_t *before = player->state;
    player->state = player->next;
    player->next = before;
    return judge(player, action, before, step);
}

static bool play_piece(struct player *player, const struct jtree *piece) {
    const char *format = jtree_string(jtree_get(piece, "format"));
    bool is_first = !player->has_begun;
    if (is_first && format != NULL && strcmp(format, "enimc-run") != 0)
        return fail(player, "format", DIAG_TRACE, "expected the format enimc-run, or a step");
    if (is_first && format != NULL && !apply_changes(player, jtree_get(piece, "changes"), true))
        return false;
    player->has_begun = true;
    if (is_first && !judge(player, NULL, NULL, NULL))
        return false;
    if (is_first && format != NULL)
        return true;
    if (jtree_get(piece, "set") != NULL)
        return apply_changes(player, jtree_get(piece, "changes"), false) && judge(player, NULL, NULL, piece);
    return play_step(player, piece);
}

/* The error of the JSON reader says "LINE:COLUMN: text" of the piece. */
static bool bad_json(struct player *player, const char *problem) {
    unsigned line = 1, column = 1;
    int read = 0;
    struct span span = player->span;
    if (sscanf(problem, "%u:%u: %n", &line, &column, &read) >= 2 && read > 0) {
        span.line += line - 1;
        span.column = line > 1 ? column : span.column + column - 1;
        problem += read;
    }
    diag_error(player->diags, span, DIAG_TRACE, "no JSON: %s", problem);
    return false;
}

static bool play_text(struct player *player, uint32_t file, const char *text, size_t bytes) {
    bool in_list = false;
    player->span = (struct span){file, 1, 1, 1};
    for (size_t i = 0; i < bytes;) {
        size_t end = i + 1;
        if (text[i] == '{') {
            char problem[200];
            end = end_of_object(text, i, bytes);
            player->text = text + i;
            player->bytes = end - i;
            struct jtree *piece = jtree_read(text + i, end - i, problem, sizeof problem);
            bool good = piece == NULL ? bad_json(player, problem) : play_piece(player, piece);
            jtree_free(piece);
            if (!good)
                return false;
        } else if (strchr(" \t\r\n", text[i]) == NULL && !(text[i] == '[' && !in_list && !player->has_begun) &&
                   !(in_list && (text[i] == ',' || text[i] == ']'))) {
            diag_error(player->diags, player->span, DIAG_TRACE, "expected a step, an object in JSON");
            return false;
        }
        in_list = in_list ? text[i] != ']' : text[i] == '[';
        for (; i < end; i++) {
            player->span.column++;
            if (text[i] == '\n') {
                player->span.line++;
                player->span.column = 1;
            }
        }
    }
    return player->has_begun || judge(player, NULL, NULL, NULL);
}

/* What the end of the run says of what it has not settled. */
static void conclude(struct run_judgement *judgement) {
    if (judgement->verdict != VERDICT_UNKNOWN)
        return;
    switch (judgement->property->form) {
    case PROPERTY_INVARIANT:
    case PROPERTY_STEP:
    case PROPERTY_UNREACHABLE:
        judgement->verdict = VERDICT_HOLDS;
        break;
    case PROPERTY_REACHABLE:
        judgement->reason = "not met in this run";
        break;
    case PROPERTY_LIVE:
        judgement->reason =
            judgement->property->action == NULL ? "one run does not show every action" : "not taken in this run";
        break;
    case PROPERTY_DEADLOCK_FREE:
    case PROPERTY_RECOVERABLE:
    case PROPERTY_PLAN:
    case PROPERTY_LEADS_TO:
    case PROPERTY_SCENARIO:
        judgement->reason = "one run does not decide it";
        break;
    }
}

bool run_log_judge(struct rulebook *rulebook, const struct property *const *properties, size_t count, uint32_t file,
                   struct run_log *log, struct diags *diags) {
    size_t widest = 0, bytes = (rulebook->state_width + 1) * sizeof(int32_t);
    struct player player = {.rulebook = rulebook, .diags = diags, .log = log};
    for (size_t i = 0; i < rulebook->actions.count; i++)
        if (action_width(rulebook->actions.at[i], true) > widest)
            widest = action_width(rulebook->actions.at[i], true);
    for (size_t i = 0; i < count; i++)
        vec_push(&log->judgements, ((struct run_judgement){.property = properties[i]}));
    player.state = memory_resize(NULL, bytes);
    player.next = memory_resize(NULL, bytes);
    player.arguments = memory_resize(NULL, (widest + 1) * sizeof(int32_t));
    evaluator_init(&player.evaluator, rulebook);
    bool good = eval_initial(&player.evaluator, player.state);
    if (!good)
        diag_error(diags, player.evaluator.problem.span, DIAG_INITIAL, "%s", player.evaluator.problem.text);
    good = good && play_text(&player, file, diags->files.at[file].text, diags->files.at[file].bytes);
    for (size_t i = 0; i < log->judgements.count; i++)
        conclude(&log->judgements.at[i]);
    evaluator_clear(&player.evaluator);
    free(player.arguments);
    free(player.next);
    free(player.state);
    return good;
}

void run_log_clear(struct run_log *log) {
    for (size_t i = 0; i < log->judgements.count; i++)
        jtree_free(log->judgements.at[i].shown);
    vec_free(&log->judgements);
}
