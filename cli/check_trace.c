#include "cli/check_trace.h"

#include <errno.h>
#include <string.h>

#include "base/jtree.h"
#include "cli/report.h"
#include "cli/work.h"
#include "solver/run_log.h"

#define MOST_LOG_BYTES (1u << 28)

/* The file with its text, in `diags`.  False after an error. */
static bool read_log(const char *path, struct diags *diags, uint32_t *file) {
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    VEC(char) text = {0};
    size_t got = 1;
    int problem = errno;
    while (in != NULL && got > 0 && text.count <= MOST_LOG_BYTES) {
        vec_reserve(&text, text.count + 65536);
        got = fread(text.at + text.count, 1, text.room - text.count - 1, in);
        text.count += got;
    }
    bool good = in != NULL && !ferror(in) && text.count <= MOST_LOG_BYTES;
    if (in != NULL && ferror(in))
        problem = errno;
    if (in != NULL && in != stdin)
        fclose(in);
    if (!good)
        vec_free(&text);
    else
        text.at[text.count] = '\0';
    *file = diags_add_file(diags, path, text.at, text.count);
    if (!good)
        diag_error(diags, (struct span){*file, 0, 0, 0}, DIAG_FILE, "cannot be read: %s",
                   in != NULL && problem == 0 ? "is larger than 256 MiB" : strerror(problem));
    return good;
}

/* A property that one run cannot judge is no failure, unless it was asked for by name or nothing else was. */
static enum exit_status status_of(const struct options *options, const struct run_log *log) {
    size_t violated = 0, open = 0;
    for (size_t i = 0; i < log->judgements.count; i++) {
        enum verdict verdict = log->judgements.at[i].verdict;
        violated += verdict == VERDICT_VIOLATED;
        open += verdict == VERDICT_UNKNOWN;
    }
    if (violated > 0)
        return EXIT_VIOLATED;
    return open > 0 && (open == log->judgements.count || options->properties.count > 0) ? EXIT_UNKNOWN : EXIT_HOLDS;
}

static void print_text(const struct run_log *log, FILE *out) {
    fprintf(out, "a run of %llu steps: %llu calls, %llu of them refused, %llu events\n", (unsigned long long)log->steps,
            (unsigned long long)log->calls, (unsigned long long)log->refused,
            (unsigned long long)(log->steps - log->calls));
    for (size_t i = 0; i < log->judgements.count; i++) {
        const struct run_judgement *judgement = &log->judgements.at[i];
        const char *name = judgement->property->name;
        fprintf(out, "%-12s %s (", verdict_text(judgement->verdict), name);
        if (judgement->verdict == VERDICT_UNKNOWN)
            fprintf(out, "%s)\n", judgement->reason);
        else if (judgement->verdict == VERDICT_HOLDS)
            fprintf(out, "in this run)\n");
        else if (judgement->shown == NULL)
            fprintf(out, "at the beginning)\n");
        else {
            const char *action = jtree_string(jtree_get(judgement->shown, "action"));
            fprintf(out, "after step %llu, line %u of the log: %s)\n", (unsigned long long)judgement->step,
                    judgement->span.line, action != NULL ? action : "an attribute is set");
        }
    }
}

static void print_json(const struct rulebook *rulebook, const struct run_log *log, FILE *out) {
    struct jtree *report = jtree_object(), *spec = jtree_object(), *results = jtree_list(), *run = jtree_object();
    for (size_t i = 0; i < log->judgements.count; i++) {
        const struct run_judgement *judgement = &log->judgements.at[i];
        struct jtree *object = jtree_object();
        bool has_step = judgement->verdict == VERDICT_VIOLATED || judgement->verdict == VERDICT_REACHABLE;
        jtree_put(object, "property", jtree_text(judgement->property->name));
        jtree_put(object, "kind", jtree_text(property_form_text(judgement->property->form)));
        jtree_put(object, "verdict", jtree_text(verdict_text(judgement->verdict)));
        jtree_put(object, "method", jtree_text("one run"));
        jtree_put(object, "depth", jtree_number((int64_t)(has_step ? judgement->step : log->steps)));
        jtree_put(object, "line", has_step ? jtree_number(judgement->span.line) : jtree_null());
        jtree_put(object, "step", judgement->shown != NULL ? jtree_copy(judgement->shown) : jtree_null());
        jtree_put(object, "reason", jtree_text(judgement->reason));
        jtree_add(results, object);
    }
    jtree_put(spec, "path", jtree_text(rulebook->path));
    jtree_put(spec, "sha256", jtree_text(rulebook->sha256));
    jtree_put(run, "steps", jtree_number((int64_t)log->steps));
    jtree_put(run, "calls", jtree_number((int64_t)log->calls));
    jtree_put(run, "refused", jtree_number((int64_t)log->refused));
    jtree_put(report, "tool", jtree_text("enimc"));
    jtree_put(report, "version", jtree_text(ENIMC_VERSION));
    jtree_put(report, "command", jtree_text("check"));
    jtree_put(report, "spec", spec);
    jtree_put(report, "run", run);
    jtree_put(report, "results", results);
    jtree_write(report, out, 1);
    jtree_free(report);
}

enum exit_status check_trace(const struct options *options, struct rulebook *rulebook, struct diags *diags) {
    property_list properties = {0};
    struct run_log log = {0};
    uint32_t file;
    enum exit_status status = EXIT_BAD_INPUT;
    bool json = options->format != NULL && strcmp(options->format, "json") == 0;
    bool good = work_properties(options, rulebook, &properties, diags) && read_log(options->trace, diags, &file) &&
                run_log_judge(rulebook, properties.at, properties.count, file, &log, diags);
    work_report(diags, options);
    FILE *out = good ? work_open(options) : NULL;
    if (out != NULL) {
        if (json)
            print_json(rulebook, &log, out);
        else if (!options->quiet || options->output != NULL)
            print_text(&log, out);
        status = work_close(options, out) ? status_of(options, &log) : EXIT_BAD_INPUT;
    }
    run_log_clear(&log);
    vec_free(&properties);
    return status;
}
