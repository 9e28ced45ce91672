/* Has the suite teeth?  Faulty implementations, made of the plain evaluator by hand, with faults that are none of the
 * mutation operators (model/mutate.h): each must fail some vector.  An implementation keeps its own state; a vector
 * fails if an answer is not among the expected ones or the state after a step is another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/eval.h"
#include "vectors/suite_set.h"

static const char *const specs[] = {"specs/ec2/universes/elastic-ips.yaml", "specs/ec2/universes/addresses.yaml"};

/* An implementation while it answers a call. */
struct implementation {
    struct rulebook *rulebook;
    size_t width;
    const struct action *action;
    const int32_t *arguments;
    const int32_t *before;
    int32_t *after;    /* what a right one makes of it */
    const char *code;  /* what a right one answers; NULL: ok */
    int32_t memory[4]; /* hidden, zero at the start of a vector */
    int32_t *earlier;  /* the state before the last step that changed something */
};

/* ---- looking at it ---- */

static bool calls(const struct implementation *it, const char *prefix) {
    return strncmp(it->action->name, prefix, strlen(prefix)) == 0;
}
static bool works(const struct implementation *it, const char *prefix) { return it->code == NULL && calls(it, prefix); }

static int32_t argument(const struct implementation *it, const char *name) {
    const int32_t *at = it->arguments;
    for (size_t i = 0; i < it->action->parameters.count; at += it->action->parameters.at[i++]->width)
        if (strcmp(it->action->parameters.at[i]->name, name) == 0)
            return *at;
    return -1;
}

/* Where a field is in a valuation. */
static size_t place(const struct implementation *it, const char *kind_name, int32_t object, const char *name) {
    const struct kind *kind = rulebook_kind(it->rulebook, kind_name);
    for (size_t f = 0; f < kind->fields.count; f++)
        if (!kind->fields.at[f]->is_constant && strcmp(kind->fields.at[f]->name, name) == 0)
            return kind->state_base + (size_t)object * kind->state_width + kind->fields.at[f]->offset;
    fail_msg("no field %s.%s", kind_name, name);
    return 0;
}
static int32_t objects(const struct implementation *it, const char *kind) {
    return (int32_t)rulebook_kind(it->rulebook, kind)->objects.count;
}
static bool changes(const struct implementation *it) {
    return memcmp(it->before, it->after, it->width * sizeof *it->before) != 0;
}
static void undo(struct implementation *it) { memcpy(it->after, it->before, it->width * sizeof *it->after); }

/* The object whose value this is: its kind and the first value. */
static const struct kind *owner(const struct implementation *it, size_t at, size_t *first) {
    for (size_t k = 0; k < it->rulebook->kinds.count; k++) {
        const struct kind *kind = it->rulebook->kinds.at[k];
        if (at >= kind->state_base && at < kind->state_base + kind->objects.count * kind->state_width) {
            *first = kind->state_base;
            return kind;
        }
    }
    return NULL;
}

/* ---- faults ---- */

/* Each change is made to an object `by` further. */
static void shift(struct implementation *it, int by) {
    int32_t *right = memory_resize(NULL, (it->width + 1) * sizeof *right);
    memcpy(right, it->after, it->width * sizeof *right);
    undo(it);
    for (size_t i = 0; i < it->width; i++) {
        size_t base = 0;
        const struct kind *kind = owner(it, i, &base);
        if (right[i] == it->before[i])
            continue;
        size_t size = kind->objects.count * kind->state_width;
        size_t step = by > 0 ? kind->state_width : size - kind->state_width;
        it->after[base + (i - base + step) % size] = right[i];
    }
    free(right);
}
static void next_object(struct implementation *it) { shift(it, 1); }
static void previous_object(struct implementation *it) { shift(it, -1); }

