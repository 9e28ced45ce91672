/* enimc verify: will this plan or runbook work, in every order? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/attempt.h"
#include "cli/exit.h"
#include "cli/work.h"
#include "findings/report_format.h"
#include "findings/suppress.h"

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
        if (is_clash(path, options->parameters, "an input") || is_clash(path, options->graph, "an input") ||
            is_clash(path, options->baseline, "an input") || is_clash(path, options->config, "an input") ||
            is_clash(path, options->write_baseline, "the baseline") || is_clash(path, options->previous, "an input") ||
            is_clash(path, options->previous_parameters, "an input"))
            return false;
        for (size_t k = 0; k < options->snapshots.count; k++)
            if (is_clash(path, options->snapshots.at[k], "an input"))
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
    if (options->inputs.count > 0 && strcmp(options->inputs.at[0], "-") != 0)
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
    bool undecided = report_is_partial(report) || report->counts[STEP_UNKNOWN] + report->unknown_runs > 0 ||
                     report->verification->undecided != NULL;
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

static const char *doubt(const void *import, const char *code, const char *resource) {
    return import_doubt(import, code, resource);
}

static const char *object_words(const void *import, const char *name) { return import_object_words(import, name); }

/* FILE:LINE:COLUMN; without it, the input as a whole. */
static struct place read_place(struct report *report, const char *at) {
    struct place place = {report->path, 0, 0};
    size_t length = at != NULL ? strlen(at) : 0;
    for (int colons = 0; length > 0 && colons < 2; colons += at[length] == ':')
        length--;
    if (length == 0)
        return place;
    if (sscanf(at + length, ":%u:%u", &place.line, &place.column) == 2)
        place.path = arena_text(&report->arena, at, length);
    return place;
}

/* What the import found by itself, and what it assumed. */
static void add_observations(struct report *report, const struct import *import) {
    for (size_t i = 0; import != NULL && i < import_observation_count(import); i++) {
        const struct import_observation *from = import_observation(import, i);
        vec_push(&report->observations,
                 ((struct observation){from->finding, from->resource, from->text, read_place(report, from->at)}));
    }
    report->doubt = import != NULL ? doubt : NULL;
    report->doubt_of = import;
    report->input = import == NULL ? INPUT_SPEC : import_is_stack(import) ? INPUT_STACK : INPUT_TERRAFORM;
    report->gap = import != NULL ? import_gap(import) : NULL;
    report->object = import != NULL ? object_words : NULL;
    report->object_of = import;
}

static enum exit_status answer(const struct options *options, const struct attempt *attempt,
                               const struct remarks *remarks, struct request *request) {
    const struct import *import = attempt->import;
    char folder[4096];
    struct report report = {.verification = &attempt->verification, .catalogue = request->catalogue};
    report.runbooks = &attempt->runbooks;
    report.path = attempt->rulebook->path;
    report.sha256 = attempt->rulebook->sha256;
    report.version = ENIMC_VERSION;
    report.folder = getcwd(folder, sizeof folder);
    report.is_import = import != NULL;
    for (size_t i = 0; import != NULL && i < import_note_count(import); i++)
        vec_push(&report.notes, import_note(import, i));
    for (size_t i = 0; i < remarks->list.count; i++)
        vec_push(&report.notes, remarks->list.at[i]);
    add_observations(&report, import);
    report_make(&report);
    suppressions_apply(&request->suppressions, &report);
    bool good = write_baseline(options, &report);
    for (size_t i = 0; i < request->outputs.count; i++)
        good = write_output(options, &request->outputs.at[i], &report) && good;
    enum exit_status status = good ? status_of(&report, &request->suppressions) : EXIT_BAD_INPUT;
    report_clear(&report);
    return status;
}

/* There is no answer then, only the place in the rulebook and the way there. */
static void report_broken(const struct options *options, const struct verification *verification, struct diags *diags) {
    const struct system_obligation *obligation = &verification->system->obligations.at[verification->obligation];
    diag_error(diags, obligation->span, DIAG_BROKEN, "in a reachable state this %s", obligation->text);
    work_report(diags, options);
    for (size_t i = 0; i < verification->broken_call_count; i++)
        fprintf(stderr, "  %6zu %s\n", i + 1, verification->broken_calls[i]);
}

