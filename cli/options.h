/* cli/options.h -- the command line, read by table (options.def). */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/vec.h"
#include "model/rulebook.h"

enum {
    ON_CHECK = 1,
    ON_RULES = 2,
    ON_VECTORS = 4,
    ON_SIMULATE = 8,
    ON_OTHER = 16,
    ON_ABLATE = 32,
    ON_VERIFY = 64,
    ON_IMPORT = 128,
    ON_SERVE = 512,
    ON_REPLAY = 1024,
    ON_EXPLAIN = 2048,
    ON_SPEC = ON_CHECK | ON_VERIFY | ON_RULES | ON_VECTORS | ON_SIMULATE | ON_ABLATE | ON_SERVE,
    ON_ALL = ON_SPEC | ON_IMPORT | ON_OTHER | ON_REPLAY | ON_EXPLAIN
};

typedef VEC(const char *) text_list;

struct options {
    VEC(const char *) inputs;
    VEC(struct setting) settings;
    text_list properties, snapshots, reports;
    const char *engine, *parameters, *previous, *previous_parameters, *graph, *dump, *spec, *format, *output, *progress,
        *baseline, *write_baseline, *config, *fail_on, *formats, *listen, *state, *log, *trace, *criterion, *diff,
        *endpoint, *profile, *group, *curl;
    uint64_t max_depth, max_states, max_bytes, seed, walks, threads, shuffle, jobs;
    double timeout_seconds, latency_seconds;
    bool whole, force, quiet, no_color, help, deletion, tours, keep, no_keepalive, empty;
    const char *library; /* the folder of the bundled specs */
};

struct command {
    const char *name, *arguments, *summary;
    unsigned flag; /* its ON_... */
    size_t min_inputs, max_inputs;
    int (*run)(const struct options *options);
};

extern const struct command *const commands[];
const struct command *command_find(const char *name);

/* Reads argv[2...]; false after a message on stderr. */
bool options_read(struct options *options, const struct command *command, int argc, char **argv);
void options_clear(struct options *options);
void options_help(const struct command *command, FILE *out);
void options_overview(FILE *out);

#endif
