/* model/define.h -- terms about objects that stand outside the rulebook's own files.
 *
 * Whoever shows states in a form of its own (the wire mapping) asks for values in the language of the rulebook. */
#ifndef MODEL_DEFINE_H
#define MODEL_DEFINE_H

#include "model/eval.h"

/* The text as a definition with one parameter for each name, an object of each kind.  It lives as long as the rulebook,
 * which does not list it.  NULL after an error. */
struct definition *define_term(struct rulebook *rulebook, const struct yaml *text, const char *const *names,
                               const struct kind *const *kinds, size_t count, struct diags *diags);

/* Its values (type_width() of its type) for these objects.  False if it has no meaning there. */
bool define_values(struct evaluator *evaluator, const struct definition *definition, const uint32_t *objects,
                   const int32_t *valuation, int32_t *values);

#endif
