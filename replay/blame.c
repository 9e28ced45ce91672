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
        if (eval_step(&court->evaluator, &lame, court->step->arguments, true, court->before, court->wrong) == EVAL_OK) {
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
                         check->origin.about != NULL ? ": " : "",
                         check->origin.about != NULL ? check->origin.about : ""));
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
        enum eval_outcome end = eval_step(&court->evaluator, step->action, step->arguments, is_ok, state, court->right);
        if (is_ok ? end != EVAL_OK : end != EVAL_ERROR || court->evaluator.failed_check != step->failed)
            return false;
        if (is_ok)
            memcpy(state, court->right, bytes);
    }
    return true;
}

/* Takes away what stands at the path, in every item of a list; `out` gets it. */
static void cut_out(struct jtree *tree, const char *path, FILE *out) {
    char name[120];
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && i < jtree_count(tree); i++)
        cut_out((struct jtree *)(uintptr_t)jtree_at(tree, i), path, out);
    if (jtree_type(tree) != JTREE_OBJECT)
        return;
    size_t length = strcspn(path, ".");
    snprintf(name, sizeof name, "%.*s", (int)length, path);
    struct jtree *inner = (struct jtree *)(uintptr_t)jtree_get(tree, name);
    if (inner != NULL && path[length] == '.') {
        cut_out(inner, path + length + 1, out);
    } else if (inner != NULL) {
        char *text = jtree_canonical(inner);
        fprintf(out, "%s\n", text);
        free(text);
        jtree_remove(tree, name);
    }
}

/* What is shown of the object at the path and, behind it, everywhere else; from the heap. */
static char *shown_apart(struct court *court, const struct wire_kind *kind, uint32_t object, const char *path,
                         const int32_t *state, size_t *here) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        out_of_memory(1);
    court->show.valuation = state;
    if (kind->exists == NULL || wire_holds(&court->show, kind->exists, object, UINT32_MAX)) {
        struct jtree *view = wire_view(&court->show, kind, object);
        cut_out(view, path, out);
        fflush(out);
        *here = bytes;
        char *rest = jtree_canonical(view);
        fputs(rest, out);
        free(rest);
        jtree_free(view);
    } else
        *here = 0;
    fclose(out);
    return text;
}

/* The values of single fields with which the object is shown otherwise at this path, and nowhere else. */
static struct blame_note *note_of(struct court *court, struct blame_memory *memory, const struct difference *known) {
    for (size_t i = 0; i < memory->notes.count; i++)
        if (memory->notes.at[i]->script == court->script && strcmp(memory->notes.at[i]->symbol, known->symbol) == 0 &&
            strcmp(memory->notes.at[i]->path, known->path) == 0)
            return memory->notes.at[i];
    struct blame_note *note = memory_resize(NULL, sizeof *note);
    *note = (struct blame_note){court->script, known->symbol, known->path, {0}};
    vec_push(&memory->notes, note);
    uint32_t object;
    size_t here, place;
    const struct rulebook *rulebook = court->script->rulebook;
    const struct script_kind *kind = difference_kind(court->script, known->symbol, &object);
    char *before =
        kind == NULL ? NULL : shown_apart(court, kind->kind, object, known->path, court->script->group.initial, &here);
    memcpy(court->wrong, court->script->group.initial, rulebook->state_width * sizeof *court->wrong);
    for (size_t k = 0; k < rulebook->kinds.count && kind != NULL; k++)
        for (size_t f = 0; f < rulebook->kinds.at[k]->fields.count; f++) {
            const struct kind *of = rulebook->kinds.at[k];
            const struct field *field = of->fields.at[f];
            int32_t low, high;
            type_range(type_element(rulebook, field->type), &low, &high);
            for (uint32_t at = 0; !field->is_constant && at < of->objects.count * field->width; at++) {
                uint32_t slot =
                    of->state_base + at / field->width * of->state_width + field->offset + at % field->width;
                int32_t old = court->wrong[slot];
                for (int32_t value = low; value <= high && high - low < 300; value++) {
                    court->wrong[slot] = value;
                    char *now =
                        value == old ? NULL : shown_apart(court, kind->kind, object, known->path, court->wrong, &place);
                    if (now != NULL && strcmp(now + place, before + here) == 0 &&
                        (place != here || memcmp(now, before, here) != 0))
                        vec_push(&note->changes, ((struct blame_change){slot, value}));
                    free(now);
                }
                court->wrong[slot] = old;
            }
        }
    free(before);
    return note;
}

/* Does any of them change an answer?  What no field shows may be anything. */
static bool matters(struct court *court, struct blame_memory *memory, const struct outcome *outcome,
                    const struct difference *known) {
    const struct blame_note *note = note_of(court, memory, known);
    bool found = note->changes.count == 0;
    for (size_t i = 0; i < note->changes.count && !found; i++) {
        memcpy(court->wrong, court->script->group.initial, court->script->rulebook->state_width * sizeof *court->wrong);
        court->wrong[note->changes.at[i].slot] = note->changes.at[i].value;
        found = !answers_alike(court, outcome, court->wrong);
    }
    return found;
}

void blame_memory_clear(struct blame_memory *memory) {
    for (size_t i = 0; i < memory->notes.count; i++) {
        vec_free(&memory->notes.at[i]->changes);
        free(memory->notes.at[i]);
    }
    vec_free(&memory->notes);
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
    court->show = (struct wire_show){
        script->wire, &court->evaluator, court->before, {.context = court, .text = symbol_of, .profile = key_of}};
}

static void court_clear(struct court *court) {
    evaluator_clear(&court->evaluator);
    free(court->right);
    free(court->wrong);
}

bool blame_fixture(struct blame_memory *memory, const struct outcome *outcome, struct arena *arena) {
    struct court court;
    bool found = false;
    if (outcome->known_count == 0 || outcome->step == 0)
        return false;
    court_init(&court, outcome, arena);
    for (size_t i = 0; i < outcome->known_count && !found; i++)
        found = matters(&court, memory, outcome, &outcome->known[i]);
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
