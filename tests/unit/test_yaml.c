/* The tree that YAML becomes, and above all positions: a message points at the right byte of plain, quoted, folded and
 * literal texts. */
#include "model/yaml.h"
#include "tests/unit/test.h"

struct reading {
    struct diags diags;
    struct arena arena;
    struct intern intern;
    struct yaml *root;
};

static void open_reading(struct reading *reading, const char *text) {
    *reading = (struct reading){0};
    size_t bytes = strlen(text);
    char *copy = memory_resize(NULL, bytes + 1);
    memcpy(copy, text, bytes + 1);
    uint32_t file = diags_add_file(&reading->diags, "a.yaml", copy, bytes);
    reading->root = yaml_parse(file, &reading->arena, &reading->intern, &reading->diags);
}

static void close_reading(struct reading *reading) {
    diags_clear(&reading->diags);
    arena_clear(&reading->arena);
    intern_clear(&reading->intern);
}

/* The text under "k" is `value`; `part` of it stands at line:column of the file. */
static const struct row {
    const char *name, *file, *value, *part;
    uint32_t line, column;
} rows[] = {
    {"plain", "k: one two three\n", "one two three", "three", 1, 12},
    {"plain, the first word", "k: one two three\n", "one two three", "one", 1, 4},
    {"plain over two lines", "k: one\n  two three\n", "one two three", "three", 2, 7},
    {"plain, a blank line between", "k: one\n\n  two three\n", "one\ntwo three", "two", 3, 3},
    {"double quotes", "k: \"one two\"\n", "one two", "two", 1, 9},
    {"double quotes, the first word", "k:   \"one two\"\n", "one two", "one", 1, 7},
    {"double quotes over lines", "k: \"one\n    two\n  three\"\n", "one two three", "three", 3, 3},
    {"single quotes", "k: 'one two'\n", "one two", "two", 1, 9},
    {"single quotes over lines", "k: 'one\n  two'\n", "one two", "two", 2, 3},
    {"folded", "k: >-\n  one\n  two three\n", "one two three", "three", 3, 7},
    {"folded, the first word", "k: >-\n  one\n  two three\n", "one two three", "one", 2, 3},
    {"folded, with a newline at the end", "k: >\n  one\n  two\n", "one two\n", "two", 3, 3},
    {"folded, a comment in the header", "k: >- # one comment\n  one\n  two\n", "one two", "two", 3, 3},
    {"folded, a paragraph", "k: >-\n  one\n\n  two three\n", "one\ntwo three", "three", 4, 7},
    {"literal", "k: |\n  one\n  two three\n", "one\ntwo three\n", "three", 3, 7},
    {"literal, indented more", "k: |-\n  one\n    two\n", "one\n  two", "two", 3, 5},
    {"literal, in a list", "j:\n- |-\n  one\nk:\n  |-\n  one\n  two\n", "one\ntwo", "two", 7, 3},
    {"a position is counted in bytes", "k: \303\266\303\266 two\n", "\303\266\303\266 two", "two", 1, 9},
    {"a key with two bytes", "\303\244: 1\nk: [1]\n", NULL, NULL, 0, 0},
    {"behind other entries of the line", "{j: \"\303\266\", k: \"one two\"}\n", "one two", "two", 1, 19},
    {"repeated words", "k: one one one\n", "one one one", NULL, 1, 12},
};

static void check_row(void **state) {
    const struct row *row = *state;
    struct reading reading;
    open_reading(&reading, row->file);
    assert_non_null(reading.root);
    const struct yaml *text = yaml_get(reading.root, "k");
    assert_non_null(text);
    if (row->value != NULL) {
        assert_int_equal(text->kind, YAML_TEXT);
        assert_string_equal(text->text, row->value);
        size_t start =
            row->part == NULL ? strlen(row->value) - 3 : (size_t)(strstr(text->text, row->part) - text->text);
        size_t length = row->part == NULL ? 3 : strlen(row->part);
        struct span span = yaml_part(text, start, length, &reading.diags);
        assert_int_equal(span.line, row->line);
        assert_int_equal(span.column, row->column);
        assert_int_equal(span.length, length);
    }
    close_reading(&reading);
}

