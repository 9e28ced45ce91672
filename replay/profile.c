#include "replay/profile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct reading {
    struct profile *profile;
    struct diags *diags;
};

static void complain(struct reading *reading, const struct yaml *at, const char *expected) {
    diag_error(reading->diags, at->span, DIAG_WRONG_SHAPE, "expected %s", expected);
}

static const char *text_of(struct reading *reading, const struct yaml *value) {
    if (value->kind == YAML_TEXT)
        return value->text;
    complain(reading, value, "a text");
    return NULL;
}

static void read_number(struct reading *reading, const struct yaml *value, double *number) {
    char *end = NULL;
    const char *text = text_of(reading, value);
    double read = text == NULL ? 0 : strtod(text, &end);
    if (text != NULL && (end == text || *end != '\0' || !(read > 0 && read < 1e6)))
        complain(reading, value, "a number of seconds above 0");
    else if (text != NULL)
        *number = read;
}

static void read_flag(struct reading *reading, const struct yaml *value, bool *flag) {
    const char *text = text_of(reading, value);
    if (text != NULL && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        complain(reading, value, "true or false");
    else if (text != NULL)
        *flag = strcmp(text, "true") == 0;
}

static void read_texts(struct reading *reading, const struct yaml *value, profile_texts *texts) {
    if (value->kind != YAML_LIST)
        complain(reading, value, "a list of texts");
    for (size_t i = 0; value->kind == YAML_LIST && i < value->count; i++)
        if (text_of(reading, value->items[i]) != NULL)
            vec_push(texts, value->items[i]->text);
}

/* A text with {worker} where the number of the worker comes; nothing else in it is special. */
static void read_pattern(struct reading *reading, const struct yaml *value, const char **pattern) {
    const char *text = text_of(reading, value);
    if (text != NULL && (strpbrk(text, "\r\n") != NULL || strlen(text) > 200))
        complain(reading, value, "one line of at most 200 characters");
    else
        *pattern = text;
}

static void read_features(struct reading *reading, const char *key, const struct yaml *value) {
    struct profile *profile = reading->profile;
    if (strcmp(key, "has") == 0)
        read_texts(reading, value, &profile->has);
    else if (strcmp(key, "lacks") == 0)
        read_texts(reading, value, &profile->lacks);
    else
        complain(reading, value, "'has' or 'lacks' in 'features'");
}

static void read_timing(struct reading *reading, const char *key, const struct yaml *value) {
    struct profile *profile = reading->profile;
    if (strcmp(key, "poll") == 0)
        read_number(reading, value, &profile->poll_s);
    else if (strcmp(key, "settle") == 0)
        read_number(reading, value, &profile->settle_s);
    else if (strcmp(key, "request") == 0)
        read_number(reading, value, &profile->request_s);
    else if (strcmp(key, "eventual") == 0)
        read_flag(reading, value, &profile->is_eventual);
    else
        complain(reading, value, "'poll', 'settle', 'request' or 'eventual' in 'timing'");
}

static void read_isolation(struct reading *reading, const char *key, const struct yaml *value) {
    struct profile *profile = reading->profile;
    if (strcmp(key, "reuse") == 0)
        read_flag(reading, value, &profile->reuses);
    else if (strcmp(key, "keep_alive") == 0) {
        bool keep = !profile->no_keepalive;
        read_flag(reading, value, &keep);
        profile->no_keepalive = !keep;
    } else if (strcmp(key, "header") == 0)
        read_pattern(reading, value, &profile->account_header);
    else if (strcmp(key, "key") == 0)
        read_pattern(reading, value, &profile->key);
    else
        complain(reading, value, "'reuse', 'header', 'key' or 'keep_alive' in 'isolation'");
}

static void read_section(struct reading *reading, const struct yaml *map,
                         void (*read)(struct reading *, const char *, const struct yaml *)) {
    if (map->kind != YAML_MAP)
        complain(reading, map, "a mapping");
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        read(reading, map->keys[i]->text, map->items[i]);
}

static void read_entry(struct reading *reading, const char *key, const struct yaml *value) {
    struct profile *profile = reading->profile;
    if (strcmp(key, "title") == 0)
        profile->title = text_of(reading, value);
    else if (strcmp(key, "types") == 0)
        read_texts(reading, value, &profile->types);
    else if (strcmp(key, "features") == 0)
        read_section(reading, value, read_features);
    else if (strcmp(key, "timing") == 0)
        read_section(reading, value, read_timing);
    else if (strcmp(key, "isolation") == 0)
        read_section(reading, value, read_isolation);
    else if (strcmp(key, "account") == 0 && value->kind == YAML_MAP) {
        profile->account = value;
        for (size_t i = 0; i < value->count; i++)
            text_of(reading, value->items[i]);
    } else
        complain(reading, value, "'title', 'account', 'features', 'types', 'timing' or 'isolation'");
}

/* The file's number in `diags`; UINT32_MAX after an error. */
static uint32_t open_file(const char *path, struct diags *diags) {
    FILE *in = fopen(path, "rb");
    int why = errno;
    VEC(char) text = {0};
    size_t got = in != NULL;
    while (got > 0 && text.count <= LIMIT_FILE_BYTES) {
        vec_reserve(&text, text.count + 65536);
        got = fread(text.at + text.count, 1, text.room - text.count - 1, in);
        text.count += got;
    }
    bool good = in != NULL && !ferror(in) && text.count <= LIMIT_FILE_BYTES;
    if (in != NULL)
        fclose(in);
    vec_push(&text, '\0');
    uint32_t number = diags_add_file(diags, path, text.at, text.count - 1);
    if (good)
        return number;
    diag_error(diags, (struct span){number, 0, 0, 0}, DIAG_FILE, "cannot be read: %s",
               in == NULL ? strerror(why) : "too large, or no regular file");
    return UINT32_MAX;
}

bool profile_read(struct profile *profile, const char *path, struct diags *diags) {
    *profile = (struct profile){.title = "defaults", .poll_s = 0.05, .settle_s = 5, .request_s = 30, .reuses = true};
    struct reading reading = {profile, diags};
    if (path == NULL)
        return true;
    uint32_t file = open_file(path, diags);
    struct yaml *tree = file == UINT32_MAX ? NULL : yaml_parse(file, &profile->arena, &profile->intern, diags);
    if (tree != NULL)
        read_section(&reading, tree, read_entry);
    return !diags_failed(diags);
}

void profile_clear(struct profile *profile) {
    vec_free(&profile->has);
    vec_free(&profile->lacks);
    vec_free(&profile->types);
    intern_clear(&profile->intern);
    arena_clear(&profile->arena);
}

const char *profile_account(const struct profile *profile, const char *key) {
    const struct yaml *value = profile->account == NULL ? NULL : yaml_get(profile->account, key);
    return value == NULL ? NULL : value->text;
}

static bool is_among(const profile_texts *texts, const char *text) {
    for (size_t i = 0; i < texts->count; i++)
        if (strcmp(texts->at[i], text) == 0)
            return true;
    return false;
}

bool profile_offers(const struct profile *profile, const char *feature) {
    bool is_rare = strncmp(feature, "limit:", 6) == 0 || strcmp(feature, "capability:quotas") == 0 ||
                   strcmp(feature, "held-transitions") == 0;
    if (strncmp(feature, "type:", 5) == 0 && profile->types.count > 0 && !is_among(&profile->types, feature + 5))
        return false;
    return !is_among(&profile->lacks, feature) && (!is_rare || is_among(&profile->has, feature));
}
