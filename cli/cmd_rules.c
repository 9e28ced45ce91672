/* enimc rules: every rule of a rulebook with its code, source and confidence. */
#include <string.h>

#include "base/jtree.h"
#include "cli/exit.h"
#include "cli/work.h"
#include "model/print.h"

struct rule {
    const char *kind, *operation; /* "check", "effect", "action", "property"; operation NULL for properties */
    const struct origin *origin;
    const struct check *check;       /* or NULL */
    const struct effect *effect;     /* or NULL */
    const struct action *action;     /* or NULL */
    const struct property *property; /* or NULL */
};

typedef VEC(struct rule) rule_list;

static void collect(const struct rulebook *rulebook, rule_list *rules) {
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        vec_push(rules, ((struct rule){"action", action->name, &action->origin, NULL, NULL, action, NULL}));
        for (size_t k = 0; k < action->checks.count; k++)
            vec_push(rules, ((struct rule){"check", action->name, &action->checks.at[k].origin, &action->checks.at[k],
                                           NULL, action, NULL}));
        for (size_t k = 0; k < action->effects.count; k++)
            vec_push(rules, ((struct rule){"effect", action->name, &action->effects.at[k].origin, NULL,
                                           action->effects.at[k].effect, action, NULL}));
    }
    for (size_t p = 0; p < rulebook->properties.count; p++) {
        const struct property *property = rulebook->properties.at[p];
        vec_push(rules, ((struct rule){"property", NULL, &property->origin, NULL, NULL, NULL, property}));
    }
}

static const char *or_dash(const char *text) { return text == NULL ? "-" : text; }

static void print_list(const rule_list *rules, FILE *out) {
    int widths[2] = {2, 9};
    for (size_t i = 0; i < rules->count; i++) {
        int id = (int)strlen(rules->at[i].origin->id), operation = (int)strlen(or_dash(rules->at[i].operation));
        widths[0] = id > widths[0] ? id : widths[0];
        widths[1] = operation > widths[1] ? operation : widths[1];
    }
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->at[i];
        fprintf(out, "%-*s  %-8s  %-*s  %-6s  %s%s%s\n", widths[0], rule->origin->id, rule->kind, widths[1],
                or_dash(rule->operation), or_dash(confidence_text(rule->origin->confidence)),
                rule->check != NULL ? rule->check->codes[0] : "", rule->check != NULL ? "  " : "",
                or_dash(rule->origin->source));
    }
}

/* One rule in words. */
static void print_rule(struct rulebook *rulebook, const struct rule *rule, const struct diags *diags, FILE *out) {
    fprintf(out, "%s: %s", rule->origin->id, rule->kind);
    if (rule->operation != NULL)
        fprintf(out, " of %s", rule->operation);
    fputc('\n', out);
    if (rule->origin->about != NULL)
        fprintf(out, "  %s\n", rule->origin->about);
    if (rule->check != NULL) {
        fputs("  The call is accepted only if ", out);
        print_term(rulebook, rule->check->require, out);
        fprintf(out, ";\n  otherwise the response is %s", rule->check->codes[0]);
        for (size_t i = 1; i < rule->check->code_count; i++)
            fprintf(out, " or %s", rule->check->codes[i]);
        fprintf(out, ".\n  Its order against the checks before it is %s.\n", order_text(rule->check->order));
    } else if (rule->effect != NULL) {
        fputs("  When the call is accepted: ", out);
        print_effect(rulebook, rule->effect, out);
        fputc('\n', out);
    } else if (rule->property != NULL && rule->property->term != NULL) {
        fprintf(out, "  %s: ", property_form_text(rule->property->form));
        print_term(rulebook, rule->property->term, out);
        fputc('\n', out);
    } else if (rule->action != NULL) {
        fprintf(out, "  by the %s; %zu checks, %zu effects\n", agent_text(rule->action->by), rule->action->checks.count,
                rule->action->effects.count);
    }
    fprintf(out, "  source: %s\n  confidence: %s\n", or_dash(rule->origin->source),
            or_dash(confidence_text(rule->origin->confidence)));
    if (rule->origin->capability != NULL)
        fprintf(out, "  needs: %s\n", rule->origin->capability);
    if (rule->origin->span.file < diags->files.count)
        fprintf(out, "  in %s:%u\n", diags->files.at[rule->origin->span.file].path, rule->origin->span.line);
}

