/* All engines on all systems: they read one system, so they agree or one of us is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "solver/engine.h"
#include "solver/trace.h"

#define MAX_ROWS 400
#define MAX_STATES 300000
#define SECONDS 15

struct row {
    char name[160];
    const char *path;
    const char *settings[7][2]; /* name, value; ends with NULL */
};

static const struct row bench[] = {
    {"eni-bench as it is", "specs/bench/eni-bench.yaml", {{NULL}}},
    {"eni-bench, bug", "specs/bench/eni-bench.yaml", {{"bug", "on"}, {NULL}}},
    {"eni-bench, one address more", "specs/bench/eni-bench.yaml", {{"K", "4"}, {"E", "2"}, {"P", "1"}, {NULL}}},
    {"eni-bench, larger, bug",
     "specs/bench/eni-bench.yaml",
     {{"E", "3"}, {"K", "3"}, {"P", "1"}, {"bug", "on"}, {NULL}}},
    {"eni-bench, smallest",
     "specs/bench/eni-bench.yaml",
     {{"I", "1"}, {"S", "1"}, {"E", "1"}, {"K", "2"}, {"L", "1"}, {"P", "1"}, {NULL}}},
};

static struct row rows[MAX_ROWS];
static size_t row_count;

/* ---- one system ---- */

struct subject {
    struct diags diags;
    struct rulebook *rulebook;
    struct system *system;
};

static bool subject_open(struct subject *subject, const struct row *row) {
    struct setting settings[7];
    size_t count = 0;
    for (; row->settings[count][0] != NULL; count++)
        settings[count] = (struct setting){row->settings[count][0], row->settings[count][1], {UINT32_MAX, 0, 0, 0}};
    *subject = (struct subject){0};
    subject->rulebook = rulebook_read(row->path, "specs", settings, count, &subject->diags);
    if (subject->rulebook != NULL && subject->rulebook->properties.count > 0)
        subject->system =
            system_new(subject->rulebook, (const struct property *const *)subject->rulebook->properties.at,
                       subject->rulebook->properties.count, false, &subject->diags);
    if (subject->system == NULL)
        diags_print(&subject->diags, stdout, false);
    return subject->system != NULL;
}

static void subject_close(struct subject *subject) {
    system_free(subject->system);
    rulebook_free(subject->rulebook);
    diags_clear(&subject->diags);
}

static void decide(const struct subject *subject, const char *engine, uint32_t max_depth, struct run *run) {
    struct budget budget = {.max_states = MAX_STATES, .max_depth = max_depth, .timeout_seconds = SECONDS};
    run_init(run, subject->system, &budget);
    engine_find(engine)->run(run);
}

/* ---- agreement ---- */

static bool is_found(const struct result *result) {
    return result->verdict == VERDICT_VIOLATED || result->verdict == VERDICT_REACHABLE;
}

static bool is_absent(const struct result *result) {
    return result->verdict == VERDICT_HOLDS || result->verdict == VERDICT_UNREACHABLE;
}

static const char *why(const struct result *result) { return result->reason == NULL ? "-" : result->reason; }

static void fail_about(const char *what, const struct result *one, const struct result *other) {
    fail_msg("%s: %s: %s says %s at %u (%s), %s says %s at %u (%s)", one->property->name, what, one->engine,
             verdict_text(one->verdict), one->depth, why(one), other->engine, verdict_text(other->verdict),
             other->depth, why(other));
}

static bool is_our_error(const struct result *result) {
    return result->reason != NULL && strstr(result->reason, "error in enimc") != NULL;
}

static void compare(const struct result *exact, const struct result *other, bool is_shortest) {
    if (is_our_error(other) || is_our_error(exact))
        fail_about("an error in enimc", exact, other);
    if (is_found(exact) && is_absent(other))
        fail_about("a proof of what is not so", exact, other);
    if (is_absent(exact) && is_found(other))
        fail_about("a trace that cannot be", exact, other);
    bool is_longer =
        strcmp(other->engine, "pdr") == 0 && exact->depth < other->depth; /* which does not look for the shortest */
    if (is_found(exact) && is_found(other) && exact->depth != other->depth && !is_longer)
        fail_about("depths differ", exact, other);
    if (is_found(exact) && is_shortest && !is_found(other) &&
        (other->reason == NULL || strstr(other->reason, "time limit") == NULL))
        fail_about("not found", exact, other);
    if (is_found(other))
        assert_true(other->has_trace);
}