static void keep_changes(struct implementation *it, size_t from, size_t count) {
    size_t seen = 0;
    for (size_t i = 0; i < it->width; i++)
        if (it->after[i] != it->before[i] && (seen++ < from || seen > from + count))
            it->after[i] = it->before[i];
}
static void only_first_change(struct implementation *it) { keep_changes(it, 0, 1); }
static void not_first_change(struct implementation *it) { keep_changes(it, 1, 1000); }
static void ok_but_nothing(struct implementation *it) { undo(it); }
static void first_change_lost(struct implementation *it) {
    if (changes(it) && it->memory[0]++ == 0)
        undo(it);
}
static void second_change_lost(struct implementation *it) {
    if (changes(it) && it->memory[0]++ == 1)
        undo(it);
}
static void error_though_done(struct implementation *it) {
    if (works(it, "ReleaseAddress"))
        it->code = "InternalError";
}
static void ok_though_refused(struct implementation *it) { it->code = NULL; }
static void code_without_suffix(struct implementation *it) {
    if (it->code != NULL && strcmp(it->code, "InvalidAllocationID.NotFound") == 0)
        it->code = "InvalidAllocationID";
}
static void one_code_for_all(struct implementation *it) {
    if (it->code != NULL)
        it->code = "InvalidParameterValue";
}
static void every_third_fails(struct implementation *it) {
    if (++it->memory[0] == 3) {
        it->code = "InternalError";
        undo(it);
    }
}
static void refuses_after_failure(struct implementation *it) {
    bool refuse = it->memory[0] > 0 && it->code == NULL;
    it->memory[0] += it->code != NULL;
    if (refuse) {
        it->code = "RequestLimitExceeded";
        undo(it);
    }
}
static void ignores_repetition(struct implementation *it) {
    int32_t mark = (int32_t)it->action->index + 1;
    if (it->memory[0] == mark && changes(it))
        undo(it); /* it takes the second call of an action for a retry */
    it->memory[0] = it->code == NULL ? mark : 0;
}
static void failure_rolls_back(struct implementation *it) {
    if (it->code != NULL)
        memcpy(it->after, it->earlier, it->width * sizeof *it->after);
}
static void failure_leaves_half(struct implementation *it) {
    if (it->code != NULL && calls(it, "AssociateAddress_by_interface") && argument(it, "private_ip") >= 0)
        it->after[place(it, "eip", argument(it, "allocation"), "address")] = argument(it, "private_ip");
}
static void failure_releases(struct implementation *it) {
    if (it->code != NULL && calls(it, "ReleaseAddress"))
        it->after[place(it, "eip", argument(it, "address"), "address")] = -1;
}
static void quota_counts_failures(struct implementation *it) {
    if (!calls(it, "AllocateAddress"))
        return;
    it->memory[0]++;
    if (it->code == NULL && it->memory[0] > 2) {
        it->code = "AddressLimitExceeded";
        undo(it);
    }
}
static void quota_never_falls(struct implementation *it) {
    if (works(it, "ReleaseAddress"))
        it->memory[0]++;
    if (works(it, "AllocateAddress") && it->memory[0] > 0) {
        it->code = "AddressLimitExceeded";
        undo(it);
    }
}
static void associates_other(struct implementation *it) {
    if (!works(it, "AssociateAddress_by_interface"))
        return;
    int32_t allocation = argument(it, "allocation"), other = (allocation + 1) % objects(it, "eip");
    size_t at = place(it, "eip", allocation, "address"), wrong = place(it, "eip", other, "address");
    it->after[wrong] = it->after[at];
    it->after[at] = it->before[at];
}
static void swaps_associations(struct implementation *it) {
    if (!works(it, "AssociateAddress_by_interface"))
        return;
    int32_t allocation = argument(it, "allocation");
    size_t at = place(it, "eip", allocation, "address");
    for (int32_t p = 0; p < objects(it, "eip"); p++) {
        size_t other = place(it, "eip", p, "address");
        if (p != allocation && it->before[other] >= 0 && it->before[other] == it->after[at])
            it->after[other] = it->before[at] >= 0 ? it->before[at] : it->before[other];
    }
}
/* The two effects in the other order: first the new association, then whoever has the address loses it. */
static void clears_last(struct implementation *it) {
    if (works(it, "AssociateAddress"))
        for (int32_t p = 0; p < objects(it, "eip"); p++) {
            size_t at = place(it, "eip", p, "address");
            for (int32_t q = 0; q < objects(it, "eip"); q++) {
                int32_t had = it->before[place(it, "eip", q, "address")];
                if (p != q && had >= 0 && had == it->after[at])
                    it->after[at] = -1;
            }
        }
}
static void disassociates_neighbour(struct implementation *it) {
    if (!works(it, "DisassociateAddress"))
        return;
    int32_t count = objects(it, "eip");
    for (int32_t p = 0; p < count; p++)
        if (it->after[place(it, "eip", p, "address")] != it->before[place(it, "eip", p, "address")])
            it->after[place(it, "eip", (p + 1) % count, "address")] = -1;
}
static void release_keeps_allocated(struct implementation *it) {
    if (works(it, "ReleaseAddress") && ++it->memory[0] > 1)
        undo(it);
}
static void idempotent_association_fails(struct implementation *it) {
    if (works(it, "AssociateAddress_by_interface") && !changes(it))
        it->code = "Resource.AlreadyAssociated";
}
static void list_is_not_atomic(struct implementation *it) {
    if (works(it, "UnassignPrivateIpAddresses_list") || works(it, "AssignPrivateIpAddresses_list"))
        keep_changes(it, 0, 1);
}
static void failed_list_does_first(struct implementation *it) {
    if (it->code != NULL && calls(it, "UnassignPrivateIpAddresses_list") && argument(it, "first") >= 0)
        it->after[place(it, "address", argument(it, "first"), "interface")] = -1;
}
static void unassigns_all(struct implementation *it) {
    if (!works(it, "UnassignPrivateIpAddresses"))
        return;
    int32_t interface = argument(it, "interface");
    for (int32_t a = 0; a < objects(it, "address"); a++)
        if (it->before[place(it, "address", a, "interface")] == interface &&
            it->before[place(it, "address", a, "primary")] == 0)
            it->after[place(it, "address", a, "interface")] = -1;
}
static void delete_leaves_last_address(struct implementation *it) {
    if (works(it, "DeleteNetworkInterface"))
        for (int32_t a = objects(it, "address"); a-- > 0;) {
            size_t at = place(it, "address", a, "interface");
            if (it->after[at] != it->before[at]) {
                it->after[at] = it->before[at];
                return;
            }
        }
}
static void move_drops_elastic_ip(struct implementation *it) {
    if (works(it, "AssignPrivateIpAddresses"))
        for (int32_t p = 0; p < objects(it, "eip"); p++) {
            int32_t address = it->before[place(it, "eip", p, "address")];
            if (address >= 0 && it->before[place(it, "address", address, "interface")] !=
                                    it->after[place(it, "address", address, "interface")])
                it->after[place(it, "eip", p, "address")] = -1;
        }
}

