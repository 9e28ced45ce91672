/* A C table: c/SPEC.h with static arrays, for implementations in C and C++ that have no JSON reader. */
#include <ctype.h>
#include <string.h>

#include "base/jtree.h"
#include "model/print.h"
#include "model/value_json.h"
#include "vectors/format.h"

static void put_string(FILE *out, const char *text) {
    fputc('"', out);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            fputc('\\', out);
        if (isprint((unsigned char)*at))
            fputc(*at, out);
        else
            fprintf(out, "\\%03o", (unsigned char)*at);
    }
    fputc('"', out);
}

static const char *identifier(struct suite *suite, const char *name) {
    char *text = arena_format(&suite->arena, "%s", name);
    for (char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at))
            *at = '_';
    return text;
}

static const char prelude[] =
    "#ifndef ENIMC_VECTOR_TYPES\n"
    "#define ENIMC_VECTOR_TYPES\n"
    "struct enimc_argument { const char *name, *value; };\n"
    "struct enimc_change { const char *kind, *object, *field, *value; };\n"
    "struct enimc_step {\n"
    "    const char *action;              /* or event */\n"
    "    int is_event;                    /* nobody calls: wait until the changes are there */\n"
    "    const char *response;            /* \"ok\" or an error code; NULL for events */\n"
    "    const char *const *also;         /* codes that are as right, up to NULL */\n"
    "    const struct enimc_argument *arguments; /* up to a NULL name */\n"
    "    const struct enimc_change *changes;     /* up to a NULL kind; everything else stays */\n"
    "};\n"
    "struct enimc_vector {\n"
    "    const char *id, *title;\n"
    "    const struct enimc_step *steps;\n"
    "    unsigned step_count;\n"
    "};\n"
    "#endif\n\n";

static void write_step_parts(struct suite *suite, const struct vector_step *step, const int32_t *before, FILE *out) {
    struct rulebook *rulebook = suite->system->rulebook;
    const int32_t *values = step->arguments;
    fputs("        (const char *const[]){", out);
    for (size_t i = 0; i < step->also_count; i++) {
        put_string(out, step->also[i]);
        fputs(", ", out);
    }
    fputs("NULL},\n        (const struct enimc_argument[]){", out);
    for (size_t i = 0; i < step->action->parameters.count; i++) {
        const struct binding *binding = step->action->parameters.at[i];
        fputc('{', out);
        put_string(out, binding->name);
        fputs(", ", out);
        put_string(out, print_value(rulebook, binding->type, values));
        fputs("}, ", out);
        values += binding->width;
    }
    fputs("{NULL, NULL}},\n        (const struct enimc_change[]){", out);
    change_list changes = {0};
    print_changes(rulebook, before, before + rulebook->state_width, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        const struct field *field = changes.at[i].field;
        fputs("\n            {", out);
        put_string(out, field->kind->name);
        fputs(", ", out);
        put_string(out, field->kind->objects.at[changes.at[i].object].name);
        fputs(", ", out);
        put_string(out, field->name);
        fputs(", ", out);
        put_string(out, print_value(rulebook, field->type, changes.at[i].after));
        fputs("},", out);
    }
    vec_free(&changes);
    fputs(" {NULL, NULL, NULL, NULL}}},\n", out);
}

static void write_vector(struct suite *suite, const struct vector *vector, const char *prefix, size_t number,
                         FILE *out) {
    fprintf(out, "static const struct enimc_step %s_%zu[] = {\n", prefix, number);
    for (size_t i = 0; i < vector->steps.count; i++) {
        const struct vector_step *step = &vector->steps.at[i];
        bool is_event = step->action->by != BY_CLIENT;
        fputs("    {", out);
        put_string(out, step->action->name);
        fprintf(out, ", %d, ", is_event);
        if (is_event)
            fputs("NULL", out);
        else
            put_string(out, step->failed == STEP_OK ? "ok" : step->action->checks.at[step->failed].codes[0]);
        fputs(",\n", out);
        write_step_parts(suite, step, vector->states + i * suite->system->rulebook->state_width, out);
    }
    fputs("};\n", out);
}

static void write_c(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                    struct suite_files *files) {
    (void)wire;
    char *text;
    size_t bytes;
    const char *prefix = arena_format(&suite->arena, "enimc_%s", identifier(suite, name));
    FILE *out = suite_file_open(&text, &bytes);
    fprintf(out,
            "/* Test vectors, made by enimc %s.  The initial state is `setup` of the native format. */\n"
            "#include <stddef.h>\n\n%s",
            version, prelude);
    for (size_t i = 0; i < suite->vectors.count; i++)
        write_vector(suite, &suite->vectors.at[i], prefix, i, out);
    fprintf(out, "\nstatic const struct enimc_vector %s[] = {\n", prefix);
    for (size_t i = 0; i < suite->vectors.count; i++) {
        fputs("    {", out);
        put_string(out, suite->vectors.at[i].id);
        fputs(", ", out);
        put_string(out, suite->vectors.at[i].title);
        fprintf(out, ", %s_%zu, %zu},\n", prefix, i, suite->vectors.at[i].steps.count);
    }
    fprintf(out, "};\nstatic const unsigned %s_count = %zu;\n", prefix, suite->vectors.count);
    suite_file_close(files, arena_format(&suite->arena, "c/%s.h", name), out, &text, &bytes);
}

const struct format format_c = {.name = "c", .summary = "c/SPEC.h: a table, for C and C++", .write_spec = write_c};
