#include <string.h>

#include "vectors/format.h"

extern const struct format format_json, format_jsonl, format_itf, format_pytest, format_cli, format_go, format_c;

const struct format *const formats[] = {&format_json, &format_jsonl, &format_itf, &format_pytest,
                                        &format_cli,  &format_go,    &format_c,   NULL};

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

FILE *suite_file_open(char **text, size_t *bytes) {
    FILE *out = open_memstream(text, bytes);
    if (out == NULL)
        out_of_memory(1);
    return out;
}

void suite_file_close(struct suite_files *files, const char *path, FILE *out, char **text, size_t *bytes) {
    bool good = !ferror(out);
    if (fclose(out) != 0 || !good)
        out_of_memory(*bytes);
    suite_files_add(files, path, *text, *bytes);
}

void suite_files_add_once(struct suite_files *files, const char *path, const char *begin, const char *end) {
    if (suite_files_find(files, path) != NULL)
        return;
    size_t bytes = (size_t)(end - begin);
    char *text = memory_resize(NULL, bytes + 1);
    memcpy(text, begin, bytes);
    text[bytes] = '\0';
    suite_files_add(files, path, text, bytes);
}
