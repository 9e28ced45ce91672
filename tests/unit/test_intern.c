/* Equal texts are one pointer, different ones are not; edit distances. */
#include "base/intern.h"
#include "tests/unit/test.h"

static void check_many(void **state) {
    (void)state;
    struct intern intern = {0};
    enum { COUNT = 5000 };
    const char *first[COUNT];
    char text[32];
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "name%d", i);
        first[i] = intern_string(&intern, text);
        assert_string_equal(first[i], text);
    }
    for (int i = 0; i < COUNT; i++) { /* after all growth */
        snprintf(text, sizeof text, "name%d and more", i);
        assert_ptr_equal(intern_text(&intern, text, strlen(text) - 9), first[i]);
        assert_true(i == 0 || first[i] != first[i - 1]);
    }
    assert_int_equal(intern.count, COUNT);
    intern_clear(&intern);
    assert_int_equal(intern.count, 0);
}

static void check_prefixes(void **state) {
    (void)state;
    struct intern intern = {0};
    const char *empty = intern_text(&intern, "abc", 0), *a = intern_text(&intern, "abc", 1);
    assert_string_equal(empty, "");
    assert_string_equal(a, "a");
    assert_ptr_not_equal(a, intern_text(&intern, "abc", 2));
    assert_ptr_equal(intern_text(&intern, "a\0b", 3), a); /* a text ends at its NUL */
    assert_ptr_equal(intern_string(&intern, ""), empty);
    intern_clear(&intern);
}

static const struct row {
    const char *name, *one, *other;
    unsigned limit, distance;
} rows[] = {
    {"the same", "attached", "attached", 9, 0},
    {"a letter is missing", "atached", "attached", 9, 1},
    {"a letter too many", "statuss", "status", 9, 1},
    {"another letter", "stotus", "status", 9, 1},
    {"two swapped letters", "staths", "stahts", 9, 2},
    {"kitten and sitting", "kitten", "sitting", 9, 3},
    {"nothing and all", "", "abc", 9, 3},
    {"all and nothing", "abc", "", 9, 3},
    {"never above the limit", "kitten", "sitting", 2, 2},
};

static void check_row(void **state) {
    const struct row *row = *state;
    assert_int_equal(edit_distance(row->one, row->other, row->limit), row->distance);
    assert_int_equal(edit_distance(row->other, row->one, row->limit), row->distance);
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + 2] = {
        {"five thousand names", check_many, NULL, NULL, NULL},
        {"prefixes", check_prefixes, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i + 2] = (struct CMUnitTest){rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
