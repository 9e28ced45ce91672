#include "model/print.h"

#include <string.h>

/* ---- values ---- */

const char *print_value(struct rulebook *rulebook, const struct type *type, const int32_t *values) {
    if (type->form != TYPE_SET && type->form != TYPE_MAP)
        return value_text(rulebook, type, values[0]);
    bool is_set = type->form == TYPE_SET;
    const char *text = is_set ? "{" : "[", *separator = "";
    for (uint32_t i = 0; i < type_width(type); i++) {
        if (is_set && !values[i])
            continue;
        const char *item = is_set ? type->kind->objects.at[i].name : value_text(rulebook, type->value, values[i]);
        text = arena_format(&rulebook->arena, "%s%s%s", text, separator, item);
        separator = ", ";
    }
    return arena_format(&rulebook->arena, "%s%s", text, is_set ? "}" : "]");
}

const char *print_call(struct rulebook *rulebook, const struct action *action, const int32_t *arguments,
                       bool with_choices) {
    const char *text = "", *separator = "";
    const char *process = NULL;
    if (action->process != NULL) /* its object is the first parameter */
        process = print_value(rulebook, action->parameters.at[0]->type, arguments++);
    for (size_t i = process != NULL; i < action->parameters.count; i++) {
        const struct binding *binding = action->parameters.at[i];
        text = arena_format(&rulebook->arena, "%s%s%s: %s", text, separator, binding->name,
                            print_value(rulebook, binding->type, arguments));
        arguments += binding->width;
        separator = ", ";
    }
    if (with_choices && action->choices.count > 0)
        separator = action->parameters.count > 0 ? " | " : "| ";
    for (size_t i = 0; with_choices && i < action->choices.count; i++) {
        const struct binding *binding = action->choices.at[i];
        text = arena_format(&rulebook->arena, "%s%s%s: %s", text, separator, binding->name,
                            print_value(rulebook, binding->type, arguments));
        arguments += binding->width;
        separator = ", ";
    }
    if (process != NULL && action->called != NULL)
        return arena_format(&rulebook->arena, "%s.%s: %s(%s)%s%s", process, action->label, action->called->name, text,
                            action->answer != NULL ? " -> " : "", action->answer != NULL ? action->answer : "");
    if (process != NULL)
        return arena_format(&rulebook->arena, "%s%s%s: %s", process, action->label != NULL ? "." : "",
                            action->label != NULL ? action->label : "", action->answer);
    if (action->base != action && action->base != NULL) /* a step of a plan */
        return arena_format(&rulebook->arena, "%s: %s(%s)", action->name, action->base->name, text);
    return arena_format(&rulebook->arena, "%s(%s)", action->name, text);
}

void print_changes(const struct rulebook *rulebook, const int32_t *before, const int32_t *after, change_list *changes) {
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        if (kind == rulebook->step_kind) /* the steps of the trace themselves say it */
            continue;
        for (uint32_t o = 0; o < kind->objects.count; o++)
            for (size_t f = 0; f < kind->fields.count; f++) {
                const struct field *field = kind->fields.at[f];
                uint32_t at = kind->state_base + o * kind->state_width + field->offset;
                if (!field->is_constant && field->width > 0 &&
                    memcmp(before + at, after + at, field->width * sizeof *before) != 0)
                    vec_push(changes, ((struct change){field, o, before + at, after + at}));
            }
    }
}

/* ---- terms ---- */

static void print_args(struct rulebook *rulebook, const struct term *term, FILE *out) {
    for (size_t i = 0; i < term->arg_count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_term(rulebook, term->args[i], out);
    }
}

static void print_domain(struct rulebook *rulebook, const struct domain *domain, FILE *out) {
    if (domain->set != NULL)
        print_term(rulebook, domain->set, out);
    else if (domain->type->form == TYPE_REF)
        fputs(domain->type->kind->name, out);
    else if (domain->type->form == TYPE_ENUM)
        fputs(domain->type->enumeration->name, out);
    else
        fprintf(out, "%d..%d", domain->type->low, domain->type->high);
}

static void print_binder(struct rulebook *rulebook, const struct term *term, FILE *out) {
    bool parentheses = term->op == TERM_COUNT || term->op == TERM_SUM || term->op == TERM_THE;
    fprintf(out, "%s%s%s in ", term_op_text(term->op), parentheses ? "(" : " ", term->name);
    print_domain(rulebook, &term->domain, out);
    if (term->args[1] != NULL) {
        fputs(" where ", out);
        print_term(rulebook, term->args[1], out);
    }
    fputs(": ", out);
    print_term(rulebook, term->args[0], out);
    fputs(parentheses ? ")" : "", out);
}

