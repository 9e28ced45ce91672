/* Recursive-descent parser; the grammar is in specs/README.md. */
#include "model/lexer.h"

static struct term *new_term(struct parser *parser, enum term_op op, size_t start, size_t arg_count) {
    struct term *term = arena_alloc(parser->syntax->arena, sizeof *term);
    term->op = op;
    term->span = lexer_span_from(parser, start);
    term->arg_count = arg_count;
    term->args = arena_alloc(parser->syntax->arena, (arg_count + 1) * sizeof *term->args);
    return term;
}

static struct term *new_pair(struct parser *parser, enum term_op op, size_t start, struct term *a, struct term *b) {
    struct term *term = new_term(parser, op, start, 2);
    term->args[0] = a;
    term->args[1] = b;
    return term;
}

static struct term *parse_term(struct parser *parser);
static struct term *parse_sum(struct parser *parser);

static int32_t read_number(struct parser *parser) {
    int64_t value = 0;
    for (size_t i = 0; i < parser->length && value <= LIMIT_INTEGER; i++)
        value = value * 10 + (parser->text->text[parser->start + i] - '0');
    if (value > LIMIT_INTEGER)
        lexer_fail(parser, "a number of at most 1000000000");
    else
        lexer_advance(parser);
    return (int32_t)value;
}

/* kind | low..high | set-valued term */
static void parse_domain(struct parser *parser, struct domain *domain) {
    struct term *first = parse_sum(parser);
    if (lexer_accept(parser, "..")) {
        domain->low = first;
        domain->high = parse_sum(parser);
    } else if (first != NULL && first->op == TERM_NAME) {
        domain->name = first;
    } else {
        domain->set = first;
    }
}

/* x in domain [where condition] {, y in domain [where condition]} : body   -- several variables nest */
static struct term *parse_binder_rest(struct parser *parser, enum term_op op, size_t start) {
    struct term *outer = NULL, *inner = NULL;
    do {
        struct term *term = new_term(parser, op, start, 2);
        term->arg_count = 1;
        term->name = lexer_read_name(parser, "the name of a variable");
        lexer_expect(parser, "in", "'in'");
        parse_domain(parser, &term->domain);
        if (lexer_accept(parser, "where"))
            term->args[1] = parse_term(parser);
        if (inner != NULL)
            inner->args[0] = term;
        else
            outer = term;
        inner = term;
    } while (!parser->failed && lexer_accept(parser, ","));
    if (outer != inner && (op == TERM_UNIQUE || op == TERM_THE))
        lexer_fail(parser, "one variable after 'unique' and 'the'");
    lexer_expect(parser, ":", "':' and the body of the quantifier");
    inner->args[0] = parse_term(parser);
    for (struct term *term = outer; term != NULL && term != inner; term = term->args[0]) {
        term->span = lexer_span_from(parser, start);
        if (op == TERM_COUNT) /* the number of pairs is a sum of numbers */
            term->op = TERM_SUM;
    }
    inner->span = lexer_span_from(parser, start);
    return outer;
}

static struct term *parse_binder(struct parser *parser, enum term_op op, size_t start, bool in_parentheses) {
    if (in_parentheses)
        lexer_expect(parser, "(", "'('");
    struct term *term = parse_binder_rest(parser, op, start);
    if (in_parentheses) {
        lexer_expect(parser, ")", "')'");
        term->span = lexer_span_from(parser, start);
    }
    return term;
}

static struct term *parse_list(struct parser *parser, enum term_op op, size_t start, const char *closing) {
    VEC(struct term *) items = {0};
    if (!lexer_is(parser, closing))
        do
            vec_push(&items, parse_term(parser));
        while (!parser->failed && lexer_accept(parser, ","));
    lexer_expect(parser, closing, closing[0] == '}' ? "',' or '}'" : "',' or ')'");
    struct term *term = new_term(parser, op, start, items.count);
    for (size_t i = 0; i < items.count; i++)
        term->args[i] = items.at[i];
    vec_free(&items);
    return term;
}

