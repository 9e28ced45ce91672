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

static void put_cause(const struct finding *finding, FILE *out) {
    const struct check *check = finding->check;
    if (finding->process != NULL && finding->process->about != NULL)
        put("  ", finding->process->about, "\n", out);
    if (check != NULL) {
        put("  ", finding->label != NULL ? finding->label : "", finding->label != NULL ? ": " : "", out);
        put("", finding->operation, finding->is_failure ? " ends with " : " answers ", out);
        put("", finding->code, finding->is_retried ? " until the tool gives up" : "", out);
        if (finding->rule != NULL) {
            put(" (", finding->rule, ", confidence ", out);
            fprintf(out, "%s)", finding->confidence != NULL ? finding->confidence : "not given");
        }
        fputc('\n', out);
        for (size_t i = 0; i < finding->other_code_count; i++)
            put(i == 0 ? "  or " : ", ", finding->other_codes[i], "", out);
        if (finding->other_code_count > 0)
            fputs(" (which of them is not known)\n", out);
        if (finding->rule != NULL && check->origin.about != NULL)
            put("  ", check->origin.about, "\n", out);
    } else if (finding->label != NULL) {
        put("  it gives up at '", finding->label, "'\n", out);
    } else if (finding->process != NULL) {
        put(finding->process->process != NULL ? "  it does not come to its end: " : "  ", finding->reason, "\n", out);
    } else {
        put("  ", finding->stop, "\n", out);
    }
}

static void put_finding(const struct finding *finding, const struct ink *ink, FILE *out) {
    fprintf(out, "\n%s%s%s: ", finding->severity == SEVERITY_ERROR ? ink->error : ink->warning, finding->verdict_words,
            ink->end);
    put("", finding->words, "\n", out);
    fprintf(out, "  %s %s: ", severity_text(finding->severity), finding->page->id);
    put("", finding->page->title, "\n", out);
    if (finding->place.line > 0) {
        put("  at ", finding->place.path, "", out);
        fprintf(out, ":%u:%u\n", finding->place.line, finding->place.column);
    }
    if (finding->observation != NULL) {
        put("  ", finding->observation->text, "\n", out);
        put("  advice: ", finding->advice, "\n", out);
        fprintf(out, "  %smore: enimc explain %s%s\n", ink->dim, finding->page->id, ink->end);
        return;
    }
    put_cause(finding, out);
    if (finding->doubt != NULL)
        put("  ", finding->doubt, "\n", out);
    bool is_shortest = finding->process == NULL || finding->label != NULL;
    is_shortest = is_shortest && (finding->outcome == NULL || !finding->outcome->is_longer);
    fprintf(out, "  %s %srun:\n", is_shortest ? "the shortest" : "a", finding->loss != NULL ? "" : "failing ");
    if (finding->log_count == 0)
        fprintf(out, "  %6s from the beginning\n", "");
    for (size_t i = 0, number = 0; i < finding->log_count; i++) {
        if (finding->log[i].is_mark)
            fprintf(out, "  %6s ", "");
        else
            fprintf(out, "  %6zu ", ++number);
        put("", finding->log[i].text, "\n", out);
    }
    for (size_t i = 0; i < finding->repair_count; i++) {
        fprintf(out, "  %srepair%s: ", ink->good, ink->end);
        put("", finding->repairs[i], "\n", out);
        if (finding->hints[i] != NULL)
            put("          ", finding->hints[i], "\n", out);
    }
    if (finding->reason != NULL && (finding->process == NULL || finding->label != NULL))
        put("  ", finding->reason, "\n", out);
    if (finding->repair_count == 0) {
        if (finding->outcome != NULL)
            fputs("  no further order of steps that was tried repairs it\n", out);
        put("  advice: ", finding->advice, "\n", out);
    }
    if (finding->rule != NULL && finding->check->origin.source != NULL)
        put("  source: ", finding->check->origin.source, "\n", out);
    fprintf(out, "  %smore: enimc explain %s%s\n", ink->dim, finding->page->id, ink->end);
}

static void put_suppressed(const struct report *report, FILE *out) {
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.at[i];
        if (finding->suppressed == NULL)
            continue;
        put("suppressed: ", finding->page->id, " ", out);
        put("", finding->words, "", out);
        put(": ", finding->suppressed->reason, "", out);
        put(" (", finding->suppressed->path, "", out);
        fprintf(out, ":%u)\n", finding->suppressed->line);
    }
}

static void put_counts(const struct report *report, FILE *out) {
    put("", report->path, "", out);
    fprintf(out, ": %zu step%s: %zu work in every schedule, %zu fail in some, %zu in every, %zu unknown (",
            report->step_count, report->step_count == 1 ? "" : "s", report->counts[STEP_SUCCEEDS],
            report->counts[STEP_FAILS_SOME], report->counts[STEP_FAILS_EVERY], report->counts[STEP_UNKNOWN]);
    put_number(report->states, out);
    fputs(" states)\n", out);
}

