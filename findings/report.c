#include "findings/report.h"

#include <assert.h>
#include <string.h>

#include "base/sha256.h"
#include "findings/apply_log.h"
#include "findings/classify.h"
#include "findings/hint.h"
#include "findings/stop.h"

const char *step_verdict_text(enum step_verdict verdict) {
    static const char *const texts[] = {"works", "fails in some schedules", "fails in every schedule", "unknown"};
    return texts[verdict];
}

const char *step_verdict_code(enum step_verdict verdict) {
    static const char *const codes[] = {"holds", "some", "every", "unknown"};
    return codes[verdict];
}

const char *step_words(const struct plan_step *step) { return step->about != NULL ? step->about : step->name; }

static void make_log(struct report *report, struct finding *finding) {
    const struct step_outcome *outcome = finding->outcome;
    finding->log = arena_alloc(&report->arena, (outcome->call_count + 3) * sizeof *finding->log);
    for (size_t i = 0; i < outcome->call_count; i++)
        finding->log[finding->log_count++] = log_call(report, outcome->calls[i]);
    finding->log[finding->log_count++] = (struct log_line){outcome->step, "", false};
}

/* The last line, once the failure has its code. */
static void end_log(struct report *report, struct finding *finding) {
    const char *words = step_words(finding->outcome->step), *text;
    if (finding->code == NULL)
        text = arena_format(&report->arena, "%s: waits for ever", words);
    else
        text = arena_format(&report->arena, "%s: %s %s: %s%s", words, finding->operation,
                            finding->is_failure ? "ends" : "fails", finding->code,
                            finding->is_retried ? ", again and again" : "");
    finding->log[finding->log_count - 1].text = text;
}

/* An import's actions are one call of the API each, `AssociateAddress_by_interface` with certain arguments. */
static const char *operation_of(struct report *report, const struct plan_step *step) {
    const char *name = step->action->base->name;
    return report->is_import ? arena_text(&report->arena, name, strcspn(name, "_")) : name;
}

/* ---- findings ---- */

