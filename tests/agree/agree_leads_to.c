/* `leads_to` against brute force: small random specs with processes, fair and other events, calls that are refused.
 *
 * The states come from the plain evaluator.  A run that never meets Q stays, from some time on, in a set of states that
 * it visits again and again; so all sets of states without Q are tried: can it go round in this one and leave nothing
 * fair out?  (It may also stay in one state, because nothing else needs to happen.)  The most calls before Q are the
 * limit of a plain iteration.  Shares with the engine what is fair, but neither its graph nor its components. */
#include "model/eval.h"
#include "solver/engine.h"
#include "solver/fairness.h"
#include "tests/unit/test.h"

enum { SPECS = 1500, STATES_MOST = 60, WITHOUT_Q_MOST = 13, VALUES = 4, WITHIN = 3 };

/* ---- a random spec ---- */

static uint64_t seed;
static unsigned pick(unsigned bound) { return random_below(&seed, bound); }

/* "n.s in {1, 3}" */
static void write_set(FILE *out) {
    unsigned members = 1 + pick((1u << VALUES) - 1);
    const char *separator = "n.s in {";
    for (unsigned i = 0; i < VALUES; i++)
        if (members >> i & 1) {
            fprintf(out, "%s%u", separator, i);
            separator = ", ";
        }
    fputc('}', out);
}

static void write_move(FILE *out) {
    if (pick(2))
        fprintf(out, "n.s := %u", pick(VALUES));
    else
        fprintf(out, "n.s := (n.s + %u) %% %u", 1 + pick(VALUES - 1), VALUES);
}

static const char *target(void) {
    static const char *const targets[] = {"next", "retry", "first", "done", "fail", "first"};
    return targets[pick(6)];
}

static void write_step(FILE *out, const char *label) {
    fprintf(out, "      %s: { ", label);
    switch (pick(4)) {
    case 0:
        fputs("wait: \"", out);
        write_set(out);
        fprintf(out, "\", then: %s", target());
        if (pick(2))
            fprintf(out, ", timeout: %s", target());
        break;
    case 1:
        fputs("if: \"", out);
        write_set(out);
        fprintf(out, "\", then: %s, else: %s", target(), target());
        break;
    default:
        fprintf(out, "call: \"Call%u(x: n)\", then: %s", pick(2), target());
        if (pick(2))
            fprintf(out, ", on: { Refused: %s }", target());
        break;
    }
    fputs(" }\n", out);
}

static void write_spec(FILE *out) {
    fprintf(out, "kinds: { node: { state: { s: 0..%u } } }\nscope: { node: [n], p: %u }\nactions:\n", VALUES - 1,
            1 + pick(2));
    for (unsigned i = 0; i < 2; i++) {
        fprintf(out, "  Call%u:\n    parameters: { x: node }\n    checks: [ { require: \"", i);
        write_set(out);
        fputs("\", else: Refused } ]\n    effects: [ \"", out);
        write_move(out);
        fputs("\" ]\n", out);
    }
    unsigned events = pick(3);
    for (unsigned i = 0; i < events; i++) {
        fprintf(out, "  event%u: { by: environment, fair: %s, when: \"", i, pick(2) ? "true" : "false");
        write_set(out);
        fputs("\", effects: [ \"", out);
        write_move(out);
        fputs("\" ] }\n", out);
    }
    fputs("processes:\n  p:\n    steps:\n", out);
    write_step(out, "first");
    write_step(out, "second");
    if (pick(4) == 0)
        fputs("    crash: { most: 1 }\n", out);
    for (unsigned i = 0; i < 4; i++) {
        fprintf(out, i == 0 ? "properties:\n  q0: { leads_to: { to: \"" : "  q%u: { leads_to: { to: \"", i);
        write_set(out);
        fputs(pick(3) == 0 ? " or p1.at == done\"" : "\"", out);
        if (pick(2)) {
            fputs(", from: \"", out);
            write_set(out);
            fputc('"', out);
        }
        if (i >= 2)
            fprintf(out, ", within: %u", pick(WITHIN + 1));
        if (pick(3) == 0)
            fputs(", calm: true", out);
        fputs(" } }\n", out);
    }
}

/* ---- its graph, by the plain evaluator ---- */

struct edge {
    size_t from, to, fair; /* FAIRNESS_NONE */
    bool is_call, counts;  /* counts: it can happen before Q, from P on */
};

