/* The benchmark model against a brute force of its table (specs/bench/eni-bench.yaml, tests/bench/README.md).
 *
 * The reference below is written from the table of transitions alone: a struct of bytes, one function for one
 * step, breadth-first search over a hash set.  It knows nothing of rulebooks, systems or packed states, so where
 * it agrees on states, transitions, depth, verdicts and traces, language, grounding and engine are right. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/system.h"
#include "solver/engine.h"

enum { MOST = 4, STEP_ARGUMENTS = 3 };

struct size {
    int instances, slots, enis, addresses, limit, eips;
    size_t states; /* as other tools counted them, too; 0: unknown */
};

/* ---- the reference ---- */

enum { ABSENT, AVAILABLE, ATTACHED };     /* + i * slots + s */
enum { FREE, FIRST_OWNED };               /* + 2 * e, and 1 more if secondary */
enum { RELEASED, ALLOCATED, ASSOCIATED }; /* + k */

struct state {
    uint8_t stopped[MOST], eni[MOST], ip[MOST], eip[MOST];
};

enum rule {
    CREATE,
    DELETE,
    ATTACH,
    DETACH,
    ASSIGN,
    UNASSIGN,
    MOVE,
    ALLOCATE,
    ASSOCIATE,
    REASSOCIATE,
    DISASSOCIATE,
    RELEASE,
    STOP,
    START,
    RULES
};

/* What each argument of a rule counts: one of the letters of `struct size`, or '.' for none. */
static const struct rule_row {
    const char *name, *domains;
} rules[RULES] = {
    [CREATE] = {"Create", "EK."},
    [DELETE] = {"Delete", "E.."},
    [ATTACH] = {"Attach", "EIS"},
    [DETACH] = {"Detach", "E.."},
    [ASSIGN] = {"Assign", "EK."},
    [UNASSIGN] = {"Unassign", "K.."},
    [MOVE] = {"Move", "KE."},
    [ALLOCATE] = {"Allocate", "P.."},
    [ASSOCIATE] = {"Associate", "PK."},
    [REASSOCIATE] = {"Reassociate", "PK."},
    [DISASSOCIATE] = {"Disassociate", "P.."},
    [RELEASE] = {"Release", "P.."},
    [STOP] = {"Stop", "I.."},
    [START] = {"Start", "I.."},
};

static int domain(const struct size *size, char letter) {
    switch (letter) {
    case 'I':
        return size->instances;
    case 'S':
        return size->slots;
    case 'E':
        return size->enis;
    case 'K':
        return size->addresses;
    case 'P':
        return size->eips;
    default:
        return 1;
    }
}

static uint8_t primary_of(int e) { return (uint8_t)(FIRST_OWNED + 2 * e); }
static uint8_t secondary_of(int e) { return (uint8_t)(FIRST_OWNED + 2 * e + 1); }
static bool is_secondary(uint8_t ip) { return ip != FREE && (ip - FIRST_OWNED) % 2 == 1; }
static bool is_owned_by(uint8_t ip, int e) { return ip == primary_of(e) || ip == secondary_of(e); }

static int owned(const struct size *size, const struct state *at, int e) {
    int count = 0;
    for (int k = 0; k < size->addresses; k++)
        count += is_owned_by(at->ip[k], e);
    return count;
}

static bool has_eip(const struct size *size, const struct state *at, int k) {
    for (int p = 0; p < size->eips; p++)
        if (at->eip[p] == ASSOCIATED + k)
            return true;
    return false;
}

static void take_eips_off(const struct size *size, struct state *at, int k) {
    for (int p = 0; p < size->eips; p++)
        if (at->eip[p] == ASSOCIATED + k)
            at->eip[p] = ALLOCATED;
}

