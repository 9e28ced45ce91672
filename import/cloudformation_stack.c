/* A stack: its templates become declared resources, and what happens to those becomes resources of the importer.
 *
 * Creation, update and deletion are one thing: resources before (none, --previous, the template) and after. */
#include <ctype.h>
#include <string.h>

#include "import/cloudformation.h"

#define MOST_RESOURCES 10000

const struct declared *declared_at(const struct template *template, const char *name) {
    uint32_t id = name_map_get(&template->declared_names, name);
    return id == NONE ? NULL : &template->declared.at[id];
}

bool is_template(const struct jtree *tree) {
    return jtree_get(tree, "Resources") != NULL || jtree_get(tree, "AWSTemplateFormatVersion") != NULL;
}

/* ---- templates ---- */

static bool is_built(struct template *template, const struct jtree *body) {
    const char *condition = text_at(body, "Condition");
    return condition == NULL || condition_holds(template, condition);
}

static void check_name(struct template *template, const char *name, const struct jtree *body) {
    static const char *const texts[] = {"Condition", "DeletionPolicy", "UpdateReplacePolicy"};
    const struct jtree *depends = jtree_get(body, "DependsOn");
    if (jtree_type(body) != JTREE_OBJECT || text_at(body, "Type") == NULL)
        import_error(template->import, "resource %.100s has no Type", name);
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if (jtree_get(body, texts[i]) != NULL && jtree_string(jtree_get(body, texts[i])) == NULL &&
            function_of(jtree_get(body, texts[i]), &(const struct jtree *){NULL}) == NULL)
            import_error(template->import, "resource %.100s: %s: expected a single value", name, texts[i]);
    bool good = depends == NULL || jtree_string(depends) != NULL || jtree_type(depends) == JTREE_LIST;
    for (size_t i = 0; jtree_type(depends) == JTREE_LIST && i < jtree_count(depends); i++)
        good &= jtree_string(jtree_at(depends, i)) != NULL;
    if (!good)
        import_error(template->import, "resource %.100s: DependsOn: expected a logical id, or a list of them", name);
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at)) {
            import_error(template->import, "resource %.100s: a logical id has letters and digits only", name);
            break;
        }
    if (template->declared.count >= MOST_RESOURCES)
        import_error(template->import, "the template has more than %d resources", MOST_RESOURCES);
}

static bool declare_resources(struct template *template, const struct jtree *resources) {
    struct import *import = template->import;
    for (const void *m = jtree_next(resources, NULL); m != NULL; m = jtree_next(resources, m)) {
        const char *name = jtree_name(m);
        const struct jtree *body = jtree_value(m);
        if (strncmp(name, "Fn::", 4) == 0) {
            template->transforms = true;
            note(import, "%s is not expanded: what it makes is not followed", name);
            continue;
        }
        import->place = place_of(import, template->file, name);
        check_name(template, name, body);
        bool built = !diags_failed(import->diags) && is_built(template, body);
        import->place.line = 0;
        if (diags_failed(import->diags))
            return false;
        if (!built)
            continue;
        name_map_put(&template->declared_names, name, (uint32_t) template->declared.count);
        vec_push(&template->declared, ((struct declared){.name = name, .type = text_at(body, "Type"), .body = body}));
    }
    return true;
}

static void wait_for(struct template *template, struct declared *declared, const char *other) {
    bool known = jtree_get(jtree_get(template->tree, "Resources"), other) != NULL;
    if (!known && !template->transforms)
        import_error(template->import, "resource %.100s depends on %.100s, which is not there", declared->name, other);
    for (size_t i = 0; i < declared->waits.count; i++)
        if (strcmp(declared->waits.at[i], other) == 0)
            return;
    if (declared_at(template, other) != NULL && strcmp(other, declared->name) != 0)
        vec_push(&declared->waits, other);
}

