/* Bounded model checking (Biere, Cimatti, Clarke, Zhu, TACAS 1999): is there a run of 0, 1, 2, ... steps to a bad
 * state?  One solver from beginning to end, so what it learns at one depth serves at the next.  It can also end with a
 * proof: when no run without repetitions is longer, every state has been seen. */
#include "solver/unroll.h"

/* Of the question whether there is a longer run without repetitions (Z3's units, well under a second).  Once it
 * is not enough it will hardly be later, when runs are longer. */
#define SIMPLE_EFFORT 2000000

enum bmc_end { BMC_DECIDED, BMC_BROKEN, BMC_COMPLETE, BMC_DEPTH, BMC_LIMIT };

struct bmc {
    struct run *run;
    struct search search;
    target_list targets;
    uint32_t looked_at; /* the last frame with an answer; UINT32_MAX: none */
    bool asks_simple;
};

static void show(struct bmc *bmc, const struct timespec *started) {
    struct run *run = bmc->run;
    run->stats.depth = bmc->looked_at == UINT32_MAX ? 0 : bmc->looked_at;
    run->stats.seconds = seconds_since(started);
    if (smt_bytes() > run->stats.peak_bytes)
        run->stats.peak_bytes = smt_bytes();
    if (run->budget.progress != NULL)
        run->budget.progress(run->budget.progress_context, &run->stats);
}

/* A frame further; false if there is none. */
static bool deepen(struct bmc *bmc) {
    unroll_step(&bmc->search.unroll);
    if (!bmc->asks_simple)
        return true;
    enum smt_answer answer = search_simple(&bmc->search, SIMPLE_EFFORT);
    bmc->asks_simple = answer == SMT_SAT;
    return answer != SMT_UNSAT;
}

static enum bmc_end look(struct bmc *bmc, const struct timespec *started) {
    for (uint32_t depth = 0;; depth++) {
        if (!search_frame(&bmc->search))
            return BMC_LIMIT;
        bmc->looked_at = depth;
        show(bmc, started);
        if (bmc->run->breakage.is_broken)
            return BMC_BROKEN;
        if (!targets_are_open(&bmc->targets))
            return BMC_DECIDED;
        if (depth == bmc->run->budget.max_depth)
            return BMC_DEPTH;
        if (!deepen(bmc))
            return BMC_COMPLETE;
    }
}

static const char *reason_of(struct bmc *bmc, enum bmc_end end, struct arena *arena) {
    switch (end) {
    case BMC_BROKEN:
        return "the rulebook is broken";
    case BMC_DEPTH:
        return "depth limit";
    case BMC_LIMIT:
        return search_reason(bmc->run, bmc->search.smt, arena);
    case BMC_DECIDED:
    case BMC_COMPLETE:
        break;
    }
    return "stopped";
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
        if (form == PROPERTY_LIVE || form == PROPERTY_RECOVERABLE) {
            result->reason = "bmc does not decide this kind of property";
        } else if (end == BMC_COMPLETE) {
            result->verdict = is_about_reaching ? VERDICT_UNREACHABLE : VERDICT_HOLDS;
            result->method = arena_format(&result->arena, "bounded search, complete at depth %u", result->depth);
        } else if (bmc->looked_at == UINT32_MAX) {
            result->reason = arena_format(&result->arena, "not even the initial state was decided: %s",
                                          reason_of(bmc, end, &result->arena));
        } else {
            result->reason = arena_format(&result->arena, "%s up to depth %u: %s", what, result->depth,
                                          reason_of(bmc, end, &result->arena));
        }
    }
}

static void bmc_run(struct run *run) {
    struct bmc bmc = {.run = run, .looked_at = UINT32_MAX, .asks_simple = true};
    struct timespec started = search_started(&run->budget);
    struct smt *smt = smt_new(run->system, &run->budget, &started, search_deadline(&run->budget), 0);
    targets_find(&bmc.targets, run->system);
    search_init(&bmc.search, run, &bmc.targets, smt);
    enum bmc_end end = targets_are_open(&bmc.targets) ? look(&bmc, &started) : BMC_DECIDED;
    answer(&bmc, end);
    show(&bmc, &started);
    run->stats.complete = end == BMC_COMPLETE;
    run->stats.reason = end == BMC_LIMIT ? smt_reason(smt) : end == BMC_DEPTH ? "depth limit" : NULL;
    run->stats.threads = 1;
    search_clear(&bmc.search);
    smt_free(smt);
    vec_free(&bmc.targets);
}

const struct engine engine_bmc = {
    .name = "bmc",
    .summary = "bounded model checking with Z3: shortest counterexamples and witnesses",
    .run = bmc_run,
};
