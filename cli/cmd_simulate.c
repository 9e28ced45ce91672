/* enimc simulate: seeded random walks. */
#include <string.h>

#include "base/jtree.h"
#include "cli/report.h"
#include "cli/work.h"
#include "solver/simulate.h"

static uint64_t taken_by(const struct run *run, const struct simulation *simulation, const struct action *action) {
    uint64_t total = 0;
    for (transition_id t = 0; t < run->system->transitions.count; t++)
        if (system_action(run->system, t) == action)
            total += simulation->taken[t];
    return total;
}

static void print_text(const struct run *run, const struct simulation *simulation, FILE *out) {
    char walks[32], steps[32], taken[32];
    const struct rulebook *rulebook = run->system->rulebook;
    if (simulation->walks == 1) {
        fprintf(out, "the walk:\n");
        report_trace(run, &simulation->first, out);
    }
    fprintf(out, "%s walks, %s steps, seed %llu", report_number(simulation->finished_walks, walks),
            report_number(simulation->steps, steps), (unsigned long long)simulation->seed);
    if (simulation->dead_ends > 0)
        fprintf(out, ", %s dead ends", report_number(simulation->dead_ends, walks));
    fprintf(out, "%s%s\n", run->stats.reason != NULL ? ", stopped: " : "",
            run->stats.reason != NULL ? run->stats.reason : "");
    for (size_t a = 0; a < rulebook->actions.count; a++)
        if (rulebook->actions.at[a]->is_allowed)
            fprintf(out, "%12s %s\n", report_number(taken_by(run, simulation, rulebook->actions.at[a]), taken),
                    rulebook->actions.at[a]->name);
    for (size_t i = 0; i < run->results.count; i++) {
        const struct result *result = &run->results.at[i];
        fprintf(out, "%-12s %s (%s)\n", result->verdict == VERDICT_UNKNOWN ? "not met" : verdict_text(result->verdict),
                result->property->name, result->reason != NULL ? result->reason : result->method);
        if (result->has_trace && !verdict_is_good(result->verdict, result->property->form))
            report_trace(run, &result->trace, out);
    }
}

static void print_json(const struct run *run, const struct simulation *simulation, FILE *out) {
    struct jtree *report = jtree_object(), *taken = jtree_object(), *results = jtree_list();
    const struct rulebook *rulebook = run->system->rulebook;
    for (size_t a = 0; a < rulebook->actions.count; a++)
        if (rulebook->actions.at[a]->is_allowed)
            jtree_put(taken, rulebook->actions.at[a]->name,
                      jtree_number((int64_t)taken_by(run, simulation, rulebook->actions.at[a])));
    for (size_t i = 0; i < run->results.count; i++) {
        const struct result *result = &run->results.at[i];
        struct jtree *object = jtree_object();
        jtree_put(object, "property", jtree_text(result->property->name));
        jtree_put(object, "verdict", jtree_text(verdict_text(result->verdict)));
        jtree_put(object, "depth", jtree_number(result->has_trace ? result->depth : 0));
        jtree_add(results, object);
    }
    jtree_put(report, "tool", jtree_text("enimc"));
    jtree_put(report, "version", jtree_text(ENIMC_VERSION));
    jtree_put(report, "command", jtree_text("simulate"));
    jtree_put(report, "seed", jtree_number((int64_t)simulation->seed));
    jtree_put(report, "walks", jtree_number((int64_t)simulation->finished_walks));
    jtree_put(report, "steps", jtree_number((int64_t)simulation->steps));
    jtree_put(report, "dead_ends", jtree_number((int64_t)simulation->dead_ends));
    jtree_put(report, "taken", taken);
    jtree_put(report, "results", results);
    jtree_put(report, "seconds", jtree_real(run->stats.seconds));
    jtree_put(report, "reason", jtree_text(run->stats.reason));
    jtree_write(report, out, 1);
    jtree_free(report);
}

/* A random walk finds violations and witnesses; that it finds none says nothing, so that is not a failure. */
static enum exit_status status_of(const struct run *run) {
    if (run->breakage.is_broken)
        return EXIT_BAD_INPUT;
    for (size_t i = 0; i < run->results.count; i++) {
        const struct result *result = &run->results.at[i];
        if (result->verdict != VERDICT_UNKNOWN && !verdict_is_good(result->verdict, result->property->form))
            return EXIT_VIOLATED;
    }
    return run->stats.reason != NULL ? EXIT_UNKNOWN : EXIT_HOLDS;
}

static enum exit_status walk(const struct options *options, struct system *system, struct diags *diags) {
    struct run run;
    struct budget budget = work_budget(options);
    struct simulation simulation = {.seed = options->seed, .walks = options->walks};
    simulation.max_steps = options->max_depth > 1000000 ? 100 : (uint32_t)options->max_depth;
    run_init(&run, system, &budget);
    simulate(&run, &simulation);
    enum exit_status status = status_of(&run);
    if (run.breakage.is_broken) {
        const struct system_obligation *obligation = &system->obligations.at[run.breakage.obligation];
        diag_error(diags, obligation->span, DIAG_BROKEN, "in a reachable state this %s", obligation->text);
        work_report(diags, options);
    }
    bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    FILE *out = options->quiet && !json ? NULL : work_open(options);
    if (out != NULL) {
        if (json)
            print_json(&run, &simulation, out);
        else
            print_text(&run, &simulation, out);
        if (!work_close(options, out))
            status = EXIT_BAD_INPUT;
    } else if (!options->quiet) {
        status = EXIT_BAD_INPUT;
    }
    simulation_clear(&simulation);
    run_clear(&run);
    return status;
}

static int run_simulate(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    struct rulebook *rulebook = work_format(options) ? work_read(options, options->inputs.at[0], &diags) : NULL;
    property_list properties = {0};
    for (size_t i = 0; rulebook != NULL && i < rulebook->properties.count; i++)
        if (property_is_about_states(rulebook->properties.at[i]->form))
            vec_push(&properties, rulebook->properties.at[i]);
    struct system *system =
        rulebook == NULL ? NULL : system_new(rulebook, properties.at, properties.count, true, &diags);
    work_report(&diags, options);
    if (system != NULL)
        status = walk(options, system, &diags);
    vec_free(&properties);
    system_free(system);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_simulate = {
    .name = "simulate",
    .arguments = "SPEC",
    .summary = "Takes seeded random walks and counts what they meet",
    .flag = ON_SIMULATE,
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_simulate,
};
