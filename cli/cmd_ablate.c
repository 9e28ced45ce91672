/* enimc ablate: which rule carries which property. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/jtree.h"
#include "cli/exit.h"
#include "cli/report.h"
#include "cli/work.h"
#include "model/print.h"
#include "solver/ablate.h"

/* The outcomes of one rule: they stand together. */
struct rule_row {
    size_t first, count;
};

typedef VEC(struct rule_row) row_list;

static void find_rows(const struct ablation *ablation, row_list *rows) {
    for (size_t i = 0; i < ablation->outcomes.count; i++) {
        const struct origin *origin = ablation->outcomes.at[i].mutant->origin;
        if (rows->count > 0 && ablation->outcomes.at[rows->at[rows->count - 1].first].mutant->origin == origin)
            rows->at[rows->count - 1].count++;
        else
            vec_push(rows, ((struct rule_row){i, 1}));
    }
}

/* The smallest depth at which a mutant of the rule loses the property, or UINT32_MAX. */
static uint32_t cell(const struct ablation *ablation, const struct rule_row *row, size_t property) {
    uint32_t least = UINT32_MAX;
    for (size_t i = row->first; i < row->first + row->count; i++)
        for (size_t j = 0; j < ablation->outcomes.at[i].losses.count; j++) {
            const struct ablation_loss *loss = &ablation->outcomes.at[i].losses.at[j];
            if (loss->property == property && loss->depth < least)
                least = loss->depth;
        }
    return least;
}

static bool is_lost(const struct ablation *ablation, const row_list *rows, size_t property) {
    for (size_t r = 0; r < rows->count; r++)
        if (cell(ablation, &rows->at[r], property) != UINT32_MAX)
            return true;
    return false;
}

enum row_effect { ROW_NOTHING, ROW_UNKNOWN, ROW_MATTERS };

static enum row_effect effect_of(const struct ablation *ablation, const struct rule_row *row) {
    enum row_effect effect = ROW_NOTHING;
    for (size_t i = row->first; i < row->first + row->count; i++) {
        const struct ablation_outcome *outcome = &ablation->outcomes.at[i];
        if (outcome->losses.count > 0 || outcome->broken != NULL)
            return ROW_MATTERS;
        if (!outcome->is_known)
            effect = ROW_UNKNOWN;
    }
    return effect;
}

static void print_trace(const struct jtree *trace, FILE *out) {
    for (size_t i = 0; i < jtree_count(trace); i++)
        fprintf(out, "  %6zu %s\n", i + 1, jtree_string(jtree_at(trace, i)));
}

/* What the mutant does, in words of the rulebook. */
static const char *changed_text(const struct mutant *mutant) {
    return mutant->mutation == MUTATION_DROP ? (mutant->part == MUTANT_CHECK ? "check" : "effect")
                                             : "condition or value";
}

static void print_summary(const struct ablation *ablation, FILE *out) {
    size_t lost = 0, kept = 0, open = 0;
    char states[32];
    for (size_t i = 0; i < ablation->outcomes.count; i++) {
        const struct ablation_outcome *outcome = &ablation->outcomes.at[i];
        if (outcome->losses.count > 0 || outcome->broken != NULL)
            lost++;
        else if (outcome->is_known)
            kept++;
        else
            open++;
    }
    fprintf(out, "%s: %zu properties hold in %s states\n", ablation->rulebook->path, ablation->properties.count,
            report_number(ablation->base.stats.states, states));
    fprintf(out, "%zu mutants: %zu lose a property, %zu lose none (every state explored), %zu unknown\n",
            ablation->outcomes.count, lost, kept, open);
}

