#include "vectors/suite_set.h"

#include <string.h>

#include "base/hash.h"
#include "vectors/merge.h"
#include "vectors/select.h"
#include "vectors/slug.h"

void suite_set_add(struct suite_set *set, struct suite *suite) { vec_push(&set->list, suite); }

bool set_goal_is_shown(const struct suite_set *set, size_t suite, const struct vector *vector, size_t goal) {
    const struct set_goal *asked = &set->goals.at[set->numbers.at[suite][goal]];
    return vector->shows[goal] == SHOWN || (asked->is_weak && vector->shows[goal] == SHOWN_WEAK);
}

/* ---- goals of the same name ---- */

struct name_table {
    VEC(size_t) slots; /* goal + 1 */
};

static uint64_t hash_name(const char *name) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

static void number_goals(struct suite_set *set) {
    struct name_table table = {0};
    size_t total = 0, slots = 16;
    for (size_t s = 0; s < set->list.count; s++)
        total += set->list.at[s]->goals.list.count;
    while (slots < 2 * total)
        slots *= 2;
    for (size_t i = 0; i < slots; i++)
        vec_push(&table.slots, 0);
    for (size_t s = 0; s < set->list.count; s++) {
        const struct suite *suite = set->list.at[s];
        size_t *numbers = arena_alloc(&set->arena, (suite->goals.list.count + 1) * sizeof *numbers);
        for (size_t g = 0; g < suite->goals.list.count; g++) {
            const struct goal *goal = &suite->goals.list.at[g];
            size_t slot = hash_name(goal->id) & (slots - 1);
            while (table.slots.at[slot] != 0 && strcmp(set->goals.at[table.slots.at[slot] - 1].goal->id, goal->id) != 0)
                slot = (slot + 1) & (slots - 1);
            if (table.slots.at[slot] == 0) {
                vec_push(&set->goals, ((struct set_goal){.goal = goal, .suite = suite}));
                table.slots.at[slot] = set->goals.count;
            }
            numbers[g] = table.slots.at[slot] - 1;
        }
        vec_push(&set->numbers, numbers);
    }
    vec_free(&table.slots);
}

/* ---- choosing ---- */

struct row {
    size_t suite;
    const struct vector *vector;
};

struct choice {
    struct suite_set *set;
    enum criterion criterion;
    VEC(struct row) rows;
    bool *shows;
    size_t *costs;
    bool *chosen, *covered;
};

/* A mutant that shows somewhere is not killed by having no meaning elsewhere. */
static void find_weak(struct suite_set *set) {
    bool *strong = memory_resize(NULL, set->goals.count + 1);
    memset(strong, 0, set->goals.count + 1);
    for (size_t s = 0; s < set->list.count; s++) {
        const vector_list *candidates = &set->list.at[s]->candidates;
        for (size_t c = 0; c < candidates->count; c++)
            for (size_t g = 0; g < set->list.at[s]->goals.list.count; g++)
                strong[set->numbers.at[s][g]] |= candidates->at[c].shows[g] == SHOWN;
    }
    for (size_t i = 0; i < set->goals.count; i++)
        set->goals.at[i].is_weak = !strong[i];
    free(strong);
}

/* Covers what is not covered yet with vectors of this level. */
static void choose(struct choice *choice, enum level level) {
    struct suite_set *set = choice->set;
    size_t goals = set->goals.count;
    bool *chosen = memory_resize(NULL, choice->rows.count + 1);
    memset(choice->shows, 0, choice->rows.count * goals);
    for (size_t r = 0; r < choice->rows.count; r++) {
        const struct row *row = &choice->rows.at[r];
        const struct suite *suite = set->list.at[row->suite];
        for (size_t g = 0; row->vector->level == level && g < suite->goals.list.count; g++) {
            size_t number = set->numbers.at[row->suite][g];
            choice->shows[r * goals + number] |= !choice->covered[number] &&
                                                 criterion_asks(choice->criterion, suite->goals.list.at[g].form) &&
                                                 set_goal_is_shown(set, row->suite, row->vector, g);
        }
    }
    select_cover(choice->rows.count, goals, choice->shows, choice->costs, chosen);
    for (size_t r = 0; r < choice->rows.count; r++) {
        choice->chosen[r] |= chosen[r];
        for (size_t i = 0; chosen[r] && i < goals; i++) {
            if (choice->shows[r * goals + i] && level == LEVEL_QUIRK)
                set->goals.at[i].is_quirk = true;
            choice->covered[i] |= choice->shows[r * goals + i];
        }
    }
    free(chosen);
}

static void make_ids_unique(struct suite_set *set) {
    VEC(struct vector *) known = {0};
    for (size_t s = 0; s < set->list.count; s++)
        for (size_t i = 0; i < set->list.at[s]->vectors.count; i++) {
            struct suite *suite = set->list.at[s];
            struct vector *vector = &suite->vectors.at[i];
            for (unsigned round = 0; round < 2; round++)
                for (size_t k = 0; k < known.count; k++)
                    if (strcmp(known.at[k]->id, vector->id) == 0) {
                        char slug[SLUG_BYTES];
                        const char *goal = suite->goals.list.at[vector->goal].id;
                        slug_make(arena_format(&set->arena, "%s in %s", vector->id, suite->name), slug);
                        if (round > 0)
                            slug_distinguish(slug, arena_format(&set->arena, "%s %s", goal, suite->name));
                        vector->id = arena_text(&suite->arena, slug, strlen(slug));
                        break;
                    }
            vec_push(&known, vector);
        }
    vec_free(&known);
}

