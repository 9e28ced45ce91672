/* For programs: everything, in the order of the suite; times and counts of calls stand apart. */
#include <string.h>

#include "replay/report.h"

static struct jtree *outcome_json(const struct outcome *outcome) {
    struct jtree *object = jtree_object();
    jtree_put(object, "id", jtree_text(outcome->id));
    jtree_put(object, "group", jtree_text(outcome->script->name));
    jtree_put(object, "level", jtree_text(jtree_string(jtree_get(replay_native(outcome), "level"))));
    jtree_put(object, "verdict", jtree_text(replay_verdict_text(outcome->verdict)));
    if (outcome->reason != NULL)
        jtree_put(object, "reason", jtree_text(outcome->reason));
    if (outcome->step > 0)
        jtree_put(object, "step", jtree_number((int64_t)outcome->step));
    if (outcome->check == CHECK_NONE)
        return object;
    jtree_put(object, "check", jtree_text(failed_check_text(outcome->check)));
    if (outcome->difference.symbol[0] != '\0') {
        jtree_put(object, "object", jtree_text(outcome->difference.symbol));
        jtree_put(object, "path", jtree_text(outcome->difference.path));
    }
    jtree_put(object, "expected", jtree_text(outcome->difference.expected));
    jtree_put(object, "found", jtree_text(outcome->difference.found));
    jtree_put(object, "rule", jtree_text(outcome->rule));
    jtree_put(object, "claim", jtree_text(outcome->claim));
    jtree_put(object, "source", jtree_text(outcome->source));
    struct jtree *steps = jtree_list();
    for (size_t i = 1; i <= outcome->step; i++) {
        char *text = NULL;
        size_t bytes;
        FILE *out = open_memstream(&text, &bytes);
        if (out == NULL)
            out_of_memory(1);
        replay_print_step(outcome, i, out);
        fclose(out);
        jtree_add(steps, jtree_text(text));
        free(text);
    }
    jtree_put(object, "steps", steps);
    jtree_put(object, "request", jtree_text(outcome->request));
    jtree_put(object, "answer", jtree_text(outcome->answer));
    return object;
}

static struct jtree *remarks_json(const remark_list *list) {
    struct jtree *result = jtree_list();
    for (size_t i = 0; i < list->count; i++) {
        struct jtree *one = jtree_object();
        jtree_put(one, "group", jtree_text(list->at[i].script->name));
        jtree_put(one, "text", jtree_text(list->at[i].text));
        jtree_put(one, "count", jtree_number((int64_t)list->at[i].count));
        jtree_add(result, one);
    }
    return result;
}

static struct jtree *rules_json(const struct replay *replay) {
    struct jtree *list = jtree_list();
    rule_groups groups = {0};
    replay_group(replay, &groups);
    for (size_t g = 0; g < groups.count; g++) {
        struct jtree *one = jtree_object(), *vectors = jtree_list();
        jtree_put(one, "rule", jtree_text(groups.at[g].rule));
        jtree_put(one, "claim", jtree_text(groups.at[g].claim));
        jtree_put(one, "source", jtree_text(groups.at[g].source));
        for (size_t i = 0; i < groups.at[g].outcomes.count; i++)
            jtree_add(vectors, jtree_text(groups.at[g].outcomes.at[i]->id));
        jtree_put(one, "vectors", vectors);
        jtree_add(list, one);
    }
    replay_groups_clear(&groups);
    return list;
}

static void write_json(const struct replay *replay, const struct replay_options *options, FILE *out) {
    struct jtree *file = jtree_object(), *counts = jtree_object(), *vectors = jtree_list(),
                 *statistics = jtree_object();
    jtree_put(file, "tool", jtree_text("enimc"));
    jtree_put(file, "command", jtree_text("replay"));
    jtree_put(file, "suite", jtree_text(replay->hash));
    jtree_put(file, "endpoint", jtree_text(options->endpoint));
    jtree_put(file, "profile", jtree_text(options->profile->title));
    for (enum replay_verdict v = 0; v < REPLAY_VERDICTS; v++)
        jtree_put(counts, replay_verdict_text(v), jtree_number((int64_t)replay_count(replay, v)));
    jtree_put(file, "counts", counts);
    jtree_put(file, "rules", rules_json(replay));
    for (size_t i = 0; i < replay->outcomes.count; i++)
        jtree_add(vectors, outcome_json(&replay->outcomes.at[i]));
    jtree_put(file, "vectors", vectors);
    jtree_put(file, "fixtures", remarks_json(&replay->fixtures));
    jtree_put(file, "left_behind", remarks_json(&replay->leaks));
    jtree_put(file, "kept", remarks_json(&replay->kept));
    jtree_put(statistics, "calls", jtree_number((int64_t)replay->calls));
    jtree_put(statistics, "seconds", jtree_real(replay->seconds));
    jtree_put(statistics, "reconnected", jtree_bool(replay->reconnected));
    jtree_put(file, "statistics", statistics);
    jtree_write(file, out, 1);
    jtree_free(file);
}

const struct replay_format replay_as_json = {"json", write_json};
