#include "cli/work.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <unistd.h>

#include "model/sections.h"

static volatile sig_atomic_t stop_requested;

static void on_signal(int number) {
    (void)number;
    stop_requested = 1;
}

bool work_report(struct diags *diags, const struct options *options) {
    bool failed = diags_failed(diags);
    diags_print(diags, stderr, work_color(options, stderr));
    diags->list.count = 0;
    return failed;
}

bool work_format(const struct options *options) {
    if (options->format == NULL || strcmp(options->format, "json") == 0 || strcmp(options->format, "text") == 0)
        return true;
    fprintf(stderr, "enimc: --format: expected text or json, found '%s'\n", options->format);
    return false;
}

struct import_inputs work_import_inputs(const struct options *options) {
    return (struct import_inputs){.paths = options->inputs.at,
                                  .count = options->inputs.count,
                                  .parameters = options->parameters,
                                  .previous = options->previous,
                                  .previous_parameters = options->previous_parameters,
                                  .deletion = options->deletion,
                                  .snapshots = options->snapshots.at,
                                  .snapshot_count = options->snapshots.count,
                                  .graph = options->graph};
}

void work_suggest(struct diags *diags, const char *name, const char *const *candidates, size_t count) {
    struct span whole = {0, 0, 0, 0};
    suggest(diags, whole, name, candidates, count);
}

struct rulebook *work_read(const struct options *options, const char *path, struct diags *diags) {
    struct rulebook *rulebook =
        rulebook_read(path, options->library, options->settings.at, options->settings.count, diags);
    work_report(diags, options);
    return rulebook;
}

struct rulebook *work_read_bundled(const struct options *options, const char *path, struct diags *diags) {
    char bundled[4200];
    snprintf(bundled, sizeof bundled, "%s/ec2/everything.yaml", options->library);
    return work_read(options, path != NULL ? path : bundled, diags);
}

bool work_color(const struct options *options, FILE *out) {
    return !options->no_color && isatty(fileno(out)) && getenv("NO_COLOR") == NULL;
}

/* Where the answer goes in the end: a link is followed, so that it stays a link. */
static const char *final_path(const struct options *options) {
    static char path[PATH_MAX];
    return realpath(options->output, path) != NULL ? path : options->output;
}

static const char *temporary_path(const struct options *options) {
    static char path[PATH_MAX + 8];
    snprintf(path, sizeof path, "%s.part", final_path(options));
    return path;
}

/* Devices and pipes are written as they are; only a regular file is replaced. */
static bool is_replaced(const struct options *options) {
    struct stat status;
    if (stat(options->output, &status) == 0)
        return S_ISREG(status.st_mode);
    return lstat(options->output, &status) != 0 || !S_ISLNK(status.st_mode); /* a link to what is not there yet */
}

static bool is_input(const struct options *options) {
    struct stat output, input;
    if (stat(options->output, &output) != 0 || !S_ISREG(output.st_mode))
        return false;
    for (size_t i = 0; i < options->inputs.count; i++)
        if (stat(options->inputs.at[i], &input) == 0 && input.st_dev == output.st_dev && input.st_ino == output.st_ino)
            return true;
    return false;
}

FILE *work_open(const struct options *options) {
    if (options->output == NULL || strcmp(options->output, "-") == 0)
        return stdout;
    if (is_input(options)) {
        fprintf(stderr, "enimc: %s: is the input, and would be lost; expected another file for --output\n",
                options->output);
        return NULL;
    }
    const char *path = is_replaced(options) ? temporary_path(options) : options->output;
    FILE *out = fopen(path, "w");
    if (out == NULL)
        fprintf(stderr, "enimc: %s: cannot be written: %s\n", path, strerror(errno));
    return out;
}