static void print_matrix(const struct ablation *ablation, const row_list *rows, FILE *out) {
    int id_width = 4, operation_width = 9;
    for (size_t r = 0; r < rows->count; r++) {
        const struct mutant *mutant = ablation->outcomes.at[rows->at[r].first].mutant;
        int id = (int)strlen(mutant->origin->id), operation = (int)strlen(mutant->action->name);
        id_width = id > id_width ? id : id_width;
        operation_width = operation > operation_width ? operation : operation_width;
    }
    fprintf(out, "\nproperties (columns)\n");
    size_t number = 0;
    for (size_t p = 0; p < ablation->properties.count; p++)
        if (is_lost(ablation, rows, p))
            fprintf(out, "  %2zu  %s\n", ++number, ablation->properties.at[p]->name);
    fprintf(out, "\nrule x property: steps of the shortest run that loses it; x no run shows it any more; ! the "
                 "rulebook loses its\nmeaning\n");
    fprintf(out, "%-*s  %-*s  %s", id_width, "rule", operation_width, "operation", " !");
    for (size_t i = 1; i <= number; i++)
        fprintf(out, " %2zu", i);
    fputc('\n', out);
    for (size_t r = 0; r < rows->count; r++) {
        const struct rule_row *row = &rows->at[r];
        if (effect_of(ablation, row) != ROW_MATTERS)
            continue;
        const struct mutant *mutant = ablation->outcomes.at[row->first].mutant;
        uint32_t broken = UINT32_MAX;
        for (size_t i = row->first; i < row->first + row->count; i++)
            if (ablation->outcomes.at[i].broken != NULL && ablation->outcomes.at[i].depth < broken)
                broken = ablation->outcomes.at[i].depth;
        fprintf(out, "%-*s  %-*s ", id_width, mutant->origin->id, operation_width, mutant->action->name);
        if (broken != UINT32_MAX)
            fprintf(out, " %2u", broken);
        else
            fputs("  .", out);
        for (size_t p = 0; p < ablation->properties.count; p++) {
            if (!is_lost(ablation, rows, p))
                continue;
            uint32_t depth = cell(ablation, row, p);
            bool has_run = depth > 0 || ablation->properties.at[p]->form == PROPERTY_INVARIANT;
            if (depth == UINT32_MAX)
                fputs("  .", out);
            else if (has_run)
                fprintf(out, " %2u", depth);
            else
                fputs("  x", out);
        }
        fputc('\n', out);
    }
}

static void print_rest(const struct ablation *ablation, const row_list *rows, enum row_effect wanted, const char *title,
                       FILE *out) {
    bool any = false;
    for (size_t r = 0; r < rows->count; r++) {
        if (effect_of(ablation, &rows->at[r]) != wanted)
            continue;
        fprintf(out, "%s%s", any ? ", " : title, ablation->outcomes.at[rows->at[r].first].mutant->origin->id);
        any = true;
    }
    if (any)
        fputc('\n', out);
}

static void print_traces(const struct ablation *ablation, FILE *out) {
    fprintf(out, "\nthe shortest runs\n");
    for (size_t i = 0; i < ablation->outcomes.count; i++) {
        const struct ablation_outcome *outcome = &ablation->outcomes.at[i];
        const struct mutant *mutant = outcome->mutant;
        if (outcome->broken != NULL) {
            fprintf(out, "%s %s (%s): the rulebook %s\n", mutant->origin->id, mutation_text(mutant->mutation),
                    changed_text(mutant), outcome->broken);
            print_trace(outcome->trace, out);
        }
        for (size_t j = 0; j < outcome->losses.count; j++) {
            const struct ablation_loss *loss = &outcome->losses.at[j];
            fprintf(out, "%s %s (%s): %s %s\n", mutant->origin->id, mutation_text(mutant->mutation),
                    changed_text(mutant), loss->verdict, ablation->properties.at[loss->property]->name);
            print_trace(loss->trace, out);
        }
    }
}

