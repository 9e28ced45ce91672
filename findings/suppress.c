#include "findings/suppress.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/sections.h"
#include "model/yaml.h"

static const char *class_end(const char *id) { return strchr(id, '-'); }

/* The pattern must mean some finding. */
static void check_finding(const struct catalogue *catalogue, const char *pattern, struct span span,
                          struct diags *diags) {
    VEC(const char *) ids = {0};
    bool known = false;
    for (size_t i = 0; i < catalogue->pages.count; i++) {
        vec_push(&ids, catalogue->pages.at[i].id);
        known |= pattern_matches(pattern, catalogue->pages.at[i].id);
    }
    if (!known) {
        diag_error(diags, span, DIAG_UNKNOWN_NAME, "no finding is called '%.60s'%s", pattern,
                   class_end(pattern) == NULL ? "; expected one like RACE-3 or RACE-*" : "");
        suggest(diags, span, pattern, ids.at, ids.count);
    }
    vec_free(&ids);
}

/* YYYY-MM-DD, a day that there is */
static bool is_date(const char *text) {
    static const char *const days[] = {"31", "29", "31", "30", "31", "30", "31", "31", "30", "31", "30", "31"};
    for (size_t i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    int month = atoi(text + 5), year = atoi(text);
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (text[10] != '\0' || month < 1 || month > 12 || strcmp(text + 8, "01") < 0)
        return false;
    return strcmp(text + 8, month == 2 && !is_leap ? "28" : days[month - 1]) <= 0;
}

static const struct yaml *list_of(const struct yaml *root, const char *key, struct diags *diags) {
    const struct yaml *list = yaml_get(root, key);
    if (list == NULL || list->kind == YAML_LIST)
        return list;
    diag_error(diags, list->span, DIAG_WRONG_SHAPE, "'%s': expected a list", key);
    return NULL;
}

static bool is_map(const struct yaml *item, const char *what, struct diags *diags) {
    if (item->kind != YAML_MAP)
        diag_error(diags, item->span, DIAG_WRONG_SHAPE, "expected a mapping, %s", what);
    return item->kind == YAML_MAP;
}

/* ---- the configuration ---- */

static void read_item(struct suppressions *suppressions, const struct yaml *item, const char *path,
                      const struct catalogue *catalogue, const char *today, struct diags *diags) {
    static const char *const allowed[] = {"finding", "resource", "reason", "until", NULL};
    if (!is_map(item, "a suppression", diags))
        return;
    findings_keys(item, allowed, "a suppression", diags);
    struct suppression suppression = {.path = path, .line = item->span.line};
    suppression.finding = findings_text(item, "finding", false, diags);
    suppression.resource = findings_text(item, "resource", false, diags);
    suppression.reason = findings_text(item, "reason", true, diags);
    suppression.until = findings_text(item, "until", false, diags);
    if (suppression.finding == NULL && suppression.resource == NULL)
        diag_error(diags, item->span, DIAG_MISSING_KEY, "a suppression needs 'finding' or 'resource'");
    if (suppression.finding != NULL)
        check_finding(catalogue, suppression.finding, yaml_get(item, "finding")->span, diags);
    if (suppression.until != NULL && !is_date(suppression.until))
        diag_error(diags, yaml_get(item, "until")->span, DIAG_WRONG_SHAPE, "expected a day, YYYY-MM-DD, found '%.60s'",
                   suppression.until);
    else
        suppression.is_expired = suppression.until != NULL && strcmp(today, suppression.until) > 0;
    vec_push(&suppressions->list, suppression);
}

void suppressions_read_config(struct suppressions *suppressions, const char *path, const struct catalogue *catalogue,
                              const char *today, struct diags *diags) {
    static const char *const allowed[] = {"suppress", "fail_on", NULL};
    const struct yaml *root = findings_yaml(path, &suppressions->arena, &suppressions->intern, diags);
    if (root == NULL || !is_map(root, "a configuration", diags))
        return;
    findings_keys(root, allowed, "a configuration", diags);
    const char *fail_on = findings_text(root, "fail_on", false, diags);
    if (fail_on != NULL && strcmp(fail_on, "error") != 0 && strcmp(fail_on, "warning") != 0)
        diag_error(diags, yaml_get(root, "fail_on")->span, DIAG_WRONG_SHAPE, "expected error or warning, found '%.60s'",
                   fail_on);
    else if (fail_on != NULL)
        suppressions->fails_on = strcmp(fail_on, "error") == 0 ? SEVERITY_ERROR : SEVERITY_WARNING;
    const struct yaml *list = list_of(root, "suppress", diags);
    for (size_t i = 0; list != NULL && i < list->count; i++)
        read_item(suppressions, list->items[i], path, catalogue, today, diags);
}

/* ---- baselines ---- */

void suppressions_read_baseline(struct suppressions *suppressions, const char *path, struct diags *diags) {
    static const char *const allowed[] = {"findings", NULL}, *const of_item[] = {"fingerprint", "finding", "resource",
                                                                                 "reason", NULL};
    const struct yaml *root = findings_yaml(path, &suppressions->arena, &suppressions->intern, diags);
    if (root == NULL || !is_map(root, "a baseline", diags))
        return;
    findings_keys(root, allowed, "a baseline", diags);
    const struct yaml *list = list_of(root, "findings", diags);
    if (list == NULL && !diags_failed(diags))
        diag_error(diags, root->span, DIAG_MISSING_KEY, "a baseline needs its list 'findings'");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (!is_map(item, "a finding", diags))
            continue;
        findings_keys(item, of_item, "a finding of a baseline", diags);
        struct suppression suppression = {.path = path, .line = item->span.line, .is_baseline = true};
        suppression.fingerprint = findings_text(item, "fingerprint", true, diags);
        suppression.reason = findings_text(item, "reason", true, diags);
        suppression.target_key = findings_text(item, "finding", false, diags); /* for people */
        vec_push(&suppressions->list, suppression);
    }
}

