/* The plain evaluator and the grounded system say the same, in every state that random walks visit:
 * which of all argument tuples are enabled, what the next state is, which check fails, which property holds. */
#include <glob.h>

#include "model/eval.h"
#include "model/print.h"
#include "model/system.h"
#include "tests/unit/test.h"

enum { WALKS = 12, STEPS = 40, MOST_TUPLES = 20000 };

/* One way to call an action, with the choices of the service. */
struct tuple {
    const struct action *action;
    int32_t *arguments;
    transition_id transition; /* UINT32_MAX: grounding found that it is never enabled */
};

struct bench {
    const char *path;
    struct diags diags;
    struct rulebook *rulebook;
    struct system *system;
    struct evaluator evaluator;
    VEC(struct tuple) tuples;
    struct expr_cone *guards, *updates, *enabled, *checks, *obligations, *holds, *violations;
    int32_t *state, *successor, *valuation, *next;
    uint64_t random;
};

static struct expr_cone new_cone(const struct bench *bench, expr_id id) {
    struct expr_cone cone;
    expr_cone_init(&cone, &bench->system->exprs, id);
    return cone;
}

#define CONES(list, member)                                                                                            \
    for (size_t i = 0; i < (list).count; i++)                                                                          \
    cones[i] = new_cone(bench, (list).at[i] member)

static struct expr_cone *room(size_t count) { return memory_resize(NULL, (count + 1) * sizeof(struct expr_cone)); }

static void make_cones(struct bench *bench) {
    const struct system *s = bench->system;
    struct expr_cone *cones;
    cones = bench->guards = room(s->transitions.count);
    CONES(s->transitions, .guard);
    cones = bench->updates = room(s->updates.count);
    CONES(s->updates, .value);
    cones = bench->enabled = room(s->calls.count);
    CONES(s->calls, .enabled);
    cones = bench->checks = room(s->check_conditions.count);
    CONES(s->check_conditions, );
    cones = bench->obligations = room(s->obligations.count);
    CONES(s->obligations, .holds);
    cones = bench->holds = room(s->properties.count);
    CONES(s->properties, .holds);
    cones = bench->violations = room(s->step_violations.count);
    CONES(s->step_violations, );
}

static void free_cones(struct expr_cone *cones, size_t count) {
    for (size_t i = 0; i < count; i++)
        expr_cone_clear(&cones[i]);
    free(cones);
}

static void add_tuple(struct bench *bench, const struct action *action, const int32_t *arguments,
                      transition_id transition) {
    size_t bytes = action_width(action, true) * sizeof *arguments;
    struct tuple tuple = {action, memory_resize(NULL, bytes + 1), transition};
    memcpy(tuple.arguments, arguments, bytes);
    vec_push(&bench->tuples, tuple);
}

struct digit {
    int32_t low, high;
};

/* All tuples, like the numbers of a counter; only those that grounding found if they are too many. */
static void make_tuples_of(struct bench *bench, const struct action *action) {
    VEC(struct digit) digits = {0};
    VEC(int32_t) values = {0};
    double total = 1;
    for (size_t i = 0; i < action->parameters.count + action->choices.count; i++) {
        const struct binding *binding =
            i < action->parameters.count ? action->parameters.at[i] : action->choices.at[i - action->parameters.count];
        struct digit digit;
        type_range(type_element(bench->rulebook, binding->type), &digit.low, &digit.high);
        for (uint32_t j = 0; j < binding->width; j++) {
            vec_push(&digits, digit);
            vec_push(&values, digit.low);
            total *= digit.high - digit.low + 1;
        }
    }
    vec_reserve(&values, 1);
    const struct system *system = bench->system;
    for (transition_id t = 0; total > MOST_TUPLES && t < system->transitions.count; t++)
        if (system_action(system, t) == action)
            add_tuple(bench, action, system->arguments.at + system->transitions.at[t].arguments, t);
    for (size_t at = 0; total > 0 && total <= MOST_TUPLES && at <= digits.count;) {
        add_tuple(bench, action, values.at, system_find(system, action, values.at));
        for (at = 0; at < digits.count && values.at[at] == digits.at[at].high; at++)
            values.at[at] = digits.at[at].low;
        if (at == digits.count)
            break;
        values.at[at]++;
    }
    vec_free(&digits);
    vec_free(&values);
}

static void apply_updates(struct bench *bench, const struct system_transition *transition) {
    memcpy(bench->successor, bench->state, bench->system->vars.count * sizeof *bench->state);
    for (uint32_t i = 0; i < transition->update_count; i++) {
        uint32_t at = transition->first_update + i;
        bench->successor[bench->system->updates.at[at].var] = expr_cone_value(&bench->updates[at], bench->state, NULL);
    }
}

