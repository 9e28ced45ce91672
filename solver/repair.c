#include "solver/repair.h"

#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "model/print.h"

enum {
    TRIAL_STATES = 20000, /* a repair that needs more is not offered */
    REPAIRS_MOST = 6,
    EDGES_MOST = 64
};

/* What is being repaired. */
struct repairer {
    const struct inquiry *inquiry;
    struct step_outcome *outcome;
    struct budget budget; /* of one trial */
    abstract_list run;    /* steps of the failing run of the last trial */
};

static size_t count_of(const struct repairer *repairer) { return repairer->inquiry->proof->order.count; }

static const struct plan_step *step_at(const struct repairer *repairer, size_t step) {
    return repairer->inquiry->verification->system->rulebook->plan.at[step];
}

static enum step_verdict verdict_of(const struct repairer *repairer, size_t step) {
    return repairer->inquiry->verification->outcomes.at[step].verdict;
}

static bool is_before(const struct repairer *repairer, size_t a, size_t b) {
    return repairer->inquiry->proof->order.before[a * count_of(repairer) + b];
}

/* ---- what can be ordered ---- */

/* "aws_eip.x (create" of "aws_eip.x (create, associate)": how long it is; 0: the step belongs to no resource. */
static size_t operation_length(const struct plan_step *step) {
    size_t start = step->resource != NULL && step->about != NULL ? strlen(step->resource) : 0;
    if (start == 0 || strncmp(step->about, step->resource, start) != 0)
        return 0;
    size_t length = strcspn(step->about, ",)");
    return length > start ? length : 0;
}

/* Steps of one operation of one resource are not ordered one by one where they are written: a resource waits for a
 * resource. */
static bool is_same_operation(const struct plan_step *one, const struct plan_step *other) {
    size_t length = operation_length(one);
    return one == other ||
           (length > 0 && length == operation_length(other) && strncmp(one->about, other->about, length) == 0 &&
            strcmp(one->resource, other->resource) == 0);
}

static size_t step_count(const struct repairer *repairer, const struct plan_step *step) {
    size_t count = 0;
    for (size_t i = 0; i < count_of(repairer); i++)
        count += is_same_operation(step_at(repairer, i), step);
    return count;
}

/* The step of the same operation that comes before all others of it, or after all; this step if there is none. */
static size_t outermost(const struct repairer *repairer, size_t step, bool is_last) {
    size_t best = step;
    for (size_t i = 0; i < count_of(repairer); i++)
        if (is_same_operation(step_at(repairer, i), step_at(repairer, step)) &&
            (is_last ? is_before(repairer, best, i) : is_before(repairer, i, best)))
            best = i;
    for (size_t i = 0; i < count_of(repairer); i++)
        if (i != best && is_same_operation(step_at(repairer, i), step_at(repairer, step)) &&
            !(is_last ? is_before(repairer, i, best) : is_before(repairer, best, i)))
            return step;
    return best;
}

static struct step_edge edge_between(const struct repairer *repairer, size_t earlier, size_t later) {
    if (is_same_operation(step_at(repairer, earlier), step_at(repairer, later)))
        return (struct step_edge){earlier, later};
    return (struct step_edge){outermost(repairer, earlier, true), outermost(repairer, later, false)};
}

/* ---- trials ---- */

static struct step_outcome try_step(struct repairer *repairer, size_t step, const edge_list *extra, const char *retry) {
    struct inquiry inquiry = *repairer->inquiry;
    struct step_outcome outcome = {0};
    repairer->run.count = 0;
    inquiry.budget = &repairer->budget;
    inquiry.step = step;
    inquiry.extra = extra;
    inquiry.retry = retry;
    inquiry.concerned = NULL;
    inquiry.run_steps = &repairer->run;
    inquire(&inquiry, &outcome);
    return outcome;
}

/* Does some schedule of the plan with the further order finish the step? */
static bool finishes(struct repairer *repairer, size_t step, const edge_list *extra) {
    struct inquiry inquiry = *repairer->inquiry;
    inquiry.budget = &repairer->budget;
    inquiry.step = step;
    inquiry.extra = extra;
    inquiry.concerned = NULL;
    inquiry.run_steps = NULL;
    return inquiry_finishes(&inquiry);
}

