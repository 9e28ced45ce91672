/* What a diagnostic looks like: order, source line, caret, notes, no control characters. */
#include "base/diag.h"
#include "tests/unit/test.h"

static char text_of_file[] = "kinds:\n  node: { up: bool }\n\tlast \033line\n\u00e9\u20acab: \u00e9\u00e9x";

static char *printed(const struct diags *diags, bool color) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    diags_print(diags, out, color);
    fclose(out);
    return text;
}

static struct diags with_file(void) {
    struct diags diags = {0};
    size_t bytes = sizeof text_of_file - 1;
    char *copy = memory_resize(NULL, bytes);
    memcpy(copy, text_of_file, bytes);
    assert_int_equal(diags_add_file(&diags, "a.yaml", copy, bytes), 0);
    return diags;
}

static const struct row {
    const char *name;
    struct span span;
    const char *output;
} rows[] = {
    {"a word",
     {0, 2, 3, 4},
     "a.yaml:2:3: error[unknown-key]: no 'x'\n     2 |   node: { up: bool }\n       |   ^~~~\n"},
    {"one character", {0, 1, 6, 1}, "a.yaml:1:6: error[unknown-key]: no 'x'\n     1 | kinds:\n       |      ^\n"},
    {"behind the last character",
     {0, 1, 7, 1},
     "a.yaml:1:7: error[unknown-key]: no 'x'\n     1 | kinds:\n       |       ^\n"},
    {"the marks end with the line",
     {0, 1, 1, 99},
     "a.yaml:1:1: error[unknown-key]: no 'x'\n     1 | kinds:\n       | ^~~~~~\n"},
    {"control characters are blanks",
     {0, 3, 2, 4},
     "a.yaml:3:2: error[unknown-key]: no 'x'\n     3 |  last  line\n       |  ^~~~\n"},
    {"marks count characters",
     {0, 4, 10, 5},
     "a.yaml:4:10: error[unknown-key]: no 'x'\n     4 | \u00e9\u20acab: \u00e9\u00e9x\n       |       ^~~\n"},
    {"a column that is not there", {0, 1, 50, 1}, "a.yaml:1:50: error[unknown-key]: no 'x'\n"},
    {"a line that is not there", {0, 50, 1, 1}, "a.yaml:50:1: error[unknown-key]: no 'x'\n"},
    {"the file as a whole", {0, 0, 0, 0}, "a.yaml: error[unknown-key]: no 'x'\n"},
    {"the command line", {UINT32_MAX, 0, 0, 0}, "error[unknown-key]: no 'x'\n"},
};

static void check_row(void **state) {
    const struct row *row = *state;
    struct diags diags = with_file();
    diag_error(&diags, row->span, DIAG_UNKNOWN_KEY, "no '%s'", "x");
    char *text = printed(&diags, false);
    assert_string_equal(text, row->output);
    assert_true(diags_failed(&diags));
    free(text);
    diags_clear(&diags);
    assert_false(diags_failed(&diags));
}

static void check_order(void **state) {
    (void)state;
    struct diags diags = {0};
    for (int i = 0; i < 2; i++)
        diags_add_file(&diags, i == 0 ? "a" : "b", NULL, 0);
    diag_error(&diags, (struct span){1, 1, 1, 1}, DIAG_SYNTAX, "fourth");
    diag_error(&diags, (struct span){0, 3, 1, 1}, DIAG_SYNTAX, "third");
    diag_note(&diags, (struct span){1, 9, 9, 1}, "with its note");
    diag_error(&diags, (struct span){0, 2, 5, 1}, DIAG_SYNTAX, "second");
    diag_warning(&diags, (struct span){0, 2, 1, 1}, DIAG_SYNTAX, "first");
    char *text = printed(&diags, false);
    assert_string_equal(text,
                        "a:2:1: warning[syntax]: first\na:2:5: error[syntax]: second\na:3:1: error[syntax]: third\n"
                        "b:9:9: note: with its note\nb:1:1: error[syntax]: fourth\n");
    assert_int_equal(diags.error_count, 3);
    free(text);
    diags_clear(&diags);
}

/* What has been said of a place is not said again, nor are its notes; elsewhere it is another matter. */
static void check_repeated(void **state) {
    (void)state;
    struct diags diags = with_file();
    for (int i = 0; i < 3; i++) {
        diag_error(&diags, (struct span){0, 2, 3, 4}, DIAG_UNKNOWN_KEY, "no '%s'", "x");
        diag_note(&diags, (struct span){0, 2, 3, 4}, "the closest is 'y'");
    }
    diag_error(&diags, (struct span){0, 2, 9, 4}, DIAG_UNKNOWN_KEY, "no '%s'", "x");
    diag_note(&diags, (struct span){0, 2, 3, 4}, "the closest is 'y'");
    assert_int_equal(diags.error_count, 2);
    assert_int_equal(diags.list.count, 4);
    diags_clear(&diags);
}

static void check_flood(void **state) {
    (void)state;
    struct diags diags = {0};
    for (int i = 0; i < LIMIT_ERRORS + 7; i++) {
        diag_error(&diags, (struct span){UINT32_MAX, 0, 0, 0}, DIAG_SYNTAX, "number %d", i);
        diag_note(&diags, (struct span){UINT32_MAX, 0, 0, 0}, "note %d", i);
    }
    char *text = printed(&diags, false);
    assert_non_null(strstr(text, "number 99\nnote: note 99\n... and 7 more errors\n"));
    assert_null(strstr(text, "number 100"));
    free(text);
    diags_clear(&diags);
}

static void check_message(void **state) {
    (void)state;
    struct diags diags = {0};
    diag_error(&diags, (struct span){UINT32_MAX, 0, 0, 0}, DIAG_SYNTAX, "a\033[31m%s", "\nb");
    char *text = printed(&diags, false), *colored = printed(&diags, true);
    assert_string_equal(text, "error[syntax]: a?[31m?b\n");
    assert_string_equal(colored, "\033[1;31merror[syntax]\033[0m: a?[31m?b\n");
    free(text);
    free(colored);
    diags_clear(&diags);
}

/* Every code explains itself, with the names in lower case. */
static void check_codes(void **state) {
    (void)state;
    for (enum diag_code code = 0; code < DIAG_COUNT; code++) {
        assert_true(strlen(diag_help(code)) > 20);
        assert_int_equal(strspn(diag_slug(code), "abcdefghijklmnopqrstuvwxyz-"), strlen(diag_slug(code)));
        for (enum diag_code other = 0; other < code; other++)
            assert_string_not_equal(diag_slug(code), diag_slug(other));
    }
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + 5] = {
        cmocka_unit_test(check_repeated),
        {"in the order of files and lines", check_order, NULL, NULL, NULL},
        {"a hundred errors are enough", check_flood, NULL, NULL, NULL},
        {"no control characters in messages", check_message, NULL, NULL, NULL},
        {"every code is explained", check_codes, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i + 5] = (struct CMUnitTest){rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
