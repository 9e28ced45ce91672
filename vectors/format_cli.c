/* A shell script of AWS CLI calls that prints TAP: cli/SPEC.sh.  For people with an account, a terminal and nothing
 * else. */
#include <ctype.h>
#include <string.h>

#include "base/jtree.h"
#include "vectors/calls.h"
#include "vectors/format.h"
#include "vectors/runner.h"

/* "AssignIpv6Addresses" -> "assign-ipv6-addresses" */
static void put_operation(const char *name, FILE *out) {
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (i > 0 && isupper((unsigned char)name[i]) && !isupper((unsigned char)name[i - 1]))
            fputc('-', out);
        fputc(tolower((unsigned char)name[i]), out);
    }
}

/* "$eni:eni1#attachment" -> "v_eni_3aeni1_23attachment": letters and digits stay, others are their code, so two symbols
 * differ. */
static void put_variable(const char *symbol, size_t length, FILE *out) {
    fputs("v_", out);
    for (size_t i = 1; i < length; i++)
        if (isalnum((unsigned char)symbol[i]))
            fputc(symbol[i], out);
        else
            fprintf(out, "_%02x", (unsigned char)symbol[i]);
}

static bool is_symbol(const char *text) { return text[0] == '$'; }

/* A text inside single quotes; symbols become variables. */
static void put_quoted(const char *text, FILE *out) {
    fputc('\'', out);
    while (*text != '\0') {
        if (text[0] == '"' && text[1] == '$') { /* in JSON symbols are whole strings */
            size_t length = strcspn(text + 1, "\"");
            fputs("\"'\"$", out);
            if (strncmp(text + 1, "$profile.", 9) == 0)
                fprintf(out, "%.*s", (int)length - 9, text + 10);
            else
                put_variable(text + 1, length, out);
            fputs("\"'\"", out);
            text += length + 2;
        } else if (*text == '\'') {
            fputs("'\\''", out);
            text++;
        } else {
            fputc(*text++, out);
        }
    }
    fputc('\'', out);
}

static void put_json(const struct jtree *tree, FILE *out) {
    char *text = jtree_canonical(tree);
    put_quoted(text, out);
    free(text);
}

/* [Path.One, Path.Two] of the answer, and the variables that get them. */
static void put_call(const struct jtree *step, FILE *out) {
    const struct jtree *bind = jtree_get(step, "bind");
    fputs("    ec2 ", out);
    put_operation(jtree_string(jtree_get(step, "op")), out);
    fputc(' ', out);
    put_json(jtree_get(step, "params"), out);
    fputs(" '[", out);
    const char *separator = "";
    for (const void *m = jtree_next(bind, NULL); m != NULL; m = jtree_next(bind, m)) {
        fputs(separator, out);
        separator = ", ";
        for (const char *at = jtree_string(jtree_value(m)); *at != '\0'; at++) { /* A.0.B is A[0].B to the CLI */
            size_t digits = *at == '.' ? strspn(at + 1, "0123456789") : 0;
            if (digits > 0) {
                fprintf(out, "[%.*s]", (int)digits, at + 1);
                at += digits;
            } else {
                fputc(*at, out);
            }
        }
    }
    fputs(*separator == '\0' ? "``]'\n" : "]'\n", out);
}

static void put_binds(const struct jtree *step, FILE *out) {
    const struct jtree *bind = jtree_get(step, "bind");
    size_t index = 0;
    for (const void *m = jtree_next(bind, NULL); m != NULL; m = jtree_next(bind, m)) {
        fputs("    [ -n \"$code\" ] || ", out);
        put_variable(jtree_name(m), strlen(jtree_name(m)), out);
        fprintf(out, "=$(printf '%%s' \"$answer\" | cut -f%zu)\n", ++index);
    }
}

struct seen_value {
    VEC(const char *) queries;
    VEC(const struct jtree *) values; /* a list stands for its length */
    struct arena arena;
};