static void print_text(const struct ablation *ablation, FILE *out) {
    row_list rows = {0};
    find_rows(ablation, &rows);
    print_summary(ablation, out);
    size_t undecided = 0, wrong = 0;
    for (size_t i = 0; i < ablation->base.results.count; i++) {
        const struct result *result = &ablation->base.results.at[i];
        if (result->verdict == VERDICT_UNKNOWN)
            undecided++;
        else if (!verdict_is_good(result->verdict, result->property->form))
            wrong++;
    }
    if (wrong > 0)
        fprintf(out, "%zu of the properties asked do not hold without any change; they are left out\n", wrong);
    if (undecided > 0)
        fprintf(out, "%zu of the properties asked were not decided (%s); they are left out\n", undecided,
                ablation->base.stats.reason != NULL ? ablation->base.stats.reason : "stopped");
    print_matrix(ablation, &rows, out);
    print_rest(ablation, &rows, ROW_NOTHING, "\ncarry none of these properties, proved for this scope: ", out);
    print_rest(ablation, &rows, ROW_UNKNOWN, "\nnot decided: ", out);
    print_traces(ablation, out);
    vec_free(&rows);
}

static void print_csv(const struct ablation *ablation, FILE *out) {
    fprintf(out, "rule,operation,kind,mutation,line,outcome,property,depth\n");
    for (size_t i = 0; i < ablation->outcomes.count; i++) {
        const struct ablation_outcome *outcome = &ablation->outcomes.at[i];
        const struct mutant *mutant = outcome->mutant;
        char start[512];
        snprintf(start, sizeof start, "%s,%s,%s,%s,%u", mutant->origin->id, mutant->action->name,
                 mutant->part == MUTANT_CHECK ? "check" : "effect", mutation_text(mutant->mutation), mutant->span.line);
        if (outcome->broken != NULL)
            fprintf(out, "%s,broken,,%u\n", start, outcome->depth);
        for (size_t j = 0; j < outcome->losses.count; j++)
            fprintf(out, "%s,%s,%s,%u\n", start, outcome->losses.at[j].verdict,
                    ablation->properties.at[outcome->losses.at[j].property]->name, outcome->losses.at[j].depth);
        if (outcome->broken == NULL && outcome->losses.count == 0)
            fprintf(out, "%s,%s,,\n", start, outcome->is_known ? "none" : "unknown");
    }
}

static struct jtree *trace_copy(const struct jtree *trace) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < jtree_count(trace); i++)
        jtree_add(list, jtree_text(jtree_string(jtree_at(trace, i))));
    return list;
}

static struct jtree *outcome_json(const struct ablation *ablation, const struct ablation_outcome *outcome) {
    const struct mutant *mutant = outcome->mutant;
    struct jtree *object = jtree_object(), *losses = jtree_list();
    for (size_t j = 0; j < outcome->losses.count; j++) {
        const struct ablation_loss *loss = &outcome->losses.at[j];
        struct jtree *item = jtree_object();
        jtree_put(item, "property", jtree_text(ablation->properties.at[loss->property]->name));
        jtree_put(item, "verdict", jtree_text(loss->verdict));
        jtree_put(item, "depth", jtree_number(loss->depth));
        jtree_put(item, "trace", loss->trace != NULL ? trace_copy(loss->trace) : jtree_null());
        jtree_add(losses, item);
    }
    jtree_put(object, "rule", jtree_text(mutant->origin->id));
    jtree_put(object, "operation", jtree_text(mutant->action->name));
    jtree_put(object, "kind", jtree_text(mutant->part == MUTANT_CHECK ? "check" : "effect"));
    jtree_put(object, "mutation", jtree_text(mutation_text(mutant->mutation)));
    jtree_put(object, "line", jtree_number(mutant->span.line));
    jtree_put(object, "column", jtree_number(mutant->span.column));
    jtree_put(object, "decided", jtree_bool(outcome->is_known || outcome->broken != NULL));
    jtree_put(object, "reason", jtree_text(outcome->is_known ? NULL : outcome->reason));
    jtree_put(object, "broken", jtree_text(outcome->broken));
    jtree_put(object, "broken_trace", outcome->broken != NULL ? trace_copy(outcome->trace) : jtree_null());
    jtree_put(object, "lost", losses);
    return object;
}