static void make_repairs(struct report *report, struct finding *finding) {
    const struct step_outcome *outcome = finding->outcome;
    if (outcome == NULL)
        return;
    finding->repairs = arena_alloc(&report->arena, (outcome->repairs.count + 1) * sizeof *finding->repairs);
    finding->hints = arena_alloc(&report->arena, (outcome->repairs.count + 1) * sizeof *finding->hints);
    for (size_t i = 0; i < outcome->repairs.count; i++) {
        const struct step_repair *repair = &outcome->repairs.at[i];
        if (finding->page->contention && classify_moves(report->verification, outcome, repair))
            continue;
        finding->hints[finding->repair_count] = hint_text(report, repair);
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

const char *report_relative(const struct report *report, const char *path) {
    size_t length = report->folder != NULL ? strlen(report->folder) : 0;
    if (length > 0 && strncmp(path, report->folder, length) == 0 && path[length] == '/' && path[length + 1] != '\0')
        path += length + 1;
    while (strncmp(path, "./", 2) == 0 && path[2] != '\0')
        path += 2;
    return path;
}

/* Neither place nor order nor anything of the run: what stays when lines and steps are moved. */
static void make_fingerprint(const struct report *report, struct finding *finding) {
    const char *parts[] = {finding->page->id, finding->resource != NULL ? finding->resource : "", finding->words,
                           finding->operation != NULL ? finding->operation : "",
                           finding->code != NULL ? finding->code : ""};
    uint32_t twins = 0;
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *other = &report->findings.at[i];
        twins += other->page == finding->page && other->code == finding->code &&
                 other->operation == finding->operation && strcmp(other->words, finding->words) == 0;
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

/* ---- all of it ---- */

/* "A", "A or B": with what may be the answer instead. */
static const char *answer_text(struct report *report, const struct finding *finding) {
    const char *text = finding->code;
    for (size_t i = 0; i < finding->other_code_count; i++)
        text = arena_format(&report->arena, "%s or %s", text, finding->other_codes[i]);
    return text;
}

static const char *make_message(struct report *report, const struct finding *finding) {
    const char *words = finding->words, *verdict = finding->verdict_words;
    if (finding->observation != NULL)
        return arena_format(&report->arena, "%s: %s (%s)", words, finding->observation->text, finding->page->title);
    if (finding->doubt != NULL)
        return arena_format(&report->arena, "%s %s: %s answers %s, %s (%s)", words, verdict, finding->operation,
                            answer_text(report, finding), finding->doubt, finding->page->title);
    if (finding->process != NULL && finding->code == NULL)
        return arena_format(&report->arena, "%s %s (%s)", words, verdict, finding->page->title);
    if (finding->code == NULL)
        return arena_format(&report->arena, "%s %s: %s (%s)", words, verdict, finding->stop, finding->page->title);
    return arena_format(&report->arena, "%s %s: %s %s %s%s (%s)", words, verdict, finding->operation,
                        finding->is_failure ? "ends with" : "answers", answer_text(report, finding),
                        finding->is_retried ? " until the tool gives up" : "", finding->page->title);
}

/* Which check fails; of a stop, if that is why: the failure of what the call began, or the check for which the call is
 * made again and again. */
static void find_check(struct report *report, struct finding *finding) {
    const struct step_outcome *outcome = finding->outcome;
    const char *further[2] = {NULL, NULL};
    if (outcome->failure.step != NULL) {
        finding->check = outcome->failure.check;
        finding->rule = finding->check->origin.id;
    } else if (stop_is_sent(finding) || stop_waits_for(report, finding) == NULL) {
        stop_find_failure(report, finding, further);
        if (finding->check == NULL && !stop_is_sent(finding))
            stop_find_retried(finding);
    }
    for (size_t i = 0; i < ARRAY_SIZE(further) && further[i] != NULL; i++) {
        finding->log[finding->log_count] = finding->log[finding->log_count - 1];
        finding->log[finding->log_count++ - 1] = log_call(report, further[i]);
    }
}

static void add_code(struct finding *finding, const char *code) {
    bool known = strcmp(finding->code, code) == 0;
    for (size_t i = 0; i < finding->other_code_count; i++)
        known = known || strcmp(finding->other_codes[i], code) == 0;
    if (!known)
        finding->other_codes[finding->other_code_count++] = code;
}

/* Of the failing check, and of those that may come first. */
static void find_other_codes(struct report *report, struct finding *finding, const struct other_checks *others) {
    size_t most = finding->check->code_count;
    for (size_t i = 0; i < others->count; i++)
        most += others->at[i]->code_count;
    finding->other_codes = arena_alloc(&report->arena, (most + 1) * sizeof *finding->other_codes);
    for (size_t k = 0; k < finding->check->code_count; k++)
        add_code(finding, finding->check->codes[k]);
    for (size_t i = 0; i < others->count; i++)
        for (size_t k = 0; k < others->at[i]->code_count; k++)
            add_code(finding, others->at[i]->codes[k]);
}

static const char *advice(struct report *report, const struct finding_page *page) {
    const char *more = report->input == INPUT_STACK       ? page->stack
                       : report->input == INPUT_TERRAFORM ? page->terraform
                                                          : NULL;
    return more == NULL ? page->repair : arena_format(&report->arena, "%s %s", page->repair, more);
}

/* What is the same of steps and processes. */
static void push_finding(struct report *report, struct finding *finding) {
    finding->severity = finding->page->severity;
    if (finding->rule != NULL) {
        finding->confidence = confidence_text(finding->check->origin.confidence);
        if (finding->check->origin.confidence == CONFIDENCE_LOW)
            finding->severity = SEVERITY_WARNING;
    }
    if (finding->code != NULL && report->doubt != NULL)
        finding->doubt = report->doubt(report->doubt_of, finding->code, finding->resource);
    if (finding->doubt != NULL || finding->observation != NULL)
        finding->severity = SEVERITY_WARNING;
    if (finding->outcome != NULL && finding->code == NULL)
        finding->stop = stop_text(report, finding);
    finding->advice = advice(report, finding->page);
    finding->message = make_message(report, finding);
    make_repairs(report, finding);
    make_fingerprint(report, finding);
    if (finding->severity == SEVERITY_ERROR)
        report->error_count++;
    else
        report->warning_count++;
    vec_push(&report->findings, *finding);
}

static void add_finding(struct report *report, const struct step_outcome *outcome) {
    struct finding finding = {.outcome = outcome, .resource = outcome->step->resource};
    finding.name = outcome->step->name;
    finding.words = step_words(outcome->step);
    finding.verdict = outcome->verdict;
    finding.verdict_words = step_verdict_text(outcome->verdict);
    finding.reason = outcome->reason;
    finding.operation = operation_of(report, outcome->step);
    make_log(report, &finding);
    find_check(report, &finding);
    finding.page = classify(report->catalogue, report->verification, outcome, finding.check);
    if (finding.check != NULL)
        finding.code = finding.check->codes[0];
    if (finding.check != NULL)
        find_other_codes(report, &finding, &(struct other_checks){0});
    end_log(report, &finding);
    finding.place = report_place(report, outcome->step);
    push_finding(report, &finding);
}

/* Every call is accepted, and the last one takes away what the step has established. */
static void add_loss(struct report *report, const struct step_loss *loss) {
    const char *by = step_words(loss->by), *operation = operation_of(report, loss->by);
    struct finding finding = {.loss = loss, .resource = loss->step->resource, .name = loss->step->name};
    finding.words = step_words(loss->step);
    finding.verdict = loss->verdict;
    finding.verdict_words =
        loss->verdict == STEP_FAILS_EVERY ? "is undone in every schedule" : "is undone in some schedules";
    finding.operation = operation_of(report, loss->step);
    finding.page = catalogue_find(report->catalogue, WHEN_LOST, NULL, loss->step->action->base->name);
    finding.stop = arena_format(&report->arena, "no call fails, but %s takes away what it has set up", by);
    finding.log = arena_alloc(&report->arena, (loss->call_count + 1) * sizeof *finding.log);
    for (size_t i = 0; i < loss->call_count; i++)
        finding.log[finding.log_count++] = log_call(report, loss->calls[i]);
    finding.log[finding.log_count - 1].text =
        arena_format(&report->arena, "%s: %s takes away what %s has set up", by, operation, finding.words);
    finding.place = report_place(report, loss->step);
    push_finding(report, &finding);
}

static void add_losses(struct report *report) {
    const struct verification *verification = report->verification;
    for (size_t i = 0; i < verification->losses.count; i++) {
        const struct step_loss *loss = &verification->losses.at[i];
        report->states += loss->states;
        report->unknown_runs += loss->verdict == STEP_UNKNOWN;
        if (loss->verdict != STEP_UNKNOWN)
            add_loss(report, loss);
    }
}

static struct place place_of_run(const struct report *report, const struct runbook_outcome *outcome) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    struct span span = {rulebook->main_file, 0, 0, 0};
    for (size_t i = 0; outcome->process == NULL && i < rulebook->properties.count; i++)
        if (strcmp(rulebook->properties.at[i]->name, outcome->name) == 0)
            span = rulebook->properties.at[i]->origin.span;
    if (outcome->process != NULL)
        span = outcome->process->kind->span;
    return (struct place){rulebook->files.at[span.file], span.line, span.column};
}

static void make_run(struct report *report, struct finding *finding) {
    const struct runbook_outcome *outcome = finding->process;
    finding->log = arena_alloc(&report->arena, (outcome->call_count + 2) * sizeof *finding->log);
    for (size_t i = 0; i < outcome->call_count; i++) {
        if (i == outcome->turn)
            finding->log[finding->log_count++] =
                (struct log_line){NULL, arena_format(&report->arena, "-- %s --", outcome->turn_text), true};
        finding->log[finding->log_count++] = log_call(report, outcome->calls[i]);
    }
}

/* A process that fails, a promise that is not kept. */
static void add_process(struct report *report, const struct runbook_outcome *outcome) {
    static const char *const words[] = {"works", "fails in some interleavings", "fails in every interleaving",
                                        "unknown"};
    static const enum step_verdict verdicts[] = {STEP_SUCCEEDS, STEP_FAILS_SOME, STEP_FAILS_EVERY, STEP_UNKNOWN};
    struct finding finding = {.process = outcome, .name = outcome->name, .words = outcome->name};
    finding.verdict = verdicts[outcome->verdict];
    finding.verdict_words = words[outcome->verdict];
    finding.reason = outcome->reason;
    finding.label = outcome->failing != NULL ? outcome->failing->label : NULL;
    finding.check = outcome->check;
    if (outcome->check != NULL) {
        finding.rule = outcome->check->origin.id;
        finding.operation = outcome->failing->called->name;
        finding.code = outcome->failing->answer;
        find_other_codes(report, &finding, &outcome->others);
    }
    enum finding_when when = outcome->process == NULL ? WHEN_PROMISE
                             : outcome->check != NULL ? WHEN_REFUSED
                                                      : WHEN_GIVES_UP;
    finding.page = catalogue_find(report->catalogue, when, NULL, "");
    finding.place = place_of_run(report, outcome);
    make_run(report, &finding);
    push_finding(report, &finding);
}

static void add_observation(struct report *report, const struct observation *observation) {
    struct finding finding = {.observation = observation, .resource = observation->resource};
    finding.page = catalogue_page(report->catalogue, observation->finding);
    finding.name = finding.words = observation->resource;
    finding.verdict_words = "no call fails";
    finding.place = observation->place;
    assert(finding.page != NULL); /* tests/unit/test_findings.c looks for all that import/ names */
    push_finding(report, &finding);
}

void report_make(struct report *report) {
    const struct verification *verification = report->verification;
    for (size_t i = 0; i < verification->outcomes.count; i++) {
        const struct step_outcome *outcome = &verification->outcomes.at[i];
        if (outcome->step->has_call || outcome->verdict != STEP_SUCCEEDS) {
            report->counts[outcome->verdict]++;
            report->step_count++;
        }
        report->states += outcome->states;
        if (outcome->verdict == STEP_FAILS_SOME || outcome->verdict == STEP_FAILS_EVERY)
            add_finding(report, outcome);
    }
    add_losses(report);
    for (size_t i = 0; report->runbooks != NULL && i < report->runbooks->outcomes.count; i++) {
        const struct runbook_outcome *outcome = &report->runbooks->outcomes.at[i];
        report->unknown_runs += outcome->verdict == RUNBOOK_UNKNOWN;
        if (outcome->verdict == RUNBOOK_FAILS_SOME || outcome->verdict == RUNBOOK_FAILS_EVERY)
            add_process(report, outcome);
    }
    for (size_t i = 0; i < report->observations.count; i++)
        add_observation(report, &report->observations.at[i]);
    if (verification->undecided != NULL)
        vec_push(&report->notes,
                 arena_format(&report->arena, "unknown: whether the rulebook has a meaning in every schedule: %s",
                              verification->undecided));
}

void report_clear(struct report *report) {
    vec_free(&report->notes);
    vec_free(&report->findings);
    vec_free(&report->observations);
    vec_free(&report->remarks);
    arena_clear(&report->arena);
}
