#include "findings/catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/sections.h"
#include "model/yaml.h"

const char *severity_text(enum severity severity) { return severity == SEVERITY_ERROR ? "error" : "warning"; }

bool pattern_matches(const char *pattern, const char *text) {
    const char *star = NULL, *again = NULL; /* behind the last star, and where the text went on then */
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            again = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* ---- reading ---- */

static char *read_whole(FILE *file, size_t *bytes) {
    VEC(char) text = {0};
    for (;;) {
        vec_reserve(&text, text.count + 65536);
        size_t got = fread(text.at + text.count, 1, text.room - text.count, file);
        text.count += got;
        if (got == 0 || text.count > LIMIT_FILE_BYTES)
            break;
    }
    vec_push(&text, '\0');
    *bytes = text.count - 1;
    return text.at;
}

struct yaml *findings_yaml(const char *path, struct arena *arena, struct intern *intern, struct diags *diags) {
    errno = 0;
    FILE *file = fopen(path, "rb");
    struct stat status;
    const char *problem = file == NULL || fstat(fileno(file), &status) != 0 ? strerror(errno) : NULL;
    if (problem == NULL && S_ISDIR(status.st_mode))
        problem = "is a folder";
    size_t bytes = 0;
    char *text = problem == NULL ? read_whole(file, &bytes) : NULL;
    if (problem == NULL && ferror(file))
        problem = strerror(errno);
    if (problem == NULL && bytes > LIMIT_FILE_BYTES)
        problem = "is larger than 16 MiB";
    if (file != NULL)
        fclose(file);
    struct span whole = {0, 0, 0, 0};
    if (problem != NULL) {
        free(text);
        whole.file = diags_add_file(diags, path, NULL, 0);
        diag_error(diags, whole, DIAG_FILE, "cannot be read: %s", problem);
        return NULL;
    }
    whole.file = diags_add_file(diags, path, text, bytes);
    return yaml_parse(whole.file, arena, intern, diags);
}

const char *findings_text(const struct yaml *map, const char *key, bool is_needed, struct diags *diags) {
    const struct yaml *value = yaml_get(map, key);
    if (value == NULL && is_needed)
        diag_error(diags, map->span, DIAG_MISSING_KEY, "'%s' is missing", key);
    if (value == NULL)
        return NULL;
    if (value->kind == YAML_TEXT && (*value->text != '\0' || !is_needed))
        return value->text;
    diag_error(diags, value->span, DIAG_WRONG_SHAPE, "'%s': expected a text%s", key,
               value->kind == YAML_TEXT ? ", found an empty one" : "");
    return NULL;
}

void findings_keys(const struct yaml *map, const char *const *allowed, const char *what, struct diags *diags) {
    size_t count = 0;
    while (allowed[count] != NULL)
        count++;
    for (size_t i = 0; i < map->count; i++) {
        bool known = false;
        for (size_t k = 0; k < count; k++)
            known |= strcmp(map->keys[i]->text, allowed[k]) == 0;
        if (known)
            continue;
        diag_error(diags, map->keys[i]->span, DIAG_UNKNOWN_KEY, "%s has no key '%.60s'", what, map->keys[i]->text);
        suggest(diags, map->keys[i]->span, map->keys[i]->text, allowed, count);
    }
}

static struct words read_words(struct arena *arena, const struct yaml *map, const char *key, struct diags *diags) {
    const struct yaml *list = yaml_get(map, key);
    struct words words = {NULL, 0};
    if (list == NULL)
        return words;
    if (list->kind != YAML_LIST) {
        diag_error(diags, list->span, DIAG_WRONG_SHAPE, "'%s': expected a list of texts", key);
        return words;
    }
    words.at = arena_alloc(arena, (list->count + 1) * sizeof *words.at);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i]->kind == YAML_TEXT)
            words.at[words.count++] = list->items[i]->text;
        else
            diag_error(diags, list->items[i]->span, DIAG_WRONG_SHAPE, "'%s': expected a text", key);
    }
    return words;
}

