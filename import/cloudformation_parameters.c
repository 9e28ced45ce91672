/* Values for the parameters of a template, in any of the forms that the service's own tools take:
 *     [{"ParameterKey": K, "ParameterValue": V}, …]     ["K=V", …]     {"Parameters": {K: V}}     {K: V} */
#include <stdlib.h>
#include <string.h>

#include "import/shapes.h"

static void give(struct import *import, const char *name, const struct jtree *value) {
    struct arena *arena = &import->arena;
    if (jtree_get(import->given, name) != NULL)
        import_error(import, "parameter %.100s is given twice", name);
    else if (jtree_type(value) == JTREE_TEXT)
        jtree_put(import->given, name, jtree_text(jtree_string(value)));
    else if (jtree_type(value) == JTREE_NUMBER)
        jtree_put(import->given, name, jtree_text(arena_format(arena, "%lld", (long long)jtree_integer(value))));
    else if (jtree_type(value) == JTREE_BOOL)
        jtree_put(import->given, name, jtree_text(jtree_truth(value) ? "true" : "false"));
    else
        import_error(import, "parameter %.100s: its value is no text", name);
}

static void give_item(struct import *import, const struct jtree *item, size_t index) {
    const char *key = text_at(item, "ParameterKey"), *pair = jtree_string(item);
    const char *equals = pair == NULL ? NULL : strchr(pair, '=');
    if (key != NULL && truth_at(item, "UsePreviousValue", false)) {
        note(import, "parameter %s keeps its previous value, which is not known here", key);
    } else if (key != NULL) {
        give(import, key, jtree_get(item, "ParameterValue"));
    } else if (equals != NULL) {
        struct jtree *value = jtree_text(equals + 1);
        give(import, arena_text(&import->arena, pair, (size_t)(equals - pair)), value);
        jtree_free(value);
    } else {
        import_error(import, "item %zu has no ParameterKey and ParameterValue", index);
    }
}

bool read_parameters(struct import *import, const char *path) {
    import->file = diags_add_file(import->diags, path, NULL, 0);
    size_t bytes;
    char problem[300] = "a NUL character", *text = read_whole_file(import, path, &bytes);
    if (text == NULL)
        return false;
    struct jtree *tree = strlen(text) == bytes ? jtree_read(text, bytes, problem, sizeof problem) : NULL;
    free(text);
    if (tree == NULL) {
        import_error(import, "parameters are not well-formed JSON (%s)", problem);
        return false;
    }
    vec_push(&import->trees, tree);
    import->given = jtree_object();
    vec_push(&import->trees, import->given);
    const struct jtree *values =
        jtree_type(jtree_get(tree, "Parameters")) == JTREE_OBJECT ? jtree_get(tree, "Parameters") : tree;
    for (size_t i = 0; jtree_type(values) == JTREE_LIST && i < jtree_count(values); i++)
        give_item(import, jtree_at(values, i), i);
    if (jtree_type(values) == JTREE_OBJECT)
        for (const void *m = jtree_next(values, NULL); m != NULL; m = jtree_next(values, m))
            give(import, jtree_name(m), jtree_value(m));
    else if (jtree_type(values) != JTREE_LIST)
        import_error(import, "expected a list or an object of parameters");
    return !diags_failed(import->diags);
}