/* One row of the table: the guard, then the effect on a copy. */
static bool step(const struct size *size, bool bug, const struct state *at, enum rule rule, const int *a,
                 struct state *next) {
    *next = *at;
    switch (rule) {
    case CREATE: /* (e, k) */
        if (at->eni[a[0]] != ABSENT || at->ip[a[1]] != FREE)
            return false;
        next->eni[a[0]] = AVAILABLE;
        next->ip[a[1]] = primary_of(a[0]);
        return true;
    case DELETE: /* (e) */
        if (at->eni[a[0]] != AVAILABLE)
            return false;
        next->eni[a[0]] = ABSENT;
        for (int k = 0; k < size->addresses; k++)
            if (is_owned_by(at->ip[k], a[0])) {
                next->ip[k] = FREE;
                if (!bug)
                    take_eips_off(size, next, k);
            }
        return true;
    case ATTACH: { /* (e, i, s) */
        uint8_t place = (uint8_t)(ATTACHED + a[1] * size->slots + a[2]);
        if (at->eni[a[0]] != AVAILABLE || (a[2] == 0 && !at->stopped[a[1]]))
            return false;
        for (int e = 0; e < size->enis; e++)
            if (at->eni[e] == place)
                return false;
        next->eni[a[0]] = place;
        return true;
    }
    case DETACH: { /* (e) */
        int place = at->eni[a[0]] - ATTACHED;
        if (place < 0 || (place % size->slots == 0 && !at->stopped[place / size->slots]))
            return false;
        next->eni[a[0]] = AVAILABLE;
        return true;
    }
    case ASSIGN: /* (e, k) */
        if (at->eni[a[0]] == ABSENT || at->ip[a[1]] != FREE || owned(size, at, a[0]) >= size->limit)
            return false;
        next->ip[a[1]] = secondary_of(a[0]);
        return true;
    case UNASSIGN: /* (k) */
        if (!is_secondary(at->ip[a[0]]))
            return false;
        next->ip[a[0]] = FREE;
        take_eips_off(size, next, a[0]);
        return true;
    case MOVE: /* (k, e2) */
        if (!is_secondary(at->ip[a[0]]) || is_owned_by(at->ip[a[0]], a[1]) || at->eni[a[1]] == ABSENT ||
            owned(size, at, a[1]) >= size->limit)
            return false;
        next->ip[a[0]] = secondary_of(a[1]);
        take_eips_off(size, next, a[0]);
        return true;
    case ALLOCATE: /* (p) */
        next->eip[a[0]] = ALLOCATED;
        return at->eip[a[0]] == RELEASED;
    case ASSOCIATE: /* (p, k) */
        next->eip[a[0]] = (uint8_t)(ASSOCIATED + a[1]);
        return at->eip[a[0]] == ALLOCATED && at->ip[a[1]] != FREE && !has_eip(size, at, a[1]);
    case REASSOCIATE: /* (p, k) */
        next->eip[a[0]] = (uint8_t)(ASSOCIATED + a[1]);
        return at->eip[a[0]] >= ASSOCIATED && at->eip[a[0]] != ASSOCIATED + a[1] && at->ip[a[1]] != FREE &&
               !has_eip(size, at, a[1]);
    case DISASSOCIATE: /* (p) */
        next->eip[a[0]] = ALLOCATED;
        return at->eip[a[0]] >= ASSOCIATED;
    case RELEASE: /* (p) */
        next->eip[a[0]] = RELEASED;
        return at->eip[a[0]] == ALLOCATED;
    case STOP: /* (i) */
        next->stopped[a[0]] = 1;
        return !at->stopped[a[0]];
    case START: /* (i) */
        next->stopped[a[0]] = 0;
        return at->stopped[a[0]];
    case RULES:
        break;
    }
    return false;
}

/* Bit 0 is A, bit 4 is E: the invariants that `at` violates. */
static unsigned violated(const struct size *size, const struct state *at) {
    unsigned bits = 0;
    for (int e = 0; e < size->enis; e++) {
        int primaries = 0;
        for (int f = 0; f < e; f++)
            bits |= at->eni[e] >= ATTACHED && at->eni[e] == at->eni[f] ? 1u : 0;
        for (int k = 0; k < size->addresses; k++)
            primaries += at->ip[k] == primary_of(e);
        bits |= primaries != (at->eni[e] == ABSENT ? 0 : 1) ? 2u : 0;
        bits |= at->eni[e] == ABSENT && owned(size, at, e) > 0 ? 2u : 0;
        bits |= owned(size, at, e) > size->limit ? 16u : 0;
    }
    for (int p = 0; p < size->eips; p++) {
        for (int q = 0; q < p; q++)
            bits |= at->eip[p] >= ASSOCIATED && at->eip[p] == at->eip[q] ? 4u : 0;
        bits |= at->eip[p] >= ASSOCIATED && at->ip[at->eip[p] - ASSOCIATED] == FREE ? 8u : 0;
    }
    return bits;
}

