/* enimc vectors: test vectors from a spec. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/report.h"
#include "cli/work.h"
#include "vectors/calls.h"
#include "vectors/diff.h"
#include "vectors/folder.h"
#include "vectors/manifest.h"
#include "vectors/slug.h"
#include "wire/wire.h"

/* One spec of the suite. */
struct job {
    struct diags diags;
    struct rulebook *rulebook;
    struct system *system;
    struct suite suite;
    bool has_suite;
    enum suite_end end;
};

enum { THREADS_MOST = 64 };

struct work {
    const struct options *options;
    struct budget budget;
    VEC(struct job *) jobs;
    atomic_size_t next;
    enum criterion criterion;
    struct suite_set set;
};

/* "not covered: Attach/ATT-P1/alone: no reachable state ..." */
static void print_open_goals(const struct suite_set *set, FILE *out) {
    for (size_t i = 0; i < set->goals.count; i++) {
        const struct set_goal *goal = &set->goals.at[i];
        if (goal->status != GOAL_COVERED && (!goal_is_mutant(goal->goal) || goal->status == GOAL_UNKNOWN))
            fprintf(out, "not covered: %s: %s\n", goal->goal->id, set_goal_reason(goal));
    }
}

static void print_counts(const char *name, struct goal_counts counts, FILE *out) {
    if (counts.total == 0)
        return;
    fprintf(out, "  %-10s %6zu of %6zu", name, counts.covered, counts.total);
    if (counts.unreachable > 0)
        fprintf(out, ", %zu unreachable", counts.unreachable);
    if (counts.unknown > 0)
        fprintf(out, ", %zu unknown", counts.unknown);
    fputc('\n', out);
}

static void print_exploration(const struct suite *suite, FILE *out) {
    char number[32];
    fprintf(out, "%s: explored %s states, depth %u, %s\n", suite->system->rulebook->path,
            report_number(suite->stats.states, number), suite->stats.depth,
            suite->stats.complete ? "complete"
            : suite->all_reached  ? "until every goal was reached"
                                  : suite->stats.reason);
}

/* "kill matrix: 3 141 592 evaluations of a mutant on a call in a state, 12.3 million a second and thread" */
static void print_rates(const struct suite_set *set, double write_seconds, FILE *out) {
    uint64_t evaluations = 0;
    double seconds = 0;
    char number[32];
    for (size_t s = 0; s < set->list.count; s++) {
        evaluations += set->list.at[s]->schema_evaluations;
        seconds += set->list.at[s]->schema_seconds;
    }
    fprintf(out, "kill matrix: %s evaluations of a mutant on a call in a state, %.1f million a second and thread\n",
            report_number(evaluations, number), (double)evaluations * 1e-6 / (seconds > 1e-6 ? seconds : 1e-6));
    if (write_seconds > 0)
        fprintf(
            out, "files: %s vectors a second of one processor\n",
            report_number((uint64_t)((double)suite_set_vectors(set) / (write_seconds > 1e-6 ? write_seconds : 1e-6)),
                          number));
}

static void print_counted(const struct suite_set *set, FILE *out) {
    size_t cut = 0;
    for (size_t s = 0; s < set->list.count; s++)
        cut += set->list.at[s]->walked.is_cut;
    fprintf(out, ", counted, nothing is written\n");
    if (cut > 0)
        fprintf(out, "of %zu of %zu specs only the first vectors in breadth-first order; the criterion asks for more\n",
                cut, set->list.count);
}