/* Scalars of a description, by path; of lists how many there are. */
static void collect(struct seen_value *shown, const struct jtree *view, const char *prefix) {
    for (const void *m = jtree_next(view, NULL); m != NULL; m = jtree_next(view, m)) {
        const struct jtree *value = jtree_value(m);
        const char *path = arena_format(&shown->arena, "%s%s%s", prefix, prefix[0] == '\0' ? "" : ".", jtree_name(m));
        const char *text = jtree_string(value);
        if (jtree_type(value) == JTREE_OBJECT) {
            collect(shown, value, path);
            continue;
        }
        if (text != NULL && is_symbol(text) && strchr(text, '#') != NULL)
            continue; /* ids of attachments and associations are not bound here */
        vec_push(&shown->queries,
                 jtree_type(value) == JTREE_LIST ? arena_format(&shown->arena, "length(%s)", path) : path);
        vec_push(&shown->values, value);
    }
}

static void put_shows(const struct jtree *kind, const char *symbol, const struct jtree *view, FILE *out) {
    struct seen_value shown = {0};
    collect(&shown, view, "");
    fputs("    shows ", out);
    put_operation(jtree_string(jtree_get(kind, "describe")), out);
    fprintf(out, " '{\"%s\":[\"'\"$", jtree_string(jtree_get(kind, "select")));
    put_variable(symbol, strlen(symbol), out);
    fputs("\"'\"]}' '", out);
    const char *list = jtree_string(jtree_get(kind, "list")), *dot = strchr(list, '.');
    if (dot != NULL)
        fprintf(out, "%.*s[0].%s[0].[", (int)(dot - list), list, dot + 1);
    else
        fprintf(out, "%s[0].[", list);
    for (size_t i = 0; i < shown.queries.count; i++)
        fprintf(out, "%s%s", i == 0 ? "" : ", ", shown.queries.at[i]);
    fputs("]' \"", out);
    for (size_t i = 0; i < shown.values.count; i++) {
        const struct jtree *value = shown.values.at[i];
        const char *text = jtree_string(value);
        if (i > 0)
            fputc('\t', out);
        if (jtree_type(value) == JTREE_LIST)
            fprintf(out, "%zu", jtree_count(value));
        else if (jtree_type(value) == JTREE_BOOL)
            fputs(jtree_truth(value) ? "True" : "False", out);
        else if (jtree_type(value) == JTREE_NUMBER)
            fprintf(out, "%lld", (long long)jtree_integer(value));
        else if (text != NULL && strncmp(text, "$profile.", 9) == 0)
            fprintf(out, "$%s", text + 9);
        else if (text != NULL && is_symbol(text)) {
            fputc('$', out);
            put_variable(text, strlen(text), out);
        } else {
            fputs(text == NULL ? "" : text, out);
        }
    }
    fputs("\" ", out);
    put_quoted(symbol, out);
    fputc('\n', out);
    vec_free(&shown.queries);
    vec_free(&shown.values);
    arena_clear(&shown.arena);
}

/* What changed, or all that there is. */
static void put_after(const struct jtree *file, const struct jtree *before, const struct jtree *after, FILE *out) {
    const struct jtree *kinds = jtree_get(file, "kinds");
    for (size_t k = 0; k < jtree_count(kinds); k++) {
        const struct jtree *kind = jtree_at(kinds, k);
        const char *name = jtree_string(jtree_get(kind, "kind"));
        const struct jtree *now = jtree_get(after, name), *old = jtree_get(before, name);
        for (const void *m = jtree_next(now, NULL); m != NULL; m = jtree_next(now, m)) {
            const struct jtree *view = jtree_value(m), *last = jtree_get(old, jtree_name(m));
            if (jtree_type(view) != JTREE_OBJECT)
                continue;
            char *one = jtree_canonical(view), *other = last == NULL ? NULL : jtree_canonical(last);
            if (other == NULL || strcmp(one, other) != 0)
                put_shows(kind, jtree_name(m), view, out);
            free(one);
            free(other);
        }
    }
}

static void put_list(const struct jtree *list, FILE *out) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *words = open_memstream(&text, &bytes);
    if (words == NULL)
        out_of_memory(1);
    for (size_t i = 0; i < jtree_count(list); i++)
        fprintf(words, "%s%s", i == 0 ? "" : " ", jtree_string(jtree_at(list, i)));
    fclose(words);
    put_quoted(text, out);
    free(text);
}