/* Nothing gets worse: what worked works, and what some schedule finishes, some still does.  Steps that work by proof
 * work with any further order: it only takes schedules away, and what they were proved to be able to do they still are.
 * Nor is a step made to wait for one that may fail: it would only be kept from its turn. */
static bool others_work(struct repairer *repairer, const edge_list *extra) {
    struct plan_order order;
    bool work = true;
    size_t n = count_of(repairer), s = repairer->inquiry->step;
    plan_order_copy(&order, &repairer->inquiry->proof->order);
    for (size_t i = 0; i < extra->count; i++)
        plan_order_add(&order, extra->at[i].earlier, extra->at[i].later);
    for (size_t a = 0; a < n && work; a++) {
        enum step_verdict was = verdict_of(repairer, a);
        bool is_awaited = false;
        for (size_t b = 0; b < n && !is_awaited; b++)
            is_awaited = order.before[a * n + b] && !is_before(repairer, a, b);
        if (a == s || (was == STEP_SUCCEEDS && repairer->inquiry->proof->settled[a]))
            continue;
        if (was == STEP_SUCCEEDS || is_awaited)
            work = try_step(repairer, a, extra, NULL).verdict == STEP_SUCCEEDS;
        else if (was == STEP_FAILS_SOME)
            work = finishes(repairer, a, extra);
    }
    plan_order_clear(&order);
    return work;
}

static bool is_possible(const struct repairer *repairer, const edge_list *extra) {
    struct plan_order order;
    bool possible = true;
    plan_order_copy(&order, &repairer->inquiry->proof->order);
    for (size_t i = 0; i < extra->count && possible; i++)
        possible = plan_order_add(&order, extra->at[i].earlier, extra->at[i].later);
    plan_order_clear(&order);
    return possible;
}

static bool works_with(struct repairer *repairer, const edge_list *extra) {
    return is_possible(repairer, extra) &&
           try_step(repairer, repairer->inquiry->step, extra, NULL).verdict == STEP_SUCCEEDS &&
           others_work(repairer, extra);
}

/* Leaves out what is not needed. */
static void shorten(struct repairer *repairer, edge_list *extra) {
    for (size_t i = extra->count; i-- > 0 && extra->count > 1;) {
        struct step_edge edge = extra->at[i];
        extra->at[i] = extra->at[extra->count - 1];
        extra->count--;
        if (works_with(repairer, extra))
            continue;
        extra->at[extra->count++] = extra->at[i];
        extra->at[i] = edge;
    }
}

/* ---- in words ---- */

static const char *about_of(const struct plan_step *step) { return step->about != NULL ? step->about : step->name; }

/* Of a step that stands for its whole operation, the operation: "aws_eip.x (create)". */
static const char *ordered_text(struct repairer *repairer, const struct plan_step *step, bool is_finer) {
    size_t length = step->about != NULL ? strcspn(step->about, ",") : 0;
    bool stands_for_all = !is_finer && step->about != NULL && step->about[length] == ',' &&
                          operation_length(step) == length && step_count(repairer, step) > 1;
    return stands_for_all ? arena_format(&repairer->inquiry->verification->arena, "%.*s)", (int)length, step->about)
                          : about_of(step);
}

static const char *join_text(struct repairer *repairer, const struct plan_step *const *steps, size_t count,
                             bool is_finer) {
    const char *text = ordered_text(repairer, steps[0], is_finer);
    for (size_t i = 1; i < count; i++)
        text = arena_format(&repairer->inquiry->verification->arena, "%s%s%s", text, i + 1 == count ? " and " : ", ",
                            ordered_text(repairer, steps[i], is_finer));
    return text;
}

static int compare_numbers(const void *one, const void *other) {
    size_t a = *(const size_t *)one, b = *(const size_t *)other;
    return (a > b) - (a < b);
}

