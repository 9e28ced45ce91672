/* enimc explain: what a diagnostic or a finding means and how to repair its cause; which rules answer an error code of
 * the API. */
#include <string.h>

#include "cli/exit.h"
#include "cli/rule.h"
#include "cli/work.h"
#include "findings/catalogue.h"
#include "replay/curl_script.h"
#include "replay/load.h"

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

/* ---- findings ---- */

static struct jtree *words_json(const struct words *words) {
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < words->count; i++)
        jtree_add(list, jtree_text(words->at[i]));
    return list;
}

static struct jtree *finding_json(const struct finding_page *page) {
    struct jtree *object = jtree_object();
    jtree_put(object, "code", jtree_text(page->id));
    jtree_put(object, "kind", jtree_text("finding"));
    jtree_put(object, "class", jtree_text(page->class_title));
    jtree_put(object, "severity", jtree_text(severity_text(page->severity)));
    jtree_put(object, "title", jtree_text(page->title));
    jtree_put(object, "what", jtree_text(page->what));
    jtree_put(object, "why", jtree_text(page->why));
    jtree_put(object, "bad", jtree_text(page->bad));
    jtree_put(object, "good", jtree_text(page->good));
    jtree_put(object, "repair", jtree_text(page->repair));
    jtree_put(object, "repair_terraform", jtree_text(page->terraform));
    jtree_put(object, "repair_cloudformation", jtree_text(page->stack));
    jtree_put(object, "responses", words_json(&page->codes));
    jtree_put(object, "sources", words_json(&page->sources));
    return object;
}

static void print_words(const char *label, const struct words *words, const char *separator, FILE *out) {
    for (size_t i = 0; i < words->count; i++)
        fprintf(out, "%s%s", i == 0 ? label : separator, words->at[i]);
    if (words->count > 0)
        fputc('\n', out);
}

static void print_example(const char *label, const char *text, FILE *out) {
    fprintf(out, "\n%s:\n", label);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(out, "    %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void print_finding(const struct finding_page *page, FILE *out) {
    fprintf(out, "%s: %s\n\n%s\n%s\n", page->id, page->title, page->what, page->why);
    print_example("bad", page->bad, out);
    print_example("good", page->good, out);
    fprintf(out, "\nrepair: %s\n", page->repair);
    if (page->terraform != NULL)
        fprintf(out, "in Terraform: %s\n", page->terraform);
    if (page->stack != NULL)
        fprintf(out, "in CloudFormation: %s\n", page->stack);
    print_words("answers: ", &page->codes, ", ", out);
    fprintf(out, "severity: %s (a warning where the confidence of the rule is low)\n", severity_text(page->severity));
    print_words("source: ", &page->sources, "; ", out);
}

static enum exit_status explain_finding(const struct options *options, const struct finding_page *page) {
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    struct jtree *object = finding_json(page);
    if (is_json(options))
        jtree_write(object, out, 1);
    else
        print_finding(page, out);
    jtree_free(object);
    return work_close(options, out) ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

static enum exit_status list_all(const struct options *options, const struct catalogue *catalogue) {
    FILE *out = work_open(options);
    if (out == NULL)
        return EXIT_BAD_INPUT;
    struct jtree *list = jtree_list();
    for (enum diag_code code = 0; code < DIAG_COUNT; code++)
        jtree_add(list, diagnostic_json(code));
    for (size_t i = 0; i < catalogue->pages.count; i++)
        jtree_add(list, finding_json(&catalogue->pages.at[i]));
    if (is_json(options))
        jtree_write(list, out, 1);
    for (enum diag_code code = 0; !is_json(options) && code < DIAG_COUNT; code++)
        fprintf(out, "%-16s %s\n", diag_slug(code), diag_help(code));
    for (size_t i = 0; !is_json(options) && i < catalogue->pages.count; i++) {
        const struct finding_page *page = &catalogue->pages.at[i];
        if (i == 0 || page->class_id != catalogue->pages.at[i - 1].class_id)
            fprintf(out, "\n%s: %s\n", page->class_id, page->class_title);
        fprintf(out, "%-16s %s\n", page->id, page->title);
    }
    jtree_free(list);
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

/* An id of a rule has its own command. */
static bool write_pointer(const struct options *options, const char *id) {
    FILE *out = work_open(options);
    if (out == NULL)
        return false;
    if (is_json(options)) {
        struct jtree *object = jtree_object();
        jtree_put(object, "code", jtree_text(id));
        jtree_put(object, "kind", jtree_text("rule"));
        jtree_write(object, out, 1);
        jtree_free(object);
    } else {
        fprintf(out, "%s is a rule: 'enimc rules %s' explains it\n", id, id);
    }
    return work_close(options, out);
}

static bool is_rule(const rule_list *rules, const char *id) {
    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->at[i].origin->id, id) == 0)
            return true;
    return false;
}

/* The closest of the diagnostics, of the findings and of the rulebook's codes. */
static void report_unknown(const char *code, const rule_list *rules, const struct catalogue *catalogue,
                           struct diags *diags) {
    VEC(const char *) known = {0};
    struct span whole = {0, 0, 0, 0};
    for (enum diag_code i = 0; i < DIAG_COUNT; i++)
        vec_push(&known, diag_slug(i));
    for (size_t i = 0; i < catalogue->pages.count; i++)
        vec_push(&known, catalogue->pages.at[i].id);
    for (size_t i = 0; i < rules->count; i++)
        for (size_t k = 0; rules->at[i].check != NULL && k < rules->at[i].check->code_count; k++)
            vec_push(&known, rules->at[i].check->codes[k]);
    diag_error(diags, whole, DIAG_UNKNOWN_NAME, "no diagnostic, no finding and no response is called '%.60s'", code);
    work_suggest(diags, code, known.at, known.count);
    vec_free(&known);
}

static enum exit_status explain_response(const struct options *options, const struct catalogue *catalogue) {
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
        bool points = found.count == 0 && is_rule(&rules, code);
        if (found.count == 0 && !points)
            report_unknown(code, &rules, catalogue, &diags);
        good = !work_report(&diags, options) &&
               (points ? write_pointer(options, code) : write_code(options, rulebook, &found, &diags));
    }
    vec_free(&rules);
    vec_free(&found);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return good ? EXIT_HOLDS : EXIT_BAD_INPUT;
}

