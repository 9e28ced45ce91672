#include "base/jtree.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* struct jtree is jansson's json_t under another name. */
static json_t *inner(const struct jtree *value) { return (json_t *)(uintptr_t)value; }
static struct jtree *outer(json_t *value) {
    if (value == NULL) {
        out_of_memory(sizeof(json_t));
        abort();
    }
    return (struct jtree *)value;
}

struct jtree *jtree_object(void) {
    return outer(json_object());
}
struct jtree *jtree_list(void) {
    return outer(json_array());
}
struct jtree *jtree_text(const char *text) {
    if (text == NULL)
        return jtree_null();
    json_t *string = json_string(text); /* NULL if the text is not UTF-8 */
    return outer(string != NULL ? string : json_string("(not UTF-8)"));
}
struct jtree *jtree_number(int64_t number) {
    return outer(json_integer(number));
}
struct jtree *jtree_real(double number) {
    return outer(json_real(number));
}
struct jtree *jtree_bool(bool value) {
    return outer(value ? json_true() : json_false());
}
struct jtree *jtree_null(void) {
    return outer(json_null());
}

void jtree_put(struct jtree *object, const char *name, struct jtree *value) {
    if (json_object_set_new(inner(object), name, inner(value)) != 0)
        out_of_memory(strlen(name));
}

void jtree_remove(struct jtree *object, const char *name) { json_object_del(inner(object), name); }

void jtree_add(struct jtree *list, struct jtree *value) {
    if (json_array_append_new(inner(list), inner(value)) != 0)
        out_of_memory(sizeof(json_t *));
}

void jtree_free(struct jtree *value) { json_decref(inner(value)); }

bool jtree_write(const struct jtree *value, FILE *out, unsigned indent) {
    size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(6) | (indent == 0 ? JSON_COMPACT : JSON_INDENT(indent));
    return json_dumpf(inner(value), out, flags) == 0 && fputc('\n', out) != EOF;
}

struct jtree *jtree_copy(const struct jtree *value) {
    return value == NULL ? NULL : outer(json_deep_copy(inner(value)));
}

char *jtree_canonical(const struct jtree *value) {
    char *text = json_dumps(inner(value), JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL)
        out_of_memory(1);
    return text;
}

struct jtree *jtree_read(const char *text, size_t bytes, char *problem, size_t problem_bytes) {
    json_error_t error;
    json_t *value = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    if (value == NULL)
        snprintf(problem, problem_bytes, "%d:%d: %s", error.line, error.column, error.text);
    return (struct jtree *)value;
}

const struct jtree *jtree_get(const struct jtree *object, const char *name) {
    return (const struct jtree *)json_object_get(inner(object), name);
}
const struct jtree *jtree_at(const struct jtree *list, size_t index) {
    return (const struct jtree *)json_array_get(inner(list), index);
}
size_t jtree_count(const struct jtree *list) { return json_array_size(inner(list)); }
const char *jtree_string(const struct jtree *value) { return json_string_value(inner(value)); }
int64_t jtree_integer(const struct jtree *value) {
    double real = json_real_value(inner(value)); /* 0 of what is no real */
    return real > -1e15 && real < 1e15 && real != 0 ? (int64_t)real : json_integer_value(inner(value));
}
bool jtree_truth(const struct jtree *value) { return json_is_true(inner(value)); }

enum jtree_type jtree_type(const struct jtree *value) {
    if (value == NULL)
        return JTREE_NONE;
    switch (json_typeof(inner(value))) {
    case JSON_OBJECT:
        return JTREE_OBJECT;
    case JSON_ARRAY:
        return JTREE_LIST;
    case JSON_STRING:
        return JTREE_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return JTREE_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JTREE_BOOL;
    case JSON_NULL:
        return JTREE_NULL;
    }
    return JTREE_NONE;
}

const void *jtree_next(const struct jtree *object, const void *member) {
    return member == NULL ? json_object_iter(inner(object))
                          : json_object_iter_next(inner(object), (void *)(uintptr_t)member);
}
const char *jtree_name(const void *member) { return json_object_iter_key((void *)(uintptr_t)member); }
const struct jtree *jtree_value(const void *member) {
    return (const struct jtree *)json_object_iter_value((void *)(uintptr_t)member);
}
