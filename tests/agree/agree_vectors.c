/* Suites against the plain evaluator: each written file is read again and played by name, step by step; every goal's
 * status is confirmed by a search that knows nothing of the explorer or of grounded expressions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jtree.h"
#include "model/eval.h"
#include "model/print.h"
#include "vectors/folder.h"
#include "vectors/slug.h"

struct subject {
    const char *path;
    size_t goals, covered, unreachable;
};

static const struct subject subjects[] = {
    {"specs/bench/eni-bench.yaml", 238, 179, 59},
    {"tests/vectors/small-vpc.yaml", 284, 257, 27},
};

struct made {
    struct diags diags;
    struct rulebook *rulebook;
    struct system *system;
    struct suite suite;
    struct suite_set set;
    struct suite_files files;
};

static void make(struct made *made, const char *path) {
    struct budget budget = {.max_depth = UINT32_MAX, .max_bytes = (size_t)1 << 30};
    *made = (struct made){0};
    made->rulebook = rulebook_read(path, NULL, NULL, 0, &made->diags);
    assert_non_null(made->rulebook);
    made->system = system_new(made->rulebook, NULL, 0, true, &made->diags);
    assert_non_null(made->system);
    enum suite_end end = suite_find(&made->suite, made->system, &budget);
    if (end != SUITE_MADE)
        print_error("%s: %s\n", path, made->suite.problem);
    assert_int_equal(end, SUITE_MADE);
    suite_set_add(&made->set, &made->suite);
    suite_set_select(&made->set, CRITERION_MUTANTS);
    format_find("json")->write(&made->set, "test", &made->files);
}

static void unmake(struct made *made) {
    suite_files_clear(&made->files);
    suite_set_clear(&made->set);
    suite_clear(&made->suite);
    system_free(made->system);
    rulebook_free(made->rulebook);
    diags_clear(&made->diags);
}

/* ---- the files, played ---- */

/* Compares through print_value(): the words of the JSON must be those of the rulebook. */
static bool same_scalar(struct rulebook *rulebook, const struct type *type, int32_t value, const struct jtree *json) {
    char *found = jtree_canonical(json), expected[200];
    const char *text = value_text(rulebook, type, value);
    bool bare = type->form == TYPE_BOOL || type->form == TYPE_INT;
    if (type->form == TYPE_REF && value < 0)
        snprintf(expected, sizeof expected, "null");
    else
        snprintf(expected, sizeof expected, bare ? "%s" : "\"%s\"", text);
    bool same = strcmp(found, expected) == 0;
    free(found);
    return same;
}

static bool same_value(struct rulebook *rulebook, const struct type *type, const int32_t *values,
                       const struct jtree *json) {
    int32_t low = 0, high = 0;
    size_t members = 0;
    switch (type->form) {
    case TYPE_SET:
        for (uint32_t i = 0; i < type_width(type); i++)
            if (values[i] && (jtree_at(json, members) == NULL ||
                              strcmp(jtree_string(jtree_at(json, members++)), type->kind->objects.at[i].name) != 0))
                return false;
        return members == jtree_count(json);
    case TYPE_MAP:
        type_range(type->key, &low, &high);
        for (int32_t key = low; key <= high; key++) {
            const struct jtree *item = jtree_get(json, value_text(rulebook, type->key, key));
            if (item == NULL || !same_scalar(rulebook, type->value, values[key - low], item))
                return false;
        }
        return true;
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_ENUM:
    case TYPE_REF:
    case TYPE_ACTION:
        break;
    }
    return same_scalar(rulebook, type, values[0], json);
}

