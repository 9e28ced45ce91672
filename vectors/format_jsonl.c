/* JSON Lines: the native vectors one by one, for programs that read a stream.
 *
 * Each file of the native format begins with a line that has everything but its vectors, `setup` among it. */
#include <string.h>

#include "base/jtree.h"
#include "vectors/format.h"

static void put_tree(const struct jtree *tree, FILE *out) {
    char *text = jtree_canonical(tree);
    fputs(text, out);
    free(text);
}

static void write_lines(const struct suite_file *file, FILE *out) {
    char problem[100];
    struct jtree *tree = jtree_read(file->text, file->bytes, problem, sizeof problem);
    const char *separator = "{";
    for (const void *m = jtree_next(tree, NULL); m != NULL; m = jtree_next(tree, m)) {
        if (strcmp(jtree_name(m), "vectors") == 0 || strcmp(jtree_name(m), "$schema") == 0)
            continue;
        fprintf(out, "%s\"%s\":", separator, jtree_name(m)); /* names of members are plain words */
        put_tree(jtree_value(m), out);
        separator = ",";
    }
    fputs("}\n", out);
    const struct jtree *vectors = jtree_get(tree, "vectors");
    for (size_t i = 0; i < jtree_count(vectors); i++) {
        put_tree(jtree_at(vectors, i), out);
        fputc('\n', out);
    }
    jtree_free(tree);
}

static void write_jsonl(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                        struct suite_files *files) {
    (void)suite, (void)name, (void)wire, (void)version;
    if (suite_files_find(files, "vectors.jsonl") != NULL)
        return; /* the files of all specs are in it */
    char *text;
    size_t bytes, count = files->list.count;
    FILE *out = suite_file_open(&text, &bytes);
    for (size_t i = 0; i < count; i++)
        if (strncmp(files->list.at[i].path, "vectors/", 8) == 0)
            write_lines(&files->list.at[i], out);
    suite_file_close(files, "vectors.jsonl", out, &text, &bytes);
}

const struct format format_jsonl = {
    .name = "jsonl", .summary = "vectors.jsonl: one vector a line", .write_spec = write_jsonl};
