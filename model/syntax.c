/* Lexer and recursive-descent parser; the grammar is in specs/README.md. */
#include <string.h>

#include "model/term.h"

enum token { T_END, T_NAME, T_QUOTED, T_NUMBER, T_MARK, T_BAD };

struct parser {
    const struct syntax *syntax;
    const struct yaml *text;
    size_t at; /* after the current token */
    enum token token;
    size_t start, length; /* of the current token */
    size_t end_before;    /* where the token before it ended */
    unsigned depth;
    bool failed;
};

static const char *const reserved[] = {"forall", "exists", "unique",  "count", "sum",  "the",   "in",   "and",
                                       "or",     "not",    "implies", "iff",   "if",   "then",  "else", "for",
                                       "where",  "old",    "true",    "false", "none", "min",   "max",  "optional",
                                       "set",    "map",    "of",      "to",    "bool", "action"};

bool syntax_is_reserved(const char *word) {
    for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
        if (strcmp(reserved[i], word) == 0)
            return true;
    return false;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void advance(struct parser *parser) {
    static const char *const marks[] = {":=", "==", "!=", "<=", ">=", ".."};
    const char *text = parser->text->text;
    size_t at = parser->at;
    parser->end_before = at;
    while (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')
        at++;
    size_t start = parser->start = at;
    if (text[at] == '\0') {
        parser->token = T_END;
    } else if (is_letter(text[at])) {
        while (is_letter(text[at]) || is_digit(text[at]))
            at++;
        parser->token = T_NAME;
    } else if (is_digit(text[at])) {
        while (is_digit(text[at]))
            at++;
        parser->token = T_NUMBER;
    } else if (text[at] == '\'') {
        for (at++; text[at] != '\'' && text[at] != '\0'; at++)
            ;
        parser->token = text[at] == '\0' ? T_BAD : T_QUOTED;
        at += text[at] != '\0';
    } else {
        at++;
        for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
            if (strncmp(text + start, marks[i], 2) == 0)
                at = start + 2;
        parser->token = at - start == 2 || strchr(".,:;()[]{}<>+-*/%|=", text[start]) != NULL ? T_MARK : T_BAD;
        while (((unsigned char)text[at] & 0xC0) == 0x80) /* whole characters in messages */
            at++;
    }
    parser->length = at - start;
    parser->at = at;
}

static struct span token_span(const struct parser *parser) {
    return yaml_part(parser->text, parser->start, parser->length, parser->syntax->diags);
}

/* From byte `start` to the end of the last token. */
static struct span span_from(const struct parser *parser, size_t start) {
    size_t end = parser->end_before > start ? parser->end_before : start + 1;
    return yaml_part(parser->text, start, end - start, parser->syntax->diags);
}

static void fail(struct parser *parser, const char *expected) {
    if (!parser->failed) {
        const char *found = parser->text->text + parser->start;
        if (parser->token == T_END)
            diag_error(parser->syntax->diags, token_span(parser), DIAG_SYNTAX, "expected %s, found the end", expected);
        else if (parser->token == T_BAD && found[0] == '\'')
            diag_error(parser->syntax->diags, token_span(parser), DIAG_SYNTAX, "a quoted name has no closing quote");
        else
            diag_error(parser->syntax->diags, token_span(parser), DIAG_SYNTAX, "expected %s, found '%.*s'", expected,
                       (int)(parser->length < 40 ? parser->length : 40), found);
    }
    parser->failed = true;
    parser->token = T_END;
    parser->length = 0;
}

static bool token_is(const struct parser *parser, const char *spelling) {
    return (parser->token == T_NAME || parser->token == T_MARK) && strlen(spelling) == parser->length &&
           memcmp(parser->text->text + parser->start, spelling, parser->length) == 0;
}

static bool accept(struct parser *parser, const char *spelling) {
    if (!token_is(parser, spelling))
        return false;
    advance(parser);
    return true;
}

static void expect(struct parser *parser, const char *spelling, const char *described) {
    if (!accept(parser, spelling))
        fail(parser, described);
}

static const char *token_text(const struct parser *parser) {
    size_t quote = parser->token == T_QUOTED;
    return intern_text(parser->syntax->intern, parser->text->text + parser->start + quote, parser->length - 2 * quote);
}

static bool is_free_name(const struct parser *parser) {
    return parser->token == T_QUOTED || (parser->token == T_NAME && !syntax_is_reserved(token_text(parser)));
}

static const char *read_name(struct parser *parser, const char *expected) {
    if (!is_free_name(parser)) {
        fail(parser, expected);
        return NULL;
    }
    const char *name = token_text(parser);
    advance(parser);
    return name;
}

static struct term *new_term(struct parser *parser, enum term_op op, size_t start, size_t arg_count) {
    struct term *term = arena_alloc(parser->syntax->arena, sizeof *term);
    term->op = op;
    term->span = span_from(parser, start);
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
        fail(parser, "a number of at most 1000000000");
    else
        advance(parser);
    return (int32_t)value;
}

/* kind | low..high | set-valued term */
static void parse_domain(struct parser *parser, struct domain *domain) {
    struct term *first = parse_sum(parser);
    if (accept(parser, "..")) {
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
        term->name = read_name(parser, "the name of a variable");
        expect(parser, "in", "'in'");
        parse_domain(parser, &term->domain);
        if (accept(parser, "where"))
            term->args[1] = parse_term(parser);
        if (inner != NULL)
            inner->args[0] = term;
        else
            outer = term;
        inner = term;
    } while (!parser->failed && accept(parser, ","));
    if (outer != inner && (op == TERM_UNIQUE || op == TERM_THE))
        fail(parser, "one variable after 'unique' and 'the'");
    expect(parser, ":", "':' and the body of the quantifier");
    inner->args[0] = parse_term(parser);
    for (struct term *term = outer; term != NULL && term != inner; term = term->args[0]) {
        term->span = span_from(parser, start);
        if (op == TERM_COUNT) /* the number of pairs is a sum of numbers */
            term->op = TERM_SUM;
    }
    inner->span = span_from(parser, start);
    return outer;
}

static struct term *parse_binder(struct parser *parser, enum term_op op, size_t start, bool in_parentheses) {
    if (in_parentheses)
        expect(parser, "(", "'('");
    struct term *term = parse_binder_rest(parser, op, start);
    if (in_parentheses) {
        expect(parser, ")", "')'");
        term->span = span_from(parser, start);
    }
    return term;
}

static struct term *parse_list(struct parser *parser, enum term_op op, size_t start, const char *closing) {
    VEC(struct term *) items = {0};
    if (!token_is(parser, closing))
        do
            vec_push(&items, parse_term(parser));
        while (!parser->failed && accept(parser, ","));
    expect(parser, closing, closing[0] == '}' ? "',' or '}'" : "',' or ')'");
    struct term *term = new_term(parser, op, start, items.count);
    for (size_t i = 0; i < items.count; i++)
        term->args[i] = items.at[i];
    vec_free(&items);
    return term;
}

static struct term *parse_name(struct parser *parser, size_t start) {
    const char *name = token_text(parser);
    bool quoted = parser->token == T_QUOTED;
    advance(parser);
    struct term *term;
    if (!quoted && accept(parser, "("))
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
        if (accept(parser, binders[i].word))
            return parse_binder(parser, binders[i].op, start, true);
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        if (accept(parser, pairs[i].word)) {
            expect(parser, "(", "'('");
            struct term *first = parse_term(parser);
            expect(parser, ",", "','");
            struct term *second = parse_term(parser);
            expect(parser, ")", "')'");
            return new_pair(parser, pairs[i].op, start, first, second);
        }
    if (token_is(parser, "true") || token_is(parser, "false")) {
        int32_t value = token_is(parser, "true");
        advance(parser);
        struct term *term = new_term(parser, TERM_BOOL, start, 0);
        term->value = value;
        return term;
    }
    if (accept(parser, "none"))
        return new_term(parser, TERM_NONE, start, 0);
    if (accept(parser, "action"))
        return new_term(parser, TERM_ACTION, start, 0);
    fail(parser, "a value or condition");
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
    if (is_free_name(parser))
        return parse_name(parser, start);
    if (parser->token == T_NAME)
        return parse_word(parser, start);
    if (accept(parser, "(")) {
        struct term *term = parse_term(parser);
        expect(parser, ")", "')'");
        return term;
    }
    if (accept(parser, "{"))
        return parse_list(parser, TERM_SET, start, "}");
    fail(parser, "a value or condition");
    return NULL;
}

static struct term *parse_postfix(struct parser *parser) {
    size_t start = parser->start;
    struct term *term = parse_primary(parser);
    while (!parser->failed) {
        if (accept(parser, ".")) {
            struct term *base = term;
            const char *name = read_name(parser, "the name of a field");
            term = new_term(parser, TERM_FIELD, start, 1);
            term->args[0] = base;
            term->name = name;
        } else if (accept(parser, "[")) {
            struct term *key = parse_term(parser);
            expect(parser, "]", "']'");
            term = new_pair(parser, TERM_INDEX, start, term, key);
        } else {
            break;
        }
    }
    return term;
}

static struct term *parse_unary(struct parser *parser) {
    size_t start = parser->start;
    enum term_op op = token_is(parser, "old") ? TERM_OLD : TERM_NEGATE;
    if (!token_is(parser, "old") && !token_is(parser, "-"))
        return parse_postfix(parser);
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        fail(parser, "an expression nested less deeply");
        return NULL;
    }
    advance(parser);
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
        if (accept(parser, operators[i].spelling)) {
            left = new_pair(parser, operators[i].op, start, left, operand(parser));
            left->span = span_from(parser, start);
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
        if (accept(parser, operators[i].spelling)) {
            left = new_pair(parser, operators[i].op, start, left, parse_sum(parser));
            left->span = span_from(parser, start);
            for (size_t j = 0; j < ARRAY_SIZE(operators); j++)
                if (token_is(parser, operators[j].spelling))
                    fail(parser, "'and' between two comparisons");
            break;
        }
    return left;
}

static struct term *parse_not(struct parser *parser) {
    size_t start = parser->start;
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        fail(parser, "an expression nested less deeply");
        return NULL;
    }
    struct term *term;
    if (accept(parser, "not")) {
        struct term *arg = parse_not(parser);
        term = new_term(parser, TERM_NOT, start, 1);
        term->args[0] = arg;
    } else if (accept(parser, "forall")) {
        term = parse_binder(parser, TERM_FORALL, start, false);
    } else if (accept(parser, "exists")) {
        enum term_op op = accept(parser, "unique") ? TERM_UNIQUE : TERM_EXISTS;
        term = parse_binder(parser, op, start, false);
    } else if (accept(parser, "if")) {
        struct term *condition = parse_term(parser);
        expect(parser, "then", "'then'");
        struct term *yes = parse_term(parser);
        expect(parser, "else", "'else'");
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
        fail(parser, "an expression nested less deeply");
        return NULL;
    }
    struct term *left = parse_or(parser);
    if (!parser->failed && (token_is(parser, "implies") || token_is(parser, "iff"))) {
        enum term_op op = token_is(parser, "iff") ? TERM_IFF : TERM_IMPLIES;
        advance(parser);
        struct term *right = parse_term(parser); /* a implies b implies c  =  a implies (b implies c) */
        left = new_pair(parser, op, start, left, right);
        left->span = span_from(parser, start);
    }
    parser->depth--;
    return left;
}

static struct effect *parse_effect(struct parser *parser);

static void parse_block(struct parser *parser, struct effect ***body, size_t *count) {
    VEC(struct effect *) list = {0};
    bool grouped = accept(parser, "(");
    do
        vec_push(&list, parse_effect(parser));
    while (!parser->failed && accept(parser, ";"));
    if (grouped)
        expect(parser, ")", "')' or ';'");
    *body = arena_copy(parser->syntax->arena, list.at, list.count * sizeof *list.at);
    *count = list.count;
    vec_free(&list);
}

/* target := value | for x in domain [where c]: block | if c then block [else block] */
static struct effect *parse_effect(struct parser *parser) {
    size_t start = parser->start;
    struct effect *effect = arena_alloc(parser->syntax->arena, sizeof *effect);
    if (++parser->depth > LIMIT_TERM_DEPTH) {
        fail(parser, "an effect nested less deeply");
        return effect;
    }
    if (accept(parser, "for")) {
        effect->form = EFFECT_FOR;
        effect->name = read_name(parser, "the name of a variable");
        expect(parser, "in", "'in'");
        parse_domain(parser, &effect->domain);
        if (accept(parser, "where"))
            effect->condition = parse_term(parser);
        expect(parser, ":", "':' and an assignment");
        parse_block(parser, &effect->body, &effect->body_count);
    } else if (accept(parser, "if")) {
        effect->form = EFFECT_IF;
        effect->condition = parse_term(parser);
        expect(parser, "then", "'then'");
        parse_block(parser, &effect->body, &effect->body_count);
        if (accept(parser, "else"))
            parse_block(parser, &effect->otherwise, &effect->otherwise_count);
    } else {
        effect->form = EFFECT_ASSIGN;
        effect->target = parse_postfix(parser);
        expect(parser, ":=", "':='");
        effect->value = parse_term(parser);
    }
    effect->span = span_from(parser, start);
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
        vec_push(&spans, token_span(parser));
        vec_push(&values, read_name(parser, "a type or a value"));
    } while (!parser->failed && accept(parser, "|"));
    struct type_text *type = new_type(parser, values.count == 1 ? TYPE_REF : TYPE_ENUM, start);
    type->span = span_from(parser, start);
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
        fail(parser, "a type nested less deeply");
        return NULL;
    }
    struct type_text *type;
    if (accept(parser, "bool")) {
        type = new_type(parser, TYPE_BOOL, start);
    } else if (accept(parser, "optional")) {
        type = parse_type(parser);
        if (type != NULL && (type->form != TYPE_REF || type->optional))
            fail(parser, "the name of a kind after 'optional'");
        else if (type != NULL)
            type->optional = true;
    } else if (accept(parser, "set")) {
        type = new_type(parser, TYPE_SET, start);
        expect(parser, "of", "'of'");
        type->name = read_name(parser, "the name of a kind");
    } else if (accept(parser, "map")) {
        type = new_type(parser, TYPE_MAP, start);
        type->key = parse_type(parser);
        expect(parser, "to", "'to'");
        type->value = parse_type(parser);
    } else {
        size_t at = parser->at, end_before = parser->end_before, length = parser->length;
        enum token token = parser->token;
        struct diags *diags = parser->syntax->diags;
        (void)diags;
        bool named = is_free_name(parser);
        if (named) { /* a name starts a range only if '..' or an operator follows */
            advance(parser);
            named =
                !token_is(parser, "..") && !token_is(parser, "+") && !token_is(parser, "-") && !token_is(parser, "*");
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
            expect(parser, "..", "a type ('bool', a kind, values joined by '|', or a range 'low..high')");
            type = new_type(parser, TYPE_INT, start);
            type->low = low;
            type->high = parse_sum(parser);
            type->span = span_from(parser, start);
        }
    }
    parser->depth--;
    return type;
}

