/* enimc vectors: test vectors from a spec. */
#include <string.h>

#include "cli/exit.h"
#include "cli/report.h"
#include "cli/work.h"
#include "vectors/folder.h"
#include "vectors/slug.h"
#include "wire/wire.h"

/* "Attach/ATT-P1/alone: no reachable state ..." for the goals without a vector. */
static void print_open_goals(const struct suite *suite, FILE *out) {
    static const char *const reasons[] = {"", "unreachable in this scope (proved)",
                                          "unknown: not met within the depth limit"};
    for (size_t g = 0; g < suite->goals.list.count; g++) {
        enum goal_status status = suite_status(suite, g);
        if (status != GOAL_COVERED)
            fprintf(out, "not covered: %s: %s\n", suite->goals.list.at[g].id, reasons[status]);
    }
}

static void print_summary(const struct options *options, const struct suite *suite, FILE *out) {
    size_t counts[3] = {0}, longest = 0, total = suite->goals.list.count;
    char number[32];
    for (size_t g = 0; g < total; g++)
        counts[suite_status(suite, g)]++;
    for (size_t i = 0; i < suite->vectors.count; i++)
        if (suite->vectors.at[i].steps.count > longest)
            longest = suite->vectors.at[i].steps.count;
    fprintf(out, "%s: %zu of %zu goals covered", suite->system->rulebook->path, counts[GOAL_COVERED], total);
    if (counts[GOAL_UNREACHABLE] > 0)
        fprintf(out, ", %zu unreachable", counts[GOAL_UNREACHABLE]);
    if (counts[GOAL_UNKNOWN] > 0)
        fprintf(out, ", %zu unknown", counts[GOAL_UNKNOWN]);
    fputc('\n', out);
    print_open_goals(suite, out);
    fprintf(out, "explored: %s states, depth %u, %s\n", report_number(suite->stats.states, number), suite->stats.depth,
            suite->stats.complete ? "complete"
            : suite->all_reached  ? "until every goal was reached"
                                  : suite->stats.reason);
    fprintf(out, "%s vectors, ", report_number(suite->vectors.count, number));
    fprintf(out, "%s steps (at most %zu), written to %s\n", report_number(suite_step_count(suite), number), longest,
            options->output);
}

static void print_manifest(const struct suite_files *files, FILE *out) {
    const struct suite_file *manifest = suite_files_find(files, "manifest.json");
    fwrite(manifest->text, 1, manifest->bytes, out);
}

/* The next name of "jsonl,itf": its length; 0 at the end. */
static const char *next_format(const char *list, size_t *length) {
    list += strspn(list, ",");
    *length = strcspn(list, ",");
    return list;
}

static const struct format *find_further(const char *name, size_t length) {
    for (size_t i = 0; formats[i] != NULL; i++)
        if (strlen(formats[i]->name) == length && memcmp(formats[i]->name, name, length) == 0)
            return formats[i];
    return NULL;
}

static bool formats_are_good(const struct options *options) {
    size_t length;
    for (const char *at = options->formats; at != NULL && (at = next_format(at, &length), length > 0); at += length) {
        if (find_further(at, length) != NULL)
            continue;
        fprintf(stderr, "enimc: --formats: expected some of");
        for (size_t i = 0; formats[i] != NULL; i++)
            fprintf(stderr, "%s %s", i == 0 ? "" : ",", formats[i]->name);
        fprintf(stderr, "; found '%.*s'\n", (int)(length < 60 ? length : 60), at);
        return false;
    }
    return true;
}

/* The mapping onto EC2's API, if a wanted format speaks of that.  False after a message. */
static bool read_wire(const struct options *options, struct rulebook *rulebook, struct diags *diags,
                      struct wire **wire) {
    size_t length;
    char folder[4200];
    bool needed = false;
    for (const char *at = options->formats; at != NULL && (at = next_format(at, &length), length > 0); at += length)
        needed = needed || find_further(at, length)->needs_wire;
    *wire = NULL;
    if (!needed)
        return true;
    if (!wire_applies(rulebook)) {
        fprintf(
            stderr,
            "enimc: %s: --formats: pytest, cli and go speak of calls of EC2, and this rulebook is another; expected a "
            "spec that includes ec2/kinds.yaml\n",
            rulebook->path);
        return false;
    }
    snprintf(folder, sizeof folder, "%s/ec2/wire", options->library);
    *wire = wire_read(folder, rulebook, diags);
    return !work_report(diags, options) && *wire != NULL;
}

