/* The intrinsic functions.  A function of something unknown is unknown, under a name that says all of what it is of:
 * equal names mean the same thing, as two expressions that are written alike do. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import/cloudformation.h"

#define MOST_PIECES 256
#define MOST_TEXT_BYTES (1 << 20) /* of what a function makes: as large as a whole template may be */

/* ---- long texts ---- */

struct text {
    VEC(char) bytes;
};

static void append(struct text *text, const char *more, size_t length) {
    for (size_t i = 0; i < length && text->bytes.count <= MOST_TEXT_BYTES; i++)
        vec_push(&text->bytes, more[i]);
}

/* Clears it; the empty text and an error if it is too long. */
static const char *finish(struct import *import, struct text *text) {
    const char *result = "";
    if (text->bytes.count > MOST_TEXT_BYTES)
        import_error(import, "a function makes a text of more than 1 MB");
    else if (text->bytes.count > 0)
        result = arena_text(&import->arena, text->bytes.at, text->bytes.count);
    vec_free(&text->bytes);
    return result;
}

/* ---- values ---- */

struct jtree *unknown_value(const char *name) {
    struct jtree *mark = jtree_object();
    jtree_put(mark, MARK_UNKNOWN, jtree_text(name));
    return mark;
}

const char *marked_resource(const struct jtree *value) { return jtree_string(jtree_get(value, MARK_RESOURCE)); }
const char *marked_unknown(const struct jtree *value) { return jtree_string(jtree_get(value, MARK_UNKNOWN)); }

/* A value in words, whole: what is written alike is the same. */
static void add_words(struct text *text, const struct jtree *value) {
    const char *resource = marked_resource(value), *word = resource != NULL ? resource : marked_unknown(value);
    if (word == NULL)
        word = jtree_string(value);
    if (word != NULL)
        append(text, word, strlen(word));
    if (resource != NULL) {
        const char *attribute = jtree_string(jtree_get(value, MARK_ATTRIBUTE));
        append(text, ".", 1);
        append(text, attribute, strlen(attribute));
    }
    for (size_t i = 0; jtree_type(value) == JTREE_LIST && i < jtree_count(value); i++) {
        append(text, " ", i > 0);
        add_words(text, jtree_at(value, i));
    }
    if (jtree_type(value) == JTREE_OBJECT && word == NULL)
        for (const void *m = jtree_next(value, NULL); m != NULL; m = jtree_next(value, m)) {
            append(text, " ", 1);
            append(text, jtree_name(m), strlen(jtree_name(m)));
            append(text, " ", 1);
            add_words(text, jtree_value(m));
        }
}

static const char *words(struct import *import, const struct jtree *value) {
    struct text text = {{0}};
    add_words(&text, value);
    return finish(import, &text);
}

static struct jtree *unknown_of(struct template *template, const char *function, const struct jtree *whole) {
    struct arena *arena = &template->import->arena;
    return unknown_value(arena_format(arena, "%s %s", function, words(template->import, whole)));
}

const char *function_of(const struct jtree *value, const struct jtree **arguments) {
    if (jtree_type(value) != JTREE_OBJECT)
        return NULL;
    const void *first = jtree_next(value, NULL);
    if (first == NULL || jtree_next(value, first) != NULL)
        return NULL;
    const char *name = jtree_name(first);
    if (strcmp(name, "Ref") != 0 && strcmp(name, "Condition") != 0 && strncmp(name, "Fn::", 4) != 0)
        return NULL;
    *arguments = jtree_value(first);
    return name;
}

struct jtree *copy_value(const struct jtree *value) {
    struct jtree *made;
    switch (jtree_type(value)) {
    case JTREE_LIST:
        made = jtree_list();
        for (size_t i = 0; i < jtree_count(value); i++)
            jtree_add(made, copy_value(jtree_at(value, i)));
        return made;
    case JTREE_OBJECT:
        made = jtree_object();
        for (const void *m = jtree_next(value, NULL); m != NULL; m = jtree_next(value, m))
            jtree_put(made, jtree_name(m), copy_value(jtree_value(m)));
        return made;
    case JTREE_TEXT:
        return jtree_text(jtree_string(value));
    case JTREE_NONE:
    case JTREE_NULL:
    case JTREE_BOOL:
    case JTREE_NUMBER:
        break;
    }
    return jtree_null();
}

