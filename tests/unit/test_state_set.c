/* The set of states against a plain array: numbers in order of arrival, known states keep theirs; growth; full. */
#include "solver/state_set.h"
#include "tests/unit/test.h"

static const struct row {
    const char *name;
    size_t words;
    uint32_t values; /* of the last word: few make many repetitions */
    size_t blocks, block;
} rows[] = {
    {"one word, few values", 1, 50, 20, STATE_SET_BLOCK},
    {"one word, many values", 1, 1u << 30, 40, STATE_SET_BLOCK},
    {"two words", 2, 3000, 30, STATE_SET_BLOCK},
    {"five words, blocks of seven", 5, 700, 300, 7},
    {"one by one", 1, 400, 900, 1},
};

static state_id find_plain(const uint64_t *plain, size_t words, state_id count, const uint64_t *state) {
    for (state_id i = 0; i < count; i++)
        if (memcmp(plain + i * words, state, words * sizeof *plain) == 0)
            return i;
    return STATE_NONE;
}

static void check_row(void **state) {
    const struct row *row = *state;
    uint64_t random = random_seed(7);
    struct state_set *set = state_set_new(row->words, (size_t)1 << 28);
    assert_non_null(set);
    size_t most = row->blocks * row->block;
    uint64_t *plain = memory_resize(NULL, most * row->words * sizeof *plain), block[STATE_SET_BLOCK * 5];
    state_id count = 0, ids[STATE_SET_BLOCK], expected[STATE_SET_BLOCK];
    for (size_t b = 0; b < row->blocks; b++) {
        for (size_t i = 0; i < row->block * row->words; i++)
            block[i] = (i + 1) % row->words == 0 ? random_below(&random, row->values) : (uint64_t)(i % row->words);
        state_set_find(set, block, row->block, ids);
        for (size_t i = 0; i < row->block; i++)
            assert_int_equal(ids[i], find_plain(plain, row->words, count, block + i * row->words));
        for (size_t i = 0; i < row->block; i++) {
            expected[i] = find_plain(plain, row->words, count, block + i * row->words);
            if (expected[i] == STATE_NONE) {
                memcpy(plain + count * row->words, block + i * row->words, row->words * sizeof *plain);
                expected[i] = count++;
            }
        }
        assert_true(state_set_add(set, block, row->block, b % 3 == 0 ? NULL : ids));
        for (size_t i = 0; b % 3 != 0 && i < row->block; i++)
            assert_int_equal(ids[i], expected[i]);
        assert_int_equal(state_set_count(set), count);
    }
    assert_memory_equal(state_set_get(set, 0), plain, count * row->words * sizeof *plain);
    assert_true(state_set_bytes(set) <= state_set_peak_bytes(set));
    state_set_free(set);
    free(plain);
}

/* Past the first table: 200 000 numbers, each twice. */
static void check_growth(void **state) {
    (void)state;
    struct state_set *set = state_set_new(1, (size_t)1 << 28);
    uint64_t block[STATE_SET_BLOCK];
    for (uint64_t first = 0; first < 200000; first += STATE_SET_BLOCK / 2) {
        for (size_t i = 0; i < STATE_SET_BLOCK; i++)
            block[i] = (first + i) << 40; /* only high bits differ */
        assert_true(state_set_add(set, block, STATE_SET_BLOCK, NULL));
    }
    for (state_id id = 0; id < state_set_count(set); id++)
        assert_int_equal(*state_set_get(set, id) >> 40, id);
    assert_true(state_set_count(set) >= 200000);
    state_set_free(set);
}

/* Full is an ordinary end: what is there stays, nothing is lost, no more memory than allowed is counted. */
static void check_full(void **state) {
    (void)state;
    size_t most = 3 * 8 * (size_t)LIMIT_STATE_TABLE_FIRST + 4096;
    struct state_set *set = state_set_new(2, most);
    assert_non_null(set);
    uint64_t block[2 * 8] = {0};
    uint64_t value = 0;
    bool good = true;
    while (good && value < 100000000) {
        for (size_t i = 0; i < 8; i++)
            block[2 * i] = value++;
        good = state_set_add(set, block, 8, NULL);
    }
    assert_false(good);
    state_id count = state_set_count(set);
    assert_true(count > 0 && count <= value);
    assert_true(state_set_bytes(set) <= most && state_set_peak_bytes(set) <= most);
    for (state_id id = 0; id < count; id++)
        assert_int_equal(state_set_get(set, id)[0], id);
    assert_true(state_set_add(set, state_set_get(set, 0), 1, NULL)); /* known states are still found */
    state_id id;
    block[0] = UINT64_MAX;
    state_set_find(set, block, 1, &id);
    assert_int_equal(id, STATE_NONE);
    state_set_free(set);
    state_set_free(NULL);
    assert_null(state_set_new(1, 16));
}

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(rows) + 2] = {
        {"growth", check_growth, NULL, NULL, NULL},
        {"full", check_full, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        tests[i + 2] = (struct CMUnitTest){rows[i].name, check_row, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("state set", tests, NULL, NULL);
}
