/* model/checker.h -- what the parts of the type checker share; nobody outside model/check*.c and model/define.c
 * includes it.
 *
 * check.c goes through the sections; check_types.c, check_names.c, check_terms.c and check_scenario.c know types,
 * names, terms and scenarios.  Every function that returns false has said why. */
#ifndef MODEL_CHECKER_H
#define MODEL_CHECKER_H

#include "model/sections.h"

struct variable {
    const char *name;
    const struct type *type;
    uint32_t slot;
};

struct checker {
    struct rulebook *rulebook;
    struct diags *diags;
    VEC(struct variable) variables; /* the innermost last */
    const struct action *action;    /* whose 'let's are visible, or NULL */
    uint32_t frame;                 /* slots in use */
    uint32_t frame_high;            /* most slots ever in use */
    uint32_t depth;                 /* terms around this one, also those around the definition it is in */
    uint64_t size;                  /* terms so far, with those of the definitions used */
    uint32_t height;                /* the greatest depth so far, counting what stands in the definitions used */
    bool is_step, in_old, only_constants, in_let;
};

/* check_types.c */
const struct type *type_new(struct rulebook *rulebook, struct type type);
bool type_same(const struct type *a, const struct type *b);
const char *type_text(struct rulebook *rulebook, const struct type *type); /* "a number", "optional eni" */

/* check_names.c: NULL where there is none of that name */
const struct variable *checker_find_variable(const struct checker *checker, const char *name);
struct binding *checker_find_let(const struct checker *checker, const char *name);
struct definition *checker_find_definition(const struct checker *checker, const char *name);
uint32_t checker_push(struct checker *checker, const char *name, const struct type *type); /* its slot */
void checker_pop(struct checker *checker);
bool check_shadowing(struct checker *checker, const char *name, struct span span);
bool check_domain(struct checker *checker, struct domain *domain);
/* A TERM_NAME becomes what it means; `expected` (or NULL) decides where it could be several things. */
bool check_name(struct checker *checker, struct term *term, const struct type *expected);

/* check_terms.c.  `expected` is a hint for names, no promise: compare the type afterwards, or use check_as(). */
bool check_term(struct checker *checker, struct term *term, const struct type *expected);
bool check_as(struct checker *checker, struct term *term, const struct type *expected);
bool check_bool(struct checker *checker, struct term *term);
bool check_int(struct checker *checker, struct term *term);
bool check_mismatch(struct checker *checker, const struct term *term, const struct type *expected); /* false */
bool check_effect(struct checker *checker, struct effect *effect);
bool check_definition(struct checker *outer, struct definition *definition);
/* The value of a term without state and variables; false if it has none. */
bool term_fold(const struct term *term, int64_t *value);

/* check_scenario.c */
void check_scenario(struct checker *checker, struct property *property);

#endif
