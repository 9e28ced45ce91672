/* model/lexer.h -- the tokens of a text, for model/syntax.c only.
 *
 * A parser stands on one token.  After the first error it stands on the end, so that everything stops by itself
 * and nothing more is said. */
#ifndef MODEL_LEXER_H
#define MODEL_LEXER_H

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

void lexer_advance(struct parser *parser);
void lexer_fail(struct parser *parser, const char *expected);
bool lexer_is(const struct parser *parser, const char *spelling); /* a word or mark */
bool lexer_accept(struct parser *parser, const char *spelling);   /* advances if it is this one */
void lexer_expect(struct parser *parser, const char *spelling, const char *described);
const char *lexer_text(const struct parser *parser);  /* without quotes */
bool lexer_is_free_name(const struct parser *parser); /* no reserved word */
const char *lexer_read_name(struct parser *parser, const char *expected);
struct span lexer_span(const struct parser *parser);
struct span lexer_span_from(const struct parser *parser,
                            size_t start); /* from this byte to the end of the last token */

#endif
