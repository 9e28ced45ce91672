/* enimc verify: will this plan work, in every order? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/jtree.h"
#include "cli/exit.h"
#include "cli/report_runbook.h"
#include "cli/work.h"
#include "findings/report_format.h"
#include "findings/suppress.h"
#include "import/import.h"
#include "solver/verify.h"

/* Everything that is written, and everything that is read: nothing of the second may be lost to the first, and no two
 * of the first may be one file. */
struct output {
    const struct report_format *format;
    const char *path; /* NULL: standard output */
};
typedef VEC(struct output) output_list;

static const struct report_format *read_format(const char *name, size_t length) {
    char word[32];
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    const struct report_format *format = report_format_find(word);
    if (format != NULL && strlen(format->name) == length)
        return format;
    fputs("enimc: expected ", stderr);
    for (size_t i = 0; report_formats[i] != NULL; i++)
        fprintf(stderr, "%s%s", i == 0 ? "" : report_formats[i + 1] == NULL ? " or " : ", ", report_formats[i]->name);
    fprintf(stderr, " as a format, found '%.*s'\n", (int)length, name);
    return NULL;
}

static bool is_same_file(const char *one, const char *other) {
    struct stat a, b;
    if (strcmp(one, other) == 0)
        return true;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static bool is_clash(const char *path, const char *other, const char *what) {
    if (path == NULL || other == NULL || strcmp(path, "-") == 0 || !is_same_file(path, other))
        return false;
    fprintf(stderr, "enimc: %s: is %s, too; expected another file for a report\n", path, what);
    return true;
}

/* The answer itself (--format, --output), then each --report; false after a message. */
static bool plan_outputs(const struct options *options, output_list *outputs) {
    const char *name = options->format != NULL ? options->format : "text";
    const struct report_format *format = read_format(name, strlen(name));
    if (format == NULL)
        return false;
    /* --quiet: no answer in text on standard output */
    if (!options->quiet || format != &as_text || options->output != NULL)
        vec_push(outputs, ((struct output){format, options->output}));
    for (size_t i = 0; i < options->reports.count; i++) {
        const char *text = options->reports.at[i], *equals = strchr(text, '=');
        if (equals == NULL || equals[1] == '\0') {
            fprintf(stderr, "enimc: --report: expected FORMAT=FILE, found '%s'\n", text);
            return false;
        }
        format = read_format(text, (size_t)(equals - text));
        if (format == NULL)
            return false;
        vec_push(outputs, ((struct output){format, equals + 1}));
    }
    for (size_t i = 0; i < outputs->count; i++) {
        const char *path = outputs->at[i].path;
        if (is_clash(path, options->parameters, "an input") || is_clash(path, options->baseline, "an input") ||
            is_clash(path, options->config, "an input") || is_clash(path, options->write_baseline, "the baseline"))
            return false;
        for (size_t k = 0; k < i; k++)
            if (is_clash(path, outputs->at[k].path, "another report"))
                return false;
    }
    return true;
}

static bool write_output(const struct options *options, const struct output *output, const struct report *report) {
    struct options own = *options;
    own.output = output->path;
    FILE *out = work_open(&own);
    if (out == NULL)
        return false;
    output->format->write(report, out, work_color(&own, out));
    return work_close(&own, out);
}

/* A baseline holds reasons that people wrote: it is replaced only if that is asked for. */
static bool write_baseline(const struct options *options, const struct report *report) {
    struct stat status;
    struct options own = *options;
    own.output = options->write_baseline;
    if (own.output == NULL)
        return true;
    if (!options->force && strcmp(own.output, "-") != 0 && stat(own.output, &status) == 0 && S_ISREG(status.st_mode)) {
        fprintf(stderr, "enimc: %s: exists; expected a new file for --write-baseline, or --force to replace it\n",
                own.output);
        return false;
    }
    FILE *out = work_open(&own);
    if (out == NULL)
        return false;
    baseline_write(report, out);
    return work_close(&own, out);
}

/* ---- what is let pass ---- */

static bool read_fail_on(const struct options *options, struct suppressions *suppressions) {
    const char *text = options->fail_on;
    if (text == NULL)
        return true;
    if (strcmp(text, "error") != 0 && strcmp(text, "warning") != 0) {
        fprintf(stderr, "enimc: --fail-on: expected error or warning, found '%s'\n", text);
        return false;
    }
    suppressions->fails_on = strcmp(text, "error") == 0 ? SEVERITY_ERROR : SEVERITY_WARNING;
    return true;
}

/* .enimc.yaml of the current folder unless --config names another; the command line has the last word. */
static bool read_suppressions(const struct options *options, const struct catalogue *catalogue,
                              struct suppressions *suppressions, struct diags *diags) {
    char today[16];
    time_t now = time(NULL);
    struct tm day;
    strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &day));
    const char *config = options->config;
    if (config == NULL && access(".enimc.yaml", F_OK) == 0)
        config = ".enimc.yaml";
    if (strcmp(options->inputs.at[0], "-") != 0)
        suppressions_read_comments(suppressions, options->inputs.at[0], catalogue, diags);
    if (config != NULL)
        suppressions_read_config(suppressions, config, catalogue, today, diags);
    if (options->baseline != NULL)
        suppressions_read_baseline(suppressions, options->baseline, diags);
    return !work_report(diags, options) && read_fail_on(options, suppressions);
}