struct model {
    struct rulebook *rulebook;
    struct system *system;
    struct evaluator evaluator;
    size_t width, count;
    int32_t *states[STATES_MOST + 1];
    VEC(struct edge) edges;
    bool from[STATES_MOST], to[STATES_MOST];
};

static size_t state_number(struct model *model, const int32_t *state) {
    for (size_t i = 0; i < model->count; i++)
        if (memcmp(model->states[i], state, model->width * sizeof *state) == 0)
            return i;
    if (model->count == STATES_MOST)
        return STATES_MOST;
    memcpy(model->states[model->count], state, model->width * sizeof *state);
    return model->count++;
}

/* False if there are too many states. */
static bool explore(struct model *model) {
    const struct system *system = model->system;
    int32_t *next = model->states[STATES_MOST];
    model->count = 0;
    assert_true(eval_initial(&model->evaluator, next));
    state_number(model, next);
    for (size_t s = 0; s < model->count; s++)
        for (transition_id t = 0; t < system->transitions.count; t++) {
            const struct action *action = system_action(system, t);
            if (eval_step(&model->evaluator, action, system->arguments.at + system->transitions.at[t].arguments, true,
                          model->states[s], next) != EVAL_OK)
                continue;
            struct edge edge = {s, state_number(model, next), fairness_of(system, t), action->by == BY_CLIENT, true};
            if (edge.to == STATES_MOST)
                return false;
            vec_push(&model->edges, edge);
        }
    return true;
}

static bool condition(struct model *model, const struct property *property, const struct term *term, size_t state) {
    bool value = true;
    if (term != NULL)
        assert_int_equal(
            eval_condition(&model->evaluator, term, property->frame, model->states[state], NULL, NULL, &value),
            EVAL_OK);
    return value;
}

/* ---- brute force ---- */

/* Can a run go round in the set, through all of its states? */
static bool is_connected(const struct model *model, const size_t *list, size_t count, const bool *inside) {
    for (size_t i = 0; i < count; i++) {
        bool reached[STATES_MOST] = {false}, changed = true;
        reached[list[i]] = true;
        while (changed) {
            changed = false;
            for (size_t e = 0; e < model->edges.count; e++) {
                const struct edge *edge = &model->edges.at[e];
                if (edge->counts && inside[edge->from] && inside[edge->to] && reached[edge->from] && !reached[edge->to])
                    reached[edge->to] = changed = true;
            }
        }
        for (size_t j = 0; j < count; j++)
            if (!reached[list[j]])
                return false;
    }
    return true;
}

static bool leaves_nothing_out(const struct model *model, const size_t *list, size_t count, const bool *inside) {
    for (size_t fair = 0; fair < fairness_count(model->system); fair++) {
        bool taken = false, always = true;
        for (size_t i = 0; i < count; i++) {
            bool enabled = false;
            for (size_t e = 0; e < model->edges.count; e++) {
                const struct edge *edge = &model->edges.at[e];
                if (edge->from != list[i] || edge->fair != fair)
                    continue;
                enabled = true;
                taken = taken || inside[edge->to];
            }
            always = always && enabled;
        }
        if (always && !taken)
            return false;
    }
    return true;
}

static bool never_comes(const struct model *model, const size_t *waiting, size_t count) {
    for (size_t set = 1; set < (size_t)1 << count; set++) {
        size_t list[WITHOUT_Q_MOST], size = 0;
        bool inside[STATES_MOST] = {false};
        for (size_t i = 0; i < count; i++)
            if (set >> i & 1) {
                list[size++] = waiting[i];
                inside[waiting[i]] = true;
            }
        if (leaves_nothing_out(model, list, size, inside) && is_connected(model, list, size, inside))
            return true;
    }
    return false;
}

/* The most calls of a run from a state with P, up to `within` + 1. */
static unsigned most_calls(const struct model *model, unsigned within) {
    unsigned calls[STATES_MOST] = {0}, most = 0;
    bool changed = true;
    while (changed) {
        changed = false;
        for (size_t e = 0; e < model->edges.count; e++) {
            const struct edge *edge = &model->edges.at[e];
            if (model->to[edge->from] || !edge->counts)
                continue;
            unsigned rest = edge->is_call + (model->to[edge->to] ? 0 : calls[edge->to]);
            rest = rest > within + 1 ? within + 1 : rest;
            if (rest > calls[edge->from]) {
                calls[edge->from] = rest;
                changed = true;
            }
        }
    }
    for (size_t s = 0; s < model->count; s++)
        if (model->from[s] && !model->to[s] && calls[s] > most)
            most = calls[s];
    return most;
}

