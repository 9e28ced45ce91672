#include "findings/apply_log.h"

#include <string.h>

static const struct plan_step *find_step(const struct report *report, const char *name, size_t length) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    for (size_t i = 0; i < rulebook->plan.count; i++)
        if (strncmp(rulebook->plan.at[i]->name, name, length) == 0 && rulebook->plan.at[i]->name[length] == '\0')
            return rulebook->plan.at[i];
    return NULL;
}

/* The binding of a choice ("instance: i"); NULL if it has none. */
static const struct binding *binding_of(const struct action *action, const char *choice) {
    for (size_t i = 0; i < action->choices.count; i++) {
        const char *name = action->choices.at[i]->name;
        if (strncmp(choice, name, strlen(name)) == 0 && choice[strlen(name)] == ':')
            return action->choices.at[i];
    }
    return NULL;
}

/* Is this object ("10.0.0.5") an argument of the call, whose choices begin at `end`?  Then nothing was chosen. */
static bool is_asked_for(const char *call, const char *end, const char *object, size_t length) {
    for (const char *at = strstr(call, ": "); at != NULL && at < end; at = strstr(at + 2, ": "))
        if (strncmp(at + 2, object, length) == 0 && strchr(",} )", at[2 + length]) != NULL)
            return true;
    return false;
}

/* Does this choice say nothing new: what the call makes, none, or what it asks for? */
static bool is_plain(const struct action *action, const char *call, const char *end, const char *choice,
                     size_t length) {
    const struct binding *binding = binding_of(action, choice);
    if (binding == NULL)
        return false;
    size_t name = strlen(binding->name) + 2; /* with ": " */
    if (binding->mode == BINDING_NEW || (length == name + 4 && strncmp(choice + name, "none", 4) == 0))
        return true;
    return binding->type->form == TYPE_REF && length > name && is_asked_for(call, end, choice + name, length - name);
}

/* "instance: web": the object as the user calls it. */
static const char *argument_words(struct report *report, const char *text, size_t length) {
    size_t name = strcspn(text, ":") + 2; /* with ": " */
    if (report->object == NULL || name >= length)
        return arena_text(&report->arena, text, length);
    const char *words = report->object(report->object_of, arena_text(&report->arena, text + name, length - name));
    return words == NULL ? arena_text(&report->arena, text, length)
                         : arena_format(&report->arena, "%.*s%s", (int)name, text, words);
}

/* What the service chose, from "call(... | instance: i, private_ip: none)", without what says nothing new. */
static const char *chosen(struct report *report, const struct action *action, const char *call) {
    const char *bar = strstr(call, " | "), *at = bar, *text = "";
    if (bar == NULL)
        return text;
    for (at += 3; *at != '\0' && *at != ')';) {
        size_t length = 0, depth = 0; /* a set has commas, too */
        while (at[length] != '\0' && (depth > 0 || (at[length] != ')' && strncmp(at + length, ", ", 2) != 0))) {
            depth += at[length] == '{';
            depth -= at[length] == '}' && depth > 0;
            length++;
        }
        if (!is_plain(action, call, bar, at, length))
            text = arena_format(&report->arena, "%s%s%s", text, *text != '\0' ? ", " : "",
                                argument_words(report, at, length));
        at += length;
        at += *at == ',' ? 2 : 0;
    }
    return *text == '\0' ? "" : arena_format(&report->arena, "; the service chooses %s", text);
}

/* ---- what happens by itself ---- */

static const struct action *find_event(const struct report *report, const char *name, size_t length) {
    const struct rulebook *rulebook = report->verification->system->rulebook;
    for (size_t i = 0; i < rulebook->actions.count; i++)
        if (strncmp(rulebook->actions.at[i]->name, name, length) == 0 && rulebook->actions.at[i]->name[length] == '\0')
            return rulebook->actions.at[i];
    return NULL;
}

/* The arguments of "event(interface: n | choice: c)"; of a single one the value is enough. */
static const char *event_arguments(struct report *report, const struct action *action, const char *at) {
    const char *text = "";
    while (*at != '\0' && *at != ')' && *at != ' ') {
        size_t length = 0, depth = 0; /* a set has commas, too */
        while (at[length] != '\0' && (depth > 0 || strchr(",)|", at[length]) == NULL)) {
            depth += at[length] == '{';
            depth -= at[length] == '}' && depth > 0;
            length++;
        }
        size_t end = length > 0 && at[length] == '|' ? length - 1 : length; /* without the blank */
        const char *words = argument_words(report, at, end);
        if (action->parameters.count == 1 && strstr(words, ": ") != NULL)
            words = strstr(words, ": ") + 2;
        text = arena_format(&report->arena, "%s%s%s", text, *text != '\0' ? ", " : ": ", words);
        at += length;
        at += strncmp(at, ", ", 2) == 0 ? 2 : 0;
        if (*at == '|')
            break;
    }
    return text;
}

/* "* launch_completes(instance: aws_instance_web)" is "(EC2) launch completes: aws_instance.web". */
static const char *event_words(struct report *report, const char *call) {
    size_t length = strcspn(call, "(");
    const struct action *action = find_event(report, call, length);
    if (action == NULL)
        return call;
    char *name = arena_text(&report->arena, call, length);
    for (char *at = name; *at != '\0'; at++)
        *at = *at == '_' ? ' ' : *at;
    const char *agent = report->is_import ? "EC2" : action->by == BY_ENVIRONMENT ? "event" : "service";
    return arena_format(&report->arena, "(%s) %s%s%s", agent, name,
                        event_arguments(report, action, call + length + (call[length] == '(')),
                        chosen(report, action, call));
}

/* ---- a line ---- */

struct log_line log_call(struct report *report, const char *call) {
    size_t length = strcspn(call, ":");
    bool is_event = strncmp(call, "* ", 2) == 0;
    const struct plan_step *step = is_event ? NULL : find_step(report, call, length);
    if (step != NULL) {
        const char *name = step->action->base->name;
        return (struct log_line){step,
                                 arena_format(&report->arena, "%s: %.*s%s", step_words(step),
                                              (int)(report->is_import ? strcspn(name, "_") : strlen(name)), name,
                                              chosen(report, step->action, call)),
                                 false};
    }
    length = strlen(call);
    if (is_event && length > 9 && strcmp(call + length - 7, "_done()") == 0)
        step = find_step(report, call + 2, length - 9);
    if (step != NULL)
        return (struct log_line){step, arena_format(&report->arena, "%s: done", step_words(step)), false};
    return (struct log_line){NULL, is_event ? event_words(report, call + 2) : call, false};
}
