/* Values for the parameters of a template, in any of the forms that the service's own tools take:
 *     [{"ParameterKey": K, "ParameterValue": V}, …]     ["K=V", …]     {"Parameters": {K: V}}     {K: V} */
#include <stdlib.h>
#include <string.h>

#include "import/shapes.h"

static void give(struct import *import, struct jtree *given, const char *name, const struct jtree *value) {
    struct arena *arena = &import->arena;
    if (jtree_get(given, name) != NULL)
        import_error(import, "parameter %.100s is given twice", name);
    else if (jtree_type(value) == JTREE_TEXT)
        jtree_put(given, name, jtree_text(jtree_string(value)));
    else if (jtree_type(value) == JTREE_NUMBER)
        jtree_put(given, name, jtree_text(arena_format(arena, "%lld", (long long)jtree_integer(value))));
    else if (jtree_type(value) == JTREE_BOOL)
        jtree_put(given, name, jtree_text(jtree_truth(value) ? "true" : "false"));
    else
        import_error(import, "parameter %.100s: its value is no text", name);
}

static void give_item(struct import *import, struct jtree *given, const struct jtree *item, size_t index) {
    const char *key = text_at(item, "ParameterKey"), *pair = jtree_string(item);
    const char *equals = pair == NULL ? NULL : strchr(pair, '=');
    bool previous = key != NULL && truth_at(item, "UsePreviousValue", false);
    if (previous && jtree_get(import->previous_given, key) != NULL) {
        give(import, given, key, jtree_get(import->previous_given, key));
    } else if (previous) {
        note(import, "parameter %s keeps its previous value, which is not known here", key);
    } else if (key != NULL) {
        give(import, given, key, jtree_get(item, "ParameterValue"));
    } else if (equals != NULL) {
        struct jtree *value = jtree_text(equals + 1);
        give(import, given, arena_text(&import->arena, pair, (size_t)(equals - pair)), value);
        jtree_free(value);
    } else {
        import_error(import, "item %zu has no ParameterKey and ParameterValue", index);
    }
}

struct jtree *read_parameters(struct import *import, const char *path) {
    import->file = diags_add_file(import->diags, path, NULL, 0);
    size_t bytes;
    char problem[300] = "a NUL character", *text = read_whole_file(import, path, &bytes);
    if (text == NULL)
        return NULL;
    struct jtree *tree = strlen(text) == bytes ? jtree_read(text, bytes, problem, sizeof problem) : NULL;
    free(text);
    if (tree == NULL) {
        import_error(import, "parameters are not well-formed JSON (%s)", problem);
        return NULL;
    }
    vec_push(&import->trees, tree);
    struct jtree *given = jtree_object();
    vec_push(&import->trees, given);
    const struct jtree *values =
        jtree_type(jtree_get(tree, "Parameters")) == JTREE_OBJECT ? jtree_get(tree, "Parameters") : tree;
    for (size_t i = 0; jtree_type(values) == JTREE_LIST && i < jtree_count(values); i++)
        give_item(import, given, jtree_at(values, i), i);
    if (jtree_type(values) == JTREE_OBJECT)
        for (const void *m = jtree_next(values, NULL); m != NULL; m = jtree_next(values, m))
            give(import, given, jtree_name(m), jtree_value(m));
    else if (jtree_type(values) != JTREE_LIST)
        import_error(import, "expected a list or an object of parameters");
    return diags_failed(import->diags) ? NULL : given;
}