/* The number of the word that is the value of a key; 0 without it. */
static unsigned read_choice(const struct yaml *map, const char *key, const char *const *choices, size_t count,
                            struct diags *diags) {
    const char *text = findings_text(map, key, false, diags);
    for (unsigned i = 0; text != NULL && i < count; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    if (text != NULL) {
        struct span span = yaml_get(map, key)->span;
        diag_error(diags, span, DIAG_UNKNOWN_NAME, "'%s' has no value '%.60s'", key, text);
        suggest(diags, span, text, choices, count);
    }
    return 0;
}

static void read_page(struct catalogue *catalogue, const struct yaml *key, const struct yaml *map,
                      const struct finding_page *of_class, struct diags *diags) {
    static const char *const allowed[] = {"title",  "what",      "why",        "bad",       "good",
                                          "repair", "codes",     "sources",    "severity",  "when",
                                          "rules",  "responses", "operations", "otherwise", "contention",
                                          "frees",  "terraform", "stack",      NULL};
    static const char *const whens[] = {"every",    "some",    "replaced", "stop",    "refused",
                                        "gives_up", "promise", "lost",     "observed"},
                             *const severities[] = {"error", "warning"}, *const flags[] = {"false", "true"};
    if (map->kind != YAML_MAP) {
        diag_error(diags, map->span, DIAG_WRONG_SHAPE, "expected a mapping, the page of a finding");
        return;
    }
    findings_keys(map, allowed, "a finding", diags);
    size_t length = strlen(of_class->class_id);
    if (strncmp(key->text, of_class->class_id, length) != 0 || key->text[length] != '-')
        diag_error(diags, key->span, DIAG_BAD_NAME, "a finding of this class is called %s-NUMBER", of_class->class_id);
    if (catalogue_page(catalogue, key->text) != NULL)
        diag_error(diags, key->span, DIAG_DUPLICATE_NAME, "the finding '%s' is there twice", key->text);
    struct finding_page page = *of_class;
    page.id = key->text;
    page.span = key->span;
    page.title = findings_text(map, "title", true, diags);
    page.what = findings_text(map, "what", true, diags);
    page.why = findings_text(map, "why", true, diags);
    page.bad = findings_text(map, "bad", true, diags);
    page.good = findings_text(map, "good", true, diags);
    page.repair = findings_text(map, "repair", true, diags);
    page.terraform = findings_text(map, "terraform", false, diags);
    page.stack = findings_text(map, "stack", false, diags);
    page.codes = read_words(&catalogue->arena, map, "codes", diags);
    page.sources = read_words(&catalogue->arena, map, "sources", diags);
    page.rules = read_words(&catalogue->arena, map, "rules", diags);
    page.responses = read_words(&catalogue->arena, map, "responses", diags);
    page.operations = read_words(&catalogue->arena, map, "operations", diags);
    page.severity = (enum severity)read_choice(map, "severity", severities, ARRAY_SIZE(severities), diags);
    page.when = (enum finding_when)read_choice(map, "when", whens, ARRAY_SIZE(whens), diags);
    page.otherwise = read_choice(map, "otherwise", flags, ARRAY_SIZE(flags), diags) == 1;
    page.contention = read_choice(map, "contention", flags, ARRAY_SIZE(flags), diags) == 1;
    page.frees = read_words(&catalogue->arena, map, "frees", diags);
    if (page.sources.count == 0)
        diag_error(diags, key->span, DIAG_MISSING_KEY, "a finding needs 'sources'");
    vec_push(&catalogue->pages, page);
}

static void read_class(struct catalogue *catalogue, const char *folder, const struct yaml *key, const struct yaml *map,
                       struct diags *diags) {
    if (map->kind != YAML_MAP) {
        diag_error(diags, map->span, DIAG_WRONG_SHAPE, "expected a mapping: title and file of a class");
        return;
    }
    const char *file = findings_text(map, "file", true, diags);
    struct finding_page of_class = {.class_id = key->text, .class_title = findings_text(map, "title", true, diags)};
    if (file == NULL)
        return;
    const char *path = arena_format(&catalogue->arena, "%s/%s", folder, file);
    const struct yaml *root = findings_yaml(path, &catalogue->arena, &catalogue->intern, diags),
                      *pages = root == NULL ? NULL : yaml_get(root, "findings");
    if (root != NULL && (pages == NULL || pages->kind != YAML_MAP))
        diag_error(diags, root->span, DIAG_MISSING_KEY, "expected a mapping 'findings'");
    for (size_t i = 0; pages != NULL && pages->kind == YAML_MAP && i < pages->count; i++)
        read_page(catalogue, pages->keys[i], pages->items[i], &of_class, diags);
}

/* For each `when` exactly one finding stands for the rest. */
static void check_rest(const struct catalogue *catalogue, struct span index, struct diags *diags) {
    for (enum finding_when when = WHEN_EVERY; when <= WHEN_LOST; when++) {
        size_t count = 0;
        for (size_t i = 0; i < catalogue->pages.count; i++)
            count += catalogue->pages.at[i].when == when && catalogue->pages.at[i].otherwise;
        if (count != 1)
            diag_error(diags, index, DIAG_MISSING_KEY,
                       "expected one finding with 'otherwise' for each 'when', found %zu", count);
    }
}

struct catalogue *catalogue_read(const char *library, struct diags *diags) {
    struct catalogue *catalogue = memory_resize(NULL, sizeof *catalogue);
    *catalogue = (struct catalogue){0};
    const char *folder = arena_format(&catalogue->arena, "%s/findings", library),
               *path = arena_format(&catalogue->arena, "%s/index.yaml", folder);
    const struct yaml *root = findings_yaml(path, &catalogue->arena, &catalogue->intern, diags),
                      *classes = root == NULL ? NULL : yaml_get(root, "classes");
    if (root != NULL && (classes == NULL || classes->kind != YAML_MAP))
        diag_error(diags, root->span, DIAG_MISSING_KEY, "expected a mapping 'classes'");
    for (size_t i = 0; classes != NULL && classes->kind == YAML_MAP && i < classes->count; i++)
        read_class(catalogue, folder, classes->keys[i], classes->items[i], diags);
    if (!diags_failed(diags))
        check_rest(catalogue, root->span, diags);
    if (!diags_failed(diags))
        return catalogue;
    catalogue_free(catalogue);
    return NULL;
}

void catalogue_free(struct catalogue *catalogue) {
    if (catalogue == NULL)
        return;
    vec_free(&catalogue->pages);
    intern_clear(&catalogue->intern);
    arena_clear(&catalogue->arena);
    free(catalogue);
}

/* ---- asking ---- */

const struct finding_page *catalogue_page(const struct catalogue *catalogue, const char *id) {
    for (size_t i = 0; i < catalogue->pages.count; i++)
        if (strcmp(catalogue->pages.at[i].id, id) == 0)
            return &catalogue->pages.at[i];
    return NULL;
}

static bool has_match(const struct words *patterns, const char *text) {
    for (size_t i = 0; i < patterns->count; i++)
        if (pattern_matches(patterns->at[i], text))
            return true;
    return false;
}

unsigned finding_rank(const struct finding_page *page, const struct check *check, const char *operation) {
    if (check != NULL && has_match(&page->rules, check->origin.id))
        return 4;
    if (check != NULL && has_match(&page->responses, check->codes[0])) {
        if (page->operations.count == 0)
            return 2;
        if (has_match(&page->operations, operation))
            return 3;
    }
    if (check == NULL && has_match(&page->operations, operation))
        return 3;
    return page->otherwise ? 1 : 0;
}

const struct finding_page *catalogue_find(const struct catalogue *catalogue, enum finding_when when,
                                          const struct check *check, const char *operation) {
    const struct finding_page *best = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < catalogue->pages.count; i++) {
        const struct finding_page *page = &catalogue->pages.at[i];
        unsigned own = page->when == when ? finding_rank(page, check, operation) : 0;
        if (own > most) {
            best = page;
            most = own;
        }
    }
    return best;
}

bool catalogue_frees(const struct catalogue *catalogue, const char *operation) {
    for (size_t i = 0; i < catalogue->pages.count; i++)
        if (has_match(&catalogue->pages.at[i].frees, operation))
            return true;
    return false;
}