/* In ASCII, so that a file in YAML can hold any character; the text is UTF-8. */
static void put_quoted(const char *text, FILE *out) {
    fputc('"', out);
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        unsigned more = *at < 0xC0 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
        uint32_t point = more == 0 ? *at : *at & (0x3Fu >> more);
        for (; more > 0 && at[1] != '\0'; more--)
            point = point << 6 | (*++at & 0x3F);
        if (point == '"' || point == '\\')
            fprintf(out, "\\%c", (char)point);
        else if (point >= ' ' && point < 127)
            fputc((char)point, out);
        else
            fprintf(out, "\\U%08X", point);
    }
    fputc('"', out);
}

void baseline_write(const struct report *report, FILE *out) {
    fputs("# What is known and let pass: `enimc verify --baseline` with this file.  Give each its reason.\nfindings:",
          out);
    size_t count = 0;
    for (size_t i = 0; i < report->findings.count; i++) {
        const struct finding *finding = &report->findings.at[i];
        if (finding->suppressed != NULL && !finding->suppressed->is_baseline)
            continue;
        count++;
        fprintf(out, "\n  - fingerprint: \"%s\"\n    finding: %s\n    resource: ", finding->fingerprint,
                finding->page->id);
        put_quoted(finding->resource != NULL ? finding->resource : finding->words, out);
        fputs("\n    reason: ", out);
        put_quoted(finding->suppressed != NULL ? finding->suppressed->reason : "known when this baseline was written",
                   out);
    }
    fputs(count == 0 ? " []\n" : "\n", out);
}

/* ---- comments ---- */

struct line {
    const char *at;
    size_t length, comment; /* where its comment begins; length: it has none */
};

static struct line line_at(const char *text, const char *end) {
    const char *next = memchr(text, '\n', (size_t)(end - text));
    struct line line = {text, (size_t)((next == NULL ? end : next) - text), 0};
    while (line.comment < line.length &&
           (text[line.comment] != '#' || (line.comment > 0 && !isspace((unsigned char)text[line.comment - 1]))))
        line.comment++;
    return line;
}

static bool has_content(const struct line *line) {
    for (size_t i = 0; i < line->comment; i++)
        if (!isspace((unsigned char)line->at[i]))
            return true;
    return false;
}

/* "  Name: ..." -> "Name" */
static const char *key_of(const struct line *line, struct arena *arena) {
    size_t start = 0, length = 0;
    while (start < line->comment && strchr(" -\"'", line->at[start]) != NULL)
        start++;
    while (start + length < line->comment && strchr(":\"'", line->at[start + length]) == NULL)
        length++;
    return arena_text(arena, line->at + start, length);
}

static void add_comment(struct suppressions *suppressions, const struct line *line, uint32_t number, struct span span,
                        const char *path, const struct catalogue *catalogue, struct diags *diags) {
    static const char word[] = "enimc:ignore";
    const char *text = arena_text(&suppressions->arena, line->at + line->comment + 1, line->length - line->comment - 1);
    text += strspn(text, "# \t");
    if (strncmp(text, word, sizeof word - 1) != 0)
        return;
    text += sizeof word - 1;
    size_t blank = strspn(text, " \t"), length = strcspn(text + blank, " \t\r");
    const char *id = arena_text(&suppressions->arena, text + blank, length);
    const char *reason = text + blank + length;
    reason += strspn(reason, " \t");
    size_t end = strlen(reason);
    while (end > 0 && isspace((unsigned char)reason[end - 1]))
        end--;
    if (blank == 0 || length == 0 || end == 0) {
        diag_error(diags, span, DIAG_WRONG_SHAPE,
                   "expected 'enimc:ignore FINDING REASON': every suppression has a reason");
        return;
    }
    check_finding(catalogue, id, span, diags);
    struct suppression suppression = {.finding = id, .path = path, .line = number, .is_comment = true};
    suppression.reason = arena_text(&suppressions->arena, reason, end);
    vec_push(&suppressions->list, suppression);
}

