/* model/term.h -- expressions, types and effects as the rulebook writes them.
 *
 * The parser (model/syntax.c) leaves names open; model/check.c resolves them in place and gives every
 * term its type.  After that two independent readers exist: model/lower.c (grounding for the engines)
 * and model/eval.c (the plain evaluator that confirms what the engines say). */
#ifndef MODEL_TERM_H
#define MODEL_TERM_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/intern.h"
#include "model/yaml.h"

struct kind;
struct field;
struct enumeration;
struct definition;
struct constant;
struct binding;

enum type_form { TYPE_BOOL, TYPE_INT, TYPE_ENUM, TYPE_REF, TYPE_SET, TYPE_MAP, TYPE_ACTION };

struct type {
    enum type_form form;
    bool optional;     /* TYPE_REF: may be none, stored as -1 */
    int32_t low, high; /* TYPE_INT */
    const struct enumeration *enumeration;
    const struct kind *kind;        /* TYPE_REF, TYPE_SET */
    const struct type *key, *value; /* TYPE_MAP; `value` is bool, int, enum or ref */
};

/* TERM(NAME, text for dumps and messages) */
#define TERMS                                                                                                          \
    TERM(NUMBER, "number")                                                                                             \
    TERM(BOOL, "truth value")                                                                                          \
    TERM(NONE, "none")                                                                                                 \
    TERM(NAME, "name")               /* unresolved; never after check */                                               \
    TERM(ENUM, "value")              /* value = its index */                                                           \
    TERM(OBJECT, "object")           /* value = its index in the kind */                                               \
    TERM(LOCAL, "variable")          /* slot */                                                                        \
    TERM(LET, "let")                 /* binding: an abbreviation of the action */                                      \
    TERM(ACTION, "action")           /* the action of a step */                                                        \
    TERM(ACTION_NAME, "action name") /* value = its index */                                                           \
    TERM(FIELD, ".")                 /* args[0].field */                                                               \
    TERM(INDEX, "[]")                /* args[0][args[1]] */                                                            \
    TERM(CALL, "definition")         /* definition(args) */                                                            \
    TERM(OLD, "old")                                                                                                   \
    TERM(NOT, "not")                                                                                                   \
    TERM(NEGATE, "-")                                                                                                  \
    TERM(AND, "and")                                                                                                   \
    TERM(OR, "or")                                                                                                     \
    TERM(IMPLIES, "implies")                                                                                           \
    TERM(IFF, "iff")                                                                                                   \
    TERM(EQ, "==")                                                                                                     \
    TERM(NE, "!=")                                                                                                     \
    TERM(LT, "<")                                                                                                      \
    TERM(LE, "<=")                                                                                                     \
    TERM(GT, ">")                                                                                                      \
    TERM(GE, ">=")                                                                                                     \
    TERM(IN, "in") /* args[0] in set args[1] */                                                                        \
    TERM(ADD, "+")                                                                                                     \
    TERM(SUB, "-")                                                                                                     \
    TERM(MUL, "*")                                                                                                     \
    TERM(DIV, "/")                                                                                                     \
    TERM(MOD, "%")                                                                                                     \
    TERM(MIN, "min")                                                                                                   \
    TERM(MAX, "max")                                                                                                   \
    TERM(IF, "if")         /* if args[0] then args[1] else args[2] */                                                  \
    TERM(SET, "{}")        /* {args...} */                                                                             \
    TERM(FORALL, "forall") /* binder, args[0] = body, args[1] = where or NULL */                                       \
    TERM(EXISTS, "exists")                                                                                             \
    TERM(UNIQUE, "exists unique")                                                                                      \
    TERM(COUNT, "count")                                                                                               \
    TERM(SUM, "sum")                                                                                                   \
    TERM(THE, "the")

enum term_op {
#define TERM(name, text) TERM_##name,
    TERMS
#undef TERM
};

/* What a variable of a quantifier ranges over: all objects of a kind, a range, an enumeration, or the
 * members of a set (then `set` is a condition on the variable, added by the reader). */
struct domain {
    struct term *name;       /* as written: a name, or NULL */
    struct term *low, *high; /* a range as written, or NULL */
    struct term *set;        /* a set-valued term, or NULL */
    const struct type *type; /* after check: type of the variable, with constant bounds */
};

struct term {
    enum term_op op;
    struct span span;
    const struct type *type; /* after check */
    const char *name;        /* NAME, FIELD, CALL, ACTION_NAME, binder variable */
    bool is_outer;           /* NAME: an argument's, so it means none of the called action's own names */
    int32_t value;           /* NUMBER, BOOL, ENUM, OBJECT, ACTION_NAME */
    uint32_t slot;           /* LOCAL, and the variable of a binder */
    const struct field *field;
    const struct definition *definition;
    const struct binding *binding;
    struct domain domain; /* binders */
    struct term **args;
    size_t arg_count;
};

/* An effect: assignments that all happen at once, each under its condition. */
enum effect_form { EFFECT_ASSIGN, EFFECT_FOR, EFFECT_IF };

struct effect {
    enum effect_form form;
    struct span span;
    struct term *target, *value; /* ASSIGN */
    struct term *condition;      /* IF; FOR: where, or NULL */
    const char *name;            /* FOR */
    uint32_t slot;
    struct domain domain;
    struct effect **body, **otherwise;
    size_t body_count, otherwise_count;
};

/* A type as written: words of specs/README.md, section "Types". */
struct type_text {
    enum type_form form;
    struct span span;
    bool optional;
    const char *name;        /* REF, SET, or a named enumeration */
    struct term *low, *high; /* INT */
    const char **values;     /* ENUM written in place */
    struct span *value_spans;
    size_t value_count;
    struct type_text *key, *value; /* MAP */
    struct term *initial;          /* after '=', or NULL */
};

struct syntax { /* what the parsing functions need */
    struct arena *arena;
    struct intern *intern;
    struct diags *diags;
};

/* Each parses the whole text; NULL after an error. */
struct term *syntax_term(const struct syntax *syntax, const struct yaml *text);
struct effect *syntax_effect(const struct syntax *syntax, const struct yaml *text);
struct type_text *syntax_type(const struct syntax *syntax, const struct yaml *text);
/* "name(x in type, ...)" or "name"; parameters may be none. */
struct signature {
    const char *name;
    struct span span;
    const char **parameters;
    struct span *parameter_spans;
    struct type_text **types;
    size_t count;
};
bool syntax_signature(const struct syntax *syntax, const struct yaml *text, struct signature *signature);
/* "Action(parameter: term, ... | choice: term, ...) -> response": one step of a scenario, as traces print it. */
struct call_text {
    const char *action;
    struct span span, response_span;
    const char **names; /* of the arguments, then of the choices */
    struct span *name_spans;
    struct term **values;
    size_t count;         /* of both */
    size_t choices;       /* the first of them that is a choice */
    const char *response; /* "ok", an error code, or NULL where none is written */
};
bool syntax_call(const struct syntax *syntax, const struct yaml *text, struct call_text *call);
/* Is this a word of the expression language, unusable as a name? */
bool syntax_is_reserved(const char *word);

const char *term_op_text(enum term_op op);
/* A term that nobody wrote; `a` and `b` are its arguments, or NULL. */
struct term *term_new(struct arena *arena, enum term_op op, struct span span, struct term *a, struct term *b);

#endif
