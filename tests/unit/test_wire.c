/* The mapping onto the EC2 Query API: complete, and in both directions the same. */
#include "tests/unit/test.h"

#include <string.h>

#include "wire/place.h"
#include "wire/wire.h"

static struct rulebook *read_spec(const char *path, struct diags *diags) {
    struct rulebook *rulebook = rulebook_read(path, "specs", NULL, 0, diags);
    if (rulebook == NULL)
        diags_print(diags, stderr, false);
    assert_non_null(rulebook);
    return rulebook;
}

static void everything_is_mapped(void **state) {
    (void)state;
    struct diags diags = {0};
    struct rulebook *rulebook = read_spec("specs/ec2/everything.yaml", &diags);
    struct wire *wire = wire_read("specs/ec2/wire", rulebook, &diags);
    bool complete = wire != NULL && wire_check_complete(wire, &diags);
    diags_print(&diags, stderr, false);
    assert_non_null(wire);
    assert_true(complete);
    wire_free(wire);
    rulebook_free(rulebook);
    diags_clear(&diags);
}

/* What the mapping lacks is an error, whichever part of it. */
static void what_is_missing_is_said(void **state) {
    (void)state;
    for (int what = 0; what < 3; what++) {
        struct diags diags = {0};
        struct rulebook *rulebook = read_spec("specs/ec2/everything.yaml", &diags);
        struct wire *wire = wire_read("specs/ec2/wire", rulebook, &diags);
        assert_non_null(wire);
        struct wire_action *first = wire->actions.at[0];
        struct wire_call_form form = first->forms.at[0];
        if (what == 0)
            wire->actions.at[0]->forms.at[0] = wire->actions.at[0]->forms.at[1]; /* a form of a call less */
        else if (what == 1)
            wire->events.count--;
        else
            wire->actions.at[0] = wire->actions.at[1];
        assert_false(wire_check_complete(wire, &diags));
        assert_int_equal(diags.list.at[0].code, DIAG_MISSING_KEY);
        first->forms.at[0] = form;
        wire->actions.at[0] = first;
        wire->events.count += what == 1;
        wire_free(wire);
        rulebook_free(rulebook);
        diags_clear(&diags);
    }
}

static void assert_block(const struct wire *wire, struct wire_places *places, const char *kind_name, uint32_t object,
                         const char *expected) {
    const struct wire_kind *kind = wire_kind(wire, rulebook_kind(wire->rulebook, kind_name));
    assert_string_equal(wire_place_text(places, wire_id(kind, "cidr"), object), expected);
}

/* What tells where its block begins lies there, also where that overlaps another or is outside its VPC; what tells
 * nothing, or what is no block, gets a free one. */
static void told_blocks_are_kept(void **state) {
    (void)state;
    struct diags diags = {0};
    struct rulebook *rulebook = read_spec("specs/ec2/universes/cidr-blocks.yaml", &diags);
    const struct kind *subnets = rulebook_kind(rulebook, "subnet");
    struct wire *wire = wire_read("specs/ec2/wire", rulebook, &diags);
    assert_non_null(wire);
    struct evaluator evaluator;
    evaluator_init(&evaluator, rulebook);
    struct wire_places *places = wire_places_new(wire, &evaluator);
    assert_int_equal(subnets->objects.count, 3);
    for (uint32_t s = 0; s < 3; s++) /* their names are their blocks */
        assert_block(wire, places, "subnet", s, subnets->objects.at[s].name);
    assert_block(wire, places, "vpc", 0, "10.0.0.0/24");
    assert_block(wire, places, "vpc", 1, "10.0.0.0/24");
    evaluator_clear(&evaluator);
    wire_free(wire);
    rulebook_free(rulebook);

    rulebook = read_spec("tests/unit/blocks.yaml", &diags);
    wire = wire_read("specs/ec2/wire", rulebook, &diags);
    assert_non_null(wire);
    evaluator_init(&evaluator, rulebook);
    places = wire_places_new(wire, &evaluator);
    assert_block(wire, places, "vpc", 0, "172.16.0.0/24");
    assert_block(wire, places, "subnet", 0, "172.16.0.0/26");
    assert_block(wire, places, "subnet", 1, "172.16.0.64/26");
    assert_block(wire, places, "vpc", 1, "10.0.0.0/16");
    assert_block(wire, places, "subnet", 2, "10.0.1.0/24");
    evaluator_clear(&evaluator);
    wire_free(wire);
    rulebook_free(rulebook);
    diags_clear(&diags);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_mapped),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(told_blocks_are_kept),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