enum { INVARIANTS = 5, NEVER = -1 };

struct found {
    size_t states, transitions;
    int depth, violation[INVARIANTS]; /* the level of the first state that violates it, or NEVER */
};

struct table {
    struct state *list; /* in breadth-first order */
    int *levels;
    size_t count, room, slot_count;
    size_t *slots; /* number + 1; 0: empty */
};

static void table_add(struct table *table, const struct state *state, int level) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < sizeof *state; i++)
        hash = (hash ^ ((const uint8_t *)state)[i]) * 1099511628211u;
    size_t slot = (size_t)(hash ^ hash >> 32) % table->slot_count;
    for (; table->slots[slot] != 0; slot = (slot + 1) % table->slot_count)
        if (memcmp(&table->list[table->slots[slot] - 1], state, sizeof *state) == 0)
            return;
    assert_true(table->count < table->room);
    table->list[table->count] = *state;
    table->levels[table->count] = level;
    table->slots[slot] = ++table->count;
}

/* The next arguments of `rule`, like an odometer; false after the last. */
static bool advance(const struct size *size, enum rule rule, int *arguments) {
    for (int i = STEP_ARGUMENTS - 1; i >= 0; i--) {
        if (++arguments[i] < domain(size, rules[rule].domains[i]))
            return true;
        arguments[i] = 0;
    }
    return false;
}

static struct found search(const struct size *size, bool bug) {
    struct found found = {0, 0, 0, {NEVER, NEVER, NEVER, NEVER, NEVER}};
    struct table table = {.room = 1 << 19, .slot_count = (1 << 20) + 7};
    table.list = test_malloc(table.room * sizeof *table.list);
    table.levels = test_malloc(table.room * sizeof *table.levels);
    table.slots = test_calloc(table.slot_count, sizeof *table.slots);
    struct state start = {{0}, {0}, {0}, {0}};
    table_add(&table, &start, 0);
    for (size_t n = 0; n < table.count; n++) {
        struct state at = table.list[n], next;
        unsigned bits = violated(size, &at);
        for (int i = 0; i < INVARIANTS; i++)
            if ((bits >> i & 1) != 0 && found.violation[i] == NEVER)
                found.violation[i] = table.levels[n];
        for (enum rule rule = 0; rule < RULES; rule++) {
            int arguments[STEP_ARGUMENTS] = {0, 0, 0};
            do {
                if (step(size, bug, &at, rule, arguments, &next)) {
                    found.transitions++;
                    table_add(&table, &next, table.levels[n] + 1);
                }
            } while (advance(size, rule, arguments));
        }
    }
    found.states = table.count;
    found.depth = table.levels[table.count - 1];
    test_free(table.list);
    test_free(table.levels);
    test_free(table.slots);
    return found;
}

/* ---- the engine beside it ---- */

static struct rulebook *read_rulebook(const struct size *size, bool bug, struct diags *diags) {
    const int values[] = {size->instances, size->slots, size->enis, size->addresses, size->limit, size->eips};
    static const char *const names[] = {"I", "S", "E", "K", "L", "P"};
    char texts[6][12];
    struct setting settings[7];
    for (size_t i = 0; i < 6; i++) {
        snprintf(texts[i], sizeof texts[i], "%d", values[i]);
        settings[i] = (struct setting){names[i], texts[i], {UINT32_MAX, 0, 0, 0}};
    }
    settings[6] = (struct setting){"bug", bug ? "on" : "off", {UINT32_MAX, 0, 0, 0}};
    struct rulebook *rulebook = rulebook_read("specs/bench/eni-bench.yaml", "specs", settings, 7, diags);
    diags_print(diags, stderr, false);
    return rulebook;
}

