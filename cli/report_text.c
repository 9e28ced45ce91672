#include <string.h>

#include "cli/report.h"
#include "model/print.h"
#include "solver/trace.h"

const char *report_number(uint64_t number, char text[32]) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number), at = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[at++] = ' ';
        text[at++] = digits[i];
    }
    text[at] = '\0';
    return text;
}

static void print_step_changes(struct rulebook *rulebook, const int32_t *before, const int32_t *after, FILE *out) {
    change_list changes = {0};
    print_changes(rulebook, before, after, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        const struct change *change = &changes.at[i];
        fprintf(out, "         %s.%s: %s -> %s\n", change->field->kind->objects.at[change->object].name,
                change->field->name, print_value(rulebook, change->field->type, change->before),
                print_value(rulebook, change->field->type, change->after));
    }
    vec_free(&changes);
}

void report_trace(const struct run *run, const struct trace *trace, FILE *out) {
    struct rulebook *rulebook = run->system->rulebook;
    const char *problem;
    int32_t *states = trace_play(run->system, trace, &rulebook->arena, &problem);
    if (states == NULL) {
        fprintf(out, "      the trace cannot be played: %s\n", problem);
        return;
    }
    if (trace->steps.count == 0)
        fprintf(out, "      in the initial state\n");
    for (size_t i = 0; i < trace->steps.count; i++) {
        transition_id t = trace->steps.at[i];
        const struct action *action = system_action(run->system, t);
        if (i == trace->recovery && (i > 0 || trace->turn != NULL))
            fprintf(out, "      -- %s --\n", trace->turn != NULL ? trace->turn : "the way back");
        fprintf(
            out, "  %4zu %s%s\n", i + 1, action->by == BY_CLIENT ? "" : "* ",
            print_call(rulebook, action, run->system->arguments.at + run->system->transitions.at[t].arguments, true));
        print_step_changes(rulebook, states + i * rulebook->state_width, states + (i + 1) * rulebook->state_width, out);
    }
    free(states);
}

/* Only some engines look for the shortest. */
static const char *trace_label(const char *method) {
    if (strcmp(method, "random walk") == 0)
        return "random walk, not the shortest";
    return strncmp(method, "PDR", 3) == 0 ? "PDR, perhaps not the shortest" : "shortest trace";
}

static void print_result(const struct run *run, const struct result *result, FILE *out, bool color) {
    bool good = verdict_is_good(result->verdict, result->property->form);
    const char *paint = !color ? "" : good ? "\033[32m" : result->verdict == VERDICT_UNKNOWN ? "\033[33m" : "\033[31m";
    char states[32];
    fprintf(out, "%s%-12s%s %s", paint, verdict_text(result->verdict), color ? "\033[0m" : "", result->property->name);
    if (result->verdict == VERDICT_UNKNOWN) {
        fprintf(out, " (%s)", result->reason);
    } else if (result->has_trace && result->trace.recovery < result->trace.steps.count) {
        fprintf(out, " (%s; %s)", result->method, result->reason);
    } else if (result->has_trace && !property_is_about_states(result->property->form) && result->reason != NULL) {
        fprintf(out, " (%s, after %zu step%s)", result->reason, result->trace.steps.count,
                result->trace.steps.count == 1 ? "" : "s");
    } else if (result->has_trace) {
        fprintf(out, " (%s, after %zu step%s%s%s)", trace_label(result->method), result->trace.steps.count,
                result->trace.steps.count == 1 ? "" : "s", result->reason != NULL ? "; " : "",
                result->reason != NULL ? result->reason : "");
    } else {
        fprintf(out, " (%s", result->method);
        if (strcmp(result->method, "exhaustive") == 0)
            fprintf(out, ", %s states", report_number(run->stats.states, states));
        fprintf(out, "%s%s)", result->reason != NULL ? "; " : "", result->reason != NULL ? result->reason : "");
    }
    fputc('\n', out);
    if (result->property->origin.about != NULL && !good)
        fprintf(out, "      %s\n", result->property->origin.about);
    bool shown = result->has_trace && (!good || result->property->form == PROPERTY_REACHABLE);
    if (shown)
        report_trace(run, &result->trace, out);
}

enum { NAMES_SHOWN = 8 }; /* in a list of checks, or of what was left out */

