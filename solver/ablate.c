#include "solver/ablate.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/print.h"
#include "solver/questions.h"

extern const struct engine engine_explicit;

enum { STATES_FACTOR = 8, STATES_LEAST = 1000000, WORKERS_MOST = 64 };

/* ---- a worker: one line of JSON for each mutant ---- */

static struct jtree *steps_json(const struct run *run, const struct trace *trace) {
    const struct system *system = run->system;
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < trace->steps.count; i++) {
        transition_id t = trace->steps.at[i];
        const struct action *action = system_action(system, t);
        const char *call =
            print_call(system->rulebook, action, system->arguments.at + system->transitions.at[t].arguments, true);
        jtree_add(list, jtree_text(
                            arena_format(&system->rulebook->arena, "%s%s", action->by == BY_CLIENT ? "" : "* ", call)));
    }
    return list;
}

typedef VEC(const struct property *) property_subset;

static size_t number_of(const struct ablation *ablation, const struct property *property) {
    size_t number = 0;
    while (ablation->properties.at[number] != property)
        number++;
    return number;
}

static struct jtree *outcome_json(const struct ablation *ablation, const struct run *run) {
    struct jtree *object = jtree_object(), *losses = jtree_list();
    bool is_known = true;
    for (size_t i = 0; i < run->results.count && !run->breakage.is_broken; i++) {
        const struct result *result = &run->results.at[i];
        is_known = is_known && result->verdict != VERDICT_UNKNOWN;
        if (result->verdict == VERDICT_UNKNOWN || verdict_is_good(result->verdict, result->property->form))
            continue;
        struct jtree *loss = jtree_object();
        jtree_put(loss, "property", jtree_number((int64_t)number_of(ablation, result->property)));
        jtree_put(loss, "verdict", jtree_text(verdict_text(result->verdict)));
        jtree_put(loss, "depth", jtree_number(result->has_trace ? (int64_t)result->trace.steps.count : 0));
        jtree_put(loss, "trace", result->has_trace ? steps_json(run, &result->trace) : jtree_null());
        jtree_add(losses, loss);
    }
    jtree_put(object, "known", jtree_bool(is_known));
    jtree_put(object, "reason", jtree_text(run->stats.reason));
    jtree_put(object, "losses", losses);
    if (run->breakage.is_broken) {
        jtree_put(object, "broken", jtree_text(run->system->obligations.at[run->breakage.obligation].text));
        jtree_put(object, "depth", jtree_number((int64_t)run->breakage.trace.steps.count));
        jtree_put(object, "trace", steps_json(run, &run->breakage.trace));
    }
    return object;
}

/* Decides the properties in the rulebook as the mutant leaves it. */
static struct jtree *explore(struct ablation *ablation, const property_subset *properties,
                             const struct budget *budget) {
    struct diags diags = {0};
    struct system *system = system_new(ablation->rulebook, properties->at, properties->count, false, &diags);
    struct jtree *record;
    if (system == NULL) {
        record = jtree_object();
        jtree_put(record, "known", jtree_bool(false));
        jtree_put(record, "reason", jtree_text("it cannot be instantiated"));
    } else {
        struct run run;
        run_init(&run, system, budget);
        run.skips_coverage = true;
        engine_explicit.run(&run);
        record = outcome_json(ablation, &run);
        run_clear(&run);
    }
    system_free(system);
    diags_clear(&diags);
    return record;
}

/* Does the mutant reach no state that the rulebook does not reach, and show no step and no broken rule there? */
static bool stays_within(struct ablation *ablation, const struct mutant *mutant) {
    struct diags diags = {0};
    struct system *system =
        system_new(ablation->rulebook, ablation->properties.at, ablation->properties.count, false, &diags);
    bool stays = system != NULL;
    if (stays) {
        struct questions questions = {0};
        questions_add_properties(&questions, system);
        questions_add_obligations(&questions, system);
        VEC(expr_id) checks = {0};
        for (size_t i = 0; i < questions.list.count; i++)
            if (questions.list.at[i].about == ASK_OBLIGATION || questions.list.at[i].about == ASK_STEP)
                vec_push(&checks, questions.conditions.at[i]);
        stays = explorer_is_closed(ablation->explorer, system, mutant->action, checks.at, checks.count);
        vec_free(&checks);
        questions_clear(&questions);
    }
    system_free(system);
    diags_clear(&diags);
    return stays;
}

