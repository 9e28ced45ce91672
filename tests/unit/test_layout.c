/* Packing: bits for values, round trips, no variable in two words, unused bits zero. */
#include "model/layout.h"
#include "tests/unit/test.h"

static const struct row {
    const char *name;
    uint64_t values;
    unsigned bits;
} rows[] = {
    {"no value needs no bits", 0, 0},
    {"a constant needs none", 1, 0},
    {"a flag needs one", 2, 1},
    {"three values need two", 3, 2},
    {"four values need two", 4, 2},
    {"five values need three", 5, 3},
    {"a byte", 256, 8},
    {"a byte and one", 257, 9},
    {"all 32-bit numbers", UINT64_C(1) << 32, 32},
    {"one more", (UINT64_C(1) << 32) + 1, 33},
};

static void check_row(void **state) {
    const struct row *row = *state;
    assert_int_equal(layout_bits(row->values), row->bits);
}

static void random_range(uint64_t *random, struct system_var *var) {
    static const uint32_t sizes[] = {1, 2, 2, 3, 4, 17, 1000, 70000, 2000000000};
    uint32_t size = sizes[random_below(random, ARRAY_SIZE(sizes))];
    var->low = (int32_t)random_below(random, 2000000) - 1000000;
    if (size > 1000000000)
        var->low = -1000000000;
    var->high = (int32_t)((int64_t)var->low + size - 1);
}

static int32_t random_value(uint64_t *random, const struct system_var *var) {
    uint64_t size = (uint64_t)((int64_t)var->high - var->low) + 1;
    switch (random_below(random, 4)) {
    case 0:
        return var->low;
    case 1:
        return var->high;
    default:
        return (int32_t)((int64_t)var->low + (int64_t)(random_word(random) % size));
    }
}

static void check_round_trip(void **state) {
    (void)state;
    uint64_t random = random_seed(3);
    for (int round = 0; round < 300; round++) {
        struct system system = {0};
        uint32_t count = random_below(&random, 60), total = 0;
        for (uint32_t i = 0; i < count; i++) {
            struct system_var var = {0};
            random_range(&random, &var);
            vec_push(&system.vars, var);
        }
        struct layout layout;
        layout_init(&layout, &system);
        assert_true(layout.words >= 1);
        uint64_t *used = memory_resize(NULL, layout.words * sizeof *used);
        uint64_t *packed = memory_resize(NULL, layout.words * sizeof *packed);
        memset(used, 0, layout.words * sizeof *used);
        for (uint32_t i = 0; i < count; i++) { /* places do not overlap and do not leave their word */
            const struct layout_place *place = &layout.places[i];
            assert_true(place->word < layout.words && place->shift + place->bits <= 64);
            uint64_t mask = place->bits == 0 ? 0 : ((UINT64_C(1) << place->bits) - 1) << place->shift;
            assert_int_equal(used[place->word] & mask, 0);
            used[place->word] |= mask;
            total += place->bits;
        }
        assert_int_equal(total, layout.bits);
        int32_t values[60], again[60];
        for (int trial = 0; trial < 30; trial++) {
            for (uint32_t i = 0; i < count; i++)
                values[i] = random_value(&random, &system.vars.at[i]);
            layout_pack(&layout, &system, values, packed);
            for (uint32_t w = 0; w < layout.words; w++)
                assert_int_equal(packed[w] & ~used[w], 0);
            layout_unpack(&layout, &system, packed, again);
            for (uint32_t i = 0; i < count; i++)
                assert_int_equal(values[i], again[i]);
        }
        free(used);
        free(packed);
        layout_clear(&layout);
        vec_free(&system.vars);
    }
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + 1] = {{"round trip", check_round_trip, NULL, NULL, NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i + 1] = (struct CMUnitTest){rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