static void put_step(const struct jtree *file, const struct jtree *step, const struct jtree *before, size_t number,
                     FILE *out) {
    const struct jtree *error = jtree_get(jtree_get(step, "expect"), "error");
    const char *event = jtree_string(jtree_get(step, "event"));
    bool waits = event != NULL || jtree_truth(jtree_get(step, "settles"));
    fprintf(out, "    step='step %zu, %s' tries=%s\n", number,
            event != NULL ? event : jtree_string(jtree_get(step, "op")), waits ? "$later" : "1");
    if (event == NULL) {
        put_call(step, out);
        fputs("    expect '", out);
        if (error == NULL)
            fputs("ok' ''\n", out);
        else {
            fputs(jtree_string(jtree_get(error, "code")), out);
            for (size_t i = 0; i < jtree_count(jtree_get(error, "also")); i++)
                fprintf(out, " %s", jtree_string(jtree_at(jtree_get(error, "also"), i)));
            fprintf(out, "' '%s'\n", jtree_string(jtree_get(error, "rule")));
        }
        put_binds(step, out);
        for (size_t i = 0; i < jtree_count(jtree_get(step, "find")); i++) {
            put_call(jtree_at(jtree_get(step, "find"), i), out);
            put_binds(jtree_at(jtree_get(step, "find"), i), out);
        }
    }
    put_after(file, before, jtree_get(step, "after"), out);
}

