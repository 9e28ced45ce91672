#include "replay/blame.h"

#include <string.h>

struct court {
    const struct script *script;
    struct evaluator evaluator;
    struct wire_show show;
    struct arena *arena;
    const struct vector_step *step;
    const int32_t *before;
    int32_t *right, *wrong;
};

static const char *symbol_of(void *context, const struct wire_id *id, uint32_t object) {
    struct court *court = context;
    return arena_format(court->arena, "%s:%s#%s", id->of->name, id->of->kind->objects.at[object].name, id->name);
}

static const char *key_of(void *context, const char *key) {
    (void)context;
    return key;
}

/* What is shown of the object under the first member of the path, and whether it is there at all; from the heap. */
static char *shown(struct court *court, const struct wire_kind *kind, uint32_t object, const char *path,
                   const int32_t *state) {
    char member[120];
    court->show.valuation = state;
    if (kind->exists != NULL && !wire_holds(&court->show, kind->exists, object, UINT32_MAX))
        return strdup("none");
    if (path[0] == '\0')
        return strdup("there");
    struct jtree *view = wire_view(&court->show, kind, object);
    snprintf(member, sizeof member, "%.*s", (int)strcspn(path, "."), path);
    const struct jtree *value = jtree_get(view, member);
    char *text = value == NULL ? strdup("nothing") : jtree_canonical(value);
    jtree_free(view);
    return text;
}

static const struct script_kind *difference_kind(const struct script *script, const char *symbol, uint32_t *object) {
    const char *colon = symbol == NULL ? NULL : strchr(symbol, ':');
    if (colon == NULL)
        return NULL;
    char name[100];
    snprintf(name, sizeof name, "%.*s", (int)(colon - symbol - 1), symbol + 1);
    const struct script_kind *kind = script_kind(script, name);
    size_t length = strcspn(colon + 1, "#");
    for (*object = 0; kind != NULL && *object < kind->kind->kind->objects.count; ++*object) {
        const char *own = kind->kind->kind->objects.at[*object].name;
        if (strlen(own) == length && memcmp(own, colon + 1, length) == 0)
            return kind;
    }
    return NULL;
}

/* The first effect without which something else would be shown there. */
static const struct rule_effect *find_effect(struct court *court, const struct outcome *outcome) {
    const struct action *action = court->step->action;
    uint32_t object;
    const struct script_kind *kind = difference_kind(court->script, outcome->difference.symbol, &object);
    const struct rule_effect *found = NULL;
    const char *path = outcome->difference.path;
    if (kind == NULL || court->step->failed != STEP_OK ||
        eval_step(&court->evaluator, action, court->step->arguments, true, court->before, court->right) != EVAL_OK)
        return NULL;
    bool is_top = strchr(outcome->difference.symbol, '#') == NULL;
    char *right = shown(court, kind->kind, object, is_top ? path : "", court->right);
    struct action lame = *action;
    for (size_t i = 0; i < action->effects.count && found == NULL; i++) {
        lame.effects.at = memory_resize(NULL, action->effects.count * sizeof *lame.effects.at);
        lame.effects.count = 0;
        for (size_t k = 0; k < action->effects.count; k++)
            if (k != i)
                lame.effects.at[lame.effects.count++] = action->effects.at[k];
        if (eval_step(&court->evaluator, &lame, court->step->arguments, true, court->before, court->wrong) ==
            EVAL_OK) {
            char *wrong = shown(court, kind->kind, object, is_top ? path : "", court->wrong);
            if (strcmp(right, wrong) != 0)
                found = &action->effects.at[i];
            free(wrong);
        }
        free(lame.effects.at);
    }
    free(right);
    return found;
}

static void set(struct outcome *outcome, const struct origin *origin, const char *otherwise, const char *claim) {
    outcome->rule = origin->id != NULL ? origin->id : otherwise;
    outcome->source = origin->source;
    outcome->claim = claim;
}

/* The check that would give this code, or NULL. */
static const struct check *check_with(const struct action *action, const char *found) {
    size_t length = strcspn(found, ":");
    for (size_t k = 0; k < action->checks.count; k++)
        for (size_t c = 0; c < action->checks.at[k].code_count; c++)
            if (strlen(action->checks.at[k].codes[c]) == length &&
                memcmp(action->checks.at[k].codes[c], found, length) == 0)
                return &action->checks.at[k];
    return NULL;
}

static void blame_result(struct court *court, struct outcome *outcome) {
    const struct action *action = court->step->action;
    const struct check *wrong = check_with(action, outcome->difference.found);
    if (court->step->failed != STEP_OK) {
        const struct check *check = &action->checks.at[court->step->failed];
        set(outcome, &check->origin, action->name,
            arena_format(court->arena, "%s answers %s%s%s", action->name, check->codes[0],
                         check->origin.about != NULL ? ": " : "", check->origin.about != NULL ? check->origin.about : ""));
    } else if (wrong != NULL)
        set(outcome, &wrong->origin, action->name,
            arena_format(court->arena, "%s succeeds where this check holds", action->name));
    else
        set(outcome, &action->origin, action->name,
            arena_format(court->arena, "%s succeeds where every check holds", action->name));
}

