/* enimc rules: every rule of a rulebook with its code, source and confidence. */
#include <string.h>

#include "cli/exit.h"
#include "cli/rule.h"
#include "cli/work.h"

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
            jtree_add(list, rule_json(rulebook, &rules->at[i], diags));
        jtree_write(list, out, 1);
        jtree_free(list);
    } else if (options->inputs.count > 0) {
        for (size_t i = 0; i < rules->count; i++)
            rule_print(rulebook, &rules->at[i], diags, out);
    } else {
        print_list(rules, out);
    }
    return work_close(options, out);
}

static int run_rules(const struct options *options) {
    struct diags diags = {0};
    enum exit_status status = EXIT_BAD_INPUT;
    struct rulebook *rulebook = work_format(options) ? work_read_bundled(options, options->spec, &diags) : NULL;
    if (rulebook != NULL) {
        rule_list rules = {0};
        rules_collect(rulebook, &rules);
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