static void print_coverage(const struct run *run, FILE *out) {
    const struct rulebook *rulebook = run->system->rulebook;
    size_t checks = 0, used = 0, actions = 0, taken = 0;
    VEC(const char *) codes = {0};
    VEC(const char *) used_codes = {0};
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        if (!run->system->slice.actions[a])
            continue;
        actions++;
        taken += run->coverage.actions[a];
        for (size_t k = 0; k < action->checks.count; k++) {
            bool hit = run->coverage.checks[coverage_index(rulebook, action, k)];
            bool known = false, known_used = false;
            checks++;
            used += hit;
            for (size_t i = 0; i < codes.count; i++)
                known = known || strcmp(codes.at[i], action->checks.at[k].codes[0]) == 0;
            for (size_t i = 0; i < used_codes.count; i++)
                known_used = known_used || strcmp(used_codes.at[i], action->checks.at[k].codes[0]) == 0;
            if (!known)
                vec_push(&codes, action->checks.at[k].codes[0]);
            if (hit && !known_used)
                vec_push(&used_codes, action->checks.at[k].codes[0]);
        }
    }
    fprintf(out, "exercised: %zu of %zu actions", taken, actions);
    if (checks > 0)
        fprintf(out, ", %zu of %zu checks, %zu of %zu error codes", used, checks, used_codes.count, codes.count);
    fputc('\n', out);
    const char *separator = run->coverage.is_known ? "never first to fail: " : "not met so far: ";
    size_t left = 0;
    for (size_t a = 0; a < rulebook->actions.count; a++)
        for (size_t k = 0; run->system->slice.actions[a] && k < rulebook->actions.at[a]->checks.count; k++)
            if (!run->coverage.checks[coverage_index(rulebook, rulebook->actions.at[a], k)]) {
                if (left++ < NAMES_SHOWN)
                    fprintf(out, "%s%s", separator, rulebook->actions.at[a]->checks.at[k].origin.id);
                separator = ", ";
            }
    if (left > NAMES_SHOWN)
        fprintf(out, ", and %zu more (--format json has all)", left - NAMES_SHOWN);
    fputs(left > 0 ? "\n" : "", out);
    vec_free(&codes);
    vec_free(&used_codes);
}

static void print_sliced(const struct run *run, FILE *out) {
    const struct slice *slice = &run->system->slice;
    const struct rulebook *rulebook = run->system->rulebook;
    size_t total = slice->dropped_fields + slice->dropped_actions, shown = 0;
    if (total == 0)
        return;
    fprintf(out, "left out, because no property depends on it:");
    for (size_t k = 0; k < rulebook->kinds.count; k++)
        for (size_t f = 0; f < rulebook->kinds.at[k]->fields.count; f++) {
            const struct field *field = rulebook->kinds.at[k]->fields.at[f];
            if (slice_drops(slice, field) && shown < NAMES_SHOWN)
                fprintf(out, "%s%s.%s", shown++ > 0 ? ", " : " ", field->kind->name, field->name);
        }
    for (size_t a = 0; a < rulebook->actions.count; a++)
        if (rulebook->actions.at[a]->is_allowed && !slice->actions[a] && shown < NAMES_SHOWN)
            fprintf(out, "%s%s", shown++ > 0 ? ", " : " ", rulebook->actions.at[a]->name);
    if (total > shown)
        fprintf(out, " and %zu more", total - shown);
    fputc('\n', out);
}

void report_text(const struct run *run, FILE *out, bool color) {
    const struct system *system = run->system;
    char states[32], transitions[32];
    fprintf(out, "%s: %s%s", system->rulebook->path, system->rulebook->title != NULL ? system->rulebook->title : "",
            system->rulebook->title != NULL ? ", " : "");
    if (system->properties.count > 0) { /* not only scenarios */
        fprintf(out, "%zu variables", system->vars.count);
        if (run->stats.state_bits > 0) /* a matter of the explicit engine */
            fprintf(out, " in %u bits", run->stats.state_bits);
        fprintf(out, ", %zu transitions, ", system->transitions.count);
    }
    fprintf(out, "%zu propert%s\n", run->results.count, run->results.count == 1 ? "y" : "ies");
    if (system->properties.count > 0)
        print_sliced(run, out);
    if (run->breakage.is_broken) {
        fprintf(out, "the rulebook is broken: in this reachable state it %s\n",
                system->obligations.at[run->breakage.obligation].text);
        report_trace(run, &run->breakage.trace, out);
    } else {
        for (size_t i = 0; i < run->results.count; i++)
            print_result(run, &run->results.at[i], out, color);
    }
    if (run->stats.states > 0)
        fprintf(out, "explored: %s states, %s transitions, depth %u%s%s%s\n", report_number(run->stats.states, states),
                report_number(run->stats.transitions, transitions), run->stats.depth,
                run->stats.complete ? ", complete" : ", not complete", run->stats.reason != NULL ? ": " : "",
                run->stats.reason != NULL ? run->stats.reason : "");
    if (run->coverage.checks != NULL && run->stats.states > 0)
        print_coverage(run, out);
}

enum exit_status report_status(const struct run *run) {
    enum exit_status status = EXIT_HOLDS;
    if (run->breakage.is_broken)
        return EXIT_BAD_INPUT;
    for (size_t i = 0; i < run->results.count; i++) {
        const struct result *result = &run->results.at[i];
        if (result->verdict == VERDICT_UNKNOWN)
            status = status == EXIT_HOLDS ? EXIT_UNKNOWN : status;
        else if (!verdict_is_good(result->verdict, result->property->form))
            status = EXIT_VIOLATED;
    }
    return status;
}
