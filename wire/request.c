#include "wire/request.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* ---- forms ---- */

static int hex(char digit) {
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

static const char *unescape(const char *from, size_t length, struct arena *arena) {
    char *text = arena_alloc(arena, length + 1);
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        char byte = from[i] == '+' ? ' ' : from[i];
        if (from[i] == '%') {
            int high = i + 2 < length ? hex(from[i + 1]) : -1, low = i + 2 < length ? hex(from[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            byte = (char)(high * 16 + low);
            i += 2;
        }
        if (byte == '\0')
            return NULL;
        text[count++] = byte;
    }
    text[count] = '\0';
    return text;
}

bool wire_parse_form(const char *text, size_t bytes, size_t limit, struct arena *arena, wire_parameters *list) {
    const char *end = text + bytes;
    while (text < end) {
        const char *next = memchr(text, '&', (size_t)(end - text));
        size_t length = (size_t)((next == NULL ? end : next) - text);
        const char *equals = memchr(text, '=', length);
        size_t name_length = equals == NULL ? length : (size_t)(equals - text);
        const char *name = unescape(text, name_length, arena);
        const char *value = equals == NULL ? "" : unescape(equals + 1, length - name_length - 1, arena);
        if (name == NULL || value == NULL || list->count >= limit)
            return false;
        if (length > 0)
            vec_push(list, ((struct wire_parameter){name, value}));
        text += length + 1;
    }
    return true;
}

const char *wire_parameter_get(const wire_parameters *list, const char *name) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->at[i].name, name) == 0)
            return list->at[i].value;
    return NULL;
}

/* ---- structures ---- */

struct decoder {
    const wire_parameters *list;
    bool *used;
    const char *problem; /* a parameter whose value has another type */
};

static bool has_prefix(const char *text, const char *prefix, size_t length) {
    return strncmp(text, prefix, length) == 0 && (text[length] == '\0' || text[length] == '.');
}

static struct jtree *decode_structure(struct decoder *decoder, const struct wire_structure *structure,
                                      const char *prefix);

static struct jtree *decode_one(struct decoder *decoder, const struct wire_type *type, const char *path) {
    if (type->scalar == WIRE_STRUCTURE)
        return decode_structure(decoder, type->structure, path);
    for (size_t i = 0; i < decoder->list->count; i++) {
        const char *value = decoder->list->at[i].value;
        if (strcmp(decoder->list->at[i].name, path) != 0)
            continue;
        decoder->used[i] = true;
        size_t digits = strspn(value + (value[0] == '-'), "0123456789");
        bool is_number = digits > 0 && digits < 10 && value[digits + (value[0] == '-')] == '\0';
        bool is_true = strcasecmp(value, "true") == 0, is_flag = is_true || strcasecmp(value, "false") == 0;
        if ((type->scalar == WIRE_INTEGER && !is_number) || (type->scalar == WIRE_BOOLEAN && !is_flag))
            decoder->problem = decoder->list->at[i].name;
        return type->scalar == WIRE_INTEGER   ? jtree_number(strtol(value, NULL, 10))
               : type->scalar == WIRE_BOOLEAN ? jtree_bool(is_true)
                                              : jtree_text(value);
    }
    return NULL;
}

static bool is_there(const struct decoder *decoder, const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < decoder->list->count; i++)
        if (has_prefix(decoder->list->at[i].name, path, length))
            return true;
    return false;
}

/* The items in the order of their numbers, from the least one on. */
static struct jtree *decode_list(struct decoder *decoder, const struct wire_type *type, const char *path) {
    struct jtree *list = jtree_list();
    size_t length = strlen(path);
    unsigned long last = 0;
    bool is_first = true;
    for (;;) {
        unsigned long next = 0;
        bool found = false;
        for (size_t i = 0; i < decoder->list->count; i++) {
            const char *name = decoder->list->at[i].name;
            if (!has_prefix(name, path, length) || !isdigit((unsigned char)name[length + (name[length] == '.')]))
                continue;
            unsigned long number = strtoul(name + length + 1, NULL, 10);
            if (number <= 99999 && (is_first || number > last) && (!found || number < next)) {
                next = number;
                found = true;
            }
        }
        if (!found)
            break;
        char item[400];
        struct wire_type one = {type->scalar, false, type->structure};
        snprintf(item, sizeof item, "%s.%lu", path, next);
        struct jtree *value = decode_one(decoder, &one, item);
        if (value != NULL)
            jtree_add(list, value);
        last = next;
        is_first = false;
    }
    return list;
}

static struct jtree *decode_structure(struct decoder *decoder, const struct wire_structure *structure,
                                      const char *prefix) {
    struct jtree *object = jtree_object();
    char path[360];
    size_t length = strlen(prefix);
    if (length + 2 > sizeof path)
        return object;
    memcpy(path, prefix, length);
    if (length > 0)
        path[length++] = '.';
    for (size_t i = 0; i < structure->members.count; i++) {
        const struct wire_member *member = &structure->members.at[i];
        size_t own = strlen(member->request_name);
        if (length + own + 1 > sizeof path)
            continue;
        memcpy(path + length, member->request_name, own + 1);
        if (!is_there(decoder, path))
            continue;
        struct jtree *value =
            member->type.is_list ? decode_list(decoder, &member->type, path) : decode_one(decoder, &member->type, path);
        if (value != NULL)
            jtree_put(object, member->name, value);
    }
    return object;
}

struct jtree *wire_request_read(const struct wire_structure *input, const wire_parameters *list, const char **unknown) {
    struct decoder decoder = {.list = list, .used = memory_resize(NULL, list->count + 1)};
    memset(decoder.used, 0, list->count + 1);
    struct jtree *tree = decode_structure(&decoder, input, "");
    *unknown = decoder.problem;
    for (size_t i = 0; i < list->count && *unknown == NULL; i++) {
        const char *name = list->at[i].name;
        bool is_envelope = strcmp(name, "Action") == 0 || strcmp(name, "Version") == 0 ||
                           strncmp(name, "TagSpecification.", 17) == 0 || strncmp(name, "X-Amz-", 6) == 0;
        if (!decoder.used[i] && !is_envelope)
            *unknown = name;
    }
    free(decoder.used);
    if (*unknown == NULL)
        return tree;
    jtree_free(tree);
    return NULL;
}
