/* model/print.h -- values, steps and stages in words. */
#ifndef MODEL_PRINT_H
#define MODEL_PRINT_H

#include <stdio.h>

#include "model/layout.h"
#include "model/system.h"

/* A value of any type: "eni1", "{sg1, sg2}", "[none, eni2]". */
const char *print_value(struct rulebook *rulebook, const struct type *type, const int32_t *values);
/* "Attach(e: eni1, i: instance2, s: 1)"; the service's choices come after a bar. */
const char *print_call(struct rulebook *rulebook, const struct action *action, const int32_t *arguments,
                       bool with_choices);

/* One changed field of one object. */
struct change {
    const struct field *field;
    uint32_t object;
    const int32_t *before, *after; /* field->width values each, lent from the valuations */
};
typedef VEC(struct change) change_list;
/* Appends what differs between two valuations, in the order of kinds, objects, fields. */
void print_changes(const struct rulebook *rulebook, const int32_t *before, const int32_t *after, change_list *changes);

/* --dump=rulebook|system|layout */
void print_rulebook(struct rulebook *rulebook, FILE *out);
void print_system(const struct system *system, FILE *out);
void print_layout(const struct system *system, FILE *out);
/* An expression; shared parts are written out. */
void print_expr(const struct system *system, expr_id id, FILE *out);
/* A term or effect in the language of the rulebook. */
void print_term(struct rulebook *rulebook, const struct term *term, FILE *out);
void print_effect(struct rulebook *rulebook, const struct effect *effect, FILE *out);

#endif
