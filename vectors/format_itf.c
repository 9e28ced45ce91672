/* ITF, the Informal Trace Format (Apalache, ADR 015): one trace for each vector, for Apalache, Quint and trace viewers.
 *
 * A state variable is a field of the rulebook, "eni_status": a map from objects to values.  An integer is always
 * {"#bigint"}, a set {"#set"}, a map {"#map"}, no object the variant None.  ITF has no place for the call: two more
 * variables, as Quint's --mbt makes them, name the action and its arguments. */
#include <string.h>

#include "base/jtree.h"
#include "model/print.h"
#include "vectors/format.h"

static struct jtree *tagged(const char *tag, struct jtree *value) {
    struct jtree *object = jtree_object();
    jtree_put(object, tag, value);
    return object;
}

static struct jtree *variant(const char *tag, struct jtree *value) {
    struct jtree *object = tagged("tag", jtree_text(tag));
    jtree_put(object, "value", value);
    return object;
}

static struct jtree *unit(void) { return tagged("tag", jtree_text("UNIT")); }

static struct jtree *scalar_itf(struct rulebook *rulebook, const struct type *type, int32_t value) {
    char digits[24];
    if (type->form == TYPE_BOOL)
        return jtree_bool(value != 0);
    if (type->form == TYPE_INT) {
        snprintf(digits, sizeof digits, "%d", value);
        return tagged("#bigint", jtree_text(digits));
    }
    const char *text = value_text(rulebook, type, value);
    if (type->form == TYPE_REF && type->optional)
        return value < 0 ? variant("None", unit()) : variant("Some", jtree_text(text));
    return jtree_text(text);
}

static struct jtree *pair(struct jtree *key, struct jtree *value) {
    struct jtree *list = jtree_list();
    jtree_add(list, key);
    jtree_add(list, value);
    return list;
}

static struct jtree *value_itf(struct rulebook *rulebook, const struct type *type, const int32_t *values) {
    struct jtree *list = jtree_list();
    int32_t low, high;
    if (type->form == TYPE_SET) {
        for (size_t i = 0; i < type->kind->objects.count; i++)
            if (values[i] != 0)
                jtree_add(list, jtree_text(type->kind->objects.at[i].name));
        return tagged("#set", list);
    }
    if (type->form == TYPE_MAP) {
        type_range(type->key, &low, &high);
        for (int32_t key = low; key <= high; key++)
            jtree_add(list,
                      pair(scalar_itf(rulebook, type->key, key), scalar_itf(rulebook, type->value, values[key - low])));
        return tagged("#map", list);
    }
    jtree_free(list);
    return scalar_itf(rulebook, type, values[0]);
}

/* In Apalache's notation; empty sets could not be typed without. */
static const char *type_itf(struct arena *arena, const struct type *type) {
    switch (type->form) {
    case TYPE_BOOL:
        return "Bool";
    case TYPE_INT:
        return "Int";
    case TYPE_SET:
        return "Set(Str)";
    case TYPE_MAP:
        return arena_format(arena, "%s -> %s", type_itf(arena, type->key), type_itf(arena, type->value));
    case TYPE_REF:
        return type->optional ? "None({ tag: Str }) | Some(Str)" : "Str";
    case TYPE_ENUM:
    case TYPE_ACTION:
        break;
    }
    return "Str";
}

static const char *variable_name(struct suite *suite, const struct field *field) {
    return arena_format(&suite->arena, "%s_%s", field->kind->name, field->name);
}

static struct jtree *field_itf(struct suite *suite, const struct field *field, const int32_t *state) {
    const struct kind *kind = field->kind;
    struct jtree *list = jtree_list();
    for (size_t o = 0; o < kind->objects.count; o++)
        jtree_add(list, pair(jtree_text(kind->objects.at[o].name),
                             value_itf(suite->system->rulebook, field->type,
                                       state + kind->state_base + o * kind->state_width + field->offset)));
    return tagged("#map", list);
}

static bool is_variable(const struct field *field) { return !field->is_constant && field->kind->objects.count > 0; }

/* All arguments of all steps of the vector are members of one record; those of another action are None. */
static struct jtree *picks_itf(struct suite *suite, const struct vector *vector, const struct vector_step *now) {
    struct jtree *record = jtree_object();
    for (size_t s = 0; s < vector->steps.count; s++) {
        const struct action *action = vector->steps.at[s].action;
        for (size_t i = 0; i < action->parameters.count; i++) {
            const struct binding *binding = action->parameters.at[i];
            const char *name = arena_format(&suite->arena, "%s_%s", action->name, binding->name);
            if (jtree_get(record, name) == NULL)
                jtree_put(record, name, variant("None", unit()));
        }
    }
    const int32_t *values = now == NULL ? NULL : now->arguments;
    for (size_t i = 0; now != NULL && i < now->action->parameters.count; i++) {
        const struct binding *binding = now->action->parameters.at[i];
        const char *name = arena_format(&suite->arena, "%s_%s", now->action->name, binding->name);
        jtree_put(record, name, variant("Some", value_itf(suite->system->rulebook, binding->type, values)));
        values += binding->width;
    }
    return record;
}

