/* For people: what failed, up to the step that failed, then by rule what an issue would say. */
#include <string.h>

#include "replay/report.h"

static void print_failure(const struct outcome *outcome, FILE *out) {
    const struct difference *one = &outcome->difference;
    fprintf(out, "FAIL %s (%s)\n     %s\n", outcome->id, outcome->script->name,
            jtree_string(jtree_get(replay_native(outcome), "title")));
    for (size_t i = 1; i <= outcome->step; i++) {
        fprintf(out, "  %zu  ", i);
        replay_print_step(outcome, i, out);
        fputc('\n', out);
    }
    if (one->symbol != NULL && one->symbol[0] != '\0')
        fprintf(out, "     %s%s%s\n", one->symbol, one->path[0] == '\0' ? "" : " ", one->path);
    fprintf(out, "     expected  %s\n     found     %s\n", one->expected, one->found);
    if (outcome->rule != NULL)
        fprintf(out, "     rule      %s: %s\n", outcome->rule, outcome->claim);
    if (outcome->source != NULL)
        fprintf(out, "     source    %s\n", outcome->source);
    fputc('\n', out);
}

/* Reasons of one verdict, each once, with how many vectors have it. */
static void print_reasons(const struct replay *replay, enum replay_verdict verdict, FILE *out) {
    for (size_t i = 0; i < replay->outcomes.count; i++) {
        const struct outcome *outcome = &replay->outcomes.at[i];
        size_t count = 0;
        bool is_first = true;
        for (size_t k = 0; k < replay->outcomes.count && outcome->verdict == verdict; k++) {
            const struct outcome *other = &replay->outcomes.at[k];
            bool same = other->verdict == verdict && strcmp(other->reason, outcome->reason) == 0;
            is_first = is_first && !(same && k < i);
            count += same;
        }
        if (outcome->verdict == verdict && is_first)
            fprintf(out, "%s %zu: %s\n", replay_verdict_text(verdict), count, outcome->reason);
    }
}

static void print_remarks(const char *title, const remark_list *list, FILE *out) {
    if (list->count > 0)
        fprintf(out, "\n%s\n", title);
    for (size_t i = 0; i < list->count; i++)
        fprintf(out, "  %s: %s (%zu)\n", list->at[i].script->name, list->at[i].text, list->at[i].count);
}

static void print_rules(const struct replay *replay, FILE *out) {
    rule_groups groups = {0};
    replay_group(replay, &groups);
    if (groups.count > 0)
        fprintf(out, "Violated rules\n");
    for (size_t g = 0; g < groups.count; g++) {
        const struct rule_group *group = &groups.at[g];
        const struct outcome *first = group->outcomes.at[0];
        fprintf(out, "  %s  %s\n    source: %s\n", group->rule, group->claim,
                group->source == NULL ? "none" : group->source);
        fprintf(out, "    for example after ");
        replay_print_step(first, first->step, out);
        fprintf(out, "\n    expected %s, found %s\n    vectors:", first->difference.expected, first->difference.found);
        for (size_t i = 0; i < group->outcomes.count; i++)
            fprintf(out, " %s", group->outcomes.at[i]->id);
        fputc('\n', out);
    }
    if (groups.count > 0)
        fputc('\n', out);
    replay_groups_clear(&groups);
}

static void write_text(const struct replay *replay, const struct replay_options *options, FILE *out) {
    for (size_t i = 0; i < replay->outcomes.count; i++)
        if (replay->outcomes.at[i].verdict == REPLAY_FAIL)
            print_failure(&replay->outcomes.at[i], out);
    print_rules(replay, out);
    print_reasons(replay, REPLAY_ERROR, out);
    print_reasons(replay, REPLAY_BLOCKED, out);
    print_reasons(replay, REPLAY_SKIP, out);
    print_remarks("While fixtures were made:", &replay->fixtures, out);
    print_remarks("Left behind:", &replay->leaks, out);
    print_remarks("Kept:", &replay->kept, out);
    if (replay->reconnected)
        fputs("a new connection for each call: the endpoint answers late on a kept one\n", out);
    for (enum replay_verdict v = 0; v < REPLAY_VERDICTS; v++)
        fprintf(out, "%s%zu %s", v == 0 ? "" : ", ", replay_count(replay, v), replay_verdict_text(v));
    fprintf(out, "; %zu calls in %.1f s to %s (profile: %s; suite %.12s)\n", replay->calls, replay->seconds,
            options->endpoint, options->profile->title, replay->hash);
}

const struct replay_format replay_as_text = {"text", write_text};
