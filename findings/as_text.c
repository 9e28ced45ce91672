/* For somebody who knows Terraform: what fails, with which answer, after which log, and what repairs it. */
#include <inttypes.h>

#include "findings/report_format.h"
#include "findings/suppress.h"

struct ink {
    const char *error, *warning, *good, *dim, *end;
};

static void put(const char *before, const char *text, const char *behind, FILE *out) {
    fputs(before, out);
    escape_text(text, out);
    fputs(behind, out);
}

/* A number with its digits in groups of three. */
static void put_number(uint64_t number, FILE *out) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < length; i++)
        fprintf(out, "%s%c", i > 0 && (length - i) % 3 == 0 ? " " : "", digits[i]);
}

static void put_finding(const struct finding *finding, const struct ink *ink, FILE *out) {
    const struct step_outcome *outcome = finding->outcome;
    const struct check *check = finding->code != NULL ? outcome->failure.check : NULL;
    fprintf(out, "\n%s%s%s: ", finding->severity == SEVERITY_ERROR ? ink->error : ink->warning,
            step_verdict_text(outcome->verdict), ink->end);
    put("", step_words(outcome->step), "\n", out);
    fprintf(out, "  %s %s: ", severity_text(finding->severity), finding->page->id);
    put("", finding->page->title, "\n", out);
    if (finding->place.line > 0) {
        put("  at ", finding->place.path, "", out);
        fprintf(out, ":%u:%u\n", finding->place.line, finding->place.column);
    }
    if (check != NULL) {
        put("  ", finding->operation, " answers ", out);
        put("", finding->code, "", out);
        put(" (", finding->rule, ", confidence ", out);
        fprintf(out, "%s)\n", finding->confidence != NULL ? finding->confidence : "not given");
        if (check->origin.about != NULL)
            put("  ", check->origin.about, "\n", out);
    } else {
        fputs("  everything comes to a stop before it is done\n", out);
    }
    fputs("  the shortest failing run:\n", out);
    for (size_t i = 0; i < finding->log_count; i++) {
        fprintf(out, "  %6zu ", i + 1);
        put("", finding->log[i].text, "\n", out);
    }
    for (size_t i = 0; i < finding->repair_count; i++) {
        fprintf(out, "  %srepair%s: ", ink->good, ink->end);
        put("", finding->repairs[i], "\n", out);
    }
    if (outcome->reason != NULL)
        put("  ", outcome->reason, "\n", out);
    if (finding->repair_count == 0) {
        fputs("  no further order of steps that was tried repairs it\n", out);
        put("  advice: ", finding->page->repair, "\n", out);
    }
    if (check != NULL && check->origin.source != NULL)
        put("  source: ", check->origin.source, "\n", out);
    fprintf(out, "  %smore: enimc explain %s%s\n", ink->dim, finding->page->id, ink->end);
}

static void put_suppressed(const struct report *report, FILE *out) {
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.at[i];
        if (finding->suppressed == NULL)
            continue;
        put("suppressed: ", finding->page->id, " ", out);
        put("", step_words(finding->outcome->step), "", out);
        put(": ", finding->suppressed->reason, "", out);
        put(" (", finding->suppressed->path, "", out);
        fprintf(out, ":%u)\n", finding->suppressed->line);
    }
}

static void write_text(const struct report *report, FILE *out, bool color) {
    static const struct ink none = {"", "", "", "", ""},
                            colors = {"\033[1;31m", "\033[1;33m", "\033[1;32m", "\033[2m", "\033[0m"};
    const struct ink *ink = color ? &colors : &none;
    const struct verification *verification = report->verification;
    put("", report->path, "", out);
    fprintf(out, ": %zu steps: %zu work in every schedule, %zu fail in some, %zu in every, %zu unknown (",
            verification->outcomes.count, report->counts[STEP_SUCCEEDS], report->counts[STEP_FAILS_SOME],
            report->counts[STEP_FAILS_EVERY], report->counts[STEP_UNKNOWN]);
    put_number(report->states, out);
    fputs(" states)\n", out);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].suppressed == NULL)
            put_finding(&report->findings.at[i], ink, out);
    for (size_t i = 0; i < verification->outcomes.count; i++)
        if (verification->outcomes.at[i].verdict == STEP_UNKNOWN) {
            put("\nunknown: ", step_words(verification->outcomes.at[i].step), "\n", out);
            put("  ", verification->outcomes.at[i].reason, "\n", out);
        }
    if (report->suppressed_count > 0)
        fputc('\n', out);
    put_suppressed(report, out);
    if (report->counts[STEP_SUCCEEDS] == verification->outcomes.count && verification->undecided == NULL)
        fprintf(out, "%sproved%s: every schedule ends without an error%s\n", ink->good, ink->end,
                report->notes.count > 0 ? ", unless a note says otherwise" : "");
    for (size_t i = 0; i < report->notes.count; i++)
        put("note: ", report->notes.at[i], "\n", out);
    for (size_t i = 0; i < report->remarks.count; i++)
        put("suppressions: ", report->remarks.at[i], "\n", out);
}

const struct report_format as_text = {"text", "for people", write_text};
