#include <string.h>

#include "vectors/format.h"

extern const struct format format_json;

const struct format *const formats[] = {&format_json, NULL};

const struct format *format_find(const char *name) {
    for (size_t i = 0; formats[i] != NULL; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

void suite_files_add(struct suite_files *files, const char *path, char *text, size_t bytes) {
    char *copy = memory_resize(NULL, strlen(path) + 1);
    strcpy(copy, path);
    vec_push(&files->list, ((struct suite_file){copy, text, bytes}));
}

const struct suite_file *suite_files_find(const struct suite_files *files, const char *path) {
    for (size_t i = 0; i < files->list.count; i++)
        if (strcmp(files->list.at[i].path, path) == 0)
            return &files->list.at[i];
    return NULL;
}

void suite_files_clear(struct suite_files *files) {
    for (size_t i = 0; i < files->list.count; i++) {
        free(files->list.at[i].path);
        free(files->list.at[i].text);
    }
    vec_free(&files->list);
}