static struct jtree *state_itf(struct suite *suite, const struct vector *vector, size_t index) {
    const struct rulebook *rulebook = suite->system->rulebook;
    const int32_t *state = vector->states + index * rulebook->state_width;
    const struct vector_step *step = index == 0 ? NULL : &vector->steps.at[index - 1];
    struct jtree *object = tagged("#meta", tagged("index", jtree_number((int64_t)index)));
    for (size_t k = 0; k < rulebook->kinds.count; k++)
        for (size_t f = 0; f < rulebook->kinds.at[k]->fields.count; f++) {
            const struct field *field = rulebook->kinds.at[k]->fields.at[f];
            if (is_variable(field))
                jtree_put(object, variable_name(suite, field), field_itf(suite, field, state));
        }
    jtree_put(object, "mbt::actionTaken", jtree_text(step == NULL ? "init" : step->action->name));
    jtree_put(object, "mbt::nondetPicks", picks_itf(suite, vector, step));
    jtree_put(object, "response",
              jtree_text(step == NULL              ? ""
                         : step->failed == STEP_OK ? "ok"
                                                   : step->action->checks.at[step->failed].codes[0]));
    return object;
}

static const char *picks_type(struct suite *suite, const struct vector *vector) {
    const char *text = "{";
    struct jtree *known = jtree_object();
    for (size_t s = 0; s < vector->steps.count; s++) {
        const struct action *action = vector->steps.at[s].action;
        for (size_t i = 0; i < action->parameters.count; i++) {
            const char *name = arena_format(&suite->arena, "%s_%s", action->name, action->parameters.at[i]->name);
            if (jtree_get(known, name) != NULL)
                continue;
            jtree_put(known, name, jtree_bool(true));
            text =
                arena_format(&suite->arena, "%s%s%s: None({ tag: Str }) | Some(%s)", text, text[1] == '\0' ? " " : ", ",
                             name, type_itf(&suite->arena, action->parameters.at[i]->type));
        }
    }
    jtree_free(known);
    return arena_format(&suite->arena, "%s }", text);
}

static struct jtree *trace_itf(struct suite *suite, const struct vector *vector, const char *version) {
    const struct rulebook *rulebook = suite->system->rulebook;
    struct jtree *trace = jtree_object(), *meta = jtree_object(), *types = jtree_object(), *names = jtree_list();
    for (size_t k = 0; k < rulebook->kinds.count; k++)
        for (size_t f = 0; f < rulebook->kinds.at[k]->fields.count; f++) {
            const struct field *field = rulebook->kinds.at[k]->fields.at[f];
            if (!is_variable(field))
                continue;
            jtree_add(names, jtree_text(variable_name(suite, field)));
            jtree_put(types, variable_name(suite, field),
                      jtree_text(arena_format(&suite->arena, "Str -> %s", type_itf(&suite->arena, field->type))));
        }
    static const char *const more[] = {"mbt::actionTaken", "mbt::nondetPicks", "response"};
    for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
        jtree_add(names, jtree_text(more[i]));
        jtree_put(types, more[i], jtree_text(i == 1 ? picks_type(suite, vector) : "Str"));
    }
    jtree_put(meta, "format", jtree_text("ITF"));
    jtree_put(meta, "format-description", jtree_text("https://apalache-mc.org/docs/adr/015adr-trace.html"));
    jtree_put(meta, "source", jtree_text(rulebook->title));
    jtree_put(meta, "description",
              jtree_text(arena_format(&suite->arena, "%s: %s (enimc %s)", vector->id, vector->title, version)));
    jtree_put(meta, "varTypes", types);
    jtree_put(trace, "#meta", meta);
    jtree_put(trace, "vars", names);
    struct jtree *states = jtree_list();
    for (size_t i = 0; i <= vector->steps.count; i++)
        jtree_add(states, state_itf(suite, vector, i));
    jtree_put(trace, "states", states);
    return trace;
}

static void write_itf(struct suite *suite, const char *name, const struct wire *wire, const char *version,
                      struct suite_files *files) {
    (void)wire;
    for (size_t i = 0; i < suite->vectors.count; i++) {
        char *text;
        size_t bytes;
        FILE *out = suite_file_open(&text, &bytes);
        struct jtree *trace = trace_itf(suite, &suite->vectors.at[i], version);
        jtree_write(trace, out, 1);
        jtree_free(trace);
        suite_file_close(files, arena_format(&suite->arena, "itf/%s/%s.itf.json", name, suite->vectors.at[i].id), out,
                         &text, &bytes);
    }
}

const struct format format_itf = {.name = "itf",
                                  .summary = "itf/SPEC/ID.itf.json: one trace a vector, for Apalache and Quint",
                                  .write_spec = write_itf};
