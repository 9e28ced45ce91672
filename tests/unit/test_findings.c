/* The catalogue covers the rulebook; patterns; escapes. */
#include "tests/unit/test.h"

#include <stdio.h>

#include "findings/catalogue.h"
#include "findings/report_format.h"

/* ---- every check of a client's action has its finding ---- */

static struct catalogue *catalogue;
static struct rulebook *rulebook;
static struct diags diags;

static int open_all(void **state) {
    (void)state;
    catalogue = catalogue_read("specs", &diags);
    rulebook = rulebook_read("tests/unit/everything.yaml", "specs", NULL, 0, &diags);
    if (diags_failed(&diags))
        diags_print(&diags, stderr, false);
    return catalogue == NULL || rulebook == NULL;
}

static int close_all(void **state) {
    (void)state;
    catalogue_free(catalogue);
    rulebook_free(rulebook);
    diags_clear(&diags);
    return 0;
}

static bool has_word(const struct words *words, const char *text) {
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->at[i], text) == 0)
            return true;
    return false;
}

/* One finding, not two; not the one for the rest; and its page names the error code. */
static size_t problems_of(const struct action *action, const struct check *check, enum finding_when when) {
    unsigned most = 1;
    size_t best = 0;
    for (size_t i = 0; i < catalogue->pages.count; i++) {
        const struct finding_page *page = &catalogue->pages.at[i];
        unsigned rank = page->when == when ? finding_rank(page, check, action->name) : 0;
        best = rank > most ? 1 : best + (rank == most && rank > 1);
        most = rank > most ? rank : most;
    }
    const struct finding_page *page = catalogue_find(catalogue, when, check, action->name);
    bool named = page->otherwise || has_word(&page->codes, check->codes[0]);
    bool good = named && (when == WHEN_SOME ? best <= 1 : best == 1);
    if (!good)
        fprintf(stderr, "%s of %s (%s), when %d: %zu findings, %s\n", check->origin.id, action->name, check->codes[0],
                (int)when, best, page->id);
    return !good;
}

static void covers(void **state) {
    (void)state;
    size_t problems = 0, checks = 0, failures = 0;
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        for (size_t i = 0; action->by == BY_CLIENT && i < action->checks.count; i++, checks++) {
            problems += problems_of(action, &action->checks.at[i], WHEN_EVERY);
            problems += problems_of(action, &action->checks.at[i], WHEN_SOME);
        }
        if (action->failure != NULL) {
            problems += problems_of(action, action->failure, WHEN_EVERY);
            problems += problems_of(action, action->failure, WHEN_SOME);
            failures++;
        }
    }
    assert_true(checks > 400 && failures >= 4);
    assert_int_equal(problems, 0);
}

/* Does a pattern of a page mean anything in the rulebook?  Does a code that it names come from one of its checks? */
static bool is_answered(const struct finding_page *page, const char *rule, const char *response, const char *code) {
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        for (size_t i = 0; i < action->checks.count + (action->failure != NULL); i++) {
            const struct check *check = i < action->checks.count ? &action->checks.at[i] : action->failure;
            if (rule != NULL && pattern_matches(rule, check->origin.id))
                return true;
            if (response != NULL && pattern_matches(response, check->codes[0]))
                return true;
            if (code != NULL && strcmp(code, check->codes[0]) == 0 && finding_rank(page, check, action->name) > 1)
                return true;
        }
    }
    return false;
}

static void means_something(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue->pages.count; i++) {
        const struct finding_page *page = &catalogue->pages.at[i];
        for (size_t k = 0; k < page->rules.count; k++)
            if (!is_answered(page, page->rules.at[k], NULL, NULL))
                fail_msg("%s: no check is called %s", page->id, page->rules.at[k]);
        for (size_t k = 0; k < page->responses.count; k++)
            if (!is_answered(page, NULL, page->responses.at[k], NULL))
                fail_msg("%s: no check answers %s", page->id, page->responses.at[k]);
        for (size_t k = 0; k < page->codes.count; k++)
            if (!is_answered(page, NULL, NULL, page->codes.at[k]))
                fail_msg("%s: none of its checks answers %s", page->id, page->codes.at[k]);
    }
}

static bool is_origin(const struct origin *origin, const char *id) { return strcmp(origin->id, id) == 0; }

/* `enimc explain ID` and `enimc rules ID` do not share an id. */
static void ids_are_no_rules(void **state) {
    (void)state;
    for (size_t i = 0; i < catalogue->pages.count; i++) {
        const char *id = catalogue->pages.at[i].id;
        for (size_t a = 0; a < rulebook->actions.count; a++) {
            const struct action *action = rulebook->actions.at[a];
            for (size_t k = 0; k < action->checks.count; k++)
                assert_false(is_origin(&action->checks.at[k].origin, id));
            for (size_t k = 0; k < action->effects.count; k++)
                assert_false(is_origin(&action->effects.at[k].origin, id));
        }
        for (size_t p = 0; p < rulebook->properties.count; p++)
            assert_false(is_origin(&rulebook->properties.at[p]->origin, id));
    }
}