/* Could this property be lost although no new state is reached? */
static bool needs_behaviour(const struct property *property) {
    return property->form != PROPERTY_INVARIANT && property->form != PROPERTY_STEP &&
           property->form != PROPERTY_UNREACHABLE;
}

static struct jtree *try_mutant(struct ablation *ablation, struct mutant *mutant, const struct budget *budget) {
    property_subset asked = {0};
    mutant_toggle(mutant);
    bool stays = ablation->base.stats.complete && ablation->explorer != NULL && stays_within(ablation, mutant);
    bool only_adds = mutant->part == MUTANT_CHECK && mutant->mutation == MUTATION_DROP;
    for (size_t i = 0; i < ablation->properties.count; i++)
        if (!stays || (!only_adds && needs_behaviour(ablation->properties.at[i])))
            vec_push(&asked, ablation->properties.at[i]);
    struct jtree *record;
    if (asked.count > 0) {
        record = explore(ablation, &asked, budget);
    } else {
        record = jtree_object();
        jtree_put(record, "known", jtree_bool(true));
    }
    vec_free(&asked);
    mutant_toggle(mutant);
    return record;
}

static bool is_over(const struct budget *budget) {
    return (budget->stop != NULL && *budget->stop) ||
           (budget->timeout_seconds > 0 && seconds_since(budget->started) >= budget->timeout_seconds);
}

static void work(struct ablation *ablation, const struct budget *budget, atomic_size_t *next, FILE *out) {
    pid_t parent = getppid();
    while (getppid() == parent) { /* nobody waits for an orphan's answers */
        size_t index = atomic_fetch_add(next, 1);
        if (index >= ablation->mutants.count || is_over(budget))
            break;
        struct jtree *record = try_mutant(ablation, &ablation->mutants.at[index], budget);
        jtree_put(record, "mutant", jtree_number((int64_t)index));
        jtree_write(record, out, 0);
        jtree_free(record);
    }
    fflush(out);
}

/* ---- collecting ---- */

static void read_outcome(struct ablation *ablation, const struct jtree *record) {
    struct ablation_outcome *outcome = &ablation->outcomes.at[jtree_integer(jtree_get(record, "mutant"))];
    const struct jtree *losses = jtree_get(record, "losses");
    outcome->is_known = jtree_truth(jtree_get(record, "known"));
    outcome->reason = jtree_string(jtree_get(record, "reason"));
    outcome->broken = jtree_string(jtree_get(record, "broken"));
    outcome->trace = jtree_get(record, "trace");
    outcome->depth = (uint32_t)jtree_integer(jtree_get(record, "depth"));
    for (size_t i = 0; i < jtree_count(losses); i++) {
        const struct jtree *loss = jtree_at(losses, i);
        const struct jtree *trace = jtree_get(loss, "trace");
        vec_push(&outcome->losses, ((struct ablation_loss){(size_t)jtree_integer(jtree_get(loss, "property")),
                                                           jtree_string(jtree_get(loss, "verdict")),
                                                           (uint32_t)jtree_integer(jtree_get(loss, "depth")),
                                                           jtree_count(trace) > 0 ? trace : NULL}));
    }
}

static void read_records(struct ablation *ablation, FILE *file) {
    char *line = NULL, problem[128];
    size_t room = 0;
    ssize_t length;
    rewind(file);
    while ((length = getline(&line, &room, file)) > 0) {
        struct jtree *record = jtree_read(line, (size_t)length, problem, sizeof problem);
        if (record == NULL) /* the end of a worker that was killed */
            break;
        vec_push(&ablation->records, record);
        read_outcome(ablation, record);
    }
    free(line);
}