static struct term *parse_name(struct parser *parser, size_t start) {
    const char *name = lexer_text(parser);
    bool quoted = parser->token == T_QUOTED;
    lexer_advance(parser);
    struct term *term;
    if (!quoted && lexer_accept(parser, "("))
        term = parse_list(parser, TERM_CALL, start, ")");
    else
        term = new_term(parser, TERM_NAME, start, 0);
    term->name = name;
    return term;
}

static struct term *parse_word(struct parser *parser, size_t start) {
    static const struct {
        const char *word;
        enum term_op op;
    } binders[] = {{"count", TERM_COUNT}, {"sum", TERM_SUM}, {"the", TERM_THE}},
      pairs[] = {{"min", TERM_MIN}, {"max", TERM_MAX}};
    for (size_t i = 0; i < ARRAY_SIZE(binders); i++)
        if (lexer_accept(parser, binders[i].word))
            return parse_binder(parser, binders[i].op, start, true);
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        if (lexer_accept(parser, pairs[i].word)) {
            lexer_expect(parser, "(", "'('");
            struct term *first = parse_term(parser);
            lexer_expect(parser, ",", "','");
            struct term *second = parse_term(parser);
            lexer_expect(parser, ")", "')'");
            return new_pair(parser, pairs[i].op, start, first, second);
        }
    if (lexer_is(parser, "true") || lexer_is(parser, "false")) {
        int32_t value = lexer_is(parser, "true");
        lexer_advance(parser);
        struct term *term = new_term(parser, TERM_BOOL, start, 0);
        term->value = value;
        return term;
    }
    if (lexer_accept(parser, "none"))
        return new_term(parser, TERM_NONE, start, 0);
    if (lexer_accept(parser, "action"))
        return new_term(parser, TERM_ACTION, start, 0);
    lexer_fail(parser, "a value or condition");
    return NULL;
}

static struct term *parse_primary(struct parser *parser) {
    size_t start = parser->start;
    if (parser->token == T_NUMBER) {
        int32_t value = read_number(parser);
        struct term *term = new_term(parser, TERM_NUMBER, start, 0);
        term->value = value;
        return term;
    }
    if (lexer_is_free_name(parser))
        return parse_name(parser, start);
    if (parser->token == T_NAME)
        return parse_word(parser, start);
    if (lexer_accept(parser, "(")) {
        struct term *term = parse_term(parser);
        lexer_expect(parser, ")", "')'");
        return term;
    }
    if (lexer_accept(parser, "{"))
        return parse_list(parser, TERM_SET, start, "}");
    lexer_fail(parser, "a value or condition");
    return NULL;
}

static struct term *parse_postfix(struct parser *parser) {
    size_t start = parser->start;
    struct term *term = parse_primary(parser);
    while (!parser->failed) {
        if (lexer_accept(parser, ".")) {
            struct term *base = term;
            const char *name = lexer_read_name(parser, "the name of a field");
            term = new_term(parser, TERM_FIELD, start, 1);
            term->args[0] = base;
            term->name = name;
        } else if (lexer_accept(parser, "[")) {
            struct term *key = parse_term(parser);
            lexer_expect(parser, "]", "']'");
            term = new_pair(parser, TERM_INDEX, start, term, key);
        } else {
            break;
        }
    }
    return term;
}

static struct term *parse_unary(struct parser *parser) {
    size_t start = parser->start;
    enum term_op op = lexer_is(parser, "old") ? TERM_OLD : TERM_NEGATE;
    if (!lexer_is(parser, "old") && !lexer_is(parser, "-"))
        return parse_postfix(parser);
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        lexer_fail(parser, "an expression nested less deeply");
        return NULL;
    }
    lexer_advance(parser);
    struct term *arg = parse_unary(parser);
    parser->depth--;
    struct term *term = new_term(parser, op, start, 1);
    term->args[0] = arg;
    return term;
}

struct binary {
    const char *spelling;
    enum term_op op;
};

