/* The values of a template's expressions: parameters, references, conditions. */
#include "import/cloudformation.h"

#include <string.h>

#define MOST_DEPTH 200
#define MOST_WORK 2000000

/* ---- references ---- */

static struct jtree *list_of_texts(struct template *template, const char *text) {
    struct jtree *list = jtree_list();
    while (*text != '\0') {
        text += strspn(text, " ");
        size_t length = strcspn(text, ",");
        size_t bare = length;
        while (bare > 0 && text[bare - 1] == ' ')
            bare--;
        jtree_add(list, jtree_text(arena_text(&template->import->arena, text, bare)));
        text += length + (text[length] == ',');
    }
    return list;
}

/* What conditions are taken to say of a parameter without a value. */
enum answer { IS_NOT, IS, OPEN };

static const char *question(struct template *template, const char *name, const char *value) {
    return arena_format(&template->import->arena, "%s\1%s", name, value);
}

static enum answer answer_to(struct template *template, const char *name, const struct jtree *value) {
    const char *text = jtree_string(value);
    uint32_t known = text == NULL ? NONE : name_map_get(&template->answers, question(template, name, text));
    return known == NONE ? OPEN : (enum answer)known;
}

static struct jtree *parameter_value(struct template *template, const char *name, const struct jtree *parameter) {
    const char *type = text_at(parameter, "Type");
    const struct jtree *given = jtree_get(template->given, name);
    if (given == NULL)
        given = jtree_get(parameter, "Default");
    if (type != NULL && strncmp(type, "AWS::SSM::", 10) == 0)
        return unknown_value(name);
    const struct jtree *allowed = jtree_get(parameter, "AllowedValues");
    size_t left = 0;
    for (size_t i = 0; given == NULL && i < jtree_count(allowed); i++)
        left += answer_to(template, name, jtree_at(allowed, i)) != IS_NOT;
    for (size_t i = 0; given == NULL && i < jtree_count(allowed); i++) {
        enum answer answer = answer_to(template, name, jtree_at(allowed, i));
        if (answer == IS || (answer == OPEN && (left == 1 || !template->in_condition)))
            given = jtree_at(allowed, i);
        if (given != NULL && answer == OPEN && left > 1 && jtree_string(given) != NULL)
            note(template->import, "parameter %s has no default: taken to be %.100s, the first of its allowed values",
                 name, jtree_string(given));
    }
    if (given == NULL || jtree_type(given) >= JTREE_LIST)
        return unknown_value(name);
    struct jtree *value = evaluate(template, given);
    bool is_list = type != NULL && (strncmp(type, "List<", 5) == 0 || strcmp(type, "CommaDelimitedList") == 0);
    if (!is_list || jtree_string(value) == NULL)
        return value;
    struct jtree *list = list_of_texts(template, jtree_string(value));
    jtree_free(value);
    return list;
}

static struct jtree *resource_value(struct template *template, const char *name, const char *attribute) {
    const struct jtree *body = jtree_get(jtree_get(template->tree, "Resources"), name);
    if (declared_at(template, name) == NULL) {
        if (body == NULL && !template->transforms)
            import_error(template->import, "there is no parameter or resource '%.100s' to refer to", name);
        return unknown_value(name);
    }
    name = arena_text(&template->import->arena, name, strlen(name));
    vec_push(&template->met, name);
    const char *type = text_at(body, "Type");
    const struct jtree *known = NULL;
    if (strcmp(attribute, "CidrBlock") == 0 ||
        (strcmp(attribute, "AvailabilityZone") == 0 && type != NULL && strcmp(type, "AWS::EC2::Subnet") == 0))
        known = jtree_get(jtree_get(body, "Properties"), attribute);
    if (known != NULL)
        return evaluate(template, known);
    if (strcmp(attribute, "SecondaryPrivateIpAddresses") == 0) {
        struct jtree *all = evaluate(template, jtree_get(jtree_get(body, "Properties"), "PrivateIpAddresses"));
        struct jtree *list = jtree_list();
        for (size_t i = 0; i < jtree_count(all); i++) {
            const char *primary = text_at(jtree_at(all, i), "Primary"), *text;
            const struct jtree *address = jtree_get(jtree_at(all, i), "PrivateIpAddress");
            if (primary != NULL && strcmp(primary, "true") == 0)
                continue;
            text = jtree_string(address) != NULL ? jtree_string(address) : marked_unknown(address);
            jtree_add(list, jtree_string(address) != NULL ? jtree_text(text)
                                                          : unknown_value(text == NULL ? "address" : text));
        }
        bool any = jtree_count(list) > 0;
        jtree_free(all);
        if (any)
            return list;
        jtree_free(list);
    }
    struct jtree *mark = jtree_object();
    jtree_put(mark, MARK_RESOURCE, jtree_text(name));
    jtree_put(mark, MARK_ATTRIBUTE, jtree_text(attribute));
    return mark;
}