/* All edges lead to one step, or all from one. */
static void add_order(struct repairer *repairer, const edge_list *extra, bool is_finer) {
    struct arena *arena = &repairer->inquiry->verification->arena;
    struct step_repair repair = {.is_finer = is_finer};
    const struct plan_step **steps = arena_alloc(arena, extra->count * sizeof *steps);
    size_t *numbers = arena_alloc(arena, extra->count * sizeof *numbers);
    bool one_waits = extra->count <= REPAIR_ORDERS;
    for (size_t i = 1; i < extra->count; i++)
        one_waits = one_waits && extra->at[i].later == extra->at[0].later;
    for (size_t i = 0; i < extra->count; i++)
        numbers[i] = one_waits ? extra->at[i].earlier : extra->at[i].later;
    if (!one_waits) /* found in the order of failing runs, which means nothing */
        qsort(numbers, extra->count, sizeof *numbers, compare_numbers);
    for (size_t i = 0; i < extra->count; i++)
        steps[i] = step_at(repairer, numbers[i]);
    repair.step = step_at(repairer, one_waits ? extra->at[0].later : extra->at[0].earlier);
    if (one_waits) {
        repair.count = extra->count;
        memcpy(repair.after, steps, extra->count * sizeof *steps);
        repair.text = arena_format(arena, "%s after %s", ordered_text(repairer, repair.step, is_finer),
                                   join_text(repairer, steps, extra->count, is_finer));
    } else {
        repair.before_count = extra->count;
        repair.before = steps;
        repair.text = arena_format(arena, "%s after %s", join_text(repairer, steps, extra->count, is_finer),
                                   ordered_text(repairer, repair.step, is_finer));
    }
    vec_push(&repairer->outcome->repairs, repair);
}

/* ---- orders ---- */

/* Steps whose place can matter, and that neither come before this one nor wait for it. */
static bool is_candidate(const struct repairer *repairer, size_t other) {
    size_t s = repairer->inquiry->step;
    return other != s && repairer->inquiry->concerned[other] && !is_before(repairer, other, s) &&
           !is_before(repairer, s, other);
}

static bool has_edge(const edge_list *edges, struct step_edge edge) {
    for (size_t i = 0; i < edges->count; i++)
        if (edges->at[i].earlier == edge.earlier && edges->at[i].later == edge.later)
            return true;
    return false;
}

/* Of two that help, one of which comes before the other, only the earlier is needed. */
static void wait_for_one(struct repairer *repairer, bool is_finer) {
    edge_list tried = {0}, found = {0};
    for (size_t other = 0; other < count_of(repairer); other++) {
        struct step_edge edge = {other, repairer->inquiry->step};
        edge = is_finer ? edge : edge_between(repairer, edge.earlier, edge.later);
        if (!is_candidate(repairer, other) || has_edge(&tried, edge))
            continue;
        vec_push(&tried, edge);
        if (verdict_of(repairer, edge.earlier) == STEP_SUCCEEDS && works_with(repairer, &(edge_list){&edge, 1, 1}))
            vec_push(&found, edge);
    }
    for (size_t i = 0; i < found.count && repairer->outcome->repairs.count < REPAIRS_MOST; i++) {
        bool is_least = true;
        for (size_t k = 0; k < found.count; k++)
            is_least = is_least && !is_before(repairer, found.at[k].earlier, found.at[i].earlier);
        if (is_least)
            add_order(repairer, &(edge_list){&found.at[i], 1, 1}, is_finer);
    }
    vec_free(&tried);
    vec_free(&found);
}

/* One after the other, each of which does away with the failure that is left. */
static void wait_for_several(struct repairer *repairer) {
    size_t n = count_of(repairer), s = repairer->inquiry->step;
    const struct check *left = repairer->outcome->failure.check;
    edge_list extra = {0};
    bool better = true, repaired = false;
    while (better && !repaired && extra.count < REPAIR_ORDERS) {
        better = false;
        for (size_t other = 0; other < n && !better; other++) {
            if (!is_candidate(repairer, other) || verdict_of(repairer, other) != STEP_SUCCEEDS)
                continue;
            vec_push(&extra, edge_between(repairer, other, s));
            struct step_outcome next = {0};
            if (is_possible(repairer, &extra))
                next = try_step(repairer, s, &extra, NULL);
            else
                next.verdict = STEP_UNKNOWN;
            repaired = next.verdict == STEP_SUCCEEDS && others_work(repairer, &extra);
            better = repaired || (next.verdict == STEP_FAILS_SOME && next.failure.check != left);
            left = better ? next.failure.check : left;
            extra.count -= !better;
        }
    }
    if (repaired) {
        shorten(repairer, &extra);
        add_order(repairer, &extra, false);
    }
    vec_free(&extra);
}

