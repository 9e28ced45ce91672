/* The mapping onto the EC2 Query API: complete, and in both directions the same. */
#include "tests/unit/test.h"

#include <string.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_mapped),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