/* Do these arguments have the names and values of the step? */
static bool same_bindings(struct rulebook *rulebook, const struct action *action, const int32_t *arguments,
                          const struct jtree *step, bool ok) {
    for (size_t i = 0; i < action->parameters.count; i++) {
        const struct binding *binding = action->parameters.at[i];
        const struct jtree *json = jtree_get(jtree_get(step, "arguments"), binding->name);
        if (json == NULL || !same_value(rulebook, binding->type, arguments, json))
            return false;
        arguments += binding->width;
    }
    for (size_t i = 0; ok && i < action->choices.count; i++) {
        const struct binding *binding = action->choices.at[i];
        const struct jtree *bind = jtree_get(jtree_get(step, "binds"), binding->name);
        if (bind == NULL || !same_value(rulebook, binding->type, arguments, jtree_get(bind, "value")))
            return false;
        arguments += binding->width;
    }
    return true;
}

static const int32_t *find_arguments(const struct system *system, const struct action *action, const struct jtree *step,
                                     bool ok) {
    for (size_t t = 0; ok && t < system->transitions.count; t++) {
        const int32_t *arguments = system->arguments.at + system->transitions.at[t].arguments;
        if (system_action(system, (transition_id)t) == action &&
            same_bindings(system->rulebook, action, arguments, step, true))
            return arguments;
    }
    for (size_t c = 0; !ok && c < system->calls.count; c++) {
        const int32_t *arguments = system->arguments.at + system->calls.at[c].arguments;
        if (system->calls.at[c].action == action && same_bindings(system->rulebook, action, arguments, step, false))
            return arguments;
    }
    return NULL;
}

/* `after` has all changed fields and no others. */
static void check_after(struct rulebook *rulebook, const int32_t *before, const int32_t *after,
                        const struct jtree *step) {
    bool any = false;
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        const struct jtree *objects = jtree_get(jtree_get(step, "after"), kind->name);
        for (uint32_t o = 0; o < kind->objects.count; o++)
            for (size_t f = 0; f < kind->fields.count; f++) {
                const struct field *field = kind->fields.at[f];
                size_t at = kind->state_base + o * kind->state_width + field->offset;
                if (field->is_constant)
                    continue;
                const struct jtree *json = jtree_get(jtree_get(objects, kind->objects.at[o].name), field->name);
                bool changes = memcmp(before + at, after + at, field->width * sizeof *before) != 0;
                assert_int_equal(changes, json != NULL);
                if (changes)
                    assert_true(same_value(rulebook, field->type, after + at, json));
                any = any || changes;
            }
    }
    char *unchanged = jtree_canonical(jtree_get(step, "unchanged"));
    assert_string_equal(unchanged, any ? "false" : "true");
    free(unchanged);
}

/* The failing check's preferred code is the expected one, and `also` has its alternatives. */
static void check_error(struct evaluator *evaluator, const struct action *action, const struct jtree *error) {
    const struct check *check = &action->checks.at[evaluator->failed_check];
    assert_string_equal(jtree_string(jtree_get(error, "code")), check->codes[0]);
    const struct jtree *also = jtree_get(error, "also");
    for (size_t i = 1; i < check->code_count; i++) {
        bool found = false;
        for (size_t j = 0; j < jtree_count(also); j++)
            found = found || strcmp(jtree_string(jtree_at(also, j)), check->codes[i]) == 0;
        assert_true(found);
    }
}

static void play(const struct system *system, const struct jtree *vector) {
    struct rulebook *rulebook = system->rulebook;
    size_t bytes = (rulebook->state_width + 1) * sizeof(int32_t);
    int32_t *state = memory_resize(NULL, bytes), *next = memory_resize(NULL, bytes);
    struct evaluator evaluator;
    evaluator_init(&evaluator, rulebook);
    assert_true(eval_initial(&evaluator, state));
    assert_true(slug_is_good(jtree_string(jtree_get(vector, "id"))));
    const struct jtree *steps = jtree_get(vector, "steps");
    for (size_t i = 0; i < jtree_count(steps); i++) {
        const struct jtree *step = jtree_at(steps, i), *expect = jtree_get(step, "expect");
        bool is_event = jtree_get(step, "event") != NULL;
        const char *name = jtree_string(jtree_get(step, is_event ? "event" : "action"));
        const struct action *action = rulebook_action(rulebook, name);
        assert_non_null(action);
        assert_int_equal(is_event, action->by != BY_CLIENT);
        bool ok = is_event || jtree_get(expect, "ok") != NULL;
        const int32_t *arguments = find_arguments(system, action, step, ok);
        assert_non_null(arguments);
        memcpy(next, state, rulebook->state_width * sizeof *next);
        enum eval_outcome outcome = eval_step(&evaluator, action, arguments, ok, state, next);
        assert_int_equal(outcome, ok ? EVAL_OK : EVAL_ERROR);
        if (!ok)
            check_error(&evaluator, action, jtree_get(expect, "error"));
        check_after(rulebook, state, next, step);
        memcpy(state, next, rulebook->state_width * sizeof *state);
    }
    evaluator_clear(&evaluator);
    free(state);
    free(next);
}

