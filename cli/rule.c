#include "cli/rule.h"

#include <string.h>
#include <unistd.h>

#include "model/print.h"

void rules_collect(const struct rulebook *rulebook, rule_list *rules) {
    for (size_t a = 0; a < rulebook->actions.count; a++) {
        const struct action *action = rulebook->actions.at[a];
        vec_push(rules, ((struct rule){"action", action->name, &action->origin, NULL, NULL, action, NULL}));
        for (size_t k = 0; k < action->checks.count; k++)
            vec_push(rules, ((struct rule){"check", action->name, &action->checks.at[k].origin, &action->checks.at[k],
                                           NULL, action, NULL}));
        for (size_t k = 0; k < action->effects.count; k++)
            vec_push(rules, ((struct rule){"effect", action->name, &action->effects.at[k].origin, NULL,
                                           action->effects.at[k].effect, action, NULL}));
    }
    for (size_t p = 0; p < rulebook->properties.count; p++) {
        const struct property *property = rulebook->properties.at[p];
        vec_push(rules, ((struct rule){"property", NULL, &property->origin, NULL, NULL, NULL, property}));
    }
}

const char *or_dash(const char *text) { return text == NULL ? "-" : text; }

/* A path below the current folder is shown as one from there. */
static const char *shown_path(const char *path) {
    char folder[4096];
    size_t length = getcwd(folder, sizeof folder) != NULL ? strlen(folder) : 0;
    bool is_below = length > 1 && strncmp(path, folder, length) == 0 && path[length] == '/';
    return is_below ? path + length + 1 : path;
}

static const char *rule_file(const struct rule *rule, const struct diags *diags) {
    uint32_t file = rule->origin->span.file;
    return file < diags->files.count ? shown_path(diags->files.at[file].path) : NULL;
}

/* "eni", "optional address", "0..31", "a | b". */
static const char *type_words(struct rulebook *rulebook, const struct type *type) {
    const char *text = "";
    switch (type->form) {
    case TYPE_BOOL:
        return "bool";
    case TYPE_INT:
        return arena_format(&rulebook->arena, "%d..%d", type->low, type->high);
    case TYPE_ENUM:
        for (size_t i = 0; i < type->enumeration->count; i++)
            text = arena_format(&rulebook->arena, "%s%s%s", text, i > 0 ? " | " : "", type->enumeration->values[i]);
        return text;
    case TYPE_REF:
        return type->optional ? arena_format(&rulebook->arena, "optional %s", type->kind->name) : type->kind->name;
    case TYPE_SET:
        return arena_format(&rulebook->arena, "set of %s", type->kind->name);
    case TYPE_MAP:
    case TYPE_ACTION:
        break;
    }
    return "map";
}

void rule_print(struct rulebook *rulebook, const struct rule *rule, const struct diags *diags, FILE *out) {
    fprintf(out, "%s: %s", rule->origin->id, rule->kind);
    if (rule->operation != NULL)
        fprintf(out, " of %s", rule->operation);
    fputc('\n', out);
    if (rule->origin->about != NULL)
        fprintf(out, "  %s\n", rule->origin->about);
    if (rule->check != NULL) {
        fputs("  The call is accepted only if ", out);
        print_term(rulebook, rule->check->require, out);
        fprintf(out, ";\n  otherwise the response is %s", rule->check->codes[0]);
        for (size_t i = 1; i < rule->check->code_count; i++)
            fprintf(out, " or %s", rule->check->codes[i]);
        fprintf(out, ".\n  Its order against the checks before it is %s.\n", order_text(rule->check->order));
    } else if (rule->effect != NULL) {
        fputs("  When the call is accepted: ", out);
        print_effect(rulebook, rule->effect, out);
        fputc('\n', out);
    } else if (rule->property != NULL && rule->property->term != NULL) {
        fprintf(out, "  %s: ", property_form_text(rule->property->form));
        print_term(rulebook, rule->property->term, out);
        fputc('\n', out);
    } else if (rule->action != NULL) {
        for (size_t i = 0; i < rule->action->parameters.count; i++)
            fprintf(out, "  parameter %s: %s\n", rule->action->parameters.at[i]->name,
                    type_words(rulebook, rule->action->parameters.at[i]->type));
        if (rule->action->failure != NULL)
            fprintf(out, "  What a call began ends with %s.\n", rule->action->failure->codes[0]);
        fprintf(out, "  by the %s; %zu checks, %zu effects\n", agent_text(rule->action->by), rule->action->checks.count,
                rule->action->effects.count);
    }
    fprintf(out, "  source: %s\n  confidence: %s\n", or_dash(rule->origin->source),
            or_dash(confidence_text(rule->origin->confidence)));
    if (rule->origin->capability != NULL)
        fprintf(out, "  needs: %s\n", rule->origin->capability);
    if (rule_file(rule, diags) != NULL)
        fprintf(out, "  in %s:%u\n", rule_file(rule, diags), rule->origin->span.line);
}

/* What a check demands or a property says. */
static struct jtree *condition_json(struct rulebook *rulebook, const struct rule *rule) {
    const struct term *term = rule->check != NULL      ? rule->check->require
                              : rule->property != NULL ? rule->property->term
                                                       : NULL;
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = term != NULL ? open_memstream(&text, &bytes) : NULL;
    if (out == NULL)
        return jtree_null();
    print_term(rulebook, term, out);
    fclose(out);
    struct jtree *condition = jtree_text(text);
    free(text);
    return condition;
}

struct jtree *rule_json(struct rulebook *rulebook, const struct rule *rule, const struct diags *diags) {
    struct jtree *object = jtree_object(), *codes = jtree_list();
    const struct check *check = strcmp(rule->kind, "action") == 0 ? rule->action->failure : rule->check;
    for (size_t i = 0; check != NULL && i < check->code_count; i++)
        jtree_add(codes, jtree_text(check->codes[i]));
    jtree_put(object, "id", jtree_text(rule->origin->id));
    jtree_put(object, "kind", jtree_text(rule->kind));
    jtree_put(object, "operation", jtree_text(rule->operation));
    jtree_put(object, "code", jtree_text(check != NULL ? check->codes[0] : NULL));
    jtree_put(object, "codes", codes);
    jtree_put(object, "order", jtree_text(rule->check != NULL ? order_text(rule->check->order) : NULL));
    jtree_put(object, "condition", condition_json(rulebook, rule));
    jtree_put(object, "source", jtree_text(rule->origin->source));
    jtree_put(object, "confidence", jtree_text(confidence_text(rule->origin->confidence)));
    jtree_put(object, "capability", jtree_text(rule->origin->capability));
    jtree_put(object, "about", jtree_text(rule->origin->about));
    jtree_put(object, "file", jtree_text(rule_file(rule, diags)));
    jtree_put(object, "line", jtree_number(rule->origin->span.line));
    return object;
}