static void put_fixture(const struct jtree *file, FILE *out) {
    const struct jtree *symbols = jtree_get(file, "symbols"), *profile = jtree_get(file, "profile");
    const struct jtree *calls = jtree_get(file, "fixture");
    for (const void *m = jtree_next(profile, NULL); m != NULL; m = jtree_next(profile, m)) {
        fprintf(out, "%s=${ENIMC_%s:-", jtree_name(m), jtree_name(m));
        fprintf(out, "%s}\n", jtree_string(jtree_value(m)));
    }
    fputs("\nfixture() {\n", out);
    for (const void *m = jtree_next(symbols, NULL); m != NULL; m = jtree_next(symbols, m)) {
        fputs("    ", out);
        put_variable(jtree_name(m), strlen(jtree_name(m)), out);
        fputc('=', out);
        put_quoted(jtree_string(jtree_value(m)), out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < jtree_count(calls); i++) {
        const struct jtree *wait = jtree_get(jtree_at(calls, i), "wait");
        put_call(jtree_at(calls, i), out);
        fprintf(out, "    step='fixture, %s' && expect ok ''\n", jtree_string(jtree_get(jtree_at(calls, i), "op")));
        put_binds(jtree_at(calls, i), out);
        if (wait == NULL)
            continue;
        fputs("    tries=$later && shows describe-instances '{\"InstanceIds\":[\"'\"$", out);
        put_variable(jtree_string(jtree_get(wait, "symbol")), strlen(jtree_string(jtree_get(wait, "symbol"))), out);
        fprintf(out, "\"'\"]}' 'Reservations[0].Instances[0].[%s]' %s ''\n", jtree_string(jtree_get(wait, "path")),
                jtree_string(jtree_get(wait, "value")));
    }
    fputs("    step=fixture tries=$later\n", out);
    put_after(file, NULL, jtree_get(file, "initially"), out);
    fputs("}\n", out);
}

/* Best effort, in reverse order, of everything that has an id of its own. */
static void put_remove(const struct jtree *file, FILE *out) {
    const struct jtree *kinds = jtree_get(file, "kinds"), *symbols = jtree_get(file, "symbols");
    fputs("\nremove() {\n    :\n", out);
    for (size_t k = jtree_count(kinds); k-- > 0;) {
        const struct jtree *kind = jtree_at(kinds, k), *calls = jtree_get(kind, "remove");
        char prefix[80];
        size_t length = (size_t)snprintf(prefix, sizeof prefix, "$%s:", jtree_string(jtree_get(kind, "kind")));
        for (const void *m = jtree_next(symbols, NULL); m != NULL && jtree_count(calls) > 0;
             m = jtree_next(symbols, m)) {
            if (strncmp(jtree_name(m), prefix, length) != 0 || strchr(jtree_name(m), '#') != NULL)
                continue;
            fputs("    if [ \"$", out);
            put_variable(jtree_name(m), strlen(jtree_name(m)), out);
            fputs("\" != ", out);
            put_quoted(jtree_string(jtree_value(m)), out);
            fputs(" ]; then\n", out);
            for (size_t c = 0; c < jtree_count(calls); c++) {
                char *text = jtree_canonical(jtree_get(jtree_at(calls, c), "params"));
                const char *each = strstr(text, "\"$each:");
                for (const void *o = jtree_next(symbols, NULL); o != NULL; o = jtree_next(symbols, o)) {
                    char of[80];
                    size_t of_length =
                        each == NULL
                            ? 0
                            : (size_t)snprintf(of, sizeof of, "$%.*s:", (int)strcspn(each + 7, "\""), each + 7);
                    if (each != NULL &&
                        (strncmp(jtree_name(o), of, of_length) != 0 || strchr(jtree_name(o), '#') != NULL))
                        continue;
                    fputs("        ec2 ", out);
                    put_operation(jtree_string(jtree_get(jtree_at(calls, c), "op")), out);
                    fputc(' ', out);
                    char *filled = NULL; /* "$it#id" is the symbol, "$it#x" its id x, "$each:k" the other one */
                    size_t bytes = 0;
                    FILE *fill = open_memstream(&filled, &bytes);
                    if (fill == NULL)
                        out_of_memory(1);
                    for (const char *at = text; *at != '\0';) {
                        if (strncmp(at, "$it#id", 6) == 0) {
                            fputs(jtree_name(m), fill);
                            at += 6;
                        } else if (strncmp(at, "$it#", 4) == 0) {
                            fprintf(fill, "%s#", jtree_name(m));
                            at += 4;
                        } else if (strncmp(at, "$each:", 6) == 0) {
                            fputs(jtree_name(o), fill);
                            at += strcspn(at, "\"");
                        } else {
                            fputc(*at++, fill);
                        }
                    }
                    fclose(fill);
                    put_quoted(filled, out);
                    free(filled);
                    fputs(" '``'\n", out);
                    if (jtree_get(jtree_at(calls, c), "wait") != NULL) {
                        fputs("        saved=$problem && tries=$later && shows describe-instances "
                              "'{\"InstanceIds\":[\"'\"$",
                              out);
                        put_variable(jtree_name(m), strlen(jtree_name(m)), out);
                        fputs("\"'\"]}' 'Reservations[0].Instances[0].[State.Name]' terminated ''\n        "
                              "problem=$saved\n",
                              out);
                    }
                    if (each == NULL)
                        break;
                }
                free(text);
            }
            fputs("    fi\n", out);
        }
    }
    fputs("}\n\n", out);
}

static void write_cli(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                      struct suite_files *files) {
    char *text;
    size_t bytes;
    struct jtree *file = calls_json(suite, wire, version);
    const struct jtree *vectors = jtree_get(file, "vectors");
    FILE *out = suite_file_open(&text, &bytes);
    fwrite(enimc_runner_sh_begin, 1, (size_t)(enimc_runner_sh_end - enimc_runner_sh_begin), out);
    put_fixture(file, out);
    put_remove(file, out);
    for (size_t i = 0; i < jtree_count(vectors); i++) {
        const struct jtree *vector = jtree_at(vectors, i), *steps = jtree_get(vector, "steps");
        bool cannot = jtree_count(jtree_get(vector, "cannot")) > 0;
        fputs("if wanted ", out);
        put_quoted(jtree_string(jtree_get(vector, "id")), out);
        fputc(' ', out);
        put_list(jtree_get(vector, "requires"), out);
        fputc(' ', out);
        put_list(jtree_get(vector, "cannot"), out);
        fputs("; then\n    fixture\n", out);
        const struct jtree *before = jtree_get(file, "initially");
        for (size_t s = 0; s < jtree_count(steps) && !cannot; s++) {
            put_step(file, jtree_at(steps, s), before, s + 1, out);
            before = jtree_get(jtree_at(steps, s), "after");
        }
        fputs("    result\nfi\n", out);
    }
    fputs("echo \"1..$number\"\nexit $failed\n", out);
    suite_file_close(files, arena_format(&suite->arena, "cli/%s.sh", name), out, &text, &bytes);
    jtree_free(file);
}

const struct format format_cli = {
    .name = "cli", .summary = "cli/SPEC.sh: AWS CLI calls that print TAP", .needs_wire = true, .write_spec = write_cli};