static void files_play(void **test) {
    const struct subject *subject = *test;
    struct made made;
    make(&made, subject->path);
    size_t vectors = 0;
    for (size_t f = 0; f < made.files.list.count; f++) {
        const struct suite_file *file = &made.files.list.at[f];
        char problem[160];
        struct jtree *tree = jtree_read(file->text, file->bytes, problem, sizeof problem);
        assert_non_null(tree);
        if (strncmp(file->path, "vectors/", 8) == 0)
            for (size_t i = 0; i < jtree_count(jtree_get(tree, "vectors")); i++, vectors++)
                play(made.system, jtree_at(jtree_get(tree, "vectors"), i));
        jtree_free(tree);
    }
    assert_int_equal(vectors, made.suite.vectors.count);
    unmake(&made);
}

static void counts(void **test) {
    const struct subject *subject = *test;
    struct made made;
    make(&made, subject->path);
    size_t found[3] = {0};
    for (size_t g = 0; g < made.suite.goals.list.count; g++)
        found[suite_status(&made.suite, g)]++;
    assert_int_equal(made.suite.goals.list.count, subject->goals);
    assert_int_equal(found[GOAL_COVERED], subject->covered);
    assert_int_equal(found[GOAL_UNREACHABLE], subject->unreachable);
    unmake(&made);
}

static void same_bytes(void **test) {
    const struct subject *subject = *test;
    struct made one, other;
    make(&one, subject->path);
    make(&other, subject->path);
    assert_int_equal(one.files.list.count, other.files.list.count);
    for (size_t i = 0; i < one.files.list.count; i++) {
        assert_string_equal(one.files.list.at[i].path, other.files.list.at[i].path);
        assert_int_equal(one.files.list.at[i].bytes, other.files.list.at[i].bytes);
        assert_memory_equal(one.files.list.at[i].text, other.files.list.at[i].text, one.files.list.at[i].bytes);
    }
    unmake(&one);
    unmake(&other);
}

/* ---- goals, by a search that uses the evaluator alone ---- */

struct search {
    const struct made *made;
    struct evaluator evaluator;
    size_t width;
    int32_t *states; /* in breadth-first order */
    size_t count, room, *slots, slot_count, *depths;
    size_t *reached; /* by goal: steps to show it, SIZE_MAX never */
};

static size_t *find_slot(struct search *search, const int32_t *state) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < search->width; i++)
        hash = (hash ^ (uint32_t)state[i]) * UINT64_C(0x100000001b3);
    size_t slot = (hash ^ hash >> 32) % search->slot_count;
    while (search->slots[slot] != 0 && memcmp(search->states + (search->slots[slot] - 1) * search->width, state,
                                              search->width * sizeof *state) != 0)
        slot = (slot + 1) % search->slot_count;
    return &search->slots[slot];
}

static void add_state(struct search *search, const int32_t *state, size_t depth) {
    size_t *slot = find_slot(search, state);
    if (*slot != 0)
        return;
    assert_true(search->count < search->room);
    memcpy(search->states + search->count * search->width, state, search->width * sizeof *state);
    search->depths[search->count] = depth;
    *slot = ++search->count;
}

