#include "findings/report.h"

#include <string.h>

#include "base/sha256.h"
#include "findings/classify.h"

const char *step_verdict_text(enum step_verdict verdict) {
    static const char *const texts[] = {"works", "fails in some schedules", "fails in every schedule", "unknown"};
    return texts[verdict];
}

const char *step_verdict_code(enum step_verdict verdict) {
    static const char *const codes[] = {"holds", "some", "every", "unknown"};
    return codes[verdict];
}

const char *step_words(const struct plan_step *step) { return step->about != NULL ? step->about : step->name; }

static const struct plan_step *find_step(const struct report *report, const char *name, size_t length) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    for (size_t i = 0; i < rulebook->plan.count; i++)
        if (strncmp(rulebook->plan.at[i]->name, name, length) == 0 && rulebook->plan.at[i]->name[length] == '\0')
            return rulebook->plan.at[i];
    return NULL;
}

/* ---- the run as an apply log ---- */

/* Is this choice ("instance: i") just the name of what the call makes? */
static bool is_new_object(const struct action *action, const char *choice) {
    for (size_t i = 0; i < action->choices.count; i++) {
        const char *name = action->choices.at[i]->name;
        if (action->choices.at[i]->mode == BINDING_NEW && strncmp(choice, name, strlen(name)) == 0 &&
            choice[strlen(name)] == ':')
            return true;
    }
    return false;
}

/* What the service chose, from "call(... | instance: i, private_ip: none)", without what it left out. */
static const char *chosen(struct report *report, const struct action *action, const char *call) {
    const char *at = strstr(call, " | "), *text = "";
    if (at == NULL)
        return text;
    for (at += 3; *at != '\0' && *at != ')';) {
        size_t length = 0, depth = 0; /* a set has commas, too */
        while (at[length] != '\0' && (depth > 0 || (at[length] != ')' && strncmp(at + length, ", ", 2) != 0))) {
            depth += at[length] == '{';
            depth -= at[length] == '}' && depth > 0;
            length++;
        }
        bool is_none = length >= 6 && strncmp(at + length - 6, ": none", 6) == 0;
        if (!is_none && !is_new_object(action, at))
            text = arena_format(&report->arena, "%s%s%.*s", text, *text != '\0' ? ", " : "", (int)length, at);
        at += length;
        at += *at == ',' ? 2 : 0;
    }
    return *text == '\0' ? "" : arena_format(&report->arena, "; the service chooses %s", text);
}

/* "step: Call(arguments | choices)", "* event(arguments)", "* step_done()" */
static struct log_line log_call(struct report *report, const char *call) {
    size_t length = strcspn(call, ":");
    const struct plan_step *step = strncmp(call, "* ", 2) != 0 ? find_step(report, call, length) : NULL;
    if (step != NULL)
        return (struct log_line){step, arena_format(&report->arena, "%s: %s%s", step_words(step),
                                                    step->action->base->name, chosen(report, step->action, call))};
    length = strlen(call);
    if (strncmp(call, "* ", 2) == 0 && length > 9 && strcmp(call + length - 7, "_done()") == 0)
        step = find_step(report, call + 2, length - 9);
    if (step != NULL)
        return (struct log_line){step, arena_format(&report->arena, "%s: done", step_words(step))};
    return (struct log_line){NULL, call};
}

static void make_log(struct report *report, struct finding *finding) {
    const struct step_outcome *outcome = finding->outcome;
    finding->log = arena_alloc(&report->arena, (outcome->call_count + 1) * sizeof *finding->log);
    for (size_t i = 0; i < outcome->call_count; i++)
        finding->log[finding->log_count++] = log_call(report, outcome->calls[i]);
    const char *words = step_words(outcome->step);
    finding->log[finding->log_count++] = (struct log_line){
        outcome->step, finding->code != NULL
                           ? arena_format(&report->arena, "%s: %s fails: %s", words, finding->operation, finding->code)
                           : arena_format(&report->arena, "%s: waits for ever", words)};
}

/* ---- findings ---- */