void print_term(struct rulebook *rulebook, const struct term *term, FILE *out) {
    switch (term->op) {
    case TERM_NUMBER:
        fprintf(out, "%d", term->value);
        break;
    case TERM_BOOL:
    case TERM_ENUM:
    case TERM_OBJECT:
        fputs(value_text(rulebook, term->type, term->value), out);
        break;
    case TERM_NONE:
    case TERM_ACTION:
        fputs(term_op_text(term->op), out);
        break;
    case TERM_NAME:
    case TERM_LOCAL:
    case TERM_ACTION_NAME:
    case TERM_LET:
        fputs(term->op == TERM_LET ? term->binding->name : term->name, out);
        break;
    case TERM_FIELD:
        print_term(rulebook, term->args[0], out);
        fprintf(out, ".%s", term->name);
        break;
    case TERM_INDEX:
        print_term(rulebook, term->args[0], out);
        fputc('[', out);
        print_term(rulebook, term->args[1], out);
        fputc(']', out);
        break;
    case TERM_CALL:
    case TERM_MIN:
    case TERM_MAX:
        fprintf(out, "%s(", term->op == TERM_CALL ? term->name : term_op_text(term->op));
        print_args(rulebook, term, out);
        fputc(')', out);
        break;
    case TERM_SET:
        fputc('{', out);
        print_args(rulebook, term, out);
        fputc('}', out);
        break;
    case TERM_OLD:
    case TERM_NOT:
    case TERM_NEGATE:
        fprintf(out, "%s%s", term_op_text(term->op), term->op == TERM_NEGATE ? "" : " ");
        print_term(rulebook, term->args[0], out);
        break;
    case TERM_IF:
        fputs("(if ", out);
        print_term(rulebook, term->args[0], out);
        fputs(" then ", out);
        print_term(rulebook, term->args[1], out);
        fputs(" else ", out);
        print_term(rulebook, term->args[2], out);
        fputc(')', out);
        break;
    case TERM_FORALL:
    case TERM_EXISTS:
    case TERM_UNIQUE:
    case TERM_COUNT:
    case TERM_SUM:
    case TERM_THE:
        fputc('(', out);
        print_binder(rulebook, term, out);
        fputc(')', out);
        break;
    case TERM_AND:
    case TERM_OR:
    case TERM_IMPLIES:
    case TERM_IFF:
    case TERM_EQ:
    case TERM_NE:
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE:
    case TERM_IN:
    case TERM_ADD:
    case TERM_SUB:
    case TERM_MUL:
    case TERM_DIV:
    case TERM_MOD:
        fputc('(', out);
        print_term(rulebook, term->args[0], out);
        fprintf(out, " %s ", term_op_text(term->op));
        print_term(rulebook, term->args[1], out);
        fputc(')', out);
        break;
    }
}

/* ---- stages ---- */

static void print_type(struct rulebook *rulebook, const struct type *type, FILE *out) {
    switch (type->form) {
    case TYPE_BOOL:
        fputs("bool", out);
        break;
    case TYPE_INT:
        fprintf(out, "%d..%d", type->low, type->high);
        break;
    case TYPE_ENUM:
        for (size_t i = 0; i < type->enumeration->count; i++)
            fprintf(out, "%s%s", i > 0 ? " | " : "", type->enumeration->values[i]);
        break;
    case TYPE_REF:
        fprintf(out, "%s%s", type->optional ? "optional " : "", type->kind->name);
        break;
    case TYPE_SET:
        fprintf(out, "set of %s", type->kind->name);
        break;
    case TYPE_MAP:
        fputs("map ", out);
        print_type(rulebook, type->key, out);
        fputs(" to ", out);
        print_type(rulebook, type->value, out);
        break;
    case TYPE_ACTION:
        fputs("action", out);
        break;
    }
}

