/* enimc verify: will this plan or runbook work, in every order? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jtree.h"
#include "cli/exit.h"
#include "cli/report.h"
#include "cli/report_runbook.h"
#include "cli/work.h"
#include "import/import.h"
#include "solver/verify.h"

static const char *const verdict_words[] = {"works", "fails in some schedules", "fails in every schedule", "unknown"};
static const char *const verdict_codes[] = {"holds", "some", "every", "unknown"};

static const char *about_of(const struct plan_step *step) { return step->about != NULL ? step->about : step->name; }

static void print_finding(const struct step_outcome *outcome, FILE *out) {
    const struct plan_failure *failure = &outcome->failure;
    fprintf(out, "\n%s: %s\n", verdict_words[outcome->verdict], about_of(outcome->step));
    if (failure->step != NULL)
        fprintf(out, "  %s answers %s (%s, confidence %s)\n", outcome->step->action->base->name,
                failure->check->codes[0], failure->check->origin.id,
                failure->check->origin.confidence != CONFIDENCE_NONE
                    ? confidence_text(failure->check->origin.confidence)
                    : "not given");
    else if (failure->waiting != NULL)
        fprintf(out, "  everything comes to a stop before it is done\n");
    if (failure->check != NULL && failure->check->origin.about != NULL)
        fprintf(out, "  %s\n", failure->check->origin.about);
    fprintf(out, "  the shortest failing run:\n");
    for (size_t i = 0; i < outcome->call_count; i++)
        fprintf(out, "  %6zu %s\n", i + 1, outcome->calls[i]);
    fprintf(out, "  %6zu %s <- %s\n", outcome->call_count + 1, outcome->step->name,
            failure->step != NULL ? failure->check->codes[0] : "never");
    for (size_t i = 0; i < outcome->repairs.count; i++) {
        const struct step_repair *repair = &outcome->repairs.at[i];
        fprintf(out, "  repair: %s after ", about_of(repair->step));
        for (size_t k = 0; k < repair->count; k++)
            fprintf(out, "%s%s", k > 0 ? " and " : "", about_of(repair->after[k]));
        fputc('\n', out);
    }
    if (outcome->reason != NULL)
        fprintf(out, "  %s\n", outcome->reason);
    if (outcome->repairs.count == 0)
        fprintf(out, "  no further order of steps that was tried repairs it\n");
    if (failure->check != NULL && failure->check->origin.source != NULL)
        fprintf(out, "  source: %s\n", failure->check->origin.source);
}

static void print_text(const struct verification *verification, const struct import *import, FILE *out) {
    size_t counts[4] = {0};
    uint64_t states = 0;
    char number[32];
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        counts[verification->outcomes.at[i].verdict]++;
        states += verification->outcomes.at[i].states;
    }
    const struct rulebook *rulebook = verification->system->rulebook;
    fprintf(out, "%s: %zu steps: %zu work in every schedule, %zu fail in some, %zu in every, %zu unknown (%s states)\n",
            rulebook->path, verification->outcomes.count, counts[STEP_SUCCEEDS], counts[STEP_FAILS_SOME],
            counts[STEP_FAILS_EVERY], counts[STEP_UNKNOWN], report_number(states, number));
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        const struct step_outcome *outcome = &verification->outcomes.at[i];
        if (outcome->verdict == STEP_FAILS_SOME || outcome->verdict == STEP_FAILS_EVERY)
            print_finding(outcome, out);
        else if (outcome->verdict == STEP_UNKNOWN)
            fprintf(out, "\nunknown: %s\n  %s\n", about_of(outcome->step), outcome->reason);
    }
    size_t notes = import == NULL ? 0 : import_note_count(import);
    if (counts[STEP_SUCCEEDS] == verification->outcomes.count)
        fprintf(out, "proved: every schedule ends without an error%s\n",
                notes > 0 ? ", unless a note says otherwise" : "");
    for (size_t i = 0; i < notes; i++)
        fprintf(out, "note: %s\n", import_note(import, i));
}

static struct jtree *outcome_json(const struct step_outcome *outcome) {
    struct jtree *object = jtree_object(), *trace = jtree_list(), *repairs = jtree_list();
    const struct check *check = outcome->failure.check;
    for (size_t i = 0; i < outcome->call_count; i++)
        jtree_add(trace, jtree_text(outcome->calls[i]));
    for (size_t i = 0; i < outcome->repairs.count; i++) {
        struct jtree *repair = jtree_object(), *after = jtree_list();
        for (size_t k = 0; k < outcome->repairs.at[i].count; k++)
            jtree_add(after, jtree_text(outcome->repairs.at[i].after[k]->name));
        jtree_put(repair, "step", jtree_text(outcome->repairs.at[i].step->name));
        jtree_put(repair, "after", after);
        jtree_add(repairs, repair);
    }
    jtree_put(object, "step", jtree_text(outcome->step->name));
    jtree_put(object, "about", jtree_text(outcome->step->about));
    jtree_put(object, "operation", jtree_text(outcome->step->action->base->name));
    jtree_put(object, "verdict", jtree_text(verdict_codes[outcome->verdict]));
    jtree_put(object, "code", jtree_text(check != NULL ? check->codes[0] : NULL));
    jtree_put(object, "rule", jtree_text(check != NULL ? check->origin.id : NULL));
    jtree_put(object, "confidence", jtree_text(check != NULL ? confidence_text(check->origin.confidence) : NULL));
    jtree_put(object, "source", jtree_text(check != NULL ? check->origin.source : NULL));
    jtree_put(object, "trace", trace);
    jtree_put(object, "repairs", repairs);
    jtree_put(object, "reason", jtree_text(outcome->reason));
    jtree_put(object, "states", jtree_number((int64_t)outcome->states));
    return object;
}

static void print_json(const struct verification *verification, const struct runbook_verification *runbooks,
                       const struct import *import, FILE *out) {
    struct jtree *report = jtree_object(), *steps = jtree_list(), *spec = jtree_object(), *notes = jtree_list();
    for (size_t i = 0; import != NULL && i < import_note_count(import); i++)
        jtree_add(notes, jtree_text(import_note(import, i)));
    jtree_put(spec, "path", jtree_text(verification->system->rulebook->path));
    jtree_put(spec, "sha256", jtree_text(verification->system->rulebook->sha256));
    for (size_t i = 0; i < verification->outcomes.count; i++)
        jtree_add(steps, outcome_json(&verification->outcomes.at[i]));
    jtree_put(report, "tool", jtree_text("enimc"));
    jtree_put(report, "version", jtree_text(ENIMC_VERSION));
    jtree_put(report, "command", jtree_text("verify"));
    jtree_put(report, "spec", spec);
    jtree_put(report, "steps", steps);
    jtree_put(report, "processes", report_runbook_json(runbooks));
    jtree_put(report, "notes", notes);
    jtree_put(report, "seconds", jtree_real(verification->seconds));
    jtree_write(report, out, 1);
    jtree_free(report);
}

static enum exit_status status_of(const struct verification *verification) {
    enum exit_status status = EXIT_HOLDS;
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        enum step_verdict verdict = verification->outcomes.at[i].verdict;
        if (verdict == STEP_FAILS_SOME || verdict == STEP_FAILS_EVERY)
            return EXIT_VIOLATED;
        if (verdict == STEP_UNKNOWN)
            status = EXIT_UNKNOWN;
    }
    return status;
}

/* Of both, the one that says more. */
static enum exit_status worse(enum exit_status a, enum exit_status b) {
    return a == EXIT_VIOLATED || b == EXIT_VIOLATED ? EXIT_VIOLATED : a == EXIT_HOLDS ? b : a;
}

