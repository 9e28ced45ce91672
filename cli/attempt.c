#include "cli/attempt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/work.h"
#include "findings/report.h"

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

static bool read_turned(struct attempt *attempt, const struct options *options, uint32_t turned, struct diags *diags) {
    *attempt = (struct attempt){0};
    attempt->rulebook = read_input(options, turned, &attempt->import, diags);
    return attempt->rulebook != NULL;
}

bool attempt_read(struct attempt *attempt, const struct options *options, struct diags *diags) {
    return read_turned(attempt, options, 0, diags);
}

bool attempt_verify(struct attempt *attempt, const struct options *options, struct diags *diags) {
    struct rulebook *rulebook = attempt->rulebook;
    bool has_plan = rulebook->plan.count > 0 || attempt->import != NULL; /* processes make systems of their own */
    attempt->system = system_new(rulebook, NULL, 0, has_plan, diags);
    if (work_report(diags, options)) {
        system_free(attempt->system);
        attempt->system = NULL;
    }
    if (attempt->system == NULL)
        return false;
    struct budget budget = work_budget(options);
    attempt->verification.system = attempt->system;
    if (has_plan)
        verify_plan(&attempt->verification, attempt->system, &budget);
    if (rulebook->processes.count > 0 && !attempt->verification.is_broken)
        runbook_verify(&attempt->runbooks, rulebook, &budget, diags);
    work_progress_clear();
    return !work_report(diags, options);
}

void attempt_clear(struct attempt *attempt) {
    runbook_clear(&attempt->runbooks);
    verification_clear(&attempt->verification);
    system_free(attempt->system);
    rulebook_free(attempt->rulebook);
    import_free(attempt->import);
}

/* ---- other answers ---- */

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

void attempt_others(struct attempt *best, const struct options *options, struct remarks *remarks) {
    size_t questions = best->import == NULL ? 0 : import_open_count(best->import);
    size_t count = questions > 32 ? 32 : questions;
    size_t tries = questions == 0 ? 0 : questions <= MOST_QUESTIONS ? ((size_t)1 << count) - 1 : count;
    for (size_t i = 0; i < tries; i++) {
        struct attempt other;
        struct diags diags = {0};
        if (read_turned(&other, options, (uint32_t)(questions <= MOST_QUESTIONS ? i + 1 : (size_t)1 << i), &diags))
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

void remarks_clear(struct remarks *remarks) {
    vec_free(&remarks->list);
    arena_clear(&remarks->arena);
}