void print_effect(struct rulebook *rulebook, const struct effect *effect, FILE *out) {
    if (effect->form == EFFECT_ASSIGN) {
        print_term(rulebook, effect->target, out);
        fputs(" := ", out);
        print_term(rulebook, effect->value, out);
        return;
    }
    if (effect->form == EFFECT_FOR) {
        fprintf(out, "for %s in ", effect->name);
        print_domain(rulebook, &effect->domain, out);
        if (effect->condition != NULL) {
            fputs(" where ", out);
            print_term(rulebook, effect->condition, out);
        }
        fputs(": (", out);
    } else if (effect->condition != NULL) {
        fputs("if ", out);
        print_term(rulebook, effect->condition, out);
        fputs(" then (", out);
    }
    for (size_t i = 0; i < effect->body_count; i++) {
        fputs(i > 0 ? "; " : "", out);
        print_effect(rulebook, effect->body[i], out);
    }
    if (effect->otherwise_count > 0)
        fputs(") else (", out);
    for (size_t i = 0; i < effect->otherwise_count; i++) {
        fputs(i > 0 ? "; " : "", out);
        print_effect(rulebook, effect->otherwise[i], out);
    }
    fputs(effect->form == EFFECT_FOR || effect->condition != NULL ? ")" : "", out);
}

static void print_condition(struct rulebook *rulebook, const char *what, const struct term *term, FILE *out) {
    if (term == NULL)
        return;
    fprintf(out, "  %s ", what);
    print_term(rulebook, term, out);
    fputc('\n', out);
}

static void print_action(struct rulebook *rulebook, const struct action *action, FILE *out) {
    fprintf(out, "action %s by %s%s\n", action->name, agent_text(action->by),
            action->is_allowed ? "" : " (not allowed here)");
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < (pass == 0 ? action->parameters.count : action->choices.count); i++) {
            const struct binding *binding = pass == 0 ? action->parameters.at[i] : action->choices.at[i];
            static const char *const modes[] = {"parameter", "choice", "new", "let"};
            fprintf(out, "  %s %s in ", modes[binding->mode], binding->name);
            print_type(rulebook, binding->type, out);
            if (binding->term != NULL) {
                fputs(" where ", out);
                print_term(rulebook, binding->term, out);
            }
            fputc('\n', out);
        }
    for (size_t i = 0; i < action->lets.count; i++) {
        fprintf(out, "  let %s = ", action->lets.at[i]->name);
        print_term(rulebook, action->lets.at[i]->term, out);
        fputc('\n', out);
    }
    print_condition(rulebook, "where", action->where, out);
    print_condition(rulebook, "allow", action->allow, out);
    print_condition(rulebook, "when", action->when, out);
    for (size_t i = 0; i < action->checks.count; i++) {
        const struct check *check = &action->checks.at[i];
        fprintf(out, "  check %s: ", check->origin.id);
        print_term(rulebook, check->require, out);
        fprintf(out, " else %s", check->codes[0]);
        for (size_t j = 1; j < check->code_count; j++)
            fprintf(out, " or %s", check->codes[j]);
        fputc('\n', out);
    }
    for (size_t i = 0; i < action->effects.count; i++) {
        fprintf(out, "  effect %s: ", action->effects.at[i].origin.id);
        print_effect(rulebook, action->effects.at[i].effect, out);
        fputc('\n', out);
    }
}

void print_rulebook(struct rulebook *rulebook, FILE *out) {
    for (size_t i = 0; i < rulebook->constants.count; i++)
        fprintf(out, "constant %s = %d\n", rulebook->constants.at[i]->name, rulebook->constants.at[i]->value);
    for (size_t k = 0; k < rulebook->kinds.count; k++) {
        const struct kind *kind = rulebook->kinds.at[k];
        fprintf(out, "kind %s: %zu object%s\n", kind->name, kind->objects.count, kind->objects.count == 1 ? "" : "s");
        for (size_t f = 0; f < kind->fields.count; f++) {
            const struct field *field = kind->fields.at[f];
            fprintf(out, "  %s %s: ", field->is_constant ? "constant" : "state", field->name);
            print_type(rulebook, field->type, out);
            fputc('\n', out);
        }
    }
    for (size_t i = 0; i < rulebook->actions.count; i++)
        print_action(rulebook, rulebook->actions.at[i], out);
    for (size_t i = 0; i < rulebook->properties.count; i++) {
        const struct property *property = rulebook->properties.at[i];
        fprintf(out, "property %s: %s\n", property->name, property_form_text(property->form));
        print_condition(rulebook, "from", property->from, out);
        print_condition(rulebook, "", property->term, out);
    }
}