static void print_json(const struct ablation *ablation, FILE *out) {
    struct jtree *report = jtree_object(), *properties = jtree_list(), *mutants = jtree_list();
    for (size_t p = 0; p < ablation->properties.count; p++)
        jtree_add(properties, jtree_text(ablation->properties.at[p]->name));
    for (size_t i = 0; i < ablation->outcomes.count; i++)
        jtree_add(mutants, outcome_json(ablation, &ablation->outcomes.at[i]));
    jtree_put(report, "tool", jtree_text("enimc"));
    jtree_put(report, "version", jtree_text(ENIMC_VERSION));
    jtree_put(report, "command", jtree_text("ablate"));
    jtree_put(report, "spec", jtree_text(ablation->rulebook->path));
    jtree_put(report, "sha256", jtree_text(ablation->rulebook->sha256));
    jtree_put(report, "properties", properties);
    jtree_put(report, "states", jtree_number((int64_t)ablation->base.stats.states));
    jtree_put(report, "mutants", mutants);
    jtree_put(report, "seconds", jtree_real(ablation->seconds));
    jtree_write(report, out, 1);
    jtree_free(report);
}

/* That rules matter is no failure; a rulebook that is broken, or mutants that were not decided, are. */
static enum exit_status status_of(const struct ablation *ablation) {
    if (ablation->base.breakage.is_broken)
        return EXIT_BAD_INPUT;
    for (size_t i = 0; i < ablation->outcomes.count; i++)
        if (!ablation->outcomes.at[i].is_known && ablation->outcomes.at[i].broken == NULL)
            return EXIT_UNKNOWN;
    return ablation->base.stats.complete ? EXIT_HOLDS : EXIT_UNKNOWN;
}

static enum exit_status answer(const struct options *options, struct ablation *ablation, struct diags *diags) {
    if (ablation->base.breakage.is_broken) {
        const struct system_obligation *obligation =
            &ablation->base.system->obligations.at[ablation->base.breakage.obligation];
        diag_error(diags, obligation->span, DIAG_BROKEN, "in a reachable state this %s", obligation->text);
        work_report(diags, options);
        return EXIT_BAD_INPUT;
    }
    const char *format = options->format == NULL ? "text" : options->format;
    if (options->quiet && strcmp(format, "text") == 0 && options->output == NULL)
        return status_of(ablation);
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    if (strcmp(format, "json") == 0)
        print_json(ablation, out);
    else if (strcmp(format, "csv") == 0)
        print_csv(ablation, out);
    else
        print_text(ablation, out);
    return work_close(options, out) ? status_of(ablation) : EXIT_BAD_INPUT;
}

static unsigned worker_count(const struct options *options) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->threads > 0)
        return options->threads > 64 ? 64 : (unsigned)options->threads;
    return processors < 1 ? 1 : (unsigned)processors;
}

static void end_worker(void) { _exit(EXIT_HOLDS); }

static int run_ablate(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    bool is_csv = options->format != NULL && strcmp(options->format, "csv") == 0;
    struct rulebook *rulebook =
        is_csv || work_format(options) ? work_read(options, options->inputs.at[0], &diags) : NULL;
    property_list properties = {0};
    if (rulebook != NULL && work_properties(options, rulebook, &properties, &diags)) {
        struct ablation ablation;
        struct budget budget = work_budget(options);
        if (rulebook->processes.count > 0)
            diag_warning(&diags, rulebook->processes.at[0]->kind->span, DIAG_BAD_CONTEXT,
                         "the rules of what processes call are left as they are: only events and other calls change");
        bool good = ablate(&ablation, rulebook, properties.at, properties.count, &budget, worker_count(options),
                           end_worker, &diags);
        work_progress_clear();
        if (good && !work_report(&diags, options))
            status = answer(options, &ablation, &diags);
        else
            work_report(&diags, options);
        ablation_clear(&ablation);
    }
    vec_free(&properties);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_ablate = {
    .name = "ablate",
    .arguments = "SPEC",
    .summary = "Which rule carries which property: every rule dropped, negated, off by one",
    .flag = ON_ABLATE,
    .min_inputs = 1,
    .max_inputs = 1,
    .run = run_ablate,
};