static struct jtree *item_of(struct template *template, const struct jtree *index, const struct jtree *list) {
    const char *number = jtree_string(index);
    if (number == NULL || !isdigit((unsigned char)*number) || jtree_type(list) != JTREE_LIST)
        return unknown_value(arena_format(&template->import->arena, "%s %.20s", words(template->import, list),
                                          number == NULL ? words(template->import, index) : number));
    const struct jtree *item = jtree_at(list, strtoul(number, NULL, 10));
    if (item == NULL)
        import_error(template->import, "Fn::Select: there is no item %.20s in a list of %zu", number,
                     jtree_count(list));
    return item == NULL ? NULL : copy_value(item);
}

static struct jtree *join(struct template *template, const struct jtree *arguments) {
    const struct jtree *separator = jtree_at(arguments, 0), *list = jtree_at(arguments, 1);
    const char *between = jtree_string(separator);
    struct text text = {{0}};
    if (jtree_type(list) != JTREE_LIST)
        return unknown_of(template, "Join", arguments);
    for (size_t i = 0; i < jtree_count(list); i++) {
        const char *part = jtree_string(jtree_at(list, i));
        if (part == NULL || between == NULL) {
            vec_free(&text.bytes);
            return jtree_count(list) == 1 ? copy_value(jtree_at(list, 0)) : unknown_of(template, "Join", arguments);
        }
        if (i > 0)
            append(&text, between, strlen(between));
        append(&text, part, strlen(part));
    }
    return jtree_text(finish(template->import, &text));
}

static struct jtree *split(struct template *template, const struct jtree *separator, const struct jtree *value) {
    const char *text = jtree_string(value), *between = jtree_string(separator);
    if (text == NULL || between == NULL || *between == '\0')
        return unknown_of(template, "Split", value);
    struct jtree *list = jtree_list();
    for (const char *end; (end = strstr(text, between)) != NULL; text = end + strlen(between))
        jtree_add(list, jtree_text(arena_text(&template->import->arena, text, (size_t)(end - text))));
    jtree_add(list, jtree_text(text));
    return list;
}

static struct jtree *cidr(struct template *template, const struct jtree *arguments) {
    const char *block = jtree_string(jtree_at(arguments, 0)), *count = jtree_string(jtree_at(arguments, 1)),
               *bits = jtree_count(arguments) > 2 ? jtree_string(jtree_at(arguments, 2)) : "8";
    unsigned a, b, c, d, prefix;
    if (block == NULL || count == NULL || bits == NULL ||
        sscanf(block, "%3u.%3u.%3u.%3u/%2u", &a, &b, &c, &d, &prefix) != 5 || a > 255 || b > 255 || c > 255 || d > 255)
        return unknown_of(template, "Cidr", arguments);
    unsigned long pieces = strtoul(count, NULL, 10), host = strtoul(bits, NULL, 10);
    if (pieces < 1 || pieces > MOST_PIECES || host < 1 || host > 31 || prefix > 32 ||
        ((uint64_t)pieces << host) > UINT64_C(1) << (32 - prefix)) {
        import_error(template->import, "Fn::Cidr: %.20s cannot be cut into %lu pieces of %lu bits", block, pieces,
                     host);
        return NULL;
    }
    struct jtree *list = jtree_list();
    uint32_t base = a << 24 | b << 16 | c << 8 | d;
    for (unsigned long i = 0; i < pieces; i++, base += UINT32_C(1) << host)
        jtree_add(list, jtree_text(arena_format(&template->import->arena, "%u.%u.%u.%u/%lu", base >> 24,
                                                base >> 16 & 255, base >> 8 & 255, base & 255, 32 - host)));
    return list;
}

