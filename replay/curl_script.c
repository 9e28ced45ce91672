#include "replay/curl_script.h"

#include <string.h>

#include "replay/message.h"

/* The shell's name of a symbol: "$eni:a#attachment" -> "eni_a_attachment". */
static void variable(const char *symbol, char *text, size_t bytes) {
    size_t length = 0;
    for (symbol++; *symbol != '\0' && length + 1 < bytes; symbol++) {
        bool is_plain = (*symbol >= 'a' && *symbol <= 'z') || (*symbol >= 'A' && *symbol <= 'Z') ||
                        (*symbol >= '0' && *symbol <= '9');
        text[length++] = is_plain ? *symbol : '_';
    }
    text[length] = '\0';
}

/* Symbols are sent as "~name~", which no parameter has and escaping leaves alone. */
static struct jtree *mark(const struct script *script, const struct jtree *tree) {
    struct jtree *copy;
    const char *text = jtree_string(tree);
    char name[420];
    switch (jtree_type(tree)) {
    case JTREE_OBJECT:
        copy = jtree_object();
        for (const void *m = jtree_next(tree, NULL); m != NULL; m = jtree_next(tree, m))
            jtree_put(copy, jtree_name(m), mark(script, jtree_value(m)));
        return copy;
    case JTREE_LIST:
        copy = jtree_list();
        for (size_t i = 0; i < jtree_count(tree); i++)
            jtree_add(copy, mark(script, jtree_at(tree, i)));
        return copy;
    case JTREE_TEXT:
        if (strncmp(text, "$profile.", 9) == 0) {
            const struct yaml *value = yaml_get(script->wire->profile, text + 9);
            return jtree_text(value == NULL ? text : value->text);
        }
        if (script_symbol(script, text) == SYMBOL_NONE)
            return jtree_text(text);
        name[0] = '~';
        variable(text, name + 1, sizeof name - 2);
        strcat(name, "~");
        return jtree_text(name);
    case JTREE_NUMBER:
        return jtree_number(jtree_integer(tree));
    case JTREE_BOOL:
        return jtree_bool(jtree_truth(tree));
    case JTREE_NONE:
    case JTREE_NULL:
        break;
    }
    return jtree_null();
}

/* Which variables does it need? */
static void need(const struct script *script, const struct jtree *tree, bool *needed) {
    size_t symbol = jtree_string(tree) == NULL ? SYMBOL_NONE : script_symbol(script, jtree_string(tree));
    if (symbol != SYMBOL_NONE)
        needed[symbol] = true;
    for (size_t i = 0; jtree_type(tree) == JTREE_LIST && i < jtree_count(tree); i++)
        need(script, jtree_at(tree, i), needed);
    for (const void *m = jtree_type(tree) == JTREE_OBJECT ? jtree_next(tree, NULL) : NULL; m != NULL;
         m = jtree_next(tree, m))
        need(script, jtree_value(m), needed);
}

static void put_call(const struct script *script, const struct jtree *call, FILE *out) {
    const struct wire_operation *operation = wire_operation(script->wire, jtree_string(jtree_get(call, "op")));
    const struct jtree *params = jtree_get(call, "params");
    if (operation == NULL || jtree_type(params) != JTREE_OBJECT) {
        fprintf(out, "# %s: no call of this API\n", jtree_string(jtree_get(call, "op")));
        return;
    }
    struct jtree *marked = mark(script, params);
    char *form = message_form(script->wire, operation, marked);
    bool is_inside = false;
    fputs("call \"", out);
    for (const char *at = form; *at != '\0'; at++) {
        if (*at != '~') {
            fputc(*at, out);
            continue;
        }
        fputs(is_inside ? "}" : "${", out);
        is_inside = !is_inside;
    }
    fputs("\"\n", out);
    free(form);
    jtree_free(marked);
}

/* The name in answers of the last member of "AssignedPrivateIpAddresses.1.PrivateIpAddress", and which of them it is.
 */