static void run_workers(struct ablation *ablation, struct budget budget, unsigned workers, void (*end_worker)(void)) {
    atomic_size_t *next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FILE *files[WORKERS_MOST];
    pid_t ids[WORKERS_MOST];
    if (next == MAP_FAILED)
        out_of_memory(sizeof *next);
    atomic_init(next, 0);
    budget.max_bytes /= workers;
    budget.progress = NULL;
    fflush(NULL);
    for (unsigned i = 0; i < workers; i++) {
        files[i] = tmpfile();
        ids[i] = files[i] == NULL ? -1 : fork();
        if (ids[i] == 0) {
            work(ablation, &budget, next, files[i]);
            end_worker();
        }
    }
    for (unsigned i = 0; i < workers; i++) {
        if (ids[i] > 0)
            while (waitpid(ids[i], NULL, 0) < 0 && errno == EINTR)
                for (unsigned k = i; k < workers; k++) /* we were told to stop; so are they */
                    if (ids[k] > 0)
                        kill(ids[k], SIGTERM);
        if (files[i] != NULL) {
            read_records(ablation, files[i]);
            fclose(files[i]);
        }
    }
    munmap(next, sizeof *next);
}

/* ---- all of it ---- */

bool ablate(struct ablation *ablation, struct rulebook *rulebook, const struct property *const *properties,
            size_t count, const struct budget *budget, unsigned workers, void (*end_worker)(void),
            struct diags *diags) {
    struct timespec started;
    clock_gettime(CLOCK_MONOTONIC, &started);
    *ablation = (struct ablation){.rulebook = rulebook};
    struct system *system = system_new(rulebook, properties, count, false, diags);
    if (system == NULL)
        return false;
    run_init(&ablation->base, system, budget);
    engine_explicit.run(&ablation->base);
    for (size_t i = 0; i < ablation->base.results.count && !ablation->base.breakage.is_broken; i++) {
        const struct result *result = &ablation->base.results.at[i];
        if (verdict_is_good(result->verdict, result->property->form))
            vec_push(&ablation->properties, result->property);
    }
    ablation->explorer = explorer_new(system, budget, NULL, 0);
    struct stats stats = {0};
    if (ablation->explorer != NULL)
        explorer_run(ablation->explorer, NULL, NULL, &stats);
    mutants_list(rulebook, MUTATIONS_COARSE, &ablation->mutants);
    for (size_t i = 0; i < ablation->mutants.count; i++)
        vec_push(&ablation->outcomes, ((struct ablation_outcome){.mutant = &ablation->mutants.at[i],
                                                                 .reason = "not tried: time limit or interrupted"}));
    struct budget own = *budget;
    own.started = &started;
    if (own.max_states == 0) {
        own.max_states = ablation->base.stats.states * STATES_FACTOR;
        own.max_states = own.max_states < STATES_LEAST ? STATES_LEAST : own.max_states;
    }
    if (ablation->properties.count > 0)
        run_workers(ablation, own, workers < 1 ? 1 : workers > WORKERS_MOST ? WORKERS_MOST : workers, end_worker);
    ablation->seconds = seconds_since(&started);
    return true;
}

void ablation_clear(struct ablation *ablation) {
    struct system *system = ablation->base.system;
    for (size_t i = 0; i < ablation->outcomes.count; i++)
        vec_free(&ablation->outcomes.at[i].losses);
    for (size_t i = 0; i < ablation->records.count; i++)
        jtree_free(ablation->records.at[i]);
    vec_free(&ablation->records);
    vec_free(&ablation->outcomes);
    vec_free(&ablation->mutants);
    vec_free(&ablation->properties);
    explorer_free(ablation->explorer);
    if (system != NULL)
        run_clear(&ablation->base);
    system_free(system);
}