static const struct fault {
    const char *name;
    void (*break_it)(struct implementation *it);
} faults[] = {
    {"every change is made to the next object", next_object},
    {"every change is made to the previous object", previous_object},
    {"only the first changed field is stored", only_first_change},
    {"the first changed field is not stored", not_first_change},
    {"ok, and nothing happens", ok_but_nothing},
    {"the first change is lost", first_change_lost},
    {"the second change is lost", second_change_lost},
    {"a release is done and answered with an error", error_though_done},
    {"a refused call is answered ok", ok_though_refused},
    {"an error code without its suffix", code_without_suffix},
    {"one error code for everything", one_code_for_all},
    {"the third call fails", every_third_fails},
    {"no success after a failure", refuses_after_failure},
    {"the second call of an action is taken for a retry", ignores_repetition},
    {"a failed call rolls the one before back", failure_rolls_back},
    {"a failed association is half done", failure_leaves_half},
    {"a failed release disassociates", failure_releases},
    {"failed allocations count for the quota", quota_counts_failures},
    {"releases do not count for the quota", quota_never_falls},
    {"the neighbour is associated", associates_other},
    {"two associations are swapped", swaps_associations},
    {"the new association is cleared with the old ones", clears_last},
    {"the neighbour is disassociated, too", disassociates_neighbour},
    {"the second release does nothing", release_keeps_allocated},
    {"the same association once more is refused", idempotent_association_fails},
    {"of a list only the first is done", list_is_not_atomic},
    {"of a refused list the first is done", failed_list_does_first},
    {"all secondary addresses are unassigned", unassigns_all},
    {"a deleted interface keeps its last address", delete_leaves_last_address},
    {"an address that moves loses its Elastic IP", move_drops_elastic_ip},
};

/* ---- running vectors ---- */