static enum exit_status status_of(const struct report *report, const struct suppressions *suppressions) {
    size_t failing = report->error_count + (suppressions->fails_on == SEVERITY_ERROR ? 0 : report->warning_count);
    if (failing > 0)
        return EXIT_VIOLATED;
    bool undecided = report->counts[STEP_UNKNOWN] > 0 || report->verification->undecided != NULL;
    return undecided ? EXIT_UNKNOWN : EXIT_HOLDS;
}

/* What the options ask for besides the input; read before the work begins, which may take its time. */
struct request {
    struct catalogue *catalogue;
    struct suppressions suppressions;
    output_list outputs;
};

static bool read_request(struct request *request, const struct options *options, struct diags *diags) {
    *request = (struct request){.suppressions.fails_on = -1};
    if (!plan_outputs(options, &request->outputs))
        return false;
    request->catalogue = catalogue_read(options->library, diags);
    return !work_report(diags, options) && request->catalogue != NULL &&
           read_suppressions(options, request->catalogue, &request->suppressions, diags);
}

static void clear_request(struct request *request) {
    catalogue_free(request->catalogue);
    suppressions_clear(&request->suppressions);
    vec_free(&request->outputs);
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
        rulebook->path = options->inputs.count > 0 ? options->inputs.at[0] : options->snapshots.at[0];
    return rulebook;
}

/* `turned`: see struct import_inputs. */
static struct rulebook *read_input(const struct options *options, uint32_t turned, struct import **import,
                                   struct diags *diags) {
    struct import_inputs inputs = work_import_inputs(options);
    inputs.turned = turned;
    bool beside = inputs.parameters != NULL || inputs.graph != NULL || inputs.snapshot_count > 0 ||
                  inputs.previous != NULL || inputs.deletion;
    if (!beside && !import_accepts(options->inputs.at[0])) {
        if (options->inputs.count == 1)
            return work_read(options, options->inputs.at[0], diags);
        fputs("enimc: a spec is verified alone; only a plan or template can have describe-... output beside it\n",
              stderr);
        return NULL;
    }
    *import = import_files(&inputs, options->library, diags);
    if (work_report(diags, options) || *import == NULL)
        return NULL;
    struct rulebook *rulebook = read_import(options, *import, diags);
    work_report(diags, options);
    if (rulebook == NULL)
        fputs("enimc: the spec made from this input cannot be read; this is an error in enimc, please report it\n",
              stderr);
    return rulebook;
}

/* ---- one reading of the input, or several ---- */

struct attempt {
    struct import *import; /* NULL: a spec */
    struct rulebook *rulebook;
    struct system *system; /* NULL: it cannot be verified, and why was said */
    struct verification verification;
};

static bool attempt_read(struct attempt *attempt, const struct options *options, uint32_t turned, struct diags *diags) {
    *attempt = (struct attempt){0};
    attempt->rulebook = read_input(options, turned, &attempt->import, diags);
    return attempt->rulebook != NULL;
}

static void attempt_verify(struct attempt *attempt, const struct options *options, struct diags *diags) {
    attempt->system = system_new(attempt->rulebook, NULL, 0, true, diags);
    if (work_report(diags, options)) {
        system_free(attempt->system);
        attempt->system = NULL;
    }
    if (attempt->system != NULL) {
        struct budget budget = work_budget(options);
        verify_plan(&attempt->verification, attempt->system, &budget);
        work_progress_clear();
    }
}

