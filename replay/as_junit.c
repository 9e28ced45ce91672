/* JUnit XML, as test dashboards read it: a suite for each group, a case for each vector. */
#include <string.h>

#include "replay/report.h"

static void put(const char *text, FILE *out) {
    for (; text != NULL && *text != '\0'; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default: /* control characters are not allowed in XML 1.0 */
            fputc((unsigned char)*text < 32 && *text != '\n' && *text != '\t' ? '?' : *text, out);
        }
}

static void put_steps(const struct outcome *outcome, FILE *out) {
    for (size_t i = 1; i <= outcome->step; i++) {
        char *text = NULL;
        size_t bytes;
        FILE *line = open_memstream(&text, &bytes);
        if (line == NULL)
            out_of_memory(1);
        fprintf(line, "%zu ", i);
        replay_print_step(outcome, i, line);
        fputc('\n', line);
        fclose(line);
        put(text, out);
        free(text);
    }
}

static void put_element(const char *name, const char *message, FILE *out) {
    fprintf(out, "<%s message=\"", name);
    put(message, out);
    fputs("\">", out);
}

static void put_case(const struct outcome *outcome, FILE *out) {
    const struct difference *one = &outcome->difference;
    fputs("  <testcase classname=\"", out);
    put(outcome->script->name, out);
    fputs("\" name=\"", out);
    put(outcome->id, out);
    fputs("\">", out);
    switch (outcome->verdict) {
    case REPLAY_FAIL:
        put_element("failure", outcome->claim, out);
        put_steps(outcome, out);
        put(one->symbol, out);
        fputc(' ', out);
        put(one->path, out);
        fputs("\nexpected ", out);
        put(one->expected, out);
        fputs("\nfound ", out);
        put(one->found, out);
        fputs("\nrule ", out);
        put(outcome->rule, out);
        fputs("\nsource ", out);
        put(outcome->source, out);
        fputs("</failure>", out);
        break;
    case REPLAY_ERROR:
        put_element("error", outcome->reason, out);
        fputs("</error>", out);
        break;
    case REPLAY_SKIP:
    case REPLAY_BLOCKED:
    case REPLAY_XFAIL:
        put_element("skipped", outcome->reason, out);
        put(replay_verdict_text(outcome->verdict), out);
        fputs("</skipped>", out);
        break;
    case REPLAY_PASS:
    case REPLAY_VERDICTS:
        break;
    }
    fputs("</testcase>\n", out);
}

static size_t count_in(const struct replay *replay, const struct script *script, enum replay_verdict verdict) {
    size_t count = 0;
    for (size_t i = 0; i < replay->outcomes.count; i++)
        count += replay->outcomes.at[i].script == script && replay->outcomes.at[i].verdict == verdict;
    return count;
}

static void write_junit(const struct replay *replay, const struct replay_options *options, FILE *out) {
    (void)options;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"enimc replay\">\n", out);
    for (size_t s = 0; s < replay->scripts.count; s++) {
        const struct script *script = replay->scripts.at[s];
        fputs(" <testsuite name=\"", out);
        put(script->name, out);
        fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", script_count(script),
                count_in(replay, script, REPLAY_FAIL), count_in(replay, script, REPLAY_ERROR),
                count_in(replay, script, REPLAY_SKIP) + count_in(replay, script, REPLAY_BLOCKED) +
                    count_in(replay, script, REPLAY_XFAIL));
        for (size_t i = 0; i < replay->outcomes.count; i++)
            if (replay->outcomes.at[i].script == script)
                put_case(&replay->outcomes.at[i], out);
        fputs(" </testsuite>\n", out);
    }
    fputs("</testsuites>\n", out);
}

const struct replay_format replay_as_junit = {"junit", write_junit};
