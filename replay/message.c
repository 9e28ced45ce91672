#include "replay/message.h"

#include <string.h>
#include <strings.h>

/* ---- requests ---- */

static void put_escaped(const char *text, FILE *out) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                        strchr("-_.~", byte) != NULL;
        fprintf(out, is_plain ? "%c" : "%%%02X", byte);
    }
}

static void put_value(const struct wire_type *type, const struct jtree *value, const char *name, FILE *out);

static void put_members(const struct wire_structure *structure, const struct jtree *value, const char *prefix,
                        FILE *out) {
    for (const void *m = jtree_next(value, NULL); m != NULL; m = jtree_next(value, m)) {
        const struct wire_member *member = structure == NULL ? NULL : wire_member(structure, jtree_name(m));
        const struct wire_type text = {WIRE_STRING, false, NULL};
        char name[400];
        snprintf(name, sizeof name, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".",
                 member == NULL ? jtree_name(m) : member->request_name);
        put_value(member == NULL ? &text : &member->type, jtree_value(m), name, out);
    }
}

static void put_value(const struct wire_type *type, const struct jtree *value, const char *name, FILE *out) {
    switch (jtree_type(value)) {
    case JTREE_TEXT:
    case JTREE_NUMBER:
    case JTREE_BOOL:
        fputc('&', out);
        put_escaped(name, out);
        fputc('=', out);
        if (jtree_type(value) == JTREE_TEXT)
            put_escaped(jtree_string(value), out);
        else if (jtree_type(value) == JTREE_NUMBER)
            fprintf(out, "%lld", (long long)jtree_integer(value));
        else
            fputs(jtree_truth(value) ? "true" : "false", out);
        break;
    case JTREE_LIST: {
        const struct wire_type one = {type->scalar, false, type->structure};
        for (size_t i = 0; i < jtree_count(value); i++) {
            char item[420];
            snprintf(item, sizeof item, "%s.%zu", name, i + 1);
            put_value(&one, jtree_at(value, i), item, out);
        }
        break;
    }
    case JTREE_OBJECT:
        put_members(type->structure, value, name, out);
        break;
    case JTREE_NONE:
    case JTREE_NULL:
        break;
    }
}

char *message_form(const struct wire *wire, const struct wire_operation *operation, const struct jtree *params) {
    char *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        out_of_memory(1);
    fprintf(out, "Action=%s&Version=%s", operation->name, wire->version);
    put_members(&operation->input, params, "", out);
    fclose(out);
    return text;
}

/* ---- answers ---- */

static struct jtree *read_structure(const struct wire_structure *structure, const struct xml *element);

/* NULL: nothing is there. */
static struct jtree *read_one(const struct wire_type *type, const struct xml *element) {
    if (type->scalar == WIRE_STRUCTURE)
        return type->structure == NULL ? NULL : read_structure(type->structure, element);
    const char *text = element->text;
    char *end;
    if (text[0] == '\0')
        return NULL;
    long number = strtol(text, &end, 10);
    if (type->scalar == WIRE_INTEGER && *end == '\0')
        return jtree_number(number);
    bool is_true = strcasecmp(text, "true") == 0;
    if (type->scalar == WIRE_BOOLEAN && (is_true || strcasecmp(text, "false") == 0))
        return jtree_bool(is_true);
    return jtree_text(text);
}

static struct jtree *read_value(const struct wire_type *type, const struct xml *element) {
    if (!type->is_list)
        return read_one(type, element);
    const struct wire_type one = {type->scalar, false, type->structure};
    struct jtree *list = jtree_list();
    for (const struct xml *item = element->first; item != NULL; item = item->next) {
        struct jtree *value = read_one(&one, item);
        if (value != NULL)
            jtree_add(list, value);
    }
    if (jtree_count(list) > 0)
        return list;
    jtree_free(list);
    return NULL;
}

static struct jtree *read_structure(const struct wire_structure *structure, const struct xml *element) {
    struct jtree *object = jtree_object();
    bool is_empty = true;
    for (size_t i = 0; i < structure->members.count; i++) {
        const struct wire_member *member = &structure->members.at[i];
        const struct xml *child = xml_child(element, member->answer_name);
        struct jtree *value = child == NULL ? NULL : read_value(&member->type, child);
        if (value == NULL)
            continue;
        jtree_put(object, member->name, value);
        is_empty = false;
    }
    if (!is_empty)
        return object;
    jtree_free(object);
    return NULL;
}

static void read_error(const struct xml *root, int status, struct message *message) {
    const struct xml *errors = xml_child(root, "Errors");
    const struct xml *error = xml_child(errors != NULL ? errors : root, "Error");
    const struct xml *code = xml_child(error, "Code"), *text = xml_child(error, "Message");
    message->end = MESSAGE_BROKEN;
    if (code == NULL || code->text[0] == '\0') {
        snprintf(message->text, sizeof message->text, "status %d with <%.60s>, neither an answer nor an error", status,
                 root->name);
        return;
    }
    message->end = MESSAGE_ERROR;
    snprintf(message->code, sizeof message->code, "%s", code->text);
    snprintf(message->text, sizeof message->text, "%s", text == NULL ? "" : text->text);
}

void message_read(const struct wire_operation *operation, int status, const char *body, size_t bytes,
                  struct message *message) {
    struct arena arena = {0};
    char wanted[120], problem[160];
    *message = (struct message){.end = MESSAGE_BROKEN};
    snprintf(wanted, sizeof wanted, "%.100sResponse", operation->name);
    struct xml *root = xml_read(body, bytes, &arena, problem, sizeof problem);
    if (root == NULL && status >= 500 && strstr(body, "mplemented") != NULL) {
        message->end = MESSAGE_ERROR;
        snprintf(message->code, sizeof message->code, "NotImplemented");
        snprintf(message->text, sizeof message->text, "status %d: %.200s", status, body);
    } else if (root == NULL) {
        snprintf(message->text, sizeof message->text, "status %d, and its body is no XML (%s)", status, problem);
    } else if (status == 200 && strcmp(root->name, wanted) == 0) {
        message->end = MESSAGE_OK;
        message->answer = read_structure(&operation->output, root);
        if (message->answer == NULL)
            message->answer = jtree_object();
    } else {
        read_error(root, status, message);
    }
    arena_clear(&arena);
}

void message_clear(struct message *message) {
    jtree_free(message->answer);
    message->answer = NULL;
}