/* 1 holds, 0 violated, -1 too large for brute force */
static int decide(struct model *model, const struct property *property) {
    bool reached[STATES_MOST], changed = true;
    size_t waiting[STATES_MOST], count = 0;
    for (size_t s = 0; s < model->count; s++) {
        model->from[s] = condition(model, property, property->from, s);
        model->to[s] = condition(model, property, property->term, s);
        reached[s] = model->from[s] && !model->to[s];
    }
    for (size_t e = 0; e < model->edges.count; e++)
        model->edges.at[e].counts = !property->calm || model->edges.at[e].fair != FAIRNESS_NONE;
    while (changed) {
        changed = false;
        for (size_t e = 0; e < model->edges.count; e++) {
            const struct edge *edge = &model->edges.at[e];
            if (edge->counts && reached[edge->from] && !model->to[edge->to] && !reached[edge->to])
                reached[edge->to] = changed = true;
        }
    }
    for (size_t s = 0; s < model->count; s++)
        if (reached[s])
            waiting[count++] = s;
    if (count > WITHOUT_Q_MOST)
        return -1;
    if (property->within_term != NULL && most_calls(model, (unsigned)property->within) > (unsigned)property->within)
        return 0;
    return !never_comes(model, waiting, count);
}

/* ---- agreement ---- */

static void compare(const char *path, unsigned answers[2]) {
    struct diags diags = {0};
    struct model model = {.rulebook = rulebook_read(path, NULL, NULL, 0, &diags)};
    if (model.rulebook == NULL)
        diags_print(&diags, stdout, false);
    assert_non_null(model.rulebook);
    model.system = system_new(model.rulebook, (const struct property *const *)model.rulebook->properties.at,
                              model.rulebook->properties.count, true, &diags);
    assert_non_null(model.system);
    model.width = model.rulebook->state_width;
    for (size_t i = 0; i <= STATES_MOST; i++)
        model.states[i] = memory_resize(NULL, (model.width + 1) * sizeof(int32_t));
    evaluator_init(&model.evaluator, model.rulebook);
    struct run run;
    struct budget budget = {.max_depth = UINT32_MAX};
    run_init(&run, model.system, &budget);
    engine_find("explicit")->run(&run);
    bool fits = explore(&model);
    for (size_t i = 0; i < run.results.count; i++) {
        const struct result *result = &run.results.at[i];
        int truth = fits ? decide(&model, result->property) : -1;
        if (result->verdict == VERDICT_UNKNOWN) /* also: the trace is not confirmed */
            fail_msg("%s: unknown: %s", result->property->name, result->reason);
        if (truth >= 0 && (result->verdict == VERDICT_HOLDS) != (truth == 1))
            fail_msg("%s: %s (%s), but not by brute force", result->property->name, verdict_text(result->verdict),
                     result->reason == NULL ? "-" : result->reason);
        if (truth >= 0)
            answers[truth]++;
    }
    run_clear(&run);
    evaluator_clear(&model.evaluator);
    for (size_t i = 0; i <= STATES_MOST; i++)
        free(model.states[i]);
    vec_free(&model.edges);
    system_free(model.system);
    rulebook_free(model.rulebook);
    diags_clear(&diags);
}

static void brute_force(void **state) {
    unsigned answers[2] = {0};
    (void)state;
    for (unsigned i = 0; i < SPECS; i++) {
        uint64_t before = seed;
        char place[64], text[8192] = "";
        FILE *file = tmpfile();
        assert_non_null(file);
        write_spec(file);
        fflush(file);
        rewind(file);
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        snprintf(place, sizeof place, "/proc/self/fd/%d", fileno(file));
        rewind(file);
        if (getenv("ENIMC_SEED") != NULL && i == 0)
            printf("%s", text);
        printf("# spec %u: ENIMC_SEED=%llu\n", i, (unsigned long long)before);
        compare(place, answers);
        fclose(file);
    }
    printf("# %u hold, %u are violated\n", answers[1], answers[0]);
    assert_true(answers[0] > SPECS / 2 && answers[1] > SPECS / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(brute_force)};
    seed = random_seed(20240611);
    return cmocka_run_group_tests_name("leads_to", tests, NULL, NULL);
}
