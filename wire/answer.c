#include "wire/answer.h"

#include <string.h>

void wire_text_bytes(wire_text *out, const char *text, size_t bytes) {
    vec_reserve(out, out->count + bytes);
    memcpy(out->at + out->count, text, bytes);
    out->count += bytes;
}

void wire_text_put(wire_text *out, const char *text) { wire_text_bytes(out, text, strlen(text)); }

void wire_text_tag(wire_text *out, const char *before, const char *name) {
    wire_text_put(out, before);
    wire_text_put(out, name);
    vec_push(out, '>');
}

static void put_escaped(wire_text *out, const char *text) {
    while (*text != '\0') {
        size_t plain = 0;
        while ((unsigned char)text[plain] >= 32 && strchr("<>&", text[plain]) == NULL)
            plain++;
        wire_text_bytes(out, text, plain);
        text += plain;
        switch (*text) {
        case '\0':
            return;
        case '<':
            wire_text_put(out, "&lt;");
            break;
        case '>':
            wire_text_put(out, "&gt;");
            break;
        case '&':
            wire_text_put(out, "&amp;");
            break;
        default: /* control characters are not allowed in XML 1.0 */
            vec_push(out, *text == '\n' || *text == '\t' ? *text : '?');
        }
        text++;
    }
}

void wire_answer_value_xml(const struct wire_type *type, const struct jtree *value, wire_text *out) {
    char number[24];
    switch (jtree_type(value)) {
    case JTREE_TEXT:
        put_escaped(out, jtree_string(value));
        break;
    case JTREE_NUMBER:
        snprintf(number, sizeof number, "%lld", (long long)jtree_integer(value));
        wire_text_put(out, number);
        break;
    case JTREE_BOOL:
        wire_text_put(out, jtree_truth(value) ? "true" : "false");
        break;
    case JTREE_LIST: {
        struct wire_type one = {type->scalar, false, type->structure};
        for (size_t i = 0; i < jtree_count(value); i++) {
            wire_text_put(out, "<item>");
            wire_answer_value_xml(&one, jtree_at(value, i), out);
            wire_text_put(out, "</item>");
        }
        break;
    }
    case JTREE_OBJECT:
        for (const void *m = jtree_next(value, NULL); m != NULL; m = jtree_next(value, m)) {
            const struct wire_member *member =
                type->structure == NULL ? NULL : wire_member(type->structure, jtree_name(m));
            if (member == NULL)
                continue;
            wire_text_tag(out, "<", member->answer_name);
            wire_answer_value_xml(&member->type, jtree_value(m), out);
            wire_text_tag(out, "</", member->answer_name);
        }
        break;
    case JTREE_NONE:
    case JTREE_NULL:
        break;
    }
}

void wire_answer_begin(const struct wire *wire, const struct wire_operation *operation, const char *request_id,
                       wire_text *out) {
    wire_text_put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<");
    wire_text_put(out, operation->name);
    wire_text_put(out, "Response xmlns=\"");
    wire_text_put(out, wire->namespace);
    wire_text_put(out, "\"><requestId>");
    wire_text_put(out, request_id);
    wire_text_put(out, "</requestId>");
}

void wire_answer_end(const struct wire_operation *operation, wire_text *out) {
    if (operation->output.members.count == 0)
        wire_text_put(out, "<return>true</return>");
    wire_text_put(out, "</");
    wire_text_put(out, operation->name);
    wire_text_put(out, "Response>\n");
}

void wire_answer_error(const char *code, const char *message, const char *request_id, wire_text *out) {
    wire_text_put(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>");
    put_escaped(out, code);
    wire_text_put(out, "</Code><Message>");
    put_escaped(out, message);
    wire_text_put(out, "</Message></Error></Errors><RequestID>");
    wire_text_put(out, request_id);
    wire_text_put(out, "</RequestID></Response>\n");
}
