/* enimc replay: a suite of test vectors against an endpoint. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/work.h"
#include "replay/load.h"
#include "replay/report.h"

#define MOST_JOBS 64

static const struct replay_format *read_format(const char *name, size_t length) {
    for (size_t i = 0; replay_formats[i] != NULL; i++)
        if (strlen(replay_formats[i]->name) == length && memcmp(replay_formats[i]->name, name, length) == 0)
            return replay_formats[i];
    fprintf(stderr, "enimc: expected a format among text, json, junit and tap, found '%.*s'\n",
            (int)(length < 60 ? length : 60), name);
    return NULL;
}

static bool write_to(const struct options *options, const char *path, const struct replay_format *format,
                     const struct replay *replay, const struct replay_options *how) {
    struct options own = *options;
    own.output = path;
    FILE *out = work_open(&own);
    if (out == NULL)
        return false;
    if (format == NULL)
        baseline_of_replay(replay, out);
    else
        format->write(replay, how, out);
    return work_close(&own, out);
}

/* Every report has a form and a place of its own.  False after a message. */
static bool reports_are_good(const struct options *options) {
    if (options->format != NULL && read_format(options->format, strlen(options->format)) == NULL)
        return false;
    for (size_t i = 0; i < options->reports.count; i++) {
        const char *text = options->reports.at[i], *equals = strchr(text, '=');
        if (equals == NULL || equals[1] == '\0') {
            fprintf(stderr, "enimc: --report: expected FORMAT=FILE, found '%s'\n", text);
            return false;
        }
        if (read_format(text, (size_t)(equals - text)) == NULL)
            return false;
    }
    struct stat status;
    if (options->write_baseline != NULL && !options->force && stat(options->write_baseline, &status) == 0 &&
        S_ISREG(status.st_mode)) {
        fprintf(stderr, "enimc: %s: exists; expected a new file for --write-baseline, or --force to replace it\n",
                options->write_baseline);
        return false;
    }
    return true;
}

static bool write_reports(const struct options *options, const struct replay *replay,
                          const struct replay_options *how) {
    bool good = true;
    const char *name = options->format == NULL ? "text" : options->format;
    if (!options->quiet || strcmp(name, "text") != 0)
        good = write_to(options, options->output, read_format(name, strlen(name)), replay, how);
    for (size_t i = 0; i < options->reports.count; i++) {
        const char *text = options->reports.at[i], *equals = strchr(text, '=');
        good = write_to(options, equals + 1, read_format(text, (size_t)(equals - text)), replay, how) && good;
    }
    if (options->write_baseline != NULL)
        good = write_to(options, options->write_baseline, NULL, replay, how) && good;
    return good;
}

static bool apply_baseline(const struct options *options, struct replay *replay, struct diags *diags) {
    size_t stale = 0;
    if (options->baseline == NULL)
        return true;
    struct jtree *tree = replay_read_json(options->baseline, diags);
    bool good = tree != NULL && baseline_apply(replay, tree, &stale);
    if (tree != NULL && !good)
        fprintf(stderr, "enimc: %s: expected a baseline that 'enimc replay --write-baseline' wrote\n",
                options->baseline);
    if (good && stale > 0 && !options->quiet)
        fprintf(stderr, "enimc: %s: %zu of its vectors pass now\n", options->baseline, stale);
    jtree_free(tree);
    return good;
}

static enum exit_status status_of(const struct replay *replay) {
    if (replay_count(replay, REPLAY_FAIL) > 0)
        return EXIT_VIOLATED;
    if (replay_count(replay, REPLAY_ERROR) + replay_count(replay, REPLAY_BLOCKED) > 0)
        return EXIT_UNKNOWN;
    return replay_count(replay, REPLAY_PASS) + replay_count(replay, REPLAY_XFAIL) > 0 ? EXIT_HOLDS : EXIT_UNKNOWN;
}

/* A file, or the name of a bundled profile. */
static const char *profile_path(const struct options *options, char *path, size_t bytes) {
    if (options->profile == NULL || strpbrk(options->profile, "/.") != NULL)
        return options->profile;
    snprintf(path, bytes, "%s/ec2/profiles/%s.yaml", options->library, options->profile);
    return access(path, R_OK) == 0 ? path : options->profile;
}

static int run_replay(const struct options *options) {
    struct diags diags = {0};
    struct profile profile;
    struct replay replay = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    char path[4200], problem[400];
    if (options->endpoint == NULL) {
        fprintf(stderr, "enimc: replay: expected an endpoint: --endpoint http://127.0.0.1:5000\n");
        return EXIT_BAD_INPUT;
    }
    if (options->jobs > MOST_JOBS) {
        fprintf(stderr, "enimc: --jobs: expected at most %d, found %llu\n", MOST_JOBS,
                (unsigned long long)options->jobs);
        return EXIT_BAD_INPUT;
    }
    if (!reports_are_good(options))
        return EXIT_BAD_INPUT;
    bool good = profile_read(&profile, profile_path(options, path, sizeof path), &diags) &&
                replay_load(&replay, options->inputs.at[0], options->group, options->library, ENIMC_VERSION, &diags);
    const struct replay_options how = {.endpoint = options->endpoint,
                                       .profile = &profile,
                                       .seed = options->shuffle,
                                       .jobs = options->jobs == 0 ? 1 : (size_t)options->jobs,
                                       .keep = options->keep,
                                       .no_keepalive = options->no_keepalive};
    good = !work_report(&diags, options) && good;
    if (good && !client_begin()) {
        fprintf(stderr, "enimc: libcurl cannot be used\n");
        good = false;
    } else if (good) {
        good = replay_run(&replay, &how, problem, sizeof problem);
        if (!good)
            fprintf(stderr, "enimc: --endpoint: %s\n", problem);
        good = good && apply_baseline(options, &replay, &diags);
        good = good && write_reports(options, &replay, &how);
        work_report(&diags, options);
        if (good)
            status = status_of(&replay);
        client_end();
    }
    replay_clear(&replay);
    profile_clear(&profile);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_replay = {
    .name = "replay",
    .arguments = "DIR --endpoint URL",
    .summary = "Runs a suite of test vectors against an EC2 endpoint and says which rules it breaks",
    .flag = ON_REPLAY,
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_replay,
};