static void read_properties(struct template *template, struct declared *declared) {
    struct import *import = template->import;
    const struct jtree *depends = jtree_get(declared->body, "DependsOn");
    template->met.count = 0;
    struct jtree *properties = evaluate(template, jtree_get(declared->body, "Properties"));
    declared->properties = properties;
    if (properties != NULL)
        vec_push(&import->trees, properties);
    jtree_free(evaluate(template, jtree_get(declared->body, "Metadata"))); /* its references count, too */
    if (jtree_string(depends) != NULL)
        wait_for(template, declared, jtree_string(depends));
    for (size_t i = 0; i < jtree_count(depends); i++)
        if (jtree_string(jtree_at(depends, i)) != NULL)
            wait_for(template, declared, jtree_string(jtree_at(depends, i)));
    for (size_t i = 0; i < template->met.count; i++) {
        if (strcmp(template->met.at[i], declared->name) == 0)
            import_error(import, "cyclic references: %s refers to itself", declared->name);
        wait_for(template, declared, template->met.at[i]);
    }
    if (properties != NULL && jtree_type(properties) != JTREE_OBJECT && !diags_failed(import->diags))
        import_error(import, "resource %.100s: its Properties are no mapping", declared->name);
}

static bool check_parameters(struct template *template) {
    const struct jtree *parameters = jtree_get(template->tree, "Parameters");
    if (template->is_old && template->given == template->import->given)
        return true; /* meant for the new template */
    for (const void *m = jtree_next(template->given, NULL); m != NULL; m = jtree_next(template->given, m))
        if (jtree_get(parameters, jtree_name(m)) == NULL) {
            import_error(template->import, "the template has no parameter '%.100s', which a value is given for",
                         jtree_name(m));
            return false;
        }
    return true;
}

static bool open_template(struct template *template, struct stack *stack, const struct jtree *tree, uint32_t file,
                          const struct jtree *given) {
    struct import *import = stack->import;
    template->stack = stack;
    template->import = import;
    template->tree = tree;
    template->file = file;
    template->given = given;
    if (tree == NULL)
        return true;
    import->file = file;
    const struct jtree *resources = jtree_get(tree, "Resources");
    if (jtree_type(resources) != JTREE_OBJECT || jtree_next(resources, NULL) == NULL) {
        import_error(import, "the template has no Resources");
        return false;
    }
    if (!check_parameters(template))
        return false;
    if (jtree_get(tree, "Transform") != NULL) {
        template->transforms = true;
        note(import, "the template has a Transform: it is not carried out, what it makes is not followed");
    }
    decide_conditions(template);
    if (diags_failed(import->diags) || !declare_resources(template, resources))
        return false;
    for (size_t i = 0; i < template->declared.count && !diags_failed(import->diags); i++) {
        import->place = place_of(import, file, template->declared.at[i].name);
        read_properties(template, &template->declared.at[i]);
        import->place.line = 0;
    }
    return !diags_failed(import->diags);
}

static void close_template(struct template *template) {
    for (size_t i = 0; i < template->declared.count; i++)
        vec_free(&template->declared.at[i].waits);
    vec_free(&template->declared);
    vec_free(&template->met);
    vec_free(&template->verdicts);
    name_map_clear(&template->declared_names);
    name_map_clear(&template->conditions);
    name_map_clear(&template->answers);
}

/* ---- from declared resources to those of the importer ---- */

static void make_blocks(struct template *template) {
    struct stack *stack = template->stack;
    for (size_t i = 0; i < template->declared.count; i++)
        block_make(stack, own_type(template->declared.at[i].type), template->declared.at[i].name);
    for (size_t i = 0; i < template->declared.count; i++) {
        const struct declared *declared = &template->declared.at[i];
        struct block *block = stack->import->blocks.at[block_number(stack, own_type(declared->type), declared->name)];
        for (size_t k = 0; k < declared->waits.count; k++) {
            const struct declared *other = declared_at(template, declared->waits.at[k]);
            uint32_t id = block_number(stack, own_type(other->type), other->name);
            vec_push(template->is_old ? &block->old_waits : &block->waits, id);
        }
        if (block->place.line == 0)
            block->place = place_of(stack->import, template->file, declared->name);
    }
}

/* Interfaces and instances first: the others' addresses are theirs. */
static void read_values(struct template *template) {
    for (int first = 1; first >= 0; first--)
        for (size_t i = 0; i < template->declared.count && !diags_failed(template->import->diags); i++) {
            const struct declared *declared = &template->declared.at[i];
            bool holder = strcmp(declared->type, "AWS::EC2::NetworkInterface") == 0 ||
                          strcmp(declared->type, "AWS::EC2::Instance") == 0;
            if (holder != (first == 1) ||
                (template->is_old && change_of(template->stack, declared->name) == CHANGE_CREATE))
                continue;
            template->import->place = place_of(template->import, template->file, declared->name);
            if (check_shapes(template, declared))
                read_declared(template, declared);
            template->import->place.line = 0;
        }
}

