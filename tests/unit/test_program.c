/* The vector program against the plain loop over expressions, on states of real systems: which lanes fire, what the
 * successors are, in which order they come, which check holds where first. */
#include "model/system.h"
#include "solver/program.h"
#include "tests/unit/test.h"

enum { BATCHES = 6 };

struct found {
    VEC(uint32_t) lanes;
    VEC(transition_id) transitions;
    VEC(uint64_t) states;
    uint32_t *hits; /* by check: the first lane */
    size_t words;
};

static bool take(struct program_sink *sink) {
    struct found *found = sink->context;
    for (size_t i = 0; i < sink->count; i++) {
        vec_push(&found->lanes, sink->lanes[i]);
        vec_push(&found->transitions, sink->transitions[i]);
        for (size_t w = 0; w < found->words; w++)
            vec_push(&found->states, sink->states[i * found->words + w]);
    }
    sink->count = 0;
    return true;
}

static void note(struct program_sink *sink, uint32_t check, uint32_t lane) {
    struct found *found = sink->context;
    assert_int_equal(found->hits[check], UINT32_MAX); /* once a batch */
    found->hits[check] = lane;
}

struct bench {
    struct diags diags;
    struct rulebook *rulebook;
    struct system *system;
    struct layout layout;
    VEC(expr_id) checks;
    struct expr_cone *check_cones, *guards, *updates;
    uint64_t random;
};

static struct expr_cone *cones_of(const struct bench *bench, const expr_id *ids, size_t count) {
    struct expr_cone *cones = memory_resize(NULL, (count + 1) * sizeof *cones);
    for (size_t i = 0; i < count; i++)
        expr_cone_init(&cones[i], &bench->system->exprs, ids[i]);
    return cones;
}

static void free_cones(struct expr_cone *cones, size_t count) {
    for (size_t i = 0; i < count; i++)
        expr_cone_clear(&cones[i]);
    free(cones);
}

static void open_bench(struct bench *bench, const char *path) {
    VEC(const struct property *) properties = {0};
    bench->rulebook = rulebook_read(path, "specs", NULL, 0, &bench->diags);
    assert_non_null(bench->rulebook);
    for (size_t i = 0; i < bench->rulebook->properties.count; i++)
        vec_push(&properties, bench->rulebook->properties.at[i]);
    bench->system = system_new(bench->rulebook, properties.at, properties.count, true, &bench->diags);
    vec_free(&properties);
    assert_non_null(bench->system);
    layout_init(&bench->layout, bench->system);
    const struct system *s = bench->system;
    for (size_t i = 0; i < s->check_conditions.count; i++)
        vec_push(&bench->checks, s->check_conditions.at[i]);
    for (size_t i = 0; i < s->properties.count; i++)
        vec_push(&bench->checks, s->properties.at[i].holds);
    for (size_t i = 0; i < s->calls.count; i++)
        vec_push(&bench->checks, s->calls.at[i].enabled);
    for (size_t i = 0; i < s->step_violations.count; i++)
        vec_push(&bench->checks, s->step_violations.at[i]);
    bench->check_cones = cones_of(bench, bench->checks.at, bench->checks.count);
    VEC(expr_id) guards = {0}, updates = {0};
    for (size_t i = 0; i < s->transitions.count; i++)
        vec_push(&guards, s->transitions.at[i].guard);
    for (size_t i = 0; i < s->updates.count; i++)
        vec_push(&updates, s->updates.at[i].value);
    bench->guards = cones_of(bench, guards.at, guards.count);
    bench->updates = cones_of(bench, updates.at, updates.count);
    vec_free(&guards);
    vec_free(&updates);
}

static void close_bench(struct bench *bench) {
    free_cones(bench->check_cones, bench->checks.count);
    free_cones(bench->guards, bench->system->transitions.count);
    free_cones(bench->updates, bench->system->updates.count);
    vec_free(&bench->checks);
    layout_clear(&bench->layout);
    system_free(bench->system);
    rulebook_free(bench->rulebook);
    diags_clear(&bench->diags);
}

static void successor(struct bench *bench, transition_id t, const int32_t *values, int32_t *next) {
    const struct system_transition *transition = &bench->system->transitions.at[t];
    memcpy(next, values, bench->system->vars.count * sizeof *next);
    for (uint32_t i = 0; i < transition->update_count; i++) {
        uint32_t at = transition->first_update + i;
        next[bench->system->updates.at[at].var] = expr_cone_value(&bench->updates[at], values, NULL);
    }
}