static void compare_next(struct bench *bench, const struct tuple *tuple) {
    const struct system *system = bench->system;
    apply_updates(bench, &system->transitions.at[tuple->transition]);
    for (size_t v = 0; v < system->vars.count; v++)
        if (bench->successor[v] != bench->next[system->vars.at[v].slot])
            fail_msg("%s: %s: the grounded system gives %s the value %d, the plain evaluator %d", bench->path,
                     print_call(bench->rulebook, tuple->action, tuple->arguments, true), system->vars.at[v].name,
                     bench->successor[v], bench->next[system->vars.at[v].slot]);
    for (size_t i = 0; i < system->properties.count; i++) {
        const struct property *property = system->properties.at[i].property;
        bool value;
        if (property->form != PROPERTY_STEP)
            continue;
        if (eval_condition(&bench->evaluator, property->term, property->frame, bench->valuation, bench->next,
                           tuple->action, &value) != EVAL_OK)
            fail_msg("%s: '%s' has no meaning for the plain evaluator", bench->path, property->name);
        struct expr_cone *violated = &bench->violations[system->properties.at[i].violations + tuple->transition];
        if (value == (expr_cone_value(violated, bench->state, NULL) != 0))
            fail_msg("%s: %s: '%s' is %s for the plain evaluator only", bench->path,
                     print_call(bench->rulebook, tuple->action, tuple->arguments, true), property->name,
                     value ? "true" : "false");
    }
}

/* Steps are compared; returns how many are enabled and picks one of them. */
static size_t compare_steps(struct bench *bench, int32_t *picked) {
    size_t enabled = 0, width = bench->rulebook->state_width;
    for (size_t i = 0; i < bench->tuples.count; i++) {
        const struct tuple *tuple = &bench->tuples.at[i];
        enum eval_outcome outcome =
            eval_step(&bench->evaluator, tuple->action, tuple->arguments, true, bench->valuation, bench->next);
        bool fires = tuple->transition != UINT32_MAX &&
                     expr_cone_value(&bench->guards[tuple->transition], bench->state, NULL) != 0;
        if (outcome == EVAL_BROKEN)
            fail_msg("%s: %s is broken for the plain evaluator, but every obligation holds: %s", bench->path,
                     print_call(bench->rulebook, tuple->action, tuple->arguments, true), bench->evaluator.problem.text);
        if (fires != (outcome == EVAL_OK))
            fail_msg("%s: %s is enabled for the %s only (outcome %d)", bench->path,
                     print_call(bench->rulebook, tuple->action, tuple->arguments, true),
                     fires ? "grounded system" : "plain evaluator", (int)outcome);
        if (!fires)
            continue;
        compare_next(bench, tuple);
        if (random_below(&bench->random, (uint32_t)++enabled) == 0)
            memcpy(picked, bench->next, width * sizeof *picked);
    }
    return enabled;
}

/* Checks, in order, up to the first that fails. */
static void compare_checks(struct bench *bench) {
    const struct system *system = bench->system;
    for (size_t c = 0; c < system->calls.count; c++) {
        const struct system_call *call = &system->calls.at[c];
        const int32_t *arguments = system->arguments.at + call->arguments;
        bool passed = expr_cone_value(&bench->enabled[c], bench->state, NULL) != 0;
        size_t failed = SIZE_MAX;
        for (size_t k = 0; passed && k < call->action->checks.count; k++) {
            passed = expr_cone_value(&bench->checks[call->checks + k], bench->state, NULL) != 0;
            enum eval_outcome outcome = eval_check(&bench->evaluator, call->action, k, arguments, bench->valuation);
            if (outcome != (passed ? EVAL_OK : EVAL_ERROR))
                fail_msg("%s: check %s of %s: %s for the grounded system, outcome %d for the plain evaluator",
                         bench->path, call->action->checks.at[k].origin.id,
                         print_call(bench->rulebook, call->action, arguments, false), passed ? "holds" : "fails",
                         (int)outcome);
            if (!passed)
                failed = k;
        }
        enum eval_outcome response =
            eval_step(&bench->evaluator, call->action, arguments, false, bench->valuation, NULL);
        if (failed != SIZE_MAX && (response != EVAL_ERROR || bench->evaluator.failed_check != failed))
            fail_msg("%s: %s: the first check that fails is %zu, not %zu (outcome %d)", bench->path,
                     print_call(bench->rulebook, call->action, arguments, false), failed, bench->evaluator.failed_check,
                     (int)response);
        if (failed == SIZE_MAX && passed && response != EVAL_OK)
            fail_msg("%s: %s: all checks hold, but the response is %d", bench->path,
                     print_call(bench->rulebook, call->action, arguments, false), (int)response);
    }
}

static void compare_properties(struct bench *bench) {
    for (size_t i = 0; i < bench->system->properties.count; i++) {
        const struct property *property = bench->system->properties.at[i].property;
        bool value;
        if (property->form == PROPERTY_STEP || property->term == NULL)
            continue;
        enum eval_outcome outcome =
            eval_condition(&bench->evaluator, property->term, property->frame, bench->valuation, NULL, NULL, &value);
        if (outcome != EVAL_OK || value != (expr_cone_value(&bench->holds[i], bench->state, NULL) != 0))
            fail_msg("%s: '%s': outcome %d, %s for the plain evaluator only", bench->path, property->name, (int)outcome,
                     value ? "true" : "false");
    }
}

