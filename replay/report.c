#include "replay/report.h"

#include <string.h>

extern const struct replay_format replay_as_text, replay_as_json, replay_as_junit, replay_as_tap;

const struct replay_format *const replay_formats[] = {&replay_as_text, &replay_as_json, &replay_as_junit,
                                                      &replay_as_tap, NULL};

const struct replay_format *replay_format_find(const char *name) {
    for (size_t i = 0; replay_formats[i] != NULL; i++)
        if (strcmp(replay_formats[i]->name, name) == 0)
            return replay_formats[i];
    return NULL;
}

/* ---- baseline ---- */

static bool is_bad(enum replay_verdict verdict) {
    return verdict == REPLAY_FAIL || verdict == REPLAY_BLOCKED || verdict == REPLAY_ERROR;
}

void baseline_of_replay(const struct replay *replay, FILE *out) {
    struct jtree *file = jtree_object(), *vectors = jtree_object();
    jtree_put(file, "format", jtree_text("enimc-replay-baseline"));
    jtree_put(file, "suite", jtree_text(replay->hash));
    for (size_t i = 0; i < replay->outcomes.count; i++) {
        const struct outcome *outcome = &replay->outcomes.at[i];
        bool is_known = outcome->verdict == REPLAY_XFAIL;
        if (!is_bad(outcome->verdict) && !is_known)
            continue;
        struct jtree *one = jtree_object();
        jtree_put(one, "verdict", jtree_text(is_known ? outcome->reason : replay_verdict_text(outcome->verdict)));
        jtree_put(one, "step", jtree_number((int64_t)outcome->step));
        if (outcome->rule != NULL)
            jtree_put(one, "rule", jtree_text(outcome->rule));
        jtree_put(vectors, outcome->id, one);
    }
    jtree_put(file, "vectors", vectors);
    jtree_write(file, out, 1);
    jtree_free(file);
}

bool baseline_apply(struct replay *replay, const struct jtree *tree, size_t *stale) {
    const char *format = jtree_string(jtree_get(tree, "format"));
    const struct jtree *vectors = jtree_get(tree, "vectors");
    *stale = 0;
    if (format == NULL || strcmp(format, "enimc-replay-baseline") != 0 || jtree_type(vectors) != JTREE_OBJECT)
        return false;
    for (size_t i = 0; i < replay->outcomes.count; i++) {
        struct outcome *outcome = &replay->outcomes.at[i];
        const struct jtree *known = jtree_get(vectors, outcome->id);
        const char *verdict = jtree_string(jtree_get(known, "verdict"));
        *stale += known != NULL && outcome->verdict == REPLAY_PASS;
        if (known == NULL || !is_bad(outcome->verdict) || verdict == NULL ||
            strcmp(verdict, replay_verdict_text(outcome->verdict)) != 0 ||
            jtree_integer(jtree_get(known, "step")) != (int64_t)outcome->step)
            continue;
        outcome->reason = replay_verdict_text(outcome->verdict);
        outcome->verdict = REPLAY_XFAIL;
    }
    return true;
}

/* ---- by rule ---- */

static int compare_groups(const void *one, const void *other) {
    const struct rule_group *a = one, *b = other;
    if (a->outcomes.count != b->outcomes.count)
        return a->outcomes.count < b->outcomes.count ? 1 : -1;
    return strcmp(a->rule, b->rule);
}

void replay_group(const struct replay *replay, rule_groups *groups) {
    for (size_t i = 0; i < replay->outcomes.count; i++) {
        const struct outcome *outcome = &replay->outcomes.at[i];
        if (outcome->verdict != REPLAY_FAIL || outcome->rule == NULL)
            continue;
        size_t g = 0;
        while (g < groups->count &&
               (strcmp(groups->at[g].rule, outcome->rule) != 0 || strcmp(groups->at[g].claim, outcome->claim) != 0))
            g++;
        if (g == groups->count)
            vec_push(groups,
                     ((struct rule_group){.rule = outcome->rule, .source = outcome->source, .claim = outcome->claim}));
        vec_push(&groups->at[g].outcomes, outcome);
    }
    if (groups->count > 1)
        qsort(groups->at, groups->count, sizeof *groups->at, compare_groups);
}

void replay_groups_clear(rule_groups *groups) {
    for (size_t g = 0; g < groups->count; g++)
        vec_free(&groups->at[g].outcomes);
    vec_free(groups);
}

/* ---- steps ---- */

static const struct jtree *steps_of(const struct outcome *outcome) {
    return jtree_get(script_vector(outcome->script, outcome->vector), "steps");
}

size_t replay_steps(const struct outcome *outcome) { return jtree_count(steps_of(outcome)); }

void replay_print_step(const struct outcome *outcome, size_t step, FILE *out) {
    const struct jtree *one = jtree_at(steps_of(outcome), step - 1);
    const char *event = jtree_string(jtree_get(one, "event"));
    if (event != NULL) {
        fprintf(out, "(%s happens)", event);
        return;
    }
    char *params = jtree_canonical(jtree_get(one, "params"));
    fprintf(out, "%s %s", jtree_string(jtree_get(one, "op")), params);
    free(params);
}

const struct jtree *replay_native(const struct outcome *outcome) {
    return jtree_at(jtree_get(outcome->script->native, "vectors"), outcome->vector);
}