static struct term *parse_left(struct parser *parser, const struct binary *operators, size_t count,
                               struct term *(*operand)(struct parser *)) {
    size_t start = parser->start;
    struct term *left = operand(parser);
    for (size_t i = 0; i < count && !parser->failed;)
        if (lexer_accept(parser, operators[i].spelling)) {
            left = new_pair(parser, operators[i].op, start, left, operand(parser));
            left->span = lexer_span_from(parser, start);
            i = 0;
        } else {
            i++;
        }
    return left;
}

static struct term *parse_product(struct parser *parser) {
    static const struct binary operators[] = {{"*", TERM_MUL}, {"/", TERM_DIV}, {"%", TERM_MOD}};
    return parse_left(parser, operators, ARRAY_SIZE(operators), parse_unary);
}

static struct term *parse_sum(struct parser *parser) {
    static const struct binary operators[] = {{"+", TERM_ADD}, {"-", TERM_SUB}};
    return parse_left(parser, operators, ARRAY_SIZE(operators), parse_product);
}

static struct term *parse_comparison(struct parser *parser) {
    static const struct binary operators[] = {{"==", TERM_EQ}, {"!=", TERM_NE}, {"<", TERM_LT}, {"<=", TERM_LE},
                                              {">", TERM_GT},  {">=", TERM_GE}, {"in", TERM_IN}};
    size_t start = parser->start;
    struct term *left = parse_sum(parser);
    for (size_t i = 0; i < ARRAY_SIZE(operators) && !parser->failed; i++)
        if (lexer_accept(parser, operators[i].spelling)) {
            left = new_pair(parser, operators[i].op, start, left, parse_sum(parser));
            left->span = lexer_span_from(parser, start);
            for (size_t j = 0; j < ARRAY_SIZE(operators); j++)
                if (lexer_is(parser, operators[j].spelling))
                    lexer_fail(parser, "'and' between two comparisons");
            break;
        }
    return left;
}

static struct term *parse_not(struct parser *parser) {
    size_t start = parser->start;
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        lexer_fail(parser, "an expression nested less deeply");
        return NULL;
    }
    struct term *term;
    if (lexer_accept(parser, "not")) {
        struct term *arg = parse_not(parser);
        term = new_term(parser, TERM_NOT, start, 1);
        term->args[0] = arg;
    } else if (lexer_accept(parser, "forall")) {
        term = parse_binder(parser, TERM_FORALL, start, false);
    } else if (lexer_accept(parser, "exists")) {
        enum term_op op = lexer_accept(parser, "unique") ? TERM_UNIQUE : TERM_EXISTS;
        term = parse_binder(parser, op, start, false);
    } else if (lexer_accept(parser, "if")) {
        struct term *condition = parse_term(parser);
        lexer_expect(parser, "then", "'then'");
        struct term *yes = parse_term(parser);
        lexer_expect(parser, "else", "'else'");
        struct term *no = parse_term(parser);
        term = new_term(parser, TERM_IF, start, 3);
        term->args[0] = condition;
        term->args[1] = yes;
        term->args[2] = no;
    } else {
        term = parse_comparison(parser);
    }
    parser->depth--;
    return term;
}

static struct term *parse_and(struct parser *parser) {
    static const struct binary operators[] = {{"and", TERM_AND}};
    return parse_left(parser, operators, 1, parse_not);
}

static struct term *parse_or(struct parser *parser) {
    static const struct binary operators[] = {{"or", TERM_OR}};
    return parse_left(parser, operators, 1, parse_and);
}

static struct term *parse_term(struct parser *parser) {
    size_t start = parser->start;
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        lexer_fail(parser, "an expression nested less deeply");
        return NULL;
    }
    struct term *left = parse_or(parser);
    if (!parser->failed && (lexer_is(parser, "implies") || lexer_is(parser, "iff"))) {
        enum term_op op = lexer_is(parser, "iff") ? TERM_IFF : TERM_IMPLIES;
        lexer_advance(parser);
        struct term *right = parse_term(parser); /* a implies b implies c  =  a implies (b implies c) */
        left = new_pair(parser, op, start, left, right);
        left->span = lexer_span_from(parser, start);
    }
    parser->depth--;
    return left;
}

