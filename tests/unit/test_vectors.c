/* Names and selection of vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/vec.h"
#include "vectors/select.h"
#include "vectors/slug.h"

static const struct slug_row {
    const char *name, *text, *slug;
} slug_rows[] = {
    {"words of a name", "AttachNetworkInterface ATT-P1", "attach-network-interface-att-p1"},
    {"digits stay with their word", "AssignIpv6Addresses ok", "assign-ipv6-addresses-ok"},
    {"abbreviations are words", "ModifyEC2VPCEndpoint", "modify-ec2-vpc-endpoint"},
    {"an underscore is a gap", "AssociateAddress_by_instance", "associate-address-by-instance"},
    {"gaps are joined and trimmed", "  a..b -- C! ", "a-b-c"},
    {"four characters are enough", "a ok", "a-ok"},
    {"too short", "ok", "vector-ok"},
    {"nothing at all", "--", "vector"},
    {"bytes that are no ASCII", "caf\xc3\xa9 noir", "caf-noir"},
};

static void check_slug(void **state) {
    const struct slug_row *row = *state;
    char slug[SLUG_BYTES];
    slug_make(row->text, slug);
    assert_string_equal(slug, row->slug);
    assert_true(slug_is_good(slug));
}

static void long_slug(void **state) {
    (void)state;
    char text[300], one[SLUG_BYTES], other[SLUG_BYTES];
    memset(text, 'x', sizeof text);
    text[299] = '\0';
    slug_make(text, one);
    text[298] = 'y';
    slug_make(text, other);
    assert_true(slug_is_good(one) && slug_is_good(other));
    assert_int_equal(strlen(one), SLUG_MAX);
    assert_string_not_equal(one, other);
    text[SLUG_MAX] = '\0'; /* as long as may be */
    slug_make(text, one);
    text[SLUG_MAX] = '\0';
    assert_string_equal(one, text);
}

static void distinguished_slug(void **state) {
    (void)state;
    char one[SLUG_BYTES] = "same", other[SLUG_BYTES] = "same";
    slug_distinguish(one, "A/x");
    slug_distinguish(other, "A/y");
    assert_true(slug_is_good(one) && slug_is_good(other));
    assert_string_not_equal(one, other);
    assert_int_equal(strncmp(one, "same-", 5), 0);
}

static void bad_slugs(void **state) {
    (void)state;
    assert_false(slug_is_good("abc"));
    assert_false(slug_is_good("Abcd"));
    assert_false(slug_is_good("ab_cd"));
    assert_false(slug_is_good(""));
}

/* Candidates as texts: '#' where it shows the goal. */
static const struct cover_row {
    const char *name;
    size_t candidates, goals;
    const char *shows;
    size_t costs[5];
    const char *chosen;
} cover_rows[] = {
    {"nothing to choose from", 0, 3, "", {0}, ""},
    {"a candidate that shows nothing", 1, 2, "..", {1}, "."},
    {"a long one covers the short ones", 3, 3, "#.. ##. ###", {1, 2, 3}, "..#"},
    {"of equal ones the cheapest", 3, 2, "## ## ##", {3, 1, 2}, ".#."},
    {"of equally cheap ones the first", 2, 2, "## ##", {1, 1}, "#."},
    {"the greedy first choice becomes superfluous", 3, 6, ".####. ###... ...###", {1, 1, 1}, ".##"},
    {"each is needed", 3, 3, "#.. .#. ..#", {9, 1, 4}, "###"},
};

static void check_cover(void **state) {
    const struct cover_row *row = *state;
    bool shows[64] = {false}, chosen[5] = {false};
    size_t at = 0;
    for (const char *c = row->shows; *c != '\0'; c++)
        if (*c != ' ')
            shows[at++] = *c == '#';
    assert_int_equal(at, row->candidates * row->goals);
    select_cover(row->candidates, row->goals, shows, row->costs, chosen);
    for (size_t i = 0; i < row->candidates; i++)
        assert_int_equal(chosen[i], row->chosen[i] == '#');
}

/* Random tables: all that can be shown is shown, and no chosen one is superfluous. */
static void random_covers(void **state) {
    (void)state;
    enum { CANDIDATES = 12, GOALS = 15 };
    uint32_t seed = 12345;
    for (int round = 0; round < 500; round++) {
        bool shows[CANDIDATES * GOALS], chosen[CANDIDATES];
        size_t costs[CANDIDATES];
        for (size_t i = 0; i < CANDIDATES * GOALS; i++) {
            seed = seed * 1664525u + 1013904223u;
            shows[i] = seed >> 24 < 64;
        }
        for (size_t c = 0; c < CANDIDATES; c++)
            costs[c] = c % 4 + 1;
        select_cover(CANDIDATES, GOALS, shows, costs, chosen);
        size_t times[GOALS] = {0}, possible[GOALS] = {0};
        for (size_t c = 0; c < CANDIDATES; c++)
            for (size_t g = 0; g < GOALS; g++) {
                times[g] += chosen[c] && shows[c * GOALS + g];
                possible[g] += shows[c * GOALS + g];
            }
        for (size_t g = 0; g < GOALS; g++)
            assert_true((times[g] > 0) == (possible[g] > 0));
        for (size_t c = 0; c < CANDIDATES; c++) {
            bool needed = !chosen[c];
            for (size_t g = 0; g < GOALS; g++)
                needed = needed || (shows[c * GOALS + g] && times[g] == 1);
            assert_true(needed);
        }
    }
}

int main(void) {
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(long_slug),
        cmocka_unit_test(distinguished_slug),
        cmocka_unit_test(bad_slugs),
        cmocka_unit_test(random_covers),
    };
    struct CMUnitTest tests[ARRAY_SIZE(slug_rows) + ARRAY_SIZE(cover_rows) + ARRAY_SIZE(others)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(slug_rows); i++)
        tests[count++] =
            (struct CMUnitTest){slug_rows[i].name, check_slug, NULL, NULL, (void *)(uintptr_t)&slug_rows[i]};
    for (size_t i = 0; i < ARRAY_SIZE(cover_rows); i++)
        tests[count++] =
            (struct CMUnitTest){cover_rows[i].name, check_cover, NULL, NULL, (void *)(uintptr_t)&cover_rows[i]};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