static void attempt_clear(struct attempt *attempt) {
    if (attempt->system != NULL)
        verification_clear(&attempt->verification);
    system_free(attempt->system);
    rulebook_free(attempt->rulebook);
    import_free(attempt->import);
}

static bool is_failing(const struct step_outcome *outcome) {
    return outcome->verdict == STEP_FAILS_SOME || outcome->verdict == STEP_FAILS_EVERY;
}

/* Failing steps count most, then those without an answer. */
static size_t weight_of(const struct attempt *attempt) {
    size_t weight = 0;
    for (size_t i = 0; i < attempt->verification.outcomes.count; i++) {
        const struct step_outcome *outcome = &attempt->verification.outcomes.at[i];
        weight += is_failing(outcome) ? 1000000 : outcome->verdict == STEP_UNKNOWN;
    }
    return weight;
}

static bool fails_in(const struct attempt *attempt, const char *words) {
    for (size_t i = 0; i < attempt->verification.outcomes.count; i++)
        if (is_failing(&attempt->verification.outcomes.at[i]) &&
            strcmp(step_words(attempt->verification.outcomes.at[i].step), words) == 0)
            return true;
    return false;
}

struct remarks {
    struct arena arena;
    VEC(const char *) list;
};

static void add_remark(struct remarks *remarks, const char *text) {
    for (size_t i = 0; i < remarks->list.count; i++)
        if (strcmp(remarks->list.at[i], text) == 0)
            return;
    vec_push(&remarks->list, text);
}

/* What fails in `one` and not in `other`. */
static void compare_attempts(const struct attempt *one, const struct attempt *other, struct remarks *remarks) {
    for (size_t i = 0; i < one->verification.outcomes.count; i++) {
        const struct step_outcome *outcome = &one->verification.outcomes.at[i];
        if (is_failing(outcome) && !fails_in(other, step_words(outcome->step)))
            add_remark(remarks, arena_format(&remarks->arena,
                                             "with other answers to the conditions, %s fails: give the parameters",
                                             step_words(outcome->step)));
    }
}

#define MOST_QUESTIONS 4 /* in all combinations; beyond, each alone */

/* Conditions of a template may ask what no value answers: every answer is tried, and the worst one is shown. */
static void try_answers(struct attempt *best, const struct options *options, struct remarks *remarks) {
    size_t questions = best->import == NULL ? 0 : import_open_count(best->import);
    size_t count = questions > 32 ? 32 : questions;
    size_t tries = questions == 0 ? 0 : questions <= MOST_QUESTIONS ? ((size_t)1 << count) - 1 : count;
    for (size_t i = 0; i < tries; i++) {
        struct attempt other;
        struct diags diags = {0};
        if (attempt_read(&other, options, (uint32_t)(questions <= MOST_QUESTIONS ? i + 1 : (size_t)1 << i), &diags))
            attempt_verify(&other, options, &diags);
        diags_clear(&diags);
        if (other.system != NULL && weight_of(&other) > weight_of(best)) {
            compare_attempts(best, &other, remarks);
            attempt_clear(best);
            *best = other;
            continue;
        }
        if (other.system != NULL)
            compare_attempts(&other, best, remarks);
        else
            add_remark(remarks, "with other answers to the conditions, the template cannot be read");
        attempt_clear(&other);
    }
    if (tries > 0)
        add_remark(remarks, arena_format(&remarks->arena,
                                         "conditions ask for what is not given: %zu combinations of answers were "
                                         "verified, shown is the worst%s",
                                         tries + 1, questions <= MOST_QUESTIONS ? "" : "; there are more"));
}

static enum exit_status answer(const struct options *options, const struct attempt *attempt,
                               const struct remarks *remarks, struct request *request) {
    const struct import *import = attempt->import;
    struct report report = {.verification = &attempt->verification, .catalogue = request->catalogue};
    report.path = attempt->rulebook->path;
    report.sha256 = attempt->rulebook->sha256;
    report.version = ENIMC_VERSION;
    report.is_import = import != NULL;
    for (size_t i = 0; import != NULL && i < import_note_count(import); i++)
        vec_push(&report.notes, import_note(import, i));
    for (size_t i = 0; i < remarks->list.count; i++)
        vec_push(&report.notes, remarks->list.at[i]);
    report_make(&report);
    suppressions_apply(&request->suppressions, &report);
    bool good = write_baseline(options, &report);
    for (size_t i = 0; i < request->outputs.count; i++)
        good = write_output(options, &request->outputs.at[i], &report) && good;
    enum exit_status status = good ? status_of(&report, &request->suppressions) : EXIT_BAD_INPUT;
    report_clear(&report);
    return status;
}

