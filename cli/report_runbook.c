#include "cli/report_runbook.h"

#include "cli/report.h"

static const char *const words[] = {"works", "fails in some interleavings", "fails in every interleaving", "unknown"};
static const char *const codes[] = {"holds", "some", "every", "unknown"};

static void print_cause(const struct runbook_outcome *outcome, FILE *out) {
    const struct action *failing = outcome->failing;
    const struct check *check = outcome->check;
    if (check != NULL)
        fprintf(out, "  %s: %s answers %s (%s, confidence %s)\n", failing->label, failing->called->name,
                failing->answer, check->origin.id,
                check->origin.confidence != CONFIDENCE_NONE ? confidence_text(check->origin.confidence) : "not given");
    else if (failing != NULL)
        fprintf(out, "  it gives up at '%s'\n", failing->label);
    else if (outcome->process != NULL)
        fprintf(out, "  it does not come to its end: %s\n", outcome->reason);
    else
        fprintf(out, "  %s\n", outcome->reason);
    if (check != NULL && check->origin.about != NULL)
        fprintf(out, "  %s\n", check->origin.about);
}

static void print_finding(const struct runbook_outcome *outcome, FILE *out) {
    fprintf(out, "\n%s: %s\n", words[outcome->verdict], outcome->name);
    if (outcome->about != NULL)
        fprintf(out, "  %s\n", outcome->about);
    print_cause(outcome, out);
    fprintf(out, "  %s:\n", outcome->failing != NULL ? "the shortest failing run" : "a failing run");
    if (outcome->call_count == 0)
        fprintf(out, "         from the beginning\n");
    for (size_t i = 0; i < outcome->call_count; i++) {
        if (i == outcome->turn)
            fprintf(out, "         -- %s --\n", outcome->turn_text);
        fprintf(out, "  %6zu %s\n", i + 1, outcome->calls[i]);
    }
    if (outcome->failing != NULL && outcome->reason != NULL)
        fprintf(out, "  %s\n", outcome->reason);
    if (outcome->check != NULL && outcome->check->origin.source != NULL)
        fprintf(out, "  source: %s\n", outcome->check->origin.source);
}

void report_runbook(const struct runbook_verification *verification, const struct rulebook *rulebook, FILE *out) {
    size_t counts[2][4] = {{0}};
    uint64_t states = 0;
    char number[32];
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &verification->outcomes.at[i];
        counts[outcome->process == NULL][outcome->verdict]++;
        states += outcome->states;
    }
    const size_t *runs = counts[0], *kept = counts[1];
    fprintf(out,
            "%s: processes: %zu work in every interleaving, %zu fail in some, %zu in every, %zu unknown; promises: %zu "
            "hold, %zu do not, %zu unknown (%s states)\n",
            rulebook->path, runs[RUNBOOK_WORKS], runs[RUNBOOK_FAILS_SOME], runs[RUNBOOK_FAILS_EVERY],
            runs[RUNBOOK_UNKNOWN], kept[RUNBOOK_WORKS], kept[RUNBOOK_FAILS_SOME], kept[RUNBOOK_UNKNOWN],
            report_number(states, number));
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &verification->outcomes.at[i];
        if (outcome->verdict == RUNBOOK_UNKNOWN)
            fprintf(out, "\nunknown: %s\n  %s\n", outcome->name, outcome->reason);
        else if (outcome->verdict != RUNBOOK_WORKS)
            print_finding(outcome, out);
    }
}

static struct jtree *outcome_json(const struct runbook_outcome *outcome) {
    struct jtree *object = jtree_object(), *trace = jtree_list();
    const struct check *check = outcome->check;
    for (size_t i = 0; i < outcome->call_count; i++)
        jtree_add(trace, jtree_text(outcome->calls[i]));
    jtree_put(object, "name", jtree_text(outcome->name));
    jtree_put(object, "process", jtree_text(outcome->process != NULL ? outcome->process->kind->name : NULL));
    jtree_put(object, "about", jtree_text(outcome->about));
    jtree_put(object, "verdict", jtree_text(codes[outcome->verdict]));
    jtree_put(object, "step", jtree_text(outcome->failing != NULL ? outcome->failing->label : NULL));
    jtree_put(object, "operation", jtree_text(check != NULL ? outcome->failing->called->name : NULL));
    jtree_put(object, "code", jtree_text(check != NULL ? outcome->failing->answer : NULL));
    jtree_put(object, "rule", jtree_text(check != NULL ? check->origin.id : NULL));
    jtree_put(object, "confidence", jtree_text(check != NULL ? confidence_text(check->origin.confidence) : NULL));
    jtree_put(object, "source", jtree_text(check != NULL ? check->origin.source : NULL));
    jtree_put(object, "trace", trace);
    jtree_put(object, "turn",
              outcome->turn < outcome->call_count ? jtree_number((int64_t)outcome->turn) : jtree_null());
    jtree_put(object, "reason", jtree_text(outcome->reason));
    jtree_put(object, "states", jtree_number((int64_t)outcome->states));
    return object;
}

struct jtree *report_runbook_json(const struct runbook_verification *verification) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < verification->outcomes.count; i++)
        jtree_add(list, outcome_json(&verification->outcomes.at[i]));
    return list;
}

enum exit_status report_runbook_status(const struct runbook_verification *verification) {
    enum exit_status status = EXIT_HOLDS;
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        enum runbook_verdict verdict = verification->outcomes.at[i].verdict;
        if (verdict == RUNBOOK_FAILS_SOME || verdict == RUNBOOK_FAILS_EVERY)
            return EXIT_VIOLATED;
        if (verdict == RUNBOOK_UNKNOWN)
            status = EXIT_UNKNOWN;
    }
    return status;
}
