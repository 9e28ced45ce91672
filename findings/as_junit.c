/* JUnit XML: a step of the plan is a test case. */
#include "findings/report_format.h"
#include "findings/suppress.h"

static void put(const char *before, const char *text, const char *behind, FILE *out) {
    fputs(before, out);
    escape_xml(text, out);
    fputs(behind, out);
}

/* Of a step's or a process's outcome. */
static const struct finding *finding_of(const struct report *report, const void *outcome) {
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].outcome == outcome || report->findings.at[i].process == outcome)
            return &report->findings.at[i];
    return NULL;
}

static void put_failure(const struct finding *finding, FILE *out) {
    put("\n      <failure type=\"", finding->page->id, "\"", out);
    put(" message=\"", finding->message, "\">", out);
    put("", finding->page->id, ": ", out);
    put("", finding->page->title, "\n", out);
    for (size_t i = 0; i < finding->log_count; i++) {
        fprintf(out, "%zu ", i + 1);
        put("", finding->log[i].text, "\n", out);
    }
    for (size_t i = 0; i < finding->repair_count; i++)
        put("repair: ", finding->repairs[i], "\n", out);
    if (finding->repair_count == 0)
        put("advice: ", finding->advice, "\n", out);
    fputs("</failure>\n    ", out);
}

/* `reason`: why it was not decided, or NULL */
static void put_case(const struct report *report, const struct finding *finding, const char *name, const char *reason,
                     FILE *out) {
    put("    <testcase classname=\"", report->path, "\" ", out);
    put("name=\"", name, "\">", out);
    if (finding != NULL && finding->suppressed != NULL)
        put("<skipped message=\"", finding->suppressed->reason, "\"/>", out);
    else if (finding != NULL)
        put_failure(finding, out);
    else if (reason != NULL)
        put("<error type=\"unknown\" message=\"", reason, "\"/>", out);
}

static void put_step(const struct report *report, const struct step_outcome *outcome, FILE *out) {
    const struct finding *finding = finding_of(report, outcome);
    put_case(report, finding, step_words(outcome->step), outcome->verdict == STEP_UNKNOWN ? outcome->reason : NULL,
             out);
    fputs("</testcase>\n", out);
}

static void put_process(const struct report *report, const struct runbook_outcome *outcome, FILE *out) {
    put_case(report, finding_of(report, outcome), outcome->name,
             outcome->verdict == RUNBOOK_UNKNOWN ? outcome->reason : NULL, out);
    fputs("</testcase>\n", out);
}

/* What is found besides the verdict of a step. */
static void put_further(const struct report *report, const struct finding *finding, FILE *out) {
    put_case(report, finding, finding->words, NULL, out);
    fputs("</testcase>\n", out);
}

static void put_counts(const struct report *report, FILE *out) {
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n",
            report->observations.count + report->verification->outcomes.count + report->verification->losses.count +
                (report->runbooks == NULL ? 0 : report->runbooks->outcomes.count) + report_is_partial(report),
            report->error_count + report->warning_count,
            report->counts[STEP_UNKNOWN] + report->unknown_runs + report_is_partial(report), report->suppressed_count,
            report->verification->seconds);
}

static void write_junit(const struct report *report, FILE *out, bool color) {
    (void)color;
    size_t runs = report->runbooks == NULL ? 0 : report->runbooks->outcomes.count;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"enimc verify\"", out);
    put_counts(report, out);
    put("  <testsuite name=\"", report->path, "\"", out);
    put_counts(report, out);
    for (size_t i = 0; i < report->verification->outcomes.count; i++)
        put_step(report, &report->verification->outcomes.at[i], out);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].observation != NULL || report->findings.at[i].loss != NULL)
            put_further(report, &report->findings.at[i], out);
    for (size_t i = 0; i < report->verification->losses.count; i++) {
        const struct step_loss *loss = &report->verification->losses.at[i];
        if (loss->verdict != STEP_UNKNOWN)
            continue;
        put_case(report, NULL, step_words(loss->step), loss->reason, out);
        fputs("</testcase>\n", out);
    }
    if (report_is_partial(report)) {
        put_case(report, NULL, "the input is whole", report->gap, out);
        fputs("</testcase>\n", out);
    }
    for (size_t i = 0; i < runs; i++)
        put_process(report, &report->runbooks->outcomes.at[i], out);
    if (report->notes.count + report->remarks.count > 0) {
        fputs("    <system-out>", out);
        for (size_t i = 0; i < report->notes.count; i++)
            put("note: ", report->notes.at[i], "\n", out);
        for (size_t i = 0; i < report->remarks.count; i++)
            put("suppressions: ", report->remarks.at[i], "\n", out);
        fputs("</system-out>\n", out);
    }
    fputs("  </testsuite>\n</testsuites>\n", out);
}

const struct report_format as_junit = {"junit", "JUnit XML, a test case for each step", write_junit};
