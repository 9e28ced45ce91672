/* model/sections.h -- what the parts of the reader share; nobody outside model/ includes it.
 *
 * load.c puts the sections of all files into the rulebook; check.c resolves names and types in an
 * order that lets each step use the one before: constants, enumerations, kinds, scope, definitions,
 * actions, properties. */
#ifndef MODEL_SECTIONS_H
#define MODEL_SECTIONS_H

#include "model/rulebook.h"

bool load_files(struct rulebook *rulebook, const char *path, struct diags *diags);
bool check_rulebook(struct rulebook *rulebook, struct diags *diags);

/* check.c, for scope.c */
bool check_constant_int(struct rulebook *rulebook, struct term *term, struct diags *diags, int32_t *value);
const struct type *check_type(struct rulebook *rulebook, struct type_text *text, const char *in_place_name,
                              struct diags *diags);
/* scope.c: objects and their attributes; call once kinds have their fields. */
bool scope_objects(struct rulebook *rulebook, struct diags *diags);
bool scope_attributes(struct rulebook *rulebook, struct diags *diags);

/* Can expressions use this name?  A plain word, or (is_quotable) a text that a quoted name can spell; `what` it names.
 */
bool check_identifier(const char *text, struct span span, bool is_quotable, const char *what, struct diags *diags);
/* A note "the closest is 'x'" if some candidate is close. */
void suggest(struct diags *diags, struct span span, const char *name, const char *const *candidates, size_t count);

#endif