/* Does the spec announce that it is broken ("# exit: 2" in its first line)? */
static bool says_broken(const char *path) {
    char line[64] = "";
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL)
            line[0] = '\0';
        fclose(file);
    }
    return strncmp(line, "# exit: 2", 9) == 0;
}

static void walk(struct bench *bench) {
    size_t width = bench->rulebook->state_width;
    int32_t *picked = memory_resize(NULL, (width + 1) * sizeof *picked);
    memcpy(bench->valuation, bench->system->initial, width * sizeof *picked);
    for (int step = 0; step < STEPS; step++) {
        system_from_valuation(bench->system, bench->valuation, bench->state);
        for (size_t i = 0; i < bench->system->obligations.count; i++)
            if (!expr_cone_value(&bench->obligations[i], bench->state, NULL)) {
                if (!says_broken(bench->path))
                    fail_msg("%s: broken: %s", bench->path, bench->system->obligations.at[i].text);
                free(picked); /* here the rulebook means nothing any more */
                return;
            }
        compare_properties(bench);
        compare_checks(bench);
        if (compare_steps(bench, picked) == 0)
            break;
        memcpy(bench->valuation, picked, width * sizeof *picked);
    }
    free(picked);
}

static void open_bench(struct bench *bench) {
    VEC(const struct property *) properties = {0};
    bench->rulebook = rulebook_read(bench->path, "specs", NULL, 0, &bench->diags);
    if (bench->rulebook == NULL)
        diags_print(&bench->diags, stdout, false);
    assert_non_null(bench->rulebook);
    for (size_t i = 0; i < bench->rulebook->properties.count; i++)
        vec_push(&properties, bench->rulebook->properties.at[i]);
    bench->system = system_new(bench->rulebook, properties.at, properties.count, true, &bench->diags);
    vec_free(&properties);
    assert_non_null(bench->system);
    evaluator_init(&bench->evaluator, bench->rulebook);
    make_cones(bench);
    for (size_t a = 0; a < bench->rulebook->actions.count; a++)
        if (bench->rulebook->actions.at[a]->is_allowed)
            make_tuples_of(bench, bench->rulebook->actions.at[a]);
    size_t width = (bench->rulebook->state_width + 1) * sizeof(int32_t);
    bench->valuation = memory_resize(NULL, width);
    bench->next = memory_resize(NULL, width);
    bench->state = memory_resize(NULL, (bench->system->vars.count + 1) * sizeof(int32_t));
    bench->successor = memory_resize(NULL, (bench->system->vars.count + 1) * sizeof(int32_t));
}

static void close_bench(struct bench *bench) {
    const struct system *s = bench->system;
    free_cones(bench->guards, s->transitions.count);
    free_cones(bench->updates, s->updates.count);
    free_cones(bench->enabled, s->calls.count);
    free_cones(bench->checks, s->check_conditions.count);
    free_cones(bench->obligations, s->obligations.count);
    free_cones(bench->holds, s->properties.count);
    free_cones(bench->violations, s->step_violations.count);
    for (size_t i = 0; i < bench->tuples.count; i++)
        free(bench->tuples.at[i].arguments);
    vec_free(&bench->tuples);
    free(bench->valuation);
    free(bench->next);
    free(bench->state);
    free(bench->successor);
    evaluator_clear(&bench->evaluator);
    system_free(bench->system);
    rulebook_free(bench->rulebook);
    diags_clear(&bench->diags);
}

/* "# todo:" among the first comments: waits for a repair. */
static bool is_todo(const char *path) {
    char line[400];
    bool todo = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL && line[0] == '#')
        todo = todo || strncmp(line, "# todo:", 7) == 0;
    if (file != NULL)
        fclose(file);
    return todo;
}

static void agree(void **state) {
    struct bench bench = {.path = *state};
    if (is_todo(bench.path))
        skip();
    bench.random = random_seed(1);
    open_bench(&bench);
    for (int i = 0; i < WALKS; i++)
        walk(&bench);
    close_bench(&bench);
}

int main(void) {
    glob_t paths = {0};
    VEC(struct CMUnitTest) tests = {0};
    glob("tests/systems/*.yaml", 0, NULL, &paths);
    glob("specs/bench/*.yaml", GLOB_APPEND, NULL, &paths);
    for (size_t i = 0; i < paths.gl_pathc; i++)
        vec_push(&tests, ((struct CMUnitTest){paths.gl_pathv[i], agree, NULL, NULL, paths.gl_pathv[i]}));
    int failed = _cmocka_run_group_tests("eval against the grounded system", tests.at, tests.count, NULL, NULL);
    vec_free(&tests);
    globfree(&paths);
    return failed;
}
