#include "model/lexer.h"

#include <string.h>

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

void lexer_advance(struct parser *parser) {
    static const char *const marks[] = {":=", "->", "==", "!=", "<=", ">=", ".."};
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

struct span lexer_span(const struct parser *parser) {
    return yaml_part(parser->text, parser->start, parser->length, parser->syntax->diags);
}

struct span lexer_span_from(const struct parser *parser, size_t start) {
    size_t end = parser->end_before > start ? parser->end_before : start + 1;
    return yaml_part(parser->text, start, end - start, parser->syntax->diags);
}

void lexer_fail(struct parser *parser, const char *expected) {
    if (!parser->failed) {
        const char *found = parser->text->text + parser->start;
        if (parser->token == T_END)
            diag_error(parser->syntax->diags, lexer_span(parser), DIAG_SYNTAX, "expected %s, found the end", expected);
        else if (parser->token == T_BAD && found[0] == '\'')
            diag_error(parser->syntax->diags, lexer_span(parser), DIAG_SYNTAX, "a quoted name has no closing quote");
        else
            diag_error(parser->syntax->diags, lexer_span(parser), DIAG_SYNTAX, "expected %s, found '%.*s'", expected,
                       (int)(parser->length < 40 ? parser->length : 40), found);
    }
    parser->failed = true;
    parser->token = T_END;
    parser->length = 0;
}

bool lexer_is(const struct parser *parser, const char *spelling) {
    return (parser->token == T_NAME || parser->token == T_MARK) && strlen(spelling) == parser->length &&
           memcmp(parser->text->text + parser->start, spelling, parser->length) == 0;
}

bool lexer_accept(struct parser *parser, const char *spelling) {
    if (!lexer_is(parser, spelling))
        return false;
    lexer_advance(parser);
    return true;
}

void lexer_expect(struct parser *parser, const char *spelling, const char *described) {
    if (!lexer_accept(parser, spelling))
        lexer_fail(parser, described);
}

const char *lexer_text(const struct parser *parser) {
    size_t quote = parser->token == T_QUOTED;
    return intern_text(parser->syntax->intern, parser->text->text + parser->start + quote, parser->length - 2 * quote);
}

bool lexer_is_free_name(const struct parser *parser) {
    return parser->token == T_QUOTED || (parser->token == T_NAME && !syntax_is_reserved(lexer_text(parser)));
}

const char *lexer_read_name(struct parser *parser, const char *expected) {
    if (!lexer_is_free_name(parser)) {
        lexer_fail(parser, expected);
        return NULL;
    }
    const char *name = lexer_text(parser);
    lexer_advance(parser);
    return name;
}