static struct parser begin(const struct syntax *syntax, const struct yaml *text) {
    struct parser parser = {.syntax = syntax, .text = text};
    advance(&parser);
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
        fail(parser, expected);
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
    if (!parser.failed && accept(&parser, "="))
        type->initial = parse_term(&parser);
    return ended(&parser, "'=' and the initial value, or the end") ? type : NULL;
}

bool syntax_signature(const struct syntax *syntax, const struct yaml *text, struct signature *signature) {
    struct parser parser = begin(syntax, text);
    VEC(const char *) names = {0};
    VEC(struct span) spans = {0};
    VEC(struct type_text *) types = {0};
    *signature = (struct signature){.span = token_span(&parser)};
    signature->name = read_name(&parser, "a name");
    if (accept(&parser, "(")) {
        do {
            vec_push(&spans, token_span(&parser));
            vec_push(&names, read_name(&parser, "the name of a parameter"));
            expect(&parser, "in", "'in' and a type");
            vec_push(&types, parse_type(&parser));
        } while (!parser.failed && accept(&parser, ","));
        expect(&parser, ")", "',' or ')'");
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

const char *term_op_text(enum term_op op) {
    static const char *const texts[] = {
#define TERM(name, text) text,
        TERMS
#undef TERM
    };
    return texts[op];
}
