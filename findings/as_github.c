/* Workflow commands, which GitHub Actions shows as annotations of the changed files. */
#include "findings/report_format.h"

static void put_finding(const struct report *report, const struct finding *finding, struct arena *arena, FILE *out) {
    const char *text = finding->message;
    for (size_t i = 0; i < finding->repair_count; i++)
        text = arena_format(arena, "%s\nrepair: %s", text, finding->repairs[i]);
    if (finding->repair_count == 0)
        text = arena_format(arena, "%s\nadvice: %s", text, finding->advice);
    for (size_t i = 0; i < finding->log_count; i++)
        text = arena_format(arena, "%s\n%zu %s", text, i + 1, finding->log[i].text);
    fprintf(out, "::%s file=", severity_text(finding->severity));
    escape_command(report_relative(report, finding->place.path), true, out);
    if (finding->place.line > 0)
        fprintf(out, ",line=%u", finding->place.line);
    fputs(",title=", out);
    escape_command(arena_format(arena, "%s %s", finding->page->id, finding->page->title), true, out);
    fputs("::", out);
    escape_command(text, false, out);
    fputc('\n', out);
}

static void put_notice(const char *command, const char *path, const char *text, FILE *out) {
    fprintf(out, "::%s file=", command);
    escape_command(path, true, out);
    fputs("::", out);
    escape_command(text, false, out);
    fputc('\n', out);
}

static void write_github(const struct report *report, FILE *out, bool color) {
    (void)color;
    struct arena arena = {NULL};
    const char *path = report_relative(report, report->path);
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].suppressed == NULL)
            put_finding(report, &report->findings.at[i], &arena, out);
    for (size_t i = 0; i < report->verification->outcomes.count; i++) {
        const struct step_outcome *outcome = &report->verification->outcomes.at[i];
        if (outcome->verdict == STEP_UNKNOWN)
            put_notice("warning", path,
                       arena_format(&arena, "unknown: %s: %s", step_words(outcome->step), outcome->reason), out);
    }
    for (size_t i = 0; i < report->verification->losses.count; i++) {
        const struct step_loss *loss = &report->verification->losses.at[i];
        if (loss->verdict == STEP_UNKNOWN)
            put_notice("warning", path, arena_format(&arena, "unknown: %s: %s", step_words(loss->step), loss->reason),
                       out);
    }
    for (size_t i = 0; report->runbooks != NULL && i < report->runbooks->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &report->runbooks->outcomes.at[i];
        if (outcome->verdict == RUNBOOK_UNKNOWN)
            put_notice("warning", path, arena_format(&arena, "unknown: %s: %s", outcome->name, outcome->reason), out);
    }
    if (report_is_partial(report))
        put_notice("warning", path, arena_format(&arena, "not proved: %s, so steps may be missing", report->gap), out);
    for (size_t i = 0; i < report->notes.count; i++)
        put_notice("notice", path, report->notes.at[i], out);
    for (size_t i = 0; i < report->remarks.count; i++)
        put_notice("notice", path, report->remarks.at[i], out);
    arena_clear(&arena);
}

const struct report_format as_github = {"github", "annotations of GitHub Actions", write_github};