static void blame_state(struct court *court, struct outcome *outcome) {
    const struct action *action = court->step->action;
    const struct rule_effect *effect = find_effect(court, outcome);
    if (court->step->failed != STEP_OK)
        set(outcome, &action->checks.at[court->step->failed].origin, action->name, "a call that fails changes nothing");
    else if (effect != NULL)
        set(outcome, &effect->origin, action->name,
            effect->origin.about != NULL ? effect->origin.about
                                         : arena_format(court->arena, "an effect of %s", action->name));
    else
        set(outcome, &action->origin, action->name,
            arena_format(court->arena, "%s leaves everything else as it is", action->name));
}

/* Do the steps up to the failing one get the same answers from this state on?  `state` is used up. */
static bool answers_alike(struct court *court, const struct outcome *outcome, int32_t *state) {
    const struct vector *vector = &court->script->group.vectors.at[outcome->vector];
    size_t bytes = court->script->rulebook->state_width * sizeof *state;
    for (size_t i = 0; i < outcome->step; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        bool is_ok = step->failed == STEP_OK;
        enum eval_outcome end =
            eval_step(&court->evaluator, step->action, step->arguments, is_ok, state, court->right);
        if (is_ok ? end != EVAL_OK : end != EVAL_ERROR || court->evaluator.failed_check != step->failed)
            return false;
        if (is_ok)
            memcpy(state, court->right, bytes);
    }
    return true;
}

/* Does any other value of a field that shows there change an answer? */
static bool matters(struct court *court, const struct outcome *outcome, const struct difference *known) {
    uint32_t object;
    const struct script_kind *kind = difference_kind(court->script, known->symbol, &object);
    const int32_t *initial = court->script->group.initial;
    size_t bytes = court->script->rulebook->state_width * sizeof *initial;
    bool found = kind == NULL, is_seen = false;
    char *before = kind == NULL ? NULL : shown(court, kind->kind, object, known->path, initial);
    for (size_t f = 0; !found && f < kind->kind->kind->fields.count; f++) {
        const struct field *field = kind->kind->kind->fields.at[f];
        int32_t low, high;
        type_range(type_element(court->script->rulebook, field->type), &low, &high);
        for (uint32_t e = 0; e < field->width && !field->is_constant; e++)
            for (int32_t value = low; value <= high && !found; value++) {
                memcpy(court->wrong, initial, bytes);
                court->wrong[kind->kind->kind->state_base + (size_t)object * kind->kind->kind->state_width +
                             field->offset + e] = value;
                char *now = shown(court, kind->kind, object, known->path, court->wrong);
                bool differs = strcmp(before, now) != 0;
                is_seen = is_seen || differs;
                found = differs && !answers_alike(court, outcome, court->wrong);
                free(now);
            }
    }
    free(before);
    return found || !is_seen; /* what no field of its own shows may be anything */
}

static void court_init(struct court *court, const struct outcome *outcome, struct arena *arena) {
    const struct script *script = outcome->script;
    const struct vector *vector = &script->group.vectors.at[outcome->vector];
    size_t width = script->rulebook->state_width;
    *court = (struct court){.script = script, .arena = arena, .step = &vector->steps.at[outcome->step - 1]};
    court->before = vector->states + (outcome->step - 1) * width;
    court->right = memory_resize(NULL, (width + 1) * sizeof *court->right);
    court->wrong = memory_resize(NULL, (width + 1) * sizeof *court->wrong);
    evaluator_init(&court->evaluator, script->rulebook);
    court->show = (struct wire_show){script->wire, &court->evaluator, court->before,
                                     {.context = court, .text = symbol_of, .profile = key_of}};
}

static void court_clear(struct court *court) {
    evaluator_clear(&court->evaluator);
    free(court->right);
    free(court->wrong);
}

bool blame_fixture(const struct outcome *outcome, struct arena *arena) {
    struct court court;
    bool found = false;
    if (outcome->known_count == 0 || outcome->step == 0)
        return false;
    court_init(&court, outcome, arena);
    for (size_t i = 0; i < outcome->known_count && !found; i++)
        found = matters(&court, outcome, &outcome->known[i]);
    court_clear(&court);
    return found;
}

void blame(struct outcome *outcome, struct arena *arena) {
    struct court court;
    if (outcome->step == 0 || outcome->check == CHECK_NONE)
        return;
    court_init(&court, outcome, arena);
    if (outcome->check == CHECK_RESULT)
        blame_result(&court, outcome);
    else
        blame_state(&court, outcome);
    court_clear(&court);
}