void suppressions_read_comments(struct suppressions *suppressions, const char *path, const struct catalogue *catalogue,
                                struct diags *diags) {
    struct stat status; /* a pipe can be read once, and not here; what cannot be read, its reader says */
    FILE *in = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "rb") : NULL;
    if (in == NULL)
        return;
    VEC(char) text = {0};
    size_t got = 1;
    while (got > 0 && text.count <= LIMIT_FILE_BYTES) {
        vec_reserve(&text, text.count + 65536);
        got = fread(text.at + text.count, 1, text.room - text.count, in);
        text.count += got;
    }
    fclose(in);
    size_t start = 0, open = suppressions->list.count; /* the first comment without its line */
    while (start < text.count && isspace((unsigned char)text.at[start]))
        start++;
    bool is_json = start < text.count && strchr("{[", text.at[start]) != NULL;
    if (is_json || text.count > LIMIT_FILE_BYTES || memchr(text.at, '\0', text.count) != NULL) {
        vec_free(&text);
        return;
    }
    uint32_t number = 1, file = UINT32_MAX;
    for (const char *at = text.at, *end = text.at + text.count; at < end; number++) {
        struct line line = line_at(at, end);
        if (line.comment < line.length) {
            if (file == UINT32_MAX)
                file = diags_add_file(diags, path, NULL, 0);
            struct span span = {file, number, (uint32_t)line.comment + 1, 1};
            add_comment(suppressions, &line, number, span, path, catalogue, diags);
        }
        if (has_content(&line))
            for (; open < suppressions->list.count; open++) {
                suppressions->list.at[open].target_line = number;
                suppressions->list.at[open].target_key = key_of(&line, &suppressions->arena);
            }
        at += line.length + 1;
    }
    vec_free(&text);
}

/* ---- what is suppressed ---- */

static bool matches(const struct suppression *suppression, const struct finding *finding) {
    const char *resource = finding->resource != NULL ? finding->resource : finding->name;
    if (suppression->is_expired)
        return false;
    if (suppression->is_baseline)
        return suppression->fingerprint != NULL && strcmp(suppression->fingerprint, finding->fingerprint) == 0;
    if (suppression->finding != NULL && !pattern_matches(suppression->finding, finding->page->id))
        return false;
    if (!suppression->is_comment)
        return suppression->resource == NULL || pattern_matches(suppression->resource, resource);
    if (strcmp(suppression->path, finding->place.path) != 0 || suppression->target_line == 0)
        return false;
    if (finding->place.line > 0)
        return finding->place.line == suppression->target_line;
    return strcmp(suppression->target_key, resource) == 0;
}

static void remark(struct report *report, const struct suppression *suppression) {
    const char *what = suppression->is_baseline  ? "this finding of the baseline is gone; take it out"
                       : suppression->is_expired ? "expired, so it suppresses nothing; repair the cause or renew it"
                       : suppression->is_comment
                           ? "suppresses nothing; take it out"
                           : "suppresses nothing here; take it out, unless another input needs it";
    const char *finding = suppression->is_baseline ? suppression->target_key : suppression->finding,
               *resource = suppression->resource;
    if (!suppression->is_used)
        vec_push(&report->remarks,
                 arena_format(&report->arena, "%s:%u: %s%s%s%s%s", suppression->path, suppression->line,
                              finding != NULL ? finding : "", finding != NULL && resource != NULL ? " " : "",
                              resource != NULL ? resource : "", finding != NULL || resource != NULL ? ": " : "", what));
}

void suppressions_apply(struct suppressions *suppressions, struct report *report) {
    for (size_t i = 0; i < report->findings.count; i++) {
        struct finding *finding = &report->findings.at[i];
        for (size_t k = 0; k < suppressions->list.count; k++) {
            struct suppression *suppression = &suppressions->list.at[k];
            if (!matches(suppression, finding))
                continue;
            suppression->is_used = true;
            if (finding->suppressed == NULL)
                finding->suppressed = suppression;
        }
        if (finding->suppressed == NULL)
            continue;
        report->suppressed_count++;
        if (finding->severity == SEVERITY_ERROR)
            report->error_count--;
        else
            report->warning_count--;
    }
    for (size_t k = 0; k < suppressions->list.count; k++)
        remark(report, &suppressions->list.at[k]);
}

void suppressions_clear(struct suppressions *suppressions) {
    vec_free(&suppressions->list);
    intern_clear(&suppressions->intern);
    arena_clear(&suppressions->arena);
}