static void reach(struct search *search, const struct action *action, enum goal_form form, size_t check, size_t depth) {
    size_t *best = &search->reached[goals_find(&search->made->suite.goals, action, form, check)];
    if (depth < *best)
        *best = depth;
}

static void look_at_failure(struct search *search, const struct action *action, const int32_t *arguments,
                            const int32_t *state, size_t depth) {
    size_t first = search->evaluator.failed_check;
    bool alone = true;
    for (size_t k = 0; k < action->checks.count; k++)
        if (k != first && !is_dependent(&search->made->suite.goals.dependence, action, first, k))
            alone = alone && eval_check(&search->evaluator, action, k, arguments, state) != EVAL_ERROR;
    reach(search, action, GOAL_FIRST, first, depth);
    if (alone)
        reach(search, action, GOAL_ALONE, first, depth);
}

static void expand(struct search *search, size_t number, int32_t *state, int32_t *next) {
    const struct system *system = search->made->system;
    memcpy(state, search->states + number * search->width, search->width * sizeof *state);
    size_t depth = search->depths[number] + 1;
    for (size_t c = 0; c < system->calls.count; c++) {
        const int32_t *arguments = system->arguments.at + system->calls.at[c].arguments;
        const struct action *action = system->calls.at[c].action;
        if (action->by == BY_CLIENT &&
            eval_step(&search->evaluator, action, arguments, false, state, NULL) == EVAL_ERROR)
            look_at_failure(search, action, arguments, state, depth);
    }
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const int32_t *arguments = system->arguments.at + system->transitions.at[t].arguments;
        const struct action *action = system_action(system, t);
        if (eval_step(&search->evaluator, action, arguments, true, state, next) != EVAL_OK)
            continue;
        add_state(search, next, depth);
        if (action->by == BY_CLIENT)
            reach(search, action, GOAL_OK, 0, depth);
    }
}

static void goals_are_right(void **test) {
    const struct subject *subject = *test;
    struct made made;
    make(&made, subject->path);
    struct search search = {.made = &made, .width = made.rulebook->state_width, .room = 200000, .slot_count = 400009};
    evaluator_init(&search.evaluator, made.rulebook);
    search.states = memory_resize(NULL, search.room * search.width * sizeof *search.states);
    search.depths = memory_resize(NULL, search.room * sizeof *search.depths);
    search.slots = memory_resize(NULL, search.slot_count * sizeof *search.slots);
    memset(search.slots, 0, search.slot_count * sizeof *search.slots);
    search.reached = memory_resize(NULL, made.suite.goals.list.count * sizeof *search.reached);
    memset(search.reached, 0xFF, made.suite.goals.list.count * sizeof *search.reached);
    int32_t *state = memory_resize(NULL, search.width * sizeof *state),
            *next = memory_resize(NULL, search.width * sizeof *next);
    assert_true(eval_initial(&search.evaluator, state));
    add_state(&search, state, 0);
    for (size_t i = 0; i < search.count; i++)
        expand(&search, i, state, next);
    if (made.suite.stats.complete)
        assert_int_equal(search.count, made.suite.stats.states);
    for (size_t g = 0; g < made.suite.goals.list.count; g++) {
        if (made.suite.goals.list.at[g].form > GOAL_ALONE)
            continue;
        if ((suite_status(&made.suite, g) == GOAL_COVERED) != (search.reached[g] != SIZE_MAX))
            print_error("goal %s\n", made.suite.goals.list.at[g].id);
        assert_int_equal(suite_status(&made.suite, g) == GOAL_COVERED, search.reached[g] != SIZE_MAX);
    }
    for (size_t i = 0; i < made.suite.candidates.count; i++) { /* there is no shorter way to its goal */
        const struct vector *candidate = &made.suite.candidates.at[i];
        if (made.suite.goals.list.at[candidate->goal].form <= GOAL_ALONE)
            assert_int_equal(candidate->steps.count, search.reached[candidate->goal]);
    }
    evaluator_clear(&search.evaluator);
    free(search.states);
    free(search.depths);
    free(search.slots);
    free(search.reached);
    free(state);
    free(next);
    unmake(&made);
}