/* Plays the engine's trace in the reference: every step is enabled, and only its last state violates `bit`. */
static void replay(const struct size *size, bool bug, const struct system *system, const struct trace *trace,
                   unsigned bit) {
    struct state at = {{0}, {0}, {0}, {0}}, next;
    for (size_t t = 0; t < trace->steps.count; t++) {
        assert_false(violated(size, &at) & bit);
        const struct system_transition *transition = &system->transitions.at[trace->steps.at[t]];
        const struct action *action = system_action(system, trace->steps.at[t]);
        enum rule rule = 0;
        while (rule < RULES && strcmp(rules[rule].name, action->name) != 0)
            rule++;
        assert_in_range(rule, 0, RULES - 1);
        int arguments[STEP_ARGUMENTS] = {0, 0, 0};
        for (size_t i = 0; i < action->parameters.count; i++)
            arguments[i] = system->arguments.at[transition->arguments + i];
        assert_true(step(size, bug, &at, rule, arguments, &next));
        at = next;
    }
    assert_true(violated(size, &at) & bit);
}

static void compare(const struct size *size, bool bug) {
    struct diags diags = {0};
    struct rulebook *rulebook = read_rulebook(size, bug, &diags);
    assert_non_null(rulebook);
    assert_int_equal(rulebook->properties.count, INVARIANTS);
    struct system *system =
        system_new(rulebook, (const struct property *const *)rulebook->properties.at, INVARIANTS, false, &diags);
    assert_non_null(system);

    struct budget budget = {.max_depth = UINT32_MAX, .max_bytes = (size_t)1 << 30};
    struct run run;
    run_init(&run, system, &budget);
    engine_find("explicit")->run(&run);

    struct found found = search(size, bug);
    assert_true(run.stats.complete);
    assert_false(run.breakage.is_broken);
    assert_int_equal(run.stats.states, found.states);
    assert_int_equal(run.stats.transitions, found.transitions);
    assert_int_equal(run.stats.depth, found.depth);
    if (size->states != 0 && !bug)
        assert_int_equal(found.states, size->states);
    for (unsigned i = 0; i < INVARIANTS; i++) {
        const struct result *result = &run.results.at[i];
        const char name[] = {(char)('A' + i), '\0'};
        assert_string_equal(result->property->name, name);
        assert_int_equal(result->verdict, found.violation[i] == NEVER ? VERDICT_HOLDS : VERDICT_VIOLATED);
        assert_int_equal(result->has_trace, found.violation[i] != NEVER);
        if (result->has_trace) {
            assert_int_equal(result->trace.steps.count, found.violation[i]);
            replay(size, bug, system, &result->trace, 1u << i);
        }
        assert_int_equal(found.violation[i] != NEVER, bug && i == 3); /* D, and only with the bug */
    }

    run_clear(&run);
    system_free(system);
    rulebook_free(rulebook);
    diags_clear(&diags);
}

static void check_size(void **state) {
    compare(*state, false);
    compare(*state, true);
}

/* I S E K L P, states */
static const struct size sizes[] = {
    {1, 1, 1, 1, 1, 1, 16},    {1, 1, 2, 2, 1, 1, 100},   {1, 2, 1, 2, 2, 2, 0},     {2, 1, 2, 3, 2, 1, 3152},
    {1, 3, 2, 3, 2, 2, 0},     {3, 1, 3, 3, 1, 1, 0},     {2, 2, 2, 3, 2, 2, 33568}, {2, 2, 2, 3, 3, 2, 0},
    {3, 2, 2, 3, 2, 1, 32608}, {2, 2, 3, 3, 2, 1, 31916}, {2, 2, 2, 4, 3, 1, 53192}, {1, 2, 2, 4, 3, 2, 0},
    {2, 2, 2, 2, 2, 3, 0},     {1, 2, 4, 4, 2, 1, 0},
};

int main(void) {
    struct CMUnitTest tests[sizeof sizes / sizeof *sizes];
    static char names[sizeof sizes / sizeof *sizes][40];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct size *s = &sizes[i];
        snprintf(names[i], sizeof names[i], "I=%d S=%d E=%d K=%d L=%d P=%d", s->instances, s->slots, s->enis,
                 s->addresses, s->limit, s->eips);
        tests[i] = (struct CMUnitTest){names[i], check_size, NULL, NULL, (void *)(uintptr_t)s};
    }
    return cmocka_run_group_tests_name("eni-bench: brute force and engine", tests, NULL, NULL);
}