/* `${Name}`, `${Name.Attribute}`, `${!literal}`; `given`: names that the call brings with it. */
static struct jtree *substitute(struct template *template, const char *text, const struct jtree *given) {
    struct arena *arena = &template->import->arena;
    struct text result = {{0}};
    const char *whole = text;
    struct jtree *open = NULL; /* the first part that is no text */
    for (const char *start; (start = strstr(text, "${")) != NULL;) {
        const char *end = strchr(start, '}');
        if (end == NULL)
            break;
        const char *name = arena_text(arena, start + 2, (size_t)(end - start) - 2), *dot = strchr(name, '.');
        append(&result, text, (size_t)(start - text));
        text = end + 1;
        if (*name == '!') {
            append(&result, "${", 2);
            append(&result, name + 1, strlen(name + 1));
            append(&result, "}", 1);
            continue;
        }
        struct jtree *expression = jtree_object(), *value;
        if (jtree_get(given, name) != NULL) {
            value = copy_value(jtree_get(given, name));
        } else {
            if (dot != NULL) {
                struct jtree *pair = jtree_list();
                jtree_add(pair, jtree_text(arena_text(arena, name, (size_t)(dot - name))));
                jtree_add(pair, jtree_text(dot + 1));
                jtree_put(expression, "Fn::GetAtt", pair);
            } else {
                jtree_put(expression, "Ref", jtree_text(name));
            }
            value = evaluate(template, expression);
        }
        jtree_free(expression);
        if (jtree_string(value) != NULL) {
            append(&result, jtree_string(value), strlen(jtree_string(value)));
        } else if (open == NULL) {
            bool alone = start == whole && *text == '\0';
            open = alone && value != NULL
                       ? copy_value(value)
                       : unknown_value(arena_format(arena, "Sub %s %s", whole, words(template->import, given)));
        }
        jtree_free(value);
    }
    append(&result, text, strlen(text));
    const char *made = finish(template->import, &result);
    return open != NULL ? open : jtree_text(made);
}

static struct jtree *find_in_map(struct template *template, const struct jtree *arguments) {
    const struct jtree *at = jtree_get(template->tree, "Mappings");
    for (size_t i = 0; i < 3; i++) {
        const char *key = jtree_string(jtree_at(arguments, i));
        if (key == NULL)
            return unknown_of(template, "FindInMap", arguments);
        at = jtree_get(at, key);
        if (at == NULL && i == 0 && !template->transforms) {
            import_error(template->import, "Fn::FindInMap: there is no mapping '%.60s'", key);
            return NULL;
        }
    }
    const struct jtree *otherwise = jtree_get(jtree_at(arguments, 3), "DefaultValue");
    if (at == NULL && otherwise != NULL)
        return copy_value(otherwise);
    return at == NULL ? unknown_of(template, "FindInMap", arguments) : evaluate(template, at);
}

static struct jtree *zones(void) {
    static const char *const names[] = {"us-east-1a", "us-east-1b", "us-east-1c",
                                        "us-east-1d", "us-east-1e", "us-east-1f"};
    struct jtree *list = jtree_list();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        jtree_add(list, jtree_text(names[i]));
    return list;
}

/* Of arguments that are values already. */
static struct jtree *apply(struct template *template, const char *name, const struct jtree *values) {
    const struct jtree *first = jtree_at(values, 0), *second = jtree_at(values, 1);
    if (strcmp(name, "Select") == 0)
        return item_of(template, first, second);
    if (strcmp(name, "Join") == 0)
        return join(template, values);
    if (strcmp(name, "Split") == 0)
        return split(template, first, second);
    if (strcmp(name, "Cidr") == 0)
        return cidr(template, values);
    if (strcmp(name, "FindInMap") == 0)
        return find_in_map(template, values);
    if (strcmp(name, "Sub") == 0)
        return jtree_string(first) == NULL ? unknown_of(template, "Sub", values)
                                           : substitute(template, jtree_string(first), second);
    return unknown_of(template, name, values);
}

struct jtree *call_function(struct template *template, const char *name, const struct jtree *arguments) {
    struct jtree *values = NULL;
    if (strcmp(name, "GetAZs") == 0)
        return zones();
    if (strcmp(name, "Transform") == 0 || strncmp(name, "ForEach::", strlen("ForEach::")) == 0)
        note(template->import, "Fn::%s is not carried out: what it makes is not followed", name);
    if (strcmp(name, "Sub") == 0 && jtree_type(arguments) == JTREE_TEXT)
        return substitute(template, jtree_string(arguments), NULL);
    if (strcmp(name, "If") == 0) {
        const char *condition = jtree_string(jtree_at(arguments, 0));
        if (condition == NULL || jtree_count(arguments) != 3) {
            import_error(template->import, "Fn::If needs the name of a condition and two values");
            return NULL;
        }
        return evaluate(template, jtree_at(arguments, condition_holds(template, condition) ? 1 : 2));
    }
    static const char *const lists[] = {"Select", "Join", "Split", "Cidr", "FindInMap", "Sub"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        if (strcmp(name, lists[i]) == 0 && (jtree_type(arguments) != JTREE_LIST || jtree_count(arguments) < 1)) {
            import_error(template->import, "Fn::%s needs a list of arguments", name);
            return NULL;
        }
    values = evaluate(template, arguments);
    struct jtree *result = apply(template, name, values);
    jtree_free(values);
    return result;
}
