#include "model/rulebook.h"

#include <string.h>

#include "model/sections.h"

struct rulebook *rulebook_read(const char *path, const char *library, const struct setting *settings,
                               size_t setting_count, struct diags *diags) {
    struct rulebook *rulebook = memory_resize(NULL, sizeof *rulebook);
    *rulebook = (struct rulebook){0};
    rulebook->path = arena_text(&rulebook->arena, path, strlen(path));
    rulebook->library = library;
    rulebook->bool_type.form = TYPE_BOOL;
    rulebook->int_type = (struct type){.form = TYPE_INT, .low = -LIMIT_INTEGER, .high = LIMIT_INTEGER};
    rulebook->action_type.form = TYPE_ACTION;
    rulebook->none_type = (struct type){.form = TYPE_REF, .optional = true};
    bool good = load_files(rulebook, path, diags);
    for (size_t i = 0; i < setting_count; i++)
        vec_push(&rulebook->settings, settings[i]);
    if (good && check_rulebook(rulebook, diags))
        return rulebook;
    rulebook_free(rulebook);
    return NULL;
}

void rulebook_free(struct rulebook *rulebook) {
    if (rulebook == NULL)
        return;
    for (size_t i = 0; i < rulebook->kinds.count; i++) {
        vec_free(&rulebook->kinds.at[i]->fields);
        vec_free(&rulebook->kinds.at[i]->objects);
        vec_free(&rulebook->kinds.at[i]->catalog);
    }
    for (size_t i = 0; i < rulebook->actions.count; i++) {
        struct action *action = rulebook->actions.at[i];
        vec_free(&action->parameters);
        vec_free(&action->choices);
        vec_free(&action->lets);
        vec_free(&action->checks);
        vec_free(&action->effects);
    }
    for (size_t i = 0; i < rulebook->properties.count; i++)
        vec_free(&rulebook->properties.at[i]->scenario);
    vec_free(&rulebook->constants);
    vec_free(&rulebook->enumerations);
    vec_free(&rulebook->kinds);
    vec_free(&rulebook->definitions);
    vec_free(&rulebook->actions);
    vec_free(&rulebook->properties);
    vec_free(&rulebook->processes);
    vec_free(&rulebook->plan);
    vec_free(&rulebook->initially);
    vec_free(&rulebook->scopes);
    vec_free(&rulebook->allows);
    vec_free(&rulebook->settings);
    vec_free(&rulebook->files);
    intern_clear(&rulebook->intern);
    arena_clear(&rulebook->arena);
    free(rulebook);
}

#define FIND(list, wanted)                                                                                             \
    for (size_t i = 0; i < (list).count; i++)                                                                          \
        if (strcmp((list).at[i]->name, (wanted)) == 0)                                                                 \
            return (list).at[i];                                                                                       \
    return NULL

struct kind *rulebook_kind(const struct rulebook *rulebook, const char *name) {
    FIND(rulebook->kinds, name);
}
struct action *rulebook_action(const struct rulebook *rulebook, const char *name) {
    FIND(rulebook->actions, name);
}
struct enumeration *rulebook_enumeration(const struct rulebook *rulebook, const char *name) {
    FIND(rulebook->enumerations, name);
}
struct constant *rulebook_constant(const struct rulebook *rulebook, const char *name) {
    FIND(rulebook->constants, name);
}

const char *property_form_text(enum property_form form) {
    static const char *const texts[] = {"invariant", "step",        "reachable", "unreachable", "deadlock_free",
                                        "live",      "recoverable", "scenario",  "plan",        "leads_to"};
    return texts[form];
}

bool property_is_about_states(enum property_form form) {
    return form != PROPERTY_LIVE && form != PROPERTY_RECOVERABLE && form != PROPERTY_LEADS_TO;
}

const char *agent_text(enum agent by) {
    static const char *const texts[] = {"client", "service", "environment"};
    return texts[by];
}

const char *order_text(enum order order) {
    static const char *const texts[] = {"documented", "observed", "assumed"};
    return texts[order];
}

const char *confidence_text(enum confidence confidence) {
    static const char *const texts[] = {NULL, "high", "medium", "low"};
    return texts[confidence];
}

const char *value_text(struct rulebook *rulebook, const struct type *type, int32_t value) {
    switch (type->form) {
    case TYPE_BOOL:
    case TYPE_SET:
        return value ? "true" : "false";
    case TYPE_ENUM:
        if (value >= 0 && (size_t)value < type->enumeration->count)
            return type->enumeration->values[value];
        break;
    case TYPE_REF:
        if (value == -1)
            return "none";
        if (value >= 0 && (size_t)value < type->kind->objects.count)
            return type->kind->objects.at[value].name;
        break;
    case TYPE_MAP:
        return value_text(rulebook, type->value, value);
    case TYPE_INT:
    case TYPE_ACTION:
        break;
    }
    return arena_format(&rulebook->arena, "%d", value);
}

bool rulebook_is_free(const struct action *action, const struct binding *choice, int32_t object) {
    const struct plan_step *owner = choice->type->kind->objects.at[object].owner;
    return owner == NULL || owner == action->step;
}
