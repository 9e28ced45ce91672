/* enimc check: decide the properties of a spec. */
#include <string.h>

#include "cli/check_trace.h"
#include "cli/exit.h"
#include "cli/report.h"
#include "cli/work.h"
#include "model/print.h"
#include "solver/scenario.h"

static bool dump(const struct options *options, struct rulebook *rulebook, const struct system *system) {
    static const char *const stages[] = {"rulebook", "system", "layout"};
    size_t stage = 0;
    while (stage < ARRAY_SIZE(stages) && strcmp(stages[stage], options->dump) != 0)
        stage++;
    if (stage == ARRAY_SIZE(stages)) {
        fprintf(stderr, "enimc: --dump: expected rulebook, system or layout, found '%s'\n", options->dump);
        return false;
    }
    FILE *out = work_open(options);
    if (out == NULL)
        return false;
    if (stage == 0)
        print_rulebook(rulebook, out);
    else if (stage == 1)
        print_system(system, out);
    else
        print_layout(system, out);
    return work_close(options, out);
}

static enum exit_status answer(const struct options *options, struct run *run, struct diags *diags) {
    bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    if (run->breakage.is_broken) {
        const struct system_obligation *obligation = &run->system->obligations.at[run->breakage.obligation];
        diag_error(diags, obligation->span, DIAG_BROKEN, "in a reachable state this %s", obligation->text);
        work_report(diags, options);
    }
    if (options->quiet && !json && options->output == NULL)
        return report_status(run);
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    if (json)
        report_json(run, out);
    else
        report_text(run, out, work_color(options, out));
    return work_close(options, out) ? report_status(run) : EXIT_BAD_INPUT;
}

static void play_scenarios(struct run *run, struct rulebook *rulebook, const property_list *properties) {
    for (size_t i = 0; i < properties->count; i++)
        if (properties->at[i]->form == PROPERTY_SCENARIO) {
            vec_push(&run->results, ((struct result){.property = properties->at[i]}));
            scenario_decide(rulebook, &run->results.at[run->results.count - 1]);
        }
}

static enum exit_status check(const struct options *options, struct rulebook *rulebook, struct diags *diags) {
    property_list properties = {0};
    struct system *system = NULL;
    enum exit_status status = EXIT_BAD_INPUT;
    const struct engine *engine = engine_find(options->engine == NULL ? "explicit" : options->engine);
    if (options->dump != NULL && rulebook->properties.count == 0)
        system = system_new(rulebook, NULL, 0, true, diags);
    else if (work_properties(options, rulebook, &properties, diags))
        system = system_new(rulebook, properties.at, properties.count, options->whole, diags);
    work_report(diags, options);
    if (system == NULL) {
        status = EXIT_BAD_INPUT;
    } else if (options->dump != NULL) {
        status = dump(options, rulebook, system) ? EXIT_HOLDS : EXIT_BAD_INPUT;
    } else if (engine == NULL) {
        fprintf(stderr, "enimc: no engine is called '%s'; expected one of:", options->engine);
        for (size_t i = 0; engines[i] != NULL; i++)
            fprintf(stderr, " %s", engines[i]->name);
        fputc('\n', stderr);
    } else {
        struct run run;
        struct budget budget = work_budget(options);
        run_init(&run, system, &budget);
        if (system->properties.count > 0)
            engine->run(&run);
        play_scenarios(&run, rulebook, &properties);
        work_progress_clear();
        status = answer(options, &run, diags);
        run_clear(&run);
    }
    vec_free(&properties);
    system_free(system);
    return status;
}

static int run_check(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    struct rulebook *rulebook = work_format(options) ? work_read(options, options->inputs.at[0], &diags) : NULL;
    if (rulebook != NULL)
        status = options->trace != NULL ? check_trace(options, rulebook, &diags) : check(options, rulebook, &diags);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_check = {
    .name = "check",
    .arguments = "SPEC",
    .summary = "Decides the properties of a spec",
    .flag = ON_CHECK,
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_check,
};
