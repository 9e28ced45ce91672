/* enimc explain: what a diagnostic means and how to repair its cause; which rules answer an error code of the API. */
#include <string.h>

#include "cli/exit.h"
#include "cli/rule.h"
#include "cli/work.h"

static bool is_json(const struct options *options) {
    return options->format != NULL && strcmp(options->format, "json") == 0;
}

/* ---- diagnostics ---- */

static struct jtree *diagnostic_json(enum diag_code code) {
    struct jtree *object = jtree_object();
    jtree_put(object, "code", jtree_text(diag_slug(code)));
    jtree_put(object, "kind", jtree_text("diagnostic"));
    jtree_put(object, "help", jtree_text(diag_help(code)));
    return object;
}

static enum exit_status list_diagnostics(const struct options *options) {
    FILE *out = work_open(options);
    struct jtree *list = jtree_list();
    for (enum diag_code code = 0; code < DIAG_COUNT; code++)
        jtree_add(list, diagnostic_json(code));
    for (enum diag_code code = 0; out != NULL && !is_json(options) && code < DIAG_COUNT; code++)
        fprintf(out, "%-16s %s\n", diag_slug(code), diag_help(code));
    if (out != NULL && is_json(options))
        jtree_write(list, out, 1);
    jtree_free(list);
    return out != NULL && work_close(options, out) ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

static enum exit_status explain_diagnostic(const struct options *options, enum diag_code code) {
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    struct jtree *object = diagnostic_json(code);
    if (is_json(options))
        jtree_write(object, out, 1);
    else
        fprintf(out, "%s: %s\n", diag_slug(code), diag_help(code));
    jtree_free(object);
    return work_close(options, out) ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

/* ---- error codes of the API ---- */

static bool answers(const struct rule *rule, const char *code) {
    for (size_t i = 0; rule->check != NULL && i < rule->check->code_count; i++)
        if (strcmp(rule->check->codes[i], code) == 0)
            return true;
    return false;
}

static void print_code(struct rulebook *rulebook, const char *code, const rule_list *rules, const struct diags *diags,
                       FILE *out) {
    size_t actions = 0;
    for (size_t i = 0; i < rules->count; i++)
        actions += i == 0 || rules->at[i].action != rules->at[i - 1].action;
    fprintf(out, "%s: a response of %zu action%s, by %zu check%s\n", code, actions, actions == 1 ? "" : "s",
            rules->count, rules->count == 1 ? "" : "s");
    for (size_t i = 0; i < rules->count; i++)
        rule_print(rulebook, &rules->at[i], diags, out);
}

static struct jtree *code_json(struct rulebook *rulebook, const char *code, const rule_list *rules,
                               const struct diags *diags) {
    struct jtree *object = jtree_object(), *list = jtree_list();
    for (size_t i = 0; i < rules->count; i++)
        jtree_add(list, rule_json(rulebook, &rules->at[i], diags));
    jtree_put(object, "code", jtree_text(code));
    jtree_put(object, "kind", jtree_text("response"));
    jtree_put(object, "rules", list);
    return object;
}

static bool write_code(const struct options *options, struct rulebook *rulebook, const rule_list *rules,
                       const struct diags *diags) {
    FILE *out = work_open(options);
    if (out == NULL)
        return false;
    if (is_json(options)) {
        struct jtree *object = code_json(rulebook, options->inputs.at[0], rules, diags);
        jtree_write(object, out, 1);
        jtree_free(object);
    } else {
        print_code(rulebook, options->inputs.at[0], rules, diags, out);
    }
    return work_close(options, out);
}

/* The closest of the diagnostics and of the rulebook's codes. */
static void report_unknown(const char *code, const rule_list *rules, struct diags *diags) {
    VEC(const char *) known = {0};
    struct span whole = {0, 0, 0, 0};
    for (enum diag_code i = 0; i < DIAG_COUNT; i++)
        vec_push(&known, diag_slug(i));
    for (size_t i = 0; i < rules->count; i++)
        for (size_t k = 0; rules->at[i].check != NULL && k < rules->at[i].check->code_count; k++)
            vec_push(&known, rules->at[i].check->codes[k]);
    diag_error(diags, whole, DIAG_UNKNOWN_NAME, "no diagnostic and no response is called '%.60s'", code);
    work_suggest(diags, code, known.at, known.count);
    vec_free(&known);
}

static enum exit_status explain_response(const struct options *options) {
    struct diags diags = {0};
    const char *code = options->inputs.at[0];
    struct rulebook *rulebook =
        work_read_bundled(options, options->inputs.count > 1 ? options->inputs.at[1] : NULL, &diags);
    rule_list rules = {0}, found = {0};
    bool good = rulebook != NULL;
    if (good) {
        rules_collect(rulebook, &rules);
        for (size_t i = 0; i < rules.count; i++)
            if (answers(&rules.at[i], code))
                vec_push(&found, rules.at[i]);
        if (found.count == 0)
            report_unknown(code, &rules, &diags);
        good = !work_report(&diags, options) && write_code(options, rulebook, &found, &diags);
    }
    vec_free(&rules);
    vec_free(&found);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return good ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

static int run_explain(const struct options *options) {
    if (!work_format(options))
        return EXIT_BAD_INPUT;
    if (options->inputs.count == 0)
        return (int)list_diagnostics(options);
    for (enum diag_code code = 0; code < DIAG_COUNT; code++)
        if (options->inputs.count == 1 && strcmp(diag_slug(code), options->inputs.at[0]) == 0)
            return (int)explain_diagnostic(options, code);
    return (int)explain_response(options);
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[CODE [SPEC]]",
    .summary = "Says what a diagnostic means, or which rules of a rulebook answer an error code",
    .flag = ON_OTHER,
    .max_inputs = 2,
    .run = run_explain,
};
