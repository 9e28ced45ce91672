#include "import/address.h"

#include <stdlib.h>
#include <string.h>

bool key_equal(struct key one, struct key other) {
    if (one.form != other.form)
        return false;
    return one.form == KEY_NONE ||
           (one.form == KEY_NUMBER ? one.number == other.number : strcmp(one.text, other.text) == 0);
}

static size_t word_length(const char *text) { return strcspn(text, ".["); }

/* Reads `[0]`, `["a"]`, or nothing; NULL if it does not end. */
static const char *read_key(struct arena *arena, const char *at, struct key *key) {
    *key = (struct key){KEY_NONE, 0, NULL};
    if (*at != '[')
        return at;
    if (at[1] != '"') {
        char *end;
        key->form = KEY_NUMBER;
        key->number = strtoll(at + 1, &end, 10);
        if (end == at + 1) { /* an expression: any of them */
            key->form = KEY_NONE;
            end = (char *)(uintptr_t)at + strcspn(at, "]");
        }
        return *end == ']' ? end + 1 : NULL;
    }
    const char *end = at + 2;
    while (*end != '\0' && *end != '"')
        end += *end == '\\' && end[1] != '\0' ? 2 : 1;
    if (*end != '"' || end[1] != ']')
        return NULL;
    char *text = arena_text(arena, at + 2, (size_t)(end - at) - 2), *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *to = '\0';
    *key = (struct key){KEY_TEXT, 0, text};
    return end + 2;
}

/* Reads `.NAME`; NULL if there is none. */
static const char *read_name(struct arena *arena, const char *at, const char **name) {
    if (*at == '.')
        at++;
    size_t length = word_length(at);
    if (length == 0)
        return NULL;
    *name = arena_text(arena, at, length);
    return at + length;
}

bool address_read(struct arena *arena, const char *text, struct address *address) {
    *address = (struct address){.module = "", .module_path = "", .rest = ""};
    const char *at = text;
    while (strncmp(at, "module.", 7) == 0) {
        const char *name;
        if ((at = read_name(arena, at + 6, &name)) == NULL || (at = read_key(arena, at, &address->module_key)) == NULL)
            return false;
        address->module = arena_text(arena, text, (size_t)(at - text));
        address->module_path = *address->module_path == '\0'
                                   ? arena_format(arena, "module.%s", name)
                                   : arena_format(arena, "%s.module.%s", address->module_path, name);
        if (*at == '.')
            at++;
    }
    if (strncmp(at, "data.", 5) == 0) {
        address->is_data = true;
        at += 5;
    }
    if (*at == '\0')
        return *address->module != '\0'; /* a module as a whole */
    if ((at = read_name(arena, at, &address->type)) == NULL)
        return false;
    if (*at != '.') { /* an output of a module */
        address->rest = arena_text(arena, at, strlen(at));
        return *address->module != '\0';
    }
    if ((at = read_name(arena, at, &address->name)) == NULL || (at = read_key(arena, at, &address->key)) == NULL)
        return false;
    address->rest = arena_text(arena, at, strlen(at));
    return true;
}

const char *module_around(struct arena *arena, const char *module) {
    const char *last = module; /* where the last part begins */
    for (const char *at = module; *at != '\0';) {
        struct key key;
        const char *name;
        last = at == module ? at : at - 1;
        const char *next = read_name(arena, at + strlen("module"), &name);
        if (next == NULL || (next = read_key(arena, next, &key)) == NULL)
            break;
        at = *next == '.' ? next + 1 : next;
    }
    return arena_text(arena, module, (size_t)(last - module));
}