static enum exit_status answer(const struct options *options, const struct verification *verification,
                               const struct runbook_verification *runbooks, const struct import *import) {
    enum exit_status status = worse(status_of(verification), report_runbook_status(runbooks));
    bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    if (options->quiet && !json && options->output == NULL)
        return status;
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    if (json)
        print_json(verification, runbooks, import, out);
    else if (verification->system->rulebook->plan.count > 0 || runbooks->outcomes.count == 0)
        print_text(verification, import, out);
    if (!json && runbooks->outcomes.count > 0)
        report_runbook(runbooks, verification->system->rulebook, out);
    return work_close(options, out) ? status : EXIT_BAD_INPUT;
}

/* The spec that an import means, read like one from a file. */
static struct rulebook *read_import(const struct options *options, const struct import *import, struct diags *diags) {
    char place[64];
    FILE *file = tmpfile(); /* only we see it, and it goes with us */
    if (file == NULL) {
        fprintf(stderr, "enimc: a temporary file cannot be made: %s\n", strerror(errno));
        return NULL;
    }
    import_write(import, file);
    fflush(file);
    rewind(file);
    snprintf(place, sizeof place, "/proc/self/fd/%d", fileno(file));
    struct rulebook *rulebook =
        rulebook_read(place, options->library, options->settings.at, options->settings.count, diags);
    fclose(file);
    if (rulebook != NULL)
        rulebook->path = options->inputs.at[0];
    return rulebook;
}

static struct rulebook *read_input(const struct options *options, struct import **import, struct diags *diags) {
    if (!import_accepts(options->inputs.at[0]) && options->parameters == NULL) {
        if (options->inputs.count == 1)
            return work_read(options, options->inputs.at[0], diags);
        fputs("enimc: a spec is verified alone; only a plan or template can have describe-... output beside it\n",
              stderr);
        return NULL;
    }
    *import = import_files(options->inputs.at, options->inputs.count, options->parameters, options->library, diags);
    if (work_report(diags, options) || *import == NULL)
        return NULL;
    struct rulebook *rulebook = read_import(options, *import, diags);
    work_report(diags, options);
    if (rulebook == NULL)
        fputs("enimc: the spec made from this input cannot be read; this is an error in enimc, please report it\n",
              stderr);
    return rulebook;
}

static int run_verify(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    struct import *import = NULL;
    struct rulebook *rulebook = work_format(options) ? read_input(options, &import, &diags) : NULL;
    struct system *system = NULL;
    if (rulebook != NULL && rulebook->plan.count + rulebook->processes.count == 0 && import == NULL) {
        struct span whole = {rulebook->main_file, 0, 0, 0};
        diag_error(&diags, whole, DIAG_MISSING_KEY, "nothing to verify: the spec has no 'plan' and no 'processes'");
    } else if (rulebook != NULL) {
        bool whole = rulebook->plan.count > 0 || import != NULL; /* processes make systems of their own */
        system = system_new(rulebook, NULL, 0, whole, &diags);
    }
    if (!work_report(&diags, options) && system != NULL) {
        struct verification verification;
        struct budget budget = work_budget(options);
        verify_plan(&verification, system, &budget);
        struct runbook_verification runbooks;
        runbook_verify(&runbooks, rulebook, &budget, &diags);
        work_progress_clear();
        if (!work_report(&diags, options))
            status = answer(options, &verification, &runbooks, import);
        runbook_clear(&runbooks);
        verification_clear(&verification);
    }
    system_free(system);
    rulebook_free(rulebook);
    import_free(import);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "INPUT...",
    .summary = "Will this plan or runbook work in every order? If not: which call fails, and what repairs it",
    .flag = ON_VERIFY,
    .min_inputs = 1,
    .max_inputs = SIZE_MAX,
    .run = run_verify,
};