/* ---- a broken vector is not confirmed ---- */

static void wrong_steps(void **test) {
    const struct subject *subject = *test;
    struct made made;
    make(&made, subject->path);
    for (size_t i = 0; i < made.suite.vectors.count; i++) {
        struct vector *vector = &made.suite.vectors.at[i];
        struct vector_step *last = &vector->steps.at[vector->steps.count - 1];
        const char *problem = NULL;
        assert_true(suite_play(&made.suite, vector, &problem));
        size_t right = last->failed;
        last->failed = right != STEP_OK ? right + 1 : 0; /* another check is said to fail first */
        if (last->failed < last->action->checks.count)
            assert_false(suite_play(&made.suite, vector, &problem));
        last->failed = right;
    }
    unmake(&made);
}

/* ---- the folder ---- */

static char *work_folder(void) {
    static char path[64];
    strcpy(path, "/tmp/enimc-vectors-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static bool try_write(const char *folder, bool force, const char *text, char *problem) {
    struct suite_files files = {0};
    suite_files_add(&files, "manifest.json", strdup("{\"format\":\"enimc-vectors\"}"), 26);
    suite_files_add(&files, "deep/er/file", strdup(text), strlen(text));
    bool good = folder_write(folder, force, &files, problem, 1000);
    suite_files_clear(&files);
    return good;
}

static bool holds_text(const char *folder, const char *text) {
    char path[200], found[100] = "";
    snprintf(path, sizeof path, "%s/deep/er/file", folder);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t bytes = fread(found, 1, sizeof found - 1, in);
    fclose(in);
    return bytes == strlen(text) && strcmp(found, text) == 0;
}

static void folders(void **test) {
    (void)test;
    char problem[1000], folder[100], *work = work_folder(), command[200];
    snprintf(folder, sizeof folder, "%s/suite", work);
    assert_true(try_write(folder, false, "one", problem));
    assert_true(holds_text(folder, "one"));
    assert_false(try_write(folder, false, "two", problem)); /* not empty */
    assert_non_null(strstr(problem, "not empty"));
    assert_true(holds_text(folder, "one"));
    assert_true(try_write(folder, true, "three", problem));
    assert_true(holds_text(folder, "three"));
    snprintf(folder, sizeof folder, "%s/suite/deep", work); /* no suite of ours */
    assert_false(try_write(folder, true, "four", problem));
    assert_non_null(strstr(problem, "left alone"));
    snprintf(folder, sizeof folder, "%s/missing/suite", work);
    assert_false(try_write(folder, false, "five", problem));
    assert_false(try_write("", false, "six", problem));
    assert_false(try_write("-", false, "six", problem));
    snprintf(command, sizeof command, "test \"$(ls %s)\" = suite", work); /* nothing temporary is left */
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "rm -r %s", work);
    assert_int_equal(system(command), 0);
}

int main(void) {
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } kinds[] = {{"files play", files_play},
                 {"counts", counts},
                 {"same bytes", same_bytes},
                 {"goals are right", goals_are_right},
                 {"wrong steps", wrong_steps}};
    struct CMUnitTest tests[ARRAY_SIZE(subjects) * ARRAY_SIZE(kinds) + 1];
    static char names[ARRAY_SIZE(subjects) * ARRAY_SIZE(kinds)][100];
    size_t count = 0;
    for (size_t s = 0; s < ARRAY_SIZE(subjects); s++)
        for (size_t k = 0; k < ARRAY_SIZE(kinds); k++, count++) {
            snprintf(names[count], sizeof names[count], "%s: %s", subjects[s].path, kinds[k].name);
            tests[count] = (struct CMUnitTest){names[count], kinds[k].run, NULL, NULL, (void *)(uintptr_t)&subjects[s]};
        }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(folders);
    return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