static void print_summary(const struct options *options, const struct suite_set *set, double write_seconds, FILE *out) {
    size_t longest = 0;
    char number[32];
    struct goal_counts mutants = set_mutant_counts(set), all = {0};
    for (size_t s = 0; s < set->list.count; s++) {
        print_exploration(set->list.at[s], out);
        for (size_t i = 0; i < set->list.at[s]->vectors.count; i++)
            if (set->list.at[s]->vectors.at[i].steps.count > longest)
                longest = set->list.at[s]->vectors.at[i].steps.count;
    }
    print_rates(set, write_seconds, out);
    print_open_goals(set, out);
    for (enum goal_form form = 0; form < GOAL_FORMS; form++) {
        struct goal_counts counts = set_goal_counts(set, form);
        print_counts(goal_form_text(form), counts, out);
        all.total += counts.total;
        all.covered += counts.covered;
    }
    fprintf(out, "%zu of %zu goals covered; %zu of %zu mutants killed, %zu equivalent in these scopes (proved)",
            all.covered, all.total, mutants.covered, mutants.total, mutants.unreachable);
    if (mutants.unknown > 0)
        fprintf(out, ", %zu unknown", mutants.unknown);
    fputc('\n', out);
    fprintf(out, "%s vectors, ", report_number(suite_set_vectors(set), number));
    fprintf(out, "%s steps", report_number(suite_set_steps(set), number));
    if (options->output == NULL)
        print_counted(set, out);
    else
        fprintf(out, " (at most %zu), written to %s\n", longest, options->output);
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

/* False after a message. */
static bool read_mapping(const struct options *options, struct rulebook *rulebook, struct diags *diags,
                         struct wire **wire) {
    char folder[4200];
    snprintf(folder, sizeof folder, "%s/ec2/wire", options->library);
    *wire = wire_read(folder, rulebook, diags);
    return !work_report(diags, options) && *wire != NULL;
}

/* The mapping onto EC2's API, if a wanted format speaks of that.  False after a message. */
static bool read_wire(const struct options *options, struct rulebook *rulebook, struct diags *diags,
                      struct wire **wire) {
    size_t length;
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
    return read_mapping(options, rulebook, diags, wire);
}

/* The chosen vectors as tours.  What a client of EC2 cannot bring about is kept apart. */
static bool make_tours(struct work *work) {
    for (size_t i = 0; i < work->jobs.count; i++) {
        struct job *job = work->jobs.at[i];
        struct tour_kinds kinds = {0};
        struct wire *wire = NULL;
        if (wire_applies(job->rulebook)) {
            if (!read_mapping(work->options, job->rulebook, &job->diags, &wire))
                return false;
            kinds = calls_kinds(&job->suite, wire);
        }
        tours_make(&job->suite, &kinds);
        wire_free(wire);
    }
    return true;
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

static enum exit_status write_suite(struct work *work) {
    const struct options *options = work->options;
    struct suite_set *set = &work->set;
    struct suite_files files = {0};
    char problem[4400];
    clock_t started = clock();
    format_find("json")->write(set, ENIMC_VERSION, &files);
    for (size_t i = 0; i < work->jobs.count; i++) {
        struct job *job = work->jobs.at[i];
        struct wire *wire;
        if (!read_wire(options, job->rulebook, &job->diags, &wire)) {
            suite_files_clear(&files);
            return EXIT_BAD_INPUT;
        }
        write_further(options, &job->suite, job->suite.name, wire, &files);
        wire_free(wire);
    }
    /* before the folder is replaced: it may be the old one; nothing is written if there is no old one */
    bool good = options->diff == NULL || suite_diff(options->diff, &files, stdout, problem, sizeof problem);
    good = good && folder_write(options->output, options->force, &files, problem, sizeof problem);
    double write_seconds = (double)(clock() - started) / CLOCKS_PER_SEC;
    if (!good)
        fprintf(stderr, "enimc: %s\n", problem);
    else if (options->format != NULL && strcmp(options->format, "json") == 0)
        print_manifest(&files, stdout);
    else if (!options->quiet)
        print_summary(options, set, write_seconds, stdout);
    suite_files_clear(&files);
    if (good && (fflush(stdout) != 0 || ferror(stdout))) {
        fprintf(stderr, "enimc: standard output cannot be written\n");
        good = false;
    }
    return !good                                                              ? EXIT_BAD_INPUT
           : set_mutant_counts(set).unknown > 0 && options->criterion == NULL ? EXIT_UNKNOWN
                                                                              : EXIT_HOLDS;
}

/* Why there is no suite. */
static enum exit_status explain_end(const struct options *options, struct job *job, enum suite_end end) {
    const struct suite *suite = &job->suite;
    const char *path = job->rulebook->path;
    char number[32];
    switch (end) {
    case SUITE_MADE:
        return EXIT_HOLDS;
    case SUITE_LIMIT:
        fprintf(stderr,
                "enimc: %s: %s after %s states, depth %u; nothing is written (a smaller scope, or --max-depth, gives "
                "a suite)\n",
                path, suite->problem, report_number(suite->stats.states, number), suite->stats.depth);
        return EXIT_UNKNOWN;
    case SUITE_BROKEN:
        diag_error(&job->diags, suite->system->obligations.at[suite->obligation].span, DIAG_BROKEN,
                   "in a reachable state this %s; 'enimc check' shows the way there", suite->problem);
        work_report(&job->diags, options);
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
    if (options->output == NULL && (options->criterion == NULL || options->format != NULL || options->formats != NULL ||
                                    options->diff != NULL || options->tours)) {
        fprintf(stderr,
                "enimc: vectors: expected a folder for the suite: -o DIR (or --criterion NAME alone: vectors are "
                "counted)\n");
        return false;
    }
    if (options->output == NULL)
        return true;
    if (!formats_are_good(options))
        return false;
    if (folder_is_free(options->output, options->force, problem, sizeof problem))
        return true;
    fprintf(stderr, "enimc: %s\n", problem);
    return false;
}

/* "default" of "specs/ec2/default.yaml"; another job's name gets a part of its hash. */
static const char *name_of(struct work *work, const char *path) {
    char name[SLUG_BYTES];
    const char *slash = strrchr(path, '/'), *base = slash == NULL ? path : slash + 1;
    size_t length = strcspn(base, ".");
    const char *stem = arena_text(&work->set.arena, base, length > 0 ? length : strlen(base));
    slug_make(stem, name);
    for (size_t i = 0; i < work->set.list.count; i++)
        if (strcmp(work->set.list.at[i]->name, name) == 0)
            slug_distinguish(name, path);
    return arena_text(&work->set.arena, name, strlen(name));
}

static enum exit_status load_job(struct work *work, struct job *job, const char *path) {
    const struct options *options = work->options;
    job->rulebook = work_read(options, path, &job->diags);
    if (job->rulebook == NULL)
        return EXIT_BAD_INPUT;
    if (job->rulebook->processes.count > 0)
        diag_error(&job->diags, job->rulebook->processes.at[0]->kind->span, DIAG_BAD_CONTEXT,
                   "test vectors are about rules, and here only processes call; expected a spec without 'processes'");
    else
        job->system = system_new(job->rulebook, NULL, 0, true, &job->diags);
    work_report(&job->diags, options);
    return job->system == NULL ? EXIT_BAD_INPUT : EXIT_HOLDS;
}

/* Specs share nothing, so each thread takes the next one; their order in the suite is that of the command line. */
static void *find_suites(void *context) {
    struct work *work = context;
    struct budget budget = work->budget;
    for (;;) {
        size_t i = atomic_fetch_add(&work->next, 1);
        if (i >= work->jobs.count)
            return NULL;
        struct job *job = work->jobs.at[i];
        if (criterion_takes_all(work->criterion))
            budget.max_depth = UINT32_MAX; /* of the walks */
        job->end = suite_find(&job->suite, job->system, &budget);
        job->has_suite = true;
        struct walk_limits limits = {.depth = work->budget.max_depth == UINT32_MAX ? 3 : work->budget.max_depth};
        limits.walks = work->options->walks > 0 ? work->options->walks : 100;
        limits.seed = work->options->seed > 0 ? work->options->seed : 1;
        limits.only_counts = work->options->output == NULL;
        if (job->end == SUITE_MADE && criterion_takes_all(work->criterion) &&
            !criterion_walk(&job->suite, work->criterion, &limits)) {
            job->end = SUITE_LIMIT;
            job->suite.problem = "the criterion asks for more than 100,000 vectors";
        }
    }
}

static void run_jobs(struct work *work) {
    pthread_t threads[THREADS_MOST];
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted =
        work->options->threads > 0 ? (size_t)work->options->threads : (size_t)(processors < 1 ? 1 : processors);
    size_t count = 0;
    wanted = wanted > work->jobs.count ? work->jobs.count : wanted > THREADS_MOST ? THREADS_MOST : wanted;
    work->budget = work_budget(work->options);
    if (work->jobs.count > 1)
        work->budget.progress = NULL; /* one line is for one exploration */
    work->budget.max_bytes /= wanted;
    while (count + 1 < wanted && pthread_create(&threads[count], NULL, find_suites, work) == 0)
        count++;
    find_suites(work);
    while (count > 0)
        pthread_join(threads[--count], NULL);
    work_progress_clear();
}

static void clear_work(struct work *work) {
    suite_set_clear(&work->set);
    for (size_t i = 0; i < work->jobs.count; i++) {
        struct job *job = work->jobs.at[i];
        if (job->has_suite)
            suite_clear(&job->suite);
        system_free(job->system);
        rulebook_free(job->rulebook);
        diags_clear(&job->diags);
        free(job);
    }
    vec_free(&work->jobs);
}

static bool read_criterion(struct work *work) {
    const char *name = work->options->criterion;
    if (name == NULL || criterion_find(name, &work->criterion))
        return true;
    fprintf(stderr, "enimc: --criterion: expected");
    for (enum criterion c = 0; c < CRITERION_COUNT; c++)
        fprintf(stderr, "%s %s", c == 0 ? "" : c + 1 == CRITERION_COUNT ? " or" : ",", criterion_text(c));
    fprintf(stderr, ", found '%s'\n", name);
    return false;
}

static int run_vectors(const struct options *options) {
    struct work work = {.options = options};
    enum exit_status status = options_are_good(options) && read_criterion(&work) ? EXIT_HOLDS : EXIT_BAD_INPUT;
    for (size_t i = 0; i < options->inputs.count && status == EXIT_HOLDS; i++) {
        struct job *job = memory_resize(NULL, sizeof *job);
        *job = (struct job){0};
        vec_push(&work.jobs, job);
        status = load_job(&work, job, options->inputs.at[i]);
    }
    if (status == EXIT_HOLDS)
        run_jobs(&work);
    for (size_t i = 0; i < work.jobs.count && status == EXIT_HOLDS; i++) {
        struct job *job = work.jobs.at[i];
        status = explain_end(options, job, job->end);
        job->suite.name = name_of(&work, options->inputs.at[i]);
        suite_set_add(&work.set, &job->suite);
    }
    if (status == EXIT_HOLDS) {
        suite_set_select(&work.set, work.criterion);
        if (options->output == NULL)
            print_summary(options, &work.set, 0, stdout);
        else
            status = !options->tours || make_tours(&work) ? write_suite(&work) : EXIT_BAD_INPUT;
    }
    clear_work(&work);
    return (int)status;
}

const struct command command_vectors = {
    .name = "vectors",
    .arguments = "SPEC... -o DIR",
    .summary = "Generates test vectors that tell every wrong rule",
    .flag = ON_VECTORS,
    .min_inputs = 1,
    .max_inputs = SIZE_MAX,
    .run = run_vectors,
};