/* Others wait for this one: those that are in the way, one failing run after the other. */
static void let_wait(struct repairer *repairer) {
    size_t s = repairer->inquiry->step;
    edge_list extra = {0};
    bool better = true, repaired = false;
    struct step_outcome next = try_step(repairer, s, &extra, NULL);
    while (better && !repaired && next.verdict == STEP_FAILS_SOME && extra.count < EDGES_MOST) {
        better = false;
        for (size_t i = repairer->run.count; i-- > 0 && !better;)
            if (is_candidate(repairer, repairer->run.at[i])) {
                vec_push(&extra, edge_between(repairer, s, repairer->run.at[i]));
                better = is_possible(repairer, &extra);
                extra.count -= !better;
            }
        if (better)
            next = try_step(repairer, s, &extra, NULL);
        repaired = next.verdict == STEP_SUCCEEDS;
    }
    if (repaired && others_work(repairer, &extra)) {
        shorten(repairer, &extra);
        add_order(repairer, &extra, false);
    }
    vec_free(&extra);
}

static void call_again(struct repairer *repairer) {
    const struct check *check = repairer->outcome->failure.check;
    edge_list none = {0};
    struct step_repair repair = {.step = repairer->outcome->step};
    if (check == NULL || try_step(repairer, repairer->inquiry->step, &none, check->codes[0]).verdict != STEP_SUCCEEDS)
        return;
    repair.retry = check->codes[0];
    repair.text = arena_format(&repairer->inquiry->verification->arena, "%s calls again as long as it is answered %s",
                               about_of(repair.step), repair.retry);
    vec_push(&repairer->outcome->repairs, repair);
}

static struct repairer begin(const struct inquiry *inquiry, struct step_outcome *outcome) {
    struct repairer repairer = {.inquiry = inquiry, .outcome = outcome, .budget = *inquiry->budget};
    if (repairer.budget.max_states == 0 || repairer.budget.max_states > TRIAL_STATES)
        repairer.budget.max_states = TRIAL_STATES;
    return repairer;
}

/* ---- arguments ---- */

/* Does the term read the parameter? */
static bool reads(const struct term *term, uint32_t slot) {
    if (term == NULL)
        return false;
    bool found = (term->op == TERM_LOCAL && term->slot == slot) ||
                 (term->op == TERM_LET && reads(term->binding->term, slot)) || reads(term->domain.set, slot);
    for (size_t i = 0; i < term->arg_count && !found; i++)
        found = reads(term->args[i], slot);
    return found;
}

/* Where the plan says which value the parameter has. */
static struct term **find_value(struct term *allow, uint32_t slot) {
    if (allow == NULL)
        return NULL;
    if (allow->op == TERM_EQ && allow->args[0]->op == TERM_LOCAL && allow->args[0]->slot == slot)
        return &allow->args[1];
    for (size_t i = 0; i < allow->arg_count && allow->op == TERM_AND; i++) {
        struct term **place = find_value(allow->args[i], slot);
        if (place != NULL)
            return place;
    }
    return NULL;
}

/* The whole plan with the changed call: the step works, and no other fails that did not, or in more schedules than
 * some. */
static bool plan_works(const struct repairer *repairer) {
    const struct inquiry *inquiry = repairer->inquiry;
    struct diags diags = {0};
    struct system *system = system_new(inquiry->verification->system->rulebook, NULL, 0, true, &diags);
    bool works = system != NULL;
    if (works) {
        struct verification changed = {.system = system};
        struct plan_proof proof;
        uint64_t states = 0;
        plan_proof_init(&proof, system);
        for (size_t i = 0; i < system->obligations.count && works; i++)
            works = localizer_excludes(proof.localizer, &proof.order,
                                       expr_not(&system->exprs, system->obligations.at[i].holds), &states);
        for (size_t s = 0; s < proof.order.count && works; s++) {
            bool must = s == inquiry->step || verdict_of(repairer, s) == STEP_SUCCEEDS;
            struct step_outcome outcome = {0};
            if ((!must && verdict_of(repairer, s) != STEP_FAILS_SOME) || proof.settled[s])
                continue;
            inquire(
                &(struct inquiry){.verification = &changed, .proof = &proof, .budget = &repairer->budget, .step = s},
                &outcome);
            works = outcome.verdict == STEP_SUCCEEDS ||
                    (!must && outcome.verdict == STEP_FAILS_SOME && outcome.reason == NULL);
        }
        plan_proof_clear(&proof);
        arena_clear(&changed.arena);
    }
    system_free(system);
    diags_clear(&diags);
    return works;
}

