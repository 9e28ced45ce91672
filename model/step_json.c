#include "model/step_json.h"

#include "model/print.h"
#include "model/value_json.h"

static struct jtree *arguments_json(struct rulebook *rulebook, const struct action *action, const int32_t *arguments,
                                    bool with_choices) {
    struct jtree *object = jtree_object();
    for (int pass = 0; pass < (with_choices ? 2 : 1); pass++)
        for (size_t i = 0; i < (pass == 0 ? action->parameters.count : action->choices.count); i++) {
            const struct binding *binding = pass == 0 ? action->parameters.at[i] : action->choices.at[i];
            jtree_put(object, binding->name, value_json(rulebook, binding->type, arguments));
            arguments += binding->width;
        }
    return object;
}

void change_json(struct rulebook *rulebook, const struct field *field, uint32_t object, const int32_t *before,
                 const int32_t *after, struct jtree *changes) {
    struct arena arena = {0};
    struct jtree *pair = jtree_object();
    jtree_put(pair, "from", value_json(rulebook, field->type, before));
    jtree_put(pair, "to", value_json(rulebook, field->type, after));
    jtree_put(changes, arena_format(&arena, "%s.%s", field->kind->objects.at[object].name, field->name), pair);
    arena_clear(&arena);
}

struct jtree *changes_json(struct rulebook *rulebook, const int32_t *before, const int32_t *after) {
    struct jtree *fields = jtree_object();
    change_list changes = {0};
    print_changes(rulebook, before, after, &changes);
    for (size_t i = 0; i < changes.count; i++)
        change_json(rulebook, changes.at[i].field, changes.at[i].object, changes.at[i].before, changes.at[i].after,
                    fields);
    vec_free(&changes);
    return fields;
}

struct jtree *step_json(struct rulebook *rulebook, const struct action *action, const int32_t *arguments,
                        bool with_choices, const char *response, const int32_t *before, const int32_t *after) {
    struct jtree *step = jtree_object();
    jtree_put(step, "action", jtree_text(action->name));
    jtree_put(step, "by", jtree_text(agent_text(action->by)));
    jtree_put(step, "arguments", arguments_json(rulebook, action, arguments, with_choices));
    jtree_put(step, "response", jtree_text(response));
    if (action->called != NULL) /* by a process */
        jtree_put(step, "calls", jtree_text(action->called->name));
    jtree_put(step, "changes", after == NULL ? jtree_object() : changes_json(rulebook, before, after));
    return step;
}
