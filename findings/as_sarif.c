/* SARIF 2.1.0 (OASIS), as code scanning services read it.
 *
 * Columns are left out: SARIF counts them in characters, we in bytes.  Code scanning demands a line of every place and
 * tells results apart by primaryLocationLineHash only, so a file as a whole is its first line, and the fingerprint is
 * there under both names. */
#include <stdlib.h>

#include "base/jtree.h"
#include "findings/report_format.h"
#include "findings/suppress.h"

static struct jtree *message(const char *text) {
    struct jtree *object = jtree_object();
    jtree_put(object, "text", jtree_text(text));
    return object;
}

static const char *help_text(const struct finding_page *page, struct arena *arena) {
    return arena_format(arena, "%s\n\nWhy: %s\n\nBad:\n%s\nGood:\n%s\nRepair: %s\n", page->what, page->why, page->bad,
                        page->good, page->repair);
}

static const char *help_markdown(const struct finding_page *page, struct arena *arena) {
    return arena_format(arena, "%s\n\n%s\n\n**Bad**\n\n```\n%s```\n\n**Good**\n\n```\n%s```\n\n**Repair:** %s\n",
                        page->what, page->why, page->bad, page->good, page->repair);
}

static struct jtree *rule_json(const struct finding_page *page, struct arena *arena) {
    struct jtree *rule = jtree_object(), *help = message(help_text(page, arena)), *level = jtree_object(),
                 *properties = jtree_object(), *tags = jtree_list();
    jtree_put(rule, "id", jtree_text(page->id));
    jtree_put(rule, "shortDescription", message(page->title));
    jtree_put(rule, "fullDescription", message(page->what));
    jtree_put(help, "markdown", jtree_text(help_markdown(page, arena)));
    jtree_put(rule, "help", help);
    jtree_put(level, "level", jtree_text(severity_text(page->severity)));
    jtree_put(rule, "defaultConfiguration", level);
    jtree_add(tags, jtree_text(page->class_id));
    jtree_add(tags, jtree_text("ec2"));
    jtree_put(properties, "tags", tags);
    jtree_put(rule, "properties", properties);
    return rule;
}

static struct jtree *physical_location(const struct report *report, const struct place *place, struct arena *arena) {
    struct jtree *physical = jtree_object(), *artifact = jtree_object(), *region = jtree_object();
    jtree_put(artifact, "uri", jtree_text(escape_uri(report_relative(report, place->path), arena)));
    jtree_put(physical, "artifactLocation", artifact);
    jtree_put(region, "startLine", jtree_number(place->line > 0 ? place->line : 1));
    jtree_put(physical, "region", region);
    return physical;
}

static struct jtree *location(const struct report *report, const struct place *place, const char *resource,
                              const char *text, struct arena *arena) {
    struct jtree *object = jtree_object();
    if (place != NULL)
        jtree_put(object, "physicalLocation", physical_location(report, place, arena));
    if (resource != NULL) {
        struct jtree *logical = jtree_object(), *list = jtree_list();
        jtree_put(logical, "fullyQualifiedName", jtree_text(resource));
        jtree_put(logical, "kind", jtree_text("resource"));
        jtree_add(list, logical);
        jtree_put(object, "logicalLocations", list);
    }
    if (text != NULL)
        jtree_put(object, "message", message(text));
    return object;
}

/* The run: one thread, one location for each line of the log. */
static struct jtree *code_flows(const struct report *report, const struct finding *finding, struct arena *arena) {
    struct jtree *flows = jtree_list(), *flow = jtree_object(), *threads = jtree_list(), *thread = jtree_object(),
                 *locations = jtree_list();
    for (size_t i = 0; i < finding->log_count; i++) {
        const struct log_line *line = &finding->log[i];
        struct place place = line->step != NULL ? report_place(report, line->step) : finding->place;
        struct jtree *item = jtree_object();
        jtree_put(item, "location",
                  location(report, &place, line->step != NULL ? line->step->resource : NULL, line->text, arena));
        jtree_put(item, "executionOrder", jtree_number((int64_t)i + 1));
        jtree_add(locations, item);
    }
    jtree_put(thread, "locations", locations);
    jtree_add(threads, thread);
    jtree_put(flow, "threadFlows", threads);
    jtree_add(flows, flow);
    return flows;
}

static struct jtree *suppressions(const struct suppression *suppression) {
    struct jtree *list = jtree_list(), *object = jtree_object();
    jtree_put(object, "kind", jtree_text(suppression->is_comment ? "inSource" : "external"));
    jtree_put(object, "justification", jtree_text(suppression->reason));
    jtree_add(list, object);
    return list;
}

static struct jtree *properties(const struct finding *finding) {
    struct jtree *object = jtree_object(), *repairs = jtree_list();
    for (size_t i = 0; i < finding->repair_count; i++)
        jtree_add(repairs, jtree_text(finding->repairs[i]));
    jtree_put(object, "verdict", jtree_text(finding->observation == NULL ? step_verdict_code(finding->verdict) : NULL));
    jtree_put(object, "operation", jtree_text(finding->operation));
    jtree_put(object, "code", jtree_text(finding->code));
    jtree_put(object, "rule", jtree_text(finding->rule));
    jtree_put(object, "confidence", jtree_text(finding->confidence));
    jtree_put(object, "repairs", repairs);
    return object;
}