/* Where the failing run ends, is the call refused with this value, too?  It is called last, so the run stays possible.
 */
static bool is_refused_too(const struct repairer *repairer, const struct binding *binding, int32_t value) {
    const struct system *system = repairer->inquiry->verification->system;
    const struct action *action = repairer->outcome->step->action;
    size_t digit = 0, width = 0;
    for (size_t p = 0; p < action->parameters.count; p++) {
        digit += action->parameters.at[p]->slot < binding->slot ? action->parameters.at[p]->width : 0;
        width += action->parameters.at[p]->width;
    }
    int32_t *arguments = memory_resize(NULL, (width + 1) * sizeof *arguments);
    struct evaluator evaluator;
    evaluator_init(&evaluator, system->rulebook);
    bool refused = false;
    for (size_t c = 0; c < system->calls.count && !refused && repairer->outcome->end != NULL; c++) {
        const struct system_call *call = &system->calls.at[c];
        if (call->action->step != repairer->outcome->step || call->action->is_waiter)
            continue;
        memcpy(arguments, system->arguments.at + call->arguments, width * sizeof *arguments);
        arguments[digit] = value;
        refused = eval_step(&evaluator, call->action, arguments, false, repairer->outcome->end, NULL) == EVAL_ERROR;
    }
    evaluator_clear(&evaluator);
    free(arguments);
    return refused;
}

static void try_value(struct repairer *repairer, const struct binding *binding, struct term **place, int32_t value) {
    struct rulebook *rulebook = repairer->inquiry->verification->system->rulebook;
    struct term *old = *place, *changed = arena_copy(&rulebook->arena, old, sizeof *old);
    changed->value = value;
    *place = changed;
    bool works = !is_refused_too(repairer, binding, value) && plan_works(repairer);
    *place = old;
    if (!works)
        return;
    struct step_repair repair = {.step = repairer->outcome->step, .parameter = binding->name};
    repair.value = value_text(rulebook, binding->type, value);
    repair.text = arena_format(&repairer->inquiry->verification->arena, "%s with %s: %s", about_of(repair.step),
                               repair.parameter, repair.value);
    vec_push(&repairer->outcome->repairs, repair);
}

void find_argument(const struct inquiry *inquiry, struct step_outcome *outcome) {
    struct repairer repairer = begin(inquiry, outcome);
    const struct rulebook *rulebook = inquiry->verification->system->rulebook;
    const struct action *action = outcome->step->action;
    for (size_t p = 0; outcome->failure.check != NULL && p < action->parameters.count; p++) {
        const struct binding *binding = action->parameters.at[p];
        bool has_values = binding->type->form == TYPE_BOOL || binding->type->form == TYPE_ENUM;
        struct term **place = find_value(action->allow, binding->slot);
        if (!has_values || place == NULL || !reads(outcome->failure.check->require, binding->slot) ||
            ((*place)->op != TERM_BOOL && (*place)->op != TERM_ENUM))
            continue;
        int32_t first, last;
        type_range(binding->type, &first, &last);
        (void)rulebook;
        for (int32_t value = first; value <= last && last - first < 16; value++)
            if (value != (*place)->value)
                try_value(&repairer, binding, place, value);
    }
    vec_free(&repairer.run);
}

/* The simplest that helps: this step waits for another, for several, others wait for it, it waits for a part of what
 * makes another resource, another argument, trying again.
 */
void find_repairs(const struct inquiry *inquiry, struct step_outcome *outcome) {
    struct repairer repairer = begin(inquiry, outcome);
    wait_for_one(&repairer, false);
    if (outcome->repairs.count == 0)
        wait_for_several(&repairer);
    if (outcome->repairs.count == 0)
        let_wait(&repairer);
    if (outcome->repairs.count == 0)
        wait_for_one(&repairer, true);
    find_argument(inquiry, outcome);
    if (outcome->repairs.count == 0)
        call_again(&repairer);
    vec_free(&repairer.run);
}