static void compare_runs(const struct run *exact, const struct run *other, bool is_shortest) {
    assert_int_equal(exact->results.count, other->results.count);
    for (size_t i = 0; i < exact->results.count; i++) {
        enum property_form form = exact->results.at[i].property->form;
        if (!property_is_about_states(form))
            assert_int_equal(other->results.at[i].verdict, VERDICT_UNKNOWN);
        else
            compare(&exact->results.at[i], &other->results.at[i], is_shortest);
        if (other->results.at[i].verdict == VERDICT_UNKNOWN)
            assert_non_null(other->results.at[i].reason);
    }
    bool may_be_longer = other->results.count > 0 && strcmp(other->results.at[0].engine, "pdr") == 0;
    if (exact->breakage.is_broken && other->breakage.is_broken && !may_be_longer)
        assert_int_equal(exact->breakage.trace.steps.count, other->breakage.trace.steps.count);
    if (is_shortest && exact->breakage.is_broken)
        assert_true(other->breakage.is_broken);
    if (exact->stats.complete)
        assert_false(other->breakage.is_broken && !exact->breakage.is_broken);
}

static void agree(void **state) {
    const struct row *row = *state;
    struct subject subject;
    struct run exact, bmc, induction, pdr;
    if (!subject_open(&subject, row)) {
        subject_close(&subject);
        skip(); /* no properties, or a case about bad input */
    }
    decide(&subject, "explicit", UINT32_MAX, &exact);
    decide(&subject, "bmc", exact.stats.depth, &bmc);
    compare_runs(&exact, &bmc, true);
    decide(&subject, "kinduction", exact.stats.depth < 8 ? exact.stats.depth + 1 : 8, &induction);
    compare_runs(&exact, &induction, false);
    decide(&subject, "pdr", exact.stats.depth + 1, &pdr);
    compare_runs(&exact, &pdr, false);
    run_clear(&pdr);
    run_clear(&exact);
    run_clear(&bmc);
    run_clear(&induction);
    subject_close(&subject);
}

/* ---- what must be proved ---- */

static const struct proof {
    const char *path, *property, *method;
} proofs[] = {
    {"specs/bench/eni-bench.yaml", "A", "inductive"},
    {"specs/bench/eni-bench.yaml", "E", "inductive together with B"},
    {"tests/systems/smt_mutex.yaml", "exclusive", "inductive together with held"},
    {"tests/systems/smt_twoinduction.yaml", "mid_small", "2-induction"},
    {"tests/systems/smt_counter.yaml", "negative", "inductive"},
    {"tests/systems/smt_counter.yaml", "rises", "inductive"},
};

static void is_proved(void **state) {
    const struct proof *proof = *state;
    struct row row = {.path = proof->path};
    struct subject subject;
    struct run run;
    bool found = false;
    assert_true(subject_open(&subject, &row));
    decide(&subject, "kinduction", UINT32_MAX, &run);
    for (size_t i = 0; i < run.results.count; i++)
        if (strcmp(run.results.at[i].property->name, proof->property) == 0) {
            found = true;
            assert_true(is_absent(&run.results.at[i]));
            assert_string_equal(run.results.at[i].method, proof->method);
        }
    assert_true(found);
    run_clear(&run);
    subject_close(&subject);
}

static void add_row(const struct row *row) {
    if (row_count < MAX_ROWS)
        rows[row_count++] = *row;
}

int main(void) {
    static glob_t files;
    for (size_t i = 0; i < ARRAY_SIZE(bench); i++)
        add_row(&bench[i]);
    if (glob("tests/systems/*.yaml", 0, NULL, &files) == 0)
        for (size_t i = 0; i < files.gl_pathc; i++) {
            struct row row = {.path = files.gl_pathv[i]};
            snprintf(row.name, sizeof row.name, "%.150s", files.gl_pathv[i]);
            add_row(&row);
        }
    static struct CMUnitTest tests[MAX_ROWS + ARRAY_SIZE(proofs)];
    size_t count = 0;
    for (size_t i = 0; i < row_count; i++)
        tests[count++] = (struct CMUnitTest){rows[i].name, agree, NULL, NULL, &rows[i]};
    for (size_t i = 0; i < ARRAY_SIZE(proofs); i++)
        tests[count++] = (struct CMUnitTest){proofs[i].property, is_proved, NULL, NULL, (void *)(uintptr_t)&proofs[i]};
    int failures = _cmocka_run_group_tests("engines agree", tests, count, NULL, NULL);
    if (row_count > ARRAY_SIZE(bench))
        globfree(&files);
    return failures;
}