static void make_repairs(struct report *report, struct finding *finding) {
    const struct step_outcome *outcome = finding->outcome;
    finding->repairs = arena_alloc(&report->arena, (outcome->repairs.count + 1) * sizeof *finding->repairs);
    for (size_t i = 0; i < outcome->repairs.count; i++) {
        const struct step_repair *repair = &outcome->repairs.at[i];
        if (finding->page->contention && classify_moves(report->verification, outcome, repair))
            continue;
        finding->repairs[finding->repair_count++] = repair->text;
    }
}

struct place report_place(const struct report *report, const struct plan_step *step) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    if (step->at_path != NULL)
        return (struct place){step->at_path, step->at_line, step->at_column};
    if (report->is_import)
        return (struct place){report->path, 0, 0};
    return (struct place){rulebook->files.at[step->span.file], step->span.line, step->span.column};
}

/* Neither place nor order nor anything of the run: what stays when lines and steps are moved. */
static void make_fingerprint(const struct report *report, struct finding *finding) {
    const char *parts[] = {finding->page->id, finding->resource != NULL ? finding->resource : "",
                           step_words(finding->outcome->step), finding->operation != NULL ? finding->operation : "",
                           finding->code != NULL ? finding->code : ""};
    uint32_t twins = 0;
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *other = &report->findings.at[i];
        twins += other->page == finding->page && other->code == finding->code &&
                 other->operation == finding->operation &&
                 strcmp(step_words(other->outcome->step), step_words(finding->outcome->step)) == 0;
    }
    struct sha256 hash;
    char hex[65];
    sha256_init(&hash);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        sha256_add(&hash, parts[i], strlen(parts[i]) + 1); /* with the NUL: no two lists of parts run together */
    sha256_add(&hash, &(uint8_t){(uint8_t)twins}, 1);
    sha256_end(&hash, hex);
    memcpy(finding->fingerprint, hex, sizeof finding->fingerprint - 1);
    finding->fingerprint[sizeof finding->fingerprint - 1] = '\0';
}

static void add_finding(struct report *report, const struct step_outcome *outcome) {
    const struct check *check = outcome->failure.step != NULL ? outcome->failure.check : NULL;
    struct finding finding = {.outcome = outcome, .resource = outcome->step->resource};
    finding.operation = outcome->step->action->base->name;
    finding.page = classify(report->catalogue, report->verification, outcome);
    finding.severity = finding.page->severity;
    if (check != NULL) {
        finding.code = check->codes[0];
        finding.rule = check->origin.id;
        finding.confidence = confidence_text(check->origin.confidence);
        if (check->origin.confidence == CONFIDENCE_LOW)
            finding.severity = SEVERITY_WARNING;
    }
    finding.message = arena_format(
        &report->arena, "%s %s: %s%s%s (%s)", step_words(outcome->step), step_verdict_text(outcome->verdict),
        finding.code != NULL ? finding.operation : "everything comes to a stop before it is done",
        finding.code != NULL ? " answers " : "", finding.code != NULL ? finding.code : "", finding.page->title);
    finding.place = report_place(report, outcome->step);
    make_log(report, &finding);
    make_repairs(report, &finding);
    make_fingerprint(report, &finding);
    vec_push(&report->findings, finding);
}

void report_make(struct report *report) {
    const struct verification *verification = report->verification;
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        const struct step_outcome *outcome = &verification->outcomes.at[i];
        report->counts[outcome->verdict]++;
        report->states += outcome->states;
        if (outcome->verdict == STEP_FAILS_SOME || outcome->verdict == STEP_FAILS_EVERY)
            add_finding(report, outcome);
    }
    if (verification->undecided != NULL)
        vec_push(&report->notes,
                 arena_format(&report->arena, "unknown: whether the rulebook has a meaning in every schedule: %s",
                              verification->undecided));
    for (size_t i = 0; i < report->findings.count; i++)
        if (report->findings.at[i].severity == SEVERITY_ERROR)
            report->error_count++;
        else
            report->warning_count++;
}

void report_clear(struct report *report) {
    vec_free(&report->notes);
    vec_free(&report->findings);
    vec_free(&report->remarks);
    arena_clear(&report->arena);
}