/* Processes and promises, as text or as one JSON object. */
static enum exit_status answer_runbooks(const struct options *options, const struct runbook_verification *runbooks,
                                        const struct rulebook *rulebook) {
    bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    if (options->quiet && !json && options->output == NULL)
        return report_runbook_status(runbooks);
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    if (json) {
        struct jtree *object = jtree_object();
        jtree_put(object, "tool", jtree_text("enimc"));
        jtree_put(object, "version", jtree_text(ENIMC_VERSION));
        jtree_put(object, "command", jtree_text("verify"));
        jtree_put(object, "steps", jtree_list());
        jtree_put(object, "processes", report_runbook_json(runbooks));
        jtree_put(object, "notes", jtree_list());
        jtree_write(object, out, 1);
        jtree_free(object);
    } else {
        report_runbook(runbooks, rulebook, out);
    }
    return work_close(options, out) ? report_runbook_status(runbooks) : EXIT_BAD_INPUT;
}

static enum exit_status verify_processes(const struct options *options, struct rulebook *rulebook,
                                         struct diags *diags) {
    struct budget budget = work_budget(options);
    struct runbook_verification runbooks;
    enum exit_status status = EXIT_BAD_INPUT;
    runbook_verify(&runbooks, rulebook, &budget, diags);
    work_progress_clear();
    if (!work_report(diags, options))
        status = answer_runbooks(options, &runbooks, rulebook);
    runbook_clear(&runbooks);
    return status;
}

/* Of both, the one that says more. */
static enum exit_status worse(enum exit_status a, enum exit_status b) {
    return a == EXIT_BAD_INPUT || b == EXIT_BAD_INPUT ? EXIT_BAD_INPUT
           : a == EXIT_VIOLATED || b == EXIT_VIOLATED ? EXIT_VIOLATED
           : a == EXIT_HOLDS                          ? b
                                                      : a;
}

/* There is no answer then, only the place in the rulebook and the way there. */
static void report_broken(const struct options *options, const struct verification *verification, struct diags *diags) {
    const struct system_obligation *obligation = &verification->system->obligations.at[verification->obligation];
    diag_error(diags, obligation->span, DIAG_BROKEN, "in a reachable state this %s", obligation->text);
    work_report(diags, options);
    for (size_t i = 0; i < verification->broken_call_count; i++)
        fprintf(stderr, "  %6zu %s\n", i + 1, verification->broken_calls[i]);
}

static enum exit_status verify_steps(const struct options *options, struct attempt *attempt, struct request *request,
                                     struct diags *diags) {
    struct remarks remarks = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    attempt_verify(attempt, options, diags);
    if (attempt->system != NULL) {
        try_answers(attempt, options, &remarks);
        if (attempt->verification.is_broken)
            report_broken(options, &attempt->verification, diags);
        else
            status = answer(options, attempt, &remarks, request);
    }
    vec_free(&remarks.list);
    arena_clear(&remarks.arena);
    return status;
}

static int run_verify(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_HOLDS;
    struct request request;
    struct attempt attempt = {0};
    if (!read_request(&request, options, &diags) || !attempt_read(&attempt, options, 0, &diags)) {
        status = EXIT_BAD_INPUT;
    } else if (attempt.rulebook->plan.count + attempt.rulebook->processes.count == 0 && attempt.import == NULL) {
        struct span whole = {attempt.rulebook->main_file, 0, 0, 0};
        diag_error(&diags, whole, DIAG_MISSING_KEY, "nothing to verify: the spec has no 'plan' and no 'processes'");
        work_report(&diags, options);
        status = EXIT_BAD_INPUT;
    } else {
        if (attempt.rulebook->plan.count > 0 || attempt.import != NULL)
            status = verify_steps(options, &attempt, &request, &diags);
        if (attempt.rulebook->processes.count > 0)
            status = worse(status, verify_processes(options, attempt.rulebook, &diags));
    }
    attempt_clear(&attempt);
    clear_request(&request);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_verify = {
    .name = "verify",
    .arguments = "INPUT...",
    .summary = "Will this plan work in every order? If not: which call fails, and what repairs it",
    .flag = ON_VERIFY,
    .min_inputs = 1,
    .max_inputs = SIZE_MAX,
    .run = run_verify,
};
