/* Bounded model checking (Biere, Cimatti, Clarke, Zhu, TACAS 1999): is there a run of 0, 1, 2, ... steps to a bad
 * state?  Solvers live from beginning to end, so what they learn at one depth serves at the next.  It can also end
 * with a proof: when no run without repetitions is longer, every state has been seen. */
#include "solver/unroll.h"

enum bmc_end { BMC_DECIDED, BMC_BROKEN, BMC_COMPLETE, BMC_DEPTH, BMC_LIMIT };

struct bmc {
    struct run *run;
    struct search search;
    target_list targets;
    uint32_t looked_at; /* the last frame with an answer; UINT32_MAX: none */
};

static enum bmc_end look(struct bmc *bmc) {
    for (;;) {
        if (!search_frame(&bmc->search))
            return BMC_LIMIT;
        bmc->looked_at = bmc->search.depth;
        search_show(&bmc->search, bmc->looked_at);
        if (bmc->run->breakage.is_broken)
            return BMC_BROKEN;
        if (!targets_are_open(&bmc->targets))
            return BMC_DECIDED;
        if (bmc->search.depth == bmc->run->budget.max_depth)
            return BMC_DEPTH;
        if (!search_deepen(&bmc->search))
            return BMC_COMPLETE;
    }
}

static const char *reason_of(const struct bmc *bmc, enum bmc_end end) {
    if (end == BMC_LIMIT)
        return bmc->search.reason;
    return end == BMC_BROKEN ? "the rulebook is broken" : end == BMC_DEPTH ? "depth limit" : "stopped";
}

static void answer(struct bmc *bmc, enum bmc_end end) {
    for (size_t i = 0; i < bmc->run->results.count; i++) {
        struct result *result = &bmc->run->results.at[i];
        enum property_form form = result->property->form;
        bool is_about_reaching = form == PROPERTY_REACHABLE || form == PROPERTY_UNREACHABLE;
        const char *what = is_about_reaching ? "no such state" : "no violation";
        result->engine = "bmc";
        if (result->verdict != VERDICT_UNKNOWN || result->reason != NULL)
            continue;
        result->depth = bmc->looked_at == UINT32_MAX ? 0 : bmc->looked_at;
        result->method = "bounded search";
        if (!property_is_about_states(form)) {
            result->reason = "bmc does not decide this kind of property";
        } else if (end == BMC_COMPLETE) {
            result->verdict = is_about_reaching ? VERDICT_UNREACHABLE : VERDICT_HOLDS;
            result->method = arena_format(&result->arena, "bounded search, complete at depth %u", result->depth);
        } else if (bmc->looked_at == UINT32_MAX) {
            result->reason =
                arena_format(&result->arena, "not even the initial state was decided: %s", reason_of(bmc, end));
        } else {
            result->reason =
                arena_format(&result->arena, "%s up to depth %u: %s", what, result->depth, reason_of(bmc, end));
        }
    }
}

static void bmc_run(struct run *run) {
    struct bmc bmc = {.run = run, .looked_at = UINT32_MAX};
    targets_find(&bmc.targets, run->system);
    search_init(&bmc.search, run, &bmc.targets);
    enum bmc_end end = targets_are_open(&bmc.targets) ? look(&bmc) : BMC_DECIDED;
    answer(&bmc, end);
    search_show(&bmc.search, bmc.looked_at == UINT32_MAX ? 0 : bmc.looked_at);
    run->stats.complete = end == BMC_COMPLETE;
    run->stats.reason = end == BMC_LIMIT || end == BMC_DEPTH ? reason_of(&bmc, end) : NULL;
    search_clear(&bmc.search);
    vec_free(&bmc.targets);
}

const struct engine engine_bmc = {
    .name = "bmc",
    .summary = "bounded model checking with Z3: shortest counterexamples and witnesses",
    .run = bmc_run,
};
