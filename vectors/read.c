#include "vectors/read.h"

#include <string.h>

#include "model/eval.h"
#include "model/value_json.h"

struct reader {
    struct group *group;
    struct evaluator evaluator;
    char *problem;
    size_t problem_bytes;
    const char *where; /* for messages: "vector x, step 2" */
};

static bool fail(struct reader *reader, const char *expected, const char *found) {
    snprintf(reader->problem, reader->problem_bytes, "%s: expected %s, found %s", reader->where, expected,
             found == NULL ? "none" : found);
    return false;
}

static const struct action *find_action(const struct rulebook *rulebook, const char *name, bool is_event) {
    const struct action *action = name == NULL ? NULL : rulebook_action(rulebook, name);
    return action != NULL && (action->by != BY_CLIENT) == is_event ? action : NULL;
}

/* ---- the setup ---- */

/* The rulebook's own initial state must be that of the file: else it is another rulebook. */
static bool check_setup(struct reader *reader, const struct jtree *setup) {
    struct rulebook *rulebook = reader->group->rulebook;
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        const struct jtree *objects = jtree_get(setup, kind->name);
        if (jtree_type(objects) != JTREE_OBJECT)
            return fail(reader, arena_format(&reader->group->arena, "kind %s", kind->name), NULL);
        for (size_t o = 0; o < kind->objects.count; o++) {
            const struct jtree *object = jtree_get(objects, kind->objects.at[o].name);
            const int32_t *state = reader->group->initial + kind->state_base + o * kind->state_width;
            for (size_t f = 0; f < kind->fields.count; f++) {
                const struct field *field = kind->fields.at[f];
                const int32_t *own = (field->is_constant ? kind->objects.at[o].constants : state) + field->offset;
                const struct jtree *given =
                    jtree_get(jtree_get(object, field->is_constant ? "constants" : "state"), field->name);
                int32_t *values = arena_alloc(&reader->group->arena, (field->width + 1) * sizeof *values);
                if (jtree_type(given) == JTREE_NONE) /* a field that the rulebook has got since then */
                    continue;
                if (!value_read(rulebook, field->type, given, values) ||
                    memcmp(values, own, field->width * sizeof *values) != 0)
                    return fail(reader,
                                arena_format(&reader->group->arena, "%s %s with the %s that the rulebook gives it",
                                             kind->name, kind->objects.at[o].name, field->name),
                                "something else: it was made of another rulebook");
            }
        }
    }
    return true;
}

/* ---- steps ---- */

static bool read_bindings(struct reader *reader, const struct action *action, const struct jtree *step,
                          int32_t *values) {
    const struct jtree *arguments = jtree_get(step, "arguments"), *binds = jtree_get(step, "binds");
    for (size_t i = 0; i < action->parameters.count + action->choices.count; i++) {
        bool is_choice = i >= action->parameters.count;
        const struct binding *binding =
            is_choice ? action->choices.at[i - action->parameters.count] : action->parameters.at[i];
        const struct jtree *given =
            is_choice ? jtree_get(jtree_get(binds, binding->name), "value") : jtree_get(arguments, binding->name);
        if (!(is_choice && binds == NULL) && !value_read(reader->group->rulebook, binding->type, given, values))
            return fail(reader, arena_format(&reader->group->arena, "a value for '%s'", binding->name),
                        "none that the rulebook knows");
        values += binding->width;
    }
    return true;
}

static bool read_also(struct reader *reader, const struct jtree *error, struct vector_step *step) {
    const struct jtree *also = jtree_get(error, "also");
    step->also_count = jtree_count(also);
    step->also = arena_alloc(&reader->group->arena, (step->also_count + 1) * sizeof *step->also);
    for (size_t i = 0; i < step->also_count; i++) {
        const char *code = jtree_string(jtree_at(also, i));
        if (code == NULL)
            return fail(reader, "error codes in 'also'", "something else");
        step->also[i] = arena_text(&reader->group->arena, code, strlen(code));
    }
    return true;
}

