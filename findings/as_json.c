/* One object for programs.  Steps as they were decided, findings as they are called. */
#include "base/jtree.h"
#include "findings/report_format.h"
#include "findings/suppress.h"

static struct jtree *step_json(const struct step_outcome *outcome) {
    struct jtree *object = jtree_object(), *trace = jtree_list(), *repairs = jtree_list();
    const struct check *check = outcome->failure.check;
    for (size_t i = 0; i < outcome->call_count; i++)
        jtree_add(trace, jtree_text(outcome->calls[i]));
    for (size_t i = 0; i < outcome->repairs.count; i++) {
        struct jtree *repair = jtree_object(), *after = jtree_list(), *before = jtree_list();
        for (size_t k = 0; k < outcome->repairs.at[i].count; k++)
            jtree_add(after, jtree_text(outcome->repairs.at[i].after[k]->name));
        jtree_put(repair, "step", jtree_text(outcome->repairs.at[i].step->name));
        jtree_put(repair, "after", after);
        for (size_t k = 0; k < outcome->repairs.at[i].before_count; k++)
            jtree_add(before, jtree_text(outcome->repairs.at[i].before[k]->name));
        jtree_put(repair, "before", before);
        jtree_put(repair, "parameter", jtree_text(outcome->repairs.at[i].parameter));
        jtree_put(repair, "value", jtree_text(outcome->repairs.at[i].value));
        jtree_put(repair, "retry", jtree_text(outcome->repairs.at[i].retry));
        jtree_put(repair, "text", jtree_text(outcome->repairs.at[i].text));
        jtree_add(repairs, repair);
    }
    jtree_put(object, "step", jtree_text(outcome->step->name));
    jtree_put(object, "about", jtree_text(outcome->step->about));
    jtree_put(object, "resource", jtree_text(outcome->step->resource));
    jtree_put(object, "operation", jtree_text(outcome->step->action->base->name));
    jtree_put(object, "verdict", jtree_text(step_verdict_code(outcome->verdict)));
    jtree_put(object, "code", jtree_text(check != NULL ? check->codes[0] : NULL));
    jtree_put(object, "rule", jtree_text(check != NULL ? check->origin.id : NULL));
    jtree_put(object, "confidence", jtree_text(check != NULL ? confidence_text(check->origin.confidence) : NULL));
    jtree_put(object, "source", jtree_text(check != NULL ? check->origin.source : NULL));
    jtree_put(object, "trace", trace);
    jtree_put(object, "repairs", repairs);
    jtree_put(object, "reason", jtree_text(outcome->reason));
    jtree_put(object, "states", jtree_number((int64_t)outcome->states));
    return object;
}

static struct jtree *suppression_json(const struct suppression *suppression) {
    if (suppression == NULL)
        return jtree_null();
    struct jtree *object = jtree_object();
    jtree_put(object, "reason", jtree_text(suppression->reason));
    jtree_put(object, "until", jtree_text(suppression->until));
    jtree_put(object, "file", jtree_text(suppression->path));
    jtree_put(object, "line", jtree_number(suppression->line));
    return object;
}

static struct jtree *finding_json(const struct finding *finding) {
    struct jtree *codes = jtree_list(), *object = jtree_object(), *location = jtree_object(), *trace = jtree_list(),
                 *repairs = jtree_list();
    bool has_line = finding->place.line > 0;
    jtree_put(location, "file", jtree_text(finding->place.path));
    jtree_put(location, "line", has_line ? jtree_number(finding->place.line) : jtree_null());
    jtree_put(location, "column", has_line ? jtree_number(finding->place.column) : jtree_null());
    for (size_t i = 0; i < finding->log_count; i++)
        jtree_add(trace, jtree_text(finding->log[i].text));
    for (size_t i = 0; i < finding->repair_count; i++)
        jtree_add(repairs, jtree_text(finding->repairs[i]));
    jtree_put(object, "id", jtree_text(finding->page->id));
    jtree_put(object, "title", jtree_text(finding->page->title));
    jtree_put(object, "severity", jtree_text(severity_text(finding->severity)));
    jtree_put(object, "confidence", jtree_text(finding->confidence));
    jtree_put(object, "message", jtree_text(finding->message));
    jtree_put(object, "resource", jtree_text(finding->resource));
    jtree_put(object, "step", jtree_text(finding->name));
    jtree_put(object, "location", location);
    jtree_put(object, "operation", jtree_text(finding->operation));
    jtree_put(object, "code", jtree_text(finding->code));
    for (size_t i = 0; i < finding->other_code_count; i++)
        jtree_add(codes, jtree_text(finding->other_codes[i]));
    jtree_put(object, "other_codes", codes);
    jtree_put(object, "rule", jtree_text(finding->rule));
    jtree_put(object, "retried", jtree_bool(finding->is_retried));
    jtree_put(object, "verdict", jtree_text(finding->observation == NULL ? step_verdict_code(finding->verdict) : NULL));
    jtree_put(object, "doubt", jtree_text(finding->doubt));
    jtree_put(object, "reason", jtree_text(finding->reason));
    jtree_put(object, "trace", trace);
    jtree_put(object, "repairs", repairs);
    jtree_put(object, "advice", jtree_text(finding->advice));
    jtree_put(object, "fingerprint", jtree_text(finding->fingerprint));
    jtree_put(object, "suppressed", suppression_json(finding->suppressed));
    return object;
}

static struct jtree *process_json(const struct runbook_outcome *outcome) {
    static const char *const codes[] = {"holds", "some", "every", "unknown"};
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

static struct jtree *processes_json(const struct runbook_verification *verification) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; verification != NULL && i < verification->outcomes.count; i++)
        jtree_add(list, process_json(&verification->outcomes.at[i]));
    return list;
}

static void write_json(const struct report *report, FILE *out, bool color) {
    (void)color;
    struct jtree *object = jtree_object(), *steps = jtree_list(), *spec = jtree_object(), *notes = jtree_list(),
                 *findings = jtree_list(), *remarks = jtree_list();
    for (size_t i = 0; i < report->notes.count; i++)
        jtree_add(notes, jtree_text(report->notes.at[i]));
    for (size_t i = 0; i < report->remarks.count; i++)
        jtree_add(remarks, jtree_text(report->remarks.at[i]));
    for (size_t i = 0; i < report->verification->outcomes.count; i++)
        jtree_add(steps, step_json(&report->verification->outcomes.at[i]));
    for (size_t i = 0; i < report->findings.count; i++)
        jtree_add(findings, finding_json(&report->findings.at[i]));
    jtree_put(spec, "path", jtree_text(report->path));
    jtree_put(spec, "sha256", jtree_text(report->sha256));
    jtree_put(object, "tool", jtree_text("enimc"));
    jtree_put(object, "version", jtree_text(report->version));
    jtree_put(object, "command", jtree_text("verify"));
    jtree_put(object, "spec", spec);
    jtree_put(object, "steps", steps);
    jtree_put(object, "processes", processes_json(report->runbooks));
    jtree_put(object, "findings", findings);
    jtree_put(object, "gap", jtree_text(report->gap));
    jtree_put(object, "notes", notes);
    jtree_put(object, "suppressions", remarks);
    jtree_put(object, "seconds", jtree_real(report->verification->seconds));
    jtree_write(object, out, 1);
    jtree_free(object);
}

const struct report_format as_json = {"json", "one object", write_json};