static struct effect *parse_effect(struct parser *parser);

static void parse_block(struct parser *parser, struct effect ***body, size_t *count) {
    VEC(struct effect *) list = {0};
    bool grouped = lexer_accept(parser, "(");
    do
        vec_push(&list, parse_effect(parser));
    while (!parser->failed && lexer_accept(parser, ";"));
    if (grouped)
        lexer_expect(parser, ")", "')' or ';'");
    *body = arena_copy(parser->syntax->arena, list.at, list.count * sizeof *list.at);
    *count = list.count;
    vec_free(&list);
}

/* target := value | for x in domain [where c]: block | if c then block [else block] */
static struct effect *parse_effect(struct parser *parser) {
    size_t start = parser->start;
    struct effect *effect = arena_alloc(parser->syntax->arena, sizeof *effect);
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        lexer_fail(parser, "an effect nested less deeply");
        return effect;
    }
    if (lexer_accept(parser, "for")) {
        effect->form = EFFECT_FOR;
        effect->name = lexer_read_name(parser, "the name of a variable");
        lexer_expect(parser, "in", "'in'");
        parse_domain(parser, &effect->domain);
        if (lexer_accept(parser, "where"))
            effect->condition = parse_term(parser);
        lexer_expect(parser, ":", "':' and an assignment");
        parse_block(parser, &effect->body, &effect->body_count);
    } else if (lexer_accept(parser, "if")) {
        effect->form = EFFECT_IF;
        effect->condition = parse_term(parser);
        lexer_expect(parser, "then", "'then'");
        parse_block(parser, &effect->body, &effect->body_count);
        if (lexer_accept(parser, "else"))
            parse_block(parser, &effect->otherwise, &effect->otherwise_count);
    } else {
        effect->form = EFFECT_ASSIGN;
        effect->target = parse_postfix(parser);
        lexer_expect(parser, ":=", "':='");
        effect->value = parse_term(parser);
    }
    effect->span = lexer_span_from(parser, start);
    parser->depth--;
    return effect;
}

static struct type_text *new_type(struct parser *parser, enum type_form form, size_t start) {
    struct type_text *type = arena_alloc(parser->syntax->arena, sizeof *type);
    type->form = form;
    type->span = yaml_part(parser->text, start, parser->at > start ? parser->at - start : 1, parser->syntax->diags);
    return type;
}

/* A name alone is a kind or a named enumeration (TYPE_REF until check); names joined by '|' are values. */
static struct type_text *parse_named_type(struct parser *parser, size_t start) {
    VEC(const char *) values = {0};
    VEC(struct span) spans = {0};
    do {
        vec_push(&spans, lexer_span(parser));
        vec_push(&values, lexer_read_name(parser, "a type or a value"));
    } while (!parser->failed && lexer_accept(parser, "|"));
    struct type_text *type = new_type(parser, values.count == 1 ? TYPE_REF : TYPE_ENUM, start);
    type->span = lexer_span_from(parser, start);
    if (values.count == 1) {
        type->name = values.at[0];
    } else {
        type->value_count = values.count;
        type->values = arena_copy(parser->syntax->arena, values.at, values.count * sizeof *values.at);
        type->value_spans = arena_copy(parser->syntax->arena, spans.at, spans.count * sizeof *spans.at);
    }
    vec_free(&values);
    vec_free(&spans);
    return type;
}