/* Steps and processes, in one report. */
static enum exit_status verify(const struct options *options, struct attempt *attempt, struct request *request,
                               struct diags *diags) {
    struct remarks remarks = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    if (!attempt_verify(attempt, options, diags))
        return status;
    attempt_others(attempt, options, &remarks);
    if (attempt->verification.is_broken)
        report_broken(options, &attempt->verification, diags);
    else
        status = answer(options, attempt, &remarks, request);
    remarks_clear(&remarks);
    return status;
}

/* ---- pipes ---- */

#define MOST_PIPE_BYTES ((size_t)128 << 20)

/* Files that only we see, in the place of inputs that can be read once: inputs are read several times. */
struct kept_pipes {
    struct arena arena;
    VEC(FILE *) files;
    VEC(const char *) names; /* of the inputs, as they were and in their order */
};

/* NULL after a message. */
static FILE *keep_pipe(const char *path) {
    char block[65536];
    size_t bytes = 0, got;
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb"), *kept = in != NULL ? tmpfile() : NULL;
    bool good = kept != NULL;
    while (good && bytes <= MOST_PIPE_BYTES && (got = fread(block, 1, sizeof block, in)) > 0) {
        good = fwrite(block, 1, got, kept) == got;
        bytes += got;
    }
    good = good && !ferror(in) && fflush(kept) == 0;
    if (!good)
        fprintf(stderr, "enimc: %s: cannot be read: %s\n", path, strerror(errno));
    else if (bytes > MOST_PIPE_BYTES)
        fprintf(stderr, "enimc: %s: cannot be read: is larger than %zu MiB\n", path, MOST_PIPE_BYTES >> 20);
    if (in != NULL && in != stdin)
        fclose(in);
    if (kept != NULL && (!good || bytes > MOST_PIPE_BYTES))
        fclose(kept);
    return good && bytes <= MOST_PIPE_BYTES ? kept : NULL;
}

static bool keep_pipes(struct options *options, struct kept_pipes *pipes) {
    struct stat status;
    for (size_t i = 0; i < options->inputs.count; i++)
        vec_push(&pipes->names, options->inputs.at[i]);
    const char **paths = arena_alloc(&pipes->arena, (pipes->names.count + 1) * sizeof *paths);
    for (size_t i = 0; i < pipes->names.count; i++) {
        paths[i] = pipes->names.at[i];
        bool is_stdin = strcmp(paths[i], "-") == 0;
        if (is_stdin ? fstat(STDIN_FILENO, &status) != 0 : stat(paths[i], &status) != 0 || !S_ISFIFO(status.st_mode))
            continue;
        FILE *file = keep_pipe(paths[i]);
        if (file == NULL)
            return false;
        vec_push(&pipes->files, file);
        const char *path = arena_format(&pipes->arena, "/proc/self/fd/%d", fileno(file));
        if (!is_stdin || import_accepts(path)) {
            paths[i] = path;
        } else { /* a spec, which is read once, from the beginning */
            rewind(file);
            dup2(fileno(file), STDIN_FILENO);
            clearerr(stdin);
        }
    }
    options->inputs.at = paths;
    return true;
}

static void clear_pipes(struct kept_pipes *pipes) {
    for (size_t i = 0; i < pipes->files.count; i++)
        fclose(pipes->files.at[i]);
    vec_free(&pipes->files);
    vec_free(&pipes->names);
    arena_clear(&pipes->arena);
}

static int run_verify(const struct options *given) {
    struct options own = *given, *options = &own;
    struct kept_pipes pipes = {0};
    if (!keep_pipes(options, &pipes)) {
        clear_pipes(&pipes);
        return EXIT_BAD_INPUT;
    }
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    struct request request;
    struct attempt attempt = {0};
    if (read_request(&request, options, &diags) && attempt_read(&attempt, options, &diags)) {
        struct rulebook *rulebook = attempt.rulebook;
        if (pipes.files.count > 0)
            rulebook->path = pipes.names.at[0];
        if (rulebook->plan.count + rulebook->processes.count == 0 && attempt.import == NULL) {
            struct span whole = {rulebook->main_file, 0, 0, 0};
            diag_error(&diags, whole, DIAG_MISSING_KEY, "nothing to verify: the spec has no 'plan' and no 'processes'");
            work_report(&diags, options);
        } else {
            status = verify(options, &attempt, &request, &diags);
        }
    }
    attempt_clear(&attempt);
    clear_request(&request);
    diags_clear(&diags);
    clear_pipes(&pipes);
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
