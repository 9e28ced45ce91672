/* TAP 13, with a block of YAML behind what is not ok. */
#include <string.h>

#include "replay/report.h"

static void put_entry(const char *name, const char *text, FILE *out) {
    struct jtree *value = jtree_text(text);
    char *quoted = jtree_canonical(value); /* JSON texts are YAML texts */
    fprintf(out, "  %s: %s\n", name, quoted);
    free(quoted);
    jtree_free(value);
}

static void put_line(const struct outcome *outcome, size_t number, FILE *out) {
    bool good = outcome->verdict == REPLAY_PASS || outcome->verdict == REPLAY_SKIP;
    fprintf(out, "%sok %zu - %s", good ? "" : "not ", number, outcome->id);
    if (outcome->verdict == REPLAY_SKIP)
        fprintf(out, " # SKIP %s", outcome->reason);
    if (outcome->verdict == REPLAY_XFAIL)
        fputs(" # TODO known from the baseline", out);
    fputc('\n', out);
    if (good)
        return;
    fputs("  ---\n", out);
    put_entry("verdict", replay_verdict_text(outcome->verdict), out);
    if (outcome->reason != NULL)
        put_entry("reason", outcome->reason, out);
    if (outcome->check != CHECK_NONE) {
        fprintf(out, "  step: %zu\n", outcome->step);
        put_entry("object", outcome->difference.symbol, out);
        put_entry("path", outcome->difference.path, out);
        put_entry("expected", outcome->difference.expected, out);
        put_entry("found", outcome->difference.found, out);
        put_entry("rule", outcome->rule, out);
        put_entry("source", outcome->source, out);
    }
    fputs("  ...\n", out);
}

static void write_tap(const struct replay *replay, const struct replay_options *options, FILE *out) {
    (void)options;
    fprintf(out, "TAP version 13\n1..%zu\n", replay->outcomes.count);
    for (size_t i = 0; i < replay->outcomes.count; i++)
        put_line(&replay->outcomes.at[i], i + 1, out);
}

const struct replay_format replay_as_tap = {"tap", write_tap};