static void check_tree(void **state) {
    (void)state;
    struct reading reading;
    open_reading(&reading, "# a comment\na: {b: [x, 'y', \"\"], c: }\nd:\n  - e: 1\n    f: 2\n");
    const struct yaml *a = yaml_get(reading.root, "a"), *b = yaml_get(a, "b"), *d = yaml_get(reading.root, "d");
    assert_int_equal(reading.root->count, 2);
    assert_int_equal(b->kind, YAML_LIST);
    assert_int_equal(b->count, 3);
    assert_false(b->items[0]->quoted);
    assert_true(b->items[1]->quoted && b->items[2]->quoted);
    assert_string_equal(b->items[2]->text, "");
    assert_string_equal(yaml_get(a, "c")->text, "");
    assert_int_equal(d->items[0]->kind, YAML_MAP);
    assert_string_equal(d->items[0]->keys[1]->text, "f");
    assert_int_equal(d->items[0]->keys[1]->span.line, 5);
    assert_int_equal(d->items[0]->keys[1]->span.column, 5);
    assert_int_equal(b->items[1]->span.column, 12);
    assert_int_equal(b->items[1]->span.length, 3); /* with its quotes */
    assert_null(yaml_get(reading.root, "nothing"));
    assert_null(yaml_get(b, "x"));
    close_reading(&reading);
}

static void check_empty(void **state) {
    (void)state;
    static const char *const texts[] = {"", "\n", "# only a comment\n", "---\n", "---\n...\n"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct reading reading;
        open_reading(&reading, texts[i]);
        assert_non_null(reading.root);
        assert_int_equal(reading.root->kind, YAML_MAP);
        assert_int_equal(reading.root->count, 0);
        close_reading(&reading);
    }
}

static const struct bad {
    const char *file;
    enum diag_code code;
    uint32_t line, column;
} bads[] = {
    {"a: 1\na: 2\n", DIAG_DUPLICATE_KEY, 2, 1},
    {"a: {b: 1, 'b': 2}\n", DIAG_DUPLICATE_KEY, 1, 11},
    {"a: &x 1\n", DIAG_YAML, 1, 4},
    {"a: !t 1\n", DIAG_YAML, 1, 4},
    {"a: *x\n", DIAG_YAML, 1, 4},
    {"a: 1\n---\nb: 2\n", DIAG_YAML, 3, 1},
    {"a: [1, 2\n", DIAG_YAML, 2, 1},
    {"{a: 1}}\n", DIAG_YAML, 1, 7},
    {"[a]: 1\n", DIAG_WRONG_SHAPE, 1, 1},
    {"a: \"\\0\"\n", DIAG_YAML, 1, 4},
    {"a: \377\n", DIAG_ENCODING, 1, 4},
    {"a: \"\\q\"\n", DIAG_YAML, 1, 5},
};

static void check_bad(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bads); i++) {
        struct reading reading;
        open_reading(&reading, bads[i].file);
        assert_null(reading.root);
        assert_int_equal(reading.diags.error_count, 1);
        const struct diag *diag = &reading.diags.list.at[0];
        if (diag->code != bads[i].code || diag->span.line != bads[i].line || diag->span.column != bads[i].column)
            fail_msg("'%s': %u:%u %s: %s", bads[i].file, diag->span.line, diag->span.column, diag_slug(diag->code),
                     diag->message);
        close_reading(&reading);
    }
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + 3] = {
        {"tree", check_tree, NULL, NULL, NULL},
        {"an empty file is an empty mapping", check_empty, NULL, NULL, NULL},
        {"what is refused, and where", check_bad, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i + 3] = (struct CMUnitTest){rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