static bool prints_infix(enum op op) {
    return op == OP_AND || op == OP_OR || op == OP_EQ || op == OP_LE || op == OP_ADD || op == OP_MUL || op == OP_DIV ||
           op == OP_MOD;
}

static const char *const_text(const struct system *system, const struct expr *node, const struct expr *beside) {
    if (node->is_bool)
        return node->payload ? "true" : "false";
    if (beside != NULL && (beside->op == OP_VAR || beside->op == OP_NEXT)) {
        const struct field *field = system->vars.at[beside->payload].field;
        return value_text(system->rulebook, type_element(system->rulebook, field->type), node->payload);
    }
    return arena_format(&system->rulebook->arena, "%d", node->payload);
}

void print_expr(const struct system *system, expr_id id, FILE *out) {
    const struct exprs *exprs = &system->exprs;
    const struct expr *node = expr_get(exprs, id);
    const expr_id *args = expr_args(exprs, id);
    if (node->op == OP_CONST) {
        fputs(const_text(system, node, NULL), out);
    } else if (node->op == OP_VAR || node->op == OP_NEXT) {
        fprintf(out, "%s%s", node->op == OP_NEXT ? "next " : "", system->vars.at[node->payload].name);
    } else if (prints_infix((enum op)node->op)) {
        fputc('(', out);
        for (uint32_t i = 0; i < node->count; i++) {
            if (i > 0)
                fprintf(out, " %s ", op_text((enum op)node->op));
            if (node->count == 2 && expr_get(exprs, args[i])->op == OP_CONST)
                fputs(const_text(system, expr_get(exprs, args[i]), expr_get(exprs, args[1 - i])), out);
            else
                print_expr(system, args[i], out);
        }
        fputc(')', out);
    } else {
        fprintf(out, "%s(", op_text((enum op)node->op));
        for (uint32_t i = 0; i < node->count; i++) {
            fputs(i > 0 ? ", " : "", out);
            print_expr(system, args[i], out);
        }
        fputc(')', out);
    }
}

void print_system(const struct system *system, FILE *out) {
    struct rulebook *rulebook = system->rulebook;
    for (size_t i = 0; i < system->vars.count; i++) {
        const struct system_var *var = &system->vars.at[i];
        const struct type *type = type_element(rulebook, var->field->type);
        fprintf(out, "var %s: %s..%s, initially %s\n", var->name, value_text(rulebook, type, var->low),
                value_text(rulebook, type, var->high), value_text(rulebook, type, var->initial));
    }
    for (transition_id t = 0; t < system->transitions.count; t++) {
        const struct system_transition *transition = &system->transitions.at[t];
        fprintf(out, "transition %s\n  guard ",
                print_call(rulebook, system_action(system, t), system->arguments.at + transition->arguments, true));
        print_expr(system, transition->guard, out);
        fputc('\n', out);
        for (uint32_t i = 0; i < transition->update_count; i++) {
            const struct system_update *update = &system->updates.at[transition->first_update + i];
            int32_t constant;
            fprintf(out, "  %s := ", system->vars.at[update->var].name);
            if (expr_is_const(&system->exprs, update->value, &constant))
                fputs(value_text(rulebook, type_element(rulebook, system->vars.at[update->var].field->type), constant),
                      out);
            else
                print_expr(system, update->value, out);
            fputc('\n', out);
        }
    }
    for (size_t i = 0; i < system->obligations.count; i++) {
        fprintf(out, "obligation (line %u): never %s\n  ", system->obligations.at[i].span.line,
                system->obligations.at[i].text);
        print_expr(system, system->obligations.at[i].holds, out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < system->properties.count; i++) {
        fprintf(out, "property %s: ", system->properties.at[i].property->name);
        print_expr(system, system->properties.at[i].holds, out);
        fputc('\n', out);
    }
}

void print_layout(const struct system *system, FILE *out) {
    struct layout layout;
    layout_init(&layout, system);
    fprintf(out, "%u bits in %u word%s\n", layout.bits, layout.words, layout.words == 1 ? "" : "s");
    for (size_t i = 0; i < system->vars.count; i++)
        fprintf(out, "word %u, bit %2u, %2u bit%s: %s\n", layout.places[i].word, layout.places[i].shift,
                layout.places[i].bits, layout.places[i].bits == 1 ? " " : "s", system->vars.at[i].name);
    layout_clear(&layout);
}