static void write_further(const struct options *options, struct suite *suite, const char *name, const struct wire *wire,
                          struct suite_files *files) {
    size_t length;
    for (const char *at = options->formats; at != NULL && (at = next_format(at, &length), length > 0); at += length) {
        const struct format *format = find_further(at, length);
        if (format->write_spec != NULL)
            format->write_spec(suite, name, wire, ENIMC_VERSION, files);
    }
}

/* "small-vpc" of "tests/vectors/small-vpc.yaml" */
static void spec_name(const char *path, char name[SLUG_BYTES]) {
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
    char stem[200];
    snprintf(stem, sizeof stem, "%.*s", (int)strcspn(base, "."), base);
    slug_make(stem, name);
}

static enum exit_status write_suite(const struct options *options, struct suite *suite, struct diags *diags) {
    struct suite_files files = {0};
    char problem[4400];
    char name[SLUG_BYTES];
    struct wire *wire;
    if (!read_wire(options, suite->system->rulebook, diags, &wire))
        return EXIT_BAD_INPUT;
    spec_name(suite->system->rulebook->path, name);
    format_find("json")->write(suite, ENIMC_VERSION, &files);
    write_further(options, suite, name, wire, &files);
    wire_free(wire);
    bool good = folder_write(options->output, options->force, &files, problem, sizeof problem);
    if (!good)
        fprintf(stderr, "enimc: %s\n", problem);
    else if (options->format != NULL && strcmp(options->format, "json") == 0)
        print_manifest(&files, stdout);
    else if (!options->quiet)
        print_summary(options, suite, stdout);
    suite_files_clear(&files);
    if (good && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "enimc: standard output cannot be written\n");
        good = false;
    }
    return good ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

static enum exit_status end_suite(const struct options *options, struct suite *suite, enum suite_end end,
                                  struct diags *diags) {
    const char *path = suite->system->rulebook->path;
    char number[32];
    switch (end) {
    case SUITE_MADE:
        return write_suite(options, suite, diags);
    case SUITE_LIMIT:
        fprintf(stderr,
                "enimc: %s: %s after %s states, depth %u; nothing is written (a smaller scope, or --max-depth, gives "
                "a suite)\n",
                path, suite->problem, report_number(suite->stats.states, number), suite->stats.depth);
        return EXIT_UNKNOWN;
    case SUITE_BROKEN:
        diag_error(diags, suite->system->obligations.at[suite->obligation].span, DIAG_BROKEN,
                   "in a reachable state this %s; 'enimc check' shows the way there", suite->problem);
        work_report(diags, options);
        return EXIT_BAD_INPUT;
    case SUITE_NO_GOALS:
        fprintf(stderr, "enimc: %s: no action by a client is allowed, so there is nothing to test\n", path);
        return EXIT_BAD_INPUT;
    case SUITE_CONFUSED:
        fprintf(stderr,
                "enimc: %s: the plain evaluator does not confirm the explorer (%s); this is an error in enimc, "
                "please report it\n",
                path, suite->problem);
        break;
    }
    return EXIT_UNKNOWN;
}

static bool options_are_good(const struct options *options) {
    char problem[4400];
    if (options->format != NULL && strcmp(options->format, "json") != 0 && strcmp(options->format, "text") != 0) {
        fprintf(stderr, "enimc: --format: expected text or json, found '%s'\n", options->format);
        return false;
    }
    if (options->output == NULL) {
        fprintf(stderr, "enimc: vectors: expected a folder for the suite: -o DIR\n");
        return false;
    }
    if (!formats_are_good(options))
        return false;
    if (folder_is_free(options->output, options->force, problem, sizeof problem))
        return true;
    fprintf(stderr, "enimc: %s\n", problem);
    return false;
}

static enum exit_status make_and_write(const struct options *options, struct rulebook *rulebook, struct diags *diags) {
    struct system *system = system_new(rulebook, NULL, 0, true, diags);
    work_report(diags, options);
    if (system == NULL)
        return EXIT_BAD_INPUT;
    struct suite suite;
    struct budget budget = work_budget(options);
    enum suite_end end = suite_make(&suite, system, &budget);
    work_progress_clear();
    enum exit_status status = end_suite(options, &suite, end, diags);
    suite_clear(&suite);
    system_free(system);
    return status;
}

static int run_vectors(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    if (!options_are_good(options))
        return (int)status;
    struct rulebook *rulebook = work_read(options, options->inputs.at[0], &diags);
    if (rulebook != NULL)
        status = make_and_write(options, rulebook, &diags);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_vectors = {
    .name = "vectors",
    .arguments = "SPEC -o DIR",
    .summary = "Generates test vectors: each action with each response",
    .flag = ON_VECTORS,
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_vectors,
};