static struct jtree *result(const struct report *report, const struct finding *finding, size_t rule,
                            struct arena *arena) {
    struct jtree *object = jtree_object(), *locations = jtree_list(), *fingerprints = jtree_object();
    const char *text = finding->message;
    for (size_t i = 0; i < finding->repair_count; i++)
        text = arena_format(arena, "%s\nRepair: %s.", text, finding->repairs[i]);
    if (finding->repair_count == 0)
        text = arena_format(arena, "%s\nAdvice: %s", text, finding->advice);
    jtree_put(object, "ruleId", jtree_text(finding->page->id));
    jtree_put(object, "ruleIndex", jtree_number((int64_t)rule));
    jtree_put(object, "level", jtree_text(severity_text(finding->severity)));
    jtree_put(object, "message", message(text));
    jtree_add(locations, location(report, &finding->place, finding->resource, NULL, arena));
    jtree_put(object, "locations", locations);
    if (finding->log_count > 0)
        jtree_put(object, "codeFlows", code_flows(report, finding, arena));
    jtree_put(fingerprints, "enimcFinding/v1", jtree_text(finding->fingerprint));
    jtree_put(fingerprints, "primaryLocationLineHash", jtree_text(finding->fingerprint));
    jtree_put(object, "partialFingerprints", fingerprints);
    if (finding->suppressed != NULL)
        jtree_put(object, "suppressions", suppressions(finding->suppressed));
    jtree_put(object, "properties", properties(finding));
    return object;
}

static void notify(struct jtree *list, const char *level, const char *text) {
    struct jtree *object = jtree_object();
    jtree_put(object, "level", jtree_text(level));
    jtree_put(object, "message", message(text));
    jtree_add(list, object);
}

/* What is no finding, but must not be lost: notes, steps that were not decided. */
static struct jtree *invocations(const struct report *report, struct arena *arena) {
    struct jtree *list = jtree_list(), *object = jtree_object(), *notes = jtree_list();
    for (size_t i = 0; i < report->verification->outcomes.count; i++) {
        const struct step_outcome *outcome = &report->verification->outcomes.at[i];
        if (outcome->verdict == STEP_UNKNOWN)
            notify(notes, "warning",
                   arena_format(arena, "unknown: %s: %s", step_words(outcome->step), outcome->reason));
    }
    for (size_t i = 0; i < report->verification->losses.count; i++) {
        const struct step_loss *loss = &report->verification->losses.at[i];
        if (loss->verdict == STEP_UNKNOWN)
            notify(notes, "warning", arena_format(arena, "unknown: %s: %s", step_words(loss->step), loss->reason));
    }
    for (size_t i = 0; report->runbooks != NULL && i < report->runbooks->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &report->runbooks->outcomes.at[i];
        if (outcome->verdict == RUNBOOK_UNKNOWN)
            notify(notes, "warning", arena_format(arena, "unknown: %s: %s", outcome->name, outcome->reason));
    }
    if (report_is_partial(report))
        notify(notes, "warning", arena_format(arena, "not proved: %s, so steps may be missing", report->gap));
    for (size_t i = 0; i < report->notes.count; i++)
        notify(notes, "note", report->notes.at[i]);
    for (size_t i = 0; i < report->remarks.count; i++)
        notify(notes, "note", report->remarks.at[i]);
    jtree_put(object, "executionSuccessful", jtree_bool(true));
    jtree_put(object, "toolExecutionNotifications", notes);
    jtree_add(list, object);
    return list;
}

static void write_sarif(const struct report *report, FILE *out, bool color) {
    (void)color;
    struct arena arena = {NULL};
    struct jtree *log = jtree_object(), *runs = jtree_list(), *run = jtree_object(), *tool = jtree_object(),
                 *driver = jtree_object(), *rules = jtree_list(), *results = jtree_list();
    VEC(const struct finding_page *) used = {0};
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.at[i];
        size_t rule = 0;
        while (rule < used.count && used.at[rule] != finding->page)
            rule++;
        if (rule == used.count) {
            vec_push(&used, finding->page);
            jtree_add(rules, rule_json(finding->page, &arena));
        }
        jtree_add(results, result(report, finding, rule, &arena));
    }
    jtree_put(driver, "name", jtree_text("enimc"));
    jtree_put(driver, "version", jtree_text(report->version));
    jtree_put(driver, "rules", rules);
    jtree_put(tool, "driver", driver);
    jtree_put(run, "tool", tool);
    jtree_put(run, "invocations", invocations(report, &arena));
    jtree_put(run, "results", results);
    jtree_add(runs, run);
    jtree_put(log, "$schema", jtree_text("https://json.schemastore.org/sarif-2.1.0.json"));
    jtree_put(log, "version", jtree_text("2.1.0"));
    jtree_put(log, "runs", runs);
    jtree_write(log, out, 1);
    jtree_free(log);
    vec_free(&used);
    arena_clear(&arena);
}

const struct report_format as_sarif = {"sarif", "SARIF 2.1.0, for code scanning", write_sarif};