static struct jtree *reference(struct template *template, const char *name) {
    static const struct {
        const char *name, *value;
    } known[] = {{"AWS::Region", "us-east-1"},
                 {"AWS::Partition", "aws"},
                 {"AWS::URLSuffix", "amazonaws.com"},
                 {"AWS::StackName", "stack"}};
    if (strcmp(name, "AWS::NoValue") == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strcmp(name, known[i].name) == 0) {
            if (i == 0 && template->in_condition)
                note(template->import, "conditions ask for AWS::Region: taken to be %s", known[i].value);
            return jtree_text(known[i].value);
        }
    if (strncmp(name, "AWS::", 5) == 0)
        return unknown_value(name);
    const struct jtree *parameter = jtree_get(jtree_get(template->tree, "Parameters"), name);
    return parameter != NULL ? parameter_value(template, name, parameter) : resource_value(template, name, "");
}

static struct jtree *attribute_value(struct template *template, const struct jtree *arguments) {
    const char *text = jtree_string(arguments), *dot = text == NULL ? NULL : strchr(text, '.');
    if (dot != NULL)
        return resource_value(template, arena_text(&template->import->arena, text, (size_t)(dot - text)), dot + 1);
    const char *name = jtree_string(jtree_at(arguments, 0));
    if (name == NULL || jtree_count(arguments) != 2) {
        import_error(template->import, "Fn::GetAtt needs a resource and an attribute");
        return NULL;
    }
    struct jtree *attribute = evaluate(template, jtree_at(arguments, 1));
    struct jtree *value =
        resource_value(template, name, jtree_string(attribute) == NULL ? "?" : jtree_string(attribute));
    jtree_free(attribute);
    return value;
}

/* ---- conditions ---- */

/* Is the value of this name, which is not given, that text?  Noted as what it is taken to be. */
static bool answer_open(struct template *template, const char *of, const char *name, const char *text) {
    enum { MOST_OPEN = 32 };
    struct import *import = template->import;
    const struct jtree *allowed = jtree_get(jtree_get(jtree_get(template->tree, "Parameters"), name), "AllowedValues");
    const char *key = question(template, name, text);
    uint32_t known = name_map_get(&template->answers, key);
    if (known != NONE)
        return known == IS;
    bool possible = jtree_count(allowed) == 0, result = false;
    for (size_t i = 0; i < jtree_count(allowed); i++) {
        const char *value = jtree_string(jtree_at(allowed, i));
        bool same = value != NULL && strcmp(value, text) == 0;
        possible |= same;
        result |= same && i == 0; /* what it is taken to be elsewhere */
    }
    if (!possible)
        return false;
    uint32_t number = name_map_get(&import->open_names, key);
    if (number == NONE) {
        number = (uint32_t)import->open_names.count;
        name_map_put(&import->open_names, key, number);
    }
    if (number < MOST_OPEN && (import->turned >> number & 1))
        result = !result;
    name_map_put(&template->answers, key, result ? IS : IS_NOT);
    note(import,
         result ? "condition %s asks for %s, which is not given: taken to be '%s'"
                : "condition %s asks for %s, which is not given: taken to be something else than '%s'",
         of, name, text);
    return result;
}

static bool holds(struct template *template, const char *of, const struct jtree *expression) {
    const struct jtree *arguments = NULL;
    const char *name = function_of(expression, &arguments);
    if (diags_failed(template->import->diags))
        return false;
    if (name == NULL || template->depth >= MOST_DEPTH) {
        import_error(template->import,
                     name == NULL ? "condition %.100s is none: expected Fn::Equals, Fn::And, Fn::Or, Fn::Not"
                                  : "condition %.100s is nested too deeply",
                     of);
        return false;
    }
    template->depth++;
    bool result = false;
    if (strcmp(name, "Condition") == 0) {
        result = jtree_string(arguments) != NULL && condition_holds(template, jtree_string(arguments));
    } else if (strcmp(name, "Fn::Not") == 0) {
        result = !holds(template, of, jtree_at(arguments, 0));
    } else if (strcmp(name, "Fn::And") == 0 || strcmp(name, "Fn::Or") == 0) {
        bool all = name[4] == 'A';
        result = all;
        for (size_t i = 0; i < jtree_count(arguments); i++)
            if (holds(template, of, jtree_at(arguments, i)) != all)
                result = !all;
    } else if (strcmp(name, "Fn::Equals") == 0 && jtree_count(arguments) == 2) {
        struct jtree *one = evaluate(template, jtree_at(arguments, 0)),
                     *other = evaluate(template, jtree_at(arguments, 1));
        const char *a = jtree_string(one), *b = jtree_string(other);
        const char *open = a == NULL ? marked_unknown(one) : marked_unknown(other);
        result = a != NULL && b != NULL && strcmp(a, b) == 0;
        if (open != NULL)
            result = answer_open(template, of, open, a != NULL ? a : b != NULL ? b : "?");
        jtree_free(one);
        jtree_free(other);
    } else {
        import_error(template->import, "condition %.100s: %.40s decides nothing here", of, name);
    }
    template->depth--;
    return result;
}

