#include "solver/engine.h"

#include <string.h>

double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) * 1e-9;
}

void run_init(struct run *run, struct system *system, const struct budget *budget) {
    *run = (struct run){.system = system, .budget = *budget};
    for (size_t i = 0; i < system->properties.count; i++)
        vec_push(&run->results, ((struct result){.property = system->properties.at[i].property}));
}

void run_clear(struct run *run) {
    for (size_t i = 0; i < run->results.count; i++) {
        vec_free(&run->results.at[i].trace.steps);
        arena_clear(&run->results.at[i].arena);
    }
    vec_free(&run->results);
    vec_free(&run->breakage.trace.steps);
    free(run->coverage.checks);
    free(run->coverage.actions);
}

size_t coverage_index(const struct rulebook *rulebook, const struct action *action, size_t check) {
    size_t index = check;
    for (size_t i = 0; i < rulebook->actions.count && rulebook->actions.at[i] != action; i++)
        index += rulebook->actions.at[i]->checks.count;
    return index;
}

size_t coverage_count(const struct rulebook *rulebook) {
    size_t count = 0;
    for (size_t i = 0; i < rulebook->actions.count; i++)
        count += rulebook->actions.at[i]->checks.count;
    return count;
}

void coverage_init(struct coverage *coverage, const struct rulebook *rulebook) {
    size_t checks = coverage_count(rulebook) + 1, actions = rulebook->actions.count + 1;
    coverage->checks = memory_resize(NULL, checks);
    coverage->actions = memory_resize(NULL, actions);
    memset(coverage->checks, 0, checks);
    memset(coverage->actions, 0, actions);
}

const char *verdict_text(enum verdict verdict) {
    static const char *const texts[] = {"unknown", "holds", "violated", "reachable", "unreachable"};
    return texts[verdict];
}

bool verdict_is_good(enum verdict verdict, enum property_form form) {
    if (form == PROPERTY_REACHABLE)
        return verdict == VERDICT_REACHABLE;
    return form == PROPERTY_UNREACHABLE ? verdict == VERDICT_UNREACHABLE : verdict == VERDICT_HOLDS;
}