struct made {
    struct diags diags;
    struct rulebook *rulebook;
    struct system *system;
    struct suite suite;
};
static struct made made[ARRAY_SIZE(specs)];
static struct suite_set set;

static int make(void **state) {
    (void)state;
    struct budget budget = {.max_depth = UINT32_MAX};
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        made[i].rulebook = rulebook_read(specs[i], NULL, NULL, 0, &made[i].diags);
        made[i].system = system_new(made[i].rulebook, NULL, 0, true, &made[i].diags);
        if (made[i].system == NULL || suite_find(&made[i].suite, made[i].system, &budget) != SUITE_MADE)
            return -1;
        suite_set_add(&set, &made[i].suite);
    }
    suite_set_select(&set, CRITERION_MUTANTS);
    return 0;
}

static int unmake(void **state) {
    (void)state;
    suite_set_clear(&set);
    for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
        suite_clear(&made[i].suite);
        system_free(made[i].system);
        rulebook_free(made[i].rulebook);
        diags_clear(&made[i].diags);
    }
    return 0;
}

static bool is_expected(const struct vector_step *step, const char *code) {
    if ((step->failed == STEP_OK) != (code == NULL))
        return false;
    if (code == NULL || strcmp(step->action->checks.at[step->failed].codes[0], code) == 0)
        return true;
    for (size_t i = 0; i < step->also_count; i++)
        if (strcmp(step->also[i], code) == 0)
            return true;
    return false;
}

/* Does the implementation pass the vector?  `fault` NULL: a right one. */
static bool passes(struct suite *suite, const struct vector *vector, const struct fault *fault) {
    struct implementation it = {.rulebook = suite->system->rulebook, .width = suite->system->rulebook->state_width};
    size_t bytes = (it.width + 1) * sizeof(int32_t);
    int32_t *state = memory_resize(NULL, bytes), *next = memory_resize(NULL, bytes);
    struct evaluator evaluator;
    it.earlier = memory_resize(NULL, bytes);
    evaluator_init(&evaluator, it.rulebook);
    bool good = eval_initial(&evaluator, state);
    memcpy(it.earlier, state, it.width * sizeof *state);
    for (size_t i = 0; i < vector->steps.count && good; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        bool ok = step->failed == STEP_OK;
        it.action = step->action;
        it.arguments = step->arguments;
        it.before = state;
        it.after = next;
        memcpy(next, state, it.width * sizeof *next);
        enum eval_outcome outcome = eval_step(&evaluator, step->action, step->arguments, ok, state, next);
        if (outcome == EVAL_ERROR)
            memcpy(next, state, it.width * sizeof *next);
        it.code = outcome == EVAL_OK ? NULL : step->action->checks.at[evaluator.failed_check].codes[0];
        if (fault != NULL && step->action->by == BY_CLIENT)
            fault->break_it(&it);
        good = is_expected(step, it.code) &&
               memcmp(next, vector->states + (i + 1) * it.width, it.width * sizeof *next) == 0;
        if (changes(&it))
            memcpy(it.earlier, state, it.width * sizeof *state);
        memcpy(state, next, it.width * sizeof *state);
    }
    evaluator_clear(&evaluator);
    free(state);
    free(next);
    free(it.earlier);
    return good;
}

static size_t count_failures(const struct fault *fault) {
    size_t count = 0;
    for (size_t s = 0; s < set.list.count; s++)
        for (size_t i = 0; i < set.list.at[s]->vectors.count; i++)
            count += !passes(set.list.at[s], &set.list.at[s]->vectors.at[i], fault);
    return count;
}

static void right_one_passes(void **state) {
    (void)state;
    assert_int_equal(count_failures(NULL), 0);
}

static void is_caught(void **state) { assert_true(count_failures(*state) > 0); }

int main(void) {
    struct CMUnitTest tests[ARRAY_SIZE(faults) + 1];
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
        tests[i] = (struct CMUnitTest){faults[i].name, is_caught, NULL, NULL, (void *)(uintptr_t)&faults[i]};
    tests[ARRAY_SIZE(faults)] = (struct CMUnitTest)cmocka_unit_test(right_one_passes);
    return cmocka_run_group_tests_name("faults", tests, make, unmake);
}