bool condition_holds(struct template *template, const char *name) {
    enum { DECIDING, FALSE, TRUE };
    uint32_t known = name_map_get(&template->conditions, name);
    const struct jtree *expression = jtree_get(jtree_get(template->tree, "Conditions"), name);
    if (known != NONE && template->verdicts.at[known] == DECIDING)
        import_error(template->import, "condition %.100s rests on itself", name);
    else if (known == NONE && expression == NULL)
        import_error(template->import, "there is no condition '%.100s'", name);
    if (known != NONE || expression == NULL)
        return known != NONE && template->verdicts.at[known] == TRUE;
    const char *kept = arena_text(&template->import->arena, name, strlen(name));
    uint32_t id = (uint32_t) template->verdicts.count;
    name_map_put(&template->conditions, kept, id);
    vec_push(&template->verdicts, DECIDING);
    bool outer = template->in_condition;
    template->in_condition = true;
    bool result = holds(template, kept, expression);
    template->in_condition = outer;
    template->verdicts.at[id] = result ? TRUE : FALSE;
    return result;
}

void decide_conditions(struct template *template) {
    const struct jtree *conditions = jtree_get(template->tree, "Conditions");
    for (const void *m = jtree_type(conditions) == JTREE_OBJECT ? jtree_next(conditions, NULL) : NULL; m != NULL;
         m = jtree_next(conditions, m))
        (void)condition_holds(template, jtree_name(m));
}

/* ---- values ---- */

static struct jtree *evaluate_parts(struct template *template, const struct jtree *value) {
    bool is_list = jtree_type(value) == JTREE_LIST;
    struct jtree *made = is_list ? jtree_list() : jtree_object();
    for (size_t i = 0; is_list && i < jtree_count(value); i++) {
        struct jtree *item = evaluate(template, jtree_at(value, i));
        if (item != NULL)
            jtree_add(made, item);
    }
    for (const void *m = jtree_next(value, NULL); !is_list && m != NULL; m = jtree_next(value, m)) {
        if (strncmp(jtree_name(m), "Fn::", 4) == 0) { /* beside other keys: its result would be merged with those */
            note(template->import, "%s is not carried out: what it makes is not followed", jtree_name(m));
            template->transforms = true;
            continue;
        }
        struct jtree *item = evaluate(template, jtree_value(m));
        if (item != NULL)
            jtree_put(made, jtree_name(m), item);
    }
    return made;
}

struct jtree *evaluate(struct template *template, const struct jtree *expression) {
    const struct jtree *arguments = NULL;
    const char *name = function_of(expression, &arguments);
    if (diags_failed(template->import->diags))
        return NULL;
    if (template->depth >= MOST_DEPTH || ++template->work > MOST_WORK) {
        import_error(template->import, "expressions are nested too deeply, or lead back to themselves");
        return NULL;
    }
    struct jtree *value = NULL;
    template->depth++;
    if (name != NULL && strcmp(name, "Ref") == 0 && jtree_string(arguments) == NULL)
        import_error(template->import, "Ref needs a name");
    else if (name != NULL && strcmp(name, "Ref") == 0)
        value = reference(template, jtree_string(arguments));
    else if (name != NULL && strcmp(name, "Fn::GetAtt") == 0)
        value = attribute_value(template, arguments);
    else if (name != NULL && strncmp(name, "Fn::", 4) == 0)
        value = call_function(template, name + 4, arguments);
    else if (jtree_type(expression) == JTREE_NUMBER)
        value = jtree_text(arena_format(&template->import->arena, "%lld", (long long)jtree_integer(expression)));
    else if (jtree_type(expression) == JTREE_BOOL)
        value = jtree_text(jtree_truth(expression) ? "true" : "false");
    else if (jtree_type(expression) == JTREE_TEXT)
        value = jtree_text(jtree_string(expression));
    else if (jtree_type(expression) >= JTREE_LIST)
        value = evaluate_parts(template, expression);
    template->depth--;
    return value;
}