static void put_runs(const struct report *report, FILE *out) {
    size_t counts[2][4] = {{0}};
    uint64_t states = 0;
    for (size_t i = 0; i < report->runbooks->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &report->runbooks->outcomes.at[i];
        counts[outcome->process == NULL][outcome->verdict]++;
        states += outcome->states;
    }
    const size_t *runs = counts[0], *kept = counts[1];
    put("", report->path, "", out);
    fprintf(out,
            ": processes: %zu work in every interleaving, %zu fail in some, %zu in every, %zu unknown; promises: %zu "
            "hold, %zu do not, %zu unknown (",
            runs[RUNBOOK_WORKS], runs[RUNBOOK_FAILS_SOME], runs[RUNBOOK_FAILS_EVERY], runs[RUNBOOK_UNKNOWN],
            kept[RUNBOOK_WORKS], kept[RUNBOOK_FAILS_SOME], kept[RUNBOOK_UNKNOWN]);
    put_number(states, out);
    fputs(" states)\n", out);
}

/* What is proved, of a plan and of processes; a plan without steps proves nothing. */
static void put_proof(const struct report *report, bool has_plan, const struct ink *ink, FILE *out) {
    const char *unless = report->notes.count > 0 ? ", unless a note says otherwise" : "";
    size_t steps = report->step_count, works = 0;
    size_t runs = report->runbooks != NULL ? report->runbooks->outcomes.count : 0;
    if (has_plan && steps == 0)
        fputs("nothing to prove: no step of this input makes, changes or removes anything that enimc knows\n", out);
    else if (has_plan && report->counts[STEP_SUCCEEDS] == steps && report_is_partial(report))
        put("not proved: every schedule of these steps ends without an error, unless more is to be done: ", report->gap,
            "\n", out);
    else if (has_plan && report->counts[STEP_SUCCEEDS] == steps && report->verification->undecided == NULL &&
             report->verification->losses.count == 0)
        fprintf(out, "%sproved%s: every schedule ends without an error%s\n", ink->good, ink->end, unless);
    for (size_t i = 0; i < runs; i++)
        works += report->runbooks->outcomes.at[i].verdict == RUNBOOK_WORKS;
    if (runs > 0 && works == runs)
        fprintf(out, "%sproved%s: in every interleaving each process comes to its end and each promise is kept%s\n",
                ink->good, ink->end, unless);
}

/* What the findings mean together: is there an apply that works?  Those that may be none aside. */
static void put_outlook(const struct report *report, FILE *out) {
    size_t always = 0, contended = 0;
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.at[i];
        if (finding->outcome == NULL || finding->severity != SEVERITY_ERROR || finding->suppressed != NULL)
            continue;
        always += finding->verdict == STEP_FAILS_EVERY;
        contended +=
            finding->verdict == STEP_FAILS_SOME && finding->page->contention && finding->page->when == WHEN_EVERY;
    }
    if (always > 0)
        fputs("no schedule ends without an error\n", out);
    else if (contended > 0)
        fputs("no order of the steps that was tried lets all of them succeed: who comes last fails\n", out);
}

static void write_text(const struct report *report, FILE *out, bool color) {
    static const struct ink none = {"", "", "", "", ""},
                            colors = {"\033[1;31m", "\033[1;33m", "\033[1;32m", "\033[2m", "\033[0m"};
    const struct ink *ink = color ? &colors : &none;
    const struct verification *verification = report->verification;
    bool has_plan =
        verification->outcomes.count > 0 || report->runbooks == NULL || report->runbooks->outcomes.count == 0;
    if (has_plan)
        put_counts(report, out);
    if (report->runbooks != NULL && report->runbooks->outcomes.count > 0)
        put_runs(report, out);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].suppressed == NULL)
            put_finding(&report->findings.at[i], ink, out);
    for (size_t i = 0; i < verification->outcomes.count; i++)
        if (verification->outcomes.at[i].verdict == STEP_UNKNOWN) {
            put("\nunknown: ", step_words(verification->outcomes.at[i].step), "\n", out);
            put("  ", verification->outcomes.at[i].reason, "\n", out);
        }
    for (size_t i = 0; i < verification->losses.count; i++)
        if (verification->losses.at[i].verdict == STEP_UNKNOWN) {
            put("\nunknown: ", step_words(verification->losses.at[i].step), "\n", out);
            put("  ", verification->losses.at[i].reason, "\n", out);
        }
    for (size_t i = 0; report->runbooks != NULL && i < report->runbooks->outcomes.count; i++)
        if (report->runbooks->outcomes.at[i].verdict == RUNBOOK_UNKNOWN) {
            put("\nunknown: ", report->runbooks->outcomes.at[i].name, "\n", out);
            put("  ", report->runbooks->outcomes.at[i].reason, "\n", out);
        }
    if (report->suppressed_count > 0)
        fputc('\n', out);
    put_suppressed(report, out);
    put_proof(report, has_plan, ink, out);
    put_outlook(report, out);
    for (size_t i = 0; i < report->notes.count; i++)
        put("note: ", report->notes.at[i], "\n", out);
    for (size_t i = 0; i < report->remarks.count; i++)
        put("suppressions: ", report->remarks.at[i], "\n", out);
}

const struct report_format as_text = {"text", "for people", write_text};