/* LANES states that a random walk visits; back to the start where it ends. */
static void random_states(struct bench *bench, int32_t *values, size_t count) {
    size_t vars = bench->system->vars.count;
    for (size_t i = 0; i < count; i++) {
        int32_t *here = values + i * vars;
        transition_id enabled = 0, picked = UINT32_MAX;
        for (transition_id t = 0; i > 0 && t < bench->system->transitions.count; t++)
            if (expr_cone_value(&bench->guards[t], here - vars, NULL) && random_below(&bench->random, ++enabled) == 0)
                picked = t;
        if (picked != UINT32_MAX)
            successor(bench, picked, here - vars, here);
        else
            for (size_t v = 0; v < vars; v++)
                here[v] = bench->system->vars.at[v].initial;
    }
}

static void compare_batch(struct bench *bench, const struct program *program, void *registers, size_t count) {
    const struct system *system = bench->system;
    size_t vars = system->vars.count, words = bench->layout.words;
    int32_t *values = memory_resize(NULL, (count * vars + 1) * sizeof *values);
    int32_t *next = memory_resize(NULL, (vars + 1) * sizeof *next);
    uint64_t *packed = memory_resize(NULL, (count + 1) * words * sizeof *packed), *expected = packed + count * words;
    random_states(bench, values, count);
    for (size_t i = 0; i < count; i++)
        layout_pack(&bench->layout, system, values + i * vars, packed + i * words);
    struct found found = {.words = words, .hits = memory_resize(NULL, (bench->checks.count + 1) * sizeof(uint32_t))};
    memset(found.hits, 0xFF, (bench->checks.count + 1) * sizeof(uint32_t));
    static uint32_t lanes[PROGRAM_BLOCK];
    static transition_id transitions[PROGRAM_BLOCK];
    struct program_sink sink = {.states = memory_resize(NULL, PROGRAM_BLOCK * words * sizeof(uint64_t)),
                                .lanes = lanes,
                                .transitions = transitions,
                                .flush = take,
                                .hit = note,
                                .context = &found};
    program_run(program, registers, packed, count, &sink);
    take(&sink);
    assert_int_equal(sink.fired, found.lanes.count);
    size_t at = 0;
    for (transition_id t = 0; t < system->transitions.count; t++)
        for (uint32_t lane = 0; lane < count; lane++) {
            if (!expr_cone_value(&bench->guards[t], values + lane * vars, NULL))
                continue;
            assert_true(at < found.lanes.count);
            assert_int_equal(found.transitions.at[at], t);
            assert_int_equal(found.lanes.at[at], lane);
            successor(bench, t, values + lane * vars, next);
            layout_pack(&bench->layout, system, next, expected);
            assert_memory_equal(found.states.at + at * words, expected, words * sizeof *expected);
            at++;
        }
    assert_int_equal(at, found.lanes.count);
    for (size_t c = 0; c < bench->checks.count; c++) {
        uint32_t lane = 0;
        while (lane < count && !expr_cone_value(&bench->check_cones[c], values + lane * vars, NULL))
            lane++;
        assert_int_equal(found.hits[c], lane == count ? UINT32_MAX : lane);
    }
    vec_free(&found.lanes);
    vec_free(&found.transitions);
    vec_free(&found.states);
    free(found.hits);
    free(sink.states);
    free(packed);
    free(values);
    free(next);
}

static void check_system(void **state) {
    static const size_t counts[BATCHES] = {1, 2, 63, 64, LANES - 1, LANES};
    struct bench bench = {.random = random_seed(5)};
    open_bench(&bench, *state);
    struct program *program = program_new(bench.system, &bench.layout, true, bench.checks.at, bench.checks.count);
    void *registers = aligned_alloc(64, (program_register_bytes(program) + 127) / 64 * 64);
    assert_non_null(registers);
    memset(registers, 0, program_register_bytes(program));
    for (size_t i = 0; i < BATCHES; i++)
        compare_batch(&bench, program, registers, counts[i]);
    free(registers);
    program_free(program);
    close_bench(&bench);
}

int main(void) {
    static char *paths[] = {
        "tests/systems/toggles.yaml", "tests/systems/jugs.yaml",        "tests/systems/maps.yaml",
        "tests/systems/sets.yaml",    "tests/systems/links.yaml",       "tests/systems/pool.yaml",
        "tests/systems/attach.yaml",  "tests/systems/arithmetic.yaml",  "tests/systems/numbers.yaml",
        "tests/systems/wide.yaml",    "tests/systems/quantifiers.yaml", "tests/systems/optional.yaml",
        "specs/bench/eni-bench.yaml"};
    struct CMUnitTest tests[ARRAY_SIZE(paths)];
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        tests[i] = (struct CMUnitTest){paths[i], check_system, NULL, NULL, paths[i]};
    return cmocka_run_group_tests_name("program", tests, NULL, NULL);
}
