#include "base/jtree.h"
#include "cli/report.h"
#include "cli/work.h"
#include "model/step_json.h"
#include "solver/trace.h"

static struct jtree *trace_json(const struct run *run, const struct trace *trace) {
    struct rulebook *rulebook = run->system->rulebook;
    const char *problem;
    int32_t *states = trace_play(run->system, trace, &rulebook->arena, &problem);
    struct jtree *list = jtree_list();
    for (size_t i = 0; states != NULL && i < trace->steps.count; i++) {
        transition_id t = trace->steps.at[i];
        const struct action *action = system_action(run->system, t);
        jtree_add(list,
                  step_json(rulebook, action, run->system->arguments.at + run->system->transitions.at[t].arguments,
                            true, action->called != NULL && action->answer != NULL ? action->answer : "ok",
                            states + i * rulebook->state_width, states + (i + 1) * rulebook->state_width));
    }
    free(states);
    return list;
}

static struct jtree *result_json(const struct run *run, const struct result *result) {
    struct jtree *object = jtree_object();
    jtree_put(object, "property", jtree_text(result->property->name));
    jtree_put(object, "kind", jtree_text(property_form_text(result->property->form)));
    jtree_put(object, "verdict", jtree_text(verdict_text(result->verdict)));
    jtree_put(object, "passed",
              result->verdict == VERDICT_UNKNOWN
                  ? jtree_null()
                  : jtree_bool(verdict_is_good(result->verdict, result->property->form)));
    jtree_put(object, "engine", jtree_text(result->engine));
    jtree_put(object, "method", result->verdict == VERDICT_UNKNOWN ? jtree_null() : jtree_text(result->method));
    jtree_put(object, "depth", jtree_number(result->depth));
    jtree_put(object, "trace", result->has_trace ? trace_json(run, &result->trace) : jtree_null());
    if (result->property->form == PROPERTY_RECOVERABLE && result->has_trace)
        jtree_put(object, "recovery_starts_at", jtree_number((int64_t)result->trace.recovery));
    if (result->has_trace && result->trace.turn != NULL) { /* leads_to: what repeats, or has too many calls */
        jtree_put(object, "turn_starts_at", jtree_number((int64_t)result->trace.recovery));
        jtree_put(object, "turn", jtree_text(result->trace.turn));
    }
    jtree_put(object, "reason", jtree_text(result->reason));
    return object;
}

static struct jtree *statistics_json(const struct run *run) {
    struct jtree *object = jtree_object();
#define STAT(type, name, unit, text) jtree_put(object, #name, STAT_##type(run->stats.name));
#define STAT_uint64_t(value) jtree_number((int64_t)(value))
#define STAT_uint32_t(value) jtree_number((int64_t)(value))
#define STAT_double(value) jtree_real(value)
#include "solver/stats.def"
#undef STAT
    jtree_put(object, "symmetry", jtree_bool(false));
    jtree_put(object, "complete", jtree_bool(run->stats.complete));
    return object;
}

static struct jtree *coverage_json(const struct run *run) {
    const struct rulebook *rulebook = run->system->rulebook;
    struct jtree *object = jtree_object(), *unused = jtree_list(), *untaken = jtree_list();
    size_t checks = 0, used = 0;
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        if (!run->system->slice.actions[a])
            continue;
        if (!run->coverage.actions[a])
            jtree_add(untaken, jtree_text(action->name));
        for (size_t k = 0; k < action->checks.count; k++) {
            bool hit = run->coverage.checks[coverage_index(rulebook, action, k)];
            checks++;
            used += hit;
            if (!hit)
                jtree_add(unused, jtree_text(action->checks.at[k].origin.id));
        }
    }
    jtree_put(object, "checks", jtree_number((int64_t)checks));
    jtree_put(object, "checks_exercised", jtree_number((int64_t)used));
    jtree_put(object, "checks_not_exercised", unused);
    jtree_put(object, "actions_not_taken", untaken);
    return object;
}

void report_json(const struct run *run, FILE *out) {
    struct jtree *report = jtree_object(), *spec = jtree_object(), *results = jtree_list();
    jtree_put(spec, "path", jtree_text(run->system->rulebook->path));
    jtree_put(spec, "sha256", jtree_text(run->system->rulebook->sha256));
    for (size_t i = 0; i < run->results.count; i++)
        jtree_add(results, result_json(run, &run->results.at[i]));
    jtree_put(report, "tool", jtree_text("enimc"));
    jtree_put(report, "version", jtree_text(ENIMC_VERSION));
    jtree_put(report, "command", jtree_text("check"));
    jtree_put(report, "spec", spec);
    jtree_put(report, "results", results);
    jtree_put(report, "statistics", statistics_json(run));
    if (run->coverage.checks != NULL)
        jtree_put(report, "coverage", coverage_json(run));
    if (run->breakage.is_broken) {
        struct jtree *broken = jtree_object();
        const struct system_obligation *obligation = &run->system->obligations.at[run->breakage.obligation];
        jtree_put(broken, "problem", jtree_text(obligation->text));
        jtree_put(broken, "line", jtree_number(obligation->span.line));
        jtree_put(broken, "trace", trace_json(run, &run->breakage.trace));
        jtree_put(report, "broken", broken);
    }
    jtree_write(report, out, 1);
    jtree_free(report);
}