static struct type_text *parse_type(struct parser *parser) {
    size_t start = parser->start;
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        lexer_fail(parser, "a type nested less deeply");
        return NULL;
    }
    struct type_text *type;
    if (lexer_accept(parser, "bool")) {
        type = new_type(parser, TYPE_BOOL, start);
    } else if (lexer_accept(parser, "optional")) {
        type = parse_type(parser);
        if (type != NULL && (type->form != TYPE_REF || type->optional))
            lexer_fail(parser, "the name of a kind after 'optional'");
        else if (type != NULL)
            type->optional = true;
    } else if (lexer_accept(parser, "set")) {
        type = new_type(parser, TYPE_SET, start);
        lexer_expect(parser, "of", "'of'");
        type->name = lexer_read_name(parser, "the name of a kind");
    } else if (lexer_accept(parser, "map")) {
        type = new_type(parser, TYPE_MAP, start);
        type->key = parse_type(parser);
        lexer_expect(parser, "to", "'to'");
        type->value = parse_type(parser);
    } else {
        size_t at = parser->at, end_before = parser->end_before, length = parser->length;
        enum token token = parser->token;
        struct diags *diags = parser->syntax->diags;
        (void)diags;
        bool named = lexer_is_free_name(parser);
        if (named) { /* a name starts a range only if '..' or an operator follows */
            lexer_advance(parser);
            named =
                !lexer_is(parser, "..") && !lexer_is(parser, "+") && !lexer_is(parser, "-") && !lexer_is(parser, "*");
            parser->at = at;
            parser->end_before = end_before;
            parser->start = start;
            parser->length = length;
            parser->token = token;
        }
        if (named) {
            type = parse_named_type(parser, start);
        } else {
            struct term *low = parse_sum(parser);
            lexer_expect(parser, "..", "a type ('bool', a kind, values joined by '|', or a range 'low..high')");
            type = new_type(parser, TYPE_INT, start);
            type->low = low;
            type->high = parse_sum(parser);
            type->span = lexer_span_from(parser, start);
        }
    }
    parser->depth--;
    return type;
}

static struct parser begin(const struct syntax *syntax, const struct yaml *text) {
    struct parser parser = {.syntax = syntax, .text = text};
    lexer_advance(&parser);
    return parser;
}

static bool is_text(const struct syntax *syntax, const struct yaml *text, const char *expected) {
    if (text->kind == YAML_TEXT)
        return true;
    diag_error(syntax->diags, text->span, DIAG_WRONG_SHAPE, "expected %s, found a %s", expected,
               text->kind == YAML_LIST ? "list" : "mapping");
    if (text->kind == YAML_MAP)
        diag_note(syntax->diags, text->span, "a text that contains ': ' must be quoted");
    return false;
}

static bool ended(struct parser *parser, const char *expected) {
    if (!parser->failed && parser->token != T_END)
        lexer_fail(parser, expected);
    return !parser->failed;
}

struct term *syntax_term(const struct syntax *syntax, const struct yaml *text) {
    if (!is_text(syntax, text, "an expression"))
        return NULL;
    struct parser parser = begin(syntax, text);
    struct term *term = parse_term(&parser);
    return ended(&parser, "an operator or the end") ? term : NULL;
}

struct effect *syntax_effect(const struct syntax *syntax, const struct yaml *text) {
    if (!is_text(syntax, text, "an effect such as \"x.field := value\""))
        return NULL;
    struct parser parser = begin(syntax, text);
    struct effect *block = arena_alloc(syntax->arena, sizeof *block);
    block->form = EFFECT_IF; /* a block without a condition */
    parse_block(&parser, &block->body, &block->body_count);
    block->span = text->span;
    return ended(&parser, "an operator, ';' or the end") ? block : NULL;
}

struct type_text *syntax_type(const struct syntax *syntax, const struct yaml *text) {
    if (!is_text(syntax, text, "a type"))
        return NULL;
    struct parser parser = begin(syntax, text);
    struct type_text *type = parse_type(&parser);
    if (!parser.failed && lexer_accept(&parser, "="))
        type->initial = parse_term(&parser);
    return ended(&parser, "'=' and the initial value, or the end") ? type : NULL;
}