/* RetainExceptOnCreate: except in the rollback of the creation. */
static bool is_retained(const struct template *template, const char *name, const char *policy) {
    const struct declared *declared = declared_at(template, name);
    const char *value = declared == NULL ? NULL : text_at(declared->body, policy);
    return value != NULL && strncmp(value, "Retain", strlen("Retain")) == 0;
}

static void add_part(struct stack *stack, const struct part *part, const char *name, enum change change) {
    struct resource resource = {.change = change, .before = part->before, .after = part->after};
    resource.unknown = part->unknown;
    resource.at = part->at;
    if (change == CHANGE_CREATE)
        resource.before = NULL;
    if (change == CHANGE_DELETE)
        resource.after = resource.unknown = NULL;
    if (change == CHANGE_NONE)
        resource.after = part->before, resource.unknown = NULL;
    resource.parts = (struct address){.module = "", .module_path = "", .type = part->own, .name = name, .rest = ""};
    add_resource(stack->import, name, part->own, &resource);
}

/* What stays beside the one that takes its place, or goes with the instance that it was made with. */
static void add_twin(struct stack *stack, const struct part *part) {
    const char *name = arena_format(&stack->import->arena, "%sOld", part->name);
    while (block_number(stack, part->own, name) != NONE)
        name = arena_format(&stack->import->arena, "%sx", name);
    add_part(stack, part, name, CHANGE_NONE);
}

static void add_parts(struct stack *stack) {
    struct import *import = stack->import;
    for (size_t i = 0; i < stack->parts.count; i++) {
        const struct part *part = &stack->parts.at[i];
        enum change change = part->change;
        if (change == CHANGE_DELETE && is_retained(&stack->before, part->name, "DeletionPolicy")) {
            note(import, "%s: retained by its DeletionPolicy", part->name);
            change = CHANGE_NONE;
        }
        bool retained = is_another(change) && is_retained(&stack->after, part->name, "UpdateReplacePolicy");
        if (retained)
            note(import, "%s: the one that is replaced is retained by its UpdateReplacePolicy", part->name);
        if (retained || (part->of != NULL && is_another(change))) {
            add_twin(stack, part);
            change = CHANGE_CREATE;
        } else if (part->of != NULL && change != CHANGE_CREATE) {
            change = CHANGE_NONE; /* the instance says when it comes and goes */
        }
        add_part(stack, part, part->name, change);
    }
}

/* ---- all of it ---- */

static bool read_stack(struct stack *stack) {
    struct import *import = stack->import;
    const struct jtree *after = import->is_deletion ? NULL : import->tree, *before = import->previous;
    uint32_t old_file = import->previous_file, file = import->main_file;
    const struct jtree *old_given = import->previous_given == NULL ? import->given : import->previous_given;
    stack->change_set = import->change_set;
    if (!import->is_deletion && (before != NULL || import->change_set != NULL))
        note(import, "a step that fails makes CloudFormation roll the update back; whether the way back works as well "
                     "(UPDATE_ROLLBACK_FAILED) is asked with the two templates exchanged");
    if (import->is_deletion || (before == NULL && import->change_set != NULL))
        before = import->tree, old_file = file, old_given = import->given;
    stack->before.is_old = true;
    if (!open_template(&stack->before, stack, before, old_file, old_given) ||
        !open_template(&stack->after, stack, after, file, import->given) || !find_changes(stack))
        return false;
    make_blocks(&stack->after);
    make_blocks(&stack->before);
    read_values(&stack->after);
    read_values(&stack->before);
    note_associations(stack);
    import->file = file;
    if (diags_failed(import->diags))
        return false;
    add_parts(stack);
    return true;
}

bool read_template(struct import *import) {
    struct stack stack = {.import = import};
    struct module *root = arena_alloc(&import->arena, sizeof *root);
    root->path = "";
    vec_push(&import->modules, root);
    bool good = read_stack(&stack);
    close_template(&stack.before);
    close_template(&stack.after);
    vec_free(&stack.changes);
    vec_free(&stack.names);
    vec_free(&stack.parts);
    name_map_clear(&stack.numbers);
    name_map_clear(&stack.parts_by_key);
    name_map_clear(&stack.stand_in_numbers);
    return good;
}