/* ---- vectors ---- */

static enum exit_status explain_with_curl(const struct options *options) {
    struct diags diags = {0};
    struct replay replay = {0};
    const char *folder = options->inputs.count > 0 ? options->inputs.at[0] : "vectors/suite";
    enum exit_status status = EXIT_BAD_INPUT;
    const struct outcome *found = NULL;
    bool good = replay_load(&replay, folder, NULL, options->library, ENIMC_VERSION, &diags);
    good = !work_report(&diags, options) && good;
    for (size_t i = 0; i < replay.outcomes.count && good; i++)
        if (strcmp(replay.outcomes.at[i].id, options->curl) == 0)
            found = &replay.outcomes.at[i];
    if (good && found == NULL)
        fprintf(stderr, "enimc: %s: no vector is called '%.100s'\n", folder, options->curl);
    FILE *out = found == NULL ? NULL : work_open(options);
    if (out != NULL) {
        curl_script(found->script, found->vector, out);
        status = work_close(options, out) ? EXIT_HOLDS : EXIT_BAD_INPUT;
    }
    replay_clear(&replay);
    diags_clear(&diags);
    return status;
}

static int run_explain(const struct options *options) {
    if (!work_format(options))
        return EXIT_BAD_INPUT;
    if (options->curl != NULL)
        return (int)explain_with_curl(options);
    for (enum diag_code code = 0; code < DIAG_COUNT; code++)
        if (options->inputs.count == 1 && strcmp(diag_slug(code), options->inputs.at[0]) == 0)
            return (int)explain_diagnostic(options, code);
    struct diags diags = {0};
    struct catalogue *catalogue = catalogue_read(options->library, &diags);
    enum exit_status status = EXIT_BAD_INPUT;
    if (!work_report(&diags, options) && catalogue != NULL) {
        const struct finding_page *page =
            options->inputs.count == 1 ? catalogue_page(catalogue, options->inputs.at[0]) : NULL;
        status = options->inputs.count == 0 ? list_all(options, catalogue)
                 : page != NULL             ? explain_finding(options, page)
                                            : explain_response(options, catalogue);
    }
    catalogue_free(catalogue);
    diags_clear(&diags);
    return (int)status;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "[CODE [SPEC]]",
    .summary = "Says what a diagnostic or a finding means, or which rules of a rulebook answer an error code",
    .flag = ON_EXPLAIN,
    .max_inputs = 2,
    .run = run_explain,
};