bool syntax_signature(const struct syntax *syntax, const struct yaml *text, struct signature *signature) {
    struct parser parser = begin(syntax, text);
    VEC(const char *) names = {0};
    VEC(struct span) spans = {0};
    VEC(struct type_text *) types = {0};
    *signature = (struct signature){.span = lexer_span(&parser)};
    signature->name = lexer_read_name(&parser, "a name");
    if (lexer_accept(&parser, "(")) {
        do {
            vec_push(&spans, lexer_span(&parser));
            vec_push(&names, lexer_read_name(&parser, "the name of a parameter"));
            lexer_expect(&parser, "in", "'in' and a type");
            vec_push(&types, parse_type(&parser));
        } while (!parser.failed && lexer_accept(&parser, ","));
        lexer_expect(&parser, ")", "',' or ')'");
    }
    signature->count = names.count;
    signature->parameters = arena_copy(syntax->arena, names.at, names.count * sizeof *names.at);
    signature->parameter_spans = arena_copy(syntax->arena, spans.at, spans.count * sizeof *spans.at);
    signature->types = arena_copy(syntax->arena, types.at, types.count * sizeof *types.at);
    vec_free(&names);
    vec_free(&spans);
    vec_free(&types);
    return ended(&parser, "the end");
}

/* "ok" or "InvalidAllocationID.NotFound" */
static const char *parse_response(struct parser *parser) {
    const char *text = lexer_read_name(parser, "'ok' or an error code");
    while (!parser->failed && lexer_accept(parser, "."))
        text =
            arena_format(parser->syntax->arena, "%s.%s", text, lexer_read_name(parser, "the rest of the error code"));
    return text == NULL ? NULL : intern_string(parser->syntax->intern, text);
}

bool syntax_call(const struct syntax *syntax, const struct yaml *text, struct call_text *call) {
    if (!is_text(syntax, text, "a call such as \"Attach(interface: eni1) -> ok\""))
        return false;
    struct parser parser = begin(syntax, text);
    VEC(const char *) names = {0};
    VEC(struct span) spans = {0};
    VEC(struct term *) values = {0};
    *call = (struct call_text){.span = lexer_span(&parser), .choices = SIZE_MAX};
    call->action = lexer_read_name(&parser, "the name of an action");
    lexer_expect(&parser, "(", "'('");
    while (!parser.failed && !lexer_is(&parser, ")")) {
        if (call->choices == SIZE_MAX && lexer_accept(&parser, "|"))
            call->choices = names.count;
        vec_push(&spans, lexer_span(&parser));
        vec_push(&names, lexer_read_name(&parser, "the name of a parameter"));
        lexer_expect(&parser, ":", "':' and a value");
        vec_push(&values, parse_term(&parser));
        if (!lexer_accept(&parser, ",") && !lexer_is(&parser, "|"))
            break;
    }
    lexer_expect(&parser, ")", "',', '|' or ')'");
    if (lexer_accept(&parser, "->")) {
        call->response_span = lexer_span(&parser);
        call->response = parse_response(&parser);
    }
    call->count = names.count;
    if (call->choices == SIZE_MAX)
        call->choices = call->count;
    call->names = arena_copy(syntax->arena, names.at, names.count * sizeof *names.at);
    call->name_spans = arena_copy(syntax->arena, spans.at, spans.count * sizeof *spans.at);
    call->values = arena_copy(syntax->arena, values.at, values.count * sizeof *values.at);
    vec_free(&names);
    vec_free(&spans);
    vec_free(&values);
    return ended(&parser, "'->' and the response, or the end");
}

const char *term_op_text(enum term_op op) {
    static const char *const texts[] = {
#define TERM(name, text) text,
        TERMS
#undef TERM
    };
    return texts[op];
}

struct term *term_new(struct arena *arena, enum term_op op, struct span span, struct term *a, struct term *b) {
    struct term *term = arena_alloc(arena, sizeof *term);
    term->op = op;
    term->span = span;
    term->arg_count = (size_t)(a != NULL) + (size_t)(b != NULL);
    term->args = arena_alloc(arena, 2 * sizeof *term->args);
    term->args[0] = a;
    term->args[1] = b;
    return term;
}