/* What is the same for every check: a replacement, a stop. */
static void whatever_the_check(void **state) {
    (void)state;
    const struct check *check = &rulebook->actions.at[0]->checks.at[0];
    assert_string_equal(catalogue_find(catalogue, WHEN_REPLACED, check, "AttachNetworkInterface")->id, "ORD-6");
    assert_true(catalogue_frees(catalogue, "DeleteNetworkInterface"));
    assert_false(catalogue_frees(catalogue, "CreateNetworkInterface"));
    assert_string_equal(catalogue_find(catalogue, WHEN_STOP, NULL, "AttachNetworkInterface")->id, "RUN-1");
    assert_null(catalogue_page(catalogue, "RUN"));
}

/* What import/ finds without a search has a page. */
static void observed(void **state) {
    (void)state;
    static const char *const ids[] = {"DNS-3", "ADR-5"};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        assert_non_null(catalogue_page(catalogue, ids[i]));
    assert_int_equal(catalogue_page(catalogue, "DNS-3")->when, WHEN_OBSERVED);
}

/* ---- patterns ---- */

static const struct row {
    const char *name, *pattern, *text;
    bool matches;
} rows[] = {
    {"a word is itself", "RACE-1", "RACE-1", true},
    {"and no more", "RACE-1", "RACE-10", false},
    {"a star at the end", "RACE-*", "RACE-10", true},
    {"stands for nothing, too", "RACE-*", "RACE-", true},
    {"a star at the beginning", "*.x", "module.a.x", true},
    {"not too early", "*.x", "a.x.y", false},
    {"two stars", "module.*.aws_eip.*", "module.a.module.b.aws_eip.x[0]", true},
    {"the last try counts", "*ab", "aab", true},
    {"brackets are themselves", "a[0]", "a0", false},
    {"nothing", "", "", true},
    {"a star alone", "*", "", true},
};

static void matches(void **state) {
    const struct row *row = *state;
    assert_int_equal(pattern_matches(row->pattern, row->text), row->matches);
}

/* ---- escapes ---- */

static void property(const char *text, FILE *out) { escape_command(text, true, out); }
static void data(const char *text, FILE *out) { escape_command(text, false, out); }

static const struct escape {
    const char *name;
    void (*escape)(const char *text, FILE *out);
    const char *text, *expected;
} escapes[] = {
    {"text: control characters", escape_text, "a\033[31m\nb\x7f", "a?[31m?b?"},
    {"text: C1 control characters", escape_text,
     "a\xC2\x9B"
     "31m\xC3\xA9",
     "a?31m\xC3\xA9"},
    {"xml: markup", escape_xml, "<a b=\"c\">&'", "&lt;a b=&quot;c&quot;&gt;&amp;'"},
    {"xml: white space of an attribute", escape_xml, "a\n\r\tb", "a&#10;&#13;&#9;b"},
    {"xml: what XML cannot say", escape_xml,
     "a\001\xEF\xBF\xBF"
     "b",
     "a\xEF\xBF\xBD\xEF\xBF\xBD"
     "b"},
    {"markdown: markup", escape_markdown, "a|b*c_[d](e)`<f>", "a\\|b\\*c\\_\\[d\\](e)\\`&lt;f&gt;"},
    {"markdown: one line, nobody is called", escape_markdown, "a\n# b @c", "a \\# b &#64;c"},
    {"command: data", data, "a%0A\r\n::b:,", "a%250A%0D%0A::b:,"},
    {"command: a property", property, "a%,b:c\n", "a%25%2Cb%3Ac%0A"},
};

static void escaped(void **state) {
    const struct escape *escape = *state;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    escape->escape(escape->text, out);
    fclose(out);
    assert_string_equal(text, escape->expected);
    free(text);
}

static void uris(void **state) {
    (void)state;
    struct arena arena = {NULL};
    assert_string_equal(escape_uri("a b/c:d%.tf", &arena), "a%20b/c%3Ad%25.tf");
    assert_string_equal(escape_uri("/tmp/\xC3\xA9", &arena), "file:///tmp/%C3%A9");
    arena_clear(&arena);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + ARRAY_SIZE(escapes) + 5] = {
        cmocka_unit_test(covers), cmocka_unit_test(means_something),    cmocka_unit_test(ids_are_no_rules),
        cmocka_unit_test(uris),   cmocka_unit_test(whatever_the_check), cmocka_unit_test(observed)};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[5 + i] = (struct CMUnitTest){rows[i].name, matches, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ARRAY_SIZE(escapes); i++)
        tests[5 + ARRAY_SIZE(rows) + i] =
            (struct CMUnitTest){escapes[i].name, escaped, NULL, NULL, (void *)(uintptr_t)&escapes[i]};
    return cmocka_run_group_tests_name("findings", tests, open_all, close_all);
}