static void decide_status(struct suite_set *set, const bool *covered) {
    for (size_t i = 0; i < set->goals.count; i++) {
        set->goals.at[i].status = covered[i] ? GOAL_COVERED : GOAL_UNREACHABLE;
        set->goals.at[i].is_identical = !covered[i];
    }
    for (size_t s = 0; s < set->list.count; s++)
        for (size_t g = 0; g < set->list.at[s]->goals.list.count; g++) {
            const struct goal *goal = &set->list.at[s]->goals.list.at[g];
            struct set_goal *asked = &set->goals.at[set->numbers.at[s][g]];
            bool never = goal->condition == EXPR_FALSE && (!goal_is_mutant(goal) || goal->weak == EXPR_FALSE);
            asked->is_identical = asked->is_identical && never;
            if (asked->status == GOAL_UNREACHABLE && !never &&
                (!set->list.at[s]->stats.complete || set->list.at[s]->open[g]))
                asked->status = GOAL_UNKNOWN;
        }
}

/* What vectors show that were counted and are not here. */
static void look_at_walked(struct choice *choice) {
    const struct suite_set *set = choice->set;
    for (size_t s = 0; s < set->list.count; s++) {
        const struct suite *suite = set->list.at[s];
        for (size_t g = 0; suite->walked.is_counted && g < suite->goals.list.count; g++) {
            size_t number = set->numbers.at[s][g];
            choice->covered[number] |= suite->walked.shows[g] == SHOWN ||
                                       (set->goals.at[number].is_weak && suite->walked.shows[g] != SHOWN_NOT);
        }
    }
}

static bool is_counted(const struct suite_set *set) {
    for (size_t s = 0; s < set->list.count; s++)
        if (set->list.at[s]->walked.is_counted)
            return true;
    return false;
}

/* What the chosen vectors show besides. */
static void look_at_chosen(struct choice *choice) {
    const struct suite_set *set = choice->set;
    for (size_t r = 0; r < choice->rows.count; r++) {
        const struct row *row = &choice->rows.at[r];
        for (size_t g = 0; choice->chosen[r] && g < set->list.at[row->suite]->goals.list.count; g++)
            choice->covered[set->numbers.at[row->suite][g]] |= set_goal_is_shown(set, row->suite, row->vector, g);
    }
}

void suite_set_select(struct suite_set *set, enum criterion criterion) {
    struct choice choice = {.set = set, .criterion = criterion};
    number_goals(set);
    find_weak(set);
    for (size_t s = 0; s < set->list.count; s++)
        for (size_t c = 0; c < set->list.at[s]->candidates.count; c++)
            vec_push(&choice.rows, ((struct row){s, &set->list.at[s]->candidates.at[c]}));
    choice.shows = memory_resize(NULL, criterion_takes_all(criterion) ? 1 : choice.rows.count * set->goals.count + 1);
    choice.costs = memory_resize(NULL, (choice.rows.count + 1) * sizeof *choice.costs);
    choice.chosen = memory_resize(NULL, choice.rows.count + 1);
    choice.covered = memory_resize(NULL, set->goals.count + 1);
    memset(choice.chosen, 0, choice.rows.count + 1);
    memset(choice.covered, 0, set->goals.count + 1);
    for (size_t r = 0; r < choice.rows.count; r++)
        choice.costs[r] = choice.rows.at[r].vector->steps.count + 2; /* the setup costs, too */
    if (is_counted(set))
        look_at_walked(&choice);
    else if (criterion_takes_all(criterion))
        memset(choice.chosen, 1, choice.rows.count);
    else
        for (enum level level = LEVEL_CORE; level < LEVELS; level++)
            choose(&choice, level);
    look_at_chosen(&choice);
    for (size_t r = 0; r < choice.rows.count; r++)
        if (choice.chosen[r])
            vec_push(&set->list.at[choice.rows.at[r].suite]->vectors, *choice.rows.at[r].vector);
    if (criterion == CRITERION_MUTANTS)
        merge_refusals(set);
    if (!criterion_takes_all(criterion) || set->list.count > 1)
        make_ids_unique(set);
    decide_status(set, choice.covered);
    if (criterion != CRITERION_MUTANTS)
        for (size_t i = 0; i < set->goals.count; i++)
            if (set->goals.at[i].status != GOAL_COVERED && !set->goals.at[i].is_identical) {
                set->goals.at[i].status = GOAL_UNKNOWN;
                set->goals.at[i].is_left = true;
            }
    vec_free(&choice.rows);
    free(choice.shows);
    free(choice.costs);
    free(choice.chosen);
    free(choice.covered);
}

void suite_set_clear(struct suite_set *set) {
    vec_free(&set->list);
    vec_free(&set->goals);
    vec_free(&set->numbers);
    arena_clear(&set->arena);
}

uint64_t suite_set_vectors(const struct suite_set *set) {
    uint64_t count = 0;
    for (size_t s = 0; s < set->list.count; s++)
        count += suite_vector_count(set->list.at[s]);
    return count;
}

uint64_t suite_set_steps(const struct suite_set *set) {
    uint64_t count = 0;
    for (size_t s = 0; s < set->list.count; s++)
        count += suite_step_count(set->list.at[s]);
    return count;
}