bool work_close(const struct options *options, FILE *out) {
    bool good = fflush(out) == 0 && !ferror(out);
    if (out != stdout) {
        good = fclose(out) == 0 && good;
        good = good && (!is_replaced(options) || rename(temporary_path(options), final_path(options)) == 0);
    }
    if (!good)
        fprintf(stderr, "enimc: %s: cannot be written: %s\n", out == stdout ? "standard output" : options->output,
                strerror(errno));
    return good;
}

static bool shows_progress;

void work_progress_clear(void) {
    if (shows_progress && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

static void show_progress(void *context, const struct stats *stats) {
    (void)context;
    bool terminal = isatty(STDERR_FILENO);
    fprintf(stderr, "%s%.2f M states, depth %u, %.2f M states/s, queue %.2f M, %.0f MB%s", terminal ? "\r\033[K" : "",
            (double)stats->states / 1e6, stats->depth, (double)stats->states / 1e6 / (stats->seconds + 1e-9),
            (double)stats->queue / 1e6, (double)stats->peak_bytes / 1e6, terminal ? "" : "\n");
    fflush(stderr);
}

/* The limit of a container, as control groups tell it; SIZE_MAX without. */
static size_t container_bytes(void) {
    static const char *const paths[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        size_t bytes = 0;
        FILE *in = fopen(paths[i], "r");
        if (in != NULL && fscanf(in, "%zu", &bytes) == 1 && bytes > 0 && bytes < least)
            least = bytes;
        if (in != NULL)
            fclose(in);
    }
    return least;
}

/* Most of the memory that there is, so that it is we who stop. */
static size_t default_bytes(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t bytes = pages > 0 && page > 0 ? (size_t)pages * (size_t)page : (size_t)5 << 30;
    size_t container = container_bytes();
    bytes = (bytes < container ? bytes : container) / 10 * 8;
    struct rlimit space;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY && space.rlim_cur / 2 < bytes)
        bytes = space.rlim_cur / 2; /* stacks, libraries and gaps count, too */
    return bytes;
}

struct budget work_budget(const struct options *options) {
    struct budget budget = {.max_states = options->max_states,
                            .max_depth = options->max_depth > UINT32_MAX ? UINT32_MAX : (uint32_t)options->max_depth,
                            .max_bytes = (size_t)options->max_bytes,
                            .timeout_seconds = options->timeout_seconds,
                            .stop = &stop_requested};
    if (budget.max_bytes == 0)
        budget.max_bytes = default_bytes();
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends the program at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    const char *when = options->progress == NULL ? "auto" : options->progress;
    shows_progress = strcmp(when, "on") == 0 || (strcmp(when, "auto") == 0 && isatty(STDERR_FILENO) && !options->quiet);
    if (shows_progress)
        budget.progress = show_progress;
    return budget;
}

bool work_properties(const struct options *options, const struct rulebook *rulebook, property_list *list,
                     struct diags *diags) {
    VEC(const char *) names = {0};
    for (size_t i = 0; i < rulebook->properties.count; i++)
        vec_push(&names, rulebook->properties.at[i]->name);
    struct span whole = {0, 0, 0, 0};
    for (size_t i = 0; i < options->properties.count; i++) {
        bool found = false;
        for (size_t j = 0; j < rulebook->properties.count; j++)
            if (strcmp(rulebook->properties.at[j]->name, options->properties.at[i]) == 0) {
                vec_push(list, rulebook->properties.at[j]);
                found = true;
            }
        if (!found) {
            diag_error(diags, whole, DIAG_NO_PROPERTY, "no property is called '%.60s'", options->properties.at[i]);
            suggest(diags, whole, options->properties.at[i], names.at, names.count);
        }
    }
    for (size_t j = 0; options->properties.count == 0 && j < rulebook->properties.count; j++)
        vec_push(list, rulebook->properties.at[j]);
    if (rulebook->properties.count == 0)
        diag_error(diags, whole, DIAG_NO_PROPERTY, "the spec has no properties; there is nothing to check");
    vec_free(&names);
    return !work_report(diags, options);
}