static struct jtree *rule_json(const struct rule *rule) {
    struct jtree *object = jtree_object(), *codes = jtree_list();
    for (size_t i = 0; rule->check != NULL && i < rule->check->code_count; i++)
        jtree_add(codes, jtree_text(rule->check->codes[i]));
    jtree_put(object, "id", jtree_text(rule->origin->id));
    jtree_put(object, "kind", jtree_text(rule->kind));
    jtree_put(object, "operation", jtree_text(rule->operation));
    jtree_put(object, "code", jtree_text(rule->check != NULL ? rule->check->codes[0] : NULL));
    jtree_put(object, "codes", codes);
    jtree_put(object, "order", jtree_text(rule->check != NULL ? order_text(rule->check->order) : NULL));
    jtree_put(object, "source", jtree_text(rule->origin->source));
    jtree_put(object, "confidence", jtree_text(confidence_text(rule->origin->confidence)));
    jtree_put(object, "capability", jtree_text(rule->origin->capability));
    jtree_put(object, "about", jtree_text(rule->origin->about));
    return object;
}

static size_t keep_named(rule_list *rules, const char *id) {
    size_t kept = 0;
    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->at[i].origin->id, id) == 0)
            rules->at[kept++] = rules->at[i];
    return kept;
}

static bool print_rules(const struct options *options, struct rulebook *rulebook, const rule_list *rules,
                        const struct diags *diags) {
    FILE *out = work_open(options);
    if (out == NULL)
        return false;
    if (options->format != NULL && strcmp(options->format, "json") == 0) {
        struct jtree *list = jtree_list();
        for (size_t i = 0; i < rules->count; i++)
            jtree_add(list, rule_json(&rules->at[i]));
        jtree_write(list, out, 1);
        jtree_free(list);
    } else if (options->inputs.count > 0) {
        for (size_t i = 0; i < rules->count; i++)
            print_rule(rulebook, &rules->at[i], diags, out);
    } else {
        print_list(rules, out);
    }
    return work_close(options, out);
}

static int run_rules(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    char path[4200];
    snprintf(path, sizeof path, "%s/ec2/default.yaml", options->library);
    struct rulebook *rulebook =
        work_format(options) ? work_read(options, options->spec != NULL ? options->spec : path, &diags) : NULL;
    if (rulebook != NULL) {
        rule_list rules = {0};
        collect(rulebook, &rules);
        if (options->inputs.count > 0) {
            VEC(const char *) ids = {0};
            for (size_t i = 0; i < rules.count; i++)
                vec_push(&ids, rules.at[i].origin->id);
            rules.count = keep_named(&rules, options->inputs.at[0]);
            if (rules.count == 0) {
                struct span whole = {0, 0, 0, 0};
                diag_error(&diags, whole, DIAG_UNKNOWN_NAME, "no rule is called '%.60s'", options->inputs.at[0]);
                work_suggest(&diags, options->inputs.at[0], ids.at, ids.count);
            }
            vec_free(&ids);
        }
        if (!work_report(&diags, options) && print_rules(options, rulebook, &rules, &diags))
            status = EXIT_HOLDS;
        vec_free(&rules);
    }
    rulebook_free(rulebook);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_rules = {
    .name = "rules",
    .arguments = "[ID]",
    .summary = "Lists the rules of a rulebook, or explains one",
    .flag = ON_RULES,
    .max_inputs = 1,
    .run = run_rules,
};