static const char *answer_name(const struct wire_operation *operation, const char *path, unsigned *number) {
    const struct wire_structure *structure = &operation->output;
    const char *found = NULL;
    *number = 1;
    while (*path != '\0') {
        char name[120];
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        const struct wire_member *member = structure == NULL ? NULL : wire_member(structure, name);
        if (member != NULL) {
            found = member->answer_name;
            structure = member->type.structure;
        } else
            *number = (unsigned)strtoul(name, NULL, 10) + 1;
        path += length + (path[length] == '.');
    }
    return found;
}

static void put_bindings(const struct script *script, const struct jtree *call, const bool *needed, FILE *out) {
    const struct jtree *bind = jtree_get(call, "bind");
    const struct wire_operation *operation = wire_operation(script->wire, jtree_string(jtree_get(call, "op")));
    for (const void *m = operation == NULL ? NULL : jtree_next(bind, NULL); m != NULL; m = jtree_next(bind, m)) {
        char name[420];
        unsigned number;
        size_t symbol = script_symbol(script, jtree_name(m));
        const char *element = answer_name(operation, jtree_string(jtree_value(m)), &number);
        if (symbol == SYMBOL_NONE || !needed[symbol] || element == NULL)
            continue;
        variable(jtree_name(m), name, sizeof name);
        fprintf(out, "%s=$(value %s %u)\n", name, element, number);
    }
}

static void put_expectation(const struct jtree *step, FILE *out) {
    const struct jtree *error = jtree_get(jtree_get(step, "expect"), "error"), *also = jtree_get(error, "also");
    fputs("echo 'expected: ", out);
    if (error == NULL)
        fputs("success", out);
    else
        fputs(jtree_string(jtree_get(error, "code")), out);
    for (size_t i = 0; i < jtree_count(also); i++)
        fprintf(out, " or %s", jtree_string(jtree_at(also, i)));
    fputs("'\n", out);
}

void curl_script(const struct script *script, size_t vector, FILE *out) {
    const struct jtree *tree = script_vector(script, vector), *fixture = jtree_get(script->calls, "fixture"),
                       *steps = jtree_get(tree, "steps");
    bool *needed = memory_resize(NULL, script->symbols.count + 1);
    memset(needed, 0, script->symbols.count + 1);
    for (size_t i = 0; i < jtree_count(fixture); i++)
        need(script, jtree_get(jtree_at(fixture, i), "params"), needed);
    for (size_t i = 0; i < jtree_count(steps); i++)
        need(script, jtree_get(jtree_at(steps, i), "params"), needed);
    fprintf(out, "#!/bin/sh\n# %s\nENDPOINT=${1:?usage: sh SCRIPT http://127.0.0.1:5000}\n",
            jtree_string(jtree_get(tree, "id")));
    fprintf(out,
            "call() {\n"
            "    answer=$(curl -s --aws-sigv4 'aws:amz:%s:ec2' --user test:test -d \"$1\" \"$ENDPOINT\")\n"
            "    printf '%%s\\n%%s\\n\\n' \"$1\" \"$answer\"\n"
            "}\n"
            "# value ELEMENT N: the text of the Nth such element of the answer\n"
            "value() { printf '%%s' \"$answer\" | tr -d '\\n' | sed 's/</\\n</g' | sed -n \"s/^<$1>//p\" | sed -n "
            "\"$2p\"; }\n",
            yaml_get(script->wire->profile, "region")->text);
    for (size_t i = 0; i < script->symbols.count; i++) {
        char name[420];
        variable(script->symbols.at[i].name, name, sizeof name);
        if (needed[i])
            fprintf(out, "%s='%s'\n", name, script->symbols.at[i].unknown);
    }
    fputs("\n# ---- the network it starts from\n", out);
    for (size_t i = 0; i < jtree_count(fixture); i++) {
        put_call(script, jtree_at(fixture, i), out);
        put_bindings(script, jtree_at(fixture, i), needed, out);
    }
    fputs("\n# ---- the vector\n", out);
    for (size_t i = 0; i < jtree_count(steps); i++) {
        const struct jtree *step = jtree_at(steps, i);
        if (jtree_get(step, "event") != NULL) {
            fprintf(out, "# %s happens by itself: wait for it\n", jtree_string(jtree_get(step, "event")));
            continue;
        }
        put_call(script, step, out);
        put_expectation(step, out);
        put_bindings(script, step, needed, out);
    }
    free(needed);
}