/* Plays the step; its answer must be the file's. */
static bool read_step(struct reader *reader, const struct jtree *tree, const int32_t *state, int32_t *next,
                      struct vector_step *step) {
    struct group *group = reader->group;
    const char *event = jtree_string(jtree_get(tree, "event"));
    const char *name = event != NULL ? event : jtree_string(jtree_get(tree, "action"));
    const struct jtree *error = jtree_get(jtree_get(tree, "expect"), "error");
    const char *code = jtree_string(jtree_get(error, "code"));
    *step = (struct vector_step){.action = find_action(group->rulebook, name, event != NULL), .failed = STEP_OK};
    if (step->action == NULL)
        return fail(reader, "an action or event of the rulebook", name);
    int32_t *values = arena_alloc(&group->arena, (action_width(step->action, true) + 1) * sizeof *values);
    step->arguments = values;
    if (!read_bindings(reader, step->action, tree, values))
        return false;
    enum eval_outcome outcome =
        eval_step(&reader->evaluator, step->action, values, error == NULL, state, error == NULL ? next : NULL);
    if (outcome == EVAL_OK && error == NULL)
        return true;
    if (outcome != EVAL_ERROR || error == NULL)
        return fail(reader, error == NULL ? "a step that succeeds by the rulebook" : "a call that the rulebook refuses",
                    "another answer: the suite was made of another rulebook");
    step->failed = reader->evaluator.failed_check;
    memcpy(next, state, group->rulebook->state_width * sizeof *next);
    const char *own = step->action->checks.at[step->failed].codes[0];
    if (code == NULL || strcmp(code, own) != 0)
        return fail(reader, own, code);
    return read_also(reader, error, step);
}

static bool read_vector(struct reader *reader, const struct jtree *tree, size_t index) {
    struct group *group = reader->group;
    const struct jtree *steps = jtree_get(tree, "steps");
    const char *id = jtree_string(jtree_get(tree, "id")), *title = jtree_string(jtree_get(tree, "title")),
               *level = jtree_string(jtree_get(tree, "level"));
    struct vector vector = {0};
    reader->where = arena_format(&group->arena, "vector %zu", index + 1);
    if (id == NULL || title == NULL || jtree_count(steps) == 0)
        return fail(reader, "an id, a title and steps", "something else");
    if (jtree_get(tree, "setup") != NULL)
        return fail(reader, "the setup of its file", "one of its own, which is not played yet");
    vector.id = arena_text(&group->arena, id, strlen(id));
    vector.title = arena_text(&group->arena, title, strlen(title));
    while (vector.level + 1 < LEVELS && (level == NULL || strcmp(level_text(vector.level), level) != 0))
        vector.level++;
    size_t width = group->rulebook->state_width;
    int32_t *states = arena_alloc(&group->arena, ((jtree_count(steps) + 1) * width + 1) * sizeof *states);
    memcpy(states, group->initial, width * sizeof *states);
    vector.states = states;
    bool good = true;
    for (size_t i = 0; i < jtree_count(steps) && good; i++) {
        struct vector_step step;
        reader->where = arena_format(&group->arena, "%s, step %zu", vector.id, i + 1);
        good = read_step(reader, jtree_at(steps, i), states + i * width, states + (i + 1) * width, &step);
        vec_push(&vector.steps, step);
    }
    vec_push(&group->vectors, vector);
    return good;
}

bool group_read(struct group *group, struct rulebook *rulebook, const struct jtree *tree, char *problem,
                size_t problem_bytes) {
    *group = (struct group){.rulebook = rulebook};
    struct reader reader = {.group = group, .problem = problem, .problem_bytes = problem_bytes, .where = "setup"};
    const struct jtree *vectors = jtree_get(tree, "vectors");
    evaluator_init(&reader.evaluator, rulebook);
    group->initial = arena_alloc(&group->arena, (rulebook->state_width + 1) * sizeof *group->initial);
    bool good = eval_initial(&reader.evaluator, group->initial);
    if (!good)
        fail(&reader, "a rulebook with an initial state", reader.evaluator.problem.text);
    good = good && check_setup(&reader, jtree_get(tree, "setup"));
    for (size_t i = 0; i < jtree_count(vectors) && good; i++)
        good = read_vector(&reader, jtree_at(vectors, i), i);
    evaluator_clear(&reader.evaluator);
    return good;
}

void group_clear(struct group *group) {
    for (size_t i = 0; i < group->vectors.count; i++)
        vec_free(&group->vectors.at[i].steps);
    vec_free(&group->vectors);
    arena_clear(&group->arena);
    *group = (struct group){0};
}
