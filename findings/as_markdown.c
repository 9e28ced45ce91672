/* A summary for a pull request. */
#include "findings/report_format.h"
#include "findings/suppress.h"

static void put(const char *before, const char *text, const char *behind, FILE *out) {
    fputs(before, out);
    escape_markdown(text, out);
    fputs(behind, out);
}

static void put_row(const struct finding *finding, FILE *out) {
    put("| ", finding->page->id, " | ", out);
    put("", severity_text(finding->severity), " | ", out);
    put("", finding->words, " | ", out);
    put("", finding->operation != NULL ? finding->operation : "-", " | ", out);
    put("", finding->code != NULL ? finding->code : "-", " | ", out);
    put("", finding->verdict_words, " |\n", out);
}

static void put_finding(const struct finding *finding, FILE *out) {
    put("\n### ", finding->page->id, ": ", out);
    put("", finding->page->title, "\n\n", out);
    put("", finding->words, finding->observation != NULL ? ": " : " ", out);
    put("", finding->observation != NULL ? finding->observation->text : finding->verdict_words, ". ", out);
    if (finding->doubt != NULL)
        put("(", finding->doubt, ".) ", out);
    put("", finding->page->why, "\n\n", out);
    for (size_t i = 0; i < finding->log_count; i++) {
        fprintf(out, "%zu. ", i + 1);
        put("", finding->log[i].text, "\n", out);
    }
    for (size_t i = 0; i < finding->repair_count; i++) {
        put("\n**Repair:** ", finding->repairs[i], finding->hints[i] == NULL ? "\n" : "", out);
        if (finding->hints[i] != NULL)
            put(" (", finding->hints[i], ")\n", out);
    }
    if (finding->repair_count == 0)
        put("\n**Advice:** ", finding->advice, "\n", out);
}

static void write_markdown(const struct report *report, FILE *out, bool color) {
    (void)color;
    size_t open = report->error_count + report->warning_count;
    put("## enimc verify: ", report->path, "\n\n", out);
    if (report->verification->outcomes.count > 0 || report->runbooks == NULL || report->runbooks->outcomes.count == 0)
        fprintf(out, "%zu step%s: %zu work in every schedule, %zu fail in some, %zu in every, %zu unknown. ",
                report->step_count, report->step_count == 1 ? "" : "s", report->counts[STEP_SUCCEEDS],
                report->counts[STEP_FAILS_SOME], report->counts[STEP_FAILS_EVERY], report->counts[STEP_UNKNOWN]);
    fprintf(out, "%zu error%s, %zu warning%s, %zu suppressed.\n", report->error_count,
            report->error_count == 1 ? "" : "s", report->warning_count, report->warning_count == 1 ? "" : "s",
            report->suppressed_count);
    if (report_is_partial(report))
        put("\n**Not proved:** ", report->gap, ", so steps may be missing.\n", out);
    else if (report->counts[STEP_SUCCEEDS] == report->step_count && report->verification->outcomes.count > 0 &&
             report->verification->losses.count == 0)
        fprintf(out, "\n**Proved:** every schedule ends without an error%s.\n",
                report->notes.count > 0 ? ", unless a note says otherwise" : "");
    if (open > 0)
        fputs("\n| finding | severity | step | call | answer | verdict |\n| --- | --- | --- | --- | --- | --- |\n",
              out);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].suppressed == NULL)
            put_row(&report->findings.at[i], out);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].suppressed == NULL)
            put_finding(&report->findings.at[i], out);
    fputc('\n', out);
    for (size_t i = 0; i < report->verification->outcomes.count; i++) {
        const struct step_outcome *outcome = &report->verification->outcomes.at[i];
        if (outcome->verdict != STEP_UNKNOWN)
            continue;
        put("- unknown: ", step_words(outcome->step), "", out);
        put(": ", outcome->reason, "\n", out);
    }
    for (size_t i = 0; i < report->verification->losses.count; i++) {
        const struct step_loss *loss = &report->verification->losses.at[i];
        if (loss->verdict != STEP_UNKNOWN)
            continue;
        put("- unknown: ", step_words(loss->step), "", out);
        put(": ", loss->reason, "\n", out);
    }
    for (size_t i = 0; report->runbooks != NULL && i < report->runbooks->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &report->runbooks->outcomes.at[i];
        put(outcome->verdict == RUNBOOK_UNKNOWN ? "- unknown: " : "- ", outcome->name, ": ", out);
        put("",
            outcome->verdict == RUNBOOK_UNKNOWN ? outcome->reason
            : outcome->verdict == RUNBOOK_WORKS ? "works in every interleaving"
                                                : "fails",
            "\n", out);
    }
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].suppressed != NULL) {
            put("- suppressed: ", report->findings.at[i].page->id, "", out);
            put(" ", report->findings.at[i].words, "", out);
            put(": ", report->findings.at[i].suppressed->reason, "\n", out);
        }
    for (size_t i = 0; i < report->notes.count; i++)
        put("- note: ", report->notes.at[i], "\n", out);
    for (size_t i = 0; i < report->remarks.count; i++)
        put("- suppressions: ", report->remarks.at[i], "\n", out);
}

const struct report_format as_markdown = {"markdown", "a summary for a pull request", write_markdown};
